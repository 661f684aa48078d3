"""What parent and child process say to each other: JSON and bytes behind their lengths.

Nothing that arrives is ever unpickled; the parent reads it into our own types by `codec`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..model import Parsed

READY = b"R"  # the child's first byte: imports are done, limits are set
LENGTHS = struct.Struct(">II")  # question: bytes of JSON, bytes of body
LENGTH = struct.Struct(">I")  # answer: bytes of JSON
LONGEST_ANSWER = 256 * 1024 * 1024  # bytes; twelve times the largest body
OUT_OF_MEMORY = 77  # exit code of a child that could not even say so


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A document to parse; the body follows as bytes."""

    kind: str
    content_type: str
    url: str
    source_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The document read, or a failure (an errors.FailureClass) and its text."""

    parsed: Parsed | None = None
    failure: str | None = None
    text: str = ""
    trace: str = ""  # of an exception nobody foresaw, for the log
