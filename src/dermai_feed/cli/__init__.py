"""The command line: one file per group of commands; each parses, calls one function and prints.

Commands are imported when they are called, so that `--help` and completion answer at once.
Exit codes are those of `docs/exit-codes.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from .. import __version__, cycles

# name -> (module, attribute, one line of help)
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "init": ("setup", "init", "Write a configuration, the seeds folder and an empty corpus here."),
    "run": ("run", "run", "Collect, match, publish and make the week's digest."),
    "collect": ("run", "collect", "Ask the sources that are due and triage what is new."),
    "match": ("run", "match", "Group copies, stories and related items."),
    "publish": ("run", "publish", "Write the files of new and changed stories; with targets, set `published: true`."),
    "digest": ("digest", "digest", "Make the digest of a week; with --send, mail its approved edition."),
    "approve": ("digest", "approve", "Let the issue of a week out: publish its stories as one decision."),
    "site": ("digest", "site", "Write the published stories as a static site."),
    "templates": ("digest", "templates", "List or print the built-in templates."),
    "accept": ("decide", "accept", "Let a story in, whatever triage said."),
    "hold": ("decide", "hold", "Put a story back into the editors' queue."),
    "reject": ("decide", "reject", "Keep a story out for good."),
    "unpublish": ("decide", "unpublish", "Set `published: false`."),
    "same": ("decide", "same", "Say that these tell one story."),
    "different": ("decide", "different", "Say that these are not one story."),
    "related": ("decide", "related", "Say that these are near, and not one story."),
    "pin": ("decide", "pin", "Let this item stand for its work and lead its story."),
    "rate": ("decide", "rate", "Mark a story's relevance and newsworthiness, 1 to 7."),
    "promote": ("decide", "promote", "Put a story into the digest, before all others."),
    "drop": ("decide", "drop", "Leave a story out of digests."),
    "undo": ("decide", "undo", "Take a decision back."),
    "conflicts": ("conflicts", "conflicts", "Fields that an editor and the machine both changed."),
    "review": ("review", "review", "Serve the page on which editors decide, for this machine."),
    "log": ("decide", "log", "List decisions, and which are undone."),
    "import": ("imports", "import_", "Take in files, folders, archives, web pages and identifiers."),
    "export": ("export", "export", "Write the corpus as citations, a table, OPML, files or a bundle."),
    "daemon": ("daemon", "daemon", "The main job by itself, for years: polls, digests, backups."),
    "status": ("status", "status", "Sources by health, queues, last runs."),
    "why": ("why", "why", "Explain every verdict about an item or a story."),
    "lint": ("lint", "lint", "Check story files, offline; for people and CI."),
    "rebuild": ("rebuild", "rebuild", "Make a new database from files, ledger and log."),
    "verify": ("verify", "verify", "Compare database, files, ledger and log; check for damage."),
    "sources": ("sources", "sources", "List, check, pause, resume and correct sources; export the list."),
    "replay": ("replay", "replay", "Read what sources had answered again, without the network."),
    "runs": ("keeping", "runs", "List the history of runs, or prune it."),
    "backup": ("keeping", "backup", "Copy the database while others go on, and check the copy."),
    "restore": ("keeping", "restore", "Put a backup in the place of the database, after checking it."),
    "vacuum": ("keeping", "vacuum", "Give the space of deleted rows back to the disk."),
    "retention": ("keeping", "retention", "Let go old records of runs and old documents; --dry-run counts them."),
    "store": ("keeping", "store", "Move the database to another place or kind."),
    "debug-bundle": ("debug", "debug_bundle", "What goes with a bug report, without secrets and content."),
    "config": ("setup", "config", "Check or show the configuration."),
    "demo": ("demo", "demo", "Two simulated months of invented news, offline, in a temporary folder."),
    "parse": ("tools", "parse", "Parse documents and print their entries."),
    "normalize": ("tools", "normalize", "Parse documents and print comparable items."),
    "triage": ("tools", "triage", "Judge items from a file, or the corpus by a changed vocabulary."),
    "rematch": ("rematch", "rematch", "Try other match weights; show joins and splits, or apply them."),
    "evaluate": ("evaluate", "evaluate", "Score triage and matching on labelled data."),
    "completion": ("setup", "completion", "Print the completion script for bash, zsh or fish."),
}

# Commands of a group that have a file of their own: group -> (module, attribute) of each.
FURTHER: Mapping[str, tuple[tuple[str, str], ...]] = {"sources": (("adding", "add"),)}


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
        command: click.Command = getattr(import_module(f".{module}", __name__), attribute)
        assert isinstance(command, click.Command)
        for further, name in FURTHER.get(cmd_name, ()):
            assert isinstance(command, click.Group)
            command.add_command(getattr(import_module(f".{further}", __name__), name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dermai-feed")
def main() -> None:
    """Keep a curated, de-duplicated corpus of dermatology-AI news and literature."""
    cycles.look_seldom()
