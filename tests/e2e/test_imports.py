"""`import` and `export` as a user meets them: counts, decisions, undo, archives, hostile files."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.store import open_store

RIS = """TY  - JOUR
TI  - Deep learning grades acne on photographs
AU  - Doe, Jane
JF  - Skin Studies
PY  - 2021
DO  - 10.1000/skin.1
ER  -
TY  - JOUR
TI  - Artificial intelligence for melanoma triage in clinics
AU  - Roe, R
JF  - Skin Studies
PY  - 2022
DO  - 10.1000/skin.2
ER  -
TY  - JOUR
TI  - A history of railways
PY  - 1999
ER  -
"""


def counted(project: Any) -> dict[str, int]:
    """How many items there are by decision."""
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        return dict(store.runs.counts().items)


def test_i04_the_five_seeds_come_in_with_every_reference_and_twice_is_a_no_op(project: Any, root: Path) -> None:
    """Four articles with what they list, ten references with every identifier; the second import changes nothing."""
    first = project("import", str(root / "seeds"), "--json")
    assert first.code == 0
    assert [file["new"] for file in first.json["files"]] == [2, 3, 21, 2, 2]
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        items = store.items.items_of(store.items.ids()).values()
    papers = [item for item in items if item.identifier("doi") and item.origin.startswith("002")]
    assert len(papers) == 10
    assert all(item.identifier("pmid") for item in papers)
    assert sum(item.identifier("pmcid") is not None for item in papers) == 4
    before = (project.corpus / "decisions.jsonl").read_bytes(), (project.state / "dermai.sqlite").stat().st_size
    again = project("import", str(root / "seeds"))
    assert again.code == 0
    assert again.text.count("imported already") == 5
    assert "nothing new: nothing was changed" in again.text
    assert (
        (project.corpus / "decisions.jsonl").read_bytes(),
        (project.state / "dermai.sqlite").stat().st_size,
    ) == before


def test_records_are_judged_like_collected_ones_and_keep_all_skips_that(project: Any, tmp_path: Path) -> None:
    """Off topic is rejected with its reason; --keep-all accepts it."""
    (tmp_path / "a.ris").write_text(RIS)
    got = project("import", str(tmp_path / "a.ris"), "--json").json
    assert [item["outcome"] for item in got["items"]] == ["accepted", "accepted", "rejected"]
    assert got["items"][2]["because"]
    assert got["items"][0]["origin"] == "a.ris: record 1 (line 1)"
    kept = project("import", str(tmp_path / "a.ris"), "--keep-all", "--source", "Shelf", "--json").json
    assert [item["outcome"] for item in kept["items"]] == ["accepted"] * 3


def test_a_dry_run_tells_per_record_and_changes_nothing(project: Any, tmp_path: Path) -> None:
    """New work, duplicate of what and why, rejected and why."""
    (tmp_path / "a.ris").write_text(RIS)
    project("import", str(tmp_path / "a.ris"))
    (tmp_path / "b.bib").write_text(
        "@article{a, title={Deep Learning Grades Acne on Photographs}, doi={10.1000/skin.1}, year=2021}\n"
        "@article{b, title={Neural networks for psoriasis severity}, doi={10.1000/skin.9}, year=2023}\n"
        "@article{c, title={Bridges of wood}, year=2003}\n"
    )
    before = counted(project), (project.corpus / "decisions.jsonl").read_bytes()
    seen = project("import", str(tmp_path / "b.bib"), "--dry-run", "--json").json
    outcomes = [record["outcome"] for record in seen["records"]]
    assert outcomes[0].startswith("duplicate of i")
    assert "10.1000/skin.1" in seen["records"][0]["why"]
    assert outcomes[1:] == ["new work", "rejected"]
    assert (counted(project), (project.corpus / "decisions.jsonl").read_bytes()) == before


def test_the_same_paper_from_two_exports_is_one_work_with_both_records(project: Any, tmp_path: Path) -> None:
    """Nothing of either is lost: two items, one work."""
    (tmp_path / "a.ris").write_text(RIS)
    (tmp_path / "b.bib").write_text(
        "@article{a, title={Deep learning grades acne on photographs.}, doi={10.1000/skin.1}}"
    )
    project("import", str(tmp_path / "a.ris"))
    (item,) = project("import", str(tmp_path / "b.bib"), "--json").json["items"]
    assert item["duplicate_of"]


def test_i03_undo_takes_an_import_back_and_its_files_with_it(project: Any, tmp_path: Path) -> None:
    """One decision; what was there before is as before, and importing again brings it back."""
    (tmp_path / "a.ris").write_text(RIS)
    (tmp_path / "b.bib").write_text(
        "@article{a, title={Deep learning grades acne on photographs.}, doi={10.1000/skin.1}, year=2021}\n"
        "@article{b, title={Neural networks for psoriasis severity}, doi={10.1000/skin.9}, year=2023}\n"
    )
    project("import", str(tmp_path / "a.ris"))
    project("publish")
    before = project.stories()
    assert len(before) == 2
    made = project("import", str(tmp_path / "b.bib"), "--publish", "--json").json
    assert len(project.stories()) == 3
    assert undo(project, made["decision"]).code == 0
    project("match")
    project("publish")
    assert project.stories() == before
    assert project("verify").code == 0
    back = project("import", str(tmp_path / "b.bib"), "--publish", "--json").json
    assert [file["new"] for file in back["files"]] == [2]
    assert len(project.stories()) == 3


def undo(project: Any, decision: str) -> Any:
    """Undo a decision."""
    from datetime import UTC, datetime

    from dermai_feed import decisions

    decisions.record(
        project.corpus / "decisions.jsonl", now=datetime.fromisoformat(project.clock_file.read_text()).astimezone(UTC),
        random=os.urandom, who="test", verb="undo", target=(decision,),
    )  # fmt: skip
    return project("match")


def test_i03_an_import_that_dies_is_done_again_and_ends_the_same(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is one transaction: the first is in, the second is not, the rerun takes the second alone."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ris").write_text(RIS)
    (tmp_path / "in" / "b.bib").write_text("@article{b, title={Neural networks for psoriasis}, doi={10.1000/skin.9}}")
    monkeypatch.setenv("DERMAI_FAILPOINT", "store.before_commit=raise@2")
    with pytest.raises(RuntimeError):
        project("import", str(tmp_path / "in"))
    monkeypatch.delenv("DERMAI_FAILPOINT")
    assert sum(counted(project).values()) == 3
    again = project("import", str(tmp_path / "in"), "--json").json
    assert [bool(file["already"]) for file in again["files"]] == [True, False]
    assert sum(counted(project).values()) == 4
    (line,) = (project.corpus / "decisions.jsonl").read_text().splitlines()
    assert len(json.loads(line)["target"]) == 4


def test_archives_are_walked_and_hostile_members_named(project: Any, tmp_path: Path) -> None:
    """zip, gz within zip; a name that leads out, a bomb and a broken member cost themselves; exit code 8."""
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good/a.ris", RIS)
        archive.writestr("b.bib.gz", gzip.compress(b"@article{b, title={Neural networks for psoriasis}, year=2020}"))
        archive.writestr("../../evil.ris", RIS)
        archive.writestr("/etc/evil.ris", RIS)
        archive.writestr("bomb.txt.gz", gzip.compress(bytes(80_000_000)))
        archive.writestr("picture.png", b"\x89PNG")
        archive.writestr("broken.gz", gzip.compress(RIS.encode())[:-12])
    got = project("import", str(path), "--json")
    assert got.code == 8
    assert [file["new"] for file in got.json["files"]] == [3, 1]
    problems = {problem["where"].removeprefix("all.zip/"): problem["what"] for problem in got.json["problems"]}
    assert set(problems) == {"../../evil.ris", "/etc/evil.ris", "bomb.txt.gz", "broken.gz"}
    assert got.json["skipped"] == 1
    assert not (tmp_path.parent / "evil.ris").exists()


def test_feeds_of_a_list_become_sources_and_nothing_is_asked(project: Any, tmp_path: Path, hostile: Any) -> None:
    """I-01, I-02: hostile addresses have a reason each; a DOCTYPE is refused; no request is made."""
    project.write_settings(fetch={"allow_hosts": [hostile.netloc]})
    from urllib.request import urlopen

    for name in ("opml-hostile", "opml-xxe", "opml-bomb", "opml"):
        with urlopen(hostile.url(f"/{name}")) as answer:
            (tmp_path / f"{name}.opml").write_bytes(answer.read())
    asked = sum(hostile.count(f"/{path}") for path in ("ok", "atom"))
    bad = project("import", str(tmp_path / "opml-hostile.opml"), "--json")
    assert bad.code == 8
    assert len(bad.json["sources"]["added"]) == 1
    assert len([p for p in bad.json["problems"] if "outline " in p["where"]]) == 12
    for name in ("opml-xxe", "opml-bomb"):
        refused = project("import", str(tmp_path / f"{name}.opml"))
        assert refused.code == 8
        assert "DOCTYPE" in refused.text
        assert "root:" not in refused.text
    good = project("import", str(tmp_path / "opml.opml"), "--json")
    assert good.code == 0
    assert len(good.json["sources"]["added"]) == 1  # /ok came with the hostile list
    assert project("import", str(tmp_path / "opml.opml")).text.count("imported already") == 1
    assert sum(hostile.count(f"/{path}") for path in ("ok", "atom")) == asked
    assert hostile.count("/internal-secret") == 0
    assert project("config", "check").code == 0


def test_a_name_waits_offline_and_the_next_run_completes_it(project: Any, site: Any) -> None:
    """A DOI on the command line: pending while nobody answers, an item as soon as somebody does."""
    source = {"id": "crossref", "name": "Crossref", "kind": "crossref", "url": site.url("/works"), "enabled": False}
    project.sources(source | {"options": {"query": "skin"}})
    got = project("import", "10.1000/skin.1", "--json")
    assert got.code == 0
    assert got.json["pending"] == 1
    record = {
        "DOI": "10.1000/skin.1", "title": ["Deep learning for acne"], "type": "journal-article",
        "issued": {"date-parts": [[2021, 3, 5]]}, "container-title": ["Skin Studies"],
    }  # fmt: skip
    answer = {"status": "ok", "message-type": "work-list", "message": {"items": [record], "items-per-page": 1}}
    site.pages["/works?filter=doi:10.1000%2Fskin.1&rows=1"] = site.Reply(json.dumps(answer).encode())
    project.later(hours=2)
    assert project.run().code == 0
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        (item,) = store.items.items_of(store.items.ids()).values()
        assert store.imports.pending() == ()
    assert (item.title, item.identifier("doi")) == ("Deep learning for acne", "10.1000/skin.1")


def test_a_web_page_is_imported_by_its_address(project: Any, site: Any) -> None:
    """Fetched once, described by its own head."""
    page = """<html><head><title>x</title><meta property="og:title" content="AI tool spots melanoma in clinics">
    <meta property="og:type" content="article"><meta property="article:published_time" content="2026-11-10T08:00:00Z">
    <meta property="og:description" content="A neural network reads dermoscopy."></head><body>…</body></html>"""
    site.pages["/news/melanoma"] = site.Reply(page.encode(), headers={"Content-Type": "text/html"})
    got = project("import", site.url("/news/melanoma"), "--json").json
    assert [(item["title"], item["outcome"]) for item in got["items"]] == [
        ("AI tool spots melanoma in clinics", "held")  # a loopback address is nobody's page: no link
    ]
    assert site.hits["/news/melanoma"] == 1


def test_standard_input_is_a_file(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-`, whatever kind it is."""
    from dermai_feed.cli import imports

    monkeypatch.setattr(imports, "_standard_input", lambda: io.BytesIO(RIS.encode()))
    assert [file["new"] for file in project("import", "-", "--json").json["files"]] == [3]


@pytest.mark.parametrize("form", ["ris", "bibtex", "nbib", "csl-json", "csv", "jsonl"])
def test_what_is_exported_comes_back_the_same(form: str, project: Any, tmp_path: Path, root: Path, site: Any) -> None:
    """Every field of every work, through each format, on an empty machine."""
    project("import", str(root / "seeds" / "002_f0ebefd0f211a7c6.txt"))
    out = tmp_path / f"out.{form}"
    assert project("export", "--format", form, "--out", str(out)).code == 0
    other = type(project)(_made(tmp_path / "other"), root, site)
    assert other("import", str(out), "--keep-all").code == 0
    assert works(other) == works(project)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def works(project: Any) -> list[Any]:
    """What is known of the accepted items, without what is ours."""
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        return sorted(
            (
                item.title, item.authors, item.published, item.precision, item.identifiers, item.excerpt,
                replace(item.publication, pages=item.publication.pages.replace("–", "-")), item.language, item.url,
            )
            for item in store.items.decided("accept")
            if item.identifiers
        )  # fmt: skip


def test_a_bundle_takes_everything_to_an_empty_machine(
    project: Any, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files, byte for byte; twice is a no-op; into another corpus, or when damaged, it is refused."""
    (tmp_path / "a.ris").write_text(RIS)
    project("import", str(tmp_path / "a.ris"), "--publish")
    project("digest")
    bundle = tmp_path / "corpus.zip"
    assert project("export", "--format", "bundle", "--out", str(bundle)).code == 0
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.chdir(there)
    from click.testing import CliRunner

    from dermai_feed.cli import main

    environment = {"DERMAI_NOW_FILE": str(project.clock_file)}
    taken = CliRunner().invoke(main, ["import", str(bundle)], env=environment)
    assert taken.exit_code == 0, taken.output
    files = {name: body for name, (body, *_) in project.tree().items()}
    found = {
        str(path.relative_to(there / "corpus")): path.read_bytes()
        for path in (there / "corpus").rglob("*")
        if path.is_file()
    }
    assert found == files

    def stories(folder: Path) -> Any:
        with open_store(f"sqlite:///{folder / 'state' / 'dermai.sqlite'}") as store:
            return store.stories.all(), store.items.ids()

    assert stories(there) == stories(project.folder)
    ran = CliRunner().invoke(main, ["run", "--json"], env=environment)
    assert json.loads(ran.output)["written"] == []
    again = CliRunner().invoke(main, ["import", str(bundle), "--json"], env=environment)
    assert (json.loads(again.stdout)["corpus"]["written"], json.loads(again.stdout)["exit_code"]) == (0, 0)
    (there / "corpus" / "news" / "mine.md").write_text("---\ntitle: x\n---\n")
    assert CliRunner().invoke(main, ["import", str(bundle)], env=environment).exit_code == 5


def test_a_bundle_that_was_tampered_with_is_refused(project: Any, tmp_path: Path) -> None:
    """Another byte, or a name that leads out: nothing is written."""
    (tmp_path / "a.ris").write_text(RIS)
    project("import", str(tmp_path / "a.ris"))
    bundle = tmp_path / "corpus.zip"
    project("export", "--format", "bundle", "--out", str(bundle))
    for change in ("byte", "name"):
        bad = tmp_path / f"{change}.zip"
        with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(bad, "w") as new:
            for member in old.infolist():
                body = old.read(member)
                if change == "byte" and member.filename == "corpus/decisions.jsonl":
                    body += b" "
                if change == "name" and member.filename == "dermai-bundle.json":
                    body = body.replace(b"corpus/decisions.jsonl", b"corpus/../../evil.jsonl")
                new.writestr(member, body)
        other = tmp_path / change
        other.mkdir()
        assert project("import", str(bad), "-c", str(other / "config" / "none.yaml")).code == 2
        assert not list(other.rglob("*"))


def test_a_record_that_is_read_line_by_line_is_counted_once_and_told(project: Any, tmp_path: Path) -> None:
    """It is in, the counts add up, and the exit code says that somebody should look."""
    broken = "@article{a,\n title={Deep learning for acne} and more,\n year={2019}\n\n"
    (tmp_path / "a.bib").write_text(broken + "@article{b,\n title={AI for moles}\n}\n")
    got = project("import", str(tmp_path / "a.bib"), "--json")
    (file,) = got.json["files"]
    assert (file["records"], file["new"], file["rejected"], got.code) == (2, 2, 0, 8)
    assert got.json["problems"][0]["where"] == "a.bib: record 1 (line 1)"
