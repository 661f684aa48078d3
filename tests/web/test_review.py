"""What editors see and decide."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import html5lib
import pytest

from dermai_feed import app, decisions, pipeline
from dermai_feed.model import Clash, Comparison, Edge, Grouping, Story, Work
from dermai_feed.normalize.text import clean
from dermai_feed.pipeline.parts import Parts
from dermai_feed.verbs import founding_item
from dermai_feed.web import queues

from .conftest import NOW, Review, clashing, item, over, put, unsure

PAGES = ("/", "/pairs", "/clashes", "/digest", "/sources", "/log", "/story/i00001")


def test_held_items_stand_there_with_the_reason(review: Review) -> None:
    """Title, source, date and why."""
    text = review.page()
    assert "6 stories wait for a decision" in text
    assert "Story number 3 of the week" in text
    assert "Because: dermatology: skin; too little AI: model" in text


@pytest.mark.parametrize("verb", ["accept", "reject", "hold", "promote", "drop", "publish", "unpublish", "pin"])
def test_each_verb_is_one_line_of_the_log(review: Review, verb: str) -> None:
    """With who, why, and the version that was shown."""
    fields = review.fields(holding="i00002|") | {"verb": verb, "why": "because\nI say so"}
    fields["target"] = [t for t in fields["target"] if t.startswith("i00002|")]
    assert review.post("/decide", fields).status_code == 303
    (decision,) = review.parts.store.decisions.all()
    assert (decision.verb, decision.target, decision.who) == (verb, ("i00002",), "ada")
    assert decision.why == "because I say so"
    assert decision.seen == fields["target"][0].partition("|")[2]


def test_marks_are_kept_and_a_form_without_any_is_told_so(review: Review) -> None:
    """`rate` needs one of the two marks, 1 to 7."""
    fields = review.fields("/story/i00001") | {"verb": "rate"}
    assert review.post("/decide", fields | {"relevance": "8"}).status_code == 400
    assert review.post("/decide", fields | {"relevance": "6", "newsworthiness": ""}).status_code == 303
    assert review.parts.store.decisions.all()[0].value == {"relevance": 6}


def test_the_log_says_what_each_decision_was_about(parts: Parts) -> None:
    """The title of the story, the field that was edited, the marks, and what an undo took back."""
    clashing(parts)
    review = over(parts)
    put(parts, [item(2)])
    for verb in ("rate", "hold"):
        form = review.fields("/story/i00002") | {"verb": verb, "relevance": "6"}
        assert review.post("/decide", form).status_code == 303
    assert review.post("/undo", review.fields("/log")).status_code == 303
    shown = review.page("/log")
    for words in ("Edit of title", "Rate: relevance 6", "Undo hold", ">Story number 2 of the week</a>"):
        assert words in shown


def test_a_group_is_accepted_at_once_and_undone_at_once(review: Review) -> None:
    """E-10: one decision over six stories, one undo, and the queue is as before; the log keeps both."""
    before = review.page().count("<article")
    fields = review.fields(holding="Accept all 6")
    fields["verb"] = "accept"
    answer = review.post("/decide", fields)
    assert "Nothing is held" in review.page()
    undo = review.fields(answer.headers["location"], "data-undo")
    assert review.post("/undo", undo).status_code == 303
    assert review.page().count("<article") == before
    assert [verb for verb, *_ in review.decisions()] == ["accept", "undo"]


@pytest.mark.parametrize("verb", ["accept", "reject", "hold", "promote", "drop", "publish", "unpublish", "pin", "rate"])
def test_each_kind_of_decision_is_undone_e_10(review: Review, verb: str) -> None:
    """E-10: what is in force is as before, and the log is longer by one."""
    fields = review.fields("/story/i00001") | {"verb": verb, "relevance": "5"}
    assert review.post("/decide", fields).status_code == 303
    shown = review.fields("/log")
    assert review.post("/undo", shown).status_code == 303
    assert review.parts.store.decisions.active() == ()
    assert len(review.decisions()) == 2
    assert review.post("/undo", shown | {"key": "another-key-of-this-form"}).status_code == 409


def test_a_stale_form_is_refused_with_both_values_e_09(review: Review) -> None:
    """E-09: two browsers saw the same; the second is told what the first decided, and keeps its words."""
    other = review.other()
    mine, yours = review.fields("/story/i00001"), other.fields("/story/i00001")
    assert review.post("/decide", mine | {"verb": "accept", "why": "a good one"}).status_code == 303
    answer = other.post("/decide", yours | {"verb": "reject", "why": "not ours"})
    assert answer.status_code == 409
    assert "You: reject" in answer.text
    assert "accept by ada" in answer.text
    assert "a good one" in answer.text
    assert "You wrote: not ours" in answer.text
    assert [verb for verb, *_ in review.decisions()] == ["accept"]


def test_of_fifty_at_once_exactly_one_wins_e_09(review: Review) -> None:
    """E-09: the same version, fifty forms, ten threads; 49 get 409 and none is lost."""
    fields = review.fields("/story/i00001")
    verbs = ["accept", "reject"] * 25

    def send(n: int) -> int:
        form = fields | {"key": f"key-of-form-number-{n}", "verb": verbs[n]}
        status: int = review.post("/decide", form).status_code
        return status

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(send, range(50)))
    assert statuses == [303] + [409] * 49
    assert len(review.decisions()) == 1


def test_a_file_that_was_edited_since_makes_the_form_stale_e_09(parts: Parts) -> None:
    """E-09: an editor in the file and one on the page conflict as two on the page do."""
    put(parts, [item(1)], decision="accept", score=0.9)
    pipeline.match(parts, now=NOW)
    pipeline.publish(parts, now=NOW)
    review = over(parts)
    fields = review.fields("/story/i00001") | {"verb": "reject"}
    (path,) = (parts.corpus / "news").glob("*.md")
    path.write_text(path.read_text(encoding="utf-8") + "\nA note.\n", encoding="utf-8")
    assert review.post("/decide", fields).status_code == 409
    assert path.read_text(encoding="utf-8").endswith("A note.\n")


def test_a_word_that_came_by_the_log_makes_the_form_stale_e_09(review: Review) -> None:
    """E-09: another editor's lines, pulled while the form was open, count as what is decided on the page."""
    fields = review.fields("/story/i00001") | {"verb": "accept", "why": "mine"}
    log = review.parts.corpus / "decisions.jsonl"
    decisions.record(log, now=NOW, random=os.urandom, who="grace", verb="reject", target=("i00001",), why="not ours")
    answer = review.post("/decide", fields)
    assert answer.status_code == 409
    assert "reject by grace" in answer.text
    assert "not ours" in answer.text
    assert review.decisions() == [("reject", "i00001")]


@pytest.mark.parametrize("first", ["accept", "same", "keep"])
@pytest.mark.parametrize("second", ["rate", "different", "take"])
def test_of_any_two_words_about_one_story_the_second_is_told_e_09(parts: Parts, first: str, second: str) -> None:
    """E-09: a decision, a mark, a pair and a clash, each in two browsers: where both speak of the same, one wins."""
    clashing(parts)
    put(parts, [item(2), item(3)], decision="accept")
    unsure(parts, (2, 3))
    review = over(parts)
    pages = {"same": "/pairs", "different": "/pairs", "keep": "/clashes", "take": "/clashes"}
    forms = []
    for verb, browser in ((first, review), (second, review.other())):
        form = browser.fields(pages.get(verb, "/story/i00002")) | {"verb": verb, "relevance": "4"}
        forms.append((browser, "/clash" if verb in {"keep", "take"} else "/decide", form))
    statuses = [browser.post(path, form).status_code for browser, path, form in forms]
    apart = (first == "keep") != (second == "take")
    assert statuses == [303, 303 if apart else 409]
    assert len([d for d in parts.store.decisions.all() if d.who == "ada"]) == 1 + apart


@pytest.mark.parametrize("verb", ["same", "different", "related", "keep", "take", "undo"])
def test_words_about_pairs_fields_and_decisions_are_undone_e_10(parts: Parts, verb: str) -> None:
    """E-10: what ties items, what stands in a clash, and an undo itself: as before, and the log longer by one."""
    clashing(parts)
    put(parts, [item(2), item(3)], decision="accept")
    unsure(parts, (2, 3))
    review = over(parts)
    if verb == "undo":
        assert review.post("/decide", review.fields("/story/i00002") | {"verb": "hold"}).status_code == 303
    (path,) = (parts.corpus / "news").glob("*number-1-*.md")
    before = parts.store.decisions.active(), parts.store.decisions.constraints(), path.read_bytes()
    action, page = ("/clash", "/clashes") if verb in {"keep", "take"} else ("/decide", "/pairs")
    if verb == "undo":
        action, page = "/undo", "/log"
    assert review.post(action, review.fields(page) | {"verb": verb}).status_code == 303
    pipeline.publish(parts, now=NOW)
    count = len(parts.store.decisions.all())
    assert parts.store.decisions.active() != before[0]
    assert review.post("/undo", review.fields("/log")).status_code == 303
    pipeline.publish(parts, now=NOW)
    assert (parts.store.decisions.active(), parts.store.decisions.constraints()) == before[:2]
    assert "Mine" in path.read_text(encoding="utf-8")
    assert verb == "take" or path.read_bytes() == before[2]
    assert len(parts.store.decisions.all()) == count + 1


def test_a_form_sent_twice_acts_once_u_10(review: Review) -> None:
    """U-10: double click, and back and again with another button."""
    fields = review.fields("/story/i00001")
    assert review.post("/decide", fields | {"verb": "accept"}).status_code == 303
    again = review.post("/decide", fields | {"verb": "accept"})
    assert again.headers["location"].endswith("said=before")
    assert review.post("/decide", fields | {"verb": "reject"}).headers["location"].endswith("said=before")
    assert [verb for verb, *_ in review.decisions()] == ["accept"]


def test_a_double_click_in_two_threads_acts_once_u_10(review: Review) -> None:
    """U-10: both at the same time."""
    fields = review.fields("/story/i00001") | {"verb": "accept"}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: review.post("/decide", fields).status_code, range(2)))
    assert answers == [303, 303]
    assert len(review.decisions()) == 1


@pytest.mark.parametrize("verb", ["same", "different", "related"])
def test_unsure_pairs_are_decided_and_gone(parts: Parts, verb: str) -> None:
    """With the comparisons that `why A B` shows."""
    put(parts, [item(1), item(2)], decision="accept")
    unsure(parts, (1, 2))
    review = over(parts)
    text = review.page("/pairs")
    assert "probability 0.800" in text
    assert "title: near (0.91) +2.5" in text
    assert review.post("/decide", review.fields("/pairs") | {"verb": verb}).status_code == 303
    assert review.decisions() == [(verb, "i00001", "i00002")]
    assert "0 pairs" in review.page("/pairs")


@pytest.mark.parametrize("verb", ["keep", "take"])
def test_a_clash_shows_all_three_values_and_is_settled(parts: Parts, verb: str) -> None:
    """Before, yours, the machine's; a form about a value that is no more is stale."""
    path = clashing(parts)
    review = over(parts)
    shown = review.page("/clashes")
    for value in ("Story number 1 of the week", "Mine", "The machine&#39;s new title"):
        assert value in shown
    fields = review.fields("/clashes") | {"verb": verb}
    assert review.post("/clash", fields | {"seen": "0" * 16, "key": "some-other-key-here"}).status_code == 409
    assert review.post("/clash", fields).status_code == 303
    assert "0 fields" in review.page("/clashes")  # decided; only the file is the next run's
    pipeline.publish(parts, now=NOW)
    assert "0 fields" in review.page("/clashes")
    assert ("Mine" in path.read_text(encoding="utf-8")) == (verb == "keep")


def test_candidates_of_the_week_show_what_editors_said(parts: Parts) -> None:
    """Promoted and dropped stories say so."""
    put(parts, [item(1), item(2)], decision="accept", score=0.9)
    pipeline.match(parts, now=NOW)
    review = over(parts)
    assert "2 stories may stand in it" in review.page("/digest")
    assert review.post("/decide", review.fields("/digest") | {"verb": "promote"}).status_code == 303
    assert "promote by ada" in review.page("/digest")


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b id=q name=q>"
ALLOWED = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "p", "form", "input", "button",
    "main", "h1", "h2", "h3", "section", "article", "label", "footer", "kbd", "select", "option", "ul", "li", "div",
    "details", "summary", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "strong", "span",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "rel", "href", "src", "defer", "class", "id", "aria-label", "aria-current",
    "method", "action", "type", "value", "role", "tabindex", "for", "form", "maxlength", "autocomplete", "scope",
    "data-key", "data-marked", "data-group", "data-undo",
    "data-label", "disabled", "hidden",
}  # fmt: skip
NAMES = {
    "token", "key", "next", "target", "why", "verb", "viewport", "decision", "relevance", "newsworthiness", "story",
    "field", "seen", "password",
}  # fmt: skip


def test_what_feeds_say_is_text_and_nothing_else_u_05(parts: Parts) -> None:
    """U-05: every page parsed as browsers do; tags, attributes, names, ids and addresses from lists of ours."""
    bad = [item(n, HOSTILE, excerpt=HOSTILE, url="javascript:alert(1)") for n in (1, 2)]
    put(parts, [*bad, item(3, HOSTILE, url='https://x.example/"onclick="alert(1)')])
    story = Story(id="20261118080000-i00003", lead="wx", works=(Work(id="wx", canonical="i00003", items=("i00003",)),))
    parts.store.matching.save_keys_and_edges(
        {f"i0000{n}": ("k",) for n in (1, 2, 3)},
        (Edge(a="i00001", b="i00002", level="related", weight=1.0, probability=0.6,
              comparisons=(Comparison(name="title", value=HOSTILE, level="near", weight=1.0),)),),
    )  # fmt: skip
    parts.store.matching.save_grouping(["i00003"], Grouping(stories=(story,)), "w", NOW)
    clash = Clash(path="news/x.md", field=HOSTILE, theirs=HOSTILE, ours=HOSTILE, base=HOSTILE)
    parts.store.stories.save_document(story, "news/x.md", "0" * 64, clashes=(clash,))
    review = over(parts)
    fields = review.fields("/story/i00001") | {"verb": "hold", "why": HOSTILE}
    assert review.post("/decide", fields).status_code == 303
    for path in (*PAGES, f"/story/{story.id}", f"/?said={HOSTILE}"):
        assert_inert(review.page(path), path)


def assert_inert(text: str, path: str) -> list[str]:
    """Fails where a page holds anything but our own tags, attributes, names and links; its words otherwise."""
    document = html5lib.parse(text, namespaceHTMLElements=False)
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag in ALLOWED, path
        assert set(element.attrib) <= ATTRIBUTES, (path, element.attrib)
        assert element.get("id", "main") in {"main", "marked"}
        assert element.get("name", "why") in NAMES
        href = element.get("href", "/")
        assert href.startswith(("/", "#")) or href == "data:," or urlsplit(href).scheme in {"http", "https"}, href
        assert not href.startswith(("//", "/\\"))
        if href.startswith("http"):
            assert urlsplit(href).hostname
            assert element.get("rel") == "noopener noreferrer nofollow"
        if element.tag == "script":
            assert (element.get("src"), element.text) == ("/static/review.js", None)
    return list(document.itertext())


@pytest.mark.shared
def test_every_hostile_text_there_is_is_shown_as_it_is_x_19(parts: Parts, hostile_module: Any) -> None:
    """X-19, U-05: all titles, XSS vectors and links of the hostile server, as title, text and address of an item."""
    texts = [*(title for _, title in hostile_module.TITLES), *hostile_module.XSS, *hostile_module.BAD_LINKS]
    texts = [kept for text in texts if (kept := clean(text).strip())]
    put(parts, [item(n, text, excerpt=text, url=text) for n, text in enumerate(texts)])
    review = over(parts)
    said: list[str] = []
    for number in range(1, -(-len(texts) // queues.PAGE) + 1):
        said += assert_inert(review.page(f"/?page={number}"), "/")
    for n in (0, len(texts) // 2, len(texts) - 1):
        assert_inert(review.page(f"/story/i{n:05}"), "/story")
    shown = set(said)
    assert [text for text in texts if text not in shown] == []


def test_decisions_are_taken_while_runs_work_and_none_is_lost_x_11(parts: Parts) -> None:
    """X-11: the page decides while a run holds the lock, matches and publishes; every answer of 303 is in the log."""
    put(parts, [item(n) for n in range(12)])
    review = over(parts)
    shown = [review.fields(f"/story/i{n:05}") | {"verb": "accept"} for n in range(12)]
    with app.locked(parts.config), ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(review.post, "/decide", form) for form in shown]
        while not all(answer.done() for answer in answers):
            pipeline.match(parts, now=NOW)
            pipeline.publish(parts, now=NOW)
    confirmed = [form["target"][0].partition("|")[0] for form, a in zip(shown, answers, strict=True)
                 if a.result().status_code == 303]  # fmt: skip
    assert {a.result().status_code for a in answers} <= {303, 409, 503}
    assert confirmed
    pipeline.replay(parts, now=NOW)
    told = [founding_item(target) for _, target in review.decisions()]
    assert sorted(told) == sorted(confirmed)
    pipeline.match(parts, now=NOW)
    pipeline.publish(parts, now=NOW)
    accepted = {one.id for one in parts.store.items.decided("accept")}
    assert set(confirmed) <= accepted


def test_pages_of_fifty_of_five_thousand_come_within_a_second_u_13(parts: Parts) -> None:
    """U-13: the first and the last page, the best of three, in processor time: no neighbour adds to it."""
    put(parts, [item(n) for n in range(5_000)])
    review = over(parts)
    for path in ("/", "/?page=100"):
        took = []
        for _ in range(3):
            begun = time.process_time()
            text = review.page(path)
            took.append(time.process_time() - begun)
        assert text.count("<article") == 50
        assert min(took) < 1.0


def test_a_week_of_three_hundred_is_decided_in_forty_forms_field_22(parts: Parts) -> None:
    """U-13, FIELD 22: 200 judged by the rules, 100 held; by buttons that keys press, interrupted half way."""
    put(parts, [item(n) for n in range(120)], decision="accept", score=0.9)
    put(parts, [item(n) for n in range(120, 200)], decision="reject", score=0.1)
    put(parts, [item(n) for n in range(200, 260)], score=0.45)
    put(parts, [item(n) for n in range(260, 300)], score=0.32)
    review, sent = over(parts), 0
    while "Nothing is held" not in review.page() and sent < 40:
        if sent == 2:
            review = over(parts)  # the server was started anew; what was decided stands
        near = "Nearly accepted" in review.page()
        fields: dict[str, Any] = review.fields(holding="Accept all")
        assert review.post("/decide", fields | {"verb": "accept" if near else "reject"}).status_code == 303
        sent += 1
    assert review.post("/decide", review.fields("/story/i00250") | {"verb": "promote"}).status_code == 303
    assert sent + 1 <= 40
    decided = parts.store.items.decided
    assert [len(decided(verdict)) for verdict in ("accept", "review", "reject")] == [180, 0, 120]
    assert founding_item("i00250") == "i00250"
