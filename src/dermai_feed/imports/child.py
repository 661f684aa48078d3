"""The child process that reads files to import, within limits, a batch at a time.

Started by `reading.Reader` as ``python -m dermai_feed.imports.child PARENT LIMITS``; how it lives and
dies is `collectors.child`'s business. It reads and normalises; the parent, meanwhile, judges
and stores what came before.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from .. import codec
from ..collectors.child import answer, begin, limit_cpu
from ..collectors.limits import within
from ..collectors.wire import LENGTH, OUT_OF_MEMORY
from ..model import Entry, ParseLimits, Problem, Term
from ..normalize import identity
from ..rules import ProviderRules
from . import itemize, read
from .contract import Columns, Document, Found, Subscription, Unreadable, Wanted
from .detect import detect
from .wire import Asked, Batch

BATCH = 500  # of what is found
_FEEDS = frozenset({"feed", "answer"})  # their guids repeat, and have to be told apart over the whole document


def main(arguments: list[str]) -> int:
    """Serve the parent until its end of the pipe is closed. Arguments: the parent's process id, the limits as JSON."""
    limits = codec.decode(ParseLimits, arguments[1])
    begun = begin(int(arguments[0]), limits)
    if begun is None:
        return 0
    questions, answers = begun
    rules = ProviderRules()
    try:
        while (asked := _question(questions)) is not None:
            if isinstance(asked, ProviderRules):
                rules = asked
                continue
            for batch in _batches(asked, rules, limits):
                answer(answers, batch)
                limit_cpu(limits.cpu)
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _question(questions: BinaryIO) -> Asked | ProviderRules | None:
    head = questions.read(1 + LENGTH.size)
    if len(head) < 1 + LENGTH.size:
        return None
    text = questions.read(LENGTH.unpack(head[1:])[0])
    return codec.decode(ProviderRules, text) if head[:1] == b"R" else codec.decode(Asked, text)


def _batches(asked: Asked, rules: ProviderRules, limits: ParseLimits) -> Iterator[Batch]:
    limit_cpu(limits.cpu)
    failure = ""
    try:
        document = Document(
            name=asked.name,
            body=Path(asked.path).read_bytes(),
            source_id=asked.source.id,
            columns=asked.columns,
            url=asked.url,
            allow_hosts=asked.allow_hosts,
        )
        kind = asked.kind or detect(document)
        yield Batch(kind=kind)
        found = read(document, kind)
        if kind in _FEEDS:
            found = _told_apart(found)
        while some := list(islice(found, BATCH)):
            yield _batch(some, kind, asked, rules, limits)
    except Unreadable as error:
        failure = str(error)
    except RecursionError:
        failure = "nested too deeply"
    except MemoryError:
        raise
    except OSError as error:
        failure = f"cannot be read: {error.strerror}"
    except Exception as error:  # a bug of ours costs this file (P-12)
        trace = traceback.extract_tb(error.__traceback__)[-1]
        failure = f"internal error: {type(error).__name__}: {error} ({Path(trace.filename).name}:{trace.lineno})"
    yield Batch(last=True, failure=failure)


def _told_apart(found: Iterator[Found]) -> Iterator[Found]:
    """The same with every entry's guid its own (S-01)."""
    everything = list(found)
    entries, problems = identity.disambiguate([e for e in everything if isinstance(e, Entry)], keep_linkless=True)
    yield from (other for other in everything if not isinstance(other, Entry))
    yield from problems
    yield from entries


def _batch(some: list[Found], kind: str, asked: Asked, rules: ProviderRules, limits: ParseLimits) -> Batch:
    items, problems = [], []
    for found in some:
        if isinstance(found, Problem):
            problems.append(found)
        elif isinstance(found, Entry):
            try:
                entry = within(found, limits)
                items.append(itemize.item(entry, kind=kind, source=asked.source, now=asked.now, rules=rules))
            except MemoryError:
                raise
            except Exception as error:  # a bug of ours costs this record (P-12)
                what = f"cannot be read: {type(error).__name__}: {error}"
                problems.append(Problem(where=found.where, what=what, hint="the other records were read"))
    return Batch(
        items=tuple(items),
        problems=tuple(problems),
        wanted=tuple(found for found in some if isinstance(found, Wanted)),
        subscriptions=tuple(found for found in some if isinstance(found, Subscription)),
        columns=tuple(found for found in some if isinstance(found, Columns)),
        terms=tuple(found for found in some if isinstance(found, Term)),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
