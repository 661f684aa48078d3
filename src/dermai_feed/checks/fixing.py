"""The safe repairs of lint: what can be proved, and nothing that an editor might have meant.

Mojibake, a publisher's name by the registry, and what stands twice in `related`. Only the
lines of these values change; a value that `dermai.written` shows to be an editor's stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..normalize import providers, text, urls
from ..publish import merge
from ..publish.frontmatter import Page, Path, Value, splice
from ..rules import ProviderRules
from .rules import ADDRESSES, is_called


def fixed(page: Page, known: ProviderRules) -> str:
    """The text of `page` after the safe repairs; the same text when there is none to make.

    Raises: PageError when the file is written in a way that cannot be changed safely.
    """
    changes: dict[Path, Value | None] = {}
    # What the machine wrote and somebody changed since was meant; lint still says what it thinks of it.
    theirs = {edit.path for edit in merge.changed(page)}
    for key in ("title", "excerpt"):
        if isinstance(value := page.fields.get(key), str) and (key,) not in theirs:
            changes[key,] = text.repair(value).text
    if isinstance(given := page.fields.get("provider"), Mapping) and ("provider", "name") not in theirs:
        changes["provider", "name"] = _provider(given, known).get("name")
    related = page.fields.get("related")
    if isinstance(related, tuple) and ("related",) not in theirs:
        changes["related",] = _related(page, related, known) or None
    return splice(page, {path: value for path, value in changes.items() if value is not None or path == ("related",)})


def _provider(given: Mapping[str, Value], known: ProviderRules) -> Mapping[str, Value]:
    name, domain = given.get("name"), given.get("domain")
    if not isinstance(name, str):
        return given
    name = text.repair(name).text
    registered = providers.known(domain.lower(), known) if isinstance(domain, str) else None
    if registered and not is_called(name, registered, str(domain)):
        name = registered.name
    return {**given, "name": name}


def _related(page: Page, entries: tuple[Value, ...], known: ProviderRules) -> tuple[Value, ...]:
    own = {urls.key(url) for url in page.urls}
    kept: list[Value] = []
    seen: set[str] = set()
    for entry in entries:
        if not isinstance(entry, Mapping):
            kept.append(entry)
            continue
        url = next((urls.key(u) for k in ADDRESSES if isinstance(u := entry.get(k), str) and u), "")
        if url and (url in own or url in seen):
            continue
        seen.add(url)
        repaired = dict(entry)
        for key in ("title", "excerpt"):
            if isinstance(value := entry.get(key), str):
                repaired[key] = text.repair(value).text
        if isinstance(given := entry.get("provider"), Mapping):
            repaired["provider"] = _provider(given, known)
        kept.append(repaired)
    return tuple(kept)
