"""What holds for every interface that answers in JSON: errors, damage, and the captured answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed import codec
from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed

FEEDS = Path(__file__).resolve().parent.parent / "data" / "feeds"
KINDS = ("biorxiv", "clinicaltrials", "openalex", "semanticscholar", "openfda", "gdelt")
URL = "https://interface.example/answer.json"


def read(kind, body):
    return parse_here(kind, body, "application/json", URL, "src")


def outcome(kind, body):
    """What was read, or how reading failed."""
    try:
        return read(kind, body)
    except ParseFailed as failed:
        return failed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "failure", "words"),
    [
        (b"", "not_a_feed", "empty"),
        (b"Service is down", "not_a_feed", "the server says: Service is down"),
        (b"<html><title>Just a moment...</title></html>", "challenge", "browser"),
        (b"<html><form><input type=password></form></html>", "login", "login page"),
        (b"<html><h1>Not Found</h1></html>", "not_a_feed", "HTML page"),
        (b'{"status":"error","message":"Not today"}', "not_a_feed", "Not today: error"),
        (b'{"message":"Too Many Requests","code":"429"}', "not_a_feed", "429: Too Many Requests"),
        (b'{"error":"Bad query parameters","detail":{"x":1}}', "not_a_feed", "Bad query parameters"),
        (b'{"error":{"code":"SERVER_ERROR","message":"Check your request"}}', "not_a_feed", "Check your request"),
        (b'{"strange":[1]}', "not_a_feed", '{"strange": [1]}'),
        (b'{"results": [', "parse_error", "broken JSON"),
        (b"[" * 100_000, "parse_error", "nested too deeply"),
    ],
)
def test_p07_what_is_no_answer_fails_with_the_servers_words(kind, body, failure, words):
    """An error document, a page or damage is a failure of its class that quotes what came."""
    with pytest.raises(ParseFailed) as failed:
        read(kind, body)
    assert failed.value.failure == failure
    assert words in failed.value.text


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "semanticscholar"])
def test_p07_a_list_is_no_answer(kind):
    """Only Semantic Scholar answers with a list, of the papers of a batch."""
    with pytest.raises(ParseFailed, match="a JSON list"):
        read(kind, b"[1, 2]")


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_complaint_is_cut(kind):
    """A server's words fill a line, not a page."""
    with pytest.raises(ParseFailed) as failed:
        read(kind, json.dumps({"message": "no " * 1000}).encode())
    assert len(failed.value.text) < 300


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_p15_a_damaged_answer_gives_entries_or_a_failure(kind, data):
    """Cut anywhere, with bytes flipped or members of other types: entries or ParseFailed, and always storable."""
    body = bytearray((FEEDS / f"{kind}.json").read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(st.sampled_from([b"\x00", b"\xff", b"{}", b"[]", b"null", b"1e999", b'"', b"\\ud800", b"<"]))
        body[at : at + data.draw(st.integers(0, 12))] = piece
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(body))))
    got = outcome(kind, bytes(body[:cut]))
    if isinstance(got, ParseFailed):
        assert got.failure in {"not_a_feed", "parse_error"}
    else:
        codec.encode(got)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**12) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_p14_no_type_is_trusted(kind, data):
    """Any member of any record may be of any type: that record is read or named, the others are read."""
    document = json.loads((FEEDS / f"{kind}.json").read_bytes())
    key = next(key for key, value in document.items() if isinstance(value, list) and key != "messages")
    intact = len(read(kind, (FEEDS / f"{kind}.json").read_bytes()).entries)
    place = document[key][0]
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[name], dict) and place[name] and data.draw(st.booleans()):
            place = place[name]
            continue
        place[name] = data.draw(JSON)
        break
    parsed = read(kind, json.dumps(document).encode())
    assert len(parsed.entries) in (intact, intact - 1)
    codec.encode(parsed)


# --------------------------------------------------------------------------- captured answers

CAPTURED = {
    "biorxiv": ("biorxiv_medrxiv_json", "collection"),
    "clinicaltrials": ("clinicaltrials_v2_json", "studies"),
    "openalex": ("openalex_json", "results"),
    "semanticscholar": ("semanticscholar_json", "data"),
    "openfda": ("openfda_json", "results"),
    "gdelt": ("gdelt_doc_json", "articles"),
}


@pytest.mark.shared
@pytest.mark.parametrize("kind", KINDS)
def test_p13_every_captured_record_is_read(shared, kind):
    """Each record of a captured list is an entry with its id, and with its title where it has one."""
    folder, key = CAPTURED[kind]
    ids = {"biorxiv": "doi", "openalex": "id", "semanticscholar": "paperId", "openfda": "k_number", "gdelt": "url"}
    count = 0
    for path in sorted((shared / "data" / "feeds" / "real" / folder).iterdir()):
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            with pytest.raises(ParseFailed):
                read(kind, path.read_bytes())
            continue
        found = document.get(key, ()) if isinstance(document, dict) else document
        known = []
        for record in found:
            if kind == "clinicaltrials":
                names = record["protocolSection"]["identificationModule"]
                known.append((names["nctId"], names["briefTitle"]))
            elif record.get(ids[kind]):
                title = record.get("device_name") if kind == "openfda" else record.get("title")
                known.append((record[ids[kind]], title))
        if not known:
            continue  # another route, or records of another kind: test_captured.py
        parsed = read(kind, path.read_bytes())
        assert [entry.guid for entry in parsed.entries] == [guid for guid, _ in known], path.name
        assert len(parsed.entries) + len(parsed.problems) == len(found)
        for entry, (_, title) in zip(parsed.entries, known, strict=True):
            assert " ".join((title or "").split()) in " ".join(entry.title.split()), path.name
            assert entry.link.startswith("https://")
        count += len(known)
    assert (
        count
        >= {"biorxiv": 3, "clinicaltrials": 11, "openalex": 1, "semanticscholar": 500, "openfda": 1, "gdelt": 2}[kind]
    )


@pytest.mark.shared
def test_captured_pages_name_the_next(shared):
    """Tokens and offsets of real answers are followed: the page after each is known, the last has none."""
    real = shared / "data" / "feeds" / "real"
    bulk = "semanticscholar_json/semanticscholar__test_search_paper_bulk_retrieval_sorted_results"
    trials = "clinicaltrials_v2_json/biomcp__search_melanoma_recruiting_limit3_20260811.json"
    expected = {
        trials: "ZVt07cGHkvI2wRk2CJf6_LLq14bEL8swd7KrgP4ZmTmRvvE",
        f"{bulk}_asc_3.json": "",
        "biorxiv_medrxiv_json/radar-papers-mcp__medrxiv_abridged.json": "3",  # 3 of 72 were kept
        "openfda_json/biomcp__device_510k.json": "",
    }
    for name, page in expected.items():
        kind = next(kind for kind, (folder, _) in CAPTURED.items() if name.startswith(folder))
        assert read(kind, (real / name).read_bytes()).next_page == page, name
    first = read("semanticscholar", (real / f"{bulk}_desc_0.json").read_bytes())
    assert (len(first.entries), first.next_page[:6]) == (1000, "PCOA3R")
