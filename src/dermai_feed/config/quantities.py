"""Durations and sizes as people write them: `60m`, `10MiB`.

A number without a unit is refused: whoever writes `interval: 30` means minutes, seconds or
hours, and nobody else knows which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, kw_only=True, slots=True)
class Units:
    """The units of one quantity, smallest first, each with its worth in the base unit."""

    what: str
    worth: tuple[tuple[str, float], ...]  # hashable: it stands in annotations

    @property
    def pattern(self) -> str:
        """The regular expression of a quantity."""
        return rf"(\d+(?:\.\d+)?)({'|'.join(unit for unit, _ in self.worth)})"

    def parse(self, text: str) -> float:
        """`text` in the base unit. Raises: ValueError when it is no such quantity."""
        found = re.fullmatch(self.pattern, text)
        if found is None:
            raise ValueError(f"{text!r} is not a {self.what}")
        return float(found[1]) * dict(self.worth)[found[2]]

    def format(self, value: float) -> str:
        """`value` in the largest unit that divides it; `parse` reads it back."""
        smallest, *larger = self.worth
        for unit, worth in reversed(larger):
            if value >= worth and value % worth == 0:
                return f"{value / worth:.0f}{unit}"
        return f"{value / smallest[1]:g}{smallest[0]}"


DURATION = Units(  # in seconds
    what="duration such as 30s, 60m, 6h or 1d",
    worth=(("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0), ("w", 604_800.0)),
)
SIZE = Units(  # in bytes
    what="size such as 64KiB or 10MiB",
    worth=(("B", 1.0), ("KiB", 1024.0), ("MiB", 1024.0**2), ("GiB", 1024.0**3)),
)


@dataclass(frozen=True, slots=True)
class Within:
    """Marks a number that is written with a unit and lies from `least` to `most`, both included."""

    units: Units
    least: str
    most: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        what = f"A {self.units.what}; from {self.least} to {self.most}."
        return {"type": "string", "pattern": f"^{self.units.pattern}$", "description": what}

    def _read(self, value: object) -> float:
        if not isinstance(value, str):
            raise ValueError(f"must be a {self.units.what}")  # noqa: TRY004 - pydantic reports ValueError only
        number = self.units.parse(value)
        if not self.units.parse(self.least) <= number <= self.units.parse(self.most):
            raise ValueError(f"{value} is out of range, {self.least} to {self.most}")
        return number
