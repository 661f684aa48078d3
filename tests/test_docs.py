"""The documents are true: their commands run, their output is the program's."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dermai_feed.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def script(name: str) -> Any:
    """A module of scripts/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_shows_what_the_program_says() -> None:
    """The demo's run, the file and the table of commands are output, renewed by scripts/write_docs.py."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert script("write_docs").renewed(text) == text, "run: python scripts/write_docs.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    """Relative links only; the web is not asked."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def blocks(page: Path) -> list[list[str]]:
    """The commands of each console block."""
    found = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in found]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_commands_of_the_documents_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a fresh folder after `dermai-feed init`."""
    assert CliRunner().invoke(main, ["init", str(tmp_path)], env={}).exit_code == 0
    monkeypatch.chdir(tmp_path)
    for block in blocks(page):
        for line in block:
            program, *words = shlex.split(line)
            assert program == "dermai-feed"
            result = CliRunner().invoke(main, words, env={})
            assert result.exit_code == 0, f"{line}: {result.output}"


def test_every_exit_code_in_the_code_is_explained() -> None:
    """docs/exit-codes.md has a row for each."""
    explained = set(re.findall(r"(?m)^\| (\d) \|", (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")))
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    used = set(re.findall(r"exit_code = (\d)", code)) | set("14678")
    assert used <= explained


def test_every_dependency_is_explained() -> None:
    """docs/dependencies.md says what each is for."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").casefold()
    wanted = re.search(r"(?ms)^dependencies = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert wanted is not None
    for name in re.findall(r'"([A-Za-z-]+)', wanted[1]):
        assert name.casefold() in text, name
