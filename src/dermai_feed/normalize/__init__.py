"""Normalising: an `Entry`, word for word, becomes an `Item` that can be compared, ranked and shown.

Pure and total: no network, no clock, no locale; any text in, an item out. `normalize` makes
one item, `identity` says which known item it is. The rules are in the modules by noun: `text`,
`titles`, `urls` (with `wrappers` and `registries`), `dates`, `identifiers`, `people`,
`providers`. `pages` adds what an item's own page says.
"""

from . import dates, identifiers, identity, providers, text, urls
from .item import VERSION, normalize
from .pages import read_page, with_page

__all__ = [
    "VERSION",
    "dates",
    "identifiers",
    "identity",
    "normalize",
    "providers",
    "read_page",
    "text",
    "urls",
    "with_page",
]
