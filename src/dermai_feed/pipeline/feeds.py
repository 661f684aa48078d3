"""Feeds of what is out: editions that were approved, and stories that are published."""

from __future__ import annotations

from datetime import UTC, datetime

from ..publish import feeds, files
from ..publish.digest import Templates, from_json
from ..publish.edited import published_page, story_files
from ..publish.frontmatter import Page
from .parts import Parts


def write_feeds(parts: Parts) -> tuple[str, ...]:
    """Bring feed.xml, feed.json and those of the digests up to date; the files that changed."""
    told = parts.config.digest
    stories = feeds.newest((_entry(page, told.home) for page in _pages(parts)), feeds.STORIES)
    issues = feeds.newest(_issues(parts), feeds.DIGESTS)
    written = []
    for channel, entries in (
        (feeds.Channel(title=told.name, about=f"{told.name}: stories", home=told.home, path="feed"), stories),
        (feeds.Channel(title=f"{told.name}: digests", about=f"{told.name}, week by week", home=told.home,
                       path="digests/feed"), issues),
    ):  # fmt: skip
        for form, text in (("xml", feeds.rss(channel, entries)), ("json", feeds.json_feed(channel, entries))):
            path = f"{channel.path}.{form}"
            there = files.read(parts.corpus, path)
            if there != text and (entries or there is not None):
                files.replace(parts.corpus, path, text)
                written.append(path)
    return tuple(written)


def _issues(parts: Parts) -> list[feeds.FeedEntry]:
    templates = Templates(parts.config.digest.templates)
    found = []
    for path in sorted((parts.corpus / "digests").glob("*.sent.json")):
        try:
            found.append(feeds.issue_entry(from_json(path.read_bytes()), templates))
        except ValueError:
            continue  # `digest` names a selection that cannot be read
    return found


def _pages(parts: Parts) -> list[Page]:
    """The newest published pages; file names begin with the date, so the last names are read first."""
    found: list[Page] = []
    for path in sorted(story_files(parts.corpus), key=lambda path: path.rsplit("/", 1)[-1], reverse=True):
        if len(found) == feeds.STORIES:
            break
        if page := published_page(parts.corpus, path):
            found.append(page)
    return found


def _entry(page: Page, home: str) -> feeds.FeedEntry:
    fields = page.fields
    url = fields.get("webUrl") or fields.get("originalUrl")
    provider = fields.get("provider")
    topics = fields.get("topics")
    name = provider.get("name") if isinstance(provider, dict) else ""
    return feeds.FeedEntry(
        id=page.story or page.path,
        title=str(fields.get("title", "")),
        at=page.at or datetime(1970, 1, 1, tzinfo=UTC),
        url=f"{home}stories/{page.story}.html" if home and page.story else "",
        source=url if isinstance(url, str) else "",
        text=str(fields.get("excerpt", "")),
        tags=tuple(str(topic) for topic in topics) if isinstance(topics, tuple) else (),
        author=str(name or ""),
    )
