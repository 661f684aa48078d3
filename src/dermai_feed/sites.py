"""Addresses that name a source by themselves: searches of interfaces, channels, hosts without a feed.

From the address that somebody copied out of a browser to the source that it stands for, by
the sites' own forms. Pure; nothing is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

from .errors import UsageError

# kind -> address of the interface, and which option holds the question (docs/sources.md).
INTERFACES: Mapping[str, tuple[str, str]] = {
    "arxiv": ("https://export.arxiv.org/api/query", "term"),
    "bingnews": ("https://www.bing.com/news/search", "term"),
    "biorxiv": ("https://api.biorxiv.org/details", "category"),
    "clinicaltrials": ("https://clinicaltrials.gov/api/v2/studies", "term"),
    "crossref": ("https://api.crossref.org/works", "filter"),
    "europepmc": ("https://www.ebi.ac.uk/europepmc/webservices/rest/search", "term"),
    "gdelt": ("https://api.gdeltproject.org/api/v2/doc/doc", "term"),
    "googlenews": ("https://news.google.com/rss/search", "term"),
    "openalex": ("https://api.openalex.org/works", "term"),
    "openfda": ("https://api.fda.gov/device/510k.json", "term"),
    "pubmed": ("https://eutils.ncbi.nlm.nih.gov/entrez/eutils/esearch.fcgi", "term"),
    "semanticscholar": ("https://api.semanticscholar.org/graph/v1/paper/search/bulk", "term"),
}

_YOUTUBE_FEED = "https://www.youtube.com/feeds/videos.xml"
_CHANNEL = re.compile(r"/channel/(UC[\w-]{22})(?:/|$)")
_CHANNEL_IN_PAGE = re.compile(r"youtube\.com/channel/(UC[\w-]{22})|\"(?:externalId|channelId)\":\"(UC[\w-]{22})\"")
# Sites that have no feed, and what to do instead.
_WITHOUT: Mapping[str, str] = {
    "scholar.google.com": "Google Scholar has no feed and lets no program ask it; "
    "use --kind pubmed, europepmc, openalex or semanticscholar with --query",
    "x.com": "X has no feed; look for the author's own site",
    "twitter.com": "X has no feed; look for the author's own site",
    "facebook.com": "Facebook has no feed; look for the publisher's own site",
    "instagram.com": "Instagram has no feed; look for the publisher's own site",
    "linkedin.com": "LinkedIn has no feed; look for the publisher's own site",
    "researchgate.net": "ResearchGate has no feed; use --kind pubmed or openalex with --query",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """The source that an address stands for."""

    kind: str
    url: str
    options: Mapping[str, str] = field(default_factory=dict)


def meant(address: str) -> Meant | None:
    """The source that `address` names by itself, None when it has to be asked.

    Raises: UsageError for a site that has no feed, with what to do instead.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").lower().removeprefix("www.").removeprefix("m.")
    query = {name: values[0].strip() for name, values in parse_qs(parts.query).items() if values}
    if word := _WITHOUT.get(host):
        raise UsageError(f"{address}: {word}")
    if host == "youtube.com":
        return _youtube(parts.path, query)
    if host == "github.com" and (repository := re.fullmatch(r"/([\w.-]+/[\w.-]+)(?:/releases)?/?", parts.path)):
        return Meant(kind="atom", url=f"https://github.com/{repository[1]}/releases.atom")
    if host == "reddit.com" and (group := re.match(r"/r/(\w+)/?$", parts.path)):
        return Meant(kind="atom", url=f"https://www.reddit.com/r/{group[1]}/.rss")
    return _interface(host, parts.path, query)


def _youtube(path: str, query: Mapping[str, str]) -> Meant | None:
    if found := _CHANNEL.match(path):
        return _channel(found[1])
    if playlist := query.get("list", ""):
        return Meant(kind="youtube", url=f"{_YOUTUBE_FEED}?playlist_id={quote(playlist)}")
    if found := re.match(r"/user/([\w-]{1,60})(?:/|$)", path):
        return Meant(kind="youtube", url=f"{_YOUTUBE_FEED}?user={found[1]}")
    return None  # a @handle: its page names the channel


def _channel(name: str) -> Meant:
    return Meant(kind="youtube", url=f"{_YOUTUBE_FEED}?channel_id={name}")


def channel_in(page: bytes) -> Meant | None:
    """The feed of the channel that a page of YouTube is about, None when it names none."""
    found = _CHANNEL_IN_PAGE.search(page[:3_000_000].decode("utf-8", "replace"))
    return _channel(found[1] or found[2]) if found else None


def _interface(host: str, path: str, query: Mapping[str, str]) -> Meant | None:
    """The interface behind a search that somebody made on a site."""
    if host == "pubmed.ncbi.nlm.nih.gov" and query.get("term"):
        return _asked("pubmed", query["term"])
    if host == "europepmc.org" and path.startswith("/search") and query.get("query"):
        return _asked("europepmc", query["query"])
    if host == "news.google.com" and query.get("q"):
        return _asked("googlenews", query["q"])
    if host == "bing.com" and path.startswith("/news/search") and query.get("q"):
        return _asked("bingnews", query["q"])
    if host == "clinicaltrials.gov" and path.startswith("/search"):
        options = {"condition": query.get("cond", ""), "term": query.get("term", "")}
        if found := {name: text for name, text in options.items() if text}:
            return Meant(kind="clinicaltrials", url=INTERFACES["clinicaltrials"][0], options=found)
    if host == "arxiv.org" and (listed := re.match(r"/list/([a-z-]+(?:\.[A-Za-z-]+)?)(?:/|$)", path)):
        return _asked("arxiv", f"cat:{listed[1]}")
    if host in {"medrxiv.org", "biorxiv.org"} and (subject := re.match(r"/collection/([\w-]+)/?$", path)):
        options = {"server": host.partition(".")[0], "category": subject[1].replace("-", "_")}
        return Meant(kind="biorxiv", url=INTERFACES["biorxiv"][0], options=options)
    return None


def _asked(kind: str, question: str) -> Meant:
    address, option = INTERFACES[kind]
    return Meant(kind=kind, url=address, options={option: question})
