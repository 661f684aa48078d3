"""References in running text: numbered lists, other styles of citing, bare identifiers and addresses.

Numbered lists in the style of the National Library of Medicine, media and glossaries are read as
seeds are (`collectors.handout`). Paragraphs in the styles of the APA (Publication Manual, 7th
edition, chapter 9) and of Nature are taken apart here. An identifier or address that belongs to
none of them is `Wanted`: a collector says what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..collectors import handout, parts
from ..collectors import references as vancouver
from ..model import Entry, Identifier, Problem
from ..normalize import registries, urls
from .citation import Record, squeezed
from .contract import Document, Found, Unreadable, Wanted

_BRACKETED = re.compile(r"^([ \t]*)\[(\d{1,3})\][ \t]+(?=\S)", re.MULTILINE)
_NUMBER = re.compile(r"^\s*(?:\[\d{1,3}\]|\d{1,3}[.)]|[-*+•])\s+")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$|^([A-Z][^.!?]{2,60}):?\s*$")
_APA = re.compile(
    r"(?P<authors>[^()]{3,1500}?)\s*\((?P<year>(?:19|20)\d\d)[a-z]?(?:,\s*(?P<day>[^()]{3,30}))?\)[.,]?\s+"
    r"(?P<title>[^.?!]{8,400}(?:[.?!][^.?!]{4,200}){0,2}?)[.?!]\s+[*_]?(?P<journal>[^,.*_\d]{2,150}?)[*_]?,\s*"
    r"[*_]?(?P<volume>\d{1,4})[*_]?\s*(?:\((?P<issue>[^()]{1,20})\))?,?\s*(?:(?:pp\.?\s*)?(?P<pages>[\w–-]{1,25}))?"
)
_NATURE = re.compile(
    r"(?P<authors>[^.]{2,60}\.(?:[^()]{0,600}?)(?:et al\.|(?<=[A-Z])\.))\s+(?P<title>[^.?!]{8,400})[.?!]\s+"
    r"[*_]?(?P<journal>[^\d,*_]{2,120}?)[*_]?\s+[*_]{0,2}(?P<volume>\d{1,4})[*_]{0,2},\s*(?P<pages>[\w–-]{1,25})\s+"
    r"\((?P<year>(?:19|20)\d\d)\)"
)
_MARKDOWN_LINK = re.compile(
    r"(?<!!)\[([^\[\]]{1,300})\]\((https?://[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"]*\")?\)"
)
_AUTOLINK = re.compile(r"https?://[^\s<>\"'\])}|`]+(?:\([^\s<>()]*\)[^\s<>\"'\])}|`]*)?", re.IGNORECASE)
# Bare names. A DOI says itself what it is; the others need their word beside them.
_NAMES = (
    ("doi", re.compile(r"(?:(?<=doi\.org/)|(?<![\w/.]))10\.\d{4,9}(?:\.\d+)*/[^\s\"<>|`]{1,300}")),
    ("pmid", re.compile(r"\bPMID\s*:?\s*(\d{1,8})\b", re.IGNORECASE)),
    ("pmcid", re.compile(r"\b(PMC\d{4,8})\b")),
    ("arxiv", re.compile(r"\barXiv\s*:\s*(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})", re.IGNORECASE)),
    ("nct", re.compile(r"\b(NCT\d{8})\b", re.IGNORECASE)),
)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|ico|css|js)(?:[?#]|$)", re.IGNORECASE)
_MOST = 20_000  # references of one document
_LONGEST_PARAGRAPH = 6_000  # characters; longer ones are text, and their references are identifiers in it
_BESIDE = 40  # characters between a DOI and further numbers of the same work
_WORDS = 3  # that the text of a link has at least, to be a title


def read(document: Document) -> Iterator[Found]:
    """What a text or Markdown document without front matter refers to. Raises: Unreadable when it refers to nothing."""
    found = list(cited(document.text, document, media=True))
    if not any(not isinstance(one, Problem) for one in found):
        raise Unreadable("no reference, identifier or address is in it: nothing was taken from it")
    yield from found


def cited(text: str, document: Document, *, first_line: int = 1, media: bool = False) -> Iterator[Found]:
    """The works that `text` refers to.

    Args:
        text: plain text or Markdown.
        document: what it is part of.
        first_line: the line of the document at which `text` begins.
        media: read its videos, podcasts and glossary as well, as of a hand-out.
    """
    text = _BRACKETED.sub(r"\1\2. ", text)
    known: set[str] = set()
    read = handout.parse(text, name=document.name, source_id=document.source_id)
    for entry in read.entries:
        if entry.type == "article" or media:
            known.update(_marks(entry))
            yield replace(entry, where=_shifted(entry.where, first_line - 1))
    if media:
        yield from read.terms
    count = 0
    for line, section, paragraph in _paragraphs(text):
        here = first_line + line - 1
        for one in _of_paragraph(paragraph, document, f"{document.name}:{here}", section, known):
            count += 1
            if count > _MOST:
                yield Problem(where=document.name, what=f"more than {_MOST} references; the rest was left out")
                return
            yield one
    for problem in read.problems:
        # That nothing was in it is for the caller to say; of a reference we may have made something after all.
        if "nothing was taken" not in problem.what and "cannot be told apart" not in problem.what:
            yield replace(problem, where=_shifted(problem.where, first_line - 1))


def _shifted(where: str, by: int) -> str:
    name, _, line = where.rpartition(":")
    return f"{name}:{int(line) + by}" if line.isdecimal() and name else where


def _marks(entry: Entry) -> Iterator[str]:
    for identifier in entry.identifiers:
        if checked := registries.checked(identifier.scheme, identifier.value):
            yield str(checked)
    if entry.link:
        yield urls.key(entry.link)


def _paragraphs(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, heading above and text of every paragraph and list item."""
    section, start = "", 0
    pieces: list[str] = []
    for number, raw in enumerate([*text.split("\n"), ""], 1):
        line = raw.rstrip()
        heading = _HEADING.match(line)
        if pieces and (not line.strip() or _NUMBER.match(line) or heading):
            yield start, section, " ".join(pieces)
            pieces = []
        if heading and not pieces:
            section = squeezed(re.sub(r"[*_#]", "", heading[1] or heading[2]))
        if line.strip():
            if not pieces:
                start = number
            pieces.append(line.strip())


def _of_paragraph(
    paragraph: str, document: Document, where: str, section: str, known: set[str]
) -> Iterator[Entry | Wanted]:
    names = [name for name in _identifiers(paragraph) if str(name) not in known]
    if names and len(paragraph) <= _LONGEST_PARAGRAPH and len({n.value for n in names if n.scheme == "doi"}) <= 1:
        plain = _NUMBER.sub("", paragraph)
        entry = _reference(plain, names, document.source_id, where)
        if entry is not None:
            known.update((*_marks(entry), *(str(name) for name in names)))
            yield replace(entry, section=section)
            names = []
    for name in _one_each(names, paragraph):
        known.add(str(name))
        if address := registries.address(name):
            known.add(urls.key(address))
        yield Wanted(identifier=name, where=where, section=section)
    for title, address in _links(paragraph):
        key = urls.key(address)
        if not key or key in known or _PICTURE.search(address) or not urls.specific(address):
            continue
        known.add(key)
        named = registries.of_address(urls.host_of(address), urls.path_of(address), urls.query_of(address))
        if named is not None and named.scheme in {"doi", "pmid", "pmcid", "arxiv", "nct"}:
            if str(named) not in known:
                known.add(str(named))
                yield Wanted(identifier=named, where=where, section=section)
        elif len(title.split()) >= _WORDS:
            yield Entry(
                source_id=document.source_id, title=title, guid=address, link=address, section=section, where=where
            )
        else:
            yield Wanted(identifier=Identifier(scheme="url", value=address), where=where, section=section)


def _one_each(names: list[Identifier], text: str) -> list[Identifier]:
    """`names` without those that stand right behind a DOI: "doi:… PMID: … PMCID: …" is one work."""
    doi = next((name for name in names if name.scheme == "doi"), None)
    end = text.lower().rfind(doi.value) + len(doi.value) if doi else 0
    behind = {
        str(name)
        for name in names
        if doi and name.scheme in {"pmid", "pmcid"} and 0 <= text.upper().find(name.value, end) - end <= _BESIDE
    }
    return [name for name in names if str(name) not in behind]


def _identifiers(text: str) -> list[Identifier]:
    found = []
    for scheme, pattern in _NAMES:
        for match in pattern.finditer(text):
            value = match[1] if pattern.groups else registries.trim_doi(match[0])
            if checked := registries.checked(scheme, value):
                found.append(checked)
    return list(parts.unique(found))


def _links(text: str) -> Iterator[tuple[str, str]]:
    """(words, address) of every link; words are "" for an address by itself."""
    rest = text
    for match in _MARKDOWN_LINK.finditer(text):
        yield squeezed(re.sub(r"[*_`]", "", match[1])), match[2]
        rest = rest.replace(match[0], " ")
    for match in _AUTOLINK.finditer(rest):
        yield "", match[0].rstrip(".,;:!?")


def _reference(text: str, names: list[Identifier], source_id: str, where: str) -> Entry | None:
    """The reference that a paragraph is, None when it is in no style we know."""
    found = vancouver.parse(text, source_id=source_id, where=where)
    if found is not None:
        declared = {name.scheme for name in found.entry.identifiers}
        return replace(
            found.entry, identifiers=(*found.entry.identifiers, *(n for n in names if n.scheme not in declared))
        )
    plain = squeezed(re.sub(r"\[([^\[\]]*)\]\([^()]*\)", r"\1", text))
    match = _APA.match(plain) or _NATURE.match(plain)
    if match is None:
        return None
    by_scheme = {name.scheme: name.value for name in names}
    authors = re.sub(r",?\s*(?:&|\band\b)\s+", ", ", match["authors"]).replace("et al.", "").strip(" ,")
    return Record(
        title=match["title"],
        authors=[f"{m[1]}, {m[2].strip()}" for m in re.finditer(r"([^,]{2,40}),\s*((?:[A-Z]\.[\s-]?){1,4})", authors)],
        journal=match["journal"],
        volume=match["volume"],
        issue=match.groupdict().get("issue") or "",
        pages=match["pages"] or "",
        date=match["year"],
        doi=by_scheme.get("doi", ""),
        pmid=by_scheme.get("pmid", ""),
        pmcid=by_scheme.get("pmcid", ""),
        arxiv=by_scheme.get("arxiv", ""),
        nct=by_scheme.get("nct", ""),
    ).entry(source_id=source_id, where=where)


def addresses(text: str) -> tuple[str, ...]:
    """Every address that `text` links to."""
    return parts.unique(address for _, address in _links(text))[:50]
