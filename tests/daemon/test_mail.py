"""The daemon mails each week's edition once: approved by an editor or by itself, whatever crashes in between."""

from __future__ import annotations

import copy
import json
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from tests.daemon.conftest import PATIENCE, Living
from tests.e2e.conftest import Project, serving
from tests.test_sending import Box

from dermai_feed import deliver, failpoint
from dermai_feed.pipeline import edition

FRIDAY = datetime(2027, 11, 12, 12, 0, tzinfo=UTC)  # of 2027-W45; the digest is closed on Monday, 03:30 in Helsinki
MONDAY = datetime(2027, 11, 15, 1, 31, tzinfo=UTC)


class Killed(BaseException):
    """kill -9, as far as one process can play it."""


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Box, int]]:
    """A mail server on loopback and its port."""
    made = Box()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    controller = Controller(made, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    yield made, port
    controller.stop()


@pytest.fixture
def box(server: tuple[Box, int]) -> Box:
    """What the mail server took in this test."""
    made, _ = server
    made.got.clear()
    made.refuse = frozenset()
    return made


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, root: Path, server: tuple[Box, int]) -> Iterator[Project]:
    """A project that mails; its daemon has looked twice in the week of FRIDAY, and the second look brought a story."""
    with serving() as site:
        project = Project(tmp_path_factory.mktemp("mailing"), root, site)
        project.write_settings(
            schedule={"worth": "0s"}, daemon={"tick": "100ms"}, backup={"keep": "2"},
            smtp={"host": "127.0.0.1", "port": server[1], "security": "none", "sender": "digest@feed.example"},
            digest={
                "zone": "Europe/Helsinki", "cron": "30 3 * * 1", "to": ["you@reader.example"], "dry_run": False,
                "approval": "daemon",
            },
        )  # fmt: skip
        project.sources(project.feed("a", "/a"))
        for number, hours in ((0, 3), (1, 0)):
            project.clock(FRIDAY - timedelta(hours=hours))
            story(project, number)
            look(project)
        yield project


@pytest.fixture
def mailing(tmp_path: Path, prepared: Project) -> Project:
    """A copy of `prepared`, whose site holds what it held then."""
    made = copy.copy(prepared)
    made.settings = copy.deepcopy(prepared.settings)
    for name in ("folder", "corpus", "state", "clock_file", "config"):
        setattr(made, name, tmp_path / "it" / getattr(prepared, name).relative_to(prepared.folder))
    shutil.copytree(prepared.folder, made.folder, symlinks=True)
    made.clock(FRIDAY)
    story(made, 1)
    return made


def story(project: Any, *numbers: int) -> None:
    """Let the feed hold stories of these numbers."""
    date = format_datetime(project.now)
    words = ("acne", "melanoma", "psoriasis", "rosacea", "eczema", "vitiligo", "alopecia", "naevus", "keratosis")
    project.site.pages["/a"] = project.site.Reply(
        body=project.site.rss(
            *(
                {
                    "title": f"Deep learning grades {words[n]} at hospital number {n}", "date": date,
                    "link": f"https://u.example/{n}",
                    "text": f"Dermatologists of study {n} compared a network for {words[n]} with {n + 40} readers.",
                }
                for n in numbers
            )
        )
    )  # fmt: skip


def look(project: Any) -> str:
    """One look of the daemon; what it said."""
    done = project("daemon", "--once", "-v")
    assert done.code == 0, done.err
    return str(done.err)


def weeks(box: Box) -> list[str]:
    """The weeks that arrived, in the order in which they did."""
    return [message_from_bytes(content, policy=policy.default)["Message-ID"][1:9] for _, _, content in box.got]


def test_d06_an_edition_that_the_daemon_lets_out_is_sent_at_the_boundary_and_once(mailing: Any, box: Box) -> None:
    """Before it nothing is sent; later looks, a restart and the next weeks do not send it again."""
    mailing.clock(MONDAY - timedelta(minutes=2))
    look(mailing)
    assert weeks(box) == []
    mailing.clock(MONDAY)
    assert "sent week=2027-W45 state=sent to=1 refused=0" in look(mailing)
    for hours in (0, 5, 24 * 3):
        mailing.clock(MONDAY + timedelta(hours=hours))
        look(mailing)
    assert weeks(box) == ["2027-W45"]
    content = message_from_bytes(box.got[0][2], policy=policy.default).get_body(("plain",))
    assert content is not None
    assert "melanoma" in content.get_content()


def test_decision_16_of_the_weeks_that_were_missed_the_last_is_sent_and_the_others_are_drafts(
    mailing: Any, box: Box
) -> None:
    """Two boundaries in one sleep; the week after them goes its usual way."""
    mailing.clock(MONDAY + timedelta(days=13))  # a Sunday: two weeks were missed, and the one under way gets a story
    story(mailing, 1, 2)
    look(mailing)
    look(mailing)
    assert weeks(box) == []  # the last that was missed had no story of its own
    mailing.clock(MONDAY + timedelta(days=14))
    look(mailing)
    assert weeks(box) == ["2027-W47"]
    found = {path.name for path in (mailing.corpus / "digests").glob("2027-*.json")}
    assert {"2027-W45.draft.json", "2027-W46.json", "2027-W47.json"} <= found
    assert not {"2027-W45.json", "2027-W45.sent.json"} & found


def test_d06_an_edition_waits_for_its_editor_and_is_then_sent_by_itself(mailing: Any, box: Box) -> None:
    """`digest.approval: editor`; an approval that is undone before the next look sends nothing."""
    mailing.write_settings(digest={"approval": "editor"})
    mailing.clock(MONDAY)
    look(mailing)
    mailing.later(hours=2)
    look(mailing)
    assert weeks(box) == []
    assert mailing("approve", "--week", "2027-W45", "--as", "editor").code == 0
    assert mailing("undo", "last", "--as", "editor").code == 0
    mailing.later(minutes=1)
    look(mailing)
    assert weeks(box) == []
    assert not list((mailing.corpus / "digests").glob("*.sent.*"))
    assert mailing("approve", "--week", "2027-W45", "--as", "editor").code == 0
    for _ in range(3):
        mailing.later(minutes=1)
        look(mailing)
    assert weeks(box) == ["2027-W45"]


@pytest.mark.parametrize("words", [{"smtp": {"host": ""}}, {"digest": {"to": []}}, {"digest": {"dry_run": True}}])
def test_nothing_is_sent_where_sending_is_off_nor_what_was_closed_meanwhile_once_it_is_on(
    mailing: Any, box: Box, words: Any
) -> None:
    """No server, nobody to send it to, or a dry run."""
    before = {name: dict(mailing.settings[name]) for name in words}
    mailing.write_settings(**words)
    mailing.clock(MONDAY)
    look(mailing)
    mailing.write_settings(**before)
    mailing.later(hours=1)
    look(mailing)
    assert weeks(box) == []


def test_a_server_that_is_away_is_tried_again_ever_less_often_until_it_takes_the_edition(
    mailing: Any, box: Box
) -> None:
    """The alert comes with the third failure, once, and goes with the success."""
    port = mailing.settings["smtp"]["port"]
    mailing.write_settings(smtp={"port": 1})
    mailing.clock(MONDAY)
    said = ""
    for _ in range(30):
        said += look(mailing)
        mailing.later(hours=1)
    assert 6 <= said.count("not sent week=2027-W45") <= 9
    assert said.count('alert what="digest 2027-W45 cannot be sent') == 1
    mailing.write_settings(smtp={"port": port})
    mailing.later(hours=7)
    assert "alert over" in look(mailing)
    assert weeks(box) == ["2027-W45"]


def test_a_refused_recipient_is_not_asked_for_again_and_keeps_nobody_from_it(mailing: Any, box: Box) -> None:
    """Who comes to the list later gets the next one."""
    box.refuse = frozenset({"gone@reader.example"})
    mailing.write_settings(digest={"to": ["you@reader.example", "gone@reader.example"]})
    mailing.clock(MONDAY)
    assert "to=1 refused=1" in look(mailing)
    mailing.write_settings(digest={"to": ["you@reader.example", "new@reader.example"]})
    mailing.later(days=1)
    look(mailing)
    assert [to for _, to, _ in box.got] == [["you@reader.example"]]


def test_r07_a_clock_that_goes_back_and_forth_sends_nothing_twice(mailing: Any, box: Box) -> None:
    """X-12: a day, a month; and the boundary comes a second time."""
    mailing.clock(MONDAY)
    look(mailing)
    for days in (-1, 0, -30, 1, -3, 2):
        mailing.clock(MONDAY + timedelta(days=days))
        look(mailing)
    assert weeks(box) == ["2027-W45"]


def test_r07_a_clock_that_was_a_week_ahead_closes_early_and_loses_no_story(mailing: Any, box: Box) -> None:
    """What comes in after the clock was put right is told in the next issue: each story once."""
    mailing.clock(FRIDAY + timedelta(weeks=1))  # 2027-W45 is closed, three days before its time
    look(mailing)
    mailing.clock(FRIDAY + timedelta(hours=3))
    look(mailing)
    story(mailing, 1, 2)
    mailing.clock(FRIDAY + timedelta(hours=27))
    look(mailing)
    mailing.clock(MONDAY)
    look(mailing)
    assert weeks(box) == ["2027-W45"]
    story(mailing, 1, 2, 3)
    mailing.clock(MONDAY + timedelta(days=2))
    look(mailing)
    mailing.clock(MONDAY + timedelta(weeks=1))
    look(mailing)
    assert weeks(box) == ["2027-W45", "2027-W46"]
    told = [message_from_bytes(content, policy=policy.default).get_body(("plain",)) for _, _, content in box.got]
    texts = [body.get_content() for body in told if body is not None]
    for word, issue in (("melanoma at", 0), ("psoriasis at", 1), ("rosacea at", 1)):
        assert [word in " ".join(text.split()) for text in texts] == [issue == 0, issue == 1], word


def test_a_degraded_issue_is_withheld_and_sent_once_its_sources_answered(mailing: Any, box: Box) -> None:
    """It is chosen again after a later round, and is then like any other."""
    good = mailing.site.pages["/a"]
    mailing.site.pages["/a"] = mailing.site.Reply(status=503)
    mailing.clock(MONDAY)
    assert 'draft=False degraded="1 of 1 sources did not answer' in look(mailing)
    mailing.later(hours=7)
    look(mailing)
    assert weeks(box) == []
    mailing.site.pages["/a"] = good
    mailing.later(days=1)
    look(mailing)  # "not modified" clears no failure: it is asked in full next
    mailing.later(days=1)
    assert "chosen again week=2027-W45 degraded=no" in look(mailing)
    assert weeks(box) == ["2027-W45"]


# --------------------------------------------------------------------------- crashes


def places(monkeypatch: pytest.MonkeyPatch, at: int) -> list[str]:
    """Die at the `at`-th durable step, of those that pass a fail point, the log of sending or the mail server."""
    passed: list[str] = []

    def pass_by(name: str) -> None:
        passed.append(name)
        if len(passed) == at:
            raise Killed(name)

    log, hand_over = edition._log, deliver._hand_over

    def logging(*words: Any) -> None:
        pass_by("log")
        log(*words)
        pass_by("logged")

    def handing(*words: Any) -> dict[str, str]:
        pass_by("hand over")
        refused = hand_over(*words)
        pass_by("handed over")
        return refused

    monkeypatch.setattr(failpoint, "hit", pass_by)
    monkeypatch.setattr(edition, "_log", logging)
    monkeypatch.setattr(deliver, "_hand_over", handing)
    return passed


@pytest.mark.parametrize("every", [25, pytest.param(1, marks=pytest.mark.nightly)])
def test_x02_r03_killed_at_any_step_of_closing_and_sending_the_edition_arrives_once_or_a_person_is_asked(
    mailing: Any, box: Box, every: int
) -> None:
    """Never twice; in doubt, between the hand-over and its note, an alert says how to send it again."""
    folders, kept = ("corpus", "state"), mailing.folder / "kept"
    for name in folders:
        shutil.copytree(mailing.folder / name, kept / name)
    mailing.clock(MONDAY)
    with pytest.MonkeyPatch.context() as patch:
        passed = places(patch, 0)
        look(mailing)
    assert weeks(box) == ["2027-W45"]
    assert {"log", "hand over", "digest.after_render"} <= set(passed)
    doubtful = 0
    close = [n for n, name in enumerate(passed, 1) if name in {"log", "logged", "hand over", "handed over"}]
    for at in sorted({*range(1, len(passed) + 1, every), *close}):
        for name in folders:
            shutil.rmtree(mailing.folder / name)
            shutil.copytree(kept / name, mailing.folder / name)
        box.got.clear()
        with pytest.MonkeyPatch.context() as patch:
            places(patch, at)
            assert mailing("daemon", "--once").code == 1
        said = look(mailing) + look(mailing)
        sending = [line["state"] for line in lines(mailing.corpus / "digests" / "sent.jsonl")]
        if sending[-1] == "sending":
            doubtful += 1
            assert "nobody knows whether it was sent" in said
            assert len(box.got) <= 1
        else:
            assert weeks(box) == ["2027-W45"], passed[at - 1]
    assert 1 <= doubtful <= 3


def lines(path: Path) -> list[Any]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_r08_a_signal_while_the_server_is_silent_ends_the_daemon_and_nothing_counts_as_sent(mailing: Any) -> None:
    """The server accepts and says nothing; after the signal it is certain that nothing was handed over."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        mailing.write_settings(smtp={"port": silent.getsockname()[1]})
        mailing.clock(MONDAY)
        daemon = Living(mailing)
        try:
            connection, _ = silent.accept()
            began = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - began < 10
            connection.close()
        finally:
            daemon.process.kill()
            daemon.process.wait(PATIENCE)
    assert not (mailing.corpus / "digests" / "sent.jsonl").exists()
