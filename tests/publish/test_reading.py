"""Reading a story file: what is taken from it, and what is refused."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dermai_feed.publish.frontmatter import NewsHandler, PageError, read
from dermai_feed.publish.frontmatter.schema import settled

SAMPLE = (Path(__file__).parent.parent / "data" / "publish" / "imported.md").read_text("utf-8")


def page(front_matter: str) -> str:
    return f"---\n{front_matter}\n---\n\n"


def test_fields_come_as_the_schema_types_them() -> None:
    """Text stays text; quality, heat, sides and published get their types; lists are tuples."""
    fields = read(SAMPLE).fields
    assert fields["title"] == "Phone camera and neural network tell a mole from a melanoma"
    assert fields["quality"] == 44
    assert fields["heat"] == -1
    assert fields["published"] is False
    assert fields["topics"] == ("AI in Healthcare", "AI")
    assert fields["provider"] == {"name": "Skin Daily!", "domain": "skin-daily.example"}
    assert fields["images"] == (
        {"url": "https://img.skin-daily.example/mole%20app.jpg", "width": 640, "height": 360, "isCached": True},
    )


def test_a_page_knows_its_place_in_the_text() -> None:
    """Body, line end, byte order mark, date, id and addresses are read off the same text."""
    lines = (
        "\ufeff---", "webUrl: https://a.example/1", "publishedDateTime: 2021-04-08T12:51:00+02:00",
        "dermai:", "  id: s7", "---", "  body", "",
    )  # fmt: skip
    found = read("\r\n".join(lines))
    assert found.bom
    assert found.newline == "\r\n"
    assert found.body == "  body\r\n"
    assert found.at == datetime(2021, 4, 8, 10, 51, tzinfo=UTC)
    assert found.story == "s7"
    assert found.urls == ("https://a.example/1",)
    assert not read(SAMPLE).bom
    assert read(SAMPLE).newline == "\n"
    assert read(SAMPLE).story == ""


def test_a_page_without_a_date_has_none() -> None:
    """A missing date and one that is no date are None, not today."""
    assert read(page("title: x")).at is None
    assert read(page("publishedDateTime: soon")).at is None


def test_the_body_is_empty_when_the_fence_ends_the_file() -> None:
    """A file without a last line end is read like any other (W-05)."""
    assert read("---\ntitle: x\n---").body == ""


@pytest.mark.parametrize(
    ("front_matter", "line", "words"),
    [
        pytest.param("- a\n- b", 2, "keys with values", id="list"),
        pytest.param("just words", 2, "keys with values", id="scalar"),
        pytest.param("{a: b}", 2, "keys with values", id="braces"),
        pytest.param("# nothing", 2, "empty", id="empty"),
        pytest.param("title: a\nquality: 1\ntitle: b", 4, "'title' is there twice", id="duplicate key"),
        pytest.param("provider:\n  name: a\n  name: b", 4, "'name' is there twice", id="duplicate key inside"),
        pytest.param("provider:\n\tname: a", 3, "tab", id="tab"),
        pytest.param('title: "a\nquality: 1', 2, "not YAML", id="open quote"),
        pytest.param("title: a: b", 2, "not YAML", id="colon"),
        pytest.param("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other", 3, "conflict", id="merge markers"),
        pytest.param("title: !!python/object/apply:os.system ['true']", 2, "tag", id="python tag"),
        pytest.param("title: !secret x", 2, "tag", id="own tag"),
        pytest.param("title: a\x08b", 2, "U+0008", id="control character"),
        pytest.param("? [a, b]\n: c", 2, "plain text", id="complex key"),
        pytest.param("a: *nowhere", 2, "refers to", id="alias to nothing"),
        pytest.param("a: &x [*x]", 2, "refers to itself", id="alias to itself"),
        pytest.param("a: 1\n...\nb: 2", 4, "YAML", id="second document"),
        pytest.param("a: 1\n--- b", 3, "second YAML document", id="document within"),
        pytest.param("x: " + "[" * 5_000, 2, "nested deeper", id="depth"),
    ],
)  # fmt: skip
def test_w06_w16_what_cannot_be_read_is_refused_with_its_line(front_matter: str, line: int, words: str) -> None:
    """Every kind of broken front matter is a PageError that names file, line and fault."""
    with pytest.raises(PageError) as caught:
        read(page(front_matter), "news/x.md")
    assert words in caught.value.what
    assert caught.value.line == line
    assert str(caught.value).startswith(f"news/x.md:{line}")
    assert caught.value.exit_code == 6


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        pytest.param("title: x\n", 1, "first line must be ---", id="no fence"),
        pytest.param("", 1, "first line must be ---", id="empty file"),
        pytest.param("---\ntitle: x\n", 3, "not closed", id="not closed"),
        pytest.param("---\ntitle: x\n...\n", 4, "not closed", id="closed by dots"),
        pytest.param("---\ntitle: x\n---\n<<<<<<< HEAD\na\n", 4, "conflict", id="conflict in the body"),
        pytest.param(b"---\ntitle: caf\xe9\n---\n", 2, "UTF-8", id="latin-1"),
        pytest.param("---\ntitle: " + "x" * 300_000 + "\n---\n", 0, "bytes", id="300 kB"),
    ],
)
def test_w06_a_file_without_whole_front_matter_is_refused(data: str | bytes, line: int, words: str) -> None:
    """No fence, no closing fence, wrong encoding and 300 kB are refused, never read as empty (M-19)."""
    with pytest.raises(PageError, match=words) as caught:
        read(data)
    assert caught.value.line == line


def test_w16_an_alias_bomb_is_refused_at_once() -> None:
    """Nine levels of ten aliases stand for a billion values; they are counted, not made."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    begun = time.perf_counter()
    with pytest.raises(PageError, match="1,000 values"):
        read(page("\n".join(levels)))
    assert time.perf_counter() - begun < 5


def test_w16_a_few_aliases_are_read() -> None:
    """An anchor that an editor used stands for its value."""
    fields = read(page("one: &x\n  name: a\ntwo: *x")).fields
    assert fields["two"] == {"name": "a"}


def test_w16_nothing_runs(tmp_path: Path) -> None:
    """A file that asks for a command starts none."""
    trap = tmp_path / "trap"
    with pytest.raises(PageError):
        read(page(f"title: !!python/object/apply:os.system ['touch {trap}']"))
    assert not trap.exists()


@pytest.mark.parametrize(
    "text",
    ["2020-03-31", "12:30", "010", "=", "no", "1e3", "0x1F", "0o17", ".5", "1_000", "~", "null", "190:20:30", "<<",
     "true", "1.0", ".inf", "2001-12-14t21:59:43.10-05:00", "yes", "12e03", "+1", "0b1", "Off", "NaN", "-"],
)  # fmt: skip
def test_w15_a_title_is_the_text_that_was_written(text: str) -> None:
    """No title becomes a date, a number or a truth value."""
    if text != "-":
        assert read(page(f"title: {text}")).fields["title"] == text
    assert read(page(f'title: "{text}"')).fields["title"] == text


@pytest.mark.parametrize("date", ["2020-02-30", "soon", "12:30", "no", "0000-00-00", "9999-12-31T23:59:59-14:00"])
def test_w15_a_bad_date_is_a_fault_of_that_field_only(date: str) -> None:
    """The rest of the file is read; the fault names the key and the text."""
    found = read(page(f"title: x\npublishedDateTime: {date}"))
    assert found.fields["title"] == "x"
    assert [key for key, _ in found.faults] == ["publishedDateTime"]
    assert date in found.faults[0][1]
    assert found.at is None


@pytest.mark.parametrize(
    ("spelling", "published", "fault"),
    [(word, True, False) for word in ("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", '"true"', "'yes'")]
    + [
        (word, False, False)
        for word in ("false", "False", "no", "NO", "off", "OFF", "0", "null", "~", "", '""', '"no"')
    ]
    + [(word, False, True) for word in ("maybe", "1", "y", "truthy", "[true]", "{a: true}")],
)
def test_w14_published_is_true_only_for_a_clear_yes(spelling: str, published: bool, fault: bool) -> None:
    """Booleans fail closed: whatever is neither yes nor no is a fault and not published."""
    found = read(page(f"published: {spelling}"))
    assert found.published is published
    assert bool(found.faults) is fault


@pytest.mark.parametrize(
    ("front_matter", "key"),
    [
        ("quality: high", "quality"),
        ("heat: 010", "heat"),
        ("title: [a]", "title"),
        ("topics: AI", "topics"),
        ("topics:\n  - a: b", "topics"),
        ("related: none", "related"),
        ("images:\n  - https://a.example/1.png", "images"),
        ("provider: Nature", "provider"),
        ("dermai: x", "dermai"),
    ],
)
def test_n10_a_value_of_the_wrong_shape_is_a_fault(front_matter: str, key: str) -> None:
    """A list where text belongs, or text where a number belongs, is named by its key."""
    assert [name for name, _ in read(page(front_matter)).faults] == [key]


def test_a_key_with_nothing_after_it_is_no_fault() -> None:
    """An emptied list is an editor's way to say none."""
    assert read(page("topics:\nrelated:\ntitle:")).faults == ()


def test_the_handler_is_one_of_python_frontmatter() -> None:
    """The handler splits, loads and exports for whoever works with that library."""
    handler = NewsHandler()
    front_matter, body = handler.split(SAMPLE)
    assert body == "\n"
    assert handler.load(front_matter)["quality"] == 44
    assert handler.export(handler.load(front_matter)) == front_matter


def test_n11_reading_does_not_depend_on_hash_seed_or_locale() -> None:
    """The same file gives the same fields in any process."""
    code = (
        "import sys; from dermai_feed.publish.frontmatter import read, emit; "
        "sys.stdout.buffer.write(emit(read(sys.stdin.buffer.read()).fields).encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], input=SAMPLE.encode(), capture_output=True, check=True, env=env
        ).stdout
        for env in ({"PYTHONHASHSEED": "0", "TZ": "Asia/Seoul"}, {"PYTHONHASHSEED": "1", "LC_ALL": "C"})
    }
    assert outputs == {SAMPLE.encode()}


def test_a_value_that_no_file_can_hold_is_a_programming_error() -> None:
    """Only text, whole numbers, booleans, lists and mappings go into a file."""
    with pytest.raises(TypeError, match="quality holds a float"):
        settled(1.5, "quality")
