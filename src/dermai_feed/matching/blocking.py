"""Blocking: the keys under which an item is found again.

Two items are compared when they share a key. Each key function is small, named and returns a
set; `keys` is their union. Keys are rows in a table, so that candidates are a join, and they
depend on the item and the snapshot alone, so that they can be stored.

A key that more than `MatchWeights.block_cap` items share says little and would cost a great
deal, so it is skipped for newcomers, unless it is a name, an address, a title or a passage
(`STRONG`): by such a key a newcomer meets the first and the last `ENDS` that have it, and so
the five-hundredth copy of a wire text finds its work at the price of a few comparisons.

Keys of words and names carry a fortnight, because texts alone join within 14 days only
(decision 12): an item has them for its own fortnight and the next, so that two items that are
at most one window apart always share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from zlib import crc32

from ..model import Item
from ..rules import MatchWeights
from . import minhash, notices
from .profile import Profile, profile

Keys = frozenset[str]

STRONG = ("id:", "url:", "title:", "text:")
ENDS = 8  # items met at each end of a crowded block


def partners(key: str, block: Sequence[str], *, crowded: bool) -> Sequence[str]:
    """Whom a newcomer meets by `key`: of `block`, the ids that have it, in the order they were seen.

    Of a `crowded` block it is enough to hand in the first and the last `ENDS`.
    """
    if not crowded:
        return block
    if key.startswith(STRONG):
        return (*block[:ENDS], *block[max(ENDS, len(block) - ENDS) :])
    return ()


def keys(item: Item, weights: MatchWeights) -> frozenset[str]:
    """Every key of `item` under the snapshot `weights`."""
    return keys_of(profile(item, weights), weights)


def keys_of(p: Profile, weights: MatchWeights) -> Keys:
    """`keys` for a profile at hand."""
    found = identifier_keys(p) | url_keys(p) | title_keys(p) | minhash_keys(p) | excerpt_keys(p) | notice_keys(p)
    if p.literature:
        return found | record_keys(p)
    return found | rare_word_keys(p, weights) | name_keys(p, weights) | late_keys(p, weights) | slug_keys(p)


def identifier_keys(p: Profile) -> Keys:
    """Registered names, the item's own and those it links to: paper and coverage share the paper's."""
    own = {f"id:{scheme}:{value}" for scheme, values in p.ids.items() for value in values}
    return frozenset(own | {f"id:{cited}" for cited in p.cited})


def url_keys(p: Profile) -> Keys:
    """Own addresses and those linked to: an article meets the page it points at."""
    return frozenset(f"url:{u}" for u in p.addresses | p.outgoing if len(u) > 8 and "/" in u)


def title_keys(p: Profile) -> Keys:
    """The title's letters and digits, and its first part where a subtitle follows."""
    found = {f"title:{_short(p.squeezed)}"} if len(p.squeezed) >= 8 else set()
    head = "".join(c for c in p.title.split(": ")[0] if c.isalnum())
    if len(head) >= 30 and head != p.squeezed:
        found.add(f"title:{_short(head)}")
    return frozenset(found)


def minhash_keys(p: Profile) -> Keys:
    """Bands over the title's four-letter runs: titles that differ by a few letters or words."""
    return frozenset(f"mh:{band}" for band in minhash.bands(p.title))


def excerpt_keys(p: Profile) -> Keys:
    """The six smallest hashes of the excerpt's six-word runs: copies under another title."""
    hashes = sorted({crc32(run) for part in p.parts for run in _runs(part, 6)})
    return frozenset(f"text:{h:08x}" for h in hashes[:6])


def _runs(words: Sequence[str], size: int) -> Iterator[bytes]:
    """Every run of `size` words with blanks between them, cut from the text as a whole."""
    written = [word.encode() for word in words]
    text, start = b" ".join(written), 0
    end = sum(map(len, written[:size])) + size - 1
    for first, following in zip(written, (*written[size:], b""), strict=False):
        if end > len(text):
            return
        yield text[start:end]
        start, end = start + len(first) + 1, end + len(following) + 1


def notice_keys(p: Profile) -> Keys:
    """The title that a correction or retraction is about."""
    if not p.notice:
        return frozenset()
    subject = "".join(c for c in notices.subject(p.title_whole) if c.isalnum())
    return frozenset({f"title:{_short(subject)}"}) if len(subject) >= 20 else frozenset()


def record_keys(p: Profile) -> Keys:
    """Where a paper stands: author, year and page; volume and page; author and volume."""
    r = p.record
    found = set()
    if r.first_page and r.volume and r.first_page != "1":
        found.add(f"rec:v{r.volume}p{r.first_page}")
    if r.first_author and r.year:
        if r.first_page:
            found.add(f"rec:{r.first_author}{r.year}p{r.first_page}")
        if p.title_stems:
            found.add(f"rec:{r.first_author}{r.year}{_rarest(p, 1)[0]}")
    return frozenset(found)


def rare_word_keys(p: Profile, weights: MatchWeights) -> Keys:
    """Words that say something, in their fortnight: rare ones alone, the title's others in pairs."""
    rarest = _rarest(p, 6)
    alone = {s for s in p.title_weights if p.title_weights[s] >= 0.45}
    alone |= set(sorted((s for s in p.weigh if p.weigh[s] >= 0.55), key=lambda s: (-p.weigh[s], -len(s), s))[:8])
    pairs = (f"words:{a}+{b}" for a, b in combinations(sorted(rarest), 2))
    return _dated(p, weights.window_days, (*(f"word:{s}" for s in alone), *pairs))


def name_keys(p: Profile, weights: MatchWeights) -> Keys:
    """The proper names that say something, in their fortnight."""
    rare = sorted((n for n in p.names if p.weigh[n] >= 0.4), key=lambda n: (-p.weigh[n], n))
    return _dated(p, weights.window_days, (f"name:{n}" for n in rare[:8]))


def late_keys(p: Profile, weights: MatchWeights) -> Keys:
    """The four rarest words in a longer window, for what is told again weeks later; pairs of the title's rarest."""
    if p.day is None:
        return frozenset()
    rare = [s for s in p.weigh if p.weigh[s] >= 0.85 and not s.isdigit()]
    rarest = sorted(rare, key=lambda s: (-p.weigh[s], -len(s), s))[:4]
    pairs = (f"{a}+{b}" for a, b in combinations(sorted(_rarest(p, 3)), 2))
    return _dated(p, weights.late_days, (f"late:{s}" for s in (*rarest, *pairs)))


def slug_keys(p: Profile) -> Keys:
    """The words of an address: one page republished under another date or host."""
    if len(p.slug) < 4:
        return frozenset()
    return frozenset({f"slug:{_short('-'.join(sorted(p.slug)))}"})


def _rarest(p: Profile, n: int) -> list[str]:
    return sorted(set(p.title_stems), key=lambda s: (-p.title_weights[s], -len(s), s))[:n]


def _dated(p: Profile, days: float, found: Iterable[str]) -> Keys:
    if p.day is None:
        return frozenset(found)
    window = int(p.day // days)
    return frozenset(f"{key}@{w}" for key in found for w in (window, window + 1))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:24]}~{crc32(text.encode()):08x}"
