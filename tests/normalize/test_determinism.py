"""N-11: the same bytes in, the same item out, whatever the process, hash seed, locale or zone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from datetime import datetime, UTC
from pathlib import Path
import yaml
from pydantic import TypeAdapter
from dermai_feed.codec import encode
from dermai_feed.model import Entry, Identifier, Image, Source
from dermai_feed.normalize import identity, normalize
from dermai_feed.rules import ProviderRules
rules = TypeAdapter(ProviderRules).validate_python(yaml.safe_load(Path("config/providers.yaml").read_text("utf-8")))
source = Source(id="s", kind="rss", name="S", url="https://news.example/feed", options={"tracking": "sid"})
entries = [
    Entry(source_id="s", title=t, link=l, guid=g, published=p,
          summary="İstanbul ISI I\\u0307 <b>x</b> doi:10.5555/a, NCT01234567",
          identifiers=(Identifier(scheme="pmid", value="1"), Identifier(scheme="doi", value="10.5555/b")),
          links=("https://b.example/2", "https://c.example/3"), tags=("B", "A", "B"), authors=("Z, Y., X, W.",))
    for t in ("IĞDIR title of AI - Medical Xpress", "Uhlerâ€™s", "ﬁne title")
    for l in ("http://medicalxpress.com/a?z=1&utm_x=2&b=3", "https://İstanbul.example/I")
    for g in ("g1", None) for p in ("31 Mar 20 04:04:00 GMT", "2024 Jan", None)
]
kept, problems = identity.disambiguate(entries)
now = datetime(2026, 11, 21, tzinfo=UTC)
items = [normalize(e, source=source, first_seen=now, first_poll=False, rules=rules) for e in kept]
for got in identity.assign(items, {}):
    print(got.status, encode(got.item))
"""


def run(root: Path, **environment: str) -> str:
    command = [sys.executable, "-X", "utf8", "-c", SCRIPT]
    done = subprocess.run(command, cwd=root, env=os.environ | environment, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "7", "TZ": "Asia/Seoul", "LC_ALL": "tr_TR.UTF-8"},
        {"TZ": "America/St_Johns", "LC_ALL": "C"},
    ],
    ids=["hash seed", "Seoul, Turkish", "Newfoundland, C"],
)
def test_n11_items_do_not_depend_on_the_process(environment: dict[str, str], root: Path) -> None:
    """Items and identities are equal, byte for byte, under other hash seeds, time zones and locales."""
    expected = run(root, PYTHONHASHSEED="0", TZ="UTC", LC_ALL="C.UTF-8")
    assert expected.count("\n") > 5
    assert run(root, **environment) == expected
