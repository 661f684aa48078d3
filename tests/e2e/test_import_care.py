"""Imports that go wrong, or ask: killed half-way, too large, one by one in a terminal."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.store import open_store

pytestmark = pytest.mark.nightly  # minutes of processes that are started, asked and killed

GOOD = """TY  - JOUR
TI  - Deep learning grades acne on photographs of {n} patients
AU  - Doe, Jane
JF  - Skin Studies
PY  - 2021
DO  - 10.1000/skin.{n}
ER  -
"""


def items(project: Any) -> dict[str, str]:
    """Item id -> title."""
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        return {id_: item.title for id_, item in store.items.items_of(store.items.ids()).items()}


def environment(project: Any) -> dict[str, str]:
    """That of a process beside this one."""
    return os.environ | {"DERMAI_CONFIG": str(project.config), "DERMAI_NOW_FILE": str(project.clock_file)}


@pytest.mark.parametrize("stage", ["store.before_commit", "cluster.before_commit"])
def test_i03_an_import_that_is_killed_leaves_nothing_half_done_and_is_completed(
    project: Any, tmp_path: Path, stage: str
) -> None:
    """X-04: SIGKILL within a file's transaction and while grouping: a file is in or not; the same command ends it."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.ris").write_text("".join(GOOD.format(n=n) for n in range(3)))
    (folder / "b.ris").write_text("".join(GOOD.format(n=n) for n in range(3, 7)))
    point = f"{stage}=kill@2" if stage == "store.before_commit" else f"{stage}=kill"
    command = [sys.executable, "-m", "dermai_feed", "import", str(folder), "--json"]
    killed = subprocess.run(
        command, env=environment(project) | {"DERMAI_FAILPOINT": point}, capture_output=True, check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(items(project)) == (3 if stage == "store.before_commit" else 7)
    again = project("import", str(folder), "--json")
    assert again.code == 0
    assert len(items(project)) == 7
    lines = [json.loads(line) for line in (project.corpus / "decisions.jsonl").read_text().splitlines()]
    named = [id_ for line in lines for id_ in line["target"]]
    assert sorted(named) == sorted(items(project))
    assert project("verify").code == 0
    third = project("import", str(folder))
    assert "nothing new: nothing was changed" in third.text


# --------------------------------------------------------------------------- one by one


def answered(project: Any, answers: str, *arguments: str) -> tuple[int, str]:
    """`import --interactive` in a terminal in which somebody types `answers`: exit code, and what was shown."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dermai_feed", "import", "--interactive", *arguments], env=environment(project),
        stdin=slave, stdout=slave, stderr=slave, close_fds=True,
    )  # fmt: skip
    os.close(slave)
    os.write(master, answers.encode())
    shown = b""
    while True:
        try:
            piece = os.read(master, 65_536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    return process.wait(timeout=120), shown.decode()


POST = "---\ntitle: A history of railways\n---\n\nOf engines and of bridges, and of nothing that is on a skin.\n"


@pytest.mark.parametrize(("answers", "brought"), [("x\ny\n", 1), ("n\n", 0)])
def test_a_record_that_is_not_clear_is_asked_about(project: Any, tmp_path: Path, answers: str, brought: int) -> None:
    """y takes it in, n leaves it out, another letter is asked again."""
    (tmp_path / "a.md").write_text(POST)
    code, shown = answered(project, answers, str(tmp_path / "a.md"))
    assert code == 0, shown
    assert "y = take it in" in shown
    assert len(items(project)) == brought, shown


# --------------------------------------------------------------------------- columns, patterns, folders


def test_the_guess_of_columns_is_shown_and_can_be_corrected(project: Any, tmp_path: Path) -> None:
    """Before anything is used: what is read as what, and what is not used."""
    (tmp_path / "a.csv").write_text("Paper,Title,Note\nDeep learning for melanoma,Dr,x\n")
    seen = project("import", str(tmp_path / "a.csv"), "--dry-run")
    assert "title = 'Title'; not used: Paper, Note (--map FIELD=COLUMN changes that)" in seen.text
    assert items(project) == {}
    mapped = project("import", str(tmp_path / "a.csv"), "--map", "title=Paper", "--json")
    assert [item["title"] for item in mapped.json["items"]] == ["Deep learning for melanoma"]
    wrong = project("import", str(tmp_path / "a.csv"), "--map", "title=Papier")
    assert wrong.code == 8
    assert "no such column; there are 'Paper', 'Title', 'Note'" in wrong.text


def test_folders_and_patterns_are_walked_and_links_that_lead_out_are_not_followed(project: Any, tmp_path: Path) -> None:
    """Deep files, dotfiles left aside, a link to elsewhere named."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.ris").write_text(GOOD.format(n=9))
    deep = tmp_path / "in" / "x" / "y"
    deep.mkdir(parents=True)
    (deep / "a.ris").write_text(GOOD.format(n=1))
    (tmp_path / "in" / ".hidden.ris").write_text(GOOD.format(n=2))
    (tmp_path / "in" / "link.ris").symlink_to(tmp_path / "outside" / "secret.ris")
    got = project("import", str(tmp_path / "in"), "--json")
    assert got.code == 8
    assert [file["name"] for file in got.json["files"]] == ["x/y/a.ris"]
    assert [problem["where"] for problem in got.json["problems"]] == ["link.ris"]
    assert got.json["skipped"] == 1
    by_pattern = project("import", str(tmp_path / "in" / "**" / "*.ris"))
    assert "imported already" in by_pattern.text
    none = project("import", str(tmp_path / "none" / "*.ris"))
    assert none.code == 8
    assert "there is no such file or folder" in none.text


# --------------------------------------------------------------------------- bounded


def zip_of(**members: bytes) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "."), body)
    return out.getvalue()


def nested(depth: int) -> bytes:
    """An archive in an archive, `depth` times."""
    body = GOOD.format(n=5).encode()
    for level in range(depth):
        body = zip_of(**{f"level{level}__zip" if level else "a__ris": body})
    return body


def link_in_zip() -> bytes:
    """An archive whose member is a link to a file of the machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo("passwd.txt")
        member.create_system = 3
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    return out.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a gz bomb": ("bomb.ris.gz", lambda: gzip.compress(bytes(150_000_000), mtime=0)),
    "a zip bomb": ("bomb.zip", lambda: zip_of(bomb__ris=bytes(150_000_000))),
    "archives in archives": ("deep.zip", lambda: nested(6)),
    "a link in an archive": ("link.zip", link_in_zip),
    "a broken zip": ("broken.zip", lambda: nested(1)[:-30]),
    "YAML that makes objects": ("post.md", lambda: b"---\ntitle: !!python/object/apply:os.system [ls]\n---\nx\n"),
    "no text": ("thing.bin", lambda: bytes(range(256)) * 50),
    "an empty file": ("empty.ris", bytes),
}


def test_p11_hostile_files_cost_themselves_alone_in_bounded_memory(project: Any, tmp_path: Path) -> None:
    """One line for each, the good file beside them is in, exit code 8; no process takes 500 MB."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.ris").write_text(GOOD.format(n=1))
    for name, body in HOSTILE.values():
        (folder / name).write_bytes(body())
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run(
        [sys.executable, "-m", "dermai_feed", "import", str(folder), "--json"], env=environment(project),
        capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 8, done.stderr
    told = json.loads(done.stdout)
    for name, _ in HOSTILE.values():
        assert any(problem["where"].startswith(name.removesuffix(".gz")) for problem in told["problems"]), name
    assert [item["title"] for item in told["items"]] == [GOOD.format(n=1).split("\n")[1].removeprefix("TI  - ")]
    assert "root:" not in done.stdout.decode()
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # kilobytes, of the largest there was
    assert most < 500_000 or most == before


# --------------------------------------------------------------------------- elsewhere


def test_i03_undo_works_in_a_bundle_that_was_taken_back_elsewhere(project: Any, tmp_path: Path, root: Path) -> None:
    """On another machine: known, undone, the edited file kept and named; imported again all is as before."""
    export, other = tmp_path / "a.ris", type(project)(_folder(tmp_path / "other"), root, project.site)
    export.write_text(GOOD.format(n=1) + GOOD.format(n=2))
    decision = project("import", str(export), "--publish", "--json").json["decision"]
    bundle = tmp_path / "all.zip"
    assert project("export", "--format", "bundle", "--out", str(bundle)).code == 0
    assert other("import", str(bundle)).code == 0
    assert "imported already" in other("import", str(export)).text
    edited, plain = sorted((other.corpus / "news").glob("*.md"))
    before = plain.read_bytes()
    edited.write_text(edited.read_text().replace("title: ", "title: My own ", 1))
    assert other("undo", decision, "--as", "ed").code == 0
    ran = other.run()
    assert ran.code == 6
    assert [problem["what"] for problem in ran.json["problems"]] == [
        "the import that brought it was undone, and it was edited since"
    ]
    assert sorted((other.corpus / "news").glob("*.md")) == [edited]
    assert "title: My own" in edited.read_text()
    again = other("import", str(export), "--publish", "--json")
    assert again.code == 0
    assert len(again.json["items"]) == 2
    assert plain.read_bytes() == before
    assert "title: My own" in edited.read_text()
    assert other("verify").code == 0
    assert other("rebuild").code == 0
    assert other("verify").code == 0
    assert "imported already" in other("import", str(export)).text


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
