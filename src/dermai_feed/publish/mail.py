"""The issue as a mail: multipart/alternative, a real text beside HTML that old clients show.

Gmail clips a message near 102 kB, so the HTML part stays under 90 kB as it is sent; it is
told shorter, then with fewer stories, until it fits. Pictures are drawn when the extra
`plots` is installed, two at most; each says in words what it shows, and its numbers stand
below it in a table, which is all there is without it.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from . import plots
from .issue import Issue, Section
from .templating import Templates, flat

MOST_BYTES = 90_000  # of the HTML part in its transfer encoding (FIELD §5)
MOST_PICTURES = 2
_BRIEFEST = 3
_POLICY = policy.default


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterhead:
    """Who sends the digest to whom; the same for every issue."""

    sender: str = "dermai-feed <digest@localhost.localdomain>"
    to: tuple[str, ...] = ()
    list_id: str = ""  # RFC 2919: "dermatology-ai.example.org"
    pictures: bool = True  # draw them where `plots` is installed

    @property
    def domain(self) -> str:
        """The right side of the sender's address."""
        return re.sub(r".*@", "", self.sender).rstrip("> ") or "localhost.localdomain"


NOBODY = Letterhead()


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """An inline image: its chart, its content id, what it says in words, and its bytes (PNG)."""

    key: str
    cid: str
    alt: str
    png: bytes


def message_id(issue: Issue, letterhead: Letterhead) -> str:
    """The Message-ID of an issue: the same whenever it is made, so that no server takes it for another."""
    return f"<{issue.week}.{issue.edition}@{letterhead.domain}>"


def subject(issue: Issue) -> str:
    """The digest's name, its week and its first title; on one line (D-08)."""
    first = f": {issue.picks[0].title}" if issue.picks else ""
    return flat(f"{issue.title}{first}")[:200]


def message(
    issue: Issue, templates: Templates, letterhead: Letterhead, *, text: str, ledger: Sequence[tuple[str, int]]
) -> EmailMessage:
    """The mail that tells `issue`; `text` is its plain rendering. Equal arguments give equal bytes."""
    drawn = _pictures(issue, letterhead)
    html = _html(issue, templates, drawn, ledger)
    drawn = tuple(picture for picture in drawn if f"cid:{picture.cid}" in html)  # told shorter, it may show none
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = subject(issue)
    mail["From"] = letterhead.sender
    if letterhead.to:
        mail["To"] = ", ".join(letterhead.to)
    mail["Date"] = format_datetime(issue.until.astimezone(UTC))
    mail["Message-ID"] = message_id(issue, letterhead)
    if letterhead.list_id:
        mail["List-Id"] = f"{flat(issue.name)} <{letterhead.list_id}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content(text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    if drawn:
        page = mail.get_payload()[1]  # type: ignore[index]
        assert isinstance(page, EmailMessage)
        for picture in drawn:
            page.add_related(
                picture.png,
                "image",
                "png",
                cid=f"<{picture.cid}>",
                disposition="inline",
                filename=f"{picture.key}.png",
            )
    # Random boundaries would make two renderings of one issue differ (D-01); "=_" cannot occur in quoted-printable.
    for n, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{issue.week}-{n}")
    return mail


def addresses(letterhead: Letterhead) -> tuple[str, tuple[str, ...]]:
    """The bare addresses of sender and recipients, for the envelope."""
    mail = EmailMessage()
    mail["From"] = letterhead.sender
    mail["To"] = ", ".join(letterhead.to)
    sender: tuple[Address, ...] = mail["From"].addresses
    to: tuple[Address, ...] = mail["To"].addresses
    return sender[0].addr_spec, tuple(address.addr_spec for address in to)


def encoded_size(html: str) -> int:
    """Bytes of `html` on the way."""
    return len(quopri.encodestring(html.encode()))


def _html(issue: Issue, templates: Templates, drawn: Sequence[Picture], ledger: Sequence[tuple[str, int]]) -> str:
    """The HTML part: whole where it fits, else told shorter, else with fewer stories and their number."""
    for brief in range(_BRIEFEST + 1):
        html = templates.render("mail.html.j2", issue, ledger=ledger, pictures=drawn, brief=brief, left_out=0)
        if encoded_size(html) <= MOST_BYTES:
            return html
    shorter, keep = issue, len(issue.picks) * MOST_BYTES // encoded_size(html)
    while len(shorter.picks) > 1:
        shorter = _first(issue, keep)
        keep = len(shorter.picks) - max(1, len(shorter.picks) // 10)
        left_out = len(issue.picks) - len(shorter.picks)
        html = templates.render(
            "mail.html.j2", shorter, ledger=ledger, pictures=drawn, brief=_BRIEFEST, left_out=left_out
        )
        if encoded_size(html) <= MOST_BYTES:
            break
    return html


def _first(issue: Issue, keep: int) -> Issue:
    """`issue` with its first `keep` stories, one at least."""
    left = max(1, keep)
    sections: list[Section] = []
    for section in issue.sections:
        if left > 0:
            sections.append(replace(section, picks=section.picks[:left]))
        left -= len(section.picks)
    return replace(issue, sections=tuple(sections))


def _pictures(issue: Issue, letterhead: Letterhead) -> tuple[Picture, ...]:
    # The editors' own copy is made anew many times a week and goes without: matplotlib takes a second to load.
    if issue.edition != "sent" or not letterhead.pictures or not plots.available():
        return ()
    return tuple(
        Picture(
            key=chart.key,
            cid=f"chart-{chart.key}@{letterhead.domain}",
            alt=f"{chart.title}. {chart.says}",
            png=plots.png(chart),
        )
        for chart in issue.charts[:MOST_PICTURES]
    )
