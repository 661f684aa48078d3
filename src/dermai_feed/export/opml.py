"""OPML 2.0: the feeds among the sources, by topic (see `imports.opml`)."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from ..model import Source

_FEEDS = frozenset({"rss", "atom", "jsonfeed", "podcast", "youtube"})


def write(sources: Iterable[Source], title: str = "dermai-feed") -> str:
    """The list of the feeds among `sources`; interfaces and folders are not what a feed reader can ask.

    A source's topics are folders within one another, as the import reads them.
    """
    tree = _Folder()
    for source in sources:
        if source.kind in _FEEDS and source.url:
            tree.add(source.topics, source)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">',
        f"  <head><title>{_text(title)}</title></head>", "  <body>", *tree.lines("    "), "  </body>", "</opml>", "",
    ]  # fmt: skip
    return "\n".join(lines)


class _Folder:
    """Outlines within one another, in the order in which they came."""

    def __init__(self) -> None:
        self._folders: dict[str, _Folder] = {}
        self._sources: list[Source] = []

    def add(self, topics: tuple[str, ...], source: Source) -> None:
        if topics:
            self._folders.setdefault(topics[0], _Folder()).add(topics[1:], source)
        else:
            self._sources.append(source)

    def lines(self, indent: str) -> list[str]:
        written = []
        for name, folder in self._folders.items():
            written += [f"{indent}<outline text={_quoted(name)}>", *folder.lines(indent + "  "), f"{indent}</outline>"]
        for source in self._sources:
            kind = "podcast" if source.kind == "podcast" else "atom" if source.kind == "atom" else "rss"
            page = f" htmlUrl={_quoted(source.homepage)}" if source.homepage else ""
            written.append(
                f'{indent}<outline type="{kind}" text={_quoted(source.name)} title={_quoted(source.name)}'
                f" xmlUrl={_quoted(source.url)}{page}/>"
            )
        return written


def _quoted(text: str) -> str:
    return quoteattr("".join(c for c in text if c.isprintable()))


def _text(text: str) -> str:
    return _quoted(text)[1:-1]
