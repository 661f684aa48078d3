"""Identifiers by themselves: on the command line, or one a line in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Identifier, Problem
from ..normalize import registries, urls
from .contract import Document, Found, Unreadable, Wanted

_FORMS = (
    (
        "doi",
        re.compile(
            r"(?:doi:\s*|info:doi/|https?://(?:dx\.|www\.)?doi\.org/)?(10\.\d{4,9}(?:\.\d+)*/\S+)", re.IGNORECASE
        ),
    ),
    ("pmid", re.compile(r"(?:pmid|pubmed)\s*[:=]?\s*(\d{1,8})", re.IGNORECASE)),
    ("pmcid", re.compile(r"(?:pmcid\s*[:=]?\s*)?(PMC\d{1,8})(?:\.\d+)?", re.IGNORECASE)),
    ("arxiv", re.compile(r"arxiv\s*[:=]\s*(\S+)|(\d{4}\.\d{4,5})(?:v\d+)?", re.IGNORECASE)),
    ("nct", re.compile(r"(?:nct\s*[:=]\s*)?(NCT\d{8})", re.IGNORECASE)),
)
_WRITTEN = {
    r"(?:pmid|pubmed)\b": "a PubMed number is written PMID:31960407, up to eight digits",
    r"pmc": "a PubMed Central number is written PMC1234567, up to eight digits",
    r"arxiv|\d{4}\.\d+$": "an arXiv id is written arXiv:2101.00001 or arXiv:cs/0101001",
    r"nct": "a trial's number is written NCT and eight digits: NCT01234567",
}
_MOST = 100_000
RESOLVED = frozenset({"doi", "pmid", "pmcid", "arxiv", "nct"})


def identifier(text: str) -> Identifier | None:
    """The identifier that `text` is as a whole, or names by its registry's address; None when it is none."""
    text = text.strip().strip("<>").rstrip(".,;")
    for scheme, pattern in _FORMS:
        if match := pattern.fullmatch(text):
            value = next(group for group in match.groups() if group)
            if checked := registries.checked(scheme, value):
                return checked
    if urls.clean(text):
        named = registries.of_address(urls.host_of(text), urls.path_of(text), urls.query_of(text))
        if named is not None and named.scheme in RESOLVED:
            return named
    return None


def meant(text: str) -> str:
    """What somebody who wrote `text` for an identifier or an address may have meant; "" when it looks like neither."""
    bare = text.strip()
    if re.match(r"(?:doi:\s*)?10\.\d{4,9}", bare, re.IGNORECASE):
        return "a DOI is written 10.1000/suffix, in quotes where it has blanks or brackets"
    if re.fullmatch(r"\d{5,8}", bare):
        return f"a PubMed number is written PMID:{bare}"
    for begins, form in _WRITTEN.items():
        if re.match(begins, bare, re.IGNORECASE):
            return form
    if re.match(r"https?:?/", bare, re.IGNORECASE):
        return "an address is written https://host/path"
    if re.match(r"(?:[\w-]+\.)+[a-z]{2,}/", bare, re.IGNORECASE):
        return f"an address is written with https:// before it: https://{bare}"
    return ""


def read(document: Document) -> Iterator[Found]:
    """Each line's identifier or address. Raises: Unreadable when no line is one."""
    seen: set[str] = set()
    count = 0
    for number, line in enumerate(document.text.split("\n"), 1):
        text = re.sub(r"\s+#.*$", "", line).strip().strip(",;\"'")
        if not text or text.startswith("#"):
            continue
        where = f"{document.name}:{number}"
        found = identifier(text) or _bare_pmid(text)
        if found is None and urls.clean(text):
            found = Identifier(scheme="url", value=text)
        if found is None:
            yield Problem(
                where=where, what=f"{text[:80]!r} is no identifier and no address", hint="the others were read"
            )
            continue
        count += 1
        if count > _MOST:
            raise Unreadable(f"more than {_MOST} identifiers")
        if str(found) not in seen:
            seen.add(str(found))
            yield Wanted(identifier=found, where=where)
    if not count:
        raise Unreadable("no line is an identifier or an address")


def _bare_pmid(text: str) -> Identifier | None:
    """In a file of identifiers a number by itself is a PMID."""
    return Identifier(scheme="pmid", value=text) if re.fullmatch(r"[1-9]\d{4,7}", text) else None


def looks_like_names(text: str) -> bool:
    """Whether nearly every line of `text` is an identifier or an address and nothing else."""
    lines = [line.strip().strip(",;\"'") for line in text[:50_000].splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")][:200]
    named = sum(bool(identifier(line) or _bare_pmid(line) or (urls.clean(line) and " " not in line)) for line in lines)
    return bool(lines) and named * 10 >= len(lines) * 8
