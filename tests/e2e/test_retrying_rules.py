"""Other rules, tried on the corpus before they are used."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

TEXT = (
    "A deep learning system triaged skin lesions as well as twelve dermatologists in a study of 1,204 patients at "
    "Northfield Hospital, researchers report in the Journal of Example Dermatology. Sensitivity for melanoma was 94%."
)


OTHER = (
    "Twelve dermatologists and a deep learning network looked at the skin lesions of 1,204 patients of Northfield "
    "Hospital. The network found 94% of the melanomas, says the Journal of Example Dermatology."
)


@pytest.fixture
def corpus(project: Any, site: Any) -> Any:
    """Two reports of one study under different titles, with weights of their own."""
    path = project.folder / "config" / "matching.yaml"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(text, encoding="utf-8")
    told = {
        "a": ("Deep learning system matches dermatologists at melanoma triage in Northfield", TEXT),
        "b": ("Northfield study: deep learning as good as dermatologists at melanoma triage", OTHER),
    }
    for name, (title, words) in told.items():
        item = {"title": title, "link": f"https://{name}.example/x", "text": words}
        site.pages[f"/{name}"] = site.Reply(body=site.rss(item))
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    project.run()
    assert len(project.stories()) == 1
    return project


APART = ("--set", "copies.merge=0.9999999", "--set", "stories.merge=0.9999999", "--set", "headlines.merge=0.9999999")


def test_rematch_shows_joins_and_splits_and_changes_nothing(corpus: Any) -> None:
    """A threshold nobody reaches splits the story; the dry run leaves every file and row."""
    before, weights = corpus.tree(), (corpus.folder / "config" / "matching.yaml").read_bytes()
    outcome = corpus("rematch", *APART)
    assert outcome.code == 0
    assert "split story" in outcome.text
    assert "nothing was changed" in outcome.text
    answer = corpus("rematch", *APART, "--json").json
    assert (answer["before"][1], answer["after"][1]) == (1, 2)
    assert corpus.tree() == before
    assert (corpus.folder / "config" / "matching.yaml").read_bytes() == weights
    assert corpus.run().json["written"] == []


def test_rematch_apply_makes_the_next_snapshot_and_the_corpus_follows(corpus: Any) -> None:
    """The number rises in the file, the story falls apart, and both ways back is the same."""
    number = yaml.safe_load((corpus.folder / "config" / "matching.yaml").read_text(encoding="utf-8"))["number"]
    assert corpus("rematch", *APART, "--apply").code == 0
    after = yaml.safe_load((corpus.folder / "config" / "matching.yaml").read_text(encoding="utf-8"))
    assert (after["number"], after["stories"]["merge"]) == (number + 1, 0.9999999)
    assert corpus("publish").code == 0
    assert len(corpus.stories()) == 2
    again = ("copies.merge=0.5", "stories.merge=0.5", "headlines.merge=0.5")
    assert corpus("rematch", *(word for key in again for word in ("--set", key)), "--apply").code == 0
    assert corpus("publish").code == 0
    assert len(corpus.stories()) == 1


def test_weights_changed_by_hand_are_told_and_used_for_new_items_only(corpus: Any) -> None:
    """Decision 4: what was matched stands until somebody applies the change."""
    path = corpus.folder / "config" / "matching.yaml"
    text = path.read_text(encoding="utf-8")
    number = yaml.safe_load(text)["number"]
    path.write_text(text.replace(f"number: {number}\n", f"number: {number + 5}\n", 1), encoding="utf-8")
    report = corpus.run().json
    assert any("rematch" in problem["hint"] for problem in report["problems"])
    assert len(corpus.stories()) == 1


def test_words_can_be_counted_anew(corpus: Any) -> None:
    """The corpus' own words, as the next snapshot."""
    assert corpus("rematch", "--words", "--json").json["after"]


def test_rematch_scores_both_on_labelled_data(corpus: Any, root: Any) -> None:
    """In force and proposed, on a set of our own."""
    data = root / "tests" / "data" / "matching" / "labelled.jsonl"
    text = corpus("rematch", *APART, "--labelled", str(data)).text
    assert "in force" in text
    assert "proposed" in text


@pytest.mark.parametrize(
    "wish", ["stories.merge", "stories.merge=high", "nothing=1", "stories.bits.title.nothing=1", "number=9"]
)
def test_a_weight_that_does_not_exist_is_named(corpus: Any, wish: str) -> None:
    """Exit code 2."""
    outcome = corpus("rematch", "--set", wish)
    assert outcome.code == 2
    assert "--set" in outcome.err


def test_triage_dry_run_lists_what_a_changed_vocabulary_moves(corpus: Any) -> None:
    """Nothing moves by the rules in force; with a threshold nobody reaches, both items leave."""
    assert "0 items would be judged otherwise" in corpus("triage", "--dry-run").text
    path = corpus.folder / "config" / "triage.yaml"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(re.sub(r"(?m)^accept: [\d.]+", "accept: 0.999", text), encoding="utf-8")
    before = corpus.stories()
    moves = corpus("triage", "--dry-run", "--json").json
    assert [(move["verb"], move["before"], move["after"]) for move in moves] == [("leave", "accept", "review")] * 2
    assert "leave: accept -> review" in corpus("triage", "--dry-run").text
    corpus.run()
    assert corpus.stories() == before, "verdicts that were given stand"
    assert corpus("triage").code == 2
