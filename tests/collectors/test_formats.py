"""Feed formats (P-13): what each field of an entry is read from, on documents of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Enclosure, Entry, Identifier, Image, Parsed, Publication

FEEDS = Path(__file__).resolve().parent.parent / "data" / "feeds"
URL = "https://feeds.example/dir/feed.xml"


def read(name: str, kind: str = "rss") -> Parsed:
    """A saved document, read as a source of `kind`."""
    return parse_here(kind, (FEEDS / name).read_bytes(), "", URL, "src")


def rss(inside: str, *, kind: str = "rss", head: str = "") -> Entry:
    """The one entry of an RSS 2.0 document with the usual prefixes."""
    prefixes = "".join(
        f' xmlns:{prefix}="{namespace}"'
        for prefix, namespace in {
            "atom": "http://www.w3.org/2005/Atom",
            "media": "http://search.yahoo.com/mrss/",
            "dc": "http://purl.org/dc/elements/1.1/",
            "prism": "http://prismstandard.org/namespaces/1.2/basic/",
            "itunes": "http://www.itunes.com/DTDs/Podcast-1.0.dtd",
            "content": "http://purl.org/rss/1.0/modules/content/",
            "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
            "dcterms": "http://purl.org/dc/terms/",
        }.items()
    )
    text = f'<rss version="2.0"{prefixes}><channel>{head}<item>{inside}</item></channel></rss>'
    parsed = parse_here(kind, text.encode(), "", URL, "src")
    assert parsed.problems == ()
    (entry,) = parsed.entries
    return entry


def test_p13_rss_says_word_for_word_what_the_source_said() -> None:
    """Every field of an RSS 2.0 item arrives as written: dates as text, HTML as HTML."""
    parsed = read("rss.xml")
    assert parsed.title == "Northfield Dermatology News"
    assert parsed.complete
    first, second = parsed.entries
    assert first.source_id == "src"
    assert first.title == "Handheld scanner & neural network flag melanoma in 40 seconds"
    assert first.guid == "nf-2026-0411"
    assert first.link == "https://news.northfield.example/2026/scanner?a=1&b=2"
    assert first.summary == "<p>A trial with 1,204 people.</p><p>Led by <b>Dr Lindqvist</b>.</p>"
    assert first.content.startswith("<p>A trial with 1,204 people found &hellip; see <a href=")
    assert first.published == "Tue, 14 Apr 2026 08:30:00 +0100"
    assert set(first.authors) == {"Press Office", "Maya Lindqvist"}
    assert first.tags == ("Artificial intelligence", "Skin cancer")
    assert first.language == "en-GB"
    assert first.amp_link == "https://news.northfield.example/amp/2026/scanner"
    assert (first.provider_name, first.provider_domain) == ("The Wire", "wire.example")
    assert first.where == "entry 1"
    assert second.title == "No address but a permanent guid"
    assert second.published == "2026-04-13"


def test_html_is_searched_for_addresses_and_pictures() -> None:
    """Links and pictures in the text are named, made absolute; counting pixels are no pictures."""
    first = read("rss.xml").entries[0]
    assert first.links == ("https://news.northfield.example/papers/7", "https://doi.org/10.5555/nf.7")
    assert first.images == (
        Image(url="https://img.northfield.example/scanner.jpg", width=1200, height=800),
        Image(url="https://img.northfield.example/scanner-s.jpg", width=150),
        Image(url="https://news.northfield.example/img/inline.jpg", width=640, height=400),
    )


def test_f18_rss_hints_are_read() -> None:
    """The longer of ttl and sy:update* counts; skipped hours and days are those that exist."""
    parsed = read("rss.xml")
    assert parsed.floor == 120 * 60
    assert parsed.skip_hours == (0, 1)  # hour 24 is midnight
    assert parsed.skip_days == ("saturday", "sunday")


@pytest.mark.parametrize(
    ("head", "floor"),
    [
        ("<ttl>60</ttl>", 3600.0),
        ("<ttl>99999999999</ttl>", 0.0),
        ("<ttl>-5</ttl>", 0.0),
        ("<ttl>soon</ttl>", 0.0),
        ("<ttl>٦٠</ttl>", 0.0),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 604800.0),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 43200.0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 0.0),
        ("<sy:updatePeriod>never</sy:updatePeriod>", 0.0),
        ("<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 86400.0),
    ],
)
def test_f18_absurd_hints_are_nothing(head: str, floor: float) -> None:
    """A hint counts only when it is a sensible number or a period of the specification."""
    text = f'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>{head}</channel></rss>'
    assert parse_here("rss", text.encode(), "", URL, "src").floor == floor


def test_a_permanent_guid_is_the_address_of_an_entry_without_a_link() -> None:
    """guid stands in for link, unless it says isPermaLink="false" or is no address."""
    assert read("rss.xml").entries[1].link == "https://news.northfield.example/2026/permanent"
    assert rss('<guid isPermaLink="false">https://x.example/1</guid>').link is None
    assert rss("<guid>1234</guid>").link is None
    assert rss("<guid>1234</guid>").guid == "1234"


def test_p13_atom() -> None:
    """Atom: links by rel, xml:base, xml:lang, text constructs and inherited authors."""
    parsed = read("atom.xml", "atom")
    first, second = parsed.entries
    assert first.title == "Segmenting lesions: 5 < 6 layers"
    assert first.guid == "tag:lab.example,2026:layers"
    assert first.link == "https://lab.example/blog/2026/layers"  # the page, not the PDF before it
    assert first.links == ("https://code.example/layers",)
    assert first.enclosures == (
        Enclosure(url="https://lab.example/blog/layers.pdf", type="application/pdf", length=1200),
    )
    assert first.summary == "Fewer layers, if p &lt; 0.05 &amp; n is large."  # plain text, as HTML
    assert first.content == "<p>Fewer <em>layers</em> &amp; more data.</p>"
    assert (first.published, first.updated) == ("2026-05-01T09:00:00+02:00", "2026-05-02T10:00:00Z")
    assert first.authors == ("Lab Group",)
    assert (first.language, second.language) == ("en", "fr")
    assert second.title == "Une <b>note</b>"
    assert second.link == "https://lab.example/archive/note-1"
    assert second.authors == ("Ana Ruiz", "Bo Chen")
    assert (second.published, second.updated) == (None, "2026-04-01T00:00:00Z")


def test_p13_rdf_with_dublin_core_and_prism() -> None:
    """RSS 1.0 of a journal: authors, all identifiers, journal, volume, pages, section."""
    first, second = read("journal.rdf").entries
    assert first.guid == first.link == "https://journal.example/doi/10.5555/jcd.31"
    assert first.authors == ("Okafor, N.", "Sato, K.")
    assert first.identifiers == (
        Identifier(scheme="doi", value="10.5555/jcd.31"),
        Identifier(scheme="pmid", value="99000031"),
        Identifier(scheme="pmcid", value="PMC9900031"),
    )
    assert first.publication == Publication(
        journal="J Comput Dermatol", volume="12", issue="3", pages="101-109", types=("Original Article",)
    )
    assert first.tags == ("naevi",)
    assert first.published == "2026-03-05"
    assert second.link == "https://journal.example/doi/10.5555/jcd.32"  # rdf:about is its address
    assert second.published == "2026-04"


def test_podcasts_have_sound() -> None:
    """A podcast's entry has its audio file with type, length and duration as written."""
    (entry,) = read("podcast.xml", "podcast").entries
    assert entry.type == "podcast"
    assert entry.enclosures == (
        Enclosure(url="https://pod.example/9.mp3", type="audio/mpeg", length=29881234, duration="00:31:07"),
    )
    assert entry.authors == ("Lena Okoye",)
    assert entry.tags == ("rash", "apps")
    assert entry.images == (Image(url="https://pod.example/9.jpg"),)
    assert entry.summary == "We ask three dermatologists."
    assert entry.link is None


def test_youtube_entries_are_videos() -> None:
    """A YouTube entry carries the video's id, its thumbnail and its description."""
    (entry,) = read("youtube.xml", "youtube").entries
    assert entry.type == "video"
    assert entry.identifiers == (Identifier(scheme="youtube", value="abcdefghijk"),)
    assert entry.images == (Image(url="https://i1.ytimg.com/vi/abcdefghijk/hqdefault.jpg", width=480, height=360),)
    assert entry.summary.startswith("A tour in nine minutes.")
    assert entry.enclosures == ()


@pytest.mark.parametrize(
    ("kind", "inside", "expected"),
    [
        ("rss", "<title>a</title>", "article"),
        ("podcast", "<title>a</title>", "podcast"),
        ("youtube", "<title>a</title>", "video"),
        ("rss", '<enclosure url="http://x.example/a.mp3" type="audio/mpeg"/>', "podcast"),
        ("rss", '<media:content url="http://x.example/a" medium="video"/>', "video"),
        ("podcast", '<enclosure url="http://x.example/a.mp4" type="video/mp4"/>', "podcast"),
        ("rss", '<enclosure url="http://x.example/a.pdf" type="application/pdf"/>', "article"),
    ],
)
def test_media_decide_the_type_and_the_kind_only_its_default(kind: str, inside: str, expected: str) -> None:
    """What an entry carries says what it is; the configured kind says it otherwise."""
    assert rss(inside, kind=kind).type == expected


@pytest.mark.parametrize(
    ("inside", "link"),
    [
        ("<link>/a/1</link>", "https://feeds.example/a/1"),
        ("<link>b/2?x=1#f</link>", "https://feeds.example/dir/b/2?x=1#f"),
        ("<link>//cdn.example/c</link>", "https://cdn.example/c"),
        ("<link>  https://x.example/d\n </link>", "https://x.example/d"),
        ("<link>javascript:alert(1)</link>", "javascript:alert(1)"),
        ("<link>HTTP://X.EXAMPLE:80/F</link>", "HTTP://X.EXAMPLE:80/F"),
        ("<link>//[::1/</link>", "//[::1/"),
        ('<atom:link href="https://x.example/g"/>', "https://x.example/g"),
        ('<atom:link rel="self" href="https://x.example/g"/>', "https://x.example/g"),
        ('<atom:link rel="self" type="application/atom+xml" href="https://x.example/g"/>', None),
        (
            "<link>https://proxy.example/1</link><feedburner:origLink>https://x.example/h</feedburner:origLink>",
            "https://x.example/h",
        ),
    ],
)
def test_links_are_made_absolute_and_left_alone_otherwise(inside: str, link: str | None) -> None:
    """Relative addresses are resolved against the document's; whether one is any good is not decided here."""
    assert rss(inside).link == link


def test_a_proxy_address_is_kept_beside_the_original() -> None:
    """The redirecting address of a feed proxy becomes a further link."""
    inside = "<link>https://proxy.example/1</link><feedburner:origLink>https://x.example/h</feedburner:origLink>"
    assert rss(inside).links == ("https://proxy.example/1",)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>", "Mon, 01 Jan 0001 00:00:00 GMT"),
        ("<dcterms:issued>2026</dcterms:issued><dc:date>2026-01-02</dc:date>", "2026"),
        ("<pubDate/><dc:date>2026-01-02</dc:date>", "2026-01-02"),
        ("<prism:publicationDate>2024 Spring</prism:publicationDate>", "2024 Spring"),
        ("<title>none</title>", None),
    ],
)
def test_dates_stay_text(inside: str, expected: str | None) -> None:
    """No date is completed, corrected or invented."""
    assert rss(inside).published == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<author>a@b.example (Ada B)</author>", "Ada B"),
        ("<author>Ada B &lt;a@b.example&gt;</author>", "Ada B"),
        ("<author>a@b.example</author>", "a@b.example"),
        ("<dc:creator>B, Ada</dc:creator>", "B, Ada"),
        ("<itunes:author>The Show</itunes:author><dc:creator>Ada B</dc:creator>", "Ada B"),
        ("<itunes:author>The Show</itunes:author>", "The Show"),
        (f"<author>{'a.' * 10_000}@</author>", "a." * 10_000 + "@"),
    ],
)
def test_authors(inside: str, expected: str) -> None:
    """A name is taken out of a line with a mail address; a show is an author only for want of a person."""
    assert rss(inside).authors == (expected,)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("doi:10.5555/Abc(1)", ("doi", "10.5555/Abc(1)")),
        ("10.5555/x", ("doi", "10.5555/x")),
        ("https://doi.org/10.5555/x", ("doi", "10.5555/x")),
        ("info:doi/10.5555/x", ("doi", "10.5555/x")),
        ("PMID: 123", ("pmid", "123")),
        ("pmc:PMC77", ("pmcid", "PMC77")),
        ("arXiv:2601.00001v2", ("arxiv", "2601.00001v2")),
        ("urn:isbn:978-0-12-345678-9", ("isbn", "978-0-12-345678-9")),
        ("some words 10.5555/x", None),
        ("S0190-9622(26)00001-1", None),
        ("doi:10.5555/" + "x" * 500, None),
    ],
)
def test_identifiers_are_read_where_a_field_is_one(text: str, identifier: tuple[str, str] | None) -> None:
    """dc:identifier may be anything; it counts when the whole field is a registered name."""
    found = rss(f"<dc:identifier>{text}</dc:identifier>").identifiers
    assert found == ((Identifier(scheme=identifier[0], value=identifier[1]),) if identifier else ())


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        ("640", 640),
        ("640px", 640),
        ("-1", None),
        ("0", None),
        ("1e9", None),
        ("100%", None),
        ("", None),
        ("99999999999999999999", None),
        ("999999", None),
        ("٣", None),
    ],
)
def test_sizes_that_are_none_are_missing(width: str, expected: int | None) -> None:
    """A width is a sensible number of pixels or nothing."""
    (image,) = rss(f'<media:content url="/a.png" width="{width}"/>').images
    assert image == Image(url="https://feeds.example/a.png", width=expected)


def test_media_groups_and_further_places_of_pictures() -> None:
    """Pictures are found in groups, enclosures, image elements and iTunes; each address once, sizes kept."""
    entry = rss(
        '<media:group><media:content url="http://x.example/1.jpg"/>'
        '<media:content url="http://x.example/v.mp4" type="video/mp4" fileSize="9" duration="30">'
        '<media:thumbnail url="http://x.example/2.jpg" width="20"/></media:content></media:group>'
        '<enclosure url="http://x.example/3.png" type="image/png"/>'
        '<itunes:image href="http://x.example/4.png"/>'
        "<image><url>http://x.example/5.png</url><width>5</width><title>Five</title></image>"
        '<image>http://x.example/6.png</image><media:thumbnail url="http://x.example/1.jpg" width="10"/>'
        '<media:content url="" medium="image"/>'
    )
    assert {image.url[-5]: (image.width, image.title) for image in entry.images} == {
        "1": (10, None),
        "2": (20, None),
        "3": (None, None),
        "4": (None, None),
        "5": (5, "Five"),
        "6": (None, None),
    }
    assert entry.enclosures == (Enclosure(url="http://x.example/v.mp4", type="video/mp4", length=9, duration="30"),)


def test_a_second_description_is_the_content() -> None:
    """Some writers put the teaser and the text into two elements of one name."""
    entry = rss("<description>teaser</description><description>the whole text</description>")
    assert (entry.summary, entry.content) == ("teaser", "the whole text")


def test_unescaped_markup_is_kept() -> None:
    """Elements inside a description are the HTML that their writer forgot to escape."""
    entry = rss('<description>A <b class="x">bold &amp; brave</b><br/> claim</description>')
    assert entry.summary == 'A <b class="x">bold &amp; brave</b><br></br> claim'


def test_content_that_is_no_text_is_not_taken_for_text() -> None:
    """Atom content that lies elsewhere or is a picture in base64 is left out."""
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="image/png">iVBORw0</content></entry>'
        '<entry><content src="http://x.example/a.pdf" type="application/pdf"/></entry>'
        '<entry><content mode="base64">aGVsbG8=</content></entry></feed>'
    )
    assert [entry.content for entry in parse_here("atom", text.encode(), "", URL, "s").entries] == ["", "", ""]


def test_an_aggregators_entry_names_its_origin() -> None:
    """Atom's source element and Bing's own namespace name the publisher."""
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><source><title>Origin</title>'
        '<link href="https://www.origin.example/"/></source></entry></feed>'
    )
    (entry,) = parse_here("atom", atom.encode(), "", URL, "s").entries
    assert (entry.provider_name, entry.provider_domain) == ("Origin", "origin.example")
    bing = '<rss xmlns:N="https://www.bing.com/news/search?q=skin"><channel><item><N:Source>Wire</N:Source></item></channel></rss>'
    (entry,) = parse_here("rss", bing.encode(), "", URL, "s").entries
    assert entry.provider_name == "Wire"
    assert rss('<source url="http://[::1/">Odd</source>').provider_domain == ""


@pytest.mark.parametrize(
    "text",
    [
        "<RSS><Channel><Item><Title>a</Title></Item></Channel></RSS>",
        '<rss xmlns="http://unknown.example/"><channel><item><title>a</title></item></channel></rss>',
        '<rss:rss xmlns:rss="http://backend.userland.com/RSS2"><rss:channel><rss:item><rss:title>a</rss:title></rss:item></rss:channel></rss:rss>',
        "<channel><item><title>a</title></item></channel>",
        '<entry xmlns="http://www.w3.org/2005/Atom"><title>a</title></entry>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><item><title>a</title></item></rdf:RDF>',
        "<envelope><rss><channel><item><title>a</title></item></channel></rss></envelope>",
        '<rss><channel xmlns:m="http://search.yahoo.com/mrss/"><item><m:title>a</m:title></item></channel></rss>',
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="escaped">a</title></entry></feed>',
    ],
    ids=[
        "capitals",
        "foreign namespace",
        "prefixed",
        "bare channel",
        "lone entry",
        "rss 0.9",
        "wrapped",
        "media title",
        "atom 0.3",
    ],
)
def test_p13_odd_dresses_of_a_feed(text: str) -> None:
    """A feed is recognised in whatever namespace, case or wrapping it comes."""
    (entry,) = parse_here("rss", text.encode(), "", URL, "s").entries
    assert entry.title == "a"


@pytest.mark.parametrize("text", ["<rss/>", "<rss><channel/></rss>", '<feed xmlns="http://www.w3.org/2005/Atom"/>'])
def test_p08_an_empty_feed_is_fine(text: str) -> None:
    """A feed without entries is a success that brings nothing."""
    parsed = parse_here("rss", text.encode(), "", URL, "s")
    assert parsed.entries == ()
    assert parsed.complete


@pytest.mark.parametrize(
    ("body", "failure", "words"),
    [
        (b"", "not_a_feed", "empty"),
        (b" \r\n\t", "not_a_feed", "empty"),
        (b"\xef\xbb\xbf\n", "not_a_feed", "empty"),
        (b"<!doctype html><html><body>404</body></html>", "not_a_feed", "HTML page"),
        (b"<html><h1>404 Not Found</h1></html>", "not_a_feed", "HTML page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_feed", "<svg>"),
        (b"<opml><head/><body/></opml>", "not_a_feed", "<opml>"),
        (b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>", "not_a_feed", "RDF"),
        (b"maintenance", "not_a_feed", "no element"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_feed", "no element"),
        (b"\x1f\x8b\x08\x00gzip", "not_a_feed", "no element"),
        (b"+ADw-rss+AD4-", "not_a_feed", "no element"),
        (b'{"error": "maintenance"}', "not_a_feed", "jsonfeed"),
        (b"<!doctype html><html><form><input type=password></form></html>", "login", "login"),
        (b"<html><head><title>Sign in - Portal</title></head></html>", "login", "login"),
        (b"<html><head><title>Just a moment...</title></head></html>", "challenge", "browser"),
        (b"<html><script src='/cdn-cgi/challenge-platform/x'></script></html>", "challenge", "browser"),
    ],
)
def test_p07_what_is_no_feed_says_what_it_is(body: bytes, failure: str, words: str) -> None:
    """Pages, pictures and other documents with status 200 are failures, each with its class."""
    with pytest.raises(ParseFailed) as caught:
        parse_here("rss", body, "application/rss+xml; charset=utf-7", URL, "s")
    assert caught.value.failure == failure
    assert words in caught.value.text


def test_p07_a_page_that_speaks_of_feeds_is_none() -> None:
    """A tutorial with <rss> in its text is not taken for an empty feed."""
    page = b"<!doctype html><html><body><h1>How to write RSS</h1><code><rss version='2.0'></code></body></html>"
    with pytest.raises(ParseFailed, match="HTML page"):
        parse_here("rss", page, "", URL, "s")


def test_p07_the_content_type_does_not_decide() -> None:
    """A feed sent as text/plain is a feed."""
    assert parse_here("rss", (FEEDS / "rss.xml").read_bytes(), "text/plain", URL, "s").entries


def test_p11_excess_is_cut_and_counted() -> None:
    """2,000 entries, 50 tags, 10 pictures and 200,000 characters per field; what is left out is counted."""
    tags = "".join(f"<category>c{n}</category>" for n in range(60))
    pictures = "".join(f'<media:thumbnail url="http://x.example/{n}"/>' for n in range(12))
    links = "".join(f'&lt;a href="http://x.example/{n}"&gt;' for n in range(60))
    item = (
        f"<item><title>{'t' * 200_001}</title><description>{links}{'d' * 200_001}</description>{tags}{pictures}</item>"
    )
    text = f'<rss xmlns:media="http://search.yahoo.com/mrss/"><channel>{item}{"<item/>" * 2_004}</channel></rss>'
    parsed = parse_here("rss", text.encode(), "", URL, "s")
    assert (len(parsed.entries), parsed.dropped) == (2_000, 5)
    first = parsed.entries[0]
    assert (len(first.title), len(first.summary)) == (200_000, 200_000)
    assert (len(first.tags), len(first.images), len(first.links)) == (50, 10, 50)


def test_p09_a_guessed_encoding_is_a_problem_of_the_feed() -> None:
    """The entries of a mislabelled document arrive, with a problem that says so."""
    parsed = parse_here(
        "rss", "<rss><channel><item><title>café</title></item></channel></rss>".encode("latin-1"), "", URL, "s"
    )
    assert parsed.entries[0].title == "café"
    assert [problem.kind for problem in parsed.problems] == ["feed"]
    assert "encoding" in parsed.problems[0].what


def test_p06_a_mended_feed_is_not_complete() -> None:
    """A malformed document keeps its entry, is reported, and vouches for no validator."""
    text = "<rss><channel><item><title>AT&T < R&D</title></item></channel></rss>"
    parsed = parse_here("rss", text.encode(), "", URL, "s")
    assert parsed.entries[0].title == "AT&T < R&D"
    assert not parsed.complete
    assert "malformed" in parsed.problems[0].what
