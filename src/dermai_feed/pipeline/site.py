"""The site: every published story, as editors' files tell it, and the editions that were approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..model import Telling
from ..publish import files, select
from ..publish.digest import Templates, to_html
from ..publish.issue import Issue
from ..publish.picking import lead_of, pick
from ..publish.site import SiteStory, build, write
from ..publish.site.folder import SiteReport
from ..publish.site.pages import ordered
from .edition import sent_editions
from .feeds import write_feeds
from .issues import editors_words
from .parts import Parts
from .publish import tell

FEEDS = ("feed.xml", "feed.json", "digests/feed.xml", "digests/feed.json")


def site(parts: Parts, folder: Path) -> SiteReport:
    """Write the site of the published stories into `folder`; files that did not change are not touched.

    Raises: errors.UsageError for a folder with files of others, errors.StoreError,
    errors.TemplateFault; the site then stands as it was, or part of it is newer.
    """
    write_feeds(parts)
    pages = dict(_pages(parts))  # all of them before the first is written: a template that fails changes nothing
    return write(folder, pages.items())


def _pages(parts: Parts) -> Iterator[tuple[str, str]]:
    told = parts.config.digest
    templates = Templates(told.templates)
    editions = tuple(reversed(sent_editions(parts)))
    yield from build(published(parts), editions, templates, name=told.name, home=told.home)
    for issue in editions:
        yield f"digests/{issue.week}.html", _edition(parts, issue, templates)
    for path in FEEDS:
        if (text := files.read(parts.corpus, path)) is not None:
            yield path, text


def published(parts: Parts) -> tuple[SiteStory, ...]:
    """The published stories, newest first, in the words of their files."""
    every = tell(parts, parts.store.stories.all())
    words = editors_words(parts, every)
    out = {t.story.id: t for t in every if t.story.id in words and words[t.story.id].published}
    picks = {id_: pick(telling, edited=words[id_]) for id_, telling in out.items()}
    stories = []
    for id_, telling in out.items():
        near = [other for other, _ in sorted(telling.story.see_also, key=lambda pair: (-pair[1], pair[0]))]
        stories.append(
            SiteStory(
                pick=picks[id_], week=_week(parts, telling), at=lead_of(telling).published,
                related=tuple((other, picks[other].title) for other in near if other in picks)[:5],
            )
        )  # fmt: skip
    return ordered(stories)


def _week(parts: Parts, telling: Telling) -> str:
    """The week in which the story was news: by its date, which no future can be (D-03)."""
    lead = lead_of(telling)
    return select.week_of(min(lead.published, lead.first_seen), parts.config.digest.zone).name


def _edition(parts: Parts, issue: Issue, templates: Templates) -> str:
    """The edition's page as it lies in the corpus: an editor may have changed it by hand."""
    there = files.read(parts.corpus, f"digests/{issue.week}.sent.html")
    return there if there is not None else to_html(issue, templates)
