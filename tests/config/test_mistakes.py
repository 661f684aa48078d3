"""C-01 to C-08: every mistake is named by file, line and key, and all of them at once."""

# ruff: noqa: E501 - a table is read by its rows

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from dermai_feed.config import load
from dermai_feed.config.written import SettingsFile
from dermai_feed.errors import ConfigError

S, C, P = "dermai-feed.yaml", "sources.yaml", "providers.yaml"
URL = "url: https://journal.example.net/feed"

# what is wrong: file, what stands there, what is written instead, how the message begins, what it holds
MISTAKES = {
    "unknown key of a source": (C, "interval: 6h", "intervall: 6h", f"{C}:13: sources.1.intervall: unknown key", "did you mean 'interval'"),
    "unknown key at the top": (S, "fetch:", "fetsch:", f"{S}:4: fetsch: unknown key", "did you mean 'fetch'"),
    "unknown key in fetch": (S, "deadline: 20s", "dead_line: 20s", f"{S}:6: fetch.dead_line: unknown key", "did you mean 'deadline'"),
    "unknown key in schedule": (S, "interval: 2h", "celling: 2h", f"{S}:8: schedule.celling: unknown key", "did you mean 'ceiling'"),
    "unknown key in files": (S, "corpus: ../corpus", "korpus: ../corpus", f"{S}:3: files.korpus: unknown key", "did you mean 'corpus'"),
    "unknown key in digest": (S, "zone: Eu", "zon: Eu", f"{S}:10: digest.zon: unknown key", "did you mean 'zone'"),
    "unknown key in parse": (S, "digest:", "parse: {wal: 3s}\ndigest:", f"{S}:9: parse.wal: unknown key", "did you mean 'wall'"),
    "unknown key in store": (S, "digest:", "store: {bussy: 3s}\ndigest:", f"{S}:9: store.bussy: unknown key", "did you mean 'busy'"),
    "unknown key of a provider": (P, "tier: primary", "teir: primary", f"{P}:4: providers.0.teir: unknown key", "did you mean 'tier'"),
    "a key that is like no other": (S, "fetch:", "zzz: 1\nfetch:", f"{S}:4: zzz: unknown key", "known: alerts, backup, daemon, digest"),
    "a number without a unit": (C, "6h", "60", f"{C}:13: sources.1.interval: '60' is not a duration", "60m"),
    "a duration in words": (S, "20s", "soon", f"{S}:6: fetch.deadline: 'soon' is not a duration", "30s"),
    "a duration below its range": (S, "20s", "1ms", f"{S}:6: fetch.deadline: 1ms is out of range, 50ms to 10m", ""),
    "a duration above its range": (C, "6h", "400d", f"{C}:13: sources.1.interval: 400d is out of range", ""),
    "a list for a duration": (C, "interval: 6h", "interval: [6h]", f"{C}:13: sources.1.interval: must be a duration", ""),
    "a size for a count": (S, "deadline: 20s", "max_redirects: 10MiB", f"{S}:6: fetch.max_redirects: '10MiB' is not a plain integer", ""),
    "a count for a size": (S, "deadline: 20s", "max_body: 10", f"{S}:6: fetch.max_body: '10' is not a size", "10MiB"),
    "C-04 octal number": (S, "deadline: 20s", "max_redirects: 010", f"{S}:6: fetch.max_redirects: '010' is not a plain integer", ""),
    "a count out of range": (S, "deadline: 20s", "total: 0", f"{S}:6: fetch.total: should be greater than or equal to 1", ""),
    "C-04 a boolean by another name": (C, "needs_filter: false", "needs_filter: no", f"{C}:14: sources.1.needs_filter: 'no' is not true or false", "write true or false"),
    "C-04 version with a point": (S, "version: 1", "version: 1.10", f"{S}:1: version: '1.10' is not a plain integer", ""),
    "C-04 a tab": (S, "  deadline", "\tdeadline", f"{S}:6: not YAML", "holds a tab"),
    "C-04 a key twice": (S, "deadline: 20s", "deadline: 20s\n  deadline: 30s", f"{S}:7: fetch.deadline: the key a second time", "line 6"),
    "C-08 a later version": (S, "version: 1", "version: 2", f"{S}:1: version: written for version 2", "upgrade"),
    "C-08 a later list of sources": (C, "version: 1", "version: 7", f"{C}:1: version: written for version 7", "upgrade"),
    "two sources with one id": (C, "id: old", "id: journal", f"{C}:18: sources.2.id: 'journal' is the id of another source", f"{C}:9"),
    "one address twice": (C, 'url: ""\n    enabled: false', "url: http://WWW.journal.example.net:80/feed/#top", f"{C}:21: sources.2.url: the address of another source", f"{C}:12"),
    "an id that is a title": (C, "id: old", "id: Old Journal", f"{C}:18: sources.2.id: 'Old Journal' is no id", ""),
    "an empty name": (C, "name: Dead", 'name: "  "', f"{C}:19: sources.2.name: is empty", ""),
    "a name over two lines": (C, "name: Dead", 'name: "a\\nb"', f"{C}:19: sources.2.name: goes over several lines", ""),
    "no id": (C, "  - id: old\n    name", "  - name", f"{C}:18: sources.2.id: is missing", "add `id: …`"),
    "an unknown kind": (C, "kind: rss\n    url: https", "kind: rs\n    url: https", f"{C}:11: sources.1.kind: unknown kind 'rs'", "did you mean 'rss'"),
    "F-07 a file: address": (C, URL, "url: file:///etc/passwd", f"{C}:12: sources.1.url: is a file", "kind: folder"),
    "F-07 a space": (C, URL, "url: https://journal.example.net/a b", f"{C}:12: sources.1.url: holds a space", ""),
    "F-07 a control character": (C, URL, 'url: "https://journal.example.net/\\x07"', f"{C}:12: sources.1.url: a control character", ""),
    "F-07 a backslash": (C, URL, 'url: "https:\\\\journal.example.net"', f"{C}:12: sources.1.url: holds a space, a control character or a backslash", ""),
    "F-07 another scheme": (C, URL, "url: ftp://journal.example.net/", f"{C}:12: sources.1.url: is not a web address", "https://"),
    "F-07 no host": (C, URL, "url: https:///feed", f"{C}:12: sources.1.url: is not a web address", ""),
    "F-07 a port of another service": (C, URL, "url: https://journal.example.net:22/", f"{C}:12: sources.1.url: names port 22", ""),
    "F-07 a port that is none": (C, URL, "url: https://journal.example.net:99999/", f"{C}:12: sources.1.url: is not an address", ""),
    "F-07 too long": (C, URL, f"url: https://journal.example.net/{'a' * 2048}", f"{C}:12: sources.1.url: is longer than 2048 bytes", ""),
    "a password in an address": (C, URL, "url: https://me:hunter2@journal.example.net/", f"{C}:12: sources.1.url: carries a user name or password", "headers"),
    "a placeholder": (C, URL, "url: https://journal.example.net/{id}.xml", f"{C}:12: sources.1.url: holds a placeholder", "enabled: false"),
    "a placeholder in a disabled source": (C, 'url: ""', "url: https://x.example.net/{UNVERIFIED}", f"{C}:21: sources.2.url: holds a placeholder", ""),
    "an enabled source without an address": (C, URL, 'url: ""', f"{C}:12: sources.1.url: is empty", "enabled: false"),
    "a homepage that is none": (C, "interval: 6h", "homepage: journal", f"{C}:13: sources.1.homepage: is not a web address", ""),
    "a domain that is none": (C, "interval: 6h", "provider_domain: A journal", f"{C}:13: sources.1.provider_domain: 'A journal' is no domain", ""),
    "a folder in nobody's home": (C, "url: ../papers", "url: ~nobody-at-all-here/x", f"{C}:6: sources.0.url: '~nobody-at-all-here/x': there is no such home folder", ""),
    "a variable that is not set": (S, "digest:", "store: {database: 'postgresql://me:${PW}@db/x'}\ndigest:", f"{S}:9: store.database: the environment variable PW is not set", "set it where"),
    "a list with a mapping in it": (P, "tracking: [utm_*]", "tracking: [utm_*, {a: b}]", f"{P}:5: tracking.1: must be text", ""),
    "two faults in one provider": (P, "domain: journal.example.net\n    tier: primary", "tier: [a]", f"{P}:2: providers.0.domain: is missing", ""),
    "a missing folder": (C, "url: ../papers", "url: ../paper", f"{C}:6: sources.0.url: there is no folder", "make it"),
    "an address for a folder": (C, "url: ../papers", "url: file:../papers", f"{C}:6: sources.0.url: is an address", "plain path"),
    "output inside the state": (S, "corpus: ../corpus", "corpus: ../state/corpus", f"{S}:3: files.corpus: lies in the state folder", ""),
    "the state inside the output": (S, "corpus: ../corpus", "state: ../corpus/state", f"{S}:2: files.corpus: lies in the state folder, or the state folder in it", ""),
    "output that is a file": (S, "corpus: ../corpus", "corpus: sources.yaml", f"{S}:3: files.corpus:", "is not a folder"),
    "a source inside the output": (S, "corpus: ../corpus", "corpus: ../papers", f"{C}:6: sources.0.url: is where the program writes", ""),
    "an empty path": (S, "corpus: ../corpus", 'corpus: ""', f"{S}:3: files.corpus: is empty", ""),
    "nobody's home folder": (S, "corpus: ../corpus", "corpus: ~nobody-at-all-here/x", f"{S}:3: files.corpus: '~nobody-at-all-here/x': there is no such home folder", ""),
    "a file that is not there": (S, "corpus: ../corpus", "triage: triaje.yaml", "triaje.yaml: cannot be read: No such file", f"{S}:3"),
    "a cron expression that is none": (S, "zone: Eu", "cron: 0 25 * * 1\n  zone: Eu", f"{S}:10: digest.cron: '25' is no hour", "0 to 23"),
    "a place to listen without a port": (S, "digest:", "daemon: {listen: localhost}\ndigest:", f"{S}:9: daemon.listen: 'localhost' is no host and port", "127.0.0.1:9108"),
    "metrics that no exporter reads": (S, "digest:", "daemon: {textfile: metrics.txt}\ndigest:", f"{S}:9: daemon.textfile: does not end in .prom", "node_exporter"),
    "alerts by mail without a server": (S, "digest:", "alerts: {mail: [ops@example.net]}\ndigest:", f"{S}:9: alerts.mail: names people", "smtp.host"),
    "alerts to nobody": (S, "digest:", "alerts: {webhook: ops}\ndigest:", f"{S}:9: alerts.webhook: is no web address", "https://"),
    "alerts to a name": (S, "digest:", "alerts: {mail: [ops]}\nsmtp: {host: h, sender: a@h.example}\ndigest:", f"{S}:9: alerts.mail.0: 'ops' is no mail address", "NAME@HOST"),
    "C-05 the mail server's password": (S, "digest:", "smtp: {host: h, sender: a@h.example, user: a, password: hunter2}\ndigest:", f"{S}:9: smtp.password: stands here in plain text", "${NAME}"),
    "mail from nobody": (S, "digest:", "smtp: {host: mail.example.net}\ndigest:", f"{S}:9: smtp.sender: is missing", "address"),
    "a backup folder without a name": (S, "digest:", "backup: {folder: ''}\ndigest:", f"{S}:9: backup.folder: is empty", "path"),
    "a time zone that is none": (S, "Europe/Berlin", "Europe/Berln", f"{S}:10: digest.zone: unknown time zone 'Europe/Berln'", "did you mean 'Europe/Berlin'"),
    "a time zone that is a path": (S, "Europe/Berlin", "../../etc/passwd", f"{S}:10: digest.zone: unknown time zone", ""),
    "a contact that is none": (S, "https://editors.example.net/contact", "the editors", f"{S}:5: fetch.contact: 'the editors' is no web or mail address", ""),
    "a host without a port": (S, "deadline: 20s", "allow_hosts: [localhost]", f"{S}:6: fetch.allow_hosts.0: 'localhost' is no host and port", ""),
    "a port without an end": (S, "deadline: 20s", "allow_hosts: ['a:1', 'b:70000']", f"{S}:6: fetch.allow_hosts.1: 'b:70000' is no host and port", ""),
    "text for a list": (S, "deadline: 20s", "allow_hosts: localhost:80", f"{S}:6: fetch.allow_hosts: must be a list", ""),
    "a mapping for text": (C, "name: Dead", "name: {a: b}", f"{C}:19: sources.2.name: must be text", ""),
    "a list for a mapping": (S, "fetch:\n  contact: https://editors.example.net/contact\n  deadline: 20s", "fetch: [a]", f"{S}:4: fetch: must be a mapping", ""),
    "a list for the file": (P, "providers:\n", "- providers:\n", f"{P}:", ""),
    "nothing for a value": (C, "name: Dead", "name:", f"{C}:19: sources.2.name: no value", ""),
    "an alias": (C, "name: Dead", "name: &a Dead\n    homepage: *a", f"{C}:20: sources.2.homepage: an alias", ""),
    "a tag": (C, "name: Dead", "name: !!python/object/apply:os.system [id]", f"{C}:19: sources.2.name: the tag", "remove it"),
    "a list for a key": (S, "digest:", "? [a, b]\n: c\ndigest:", f"{S}:9: (top): a list or mapping as a key", ""),
    "a quote that does not end": (S, "Europe/Berlin", '"Europe/Berlin', f"{S}:1", "not YAML"),
    "a second document": (S, "digest:", "---\ndigest:", f"{S}:9: not YAML", ""),
    "a database of another make": (S, "digest:", "store: {database: 'mysql://x'}\ndigest:", f"{S}:9: store.database: is neither sqlite nor a postgresql address", ""),
    "C-05 a password in the file": (S, "digest:", "store: {database: 'postgresql://me:hunter2@db/x'}\ndigest:", f"{S}:9: store.database: holds a password", "${NAME}"),
    "C-05 a key in the file": (C, "${JOURNAL_KEY}", "hunter2", f"{C}:17: sources.1.headers.X-Api-Key: holds a secret", "${NAME}"),
    "C-05 a variable that is none": (C, "${JOURNAL_KEY}", "${journal key}", f"{C}:17: sources.1.headers.X-Api-Key: ${{journal key}} is no environment variable", ""),
    "a header that is ours": (C, "X-Api-Key: ${JOURNAL_KEY}", "User-Agent: Mozilla/5.0", f"{C}:17: sources.1.headers.User-Agent: is set by the program", ""),
    "a header that cannot be": (C, "X-Api-Key:", "X Api Key:", f"{C}:17: sources.1.headers.X Api Key: is no name for a header", ""),
    "a header over two lines": (C, "${JOURNAL_KEY}", '"${JOURNAL_KEY}\\nX-Other: 1"', f"{C}:17: sources.1.headers.X-Api-Key: is not plain ASCII on one line", ""),
    "a proxy that is none": (S, "deadline: 20s", "proxy: socks", f"{S}:6: fetch.proxy: is not the address of a proxy", ""),
    "a tier that is none": (P, "tier: primary", "tier: best", f"{P}:4: providers.0.tier: should be 'primary'", ""),
    "a publisher twice": (P, "tracking: [utm_*]", "  - {name: B, domain: journal.example.net}\ntracking: [utm_*]", f"{P}:5: providers.1.domain: journal.example.net a second time", f"{P}:3"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case.replace(" ", "-"))
def test_c01_a_mistake_is_named(setup, case):
    """One mistake gives one message that begins with file, line and key and says what to do."""
    file, old, new, start, holds = MISTAKES[case]
    setup.replace(file, old, new)
    complaints = setup.complaints()
    assert len(complaints) == 1 + case.startswith("two faults"), complaints
    assert complaints[0].startswith(start)
    assert holds in complaints[0]
    assert "hunter2" not in complaints[0]


def test_c01_all_mistakes_at_once(setup):
    """Mistakes in four files are told together."""
    for file, old, new in (
        ("dermai-feed.yaml", "deadline: 20s", "dead_line: 20s"),
        ("dermai-feed.yaml", "Europe/Berlin", "Mars"),
        ("sources.yaml", "interval: 6h", "intervall: 6h"),
        ("sources.yaml", "id: old", "id: journal"),
        ("providers.yaml", "tier: primary", "teir: primary"),
    ):
        setup.replace(file, old, new)
    (setup.folder / "triage.yaml").unlink()
    found = {complaint.split(":")[0] for complaint in setup.complaints()}
    assert found == {"dermai-feed.yaml", "sources.yaml", "providers.yaml", "triage.yaml"}
    assert len(setup.complaints()) == 6


SECTIONS = {name: field.annotation for name, field in SettingsFile.model_fields.items() if name != "version"}


@pytest.mark.parametrize("section", SECTIONS)
def test_c02_a_typo_in_any_section_is_an_error_that_knows_the_word(setup, section):
    """Every key of every section, written with its last letter twice; a section that is added is tested too."""
    for key in SECTIONS[section].model_fields:
        setup.settings.write_text(f"version: 1\n{section}:\n  {key}{key[-1]}: x\n", encoding="utf-8")
        (complaint,) = setup.complaints()
        assert complaint.startswith(f"dermai-feed.yaml:3: {section}.{key}{key[-1]}: unknown key")
        assert f"did you mean '{key}'" in complaint


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "the environment variable JOURNAL_KEY is not set"),
        ({"JOURNAL_KEY": ""}, "the environment variable JOURNAL_KEY is empty"),
        ({"JOURNAL_KEY": "marker\n"}, "the environment variable JOURNAL_KEY holds a line end"),
    ],
)
def test_c05_missing_secret_is_named(setup, environ, words):
    """A secret that is not there is told by the name of its variable and never by its value."""
    (complaint,) = setup.complaints(environ)
    assert complaint.startswith(f"sources.yaml:17: sources.1.headers.X-Api-Key: {words}")
    assert "marker" not in complaint


def test_settings_file_that_is_missing_is_told_with_a_way_out(tmp_path):
    """Without a settings file the message names it and `init`."""
    with pytest.raises(ConfigError, match=r"cannot be read: No such file.*dermai-feed init"):
        load(tmp_path / "dermai-feed.yaml", {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: 1\nb: \xff\n", "dermai-feed.yaml:2: byte 0xff is not UTF-8"),
        (b"a: 1\nb: \x00\n", "dermai-feed.yaml:2: a control character"),
        (b"[" * 5000, "dermai-feed.yaml:1: nested too deeply"),
        (b"a: 1\n" + b"- " * 100_000, "dermai-feed.yaml:2: not YAML"),
        (b"- " * 100_000, "dermai-feed.yaml:1: nested too deeply"),
        (b"a: " + b"[" * 100_000 + b"]" * 100_000, "dermai-feed.yaml:1: nested too deeply"),
        (b"- a\n", "dermai-feed.yaml:1: must be a mapping"),
        (b"a: " + b"[" * 60 + b"]" * 60 + b"\n", "dermai-feed.yaml:1: nested too deeply"),
    ],
)
def test_w16_hostile_files_are_refused_quickly(setup, content, words):
    """Bytes that are no text, bombs and endless nesting are one message each, at once."""
    setup.settings.write_bytes(content)
    started = time.monotonic()
    assert any(words in complaint for complaint in setup.complaints())
    assert time.monotonic() - started < 10


def test_w16_alias_bomb_is_refused_quickly(setup):
    """Nine levels of aliases, a billion values, cost nothing."""
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    setup.settings.write_text("\n".join(levels), encoding="utf-8")
    started = time.monotonic()
    assert any("an alias" in complaint for complaint in setup.complaints())
    assert time.monotonic() - started < 10


def test_w16_no_unsafe_loader_is_used(root):
    """Nothing in the package constructs objects from YAML."""
    for path in (root / "src" / "dermai_feed" / "config").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("yaml.load", "full_load", "unsafe_load", "FullLoader", "UnsafeLoader"))


def test_c06_works_in_an_empty_environment(setup):
    """Cron's environment, which has neither HOME nor LANG nor PATH, changes nothing."""
    setup.replace("sources.yaml", "${JOURNAL_KEY}", "plain")
    setup.replace("sources.yaml", "X-Api-Key", "X-Edition")
    setup.replace("sources.yaml", "name: Dead", "name: Größe 皮肤")
    code = (
        "import sys; from pathlib import Path; from dermai_feed.config import load;"
        "sys.stdout.buffer.write(load(Path(sys.argv[1]), {}).sources[2].name.encode())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(setup.settings)], env={}, cwd="/", capture_output=True)
    assert done.stdout.decode() == "Größe 皮肤", done.stderr.decode()
