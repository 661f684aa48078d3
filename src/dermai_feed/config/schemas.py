"""The forms of the files: reading values by them, and publishing them as JSON Schemas.

Positions give text; here the schema of a file says what each text means. Numbers and
booleans are read in one spelling only (`true`, `0.25`), the rest is pydantic's work. Its
errors become ours: the place by file, line and key, and the key that was probably meant.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails, core_schema

from ..model import Problem
from ..rules import MatchWeights, ProviderRules, TriageRules
from .positions import Place, Plain, Yaml, dotted, problem
from .written import SettingsFile, SourcesFile

T = TypeVar("T")
Schema = Mapping[str, Any]  # a JSON Schema is as free as JSON

FILES: Mapping[str, type[Any]] = {
    "dermai-feed": SettingsFile,
    "sources": SourcesFile,
    "providers": ProviderRules,
    "triage": TriageRules,
    "matching": MatchWeights,
}
"""What each file is read into, by its name in `config/`."""

# Building one costs milliseconds, and each source of the catalogue needs it.
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
_SCHEMAS: dict[type[Any], Schema] = {}

# YAML 1.1 has eleven spellings of true and reads 010 as 8; RFC 8259 has one of each, and so have we.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_BOOLEAN = {"true": True, "false": False}


class _WithoutDefaults(GenerateJsonSchema):
    """Leaves defaults out: ours are seconds and bytes, the file's are `30s` and `10MiB`."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def schemas() -> dict[str, str]:
    """The JSON Schema of every file, as text by file name below `config/schema/`."""
    found = {}
    for name, kind in FILES.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(kind)}
        found[f"{name}.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return found


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _schema(kind: type[Any]) -> Schema:
    if kind not in _SCHEMAS:
        _SCHEMAS[kind] = _adapter(kind).json_schema(schema_generator=_WithoutDefaults)
    return _SCHEMAS[kind]


def fit(file: Yaml, kind: type[T], place: Place = ()) -> tuple[T | None, tuple[Problem, ...]]:
    """The value at `place` of `file` as `kind`, and every way in which it does not fit.

    What does not fit is left out of the value where it can be, so that the rest is checked
    as well; None where it cannot. A value that comes with problems is not for use.
    """
    reading = _Reading(file, _schema(kind))
    value = reading.take(file.at(place), reading.root, place)
    adapter = _adapter(kind)
    problems = reading.problems
    try:
        return adapter.validate_python(value), tuple(problems)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False)
    problems += [_told(error, file, reading, place) for error in errors]
    try:
        return adapter.validate_python(_without(value, [_place(error) for error in errors])), tuple(problems)
    except ValidationError:
        return None, tuple(problems)


def _without(value: object, places: Iterable[Place]) -> object:
    """`value` without the entries of mappings in which `places` lie; it is changed itself."""
    for place in places:
        while place and isinstance(place[-1], int):  # items of a list go with the list: the others keep their numbers
            place = place[:-1]
        holder: Any = value
        for part in place[:-1]:
            holder = holder.get(part, {}) if isinstance(holder, dict) else holder[part]
        if place:
            holder.pop(place[-1], None)
    return value


class _Reading:
    """One file on its way from text to typed values, along its JSON Schema."""

    def __init__(self, file: Yaml, root: Schema) -> None:
        self.file = file
        self.root = root
        self.problems: list[Problem] = []

    def take(self, value: Plain, schema: Schema, place: Place) -> object:
        schema = self._resolved(schema)
        if isinstance(value, dict):
            return {key: self.take(v, self._of_key(schema, key), (*place, key)) for key, v in value.items()}
        if isinstance(value, list):
            return [self.take(v, schema.get("items", {}), (*place, n)) for n, v in enumerate(value)]
        match schema.get("type"):
            case "boolean" if value in _BOOLEAN:
                return _BOOLEAN[value]
            case "boolean":
                self._wrong(place, f"{value[:40]!r} is not true or false", "write true or false")
            case "integer" if _INTEGER.fullmatch(value):
                return int(value)
            case "number" if _NUMBER.fullmatch(value):
                return float(value)
            case "integer" | "number" as kind:
                self._wrong(place, f"{value[:40]!r} is not a plain {kind}", "write it in digits, such as 12")
        return value

    def _wrong(self, place: Place, what: str, hint: str) -> None:
        self.problems.append(problem(self.file.where(place), f"{dotted(place)}: {what}", hint))

    def _resolved(self, schema: Schema) -> Schema:
        while True:
            if "$ref" in schema:
                schema = self.root["$defs"][schema["$ref"].rpartition("/")[2]]
            elif "anyOf" in schema:  # ours are all "this or nothing"
                schema = next((s for s in schema["anyOf"] if s.get("type") != "null"), {})
            else:
                return schema

    def _of_key(self, schema: Schema, key: str) -> Schema:
        rest = schema.get("additionalProperties", {})
        found: Schema = schema.get("properties", {}).get(key) or (rest if isinstance(rest, dict) else {})
        return found

    def keys(self, place: Place) -> tuple[str, ...]:
        """The keys that a mapping at `place` may have."""
        schema = self._resolved(self.root)
        for part in place:
            schema = schema.get("items", {}) if isinstance(part, int) else self._of_key(schema, part)
            schema = self._resolved(schema)
        return tuple(schema.get("properties", {}))


def closest(word: str, words: Iterable[str]) -> str:
    """`did you mean 'x'` for a mistyped word, or the words there are."""
    there = list(words)
    near = difflib.get_close_matches(word, there, n=1)
    if near:
        return f"did you mean {near[0]!r}"
    return f"known: {', '.join(sorted(there))}" if there else ""


def unknown(word: str, words: Collection[str], what: str) -> tuple[str, str]:
    """What is wrong and the hint, for a word that is not among `words`."""
    return f"unknown {what} {word[:60]!r}", closest(word, words)


def _place(error: ErrorDetails) -> Place:
    return tuple(part for part in error["loc"] if part != "[key]")


def _told(error: ErrorDetails, file: Yaml, reading: _Reading, base: Place) -> Problem:
    """pydantic's error as a problem that names the place; values are not repeated, they may be secret."""
    inner = _place(error)
    place, parent, last = base + inner, inner[:-1], str(inner[-1]) if inner else ""
    match error["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            what, hint = "unknown key", closest(last, reading.keys(parent))
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            what, hint = "is missing", f"add `{last}: …`"
        case "value_error":
            what, hint = str(error["ctx"]["error"]), ""
        case "string_type":
            what, hint = "must be text", ""
        case "tuple_type" | "list_type":
            what, hint = "must be a list", "write [a, b], or one `- item` a line"
        case "model_type" | "dataclass_type" | "mapping_type" | "dict_type":
            what, hint = "must be a mapping of keys to values", ""
        case _:
            what, hint = error["msg"].removeprefix("Input ").lower(), ""
    return problem(file.where(place), f"{dotted(place)}: {what}", hint)
