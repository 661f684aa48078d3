"""Out in each format and back: no field of a citation is lost, and no two works become one."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed import app
from dermai_feed.export import EXPORTERS
from dermai_feed.imports import Document, Subscription, Unreadable, read
from dermai_feed.imports.citation import Record as Citation
from dermai_feed.model import Entry, Problem
from dermai_feed.shipped import shipped_config

# What no format here can hold: a citation's time of day, and a keyword with a semicolon in it.
PIECES = (
    "skin", "Melanoma", "AI", "50%", "R&D", "H_2", "$5", "#1", "~3", "x^2", "{b}", "C:\\new", "--", "-", "''quoted''",
    "``so''", '"q"', "and", "p < 0.05", "a > b", "naïve", "皮肤", "Ω", "TY  - ", "ER", "PMID- 1", "@article", "=1+1",
    "'-omics",     "+1", "10%", "(2021)", "et al.", "—", "“x”", "’", "&amp", "%20", "\\", "/", "|",
)  # fmt: skip
WORDS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map(lambda words: "A " + " ".join(words))
NAMES = st.sampled_from(
    (
        "Le Quintrec, Moglie Anne", "Esteva, A.", "Do, K", "World Health Organization", "Johnson and Johnson",
        "O'Neil, J", "Müller-Lüdenscheidt, Ångström", "Smith, John, Jr", "de la Cruz, María José", "Plato",
    )
)  # fmt: skip
CITATIONS = st.builds(
    Citation,
    title=WORDS,
    authors=st.lists(NAMES, max_size=4, unique=True),
    journal=st.one_of(st.just(""), WORDS.map(lambda text: f"Journal of {text}")),
    volume=st.sampled_from(("", "7", "12A", "Suppl 1")),
    issue=st.sampled_from(("", "1", "3-4", "S2")),
    pages=st.sampled_from(("", "1-9", "1844-59", "e1003", "616-616", "S1-S9", "115, 117-118", "L77")),
    date=st.sampled_from(("", "2018", "2018-03", "2018-03-01", "1999-12-31")),
    abstract=st.one_of(st.just(""), WORDS, WORDS.map(lambda text: f"{text} {'long words of an abstract ' * 60}end")),
    doi=st.sampled_from(("", "10.1000/skin.1", "10.1002/(SICI)1097-0142(19990101)85:1<1::AID-CNCR1>3.0.CO;2-2")),
    pmid=st.sampled_from(("", "31960407")),
    pmcid=st.sampled_from(("", "PMC7497072")),
    arxiv=st.sampled_from(("", "2101.00001")),
    nct=st.sampled_from(("", "NCT01234567")),
    serials=st.sampled_from(([], ["1759-5061"], ["9783540353751"], ["1759-5061", "9783540353751"])),
    addresses=st.sampled_from(([], ["https://journal.example.org/a_b?c=1&d=%7Bx%7D"])),
    keywords=st.lists(
        st.sampled_from(("acne", "Melanoma, Cutaneous", "R&D", "skin & hair", "=x")), max_size=3, unique=True
    ),
    types=st.sampled_from(([], ["book chapter"], ["preprint"], ["conference paper", "Review"], ["Randomized Trial"])),
    language=st.sampled_from(("", "en", "zh")),
    accession=st.sampled_from(("", "WOS:000285453800005", "L358353556")),
    publisher=st.sampled_from(("", "Wiley & Sons", "Lippincott")),
)  # fmt: skip


@cache  # and no fixture: hypothesis would write the whole configuration out for every example
def script() -> Any:
    """scripts/roundtrip_citations.py."""
    place = Path(__file__).resolve().parents[2] / "scripts" / "roundtrip_citations.py"
    spec = importlib.util.spec_from_file_location("roundtrip_citations", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def config() -> Any:
    """The configuration as it is shipped."""
    return app.load(shipped_config())


@pytest.mark.parametrize("form", EXPORTERS)
@settings(max_examples=25, deadline=None)
@given(citations=st.lists(CITATIONS, min_size=1, max_size=3))
def test_whatever_a_citation_says_comes_back(form: str, citations: list[Citation]) -> None:
    """Title, authors, journal, volume, issue, pages, date, identifiers, abstract, keywords, types … in each format."""
    entries = [entry for one in citations if (entry := one.entry(source_id="import", where=""))]
    before = script().items_of(entries, config().providers)
    after = script().there_and_back(before, form, config().providers)
    assert [script().fields(item) for item in after] == [script().fields(item) for item in before]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["cytology_screening", "haematology", "stroke"])
def test_records_of_databases_come_back_through_every_format(name: str, shared: Path) -> None:
    """A sample of each labelled set; scripts/roundtrip_citations.py takes the whole of them."""
    items = script().items_of(
        script().records(shared / "data" / "matching" / f"cit_{name}.jsonl")[::25], config().providers
    )
    unique = list({item.id: item for item in items}.values())
    works = script().pairs(unique, config().matching)
    for form in EXPORTERS:
        after = script().there_and_back(unique, form, config().providers)
        assert not script().lost(unique, after), form
        assert script().pairs(after, config().matching) <= works, form


# How many records a file holds, counted by what begins one; None where it has nothing to read.
COUNTED = {
    ".ris": rb"(?m)^TY  ?-", ".bib": rb"(?mi)^\s*@(?!comment|preamble|string)\w+\s*\{", ".nbib": rb"(?m)^OWN ?-",
    ".opml": rb"(?i)<outline[^>]*\sxmlUrl\s*=\s*\"https?:",
}  # fmt: skip
FEWER = {"newsboat__body-element-missing.opml", "newsboat__opml-element-missing.opml"}  # refused with a reason


@pytest.mark.shared
def test_every_record_of_the_real_exports_is_read(shared: Path) -> None:
    """As many as another way of counting finds; each has a title or a name."""
    for path in sorted((shared / "data" / "imports").iterdir()):
        body = path.read_bytes()
        if path.name in FEWER:
            with pytest.raises(Unreadable):
                list(read(Document(name=path.name, body=body)))
        elif path.name != "INDEX.jsonl":
            everything = list(read(Document(name=path.name, body=body)))
            found = [one for one in everything if isinstance(one, Entry | Subscription)]
            refused = [one for one in everything if isinstance(one, Problem) and "outline" in one.where]
            assert len(found) + len(refused) == counted(path, body), path.name
            assert all(one.title or isinstance(one, Subscription) for one in found)


def counted(path: Path, body: bytes) -> int:
    """How many records `body` holds."""
    if path.suffix == ".csv":
        import csv
        import io

        return sum(1 for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))) if any(row)) - 1
    if path.suffix == ".json":
        return len(json.loads(body))
    if path.suffix == ".opml":  # the same address twice is one feed
        return len(set(re.findall(rb"(?i)\sxmlUrl\s*=\s*\"(https?:[^\"]*)", body)))
    return len(re.findall(COUNTED[path.suffix], body))
