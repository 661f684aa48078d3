"""Documents with references: Word (.docx) and PDF, as text.

A .docx is a zip of XML (ECMA-376, part 1): its paragraphs, headings and the targets of its links
are read, nothing else. A PDF's text is taken out by pypdf; what is only a picture stays unread.
"""

from __future__ import annotations

import io
import logging
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from ..collectors import repair
from ..model import Problem
from . import references
from .contract import DAMAGED, Document, Found, Unreadable

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LARGEST_PART = 100 * 1024 * 1024  # bytes of one part of a .docx, unpacked
_MOST_PAGES = 2_000
_MOST_TEXT = 20_000_000  # characters

# pypdf tells of every oddity; files in the wild have nothing but.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read_docx(document: Document) -> Iterator[Found]:
    """What a Word document refers to. Raises: Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(document.body)) as archive:
            body = _part(archive, "word/document.xml")
            notes = [
                _part(archive, name)
                for name in ("word/footnotes.xml", "word/endnotes.xml")
                if name in archive.namelist()
            ]
            links = _targets(archive)
    except Unreadable:
        raise
    except DAMAGED as error:
        raise Unreadable(f"no Word document that can be read: {error}") from error
    text = "\n\n".join(paragraph for part in (body, *notes) for paragraph in _paragraphs(part, links))
    yield from references.read(_as_text(document, text))


def _part(archive: zipfile.ZipFile, name: str) -> ET.Element:
    if archive.getinfo(name).file_size > _LARGEST_PART:
        raise Unreadable(f"{name} would unpack to more than {_LARGEST_PART} bytes")
    with archive.open(name) as part:
        body = part.read(_LARGEST_PART + 1)
    if len(body) > _LARGEST_PART:
        raise Unreadable(f"{name} unpacks to more than {_LARGEST_PART} bytes")
    root = repair.read(body.decode("utf-8", "replace")).root
    if root is None:
        raise Unreadable(f"{name} is no XML that can be read")
    return root


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    name = "word/_rels/document.xml.rels"
    if name not in archive.namelist():
        return {}
    return {
        element.get("Id", ""): element.get("Target", "")
        for element in _part(archive, name).iter()
        if element.get("TargetMode") == "External" and element.get("Target", "").startswith(("http://", "https://"))
    }


def _paragraphs(root: ET.Element, links: dict[str, str]) -> Iterator[str]:
    for paragraph in root.iter(f"{_W}p"):
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        heading = style is not None and re.match(
            r"(?:heading|title|berschrift|titre)", style.get(f"{_W}val", ""), re.IGNORECASE
        )
        pieces: list[str] = []
        for element in paragraph.iter():
            if element.tag == f"{_W}t":
                pieces.append(element.text or "")
            elif element.tag in {f"{_W}tab", f"{_W}br"}:
                pieces.append(" ")
            elif element.tag == f"{_W}hyperlink" and (target := links.get(element.get(f"{_R}id", ""))):
                words = "".join(piece.text or "" for piece in element.iter(f"{_W}t"))
                if target not in words:
                    pieces.append(f" {target} ")
        if text := " ".join("".join(pieces).split()):
            yield f"# {text}" if heading else text


def read_pdf(document: Document) -> Iterator[Found]:
    """What a PDF refers to. Raises: Unreadable."""
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(document.body))
        is_locked = reader.is_encrypted and not reader.decrypt("")
        count = 0 if is_locked else len(reader.pages)
    except Exception as error:  # pypdf raises whatever its parts raise
        raise Unreadable(f"no PDF that can be read: {type(error).__name__}: {error}") from error
    if is_locked:
        raise Unreadable("the PDF wants a password; save it without one")
    pages: list[str] = []
    length = 0
    for number in range(min(count, _MOST_PAGES)):
        try:
            text = reader.pages[number].extract_text()
        except Exception as error:
            yield Problem(
                where=f"{document.name}: page {number + 1}", what=f"cannot be read: {type(error).__name__}: {error}"
            )
            continue
        length += len(text)
        if length > _MOST_TEXT:
            yield Problem(
                where=f"{document.name}: page {number + 1}",
                what=f"more than {_MOST_TEXT} characters; the rest was left out",
            )
            break
        pages.append(text)
    if count > _MOST_PAGES:
        yield Problem(where=document.name, what=f"{count} pages; the first {_MOST_PAGES} were read")
    if not any(page.strip() for page in pages):
        raise Unreadable("the PDF holds no text, only pictures of it; run a text recognition over it first")
    yield from references.read(_as_text(document, _unwrapped("\n".join(pages))))


def _unwrapped(text: str) -> str:
    """A page's text with identifiers joined that a line end has cut: "10.1038/\\ns41586-…"."""
    text = re.sub(r"(10\.\d{4,9}/[^\s]{0,80}[-/._(])\n(?=[\w(])", r"\1", text)
    return re.sub(r"(https?://[^\s]{0,200}[-/._=?&])\n(?=\w)", r"\1", text)


def _as_text(document: Document, text: str) -> Document:
    return replace(document, body=text.replace("\0", "").encode("utf-8", "replace"))
