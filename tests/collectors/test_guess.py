"""Which kind of source a file comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dermai_feed.collectors import COLLECTORS
from dermai_feed.collectors.guess import guess

DATA = Path(__file__).resolve().parent.parent / "data" / "feeds"


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        pytest.param(b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "x", "rss", id="a feed"),
        pytest.param(b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "x", "rss", id="a JSON Feed"),
        pytest.param(b"---\ntitle: x\n---\n", "x.xml", "folder", id="front matter under any name"),
        pytest.param(b"# A hand-out\n", "x.md", "folder", id="a text that is called so"),
        pytest.param(b"# A hand-out\n", "x", "rss", id="a text of no name"),
        pytest.param(b"", "x", "rss", id="nothing"),
    ],
)
def test_content_goes_before_the_name(body: bytes, name: str, kind: str) -> None:
    """A name decides only where the content says nothing."""
    assert guess(body, name) == kind


@pytest.mark.parametrize(
    "kind",
    sorted(kind for kind in COLLECTORS if any((DATA / f"{kind}{suffix}").exists() for suffix in (".xml", ".json"))),
)
def test_an_answer_of_each_interface_is_known_by_its_content(kind: str) -> None:
    """Our saved answers, in the shape of the real ones."""
    (path,) = (p for suffix in (".xml", ".json") if (p := DATA / f"{kind}{suffix}").exists())
    assert guess(path.read_bytes()) == {"atom": "rss", "jsonfeed": "rss", "podcast": "rss", "youtube": "rss"}.get(
        kind, kind
    )
