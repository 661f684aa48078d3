"""Writing values as YAML that reads the same everywhere (W-13).

Text that is not quoted by the schema stays plain only when YAML 1.1 (Jekyll, PyYAML) and
YAML 1.2 (js-yaml, ruamel.yaml) both read it back as that text; all else is one line in
double quotes, with controls, line separators, byte order marks and bidi controls escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from . import schema
from .schema import Fields, Value

# Seen in the real files: `\n`, `\r`, `\"`, `\\`; the others are YAML's own short forms.
_SHORT = {
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0", "\x1b": "\\e",
    "\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ESCAPED = re.compile(rf'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff{_BIDI}]')
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")

# What YAML 1.2 reads as a number and 1.1 as text: 1e3, 0o17, 12e03 …
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z|0[ox][0-9A-Fa-f]+\Z")
_YES_NO = frozenset("yYnN")  # booleans of YAML 1.1 that PyYAML leaves out
_BLOCK = re.compile(r"[|>]-[ \t]*(?:#.*)?\r?\Z")  # a block whose last line end is no part of the text
_FLOW_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*\Z")


def block(fields: Fields) -> str:
    """`fields` as lines, each ended by a line feed, keys in the schema's order, without fences."""
    parts: list[str] = []
    for key in schema.ordered(fields, schema.TOP):
        if parts and key in schema.BLOCKS:
            parts.append("\n")
        parts.append(entry(key, fields[key], 0))
    if not any(key in fields for key in ("dermai", "secured")):
        parts.append("\n")  # the publisher's fields always have a blank line after them, before `secured`
    return "".join(parts)


def entry(key: str, value: Value, indent: int) -> str:
    """``key: value`` at `indent` spaces, with its line end."""
    return f"{' ' * indent}{plain_or_quoted(key)}:{after_colon(key, value, indent)}\n"


def after_colon(key: str, value: Value, indent: int) -> str:
    """What stands after the colon of `key`: `` text`` on its line, or the lines below it."""
    if not isinstance(value, (tuple, Mapping)):
        return " " + scalar(key, value)
    if key in schema.FLOW or not value:
        return " " + flow(value)
    if isinstance(value, tuple):
        return "".join("\n" + element(item, indent + 2).removesuffix("\n") for item in value)
    keys = schema.ordered(value, schema.DERMAI) if key == "dermai" else list(value)
    return "".join("\n" + entry(name, value[name], indent + 2).removesuffix("\n") for name in keys)


def element(value: Value, indent: int) -> str:
    """One element of a list, its dash at `indent` spaces, with its line end."""
    dash = " " * indent + "- "
    if isinstance(value, Mapping) and value:
        lines = "".join(entry(name, child, indent + 2) for name, child in value.items())
        return dash + lines[indent + 2 :]
    return f"{dash}{flow(value) if isinstance(value, (tuple, Mapping)) else scalar('', value)}\n"


def scalar(key: str, value: str | int | bool) -> str:
    """`value` as the schema quotes it under `key`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if key in schema.QUOTED:
        return quoted(value)
    if key in schema.DATES and _DATE.match(value):
        return value
    return plain_or_quoted(value)


def in_style(raw: str, key: str, old: str | int | bool, value: str | int | bool, column: int) -> str:
    """`value` as an editor wrote `old`: with their quotes, or none, or as a block.

    `raw` is how `old` is written, its block at `column` spaces or more. Where that is how the
    schema writes it, or `value` cannot be written so, the schema decides.
    """
    usual = scalar(key, value)
    text = value if isinstance(value, str) else usual
    if raw == scalar(key, old) or not text.isprintable():
        return usual
    if raw.startswith('"'):
        return quoted(text)
    if raw.startswith("'"):
        return "'" + text.replace("'", "''") + "'"
    if raw[:1] in {"|", ">"}:
        head, _, rest = raw.partition("\n")
        indent = len(rest) - len(rest.lstrip(" "))
        if _BLOCK.match(head) and indent > column and text and text.strip() == text:
            return f"{head.rstrip()}\n{' ' * indent}{text}"
        return usual
    return text if stays_text(text) or not isinstance(value, str) else usual


def flow(value: Value) -> str:
    """`value` on one line, in brackets and braces."""
    if isinstance(value, tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow_text(key)}: {flow(child)}" for key, child in value.items()) + "}"
    return _flow_text(value) if isinstance(value, str) else scalar("", value)


def _flow_text(text: str) -> str:
    return text if _FLOW_PLAIN.match(text) and stays_text(text) else quoted(text)


def plain_or_quoted(text: str) -> str:
    """`text` as the seeds write names and topics: bare, unless YAML would make something else of it."""
    return text if stays_text(text) else quoted(text)


def quoted(text: str) -> str:
    """`text` in double quotes, on one line whatever its length."""
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"


def stays_text(text: str) -> bool:
    """Whether `text`, unquoted, is read back as this text by YAML 1.1 and 1.2 parsers.

    A property test over 20,000 values chose these conditions: it starts with a letter or
    digit, is printable, holds nothing that ends a plain scalar, and resolves to a string.
    """
    if not text or not text[0].isalnum() or not text.isprintable() or text[-1] in " :":
        return False
    if ": " in text or " #" in text or text in _YES_NO or _NUMBER.match(text):
        return False
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[0], [])
    return not any(pattern.match(text) for _, pattern in resolvers)
