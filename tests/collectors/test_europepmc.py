"""Europe PMC: what is newly indexed, from one cursor mark to the next."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Identifier, Publication

URL = "https://epmc.example/webservices/rest/search"
OPTIONS = {"term": "melanoma OR (skin AND AI)"}


def read(body):
    return parse_here("europepmc", body, "application/json", URL, "src")


def index(count, broken=None):
    """An index with `count` records, answered by the hundred; `broken` maps marks to answers and is emptied by them."""
    broken = {} if broken is None else broken

    def answer(_url, query):
        mark = query["cursorMark"]
        if mark in broken:
            return broken.pop(mark)
        start = 0 if mark == "*" else int(mark.removeprefix("mark"))
        found = [
            {"source": "MED", "id": str(n), "title": f"T{n}"} for n in range(start + 1, min(start + 100, count) + 1)
        ]
        # At the end the mark stays what it was, as in Solr's own cursors.
        following = f"mark{start + 100}" if found else mark
        return {
            "version": "6.9", "hitCount": count, "nextCursorMark": following,
            "request": {"cursorMark": mark, "pageSize": 100}, "resultList": {"result": found},
        }  # fmt: skip

    return answer


def marks(source):
    return [query["cursorMark"] for query in source.asked]


def test_a_core_record(saved):
    """Title with markup that was escaped twice, abstract, dates, names, identifiers, journal and relations."""
    entry = read(saved("europepmc.json")).entries[0]
    assert (entry.guid, entry.link) == ("MED:90000001", "https://doi.org/10.9999/ijd.1")
    assert entry.title == "Networks that read <i>BRAF</i> melanoma."
    assert entry.summary == "<h4>Background</h4>Lesions are missed.<h4>Results</h4>91 %."
    assert (entry.published, entry.updated, entry.language) == ("2026-11-03", "2026-11-18", "eng")
    assert entry.authors == ("Müller A", "Invented Skin Group")
    assert entry.tags == ("dermoscopy", "Melanoma")
    assert entry.identifiers == (
        Identifier(scheme="doi", value="10.9999/ijd.1"),
        Identifier(scheme="pmid", value="90000001"),
        Identifier(scheme="pmcid", value="PMC9000001"),
    )
    assert entry.publication == Publication(
        journal="Invented journal of dermatology", volume="12", issue="4", pages="101-109",
        types=("Retracted Publication", "Journal Article"),
    )  # fmt: skip
    assert entry.links == (
        "https://doi.org/10.9999/ijd.5",
        "https://pubmed.ncbi.nlm.nih.gov/90000005/",
        "https://europepmc.org/article/PPR/PPR900001",
    )


def test_a_preprint_is_its_servers(saved):
    """Without a journal the publisher is where it appeared; types of the short form are split; its page is its link."""
    entry = read(saved("europepmc.json")).entries[1]
    assert entry.guid == "PPR:PPR900001"
    assert entry.link == "https://europepmc.org/article/PPR/PPR900001"
    assert entry.publication == Publication(journal="medRxiv", types=("preprint", "other"))
    assert entry.authors == ("Müller A", "Meier B")
    assert (entry.identifiers, entry.links) == ((), ())


def test_p12_a_bad_record_costs_itself(saved):
    """A record without source and id is named, those beside it come."""
    parsed = read(saved("europepmc.json"))
    assert len(parsed.entries) == 2
    assert [problem.where for problem in parsed.problems] == ["src: entry 2"]
    assert parsed.next_page == "AoIIQ"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"version":"6.9","errCode":400,"errMsg":"No query was given"}', "No query was given"),
        ('{"error":"Internal Server Error","status":500}', "Internal Server Error"),
        ('{"resultList":{"other":1}}', "without 'result'"),
        ("[]", "a JSON list"),
        ("<responseWrapper/>", "responseWrapper"),
        ('{"resultList":', "broken JSON"),
        ("", "empty"),
    ],
)
def test_p07_an_error_says_what_the_server_said(body, words):
    """Anything but a list of results is a failure with the server's own words."""
    with pytest.raises(ParseFailed, match=re.escape(words)):
        read(body.encode())


def test_every_page_of_a_window_once(interface):
    """250 records are three pages, each asked once; the question holds the term and the days of first indexing."""
    source = interface("europepmc", URL, OPTIONS, index(250))
    got = source.poll()
    assert [entry.guid for entry in got.entries] == [f"MED:{n}" for n in range(1, 251)]
    assert marks(source) == ["*", "mark100", "mark200"]
    assert source.asked[0] == {
        "query": "(melanoma OR (skin AND AI)) AND (FIRST_IDATE:[2026-10-22 TO 2026-11-21])",
        "resultType": "core", "format": "json", "pageSize": "100", "cursorMark": "*",
    }  # fmt: skip
    source.now += timedelta(days=1)
    source.poll()
    assert source.asked[3]["query"].endswith("[2026-11-18 TO 2026-11-22])")


def test_full_last_page_needs_one_more(interface):
    """200 records fill two pages: only the empty third one, with the mark it was asked by, says that this is all."""
    source = interface("europepmc", URL, OPTIONS, index(200))
    assert len(source.poll().entries) == 200
    assert marks(source) == ["*", "mark100", "mark200"]


def test_s06_a_backlog_goes_on_at_its_mark(interface):
    """Two pages a poll: the second poll begins where the first ended, and no page is asked twice."""
    source = interface("europepmc", URL, {**OPTIONS, "pages": "2"}, index(350))
    assert [len(source.poll().entries) for _ in range(2)] == [200, 150]
    assert marks(source) == ["*", "mark100", "mark200", "mark300"]


def test_f29_a_failed_page_keeps_those_before_it(interface, refuse):
    """The second page fails: the first is kept, and the next poll asks the second."""
    source = interface("europepmc", URL, OPTIONS, index(150, {"mark100": refuse(503, "http_5xx")}))
    got = source.poll()
    assert (got.failure, len(got.entries)) == (None, 100)
    assert "http_5xx" in got.problems[0].what
    assert len(source.poll().entries) == 50
    assert marks(source) == ["*", "mark100", "mark100"]


def test_p08_nothing_found_is_a_success(interface):
    """No hit in the window: no entry, no failure, one request."""
    source = interface("europepmc", URL, OPTIONS, index(0))
    got = source.poll()
    assert (got.failure, got.entries, got.requests) == (None, (), 1)


def test_hits_without_results_are_not_believed(interface):
    """Seven hits and an empty first page: asked again at once, and a failure when it stays so."""
    empty = {"hitCount": 7, "request": {"cursorMark": "*", "pageSize": 100}, "resultList": {"result": []}}
    source = interface("europepmc", URL, OPTIONS, index(7, {"*": empty}))
    assert len(source.poll().entries) == 7
    source = interface("europepmc", URL, OPTIONS, lambda _url, _query: empty)
    assert source.poll().failure == "truncated"


def test_p15_cut_or_damaged_answers_are_read_or_refused(saved):
    """Any cut and any changed byte of the saved answer gives entries or ParseFailed."""
    body = saved("europepmc.json")

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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=5,
)


def test_p14_members_of_any_type_are_survived(saved):
    """Whatever stands where a text, list or object belongs, the record is read without it, or named."""
    first = json.loads(saved("europepmc.json"))["resultList"]["result"][0]

    @settings(deadline=None, max_examples=150)
    @given(key=st.sampled_from(sorted(first)), value=JSON)
    def odd(key, value):
        parsed = read(json.dumps({"resultList": {"result": [{**first, key: value}]}}).encode())
        assert len(parsed.entries) + len(parsed.problems) == 1

    odd()


@pytest.mark.shared
def test_captured_answers_are_complete(shared):
    """Every record of every captured answer comes, with title, date, authors and the identifiers it has."""
    for file in sorted((shared / "data" / "feeds" / "real" / "europepmc_json").iterdir()):
        written = json.loads(file.read_bytes())["resultList"]["result"]
        parsed = read(file.read_bytes())
        assert parsed.problems == ()
        assert [entry.guid for entry in parsed.entries] == [f"{one['source']}:{one['id']}" for one in written]
        for entry, one in zip(parsed.entries, written, strict=True):
            assert entry.title
            assert (entry.published, len(entry.authors)) == (
                one["firstPublicationDate"],
                len(one["authorString"].split(", ")),
            )
            assert {i.scheme: i.value for i in entry.identifiers} == {
                k: one[k] for k in ("doi", "pmid", "pmcid") if k in one
            }
            assert "journal article" in (entry.publication.types if entry.publication else ())
