"""The script: which source says what at which moment, read from `news/*.yaml`.

A post may be a copy of another source's post (`copy: northgate/lumen`), shortened to `cut`
words and under another title: that is how releases travel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, ClassVar, Literal, TypeAlias

import yaml
from pydantic import AfterValidator, TypeAdapter

Moment: TypeAlias = Annotated[datetime, AfterValidator(lambda moment: moment.replace(tzinfo=UTC))]

_STRICT: Mapping[str, str] = {"extra": "forbid"}


@dataclass(frozen=True, kw_only=True)
class Post:
    """One thing that a source says."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    id: str
    at: Moment  # when it is published, UTC
    path: str  # of its page, below the source's home
    title: str = ""
    text: str = ""
    doi: str = ""
    by: tuple[str, ...] = ()
    audio: str = ""  # path of a sound file
    duration: str = ""  # of that
    video: str = ""  # a video's id
    copy: str = ""  # "source/post" that this repeats
    cut: int = 0  # words of the text that are kept; 0: all


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What goes wrong with a source, and from when to when."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    does: Literal["gone", "moved", "forbidden", "login", "unavailable"]
    since: Moment
    until: Moment | None = None


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One source of the invented world."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    id: str
    name: str
    home: str
    domain: str
    tier: Literal["primary", "institution", "trade", "news", "aggregator"]
    kind: Literal["rss", "atom", "jsonfeed", "podcast", "youtube"]
    family: str = ""
    publishes: Literal["", "preprint", "regulatory"] = ""  # what triage is to know its host for
    papers: bool = False  # tells DOIs and authors as journals do
    prefix: str = ""  # boiler-plate before every title
    suffix: str = ""  # and after it
    tracking: str = ""  # query that every address carries
    amp: bool = False  # names an AMP page beside each page
    trouble: tuple[Trouble, ...] = ()
    posts: tuple[Post, ...]

    def wrong_at(self, now: datetime) -> Trouble | None:
        """What is wrong with the source at `now`."""
        return next((t for t in self.trouble if t.since <= now and (t.until is None or now < t.until)), None)


def read_feeds() -> tuple[Feed, ...]:
    """Every source of the script, copies filled in, posts oldest first."""
    folder = files(__package__) / "news"
    texts = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir())
    adapter = TypeAdapter(Feed)
    feeds = [adapter.validate_python(yaml.safe_load(text)) for _, text in texts]
    said = {f"{feed.id}/{post.id}": post for feed in feeds for post in feed.posts}
    return tuple(
        replace(feed, posts=tuple(sorted((_filled(post, said) for post in feed.posts), key=lambda post: post.at)))
        for feed in feeds
    )


def _filled(post: Post, said: Mapping[str, Post]) -> Post:
    if not post.copy:
        return post
    original = said[post.copy]
    words = original.text.split()
    text = " ".join(words[: post.cut]) + " ..." if post.cut and post.cut < len(words) else original.text
    return replace(post, title=post.title or original.title, text=text)
