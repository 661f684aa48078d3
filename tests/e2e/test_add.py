"""`sources add`: what it finds on a site, and what it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from dermai_feed.cli import main

FEEDS = Path(__file__).resolve().parents[1] / "data" / "feeds"
SHIPPED = Path(__file__).resolve().parents[2] / "config"

Add = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, site: Any) -> Path:
    """A configuration with one source and comments, which may ask `site`."""
    (tmp_path / "sources.yaml").write_text(
        "version: 1\n# what we read\nsources:\n  - id: first  # the oldest\n    name: First\n    kind: rss\n"
        "    url: https://first.example.org/feed\n    enabled: false\n    reason: rests\n"
    )
    files = "".join(f"  {name}: {SHIPPED / f'{name}.yaml'}\n" for name in ("providers", "triage", "matching"))
    (tmp_path / "dermai-feed.yaml").write_text(
        f"version: 1\nfiles:\n  corpus: corpus\n  state: state\n{files}"
        f"fetch:\n  contact: test@example.org\n  gap: 0s\n  allow_hosts: ['{site.netloc}']\n"
    )
    return tmp_path


@pytest.fixture
def add(folder: Path) -> Add:
    """Runs `sources add` with these words."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(
            main, ["sources", "add", *words, "-c", str(folder / "dermai-feed.yaml")], env={"COLUMNS": "200"}
        )

    return run


def blocks(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((folder / "sources.yaml").read_text())["sources"]
    return found


def page(head: str = "", body: str = "<p>Hello") -> bytes:
    return f"<!doctype html><html><head><title>Site</title>{head}</head><body>{body}</body></html>".encode()


RSS = b'<rss version="2.0"><channel><title>Skin News!</title><item><title>T</title><link>https://n.example/1</link>' \
      b"<pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate></item></channel></rss>"  # fmt: skip


def html(site: Any, body: bytes) -> Any:
    return site.Reply(body, headers={"Content-Type": "text/html"})


def test_what_a_page_declares_is_found_and_the_first_added(site: Any, folder: Path, add: Add) -> None:
    """Feeds in the order of the page, the comments feed after them; the file's comments stay."""
    links = '<link rel="alternate" type="application/rss+xml" href="/feed.xml" title="News">'
    links += '<link rel="alternate" type="application/feed+json" href="/feed.json">'
    site.pages["/"] = html(site, page(links))
    site.pages["/feed.xml"] = site.Reply(RSS)
    site.pages["/feed.json"] = site.Reply((FEEDS / "feed.json").read_bytes())
    before = (folder / "sources.yaml").read_text()
    result = add(site.url("/"))
    assert result.exit_code == 0, result.output
    assert "1  rss          1 entries, newest 2026-11-20" in result.output
    assert "2  jsonfeed" in result.output
    text = (folder / "sources.yaml").read_text()
    assert text.startswith(before)
    assert blocks(folder)[1] == {
        "id": "skin-news", "name": "Skin News!", "kind": "rss", "url": site.url("/feed.xml"), "homepage": site.url("/"),
    }  # fmt: skip


def test_one_of_several_is_picked_by_its_number(site: Any, folder: Path, add: Add) -> None:
    """And given an id, a name, an interval."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}.xml">' for n in (1, 2))
    site.pages["/"] = html(site, page(links))
    site.pages["/1.xml"] = site.Reply(RSS)
    site.pages["/2.xml"] = site.Reply((FEEDS / "podcast.xml").read_bytes())
    result = add(site.url("/"), "--pick", "2", "--id", "talk", "--name", "A talk", "--interval", "6h", "--enrich")
    assert result.exit_code == 0, result.output
    block = blocks(folder)[1]
    assert (block["id"], block["name"], block["kind"], block["interval"]) == ("talk", "A talk", "podcast", "6h")
    assert (block["url"], block["enrich"]) == (site.url("/2.xml"), True)
    assert add(site.url("/"), "--pick", "9").exit_code == 2


def test_the_address_of_a_feed_is_that_feed(site: Any, folder: Path, add: Add) -> None:
    """One request; a second source of the same address is refused, and the file is as it was."""
    site.pages["/x"] = site.Reply(RSS)
    assert add(site.url("/x")).exit_code == 0
    assert sum(site.hits.values()) == 1
    text = (folder / "sources.yaml").read_text()
    again = add(site.url("/x"))
    assert again.exit_code == 2
    assert (folder / "sources.yaml").read_text() == text


def test_usual_places_are_tried_where_a_page_declares_nothing(site: Any, folder: Path, add: Add) -> None:
    """Below the page, then at the root."""
    site.pages["/blog"] = html(site, page())
    site.pages["/blog/rss.xml"] = site.Reply(RSS)
    result = add(site.url("/blog"))
    assert result.exit_code == 0, result.output
    assert blocks(folder)[1]["url"] == site.url("/blog/rss.xml")


def test_sitemaps_and_lists_of_articles_are_what_remains(site: Any, folder: Path, add: Add) -> None:
    """robots.txt names a sitemap; the page lists articles."""
    listed = "".join(
        f'<div><h2><a href="/news/a-story-of-skin-{n}">A story of skin and software {n}</a></h2></div>'
        for n in range(4)
    )
    site.pages["/"] = html(site, page("", f"<main>{listed}</main>"))
    site.pages["/robots.txt"] = site.Reply(f"User-agent: *\nSitemap: {site.url('/map.xml')}\n".encode())
    site.pages["/map.xml"] = site.Reply((FEEDS / "newsmap.xml").read_bytes())
    result = add(site.url("/"), "--pick", "2")
    assert result.exit_code == 0, result.output
    assert "sitemap" in result.output
    assert (blocks(folder)[1]["kind"], blocks(folder)[1]["url"]) == ("listing", site.url("/"))


def test_nothing_found_is_said_and_nothing_written(site: Any, folder: Path, add: Add) -> None:
    """Exit code 4; --json says the same."""
    before = (folder / "sources.yaml").read_text()
    site.pages["/"] = html(site, page())
    assert add(site.url("/")).exit_code == 4
    result = add(site.url("/missing"), "--json")
    assert (result.exit_code, json.loads(result.stdout)["added"]) == (4, None)
    assert (folder / "sources.yaml").read_text() == before


def test_f05_a_page_cannot_lead_discovery_into_a_private_network(site: Any, folder: Path, add: Add) -> None:
    """What the page declares goes through the same gate as everything."""
    port = site.netloc.rpartition(":")[2]
    links = f'<link rel="alternate" type="application/rss+xml" href="http://localhost:{port}/secret">'
    site.pages["/"] = html(site, page(links))
    site.pages["/secret"] = site.Reply(RSS)
    assert add(site.url("/")).exit_code == 4
    assert site.hits["/secret"] == 0


def test_an_interface_is_added_by_its_question(site: Any, folder: Path, add: Add) -> None:
    """It is asked once, and what it says is shown; with --dry-run nothing is written."""
    site.pages["/works?"] = site.Reply(b"")
    before = (folder / "sources.yaml").read_text()
    words = ("--kind", "pubmed", "--query", "skin AND (AI OR network)", "--option", "email=a@example.org", "--no-check")
    result = add(*words, "--dry-run")
    assert result.exit_code == 0, result.output
    assert (folder / "sources.yaml").read_text() == before
    assert add(*words).exit_code == 0
    block = blocks(folder)[1]
    assert (block["kind"], block["options"]) == (
        "pubmed", {"term": "skin AND (AI OR network)", "email": "a@example.org"},
    )  # fmt: skip
    assert block["url"].startswith("https://eutils.ncbi.nlm.nih.gov/")


def test_an_interface_that_refuses_is_not_added(site: Any, folder: Path, add: Add) -> None:
    """With the server's own words."""
    before = (folder / "sources.yaml").read_text()
    result = add(site.url("/works"), "--kind", "crossref", "--query", "issn:0000-0001")
    assert result.exit_code == 4
    assert "not_found" in result.output
    assert (folder / "sources.yaml").read_text() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give the address"),
        (("ftp://example.org/",), "no http(s) address"),
        (("https://scholar.google.com/scholar?q=x",), "Google Scholar has no feed"),
        (("https://example.org/", "--query", "x"), "--query is for interfaces"),
        (("--kind", "pubmed", "--option", "term"), "write NAME=VALUE"),
    ],
)
def test_a_command_that_means_nothing_says_so(add: Add, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, and what to write instead."""
    result = add(*words)
    assert result.exit_code == 2
    assert said in result.output
