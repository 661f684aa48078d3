"""Identifiers: registered names of works, and whose they are.

An entry's *own* identifiers come from where it says who it is: declared ones (dc:identifier,
prism:doi, an API's fields), its guid, its link. Those it merely *mentions*, in its text or in
links out, name other works: a news story that cites a DOI is not that paper. Own ones become
`Item.identifiers`, mentioned ones addresses in `Item.links`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from ..model import Identifier
from . import registries, urls
from .registries import ARXIV, DOI, checked, trim_doi

_ORDER = ("doi", "pmid", "pmcid", "arxiv", "nct", "fda", "youtube", "isbn")
_TEXT_LIMIT = 20_000  # characters that are searched for mentions


class Found(NamedTuple):
    """Identifiers of an entry: its own, and those of other works that it mentions."""

    own: tuple[Identifier, ...] = ()
    mentioned: tuple[Identifier, ...] = ()


def find(
    *, link: str = "", guid: str = "", declared: Iterable[Identifier] = (), text: str = "", links: Iterable[str] = ()
) -> Found:
    """All identifiers of an entry, each once, in the order of the schemes.

    `link` and `links` are addresses, `text` is plain text. Values that are not what their scheme
    says are dropped: a wrong identifier joins what does not belong together.
    """
    own = [found for given in declared if (found := checked(given.scheme, given.value))]
    own += of_url(link)
    own += of_guid(guid)
    own += [twin for identifier in own if (twin := _arxiv_of(identifier))]
    seen = frozenset(own)
    others = [found for address in links for found in of_url(address)] + in_text(text[:_TEXT_LIMIT])
    return Found(_sorted(own), tuple(dict.fromkeys(o for o in others if o not in seen)))


def _sorted(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    return tuple(sorted(dict.fromkeys(identifiers), key=lambda i: _ORDER.index(i.scheme)))


def _arxiv_of(identifier: Identifier) -> Identifier | None:
    """arXiv registers 10.48550/arXiv.<id> for each of its papers (info.arxiv.org/help/doi.html)."""
    if identifier.scheme != "doi" or not identifier.value.startswith("10.48550/arxiv."):
        return None
    return checked("arxiv", identifier.value.removeprefix("10.48550/arxiv."))


# --------------------------------------------------------------------------- in addresses and guids

# Publishers whose addresses are made of their DOIs. Each rule: domain, path, how the DOI is built.
# Nature: article pages are named by the DOI's suffix (www.nature.com/articles/s41598-021-87064-7, "Cite this article").
# bioRxiv, medRxiv: /content/<DOI>v<version> (API_FACTS 6; both prefixes in use, 10.1101 and 10.64898).
# The Lancet titles: the DOI is 10.1016/ and the PII of the address (thelancet.com, "DOI" line of each article).
_PUBLISHERS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("nature.com", re.compile(r"/articles/(?P<id>[a-z][a-z0-9.]*\d[a-z0-9.-]*?)(?:\.pdf)?/?$"), "10.1038/{}"),
    ("medrxiv.org", re.compile(r"/content/(?P<id>10\.\d{4,5}/[0-9.]+?\d)(?:v\d+\S*|\.full\S*|/?)$"), "{}"),
    ("biorxiv.org", re.compile(r"/content/(?P<id>10\.\d{4,5}/[0-9.]+?\d)(?:v\d+\S*|\.full\S*|/?)$"), "{}"),
    ("thelancet.com", re.compile(r"/article/PII(?P<id>S\d{4}-\d{3}[\dX]\(\d{2}\)\d{5}-[\dX])(?:/|$)"), "10.1016/{}"),
)  # fmt: skip
# What publishers' addresses put behind a DOI that stands in the path.
_BEHIND_DOI = re.compile(
    r"(?:/(?:full|abstract|abs|pdf|epdf|epub|meta|fulltext|summary|html|\d{6,9})|\.pdf|\.full(?:\.pdf)?|/)$",
    re.IGNORECASE,
)


def of_url(url: str) -> list[Identifier]:
    """The identifiers that an address names: a registry's, a publisher's made of its DOI, a DOI in the path."""
    cleaned = urls.clean(url)
    if not cleaned:
        return []
    host, path, query = urls.host_of(cleaned), urls.path_of(cleaned), urls.query_of(cleaned)
    known = registries.of_address(host, path, query)
    if known:
        return [known]
    plain = unquote(path)
    for domain, pattern, form in _PUBLISHERS:
        if (host == domain or host.endswith(f".{domain}")) and (found := pattern.search(plain)):
            identifier = checked("doi", form.format(found["id"]))
            return [identifier] if identifier else []
    # journals.plos.org carries the DOI in `id=`, others in `doi=`
    for place in (plain, *re.findall(r"(?:^|&)(?:id|doi)=([^&]+)", query)):
        if (at := DOI.search(unquote(place))) is not None and (doi := checked("doi", _ended(trim_doi(at[0])))):
            return [doi]
    return []


def _ended(doi: str) -> str:
    while (shorter := _BEHIND_DOI.sub("", doi)) != doi:
        doi = shorter
    return doi


def of_guid(guid: str) -> list[Identifier]:
    """The identifiers that a guid names: "pubmed:123", "doi:10.1/x", "yt:video:…", "oai:arXiv.org:…", an address."""
    guid = guid.strip()
    if guid[:8].lower().startswith(("http://", "https://")):
        return of_url(guid)
    scheme, _, rest = guid.partition(":")
    match scheme.lower():
        case "doi" | "pmid" | "pmcid" | "arxiv" as named:
            found = checked(named, rest)
        case "pubmed":
            found = checked("pmid", rest)
        case "oai":
            found = checked("arxiv", guid)
        case "yt":
            found = checked("youtube", guid)
        case _:
            found = checked("doi", guid) if guid.startswith("10.") and DOI.fullmatch(guid) else None
    return [found] if found else []


# --------------------------------------------------------------------------- in text

# Only with a context that says what the characters are: "10.5 / 3" is a number, "K123456" a product.
# Each with a string without which it finds nothing, because looking for a string takes no time;
# in small letters where case is of no consequence.
_IN_TEXT = (
    (
        "doi", "doi",
        re.compile(rf"\bdoi(?:\.org)?\s*[:/]?\s*(?:https?://(?:dx\.)?doi\.org/)?({DOI.pattern})", re.IGNORECASE),
    ),
    ("PMID", "pmid", re.compile(r"\bPMID\s*:?\s*(\d{5,8})\b")),
    ("PubMed ID", "pmid", re.compile(r"\bPubMed ID\s*:?\s*(\d{5,8})\b")),
    ("PMC", "pmcid", re.compile(r"\b(?:PMCID\s*:?\s*)?(PMC\d{5,8})\b")),
    (
        "arxiv", "arxiv",
        re.compile(
            rf"(?:\barxiv(?: preprint)?(?::\s*|\s+(?:arxiv:\s*)?)|arxiv\.org/(?:abs|pdf)/)({ARXIV.pattern})",
            re.IGNORECASE,
        ),
    ),
    ("NCT", "nct", re.compile(r"\b(NCT[ -]?\d{8})\b")),
    ("DEN", "fda", re.compile(r"\b(DEN\d{6})\b")),
    ("510(k)", "fda", re.compile(r"\b510\(k\)[^.;]{0,40}?\b(K\d{6})\b")),
    ("510(k)", "fda", re.compile(r"\b(K\d{6})\b[^.;]{0,20}?\b510\(k\)")),
    ("FDA", "fda", re.compile(r"\bFDA\b[^.;]{0,30}?\bclear(?:ed|ance|s)\b[^.;]{0,60}?\b(K\d{6})\b")),
    ("PMA", "fda", re.compile(r"\bPMA\b[^.;]{0,40}?\b(P\d{6})\b")),
    ("premarket approval", "fda", re.compile(r"\bpremarket approval\b[^.;]{0,40}?\b(P\d{6})\b")),
)  # fmt: skip


def in_text(text: str) -> list[Identifier]:
    """The identifiers that `text` names in so many words ("doi: 10.1/x", "NCT01234567", "510(k) K123456")."""
    small = text.lower()
    found: list[Identifier | None] = []
    for hint, scheme, pattern in _IN_TEXT:
        if hint in (small if hint.islower() else text):
            found += [checked(scheme, match[1]) for match in pattern.finditer(text)]
    return [identifier for identifier in found if identifier]
