"""What an item is: nine kinds, told by place, type and title."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dermai_feed.model import Enclosure, Identifier, Item, Provider, Publication
from dermai_feed.triage import Triage
from dermai_feed.triage.kinds import Places

PRIMARY = Provider(name="J", domain="j.example", tier="primary")
INSTITUTION = Provider(name="C", domain="clinic.example", tier="institution")
AUDIO = Enclosure(url="https://p.example/1.mp3", type="audio/mpeg")
DOI = Identifier(scheme="doi", value="10.1001/jamadermatol.2025.3366")


def at(url: str, domain: str = "", **more: object) -> dict[str, object]:
    return {"url": url, "provider": Provider(name="P", domain=domain or "p.example"), **more}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (at("https://medicalxpress.com/news/2021-08-a.html"), "article"),
        (at("https://medicalxpress.com/a", identifiers=(DOI,)), "article"),
        (at("https://statnews.example/a", identifiers=(Identifier(scheme="nct", value="NCT01234567"),)), "article"),
        (at("https://news.example/a", identifiers=(Identifier(scheme="fda", value="DEN230008"),)), "article"),
        (at("https://pubmed.ncbi.nlm.nih.gov/31960407/"), "paper"),
        (at("https://www.nature.com/articles/s41598-021-87064-7"), "paper"),
        (at("https://www.nature.com/articles/d41586-021-00001-1"), "article"),
        (at("https://doi.org/10.1111/bjd.18880"), "paper"),
        (at("https://journal.example/x", publication=Publication(journal="J Invest")), "paper"),
        (
            at("https://j.example/x", identifiers=(DOI,), provider=PRIMARY),
            "paper",
        ),
        (at("https://arxiv.org/abs/2401.00001"), "preprint"),
        (at("https://www.medrxiv.org/content/10.1101/2024.01.01.24300000v1"), "preprint"),
        (
            at(
                "https://doi.org/10.1101/2024.01.01.24300000",
                identifiers=(Identifier(scheme="doi", value="10.1101/2024.01.01.24300000"),),
            ),
            "preprint",
        ),
        (
            at(
                "https://doi.org/10.1101/gr.1234",
                identifiers=(Identifier(scheme="doi", value="10.1101/gr.123456.111"),),
            ),
            "paper",
        ),
        (at("https://x.example", publication=Publication(types=("Preprint",))), "preprint"),
        (at("https://clinicaltrials.gov/study/NCT01234567"), "trial"),
        (at("https://www.accessdata.fda.gov/scripts/cdrh/x", "fda.gov"), "regulatory"),
        (at("", "fda.gov"), "regulatory"),
        (at("https://www.eurekalert.org/news-releases/1"), "release"),
        (
            at("https://www.clinic.example/a", provider=INSTITUTION),
            "release",
        ),
        (at("https://www.youtube.com/watch?v=x", type="video"), "video"),
        (at("https://pod.example/1", type="podcast"), "podcast"),
        (at("https://pod.example/1", enclosures=(AUDIO,)), "podcast"),
        (at("https://x.example", publication=Publication(types=("Published Erratum",))), "notice"),
        (at("https://notarxiv.org/abs/1"), "article"),
        (at("https://arxiv.org.evil.example/abs/1"), "article"),
        (at("http://["), "article"),
        (at("", ""), "article"),
    ],
)  # fmt: skip
def test_a_kind_is_told_by_where_it_is_and_what_it_says_it_is(
    fields: dict[str, object], kind: str, triage: Triage, make: Callable[..., Item]
) -> None:
    """Registers, regulators, preprint servers, journals, wires; a report that names a number is a report."""
    assert triage(make("AI finds melanoma", **fields)).kind == kind


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        ("Author Correction: Deep learning for melanoma", True),
        ("Publisher's correction: Deep learning", True),
        ("Correction to: Deep learning for melanoma", True),
        ("Corrigendum to Deep learning for melanoma", True),
        ("Erratum: Deep learning", True),
        ("Retraction notice to “Deep learning”", True),
        ("RETRACTED: Deep learning for melanoma", True),
        ("[Retracted] Deep learning for melanoma", True),
        ("Retraction: Deep learning", True),
        ("Expression of Concern: Deep learning", True),
        ("Withdrawn: Deep learning", True),
        ("Correction of facial scars with lasers and AI", False),
        ("Corrections officers test AI", False),
        ("Retracting skin edges with a robot", False),
        ("Erratic AI misses melanoma", False),
    ],
)
def test_a_notice_is_told_by_the_title_that_journals_give_it(
    title: str, notice: bool, triage: Triage, make: Callable[..., Item]
) -> None:
    """Corrections, retractions, concerns: and no text that merely begins alike."""
    assert (triage(make(title)).kind == "notice") is notice


def test_the_nearest_host_tells_before_the_wider_one() -> None:
    """A path and a sub-domain of a known host may be of another kind."""
    places = Places.of({"paper": ("j.example",), "preprint": ("early.j.example", "k.example/preprints")})
    assert places.kind("https://early.j.example/1", "") == "preprint"
    assert places.kind("https://www.j.example/1", "") == "paper"
    assert places.kind("https://k.example/preprints/1", "") == "preprint"
    assert places.kind("https://k.example/news/1", "") is None
