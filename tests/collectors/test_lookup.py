"""Look-ups: which interface is asked for a name, and what its refusal costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from dermai_feed.collectors import Context, parse_here
from dermai_feed.collectors.lookup import Answered, look_up
from dermai_feed.errors import FetchFailed
from dermai_feed.model import Identifier, Request, Response

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"
xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><opensearch:totalResults>1</opensearch:totalResults><entry><id>http://arxiv.org/abs/2101.00001v1</id>
<title>A preprint on moles</title><published>2021-01-01T00:00:00Z</published><summary>s</summary>
<link href="http://arxiv.org/abs/2101.00001v1" rel="alternate"/></entry></feed>"""


class Registries:
    """Crossref, DataCite and arXiv as far as look-ups see them."""

    def __init__(self, crossref: Sequence[str] = (), datacite: Sequence[str] = (), refused: str = "") -> None:
        self.crossref, self.datacite, self.refused = crossref, datacite, refused
        self.asked: list[tuple[str, dict[str, list[str]]]] = []

    def __call__(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        host, query = parts.hostname or "", parse_qs(parts.query)
        self.asked.append((host, query))
        if self.refused and self.refused in str(query):
            raise FetchFailed("http_4xx", "HTTP 400: no such filter", status=400)
        if host == "api.crossref.org":
            items = [{"DOI": doi, "title": [f"Work {doi}"]} for doi in self.crossref if doi in query["filter"][0]]
            message = {"items": items, "items-per-page": 40, "total-results": len(items)}
            body = json.dumps({"status": "ok", "message-type": "work-list", "message": message})
        elif host == "api.datacite.org":
            found = [doi for doi in self.datacite if f'"{doi}"' in query["query"][0]]
            data = [{"attributes": {"doi": doi.upper(), "titles": [{"title": f"Set {doi}"}]}} for doi in found]
            body = json.dumps({"data": data, "links": {}})
        else:
            return Response(url=request.url, status=200, headers={"content-type": "application/atom+xml"},
                            body=ATOM.encode())  # fmt: skip
        return Response(url=request.url, status=200, headers={"content-type": "application/json"}, body=body.encode())


def asked(registries: Registries, *names: str) -> list[Answered]:
    """What becomes of DOIs."""
    context = Context(fetch=registries, parse=parse_here, now=datetime(2026, 11, 18, tzinfo=UTC), base=Path())
    identifiers = [Identifier(scheme="doi", value=name) for name in names]
    return list(look_up(identifiers, context, addresses={}, source_id="import"))


def found(answers: list[Answered]) -> dict[str, str]:
    """DOI -> title."""
    return {name.value: entry.title for answer in answers for name, entry in answer.entries.items()}


def unknown(answers: list[Answered]) -> list[str]:
    """DOIs that somebody was asked about and nobody knew."""
    assert not any(answer.failure for answer in answers)
    return [name.value for answer in answers for name in answer.asked if name not in answer.entries]


def test_datacite_is_asked_what_crossref_does_not_know() -> None:
    """One question each; what neither knows is said to be unknown once, and its quotes end no string."""
    registries = Registries(crossref=["10.1000/a"], datacite=["10.5281/zenodo.7"])
    answers = asked(registries, "10.1000/a", "10.5281/zenodo.7", '10.1000/x"y')
    assert found(answers) == {"10.1000/a": "Work 10.1000/a", "10.5281/zenodo.7": "Set 10.5281/zenodo.7"}
    assert unknown(answers) == ['10.1000/x"y']
    assert [host for host, _ in registries.asked] == ["api.crossref.org", "api.datacite.org"]
    assert registries.asked[1][1] == {"query": [r'doi:("10.5281/zenodo.7" OR "10.1000/x\"y")'], "page[size]": ["2"]}


def test_a_doi_that_arxiv_registered_is_asked_of_arxiv() -> None:
    """10.48550/arXiv.X is the preprint X."""
    registries = Registries()
    assert found(asked(registries, "10.48550/arxiv.2101.00001")) == {"10.48550/arxiv.2101.00001": "A preprint on moles"}
    assert [(host, query["id_list"]) for host, query in registries.asked] == [("export.arxiv.org", ["2101.00001"])]


def test_one_name_that_is_refused_does_not_cost_the_others() -> None:
    """A question that is refused is halved; the name alone has the refusal."""
    names = [f"10.1000/{n}" for n in range(7)]
    registries = Registries(crossref=names, refused="10.1000/3")
    answers = asked(registries, *names)
    assert sorted(found(answers)) == [name for name in names if name != "10.1000/3"]
    assert [(answer.failure, [name.value for name in answer.asked]) for answer in answers if answer.failure] == [
        ("http_4xx", ["10.1000/3"])
    ]
    assert len(registries.asked) <= 2 * 7


def test_an_interface_that_knows_all_is_asked_once() -> None:
    """Nothing is left for DataCite, and nobody asks it."""
    registries = Registries(crossref=["10.1000/a"])
    assert unknown(asked(registries, "10.1000/a")) == []
    assert len(registries.asked) == 1
