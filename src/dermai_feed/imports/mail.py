"""Saved e-mail: newsletters and Google Scholar alerts, one message (.eml) or a box of them (.mbox).

Scholar's alerts are known by their sender; each hit is a heading with a link through
`scholar_url`, a green line of authors, journal and year, and a snippet. Of any other message the
links with words of their own become entries; what a newsletter links to besides (unsubscribing,
sharing, its own archive) does not. Mail is read by Python's `email` with its tolerant policy.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from urllib.parse import parse_qs, unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ..collectors import parts
from ..collectors.encoding import decode
from ..collectors.markup import plain
from ..model import Entry, Problem, Publication
from ..normalize import registries, urls
from . import references
from .citation import date, squeezed
from .contract import Document, Found, Unreadable, utf16

EML = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?:>?From .*\r?\n)?(?:[A-Za-z][A-Za-z0-9-]{1,60}:[ \t].*\r?\n(?:[ \t].*\r?\n)*){2,}"
)
HEADERS = re.compile(
    rb"^(?:From|Subject|Received|Return-Path|Message-ID|MIME-Version|Delivered-To):", re.MULTILINE | re.IGNORECASE
)
MBOX = re.compile(rb"\AFrom \S+.*\d\d:\d\d")
_START = re.compile(rb"(?:\A|(?<=\n)\r?\n)(?=From [^\r\n]{1,200}\d\d:\d\d[^\r\n]{0,60}\r?\n[A-Za-z-]{2,60}:)")
_MOST_LINKS = 500  # of one message
_LARGEST = 10 * 1024 * 1024  # bytes of one message
_WORDS = 4  # that the text of a link has at least, to be a headline
_CHAFF = re.compile(
    r"\b(?:unsubscribe|manage|preferences|view (?:in|this|online)|privacy|forward|share|click here|read more|sign up"
    r"|log ?in|subscribe|advertis|terms of|contact us|follow us|update your|abmelden|datenschutz|desabonner"
    r"|see all|list alerts|cancel alert)\b",
    re.IGNORECASE,
)
_CHAFF_ADDRESS = re.compile(
    r"unsubscribe|optout|opt-out|preferences|/profile/|mailto:|list-manage\.com/(?:profile|unsub)"
    r"|(?:twitter|x|facebook|linkedin|instagram|youtube)\.com/(?:intent|share|sharer|company|user|@)?[\w.-]*/?$",
    re.IGNORECASE,
)


def read(document: Document) -> Iterator[Found]:
    """What a message refers to. Raises: Unreadable when it is no message or refers to nothing."""
    found = list(_message(_body(document), document, document.name))
    if not found:
        raise Unreadable("the message links to nothing that could be an entry")
    yield from found


def read_mbox(document: Document) -> Iterator[Found]:
    """What the messages of a box refer to, one after the other. Raises: Unreadable when there is none."""
    body = _body(document)
    starts = [match.end() for match in _START.finditer(body)]
    if not starts:
        raise Unreadable("no message begins: a box has a line `From sender date` before each")
    silent = 0
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(body)], strict=True), 1):
        where = f"{document.name}: message {number}"
        said = False
        try:
            for found in _message(body[start:end], document, where):
                said = True
                yield found
            silent += not said
        except Unreadable as error:
            yield Problem(where=where, what=str(error), hint="the other messages were read")
    if silent:
        what = f"{silent} of {len(starts)} messages link to nothing that could be an entry"
        yield Problem(where=document.name, what=what, kind="note")


def _body(document: Document) -> bytes:
    """The bytes of a file of mail as they were sent: what an editor saved with a mark, or as UTF-16, is undone."""
    body = document.body
    marked = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8))
    return document.text.encode() if marked or utf16(body) else body


def _message(body: bytes, document: Document, where: str) -> Iterator[Found]:
    if len(body) > _LARGEST:
        raise Unreadable(f"{len(body)} bytes; a message of at most {_LARGEST} is read")
    try:
        # The line `From …` of a box is no header.
        message = email.message_from_bytes(re.sub(rb"\A>?From .*\r?\n", b"", body), policy=email.policy.default)
        markup, words = _bodies(message)
        sender = str(message.get("From", ""))
        sent = str(message.get("Date", ""))
        subject = squeezed(str(message.get("Subject", "")))
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise Unreadable(f"no message that can be read: {type(error).__name__}: {error}") from error
    if not message.keys() or (not markup and not words):
        raise Unreadable("no message with a text in it")
    if markup:
        tree = LexborHTMLParser(markup)
        if "scholaralerts" in sender.lower() or ("scholar.google" in markup and tree.css_first("a.gse_alrt_title")):
            yield from _scholar(tree, document, where, sent)
            return
        yield from _newsletter(tree, document, where, sender, sent, subject)
    else:
        inner = Document(name=where, body=words.encode("utf-8", "replace"), source_id=document.source_id)
        for found in references.cited(words, inner):
            if not (isinstance(found, Entry) and _CHAFF.search(found.title)):
                yield found


def _bodies(message: Message) -> tuple[str, str]:
    """The HTML and the plain text of a message, "" where there is none."""
    markup = words = ""
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind not in {"text/html", "text/plain"}:
            continue
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes):
            continue
        text = decode(raw, f"charset={part.get_content_charset() or ''}").text
        if kind == "text/html":
            markup = markup or text
        else:
            words = words or text
    return markup, words


def _scholar(tree: LexborHTMLParser, document: Document, where: str, sent: str) -> Iterator[Found]:
    """The hits of a Google Scholar alert."""
    hits = tree.css("a.gse_alrt_title") or tree.css("h3 a")
    for number, hit in enumerate(hits[:_MOST_LINKS], 1):
        address = _target(hit.attributes.get("href") or "")
        title = squeezed(hit.text(deep=True, separator=""))
        if not title or not parts.is_http(address):
            continue
        heading = hit.parent
        byline, snippet = "", ""
        following = heading.next if heading is not None else None
        while following is not None and not snippet:
            if following.tag in {"h3", "h2"}:
                break
            if following.tag == "div":
                text = squeezed(following.text(deep=True, separator=""))
                if not byline:
                    byline = text
                else:
                    snippet = text
            following = following.next
        authors, _, rest = byline.partition(" - ")
        journal = re.sub(r",?\s*(?:19|20)\d\d\s*$", "", rest.partition(" - ")[0]).strip(" …")
        yield Entry(
            source_id=document.source_id,
            title=plain(title),
            guid=address,
            link=address,
            summary=plain(snippet),
            published=date(rest) or None,
            updated=sent or None,
            authors=parts.unique(name for part in authors.split(",") if (name := part.strip(" …"))),
            publication=Publication(journal=journal),
            where=f"{where}, hit {number}",
        )


def _newsletter(
    tree: LexborHTMLParser, document: Document, where: str, sender: str, sent: str, subject: str
) -> Iterator[Found]:
    own = parts.host(f"https://{sender.rpartition('@')[2].strip('<> ')}/")
    seen: set[str] = set()
    number = 0
    for link in tree.css("a"):
        address = _target((link.attributes.get("href") or "").strip())
        title = squeezed(link.text(deep=True, separator=" "))
        key = urls.key(address)
        if not key or key in seen or _CHAFF_ADDRESS.search(address) or _CHAFF.search(title):
            continue
        named = registries.of_address(urls.host_of(address), urls.path_of(address), urls.query_of(address))
        if named is None and (
            len(title.split()) < _WORDS or not urls.specific(address) or urls.host_of(address) == own
        ):
            continue
        seen.add(key)
        number += 1
        if number > _MOST_LINKS:
            yield Problem(where=where, what=f"more than {_MOST_LINKS} links; the rest was left out")
            return
        yield Entry(
            source_id=document.source_id,
            title=plain(title) if len(title.split()) >= _WORDS else "",
            guid=address,
            link=address,
            summary=plain(_beside(link, title)),
            updated=sent or None,
            section=subject,
            where=f"{where}, link {number}",
        )


def _beside(link: LexborNode, title: str) -> str:
    """The text of the block that a headline stands in, without the headline."""
    node = link.parent
    for _ in range(4):
        if node is None or node.tag in {"body", "html"}:
            return ""
        text = squeezed(node.text(deep=True, separator=" "))
        if len(node.css("a")) > 2:
            return ""
        if len(text) > len(title) + 40:
            return squeezed(text.replace(title, "", 1))[:2_000]
        node = node.parent
    return ""


def _target(address: str) -> str:
    """Where a link of a mail leads, where its own address says so: Scholar's and Google's detours."""
    try:
        parsed = urlsplit(address)
    except ValueError:
        return ""
    if (parsed.hostname or "").startswith(("scholar.google.", "www.google.")) and parsed.path in {
        "/scholar_url",
        "/url",
    }:
        target = parse_qs(parsed.query).get("url") or parse_qs(parsed.query).get("q") or [""]
        return unquote(target[0]) if target[0].startswith("http%") else target[0]
    return address


def is_message(body: bytes) -> bool:
    """Whether `body` begins with the headers of a message."""
    head = body[:20_000]
    return EML.match(head) is not None and len({m[0].lower() for m in HEADERS.finditer(head)}) >= 2
