"""`dermai-feed replay`: history read again after a parser was mended, without the network."""

from __future__ import annotations

from typing import Any

import pytest

from dermai_feed.collectors import READERS
from dermai_feed.collectors.feed import FeedCollector
from dermai_feed.errors import ParseFailed

SKIN = {"title": "AI reads skin lesions as well as dermatologists", "link": "https://news.example/ai-skin"}
MOLE = {"title": "A deep learning model for melanoma", "link": "https://news.example/melanoma"}
ACNE = {"title": "Machine learning grades acne from photographs", "link": "https://news.example/acne"}


@pytest.fixture
def here(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A project with one feed, whose documents are read in this process so that a test can break the parser."""
    site.pages["/feed"] = site.Reply(site.rss(SKIN, MOLE))
    project.sources(project.feed("feed", "/feed", needs_filter=False))
    monkeypatch.setattr("dermai_feed.app.ChildParser", InProcess)
    return project


class InProcess:
    """Stands in for the child process."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> Any:
        from dermai_feed.collectors import parse_here

        return parse_here

    def __exit__(self, *_: object) -> None: ...


def broken(monkeypatch: pytest.MonkeyPatch, parse: Any) -> None:
    """Let the collector of feeds read as `parse` does."""
    monkeypatch.setitem(READERS, "rss", type("Broken", (FeedCollector,), {"parse": parse})("article"))


def lines(project: Any, *words: str) -> Any:
    """What replay says, as values."""
    return project("replay", "--json", *words).json


def test_a_replay_of_what_reads_as_before_changes_nothing(here: Any, site: Any) -> None:
    """No file, no version, no request."""
    here.run()
    before, asked = here.tree(), site.hits.total()
    (line,) = lines(here)
    assert (line["documents"], line["entries"], line["new"], line["updated"], line["unchanged"]) == (1, 2, [], [], 2)
    here.run()
    assert here.tree() == before
    assert site.hits.total() == asked


def test_what_could_not_be_read_is_read_once_the_parser_is_mended(
    here: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document that failed was kept; the second replay finds nothing more to do."""

    def refuse(self: Any, body: bytes, **words: Any) -> Any:
        raise ParseFailed("parse_error", "a bug of ours")

    with monkeypatch.context() as patch:
        broken(patch, refuse)
        here.run()
        assert lines(here)[0]["failures"] == {"parse_error": 1}
        assert here("replay").code == 6
    del site.pages["/feed"]
    asked = site.hits.total()
    assert "2 would be new" in here("replay", "--dry-run").text
    assert here("status", "--json").json["items"]["accepted"] == 0
    (line,) = lines(here)
    assert len(line["new"]) == 2
    assert site.hits.total() == asked
    (again,) = lines(here)
    assert (again["new"], again["updated"], again["unchanged"]) == ([], [], 2)
    here.later(hours=1)
    assert here("publish").code == 0
    here("match")
    here("publish")
    assert len(here.stories()) == 2


def test_a_mended_field_is_an_update_that_is_shown(here: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old value and new; nothing else of the item moves, and of two documents the newer decides."""
    from dataclasses import replace

    good = FeedCollector("article").parse

    def shout(self: Any, body: bytes, **words: Any) -> Any:
        parsed = good(body, **words)
        return replace(parsed, entries=tuple(replace(entry, title=entry.title.upper()) for entry in parsed.entries))

    with monkeypatch.context() as patch:
        broken(patch, shout)
        here.run()
        here.later(hours=2)
        corrected = SKIN | {"title": "AI reads skin lesions better than dermatologists"}
        site.pages["/feed"] = site.Reply(site.rss(corrected, ACNE))
        here.run()
    dry = lines(here, "--dry-run")[0]
    (line,) = lines(here)
    assert dry["updated"] == line["updated"]
    assert dry["changes"] == line["changes"]
    titles = {change["now"] for change in line["changes"] if change["field"] == "title"}
    assert titles == {corrected["title"], MOLE["title"], ACNE["title"]}
    assert (line["documents"], line["new"], len(line["updated"])) == (2, [], 3)
    here.later(hours=2)
    here.run()
    assert any(corrected["title"] in text for text in here.stories().values())
    assert lines(here)[0]["updated"] == []


def test_replay_survives_a_deleted_database(here: Any, site: Any) -> None:
    """The bodies lie beside it and not in it."""
    here.run()
    for path in here.state.glob("dermai.sqlite*"):
        path.unlink()
    (line,) = lines(here)
    assert len(line["new"]) == 2


def test_since_and_sources_narrow_a_replay_and_a_wrong_name_is_told(here: Any, site: Any) -> None:
    """A source that is none is exit code 2 with its neighbour."""
    here.run()
    assert lines(here, "--since", "2026-11-19") == []
    assert len(lines(here, "feed")) == 1
    wrong = here("replay", "fead")
    assert wrong.code == 2
    assert "did you mean feed" in wrong.err


def test_a_full_disk_costs_the_copy_and_not_the_poll(here: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The items are stored, and the problem is named."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dermai_feed.bodies.Bodies._write", full)
    report = here.run().json
    assert report["sources"][0]["new"] == 2
    assert "could not be kept" in str(report["problems"])


def test_retention_lets_old_documents_and_records_go_and_says_before_what_would(project: Any, site: Any) -> None:
    """By hand with a dry run, and by the daemon once a day; items, files and the ledger stay."""
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "Deep learning grades melanoma", "link": "https://u.example/1"})
    )
    project.write_settings(retention={"bodies": "10d", "runs": "20d"})
    project.sources(project.feed("a", "/a"))
    assert project.run().code == 0
    project.later(hours=2)
    assert project.run().code == 0
    before = project.stories()
    project.later(days=30)
    said = project("retention", "--dry-run", "--json").json
    assert (said["runs"], said["bodies"], said["dry_run"]) == (1, 1, True)
    assert said["bytes"] > 0
    assert project("runs", "prune", "--days", "7", "--dry-run", "--json").json == {"pruned": 1, "dry_run": True}
    assert project("retention", "--dry-run", "--json").json == said
    assert len(list((project.state / "bodies").glob("??/*.gz"))) == 1
    assert "retained runs=2 bodies=" in project("daemon", "--once", "-v").err
    assert project("retention", "--dry-run", "--json").json == {"runs": 0, "bodies": 0, "bytes": 0, "dry_run": True}
    assert project.stories() == before
