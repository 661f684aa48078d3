"""The publisher's own history: files that came as an import and then moved in their scores alone (promise 1)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("moved", [pytest.param("heat", marks=pytest.mark.nightly), "all"])
def test_no_churn_when_an_imported_files_scores_move(project: Any, moved: str) -> None:
    """2,292 of 7,858 versions differ in heat, all of them in `secured`: no file is written for that (decision 9)."""
    project.sources(project.seeds())
    assert project.run().code == 0
    project.later(hours=2)
    project.run()
    before = {path: state for path, state in project.tree().items() if path.startswith("news/")}
    assert before
    for version in (1, 2, 3):
        for seed in sorted((project.folder / "seeds").iterdir()):
            rescored(seed, moved, version)
        project.later(days=2)
        report = project.run()
        assert report.code in {0, 6, 7}, report.text
        assert [path for path in report.json["written"] if path.startswith("news/")] == []
        assert {path: state for path, state in project.tree().items() if path.startswith("news/")} == before


def test_scores_follow_with_the_next_change_of_the_text(project: Any) -> None:
    """They are late, not lost; one line each differs beside the title and what is ours."""
    project.sources(project.seeds())
    project.run()
    (seed,) = (path for path in (project.folder / "seeds").iterdir() if path.name.startswith("003"))
    rescored(seed, "all", 5)
    project.later(days=2)
    project.run()
    text = seed.read_text(encoding="utf-8")
    seed.unlink()
    seed.write_text(text.replace('excerpt: "', 'excerpt: "New: '), encoding="utf-8")
    project.later(days=2)
    project.run()
    heat = re.search(r"^heat: .*$", text, flags=re.MULTILINE)
    assert heat is not None
    (file,) = (said for said in project.stories().values() if 'excerpt: "New: ' in said)
    assert heat[0] in file.splitlines()


def rescored(seed: Path, moved: str, version: int) -> None:
    """The next version of a file as the publisher writes it: other scores, another cipher text."""
    text = seed.read_text(encoding="utf-8")
    for key in ("heat", "quality"):
        if moved in {key, "all"}:
            text = re.sub(rf"^({key}): (-?\d+)$", lambda m: f"{m[1]}: {int(m[2]) + version}", text, flags=re.MULTILINE)
    if moved in {"secured", "all"}:
        text = re.sub(r'^secured: ".', f'secured: "{version}', text, flags=re.MULTILINE)
    seed.unlink()
    seed.write_text(text, encoding="utf-8")
