"""Resolve: what a person means by an id, a file, an address or a DOI.

Editors copy what is in front of them: the id in a file, the file's own name, the address in
their browser. All of it leads to items, and so to the story that holds them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..model import Item, Story
from ..normalize import identifiers, registries, urls
from ..publish import files
from ..publish.frontmatter import PageError
from ..verbs import founding_item
from .parts import Parts
from .words import items_of

_SHOWN = 5  # candidates named in a message


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What somebody named: items, and the story that holds them; or the story itself."""

    text: str
    items: tuple[Item, ...]  # by age; those that were named, or the founding item of a story
    story: Story | None = None
    as_story: bool = False  # the story was named and not an item of it

    @property
    def target(self) -> str:
        """What a decision about the story speaks of: its id, or the item's where no story holds it."""
        return self.story.id if self.story else self.items[0].id


def resolve(parts: Parts, text: str) -> Named:
    """The one thing that `text` names: item, story, alias or work id, file, address, DOI; or the beginning of an id.

    Raises: errors.UsageError when nothing, or more than one story, answers to it.
    """
    text = text.strip()
    if (story := parts.store.stories.story(text.removeprefix("w"))) is not None:
        founder = founding_item(story.id)
        return Named(text=text, items=tuple(parts.store.items.items_of([founder]).values()), story=story, as_story=True)
    if path := _file(parts, text):
        return _by_file(parts, text, path)
    ids = _ids(parts, text)
    if not ids:
        raise UsageError(
            f"{text or '(nothing)'}: no item, story, file or address of this corpus; "
            "dermai-feed status --held lists items, files hold the id of theirs under dermai"
        )
    return _named(parts, text, ids)


def _named(parts: Parts, text: str, ids: Collection[str]) -> Named:
    items = sorted(parts.store.items.items_of(ids).values(), key=lambda item: (item.first_seen, item.id))
    homes = parts.store.stories.of_items([item.id for item in items])
    if len({homes.get(item.id, item.id) for item in items}) > 1:
        some = "; ".join(f"{item.id} {item.title[:60]}" for item in items[:_SHOWN])
        more = f"; and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
        raise UsageError(f"{text}: names {len(items)} things that are not one story: {some}{more}; give one id")
    home = homes.get(items[0].id)
    return Named(text=text, items=tuple(items), story=parts.store.stories.story(home) if home else None)


def _ids(parts: Parts, text: str) -> tuple[str, ...]:
    if text[:8].lower().startswith(("http://", "https://")):
        return _by_address(parts, text)
    scheme, colon, value = text.partition(":")
    identifier = registries.checked(scheme.lower(), value.strip()) if colon else registries.checked("doi", text)
    if identifier is not None:
        return _known(parts, {str(identifier)})
    found = parts.store.items.find(text)
    if found:
        return tuple(item.id for item in found)
    stories = [story for story in parts.store.stories.all() if story.id.startswith(text)] if len(text) > 7 else []
    return tuple(founding_item(story.id) for story in stories)


def _by_address(parts: Parts, text: str) -> tuple[str, ...]:
    canonical = urls.canonical(text, parts.config.providers)
    keys = {f"url:{urls.key(address)}" for address in (text, canonical) if address}
    keys |= {f"guid:{text}"} | {str(identifier) for identifier in identifiers.of_url(text)}
    return _known(parts, keys)


def _known(parts: Parts, keys: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({id_ for ids in parts.store.items.known_by(keys).values() for id_ in ids}))


def _file(parts: Parts, text: str) -> str:
    """`text` as a path below the corpus, when a file is there; else nothing."""
    if not text.endswith(".md"):
        return ""
    corpus = parts.corpus.resolve()
    for place in (Path(text), corpus / text, corpus / "news" / text):
        path = place.absolute()
        if path.is_file() and path.resolve().is_relative_to(corpus):
            return path.resolve().relative_to(corpus).as_posix()
    return ""


def _by_file(parts: Parts, text: str, path: str) -> Named:
    try:
        page = files.load(parts.corpus, path)
    except PageError as error:
        raise UsageError(f"{error}; mend the file, or give the story's id") from error
    if page is not None and page.story:
        story = parts.store.stories.story(page.story)
        if story is not None:
            return resolve(parts, story.id)
    known = {id_ for url in (page.urls if page else ()) for id_ in _by_address(parts, url)}
    if not known:
        raise UsageError(f"{text}: the corpus knows no story of this file yet; dermai-feed run takes it in")
    return _named(parts, text, known)


def other_member(named: Named, story: Story) -> str:
    """An item of `story` that is apart from `named`, for a word that splits it off; lead first.

    Raises: errors.UsageError when the story holds nothing else.
    """
    own = {item.id for item in named.items}
    works = sorted(story.works, key=lambda work: (work.id != story.lead, work.id))
    for work in works:
        if own.isdisjoint(work.items):
            return work.canonical
    rest = [id_ for id_ in items_of(story) if id_ not in own]
    if not rest:
        raise UsageError(f"{named.text}: story {story.id} holds nothing else; there is nothing to keep it apart from")
    return rest[0]
