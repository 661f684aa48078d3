"""Three-way merge of a story file: what we last wrote, what is on disk, what we would write now.

The base travels in the file (decision 2): ``dermai.written`` holds, for each field that the
machine wrote, eight characters of a hash of its value; for lists of things, one for each
element. So a value with another hash is an editor's, and a hash without a value is an
editor's deletion. Both stay. A field that only the machine changed goes in; a field that
both changed stays the editor's and is a clash (W-04)::

    on disk           now               result
    as written        as written        nothing to do
    as written        changed or gone   the machine's
    changed or gone   as written        the editor's
    the same change on both sides       agreed; it stays the editor's
    changed or gone   changed or gone   the editor's, and a clash

A field is an editor's until they set it back to what the machine last wrote. Only for
`published` agreement ends that: there the machine does but say what editors decided
elsewhere, and their next decision must reach the file. In a file without any base, equal
values become the machine's.

`secured` and keys that we do not know take no part (W-05, W-18).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TypeAlias

from ..model import Clash
from .elements import BY_ELEMENT, EMPTIED, SINGLE, Element, arranged, digest, identified, mark, remembered, shown, weave
from .frontmatter import Fields, Page, PageError, Path, Raws, Value, emit, fenced, read, settled, splice
from .frontmatter.schema import NESTED, TOP, ordered

WRITTEN = ("dermai", "written")
PUBLISHED = ("published",)
Place: TypeAlias = tuple[Path, str]
"""A field and the key of an element in it; without a key the whole field."""
ORDER = "order"  # takes the place of an element's key, which is eight hexadecimal digits, in an edit of a list's order
Orders: TypeAlias = Mapping[Path, Sequence[Value]]
"""The names of the elements of a list, in the order that an editor wants."""
SCORES = frozenset({"quality", "heat"})
OPAQUE = frozenset({"secured"})  # nobody but its author can make it (W-18)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A field that an editor changed in the file, or one element of a list; `value` is empty when they removed it."""

    field: str
    value: str
    path: Path = dataclass_field(default=(), compare=False)
    key: str = dataclass_field(default="", compare=False)  # of the element; empty for a whole field
    theirs: Value | None = dataclass_field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """A file after the merge; `text` is the text on disk, byte for byte, when nothing changes."""

    text: str
    clashes: tuple[Clash, ...] = ()
    edits: tuple[Edit, ...] = ()


def create(ours: Fields, front_matter: str | None = None) -> str:
    """The text of a file that does not exist yet, its base written into it.

    `front_matter` is the text between the fences of the file that the story was imported
    from: whatever of it `ours` does not change stays as it is written there.
    """
    fields = {key: settled(value, key) for key, value in ours.items()}
    leaves = dict(_leaves(fields))
    leaves[WRITTEN] = _tree({path: _mark(path, value) for path, value in leaves.items()})
    if front_matter is not None:
        try:
            page = read(fenced(front_matter))
            foreign: dict[Path, Value | None] = {
                ("dermai", key): None for key in page.own
            }  # what another corpus knew of it
            return splice(page, {**foreign, **leaves})
        except PageError:
            pass  # its author's layout cannot take our fields; all values are in `ours`
    own = fields.get("dermai")
    block = {**own} if isinstance(own, Mapping) else {}
    return emit({**fields, "dermai": {**block, "written": leaves[WRITTEN]}})


def changed(page: Page) -> tuple[Edit, ...]:
    """What of `page` is not as the machine last wrote it, by field; nothing in a file that it never wrote."""
    theirs = dict(_leaves(page.fields))
    found: list[Edit] = []
    for path, base in _base(page, theirs).items():
        field, value = ".".join(path), theirs.get(path)
        if path not in BY_ELEMENT or (value is None and _listed(base)):
            if (None if value is None else _mark(path, value)) != base:
                found.append(Edit(field=field, value=shown(value), path=path, theirs=value))
            continue
        listed, before = identified(_sequence(value), BY_ELEMENT[path]), remembered(_sequence(base))
        for key in dict.fromkeys([*listed, *before]):
            there = listed.get(key)
            if (there.digest if there else None) != before.get(key):
                name = f"{field}[{there.name if there else key}]"
                kept = there.value if there else None
                found.append(Edit(field=name, value=shown(kept), path=path, key=key, theirs=kept))
        if _moved(listed, before):
            found.append(_order(path, listed))
    return tuple(sorted(found, key=lambda edit: edit.field))


def merge(
    page: Page, ours: Fields, yielded: Collection[Place] = (), raws: Raws = (), orders: Orders | None = None
) -> Merged:
    """The file `page` with every change of the machine that no editor stands in the way of.

    `ours` is what the machine would write now; without `written`, which is kept here.
    `yielded` are fields and elements that their editor gave back: there the machine's value goes in.
    `raws` says how a value was written before, see `frontmatter.splice`. `orders` are those that
    editors gave to lists: an element that was away for a while comes back to its place in them.
    Idempotent: merging the result with `ours` again changes nothing.

    Raises: PageError for a page with faults, or one whose layout cannot take a change;
    its file must be left as it is.
    """
    if page.faults:
        key, wrong = page.faults[0]
        raise PageError(0, 0, f"{key} {wrong}", page.path)
    work = _Merge(page, {key: settled(value, key) for key, value in ours.items()}, yielded, orders or {})
    return work.run(raws)


def settle_scores(page: Page, ours: Fields) -> Fields:
    """`ours` with the scores that stand in `page`, where nothing else of the machine's would change it.

    A publisher rewrites its files for a heat that moved, most of its history is that; here scores
    follow only with a change of content or members (decision 9). Raises: as `merge`.
    """
    still = {key: page.fields[key] if key in SCORES and key in page.fields else value for key, value in ours.items()}
    return still if still != ours and merge(page, still).text == page.text else ours


class _Merge:
    """One merge: three sets of leaves go in; changes, the new base, clashes and edits come out."""

    def __init__(self, page: Page, ours: Fields, yielded: Collection[Place], orders: Orders) -> None:
        self.page = page
        self.orders = orders
        self.yielded = frozenset(yielded)
        self.mine = dict(_leaves(ours))
        self.theirs = dict(_leaves(page.fields))
        self.base = _base(page, self.theirs, self.mine)
        self.changes: dict[Path, Value | None] = {}
        self.written: dict[Path, Value] = {}
        self.clashes: list[Clash] = []
        self.edits: list[Edit] = []

    def run(self, raws: Raws) -> Merged:
        for path in dict.fromkeys([*self.mine, *self.base]):
            if path in BY_ELEMENT and not self._removed_whole(path):
                self._elements(path)
            else:
                self._field(path)
        self.changes[WRITTEN] = _tree(self.written)
        text = splice(self.page, self.changes, raws)
        # By field: the order in which elements are come upon depends on the order in the file.
        clashes = tuple(sorted(self.clashes, key=lambda clash: clash.field))
        return Merged(text=text, clashes=clashes, edits=tuple(sorted(self.edits, key=lambda edit: edit.field)))

    def _removed_whole(self, path: Path) -> bool:
        """Whether an editor took away a whole list; then nothing is put back into it."""
        return path not in self.theirs and _listed(self.base.get(path)) and (path, "") not in self.yielded

    def _field(self, path: Path) -> None:
        mine, theirs, base = self.mine.get(path), self.theirs.get(path), self.base.get(path)
        now = None if mine is None else _mark(path, mine)
        there = None if theirs is None else _mark(path, theirs)
        given_back = (path, "") in self.yielded
        if given_back or self._goes_in((path, ""), ".".join(path), there, now, base, theirs, mine):
            if there != now:
                self.changes[path] = mine
            if given_back or not self._stays_theirs(there, base) or path == PUBLISHED:
                base = now
        if base is not None:
            self.written[path] = base

    def _stays_theirs(self, there: Value | None, base: Value | None) -> bool:
        """Whether an editor owns a value on which both sides agree."""
        return there != base and bool(self.base)

    def _goes_in(
        self, place: Place, field: str, there: Value | None, now: Value | None, base: Value | None,
        theirs: Value | None, mine: Value | None,
    ) -> bool:  # fmt: skip
        """The table of the module: True for the machine's or an agreed value, False for the editor's.

        `there`, `now` and `base` are hashes of the value on disk, ours, and the last written.
        """
        if there in (now, base):
            return True
        self.edits.append(Edit(field=field, value=shown(theirs), path=place[0], key=place[1], theirs=theirs))
        if now != base:
            clash = Clash(path=self.page.path, field=field, theirs=shown(theirs), ours=shown(mine))
            self.clashes.append(clash)
        return False

    def _elements(self, path: Path) -> None:
        names = BY_ELEMENT[path]
        listed = self.theirs.get(path)
        mine = identified(_sequence(self.mine.get(path)), names)
        theirs = identified(_sequence(listed), names)
        base = remembered(_sequence(self.base.get(path)))
        kept: dict[str, Value] = {}
        marks: dict[str, str] = {}
        kept_out = self._kept_out(path, mine, theirs, base)
        for key in dict.fromkeys([*mine, *base, *theirs]):
            now = None if key in kept_out else mine.get(key)
            self._element(path, key, now, theirs.get(key), base.get(key), kept, marks)
        if kept_out:
            field = ".".join(path)
            self.clashes = [clash for clash in self.clashes if not clash.field.startswith(f"{field}[")]
            said = shown(listed), shown(self.mine.get(path))
            self.clashes.append(Clash(path=self.page.path, field=field, theirs=said[0], ours=said[1]))
        # An editor's order stays: they moved our elements, or wrote themselves what we would write now.
        given_back = not self.yielded.isdisjoint({(path, ORDER), (path, "")})
        moved = not given_back and _moved(theirs, base)
        written = not given_back and any(key in mine and key not in base for key in theirs)
        order = weave(theirs, mine) if moved or written else weave(mine, theirs)
        wanted = not given_back and path in self.orders
        if wanted:
            order = arranged(order, self.orders[path], {**mine, **theirs})
        if moved:
            self.edits.append(_order(path, theirs))
        result = tuple(kept[key] for key in order if key in kept)
        if result != _sequence(listed):
            self.changes[path] = result or None
        # The machine took back its only picture, and an editor's stay: its next one comes beside these again.
        alone = path in SINGLE and not marks and bool(result) and bool(self.base.get(path))
        if marks or alone:
            # The order that we wrote; while an editor's stands, the one that we would write.
            last = weave(mine, base) if moved or wanted else weave(order, base)
            left = tuple(marks[key] for key in last if key in marks)
            gone = alone or (not result and (path in self.changes or listed is None))
            self.written[path] = (*left, EMPTIED) if gone else left

    def _kept_out(
        self, path: Path, mine: Mapping[str, Element], theirs: Mapping[str, Element], base: Mapping[str, str]
    ) -> frozenset[str]:
        """New elements of the machine that an editor's stand in the way of, in a list of which it has one only."""
        if path not in SINGLE or (path, "") in self.yielded:
            return frozenset()
        known = {key: said for key, said in base.items() if (path, key) not in self.yielded}
        edited = any((theirs[key].digest if key in theirs else None) != said for key, said in known.items())
        own = not self.base.get(path) and any(key not in mine and (path, key) not in self.yielded for key in theirs)
        new = frozenset(key for key in mine if key not in base and key not in theirs)
        return new if edited or own else frozenset()

    def _element(
        self, path: Path, key: str, mine: Element | None, theirs: Element | None, base: str | None,
        kept: dict[str, Value], marks: dict[str, str],
    ) -> None:  # fmt: skip
        there, now = (theirs.digest if theirs else None), (mine.digest if mine else None)
        either = theirs or mine
        name = f"{'.'.join(path)}[{either.name if either else key}]"
        values = (theirs.value if theirs else None), (mine.value if mine else None)
        given_back = not self.yielded.isdisjoint({(path, key), (path, "")})
        if given_back or self._goes_in((path, key), name, there, now, base, *values):
            if mine is not None:
                kept[key] = theirs.value if theirs is not None and there == now else mine.value
            if given_back or not self._stays_theirs(there, base):
                base = now
        elif theirs is not None:
            kept[key] = theirs.value
        if base is not None:
            marks[key] = mark(key, base)


def _listed(base: Value | None) -> bool:
    """Whether the machine left a list with these marks in the file; that it is gone is an editor's doing then."""
    return bool(base) and EMPTIED not in _sequence(base)


def _moved(listed: Collection[str], base: Collection[str]) -> bool:
    """Whether the elements that the machine wrote stand in another order."""
    return [key for key in listed if key in base] != [key for key in base if key in listed]


def _order(path: Path, listed: Mapping[str, Element]) -> Edit:
    names = tuple(element.name for element in listed.values())
    return Edit(field=f"{'.'.join(path)} (order)", value=shown(names), path=path, key=ORDER, theirs=names)


def _leaves(fields: Fields) -> Iterator[tuple[Path, Value]]:
    """The fields that are merged on their own, with their paths."""
    for key, value in fields.items():
        if key in OPAQUE:
            continue
        if key in NESTED and isinstance(value, Mapping):
            yield from (((key, inner), child) for inner, child in value.items() if (key, inner) != WRITTEN)
        else:
            yield (key,), value


def _base(page: Page, *known: Mapping[Path, Value]) -> dict[Path, Value]:
    """What `dermai.written` says; whatever is not a hash or a list of them says nothing.

    `images` had one hash before its elements had one each; in such a file it is read as the
    hashes of the value that it belongs to, if that is among the `known` ones.
    """
    written = page.own.get("written")
    leaves = _leaves(written) if isinstance(written, Mapping) else ()
    found: dict[Path, Value] = {path: value for path, value in leaves if isinstance(value, (str, tuple))}
    for path in SINGLE:
        whole = found.get(path)
        if isinstance(whole, str):
            values = (leaf[path] for leaf in known if path in leaf)
            found[path] = next((_mark(path, value) for value in values if digest(value) == whole), (whole,))
    return found


def _mark(path: Path, value: Value) -> Value:
    if path in BY_ELEMENT and isinstance(value, tuple):
        return tuple(mark(key, element.digest) for key, element in identified(value, BY_ELEMENT[path]).items())
    return digest(value)


def _tree(marks: Mapping[Path, Value]) -> dict[str, Value]:
    """`marks` as they stand under `written`, in the order of the schema."""
    tree: dict[str, Value] = {}
    for key in ordered(dict.fromkeys(path[0] for path in marks), TOP):
        if (key,) in marks:
            tree[key] = marks[(key,)]
        else:
            inner = {path[1]: mark for path, mark in marks.items() if path[0] == key}
            tree[key] = {name: inner[name] for name in ordered(inner, NESTED[key])}
    return tree


def _sequence(value: Value | None) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()
