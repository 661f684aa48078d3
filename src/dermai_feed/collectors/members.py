"""JSON without trusting it (P-14): documents, and the members of their objects.

A member of the wrong type counts as missing. Standard library only; `NaN` and `Infinity`,
which Python's reader would let pass, are missing values too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from ..errors import ParseFailed
from .encoding import decode
from .sniff import is_json, not_a_feed, quoted

__all__ = [
    "Members", "answer", "as_text", "complaint", "count", "flag", "load", "many", "members", "objects", "one",
    "quoted", "records", "value", "word", "words",
]  # fmt: skip

Members = Mapping[str, object]

_DECODER = json.JSONDecoder(parse_constant=lambda _name: None)


def load(text: str) -> object:
    """The JSON value written as `text`. Raises: ParseFailed("parse_error")."""
    try:
        document: object = json.loads(text, parse_constant=lambda _name: None)
    except RecursionError as error:
        raise ParseFailed("parse_error", "the JSON is nested too deeply") from error
    except ValueError as error:  # JSONDecodeError, and numbers of more than 4,300 digits
        raise ParseFailed("parse_error", f"broken JSON: {error}") from error
    return document


def value(body: bytes, content_type: str) -> object:
    """What an interface answered, or a file of its records holds: an object, or a list of them.

    JSON Lines, one record after the other, are a list too; a line that is no JSON is its text
    there, which costs that record.

    Raises: ParseFailed: challenge, login or not_a_feed with the server's own words when it
        answered something else, parse_error when the JSON is broken.
    """
    text = decode(body, content_type).text.lstrip("\ufeff")
    if not is_json(text):
        raise not_a_feed(text, f"the server says: {quoted(text)}")
    try:
        return load(text)
    except ParseFailed:
        if (found := _lines(text)) is None:
            raise
        return found


def _lines(text: str) -> list[object] | None:
    """The values of JSON Lines, None when `text` does not begin with two values on lines of their own."""
    lines = [line for line in text.split("\n") if line.strip()]
    values: list[object] = []
    for number, line in enumerate(lines):
        try:
            values.append(_DECODER.decode(line))
        except (ValueError, RecursionError):
            if number < 2:
                return None
            values.append(line)
    return values


def answer(body: bytes, content_type: str) -> Members:
    """The object that an interface answered. Raises: ParseFailed, as `value` does, and for a list."""
    document = value(body, content_type)
    if not isinstance(document, dict):
        raise ParseFailed("not_a_feed", f"a JSON list came instead of an object: {quoted(json.dumps(document))}")
    return document


def records(document: Members, key: str) -> Sequence[object]:
    """The list `key` of an interface's answer.

    Raises: ParseFailed("not_a_feed") with the server's own words when the answer has no such list.
    """
    value = document.get(key)
    if isinstance(value, list):
        return value
    raise ParseFailed("not_a_feed", f"an answer without {key!r}; the server says: {complaint(document)}")


def complaint(document: Members) -> str:
    """What an error document says, in the server's own words."""
    error, listed = one(document, "error"), objects(document, "errors")
    keys = ("code", "error", "message", "title", "status", "detail")
    said = [word(place, key) for place in (error, document, *listed[:3]) for key in keys]
    return quoted(": ".join(dict.fromkeys(text for text in said if text)) or json.dumps(document))


def members(record: object) -> Members:
    """`record` as an object. Raises: TypeError, which costs that record."""
    if not isinstance(record, dict):
        raise TypeError(f"not an object but {type(record).__name__}")
    return record


def one(record: Members, *path: str) -> Members:
    """The object that the keys of `path` lead to, empty where there is none."""
    for key in path:
        value = record.get(key)
        record = value if isinstance(value, dict) else {}
    return record


def many(record: Members, key: str) -> Sequence[object]:
    """The list `key`, empty where there is none."""
    value = record.get(key)
    return value if isinstance(value, list) else ()


def objects(record: Members, key: str) -> list[Members]:
    """The objects in the list `key`."""
    return [value for value in many(record, key) if isinstance(value, dict)]


def words(record: Members, key: str) -> tuple[str, ...]:
    """The texts in the list `key` that are not empty."""
    return tuple(text for value in many(record, key) if (text := as_text(value)))


def word(record: Members, key: str) -> str:
    """The text `key`, "" where there is none."""
    return as_text(record.get(key))


def count(record: Members, key: str) -> int:
    """The number `key`, written as a number or as digits; 0 where there is none."""
    digits = word(record, key)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else 0


def flag(record: Members, key: str) -> bool:
    """Whether `key` is true."""
    return record.get(key) is True


def as_text(value: object) -> str:
    """A string, or a number as one: ids and sizes are often numbers. Lone surrogates become U+FFFD."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float) and not math.isfinite(value):  # 1e999
        return ""
    return str(value).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
