"""What is sent with a request, and what is kept of what comes back. Pure.

The list is complete: no cookie, no Referer, nothing that a library would add (F-22, F-23).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..model import FetchSettings, Request
from .failures import Refusal, plain
from .urls import Target

Raw = tuple[tuple[bytes, bytes], ...]
"""Header fields as they go over the wire, in order."""

MAX_VALIDATOR = 1_024  # bytes: F-13
_VALIDATORS = frozenset({"etag", "last-modified"})
_FEEDS = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
# They frame the request, identify us (F-22) or carry what the fetch itself decides (F-13, F-23).
_RESERVED = frozenset(
    {
        "host", "user-agent", "accept", "accept-encoding", "connection", "content-length", "transfer-encoding", "te",
        "upgrade", "expect", "range", "referer", "if-none-match", "if-modified-since", "if-match",
        "if-unmodified-since", "if-range", "proxy-authorization",
    }
)  # fmt: skip


def public(settings: FetchSettings, request: Request) -> Raw:
    """The fields that every server may see."""
    return tuple(
        _field(name, value)
        for name, value in (
            ("User-Agent", settings.user_agent),
            ("Accept", request.accept or _FEEDS),
            ("Accept-Encoding", "gzip"),
            ("Connection", "close"),  # F-25
        )
    )


def private(request: Request, target: Target) -> Raw:
    """The fields that only the configured origin may see (F-09): credentials, keys, validators.

    Raises: Refusal `protocol` for a configured header that is the program's to set.
    """
    return tuple(_private(request, target))


def _private(request: Request, target: Target) -> Iterator[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in request.headers}
    if reserved := names & _RESERVED:
        raise Refusal("protocol", f"the header {min(reserved)} is set by the program: take it out of the source")
    if target.authorization and "authorization" not in names:
        yield b"Authorization", target.authorization
    yield from (_field(name, value) for name, value in request.headers)
    if _is_usable(request.etag):
        yield _field("If-None-Match", request.etag or "")
    if _is_usable(request.last_modified):
        yield _field("If-Modified-Since", request.last_modified or "")


def is_conditional(fields: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a 304 may answer a request with these `fields` (F-15)."""
    return any(name in (b"If-None-Match", b"If-Modified-Since") for name, _ in fields)


def kept(fields: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """The fields of an answer: lower-case names, Latin-1 values, repeated ones joined (RFC 9110 5.3).

    Cookies are not kept (F-23), nor validators too long to be sent back for ever (F-13).
    """
    result: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "set-cookie" or (name in _VALIDATORS and not _is_usable(value)):
            continue
        result[name] = f"{result[name]}, {value}" if name in result else value
    return result


def values(fields: Iterable[tuple[bytes, bytes]], name: str) -> list[bytes]:
    """Every value of the field `name` (lower case) as it came."""
    return [value for key, value in fields if key.decode("latin-1").lower() == name]


def _is_usable(validator: str | None) -> bool:
    return validator is not None and 0 < len(validator) <= MAX_VALIDATOR


def _field(name: str, value: str) -> tuple[bytes, bytes]:
    """Latin-1 both ways, so that a validator goes back byte for byte as it came (F-13)."""
    try:
        return name.encode("ascii"), value.encode("latin-1")
    except UnicodeEncodeError as error:
        raise Refusal("protocol", f"the header {plain(name)} contains characters that no header can carry") from error
