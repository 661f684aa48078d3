"""Feeds: asked politely, read whatever format they are in.

The format is found out from the document; the kind in the configuration (rss, atom, jsonfeed,
podcast, youtube) decides only what an entry is when nothing else says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from ..errors import ParseFailed
from ..model import Collected, Parsed, Problem, Request, Source, SourceState
from . import jsonfeed, loosefeed, repair, sniff, xmlfeed
from .contract import Context
from .encoding import decode

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
# Some servers answer 304 for ever; after this long one unconditional request finds out (F-15).
FORGET_VALIDATORS_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FeedCollector:
    """Collects from one address that answers with a feed."""

    default_type: str  # the seeds' `type`: article, podcast or video
    accept: str = ACCEPT

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the feed once, conditionally where `state` allows it.

        Raises: FetchFailed. What cannot be parsed is a failure in the result, beside the facts of the answer.
        """
        stuck = (
            state.not_modified_since is not None and context.now - state.not_modified_since >= FORGET_VALIDATORS_AFTER
        )
        response = context.fetch(
            Request(
                url=source.url,
                etag=None if stuck else state.etag,
                last_modified=None if stuck else state.last_modified,
                accept=self.accept,
                headers=source.headers,
                trusted=True,
            )
        )
        answer = Collected(
            source_id=source.id, status=response.status, headers=response.headers, requests=response.requests
        )
        if response.status == 304:
            return replace(answer, not_modified=True, permanent_url=response.permanent_url)
        body_hash = hashlib.sha256(response.body).hexdigest()
        if body_hash == state.body_hash:
            return replace(answer, same_body=True, body_hash=body_hash, permanent_url=response.permanent_url)
        content_type = response.header("content-type") or ""
        try:
            parsed = context.parse(source.kind, response.body, content_type, response.url, source.id)
        except ParseFailed as failed:
            return replace(answer, failure=failed.failure, failure_text=failed.text)
        return replace(
            answer,
            entries=parsed.entries,
            problems=parsed.problems,
            terms=parsed.terms,
            dropped=parsed.dropped,
            complete=parsed.complete,
            body_hash=body_hash if parsed.complete else None,  # a hash is remembered of good bodies only
            permanent_url=response.permanent_url,
            floor=parsed.floor,
            skip_hours=parsed.skip_hours,
            skip_days=parsed.skip_days,
        )

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """The feed in `body`: RSS, RDF, Atom or JSON Feed.

        Args:
            body: the document, without content coding.
            content_type: the HTTP header; only its charset is believed, and last of all.
            url: where the body came from, to make addresses absolute.
            source_id: for the entries and messages.

        Raises: ParseFailed: not_a_feed, login, challenge, parse_error.
        """
        text, complaint = decode(body, content_type)
        if not text.strip("\ufeff \t\r\n\x00"):
            raise sniff.not_a_feed("", "")
        if sniff.is_json(text):
            parsed = jsonfeed.parse(text, url=url, source_id=source_id, default_type=self.default_type)
        else:
            parsed = self._xml(text, url, source_id)
        if complaint:
            parsed = replace(parsed, problems=(*parsed.problems, _about(source_id, f"encoding: {complaint}")))
        return parsed

    def _xml(self, text: str, url: str, source_id: str) -> Parsed:
        document = repair.read(text)
        try:
            if document.root is not None:
                parsed = xmlfeed.parse(document.root, url=url, source_id=source_id, default_type=self.default_type)
            else:
                parsed = loosefeed.parse(document.text, url=url, source_id=source_id, default_type=self.default_type)
        except ParseFailed as failed:
            raise (sniff.not_a_feed(text, failed.text) if failed.failure == "not_a_feed" else failed) from failed
        if not document.complaint:
            return parsed
        if not parsed.entries and sniff.is_page(text):  # it only speaks of feeds
            raise sniff.not_a_feed(text, document.complaint)
        malformed = _about(source_id, f"malformed: {document.complaint}")
        return replace(parsed, complete=False, problems=(*parsed.problems, malformed))


def _about(source_id: str, what: str) -> Problem:
    return Problem(
        where=source_id, what=what, kind="feed", hint="tell the publisher; the entries were read all the same"
    )
