"""What editors wrote into story files, as far as the digest tells it: title, excerpt, why it matters.

The file is where people and the machine meet (decision 2): a value whose hash is not the one
that the machine wrote last is an editor's, and the digest tells it in their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..model import Item
from . import files
from .elements import digest
from .frontmatter import Page, PageError
from .frontmatter.emitting import quoted
from .picking import Edited
from .scanning import NOT_STORIES

WHY_KEY = "whyItMatters"  # an editor's own key in a story's file
_PUBLISHED = re.compile(r"^published:[ \t]*true[ \t]*$", re.MULTILINE)


def edited(page: Page) -> Edited:
    """The editor's words in `page`."""
    written = page.own.get("written")
    marks = written if isinstance(written, Mapping) else {}

    def own(key: str) -> str | None:
        value = page.fields.get(key)
        return value if isinstance(value, str) and marks.get(key) not in (None, digest(value)) else None

    why = page.fields.get(WHY_KEY)
    return Edited(
        title=own("title"), excerpt=own("excerpt"), why=why.strip() if isinstance(why, str) else None,
        published=page.published,
    )  # fmt: skip


def of_file(corpus: Path, path: str, lead: Item) -> Edited | None:
    """The editor's words in the file at `path`; None when there is no file that can be read.

    A file whose title and excerpt are those of `lead`, as the machine writes them, is not
    parsed: with ten thousand stories that is the difference between seconds and a minute.
    Raises: errors.CorpusError, errors.StoreError.
    """
    text = files.read(corpus, path)
    if text is None:
        return None
    ours = f"title: {quoted(lead.title)}\nexcerpt: {quoted(lead.excerpt)}\n"
    if ours in text and f"\n{WHY_KEY}:" not in text and lead.front_matter is None:
        return Edited(published=bool(_PUBLISHED.search(text)))
    try:
        page = files.load(corpus, path)
    except PageError:
        return None
    return edited(page) if page else None


def published_page(corpus: Path, path: str) -> Page | None:
    """The page at `path` when it says `published: true`; None otherwise, or when it cannot be read."""
    text = files.read(corpus, path)
    if text is None or not _PUBLISHED.search(text):
        return None
    try:
        page = files.load(corpus, path)
    except PageError:
        return None
    return page if page and page.published else None


def story_files(corpus: Path) -> Iterator[str]:
    """The path of every Markdown file that may be a story, sorted."""
    for path in sorted(corpus.rglob("*.md")):
        relative = path.relative_to(corpus)
        if relative.parts[0] not in NOT_STORIES and not any(part.startswith(".") for part in relative.parts):
            yield relative.as_posix()
