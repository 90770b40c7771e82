"""When the next visit is due: windows, seasons, and intervals that results move.

Source: DOMAIN 2.4. Dates are local; nothing here knows what day it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from inspection.rules.calendar import Calendar
from inspection.rules.plan import Adaptive, Plan, Season
from inspection.rules.refusal import N_

GOOD, BAD = 4, 2  # levels from which, and down to which, results move the interval
TWICE = 2
_DAY = timedelta(days=1)
_LEAP = 2024


@dataclass(frozen=True)
class Window:
    """When one visit can be done: from, when it is due, and the first day on which it is missed.

    `missed_at` is the moment at which that day begins.
    """

    due_from: date
    due_on: date
    missed_on: date
    missed_at: datetime


def window(plan: Plan, due_on: date, calendar: Calendar) -> Window:
    """The window of the visit due on a day: the grace is counted in days on which work is done."""
    day, left = due_on + _DAY, plan.grace_days
    while left:
        left -= works(calendar, day)
        day += _DAY
    missed_at = datetime.combine(day, time(), calendar.tz)
    return Window(due_on - plan.before_days * _DAY, due_on, day, missed_at)


def works(calendar: Calendar, day: date) -> bool:
    """Whether the calendar has open hours on a day."""
    return bool(calendar.windows[day.weekday()]) and day not in calendar.holidays


# ---------------------------------------------------------------- seasons


def in_season(season: Season | None, day: date) -> bool:
    """Whether visits are due on this day of the year; a season may wrap the year."""
    if season is None:
        return True
    at = (day.month, day.day)
    if season.first <= season.last:
        return season.first <= at <= season.last
    return at >= season.first or at <= season.last


def into_season(season: Season | None, day: date) -> date:
    """This day, or the first day of the next season."""
    while not in_season(season, day):
        day += _DAY
    return day


def days_of_season(season: Season | None) -> int:
    """How many days of a common year are in season."""
    first = date(_LEAP + 1, 1, 1)
    return sum(in_season(season, first + n * _DAY) for n in range(365))


# ---------------------------------------------------------------- so many days after the last


def after(days: int, last: date, season: Season | None, today: date) -> date:
    """When the next visit is due, `days` after the last; never before today, always in season."""
    return into_season(season, max(last + days * _DAY, today))


# ---------------------------------------------------------------- results move the interval


@dataclass(frozen=True)
class Pace:
    """An interval in days, and how many good visits in a row have not moved it yet."""

    days: int
    streak: int = 0


def adapt(pace: Pace, level: int | None, bounds: Adaptive) -> Pace:
    """The interval after a visit of `level` (None: nothing was rated, nothing moves).

    Level 4 or better twice running: half as long again, at most the longest. Level 3: as it was.
    Level 2 or worse: half, at least the shortest. Each lengthening takes two visits of its own.
    """
    if level is None:
        return pace
    if level <= BAD:
        return Pace(max(bounds.min_days, pace.days // 2))
    if level < GOOD:
        return Pace(pace.days)
    if pace.streak + 1 < TWICE:
        return Pace(pace.days, pace.streak + 1)
    return Pace(min(bounds.max_days, pace.days * 3 // 2))


def reason(before: Pace, level: int | None, now: Pace, visit: int) -> dict[str, Any]:
    """The facts of why an interval is what it is; `why` says them in words."""
    streak = TWICE if level is not None and level >= GOOD and not now.streak else now.streak
    return {"was": before.days, "now": now.days, "level": level, "streak": streak, "visit": visit}


def why(facts: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Why the next visit is in so many days: a sentence, and what to put into it."""
    level = facts.get("level")
    if level is None:
        return N_("as agreed: nothing was rated on the last visit"), {}
    said = {"was": facts["was"], "now": facts["now"], "level": level}
    if facts["now"] > facts["was"]:
        return N_("moved out from %(was)s to %(now)s days: two visits at level 4 or better"), said
    if facts["now"] < facts["was"]:
        return N_(
            "moved in from %(was)s to %(now)s days: the last visit was at level %(level)s"
        ), said
    return _unmoved(int(level), int(facts.get("streak", 0))), said


def _unmoved(level: int, streak: int) -> str:
    if level <= BAD:
        return N_(
            "stays at %(now)s days, the shortest agreed: the last visit was at level %(level)s"
        )
    if level < GOOD:
        return N_("stays at %(now)s days: the last visit was at level %(level)s")
    if streak < TWICE:
        return N_("stays at %(now)s days: one visit at level 4 or better, a second moves it out")
    return N_("stays at %(now)s days, the longest agreed: two visits at level 4 or better")
