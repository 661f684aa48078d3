"""A whole project in a temporary folder, and a small web site on loopback for it to read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from click.testing import CliRunner

from dermai_feed import app, pipeline
from dermai_feed.cli import main
from dermai_feed.model import Item, SourceState
from dermai_feed.store import open_store

HOW = "no PostgreSQL: scripts/test-postgres start FOLDER prints what to put into DERMAI_TEST_POSTGRES"
START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday


@dataclass
class Reply:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: bool = True


class Site:
    """A loopback web site: `pages[path] = Reply(…)`; `hits[path]` counts requests."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply] = {}
        self.hits: Counter[str] = Counter()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.hits[self.path] += 1
                reply = site.pages.get(self.path, Reply(status=404))
                etag = f'"{hashlib.sha256(reply.body).hexdigest()[:12]}"'
                if reply.status == 200 and reply.etag and self.headers.get("If-None-Match") == etag:
                    self.send_response(304)
                    self.send_header("ETag", etag)
                    self.end_headers()
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status == 200 and reply.etag:
                    self.send_header("ETag", etag)
                self.send_header("Content-Type", reply.headers.get("Content-Type", "application/rss+xml"))
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.netloc = f"127.0.0.1:{self.server.server_address[1]}"

    Reply = Reply

    @staticmethod
    def rss(*items: dict[str, str]) -> bytes:
        """An RSS document, see `rss`."""
        return rss(*items)

    def url(self, path: str) -> str:
        """The address of `path`."""
        return f"http://{self.netloc}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    """A running `Site`."""
    with serving() as made:
        yield made


@contextmanager
def serving() -> Iterator[Site]:
    """A `Site` that runs as long as the context lasts."""
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def rss(*items: dict[str, str], title: str = "A feed", extra: str = "") -> bytes:
    """An RSS 2.0 document of `items` (keys: title, link, guid, date, text)."""

    def esc(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;")

    parts = [
        "<item>"
        + f"<title>{esc(i['title'])}</title><link>{esc(i['link'])}</link>"
        + f"<guid isPermaLink='false'>{esc(i.get('guid', i['link']))}</guid>"
        + f"<pubDate>{i.get('date', 'Wed, 18 Nov 2026 08:00:00 GMT')}</pubDate>"
        + f"<description>{esc(i.get('text', ''))}</description></item>"
        for i in items
    ]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://news.example/</link><description>d</description>{extra}{''.join(parts)}</channel></rss>\n"
    ).encode()


@dataclass
class Outcome:
    """What a command said."""

    code: int
    text: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.text)


class Project:
    """A project folder with the shipped rules, its own sources and its own clock."""

    def __init__(self, folder: Path, root: Path, site: Site) -> None:
        self.folder, self.root, self.site = folder, root, site
        self.corpus, self.state = folder / "corpus", folder / "state"
        self.clock_file = folder / "now"
        self.config = folder / "config" / "dermai-feed.yaml"
        self.config.parent.mkdir()
        for name in ("providers.yaml", "triage.yaml", "matching.yaml"):
            (folder / "config" / name).symlink_to(root / "config" / name)
        self.settings: dict[str, Any] = {
            "version": 1,
            "fetch": {
                "contact": "https://corpus.example/contact", "allow_hosts": [site.netloc], "gap": "0s",
                "deadline": "2s", "connect": "1s", "idle": "1s",
            },
        }  # fmt: skip
        self.write_settings()
        self.clock(START)
        self.sources()

    def write_settings(self, **sections: dict[str, Any]) -> None:
        """Write the configuration, each section changed by `sections`."""
        for name, words in sections.items():
            self.settings[name] = self.settings.get(name, {}) | words
        self.config.write_text(yaml.safe_dump(self.settings), encoding="utf-8")

    def sources(self, *blocks: dict[str, Any]) -> None:
        """Write the catalogue."""
        text = yaml.safe_dump({"version": 1, "sources": list(blocks)})
        (self.folder / "config" / "sources.yaml").write_text(text, encoding="utf-8")

    def feed(self, id_: str, path: str, **words: Any) -> dict[str, Any]:
        """A source block for `path` of the site."""
        return {"id": id_, "name": id_.title(), "kind": "rss", "url": self.site.url(path)} | words

    def seeds(self) -> dict[str, Any]:
        """A source block for a copy of the shipped seeds."""
        folder = self.folder / "seeds"
        if not folder.exists():
            folder.mkdir()
            for path in sorted((self.root / "seeds").iterdir()):
                (folder / path.name).write_bytes(path.read_bytes())
        return {"id": "seeds", "name": "Seeds", "kind": "folder", "url": "../seeds"}

    def clock(self, moment: datetime) -> None:
        """Set the program's clock."""
        self.now = moment
        self.clock_file.write_text(moment.isoformat(), encoding="utf-8")

    def later(self, **words: float) -> None:
        """Move the program's clock on by timedelta(**words)."""
        self.clock(self.now + timedelta(**words))

    def __call__(self, *words: str) -> Outcome:
        """Run `dermai-feed words…` on this project."""
        environment = {"DERMAI_CONFIG": str(self.config), "DERMAI_NOW_FILE": str(self.clock_file)}
        result = CliRunner().invoke(main, list(words), env=environment, catch_exceptions=True)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def run(self, *words: str) -> Outcome:
        """`dermai-feed run --json words…`"""
        return self("run", "--json", *words)

    def stories(self) -> dict[str, str]:
        """File name -> text of every story."""
        return {p.name: p.read_text(encoding="utf-8") for p in sorted((self.corpus / "news").glob("*.md"))}

    def tree(self) -> dict[str, tuple[bytes, int, int]]:
        """Path -> bytes, inode, mtime of every file of the corpus."""
        return {
            str(path.relative_to(self.corpus)): (path.read_bytes(), path.stat().st_ino, path.stat().st_mtime_ns)
            for path in sorted(self.corpus.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def project(tmp_path: Path, root: Path, site: Site) -> Project:
    """A new project without sources."""
    return Project(tmp_path, root, site)


# What the whole program does, in a process of its own: one run to warm up over the first source, then the others,
# and by how many bytes its peak of resident memory grew. ru_maxrss would start with the parent's.
MEASURED = """
import json, os, sys
from pathlib import Path
from dermai_feed.cli import main

def run(catalogue):
    Path(sys.argv[2]).write_text(catalogue)
    try:
        main([sys.argv[1], "--json"])
    except SystemExit:
        pass

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024

first, then = json.loads(sys.argv[3])
out, sys.stdout = sys.stdout, open(os.devnull, "w")
run(first)
before, sys.stdout = peak(), out
run(then)
print(peak() - before, file=sys.stderr)
"""


class Siege:
    """A project whose sources are paths of the hostile server; the path stands for the source."""

    def __init__(self, project: Project, hostile: Any) -> None:
        self.project, self.hostile = project, hostile
        self.report: dict[str, Any] = {}  # of the last run, and by path:
        self.polls: dict[str, dict[str, Any]] = {}
        project.write_settings(fetch={"allow_hosts": [hostile.netloc], "total": 2, "per_host": 2})

    def sources(self, *paths: str, **words: Any) -> None:
        """Let `paths` be the sources, each changed by `words`; the clock and what is known stay."""
        self.paths = {self.id(path): path for path in paths}
        blocks = [
            {"id": id_, "name": path, "kind": "rss", "url": self.hostile.url(path), "needs_filter": False}
            | deepcopy(words)
            for id_, path in self.paths.items()
        ]
        self.project.sources(*blocks)

    @staticmethod
    def id(path: str) -> str:
        """The id of the source at `path`."""
        return re.sub("[^a-z0-9]+", "-", path.lower()).strip("-")

    def run(self, *words: str, step: str = "run") -> Outcome:
        """`dermai-feed STEP --json words…`; fills `report` and `polls`."""
        outcome = self.project(step, "--json", *words)
        self.read(outcome.json)
        return outcome

    def read(self, report: dict[str, Any]) -> None:
        """Take `report` for the last run's."""
        self.report = report
        self.polls = {self.paths[poll["source_id"]]: poll for poll in report["sources"]}

    def attack(self, *paths: str, **words: Any) -> Outcome:
        """One run over `paths`."""
        self.sources(*paths, **words)
        return self.run()

    def cost(self, *paths: str, step: str = "run", **words: Any) -> int:
        """`step` over `paths` in a process that has done it over /ok before; by how many bytes its memory grew."""
        catalogue = self.project.folder / "config" / "sources.yaml"
        texts = []
        for chosen in (("/ok",), paths):
            self.sources(*chosen, **words)
            texts.append(catalogue.read_text(encoding="utf-8"))
        environment = os.environ | {
            "DERMAI_CONFIG": str(self.project.config), "DERMAI_NOW_FILE": str(self.project.clock_file),
        }  # fmt: skip
        command = [sys.executable, "-c", MEASURED, step, str(catalogue), json.dumps(texts)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
        self.read(json.loads(done.stdout))
        return int(done.stderr.splitlines()[-1])

    def items(self, path: str = "") -> list[Item]:
        """What is stored of `path`, or of all of them, in the order of the ids."""
        with open_store(f"sqlite:///{self.project.state / 'dermai.sqlite'}", readonly=True) as store:
            items = store.items.items_of(store.items.ids()).values()
        return sorted((i for i in items if not path or i.source_id == self.id(path)), key=lambda item: item.id)

    def state(self, path: str) -> SourceState:
        """What polling `path` has taught the program."""
        with open_store(f"sqlite:///{self.project.state / 'dermai.sqlite'}", readonly=True) as store:
            return store.sources.states()[self.id(path)]

    def due(self, path: str) -> timedelta:
        """From now to the next poll of `path`."""
        next_check = self.state(path).next_check
        assert next_check is not None
        return next_check - self.project.now

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers of every request for `path`, by lower-case name."""
        seen: list[dict[str, str]] = self.hostile.headers_seen(path.partition("?")[0])
        return seen

    @contextmanager
    def open(self, step: Any = pipeline.collect) -> Iterator[Callable[[], Any]]:
        """`step` of the pipeline as often as it is called, without starting the program anew; its report."""
        with app.assemble(app.load(self.project.config), threads=0) as parts:
            yield lambda: step(parts, now=self.project.now)


@pytest.fixture
def siege(project: Project, hostile: Any) -> Siege:
    """A new project in front of the hostile server."""
    return Siege(project, hostile)


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database."""
    url = os.environ.get("DERMAI_TEST_POSTGRES")
    if not url:
        pytest.skip(HOW)
    psycopg = pytest.importorskip("psycopg", reason="pip install 'dermai-feed[postgres]'")
    server, _, _ = url.replace("postgresql+psycopg://", "postgresql://").rpartition("/")
    name = f"dermai_{uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield f"{server}/{name}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
