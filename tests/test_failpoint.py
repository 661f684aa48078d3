"""Fail points: what they do, and that they are where they are said to be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dermai_feed import failpoint


@pytest.fixture(autouse=True)
def _forget_hits() -> None:
    failpoint._hits.clear()


def test_h3_a_fail_point_does_nothing_when_none_is_named() -> None:
    """The usual case."""
    failpoint.hit("store.before_commit")


def test_h3_raise_names_the_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """`raise:NAME` raises that builtin exception, only at the point named."""
    monkeypatch.setenv("DERMAI_FAILPOINT", "store.before_commit=raise:ZeroDivisionError")
    failpoint.hit("store.after_commit")
    with pytest.raises(ZeroDivisionError, match=r"store\.before_commit"):
        failpoint.hit("store.before_commit")


def test_h3_the_nth_hit_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """`@3` lets two hits pass."""
    monkeypatch.setenv("DERMAI_FAILPOINT", "store.before_commit=raise@3")
    failpoint.hit("store.before_commit")
    failpoint.hit("store.before_commit")
    with pytest.raises(RuntimeError):
        failpoint.hit("store.before_commit")


def test_h3_pause_waits_for_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is there already holds nobody."""
    gate = tmp_path / "go"
    gate.touch()
    monkeypatch.setenv("DERMAI_FAILPOINT", f"write.before_replace=pause:{gate}")
    failpoint.hit("write.before_replace")


def test_h3_kill_kills(tmp_path: Path) -> None:
    """The process dies by SIGKILL, without a last word."""
    code = "from dermai_feed import failpoint; failpoint.hit('store.before_begin'); print('alive')"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"DERMAI_FAILPOINT": "store.before_begin=kill", "PATH": ""},
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (-9, b"")


@pytest.mark.parametrize(
    ("wish", "error"),
    [("store.before_commit=dance", ValueError), ("store.before_commit=raise:Nonsense", AttributeError)],
)
def test_h3_a_wrong_action_is_named(monkeypatch: pytest.MonkeyPatch, wish: str, error: type[Exception]) -> None:
    """A typo in a test must not make it pass."""
    monkeypatch.setenv("DERMAI_FAILPOINT", wish)
    with pytest.raises(error):
        failpoint.hit("store.before_commit")


def test_h3_an_unknown_point_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are a contract."""
    monkeypatch.setenv("DERMAI_FAILPOINT", "store.before_commit=raise")
    with pytest.raises(ValueError, match="no such place"):
        failpoint.hit("no such place")


def test_h3_fail_points_are_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody switches one on by accident."""
    monkeypatch.setenv("DERMAI_FAILPOINT", "store.before_commit=raise")
    monkeypatch.setenv("DERMAI_ENV", "production")
    with pytest.raises(RuntimeError, match="production"):
        failpoint.hit("store.before_commit")


def test_h3_every_point_in_the_code_is_a_known_name(root: Path) -> None:
    """Each `hit("…")` in the sources names a point of the contract."""
    used = {
        name
        for path in (root / "src").rglob("*.py")
        for name in re.findall(r"failpoint\.hit\(\"([^\"]+)\"\)", path.read_text(encoding="utf-8"))
    }
    assert used <= failpoint.NAMES
