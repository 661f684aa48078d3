"""arXiv's API (info.arxiv.org/help/api): Atom feeds of preprints, by query and day of submission.

`url` is the endpoint ".../api/query". Options: `term`, required, a query in arXiv's own language
(`abs:dermatology AND cat:cs.CV`). Asked for are the preprints submitted within the window, oldest
first, 100 a page, by offset. Windows overlap by seven days, because a preprint is announced days
after its submission, and longer when moderators hold it.

arXiv allows one request in three seconds and one connection over all its interfaces; both are
kept. It counts more results than it serves, and answers empty pages under load: an empty page
before the end is asked again and not taken for the end. Errors come as a feed with one entry.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace

from ..errors import ParseFailed
from ..model import Collected, Entry, Identifier, Parsed, Problem, Publication, Source, SourceState
from . import paging, repair, sniff, works, xmlfeed
from .contract import Context
from .elements import text_of
from .encoding import decode
from .markup import plain
from .members import quoted

_ROWS = 100
_HABITS = paging.Habits(
    days=30, overlap=7, options=frozenset({"term"}), required=frozenset({"term"}),
    gap=3.0, accept="application/atom+xml",
)  # fmt: skip
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ID = re.compile(r"https?://(?:export\.)?arxiv\.org/abs/(.+)", re.IGNORECASE)
_ERROR = re.compile(r"https?://(?:export\.)?arxiv\.org/api/errors", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ArxivCollector:
    """Collects newly submitted preprints from arXiv."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the preprints submitted since the last poll. Raises: see `paging.poll`."""
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """One page of results. Raises: ParseFailed, with arXiv's own words for an error feed."""
        document = repair.read(decode(body, content_type).text)
        if document.root is None:
            raise sniff.not_a_feed(document.text, f"the server says: {quoted(document.text)}")
        try:
            feed = xmlfeed.parse(document.root, url=url, source_id=source_id, default_type="article")
        except ParseFailed as failed:
            raise sniff.not_a_feed(document.text, failed.text) from failed
        _raise_error(feed.entries)
        entries: list[Entry] = []
        problems = list(feed.problems)
        for entry in feed.entries:
            if (found := _ID.fullmatch(entry.guid or "")) and (name := works.arxiv_id(found[1])):
                entries.append(_preprint(entry, name))
            else:
                problems.append(
                    Problem(where=f"{source_id}: {entry.where}", what=f"no arXiv identifier but {entry.guid!r}")
                )
        if document.complaint:
            problems.append(Problem(where=source_id, what=f"malformed: {document.complaint}", kind="feed"))
        if document.root.find(f"{_OPENSEARCH}totalResults") is None:
            raise ParseFailed("parse_error", f"a page without its count of results: {quoted(document.text)}")
        start, total = _number(document.root, "startIndex"), _number(document.root, "totalResults")
        served = len(feed.entries) + len(feed.problems)
        # A document that broke off lacks its last entries; the counts stand before the first.
        wanted = min(_number(document.root, "itemsPerPage"), total - start)
        return replace(
            feed,
            entries=tuple(entries),
            problems=tuple(problems),
            complete=not (document.complaint and served < wanted) and (served > 0 or start >= total),
            next_page=str(start + served) if served and start + served < total else "",
        )


def _address(source: Source, place: paging.Place) -> str:
    window = f"submittedDate:[{place.since:%Y%m%d}0000 TO {place.until:%Y%m%d}2359]"
    return paging.with_query(
        source.url,
        {
            "search_query": f"({source.options['term']}) AND {window}",
            "start": place.page or "0",
            "max_results": str(_ROWS),
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
        },
    )


def _raise_error(entries: tuple[Entry, ...]) -> None:
    """Raises: ParseFailed when the only entry is one that tells of an error."""
    if len(entries) != 1:
        return
    (entry,) = entries
    if _ERROR.match(entry.guid or "") or _ERROR.match(entry.link or ""):
        raise ParseFailed("not_a_feed", f"arXiv refuses the question: {quoted(entry.summary or entry.title)}")


def _preprint(entry: Entry, name: str) -> Entry:
    """`entry` under the identifier that all its versions share."""
    journal = entry.publication.journal if entry.publication else ""
    dois = [identifier.value for identifier in entry.identifiers if identifier.scheme == "doi"]
    return replace(
        entry,
        title=plain(entry.title),  # arXiv's texts are plain: "a<b" is no tag
        summary=plain(entry.summary),
        guid=f"arXiv:{name}",
        link=f"https://arxiv.org/abs/{name}",
        identifiers=(*entry.identifiers, Identifier(scheme="arxiv", value=name)),
        # Its other links are the PDF and the DOI of the published version.
        links=tuple(address for doi in dois if (address := works.doi_address(doi))),
        publication=Publication(journal=journal or "arXiv", types=("preprint",)),
        where=f"arXiv:{name} ({entry.where})",
    )


def _number(root: ET.Element, name: str) -> int:
    """A count that OpenSearch gives, 0 when it is missing."""
    element = root.find(f"{_OPENSEARCH}{name}")
    digits = text_of(element) if element is not None else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else 0
