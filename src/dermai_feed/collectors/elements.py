"""Elements by their usual names, and the texts in them: how `xmlfeed` looks into a tree."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence

from .markup import resolve

Children = Mapping[str, Sequence[ET.Element]]


def children(element: ET.Element, name: Callable[[str], str]) -> dict[str, list[ET.Element]]:
    """The children of `element` by their usual names, in document order."""
    words: dict[str, list[ET.Element]] = {}
    for child in element:
        words.setdefault(name(child.tag), []).append(child)
    return words


def text_of(element: ET.Element) -> str:
    """All text inside `element`, without outer white space."""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(element.itertext()).strip()


def first_text(words: Children, *names: str) -> str:
    """The first text that is not empty, in the order of `names`."""
    for name in names:
        for element in words.get(name, ()):
            if text := text_of(element):
                return text
    return ""


def every_text(words: Children, *names: str) -> list[str]:
    """All texts that are not empty, in the order of `names`."""
    return [text for name in names for element in words.get(name, ()) if (text := text_of(element))]


def listed_texts(words: Children, name: str) -> list[str]:
    """The texts of the children of the element `name`: skipHours, skipDays."""
    return [text_of(child) for element in words.get(name, ()) for child in element]


def attribute(element: ET.Element, local: str, name: Callable[[str], str]) -> str:
    """The attribute `local`, with or without the prefix xml, "" when it is missing."""
    return next((value for key, value in element.items() if name(key) in {f"xml:{local}", local}), "").strip()


def keyword(element: ET.Element, name: str, default: str = "") -> str:
    """An attribute that is a keyword or a media type: without case."""
    return element.get(name, default).strip().lower()


def base_of(element: ET.Element, base: str) -> str:
    """The base of addresses inside `element`, whose parent's is `base` (xml:base)."""
    return resolve(base, element.get("{http://www.w3.org/XML/1998/namespace}base", "")) or base
