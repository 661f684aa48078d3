"""The comparer: keys of items, and what ties pairs of them, one batch after the other.

It keeps a sketch of whatever it has seen, so that nine of ten pairs of records need no profile,
and the profiles of the batch at hand. Items come as the JSON that the store holds: those
that are sketched already are not read again.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from zlib import crc32

from ..model import Edge, Item
from ..rules import MatchWeights
from .blocking import Keys, keys_of
from .profile import Profile, build
from .scoring import link, strangers, tops
from .sketch import Sketch, sketch
from .words import Lexicon

_SKETCHES = 50_000  # some 150 MB
_PROFILES = 300  # a batch, and whom it meets; some 15 MB


class Comparer:
    """Answers for items under the snapshot `weights`; `read` makes an item of its text.

    What it says depends on texts and weights alone, never on what it has seen before.
    """

    def __init__(self, weights: MatchWeights, read: Callable[[str], Item]) -> None:
        self._weights = weights
        self._lexicon = Lexicon(weights)
        self._most = tops(weights.citations)
        self._read = read
        # By item id, each with the checksum of the text that it is of.
        self._sketches: OrderedDict[str, tuple[int, Sketch]] = OrderedDict()
        self._profiles: OrderedDict[str, tuple[int, Profile]] = OrderedDict()

    def keys(self, texts: Mapping[str, str]) -> dict[str, Keys]:
        """Item id -> block keys, for every item of `texts` (id -> JSON)."""
        found = {}
        for id_, text in texts.items():
            profile = self._profile(id_, text)
            found[id_] = keys_of(profile, self._weights)
            self._keep(id_, text, profile)
        return found

    def ties(self, pairs: Iterable[tuple[str, str]], texts: Mapping[str, str]) -> list[Edge]:
        """The edges among `pairs` of ids that say more than that two items are apart; `texts` holds all items named."""
        pairs = list(pairs)
        met = Counter(id_ for pair in pairs for id_ in pair)
        edges = []
        for a, b in pairs:
            rare, often = (a, b) if met[a] <= met[b] else (b, a)
            one, other = self._sketch(rare, texts[rare]), self._sketch(often, texts[often])
            if not strangers(one, other, self._weights.citations, self._most):
                edge = link(self._profile(a, texts[a]), self._profile(b, texts[b]), self._weights, self._most)
                if edge is not None:
                    edges.append(edge)
        return edges

    def _sketch(self, id_: str, text: str) -> Sketch:
        known = self._sketches.get(id_)
        if known is not None and known[0] == crc32(text.encode()):
            self._sketches.move_to_end(id_)
            return known[1]
        return self._keep(id_, text, self._profile(id_, text))

    def _keep(self, id_: str, text: str, profile: Profile) -> Sketch:
        made = sketch(profile)
        self._sketches[id_] = crc32(text.encode()), made
        self._sketches.move_to_end(id_)
        if len(self._sketches) > _SKETCHES:
            self._sketches.popitem(last=False)
        return made

    def _profile(self, id_: str, text: str) -> Profile:
        checksum = crc32(text.encode())
        known = self._profiles.get(id_)
        if known is None or known[0] != checksum:
            known = self._profiles[id_] = checksum, build(self._read(text), self._lexicon)
        self._profiles.move_to_end(id_)
        if len(self._profiles) > _PROFILES:
            self._profiles.popitem(last=False)
        return known[1]
