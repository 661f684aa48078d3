"""Take the pictures of README and docs/digest.md: the demo's digest as web page, as mail and on a phone.

Needs the packages of `dev` and Chromium (Debian: `apt-get install chromium`). Run it after a
change of the templates or of the demo; a test fails while the pictures are of something else::

    python scripts/take_pictures.py
"""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, sync_playwright

from dermai_feed import app, pipeline
from dermai_feed.demo.tour import tour
from dermai_feed.pipeline import edition
from dermai_feed.pipeline.site import site
from dermai_feed.publish import select, templating
from dermai_feed.publish.digest import from_json

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
WEEK = "2026-W40"  # a story that many told, its trial, what it states and who repeats it
COLOURS = 64  # of a picture: text on paper needs no more, and a README should load quickly

# name -> rendering, width, height (CSS pixels), colour scheme
SHOTS = {
    "digest-page.png": ("page", 1200, 1000, "light"),
    "digest-page-dark.png": ("page", 1200, 1000, "dark"),
    "digest-mail.png": ("mail", 720, 1000, "light"),
    "digest-phone.png": ("page", 390, 844, "light"),
}

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def program() -> str | None:
    """The Chromium of this machine, if there is one."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium with a profile of its own that asks nobody for anything but the pages it is given."""
    found = program()
    if found is None:
        raise SystemExit("no Chromium here; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def demo(folder: Path) -> None:
    """The demonstration in `folder`, with every issue approved and the site beside the corpus."""
    looks = tour(folder).looks
    config = app.load(folder / "config" / "dermai-feed.yaml", {})
    with app.locked(config), app.assemble(config) as parts:
        for look in looks:
            week = select.week_of(look.at, config.digest.zone)
            edition.approve(parts, now=looks[-1].at, who="editor", window=week)
        pipeline.catch_up(parts, now=looks[-1].at)
        site(parts, folder / "site")


def mail_page(eml: bytes) -> str:
    """The HTML part of a mail as a page of its own, its inline pictures in their places."""
    mail = message_from_bytes(eml, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    part = mail.get_body(("html",))
    assert isinstance(part, EmailMessage)
    html: str = part.get_content()
    for image in mail.walk():
        if image.get_content_maintype() == "image":
            data = base64.b64encode(image.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            html = html.replace(
                f"cid:{image['Content-ID'].strip('<>')}", f"data:{image.get_content_type()};base64,{data}"
            )
    return html


def shown(folder: Path) -> str:
    """What the pictures show, as a fingerprint: the templates, and every story of the issue with its words."""
    issue = from_json((folder / "corpus" / "digests" / f"{WEEK}.sent.json").read_text(encoding="utf-8"))
    words = [templating.source(name) for name in ("digest.html.j2", "mail.html.j2", "style.css.j2")]
    for section in issue.sections:
        words += [section.title, *(f"{pick.title} {' '.join(pick.sentences)}" for pick in section.picks)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def take(browser: Browser, folder: Path, out: Path) -> None:
    """Every picture of the demo in `folder` into `out`, marked with what it shows."""
    digests = folder / "corpus" / "digests"
    pages = {
        "page": (digests / f"{WEEK}.sent.html").read_text(encoding="utf-8"),
        "mail": mail_page((digests / f"{WEEK}.sent.eml").read_bytes()),
    }
    mark = PngInfo()
    mark.add_text("Shows", shown(folder))
    out.mkdir(parents=True, exist_ok=True)
    for name, (which, width, height, scheme) in SHOTS.items():
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            device_scale_factor=2 if width < 500 else 1,
        )
        page.set_content(pages[which])
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(out / name, optimize=True, pnginfo=mark)
        page.close()


def main() -> None:
    """Make the demo, take every picture and say so."""
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        demo(Path(place))
        take(browser, Path(place), PICTURES)
    for name in SHOTS:
        print(f"wrote {PICTURES.relative_to(ROOT) / name}, {(PICTURES / name).stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
