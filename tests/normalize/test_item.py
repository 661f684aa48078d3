"""Items: an entry of any kind becomes one comparable value, and what was changed can be read off it."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.codec import decode, encode
from dermai_feed.model import Enclosure, Entry, Identifier, Image, Item, Provider, Publication, Repair, Source
from dermai_feed.normalize import VERSION, normalize
from dermai_feed.rules import ProviderRules

NOW = datetime(2026, 11, 21, tzinfo=UTC)
Normal = Any


# --------------------------------------------------------------------------- an ordinary entry


def test_ordinary_entry(normal: Normal) -> None:
    """Every field of a feed's entry is found in its item in comparable form."""
    item = normal(
        title="AI spots melanoma &amp; more - Medical Xpress",
        link="http://medicalxpress.com/news/2026-11-ai.html?utm_source=rss&fbclid=1#comments",
        guid="news123",
        summary="<p>Deep learning</p><p>for skin. See <a href='https://doi.org/10.5555/ABC'>the paper</a>.</p>",
        published="Thu, 19 Nov 2026 10:00:00 GMT",
        updated="2026-11-20T08:00:00Z",
        authors=("By Ada Lovelace",),
        tags=("Skin <b>cancer</b>", "", "Skin cancer"),
        language="en_US",
        section=" News ",
    )
    assert item == Item(
        id=item.id,
        source_id="s",
        key="url:medicalxpress.com/news/2026-11-ai.html",
        aliases=(
            "url:medicalxpress.com/news/2026-11-ai.html",
            "guid:news123",
            "title-day:ai spots melanoma more|2026-11-19",
        ),
        title="AI spots melanoma & more",
        title_affix=" - Medical Xpress",
        excerpt="Deep learning for skin. See the paper.",
        url="https://medicalxpress.com/news/2026-11-ai.html",
        original_url="http://medicalxpress.com/news/2026-11-ai.html?utm_source=rss&fbclid=1#comments",
        published=datetime(2026, 11, 19, 10, tzinfo=UTC),
        updated=datetime(2026, 11, 20, 8, tzinfo=UTC),
        first_seen=NOW,
        language="en-us",
        provider=Provider(name="Medical Xpress", domain="medicalxpress.com", family="science-x", tier="trade"),
        authors=("Ada Lovelace",),
        links=("https://doi.org/10.5555/abc",),
        tags=("Skin cancer",),
        section="News",
        repairs=(
            Repair(
                field="title",
                was="AI spots melanoma &amp; more - Medical Xpress",
                now="AI spots melanoma & more",
                rule="title_affix",
            ),
        ),
        content_hash=item.content_hash,
        normalizer=VERSION,
    )
    assert decode(Item, encode(item)) == item


# --------------------------------------------------------------------------- titles (N-07)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("", "Deep learning for skin lesions."),
        ("\u200b\u200c\u2060", "Deep learning for skin lesions."),
        ("<script>alert(1)</script>", "Deep learning for skin lesions."),
        ("<img src=x onerror=alert(1)>", "Deep learning for skin lesions."),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("Caroline Uhlerâ€™s research", "Caroline Uhler’s research"),
        ("x" * 10_000, "x" * 299 + "…"),
        ("=HYPERLINK(\"http://evil.example/\")", "=HYPERLINK(\"http://evil.example/\")"),
        ("{{ 7*7 }}{% raw %}", "{{ 7*7 }}{% raw %}"),
        ("<< & > fold", "<< & > fold"),
    ],
)  # fmt: skip
def test_n07_titles(title: str, expected: str, normal: Normal) -> None:
    """A title is never empty, never markup, never too long; what is dangerous elsewhere is left to escaping there."""
    item = normal(title=title, link="https://a.example/x", summary="<p>Deep learning for skin lesions.</p>")
    assert item.title == expected
    assert ("title_inferred" in item.flags) == (expected == "Deep learning for skin lesions.")


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("Caroline Uhlerâ€™s research", "mojibake"),
        ("An <i>AI</i> for skin", "tags"),
        ("word " * 100, "cut"),
        ("WATCH: Uhlerâ€™s <b>AI</b>", "mojibake+tags+title_affix"),
        ("  A &amp; B\u00a0C  ", ""),
        ("Cafe\u0301", ""),
        ("2 < 3", ""),
    ],
)
def test_repairs_are_told(title: str, rule: str, normal: Normal) -> None:
    """A change beyond white space, composition and entities says what was, what is, and by which rules."""
    item = normal(title=title, link="https://a.example/x")
    expected = [Repair(field="title", was=title, now=item.title, rule=rule)] if rule else []
    assert list(item.repairs) == expected


def test_n08_doubtful_text_is_flagged(normal: Normal) -> None:
    """Mojibake that cannot be proved stays and is flagged."""
    item = normal(title="â€ broken â€ title", link="https://a.example/x")
    assert item.title == "â€ broken â€ title"
    assert "mojibake" in item.flags


def test_excerpt_is_cut_and_its_dateline_told(normal: Normal) -> None:
    """An excerpt has at most 600 characters, ends with a whole word, and leaves its dateline in the repairs."""
    item = normal(title="T", link="https://a.example/x", summary="SAN DIEGO--(BUSINESS WIRE)--" + "melanoma " * 200)
    assert len(item.excerpt) <= 600
    assert item.excerpt.endswith("melanoma…")
    assert [(r.field, r.rule) for r in item.repairs] == [("excerpt", "excerpt_affix")]
    assert item.repairs[0].was.startswith("SAN DIEGO")


# --------------------------------------------------------------------------- dates (N-04, N-05)


@pytest.mark.parametrize(
    ("fields", "published", "basis", "precision"),
    [
        ({"published": "2026-11-20"}, "2026-11-20", "entry", "day"),
        ({"published": "Mon, 01 Jan 0001 00:00:00 GMT"}, None, "first_seen", "second"),
        ({"published": "Fri, 31 Dec 9999 23:59:59 GMT"}, None, "first_seen", "second"),
        ({"published": "1970-01-01", "updated": "2026-11-20"}, "2026-11-20", "updated", "day"),
        ({"published": "2026-11-22T23:00:00Z"}, "2026-11-22T23:00:00", "entry", "second"),
        ({"published": "2026-11-23T00:00:01Z"}, None, "first_seen", "second"),
        ({"guid": "arxiv:2202.12139v1"}, "2022-02-01", "identifier", "month"),
        ({"guid": "arxiv:hep-th/9901001"}, None, "first_seen", "second"),
        ({"guid": "doi:10.1101/2020.04.05.20054502"}, "2020-04-05", "identifier", "day"),
        ({"link": "https://a.example/2021/04/08/ai"}, "2021-04-08", "url", "day"),
        ({"summary": "<p>Publication date: February 2022</p>"}, "2022-02-01", "text", "month"),
        ({"published": "2024 Spring"}, "2024-01-01", "entry", "year"),
        ({}, None, "first_seen", "second"),
    ],
)  # fmt: skip
def test_n05_published(
    fields: dict[str, Any], published: str | None, basis: str, precision: str, normal: Normal
) -> None:
    """The first plausible date counts, with where it was found; without any, the time we first saw the entry."""
    item = normal(**({"title": "T", "link": "https://a.example/x"} | fields))
    expected = NOW if published is None else datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert (item.published, item.basis, item.precision) == (expected, basis, precision)
    assert ("date_inferred" in item.flags) == (basis == "first_seen")
    refused = bool(fields.get("published")) and basis != "entry"
    assert [r.rule for r in item.repairs] == (["date"] if refused else [])


def test_n04_dates_do_not_depend_on_the_clock(normal: Normal) -> None:
    """The same entry a year later has the same date, unless it has none."""
    for published in ("2024 Jan", "2024", "31 Mar 20 04:04:00 GMT", "Tue, 31 Mar 2020 04:04:00 XYZ"):
        fields = {"title": "T", "link": "https://a.example/x", "published": published}
        assert normal(**fields).published == normal(**fields, now=NOW + timedelta(days=365)).published


@pytest.mark.parametrize(
    ("published", "first_poll", "backfill"),
    [
        ("2026-11-20", False, False),
        ("2026-11-20", True, True),
        ("2026-10-30T23:59:59Z", False, True),
        ("2026-10-31T00:00:01Z", False, False),
        ("2026", False, False),
        ("2026 Oct", False, False),
        ("2026 Sep", False, True),
        (None, False, False),
    ],
)
def test_decision8_backfill(published: str | None, first_poll: bool, backfill: bool, normal: Normal) -> None:
    """Older than 21 days in every reading of its date, or from a source's first poll: backfill."""
    item = normal(title="T", link="https://a.example/x", published=published, first_poll=first_poll)
    assert item.backfill is backfill


def test_implausible_update_is_none(normal: Normal) -> None:
    """An update in the far future is no update."""
    assert normal(title="T", link="https://a.example/x", updated="9999-01-01").updated is None


# --------------------------------------------------------------------------- providers (N-09)


def test_n09_a_feeds_title_is_no_provider(normal: Normal) -> None:
    """Neither the name in an entry nor the source's name becomes the provider of an unknown domain."""
    item = normal(title="T", link="http://a.example/1", provider_name="Mirror A", source_name="Mirror A")
    assert item.provider == Provider(name="a.example", domain="a.example", family="a.example")


def test_aggregator_that_names_the_publisher(normal: Normal) -> None:
    """Google News gives the publisher's domain; the item is the publisher's, and its name leaves the title."""
    item = normal(
        title="AI spots melanoma - STAT",
        link="https://news.google.com/rss/articles/CBMiABC?oc=5",
        provider_name="STAT",
        provider_domain="www.statnews.com",
    )
    assert item.provider.domain == "statnews.com"
    assert item.title == "AI spots melanoma"


def test_provider_without_an_address_is_the_sources(normal: Normal) -> None:
    """An imported entry without link has its source's or its own provider domain, else the name in the file."""
    assert normal(kind="folder", title="T", source_domain="nature.com").provider.name == "Nature"
    assert normal(kind="folder", title="T", provider_domain="mit.edu").provider.name == "MIT News"
    named = normal(kind="folder", title="T", provider_name="Dermasphere")
    assert named.provider == Provider(name="Dermasphere", domain="")


# --------------------------------------------------------------------------- files in the seed schema


SEED = {
    "front_matter": "title: x",
    "guid": "https://www.nature.com/articles/s41598-021-87064-7",
    "link": "https://www.nature.com/articles/s41598-021-87064-7",
    "published": "2021-04-08T10:51:00Z",
    "provider_name": "Nature",
    "provider_domain": "nature.com",
}  # fmt: skip


def test_files_values_are_kept(normal: Normal) -> None:
    """Title, excerpt, provider, images and AMP addresses of a file in the seed schema stay as they are."""
    amp = "https://a-b.example/news/x.amp"
    item = normal(
        kind="folder",
        **SEED,
        title="Skin diseases - Nature (image)",
        summary="1 < 2 &amp; <b>bold</b> &#8217;s ...",
        amp_link=amp,
        images=(Image(url="https://i.example/a.png?x=%2F", width=720, height=631, title="A title", cached=True),),
    )
    assert item.title == "Skin diseases - Nature (image)"
    assert item.excerpt == "1 < 2 &amp; <b>bold</b> &#8217;s ..."
    assert item.repairs == ()
    assert item.provider.name == "Nature"
    assert item.amp_url == amp
    assert item.cdn_amp_url == "https://a--b-example.cdn.ampproject.org/c/s/a-b.example/news/x.amp"
    assert item.images == (
        Image(url="https://i.example/a.png?x=%2F", width=720, height=631, title="A title", cached=True),
    )
    assert item.imported
    assert item.backfill
    assert item.identifiers == (Identifier(scheme="doi", value="10.1038/s41598-021-87064-7"),)


@pytest.mark.parametrize(
    ("link", "domain", "name", "expected"),
    [
        ("https://www.miragenews.com/seeking-539808/", "miragenews.com", "Armed robbery in Revesby", "Mirage News"),
        ("https://news.mit.edu/2021/caroline-uhler", "mit.edu", "news", "MIT News"),
        ("https://www.yahoo.com/x", "yahoo.com", "YAHOO!", "YAHOO!"),
        ("https://unknown.example/x", "unknown.example", "Its Own Name", "Its Own Name"),
        ("https://unknown.example/x", "unknown.example", "", "unknown.example"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "microsoft.com", "Microsoft", "Microsoft"),
    ],
)
def test_n09_provider_name_of_a_file(link: str, domain: str, name: str, expected: str, normal: Normal) -> None:
    """A file's provider name gives way to the registry's for that domain and leaves a repair; others stay."""
    item = normal(
        kind="folder", title="T", link=link, guid=link, listed_by="https://a.example/lead", provider_name=name,
        provider_domain=domain,
    )  # fmt: skip
    assert (item.provider.name, item.provider.domain) == (expected, domain)
    repaired = [Repair(field="provider.name", was=name, now=expected, rule="provider_registry")]
    assert list(item.repairs) == (repaired if name and name != expected else [])


def test_mojibake_in_a_file_is_repaired(normal: Normal) -> None:
    """A listed entry's broken apostrophe is repaired; the repair holds the file's exact words."""
    broken = "Caroline Uhlerâ€™s research blends  machine learning"
    item = normal(kind="folder", title="T", link="https://a.example/x", listed_by="g", summary=broken)
    assert item.excerpt == "Caroline Uhler’s research blends machine learning"
    assert item.repairs == (Repair(field="excerpt", was=broken, now=item.excerpt, rule="mojibake"),)


def test_front_matter_is_kept_for_writing_back(normal: Normal) -> None:
    """The text between the fences stays byte for byte, but for NUL and lone surrogates."""
    item = normal(kind="folder", title="T", link="https://a.example/x", front_matter="title: T\r\nx: \x1b\0\n")
    assert item.front_matter == "title: T\r\nx: \x1b\n"


# --------------------------------------------------------------------------- identifiers and links


def test_journal_entry_without_identifier_takes_the_one_doi_of_its_text(normal: Normal) -> None:
    """A journal names its own DOI in the description; a notice or a news site names another's."""
    fields = {"link": "https://www.mdpi.com/x", "summary": "An abstract. DOI: 10.5555/own.1"}
    own = (Identifier(scheme="doi", value="10.5555/own.1"),)
    assert normal(title="A paper", **fields).identifiers == own
    assert normal(title="Correction: A paper", **fields).identifiers == ()
    assert normal(title="A paper", **(fields | {"summary": "doi: 10.5555/a and doi: 10.5555/b"})).identifiers == ()
    news = normal(title="A story", **(fields | {"link": "https://medicalxpress.com/x"}))
    assert news.identifiers == ()
    assert news.links == ("https://doi.org/10.5555/own.1",)


def test_links_leave_out_itself_and_sharing(normal: Normal) -> None:
    """Outgoing addresses are canonical, each once, without the entry's own in any form and without share buttons."""
    item = normal(
        title="T",
        link="https://a.example/x",
        guid="doi:10.5555/self",
        summary="<a href='http://www.a.example/x/'>self</a> <a href='https://doi.org/10.5555/SELF'>doi</a>"
        "<a href='https://www.facebook.com/sharer/sharer.php?u=x'>share</a> <a href='/relative'>r</a>",
        links=("https://b.example/y?utm_source=x", "https://b.example/y", "javascript:alert(1)"),
    )
    assert item.links == ("https://b.example/y",)


# --------------------------------------------------------------------------- the rest of an entry


def test_n10_images_and_enclosures(normal: Normal) -> None:
    """Pictures with a bad address are dropped, sizes that are none are unknown, the entry stays."""
    item = normal(
        title="T",
        link="https://a.example/x",
        images=(
            Image(url="http://10.0.0.1/a.png", width=-1, height=0),
            Image(url="javascript:alert(1)"),
            Image(url="/relative.png"),
            Image(url="http://news.example/a b.png", width=0, height=20_001),
            Image(url="https://news.example/b.png", width=1, height=20_000),
        ),
        enclosures=(
            Enclosure(url="https://cast.example/1.mp3?sig=a", type="Audio/MPEG", length=-5, duration=" 12:30 "),
            Enclosure(url="file:///etc/passwd"),
        ),
        type="podcast",
    )
    assert item.images == (
        Image(url="http://news.example/a%20b.png"),
        Image(url="https://news.example/b.png", width=1, height=20_000),
    )
    assert item.enclosures == (Enclosure(url="https://cast.example/1.mp3?sig=a", type="audio/mpeg", duration="12:30"),)
    assert item.type == "podcast"


def test_unknown_type_and_language(normal: Normal) -> None:
    """A type that the schema does not have is an article; a language that is none is empty."""
    item = normal(title="T", link="https://a.example/x", type="malware", language="<b>")
    assert (item.type, item.language) == ("article", "")


def test_publication_of_a_paper(normal: Normal) -> None:
    """Journal data are text; a journal that bears the article's title is unknown (Taylor & Francis)."""
    paper = Publication(journal="J <i>Derm</i>", volume="1", issue="2", pages="3-4", types=("Review", ""))
    item = normal(title="A paper", link="https://a.example/x", publication=paper)
    assert item.publication == Publication(journal="J Derm", volume="1", issue="2", pages="3-4", types=("Review",))
    item = normal(title="A paper", link="https://a.example/x", publication=Publication(journal="A Paper!"))
    assert item.publication == Publication()


def test_n13_look_alike_host_is_flagged(normal: Normal) -> None:
    """A host that mixes alphabets is shown in A-label form and flagged."""
    item = normal(title="T", link="http://\u0430pple.example/x")
    assert item.url == "https://xn--pple-43d.example/x"
    assert "look_alike_host" in item.flags


# --------------------------------------------------------------------------- versions


@pytest.mark.parametrize(
    ("change", "new_version"),
    [
        ({"title": "Another title"}, True),
        ({"summary": "Another text"}, True),
        ({"link": "https://a.example/other"}, True),
        ({"authors": ("Somebody else",)}, True),
        ({"link": "http://www.a.example/x/?utm_source=9"}, False),
        ({"guid": "session-2"}, False),
        ({"published": "2026-11-20T12:00:00Z"}, False),
        ({"updated": "2026-11-20T12:00:00Z"}, False),
        ({"published": None}, True),
        ({"images": (Image(url="https://i.example/a.png?sig=2"),)}, False),
    ],
)
def test_s03_what_makes_a_new_version(change: dict[str, Any], new_version: bool, normal: Normal) -> None:
    """Words, authors and address make a version; guids, tracking, moving dates and signatures do not."""
    fields: dict[str, Any] = {
        "title": "A title", "summary": "A text", "link": "https://a.example/x", "guid": "session-1",
        "published": "2026-11-20T10:00:00Z", "images": (Image(url="https://i.example/a.png?sig=1"),),
    }  # fmt: skip
    before = normal(**fields)
    after = normal(**(fields | change), now=NOW + timedelta(hours=1))
    assert (before.content_hash != after.content_hash) is new_version


# --------------------------------------------------------------------------- totality, speed


_TEXT = st.text(st.characters() | st.sampled_from("<>&;/:%#?\ud800\0\u202e"), max_size=40)
_ANY = (
    st.sampled_from(
        ["http://[bad", "HTTP://0/ /", "0001-01-01T00:00:00+14:00", "https://a.example/%zz?&=", "10.1/", "<"]
    )
    | _TEXT
)


@settings(deadline=None, max_examples=200)
@given(
    entry=st.builds(
        Entry, source_id=st.just("s"), title=_ANY, guid=st.none() | _ANY, link=st.none() | _ANY, summary=_ANY,
        content=_ANY, published=st.none() | _ANY, updated=st.none() | _ANY, authors=st.tuples(_ANY),
        tags=st.tuples(_ANY), language=_ANY,
        amp_link=st.none() | _ANY, provider_name=_ANY, provider_domain=_ANY, section=_ANY, listed_by=st.none() | _ANY,
        identifiers=st.tuples(st.builds(Identifier, scheme=st.sampled_from(["doi", "pmid", "x"]), value=_ANY)),
        links=st.tuples(_ANY), images=st.tuples(st.builds(Image, url=_ANY, title=st.none() | _ANY)),
        enclosures=st.tuples(st.builds(Enclosure, url=_ANY, type=_ANY, duration=_ANY)),
        publication=st.builds(Publication, journal=_ANY, volume=_ANY), front_matter=st.none() | _ANY, type=_ANY,
    )
)  # fmt: skip
def test_normalising_is_total(entry: Entry) -> None:
    """Any text in, an item out: titled, dated, with identity, and storable; twice gives the same."""
    source = Source(id="s", kind="rss", name="S", url="https://news.example/feed")
    item = normalize(entry, source=source, first_seen=NOW, first_poll=False, rules=ProviderRules())
    assert item == normalize(entry, source=source, first_seen=NOW, first_poll=False, rules=ProviderRules())
    assert item.title
    assert item.aliases
    assert len(item.title) <= 300
    assert len(item.excerpt) <= 600
    assert item.url == "" or re.match(r"https?://[a-z0-9.-]+(:\d+)?/", item.url)
    stored = encode(item)
    assert "\\u0000" not in stored
    assert decode(Item, stored) == item


def test_speed(normal: Normal) -> None:
    """A typical item without markup takes well under the budget of 1 ms; the test allows a busy machine five."""
    fields = {
        "title": "AI model detects melanoma from smartphone photos", "link": "http://a.example/2020/03/x?utm_source=rss",
        "guid": "a-1", "summary": "Plain text as feeds give it. " * 8, "published": "Tue, 31 Mar 2020 04:04:00 GMT",
    }  # fmt: skip
    normal(**fields)
    started = time.process_time()
    for _ in range(200):
        normal(**fields)
    assert (time.process_time() - started) / 200 < 0.005
