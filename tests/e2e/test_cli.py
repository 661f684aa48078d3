"""The command line: every command, its words and its exit codes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dermai_feed.cli import COMMANDS, main
from dermai_feed.cli.terminal import Terminal


def call(*words: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> Any:
    """Run `dermai-feed words…` in process."""
    return CliRunner().invoke(main, list(words), env=env or {}, input=stdin)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str) -> None:
    """And is listed with one line."""
    result = call(name, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert name in call("--help").stdout


def test_an_unknown_command_is_exit_code_2() -> None:
    """A usage error."""
    assert call("dance").exit_code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    """It names the program's completion variable."""
    assert "_DERMAI_FEED_COMPLETE" in call("completion", shell).stdout


def test_init_writes_a_project_that_passes_config_check_and_overwrites_nothing(tmp_path: Path) -> None:
    """Twice: the second time writes nothing."""
    first = call("init", str(tmp_path), "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout)["written"]
    config = tmp_path / "config" / "dermai-feed.yaml"
    assert call("config", "check", "--config", str(config)).exit_code == 0
    config.write_text(config.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert json.loads(call("init", str(tmp_path), "--json").stdout)["written"] == []
    assert config.read_text(encoding="utf-8").endswith("# mine\n")
    assert "nothing was written" in call("init", str(tmp_path)).stdout


def test_config_show_prints_what_is_in_force_without_secrets(project: Any) -> None:
    """A header's value comes from the environment and is not shown (C-05)."""
    project.sources(project.feed("a", "/a") | {"headers": {"X-Key": "${FEED_KEY}"}})
    env = {"DERMAI_CONFIG": str(project.config), "FEED_KEY": "hunter2"}
    result = call("config", "show", env=env)
    assert result.exit_code == 0
    assert "hunter2" not in result.stdout
    assert "X-Key" in result.stdout


def test_config_check_counts_sources(project: Any) -> None:
    """In words and as JSON."""
    project.sources(project.feed("a", "/a"), project.feed("b", "/b", enabled=False, reason="dead"))
    answer = project("config", "check", "--json").json
    assert (answer["ok"], answer["sources"], answer["enabled"]) == (True, 2, 1)
    assert "2 sources, 1 enabled" in project("config", "check").text


def test_without_a_configuration_the_message_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2."""
    monkeypatch.chdir(tmp_path)
    result = call("run")
    assert result.exit_code == 2
    assert "dermai-feed init" in result.stderr


def test_with_json_an_error_is_json_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts read one object in every case."""
    monkeypatch.chdir(tmp_path)
    assert json.loads(call("run", "--json").stdout)["exit_code"] == 2


def test_status_and_sources_say_where_things_stand(project: Any, site: Any) -> None:
    """Health, queues, the last run; the failing source by name with the reason."""
    site.pages["/a"] = site.Reply(body=site.rss({"title": "AI grades acne", "link": "https://a.example/1"}))
    site.pages["/b"] = site.Reply(status=403)
    project.sources(
        project.feed("a", "/a"), project.feed("b", "/b"), project.feed("c", "/c", enabled=False, reason="dead")
    )
    project.run()
    text = project("status").text
    assert "1 accepted, 0 held, 0 rejected" in text.replace("items: ", "")
    assert "b: blocked" in text
    now = project("status", "--json").json
    assert {line["id"]: line["health"] for line in now["sources"]} == {"a": "ok", "b": "blocked", "c": "paused"}
    assert set(now["queues"].values()) == {0}
    assert len(now["runs"]) == 1
    listed = project("sources", "list", "--all").text
    assert "paused    dead" in listed
    assert "c" not in {line["id"] for line in project("sources", "list", "--json").json}
    assert "nothing is held" in project("status", "--held").text


@pytest.mark.parametrize(
    "words", [("why", "nothing"), ("run", "--source", "x"), ("run", "--since", "May"), ("digest", "--week", "47")]
)
def test_a_wrong_argument_is_named(project: Any, words: tuple[str, ...]) -> None:
    """Exit code 2, and the message repeats it."""
    outcome = project(*words)
    assert outcome.code == 2
    assert words[-1] in outcome.err


def test_a_digest_of_another_week_can_be_made(project: Any) -> None:
    """By its ISO name."""
    assert project("digest", "--week", "2026-W40").code == 0
    assert (project.corpus / "digests" / "2026-W40.html").exists()


def test_o03_a_quiet_run_says_nothing_when_all_is_well(project: Any) -> None:
    """Nothing on standard output, nothing on standard error."""
    outcome = project("run", "--quiet")
    assert (outcome.code, outcome.text, outcome.err) == (0, "", "")


def test_o03_a_quiet_run_says_one_line_when_not_all_is_well(project: Any, site: Any) -> None:
    """On standard error, with the exit code."""
    site.pages["/a"] = site.Reply(status=500)
    project.sources(project.feed("a", "/a"))
    outcome = project("run", "--quiet")
    assert (outcome.code, outcome.text) == (4, "")
    assert outcome.err == "dermai-feed: no source over the network could be reached\n"


def test_verbose_tells_one_line_per_source_and_run_and_twice_each_file(project: Any, site: Any) -> None:
    """On standard error: fields that can be searched; with --json each line is an object."""
    site.pages["/a"] = site.Reply(body=site.rss({"title": "AI grades acne", "link": "https://a.example/1"}))
    project.sources(project.feed("a", "/a"))
    err = project("run", "-vv").err
    assert "info: collected source=a outcome=new fetched=1 new=1" in err
    assert "debug: wrote path=news/" in err
    assert "info: ran" in err
    project.later(hours=2)
    lines = [json.loads(line) for line in project("run", "-v", "--json").err.splitlines()]
    assert [line["event"] for line in lines] == ["collected", "ran"]
    assert lines[0]["outcome"] == "unchanged"


def test_o04_text_from_outside_cannot_steer_the_terminal(project: Any, site: Any) -> None:
    """An escape sequence in a title is shown, not obeyed."""
    site.pages["/a"] = site.Reply(body=site.rss({"title": "AI grades acne", "link": "https://a.example/1"}), status=200)
    project.sources(project.feed("a", "/a") | {"name": "Bad [red]name[/]"})
    project.run()
    item = project("status", "--json").json
    assert item["sources"][0]["name"] == "Bad [red]name[/]"
    assert "\x1b" not in project("status").text


def test_tools_parse_and_normalize_files(tmp_path: Path, site: Any) -> None:
    """One JSON line per document; a broken one is named and is exit code 8."""
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(site.rss({"title": "AI grades acne", "link": "https://a.example/1?utm_source=x"}))
    bad.write_bytes(b"<html>no feed</html>")
    result = call("parse", str(good), str(bad), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 8
    assert [line["ok"] for line in lines] == [True, False]
    assert lines[0]["entries"][0]["title"] == "AI grades acne"
    assert "not_a_feed" in lines[1]["error"]
    item = json.loads(call("normalize", str(good), "--json").stdout)
    assert item["url"] == "https://a.example/1"
    assert "AI grades acne" in call("parse", str(good)).stdout
    assert "AI grades acne" in call("normalize", str(good)).stdout


def test_tools_read_standard_input_and_compressed_files(tmp_path: Path, site: Any) -> None:
    """One layer is taken off, a bomb refused; a base makes links absolute; dates are in UTC beside the written ones."""
    feed = site.rss({"title": "AI grades acne", "link": "/1", "date": "Mon, 02 Nov 2026 10:00:00 +0100"})
    deflated = zlib.compressobj(wbits=-15)
    layers = {
        "a.xml.gz": gzip.compress(feed),
        "b.xml": zlib.compress(feed),
        "c.bin": deflated.compress(feed) + deflated.flush(),
    }
    for name, body in layers.items():
        (tmp_path / name).write_bytes(body)
        (line,) = call("parse", str(tmp_path / name), "--json", "--base", "https://a.example/feed").stdout.splitlines()
        (entry,) = json.loads(line)["entries"]
        assert (entry["link"], entry["published_at"]) == ("https://a.example/1", "2026-11-02T09:00:00Z")
        assert entry["published"] == "Mon, 02 Nov 2026 10:00:00 +0100"
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(bytes(30 * 1024 * 1024)))
    assert json.loads(call("parse", str(bomb), "--json").stdout)["error"].startswith("too_large")
    stdin = json.loads(call("parse", "-", "--json", stdin=feed).stdout)
    assert (stdin["file"], stdin["ok"], stdin["entries"][0]["title"]) == ("-", True, "AI grades acne")
    assert json.loads(call("normalize", "-", "--json", stdin=feed).stdout)["title"] == "AI grades acne"


def test_tools_tell_an_answer_without_texts_from_a_refusal(tmp_path: Path) -> None:
    """A list of journals is read and holds nothing; a server's no is an error with its words."""
    (tmp_path / "journals.json").write_text(
        '{"status": "ok", "message-type": "journal-list", "message": {"items": [{"title": "J"}]}}'
    )
    (tmp_path / "no.json").write_text('{"error": "Paper not found"}')
    result = call("parse", str(tmp_path / "journals.json"), str(tmp_path / "no.json"), "--json")
    journals, refusal = (json.loads(line) for line in result.stdout.splitlines())
    assert (journals["kind"], journals["ok"], journals["error"], journals["entries"]) == ("crossref", True, None, [])
    assert "journal-list" in journals["problems"][0]
    assert (refusal["ok"], "Paper not found" in refusal["error"], result.exit_code) == (False, True, 8)


def test_triage_reads_standard_input() -> None:
    """A file of - is standard input, and without --out the verdicts go to standard output."""
    result = call("triage", "-", stdin=b'{"id": "a", "title": "Deep learning finds melanoma"}\n')
    assert result.exit_code == 0
    assert json.loads(result.stdout)["relevance"] == "derm-ai"


def test_tools_triage_and_match_files(tmp_path: Path) -> None:
    """JSON lines in, JSON lines out; a bad line is named with its number."""
    rows = [
        {
            "id": "a",
            "title": "Deep learning finds melanoma",
            "url": "https://a.example/1",
            "publishedDateTime": "2026-11-01T00:00:00Z",
        },
        {
            "id": "b",
            "title": "Deep learning finds melanoma",
            "url": "https://b.example/2",
            "publishedDateTime": "2026-11-02T00:00:00Z",
        },
        {"id": "c", "title": "Bridge opens", "url": "https://c.example/3", "publishedDateTime": "2026-11-02T00:00:00Z"},
    ]
    path, out = tmp_path / "items.jsonl", tmp_path / "out.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert call("triage", str(path), "--out", str(out)).exit_code == 0
    verdicts = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [v["relevance"] for v in verdicts] == ["derm-ai", "derm-ai", "other"]
    assert verdicts[0]["reasons"]
    lines = [json.loads(line) for line in call("match", str(path)).stdout.splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert lines[2]["story"] not in {lines[0]["story"], lines[1]["story"]}
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0]]), encoding="utf-8")
    result = call("match", str(path))
    assert (len(result.stdout.splitlines()), "'a' occurs twice" in result.stderr) == (3, True)
    path.write_text(json.dumps(rows[0]) + "\nnot json\n", encoding="utf-8")
    result = call("triage", str(path))
    assert result.exit_code == 2
    assert "items.jsonl:2" in result.stderr


def test_evaluate_scores_labelled_data(tmp_path: Path, root: Path) -> None:
    """Triage on our own labelled items; as words and as JSON."""
    data = root / "tests" / "data" / "triage" / "labelled.jsonl"
    assert "precision" in call("evaluate", "triage", str(data)).stdout
    assert "everything" in json.loads(call("evaluate", "triage", str(data), "--json").stdout)


def test_evaluate_all_without_data_says_where_it_looks(tmp_path: Path) -> None:
    """Decision 20: `make evaluate` fails without the data."""
    result = call("evaluate", "all", env={"DERMAI_SHARED": str(tmp_path)})
    assert result.exit_code == 2
    assert "DERMAI_SHARED" in result.stderr


def test_c06_a_run_from_crons_empty_environment_gives_the_same_files(project: Any, site: Any) -> None:
    """X-21: no HOME, no LANG, another folder, another zone: the same bytes."""
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "AI grades acne – 3 “clinics”", "link": "https://a.example/1"})
    )
    project.sources(project.feed("a", "/a"))
    project.run()
    expected = {path: body for path, (body, _, _) in project.tree().items()}
    for name in ("corpus", "state"):
        os.rename(project.folder / name, project.folder / f"{name}-first")
    bare = {"DERMAI_NOW_FILE": str(project.clock_file), "TZ": "Asia/Seoul", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "dermai_feed", "run", "-c", str(project.config)], env=bare, cwd="/",
        capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {path: body for path, (body, _, _) in project.tree().items()} == expected


def test_words_between_colons_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """`PMID:abc:` is no picture of letters."""
    Terminal(config=None, as_json=False, verbose=0, quiet=False).say("PMID:abc: and :skin: are words")
    assert capsys.readouterr().out == "PMID:abc: and :skin: are words\n"
