"""Renderings of an `Issue`: pure functions, one per format, in one registry.

Text from outside is escaped for where it goes (D-04, D-05, W-17): Jinja escapes HTML by
itself; for Markdown every character that could open markup gets a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_eval_context
from jinja2.nodes import EvalContext

from ..codec import decode, encode
from ..model import Document
from .issue import Issue

# CommonMark 2.4: any ASCII punctuation may be escaped; these are the ones that can start markup,
# and the braces that a site generator's templates would read.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$^!&])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)


def markdown_text(text: str) -> str:
    """`text` as Markdown that shows exactly these characters, on one line."""
    flat = " ".join(text.split())
    return _LINE_START.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", _MARKUP.sub(r"\\\1", flat))


def web_address(url: str) -> str:
    """`url` when it is http or https, else nothing; characters that end a Markdown link are encoded."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return ""
    return quote(url, safe=":/?#@!$&'*+,;=%~-._[]")


@pass_eval_context
def _plain(_context: EvalContext, moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


@cache
def _environment(html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("dermai_feed.publish", "templates"),
        autoescape=html,  # noqa: S701 - the text form is Markdown, escaped by its own filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"md": markdown_text, "web": web_address, "moment": _plain}
    return environment


def to_json(issue: Issue) -> str:
    """The frozen selection; `from_json` reads it back."""
    return encode(issue) + "\n"


def from_json(text: str | bytes) -> Issue:
    """The issue written by `to_json`. Raises: ValueError naming the field that does not fit."""
    return decode(Issue, text)


def to_markdown(issue: Issue) -> str:
    """Markdown with front matter in the seeds' style, `category: newsletter`."""
    return _environment(html=False).get_template("digest.md.j2").render(issue=issue)


def to_html(issue: Issue) -> str:
    """One self-contained page: no script, nothing loaded from elsewhere, light and dark."""
    return _environment(html=True).get_template("digest.html.j2").render(issue=issue)


# The selection comes last: while it is not written, the renderings before it are known to be
# ours and not an editor's, so a run that dies between two of them can be started again.
RENDERERS: Mapping[str, Callable[[Issue], str]] = {"md": to_markdown, "html": to_html, "json": to_json}


def documents(issue: Issue, suffix: str = "") -> tuple[Document, ...]:
    """Every rendering of `issue`, with its path below the corpus; `suffix` stands before the format."""
    return tuple(
        Document(path=f"digests/{issue.week}{suffix}.{form}", text=render(issue)) for form, render in RENDERERS.items()
    )
