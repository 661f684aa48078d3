"""Encodings (P-09): which of the many claims about a document's bytes is believed."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors.encoding import decode

FEED = '<?xml version="1.0" encoding="{}"?><rss><channel><title>café</title></channel></rss>'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (FEED.format("utf-8").encode(), ""),
        (FEED.format("utf-8").encode(), "text/xml; charset=iso-8859-1"),
        (FEED.format("iso-8859-1").encode(), ""),
        (FEED.format("utf-16").encode(), ""),
        (FEED.format("us-ascii").encode(), "text/xml"),
        (FEED.format("iso-8859-1").encode("latin-1"), ""),
        (FEED.format("utf-8").replace(' encoding="utf-8"', "").encode("cp1252"), 'text/xml; charset="ISO-8859-1"'),
        (FEED.format("gb2312").encode("gb18030"), ""),
        (FEED.format("utf-16").encode("utf-16"), ""),
        (FEED.format("utf-16").encode("utf-16-le"), ""),
        (FEED.format("utf-16").encode("utf-16-be"), ""),
        (FEED.format("utf-32").encode("utf-32"), ""),
        (FEED.format("utf-32").encode("utf-32-le"), ""),
        (FEED.format("utf-32").encode("utf-32-be"), ""),
        (codecs.BOM_UTF8 + FEED.format("utf-8").encode(), "text/xml; charset=iso-8859-1"),
        (codecs.BOM_UTF8 * 2 + FEED.format("utf-8").encode(), ""),
        (b'{"title": "caf\xc3\xa9"}', "application/json"),
        ('{"title": "café"}'.encode("utf-16-be"), "application/json"),
    ],
    ids=[
        "says so",
        "http disagrees",
        "document disagrees",
        "utf-16 said, utf-8 meant",
        "us-ascii said",
        "latin-1",
        "by http alone",
        "gb2312",
        "utf-16 mark",
        "utf-16-le bare",
        "utf-16-be bare",
        "utf-32 mark",
        "utf-32-le bare",
        "utf-32-be bare",
        "utf-8 mark",
        "two marks",
        "json",
        "json utf-16",
    ],
)
def test_p09_text_is_found_without_complaint(body: bytes, content_type: str) -> None:
    """A document in any of these dresses says café, and nobody needs to be told."""
    text, complaint = decode(body, content_type)
    assert "café" in text
    assert not text.startswith("\ufeff")
    assert complaint == ""


def test_p09_declared_utf8_that_is_latin1_is_read_and_reported() -> None:
    """Latin-1 bytes under a UTF-8 label are read as windows-1252, with a complaint."""
    text, complaint = decode("<a>café déjà</a>".encode("latin-1"), "text/xml; charset=utf-8")
    assert text == "<a>café déjà</a>"
    assert "windows-1252" in complaint


def test_p09_latin1_means_windows_1252() -> None:
    """The label ISO-8859-1 covers typographic quotes, as in every browser."""
    assert decode(b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\x93caf\xe9\x94</a>').text.endswith("“café”</a>")


def test_p09_bytes_undefined_in_windows_1252_do_not_stop_it() -> None:
    """0x81 is no character of windows-1252; the document is read all the same."""
    assert decode(b'<?xml version="1.0" encoding="iso-8859-1"?><a>\x81caf\xe9</a>').text.endswith("café</a>")


def test_p09_damaged_utf8_keeps_its_good_characters() -> None:
    """One broken byte in UTF-8 costs one character, not every accent of the document."""
    text, complaint = decode("<a>café déjà vu</a>".encode() + b"\xff")
    assert text == "<a>café déjà vu</a>\ufffd"
    assert "1 unreadable" in complaint


def test_p09_damaged_utf16_is_read_with_a_complaint() -> None:
    """Half a character at the end of UTF-16 becomes U+FFFD."""
    text, complaint = decode(codecs.BOM_UTF16_LE + "<a>é</a>".encode("utf-16-le") + b"\x41")
    assert text.startswith("<a>é</a>")
    assert "utf-16-le" in complaint


@pytest.mark.parametrize("label", ["klingon", "utf8mb4"])
def test_p09_unknown_label_is_flagged(label: str) -> None:
    """An encoding nobody knows is named, and the valid UTF-8 is read."""
    text, complaint = decode(FEED.format(label).encode(), f"text/xml; charset={label}")
    assert "café" in text
    assert label in complaint


@pytest.mark.parametrize("label", ["utf-7", "rot13", "base64", "unicode_escape"])
def test_p09_codecs_that_make_markup_of_text_are_never_believed(label: str) -> None:
    """UTF-7 and Python's transforming codecs cannot smuggle markup in."""
    text, _ = decode(b"+ADw-script+AD4-", f"text/xml; charset={label}")
    assert text == "+ADw-script+AD4-"
    latin, _ = decode(b"+ADw-script+AD4-\xe9", f"text/xml; charset={label}")
    assert latin == "+ADw-script+AD4-é"


def test_p09_shifting_encodings_are_believed_when_they_shift() -> None:
    """ISO-2022-JP is all ASCII bytes, and still Japanese when it says so and uses escapes."""
    body = '<?xml version="1.0" encoding="iso-2022-jp"?><a>皮膚</a>'.encode("iso-2022-jp")
    assert "皮膚" in decode(body).text
    assert decode(b"<?xml version='1.0' encoding='iso-2022-jp'?><a>skin</a>").text.endswith("<a>skin</a>")
    broken = b'<?xml version="1.0" encoding="iso-2022-jp"?><a>\x1b$B\x0b</a>'
    assert decode(broken).text  # invalid Japanese is still some text


def test_p09_surrogates_are_joined_or_replaced() -> None:
    """CESU-8 pairs become the character they mean, lone surrogates U+FFFD."""
    pair = "\ud83e\uddec".encode("utf-8", "surrogatepass")
    assert decode(b"<a>" + pair + b"\xed\xa0\x80</a>").text == "<a>\U0001f9ec\ufffd</a>"


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.sampled_from(["", "text/xml; charset=iso-8859-1", "text/xml; charset=utf-16", "x"]))
def test_p09_any_bytes_become_text_that_json_can_carry(body: bytes, content_type: str) -> None:
    """Decoding is total, and its text can always be written as UTF-8."""
    assert decode(body, content_type).text.encode().decode() is not None


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=50))
def test_p09_utf8_comes_back_unchanged(text: str) -> None:
    """Whatever is said in UTF-8 behind a letter is read word for word."""
    assert decode(("<a>x" + text).encode()) == ("<a>x" + text, "")
