"""S-16: PostgreSQL comes and goes; the store and the locks notice, and go on."""

from __future__ import annotations

from datetime import datetime

import pytest

from dermai_feed.store import open_store

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def server(url: str) -> str:
    """The address of the database, PostgreSQL's only."""
    if url.startswith("sqlite"):
        pytest.skip("a file does not come and go")
    return url


def drop_everybody(url: str) -> None:
    """End every other connection to this schema's database that is ours, as a restart does."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND application_name = 'test-lost'"
        )


def test_s16_a_dropped_connection_costs_nothing(server: str, start: datetime) -> None:
    """A pooled connection is tried before it is used."""
    with open_store(f"{server}&application_name=test-lost") as store:
        store.meta.set_corpus_id("before")
        drop_everybody(server)
        assert store.meta.corpus_id() == "before"
        store.runs.beat(start)
        assert store.runs.heartbeat() == start


def test_s16_r01_a_lock_that_the_server_forgot_is_noticed(server: str) -> None:
    """And may be taken by another, who is named."""
    from dermai_feed.store.lock import AdvisoryLock

    mine, other = AdvisoryLock(server, "daemon", who="test-lost"), AdvisoryLock(server, "daemon", who="other")
    assert mine.holder() is None
    assert mine.acquire(0.0)
    assert mine.kept()
    assert not other.acquire(0.0)
    assert (other.holder() or "").startswith("test-lost")
    drop_everybody(server)
    assert not mine.kept()
    assert other.acquire(5.0)
    assert not mine.acquire(0.0)
    other.release()
    assert mine.acquire(5.0)
    mine.release()


def test_s16_statements_and_idle_transactions_have_an_end(server: str) -> None:
    """Set on every connection."""
    with open_store(server, busy=2.0) as store, store._database.read() as connection:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
            assert connection.exec_driver_sql(f"SHOW {name}").scalar_one() not in {"0", ""}
