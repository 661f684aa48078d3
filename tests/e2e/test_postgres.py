"""The main job on PostgreSQL ends in the same files as on SQLite (S-15)."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def test_s15_the_corpus_is_the_same_on_both_databases(project: Any, database: str) -> None:
    """Every file, byte for byte; a second run writes nothing; verify finds nothing."""
    project.sources(project.seeds())
    assert project.run().code == 0
    sqlite = {path: body for path, (body, _, _) in project.tree().items()}
    for folder in (project.corpus, project.state):
        shutil.rmtree(folder)
    project.write_settings(store={"database": database})
    assert project.run().code == 0
    assert {path: body for path, (body, _, _) in project.tree().items()} == sqlite
    assert project.run().json["written"] == []
    assert project("verify").code == 0
    held = project("status", "--held", "--json").json
    assert len(held) == 11
    assert project("why", held[0]["item"]["id"]).code == 0


def test_x22_a_backup_of_an_earlier_version_is_restored_into_postgresql(
    project: Any, database: str, root: Path, tmp_path: Path
) -> None:
    """Brought up to date on the way; the backup stays as it is. What is there is replaced only with --force."""
    backup = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(backup)) as connection:
        connection.executescript((root / "tests" / "data" / "store" / "v1.sql").read_text(encoding="utf-8"))
    before = backup.read_bytes()
    project.sources(project.seeds())
    project.write_settings(store={"database": database})
    assert project.run().code == 0
    assert project("restore", str(backup)).code == 5
    assert project("restore", str(backup), "--force").code == 0
    assert backup.read_bytes() == before
    copied = tmp_path / "new.sqlite"
    assert project("backup", str(copied)).code == 0
    with closing(sqlite3.connect(backup)) as old, closing(sqlite3.connect(copied)) as new:
        ids = "SELECT id FROM item ORDER BY id"
        assert new.execute(ids).fetchall() == old.execute(ids).fetchall() != []


def test_a_database_moves_to_postgresql_and_back_and_nothing_is_asked_or_written_anew(
    project: Any, site: Any, database: str, tmp_path: Path
) -> None:
    """`store migrate` both ways, compared row for row; a database that holds something is refused."""
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "Deep learning grades melanoma", "link": "https://u.example/1"})
    )
    project.sources(project.seeds(), project.feed("a", "/a"))
    assert project.run().code == 0
    tree = {path: body for path, (body, _, _) in project.tree().items()}
    there = project("store", "migrate", "--to", database, "--json").json
    assert there["rows"] > 100
    refused = project("store", "migrate", "--to", database)
    assert (refused.code, "holds data already" in refused.err) == (5, True)
    back = f"sqlite:///{tmp_path / 'back.sqlite'}"
    for url in (database, back):
        if url == back:
            assert project("store", "migrate", "--to", back, "--json").json["rows"] >= there["rows"]
        project.write_settings(store={"database": url})
        again = project.run()
        assert again.code == 0, again.err + again.text
        assert again.json["written"] == []
        assert project("verify").code == 0
    assert {path: body for path, (body, _, _) in project.tree().items()} == tree
    assert site.hits["/a"] == 1
