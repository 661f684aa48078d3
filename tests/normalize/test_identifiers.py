"""Identifiers: own and mentioned, out of links, guids, declarations and text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.model import Identifier
from dermai_feed.normalize import identifiers, registries


def named(found: tuple[Identifier, ...] | list[Identifier]) -> list[str]:
    return [str(identifier) for identifier in found]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://doi.org/10.1001/JAMADERMATOL.2020.1", "doi:10.1001/jamadermatol.2020.1"),
        (
            "https://doi.org/10.1002/%28SICI%291097-0142%281998%2982:1%3C1::AID-X%3E3.0.CO;2-Y",
            "doi:10.1002/(sici)1097-0142(1998)82:1<1::aid-x>3.0.co;2-y",
        ),
        ("https://www.nature.com/articles/s41598-021-87064-7", "doi:10.1038/s41598-021-87064-7"),
        ("https://www.nature.com/articles/s41598-021-87064-7.pdf", "doi:10.1038/s41598-021-87064-7"),
        ("https://www.nature.com/articles/nature21056", "doi:10.1038/nature21056"),
        ("https://www.nature.com/articles/d41586-020-00001-1?utm_source=x", "doi:10.1038/d41586-020-00001-1"),
        ("https://www.nature.com/subjects/skin-diseases", None),
        ("https://www.medrxiv.org/content/10.1101/2020.04.05.20054502v2.full.pdf", "doi:10.1101/2020.04.05.20054502"),
        ("https://www.biorxiv.org/content/10.64898/2025.12.01.123456v1", "doi:10.64898/2025.12.01.123456"),
        (
            "https://www.thelancet.com/journals/landig/article/PIIS2589-7500(21)00063-7/fulltext",
            "doi:10.1016/s2589-7500(21)00063-7",
        ),
        ("https://onlinelibrary.wiley.com/doi/full/10.1111/jdv.17123?af=R", "doi:10.1111/jdv.17123"),
        ("https://academic.oup.com/bjd/advance-article/doi/10.1093/bjd/ljac123/6832331", "doi:10.1093/bjd/ljac123"),
        ("https://www.frontiersin.org/articles/10.3389/fmed.2020.00123/full", "doi:10.3389/fmed.2020.00123"),
        (
            "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0256773",
            "doi:10.1371/journal.pone.0256773",
        ),
        ("https://link.springer.com/article/10.1007/s13555-021-00612-3", "doi:10.1007/s13555-021-00612-3"),
        ("https://pubmed.ncbi.nlm.nih.gov/33833293/", "pmid:33833293"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC8032721/", "pmcid:PMC8032721"),
        ("https://arxiv.org/pdf/2202.12139v1", "arxiv:2202.12139"),
        ("http://arxiv.org/abs/hep-th/9901001v3", "arxiv:hep-th/9901001"),
        ("https://clinicaltrials.gov/study/NCT04111679", "nct:NCT04111679"),
        ("https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/pmn.cfm?ID=K213795", "fda:K213795"),
        ("https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpma/pma.cfm?id=p090012", "fda:P090012"),
        ("https://youtu.be/dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("https://medicalxpress.com/news/2021-08-artificial-intelligence.html", None),
        ("https://arxiv.org/list/cs.CV/recent", None),
        ("https://www.youtube.com/watch?v=short", None),
        ("https://doi.org/", None),
        ("not an address", None),
    ],
)
def test_identifier_of_an_address(url: str, expected: str | None) -> None:
    """Registries, publishers whose addresses are made of DOIs, and DOIs in paths name a work; other pages do not."""
    assert named(identifiers.of_url(url)) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("guid", "expected"),
    [
        ("pubmed:33833293", "pmid:33833293"),
        ("doi:10.1/x", None),
        ("DOI:10.1001/a.b", "doi:10.1001/a.b"),
        ("10.1001/a.b", "doi:10.1001/a.b"),
        ("https://doi.org/10.1001/a.b", "doi:10.1001/a.b"),
        ("yt:video:dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("oai:arXiv.org:2202.12139v1", "arxiv:2202.12139"),
        ("arXiv:2202.12139v1", "arxiv:2202.12139"),
        ("tag:news.example,2020:3", None),
        ("same-guid", None),
        ("10.5 percent", None),
    ],
)
def test_identifier_of_a_guid(guid: str, expected: str | None) -> None:
    """The guid forms of PubMed, YouTube, arXiv and publishers are read; others are only guids."""
    assert named(identifiers.of_guid(guid)) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("(doi: 10.1001/jamadermatol.2020.1234).", ["doi:10.1001/jamadermatol.2020.1234"]),
        ("see https://doi.org/10.1016/j.jaad.2020.01.001, and", ["doi:10.1016/j.jaad.2020.01.001"]),
        ("DOI 10.1016/S2589-7500(21)00063-7)", ["doi:10.1016/s2589-7500(21)00063-7"]),
        (
            "doi:10.1002/(SICI)1097-0142(1998)82:1<1::AID-X>3.0.CO;2-Y.",
            ["doi:10.1002/(sici)1097-0142(1998)82:1<1::aid-x>3.0.co;2-y"],
        ),
        ("doi:10.1000/a<b", ["doi:10.1000/a"]),
        ("10.1001/jamadermatol.2020.1234 without a word before it", []),
        ("PMID: 33833293; PMCID: PMC8032721", ["pmid:33833293", "pmcid:PMC8032721"]),
        ("arXiv:2202.12139v2 [cs.CV]", ["arxiv:2202.12139"]),
        ("registered as NCT04111679.", ["nct:NCT04111679"]),
        ("cleared through 510(k) premarket notification K213795", ["fda:K213795"]),
        ("K213795, a 510(k)", ["fda:K213795"]),
        ("granted De Novo DEN230008", ["fda:DEN230008"]),
        ("approved (PMA P090012)", ["fda:P090012"]),
        ("the K213795 chip and the P090012 printer", []),
    ],
)
def test_identifier_in_text_needs_a_context(words: str, expected: list[str]) -> None:
    """Running text names an identifier only where it says what the characters are; what ends a sentence is not part."""
    assert named(identifiers.in_text(words)) == expected


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("doi", "https://doi.org/10.1001/ABC", "10.1001/abc"),
        ("doi", "doi:10.1001/abc.", "10.1001/abc"),
        ("DOI", "10.1001%2Fabc", "10.1001/abc"),
        ("doi", "10.1/x", None),
        ("doi", "n/a", None),
        ("pmid", "PMID: 33833293", "33833293"),
        ("pmid", "https://pubmed.ncbi.nlm.nih.gov/33833293/", "33833293"),
        ("pmid", "33833293x", None),
        ("pmcid", "pmc8032721", "PMC8032721"),
        ("arxiv", "arXiv:2202.12139v3", "2202.12139"),
        ("nct", "nct04111679", "NCT04111679"),
        ("fda", "k213795", "K213795"),
        ("fda", "P090012/S001", "P090012"),
        ("youtube", "yt:video:dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("isbn", "978-3-16-148410-0", "9783161484100"),
        ("isbn", "urn:isbn:316148410X", "316148410X"),
        ("issn", "0007-0963", None),
    ],
)
def test_declared_identifier_has_one_spelling(scheme: str, value: str, expected: str | None) -> None:
    """Whatever prefix, address or case a feed uses, the value is the bare one; what does not fit is dropped."""
    found = registries.checked(scheme, value)
    assert (found.value if found else None) == expected


def test_own_and_mentioned_are_kept_apart() -> None:
    """A story that cites a paper is not that paper: only declaration, guid and link make an identifier its own."""
    found = identifiers.find(
        link="https://medicalxpress.com/news/2021-04-ai.html",
        guid="mx-1",
        text="More information: doi: 10.1038/s41598-021-87064-7",
        links=["https://pubmed.ncbi.nlm.nih.gov/33833293/"],
    )
    assert found.own == ()
    assert named(found.mentioned) == ["pmid:33833293", "doi:10.1038/s41598-021-87064-7"]


def test_own_identifiers_once_each_in_order_of_schemes() -> None:
    """The same DOI from link, guid and declaration is one; an arXiv DOI also names the arXiv paper."""
    found = identifiers.find(
        link="https://doi.org/10.48550/arXiv.2202.12139",
        guid="oai:arXiv.org:2202.12139v1",
        declared=[Identifier(scheme="pmid", value="33833293"), Identifier(scheme="doi", value="nonsense")],
        text="doi:10.48550/arXiv.2202.12139",
    )
    assert named(found.own) == ["doi:10.48550/arxiv.2202.12139", "pmid:33833293", "arxiv:2202.12139"]
    assert found.mentioned == ()


@settings(deadline=None, max_examples=200)
@given(suffix=st.text(st.sampled_from("abc019.-_()[]<>{}/:;,!?'%&|…"), max_size=25))
def test_any_doi_is_balanced_and_survives_its_own_address(suffix: str) -> None:
    """Whatever follows the prefix: brackets balanced at the end, no sentence mark there, and a round trip."""
    doi = registries.trim_doi("10.5555/a" + suffix)
    assert doi == registries.trim_doi(doi)
    assert doi[-1] not in ".,;:!?"
    assert all(doi.count(close) <= doi.count(open_) or doi[-1] != close for open_, close in ("()", "[]", "{}"))
    found = registries.checked("doi", doi)
    if found and "%" not in doi:
        assert identifiers.of_url(registries.address(found)) == [found]


@pytest.mark.parametrize(
    ("scheme", "value", "address"),
    [
        ("doi", "10.1002/(sici)1:1<1>3", "https://doi.org/10.1002/(sici)1:1%3C1%3E3"),
        ("pmid", "1", "https://pubmed.ncbi.nlm.nih.gov/1/"),
        ("fda", "DEN230008", "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/denovo.cfm?ID=DEN230008"),
        ("fda", "P090012", "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpma/pma.cfm?id=P090012"),
        ("isbn", "9783161484100", ""),
    ],
)
def test_address_of_an_identifier(scheme: str, value: str, address: str) -> None:
    """Each registered identifier has one address; an ISBN has none."""
    assert registries.address(Identifier(scheme=scheme, value=value)) == address


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("FDA 510(k) K231234 was granted", ["fda:K231234"]),
        ("The FDA cleared the device (K231234) in May", ["fda:K231234"]),
        ("received FDA clearance under number K231234", ["fda:K231234"]),
        ("granted De Novo DEN200022", ["fda:DEN200022"]),
        ("premarket approval P150038/S001", ["fda:P150038"]),
        ("PubMed ID: 33833293", ["pmid:33833293"]),
        ("registered as NCT 04111679", ["nct:NCT04111679"]),
        ("arXiv preprint arXiv:2202.12139", ["arxiv:2202.12139"]),
        ("The K231234 cell line", []),
        ("part no. P150038", []),
    ],
)
def test_numbers_of_registers_are_read_from_text_with_their_context(words: str, named: list[str]) -> None:
    """A bare K and six digits may be anything; beside the FDA's words it is a submission."""
    assert [str(found) for found in identifiers.in_text(words)] == named


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("https://www.accessdata.fda.gov/cdrh_docs/pdf23/K231234.pdf", ["fda:K231234"]),
        ("https://www.accessdata.fda.gov/cdrh_docs/pdf15/P150038B.pdf", ["fda:P150038"]),
        ("https://www.accessdata.fda.gov/cdrh_docs/reviews/DEN200022.pdf", ["fda:DEN200022"]),
        ("https://www.accessdata.fda.gov/cdrh_docs/index.html", []),
    ],
)
def test_the_fdas_papers_name_their_submission(address: str, named: list[str]) -> None:
    """Summaries and reviews are files called by the number."""
    assert [str(found) for found in identifiers.of_url(address)] == named
