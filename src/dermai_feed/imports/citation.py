"""A citation record as an entry: what the exports of reference managers and databases have in common.

They name the same dozen things in their own ways. Here are the rules for what those things
look like: dates with slashes, identifiers in notes, pages with "pp". Nothing is lost that has
a place in `Entry`; what it means is the business of normalising.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..collectors import parts
from ..collectors.markup import plain
from ..model import Entry, Identifier, Publication
from ..normalize import registries
from ..normalize.identity import RECORD

# Angle brackets end a DOI, but for those of a SICI (ANSI/NISO Z39.56): "…85:1<1::AID-CNCR1>3.0.CO;2-2".
_DOI_IN = re.compile(r"\b10\.\d{4,9}(?:\.\d+)*/(?:[^\s\"<>|]|<\w*:[\w:+-]*>)+")
_PMID_IN = re.compile(r"\bPMID:?\s*(\d{1,8})\b", re.IGNORECASE)
_PMCID_IN = re.compile(r"\b(PMC\d{3,8})\b")
_ARXIV_IN = re.compile(r"\barXiv:\s*(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_NCT_IN = re.compile(r"\b(NCT\d{8})\b", re.IGNORECASE)
_ISSN = re.compile(r"\b(\d{4})-?(\d{3}[\dXx])\b")
_MONTHS = {
    name: f"{number:02}"
    for number, names in enumerate(
        (
            "jan january janvier januar enero", "feb february fevrier februar febrero", "mar march mars marz marzo",
            "apr april avril abril", "may mai mayo", "jun june juin juni junio", "jul july juillet juli julio",
            "aug august aout agosto", "sep sept september septembre septiembre", "oct october octobre oktober octubre",
            "nov november novembre noviembre", "dec december decembre dezember diciembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_EUROPEAN = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?!\d)")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_DAY = re.compile(r"(?<![\d:])(\d{1,2})(?:st|nd|rd|th)?(?![\d:])")
_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
# "WOS:000285453800005", "2-s2.0-85044263498": no address, whatever field it stands in.
_NUMBERED = re.compile(
    r"(?:WOS|ISI|BCI|CCC|INSPEC|MEDLINE|KJD|SCIELO|EMBASE|PPRN|DRCI):\S{5,40}|2-s2\.0-\d{5,20}", re.IGNORECASE
)
_PAGES = re.compile(r"^(?:pp?\.?|pages?)\s*(?=[\divxlS])", re.IGNORECASE)
_SURNAME_INITIALS = re.compile(r"[^\W\d_][^\d,]*\s(?:[A-Z]\.?[ -]?){1,4}")
_DASHES = re.compile(r"\s*(?:--+|[-–—])\s*")


@dataclass(slots=True)
class Record:
    """What one record says, as far as a reader has come with it; `entry` makes it an entry."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    date: str = ""
    abstract: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    arxiv: str = ""
    nct: str = ""
    serials: list[str] = field(default_factory=list)  # ISSN and ISBN, as written
    addresses: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # searched for identifiers, not kept
    language: str = ""
    accession: str = ""  # the number that a database gave it
    publisher: str = ""

    def entry(self, *, source_id: str, where: str, kind: str = "article") -> Entry | None:
        """The entry, or None when the record has neither title nor identifier nor address."""
        identifiers = self._identifiers()
        addresses = parts.unique(a for text in self.addresses for a in _addresses(text))
        title = squeezed(self.title)
        if not title and not identifiers and not addresses:
            return None
        link = next(iter(addresses), None)
        authors = parts.unique(people(self.authors))
        abstract = plain(self.abstract.strip())
        return Entry(
            source_id=source_id,
            title=plain(title),
            guid=self._guid(title, authors),
            link=link,
            summary=abstract,
            published=self.date or None,
            authors=authors,
            tags=parts.unique(word for keyword in self.keywords if (word := squeezed(keyword))),
            language=_language(self.language),
            type=kind,
            provider_name=squeezed(self.publisher),
            identifiers=identifiers,
            links=addresses[1:],
            publication=Publication(
                journal=squeezed(self.journal),
                volume=squeezed(self.volume),
                issue=squeezed(self.issue),
                pages=pages(self.pages),
                issn=next((f"{m[1]}-{m[2].upper()}" for text in self.serials if (m := _ISSN.search(text))), ""),
                types=parts.unique(word for kind_ in self.types if (word := squeezed(kind_))),
                publisher=squeezed(self.publisher),
                accession=self._accession(identifiers),
                abstract=abstract,
            ),
            where=where,
        )

    def _accession(self, identifiers: Iterable[Identifier]) -> str:
        """The number in a database, unless it is one of the identifiers; some exports write it as an address."""
        said = {identifier.value.casefold() for identifier in identifiers}
        listed = (squeezed(self.accession), *(a for a in map(squeezed, self.addresses) if _NUMBERED.fullmatch(a)))
        return next((number for number in listed if number and number.casefold() not in said), "")

    def _guid(self, title: str, authors: Sequence[str]) -> str:
        """A name by which the same record is known again, in whatever format it comes the next time.

        Reference managers number records anew at every export, so that their numbers mean nothing.
        """
        words: tuple[str, ...] = (
            title,
            authors[0] if authors else "",
            self.date[:4],
            self.volume,
            self.pages,
            self.doi,
        )
        if not title:
            words = (*words, self.accession, *self.addresses[:1])
        marks = "|".join("".join(c for c in word.casefold() if c.isalnum()) for word in words)
        return f"{RECORD}{hashlib.sha256(marks.encode('utf-8', 'replace')).hexdigest()[:20]}"

    def _identifiers(self) -> tuple[Identifier, ...]:
        notes = "\n".join(self.notes)
        said = [
            ("doi", self.doi), ("pmid", self.pmid), ("pmcid", self.pmcid), ("arxiv", self.arxiv), ("nct", self.nct),
        ]  # fmt: skip
        said += [("pmid", m[1]) for m in _PMID_IN.finditer(notes)]
        said += [("pmcid", m[1]) for m in _PMCID_IN.finditer(notes)]
        said += [("arxiv", m[1]) for m in _ARXIV_IN.finditer(notes)]
        if not self.doi and len(dois := {m[0] for m in _DOI_IN.finditer(notes)}) == 1:
            said.append(("doi", dois.pop()))
        said += [("isbn", part) for text in self.serials for part in re.split(r"[;,\s]+", text) if part]
        found: dict[str, Identifier] = {}
        for scheme, value in said:
            if value and (checked := registries.checked(scheme, value)):
                if scheme == "isbn" and _ISSN.fullmatch(value):
                    continue
                found.setdefault(scheme, checked)
        return tuple(found.values())


def people(fields: Sequence[str]) -> list[str]:
    """The names in the author fields of a record, one each; a lone field may list several.

    "Smith J, Doe K" is two, "van den Berg, Jan Willem" one.
    """
    told = [
        name
        for field in fields
        for part in re.split(r";\s+|;$", html.unescape(field) if "&" in field else field)
        if (name := squeezed(part))
    ]
    if len(told) != 1 or "," not in told[0]:
        return told
    listed = [part.strip() for part in told[0].split(",")]
    return listed if len(listed) > 1 and all(map(_SURNAME_INITIALS.fullmatch, listed)) else told


def squeezed(text: str) -> str:
    """`text` on one line."""
    return " ".join(text.split())


def pages(text: str) -> str:
    """A range of pages with one plain hyphen: "pp. 99--123" -> "99-123"."""
    return _DASHES.sub("-", _PAGES.sub("", squeezed(text))).strip("- ")


def doi_in(text: str) -> str:
    """The first DOI in `text`, "" without one."""
    found = _DOI_IN.search(text)
    return registries.trim_doi(found[0]) if found else ""


def nct_in(text: str) -> str:
    """The first NCT number in `text`, "" without one."""
    found = _NCT_IN.search(text)
    return found[1].upper() if found else ""


def date(*written: str) -> str:
    """The fullest date among the texts `written`, best first: 2018-03-01, 2018-03, 2018; "" without a year.

    What is not there is not made up: "2018 Winter" is 2018.
    """
    found = [found for text in written if text and (found := _date(text))]
    if not found:
        return ""
    best = found[0]
    # A year alone is made fuller by another text about the same year ("PY 2018", "DA 2018/03/01").
    return max((other for other in found if other.startswith(best[:4])), key=len)


def _date(text: str) -> str:
    text = squeezed(text)[:100]
    if match := _WITH_TIME.fullmatch(text):
        return match[0]
    if match := _COMPACT.search(text):
        return f"{match[1]}-{match[2]}-{match[3]}"
    if match := _NUMERIC.search(text):
        return _iso(match[1], match[2], match[3] or "")
    if match := _EUROPEAN.search(text):
        return _iso(match[3], match[2], match[1])
    year = _YEAR.search(text)
    if year is None:
        return ""
    rest = text[: year.start()] + " " + text[year.end() :]
    months = [number for word in _WORDS.findall(_unaccented(rest)) if (number := _MONTHS.get(word.lower()))]
    if not months:
        return year[1]
    days = [day for day in _DAY.findall(rest) if 1 <= int(day) <= 31]
    # "Jul-Aug 2016" is July; two days are a range, and its first counts.
    return _iso(year[1], months[0], days[0] if days and len(months) == 1 else "")


def _iso(year: str, month: str, day: str) -> str:
    if not 1 <= int(month) <= 12:
        return year
    if not day or not 1 <= int(day) <= 31:
        return f"{year}-{int(month):02}"
    return f"{year}-{int(month):02}-{int(day):02}"


def _unaccented(text: str) -> str:
    return text.translate(str.maketrans("éèûüäÉ", "eeuuaE"))


def month(text: str) -> str:
    """The number of the month that `text` names ("mar", "MAR 1", "3"), "" for none."""
    words = _WORDS.findall(_unaccented(text))
    if words:
        return _MONTHS.get(words[0].lower(), "")
    digits = text.strip()
    return f"{int(digits):02}" if digits.isdecimal() and len(digits) <= 2 and 1 <= int(digits) <= 12 else ""


def names(text: str) -> list[str]:
    """The people in one field: set apart by ";", " and ", line ends or commas between initials ("Zuna RE, Wang S")."""
    text = text.strip()
    for separator in (r"\s*;\s*", r"\s*[\r\n]+\s*", r"\s+and\s+|\s+&\s+"):
        listed = [part.strip(" ,") for part in re.split(separator, text)]
        listed = [part for part in listed if part]
        if len(listed) > 1 or (listed and ";" in text):
            return listed
    whole = [part.strip() for part in text.split(",") if part.strip()]
    if len(whole) == 2 and not (" " in whole[0] and " " in whole[1]):
        return [text]  # "Surname, Given", "Le Surname, G"
    return [*whole[:-1], whole[-1].removesuffix(".")] if len(whole) > 2 and text.count(".") == 1 else whole


def words(text: str) -> list[str]:
    """The keywords in one field: set apart by ";", else by line ends, else by commas."""
    for separator in (";", "\n", ","):
        if separator in text:
            return [part.strip(" *") for part in text.split(separator) if part.strip(" *")]
    return [text.strip(" *")] if text.strip(" *") else []


def _addresses(text: str) -> Iterable[str]:
    for part in re.split(r"[\s;]+(?=https?://)|\s+", text.strip(), flags=re.IGNORECASE):
        if parts.is_http(part):
            yield part.rstrip(";,")


# ISO 639-2 and the names of languages as exports write them; anything else stays as it is.
_LANGUAGES = {
    "eng": "en", "english": "en", "ger": "de", "deu": "de", "german": "de", "fre": "fr", "fra": "fr", "french": "fr",
    "spa": "es", "spanish": "es", "ita": "it", "italian": "it", "por": "pt", "portuguese": "pt", "dut": "nl",
    "nld": "nl", "dutch": "nl", "pol": "pl", "polish": "pl", "rus": "ru", "russian": "ru", "tur": "tr",
    "turkish": "tr", "chi": "zh", "zho": "zh", "chinese": "zh", "jpn": "ja", "japanese": "ja", "kor": "ko",
    "korean": "ko",
}  # fmt: skip


def _language(text: str) -> str:
    written = squeezed(text)
    return _LANGUAGES.get(re.split(r"[;,/ ]", written.lower())[0], written)
