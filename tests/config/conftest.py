"""A small good configuration, to be broken in one place at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dermai_feed.config import Config, load
from dermai_feed.config.positions import read
from dermai_feed.errors import ConfigError

SETTINGS = """\
version: 1
files:
  corpus: ../corpus
fetch:
  contact: https://editors.example.net/contact
  deadline: 20s
schedule:
  interval: 2h
digest:
  zone: Europe/Berlin
"""

SOURCES = """\
version: 1
sources:
  - id: papers
    name: "A folder: papers"
    kind: folder
    url: ../papers

  # the journal asks for a key
  - id: journal
    name: A journal
    kind: rss
    url: https://journal.example.net/feed
    interval: 6h
    needs_filter: false
    topics: [AI, Skin cancer]
    headers:
      X-Api-Key: ${JOURNAL_KEY}
  - id: old
    name: Dead
    kind: rss
    url: ""
    enabled: false
    reason: answers 404
"""

PROVIDERS = """\
providers:
  - name: A journal
    domain: journal.example.net
    tier: primary
tracking: [utm_*]
tracking_by_domain:
  journal.example.net: [ref]
"""

KINDS = frozenset({"rss", "atom", "folder"})
ENVIRON = {"JOURNAL_KEY": "marker-s3cret"}


class Setup:
    """A configuration on disk and the ways to change it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "config"
        self.settings = self.folder / "dermai-feed.yaml"
        self.sources = self.folder / "sources.yaml"

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace `old`, which stands in `file` exactly once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), encoding="utf-8")

    def load(self, environ: dict[str, str] | None = None) -> Config:
        """The configuration as the program would read it."""
        return load(self.settings, ENVIRON if environ is None else environ, kinds=KINDS)

    def complaints(self, environ: dict[str, str] | None = None) -> list[str]:
        """Every mistake as one line, without the folder of this test."""
        with pytest.raises(ConfigError) as caught:
            self.load(environ)
        assert caught.value.exit_code == 2
        return [line.replace(f"{self.folder}/", "") for line in str(caught.value).splitlines()]


@pytest.fixture(scope="session")
def small_rules(root: Path) -> dict[str, str]:
    """The shipped vocabulary and weights, one word a list: whole ones would be read two hundred times."""
    found = {}
    for name in ("triage.yaml", "matching.yaml"):
        rules = read(name, (root / "config" / name).read_bytes()).value
        rules.pop("words", None)
        cut = {key: value[:1] if isinstance(value, list) else value for key, value in rules.items()}
        found[name] = json.dumps(cut | ({"evidence": {}} if "evidence" in cut else {}))
    return found


@pytest.fixture
def setup(tmp_path: Path, small_rules: dict[str, str]) -> Setup:
    """The good configuration in a folder of its own."""
    made = Setup(tmp_path)
    made.folder.mkdir()
    (tmp_path / "papers").mkdir()
    made.settings.write_text(SETTINGS, encoding="utf-8")
    made.sources.write_text(SOURCES, encoding="utf-8")
    (made.folder / "providers.yaml").write_text(PROVIDERS, encoding="utf-8")
    for name, text in small_rules.items():
        (made.folder / name).write_text(text, encoding="utf-8")
    return made
