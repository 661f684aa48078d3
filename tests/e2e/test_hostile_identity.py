"""Storing (RELIABILITY part S): one thing stays one item, whatever its feed does with names and addresses."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Any

import pytest

from dermai_feed import matching, pipeline
from dermai_feed.store import open_store

pytestmark = pytest.mark.shared


def per_source(siege: Any) -> dict[str, int]:
    """Path -> items stored of it; a path without items is not in it."""
    return dict(Counter(siege.paths[item.source_id] for item in siege.items()))


def test_s01_entries_are_told_apart_by_guid_link_and_title(siege: Any) -> None:
    """X-18: three under one guid, one of three twins, none without identity, fifty of one title; poll 2 changes
    nothing.
    """
    siege.sources("/dupguid", "/dupguid-identical", "/noguid-nolink", "/same-title", "/reorder")
    siege.run()
    expected = {"/dupguid": 3, "/dupguid-identical": 1, "/same-title": 50, "/reorder": 10}
    assert per_source(siege) == expected
    assert siege.polls["/dupguid-identical"]["unchanged"] == 2
    before = siege.items()
    siege.project.later(hours=27)
    siege.run()
    assert siege.hostile.count("/reorder") == 2
    assert [poll for poll in siege.polls.values() if poll["new"] or poll["updated"]] == []
    assert siege.items() == before
    assert siege.report["written"] == []


def test_s02_a_feed_that_changes_its_names_makes_no_second_copy(siege: Any) -> None:
    """X-18: new guids, guids of sessions, https and tracking words over five polls; a rejection stands."""
    siege.sources(
        "/guid-scheme-change", "/guid-per-request", "/https-switch", "/link-per-request", options={"tracking": "sid"}
    )
    siege.run()
    expected = {"/guid-scheme-change": 10, "/guid-per-request": 10, "/https-switch": 5, "/link-per-request": 10}
    assert per_source(siege) == expected
    first = {item.id: item.key for item in siege.items()}
    removed = sorted(siege.project.stories())[3]
    (siege.project.corpus / "news" / removed).unlink()
    for _ in range(4):
        siege.project.later(hours=27)
        siege.run()
        assert [poll["new"] for poll in siege.polls.values()] == [0] * 4
        assert removed not in siege.project.stories()
    assert per_source(siege) == expected
    assert {item.id: item.key for item in siege.items()} == first
    (story,) = [item for item in siege.items("/guid-scheme-change") if item.title == "Stable story 3"]
    assert {"guid:tag:news.example,2020:3", "guid:http://news.example/st/3"} <= set(story.aliases)
    assert not [item.url for item in siege.items("/link-per-request") if "?" in item.url]


def test_s03_changes_are_versions_and_not_endless(siege: Any) -> None:
    """X-18: 40 polls of an entry that says something else each time: one item, five kept versions, 24 changes, a
    warning.
    """
    siege.sources("/dupguid-changed")
    changes, written, warned = 0, 0, False
    with siege.open(pipeline.run) as run:
        for _ in range(40):
            report = run()
            changes += report.sources[0].updated
            written += len([path for path in report.written if path.startswith("news/")])
            warned = warned or any("changes are no longer followed" in problem.what for problem in report.problems)
            siege.project.later(hours=27)
    assert siege.hostile.count("/dupguid-changed") == 40
    (item,) = siege.items()
    assert item.title == "Version 24"
    assert (changes, written <= 24, warned) == (24, True, True)
    with open_store(f"sqlite:///{siege.project.state / 'dermai.sqlite'}", readonly=True) as store:
        assert [version.title for version in store.items.versions(item.id)] == [f"Version {n}" for n in range(19, 24)]


def test_s04_gone_from_the_feed_is_not_deleted(siege: Any) -> None:
    """A feed that shrinks to nothing, and one that is emptied: ten items each, and every file stays."""
    siege.sources("/shrinking", "/full-then-empty")
    siege.run()
    before = siege.project.stories()
    with siege.open(pipeline.run) as run:
        for _ in range(10):
            siege.project.later(hours=27)
            assert [path for path in run().written if path.startswith("news/")] == []
    assert siege.hostile.count("/shrinking") == 11
    assert per_source(siege) == {"/shrinking": 10, "/full-then-empty": 10}
    assert siege.project.stories() == before


def test_e13_one_title_on_fifty_entries_makes_no_black_hole(siege: Any) -> None:
    """No story of more than thirty works comes of them."""
    siege.attack("/same-title")
    with open_store(f"sqlite:///{siege.project.state / 'dermai.sqlite'}", readonly=True) as store:
        stories = store.stories.all()
    assert sum(len(work.items) for story in stories for work in story.works) == 50
    assert max(len(story.works) for story in stories) <= 30


def test_n02_two_indexes_of_one_address_are_one_work(siege: Any) -> None:
    """The mirrors share their second story: one work with both addresses, whatever their tracking words."""
    siege.attack("/mirror-a", "/mirror-b")
    assert per_source(siege) == {"/mirror-a": 2, "/mirror-b": 2}
    (text,) = [text for text in siege.project.stories().values() if "Predicting the clinical management" in text]
    assert text.count("url: https://www.nature.example/articles/s1") + text.count(
        'url: "https://www.nature.example/articles/s1"'
    ) == 2  # fmt: skip
    assert siege.report["duplicates"] >= 1


def test_p11_a_run_compares_what_matching_at_once_would(siege: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many entries with one text: a key that everybody has says nothing, within a batch and beyond it."""
    monkeypatch.setattr(import_module("dermai_feed.pipeline.match"), "BATCH", 50)
    siege.sources("/10k?n=130")
    with siege.open() as collect:
        collect()
    with siege.open(pipeline.match) as match:
        report = match()
    with siege.open(lambda parts, now: parts.config.matching) as weights:
        assert report.pairs == len(matching.candidates(siege.items(), weights()))
    assert report.matched == 130
