"""bioRxiv and medRxiv: preprints by the day they were posted, from api.biorxiv.org (kind `biorxiv`).

`url` is https://api.biorxiv.org/details; asked is /{server}/{from}/{to}/{offset}/json
(http://api.biorxiv.org/details/medrxiv/help), 100 records a page. Options:

    server    medrxiv (default) or biorxiv
    category  one subject, such as dermatology; all of them when it is not given
    days, pages  as `paging` says

No key; no limit on requests is published. Each version of a preprint is a record; `paging`
keeps the last. A preprint that came out in a journal links to the journal's DOI.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import partial

from ..model import Collected, Entry, Identifier, Parsed, Publication, Source, SourceState
from . import members, paging
from .contract import Context
from .each import read_each
from .members import count, word

_HABITS = paging.Habits(days=7, overlap=1, options=frozenset({"server", "category"}))
_SERVERS = {"medrxiv": "medRxiv", "biorxiv": "bioRxiv"}
# What /pubs calls the members of /details.
_PUBS = {
    "biorxiv_doi": "doi", "medrxiv_doi": "doi", "preprint_doi": "doi", "preprint_title": "title",
    "preprint_date": "date", "preprint_authors": "authors", "preprint_category": "category",
    "preprint_abstract": "abstract", "preprint_platform": "server", "published_doi": "published",
}  # fmt: skip
_UNPUBLISHED = frozenset({"", "NA", "N/A"})
# HighWire's marks for what was markup: O_x opens and C_x closes (seen in answers of September 2026).
_BLOCK = re.compile(r"O_(FIG|TBL|TEXTBOX)\b.*?C_\1", re.DOTALL)  # figures have no words of their own
_MARKS = {"O_LI": "<li>", "C_LI": "</li>", "O_ST_ABS": " <b>", "C_ST_ABS": "</b> "}
_MARK = re.compile(r"[OC]_(?:LI|ST_ABS|SCPLOW|SCPCAP|LST|QD|FIG|TBL|TEXTBOX)")
_NAMED = re.compile(r"\{([A-Za-z]{2,8}|\+/-)\}")
_SYMBOLS = {"+/-": "±", "degrees": "°", "approx": "≈", "micro": "µ", "middot": "·", "sim": "∼"}
# Headings of structured abstracts, fused with the sentence after them ("BackgroundThe", API_FACTS 6).
_HEADING = re.compile(
    r"^((?i:(?:Background|Introduction|Importance|Purpose|Rationale|Context|Aims?|Objectives?|Hypothesis|Methods?"
    r"|Study Design|Design|Setting|Participants|Patients|Interventions?|Exposures?|Measurements?|Main Outcomes?"
    r"|Main Outcomes and Measures|Findings?|Results?|Discussion|Interpretation|Conclusions?|Significance|Summary"
    r"|Limitations|Highlights|Motivation|Funding|Trial Registration)"
    r"(?:(?: and |/)(?:Aims?|Objectives?|Methods?|Design|Results?|Findings|Relevance|Conclusions?|Discussion))?))"
    r"(?=[A-Z][a-z ,]|[0-9<]|(?<=[a-z])[A-Z])"  # "METHODOLOGY" is a word, "MethodsAI" is not
)
_JATS = {"italic": "i", "bold": "b", "title": "h4", "sec": "div", "p": "p", "sub": "sub", "sup": "sup", "list": "ul"}
_JATS_TAG = re.compile(r"<(/?)(?:jats:)?(italic|bold|title|sec|p|sub|sup|list)(?:\s[^<>]{0,300})?>")
_TAG_START = re.compile(r"<(?!/?(?:i|b|em|strong|h4|div|p|sub|sup|ul|li)>)")


@dataclass(frozen=True, slots=True)
class BiorxivCollector:
    """Collects the preprints that one server posted since the last poll."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the days since the last poll, page by page. Raises: FetchFailed (see `paging.poll`)."""
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of /details or of /pubs. Raises: ParseFailed with the server's own words for anything else."""
        document = members.answer(body, content_type)
        found = members.records(document, "collection")
        entries, problems = read_each(found, partial(_entry, source_id=source_id), source_id)
        message = next(iter(members.objects(document, "messages")), {})
        behind = count(message, "cursor") + len(found)
        more = bool(found) and behind < count(message, "total")
        return Parsed(entries=entries, problems=problems, next_page=str(behind) if more else "")


def _address(source: Source, place: paging.Place) -> str:
    server = source.options.get("server", "medrxiv")
    path = f"{source.url.rstrip('/')}/{server}/{place.since}/{place.until}/{place.page or '0'}/json"
    return paging.with_query(path, {"category": source.options.get("category", "")})


def _entry(record: object, number: int, *, source_id: str) -> Entry:
    record = members.members(record)
    preprint = {_PUBS.get(key, key): value for key, value in record.items()}
    doi = word(preprint, "doi")
    if not doi:
        raise ValueError("a preprint without DOI")
    server = word(preprint, "server").lower()
    version = word(preprint, "version") or "1"
    date = word(preprint, "date") or None
    journal = word(preprint, "published")
    return Entry(
        source_id=source_id,
        guid=doi,
        title=word(preprint, "title"),
        link=f"https://www.{server}.org/content/{doi}v{version}" if server in _SERVERS else f"https://doi.org/{doi}",
        summary=abstract(word(preprint, "abstract")),
        # A later version bears its own date; when the preprint came out it does not say.
        published=date if version == "1" else None,
        updated=None if version == "1" else date,
        authors=tuple(name for part in word(preprint, "authors").split(";") if (name := part.strip())),
        tags=(category,) if (category := word(preprint, "category")) else (),
        identifiers=(Identifier(scheme="doi", value=doi),),
        links=() if journal.upper() in _UNPUBLISHED else (f"https://doi.org/{journal}",),
        publication=Publication(journal=_SERVERS.get(server, server), types=("Preprint",)),
        where=f"entry {number}",
    )


def abstract(text: str) -> str:
    """An abstract of bioRxiv as HTML: marks and JATS as tags, headings set off, names of symbols as symbols."""
    text = _BLOCK.sub(" ", text)
    text = _JATS_TAG.sub(lambda tag: f"<{tag[1]}{_JATS[tag[2]]}>", text)
    text = _TAG_START.sub("&lt;", re.sub(r"&(?!#?\w{1,30};)", "&amp;", text))
    text = _MARK.sub(lambda mark: _MARKS.get(mark[0], ""), text)
    text = _NAMED.sub(lambda name: html.escape(_symbol(name[1]) or name[0]), text)
    paragraphs = [_HEADING.sub(r"<b>\1</b> ", part.strip()) for part in re.split(r"\n{2,}", text) if part.strip()]
    return paragraphs[0] if len(paragraphs) == 1 else "".join(f"<p>{part}</p>" for part in paragraphs)


def _symbol(name: str) -> str:
    """The character that {name} stands for: ± and the like, or a Greek letter; "" when it is neither."""
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    except KeyError:
        return ""
