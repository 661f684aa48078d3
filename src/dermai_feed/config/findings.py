"""What is wrong with a configuration, gathered until everything was looked at (C-01)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..model import Problem
from .positions import Place, Yaml, dotted, problem


@dataclass(slots=True)
class Findings:
    """Mistakes, which stop the program, and warnings, which do not."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, problems: Iterable[Problem]) -> None:
        """Take `problems` in, of each key in each line the first only: what follows from it is no news."""
        known = {(p.where, p.what.partition(":")[0]) for p in self.problems}
        for found in problems:
            mark = (found.where, found.what.partition(":")[0])
            if mark not in known:
                known.add(mark)
                self.problems.append(found)

    def wrong(self, file: Yaml, place: Place, what: str, hint: str = "") -> None:
        """A mistake at `place` of `file`."""
        self.add([problem(file.where(place), f"{dotted(place)}: {what}", hint)])

    def warn(self, file: Yaml, place: Place, what: str) -> None:
        """Something at `place` of `file` that is allowed and probably not meant."""
        self.warnings.append(f"{file.where(place)}: {dotted(place)} {what}")
