"""Providers: by registrable domain, from our registry, never from text (N-09)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dermai_feed.model import Provider
from dermai_feed.normalize import providers, urls
from dermai_feed.rules import ProviderRules


@pytest.mark.parametrize(
    ("url", "name", "domain", "tier"),
    [
        ("https://www.medicalxpress.com/news/x.html", "Medical Xpress", "medicalxpress.com", "trade"),
        ("https://news.mit.edu/2021/x", "MIT News", "mit.edu", "institution"),
        ("https://www.nature.com/articles/x", "Nature", "nature.com", "primary"),
        ("https://academic.oup.com/bjd", "Oxford Academic", "academic.oup.com", "primary"),
        ("https://derma.jmir.org/2020/1/e1", "JMIR Dermatology", "derma.jmir.org", "primary"),
        ("https://cancer.jmir.org/2020/1/e1", "JMIR Publications", "jmir.org", "primary"),
        ("https://www.gov.uk/drug-device-alerts", "GOV.UK", "gov.uk", "primary"),
        ("https://abcnews.go.com/Health/x", "ABC News", "abcnews.go.com", "news"),
        ("https://blog.unknown-derm.co.uk/x", "unknown-derm.co.uk", "unknown-derm.co.uk", "unknown"),
        ("https://someone.github.io/x", "someone.github.io", "someone.github.io", "unknown"),
        ("https://notnature.com/x", "notnature.com", "notnature.com", "unknown"),
        ("https://8.8.8.8/x", "8.8.8.8", "8.8.8.8", "unknown"),
    ],
)
def test_n09_provider_by_domain(url: str, name: str, domain: str, tier: str, rules: ProviderRules) -> None:
    """The registry's name for the longest domain that fits, else the registrable domain; proposals do not count."""
    found = providers.provider_of(url, rules, "Armed robbery in Revesby")
    assert (found.name, found.domain, found.tier) == (name, domain, tier)


def test_proposal_counts_only_without_an_address(rules: ProviderRules) -> None:
    """Where there is no address, the name that a person wrote is all there is."""
    assert providers.provider_of("", rules, "The Skin <b>Podcast</b>") == Provider(name="The Skin Podcast", domain="")


def test_publishers_that_share_texts_are_one_family(rules: ProviderRules) -> None:
    """Science X is one origin; release services are one each; a publisher without a family is its own."""
    family = {p.domain: providers.provider_of(f"https://{p.domain}/", rules).family for p in rules.providers}
    assert family["medicalxpress.com"] == family["phys.org"] == family["techxplore.com"] == "science-x"
    wires = ["eurekalert.org", "newswise.com", "prnewswire.com", "businesswire.com", "globenewswire.com"]
    assert len({family[wire] for wire in wires}) == len(wires)
    assert family["nature.com"] == "nature.com"
    assert providers.provider_of("https://x.unknown.example/", rules).family == "unknown.example"


def test_registry_is_well_formed(rules: ProviderRules) -> None:
    """Every domain is a host we would store, once; every name is text; every entry has a tier."""
    assert [d for d, n in Counter(p.domain for p in rules.providers).items() if n > 1] == []
    assert [p.domain for p in rules.providers if urls.public_host(p.domain) != p.domain] == []
    assert [p.domain for p in rules.providers if not p.name.strip() or p.tier == "unknown"] == []
    assert [t for t in rules.tracking if t in {"id", "p", "page", "q", "v", "article", "*"}] == []


def test_registry_knows_the_domains_of_the_seeds(root: Path, rules: ProviderRules) -> None:
    """Every provider domain that a seed names is in the registry."""
    import re

    known = {p.domain for p in rules.providers}
    seeds = sorted((root / "seeds").glob("*.txt"))
    named = {d for seed in seeds for d in re.findall(r"^\s+domain: (\S+)$", seed.read_text("utf-8"), re.MULTILINE)}
    assert named <= known


def test_names_by_which_a_provider_signs() -> None:
    """Name, domain, its first label and what is added, folded, without spaces and a leading article."""
    provider = Provider(name="The New York Times", domain="nytimes.com")
    assert providers.names(provider, "NYT Health", "") == {"newyorktimes", "nytimescom", "nytimes", "nythealth"}
