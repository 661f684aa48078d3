"""The catalogue of the hostile server through simulated hours: the essential part of scripts/hostile_sweep.py."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ESSENTIAL = [
    "/ok", "/atom", "/304-etag", "/304-lastmod", "/maxage-hour", "/maxage-year", "/ttl", "/500", "/404", "/403", "/410",
    "/503", "/429", "/429-huge", "/cf-challenge", "/login", "/html-as-feed", "/redirect-private", "/redirect-loop",
    "/redirect-chain-*", "/gzipbomb-nested", "/truncated", "/not-http", "/close-now", "/unclosed", "/301-moved",
]  # fmt: skip


@pytest.fixture(scope="module")
def sweep() -> ModuleType:
    """scripts/hostile_sweep.py."""
    spec = importlib.util.spec_from_file_location("hostile_sweep", ROOT / "scripts" / "hostile_sweep.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared
def test_show_2_states_requests_and_gaps_are_as_demanded(sweep: ModuleType, hostile_module: Any) -> None:
    """F-01 to F-28 over five simulated hours: nothing wrong, no canary touched, one poll of what asks for a day."""
    judged, touched = sweep.sweep(hostile_module, 5.0, ESSENTIAL)
    assert {life.path: wrong for life, wrong in judged if wrong} == {}
    assert not touched
    assert sorted(life.path for life, _ in judged) == sorted(ESSENTIAL)
    polls = {life.path: len(life.polls) for life, _ in judged}
    assert (polls["/ok"], polls["/atom"], polls["/410"], polls["/maxage-year"], polls["/500"]) == (5, 1, 1, 1, 3)


def test_the_sweep_sees_what_is_wrong(sweep: ModuleType) -> None:
    """A source asked too soon, too often, too late, without its validator, or of another class is named."""
    good = sweep.Life(
        path="/ok", url="http://127.0.0.1:1/ok", polls=[0.0, 1.05], failures=[None, None], requests=2, most=1, gap=1.05
    )
    stats = {"conditional": {"/ok": 1}}
    assert sweep.faults(good, stats) == []
    for changed, word in (
        ({"polls": [0.0, 0.5]}, "F-17"), ({"most": 3}, "F-20"), ({"gap": 3.0}, "F-18"),
        ({"failures": ["timeout"]}, "read"),
    ):  # fmt: skip
        assert any(word in what for what in sweep.faults(replace(good, **changed), stats)), changed
    assert any("F-13" in what for what in sweep.faults(good, {"conditional": {}}))
    cut = replace(good, path="/truncated", url="http://127.0.0.1:1/truncated", failures=["truncated", "truncated"])
    assert sweep.faults(cut, stats) == []
    assert any("F-14" in what for what in sweep.faults(cut, {"conditional": {"/truncated": 1}}))
