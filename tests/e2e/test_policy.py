"""Publishing by rule: off by default, said in the file, and never against an editor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import frontmatter
import pytest

PAPER = "Deep learning system matches dermatologists at melanoma triage"
ACNE = "Convolutional network grades acne on telephone pictures"
TEXT = "A deep learning system triaged skin lesions as well as twelve dermatologists in 1,204 patients."


@pytest.fixture
def desk(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two stories, written without any rule."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    serve(site, paper=PAPER, acne=ACNE)
    project.sources(project.feed("a", "/a"))
    assert project.run().code == 0
    return project


def serve(site: Any, **titles: str) -> None:
    """Let the feed say `titles`."""
    items = ({"title": t, "link": f"https://a.example/{slug}", "text": f"{t}. {TEXT}"} for slug, t in titles.items())
    site.pages["/a"] = site.Reply(body=site.rss(*items))


def rules(project: Any, *blocks: dict[str, Any]) -> None:
    """Let these rules publish."""
    project.write_settings(publish={"rules": list(blocks)})


def path_of(project: Any, title: str) -> Path:
    """The file of the story called `title`."""
    pages = sorted(project.corpus.rglob("*.md"))
    return next(p for p in pages if frontmatter.loads(p.read_text(encoding="utf-8")).get("title") == title)


def page(project: Any, title: str) -> Any:
    """Its front matter."""
    return frontmatter.loads(path_of(project, title).read_text(encoding="utf-8"))


def step(project: Any) -> Any:
    """The next run."""
    project.later(hours=2)
    outcome = project.run()
    assert outcome.code == 0, outcome.text
    return outcome


NEW = "Neural network scores psoriasis severity from photographs"


def with_a_rule(desk: Any, site: Any) -> None:
    """A rule is written, and then a story comes."""
    rules(desk, {"name": "any-good", "quality": 1})
    serve(site, paper=PAPER, acne=ACNE, new=NEW)
    step(desk)


def test_no_rule_publishes_unless_somebody_wrote_one(desk: Any) -> None:
    """The default: nothing is published, and no decision is taken."""
    assert not page(desk, PAPER)["published"]
    assert not (desk.corpus / "decisions.jsonl").exists()


def test_a_rule_publishes_what_comes_and_says_so_in_the_file(desk: Any, site: Any) -> None:
    """The rule and its decision stand under `dermai`; older stories stay as they were; a further run writes nothing."""
    with_a_rule(desk, site)
    new = page(desk, NEW)
    (entry,) = desk("log", "--json").json
    decision = entry["decision"]
    assert new["published"] is True
    assert new["dermai"]["published_by"] == {"rule": "any-good", "decision": decision["id"]}
    assert (decision["who"], decision["verb"], decision["value"]) == ("rule", "publish", {"rule": "any-good"})
    assert "quality at least 1" in decision["why"]
    assert page(desk, PAPER)["published"] is False
    before = desk.tree()
    assert step(desk).json["written"] == []
    assert desk.tree() == before


def test_an_editors_published_false_stands_against_the_rule(desk: Any, site: Any) -> None:
    """In the file; whatever the source says later, with every other story of that decision left published."""
    rules(desk, {"name": "any-good", "quality": 1})
    other = "Machine learning tells eczema from psoriasis in children"
    serve(site, new=NEW, other=other)
    step(desk)
    path = path_of(desk, NEW)
    path.write_text(path.read_text(encoding="utf-8").replace("published: true", "published: false"), encoding="utf-8")
    step(desk)
    serve(site, new=NEW + " again", other=other)
    step(desk)
    taken = page(desk, NEW + " again")
    assert taken["published"] is False
    assert "published_by" not in taken["dermai"]
    assert page(desk, other)["published"] is True
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("category: news", "category: notes"), encoding="utf-8")
    step(desk)  # an edit of something else is no word about publishing
    assert page(desk, NEW + " again")["published"] is False


@pytest.mark.parametrize("verb", ["unpublish", "undo"])
def test_what_an_editor_took_back_no_rule_publishes_again(desk: Any, site: Any, verb: str) -> None:
    """By its own decision or by an undo, across a change of the story and a rebuild."""
    with_a_rule(desk, site)
    words = ["https://a.example/new"] if verb == "unpublish" else ["last"]
    assert desk(verb, *words).code == 0
    step(desk)
    assert page(desk, NEW)["published"] is False
    serve(site, new=NEW + " again")
    step(desk)
    assert desk("rebuild").code == 0
    step(desk)
    assert page(desk, NEW + " again")["published"] is False


def test_an_editor_who_publishes_takes_the_rules_place(desk: Any, site: Any) -> None:
    """The provenance goes, `published` stays."""
    with_a_rule(desk, site)
    assert desk("publish", "https://a.example/new").code == 0
    step(desk)
    assert page(desk, NEW)["published"] is True
    assert "published_by" not in page(desk, NEW)["dermai"]


def test_decision_11_a_rule_that_is_gone_unpublishes_nothing(desk: Any, site: Any) -> None:
    """Its word stands in the log, so the file keeps it when the story changes, and after a rebuild."""
    with_a_rule(desk, site)
    rules(desk)
    serve(site, new=NEW + " again")
    step(desk)
    assert desk("rebuild").code == 0
    step(desk)
    assert page(desk, NEW + " again")["published"] is True
    assert page(desk, NEW + " again")["dermai"]["published_by"]["rule"] == "any-good"


def test_no_rule_speaks_for_an_imported_file(project: Any) -> None:
    """The seeds say themselves whether they are published."""
    project.sources(project.seeds())
    rules(project, {"name": "any-good", "quality": 0})
    project.run()
    texts = project.stories().values()
    imported = [p for p in map(frontmatter.loads, texts) if "secured" in p]
    assert imported
    assert not any("published_by" in p["dermai"] for p in imported)


@pytest.mark.parametrize(
    ("blocks", "what"),
    [
        ([{"name": "a"}], "a has no condition"),
        ([{"name": "a", "quality": 5}, {"name": "a", "trust": 5}], "a a second time"),
        ([{"name": "a", "sources": ["nobody"]}], "nobody"),
        ([{"name": "a", "kinds": ["novel"]}], "kinds.0"),
        ([{"name": "a", "quality": 101}], "100"),
        ([{"name": "A b", "quality": 1}], "no name"),
    ],
)
def test_a_rule_that_makes_no_sense_is_a_mistake_of_the_configuration(
    project: Any, blocks: list[dict[str, Any]], what: str
) -> None:
    """Named by file, line and key; nothing runs."""
    rules(project, *blocks)
    outcome = project("config", "check")
    assert outcome.code == 2
    assert "publish.rules" in outcome.err
    assert what in outcome.err
