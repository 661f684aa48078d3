"""The reader of texts: owns words, their folding, and the search for all terms at once.

A text is cut into words once; at each word the longest term that begins there is found and
the search goes on behind it, so that "electronic skin" is never also read as "skin". The cost
is the number of words times the length of the longest term: linear, whatever the vocabulary
says, because it holds words and no patterns (N-12).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

_WORD = re.compile(r"A\.I\.?|[^\W_]+(?:['’][sS]\b)?")
_ACRONYM = re.compile(r"[A-Z0-9][^a-z]*[A-Z]|[A-Z][0-9]")
_REMEMBERED = 100_000  # words whose terms are kept at hand: more than a language uses, and a bound
_PREFIX_MIN = 4  # letters that `derma*` must have before its star

# British and American spellings of the same Greek and Latin roots fold into one.
_SPELLING = (
    ("haem", "hem"), ("oedem", "edem"), ("naev", "nev"), ("tumour", "tumor"), ("colour", "color"),
    ("oesoph", "esoph"), ("rrhoe", "rrhe"), ("ageing", "aging"), ("isation", "ization"), ("aesthet", "esthet"),
)  # fmt: skip
_LONG_PLURALS = ("shes", "sses", "xes", "tches", "nches", "rches")  # rashes, masses, boxes, patches


@dataclass(frozen=True, slots=True)
class Sense:
    """What a term means: its group, the subject that it is a word for ("" when none), its weight (0…1)."""

    group: str
    subject: str
    weight: float


@dataclass(frozen=True)
class Read:
    """A text with its words in order: as written, as compared, and where each stands.

    Lists side by side, because an item has hundreds of words and only its few hits need the places.
    """

    text: str
    raws: Sequence[str]
    folded: Sequence[str]

    @cached_property
    def spans(self) -> Sequence[tuple[int, int]]:
        """The place of the first and behind the last letter of each word, possessive endings with it."""
        return [match.span() for match in _WORD.finditer(self.text)]


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found in a text, with the place of its first and behind its last letter.

    `term` is the vocabulary's, `said` the text's own words.
    """

    term: str
    said: str
    senses: tuple[Sense, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A term as it is compared: folded words, capitals to be kept, whether the last is a beginning only."""

    term: str
    words: tuple[str, ...]
    capitals: tuple[str, ...]  # the word as written where it is an acronym, else ""
    open_end: bool
    senses: tuple[Sense, ...]
    written: tuple[str, ...] = ()  # the words with their endings, where those count


@lru_cache(maxsize=8_192)
def fold(word: str) -> str:
    """`word` without accents, case, plural ending and spelling variant: the form that is compared."""
    plain = word if word.isascii() else unicodedata.normalize("NFKD", word.replace("ß", "ss"))
    if not plain.isascii():
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = plain.casefold()
    for british, american in _SPELLING:
        if british in plain:
            plain = plain.replace(british, american)
    if word.endswith("s") and word[:-1].isupper():  # "AIs"
        return plain[:-1]
    if len(plain) > 3:
        if plain.endswith(("oses", "yses")):
            return plain[:-2] + "is"
        if plain.endswith(_LONG_PLURALS):
            return plain[:-2]
        if plain.endswith("ae") and len(plain) > 5:
            return plain[:-1]
        if plain.endswith("ies") and len(plain) > 4:
            return plain[:-3] + "y"
        if plain.endswith("s") and not plain.endswith(("ss", "us", "is")):
            return plain[:-1]
    return plain


def words(text: str) -> Read:
    """The words of `text`, in order; a possessive ending is left off, "A.I." is one word."""
    raws = _WORD.findall(text)
    if "A." in text or "'" in text or "’" in text:
        raws = ["AI" if raw.startswith("A.") else raw[:-2] if raw[-2:-1] in ("'", "’") else raw for raw in raws]
    return Read(text, raws, list(map(fold, raws)))


def _entries(term: str, senses: tuple[Sense, ...]) -> tuple[_Entry, ...]:
    """`term` ready to be compared; `hautkrebs*` twice, because a text's "Hautkrebs" loses its last letter.

    `=moles` is the plural alone: moles are on a skin, a mole may be in a ministry.
    """
    raws = words(term.rstrip("*")).raws
    if term.startswith("="):
        plain = tuple("" for _ in raws)
        written = tuple(raw.casefold() for raw in raws)
        return (_Entry(term, tuple(map(fold, raws)), plain, open_end=False, senses=senses, written=written),)
    capitals = tuple(raw if _ACRONYM.match(raw) else "" for raw in raws)
    whole = _Entry(term, tuple(map(fold, raws)), capitals, open_end=False, senses=senses)
    if not term.endswith("*"):
        return (whole,)
    beginning = fold(raws[-1] + "x")[:-1]  # nothing is taken off the end of what is not a word yet
    if len(raws) == 1 and len(beginning) < _PREFIX_MIN:
        raise ValueError(f"{term!r}: needs {_PREFIX_MIN} letters before the star")
    return (whole, _Entry(term, (*whole.words[:-1], beginning), capitals, open_end=True, senses=senses))


@dataclass(frozen=True, slots=True)
class _Branch:
    """The terms that may begin at a word: by their second word, and those of which that is no help."""

    by_second: Mapping[str, tuple[_Entry, ...]]  # longest first
    two_open: tuple[_Entry, ...]  # two words of which the second is a beginning: "skin malignanc*"
    single: tuple[_Entry, ...]

    def candidates(self, second: str) -> tuple[_Entry, ...]:
        return self.by_second.get(second, ()) + self.two_open + self.single


_NOTHING = _Branch({}, (), ())


class Lexicon:
    """Terms with their senses, ready to be found in texts.

    `terms` maps each term as written (see `rules.Words`) to what it means.

    Raises: ValueError naming a term that is only a star behind fewer than four letters.
    """

    def __init__(self, terms: Mapping[str, Iterable[Sense]]) -> None:
        whole: dict[str, list[_Entry]] = {}
        begun: dict[str, list[_Entry]] = {}
        for term, senses in terms.items():
            for entry in _entries(term, tuple(senses)):
                shelf = begun if entry.open_end and len(entry.words) == 1 else whole
                shelf.setdefault(entry.words[0], []).append(entry)
        self._whole = {word: _branch(entries) for word, entries in whole.items()}
        self._begun = {word: tuple(sorted(entries, key=_rank)) for word, entries in begun.items()}
        self._known: dict[str, _Branch] = {}

    def find(self, read: Read) -> Iterator[Hit]:
        """The terms in a text: left to right, longest first, without overlap."""
        free = 0  # the first word that no term has taken yet
        for at, entry in self._fitting(read):
            if at >= free:
                free = at + len(entry.words)
                yield _hit(entry, read, at)

    def find_all(self, read: Read) -> Iterator[Hit]:
        """The terms in a text, as `find`, but also those that lie in or across others."""
        return (_hit(entry, read, at) for at, entry in self._fitting(read))

    def _fitting(self, read: Read) -> Iterator[tuple[int, _Entry]]:
        """Every term at every word, the longest first."""
        known, folded, last = self._known, read.folded, len(read.folded) - 1
        for at, branch in enumerate(map(known.get, folded)):
            if branch is None:
                branch = self._starting_with(folded[at])
                if len(known) < _REMEMBERED:
                    known[folded[at]] = branch
            if branch is not _NOTHING:
                for entry in branch.candidates(folded[at + 1] if at < last else ""):
                    if _fits(entry, read, at):
                        yield at, entry

    def _starting_with(self, word: str) -> _Branch:
        begun = [entry for n in range(len(word), _PREFIX_MIN - 1, -1) for entry in self._begun.get(word[:n], ())]
        branch = self._whole.get(word, _NOTHING)
        return _Branch(branch.by_second, branch.two_open, (*branch.single, *begun)) if begun else branch


def _branch(entries: list[_Entry]) -> _Branch:
    by_second: dict[str, list[_Entry]] = {}
    for entry in sorted(entries, key=_rank):
        if len(entry.words) > 1 and not (entry.open_end and len(entry.words) == 2):
            by_second.setdefault(entry.words[1], []).append(entry)
    return _Branch(
        {word: tuple(several) for word, several in by_second.items()},
        tuple(sorted((e for e in entries if e.open_end and len(e.words) == 2), key=_rank)),
        tuple(sorted((e for e in entries if len(e.words) == 1), key=_rank)),
    )


def _rank(entry: _Entry) -> tuple[int, int, str]:
    """Longest first; of equally long ones that with more capitals: "US" is no form of "us"."""
    return -len(entry.words), -sum(map(bool, entry.capitals)), entry.term


def _hit(entry: _Entry, read: Read, at: int) -> Hit:
    start, end = read.spans[at][0], read.spans[at + len(entry.words) - 1][1]
    return Hit(entry.term, read.text[start:end], entry.senses, start, end)


def _fits(entry: _Entry, read: Read, at: int) -> bool:
    count = len(entry.words)
    if at + count > len(read.folded):
        return False
    for n in range(count):
        raw, folded, wanted, capital = read.raws[at + n], read.folded[at + n], entry.words[n], entry.capitals[n]
        if capital and raw.rstrip("s") != capital:
            return False
        if entry.written and raw.casefold() != entry.written[n]:
            return False
        if folded != wanted and not (n == count - 1 and entry.open_end and folded.startswith(wanted)):
            return False
    return True
