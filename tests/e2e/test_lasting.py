"""What editors decided lasts: whatever becomes of feeds, guids, the database and better sources (E-05, E-07)."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import frontmatter
import pytest

from dermai_feed import app, pipeline
from dermai_feed.errors import UsageError
from dermai_feed.model import Verb
from dermai_feed.pipeline import decide
from dermai_feed.publish.digest import from_json

TITLES = (
    "Deep learning system matches dermatologists at melanoma triage",
    "Convolutional network grades acne on telephone pictures",
    "Neural network scores psoriasis severity from photographs",
    "Machine learning tells eczema from contact dermatitis",
    "Language model answers questions about skin cancer screening",
    "Computer vision counts hair follicles in alopecia",
    "Random forest predicts wound healing in epidermolysis bullosa",
    "Transformer reads pathology slides of cutaneous lymphoma",
    "Smartphone app with AI finds scabies in refugee camps",
    "Artificial intelligence sorts referrals to a dermatology clinic",
    "Generative model draws vitiligo on darker skin for teaching",
    "Federated learning detects nail fungus across nine hospitals",
    "Reinforcement learning doses phototherapy for mycosis fungoides",
    "Annual report of the Midland Gardening Society",
)
ALL = range(len(TITLES))


def serve(site: Any, path: str, numbers: range, guid: str = "", host: str = "a.example") -> None:
    """Let the feed at `path` tell these stories."""
    site.pages[path] = site.Reply(
        body=site.rss(
            *(
                {"title": TITLES[n], "link": f"https://{host}/{n}", "guid": f"{guid}{n}", "text": f"{TITLES[n]}."}
                for n in numbers
            )
        )
    )


def step(project: Any) -> None:
    """The next run."""
    project.later(hours=2)
    outcome = project.run()
    assert outcome.code in {0, 6, 7}, outcome.text  # 7: a digest of sources that are quiet for years


def kept(project: Any) -> dict[str, object]:
    """Bytes of every story, what the log says, what is held, and what the week's digest tells."""
    files: dict[str, object] = {
        str(path.relative_to(project.corpus)): path.read_bytes()
        for name in ("news", "rejected")
        for path in sorted((project.corpus / name).rglob("*.md"))
    }
    issue = from_json((project.corpus / "digests" / "2026-W47.json").read_bytes())
    return files | {
        "log": project("log", "--json").json,
        "held": sorted(one["item"]["id"] for one in project("status", "--held", "--json").json),
        "digest": issue.sections,
    }


def other_guids(project: Any, site: Any) -> None:
    """The publisher gives every entry another guid."""
    serve(site, "/a", ALL, guid="new-")


def moved_feed(project: Any, site: Any) -> None:
    """The feed lives at another address."""
    serve(site, "/moved", ALL)
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


def restored_backup(project: Any, site: Any) -> None:
    """The database is copied, lost, and put back."""
    assert project("backup", str(project.folder / "copy.sqlite")).code == 0
    shutil.rmtree(project.state)
    assert project("restore", str(project.folder / "copy.sqlite")).code == 0


def other_machine(project: Any, site: Any) -> None:
    """Everything is exported as a bundle, and imported where there was nothing."""
    bundle = str(project.folder / "all.zip")
    Path(bundle).unlink(missing_ok=True)
    assert project("export", "--format", "bundle", "--out", bundle).code == 0
    for folder in (project.corpus, project.state):
        shutil.rmtree(folder)
    assert project("import", bundle).code == 0


def speak(project: Any) -> None:
    """One decision of every kind at least, and one of them undone."""
    path = next(p for p in project.corpus.glob("news/*.md") if TITLES[0] in p.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace(TITLES[0], "A net triages moles"), "utf-8")
    address = "https://a.example/{}".format
    for words in (
        ("reject", address(1), "--reason", "advertisement"), ("hold", address(2)), ("same", address(3), address(4)),
        ("different", address(0), address(5)), ("rate", address(5), "--relevance", "6", "--newsworthiness", "2"),
        ("promote", address(5)), ("publish", address(6)), ("same", "--work", address(7), address(8)),
        ("pin", address(4)), ("related", address(9), address(10)), ("drop", address(11)), ("accept", address(13)),
        ("publish", address(12)), ("unpublish", address(12)), ("publish", address(9)), ("reject", address(10)),
    ):  # fmt: skip
        assert project(*words).code == 0, words
    assert project("undo", "last").code == 0
    step(project)
    step(project)


@pytest.fixture
def decided(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A corpus on which editors have said everything that there is to say."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    project.sources(project.feed("a", "/a"))
    serve(site, "/a", range(13, 14))
    step(project)
    serve(site, "/a", ALL)  # not the archive of a new source, but news
    step(project)
    speak(project)
    verbs = {entry["decision"]["verb"] for entry in project("log", "--json").json}
    assert verbs == set(get_args(Verb)) - {"import"}
    return project


EVENTS: tuple[Callable[[Any, Any], None], ...] = (
    other_guids, moved_feed, removed_feed, lost_database, restored_backup, other_machine, years,
)  # fmt: skip


def survives(project: Any, site: Any, event: Callable[[Any, Any], None]) -> None:
    """Every byte is the same two runs after the event."""
    before = kept(project)
    assert any(name.startswith("rejected/") for name in before)
    assert before["held"]
    assert before["digest"]
    event(project, site)
    step(project)
    step(project)
    after = kept(project)
    assert [name for name in {**before, **after} if before.get(name) != after.get(name)] == [], event.__name__


def test_e07_decisions_of_every_kind_survive_everything(decided: Any, site: Any) -> None:
    """Seven events, one after the other: guids, address, removal, loss, restoring, another machine, years."""
    for event in EVENTS:
        survives(decided, site, event)
    assert decided("verify").code == 0


def test_e07_decisions_of_every_kind_survive_the_copy_to_postgresql(decided: Any, site: Any, database: str) -> None:
    """The eighth event."""

    def copied(project: Any, site: Any) -> None:
        assert project("store", "migrate", "--to", database).code == 0
        project.write_settings(store={"database": database})

    survives(decided, site, copied)
    assert decided("verify").code == 0


def scatter(project: Any, count: int, seed: int) -> None:
    """Take `count` decisions at random, some of them edits of files; those that are refused do not count."""
    chance = random.Random(seed)
    verbs = sorted({*get_args(Verb)} - {"import", "edit"})
    taken = 0
    with app.assemble(app.load(project.config, {}), threads=0, stopping=app.Stopping()) as parts:
        while taken < count:
            verb = chance.choice(verbs)
            targets = [f"https://{chance.choice('ab')}.example/{chance.choice(ALL)}" for _ in range(2)]
            if verb not in {"same", "different", "related"}:
                targets = targets[:1]
            value = (
                {"relevance": chance.randint(1, 7), "newsworthiness": chance.randint(1, 7)} if verb == "rate" else {}
            )
            project.later(seconds=1)
            try:
                if verb == "undo":
                    past = parts.store.decisions.all()
                    decide.undo(parts, chance.choice(past).id if past else "", now=project.now, who="Ada")
                else:
                    decide.decide(parts, verb, targets, now=project.now, who="Ada", value=value)
            except UsageError:
                continue
            taken += 1
            if taken % 50 == 0:
                path = chance.choice(sorted(project.corpus.glob("news/*.md")))
                path.write_text(path.read_text("utf-8").replace("category: news", "category: notes"), "utf-8")
                project.later(hours=1)
                pipeline.run(parts, now=project.now)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("sqlite", 40), pytest.param("sqlite", 200, marks=pytest.mark.nightly),
        pytest.param("postgres", 200, marks=pytest.mark.nightly),
    ],
)  # fmt: skip
def test_e11_decisions_at_random_are_rebuilt_on_either_database(
    project: Any, site: Any, kind: str, count: int, request: pytest.FixtureRequest
) -> None:
    """The same ids, groups, canonicals and digest; all old names lead there; a poll of everything brings nothing."""
    target = request.getfixturevalue("database") if kind == "postgres" else ""
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    serve(site, "/a", ALL)
    serve(site, "/b", range(0, len(TITLES), 2), host="b.example")
    step(project)
    scatter(project, count, seed=11)
    step(project)
    step(project)
    before, log, grouped = kept(project), (project.corpus / "decisions.jsonl").read_bytes(), stories(project)
    assert len(log.splitlines()) >= count
    shutil.rmtree(project.state)
    if target:
        project.write_settings(store={"database": target})
    assert project("rebuild").code == 0
    assert stories(project) == grouped
    # An edited file of a story that became part of another waits for its editor, before and after.
    assert [p for p in project("verify", "--json").json["problems"] if "is part of" not in p["what"]] == []
    project.later(hours=25)
    report = project.run().json
    assert [(poll["fetched"] > 0, poll["new"]) for poll in report["sources"]] == [(True, 0), (True, 0)]
    assert stories(project) == grouped
    after = kept(project)
    assert [name for name in {**before, **after} if before.get(name) != after.get(name)] == []
    assert (project.corpus / "decisions.jsonl").read_bytes() == log


def stories(project: Any) -> list[Any]:
    """Which story each name of the log leads to, and each: id, works with canonicals and carriers, neighbours."""
    with app.assemble(app.load(project.config, {}), threads=0, stopping=app.Stopping()) as parts:
        named = {target for decision in parts.store.decisions.all() for target in decision.target}
        homes = {name: story.id for name in named if (story := parts.store.stories.story(name))}
        every = sorted(parts.store.stories.all(), key=lambda story: story.id)
        return [homes, *(replace(story, aliases=()) for story in every)]


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
    assert project("conflicts").code == (6 if published else 0)


BETTER = "https://jamanetwork.com/journals/jamadermatology/fullarticle/2799999"


@pytest.fixture
def proposed(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A story that was published and told in an issue; a week later a journal's text joined it."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    serve(site, "/a", range(1))
    site.pages["/b"] = site.Reply(body=site.rss())
    project.run()
    assert project("publish", "https://a.example/0").code == 0
    step(project)
    said = {"title": "Automated triage of pigmented lesions by a neural network", "link": BETTER,
            "text": "Dermatology.", "date": "Wed, 25 Nov 2026 08:00:00 GMT"}  # fmt: skip
    site.pages["/b"] = site.Reply(body=site.rss(said))
    project.later(days=8)
    project.run()
    assert project("accept", BETTER).code == 0
    assert project("same", "https://a.example/0", BETTER).code == 0
    step(project)
    return project


def updates(project: Any) -> list[tuple[str, str]]:
    """What the last issue tells of earlier ones."""
    digest = json.loads(max((project.corpus / "digests").glob("*-W??.json")).read_text("utf-8"))
    picks = [pick for section in digest["sections"] if section["key"] == "updates" for pick in section["picks"]]
    return [(pick["url"], pick["change"]) for pick in picks]


def told_by(project: Any) -> str:
    """The address in the only file."""
    (text,) = project.stories().values()
    return str(frontmatter.loads(text)["webUrl"])


def test_decision_10_a_better_source_for_a_published_story_is_proposed_and_taken(proposed: Any) -> None:
    """In the queue, in the editors' notes and under Updates; `--take canonical` lets it lead; `undo` undoes."""
    (conflict,) = proposed("conflicts", "--json").json
    assert conflict["clash"]["field"] == "canonical"
    assert conflict["clash"]["theirs"].startswith("https://a.example/0 ")
    assert conflict["clash"]["ours"].startswith(BETTER)
    assert updates(proposed) == [(BETTER, "now with its paper")]
    notes = json.loads(max((proposed.corpus / "digests").glob("*-W??.json")).read_text("utf-8"))["notes"]
    assert [box["notes"][0]["url"] for box in notes if box["title"].startswith("A better source")] == [BETTER]
    before = proposed.stories()
    step(proposed)
    assert proposed.stories() == before
    taken = proposed("conflicts", "https://a.example/0", "--take", "canonical", "--json")
    assert taken.code == 0
    assert taken.json["verb"] == "pin"
    step(proposed)
    assert list(proposed.stories()) == list(before)
    assert told_by(proposed) == BETTER
    assert proposed("conflicts").code == 0
    assert updates(proposed) == [(BETTER, "now with its paper")]
    assert proposed("undo", taken.json["id"]).code == 0
    step(proposed)
    assert told_by(proposed) == BETTER  # it led a published file: nothing but a person changes that again


def test_decision_10_a_proposal_that_is_not_wanted_is_not_made_again(proposed: Any) -> None:
    """`--keep canonical` pins what stands; the file has the same bytes."""
    before = proposed.stories()
    assert proposed("conflicts", "https://a.example/0", "--keep", "canonical").code == 0
    step(proposed)
    assert proposed("conflicts").code == 0
    assert proposed.stories() == before
