"""Which kind of source a document comes from, by its content: for files that nobody says it of.

Marks that the publishers' own documentation names, looked for at the beginning of the text.
A guess that is wrong costs a named failure, never a wrong reading: the reader for the kind looks
for itself.
"""

from __future__ import annotations

import re

_HEAD = 16_000  # bytes; what tells a kind apart stands first
# (kind, what its documents hold near their beginning), the more particular first; a kind of JSON is
# looked for in JSON alone, where the members' names are what tells.
_MARKS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("pubmed", rb"<PubmedArticleSet|<PubmedArticle\b|<PubmedBookArticle\b|<eSearchResult|<eSummaryResult"),
        ("arxiv", rb"<feed\b.{0,600}(?:arxiv\.org/api/|export\.arxiv\.org)"),
        ("oai", rb"<(?:\w+:)?OAI-PMH\b"),
        ("googlenews", rb"<rss\b.{0,1500}(?:<generator>NFE/|https?://news\.google\.com/(?:rss|search))"),
        ("bingnews", rb"<rss\b.{0,400}https?://www\.bing\.com/news/search"),
        ("sitemap", rb"<(?:\w+:)?(?:urlset|sitemapindex)\b"),
        ("europepmc", rb"<responseWrapper"),
    )
)
_JSON_MARKS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("rss", rb"jsonfeed\.org/version/"),
        ("pubmed", rb"\"esearchresult\"|\"header\"\s*:\s*\{\s*\"type\"\s*:\s*\"e(?:search|summary|info|link)\""),
        ("europepmc", rb"\"(?:hitCount|resultList|nextCursorMark)\""),
        (
            "crossref",
            rb"\"message-(?:type|version)\"|\"(?:is-referenced-by-count|reference-count|content-domain)\"\s*:",
        ),
        ("clinicaltrials", rb"\"(?:studies|protocolSection|nctId)\"\s*:"),
        (
            "openfda",
            rb"open\.fda\.gov|\"(?:k_number|pma_number|product_code|openfda|application_number|safetyreportid"
            rb"|recall_number|mdr_text|set_id)\"\s*:",
        ),
        ("openalex", rb"openalex\.org|\"db_response_time_ms\"|\"open_access\"\s*:\s*\{\s*\"is_oa\""),
        ("biorxiv", rb"\"messages\"\s*:.{0,600}\"collection\"|^\s*\{\s*\"collection\"\s*:"),
        ("gdelt", rb"\"seendate\"\s*:"),
        ("datacite", rb"\"type\"\s*:\s*\"(?:dois|clients|providers)\"|\"resourceTypeGeneral\"\s*:"),
        ("doaj", rb"\"bibjson\"\s*:"),
        ("plos", rb"\"response\"\s*:\s*\{\s*\"numFound\"\s*:"),
        (
            "semanticscholar",
            rb"\"(?:paperId|corpusId|citingPaper|citedPaper|citingPaperInfo|recommendedPapers|authorId)\"\s*:",
        ),
    )
)
_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*---\r?\n")
_MARKUP = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*[<{\[]")


def guess(body: bytes, name: str = "") -> str:
    """The kind of `body`, a key of READERS; `name` (a file's) decides where the content says nothing.

    "rss" stands for every feed format, JSON Feed included: they are told apart in reading.
    """
    head = body[:_HEAD]
    if _FRONT_MATTER.match(head):
        return "folder"
    if not _MARKUP.match(head):
        return "folder" if name.lower().endswith((".md", ".markdown", ".txt")) else "rss"
    marks = _MARKS if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else _JSON_MARKS
    return next((kind for kind, mark in marks if mark.search(head)), "rss")
