"""Changing fields in place: only the lines of the changed keys move."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.publish.frontmatter import Changes, PageError, Value, read, splice
from dermai_feed.publish.frontmatter.splicing import applied

SAMPLE = (Path(__file__).parent.parent / "data" / "publish" / "imported.md").read_text("utf-8")


def difference(before: str, after: str) -> list[str]:
    """The changed lines, as a diff shows them."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=0)
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


def spliced(text: str, changes: Changes) -> list[str]:
    return difference(text, splice(read(text), changes))


def test_w03_nothing_to_change_changes_nothing() -> None:
    """No changes, or changes to what stands there already, give the same bytes."""
    page = read(SAMPLE)
    assert splice(page, {}) == SAMPLE
    assert (
        splice(page, {("quality",): 44, ("provider", "name"): "Skin Daily!", ("excerpt",): page.fields["excerpt"]})
        == SAMPLE
    )


def test_w03_the_seeds_change_only_where_they_are_changed(root: Path) -> None:
    """Title, one more image and heat of each seed: the lines of these keys differ, `secured` does not."""
    seeds = [path.read_bytes().decode() for path in sorted((root / "seeds").iterdir())]
    for text in (seed for seed in seeds if seed.startswith("---\n")):
        images = read(text).fields["images"]
        assert isinstance(images, tuple)
        changes: Changes = {
            ("title",): "New", ("heat",): 1_000, ("images",): (*images, {"url": "https://a.example/1.png", "width": 9}),
        }  # fmt: skip
        changed = spliced(text, changes)
        starts = ["-title:", "+title:", "-heat:", "+heat:", "+  - url:", "+    width:"]
        assert len(changed) == len(starts)
        assert all(line.startswith(start) for line, start in zip(changed, starts, strict=True))


@pytest.mark.shared
def test_w03_every_real_file_takes_a_change(shared: Path) -> None:
    """In each stored file a flipped `published` and our block change two places and nothing else."""
    for path in sorted((shared / "data" / "schema_files").iterdir()):
        text = path.read_bytes().decode()
        page = read(text)
        assert splice(page, {}) == text
        after = splice(page, {("published",): not page.published, ("dermai", "id"): "s1"})
        changed = difference(text, after)
        assert [line for line in changed if not line.startswith(("-published", "+published"))] in (
            ["+dermai:\n", "+  id: s1\n", "+\n"], ["+\n", "+dermai:\n", "+  id: s1\n"],
        )  # fmt: skip
        assert splice(read(after), {("published",): page.fields.get("published"), ("dermai", "id"): None}) == text


FEATURES = {
    "unknown key": ("quality: 44\n", "quality: 44\nreviewer: Dr. No\n"),
    "comment line": ("quality: 44\n", "# checked by hand\nquality: 44\n"),
    "comment after a value": ("type: article\n", "type: article   # really\n"),
    "comment in a list": ("  - AI in Healthcare\n", "  # main topic first\n  - AI in Healthcare\n"),
    "key order": ("type: article\nquality: 44\n", "quality: 44\ntype: article\n"),
    "single quotes": ('title: "Phone', "title: 'Phone"),
    "plain title": ('title: "Phone camera', "title: Phone camera"),
    "two blank lines": ("\nprovider:", "\n\n\nprovider:"),
    "no blank line": ("\n\nprovider:", "\nprovider:"),
    "flow list": ("topics:\n  - AI in Healthcare\n  - AI\n", "topics: [AI in Healthcare, AI]\n"),
    "unindented list": ("topics:\n  - AI in Healthcare\n  - AI\n", "topics:\n- AI in Healthcare\n- AI\n"),
    "literal block": ("type: article\n", "note: |\n  one\n\n  two\ntype: article\n"),
    "folded block": ("type: article\n", "note: >-\n  one\n  two\n\ntype: article\n"),
    "value over lines": ("type: article\n", 'note: "one\n  two"\ntype: article\n'),
    "anchor": ("type: article\n", "type: &t article\nkind: *t\n"),
    "body": ("---\n\n", "---\n\n   indented body\n\n\n"),
    "no last line end": ('=="\n---\n\n', '=="\n---'),
    "spaces after the fence": ("---\ncategory", "---  \ncategory"),
}


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("bom", [False, True])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_w05_what_an_editor_did_is_kept(feature: str, newline: str, bom: bool) -> None:
    """Comments, order, quoting, blank lines, body, BOM and CRLF stay when the machine changes `quality`."""
    old, new = FEATURES[feature]
    text = SAMPLE.replace(old, new, 1)
    if feature == "single quotes":
        text = text.replace('melanoma"', "melanoma'", 1)
    if feature == "plain title":
        text = text.replace('melanoma"', "melanoma", 1)
    assert text != SAMPLE
    text = ("\ufeff" if bom else "") + text.replace("\n", newline)
    after = splice(read(text), {("quality",): 71})
    assert after == text.replace("quality: 44", "quality: 71", 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_new_lines_end_like_the_others(newline: str) -> None:
    """What is added to a CRLF file ends in CRLF."""
    text = SAMPLE.replace("\n", newline)
    after = splice(read(text), {("topics",): ("AI in Healthcare", "AI", "Ethics"), ("dermai", "id"): "s1"})
    assert after == SAMPLE.replace("  - AI\n", "  - AI\n  - Ethics\n").replace(
        "secured:", "dermai:\n  id: s1\n\nsecured:"
    ).replace("\n", newline)  # fmt: skip


TOPICS = "topics:\n  - AI in Healthcare\n  - AI\n"
IMAGES = SAMPLE[SAMPLE.index("\nimages:") : SAMPLE.index("\nrelated:")]


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        pytest.param({("type",): 'a "b"\nc'}, "article\n", '"a \\"b\\"\\nc"\n', id="text"),
        pytest.param({("provider", "name"): "A: b"}, "Skin Daily!", '"A: b"', id="inside a mapping"),
        pytest.param({("quality",): None}, "quality: 44\n", "", id="remove a line"),
        pytest.param({("provider", "name"): None}, "  name: Skin Daily!\n", "", id="remove inside a mapping"),
        pytest.param({("images",): None}, IMAGES, "", id="remove a block and its blank line"),
        pytest.param({("topics",): ("AI",)}, "  - AI in Healthcare\n", "", id="remove an element"),
        pytest.param(
            {("topics",): ("AI", "AI in Healthcare")}, TOPICS[8:], "  - AI\n  - AI in Healthcare\n", id="reorder"
        ),
        pytest.param({("featuredContent",): "<i>"}, "false\n", 'false\n\nfeaturedContent: "<i>"\n', id="new block"),
        pytest.param({("topics",): ()}, TOPICS, "topics: []\n", id="empty list"),
        pytest.param({("type",): ("a", "b")}, "type: article\n", "type:\n  - a\n  - b\n", id="list for a text"),
        pytest.param({("topics",): "AI"}, TOPICS, "topics: AI\n", id="text for a list"),
    ],
)
def test_w03_only_the_lines_of_the_key_change(changes: Changes, old: str, new: str) -> None:
    """Each kind of change touches the lines of its own key and no other byte."""
    assert splice(read(SAMPLE), changes) == SAMPLE.replace(old, new, 1)


def test_an_element_that_stays_keeps_its_own_text() -> None:
    """Comments, quotes and unknown keys inside a list survive a change of its neighbours."""
    text = SAMPLE.replace('  - title: "Neural', "  # the release\n  - title: 'Neural").replace(
        'moles"\n    ex', "moles'   # sic\n    ex"
    )
    related = read(text).fields["related"]
    assert isinstance(related, tuple)
    more: Value = {"title": "New", "quality": 70}
    assert spliced(text, {("related",): (more, related[0])}) == [
        '+  - title: "New"\n', "+    quality: 70\n",
        *(f"-{line}\n" for line in text[text.index('  - title: "Stock') : text.index("\nsecured")].splitlines()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("---\ndermai: {id: s1, kind: paper}\n---\n", id="flow mapping"),
        pytest.param("---\ndermai:\n  id: s1\n  kind: paper\n---\n", id="block mapping"),
    ],
)
def test_a_nested_key_can_be_changed_added_and_removed(text: str) -> None:
    """A block in braces is written out line by line when it must grow."""
    after = splice(read(text), {("dermai", "kind"): None, ("dermai", "verdict"): "accept", ("dermai", "id"): "s2"})
    assert after == "---\ndermai:\n  id: s2\n  verdict: accept\n---\n"


def test_a_mapping_that_loses_its_last_key_goes() -> None:
    """No empty `provider:` is left behind."""
    text = "---\ntitle: x\n\nprovider:\n  name: a\n---\n"
    assert splice(read(text), {("provider", "name"): None}) == "---\ntitle: x\n---\n"


def test_a_new_key_goes_where_the_seeds_have_it() -> None:
    """After the last key that stands before it in the schema; at the top when there is none."""
    text = "---\nexcerpt: x\n\nprovider:\n  name: a\n---\n"
    after = splice(
        read(text), {("title",): "T", ("quality",): 3, ("topics",): ("AI",), ("provider", "domain"): "a.example"}
    )
    assert after == (
        '---\ntitle: "T"\nexcerpt: x\nquality: 3\n\nprovider:\n  name: a\n  domain: a.example\n\ntopics:\n  - AI\n---\n'
    )


def test_a_block_that_comes_first_has_no_blank_line_above() -> None:
    """The blank line separates; after the fence there is nothing to separate."""
    assert splice(read("---\nodd: 1\n---\n"), {("provider", "name"): "a"}) == "---\nprovider:\n  name: a\nodd: 1\n---\n"


def test_an_empty_value_is_filled() -> None:
    """`quality:` with nothing after it takes a value, with or without a comment behind."""
    assert splice(read("---\nquality:\ntitle: x\n---\n"), {("quality",): 5}) == "---\nquality: 5\ntitle: x\n---\n"
    assert splice(read("---\ntitle: ''\n---\n"), {("title",): "a"}) == "---\ntitle: 'a'\n---\n"


def test_a_list_of_lists_keeps_what_stays() -> None:
    """Of nested dashes the inner list that stays keeps its lines."""
    after = splice(read("---\nodd:\n  - - a\n    - b\n  - - c\n---\n"), {("odd",): (("a", "b"), ("d",))})
    assert after == "---\nodd:\n  - - a\n    - b\n  - [d]\n---\n"


COMMENTED = """---
# all of it
title: "x"   # mine
type: article # really
provider:
  name: a # who
  # where
  domain: a.example

topics:
  # main
  - AI
  - ML # two

images: # one
  - url: "https://a.example/#1.png"   # checked
    # size
    width: 10

dermai:
  scores:
    quality: # ours
      total: 44 # good
# the end
---
"""


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({("type",): None}, "# really", id="removed key"),
        pytest.param({("provider", "name"): None}, "  # who", id="removed nested key"),
        pytest.param({("provider", "name"): None, ("provider", "domain"): None}, "# where", id="removed mapping"),
        pytest.param({("topics",): ("ML",)}, "  # main", id="removed element"),
        pytest.param({("topics",): ("AI",)}, "  # two", id="last element"),
        pytest.param({("topics",): None}, "  # main", id="removed list"),
        pytest.param({("topics",): ()}, "# two", id="emptied list"),
        pytest.param({("images",): ({"url": "https://a.example/2.png"},)}, "  # checked", id="replaced element"),
        pytest.param({("dermai", "scores"): {"quality": {"total": 45}}}, "# good", id="replaced mapping"),
        pytest.param({("title",): ("a", "b")}, "  - b   # mine", id="a list for a text"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_w05_no_change_takes_a_comment_away(changes: Changes, line: str, newline: str) -> None:
    """Every comment is there once after any change; what lost its value stands where that was, or ends its list."""
    page = read(COMMENTED.replace("\n", newline))
    after = splice(page, changes)
    assert line.strip() in [one.strip() for one in after.split(newline)] or line in after
    said = ["all of it", "mine", "really", "who", "where", "main", "two", "one", "checked", "size", "ours", "good"]
    for comment in [f"# {one}" for one in said]:
        assert after.count(comment) == 1, comment
    assert after.endswith(newline.join(("# the end", "---", "")))
    assert splice(read(after), changes) == after


def test_w05_an_element_that_changes_keeps_the_lines_that_do_not() -> None:
    """One number of an entry of `related` changes: comments, quotes, unknown keys and order in it stay."""
    text = SAMPLE.replace('  - title: "Neural', "  # the release\n  - title: 'Neural").replace(
        'moles"\n    ex', "moles'   # sic\n    mine: 1\n    ex"
    )
    related = read(text).fields["related"]
    assert isinstance(related, tuple)
    assert isinstance(related[0], dict)
    provider = related[0]["provider"]
    assert isinstance(provider, dict)
    changed: Value = {**related[0], "quality": 71, "provider": {**provider, "name": "A: b"}}
    quality = f"    quality: {related[0]['quality']}\n"
    name = f"      name: {provider['name']}\n"
    assert spliced(text, {("related",): (changed, *related[1:])}) == [
        f"-{name}", '+      name: "A: b"\n', f"-{quality}", "+    quality: 71\n",
    ]  # fmt: skip


def test_w05_a_mapping_that_changes_keeps_the_lines_that_do_not() -> None:
    """A term that comes and one that goes in a block of scores."""
    text = "---\ndermai:\n  scores:\n    heat:\n      total: 4   # mine\n      age: 1\n      size: 3\n---\n"
    after = splice(read(text), {("dermai", "scores"): {"heat": {"total": 5, "kind": 2, "size": 3}}})
    assert after == text.replace("total: 4", "total: 5").replace("      age: 1\n", "      kind: 2\n")


def test_w05_a_changed_value_keeps_the_quotes_that_an_editor_gave_it() -> None:
    """Single, double or no quotes, and a block without its last line end; there and back gives the same bytes."""
    for style in ("'{}'", "{}", ">-\n  {}", "|-  # long\n    {}"):
        text = "---\ntitle: " + style.format("one") + "\nexcerpt: x\n---\n"
        after = splice(read(text), {("title",): "the machine's second"})
        said = "the machine''s second" if style.startswith("'") else "the machine's second"
        assert after == text.replace("one", said)
        assert splice(read(after), {("title",): "one"}) == text
        crlf = splice(read(text.replace("\n", "\r\n")), {("title",): "the machine's second"})
        assert crlf == after.replace("\n", "\r\n")
    quoted = '---\ntype: "article"\nquality: "44"\n---\n'
    assert splice(read(quoted), {("type",): "video", ("quality",): 45}) == quoted.replace("article", "video").replace(
        "44", "45"
    )


def test_a_value_that_an_editors_style_cannot_hold_is_written_as_usual() -> None:
    """A line break in single quotes, a colon in plain text."""
    assert splice(read("---\ntitle: 'x'\n---\n"), {("title",): "a\nb"}) == '---\ntitle: "a\\nb"\n---\n'
    assert splice(read("---\ntitle: x\n---\n"), {("title",): "a: b"}) == '---\ntitle: "a: b"\n---\n'


def test_w18_secured_is_stepped_over() -> None:
    """Its line is the same after every change around it."""
    line = next(line for line in SAMPLE.splitlines() if line.startswith("secured"))
    after = splice(read(SAMPLE), {("related",): None, ("images",): None, ("dermai", "id"): "s"})
    assert after.splitlines().count(line) == 1


def test_a_change_that_would_change_something_else_is_refused() -> None:
    """A value with an anchor that another key uses cannot go; the file is left to its editor."""
    text = "---\ntitle: &t x\nodd: *t\n---\n"
    with pytest.raises(PageError, match="cannot change title without touching more"):
        splice(read(text, "news/x.md"), {("title",): None})


def test_a_list_whose_blank_lines_mean_something_is_not_sorted() -> None:
    """Moving an element would take blank lines from a block that keeps them (`|+`)."""
    page = read("---\nodd:\n  - |+\n    a\n\n  - b\n---\n")
    assert page.fields["odd"] == ("a\n\n", "b")
    with pytest.raises(PageError, match="cannot change odd"):
        splice(page, {("odd",): ("b", "a\n\n")})


STYLES = st.sampled_from(['"{}"', "'{}'", "{}", "{}   # note", "|-\n        {}", ">-\n        {}"])
WORDS = st.text("abcdef XYZ", min_size=1, max_size=12).map(str.strip).filter(bool)
KEYS = ("title", "excerpt", "type", "odd", "another")


@st.composite
def edited_files(draw: st.DrawFn) -> str:
    """Files as people write them: any order, quoting, blank lines, comments, indentation."""
    keys = draw(st.permutations(KEYS))
    parts = []
    for key in keys:
        if draw(st.booleans()):
            parts.append(draw(st.sampled_from(["\n", "# note\n", "\n# note\n", ""])))
        parts.append(f"{key}: {draw(STYLES).format(draw(WORDS))}\n")
    indent = " " * draw(st.integers(0, 4))
    topics = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    parts.append("topics:\n" + "".join(f"{indent}- {draw(STYLES).format(topic)}\n" for topic in topics))
    deeper = " " * draw(st.integers(1, 4))
    parts.append(f"provider:\n{deeper}name: {draw(STYLES).format(draw(WORDS))}\n{deeper}domain: a.example\n")
    text = "---\n" + "".join(parts) + "---\n" + draw(st.sampled_from(["", "\n", "body", "\n---\nbody\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@settings(deadline=None, max_examples=200)
@given(edited_files(), st.data())
def test_w03_w05_any_change_of_any_file_says_what_it_should_and_touches_nothing_else(
    text: str, data: st.DataObject
) -> None:
    """The changed keys have their new values, all others their old ones; lines of other keys stay in order."""
    page = read(text)
    paths = st.sampled_from(
        [("title",), ("excerpt",), ("type",), ("quality",), ("images",), ("topics",), ("provider", "name")]
    )
    value = st.one_of(WORDS, st.none())
    changes: dict[tuple[str, ...], Value | None] = {}
    for path in data.draw(st.lists(paths, max_size=4, unique=True)):
        if path == ("topics",):
            changes[path] = tuple(data.draw(st.lists(WORDS, min_size=1, max_size=4, unique=True)))
        elif path == ("images",):
            changes[path] = ({"url": data.draw(WORDS)},)
        else:
            changes[path] = 7 if path == ("quality",) else data.draw(value)
    after = splice(page, changes)
    assert read(after).fields == applied(page.fields, changes)
    assert read(after).body == page.body
    touched = {path[0] for path in changes}
    for line in text.splitlines():
        if line.split(":")[0] in {"odd", "another"} - touched or line == "# note":
            assert line in after.splitlines()
    assert splice(read(after), changes) == after
