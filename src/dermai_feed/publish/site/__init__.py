"""The site: published stories as static pages that need no server and ask nobody for anything.

`shelves` says which page lists which stories, `pages` renders them, `folder` writes what
changed and takes away what is no more. Pure but for `folder`.
"""

from .folder import write
from .pages import SiteStory, build

__all__ = ["SiteStory", "build", "write"]
