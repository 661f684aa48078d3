"""Files in the seed schema, in both generations, and YAML without guesses (W-15, W-16)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors import parse_here
from dermai_feed.collectors.plainyaml import MAX_DEPTH, MAX_REPEATED, Block, PlainYamlError, read
from dermai_feed.model import Entry, Identifier, Image, Parsed

FILES = Path(__file__).resolve().parent.parent / "data" / "feeds" / "folder"


def parse(text: str, name: str = "a.md") -> Parsed:
    return parse_here("folder", text.encode(), "text/plain", name, "seeds")


def entry(fields: str) -> Entry:
    """The entry of a file with these fields beside an address."""
    parsed = parse(f"---\nwebUrl: https://x.example/a\n{fields}\n---\n")
    assert parsed.problems == ()
    return parsed.entries[0]


SEED = """---
category: news
title: "An AI model counts naevi"
excerpt: "It \\"counts\\" them;\\nall of them"
publishedDateTime: 2022-10-07T15:43:00Z
originalUrl: "https://proxy.example/?u=naevi"
webUrl: "https://news.example/naevi"
ampWebUrl: "https://news.example/naevi.amp"
type: article
quality: 57
heat: -1
published: false

provider:
  name: EurekAlert!
  domain: news.example

topics:
  - AI in Healthcare
  - AI

images:
  - url: "https://img.example/1.jpg"
    width: 800
    height: 565
    isCached: true

secured: "AAAA;BBBB"
---

"""


def test_a_seed_says_what_its_fields_say() -> None:
    """Every field of the schema arrives as it is written, and the front matter with it."""
    (got,) = parse(SEED, "000.txt").entries
    assert got.title == "An AI model counts naevi"
    assert got.summary == 'It "counts" them;\nall of them'
    assert got.published == "2022-10-07T15:43:00Z"
    assert got.guid == got.link == "https://news.example/naevi"
    assert got.links == ("https://proxy.example/?u=naevi",)
    assert got.amp_link == "https://news.example/naevi.amp"
    assert got.type == "article"
    assert (got.provider_name, got.provider_domain) == ("EurekAlert!", "news.example")
    assert got.tags == ("AI in Healthcare", "AI")
    assert got.images == (Image(url="https://img.example/1.jpg", width=800, height=565, cached=True),)
    assert got.listed_by is None
    assert got.where == "000.txt:1"
    assert got.front_matter == SEED[4:-5]


def test_a_renamed_file_is_the_same_entry() -> None:
    """The guid comes from the address and not from the file's name."""
    assert parse(SEED, "a.md").entries[0].guid == parse(SEED, "b.txt").entries[0].guid


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_front_matter_keeps_its_line_ends(ending: str) -> None:
    """What stands between the fences is kept to the byte; a byte order mark is not part of it."""
    text = "\ufeff" + SEED.replace("\n", ending)
    (got,) = parse(text).entries
    assert got.front_matter == SEED[4:-5].replace("\n", ending)
    assert got.title == "An AI model counts naevi"


def test_the_older_generation_of_the_schema_is_read() -> None:
    """sourceUrl, ampUrl and unquoted addresses; the provider's pictures are not the item's."""
    parsed = parse((FILES / "old-generation.md").read_text(), "old.md")
    first, related = parsed.entries
    assert first.link == "https://daily.example/psoriasis-app?utm_source=x"
    assert first.amp_link == "https://daily.example/amp/psoriasis-app"
    assert first.images == (
        Image(url="https://daily.example/p.jpg", width=600, height=400, title="Phone app grades psoriasis"),
    )
    assert (first.provider_name, first.tags) == ("no", ("AI", "010"))
    assert related.title == "Plaques, counted"
    assert related.guid == related.link == "https://other.example/plaques"
    assert related.listed_by == first.guid
    assert related.where == "old.md:32"
    assert related.images == (Image(url="https://other.example/i.jpg", width=10, height=20, cached=True),)
    assert related.front_matter is None


def test_related_entries_without_an_address_are_named_and_itself_is_left_out() -> None:
    """A file that lists itself says nothing new; an entry without webUrl is a problem with its line."""
    parsed = parse((FILES / "old-generation.md").read_text(), "old.md")
    assert len(parsed.entries) == 2
    (problem,) = parsed.problems
    assert problem.where == "old.md:46"
    assert "webUrl" in problem.what


def test_a_video_has_no_web_url() -> None:
    """Videos have originalUrl and featuredContent; the embedded address names the video."""
    (got,) = parse((FILES / "video.md").read_text()).entries
    assert got.type == "video"
    assert got.link == "https://www.youtube.com/watch?v=abcdefghijk"
    assert got.identifiers == (Identifier(scheme="youtube", value="abcdefghijk"),)
    assert got.links == ("https://www.youtube.com/embed/abcdefghijk",)


SCALARS = [
    "2020-03-31",
    "2020-03-31T04:04:00Z",
    "12:30",
    "190:20:30",
    "010",
    "0x1F",
    "1e3",
    ".5",
    "=",
    "no",
    "Yes",
    "on",
    "~",
    "null",
    "true",
    "1_000",
    "+1",
    "NaN",
    ".inf",
    "-.inf",
    "0o7",
    "0b1",
    "2020-02-30",
    "1.0",
    "-0",
    "<<",
    "y",
    "Off",
]


@pytest.mark.parametrize("scalar", SCALARS)
def test_w15_scalars_are_the_text_that_was_written(scalar: str) -> None:
    """No date, number, boolean or null is guessed, in a title or in a date."""
    got = entry(f"title: {scalar}\npublishedDateTime: {scalar}\ntopics:\n  - {scalar}")
    assert (got.title, got.published, got.tags) == (scalar, scalar, (scalar,))


@pytest.mark.parametrize(
    "fields", ["title: [a]", "title: {a: b}", "images: none", "images: [x]", "provider: x", "topics: AI"]
)
def test_fields_of_the_wrong_shape_are_missing(fields: str) -> None:
    """A list for a title or a word for the images costs that field and not the file."""
    got = entry(fields)
    assert got.link == "https://x.example/a"
    assert (got.title, got.images, got.tags, got.provider_name) == ("", (), (), "")


def test_w16_depth_is_bounded() -> None:
    """Fifty levels are read, fifty-one are not."""
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH) != ""
    with pytest.raises(PlainYamlError, match="deeper") as caught:
        read("a:\n  " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert caught.value.line == 2


def test_w16_aliases_are_counted_by_what_they_repeat() -> None:
    """A thousand repeated nodes are fine, one more is not; anchors are resolved."""
    assert read("- &a x\n- *a") == ["x", "x"]
    assert isinstance(read("- &a x\n" + "- *a\n" * MAX_REPEATED), list)
    with pytest.raises(PlainYamlError, match="aliases"):
        read("- &a x\n" + "- *a\n" * (MAX_REPEATED + 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n---\nb: 2", "more than one"),
        ("a: !!str 1", "tag"),
        ("a: [", "expected node"),
        ("&a [*a]", "stands for nothing"),
        ("b: 1\na: \x00", "U[+]0000"),
    ],
)
def test_w16_what_is_not_plain_yaml_is_refused(text: str, words: str) -> None:
    """Two documents, tags, circles and broken syntax are errors with words."""
    with pytest.raises(PlainYamlError, match=words):
        read(text)


def test_an_empty_document_is_an_empty_text() -> None:
    """Nothing at all is the empty scalar."""
    assert read("") == ""
    assert read("# only a comment\n") == ""


PLAIN = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=150)
@given(PLAIN)
def test_w15_texts_written_by_pyyaml_come_back(value: object) -> None:
    """Whatever texts, lists and mappings PyYAML writes are read as they were."""

    def as_python(node: object) -> object:
        if isinstance(node, Block):
            return {key: as_python(inside) for key, inside in node.values.items()}
        return [as_python(inside) for inside in node] if isinstance(node, list) else node

    assert as_python(read(yaml.safe_dump(value, allow_unicode=True))) == value
