"""The tour: two simulated months, offline."""

from __future__ import annotations

import calendar
import json
import re
import sqlite3
from email import message_from_bytes, policy
from importlib import resources
from pathlib import Path
from typing import Any

import frontmatter
import html5lib
import pytest
import yaml
from click.testing import CliRunner

from dermai_feed.cli import main
from dermai_feed.publish.digest import from_json, ledger
from dermai_feed.publish.templating import KINDS


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


def digests(demo: Any) -> dict[str, Any]:
    """Every frozen selection by week."""
    folder = demo["place"] / "corpus" / "digests"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def items_of(demo: Any) -> dict[str, Any]:
    """Every item of the ledger, its last line."""
    lines = [
        json.loads(line)
        for path in sorted((demo["place"] / "corpus" / "ledger").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {line["item"]["id"]: line["item"] for line in lines}


def test_every_sentence_of_a_digest_stands_in_an_item_or_in_an_editors_file(demo: Any) -> None:
    """No model writes text: sentences, reasons and quotations are the items' own words."""
    items = items_of(demo)
    flat = " ".join(" ".join(f"{item['title']} {item.get('excerpt', '')}".split()) for item in items.values())
    edited = {page["title"] for page in demo["pages"].values()}
    checked = 0
    for issue in digests(demo).values():
        for pick in (pick for section in issue.get("sections", ()) for pick in section["picks"]):
            own = " ".join(items[pick["item"]].get("excerpt", "").split())
            assert pick["title"] in flat or pick["title"] in edited
            for sentence in pick.get("sentences", ()):
                assert sentence.removesuffix(" …") in own, pick["title"]
                checked += 1
            for label in pick.get("stated", ()):
                assert label["quote"] in flat
            if why := pick.get("why"):
                assert why["text"] in " ".join(items[why["item"]]["excerpt"].split())
                assert len(why["text"].split()) <= 30
    assert checked > 40


def test_every_word_of_the_plain_text_is_the_selections_or_the_templates(demo: Any) -> None:
    """What is rendered is what was chosen: a value of the JSON, or the template's own words."""
    template = resources.files("dermai_feed.publish").joinpath("templates/digest.txt.j2").read_text(encoding="utf-8")
    fixed = set(re.findall(r"\w+", (template + " ".join(KINDS.values()) + " ".join(calendar.month_name)).lower()))
    for week, issue in digests(demo).items():
        text = (demo["place"] / "corpus" / "digests" / f"{week}.txt").read_text(encoding="utf-8")
        said = set(re.findall(r"\w+", json.dumps(issue, ensure_ascii=False).lower()))
        said |= set(re.findall(r"\w+", " ".join(label for label, _ in ledger(from_json(json.dumps(issue)))).lower()))
        strange = {word for word in re.findall(r"\w+", text.lower()) if not word.isdigit()} - said - fixed
        assert not strange, week


# The foot's figures asked of the database by questions that share no code with the program (show 3).
INSIDE = "item.first_seen >= :since AND item.first_seen < :until"
FOOT = {
    "items": f"SELECT count(*) FROM item WHERE {INSIDE}",
    "accepted": f"SELECT count(*) FROM item WHERE {INSIDE} AND decision = 'accept'",
    "held": f"SELECT count(*) FROM item WHERE {INSIDE} AND decision = 'review'",
    "backfill": f"SELECT count(*) FROM item WHERE {INSIDE} AND backfill",
    "works": f"SELECT count(DISTINCT work_id) FROM member JOIN item ON item.id = item_id WHERE {INSIDE}",
    "stories": f"SELECT count(DISTINCT story_id) FROM member JOIN item ON item.id = item_id WHERE {INSIDE}",
    "duplicates": f"""
        SELECT count(*) FROM member JOIN item ON item.id = member.item_id WHERE {INSIDE} AND EXISTS (
            SELECT 1 FROM member AS mate JOIN item AS older ON older.id = mate.item_id
            WHERE mate.work_id = member.work_id AND (older.first_seen, older.id) < (item.first_seen, item.id))""",
    **{
        name: f"SELECT coalesce(sum({name}), 0) FROM poll WHERE at >= :since AND at < :until"
        for name in ("fetched", "new", "updated", "unchanged", "refused")
    },
}
REJECTED = f"""
    SELECT rtrim(substr(because, 1, min(instr(because || ':', ':'), instr(because || ';', ';')) - 1)), count(*)
    FROM verdict JOIN item ON item.id = item_id WHERE {INSIDE} AND decision = 'reject' GROUP BY 1"""


def test_the_figures_of_the_foot_are_those_of_the_database(demo: Any) -> None:
    """Every figure of every issue, and the sources that did not answer when they were last asked."""
    database = sqlite3.connect(demo["place"] / "state" / "dermai.sqlite")
    for week, issue in digests(demo).items():
        window = {key: issue[key].replace("Z", ".000000Z") for key in ("since", "until")}
        foot = {key: value for key, value in issue["coverage"].items() if key != "counted"}
        told = foot | issue["coverage"]["counted"]
        asked = {name: int(database.execute(question, window).fetchone()[0]) for name, question in FOOT.items()}
        assert {name: told.get(name, 0) for name in FOOT} == asked, week
        assert dict(told.get("rejected", ())) == dict(database.execute(REJECTED, window))
        runs = database.execute(
            "SELECT payload FROM run WHERE started < :until ORDER BY id", {"until": window["until"]}
        )
        last = {one["source_id"]: one["outcome"] for (run,) in runs for one in json.loads(run)["sources"]}
        assert sorted(told.get("sources_down", ())) == sorted(id_ for id_, came in last.items() if came == "failed")
        assert told["fetched"] == sum(told.get(part, 0) for part in ("new", "updated", "unchanged", "refused"))
        assert told["items"] == sum(told.get(part, 0) for part in ("accepted", "held")) + sum(
            count for _, count in told.get("rejected", ())
        )
    database.close()


def test_every_page_and_every_mail_is_html5(demo: Any) -> None:
    """Parsed strictly; the mail's page is small enough for every client."""
    for path in sorted((demo["place"] / "corpus" / "digests").glob("*.html")):
        html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))
        mail = message_from_bytes(path.with_suffix(".eml").read_bytes(), policy=policy.default)
        page = mail.get_body(("html",))
        assert page is not None
        html5lib.HTMLParser(strict=True).parse(page.get_content())
        assert len(page.as_bytes()) <= 90_000


def test_the_editors_title_is_kept(demo: Any) -> None:
    """After six more runs."""
    assert demo["kept"]


def test_the_demo_is_the_same_on_every_machine(demo: Any, tmp_path: Path) -> None:
    """Byte for byte (N-11), but for what is drawn: the folder's id, decisions' ids, and the free port in the hash."""
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
                rb'"renderings":.*|^{"id":"[0-9A-Z]{26}"',
                b"",
                path.read_bytes().replace(config_of(folder), b"HASH").replace(port_of(folder), b"PORT"),
            )
            for path in sorted((folder / "corpus").rglob("*"))
            if path.is_file() and path.name != ".dermai-corpus"
        }

    assert tree(tmp_path) == tree(demo["place"])
