"""Decision 14: commands change the list of sources, and what people wrote around it stays."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.config import append_source, set_source
from dermai_feed.errors import ConfigError, UsageError

TEXT = """\
# our sources
version: 1

sources:
  # asked every morning
  - id: first   # do not rename
    name: "The First"
    url: 'https://first.example.net/feed'   # moved in May
    topics:
      - AI      # always
      - Acne
    # end of the first

  - {id: second, name: Second, url: "https://second.example.net/", enabled: true}

  - name: Third
    id: third
    reason: >-
      it said
      nothing
    headers: {X-Edition: "1"}
# end
"""


def test_a_value_is_replaced_and_the_rest_is_untouched():
    """Only the characters of the value differ, its comment stays."""
    assert set_source(TEXT, "first", {"url": "https://new.example.net/feed"}) == TEXT.replace(
        "'https://first.example.net/feed'", "https://new.example.net/feed"
    )


def test_pause_adds_keys_below_the_last_one():
    """Pausing adds two lines at the source's indentation, before the comment that follows it."""
    paused = set_source(TEXT, "first", {"enabled": False, "reason": "too loud: see #7"})
    added = '    enabled: false\n    reason: "too loud: see #7"\n'
    assert paused == TEXT.replace("      - Acne\n", "      - Acne\n" + added)


def test_resume_gives_back_the_bytes():
    """Taking away what a pause has added leaves the file as it was."""
    paused = set_source(TEXT, "first", {"enabled": False, "reason": "x"})
    assert set_source(paused, "first", {"enabled": None, "reason": None}) == TEXT


def test_a_source_on_one_line_is_edited_on_its_line():
    """Values in braces are replaced, added and taken away in place."""
    edited = set_source(TEXT, "second", {"enabled": False, "reason": "a, b"})
    assert 'https://second.example.net/", enabled: false, reason: "a, b"}' in edited
    assert set_source(edited, "second", {"enabled": True, "reason": None}) == TEXT
    assert set_source(TEXT, "second", {"enabled": None}) == TEXT.replace(", enabled: true", "")


def test_a_folded_text_and_a_list_are_taken_away_whole():
    """A value over several lines goes with all of them and with no comment of its neighbour."""
    folded = "    reason: >-\n      it said\n      nothing\n"
    assert set_source(TEXT, "third", {"reason": None}) == TEXT.replace(folded, "")
    listed = "    topics:\n      - AI      # always\n      - Acne\n"
    assert set_source(TEXT, "first", {"topics": None}) == TEXT.replace(listed, "")


def test_a_folded_text_is_replaced_by_one_line():
    """A new value takes the place of a folded one."""
    folded = ">-\n      it said\n      nothing\n"
    assert set_source(TEXT, "third", {"reason": "gone"}) == TEXT.replace(folded, "gone\n")


def test_absent_key_is_absent_already():
    """Taking away what is not there changes nothing."""
    assert set_source(TEXT, "first", {"reason": None}) == TEXT


def test_line_ends_and_byte_order_mark_stay():
    """A file from Windows stays one."""
    windows = "\ufeff" + TEXT.replace("\n", "\r\n")
    edited = set_source(windows, "first", {"enabled": False})
    assert edited == windows.replace("      - Acne\r\n", "      - Acne\r\n    enabled: false\r\n")


def test_file_without_a_last_line_end():
    """A last line without an end gets one before anything follows."""
    text = "sources:\n- id: a\n  url: x"
    assert set_source(text, "a", {"enabled": False}) == "sources:\n- id: a\n  url: x\n  enabled: false\n"
    assert append_source(text, {"id": "b"}) == "sources:\n- id: a\n  url: x\n\n- id: b\n"


def test_characters_beyond_ascii_do_not_shift_the_edit():
    """Positions are counted in characters, also behind emoji and Chinese."""
    text = "sources:\n  - id: a  # 😀 皮肤\n    name: 皮肤 😀\n    url: é  # ü\n"
    assert set_source(text, "a", {"url": "https://x.example/"}) == text.replace("é ", "https://x.example/ ")


def test_unknown_source_is_told_with_its_neighbour():
    """A mistyped id is answered with the one that was meant."""
    with pytest.raises(UsageError, match="there is no source 'frist'; did you mean 'first'"):
        set_source(TEXT, "frist", {"enabled": False})


def test_the_first_key_stays():
    """The key beside the dash cannot be taken away by a command."""
    with pytest.raises(UsageError, match="name is the first key of its source and stays"):
        set_source(TEXT, "third", {"name": None})


def test_a_file_that_is_not_yaml_is_refused():
    """A broken file is not edited."""
    with pytest.raises(ConfigError, match="not YAML"):
        set_source("sources: [", "a", {"enabled": False})


def test_what_cannot_be_changed_safely_is_left_to_people():
    """When the result would not read as wanted, nothing comes back: here an empty flow mapping's value."""
    text = "sources:\n  - id: a\n    name: &n Name\n    url: *n\n"
    with pytest.raises(UsageError, match="cannot be changed safely"):
        set_source(text, "a", {"name": "Other"})


def test_append_stands_apart_and_before_the_closing_comment():
    """A new source follows the last one after a blank line, with the dashes in line."""
    block = {"id": "fourth", "name": "A: B", "kind": "rss", "url": "https://d.example/", "topics": ("AI", "no")}
    added = '\n  - id: fourth\n    name: "A: B"\n    kind: rss\n    url: https://d.example/\n    topics: [AI, "no"]\n'
    edge = '    headers: {X-Edition: "1"}\n'
    assert append_source(TEXT, block) == TEXT.replace(edge, edge + added)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "sources:\n  - id: a\n"),
        ("version: 1", "version: 1\nsources:\n  - id: a\n"),
        ("sources: []\n", "sources:\n  - id: a\n"),
        ("sources: []  # none yet\nversion: 1\n", "sources:\n  - id: a\nversion: 1\n"),
    ],
)
def test_append_to_an_empty_list(text, wanted):
    """The first source opens the list."""
    assert append_source(text, {"id": "a"}) == wanted


def test_append_refuses_an_id_that_is_taken():
    """Two sources with one id cannot come about by a command."""
    with pytest.raises(UsageError, match="there is a source 'third' already"):
        append_source(TEXT, {"id": "third"})


def test_append_refuses_a_list_in_brackets():
    """A list on one line is left to people."""
    with pytest.raises(UsageError, match="one `- id: …` a line"):
        append_source("sources: [{id: a}]\n", {"id": "b"})


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\ufffe\uffff"))


@settings(deadline=None, max_examples=200)
@given(value=WORDS | st.booleans(), source=st.sampled_from(["first", "second", "third"]))
def test_any_value_reads_back_as_itself(value, source):
    """Whatever text is set, YAML reads it back; every other value and every comment is there still."""
    edited = set_source(TEXT, source, {"reason": value})
    by_id = {block["id"]: block for block in yaml.load(edited, Loader=yaml.BaseLoader)["sources"]}
    before = {block["id"]: block for block in yaml.load(TEXT, Loader=yaml.BaseLoader)["sources"]}
    wanted = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
    assert by_id == before | {source: before[source] | {"reason": wanted}}
    for comment in ("# our sources", "# do not rename", "# moved in May", "# always", "# end of the first", "# end\n"):
        assert comment in edited
