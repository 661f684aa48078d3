"""What editors decided lasts: whatever becomes of feeds, guids, the database and better sources (E-05, E-07)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import frontmatter
import pytest

TITLES = (
    "Deep learning system matches dermatologists at melanoma triage",
    "Convolutional network grades acne on telephone pictures",
    "Neural network scores psoriasis severity from photographs",
    "Machine learning tells eczema from contact dermatitis",
    "Language model answers questions about skin cancer screening",
    "Computer vision counts hair follicles in alopecia",
    "Random forest predicts wound healing in epidermolysis bullosa",
)


def serve(site: Any, path: str, numbers: range, guid: str = "") -> None:
    """Let the feed at `path` tell these stories."""
    site.pages[path] = site.Reply(
        body=site.rss(
            *(
                {"title": TITLES[n], "link": f"https://a.example/{n}", "guid": f"{guid}{n}", "text": f"{TITLES[n]}."}
                for n in numbers
            )
        )
    )


def step(project: Any) -> None:
    """The next run."""
    project.later(hours=2)
    outcome = project.run()
    assert outcome.code in {0, 6, 7}, outcome.text  # 7: a digest of sources that are quiet for years


def kept(project: Any) -> dict[str, bytes]:
    """Path -> bytes of every story and of the log."""
    return {
        str(path.relative_to(project.corpus)): path.read_bytes()
        for name in ("news", "rejected", "decisions.jsonl")
        for path in sorted([project.corpus / name, *(project.corpus / name).rglob("*.md")])
        if path.is_file()
    }


def other_guids(project: Any, site: Any) -> None:
    """The publisher gives every entry another guid."""
    serve(site, "/a", range(7), guid="new-")


def moved_feed(project: Any, site: Any) -> None:
    """The feed lives at another address."""
    serve(site, "/moved", range(7))
    project.sources(project.feed("a", "/moved"))


def removed_feed(project: Any, site: Any) -> None:
    """The source is taken out, and put back after a run."""
    project.sources()
    step(project)
    project.sources(project.feed("a", "/a"))


def years(project: Any, site: Any) -> None:
    """Everything that is kept for a while is let go."""
    project.later(days=900)


def lost_database(project: Any, site: Any) -> None:
    """The cache is deleted, and made again."""
    shutil.rmtree(project.state)
    assert project("rebuild").code == 0


EVENTS: tuple[Callable[[Any, Any], None], ...] = (other_guids, moved_feed, removed_feed, years, lost_database)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.__name__))
def test_e07_decisions_of_every_kind_survive(
    project: Any, site: Any, monkeypatch: pytest.MonkeyPatch, event: Callable[[Any, Any], None]
) -> None:
    """An edit, a rejection, a hold, a join, a split, a rating, a promotion, `published`: every byte is the same."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    project.sources(project.feed("a", "/a"))
    serve(site, "/a", range(7))
    assert project.run().code == 0
    path = next(p for p in project.corpus.glob("news/*.md") if TITLES[0] in p.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace(TITLES[0], "A net triages moles"), "utf-8")
    address = "https://a.example/{}".format
    for words in (
        ("reject", address(1), "--reason", "advertisement"), ("hold", address(2)), ("same", address(3), address(4)),
        ("different", address(0), address(5)), ("rate", address(5), "--relevance", "6"), ("promote", address(5)),
        ("publish", address(6)),
    ):  # fmt: skip
        assert project(*words).code == 0, words
    step(project)
    step(project)
    before = kept(project)
    assert any(name.startswith("rejected/") for name in before)
    event(project, site)
    step(project)
    step(project)
    assert kept(project) == before


@pytest.mark.parametrize("published", [True, False])
def test_e05_the_published_representative_is_sticky(
    project: Any, site: Any, monkeypatch: pytest.MonkeyPatch, published: bool
) -> None:
    """A better source joins: a published file keeps its address and lists the other, an unpublished one changes."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    serve(site, "/a", range(1))
    site.pages["/b"] = site.Reply(body=site.rss())
    assert project.run().code == 0
    if published:
        assert project("publish", "https://a.example/0").code == 0
        step(project)
    (name,) = project.stories()
    better = "https://jamanetwork.com/journals/jamadermatology/fullarticle/2799999"
    said = {
        "title": "Automated triage of pigmented lesions by a neural network",
        "link": better,
        "text": "Dermatology.",
    }
    site.pages["/b"] = site.Reply(body=site.rss(said))
    step(project)
    assert project("accept", better).code == 0
    assert project("same", "https://a.example/0", better).code == 0
    step(project)
    assert list(project.stories()) == [name]
    page = frontmatter.loads(project.stories()[name])
    there, other = ("https://a.example/0", better) if published else (better, "https://a.example/0")
    assert page["webUrl"] == there
    assert [entry["webUrl"] for entry in page["related"]] == [other]
