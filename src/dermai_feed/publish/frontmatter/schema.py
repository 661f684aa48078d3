"""The seed schema: key order, blank lines, quoting and the types of scalars.

Everything here was measured on 7,858 versions of real files and the seeds (SCHEMA §1, §7);
our own fields live under `dermai`, which stands before `secured`.

A front matter is held as `Fields`: text stays the text that was written, whatever YAML
would make of it (`no`, `12:30`, `010`); only the keys that the schema types are numbers
or booleans (W-15).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias, Union

Value: TypeAlias = Union[str, int, bool, tuple["Value", ...], Mapping[str, "Value"]]  # noqa: UP007 - recursive
Fields: TypeAlias = Mapping[str, Value]
Path: TypeAlias = tuple[str, ...]
"""A key at the top, or a key of `provider` or `dermai`: ``("title",)``, ``("dermai", "kind")``."""

HEAD = (
    "category", "title", "excerpt", "publishedDateTime", "originalUrl", "webUrl", "ampWebUrl", "cdnAmpWebUrl",
    "type", "quality", "heat", "published",
)  # fmt: skip
# Each of these has a blank line before it.
BLOCKS = ("featuredContent", "provider", "topics", "images", "related", "dermai", "secured")
PROVIDER = ("name", "domain", "images")
DERMAI = (
    "id", "path", "kind", "verdict", "because", "published_by", "date_basis", "date_precision", "conditions",
    "themes", "section", "identifiers", "journal", "authors", "works", "origins", "carriers", "scores", "repairs",
    "listed", "see_also", "aliases", "written",
)  # fmt: skip

# The keys whose values are mappings that are merged and spliced key by key.
NESTED: Mapping[str, tuple[str, ...]] = {"provider": PROVIDER, "dermai": DERMAI}

# The keys that tell one element of a list from another, best first.
IDENTIFYING = ("webUrl", "url", "originalUrl", "title", "id", "item")

QUOTED = frozenset(
    {"title", "excerpt", "originalUrl", "webUrl", "ampWebUrl", "cdnAmpWebUrl", "url", "featuredContent", "secured",
     "because", "was", "now"}
)  # fmt: skip
DATES = frozenset({"publishedDateTime"})
NUMBERS = frozenset({"quality", "heat", "width", "height", "origins", "carriers"})
BOOLEANS = frozenset({"published", "isCached", "on_story"})
FLOW = frozenset({"written"})  # on one line: nobody reads it but the merge

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off", "0", "null", "~", ""})


def around(key: str, within: str) -> str:
    """What the values of the mapping `key`, itself `within` another, lie in: `scores` and `written` hold all below."""
    return within if within in {"scores", "written"} else key


def typed(key: str, text: str, *, within: str = "") -> Value:
    """`text` as the schema types it under `key`; what does not fit stays text.

    `within` says what it lies in (`around`): every number under `scores` is one, and nothing
    under `written`, where hashes stand, of which one in forty has digits alone.
    Booleans are read as W-14 says: true, yes, on; false, no, off, 0, null, empty.
    """
    if within == "written":
        return text
    if key in BOOLEANS:
        word = text.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else text
    if (key in NUMBERS or within == "scores") and _INTEGER.match(text):
        return int(text)
    return text


def settled(value: object, key: str = "", *, within: str = "") -> Value:
    """`value` as reading it back from a file will give it: typed by the schema, tuples for lists.

    Half of a surrogate pair, which no UTF-8 file can hold, becomes U+FFFD.
    Raises: TypeError for anything but text, whole numbers, booleans, lists and mappings.
    """
    if isinstance(value, str):
        return typed(key, _SURROGATE.sub("\ufffd", value), within=within)
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, Mapping):
        inner = around(key, within)
        return {str(name): settled(child, str(name), within=inner) for name, child in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(settled(item, within=key) for item in value)
    raise TypeError(
        f"{key or 'a list'} holds a {type(value).__name__}; front matter holds text, numbers, lists, mappings"
    )


def instant(text: str) -> datetime:
    """The time that `publishedDateTime` names, in UTC; no zone means UTC, as in every seed.

    Raises: ValueError when it is no date of the calendar (W-15).
    """
    at = datetime.fromisoformat(text.strip())
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """`at` in the only form that the seeds use: ``2020-03-31T04:04:00Z``."""
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def ordered(keys: Iterable[str], order: tuple[str, ...]) -> list[str]:
    """`keys` in the schema's order; unknown ones keep theirs and stand before `dermai` and `secured`."""
    return sorted(keys, key=lambda key: rank(key, order))


def rank(key: str, order: tuple[str, ...]) -> int:
    """Where `key` stands in `order`; unknown keys share the place before our own."""
    if key in order:
        return 2 * order.index(key)
    return 2 * (order.index("dermai") if "dermai" in order else len(order)) - 1


TOP = HEAD + BLOCKS
TYPES = frozenset({"article", "video", "podcast"})


def faults(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Which keys hold something that the schema does not allow, and what is wrong with each.

    A file with a fault is read but never written (W-06): its editor is not done with it.
    """
    found: list[tuple[str, str]] = []
    for key, value in fields.items():
        wrong = _fault(key, value)
        if wrong:
            found.append((key, wrong))
    return tuple(found)


def _fault(key: str, value: Value) -> str:
    if key in NESTED:
        return "" if isinstance(value, Mapping) else "must be a mapping, one indented key per line"
    if key in {"topics", "images", "related"}:
        return _list_fault(key, value)
    if key in TOP and isinstance(value, (tuple, Mapping)):
        return "must be a single value"
    if key == "published" and not isinstance(value, bool):
        return f"must be true or false, is {value!r}; treated as not published"
    if key in {"quality", "heat"} and not isinstance(value, int):
        return f"must be a whole number, is {value!r}"
    if key in DATES and isinstance(value, str):
        try:
            instant(value)
        except (ValueError, OverflowError):
            return f"must be a date like 2020-03-31T04:04:00Z, is {value!r}"
    return ""


def _list_fault(key: str, value: Value) -> str:
    if value == "":  # `topics:` with nothing after it
        return ""
    kind = str if key == "topics" else Mapping
    if isinstance(value, tuple) and all(isinstance(element, kind) for element in value):
        return ""
    return "must be a list, one `- …` per line"
