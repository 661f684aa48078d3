"""Values as JSON and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed.codec import decode, encode, to_python
from dermai_feed.model import Decision, Image, Item, Provider, Repair

NOW = datetime(2026, 11, 21, 5, 6, 7, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=("Cs",)))


@given(title=TEXT, was=TEXT, width=st.integers(1, 20_000) | st.none())
def test_what_is_encoded_comes_back_equal(title: str, was: str, width: int | None) -> None:
    """Any text, nested values, absent values."""
    item = Item(
        id="i", source_id="s", key="k", title=title, published=NOW, first_seen=NOW,
        provider=Provider(name="P", domain="p.example"), images=(Image(url="https://p.example/", width=width),),
        repairs=(Repair(field="title", was=was, now=title, rule="r"),),
    )  # fmt: skip
    assert decode(Item, encode(item)) == item


def test_a_date_is_written_in_utc_with_z_and_a_line_stays_a_line() -> None:
    """The ledger and the log hold one value a line."""
    line = encode(Decision(id="01", at=NOW, who="é\n", verb="reject", target=("x",), value={"n": 1}))
    assert '"at":"2026-11-21T05:06:07Z"' in line
    assert "é" in line
    assert "\n" not in line


def test_defaults_are_left_out_of_a_line_and_shown_to_python() -> None:
    """Short lines, complete `--json`."""
    image = Image(url="https://p.example/")
    assert encode(image) == '{"url":"https://p.example/"}'
    assert to_python(image)["width"] is None


def test_a_value_that_does_not_fit_is_named() -> None:
    """The message says which field."""
    with pytest.raises(ValueError, match="url"):
        decode(Image, "{}")
