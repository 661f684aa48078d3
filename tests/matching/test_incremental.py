"""Matching as the corpus grows: whatever the order, the portions and the restarts, the same groups come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest

from dermai_feed.model import Item, SourceState, Verdict
from dermai_feed.pipeline.match import match
from dermai_feed.rules import MatchWeights
from dermai_feed.store import Store, open_store

steps = import_module("dermai_feed.pipeline.match")  # the package names the function alone
Make = Callable[..., Item]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
Groups = list[tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]]]


@pytest.fixture(scope="module")
def eventful(news: Make) -> list[Item]:
    """Five events, each an article, its copy, a telling of its own and a correction of the copy's title."""
    towns = ("Zorville", "Kelbridge", "Marnstadt", "Quillport", "Tarnmouth")
    programs = ("dermascanix", "moleograph", "lesionista", "skinoptera", "pigmentor")
    items = []
    for n, (town, program) in enumerate(zip(towns, programs, strict=True)):
        patients = 130 + 57 * n
        title = f"{town} clinic lets {program} judge the moles of {patients} patients"
        text = (
            f"Doctors in {town} gave photographs of {patients} patients to a program called {program}, which found "
            f"{80 + n}.5% of the melanomas within {n + 2} minutes, the clinic said in its yearly report on skin checks."
        )
        own = (
            f"A yearly report says that {program}, a program on trial in {town}, recognised {80 + n}.5% of melanomas "
            f"when it was shown pictures of {patients} patients, most of them older than sixty."
        )
        items += [
            news(title, text, id=f"e{n}-first", day=2.0 * n, site="a.example"),
            news(f"{title} | Copy", text, id=f"e{n}-copy", day=2.0 * n + 0.2, site="copy.example"),
            news(f"{program} judges {patients} moles", own, id=f"e{n}-own", day=2.0 * n + 1, site="c.example"),
            news(f"UPDATE: {title}", text, id=f"e{n}-late", day=2.0 * n + 1.5, site="late.example"),
        ]  # fmt: skip
    return items


def grow(folder: Path, portions: Iterator[list[Item]], weights: MatchWeights) -> Groups:
    """The stories of a store that is opened anew for each portion, as one that is run, and dies, now and then."""
    address = f"sqlite:///{folder / 'd.sqlite'}"
    for portion in portions:
        with open_store(address) as store:
            store.items.save_poll(SourceState(source_id="test"), portion, (), NOW)
            verdicts = [Verdict(item_id=i.id, decision="accept", score=1.0) for i in portion]
            store.items.save_verdicts(verdicts, NOW)
            match(parts(store, weights), now=NOW)
    with open_store(address, readonly=True) as store:
        return sorted(
            (s.id, s.works[0].canonical, tuple((w.canonical, tuple(w.items)) for w in s.works))
            for s in store.stories.all()
        )


def parts(store: Store, weights: MatchWeights) -> Any:
    """What matching touches of the program: the store and the weights."""
    config = SimpleNamespace(matching=weights, files=SimpleNamespace(matching="matching.yaml"))
    return SimpleNamespace(store=store, config=config, progress=lambda *_: None)


@pytest.fixture(scope="module")
def at_once(eventful: list[Item], weights: MatchWeights) -> Groups:
    """The stories of all items, handed in together and in order."""
    with TemporaryDirectory() as folder:
        return grow(Path(folder), iter([eventful]), weights)


def test_every_event_is_a_story_with_its_copies_in_one_work(at_once: Groups) -> None:
    """What the order must not change is right to begin with."""
    assert len(at_once) == 5
    for _, canonical, works in at_once:
        assert {i[:2] for _, items in works for i in items} == {canonical[:2]}
        assert any(len(items) >= 2 for _, items in works)


@pytest.mark.parametrize(("seed", "size"), [(1, 1), (2, 3), (3, 7), (4, 20)])
def test_e12_any_order_in_any_portions_gives_the_same_stories_canonicals_and_ids(
    eventful: list[Item], weights: MatchWeights, at_once: Groups, tmp_path: Path, seed: int, size: int
) -> None:
    """All at once in order, against a shuffled set in portions, each in a process of its own."""
    shuffled = eventful[:]
    Random(seed).shuffle(shuffled)
    portions = (shuffled[n : n + size] for n in range(0, len(shuffled), size))
    assert grow(tmp_path, portions, weights) == at_once


@pytest.mark.parametrize("elsewhere", [False, True])
def test_e12_batches_that_are_compared_while_others_are_stored_give_the_same_stories(
    eventful: list[Item], weights: MatchWeights, at_once: Groups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    elsewhere: bool,
) -> None:  # fmt: skip
    """Three items to a batch and two batches to a page; here, and in a process of its own."""
    monkeypatch.setattr(steps, "BATCH", 3)
    monkeypatch.setattr(steps, "_PAGE", 6)
    monkeypatch.setattr(steps, "MANY", 0 if elsewhere else 1_000)
    assert grow(tmp_path, iter([eventful]), weights) == at_once
