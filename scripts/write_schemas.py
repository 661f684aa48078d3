"""Write the JSON Schemas of the configuration files and of story files into config/schema/.

Run it after a change of `dermai_feed/config/written.py`, `dermai_feed/rules.py` or
`dermai_feed/publish/frontmatter/`; a test fails while they are stale::

    python scripts/write_schemas.py
"""

from pathlib import Path

from dermai_feed.config import schemas
from dermai_feed.publish.frontmatter import story_schema

FOLDER = Path(__file__).resolve().parent.parent / "config" / "schema"


def main() -> None:
    """Write every schema and say so."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in (schemas() | {"story.schema.json": story_schema()}).items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote {FOLDER.name}/{name}")


if __name__ == "__main__":
    main()
