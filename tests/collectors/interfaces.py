"""Interfaces on loopback: real answers cut into pages, and what can go wrong between them.

Each `Api` knows how its interface pages (from its documentation, not from our collectors), and
what every record is called. The records come from captured answers where those are at hand, else
from our own saved ones.
"""

from __future__ import annotations

import json
import re
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Query = Mapping[str, str]
PAGE = 1  # records that the servers hand out at once, whatever is asked for


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record: what it is called in identifiers or guids, and as the interface writes it."""

    name: str
    raw: Any


@dataclass(frozen=True, kw_only=True)
class Api:
    """One kind of interface."""

    kind: str
    path: str
    options: Mapping[str, str]
    folder: str  # of the captured answers
    saved: str  # our own
    records: Callable[[bytes], list[Record]]
    page: Callable[[Sequence[Record], str, Query], bytes]
    window: tuple[str, ...]  # words of the question that must name the days
    accept: str = "application/json"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


# --------------------------------------------------------------------------- Crossref


def crossref_records(body: bytes) -> list[Record]:
    document = _json(body)
    message = document.get("message", {}) if isinstance(document, dict) else {}
    works = message.get("items", []) if isinstance(message, dict) else []
    return [
        Record(name=f"doi:{work['DOI'].lower()}", raw=work)
        for work in works
        if isinstance(work, dict) and work.get("DOI")
    ]


def crossref_page(records: Sequence[Record], _path: str, query: Query) -> bytes:
    start = 0 if query["cursor"] == "*" else int(query["cursor"].removeprefix("AoJ+/"))
    here = records[start : start + PAGE]
    message = {
        "items": [record.raw for record in here], "items-per-page": PAGE, "total-results": len(records),
        "next-cursor": f"AoJ+/{start + len(here)}",
    }  # fmt: skip
    return json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode()


# --------------------------------------------------------------------------- Europe PMC


def europepmc_records(body: bytes) -> list[Record]:
    document = _json(body)
    results = document.get("resultList", {}).get("result", []) if isinstance(document, dict) else []
    return [
        Record(name=f"{one['source']}:{one['id']}", raw=one) for one in results if one.get("source") and one.get("id")
    ]


def europepmc_page(records: Sequence[Record], _path: str, query: Query) -> bytes:
    start = 0 if query["cursorMark"] == "*" else int(query["cursorMark"].removeprefix("AoIIP/"))
    here = records[start : start + PAGE]
    document: dict[str, Any] = {
        "version": "6.9", "hitCount": len(records), "request": {"cursorMark": query["cursorMark"], "pageSize": PAGE},
        "resultList": {"result": [record.raw for record in here]},
    }  # fmt: skip
    if start + PAGE < len(records):
        document["nextCursorMark"] = f"AoIIP/{start + PAGE}"
    return json.dumps(document).encode()


# --------------------------------------------------------------------------- bioRxiv


def biorxiv_records(body: bytes) -> list[Record]:
    document = _json(body)
    return [
        Record(name=f"doi:{one['doi'].lower()}", raw=one)
        for one in (document or {}).get("collection", [])
        if one.get("doi")
    ]


def biorxiv_page(records: Sequence[Record], path: str, _query: Query) -> bytes:
    start = int(path.rstrip("/").split("/")[-2])
    here = records[start : start + PAGE]
    message = {"status": "ok", "cursor": start, "count": len(here), "total": str(len(records))}
    return json.dumps({"messages": [message], "collection": [record.raw for record in here]}).encode()


# --------------------------------------------------------------------------- OpenAlex


def openalex_records(body: bytes) -> list[Record]:
    document = _json(body)
    if not isinstance(document, dict):
        return []
    works = document.get(
        "results", [document] if str(document.get("id", "")).startswith("https://openalex.org/W") else []
    )
    return [
        Record(name=one["id"], raw=one) for one in works if str(one.get("id", "")).startswith("https://openalex.org/W")
    ]


def openalex_page(records: Sequence[Record], _path: str, query: Query) -> bytes:
    start = 0 if query["cursor"] == "*" else int(query["cursor"].removeprefix("Ils="))
    here = [record.raw for record in records[start : start + PAGE]]
    meta = {"count": len(records), "per_page": PAGE, "next_cursor": f"Ils={start + len(here)}" if here else None}
    return json.dumps({"meta": meta, "results": here}).encode()


# --------------------------------------------------------------------------- Semantic Scholar


def s2_records(body: bytes) -> list[Record]:
    document = _json(body)
    papers = document.get("data", []) if isinstance(document, dict) else []
    return [Record(name=one["paperId"], raw=one) for one in papers if isinstance(one, dict) and one.get("paperId")]


def s2_page(records: Sequence[Record], _path: str, query: Query) -> bytes:
    start = int(query.get("token", "T0").removeprefix("T"))
    here = [record.raw for record in records[start : start + PAGE]]
    more = {"token": f"T{start + PAGE}"} if start + PAGE < len(records) else {}
    return json.dumps({"total": len(records), **more, "data": here}).encode()


# --------------------------------------------------------------------------- ClinicalTrials.gov


def trials_records(body: bytes) -> list[Record]:
    document = _json(body)
    if not isinstance(document, dict):
        return []
    studies = document.get("studies", [document] if "protocolSection" in document else [])
    found = []
    for one in studies:  # our own answer has broken ones
        module = one.get("protocolSection", {}) if isinstance(one, dict) else {}
        names = module.get("identificationModule", {}) if isinstance(module, dict) else {}
        if isinstance(names, dict) and names.get("nctId"):
            found.append(Record(name=f"nct:{names['nctId']}", raw=one))
    return found


def trials_page(records: Sequence[Record], _path: str, query: Query) -> bytes:
    start = int(query.get("pageToken", "ZVNj0").removeprefix("ZVNj"))
    here = [record.raw for record in records[start : start + PAGE]]
    more = {"nextPageToken": f"ZVNj{start + PAGE}"} if start + PAGE < len(records) else {}
    return json.dumps({"studies": here, **more}).encode()


# --------------------------------------------------------------------------- openFDA


def fda_records(body: bytes) -> list[Record]:
    document = _json(body)
    results = document.get("results", []) if isinstance(document, dict) else []
    return [
        Record(name=f"fda:{one['k_number']}", raw=one)
        for one in results
        if isinstance(one, dict) and one.get("k_number")
    ]


def fda_page(records: Sequence[Record], _path: str, query: Query) -> bytes:
    start = int(query.get("skip", "0"))
    here = [record.raw for record in records[start : start + PAGE]]
    return json.dumps(
        {"meta": {"results": {"skip": start, "limit": PAGE, "total": len(records)}}, "results": here}
    ).encode()


# --------------------------------------------------------------------------- arXiv

_ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
    ' xmlns:arxiv="http://arxiv.org/schemas/atom">'
)


def arxiv_records(body: bytes) -> list[Record]:
    text = body.decode("utf-8", "replace")
    found = []
    for entry in re.findall(r"<entry\b.*?</entry>", text, re.DOTALL):
        name = re.search(r"<id>\s*https?://arxiv\.org/abs/(.+?)(?:v\d+)?\s*</id>", entry)
        if name:
            found.append(Record(name=f"arxiv:{name[1]}", raw=entry))
    return found


def arxiv_page(records: Sequence[Record], _path: str, query: Query) -> bytes:
    start = int(query["start"])
    here = "".join(record.raw for record in records[start : start + PAGE])
    head = (
        f"<id>http://arxiv.org/api/x</id><title>arXiv Query</title>"
        f"<opensearch:totalResults>{len(records)}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>"
        f"<opensearch:itemsPerPage>{PAGE}</opensearch:itemsPerPage>"
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>{_ATOM}{head}{here}</feed>'.encode()


# --------------------------------------------------------------------------- PubMed

_PUBMED_PAGE = 100  # efetch hands out what retmax asks for


def pubmed_records(body: bytes) -> list[Record]:
    text = body.decode("utf-8", "replace")
    found = []
    for article in re.findall(r"<PubmedArticle\b.*?</PubmedArticle>", text, re.DOTALL):
        name = re.search(r"<PMID[^>]*>(\d+)</PMID>", article)
        if name and _is_xml(article):  # our own answer has a broken one
            found.append(Record(name=f"pmid:{name[1]}", raw=article))
    return found


def _is_xml(text: str) -> bool:
    try:
        ET.fromstring(text)
    except ET.ParseError:
        return False
    return True


def pubmed_page(records: Sequence[Record], path: str, query: Query) -> bytes:
    if path.endswith("esearch.fcgi"):
        return (
            f"<eSearchResult><Count>{len(records)}</Count><RetMax>0</RetMax><RetStart>0</RetStart>"
            "<QueryKey>1</QueryKey><WebEnv>MCID_0123456789abcdef</WebEnv><IdList/></eSearchResult>"
        ).encode()
    start, most = int(query["retstart"]), int(query["retmax"])
    here = "".join(record.raw for record in records[start : start + most])
    return f'<?xml version="1.0" ?><PubmedArticleSet>{here}</PubmedArticleSet>'.encode()


APIS = (
    Api(kind="crossref", path="/works", options={"filter": "issn:0000-0001", "days": "3"}, folder="crossref_json",
        saved="crossref.json", records=crossref_records, page=crossref_page,
        window=("from-created-date", "until-created-date")),
    Api(kind="europepmc", path="/search", options={"term": "skin"}, folder="europepmc_json", saved="europepmc.json",
        records=europepmc_records, page=europepmc_page, window=("FIRST_IDATE",)),
    Api(kind="biorxiv", path="/details", options={}, folder="biorxiv_medrxiv_json", saved="biorxiv.json",
        records=biorxiv_records, page=biorxiv_page, window=()),
    Api(kind="openalex", path="/works", options={"term": "skin"}, folder="openalex_json", saved="openalex.json",
        records=openalex_records, page=openalex_page, window=("from_publication_date", "to_publication_date")),
    Api(kind="semanticscholar", path="/bulk", options={"term": "skin"}, folder="semanticscholar_json",
        saved="semanticscholar.json", records=s2_records, page=s2_page, window=("publicationDateOrYear",)),
    Api(kind="clinicaltrials", path="/studies", options={"term": "skin"}, folder="clinicaltrials_v2_json",
        saved="clinicaltrials.json", records=trials_records, page=trials_page, window=("LastUpdatePostDate",)),
    Api(kind="openfda", path="/device/510k.json", options={"term": "skin"}, folder="openfda_json", saved="openfda.json",
        records=fda_records, page=fda_page, window=("decision_date",)),
    Api(kind="arxiv", path="/query", options={"term": "all:skin"}, folder="arxiv_api_atom", saved="arxiv.xml",
        records=arxiv_records, page=arxiv_page, window=("submittedDate",), accept="application/atom+xml"),
    Api(kind="pubmed", path="/esearch.fcgi", options={"term": "skin"}, folder="pubmed_efetch_xml", saved="pubmed.xml",
        records=pubmed_records, page=pubmed_page, window=("mindate", "maxdate"), accept="text/xml"),
)  # fmt: skip


def every_record(api: Api, folder: Path, most: int) -> list[Record]:
    """Up to `most` records of the answers in `folder`, each name once."""
    found: dict[str, Record] = {}
    for file in sorted(folder.iterdir()):
        for record in api.records(file.read_bytes()):
            found.setdefault(record.name, record)
    return list(found.values())[:most]


# --------------------------------------------------------------------------- the server


@dataclass
class Fault:
    """What the n-th request gets instead of its answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False  # the connection ends in the middle of the right answer


@dataclass
class Server:
    """One interface on loopback: what it was asked, and what goes wrong at which request (counted from 1)."""

    api: Api
    records: Sequence[Record]
    faults: dict[int, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    netloc: str = ""

    @property
    def url(self) -> str:
        return f"http://{self.netloc}{self.api.path}"

    @property
    def twice(self) -> list[str]:
        """Addresses that were asked for more than once."""
        return [address for address, times in Counter(self.asked).items() if times > 1]


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """`server`, listening."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            fault = server.faults.get(len(server.asked), Fault())
            body = fault.body or server.api.page(server.records, parts.path, query)
            self.send_response(fault.status)
            for name, value in fault.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", server.api.accept)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault.cut else body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.netloc = f"127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
