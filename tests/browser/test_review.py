"""The review page in a real browser: at both widths and in both lights, by keys alone, and without script.

U-05, U-13, E-09, E-10: what is shown, what it asks for, and that everything can be decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.test_pages import LOOK, RULES
from tests.web.conftest import NOW, clashing, item, opened, put, serving, unsure

from dermai_feed import app
from dermai_feed.model import Grouping, Health, SourceState, Story, Work
from dermai_feed.pipeline import decide as deciding
from dermai_feed.pipeline.parts import Parts
from dermai_feed.web import sessions

STORY = "20261118080000-i00020"
HOSTILE = "<script>alert(1)</script><img src=https://x.example/a.png onerror=alert(1)>\"'><b id=q name=q>"
SOURCES = (
    {"id": "feed", "name": "Journal of Computational Dermatology and its supplements", "kind": "rss",
     "url": "https://news.example/feed"},
    {"id": "gone", "name": "Skinlines Magazine", "kind": "rss", "url": "https://gone.example/feed"},
)  # fmt: skip
PAGES = ("/", "/pairs", "/clashes", "/digest", "/sources", "/log", f"/story/{STORY}", "/story/none")


def fill(parts: Parts) -> None:
    """Something of everything: six held, two pairs, a clash, a story of two, a dead source, a log."""
    put(parts, [item(n) for n in range(10, 14)])
    put(parts, [item(14, HOSTILE, excerpt=HOSTILE, url="javascript:alert(1)"), item(15, "W" * 200)])
    put(parts, [item(n) for n in range(20, 25)], decision="accept", score=0.9)
    works = (Work(id="wx", canonical="i00020", items=("i00020", "i00021")),)
    parts.store.matching.save_grouping(
        ["i00020", "i00021"], Grouping(stories=(Story(id=STORY, lead="wx", works=works),)), "w", NOW
    )
    unsure(parts, (10, 14), (22, 23))
    gone = SourceState(
        source_id="gone", health=Health.GONE, status=410, failure="gone", failures=3, failing_since=NOW,
        failure_text=f"{HOSTILE}: status 410, at https://gone.example/a/very/long/address/without/any/space/in/it",
    )  # fmt: skip
    parts.store.items.save_poll(gone, (), (), NOW)
    for n, why in ((12, HOSTILE), (13, "a long reason " * 20)):
        made = deciding.decide(parts, "hold", [f"i{n:05}"], now=NOW, who="grace", why=why)
    deciding.undo(parts, made.id, now=NOW, who="ada")


@pytest.fixture
def project(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """A project filled so, with its clash, on the day of its items."""
    monkeypatch.setattr(app, "now", lambda: NOW)
    with opened(tmp_path, root, sources=SOURCES) as parts:
        clashing(parts)
        fill(parts)
        yield parts


@pytest.fixture
def address(project: Parts) -> Iterator[str]:
    """Where its page is."""
    with serving(project) as place:
        yield place


@dataclass
class Tab:
    """A page of the browser, and what it did besides."""

    page: Any
    address: str
    asked: list[str]
    said: list[str]

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def keys(self, *pressed: str) -> None:
        """Press each; a decision comes back before the next is looked at."""
        for key in pressed:
            self.page.keyboard.press(key)

    def decides(self, key: str) -> None:
        """Press a key that sends a form, and wait for the page that answers."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.page.wait_for_selector(".said")


def tab(browser: Any, address: str, **words: Any) -> Tab:
    """A new tab that notes what it asks for and what its console says."""
    page = browser.new_context(viewport={"width": 1200, "height": 900} | words.pop("viewport", {}), **words).new_page()
    made = Tab(page=page, address=address, asked=[], said=[])
    page.on("request", lambda request: made.asked.append(request.url))
    page.on("console", lambda message: made.said.append(message.text))
    page.on("pageerror", lambda error: made.said.append(str(error)))
    page.on("dialog", lambda dialog: (made.said.append(dialog.message), dialog.dismiss()))
    return made


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "dark"), (1200, "light"),
        pytest.param(360, "light", marks=pytest.mark.nightly), pytest.param(1200, "dark", marks=pytest.mark.nightly),
    ],
)  # fmt: skip
def test_every_page_is_read_by_everybody_and_asks_nobody_u_05_u_13(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    """U-05, U-13: no violation of axe, nothing out of the page, no other machine, an empty console, no dialog."""
    one, axe = tab(browser, address, viewport={"width": width}, color_scheme=scheme), Axe()
    wrong: dict[str, object] = {}
    for path in PAGES:
        one.open(path)
        top = one.page.evaluate("document.querySelector('nav').getBoundingClientRect().top")
        seen = one.page.evaluate(LOOK)
        # The other pages differ in their words only: their colours in the dark are looked at once.
        looked = scheme == "light" or path in {"/", "/sources", "/log"}
        violations = axe.run(one.page, options=RULES).response["violations"] if looked else ()
        dark, light = sorted((seen["ground"], seen["words"]))
        found = {
            "violations": [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations],
            "wide": seen["wide"] or seen["scrolls"],
            "the queues are out of sight": top < 0,
            "wrong light": not (dark < 60 < 180 < light and (seen["ground"] == dark) is (scheme == "dark")),
        }
        wrong |= {f"{path} {name}": what for name, what in found.items() if what}
    one.page.context.close()
    # The page that is not there is a 404, which Chromium tells its console.
    assert [line for line in one.said if "404 (Not Found)" not in line] == []
    assert all(url.startswith((f"{address}/", "data:,")) for url in one.asked), one.asked
    assert wrong == {}


def test_a_whole_review_by_keys_alone_u_13(browser: Any, address: str, project: Parts) -> None:
    """U-13, E-10: accept, reject with a reason, hold, undo, same, different, rate, pin, and a clash settled."""
    one = tab(browser, address)
    one.open("/")
    one.keys("j")  # from the group to its first row
    one.decides("a")
    one.keys("j", "w")
    one.page.keyboard.type("not about skin")
    one.keys("Enter", "Escape")  # Enter in the reason decides nothing
    one.decides("r")
    one.keys("j")
    one.decides("h")
    one.decides("u")
    one.open("/pairs")
    one.decides("s")
    one.decides("n")
    one.open(f"/story/{STORY}")
    one.keys("m")
    one.page.keyboard.type("6")
    one.keys("Tab")
    one.page.keyboard.type("7")
    one.keys("Escape")
    one.decides("t")
    while one.page.evaluate("document.activeElement.value") != "pin":
        one.keys("Tab")
    one.decides("Enter")
    one.open("/clashes")
    one.decides("r")
    one.page.context.close()
    made = [(d.verb, d.why, dict(d.value)) for d in project.store.decisions.all() if d.who == "ada"][-9:]
    assert [verb for verb, _, _ in made] == [
        "accept", "reject", "hold", "undo", "same", "different", "rate", "pin", "undo",
    ]  # fmt: skip
    assert made[1][1] == "not about skin"
    assert made[6][2] == {"relevance": 6, "newsworthiness": 7}
    assert one.said == []


def test_the_same_review_without_javascript_u_13(browser: Any, address: str, project: Parts) -> None:
    """U-13: every verb by its button, and no key is promised."""
    one = tab(browser, address, java_script_enabled=False)
    said = [
        ("/", "article:has-text('number 10 of') button[value=accept]"),
        ("/", "article:has-text('number 11 of') button[value=reject]"),
        ("/", "article button[value=hold]"),
        ("/", "[data-undo] button"),
        ("/pairs", "button[value=same]"),
        ("/pairs", "button[value=different]"),
        ("/digest", "button[value=promote]"),
        (f"/story/{STORY}", "button[value=drop]"),
        (f"/story/{STORY}", "button[value=publish]"),
        (f"/story/{STORY}", "button[value=unpublish]"),
        (f"/story/{STORY}", "button[value=pin]"),
        (f"/story/{STORY}", "button[value=rate]"),
        ("/clashes", "button[value=keep]"),
        ("/log", ".act button"),
    ]
    for path, button in said:
        if button != "[data-undo] button":
            one.open(path)
        if "reject" in button:
            one.page.locator("article:has-text('number 11 of') input[name=why]").fill("not ours")
        if "rate" in button:
            one.page.select_option("select[name=relevance]", "5")
        assert not one.page.locator(".keys").is_visible()
        one.page.locator(button).first.click()
        one.page.locator(".said").wait_for()
    one.page.context.close()
    verbs = [d.verb for d in project.store.decisions.all()][-len(said) :]
    assert verbs == [
        "accept", "reject", "hold", "undo", "same", "different", "promote", "drop", "publish", "unpublish", "pin",
        "rate", "edit", "undo",
    ]  # fmt: skip


def test_enter_in_a_reason_presses_no_button_even_without_javascript(
    browser: Any, address: str, project: Parts
) -> None:
    """The first button of a form would be accept, whatever the reason says."""
    before = len(project.store.decisions.all())
    for script in (True, False):
        one = tab(browser, address, java_script_enabled=script)
        for path in ("/", "/pairs", "/clashes"):
            one.open(path)
            why = one.page.locator("article input[name=why]").first
            why.fill("because")
            why.press("Enter")
        one.page.context.close()
    assert len(project.store.decisions.all()) == before


def test_after_a_decision_the_list_goes_on_where_it_was(browser: Any, address: str) -> None:
    """The row after the one that is gone has the focus, not the top of the list."""
    one = tab(browser, address)
    one.open("/")
    one.keys("j", "j", "j")
    titles = one.page.locator("article a.open").all_inner_texts()
    one.decides("a")
    focused = one.page.evaluate("document.activeElement.querySelector('a.open').innerText")
    one.page.context.close()
    assert focused == titles[3]


def test_the_page_of_the_log_in_is_read_by_everybody_too_u_14(browser: Any, tmp_path: Path, root: Path) -> None:
    """U-14: a log-in in a browser, wrong and right; axe finds nothing."""
    with pytest.MonkeyPatch.context() as cheap, opened(tmp_path, root) as parts:
        cheap.setattr(sessions, "_N", 2**4)
        with serving(parts, sessions.hashed("correct horse")) as place:
            one = tab(browser, place, viewport={"width": 360})
            one.open("/")
            for word in ("wrong", "correct horse"):
                assert Axe().run(one.page, options=RULES).response["violations"] == []
                one.page.fill("input[type=password]", word)
                with one.page.expect_navigation():
                    one.keys("Enter")
            heading = one.page.inner_text("h1")
            one.page.context.close()
    assert heading == "Held"
