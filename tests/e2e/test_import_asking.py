"""`import --interactive`: each answer, what becomes of it, and how long it holds."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.cli import asking
from dermai_feed.store import open_store

KNOWN = """TY  - JOUR
TI  - Deep learning grades acne on photographs
AU  - Doe, Jane
JF  - Skin Studies
PY  - 2021
DO  - 10.1000/skin.1
ER  -
"""
# Two that are not clear: the same title under another DOI, and one that triage holds; one that is clear.
FILE = """TY  - JOUR
TI  - Deep learning grades acne on photographs
AU  - Doe, Jane
JF  - Other Studies
PY  - 2021
DO  - 10.1000/skin.7
ER  -
TY  - JOUR
TI  - Skin lesions and their segmentation
PY  - 2021
ER  -
TY  - JOUR
TI  - Artificial intelligence for melanoma triage in clinics
PY  - 2022
DO  - 10.1000/skin.2
ER  -
"""
COPY, HELD, CLEAR = (line[6:] for line in FILE.splitlines() if line.startswith("TI"))


@pytest.fixture
def asked(project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import FILE beside what is known, with answers; `asked(answers)` returns what the command said."""
    (tmp_path / "known.ris").write_text(KNOWN)
    (tmp_path / "a.ris").write_text(FILE)
    assert project("import", str(tmp_path / "known.ris")).code == 0

    def call(answers: str, *options: str) -> Any:
        @contextmanager
        def keyboard() -> Iterator[io.StringIO]:
            yield io.StringIO(answers)

        monkeypatch.setattr(asking, "keyboard", keyboard)
        return project("import", str(tmp_path / "a.ris"), "--interactive", *options)

    return call


def held(project: Any) -> dict[str, str]:
    """Title and DOI (where there is one) of everything that is in -> the decision on it."""
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        ids = [id_ for id_ in store.items.ids() if id_ not in store.imports.withdrawn()]
        verdicts = store.items.verdicts(ids)
        return {item.identifier("doi") or item.title: verdicts[id_].decision for id_, item in
                store.items.items_of(ids).items()}  # fmt: skip


def works(project: Any) -> set[frozenset[str]]:
    """The works, each by the DOIs of its items."""
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        ids = store.items.ids()
        homes = store.imports.homes(ids)
        found: dict[str, set[str]] = {}
        for id_, item in store.items.items_of(list(homes)).items():
            found.setdefault(homes[id_][0], set()).add(item.identifier("doi") or item.title)
        return {frozenset(names) for names in found.values()}


@pytest.mark.nightly
def test_yes_takes_a_record_in_and_no_leaves_it_out(project: Any, asked: Any) -> None:
    """What a person says yes to is accepted, whatever triage says; what is clear is not asked about."""
    got = asked("n\ny\n")
    assert got.code == 0
    assert got.err.count("[y]:") == 2
    assert held(project) == {"10.1000/skin.1": "accept", HELD: "accept", "10.1000/skin.2": "accept"}


def test_merge_joins_with_the_one_that_was_shown_and_undo_parts_them(project: Any, asked: Any) -> None:
    """One decision of its own: taken back, the record stays and stands for itself."""
    got = asked("m\nn\n", "--json")
    (joined,) = got.json["joined"]
    assert joined["verb"] == "same"
    both = frozenset({"10.1000/skin.1", "10.1000/skin.7"})
    assert both in works(project)
    assert next(item for item in got.json["items"] if item["title"] == COPY)["duplicate_of"]
    assert project("undo", joined["id"], "--as", "ed").code == 0
    assert project("match").code == 0
    assert works(project) == {frozenset({name}) for name in (*both, "10.1000/skin.2")}


@pytest.mark.parametrize("rebuilt", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_answers_hold_when_the_file_comes_again(project: Any, asked: Any, tmp_path: Path, rebuilt: bool) -> None:
    """The same file asks nothing; a longer one does not bring back what was said no to; --keep-all does, and undo."""
    decision = asked("m\nn\n", "--json").json["decision"]
    if rebuilt:
        assert project("publish").code == 0
        assert project("rebuild").code == 0
    before = held(project), works(project)
    again = asked("")
    assert "imported already" in again.text
    assert "[y]:" not in again.err
    (tmp_path / "longer.ris").write_text(FILE + KNOWN.replace("skin.1", "skin.9").replace("acne", "psoriasis"))
    seen = project("import", str(tmp_path / "longer.ris"), "--dry-run")
    assert f"left out: {HELD}" in seen.text
    longer = project("import", str(tmp_path / "longer.ris"))
    assert "1 left out, as said in an earlier import" in longer.text
    assert held(project) == before[0] | {"10.1000/skin.9": "accept"}
    kept = project("import", str(tmp_path / "a.ris"), "--keep-all", "--json")
    assert [item["title"] for item in kept.json["items"]] == [HELD]
    assert held(project)[HELD] == "accept"
    for taken in (kept.json["decision"], decision):
        assert project("undo", taken, "--as", "ed").code == 0
    assert project("match").code == 0
    assert HELD not in held(project)


@pytest.mark.nightly
def test_no_to_everything_is_remembered_too(project: Any, asked: Any, tmp_path: Path) -> None:
    """A decision that brings nothing and leaves records out."""
    text = FILE[: FILE.index("TY  - JOUR\nTI  - Artificial")]
    (tmp_path / "a.ris").write_text(text)
    assert asked("n\nn\n").code == 0
    (tmp_path / "a.ris").write_text(text + "\n")
    assert "2 left out" in project("import", str(tmp_path / "a.ris")).text
    assert held(project) == {"10.1000/skin.1": "accept"}


@pytest.mark.nightly
@pytest.mark.parametrize("answers", ["n\nq\n", "n\n", "n\nquit\n"])
def test_who_quits_is_asked_about_the_rest_next_time(project: Any, asked: Any, answers: str) -> None:
    """What was answered and what is clear is done; the end of input is as good as q."""
    got = asked(answers)
    assert got.code == 0
    assert "1 records were not answered: left out now, asked about again next time" in got.err
    assert held(project) == {"10.1000/skin.1": "accept", "10.1000/skin.2": "accept"}
    again = asked("y\n")
    assert again.err.count("[y]:") == 1
    assert held(project) == {"10.1000/skin.1": "accept", "10.1000/skin.2": "accept", HELD: "accept"}


@pytest.mark.nightly
def test_what_is_no_answer_is_asked_again_and_enter_is_yes(project: Any, asked: Any) -> None:
    """A wrong letter, a merge where nothing is shown to merge with, words in full."""
    got = asked("x\nno\nm\n\n")
    assert "'x' is none of them" in got.err
    assert "'m' is none of them" in got.err
    assert held(project) == {"10.1000/skin.1": "accept", "10.1000/skin.2": "accept", HELD: "accept"}


@pytest.mark.nightly
def test_a_record_is_not_merged_with_one_that_is_left_out(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two records of one file that look alike, the first of them left out: the second is offered no merge."""

    @contextmanager
    def keyboard() -> Iterator[io.StringIO]:
        yield io.StringIO("n\nm\ny\n")

    monkeypatch.setattr(asking, "keyboard", keyboard)
    (tmp_path / "a.ris").write_text(KNOWN + FILE[: FILE.index("TY  - JOUR\nTI  - Skin les")])
    got = project("import", str(tmp_path / "a.ris"), "-i", "--json")
    assert "'m' is none of them" in got.err
    assert got.json["joined"] == []
    assert held(project) == {"10.1000/skin.7": "accept"}


@pytest.mark.nightly
def test_without_a_terminal_it_says_so_and_changes_nothing(project: Any, tmp_path: Path) -> None:
    """From cron: exit code 2 and what to do instead, not a question that nobody hears."""
    (tmp_path / "a.ris").write_text(FILE)
    environment = os.environ | {"DERMAI_CONFIG": str(project.config), "DERMAI_NOW_FILE": str(project.clock_file)}
    got = subprocess.run(
        [sys.executable, "-m", "dermai_feed", "import", "-i", str(tmp_path / "a.ris")], env=environment, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True, timeout=60,
    )  # fmt: skip
    assert got.returncode == 2
    assert "asks in a terminal, and there is none here; --dry-run shows" in got.stderr
    assert not (project.corpus / "decisions.jsonl").exists()
    assert project("import", "-i", "--dry-run", str(tmp_path / "a.ris")).code == 2
