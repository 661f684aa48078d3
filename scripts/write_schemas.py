"""Write the JSON Schemas of the configuration files into config/schema/.

Run it after a change of `dermai_feed/config/written.py` or `dermai_feed/rules.py`; a test fails
while they are stale::

    python scripts/write_schemas.py
"""

from pathlib import Path

from dermai_feed.config import schemas

FOLDER = Path(__file__).resolve().parent.parent / "config" / "schema"


def main() -> None:
    """Write every schema and say so."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote {FOLDER.name}/{name}")


if __name__ == "__main__":
    main()
