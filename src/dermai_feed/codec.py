"""Values of the model as JSON and back, for the store, the ledger and `--json`.

pydantic does the work: it reads and writes the frozen dataclasses of `model` as they are.
Defaults are left out and keys keep the order of declaration, so that equal values give
equal bytes and a line of the ledger stays short.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}  # building one costs milliseconds, using one microseconds


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def encode(value: object) -> str:
    """`value` (a dataclass of the model) as one line of JSON, UTF-8 text, dates as `…Z`."""
    return _adapter(type(value)).dump_json(value, exclude_defaults=True).decode()


def to_python(value: object) -> Any:
    """`value` as plain dicts, lists and strings, with every field, for `--json`."""
    return _adapter(type(value)).dump_python(value, mode="json")


def decode(kind: type[T], text: str | bytes) -> T:
    """The value of type `kind` written as `text`.

    Raises: pydantic.ValidationError (a ValueError) naming the field when `text` does not fit.
    """
    result: T = _adapter(kind).validate_json(text)
    return result
