"""Updates: asks Crossref whether papers that the corpus tells were retracted, corrected or doubted since.

Nothing announces a retraction to those who reported the paper; so the DOIs of accepted items are
asked again, some at each poll, round and round. `url` is Crossref's ".../works"; the question is
`filter=updates:DOI,updates:DOI`, of which several mean any of them, as Crossref's staff say
(github.com/CrossRef/rest-api-doc/issues/234), and the answers are the notices: works with
`update-to`, those of Retraction Watch among them. A notice is an item like any other; it names
its subject's DOI and so joins its story.

Option `batches`: how many questions one poll asks, of up to 40 DOIs each (10 when nothing is
said). The cursor is the last DOI asked; the next poll goes on behind it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import FetchFailed, ParseFailed
from ..model import Collected, Entry, Parsed, Problem, Request, Source, SourceState
from . import members, paging
from .contract import Context
from .crossref import CrossrefCollector

_BATCH = 40  # DOIs in one question
_LONGEST = 1_900  # bytes of an address; F-07 allows 2,048
_BATCHES, _MOST_BATCHES = 10, 100
_ROWS = 200  # notices of one question; of forty papers there are rarely two


@dataclass(frozen=True, slots=True)
class UpdatesCollector:
    """Asks for notices about what is known already."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for notices about the next of `context.dois`.

        A failure after the first answer is no failure of the poll: what came is kept, and the
        next poll begins at the question that failed. Raises: FetchFailed, ParseFailed at the first.
        """
        known = sorted({doi.lower() for doi in context.dois if _askable(doi)})
        place = _place(state.cursor)
        order = [doi for doi in known if doi > place] + [doi for doi in known if doi <= place]
        entries: list[Entry] = []
        problems: list[Problem] = []
        requests = 0
        for number, batch in enumerate(_batches(source, order)):
            if number >= _most(source):
                break
            try:
                response = context.fetch(
                    Request(
                        url=_address(source, batch), accept="application/json", headers=source.headers, trusted=True
                    )
                )
                requests += response.requests
                content_type = response.header("content-type") or ""
                parsed = context.parse("crossref", response.body, content_type, response.url, source.id)
            except (FetchFailed, ParseFailed) as failed:
                if number == 0:
                    raise
                what = f"stopped after {number} questions: {failed.failure}: {failed.text}"
                problems.append(Problem(where=source.id, what=what, kind="feed", hint="the next poll goes on there"))
                break
            entries += parsed.entries
            problems += parsed.problems
            place = batch[-1]
        return Collected(
            source_id=source.id, entries=tuple(entries), problems=tuple(problems), requests=requests,
            status=200 if requests else None, cursor=json.dumps({"after": place}),
        )  # fmt: skip

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """A page of works, as Crossref answers. Raises: ParseFailed."""
        return CrossrefCollector().parse(body, content_type=content_type, url=url, source_id=source_id)


def _askable(doi: str) -> bool:
    """Whether `doi` can stand in a filter, whose values end at a comma."""
    return doi.startswith("10.") and "," not in doi and doi.isprintable() and len(doi) < 200


def _batches(source: Source, dois: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for doi in dois:
        if batch and (len(batch) >= _BATCH or len(_address(source, [*batch, doi])) > _LONGEST):
            yield batch
            batch = []
        batch.append(doi)
    if batch:
        yield batch


def _address(source: Source, batch: Sequence[str]) -> str:
    asked = ",".join(f"updates:{doi}" for doi in batch)
    return paging.with_query(source.url, {"filter": asked, "rows": str(_ROWS)})


def _most(source: Source) -> int:
    """How many questions one poll asks. Raises: FetchFailed for an option that is no such number."""
    said = source.options.get("batches", "") or source.options.get("pages", "") or str(_BATCHES)
    if not (said.isascii() and said.isdigit() and 0 < int(said) <= _MOST_BATCHES):
        what = f"option batches of {source.id}: {said[:40]!r} is no number from 1 to {_MOST_BATCHES}"
        raise FetchFailed("bad_url", what, requests=0)
    return int(said)


def _place(cursor: str | None) -> str:
    try:
        return members.word(members.members(members.load(cursor or "")), "after")
    except (ParseFailed, TypeError, ValueError):
        return ""
