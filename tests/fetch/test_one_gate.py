"""One gate for every outbound request (F-06): nothing outside `fetch` can open a connection."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FORBIDDEN = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "poplib", "requests", "socket",
    "ssl", "telnetlib", "urllib.request", "urllib3", "xmlrpc.client",
}  # fmt: skip
# Mail and service notification listen to nobody and fetch nothing; the review page listens on its one socket.
EXCEPTIONS = {"deliver.py": {"http.client", "socket", "ssl"}, "supervisor.py": {"socket"}, "serve.py": {"socket"}}


def imports(source: str) -> Iterator[str]:
    """Every module that `source` imports, at any depth, with all its parents."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = ast.unparse(node.func)
            if function.endswith(("import_module", "__import__")):
                names = [str(node.args[0].value)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: depth + 1]) for depth in range(len(parts)))


def test_f06_only_the_fetch_package_can_connect(root: Path) -> None:
    """No module outside `fetch` imports a library that opens connections."""
    package = root / "src" / "dermai_feed"
    modules = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] != "fetch"]
    assert len(modules) > 3
    guilty = {
        str(path.relative_to(package)): found
        for path in modules
        if (found := FORBIDDEN.intersection(imports(path.read_text("utf-8"))) - EXCEPTIONS.get(path.name, set()))
    }
    assert guilty == {}


@pytest.mark.parametrize(
    "line",
    ["import httpx", "import http.client as h", "from http import client", "from urllib.request import urlopen",
     "def f():\n    from socket import create_connection", "import importlib\nimportlib.import_module('ssl')",
     "__import__('requests')"],
)  # fmt: skip
def test_f06_the_check_sees_every_way_to_import(line: str) -> None:
    """The test above would notice an import in any form."""
    assert FORBIDDEN.intersection(imports(line))


def test_f06_the_gate_itself_is_found(root: Path) -> None:
    """The fetch package does import what the check forbids to the others: the check is not blind."""
    sources = [path.read_text("utf-8") for path in (root / "src" / "dermai_feed" / "fetch").glob("*.py")]
    assert {"httpx", "httpcore", "socket", "ssl"} <= {name for source in sources for name in imports(source)}
