"""Damaged and hostile bytes: whatever they are, an importer says what is wrong and reads what it can."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

import pytest

from dermai_feed.imports import IMPORTERS, Document, Unreadable, Wanted, detect, read
from dermai_feed.model import Entry, Problem

# One small valid document of each kind of structure; every one of them is damaged below.
VALID = {
    "a.ris": "TY  - JOUR\nTI  - Acne by deep learning\nAU  - Doe, J\nPY  - 2020\nDO  - 10.1000/a.1\nER  - \n",
    "a.bib": '@string{s = "Skin"}\n@article{a, title = {Acne {by} AI}, journal = s, year = 2020, month = mar # "~1"}\n',
    "a.nbib": "PMID- 12345678\nOWN - NLM\nTI  - Acne\n      by AI\nDP  - 2020 Mar\n\n",
    "a.ciw": "FN Clarivate\nVR 1.0\nPT J\nAU Doe, J\nTI Acne by AI\nPY 2020\nER\n\nEF\n",
    "a.enw": "%0 Journal Article\n%T Acne by AI\n%A Doe, J\n%D 2020\n",
    "a.xml": "<xml><records><record><titles><title>Acne by AI</title></titles></record></records></xml>",
    "pubmed.xml": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Acne"
    "</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    "a.json": '[{"type": "article-journal", "title": "Acne", "issued": {"date-parts": [[2020, 3]]}}]',
    "a.jsonl": '{"title": "One study"}\n{"title": "Two studies"}\n',
    "a.csv": 'Title,DOI,Year\n"Acne, by AI",10.1000/a.1,2020\n',
    "a.opml": '<opml><body><outline text="D"><outline type="rss" xmlUrl="https://a.example.org/f"/></outline></body></opml>',
    "a.rss": "<rss><channel><item><title>Acne by AI</title><link>https://a.example.org/1</link></item></channel></rss>",
    "a.md": "---\ntitle: AI for acne\ntags: [acne]\n---\n\nSee 10.1000/abc.1 and [this](https://a.example.org/x).\n",
    "a.eml": "From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
    '<p><a href="https://s.example.org/a">AI tool reads skin lesions better</a></p>\n',
    "bookmarks.html": '<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><A HREF="https://s.example.org/a">A page</A></DL>',
    "ids.txt": "10.1000/abc.1\nPMID: 31960407\n",
}  # fmt: skip
INSERTED = (
    b"\0",
    b"\xff",
    b"{",
    b"}",
    b'"',
    b"<",
    b">",
    b"&",
    b"\n",
    b"\r",
    b"=",
    b"\\",
    b"[",
    b"\xe2\x80\xa8",
    b"@",
    b"<![CDATA[",
)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """`body` with one to four bytes or pieces put in, taken out or changed."""
    held = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(held) + 1)
        match chance.randrange(3):
            case 0:
                held[at:at] = chance.choice(INSERTED)
            case 1:
                del held[at : at + chance.choice((1, 3, 20))]
            case _:
                held[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(held)


def outcome(name: str, body: bytes, kind: str = "") -> list[Any]:
    """What is found; a refusal in words is a Problem too. Any other exception fails the test."""
    try:
        return list(read(Document(name=name, body=body), kind))
    except Unreadable as error:
        return [Problem(where=name, what=str(error))]


@pytest.mark.parametrize("name", VALID)
def test_p12_no_damage_raises_anything_but_words(name: str) -> None:
    """300 damaged copies of a valid document, read as what they are."""
    chance = random.Random(name)
    body = VALID[name].encode()
    assert any(not isinstance(found, Problem) for found in outcome(name, body))
    for _ in range(300):
        outcome(name, damaged(body, chance))


@pytest.mark.parametrize("kind", IMPORTERS)
def test_p12_a_file_read_as_what_it_is_not_raises_nothing_but_words(kind: str) -> None:
    """`--as KIND` for every document, whatever it is, and for an empty one."""
    for name, text in VALID.items():
        outcome(name, text.encode(), kind)
    outcome("empty", b"", kind)


RECORDS = {
    "a.ris": ("TY  - JOUR\nTI  - Good {n}\nPY  - 2020\nER  - \n\n", "TY  - JOUR\nXX  - {{\"\\\0 <\nER  - \n"),
    "a.bib": ("@article{{k{n},\n title = {{Good {n}}},\n year = 2020\n}}\n\n", "@article{{bad, title = {{{{{{ op\n\n"),
    "a.nbib": ("PMID- {n}0000001\nTI  - Good {n}\n\n", "PMID- \nTI  - \n\n"),
    "a.jsonl": ('{{"title": "Good {n}"}}\n', '{{"title": \n'),
    "a.csv": ("Good {n},10.1000/a.{n}\n", '"never closed,\n'),
}  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", RECORDS)
def test_i03_good_records_beside_a_bad_one_are_read(name: str, ends: str) -> None:
    """Forty good ones with a bad one in their middle: the forty are there, whatever ends their lines."""
    good, bad = RECORDS[name]
    head = "Title,DOI\n" if name == "a.csv" else ""
    text = head + "".join(good.format(n=n) + (bad.format() if n == 20 else "") for n in range(1, 41))
    found = outcome(name, text.replace("\n", ends).encode())
    titles = [one.title for one in found if isinstance(one, Entry) and one.title.startswith("Good")]
    assert titles == [f"Good {n}" for n in range(1, 41)]


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["a.ris", "a.bib", "a.csv", "a.json", "a.nbib"])
def test_a_title_is_read_in_every_encoding(encoding: str, name: str) -> None:
    """With and without a byte order mark; what says nothing of itself is told by its bytes."""
    text = VALID[name].replace("Acne", "Ekzeme und Hautveränderungen: Überblick für Ärzte")
    (entry,) = (one for one in outcome(name, text.encode(encoding)) if isinstance(one, Entry))
    assert "Hautveränderungen: Überblick für Ärzte" in entry.title


ANSWER = """{"status": "ok", "message-type": "work-list", "message": {"items-per-page": 20, "total-results": 1,
"items": [{"DOI": "10.1000/a", "title": ["Über die Haut"], "type": "journal-article"}]}}"""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", ["a.eml", "a.mbox", "answer.json", "a.md"])
def test_what_is_read_as_bytes_is_read_in_every_encoding_too(encoding: str, name: str) -> None:
    """Mail and answers of interfaces have an encoding of their own: an editor saved them in another."""
    boxed = "From a@b.example Mon Jan  1 00:00:00 2024\n" + VALID["a.eml"]
    text = {"answer.json": ANSWER, "a.mbox": boxed}.get(name) or VALID[name]
    said = [one.title for one in outcome(name, text.encode()) if isinstance(one, Entry)]
    assert said
    assert [one.title for one in outcome(name, text.encode(encoding)) if isinstance(one, Entry)] == said


@pytest.mark.parametrize("name", ["a.md", "a.ris", "a.csv", "a.nbib", "a.bib", "ids.txt"])
def test_lines_may_end_as_on_an_old_macintosh(name: str) -> None:
    """A carriage return alone ends a line."""
    said = [one for one in outcome(name, VALID[name].encode()) if isinstance(one, Entry | Wanted)]
    again = [one for one in outcome(name, VALID[name].replace("\n", "\r").encode()) if isinstance(one, Entry | Wanted)]
    assert len(again) == len(said) > 0


def test_names_in_a_file_called_csv_are_names() -> None:
    """A column of DOIs without a heading, and a list of references called .html."""
    named = outcome("a.csv", b"10.1000/a.1\n10.1000/a.2\n")
    assert [str(one.identifier) for one in named] == ["doi:10.1000/a.1", "doi:10.1000/a.2"]
    assert detect(Document(name="a.html", body=b"1. Doe J. A title. Skin. 2020. doi:10.1000/a.1\n")) == "text"


def office(part: str, body: bytes) -> bytes:
    """A Word document or spreadsheet whose `part` holds `body`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, body)
    return out.getvalue()


@pytest.mark.parametrize(("name", "part"), [("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml")])
def test_a_document_that_unpacks_to_more_than_is_read_is_refused(
    name: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limits of one megabyte here, so that the bomb need not be one of gigabytes."""
    monkeypatch.setattr("dermai_feed.imports.office._LARGEST_PART", 1_000_000)
    monkeypatch.setattr("dermai_feed.imports.table._MOST_EXPANDED", 1_000_000)
    (refused,) = outcome(name, office(part, b" " * 2_000_000))
    assert "unpack to" in refused.what


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.mark.parametrize("entity", ["&c;", "&x;"])
def test_entities_in_a_word_document_are_neither_expanded_nor_fetched(entity: str) -> None:
    """Billion laughs and a file of the machine."""
    text = f"<w:p><w:r><w:t>See 10.1000/abc.1 {entity}</w:t></w:r></w:p>"
    body = f"{LAUGHS}<w:document {W}><w:body>{text}</w:body></w:document>"
    told = repr(outcome("a.docx", office("word/document.xml", body.encode())))
    assert "root:" not in told
    assert "lollol" not in told


def test_huge_fields_are_cut_and_the_next_record_is_read() -> None:
    """Ten megabytes in one field; a hundred thousand authors in another."""
    records = ("TI  - " + "A" * 10_000_000, "TI  - Many\n" + "AU  - Doe, J\n" * 100_000, "TI  - Last")
    text = "".join(f"TY  - JOUR\n{record}\nER  - \n" for record in records)
    titles = [one.title[:4] for one in outcome("a.ris", text.encode()) if isinstance(one, Entry)]
    assert titles == ["AAAA", "Many", "Last"]
