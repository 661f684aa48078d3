"""The tour: two simulated months, offline."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import frontmatter
import pytest
import yaml
from click.testing import CliRunner

from dermai_feed.cli import main


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `dermai-feed demo --json` answered, and the pages it left."""
    folder = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(main, ["demo", str(folder), "--json"], env={})
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    answer["pages"] = {
        path.name: frontmatter.loads(path.read_text(encoding="utf-8"))
        for path in (folder / "corpus" / "news").glob("*.md")
    }
    answer["place"] = folder
    return answer


def members(page: Any) -> set[str]:
    """Addresses of every carrier of a story."""
    return {carrier["url"] for work in page["dermai"]["works"] for carrier in work["carriers"]}


def holding(demo: Any, part: str) -> Any:
    """The one story with a carrier whose address holds `part`."""
    (page,) = [page for page in demo["pages"].values() if any(part in url for url in members(page))]
    return page


def test_every_week_has_its_digest(demo: Any) -> None:
    """Nine Sundays, nine issues, numbered in order."""
    digests = sorted((demo["place"] / "corpus" / "digests").glob("*.json"))
    assert [json.loads(path.read_text(encoding="utf-8"))["number"] for path in digests] == list(range(1, 10))


def test_no_story_is_told_in_two_issues(demo: Any) -> None:
    """Nothing is repeated (FIELD §3, 14)."""
    told: list[str] = []
    for path in (demo["place"] / "corpus" / "digests").glob("*.json"):
        issue = json.loads(path.read_text(encoding="utf-8"))
        picks = [pick for section in issue.get("sections", ()) for pick in section["picks"]]
        told += [pick["story"] for pick in picks if not pick.get("change")]
    assert len(told) == len(set(told))


def test_an_earlier_story_comes_back_only_with_a_named_change(demo: Any) -> None:
    """The retraction, and the preprint that became a paper, each with the issue that told of it."""
    changes = set()
    for path in (demo["place"] / "corpus" / "digests").glob("*.json"):
        issue = json.loads(path.read_text(encoding="utf-8"))
        for section in issue.get("sections", ()):
            changes |= {(section["key"], p["change"]) for p in section["picks"] if p.get("change") and p["earlier"]}
    assert ("updates", "now peer reviewed") in changes
    assert ("corrections", "retracted") in changes
    assert {key for key, _ in changes} == {"updates", "corrections"}


def test_a_template_series_is_never_one_work(demo: Any) -> None:
    """August, September and October are three stories."""
    reports = [page for page in demo["pages"].values() if page["title"].startswith("Skin AI market report")]
    assert len(reports) == 3


def test_release_paper_and_coverage_are_one_story(demo: Any) -> None:
    """The chatbot study: journal, university, reprints and reports; the journal leads."""
    page = holding(demo, "jcd.example/article/2026/0441")
    assert page["provider"]["domain"] == "jcd.example"
    assert any("northgate-university" in url for url in members(page))
    assert page["dermai"]["carriers"] > page["dermai"]["origins"] > 1


def test_a_preprint_and_its_paper_are_one_work_led_by_the_paper(demo: Any) -> None:
    """By the relation that the journal declares, whatever the title has become."""
    page = holding(demo, "article/2026/0467")
    (work,) = [work for work in page["dermai"]["works"] if any("0467" in c["url"] for c in work["carriers"])]
    assert {carrier["provider"] for carrier in work["carriers"]} == {"jcd.example", "dermpreprints.example"}
    assert work["carriers"][0]["provider"] == "jcd.example"


def test_a_retraction_joins_the_story_of_its_paper(demo: Any) -> None:
    """As a notice, never as the same work."""
    (page,) = [p for p in demo["pages"].values() if p["title"].startswith("Convolutional network separates psoriasis")]
    assert "notice" in {work["role"] for work in page["dermai"]["works"]}


def test_sources_that_fail_are_told_apart(demo: Any) -> None:
    """A dead, a moved and a blocked source have three names."""
    text = (demo["place"] / "corpus" / "digests" / "2026-W44.md").read_text(encoding="utf-8")
    notes = text[text.index("Sources that need a look") :]
    for word in ("gone", "moved", "blocked"):
        assert f": {word}" in notes


def test_the_editors_title_is_kept(demo: Any) -> None:
    """After six more runs."""
    assert demo["kept"]


def test_the_demo_is_the_same_on_every_machine(demo: Any, tmp_path: Path) -> None:
    """Byte for byte (N-11), but for the folder's own id and the free port that the configuration's hash tells of."""
    assert CliRunner().invoke(main, ["demo", str(tmp_path), "--quiet"], env={}).exit_code == 0

    def config_of(folder: Path) -> bytes:
        issue = json.loads((folder / "corpus" / "digests" / "2026-W36.json").read_text(encoding="utf-8"))
        return str(issue["config"]).encode()

    def port_of(folder: Path) -> bytes:
        settings = yaml.safe_load((folder / "config" / "dermai-feed.yaml").read_text(encoding="utf-8"))
        return settings["fetch"]["allow_hosts"][0].encode()

    def tree(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): re.sub(
                # The selection's hashes of its renderings follow from these two.
                rb'"renderings":.*',
                b"",
                path.read_bytes().replace(config_of(folder), b"HASH").replace(port_of(folder), b"PORT"),
            )
            for path in sorted((folder / "corpus").rglob("*"))
            if path.is_file() and path.name != ".dermai-corpus"
        }

    assert tree(tmp_path) == tree(demo["place"])
