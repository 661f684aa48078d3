"""Addresses that name a source by themselves, and sites that have none."""

from __future__ import annotations

import pytest

from dermai_feed.collectors import COLLECTORS
from dermai_feed.errors import UsageError
from dermai_feed.sites import INTERFACES, channel_in, meant

CHANNEL = "UC" + "a" * 22
VIDEOS = "https://www.youtube.com/feeds/videos.xml"


@pytest.mark.parametrize(
    ("address", "kind", "url", "options"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", "youtube", f"{VIDEOS}?channel_id={CHANNEL}", {}),
        ("https://youtube.com/playlist?list=PLx_1", "youtube", f"{VIDEOS}?playlist_id=PLx_1", {}),
        ("https://m.youtube.com/user/skin", "youtube", f"{VIDEOS}?user=skin", {}),
        ("https://github.com/a/b.c/", "atom", "https://github.com/a/b.c/releases.atom", {}),
        ("https://pubmed.ncbi.nlm.nih.gov/?term=skin+AI", "pubmed", INTERFACES["pubmed"][0], {"term": "skin AI"}),
        ("https://europepmc.org/search?query=skin", "europepmc", INTERFACES["europepmc"][0], {"term": "skin"}),
        ("https://arxiv.org/list/cs.CV/recent", "arxiv", INTERFACES["arxiv"][0], {"term": "cat:cs.CV"}),
        (
            "https://clinicaltrials.gov/search?cond=Melanoma&term=AI", "clinicaltrials",
            INTERFACES["clinicaltrials"][0],
            {"condition": "Melanoma", "term": "AI"},
        ),
        ("https://news.google.com/search?q=skin", "googlenews", INTERFACES["googlenews"][0], {"term": "skin"}),
        ("https://www.bing.com/news/search?q=skin", "bingnews", INTERFACES["bingnews"][0], {"term": "skin"}),
        (
            "https://www.medrxiv.org/collection/dermatology", "biorxiv", INTERFACES["biorxiv"][0],
            {"server": "medrxiv", "category": "dermatology"},
        ),
    ],
)  # fmt: skip
def test_an_address_out_of_a_browser_is_the_source_that_it_stands_for(address, kind, url, options) -> None:
    """A channel is its feed, a search is the interface's question."""
    found = meant(address)
    assert found is not None
    assert (found.kind, found.url, dict(found.options)) == (kind, url, options)


@pytest.mark.parametrize(
    "address", ["https://example.org/", "https://www.youtube.com/@handle", "https://arxiv.org/abs/1"]
)
def test_other_addresses_have_to_be_asked(address) -> None:
    """Nothing is guessed of them."""
    assert meant(address) is None


@pytest.mark.parametrize("host", ["scholar.google.com", "x.com", "www.linkedin.com", "m.facebook.com"])
def test_a_site_without_a_feed_says_what_to_do_instead(host) -> None:
    """A clear word, not a search that finds nothing."""
    with pytest.raises(UsageError, match=r"no feed.*; (use|look)"):
        meant(f"https://{host}/whatever?q=skin")


def test_a_handle_is_found_in_its_page() -> None:
    """By the canonical link or the data in the page."""
    found = channel_in(f'<link rel="canonical" href="https://www.youtube.com/channel/{CHANNEL}">'.encode())
    assert found is not None
    assert found.url == f"{VIDEOS}?channel_id={CHANNEL}"
    assert channel_in(f'{{"externalId":"{CHANNEL}"}}'.encode()) == found
    assert channel_in(b"<html>consent</html>") is None


def test_every_interface_is_a_kind() -> None:
    """`--kind` names nothing that cannot be collected."""
    assert set(INTERFACES) < set(COLLECTORS)
