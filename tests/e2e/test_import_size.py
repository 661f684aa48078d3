"""A whole database's export at once: 50,000 records in two minutes and 500 MB, on two cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

MEMORY = 500 * 1024 * 1024  # bytes, of all processes together
WALL = 120.0  # seconds


def resident(process: int) -> int:
    """Bytes of memory that are `process`' own, and those of the processes that it started."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        started = [file.read_text().split() for file in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:  # it has just ended
        return 0
    own = next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    return own + sum(resident(int(child)) for children in started for child in children)


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is measured by Linux' /proc")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="two minutes are for two cores: run it on such a machine")
def test_p11_fifty_thousand_records_come_in_within_two_minutes_and_500_megabytes(
    project: Any, tmp_path: Path, root: Path
) -> None:
    """Made-up citations with abstracts, half of them on the topic, a tenth copies; on a machine that is idle else."""
    export, answer = tmp_path / "big.ris", tmp_path / "answer.json"
    with export.open("wb") as out:
        subprocess.run([sys.executable, str(root / "scripts/make_citations.py"), "50000"], stdout=out, check=True)
    environ = os.environ | {"DERMAI_CONFIG": str(project.config), "DERMAI_NOW_FILE": str(project.clock_file)}
    start, peak = time.monotonic(), 0
    with answer.open("wb") as out:
        command = [sys.executable, "-m", "dermai_feed", "import", str(export), "--json"]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=environ)
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
    took = time.monotonic() - start
    told = json.loads(answer.read_text())
    assert (process.returncode, told["files"][0]["new"]) == (0, 50_000)
    assert peak < MEMORY, f"{peak / 2**20:.0f} MB"
    assert took < WALL, f"{took:.0f} s"
