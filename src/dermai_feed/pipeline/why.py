"""Why: the whole path of an item or a story, and the comparison of two items.

Everything is read from the store as it was decided: verdicts keep their reasons and the
hash of the rules they were made by, so that a rule deleted since does not erase the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .. import matching
from ..errors import UsageError
from ..model import Edge, Item, Score, Story, Verdict
from ..publish import select
from .parts import Parts
from .publish import tell
from .resolve import resolve


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapter:
    """One stage's answer: a heading and its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """The path of one thing through the program."""

    id: str
    title: str
    chapters: tuple[Chapter, ...]


def why(parts: Parts, id_: str) -> Explanation:
    """The path of the item or story called `id_`: an id or its beginning, a file, an address, a DOI.

    Raises: errors.UsageError when nothing, or more than one thing, answers to it.
    """
    found = parts.store.items.find(id_)
    if len(found) == 1:
        return _item(parts, found[0])
    story = parts.store.stories.story(id_)
    if story is not None:
        return _story(parts, story)
    if found:
        ids = ", ".join(item.id for item in found[:5])
        raise UsageError(f"{id_}: {len(found)} items begin so ({ids}, …); give more of the id")
    named = resolve(parts, id_)
    return _story(parts, named.story) if named.as_story and named.story else _item(parts, named.items[0])


def why_pair(parts: Parts, a: str, b: str) -> Explanation:
    """How the items called `a` and `b` compare, by the weights of today."""
    left, right = _one(parts, a), _one(parts, b)
    edge = matching.compare(left, right, parts.config.matching)
    common = matching.keys(left, parts.config.matching) & matching.keys(right, parts.config.matching)
    stored = [e for e in parts.store.matching.edges_of([left.id]) if right.id in {e.a, e.b}]
    words = [c for c in parts.store.decisions.constraints() if {c.a, c.b} == {left.id, right.id}]
    chapters = [
        Chapter(title="the two", lines=(f"{left.id}  {left.title}", f"{right.id}  {right.title}")),
        Chapter(title="blocking", lines=_blocking(common)),
        Chapter(title="comparison", lines=matching.explain(edge)),
    ]
    if stored and stored[0].snapshot != edge.snapshot:
        chapters.append(
            Chapter(title=f"as decided with weights {stored[0].snapshot}", lines=matching.explain(stored[0]))
        )
    if words:
        lines = tuple(f"an editor said: {c.verb} (decision {c.decision})" for c in words)
        chapters.append(Chapter(title="decisions", lines=lines))
    return Explanation(id=f"{left.id} {right.id}", title="two items compared", chapters=tuple(chapters))


def _blocking(common: Iterable[str]) -> tuple[str, ...]:
    keys = sorted(common)
    if not keys:
        return ("never compared: no key in common",)
    return tuple(f"share {key}" for key in keys[:8]) + ((f"and {len(keys) - 8} more",) if len(keys) > 8 else ())


def _one(parts: Parts, id_: str) -> Item:
    found = parts.store.items.find(id_)
    if len(found) > 1:
        raise UsageError(f"{id_}: {len(found)} items of this id; give one item's id")
    return found[0] if found else resolve(parts, id_).items[0]


def _item(parts: Parts, item: Item) -> Explanation:
    verdict = parts.store.items.verdicts([item.id]).get(item.id)
    chapters = [
        Chapter(title="collected", lines=_collected(item)),
        Chapter(title="normalised", lines=_normalised(item)),
        *_page(parts, item),
        Chapter(title="triage", lines=_triage(verdict)),
        Chapter(title="matching", lines=_matching(parts, item)),
    ]
    story = parts.store.stories.of_items([item.id]).get(item.id)
    if story is not None and (told := parts.store.stories.story(story)) is not None:
        chapters.extend(_story_chapters(parts, told))
    return Explanation(id=item.id, title=item.title, chapters=tuple(chapters))


def _collected(item: Item) -> tuple[str, ...]:
    lines = [
        f"source {item.source_id}, known by {item.key}",
        f"first seen {item.first_seen:%Y-%m-%dT%H:%M:%SZ}" + (", from the archive" if item.backfill else ""),
    ]
    lines += [f"also known by {alias}" for alias in item.aliases if alias != item.key]
    if item.listed_by:
        lines.append(f"listed as related by {item.listed_by}")
    return tuple(lines)


def _normalised(item: Item) -> tuple[str, ...]:
    lines = [f"address {item.url or 'none'}"]
    if item.original_url and item.original_url != item.url:
        lines.append(f"received as {item.original_url}")
    lines.append(f"dated {select.dated(item)}, from {item.basis}")
    lines.append(f"provider {item.provider.name} ({item.provider.domain}, {item.provider.tier})")
    if item.identifiers:
        lines.append("identifiers " + ", ".join(map(str, item.identifiers)))
    lines += [f"repaired {r.field} by {r.rule}: {r.was!r} is now {r.now!r}" for r in item.repairs]
    if item.flags:
        lines.append("flags " + ", ".join(item.flags))
    return tuple(lines)


def _page(parts: Parts, item: Item) -> list[Chapter]:
    """What came from the item's page, or why nothing did; no chapter for what was never to be read."""
    tried = parts.store.pages.tried(item.id)
    if (page := item.page) is None:
        if tried is None:
            return []
        told = {"forbidden": "not read", "failed": "could not be read", "trying": f"tried {tried.tries} times"}
        return [Chapter(title="page", lines=(f"{told.get(tried.outcome, tried.outcome)}: {tried.why}",))]
    lines = [f"read {page.url} at {page.at:%Y-%m-%dT%H:%M:%SZ}"]
    lines.append("took from it: " + (", ".join(page.took) or "nothing"))
    if page.canonical and page.canonical != item.url:
        lines.append(f"calls its address {page.canonical}")
    lines += [f"is the page of {identifier}" for identifier in page.identifiers]
    lines += [f"links to {address}" for address in page.links]
    return [Chapter(title="page", lines=tuple(lines))]


def _triage(verdict: Verdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ("not judged yet",)
    lines = [f"{verdict.decision}, score {verdict.score:.2f}, rules {verdict.rules}: {verdict.because}"]
    lines += [f"{r.weight:+.2f}  {r.group}: {r.term!r} in the {r.field}" for r in verdict.reasons]
    lines.append(f"kind {verdict.kind}")
    for name, values in (("topics", verdict.topics), ("conditions", verdict.conditions), ("themes", verdict.themes)):
        if values:
            lines.append(f"{name} " + ", ".join(values))
    lines += [f"{label.name}: {label.value}" + (f" “{label.span}”" if label.span else "") for label in verdict.labels]
    return tuple(lines)


def _matching(parts: Parts, item: Item) -> tuple[str, ...]:
    edges = sorted(parts.store.matching.edges_of([item.id]), key=lambda edge: (-edge.weight, edge.a, edge.b))
    if not edges:
        return ("nothing comes near it",)
    others = parts.store.items.items_of({id_ for edge in edges for id_ in (edge.a, edge.b)})
    lines: list[str] = []
    for edge in edges[:10]:
        other = others[edge.b if edge.a == item.id else edge.a]
        lines.append(f"{_relation(edge)} {other.id} ({edge.probability:.0%}, {edge.weight:+.1f} bits): {other.title}")
        lines += [f"    {line}" for line in matching.explain(edge)]
    return tuple(lines)


def _relation(edge: Edge) -> str:
    if edge.veto:
        return f"kept apart by {edge.veto} from"
    return {"work": "same work as", "story": "same story as", "related": "related to"}.get(edge.level or "", "not")


def _story(parts: Parts, story: Story) -> Explanation:
    title = tell(parts, [story])[0].items[story.works[0].canonical].title
    return Explanation(id=story.id, title=title, chapters=tuple(_story_chapters(parts, story)))


def _story_chapters(parts: Parts, story: Story) -> list[Chapter]:
    telling = tell(parts, [story])[0]
    members = []
    for work in story.works:
        mark = " (leads)" if work.id == story.lead else ""
        members.append(f"{work.role}{mark}, work {work.id}")
        for id_ in work.items:
            star = "*" if id_ == work.canonical else " "
            members.append(f"  {star} {id_}  {telling.items[id_].provider.name}: {telling.items[id_].title}")
    document = parts.store.stories.document(story.id)
    state = "held, no file" if telling.held else "waiting to be written"
    published = [f"file {document.path}" if document else state]
    if story.aliases:
        published.append("took in " + ", ".join(story.aliases))
    ranks = [
        _sum(name, score)
        for name, score in (
            ("quality", telling.ranking.quality), ("heat", telling.ranking.heat), ("trust", telling.ranking.trust)
        )
    ]  # fmt: skip
    return [
        Chapter(title=f"story {story.id}", lines=tuple(members)),
        Chapter(title="rank", lines=tuple(ranks)),
        Chapter(title="published", lines=tuple(published)),
    ]


def _sum(name: str, score: Score) -> str:
    return f"{name} {score.total} = " + (" + ".join(f"{points} {term}" for term, points in score.terms) or "0")
