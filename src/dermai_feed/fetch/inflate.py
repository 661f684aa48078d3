"""Bodies: as they came, or one layer of gzip, never larger than allowed and never cut.

The library's decoders are not used: they expand a whole chunk before anyone can count it,
take a gzip stream that ends in the middle for a whole one, and stop after the first member
of several (M-03, M-04).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Protocol

from .failures import Refusal

_STEP = 64 * 1024  # bytes that one call may expand to: what a bomb can cost before it is noticed
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say "gzip header and checksum"

# RFC 9110 8.4.1 and the IANA registry of content codings. A coding outside it is broken HTTP,
# one inside it that was not asked for is a server that does not listen.
_REGISTERED = frozenset(
    {
        "aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "identity", "pack200-gzip",
        "x-compress", "x-gzip", "zstd",
    }
)  # fmt: skip


class Body(Protocol):
    """Takes a body piece by piece; `end` gives it whole or refuses it."""

    @property
    def so_far(self) -> bytearray:
        """What has come, expanded."""

    def feed(self, piece: bytes) -> None:
        """Add `piece`. Raises: Refusal `too_large` or `bad_coding`."""

    def end(self) -> bytes:
        """The whole body. Raises: Refusal `truncated` when its end has not come."""


class PlainBody:
    """A body of at most `limit` bytes, as it came."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()  # a list of pieces would cost 50 bytes for a piece of one

    @property
    def so_far(self) -> bytearray:
        """What has come."""
        return self._bytes

    def feed(self, piece: bytes) -> None:
        """Add `piece`. Raises: Refusal `too_large`."""
        if len(self._bytes) + len(piece) > self._limit:
            raise Refusal("too_large", f"the document is larger than {self._limit} bytes")
        self._bytes += piece

    def end(self) -> bytes:
        """The whole body."""
        return bytes(self._bytes)


class GzipBody:
    """A gzip stream of one or more members (RFC 1952 2.2) that expands to at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._expanded = PlainBody(limit)
        self._member = zlib.decompressobj(_GZIP)

    @property
    def so_far(self) -> bytearray:
        """What has come, expanded."""
        return self._expanded.so_far

    def feed(self, piece: bytes) -> None:
        """Expand `piece`. Raises: Refusal `bad_coding` for what is not gzip, `too_large`."""
        try:
            while piece:
                if self._member.eof:
                    self._member = zlib.decompressobj(_GZIP)
                self._expanded.feed(self._member.decompress(piece, _STEP))
                piece = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        except zlib.error as error:
            raise Refusal("bad_coding", f"the gzip stream is damaged ({error})") from error

    def end(self) -> bytes:
        """The expanded body. Raises: Refusal `truncated`."""
        if not self._member.eof:
            raise Refusal("truncated", "the gzip stream breaks off")
        return self._expanded.end()


def body_for(codings: Iterable[str], limit: int) -> Body:
    """What reads a body under the `Content-Encoding` header values `codings`, up to `limit` bytes.

    Raises: Refusal `bad_coding` for anything but identity and one layer of gzip (F-02), and
    `protocol` for a coding that does not exist (F-28).
    """
    named = [coding for value in codings for part in value.split(",") if (coding := part.strip().lower())]
    layers = [coding for coding in named if coding != "identity"]
    if not layers:
        return PlainBody(limit)
    if layers in (["gzip"], ["x-gzip"]):
        return GzipBody(limit)
    if not _REGISTERED.issuperset(layers):
        raise Refusal("protocol", "the body has a coding that does not exist")
    raise Refusal("bad_coding", "the body is compressed otherwise than by one layer of gzip")
