"""What comes with the program: a configuration and the seeds, to start from.

In an installed wheel they lie inside the package (`[tool.hatch.build.targets.wheel.force-include]`),
in a checkout at its root; they are the same files.
"""

from __future__ import annotations

from pathlib import Path

from .errors import UsageError

_PACKAGE = Path(__file__).resolve().parent
_PACKED = _PACKAGE / "_shipped"
_ROOT = _PACKED if _PACKED.is_dir() else _PACKAGE.parents[1]
_FOLDERS = ("config", "seeds")


def shipped_config() -> Path:
    """The settings file that comes with the program."""
    return _ROOT / "config" / "dermai-feed.yaml"


def shipped_seeds() -> Path:
    """The folder of seed documents that comes with the program."""
    return _ROOT / "seeds"


def init(folder: Path) -> tuple[Path, ...]:
    """Copy configuration and seeds into `folder`; the files that were written, sorted.

    What exists is left as it is, so that doing it twice does no harm.
    Raises: errors.UsageError when `folder` cannot be written to.
    """
    written = []
    for source in sorted(path for name in _FOLDERS for path in (_ROOT / name).rglob("*") if path.is_file()):
        target = folder / source.relative_to(_ROOT)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(source.read_bytes())
        except FileExistsError:
            if not target.parent.is_dir():
                raise UsageError(f"{target.parent} is not a folder; choose another place") from None
            continue
        except OSError as wrong:
            raise UsageError(f"{target}: {wrong.strerror}; choose a folder that you may write to") from wrong
        written.append(target)
    return tuple(written)
