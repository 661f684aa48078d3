"""Records in XML: each read by itself, so that a broken one costs one.

Entities that a document declares are never expanded or fetched (see `collectors.repair`); that
it declares some is said once.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ..collectors import repair
from ..model import Problem
from .contract import Document

_HEAD = 100_000  # characters in which a DOCTYPE stands
_MOST_DEPTH = 200  # elements within one another


def entities(document: Document) -> Iterator[Problem]:
    """The problem of a document that declares entities, if it does."""
    if "<!ENTITY" in document.text[:_HEAD]:
        yield Problem(
            where=document.name, what="declares entities; none was expanded or fetched", kind="file",
            hint="save the file without its <!DOCTYPE … [ … ]>",
        )  # fmt: skip


def each(document: Document, tag: str) -> Iterator[tuple[str, ET.Element | Problem]]:
    """Each element `tag` of `document` as a tree and where it stands; one that is broken as a Problem."""
    text = document.text
    opening = re.compile(rf"<{tag}(?=[\s>])")
    starts = [found.start() for found in opening.finditer(text)]
    line, position = 1, 0
    for number, (start, limit) in enumerate(zip(starts, [*starts[1:], len(text)], strict=False), 1):
        line += text.count("\n", position, start)
        position = start
        where = document.at(number, line)
        end = text.find(f"</{tag}>", start, limit)
        if end < 0:
            yield where, _broken(where, "it does not end")
            continue
        piece = text[start : end + len(tag) + 3]
        read = repair.read(piece)
        if read.root is None:
            yield where, _broken(where, read.complaint)
        elif _deep(read.root):
            yield where, _broken(where, f"elements are nested deeper than {_MOST_DEPTH}")
        else:
            yield where, read.root


def _broken(where: str, what: str) -> Problem:
    return Problem(where=where, what=f"cannot be read: {what}", hint="the other records were read")


def _deep(root: ET.Element) -> bool:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > _MOST_DEPTH:
            return True
        level = [child for element in level for child in element]
    return False
