"""The `dermai` block of a story file: what we know that the seed schema has no key for.

Which works tell the story and who carries them, why it is here, how it was scored, and
what was repaired on the way in. No time of day and no version stands in it: it changes
only when the story does (W-02, decision 9). `written` is added by `merge`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Item, Repair, Score, Telling, Work
from .frontmatter import Value

MAX_AUTHORS = 25
PAPERS = frozenset({"paper", "preprint"})
_CONTEXT = 20  # characters shown around a repair in a long text
_LONG = 80  # characters; longer texts are shown where they differ only
_MOST = 160  # characters of one side of a repair


def lead_work(telling: Telling) -> Work:
    """The work whose canonical item speaks for the story."""
    return next(work for work in telling.story.works if work.id == telling.story.lead)


def block(telling: Telling, path: str) -> dict[str, Value]:
    """The `dermai` block of `telling`, whose file was minted at `path`; empty values are left out."""
    lead = lead_work(telling)
    item = telling.items[lead.canonical]
    verdict = telling.verdicts.get(item.id)
    kind = verdict.kind if verdict else item.type
    paper = kind in PAPERS
    found: dict[str, Value] = {
        "id": telling.story.id,
        "path": path,
        "kind": kind,
        "verdict": verdict.decision if verdict else "review",
        "because": verdict.because if verdict else "",
        "date_basis": item.basis if item.basis != "entry" else "",
        "date_precision": item.precision if item.precision != "second" else "",
        "conditions": verdict.conditions if verdict else (),
        "themes": verdict.themes if verdict else (),
        "section": item.section,
        "identifiers": _identifiers(telling, lead),
        "journal": item.publication.journal if paper and item.publication else "",
        "authors": item.authors[:MAX_AUTHORS] if paper else (),
        "works": tuple(_work(telling, work) for work in _works(telling)),
        "origins": count_origins(telling),
        "carriers": len(telling.items),
        "scores": _scores(telling),
        "repairs": _repairs(telling, item),
        "listed": _listed(telling),
        "see_also": tuple(id_ for id_, _ in sorted(telling.story.see_also, key=lambda pair: (-pair[1], pair[0]))),
        "aliases": tuple(sorted(telling.story.aliases)),
    }
    return {key: value for key, value in found.items() if value not in ("", (), {})}


def _works(telling: Telling) -> list[Work]:
    return sorted(telling.story.works, key=lambda work: (work.id != telling.story.lead, work.id))


def _work(telling: Telling, work: Work) -> dict[str, Value]:
    others = sorted(id_ for id_ in work.items if id_ != work.canonical)
    carriers = tuple(_carrier(telling.items[id_]) for id_ in (work.canonical, *others))
    return {"id": work.id, "role": work.role, "canonical": work.canonical, "carriers": carriers}


def _carrier(item: Item) -> dict[str, Value]:
    found = {"item": item.id, "url": item.url, "provider": item.provider.domain, "source": item.source_id}
    return {key: value for key, value in found.items() if value}


def _identifiers(telling: Telling, lead: Work) -> dict[str, Value]:
    """One value for each scheme; the canonical item's word goes before its carriers'."""
    found: dict[str, Value] = {}
    for id_ in (lead.canonical, *sorted(lead.items)):
        for identifier in telling.items[id_].identifiers:
            found.setdefault(identifier.scheme, identifier.value)
    return dict(sorted(found.items()))


def count_origins(telling: Telling) -> int:
    """How many tell the story by themselves: a release on five sites is one origin."""
    canonicals = ((work.id, telling.items[work.canonical].provider) for work in telling.story.works)
    return len({provider.family or provider.domain or id_ for id_, provider in canonicals})


def _scores(telling: Telling) -> dict[str, Value]:
    ranking = telling.ranking
    named = (("quality", ranking.quality), ("heat", ranking.heat), ("trust", ranking.trust))
    return {name: _terms(score) for name, score in named}


def _terms(score: Score) -> dict[str, Value]:
    return {"total": score.total, **dict(score.terms)}


def _listed(telling: Telling) -> tuple[Value, ...]:
    """Each entry of an imported `related` list with our judgement: it is shown, whatever it is."""
    found: list[Value] = []
    for item, verdict, where in telling.listed:
        here = where == telling.story.id
        entry: dict[str, Value] = {"item": item.id, "url": item.original_url or item.url, "on_story": here}
        if where and not here:
            entry["story"] = where
        found.append({**entry, "verdict": verdict.decision, "because": verdict.because})
    return tuple(found)


def _repairs(telling: Telling, lead: Item) -> tuple[Value, ...]:
    own: list[Value] = [_repair(repair) for repair in lead.repairs]
    for item, _, _ in telling.listed:
        own += [{"item": item.id, **_repair(repair)} for repair in item.repairs]
    return tuple(own)


def _repair(repair: Repair) -> dict[str, Value]:
    was, now = _difference(repair.was, repair.now)
    return {"field": repair.field, "was": was, "now": now, "rule": repair.rule}


def _difference(was: str, now: str) -> tuple[str, str]:
    """Both texts where they differ: a page must not hold a whole abstract twice (decision 3)."""
    if max(len(was), len(now)) <= _LONG:
        return was, now
    start = _common(zip(was, now, strict=False))
    end = min(_common(zip(reversed(was), reversed(now), strict=False)), min(len(was), len(now)) - start)
    return _window(was, start, len(was) - end), _window(now, start, len(now) - end)


def _common(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for a, b in pairs:
        if a != b:
            break
        count += 1
    return count


def _window(text: str, start: int, end: int) -> str:
    low, high = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT, max(0, start - _CONTEXT) + _MOST)
    return ("…" if low else "") + text[low:high] + ("…" if high < len(text) else "")
