"""Who stands behind an address at doi.org."""

from __future__ import annotations

import pytest

from dermai_feed.model import Provider
from dermai_feed.normalize import providers
from dermai_feed.rules import ProviderRules

RULES = ProviderRules(
    providers=(Provider(name="Nature", domain="nature.com", tier="primary"),), doi_prefixes={"10.1038": "nature.com"}
)


@pytest.mark.parametrize(
    ("url", "domain", "name"),
    [
        pytest.param("https://doi.org/10.1038/s41746-023-00914-8", "nature.com", "Nature", id="a known prefix"),
        pytest.param("https://doi.org/10.5555/x", "doi.org", "doi.org", id="an unknown prefix"),
        pytest.param("https://news.example/10.1038/x", "news.example", "news.example", id="a DOI elsewhere"),
        pytest.param("https://doi.org/10.10380/x", "doi.org", "doi.org", id="a longer prefix is another"),
    ],
)
def test_a_doi_belongs_to_whoever_its_prefix_was_registered_to(url: str, domain: str, name: str) -> None:
    """doi.org publishes nothing; else all papers would be of one family."""
    provider = providers.provider_of(url, RULES)
    assert (provider.domain, provider.name) == (domain, name)
