"""Which stories make an issue, and where each stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dermai_feed.model import Identifier, Item, Provider, Ranking, Score, Story, Telling, Verdict, Work
from dermai_feed.publish.issue import Coverage, Issue, Pick
from dermai_feed.publish.select import MOST_STORIES, choose, dated, sentences, week_of

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
WEEK = week_of(NOW, "UTC")


def telling(
    name: str,
    *,
    domain: str | None = None,
    heat: int = 50,
    kind: str = "article",
    tier: str = "news",
    origins: int = 1,
    first_seen: datetime = NOW,
    backfill: bool = False,
    held: bool = False,
    themes: tuple[str, ...] = (),
    **words: object,
) -> Telling:
    """A story called `name`, told by `origins` publishers."""
    items, works = {}, []
    for n in range(origins):
        host = domain or f"{name}{n}.example"
        items[f"{name}{n}"] = replace(
            Item(
                id=f"{name}{n}", source_id="s", key="k", title=f"Title {name}", url=f"https://{host}/{name}",
                published=NOW, first_seen=first_seen, backfill=backfill,
                provider=Provider(name=host, domain=host, tier=tier),
            ),
            **words,
        )  # fmt: skip
        works.append(Work(id=f"w{name}{n}", canonical=f"{name}{n}", items=(f"{name}{n}",)))
    score = Score(total=heat, terms=(("x", heat),))
    verdicts = {
        id_: Verdict(item_id=id_, decision="review" if held else "accept", score=0.9, kind=kind, themes=themes)
        for id_ in items
    }
    return Telling(
        story=Story(id=f"st-{name}", lead=works[0].id, works=tuple(works)), items=items, verdicts=verdicts,
        ranking=Ranking(quality=score, heat=score, trust=score), held=held,
    )  # fmt: skip


def issue_of(*tellings: Telling, earlier: tuple[Issue, ...] = (), number: int = 2) -> Issue:
    """The issue chosen from `tellings`."""
    return choose(tellings, earlier, week=WEEK, number=number, notes=(), coverage=Coverage(), config="c")


def sections(issue: Issue) -> dict[str, list[str]]:
    """Section key -> story ids."""
    return {section.key: [pick.story for pick in section.picks] for section in issue.sections}


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ({"kind": "paper"}, "evidence"),
        ({"kind": "preprint"}, "evidence"),
        ({"kind": "trial"}, "evidence"),
        ({"kind": "regulatory"}, "regulation"),
        ({"kind": "video"}, "media"),
        ({"kind": "podcast"}, "media"),
        ({"kind": "notice"}, "corrections"),
        ({"themes": ("bias and skin tone",)}, "equity"),
        ({}, "elsewhere"),
        ({"origins": 2}, "top"),
        ({"kind": "paper", "tier": "primary"}, "top"),
        ({"kind": "notice", "tier": "primary", "origins": 2}, "corrections"),
    ],
)
def test_each_story_stands_in_one_section_by_what_it_is(words: dict[str, object], section: str) -> None:
    """A journal or a second origin makes a top story; a notice is never one."""
    assert sections(issue_of(telling("a", **words))) == {section: ["st-a"]}


def test_at_most_twenty_stories_and_the_rest_is_counted() -> None:
    """Over one coffee."""
    issue = issue_of(*(telling(f"n{n:02}") for n in range(25)))
    assert len(issue.stories()) == MOST_STORIES
    assert issue.not_shown == 5


def test_at_most_two_stories_of_one_family_of_publishers() -> None:
    """A busy site does not fill the page; its best two stay."""
    issue = issue_of(*(telling(f"n{n}", domain="busy.example", heat=10 * n) for n in range(5)))
    assert issue.stories() == {"st-n4", "st-n3"}


def test_a_story_of_an_earlier_issue_is_not_told_again() -> None:
    """Updates are named, never repeats."""
    first = issue_of(telling("a"), telling("b"))
    assert issue_of(telling("a"), telling("c"), earlier=(first,)).stories() == {"st-c"}


def test_a_story_first_seen_outside_the_week_belongs_to_another_issue() -> None:
    """Decision 8: our own clock decides, half open at both ends."""
    before = telling("before", first_seen=WEEK.since - timedelta(seconds=1))
    start = telling("start", first_seen=WEEK.since)
    last = telling("last", first_seen=WEEK.until - timedelta(seconds=1))
    after = telling("after", first_seen=WEEK.until)
    assert issue_of(before, start, last, after).stories() == {"st-start", "st-last"}


def test_held_stories_are_not_told() -> None:
    """Fail closed (D-06)."""
    assert issue_of(telling("a", held=True)).stories() == frozenset()


def test_the_archive_is_listed_in_the_first_issue_and_counted_in_later_ones() -> None:
    """Decision 8: never a top story, never a flood."""
    old = telling("old", backfill=True, origins=3, heat=999)
    assert sections(issue_of(old, telling("new"), number=1)) == {"elsewhere": ["st-new"], "archive": ["st-old"]}
    later = issue_of(old, telling("new"), number=2)
    assert sections(later) == {"elsewhere": ["st-new"]}
    assert later.archive == 1


def test_d01_the_order_of_arrival_changes_nothing() -> None:
    """Heat decides, then date, then id."""
    several = [telling(f"n{n}", heat=50 + n % 3) for n in range(9)]
    assert issue_of(*several) == issue_of(*reversed(several))


@pytest.mark.parametrize(
    ("zone", "since", "hours"),
    [
        ("UTC", "2026-11-16T00:00:00+00:00", 168),
        ("Europe/Helsinki", "2026-11-15T22:00:00+00:00", 168),
        ("America/New_York", "2026-11-16T05:00:00+00:00", 168),
    ],
)
def test_d03_a_week_runs_from_monday_to_monday_in_the_editors_zone(zone: str, since: str, hours: int) -> None:
    """Local midnights, told in UTC."""
    week = week_of(NOW, zone)
    assert week.name == "2026-W47"
    assert week.since == datetime.fromisoformat(since)
    assert week.until - week.since == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("moment", "hours"),
    [("2026-03-25T12:00:00+00:00", 167), ("2026-10-21T12:00:00+00:00", 169)],
)
def test_d03_a_week_with_a_change_of_clocks_is_an_hour_shorter_or_longer(moment: str, hours: int) -> None:
    """Helsinki changes on the last Sundays of March and October."""
    week = week_of(datetime.fromisoformat(moment), "Europe/Helsinki")
    assert week.until - week.since == timedelta(hours=hours)


def test_iso_weeks_name_their_own_year() -> None:
    """1 January 2027 is in the last week of 2026."""
    assert week_of(datetime(2027, 1, 1, tzinfo=UTC), "UTC").name == "2026-W53"


@pytest.mark.parametrize(
    ("excerpt", "said"),
    [
        pytest.param("One. Two.", "One. Two.", id="whole sentences"),
        pytest.param("One. Two. Three. Four.", "One. Two. Three.", id="three at most"),
        pytest.param("It works. The model then ...", "It works.", id="a cut sentence is left out"),
        pytest.param("The model then ...", "The model then …", id="the only sentence stays, marked"),
        pytest.param(
            "Accuracy was 0.91 in 1,200 patients. Good.", "Accuracy was 0.91 in 1,200 patients. Good.", id="0.91"
        ),
        pytest.param("It explains how models work:", "It explains how models work", id="a colon that leads nowhere"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_sentences_are_whole(excerpt: str, said: str) -> None:
    """Never cut inside a word or a number."""
    assert sentences(excerpt) == said


def test_a_long_sentence_is_cut_between_words() -> None:
    """With an ellipsis, so that a reader knows."""
    text = sentences("word " * 200)
    assert text.endswith("word …")
    assert len(text) <= 422


@pytest.mark.parametrize(
    ("precision", "shown"), [("second", "2026-11-18"), ("day", "2026-11-18"), ("month", "2026-11"), ("year", "2026")]
)
def test_a_date_is_shown_as_precisely_as_it_is_known(precision: str, shown: str) -> None:
    """A year stays a year."""
    item = next(iter(telling("a", precision=precision).items.values()))
    assert dated(item) == shown


def test_a_pick_counts_origins_apart_from_copies_and_links_the_identifiers() -> None:
    """One origin with three carriers; the DOI is a link of its own."""
    base = telling("a", identifiers=(Identifier(scheme="doi", value="10.5555/1"),))
    lead = base.items["a0"]
    copies = {
        f"c{n}": replace(
            lead, id=f"c{n}", url=f"https://c{n}.example/", provider=Provider(name=f"C{n}", domain=f"c{n}.example")
        )
        for n in (1, 2)
    }
    work = Work(id="wa0", canonical="a0", items=("a0", "c1", "c2"))
    told = replace(base, items=base.items | copies, story=Story(id="st-a", lead="wa0", works=(work,)))
    pick: Pick = issue_of(told).sections[0].picks[0]
    assert (pick.origins, pick.carriers, pick.also) == (1, 3, ("C1", "C2"))
    assert [link.url for link in pick.links] == [
        "https://a0.example/a", "https://c1.example/", "https://c2.example/", "https://doi.org/10.5555/1",
    ]  # fmt: skip


def grown(earlier: Telling, role: str, *, kinds: dict[str, str], same_work: bool) -> Telling:
    """`earlier` (first seen the week before) after this week brought an item of `role`."""
    (old,) = earlier.items.values()
    new = replace(old, id="new", title="What is new", url="https://new.example/", first_seen=NOW)
    items = {old.id: replace(old, first_seen=NOW - timedelta(days=7)), "new": new}
    verdicts = {id_: replace(earlier.verdicts[old.id], item_id=id_, kind=kinds[id_]) for id_ in items}
    first = earlier.story.works[0]
    if same_work:
        works = (replace(first, items=(old.id, "new"), canonical="new", role=role),)
    else:
        works = (first, Work(id="wnew", canonical="new", items=("new",), role=role))
    return replace(earlier, items=items, verdicts=verdicts, story=replace(earlier.story, works=works))


def before(week_telling: Telling) -> Issue:
    """The issue of the week before, which told this story."""
    return replace(issue_of(week_telling), week="2026-W46")


def test_a_retraction_of_an_earlier_story_is_told_with_its_issue() -> None:
    """A named change is the only way back into the digest."""
    old = telling("a", kind="paper")
    now = grown(old, "notice", kinds={"a0": "paper", "new": "notice"}, same_work=False)
    issue = issue_of(now, earlier=(before(old),))
    (section,) = issue.sections
    assert section.key == "corrections"
    assert [(p.title, p.change, p.earlier) for p in section.picks] == [
        ("What is new", "correction or retraction", "2026-W46")
    ]


def test_a_preprint_that_became_a_paper_is_an_update() -> None:
    """Now peer reviewed; and it is said once, in the week in which it happened."""
    old = telling("a", kind="preprint")
    now = grown(old, "paper", kinds={"a0": "preprint", "new": "paper"}, same_work=True)
    first = issue_of(now, earlier=(before(old),))
    assert sections(first) == {"updates": ["st-a"]}
    assert first.sections[0].picks[0].change == "now peer reviewed"
    later = choose(
        [now], (before(old), first), week=week_of(NOW + timedelta(days=7), "UTC"), number=4, notes=(),
        coverage=Coverage(), config="c",
    )  # fmt: skip
    assert sections(later) == {}


def test_more_coverage_of_an_earlier_story_is_no_update() -> None:
    """Updates, not repeats."""
    old = telling("a")
    now = grown(old, "coverage", kinds={"a0": "article", "new": "article"}, same_work=False)
    assert sections(issue_of(now, earlier=(before(old),))) == {}
