"""What a server says when it says no: the first words of an error page or of an interface's complaint. Pure.

An interface names the wrong parameter, the missing key or the limit in the body of its 4xx;
without those words whoever reads "status 400" has to ask it by hand.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from .failures import plain

MAX_BYTES = 8 * 1024  # of a body that is read for its first words
MAX_SECONDS = 2.0  # that reading them may take: it is a courtesy, not the document
LONGEST = 200  # characters kept

_UNSEEN = re.compile(
    r"<(script|style|noscript|svg|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]{0,2000}>|<[!?/a-zA-Z][^<>]*\Z")
_HIDDEN = "•••"
# key=…, "token": "…", Bearer …: a server that repeats the question repeats its secrets.
_SECRET = re.compile(
    r"""(?ix) ( (?:api[_-]?key|apikey|access[_-]?token|token|secret|password|passwd|signature|sig|mailto|email)
    ["']?\s*[=:]\s*["']? | \b(?:bearer|basic)\s+ ) [^\s"'&<>,;}]{3,}"""
)
# What a page that wants to see a browser calls itself; such pages do not always say so in a header.
_CHALLENGE = re.compile(
    r"^\W*(?:just a moment|attention required|one more step|checking your browser|verifying you are human"
    r"|are you (?:a )?(?:human|robot)|ddos-guard|please enable (?:js|javascript) and )"
    r"|(?:enable javascript and cookies to continue)",
    re.IGNORECASE,
)


def words(body: bytes, content_type: str, secrets: Iterable[str] = ()) -> str:
    """The text that a person would read first in `body`, on one line, at most `LONGEST` characters.

    Args:
        body: the beginning of an answer's body, maybe cut anywhere.
        content_type: the header; its charset is believed where Python knows it.
        secrets: texts that must not appear, such as the values of the question's own query.
    """
    if b"\x00" in body[:512] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""  # a picture or an archive
    text = _decoded(body, content_type)
    if text.lstrip("\ufeff \t\r\n")[:1] == "<" or re.search(r"<(?:html|body|p|h1|title)\b", text, re.IGNORECASE):
        text = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text)))
    text = " ".join(text.split())
    for secret in sorted({s for s in secrets if len(s) >= 6}, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return plain(_SECRET.sub(rf"\1{_HIDDEN}", text), LONGEST)


def is_challenge(text: str) -> bool:
    """Whether `text`, made by `words`, begins as pages do that want to see a browser."""
    return _CHALLENGE.search(text) is not None


def _decoded(body: bytes, content_type: str) -> str:
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
    try:
        return body.decode(found[1] if found else "utf-8", "replace")
    except (LookupError, UnicodeError, ValueError):
        return body.decode("utf-8", "replace")
