"""One PubmedArticle as an entry (NLM's DTD of January 2025).

The DOI stands in ELocationID, in ArticleIdList, or in both (measured on 359 records: 53 % and
70 %). The date is the first of: electronic publication, arrival in PubMed, the issue's date in
whatever form it has ("2024 Mar 5", "2024 Spring", "2023 Dec-2024 Jan"). What corrects, retracts,
answers or preceded the article becomes links; a retraction is also said by its publication types.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from ..model import Entry, Identifier, Publication
from . import parts, works
from .elements import text_of
from .markup import inner, plain

# References are not relations, and neither are data sets.
_UNRELATED = frozenset({"Cites", "AssociatedDataset", "AssociatedPublication", "Dataset"})
# PubMed writes ISO 639-2/B; the commonest of them as everybody else writes them.
_LANGUAGES = {
    "eng": "en", "ger": "de", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "dut": "nl", "pol": "pl",
    "rus": "ru", "tur": "tr", "chi": "zh", "jpn": "ja", "kor": "ko",
}  # fmt: skip
_NO_LABEL = frozenset({"", "UNLABELLED", "UNASSIGNED"})


def entry(record: ET.Element, number: int, source_id: str) -> Entry:
    """The entry of `record`, the one of that number. Raises: ValueError when it has no PMID."""
    citation = _child(record, "MedlineCitation")
    article = _child(citation, "Article")
    pmid = _text(citation, "PMID")
    link = works.pubmed_address(pmid)
    if not link:
        raise ValueError(f"no PMID but {pmid[:40]!r}")
    named = [
        (ident.get("IdType", ""), text_of(ident)) for ident in record.iterfind("PubmedData/ArticleIdList/ArticleId")
    ]
    dois = [text_of(place) for place in article.iterfind("ELocationID") if _is_doi(place)]
    dois += [value for kind, value in named if kind == "doi"]
    related = _related(citation)
    return Entry(
        source_id=source_id,
        title=_html(article, "ArticleTitle") or _html(article, "VernacularTitle"),
        guid=f"pubmed:{pmid}",
        link=link,
        summary=_abstract(citation, article),
        published=_published(record, article) or None,
        updated=_date(citation.find("DateRevised")) or None,
        authors=parts.unique(name for author in article.iterfind("AuthorList/Author") if (name := _name(author))),
        tags=parts.unique(
            word
            for path in ("MeshHeadingList/MeshHeading/DescriptorName", "KeywordList/Keyword")
            for element in citation.iterfind(path)
            if (word := text_of(element))
        ),
        language=_LANGUAGES.get(_text(article, "Language"), _text(article, "Language")),
        identifiers=parts.unique(
            Identifier(scheme=scheme, value=value)
            for scheme, value in (
                ("pmid", pmid),
                *(("doi", works.doi(text).lower()) for text in dois),
                *(("pmcid", value) for kind, value in named if kind == "pmc"),
            )
            if value
        ),
        links=parts.unique(address for address in related if address != link),
        publication=_publication(citation, article),
        where=f"PMID {pmid} (record {number})",
    )


# --------------------------------------------------------------------------- elements


def _child(element: ET.Element, name: str) -> ET.Element:
    """The child `name`, an empty element where there is none."""
    found = element.find(name)
    return ET.Element(name) if found is None else found


def _text(element: ET.Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else text_of(found)


def _html(element: ET.Element, path: str) -> str:
    """The text at `path` as HTML: its inline markup (i, sub, sup, MathML) is kept."""
    found = element.find(path)
    return "" if found is None else _markup(found)


def _markup(element: ET.Element) -> str:
    return inner(element) if len(element) else plain(text_of(element))


# --------------------------------------------------------------------------- fields


def _is_doi(place: ET.Element) -> bool:
    return place.get("EIdType") == "doi" and place.get("ValidYN", "Y") != "N"


def _abstract(citation: ET.Element, article: ET.Element) -> str:
    """The abstract with its labels; one of another kind (for laymen, in another language) where there is no other."""
    sections = article.findall("Abstract/AbstractText") or citation.findall("OtherAbstract/AbstractText")
    written = []
    for section in sections:
        if not (words := _markup(section)):
            continue
        label = section.get("Label", "").strip()
        written.append(words if label.upper() in _NO_LABEL else f"<b>{plain(label)}:</b> {words}")
    return written[0] if len(written) == 1 else "".join(f"<p>{words}</p>" for words in written)


def _published(record: ET.Element, article: ET.Element) -> str:
    arrival = next(
        (date for date in record.iterfind("PubmedData/History/PubMedPubDate") if date.get("PubStatus") == "entrez"),
        None,
    )
    issue = _child(article, "Journal/JournalIssue/PubDate")
    return _date(article.find("ArticleDate")) or _date(arrival) or _date(issue) or _text(issue, "MedlineDate")


def _date(element: ET.Element | None) -> str:
    """A date as far as it is given: 2024-03-05, 2024-03, 2024 Mar 5, 2024 Mar, 2024 Spring, 2024; "" without a year."""
    if element is None:
        return ""
    year, month, day, season = (_text(element, name) for name in ("Year", "Month", "Day", "Season"))
    if not year or not month:
        return " ".join(part for part in (year, season) if part) if year else ""
    if month.isdecimal():
        return "-".join(part.zfill(2) for part in (year, month, day) if part)
    return " ".join(part for part in (year, month, day) if part)


def _name(author: ET.Element) -> str:
    """ "Surname Initials", or the name of a group."""
    group = _text(author, "CollectiveName")
    given = _text(author, "Initials") or _text(author, "ForeName")
    return group or " ".join(part for part in (_text(author, "LastName"), given) if part)


def _publication(citation: ET.Element, article: ET.Element) -> Publication:
    pages = "-".join(
        page for name in ("StartPage", "EndPage") if (page := _text(article, f"Pagination/{name}"))
    )  # fmt: skip
    return Publication(
        journal=_text(article, "Journal/Title")
        or _text(article, "Journal/ISOAbbreviation")
        or _text(citation, "MedlineJournalInfo/MedlineTA"),
        volume=_text(article, "Journal/JournalIssue/Volume"),
        issue=_text(article, "Journal/JournalIssue/Issue"),
        pages=_text(article, "Pagination/MedlinePgn") or pages,
        types=parts.unique(
            kind for element in article.iterfind("PublicationTypeList/PublicationType") if (kind := text_of(element))
        ),
    )


def _related(citation: ET.Element) -> list[str]:
    """Addresses of what corrects, retracts, answers, updates or preceded this article, and of its trials."""
    addresses = []
    for other in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        if other.get("RefType") not in _UNRELATED:
            addresses.append(works.doi_address(_text(other, "RefSource")))
            addresses.append(works.pubmed_address(_text(other, "PMID")))
    trials = citation.iterfind("Article/DataBankList/DataBank/AccessionNumberList/AccessionNumber")
    addresses += [works.trial_address(text_of(number)) for number in trials]
    return [address for address in addresses if address]
