"""People: the authors of an entry, one name each.

Sources write them in one field or many, with addresses or titles around them; the shapes are
those of API_FACTS ("Journal RSS, one real sample each") and of RSS 2.0 (`mail (Name)`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import text

_MOST = 200  # authors; consortia list thousands
_NAME_LIMIT = 200  # characters
_MAIL_NAME = re.compile(r"\S+@\S+\s*\((?P<name>[^)]*)\)|(?P<before>[^<]*)<\S+@[^>]*>")
_MAIL = re.compile(r"\S+@\S+\.\S+")
_BY = re.compile(r"^(?:by|author\(s\)|authors?)\s*:?\s+|^author\(s\):\s*", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_DEGREE = re.compile(r"(?:MD|PhD|Ph\.D\.?|MSc|MBBS|FAAD|MPH|Jr\.?|Sr\.?|DO|RN|MS|BS|DPhil|MBA|III?)", re.IGNORECASE)


def authors(given: Iterable[str], *, told_apart: bool = False) -> tuple[str, ...]:
    """Names from `given`, each once, in order; mail addresses are dropped, lists in one string are told apart.

    `told_apart` says that each string is one person already, as in citation exports: then "Jr" and
    "MD" stay, and "van den Berg, Jan Willem" is not two.
    """
    fields = [name for name in (_plain(field) for field in given) if name]
    if told_apart:
        return tuple(dict.fromkeys(text.cut(name, _NAME_LIMIT) for name in fields))[:_MOST]
    # Only a lone field can hold a list: where there are many, "Surname, Given" is one person.
    people = _listed(fields[0]) if len(fields) == 1 else [_without_degrees(field) for field in fields]
    return tuple(dict.fromkeys(text.cut(name, _NAME_LIMIT) for name in people if name))[:_MOST]


def _plain(field: str) -> str:
    # "Name <mail>" would lose nothing to the HTML reader, but "mail (Name)" has to be turned round first.
    found = _MAIL_NAME.fullmatch(field.strip()) if "@" in field[:400] else None
    if found:
        field = found["name"] or found["before"] or ""
    name = _BY.sub("", text.to_text(field))
    return _MAIL.sub("", name).strip(" ,;") if "@" in name else name.strip(" ,;")


def _listed(field: str) -> list[str]:
    if ";" in field:
        return [_without_degrees(part.strip(" ,")) for part in field.split(";")]
    parts = [part.strip() for part in re.split(r",\s*(?:and\s+|&\s+)?|\s+(?:and|&)\s+", field)]
    parts = [part for part in parts if part and not _DEGREE.fullmatch(part)]
    is_one = len(parts) == 2 and field.count(",") == 1 and not (" " in parts[0] and " " in parts[1])
    if is_one and " and " not in field:
        return [field]  # "Surname, Given", "Le Surname, G"
    if len(parts) % 2 == 0 and all(_INITIALS.fullmatch(part) for part in parts[1::2]):
        return [f"{family} {initials}" for family, initials in zip(parts[::2], parts[1::2], strict=True)]
    return parts


def _without_degrees(name: str) -> str:
    first, *others = (part.strip() for part in name.split(","))  # a surname may look like a degree: "Do, K"
    return ", ".join(part for part in (first, *(p for p in others if not _DEGREE.fullmatch(p))) if part)
