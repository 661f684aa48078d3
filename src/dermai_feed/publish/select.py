"""Which stories make an issue of the digest, and in which section each stands.

Pure: tellings and the other issues go in, an `Issue` comes out. The rules are FIELD §5 and
decisions 7 and 8 of the design: fixed sections, at most 20 stories, at most two per family
of publishers, nothing repeated, the archive listed once and counted ever after.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..model import Telling, Verdict
from . import errata, figures
from .issue import Coverage, Issue, NoteBox, Pick, Section
from .picking import NOT_STATED, STUDIES, UNTOUCHED, Edited, aside, dated, family, lead_of, origins, pick, source
from .windows import Week, days, today, week_before, week_named, week_of

__all__ = [
    "Desk",
    "Edited",
    "Week",
    "choose",
    "dated",
    "days",
    "source",
    "today",
    "week_before",
    "week_named",
    "week_of",
]

MOST_STORIES = 20
PER_FAMILY = 2
TOP_STORIES = 5
TOP_NEEDS_ORIGINS = 2  # one publisher alone is not a top story, unless it is a journal or a regulator
LATE = timedelta(days=21)  # decision 8: what is older is the archive

# In the order of the page (FIELD §5); a section takes no more stories than stand beside it.
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
ROOM = {"top": TOP_STORIES, "evidence": 6, "regulation": 4, "equity": 3, "media": 3, "elsewhere": 8}

_EQUITY = ("bias", "equity", "safety", "ethic", "skin tone")
# An award for work on bias is no critique, and a workshop on safety no safety notice.
_OCCASION = re.compile(
    r"\b(?:award|prize|medal|fellowship|grant|appoint(?:s|ed)|conference|congress|annual meeting|symposium|webinar|"
    r"workshop|summer school|call for)\b",
    re.IGNORECASE,
)
_PRODUCT = ("FDA cleared", "FDA breakthrough", "CE marked", "UK approved", "other regulator")


# What an update calls the primary source that came to a story of an earlier issue.
_SOURCES: Mapping[str, str] = {"paper": "now with its paper", "preprint": "now with its preprint",
                               "release": "now with the release behind it"}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What editors decided about an issue, by story id."""

    promoted: frozenset[str] = frozenset()  # to the top stories
    dropped: frozenset[str] = frozenset()  # not in a digest
    rejected: Mapping[str, str] = field(default_factory=dict)  # with the reason
    accepted: Mapping[str, datetime] = field(default_factory=dict)  # held by triage, let in by an editor: when
    edited: Mapping[str, Edited] = field(default_factory=dict)
    better: Mapping[str, str] = field(default_factory=dict)  # a primary source that came, and may not lead by itself


def choose(
    tellings: Iterable[Telling],
    others: Iterable[Issue],
    *,
    week: Week,
    number: int,
    notes: Sequence[NoteBox],
    coverage: Coverage,
    config: str,
    degraded: str = "",
    desk: Desk = Desk(),
    weeks: Sequence[tuple[str, int]] = (),
    name: str = "Dermatology AI",
    home: str = "",
) -> Issue:
    """The issue of `week` from every story of the corpus.

    `others` are the frozen issues that it must not repeat, oldest first. A story is eligible
    when it was accepted within the week; also when that happened earlier and its own week's
    issue did not know it yet. `weeks` are the figures of the last weeks for the chart.
    """
    others = tuple(others)
    earlier = tuple(issue for issue in others if issue.until <= week.since)
    told = {story: issue.week for issue in others for story in issue.told()}
    had = frozenset(story for issue in others for story in issue.omitted)
    tellings = tuple(t for t in tellings if not t.held and not _out(t, desk))
    fresh = [t for t in tellings if not _names(t) & told.keys() and _accepted(t, desk) < week.until]
    news = sorted(
        (t for t in fresh if not _archive(t) and _is_due(t, desk, week, earlier, number) and not _names(t) & had),
        key=_order,
    )
    archive = sorted((t for t in fresh if _archive(t)), key=_order)
    updates = _updates(tellings, {s: i.week for i in earlier for s in i.told()}, week, desk)
    by_section, shown = _fill(news, desk, MOST_STORIES - len(updates))
    sections = {key: [_pick(t, desk) for t in found] for key, found in by_section.items()}
    for key, update in updates:  # all of them: what was told and does not hold is never left out
        sections[key].append(update)
    first = number == 1
    listed = max(0, MOST_STORIES - len(updates) - len(shown)) if first else 0
    sections["archive"] = [_pick(t, desk) for t in archive[:listed]]
    return Issue(
        week=week.name, number=number, name=name, home=home, since=week.since, until=week.until, zone=week.zone,
        degraded=degraded,
        sections=tuple(
            Section(key=key, title=TITLES[key], picks=tuple(picks)) for key, picks in sections.items() if picks
        ),
        errata=errata.since(earlier, tellings, desk.edited, desk.rejected),
        archive=len(archive[listed:]) if first else sum(_accepted(t, desk) >= week.since for t in archive),
        not_shown=len(news) - len(shown), omitted=tuple(sorted(t.story.id for t in news if t.story.id not in shown)),
        charts=figures.charts(week, weeks, news), notes=tuple(box for box in notes if box.notes), coverage=coverage,
        config=config,
    )  # fmt: skip


def volume(tellings: Iterable[Telling], week: Week) -> tuple[tuple[str, int], ...]:
    """How many stories were new in each of the weeks up to `week`, the archive left out."""
    tellings = [t for t in tellings if not t.held and not _archive(t)]
    return tuple(
        (one.name, sum(one.since <= _accepted(t, Desk()) < one.until for t in tellings))
        for one in figures.last_weeks(week)
    )


def _names(telling: Telling) -> frozenset[str]:
    return frozenset({telling.story.id, *telling.story.aliases})


def _out(telling: Telling, desk: Desk) -> bool:
    names = _names(telling)
    return not names.isdisjoint(desk.rejected) or not names.isdisjoint(desk.dropped)


def _is_due(telling: Telling, desk: Desk, week: Week, earlier: Sequence[Issue], number: int) -> bool:
    """Whether the story was accepted in this week, or too late for an issue before it."""
    moment = _accepted(telling, desk)
    if moment >= week.since:
        return True
    known = any(issue.since <= moment < issue.until for issue in earlier)
    return known or (number == 1 and week.since - moment <= LATE)


def _accepted(telling: Telling, desk: Desk) -> datetime:
    """When the story came in: its first accepted item was seen, or an editor let it in; our clock (decision 8)."""
    seen = [telling.items[id_].first_seen for id_, v in telling.verdicts.items() if v.decision == "accept"]
    by_hand = [desk.accepted[name] for name in _names(telling) if name in desk.accepted]
    return min(seen or by_hand or [item.first_seen for item in telling.items.values()])


def _archive(telling: Telling) -> bool:
    return all(item.backfill for item in telling.items.values())


# --------------------------------------------------------------------------- updates


def _updates(tellings: Sequence[Telling], told: Mapping[str, str], week: Week, desk: Desk) -> list[tuple[str, Pick]]:
    """Stories of earlier issues to which this week brought a named change, and the section of each.

    A story is told again only for such a change (FIELD §3, 14): a notice about one of its
    works, a peer-reviewed paper where there was a preprint, a regulator's word, the primary
    source of a story that keeps the one it was published with (decision 10).
    """
    found = []
    for telling in sorted(tellings, key=lambda t: t.story.id):
        issue = next((told[id_] for id_ in (telling.story.id, *telling.story.aliases) if id_ in told), None)
        if issue is None:
            continue
        for work in telling.story.works:
            new = [i for i in work.items if week.since <= telling.items[i].first_seen < week.until]
            change = _change(telling, work.role, work.items, work.canonical, week) if new else ""
            if change and (work.role == "paper" or len(new) == len(work.items)):
                told_by = replace(_pick(telling, desk, work.canonical), change=change, earlier=issue)
                found.append(("corrections" if work.role == "notice" else "updates", told_by))
        better = desk.better.get(telling.story.id)
        if better is not None and all(pick.story != telling.story.id for _, pick in found):
            work = next(work for work in telling.story.works if better in work.items)
            change = _SOURCES.get(work.role, "now with its primary source")
            found.append(("updates", replace(_pick(telling, desk, better), change=change, earlier=issue)))
    return found


def _change(telling: Telling, role: str, items: Sequence[str], canonical: str, week: Week) -> str:
    if role == "notice":
        title = telling.items[canonical].title.casefold()
        known = (("retract", "retracted"), ("withdraw", "withdrawn"), ("concern", "expression of concern"))
        return next((word for sign, word in known if sign in title), "corrected")
    if role == "paper" and _was_preprint(telling, items, week):
        return "now peer reviewed"
    if role == "regulatory":
        verdict = telling.verdicts.get(canonical)
        labels = verdict.labels if verdict else ()
        value = next((label.value for label in labels if label.name == "regulator"), NOT_STATED)
        return value if value.startswith(_PRODUCT) else "a regulator's notice"
    return ""


def _was_preprint(telling: Telling, items: Sequence[str], week: Week) -> bool:
    """Whether all that was known of a work before `week` was a preprint."""
    before = [
        telling.verdicts[i].kind for i in items if i in telling.verdicts and telling.items[i].first_seen < week.since
    ]
    return bool(before) and set(before) == {"preprint"}


# --------------------------------------------------------------------------- sections


def _fill(news: Sequence[Telling], desk: Desk, most: int) -> tuple[dict[str, list[Telling]], frozenset[str]]:
    """The stories of each section, `most` together, and the ids of all of them; a promoted story comes first."""
    families: Counter[str] = Counter()
    by_section: dict[str, list[Telling]] = {key: [] for key in TITLES}
    ranked = sorted(news, key=lambda t: not _names(t) & desk.promoted)
    room = _top_room(ranked)
    chosen: set[str] = set()
    for telling in ranked:
        promoted = bool(_names(telling) & desk.promoted)
        name = family(lead_of(telling))
        if len(chosen) >= most or (families[name] >= PER_FAMILY and not promoted):
            continue
        leads = promoted or (len(by_section["top"]) < room and _may_lead(telling))
        section = "top" if leads else _section(telling)
        if len(by_section[section]) >= ROOM.get(section, MOST_STORIES):
            section = "elsewhere"
        if len(by_section[section]) < ROOM.get(section, MOST_STORIES):
            by_section[section].append(telling)
            families[name] += 1
            chosen.add(telling.story.id)
    return by_section, frozenset(chosen)


def _top_room(news: Sequence[Telling]) -> int:
    """A third of a thin week leads it; a full one has five top stories."""
    return max(1, min(TOP_STORIES, (min(len(news), MOST_STORIES) + 2) // 3))


def _section(telling: Telling) -> str:
    verdict = _verdict(telling)
    kind = verdict.kind if verdict else "article"
    if kind == "notice":
        return "corrections"
    if kind == "regulatory" or (kind in {"article", "release"} and _of_products(verdict)):
        return "regulation"
    if kind in {"video", "podcast"}:
        return "media"
    occasion = kind not in STUDIES and _OCCASION.search(lead_of(telling).title)
    if verdict and not occasion and any(theme.startswith(_EQUITY) for theme in verdict.themes):
        return "equity"
    return "evidence" if kind in STUDIES else "elsewhere"


def _of_products(verdict: Verdict | None) -> bool:
    """Whether a report says that a product was cleared: stated with its words, not merely a theme."""
    labels = verdict.labels if verdict else ()
    return any(label.name == "regulator" and label.value.startswith(_PRODUCT) for label in labels)


def _may_lead(telling: Telling) -> bool:
    verdict = _verdict(telling)
    if verdict is None or verdict.kind in {"notice", "video", "podcast"} or aside(lead_of(telling).title):
        return False
    return lead_of(telling).provider.tier == "primary" or origins(telling) >= TOP_NEEDS_ORIGINS


def _order(telling: Telling) -> tuple[int, float, str]:
    return -telling.ranking.heat.total, -lead_of(telling).published.timestamp(), telling.story.id


def _verdict(telling: Telling) -> Verdict | None:
    return telling.verdicts.get(lead_of(telling).id)


def _pick(telling: Telling, desk: Desk, shown: str = "") -> Pick:
    return pick(telling, shown, desk.edited.get(telling.story.id, UNTOUCHED))
