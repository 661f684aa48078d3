# ruff: noqa: E501 - records are written as programs write them
"""Citation formats in their dialects: the same work comes out of all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dermai_feed.model import Entry, Problem

Entries = Callable[..., list[Entry]]

RIS = """TY  - JOUR
TI  - Acne grading by deep learning
AU  - Le Quintrec, Moglie
AU  - Plawiak, P
JF  - Skin Studies
VL  - 7
IS  - 1
SP  - 23
EP  - 35
PY  - 2021
DA  - 2021/03/05/
DO  - https://doi.org/10.1000/Skin.2021.7
AB  - First line.
KW  - acne
KW  - Melanoma, Cutaneous Malignant
SN  - 1759-5061
LA  - eng
ER  -
"""
BIBTEX = r"""@string{ss = "Skin Studies"}
@article{lq2021,
  title = {Acne grading by {d}eep learning},
  author = {Le Quintrec, Moglie and Plawiak, P},
  journal = ss, volume = 7, number = {1}, pages = {23--35},
  year = 2021, month = mar # "~5",
  doi = {10.1000/Skin.2021.7}, abstract = {First line.},
  keywords = {acne; Melanoma, Cutaneous Malignant}, issn = {1759-5061}, language = {eng}
}
"""
NBIB = """PMID- 12345678
OWN - NLM
TI  - Acne grading
      by deep learning
FAU - Le Quintrec, Moglie
AU  - Le Quintrec M
FAU - Plawiak, P
JT  - Skin Studies
VI  - 7
IP  - 1
PG  - 23-35
DP  - 2021 Mar 5
LID - 10.1000/Skin.2021.7 [doi]
AB  - First line.
OT  - acne
OT  - Melanoma, Cutaneous Malignant
IS  - 1759-5061 (Electronic)
LA  - eng
"""
CSL = """[{"type": "article-journal", "title": "Acne grading by deep learning",
 "author": [{"family": "Quintrec", "non-dropping-particle": "Le", "given": "Moglie"}, {"family": "Plawiak", "given": "P"}],
 "container-title": "Skin Studies", "volume": "7", "issue": 1, "page": "23-35",
 "issued": {"date-parts": [["2021", 3, 5]]}, "DOI": "10.1000/Skin.2021.7", "abstract": "First line.",
 "keyword": "acne; Melanoma, Cutaneous Malignant", "ISSN": "1759-5061", "language": "eng"}]"""
CSV = """\ufeffTitle;Authors;Source title;Volume;Issue;Page start;Page end;Publication Date;DOI;Abstract;Author Keywords;ISSN;Language
Acne grading by deep learning;"Le Quintrec, Moglie; Plawiak, P";Skin Studies;7;1;23;35;2021-03-05;10.1000/Skin.2021.7;First line.;acne; "1759-5061";eng
"""
ENDNOTE = """<?xml version="1.0"?><xml><records><record><ref-type name="Journal Article">17</ref-type>
<contributors><authors><author><style>Le Quintrec, Moglie</style></author><author>Plawiak, P</author></authors></contributors>
<titles><title><style face="normal">Acne grading by deep learning</style></title><secondary-title>Skin Studies</secondary-title></titles>
<pages>23-35</pages><volume>7</volume><number>1</number><keywords><keyword>acne</keyword>
<keyword>Melanoma, Cutaneous Malignant</keyword></keywords>
<dates><year>2021</year><pub-dates><date>Mar 5</date></pub-dates></dates><isbn>1759-5061</isbn>
<abstract>First line.</abstract><electronic-resource-num>10.1000/Skin.2021.7</electronic-resource-num><language>eng</language>
</record></records></xml>"""
ISI = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Le Quintrec, M
   Plawiak, P
AF Le Quintrec, Moglie
   Plawiak, P
TI Acne grading
   by deep learning
SO Skin Studies
DE acne; Melanoma, Cutaneous Malignant
AB First line.
SN 1759-5061
LA English
PD MAR 5
PY 2021
VL 7
IS 1
BP 23
EP 35
DI 10.1000/Skin.2021.7
ER

EF
"""
REFER = """%0 Journal Article
%T Acne grading by deep learning
%A Le Quintrec, Moglie
%A Plawiak, P
%J Skin Studies
%V 7
%N 1
%P 23-35
%D 2021
%8 Mar 5
%R 10.1000/Skin.2021.7
%X First line.
%K acne
Melanoma, Cutaneous Malignant
%@ 1759-5061
%G eng
"""
ZOTERO = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:bib="http://purl.org/net/biblio#" xmlns:foaf="http://xmlns.com/foaf/0.1/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/">
<bib:Article rdf:about="#item_1"><z:itemType>journalArticle</z:itemType>
<dcterms:isPartOf rdf:resource="urn:issn:1759-5061"/>
<bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Le Quintrec</foaf:surname><foaf:givenName>Moglie</foaf:givenName></foaf:Person></rdf:li>
<rdf:li><foaf:Person><foaf:surname>Plawiak</foaf:surname><foaf:givenName>P</foaf:givenName></foaf:Person></rdf:li></rdf:Seq></bib:authors>
<dc:title>Acne grading by deep learning</dc:title><dcterms:abstract>First line.</dcterms:abstract><dc:date>2021-03-05</dc:date>
<z:language>eng</z:language><bib:pages>23-35</bib:pages><dc:subject>acne</dc:subject><dc:subject>Melanoma, Cutaneous Malignant</dc:subject></bib:Article>
<bib:Journal rdf:about="urn:issn:1759-5061"><dc:title>Skin Studies</dc:title><prism:volume>7</prism:volume><prism:number>1</prism:number>
<dc:identifier>DOI 10.1000/Skin.2021.7</dc:identifier><dc:identifier>ISSN 1759-5061</dc:identifier></bib:Journal></rdf:RDF>"""

FORMATS = {
    "ris": ("a.ris", RIS), "bibtex": ("a.bib", BIBTEX), "nbib": ("a.nbib", NBIB), "csl-json": ("a.json", CSL),
    "csv": ("a.csv", CSV), "endnote-xml": ("a.xml", ENDNOTE), "isi": ("savedrecs.txt", ISI), "refer": ("a.enw", REFER),
    "zotero-rdf": ("a.rdf", ZOTERO),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_format_says_the_same_of_the_work(kind: str, ends: str, entries: Entries) -> None:
    """Title, people, journal, volume, pages, day, DOI, abstract, keywords, ISSN and language are kept."""
    name, text = FORMATS[kind]
    (entry,) = entries(text.replace("\n", ends), name)
    assert entry.title == "Acne grading by deep learning"
    assert entry.authors == ("Le Quintrec, Moglie", "Plawiak, P")
    assert entry.published == "2021-03-05"
    assert [str(i) for i in entry.identifiers if i.scheme == "doi"] == ["doi:10.1000/skin.2021.7"]
    assert entry.summary == "First line."
    assert entry.language == "en"
    assert "acne" in entry.tags
    if kind != "csv":  # its commas have another meaning there
        assert "Melanoma, Cutaneous Malignant" in entry.tags
    publication = entry.publication
    assert publication is not None
    assert (publication.journal, publication.volume, publication.issue) == ("Skin Studies", "7", "1")
    assert (publication.pages, publication.issn) == ("23-35", "1759-5061")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_kind_is_known_without_the_name(kind: str, entries: Entries) -> None:
    """Content decides, not the name."""
    assert [entry.title for entry in entries(FORMATS[kind][1], "download")] == ["Acne grading by deep learning"]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_record_is_known_again_in_another_format(kind: str, entries: Entries) -> None:
    """The name of a record follows from what it says, not from a number that an export gave it."""
    name, text = FORMATS[kind]
    guid = entries(text, name)[0].guid
    assert guid == entries(RIS, "a.ris")[0].guid


def test_ris_without_end_lines_keeps_its_records_apart(entries: Entries) -> None:
    """A second TY begins the next record although no ER ended the first."""
    text = "TY  - JOUR\nTI  - One study of skin\nPY  - 2020\nTY  - JOUR\nTI  - Another study of skin\nPY  - 2019\n"
    assert [(e.title, e.published) for e in entries(text)] == [
        ("One study of skin", "2020"), ("Another study of skin", "2019"),
    ]  # fmt: skip


RIS_DIALECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Zotero's date with slashes": ("TI  - A\nDA  - 2018/03/01/\nPY  - 2018", {"published": "2018-03-01"}),
    "EndNote's Y1 with a season": ("T1  - A\nY1  - 2020///Spring", {"published": "2020"}),
    "a day within words": ("TI  - A\nPY  - Start date: 20170812", {"published": "2017-08-12"}),
    "one blank before the hyphen": ("TI - A\nPY - 2011", {"published": "2011"}),
    "a line that goes on": ("TI  - A study\n of skin\nPY  - 2011", {"title": "A study of skin"}),
    "PubMed's number as accession": (
        "TI  - A\nAN  - 31960407\nDB  - PubMed", {"identifiers": ["pmid:31960407"]},
    ),
    "PMC's number in a custom field": ("TI  - A\nC2  - PMC7497072", {"identifiers": ["pmcid:PMC7497072"]}),
    "a DOI in the address alone": ("TI  - A\nUR  - https://doi.org/10.1/a", {"identifiers": []}),
    "a DOI in a note": ("TI  - A\nN1  - doi: 10.1000/xyz.1", {"identifiers": ["doi:10.1000/xyz.1"]}),
    "a short last page": ("TI  - A\nSP  - 1023\nEP  - 31", {"pages": "1023-1031"}),
    "pages in one field": ("TI  - A\nSP  - pp 37-64", {"pages": "37-64"}),
    "the journal in T2": ("TI  - A\nT2  - eLife", {"journal": "eLife"}),
    "a DOI with a SICI in it": (
        "TI  - A\nDO  - 10.1002/(SICI)1097-0142(19990101)85:1<1::AID-CNCR1>3.0.CO;2-2",
        {"identifiers": ["doi:10.1002/(sici)1097-0142(19990101)85:1<1::aid-cncr1>3.0.co;2-2"]},
    ),
    "EndNote's keywords, one a line": ("TI  - A\nKW  - acne\nskin, human\nKW  - AI", {"tags": ("acne", "skin, human", "AI")}),
    "one author with two given names": (
        "TI  - A\nAU  - van den Berg, Jan Willem", {"authors": ("van den Berg, Jan Willem",)},
    ),
    "two authors in one line": ("TI  - A\nAU  - Smith J, Doe KL", {"authors": ("Smith J", "Doe KL")}),
    "the number of a database": ("TI  - A\nUR  - WOS:000285453800005", {"accession": "WOS:000285453800005"}),
    "a trial's number": ("TI  - A\nID  - NCT01234567", {"identifiers": ["nct:NCT01234567"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", RIS_DIALECTS)
def test_dialects_of_ris(name: str, entries: Entries) -> None:
    """What EndNote, Zotero, PubMed, Cochrane and TRID write is understood."""
    lines, expected = RIS_DIALECTS[name]
    (entry,) = entries(f"TY  - JOUR\n{lines}\nER  - \n")
    publication = entry.publication
    assert publication is not None
    said = {
        "title": entry.title, "published": entry.published, "identifiers": [str(i) for i in entry.identifiers],
        "pages": publication.pages, "journal": publication.journal, "tags": entry.tags, "authors": entry.authors,
        "accession": publication.accession,
    }  # fmt: skip
    assert {key: said[key] for key in expected} == expected


def test_a_ris_record_that_says_nothing_is_named_with_its_line(found: Callable[..., list[Any]]) -> None:
    """The good records beside it are read."""
    text = (
        "TY  - JOUR\nTI  - Good one\nER  - \n\nTY  - JOUR\nN1  - nothing\nER  - \nTY  - JOUR\nTI  - Good two\nER  - \n"
    )
    problems = [one for one in found(text, "a.ris") if isinstance(one, Problem)]
    assert [problem.where for problem in problems] == ["a.ris: record 2 (line 5)"]
    assert [one.title for one in found(text, "a.ris") if isinstance(one, Entry)] == ["Good one", "Good two"]


def test_latex_becomes_text(entries: Entries) -> None:
    """Accents, nested braces, escaped signs, dashes; a percent sign does not swallow the line."""
    text = r"""@article{a, title={50% of {\'e}tudes on {M\"uller} cells --- \textit{in vivo} \& 10\_3},
      author={P{\l}awiak, Pawe{\l} and {The {ISIC} Consortium and Friends} and others}, year={2020}}"""
    (entry,) = entries(text, "a.bib")
    assert entry.title == "50% of études on Müller cells — in vivo &amp; 10_3".replace("&amp;", "&amp;")
    assert entry.authors == ("Pławiak, Paweł", "The ISIC Consortium and Friends")


def test_a_brace_that_is_not_closed_costs_its_entry_at_most(found: Callable[..., list[Any]]) -> None:
    """The next entry begins at its own line."""
    text = "@article{a,\n title={never {closed,\n year={2019}\n\n@article{b,\n title={Good},\n year={2020}\n}\n"
    everything = found(text, "a.bib")
    assert [one.where for one in everything if isinstance(one, Problem)] == ["a.bib: record 1 (line 1)"]
    assert [one.title for one in everything if isinstance(one, Entry)][-1] == "Good"


def test_crossref_brings_the_book_and_its_year(entries: Entries) -> None:
    """A child takes over what its parent says and it does not; the parent's title is the book's."""
    text = """@inproceedings{c, crossref={P}, title={Child}, author={Doe, J}}
@proceedings{p, title={Proceedings of Skin}, year=2001}"""
    child, parent = entries(text, "a.bib")
    assert (child.title, child.published) == ("Child", "2001")
    assert child.publication is not None
    assert child.publication.journal == "Proceedings of Skin"
    assert parent.title == "Proceedings of Skin"


def test_strings_that_double_do_not_explode(found: Callable[..., list[Any]]) -> None:
    """Billion laughs in BibTeX: @string names that are made of one another."""
    bomb = '@string{a0 = "' + "lol" * 100 + '"}\n'
    bomb += "".join(f"@string{{a{n} = a{n - 1} # a{n - 1} # a{n - 1} # a{n - 1}}}\n" for n in range(1, 30))
    text = bomb + "@article{x, title = a29, year = 2000}\n@article{y, title = {Good}, year = 2001}\n"
    everything = found(text, "a.bib")
    assert [one.title for one in everything if isinstance(one, Entry)][-1] == "Good"
    assert any(isinstance(one, Problem) for one in everything)


def test_nbib_records_without_a_blank_line_are_two(entries: Entries) -> None:
    """A second PMID begins a record."""
    text = "PMID- 11111111\nTI  - One.\nDP  - 2020\nPMID- 22222222\nTI  - Two.\nDP  - 2021\n"
    assert [[str(i) for i in e.identifiers] for e in entries(text)] == [["pmid:11111111"], ["pmid:22222222"]]
