"""A source corrects itself, and a paper is retracted: updates of stories, never new ones."""

from __future__ import annotations

import json
from typing import Any

import frontmatter

PAPER = {
    "title": "Deep learning classifies melanoma on dermoscopic images as dermatologists do",
    "link": "https://doi.org/10.1000/paper.1",
    "text": "A convolutional network detects skin cancer on 1,204 dermoscopic images. doi:10.1000/paper.1",
}


def crossref(*records: dict[str, Any]) -> bytes:
    """An answer of Crossref."""
    return json.dumps({"status": "ok", "message-type": "work-list", "message": {"items": records}}).encode()


def retraction() -> dict[str, Any]:
    """The notice about the paper."""
    return {
        "DOI": "10.1000/notice.9", "type": "journal-article", "URL": "https://doi.org/10.1000/notice.9",
        "title": ["Retraction: Deep learning classifies melanoma on dermoscopic images as dermatologists do"],
        "update-to": [{"DOI": "10.1000/paper.1", "type": "retraction"}],
        "created": {"date-time": "2026-11-24T08:00:00Z"}, "publisher": "Example Press",
    }  # fmt: skip


def test_s03_a_corrected_title_or_date_is_an_update_and_no_new_item(project: Any, site: Any) -> None:
    """One file, one item; the title follows its source, the date stays (N-06)."""
    project.sources(project.feed("feed", "/feed", needs_filter=False))
    site.pages["/feed"] = site.Reply(site.rss(PAPER))
    assert project.run().json["sources"][0]["new"] == 1
    corrected = PAPER | {"title": PAPER["title"] + ", a study finds", "date": "Wed, 18 Nov 2026 08:30:00 GMT"}
    site.pages["/feed"] = site.Reply(site.rss(corrected))
    project.later(hours=2)
    source = project.run().json["sources"][0]
    assert (source["new"], source["updated"]) == (0, 1)
    ((_, text),) = project.stories().items()
    page = frontmatter.loads(text)
    assert page["title"] == corrected["title"]
    assert page["publishedDateTime"].isoformat() == "2026-11-18T08:00:00+00:00"


def test_a_retraction_of_a_known_paper_becomes_a_notice_on_its_story(project: Any, site: Any) -> None:
    """Asked again a week later, on loopback; the digest tells it under corrections, and no second story is made."""
    question = "/works?filter=updates:10.1000%2Fpaper.1&rows=200"
    site.pages[question] = site.Reply(crossref(), headers={"Content-Type": "application/json"}, etag=False)
    project.sources(
        project.feed("feed", "/feed", needs_filter=False),
        project.feed("again", "/works", kind="updates", interval="7d", needs_filter=False),
    )
    site.pages["/feed"] = site.Reply(site.rss(PAPER))
    project.run()
    project.later(days=8)
    project.run()
    assert site.hits[question] == 1
    assert len(project.stories()) == 1
    site.pages[question] = site.Reply(crossref(retraction()), headers={"Content-Type": "application/json"}, etag=False)
    project.later(days=8)
    report = project.run().json
    assert site.hits[question] == 2
    assert [(line["source_id"], line["new"]) for line in report["sources"]] == [("feed", 0), ("again", 1)]
    ((_, text),) = project.stories().items()
    page = frontmatter.loads(text)
    assert page["title"] == PAPER["title"]
    assert "notice" in json.dumps(page["dermai"], default=str)
    digest = max((project.corpus / "digests").glob("*.json"))
    sections = {section["key"]: section for section in json.loads(digest.read_text(encoding="utf-8"))["sections"]}
    assert "corrections" in sections
    project.later(days=1)
    project.run()
    assert site.hits[question] == 2
