"""What the hostile server taught, on a site of our own: these need no evaluation data."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Any

import pytest

from dermai_feed import app, failpoint, matching, pipeline


def test_f29_a_bug_met_while_storing_belongs_to_its_feed(
    project: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed is marked and asked again later, its neighbours are stored, the trace is in the log, exit code 1."""
    monkeypatch.setattr(failpoint, "_hits", Counter())
    monkeypatch.setenv("DERMAI_FAILPOINT", "store.after_entries=raise:ZeroDivisionError@1")
    project.write_settings(fetch={"total": 1})
    for name in "ab":
        site.pages[f"/{name}"] = site.Reply(
            body=site.rss({"title": "Acne network", "link": f"https://{name}.example/1"})
        )
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    outcome = project.run()
    assert outcome.code == 1
    assert [(poll["failure"], poll["new"]) for poll in outcome.json["sources"]] == [("internal_error", 0), (None, 1)]
    assert "ZeroDivisionError" in outcome.err
    monkeypatch.delenv("DERMAI_FAILPOINT")
    project.later(hours=27)
    assert [poll["new"] for poll in project.run().json["sources"]] == [1, 0]


def test_s03_an_entry_that_never_rests_is_named(project: Any, site: Any) -> None:
    """After 24 changes no more are taken, and each further poll says so with the item's id."""
    project.sources(project.feed("a", "/a"))
    with app.assemble(app.load(project.config), threads=0) as parts:
        for n in range(26):
            entry = {"title": f"Version {n}", "link": "https://news.example/v", "text": f"acne network, version {n}"}
            site.pages["/a"] = site.Reply(body=site.rss(entry))
            report = pipeline.collect(parts, now=project.now)
            assert report.sources[0].updated == (1 if 0 < n <= 24 else 0)
            project.later(hours=2)
        (item,) = parts.store.items.items_of(parts.store.items.ids()).values()
    assert item.title == "Version 24"
    assert [problem.where for problem in report.problems] == [item.id]
    assert "no longer followed" in report.problems[0].what


def test_a_run_compares_the_pairs_that_matching_at_once_would(
    project: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that more than `block_cap` items share says nothing, whether they come in one batch or in several."""
    monkeypatch.setattr(import_module("dermai_feed.pipeline.match"), "BATCH", 50)
    entries = [
        {"title": f"Skin AI story {n}", "link": f"https://news.example/{n}", "text": "Deep learning for skin lesions."}
        for n in range(120)
    ]
    site.pages["/a"] = site.Reply(body=site.rss(*entries))
    project.sources(project.feed("a", "/a"))
    with app.assemble(app.load(project.config), threads=0) as parts:
        pipeline.collect(parts, now=project.now)
        items = list(parts.store.items.items_of(parts.store.items.ids()).values())
        report = pipeline.match(parts, now=project.now)
    assert report.matched == 120
    assert report.pairs == len(matching.candidates(items, parts.config.matching)) < 120 * 119 / 2


def test_f17_asking_by_hand_is_refused_within_five_minutes(project: Any, site: Any) -> None:
    """And granted after them, due or not."""
    site.pages["/a"] = site.Reply(body=site.rss({"title": "Acne network", "link": "https://news.example/1"}))
    project.sources(project.feed("a", "/a"))
    for minutes, requests in ((0, 1), (4, 1), (1, 2)):
        project.later(minutes=minutes)
        assert project.run("--source", "a").code == 0
        assert site.hits["/a"] == requests
