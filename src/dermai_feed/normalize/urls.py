"""Addresses: which may be stored (N-01), and when two of them are one (N-02).

Three strengths, each built on the one before:

`clean`      the address as received, made safe: http(s), absolute, a public host in A-label
             form, no user information, nothing unquoted. Same resource, always.
`canonical`  what is stored and clicked: redirectors, AMP and mobile editions undone, tracking
             parameters and fragment gone, query sorted, https. Same page for a reader.
`key`        what is compared: besides, without scheme, "www.", "index.php" and trailing
             slash. It tells addresses apart and is never shown or fetched.

https is written whenever the port is the scheme's own, so that a publisher's switch to https
changes nothing; the address as received is kept beside it. With a port of its own (8080) the
scheme stays. Parameters that are not known to be tracking stay: `?id=5` is an identity.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from w3lib.url import canonicalize_url, safe_url_string

from ..rules import ProviderRules
from . import redirectors, registries, wrappers

amp_cache = wrappers.amp_cache

_MAX_LENGTH = 16_384  # characters; longer than any server takes
_MAX_HOST = 260  # characters; DNS takes 253, and punycode is quadratic
_ROUNDS = 8  # wrappers in wrappers, and quoting that settles; more is no address
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{0,62}[a-z][a-z0-9-]{0,62}")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_NOT_PUBLIC = ("localhost", "local", "internal", "home.arpa")  # RFC 6761, RFC 6762, ICANN 2024, RFC 8375
_STOPS = re.compile("[\u3002\uff0e\uff61]")  # ideographic full stops separate labels (UTS 46)
_AS_RECEIVED = re.compile(r"https?://[a-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*)?")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_SESSION = re.compile(r";(?:jsessionid|sid|phpsessid)=[^/?#;]*", re.IGNORECASE)  # a visit's, not the page's
_RELAY = ipaddress.ip_network("192.88.99.0/24")  # RELIABILITY appendix A: is_global does not know it


class _Parts(NamedTuple):
    """An address taken apart; host in A-label form, port "" when it is the scheme's own."""

    scheme: str
    host: str
    port: str
    path: str
    query: str
    fragment: str


# --------------------------------------------------------------------------- clean


def clean(url: str) -> str:
    """`url` made safe to store, or "" when it is not an http(s) address of a public host (N-01)."""
    parts = _split(url)
    return _join(parts) if parts else ""


def received(url: str) -> str:
    """`url` byte for byte where that is safe, else `clean`; what `Item.original_url` holds."""
    stripped = url.strip()
    return stripped if clean(url) and _AS_RECEIVED.fullmatch(stripped) else clean(url)


_BLANK = "".join(map(chr, range(0x21)))
_BREAKS, _SURROGATES = re.compile(r"[\t\r\n]"), re.compile("[\ud800-\udfff]")
_URL = re.compile(r"(https?)://([^/?#\\]*)([^?#]*)(\?[^#]*)?(#.*)?$", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=1024)  # one address is taken apart a dozen times on its way
def _split(url: str) -> _Parts | None:
    """The parts of `url` as the URL Standard reads them, where every reader agrees; None otherwise."""
    if len(url) > _MAX_LENGTH:
        return None
    # The URL Standard drops tab and newline anywhere, controls and spaces at the ends.
    url = _SURROGATES.sub("", _BREAKS.sub("", url).strip(_BLANK).strip())
    found = _URL.match(url)
    # A backslash in the authority is read as "/" by some and as a character by others: refused.
    if not found or found[3].startswith("\\"):
        return None
    scheme = found[1].lower()
    host, port = _host_and_port(found[2].rpartition("@")[2], scheme)
    if not host:
        return None
    safe = urlsplit(safe_url_string(f"{scheme}://h{found[3] or '/'}{found[4] or ''}{found[5] or ''}"))
    return _Parts(scheme, host, port, *(_no_brackets(part) for part in (safe.path or "/", safe.query, safe.fragment)))


def _no_brackets(text: str) -> str:
    """RFC 3986 allows brackets in the host alone; elsewhere they are unquoted Markdown."""
    return text.replace("[", "%5B").replace("]", "%5D")


def _host_and_port(authority: str, scheme: str) -> tuple[str, str]:
    host, colon, port = authority.partition(":")
    if colon and port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        return "", ""
    number = str(int(port)) if port else ""
    return public_host(host), "" if number == {"http": "80", "https": "443"}[scheme] else number


@lru_cache(maxsize=4096)
def public_host(host: str) -> str:
    """`host` in lower-case A-label form, or "" when it cannot be a public host.

    Not public: one label, a name reserved for private use, an address that is not globally
    routable, any other spelling of a number (0x7f.1, 2130706433), IPv6 (N-01 asks for names).
    """
    if len(host) > _MAX_HOST:
        return ""
    host = _STOPS.sub(".", host.strip().lower()).removesuffix(".")
    if not host.isascii():
        host = ".".join(_a_label(label) for label in host.split("."))
    if _IPV4.fullmatch(host):
        try:
            address = ipaddress.IPv4Address(host)
        except ValueError:  # 0177.0.0.1, 999.1.1.1
            return ""
        return host if address.is_global and not address.is_multicast and address not in _RELAY else ""
    # The last label of a name is never a number: 127.1 and 0x7f.1 are addresses to a resolver.
    if not _HOST.fullmatch(host) or re.fullmatch(r"(?:.*\.)?(?:0x[0-9a-f]*|\d+)", host):
        return ""
    return "" if host.endswith(tuple(f".{name}" for name in _NOT_PUBLIC)) else host


def _a_label(label: str) -> str:
    """An IDNA 2008 A-label (RFC 5891) for a label that is already lower-case; nothing is checked but its form."""
    mapped = unicodedata.normalize("NFKC", label).lower()
    if mapped.isascii():
        return mapped
    return "xn--" + mapped.encode("punycode").decode("ascii")


def _join(parts: _Parts) -> str:
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme}://{parts.host}{port}{parts.path or '/'}{query}{fragment}"


def mixed_scripts(url: str) -> bool:
    """True when a label of the host mixes alphabets, as "аpple" with a Cyrillic а does (N-13).

    Chinese, Japanese and Korean names mix scripts with Latin as a matter of course; those are not counted.
    """
    for label in host_of(url).split("."):
        if not label.startswith("xn--"):
            continue
        try:
            text = label[4:].encode("ascii").decode("punycode")
        except UnicodeError:
            continue
        scripts = {unicodedata.name(c, "?").split()[0] for c in text if c.isalpha()}
        if len(scripts - {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"}) > 1:
            return True
    return False


# --------------------------------------------------------------------------- canonical


def canonical(url: str, rules: ProviderRules, tracking: Sequence[str] = ()) -> str:
    """The address a reader and an editor should see for `url`, or "" when it may not be stored.

    `tracking` names further parameters to drop, as a source configures them. The result is a
    fixed point: canonical(canonical(url)) == canonical(url).
    """
    now = clean(url)
    for _ in range(_ROUNDS):
        after = _step(now, rules, tracking)
        if after == now:
            return now
        now = after
    return ""


def is_wrapper(url: str) -> bool:
    """True for an aggregator's link that stands for a page without naming it (`wrappers.opaque`)."""
    parts = _split(url)
    return parts is not None and wrappers.opaque(parts.host, parts.path)


def is_hidden(url: str) -> bool:
    """True for a short address or a feed's counter, which names no page (`redirectors.hides`)."""
    parts = _split(url)
    return parts is not None and redirectors.hides(parts.host, parts.path)


def _step(url: str, rules: ProviderRules, tracking: Sequence[str]) -> str:
    parts = _split(url)
    if parts is None:
        return ""
    inner = wrappers.target(parts.host, parts.path, parts.query)
    if inner and (unwrapped := clean(inner)):
        return unwrapped
    if wrappers.opaque(parts.host, parts.path):
        return ""  # no address of a page, and never stored as one
    known = registries.of_address(parts.host, parts.path, parts.query)
    if known and (address := registries.address(known)):
        return clean(address)
    host = wrappers.plain_host(parts.host)
    query = _without_tracking(wrappers.plain_query(parts.query), host, rules, tracking)
    fragment = parts.fragment if parts.fragment.startswith("!") else ""  # "#!" is a route, not a place on the page
    plain = parts._replace(
        scheme=parts.scheme if parts.port else "https", host=host if public_host(host) else parts.host,
        path=_SESSION.sub("", wrappers.plain_path(host, parts.path)), query=query, fragment=fragment,
    )  # fmt: skip
    return clean(canonicalize_url(_join(plain), keep_fragments=True))


@lru_cache(maxsize=64)
def _matcher(names: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    lower = [name.lower() for name in names]
    exact = frozenset(name for name in lower if not name.endswith("*"))
    return exact, tuple(name[:-1] for name in lower if name.endswith("*"))


def _without_tracking(query: str, host: str, rules: ProviderRules, tracking: Iterable[str]) -> str:
    if not query:
        return ""
    labels = host.split(".")
    suffixes = (".".join(labels[start:]) for start in range(len(labels) - 1))
    own = [name for suffix in suffixes for name in rules.tracking_by_domain.get(suffix, ())]
    exact, prefixes = _matcher((*rules.tracking, *own, *tracking))
    kept = []
    for pair in query.split("&"):
        # "&amp;" that was escaped once too often leaves names like "amp;utm_medium" or "amp%3Butm_medium".
        pair = re.sub(r"^(?:amp(?:;|%3B))+", "", pair, flags=re.IGNORECASE)
        name = unquote(pair.partition("=")[0]).lower()
        if pair and name not in exact and not name.startswith(prefixes or ("\0",)):
            kept.append(pair)
    return "&".join(kept)


# --------------------------------------------------------------------------- key


def key(url: str) -> str:
    """The form in which a canonical address is compared: www.x.org/a/index.php/b/ is x.org/a/b."""
    parts = _split(url)
    if parts is None:
        return ""
    path = _INDEX.sub("", parts.path).replace("/index.php/", "/").rstrip("/")
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment.startswith("!") else ""
    return f"{parts.host.removeprefix('www.')}{port}{path}{query}{fragment}"


def specific(url: str) -> bool:
    """True when `url` can be the address of one article: more than a home page."""
    parts = _split(url)
    return parts is not None and bool(key(url).partition("/")[2] or parts.query)


def host_of(url: str) -> str:
    """The host of `url` in A-label form, or ""."""
    parts = _split(url)
    return parts.host if parts else ""


def path_of(url: str) -> str:
    """The path of `url`, percent-encoded, or ""."""
    parts = _split(url)
    return parts.path if parts else ""


def query_of(url: str) -> str:
    """The query of `url` without its question mark, percent-encoded, or ""."""
    parts = _split(url)
    return parts.query if parts else ""
