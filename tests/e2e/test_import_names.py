"""Names without records: whom a DOI is asked of, how long, and what is said when it is asked no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dermai_feed.collectors import lookup
from dermai_feed.pipeline import lookups
from dermai_feed.store import open_store


@pytest.fixture
def registries(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Crossref, DataCite and doi.org on the loopback site, all of them answering 503 at first."""
    places: Mapping[str, tuple[str, str, int]] = {
        "doi": ("crossref", site.url("/works"), 40), "datacite": ("datacite", site.url("/dois"), 40)
    }  # fmt: skip
    monkeypatch.setattr(lookup, "_PLACES", {**lookup._PLACES, **places})
    monkeypatch.setattr(lookups, "DOI_ORG", site.url("/doi/"))
    return site


def page(site: Any, value: object, kind: str = "application/json") -> Any:
    """An answer."""
    return site.Reply(json.dumps(value).encode(), headers={"Content-Type": kind}, etag=False)


def nothing(site: Any, doi: str) -> None:
    """Neither Crossref nor DataCite knows `doi`."""
    quoted = doi.replace("/", "%2F")
    site.pages[f"/works?filter=doi:{quoted}&rows=1"] = page(
        site, {"status": "ok", "message-type": "work-list", "message": {"items": [], "total-results": 0}}
    )
    site.pages[datacite(doi)] = page(site, {"data": [], "meta": {"total": 0}, "links": {}})


def datacite(doi: str) -> str:
    """The question about `doi`."""
    return f"/dois?query=doi:%28%22{doi.replace('/', '%2F')}%22%29&page%5Bsize%5D=1"


def state(project: Any) -> tuple[list[Any], tuple[Any, ...]]:
    """The items, and the names that wait."""
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}") as store:
        return list(store.items.items_of(store.items.ids()).values()), store.imports.pending()


def test_a_doi_of_zenodo_waits_offline_and_the_next_run_completes_it(project: Any, registries: Any) -> None:
    """Crossref does not know it, DataCite does."""
    doi = "10.5281/zenodo.7"
    got = project("import", doi, "--json")
    assert (got.code, got.json["pending"]) == (0, 1)
    nothing(registries, doi)
    attributes = {"doi": doi, "titles": [{"title": "Skin lesions for machine learning"}], "publicationYear": 2021}
    registries.pages[datacite(doi)] = page(registries, {"data": [{"id": doi, "attributes": attributes}]})
    project.later(hours=7)
    assert project.run().code == 0
    (item,), waiting = state(project)
    assert (item.title, item.identifier("doi"), waiting) == ("Skin lesions for machine learning", doi, ())


def test_a_doi_of_another_agency_is_asked_of_doi_org(project: Any, registries: Any) -> None:
    """Citation data where the agency has them, else its page; both are known by the DOI."""
    csl = {"type": "article-journal", "title": "Skin cancer and artificial intelligence", "DOI": "10.1474/a",
           "author": [{"family": "Rossi", "given": "A"}], "issued": {"date-parts": [[2020, 5]]}}  # fmt: skip
    nothing(registries, "10.1474/a")
    registries.pages["/doi/10.1474/a"] = page(registries, csl, "application/vnd.citationstyles.csl+json")
    nothing(registries, "10.1474/b")
    html = '<html><head><meta name="citation_title" content="Machine learning for moles"></head><body>x</body></html>'
    registries.pages["/doi/10.1474/b"] = registries.Reply(html.encode(), headers={"Content-Type": "text/html"})
    for doi in ("10.1474/a", "10.1474/b"):
        assert project("import", doi, "--json").json["pending"] == 0
    items, _ = state(project)
    assert {item.identifier("doi"): item.title for item in items} == {
        "10.1474/a": "Skin cancer and artificial intelligence", "10.1474/b": "Machine learning for moles"
    }  # fmt: skip


@pytest.mark.nightly
def test_a_doi_that_nobody_knows_is_asked_for_less_and_less_and_then_left(project: Any, registries: Any) -> None:
    """Nine questions in five weeks, the last of which says so; none later."""
    doi = "10.5281/zenodo.404"
    nothing(registries, doi)
    assert project("import", doi).code == 0
    told = []
    for _ in range(20):
        project.later(days=4)
        ran = project.run()
        assert ran.code == 0
        told += [problem["what"] for problem in ran.json["problems"]]
    assert told == [f"doi:{doi}: is not known there"]  # by the run that asked for the last time
    status = project("status")
    assert f"nobody knows doi:{doi}; importing one again asks again" in status.text
    assert registries.hits[datacite(doi)] == registries.hits[f"/doi/{doi}"] == 9
    _, (name,) = state(project)
    assert name.why == "is not known there"
    said = project("import", doi)
    assert f"doi:{doi}: is not known there (check it; it is asked for no more)" in said.text
    assert registries.hits[datacite(doi)] == 10  # who imports it again has it asked again


@pytest.mark.nightly
def test_a_name_that_is_refused_is_left_too(project: Any, registries: Any) -> None:
    """A server that says no to a name is not asked at every run for ever."""
    doi = "10.5281/zenodo.400"
    question = f"/works?filter=doi:{doi.replace('/', '%2F')}&rows=1"
    registries.pages[question] = registries.Reply(b"no such filter", status=400)
    assert project("import", doi).code == 0
    for _ in range(20):
        project.later(days=4)
        project.run()
    assert registries.hits[question] == 9


def test_names_wait_through_a_rebuild_and_not_for_an_import_that_was_undone(project: Any, registries: Any) -> None:
    """The log knows them: a database made anew asks for them, an undo stops that, and its undo starts it again."""
    doi = "10.5281/zenodo.9"
    decision = project("import", doi, "--json").json["decision"]
    assert project("rebuild").code == 0
    assert [name.name for name in state(project)[1]] == [f"doi:{doi}"]
    assert "names: 1 are still to be looked up" in project("status").text
    for count in (0, 1):
        decision = project("undo", decision, "--as", "ed").text.split()[0]
        assert project("match").code == 0
        assert len(state(project)[1]) == count
