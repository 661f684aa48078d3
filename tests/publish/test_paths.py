"""Names of story files."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.publish.frontmatter import read
from dermai_feed.publish.paths import mint, slug

DAY = datetime(2024, 3, 14, 9, 5, tzinfo=UTC)
NAME = re.compile(r"news/\d{4}-\d\d-\d\d-[a-z0-9]+(?:-[a-z0-9]+)*\.md\Z")

# The rules of SCHEMA §2, one by one, with its own examples.
RULES = [
    ("Microsoft's plan", "microsofts-plan"),
    ("web.powerapps.com", "webpowerappscom"),
    ("Dec/Jan", "decjan"),
    ("Version 2.0", "version-20"),
    ("Teams—now", "teamsnow"),
    ("3,610 lesions", "3610-lesions"),
    ("Dr Lefrançois é", "dr-lefrancois-e"),
    ("Windows™ 11", "windows-11"),
    ("More ;-)", "more"),
    ("--force", "force"),
    ("a   b - c", "a-b-c"),
    ("../../etc/passwd", "etcpasswd"),
    ("CON", "con"),
    ("漢字", ""),
    ("🩺", ""),
    ("", ""),
    ("a\x00b", "ab"),
    ("İstanbul", "istanbul"),
]


@pytest.mark.parametrize(("title", "expected"), RULES)
def test_w11_a_slug_follows_the_seeds_rule(title: str, expected: str) -> None:
    """NFD, marks dropped, everything but letters, digits, blanks and hyphens deleted."""
    assert slug(title) == expected


@pytest.mark.shared
def test_real_file_names_follow_from_their_titles(shared: Path) -> None:
    """Each stored file is named by the slug of its title, or by a longer form of it.

    Names that end in ~2 were given when the files were collected; names of more than 100
    bytes are ours cut at a word (decision 13).
    """
    wrong = []
    for path in sorted((shared / "data" / "schema_files").iterdir()):
        real = path.stem[11:].removesuffix("~2")
        title = read(path.read_bytes()).fields["title"]
        assert isinstance(title, str)
        ours = slug(title)
        if ours != real if len(real) <= 100 else not real.startswith(ours + "-"):
            wrong.append(real)
    assert wrong == []


def test_w11_a_long_title_is_cut_at_a_word() -> None:
    """At most 100 bytes, whole words; one endless word is cut where the limit is."""
    assert slug("word " * 40) == "-".join(["word"] * 20)
    assert slug("x" * 99 + " yz") == "x" * 99
    assert slug("x" * 300) == "x" * 100
    assert slug("x" * 100 + " y") == "x" * 100


def test_the_date_is_the_true_utc_date() -> None:
    """Late evening in New York is the next day in UTC (decision 13)."""
    evening = datetime(2024, 3, 14, 22, 0, tzinfo=timezone(timedelta(hours=-4)))
    assert mint("s1", "A title", evening, frozenset()) == "news/2024-03-15-a-title.md"


def test_a_suffix_comes_only_with_a_collision() -> None:
    """Two stories with one title and day: the second gets a hash of its id, whatever the case of the first."""
    first = mint("s1", "A title", DAY, frozenset())
    assert first == "news/2024-03-14-a-title.md"
    second = mint("s2", "A Title!", DAY, {first.casefold()})
    assert re.fullmatch(r"news/2024-03-14-a-title-[0-9a-f]{6}\.md", second)
    third = mint("s2", "A Title!", DAY, {first, second})
    assert re.fullmatch(r"news/2024-03-14-a-title-[0-9a-f]{7}\.md", third)
    assert mint("s2", "A Title!", DAY, {first}) == second


@pytest.mark.parametrize("title", ["漢字", "🩺", "", "...", "؟"])
def test_w11_a_title_without_letters_has_a_name(title: str) -> None:
    """Never empty, never hidden: `untitled` and a hash that keeps such stories apart."""
    path = mint("s1", title, DAY, frozenset())
    assert re.fullmatch(r"news/2024-03-14-untitled-[0-9a-f]{6}\.md", path)
    assert mint("s2", title, DAY, frozenset()) != path


def test_a_path_is_minted_once() -> None:
    """When every name of a story is taken, that is a mistake of the caller."""
    digest = hashlib.sha256(b"s1").hexdigest()
    taken = {f"news/2024-03-14-a-title-{digest[:digits]}.md" for digits in range(6, 65)}
    with pytest.raises(ValueError, match="mint a path once"):
        mint("s1", "A title", DAY, taken | {"news/2024-03-14-a-title.md"})


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=12), st.datetimes(timezones=st.just(UTC)))
def test_w11_any_titles_give_safe_and_different_names(titles: list[str], published: datetime) -> None:
    """Plain ASCII, at most 120 bytes, unique when case and normalisation are ignored; never outside news/."""
    taken: set[str] = set()
    for number, title in enumerate(titles):
        path = mint(f"s{number}", title, published, taken)
        assert NAME.match(path)
        assert len(path.removeprefix("news/").encode()) <= 120
        assert unicodedata.normalize("NFC", path).casefold() not in taken
        taken.add(path.casefold())
