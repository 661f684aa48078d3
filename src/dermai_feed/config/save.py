"""Writing a file of the configuration back, whole or not at all, and never over somebody else's change."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import UsageError


def read_text(path: Path) -> str:
    """The text of `path`, line ends and byte order mark as they are. Raises: errors.UsageError."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}; nothing was changed") from error


def replace_text(path: Path, before: str, after: str) -> None:
    """Make `path`, which must still hold `before`, hold `after`; owner's rights and a symbolic link stay.

    Raises: errors.UsageError when somebody has changed it in between, or it cannot be written.
    """
    real = path.resolve()
    if read_text(real) != before:
        raise UsageError(f"{path}: was changed while this command worked; nothing was written, call it again")
    beside = real.with_name(f".{real.name}.{os.getpid()}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(after.encode())
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(real, beside)
        os.replace(beside, real)  # noqa: PTH105 - Path.replace does the same and hides that it is atomic
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written: {error}; it is as it was") from error
