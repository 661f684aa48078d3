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


def doi(text: str) -> str:
    """The first DOI in `text`, without the sentence mark behind it; "" when there is none."""
    found = _DOI.search(text)
    return found[0].rstrip(".,;:") if found else ""


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
