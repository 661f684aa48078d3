"""What a fetch may cost in memory (F-02, F-27), measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MEGABYTE = 1024 * 1024
# VmHWM, the peak of resident memory, belongs to the program itself; ru_maxrss starts with the parent's.
PROGRAM = """
import sys
from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import Fetcher
from dermai_feed.model import FetchSettings, Request

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024

netloc, *urls = sys.argv[1:]
fetch = Fetcher(FetchSettings(deadline=10.0, gap=0.0, allow_hosts=(netloc,)))
before = peak()
for url in urls:
    try:
        print(len(fetch(Request(url=url)).body))
    except FetchFailed as error:
        print(error.failure)
print(peak() - before)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to read the peak of memory")


def cost(netloc: str, *urls: str) -> tuple[list[str], int]:
    """The outcome of fetching `urls` in a fresh process, and by how many bytes its memory grew."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, netloc, *urls], capture_output=True, text=True, check=True, timeout=60
    )
    *outcomes, growth = done.stdout.split()
    return outcomes, int(growth)


def bomb(megabytes: int) -> bytes:
    """A gzip stream that expands to `megabytes`, and breaks off there."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (megabytes - 1)


def test_f02_f27_bombs_and_floods_stay_small(origin: Any) -> None:
    """X-14: a bomb of a gigabyte, a body and a header block without end cost less than 64 MB together."""

    def endless(head: bytes, piece: bytes) -> Callable[[Any], None]:
        def send(connection: Any) -> None:
            connection.sendall(head)
            while True:
                connection.sendall(piece)

        return send

    gzip_head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    urls = [
        origin.says("/bomb", gzip_head + bomb(1024)),
        origin.says("/body", endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * MEGABYTE)),
        origin.says("/headers", endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n" * 1000)),
        origin.says("/line", endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * MEGABYTE)),
    ]
    outcomes, growth = cost(origin.netloc, *urls)
    assert outcomes == ["too_large"] * 4
    assert growth < 64 * MEGABYTE


@pytest.mark.shared
def test_f02_hostile_sizes(hostile: Any) -> None:
    """X-14: nothing that the hostile server pours out makes the fetch grow by 64 MB."""
    paths = "/gzipbomb /gzipbomb-nested /deflatebomb /gzip-many-layers /endless /endless-raw /announced-huge /big?mb=20"
    outcomes, growth = cost(hostile.netloc, *(hostile.url(path) for path in paths.split()))
    assert set(outcomes) == {"too_large", "bad_coding"}
    assert growth < 64 * MEGABYTE


@pytest.mark.shared
def test_f27_hostile_headers(hostile: Any) -> None:
    """Endless and huge headers cost less than 32 MB."""
    outcomes, growth = cost(hostile.netloc, hostile.url("/endless-headers"), hostile.url("/huge-header"))
    assert outcomes == ["too_large"] * 2
    assert growth < 32 * MEGABYTE
