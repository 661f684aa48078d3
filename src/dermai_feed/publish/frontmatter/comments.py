"""Comments of a front matter: where they stand, and which of them a change would take along (W-05).

A comment is an editor's. What the machine removes or replaces around one leaves it behind, on a
line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .nodes import Alias, Listing, Node, Scalar

_COMMENT = re.compile(r"(?:(?<=[ \t\n])|\A)#[^\r\n]*")


def spans(text: str, root: Node, start: int, end: int) -> list[tuple[int, int]]:
    """Where the comments between `start` and `end` of a file stand; offsets of `root` count from `start`."""
    if "#" not in text[start:end]:
        return []
    found: list[tuple[int, int]] = []
    at = start
    for low, high in [*_scalars(root), (end - start, end - start)]:
        gap = text[at : start + low]
        if at and "#" in gap:  # with the character before, which tells a comment from a part of a word
            gap = text[at - 1] + gap
            found += [(at - 1 + one.start(), at - 1 + one.end()) for one in _COMMENT.finditer(gap)]
        at = max(at, start + high)
    return found


def lost(text: str, places: Iterable[tuple[int, int]], start: int, end: int, new: str) -> list[str]:
    """The comments between `start` and `end` of `text` that are not in `new`, which takes their place."""
    found: list[str] = []
    for low, high in places:
        if start <= low and high <= end:
            comment = text[low:high].rstrip()
            if comment in new:
                new = new.replace(comment, "", 1)
            else:
                found.append(comment)
    return found


def _scalars(root: Node) -> Iterator[tuple[int, int]]:
    """Where all that is text stands, in the order of the file; nothing is looked for in there."""
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar):
            yield node.start, node.end
        elif isinstance(node, Listing):
            stack.extend(reversed(node.items))
        elif not isinstance(node, Alias):
            for key, value in reversed(node.entries):
                stack += (value, key)
