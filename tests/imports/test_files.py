# ruff: noqa: E501 - texts are written as programs write them
"""Files that are no citation exports: tables, documents, mail, bookmarks, pages; and those that mean harm."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from dermai_feed.export.table import safe
from dermai_feed.imports import Columns, Document, Subscription, Unreadable, Wanted, detect, read
from dermai_feed.imports.columns import _unguarded
from dermai_feed.imports.names import identifier, meant
from dermai_feed.model import Entry, Problem

Found = Callable[..., list[Any]]


def kinds(everything: list[Any], kind: type) -> list[Any]:
    """Those of `everything` that are of one kind."""
    return [one for one in everything if isinstance(one, kind)]


# --------------------------------------------------------------------------- tables

TABLES = {
    "commas": "Title,DOI\nSkin study,10.1/a.1\n",
    "semicolons": "Title;DOI\nSkin study;10.1/a.1\n",
    "tabs": "Title\tDOI\nSkin study\t10.1/a.1\n",
    "a byte order mark": "\ufeffTitle,DOI\nSkin study,10.1/a.1\n",
    "Excel's first line": "sep=;\nTitle;DOI\nSkin study;10.1/a.1\n",
    "old line ends": "Title,DOI\rSkin study,10.1/a.1\r",
    "lines before the heading": "Search results\nsaved today\nTitle,DOI\nSkin study,10.1/a.1\n",
    "quotes around a line end": 'Title,DOI\n"Skin\nstudy",10.1/a.1\n',
    "NUL": "Title,DOI\nSkin\0 study,10.1/a.1\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_i05_csv_in_its_dialects(name: str, found: Found) -> None:
    """Delimiters, marks and line ends of every program; the guess comes before the rows."""
    text = TABLES[name].replace("10.1/a.1", "10.1000/a.1")
    everything = found(text, "a.csv")
    assert isinstance(everything[0], Columns)
    (entry,) = kinds(everything, Entry)
    assert (entry.title, [str(i) for i in entry.identifiers]) == ("Skin study", ["doi:10.1000/a.1"])


def test_i05_a_quote_that_is_never_closed_costs_its_line(found: Found) -> None:
    """Named by its line; the rows behind it are read."""
    everything = found('Title,DOI\nOne,10.1000/a.1\n"Two,10.1000/a.2\nThree,10.1000/a.3\n', "a.csv")
    assert [p.where for p in kinds(everything, Problem)] == ["a.csv: line 3"]
    assert [e.title for e in kinds(everything, Entry)] == ["One", "Three"]


def test_columns_can_be_named(found: Found) -> None:
    """--map goes before the guess, by heading or number; a wrong one says what there is."""
    text = "Bezeichnung,Verweis\nSkin study,https://journal.example.org/a\n"
    (entry,) = kinds(found(text, "a.csv", columns={"title": "Bezeichnung", "url": "2"}), Entry)
    assert (entry.title, entry.link) == ("Skin study", "https://journal.example.org/a")
    with pytest.raises(Unreadable, match="Bezeichnung"):
        found(text, "a.csv", columns={"title": "Titel"})


def test_a_table_without_headings_is_known_by_what_stands_in_it(found: Found) -> None:
    """A column of DOIs is a column of DOIs."""
    rows = "".join(f"A long title about study number {n} of skin,10.1000/a.{n},2020-01-0{n}\n" for n in range(1, 5))
    entries = kinds(found(rows, "a.csv"), Entry)
    assert len(entries) == 4
    assert (entries[0].published, str(entries[0].identifiers[0])) == ("2020-01-01", "doi:10.1000/a.1")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_d12_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    """CSV injection: an apostrophe makes it text, and is taken off again where a title may begin so."""
    assert safe(cell)[0] == "'"
    assert _unguarded(safe("=1+1")) == "=1+1"


def test_a_spreadsheet_is_read_sheet_by_sheet(found: Found) -> None:
    """Numbers and dates are what they say; a sheet without a column that is understood is left out."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Title", "PMID", "Year"])
    sheet.append(["Skin study", 31960407.0, 2020])
    book.create_sheet("notes").append(["nothing here"])
    out = io.BytesIO()
    book.save(out)
    (entry,) = kinds(found(out.getvalue(), "a.xlsx"), Entry)
    assert (entry.title, entry.published, str(entry.identifiers[0])) == ("Skin study", "2020", "pmid:31960407")


# --------------------------------------------------------------------------- documents

APA = (
    "Esteva, A., Kuprel, B., & Thrun, S. (2017). Dermatologist-level classification of skin cancer. *Nature*, 542(7639), "
    "115–118. https://doi.org/10.1038/nature21056"
)
NATURE = (
    "Esteva, A. et al. Dermatologist-level classification of skin cancer. Nature 542, 115–118 (2017). "
    "doi:10.1038/nature21056"
)
VANCOUVER = (
    "Esteva A, Kuprel B. Dermatologist-level classification of skin cancer. Nature. 2017 Feb 2;542(7639):115-118. "
    "doi: 10.1038/nature21056"
)


@pytest.mark.parametrize("style", [APA, NATURE, VANCOUVER, f"1. {VANCOUVER}", f"[1] {VANCOUVER}", f"- {APA}"])
def test_references_in_three_styles(style: str, found: Found) -> None:
    """Title, journal, volume and DOI, whatever the style and the number before it."""
    everything = found(f"# Reading\n\nSome words.\n\n## References\n\n{style}\n", "list.md")
    (entry,) = kinds(everything, Entry)
    assert entry.title == "Dermatologist-level classification of skin cancer"
    assert entry.publication.journal == "Nature"
    assert entry.publication.volume == "542"
    assert "doi:10.1038/nature21056" in [str(i) for i in entry.identifiers]


def test_bare_names_in_a_text_are_looked_up_and_links_are_entries(found: Found) -> None:
    """DOIs, PMIDs, PMCIDs, arXiv and NCT numbers, each once; links by their words; pictures are nothing."""
    text = """See 10.1000/abc.1 (and https://doi.org/10.1000/abc.1, PMID: 11111111).

- PMID: 31960407 and PMC7497072
- arXiv:2101.00001 and NCT01234567

Read [a long story about skin](https://news.example.org/2024/skin-story) ![x](https://news.example.org/a.png)
"""
    everything = found(text, "note.txt")
    wanted = {str(one.identifier) for one in kinds(everything, Wanted)}
    assert wanted == {"doi:10.1000/abc.1", "pmid:31960407", "pmcid:PMC7497072", "arxiv:2101.00001", "nct:NCT01234567"}
    assert [(e.title, e.link) for e in kinds(everything, Entry)] == [
        ("a long story about skin", "https://news.example.org/2024/skin-story")
    ]


def docx(*paragraphs: str) -> bytes:
    """A Word document of plain paragraphs."""
    out = io.BytesIO()
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def test_the_references_of_a_word_document(found: Found) -> None:
    """Paragraphs of the reference list, without numbers."""
    (entry,) = kinds(found(docx("Introduction", "References", VANCOUVER), "a.docx"), Entry)
    assert entry.title == "Dermatologist-level classification of skin cancer"


def test_a_pdf_without_text_or_a_broken_one_is_said_to_be_so(found: Found) -> None:
    """What is wrong, and what to do."""
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(Unreadable, match="only pictures"):
        found(out.getvalue(), "a.pdf")
    with pytest.raises(Unreadable, match="no PDF"):
        found(b"%PDF-1.7 nothing", "a.pdf")


def test_posts_of_jekyll(found: Found) -> None:
    """Title and tags from the front matter, the day from the file's name, the excerpt from the text."""
    post = "---\ntitle: AI for acne\ntags: [acne, ai]\n---\n\nA first paragraph of words.\n\nSee 10.1000/abc.1\n"
    everything = found(post, "_posts/2024-03-05-ai-for-acne.md")
    (entry,) = kinds(everything, Entry)
    assert (entry.title, entry.published, entry.tags) == ("AI for acne", "2024-03-05", ("acne", "ai"))
    assert entry.summary == "A first paragraph of words."
    assert [str(one.identifier) for one in kinds(everything, Wanted)] == ["doi:10.1000/abc.1"]


@pytest.mark.parametrize("head", ["x: !!python/object/apply:os.system [ls]", "a: &a [x]\nb: " + "*a " * 3, "[" * 300])
def test_w16_yaml_that_means_harm_is_refused_with_its_line(head: str, found: Found) -> None:
    """Tags, aliases and depth; nothing is constructed."""
    with pytest.raises(Unreadable, match="line"):
        found(f"---\ntitle: x\n{head}\n---\n\ntext\n", "a.md")


# --------------------------------------------------------------------------- pages, mail, bookmarks

PAGE = """<!doctype html><html lang="en"><head><title>t</title>
<meta name="citation_title" content="Skin study"><meta name="citation_author" content="Doe, Jane">
<meta name="citation_author" content="Roe, R"><meta name="citation_doi" content="10.1000/a.1">
<meta name="citation_journal_title" content="Skin"><meta name="citation_publication_date" content="2021/03/05">
</head><body><p>See https://doi.org/10.1000/b.2</p></body></html>"""


def test_a_saved_page_is_the_article_that_it_says_it_is(found: Found) -> None:
    """Highwire's tags; what it refers to comes with --as references."""
    (entry,) = found(PAGE, "page.html")
    assert (entry.title, entry.authors, entry.published) == ("Skin study", ("Doe, Jane", "Roe, R"), "2021-03-05")
    (wanted,) = kinds(found(PAGE, "page.html", "references"), Wanted)
    assert str(wanted.identifier) == "doi:10.1000/b.2"


MAIL = """From: Google Scholar Alerts <scholaralerts-noreply@google.com>
Subject: "melanoma" - new results
Date: Wed, 18 Nov 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: text/html; charset=ISO-8859-1
Content-Transfer-Encoding: quoted-printable

<h3><a class=3D"gse_alrt_title" href=3D"https://scholar.google.com/scholar_url?url=3Dhttps://journal.example.org/a&amp;h=
l=3Den">Deep learning for <b>melanoma</b></a></h3><div style=3D"color:green">J M=FCller, R Roe - Skin Studies, 2026</div>
<div class=3D"gse_alrt_sni">A snippet of words.</div>
<a href=3D"https://scholar.google.com/scholar_alerts?view_op=3Dcancel">Cancel alert</a>
"""


def test_a_scholar_alert(found: Found) -> None:
    """Title, people, journal, year and target of each hit; nothing else of the mail."""
    (entry,) = found(MAIL.encode("latin-1"), "alert.eml")
    assert (entry.title, entry.link) == ("Deep learning for melanoma", "https://journal.example.org/a")
    assert entry.authors == ("J Müller", "R Roe")
    assert (entry.publication.journal, entry.published) == ("Skin Studies", "2026")


def test_a_box_of_newsletters(found: Found) -> None:
    """Headlines are entries; unsubscribing, the sender's own pages and short words are not."""
    letter = """From news@letter.example Wed Nov 18 08:00:00 2026
From: Letter <news@letter.example>
Subject: This week
Date: Wed, 18 Nov 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p><a href="https://site.example.org/ai-skin">AI tool reads skin lesions better</a> and more</p>
<p><a href="https://letter.example/archive/5">Read this whole letter online now</a></p>
<p><a href="https://lists.example.org/unsubscribe?u=1">Please unsubscribe me from this list</a></p>
<p><a href="https://site.example.org/x">more</a></p>

"""
    entries = found(letter + letter.replace("ai-skin", "ai-acne"), "box.mbox")
    assert [entry.link for entry in entries] == ["https://site.example.org/ai-skin", "https://site.example.org/ai-acne"]
    assert entries[0].updated == "Wed, 18 Nov 2026 08:00:00 +0000"


def test_messages_of_a_box_that_link_to_nothing_are_counted(found: Found) -> None:
    """One note for all of them: the box was read, and this is why it brought less than it holds."""
    plain = "From a@b.example Mon Jan  1 00:00:00 2024\nFrom: a@b.example\nSubject: x\n\nWords alone.\n\n"
    linked = plain.replace("Words alone.", "<a href='https://s.example.org/a'>AI tool reads skin lesions better</a>")
    linked = linked.replace("Subject: x", "Subject: x\nContent-Type: text/html")
    got = found(plain + linked + plain, "a.mbox")
    assert len(kinds(got, Entry)) == 1
    assert [(note.what, note.kind) for note in kinds(got, Problem)] == [
        ("2 of 3 messages link to nothing that could be an entry", "note")
    ]


def test_bookmarks(found: Found) -> None:
    """Folders and tags are tags; a script is no page."""
    text = """<!DOCTYPE NETSCAPE-Bookmark-file-1><TITLE>Bookmarks</TITLE><DL><p>
<DT><H3>Skin &amp; AI</H3><DL><p>
<DT><A HREF="https://site.example.org/a" ADD_DATE="1605686400" TAGS="acne,ml">An article</A>
<DD>What it says
<DT><A HREF="javascript:alert(1)">script</A>
<DT><A HREF="http://127.0.0.1/x">mine</A>
</DL></DL>"""
    everything = found(text, "bookmarks.html")
    (entry,) = kinds(everything, Entry)
    assert (entry.title, entry.tags, entry.summary) == ("An article", ("acne", "ml", "Skin & AI"), "What it says")
    assert entry.updated == "2020-11-18T08:00:00+00:00"
    assert len(kinds(everything, Problem)) == 1


# --------------------------------------------------------------------------- lists of feeds, JSON, names


def test_folders_of_a_list_of_feeds_are_topics(found: Found) -> None:
    """Nested, in their order; settings of the reader stay out."""
    text = """<opml version="2.0"><body><outline text="Derm"><outline text="AI">
    <outline type="rss" text="A" xmlUrl="https://a.example.org/feed" htmlUrl="https://a.example.org/" filtercmd="rm -rf"/>
    </outline></outline></body></opml>"""
    (feed,) = found(text, "feeds.opml")
    assert feed == Subscription(
        url="https://a.example.org/feed", title="A", homepage="https://a.example.org/", topics=("Derm", "AI"),
        where="feeds.opml: outline 3",
    )  # fmt: skip


def test_i01_a_list_nested_ten_thousand_deep_is_walked(found: Found) -> None:
    """Not recursively; what is too deep is counted."""
    text = "<opml><body>" + '<outline text="d">' * 10_000 + "</outline>" * 10_000 + "</body></opml>"
    (problem,) = found(text, "deep.opml")
    assert "nested deeper" in problem.what


def test_a_page_of_the_seed_publishers_interface(found: Found) -> None:
    """Each value with what the seeds' schema has; `sourceUrl` is the interface's own address; profiles are no news."""
    value = {
        "path": "_news/a.md", "title": "AI spots melanoma", "excerpt": "Words.", "type": "article",
        "sourceUrl": "https://publisher.example.org/api/news/a/index.json", "webUrl": "https://site.example.org/a",
        "publishedDateTime": "2021-05-18T18:35:00Z", "provider": {"name": "Site", "domain": "site.example.org"},
        "topics": ["AI"], "images": [{"url": "https://site.example.org/a.png", "width": 10, "height": 10}],
    }  # fmt: skip
    page = {"page": 1, "value": [value, {"type": "profile", "title": "A company"}], "nextPage": 2}
    everything = found(json.dumps(page), "index.json")
    (entry,) = kinds(everything, Entry)
    assert (entry.link, entry.provider_name, entry.tags) == ("https://site.example.org/a", "Site", ("AI",))
    assert [problem.where for problem in kinds(everything, Problem)] == ["index.json: record 2"]


def test_json_lines_of_which_the_first_is_broken_are_still_lines(found: Found) -> None:
    """What is no JSON as a whole and has an object on each line is read line by line."""
    got = found('{"title": \n{"title": "Good", "url": "https://a.example/1"}\n{"titl\n{"title": "Too"}\n', "a.jsonl")
    assert [entry.title for entry in kinds(got, Entry)] == ["Good", "Too"]
    assert [problem.where for problem in kinds(got, Problem)] == [
        "a.jsonl: record 1 (line 1)",
        "a.jsonl: record 3 (line 3)",
    ]


def test_a_broken_line_of_json_lines_is_named(found: Found) -> None:
    """The others are read."""
    everything = found('{"title": "One study"}\n{"title": \n{"title": "Two studies"}\n', "a.jsonl")
    assert [p.where for p in kinds(everything, Problem)] == ["a.jsonl: record 2 (line 2)"]
    assert [e.title for e in kinds(everything, Entry)] == ["One study", "Two studies"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("doi:10.1000", "a DOI is written"), ("10.1000/a b", "a DOI is written"), ("31960407", "PMID:31960407"),
        ("PMID:x1", "up to eight digits"), ("PMC12ab", "PMC1234567"), ("arXiv:21.1", "arXiv:2101.00001"),
        ("2101.1", "arXiv:2101.00001"), ("NCT123", "NCT01234567"), ("http:/a.example/x", "https://host/path"),
        ("www.nature.com/articles/x", "https://www.nature.com/articles/x"), ("notes.ris", ""), ("in/10.ris", ""),
    ],
)  # fmt: skip
def test_what_is_nearly_an_identifier_is_told_how_it_is_written(written: str, said: str) -> None:
    """Neither a file nor a name: the form of what it looks like."""
    assert identifier(written) is None
    assert said in meant(written)
    assert bool(said) == bool(meant(written))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("10.1111/bjd.18880", "doi:10.1111/bjd.18880"),
        ("https://doi.org/10.1111/BJD.18880.", "doi:10.1111/bjd.18880"),
        ("PMID 31960407", "pmid:31960407"),
        ("pmcid:PMC7497072", "pmcid:PMC7497072"),
        ("2101.00001v2", "arxiv:2101.00001"),
        ("nct01234567", "nct:NCT01234567"),
        ("https://pubmed.ncbi.nlm.nih.gov/31960407/", "pmid:31960407"),
        ("notes.txt", None),
        ("2024", None),
    ],
)
def test_what_is_an_identifier(text: str, name: str | None) -> None:
    """On the command line, in every spelling; a word or a number is none."""
    found = identifier(text)
    assert (str(found) if found else None) == name


# --------------------------------------------------------------------------- harm

HARM = {
    "entities": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><records><record>'
    "<titles><title>&e; Skin</title></titles></record></records></xml>",
    "laughs": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><records>'
    "<record><titles><title>Skin &b;</title></titles></record></records></xml>",
}


@pytest.mark.parametrize("name", HARM)
def test_entities_are_neither_expanded_nor_fetched(name: str, found: Found) -> None:
    """It is said once; the record is read."""
    everything = found(HARM[name], "a.xml")
    assert len(kinds(everything, Problem)) == 1
    (entry,) = kinds(everything, Entry)
    assert "root:" not in entry.title
    assert "lollol" not in entry.title


@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, b"\x00\x01\x02\x03" * 400])
def test_what_is_no_text_is_refused(body: bytes) -> None:
    """No kind, and words for it."""
    document = Document(name="thing", body=body)
    assert detect(document) == ""
    with pytest.raises(Unreadable, match="neither text"):
        list(read(document))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str, found: Found) -> None:
    """A mark, UTF-16 with or without it, and windows-1252."""
    text = "TY  - JOUR\nTI  - Étude über die Haut\nPY  - 2020\nER  - \n"
    (entry,) = kinds(found(text.encode(encoding), "a.ris"), Entry)
    assert entry.title == "Étude über die Haut"
