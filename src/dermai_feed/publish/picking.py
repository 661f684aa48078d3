"""A story as one entry of the digest: whose words, which links, what is stated and what is not.

Pure. Everything a reader sees comes from an item, from an editor's file or from the fixed
words below (decision 7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..model import Item, Telling, Verdict, Work
from . import sentences
from .issue import Link, Pick, Stated, Step, Why

NOT_STATED = "not stated"  # triage.evidence says so of a label without words
# Kinds whose evidence is looked for; of others only what they state is shown.
STUDIES = frozenset({"paper", "preprint", "trial"})
# Designs that a reader of papers looks out for are marked beside the kind.
_MARKED = ("review", "meta-analysis", "trial", "guideline", "protocol")
# The primary source stands first, what repeats it last.
_ROLES = ("paper", "regulatory", "preprint", "notice", "release", "coverage", "video", "podcast", "republication")
ROLE_WORDS: Mapping[str, str] = {
    "paper": "Paper", "preprint": "Preprint", "regulatory": "Regulator", "notice": "Notice", "release": "Press release",
    "coverage": "Report", "video": "Video", "podcast": "Podcast", "republication": "Reprint",
}  # fmt: skip
_BASES: Mapping[str, str] = {
    "entry": "published", "page": "dated by its page", "updated": "last updated",
    "identifier": "dated by its identifier",
    "url": "dated by its address", "text": "dated by its text", "first_seen": "first seen",
}  # fmt: skip
# Words with which journals begin the titles of what is not research.
ASIDES = ("letter", "comment", "commentary", "reply", "response", "editorial", "correspondence")
_ASIDE = re.compile(
    rf"({'|'.join(sorted(ASIDES, key=len, reverse=True))})\b(?=\s*[:(–—-]|\s+(?:to|on|by|from)\b)", re.IGNORECASE
)
MOST_LINKS = 6
MOST_STEPS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Edited:
    """What an editor changed in the story's file; None where the machine's word stands."""

    title: str | None = None
    excerpt: str | None = None
    why: str | None = None  # the key `whyItMatters`
    published: bool = False


UNTOUCHED = Edited()


def pick(telling: Telling, shown: str = "", edited: Edited = UNTOUCHED) -> Pick:
    """The story as a reader sees it; `shown` names another item than its lead to tell it by."""
    lead = telling.items[shown] if shown else lead_of(telling)
    verdict = telling.verdicts.get(lead.id)
    kind = verdict.kind if verdict else "article"
    title = lead.title if shown or edited.title is None else edited.title
    excerpt = lead.excerpt if shown or edited.excerpt is None else edited.excerpt
    told = sentences.told(excerpt, title)
    also, copies = _others(telling, lead)
    stated, missing = _labels(verdict, kind)
    return Pick(
        story=telling.story.id, anchor=f"s-{shown or telling.story.id}", item=lead.id, title=title,
        url=lead.url or lead.original_url,
        sentences=told, why=_why(telling, lead, title, told, edited), kind=kind, mark=_mark(title, stated, kind),
        source=source(lead), date=dated(lead), date_basis=_BASES[lead.basis], origins=origins(telling),
        carriers=len(telling.items), also=also, copies=copies, links=_links(telling, lead, also), stated=stated,
        not_stated=missing, timeline=_timeline(telling), conditions=verdict.conditions if verdict else (),
        verdict=verdict.decision if verdict else "", heat=telling.ranking.heat.total, terms=telling.ranking.heat.terms,
    )  # fmt: skip


def lead_of(telling: Telling) -> Item:
    """The item that speaks for the story."""
    work = next(work for work in telling.story.works if work.id == telling.story.lead)
    return telling.items[work.canonical]


def family(item: Item) -> str:
    """Publishers of one family count as one origin; an unknown host is its own (FIELD §3, 7)."""
    return item.provider.family or item.provider.domain or item.id


def origins(telling: Telling) -> int:
    """How many independent publishers tell the story."""
    return len({family(telling.items[work.canonical]) for work in telling.story.works})


def source(item: Item) -> str:
    """The name a reader knows it by: the journal of a paper, else the publisher."""
    journal = item.publication.journal if item.publication else ""
    return journal or item.provider.name or item.provider.domain


def dated(item: Item) -> str:
    """The date as precisely as the source gave it, and no more: 2026-11-18, 2026-11 or 2026."""
    length = {"year": 4, "month": 7}.get(item.precision, 10)
    return item.published.strftime("%Y-%m-%d")[:length]


def _by_role(telling: Telling) -> list[Work]:
    lead = telling.story.lead
    return sorted(
        telling.story.works,
        key=lambda w: (_ROLES.index(w.role), w.id != lead, telling.items[w.canonical].published, w.id),
    )


def _others(telling: Telling, lead: Item) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """Other origins by name, and who merely carries a text: counted apart (FIELD §3, 7)."""
    families = {family(lead)}
    also: list[Link] = []
    for work in _by_role(telling):
        item = telling.items[work.canonical]
        if family(item) not in families:
            families.add(family(item))
            also.append(Link(text=source(item), url=item.url, role=ROLE_WORDS[work.role].lower()))
    canonicals = {work.canonical for work in telling.story.works}
    names = (source(item) for id_, item in sorted(telling.items.items()) if id_ not in canonicals)
    known = {source(lead), *(link.text for link in also)}
    return tuple(also), tuple(dict.fromkeys(name for name in names if name not in known))


def _labels(verdict: Verdict | None, kind: str) -> tuple[tuple[Stated, ...], tuple[str, ...]]:
    """What is stated with its words, and of studies what is not.

    Of a report or a release, what it says of a study counts where it says how many were in
    it; else only design, regulator and the device that a regulator spoke of. "Dermoscopy" in
    the title of a market report is not its method.
    """
    if verdict is None:
        return (), ()
    found = {label.name: label for label in verdict.labels if label.span}
    if kind not in STUDIES and "n" not in found:
        kept = {"study design", "regulator"} | ({"device"} if "regulator" in found else set())
        found = {name: label for name, label in found.items() if name in kept}
    stated = tuple(Stated(name=name, value=_thousands(label.value), quote=label.span) for name, label in found.items())
    missing = tuple(la.name for la in verdict.labels if not la.span) if kind in STUDIES else ()
    return stated, missing


def _thousands(value: str) -> str:
    """ "18400 photographs" as it is read: 18,400 photographs."""
    number, blank, rest = value.partition(" ")
    return f"{int(number):,}{blank}{rest}" if number.isdigit() and number.isascii() else value


def aside(title: str) -> str:
    """What a journal's text is that is no research, by the first word of its title: "letter"; else nothing."""
    found = _ASIDE.match(title)
    return found[1].lower() if found else ""


def _mark(title: str, stated: Sequence[Stated], kind: str) -> str:
    if kind not in STUDIES:
        return ""
    if kind == "paper" and (word := aside(title)):
        return word
    design = next((label.value for label in stated if label.name == "study design"), "")
    return design if any(word in design for word in _MARKED) else ""


def _why(telling: Telling, lead: Item, title: str, told: Sequence[str], edited: Edited) -> Why | None:
    """The editor's line wins and is kept as it is; else a sentence of the story's own items."""
    if edited.why is not None:
        return Why(text=edited.why, by="editor") if edited.why else None
    own = [(lead.id, lead.excerpt)] if edited.excerpt is None else []
    rest = [telling.items[work.canonical] for work in _by_role(telling) if work.canonical != lead.id]
    found = sentences.why([*own, *((item.id, item.excerpt) for item in rest)], [title, *told])
    if found is None:
        return None
    item = telling.items[found[0]]
    if not sentences.grounded(found[1], f"{item.title} {item.excerpt}"):
        return None
    return Why(text=found[1], source=source(item), item=item.id)


def _links(telling: Telling, lead: Item, also: Sequence[Link]) -> tuple[Link, ...]:
    """The primary source first, one link per work that `also` does not hold, its registered names last.

    A report is no primary source: of a video's story it stands among the others.
    """
    there = {link.url for link in also}
    works = _by_role(telling)
    links: dict[str, str] = {}
    for n, work in enumerate(works):
        item = telling.items[work.canonical]
        is_primary = n == 0 and work.role in {"paper", "regulatory", "preprint", "notice"}
        if item.url and (is_primary or item.url not in there):
            links.setdefault(item.url, f"{ROLE_WORDS[work.role]}: {source(item)}")
    if lead.url and lead.url not in links:
        links[lead.url] = source(lead)
    kept = dict(list(links.items())[:MOST_LINKS])
    canonical = [telling.items[work.canonical] for work in works]
    for identifier in next((item.identifiers for item in canonical if item.identifiers), ()):
        known = any(identifier.value.casefold() in url.casefold() for url in kept)
        if (address := _address(identifier.scheme, identifier.value)) and not known:
            kept[address] = f"{identifier.scheme.upper()} {identifier.value}"
    return tuple(Link(text=text, url=url) for url, text in kept.items())


def _address(scheme: str, value: str) -> str:
    # https://www.ncbi.nlm.nih.gov/pmc/about/, https://www.doi.org/the-identifier/resources/handbook
    forms: Mapping[str, str] = {
        "doi": "https://doi.org/{}",
        "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
        "pmcid": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
        "arxiv": "https://arxiv.org/abs/{}",
        "nct": "https://clinicaltrials.gov/study/{}",
    }
    return forms.get(scheme, "").format(value)


def _timeline(telling: Telling) -> tuple[Step, ...]:
    """The works of a story in the order of their days; only where there are two days at least."""
    steps = []
    for work in telling.story.works:
        item = telling.items[work.canonical]
        if item.precision in {"second", "day"}:
            steps.append(
                Step(date=dated(item), role=ROLE_WORDS[work.role], source=source(item), title=item.title, url=item.url)
            )
    steps.sort(key=lambda step: (step.date, list(ROLE_WORDS.values()).index(step.role), step.source, step.title))
    return tuple(steps[:MOST_STEPS]) if len({step.date for step in steps}) > 1 else ()
