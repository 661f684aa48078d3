"""Rows of labelled data as items: every shape of the data folder, and rows with holes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.evaluation.rows import EXCERPT, item_from_row
from dermai_feed.model import Identifier, Provider, Publication


def test_a_row_of_the_corpus_is_an_item() -> None:
    """Title, text, link, provider, date, topics; a news row has no publication."""
    item = item_from_row(
        {
            "id": "2021-a", "kind": "news", "title": " T ", "excerpt": "E", "publishedDateTime": "2021-04-08T10:51:00Z",
            "webUrl": "https://www.nature.com/articles/x", "provider": {"name": "Nature", "domain": "nature.com"},
            "topics": ["Machine Learning", "AI"], "type": "article", "split": "tuning", "relevance": "derm-ai",
        }
    )  # fmt: skip
    assert (item.id, item.title, item.excerpt, item.url) == ("2021-a", "T", "E", "https://www.nature.com/articles/x")
    assert item.provider == Provider(name="Nature", domain="nature.com")
    assert item.published == item.first_seen == datetime(2021, 4, 8, 10, 51, tzinfo=UTC)
    assert (item.basis, item.precision, item.tags) == ("entry", "second", ("Machine Learning", "AI"))
    assert item.publication is None


def test_a_citation_row_is_a_paper_with_its_identifiers() -> None:
    """doi, journal, pages, authors and year as the databases export them."""
    item = item_from_row(
        {
            "id": "id_1", "title": "T", "abstract": "A", "doi": "https://doi.org/10.1000/AbC", "pmid": "123",
            "url": "WOS:000285453800005", "journal": "J Derm", "volume": 12, "number": "3", "pages": "1-9",
            "authors": "Li, J and Du, D",
            "year": "2019", "source": "Scopus", "gold_cluster": "c1",
        }
    )  # fmt: skip
    assert (item.excerpt, item.url) == ("A", "")  # an accession number is no address
    assert item.identifiers == (Identifier(scheme="doi", value="10.1000/abc"), Identifier(scheme="pmid", value="123"))
    assert item.publication == Publication(journal="J Derm", volume="12", issue="3", pages="1-9")
    assert item.authors == ("Li, J", "Du, D")
    assert (item.published, item.precision) == (datetime(2019, 1, 1, tzinfo=UTC), "year")
    assert item.provider == Provider(name="Scopus", domain="")


@pytest.mark.parametrize(
    ("url", "identifier"),
    [
        ("https://arxiv.org/abs/1801.00001v2", Identifier(scheme="arxiv", value="1801.00001")),
        ("http://arxiv.org/pdf/cs.CV/0102003", Identifier(scheme="arxiv", value="cs.CV/0102003")),
        ("https://pubmed.ncbi.nlm.nih.gov/31960407/", Identifier(scheme="pmid", value="31960407")),
        ("https://doi.org/10.1111/bjd.18880", Identifier(scheme="doi", value="10.1111/bjd.18880")),
    ],
)
def test_an_address_that_is_an_identifier_gives_it(url: str, identifier: Identifier) -> None:
    """The corpus' papers carry their identifiers in the link only."""
    assert item_from_row({"id": "x", "title": "t", "webUrl": url, "type": "paper"}).identifiers == (identifier,)


@pytest.mark.parametrize(
    ("row", "published", "precision"),
    [
        ({"publishedDateTime": "2017-10-08"}, datetime(2017, 10, 8, tzinfo=UTC), "day"),
        ({"publishedDateTime": "2017-10-08T02:00:00+02:00"}, datetime(2017, 10, 8, tzinfo=UTC), "second"),
        ({"publishedDateTime": "2014-11-10 12:00:00"}, datetime(2014, 11, 10, 12, tzinfo=UTC), "second"),
        ({"publishedDateTime": "spring 2014"}, datetime(2014, 1, 1, tzinfo=UTC), "year"),
        ({"publishedDateTime": None, "year": 1999}, datetime(1999, 1, 1, tzinfo=UTC), "year"),
        ({}, datetime(1970, 1, 1, tzinfo=UTC), "year"),
    ],
)
def test_a_date_is_as_exact_as_the_row_says(row: dict[str, object], published: datetime, precision: str) -> None:
    """A day stays a day, a year a year, and no date is the epoch with the basis "first_seen"."""
    item = item_from_row({"id": "x", "title": "t", **row})
    assert (item.published, item.precision) == (published, precision)
    assert (item.basis == "first_seen") is (row == {})


def test_an_excerpt_is_cut_as_an_items_is() -> None:
    """model.Item: at most 600 characters, whatever a body holds."""
    assert len(item_from_row({"title": "t", "body": "x" * 5_000}).excerpt) == EXCERPT


def test_a_row_without_an_id_gets_one_from_its_text() -> None:
    """The same text the same id, another text another."""
    one, same, other = ({"title": "a"}, {"title": "a"}, {"title": "b"})
    assert item_from_row(one).id == item_from_row(same).id != item_from_row(other).id


def test_a_provider_without_a_name_is_called_by_its_domain() -> None:
    """And by the link's host where the row gives neither."""
    assert item_from_row({"provider": {"name": None, "domain": "a.example"}}).provider == Provider(
        name="a.example", domain="a.example"
    )
    assert item_from_row({"provider": "Wire", "url": "https://www.b.example/1"}).provider == Provider(
        name="Wire", domain="b.example"
    )
    assert item_from_row({"url": "http://["}).provider == Provider(name="", domain="")


_VALUES = st.one_of(st.none(), st.text(max_size=20), st.integers(), st.lists(st.text(max_size=5), max_size=3))
_NAMES = (
    "id", "title", "excerpt", "abstract", "webUrl", "url", "provider", "publishedDateTime", "year", "doi", "pmid",
    "authors", "journal", "topics", "type", "source",
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_any_row_is_an_item(row: dict[str, object]) -> None:
    """Total: no hole and no odd value of a row raises, and the date is aware."""
    item = item_from_row(row)
    assert item.id
    assert item.published.tzinfo is not None
    assert len(item.excerpt) <= EXCERPT


def test_every_row_of_the_data_folder_is_an_item(shared: Path) -> None:
    """Corpus, citation sets, news sets and both sides of the pairs."""
    files = [shared / "data" / "corpus" / "items.jsonl", *sorted((shared / "data" / "matching").glob("*.jsonl"))]
    assert len(files) > 5
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines()[:40]:
            row = json.loads(line)
            for side in [row[name] for name in ("a", "b") if isinstance(row.get(name), dict)] or [row]:
                item = item_from_row(side)
                assert item.title or item.excerpt
