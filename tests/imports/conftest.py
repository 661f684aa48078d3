"""What the tests of imports share: one way to read a text, and the entries of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dermai_feed.imports import Document, Found, read
from dermai_feed.model import Entry, Problem

Read = Callable[..., list[Found]]


@pytest.fixture
def found() -> Read:
    """Everything that a text (or bytes) of a name holds."""

    def call(body: str | bytes, name: str = "file.txt", kind: str = "", **more: Any) -> list[Found]:
        raw = body if isinstance(body, bytes) else body.encode()
        return list(read(Document(name=name, body=raw, **more), kind))

    return call


@pytest.fixture
def entries(found: Read) -> Callable[..., list[Entry]]:
    """The entries alone; a problem fails the test."""

    def call(body: str | bytes, name: str = "file.txt", kind: str = "", **more: Any) -> list[Entry]:
        everything = found(body, name, kind, **more)
        assert not [one for one in everything if isinstance(one, Problem)]
        return [one for one in everything if isinstance(one, Entry)]

    return call
