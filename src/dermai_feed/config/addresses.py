"""Addresses in a configuration: what is wrong with one, and when two are the same.

These are the rules of F-07 as far as text alone can tell. Where a name leads is the
network's question and is asked again at every request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

MOST_BYTES = 2048  # F-07
# Ports of services that answer an HTTP request with something a parser should never see (F-07).
CLOSED_PORTS = frozenset({22, 25, 110, 143, 465, 587, 993, 995, 3306, 5432, 6379, 9200, 11211, 27017})

_REFERENCE = re.compile(r"\$\{([^}]*)\}")


def fault(url: str) -> tuple[str, str]:
    """What is wrong with the web address `url` and what to do; two empty texts when nothing is."""
    if len(url.encode()) > MOST_BYTES:
        return f"is longer than {MOST_BYTES} bytes", "shorten it"
    if any(ord(c) <= 0x20 or ord(c) == 0x7F or c == "\\" for c in url):
        return "holds a space, a control character or a backslash", "percent-encode it"
    if any(mark in url for mark in "{}…"):
        return "holds a placeholder", 'fill it in, or write "" and `enabled: false` until you know it'
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        return f"is not an address: {wrong}", "write https://HOST/PATH"
    if parts.scheme == "file":
        return "is a file", "a folder of documents is `kind: folder` with a plain path"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "is not a web address", "write https://HOST/PATH"
    if port is not None and (port == 0 or port in CLOSED_PORTS):
        return f"names port {port}, which is not for the web", "use the port of a web server"
    if parts.username is not None or parts.password is not None:
        return "carries a user name or password", "send them as `headers: {Authorization: Basic ${NAME}}`"
    return "", ""


def folded(url: str) -> str:
    """`url` as it is compared with others: http is https, no default port, no fragment, no last slash."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    return urlunsplit(("https", host + port, parts.path.rstrip("/"), parts.query, ""))


def without_password(url: str) -> str:
    """`url` with `***` for a password, for people to read."""
    return re.sub(r"(://[^/@:]*:|[?&]password=)[^/@&]+(?=@|&|$)", r"\1***", url)


def holds_password(url: str) -> bool:
    """Whether a password stands in `url` itself and not in the environment that it refers to."""
    found = re.search(r"(?:://[^/@:]*:|[?&]password=)([^/@&]+)", url)
    return bool(found and "@" in url and _REFERENCE.sub("", found[1]))


def filled(text: str, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """`text` with every `${NAME}` replaced from `environ`, and what could not be, in words.

    The words name variables and never their values (C-05).
    """
    faults = []
    for name in _REFERENCE.findall(text):
        if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
            faults.append(f"${{{name}}} is no environment variable: capitals, digits and underscores")
        elif not environ.get(name):
            faults.append(f"the environment variable {name} is {'empty' if name in environ else 'not set'}")
        elif any(ord(c) < 0x20 or ord(c) == 0x7F for c in environ[name]):
            faults.append(f"the environment variable {name} holds a line end or another control character")
    return _REFERENCE.sub(lambda found: environ.get(found[1], ""), text), tuple(faults)


def refers(text: str) -> bool:
    """Whether `text` takes something from the environment."""
    return _REFERENCE.search(text) is not None
