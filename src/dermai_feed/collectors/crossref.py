"""Crossref's REST API, /works (api.crossref.org): records of DOIs, among them notices and preprints.

`url` is the endpoint ".../works", or ".../journals/ISSN/works". Options, of which one is needed:
`filter`, in Crossref's own form ("issn:0190-9622,issn:2168-6068"; the same name twice means
either), and `query`, words that titles, authors and journals are ranked by. Words do not narrow
down, they only rank: a source of its own should name journals.

Asked for are the DOIs created within the window, at most seven days at once, 100 a page, from
one cursor to the next; windows overlap by two days. A cursor lives for minutes: a window that one
poll cannot finish is begun anew by the next, so `pages` must be large enough for a week.

The polite pool is entered by the User-Agent, which carries `fetch.contact` when that is a mail
address. The headers x-rate-limit-limit and x-rate-limit-interval are obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import FetchFailed, ParseFailed
from ..model import Collected, Entry, Identifier, Parsed, Publication, Source, SourceState
from . import members, paging, parts, works
from .contract import Context
from .each import read_each
from .members import Members, word

_ROWS = 100  # records a page; with its references a record has up to 100 kB
_HABITS = paging.Habits(days=30, overlap=2, window=7, options=frozenset({"filter", "query"}))
# What is no text of its own: parts of articles, reviews of them, and their containers.
_NO_TEXTS = frozenset({"component", "peer-review", "journal", "journal-issue", "journal-volume", "grant"})
_DATES = ("published-online", "posted", "published", "published-print", "issued")
_HEADING = re.compile(r"\s*<jats:title>\s*abstract\s*</jats:title>", re.IGNORECASE)
# Relations between works that are versions of, or answers to, one another; "cites" and the like are not.
_RELATIONS = (
    "is-preprint-of", "has-preprint", "is-version-of", "has-version", "is-same-as", "is-identical-to",
    "is-comment-on", "has-comment", "is-reply-to", "has-reply", "is-translation-of", "has-translation",
)  # fmt: skip
# Types of update that are a notice about another work; new_version and new_edition are not.
_NOTICES = frozenset({
    "addendum", "clarification", "correction", "corrigendum", "erratum", "expression_of_concern",
    "partial_retraction", "removal", "retraction", "withdrawal",
})  # fmt: skip
_REFUSALS = frozenset({"failed", "error"})
_WITHDRAWN = frozenset({"removal", "retraction", "withdrawal"})


@dataclass(frozen=True, slots=True)
class CrossrefCollector:
    """Collects newly registered works from Crossref."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the DOIs created since the last poll.

        Raises: see `paging.poll`; FetchFailed("bad_url") without a filter and a query.
        """
        if not any(source.options.get(name, "").strip() for name in ("filter", "query")):
            where = f"{source.where}: " if source.where else ""
            raise FetchFailed(
                "bad_url",
                f"{where}options of {source.id} have neither filter nor query; all of Crossref is too much to ask for",
                requests=0,
            )
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of works, one work (with or without its envelope), or works line by line.

        Raises: ParseFailed, with the server's own words for an error document; no_records for an
            answer of another route (journals, members, prefixes).
        """
        document = members.value(body, content_type)
        if isinstance(document, list):
            return _works(document, source_id)
        answer = members.members(document)
        if word(answer, "status") in _REFUSALS:
            raise ParseFailed("not_a_feed", f"Crossref refuses the question: {_refusal(answer)}")
        kind = word(answer, "message-type")
        if kind != "work-list":
            works_ = [found for found in (members.one(answer, "message"), answer) if word(found, "DOI")]
            if works_:
                return _works(works_[:1], source_id)
            known = kind and "message" in answer
            raise ParseFailed(
                "no_records" if known else "not_a_feed",
                f"Crossref answered {kind or 'no message type'!r}, not a list of works: "
                + members.complaint(members.one(answer, "message") if known else answer),
            )
        message = members.one(answer, "message")
        found = members.records(message, "items")
        parsed = _works([record for record in found if not _is_no_text(record)], source_id)
        full = len(found) >= (members.count(message, "items-per-page") or 1)
        return replace(parsed, next_page=word(message, "next-cursor") if full else "")


def _works(records: Sequence[object], source_id: str) -> Parsed:
    entries, problems = read_each(records, lambda record, number: _entry(record, number, source_id), source_id)
    return Parsed(entries=entries, problems=problems)


def _address(source: Source, place: paging.Place) -> str:
    created = f"from-created-date:{place.since},until-created-date:{place.until}"
    chosen = source.options.get("filter", "").strip().strip(",")
    return paging.with_query(
        source.url,
        {
            "filter": f"{chosen},{created}" if chosen else created,
            "query.bibliographic": source.options.get("query", "").strip(),
            "rows": str(_ROWS),
            "cursor": place.page or "*",
        },
    )


def _refusal(document: Members) -> str:
    """What an error document says: a list of complaints, each with the value that is wrong."""
    said = [
        " ".join(text for text in (word(fault, "message"), f"({word(fault, 'value')})") if text.strip("()"))
        for fault in members.objects(document, "message")
    ]
    return members.quoted("; ".join(text for text in said if text)) if any(said) else members.complaint(document)


def _is_no_text(record: object) -> bool:
    return isinstance(record, dict) and word(record, "type") in _NO_TEXTS


def _entry(record: object, number: int, source_id: str) -> Entry:
    """A work as an entry. Raises: TypeError, ValueError when it is none."""
    held = members.members(record)
    doi = word(held, "DOI")
    if not works.doi(doi):
        raise ValueError(f"no DOI but {doi[:80]!r}")
    page = word(members.one(held, "resource", "primary"), "URL") or word(held, "URL")
    link = page if parts.is_http(page) else works.doi_address(doi)
    return Entry(
        source_id=source_id,
        title=_first(held, "title") or _first(held, "original-title"),
        guid=f"doi:{doi.lower()}",
        link=link,
        summary=_HEADING.sub("", word(held, "abstract"), count=1),
        published=_date(held) or word(members.one(held, "created"), "date-time") or None,
        authors=parts.unique(name for person in members.objects(held, "author") if (name := _name(person))),
        tags=parts.unique(members.words(held, "subject")),
        language=word(held, "language"),
        provider_name=word(held, "publisher"),
        identifiers=(Identifier(scheme="doi", value=doi),),
        links=parts.unique(address for address in _related(held) if address != link),
        publication=Publication(
            journal=_first(held, "container-title") or _server(held),
            volume=word(held, "volume"),
            issue=word(held, "issue"),
            pages=word(held, "page") or word(held, "article-number"),
            types=_types(held),
        ),
        where=f"doi:{doi} (record {number})",
    )


def _first(held: Members, key: str) -> str:
    return next(iter(members.words(held, key)), "")


def _server(held: Members) -> str:
    """The institution behind a preprint without a journal: medRxiv, Research Square."""
    return next((name for place in members.objects(held, "institution") if (name := word(place, "name"))), "")


def _name(person: Members) -> str:
    return word(person, "name") or " ".join(
        text for text in (word(person, "given"), word(person, "family")) if text
    )  # fmt: skip


def _date(held: Members) -> str:
    """The first date that is one: year, month and day as far as they are given (`[[null]]` and month 13 occur)."""
    for key in _DATES:
        rows = members.many(members.one(held, key), "date-parts")
        numbers = rows[0] if rows and isinstance(rows[0], list) else []
        year, month, day = (*(members.as_text(number) for number in numbers[:3]), "", "", "")[:3]
        if not re.fullmatch(r"\d{4}", year):
            continue
        if not _within(month, 12):
            return year
        return f"{year}-{month:0>2}-{day:0>2}" if _within(day, 31) else f"{year}-{month:0>2}"
    return ""


def _within(digits: str, most: int) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 2 and 1 <= int(digits) <= most


def _types(held: Members) -> tuple[str, ...]:
    """The work's type, and what updates make of it: a notice about another work, or a withdrawn one."""
    notices = [
        f"{kind.replace('_', ' ')} notice"
        for update in members.objects(held, "update-to")
        if (kind := word(update, "type").lower().replace("-", "_").replace(" ", "_")) in _NOTICES
    ]
    withdrawn = any(word(update, "type").lower() in _WITHDRAWN for update in members.objects(held, "updated-by"))
    said = (word(held, "type"), word(held, "subtype"), *notices, "retracted publication" if withdrawn else "")
    return parts.unique(kind for kind in said if kind)


def _related(held: Members) -> list[str]:
    """Addresses of other versions, of what this work updates, and of what updates or answers it; and of its trials."""
    addresses = [
        works.doi_address(word(update, "DOI"))
        for key in ("update-to", "updated-by")
        for update in members.objects(held, key)
    ]
    relation = members.one(held, "relation")
    for key in _RELATIONS:
        for other in members.objects(relation, key):
            named = word(other, "id")
            is_arxiv = word(other, "id-type").lower() == "arxiv"
            addresses.append(works.arxiv_address(named) if is_arxiv else works.doi_address(named))
    addresses += [
        works.trial_address(word(trial, "clinical-trial-number"))
        for trial in members.objects(held, "clinical-trial-number")
    ]
    return [address for address in addresses if address]
