"""Which item stands for a work, and what it is in its story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest

from dermai_feed.matching import better, canonical, founding, role_of
from dermai_feed.model import Item, Provider

Make = Callable[..., Item]


def at(item: Item, tier: str, domain: str = "") -> Item:
    """`item` at a provider of `tier`."""
    return replace(item, provider=Provider(name="x", domain=domain or item.provider.domain, tier=tier))  # type: ignore[arg-type]


def test_pin_then_seed_then_source_then_age_then_id(news: Make) -> None:
    """Each class beats all that follow, in any order of arrival."""
    pinned = at(news("T", id="z1", day=9), "unknown")
    seed = replace(at(news("T", id="z2", day=8), "aggregator"), imported=True)
    journal = at(news("T", id="z3", day=7), "primary")
    early = at(news("T", id="z4", day=0), "news")
    late = at(news("T", id="a5", day=1), "news")
    twin = replace(late, id="b6")
    order = [pinned, seed, journal, early, late, twin]
    for n in range(len(order)):
        rest = order[n:]
        for some in list(permutations(rest))[:24]:
            assert canonical(some, frozenset({"z1"})) == rest[0].id


def test_only_a_strictly_better_class_is_better(news: Make) -> None:
    """A journal beats news, a paper its preprint; an earlier one of the same class does not; none beats a seed."""
    lead = at(news("T", id="b", day=5), "news")
    early, journal = at(news("T", id="a", day=0), "news"), at(news("T", id="c", day=9), "primary")
    assert better([early, lead], lead) is None
    assert better([early, journal, lead], lead) == "c"
    assert better([journal], replace(lead, imported=True)) is None
    twin = replace(journal, id="d")
    assert better([twin], journal) is None
    assert better([twin], journal, {"c": "preprint", "d": "paper"}) == "d"


def test_what_a_seed_lists_is_not_pinned_by_it(news: Make) -> None:
    """Only the seed itself brings an implied pin, not the entries in its `related` list."""
    seed = replace(news("T", id="s", day=5), imported=True)
    listed = replace(news("T", id="a", day=0), imported=True, listed_by="s")
    assert canonical([listed, seed]) == "s"


def test_an_article_goes_before_its_picture_page(news: Make) -> None:
    """The page "(image)" of the same site is a carrier."""
    assert (
        canonical([news("A study (image)", id="a", site="w.example"), news("A study", id="b", day=1, site="w.example")])
        == "b"
    )


def test_the_founding_item_is_the_first_seen(news: Make) -> None:
    """The id sorts by age, and the item's id breaks a tie."""
    items = [news("T", id="b", day=1), news("T", id="a", day=1), news("T", id="c", day=2)]
    assert founding(items) == "20260303090000-a"


@pytest.mark.parametrize("function", [founding, canonical])
def test_nothing_has_no_founder(function: Callable[[list[Item]], str]) -> None:
    """An empty group is a mistake of the caller."""
    with pytest.raises(ValueError, match="empty"):
        function([])


@pytest.mark.parametrize(
    ("kind", "tier", "domain", "type_", "role"),
    [
        ("paper", "primary", "journal.example", "article", "paper"),
        ("preprint", "primary", "server.example", "article", "preprint"),
        ("trial", "primary", "registry.example", "article", "regulatory"),
        ("regulatory", "primary", "agency.example", "article", "regulatory"),
        ("notice", "primary", "journal.example", "article", "notice"),
        ("article", "unknown", "tube.example", "video", "video"),
        ("article", "unknown", "cast.example", "podcast", "podcast"),
        ("release", "news", "paper.example", "article", "release"),
        ("article", "institution", "uni.example", "article", "release"),
        ("article", "unknown", "eurekalert.org", "article", "release"),
        ("article", "news", "medicalxpress.com", "article", "republication"),
        ("article", "aggregator", "list.example", "article", "republication"),
        ("article", "news", "paper.example", "article", "coverage"),
    ],
)
def test_an_items_role_follows_from_its_kind_and_its_publisher(
    news: Make, kind: str, tier: str, domain: str, type_: str, role: str
) -> None:
    """Triage's kind decides, then the medium, then who publishes."""
    item = replace(at(news("T", id="a"), tier, domain), type=type_)
    assert role_of(item, kind) == role
