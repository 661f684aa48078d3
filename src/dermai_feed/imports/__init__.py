"""Imports: what an editor has at hand. `IMPORTERS` is the registry, `read` reads one file.

An importer is pure: the bytes of one file in, entries, subscriptions and names to look up out
(`contract.Found`). Adding a kind: one module, one line in `IMPORTERS`, one mark in `detect`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..model import Problem
from . import (
    bibtex,
    bookmarks,
    csl,
    endnote,
    feedfile,
    jsonitems,
    mail,
    markdown,
    medline,
    names,
    office,
    opml,
    page,
    references,
    ris,
    table,
    zotero,
)
from .contract import Columns, Document, Found, Importer, Subscription, Unreadable, Wanted
from .detect import detect

__all__ = [
    "IMPORTERS", "Columns", "Document", "Found", "Importer", "Subscription", "Unreadable", "Wanted", "detect", "read",
]  # fmt: skip

IMPORTERS: Mapping[str, Importer] = MappingProxyType(
    {
        "markdown": markdown.read,
        "text": references.read,
        "references": page.read_references,
        "html": page.read,
        "docx": office.read_docx,
        "pdf": office.read_pdf,
        "ids": names.read,
        "opml": opml.read,
        "feed": feedfile.read,
        "answer": feedfile.read_answer,
        "ris": ris.read,
        "bibtex": bibtex.read,
        "nbib": medline.read,
        "isi": medline.read_isi,
        "pubmed-xml": feedfile.read_pubmed,
        "endnote-xml": endnote.read,
        "refer": endnote.read_refer,
        "csl-json": csl.read,
        "zotero-rdf": zotero.read,
        "csv": table.read,
        "xlsx": table.read_xlsx,
        "json": jsonitems.read,
        "eml": mail.read,
        "mbox": mail.read_mbox,
        "bookmarks": bookmarks.read,
    }
)


def read(document: Document, kind: str = "") -> Iterator[Found]:
    """What `document` holds, read as `kind` (a key of IMPORTERS) or as what it is.

    Raises: Unreadable when nothing can be made of it; whatever a bug of ours raises.
    """
    used = kind or detect(document)
    if used not in IMPORTERS:
        raise Unreadable("neither text nor a document of a kind that is read; dermai-feed import --help lists them")
    yield from IMPORTERS[used](document)
    if document.decoded.complaint and used not in {"docx", "pdf", "xlsx", "eml", "mbox"}:
        yield Problem(
            where=document.name, what=f"encoding: {document.decoded.complaint}", kind="note", hint="save it as UTF-8"
        )
