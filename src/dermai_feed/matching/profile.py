"""Profiles: an item as matching sees it, worked out once per snapshot of weights.

A profile holds folded text, words with their weights, facts, addresses and bibliographic
fields, so that comparing two items is set arithmetic. It is a function of the item and the
snapshot alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import sqrt
from urllib.parse import urlsplit

from ..model import Item, Publication
from ..rules import MatchWeights
from . import facts, notices
from .wording import content, excerpt_core, fold, fragments, level_terms, plain, shingles, stem, title_core, words
from .words import Lexicon, lexicon_of

LITERATURE_SCHEMES = frozenset({"doi", "pmid", "pmcid", "arxiv", "isbn"})
PREPRINT_SERVERS = (
    "arxiv", "medrxiv", "biorxiv", "research square", "researchsquare", "ssrn", "preprints", "chemrxiv", "psyarxiv",
    "osf",
)  # fmt: skip
# Registrants of preprint servers: Cold Spring Harbor, arXiv, Research Square, SSRN, Preprints.org, ChemRxiv, PsyArXiv,
# OSF, openRxiv.
PREPRINT_DOIS = (
    "10.1101/", "10.48550/", "10.21203/", "10.2139/", "10.20944/", "10.26434/", "10.31234/", "10.31219/", "10.64898/",
)  # fmt: skip


_SUBJECTS = 3  # papers or trials that an article about one study may name besides it
_LINKS = 25  # outgoing addresses from which on a page is a list of links


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """The bibliographic side of an item, folded; empty strings and None where it says nothing."""

    journal: str
    volume: str
    issue: str
    first_page: str
    last_page: str
    year: int | None
    first_author: str  # family name
    authors: frozenset[str]  # family names
    preprint: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Profile:
    """An item as matching sees it.

    What every comparison needs is worked out at once, the rest when it is first asked for:
    records of the literature never need their phrases, and most items meet nobody.
    """

    item: Item
    lexicon: Lexicon
    literature: bool
    title: str  # folded, boiler-plate gone
    title_whole: str  # folded only
    squeezed: str  # letters and digits of the title, as it is spelt
    title_stems: tuple[str, ...]
    title_weights: Mapping[str, float]  # stem -> weight, for the title
    notice: str
    ids: Mapping[str, frozenset[str]]  # scheme -> values, of the item itself
    cited: frozenset[str]  # "doi:…" of outgoing links, own identifiers aside
    domain: str
    family: str
    day: float | None  # days since 1970 of publication; None where the source gave no day
    record: Record

    @cached_property
    def _opening(self) -> str:
        return excerpt_core(fold(self.item.excerpt))

    @cached_property
    def _excerpt(self) -> str:
        return level_terms(self._opening)

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The excerpt's words, cut at "…"."""
        return fragments(self._excerpt)

    @cached_property
    def _bodies(self) -> tuple[tuple[str, ...], ...]:
        return tuple(content(part) for part in self.parts)

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """5-word runs of the excerpt."""
        return shingles(self.parts, 5)

    @cached_property
    def lead(self) -> tuple[str, ...]:
        """The excerpt's first words."""
        return next(iter(fragments(self._opening)), ())[:12]

    @cached_property
    def weigh(self) -> Mapping[str, float]:
        """Stem -> weight, title and excerpt."""
        stems = {*self.title_stems, *(s for part in self._bodies for s in part)}
        return dict(zip(stems, map(self.lexicon.weight, stems), strict=True))

    @cached_property
    def vector(self) -> Mapping[str, float]:
        """Stem -> weight of unit length: a word of the title counts twice, repeats do not."""
        vector = {s: w * w for s, w in self.weigh.items()}
        for s in set(self.title_stems):
            vector[s] *= 2
        norm = sqrt(sum(v * v for v in vector.values()))
        return {s: v / norm for s, v in vector.items()} if norm else {}

    @cached_property
    def phrases(self) -> frozenset[tuple[str, str]]:
        """Neighbouring stems, title and excerpt."""
        return frozenset(pair for run in (self.title_stems, *self._bodies) for pair in pairwise(run))

    @cached_property
    def names(self) -> frozenset[str]:
        """Names that the excerpt shows to be names, also where the title, in title case, hides them."""
        item, body = self.item, {s for part in self._bodies for s in part}
        found = facts.names(plain(item.excerpt))
        if not item.title.isupper():
            found |= frozenset(n for n in facts.names(plain(item.title)) if n in body or not item.title.istitle())
        return frozenset(n for n in found if n in self.title_stems or n in body)

    @cached_property
    def entities(self) -> frozenset[tuple[str, ...]]:
        """Names of two words and more that the excerpt shows, as stems."""
        return frozenset(tuple(map(stem, told)) for told in facts.entities(plain(self.item.excerpt)))

    @cached_property
    def said(self) -> str:
        """All content stems of title and excerpt in order, each between blanks, for finding a name in them."""
        return f" {' '.join(self.title_stems)} | {' | '.join(' '.join(body) for body in self._bodies)} "

    @cached_property
    def title_numbers(self) -> frozenset[str]:
        """Quantities in the title."""
        return facts.numbers(self.title)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Quantities in title and excerpt."""
        return self.title_numbers | facts.numbers(self._excerpt)

    @cached_property
    def months(self) -> frozenset[int]:
        """Months in the title."""
        return facts.months(self.title)

    @cached_property
    def years(self) -> frozenset[int]:
        """Years in the title."""
        return facts.years(self.title)

    @cached_property
    def ordinals(self) -> frozenset[str]:
        """Versions, parts and instalments in the title."""
        return facts.ordinals(self.title)

    @cached_property
    def market(self) -> frozenset[str]:
        """What a market report is about."""
        return facts.market(self.title, self.title_stems)

    @cached_property
    def roundup(self) -> bool:
        """Speaks of so many papers, or links so widely, that no one of them is its subject."""
        return len(self.cited) > _SUBJECTS or len(self.item.links) > _LINKS

    @cached_property
    def addresses(self) -> frozenset[str]:
        """The item's own addresses, see `address`."""
        return frozenset(filter(None, map(address, (self.item.url, self.item.original_url, self.item.amp_url))))

    @cached_property
    def outgoing(self) -> frozenset[str]:
        """The addresses that it links to."""
        return frozenset(filter(None, map(address, self.item.links)))

    @cached_property
    def slug(self) -> frozenset[str]:
        """The words of its address."""
        return _slug(self.item.url)

    @cached_property
    def pictures(self) -> frozenset[str]:
        """Its pictures' addresses."""
        return _pictures(self.item)


# Addresses that are an identifier: whoever lives there is the record itself.
_IN_ADDRESS = (
    ("doi", re.compile(r"^https?://(?:dx\.)?doi\.org/(10\.\d{4,9}/[^?#]+)", re.IGNORECASE)),
    ("pmid", re.compile(r"^https?://pubmed\.ncbi\.nlm\.nih\.gov/(\d+)")),
    (
        "pmcid",
        re.compile(
            r"^https?://(?:www\.ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov)/articles/(PMC\d+)", re.IGNORECASE
        ),
    ),
    ("arxiv", re.compile(r"^https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/([\w.-]+/\d{7}|\d{4}\.\d{4,5})", re.IGNORECASE)),
)  # fmt: skip
_SCHEME = re.compile(r"^https?://(?:www\d?\.|m\.|amp\.|mobile\.)?")
_AMP = re.compile(r"(?:\.amp|/amp|/amp\.html|\.amp\.html|/index\.(?:html?|php))$")
_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|mc_[ce]id|cmpid|cmp|ito|ref|ref_src|source|src|via|smid|partner|ncid|amp|outputtype|wt\.\w+|_r)(?:=|$)"
)
_SLUG_WORD = re.compile(r"[a-z][a-z0-9]+")
_PICTURE_SIZE = re.compile(r"[?&](?:w|h|width|height|resize|fit|crop|quality|q|auto|format|fm|dpr|pid|rs|c)=[^&]*")
_GENERIC_PICTURE = re.compile(r"logo|default|placeholder|avatar|icon|sprite|thumbnail|share|social|og-image|favicon")


def profile(item: Item, weights: MatchWeights) -> Profile:
    """The profile of `item` under `weights`; total for any item."""
    return _profile(item, lexicon_of(weights))


@lru_cache(maxsize=2048)
def _profile(item: Item, lexicon: Lexicon) -> Profile:
    return build(item, lexicon)


def build(item: Item, lexicon: Lexicon) -> Profile:
    """As `profile`, but nothing is kept: for callers that keep profiles themselves."""
    whole = fold(item.title)
    publisher = f"{re.sub(r'[^a-z0-9]', '', fold(item.provider.name))} {item.provider.domain.split('.')[0]}"
    publication = item.publication or Publication()
    literature = is_literature(item)
    notice = notices.notice(whole, publication.types)
    spelt = title_core(whole, publisher)
    if notice and literature:
        spelt = notices.subject(spelt)  # two notices are compared by what they are about
    title = level_terms(spelt)
    stems = content(words(title))
    ids, cited = _identifiers(item, literature)
    return Profile(
        item=item,
        lexicon=lexicon,
        literature=literature,
        title=title,
        title_whole=whole,
        squeezed="".join(c for c in spelt if c.isalnum()),
        title_stems=stems,
        title_weights={s: lexicon.weight(s) for s in stems},
        notice=notice,
        ids=ids,
        cited=cited,
        domain=item.provider.domain,
        family=item.provider.family or item.provider.domain,
        day=_day(item),
        record=_record(item, publication, ids),
    )


def is_literature(item: Item) -> bool:
    """True for an entry of the literature, as opposed to a page that names a paper's identifier.

    An item is one when it comes with bibliographic fields, was imported as a citation, which may
    have a title and a year and no more, or lives at an address that is made from its own
    identifier. The types "paper" and "news", which `batch` sets on request, decide.
    """
    if item.type in {"paper", "news"}:
        return item.type == "paper"
    if item.publication is not None and (item.publication.journal or item.publication.pages or item.imported):
        return True
    if any(pattern.search(item.url) for _, pattern in _IN_ADDRESS):
        return True
    place = item.url.casefold()
    return any(
        i.scheme in LITERATURE_SCHEMES and len(i.value) > 5 and i.value.casefold().split("/", 1)[-1] in place
        for i in item.identifiers
    )


def _identifiers(item: Item, literature: bool) -> tuple[Mapping[str, frozenset[str]], frozenset[str]]:
    """The identifiers that are the item's own, by scheme, and those it only speaks of ("doi:10.1/x")."""
    own: dict[str, set[str]] = {}
    cited = set()
    for scheme, pattern in _IN_ADDRESS:
        if m := pattern.search(item.url):
            own.setdefault(scheme, set()).add(m[1].casefold())
        cited |= {f"{scheme}:{m[1].casefold()}" for link in item.links if (m := pattern.search(link))}
    for identifier in item.identifiers:
        if identifier.scheme == "isbn":  # a book's, and of each of its chapters (ISO 2108)
            continue
        value = identifier.value.casefold()
        if literature or identifier.scheme == "youtube":
            own.setdefault(identifier.scheme, set()).add(value)
        else:
            cited.add(f"{identifier.scheme}:{value}")
    mine = {f"{scheme}:{value}" for scheme, values in own.items() for value in values}
    return {scheme: frozenset(values) for scheme, values in own.items()}, frozenset(cited - mine)


def address(url: str) -> str:
    """`url` for comparing only: no scheme, "www.", tracking, fragment, AMP marks or trailing slash.

    Items come with canonical addresses; this forgives what two sources canonicalise apart.
    """
    rest = _SCHEME.sub("", url.strip().casefold()).split("#", 1)[0]
    path, _, query = rest.partition("?")
    path = _AMP.sub("", path.rstrip("/")).rstrip("/")
    kept = sorted(q for q in query.split("&") if q and not _TRACKING.match(q))
    return path + ("?" + "&".join(kept) if kept else "")


def _slug(url: str) -> frozenset[str]:
    """The words of the last part of an address that has words, without numbers and extensions."""
    segments = [s for s in urlsplit(url).path.casefold().split("/") if s]
    for segment in reversed(segments):
        found = frozenset(w for w in _SLUG_WORD.findall(re.sub(r"\.\w{2,5}$", "", segment)) if len(w) > 2)
        if len(found) >= 3:
            return found
    return frozenset()


def _pictures(item: Item) -> frozenset[str]:
    """Pictures by address; emblems and placeholders, which sites repeat, left out."""
    return frozenset(
        key
        for image in item.images
        if (key := _PICTURE_SIZE.sub("", _SCHEME.sub("", image.url.casefold()))) and not _GENERIC_PICTURE.search(key)
    )


def _day(item: Item) -> float | None:
    if item.basis == "first_seen" or item.precision in {"month", "year"}:
        return None
    return item.published.timestamp() / 86400.0


_PAGES = re.compile(r"^\s*([a-z]*\d+[a-z]?)\s*(?:[-–—]+\s*([a-z]*\d+[a-z]?))?")


def _record(item: Item, publication: Publication, ids: Mapping[str, frozenset[str]]) -> Record:
    pages = _PAGES.match(fold(publication.pages))
    first, last = (pages[1], pages[2] or "") if pages else ("", "")
    if last.isdigit() and first.isdigit() and len(last) < len(first):
        last = first[: len(first) - len(last)] + last  # "869-75" is 869 to 875
    families = tuple(f for a in item.authors if (f := family_name(a)))
    journal = " ".join(words(fold(publication.journal)))
    return Record(
        journal=journal,
        volume=_digits(publication.volume),
        issue=_digits(publication.issue),
        first_page=first,
        last_page=last,
        year=None if item.basis == "first_seen" else item.published.year,
        first_author=families[0] if families else "",
        authors=frozenset(families),
        preprint=any(journal.startswith(s) for s in PREPRINT_SERVERS)
        or any(d.startswith(PREPRINT_DOIS) for d in ids.get("doi", ()))
        or any(kind.casefold() == "preprint" for kind in publication.types)
        or (not journal and "arxiv" in ids),
    )


def _digits(text: str) -> str:
    """ "Vol. 46 (3)" and "46" are "46"; a volume without figures ("Ph.D.") stays what it is, "in press" is none."""
    low = fold(text).strip()
    if m := re.search(r"\d+", low):
        return m.group().lstrip("0") or "0"
    return "" if "press" in low or "print" in low else low


_INITIALS = re.compile(r"^(?:[a-z]\.?[- ]?){1,4}$")


def family_name(author: str) -> str:
    """The family name in "Ozcan, Aydogan", "Ozcan A", "A. Ozcan" and "Aydogan Ozcan", folded.

    A name without comma ends in initials (the family name stands before) or in the family name.
    """
    low = fold(author).strip(" .,;")
    if "," in low:
        head, _, rest = low.partition(",")
        family = head if head.strip() else rest
        # "Di, Stefano L" is how some exports write "Di Stefano, L"
        if family.strip() in {"di", "de", "van", "von", "del", "la", "le", "da", "dos", "el", "al", "mc", "st"}:
            family += rest.rsplit(" ", 1)[0]
        return re.sub(r"[^a-z\u00c0-\uffff]", "", family)
    tokens = low.split()
    if not tokens:
        return ""
    while len(tokens) > 1 and _INITIALS.match(tokens[-1]) and len(tokens[-1].replace(".", "")) <= 3:
        tokens.pop()
    if len(tokens) == 1 or low.split()[-1] != tokens[-1]:
        return re.sub(r"[^a-z\u00c0-\uffff]", "", "".join(tokens))
    return re.sub(r"[^a-z\u00c0-\uffff]", "", tokens[-1])
