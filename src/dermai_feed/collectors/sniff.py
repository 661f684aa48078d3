"""What a document is that is no feed: a login page, a challenge page, or just not a feed (P-07)."""

from __future__ import annotations

import re

from ..errors import ParseFailed

_HEAD = 65_536  # characters; what a page is stands at its beginning
_CHALLENGE = re.compile(
    r"<title>\s*(?:just a moment|attention required|access denied|are you (?:a )?(?:human|robot)|security check"
    r"|verifying you are human|ddos-guard|one more step)"
    r"|cf[-_]chl|challenge-platform|/_incapsula_|px-captcha|g-recaptcha|h-captcha|captcha-delivery",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"<input[^<>]{0,300}type\s*=\s*[\"']?password"
    r"|<title>[^<]{0,100}\b(?:log[ -]?in|sign[ -]?in|anmelden|connexion|single sign-on)\b",
    re.IGNORECASE,
)
_HTML = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_QUOTED = 200  # characters of a server's own words in a message


def is_json(text: str) -> bool:
    """Whether `text` can only be JSON."""
    return text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}


def is_page(text: str) -> bool:
    """Whether `text` begins as an HTML page."""
    return _HTML.search(text, 0, _HEAD) is not None


def quoted(text: str) -> str:
    """`text` of a server, fit for one line of a message."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"


def not_a_feed(text: str, reason: str) -> ParseFailed:
    """The failure that says what came instead of a feed.

    Args:
        text: the document.
        reason: what the parser missed, used where nothing better is known.
    """
    head = text[:_HEAD]
    if not head.strip():
        return ParseFailed("not_a_feed", "the document is empty")
    if _CHALLENGE.search(head):
        return ParseFailed("challenge", "a page that wants to see a browser came instead of the feed")
    if _LOGIN.search(head):
        return ParseFailed("login", "a login page came instead of the feed")
    if is_page(text):
        return ParseFailed("not_a_feed", "an HTML page came instead of the feed")
    # A server's plain words, such as "Resource not found."; not bytes that are no text.
    if "<" not in head and "says" not in reason and all(c.isprintable() or c.isspace() for c in head[:_QUOTED]):
        reason = f"{reason}; the server says: {quoted(head)}"
    return ParseFailed("not_a_feed", reason)
