"""The list of sources for other programs, with everything but secrets; `export.opml` is for feed readers."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..codec import to_python
from ..model import Source


def as_json(sources: Iterable[Source]) -> str:
    """Every key of every source; headers, which may hold keys, are left out."""
    left_out = {"headers", "where"}
    rows = [{key: value for key, value in to_python(source).items() if key not in left_out} for source in sources]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
