"""A published story as the site tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..issue import Pick


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteStory:
    """A story with its place on the site: the digest's entry for it, and the week it came in."""

    pick: Pick
    week: str  # 2026-W47, on the editors' calendar
    at: datetime  # published, UTC: what orders lists
    related: tuple[tuple[str, str], ...] = ()  # id and title of neighbouring published stories

    @property
    def path(self) -> str:
        """Its page."""
        return f"stories/{self.pick.story}.html"
