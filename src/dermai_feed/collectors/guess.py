"""Which kind of source a document comes from, by its content: for files that nobody says it of.

Marks that the publishers' own documentation names, looked for at the beginning of the text.
A guess that is wrong costs a named failure, never a wrong reading: the collector for the kind
looks for itself.
"""

from __future__ import annotations

import re

_HEAD = 4_000  # bytes; what tells a kind apart stands first
# (kind, what its documents begin with), the more particular first.
_MARKS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("pubmed", rb"<PubmedArticleSet|<PubmedArticle\b|<eSearchResult|<eSummaryResult|\"esearchresult\""),
        ("arxiv", rb"<feed\b.{0,600}(?:arxiv\.org/api/|export\.arxiv\.org)"),
        ("europepmc", rb"^\s*\{.{0,400}\"(?:hitCount|resultList)\"|<responseWrapper"),
        (
            "crossref",
            rb"^\s*\{.{0,200}\"message-(?:type|version)\"|^\s*\{.{0,3000}\"indexed\"\s*:\s*\{\s*\"date-parts\"",
        ),
        ("openfda", rb"^\s*\{.{0,1500}open\.fda\.gov|^\s*\{.{0,3900}\"(?:k_number|pma_number|product_code)\""),
        ("clinicaltrials", rb"^\s*\{.{0,300}\"(?:studies|protocolSection|nctId)\""),
        ("openalex", rb"^\s*\{.{0,400}openalex\.org|^\s*\{\s*\"meta\"\s*:\s*\{.{0,200}\"db_response_time_ms\""),
        ("biorxiv", rb"^\s*\{.{0,300}\"messages\"\s*:.{0,600}\"collection\"|^\s*\{\s*\"collection\""),
        ("gdelt", rb"^\s*\{\s*\"articles\"\s*:\s*\[.{0,800}\"seendate\""),
        ("semanticscholar", rb"^\s*[\{\[].{0,800}\"(?:paperId|corpusId|externalIds)\""),
    )
)
_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*---\r?\n")
_MARKUP = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*[<{\[]")


def guess(body: bytes, name: str = "") -> str:
    """The kind of `body`, a key of COLLECTORS; `name` (a file's) decides where the content says nothing.

    "rss" stands for every feed format, JSON Feed included: they are told apart in reading.
    """
    head = body[:_HEAD]
    if _FRONT_MATTER.match(head):
        return "folder"
    if not _MARKUP.match(head):
        return "folder" if name.lower().endswith((".md", ".markdown", ".txt")) else "rss"
    return next((kind for kind, mark in _MARKS if mark.search(head)), "rss")
