"""The demonstration's world holds what the program is to be shown."""

from __future__ import annotations

import http.client
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from dermai_feed.collectors import COLLECTORS, parse_here
from dermai_feed.config import load
from dermai_feed.demo import World
from dermai_feed.demo.render import NEWEST, page, render, said
from dermai_feed.demo.server import answer, feed_path
from dermai_feed.shipped import shipped_config

WORLD = World()
FEEDS = {feed.id: feed for feed in WORLD.feeds}
LAST = WORLD.weeks[-1]


def test_nine_weeks_of_sundays():
    """Nine looks, a week apart, each on the last evening of an ISO week."""
    assert len(WORLD.weeks) == 9
    assert {week.isoweekday() for week in WORLD.weeks} == {7}
    assert {b - a for a, b in zip(WORLD.weeks, WORLD.weeks[1:], strict=False)} == {timedelta(weeks=1)}


def test_every_post_is_told_within_the_weeks():
    """Nothing is said after the last look; the first look finds an archive and each later one news."""
    moments = sorted(post.at for feed in WORLD.feeds for post in feed.posts)
    assert len(moments) > 100
    assert moments[-1] <= LAST
    assert sum(moment <= WORLD.weeks[0] for moment in moments) >= 10
    for since, until in zip(WORLD.weeks, WORLD.weeks[1:], strict=False):
        assert sum(since < moment <= until for moment in moments) >= 5


def test_no_post_slips_through_a_weekly_look():
    """A feed never says more in a week than it shows, so that nobody needs to ask more often."""
    for feed in WORLD.feeds:
        shown = {post.id for week in WORLD.weeks for post in said(feed, week)}
        assert shown == {post.id for post in feed.posts}


def test_all_addresses_are_fictional():
    """Every domain ends in .example (RFC 2606), every DOI is of the prefix for examples."""
    for feed in WORLD.feeds:
        assert feed.domain.endswith(".example")
        assert re.fullmatch(rf"https://([a-z0-9-]+\.)*{re.escape(feed.domain)}", feed.home)
        for post in feed.posts:
            assert page(feed, post).startswith(f"{feed.home}/")
            assert not post.doi or post.doi.startswith("10.5555/")
            assert not re.search(r"https?://", post.text)


def test_pages_and_ids_are_unlike():
    """No two posts of one source share a page or an id."""
    for feed in WORLD.feeds:
        assert max(Counter(post.id for post in feed.posts).values()) == 1
        assert max(Counter(page(feed, post) for post in feed.posts).values()) == 1


def test_releases_travel():
    """A release is reprinted word for word or cut, by two publishers of one family and by another."""
    original = next(post for post in FEEDS["northgate"].posts if post.id == "lumen")
    copies = {feed.id: post for feed in WORLD.feeds for post in feed.posts if post.copy == "northgate/lumen"}
    assert set(copies) == {"healthrelay", "techrelay", "dailyclinic"}
    assert copies["healthrelay"].text == original.text
    assert copies["dailyclinic"].text.endswith(" ...")
    assert original.text.startswith(copies["dailyclinic"].text.removesuffix(" ..."))
    assert FEEDS["healthrelay"].family == FEEDS["techrelay"].family != ""
    assert all(post.at > original.at for post in copies.values())


@pytest.mark.parametrize("feed", WORLD.feeds, ids=lambda feed: feed.id)
def test_each_feed_reads_as_what_it_is(feed):
    """The program's own reader finds every post with its title, page, day and text."""
    content_type, body = render(feed, LAST)
    parsed = parse_here(feed.kind, body, content_type, f"http://127.0.0.1{feed_path(feed)}", feed.id)
    assert parsed.complete
    assert not parsed.problems
    posts = said(feed, LAST)
    assert [entry.title for entry in parsed.entries] == [f"{feed.prefix}{p.title}{feed.suffix}" for p in posts]
    assert [entry.link for entry in parsed.entries] == [page(feed, post) for post in posts]
    for entry, post in zip(parsed.entries, posts, strict=True):
        assert entry.published
        assert post.text.split()[0] in entry.summary + entry.content
        assert ("doi", post.doi) in {(i.scheme, i.value) for i in entry.identifiers} or not post.doi
        assert entry.authors == post.by or not post.by
        assert bool(entry.enclosures) == bool(post.audio)
        assert bool(entry.amp_link) == feed.amp


def test_preprint_paper_and_retraction_name_each_other():
    """The paper names its preprint, the retraction its paper, by DOI."""
    posts = {post.id: post for post in FEEDS["jcd"].posts}
    preprint = next(post for post in FEEDS["dermpreprints"].posts if post.id == "federated")
    assert f"doi: {preprint.doi}" in posts["federated"].text
    assert preprint.at + timedelta(days=30) < posts["federated"].at
    assert f"doi: {posts['psoriasis-eczema'].doi}" in posts["psoriasis-eczema-retraction"].text


def test_template_series_differs_by_month_and_figure():
    """Three reports under one template differ in the month and in the numbers."""
    reports = [post for post in FEEDS["releasedesk"].posts if post.id.startswith("market-")]
    assert [post.title.rpartition(": ")[2] for post in reports] == ["August 2026", "September 2026", "October 2026"]
    assert len({re.search(r"reached (\d+) million", post.text)[1] for post in reports}) == 3


def at(month: int, day: int) -> datetime:
    """A morning in 2026."""
    return datetime(2026, month, day, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("feed", "moment", "status"),
    [
        ("skinlines", at(9, 13), 200), ("skinlines", at(9, 20), 410), ("skinlines", at(11, 1), 410),
        ("sdi", at(9, 20), 200), ("sdi", at(9, 27), 301),
        ("morning-courier", at(9, 27), 200), ("morning-courier", at(10, 4), 403),
        ("clinic-portal", at(10, 4), 200), ("clinic-portal", at(10, 11), 200),
        ("hillside", at(9, 6), 200), ("hillside", at(9, 13), 503), ("hillside", at(9, 20), 200),
        ("hillside", at(10, 11), 503), ("hillside", at(11, 1), 200),
    ],
)  # fmt: skip
def test_troubles_come_and_go_as_written(feed, moment, status):
    """Dead, moved, blocked and flaky sources answer as they should at each moment."""
    assert answer(WORLD.feeds, moment, feed_path(FEEDS[feed])).status == status


def test_login_page_comes_in_place_of_a_feed():
    """The portal answers 200 with a form for a password, and no feed."""
    found = answer(WORLD.feeds, LAST, feed_path(FEEDS["clinic-portal"]))
    assert found.headers["Content-Type"].startswith("text/html")
    assert b"type=password" in found.body


def test_moved_feed_lives_on_at_its_new_place():
    """The permanent redirect leads to the feed with its later posts."""
    moved = answer(WORLD.feeds, LAST, feed_path(FEEDS["sdi"]))
    there = answer(WORLD.feeds, LAST, moved.headers["Location"])
    assert there.status == 200
    assert b"Young researcher award" in there.body


def test_unchanged_feed_is_not_sent_again():
    """The validator of a body brings 304 until something new is said."""
    path = feed_path(FEEDS["jcd"])
    first = answer(WORLD.feeds, at(9, 9), path)
    assert answer(WORLD.feeds, at(9, 10), path, first.headers["ETag"]).status == 304
    later = answer(WORLD.feeds, at(9, 16), path, first.headers["ETag"])
    assert later.status == 200
    assert later.headers["ETag"] != first.headers["ETag"]


def test_unknown_path_is_not_found():
    """What is not a source is 404."""
    assert answer(WORLD.feeds, LAST, "/favicon.ico").status == 404


def test_a_feed_before_its_first_post_is_an_empty_feed():
    """Before anything was said a feed is there and empty."""
    _, body = render(FEEDS["northgate"], at(1, 1))
    assert b"<entry>" not in body
    assert json.loads(render(FEEDS["dermledger"], at(1, 1))[1])["items"] == []
    assert len(said(FEEDS["medsignal"], LAST)) == NEWEST


def test_server_answers_as_of_the_simulated_time():
    """Moving the clock changes what the same address says; a validator is honoured over the wire."""
    moment = at(9, 1)
    with WORLD.serve(lambda: moment) as served:
        connection = http.client.HTTPConnection(served.host, timeout=5)

        def get(path: str, **headers: str) -> tuple[int, bytes, str | None]:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(), response.getheader("ETag")

        assert served.base_url == f"http://{served.host}"
        status, before, tag = get("/jcd/feed")
        assert (status, b"LUMEN-Skin" in before) == (200, False)
        assert get("/jcd/feed", **{"If-None-Match": tag}) == (304, b"", tag)
        moment = at(9, 9)
        assert b"LUMEN-Skin" in get("/jcd/feed", **{"If-None-Match": tag})[1]
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(served.host, timeout=5).connect()


def test_its_configuration_loads(tmp_path):
    """Settings, sources and publishers of the world are a good configuration."""
    (tmp_path / "dermai-feed.yaml").write_text(WORLD.settings("127.0.0.1:8099"), encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(WORLD.sources("http://127.0.0.1:8099"), encoding="utf-8")
    (tmp_path / "providers.yaml").write_text(WORLD.providers(), encoding="utf-8")
    shipped = shipped_config().parent
    (tmp_path / "triage.yaml").write_text(WORLD.triage((shipped / "triage.yaml").read_text("utf-8")), encoding="utf-8")
    (tmp_path / "matching.yaml").write_bytes((shipped / "matching.yaml").read_bytes())
    config = load(tmp_path / "dermai-feed.yaml", {}, kinds=frozenset(COLLECTORS))
    assert [source.id for source in config.sources] == list(FEEDS)
    assert config.fetch.allow_hosts == ("127.0.0.1:8099",)
    assert config.fetch.gap == 0
    assert not config.warnings
    assert "dermpreprints.example" in config.triage.hosts["preprint"]
    assert "device-agency.example" in config.triage.hosts["regulatory"]
    assert {provider.domain for provider in config.providers.providers} == {feed.domain for feed in WORLD.feeds}


def test_vocabulary_without_hosts_is_refused():
    """A triage file of another form is named rather than left without the invented hosts."""
    with pytest.raises(ValueError, match=r"triage\.yaml has no line `preprint"):
        WORLD.triage("hosts: {}\n")
