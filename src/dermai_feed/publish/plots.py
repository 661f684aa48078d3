"""Charts as PNG, for mail clients, which show no SVG: the extra `plots` (matplotlib).

Drawn without a display and without a date or version in the file, so that equal numbers
give equal bytes. On a ground of their own: a picture cannot know whether its reader's
window is dark.
"""

from __future__ import annotations

import io
from importlib.util import find_spec

from .figures import short, week_number
from .issue import Chart

_INK, _SOFT, _BAR, _HERE, _PAPER = "#1d2329", "#55606b", "#b9c3cc", "#9a3b1f", "#fffefb"


def available() -> bool:
    """Whether pictures can be drawn here."""
    return find_spec("matplotlib") is not None


def png(chart: Chart) -> bytes:
    """`chart` as a picture of 1216 pixels' width, shown at 608."""
    # Imported here: half a second that only the mail pays (DEPENDENCIES: matplotlib is an extra).
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    upright = chart.key == "weeks"
    figure = Figure(figsize=(6.08, 2.4 if upright else 0.5 + 0.34 * len(chart.bars)), dpi=200, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.16, 0.96, 0.7) if upright else (0.36, 0.03, 0.56, 0.86), facecolor=_PAPER)
    colours = [_HERE if bar.here else _BAR for bar in chart.bars]
    counts, places = [bar.count for bar in chart.bars], range(len(chart.bars))
    labels = [short(week_number(bar.label), 30) for bar in chart.bars]
    if upright:
        drawn = axes.bar(places, counts, color=colours, width=0.62)
        axes.set_xticks(places, labels)
    else:
        drawn = axes.barh(places, counts, color=colours, height=0.62)
        axes.set_yticks(places, labels)
        axes.invert_yaxis()
    axes.bar_label(drawn, color=_INK, fontsize=9, padding=3)
    figure.suptitle(chart.title, x=0.02, y=0.99, ha="left", fontsize=10, fontweight="bold", color=_INK)
    axes.tick_params(length=0, labelsize=9, labelcolor=_INK)
    axes.xaxis.set_visible(upright)
    axes.yaxis.set_visible(not upright)
    for side in ("top", "right", "left" if upright else "bottom"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_SOFT)
    axes.margins(y=0.15 if upright else 0.02)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
