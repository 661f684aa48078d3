"""Which addresses may be asked for (F-07), decided on the text alone. Pure.

Whether the machine behind a name is public is another question, answered when it is dialled
(`connect`, F-05): a text can hide an address in more spellings than anybody can list (M-26).
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import httpx

from .failures import Refusal, plain

MAX_BYTES = 2_048  # F-07
# F-07: services that a request could talk to in their own language.
FORBIDDEN_PORTS = frozenset({22, 25, 110, 143, 465, 587, 993, 995, 3306, 5432, 6379, 9200, 11211, 27017})
_DEFAULT_PORT = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"(?!.{254})([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_SHOWN = 200  # characters of an address in a message


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An address that may be asked: taken apart, without user information and fragment."""

    url: str  # as written otherwise
    scheme: str
    host: str  # ASCII, lower case; an IPv6 address without brackets
    port: int
    authority: str  # "host:port" with the host as written, for `allow_hosts` (H2)
    authorization: bytes | None = None  # the header that the user information stands for

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must stay the same for secrets to be sent on (F-09)."""
        return self.scheme, self.host, self.port


def same_site(target: Target, url: str) -> bool:
    """Whether `target` is where `url` was asked: the same host, with or without "www.", at the same or a usual port."""
    first = parse(url, trusted=True)
    usual = {target.port, first.port} <= set(_DEFAULT_PORT.values())
    return (usual or target.port == first.port) and target.host.removeprefix("www.") == first.host.removeprefix("www.")


def parse(text: str, *, trusted: bool = False) -> Target:
    """The target that `text` names; `trusted` (configured) addresses may carry user information.

    Raises: Refusal `bad_url`, or `blocked_address` for a number that is not a plain IPv4 address.
    """
    _check_characters(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Refusal("bad_url", f"not an address ({plain(str(error))})") from error
    if parts.scheme not in _DEFAULT_PORT:
        raise Refusal(
            "bad_url", f"only http and https are fetched, not {plain(parts.scheme) or 'an address without scheme'}"
        )
    if not parts.hostname:
        raise Refusal("bad_url", "the address names no host")
    if port is None:
        port = _DEFAULT_PORT[parts.scheme]
    if port == 0 or port in FORBIDDEN_PORTS:
        raise Refusal("bad_url", f"port {port} is not for documents")
    user_information, at, place = parts.netloc.rpartition("@")
    if at and not trusted:
        raise Refusal("bad_url", "an address from outside must not carry a user name or password")
    _check_disguise(parts.hostname)
    url = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
    return Target(
        url=url,
        scheme=parts.scheme,
        host=_host(url),
        port=port,
        authority=f"{_written_host(place)}:{port}",
        authorization=_basic(user_information) if at else None,
    )


def follow(base: Target, location: str) -> Target:
    """The target that a redirect from `base` to `location` leads to.

    Raises: Refusal as `parse`, and `bad_url` for an empty `location`.
    """
    if not location:
        raise Refusal("bad_url", "redirected to an empty address")
    _check_characters(location)  # before joining, which drops tabs and line ends without a word
    try:
        return parse(urljoin(base.url, location))
    except ValueError as error:
        raise Refusal("bad_url", f"redirected to what is not an address ({plain(str(error))})") from error
    except Refusal as refusal:
        raise Refusal(refusal.failure, f"redirected to {shown(location)}: {refusal.what}") from refusal


def shown(text: str) -> str:
    """`text`, right or wrong, for messages: no user information, no query (keys live there), short."""
    bare = re.split(r"[?#]", text, maxsplit=1)
    scheme, separator, rest = bare[0].partition("://")
    place, slash, path = (rest if separator else scheme).partition("/")
    hidden = scheme + separator if separator else ""
    return plain(hidden + place.rpartition("@")[2] + slash + path, _SHOWN) + ("?…" if len(bare) > 1 else "")


def _check_characters(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Refusal("bad_url", f"the address is longer than {MAX_BYTES} bytes")
    for character in text:
        # C*: controls, invisible and direction marks, surrogates; Z*: every kind of space
        if character == "\\" or unicodedata.category(character)[0] in "CZ":
            raise Refusal("bad_url", f"the address contains the character U+{ord(character):04X}")


def _check_disguise(host: str) -> None:
    """Resolvers read 2130706433, 0x7f.1 and 0177.0.0.1 as 127.0.0.1 (M-26); no real name ends in a number."""
    if ":" not in host and _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            IPv4Address(host)
        except AddressValueError as error:
            raise Refusal("blocked_address", f"{plain(host)} is a number in disguise, not a host name") from error


def _host(url: str) -> str:
    """The host of `url` as it is looked up: IDNA done by httpx."""
    try:
        host = httpx.URL(url).raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError) as error:
        raise Refusal("bad_url", f"not an address ({plain(str(error))})") from error
    if _HOST_NAME.fullmatch(host):
        return host
    try:
        # A zone id names one of this machine's own links; with a second "%" it is no address.
        return str(IPv6Address(host.replace("%", "%%")))
    except AddressValueError as error:
        raise Refusal("bad_url", f"{plain(host)} is not a host name") from error


def _written_host(place: str) -> str:
    """`place` ("host", "host:port" or "[v6]:port") without its port."""
    head, colon, tail = place.rpartition(":")
    return head if colon and "]" not in tail else place


def _basic(user_information: str) -> bytes:
    """The Authorization header for "user:password" of an address (RFC 7617)."""
    name, _, password = user_information.partition(":")
    return b"Basic " + b64encode(f"{unquote(name)}:{unquote(password)}".encode())
