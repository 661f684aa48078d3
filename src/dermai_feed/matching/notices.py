"""Notices: corrections, retractions, comments and replies, and the work each is about.

A notice is a work of its own that joins its subject's story. It gives itself away by its title
("Author Correction: …", "… Reply", "… (vol 360, pg 542, 2009)") or its publication type.
"""

from __future__ import annotations

import re

_AUTHOR = r"(?:(?:author'?s?'?|publisher'?s?'?) )?"
_NOTICES = (
    (
        "retraction",
        re.compile(
            r"^(?:retraction\b(?! (?:of the|force))|notice of retraction|expression of concern"
            r"|withdrawal\s*(?:[:\-]|of\b|notice))"
        ),
    ),
    (
        "correction",
        re.compile(
            rf"^{_AUTHOR}(?:corrections?(?: and republication)?\s*(?:to\b|for\b|[:\-.\[(]|$)"
            r"|erratum|errata|corrigend(?:um|a)|addendum)"
        ),
    ),
    (
        "comment",
        re.compile(
            r"^(?:comments? (?:on|to|re)\b|commentary(?: on\b|:| to\b)|letter to the editor|in response to\b"
            r"|editorial comment)|\[(?:comment|letter)\]\s*$|[:.-] (?:a )?comment(?:ary)?\s*$"
        ),
    ),
    (
        "reply",
        re.compile(
            rf"^{_AUTHOR}(?:reply|response|rebuttal)\s*(?:to\b|[:\-]|$|from\b)|^the authors? (?:reply|respond)"
            r"|[:.-] ?(?:reply|response)\s*$|\b(?:the )?authors?'?s?'? (?:reply|replies|response)\s*$"
            r"|\[(?:reply|response)\]\s*$"
        ),
    ),
)
# "… (vol 360, pg 542, 2009)", "… (New England Journal of Medicine (2009) 360 (542-544))": how the two
# large citation indexes title a correction, after the place of what it corrects.
_PLACE_OF_SUBJECT = re.compile(
    r"\s*\((?:retraction of )?(?:vol\.? \d+,? (?:art(?:n|icle)?|pg?|pp)\.? [\w-]+,? \d{4}"
    r"|[^()]{4,90}\(\d{4}\) \d+[^()]*(?:\([^()]*\)[^()]*){0,4})\)\.?\s*$"
)
_LEAD = re.compile(
    rf"^(?:notice of )?{_AUTHOR}(?:retraction|corrections?|errat(?:um|a)|corrigend(?:um|a)|addendum"
    r"|expression of concern|comments?|commentary|letter|reply|response|withdrawal)(?:\s*(?:article|notice))?"
    r"\s*(?:to|on|for|of|from)?\s*[:\-.\"']?\s*(?:the )?(?:article|paper)?\s*[:\"']?\s*"
)
_TAIL = re.compile(
    r"[\s:.-]*(?:\b(?:the )?authors?'?s?'? |\[|\ba )?(?:reply|replies|response|comment(?:ary)?|letter)\]?\s*$"
)


def notice(folded_title: str, publication_types: tuple[str, ...] = ()) -> str:
    """Which kind of notice about another work a title or publication type announces, or "".

    Kinds: retraction, correction, comment, reply. The publication types are PubMed's
    ("Published Erratum", "Retraction of Publication", "Comment"). "Retracted Publication" and
    "RETRACTED: …" mark the subject and not the notice, and are left aside.
    """
    for kind, pattern in _NOTICES:
        if pattern.search(folded_title):
            return kind
    if _PLACE_OF_SUBJECT.search(folded_title):
        return "correction"
    for given in publication_types:
        low = given.casefold()
        if "retraction of" in low or "retraction notice" in low or "expression of concern" in low:
            return "retraction"
        if "erratum" in low or low.startswith("correct"):
            return "correction"
        if low == "comment":
            return "comment"
    return ""


def subject(folded_title: str) -> str:
    """What remains of a notice's title when the words that make it one are taken off."""
    rest = _PLACE_OF_SUBJECT.sub("", _LEAD.sub("", folded_title, count=1))
    return _TAIL.sub("", rest).strip(" \"'.") or folded_title
