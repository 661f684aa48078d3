"""Crossref: newly registered works, their versions and the notices about them."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Identifier, Publication, Response

URL = "https://crossref.example/works"
OPTIONS = {"filter": "issn:0000-0001,issn:0000-0002"}
NO_TEXTS = {"component", "peer-review", "journal", "journal-issue", "journal-volume", "grant"}


def read(body):
    return parse_here("crossref", body, "application/json", URL, "src")


def works(count, broken=None):
    """A registry with `count` works; `broken` maps cursors to answers and is emptied by them."""
    broken = {} if broken is None else broken

    def answer(_url, query):
        cursor = query["cursor"]
        if cursor in broken:
            return broken.pop(cursor)
        start = 0 if cursor == "*" else int(cursor.removeprefix("c+"))
        found = [{"DOI": f"10.9999/{n}", "title": [f"T{n}"]} for n in range(start + 1, min(start + 100, count) + 1)]
        message = {
            "items": found, "items-per-page": 100, "total-results": count, "next-cursor": f"c+{start + len(found)}",
        }  # fmt: skip
        return {"status": "ok", "message-type": "work-list", "message": message}

    return answer


def cursors(source):
    return [query["cursor"] for query in source.asked]


# --------------------------------------------------------------------------- works


@pytest.fixture(scope="module")
def parsed(root):
    """The saved page of works."""
    return read((root / "tests" / "data" / "feeds" / "crossref.json").read_bytes())


def test_p12_a_work_without_a_doi_costs_itself(parsed):
    """It is named, the works beside it come; figures and other components are no texts."""
    guids = [entry.guid for entry in parsed.entries]
    assert guids == ["doi:10.9999/ijd.1", "doi:10.9999/ijd.5", "doi:10.1101/2026.02.01.26000001", "doi:10.9999/odd"]
    assert len(parsed.problems) == 1
    assert "no DOI" in parsed.problems[0].what
    assert parsed.next_page == "DnF1+abc=="


def test_an_article(parsed):
    """Title and abstract keep their markup, but not the heading "Abstract"; names, dates and places as given."""
    entry = parsed.entries[0]
    assert entry.title == "Networks that read\n <i>BRAF</i> melanoma"
    assert entry.summary == "<jats:p>Lesions are missed.</jats:p>"
    assert entry.link == "https://press.example/ijd/1"
    assert (entry.published, entry.language, entry.provider_name) == ("2026-11-03", "en", "Invented Press")
    assert entry.authors == ("Anna Müller", "Invented Skin Group")
    assert entry.identifiers == (Identifier(scheme="doi", value="10.9999/IJD.1"),)
    assert entry.tags == ("Dermatology",)
    assert entry.publication == Publication(
        journal="Invented Journal of Dermatology", volume="12", issue="4", pages="101-109",
        types=("journal-article", "retracted publication"),
    )  # fmt: skip


def test_versions_and_notices_are_links(parsed):
    """Preprints, published versions, updates in both directions and trials are addresses; cited works are not."""
    article, notice, preprint, _ = parsed.entries
    assert article.links == (
        "https://doi.org/10.9999/ijd.5",
        "https://doi.org/10.1101/2026.02.01.26000001",
        "https://arxiv.org/abs/2602.00001",
        "https://clinicaltrials.gov/study/NCT00000001",
    )
    assert notice.links == ("https://doi.org/10.9999/ijd.1",)
    assert preprint.links == ("https://doi.org/10.9999/ijd.1",)


def test_a_notice_and_a_preprint_say_what_they_are(parsed):
    """`update-to` makes a work a retraction notice; posted content has subtype, server and day."""
    _, notice, preprint, _ = parsed.entries
    assert notice.publication is not None
    assert notice.publication.types == ("journal-article", "retraction notice")
    assert preprint.publication == Publication(journal="medRxiv", types=("posted-content", "preprint"))
    assert preprint.published == "2026-02-03"


@pytest.mark.parametrize(
    ("kind", "notice"),
    [
        ("correction", "correction notice"),
        ("erratum", "erratum notice"),
        ("expression_of_concern", "expression of concern notice"),
        ("new_version", None),
        ("new_edition", None),
    ],
)
def test_kinds_of_update(kind, notice):
    """Corrections and concerns make notices, a new version of the same text does not."""
    work = {"DOI": "10.9999/x", "type": "posted-content", "update-to": [{"DOI": "10.9999/y", "type": kind}]}
    body = {"status": "ok", "message-type": "work-list", "message": {"items": [work]}}
    (entry,) = read(json.dumps(body).encode()).entries
    assert entry.publication is not None
    assert entry.publication.types == tuple(text for text in ("posted-content", notice) if text)
    assert entry.links == ("https://doi.org/10.9999/y",)


@pytest.mark.parametrize(
    ("dates", "published"),
    [
        ({"published-online": {"date-parts": [[2026, 11, 3]]}, "issued": {"date-parts": [[2027]]}}, "2026-11-03"),
        ({"published-online": {"date-parts": [[None]]}, "issued": {"date-parts": [[2026, 2]]}}, "2026-02"),
        ({"issued": {"date-parts": [["2026", "2", "9"]]}}, "2026-02-09"),
        ({"issued": {"date-parts": [[2026, 13, 1]]}}, "2026"),
        ({"issued": {"date-parts": [[2026, 2, 32]]}}, "2026-02"),
        ({"issued": {"date-parts": [[26, 1, 1]]}, "created": {"date-time": "2026-01-05"}}, "2026-01-05"),
        ({"issued": {"date-parts": []}, "published": "soon"}, None),
    ],
)  # fmt: skip
def test_n04_dates_as_far_as_they_are_dates(dates, published):
    """Missing parts lower the precision, impossible ones are left out; registration is the last resort."""
    body = {"status": "ok", "message-type": "work-list", "message": {"items": [{"DOI": "10.9999/x", **dates}]}}
    assert read(json.dumps(body).encode()).entries[0].published == published


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            '{"status":"failed","message-type":"validation-failure","message":[{"type":"integer-not-valid",'
            '"value":"things","message":"Integer specified as things but must be positive."}]}',
            "Integer specified as things but must be positive. (things)",
        ),
        ('{"status":"failed","message":"no list"}', "no list"),
        ('{"status":"ok","message-type":"member","message":{"primary-name":"Acme"}}', "'member', not a list of works"),
        ('{"status":"ok","message-type":"work-list","message":{}}', "without 'items'"),
        ("Resource not found.", "Resource not found."),
        ('{"status"', "broken JSON"),
        ("", "empty"),
    ],
)
def test_p07_an_error_says_what_the_server_said(body, words):
    """Refusals and other answers are failures with Crossref's own words."""
    with pytest.raises(ParseFailed, match=re.escape(words)):
        read(body.encode())


# --------------------------------------------------------------------------- asking


def test_a_window_of_a_week_from_cursor_to_cursor(interface):
    """Asked are the DOIs created in seven days, page by page, with the source's own filter before."""
    source = interface("crossref", URL, {**OPTIONS, "days": "7", "query": "skin cancer"}, works(250))
    got = source.poll()
    assert [entry.guid for entry in got.entries] == [f"doi:10.9999/{n}" for n in range(1, 251)]
    assert cursors(source) == ["*", "c+100", "c+200"]
    assert source.asked[0] == {
        "filter": "issn:0000-0001,issn:0000-0002,from-created-date:2026-11-14,until-created-date:2026-11-21",
        "query.bibliographic": "skin cancer", "rows": "100", "cursor": "*",
    }  # fmt: skip


def test_a_longer_time_is_read_in_windows(interface):
    """Nineteen days are windows of at most a week that overlap by two days, in one poll as far as pages allow."""
    source = interface("crossref", URL, {**OPTIONS, "days": "19"}, works(3))
    source.poll()
    windows = [re.findall(r"created-date:([\d-]+)", query["filter"]) for query in source.asked]
    assert windows == [
        ["2026-11-02", "2026-11-09"],
        ["2026-11-07", "2026-11-14"],
        ["2026-11-12", "2026-11-19"],
        ["2026-11-17", "2026-11-21"],
    ]
    source.now += timedelta(days=1)
    source.poll()
    assert re.findall(r"created-date:([\d-]+)", source.asked[4]["filter"]) == ["2026-11-19", "2026-11-22"]


def test_a_cursor_that_expired_begins_its_window_anew(interface, refuse):
    """Crossref keeps a cursor for minutes: 404 for an old one is answered by the same days from their first page."""
    answers = works(150, {"c+100": refuse(500, "http_5xx")})
    source = interface("crossref", URL, {**OPTIONS, "days": "7"}, answers)
    assert len(source.poll().entries) == 100
    stale = {"c+100": refuse(404, "not_found")}
    source.answer = works(150, stale)
    got = source.poll()
    assert (got.failure, len(got.entries), stale) == (None, 150, {})
    assert cursors(source) == ["*", "c+100", "c+100", "*", "c+100"]


@pytest.mark.parametrize(
    ("limit", "interval", "gap"),
    [("5", "1s", 0.2), ("1", "30s", 30.0), ("1", "9999s", 60.0), ("0", "1s", 0.0), ("many", "1s", 0.0), ("5", "", 0.0)],
)
def test_rate_limit_headers_are_obeyed(interface, limit, interval, gap):
    """The next page waits as long as the last answer's headers ask, a minute at most; nonsense asks for nothing."""
    answers = works(150)

    def answer(url, query):
        headers = {"x-rate-limit-limit": limit, "x-rate-limit-interval": interval}
        return Response(url=url, status=200, headers=headers, body=json.dumps(answers(url, query)).encode())

    source = interface("crossref", URL, {**OPTIONS, "days": "7"}, answer)
    source.poll()
    assert [request.gap for request in source.requests] == [0.0, pytest.approx(gap)]


def test_without_a_question_nothing_is_asked(interface):
    """All that Crossref has is too much to ask for: filter or query must be given."""
    source = interface("crossref", URL, {"filter": " "}, works(1))
    got = source.poll()
    assert (got.failure, source.requests) == ("bad_url", [])
    assert "neither filter nor query" in got.failure_text
    source = interface("crossref", URL, {"query": "skin", "days": "7"}, works(1))
    assert len(source.poll().entries) == 1
    assert source.asked[0]["filter"] == "from-created-date:2026-11-14,until-created-date:2026-11-21"


def test_p15_cut_or_damaged_answers_are_read_or_refused(saved):
    """Any cut and any changed byte of the saved answer gives entries or ParseFailed."""
    body = saved("crossref.json")

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
    """Whatever stands where a text, list or object belongs, the work is read without it, or named."""
    first = json.loads(saved("crossref.json"))["message"]["items"][0]

    @settings(deadline=None, max_examples=150)
    @given(key=st.sampled_from(sorted(set(first) - {"type"})), value=JSON)
    def odd(key, value):
        message = {"items": [{**first, key: value}]}
        parsed = read(json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode())
        assert len(parsed.entries) + len(parsed.problems) == 1

    odd()


@pytest.mark.shared
def test_captured_lists_are_complete(shared):
    """Every text of every captured list comes with its DOI, title and date where they are given; the rest is named."""
    seen = 0
    for file in sorted((shared / "data" / "feeds" / "real" / "crossref_json").iterdir()):
        body = file.read_bytes()
        try:
            written = json.loads(body)
        except ValueError:
            continue  # lines of works, and plain words
        if written.get("message-type", "work") == "work" and written.get("status") != "failed":
            continue  # test_captured.py
        if written.get("message-type") != "work-list":
            with pytest.raises(ParseFailed) as failed:
                read(body)
            assert failed.value.failure == ("not_a_feed" if written.get("status") == "failed" else "no_records")
            continue
        texts = [work for work in written["message"]["items"] if work.get("type") not in NO_TEXTS]
        parsed = read(body)
        assert parsed.problems == (), file.name
        assert [entry.guid for entry in parsed.entries] == [f"doi:{work['DOI'].lower()}" for work in texts]
        for entry, work in zip(parsed.entries, texts, strict=True):
            assert bool(entry.title) == bool(work.get("title") or work.get("original-title"))
            assert bool(entry.published) == any(key in work for key in ("created", "published", "issued"))
        seen += len(texts)
    assert seen > 300
