"""The issue of a week as an editor has it in hand: drafts, approval, sending, undo, templates, broken clocks."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import feedparser
import pytest
from aiosmtpd.controller import Controller

from dermai_feed import decisions

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
TITLE = "Deep learning system matches dermatologists at melanoma triage"
TEXT = (
    "A deep learning system sorted suspicious moles as well as dermatologists did. "
    "Clinics could see patients with melanoma three weeks earlier and avoid unnecessary biopsies. Code is open."
)


@pytest.fixture
def week(project: Any, site: Any) -> Any:
    """A project whose second poll brought one story of news; the clock stands at the Monday after it."""
    serve(site)
    project.sources(project.feed("a", "/a"))
    assert project.run().code == 0
    project.later(hours=2)
    serve(site, TITLE)
    assert project.run().code == 0
    project.clock(MONDAY)
    return project


def serve(site: Any, *titles: str) -> None:
    """Let the feed hold an old story and these."""
    items = [
        ("Convolutional network grades acne on phone pictures", "Dermatologists tested it."),
        *((t, TEXT) for t in titles),
    ]
    site.pages["/a"] = site.Reply(
        body=site.rss(*({"title": t, "link": f"https://news.example/{n}", "text": x} for n, (t, x) in enumerate(items)))
    )


def issue(project: Any, suffix: str = "", name: str = "2026-W47") -> Any:
    """A frozen selection."""
    return json.loads((project.corpus / "digests" / f"{name}{suffix}.json").read_text(encoding="utf-8"))


def told(selection: Any) -> list[str]:
    """The titles of its stories."""
    return [pick["title"] for section in selection.get("sections", ()) for pick in section["picks"]]


def files(project: Any) -> dict[str, bytes]:
    """Every rendering by name."""
    return {path.name: path.read_bytes() for path in sorted((project.corpus / "digests").iterdir())}


def story_file(project: Any, part: str) -> Path:
    """The file of the one story whose name holds `part`."""
    (path,) = (project.corpus / "news").glob(f"*{part}*.md")
    return Path(path)


@contextmanager
def mailbox() -> Iterator[tuple[int, list[bytes]]]:
    """A mail server on loopback, and what it took."""
    got: list[bytes] = []

    class Box:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            got.append(envelope.content)
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    try:
        yield port, got
    finally:
        controller.stop()


# --------------------------------------------------------------------------- frozen


def test_a_digest_does_not_change_once_its_week_is_over(week: Any, site: Any) -> None:
    """Whatever comes later; the same bytes, whoever asks."""
    before = files(week)
    serve(site, TITLE, "Convolutional network finds onychomycosis in photographs of nails")
    assert week.run("--source", "a").code == 0
    assert week("digest", "--week", "2026-W47").code == 0
    assert {name: text for name, text in files(week).items() if "W47" in name} == before


def test_a_lost_rendering_is_made_again_from_the_frozen_selection(week: Any) -> None:
    """Byte for byte."""
    path = week.corpus / "digests" / "2026-W47.html"
    text = path.read_bytes()
    path.unlink()
    assert week("digest", "--week", "2026-W47").code == 0
    assert path.read_bytes() == text


def test_a_draft_lies_beside_the_issue_and_is_never_sent(week: Any) -> None:
    """Marked in every form."""
    before = files(week)
    assert week("digest", "--week", "2026-W47", "--draft").code == 0
    assert issue(week, ".draft")["draft"] is True
    assert "draft" in (week.corpus / "digests" / "2026-W47.draft.txt").read_text(encoding="utf-8")
    assert {name: text for name, text in files(week).items() if ".draft" not in name} == before
    assert week("digest", "--draft", "--send").code == 2


def test_days_that_an_editor_names_are_an_issue_of_their_own(week: Any) -> None:
    """From the first to the last, both included; it has no number."""
    assert week("digest", "--since", "2026-11-18", "--until", "2026-11-18").code == 0
    special = issue(week, name="2026-11-18_2026-11-18")
    assert (special["number"], told(special)) == (0, [TITLE])
    for words in (("--until", "2026-11-18"), ("--since", "2026-11-18", "--until", "2026-11-01"), ("--since", "x")):
        assert week("digest", *words).code == 2


def test_an_editors_words_in_the_file_are_the_digests(project: Any, site: Any) -> None:
    """Title, and why it matters; while its week lasts."""
    serve(site)
    project.sources(project.feed("a", "/a"))
    project.run()
    project.later(hours=2)
    serve(site, TITLE)
    project.run()
    path = story_file(project, "melanoma")
    text = path.read_text(encoding="utf-8").replace(f'title: "{TITLE}"', 'title: "Moles sorted"')
    path.write_text(
        text.replace("\ntype:", '\nwhyItMatters: "Our clinic starts with it in May."\ntype:', 1), encoding="utf-8"
    )
    project.later(hours=2)
    assert project.run().code == 0
    (pick,) = next(s["picks"] for s in issue(project)["sections"] if s["key"] != "archive")
    assert pick["title"] == "Moles sorted"
    assert pick["why"] == {"text": "Our clinic starts with it in May.", "by": "editor"}


# --------------------------------------------------------------------------- approval


def test_d06_only_what_is_approved_goes_out(week: Any) -> None:
    """One decision publishes the issue's stories; feeds and the edition hold them and nothing else."""
    assert week("approve", "--week", "2026-W47", "--as", "editor").code == 0
    (line,) = decisions.read(week.corpus / "decisions.jsonl").decisions
    assert (line.verb, line.who, len(line.target)) == ("publish", "editor", 2)
    assert "\npublished: true\n" in story_file(week, "melanoma").read_text(encoding="utf-8")
    out = issue(week, ".sent")
    assert TITLE in told(out)
    assert "notes" not in out
    read = feedparser.parse((week.corpus / "feed.xml").read_bytes())
    assert TITLE in {entry.title for entry in read.entries}
    digests = json.loads((week.corpus / "digests" / "feed.json").read_text(encoding="utf-8"))
    assert [item["id"] for item in digests["items"]] == ["urn:dermai-feed:digest:2026-W47"]
    assert issue(week)["sections"] == issue(week)["sections"]


def test_a_story_can_be_left_out_of_the_edition(week: Any) -> None:
    """It stays unpublished, and is counted."""
    story = next(p["story"] for s in issue(week)["sections"] for p in s["picks"] if p["title"] == TITLE)
    assert week("approve", "--week", "2026-W47", "--except", story, "--as", "editor").code == 0
    assert TITLE not in told(issue(week, ".sent"))
    assert issue(week, ".sent")["not_shown"] == 1
    assert "\npublished: false\n" in story_file(week, "melanoma").read_text(encoding="utf-8")
    assert week("approve", "--week", "2026-W47", "--except", "nothing", "--as", "editor").code == 2


def test_an_edition_whose_approval_was_undone_is_taken_back(week: Any) -> None:
    """As long as nothing was sent: files, feeds and `published` are as before."""
    before = story_file(week, "melanoma").read_bytes()
    week("approve", "--week", "2026-W47", "--as", "editor")
    log = week.corpus / "decisions.jsonl"
    (line,) = decisions.read(log).decisions
    decisions.record(log, now=MONDAY, random=bytes, who="editor", verb="undo", target=(line.id,))
    assert week.run().code == 0
    assert not list((week.corpus / "digests").glob("*.sent.*"))
    assert story_file(week, "melanoma").read_bytes() == before
    assert json.loads((week.corpus / "feed.json").read_text(encoding="utf-8"))["items"] == []


def test_what_is_not_there_or_degraded_cannot_be_approved(week: Any) -> None:
    """With words that say what to do."""
    outcome = week("approve", "--week", "2026-W01", "--as", "editor")
    assert (outcome.code, "dermai-feed digest --week 2026-W01" in outcome.err) == (2, True)


# --------------------------------------------------------------------------- sending


def sendable(week: Any, port: int, **digest: Any) -> Any:
    """`week`, approved, with a mail server."""
    smtp = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "digest@feed.example"}
    words = {"to": ["you@reader.example"], "list_id": "skin.feed.example", "dry_run": False} | digest
    week.write_settings(smtp=smtp, digest=words)
    assert week("approve", "--week", "2026-W47", "--as", "editor").code == 0
    return week


def test_nothing_is_sent_that_was_not_approved(week: Any) -> None:
    """The command that does it is named."""
    outcome = week("digest", "--week", "2026-W47", "--send")
    assert (outcome.code, "dermai-feed approve --week 2026-W47" in outcome.err) == (2, True)


def test_sending_is_a_dry_run_until_the_configuration_says_otherwise(week: Any) -> None:
    """It says to whom, and how large."""
    with mailbox() as (port, got):
        sendable(week, port, dry_run=True)
        outcome = week("digest", "--week", "2026-W47", "--send")
    assert outcome.code == 0
    assert "would send" in outcome.text
    assert "you@reader.example" in outcome.text
    assert got == []


def test_an_edition_is_sent_once(week: Any) -> None:
    """The mail of the corpus, with its list and its lasting id; the second time says so."""
    with mailbox() as (port, got):
        sendable(week, port)
        assert week("digest", "--week", "2026-W47", "--send").code == 0
        outcome = week("digest", "--week", "2026-W47", "--send")
    assert (outcome.code, "was sent already" in outcome.text) == (0, True)
    (content,) = got
    mail = message_from_bytes(content, policy=policy.default)
    assert mail["Message-ID"] == "<2026-W47.sent@feed.example>"
    assert mail["List-Id"] == "Dermatology AI <skin.feed.example>"
    body = mail.get_body(("plain",))
    assert body is not None
    assert TITLE.split(" at ")[0] in " ".join(body.get_content().split())
    assert week("approve", "--week", "2026-W47", "--as", "editor").code == 2


def test_a_run_that_died_while_sending_does_not_send_again_by_itself(week: Any) -> None:
    """Nobody knows whether it arrived: an editor looks, and says --again."""
    with mailbox() as (port, got):
        sendable(week, port)
        line = {"issue": "2026-W47", "message": "<x>", "at": "2026-11-23T08:00:00Z", "state": "sending",
                "to": ["you@reader.example"]}  # fmt: skip
        (week.corpus / "digests" / "sent.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
        outcome = week("digest", "--week", "2026-W47", "--send")
        assert (outcome.code, "--again" in outcome.err, got) == (5, True, [])
        assert week("digest", "--week", "2026-W47", "--send", "--again").code == 0
    assert len(got) == 1


def test_a_server_that_is_not_there_is_an_error_and_may_be_tried_again(week: Any) -> None:
    """Exit code 5; the next attempt sends."""
    with mailbox() as (port, got):
        sendable(week, 1)
        assert week("digest", "--week", "2026-W47", "--send").code == 5
        week.write_settings(smtp={"port": port})
        assert week("digest", "--week", "2026-W47", "--send").code == 0
    assert len(got) == 1


# --------------------------------------------------------------------------- site


def test_the_site_holds_what_is_published_and_nothing_else(week: Any) -> None:
    """Story page, edition, feeds; a second time writes nothing; taken back, it is gone."""
    folder = week.folder / "pages"
    week("approve", "--week", "2026-W47", "--as", "editor")
    assert week("site", "--out", str(folder)).code == 0
    for page in ("index.html", "digests/2026-W47.html", "weeks/2026-w47.html"):
        assert TITLE in (folder / page).read_text(encoding="utf-8"), page
    assert (folder / "feed.xml").read_bytes() == (week.corpus / "feed.xml").read_bytes()
    assert week("site", "--out", str(folder), "--json").json["written"] == 0
    path = story_file(week, "melanoma")
    path.write_text(path.read_text(encoding="utf-8").replace("published: true", "published: false"), encoding="utf-8")
    assert week("site", "--out", str(folder), "--json").json["removed"] > 0
    assert all(TITLE not in path.read_text(encoding="utf-8") for path in (folder / "stories").iterdir())


# --------------------------------------------------------------------------- what goes wrong


def test_a_broken_template_is_named_by_line_and_keeps_the_last_good_digest(week: Any, site: Any) -> None:
    """Whether it cannot be read or fails on the way; mended, it is used."""
    folder = week.folder / "config" / "templates"
    folder.mkdir()
    before = files(week)
    for text, line in (("{{ issue.title }}\n{% if %}\n", 2), ("\n\n{{ issue.nothing.at_all }}\n", 3)):
        (folder / "digest.html.j2").write_text(text, encoding="utf-8")
        outcome = week("digest", "--week", "2026-W47", "--force")
        assert outcome.code == 6
        assert f"digest.html.j2:{line}" in outcome.text
        assert files(week) == before
    (folder / "digest.html.j2").write_text("<title>{{ issue.title }}</title>", encoding="utf-8")
    assert week("digest", "--week", "2026-W47", "--force").code == 0
    assert files(week)["2026-W47.html"] == b"<title>Dermatology AI, week 2026-W47</title>"


def test_a_template_cannot_reach_into_the_program(week: Any) -> None:
    """It restyles; it does not read the environment."""
    folder = week.folder / "config" / "templates"
    folder.mkdir()
    (folder / "digest.html.j2").write_text("{{ issue.__class__.__mro__ }}", encoding="utf-8")
    assert week("digest", "--week", "2026-W47", "--force").code == 6


@pytest.mark.parametrize("moved", [timedelta(days=-2), timedelta(days=400)], ids=["back", "far ahead"])
def test_a_digest_made_after_the_clock_jumped_is_marked(week: Any, moved: timedelta) -> None:
    """Exit code 7; the good one stands."""
    week.run()
    before = {name: text for name, text in files(week).items() if "degraded" not in name}
    week.later(days=moved.days)
    outcome = week("digest")
    assert outcome.code == 7
    assert "clock" in outcome.text
    now = files(week)
    assert {name: now[name] for name in before} == before


def test_d07_an_empty_week_with_healthy_sources_is_no_fault(week: Any) -> None:
    """It says so, and ends with 0."""
    assert week.run().code == 0
    assert "Nothing new was accepted" in (week.corpus / "digests" / "2026-W48.txt").read_text(encoding="utf-8")


def test_a_selection_that_cannot_be_read_is_named_and_left_alone(week: Any) -> None:
    """Nothing is written over it, and the next week's issue is made."""
    path = week.corpus / "digests" / "2026-W47.json"
    path.write_text("{", encoding="utf-8")
    outcome = week("digest", "--week", "2026-W47")
    assert (outcome.code, "2026-W47.json" in outcome.text) == (6, True)
    assert path.read_text(encoding="utf-8") == "{"
    assert week.run().code == 6
    assert (week.corpus / "digests" / "2026-W48.html").exists()


def test_the_templates_can_be_listed_and_printed(project: Any) -> None:
    """What an editor starts from."""
    assert "style.css.j2" in project("templates").text.split()
    assert project("templates", "style.css.j2").text.startswith(":root {")
    assert project("templates", "nothing").code == 2
