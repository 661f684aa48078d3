"""The child process that parses: one document after the other, each within hard limits (P-02).

Started by `ChildParser` as ``python -m dermai_feed.collectors.child PARENT LIMITS``. It reads
questions from standard input and answers on standard output. On Linux the kernel kills
it when its parent dies (PR_SET_PDEATHSIG, R-15); it also ends by itself when its input ends.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys
import traceback
from typing import BinaryIO

from .. import codec, cycles, failpoint
from ..errors import ParseFailed
from ..model import ParseLimits
from . import parse_within
from .wire import LENGTH, LENGTHS, OUT_OF_MEMORY, READY, Answer, Question

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> int:
    """Serve the parent until its end of the pipe is closed.

    Args:
        arguments: the parent's process id, and the ParseLimits as JSON.
    """
    limits = codec.decode(ParseLimits, arguments[1])
    begun = begin(int(arguments[0]), limits)
    if begun is None:
        return 0
    questions, answers = begun
    try:
        while (asked := _read(questions)) is not None:
            limit_cpu(limits.cpu)
            answer(answers, _answer(*asked, limits))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def begin(parent: int, limits: ParseLimits) -> tuple[BinaryIO, BinaryIO] | None:
    """Tie this process to the process `parent`, set its limits, say that it is ready.

    Returns: where questions come from and answers go to; None when the parent is dead already.
    """
    if sys.platform == "linux":  # elsewhere the end of the input, or of the processor time, must do
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return None  # it died before we asked to be told
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints by accident must not be taken for an answer
    cycles.look_seldom()
    answers.write(READY)
    answers.flush()
    return questions, answers


def answer(answers: BinaryIO, value: object) -> None:
    """Write `value`, a dataclass, as one frame."""
    written = codec.encode(value).encode()
    answers.write(LENGTH.pack(len(written)) + written)
    answers.flush()


def _read(questions: BinaryIO) -> tuple[Question, bytes] | None:
    head = questions.read(LENGTHS.size)
    if len(head) < LENGTHS.size:
        return None
    written, length = LENGTHS.unpack(head)
    return codec.decode(Question, questions.read(written)), questions.read(length)


def limit_cpu(seconds: float) -> None:
    """`seconds` of processor time more than were used up to now; SIGXCPU ends the process then."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _answer(question: Question, body: bytes, limits: ParseLimits) -> Answer:
    try:
        failpoint.hit("parse.in_child")
        parsed = parse_within(limits, question.kind, body, question.content_type, question.url, question.source_id)
    except ParseFailed as failed:
        return Answer(failure=failed.failure, text=failed.text)
    except RecursionError:
        return Answer(failure="parse_error", text="nested too deeply")
    except MemoryError:
        return Answer(failure="parse_memory", text=f"needs more than {limits.memory} bytes")
    except Exception as error:  # a bug of ours: recorded on the source (F-29)
        return Answer(failure="internal_error", text=f"{type(error).__name__}: {error}", trace=traceback.format_exc())
    return Answer(parsed=parsed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
