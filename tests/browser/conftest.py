"""One Chromium and one demo corpus for all pages."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def pictures() -> Any:
    """scripts/take_pictures.py: how Chromium is started, and the demo with its site."""
    spec = importlib.util.spec_from_file_location("take_pictures", ROOT / "scripts" / "take_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def browser(pictures: Any) -> Iterator[Any]:
    """Chromium."""
    if pictures.program() is None:
        pytest.skip("no Chromium here: apt-get install chromium (Debian), or put one on PATH")
    with pictures.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def demo(pictures: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder: corpus with approved issues, site."""
    folder: Path = tmp_path_factory.mktemp("shown")
    pictures.demo(folder)
    return folder


@pytest.fixture(scope="session")
def pages(demo: Path, pictures: Any) -> dict[str, Path]:
    """One page of every kind there is, by name."""
    site, digests = demo / "site", demo / "corpus" / "digests"
    mail = demo / "mail.html"
    mail.write_text(pictures.mail_page((digests / "2026-W40.sent.eml").read_bytes()), encoding="utf-8")
    editors = demo / "editors-mail.html"
    editors.write_text(pictures.mail_page((digests / "2026-W40.eml").read_bytes()), encoding="utf-8")
    told = max((site / "stories").glob("*.html"), key=lambda path: path.read_text(encoding="utf-8").count("<li>"))
    plain = min((site / "stories").glob("*.html"), key=lambda path: path.stat().st_size)
    return {
        "digest": site / "digests" / "2026-W40.html",
        "editors' digest": digests / "2026-W40.html",
        "first digest": digests / "2026-W36.html",
        "mail": mail,
        "editors' mail": editors,
        "index": site / "index.html",
        "digests": site / "digests" / "index.html",
        "weeks": site / "weeks" / "index.html",
        "week": site / "weeks" / "2026-w40.html",
        "conditions": site / "conditions" / "index.html",
        "condition": site / "conditions" / "melanoma.html",
        "kinds": site / "kinds" / "index.html",
        "kind": site / "kinds" / "peer-reviewed-paper.html",
        "sources": site / "sources" / "index.html",
        "source": site / "sources" / "journal-of-computational-dermatology.html",
        "story with a timeline": told,
        "shortest story": plain,
        "search": site / "search.html",
    }
