"""Files in the seed schema: read them, write new ones, change single fields in place.

`read` gives a `Page`; `emit` writes a new file as the seeds are laid out; `splice` changes
the spans of some keys and leaves every other byte alone. All pure.
"""

from __future__ import annotations

from .jsonschema import story_schema
from .nodes import PageError
from .page import MAX_BYTES, NewsHandler, Page, emit, fenced, read
from .schema import Fields, Path, Value, instant, settled, stamp
from .splicing import Changes, Raws, applied, raw_of, splice
from .spots import Raw, Spot, spot_of

__all__ = [
    "MAX_BYTES", "Changes", "Fields", "NewsHandler", "Page", "PageError", "Path", "Raw", "Raws", "Spot",
    "Value", "applied", "emit", "fenced", "instant", "raw_of", "read", "settled", "splice", "spot_of", "stamp",
    "story_schema",
]  # fmt: skip
