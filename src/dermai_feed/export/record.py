"""What is exported: a work, told by the item that stands for it and completed by its copies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..model import Item, Publication, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One line, entry or object of an export."""

    item: Item
    verdict: Verdict | None = None
    story: str = ""

    @property
    def publication(self) -> Publication:
        """Where it appeared; an empty one when nothing is known."""
        return self.item.publication or Publication()

    @property
    def date(self) -> str:
        """The date as far as it is known: 2021-03-05, 2021-03, 2021; "" when it is only ours."""
        item = self.item
        if item.basis == "first_seen":
            return ""
        form = {"year": "%Y", "month": "%Y-%m"}.get(item.precision, "%Y-%m-%d")
        # strftime does not fill up years before 1000 everywhere
        return item.published.strftime(form).zfill(len("2021") if form == "%Y" else 0)

    @property
    def abstract(self) -> str:
        """All that is known of its text."""
        return self.publication.abstract or self.item.excerpt

    def identifier(self, scheme: str) -> str:
        """The identifier of `scheme`, "" when it has none."""
        return self.item.identifier(scheme) or ""

    @property
    def address(self) -> str:
        """Its own address."""
        return self.item.url or self.item.original_url

    @property
    def is_video(self) -> bool:
        """Whether it is a film."""
        return self.item.type == "video"

    @property
    def is_paper(self) -> bool:
        """Whether it is a publication and not a page of news."""
        return bool(self.item.publication and self.item.publication.journal) or bool(
            self.identifier("doi") or self.identifier("pmid") or self.identifier("arxiv")
        )


def of_work(canonical: Item, copies: Sequence[Item], verdict: Verdict | None, story: str) -> Record:
    """The record of a work: what its canonical item does not say is taken from its copies, oldest first."""
    made = canonical
    for copy in copies:
        if copy.id == canonical.id:
            continue
        schemes = {identifier.scheme for identifier in made.identifiers}
        made = replace(
            made,
            identifiers=(*made.identifiers, *(i for i in copy.identifiers if i.scheme not in schemes)),
            authors=made.authors or copy.authors,
            excerpt=made.excerpt or copy.excerpt,
            language=made.language or copy.language,
            url=made.url or copy.url,
            publication=_joined(made.publication, copy.publication),
        )
    return Record(item=made, verdict=verdict, story=story)


def _joined(own: Publication | None, other: Publication | None) -> Publication | None:
    if own is None or other is None:
        return own or other
    if own.journal and other.journal and own.journal.casefold() != other.journal.casefold():
        return own  # a preprint's server and the journal have volumes and pages of their own
    return Publication(
        journal=own.journal or other.journal,
        volume=own.volume or other.volume,
        issue=own.issue or other.issue,
        pages=own.pages or other.pages,
        issn=own.issn or other.issn,
        types=own.types or other.types,
        publisher=own.publisher or other.publisher,
        accession=own.accession or other.accession,
        abstract=own.abstract or other.abstract,
    )


def listed(values: Sequence[str], separators: str) -> str:
    """`values` set apart by semicolons; one alone that holds any of `separators` ends with one.

    Else it would be taken for a list: "Melanoma, Cutaneous", "Johnson and Johnson".
    """
    alone = len(values) == 1 and re.search(separators, values[0])
    return "; ".join(values) + (";" if alone else "")


def one_line(text: str) -> str:
    """`text` without line ends: in tagged formats a line end ends the field."""
    return " ".join(text.split())
