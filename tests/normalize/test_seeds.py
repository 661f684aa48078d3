"""The five seeds through normalising: what must be repaired is, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dermai_feed.model import Image, Item

Normal = Any


class _Words(yaml.CSafeLoader):
    """YAML in which every scalar is a word, as the seeds are read."""


_Words.yaml_implicit_resolvers = {}


def fields(front: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The keywords of an entry for a file's top level or for one of its related entries."""
    return {
        "title": front["title"],
        "summary": front["excerpt"],
        "link": front["webUrl"],
        "guid": front.get("originalUrl", front["webUrl"]),
        "published": front["publishedDateTime"],
        "amp_link": front.get("ampWebUrl"),
        "provider_name": front["provider"]["name"],
        "provider_domain": front["provider"]["domain"],
        "tags": tuple(front.get("topics", ())),
        "images": tuple(
            Image(url=image["url"], width=int(image["width"]), height=int(image["height"]), title=image.get("title"))
            for image in front.get("images", ())
        ),
        "type": front["type"],
    } | more


@pytest.fixture(scope="module")
def told(root: Path, normal: Normal) -> list[tuple[dict[str, Any], Item]]:
    """What the seeds with front matter say, entry by entry, beside the item made of it."""
    found = []
    for path in sorted((root / "seeds").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        if not text.startswith("---\n"):
            continue
        front_matter = text.split("---\n")[1]
        front = yaml.load(front_matter, Loader=_Words)
        found.append((front, normal(kind="folder", **fields(front, front_matter=front_matter))))
        for entry in front.get("related", ()):
            parent = front.get("originalUrl", front["webUrl"])
            found.append((entry, normal(kind="folder", **fields(entry, listed_by=parent))))
    assert len(found) == 9
    return found


def test_seeds_keep_their_words(told: list[tuple[dict[str, Any], Item]]) -> None:
    """Title, address, AMP addresses, date, type, provider domain and images come out as the files have them."""
    for said, item in told:
        assert item.title == said["title"]
        assert item.url == item.original_url == said["webUrl"]
        assert item.amp_url == said.get("ampWebUrl", "")
        assert item.cdn_amp_url == said.get("cdnAmpWebUrl", "")
        assert f"{item.published:%Y-%m-%dT%H:%M:%SZ}" == said["publishedDateTime"]
        assert item.provider.domain == said["provider"]["domain"]
        assert [(i.url, str(i.width), str(i.height)) for i in item.images] == [
            (i["url"], i["width"], i["height"]) for i in said.get("images", ())
        ]
        assert item.flags == ()
        assert item.backfill
        assert item.imported


def test_n08_n09_seeds_are_repaired_where_they_are_wrong(told: list[tuple[dict[str, Any], Item]]) -> None:
    """Three values are wrong in the seeds: two provider names and one apostrophe; exactly these are repaired."""
    repairs = [(r.field, r.rule, r.now) for _, item in told for r in item.repairs]
    assert repairs == [
        ("excerpt", "mojibake", repairs[0][2]),
        ("provider.name", "provider_registry", "MIT News"),
        ("provider.name", "provider_registry", "Mirage News"),
    ]
    assert "Caroline Uhler’s research blends machine learning" in repairs[0][2]
    for said, item in told:
        if not any(r.field == "excerpt" for r in item.repairs):
            assert item.excerpt == said["excerpt"]
        if not any(r.field == "provider.name" for r in item.repairs):
            assert item.provider.name == said["provider"]["name"]


def test_seed_paper_has_its_doi(told: list[tuple[dict[str, Any], Item]]) -> None:
    """The paper at nature.com is known by its DOI, the news items by none."""
    assert [str(i) for _, item in told for i in item.identifiers] == ["doi:10.1038/s41598-021-87064-7"]
