"""The main job on PostgreSQL ends in the same files as on SQLite (S-15)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

HOW = "no PostgreSQL: scripts/test-postgres start FOLDER prints what to put into DERMAI_TEST_POSTGRES"


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database."""
    url = os.environ.get("DERMAI_TEST_POSTGRES")
    if not url:
        pytest.skip(HOW)
    psycopg = pytest.importorskip("psycopg", reason="pip install 'dermai-feed[postgres]'")
    server, _, _ = url.replace("postgresql+psycopg://", "postgresql://").rpartition("/")
    name = f"dermai_{uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield f"{server}/{name}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


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
