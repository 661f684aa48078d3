"""The child process that compares: ``python -m dermai_feed.comparing.child PARENT LIMITS``.

How it lives and dies is `collectors.child`'s business. The first frame that it reads holds the
weights, every further one a question.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

from .. import codec
from ..collectors.child import answer, begin, limit_cpu
from ..collectors.wire import LENGTH, OUT_OF_MEMORY
from ..model import ParseLimits
from ..rules import MatchWeights
from . import Desk
from .wire import Asked


def main(arguments: list[str]) -> int:
    """Serve the parent until its end of the pipe is closed. Arguments: the parent's process id, the limits as JSON."""
    limits = codec.decode(ParseLimits, arguments[1])
    begun = begin(int(arguments[0]), limits)
    if begun is None:
        return 0
    questions, answers = begun
    try:
        if (text := _frame(questions)) is None:
            return 0
        desk = Desk(codec.decode(MatchWeights, text))
        while (text := _frame(questions)) is not None:
            limit_cpu(limits.cpu)
            answer(answers, desk.told(codec.decode(Asked, text)))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _frame(questions: BinaryIO) -> bytes | None:
    head = questions.read(LENGTH.size)
    return questions.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
