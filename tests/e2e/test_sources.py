"""`dermai-feed sources`: the list is the configuration, and every command says what it changes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest

ITEM = {"title": "AI reads skin lesions as well as dermatologists", "link": "https://news.example/ai-skin"}
OTHER = {"title": "A deep learning model for melanoma", "link": "https://news.example/melanoma"}
CATALOGUE = """\
version: 1

sources:
  # asked every morning
  - id: one          # do not rename
    name: One
    kind: rss
    url: {one}
    needs_filter: false

  # the other
  - id: two
    name: Two
    kind: rss
    url: {two}
"""


@pytest.fixture
def two(project: Any, site: Any) -> Any:
    """A project with two feeds whose file people have commented."""
    site.pages["/one"] = site.Reply(site.rss(ITEM))
    site.pages["/two"] = site.Reply(site.rss(OTHER))
    text = CATALOGUE.format(one=site.url("/one"), two=site.url("/two"))
    (project.folder / "config" / "sources.yaml").write_text(text, encoding="utf-8")
    return project


def catalogue(project: Any) -> str:
    """The file of sources as it stands."""
    text: str = (project.folder / "config" / "sources.yaml").read_text(encoding="utf-8")
    return text


def moved(site: Any, old: str, new: str) -> None:
    """Let `old` answer with a permanent redirect to `new`."""
    site.pages[new] = site.pages.get(old) or site.Reply(site.rss(ITEM))
    site.pages[old] = site.Reply(status=301, headers={"Location": site.url(new)})


# --------------------------------------------------------------------------- list


def test_list_filters_by_health_kind_and_words(two: Any, site: Any) -> None:
    """--json gives the same lines as values."""
    site.pages["/two"] = site.Reply(b"<p>The parameter <b>q</b> is wrong", status=403)
    two.run()
    lines = two("sources", "list", "--json").json
    assert [(line["id"], line["health"]) for line in lines] == [("one", "ok"), ("two", "blocked")]
    blocked = two("sources", "list", "--health", "blocked").text
    assert blocked.count("\n") == 1
    assert "two" in blocked
    assert "since 2026-11-18" in blocked
    assert "The parameter q is wrong" in blocked
    assert two("sources", "list", "--match", "ONE", "--json").json[0]["id"] == "one"
    assert two("sources", "list", "--kind", "pubmed").text == "no such source\n"


def test_the_digest_and_status_tell_the_servers_own_words_and_since_when(two: Any, site: Any) -> None:
    """An editor sees which source, since when, and what its server complains about."""
    site.pages["/two"] = site.Reply(b"API key missing", status=401)
    two.run()
    two.later(days=1)
    two.run()
    told = two("status").text
    assert "two: blocked" in told
    assert "API key missing" in told
    (digest,) = (two.corpus / "digests").glob("*.md")
    box = digest.read_text(encoding="utf-8")
    assert "API key missing" in box
    assert "since 2026-11-18" in box


# --------------------------------------------------------------------------- check


def test_show_4_check_says_in_one_line_what_came_and_what_to_change(two: Any, site: Any) -> None:
    """Reachable, kind, entries, newest date, relevance, hints and advice; nothing is stored."""
    site.pages["/one"] = site.Reply(
        site.rss(ITEM).replace(b"<item>", b"<ttl>300</ttl><item>", 1), headers={"Cache-Control": "max-age=7200"}
    )
    site.pages["/two"] = site.Reply(site.rss(OTHER), etag=False)
    outcome = two("sources", "check")
    one, other = outcome.text.splitlines()
    assert outcome.code == 0
    assert one.startswith("one: reachable, 200 · rss (RSS) · 1 entries · newest 2026-11-18 · 1 relevant (100 %) · ETag")
    assert "max-age=7200" in one
    assert "asks for 5 h between polls" in one
    assert "→ it asks for 5 h: interval: 5h" in one
    assert "→ no ETag and no Last-Modified" in other
    assert two("status", "--json").json["items"] == {"accepted": 0, "held": 0, "rejected": 0, "waiting": 0}
    assert two.stories() == {}


def test_f17_check_is_refused_within_five_minutes_and_leaves_the_turn_as_it_was(two: Any, site: Any) -> None:
    """One request however often a person asks; the next run asks as if nobody had."""
    assert two("sources", "check", "one").code == 0
    two.later(minutes=4)
    again = two("sources", "check", "one", "--json")
    assert again.json[0]["asked"] is False
    assert site.hits["/one"] == 1
    assert two.run().json["sources"][0]["outcome"] == "new"
    assert site.hits["/one"] == 2


def test_check_of_what_cannot_be_reached_is_exit_code_4_and_advises(two: Any, site: Any) -> None:
    """A feed that is not there is looked for at its home page."""
    site.pages["/one"] = site.Reply(status=404)
    outcome = two("sources", "check", "one")
    assert outcome.code == 4
    assert "not_found" in outcome.text
    assert "dermai-feed sources add" in outcome.text


def test_f12_a_429_to_a_check_pauses_the_host(two: Any, site: Any) -> None:
    """What a person does counts like what the program does."""
    site.pages["/one"] = site.Reply(status=429, headers={"Retry-After": "7200"})
    two("sources", "check", "one")
    two.later(hours=1)
    assert "left alone until" in two("sources", "check", "two").text
    two.run()
    assert site.hits["/two"] == 0


# --------------------------------------------------------------------------- pause, resume


def test_pause_and_resume_edit_the_file_and_keep_what_people_wrote(two: Any, site: Any) -> None:
    """A paused source is not asked; resumed, the file has the bytes of before."""
    before = catalogue(two)
    paused = two("sources", "pause", "two", "--reason", "too loud: see #7")
    assert '+    reason: "too loud: see #7"' in paused.text
    assert "# do not rename" in catalogue(two)
    two.run()
    assert site.hits["/two"] == 0
    assert "too loud" in two("sources", "list", "--all").text
    assert two("sources", "resume", "two").code == 0
    assert catalogue(two) == before
    two.later(hours=2)
    two.run()
    assert site.hits["/two"] == 1


def test_a_mistyped_id_is_named_with_its_neighbours(two: Any) -> None:
    """Nothing is changed when one of the ids is wrong."""
    before = catalogue(two)
    outcome = two("sources", "pause", "one", "twoo", "--reason", "x")
    assert outcome.code == 2
    assert "no source 'twoo'; did you mean two" in outcome.err
    assert catalogue(two) == before


def test_a_change_that_would_break_the_configuration_is_taken_back(two: Any) -> None:
    """A source without an address cannot be resumed."""
    text = catalogue(two) + '  - id: later\n    name: Later\n    kind: rss\n    url: ""\n    enabled: false\n'
    (two.folder / "config" / "sources.yaml").write_text(text, encoding="utf-8")
    outcome = two("sources", "resume", "later")
    assert outcome.code == 2
    assert "sources.2.url: is empty" in outcome.err
    assert catalogue(two) == text


# --------------------------------------------------------------------------- apply


def test_f10_apply_writes_down_a_move_that_was_seen_a_day_apart(two: Any, site: Any) -> None:
    """The difference is shown, the comment stays, entries keep their identity, nothing is doubled."""
    two.run()
    moved(site, "/one", "/new")
    for _ in range(2):
        two.later(hours=25)
        assert two("sources", "apply", "--yes").text == "no source has moved\n"
        two.run()
    assert two("status", "--json").json["health"]["moved"] == 1
    refused = two("sources", "apply")
    assert refused.code == 2
    assert "--yes" in refused.err
    dry = two("sources", "apply", "--dry-run")
    assert f"+    url: {site.url('/new')}" in dry.text
    assert site.url("/one") in catalogue(two)
    assert two("sources", "apply", "--yes").code == 0
    assert catalogue(two) == CATALOGUE.format(one=site.url("/new"), two=site.url("/two"))
    hops = site.hits["/one"]
    two.later(hours=25)
    report = two.run().json["sources"][0]
    assert (report["new"], report["health"]) == (0, "ok")
    assert site.hits["/one"] == hops


def test_f10_a_move_onto_another_sources_address_disables_the_double(two: Any, site: Any) -> None:
    """Two sources that are one would count every story twice."""
    two.run()
    site.pages["/one"] = site.Reply(status=301, headers={"Location": site.url("/two")})
    for _ in range(2):
        two.later(hours=25)
        two.run()
    outcome = two("sources", "apply", "--yes")
    assert "moved to what two asks already" in outcome.text
    assert "reason: moved to the address of two" in catalogue(two)
    assert two("sources", "list", "--json").json[0]["id"] == "two"


# --------------------------------------------------------------------------- export


def test_export_gives_json_and_opml(two: Any, site: Any, tmp_path: Any) -> None:
    """Everything as JSON; as OPML the feeds, which any reader takes in."""
    rows = json.loads(two("sources", "export").text)
    assert [(row["id"], row["url"]) for row in rows] == [("one", site.url("/one")), ("two", site.url("/two"))]
    assert all("headers" not in row for row in rows)
    file = tmp_path / "list.opml"
    two("sources", "export", "--format", "opml", "--out", str(file))
    outlines = ET.fromstring(file.read_text(encoding="utf-8")).findall(".//outline")
    assert [outline.get("xmlUrl") for outline in outlines] == [site.url("/one"), site.url("/two")]


def test_a_source_whose_address_somebody_corrected_is_asked_at_the_next_run(two: Any, site: Any) -> None:
    """The weekly wait was about the old address."""
    site.pages["/two"] = site.Reply(status=410)
    two.run()
    site.pages["/corrected"] = site.Reply(site.rss(OTHER))
    text = catalogue(two).replace(site.url("/two"), site.url("/corrected"))
    (two.folder / "config" / "sources.yaml").write_text(text, encoding="utf-8")
    two.clock(two.now + timedelta(minutes=6))
    two.run()
    assert site.hits["/corrected"] == 1
