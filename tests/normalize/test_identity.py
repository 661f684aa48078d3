"""Identity: one source polled again and again keeps one item per article, and never two articles in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.model import Enclosure, Entry, Identifier, Item, Source
from dermai_feed.normalize import identity, normalize
from dermai_feed.rules import ProviderRules

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULES = ProviderRules(tracking=("utm_*",))
DAY = "Tue, 31 Mar 2020 04:04:00 GMT"


def entry(title: str = "A story", link: str | None = None, guid: str | None = None, **more: Any) -> Entry:
    more.setdefault("published", DAY)
    return Entry(source_id="s", title=title, link=link, guid=guid, **more)


class Feed:
    """A source as the pipeline polls it: disambiguate, normalise, look up, assign, remember the aliases."""

    def __init__(self, kind: str = "rss", homepage: str = "", tracking: str = "") -> None:
        self.source = Source(
            id="s",
            kind=kind,
            name="S",
            url="https://news.example/feed",
            homepage=homepage,
            options={"tracking": tracking},
        )
        self.known: dict[str, str] = {}
        self.items: dict[str, Item] = {}
        self.rejected = 0

    def poll(self, entries: Sequence[Entry], now: datetime = NOW) -> list[str]:
        """The statuses of the entries that were left, in order."""
        kept, problems = identity.disambiguate(entries, keep_linkless=self.source.kind == "folder")
        self.rejected = len(problems)
        items = [normalize(e, source=self.source, first_seen=now, first_poll=False, rules=RULES) for e in kept]
        wanted = {key for item in items for key in identity.lookup_keys(item)}
        assigned = identity.assign(items, {key: id_ for key, id_ in self.known.items() if key in wanted})
        for got in assigned:
            if got.status == "twin":
                continue
            assert (got.item.id in self.items) == (got.status == "known")
            self.items.setdefault(got.item.id, got.item)
            for alias in got.item.aliases:
                assert self.known.setdefault(alias, got.item.id) == got.item.id
        return [got.status for got in assigned]


Poll = Callable[[int], list[Entry]]


def stories(count: int, link: str, guid: str, title: str = "Story number {i} about skin") -> list[Entry]:
    return [entry(title.format(i=i), link.format(i=i), guid.format(i=i)) for i in range(count)]


# --------------------------------------------------------------------------- S-01, S-02: the faults of real feeds


@pytest.mark.parametrize(
    ("poll", "tracking", "expected"),
    [
        pytest.param(lambda n: stories(10, "http://news.example/st/{i}", "tag:news.example,2020:{i}" if n < 2 else
                                       "http://news.example/st/{i}"), "", 10, id="guid-scheme-change"),
        pytest.param(lambda n: stories(10, "http://news.example/pr/{i}", f"{n}-{{i}}"), "", 10, id="guid-per-request"),
        pytest.param(lambda n: stories(10, f"http://news.example/lp/{{i}}?utm_source=rss&sid={n}", "lp-{i}"), "sid", 10,
                     id="link-per-request"),
        pytest.param(lambda n: stories(10, f"http://news.example/lp/{{i}}?sid={n}", "lp-{i}"), "", 10,
                     id="link-per-request, not configured"),
        pytest.param(lambda n: stories(5, f"http{'s' * (n > 0)}://news.example/hs/{{i}}",
                                       f"http{'s' * (n > 0)}://news.example/hs/{{i}}"), "", 5, id="https-switch"),
        pytest.param(lambda n: stories(3, "http://news.example/dup/{i}", "same-guid")[:: -1 if n % 2 else 1], "", 3,
                     id="dupguid"),
        pytest.param(lambda n: [entry("Twin", "http://news.example/twin", "twin")] * 3, "", 1, id="dupguid-identical"),
        pytest.param(lambda n: [entry(f"Version {n}", "http://news.example/v", "v")], "", 1, id="dupguid-changed"),
        pytest.param(lambda n: [entry("Only a title", None, None)] * 3, "", 0, id="noguid-nolink"),
        pytest.param(lambda n: stories(50, "http://news.example/wd/{i}", "wd{i}", "The weekly digest of skin AI"), "",
                     50, id="same-title"),
        pytest.param(lambda n: stories(10, "http://news.example/s/{i}", "g{i}")[n:] + stories(n, "http://news.example/s/{i}",
                     "g{i}"), "", 10, id="reorder"),
        pytest.param(lambda n: stories(10 - n, "http://news.example/s/{i}", "g{i}"), "", 10, id="shrinking"),
        pytest.param(lambda n: [entry(f"Episode {i} of our show", "https://cast.example/show", f"ep-{i}")
                                for i in range(n + 2)], "", 6, id="one link for all episodes"),
        pytest.param(lambda n: [entry("A story", "http://news.example/a", None)], "", 1, id="no guid"),
        pytest.param(lambda n: [entry("A new engine for old links", f"https://cms{n}.example/?p={n}", f"cms{n}:{n}")],
                     "", 1, id="new guid and new link, same title and day"),
        pytest.param(lambda n: stories(4, f"https://host{n}.example/?utm_source=x&p={{i}}", f"https://host{n}.example/?p={{i}}",
                     "T{i}"), "", 4, id="guid without scheme and host"),
    ],
)  # fmt: skip
def test_s01_s02_five_polls_keep_one_item_per_article(poll: Poll, tracking: str, expected: int) -> None:
    """Whatever the feed does to guids, links and order, five polls leave exactly its articles."""
    feed = Feed(tracking=tracking)
    for number in range(5):
        statuses = feed.poll(poll(number))
        if number and not any("episode" in e.title.lower() for e in poll(number)):
            assert "new" not in statuses
    assert len(feed.items) == expected


def test_s01_entries_without_identity_are_rejected_by_name() -> None:
    """An entry without a usable address is told with its place and reason, and counted once."""
    kept, problems = identity.disambiguate(
        [
            entry("Nothing", None, None, where="entry 3"),
            entry("Bad", "javascript:alert(1)", "bl-1"),
            entry("Good", "https://news.example/a"),
        ]
    )
    assert [e.title for e in kept] == ["Good"]
    assert [(p.where, p.what.split(":")[0]) for p in problems] == [("s: entry 3", "no_link"), ("s", "no_link")]
    assert "javascript:alert(1)" in problems[1].what


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (entry(link="http://news.example/a"), "http://news.example/a"),
        (entry(guid="https://news.example/b"), "https://news.example/b"),
        (entry(enclosures=(Enclosure(url="https://cast.example/1.mp3"),)), "https://cast.example/1.mp3"),
        (entry(identifiers=(Identifier(scheme="doi", value="10.5555/x1"),)), "https://doi.org/10.5555/x1"),
        (entry(identifiers=(Identifier(scheme="isbn", value="9783161484100"),)), ""),
        (entry(link="ftp://news.example/a", guid="g"), ""),
    ],
)
def test_n01_address_of_an_entry(given: Entry, address: str) -> None:
    """The link, else a guid that is an address, else the media file, else an identifier's address."""
    assert identity.address_of(given) == address


def test_imported_entries_may_have_no_link() -> None:
    """A hand-out's podcasts without any link are kept, once each, and are the same at the next reading, days later."""
    feed = Feed(kind="folder")
    shows = [Entry(source_id="s", title=t) for t in ("Skinfluence: AI", "Dermasphere: AI", "Skinfluence: AI", "")]
    feed.poll(shows)
    feed.poll(shows, NOW + timedelta(days=30))
    assert feed.rejected == 0
    assert sorted(item.title for item in feed.items.values()) == ["Dermasphere: AI", "Skinfluence: AI", "Untitled"]
    assert all("no_link" in item.flags for item in feed.items.values())


# --------------------------------------------------------------------------- the title as last resort


def test_s02_title_joins_within_two_days_only() -> None:
    """The same title with another guid and link is the same article for two days and another one after."""
    for days, expected in ((2, 1), (3, 2)):
        feed = Feed()
        feed.poll([entry("An algorithm for skin cancer", "https://a.example/1", "g1", published="2026-11-10")])
        later = f"2026-11-{10 + days}"
        feed.poll([entry("An algorithm for skin cancer", "https://a.example/2", "g2", published=later)])
        assert len(feed.items) == expected


def test_s02_title_never_joins_an_item_that_is_in_the_document() -> None:
    """A second article with the title of one that is still in the feed is a second article."""
    feed = Feed()
    first = entry("An algorithm for skin cancer", "https://a.example/1", "g1")
    feed.poll([first])
    assert feed.poll([entry("An algorithm for skin cancer", "https://a.example/2", "g2"), first]) == ["new", "known"]
    assert len(feed.items) == 2


@pytest.mark.parametrize("title", ["Correction", "Weekly digest", "Issue"])
def test_s02_short_titles_never_join(title: str) -> None:
    """Titles that many articles bear identify none."""
    feed = Feed()
    feed.poll([entry(title, "https://a.example/1", "g1")])
    feed.poll([entry(title, "https://a.example/2", "g2")])
    assert len(feed.items) == 2


def test_s02_papers_of_one_title_and_day_stay_apart_by_their_dois() -> None:
    """Two notices of one journal with one title and day have DOIs of their own and stay two."""
    feed = Feed()
    for number in (1, 2):
        doi = Identifier(scheme="doi", value=f"10.5555/notice.{number}")
        feed.poll([entry("Correction to a published figure", f"https://j.example/{number}", identifiers=(doi,))])
    assert len(feed.items) == 2


# --------------------------------------------------------------------------- shared keys


def test_shared_link_with_other_guid_and_title_identifies_nothing() -> None:
    """Two entries of one document with one link but different guids and titles are two, in any order, for ever."""
    feed = Feed()
    both = [entry("First piece", "https://a.example/live", "g1"), entry("Second piece", "https://a.example/live", "g2")]
    feed.poll(both)
    assert feed.poll(both[::-1]) == ["known", "known"]
    assert len(feed.items) == 2


def test_home_page_is_no_identity() -> None:
    """Entries that link to the source's own page are told apart by guid, one poll after the other."""
    feed = Feed(homepage="https://cast.example/show/")
    feed.poll([entry("Episode 1 of our show", "http://www.cast.example/show", "ep-1")])
    feed.poll([entry("Episode 2 of our show", "http://www.cast.example/show", "ep-2")])
    assert len(feed.items) == 2


def test_versions_of_one_preprint_are_twins() -> None:
    """The same DOI twice with the same title, as preprint servers list versions, is one item; the first stays."""
    feed = Feed()
    doi = (Identifier(scheme="doi", value="10.1101/2026.01.01.26000001"),)
    statuses = feed.poll(
        [
            entry("A preprint", f"https://www.medrxiv.org/content/10.1101/2026.01.01.26000001v{v}", identifiers=doi)
            for v in (2, 1)
        ]
    )
    assert statuses == ["new", "twin"]


def test_two_entries_that_answer_to_one_stored_item() -> None:
    """When one entry has a stored item's link and another its guid, both stay: the second is something else."""
    feed = Feed()
    feed.poll([entry("Original piece", "https://a.example/1", "g1")])
    statuses = feed.poll(
        [entry("Original piece", "https://a.example/1", "g9"), entry("Other piece", "https://a.example/2", "g1")]
    )
    assert statuses == ["known", "new"]
    assert len(feed.items) == 2
    again = [entry("Original piece", "https://a.example/1", "g9"), entry("Other piece", "https://a.example/2", "g1")]
    assert feed.poll(again) == ["known", "known"]


def test_second_claim_without_a_key_of_its_own_is_a_twin() -> None:
    """An entry that has nothing but what belongs to another in the document repeats it."""
    feed = Feed()
    feed.poll([entry("Piece", "https://a.example/1", "g1")])
    feed.poll([entry("Piece", "https://a.example/2", "g1")])
    statuses = feed.poll([entry("Piece", "https://a.example/1", "x"), entry("Changed", "https://a.example/2", None)])
    assert statuses == ["known", "twin"]


def test_item_found_by_its_title_alone_takes_no_key_of_another() -> None:
    """A thing whose keys all belong to others in the document, but whose title continues a third, takes no alias."""
    base = normalize(
        entry(link="https://a.example/1"), source=Feed().source, first_seen=NOW, first_poll=False, rules=RULES
    )
    day = "title-day:an algorithm for skin|2026-11-1"
    items = [
        replace(base, title="First", aliases=("url:1",)),
        replace(base, title="Second", aliases=("url:2",)),
        replace(base, title="An algorithm for skin", aliases=("guid:g", f"{day}5")),
    ]
    known = {"url:1": "ia", "url:2": "ib", "guid:g": "ia", f"{day}5": "ib", f"{day}6": "ic"}
    got = identity.assign(items, known)
    assert [(a.item.id, a.status) for a in got] == [("ia", "known"), ("ib", "known"), ("ic", "known")]
    assert got[2].item.aliases == ()


def test_item_of_which_every_key_is_shared_is_still_one_item() -> None:
    """Items that share all keys but differ in title and guid get a key from everything they have."""
    a = normalize(
        entry("First piece", "https://a.example/live", "g1"), source=Feed().source, first_seen=NOW, first_poll=False,
        rules=RULES,
    )  # fmt: skip
    b = replace(a, title="Second piece", aliases=(*a.aliases, "guid:g2"))
    a = replace(a, aliases=a.aliases)
    first, second = identity.assign(
        [replace(a, aliases=("url:u", "guid:g1")), replace(b, aliases=("url:u", "guid:g2"))], {}
    )
    assert first.item.aliases == ("guid:g1",)
    assert second.item.aliases == ("guid:g2",)
    alone = identity.assign(
        [replace(a, aliases=("title-day:t|2026-01-01",)), replace(b, aliases=("title-day:t|2026-01-01",))], {}
    )
    assert len({got.item.id for got in alone}) == 2


# --------------------------------------------------------------------------- listed entries


def test_entry_listed_by_a_file_knows_its_parent() -> None:
    """`listed_by` becomes the parent's id, in the same reading and in a later one."""
    feed = Feed(kind="folder")
    parent = entry("The lead", "https://a.example/lead", "https://a.example/lead", front_matter="title: The lead")
    child = entry("A relative", "https://b.example/x", "https://b.example/x", listed_by="https://a.example/lead")
    feed.poll([child, parent])
    by_title = {item.title: item for item in feed.items.values()}
    assert by_title["A relative"].listed_by == by_title["The lead"].id
    later = replace(child, link="https://c.example/y", guid="y", title="Another relative")
    feed.poll([later])
    by_title = {item.title: item for item in feed.items.values()}
    assert by_title["Another relative"].listed_by == by_title["The lead"].id


def test_unknown_parent_is_nobody() -> None:
    """A listing entry that was never seen leaves `listed_by` empty."""
    feed = Feed(kind="folder")
    feed.poll([entry("A relative", "https://b.example/x", listed_by="https://gone.example/")])
    assert [item.listed_by for item in feed.items.values()] == [None]


def test_file_of_its_own_goes_before_its_listing() -> None:
    """An article that one file lists and another file is about is taken from its own file."""
    feed = Feed(kind="folder")
    listed = entry("A relative", "https://b.example/x", "https://b.example/x", listed_by="g0")
    own = entry("A relative", "https://b.example/x", "https://b.example/x", front_matter="title: A relative")
    other_title = replace(own, title="A relative, retitled")
    for document in ([listed, own], [listed, other_title]):
        feed = Feed(kind="folder")
        feed.poll(document)
        assert [item.front_matter is None for item in feed.items.values()] == [False]


# --------------------------------------------------------------------------- ids and keys


def test_item_id_is_for_ever() -> None:
    """The id is "i" and twelve base32 characters of sha256 over source and key: computed by hand, once."""
    import base64
    import hashlib

    expected = "i" + base64.b32encode(hashlib.sha256(b"s\nurl:a.example/1").digest()).decode()[:12].lower()
    assert identity.item_id("s", "url:a.example/1") == expected
    assert identity.item_id("t", "url:a.example/1") != expected


def test_keys_strongest_first() -> None:
    """Identifiers, address, guid, guid's path; the title only where no identifier tells more."""
    source = Feed().source
    item = normalize(
        entry("A long enough title for a key", "https://doi.org/10.5555/abc", "https://j.example/a/1"),
        source=source, first_seen=NOW, first_poll=False, rules=RULES,
    )  # fmt: skip
    assert item.aliases == (
        "doi:10.5555/abc", "url:doi.org/10.5555/abc", "guid:https://j.example/a/1", "guid-path:a/1",
    )  # fmt: skip
    news = normalize(
        entry("A long enough title for a key", "https://a.example/1", "g"),
        source=source, first_seen=NOW, first_poll=False, rules=RULES,
    )  # fmt: skip
    assert news.aliases == ("url:a.example/1", "guid:g", "title-day:a long enough title for a key|2020-03-31")
    assert identity.lookup_keys(news)[3:7] == tuple(
        f"title-day:a long enough title for a key|2020-{day}" for day in ("03-30", "04-01", "03-29", "04-02")
    )


def test_long_keys_are_hashed_and_still_found() -> None:
    """A guid or title of thousands of characters is no key of that length, and the day stays readable."""
    feed = Feed()
    long = [entry("word " * 50, "https://a.example/" + "a" * 3000, "g" * 3000)]
    feed.poll(long)
    assert feed.poll(long) == ["known"]
    assert max(map(len, feed.known)) < 350
    assert any(key.startswith("title-day:") and key.endswith("|2020-03-31") for key in feed.known)


_ENTRIES = st.builds(
    entry,
    title=st.sampled_from(["An algorithm for skin cancer", "Another algorithm for skin", "Short", ""]),
    link=st.sampled_from([None, "", "https://a.example/1", "http://www.a.example/1/", "https://a.example/2", "https://a.example/"]),
    guid=st.sampled_from([None, "", "g1", "g2", "https://a.example/1", "http://b.example/1"]),
    published=st.sampled_from([None, "2026-11-19", "2026-11-20", "x"]),
    identifiers=st.sampled_from([(), (), (Identifier(scheme="doi", value="10.5555/x1"),)]),
)  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(documents=st.lists(st.lists(_ENTRIES, max_size=6), max_size=3), order=st.randoms(use_true_random=False))
def test_s01_any_document_polled_again_in_any_order_adds_nothing(documents: list[list[Entry]], order: Any) -> None:
    """For any history: each item is new once, each key is one item's, and the same entries shuffled add none."""
    feed = Feed()
    for document in documents:
        before = len(feed.items)
        statuses = feed.poll(document)
        assert len(feed.items) == before + statuses.count("new")
        shuffled = list(document)
        order.shuffle(shuffled)
        assert "new" not in feed.poll(shuffled)
