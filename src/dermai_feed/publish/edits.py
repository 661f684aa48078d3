"""Edits as decisions: what an editor set in a file is remembered in the log, and the log's word reaches the file.

A value that an editor typed stands in the file with another hash than the machine's, and that
alone protects it (decision 2). The log remembers it beside that, so that it can be shown, undone
and had again. `state` answers what editors want of each field; what it answered when the file
was last settled and what it answers now is all that must be carried out, so that an edit made
in the file itself is never typed over by an older word of the log. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..model import Clash, Decision
from ..verbs import active
from .elements import BY_ELEMENT, Element, arranged, digest, identified, shown
from .frontmatter import (
    Page,
    PageError,
    Path,
    Raw,
    Raws,
    Spot,
    Value,
    applied,
    raw_of,
    read,
    settled,
    splice,
    spot_of,
)  # fmt: skip
from .merge import ORDER, Edit, Merged, Orders, Place

PUBLISHED: Mapping[str, bool] = {"publish": True, "unpublish": False}
FIELD: Path = ("published",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a decision says of one field, or of one element of a list; a `value` of None takes it away."""

    decision: str  # ULID
    path: Path
    key: str = ""
    value: Value | None = None
    raw: str = ""  # how it was written
    was: Value | None = None  # what stood there before
    was_raw: str = ""
    spot: Spot | None = None  # where the key stood that an editor took away
    at: int | None = None  # place of the element in its list, from 0
    over: str = ""  # digest of the machine's value that the editor saw and did not want
    rule: str = ""  # the policy that published, where no editor did

    @property
    def place(self) -> Place:
        """The field, and the element in it."""
        return self.path, self.key


State: TypeAlias = Mapping[Place, Said]


def said(decision: Decision) -> Said | None:
    """What `decision` says of a field, or None when it speaks of something else."""
    if decision.verb in PUBLISHED:
        rule = decision.value.get("rule")
        return Said(
            decision=decision.id, path=FIELD, value=PUBLISHED[decision.verb], rule=rule if isinstance(rule, str) else ""
        )
    field = decision.value.get("field")
    if decision.verb != "edit" or not isinstance(field, str):
        return None
    at = decision.value.get("at")
    words = {name: str(decision.value.get(name, "")) for name in ("key", "raw", "was_raw", "over")}
    path = tuple(field.split(".", 1)) if field.startswith(("provider.", "dermai.")) else (field,)
    try:
        return Said(
            decision=decision.id, path=path, value=_value(decision, "value", path), was=_value(decision, "was", path),
            at=at if isinstance(at, int) and at >= 0 else None, spot=_spot(decision.value.get("spot")), **words,
        )  # fmt: skip
    except TypeError:  # a value that no file can hold; `lint` and the log show it
        return None


def _value(decision: Decision, name: str, path: Path) -> Value | None:
    value = decision.value.get(name)
    return None if value is None else settled(value, path[-1])


def _spot(value: object) -> Spot | None:
    """The place that a line of the log names; None for anything else."""
    if not isinstance(value, Mapping):
        return None
    after, skip, text = (value.get(name) for name in ("after", "skip", "text"))
    if not isinstance(after, (list, tuple)) or not isinstance(skip, int) or not isinstance(text, str) or skip < 0:
        return None
    return Spot(tuple(map(str, after)), str(value.get("near", "")), skip, text)


def named(one: Said) -> str:
    """What a clash calls the field, or the element, of `one`."""
    field = ".".join(one.path)
    value = one.value if one.value is not None else one.was
    if not one.key or one.key == ORDER:
        return field
    listed = identified(() if value is None else (value,), BY_ELEMENT[one.path])
    return f"{field}[{next((element.name for element in listed.values()), one.key)}]"


def value_for(edit: Edit, before: Page | None, page: Page) -> dict[str, object]:
    """The `value` of the decision that remembers `edit` of `page`, which read `before` when it was last settled."""
    was, was_raw, _ = _at(before, edit.path, edit.key) if before else (None, "", None)
    _, raw, at = _at(page, edit.path, edit.key)
    found: dict[str, object] = {
        "field": ".".join(edit.path), "key": edit.key, "value": edit.theirs, "raw": raw, "was": was,
        "was_raw": was_raw, "at": at,
    }  # fmt: skip
    if before is not None and edit.theirs is None and not edit.key and (spot := spot_of(before, page, edit.path)):
        found["spot"] = {
            "after": list(spot.after), "near": spot.near, "skip": spot.skip, "text": spot.text,
        }  # fmt: skip
    return {name: value for name, value in found.items() if name == "value" or value not in ("", None)}


def _at(page: Page, path: Path, key: str) -> tuple[Value | None, str, int | None]:
    """A value, how it is written, and where in its list an element stands."""
    value: Value | None = page.fields
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if not key:
        return value, raw_of(page, path), None
    found = identified(value if isinstance(value, tuple) else (), BY_ELEMENT[path])
    if key == ORDER:
        return tuple(element.name for element in found.values()) or None, "", None
    if key not in found:
        return None, "", None
    at = list(found).index(key)
    return found[key].value, raw_of(page, path, at), at


def state(decisions: Iterable[Decision], until: str | None = None) -> State:
    """What editors want of each field by the decisions up to the one called `until`: their latest words in force."""
    known = (decision for decision in decisions if until is None or decision.id <= until)
    found: dict[Place, Said] = {}
    for decision in active(known):
        if (one := said(decision)) is not None:
            found[one.place] = one
    return found


def fresh(edits: Iterable[Edit], then: State, now: State) -> tuple[Edit, ...]:
    """Those of `edits`, found in a file, that no decision remembers.

    `then` is the state that the file was settled by, `now` today's.
    """
    return tuple(edit for edit in edits if not (_remembered(edit, then) or _remembered(edit, now)))


def _remembered(edit: Edit, state: State) -> bool:
    if _same(edit, state.get((edit.path, edit.key))):
        return True
    whole = state.get((edit.path, ""))
    if not edit.key or whole is None:
        return False
    listed = identified(whole.value if isinstance(whole.value, tuple) else (), BY_ELEMENT[edit.path])
    if edit.key == ORDER:
        return _equal(edit.theirs, tuple(element.name for element in listed.values()), ORDER)
    wanted = listed.get(edit.key)
    return _equal(edit.theirs, wanted.value if wanted else None)


def _same(edit: Edit, one: Said | None) -> bool:
    return one is not None and _equal(edit.theirs, one.value, edit.key)


def _equal(a: Value | None, b: Value | None, key: str = "") -> bool:
    """Whether both say the same; of two orders, whether they agree about what both have."""
    if key == ORDER and isinstance(a, tuple) and isinstance(b, tuple):
        return [name for name in a if name in b] == [name for name in b if name in a]
    return digest(a) == digest(b) if a is not None and b is not None else a is b


def published_by(now: State) -> Mapping[str, Value]:
    """The rule by which a story is published, and the decision that an undo takes; nothing when an editor decided."""
    one = now.get((FIELD, ""))
    return {"rule": one.rule, "decision": one.decision} if one is not None and one.rule and one.value is True else {}


def set_back(page: Page, edits: Iterable[Edit], then: State, now: State) -> tuple[Said, ...]:
    """What editors had said and then took back in the file `page` itself: there it is the machine's again.

    A value that still stands as they said is not taken back, though the machine may say it too by now.
    """
    changed = {place for edit in edits for place in ((edit.path, edit.key), (edit.path, ""))}
    return tuple(
        one
        for place, one in sorted(then.items())
        if place not in changed and (later := now.get(place)) is not None and later.decision == one.decision
        and not _equal(there := _at(page, *place)[0], one.value, one.key)
        and (there is not None or one.key != ORDER)  # a list that is empty for a while has no order
    )  # fmt: skip


def orders(now: State) -> Orders:
    """The orders that editors gave to lists."""
    return {
        path: one.value for (path, key), one in now.items() if key == ORDER and isinstance(one.value, tuple)
    }  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """A page with the log's new words laid in, and what its editors gave back to the machine."""

    page: Page
    yielded: tuple[Place, ...] = ()
    raws: Raws = ()


def carry_out(page: Page, then: State, now: State) -> Carried:
    """Lay into `page` what the log says since it was settled: new words, and undone ones taken out.

    A field that its editor has changed once more in the file meanwhile keeps that (decision 2).
    Raises: PageError when the page is laid out in a way that cannot take a value.
    """
    yielded: list[Place] = []
    raws: list[Raw] = []
    for place in sorted({*then, *now}, key=lambda place: _turn(place, now.get(place))):
        before, after = then.get(place), now.get(place)
        if before is not None and after is not None and before.decision == after.decision:
            continue
        there, _, _ = _at(page, *place)
        undone = before is not None and (after is None or after.decision < before.decision)
        if before is not None and undone and not _equal(there, before.value, place[1]):
            continue  # the file holds a later edit
        if after is None:
            assert before is not None
            yielded.append(place)
            if before.was is not None and (before.was_raw or before.spot):
                raws.append(Raw(before.path, before.was, before.was_raw, before.spot))
            continue
        if not _equal(there, after.value, place[1]):
            page = _laid(page, after, before)
    return Carried(page=page, yielded=tuple(yielded), raws=tuple(raws))


def _turn(place: Place, one: Said | None) -> tuple[Path, int, int, str]:
    """When to lay in `one`: of a list first what goes, then what comes, from the top, and its order last."""
    path, key = place
    if not key or key == ORDER:
        return path, 3 if key else 0, 0, key
    coming = one is not None and one.value is not None
    return path, 2 if coming else 1, (one.at or 0) if one is not None else 0, key


def _laid(page: Page, one: Said, before: Said | None) -> Page:
    raws: list[Raw] = []
    if one.value is not None and one.raw:
        raws.append(Raw(one.path, one.value, one.raw))
    if before is not None and before.was is not None and before.was_raw:
        raws.append(Raw(before.path, before.was, before.was_raw, before.spot))
    value = one.value
    if value is None and one.spot and (cut := _cut(page, one.path, one.spot.text)):
        return cut
    if one.key:
        listed = _at(page, one.path, "")[0]
        found = identified(listed if isinstance(listed, tuple) else (), BY_ELEMENT[one.path])
        if one.key == ORDER:
            names = one.value if isinstance(one.value, tuple) else ()
            found = {key: found[key] for key in arranged(list(found), names, found)}
        elif one.value is None:
            found.pop(one.key, None)
        else:
            known = found.get(one.key)
            stood = list(found).index(one.key) if known else None
            found.pop(one.key, None)
            elements = list(found.items())
            place = one.at if one.at is not None else len(elements) if stood is None else stood
            element = replace(known, value=one.value) if known else Element(digest="", name="", value=one.value)
            elements.insert(place, (one.key, element))
            found = dict(elements)
        value = tuple(element.value for element in found.values()) or None
    return read(splice(page, {one.path: value}, raws), page.path)


def about(now: State, field: str) -> tuple[Said, ...]:
    """What editors want of `field`, or, where it is a list, of its elements one by one."""
    return tuple(one for _, one in sorted(now.items()) if ".".join(one.path) == field)


def _cut(page: Page, path: Path, lines: str) -> Page | None:
    """`page` without `lines`, if they are there once and the value at `path` is all that goes with them."""
    if not lines or page.text.count(lines) != 1:
        return None
    try:
        rest = read(page.text.replace(lines, ""), page.path)
    except PageError:
        return None
    return rest if rest.fields == applied(page.fields, {path: None}) else None


def unsettled(merged: Merged, now: State) -> tuple[Clash, ...]:
    """The clashes of `merged` that no editor has decided, with what stood there before the edit where that is known."""
    places = {edit.field: (edit.path, edit.key) for edit in merged.edits}
    found = []
    for clash in merged.clashes:
        one = now.get(places.get(clash.field, ((), "")))
        if not any(said.over == digest(clash.ours) for said in ([one] if one else about(now, clash.field))):
            found.append(replace(clash, base=shown(one.was) if one else ""))
    return tuple(found)
