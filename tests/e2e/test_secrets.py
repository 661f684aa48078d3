"""No secret leaves: not in a log, an answer, a report, the corpus, the database, metrics or a complaint."""

from __future__ import annotations

from typing import Any

import pytest

MARKERS = {
    "FEED_KEY": "marker-header-4f1", "SMTP_PW": "marker-mail-a77", "HOOK_KEY": "marker-hook-09c",
    "PROXY_PW": "marker-proxy-5de",
}  # fmt: skip
TOKEN = "marker-query-1b6"  # written into a source's address, where people write keys nevertheless


@pytest.fixture
def secretive(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A project with every kind of secret, where everything that uses one fails; two runs of its daemon are over."""
    for name, value in MARKERS.items():
        monkeypatch.setenv(name, value)
    site.pages["/good"] = site.Reply(
        body=site.rss({"title": "Deep learning grades melanoma", "link": "https://u.example/1"})
    )
    site.pages[f"/bad?token={TOKEN}"] = site.Reply(status=403, body=f"no {MARKERS['FEED_KEY']} for you".encode())
    project.write_settings(
        digest={"to": ["person@reader.example"], "dry_run": False, "approval": "daemon"},
        smtp={"host": "127.0.0.1", "port": 1, "user": "me", "password": "${SMTP_PW}", "sender": "d@feed.example"},
        alerts={"webhook": "http://127.0.0.1:1/${HOOK_KEY}", "mail": ["person@reader.example"], "disk": "10000GiB"},
    )
    project.sources(
        project.feed("good", "/good", headers={"X-Api-Key": "${FEED_KEY}"}),
        project.feed("bad", f"/bad?token={TOKEN}", headers={"Authorization": "Bearer ${FEED_KEY}"}),
    )
    project.said = ""
    for words in (("daemon", "--once", "-vv"), ("daemon", "--once", "-vv", "--json")):
        done = project(*words)
        project.said += done.text + done.err
        project.later(days=8)
    return project


def test_c05_o04_no_output_and_no_file_holds_a_secret(secretive: Any) -> None:
    """Five markers, in all that the program says and writes; only the configuration shows an address in full."""
    said = secretive.said
    assert "status 403" in said or "failed" in said
    assert "not told" in said  # the webhook and the mail server were asked, and named
    for words in (
        ("status",), ("status", "--json"), ("status", "--metrics"), ("run", "--json", "-vv"),
        ("runs", "list", "--json"), ("sources", "list", "--json"), ("verify", "--json"),
        ("digest", "--week", "2026-W47", "--send"), ("debug-bundle",),
    ):  # fmt: skip
        done = secretive(*words)
        secretive.said += done.text + done.err
        for marker in MARKERS.values():
            assert marker not in done.text + done.err, words
    shown = secretive("config", "show").text
    assert not any(marker in said + shown for marker in MARKERS.values())
    assert TOKEN not in said
    assert TOKEN not in secretive("debug-bundle").text
    for folder in (secretive.corpus, secretive.state, secretive.folder / "backups"):
        for path in folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert not any(marker.encode() in data for marker in (*MARKERS.values(), TOKEN)), path


def test_o06_a_bug_report_holds_versions_counts_and_configuration_and_nothing_of_the_corpus(secretive: Any) -> None:
    """Three runs at most; no title, no address of a person, no words of a server."""
    report = secretive("debug-bundle").json
    text = str(report)
    assert report["versions"]["dermai-feed"]
    assert report["database"]["rows"]["item"] == 1
    assert 1 <= len(report["runs"]) <= 3
    assert report["runs"][0]["sources"].keys() <= {"good", "bad"}
    assert any(line.strip() == "password: ***" for line in report["configuration"])
    for content in ("melanoma", "person@", "for you"):
        assert content not in text
    file = secretive.folder / "bundle.json"
    assert "read it before you send it" in secretive("debug-bundle", str(file)).text
    assert file.stat().st_size > 500


def test_o07_a_document_that_cannot_be_read_is_kept_for_whoever_mends_the_parser(project: Any, site: Any) -> None:
    """Compressed, for 30 days, not for everybody to read; the same bytes once."""
    site.pages["/a"] = site.Reply(body=b"<rss><channel><item><title>unclosed", etag=False)
    project.sources(project.feed("a", "/a"))
    for _ in range(7):
        project.run()
        project.later(days=2)
    (body,) = (project.state / "bodies").glob("??/*.gz")
    assert body.stat().st_mode & 0o007 == 0
    assert project("replay", "--dry-run").code in (0, 6)
