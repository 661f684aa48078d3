"""The main job on feeds over HTTP."""

from __future__ import annotations

from typing import Any

import frontmatter
import pytest

TITLE = "Deep learning system matches dermatologists at melanoma triage"
TEXT = (
    "A deep learning system triaged skin lesions as well as twelve dermatologists in a study of 1,204 patients at "
    "Northfield Hospital, researchers report in the Journal of Example Dermatology. Sensitivity for melanoma was 94%."
)


def entry(host: str = "news.example", slug: str = "melanoma-triage", **words: str) -> dict[str, str]:
    """An RSS item on the topic, changed by `words`; another title comes with a text of its own."""
    title = words.get("title", TITLE)
    text = TEXT if TITLE in title else f"{title}."
    return {"title": title, "link": f"https://{host}/{slug}", "text": text} | words


def serve(site: Any, path: str, *items: dict[str, str], **words: Any) -> None:
    """Let `path` of the site be a feed of `items`."""
    site.pages[path] = site.Reply(body=site.rss(*items), **words)


def page(project: Any, part: str) -> tuple[str, Any]:
    """Name and parsed front matter of the one story whose name holds `part`."""
    ((name, text),) = [(name, text) for name, text in project.stories().items() if part in name]
    return name, frontmatter.loads(text)


def test_a_feed_becomes_files_and_a_digest(project: Any, site: Any) -> None:
    """What the first poll brings is archive; what a later one brings is news."""
    serve(site, "/a", entry(slug="old", title="Convolutional network grades acne on phone pictures"))
    project.sources(project.feed("a", "/a"))
    first = project.run()
    assert first.code == 0, first.text + first.err
    project.later(hours=2)
    serve(site, "/a", entry())
    report = project.run().json
    name, story = page(project, "melanoma")
    assert name == "2026-11-18-deep-learning-system-matches-dermatologists-at-melanoma-triage.md"
    assert (story["title"], story["published"], story["category"]) == (TITLE, False, "news")
    assert story["excerpt"] == TEXT
    assert report["sources"][0] | {"fetched": 1, "new": 1} == report["sources"][0]
    digest = (project.corpus / "digests" / "2026-W47.md").read_text(encoding="utf-8")
    assert digest.index("## Elsewhere") < digest.index(TITLE) < digest.index("## Added from the archive")


def test_a_release_and_its_reprint_are_one_story_with_one_origin(project: Any, site: Any) -> None:
    """Two sites, one text: one file, two carriers, one origin."""
    serve(site, "/a", entry("university.example"))
    serve(site, "/b", entry("reprints.example", "123", title=f"{TITLE} - Reprints Daily"))
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    report = project.run().json
    assert len(project.stories()) == 1
    dermai = page(project, "melanoma")[1]["dermai"]
    assert (dermai["origins"], dermai["carriers"]) == (1, 2)
    assert report["duplicates"] == 1


def test_promise_7_one_broken_source_takes_nothing_with_it(project: Any, site: Any) -> None:
    """A 500, a page that is no feed and a missing file stand beside a good feed."""
    serve(site, "/good", entry())
    site.pages["/broken"] = site.Reply(status=500)
    site.pages["/page"] = site.Reply(
        body=b"<html><body>Maintenance</body></html>", headers={"Content-Type": "text/html"}
    )
    ids = {"good": "/good", "broken": "/broken", "page": "/page", "missing": "/missing"}
    project.sources(*(project.feed(id_, path) for id_, path in ids.items()))
    outcome = project.run()
    sources = {source["source_id"]: source for source in outcome.json["sources"]}
    assert sources["good"]["new"] == 1
    assert {id_: sources[id_]["failure"] for id_ in ("broken", "page", "missing")} == {
        "broken": "http_5xx", "page": "not_a_feed", "missing": "not_found",
    }  # fmt: skip
    assert len(project.stories()) == 1
    assert outcome.code == 7, "more than half of the sources failed"


def test_f17_nothing_is_asked_twice_within_its_interval(project: Any, site: Any) -> None:
    """Five runs, one request; the next after the interval, with the validator."""
    serve(site, "/a", entry())
    project.sources(project.feed("a", "/a"))
    for _ in range(5):
        assert project.run().code == 0
    assert site.hits["/a"] == 1
    project.later(hours=2)
    report = project.run().json
    assert site.hits["/a"] == 2
    assert (report["sources"][0]["outcome"], report["written"]) == ("unchanged", [])


def test_an_editors_edit_is_kept_while_the_machine_writes_beside_it(project: Any, site: Any) -> None:
    """A changed title, a new key and a comment stay; a second source still joins the story."""
    serve(site, "/a", entry("university.example"))
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    serve(site, "/b")
    project.run()
    name, _ = page(project, "melanoma")
    path = project.corpus / "news" / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'title: "{TITLE}"', "title: 'My title'  # shorter\nreviewer: Ada"), encoding="utf-8")
    serve(site, "/b", entry("reprints.example", "123"))
    project.later(hours=25)
    report = project.run().json
    assert f"news/{name}" in report["written"]
    edited = path.read_text(encoding="utf-8")
    assert "title: 'My title'  # shorter\nreviewer: Ada\n" in edited
    assert frontmatter.loads(edited)["dermai"]["carriers"] == 2
    before = project.tree()
    assert project.run().json["written"] == []
    assert project.tree() == before


def test_w09_a_deleted_file_is_a_rejection_and_stays_deleted(project: Any, site: Any) -> None:
    """A further copy of the rejected story does not bring it back; the decision is in the log."""
    serve(
        site, "/a", entry("university.example"), entry(slug="other", title="Convolutional network grades acne severity")
    )
    serve(site, "/b")
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    project.run()
    name, _ = page(project, "melanoma")
    (project.corpus / "news" / name).unlink()
    project.later(hours=25)
    serve(site, "/b", entry("reprints.example", "123"))
    assert project.run().code == 0
    assert name not in project.stories()
    log = (project.corpus / "decisions.jsonl").read_text(encoding="utf-8")
    assert log.count("\n") == 1
    assert '"verb":"reject"' in log


def test_w09_a_lost_folder_stops_the_run_before_anything_changes(project: Any, site: Any) -> None:
    """No marker, no run: an unmounted disk is not an editor."""
    serve(site, "/a", entry())
    project.sources(project.feed("a", "/a"))
    project.run()
    (project.corpus / ".dermai-corpus").unlink()
    outcome = project("run")
    assert outcome.code == 5
    assert "marker" in outcome.err


def test_w10_a_renamed_file_is_followed(project: Any, site: Any) -> None:
    """Its story goes on being written there."""
    serve(site, "/a", entry("university.example"))
    serve(site, "/b")
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    project.run()
    name, _ = page(project, "melanoma")
    (project.corpus / "news" / name).rename(project.corpus / "news" / "2026-11-18-mine.md")
    serve(site, "/b", entry("reprints.example", "123"))
    project.later(hours=25)
    project.run()
    assert list(project.stories()) == ["2026-11-18-mine.md"]
    assert page(project, "mine")[1]["dermai"]["carriers"] == 2


def test_w06_a_file_with_broken_yaml_is_left_alone_and_named(project: Any, site: Any) -> None:
    """The rest of the run goes on; exit code 6."""
    serve(
        site, "/a", entry("university.example"), entry(slug="other", title="Convolutional network grades acne severity")
    )
    serve(site, "/b")
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    project.run()
    name, _ = page(project, "melanoma")
    path = project.corpus / "news" / name
    path.write_text(path.read_text(encoding="utf-8").replace("category: news", 'category: "news'), encoding="utf-8")
    broken = path.read_bytes()
    serve(
        site,
        "/b",
        entry("reprints.example", "123"),
        entry("reprints.example", "9", title="AI chatbot answers psoriasis questions"),
    )
    project.later(hours=25)
    outcome = project.run()
    assert outcome.code == 6
    assert any(name in problem["where"] for problem in outcome.json["problems"])
    assert path.read_bytes() == broken
    assert any("psoriasis" in other for other in project.stories())


def test_f16_a_correction_of_the_text_is_an_update_and_not_a_second_item(project: Any, site: Any) -> None:
    """Same guid, new title: one story, whose name stays."""
    serve(site, "/a", entry())
    project.sources(project.feed("a", "/a"))
    project.run()
    (name,) = project.stories()
    serve(site, "/a", entry(title=f"Corrected: {TITLE}"))
    project.later(hours=2)
    report = project.run().json
    assert report["sources"][0] | {"updated": 1, "new": 0} == report["sources"][0]
    assert list(project.stories()) == [name]


@pytest.mark.parametrize(
    ("status", "code"), [pytest.param(500, 4, id="every source failed"), pytest.param(200, 0, id="all well")]
)
def test_h5_exit_codes_of_a_run(project: Any, site: Any, status: int, code: int) -> None:
    """4 when nothing over the network answered, 0 when all did."""
    serve(site, "/a", entry())
    site.pages["/a"].status = status
    project.sources(project.feed("a", "/a"))
    assert project.run().code == code


def test_h5_a_wrong_configuration_is_exit_code_2_and_asks_nothing(project: Any, site: Any) -> None:
    """Every mistake with file and line, before any request."""
    project.sources(project.feed("a", "/a") | {"intervall": "1h"}, project.feed("a", "/b"))
    outcome = project("run")
    assert outcome.code == 2
    assert "intervall" in outcome.err
    assert len(outcome.err.splitlines()) >= 2
    assert not site.hits


def test_h5_a_second_run_at_once_is_exit_code_3(project: Any, site: Any) -> None:
    """The holder is named."""
    from dermai_feed import app

    project.sources()
    config = app.load(project.config)
    with app.locked(config):
        outcome = project("run")
    assert outcome.code == 3
    assert "process" in outcome.err
    assert project("run").code == 0


def test_a_dry_run_changes_nothing_and_says_what_it_would_do(project: Any, site: Any) -> None:
    """The work is done on a copy."""
    serve(site, "/a", entry())
    project.sources(project.feed("a", "/a"))
    outcome = project("run", "--dry-run")
    assert "would write" in outcome.text
    assert "melanoma" in outcome.text
    assert not project.corpus.exists()


def test_since_leaves_out_what_is_older(project: Any, site: Any) -> None:
    """And says how many."""
    serve(site, "/a", entry(), entry(slug="old", title="Older acne network news", date="Mon, 02 Nov 2026 08:00:00 GMT"))
    project.sources(project.feed("a", "/a"))
    report = project.run("--since", "2026-11-10").json
    assert report["sources"][0]["rejected"] == {"before --since": 1}
    assert len(project.stories()) == 1


def test_steps_can_be_run_one_by_one(project: Any, site: Any) -> None:
    """Collect, match, publish, digest end where run ends."""
    serve(site, "/a", entry())
    project.sources(project.feed("a", "/a"))
    for step in ("collect", "match", "publish", "digest"):
        assert project(step).code == 0, step
    assert len(project.stories()) == 1
    assert project.run().json["written"] == []


def test_promise_7_a_degraded_digest_never_replaces_a_good_one(project: Any, site: Any) -> None:
    """It lies beside it, marked."""
    serve(site, "/a", entry())
    project.sources(project.feed("a", "/a"))
    project.run()
    good = (project.corpus / "digests" / "2026-W47.html").read_bytes()
    site.pages["/a"].status = 500
    project.later(hours=2)
    outcome = project.run()
    assert outcome.code == 4
    assert (project.corpus / "digests" / "2026-W47.html").read_bytes() == good
    assert "Degraded" in (project.corpus / "digests" / "2026-W47.degraded.html").read_text(encoding="utf-8")


def test_d11_a_digest_changed_by_hand_is_left_as_it_is(project: Any, site: Any) -> None:
    """Until --force, which keeps a copy."""
    serve(site, "/a", entry())
    project.sources(project.feed("a", "/a"))
    project.run()
    path = project.corpus / "digests" / "2026-W47.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nMy own line.\n", encoding="utf-8")
    serve(site, "/a", entry(), entry(slug="new", title="Convolutional network grades acne severity"))
    project.later(hours=2)
    assert project.run().code == 6
    assert path.read_text(encoding="utf-8").endswith("My own line.\n")
    assert project("digest", "--force").code == 0
    assert "My own line." not in path.read_text(encoding="utf-8")
    assert (path.parent / "2026-W47.edited.md").read_text(encoding="utf-8").endswith("My own line.\n")
