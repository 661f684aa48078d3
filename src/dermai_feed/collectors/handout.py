"""Hand-outs: Markdown written for people, with references, media and a glossary.

What it takes from the form, and nothing from any file's name: headings make sections; a table
of terms and definitions feeds the vocabulary; numbered references become entries under the
heading that cites them; what a paragraph tells the reader to watch is a video; lists of shows
with episodes are podcasts. Addresses that lead nowhere (`#`) are none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from ..model import Entry, Parsed, Problem, Term
from . import parts, references
from .references import Citation, Reference

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_ITEM = re.compile(r"(?P<indent>\s*)(?:(?P<number>\d{1,3})[.)]|[-*+•])\s+(?P<text>.*)")
_LETTERED = re.compile(r"(?:[a-z]|[ivx]{1,4})[.)]\s+")
_LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]*)\)")
_BOLD = re.compile(r"(?:\*\*|__)(.+?)(?:\*\*|__)")
_VIDEO = re.compile(r"\bvideos?\s*:\s*", re.IGNORECASE)
_WATCH = re.compile(r"\bwatch\b.{0,60}\bvideos?\b|\bvideos?\b.{0,40}\b(?:below|following)\b", re.IGNORECASE)
_PODCAST = re.compile(r"\bpodcasts?\b|\bepisodes?\b", re.IGNORECASE)
_FEATURING = re.compile(r"\((?:featuring|feat\.|with|by|from)\s+([^()]+)\)", re.IGNORECASE)
_REFERENCES = re.compile(r"(?:references?|bibliography|literature|works cited|sources)", re.IGNORECASE)
# Headings about the document and not about its subject.
_GENERIC = re.compile(
    r"(?:other|further|more|additional|useful)?\s*(?:resources?|readings?|links?|media|videos?|podcasts?)"
    r"|references?|bibliography|literature|works cited|sources|glossary|terms|definitions|contents|overview"
    r"|introduction|background|summary|conclusions?|acknowledge?ments?|about|notes?",
    re.IGNORECASE,
)
# What a heading or passage is about beside diseases.
_THEMES = (
    ("training", re.compile(r"\b(?:training|residen(?:t|ts|cy|cies)|education\w*)\b", re.IGNORECASE)),
    ("future", re.compile(r"\b(?:futures?|moving forward)\b", re.IGNORECASE)),
)
_MOST_WORDS = 4  # of a heading that is the name of a condition


def parse(text: str, *, name: str, source_id: str) -> Parsed:
    """What the hand-out `name` names.

    Args:
        text: the whole file, without byte order mark.
        name: the file's name, for messages and `where`.
        source_id: for the entries.

    Nothing is raised: what cannot be understood is a Problem with its line.
    """
    reader = _Reader(name, source_id, _running_titles(text))
    for number, line in enumerate(text.splitlines(), 1):
        reader.line(line.rstrip(), number)
    return reader.result()


def _running_titles(text: str) -> frozenset[str]:
    """Top-level headings that stand there again and again: the tops of printed pages."""
    titles = Counter(
        _plain(match[2]) for line in text.splitlines() if (match := _HEADING.fullmatch(line)) and len(match[1]) == 1
    )
    return frozenset(title for title, count in titles.items() if count > 1)


def _plain(text: str) -> str:
    """Markdown's text: no emphasis, links by their words."""
    return " ".join(re.sub(r"\*\*|__|(?<!\w)[*_]|[*_](?!\w)", "", _LINK.sub(r"\1", text)).split())


def _address(target: str) -> str | None:
    return target if parts.is_http(target) else None


def _themes(text: str) -> tuple[str, ...]:
    return tuple(theme for theme, pattern in _THEMES if pattern.search(text))


@dataclass(slots=True)
class _Cited:
    """Where and how the text cites a work."""

    section: str
    introduction: str
    line: int
    address: str | None


@dataclass(slots=True)
class _Reader:
    """Reads line by line; what a line means depends on the heading, paragraph and list before it."""

    name: str
    source_id: str
    running_titles: frozenset[str]
    section: str = ""
    page_broken: bool = False  # a page ended since the last heading
    introduction: str = ""  # the paragraph before
    is_continued: bool = False  # no blank line since
    show: str = ""  # the podcast whose episodes follow
    glossary: bool = False
    reference: tuple[int, list[str]] | None = None  # line and pieces of the one being read
    title: str = ""
    works: list[Reference] = field(default_factory=list)
    media: list[Entry] = field(default_factory=list)
    terms: dict[tuple[str, str], Term] = field(default_factory=dict)
    cited: dict[Citation, _Cited] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, line: str, number: int) -> None:
        """Take in one line."""
        if not line.strip():
            self._end_reference()
            self.is_continued = self.glossary = False
            return
        if heading := _HEADING.fullmatch(line):
            self._end_reference()
            self._heading(_plain(heading[2]), len(heading[1]), number)
        elif (cells := _cells(line)) and (self.glossary or _is_head(cells)):
            self._row(cells, number)
        elif item := _ITEM.fullmatch(line):
            self._end_reference()
            self._item(item, number)
        elif self.reference is not None:
            self.reference[1].append(line.strip())
        else:
            self._paragraph(line.strip(), number)

    def result(self) -> Parsed:
        """Everything that was read."""
        self._end_reference()
        works: list[Entry] = []
        waiting = dict(self.cited)
        for work, citations in self.works:
            places = [place for key in citations if (place := waiting.pop(key, None)) is not None]
            works.append(_placed(work, places[0]) if places else work)
        for key, found in waiting.items():
            self._problem(found.line, f"{key.name.title()} {key.year} is cited here and stands in no reference list")
        if not works and not self.media and not self.terms and not self.problems:
            self._problem(1, "neither front matter nor references, media or a glossary: nothing was taken from it")
        return Parsed(
            entries=(*works, *self.media),
            terms=tuple(self.terms.values()),
            problems=tuple(self.problems),
            title=self.title,
        )

    # ------------------------------------------------------------------ lines

    def _heading(self, text: str, level: int, number: int) -> None:
        self.show = self.introduction = ""
        self.glossary = self.is_continued = False
        if level == 1 and (text in self.running_titles or not self.title):
            self.title = self.title or text
            self.page_broken = True
            return
        self.section = text.removesuffix(":").strip()
        self.page_broken = False
        self._note_themes(text, number)

    def _row(self, cells: list[str], number: int) -> None:
        if not self.glossary:
            self.glossary = True
        elif (term := _plain(cells[0])) and not set(term) <= set("-: "):
            self._term(term, "ai", number)

    def _item(self, item: re.Match[str], number: int) -> None:
        text = item["text"].strip()
        is_reference = _REFERENCES.fullmatch(self.section) or references.looks_like_one(text)
        if item["number"] and not item["indent"] and is_reference:
            self.reference = number, [text]
        elif video := _VIDEO.search(_plain(text)):
            if _plain(text)[: video.start()].strip() == "":
                self._video(text, number)
        elif not item["indent"]:
            self._show(text)
        elif self.show:
            self._episode(_LETTERED.sub("", text, count=1), number)

    def _paragraph(self, line: str, number: int) -> None:
        bold = _BOLD.fullmatch(line)
        if bold is None:
            self.introduction = f"{self.introduction} {_plain(line)}" if self.is_continued else _plain(line)
            self.is_continued = True
            self.show = ""
            return
        self.is_continued = False
        link = _LINK.fullmatch(bold[1].strip())
        if (work := references.cited(_plain(bold[1]))) is not None:
            self._cite(work, link[2] if link else "", number)
        elif _WATCH.search(self.introduction):
            self._video(bold[1], number)

    # ------------------------------------------------------------------ what they say

    def _cite(self, work: Citation, target: str, number: int) -> None:
        themes = self._note_themes(self.introduction, number)
        if themes and self.page_broken:
            # A page break hides where a section ends: a paragraph with a theme of its own begins one.
            self.section = ", ".join(themes).capitalize()
        elif _names_a_condition(self.section):
            self._term(self.section, "condition", number)
        self.cited.setdefault(work, _Cited(self.section, self.introduction, number, _address(target)))

    def _note_themes(self, text: str, number: int) -> tuple[str, ...]:
        themes = _themes(text)
        for theme in themes:
            self._term(theme, "theme", number)
        return themes

    def _video(self, text: str, number: int) -> None:
        plain = _VIDEO.sub("", _plain(text), count=1).strip()
        link = _LINK.search(text)
        featuring = _FEATURING.search(plain)
        self._medium("video", link[1] if link else plain, featuring[1] if featuring else "", link, number)

    def _show(self, text: str) -> None:
        """A list item that may be the name of a podcast: "Spotify: The Future of Dermatology"."""
        platform, colon, show = _plain(text).partition(":")
        is_podcast = _PODCAST.search(f"{self.introduction} {self.section} {platform}")
        self.show = (show.strip() if colon else platform.strip()) if is_podcast else ""

    def _episode(self, text: str, number: int) -> None:
        link = _LINK.search(text)
        self._medium("podcast", link[1] if link else _plain(text), self.show, link, number)

    def _medium(self, kind: str, title: str, provider: str, link: re.Match[str] | None, number: int) -> None:
        address = _address(link[2]) if link else None
        title = _plain(title)
        self.media.append(
            Entry(
                source_id=self.source_id,
                title=title,
                guid=address or f"{kind}:{title}",  # without an address its title must do for ever
                link=address,
                summary=self.introduction,
                type=kind,
                provider_name=provider.strip(),
                section=self.section,
                where=f"{self.name}:{number}",
            )
        )

    def _end_reference(self) -> None:
        if self.reference is None:
            return
        number, pieces = self.reference
        self.reference = None
        work = references.parse(" ".join(pieces), source_id=self.source_id, where=f"{self.name}:{number}")
        if work is None:
            self._problem(number, "a reference whose authors, title, journal and year cannot be told apart")
        else:
            self.works.append(work)

    def _term(self, text: str, group: str, number: int) -> None:
        self.terms.setdefault((group, text.casefold()), Term(text=text, group=group, where=f"{self.name}:{number}"))

    def _problem(self, number: int, what: str) -> None:
        self.problems.append(Problem(where=f"{self.name}:{number}", what=what, kind="file"))


def _placed(work: Entry, cited: _Cited) -> Entry:
    """`work` with what the text says where it cites it."""
    links = (cited.address,) if cited.address else ()
    return replace(work, section=cited.section, summary=cited.introduction, links=links)


def _names_a_condition(heading: str) -> bool:
    """Whether a heading that cites works is the name of a condition, not a theme or a part of a document."""
    words = len(heading.split())
    return 0 < words <= _MOST_WORDS and not _themes(heading) and not _GENERIC.fullmatch(heading)


def _cells(line: str) -> list[str]:
    """The cells of a table's row, set off by tabs or bars."""
    if "\t" in line.strip():
        return [cell.strip() for cell in line.split("\t")]
    return [cell.strip() for cell in line.strip("| ").split("|")] if line.startswith("|") else []


def _is_head(cells: list[str]) -> bool:
    words = [_plain(cell).casefold() for cell in cells]
    return words[0] in {"term", "terms", "word", "concept"} and words[1:2] in (
        ["definition"],
        ["meaning"],
        ["explanation"],
    )
