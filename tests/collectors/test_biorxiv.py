"""bioRxiv and medRxiv: what is asked of api.biorxiv.org and what its records become."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.collectors.biorxiv import abstract

URL = "https://api.biorxiv.org/details"


def preprint(number, **more):
    return {
        "doi": f"10.64898/2026.11.20.{number}", "title": f"P{number}", "version": "1", "server": "biorxiv",
        "date": "2026-11-20", "published": "NA", **more,
    }  # fmt: skip


def server(total):
    """Answers of a server with `total` preprints, 100 a page; numbers are text, as in older answers."""

    def answer(url, _query):
        offset = int(url.split("?")[0].split("/")[-2])
        found = [preprint(n) for n in range(offset, min(offset + 100, total))]
        message = {"status": "ok", "cursor": str(offset), "count": str(len(found)), "total": str(total)}
        return {"messages": [message], "collection": found}

    return answer


def test_the_days_are_asked_in_pages_of_100(interface):
    """250 preprints are three pages by offset; the next poll overlaps by a day."""
    preprints = interface("biorxiv", URL, {"server": "biorxiv", "category": "cell biology"}, server(250))
    got = preprints.poll()
    assert (got.failure, len(got.entries), got.problems) == (None, 250, ())
    preprints.now += timedelta(days=1)
    preprints.poll()
    paths = [request.url.removeprefix(URL) for request in preprints.requests]
    assert paths[:4] == [
        "/biorxiv/2026-11-14/2026-11-21/0/json?category=cell%20biology",
        "/biorxiv/2026-11-14/2026-11-21/100/json?category=cell%20biology",
        "/biorxiv/2026-11-14/2026-11-21/200/json?category=cell%20biology",
        "/biorxiv/2026-11-20/2026-11-22/0/json?category=cell%20biology",
    ]


def test_medrxiv_is_the_server_when_none_is_named(interface):
    """Without options all subjects of medRxiv are asked for."""
    preprints = interface("biorxiv", URL + "/", {}, server(0))
    assert preprints.poll().entries == ()
    assert [request.url for request in preprints.requests] == [f"{URL}/medrxiv/2026-11-14/2026-11-21/0/json"]


def test_days_without_preprints_are_no_failure(interface):
    """The server says so in a message, with an empty collection and no total."""
    preprints = interface(
        "biorxiv", URL, {}, lambda _url, _query: {"messages": [{"status": "no posts found"}], "collection": []}
    )
    got = preprints.poll()
    assert (got.failure, got.entries, got.problems, got.requests) == (None, (), (), 1)


def test_a_record_becomes_a_preprint(saved):
    """Address with version, DOI, authors, server as journal, subject as tag."""
    parsed = parse_here("biorxiv", saved("biorxiv.json"), "", URL, "src")
    first = parsed.entries[0]
    assert first.guid == "10.64898/2026.11.17.26300001"
    assert first.title == "A <i>dermoscopy</i> network that asks for a second opinion"
    assert first.link == "https://www.medrxiv.org/content/10.64898/2026.11.17.26300001v1"
    assert (first.published, first.updated) == ("2026-11-20", None)
    assert first.authors == ("Aalto, A.", "Bergman, B. C.")
    assert [str(i) for i in first.identifiers] == ["doi:10.64898/2026.11.17.26300001"]
    assert first.publication.journal == "medRxiv"
    assert first.publication.types == ("Preprint",)
    assert (first.tags, first.links, first.source_id) == (("dermatology",), (), "src")
    assert parsed.next_page == "3"


def test_a_later_version_of_a_published_preprint_links_to_the_journal(saved):
    """The journal's DOI is a link, and the date of a third version is an update and no publication."""
    second = parse_here("biorxiv", saved("biorxiv.json"), "", URL, "src").entries[1]
    assert second.links == ("https://doi.org/10.9999/jxd.2026.17",)
    assert (second.published, second.updated) == (None, "2026-11-20")
    assert second.link == "https://www.medrxiv.org/content/10.1101/2026.03.02.26200002v3"


def test_p12_a_record_without_doi_costs_itself(saved):
    """The two others are read, and the problem names the third."""
    parsed = parse_here("biorxiv", saved("biorxiv.json"), "", URL, "src")
    assert len(parsed.entries) == 2
    assert [(problem.where, problem.what) for problem in parsed.problems] == [
        ("src: entry 3", "cannot be read: ValueError: a preprint without DOI")
    ]


def test_the_last_version_counts(interface):
    """Each version is a record of its own with the same DOI: one entry is left, the latest."""
    versions = [preprint(1), preprint(1, version="2", title="P1, revised")]
    preprints = interface("biorxiv", URL, {}, lambda _url, _query: {"messages": [], "collection": versions})
    got = preprints.poll()
    assert [(entry.title, entry.link[-2:]) for entry in got.entries] == [("P1, revised", "v2")]


def test_an_unknown_server_leads_to_the_doi(saved):
    """Nobody knows where a third server keeps its pages; the DOI does."""
    body = saved("biorxiv.json").replace(b'"server": "medrxiv"', b'"server": "otherxiv"')
    first = parse_here("biorxiv", body, "", URL, "src").entries[0]
    assert first.link == "https://doi.org/10.64898/2026.11.17.26300001"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Plain words.", "Plain words."),
        ("BackgroundThe skin.", "<b>Background</b> The skin."),
        ("METHODSWe read.\n\nRESULTSIt works.", "<p><b>METHODS</b> We read.</p><p><b>RESULTS</b> It works.</p>"),
        ("ResultsAI helps.", "<b>Results</b> AI helps."),
        ("Results and ConclusionsNine of ten.", "<b>Results and Conclusions</b> Nine of ten."),
        ("Conclusions12 of 13.", "<b>Conclusions</b> 12 of 13."),
        ("Methodological work. METHODOLOGY", "Methodological work. METHODOLOGY"),
        ("METHODOLOGY MATTERS", "METHODOLOGY MATTERS"),
        ("Background: the skin.", "Background: the skin."),
        ("O_LIOne\nC_LIO_LITwo\nC_LI", "<li>One\n</li><li>Two\n</li>"),
        ("KEYO_ST_ABSNew?C_ST_ABSYes", "KEY <b>New?</b> Yes"),
        ("Cohens O_SCPLOWKC_SCPLOWO_SCPCAP.C_SCPCAP", "Cohens K."),
        ("Seen O_FIG O_LINKSMALLFIG f.gif Figure 1 C_FIG here", "Seen   here"),
        ("{rho} = 0.9, {Delta}F, 5 {+/-} 1 {micro}m", "ρ = 0.9, ΔF, 5 ± 1 µm"),
        ("a {nothing} of ours", "a {nothing} of ours"),
        ("p < 0.05 & n > 3", "p &lt; 0.05 &amp; n > 3"),
        ("A &amp; B", "A &amp; B"),
        ("<jats:title>Aim</jats:title><jats:p>CO<jats:sub>2</jats:sub></jats:p>", "<h4>Aim</h4><p>CO<sub>2</sub></p>"),
        ("<italic>Malassezia</italic> and <i>T.</i> <script>", "<i>Malassezia</i> and <i>T.</i> &lt;script>"),
        ("", ""),
    ],
)
def test_abstracts_are_read(written, read):
    """Marks, JATS, named symbols and fused headings become HTML; what is no markup stays text."""
    assert abstract(written) == read
