"""`sources add`: from an address, or a question to an interface, to one more block in sources.yaml."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import click

from .. import app, sites
from .. import config as configuration
from ..codec import to_python
from ..collectors import COLLECTORS, Context, collect
from ..config import Config
from ..config.save import read_text, replace_text
from ..errors import ConfigError, UsageError
from ..model import Source, SourceState
from ..normalize import dates, providers, urls
from ..pipeline.discover import Discovery, Found, discover
from ..pipeline.parts import Parts
from .terminal import Terminal, command

_LONGEST_ID = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class _Chosen:
    """What is to be added."""

    kind: str
    url: str
    title: str
    options: Mapping[str, str]
    homepage: str = ""


@click.command()
@click.argument("address", required=False, default="", metavar="[URL]")
@click.option("--kind", type=click.Choice(sorted(set(COLLECTORS) - {"folder"})), help="What it is [found out].")
@click.option("--query", default="", metavar="TEXT", help="What an interface is asked for, in its own language.")
@click.option(
    "--option", "given", multiple=True, metavar="NAME=VALUE", help="A further option of the kind; repeatable."
)
@click.option("--id", "id_", default="", metavar="ID", help="Its name for good [from its title].")
@click.option("--name", default="", metavar="TEXT", help="For people [its title].")
@click.option("--interval", default="", metavar="DURATION", help="Between two polls, such as 6h.")
@click.option("--enrich", is_flag=True, help="Read the page of each item, once.")
@click.option("--pick", type=int, metavar="N", help="Of several found: the N-th [asked for, or the first].")
@click.option("--dry-run", is_flag=True, help="Show what was found and what would be written.")
@click.option("--no-check", is_flag=True, help="With --kind: write it without asking the source first.")
@command
def add(
    terminal: Terminal, address: str, kind: str | None, query: str, given: tuple[str, ...], id_: str, name: str,
    interval: str, enrich: bool, pick: int | None, dry_run: bool, no_check: bool,
) -> int:  # fmt: skip
    """Find out what can be collected from at URL, show it, and add one source to sources.yaml.

    Looked for: the address itself, feeds that its page declares or links to, the usual places,
    sitemaps, and the page's own list of articles. The address of a channel, or of a search on
    PubMed, arXiv, ClinicalTrials.gov and the like, becomes the source that it stands for. With
    --kind and --query an interface is added without an address. Exit code 4 when nothing answers.
    """
    config = terminal.config()
    options = _options(given)
    address = _web(address)
    if not address and kind not in sites.INTERFACES:
        raise UsageError("give the address of a site or feed, or --kind and --query of an interface")
    found: Sequence[Found] = ()
    with terminal.parts(config) as parts:
        meant = _meant(address, kind, query, options)
        if meant is not None:
            chosen, told = meant, "" if no_check else _tried(parts, meant, app.now())
            if told.startswith("failed"):
                terminal.say(f"{chosen.kind} {chosen.url}: {told}")
                terminal.say("nothing was written; --no-check adds it all the same")
                return 4
            terminal.say(f"{chosen.kind} {chosen.url}" + (f": {told}" if told else ""))
        else:
            seen = discover(address, fetch=parts.fetch, parse=parts.parse)
            found = [one for one in seen.found if kind in (None, one.kind)]
            _show(terminal, seen, found)
            if not found:
                if terminal.json:
                    terminal.answer({"found": [], "failed": list(seen.failed), "added": None, "written": False})
                return 4
            one = found[_number(terminal, found, pick) - 1]
            chosen = _Chosen(kind=one.kind, url=one.url, title=one.title, options=options, homepage=seen.homepage)
    block = _block(config, chosen, id_=id_, name=name, interval=interval, enrich=enrich)
    written = _write(terminal, config, block, dry=dry_run)
    if terminal.json:
        terminal.answer({"found": [to_python(one) for one in found], "added": block, "written": written})
    return 0


def _options(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--option {pair!r}: write NAME=VALUE")
        found[key.strip()] = value
    return found


def _web(address: str) -> str:
    """`address` with a scheme: people write example.org. Raises: UsageError for what is no web address."""
    address = address.strip()
    if not address:
        return ""
    if not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", address):
        address = f"https://{address}"
    if not address.lower().startswith(("http://", "https://")) or not urlsplit(address).hostname:
        raise UsageError(f"{address}: is no http(s) address")
    return address


def _meant(address: str, kind: str | None, query: str, options: Mapping[str, str]) -> _Chosen | None:
    """What address and options name without asking; None when the address is to be looked at."""
    if kind is not None and kind in sites.INTERFACES:
        usual, option = sites.INTERFACES[kind]
        asked = ({option: query} if query else {}) | dict(options)
        # A search that was copied out of a browser stands for its question, not for an interface's address.
        copied = sites.meant(address) if address else None
        if copied is not None and copied.kind == kind:
            return _Chosen(kind=kind, url=copied.url, title="", options=dict(copied.options) | asked)
        return _Chosen(kind=kind, url=address or usual, title="", options=asked)
    if query:
        raise UsageError(f"--query is for interfaces: --kind {', '.join(sorted(sites.INTERFACES))}")
    if kind is not None and kind in {"page", "listing", "sitemap"}:
        return _Chosen(kind=kind, url=address, title="", options=dict(options), homepage=address)
    if (found := sites.meant(address)) is not None and kind in (None, found.kind):
        return _Chosen(kind=found.kind, url=found.url, title="", options=dict(found.options) | dict(options))
    return None


def _tried(parts: Parts, chosen: _Chosen, now: datetime) -> str:
    """What the source says when it is asked once; begins with "failed" when it could not be."""
    options = dict(chosen.options)
    source = Source(id="new", kind=chosen.kind, name="new", url=chosen.url, options=options)
    context = Context(fetch=parts.fetch, parse=parts.parse, now=now, base=parts.config.base)
    got = collect(source, SourceState(source_id="new"), context)
    if got.failure:
        return f"failed: {got.failure}: {got.failure_text}"
    said = (dates.parse(text) for entry in got.entries for text in (entry.published, entry.updated) if text)
    newest = max((found[0] for found in said if found), default=None)
    words = f"{len(got.entries)} entries" + (f", newest {newest:%Y-%m-%d}" if newest else "")
    return "; ".join((words, *(problem.what for problem in got.problems[:3])))


def _show(terminal: Terminal, seen: Discovery, found: Sequence[Found]) -> None:
    for number, one in enumerate(found, 1):
        newest = f", newest {one.newest:%Y-%m-%d}" if one.newest else ""
        terminal.say(f"{number:>3}  {one.kind:<9} {one.entries:>4} entries{newest}  {one.url}")
        terminal.say(f"     {one.title or 'without a title'} ({one.how})")
    for failed in seen.failed[:5]:
        terminal.say(f"     did not answer: {failed}")
    if not found:
        terminal.say("nothing found to collect from; --kind page watches the page itself")


def _number(terminal: Terminal, found: Sequence[Found], pick: int | None) -> int:
    if pick is not None:
        if not 1 <= pick <= len(found):
            raise UsageError(f"--pick {pick}: there are {len(found)}")
        return pick
    if len(found) > 1 and terminal.out.is_terminal and not terminal.json:
        return int(click.prompt("which one", type=click.IntRange(1, len(found)), default=1))
    return 1


def _block(
    config: Config, chosen: _Chosen, *, id_: str, name: str, interval: str, enrich: bool
) -> dict[str, str | bool | Mapping[str, str]]:  # fmt: skip
    host = urls.host_of(chosen.url)
    domain = providers.registrable(host) if chosen.kind not in sites.INTERFACES and chosen.kind != "youtube" else ""
    name = name or chosen.title[:100] or _called(chosen, host)
    block: dict[str, str | bool | Mapping[str, str]] = {
        "id": id_ or _id(name, host, {source.id for source in config.sources}), "name": name, "kind": chosen.kind,
        "url": chosen.url,
    }  # fmt: skip
    further = {"homepage": chosen.homepage, "provider_domain": domain, "interval": interval}
    block |= {key: value for key, value in further.items() if value}
    if enrich:
        block["enrich"] = True
    if chosen.options:
        block["options"] = dict(chosen.options)
    return block


def _called(chosen: _Chosen, host: str) -> str:
    question = " ".join(chosen.options.values())
    return f"{chosen.kind}: {question[:80]}" if question else host.removeprefix("www.")


def _id(name: str, host: str, taken: set[str]) -> str:
    """A free id of the words of the name, of the host where it has none that fit."""
    words = re.findall(r"[a-z0-9]+", name.lower()) or re.findall(r"[a-z0-9]+", host)
    id_ = words[0][:_LONGEST_ID] if words else "source"
    for word in words[1:]:
        if len(id_) + len(word) >= _LONGEST_ID:
            break
        id_ += f"-{word}"
    number = 2
    free = id_
    while free in taken:
        free, number = f"{id_}-{number}", number + 1
    return free


def _write(
    terminal: Terminal, config: Config, block: Mapping[str, str | bool | Mapping[str, str]], *, dry: bool
) -> bool:  # fmt: skip
    """Add `block` to the file of sources; whether it was written.

    Raises: errors.UsageError, errors.ConfigError; the file is then as it was.
    """
    path = config.files.sources
    before = read_text(path)
    after = configuration.append_source(before, block)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), lineterm="", n=0)
    for line in lines:
        if line.startswith("+") and not line.startswith("+++"):
            terminal.say(line[1:])
    if dry:
        terminal.say("nothing was written (--dry-run)")
        return False
    replace_text(path, before, after)
    try:
        app.load(terminal.config_path())
    except ConfigError:
        replace_text(path, after, before)
        raise
    terminal.say(f"wrote {path}")
    return True
