"""A story as the fields of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.model import (
    Identifier,
    Image,
    Item,
    Provider,
    Publication,
    PublishRule,
    Ranking,
    Repair,
    Score,
    Story,
    Telling,
    Verdict,
    Work,
)
from dermai_feed.publish.frontmatter import Value, emit, read
from dermai_feed.publish.merge import create, merge
from dermai_feed.publish.policy import described, rule_for
from dermai_feed.publish.story import render

SAMPLE = (Path(__file__).parent.parent / "data" / "publish" / "imported.md").read_text("utf-8")
FRONT_MATTER = SAMPLE.split("---\n")[1]
NOON = datetime(2024, 3, 14, 12, 0, tzinfo=UTC)
RANKING = Ranking(
    quality=Score(total=72, terms=(("publisher", 40), ("kind", 20), ("on topic", 12))),
    heat=Score(total=82, terms=(("quality", 72), ("further origins", 10))),
    trust=Score(total=65, terms=(("best publisher", 40), ("registered identifier", 25))),
)


def item(id_: str, **changes: Any) -> Item:
    base = Item(
        id=id_, source_id="src", key=f"url:{id_}", title=f"Title {id_}", excerpt=f"Text of {id_}.",
        url=f"https://{id_}.example/a", original_url=f"https://{id_}.example/a?utm_source=x", published=NOON,
        first_seen=NOON, provider=Provider(name=f"Name {id_}", domain=f"{id_}.example"),
    )  # fmt: skip
    return replace(base, **changes)


def work(id_: str, *items: str, role: Any = "coverage") -> Work:
    return Work(id=id_, canonical=items[0], items=tuple(sorted(items)), role=role)


def verdict(id_: str, **changes: Any) -> Verdict:
    base = Verdict(item_id=id_, decision="accept", score=0.9, because="names both", topics=("AI in Healthcare", "AI"))
    return replace(base, **changes)


def telling(items: list[Item], works: list[Work], **changes: Any) -> Telling:
    base = Telling(
        story=Story(id="s1", lead=works[0].id, works=tuple(works)),
        items={one.id: one for one in items},
        verdicts={one.id: verdict(one.id) for one in items},
        ranking=RANKING,
    )
    return replace(base, **changes)


def alone(one: Item, **changes: Any) -> Telling:
    return telling([one], [work("w1", one.id)], **changes)


def own(fields: Mapping[str, Value]) -> dict[str, Any]:
    block = fields["dermai"]
    assert isinstance(block, dict)
    return block


# --------------------------------------------------------------------------- stories of ours


def test_a_plain_article_has_the_keys_of_the_seeds_in_their_order() -> None:
    """Category news, not published, both addresses, scores from the ranking, one image."""
    one = item(
        "a", images=(Image(url="https://a.example/1.png", width=10, height=20), Image(url="https://a.example/2.png"))
    )
    fields = render(alone(one), path="news/x.md")
    assert list(fields) == [
        "category", "title", "excerpt", "publishedDateTime", "originalUrl", "webUrl", "type", "quality", "heat",
        "published", "provider", "topics", "images", "dermai",
    ]  # fmt: skip
    assert {key: fields[key] for key in list(fields)[:-1]} == {
        "category": "news", "title": "Title a", "excerpt": "Text of a.", "publishedDateTime": "2024-03-14T12:00:00Z",
        "originalUrl": "https://a.example/a?utm_source=x", "webUrl": "https://a.example/a", "type": "article",
        "quality": 72, "heat": 82, "published": False, "provider": {"name": "Name a", "domain": "a.example"},
        "topics": ("AI in Healthcare", "AI"),
        "images": ({"url": "https://a.example/1.png", "width": 10, "height": 20},),
    }  # fmt: skip
    assert read(emit(fields)).fields == fields
    assert read(emit(fields)).faults == ()


def test_a_video_has_no_web_url() -> None:
    """`webUrl` is absent exactly for videos (SCHEMA §1); a podcast has both."""
    video = render(alone(item("a", type="video")))
    assert "webUrl" not in video
    assert video["originalUrl"] == "https://a.example/a?utm_source=x"
    assert video["type"] == "video"
    assert "webUrl" in render(alone(item("a", type="podcast")))


@pytest.mark.parametrize("kind", ["paper", "trial", "regulatory"])
def test_a_type_that_the_seeds_do_not_know_is_an_article(kind: str) -> None:
    """Papers and documents are `type: article` with our own kind (decision 6)."""
    fields = render(alone(item("a", type=kind), verdicts={"a": verdict("a", kind=kind)}))
    assert fields["type"] == "article"
    assert own(fields)["kind"] == kind


def test_amp_addresses_come_in_pairs() -> None:
    """Always both or neither (SCHEMA §1)."""
    both = render(alone(item("a", amp_url="https://a.example/amp", cdn_amp_url="https://a-example.cdn.example/c")))
    assert list(both)[5:8] == ["webUrl", "ampWebUrl", "cdnAmpWebUrl"]
    assert "ampWebUrl" not in render(alone(item("a", amp_url="https://a.example/amp")))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a.example/x", "//a.example/x", "http://[bad", "no address", ""]
)
def test_n10_only_web_addresses_are_written(url: str) -> None:
    """An address that is none is left out, the story stays."""
    fields = render(alone(item("a", url=url, original_url=url, images=(Image(url=url),))))
    assert not {"webUrl", "originalUrl", "images"} & fields.keys()


@pytest.mark.parametrize(
    ("width", "height", "kept"), [(1, 20_000, True), (None, None, True), (0, 10, False), (10, 20_001, False)]
)
def test_n10_an_image_with_impossible_sides_is_dropped(width: int | None, height: int | None, kept: bool) -> None:
    """Sides of 1 to 20,000 pixels; the next valid image takes its place."""
    first = Image(url="https://a.example/1.png", width=width, height=height)
    fields = render(alone(item("a", images=(first, Image(url="https://a.example/2.png", title="T", cached=True)))))
    images: Any = fields["images"]
    assert [image["url"][-5] for image in images] == ["1" if kept else "2"]
    if not kept:
        assert images == ({"url": "https://a.example/2.png", "isCached": True, "title": "T"},)


def test_the_main_topic_is_never_missing() -> None:
    """`AI` is in every file of the seeds' site; triage's own order stays."""
    assert render(alone(item("a"), verdicts={"a": verdict("a", topics=("AI", "Machine Learning"))}))["topics"] == (
        "AI", "Machine Learning",
    )  # fmt: skip
    assert render(alone(item("a"), verdicts={"a": verdict("a", topics=("Robotics",))}))["topics"] == ("Robotics", "AI")
    assert render(alone(item("a"), verdicts={}))["topics"] == ("AI",)


def test_a_story_without_a_verdict_waits_for_review() -> None:
    """What triage has not judged is not accepted."""
    assert own(render(alone(item("a"), verdicts={})))["verdict"] == "review"


# --------------------------------------------------------------------------- several works


def several() -> Telling:
    items = [
        item("paper", provider=Provider(name="Journal", domain="j.example", tier="primary")),
        item("mirror"),
        item("release", images=(Image(url="https://release.example/1.png"),)),
        item("news", type="video"),
        item("sister", provider=Provider(name="Sister", domain="sister.example", family="house")),
        item("brother", provider=Provider(name="Brother", domain="brother.example", family="house")),
    ]
    works = [
        work("w3", "paper", "mirror", role="paper"),
        work("w1", "release", role="release"),
        work("w2", "news"),
        work("w4", "sister"),
        work("w5", "brother"),
    ]
    return telling(items, works, qualities={"w1": 30, "w2": 90, "w3": 72, "w4": 30})


def test_related_holds_the_other_works_best_first() -> None:
    """One entry for each other work, by quality, never the story's own (decision 6)."""
    related: Any = render(several())["related"]
    assert [entry["title"] for entry in related] == ["Title news", "Title release", "Title sister", "Title brother"]
    assert related[1] == {
        "title": "Title release", "excerpt": "Text of release.", "publishedDateTime": "2024-03-14T12:00:00Z",
        "webUrl": "https://release.example/a", "type": "article",
        "provider": {"name": "Name release", "domain": "release.example"}, "quality": 30,
        "images": ({"url": "https://release.example/1.png"},),
    }  # fmt: skip
    assert list(related[1]) == [
        "title",
        "excerpt",
        "publishedDateTime",
        "webUrl",
        "type",
        "provider",
        "quality",
        "images",
    ]
    assert "quality" not in related[3]
    assert related[0]["webUrl"] == "https://news.example/a"


def test_each_work_lists_the_others() -> None:
    """Whichever work leads, the same five works are in the file (decision 6)."""
    story = several()
    titles = {f"Title {work.canonical}" for work in story.story.works}
    for lead in story.story.works:
        fields = render(replace(story, story=replace(story.story, lead=lead.id)))
        related: Any = fields["related"]
        assert {entry["title"] for entry in related} | {fields["title"]} == titles
        assert len(related) == 4


def test_works_and_carriers_stand_under_dermai() -> None:
    """The leading work first, in it the canonical item first; origins are counted, not copies."""
    block = own(render(several(), path="news/x.md"))
    assert [entry["id"] for entry in block["works"]] == ["w3", "w1", "w2", "w4", "w5"]
    assert block["works"][0] == {
        "id": "w3", "role": "paper", "canonical": "paper",
        "carriers": (
            {"item": "paper", "url": "https://paper.example/a", "provider": "j.example", "source": "src"},
            {"item": "mirror", "url": "https://mirror.example/a", "provider": "mirror.example", "source": "src"},
        ),
    }  # fmt: skip
    assert block["origins"] == 4  # the two of one house are one
    assert block["carriers"] == 6


def test_the_order_of_the_works_does_not_matter() -> None:
    """Equal stories give equal bytes, in whatever order their parts came (W-02, N-11)."""
    story = several()
    other = replace(
        story,
        story=replace(story.story, works=tuple(reversed(story.story.works))),
        items=dict(reversed(story.items.items())),
    )  # fmt: skip
    assert create(render(other)) == create(render(story))


def test_the_block_explains_scores_and_neighbours() -> None:
    """Terms beside their totals, neighbours by nearness, aliases sorted, conditions and themes as triage gave them."""
    story = Story(
        id="s1",
        lead="w1",
        works=(work("w1", "a"),),
        aliases=("s9", "s5"),
        see_also=(("s7", 0.5), ("s3", 0.9), ("s2", 0.5)),
    )
    judged = verdict("a", conditions=("melanoma",), themes=("triage",))
    block = own(render(alone(item("a", section="Skin Cancer"), story=story, verdicts={"a": judged}), path="news/x.md"))
    assert block["scores"]["quality"] == {"total": 72, "publisher": 40, "kind": 20, "on topic": 12}
    assert block["scores"]["heat"]["total"] == 82
    assert block["scores"]["trust"]["total"] == 65
    assert block["see_also"] == ("s3", "s2", "s7")
    assert block["aliases"] == ("s5", "s9")
    assert block["conditions"] == ("melanoma",)
    assert block["themes"] == ("triage",)
    assert block["section"] == "Skin Cancer"
    assert (block["id"], block["path"], block["verdict"], block["because"]) == (
        "s1",
        "news/x.md",
        "accept",
        "names both",
    )


def test_a_paper_shows_journal_authors_and_identifiers() -> None:
    """At most 25 authors; identifiers of the whole work, the canonical item's first."""
    paper = item(
        "a", authors=tuple(f"Author {n}" for n in range(30)), publication=Publication(journal="J Derm"),
        identifiers=(Identifier(scheme="doi", value="10.1/a"), Identifier(scheme="pmid", value="31960407")),
    )  # fmt: skip
    index = item(
        "b", identifiers=(Identifier(scheme="doi", value="10.1/other"), Identifier(scheme="pmcid", value="PMC7"))
    )
    story = telling([paper, index], [work("w1", "a", "b")], verdicts={"a": verdict("a", kind="paper")})
    fields = render(story)
    block = own(fields)
    assert len(block["authors"]) == 25
    assert block["authors"][0] == "Author 0"
    assert block["journal"] == "J Derm"
    assert block["identifiers"] == {"doi": "10.1/a", "pmcid": "PMC7", "pmid": "31960407"}
    assert '    pmid: "31960407"\n' in emit(fields)
    plain = own(render(alone(paper)))
    assert not {"authors", "journal"} & plain.keys()


def test_a_date_that_was_not_plainly_said_shows_its_basis() -> None:
    """A date from an address, or a year alone, says so; a plain one says nothing."""
    block = own(render(alone(item("a", basis="url", precision="day"))))
    assert (block["date_basis"], block["date_precision"]) == ("url", "day")
    assert not {"date_basis", "date_precision"} & own(render(alone(item("a")))).keys()


def test_w02_time_passing_changes_nothing() -> None:
    """When an item was first seen or a verdict's rules were hashed is not in the file (decision 9)."""
    later = replace(item("a"), first_seen=datetime(2025, 1, 1, tzinfo=UTC), content_hash="x", normalizer=9)
    same = alone(later, verdicts={"a": verdict("a", rules="other", score=0.91)})
    assert create(render(same)) == create(render(alone(item("a"))))


def test_the_path_stays_where_it_was_minted() -> None:
    """An existing file knows its path; a new one is told."""
    page = read(create(render(alone(item("a")), path="news/first.md")), "news/moved.md")
    assert own(render(alone(item("a")), page, path="news/moved.md"))["path"] == "news/first.md"
    hand_made = read("---\ntitle: x\n---\n")
    assert own(render(alone(item("a")), hand_made, path="news/y.md"))["path"] == "news/y.md"


# --------------------------------------------------------------------------- imported stories

MOJIBAKE = Repair(
    field="excerpt",
    was="The group of Anna Vossâ€™s laboratory tested the app on 1,204 lesions ...",
    now="The group of Anna Voss’s laboratory tested the app on 1,204 lesions ...",
    rule="mojibake",
)


def imported(**changes: Any) -> Item:
    return item(
        "seed", title="Another title", front_matter=FRONT_MATTER, imported=True, repairs=(MOJIBAKE,),
        url="https://www.skin-daily.example/news/mole-app?x=1&y=2", original_url="", **changes,
    )  # fmt: skip


def listed() -> tuple[tuple[Item, Verdict, str], ...]:
    name = Repair(field="provider.name", was="Weather for Tuesday", now="University of Examples", rule="registry")
    affix = Repair(field="title", was="Neural network reads moles", now="Neural network", rule="affix")
    uni = item("uni", url="https://www.uni.example/press/moles", original_url="", repairs=(name, affix))
    money = item("money", url="https://money.example/1", original_url="https://money.example/1")
    return (uni, verdict("uni"), "s1"), (money, verdict("money", decision="reject", because="no dermatology"), "")


def seed_story(**changes: Any) -> Telling:
    uni = listed()[0][0]
    return telling([imported(), uni], [work("w1", "seed"), work("w2", "uni")], listed=listed(), **changes)


def test_an_imported_file_differs_only_by_repairs_and_our_block() -> None:
    """Numbers, list, quoting and `secured` are the file's own; two texts are repaired."""
    text = create(render(seed_story(), path="news/x.md"), FRONT_MATTER)
    block = text[text.index("dermai:") : text.index("secured:")]
    repaired = SAMPLE.replace("â€™", "’").replace("Weather for Tuesday", "University of Examples")
    assert text.replace(block, "") == repaired
    assert block.endswith("}\n\n")


def test_every_listed_entry_is_judged_and_shown() -> None:
    """One on the story, one rejected: both stay in the list, the judgement stands beside it."""
    fields = render(seed_story())
    related: Any = fields["related"]
    assert [entry["title"] for entry in related] == ["Neural network reads moles", "Stock market closes higher"]
    uni: dict[str, Value] = {"item": "uni", "url": "https://www.uni.example/press/moles", "on_story": True}
    money: dict[str, Value] = {"item": "money", "url": "https://money.example/1", "on_story": False}
    assert own(fields)["listed"] == (
        {**uni, "verdict": "accept", "because": "names both"},
        {**money, "verdict": "reject", "because": "no dermatology"},
    )


def test_a_listed_entry_that_has_a_story_of_its_own_names_it() -> None:
    """`story` leads to where the entry ended."""
    uni, money = listed()
    fields = render(telling([imported()], [work("w1", "seed")], listed=(uni, (money[0], money[1], "s8"))))
    assert own(fields)["listed"][1]["story"] == "s8"
    assert "story" not in own(fields)["listed"][0]


def test_a_work_that_the_imported_list_does_not_know_is_added() -> None:
    """Later coverage joins the list after the entries of the file (decision 6)."""
    uni = listed()[0][0]
    story = telling(
        [imported(), uni, item("fresh")], [work("w1", "seed"), work("w2", "uni"), work("w3", "fresh")],
        listed=listed(), qualities={"w3": 99},
    )  # fmt: skip
    related: Any = render(story)["related"]
    assert [entry["title"] for entry in related][2:] == ["Title fresh"]
    assert related[2]["quality"] == 99


def test_repairs_are_shown_with_what_was_there() -> None:
    """Long texts only where they differ: a page does not hold an abstract twice (decision 3)."""
    long = Repair(
        field="excerpt",
        was="a " * 400 + "Vossâ€™s " + "b " * 400,
        now="a " * 400 + "Voss’s " + "b " * 400,
        rule="mojibake",
    )
    story = seed_story()
    seed = replace(story.items["seed"], repairs=(MOJIBAKE, long))
    repairs = own(render(replace(story, items={**story.items, "seed": seed})))["repairs"]
    assert repairs[0] == {"field": "excerpt", "was": MOJIBAKE.was, "now": MOJIBAKE.now, "rule": "mojibake"}
    assert repairs[1]["was"].startswith("…")
    assert "Vossâ€™s" in repairs[1]["was"]
    assert "Voss’s" in repairs[1]["now"]
    assert len(repairs[1]["was"]) < 70
    assert repairs[2]["item"] == "uni"
    assert (repairs[2]["was"], repairs[2]["now"]) == ("Weather for Tuesday", "University of Examples")


def test_a_repair_that_cut_a_text_does_not_bring_it_back() -> None:
    """An excerpt of 5,000 characters that was shortened is not quoted in full."""
    cut = Repair(field="excerpt", was="x" * 5_000, now="x" * 599 + "…", rule="length")
    shown = own(render(alone(item("a", repairs=(cut,)))))["repairs"][0]
    assert len(shown["was"]) + len(shown["now"]) < 400


def test_a_repair_beside_others_goes_in_unless_the_text_was_cut() -> None:
    """Rules are joined by a plus; a shortened text does not replace the words of an imported file."""
    spaced = replace(MOJIBAKE, was=MOJIBAKE.was.replace(" ", "  "), rule="mojibake+characters")
    assert render(alone(replace(imported(), repairs=(spaced,))))["excerpt"] == MOJIBAKE.now
    cut = replace(MOJIBAKE, now="The group…", rule="mojibake+cut")
    assert render(alone(replace(imported(), repairs=(cut,))))["excerpt"] == MOJIBAKE.was


def test_a_repair_that_does_not_fit_changes_nothing() -> None:
    """A name that is not the one to be repaired, an empty fragment, a field the file lacks."""
    others = (
        Repair(field="provider.name", was="Somebody else", now="Wrong", rule="registry"),
        Repair(field="excerpt", was="", now="Wrong", rule="mojibake"),
        Repair(field="subtitle", was="a", now="Wrong", rule="mojibake"),
    )
    fields = render(alone(replace(imported(), repairs=others)))
    assert "Wrong" not in emit({key: value for key, value in fields.items() if key != "dermai"})


def test_front_matter_that_cannot_be_read_is_not_in_the_way() -> None:
    """The story is then written from the item, like any other."""
    fields = render(alone(item("a", front_matter="title: [", imported=True)))
    assert fields["title"] == "Title a"


def test_an_imported_work_brings_its_quality_into_related() -> None:
    """The publisher's own number, not ours, stands in the list of the others."""
    story = telling([item("a"), imported()], [work("w1", "a"), work("w2", "seed")], qualities={"w2": 7})
    related: Any = render(story)["related"]
    assert related[0]["quality"] == 44


def test_entries_that_are_no_mappings_stay() -> None:
    """An imported list may hold anything; nothing of it is dropped."""
    odd = item("a", front_matter='title: "T"\nrelated:\n  - just text\n', imported=True)
    assert render(alone(odd))["related"] == ("just text",)


def test_the_seeds_differ_only_by_our_block(root: Path) -> None:
    """Each seed of this repository, told as a story, keeps every byte of its own."""
    texts = [path.read_bytes().decode() for path in sorted((root / "seeds").iterdir())]
    for text in (seed for seed in texts if seed.startswith("---\n")):
        front_matter = text.split("---\n")[1]
        fields = render(alone(item("a", front_matter=front_matter, imported=True)), path="news/x.md")
        written = create(fields, front_matter)
        block = written[written.index("dermai:") : written.index("secured:")]
        assert written.replace(block, "") == text
        assert merge(read(written), fields).text == written


def test_a_dermai_block_that_came_with_an_import_is_not_ours() -> None:
    """A file of another corpus keeps its values; its ids and base are replaced by this corpus'."""
    foreign = FRONT_MATTER.replace("secured:", "dermai:\n  id: s99\n  odd: x\n\nsecured:")
    fields = render(alone(item("a", front_matter=foreign, imported=True)))
    found = read(create(fields, foreign))
    assert found.story == "s1"
    assert "odd" not in found.own
    assert merge(found, fields).text == found.text


# --------------------------------------------------------------------------- rules that publish


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"quality": 72}, True), ({"quality": 73}, False), ({"trust": 65}, True), ({"trust": 66}, False),
        ({"origins": 2}, True), ({"origins": 3}, False), ({"kinds": ("article", "paper")}, True),
        ({"kinds": ("paper",)}, False), ({"sources": ("src",)}, True), ({"sources": ("other",)}, False),
        ({"quality": 72, "trust": 65, "origins": 2, "kinds": ("article",), "sources": ("src",)}, True),
        ({"quality": 72, "trust": 65, "origins": 2, "kinds": ("article",), "sources": ("other",)}, False),
    ],
)  # fmt: skip
def test_every_condition_of_a_rule_must_hold(conditions: dict[str, Any], holds: bool) -> None:
    """At its bound and beyond it; two publishers tell the story, quality is 72 and trust 65."""
    told = telling([item("a"), item("b")], [work("w1", "a"), work("w2", "b")])
    rule = PublishRule(name="r", **conditions)
    assert rule_for(told, (rule,)) is (rule if holds else None)


def test_of_two_rules_the_first_is_named() -> None:
    """In the order of the configuration."""
    never, first, second = (PublishRule(name=n, quality=q) for n, q in (("never", 100), ("one", 1), ("two", 1)))
    assert rule_for(alone(item("a")), (never, first, second)) is first


@pytest.mark.parametrize(
    "changes",
    [
        {"held": True}, {"rejected": True}, {"verdicts": {}}, {"verdicts": {"a": verdict("a", decision="review")}},
        {"items": {"a": item("a", front_matter=FRONT_MATTER)}},
    ],
)  # fmt: skip
def test_no_rule_publishes_what_nobody_accepted_or_what_was_imported(changes: dict[str, Any]) -> None:
    """Held, rejected, never judged, in review; and files that say themselves whether they are published."""
    assert rule_for(replace(alone(item("a")), **changes), (PublishRule(name="r", quality=0),)) is None


def test_a_rule_is_told_as_it_read() -> None:
    """Into the log: it may be changed later."""
    rule = PublishRule(name="papers", quality=75, kinds=("paper", "regulatory"))
    assert described(rule) == "rule papers: quality at least 75; origins at least 1; kinds paper, regulatory"
