"""Addresses: what may be stored, what is tracking, and when two addresses are one page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.normalize import urls
from dermai_feed.rules import ProviderRules

BARE = ProviderRules(tracking=("utm_*", "fbclid"))


# --------------------------------------------------------------------------- which addresses may be stored (N-01)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://news.example/x",
        "mailto:a@b.example",
        "feed:http://news.example/",
        "",
        "#frag",
        "?q=1",
        "relative.html",
        "//evil.example/x",
        "http://",
        "http:///etc/passwd",
        "https:evil.example",
        "http:\\\\evil.example\\x",
        "http://news.example\\@evil.example/",
        "http://exa mple/",
        "http://[::1",
        "http://intranet/",
        "http://a..b.example/",
        "http://-a.example/",
        "http://news.example:0/",
        "http://news.example:99999/",
        "http://news.example:abc/",
        "http://news.example:٣/",
        f"http://{'a' * 64}.example/",
        f"http://{'ü' * 64}.example/",
        f"http://{'ü.' * 200}example/",
        "http://" + "a" * 20_000,
    ],
)
def test_n01_refused_address(url: str) -> None:
    """What is no absolute http(s) address of a possible host is not stored."""
    assert urls.clean(url) == ""
    assert urls.canonical(url, BARE) == ""
    assert urls.received(url) == ""


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "999.1.1.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[2606:4700::1111]",
        "localhost",
        "printer.local",
        "db.internal",
        "router.home.arpa",
        "127。0。0。1",
        "①②⑦.1",
    ],
)
def test_n01_host_that_is_not_public(host: str) -> None:
    """No spelling of a private address or name passes (RELIABILITY appendix A); IPv6 literals do not either."""
    assert urls.clean(f"http://{host}/latest/meta-data/") == ""


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("http://8.8.8.8/x", "http://8.8.8.8/x"),
        ("http://user:hunter2@news.example/x", "http://news.example/x"),
        ("HTTP://NEWS.EXAMPLE:80/A", "http://news.example/A"),
        ("https://news.example:443", "https://news.example/"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        ("http://news.example./x", "http://news.example/x"),
        ("http://news.example/\nX-Injected: 1", "http://news.example/X-Injected:%201"),
        ("http://news.example/a b", "http://news.example/a%20b"),
        ('http://news.example/"><script>', "http://news.example/%22%3E%3Cscript%3E"),
        ("http://news.example/](javascript:x)", "http://news.example/%5D(javascript:x)"),
        ("http://news.example/\u202egnp.exe", "http://news.example/%E2%80%AEgnp.exe"),
        ("http://\u0430pple.example/", "http://xn--pple-43d.example/"),
        ("http://straße.example/", "http://xn--strae-oqa.example/"),
        ("http://news。example/", "http://news.example/"),
        ("http://news.example/\ud800x", "http://news.example/x"),
    ],
)
def test_n01_address_is_made_safe(url: str, stored: str) -> None:
    """An address that may be stored is without user information, unquoted characters or another host form."""
    assert urls.clean(url) == stored


def test_original_address_is_kept_as_received_where_that_is_safe() -> None:
    """`original_url` is byte for byte what came, unless that holds a secret or unquoted characters."""
    plain = "http://News.example/A/../b?utm_source=x#c".replace("News", "news")
    assert urls.received(f" {plain} ") == plain
    assert urls.received("http://u:p@news.example/a b") == "http://news.example/a%20b"


# --------------------------------------------------------------------------- canonical (N-02)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        # scheme, host, port, dots, quoting, fragment
        ("http://news.example/a", "https://news.example/a"),
        ("http://news.example:8080/a", "http://news.example:8080/a"),
        ("HTTP://NEWS.EXAMPLE:80/A/../B/./c", "https://news.example/B/c"),
        ("https://news.example/%7euser/%c3%a9", "https://news.example/~user/%C3%A9"),
        ("https://news.example/a#Sec2", "https://news.example/a"),
        ("https://news.example/#!/story/5", "https://news.example/#!/story/5"),
        ("https://www.news.example/a/", "https://www.news.example/a/"),
        # queries: tracking goes, the rest is sorted and stays
        ("https://news.example/?utm_source=x&utm_medium=y&id=5#c", "https://news.example/?id=5"),
        ("https://news.example/a?b=2&a=1&UTM_Campaign=z", "https://news.example/a?a=1&b=2"),
        ("https://news.example/a?amp;utm_source=x&amp%3Bfbclid=1", "https://news.example/a"),
        ("https://news.example/a?page=2&unknown=1", "https://news.example/a?page=2&unknown=1"),
        ("https://news.example/a?q=", "https://news.example/a?q="),
        # AMP and mobile editions
        ("https://amp.ft.com/content/0e19e81c-3b98", "https://www.ft.com/content/0e19e81c-3b98"),
        ("https://en.m.wikipedia.org/wiki/Skin_cancer", "https://en.wikipedia.org/wiki/Skin_cancer"),
        ("https://m.news.example/a-story-1", "https://www.news.example/a-story-1"),
        ("https://mobile.example/a", "https://mobile.example/a"),
        ("https://platform.news.example/a", "https://platform.news.example/a"),
        ("https://www-news-com.blogs.example/a", "https://www-news-com.blogs.example/a"),
        ("https://news.example/a.html;jsessionid=1A2B?id=5", "https://news.example/a.html?id=5"),
        ("https://www.bbc.com/news/amp/technology-50761116", "https://www.bbc.com/news/technology-50761116"),
        ("https://techcrunch.com/2020/01/06/toyota-city/amp/", "https://techcrunch.com/2020/01/06/toyota-city/"),
        ("https://b.example/news/ai-melanoma.amp", "https://b.example/news/ai-melanoma"),
        ("https://b.example/news/ai-melanoma.amp.html", "https://b.example/news/ai-melanoma.html"),
        ("https://medicalxpress.com/news/2022-10-ai-skin.amp", "https://medicalxpress.com/news/2022-10-ai-skin.html"),
        ("https://shop.example/products/amp", "https://shop.example/products/amp"),
        ("https://amp.dev/documentation/amp/guide-1", "https://amp.dev/documentation/amp/guide-1"),
        ("https://news.example/a-story?amp", "https://news.example/a-story"),
        ("https://news.example/a-story?outputType=amp&id=1", "https://news.example/a-story?id=1"),
        ("https://news.example/a?amplitude=3", "https://news.example/a?amplitude=3"),
        # AMP caches
        (
            "https://medicalxpress-com.cdn.ampproject.org/c/s/medicalxpress.com/news/2022-10-ai-skin.amp",
            "https://medicalxpress.com/news/2022-10-ai-skin.html",
        ),
        ("https://www.google.com/amp/s/news.example/a-story-1/amp/", "https://news.example/a-story-1/"),
        ("https://www.google.com/amp/s/news.example/a/amp", "https://news.example/a"),
        ("https://news-example.bing-amp.com/c/s/news.example/a-story-1", "https://news.example/a-story-1"),
        ("https://www.google.co.uk/amp/news.example/a-story-1", "https://news.example/a-story-1"),
        ("https://www.bing.com/amp/s/news.example/a-story-1", "https://news.example/a-story-1"),
        # redirectors that carry their target
        ("https://www.google.com/url?rct=j&url=https://news.example/a%3Fid%3D5&usg=x", "https://news.example/a?id=5"),
        ("https://www.google.com/url?q=https://news.example/a", "https://news.example/a"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fa%3Ffbclid%3D1&h=x", "https://news.example/a"),
        ("https://www.bing.com/news/apiclick.aspx?ref=x&url=http%3a%2f%2fnews.example%2fa", "https://news.example/a"),
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fnews.example%2Fa",
            "https://news.example/a",
        ),
        ("https://news.google.com/rss/articles/CBMiABCDEF?oc=5", ""),  # names no page
        # a redirector whose target may not be stored stays what it is
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript%3Aalert%281%29"),
        ("https://www.google.com/url?q=http://127.0.0.1/", "https://www.google.com/url?q=http%3A%2F%2F127.0.0.1%2F"),
        # registries
        ("https://youtu.be/dQw4w9WgXcQ?t=42", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?feature=share&v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?rel=0", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/@channel", "https://www.youtube.com/@channel"),
        ("http://dx.doi.org/10.1038/S41598-021-87064-7", "https://doi.org/10.1038/s41598-021-87064-7"),
        ("https://doi.org/doi:10.1038/s41598-021-87064-7", "https://doi.org/10.1038/s41598-021-87064-7"),
        ("https://api.crossref.org/works/10.1038/s41598-021-87064-7", "https://doi.org/10.1038/s41598-021-87064-7"),
        ("https://europepmc.org/articles/PMC8032721", "https://pmc.ncbi.nlm.nih.gov/articles/PMC8032721/"),
        ("https://ar5iv.labs.arxiv.org/html/2202.12139", "https://arxiv.org/abs/2202.12139"),
        (
            "https://www.accessdata.fda.gov/cdrh_docs/reviews/DEN200022.pdf",
            "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/denovo.cfm?ID=DEN200022",
        ),
        ("https://www.ncbi.nlm.nih.gov/pubmed/33833293?dopt=Abstract", "https://pubmed.ncbi.nlm.nih.gov/33833293/"),
        ("https://pubmed.ncbi.nlm.nih.gov/33833293/?utm_source=x", "https://pubmed.ncbi.nlm.nih.gov/33833293/"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8032721/", "https://pmc.ncbi.nlm.nih.gov/articles/PMC8032721/"),
        ("https://europepmc.org/article/MED/33833293", "https://pubmed.ncbi.nlm.nih.gov/33833293/"),
        ("https://europepmc.org/article/PMC/PMC8032721", "https://pmc.ncbi.nlm.nih.gov/articles/PMC8032721/"),
        ("https://europepmc.org/article/PPR/PPR1234", "https://europepmc.org/article/PPR/PPR1234"),
        ("http://arxiv.org/pdf/2202.12139v2.pdf", "https://arxiv.org/abs/2202.12139"),
        ("https://arxiv.org/abs/cs.CV/0701001", "https://arxiv.org/abs/cs.CV/0701001"),
        ("https://clinicaltrials.gov/ct2/show/nct04111679?term=x", "https://clinicaltrials.gov/study/NCT04111679"),
        (
            "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/denovo.cfm?id=den230008",
            "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/denovo.cfm?ID=DEN230008",
        ),
    ],
)
def test_n02_canonical(url: str, expected: str) -> None:
    """The canonical address is the page itself: wrappers and tracking go, what may be an identity stays."""
    assert urls.canonical(url, BARE) == expected
    assert urls.canonical(expected, BARE) == expected


def test_n02_tracking_of_one_publisher_and_of_one_source() -> None:
    """A parameter can be tracking at one publisher, or for one source by its configuration, and nowhere else."""
    rules = ProviderRules(tracking_by_domain={"a.example": ("mid",)})
    assert urls.canonical("https://www.a.example/x?mid=1&id=2", rules) == "https://www.a.example/x?id=2"
    assert urls.canonical("https://b.example/x?mid=1", rules) == "https://b.example/x?mid=1"
    assert urls.canonical("https://b.example/x?sid=1", rules, ("sid",)) == "https://b.example/x"


def test_n02_endless_wrapping_is_no_address() -> None:
    """An address wrapped deeper than anyone wraps is refused and not followed for ever."""
    from urllib.parse import quote

    url = "https://news.example/a"
    for _ in range(12):
        url = f"https://www.google.com/url?q={quote(url, safe='')}"
    assert urls.canonical(url, BARE) == ""


# URL-shaped text: plain random text would never reach the rules.
_HOSTS = st.sampled_from(
    [
        "news.example",
        "WWW.News.Example",
        "amp.news.example",
        "m.amp.www.ft.com",
        "www.google.com",
        "doi.org",
        "youtu.be",
        "l.facebook.com",
        "a-b.cdn.ampproject.org",
        "cdn.ampproject.org",
        "urldefense.com",
        "urldefense.proofpoint.com",
        "web.archive.org",
        "news-example.translate.goog",
        "news-example-com.ezproxy.lib.example",
        "news.google.com",
        "platform.news.example",
        "pubmed.ncbi.nlm.nih.gov",
        "arxiv.org",
        "0",
        "8.8.8.8",
        "éx.example",
        "medicalxpress.com",
        "127.0.0.1",
    ]
)
_BITS = st.sampled_from(
    [
        "/",
        "//",
        "/ /",
        "..",
        "/./",
        "amp",
        "/amp/",
        ".amp",
        "c/s/",
        "/v3/__",
        "__;Kg!!x!y$",
        "*",
        "**A",
        "/v2/url?u=https-3A__",
        "/web/20200101000000/",
        "/rss/articles/CBMi",
        "aHR0cHM6Ly9uZXdzLmV4YW1wbGUvYQ",
        "/login?url=",
        ";jsessionid=1",
        "s/",
        "url",
        "?q=",
        "&url=",
        "?",
        "&",
        "=",
        ";",
        "#",
        "#!",
        "%",
        "%2F",
        "%3f",
        "%E9",
        "%zz",
        "é",
        " ",
        "\\",
        "10.1000/",
        "abc-1",
        "utm_source=x",
        "amp=1",
        "amp;",
        "amp%3B",
        "http://",
        "https://",
        "news.example",
        "127.0.0.1",
        "@",
        ":",
        "[",
        "]",
        "index.php/",
        "index.html",
        "<",
        ">",
        '"',
        "'",
        "+",
        "v=dQw4w9WgXcQ",
        "/watch",
        "2202.12139v2",
        "\u202e",
        "\ud800",
        "\n",
        "(",
        ")",
        ".",
        ",",
    ]
)
_URLS = st.builds(
    lambda scheme, user, host, port, bits: f"{scheme}://{user}{host}{port}" + "".join(bits),
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(["", "", "u:p@"]),
    _HOSTS,
    st.sampled_from(["", "", ":80", ":443", ":8080", ":"]),
    st.lists(_BITS | st.text(max_size=5), max_size=14),
)


@settings(deadline=None, max_examples=200)
@given(url=_URLS | st.text(max_size=40))
def test_n02_canonical_is_a_fixed_point_and_storable(url: str) -> None:
    """For any text: twice is once, what comes out may be stored, and its key survives canonicalising."""
    once = urls.canonical(url, BARE)
    assert urls.canonical(once, BARE) == once
    assert once == "" or re.match(r"https?://[a-z0-9.-]+(:\d+)?/", once)
    assert re.search(r"[\s<>\"\\\[\]\x00-\x1f\x7f-\uffff]", once) is None
    assert urls.key(once) == urls.key(urls.canonical(once, BARE))


# --------------------------------------------------------------------------- key


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("http://news.example/a", "https://www.news.example/a/"),
        ("https://journal.example/index.php/jd/article/view/5", "https://journal.example/jd/article/view/5/"),
        ("https://news.example/a/index.html", "https://news.example/a"),
        ("https://a.example/2020/ai-skin?utm_source=rss", "http://a.example/2020/ai-skin.amp"),
    ],
)
def test_key_holds_equal_what_is_one_page(a: str, b: str) -> None:
    """Scheme, "www.", index files and a trailing slash do not tell pages apart."""
    assert urls.key(urls.canonical(a, BARE)) == urls.key(urls.canonical(b, BARE)) != ""


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("https://news.example/a?id=5", "https://news.example/a?id=6"),
        ("https://news.example/a", "https://news.example/A"),
        ("https://news.example/a", "https://other.example/a"),
        ("https://news.example:8080/a", "https://news.example/a"),
        ("https://news.example/#!/1", "https://news.example/#!/2"),
    ],
)
def test_key_tells_different_pages_apart(a: str, b: str) -> None:
    """Path, query, host, port and routes do."""
    assert urls.key(urls.canonical(a, BARE)) != urls.key(urls.canonical(b, BARE))


def test_specific_address() -> None:
    """A home page is not the address of one article; a path or a query may be."""
    assert not urls.specific("https://news.example/")
    assert not urls.specific("https://news.example/index.html")
    assert not urls.specific("")
    assert urls.specific("https://news.example/a")
    assert urls.specific("https://news.example/?p=1")


def test_redirector_with_more_parameters_than_anyone_writes_stays() -> None:
    """A query of a hundred parameters is not searched for a target."""
    url = "https://www.google.com/url?" + "&".join(f"p{i:03}=1" for i in range(100)) + "&q=https://news.example/"
    assert urls.canonical(url, BARE).startswith("https://www.google.com/url?p000=1")


def test_parts_of_nothing() -> None:
    """An unusable address has no host, path, query or key."""
    assert (urls.host_of("x"), urls.path_of("x"), urls.query_of("x"), urls.key("x")) == ("", "", "", "")


# --------------------------------------------------------------------------- AMP cache, look-alikes


@pytest.mark.parametrize(
    ("amp", "cached"),
    [
        (
            "https://www.news-medical.net/amp/news/1.aspx",
            "https://www-news--medical-net.cdn.ampproject.org/c/s/www.news-medical.net/amp/news/1.aspx",
        ),
        ("http://a.example/x?amp=1", "https://a-example.cdn.ampproject.org/c/a.example/x?amp=1"),
        ("ftp://a.example/x", ""),
        ("", ""),
    ],
)
def test_amp_cache_address(amp: str, cached: str) -> None:
    """The cache's address follows from the AMP address (SCHEMA section 3): dashes doubled, dots dashed."""
    assert urls.amp_cache(amp) == cached


@pytest.mark.parametrize(
    ("url", "mixed"),
    [
        ("http://\u0430pple.example/", True),
        ("http://\u03b1pple.example/", True),
        ("http://пример.example/", False),
        ("http://münchen.example/", False),
        ("http://aiスキン皮膚.example/", False),
        ("http://xn--a.example/", False),
        ("http://xn--99999999.example/", False),
        ("http://news.example/", False),
        ("javascript:x", False),
    ],
)
def test_n13_look_alike_host(url: str, mixed: bool) -> None:
    """A label that mixes alphabets is flagged; one alphabet, or CJK beside Latin, is not."""
    assert urls.mixed_scripts(url) is mixed
