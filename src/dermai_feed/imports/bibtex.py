"""BibTeX and BibLaTeX: entries, `@string`, `crossref`, LaTeX in values.

The text is cut at every `@word{` that begins a line, so that a brace which is never closed costs
its own entry and no other. Each entry is taken apart by bibtexparser; values are put together
here, because concatenations (`jan # "~1"`) and names defined elsewhere need the whole file.
LaTeX becomes text by pylatexenc. Forms: "BibTeXing" (O. Patashnik, 1988) and the BibLaTeX manual.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import bibtexparser.splitter
from bibtexparser.model import DuplicateFieldKeyBlock
from bibtexparser.model import Entry as Block
from bibtexparser.model import String as Definition
from pylatexenc.latex2text import LatexNodes2Text

from ..model import Problem
from .citation import Record, date, doi_in, month, nct_in, squeezed, words
from .contract import Document, Found, Unreadable

_START = re.compile(r"^[ \t]*@[ \t]*([A-Za-z]+)[ \t]*[{(]", re.MULTILINE)
MARK = re.compile(r"^\s*@[ \t]*[A-Za-z]+[ \t]*[{(][^@{}]{0,300}?[,=]", re.MULTILINE)
_NO_RECORDS = frozenset({"comment", "preamble", "string"})
_LONGEST_BLOCK = 1_000_000  # characters
_LONGEST_VALUE = 200_000  # characters; @string{a = x # x} doubles with every line
_ASIDE = {"textasciicircum": "\ue000", "textasciitilde": "\ue001", "textbackslash": "\ue002"}
_BARE_PERCENT = re.compile(r"(?<!\\)%")
_ESCAPED = re.compile(r"\\([_%&#${}~^])|\{\\(?:textunderscore|_)\}|\\textunderscore\s?")
_FIELD = re.compile(r"^[ \t]*([A-Za-z][\w-]{0,40})[ \t]*=[ \t]*", re.MULTILINE)

# Type of entry -> publication type.
_TYPES = {
    "article": "", "inproceedings": "conference paper", "conference": "conference paper",
    "incollection": "book chapter", "inbook": "book chapter", "book": "book", "phdthesis": "thesis",
    "mastersthesis": "thesis", "thesis": "thesis", "techreport": "report", "report": "report",
    "unpublished": "preprint", "online": "web page", "electronic": "web page", "www": "web page",
    "dataset": "dataset", "patent": "patent", "misc": "",
}  # fmt: skip
# Names that every style defines (btxbst.doc).
_MONTH_NAMES = {
    name: name
    for name in ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
}  # fmt: skip
_LATEX = LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=False, keep_comments=True)

# bibtexparser warns about every block it cannot read; we name it ourselves.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Cut:
    """One `@word{…` up to the next."""

    number: int
    line: int
    word: str
    text: str

    def key(self) -> str:
        """The citation key, case-folded: crossref does not mind case."""
        found = re.match(r"\s*@\s*\w+\s*[{(]\s*([^,\s}]{1,300})\s*,", self.text)
        return found[1].casefold() if found else ""


def read(document: Document) -> Iterator[Found]:
    """The entries of a BibTeX file. Raises: Unreadable when there is none."""
    cuts = list(_cuts(document.text))
    if not cuts:
        raise Unreadable("no entry begins: BibTeX has `@article{key,` before each")
    strings = dict(_MONTH_NAMES)
    for cut in cuts:
        if cut.word == "string":
            try:
                strings |= _definition(cut.text, strings)
            except ValueError as error:
                where = f"{document.name}: line {cut.line}"
                yield Problem(where=where, what=f"a @string left out: {error}", hint="the entries were read")
    records = [cut for cut in cuts if cut.word not in _NO_RECORDS]
    wanted = set(re.findall(r"\bcrossref\s*=\s*[{\"]\s*([^\s}\",]{1,300})", document.text.casefold()))
    parents: dict[str, Fields] = {}
    for cut in records:
        if wanted and cut.key() in wanted:
            try:
                parents[cut.key()] = _fields(cut.text, strings)
            except ValueError:
                continue  # it is named below
    for cut in records:
        where = document.at(cut.number, cut.line)
        try:
            fields = _fields(cut.text, strings)
            parent = parents.get(fields.get("crossref", "").casefold(), {})
            record = _record(cut.word, _with_parent(fields, parent))
            entry = record.entry(source_id=document.source_id, where=where)
        except ValueError as error:
            entry = _record(cut.word, _by_lines(cut.text[:_LONGEST_BLOCK])).entry(
                source_id=document.source_id, where=where
            )
            if entry is None or not entry.title:
                yield Problem(where=where, what=f"cannot be read: {error}", hint="the other entries were read")
                continue
            yield Problem(
                where=where,
                what=f"{error}; read line by line",
                kind="doubtful",
                hint="look whether every field is there",
            )
        if entry is None:
            yield Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")
        else:
            yield entry


def _cuts(text: str) -> Iterator[_Cut]:
    starts = list(_START.finditer(text))
    number, line, position = 0, 1, 0
    for start, following in zip(starts, [*starts[1:], None], strict=False):
        line += text.count("\n", position, start.start())
        position = start.start()
        end = following.start() if following else len(text)
        word = start[1].lower()
        number += word not in _NO_RECORDS
        yield _Cut(number, line, word, text[start.start() : end])


def _definition(text: str, known: Mapping[str, str]) -> Fields:
    for block in bibtexparser.splitter.Splitter(text).split().blocks:
        if isinstance(block, Definition):
            return {block.key.casefold(): _value(str(block.value), known)}
    return {}


def _fields(text: str, strings: Mapping[str, str]) -> Fields:
    """The fields of one entry, names in small letters. Raises: ValueError with what is wrong."""
    if len(text) > _LONGEST_BLOCK:
        raise ValueError(f"{len(text)} characters; a brace is not closed, or it is too large")
    library = bibtexparser.splitter.Splitter(text).split()
    for block in library.blocks:
        if isinstance(block, DuplicateFieldKeyBlock) and isinstance(block.ignore_error_block, Block):
            block = block.ignore_error_block
        if isinstance(block, Block):
            found: Fields = {}
            for field in block.fields:
                name = field.key.casefold().strip()
                if name not in found:  # of two fields the first counts, as BibTeX does it
                    found[name] = _value(str(field.value), strings)
            return found
    raise ValueError("its braces and quotes do not match")


def _by_lines(text: str) -> Fields:
    """The fields of an entry whose braces do not match: one a line, as every exporter writes them."""
    starts = list(_FIELD.finditer(text))
    found: Fields = {}
    for start, following in zip(starts, [*starts[1:], None], strict=False):
        value = text[start.end() : following.start() if following else len(text)].strip()
        value = value.removesuffix("}").rstrip() if following is None else value
        value = value.rstrip(",").strip()
        if value[:1] in '{"' and value[-1:] in '}"':
            value = value[1:-1]
        found.setdefault(start[1].casefold(), value)
    return found


def _value(raw: str, strings: Mapping[str, str]) -> str:
    """What a field says: its pieces, names replaced by what they stand for, joined."""
    pieces: list[str] = []
    at, length = 0, 0
    raw = raw.strip()
    while at < len(raw):
        if raw[at] in '{"':
            end = _closing(raw, at)
            piece = raw[at + 1 : end]
            at = end + 1
        else:
            end = raw.find("#", at)
            end = len(raw) if end < 0 else end
            name = raw[at:end].strip()
            piece = strings.get(name.casefold(), name)
            at = end
        length += len(piece)
        if length > _LONGEST_VALUE:
            raise ValueError(f"a value of more than {_LONGEST_VALUE} characters")
        pieces.append(piece)
        while at < len(raw) and raw[at] in "# \t\r\n":
            at += 1
    return "".join(pieces)


def _closing(text: str, start: int) -> int:
    """Where the brace or quote that opens at `start` closes; the end of `text` when it does not."""
    depth = 0
    quoted = text[start] == '"'
    at = start + 1 if quoted else start
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0 and not quoted:
                return at
        elif character == '"' and quoted and depth <= 0:
            return at
        at += 1
    return len(text)


def _with_parent(fields: Fields, parent: Mapping[str, str]) -> Fields:
    """`fields` completed from the entry that they refer to; its title is the title of the book."""
    if not parent:
        return fields
    inherited = {name: value for name, value in parent.items() if name not in {"title", "author", "doi", "url"}}
    if "title" in parent:
        inherited.setdefault("booktitle", parent["title"])
    return inherited | fields


# --------------------------------------------------------------------------- fields


def _record(word: str, fields: Mapping[str, str]) -> Record:
    def raw(*names: str) -> str:
        return next((value for name in names if (value := fields.get(name, "").strip())), "")

    def text(*names: str) -> str:
        return squeezed(plain(raw(*names)))

    year, named_month = raw("year"), month(plain(raw("month")))
    day = re.search(r"\b(\d{1,2})\b", plain(raw("month")))
    dated = date(plain(raw("date")), f"{year}-{named_month}" if year and named_month else year)
    if day and named_month and len(dated) == 7 and 1 <= int(day[1]) <= 31 and not raw("month").strip().isdecimal():
        dated = f"{dated}-{int(day[1]):02}"
    doi = doi_in(unescaped(raw("doi"))) or doi_in(unescaped(raw("ee", "url")))
    archive = raw("archiveprefix", "eprinttype").casefold()
    subtitle = text("subtitle")
    title = text("title")
    addresses = [unescaped(address) for address in (raw("url"), raw("ee"), *_urls_in(raw("howpublished", "note")))]
    return Record(
        title=f"{title}: {subtitle}" if subtitle and title else title or text("booktitle"),
        authors=people(raw("author") or raw("editor")),
        journal=text("journal", "journaltitle", "booktitle", "journal-full"),
        volume=text("volume"),
        issue=text("number", "issue"),
        pages=text("pages") or text("article-number", "articleno", "art_number", "eid"),
        date=dated,
        abstract=plain(raw("abstract")),
        doi=doi,
        pmid=unescaped(raw("pmid")),
        pmcid=unescaped(raw("pmcid", "pmc")),
        arxiv=unescaped(raw("eprint")) if archive == "arxiv" else "",
        nct=nct_in(raw("nct")),
        serials=[value for name in ("issn", "eissn", "isbn") if (value := plain(raw(name)))],
        addresses=[address for address in addresses if address],
        keywords=words(plain(raw("keywords", "keyword", "author_keywords", "mesh"))),
        types=[_TYPES.get(word, word), *text("document_type", "type").split(";")],
        notes=[plain(raw("note")), unescaped(raw("eprint")), unescaped(raw("annote"))],
        language=text("language", "langid"),
        accession=text("unique-id"),
        publisher=text("publisher", "institution", "school"),
    )


def _urls_in(text: str) -> list[str]:
    return re.findall(r"https?://[^\s{}\\]+", unescaped(text))[:3]


def people(text: str) -> list[str]:
    """The names of an author field: "Du-Harpur, X and {The ISIC Consortium}"."""
    names: list[str] = []
    depth, start = 0, 0
    text = " ".join(text.split())
    for match in re.finditer(r"[{}]|\sand\s", text, re.IGNORECASE):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
        elif depth <= 0:
            names.append(text[start : match.start()])
            start = match.end() - 1
    names.append(text[start:])
    return [name for part in names if (name := squeezed(plain(part)).strip(" ,")) and name.lower() != "others"]


def unescaped(text: str) -> str:
    """An address or identifier as it is: `10.1007/978-3\\_3` -> `10.1007/978-3_3`."""
    return _ESCAPED.sub(lambda found: found[1] or "_", text).strip().strip("{}").strip()


def plain(text: str) -> str:
    """LaTeX as text: accents, dashes and quotes; braces that only protect capitals go."""
    if "\\" in text:
        # A bare percent sign would begin a comment and swallow the line; no exporter means that.
        # The signs of ASCII that TeX has names for come back as others from pylatexenc ("ˆ"): kept aside.
        for name, aside in _ASIDE.items():
            text = re.sub(rf"\\{name}(?:\{{\}}|\b ?)", aside, text)
        text = _LATEX.latex_to_text(_BARE_PERCENT.sub(r"\\%", text))
        text = text.replace("\ue000", "^").replace("\ue001", "~").replace("\ue002", "\\")
    else:
        # Before the braces go: "-{}-" is two hyphens.
        text = text.replace("---", "\u2014").replace("--", "\u2013").replace("``", "\u201c").replace("''", "\u201d")
        text = text.replace("{", "").replace("}", "").replace("~", "\u00a0")
    return text.replace("\u00a0", " ").strip()
