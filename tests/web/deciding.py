"""An editor's few forms over the configuration that is named; says what was confirmed. Run by test_killed.py."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path

from dermai_feed import app, pipeline
from dermai_feed.web import guard
from dermai_feed.web.pages import Site
from dermai_feed.web.sessions import Sessions

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8710"


def main() -> None:
    """Accept, undo, and tie two items."""
    config = app.load(Path(sys.argv[1]), {})
    with app.assemble(config, threads=0, stopping=app.Stopping()) as parts:
        pipeline.replay(parts, now=app.now())
        site = Site(parts, Sessions("", lambda: 0.0), "ada", app.now)
        client = TestClient(site.app(guard.hosts(8710)), base_url=BASE, follow_redirects=False)
        for verb, page in (("accept", "/story/i00000"), ("undo", "/log"), ("hold", "/story/i00001")):
            text = client.get(page).text
            form = re.findall(r'<form method="post" action="(?:/decide|/undo)".*?</form>', text, re.DOTALL)
            fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0] if form else ""))
            answer = client.post(
                "/undo" if verb == "undo" else "/decide", data=fields | {"verb": verb}, headers={"Origin": BASE}
            )
            if answer.status_code == 303:
                print("confirmed", verb, flush=True)


if __name__ == "__main__":
    main()
