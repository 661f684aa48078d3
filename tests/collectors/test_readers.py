"""Formats that are read and not asked for: DataCite, DOAJ, PLOS, OAI-PMH, sitemaps, PubMed's summaries."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed import codec
from dermai_feed.collectors import COLLECTORS, READERS, parse_here
from dermai_feed.collectors.guess import guess
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Entry, Parsed

FEEDS = Path(__file__).resolve().parent.parent / "data" / "feeds"
SAVED = {"datacite": "json", "doaj": "json", "plos": "json", "oai": "xml", "sitemap": "xml"}


def saved(kind: str) -> bytes:
    return (FEEDS / f"{kind}.{SAVED[kind]}").read_bytes()


def read(kind: str, body: bytes | str) -> Parsed:
    return parse_here(kind, body.encode() if isinstance(body, str) else body, "", "https://x.example/doc", "src")


def failure(kind: str, body: bytes | str) -> ParseFailed:
    with pytest.raises(ParseFailed) as failed:
        read(kind, body)
    return failed.value


def outcome(kind: str, body: bytes) -> Parsed | ParseFailed:
    try:
        return read(kind, body)
    except ParseFailed as failed:
        return failed


def told(entry: Entry) -> tuple[object, ...]:
    return entry.title, entry.link, entry.published, entry.updated, [str(i) for i in entry.identifiers]


def test_every_collector_is_a_reader() -> None:
    """What can be asked can be read from a file."""
    assert COLLECTORS.keys() < READERS.keys()
    assert SAVED.keys() <= READERS.keys()


@pytest.mark.parametrize("kind", SAVED)
def test_each_format_is_known_by_its_content(kind: str) -> None:
    """Whatever the file is called."""
    assert guess(saved(kind), "x.txt") == kind


def test_a_record_of_datacite_becomes_an_entry() -> None:
    """Names are turned around, the abstract wins over other texts, the issue's date over others."""
    parsed = read("datacite", saved("datacite"))
    first, older = parsed.entries
    assert told(first) == (
        "A set of moles, photographed", "https://archive.example/sets/1", "2026-11-02", None, ["doi:10.9999/example.1"],
    )  # fmt: skip
    assert (first.summary, first.authors) == ("4,000 images &lt; 2 MB.", ("Aino Aalto", "The Example Group"))
    assert first.links == ("https://doi.org/10.9999/paper",)
    assert first.publication is not None
    assert (first.publication.journal, first.publication.types) == ("Example Archive", ("Dataset", "Images"))
    assert told(older)[:3] == ("Older", "https://doi.org/10.9999/example.2", "2019")
    assert ["no DOI" in problem.what for problem in parsed.problems] == [True]


def test_one_record_of_datacite_is_read_with_and_without_its_envelope() -> None:
    """An answer for one DOI, and the record in it."""
    record = json.loads(saved("datacite"))["data"][1]
    for document in ({"data": record}, record):
        assert read("datacite", json.dumps(document)).entries[0].title == "Older"
    assert failure("datacite", '{"data": [{"id": "a.b", "type": "clients"}]}').failure == "no_records"
    refused = failure("datacite", '{"errors": [{"status": "404", "title": "The resource is unknown."}]}')
    assert (refused.failure, "The resource is unknown." in refused.text) == ("not_a_feed", True)


def test_an_article_of_doaj_becomes_an_entry() -> None:
    """The DOI is its address, the publisher's page a link; months are numbers or names."""
    first, other = read("doaj", saved("doaj")).entries
    assert told(first) == (
        "Counting naevi", "https://doi.org/10.9999/naevi", "2026-05", "2026-06-06T00:00:00Z", ["doi:10.9999/naevi"],
    )  # fmt: skip
    assert first.links == ("https://journal.example/naevi",)
    assert (first.summary, first.authors, first.tags) == (
        "By machine &amp; by hand.", ("Aino Aalto",), ("naevus", "Dermatology"),
    )  # fmt: skip
    assert told(other)[:3] == ("Without a DOI", "https://doaj.org/article/f1", "2026 May")


def test_p12_lines_of_records_are_read_line_by_line() -> None:
    """JSON Lines: a line that is damaged costs itself; one article alone is read, too."""
    records = json.loads(saved("doaj"))["results"]
    lines = "\n".join([*map(json.dumps, records), '{"id": "cut'])
    parsed = read("doaj", lines)
    assert (len(parsed.entries), len(parsed.problems)) == (2, 1)
    assert read("doaj", json.dumps(records[0])).entries == parsed.entries[:1]
    assert failure("doaj", '{"results": [{"id": "j", "bibjson": {"eissn": "0000-0000"}}]}').failure == "no_records"
    assert failure("doaj", "[1, 2").failure == "parse_error"


def test_an_article_of_plos_becomes_an_entry() -> None:
    """Its id is its DOI; an article without one costs itself; there are more pages."""
    parsed = read("plos", saved("plos"))
    (entry,) = parsed.entries
    assert told(entry) == (
        "Naevi counted", "https://doi.org/10.9999/journal.pone.0000001", "2026-11-02T00:00:00Z", None,
        ["doi:10.9999/journal.pone.0000001"],
    )  # fmt: skip
    assert entry.summary == "Lesions &lt; 6 mm."
    assert (len(parsed.problems), parsed.next_page) == (1, "2")


def test_records_of_repositories_become_entries() -> None:
    """Dublin Core and both of arXiv's formats; a deleted record and one in MARC are named."""
    parsed = read("oai", saved("oai"))
    core, arxiv, raw = parsed.entries
    assert told(core) == (
        "Machines that see skin", "https://repository.example/1", "2026-11-01", "2026-11-19",
        ["doi:10.9999/machines"],
    )  # fmt: skip
    assert core.summary == "A longer account &lt; 1 page."
    assert told(arxiv) == (
        "Segmenting lesions", "https://arxiv.org/abs/2611.00001", "2026-11-02", "2026-11-12", ["arxiv:2611.00001"],
    )  # fmt: skip
    assert (arxiv.authors, arxiv.links) == (("Aino Aalto",), ("https://doi.org/10.9999/seg",))
    assert raw.authors == ("A. Aalto", "B. Bergman", "C. Cho")
    assert (raw.published, raw.updated) == ("Mon, 2 Nov 2026 10:00:00 GMT", "Tue, 3 Nov 2026 10:00:00 GMT")
    assert [re.sub(r"^.*Error: ", "", problem.what) for problem in parsed.problems] == [
        "oai:repository.example:2 was deleted by its repository",
        "oai:repository.example:3 is written as 'record'; Dublin Core and arXiv's formats are read",
    ]
    assert parsed.next_page == "page two"


def test_p06_a_page_of_records_that_broke_off_keeps_the_whole_ones() -> None:
    """And says that it is not complete."""
    body = saved("oai")
    parsed = read("oai", body[: body.index(b"arXivRaw")])
    assert ([entry.guid for entry in parsed.entries], parsed.complete) == (
        ["oai:repository.example:1", "arXiv:2611.00001"], False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ('<error code="noRecordsMatch">none</error>', None),
        ('<error code="badArgument">from is no date</error>', "not_a_feed"),
        ("<Identify><repositoryName>x</repositoryName></Identify>", "no_records"),
        ("<ListIdentifiers><header><identifier>x</identifier></header></ListIdentifiers>", "no_records"),
    ],
)
def test_answers_of_repositories_without_records(inside: str, what: str | None) -> None:
    """Nothing matches is an answer; an error and another question are not."""
    document = f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inside}</OAI-PMH>'
    if what is None:
        assert read("oai", document) == Parsed()
    else:
        assert failure("oai", document).failure == what


def test_pages_of_a_sitemap_become_entries() -> None:
    """A news sitemap gives title, date and publication; a plain page its address and last change."""
    parsed = read("sitemap", saved("sitemap"))
    news, page = parsed.entries
    assert told(news) == (
        "Robot reads moles", "https://paper.example/a?x=1&y=2", "2026-11-02T09:00:00+01:00", "2026-11-03", [],
    )  # fmt: skip
    assert (news.provider_name, news.language, news.tags) == ("The Paper", "en", ("AI", "skin"))
    assert [image.url for image in news.images] == ["https://paper.example/a.jpg"]
    assert told(page) == ("", "https://paper.example/about", None, "2020-01-02", [])
    assert len(parsed.problems) == 1
    index = "<sitemapindex><sitemap><loc>https://paper.example/1.xml</loc></sitemap></sitemapindex>"
    assert "https://paper.example/1.xml" in read("sitemap", index).next_page
    cut = read("sitemap", saved("sitemap").split(b"<url><loc>https://paper.example/about")[0] + b"<url><loc>ht")
    assert ([entry.link for entry in cut.entries], cut.complete) == ([news.link], False)


SUMMARY = {
    "title": "Counting naevi", "pubdate": "2026 Nov", "epubdate": "2026 Nov 2", "fulljournalname": "Journal of Example",
    "volume": "7", "authors": [{"name": "Aalto A"}], "pubtype": ["Review"], "lang": ["eng"],
    "articleids": [{"idtype": "doi", "value": "10.9999/n"}, {"idtype": "pmc", "value": "PMC12"}],
}  # fmt: skip
SUMMARY_1 = """<eSummaryResult><DocSum><Id>99</Id>
<Item Name="PubDate" Type="Date">2026 Nov</Item><Item Name="EPubDate" Type="Date">2026 Nov 2</Item>
<Item Name="AuthorList" Type="List"><Item Name="Author">Aalto A</Item></Item>
<Item Name="Title">Counting naevi</Item><Item Name="Volume">7</Item>
<Item Name="FullJournalName">Journal of Example</Item>
<Item Name="PubTypeList"><Item Name="PubType">Review</Item></Item>
<Item Name="LangList"><Item Name="Lang">eng</Item></Item>
<Item Name="ArticleIds" Type="List"><Item Name="doi">10.9999/n</Item><Item Name="pmc">PMC12</Item></Item>
</DocSum></eSummaryResult>"""
SUMMARY_2 = """<eSummaryResult><DocumentSummarySet><DocumentSummary uid="99">
<PubDate>2026 Nov</PubDate><EPubDate>2026 Nov 2</EPubDate>
<Authors><Author><Name>Aalto A</Name><AuthType>Author</AuthType></Author></Authors>
<Title>Counting naevi</Title><Volume>7</Volume><FullJournalName>Journal of Example</FullJournalName>
<PubType><flag>Review</flag></PubType><Lang><string>eng</string></Lang>
<ArticleIds><ArticleId><IdType>doi</IdType><Value>10.9999/n</Value></ArticleId>
<ArticleId><IdType>pmc</IdType><Value>PMC12</Value></ArticleId></ArticleIds>
</DocumentSummary></DocumentSummarySet></eSummaryResult>"""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            json.dumps({"header": {"type": "esummary"}, "result": {"uids": ["99"], "99": SUMMARY}}), id="json"
        ),
        pytest.param(SUMMARY_1, id="version 1"),
        pytest.param(SUMMARY_2, id="version 2"),
    ],
)
def test_summaries_of_pubmed_say_the_same_in_all_their_forms(body: str) -> None:
    """JSON and both versions of XML."""
    assert guess(body.encode()) == "pubmed"
    (entry,) = read("pubmed", body).entries
    assert told(entry) == (
        "Counting naevi", "https://pubmed.ncbi.nlm.nih.gov/99/", "2026 Nov 2", None,
        ["doi:10.9999/n", "pmcid:PMC12", "pmid:99"],
    )  # fmt: skip
    assert (entry.guid, entry.authors, entry.language) == ("pubmed:99", ("Aalto A",), "eng")
    assert entry.publication is not None
    assert (entry.publication.journal, entry.publication.types) == ("Journal of Example", ("Review",))


def test_a_searchs_numbers_are_no_records() -> None:
    """Neither is what another database holds."""
    assert failure("pubmed", '{"esearchresult": {"count": "3", "idlist": ["1", "2"]}}').failure == "no_records"
    assert failure("pubmed", '{"result": {"uids": ["1"], "1": {"scientificname": "x"}}}').failure == "no_records"
    assert failure("pubmed", '{"esearchresult": {"ERROR": "no such field"}}').failure == "not_a_feed"


@pytest.mark.parametrize(
    ("kind", "document", "guids"),
    [
        ("semanticscholar", [{"paperId": "p1"}, None, {"paperId": "p2"}], ["p1", "p2"]),
        ("semanticscholar", {"paperId": "p1"}, ["p1"]),
        ("semanticscholar", {"recommendedPapers": [{"paperId": "p1"}]}, ["p1"]),
        ("semanticscholar", {"data": [{"citingPaper": {"paperId": "p1"}}]}, ["p1"]),
        ("semanticscholar", {"data": [{"citedPaper": {"paperId": None, "title": "Old"}}]}, ["Old"]),
        ("crossref", {"status": "ok", "message-type": "work", "message": {"DOI": "10.9999/x"}}, ["doi:10.9999/x"]),
        ("crossref", {"DOI": "10.9999/x", "title": ["y"]}, ["doi:10.9999/x"]),
        ("crossref", [{"DOI": "10.9999/x"}, {"DOI": "10.9999/y"}], ["doi:10.9999/x", "doi:10.9999/y"]),
        ("openalex", {"id": "https://openalex.org/W12", "title": "y"}, ["https://openalex.org/W12"]),
        ("openalex", {"doi": "https://doi.org/10.9999/x", "open_access": {}}, ["https://doi.org/10.9999/x"]),
        ("openalex", {"results": [{"id": "https://openalex.org/A12"}]}, []),
        ("clinicaltrials", {"protocolSection": {"identificationModule": {"nctId": "NCT01234567"}}}, ["NCT01234567"]),
        ("biorxiv", {"collection": [{"biorxiv_doi": "10.1101/1", "preprint_title": "y"}]}, ["10.1101/1"]),
        ("openfda", {"results": [{"recall_number": "Z-1"}]}, ["Z-1"]),
        ("openfda", {"results": [{"application_number": "NDA1"}, {"set_id": "s"}]}, ["NDA1", "s"]),
        ("openfda", {"results": [{"report_number": "r"}, {"safetyreportid": "f"}]}, ["r", "f"]),
        ("openfda", {"results": [{"product_code": "ABC", "device_name": "Camera"}]}, ["ABC"]),
    ],
)  # fmt: skip
def test_one_record_and_other_routes_of_an_interface_are_read(kind: str, document: object, guids: list[str]) -> None:
    """A file need not be a page of the list that the collector asks for."""
    assert [entry.guid for entry in read(kind, json.dumps(document)).entries] == guids


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("semanticscholar", {"data": [{"authorId": "1", "name": "A. Aalto"}]}),
        ("crossref", {"status": "ok", "message-type": "journal-list", "message": {"items": [{"title": "J"}]}}),
        ("openfda", {"results": [{"term": "us", "count": 3}]}),
    ],
)
def test_what_lists_no_texts_is_told_apart_from_what_is_no_answer(kind: str, document: object) -> None:
    """`no_records`: understood, and nothing to read."""
    assert failure(kind, json.dumps(document)).failure == "no_records"


@pytest.mark.parametrize("kind", SAVED)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_p15_a_damaged_document_gives_entries_or_a_failure(kind: str, data: st.DataObject) -> None:
    """Cut anywhere, with bytes flipped: entries or ParseFailed, and always storable."""
    body = bytearray(saved(kind))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(st.sampled_from([b"\x00", b"\xff", b"{}", b"[]", b"null", b"1e999", b'"', b"\\ud800", b"<"]))
        body[at : at + data.draw(st.integers(0, 12))] = piece
    got = outcome(kind, bytes(body[: data.draw(st.none() | st.integers(0, len(body)))]))
    if isinstance(got, ParseFailed):
        assert got.failure in {"not_a_feed", "parse_error", "no_records"}
    else:
        codec.encode(got)
