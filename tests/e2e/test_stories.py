"""What becomes of files when stories join, when an editor is faster, and when a file was there before."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import frontmatter
import pytest

FIRST = "Deep learning system matches dermatologists at melanoma triage in Northfield"
SECOND = "Northfield trial finds a network as good as dermatologists on moles"
TEXT = (
    "A deep learning system triaged skin lesions as well as twelve dermatologists in a study of 1,204 patients at "
    "Northfield Hospital, researchers report in the Journal of Example Dermatology. Sensitivity for melanoma was 94%."
)
OTHER = "Convolutional network grades acne severity on telephone pictures of 310 people from five towns."


def serve(site: Any, path: str, **items: tuple[str, str]) -> None:
    """Let `path` be a feed of `items`: slug -> (title, text)."""
    site.pages[path] = site.Reply(
        body=site.rss(
            *(
                {"title": title, "link": f"https://{path[1:]}.example/{slug}", "text": text}
                for slug, (title, text) in items.items()
            )
        )
    )


@pytest.fixture
def two(project: Any, site: Any) -> Any:
    """Two sources with a story each, and both files written."""
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    serve(site, "/a", one=(FIRST, TEXT))
    serve(site, "/b", two=("Convolutional network grades acne", OTHER))
    project.run()
    assert len(project.stories()) == 2
    return project


def joined(two: Any, site: Any) -> Any:
    """The second source corrects its article into a copy of the first."""
    serve(site, "/b", two=(FIRST, TEXT))
    two.later(hours=2)
    return two.run()


def test_e04_when_two_stories_become_one_the_older_id_stays_and_the_younger_file_goes(two: Any, site: Any) -> None:
    """The id of the story that was merged leads to the one that is left."""
    ids = {frontmatter.loads(text)["dermai"]["id"] for text in two.stories().values()}
    assert joined(two, site).code == 0
    ((name, text),) = two.stories().items()
    page = frontmatter.loads(text)
    assert page["dermai"]["id"] == min(ids)
    assert page["dermai"]["aliases"] == [max(ids)]
    assert page["dermai"]["carriers"] == 2
    assert f"story {min(ids)}" in two("why", max(ids)).text
    before = two.tree()
    assert two.run().json["written"] == []
    assert two.tree() == before, name


def test_a_file_that_an_editor_touched_is_not_taken_away_when_its_story_is_merged(two: Any, site: Any) -> None:
    """It stays and is named; exit code 6."""
    youngest = max(two.stories(), key=lambda name: frontmatter.loads(two.stories()[name])["dermai"]["id"])
    path = two.corpus / "news" / youngest
    path.write_text(path.read_text(encoding="utf-8") + "My remark.\n", encoding="utf-8")
    outcome = joined(two, site)
    assert outcome.code == 6
    assert any(youngest in problem["where"] for problem in outcome.json["problems"])
    assert path.read_text(encoding="utf-8").endswith("My remark.\n")


def test_w10_an_editors_own_file_about_an_article_becomes_its_story(project: Any, site: Any) -> None:
    """It is found by its address; what the editor wrote stays."""
    project.sources(project.feed("b", "/b"))
    serve(site, "/b")
    project.run()
    mine = project.corpus / "news" / "mine.md"
    mine.write_text(
        '---\ntitle: "My words"\nwebUrl: "https://a.example/one"\npublished: true\n---\n\nBody.\n', encoding="utf-8"
    )
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    serve(site, "/a", one=(FIRST, TEXT))
    assert project.run().code == 0
    assert list(project.stories()) == ["mine.md"]
    page = frontmatter.loads(project.stories()["mine.md"])
    assert (page["title"], page["published"], page.content) == ("My words", True, "Body.")
    assert page["dermai"]["id"]


def test_w07_an_editor_who_saves_between_our_read_and_our_write_is_merged_again(two: Any, site: Any) -> None:
    """X-20: their title is kept, and our change is in as well."""
    serve(site, "/b", two=("Convolutional network grades acne", OTHER), copy=(FIRST, TEXT))
    two.later(hours=2)
    name = next(name for name, text in two.stories().items() if FIRST in text)
    path, gate = two.corpus / "news" / name, two.folder / "go"
    environment = os.environ | {
        "DERMAI_CONFIG": str(two.config),
        "DERMAI_NOW_FILE": str(two.clock_file),
        "DERMAI_FAILPOINT": f"write.before_replace=pause:{gate}@1",
    }
    run = subprocess.Popen(
        [sys.executable, "-m", "dermai_feed", "run", "--quiet"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        until_paused(path.parent)
        path.write_text(
            path.read_text(encoding="utf-8").replace(f'title: "{FIRST}"', 'title: "Mine"'), encoding="utf-8"
        )
    finally:
        gate.touch()
    assert run.wait(60) == 0
    page = frontmatter.loads(path.read_text(encoding="utf-8"))
    assert page["title"] == "Mine"
    assert page["dermai"]["carriers"] == 2


def until_paused(folder: Path) -> None:
    """Until the run has filled its temporary file, which it does right before it pauses."""
    done = threading.Event()
    for _ in range(3000):
        if any(path.name.endswith(".tmp") and path.stat().st_size for path in folder.iterdir()):
            return
        done.wait(0.01)
    raise AssertionError("the run never came to its fail point")


@pytest.mark.parametrize("words", [("i",), ("nothing", "i"), ("20200101000000-ix",)])
def test_why_says_when_an_id_is_nobodys_or_not_enough(two: Any, words: tuple[str, ...]) -> None:
    """Exit code 2, with what to do."""
    outcome = two("why", *words)
    assert outcome.code == 2
    assert "id" in outcome.err


def test_why_shows_a_story_and_two_items_that_were_never_compared(two: Any) -> None:
    """Members, sums with their terms, the file; and the reason why nothing was compared."""
    pages = [frontmatter.loads(text)["dermai"] for text in two.stories().values()]
    text = two("why", pages[0]["id"]).text
    assert "(leads)" in text
    assert "quality" in text
    assert pages[0]["path"] in text
    a, b = (page["works"][0]["canonical"] for page in pages)
    assert "never compared: no key in common" in two("why", a, b).text


def test_verify_names_what_differs(two: Any) -> None:
    """A lost file, a lost line of the ledger; exit code 5, each with its mend."""
    next((two.corpus / "news").glob("*.md")).unlink()
    next((two.corpus / "ledger").glob("*.jsonl")).write_text("", encoding="utf-8")
    outcome = two("verify")
    assert outcome.code == 5
    assert "the folder does not hold it" in outcome.text
    assert "the ledger does not" in outcome.text
    assert two("verify", "--json").json["ok"] is False
