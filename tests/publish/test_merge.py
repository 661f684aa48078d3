"""The three-way merge of a story file: an editor's word stands, the machine's goes in beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dermai_feed.model import Clash
from dermai_feed.publish.elements import BY_ELEMENT, digest, identified, weave
from dermai_feed.publish.frontmatter import Fields, PageError, Value, read, splice
from dermai_feed.publish.merge import ORDER, Edit, create, merge
from dermai_feed.publish.merge import changed as merge_changed

SAMPLE = (Path(__file__).parent.parent / "data" / "publish" / "imported.md").read_text("utf-8")


def related(number: int, quality: int = 50) -> dict[str, Value]:
    return {"title": f"R{number}", "webUrl": f"https://r{number}.example/", "quality": quality}


OURS: dict[str, Value] = {
    "category": "news",
    "title": "A network finds melanoma",
    "excerpt": "It was tested on 1,204 lesions.",
    "publishedDateTime": "2024-03-14T09:05:00Z",
    "originalUrl": "https://a.example/1",
    "webUrl": "https://a.example/1",
    "ampWebUrl": "https://a.example/1/amp",
    "type": "article",
    "quality": 44,
    "heat": 54,
    "published": False,
    "provider": {"name": "Skin Daily", "domain": "a.example"},
    "topics": ("AI in Healthcare", "AI"),
    "images": ({"url": "https://a.example/1.png", "width": 10},),
    "related": (related(1, 60), related(2, 50)),
    "dermai": {"id": "s1", "path": "news/x.md", "kind": "paper", "conditions": ("melanoma",), "origins": 2},
}

# Fifteen fields, each with a value of the machine's second thought and one of an editor's.
CHANGES: dict[tuple[str, ...], tuple[Value, Value]] = {
    ("title",): ("A network finds most melanomas", "Network spots melanoma"),
    ("excerpt",): ("It was tested on 1,205 lesions.", "Tested on many lesions."),
    ("publishedDateTime",): ("2024-03-14T10:00:00Z", "2024-03-15T00:00:00Z"),
    ("originalUrl",): ("https://a.example/1?new", "https://a.example/mine"),
    ("webUrl",): ("https://a.example/2", "https://a.example/mine"),
    ("type",): ("video", "podcast"),
    ("quality",): (50, 99),
    ("heat",): (60, 100),
    ("published",): (False, True),
    ("provider", "name"): ("Skin Daily News", "The Skin Daily"),
    ("provider", "domain"): ("b.example", "mine.example"),
    ("ampWebUrl",): ("https://amp.a.example/1", "https://mine.example/amp"),
    ("dermai", "kind"): ("preprint", "trial"),
    ("dermai", "origins"): (3, 9),
    ("category",): ("notes", "events"),
}


def changed(fields: Fields, path: tuple[str, ...], value: Value | None) -> dict[str, Value]:
    """`fields` with another value at `path`, or without it."""
    result = dict(fields)
    if len(path) == 2:
        inner = result[path[0]]
        assert isinstance(inner, dict)
        value = changed(inner, path[1:], value)
        path = path[:1]
    if value is None:
        del result[path[0]]
    else:
        result[path[0]] = value
    return result


def at(text: str, path: tuple[str, ...]) -> Value | None:
    value: Value | None = read(text).fields
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def test_a_new_file_holds_all_fields_and_their_base() -> None:
    """`written` has a hash for each field, one for each element of `topics` and `related`, none for itself."""
    fields = read(create(OURS)).fields
    own = fields["dermai"]
    assert isinstance(own, dict)
    written = own.pop("written")
    assert fields == OURS
    assert isinstance(written, dict)
    assert written["title"] == digest("A network finds melanoma")
    assert written["provider"] == {"name": digest("Skin Daily"), "domain": digest("a.example")}
    assert written["topics"] == (digest("AI in Healthcare"), digest("AI"))
    assert written["dermai"] == {
        "id": digest("s1"), "path": digest("news/x.md"), "kind": digest("paper"), "conditions": (digest("melanoma"),),
        "origins": digest(2),
    }  # fmt: skip
    first, second = (mark.split("/") for mark in written["related"])
    assert (first[0], second[0]) == (digest("https://r1.example/"), digest("https://r2.example/"))


def test_w02_merging_the_same_again_changes_no_byte() -> None:
    """A run with no news gives the text that lies there, with no clash and no edit."""
    text = create(OURS)
    merged = merge(read(text), OURS)
    assert merged.text == text
    assert merged.clashes == ()
    assert merged.edits == ()


@pytest.mark.parametrize("path", CHANGES, ids=".".join)
class TestW04FifteenFields:
    """W-04: what the machine, an editor or both did to each of fifteen fields."""

    def test_w04_only_the_machine_changed(self, path: tuple[str, ...]) -> None:
        """The machine's value goes in, and is the new base."""
        machine = CHANGES[path][0] if path != ("published",) else True
        ours = changed(OURS, path, machine)
        merged = merge(read(create(OURS)), ours)
        assert at(merged.text, path) == machine
        assert (merged.clashes, merged.edits) == ((), ())
        assert merge(read(merged.text), ours).text == merged.text
        assert merge(read(merged.text), OURS).text == create(OURS)

    def test_w04_only_an_editor_changed(self, path: tuple[str, ...]) -> None:
        """The editor's value stays, with every byte of the file, and is told as an edit."""
        edited = splice(read(create(OURS)), {path: CHANGES[path][1]})
        merged = merge(read(edited), OURS)
        assert merged.text == edited
        assert merged.clashes == ()
        assert [edit.field for edit in merged.edits] == [".".join(path)]

    def test_w04_both_changed(self, path: tuple[str, ...]) -> None:
        """The editor's value stays, the clash names both, and nothing is lost by running again."""
        machine, editor = CHANGES[path]
        edited = splice(read(create(OURS), "news/x.md"), {path: editor})
        # A truth value has no third value: there, the machine takes the field away.
        ours = changed(OURS, path, machine if path != ("published",) else None)
        merged = merge(read(edited, "news/x.md"), ours)
        assert at(merged.text, path) == editor
        assert [(clash.path, clash.field) for clash in merged.clashes] == [("news/x.md", ".".join(path))]
        assert merge(read(merged.text), ours).text == merged.text

    def test_w04_both_made_the_same_change(self, path: tuple[str, ...]) -> None:
        """Agreement is no clash and changes no byte; it does not make the field the machine's."""
        machine, value = CHANGES[path]
        edited = splice(read(create(OURS)), {path: value})
        merged = merge(read(edited), changed(OURS, path, value))
        assert (merged.clashes, merged.edits) == ((), ())
        if path != ("published",):
            assert merged.text == edited
            assert at(merge(read(edited), changed(OURS, path, machine)).text, path) == value

    def test_w04_an_editor_removed_it(self, path: tuple[str, ...]) -> None:
        """A removed key stays removed, also when the machine has another value by now."""
        edited = splice(read(create(OURS)), {path: None})
        merged = merge(read(edited), OURS)
        assert merged.text == edited
        assert merged.edits == (Edit(field=".".join(path), value=""),)
        later = merge(read(edited), changed(OURS, path, CHANGES[path][1]))
        assert later.text == edited
        assert [clash.field for clash in later.clashes] == [".".join(path)]


def test_a_clash_shows_both_values() -> None:
    """By field; texts as they are, lists as JSON, a removed value as nothing."""
    edited = splice(read(create(OURS), "news/x.md"), {("title",): "Mine", ("images",): None})
    ours = {**OURS, "title": "Theirs", "images": ({"url": "https://a.example/9.png"},)}
    assert merge(read(edited, "news/x.md"), ours).clashes == (
        Clash(path="news/x.md", field="images", theirs="", ours='[{"url": "https://a.example/9.png"}]'),
        Clash(path="news/x.md", field="title", theirs="Mine", ours="Theirs"),
    )


def test_a_field_that_the_machine_no_longer_has_goes() -> None:
    """A machine's removal goes in like any change of its own; an editor's value stands against it."""
    ours = {key: value for key, value in OURS.items() if key != "images"}
    merged = merge(read(create(OURS)), ours)
    assert "images" not in read(merged.text).fields
    assert merge(read(merged.text), OURS).text == create(OURS)
    edited = splice(read(create(OURS)), {("images",): ({"url": "https://mine.example/"},)})
    kept = merge(read(edited), ours)
    assert at(kept.text, ("images",)) == ({"url": "https://mine.example/"},)
    assert kept.clashes == ()  # the picture that the editor took out is the one that the machine has no more


def test_a_field_that_both_removed_stays_removed() -> None:
    """An editor took it away; that the machine has none for a while does not bring it back."""
    edited = splice(read(create(OURS)), {("images",): None})
    ours = {key: value for key, value in OURS.items() if key != "images"}
    assert merge(read(edited), ours).text == edited
    assert merge(read(edited), OURS).text == edited


def test_published_follows_the_latest_decision() -> None:
    """Published by hand, then by a decision that says so too, then unpublished by a decision: it is not published."""
    by_hand = splice(read(create(OURS)), {("published",): True})
    decided = merge(read(by_hand), {**OURS, "published": True})
    assert read(decided.text).published
    assert not read(merge(read(decided.text), OURS).text).published


def test_an_editors_revert_gives_the_field_back() -> None:
    """Once the value is what the machine last wrote, the machine may change it again."""
    text = create(OURS)
    edited = splice(read(text), {("title",): "Mine"})
    reverted = splice(read(merge(read(edited), OURS).text), {("title",): OURS["title"]})
    assert reverted == text
    assert at(merge(read(reverted), changed(OURS, ("title",), "Newer")).text, ("title",)) == "Newer"


def test_the_base_travels_in_the_file() -> None:
    """Renamed, moved or copied to another machine, the file alone tells what an editor changed (decision 2)."""
    edited = splice(read(create(OURS), "news/x.md"), {("excerpt",): "Mine"})
    elsewhere = read(edited.encode(), "news/published/y.md")
    merged = merge(elsewhere, {**OURS, "excerpt": "Newer", "quality": 45})
    assert at(merged.text, ("excerpt",)) == "Mine"
    assert at(merged.text, ("quality",)) == 45
    assert [clash.field for clash in merged.clashes] == ["excerpt"]


def test_a_number_in_quotes_is_the_same_number() -> None:
    """`quality: "44"`, `published: no` and single quotes are style, not edits."""
    text = create(OURS).replace("quality: 44", 'quality: "44"').replace("published: false", "published: no")
    merged = merge(read(text), OURS)
    assert merged.text == text
    assert merged.edits == ()


def test_w05_w18_what_is_not_ours_is_kept() -> None:
    """Unknown keys, comments and `secured` take no part, whatever the machine writes."""
    text = create(OURS).replace("quality: 44\n", "quality: 44  # fine\nreviewer: Dr. No\n")
    text = text.replace("\n---\n\n", '\n  note: ask Kim\n\nsecured: "a;b"\n---\n\nbody\n')
    merged = merge(read(text), {**OURS, "quality": 45, "secured": "invented"})
    before, after = text.splitlines(), merged.text.splitlines()
    differ = [line for line in after if line not in before]
    assert [line.split(":")[0].strip() for line in differ] == ["quality", "written"]
    assert differ[0] == "quality: 45  # fine"
    assert merged.edits == ()


# --------------------------------------------------------------------------- lists


def test_lists_merge_by_element() -> None:
    """An editor's topic stays, the machine's new one goes in, one that the editor removed stays away."""
    edited = splice(read(create(OURS)), {("topics",): ("AI", "Dermoscopy")})
    ours = {**OURS, "topics": ("Machine Learning", "AI in Healthcare", "AI")}
    merged = merge(read(edited), ours)
    assert at(merged.text, ("topics",)) == ("Machine Learning", "AI", "Dermoscopy")
    assert merged.clashes == ()
    assert merged.edits == (
        Edit(field="topics[AI in Healthcare]", value=""),
        Edit(field="topics[Dermoscopy]", value="Dermoscopy"),
    )
    assert merge(read(merged.text), ours).text == merged.text


def test_an_element_that_both_changed_is_a_clash_of_that_element() -> None:
    """The editor's entry of `related` stays, the machine's other entries go in."""
    page = read(create(OURS))
    mine = {**related(1, 60), "title": "My words"}
    edited = splice(page, {("related",): (mine, related(2, 50))})
    ours = {**OURS, "related": (related(3, 70), related(1, 65), related(2, 55))}
    merged = merge(read(edited), ours)
    assert at(merged.text, ("related",)) == (related(3, 70), mine, related(2, 55))
    assert [clash.field for clash in merged.clashes] == ["related[https://r1.example/]"]
    assert merge(read(merged.text), ours).text == merged.text


def test_an_editors_order_stays() -> None:
    """Once an editor has sorted a list, the machine's order holds no more; new elements still come."""
    edited = splice(read(create(OURS)), {("related",): (related(2, 50), related(1, 60))})
    assert merge(read(edited), OURS).text == edited
    ours = {**OURS, "related": (related(3, 70), related(1, 60), related(2, 50))}
    found = at(merge(read(edited), ours).text, ("related",))
    assert found == (related(3, 70), related(2, 50), related(1, 60))


def test_an_editors_order_of_their_own_elements_stays() -> None:
    """Topics that an editor wrote keep their order, also when the machine comes to the same ones in another."""
    edited = splice(read(create(OURS)), {("topics",): ("Ethics", "Dermoscopy", "Triage", "AI")})
    ours = {**OURS, "topics": ("Triage", "Ethics", "AI in Healthcare", "AI")}
    assert at(merge(read(edited), ours).text, ("topics",)) == ("Ethics", "Dermoscopy", "Triage", "AI")


def test_the_machine_may_sort_its_own_list() -> None:
    """With no editor's order there, entries follow their qualities."""
    ours = {**OURS, "related": (related(2, 90), related(1, 60))}
    assert at(merge(read(create(OURS)), ours).text, ("related",)) == (related(2, 90), related(1, 60))


def test_a_list_that_an_editor_took_away_stays_away() -> None:
    """Neither old nor new elements bring back a removed `related`."""
    edited = splice(read(create(OURS)), {("related",): None})
    assert merge(read(edited), OURS).text == edited
    later = merge(read(edited), {**OURS, "related": (related(1, 60), related(4, 10))})
    assert later.text == edited
    assert [clash.field for clash in later.clashes] == ["related"]


def test_a_list_without_elements_left_goes() -> None:
    """When the last work leaves the story, `related` leaves the file, with its blank line."""
    ours = {key: value for key, value in OURS.items() if key != "related"}
    assert merge(read(create(OURS)), ours).text == create(ours)
    assert merge(read(create(ours)), OURS).text == create(OURS)


@pytest.mark.parametrize("path", [("topics",), ("images",), ("related",)], ids=".".join)
def test_a_list_that_both_emptied_is_not_one_that_an_editor_took_away(path: tuple[str, ...]) -> None:
    """One element removed by the editor, the other by the machine: a new one comes in, the removed one does not."""
    first, second, third = {
        ("topics",): ("A", "B", "C"),
        ("images",): tuple({"url": f"https://a.example/{n}.png"} for n in (1, 2, 3)),
        ("related",): (related(1), related(2), related(3)),
    }[path]
    ours = changed(OURS, path, (first, second))
    edited = splice(read(create(ours)), {path: (second,)})
    empty = merge(read(edited), changed(ours, path, None))
    assert at(empty.text, path) is None
    assert empty.clashes == ()
    assert merge(read(empty.text), changed(ours, path, None)).text == empty.text
    known = [edit.field for edit in merge_changed(read(edited))]
    assert [edit.field for edit in merge_changed(read(empty.text))] == known
    wanted = () if path == ("images",) else (third,)  # there, an editor took out the machine's only picture
    for mine in ((first, third), (third,)):
        again = merge(read(empty.text), changed(ours, path, mine))
        assert at(again.text, path) == (wanted or None)
    back = merge(read(empty.text), ours)
    assert at(back.text, path) == ((second,) if path != ("images",) else None)


def test_an_address_that_stands_twice_is_two_elements() -> None:
    """The publisher's own lists hold doubles (SCHEMA §6); both stay as long as they are listed."""
    twice: dict[str, Value] = {**OURS, "related": (related(1), related(1), related(2))}
    text = create(twice)
    assert merge(read(text), twice).text == text
    once = merge(read(text), {**OURS, "related": (related(1), related(2))})
    assert at(once.text, ("related",)) == (related(1), related(2))


def test_an_editors_image_does_not_get_ours_beside_it() -> None:
    """A story has one image (SCHEMA §1): an editor's stands alone, and a new one of ours is a clash."""
    edited = splice(read(create(OURS)), {("images",): ({"url": "https://mine.example/3.png"},)})
    merged = merge(read(edited), {**OURS, "images": ({"url": "https://a.example/2.png"},)})
    assert at(merged.text, ("images",)) == ({"url": "https://mine.example/3.png"},)
    assert [clash.field for clash in merged.clashes] == ["images"]
    assert merge(read(merged.text), {**OURS, "images": ({"url": "https://a.example/2.png"},)}).text == edited
    assert merge(read(edited), OURS).clashes == ()


PICTURE: dict[str, Value] = {"url": "https://a.example/1.png", "width": 10}
SECOND: dict[str, Value] = {"url": "https://mine.example/2.png", "title": "A lesion"}


@pytest.mark.parametrize("listed", [(PICTURE, SECOND), (SECOND, PICTURE)], ids=["behind ours", "before ours"])
def test_an_image_that_an_editor_added_stays_beside_whatever_the_machine_has(listed: tuple[Value, ...]) -> None:
    """By address, not by place: the machine's picture changes its width, its address, goes and comes back."""
    edited = splice(read(create(OURS)), {("images",): listed})
    for mine in ({**PICTURE, "width": 99}, {"url": "https://a.example/9.png"}, PICTURE):
        merged = merge(read(edited), {**OURS, "images": (mine,)})
        found = at(merged.text, ("images",))
        assert isinstance(found, tuple)
        assert sorted(map(str, found)) == sorted(map(str, (mine, SECOND)))
        assert merged.clashes == ()
        assert [edit.field for edit in merged.edits][:1] == ["images[https://mine.example/2.png]"]
    assert merge(read(edited), OURS).text == edited
    bare = {key: value for key, value in OURS.items() if key != "images"}
    without = merge(read(edited), bare)
    assert at(without.text, ("images",)) == (SECOND,)
    assert merge(read(without.text), bare).text == without.text
    back = merge(read(without.text), OURS)
    assert back.clashes == ()
    assert sorted(map(str, at(back.text, ("images",)) or ())) == sorted(map(str, listed))  # type: ignore[arg-type]


def test_an_image_that_both_changed_is_a_clash_of_that_image() -> None:
    """A width that an editor put right stays against another of the machine's; a second picture is not in it."""
    mine = {**PICTURE, "width": 640}
    edited = splice(read(create(OURS)), {("images",): (SECOND, mine)})
    ours = {**OURS, "images": ({**PICTURE, "width": 99},)}
    merged = merge(read(edited), ours)
    assert merged.text == edited
    assert [clash.field for clash in merged.clashes] == ["images[https://a.example/1.png]"]


def test_an_image_at_the_same_address_written_otherwise_is_the_same_image() -> None:
    """https for http, capitals in the host, a fragment; another path or query is another picture."""
    edited = splice(read(create(OURS)), {("images",): ({**PICTURE, "url": "http://A.example/1.png#top"},)})
    assert [edit.field for edit in merge(read(edited), OURS).edits] == ["images[http://A.example/1.png#top]"]
    other = splice(read(create(OURS)), {("images",): ({**PICTURE, "url": "https://a.example/1.png?id=2"},)})
    assert len(merge(read(other), OURS).edits) == 2


def test_images_that_have_one_hash_from_before_are_read_by_it() -> None:
    """A file with one hash for all `images`: the machine's own picture may change, an editor's stays alone."""
    text = create(OURS)
    whole = digest(OURS["images"])
    start = text.index("images: [", text.index("written:"))
    before = text[:start] + f'images: "{whole}"' + text[text.index("]", start) + 1 :]
    newer = {**OURS, "images": ({"url": "https://a.example/9.png"},)}
    assert at(merge(read(before), newer).text, ("images",)) == newer["images"]
    assert merge(read(before), OURS).edits == ()
    edited = splice(read(before), {("images",): (SECOND,)})
    merged = merge(read(edited), newer)
    assert at(merged.text, ("images",)) == (SECOND,)
    assert [clash.field for clash in merged.clashes] == ["images"]
    assert merge(read(edited), OURS).clashes == ()


# --------------------------------------------------------------------------- files without a base


def test_a_file_that_an_editor_made_is_adopted() -> None:
    """Without a base all values are the editor's: equal ones become ours, others stay, missing ones come."""
    hand_made = "---\ntitle: Mine\nwebUrl: https://a.example/1\nquality: 44\n---\nNotes.\n"
    merged = merge(read(hand_made, "news/x.md"), OURS)
    found = read(merged.text)
    assert found.fields["title"] == "Mine"
    assert found.fields["excerpt"] == OURS["excerpt"]
    assert found.body == "Notes.\n"
    assert [clash.field for clash in merged.clashes] == ["title"]
    assert merge(found, OURS).text == merged.text


def test_a_base_that_somebody_damaged_is_no_base() -> None:
    """Whatever `written` holds, no value on disk is lost."""
    text = create(OURS)
    line = next(line for line in text.splitlines() if line.startswith("  written:"))
    for damage in ("written: lost", "written: {title: {a: b}, topics: x, provider: 3}", "written: [a, [b]]"):
        damaged = text.replace(line, "  " + damage).replace(str(OURS["title"]), "Mine")
        merged = merge(read(damaged), {**OURS, "title": "Newer"})
        assert at(merged.text, ("title",)) == "Mine"


@pytest.mark.parametrize("wrong", ["published: maybe", "topics: AI", "provider: Nature", "dermai: x"])
def test_w06_a_file_with_a_fault_is_not_merged(wrong: str) -> None:
    """The fault is named with the file; its editor is not done with it."""
    with pytest.raises(PageError, match=r"news/x\.md: " + wrong.split(":")[0]):
        merge(read(f"---\ntitle: x\n{wrong}\n---\n", "news/x.md"), OURS)


# --------------------------------------------------------------------------- imported files


def imported() -> str:
    return SAMPLE.split("---\n")[1]


def test_w03_an_imported_file_keeps_its_own_text() -> None:
    """Only the repaired line and our block differ from the file that was imported."""
    fields = {**read(SAMPLE).fields, "excerpt": "The group", "dermai": {"id": "s1"}}
    text = create(fields, imported())
    excerpt = next(line for line in SAMPLE.splitlines() if line.startswith("excerpt:"))
    block = text[text.index("dermai:") : text.index("secured:")]
    assert text.replace(block, "") == SAMPLE.replace(excerpt, 'excerpt: "The group"')
    assert block.startswith("dermai:\n  id: s1\n  written: {")
    assert merge(read(text), fields).text == text


def test_an_imported_files_layout_is_kept_too() -> None:
    """Comments and unknown keys of the imported file come along."""
    text = create({"title": "x", "dermai": {"id": "s1"}}, "# by hand\ntitle: x\nodd: 1\n")
    assert text.startswith("---\n# by hand\ntitle: x\nodd: 1\n\ndermai:\n")


@pytest.mark.parametrize("front_matter", ["title: x\r\nodd: 1\r\n", "title: x\nodd: 1", "title: x\nodd: 1\n\n\n"])
def test_w05_line_ends_of_an_imported_file_are_kept(front_matter: str) -> None:
    """CRLF stays CRLF, blank lines before the fence stay; a missing last line end is added."""
    end = "\r\n" if "\r" in front_matter else "\n"
    text = create({"title": "x", "dermai": {"id": "s1"}}, front_matter)
    head, tail = f"---{end}title: x{end}odd: 1{end}{end}dermai:{end}  id: s1{end}", f"---{end}{end}"
    assert text.startswith(head)
    assert text.endswith(tail)
    assert text.count("\n") - text.count("\r\n") == (0 if "\r" in front_matter else text.count("\n"))
    assert text.removesuffix(tail).endswith("}\n\n\n") == front_matter.endswith("\n\n\n")


def test_an_imported_file_that_cannot_be_changed_is_written_anew() -> None:
    """Its values are all there; only the layout that could not take ours is lost."""
    fields: dict[str, Value] = {"title": "New", "odd": "x", "dermai": {"id": "s1"}}
    text = create(fields, "title: &t x\nodd: *t\n")
    assert text.startswith('---\ntitle: "New"\nodd: x\n')


# --------------------------------------------------------------------------- properties

FIELDS = st.sampled_from(
    [("title",), ("quality",), ("published",), ("excerpt",), ("provider", "name"), ("dermai", "kind")]
)
LISTS = st.sampled_from([("topics",), ("images",), ("related",), ("dermai", "conditions")])
WORDS = st.sampled_from(["a", "b", "no", "12:30", 'x "y"'])
Step: TypeAlias = dict[tuple[str, ...], str | None]
Lists: TypeAlias = dict[tuple[str, ...], list[int]]
STEPS = st.dictionaries(FIELDS, st.one_of(WORDS, st.none()), max_size=4)
ORDERS = st.dictionaries(LISTS, st.lists(st.integers(1, 5), unique=True, max_size=4), max_size=3)


def value_for(path: tuple[str, ...], word: str | None) -> Value | None:
    if word is None:
        return None
    if path == ("quality",):
        return len(word)
    if path == ("published",):
        return word == "a"
    return word


def list_for(path: tuple[str, ...], numbers: list[int], quality: int) -> Value:
    if path == ("related",):
        return tuple(related(number, quality + number) for number in numbers)
    if path == ("images",):
        return tuple({"url": f"https://a.example/{number}.png", "width": quality} for number in numbers)
    return tuple(f"t{number}" for number in numbers)


def after(
    fields: Fields, step: dict[tuple[str, ...], str | None], lists: dict[tuple[str, ...], list[int]], quality: int
) -> dict[str, Value]:
    result = dict(fields)
    for path, word in step.items():
        value = value_for(path, word)
        inner = result.get(path[0])
        if value is not None or path[-1] in (inner if len(path) == 2 and isinstance(inner, dict) else result):
            result = changed(result, path, value)
    for path, numbers in lists.items():
        result = changed(result, path, list_for(path, numbers, quality))
    return {key: value for key, value in result.items() if value not in ((), {})}


@settings(deadline=None, max_examples=60)
@example({}, {("related",): [2, 1]}, {}, {("topics",): [], ("related",): [1, 3, 2, 4]}, {})
@example({}, {("related",): [3]}, {}, {("related",): [2, 1]}, {})
@example({}, {("topics",): [], ("related",): [2, 1]}, {}, {("related",): [2, 1]}, {})
@given(STEPS, ORDERS, STEPS, ORDERS, STEPS)
def test_e02_no_machine_change_ever_loses_an_editors_value(
    machine: Step, machine_lists: Lists, editor: Step, editor_lists: Lists, later: Step
) -> None:
    """Every value that an editor set, and every gap they left, is there after three runs; merging is idempotent."""
    start = create(OURS)
    edits: dict[tuple[str, ...], Value | None] = {path: value_for(path, word) for path, word in editor.items()}
    edits |= {path: list_for(path, numbers, 7) or None for path, numbers in editor_lists.items()}
    edits = {path: value for path, value in edits.items() if value != at(start, path)}
    text = splice(read(start), edits)
    for ours in (after(OURS, machine, machine_lists, 50), after(OURS, later, {}, 50), OURS):
        merged = merge(read(text), ours)
        again = merge(read(merged.text), ours)
        assert (again.text, again.clashes) == (merged.text, merged.clashes)
        assert_agreed(again.edits, merged.edits)
        text = merged.text
        for path, value in edits.items():
            if path in BY_ELEMENT and value is not None:
                assert_elements_kept(at(start, path), value, at(text, path))
            elif path != ("published",):  # the one field in which decisions speak through the machine
                assert at(text, path) == value


def assert_agreed(edits: tuple[Edit, ...], others: tuple[Edit, ...]) -> None:
    """The same edits, but for orders: these name what stands in the list, and agree about what both have.

    One that the machine would write by now is none any more; the log holds it then (`edits.orders`, test_edits.py).
    """
    assert [edit for edit in edits if edit.key != ORDER] == [edit for edit in others if edit.key != ORDER]
    before = {edit.path: edit.theirs for edit in others if edit.key == ORDER}
    for edit in edits:
        if edit.key == ORDER:
            names, known = edit.theirs, before[edit.path]
            assert isinstance(names, tuple)
            assert isinstance(known, tuple)
            assert [name for name in names if name in known] == [name for name in known if name in names]


def assert_elements_kept(before: Value | None, edited: Value, now: Value | None) -> None:
    """The elements that an editor added or changed are in the list, those they removed are not."""
    assert isinstance(before, tuple)
    assert isinstance(edited, tuple)
    assert isinstance(now, tuple)
    assert all(element in now for element in edited if element not in before)
    names = ("webUrl", "url")
    removed = identified(before, names).keys() - identified(edited, names).keys()
    assert not removed & identified(now, names).keys()


@settings(deadline=None, max_examples=60)
@given(STEPS, ORDERS)
def test_undoing_a_machine_change_restores_the_bytes(machine: Step, lists: Lists) -> None:
    """Promise 5 rests on this: what the machine wrote, it can take back byte for byte."""
    text = create(OURS)
    there = merge(read(text), after(OURS, machine, lists, 50)).text
    assert merge(read(there), OURS).text == text


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_weaving_keeps_the_first_order_and_loses_none(first: list[str], second: list[str]) -> None:
    """All keys once, those of the first list in its order."""
    woven = weave(first, second)
    assert sorted(woven) == sorted({*first, *second})
    assert [key for key in woven if key in first] == first
    assert weave(woven, second) == woven


def test_elements_are_told_apart_by_their_address() -> None:
    """By `webUrl` first, then `originalUrl`, then title; an element with none of them by all it says."""
    values: list[Value] = [{"webUrl": "u", "title": "t"}, {"title": "t"}, {"quality": 3}, "plain"]
    names = [element.name for element in identified(values, ("webUrl", "originalUrl", "title")).values()]
    assert names == ["u", "t", '{"quality": "3"}', "plain"]


def test_w13_a_file_of_ours_is_plain_yaml() -> None:
    """PyYAML reads what we write, `written` included."""
    assert yaml.safe_load(create(OURS).split("---\n")[1])["dermai"]["id"] == "s1"


def test_a_hash_of_digits_alone_is_still_a_hash() -> None:
    """The hash of quality 10 looks like a number, and would be none of ours if it were read as one."""
    assert digest(10).isdigit()
    ours = {**OURS, "quality": 10}
    made = create(ours, "")
    edited = read(made.replace("quality: 10\n", "quality: 60\n", 1))
    assert [edit.field for edit in merge(edited, ours).edits] == ["quality"]
    assert merge(read(made), {**OURS, "quality": 11}).clashes == ()
    assert read(merge(read(made), {**OURS, "quality": 11}).text).fields["quality"] == 11
    unquoted = made.replace('"53654959"', "53654959")
    assert unquoted != made
    assert merge(read(unquoted), ours).text == unquoted  # as files were written before
