"""Renderings of an issue."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import frontmatter
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dermai_feed.model import Counted
from dermai_feed.publish.digest import (
    RENDERERS,
    documents,
    from_json,
    frozen,
    ledger,
    markdown_text,
    sha,
    to_eml,
    to_html,
    to_json,
    to_markdown,
    to_text,
)
from dermai_feed.publish.feeds import Channel, issue_entry, json_feed, rss
from dermai_feed.publish.issue import (
    Bar,
    Chart,
    Coverage,
    Erratum,
    Issue,
    Link,
    Note,
    NoteBox,
    Pick,
    Section,
    Stated,
    Step,
    Why,
)
from dermai_feed.publish.mail import NOBODY
from dermai_feed.publish.templating import BUILT_IN, COLUMNS, day, glued

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
HOSTILE = [
    "<script>alert(1)</script>", "a](javascript:alert(1)) [b", "# heading", "- item", "1. item", "> quote", "`code`",
    "{{ 7*7 }} {% raw %}", "<!-- -->", "**bold** _it_", "&lt;b&gt; &amp;", "| a | b |", "---", "~~x~~", "[[wiki]]",
    "![x](https://evil.example/x.png)", "</article></main>", "line\nbreak", "\\", "<https://evil.example/>",
]  # fmt: skip


def issue(title: str = "A title", url: str = "https://news.example/a?b=(c)", **words: object) -> Issue:
    """An issue of one story and one note, both called `title`."""
    pick = Pick(
        story="20261118000000-i1", anchor="s-20261118000000-i1", item="i1", title=title, url=url, sentences=(title,),
        source=title, date="2026-11-18", date_basis="published", why=Why(text=title, source=title, item="i1"),
        also=(Link(text=title, url=url, role="report"),), copies=(title,), conditions=(title,),
        links=(Link(text=title, url=url), Link(text="DOI", url="https://doi.org/10.5555/1")),
        stated=(Stated(name="n", value=title, quote=title),), not_stated=("validation",),
        timeline=(
            Step(date="2026-11-17", role="Paper", source=title, title=title, url=url),
            Step(date="2026-11-18", role="Report", source=title, title=title, url=url),
        ),
    )  # fmt: skip
    return Issue(
        week="2026-W47", number=3, since=datetime(2026, 11, 16, tzinfo=UTC), until=datetime(2026, 11, 23, tzinfo=UTC),
        sections=(Section(key="top", title="Top stories", picks=(pick,)),),
        errata=(Erratum(story="20261111000000-i0", issue="2026-W46", what="title changed", was=title, now=title),),
        charts=(
            Chart(key="weeks", title="New stories by week", unit="stories", says="Two weeks.",
                  bars=(Bar(label="2026-W46", count=2), Bar(label="2026-W47", count=3, here=True))),
            Chart(key="sources", title="Reports by source", unit="reports", says=title,
                  bars=(Bar(label=title, count=2), Bar(label="B", count=1))),
        ),
        notes=(NoteBox(title="Held for you", notes=(Note(text=title, why=title, id="i2", url=url),), more=2),),
        coverage=Coverage(counted=Counted(items=7, accepted=3, rejected=((title or "x", 4),))), config="abc", **words,
    )  # fmt: skip


def mail_of(one: Issue) -> EmailMessage:
    """The mail of `one`, read back from its bytes."""
    read = message_from_string(to_eml(one), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def mail_page(one: Issue) -> str:
    """The HTML part of the mail of `one`."""
    part = mail_of(one).get_body(("html",))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text


class _Page(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value or "")
            if name.startswith("on") or name in {"srcset", "srcdoc"} or (name == "src" and tag != "img"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_d04_the_web_page_shows_hostile_text_and_obeys_none_of_it(text: str) -> None:
    """No element, no address and no handler comes from a source; the words are visible."""
    for render in (to_html, mail_page):
        plain, hostile = _Page(render(issue())), _Page(render(issue(text)))
        assert hostile.tags == plain.tags
        assert hostile.links == plain.links
        assert not hostile.handlers
        assert " ".join(text.split()) in " ".join(" ".join(hostile.text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_d05_markdown_shows_hostile_text_and_obeys_none_of_it(text: str) -> None:
    """Rendered with HTML allowed, the page has our links and our elements only."""

    def rendered(words: str) -> _Page:
        body = frontmatter.loads(to_markdown(issue(words))).content
        return _Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(body))

    plain, hostile = rendered("A title"), rendered(text)
    assert hostile.links == plain.links
    assert hostile.tags == plain.tags
    assert " ".join(text.split()) in " ".join("".join(hostile.text).split())


@settings(deadline=None, max_examples=150)
@given(TEXT)
def test_any_text_survives_markdown(text: str) -> None:
    """What goes in as text comes out as that text."""
    html = MarkdownIt("commonmark").render(f"x {markdown_text(text)} x")
    shown = " ".join("".join(_Page(html).text).split())
    assert shown == " ".join(f"x {text} x".split())


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", ""])
def test_only_web_addresses_become_links(url: str) -> None:
    """Anything else leaves the title as plain text."""
    doi = ["https://doi.org/10.5555/1"]
    assert [link for link in _Page(to_html(issue(url=url))).links if not link.startswith("#")] == doi
    assert _Page(mail_page(issue(url=url))).links == doi
    assert re.findall(r"(?m)^\[\d+\] (.*)$", to_text(issue(url=url))) == doi
    body = frontmatter.loads(to_markdown(issue(url=url))).content
    assert _Page(MarkdownIt("commonmark").render(body)).links == doi


def test_every_rendering_tells_the_same_stories() -> None:
    """One selection, many renderings, and the same ids in each; in the edition for readers, too."""
    for one in (issue(), replace(issue(), edition="sent", notes=())):
        channel, entry = Channel(title="Digests", about="", path="digests/feed"), issue_entry(one)
        texts = {form: render(one, BUILT_IN, NOBODY) for form, render in RENDERERS.items()}
        texts["eml"] = mail_page(one)
        texts |= {"rss": rss(channel, [entry]), "json feed": json_feed(channel, [entry])}
        for form, text in texts.items():
            assert set(re.findall(r"\d{14}-i1", text)) == one.stories(), form


def test_the_frozen_selection_comes_back_equal() -> None:
    """The JSON is the issue (decision 7)."""
    assert from_json(to_json(issue())) == issue()


def test_d01_the_same_issue_gives_the_same_bytes() -> None:
    """No clock, no order of a set."""
    assert documents(issue()) == documents(issue())
    assert [d.path for d in documents(issue())] == [
        f"digests/2026-W47.{form}" for form in ("md", "html", "txt", "eml", "json")
    ]


def test_the_selection_names_what_it_was_rendered_to() -> None:
    """So that an editor's change to a rendering is seen later, whatever became of the templates."""
    made = {document.path.rsplit(".", 1)[1]: document.text for document in documents(issue())}
    read = from_json(made["json"])
    assert dict(read.renderings) == {form: sha(text) for form, text in made.items() if form != "json"}
    assert frozen(read) == issue()


def test_markdown_has_front_matter_in_the_seeds_style() -> None:
    """A site built for the seeds can publish it."""
    head = to_markdown(issue()).splitlines()[:6]
    assert head[:2] == ["---", "category: newsletter"]
    assert head[2].startswith('title: "')
    assert "publishedDateTime: 2026-11-23T00:00:00Z" in head


def test_a_degraded_issue_says_so_at_the_top() -> None:
    """In both renderings, before the first story."""
    for text in (
        to_markdown(issue(degraded="3 of 4 sources failed")),
        to_html(issue(degraded="3 of 4 sources failed")),
        mail_page(issue(degraded="3 of 4 sources failed")),
    ):
        assert text.index("3 of 4 sources failed") < text.index("A title")


def test_an_empty_week_says_so() -> None:
    """An empty week is a result (D-07)."""
    empty = Issue(
        week="2026-W47", number=1, since=datetime(2026, 11, 16, tzinfo=UTC), until=datetime(2026, 11, 23, tzinfo=UTC)
    )
    assert "Nothing new was accepted" in to_markdown(empty)
    assert "Nothing new was accepted" in to_html(empty)
    assert "Nothing new was accepted" in to_text(empty)
    assert "Nothing new was accepted" in mail_page(empty)


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    """Self-contained, and its own policy forbids the rest."""
    page = to_html(issue())
    assert "default-src 'none'" in page
    assert {"script", "link", "img", "iframe", "form"}.isdisjoint(_Page(page).tags)


def test_plain_text_keeps_to_its_columns() -> None:
    """72, but for an address, which cannot be broken."""
    text = to_text(issue("Words of a title that goes on and on, as titles in this field are known to do, and on."))
    assert all(len(line) <= COLUMNS for line in text.splitlines() if not re.match(r"\[\d+\] http", line))


@settings(deadline=None, max_examples=60)
@given(TEXT)
def test_any_text_survives_plain_text_and_mail(text: str) -> None:
    """Every printable word is there, and nothing else comes into being."""
    shown = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    body = mail_of(issue(text)).get_body(("plain",))
    assert body is not None
    flat = " ".join(body.get_content().split())
    assert shown in flat.replace("- ", "-") or shown in flat


@pytest.mark.parametrize("shown", [("2026-11-18", "18 November 2026"), ("2026-11", "November 2026"), ("2026", "2026")])
def test_a_day_is_written_as_people_do(shown: tuple[str, str]) -> None:
    """And no more precisely than it is known."""
    assert day(shown[0]) == shown[1]


def test_a_number_stays_on_one_line_with_what_belongs_to_it() -> None:
    """In pages by a no-break space, in plain text by where the line ends; the words are the same."""
    sentence = f"{'It told the lesions apart in the test of this year, to be exact in ' * 2}71 % of 1 200 cases."
    one = issue(sentence)
    for page in (to_html(one), mail_page(one)):
        assert "71\N{NO-BREAK SPACE}% of 1\N{NO-BREAK SPACE}200 cases" in page
    plain = to_text(one)
    assert "\N{NO-BREAK SPACE}" not in plain
    assert "71 % of" in plain
    assert sentence in " ".join(plain.split())


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60))
def test_gluing_changes_no_word(text: str) -> None:
    """Only blanks become blanks that do not break; plain text has the blanks that it had."""
    assert " ".join(glued(text).split()) == " ".join(text.split())


def test_a_command_in_a_note_is_code_and_what_a_source_says_is_text() -> None:
    """Backticks are read as such around commands of ours only, in every form."""
    why = "answers <b>elsewhere</b>; `dermai-feed sources apply` writes it down, `rm -rf` does not"
    box = NoteBox(title="Sources", notes=(Note(text="A feed", why=why),))
    one = replace(issue(), edition="editors", notes=(box,))
    page = to_html(one)
    assert "&lt;b&gt;elsewhere&lt;/b&gt;; <code>dermai-feed sources apply</code> writes it down, `rm -rf` does" in page
    assert "; `dermai-feed sources apply` writes it down, \\`rm -rf\\` does" in to_markdown(one)
    assert "; dermai-feed sources apply writes it down" in " ".join(to_text(one).split())


def test_one_of_a_thing_is_one_in_the_foot() -> None:
    """1 story, 1 copy, 1 source; and 2 of them otherwise."""
    one, two = (
        dict(
            ledger(
                replace(
                    issue(),
                    coverage=Coverage(fetched=n, new=n, sources_asked=n, counted=Counted(stories=n, duplicates=n)),
                )
            )
        )
        for n in (1, 2)
    )
    assert {"entry fetched", "copy of a work already known", "story", "source asked"} <= one.keys()
    assert {"entries fetched", "copies of a work already known", "stories", "sources asked"} <= two.keys()
