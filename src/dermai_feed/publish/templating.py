"""Templates: the built-in ones, and an editor's folder whose files take their place.

Text from outside is escaped for where it goes (D-04, D-05, W-17): Jinja escapes HTML by
itself, and for Markdown every character that could open markup gets a backslash. An
editor's templates run in Jinja's sandbox: they may restyle, not reach into the program.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ..errors import TemplateFault
from . import figures
from .issue import Issue, Pick, Stated
from .picking import ASIDES

PACKAGE = "dermai_feed.publish"
FOLDER = "templates"
COLUMNS = 72  # of plain text: the width that mail has had since RFC 678

# CommonMark 2.4: any ASCII punctuation may be escaped; these are the ones that can start markup,
# and the braces that a site generator's templates would read.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$^!&])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)
NO_BREAK = "\N{NO-BREAK SPACE}"
_AFTER_NUMBER = re.compile(r"(?<=\d) (?=[%‰°€]|\d{3}(?!\d)|(?:[munµ]m|cm|[mk]?g|ml|kB|[GMT]B)\b)")
# Commands of ours in a note; words of a source cannot look like anything else by this.
_COMMAND = re.compile(r"`(dermai-feed(?: [A-Za-z0-9._:/=-]+)*)`")
_BLANKS = re.compile(r"\n{3,}")

KINDS = {
    "paper": "peer-reviewed paper", "preprint": "preprint, not peer reviewed", "release": "press release",
    "regulatory": "regulator", "trial": "trial registration", "article": "news report", "video": "video",
    "podcast": "podcast", "notice": "notice",
}  # fmt: skip


def markdown_text(text: str) -> str:
    """`text` as Markdown that shows exactly these characters, on one line."""
    flat = " ".join(text.split())
    return _LINE_START.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", _MARKUP.sub(r"\\\1", flat))


def web_address(url: str) -> str:
    """`url` when it is http or https, else nothing; characters that end a Markdown link are encoded."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return ""
    return quote(url, safe=":/?#@!$&'*+,;=%~-._[]") if scheme in {"http", "https"} else ""


def moment(when: datetime) -> str:
    """A moment to the minute, UTC."""
    return f"{when:%Y-%m-%d %H:%M}"


def day(text: str) -> str:
    """ "2026-11-18" as "18 November 2026"; a month or a year stays one; anything else stays as it is."""
    for shape, known in (("%-d %B %Y", text), ("%B %Y", f"{text}-01" if len(text) == 7 else "")):
        try:
            found = date.fromisoformat(known)
        except ValueError:
            continue
        return f"{found.day} {found:%B %Y}" if shape.startswith("%-d") else f"{found:%B %Y}"
    return text


def kind_words(pick: Pick) -> str:
    """What a story is told by, as a reader says it, with the design that stands out."""
    words = KINDS.get(pick.kind, pick.kind)
    if pick.mark in ASIDES:
        return f"{pick.mark} in a journal"  # seldom peer reviewed
    return f"{words}: {pick.mark}" if pick.mark else words


def label_words(label: Stated) -> str:
    """A label as one says it: "external validation", "18,400 photographs", "FDA cleared or authorised"."""
    if label.name == "validation":
        return label.value if "validat" in label.value else f"{label.value} validation"
    return label.value


def span(first: date, last: date) -> str:
    """Two days as one says them: 28 September to 4 October 2026."""
    if first.year != last.year:
        return f"{day(str(first))} to {day(str(last))}"
    head = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{head} to {day(str(last))}"


def glued(text: str) -> str:
    """`text` whose numbers stay on one line with what belongs to them: "71 %", "1 200", "5 mm"."""
    return _AFTER_NUMBER.sub(NO_BREAK, text)


def commands(text: str) -> Markup:
    """`text` for a page, with the commands in it as code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(_COMMAND.split(text))
    )


def commands_markdown(text: str) -> str:
    """`text` as `markdown_text` gives it, with the commands in it as code."""
    return "".join(f"`{part}`" if n % 2 else _kept(part) for n, part in enumerate(_COMMAND.split(text)))


def _kept(part: str) -> str:
    """A part of a line as Markdown, with the blanks at its ends."""
    bare = part.strip()
    return part.replace(bare, markdown_text(bare), 1) if bare else part


def commands_plain(text: str) -> str:
    """`text` with the commands in it as they are typed."""
    return _COMMAND.sub(r"\1", text)


def flat(text: str) -> str:
    """`text` on one line, without characters that turn a terminal's or a mail's lines around."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


def wrapped(text: str, indent: int = 0, hanging: int | None = None) -> str:
    """`text` in lines of `COLUMNS`, each after `indent` blanks, those after the first after `hanging`."""
    further = indent if hanging is None else hanging
    lines = textwrap.fill(
        glued(flat(text)), COLUMNS, initial_indent=" " * indent, subsequent_indent=" " * further,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return lines.replace(NO_BREAK, " ")


def counted(count: int, label: str) -> str:
    """A row of a table in plain text: the number to the right of six columns, then what it counts."""
    return textwrap.fill(
        flat(label), COLUMNS, initial_indent=f"{count:6}  ", subsequent_indent=" " * 8, break_on_hyphens=False
    )


@dataclass(slots=True)
class Numbered:
    """The links of a plain text: named in the text by number, listed at its end."""

    urls: dict[str, int] = field(default_factory=dict)

    def __call__(self, url: str) -> str:
        """The mark of `url`, "[3]"; empty when it is no web address."""
        address = web_address(url)
        return f"[{self.urls.setdefault(address, len(self.urls) + 1)}]" if address else ""


@dataclass(frozen=True, slots=True)
class Templates:
    """Where templates come from: `folder` before the built-in ones."""

    folder: Path | None = None

    def render(self, name: str, issue: Issue, **more: Any) -> str:
        """The template `name` with `issue`. Raises: TemplateFault naming file and line."""
        return self.fill(name, issue=issue, links=Numbered(), **more)

    def text(self, name: str) -> str:
        """A template without values: a style sheet, a script. Raises: TemplateFault."""
        return self.fill(name)

    def fill(self, template: str, /, **values: Any) -> str:
        """`template` with `values`. Raises: TemplateFault naming file and line."""
        try:
            text = _environment(self.folder).get_template(template).render(**values)
        except TemplateSyntaxError as error:
            raise TemplateFault(error.filename or error.name or template, error.lineno, error.message or "") from error
        except Exception as error:
            # An undefined name, a filter that is none, a division by zero: whatever a template does wrong.
            place = _place(error, template)
            if place is None and not isinstance(error, TemplateError):
                raise
            raise TemplateFault(*(place or (template, 0)), f"{type(error).__name__}: {error}") from error
        return text

    def hash(self) -> str:
        """A hash over every template in force: what the issue's renderings were made by."""
        digest = hashlib.sha256()
        environment = _environment(self.folder)
        assert environment.loader is not None
        for name in sorted(environment.list_templates(extensions=["j2"])):
            if name.startswith("site"):
                continue  # the site is no part of an issue
            source, _, _ = environment.loader.get_source(environment, name)
            digest.update(f"{name}\n{source}\n".encode())
        return digest.hexdigest()[:12]


BUILT_IN = Templates()


def names() -> tuple[str, ...]:
    """The built-in templates."""
    return tuple(sorted(PackageLoader(PACKAGE, FOLDER).list_templates()))


def source(name: str) -> str:
    """The text of the built-in template `name`. Raises: KeyError when there is none."""
    if name not in names():
        raise KeyError(name)
    return (Path(__file__).parent / FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment(folder: Path | None) -> ImmutableSandboxedEnvironment:
    built_in = PackageLoader(PACKAGE, FOLDER)
    loader: BaseLoader = built_in if folder is None else ChoiceLoader([FileSystemLoader(folder), built_in])
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        # The text forms escape by filters of their own.
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "md": markdown_text, "web": web_address, "moment": moment, "day": day, "kind": kind_words,
        "label": label_words, "flat": flat, "wrap": wrapped, "counted": counted, "span": lambda days: span(*days),
        "glue": glued, "commands": commands,
        "commands_md": commands_markdown, "commands_plain": commands_plain,
        "columns": figures.columns, "rows": figures.rows, "timeline": figures.timeline,
    }  # fmt: skip
    return environment


def tidy(text: str) -> str:
    """`text` with single blank lines only, and one line end at its end."""
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip("\n") + "\n"


def _place(error: BaseException, name: str) -> tuple[str, int] | None:
    """The innermost line of a template that `error` passed through."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.endswith(".j2") or code.co_filename == name:
            found = code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return found
