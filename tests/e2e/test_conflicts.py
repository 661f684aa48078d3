"""Conflicts: shown with what was there before, and decided by an editor."""

from __future__ import annotations

import html
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import frontmatter
import pytest

from dermai_feed import app
from dermai_feed.web import guard, pages, serve
from dermai_feed.web.sessions import Sessions

TITLE = "Deep learning system matches dermatologists at melanoma triage"
AGAIN = "Deep learning system equals dermatologists at melanoma triage"
MINE = "A net triages moles"


def say(site: Any, title: str) -> None:
    """Let the feed say `title`."""
    text = "A deep learning system triaged skin lesions as well as twelve dermatologists in 1,204 patients."
    site.pages["/a"] = site.Reply(body=site.rss({"title": title, "link": "https://a.example/one", "text": text}))


@pytest.fixture
def clash(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A title that the editor changed, and then the source."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    project.sources(project.feed("a", "/a"))
    say(site, TITLE)
    assert project.run().code == 0
    path = next((project.corpus / "news").glob("*.md"))
    path.write_text(path.read_text(encoding="utf-8").replace(TITLE, MINE), encoding="utf-8")
    step(project)
    say(site, AGAIN)
    step(project)
    return project


def step(project: Any) -> Any:
    """The next run."""
    project.later(hours=2)
    return project.run()


def title(project: Any) -> str:
    """The title in the file."""
    path: Path = next((project.corpus / "news").glob("*.md"))
    return str(frontmatter.loads(path.read_text(encoding="utf-8"))["title"])


def test_a_conflict_shows_before_yours_and_the_machines(clash: Any) -> None:
    """Exit code 6 while it is open; the editor's value stands; a second run says nothing new."""
    outcome = clash("conflicts", "--json")
    assert outcome.code == 6
    (conflict,) = outcome.json
    told = {key: conflict["clash"][key] for key in ("field", "base", "theirs", "ours")}
    assert told == {"field": "title", "base": TITLE, "theirs": MINE, "ours": AGAIN}
    assert title(clash) == MINE
    assert "--keep 'title'" in clash("conflicts").text
    before = clash.tree()
    step(clash)
    assert {p: s for p, s in clash.tree().items() if p.startswith("news/")} == {
        p: s for p, s in before.items() if p.startswith("news/")
    }
    assert len(clash("conflicts", "--json").json) == 1


def test_keep_settles_it_until_the_source_changes_again(clash: Any, site: Any) -> None:
    """The offer was seen; another one is a new conflict."""
    assert clash("conflicts", "https://a.example/one", "--keep", "title").code == 0
    step(clash)
    assert clash("conflicts").code == 0
    assert title(clash) == MINE
    say(site, TITLE + " again")
    step(clash)
    assert len(clash("conflicts", "--json").json) == 1


def test_take_gives_the_field_back_to_the_machine(clash: Any) -> None:
    """One decision, undone like any other."""
    taken = clash("conflicts", "https://a.example/one", "--take", "title", "--json")
    assert taken.code == 0
    step(clash)
    assert title(clash) == AGAIN
    assert clash("conflicts").code == 0
    assert clash("undo", taken.json["id"]).code == 0
    step(clash)
    assert title(clash) == MINE


@pytest.mark.parametrize("words", [["--keep", "title"], ["https://a.example/one", "--keep", "excerpt"]])
def test_what_is_no_conflict_is_refused(clash: Any, words: list[str]) -> None:
    """Exit code 2, with what there is."""
    assert clash("conflicts", *words).code == 2


def picture(site: Any, name: str) -> None:
    """Let the feed show the picture `name`."""
    say(site, TITLE)
    shown = f'<enclosure url="https://a.example/{name}.png" type="image/png" length="9"/></item>'.encode()
    site.pages["/a"] = site.Reply(body=site.pages["/a"].body.replace(b"</item>", shown))


def images(project: Any) -> list[str]:
    """The addresses of the pictures in the file."""
    path: Path = next((project.corpus / "news").glob("*.md"))
    listed: Any = frontmatter.loads(path.read_text(encoding="utf-8"))["images"]
    return [image["url"] for image in listed]


@pytest.mark.parametrize("word", ["--keep", "--take"])
def test_a_picture_of_the_editors_own_is_kept_or_given_back(project: Any, site: Any, word: str) -> None:
    """It stands alone while the source changes its own, and goes as a whole when the machine's is taken."""
    project.sources(project.feed("a", "/a"))
    picture(site, "one")
    assert project.run().code == 0
    path = next((project.corpus / "news").glob("*.md"))
    text = path.read_text(encoding="utf-8")
    assert images(project) == ["https://a.example/one.png"]
    path.write_text(text.replace("https://a.example/one.png", "https://mine.example/my.png"), encoding="utf-8")
    step(project)
    picture(site, "two")
    step(project)
    assert images(project) == ["https://mine.example/my.png"]
    (conflict,) = project("conflicts", "--json").json
    assert conflict["clash"]["field"] == "images"
    assert project("conflicts", "https://a.example/one", word, "images", "--as", "Ada").code == 0
    step(project)
    assert project("conflicts").code == 0
    wanted = "https://mine.example/my.png" if word == "--keep" else "https://a.example/two.png"
    assert images(project) == [wanted]


def test_a_clash_is_told_on_the_command_line_in_the_digest_and_on_the_review_page(project: Any, site: Any) -> None:
    """Before, yours, the machine's, of two fields; one is kept, one taken, and all three say no more of either."""
    project.sources(project.feed("a", "/a", needs_filter=False))
    site.pages["/a"] = site.Reply(body=site.rss())
    project.run()
    say(site, TITLE)
    step(project)
    path = next((project.corpus / "news").glob("*.md"))
    mine = path.read_text("utf-8").replace(TITLE, MINE).replace('excerpt: "A deep', 'excerpt: "Our deep')
    path.write_text(mine, "utf-8")
    step(project)
    text = "A deep learning system triaged skin lesions as well as thirteen dermatologists in 1,204 patients."
    site.pages["/a"] = site.Reply(body=site.rss({"title": AGAIN, "link": "https://a.example/one", "text": text}))
    outcome = step(project)
    assert outcome.code == 6
    assert {clash["field"] for clash in outcome.json["clashes"]} == {"title", "excerpt"}
    told = project("conflicts").text
    page = project("digest").code, (project.corpus / "digests" / "2026-W47.md").read_text("utf-8")
    for word in (MINE, TITLE, AGAIN, "Our deep", "thirteen"):
        assert word in told
        assert word in reviewed(project)
    for field, offered in (("title", AGAIN), ("excerpt", "thirteen")):
        assert f"{path.name}, {field}: yours stands" in page[1]
        assert offered in page[1]
    assert project("conflicts", str(path), "--keep", "title", "--as", "Ada").code == 0
    assert project("conflicts", str(path), "--take", "excerpt", "--as", "Ada").code == 0
    step(project)
    assert project("conflicts").text == "no conflicts\n"
    assert MINE not in reviewed(project)
    assert "yours stands" not in (project.corpus / "digests" / "2026-W47.md").read_text("utf-8")
    assert title(project) == MINE
    assert "thirteen" in path.read_text("utf-8")


def reviewed(project: Any) -> str:
    """The review page's list of clashes, as text."""
    config = app.load(project.config, {})
    with app.assemble(config, threads=0, stopping=app.Stopping()) as parts, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its client wants httpx2
        from starlette.testclient import TestClient

        shown = pages.Site(
            replace(parts, fetch=serve.without_network), Sessions("", lambda: 0.0), "ada", lambda: project.now
        )
        client = TestClient(shown.app(guard.hosts(8710)), base_url="http://127.0.0.1:8710")
        return html.unescape(client.get("/clashes").text)
