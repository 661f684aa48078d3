"""Relations that interfaces declare, from the answer to the story: notices and subjects, preprints and articles."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dermai_feed.collectors import COLLECTORS, parse_here
from dermai_feed.config import load
from dermai_feed.matching import match_items
from dermai_feed.model import Item, Source
from dermai_feed.normalize import normalize

NOW = datetime(2026, 11, 21, tzinfo=UTC)
Titles = frozenset[frozenset[str]]


def items_of(root: Path, kind: str, answer: str) -> list[Item]:
    """What an interface answered, as items."""
    rules = load(root / "config" / "dermai-feed.yaml", {}, kinds=frozenset(COLLECTORS)).providers
    source = Source(id=kind, kind=kind, name=kind, url="https://interface.example/")
    parsed = parse_here(kind, answer.encode(), "", source.url, kind)
    assert parsed.problems == ()
    return [normalize(e, source=source, first_seen=NOW, first_poll=False, rules=rules) for e in parsed.entries]


def grouped(root: Path, *items: Item) -> tuple[Titles, Titles]:
    """The titles of each work, and of each story."""
    weights = load(root / "config" / "dermai-feed.yaml", {}, kinds=frozenset(COLLECTORS)).matching
    grouping, _ = match_items(items, weights)
    title = {item.id: item.title for item in items}
    works = [work for story in grouping.stories for work in story.works]
    return (
        frozenset(frozenset(title[i] for i in work.items) for work in works),
        frozenset(frozenset(title[i] for work in story.works for i in work.items) for story in grouping.stories),
    )


def pubmed(pmid: int, title: str, doi: str, kind: str, relation: str = "", other: int = 0) -> str:
    related = (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{relation}"><RefSource>J</RefSource>'
        f'<PMID Version="1">{other}</PMID></CommentsCorrections></CommentsCorrectionsList>'
        if relation
        else ""
    )
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><Journal><JournalIssue><PubDate>'
        "<Year>2026</Year><Month>Nov</Month></PubDate></JournalIssue><Title>J Invented</Title></Journal>"
        f'<ArticleTitle>{title}</ArticleTitle><ELocationID EIdType="doi" ValidYN="Y">{doi}</ELocationID>'
        f"<PublicationTypeList><PublicationType>{kind}</PublicationType></PublicationTypeList></Article>{related}"
        "</MedlineCitation></PubmedArticle>"
    )


@pytest.mark.parametrize("named_by", ["both", "notice", "subject"])
def test_pubmed_joins_what_it_relates(root: Path, named_by: str) -> None:
    """Erratum and retraction join their subject's story, a preprint its article's work, whichever names the other."""
    notice, subject = named_by != "subject", named_by != "notice"
    pairs = (
        (
            ("Deep learning for melanoma detection", "Journal Article", "ErratumIn"),
            ("Erratum.", "Published Erratum", "ErratumFor"),
        ),
        (
            ("Convolutional networks grade psoriasis", "Retracted Publication", "RetractionIn"),
            ("Statement of Retraction", "Retraction of Publication", "RetractionOf"),
        ),
        (
            ("Foundation models for skin disease triage", "Journal Article", "UpdateOf"),
            ("A foundation model approach to triaging disease of the skin", "Preprint", "UpdateIn"),
        ),
    )
    records, pmid = "", 1000
    for (title, kind, relation), (other_title, other_kind, other_relation) in pairs:
        one, two = pmid, pmid + 1
        records += pubmed(one, title, f"10.9999/{one}", kind, relation if subject else "", two)
        records += pubmed(two, other_title, f"10.9999/{two}", other_kind, other_relation if notice else "", one)
        pmid += 2
    alone = "Acne severity from smartphone images"
    records += pubmed(pmid, alone, "10.9999/alone", "Journal Article")
    works, stories = grouped(root, *items_of(root, "pubmed", f"<PubmedArticleSet>{records}</PubmedArticleSet>"))
    assert stories == {frozenset({one[0], two[0]}) for one, two in pairs} | {frozenset({alone})}
    preprint = frozenset({pairs[2][0][0], pairs[2][1][0]})
    assert preprint in works
    assert {len(work) for work in works - {preprint}} == {1}  # a notice is a work of its own


def test_crossref_and_medrxiv_join_what_they_relate(root: Path) -> None:
    """`update-to`, `is-preprint-of`, and the journal's DOI of a preprint."""
    works = [
        {"DOI": "10.9999/a", "title": ["Networks and nevi"], "type": "journal-article", "container-title": ["J"]},
        {
            "DOI": "10.9999/b", "title": ["Retraction notice"], "type": "journal-article", "container-title": ["J"],
            "update-to": [{"DOI": "10.9999/a", "type": "retraction"}],
        },
        {"DOI": "10.9999/c", "title": ["Skin tone and error"], "type": "journal-article", "container-title": ["J"]},
        {
            "DOI": "10.1101/2026.01.01.26000001", "title": ["Errors of a classifier by tone of the skin"],
            "type": "posted-content", "relation": {"is-preprint-of": [{"id-type": "doi", "id": "10.9999/c"}]},
        },
    ]  # fmt: skip
    answer = {"status": "ok", "message-type": "work-list", "message": {"items": works}}
    medrxiv = {
        "messages": [{"status": "ok", "cursor": 0, "count": 1, "total": 1}],
        "collection": [
            {
                "doi": "10.1101/2026.02.02.26000002", "title": "Counting naevi by machine", "authors": "A, B.",
                "date": "2026-02-02", "version": "1", "server": "medRxiv", "published": "10.9999/A",
                "abstract": "We count.",
            }
        ],
    }  # fmt: skip
    items = items_of(root, "crossref", json.dumps(answer)) + items_of(root, "biorxiv", json.dumps(medrxiv))
    found, stories = grouped(root, *items)
    assert frozenset({"Skin tone and error", "Errors of a classifier by tone of the skin"}) in found
    assert frozenset({"Networks and nevi", "Counting naevi by machine"}) in found
    assert frozenset({"Networks and nevi", "Counting naevi by machine", "Retraction notice"}) in stories
