"""What kind of file it is: by its content, and by its name only where the content says nothing."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path, PurePosixPath

from ..collectors import sniff
from . import bibtex, bookmarks, endnote, jsonitems, mail, markdown, medline, names, opml, ris, table, zotero
from .contract import DAMAGED, Document, utf16

_HEAD = 60_000  # characters; what tells a kind apart stands first
_ZIP, _GZIP, _PDF = b"PK\x03\x04", b"\x1f\x8b", b"%PDF-"
_FEED = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_PUBMED = re.compile(r"<PubmedArticleSet|<PubmedArticle\b|<MedlineCitation\b")
_ANSWER = re.compile(
    r"\"(?:message-type|esearchresult|resultList|studies|protocolSection|hitCount|abstract_inverted_index)\"\s*:"
    r"|api\.openalex\.org|\"paperId\"\s*:|\"rxiv_\w+\"|\"biorxiv\""
)
_JSON_FEED = re.compile(r"\"version\"\s*:\s*\"https?:(?:\\?/){2}jsonfeed\.org", re.IGNORECASE)
_SUFFIXES = {
    ".ris": "ris", ".bib": "bibtex", ".bibtex": "bibtex", ".nbib": "nbib", ".opml": "opml", ".csv": "csv",
    ".tsv": "csv", ".tab": "csv", ".eml": "eml", ".mbox": "mbox", ".enw": "refer", ".jsonl": "json", ".ndjson": "json",
    ".json": "json", ".html": "html", ".htm": "html", ".xhtml": "html", ".ciw": "isi", ".rdf": "zotero-rdf",
    ".md": "text", ".markdown": "text", ".txt": "text", ".rst": "text", ".tex": "text", ".org": "text",
}  # fmt: skip


def detect(document: Document) -> str:
    """The kind of `document`, a key of IMPORTERS; "zip" and "gzip" for what is to be unpacked; "" for none."""
    body = document.body
    if body.startswith(_PDF) or b"%PDF-" in body[:1024]:
        return "pdf"
    if body.startswith(_GZIP):
        return "gzip"
    if body.startswith(_ZIP):
        return _of_zip(body)
    head = body if not _marked(body) else document.text[:_HEAD].encode()
    if mail.MBOX.match(head[:300]):
        return "mbox"
    if mail.is_message(head):
        return "eml"
    suffix = PurePosixPath(document.name.lower()).suffix
    if b"\0" in body[:4096] and _is_binary(body):
        return ""
    text = document.text
    top = text[:_HEAD]
    if suffix in {".html", ".htm", ".xhtml"} and "<" not in top:
        suffix = ".txt"
    return _of_text(text, top, suffix, document) or _SUFFIXES.get(suffix, "text" if top.strip() else "")


def _marked(body: bytes) -> bool:
    """Whether it is text with a mark of its encoding before it, or UTF-16 without one."""
    return body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or bool(utf16(body))


def _is_binary(body: bytes) -> bool:
    """Whether NULs and other control characters are strewn over it; UTF-16 has NULs at every second place at most."""
    head = body[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16(body):
        return False
    return sum(byte < 9 or 13 < byte < 32 for byte in head) * 20 > len(head)


def is_office(path: Path) -> bool:
    """Whether the zip at `path` is a document or spreadsheet, and not an archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names_ = set(archive.namelist()[:500])
    except DAMAGED:
        return False
    return "[Content_Types].xml" in names_ and not names_.isdisjoint({"word/document.xml", "xl/workbook.xml"})


def _of_zip(body: bytes) -> str:
    """Which of the formats that are zips it is: the names of their members stand in it as they are."""
    if b"word/document.xml" in body:
        return "docx"
    return "xlsx" if b"xl/workbook.xml" in body else "zip"


def _of_text(text: str, head: str, suffix: str, document: Document) -> str:
    start = head.lstrip("\ufeff \t\r\n")
    if start[:1] in "{[" and suffix not in {".md", ".txt", ".bib"}:
        return _of_json(document, head)
    if start[:1] == "<":
        return _of_markup(head)
    if markdown.has_front_matter(start):
        return "markdown"
    if ris.MARK.search(head):
        return "ris"
    if medline.ISI.search(head[:5_000]):
        return "isi"
    if medline.NBIB.search(head[:5_000]):
        return "nbib"
    if endnote.REFER.search(head[:2_000]):
        return "refer"
    if (bibtex.MARK.search(head) and start[:1] in "@%\\") or suffix == ".bib":
        return "bibtex"
    if (
        suffix in {".csv", ".tsv", ".tab"}
        and names.identifier(start.partition("\n")[0])
        and names.looks_like_names(text)
    ):
        return "ids"
    if suffix in {".csv", ".tsv", ".tab"} or (suffix not in {".md", ".markdown"} and table.looks_like_table(head)):
        return "csv"
    if start[:1] in "{[":
        return _of_json(document, head)
    if names.looks_like_names(text):
        return "ids"
    if bibtex.MARK.search(head) and suffix not in {".md", ".markdown"}:
        return "bibtex"
    return ""


def _of_json(document: Document, head: str) -> str:
    if _JSON_FEED.search(head):
        return "feed"
    if jsonitems.is_csl(document) and not _ANSWER.search(head[:3_000]):
        return "csl-json"
    return "answer" if _ANSWER.search(head[:20_000]) and '"provider"' not in head else "json"


def _of_markup(head: str) -> str:
    if opml.MARK.search(head):
        return "opml"
    if zotero.MARK.search(head):
        return "zotero-rdf"
    if _PUBMED.search(head):
        return "pubmed-xml"
    if bookmarks.MARK.search(head[:5_000]):
        return "bookmarks"
    if sniff.is_page(head):
        return "html"
    if endnote.MARK.search(head):
        return "endnote-xml"
    if _FEED.search(head):
        return "feed"
    return "html" if _is_fragment(head) else "feed"


def _is_fragment(head: str) -> bool:
    """Whether markup has the elements of a page and no name of an XML format."""
    return re.search(r"<(?:p|div|a|body|h[1-6]|ul|table)[\s>]", head, re.IGNORECASE) is not None
