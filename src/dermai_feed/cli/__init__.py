"""The command line: one file per group of commands; each parses, calls one function and prints.

Commands are imported when they are called, so that `--help` and completion answer at once.
Exit codes are those of `docs/exit-codes.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from .. import __version__

# name -> (module, attribute, one line of help)
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "init": ("setup", "init", "Write a configuration, the seeds folder and an empty corpus here."),
    "run": ("run", "run", "Collect, match, publish and make the week's digest."),
    "collect": ("run", "collect", "Ask the sources that are due and triage what is new."),
    "match": ("run", "match", "Group copies, stories and related items."),
    "publish": ("run", "publish", "Write the files of new and changed stories."),
    "digest": ("run", "digest", "Make the digest of a week."),
    "status": ("status", "status", "Sources by health, queues, last runs."),
    "why": ("why", "why", "Explain every verdict about an item or a story."),
    "verify": ("verify", "verify", "Compare database, files, ledger and log; check for damage."),
    "sources": ("status", "sources", "List sources and what polling them taught us."),
    "config": ("setup", "config", "Check or show the configuration."),
    "demo": ("demo", "demo", "Two simulated months of invented news, offline, in a temporary folder."),
    "parse": ("tools", "parse", "Parse documents and print their entries."),
    "normalize": ("tools", "normalize", "Parse documents and print comparable items."),
    "triage": ("tools", "triage", "Judge items from a file, or the corpus by a changed vocabulary."),
    "rematch": ("rematch", "rematch", "Try other match weights; show joins and splits, or apply them."),
    "evaluate": ("evaluate", "evaluate", "Score triage and matching on labelled data."),
    "completion": ("setup", "completion", "Print the completion script for bash, zsh or fish."),
}


class _Lazy(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f".{module}", __name__), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dermai-feed")
def main() -> None:
    """Keep a curated, de-duplicated corpus of dermatology-AI news and literature."""
