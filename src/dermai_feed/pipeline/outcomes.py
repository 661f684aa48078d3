"""What became of the items that an import brought: verdict, work and story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..codec import decode
from .parts import Parts

_BATCH = 500  # items looked up at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What became of one item that an import brought."""

    item: str
    title: str
    outcome: str  # accepted, held, rejected
    because: str = ""
    duplicate_of: str = ""  # item id: the one that stands for the work
    story: str = ""
    origin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    """What is read of an item here; the rest of it would take most of the time."""

    title: str
    origin: str = ""


def outcomes(parts: Parts, ids: Sequence[str]) -> list[Came]:
    """What became of the items `ids`: verdict, work, story, in their order."""
    came: list[Came] = []
    for start in range(0, len(ids), _BATCH):
        came += _came(parts, ids[start : start + _BATCH])
    return came


def _came(parts: Parts, ids: Sequence[str]) -> list[Came]:
    verdicts = parts.store.items.verdicts(ids)
    homes = parts.store.imports.homes(ids)
    mates = parts.store.imports.mates({work for work, _ in homes.values()})
    items = {id_: decode(_Named, text) for id_, text in parts.store.items.texts_of(ids).items()}
    words = {"accept": "accepted", "review": "held", "reject": "rejected"}
    came = []
    for id_ in ids:
        verdict, home = verdicts.get(id_), homes.get(id_)
        others = [mate for mate in mates.get(home[0], ()) if mate != id_] if home else []
        came.append(
            Came(
                item=id_, title=items[id_].title, outcome=words[verdict.decision] if verdict else "new",
                because=verdict.because if verdict else "", duplicate_of=others[0] if others else "",
                story=home[1] if home else "", origin=items[id_].origin,
            )
        )  # fmt: skip
    return came
