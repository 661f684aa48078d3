"""Editors' words on the command line: each verb, what it does, how it is shown and taken back."""

from __future__ import annotations

from typing import Any

import frontmatter
import pytest

FIRST = "Deep learning system matches dermatologists at melanoma triage in Northfield"
TEXT = (
    "A deep learning system triaged skin lesions as well as twelve dermatologists in a study of 1,204 patients at "
    "Northfield Hospital, researchers report in the Journal of Example Dermatology. Sensitivity for melanoma was 94%."
)
SECOND = "Convolutional network grades acne on telephone pictures"
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
def desk(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two sources with a story each, both files written, and an editor called Ada."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    serve(site, "/a", one=(FIRST, TEXT))
    serve(site, "/b", two=(SECOND, OTHER))
    project.run()
    assert len(project.stories()) == 2
    return project


def texts(project: Any) -> dict[str, bytes]:
    """Path -> bytes of every story file, wherever it lies."""
    return {
        str(path.relative_to(project.corpus)): path.read_bytes()
        for folder in ("news", "rejected")
        for path in sorted((project.corpus / folder).rglob("*.md"))
    }


def step(project: Any) -> Any:
    """Two hours later, the next run."""
    project.later(hours=2)
    outcome = project.run()
    assert outcome.code in {0, 6}, outcome.text
    return outcome


def page(project: Any, title: str) -> Any:
    """The front matter of the story with this title."""
    return next(p for p in map(frontmatter.loads, project.stories().values()) if p["title"] == title)


def ids(project: Any) -> tuple[str, str]:
    """The ids of the two stories."""
    return page(project, FIRST)["dermai"]["id"], page(project, SECOND)["dermai"]["id"]


def said(outcome: Any) -> dict[str, Any]:
    """The decision that a command answered with."""
    assert outcome.code == 0, outcome.err
    answer: dict[str, Any] = outcome.json
    return answer


WORDS: dict[str, list[str]] = {
    "reject": ["--reason", "off topic"],
    "hold": [],
    "publish": [],
    "unpublish": [],
    "rate": ["--relevance", "7", "--newsworthiness", "2"],
    "promote": ["--reason", "Read this."],
    "drop": [],
    "accept": [],
    "same": ["https://b.example/two"],
    "related": ["https://b.example/two"],
}


@pytest.mark.parametrize("verb", WORDS)
def test_promise_5_a_decision_and_its_undo_leave_every_byte_as_it_was(desk: Any, verb: str) -> None:
    """Each verb: decide, run, undo, run."""
    before = texts(desk)
    decision = said(desk(verb, "https://a.example/one", *WORDS[verb], "--json"))
    assert decision["who"] == "Ada"
    step(desk)
    changed = texts(desk)
    assert (changed != before) is (verb in {"reject", "hold", "publish", "rate", "same", "related"}), verb
    step(desk)
    assert texts(desk) == changed
    said(desk("undo", decision["id"], "--json"))
    step(desk)
    assert texts(desk) == before


def test_same_joins_and_different_splits_for_good(desk: Any, site: Any) -> None:
    """Whatever sources say later; a lower threshold and another poll do not undo it."""
    a, b = ids(desk)
    same = said(desk("same", a, b, "--json"))
    step(desk)
    ((_, text),) = desk.stories().items()
    assert frontmatter.loads(text)["dermai"]["aliases"] == [max(a, b)]
    said(desk("undo", same["id"], "--json"))
    step(desk)
    assert len(desk.stories()) == 2

    serve(site, "/b", two=(FIRST, TEXT))
    said(desk("different", "https://a.example/one", "https://b.example/two", "--json"))
    step(desk)
    assert len(desk.stories()) == 2
    weights = desk.folder / "config" / "matching.yaml"
    text = weights.read_bytes()
    weights.unlink()  # it is a link to the shipped one
    weights.write_bytes(text)
    assert desk("rematch", "--set", "stories.merge=0.01", "--set", "copies.merge=0.01", "--apply").code == 0
    step(desk)
    assert len(desk.stories()) == 2


def test_a_story_and_an_item_of_it_can_be_told_apart(desk: Any, site: Any) -> None:
    """`different ITEM STORY` takes the item out of the story that holds it."""
    serve(site, "/b", two=(FIRST, TEXT))
    step(desk)
    ((_, text),) = desk.stories().items()
    story = frontmatter.loads(text)["dermai"]["id"]
    said(desk("different", "https://b.example/two", story, "--json"))
    step(desk)
    assert len(desk.stories()) == 2


def test_e06_a_rejected_story_stays_rejected_when_another_source_brings_it(desk: Any, site: Any) -> None:
    """No file, nothing held, and the new source is counted as its carrier."""
    a, _ = ids(desk)
    said(desk("reject", a, "--reason", "promotion", "--json"))
    serve(site, "/b", three=(FIRST, TEXT), two=(SECOND, OTHER))
    step(desk)
    assert [p["title"] for p in map(frontmatter.loads, desk.stories().values())] == [SECOND]
    assert [path for path in texts(desk) if path.startswith("rejected/")]
    assert desk("status", "--held", "--json").json == []
    why = desk("why", a).text
    assert why.count("b.example") >= 1
    why = desk("why", a.partition("-")[2]).text
    assert "rejected by an editor: Ada" in why
    assert "promotion" in why


def test_a_held_story_is_accepted_and_written(desk: Any, site: Any) -> None:
    """What triage let wait becomes a file when an editor says so, and waits again when not."""
    serve(
        site, "/a", one=(FIRST, TEXT), held=("Machine learning predicts wound healing after burns", "A model of burns.")
    )
    step(desk)
    held = desk("status", "--held", "--json").json
    assert held, "the texts of this test are meant to be held"
    item = held[0]["item"]["id"]
    before = texts(desk)
    decision = said(desk("accept", item, "--json"))
    assert desk("status", "--held", "--json").json == []
    step(desk)
    assert len(desk.stories()) == 3
    said(desk("undo", decision["id"], "--json"))
    assert len(desk("status", "--held", "--json").json) == 1
    step(desk)
    assert {path: text for path, text in texts(desk).items() if path in before} == before


def test_a_pin_decides_who_leads(desk: Any, site: Any) -> None:
    """The later pin wins; its undo gives the place back."""
    serve(site, "/b", two=(FIRST, TEXT))
    step(desk)
    ((_, text),) = desk.stories().items()
    assert "https://a.example/one" in text
    lead = frontmatter.loads(text)["webUrl"]
    other = "https://b.example/two" if lead.startswith("https://a") else "https://a.example/one"
    story = frontmatter.loads(text)["dermai"]["id"]
    item = next(
        carrier["item"]
        for work in frontmatter.loads(text)["dermai"]["works"]
        for carrier in work["carriers"]
        if carrier["url"] == other
    )
    assert desk("pin", story).code == 2
    pin = said(desk("pin", item, "--json"))
    step(desk)
    ((_, text),) = desk.stories().items()
    assert frontmatter.loads(text)["webUrl"] == other
    said(desk("undo", pin["id"], "--json"))
    step(desk)
    ((_, text),) = desk.stories().items()
    assert frontmatter.loads(text)["webUrl"] == lead


def test_a_rating_moves_the_ranking_and_is_seen_as_a_term(desk: Any) -> None:
    """Marks of two editors are averaged, each one's latest counts; 4 adds nothing."""
    a, _ = ids(desk)
    before = page(desk, FIRST)["dermai"]["scores"]
    said(desk("rate", a, "--relevance", "1", "--as", "Ben", "--json"))
    said(desk("rate", a, "--relevance", "7", "--as", "Ben", "--json"))
    said(desk("rate", a, "--relevance", "5", "--newsworthiness", "6", "--as", "Cy", "--json"))
    step(desk)
    after = page(desk, FIRST)["dermai"]["scores"]
    assert after["quality"]["rated relevant"] == 10  # (7 + 5) / 2 is 2 above the middle, 5 points each
    assert after["quality"]["total"] == before["quality"]["total"] + 10
    assert after["heat"]["rated newsworthy"] == 20
    assert page(desk, FIRST)["quality"] == after["quality"]["total"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reject", "nothing-of-the-sort"], "no item, story, file or address"),
        (["rate", "https://a.example/one"], "relevance or --newsworthiness"),
        (["rate", "https://a.example/one", "--relevance", "8"], "1<=x<=7"),
        (["same", "https://a.example/one"], "two targets"),
        (["same", "https://a.example/one", "https://a.example/one"], "one and the same"),
        (["undo", "01ZZZ"], "no decision"),
        (["reject", "i"], "names 2 things"),
        (["reject", "https://a.example/one", "--as", " "], "nobody is named"),
    ],
)
def test_a_word_that_makes_no_sense_is_refused_with_what_to_do(desk: Any, words: list[str], said: str) -> None:
    """Exit code 2, and the log stays as it was."""
    outcome = desk(*words)
    assert outcome.code == 2
    assert said in outcome.err
    assert not (desk.corpus / "decisions.jsonl").exists()


def test_targets_may_be_files_addresses_and_beginnings_of_ids(desk: Any) -> None:
    """All of them name the same story."""
    a, _ = ids(desk)
    name = next(name for name, text in desk.stories().items() if FIRST in text)
    work = page(desk, FIRST)["dermai"]["works"][0]
    item = work["canonical"]
    for target in (a, work["id"], item, item[:9], name, f"news/{name}", str(desk.corpus / "news" / name),
                   "https://a.example/one?utm_source=x", "http://www.a.example/one"):  # fmt: skip
        assert said(desk("hold", target, "--json"))["target"] == [a], target


def test_the_log_lists_filters_and_shows_what_is_undone(desk: Any) -> None:
    """By target, verb and person; an undo of an undo brings a decision back."""
    a, b = ids(desk)
    first = said(desk("hold", a, "--json"))["id"]
    said(desk("rate", b, "--relevance", "6", "--as", "Ben", "--json"))
    undo = said(desk("undo", "last", "--json"))
    assert desk("undo", undo["target"][0]).code == 2  # undone already
    said(desk("undo", undo["id"], "--json"))
    entries = desk("log", "--json").json
    assert [entry["decision"]["verb"] for entry in entries] == ["hold", "rate", "undo", "undo"]
    assert [bool(entry["undone_by"]) for entry in entries] == [False, False, True, False]
    assert [e["decision"]["id"] for e in desk("log", "https://a.example/one", "--json").json] == [first]
    assert len(desk("log", b, "--json").json) == 3
    assert len(desk("log", "--verb", "undo", "--json").json) == 2
    assert len(desk("log", "--who", "ben", "--json").json) == 1
    assert "undone by" in desk("log").text


def test_who_decides_comes_from_the_environment(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """--as, DERMAI_WHO, git's author, the user; nobody at all is refused."""
    a, _ = ids(desk)
    for name in ("DERMAI_WHO", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "USER", "LOGNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    assert "--as NAME" in desk("hold", a).err
    monkeypatch.setenv("USER", "root")
    assert said(desk("hold", a, "--json"))["who"] == "root"
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace")
    assert said(desk("hold", a, "--json"))["who"] == "Grace"
    assert said(desk("hold", a, "--as", "Dr. Lu", "--json"))["who"] == "Dr. Lu"
