"""Redirectors: where an address leads, read from the address alone."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed.normalize import redirectors, urls
from dermai_feed.rules import ProviderRules

RULES = ProviderRules(tracking=("utm_*",))
STORY = "https://news.example/a-story?id=5"
QUOTED = "https%3A%2F%2Fnews.example%2Fa-story%3Fid%3D5"


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.facebook.com/sharer/sharer.php?u={QUOTED}",
        f"https://l.facebook.com/l.php?u={QUOTED}%26utm_source%3Df&h=AT0",
        f"https://nam12.safelinks.protection.outlook.com/ap/w-59584e83/?url={QUOTED}&data=05%7C01",
        f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={QUOTED}&locale=en",
        f"https://www.linkedin.com/safety/go?url={QUOTED}&trk=feed",
        f"https://vk.com/away.php?to={QUOTED}",
        f"https://getpocket.com/redirect?url={QUOTED}",
        f"https://duckduckgo.com/l/?uddg={QUOTED}&rut=x",
        f"https://www.awin1.com/cread.php?awinmid=1&ued={QUOTED}",
        f"https://translate.google.com/translate?sl=de&tl=en&u={QUOTED}",
        f"https://urldefense.proofpoint.com/v1/url?u={QUOTED}&k=x",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__news.example_a-2Dstory-3Fid-3D5&d=DwMFaQ&c=x",
        "https://urldefense.com/v3/__https://news.example/a-story?id=5__;!!LIr3w8kk!abc$",
        "https://urldefense.com/v3/__https:/news.example/a-story?id=5__;!!LIr3w8kk!abc$",
        # two characters of a list that follows: "-" and "?"
        "https://urldefense.us/v3/__https://news.example/a*story*id=5__;LT8!!x!y$",
        # a run of two: "to"
        "https://urldefense.us/v3/__https://news.example/a-s**Ary?id=5__;dG8!!x!y$",
        "https://web.archive.org/web/20260101000000/https://news.example/a-story?id=5",
        "https://web.archive.org/web/20260101000000id_/https:/news.example/a-story?id=5",
        "https://archive.ph/20260101/https://news.example/a-story?id=5",
        f"https://secure-web.cisco.com/1aBc-x/{QUOTED}",
        f"https://r.search.yahoo.com/_ylt=A;_ylu=Y/RV=2/RE=1/RO=10/RU={QUOTED}/RK=2/RS=x-",
        f"https://login.ezproxy.lib.university.example/login?url={QUOTED}",
    ],
)
def test_n02_a_redirector_is_where_it_leads(address: str) -> None:
    """Social networks, mail scanners, archives, translators, libraries: the address is the page's own."""
    assert urls.canonical(address, RULES) == STORY


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://www-nature-com.ezproxy.lib.example.edu/articles/s1", "https://www.nature.com/articles/s1"),
        ("https://www.nature.com.libproxy.example.edu/articles/s1", "https://www.nature.com/articles/s1"),
        ("https://doi-org.proxy.library.example.edu/10.1000/x", "https://doi.org/10.1000/x"),
        ("https://my--site-com.translate.goog/a?_x_tr_sl=de&id=1", "https://my-site.com/a?id=1"),
        # what only looks like one
        ("https://api.proxy.example.com/a", "https://api.proxy.example.com/a"),
        ("https://my-app.proxy.example.com/a", "https://my-app.proxy.example.com/a"),
        ("https://web.archive.org/details/book", "https://web.archive.org/details/book"),
        ("https://urldefense.com/v3/", "https://urldefense.com/v3/"),
        ("https://www.facebook.com/page", "https://www.facebook.com/page"),
    ],
)
def test_n02_a_host_that_stands_for_another_is_that_one(address: str, page: str) -> None:
    """Proxies of libraries and copies of translators, by their documented forms; others stay."""
    assert urls.canonical(address, RULES) == page


def token(address: str, further: bytes = b"\xd2\x01\x00") -> str:
    """Google News' token for `address`, as it was until 2024."""
    inside = b"\x08\x13\x22" + bytes([len(address)]) + address.encode() + further
    return base64.urlsafe_b64encode(inside).decode().rstrip("=")


def test_an_old_token_of_google_news_holds_the_address() -> None:
    """A new one does not, and the item is marked."""
    old = token("https://news.example/a-story")
    assert urls.canonical(f"https://news.google.com/rss/articles/{old}?oc=5", RULES) == "https://news.example/a-story"
    assert urls.canonical(f"https://news.google.com/articles/{old}", RULES) == "https://news.example/a-story"
    hidden = base64.urlsafe_b64encode(b"\x08\x13\x22\x0cAU_yqLMabcde").decode()
    new = f"/rss/articles/{hidden}"
    assert redirectors.target("news.google.com", new, "oc=5") is None
    assert redirectors.opaque("news.google.com", new)
    assert urls.canonical(f"https://news.google.com{new}", RULES) == ""


@pytest.mark.parametrize(
    ("host", "path", "hides"),
    [
        ("t.co", "/abc", True),
        ("www.bit.ly", "/abc", True),
        ("feedproxy.google.com", "/~r/Blog/~3/abc/", True),
        ("feeds.feedburner.com", "/Blog", False),
        ("news.google.com", "/home", False),
        ("news.example", "/~r/x", False),
    ],
)
def test_addresses_that_hide_where_they_lead_are_known(host: str, path: str, hides: bool) -> None:
    """They stay what they are, and the item says so."""
    assert redirectors.hides(host, path) == hides
    address = f"https://{host}{path}"
    assert urls.is_hidden(address) == hides
    assert urls.canonical(address, RULES) == address


@given(
    host=st.sampled_from(["urldefense.com", "urldefense.proofpoint.com", "news.google.com", "a-b.translate.goog", "x"]),
    path=st.text(max_size=60).map(lambda text: f"/v3/__{text}")
    | st.text(max_size=60).map(lambda t: f"/articles/CBMi{t}"),
    query=st.text(max_size=40).map(lambda text: f"u={text}"),
)
def test_any_text_is_read_or_is_none(host: str, path: str, query: str) -> None:
    """Nothing is raised, whatever stands where a target should."""
    found = redirectors.target(host, path, query)
    assert found is None or isinstance(found, str)
