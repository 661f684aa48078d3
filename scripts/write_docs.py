"""Renew the parts of README.md that are real output: the demo's run, one of its files, the commands."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from click.testing import CliRunner

from dermai_feed.cli import COMMANDS, main

README = Path(__file__).resolve().parent.parent / "README.md"
STORY = "large-language-models-answering"


def renewed(text: str) -> str:
    """`text` of the README with every marked part written anew."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "demo"
        result = CliRunner().invoke(main, ["demo", str(folder)], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        said = result.stdout.replace(str(folder), "demo").strip()
        (path,) = (path for path in (folder / "corpus" / "news").glob("*.md") if STORY in path.name)
        story = path.read_text(encoding="utf-8").strip()
    story = re.sub(
        r"(?m)^  written: .*$", "  written: {title: …, excerpt: …}  # hashes of what the machine wrote", story
    )
    parts = {
        "demo": f"```text\n$ dermai-feed demo\n{said}\n```",
        "story": f"```yaml\n{story}\n```",
        "commands": "| command | what |\n|---|---|\n"
        + "\n".join(f"| `dermai-feed {name}` | {line} |" for name, (_, _, line) in COMMANDS.items()),
    }
    for name, part in parts.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda m, part=part: f"{m[1]}{part}\n{m[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    os.environ.pop("DERMAI_CONFIG", None)
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
