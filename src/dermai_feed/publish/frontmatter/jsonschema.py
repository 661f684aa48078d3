"""The JSON Schema of a story file's front matter, made from what the reader and writer know.

For editors' programs (YAML language servers) and for other programs that read the corpus. It
accepts every variant of real files that SCHEMA.md lists; unknown keys are allowed, because
they survive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from . import schema

Json = Mapping[str, object]

_WORDS = {
    "category": "always `news`",
    "title": "the headline",
    "excerpt": "what it says, in the source's words",
    "publishedDateTime": "when the source published it, UTC: 2020-03-31T04:04:00Z",
    "originalUrl": "the address as it was received",
    "webUrl": "the address of the page; absent for videos",
    "ampWebUrl": "the AMP page; together with cdnAmpWebUrl or not at all",
    "cdnAmpWebUrl": "the same in the AMP cache",
    "type": "what kind of page it is",
    "quality": "how good it is; docs/ranking.md has the formula",
    "heat": "how much it is told; -1 only in imported files",
    "published": "whether readers see it; editors decide",
    "featuredContent": "one line of HTML that embeds a video",
    "provider": "who publishes at the address",
    "topics": "subjects, the most special first",
    "images": "at most one picture",
    "related": "the other works of the story",
    "dermai": "what the program knows beyond the seeds' schema; docs/corpus.md explains each key",
    "secured": "the author's seal; nobody else can make it",
}
_URL: Json = {"type": "string", "format": "uri"}
_INTEGER: Json = {"type": "integer"}
_BOOLEAN: Json = {"type": "boolean"}
_TEXT: Json = {"type": "string"}
_IMAGE: Json = {
    "type": "object",
    "required": ["url"],
    "properties": {"url": _URL, "width": _INTEGER, "height": _INTEGER, "isCached": _BOOLEAN, "title": _TEXT},
}
_OLD = ("sourceUrl", "ampUrl", "cdnAmpUrl")  # the names of before August 2020


def story_schema() -> str:
    """The schema as text, as it stands in config/schema/story.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def json_schema() -> dict[str, object]:
    """The schema, draft 2020-12."""
    properties: dict[str, object] = {key: {**_value(key), "description": _WORDS[key]} for key in schema.TOP}
    properties |= {key: {**_URL, "description": "as in files of before August 2020"} for key in _OLD}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A story of the corpus: the front matter of news/*.md",
        "type": "object",
        "required": ["category", "title", "excerpt", "publishedDateTime", "type", "provider", "topics"],
        "anyOf": [{"required": [key]} for key in ("webUrl", "originalUrl", "sourceUrl")],
        "dependentRequired": {"ampWebUrl": ["cdnAmpWebUrl"], "cdnAmpWebUrl": ["ampWebUrl"]},
        "properties": properties,
    }


def _value(key: str) -> dict[str, object]:
    if key in schema.DATES:
        return {"type": "string", "format": "date-time"}
    if key in schema.NUMBERS:
        return dict(_INTEGER)
    if key in schema.BOOLEANS:
        return dict(_BOOLEAN)
    if key == "related":
        return {"type": "array", "items": _related()}
    shapes: dict[str, dict[str, object]] = {
        "category": {"const": "news"},
        "type": {"enum": sorted(schema.TYPES)},
        "provider": _provider(images=True),
        "topics": {"type": "array", "items": _TEXT},
        "images": {"type": "array", "items": _IMAGE},
        "dermai": _own(),
    }
    if key in shapes:
        return shapes[key]
    return dict(_URL) if key.endswith("Url") else dict(_TEXT)


def _provider(*, images: bool) -> dict[str, object]:
    properties: dict[str, object] = {"name": _TEXT, "domain": _TEXT}
    if images:
        properties["images"] = {"type": "array", "items": _IMAGE}
    return {"type": "object", "required": ["name", "domain"], "properties": properties}


def _related() -> dict[str, object]:
    keys = ("title", "excerpt", "publishedDateTime", "webUrl", "ampWebUrl", "cdnAmpWebUrl", "type", "quality", "images")
    properties = {key: _value(key) for key in keys} | {"provider": _provider(images=False)}
    return {"type": "object", "required": ["title"], "properties": properties}


def _own() -> dict[str, object]:
    lists = {"conditions", "themes", "authors", "works", "repairs", "listed", "see_also", "aliases"}
    mappings = {"published_by", "identifiers", "scores", "written"}
    properties: dict[str, object] = {}
    for key in schema.DERMAI:
        kind = "array" if key in lists else "object" if key in mappings else ""
        properties[key] = {"type": kind} if kind else dict(_INTEGER) if key in schema.NUMBERS else dict(_TEXT)
    return {"type": "object", "required": ["id"], "properties": properties}
