"""The options of a source: words that its kind understands, checked before anything is asked.

A mistake in them is told with its place in the configuration, as a failure of that source alone.
"""

from __future__ import annotations

from collections.abc import Collection

from ..errors import FetchFailed
from ..model import Source

COMMON = frozenset({"tracking"})  # of every kind: query parameters to drop from addresses


def check(source: Source, names: Collection[str], required: Collection[str] = ()) -> None:
    """That `source` has no options but `names` and those that every kind has, and all that are `required`.

    Raises: FetchFailed("bad_url").
    """
    known = COMMON.union(names)
    if unknown := sorted(set(source.options) - known):
        raise wrong(source, unknown[0], f"is no option of the kind {source.kind}; there are {', '.join(sorted(known))}")
    for name in sorted(required):
        if not source.options.get(name, "").strip():
            raise wrong(source, name, f"is missing; the kind {source.kind} asks for nothing without it")


def number(source: Source, name: str, default: int, most: int) -> int:
    """The whole number from 1 to `most` that the option `name` is. Raises: FetchFailed("bad_url")."""
    text = source.options.get(name, str(default)).strip()
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most:
        return int(text)
    raise wrong(source, name, f"is {text!r}; write a whole number from 1 to {most}")


def choice(source: Source, name: str, default: str, choices: Collection[str]) -> str:
    """Which of `choices` the option `name` is. Raises: FetchFailed("bad_url")."""
    text = source.options.get(name, default).strip()
    if text in choices:
        return text
    raise wrong(source, name, f"is {text!r}; write one of {', '.join(sorted(choices))}")


def wrong(source: Source, name: str, what: str) -> FetchFailed:
    """The failure of `source` by its option `name`; `what` goes on after the option's name."""
    where = f"{source.where}: " if source.where else ""
    return FetchFailed("bad_url", f"{where}options.{name} of {source.id} {what}", requests=0)
