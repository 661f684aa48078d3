"""Which stories make an issue of the digest, and in which section each stands.

Pure: tellings and the earlier issues go in, an `Issue` comes out. The rules are FIELD §5
and decisions 7 and 8 of the design: fixed sections, at most 20 stories, at most two per
family of publishers, nothing repeated, the archive listed once and counted ever after.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..model import Item, Telling, Verdict
from .issue import Coverage, Issue, Link, NoteBox, Pick, Section

MOST_STORIES = 20
PER_FAMILY = 2
TOP_STORIES = 5
TOP_NEEDS_ORIGINS = 2  # one publisher alone is not a top story, unless it is a journal or a regulator
ARCHIVE_LISTED = 40

TITLES = {
    "top": "Top stories",
    "evidence": "New evidence",
    "regulation": "Regulation and products",
    "equity": "Equity, safety and critique",
    "media": "Video and audio",
    "elsewhere": "Elsewhere",
    "updates": "Updates to earlier stories",
    "corrections": "Corrections and retractions",
    "archive": "Added from the archive",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """A calendar week in an editor's zone: Monday 00:00 to Monday 00:00, half open (D-03)."""

    name: str
    since: datetime
    until: datetime
    zone: str


def week_of(moment: datetime, zone: str) -> Week:
    """The ISO week that holds `moment` (UTC) on the calendar of `zone` (an IANA name).

    The bounds are local midnights turned to UTC, so a week with a change of clocks has 167
    or 169 hours.
    """
    local = moment.astimezone(ZoneInfo(zone))
    year, number, weekday = local.isocalendar()
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(days=weekday - 1)
    bounds = [(monday + timedelta(days=n)).replace(tzinfo=ZoneInfo(zone)).astimezone(moment.tzinfo) for n in (0, 7)]
    return Week(name=f"{year}-W{number:02}", since=bounds[0], until=bounds[1], zone=zone)


def choose(
    tellings: Iterable[Telling],
    earlier: Iterable[Issue],
    *,
    week: Week,
    number: int,
    notes: Sequence[NoteBox],
    coverage: Coverage,
    config: str,
    degraded: str = "",
) -> Issue:
    """The issue of `week` from every story of the corpus.

    A story is eligible when its founding item was first seen within the week and a member was
    accepted; one that an earlier issue told is not told again.
    """
    told = {story: issue.week for issue in earlier for story in issue.told()}
    tellings = tuple(tellings)
    fresh = [t for t in tellings if not t.held and t.story.id not in told and _first_seen(t) < week.until]
    news = sorted((t for t in fresh if not _archive(t) and _first_seen(t) >= week.since), key=_order)
    archive = sorted((t for t in fresh if _archive(t)), key=_order)
    by_section, shown = _fill(news)
    sections = {key: [_pick(t) for t in found] for key, found in by_section.items()}
    for key, pick in _updates(tellings, told, week):
        sections[key].append(pick)
    first = number == 1
    if first:
        sections["archive"] = [_pick(t) for t in archive[:ARCHIVE_LISTED]]
    return Issue(
        week=week.name, number=number, since=week.since, until=week.until, zone=week.zone, degraded=degraded,
        sections=tuple(
            Section(key=key, title=TITLES[key], picks=tuple(picks)) for key, picks in sections.items() if picks
        ),
        archive=max(0, len(archive) - ARCHIVE_LISTED) if first else sum(_first_seen(t) >= week.since for t in archive),
        not_shown=len(news) - shown, notes=tuple(box for box in notes if box.notes), coverage=coverage, config=config,
    )  # fmt: skip


def _updates(tellings: Sequence[Telling], told: Mapping[str, str], week: Week) -> list[tuple[str, Pick]]:
    """Stories of earlier issues to which this week brought a named change, and the section of each.

    A story is told again only for such a change (FIELD §3, 14): a notice about one of its
    works, or a peer-reviewed paper where there was a preprint.
    """
    found = []
    for telling in sorted(tellings, key=lambda t: t.story.id):
        issue = next((told[id_] for id_ in (telling.story.id, *telling.story.aliases) if id_ in told), None)
        if issue is None or telling.held:
            continue
        for work in telling.story.works:
            new = [i for i in work.items if week.since <= telling.items[i].first_seen < week.until]
            notice, paper = work.role == "notice", work.role == "paper" and _was_preprint(telling, work.items, week)
            if new and (paper or (notice and len(new) == len(work.items))):
                change = "correction or retraction" if notice else "now peer reviewed"
                pick = replace(_pick(telling, work.canonical), change=change, earlier=issue)
                found.append(("corrections" if notice else "updates", pick))
    return found


def _was_preprint(telling: Telling, items: Sequence[str], week: Week) -> bool:
    """Whether all that was known of a work before `week` was a preprint."""
    before = [
        telling.verdicts[i].kind for i in items if i in telling.verdicts and telling.items[i].first_seen < week.since
    ]
    return bool(before) and set(before) == {"preprint"}


def _fill(news: Sequence[Telling]) -> tuple[dict[str, list[Telling]], int]:
    families: Counter[str] = Counter()
    chosen: list[Telling] = []
    for telling in news:
        family = _family(_lead(telling))
        if len(chosen) < MOST_STORIES and families[family] < PER_FAMILY:
            families[family] += 1
            chosen.append(telling)
    top = [t for t in chosen if _may_lead(t)][:TOP_STORIES]
    by_section: dict[str, list[Telling]] = {key: [] for key in TITLES}
    by_section["top"] = top
    for telling in chosen:
        if telling not in top:
            by_section[_section(telling)].append(telling)
    return by_section, len(chosen)


def _section(telling: Telling) -> str:
    verdict = _verdict(telling)
    kind = verdict.kind if verdict else "article"
    if kind == "notice":
        return "corrections"
    if kind == "regulatory":
        return "regulation"
    if kind in {"video", "podcast"}:
        return "media"
    if verdict and any(
        theme.startswith(("bias", "equity", "safety", "ethic", "skin tone")) for theme in verdict.themes
    ):
        return "equity"
    return "evidence" if kind in {"paper", "preprint", "trial"} else "elsewhere"


def _may_lead(telling: Telling) -> bool:
    verdict = _verdict(telling)
    if verdict is None or verdict.kind in {"notice", "video", "podcast"}:
        return False
    return _lead(telling).provider.tier == "primary" or _origins(telling) >= TOP_NEEDS_ORIGINS


def _order(telling: Telling) -> tuple[int, float, str]:
    return -telling.ranking.heat.total, -_lead(telling).published.timestamp(), telling.story.id


def _first_seen(telling: Telling) -> datetime:
    return min(item.first_seen for item in telling.items.values())


def _archive(telling: Telling) -> bool:
    return all(item.backfill for item in telling.items.values())


def _lead(telling: Telling) -> Item:
    work = next(work for work in telling.story.works if work.id == telling.story.lead)
    return telling.items[work.canonical]


def _verdict(telling: Telling) -> Verdict | None:
    return telling.verdicts.get(_lead(telling).id)


def _family(item: Item) -> str:
    return item.provider.family or item.provider.domain or item.id


def _origins(telling: Telling) -> int:
    return len({_family(telling.items[work.canonical]) for work in telling.story.works})


def _pick(telling: Telling, shown: str = "") -> Pick:
    """The story as a reader sees it; `shown` names another item than its lead to tell it by."""
    lead = telling.items[shown] if shown else _lead(telling)
    verdict = telling.verdicts.get(lead.id)
    others = [item for id_, item in sorted(telling.items.items()) if id_ != lead.id]
    return Pick(
        story=telling.story.id,
        anchor=f"s-{shown or telling.story.id}",
        title=lead.title,
        url=lead.url,
        sentences=sentences(lead.excerpt),
        kind=verdict.kind if verdict else "article",
        source=_source(lead),
        date=dated(lead),
        date_basis="first seen" if lead.basis == "first_seen" else "",
        origins=_origins(telling),
        carriers=len(telling.items),
        also=tuple(dict.fromkeys(item.provider.name for item in others if item.provider.name != lead.provider.name)),
        links=_links(lead, others),
        conditions=verdict.conditions if verdict else (),
        verdict=verdict.decision if verdict else "",
        heat=telling.ranking.heat.total,
    )


def _source(item: Item) -> str:
    journal = item.publication.journal if item.publication else ""
    return journal or item.provider.name


def dated(item: Item) -> str:
    """The date as precisely as the source gave it, and no more: 2026-11-18, 2026-11 or 2026."""
    length = {"year": 4, "month": 7}.get(item.precision, 10)
    return item.published.strftime("%Y-%m-%d")[:length]


def _links(lead: Item, others: Sequence[Item]) -> tuple[Link, ...]:
    links: dict[str, str] = {}
    for item in (lead, *others):
        if item.url:
            links.setdefault(item.url, item.provider.name or item.provider.domain)
    for identifier in lead.identifiers:
        if (address := _address(identifier.scheme, identifier.value)) and address not in links:
            links[address] = f"{identifier.scheme.upper()} {identifier.value}"
    return tuple(Link(text=text, url=url) for url, text in links.items())


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


_END = re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[\"“‘(]?[A-Z0-9])")
_CUT = re.compile(r"\s*(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")


def sentences(excerpt: str, most: int = 3, room: int = 420) -> str:
    """One to `most` whole sentences of `excerpt`, within `room` characters where it has ends.

    A text that the source cut keeps its whole sentences; when it has none, the words it has
    stand with an ellipsis. Nothing is cut inside a word.
    """
    cut = bool(_CUT.search(excerpt))
    parts = _END.split(_CUT.sub("", excerpt).strip())
    if cut and len(parts) > 1:
        parts, cut = parts[:-1], False
    chosen: list[str] = []
    for part in parts[:most]:
        if chosen and len(" ".join([*chosen, part])) > room:
            break
        chosen.append(part)
    text = " ".join(chosen)
    if len(text) > room:
        text, cut = text[:room].rsplit(" ", 1)[0].rstrip(",;:"), True
    # A colon leads to something that is not here: a list, a link, a picture.
    return f"{text} …" if cut and text else text.removesuffix(":")
