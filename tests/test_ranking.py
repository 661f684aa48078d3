"""Quality, heat and trust."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from dermai_feed.model import Identifier, Image, Item, Label, Provider, Story, Verdict, Work
from dermai_feed.ranking import PER_ORIGIN, origins, rank

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def item(id_: str, domain: str = "a.example", family: str = "", **words: object) -> Item:
    """An item of `domain`, changed by `words`."""
    provider = Provider(name=domain, domain=domain, family=family, tier="news")
    return replace(
        Item(id=id_, source_id="s", key=id_, title="T", published=NOW, first_seen=NOW, provider=provider), **words
    )


def story(*works: Work) -> Story:
    """A story led by the first of `works`."""
    return Story(id="st", lead=works[0].id, works=works)


def verdict(id_: str, **words: object) -> Verdict:
    """An accepting verdict on `id_`, changed by `words`."""
    return replace(Verdict(item_id=id_, decision="accept", score=0.9), **words)


def test_copies_are_carriers_and_not_origins() -> None:
    """One release on five reprint sites is one origin with six carriers."""
    items = {f"i{n}": item(f"i{n}", f"site{n}.example") for n in range(6)}
    assert origins(story(Work(id="w", canonical="i0", items=tuple(items))), items) == 1


def test_two_sites_of_one_family_are_one_origin() -> None:
    """Publishers that share their texts do not confirm one another."""
    items = {
        "a": item("a", "phys.example", "science"),
        "b": item("b", "med.example", "science"),
        "c": item("c", "x.org"),
    }
    works = [Work(id=f"w{id_}", canonical=id_, items=(id_,)) for id_ in items]
    assert origins(story(*works), items) == 2


def test_heat_is_quality_and_ten_for_each_further_origin() -> None:
    """Decision 9: free of time."""
    items = {"a": item("a", "a.example"), "b": item("b", "b.example"), "c": item("c", "c.example")}
    works = [Work(id=f"w{id_}", canonical=id_, items=(id_,)) for id_ in items]
    ranking = rank(story(*works), items, {id_: verdict(id_) for id_ in items})
    assert ranking.heat.total == ranking.quality.total + 2 * PER_ORIGIN


def test_every_total_is_the_sum_of_its_terms() -> None:
    """A number that cannot be taken apart is not shown to an editor."""
    items = {"a": item("a", identifiers=(Identifier(scheme="doi", value="10.5555/1"),), excerpt="x" * 100)}
    ranking = rank(story(Work(id="w", canonical="a", items=("a",))), items, {"a": verdict("a", kind="paper")})
    for score in (ranking.quality, ranking.heat, ranking.trust):
        assert score.total == sum(points for _, points in score.terms)
        assert score.terms


def test_a_picture_changes_nothing() -> None:
    """What a publisher's layout shows says nothing about the work."""
    work = Work(id="w", canonical="a", items=("a",))
    plain, pictured = item("a"), item("a", images=(Image(url="https://a.example/x.png", width=10, height=10),))
    assert rank(story(work), {"a": plain}, {}) == rank(story(work), {"a": pictured}, {})


def test_a_peer_reviewed_paper_of_a_journal_beats_its_reprint() -> None:
    """Kind, publisher, identifier and stated evidence each count."""
    journal = Provider(name="J", domain="j.example", tier="primary")
    paper = item("a", provider=journal, identifiers=(Identifier(scheme="doi", value="10.5555/1"),))
    said = verdict("a", kind="paper", labels=(Label(name="n", value="120", span="120 patients"),))
    work = Work(id="w", canonical="a", items=("a",))
    good = rank(story(work), {"a": paper}, {"a": said})
    poor = rank(story(work), {"a": item("a")}, {"a": verdict("a", kind="release")})
    assert good.quality.total > poor.quality.total
    assert good.trust.total > poor.trust.total
    assert good.quality.total <= 100
