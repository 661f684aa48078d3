"""DataCite: records of DOIs of preprints, data sets and software (https://support.datacite.org/docs/api)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ParseFailed
from ..model import Entry, Identifier, Parsed, Publication
from . import members, parts, works
from .each import read_each
from .markup import plain
from .members import Members, objects, one, word

# DataCite Metadata Schema 4.5, appendix 1: dates, the one that readers mean first.
_DATES = ("issued", "available", "submitted", "created", "accepted")
_VERSIONS = frozenset({
    "isversionof", "hasversion", "isnewversionof", "ispreviousversionof", "isidenticalto", "isvariantformof",
    "isoriginalformof", "issupplementto", "ispreprintof", "ispublishedin", "obsoletes", "isobsoletedby",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class DataciteReader:
    """Reads answers of DataCite's REST interface."""

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """A page of records, or one. Raises: ParseFailed with the server's own words for anything else."""
        document = members.answer(body, content_type)
        found: Sequence[object] = [document["data"]] if isinstance(document.get("data"), dict) else ()
        found = found or ([document] if "doi" in one(document, "attributes") else members.records(document, "data"))
        if found and not any(isinstance(record, dict) and "doi" in one(record, "attributes") for record in found):
            raise ParseFailed("no_records", f"DataCite lists {len(found)} records that are no DOIs")
        entries, problems = read_each(found, lambda record, number: _entry(record, number, source_id), source_id)
        return Parsed(entries=entries, problems=problems, next_page=word(one(document, "links"), "next"))


def _entry(record: object, number: int, source_id: str) -> Entry:
    """A record as an entry. Raises: TypeError, ValueError when it is none."""
    held = one(members.members(record), "attributes")
    doi = works.doi(word(held, "doi"))
    if not doi:
        raise ValueError(f"no DOI but {word(held, 'doi')[:80]!r}")
    container, types = one(held, "container"), one(held, "types")
    publisher = word(held, "publisher") or word(one(held, "publisher"), "name")
    page = word(held, "url")
    pages = [page_ for key in ("firstPage", "lastPage") if (page_ := word(container, key))]
    return Entry(
        source_id=source_id,
        title=_first(held, "titles", "title"),
        guid=f"doi:{doi.lower()}",
        link=page if parts.is_http(page) else works.doi_address(doi),
        summary=plain(_abstract(held)),
        published=_date(held) or None,
        updated=word(held, "updated") or None,
        authors=parts.unique(name for person in objects(held, "creators") if (name := _name(person))),
        tags=parts.unique(text for subject in objects(held, "subjects") if (text := word(subject, "subject"))),
        language=word(held, "language"),
        provider_name=publisher,
        identifiers=(Identifier(scheme="doi", value=doi),),
        links=parts.unique(address for address in _related(held) if address),
        publication=Publication(
            journal=word(container, "title") or publisher,
            volume=word(container, "volume"),
            issue=word(container, "issue"),
            pages="-".join(parts.unique(pages)),
            types=parts.unique(kind for key in ("resourceTypeGeneral", "resourceType") if (kind := word(types, key))),
        ),
        where=f"doi:{doi} (record {number})",
    )


def _first(held: Members, key: str, name: str) -> str:
    return next((text for place in objects(held, key) if (text := word(place, name))), "")


def _abstract(held: Members) -> str:
    described = objects(held, "descriptions")
    texts = [word(place, "description") for place in described if word(place, "descriptionType").lower() == "abstract"]
    return next(filter(None, texts), "") or _first(held, "descriptions", "description")


def _date(held: Members) -> str:
    """The first date of the kinds in `_DATES`, of a range its beginning; else the year."""
    dates = {word(date, "dateType").lower(): word(date, "date").partition("/")[0] for date in objects(held, "dates")}
    return next((dates[kind] for kind in _DATES if dates.get(kind)), "") or word(held, "publicationYear")


def _name(person: Members) -> str:
    given, family = word(person, "givenName"), word(person, "familyName")
    return f"{given} {family}" if given and family else word(person, "name")


def _related(held: Members) -> list[str]:
    """Addresses of other versions of the work, and of what it supplements."""
    addresses = []
    for other in objects(held, "relatedIdentifiers"):
        if word(other, "relationType").lower() in _VERSIONS:
            name, scheme = word(other, "relatedIdentifier"), word(other, "relatedIdentifierType").lower()
            addresses.append(works.arxiv_address(name) if scheme == "arxiv" else works.doi_address(name))
    return addresses
