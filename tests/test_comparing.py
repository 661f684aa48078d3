"""Comparing here and in a child process: the same answers, also when the child dies."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from dermai_feed import codec, comparing
from dermai_feed.comparing import Asked, Comparing
from dermai_feed.model import Item, Provider, Publication
from dermai_feed.rules import MatchWeights, Scale

NOW = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def weights(root: Path) -> MatchWeights:
    """The shipped snapshot."""
    text = (root / "config" / "matching.yaml").read_text(encoding="utf-8")
    return TypeAdapter(MatchWeights).validate_python(yaml.safe_load(text))


@pytest.fixture
def asked() -> Asked:
    """A paper, its copy with other capitals, and another paper; all pairs."""
    items = {
        id_: codec.encode(
            Item(
                id=id_,
                source_id="s",
                key=id_,
                title=title,
                published=NOW,
                first_seen=NOW,
                provider=Provider(name="", domain=""),
                authors=("Example, A.", "Sample, B."),
                publication=Publication(journal="Journal of Examples", volume="7", pages=pages),
            )
        )
        for id_, title, pages in (
            ("a", "A network reads dermoscopy images of pigmented lesions", "12-19"),
            ("b", "A NETWORK READS DERMOSCOPY IMAGES OF PIGMENTED LESIONS", "12-19"),
            ("c", "Waiting times for excision in rural clinics", "88-91"),
        )
    }
    return Asked(items=items, pairs=(("a", "b"), ("a", "c"), ("b", "c")))


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_cores", lambda: 2)


def test_a_child_answers_as_we_do(asked: Asked, weights: MatchWeights) -> None:
    """Keys and ties, several questions asked before the first answer is in."""
    keys = Asked(items=asked.items, keys=True)
    with Comparing(weights) as here, Comparing(weights, elsewhere=True) as elsewhere:
        mine = [here.ask(question).result() for question in (keys, asked, keys)]
        theirs = [answer.result() for answer in [elsewhere.ask(question) for question in (keys, asked, keys)]]
    assert mine == theirs
    assert [(edge.a, edge.b, edge.level) for edge in mine[1].edges] == [("a", "b", "work")]
    assert mine[0].keys.keys() == {"a", "b", "c"}


def test_a_child_that_dies_costs_no_answer(
    asked: Asked, weights: MatchWeights, caplog: pytest.LogCaptureFixture
) -> None:
    """What it was asked is worked out here, and the next question starts another child."""
    with Comparing(weights, elsewhere=True) as elsewhere:
        first = elsewhere.ask(asked).result()
        assert elsewhere.child is not None
        os.kill(elsewhere.child, signal.SIGKILL)
        assert elsewhere.ask(asked).result() == first
        assert [record.message for record in caplog.records] == ["the process that compares is gone, going on without"]
        assert elsewhere.ask(asked).result() == first
        assert elsewhere.child is not None


def test_a_child_ends_with_its_conversation(asked: Asked, weights: MatchWeights) -> None:
    """Nothing is left behind."""
    with Comparing(weights, elsewhere=True) as elsewhere:
        elsewhere.ask(asked).result()
        child = elsewhere.child
    assert child is not None
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_signal_does_not_wait_for_the_child(asked: Asked, weights: MatchWeights) -> None:
    """Whoever leaves early leaves at once: what is in hand is given up, what was asked after it never begun."""
    with suppress(KeyboardInterrupt), Comparing(weights, elsewhere=True) as elsewhere:
        answers = [elsewhere.ask(asked) for _ in range(50)]
        answers[0].result()
        child = elsewhere.child
        raise KeyboardInterrupt
    assert any(answer.cancelled() for answer in answers)
    assert child is not None
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_one_core_is_not_shared(asked: Asked, weights: MatchWeights, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process would only wait for the first."""
    monkeypatch.setattr(comparing, "_cores", lambda: 1)
    with Comparing(weights, elsewhere=True) as alone:
        alone.ask(asked).result()
        assert alone.child is None


def test_weights_arrive_as_they_are(weights: MatchWeights) -> None:
    """What the child reads is equal to the last digit, or it would match otherwise."""
    again = codec.decode(MatchWeights, codec.encode(weights))
    assert (again, again.words, again.citations) == (weights, weights.words, weights.citations)
    assert isinstance(again.citations, Scale)
