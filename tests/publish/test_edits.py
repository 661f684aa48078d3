"""Edits as decisions: what is remembered, what an undo gives back, what a later edit keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.codec import decode, encode
from dermai_feed.model import Decision
from dermai_feed.publish import edits
from dermai_feed.publish.frontmatter import Value, read, splice
from dermai_feed.publish.merge import changed, create, merge

AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def related(number: int) -> dict[str, Value]:
    """An entry of `related`."""
    return {"title": f"R{number}", "webUrl": f"https://r{number}.example/", "quality": 50 - number}


OURS: dict[str, Value] = {
    "category": "news",
    "title": "A network finds melanoma",
    "excerpt": "It was tested on 1,204 lesions.",
    "publishedDateTime": "2024-03-14T09:05:00Z",
    "webUrl": "https://a.example/1",
    "type": "article",
    "quality": 44,
    "published": False,
    "provider": {"name": "Skin Daily", "domain": "a.example"},
    "topics": ("t1", "t2", "AI"),
    "images": ({"url": "https://a.example/1.png", "width": 10},),
    "related": (related(1), related(2)),
    "dermai": {"id": "s1", "path": "news/x.md", "kind": "paper", "conditions": ("melanoma",), "origins": 2},
}


class Desk:
    """A file and a log, with runs as `pipeline.edits` and `pipeline.publish` make them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.settled_text = text
        self.log: list[Decision] = []
        self.settled = ""

    def say(self, verb: Any, target: tuple[str, ...] = ("s1",), value: dict[str, object] | None = None) -> Decision:
        """Append a decision, through its line in the log as in life."""
        number = len(self.log) + 1
        made = Decision(id=f"01J{number:023}", at=AT, who="ed", verb=verb, target=target, value=value or {})
        self.log.append(decode(Decision, encode(made)))
        return self.log[-1]

    def run(self, ours: dict[str, Value]) -> None:
        """Take in what the file says, carry out what the log says, merge."""
        page, before = read(self.text), read(self.settled_text)
        then, now = edits.state(self.log, self.settled), edits.state(self.log)
        found = changed(page)
        for edit in edits.fresh(found, then, now):
            if edit.path == edits.FIELD:
                self.say("publish" if edit.theirs is True else "unpublish")
            else:
                self.say("edit", value=edits.value_for(edit, before, page))
        for one in edits.set_back(page, found, then, now):
            self.say("undo", (one.decision,))
        now = edits.state(self.log)
        carried = edits.carry_out(page, then, now)
        self.text = merge(carried.page, ours, carried.yielded, carried.raws, edits.orders(now)).text
        self.settled_text = self.text
        self.settled = self.log[-1].id if self.log else ""


def edited(text: str, changes: dict[tuple[str, ...], Value | None]) -> str:
    """`text` as an editor saves it."""
    return splice(read(text), changes)


def order_of(values: Sequence[Value], kept: set[int], more: Sequence[Value]) -> tuple[Value, ...]:
    """Some of `values`, and `more` of an editor's own at the end."""
    return (*(value for n, value in enumerate(values) if n in kept), *more)


WORDS = st.sampled_from(["a", "no", "12:30", 'x "y"', "ü"])
SCALARS = st.dictionaries(
    st.sampled_from([("title",), ("excerpt",), ("provider", "name"), ("type",)]),
    st.one_of(WORDS, st.none()),
    max_size=3,
)
TOPICS = st.tuples(st.sets(st.integers(0, 2)), st.lists(st.sampled_from(["u1", "u2"]), unique=True, max_size=2))
RELATED = st.tuples(st.sets(st.integers(0, 1)), st.lists(st.integers(7, 9), unique=True, max_size=2))


@settings(deadline=None, max_examples=30)
@given(SCALARS, TOPICS, RELATED, st.booleans(), WORDS)
def test_promise_5_undo_is_exact_and_so_is_its_undo(
    scalars: dict[tuple[str, ...], str | None], topics: Any, others: Any, publish: bool, machine: str
) -> None:
    """Any edit of any kind of field, across a change of the machine's and back."""
    start = create(OURS)
    desk = Desk(start)
    changes: dict[tuple[str, ...], Value | None] = dict(scalars)
    changes["topics",] = order_of(OURS["topics"], *topics) or None  # type: ignore[arg-type]
    more = [related(number) for number in others[1]]
    changes["related",] = order_of(OURS["related"], others[0], more) or None  # type: ignore[arg-type]
    changes["published",] = publish
    desk.text = typed = edited(start, changes)
    desk.run(OURS)
    assert desk.text == typed  # remembering writes nothing
    said = list(desk.log)
    desk.run({**OURS, "excerpt": machine, "title": machine})
    desk.run(OURS)
    assert desk.text == typed
    assert desk.log == said  # nothing is remembered twice
    for decision in said:
        desk.say("undo", (decision.id,))
    desk.run(OURS)
    assert desk.text == start
    for decision in [decision for decision in desk.log if decision.verb == "undo"]:
        desk.say("undo", (decision.id,))
    desk.run(OURS)
    assert desk.text == typed


@settings(deadline=None, max_examples=40)
@given(WORDS, WORDS, WORDS)
def test_an_undo_keeps_a_later_edit_of_the_same_field(first: str, second: str, other: str) -> None:
    """Undo of an older edit changes nothing; undo of the latest gives the older one back."""
    start = create(OURS)
    desk = Desk(start)
    desk.text = edited(start, {("title",): f"1 {first}"})
    desk.run(OURS)
    once = desk.text
    desk.text = edited(desk.text, {("title",): f"2 {second}", ("excerpt",): other})
    desk.run(OURS)
    twice = desk.text
    titles = [d for d in desk.log if d.value.get("field") == "title"]
    assert len(titles) == 2
    desk.say("undo", (titles[0].id,))
    desk.run(OURS)
    assert desk.text == twice
    desk.say("undo", (desk.log[-1].id,))
    desk.say("undo", (titles[1].id,))
    desk.run(OURS)
    assert read(desk.text).fields["title"] == read(once).fields["title"]
    assert read(desk.text).fields["excerpt"] == other


def test_what_an_editor_sets_back_by_hand_is_an_undo() -> None:
    """The log follows the file; the machine's next change goes in."""
    start = create(OURS)
    desk = Desk(start)
    desk.text = edited(start, {("title",): "Mine"})
    desk.run(OURS)
    desk.text = start
    desk.run(OURS)
    assert [decision.verb for decision in desk.log] == ["edit", "undo"]
    desk.run({**OURS, "title": "The machine's second"})
    assert read(desk.text).fields["title"] == "The machine's second"


@pytest.mark.parametrize("field", ["title", "provider.name", "topics"])
def test_an_edit_taken_elsewhere_is_laid_into_the_file(field: str) -> None:
    """As the review page decides it; the machine's later changes do not take it away, its undo does."""
    start = create(OURS)
    desk = Desk(start)
    value: object = ["X", "Y"] if field == "topics" else "Mine"
    decision = desk.say("edit", value={"field": field, "value": value})
    desk.run(OURS)
    assert desk.text != start
    laid = desk.text
    desk.run({**OURS, "title": "The machine's second"})
    desk.run(OURS)
    assert desk.text == laid
    desk.say("undo", (decision.id,))
    desk.run(OURS)
    assert read(desk.text).fields == read(start).fields


ODD = """---
# by Ada
type: article   # really

title: "A network finds melanoma"

# checked by hand

excerpt: "It was tested on 1,204 lesions."
provider:
  domain: a.example
  # theirs
  name: Skin Daily   # sic
category: news
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "gone",
    [
        ["type: article   # really\n"], ["# by Ada\ntype: article   # really\n\n"],
        ['excerpt: "It was tested on 1,204 lesions."\n'], ['\nexcerpt: "It was tested on 1,204 lesions."\n'],
        ['title: "A network finds melanoma"\n', 'excerpt: "It was tested on 1,204 lesions."\n'],
        ["  name: Skin Daily   # sic\n"], ["  # theirs\n  name: Skin Daily   # sic\n"],
        ["  domain: a.example\n"], ["category: news\n"],
    ],
    ids=["first", "with comment", "between", "with blank", "two", "nested", "nested with comment", "first nested",
         "last"],
)  # fmt: skip
def test_promise_5_a_removed_key_comes_back_to_the_place_that_it_had(gone: list[str], newline: str) -> None:
    """In an order of an editor's own, with the comments and blank lines that went with it; and goes again."""
    fields = {key: OURS[key] for key in ("category", "title", "excerpt", "type", "provider", "dermai")}
    start = create(fields, ODD.removeprefix("---\n").replace("\n", newline))
    desk = Desk(start)
    desk.run(fields)
    assert desk.text == start
    for lines_of in gone:
        desk.text = desk.text.replace(lines_of.replace("\n", newline), "", 1)
    typed = desk.text
    desk.run(fields)
    assert desk.text == typed
    said = list(desk.log)
    assert len(said) == len(gone)
    for decision in said:
        desk.say("undo", (decision.id,))
    desk.run(fields)
    assert desk.text == start
    for decision in [decision for decision in desk.log if decision.verb == "undo"]:
        desk.say("undo", (decision.id,))
    desk.run(fields)
    assert desk.text == typed


# --------------------------------------------------------------------------- any edit, any change of the machine's

EXTRAS = {
    "comment above a key": ("\nexcerpt:", "\n# checked by hand\nexcerpt:"),
    "comment behind a value": ("type: article", "type: article   # really"),
    "comment above a list": ("\ntopics:", "\n# what it is about\ntopics:"),
    "unknown key": ("\nquality:", "\nreviewer: Dr. No\nquality:"),
    "unknown list": ("\nquality:", "\nnotes:\n  - one  # two\n  - three\nquality:"),
    "unknown key of the publisher": ("  domain:", "  founded: 1999\n  domain:"),
    "unknown key under dermai": ("  kind:", "  mine: yes\n  kind:"),
    "blank lines": ("published:", "\n\npublished:"),
    "another order": ("category: news\n", ""),
    "byte order mark": ("---", "\ufeff---"),
    "single quotes": ('title: "A network finds melanoma"', "title: 'A network finds melanoma'"),
    "folded block": (
        'excerpt: "It was tested on 1,204 lesions."',
        "excerpt: >-  # by hand\n  It was tested on 1,204 lesions.",
    ),
    "literal block": ("\ntype:", "\nnote: |\n  # one\n\n  two\ntype:"),
    "anchor": ("\ntype:", "\nmine: &m one\nyours: *m\ntype:"),
    "mapping of their own": ("\nprovider:", "\ndesk:\n  by: Ada  # hers\n  notes: {a: 1}\nprovider:"),
}


@st.composite
def saved(draw: st.DrawFn) -> str:
    """A file of ours as an editor left it who changed no value: comments, keys of their own, order, ends of lines."""
    text = create(OURS)
    for name in draw(st.sets(st.sampled_from(sorted(EXTRAS)))):
        old, new = EXTRAS[name]
        if name == "another order":
            text = text.replace(old, "", 1).replace("\nquality:", f"\n{old}quality:", 1)
        else:
            text = text.replace(old, new, 1)
    end = draw(st.sampled_from(["---\n\n", "---\n", "---", "---\n\nA body.\n  Of two lines", "---\n\n\n# Mine\n"]))
    text = text.removesuffix("---\n\n") + end
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


PICTURES: tuple[dict[str, Value], ...] = (
    {"url": "https://a.example/1.png", "width": 10}, {"url": "https://a.example/1.png", "width": 640},
    {"url": "https://a.example/2.png", "title": "A lesion"}, {"url": "https://mine.example/1.png", "width": 3},
)  # fmt: skip
MACHINE = st.fixed_dictionaries(
    {},
    optional={
        "title": WORDS, "excerpt": WORDS, "type": WORDS, "quality": st.integers(0, 99),
        "images": st.sampled_from(
            [({"url": "https://a.example/2.png"},), ({"url": "https://a.example/1.png", "width": 99},), None]
        ),
        "topics": st.lists(st.sampled_from(["t1", "t2", "t4", "AI", "u1"]), unique=True).map(tuple),
        "related": st.lists(st.sampled_from([1, 2, 3, 4, 7]), unique=True).map(
            lambda of: tuple(related(number) for number in of)
        ),
    },
)  # fmt: skip
EDITOR = st.fixed_dictionaries(
    {},
    optional={
        ("title",): st.one_of(WORDS, st.none()), ("excerpt",): st.one_of(WORDS, st.none()),
        ("quality",): st.one_of(st.integers(100, 199), st.none()), ("provider", "name"): st.one_of(WORDS, st.none()),
        ("images",): st.lists(st.sampled_from([*PICTURES]), max_size=3, unique_by=lambda one: one["url"]).map(tuple),
        ("topics",): st.lists(st.sampled_from(["t1", "t2", "AI", "u1", "u2"]), unique=True).map(tuple),
        ("related",): st.lists(st.sampled_from([1, 2, 3, 4, 9]).map(related), max_size=4, unique_by=str).map(tuple),
        ("published",): st.booleans(),
    },
)  # fmt: skip


def of_machine(changes: dict[str, Value | None]) -> dict[str, Value]:
    """What the machine would write, without what it has no more."""
    return {key: value for key, value in {**OURS, **changes}.items() if value not in (None, ())}


def at(text: str, path: tuple[str, ...]) -> Value | None:
    """The value at `path` of a file."""
    value: Value | None = read(text).fields
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def assert_kept(before: str, typed: str, now: str) -> None:
    """What an editor made of `before` is in `now`: values, gaps, elements added and removed, lines of their own."""
    for path in EDITED:
        wanted, was, there = at(typed, path), at(before, path), at(now, path)
        if wanted == was:
            continue
        if isinstance(wanted, tuple) and path in {("topics",), ("images",), ("related",)}:
            assert isinstance(was, tuple)
            there = there or ()  # editor and machine may empty a list together
            assert isinstance(there, tuple)
            assert all(element in there for element in wanted if element not in was), path
            assert not any(element in there for element in was if element not in wanted), path
            stayed = [element for element in was if element in wanted]
            if [element for element in wanted if element in was] != stayed:
                assert [e for e in there if e in wanted] == [e for e in wanted if e in there], path
        else:
            assert there == wanted, path
    assert read(now).body == read(typed).body
    assert now.endswith("\n") == typed.endswith("\n")
    assert now.count("\r") in {0, now.count("\n")}
    assert ("\r" in now) == ("\r" in typed)
    for _, new in EXTRAS.values():
        for line in new.split("\n"):
            if line.strip().startswith(OWN) and line in typed:
                assert line in now


def lines(text: str) -> list[str]:
    """The lines of `text` in no order."""
    return sorted(line for line in text.splitlines() if line)


OWN = ("#", "reviewer", "founded", "mine", "yours", "- one", "- three", "by: Ada", "notes: {", "two")
EDITED: tuple[tuple[str, ...], ...] = (
    ("title",), ("excerpt",), ("quality",), ("provider", "name"), ("images",), ("topics",), ("related",),
    ("published",),
)  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(saved(), EDITOR, MACHINE, MACHINE)
def test_e02_promise_5_any_edit_and_any_change_lose_nothing_and_an_undo_is_exact(
    start: str, editor: dict[tuple[str, ...], Value | None], first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Values, gaps, elements, order, comments, unknown keys, ends of lines; across two changes and back."""
    desk = Desk(start)
    desk.run(OURS)
    assert desk.text == start  # nobody changed a value
    assert not desk.log
    changes = {path: value or None if isinstance(value, tuple) else value for path, value in editor.items()}
    desk.text = typed = edited(start, changes)
    desk.run(OURS)
    assert desk.text == typed
    said = list(desk.log)
    for ours in (of_machine(first), of_machine(second), OURS):
        desk.run(ours)
        assert_kept(start, typed, desk.text)
        there = desk.text
        desk.run(ours)
        assert desk.text == there  # once more is no change
        assert desk.log == said  # and nothing new to remember
    back = desk.text  # elements that went and came again may stand elsewhere among the editor's own
    for decision in said:
        desk.say("undo", (decision.id,))
    desk.run(OURS)
    # A list that the machine itself took away and brought back stands below a comment that was above it.
    exact = not any(value in ((), None) for ours in (first, second) for value in ours.values())
    assert desk.text == start if exact else lines(desk.text) == lines(start)
    for decision in [decision for decision in desk.log if decision.verb == "undo"]:
        desk.say("undo", (decision.id,))
    desk.run(OURS)
    assert lines(desk.text) == lines(back) == lines(typed)
