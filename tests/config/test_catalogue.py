"""The list of sources that comes with the program."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from dermai_feed.collectors import COLLECTORS
from dermai_feed.config import Config, load

UNCONFIRMED = {
    "openfda",
    "gdelt",
    "googlenews",
    "bingnews",
    "sitemap",
}  # kinds of whose interfaces no real answer is held
SUPPORTED = ("official-doc", "tested-by-third-party", "seen-in-code", "derived")
WRAPPERS = ("news.google.com", "bing.com/news")


@pytest.fixture(scope="module")
def shipped(root: Path) -> Config:
    """The shipped configuration as the program reads it."""
    return load(root / "config" / "dermai-feed.yaml", {}, kinds=frozenset(COLLECTORS))


def test_shipped_configuration_is_good_but_for_the_contact(shipped):
    """It loads with the collectors that there are; the only warning is that nobody can be reached (F-22)."""
    (warning,) = shipped.warnings
    assert "fetch.contact is still https://example.org/contact" in warning


def test_the_seeds_come_first_and_are_judged(shipped, root):
    """The folder of seeds is a source like any other (decision 19)."""
    first = shipped.sources[0]
    assert (first.id, first.kind, first.needs_filter) == ("seeds", "folder", True)
    assert (shipped.base / first.url).resolve() == root / "seeds"


def test_enabled_sources_can_be_asked(shipped):
    """What is enabled has an address without placeholder, is of a kind that is read here, and is no wrapper."""
    for source in shipped.sources:
        if source.enabled:
            assert source.kind in COLLECTORS
            assert source.kind not in UNCONFIRMED
            assert source.url
            assert not any(wrapper in source.url for wrapper in WRAPPERS)


def test_disabled_sources_say_why(shipped):
    """What is not asked has a reason, and kinds that could not be tried a matching one; wrappers are unwrapped."""
    for source in shipped.sources:
        if not source.enabled:
            assert source.reason
        if any(wrapper in source.url for wrapper in WRAPPERS):
            assert source.kind in {"googlenews", "bingnews"}
        if source.kind in UNCONFIRMED:
            assert source.reason.startswith("unconfirmed: ")


def test_every_key_of_the_settings_is_in_the_shipped_file(root):
    """Whoever opens the file sees every setting with its default."""
    text = (root / "config" / "dermai-feed.yaml").read_text(encoding="utf-8")
    written = yaml.load(re.sub(r"# (proxy: \S+)", r"\1", text), Loader=yaml.BaseLoader)
    schema = json.loads((root / "config" / "schema" / "dermai-feed.schema.json").read_text(encoding="utf-8"))
    assert set(written) == set(schema["properties"])
    for section, keys in written.items():
        if isinstance(keys, dict):
            name = schema["properties"][section]["$ref"].rpartition("/")[2]
            assert set(keys) == set(schema["$defs"][name]["properties"])


def test_the_shipped_file_states_the_defaults(root, tmp_path, shipped):
    """A key of the shipped file may be deleted without a change."""
    lines = (root / "config" / "dermai-feed.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not re.match(r"  (?!corpus|state|sources|providers|triage|matching)\w+:", line)]
    bare = "\n".join(
        re.sub(r"^(store|fetch|parse|enrich|schedule|publish|digest|daemon|backup|retention|alerts|smtp):.*", "", line)
        for line in kept
    )
    (tmp_path / "config").mkdir()
    (tmp_path / "seeds").mkdir()
    for name in ("sources", "providers", "triage", "matching"):
        (tmp_path / "config" / f"{name}.yaml").write_bytes((root / "config" / f"{name}.yaml").read_bytes())
    (tmp_path / "config" / "dermai-feed.yaml").write_text(bare, encoding="utf-8")
    other = load(tmp_path / "config" / "dermai-feed.yaml", {})
    assert (other.hash, other.fetch, other.busy) == (shipped.hash, shipped.fetch, shipped.busy)


@pytest.mark.shared
def test_every_row_of_the_evidence_is_there(shipped, shared):
    """Each source that was looked into is listed, and enabled exactly when its evidence supports it."""
    rows = [json.loads(line) for line in (shared / "sources.jsonl").read_text(encoding="utf-8").splitlines()]
    # our own documents, questions about what is known, and how sources of the last kinds are written
    ours = {"folder", "updates", "sitemap", "listing", "page"}
    listed = {source.name: source for source in shipped.sources if source.kind not in ours}
    assert set(listed) == {row["name"] for row in rows}
    for row in rows:
        source = listed[row["name"]]
        interface = row["kind"] == "api"  # its row shows how it is asked, its source has address and options
        complete = row["url"].startswith("http") and (interface or not re.search(r"[{…]", row["url"]))
        wrapped = any(wrapper in row["url"] for wrapper in WRAPPERS)
        supported = source.kind not in UNCONFIRMED and row["status"].startswith(SUPPORTED)
        assert source.enabled == (supported and complete and not wrapped), row["name"]
        if wrapped:
            assert source.kind in {"googlenews", "bingnews"}
        elif not interface:
            assert source.kind == row["kind"]
            assert source.url.replace("%22", '"') == (row["url"] if complete else "")
