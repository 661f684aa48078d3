"""PubMed: a search, its records, and everything a record says about itself and its relations."""

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

SEARCH = "https://eutils.example/entrez/eutils/esearch.fcgi"
FETCH = "https://eutils.example/entrez/eutils/efetch.fcgi"
OPTIONS = {"term": "dermoscopy AND (AI OR x)"}


def read(body):
    return parse_here("pubmed", body, "text/xml", FETCH, "src")


def search_result(count, environment="ENV1"):
    return (
        f"<eSearchResult><Count>{count}</Count><RetMax>0</RetMax><QueryKey>1</QueryKey>"
        f"<WebEnv>{environment}</WebEnv></eSearchResult>"
    )


def record(pmid):
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>Title {pmid}</ArticleTitle>"
        "</Article></MedlineCitation></PubmedArticle>"
    )


def records(start, count):
    """The page of up to a hundred records from number `start`; PMIDs count from 1."""
    inside = "".join(record(number + 1) for number in range(start, min(start + 100, count)))
    return f"<PubmedArticleSet>{inside}</PubmedArticleSet>"


def eutils(count, broken=None):
    """A database with `count` matching records; `broken` maps retstart to answers and is emptied by them."""
    broken = {} if broken is None else broken
    searches = []

    def answer(url, query):
        if "esearch" in url:
            searches.append(query)
            return search_result(count, f"ENV{len(searches)}")
        start = int(query["retstart"])
        return broken.pop(start, None) or records(start, count)

    return answer


def paths(source):
    """What was asked, shortly: "search", or the number of the first record fetched."""
    return ["search" if "esearch" in request.url else query["retstart"] for request, query in zip(
        source.requests, source.asked, strict=True)]  # fmt: skip


# --------------------------------------------------------------------------- records


@pytest.fixture(scope="module")
def parsed(root):
    """The saved page of records."""
    return read((root / "tests" / "data" / "feeds" / "pubmed.xml").read_bytes())


def by_guid(parsed, guid):
    return next(entry for entry in parsed.entries if entry.guid == guid)


def test_p12_bad_records_cost_themselves_and_books_are_no_news(parsed):
    """Of six records one has no PMID and one is not well-formed: both are named, three come, the book does not."""
    assert [entry.guid for entry in parsed.entries] == ["pubmed:90000001", "pubmed:90000002", "pubmed:90000005"]
    assert [problem.where for problem in parsed.problems] == ["src: record 3", "src: record 4"]
    assert "no PMID but 'not a number'" in parsed.problems[0].what
    assert parsed.complete


def test_inline_markup_of_titles_is_kept_as_html(parsed):
    """Italics and superscripts stay tags, a plain > becomes an entity, so that reading it as HTML loses nothing."""
    entry = by_guid(parsed, "pubmed:90000001")
    assert entry.title == "Networks that read <i>BRAF</i><sup>V600E</sup> melanoma at AUC &gt; 0.9."


def test_structured_abstracts_keep_their_labels(parsed):
    """Each labelled section is a paragraph that begins with its label; UNLABELLED is no label, copyright no section."""
    assert by_guid(parsed, "pubmed:90000001").summary == (
        "<p><b>BACKGROUND:</b> Lesions of &lt; 6 mm are missed.</p>"
        "<p><b>RESULTS:</b> CO<sub>2</sub> lasers &amp; others: 91 %.</p>"
        "<p>Trial closed.</p>"
    )


def test_an_abstract_in_another_place_is_better_than_none(parsed):
    """A record with a translated or publisher's abstract only gives that one, and its vernacular title."""
    entry = by_guid(parsed, "pubmed:90000002")
    assert entry.summary == "Eine Übersicht."
    assert entry.title == "Künstliche Intelligenz in der Dermatologie"
    assert entry.language == "de"


def test_an_empty_section_is_no_paragraph():
    """Publishers send empty sections; what remains stands by itself."""
    abstract = '<Abstract><AbstractText Label="AIM"/><AbstractText Label="METHODS">We looked.</AbstractText></Abstract>'
    (entry,) = read(record(1).replace("</Article>", f"{abstract}</Article>").encode()).entries
    assert entry.summary == "<b>METHODS:</b> We looked."


def test_identifiers_come_from_both_places_and_never_from_references(parsed):
    """ELocationID and ArticleIdList give one DOI; an invalid one and the DOIs of cited works do not count."""
    assert by_guid(parsed, "pubmed:90000001").identifiers == (
        Identifier(scheme="pmid", value="90000001"),
        Identifier(scheme="doi", value="10.9999/ijd.1"),
        Identifier(scheme="pmcid", value="PMC9000001"),
    )
    assert Identifier(scheme="doi", value="10.9999/he.2") in by_guid(parsed, "pubmed:90000002").identifiers


def test_retractions_errata_comments_and_preprints_are_links(parsed):
    """Each is an address by DOI and by PubMed as far as both are given; trials too; cited works are not."""
    assert by_guid(parsed, "pubmed:90000001").links == (
        "https://doi.org/10.9999/ijd.5",
        "https://pubmed.ncbi.nlm.nih.gov/90000005/",
        "https://doi.org/10.1101/2026.02.01.26000001",
        "https://pubmed.ncbi.nlm.nih.gov/90000006/",
        "https://pubmed.ncbi.nlm.nih.gov/90000007/",
        "https://clinicaltrials.gov/study/NCT00000001",
    )
    notice = by_guid(parsed, "pubmed:90000005")
    assert notice.links == ("https://doi.org/10.9999/ijd.1", "https://pubmed.ncbi.nlm.nih.gov/90000001/")
    assert notice.publication is not None
    assert notice.publication.types == ("Retraction of Publication",)


def test_where_and_by_whom_it_was_published(parsed):
    """Journal, volume, issue, pages, types, authors as "Surname Initials" and groups, keywords of both kinds."""
    entry = by_guid(parsed, "pubmed:90000001")
    assert entry.publication == Publication(
        journal="Invented journal of dermatology", volume="12", issue="4", pages="101-9",
        types=("Journal Article", "Retracted Publication"),
    )  # fmt: skip
    assert entry.authors == ("Müller-Lüdenscheidt AB", "Invented Skin Group")
    assert entry.tags == ("Melanoma", "dermoscopy")
    assert (entry.link, entry.language) == ("https://pubmed.ncbi.nlm.nih.gov/90000001/", "en")


ISSUE = "<Article><Journal><JournalIssue><PubDate>{}</PubDate></JournalIssue></Journal>{}</Article>"
ENTREZ = (
    "<PubmedData><History><PubMedPubDate PubStatus='entrez'><Year>2026</Year><Month>3</Month><Day>7</Day>"
    "<Hour>6</Hour></PubMedPubDate></History></PubmedData>"
)
ELECTRONIC = "<ArticleDate><Year>2026</Year><Month>02</Month><Day>28</Day></ArticleDate>"


@pytest.mark.parametrize(
    ("issue", "electronic", "history", "published"),
    [
        ("<Year>2026</Year><Month>Apr</Month>", ELECTRONIC, ENTREZ, "2026-02-28"),
        ("<Year>2026</Year><Month>Apr</Month>", "", ENTREZ, "2026-03-07"),
        ("<Year>2026</Year><Month>Apr</Month><Day>5</Day>", "", "", "2026 Apr 5"),
        ("<Year>2026</Year><Month>Apr</Month>", "", "", "2026 Apr"),
        ("<Year>2026</Year><Month>04</Month>", "", "", "2026-04"),
        ("<Year>2026</Year><Season>Spring</Season>", "", "", "2026 Spring"),
        ("<Year>2026</Year>", "", "", "2026"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "", "", "1998 Dec-1999 Jan"),
        ("<MedlineDate>2000 Spring-Summer</MedlineDate>", "", "", "2000 Spring-Summer"),
        ("", "", "", None),
    ],
)  # fmt: skip
def test_n04_every_form_of_date(issue, electronic, history, published):
    """Electronic publication before arrival in PubMed before the issue, which may be a month, a season or a range."""
    article = ISSUE.format(issue, electronic)
    text = f"<PubmedArticle><MedlineCitation><PMID>7</PMID>{article}</MedlineCitation>{history}</PubmedArticle>"
    (entry,) = read(text.encode()).entries
    assert entry.published == published


def test_p04_p05_a_doctype_is_never_followed():
    """Entities that a DOCTYPE declares, of files or of laughs, end up nowhere."""
    bomb = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    article = record(1).replace("Title 1", "Title &f;&b;")
    parsed = read(f"{bomb}<PubmedArticleSet>{article}{record(2)}</PubmedArticleSet>".encode())
    assert [entry.guid for entry in parsed.entries] == ["pubmed:2"]
    assert len(parsed.problems) == 1


# --------------------------------------------------------------------------- answers that are none


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error":"API rate limit exceeded","count":"4","limit":"3"}', "API rate limit exceeded"),
        ('{"error":"/lbsm/eutils_lb -> Neg","type":"ip"}', "/lbsm/eutils_lb -> Neg"),
        ("<eSearchResult><ERROR>Invalid db name specified: pubmd</ERROR></eSearchResult>", "Invalid db name specified"),
        ("<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>", "Unable to obtain query #1"),
        ("<eSearchResult><Count>7</Count></eSearchResult>", "without QueryKey and WebEnv"),
        ("<eSearchResult><Count>many</Count></eSearchResult>", "without a count"),
        ("<eSearchResult><Count>7</Count><QueryKey>1</QueryKey><WebEnv>a b</WebEnv></eSearchResult>", "WebEnv"),
        ("<eSummaryResult><DocSum/></eSummaryResult>", "1 summaries of a database that holds no texts"),
        ("Search Backend failed: try later", "Search Backend failed"),
        ("", "empty"),
    ],
)  # fmt: skip
def test_p07_an_error_says_what_the_server_said(body, words):
    """An error document, a limit, another answer or nothing is a failure with the server's own words."""
    with pytest.raises(ParseFailed, match=re.escape(words)):
        read(body.encode())


def test_words_that_pubmed_ignores_are_named(saved):
    """A misspelt term finds less than it should, silently; PubMed's warning becomes a problem of the source."""
    parsed = read(saved("pubmed_search.xml"))
    assert [problem.what for problem in parsed.problems] == ["NCBI says of the query: dermascopie"]
    nothing = (
        b"<eSearchResult><Count>0</Count><WarningList><OutputMessage>No items found.</OutputMessage></WarningList>"
        b"</eSearchResult>"
    )
    assert read(nothing).problems == ()


def test_p06_a_cut_page_keeps_whole_records_and_is_not_complete(saved):
    """Cut in its last record, a page has the records before it and is asked for again."""
    whole = saved("pubmed.xml")
    cut = read(whole[: whole.rindex(b"<Title>Invented")])
    assert [entry.guid for entry in cut.entries] == ["pubmed:90000001", "pubmed:90000002"]
    assert not cut.complete
    assert not read(b"<PubmedArticleSet></PubmedArticleSet>").complete  # asked for are records that there are


# --------------------------------------------------------------------------- asking


def test_a_search_and_its_records_in_one_poll(interface):
    """The history of the search is fetched a hundred at a time, and each record comes once."""
    source = interface("pubmed", SEARCH, {**OPTIONS, "email": "desk@example.org"}, eutils(250))
    got = source.poll()
    assert got.failure is None
    assert [entry.guid for entry in got.entries] == [f"pubmed:{n}" for n in range(1, 251)]
    assert paths(source) == ["search", "0", "100", "200"]
    searched, fetched = source.asked[:2]
    assert searched == {
        "db": "pubmed", "tool": "dermai_feed", "email": "desk@example.org", "term": OPTIONS["term"],
        "datetype": "edat", "mindate": "2026/10/22", "maxdate": "2026/11/21", "usehistory": "y", "retmax": "0",
    }  # fmt: skip
    assert fetched == {
        "db": "pubmed", "tool": "dermai_feed", "email": "desk@example.org", "query_key": "1", "WebEnv": "ENV1",
        "retstart": "0", "retmax": "100", "retmode": "xml",
    }  # fmt: skip
    assert source.requests[1].url.startswith(FETCH + "?")


def test_nothing_found_is_a_success_of_one_request(interface):
    """P-08: an empty window is read to its end, and the next one overlaps it by three days."""
    source = interface("pubmed", SEARCH, OPTIONS, eutils(0))
    got = source.poll()
    assert (got.failure, got.entries, got.requests, got.complete) == (None, (), 1, True)
    source.now += timedelta(days=1)
    source.poll()
    assert (source.asked[1]["mindate"], source.asked[1]["maxdate"]) == ("2026/11/18", "2026/11/22")


def test_s06_a_backlog_goes_on_after_a_new_search(interface):
    """NCBI forgets a search within hours: the next poll searches the same days again and goes on at its record."""
    source = interface("pubmed", SEARCH, {**OPTIONS, "pages": "3"}, eutils(350))
    first, second = source.poll(), source.poll()
    assert paths(source) == ["search", "0", "100", "search", "200", "300"]
    assert source.asked[4]["WebEnv"] == "ENV2"
    assert source.asked[3]["mindate"] == source.asked[0]["mindate"]
    assert [entry.guid for got in (first, second) for entry in got.entries] == [f"pubmed:{n}" for n in range(1, 351)]


def test_f29_a_failed_page_keeps_those_before_it(interface, refuse):
    """The second page fails: the first is kept, the problem names the failure, and the next poll goes on there."""
    source = interface("pubmed", SEARCH, OPTIONS, eutils(150, {100: refuse(500, "http_5xx")}))
    got = source.poll()
    assert (got.failure, len(got.entries)) == (None, 100)
    assert "http_5xx" in got.problems[-1].what
    again = source.poll()
    assert [entry.guid for entry in again.entries] == [f"pubmed:{n}" for n in range(101, 151)]
    assert paths(source) == ["search", "0", "100", "search", "100"]


def test_without_any_record_a_failure_is_one(interface, refuse):
    """A search that succeeds brings nothing by itself: when the first page of records fails, the poll failed."""
    broken = {0: refuse(500, "http_5xx")}
    source = interface("pubmed", SEARCH, OPTIONS, eutils(50, broken))
    assert source.poll().failure == "http_5xx"
    assert source.state.cursor is None
    broken[0] = "<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"
    got = source.poll()
    assert got.failure == "not_a_feed"
    assert "Unable to obtain query #1" in got.failure_text
    assert len(source.poll().entries) == 50


def test_p06_a_page_that_broke_off_is_asked_again_at_once(interface):
    """Cut once, a page is whole the second time, and no record comes twice."""
    cut = records(0, 150)[:-40]
    source = interface("pubmed", SEARCH, OPTIONS, eutils(150, {0: cut}))
    got = source.poll()
    assert (got.failure, len(got.entries), got.complete) == (None, 150, True)
    assert paths(source) == ["search", "0", "0", "100"]


def test_p06_a_page_that_stays_broken_is_a_failure_and_then_taken(interface):
    """Cut every time, its whole records come, the poll fails; the third poll goes on behind it."""

    def answer(url, query):
        if "esearch" in url:
            return search_result(150)
        start = int(query["retstart"])
        return records(start, 150)[:-40] if start == 0 else records(start, 150)

    source = interface("pubmed", SEARCH, OPTIONS, answer)
    got = source.poll()
    assert (got.failure, len(got.entries)) == ("truncated", 99)
    source.state = replace(source.state, failures=2, failure="truncated")
    got = source.poll()
    assert (got.failure, len(got.entries), got.complete) == (None, 149, False)


def test_changed_records_are_asked_for_by_their_last_change(interface):
    """`datetype: mdat` and the address of efetch: the search beside it is asked for what was changed."""
    source = interface("pubmed", FETCH, {**OPTIONS, "datetype": "mdat", "days": "120"}, eutils(0))
    source.poll()
    assert [request.url.startswith(SEARCH + "?") for request in source.requests] == [True, True]
    assert [(query["datetype"], query["mindate"], query["maxdate"]) for query in source.asked] == [
        ("mdat", "2026/07/24", "2026/10/22"),
        ("mdat", "2026/10/19", "2026/11/21"),
    ]


def test_p12_a_record_that_does_not_end_costs_itself():
    """An article whose end tag is missing is named; the next one is read."""
    parsed = read(f"<PubmedArticleSet>{record(1)[:-16]}{record(2)}</PubmedArticleSet>".encode())
    assert [entry.guid for entry in parsed.entries] == ["pubmed:2"]
    assert [problem.what for problem in parsed.problems] == ["cannot be read: it does not end"]


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "options.term of src is missing"), ({"term": "x", "datetype": "edate"}, "write one of edat, mdat, pdat")],
)
def test_options_that_cannot_be_followed_ask_nothing(interface, options, words):
    """A missing term and an unknown datetype are told with the place in the configuration."""
    source = interface("pubmed", SEARCH, options, eutils(5))
    got = source.poll()
    assert (got.failure, source.requests) == ("bad_url", [])
    assert words in got.failure_text
    assert got.failure_text.startswith("sources.yaml:1: ")


def test_a_cursor_of_another_kind_begins_anew(interface):
    """Whatever a damaged cursor's page says, the search begins at its first record."""
    source = interface("pubmed", SEARCH, {**OPTIONS, "pages": "2"}, eutils(250))
    source.poll()
    assert source.state.cursor is not None
    source.state = replace(source.state, cursor=re.sub(r'"page": "[^"]*"', '"page": "x y"', source.state.cursor))
    assert len(source.poll().entries) == 100
    assert paths(source) == ["search", "0", "search", "0"]


# --------------------------------------------------------------------------- whatever comes


@pytest.mark.parametrize("name", ["pubmed.xml", "pubmed_search.xml"])
def test_p15_cut_or_damaged_answers_are_read_or_refused(saved, name):
    """Any cut and any changed byte of a saved answer gives entries or ParseFailed."""
    body = saved(name)

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
def test_captured_records_are_complete(shared):
    """Every captured record is read, with PMID, title and date; DOI and PMCID as often as they are written."""
    folder = shared / "data" / "feeds" / "real" / "pubmed_efetch_xml"
    entries, written, dois, pmcs, authored = [], 0, 0, 0, 0
    for file in sorted(folder.iterdir()):
        text = file.read_text()
        parsed = read(file.read_bytes())
        assert parsed.problems == (), file.name
        found = re.findall(r"<PubmedArticle[\s>].*?</PubmedArticle>", text, re.DOTALL)
        written += len(found)
        for article in found:
            own = article.split("<ReferenceList>")[0]
            dois += 'IdType="doi"' in own or 'EIdType="doi"' in own
            pmcs += 'IdType="pmc"' in own
            authored += "<AuthorList" in own
        entries += parsed.entries
    assert len(entries) == written
    assert all(entry.title and entry.published for entry in entries)
    assert sum(bool(entry.authors) for entry in entries) == authored
    schemes = [identifier.scheme for entry in entries for identifier in entry.identifiers]
    assert schemes.count("pmid") == written
    assert sum(any(i.scheme == "doi" for i in entry.identifiers) for entry in entries) == dois
    assert schemes.count("pmcid") == pmcs


@pytest.mark.shared
def test_captured_searches_are_read_or_named(shared):
    """Searches without history, summaries and JSON are no answer to what is asked here, and say so."""
    folder = shared / "data" / "feeds" / "real" / "pubmed_esearch_esummary"
    for file in sorted(folder.iterdir()):
        if file.name == "biopython__esearch8.xml":  # nothing found
            assert [p.what for p in read(file.read_bytes()).problems] == ["NCBI says of the query: abcXYZ"]
        else:
            with pytest.raises(ParseFailed):
                read(file.read_bytes())
    cut = read((shared / "data" / "feeds" / "nasty" / "w_truncated_efetch.xml").read_bytes())
    assert not cut.complete
