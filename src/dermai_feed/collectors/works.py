"""Addresses of works that a record names: DOI, PubMed, arXiv, trials.

A record's own names are `Identifier`s; the works that it points at (its preprint, what it
corrects, what comments on it) are addresses, from which normalising reads the names again.
Sources of the forms: doi.org, DOI Handbook 2.2 (prefix "10." and a suffix); PubMed's and
ClinicalTrials.gov's addresses as their own pages give them.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]{1,300}")
_TRIAL = re.compile(r"NCT\d{8}", re.IGNORECASE)
_ARXIV = re.compile(r"(?:arxiv:\s*)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?", re.IGNORECASE)

# Addresses that name a work: registries, preprint servers, and publishers that put the DOI into the path.
_WORK = re.compile(
    r"https?://(?:[\w.-]+\.)?(?:doi\.org/10\.|pubmed\.ncbi\.nlm\.nih\.gov/\d|ncbi\.nlm\.nih\.gov/(?:pubmed/\d|pmc/)"
    r"|pmc\.ncbi\.nlm\.nih\.gov/articles/|arxiv\.org/(?:abs|pdf)/|clinicaltrials\.gov/(?:study|show|ct2/show)/NCT"
    r"|accessdata\.fda\.gov/scripts/cdrh/|europepmc\.org/(?:article|abstract)/|nature\.com/articles/\w"
    r"|thelancet\.com/\S{0,100}/PIIS|[^/\s]+/\S{0,200}(?<![\d.])10\.\d{4,9}(?:/|%2F)\S)",
    re.IGNORECASE,
)
_DOI_SAID = re.compile(r"\bdoi(?:\.org)?\s*[:/]?\s*(10\.\d{4,9}/[^\s\"<>]{1,300})", re.IGNORECASE)
_TRIAL_SAID = re.compile(r"\bNCT\d{8}\b")


def names_a_work(address: str) -> bool:
    """Whether `address` is that of a work: a paper, a preprint, a trial, a device's clearance."""
    return len(address) <= 2_000 and _WORK.match(address) is not None


def said_in(text: str) -> list[str]:
    """The addresses of the works that `text` names in so many words: "doi: 10.1/x", "NCT01234567"."""
    found = [doi_address(named) for named in _DOI_SAID.findall(text)]
    return found + [trial_address(named) for named in _TRIAL_SAID.findall(text)]


def doi(text: str) -> str:
    """The first DOI in `text`, without the mark or bracket behind it; "" when there is none."""
    found = _DOI.search(text)
    name = found[0].rstrip(".,;:") if found else ""
    while name.endswith((")", "]")) and name.count(")") + name.count("]") > name.count("(") + name.count("["):
        name = name[:-1].rstrip(".,;:")  # it closes a bracket around the DOI
    return name


def doi_address(text: str) -> str:
    """The address of the first DOI in `text`; "" when there is none."""
    name = doi(text)
    return f"https://doi.org/{quote(name, safe='/:;()')}" if name else ""


def pubmed_address(pmid: str) -> str:
    """The address of a PubMed record; "" for what is no PMID."""
    number = pmid.strip()
    return f"https://pubmed.ncbi.nlm.nih.gov/{number}/" if re.fullmatch(r"[0-9]{1,9}", number) else ""


def trial_address(text: str) -> str:
    """The address of the first study of ClinicalTrials.gov that `text` names; "" when it names none."""
    found = _TRIAL.search(text)
    return f"https://clinicaltrials.gov/study/{found[0].upper()}" if found else ""


def arxiv_id(text: str) -> str:
    """The arXiv identifier that `text` is, without its version; "" when it is none."""
    found = _ARXIV.fullmatch(text.strip())
    return found[1] if found else ""


def arxiv_address(text: str) -> str:
    """The address of the arXiv identifier that `text` is; "" when it is none."""
    name = arxiv_id(text)
    return f"https://arxiv.org/abs/{name}" if name else ""
