"""Redirectors: addresses of services that send a reader on, and where to, read from the address alone.

Most carry the target in a parameter; some in the path; Proofpoint, Google Translate and Google
News write it in forms of their own. Of those that do not carry it, links of aggregators are
`opaque`, which are never stored; short addresses and feeds' counters stay, as `hides` tells.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, unquote

# Host (without "www."), path prefix, parameters that may hold the target, in order.
_BY_PARAMETER: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("l.facebook.com", "/l.php", ("u",)),
    ("lm.facebook.com", "/l.php", ("u",)),
    ("facebook.com", "/l.php", ("u",)),
    ("facebook.com", "/sharer", ("u",)),
    ("facebook.com", "/flx/warn", ("u",)),
    ("l.instagram.com", "/", ("u",)),
    ("l.threads.net", "/", ("u",)),
    ("bing.com", "/news/apiclick.aspx", ("url",)),
    ("news.google.com", "/", ("url",)),
    ("scholar.google.com", "/scholar_url", ("url",)),
    ("translate.google.com", "/", ("u",)),
    ("plus.url.google.com", "/url", ("q", "url")),
    ("googleadservices.com", "/", ("adurl",)),
    ("googleads.g.doubleclick.net", "/", ("adurl",)),
    ("youtube.com", "/redirect", ("q",)),
    ("reddit.com", "/link", ("url",)),
    ("out.reddit.com", "/", ("url",)),
    ("t.umblr.com", "/redirect", ("z",)),
    ("slack-redir.net", "/link", ("url",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("linkedin.com", "/redir/", ("url",)),
    ("linkedin.com", "/safety/go", ("url",)),
    ("linkedin.com", "/sharing/share-offsite", ("url",)),
    ("vk.com", "/away", ("to",)),
    ("steamcommunity.com", "/linkfilter", ("url", "u")),
    ("getpocket.com", "/redirect", ("url",)),
    ("flipboard.com", "/redirect", ("url",)),
    ("exit.sc", "/", ("url",)),
    ("disq.us", "/url", ("url",)),
    ("go.skimresources.com", "/", ("url",)),
    ("go.redirectingat.com", "/", ("url",)),
    ("redirect.viglink.com", "/", ("u",)),
    ("awin1.com", "/cread.php", ("ued", "p")),
    ("statics.teams.cdn.office.net", "/evergreen-assets/safelinks/", ("url",)),
    (".safelinks.protection.outlook.com", "/", ("url",)),
    ("urldefense.proofpoint.com", "/v1/url", ("u",)),
    ("linkprotect.cudasvc.com", "/url", ("a",)),
    ("clicktime.symantec.com", "/", ("u",)),
    ("scanmail.trustwave.com", "/", ("u",)),
)
_SAFELINKS = ".safelinks.protection.outlook.com"  # below it, the servers of a region each
_BY_HOST: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    host: tuple((prefix, names) for name, prefix, names in _BY_PARAMETER if name == host)
    for host in dict.fromkeys(name for name, _, _ in _BY_PARAMETER)
}
# Addresses that hold the whole target behind something: archives of the web, mail scanners.
_IN_PATH = (
    (re.compile(r"web\.archive\.org"), re.compile(r"/web/\d{4,14}(?:[a-z]{2}_)?/(https?:/.+)", re.IGNORECASE)),
    (re.compile(r"archive\.(?:ph|today|is|md|vn|fo|li)"), re.compile(r"/\d{4,14}/(https?:/.+)", re.IGNORECASE)),
    (re.compile(r"secure-web\.cisco\.com"), re.compile(r"/[^/]+/(https?%3A.+)", re.IGNORECASE)),
    (re.compile(r"r\.search\.yahoo\.com"), re.compile(r".*/RU=(https?%3A[^/]+)/", re.IGNORECASE)),
)
_GOOGLE_URL = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_GOOGLE_NEWS = re.compile(r"/(?:rss/|__i/rss/rd/)?(?:articles|read)/(?P<token>[A-Za-z0-9_-]{4,4000}={0,2})/?")
_BING_CLICK = "/news/apiclick.aspx"
# EZproxy, through which libraries lend (help.oclc.org): "www-nature-com.ezproxy.lib.example.edu", or with dots.
_LIBRARY = re.compile(
    r"(?P<inner>.+?)\.(?:(?:ez|lib|rp|login)?-?proxy\d?\.(?:[a-z0-9-]+\.)+[a-z]{2,}|[a-z0-9-]+\.idm\.oclc\.org)"
)
_ENDINGS = (".com", ".org", ".net", ".gov", ".edu", ".int", ".info", ".eu", ".uk", ".de", ".fr", ".ch", ".jp", ".io")
_SHORT = frozenset({
    "t.co", "bit.ly", "tinyurl.com", "ow.ly", "buff.ly", "lnkd.in", "flip.it", "dlvr.it", "ift.tt", "trib.al", "is.gd",
    "fb.me", "goo.gl", "rb.gy", "apple.news", "share.google", "spr.ly", "owl.li", "shorturl.at", "cutt.ly",
})  # fmt: skip


def target(host: str, path: str, query: str) -> str | None:
    """The address that a redirector sends to, not yet checked; None when it is none, or does not say.

    `host` is lower-case; `path` and `query` are percent-encoded, as in a URL.
    """
    bare = host.removeprefix("www.")
    for prefix, parameters in _BY_HOST.get(_SAFELINKS if bare.endswith(_SAFELINKS) else bare, ()):
        if path.lower().startswith(prefix) and (found := _parameter(query, parameters)):
            return found
    if _GOOGLE_URL.fullmatch(host):
        return _parameter(query, ("url", "q")) if path == "/url" else None
    for hosts, pattern in _IN_PATH:
        if hosts.fullmatch(bare) and (match := pattern.match(path)):
            whole = unquote(match[1]) if "%3a" in match[1][:8].lower() else match[1]
            # A double slash that some server made one, and the query, which belongs to the target.
            return re.sub(r"^(https?):/+", r"\1://", whole) + (f"?{query}" if query else "")
    for form in _FORMS:
        if found := form(host, path, query):
            return found
    return None


def opaque(host: str, path: str) -> bool:
    """True for an aggregator's link, whose target (where `target` finds none) is known to the aggregator alone."""
    if host == "news.google.com":
        return _GOOGLE_NEWS.fullmatch(path) is not None
    return host.removeprefix("www.") == "bing.com" and path.lower() == _BING_CLICK


def hides(host: str, path: str) -> bool:
    """True for a short address or a feed's counter: it leads to a page that it does not name."""
    bare = host.removeprefix("www.")
    return bare in _SHORT or (bare in {"feedproxy.google.com", "feeds.feedburner.com"} and path.startswith("/~r/"))


def _parameter(query: str, names: tuple[str, ...]) -> str | None:
    try:
        given = parse_qs(query, max_num_fields=50)
    except ValueError:
        return None
    for name in names:
        for value in given.get(name, ()):
            if value[:8].lower().startswith(("http://", "https://")):
                return value
    return None


# --------------------------------------------------------------------------- forms of their own


def _proofpoint_2(host: str, path: str, query: str) -> str | None:
    """URL Defense version 2: "-" stands for "%" and "_" for "/"."""
    if host != "urldefense.proofpoint.com" or not path.startswith("/v2/"):
        return None
    value = next(iter(parse_qs(query).get("u", ())), "")
    return unquote(value.translate(str.maketrans("-_", "%/"))) or None


_PROOFPOINT_3 = re.compile(r"/v3/__(?P<target>.+?)__(?:;|%3B)(?P<characters>[A-Za-z0-9_-]*)(?:!|%21)", re.IGNORECASE)
# "**A" stands for two characters of the list behind the address, "**B" for three …
_RUNS = {
    letter: n for n, letter in enumerate(string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_", 2)
}


def _proofpoint_3(host: str, path: str, query: str) -> str | None:
    """URL Defense version 3: the address as it is, with "*" for each character of a list that follows in base64."""
    if not host.startswith("urldefense."):
        return None
    found = _PROOFPOINT_3.match(f"{path}?{query}" if query else path)
    if found is None:
        return None
    characters = iter(_base64(found["characters"]).decode("utf-8", "replace"))

    def give(token: re.Match[str]) -> str:
        return "".join(next(characters, "") for _ in range(_RUNS[token[1]] if token[1] else 1))

    address = re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", give, found["target"])
    return re.sub(r"^(https?):/+", r"\1://", address)


def _translated(host: str, path: str, query: str) -> str | None:
    """Google Translate's copy: "www-example-com.translate.goog", with "--" for "-"."""
    inner = host.removesuffix(".translate.goog")
    if inner == host or "." in inner:
        return None
    kept = "&".join(pair for pair in query.split("&") if pair and not pair.startswith("_x_tr_"))
    return f"https://{_with_dots(inner)}{path}" + (f"?{kept}" if kept else "")


def _borrowed(host: str, path: str, query: str) -> str | None:
    """A library's proxy: the page that it lends, or the address behind its login."""
    if path.rstrip("/") == "/login" and ("proxy" in host or host.endswith(".oclc.org")):
        return _parameter(query, ("url", "qurl"))
    found = _LIBRARY.fullmatch(host)
    if found is None:
        return None
    inner = found["inner"] if "." in found["inner"] else _with_dots(found["inner"])
    if "." not in inner or not inner.endswith(_ENDINGS):
        return None
    return f"https://{inner}{path}" + (f"?{query}" if query else "")


def _google_news(host: str, path: str, query: str) -> str | None:  # noqa: ARG001
    """The address inside an older token of Google News: base64 of a message whose field 4 is the address.

    Field 1 comes first (08 13), then the mark of field 4 (22), a length, the address; seen in the code of many
    programs that decode it. Tokens since 2024 hold a reference (AU_yqL…) in that place.
    """
    found = _GOOGLE_NEWS.fullmatch(path) if host == "news.google.com" else None
    message = _base64(found["token"].rstrip("=")) if found else b""
    if message[:1] != b"\x08" or message[2:3] != b"\x22" or len(message) < 5:
        return None
    length, at = message[3], 4
    if length >= 0x80:  # a varint of two bytes
        length, at = (length & 0x7F) | (message[4] << 7), 5
    address = message[at : at + length].decode("latin-1")
    return address if address[:8].lower().startswith(("http://", "https://")) else None


def _with_dots(label: str) -> str:
    return label.replace("--", "\0").replace("-", ".").replace("\0", "-")


def _base64(text: str) -> bytes:
    """The bytes that `text` says, as far as it can be read."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


_FORMS: tuple[Callable[[str, str, str], str | None], ...] = (
    _proofpoint_2, _proofpoint_3, _translated, _borrowed, _google_news,
)  # fmt: skip
