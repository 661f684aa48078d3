"""The configuration as people see it, and its published form."""

from __future__ import annotations

import json

import pytest
import yaml

from dermai_feed.config import schemas, show
from dermai_feed.config.quantities import DURATION, SIZE
from dermai_feed.config.schemas import FILES
from dermai_feed.publish.frontmatter import story_schema


def test_c05_show_has_every_value_and_no_secret(setup):
    """Keys, passwords of the database and of the proxy are stars; the rest is there with its unit."""
    setup.replace("dermai-feed.yaml", "deadline: 20s", "deadline: 20s\n  proxy: http://me:${PW}@proxy.example.net:3128")
    setup.replace(
        "dermai-feed.yaml", "digest:", "store:\n  database: postgresql://me:${PW}@db.example.net/dermai\ndigest:"
    )
    setup.replace(
        "sources.yaml",
        "interval: 6h",
        "interval: 6h\n    options: {tracking: sid}\n    homepage: https://x.example.net/",
    )
    shown = show(setup.load({"JOURNAL_KEY": "marker-one", "PW": "marker-two"}))
    assert "marker" not in shown
    for line in (
        "  deadline: 20s", "  max_body: 20MiB", "  proxy: http://me:***@proxy.example.net:3128",
        "  database: postgresql+psycopg://me:***@db.example.net/dermai", "  zone: Europe/Berlin",
        "    interval: 6h", "    headers: {X-Api-Key: ***}", "    topics: [AI, Skin cancer]",
        "    options: {tracking: sid}", "    homepage: https://x.example.net/", "    reason: answers 404",
        "  quiet_after: 60d", "sources:  # 2 asked, 1 disabled", "    needs_filter: false",
        "  tick: 1m", "  bodies_most: 1GiB", "  dry_run: true", "  webhook: \"\"", "  approval: editor",
    ):  # fmt: skip
        assert line in shown.splitlines()


def test_show_says_warnings(setup):
    """What a start would warn of stands at the head."""
    setup.replace("dermai-feed.yaml", "https://editors.example.net/contact", "https://example.org/contact")
    assert "# warning: " in show(setup.load())


@pytest.mark.parametrize("text", ["250ms", "30s", "90s", "60d", "2w", "1h", "5m"])
def test_durations_are_shown_as_they_can_be_written(text):
    """A duration that is shown may be copied into the file."""
    assert DURATION.parse(DURATION.format(DURATION.parse(text))) == DURATION.parse(text)


@pytest.mark.parametrize(("text", "size"), [("900B", 900), ("64KiB", 65536), ("1.5MiB", 1572864), ("1GiB", 2**30)])
def test_sizes_are_binary(text, size):
    """A KiB is 1,024 bytes, and what is shown can be written."""
    assert SIZE.parse(text) == size
    assert SIZE.parse(SIZE.format(size)) == size


def test_published_schemas_are_those_of_the_code(root):
    """`python scripts/write_schemas.py` was run after the last change of a form."""
    folder = root / "config" / "schema"
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == schemas() | {
        "story.schema.json": story_schema()
    }


def test_schemas_know_the_keys_that_the_shipped_files_use(root):
    """Every key of every shipped file is in its schema, so that an editor's completion is right."""
    for name in FILES:
        schema = json.loads(schemas()[f"{name}.schema.json"])
        path = root / "config" / f"{name}.yaml"
        written = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        assert {key.value for key, _ in written.value} <= set(schema["properties"])
        assert schema["additionalProperties"] is False
