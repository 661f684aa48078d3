"""Writing a new story file: the seeds' layout, and YAML that reads the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dermai_feed.publish.frontmatter import Value, emit, read
from dermai_feed.publish.frontmatter.emitting import stays_text

SAMPLE = (Path(__file__).parent.parent / "data" / "publish" / "imported.md").read_text("utf-8")

TEXTS = [
    "no", "Yes", "y", "N", "on", "true", "null", "~", "2020-03-31", "12:30", "190:20:30", "010", "0x1F", "0o17", "1e3",
    "12e03", ".5", "-1", "+1", "1_000", "=", "<<", "- a", "a: b", "a #b", "a:", "#a", "&a", "*a", "!a", "%a", "@a",
    "`a",
    "[a", "{a", "|", ">", "'a'", '"a"', "\\", "a\\nb", " a", "a ", "", "...", "---", "--- a", "+++", "{{ x }}",
    "{% x %}", "[[x]]", "](x)", "a\nb", "a\r\nb", "a\tb", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\u2029b",
    "\ufeffa", "a\u202eb", "a\u2066b", "a\u200fb", "a\u00a0b", "\u00a0", "é", "漢字", "🩺", "👩‍⚕️", "ß²", "٣", "Ⅻ",
    "EurekAlert!", "Journalist's Resource", "AT&T", "9to5Mac", "x" * 5_000, "word " * 400, "a\ufffeb", "0.1.2", "1.",
    "Inf", ".inf", "NaN", "1:2", "0b1", "2001-12-14t21:59:43.10-05:00", "key: |", "?", "? a", "a, b", "a]", "-", "--",
]  # fmt: skip


def with_text(text: str) -> dict[str, Value]:
    return {
        "category": "news", "title": text, "excerpt": text,
        "provider": {"name": text, "domain": text}, "topics": (text, "AI"),
        "dermai": {"because": text, "authors": (text,), "written": {"title": text, "topics": (text,)}},
    }  # fmt: skip


def test_a_file_in_the_seed_layout_is_written_back_byte_for_byte() -> None:
    """Order, quoting, blank lines, nesting and the end of the file are the seeds' (SCHEMA §1, §7)."""
    assert emit(read(SAMPLE).fields) == SAMPLE


def test_the_seeds_of_this_repository_are_written_back_byte_for_byte(root: Path) -> None:
    """Every seed with front matter survives read and emit, mojibake and `secured` included."""
    texts = [path.read_bytes().decode() for path in sorted((root / "seeds").iterdir())]
    seeds = [text for text in texts if text.startswith("---\n")]
    assert len(seeds) == 4
    assert [emit(read(text).fields) for text in seeds] == seeds


@pytest.mark.shared
def test_real_files_are_written_back_byte_for_byte(shared: Path) -> None:
    """All stored files of the publisher survive read and emit."""
    files = sorted((shared / "data" / "schema_files").iterdir())
    assert len(files) > 200
    wrong = [path.name for path in files if emit(read(path.read_bytes()).fields).encode() != path.read_bytes()]
    assert wrong == []


def test_keys_are_put_in_the_schemas_order() -> None:
    """Whatever the order of the fields; our block stands before `secured`, unknown keys before both."""
    fields: dict[str, Value] = {
        "secured": "a;b", "dermai": {"written": {}, "kind": "paper", "id": "s1"}, "odd": "x", "topics": ("AI",),
        "title": "T", "category": "news",
    }  # fmt: skip
    assert emit(fields) == (
        '---\ncategory: news\ntitle: "T"\n\ntopics:\n  - AI\nodd: x\n\n'
        'dermai:\n  id: s1\n  kind: paper\n  written: {}\n\nsecured: "a;b"\n---\n\n'
    )


def test_our_block_is_last_where_there_is_no_secured() -> None:
    """A file of our own ends with `dermai:` and the fence, a blank line after it, no body."""
    text = emit({"title": "T", "dermai": {"id": "s1"}})
    assert text == '---\ntitle: "T"\n\ndermai:\n  id: s1\n---\n\n'


def test_lists_and_mappings_nest_as_the_seeds_nest_them() -> None:
    """Two spaces for each level, a dash before the first key of an entry."""
    fields: dict[str, Value] = {
        "related": (
            {"title": "R", "provider": {"name": "Org"}, "images": ({"url": "https://a.example/", "width": 1},)},
        ),
        "dermai": {
            "works": ({"id": "w1", "carriers": ({"item": "i1"}, {"item": "i2"})},),
            "aliases": (),
            "pair": (("a", "b"),),
        },
    }
    assert emit(fields).split("\n") == [
        "---",
        "related:",
        '  - title: "R"',
        "    provider:",
        "      name: Org",
        "    images:",
        '      - url: "https://a.example/"',
        "        width: 1",
        "",
        "dermai:",
        "  works:",
        "    - id: w1",
        "      carriers:",
        "        - item: i1",
        "        - item: i2",
        "  aliases: []",
        "  pair:",
        "    - [a, b]",
        "---",
        "",
        "",
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_w13_w17_any_text_is_read_back_by_us_and_by_pyyaml(text: str) -> None:
    """Text that looks like YAML, a template or a fence stays one scalar with the same value."""
    fields = with_text(text)
    written = emit(fields)
    assert read(written).fields == fields
    assert yaml.safe_load(written.split("---\n", 1)[1].rsplit("\n---\n", 1)[0]) == plain(fields)


@settings(deadline=None, max_examples=200)
@given(st.text())
@example("\x7f")
@example("1\n")
def test_w13_random_text_is_read_back(text: str) -> None:
    """No text needs more than one line, and none changes, is lost or adds a key."""
    fields = with_text(text)
    written = emit(fields)
    settled = read(emit(read(written).fields)).fields
    assert settled == read(written).fields
    assert written.count("\n") == emit(with_text("x")).count("\n")
    if not any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        assert read(written).fields == fields
        assert yaml.safe_load(written.split("---\n", 1)[1].rsplit("\n---\n", 1)[0]) == plain(fields)


def plain(value: Value) -> Any:
    """`value` with the lists that YAML readers give."""
    if isinstance(value, Mapping):
        return {key: plain(child) for key, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u202e", "\u2066"]
)
def test_w13_what_hides_or_reorders_is_written_as_an_escape(character: str) -> None:
    """Controls, line separators, byte order marks and bidi controls never stand raw in a file."""
    assert character not in emit(with_text(f"a{character}b"))


@pytest.mark.parametrize("text", ["é", "漢字", "🩺", "a\u00a0b", "’"])
def test_w13_other_unicode_stands_as_it_is(text: str) -> None:
    """The seeds write non-ASCII raw, and so do we."""
    assert f'title: "{text}"' in emit(with_text(text))


def test_half_a_character_becomes_the_replacement_character() -> None:
    """A lone surrogate fits in no UTF-8 file."""
    assert 'title: "a\ufffdb"' in emit({"title": "a\ud800b"})


@pytest.mark.parametrize(
    "name", ["YAHOO!", "EurekAlert!", "Benzinga.com", "Journalist's Resource", "AI & Society", "9to5Mac"]
)
def test_names_stay_bare_as_in_the_real_files(name: str) -> None:
    """Provider names were never quoted in 7,858 versions (SCHEMA §1)."""
    assert f"  name: {name}\n" in emit({"provider": {"name": name}})


def test_the_schema_quotes_by_key_not_by_content() -> None:
    """Titles, texts and addresses are quoted always, dates never, names only when YAML would re-type them."""
    head: dict[str, Value] = {"title": "a", "publishedDateTime": "2020-03-31T04:04:00Z", "type": "article"}
    own: dict[str, Value] = {"section": "2020-03-31", "journal": "no"}
    text = emit({**head, "webUrl": "https://a.example/", "dermai": own})
    assert 'title: "a"' in text
    assert "publishedDateTime: 2020-03-31T04:04:00Z\n" in text
    assert 'webUrl: "https://a.example/"' in text
    assert "type: article\n" in text
    assert 'section: "2020-03-31"' in text
    assert 'journal: "no"' in text


def test_a_date_that_is_none_cannot_leave_its_line() -> None:
    """Text where a date belongs is quoted like any other."""
    assert 'publishedDateTime: "a\\nb"\n' in emit({"publishedDateTime": "a\nb"})


@settings(deadline=None, max_examples=200)
@given(st.text(min_size=1, max_size=12, alphabet="0123456789eExXoO.+-_:yYnNtrueFALS~ abc"))
def test_w13_bare_text_means_itself_to_a_yaml_1_1_reader(text: str) -> None:
    """Whatever we leave unquoted is a string to PyYAML, which follows YAML 1.1."""
    if stays_text(text):
        assert yaml.safe_load(f"a: {text}") == {"a": text}
