"""Pictures of the week: numbers chosen for a chart, and the chart as accessible inline SVG.

A chart is drawn and tabled from the same rows. Colours come from the page (`currentColor` and
its variables), so that it follows light and dark; nothing is meant by colour alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from markupsafe import Markup, escape

from ..model import Telling
from .issue import Bar, Chart, Step
from .picking import lead_of, source
from .windows import Week, week_before

WEEKS = 12
ROWS = 7  # of a chart by name; the rest is one row
TIED = 3  # names that share the first place are named; more are counted
WIDTH = 360  # units of a drawing: those of a small phone, so that its words stay readable there


def charts(window: Week, weeks: Sequence[tuple[str, int]], news: Iterable[Telling]) -> tuple[Chart, ...]:
    """Volume by week, conditions and sources of `news`, the stories of `window`; charts without numbers are left out.

    `weeks`: name and number of new stories of each week, oldest first.
    """
    news = tuple(news)
    verdicts = [t.verdicts.get(lead_of(t).id) for t in news]
    conditions = Counter(name for verdict in verdicts if verdict for name in dict.fromkeys(verdict.conditions))
    shares = Counter(source(item) for telling in news for item in telling.items.values())
    found = (
        _by_week(window, weeks),
        _by_name("conditions", "Stories by condition", "stories", conditions, len(news)),
        _by_name("sources", "Reports by source", "reports", shares, sum(shares.values())),
    )
    return tuple(chart for chart in found if len(chart.bars) > 1 and max(bar.count for bar in chart.bars) > 1)


def last_weeks(window: Week) -> tuple[Week, ...]:
    """The `WEEKS` calendar weeks that end with `window`, oldest first."""
    weeks = [window]
    while len(weeks) < WEEKS:
        weeks.append(week_before(weeks[-1]))
    return tuple(reversed(weeks))


def _by_week(window: Week, weeks: Sequence[tuple[str, int]]) -> Chart:
    first = next((n for n, (_, count) in enumerate(weeks) if count), len(weeks))
    bars = tuple(Bar(label=name, count=count, here=name == window.name) for name, count in weeks[first:])
    says = ""
    if bars:
        most = max(bars, key=lambda bar: (bar.count, bar.label))
        new = f"{bars[-1].count} new {'story' if bars[-1].count == 1 else 'stories'} in {bars[-1].label}"
        rest = "the most of these weeks" if most is bars[-1] else f"the most were {most.count}, in {most.label}"
        says = f"{new}{',' if most is bars[-1] else ';'} {rest}."
    return Chart(key="weeks", title="New stories by week", unit="stories", says=says, bars=bars)


def _by_name(key: str, title: str, unit: str, counts: Counter[str], total: int) -> Chart:
    """The names with most, and what share of `total` the first has."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold()))
    if ranked and ranked[0][1] == 1:
        ranked = []  # a row of ones says nothing that the page has not said, nor does "3 others"
    bars = [Bar(label=name, count=count) for name, count in ranked[:ROWS]]
    if rest := ranked[ROWS:]:
        bars.append(Bar(label=f"{len(rest)} others", count=sum(count for _, count in rest)))
    says = ""
    if bars:
        first = [bar.label for bar in bars[:ROWS] if bar.count == bars[0].count]
        share = f"{bars[0].count} of {total} {unit} ({round(100 * bars[0].count / total)} %)"
        names = f"{', '.join(first[:-1])} and {first[-1]}" if len(first) > 1 else first[0]
        says = f"{names if len(first) <= TIED else f'{len(first)} {key}'}: {share}{' each' if len(first) > 1 else ''}."
    return Chart(key=key, title=title, unit=unit, says=says, bars=tuple(bars))


# --------------------------------------------------------------------------- drawing


def columns(chart: Chart, ident: str) -> Markup:
    """`chart` as upright bars on a time axis, each counted and named."""
    height, base = 148, 116
    most = max(bar.count for bar in chart.bars) or 1
    step = WIDTH / len(chart.bars)
    wide = min(30.0, step * 0.62)
    parts = [_open(chart.title, chart.says, ident, height)]
    for n, bar in enumerate(chart.bars):
        x = step * n + (step - wide) / 2
        tall = round(92 * bar.count / most, 1)
        css = "bar here" if bar.here else "bar"
        parts.append(
            f'<rect class="{css}" x="{x:.1f}" y="{base - tall:.1f}" width="{wide:.1f}" height="{tall}" rx="2"/>'
        )
        parts.append(_text("num", x + wide / 2, base - tall - 5, str(bar.count), "middle"))
        parts.append(_text("lab", x + wide / 2, base + 18, week_number(bar.label), "middle"))
    parts.append(f'<line class="axis" x1="0" y1="{base}" x2="{WIDTH}" y2="{base}"/></svg>')
    return Markup("".join(parts))  # noqa: S704 - every text in it went through escape


def rows(chart: Chart, ident: str) -> Markup:
    """`chart` as lying bars; each has its name above it, so that no name is cut on a phone."""
    line = 40
    most = max(bar.count for bar in chart.bars) or 1
    parts = [_open(chart.title, chart.says, ident, line * len(chart.bars))]
    for n, bar in enumerate(chart.bars):
        y = line * n
        wide = max(2.0, (WIDTH - 34) * bar.count / most)
        parts.append(_text("lab", 0, y + 14, short(bar.label, 44), "start"))
        parts.append(f'<rect class="bar" x="0" y="{y + 19}" width="{wide:.1f}" height="12" rx="2"/>')
        parts.append(_text("num", wide + 7, y + 30, str(bar.count), "start"))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text in it went through escape


def timeline(steps: Sequence[Step], title: str, ident: str) -> Markup:
    """A story's works as dots on a line of days; primary sources are filled. The list beside it names them."""
    edge, apart = 8, 14
    days = [date.fromisoformat(step.date) for step in steps]
    span = (max(days) - min(days)).days
    highest = max(Counter(days).values())
    y = 12 + apart * (highest - 1)
    says = "; ".join(f"{step.date} {step.role.lower()}, {step.source}" for step in steps)
    parts = [_open(f"Timeline: {title}", says, ident, y + 34)]
    parts.append(f'<line class="axis" x1="{edge}" y1="{y}" x2="{WIDTH - edge}" y2="{y}"/>')
    seen: Counter[date] = Counter()
    for step, when in zip(steps, days, strict=True):
        x = edge + (WIDTH - 2 * edge) * (when - min(days)).days / span
        css = "dot here" if step.role in {"Paper", "Preprint", "Regulator"} else "dot"
        parts.append(f'<circle class="{css}" cx="{x:.1f}" cy="{y - apart * seen[when]}" r="5.5"/>')
        seen[when] += 1
    for when, anchor, x in ((min(days), "start", 0), (max(days), "end", WIDTH)):
        parts.append(_text("lab", x, y + 28, f"{when.day} {when:%b}", anchor))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text in it went through escape


def week_number(label: str) -> str:
    """ "2026-W40" as it stands under a bar."""
    return label.split("-")[-1] if "-W" in label else label


def _text(css: str, x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _open(title: str, says: str, ident: str, height: int) -> str:
    name = escape(ident)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-t {name}-d" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(says)}</desc>'
    )


def short(label: str, most: int) -> str:
    """`label` within `most` characters, ended between two words where it has several."""
    return label if len(label) <= most else (label[: most - 1].rsplit(" ", 1)[0] or label[: most - 1]) + " …"
