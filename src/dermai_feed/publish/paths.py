"""Names of story files: the seeds' slug rule, and a name that nothing else has.

A path is minted once, from the first title, and kept whatever the title becomes
(decision 13, W-11). Pure: what is taken is an argument.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

FOLDER = "news"
MAX_SLUG = 100  # bytes, with the suffix; a name then has at most 114 (limit 120, RELIABILITY 1.2)
UNTITLED = "untitled"

_DELETED = re.compile(r"[^a-z0-9\s-]")
_GAPS = re.compile(r"[\s-]+")


def slug(title: str, limit: int = MAX_SLUG) -> str:
    """The part of a file name that tells the title, at most `limit` bytes; may be empty.

    SCHEMA §2, which reproduces 673 of 674 real names: NFD, marks dropped, lower case, all
    but letters, digits, blanks and hyphens deleted (not replaced), runs become one hyphen.
    Longer ones are cut at a word; a single long word is cut where the limit is.
    """
    spread = unicodedata.normalize("NFD", title)
    bare = "".join(character for character in spread if not unicodedata.combining(character))
    words = _GAPS.sub("-", _DELETED.sub("", bare.lower())).strip("-")
    if len(words) <= limit:
        return words
    cut = words[: limit + 1].rfind("-")
    return words[: cut if cut > 0 else limit]


def mint(story_id: str, title: str, published: datetime, taken: AbstractSet[str]) -> str:
    """The path of a new story file: ``news/YYYY-MM-DD-slug.md``, the date in UTC.

    `taken` holds the case-folded paths that exist or were ever minted; on a collision the
    story id's hash is added, six digits of it or as many more as it needs. A title without
    any letter of the alphabet (漢字, emoji) is named `untitled` with that hash.
    The date in front keeps every name from being hidden, reserved (CON, NUL) or an option (-rf).
    """
    day = published.astimezone(UTC).date().isoformat()
    name = slug(title)
    if name:
        path = f"{FOLDER}/{day}-{name}.md"
        if path.casefold() not in taken:
            return path
    digest = hashlib.sha256(story_id.encode()).hexdigest()
    for digits in range(6, len(digest) + 1):
        suffix = digest[:digits]
        path = f"{FOLDER}/{day}-{slug(name or UNTITLED, MAX_SLUG - 1 - digits)}-{suffix}.md"
        if path not in taken:
            return path
    raise ValueError(f"story {story_id} has a file name already; mint a path once")
