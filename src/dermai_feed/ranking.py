"""Quality, heat and trust of a story: three separate sums whose terms are kept.

The seeds' publisher added a source tier, 20 for having a picture and bonuses for topics
(FIELD §4, measured on 9,392 revisions). Ours keeps the idea of a sum and drops the
picture: what a publisher's layout shows says nothing about the work. Only an editor's low
mark is a term below 0; every total is from 0 to 100 (heat may exceed it), and none depends on
the time of day: an unchanged story keeps its numbers for ever (decision 9). docs/ranking.md
has the formulas.
"""

from __future__ import annotations

from collections.abc import Mapping

from .model import Item, Ranking, Rating, Score, Story, Verdict

# Points by who published it: journals and regulators first, unknown hosts last.
TIER = {"primary": 40, "institution": 32, "trade": 26, "news": 22, "aggregator": 8, "unknown": 14}
# A work that passed peer review or a regulator says more than one that announces itself.
KIND = {"paper": 20, "regulatory": 20, "trial": 15, "preprint": 12, "release": 8, "notice": 8}
OTHER_KIND = 10
PER_MARK = 5  # points of quality for each mark of relevance above or below the middle of the scale
PER_NEWS = 10  # points of heat for each mark of newsworthiness; as much as a further origin
MIDDLE = 4  # of 1…7
PER_ORIGIN = 10  # the publisher's own bonus per further mate, counted here by origin and not by copy


def origins(story: Story, items: Mapping[str, Item]) -> int:
    """How many independent origins tell the story: one per work and provider family.

    A release reprinted on five sites is one work, so one origin with six carriers; two works
    of one family (phys.org and medicalxpress.com) are one origin as well.
    """
    families = set()
    for work in story.works:
        provider = items[work.canonical].provider
        families.add(provider.family or provider.domain or work.id)
    return len(families)


def rank(
    story: Story, items: Mapping[str, Item], verdicts: Mapping[str, Verdict], rating: Rating | None = None
) -> Ranking:
    """The three sums of `story`; `items` and `verdicts` map item ids and hold every member.

    `rating`: what editors marked it with.
    """
    lead = next(work for work in story.works if work.id == story.lead)
    item, verdict = items[lead.canonical], verdicts.get(lead.canonical)
    own = quality(item, verdict, rating)
    further = origins(story, items) - 1
    news = _mark(rating.newsworthiness if rating else None, PER_NEWS)
    terms = [("quality", own.total), ("further origins", PER_ORIGIN * further), ("rated newsworthy", news)]
    return Ranking(quality=own, heat=_score(terms, most=1000), trust=_trust(story, items, further))


def _mark(mark: float | None, points: int) -> int:
    return 0 if mark is None else round((mark - MIDDLE) * points)


def quality(item: Item, verdict: Verdict | None, rating: Rating | None = None) -> Score:
    """How good one work is, by its canonical item, the verdict on it, and how editors rated its story."""
    kind = verdict.kind if verdict else "article"
    stated = sum(1 for label in verdict.labels if label.span) if verdict else 0
    return _score(
        [
            ("publisher", TIER[item.provider.tier]),
            ("kind", KIND.get(kind, OTHER_KIND)),
            ("on topic", round(20 * verdict.score) if verdict else 0),
            ("identifiers", 8 if item.identifiers else 0),
            ("evidence stated", min(8, 2 * stated)),
            ("has a text", 4 if len(item.excerpt) >= 80 else 0),
            ("rated relevant", _mark(rating.relevance if rating else None, PER_MARK)),
        ]
    )


def _trust(story: Story, items: Mapping[str, Item], further: int) -> Score:
    members = [items[id_] for work in story.works for id_ in work.items]
    best = max(TIER[item.provider.tier] for item in members)
    return _score(
        [
            ("best publisher", best),
            ("registered identifier", 25 if any(item.identifiers for item in members) else 0),
            ("further origins", min(25, PER_ORIGIN * further)),
            ("dated by its source", 10 if any(item.basis != "first_seen" for item in members) else 0),
        ]
    )


def _score(terms: list[tuple[str, int]], most: int = 100) -> Score:
    kept = tuple(term for term in terms if term[1])
    return Score(total=max(0, min(most, sum(points for _, points in kept))), terms=kept)
