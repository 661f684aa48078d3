"""Repair (P-04 to P-06): what is done to XML before anybody reads it, and what is not."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors import repair


def feed(inside: str, before: str = "", after: str = "") -> str:
    return f'{before}<rss version="2.0"><channel>{inside}</channel></rss>{after}'


def titles(text: str) -> list[str]:
    """The titles in the repaired document."""
    root = repair.read(text).root
    assert root is not None
    return ["".join(title.itertext()) for title in root.iter("title")]


@pytest.mark.parametrize(
    "before",
    [
        "",
        " \n",
        "\ufeff",
        '<?xml version="1.0"?>\n',
        "<!-- hello -->",
        '<?xml-stylesheet href="http://x.example/"?>',
        '<!-- first --><?xml version="1.0"?>',
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//N//DTD" "http://n.example/x.dtd">',
    ],
)
def test_a_prologue_is_no_mistake(before: str) -> None:
    """White space, comments, instructions and a DOCTYPE before a document are taken off in silence."""
    repaired = repair.read(feed("<item><title>a</title></item>", before))
    assert repaired.root is not None
    assert repaired.complaint == ""


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("AT&T < R&D & more", "AT&T < R&D & more"),
        ("caf&eacute;&nbsp;&mdash; ok", "café\xa0— ok"),
        ("a &amp; b &lt; c &#233; &#xE9;", "a & b < c é é"),
        ("a&#0;b&#xD800;c&#x110000;d", "abcd"),
        ("a\x00b\x01c\x1bd\ufffee", "abcde"),
        ("x &unknown; y", "x &unknown; y"),
        ("1 <2 and <3", "1 <2 and <3"),
        ("<![CDATA[AT&T < R&D &eacute;]]> & Co", "AT&T < R&D &eacute; & Co"),
        ("?a=1&copy=2&b;", "?a=1&copy=2&b;"),
    ],
)
def test_p06_usual_mistakes_lose_nothing(inside: str, expected: str) -> None:
    """Bare ampersands, stray brackets, HTML names and forbidden characters are mended."""
    assert titles(feed(f"<item><title>{inside}</title></item>")) == [expected]


def test_p06_a_mistake_is_complained_of_with_its_line() -> None:
    """The first mistake is named, so that the publisher can be told."""
    complaint = repair.read(feed("<item>\n<title>AT&T</title></item>")).complaint
    assert "invalid token" in complaint
    assert "line 2" in complaint


@pytest.mark.parametrize(
    "text",
    [
        feed("<item><title>a</title></item>", after="<!-- cached --><script>var x=1;</script>"),
        feed("<item><title>a</title></item>", after="\n" + feed("<item><title>second</title></item>")),
        feed(
            "<item><title>a</title></item>",
            before="<br />\n<b>Warning</b>: x.php on line <b>12</b>\n<?xml version='1.0'?>",
        ),
        feed("<item><media:title/><title>a</title><foo:bar x:y='1'/></item>"),
        feed("<item><title lang=en>a</title></item>"),
    ],
    ids=["junk after", "two documents", "php warning before", "undeclared prefixes", "unquoted attribute"],
)
def test_p06_damage_around_the_entries_costs_none(text: str) -> None:
    """Junk, undeclared prefixes and unquoted attributes leave the entry readable, with a complaint."""
    assert titles(text) == ["a"]
    assert repair.read(text).complaint


@pytest.mark.parametrize(
    "cut",
    [
        "<item><title>b</ti",
        "<item><title>b</title><link>http://x.example/?a=1&amp",
        "<item><title><![CDATA[b",
        "<item><title>é…",
        "<item>",
        "<item",
        "",
        "<item><title>AT&T</title>",
    ],
)
def test_p06_a_cut_document_keeps_its_complete_entries(cut: str) -> None:
    """Of a document that breaks off the incomplete entry is dropped, and only that one."""
    text = feed("<item><title>ä</title></item>\n<item><title>a</title></item>" + cut).removesuffix("</channel></rss>")
    assert titles(text) == ["ä", "a"]
    assert repair.read(text).complaint


def test_p06_a_cut_document_without_a_complete_entry_is_an_empty_feed() -> None:
    """Cut in its first entry, a document keeps its head."""
    assert titles("<rss><channel><title>head</title><item><title>b") == ["head"]


def test_p06_damage_in_the_middle_is_left_to_the_tolerant_parser() -> None:
    """Closing a document at a mistake would lose what follows it, so that is not done."""
    text = feed("<item><title>a</b></title></item><item><title>b</title></item>")
    repaired = repair.read(text)
    assert repaired.root is None
    assert "<title>b</title>" in repaired.text


def test_p05_short_entities_of_the_document_are_replaced_by_their_text() -> None:
    """An abbreviation declared in the DOCTYPE keeps its meaning."""
    doctype = "<!DOCTYPE rss [<!ENTITY derm \"Dermatology &lt;3\">\n<!ENTITY js 'J.'>]>"
    assert titles(feed("<item><title>&js; &derm; &eacute;</title></item>", doctype.replace("&lt;", ""))) == [
        "J. Dermatology 3 é"
    ]


@pytest.mark.parametrize(
    ("doctype", "reference"),
    [
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        ('<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>', "&p;"),
        ('<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">', "&x;"),
        ('<!DOCTYPE rss [<!ENTITY a "' + "a" * 10_000 + '">]>', "&a;" * 100),
        (
            '<!DOCTYPE rss [<!ENTITY a0 "lol">'
            + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
            + "]>",
            "&a9;",
        ),
    ],
    ids=["file", "parameter", "external", "quadratic", "laughs"],
)
def test_p04_p05_other_entities_stay_the_words_they_are(doctype: str, reference: str) -> None:
    """Entities that name files or addresses, are long or build on others are never expanded."""
    assert titles(feed(f"<item><title>{reference}</title></item>", doctype)) == [reference]


def test_p04_no_doctype_is_left_for_the_parser() -> None:
    """A second DOCTYPE goes as the first one does, with what it declares."""
    doctypes = '<!DOCTYPE rss [<!ENTITY a "one">]><!-- x --><!DOCTYPE rss [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    repaired = repair.read(feed("<item><title>&a; &b;</title></item>", doctypes))
    assert "DOCTYPE" not in repaired.text
    assert titles(feed("<item><title>&a; &b;</title></item>", doctypes)) == ["one &b;"]


def test_p05_a_doctype_without_end_leaves_nothing() -> None:
    """A document that is all DOCTYPE is no document."""
    assert repair.read('<!DOCTYPE rss [<!ENTITY a "b"').root is None


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<!--", "&", "&#", '<a href="', "</", "<![CDATA[", "<?", "='", "<item>", " \n", "x:y=", "<!ENTITY "],
)
def test_p02_repair_is_linear(piece: str) -> None:
    """Half a megabyte of any unclosed piece takes well under two seconds."""
    started = process_time()
    repair.read("<rss><channel><item><title>" + piece * (500_000 // len(piece)))
    assert process_time() - started < 2.0


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="<>&;!-[]?/=\"'a:x \n#é", max_size=60))
def test_p06_whatever_is_read_is_complained_of_unless_it_was_well_formed(inside: str) -> None:
    """Only what a strict parser takes as it is passes without a complaint."""
    text = feed(f"<item><title>{inside}</title></item>")
    repaired = repair.read(text)
    try:
        ET.fromstring(text)
    except ET.ParseError:
        assert repaired.complaint
    else:
        assert repaired.root is not None
        assert repaired.complaint == ""
