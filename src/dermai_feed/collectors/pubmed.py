"""PubMed through the E-utilities (ncbi.nlm.nih.gov/books/NBK25499): a search, then its records.

`url` is the address of esearch.fcgi or of efetch.fcgi beside it. Options: `term`, required, a
query in PubMed's own language; `datetype`, which date must lie in the window: edat (when PubMed got
the record; the default), mdat (when it was last changed) or pdat (when it was published); `email`,
which NCBI asks users to send. A poll searches with `usehistory=y` and fetches the records of that
search, 100 a page, as XML; windows are 90 days long at most and overlap by three. NCBI keeps a
search for hours only, so a poll that goes on with a window searches again. Of one search no more
than 9,999 records are handed out.

NCBI allows three requests a second; the fetcher's gap is longer. A key is wanted in the query,
where it would stand in every log, so none is sent.

What the records hold is read by `pubmedrecord`.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from ..errors import ParseFailed
from ..model import Collected, Entry, Parsed, Problem, Source, SourceState
from . import members, options, paging, pubmedrecord, pubmedsummary, repair, sniff
from .contract import Context
from .elements import text_of
from .encoding import decode
from .members import quoted

_ROWS = 100  # records a page; one with many authors and references has 200 kB
_DATE_TYPES = ("edat", "mdat", "pdat")
_HABITS = paging.Habits(
    days=30, overlap=3, window=90, options=frozenset({"term", "datetype", "email"}), required=frozenset({"term"}),
    accept="application/xml, text/xml",
)  # fmt: skip
_START = re.compile(r"<PubmedArticle[\s>]")
_END = "</PubmedArticle>"
_SET_END = re.compile(r"</PubmedArticleSet\s*>|<PubmedArticleSet\s*/>")
_BOOK = re.compile(r"<PubmedBookArticle[\s>]")
_ERROR = re.compile(r"<ERROR>([^<]{0,1000})", re.IGNORECASE)
_HISTORY = re.compile(r"[\w.\-%|@]{1,400}")


@dataclass(frozen=True, slots=True)
class PubmedCollector:
    """Collects records that PubMed got since the last poll."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Search, and fetch what was found.

        Raises: see `paging.poll`; FetchFailed("bad_url") for a datetype that there is not.
        """
        options.choice(source, "datetype", _DATE_TYPES[0], _DATE_TYPES)
        return paging.poll(source, _without_history(state), context, habits=_HABITS, address=_address, follow=_follow)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """The answer of a search, which names the history to fetch from, one page of records, or of summaries.

        Book chapters stand in the same lists; they are no news and are left out.

        Raises: ParseFailed, with the server's own words for an error document; no_records for a
            search without a history: numbers alone are nothing to read.
        """
        text = decode(body, content_type).text
        if sniff.is_json(text):
            return pubmedsummary.of_json(members.answer(body, content_type), source_id)
        if fault := _ERROR.search(text):
            raise ParseFailed("not_a_feed", f"NCBI refuses the question: {quoted(fault[1])}")
        if "<eSearchResult" in text:
            return _search(text, source_id)
        if "<PubmedArticle" in text:  # a set, or a record by itself
            return _records(text, source_id)
        if "<eSummaryResult" in text:
            return pubmedsummary.of_xml(text, source_id)
        raise sniff.not_a_feed(text, f"the server says: {quoted(text)}")


# --------------------------------------------------------------------------- what is asked


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """Where fetching has come to: a record's number, and, after the search, what NCBI keeps it under."""

    start: int = 0
    count: int = 0
    key: str = ""
    environment: str = ""

    def __str__(self) -> str:
        return f"{self.start} {self.count} {self.key} {self.environment}" if self.environment else str(self.start)


def _page(text: str) -> _Page:
    """The page that a cursor names; the first one for what names none."""
    match text.split():
        case [start, count, key, environment] if start.isdecimal() and count.isdecimal():
            return _Page(start=int(start[:9]), count=int(count[:9]), key=key, environment=environment)
        case [start, *_] if start.isdecimal():
            return _Page(start=int(start[:9]))
        case _:
            return _Page()


def _without_history(state: SourceState) -> SourceState:
    """`state` going on at the same record, after a new search."""
    place = paging.Place.read(state.cursor)
    if place is None or not place.page:
        return state
    start = _page(place.page).start
    return replace(state, cursor=replace(place, page=str(start) if start else "").written())


def _address(source: Source, place: paging.Place) -> str:
    page = _page(place.page)
    common = {"db": "pubmed", "tool": "dermai_feed", "email": source.options.get("email", "")}
    if page.environment:
        words = {"query_key": page.key, "WebEnv": page.environment, "retstart": str(page.start)}
        words |= {"retmax": str(_ROWS), "retmode": "xml"}
        return paging.with_query(urljoin(source.url, "efetch.fcgi"), common | words)
    words = {"term": source.options["term"], "datetype": source.options.get("datetype", _DATE_TYPES[0])}
    words |= {"mindate": f"{place.since:%Y/%m/%d}", "maxdate": f"{place.until:%Y/%m/%d}"}
    words |= {"usehistory": "y", "retmax": "0"}
    return paging.with_query(urljoin(source.url, "esearch.fcgi"), common | words)


def _follow(place: paging.Place, parsed: Parsed) -> str:
    """The page after a search is its first record, the one after a page of records the next hundred."""
    here = _page(place.page)
    if here.environment:
        following = replace(here, start=here.start + _ROWS)
    elif parsed.next_page:
        following = replace(_page(parsed.next_page), start=here.start)
    else:
        return ""
    return str(following) if following.start < following.count else ""


# --------------------------------------------------------------------------- what is answered


def _search(text: str, source_id: str) -> Parsed:
    """How many records were found, and the history that holds them, as `next_page`."""
    document = repair.read(text)
    root = document.root
    if root is None:
        raise ParseFailed("parse_error", f"a search result that is no XML: {document.complaint}")
    count = _text(root, "Count")
    if not count.isdecimal() or len(count) > 9:
        raise ParseFailed("parse_error", f"a search result without a count: {quoted(text)}")
    page = _Page(count=int(count), key=_text(root, "QueryKey"), environment=_text(root, "WebEnv"))
    if page.count and not (page.key.isdecimal() and _HISTORY.fullmatch(page.environment)):
        raise ParseFailed(
            "no_records",
            f"a search result without QueryKey and WebEnv: {page.count} records found, "
            f"{len(root.findall('IdList/Id'))} of their numbers, nothing to fetch from",
        )
    ignored = [text_of(word) for part in ("ErrorList", "WarningList") for word in root.iterfind(f"{part}/*")]
    problems = tuple(
        Problem(where=source_id, what=f"NCBI says of the query: {quoted(word)}", kind="feed", hint="see options.term")
        for word in ignored
        if word and word != "No items found."
    )
    return Parsed(problems=problems, next_page=str(page) if page.count else "")


def _text(root: ET.Element, name: str) -> str:
    element = root.find(name)
    return text_of(element) if element is not None else ""


def _records(text: str, source_id: str) -> Parsed:
    """The records of a set, each read by itself, so that a broken one costs one (P-12)."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    starts = [found.start() for found in _START.finditer(text)]
    cut_off = False
    for number, (start, limit) in enumerate(zip(starts, [*starts, len(text)][1:], strict=True), 1):
        end = text.find(_END, start, limit)
        if end < 0 and limit == len(text):
            cut_off = True  # it is asked for again
            continue
        try:
            entries.append(pubmedrecord.entry(_tree(text, start, end), number, source_id))
        except (ValueError, ParseFailed) as error:
            where = f"{source_id}: record {number}"
            problems.append(Problem(where=where, what=f"cannot be read: {error}", hint="the other records were read"))
    whole_set = "<PubmedArticleSet" not in text or _SET_END.search(text) is not None
    promised = bool(starts) or _BOOK.search(text) is not None  # an empty set is no page of a search
    return Parsed(entries=tuple(entries), problems=tuple(problems), complete=whole_set and promised and not cut_off)


def _tree(text: str, start: int, end: int) -> ET.Element:
    """The record from `start` to its end tag at `end`, -1 for none. Raises: ValueError when it is not well-formed."""
    if end < 0:
        raise ValueError("it does not end")
    document = repair.read(text[start : end + len(_END)])
    if document.root is None or document.complaint:
        raise ValueError(document.complaint)
    return document.root
