"""Lint: what is wrong in story files, in words, by line, and mended where that is safe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dermai_feed import checks
from dermai_feed.checks.rules import cached
from dermai_feed.cli import main
from dermai_feed.publish.frontmatter import story_schema

GOOD = """---
category: news
title: "AI reads moles as well as dermatologists"
excerpt: "A network read 1,204 photographs of moles."
publishedDateTime: 2021-05-18T18:35:00Z
originalUrl: "https://medicalxpress.com/news/2021-05-moles.html"
webUrl: "https://medicalxpress.com/news/2021-05-moles.html"
type: article
quality: 57
heat: 67
published: false

provider:
  name: Medical Xpress
  domain: medicalxpress.com

topics:
  - AI

images:
  - url: "https://scx2.b-cdn.net/moles.jpg"
    width: 1200
    height: 800
    isCached: true

related:
  - title: "AI reads moles as well as dermatologists do"
    excerpt: "A network read 1,204 photographs of moles."
    publishedDateTime: 2021-05-18T19:00:00Z
    webUrl: "https://www.eurekalert.org/moles"
    type: article
    provider:
      name: EurekAlert!
      domain: eurekalert.org
    quality: 24

secured: "c2VhbA==;aXY="
---

"""
OWN = "https://medicalxpress.com/news/2021-05-moles.html"
PICTURE = GOOD[GOOD.index("images:") : GOOD.index("related:")]
LISTED = """AI reads moles as well as dermatologists do"
    excerpt: "A network read 1,204 photographs of moles."""
NAME = "2021-05-18-ai-reads-moles-as-well-as-dermatologists.md"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a file, with replacements, and lints it by `dermai-feed lint` where there is no configuration."""

    def run(*replacements: tuple[str, str], name: str = NAME, words: tuple[str, ...] = ()) -> Any:
        text = GOOD
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "news" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        monkeypatch.chdir(tmp_path)
        done = CliRunner().invoke(main, ["lint", str(path.parent), "--format", "json", *words])
        assert not done.exception or isinstance(done.exception, SystemExit), done.exception
        answer = json.loads(done.stdout)
        return done.exit_code, answer["findings"], path

    return run


def test_a_good_file_has_no_findings(check: Any) -> None:
    """Exit code 0."""
    code, findings, _ = check()
    assert (code, findings) == (0, [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('moles.html"\ntype', 'moles.html?b=2&a=&c=1"\ntype'),  # parameters in another order than ours lead there too
        ("name: EurekAlert!\n      domain: eurekalert.org", "name: EurekAlert! Europe\n      domain: eurekalert.org"),
    ],
)
def test_what_only_looks_wrong_is_no_finding(check: Any, old: str, new: str) -> None:
    """Each was one, about a real file."""
    assert check((old, new))[:2] == (0, [])


def test_an_institution_may_be_written_out(check: Any) -> None:
    """mit.edu is MIT News, and the Massachusetts Institute of Technology as well; `news` it is not."""
    own = OWN.removesuffix("moles.html")
    there = [(own + 'moles.html"\nw', 'https://news.mit.edu/moles"\nw'), (own + "moles", "https://news.mit.edu/moles")]
    there += [("domain: medicalxpress.com", "domain: mit.edu")]
    assert check(*there, ("name: Medical Xpress", "name: Massachusetts Institute of Technology"))[:2] == (0, [])
    assert [f["rule"] for f in check(*there, ("name: Medical Xpress", "name: news"))[1]] == ["provider"]


def test_a_time_of_california_marked_as_utc_is_told_so(check: Any) -> None:
    """18:35 in California is the next day's 01:35 UTC, as the name says."""
    (finding,) = check(("2021-05-18T18", "2021-05-17T18"))[1]
    assert "California" in finding["hint"]


@pytest.mark.parametrize(
    ("old", "new", "rule", "severity", "line", "words"),
    [
        ("category: news\n", "", "schema", "error", 1, "category is missing"),
        ("quality: 57", "quality: high", "schema", "error", 9, "whole number"),
        ("type: article\nq", "type: blog\nq", "schema", "error", 8, "blog"),
        ("  domain: medicalxpress.com\n", "", "schema", "error", 14, "provider.domain is missing"),
        ('title: "AI reads', 'title: "<<<', "unreadable", "error", 0, ""),
        ("A network read", "A â€˜networkâ€™ read", "mojibake", "error", 4, "excerpt"),
        ("name: Medical Xpress", "name: Analytics", "provider", "error", 14, "Medical Xpress, not 'Analytics'"),
        ("https://www.eurekalert.org/moles", "https://x.internal/moles", "dead-url", "error", 27, "leads nowhere"),
        ('moles.html"\ntype', 'moles.html?utm_source=x"\ntype', "wrapped-url", "warning", 7, "2021-05-moles.html"),
        ("2021-05-18T18", "2021-05-11T18", "date", "error", 5, "the name says 2021-05-18"),
        ("2021-05-18T18", "2021-05-17T18", "date", "notice", 5, "the name says 2021-05-18"),
        ("https://www.eurekalert.org/moles", OWN, "related", "error", 27, "the story itself"),
        (LISTED, "Gold price rises on Tuesday", "unrelated", "warning", 27, "is listed as related, and is not"),
        (
            LISTED,
            "Neural network sorts acne at a dermatology clinic",
            "unrelated",
            "notice",
            27,
            "is listed as related",
        ),
        (PICTURE, "", "image", "notice", 0, "no image"),
    ],
)
def test_each_rule_names_its_place(
    check: Any, old: str, new: str, rule: str, severity: str, line: int, words: str
) -> None:
    """Rule, severity, line and words; nothing else is said of the file."""
    if rule == "unreadable":
        new, old = 'title: "AI "reads', 'title: "AI reads'
        line = 3
    code, findings, _ = check((old, new))
    found = [finding for finding in findings if finding["rule"] == rule]
    assert found, findings
    assert (found[0]["severity"], found[0]["line"]) == (severity, line), found
    assert words in found[0]["what"]
    assert code == (6 if any(finding["severity"] == "error" for finding in findings) else 0)


def test_merge_markers_are_named_by_line(check: Any) -> None:
    """A conflict that git left in a file."""
    _, findings, _ = check(("quality: 57\n", "<<<<<<< HEAD\nquality: 57\n=======\nquality: 58\n>>>>>>> other\n"))
    (finding,) = findings
    assert (finding["rule"], finding["line"]) == ("conflict", 9)


def test_fix_leaves_what_an_editor_decided(check: Any) -> None:
    """A value that is not the one that the machine wrote last is found, and stays as it is."""
    written = "dermai:\n  id: s1\n  written: {title: 00000000, provider: {name: 00000000}}\n"
    changes = [
        ("name: Medical Xpress", "name: Analytics"), ("as dermatologists\"", "as dermatologistsâ€™\""),
        ("secured:", written + "secured:"),
    ]  # fmt: skip
    _, findings, path = check(*changes)
    before = path.read_bytes()
    assert {finding["rule"] for finding in findings} == {"mojibake", "provider"}
    check(*changes, words=("--fix",))
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["con.md", "2021-05-18-a:b.md", "2021-05-18-what?.md"])
def test_names_that_windows_cannot_hold(check: Any, name: str) -> None:
    """Devices and forbidden characters."""
    _, findings, _ = check(name=name)
    assert "name" in {finding["rule"] for finding in findings}


def test_names_that_differ_in_case_only_and_files_that_tell_one_story(check: Any) -> None:
    """On some disks they are one file."""
    check(name="2021-05-18-A.md")
    _, findings, _ = check(name="2021-05-18-a.md")
    assert {"name", "duplicate"} <= {finding["rule"] for finding in findings}


def test_fix_makes_the_safe_repairs_and_touches_no_other_byte(check: Any) -> None:
    """Mojibake, a publisher's name, an entry that is there twice; a second --fix changes nothing."""
    entry = GOOD[GOOD.index('  - title: "AI reads moles as well as dermatologists do') : GOOD.index("\nsecured")]
    code, findings, path = check(
        ("name: Medical Xpress", "name: Analytics  # scraped"), ("\nsecured", entry + "\nsecured"),
        ("reads moles as well as dermatologists\"", "reads â€˜molesâ€™\""), words=("--fix",),
    )  # fmt: skip
    assert (code, findings) == (0, [])
    text = path.read_text(encoding="utf-8")
    wanted = GOOD.replace("name: Medical Xpress", "name: Medical Xpress  # scraped")
    assert text == wanted.replace('reads moles as well as dermatologists"', 'reads ‘moles’"', 1)


def test_warnings_fail_only_when_strict(check: Any) -> None:
    """CI may choose."""
    change = ('moles.html"\ntype', 'moles.html?utm_source=x"\ntype')
    assert check(change)[0] == 0
    assert check(change, words=("--strict",))[0] == 6


def test_github_annotations_escape_what_would_end_them() -> None:
    """docs.github.com: % CR LF in data, : and , in properties too."""
    finding = checks.Finding(path="a,b:c.md", line=3, column=2, rule="x", severity="error", what="50 %\nof it")
    assert checks.as_github(finding) == "::error file=a%2Cb%3Ac.md,line=3,col=2,title=x::50 %25%0Aof it"


def test_the_amp_cache_rule() -> None:
    """SCHEMA §3's own example."""
    assert cached("https://www.news-medical.net/amp/news/1.aspx") == (
        "https://www-news--medical-net.cdn.ampproject.org/c/s/www.news-medical.net/amp/news/1.aspx"
    )


@pytest.mark.shared
def test_no_real_file_breaks_the_schema_or_the_reader(shared: Path) -> None:
    """243 files of the publisher: lint reads all, and finds no error of schema, encoding or name."""
    files = checks.story_files([shared / "data" / "schema_files"])
    assert len(files) > 200
    done = CliRunner().invoke(main, ["lint", str(shared / "data" / "schema_files"), "--format", "json"])
    errors = [f for f in json.loads(done.stdout)["findings"] if f["severity"] == "error"]
    assert {finding["rule"] for finding in errors} <= {"provider", "related", "mojibake", "date"}


def test_the_schema_in_the_repository_is_the_codes(root: Path) -> None:
    """scripts/write_schemas.py writes it."""
    assert (root / "config" / "schema" / "story.schema.json").read_text(encoding="utf-8") == story_schema()
