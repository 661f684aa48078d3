"""Elements of lists in a front matter: what makes one the same as yesterday, and in which order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from .frontmatter import Value

# Lists whose elements are merged one by one, and the keys that tell an element from the others.
BY_ELEMENT: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("topics",): (),
    ("images",): ("url", "title"),
    ("related",): ("webUrl", "originalUrl", "title"),
    ("dermai", "conditions"): (),
    ("dermai", "themes"): (),
}
# The machine has at most one element of these (SCHEMA §1). Where an editor changed it, removed it or
# put their own, another one of the machine's does not come beside that.
SINGLE = frozenset({("images",)})


EMPTIED = "none"
"""Stands among the marks of a list that the machine left empty: that it is gone is no editor's doing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """One element of a list; `digest` stands for what it says."""

    digest: str
    name: str  # for people
    value: Value


def digest(value: Value) -> str:
    """Eight characters that stand for `value`: of SHA-256, blind to the order of keys and to types."""
    text = json.dumps(_bare(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def shown(value: Value | None) -> str:
    """`value` for a message: text as it is, lists and mappings as JSON, nothing as nothing."""
    if value is None:
        return ""
    bare = _bare(value)
    return bare if isinstance(bare, str) else json.dumps(bare, ensure_ascii=False)


def _bare(value: Value) -> object:
    """`value` with text only: a number that an editor put in quotes is the same number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return {key: _bare(child) for key, child in value.items()}
    if isinstance(value, tuple):
        return [_bare(child) for child in value]
    return str(value)


def identified(values: Sequence[Value], names: Sequence[str]) -> dict[str, Element]:
    """`values` by their keys, in their order; `names` are the keys of a mapping that identify it, best first.

    The second of two elements with one identity is another element: the publisher's own
    lists hold an address twice (SCHEMA §6).
    """
    found: dict[str, Element] = {}
    for value in values:
        name = _name(value, names)
        own = digest(_address(name) if "url" in names else name)
        key, times = own, 1
        while key in found:
            times += 1
            key = digest((own, str(times)))
        found[key] = Element(digest=digest(value), name=name, value=value)
    return found


def _name(value: Value, names: Sequence[str]) -> str:
    if isinstance(value, Mapping):
        return next((shown(value[name]) for name in names if value.get(name)), shown(value))
    return shown(value)


def _address(url: str) -> str:
    """`url` without what does not tell one picture from another: scheme, port, case of the host, fragment.

    The query stays: there are sites that name a picture in it, as well as those that name a size.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return url
    return urlunsplit(("", host, parts.path or "/", parts.query, "")) if host else url


def mark(key: str, said: str) -> str:
    """How `dermai.written` remembers the element `key`, whose digest is `said`."""
    return key if key == said else f"{key}/{said}"


def remembered(marks: Sequence[Value]) -> dict[str, str]:
    """Digests by key, from what `mark` made."""
    pairs = (text.partition("/") for text in marks if isinstance(text, str) and text != EMPTIED)
    return {key: said or key for key, _, said in pairs}


def arranged(keys: Sequence[str], names: Sequence[Value], elements: Mapping[str, Element]) -> list[str]:
    """`keys` in the order of `names`; one whose name is not among them stays behind its neighbour."""
    by_name: dict[Value, list[str]] = {}
    for key in keys:
        by_name.setdefault(elements[key].name, []).append(key)
    return weave([key for name in dict.fromkeys(names) for key in by_name.get(name, ())], keys)


def weave(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """All keys: `first` in its order, each other one right after its neighbour in `second`."""
    woven = list(first)
    last = -1
    for key in second:
        if key in woven:
            last = woven.index(key)
        else:
            last += 1
            woven.insert(last, key)
    return woven
