"""When a source says something new, learnt from when it did, and when asking it is worth a request.

What is learnt: how many new items came per day, and how they spread over the hours of the
day and the days of the week (UTC). Old arrivals fade, so a source that changes its habits is
believed after some weeks. What follows: a request is worth making once the items that have
probably come by then have together waited for `Policy.worth`. For an even stream of rate r
that is every sqrt(2 worth / r) seconds, which spends requests where they spare most waiting;
for a source that publishes on weekday mornings it is a dense series then and a sparse one at
night. The interval stays the least and the ceiling the most, whatever is learnt.

The constants were chosen on one half of the captured feeds and judged on the other, see
scripts/simulate_polling.py and docs/politeness.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from ..model import Rhythm
from .policy import DAY, HOUR

HALF_LIFE = 60.0  # days after which an arrival counts half
LEARN_FOR = 7 * DAY  # a whole week, so that each weekday was seen once
PRIOR_ITEMS, PRIOR_DAYS = 2.0, 7.0  # a source of which little is known yet says something twice a week
FLAT = 3.0  # arrivals spread evenly over the week, added to those that came: hours that were silent may speak up
_MEAN_LIFE = HALF_LIFE / math.log(2)  # days


def observed(rhythm: Rhythm | None, arrivals: Sequence[datetime], now: datetime) -> Rhythm:
    """`rhythm` after a good poll at `now` that brought what was new at `arrivals` (UTC).

    The first poll of a source only starts the clock: what it brings had gathered before.
    """
    if rhythm is None or now < rhythm.until:  # or the clock was set back: what it had taught is void
        return Rhythm(since=now, until=now, hours=(0.0,) * 24, weekdays=(0.0,) * 7)
    past = (now - rhythm.until).total_seconds() / DAY
    fade = 0.5 ** (past / HALF_LIFE)
    hours, weekdays = [n * fade for n in rhythm.hours], [n * fade for n in rhythm.weekdays]
    for moment in arrivals:
        hours[moment.hour] += 1
        weekdays[moment.weekday()] += 1
    return Rhythm(
        since=rhythm.since, until=now, days=round(rhythm.days * fade + _MEAN_LIFE * (1 - fade), 4),
        hours=tuple(round(n, 3) for n in hours), weekdays=tuple(round(n, 3) for n in weekdays),
    )  # fmt: skip


def wait(rhythm: Rhythm | None, now: datetime, *, worth: float, least: float, most: float) -> float:
    """Seconds from `now` until asking is worth a request, from `least` to `most`; `least` while it is not known."""
    if rhythm is None or worth <= 0 or (rhythm.until - rhythm.since).total_seconds() < LEARN_FOR:
        return least
    total = sum(rhythm.hours)
    rate = (total + PRIOR_ITEMS) / (rhythm.days + PRIOR_DAYS) / DAY
    by_hour = [(n + FLAT / 24) / (total + FLAT) * 24 for n in rhythm.hours]
    by_weekday = [(n + FLAT / 7) / (total + FLAT) * 7 for n in rhythm.weekdays]
    hour, weekday = now.hour, now.weekday()
    step = HOUR - (now.minute * 60.0 + now.second)  # to the full hour; the rate is even in between
    passed = come = waited = 0.0  # seconds, items, seconds that they have waited together
    while passed < most:
        pace = rate * by_hour[hour] * by_weekday[weekday]
        if waited + come * step + pace * step * step / 2 >= worth:
            # come x + pace x^2 / 2 = what is left
            passed += (math.sqrt(come * come + 2 * pace * (worth - waited)) - come) / pace
            break
        waited += come * step + pace * step * step / 2
        come += pace * step
        passed, step = passed + step, HOUR
        hour = (hour + 1) % 24
        weekday = (weekday + (hour == 0)) % 7
    return min(max(passed, least), max(most, least))


def usual_gap(rhythm: Rhythm | None, last: datetime | None) -> float | None:
    """Seconds that used to lie between two new items up to `last`, the newest; None when that is not known.

    The silence since then is taken out again: it has faded the arrivals and must not excuse itself.
    """
    if rhythm is None or last is None or not rhythm.since < last <= rhythm.until:
        return None
    fade = 0.5 ** ((rhythm.until - last).total_seconds() / DAY / HALF_LIFE)
    items = sum(rhythm.hours) / fade
    days = (rhythm.days - _MEAN_LIFE * (1 - fade)) / fade
    return days * DAY / items if items >= 1.0 and days > 0 else None
