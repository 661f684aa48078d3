"""The rules of lint: each takes a file that could be read and yields what is wrong in it.

What the schema is was measured on real files (SCHEMA §1 to §7); where real files disagree
with one another, a rule warns at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from .. import matching
from ..collectors import seedfile
from ..model import Item, Provider, Source
from ..normalize import normalize, providers, text, urls
from ..publish.frontmatter import Fields, Page, Value
from ..publish.frontmatter.nodes import Alias, Listing, Node, Table
from ..publish.frontmatter.schema import TYPES
from ..publish.frontmatter.schema import Path as Key
from ..rules import MatchWeights, ProviderRules
from ..triage import Triage
from .findings import Finding, Severity

Rule = Callable[[str, Page, ProviderRules], Iterator[Finding]]

REQUIRED = ("category", "title", "excerpt", "publishedDateTime", "type", "provider", "topics")
ADDRESSES = ("webUrl", "originalUrl", "sourceUrl")  # one of them is there; the last in files of before 2020-08
URLS = (*ADDRESSES, "ampWebUrl", "cdnAmpWebUrl", "ampUrl", "cdnAmpUrl")
LONGEST_NAME = 255  # bytes, of nearly every file system
# learn.microsoft.com, "Naming Files, Paths, and Namespaces"
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})-")
# Every one of the 41 real names that are a day later than the date is that of its time read so (SCHEMA §2).
_PACIFIC = ZoneInfo("America/Los_Angeles")
_SCHEMES = re.compile(r"https?://", re.IGNORECASE)


def names(path: Path) -> Iterator[Finding]:
    """Names that a disk somewhere cannot hold."""
    name = path.name
    size = len(name.encode("utf-8", "surrogateescape"))
    if size > LONGEST_NAME:
        yield _whole(path, "name", "error", f"the name has {size} bytes; disks take {LONGEST_NAME}", "shorten it")
    if _RESERVED.match(name):
        yield _whole(path, "name", "error", f"{name} is a device on Windows", "rename it")
    if _FORBIDDEN.search(name) or name.rstrip(" .") != name:
        yield _whole(path, "name", "error", f"{name!r} cannot be a name on Windows", "rename it")


def _whole(path: Path, rule: str, severity: Severity, what: str, hint: str) -> Finding:
    return Finding(path=str(path), rule=rule, severity=severity, what=what, hint=hint)


def schema(path: str, page: Page, _: ProviderRules) -> Iterator[Finding]:
    """Missing keys, and values that the schema does not allow."""
    for key, wrong in page.faults:
        yield _at(path, page, (key,), "schema", "error", f"{key} {wrong}")
    for key in REQUIRED:
        if key not in page.fields:
            hint = "add it; docs/corpus.md shows a file"
            yield Finding(path=path, line=1, rule="schema", severity="error", what=f"{key} is missing", hint=hint)
    if not any(page.fields.get(key) for key in ADDRESSES):
        what = "no address: webUrl and originalUrl are missing"
        yield Finding(path=path, line=1, rule="schema", severity="error", what=what, hint="add webUrl")
    if not page.fields.get("title", "x"):
        yield _at(path, page, ("title",), "schema", "error", "title is empty")
    kind = page.fields.get("type", "article")
    if isinstance(kind, str) and kind not in TYPES:
        known = ", ".join(sorted(TYPES))
        yield _at(path, page, ("type",), "schema", "error", f"type {kind!r} is none of {known}")
    provider = page.fields.get("provider")
    if isinstance(provider, Mapping):
        for key in ("name", "domain"):
            if not provider.get(key):
                yield _at(path, page, ("provider",), "schema", "error", f"provider.{key} is missing")
    for n, image in enumerate(_list(page, "images")):
        if isinstance(image, Mapping) and not image.get("url"):
            yield _at(path, page, ("images",), "schema", "error", "this image has no url", index=n)
    for n, entry in enumerate(_list(page, "related")):
        if isinstance(entry, Mapping) and not (entry.get("title") and any(entry.get(key) for key in ADDRESSES)):
            yield _at(path, page, ("related",), "schema", "error", "this entry has no title, or no webUrl", index=n)


def mojibake(path: str, page: Page, _: ProviderRules) -> Iterator[Finding]:
    """UTF-8 that was read as cp1252; repaired where that can be proved."""
    for key, value, index in _texts(page):
        repaired = text.repair(value)
        name = ".".join(key) + (f"[{index}]" if index is not None else "")
        if repaired.text != value:
            was, now = _around(value, repaired.text)
            what = f"{name}: {was!r} is {now!r}"
            yield _at(path, page, key, "mojibake", "error", what, index=index, fixable=True)
        elif text.looks_broken(value):
            what = f"{name} looks like text in a wrong encoding"
            yield _at(path, page, key, "mojibake", "warning", what, index=index, hint="look it up at the source")


def provider(path: str, page: Page, known: ProviderRules) -> Iterator[Finding]:
    """A domain that is not the address's, a name that is not the domain's."""
    sides: list[tuple[Key, Fields, int | None]] = [(("provider",), page.fields, None)]
    sides += [(("related",), e, n) for n, e in enumerate(_list(page, "related")) if isinstance(e, Mapping)]
    for key, fields, index in sides:
        given = fields.get("provider")
        url = next((u for k in ADDRESSES if isinstance(u := fields.get(k), str) and u), "")
        if not isinstance(given, Mapping) or not isinstance(domain := given.get("domain"), str):
            continue
        name = str(given.get("name", ""))
        # doi.org publishes nothing: what counts is whom the DOI belongs to, where that is known.
        host = providers.registrant(urls.clean(url), known) or urls.host_of(urls.clean(url))
        if (
            host
            and domain
            and not f".{host}".endswith(f".{domain.lower()}")
            and host != "doi.org"
            and fields.get("type") != "video"
        ):
            what = f"provider.domain {domain} is not the domain of {host}"
            yield _at(path, page, key, "provider", "warning", what, index=index)
        registered = providers.known(domain.lower(), known)
        if registered and name and not is_called(name, registered, domain):
            what = f"{domain} is {registered.name}, not {name!r}"
            yield _at(path, page, key, "provider", "error", what, index=index, fixable=True)


def is_called(name: str, registered: Provider, domain: str) -> bool:
    """Whether `name` is the publisher's.

    As registered, with a word more (HealthLeaders Media), as the domain, or written out where the domain
    has the initials (Massachusetts Institute of Technology at mit.edu).
    """
    own, known = (text.fold(word).replace(" ", "") for word in (name, registered.name))
    initials = "".join(word[0] for word in name.split() if word[0].isupper()).lower()
    written_out = len(initials) > 1 and initials == domain.lower().partition(".")[0]
    return known in own or own == text.fold(domain).replace(" ", "") or written_out


def addresses(path: str, page: Page, known: ProviderRules) -> Iterator[Finding]:
    """Addresses that lead nowhere, and those that are wrapped in a redirect or in tracking."""
    for key, field, url, index in _urls(page):
        name = field if index is None else f"{key[0]}[{index}].{field}"
        if not _SCHEMES.match(url) or not urls.host_of(urls.clean(url)):
            what = f"{name}: {url[:100]!r} leads nowhere: it is no http(s) address of a public host"
            yield _at(path, page, key, "dead-url", "error", what, index=index)
        elif name.endswith("webUrl") and _unordered(bare := urls.canonical(url, known)) != _unordered(url):
            what = f"{name} is wrapped; it leads to {bare}"
            yield _at(path, page, key, "wrapped-url", "warning", what, index=index, hint="write the address itself")
    amp, cdn = page.fields.get("ampWebUrl"), page.fields.get("cdnAmpWebUrl")
    if bool(amp) != bool(cdn):
        key = ("ampWebUrl",) if amp else ("cdnAmpWebUrl",)
        yield _at(path, page, key, "amp", "warning", "ampWebUrl and cdnAmpWebUrl come together or not at all")
    elif isinstance(amp, str) and isinstance(cdn, str) and amp and cdn != cached(amp):
        what = f"cdnAmpWebUrl should be {cached(amp)}"
        yield _at(path, page, ("cdnAmpWebUrl",), "amp", "warning", what)


def _unordered(url: str) -> tuple[str, tuple[str, ...]]:
    """What an address leads to: the order in which parameters are written says nothing."""
    place, _, query = urls.key(url).partition("?")
    return place, tuple(sorted(query.split("&")))


def cached(amp: str) -> str:
    """Where the AMP cache holds the page at `amp` (SCHEMA §3, exact on 3,797 real pairs)."""
    scheme, _, rest = amp.partition("://")
    host, slash, tail = rest.partition("/")
    label = host.replace("-", "--").replace(".", "-")
    return f"https://{label}.cdn.ampproject.org/c/{'s/' if scheme == 'https' else ''}{host}{slash}{tail}"


def dates(path: str, page: Page, _: ProviderRules) -> Iterator[Finding]:
    """A date in the name that is not that of the story; a day's difference is a matter of zones (SCHEMA §2)."""
    named, at = _DATED.match(Path(path).name), page.at
    if at is None or named is None:
        return
    try:
        day = datetime.strptime(named[1], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        yield Finding(path=path, rule="date", severity="error", what=f"{named[1]} in the name is no date")
        return
    apart = abs(day - at.date())
    if apart:
        severity: Severity = "notice" if apart <= timedelta(days=1) else "error"
        what = f"the name says {day}, publishedDateTime {at:%Y-%m-%d}"
        hint = "correct the date or the name"
        if at.replace(tzinfo=_PACIFIC).astimezone(UTC).date() == day:
            hint = "the time may be that of California, marked as UTC"
        yield _at(path, page, ("publishedDateTime",), "date", severity, what, hint=hint)


def repeated(path: str, page: Page, _: ProviderRules) -> Iterator[Finding]:
    """Entries of `related` that are there twice, and the story itself among them (SCHEMA §6)."""
    own = {urls.key(url) for url in page.urls}
    title = text.fold(str(page.fields.get("title", "")))
    seen: dict[str, int] = {}
    for n, entry in enumerate(_list(page, "related")):
        if not isinstance(entry, Mapping):
            continue
        url = next((urls.key(u) for k in ADDRESSES if isinstance(u := entry.get(k), str) and u), "")
        if url and url in own:
            yield _at(path, page, ("related",), "related", "error", "lists the story itself", index=n, fixable=True)
        elif url and url in seen:
            what = f"this address is entry {seen[url] + 1} already"
            yield _at(path, page, ("related",), "related", "error", what, index=n, fixable=True)
        elif (folded := text.fold(str(entry.get("title", "")))) and folded in seen:
            what = f"has the title of entry {seen[folded] + 1}"
            yield _at(path, page, ("related",), "related", "warning", what, index=n)
        elif folded and folded == title:
            yield _at(path, page, ("related",), "related", "warning", "has the title of the story itself", index=n)
        for name in filter(None, (url, text.fold(str(entry.get("title", ""))))):
            seen.setdefault(name, n)


def pictures(path: str, page: Page, _: ProviderRules) -> Iterator[Finding]:
    """A story without a picture is worth knowing of, and no fault (its quality does not depend on it)."""
    if not _list(page, "images"):
        yield Finding(path=path, rule="image", severity="notice", what="no image", hint="add one if there is one")


RULES: tuple[Rule, ...] = (schema, mojibake, provider, addresses, dates, repeated, pictures)


def related_to_nothing(
    path: str, page: Page, known: ProviderRules, weights: MatchWeights, triage: Triage
) -> Iterator[Finding]:
    """Entries of `related` that the matcher finds neither on the story nor near it.

    One that is about the field itself is no more than noticed: an editor may know why it is there.
    """
    if not _list(page, "related"):
        return
    parsed = seedfile.parse(page.text.lstrip("\ufeff"), name=path, source_id="lint")
    source = Source(id="lint", kind="folder", name="lint", url=".")
    moment = page.at or datetime(2000, 1, 1, tzinfo=UTC)
    items: list[Item] = [
        normalize(entry, source=source, first_seen=moment, first_poll=True, rules=known) for entry in parsed.entries
    ]
    if not items:
        return
    lines = {entry.where: item for entry, item in zip(parsed.entries[1:], items[1:], strict=True)}
    for where, item in lines.items():
        a, b = sorted((items[0], item), key=lambda one: one.id)
        edge = matching.compare(a, b, weights)
        if edge.level is None and items[0].id != item.id:
            line = int(where.rpartition(":")[2] or 0)
            what = f"{item.title[:80]!r} is listed as related, and is not ({edge.probability:.0%})"
            severity: Severity = "warning" if triage(item).decision == "reject" else "notice"
            yield Finding(
                path=path, line=line, rule="unrelated", severity=severity, what=what,
                hint="take it out, or leave it if you know better",
            )  # fmt: skip


# --------------------------------------------------------------------------- places and values


def _list(page: Page, key: str) -> tuple[Value, ...]:
    value = page.fields.get(key)
    return value if isinstance(value, tuple) else ()


def _texts(page: Page) -> Iterator[tuple[Key, str, int | None]]:
    """Texts that people read: key, value, number of the entry of `related`."""
    for key in ("title", "excerpt"):
        if isinstance(value := page.fields.get(key), str):
            yield (key,), value, None
    given = page.fields.get("provider")
    if isinstance(given, Mapping) and isinstance(name := given.get("name"), str):
        yield ("provider", "name"), name, None
    for n, entry in enumerate(_list(page, "related")):
        if isinstance(entry, Mapping):
            for key in ("title", "excerpt"):
                if isinstance(value := entry.get(key), str):
                    yield ("related",), value, n


def _urls(page: Page) -> Iterator[tuple[Key, str, str, int | None]]:
    """Addresses: where they stand, the name of the field, the address, number of the entry."""
    for key in URLS:
        if isinstance(value := page.fields.get(key), str) and value:
            yield (key,), key, value, None
    for name in ("related", "images"):
        for n, entry in enumerate(_list(page, name)):
            if isinstance(entry, Mapping):
                for key in ("url", *URLS):
                    if isinstance(value := entry.get(key), str) and value:
                        yield (name,), key, value, n


def _around(was: str, now: str) -> tuple[str, str]:
    """The words where two texts differ first."""
    start = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), 0)
    low = max(0, start - 10)
    return was[low : start + 15], now[low : start + 13]


def _at(
    path: str, page: Page, key: Key, rule: str, severity: Severity, what: str, *, hint: str = "",
    index: int | None = None, fixable: bool = False,
) -> Finding:  # fmt: skip
    line, column = _place(page, key, index)
    return Finding(
        path=path, line=line, column=column, rule=rule, severity=severity, what=what, hint=hint, fixable=fixable
    )  # fmt: skip


def _place(page: Page, key: Key, index: int | None) -> tuple[int, int]:
    """Line and column, from 1, where the value at `key` (its element `index`) begins; 1 where there is none."""
    node: Node = page.root
    for name in key:
        inner = node.target if isinstance(node, Alias) else node
        entries = inner.entries if isinstance(inner, Table) else ()
        found = next((child for key_node, child in entries if key_node.text == name), None)
        if found is None:
            break
        node = found
    if index is not None and isinstance(node, Listing) and index < len(node.items):
        node = node.items[index]
    at = page.start + (0 if node is page.root else node.start)
    before = page.text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
