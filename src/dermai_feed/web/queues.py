"""What the pages show, read from the store: held stories, unsure pairs, clashes, the week, one story."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import matching
from ..codec import encode
from ..model import Edge, Item, Story, Verdict
from ..normalize.text import cut
from ..pipeline import conflicts as clashing
from ..pipeline import status as standing
from ..pipeline.decide import Entry, history
from ..pipeline.issues import read_issue
from ..pipeline.parts import Parts
from ..pipeline.proposals import FIELD as OFFER
from ..pipeline.publish import tell
from ..pipeline.why import Explanation, why
from ..publish import files
from ..publish.windows import week_before, week_named, week_of
from ..verbs import active, founding_item

PAGE = 50  # rows of a page
UNSURE = (0.5, 0.99)  # probabilities between which a person knows better, as in an import's preview
EXCERPT = 400  # characters of a text that a row shows
NAMED = 5  # stories that the log names of a decision
PAIRS = 2_000  # unsure pairs that are looked through at most


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A story, or an item that no story holds: what a decision can be taken on."""

    id: str
    title: str
    excerpt: str
    url: str
    source: str
    day: str
    because: str
    score: float
    seen: str  # the version that is shown, see `version`
    carriers: int = 1
    note: str = ""
    quality: int = 0
    heat: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Rows of which the same may be said at once."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One page of a longer list."""

    rows: tuple[Row, ...] = ()
    groups: tuple[Group, ...] = ()
    page: int = 1
    pages: int = 1
    total: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two items of which the weights are not sure."""

    a: Row
    b: Row
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail:
    """One story: what it is, where it comes from, what was said of it."""

    row: Row
    works: tuple[tuple[str, bool, tuple[tuple[Item, bool], ...]], ...]  # role, leads, items with canonical
    told: Explanation
    entries: tuple[Entry, ...]


def page_of(rows: Sequence[str], number: int) -> tuple[Sequence[str], int, int]:
    """The slice for page `number`, the page that was meant, and how many there are."""
    pages = max(1, -(-len(rows) // PAGE))
    number = min(max(1, number), pages)
    return rows[(number - 1) * PAGE : number * PAGE], number, pages


def held(parts: Parts, number: int = 1) -> Listing:
    """Stories and items that wait for an editor, the most relevant first, in groups by how near they came."""
    found = standing.held(parts)
    homes = parts.store.stories.of_items([item.id for item, _ in found])
    accepted = _told_already(parts, set(homes.values()))
    scores: dict[str, float] = {}
    for item, verdict in found:
        home = homes.get(item.id, item.id)
        if home not in accepted:
            scores.setdefault(home, verdict.score)
    for id_ in parts.store.stories.oversized():
        scores.setdefault(id_, 0.0)
    ids, number, pages = page_of(list(scores), number)
    rows = rows_of(parts, ids)
    rules = parts.config.triage
    near = (rules.accept + rules.review) / 2
    bands = (
        (f"Nearly accepted: {near:.2f} or more of the {rules.accept:.2f} that is enough", near, 2.0),
        (f"Unclear: from {rules.review:.2f}", rules.review, near),
        ("Held for another reason than its words", -1.0, rules.review),
    )
    groups = [
        Group(title=title, rows=tuple(row for row in rows if low <= row.score < high)) for title, low, high in bands
    ]
    return Listing(rows=rows, groups=tuple(g for g in groups if g.rows), page=number, pages=pages, total=len(scores))


def _told_already(parts: Parts, ids: set[str]) -> set[str]:
    """Those stories of which an item is accepted: what is held of them is told with it."""
    stories = parts.store.stories.stories(ids)
    several = [s for s in stories.values() if sum(len(work.items) for work in s.works) > 1]
    verdicts = parts.store.items.verdicts({i for s in several for work in s.works for i in work.items})
    return {
        s.id for s in several
        if any(i in verdicts and verdicts[i].decision == "accept" for work in s.works for i in work.items)
    }  # fmt: skip


def pairs(parts: Parts, number: int = 1) -> tuple[tuple[Pair, ...], Listing]:
    """Pairs that the weights leave open and no editor has spoken of, the least sure first."""
    spoken = {(c.a, c.b) for c in parts.store.decisions.constraints()}
    edges = [e for e in parts.store.matching.uncertain(*UNSURE, most=PAIRS) if (e.a, e.b) not in spoken]
    verdicts = parts.store.items.verdicts({id_ for e in edges for id_ in (e.a, e.b)})
    out = {id_ for id_, verdict in verdicts.items() if verdict.decision == "reject"}
    by_key = {f"{e.a} {e.b}": e for e in edges if e.a not in out and e.b not in out}
    keys, number, pages = page_of(list(by_key), number)
    chosen: list[Edge] = [by_key[key] for key in keys]
    items = parts.store.items.items_of({id_ for e in chosen for id_ in (e.a, e.b)})
    seen = _Versions(parts)
    rows = {i.id: _row(i, verdicts.get(i.id), i.id, seen(i.id, None, (i.id,))) for i in items.values()}
    found = tuple(Pair(a=rows[e.a], b=rows[e.b], lines=matching.explain(e)) for e in chosen)
    return found, Listing(page=number, pages=pages, total=len(by_key))


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A clash and the version of it that is shown."""

    conflict: clashing.Conflict
    seen: str

    @property
    def offer(self) -> bool:
        """Whether it is a better source that is offered, rather than two values of a field."""
        return self.conflict.clash.field == OFFER


def clashes(parts: Parts) -> tuple[Choice, ...]:
    """Fields that an editor and the machine both changed, and better sources that are offered."""
    return tuple(Choice(conflict=one, seen=_hash(encode(one.clash))) for one in clashing.conflicts(parts))


@dataclass(frozen=True, kw_only=True, slots=True)
class Weeks:
    """The week that is shown, by name, and its neighbours; none comes after the week that it is."""

    name: str
    before: str
    after: str


def candidates(parts: Parts, now: datetime, number: int = 1, named: str = "") -> tuple[Weeks, Listing]:
    """The week called `named`, else the one at `now`, and what may stand in its digest.

    What is chosen comes first, then by heat and quality. Raises: ValueError for a week that is none.
    """
    zone = parts.config.digest.zone
    current = week_of(now, zone)
    week = week_named(named, zone) if named else current
    if named not in {"", week.name} or week.since > current.since:
        raise ValueError(named)
    after = week_of(week.until, zone).name if week.since < current.since else ""
    weeks = Weeks(name=week.name, before=week_before(week).name, after=after)
    try:
        issue = read_issue(parts, week.name)
    except ValueError:
        issue = None  # a digest that cannot be read is for `run` to name
    chosen = [pick.story for pick in issue.picks] if issue else []
    fresh = parts.store.items.seen_between(week.since, week.until)
    homes = set(parts.store.stories.of_items([item.id for item in fresh]).values())
    every = tell(parts, parts.store.stories.stories(homes | set(chosen)).values())
    shown = {t.story.id: t for t in every if not t.held and not t.rejected}
    place = {id_: n for n, id_ in enumerate(chosen)}
    order = sorted(
        shown, key=lambda id_: (place.get(id_, len(place)), -shown[id_].ranking.heat.total,
                                -shown[id_].ranking.quality.total, id_),
    )  # fmt: skip
    ids, number, pages = page_of(order, number)
    words: dict[str, str] = {}
    for decision in parts.store.decisions.active():
        if decision.verb in {"promote", "drop"}:
            words |= {founding_item(t): f"{decision.verb} by {decision.who}" for t in decision.target}
    notes = {
        id_: ", ".join(
            filter(None, ["in the digest" if id_ in place else "", words.get(founding_item(id_), "")])
        )
        for id_ in ids
    }  # fmt: skip
    return weeks, Listing(rows=rows_of(parts, ids, notes), page=number, pages=pages, total=len(order))


def detail(parts: Parts, id_: str) -> Detail | None:
    """The story called `id_`, or the item where no story holds it; None when there is neither."""
    target = known(parts, id_)
    if target is None:
        return None
    (row,) = rows_of(parts, [target])
    story = parts.store.stories.story(target)
    works = []
    if story is not None:
        items = parts.store.items.items_of({i for work in story.works for i in work.items})
        for work in story.works:
            members = tuple((items[i], i == work.canonical) for i in work.items if i in items)
            works.append((work.role, work.id == story.lead, members))
    entries = tuple(reversed(history(parts, target=target)))
    return Detail(row=row, works=tuple(works), told=why(parts, target), entries=entries)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A decision as the log's page shows it: what it is about, by title, and what an undo takes back."""

    entry: Entry
    about: tuple[tuple[str, str], ...]  # id, title
    more: int  # what it is about beyond those
    undoes: str = ""  # the verb


def told(parts: Parts, entries: Sequence[Entry], every: Mapping[str, Entry]) -> tuple[Line, ...]:
    """Lines for `entries`; `every` is the whole log by decision id."""
    about: dict[str, tuple[tuple[str, ...], str]] = {}
    for entry in entries:
        decision, verbs = entry.decision, []
        while decision.verb == "undo" and (of := every.get(decision.target[0] if decision.target else "")):
            decision = of.decision
            verbs.append(decision.verb)
        about[entry.decision.id] = (() if decision.verb == "undo" else decision.target, " of ".join(verbs))
    titles = _titles(parts, {id_ for ids, _ in about.values() for id_ in ids[:NAMED]})
    return tuple(
        Line(
            entry=entry, about=tuple((id_, titles.get(id_) or id_) for id_ in about[entry.decision.id][0][:NAMED]),
            more=max(0, len(about[entry.decision.id][0]) - NAMED), undoes=about[entry.decision.id][1],
        )
        for entry in entries
    )  # fmt: skip


def _titles(parts: Parts, ids: Collection[str]) -> dict[str, str]:
    """The titles of stories and items; of what was a story once, that of its founding item."""
    stories = parts.store.stories.stories(ids)
    leads = {s.id: work.canonical for s in stories.values() for work in s.works if work.id == s.lead}
    wanted = {id_: leads.get(id_) or founding_item(id_) for id_ in ids}
    items = parts.store.items.items_of(set(wanted.values()))
    return {id_: items[item].title for id_, item in wanted.items() if item in items}


def known(parts: Parts, id_: str) -> str | None:
    """The story or lone item that `id_` is the whole id of; nothing else is looked up (U-11, U-12)."""
    story = parts.store.stories.story(id_) if id_.isprintable() else None
    if story is not None:
        return story.id
    if not id_.isprintable() or id_ not in parts.store.items.items_of([id_]):
        return None
    return parts.store.stories.of_items([id_]).get(id_, id_)


def version(parts: Parts, target: str) -> str:
    """What an editor sees of `target` now, in 16 characters: its text on the disk, its members, what was decided."""
    rows = rows_of(parts, [target])
    return rows[0].seen if rows else ""


def version_of_item(parts: Parts, item_id: str) -> str:
    """What is shown of one of a pair: the item, and what was decided about it."""
    return _Versions(parts)(item_id, None, (item_id,))


def rows_of(parts: Parts, ids: Iterable[str], notes: dict[str, str] | None = None) -> tuple[Row, ...]:
    """Rows for story ids and for ids of items that no story holds, in this order; unknown ids are left out."""
    ids = list(ids)
    stories = parts.store.stories.stories(ids)
    tellings = {t.story.id: t for t in tell(parts, stories.values())}
    lone = parts.store.items.items_of([id_ for id_ in ids if id_ not in stories])
    verdicts = parts.store.items.verdicts(lone.keys())
    seen, big = _Versions(parts), set(parts.store.stories.oversized())
    rows = []
    for id_ in ids:
        note = (notes or {}).get(id_, "")
        if telling := tellings.get(id_):
            lead = next(work for work in telling.story.works if work.id == telling.story.lead)
            best = max(telling.verdicts.values(), key=lambda v: (v.score, v.item_id), default=None)
            note = ", ".join(filter(None, [note, "too large a group" if id_ in big else ""]))
            rows.append(
                _row(
                    telling.items[lead.canonical], best, id_,
                    seen(id_, telling.story, tuple(telling.items)), note=note,
                    carriers=len(telling.items), quality=telling.ranking.quality.total,
                    heat=telling.ranking.heat.total,
                )
            )  # fmt: skip
        elif item := lone.get(id_):
            rows.append(_row(item, verdicts.get(id_), id_, seen(id_, None, (id_,)), note=note))
    return tuple(rows)


def _row(
    item: Item, verdict: Verdict | None, id_: str, seen: str, *, note: str = "", carriers: int = 1, quality: int = 0,
    heat: int = 0,
) -> Row:  # fmt: skip
    return Row(
        id=id_, title=item.title, excerpt=cut(item.excerpt, EXCERPT), url=item.url, source=item.provider.name,
        day=f"{item.published:%Y-%m-%d}", because=verdict.because if verdict else "not judged yet",
        score=verdict.score if verdict else 0.0, seen=seen, note=note, carriers=carriers, quality=quality, heat=heat,
    )  # fmt: skip


class _Versions:
    """Versions of many targets, with the log read once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._said: dict[str, list[str]] = {}
        for decision in active(parts.store.decisions.all()):
            for target in decision.target:
                self._said.setdefault(founding_item(target), []).append(decision.id)
        self._paths = {row.story_id: row.path for row in parts.store.stories.documents()}

    def __call__(self, id_: str, story: Story | None, members: tuple[str, ...]) -> str:
        path = self._paths.get(id_)
        text = files.read(self._parts.corpus, path) if path else None
        said = sorted({d for member in (founding_item(id_), *members) for d in self._said.get(member, ())})
        shown = [files.sha256_of(text) if text is not None else "", sorted(members), said, story is not None]
        return _hash(json.dumps(shown))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
