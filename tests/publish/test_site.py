"""The site: pages from stories, and the folder that holds them."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import pytest

from dermai_feed.errors import UsageError
from dermai_feed.publish.issue import Issue, Pick, Step
from dermai_feed.publish.site import SiteStory, build, write
from dermai_feed.publish.templating import BUILT_IN

AT = datetime(2026, 11, 18, 8, tzinfo=UTC)
HOSTILE = '</script><script>alert(1)</script> {{ 7*7 }} " onload=x'


def story(n: int, **words: object) -> SiteStory:
    """A published story."""
    told = Pick(
        **{
            "story": f"20261118000000-i{n:05}", "anchor": f"s-{n}", "title": f"Story {n}", "source": f"Source {n % 40}",
            "url": f"https://news.example/{n}", "date": "2026-11-18", "date_basis": "published", "kind": "paper",
            "conditions": ("melanoma",) if n % 2 else ("acne", "eczema"), "sentences": (f"Sentence {n}.",),
        } | words
    )  # fmt: skip
    return SiteStory(pick=told, week=f"2026-W{10 + n % 40}", at=AT - timedelta(minutes=n))


def pages(
    *stories: SiteStory, home: str = "https://site.example/skin/", editions: tuple[Issue, ...] = ()
) -> dict[str, str]:
    """Path -> page."""
    return dict(build(stories, editions, BUILT_IN, name="Skin AI", home=home))


def links(path: str, text: str) -> set[str]:
    """The pages of the site that a page leads to."""
    found = set()
    for target in re.findall(r'(?:href|src)="([^"#]+)"', text):
        if not target.startswith("http"):
            found.add(str((Path("/") / path).parent.joinpath(unescape(target)).resolve()).lstrip("/"))
    return found


def test_every_link_leads_to_a_page_of_the_site() -> None:
    """And every page is reached from the first one; the feeds are written beside them."""
    made = pages(*(story(n) for n in range(230)))
    there = made.keys() | {"feed.xml", "feed.json"}
    reached, waiting = set(), ["index.html"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        found = links(path, made[path])
        assert found <= there, (path, found - there)
        waiting += [page for page in found if page.endswith(".html") and page not in reached | set(waiting)]
    assert {path for path in made if path.endswith(".html")} == reached


def test_a_story_is_found_by_week_condition_kind_and_source() -> None:
    """One page of each holds it."""
    made = pages(story(0), story(1))
    for shelf in (
        "weeks/2026-w10",
        "conditions/acne",
        "conditions/eczema",
        "kinds/peer-reviewed-paper",
        "sources/source-0",
    ):
        assert "stories/20261118000000-i00000.html" in made[f"{shelf}.html"], shelf
    assert "i00000" not in made["conditions/melanoma.html"]


def test_a_long_shelf_has_pages() -> None:
    """A hundred stories each, newest first."""
    made = pages(*(story(n) for n in range(250)))
    kinds = [path for path in made if path.startswith("kinds/peer")]
    assert sorted(kinds) == [f"kinds/peer-reviewed-paper{n}.html" for n in ("-2", "-3", "")]
    assert "page 3 of 3" in made["kinds/peer-reviewed-paper-3.html"]


def test_names_that_look_alike_have_pages_of_their_own() -> None:
    """No page is written over another."""
    made = pages(story(1, source="A.B"), story(2, source="A-B"), story(3, source="Index"), story(4, source="皮膚"))
    named = [path for path in made if path.startswith("sources/") and path != "sources/index.html"]
    assert len(named) == 4


@pytest.mark.parametrize(
    "page", ["index", "search", "stories/20261118000000-i00001", "conditions/melanoma", "weeks/index"]
)
def test_every_page_is_html5_and_shows_hostile_text_as_text(page: str) -> None:
    """Parsed strictly; nothing from a source becomes an element."""
    steps = tuple(Step(date=f"2026-11-{n}", role="Report", source=HOSTILE, title=HOSTILE) for n in (17, 18))
    made = pages(story(1, title=HOSTILE, source=HOSTILE, sentences=(HOSTILE,), timeline=steps))
    html5lib.HTMLParser(strict=True).parse(made[f"{page}.html"])
    assert "<script>" not in made[f"{page}.html"]
    assert "</script>" not in made["stories.js"]


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Only links that a reader follows lead away."""
    for path, text in pages(story(1)).items():
        for tag in re.findall(r"<(?:script|link|img|iframe|source)[^>]*>", text):
            assert "http" not in tag, (path, tag)
        if path.endswith(".html"):
            assert "default-src 'none'" in text


def test_the_search_knows_every_story() -> None:
    """As a script, because a page from a disk may load nothing else."""
    text = pages(story(1), story(2))["stories.js"]
    rows = json.loads(text.removeprefix("const STORIES = ").removesuffix(";\n"))
    assert [row[:2] for row in rows] == [["20261118000000-i00001", "Story 1"], ["20261118000000-i00002", "Story 2"]]


def test_the_sitemap_names_every_page_once_at_its_address() -> None:
    """And is left out where the address is not known."""
    made = pages(story(1), story(2))
    listed = [found.text for found in ET.fromstring(made["sitemap.xml"]).iter() if found.tag.endswith("loc")]
    assert sorted(listed) == sorted(f"https://site.example/skin/{path}" for path in made if path.endswith(".html"))
    assert "sitemap.xml" not in pages(story(1), home="")


def test_the_folder_holds_what_changed_and_loses_what_is_no_more(tmp_path: Path) -> None:
    """A second time writes nothing; a file of somebody else's stays."""
    folder = tmp_path / "site"
    first = write(folder, pages(story(1), story(2)).items())
    assert (first.unchanged, first.removed) == (0, 0)
    again = write(folder, pages(story(1), story(2)).items())
    assert (again.written, again.unchanged) == (0, first.written)
    (folder / "CNAME").write_text("skin.example")
    last = write(folder, pages(story(1)).items())
    assert last.removed > 0
    assert not (folder / "stories" / "20261118000000-i00002.html").exists()
    assert (folder / "CNAME").exists()


def test_a_folder_of_somebody_elses_files_is_left_alone(tmp_path: Path) -> None:
    """`--out ~` by mistake."""
    (tmp_path / "letter.txt").write_text("Dear …")
    with pytest.raises(UsageError, match="no site of ours"):
        write(tmp_path, pages(story(1)).items())
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_manifest_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    """What it names outside is not taken away."""
    folder, outside = tmp_path / "site", tmp_path / "precious.txt"
    write(folder, pages(story(1)).items())
    outside.write_text("keep")
    (folder / ".dermai-site.json").write_text(json.dumps(["../precious.txt", str(outside)]))
    write(folder, pages(story(1)).items())
    assert outside.read_text() == "keep"


def test_a_thousand_stories_are_rendered_in_seconds() -> None:
    """A tenth of what it is made for, judged by the processor's time: the machine may be shared."""
    stories = [story(n) for n in range(1_000)]
    before = time.process_time()
    count = sum(1 for _ in build(stories, (), BUILT_IN, name="Skin AI", home="https://site.example/"))
    assert count > 1_000
    assert time.process_time() - before < 6
