"""Vetoes: what forbids a merge however alike two texts are.

Each rule is a function of two profiles that returns its reason, or "". `of_work` forbids one
work, `of_story` forbids even one story. Only identifiers and equal addresses stand above them.
"""

from __future__ import annotations

from collections.abc import Callable

from . import facts
from .news import entities, excerpt, gap_days, likeness, names, own_words, shared_weight, surprise, title, told, topic
from .profile import Profile
from .records import authors, journal, pages, volume
from .wording import content, stem, words

Rule = Callable[[Profile, Profile], str]


def _one_template(a: Profile, b: Profile) -> bool:
    """Titles of one pattern: much the same words, whatever stands in the slot."""
    return shared_weight(a, b) >= 0.3 or likeness(a, b) >= 70


def _apart(one: frozenset[object], other: frozenset[object]) -> bool:
    """Each side names something that the other does not."""
    return bool(one - other and other - one)


def months(a: Profile, b: Profile) -> str:
    """Instalments of a series: other months in titles of one pattern, or of one publisher."""
    one_series = _one_template(a, b) or (a.domain and a.domain == b.domain)
    if a.months and b.months and not a.months & b.months and one_series:
        return f"other months in the titles: {min(a.months)} / {min(b.months)}"
    return ""


def years(a: Profile, b: Profile) -> str:
    """Yearly instalments: other years in titles of one pattern."""
    if a.years and b.years and not a.years & b.years and _one_template(a, b):
        return f"other years in the titles: {min(a.years)} / {min(b.years)}"
    return ""


def instalments(a: Profile, b: Profile) -> str:
    """Versions, parts and instalments that differ in titles of one pattern."""
    if a.ordinals and b.ordinals and _apart(a.ordinals, b.ordinals) and _one_template(a, b):
        return f"other version or part: {min(a.ordinals)} / {min(b.ordinals)}"
    return ""


def slot(a: Profile, b: Profile) -> str:
    """Titles that are equal but for figures: "7 things …", "10 things …"."""
    mine, theirs = own_words(a, b)
    if mine and theirs and all(w[0].isdigit() for w in mine | theirs) and not a.title_numbers & b.title_numbers:
        return f"other figures in one title: {min(mine)} / {min(theirs)}"
    return ""


def recurring(a: Profile, b: Profile) -> str:
    """One publisher's "Weekly digest": the title again, at another address and over another text.

    A telling title that comes back within four days is the same piece, posted again.
    """
    if not a.domain or a.domain != b.domain or a.addresses & b.addresses or a.squeezed != b.squeezed:
        return ""
    if excerpt(a, b)[1] in {"whole", "exact", "high"}:
        return ""
    gap = gap_days(a, b)
    if sum(a.title_weights.values()) >= 2.5 and gap is not None and gap <= 4.0:
        return ""
    return "a title that one publisher uses again and again"


def market(a: Profile, b: Profile) -> str:
    """Market reports from one template on other markets."""
    if a.market and b.market and a.market != b.market:
        return f"other markets: {' '.join(sorted(a.market))} / {' '.join(sorted(b.market))}"
    return ""


# What announces that a heading is a series and not a subject.
_SERIES = frozenset(
    map(stem, ("podcast", "episode", "webinar", "weekly", "daily", "roundup", "digest", "column", "newsletter"))
)
_TAILS_ALIKE = 0.25  # share of the tails' words, by weight, from which on they may be on one subject


def heading(a: Profile, b: Profile) -> str:
    """One conference's or series' name before a colon, another subject after it.

    "Google I/O 2021: …", "AAD 2026: …", "The Skin Podcast: …": a heading with a year, or one
    that names a series. A heading without either ("Skin cancer: …") is part of the sentence.
    """
    head, found, mine = a.title.partition(":")
    other, also, theirs = b.title.partition(":")
    if not found or not also or head != other:
        return ""
    stems = frozenset(content(words(head)))
    if not a.years and not stems & _SERIES and not any(s.isdigit() for s in stems):
        return ""
    left, right = frozenset(content(words(mine))), frozenset(content(words(theirs)))
    both = sum(a.title_weights.get(s, 0.0) for s in left & right)
    whole = sum(a.title_weights.get(s, 0.0) for s in left) + sum(b.title_weights.get(s, 0.0) for s in right) - both
    if not left or not right or (whole and both / whole >= _TAILS_ALIKE):
        return ""
    return f"other subjects under one heading, {head!r}"


def listings(a: Profile, b: Profile) -> str:
    """Lists by two writers: "5 predictions for 2027" here and there are two articles on nothing in common."""
    if not facts.listing(a.title) or not facts.listing(b.title) or a.squeezed == b.squeezed:
        return ""
    return "" if a.runs & b.runs or a.addresses & b.addresses else "lists, each its own"


_RARE = 0.95  # weight of a word that no more than one document in 700 has


def actor(a: Profile, b: Profile) -> str:
    """Titles of one pattern that open with other names, each unknown to the other item.

    "Amperity achieves retail competency", "TensorIoT achieves retail competency": a release that
    every member of a programme sends out.
    """
    if not a.title_stems or not b.title_stems or not _one_template(a, b):
        return ""
    if a.runs & b.runs:
        return ""
    mine, theirs = a.title_stems[0], b.title_stems[0]
    if not (mine in b.weigh or theirs in a.weigh):
        # A name at the head of a sentence cannot be seen to be one; it is believed beside one that can.
        sure, unknown = (mine in a.names, theirs in b.names), (a.weigh[mine] >= _RARE, b.weigh[theirs] >= _RARE)
        believed = any(sure) and all(s or u for s, u in zip(sure, unknown, strict=True))
        if believed and min(a.weigh[mine], b.weigh[theirs]) >= 0.5:
            return f"another name in one pattern of title: {mine} / {theirs}"
    who, whom = facts.actor(a.title), facts.actor(b.title)
    rare = [max((s for s in side if p.weigh[s] >= _RARE), key=len, default="") for side, p in ((who, a), (whom, b))]
    if all(rare) and not who & b.weigh.keys() and not whom & a.weigh.keys():
        return f"another name in one pattern of title: {rare[0]} / {rare[1]}"
    return ""


_SUBJECT = 0.7  # weight of a word that one document in a hundred has, or fewer
_PARALLEL = 70.0  # per cent of letters from which on two titles are built alike


def parallel(a: Profile, b: Profile) -> str:
    """Titles built alike around other things, and texts that have nothing in common.

    "Hospital chatbot tells psoriasis patients …", "Hospital chatbot tells asthma patients …": who
    tells an event anew builds another sentence, who copies it keeps the text. Where the likeness
    is in the titles alone, what fills their slots decides.
    """
    if likeness(a, b) < _PARALLEL or a.runs & b.runs or a.numbers & b.numbers or not (a.parts and b.parts):
        return ""
    mine, theirs = own_words(a, b)
    foreign = frozenset(s for s in mine if s not in b.weigh), frozenset(s for s in theirs if s not in a.weigh)
    heaviest = [max((p.title_weights[s] for s in own), default=0.0) for own, p in zip(foreign, (a, b), strict=True)]
    if min(heaviest) < 0.55 or shared_weight(a, b) >= 0.85:
        return ""
    if any(weight >= _SUBJECT and s in b.title_weights for s, weight in a.title_weights.items()):
        return ""  # a word this rare in both titles is what they are about
    little = frozenset({"low", "faint", "none", "missing"})
    if not {topic(a, b)[1], surprise(a, b)[1], names(a, b)[1], entities(a, b)[1]} <= little:
        return ""  # the texts speak of one thing in other words
    return f"titles built alike around other things: {' '.join(sorted(foreign[0]))} / {' '.join(sorted(foreign[1]))}"


_FORMULA = 5  # content words with which two titles begin alike, from which on that is no chance


def publisher_template(a: Profile, b: Profile) -> str:
    """One publisher, two addresses, one pattern of title, another thing in its place."""
    if not a.domain or a.domain != b.domain or a.addresses & b.addresses or not (a.addresses and b.addresses):
        return ""
    mine, theirs = own_words(a, b)
    if not mine or not theirs or not 0.2 <= shared_weight(a, b) < 0.85:
        return ""
    if a.market and a.market == b.market and excerpt(a, b)[1] == "whole":
        return ""  # one report, announced again
    weights = {**a.title_weights, **b.title_weights}
    least = min(sum(weights[s] for s in mine), sum(weights[s] for s in theirs))
    # Titles that begin alike for long need less to differ in, unless it is one text under a mended title.
    opening = next((n for n, (x, y) in enumerate(zip(a.title_stems, b.title_stems, strict=False)) if x != y), 0)
    formula = opening >= _FORMULA and excerpt(a, b)[1] not in {"whole", "exact", "high"}
    if least < (0.3 if formula else 0.6):
        return ""
    return f"one publisher's pattern of title: {' '.join(sorted(mine))} / {' '.join(sorted(theirs))}"


def notices(a: Profile, b: Profile) -> str:
    """A correction, retraction, comment or reply is never the work it speaks of."""
    if a.notice != b.notice:
        return f"{a.notice or b.notice} and its subject"
    return ""


# Verbs of which one takes back what the other says: a later turn of the story is another text.
_TURNS = tuple(
    (frozenset(map(stem, up.split())), frozenset(map(stem, down.split())))
    for up, down in (
        (
            "raise raises raised lift lifts lifted hike hikes increases",
            "cut cuts slash slashes slashed lower lowers trims",
        ),
        ("approves approved clears cleared backs", "rejects rejected denies denied refuses blocks"),
        ("rises rise gains jumps surges soars climbs", "falls fall drops slips sinks plunges tumbles"),
        ("launches opens starts begins resumes", "halts closes stops ends suspends shuts pauses"),
        ("wins won beats", "loses lost fails"),
        ("confirms confirmed", "denies denied withdraws retracts"),
    )
)


def turn(a: Profile, b: Profile) -> str:
    """Titles on one thing that say the opposite: "raises" and "slashes"."""
    if not _one_template(a, b):
        return ""
    left, right = frozenset(a.title_stems), frozenset(b.title_stems)
    for up, down in _TURNS:
        for one, other in ((left, right), (right, left)):
            if one & up and other & down and not one & down and not other & up:
                return f"{min(one & up)} / {min(other & down)} in the titles"
    return ""


def only_excerpts(a: Profile, b: Profile) -> str:
    """Excerpts that agree under titles that have nothing in common: what a site prints under every article."""
    if not a.runs & b.runs or title(a, b)[1] != "none" or told(a, b)[1] not in {"none", "faint"}:
        return ""
    return "only the excerpts agree" if excerpt(a, b)[1] in {"whole", "exact", "high", "medium"} else ""


_A_TEXT = 10  # runs of five words from which on an excerpt says who did what with how many
_HOUSES = frozenset(map(stem, ("university", "hospital", "institute", "college", "clinic", "school")))


def _houses(p: Profile) -> frozenset[str]:
    """What tells an excerpt's institutions from others: "lund" of "Lund University Hospital"."""
    return frozenset(s for told in p.entities if _HOUSES & set(told) for s in told if s not in _HOUSES)


def other_houses(a: Profile, b: Profile) -> str:
    """Titles that resemble each other over two studies: each text names its institution and its figures, none shared.

    "AI spots melanoma as well as dermatologists" from Lund with 3,000 photographs and "AI spots melanoma better
    than GPs" from Rotterdam with 812 patients, a day apart.
    """
    if min(len(a.runs), len(b.runs)) < _A_TEXT or a.runs & b.runs or a.cited & b.cited:
        return ""
    if not (a.numbers and b.numbers) or a.numbers & b.numbers or title(a, b)[1] in {"exact", "near"}:
        return ""
    mine, theirs = _houses(a), _houses(b)
    if not (mine and theirs) or mine & b.weigh.keys() or theirs & a.weigh.keys():
        return ""
    return f"other institutions and other figures: {min(mine)} / {min(theirs)}"


def unlinked_media(a: Profile, b: Profile) -> str:
    """Episodes and videos without an address: the text beside them is the page's that mentions them, not theirs."""
    media = a.item.type in {"video", "podcast"} and b.item.type in {"video", "podcast"}
    if media and not (a.addresses and b.addresses) and a.squeezed != b.squeezed:
        return "episodes without an address under other titles"
    return ""


def parts_of_a_paper(a: Profile, b: Profile) -> str:
    """ "Part I" and "Part II", "phase 2" and "phase 3", "report 2024" and "report 2025": one title, two works."""
    if a.squeezed == b.squeezed:
        return ""
    if a.ordinals and b.ordinals and _apart(a.ordinals, b.ordinals):
        return f"other part or version: {min(a.ordinals)} / {min(b.ordinals)}"
    if a.title_numbers and b.title_numbers and _apart(a.title_numbers, b.title_numbers):
        return f"other figures in the titles: {min(a.title_numbers)} / {min(b.title_numbers)}"
    if a.years and b.years and not a.years & b.years:
        return f"other years in the titles: {min(a.years)} / {min(b.years)}"
    return ""


def other_place(a: Profile, b: Profile) -> str:
    """A conference abstract and its paper: one title, but other volume and other pages.

    A preprint and its version of record differ there as well and are one work.
    """
    if a.record.preprint or b.record.preprint:
        return ""
    place = pages(a, b)[1]
    if volume(a, b)[1] == "conflict" and (place == "conflict" or (place == "missing" and journal(a, b)[1] != "exact")):
        return "other volume and other pages"
    return ""


def later_issue(a: Profile, b: Profile) -> str:
    """One title twice in one volume of one journal, issues, pages and authors apart: a note on it, marked or not."""
    if volume(a, b)[1] != "issue differs" or pages(a, b)[1] != "conflict" or authors(a, b)[1] == "exact":
        return ""
    return "another issue and other pages of one volume" if journal(a, b)[1] in {"exact", "high"} else ""


# Words that stand for one another in a title's slot and make it another study: whom, where, when, which kind.
_OPPOSITES = tuple(
    frozenset(stem(w) for w in line.split())
    for line in (
        "adult adults child children pediatric paediatric adolescent adolescents infant infants neonatal neonate "
        "elderly older younger",
        "men women male female boys girls maternal paternal",
        "sensitive resistant refractory responsive",
        "acute chronic subacute",
        "primary secondary metastatic",
        "positive negative",
        "early late",
        "upper lower",
        "left right",
        "inpatient outpatient",
        "first second third fourth",
        "short long",
        "benign malignant",
        "spring summer autumn winter",
        "monday tuesday wednesday thursday friday saturday sunday",
    )
)


def opposites(a: Profile, b: Profile) -> str:
    """One title with another word in its slot: "in adults" and "in children", "sensitive" and "resistant"."""
    if not _one_template(a, b):
        return ""
    left, right = frozenset(a.title_stems), frozenset(b.title_stems)
    for kind in _OPPOSITES:
        if (left - right) & kind and (right - left) & kind:
            return f"{min((left - right) & kind)} / {min((right - left) & kind)} in one title"
    return ""


def _meeting(p: Profile) -> bool:
    """A supplement's page or issue: where meetings print their abstracts."""
    item = p.item.publication
    return p.record.first_page.startswith("s") or bool(item and "supp" in item.issue.casefold())


def meeting_abstract(a: Profile, b: Profile) -> str:
    """One stands in a supplement and the other, on another page, does not."""
    if _meeting(a) != _meeting(b) and pages(a, b)[1] == "conflict":
        return "a meeting's abstract and its paper"
    return ""


def other_authors(a: Profile, b: Profile) -> str:
    """No author in common, and another page: names are misread, but not places as well."""
    if authors(a, b)[1] == "conflict" and pages(a, b)[1] != "exact":
        return "no author in common"
    return ""


def no_title(a: Profile, b: Profile) -> str:
    """A record without a title has too little to be merged by."""
    return "" if a.squeezed and b.squeezed else "no title"


# What makes two instalments of a series: no third item can bring them together.
SERIES: tuple[Rule, ...] = (months, years, instalments, slot, recurring, heading, market, unlinked_media)
# What speaks against one pair, where other items may know better.
PATTERNS: tuple[Rule, ...] = (actor, listings, parallel, other_houses, publisher_template, only_excerpts)
NEWS_WORK: tuple[Rule, ...] = (notices, turn)
RECORD_WORK: tuple[Rule, ...] = (
    notices,
    no_title,
    parts_of_a_paper,
    opposites,
    other_place,
    later_issue,
    meeting_abstract,
    other_authors,
)


def of_story(a: Profile, b: Profile) -> str:
    """Why two pieces of news cannot be one story, or ""."""
    return next((reason for rule in (*SERIES, *PATTERNS) if (reason := rule(a, b))), "")


def one_series(a: Profile, b: Profile) -> str:
    """Why two pieces of news can be one story by no third item either, or ""."""
    return next((reason for rule in SERIES if (reason := rule(a, b))), "")


def of_work(a: Profile, b: Profile) -> str:
    """Why two items of one kind cannot be one work, or ""."""
    rules = RECORD_WORK if a.literature and b.literature else NEWS_WORK
    return next((reason for rule in rules if (reason := rule(a, b))), "")
