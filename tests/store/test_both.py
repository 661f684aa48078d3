"""S-15: SQLite and PostgreSQL hold the same, whatever is put into them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.codec import encode
from dermai_feed.errors import StoreError, StoreLocked
from dermai_feed.model import Decision, Grouping, Item, SourceState
from dermai_feed.store import Store, open_store

HOSTILE = [
    "plain", "ÄÖÜ ß ñ", "עברית العربية", "漢字かな", "👩🏽‍⚕️ emoji", "zero\u200bwidth", "bidi\u202eevil",
    "line\u2028sep", "no nul \x01\x1f", "quote' \" ; --", "100%_\\", "\ufeffbom", "e\u0301 vs é", "I ı İ i",
    "x" * 5000, "{{ template }}",
    "NaN", "null", "\U0010ffff", "=cmd|' /C calc'!A0",
    "\t tab", "trailing ", " leading",
]  # fmt: skip


def fill(store: Store, item: Callable[..., Item], accept: Any, edge: Any, told: Any, start: datetime) -> None:
    """The hostile set, through every table."""
    for number, text in enumerate(HOSTILE):
        source = f"source {number} {text[:50]}"
        one = item(
            number, id=f"{text[:40]}{number}", source_id=source, title=text, key=text, aliases=(text, f"b{text}"),
            tags=(text,), published=datetime(1 + number * 400, 1, 1, tzinfo=UTC), excerpt=text[:600],
        )  # fmt: skip
        store.items.save_poll(SourceState(source_id=source, failure_text=text, etag=text[:99]), [one], (), start)
        store.items.save_verdicts([accept(one.id, because=text, score=1 / (number + 1))], start)
        store.matching.save_keys_and_edges({one.id: (text, "id:shared")}, ())
        story = told((one.id,), see_also=((text, 1 / 3),))
        store.matching.save_grouping([one.id], Grouping(stories=(story,)), text, start)
        store.stories.save_document(story, f"news/{text[:20]}.md", text)
        store.decisions.add(
            Decision(id=f"01J{number:023}", at=start, who=text, verb="edit", target=(one.id,), value={text[:9]: text}),
            number,
        )


def dump(store: Store, now: datetime) -> list[str]:
    """Everything the store says, as sorted JSON."""
    items = store.items.items_of(store.items.ids())
    lines = [encode(item) for item in items.values()]
    lines += [encode(verdict) for verdict in store.items.verdicts(items.keys()).values()]
    lines += [encode(state) for state in store.sources.states().values()]
    lines += [encode(story) for story in store.stories.all()]
    lines += [encode(decision) for decision in store.decisions.all()]
    lines += [repr(row) for row in store.stories.documents()]
    lines += [repr(sorted(store.stories.paths()))]
    lines += [
        repr(sorted((key, sorted(ids)) for key, ids in store.matching.sharing(["id:shared", *HOSTILE], 9).items()))
    ]
    lines += [repr([(i.id, [one.id for one in store.items.find(i.id[:3])]) for i in items.values()])]
    lines += [repr([[one.id for one in store.items.search(text)] for text in HOSTILE])]
    lines += [repr(store.runs.totals()), repr(store.runs.counts())]
    lines += [repr([item.id for item in store.items.seen_between(now, datetime(9999, 1, 1, tzinfo=UTC))])]
    return sorted(lines)


def test_what_goes_in_comes_out(store: Store, item: Any, accept: Any, edge: Any, told: Any, start: datetime) -> None:
    """Every hostile text is equal after storing, as value and as key."""
    fill(store, item, accept, edge, told, start)
    titles = {one.title for one in store.items.items_of(store.items.ids()).values()}
    assert titles == set(HOSTILE)
    for number, text in enumerate(HOSTILE):
        source = f"source {number} {text[:50]}"
        assert store.items.known(source, [text]) == {text: f"{text[:40]}{number}"}
        assert [one.title for one in store.items.search(text)].count(text) == (1 if text.isprintable() else 0)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_s15_both_databases_say_the_same(
    tmp_path: Path, url: str, item: Any, accept: Any, edge: Any, told: Any, start: datetime
) -> None:
    """The dump of the hostile set is equal, line by line, in content and in order."""
    dumps = []
    for address in (url, f"sqlite:///{tmp_path}/other.sqlite"):
        with open_store(address) as store:
            fill(store, item, accept, edge, told, start)
            dumps.append(dump(store, start))
    assert dumps[0] == dumps[1]


# --------------------------------------------------------------------------- PostgreSQL alone


ONLY = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@ONLY
def test_s10_a_writer_on_postgresql_waits_and_is_then_refused(url: str, start: datetime) -> None:
    """X-10: another writer that does not end in time is reported as a lock; a reader is not kept waiting."""
    with open_store(url) as holder, open_store(url, busy=0.05) as store:
        with holder._database.write(), pytest.raises(StoreLocked, match="locked by another process"):
            store.sources.begin_poll("journal", start, start)
        with holder._database.write():
            assert store.sources.states() == {}
        store.sources.begin_poll("journal", start, start)


@ONLY
def test_a_schema_with_other_tables_is_refused(url: str) -> None:
    """Somebody else's tables are not built upon (S-12)."""
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (text TEXT)")
    engine.dispose()
    with pytest.raises(StoreError, match="tables of another program"):
        open_store(url)


@ONLY
def test_reading_an_empty_schema_makes_nothing(url: str) -> None:
    """Opened for reading only, nothing is created."""
    for _ in range(2):
        with pytest.raises(StoreError, match="no tables yet"):
            open_store(url, readonly=True)


@ONLY
def test_a_reader_on_postgresql_cannot_write(url: str, start: datetime) -> None:
    """The server itself refuses."""
    open_store(url).close()
    with open_store(url, readonly=True) as store:
        assert store.sources.states() == {}
        with pytest.raises(StoreError):
            store.sources.begin_poll("journal", start, start)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    """Exit 5, and the secret is not repeated (C-05)."""
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as refused:
        open_store("postgresql+psycopg://user:secret@127.0.0.1:1/nothing?connect_timeout=2")
    assert "127.0.0.1:1" in str(refused.value)
    assert "secret" not in str(refused.value)


@ONLY
def test_check_on_postgresql_finds_what_was_never_validated(url: str) -> None:
    """A constraint that was added without a check is a problem."""
    from sqlalchemy import create_engine

    with open_store(url) as store:
        assert store.check() == ()
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "ALTER TABLE document ADD CONSTRAINT loose FOREIGN KEY (story_id) REFERENCES story (id) NOT VALID"
            )
        engine.dispose()
        assert [problem.what for problem in store.check()] == ["constraint loose was never validated"]
