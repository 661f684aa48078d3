"""Which stories make an issue, and where each stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.model import Identifier, Item, Label, Provider, Ranking, Score, Story, Telling, Verdict, Work
from dermai_feed.publish.issue import Coverage, Issue, Pick
from dermai_feed.publish.select import MOST_STORIES, Desk, Edited, choose, dated, days, week_before, week_of

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
        ({"themes": ("bias and skin tone",), "title": "Award for work on skin tone in AI"}, "elsewhere"),
        ({"themes": ("bias and skin tone",), "title": "Of course AI is biased"}, "equity"),
        ({}, "elsewhere"),
        ({"origins": 2}, "top"),
        ({"kind": "paper", "tier": "primary"}, "top"),
        ({"kind": "notice", "tier": "primary", "origins": 2}, "corrections"),
    ],
)
def test_each_story_stands_in_one_section_by_what_it_is(words: dict[str, object], section: str) -> None:
    """A journal or a second origin makes a top story; a notice is never one."""
    assert sections(issue_of(telling("a", **words))) == {section: ["st-a"]}


def test_at_most_twenty_stories_and_the_rest_is_counted_by_name() -> None:
    """Over one coffee; what had its week does not come back in the next."""
    kinds = ["paper", "article", "video", "regulatory"]
    many = [telling(f"n{n:02}", kind=kinds[n % 4], origins=2 if n < 8 else 1) for n in range(48)]
    issue = issue_of(*many)
    assert len(issue.stories()) == MOST_STORIES
    assert issue.not_shown == len(issue.omitted) == 48 - MOST_STORIES
    following = choose(
        many,
        (issue,),
        week=week_of(NOW + timedelta(days=7), "UTC"),
        number=3,
        notes=(),
        coverage=Coverage(),
        config="c",
    )
    assert following.stories() == frozenset()


def test_updates_and_the_archive_count_towards_the_twenty() -> None:
    """What was told and was retracted is told in any case; news and archive take the room that is left."""
    told = telling("z", kind="paper", tier="primary")
    retracted = grown(told, "notice", kinds={"z0": "paper", "new": "notice"}, same_work=False)
    kinds = ["paper", "article", "video", "regulatory"]
    many = [telling(f"n{n:02}", kind=kinds[n % 4], origins=2 if n < 8 else 1) for n in range(48)]
    issue = issue_of(*many, retracted, earlier=(before(told),))
    assert len(issue.picks) == MOST_STORIES
    assert sections(issue)["corrections"] == ["st-z"]
    old = [telling(f"o{n:02}", backfill=True) for n in range(30)]
    first = issue_of(*old, *(telling(f"m{n}") for n in range(3)), number=1)
    assert len(first.picks) == MOST_STORIES
    assert first.archive == 30 - (MOST_STORIES - 3)


TOLD = st.tuples(
    st.integers(0, 20),  # day on which it is first seen
    st.sampled_from(["article", "paper", "preprint", "regulatory", "video", "notice", "release"]),
    st.sampled_from([None, "a.example", "b.example"]),
    st.integers(1, 3),  # origins
    st.integers(0, 120),  # heat
    st.booleans(),  # held
)


@given(st.lists(TOLD, max_size=60))
@settings(max_examples=60, deadline=None)
def test_whatever_comes_no_issue_has_too_much_or_repeats_anything(told: list[tuple[Any, ...]]) -> None:
    """Three weeks of anything: at most twenty, at most two of a family, each story once, held ones never."""
    first = WEEK.since - timedelta(days=7)
    every = [
        telling(f"n{n:02}", first_seen=first + timedelta(days=day), kind=kind, domain=domain, origins=origins,
                heat=heat, held=held)
        for n, (day, kind, domain, origins, heat, held) in enumerate(told)
    ]  # fmt: skip
    leads = {t.story.id: t.items[t.story.works[0].canonical].provider.domain for t in every}
    issues: list[Issue] = []
    for number in (1, 2, 3):
        week = week_of(first + timedelta(days=7 * number - 6), "UTC")
        seen = [t for t in every if all(item.first_seen < week.until for item in t.items.values())]
        issue = choose(seen, issues, week=week, number=number, notes=(), coverage=Coverage(), config="c")
        assert len(issue.picks) <= MOST_STORIES
        assert all(count <= 2 for count in Counter(leads[pick.story] for pick in issue.picks).values())
        assert not issue.stories() & {id_ for before_it in issues for id_ in (*before_it.told(), *before_it.omitted)}
        assert not {t.story.id for t in every if t.held} & issue.stories()
        issues.append(issue)
    told_or_counted = {id_ for issue in issues for id_ in (*issue.stories(), *issue.omitted)}
    assert told_or_counted == {t.story.id for t in every if not t.held}


def test_a_section_holds_no_more_than_its_room() -> None:
    """FIELD §5: headlines elsewhere are eight, and no section crowds out the others."""
    issue = issue_of(*(telling(f"n{n:02}") for n in range(25)))
    assert {key: len(found) for key, found in sections(issue).items()} == {"elsewhere": 8}


def test_a_full_week_has_five_top_stories_and_a_thin_one_has_a_third() -> None:
    """Not everything that may lead the page leads it."""
    full = sections(issue_of(*(telling(f"n{n:02}", origins=2) for n in range(20))))
    thin = sections(issue_of(*(telling(f"n{n:02}", origins=2) for n in range(4))))
    assert len(full["top"]) == 5
    assert len(thin["top"]) == 2


def test_a_letter_does_not_lead_the_page() -> None:
    """A journal's letter is told among the evidence."""
    letter = telling("a", kind="paper", tier="primary", title="Letter: who rated the raters?")
    assert sections(issue_of(letter)) == {"evidence": ["st-a"]}


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
    assert (pick.origins, pick.carriers, pick.also, pick.copies) == (1, 3, (), ("C1", "C2"))
    assert [link.url for link in pick.links] == ["https://a0.example/a", "https://doi.org/10.5555/1"]


def test_the_primary_source_is_linked_first_and_other_origins_are_named_with_what_they_are() -> None:
    """A story led by a release links the paper before it."""
    told = telling("a", origins=3)
    roles = ("release", "paper", "coverage")
    works = tuple(replace(work, role=role) for work, role in zip(told.story.works, roles, strict=True))
    pick = issue_of(replace(told, story=replace(told.story, works=works))).picks[0]
    assert [link.text for link in pick.links] == ["Paper: a1.example", "Press release: a0.example"]
    assert [(link.text, link.role) for link in pick.also] == [("a1.example", "paper"), ("a2.example", "report")]


def test_a_report_about_a_video_is_linked_once() -> None:
    """Among those that also tell of it, and not as its source."""
    told = telling("a", origins=2, kind="video")
    works = tuple(replace(work, role=role) for work, role in zip(told.story.works, ("video", "coverage"), strict=True))
    pick = issue_of(replace(told, story=replace(told.story, works=works))).picks[0]
    assert [link.text for link in pick.links] == ["Video: a0.example"]
    assert [link.text for link in pick.also] == ["a1.example"]


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
    return replace(issue_of(week_telling), week="2026-W46", since=WEEK.since - timedelta(days=7), until=WEEK.since)


def test_a_retraction_of_an_earlier_story_is_told_with_its_issue() -> None:
    """A named change is the only way back into the digest."""
    old = telling("a", kind="paper")
    now = grown(old, "notice", kinds={"a0": "paper", "new": "notice"}, same_work=False)
    issue = issue_of(now, earlier=(before(old),))
    (section,) = issue.sections
    assert section.key == "corrections"
    assert [(p.title, p.change, p.earlier) for p in section.picks] == [("What is new", "corrected", "2026-W46")]


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


def test_a_retraction_is_called_one() -> None:
    """The notice's own title says what it is."""
    old = telling("a", kind="paper")
    now = grown(old, "notice", kinds={"a0": "paper", "new": "notice"}, same_work=False)
    items = {**now.items, "new": replace(now.items["new"], title="Retraction: Title a")}
    issue = issue_of(replace(now, items=items), earlier=(before(old),))
    assert issue.picks[0].change == "retracted"


def test_a_regulators_word_about_an_earlier_story_is_an_update() -> None:
    """FDA cleared: by the label, with its words."""
    old = telling("a")
    now = grown(old, "regulatory", kinds={"a0": "article", "new": "regulatory"}, same_work=False)
    label = Label(name="regulator", value="FDA cleared or authorised", span="cleared by the FDA")
    verdicts = {**now.verdicts, "new": replace(now.verdicts["new"], labels=(label,))}
    issue = issue_of(replace(now, verdicts=verdicts), earlier=(before(old),))
    assert [(s.key, s.picks[0].change) for s in issue.sections] == [("updates", "FDA cleared or authorised")]


def test_more_coverage_of_an_earlier_story_is_no_update() -> None:
    """Updates, not repeats."""
    old = telling("a")
    now = grown(old, "coverage", kinds={"a0": "article", "new": "article"}, same_work=False)
    assert sections(issue_of(now, earlier=(before(old),))) == {}


# --------------------------------------------------------------------------- editors


def decided(*tellings: Telling, **words: object) -> Issue:
    """The issue chosen from `tellings` with what an editor's desk says."""
    return choose(tellings, (), week=WEEK, number=2, notes=(), coverage=Coverage(), config="c", desk=Desk(**words))


def test_an_editor_promotes_drops_and_rejects() -> None:
    """To the top, out of the digest, out altogether; merged stories by any of their names."""
    stories = [telling(name, heat=heat) for name, heat in (("a", 90), ("b", 10), ("c", 50), ("d", 60))]
    merged = replace(stories[1], story=replace(stories[1].story, aliases=("st-old",)))
    issue = decided(
        stories[0], merged, *stories[2:], promoted=frozenset({"st-old"}), dropped=frozenset({"st-c"}),
        rejected={"st-d": "off topic"},
    )  # fmt: skip
    assert sections(issue) == {"top": ["st-b"], "elsewhere": ["st-a"]}


def test_an_editors_words_are_told_instead_of_the_sources() -> None:
    """Title, excerpt and why it matters as the file has them."""
    edited = Edited(title="Shorter", excerpt="One line by an editor.", why="Because we say so.")
    pick = decided(telling("a"), edited={"st-a": edited}).picks[0]
    assert (pick.title, pick.sentences) == ("Shorter", ("One line by an editor.",))
    assert pick.why is not None
    assert (pick.why.text, pick.why.by) == ("Because we say so.", "editor")


def test_why_it_matters_is_taken_from_the_item_word_for_word_or_is_absent() -> None:
    """FIELD §3, 17: with the item it stands in."""
    line = "Clinics without dermatologists could miss fewer melanomas in patients with darker skin."
    text = f"A network was tested. It reached 0.91. The code is open. {line}"
    pick = issue_of(telling("a", excerpt=text)).picks[0]
    assert pick.why is not None
    assert (pick.why.text, pick.why.item) == (line, "a0")
    assert issue_of(telling("b", excerpt="A network was tested. It reached 0.91.")).picks[0].why is None


# --------------------------------------------------------------------------- late, and not lost


def test_d02_a_story_that_came_too_late_for_its_weeks_issue_is_in_the_next() -> None:
    """Each story once, none lost: its own week's issue was frozen without it."""
    frozen = replace(
        issue_of(telling("known")), week="2026-W46", since=WEEK.since - timedelta(days=7), until=WEEK.since
    )
    late = telling("late", first_seen=WEEK.since - timedelta(seconds=1))
    assert issue_of(late, telling("known"), earlier=(frozen,)).stories() == {"st-late"}


def test_d02_a_story_whose_first_item_was_turned_away_counts_from_the_item_that_was_accepted() -> None:
    """Held in one week and confirmed by another source in the next: told in the next."""
    told = telling("a", origins=2)
    first = replace(told.items["a0"], first_seen=NOW - timedelta(days=10))
    verdicts = {**told.verdicts, "a0": replace(told.verdicts["a0"], decision="review")}
    grown_up = replace(told, items={**told.items, "a0": first}, verdicts=verdicts)
    assert issue_of(grown_up).stories() == {"st-a"}


def test_d02_an_issue_made_later_for_an_earlier_week_repeats_nothing() -> None:
    """Drafts of missed weeks come after the issue that was sent."""
    later = replace(issue_of(telling("a")), since=WEEK.until, until=WEEK.until + timedelta(days=7), week="2026-W48")
    assert issue_of(telling("a"), telling("b"), earlier=(later,)).stories() == {"st-b"}


def test_days_that_an_editor_names_make_a_window_of_their_own() -> None:
    """From local midnight to local midnight, the last day included; not a numbered issue."""
    window = days(date(2026, 11, 1), date(2026, 11, 15), "Europe/Helsinki")
    assert window.name == "2026-11-01_2026-11-15"
    assert window.since == datetime(2026, 10, 31, 22, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 15, 22, tzinfo=UTC)
    assert not window.weekly


def test_the_week_before_is_the_week_before_in_every_zone() -> None:
    """Over a change of clocks and a turn of the year."""
    assert week_before(week_of(datetime(2026, 3, 30, 12, tzinfo=UTC), "Europe/Helsinki")).name == "2026-W13"
    assert week_before(week_of(datetime(2027, 1, 5, tzinfo=UTC), "UTC")).name == "2026-W53"


# --------------------------------------------------------------------------- errata


def test_a_title_that_changed_since_is_an_erratum_once() -> None:
    """The issue that told it stays as it is; the next says so, the one after that does not."""
    told = telling("a")
    first = replace(issue_of(told), week="2026-W46", since=WEEK.since - timedelta(days=7), until=WEEK.since)
    changed = telling("a", title="Another title", first_seen=NOW - timedelta(days=7))
    second = issue_of(changed, earlier=(first,))
    assert [(e.issue, e.was, e.now) for e in second.errata] == [("2026-W46", "Title a", "Another title")]
    third = choose(
        [changed], (first, second), week=week_of(NOW + timedelta(days=7), "UTC"), number=4, notes=(),
        coverage=Coverage(), config="c",
    )  # fmt: skip
    assert third.errata == ()


def test_a_story_that_an_editor_took_back_is_an_erratum_with_the_reason() -> None:
    """Rejected after it was told."""
    told = telling("a")
    first = replace(issue_of(told), week="2026-W46", since=WEEK.since - timedelta(days=7), until=WEEK.since)
    issue = choose(
        [told], (first,), week=WEEK, number=2, notes=(), coverage=Coverage(), config="c",
        desk=Desk(rejected={"st-a": "an advertisement"}),
    )  # fmt: skip
    assert [(e.what, e.was, e.why) for e in issue.errata] == [("withdrawn by an editor", "Title a", "an advertisement")]


def test_a_changed_dash_is_no_erratum() -> None:
    """Words count, signs do not."""
    first = replace(
        issue_of(telling("a", title="Skin AI: a review")), week="2026-W46", since=WEEK.since - timedelta(days=7),
        until=WEEK.since,
    )  # fmt: skip
    assert issue_of(telling("a", title="Skin AI – a review"), earlier=(first,)).errata == ()
