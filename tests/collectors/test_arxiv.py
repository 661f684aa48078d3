"""arXiv: preprints by day of submission, by offset, at arXiv's own pace."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Identifier, Publication

URL = "https://arxiv.example/api/query"
OPTIONS = {"term": "abs:dermoscopy OR abs:melanoma"}
HEAD = (
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom"><title>q</title>'
    "<opensearch:itemsPerPage>100</opensearch:itemsPerPage><opensearch:totalResults>{total}</opensearch:totalResults>"
    "<opensearch:startIndex>{start}</opensearch:startIndex>"
)
ENTRY = (
    "<entry><id>http://arxiv.org/abs/2611.{n:05d}v1</id><title>T{n}</title><published>2026-11-16</published></entry>"
)


def read(body):
    return parse_here("arxiv", body, "application/atom+xml", URL, "src")


def page(start, count, total=None):
    """The page of up to a hundred preprints from `start` of `count`, which claims `total` of them."""
    inside = "".join(ENTRY.format(n=n + 1) for n in range(start, min(start + 100, count)))
    return HEAD.format(total=count if total is None else total, start=start) + inside + "</feed>"


def archive(count, broken=None):
    """An archive with `count` preprints; `broken` maps offsets to answers and is emptied by them."""
    broken = {} if broken is None else broken

    def answer(_url, query):
        start = int(query["start"])
        return broken.pop(start, None) or page(start, count)

    return answer


def offsets(source):
    return [query["start"] for query in source.asked]


def test_a_preprint(saved):
    """Known by the identifier that its versions share; its texts are plain, so that "a<b and c> d" is no tag."""
    entry = read(saved("arxiv.xml")).entries[0]
    assert (entry.guid, entry.link) == ("arXiv:2611.00001", "https://arxiv.org/abs/2611.00001")
    assert entry.title == "Dermoscopy with\n  small networks"
    assert entry.summary == "If a &lt;b and c&gt; d, small networks suffice."
    assert (entry.published, entry.updated) == ("2026-11-16T12:30:00Z", "2026-11-18T07:00:00Z")
    assert entry.authors == ("Anna Müller", "Bo Meier")
    assert entry.tags == ("cs.CV", "eess.IV")
    assert set(entry.identifiers) == {
        Identifier(scheme="doi", value="10.9999/IJD.9"),
        Identifier(scheme="arxiv", value="2611.00001"),
    }
    assert entry.links == ("https://doi.org/10.9999/IJD.9",)
    assert entry.publication == Publication(journal="Invent. J. Dermatol. 12 (2026) 9", types=("preprint",))


def test_an_old_identifier_and_no_journal(saved):
    """Identifiers from before 2007 name an archive; what appeared nowhere else appeared at arXiv."""
    entry = read(saved("arxiv.xml")).entries[1]
    assert entry.guid == "arXiv:cs.CV/0611001"
    assert entry.publication == Publication(journal="arXiv", types=("preprint",))


def test_p12_an_entry_that_is_no_preprint_costs_itself(saved):
    """It is named, and it counts as read: the next page begins behind it."""
    parsed = read(saved("arxiv.xml"))
    assert len(parsed.entries) == 2
    assert ["example.org/not-a-preprint" in problem.what for problem in parsed.problems] == [True]
    assert (parsed.next_page, parsed.complete) == ("3", True)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            HEAD.format(total=1, start=0) + "<entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_x</id>"
            "<title>Error</title><summary>incorrect id format for x</summary></entry></feed>",
            "arXiv refuses the question: incorrect id format for x",
        ),
        ("<html><title>Rate exceeded.</title></html>", "an HTML page came"),
        ("Rate exceeded.", "Rate exceeded."),
        ('<feed xmlns="http://www.w3.org/2005/Atom"><title>news</title></feed>', "without its count of results"),
        ("<svg/>", "svg"),
        ("", "empty"),
    ],
)
def test_p07_an_error_says_what_the_server_said(body, words):
    """The error feed, a page, a line of text or another feed is a failure with the server's own words."""
    with pytest.raises(ParseFailed, match=re.escape(words)):
        read(body.encode())


def test_an_article_called_error_is_no_error():
    """Only an address under /api/errors tells of an error, not a title."""
    body = HEAD.format(total=1, start=0) + ENTRY.format(n=1).replace("T1", "Error") + "</feed>"
    assert [entry.title for entry in read(body.encode()).entries] == ["Error"]


def test_every_page_once_three_seconds_apart(interface):
    """250 preprints are three pages, oldest first, each asked once and with arXiv's own gap."""
    source = interface("arxiv", URL, OPTIONS, archive(250))
    got = source.poll()
    assert [entry.guid for entry in got.entries] == [f"arXiv:2611.{n:05d}" for n in range(1, 251)]
    assert offsets(source) == ["0", "100", "200"]
    assert {request.gap for request in source.requests} == {3.0}
    assert source.asked[0] == {
        "search_query": "(abs:dermoscopy OR abs:melanoma) AND submittedDate:[202610220000 TO 202611212359]",
        "start": "0", "max_results": "100", "sortBy": "submittedDate", "sortOrder": "ascending",
    }  # fmt: skip
    source.now += timedelta(days=1)
    source.poll()
    assert "[202611140000 TO 202611222359]" in source.asked[3]["search_query"]


def test_s06_a_backlog_goes_on_at_its_offset(interface):
    """Two pages a poll: nothing is lost, nothing comes twice, no page is asked twice."""
    source = interface("arxiv", URL, {**OPTIONS, "pages": "2"}, archive(350))
    polls = [source.poll() for _ in range(2)]
    assert [entry.guid for got in polls for entry in got.entries] == [f"arXiv:2611.{n:05d}" for n in range(1, 351)]
    assert offsets(source) == ["0", "100", "200", "300"]


def test_an_empty_page_is_not_the_end(interface):
    """Empty once before the end, a page is asked again at once."""
    source = interface("arxiv", URL, OPTIONS, archive(250, {100: page(100, 0, total=250)}))
    got = source.poll()
    assert (got.failure, len(got.entries)) == (None, 250)
    assert offsets(source) == ["0", "100", "100", "200"]


def test_a_page_that_stays_empty_waits_for_the_next_poll(interface):
    """Empty twice: what came before it is kept and the next poll goes on there; the third failure ends the window."""
    source = interface("arxiv", URL, OPTIONS, lambda _url, query: page(int(query["start"]), 100, total=250))
    got = source.poll()
    assert (got.failure, len(got.entries)) == (None, 100)
    assert offsets(source) == ["0", "100", "100"]
    got = source.poll()
    assert (got.failure, got.entries) == ("truncated", ())
    source.state = replace(source.state, failures=2)
    got = source.poll()
    assert (got.failure, got.complete) == (None, False)
    source.now += timedelta(days=1)
    source.poll()
    assert "TO 202611222359]" in source.asked[-1]["search_query"]


def test_f29_a_failed_page_keeps_those_before_it(interface, refuse):
    """A refusal after the first page: the page is kept, the problem says why, the next poll asks the second."""
    source = interface("arxiv", URL, OPTIONS, archive(150, {100: refuse(503, "http_5xx")}))
    got = source.poll()
    assert (got.failure, len(got.entries), got.floor) == (None, 100, 3600.0)
    assert "http_5xx" in got.problems[0].what
    assert len(source.poll().entries) == 50
    assert offsets(source) == ["0", "100", "100"]


def test_p06_a_cut_page_keeps_its_whole_entries(interface):
    """Cut twice, its whole entries come, and the cursor stays at it."""
    cut = page(0, 150)[:-200]
    whole = cut.count("</entry>")
    source = interface("arxiv", URL, OPTIONS, lambda _url, _query: cut)
    got = source.poll()
    assert (got.failure, len(got.entries)) == ("truncated", whole)
    source.answer = archive(150)
    assert len(source.poll().entries) == 150


def test_p15_cut_or_damaged_answers_are_read_or_refused(saved):
    """Any cut and any changed byte of the saved answer gives entries or ParseFailed."""
    body = saved("arxiv.xml")

    @settings(deadline=None, max_examples=200)
    @given(cut=st.integers(0, len(body)), at=st.integers(0, len(body) - 1), byte=st.integers(0, 255))
    def damage(cut, at, byte):
        changed = bytearray(body)
        changed[at] = byte
        for damaged in (bytes(changed), body[:cut]):
            try:
                parsed = read(damaged)
            except ParseFailed:
                continue
            assert all(entry.guid for entry in parsed.entries)

    damage()


@pytest.mark.shared
def test_captured_answers_are_complete(shared):
    """Every entry of every captured answer comes, with title, date, authors and one identifier for all versions."""
    seen = 0
    for file in sorted((shared / "data" / "feeds" / "real" / "arxiv_api_atom").iterdir()):
        text = file.read_text()
        written = re.findall(r"<id>http://arxiv\.org/abs/(.+?)v\d+</id>", text)
        parsed = read(file.read_bytes())
        assert (parsed.problems, parsed.complete) == ((), True)
        assert [entry.guid for entry in parsed.entries] == [f"arXiv:{name}" for name in written]
        assert all(entry.title and entry.published and entry.authors and entry.summary for entry in parsed.entries)
        seen += len(written)
    assert seen > 100
    cut = read((shared / "data" / "feeds" / "nasty" / "w_truncated_arxiv_api.xml").read_bytes())
    assert len(cut.entries) > 0
    assert not cut.complete
