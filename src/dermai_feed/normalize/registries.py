"""Registries: which identifier an address names, and the one address of an identifier.

A registry is a place whose addresses *are* identifiers: doi.org, PubMed, arXiv, YouTube …
An address there has many spellings and one meaning, so `urls` writes it as `address` says.
Nothing here knows publishers; those rules are in `identifiers`.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote

from ..model import Identifier

# DOI Handbook 2.2: a prefix "10." with numbers, a slash, and a suffix of any printable characters. What ends it in
# running text is a matter of `trim_doi`.
DOI = re.compile(r"10\.\d{4,9}(?:\.\d{1,9})*/[^\s\"\u201c\u201d]{1,300}")
_SICI = re.compile(r"\((?:SICI|sici)\)")
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
# arXiv identifier scheme (info.arxiv.org/help/arxiv_identifier.html): since April 2007, and before
ARXIV = re.compile(r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?")
NCT = re.compile(r"NCT\d{8}", re.IGNORECASE)  # ClinicalTrials.gov: "NCT" and eight digits
# FDA device submissions: 510(k) K + 6 digits, De Novo DEN + 6 digits, PMA P + 6 digits
FDA = re.compile(r"(?:K|DEN|P)\d{6}", re.IGNORECASE)
YOUTUBE = re.compile(r"[A-Za-z0-9_-]{11}")

# Resolvers, and services whose addresses are a DOI behind their name.
_DOI_HOSTS = {
    "doi.org", "dx.doi.org", "hdl.handle.net", "dx.medra.org", "doi.acm.org", "doi.ieeecomputersociety.org",
    "oadoi.org", "unpaywall.org", "libkey.io", "data.crossref.org", "api.crossref.org", "api.datacite.org",
}  # fmt: skip
_YOUTUBE_HOSTS = {"youtube.com", "youtube-nocookie.com", "music.youtube.com"}
_YOUTUBE_PATH = re.compile(r"/(?:shorts|embed|live|v)/([A-Za-z0-9_-]{11})(?:/|$)")
_PUBMED = re.compile(r"/(?:pubmed/)?(\d{1,8})(?:/|$)")
_PMC = re.compile(r"/(?:pmc/)?articles/(PMC\d{1,8})(?:/|$)", re.IGNORECASE)
_ARXIV = re.compile(rf"/(?:abs|pdf|html|format)/{ARXIV.pattern}(?:\.pdf)?/?$")
_TRIAL = re.compile(r"/(?:ct2/show|study|show)/(NCT\d{8})(?:/|$)", re.IGNORECASE)
# Summaries and reviews of submissions: /cdrh_docs/pdf23/K231234.pdf, /cdrh_docs/reviews/DEN200022.pdf, …/P150038B.pdf
_FDA_PAPER = re.compile(r"/cdrh_docs/[a-z0-9]+/((?:K|DEN|P)\d{6})[A-Z]?\.pdf$", re.IGNORECASE)
_ADDRESSES = {
    "doi": "https://doi.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "pmcid": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
    "arxiv": "https://arxiv.org/abs/{}",
    "nct": "https://clinicaltrials.gov/study/{}",
    "youtube": "https://www.youtube.com/watch?v={}",
}
_FDA_ADDRESSES = {
    "K": "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/pmn.cfm?ID={}",
    "D": "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/denovo.cfm?ID={}",
    "P": "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpma/pma.cfm?id={}",
}
_DOI_SAFE = re.compile(r"[^A-Za-z0-9\-._~:/()@!$&'*+,;=]")


def of_address(host: str, path: str, query: str) -> Identifier | None:
    """The identifier that an address at a registry names, or None.

    `host` is lower-case; `path` and `query` are percent-encoded, as in a URL.
    """
    host = host.removeprefix("www.")
    value: str | None = None
    scheme = ""
    if host in _DOI_HOSTS:
        inside = DOI.search(unquote(path))  # "doi.org/doi:10.1/x", "api.crossref.org/works/10.1/x"
        scheme, value = "doi", trim_doi(inside[0]) if inside else None
    elif host == "youtu.be":
        scheme, value = "youtube", path.removeprefix("/").split("/")[0]
    elif host.removeprefix("m.") in _YOUTUBE_HOSTS:
        found = _YOUTUBE_PATH.match(path)
        scheme, value = "youtube", found[1] if found else _one(query, "v") if path.rstrip("/") == "/watch" else None
    elif host == "pubmed.ncbi.nlm.nih.gov" or (host.endswith("ncbi.nlm.nih.gov") and path.startswith("/pubmed/")):
        scheme, value = "pmid", _group(_PUBMED, path)
    elif host in {"pmc.ncbi.nlm.nih.gov", "ncbi.nlm.nih.gov"} or host == "m.ncbi.nlm.nih.gov":
        scheme, value = "pmcid", _group(_PMC, path)
    elif host == "europepmc.org":
        scheme, value = _europe_pmc(path)
    elif host in {"arxiv.org", "export.arxiv.org", "ar5iv.org", "ar5iv.labs.arxiv.org"}:
        scheme, value = "arxiv", found["id"] if (found := _ARXIV.match(path)) else None
    elif host in {"clinicaltrials.gov", "beta.clinicaltrials.gov", "classic.clinicaltrials.gov"}:
        scheme, value = "nct", _group(_TRIAL, path)
    elif host == "accessdata.fda.gov" and path.startswith("/scripts/cdrh/"):
        scheme, value = "fda", _one(query, "ID") or _one(query, "id")
    elif host == "accessdata.fda.gov":
        scheme, value = "fda", _group(_FDA_PAPER, path)
    return checked(scheme, value) if value else None


def _group(pattern: re.Pattern[str], path: str) -> str | None:
    found = pattern.match(path)
    return found[1] if found else None


def _one(query: str, name: str) -> str | None:
    return next(iter(parse_qs(query).get(name, ())), None)


def _europe_pmc(path: str) -> tuple[str, str | None]:
    found = re.match(
        r"/(?:(?:article|abstract)/(MED|PMC)/(?:PMC)?|articles/(PMC))(\d{1,8})(?:/|$)", path, re.IGNORECASE
    )
    if not found:
        return "", None
    is_pubmed = (found[1] or "").upper() == "MED"
    return ("pmid", found[3]) if is_pubmed else ("pmcid", f"PMC{found[3]}")


def checked(scheme: str, value: str) -> Identifier | None:
    """`value` as an identifier of `scheme` in its one spelling, or None when it is not one.

    Accepts the spellings that feeds use: a prefix ("doi:", "PMID ", "arXiv:"), an address, any case.
    """
    value = value.strip()
    match scheme.lower():
        case "doi":
            value = unquote(value) if "%" in value else value
            found = DOI.search(value)
            doi = trim_doi(found[0]) if found else ""
            return Identifier(scheme="doi", value=doi.lower()) if doi else None
        case "pmid":
            return _matched("pmid", r"(?:PMID|pubmed)?[\s:]*(?:https?://\S+/)?(\d{1,8})/?", value)
        case "pmcid":
            return _matched("pmcid", r"(?:PMCID)?[\s:]*(?:https?://\S+/)?(PMC\d{1,8})/?", value.upper())
        case "arxiv":
            return _matched(
                "arxiv", rf"(?:(?i:arxiv|oai:arxiv\.org):)?\s*(?:https?://\S+?/(?:abs|pdf)/)?{ARXIV.pattern}", value
            )
        case "nct":
            return _matched("nct", rf"({NCT.pattern})", "".join(value.upper().split()))
        case "fda":
            return _matched("fda", rf"({FDA.pattern})(?:/S\d{{3}})?", value.upper())
        case "youtube":
            return _matched("youtube", rf"(?:yt:video:)?({YOUTUBE.pattern})", value)
        case "isbn":
            digits = re.sub(r"[\s-]|^(?:urn:)?isbn:?", "", value, flags=re.IGNORECASE)
            return _matched("isbn", r"(\d{13}|\d{9}[\dX])", digits.upper())
        case _:
            return None


def _matched(scheme: str, pattern: str, value: str) -> Identifier | None:
    found = re.fullmatch(pattern, value)
    return Identifier(scheme=scheme, value=found[1]) if found else None


def trim_doi(text: str) -> str:
    """The DOI at the beginning of `text`, without what running text or an address put behind it.

    Sentence marks go, and closing brackets that the DOI itself does not open: "(10.1000/a(1)b)."
    gives 10.1000/a(1)b. A "<" or ">" ends it, except in the SICI form, which contains both.
    """
    found = DOI.match(text)
    if not found:
        return ""
    doi = found[0]
    if not _SICI.search(doi):
        doi = re.split(r"[<>]|&[lg]t;", doi, maxsplit=1)[0]
    while doi:
        last = doi[-1]
        if last in ".,;:!?'’…|" or (last in _PAIRS and doi.count(last) > doi.count(_PAIRS[last])):
            doi = doi[:-1]
        else:
            break
    return doi if DOI.fullmatch(doi) else ""


def address(identifier: Identifier) -> str:
    """The one https address of `identifier`; empty for a scheme without one (ISBN)."""
    if identifier.scheme == "fda":
        return _FDA_ADDRESSES[identifier.value[0]].format(identifier.value)
    form = _ADDRESSES.get(identifier.scheme, "")
    value = identifier.value
    if identifier.scheme == "doi":
        value = _DOI_SAFE.sub(lambda m: "".join(f"%{b:02X}" for b in m[0].encode("utf-8", "replace")), value)
    return form.format(value)
