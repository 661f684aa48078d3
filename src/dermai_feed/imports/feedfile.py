"""Saved feeds, and records as interfaces answer them: read by the collectors that read them over the network."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator

from ..collectors import COLLECTORS
from ..collectors.guess import guess
from ..errors import ParseFailed
from .contract import Document, Found, Unreadable, utf16


def _reader(kind: str) -> Callable[[Document], Iterator[Found]]:
    def read(document: Document) -> Iterator[Found]:
        """What the collector for the kind makes of the file. Raises: Unreadable."""
        body = document.body
        if body[:2] == codecs.BOM_UTF16_LE or body[:2] == codecs.BOM_UTF16_BE or utf16(body):
            body = body if document.text.lstrip()[:1] == "<" else document.text.encode()  # interfaces speak UTF-8
        used = kind or guess(body, document.name)
        try:
            parsed = COLLECTORS[used].parse(
                body, content_type="", url=document.url or document.name, source_id=document.source_id
            )
        except ParseFailed as failed:
            raise Unreadable(failed.text) from failed
        yield from parsed.problems
        yield from parsed.terms
        yield from parsed.entries

    return read


read = _reader("rss")  # RSS, RDF, Atom and JSON Feed are told apart in reading
read_answer = _reader("")  # whichever interface it was that answered
read_pubmed = _reader("pubmed")
