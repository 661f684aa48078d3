"""Saved feeds, and records as interfaces answer them: read by the collectors that read them over the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..collectors import COLLECTORS
from ..collectors.guess import guess
from ..errors import ParseFailed
from .contract import Document, Found, Unreadable


def _reader(kind: str) -> Callable[[Document], Iterator[Found]]:
    def read(document: Document) -> Iterator[Found]:
        """What the collector for the kind makes of the file. Raises: Unreadable."""
        used = kind or guess(document.body, document.name)
        try:
            parsed = COLLECTORS[used].parse(
                document.body, content_type="", url=document.url or document.name, source_id=document.source_id
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
