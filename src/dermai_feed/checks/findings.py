"""A finding, and how findings are printed: for people, for programs, for GitHub."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "notice"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing wrong in one place of a file."""

    path: str
    line: int = 0  # from 1; 0 for the file as a whole
    column: int = 0
    rule: str
    severity: Severity
    what: str
    hint: str = ""
    fixable: bool = False


def as_text(finding: Finding) -> str:
    """`news/a.md:4:8: error: mojibake: … (hint)`, as compilers say it."""
    place = ":".join(str(part) for part in (finding.path, finding.line, finding.column) if part)
    hint = f" ({finding.hint})" if finding.hint else ""
    fix = " [--fix]" if finding.fixable else ""
    return f"{place}: {finding.severity}: {finding.rule}: {finding.what}{hint}{fix}"


def as_json(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Plain data with every field."""
    return [asdict(finding) for finding in findings]


def as_github(finding: Finding) -> str:
    """A workflow command that annotates the line (docs.github.com, workflow commands)."""
    place = f"file={_property(finding.path)}"
    if finding.line:
        place += f",line={finding.line}" + (f",col={finding.column}" if finding.column else "")
    hint = f" ({finding.hint})" if finding.hint else ""
    return f"::{finding.severity} {place},title={_property(finding.rule)}::{_data(finding.what + hint)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
