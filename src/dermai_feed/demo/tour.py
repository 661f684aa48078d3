"""The tour: the main job over the demonstration's weeks, with a clock of its own and no network.

It is what a year of Sundays does, in seconds: each look collects from the invented sources
as they are on that day, matches, publishes and makes the digest of the week. In between an
editor shortens a title by hand.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .. import app, pipeline
from ..model import Report
from ..shipped import init, shipped_config
from .world import World

EDITED_AFTER = 3  # looks


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One Sunday: when, and what the run reported."""

    at: datetime
    report: Report


@dataclass(frozen=True, kw_only=True, slots=True)
class Toured:
    """Where the tour ended: the folder, every look, and the file that the editor changed."""

    folder: Path
    looks: tuple[Look, ...]
    edited: Path
    title: str

    @property
    def kept(self) -> bool:
        """Whether the editor's title still stands after all later runs."""
        return f"title: {self.title!r}\n" in self.edited.read_text(encoding="utf-8")


def tour(folder: Path, *, told: Callable[[Look], None] = lambda _: None) -> Toured:
    """Run the demonstration in `folder`, which is made; `told` hears of each look as it ends."""
    world = World()
    moment = world.weeks[0]
    looks: list[Look] = []
    edited, title = folder, ""
    init(folder)
    with world.serve(lambda: moment) as served:
        _configure(folder, world, served.base_url, served.host)
        config = app.load(folder / "config" / "dermai-feed.yaml", os.environ)
        with app.locked(config), app.assemble(config) as parts:
            for moment in world.weeks:
                look = Look(at=moment, report=pipeline.run(parts, now=moment))
                looks.append(look)
                told(look)
                if len(looks) == EDITED_AFTER:
                    edited, title = _edit(folder / "corpus" / "news")
    return Toured(folder=folder, looks=tuple(looks), edited=edited, title=title)


def _configure(folder: Path, world: World, base_url: str, host: str) -> None:
    config = folder / "config"
    shipped = (shipped_config().parent / "triage.yaml").read_text(encoding="utf-8")
    texts = {
        "dermai-feed.yaml": world.settings(host),
        "sources.yaml": world.sources(base_url),
        "providers.yaml": world.providers(),
        "triage.yaml": world.triage(shipped),
    }
    for name, text in texts.items():
        (config / name).write_text(text, encoding="utf-8")


def _edit(news: Path) -> tuple[Path, str]:
    """What an editor does: open the newest story, shorten its title, save."""
    path = max(news.glob("*.md"))
    text = path.read_text(encoding="utf-8")
    found = re.search(r'^title: "(.*)"$', text, re.MULTILINE)
    assert found is not None
    whole = found[1].rpartition(": ")[2]
    title = re.sub(r'["\'\\]', "", whole[:1].upper() + whole[1:])
    path.write_text(text.replace(found[0], f"title: {title!r}", 1), encoding="utf-8")
    return path, title
