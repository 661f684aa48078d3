"""Verify names every difference between files, ledger, log and database, and its mends work (H6)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

TITLES = (
    "Deep learning system matches dermatologists at melanoma triage",
    "Convolutional network grades acne on telephone pictures",
    "Neural network scores psoriasis severity from photographs",
)
GOOD = "database, files, ledger and log agree\n"
Break = Callable[[Any], object]


@pytest.fixture
def desk(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Three stories, a decision, and a digest."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    items = ({"title": t, "link": f"https://a.example/{n}", "text": f"{t}."} for n, t in enumerate(TITLES))
    site.pages["/a"] = site.Reply(body=site.rss(*items))
    project.sources(project.feed("a", "/a"))
    assert project.run().code == 0
    assert project("rate", "https://a.example/0", "--relevance", "6").code == 0
    project.later(hours=2)
    assert project.run().code == 0
    assert project("verify").text == GOOD
    return project


def sql(desk: Any, statement: str) -> None:
    """Damage the database by hand."""
    with closing(sqlite3.connect(desk.state / "dermai.sqlite")) as connection:
        connection.execute("PRAGMA foreign_keys=off")
        assert connection.execute(statement).rowcount
        connection.commit()


def story(desk: Any, number: int = 0) -> Path:
    """The file of a story."""
    return next(p for p in sorted(desk.corpus.rglob("*.md")) if f'title: "{TITLES[number]}"' in p.read_text("utf-8"))


def rebuild(desk: Any) -> None:
    """The mend of a damaged database."""
    assert desk("rebuild").code == 0
    assert desk("publish").code == 0


def own(desk: Any, text: str) -> None:
    """Let a file beside the machine's hold `text`."""
    (desk.corpus / "news" / "foreign.md").write_text(text, "utf-8")


def publish(desk: Any) -> None:
    """The mend of what any run takes in."""
    assert desk("publish").code == 0


def moved(desk: Any, name: str) -> None:
    """Carry the first story's file to another name."""
    there = desk.corpus / name
    there.parent.mkdir(parents=True, exist_ok=True)
    story(desk).rename(there)


def marked(desk: Any, text: str) -> None:
    """Let the marker hold `text`, or be gone."""
    marker = desk.corpus / ".dermai-corpus"
    marker.write_text(text) if text else marker.unlink()


def marker_back(desk: Any) -> None:
    """As verify says: the id that the database knows."""
    words = desk("verify").text.split("write ")[1].split(" into")[0]
    marked(desk, words + "\n")


DATABASE: tuple[tuple[str, Break, str, Break], ...] = (
    ("a row of an item", lambda d: sql(d, "DELETE FROM item WHERE id = (SELECT min(id) FROM item)"),
     "points to a missing item", rebuild),
    ("a row of a story", lambda d: sql(d, "DELETE FROM story WHERE rowid = 1"), "points to a missing story", rebuild),
    ("a verdict", lambda d: sql(d, "DELETE FROM verdict WHERE rowid = 1"), "has no verdict on this item", rebuild),
    ("a row of a file", lambda d: sql(d, "DELETE FROM document WHERE rowid = 1"), "does not know this file", publish),
    ("all of it", lambda d: shutil.rmtree(d.state), "holds nothing, and the ledger does", rebuild),
)  # fmt: skip
FILES: tuple[tuple[str, Break, str, Break], ...] = (
    ("another name", lambda d: moved(d, "news/renamed.md"), "the database knows it as", publish),
    ("another case", lambda d: moved(d, "news/Renamed.md"), "the database knows it as news/renamed.md", publish),
    ("put away", lambda d: moved(d, "rejected/news/renamed.md"), "the database knows it as", publish),
    ("back", lambda d: moved(d, "news/renamed.md"), "the database knows it as rejected/", publish),
    ("an edit", lambda d: story(d).write_text(story(d).read_text("utf-8").replace("category: news", "category: x")),
     "changed since it was last written", publish),
    ("a copy", lambda d: shutil.copy(story(d), d.corpus / "news" / "copy.md"), "2 files tell",
     lambda d: (d.corpus / "news" / "copy.md").unlink()),
    ("a foreign id", lambda d: own(d, "---\ntitle: x\ndermai:\n  id: 20250101000000-zzzzzzzzzzzzz\n---\n"),
     "the ledger does not know it either", lambda d: own(d, "---\ntitle: x\n---\n")),
    ("no marker", lambda d: marked(d, ""), "is missing; the database belongs to corpus", marker_back),
    ("another marker", lambda d: marked(d, "other"), "says other", marker_back),
    ("a rendering", lambda d: (d.corpus / "digests" / "2026-W47.txt").unlink(), "is missing beside its selection",
     lambda d: d("digest", "--week", "2026-W47")),
    ("left over", lambda d: (d.corpus / "news" / ".dermai-new-123456789012-1.tmp").touch(), "left by a run that died",
     lambda d: (d.corpus / "news" / ".dermai-new-123456789012-1.tmp").unlink()),
    ("a deleted file", lambda d: story(d, 2).unlink(), "the folder does not hold it", publish),
)  # fmt: skip


@pytest.mark.parametrize("differences", [DATABASE, FILES], ids=["database", "files"])
def test_every_difference_is_named_and_its_mend_works(
    desk: Any, differences: tuple[tuple[str, Break, str, Break], ...]
) -> None:
    """Exit code 5 with words, then the mend that the words name, then all agree again."""
    for name, damage, words, mend in differences:
        damage(desk)
        outcome = desk("verify")
        assert (outcome.code, words in outcome.text) == (5, True), (name, outcome.text)
        mend(desk)
        assert desk("verify").text == GOOD, name


def test_the_ledger_and_the_log_are_compared_line_by_line(desk: Any) -> None:
    """A line lost, edited or cut off, and a decision about what nobody knows; the bytes put back are the mend."""
    (ledger,) = (desk.corpus / "ledger").glob("*.jsonl")
    log = desk.corpus / "decisions.jsonl"
    for path, old, new, words in (
        (ledger, TITLES[0], "A net", "says something else of this item"),
        (ledger, '{"item"', '{{"item"', "line left out"),
        (log, "Ada", "Eve", "was changed in the log after it was taken"),
        (log, "", None, "the log has lost it"),
    ):
        before = path.read_text("utf-8")
        path.write_text(before.replace(old, new, 1) if new else "", "utf-8")
        outcome = desk("verify")
        assert (outcome.code, words in outcome.text) == (5, True), (words, outcome.text)
        path.write_text(before, "utf-8")
        assert desk("verify").text == GOOD
    line = log.read_text("utf-8").splitlines()[0]
    (id_, target) = (desk("log", "--json").json[0]["decision"][key] for key in ("id", "target"))
    other = id_[:-1] + ("0" if id_[-1] != "0" else "1")
    log.write_text(f"{line}\n{line.replace(id_, other).replace(target[0], 'iaaaaaaaaaaaa')}\n", "utf-8")
    publish(desk)
    assert f"decisions.jsonl: {other}: speaks of iaaaaaaaaaaaa" in desk("verify").text
    assert desk("undo", other).code == 0
    assert desk("verify").text == GOOD


def test_a_renamed_file_is_where_the_digest_reads_its_editors_words(desk: Any) -> None:
    """Edited, then renamed: the issue tells the editor's title."""
    path = story(desk)
    path.write_text(path.read_text("utf-8").replace(TITLES[0], "A net triages moles"), "utf-8")
    publish(desk)
    path.rename(path.with_name("renamed.md"))
    publish(desk)
    desk("digest")
    assert "A net triages moles" in (desk.corpus / "digests" / "2026-W47.md").read_text("utf-8")
