"""The built wheel: everything it needs is in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The wheel, built from the checkout and unpacked; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(root)],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "site"


def call(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the wheel's program in `cwd`, far from the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DERMAI", "COV"))}
    return subprocess.run(
        [sys.executable, "-c", "from dermai_feed.cli import main; main()", *words],
        cwd=cwd, env=environment | {"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_wheel_alone_does_init_run_and_demo(installed: Path, tmp_path: Path) -> None:
    """Decision 19: for someone who has no checkout."""
    where = subprocess.run(
        [sys.executable, "-c", "import dermai_feed; print(dermai_feed.__file__)"],
        cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(installed))
    assert call(installed, tmp_path, "init").returncode == 0
    assert len(list((tmp_path / "seeds").iterdir())) == 5
    done = call(installed, tmp_path, "run", "--source", "seeds")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "corpus" / "news").glob("*.md"))) == 14
    done = call(installed, tmp_path, "demo", "demo")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo" / "corpus" / "digests" / "2026-W44.html").exists()
