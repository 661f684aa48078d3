"""Pages of the site: from stories and editions to paths and texts. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from xml.sax.saxutils import escape

from ..issue import Issue
from ..templating import KINDS, Templates
from .shelves import PER_PAGE, WAYS, Shelf, shelves
from .story import SiteStory

__all__ = ["SiteStory", "build"]

LATEST = 30  # stories of the first page
MOST_ADDRESSES = 50_000  # of one sitemap (sitemaps.org)


def build(
    stories: Sequence[SiteStory], editions: Sequence[Issue], templates: Templates, *, name: str, home: str
) -> Iterator[tuple[str, str]]:
    """Every page as path and text; `stories` and `editions` newest first.

    `home` is where the site lies; without it there is no sitemap, which needs whole addresses.
    Raises: TemplateFault.
    """
    found = shelves(stories)
    frame = {"name": name, "ways": {way: title for way, (title, _) in WAYS.items()}, "digests": bool(editions)}
    addresses = ["index.html", "search.html"]
    yield "index.html", _render(
        templates, "index", frame, "", latest=stories[:LATEST], total=len(stories), shelves=found,
        editions=editions[:8],
    )  # fmt: skip
    yield "search.html", _render(templates, "search", frame, "")
    yield "style.css", templates.text("site.css.j2")
    yield "search.js", templates.text("search.js.j2")
    yield "stories.js", _index(stories)
    for way, listed in found.items():
        addresses.append(f"{way}/index.html")
        yield addresses[-1], _render(templates, "ways", frame, "../", way=way, listed=listed)
        for shelf in listed:
            for page, text in _shelf(templates, frame, shelf):
                addresses.append(page)
                yield page, text
    by_name = {(way, shelf.name): shelf for way, listed in found.items() for shelf in listed}
    for story in stories:
        places = [by_name[way, name] for way, (_, names) in WAYS.items() for name in names(story) if name]
        addresses.append(story.path)
        yield story.path, _render(templates, "story", frame, "../", story=story, shelves=places)
    if editions:
        addresses.append("digests/index.html")
        yield addresses[-1], _render(templates, "digests", frame, "../", editions=editions)
        addresses += [f"digests/{issue.week}.html" for issue in editions]
    if home:
        yield "sitemap.xml", _sitemap(home, addresses)


def _render(templates: Templates, page: str, frame: Mapping[str, object], up: str, **values: object) -> str:
    return templates.fill(f"site-{page}.html.j2", up=up, **frame, **values)


def _shelf(templates: Templates, frame: Mapping[str, object], shelf: Shelf) -> Iterator[tuple[str, str]]:
    for number in range(1, shelf.pages + 1):
        part = shelf.stories[(number - 1) * PER_PAGE : number * PER_PAGE]
        yield shelf.path(number), _render(templates, "shelf", frame, "../", shelf=shelf, part=part, number=number)


def _index(stories: Sequence[SiteStory]) -> str:
    """What the search page searches, as a script that sets one variable: a page opened from a disk may load no JSON."""
    rows = [
        [
            story.pick.story, story.pick.title, story.pick.source, story.pick.date,
            KINDS.get(story.pick.kind, story.pick.kind), " ".join(story.pick.conditions),
        ]
        for story in stories
    ]  # fmt: skip
    text = json.dumps(rows, ensure_ascii=True, separators=(",", ":"))
    return f"const STORIES = {text.replace('</', '<' + chr(92) + '/')};\n"


def _sitemap(home: str, paths: Sequence[str]) -> str:
    lines = [f"<url><loc>{escape(home + path)}</loc></url>" for path in paths[:MOST_ADDRESSES]]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n"
    )


def ordered(stories: Sequence[SiteStory]) -> tuple[SiteStory, ...]:
    """`stories` newest first; equal moments by id."""
    return tuple(sorted(stories, key=lambda s: (-s.at.astimezone(UTC).timestamp(), s.pick.story)))
