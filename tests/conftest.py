"""Fixtures for all tests: the evaluation data, the hostile server, a clean environment."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dermai_feed import cycles

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DERMAI_SHARED", ROOT.parent / "shared"))

cycles.look_seldom()  # as the program does


# The usual suite says the same of one commit every time it is asked; `make nightly` looks for new examples.
settings.register_profile("usual", derandomize=True)
settings.register_profile("nightly", max_examples=1_000)
settings.load_profile("usual")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of the developer's machine reaches a test, and no log level of a test the next one."""
    for name in list(os.environ):
        if name.startswith("DERMAI_") and name not in {"DERMAI_SHARED", "DERMAI_TEST_POSTGRES"}:
            monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield
    ours = logging.getLogger("dermai_feed")
    ours.setLevel(logging.NOTSET)
    ours.handlers.clear()


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with evaluation data and tools; tests that need it are skipped without it."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no evaluation data at {SHARED}: set DERMAI_SHARED to the folder that holds data/ and tools/")
    return SHARED


@pytest.fixture(scope="session")
def hostile_module(shared: Path) -> Any:
    """The module of the hostile server."""
    spec = importlib.util.spec_from_file_location("hostile_server", shared / "tools" / "hostile_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile_server"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hostile(hostile_module: Any) -> Iterator[Any]:
    """A running hostile server: `.url(path)`, `.count(path)`, `.netloc`, `.stats()`."""
    with hostile_module.HostileServer() as server:
        yield server
