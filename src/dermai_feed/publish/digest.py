"""Renderings of an `Issue`: pure functions, one per format, in one registry.

What an editor may restyle is in the templates; what the formats share is here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from ..codec import decode, encode
from ..model import Document
from .issue import Issue
from .mail import NOBODY, Letterhead, message
from .templating import BUILT_IN, Templates, markdown_text, tidy, web_address

__all__ = [
    "RENDERERS",
    "Letterhead",
    "Templates",
    "documents",
    "from_json",
    "frozen",
    "ledger",
    "markdown_text",
    "to_eml",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
    "web_address",
]  # fmt: skip


def to_json(issue: Issue) -> str:
    """The frozen selection; `from_json` reads it back."""
    return encode(issue) + "\n"


def from_json(text: str | bytes) -> Issue:
    """The issue written by `to_json`. Raises: ValueError naming the field that does not fit."""
    return decode(Issue, text)


_ONE = {
    "entries fetched": "entry fetched", "items first seen in the window": "item first seen in the window",
    "works": "work", "copies of a work already known": "copy of a work already known", "stories": "story",
    "stories of this issue published": "story of this issue published", "sources asked": "source asked",
    "sources not reached": "source not reached",
}  # fmt: skip


def ledger(issue: Issue) -> tuple[tuple[str, int], ...]:
    """The foot: what the issue rests on, each figure once, as the database counts it (promise 8)."""
    coverage, counted = issue.coverage, issue.coverage.counted
    rows = [
        ("entries fetched", coverage.fetched),
        ("of them new", coverage.new),
        ("updated", coverage.updated),
        ("known and unchanged", coverage.unchanged),
        ("without an identity", coverage.refused),
        ("items first seen in the window", counted.items),
        ("accepted", counted.accepted),
        ("held for an editor", counted.held),
        *((f"rejected: {reason}", count) for reason, count in counted.rejected),
        ("works", counted.works),
        ("copies of a work already known", counted.duplicates),
        ("stories", counted.stories),
        ("from the archive", counted.backfill),
        ("stories of this issue published", coverage.published),
        ("sources asked", coverage.sources_asked),
        ("sources not reached", len(coverage.sources_down)),
    ]
    # A figure that is 0 and that nobody misses is left out; the ones above stand always.
    quiet = {"updated", "without an identity"}
    return tuple(
        (_ONE.get(label, label) if count == 1 else label, count) for label, count in rows if count or label not in quiet
    )


def to_markdown(issue: Issue, templates: Templates = BUILT_IN) -> str:
    """Markdown with front matter in the seeds' style, `category: newsletter`."""
    return tidy(templates.render("digest.md.j2", issue, ledger=ledger(issue)))


def to_html(issue: Issue, templates: Templates = BUILT_IN) -> str:
    """One self-contained page: no script, nothing loaded from elsewhere, light and dark."""
    return templates.render("digest.html.j2", issue, ledger=ledger(issue))


def to_text(issue: Issue, templates: Templates = BUILT_IN) -> str:
    """Plain text in 72 columns; links are numbered and stand at the end."""
    return tidy(templates.render("digest.txt.j2", issue, ledger=ledger(issue)))


def to_eml(issue: Issue, templates: Templates = BUILT_IN, letterhead: Letterhead = NOBODY) -> str:
    """A message with a text part and an HTML part; what `--send` sends."""
    return message(issue, templates, letterhead, text=to_text(issue, templates), ledger=ledger(issue)).as_string()


# The selection comes last: while it is not written, the renderings before it are known to be
# ours and not an editor's, so a run that dies between two of them can be started again.
RENDERERS: Mapping[str, Callable[[Issue, Templates, Letterhead], str]] = {
    "md": lambda issue, templates, _: to_markdown(issue, templates),
    "html": lambda issue, templates, _: to_html(issue, templates),
    "txt": lambda issue, templates, _: to_text(issue, templates),
    "eml": to_eml,
    "json": lambda issue, _templates, _letterhead: to_json(issue),
}


def documents(
    issue: Issue, suffix: str = "", templates: Templates = BUILT_IN, letterhead: Letterhead = NOBODY
) -> tuple[Document, ...]:
    """Every rendering of `issue`, with its path below the corpus; `suffix` stands before the format.

    The selection names the hash of each rendering, so that an editor's change to one is seen
    later, whatever became of the templates. Raises: TemplateFault; nothing is rendered then.
    """
    texts = {form: render(issue, templates, letterhead) for form, render in RENDERERS.items() if form != "json"}
    texts["json"] = to_json(
        replace(issue, templates=templates.hash(), renderings=tuple((form, sha(text)) for form, text in texts.items()))
    )
    return tuple(Document(path=f"digests/{issue.week}{suffix}.{form}", text=texts[form]) for form in RENDERERS)


def frozen(issue: Issue) -> Issue:
    """`issue` as it was chosen, without what its rendering added."""
    return replace(issue, templates="", renderings=())


def sha(text: str) -> str:
    """What a rendering is known by."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
