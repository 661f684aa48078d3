"""`why`: explain every verdict about an item or a story, or compare two items."""

from __future__ import annotations

import click

from ..codec import to_python
from ..pipeline import why as explain
from .terminal import Terminal, command


@click.command()
@click.argument("id_", metavar="ID")
@click.argument("other", required=False, metavar="[OTHER]")
@command
def why(terminal: Terminal, id_: str, other: str | None) -> int:
    """Explain every verdict about an item or a story.

    With two items: every comparison with its value, level and weight, and what decided. An ID is
    that of an item or a story, or its beginning; a file, an address and a DOI will do as well.
    """
    with terminal.parts(terminal.config()) as parts:
        answer = explain.why_pair(parts, id_, other) if other else explain.why(parts, id_)
    if terminal.json:
        terminal.answer(to_python(answer))
    terminal.say(f"{answer.id}  {answer.title}")
    for chapter in answer.chapters:
        terminal.say(f"\n{chapter.title}")
        for line in chapter.lines:
            terminal.say(f"  {line}")
    return 0
