"""Lint: what is wrong in story files, for people and for CI; nothing is fetched.

`lint` reads files wherever they lie, in a corpus or a plain folder, and answers findings.
Each rule is a small function of one file; `fixing` makes the safe repairs. Rules that judge
(is this entry related at all?) warn, rules about the schema are errors.
"""

from __future__ import annotations

from .findings import Finding, as_github, as_json, as_text
from .fixing import fixed
from .linting import Rules, lint, story_files

__all__ = ["Finding", "Rules", "as_github", "as_json", "as_text", "fixed", "lint", "story_files"]
