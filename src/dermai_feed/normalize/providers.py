"""Providers: who publishes at an address, by registrable domain and never by name (N-09).

The registry is configuration (config/providers.yaml). A domain that it does not know is its
own name. A name that a feed or an entry gives is a proposal for people; it is used only where
there is no address at all.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from ..model import Provider
from ..rules import ProviderRules
from . import text, urls

_DOI = re.compile(r"https://doi\.org/(10\.\d{4,9})/")


@cache
def _suffixes() -> PublicSuffixList:
    """The list bundled with the library: nothing is fetched. Read when first asked for, it takes 0.1 s."""
    return PublicSuffixList()


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The registrable domain of `host`: news.mit.edu is mit.edu, x.github.io itself; `host` where there is none."""
    if host[-1:].isdigit():
        return host  # an IPv4 address
    return _suffixes().privatesuffix(host) or host


def provider_of(url: str, rules: ProviderRules, proposal: str = "") -> Provider:
    """Who publishes at `url`; `proposal` (a name from a source) counts only when `url` is empty or unusable.

    The registry may hold a domain below the registrable one (academic.oup.com): the longest match wins.
    doi.org publishes nothing: behind it stands whoever the DOI's prefix was registered to.
    """
    host = registrant(url, rules) or urls.host_of(url)
    if not host:
        return Provider(name=text.to_text(proposal), domain="")
    return known(host, rules) or Provider(name=registrable(host), domain=registrable(host), family=registrable(host))


def registrant(url: str, rules: ProviderRules) -> str:
    """The domain at which the registrant of a DOI publishes, for an address at doi.org; "" for any other.

    A prefix belongs to one registrant (DOI Handbook 2.2); config/providers.yaml knows the common ones.
    """
    found = _DOI.match(url)
    return rules.doi_prefixes.get(found[1], "") if found else ""


def known(host: str, rules: ProviderRules) -> Provider | None:
    """The registry's entry for `host` or the nearest domain above it, or None."""
    domain, best = host, rules.by_domain.get(host)
    while best is None and domain:
        domain = domain.partition(".")[2]
        best = rules.by_domain.get(domain)
    if best is None or best.family:
        return best
    return Provider(name=best.name, domain=best.domain, family=best.domain, tier=best.tier)


def names(provider: Provider, *more: str) -> frozenset[str]:
    """The folded names under which `provider` signs its titles: name, domain, its first label, and `more`."""
    domain = provider.domain
    return frozenset(
        folded.replace(" ", "")
        for name in (provider.name, domain, domain.partition(".")[0], *more)
        if (folded := text.fold(name).removeprefix("the "))
    )
