"""How many due moments are worked out per second: `python -m bench.due`.

A calendar of five years, Monday to Friday 08-16 in Copenhagen with the Danish holidays; starts
anywhere in it, targets from half an hour to twenty working days. The baseline is the plain way:
one day after the other, its windows made on the zone's wall clock.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from statistics import median
from zoneinfo import ZoneInfo

import holidays

from inspection.rules.calendar import Calendar, due_with_pauses

YEARS = range(2026, 2031)
TARGETS = (30, 240, 480, 960, 1440, 2400, 9600)  # business minutes
COUNT, TIMES = 10_000, 5
GOAL = 20_000  # per second

Case = tuple[datetime, int, list[tuple[datetime, datetime]]]


def danish() -> Calendar:
    """Five years of working days, as a contract in Denmark would agree on."""
    days = frozenset(holidays.country_holidays("DK", years=YEARS))
    week = (((clock(8), clock(16)),),) * 5 + ((), ())
    return Calendar(ZoneInfo("Europe/Copenhagen"), week, days)


def cases(count: int, paused: bool = False) -> list[Case]:
    """Return starts and targets, each with no pause or one of some hours that begins soon after."""
    draw = random.Random(1)
    first = datetime(YEARS[0], 1, 1, tzinfo=UTC)
    minutes = len(YEARS) * 365 * 1440 - 90 * 1440
    made: list[Case] = []
    for _ in range(count):
        start = first + timedelta(minutes=draw.randrange(minutes))
        begins = start + timedelta(minutes=draw.randrange(600))
        pause = (begins, begins + timedelta(minutes=draw.randrange(5000)))
        made.append((start, draw.choice(TARGETS), [pause] if paused else []))
    return made


def day_by_day(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """Walk the days and use up their windows: the baseline."""
    left = timedelta(minutes=minutes)
    day: date = start.astimezone(calendar.tz).date()
    while True:
        for opens, closes in () if day in calendar.holidays else calendar.windows[day.weekday()]:
            begins = max(start, datetime.combine(day, opens, calendar.tz).astimezone(UTC))
            ends = datetime.combine(day, closes, calendar.tz).astimezone(UTC)
            if begins + left <= ends:
                return begins + left
            left -= max(timedelta(0), ends - begins)
        day += timedelta(days=1)


def per_second(act: Callable[[Case], object], given: list[Case]) -> float:
    """Return how many were done per second."""
    started = time.perf_counter()
    for case in given:
        act(case)
    return len(given) / (time.perf_counter() - started)


def measure() -> list[tuple[str, float, float]]:
    """Return (what, ours, baseline), each per second: medians of `TIMES` runs taken in turns."""
    calendar = danish()
    plain, paused = cases(COUNT), cases(COUNT, paused=True)
    walked = plain[: COUNT // 10]
    for start, minutes, _ in walked:
        assert calendar.add_minutes(start, minutes) == day_by_day(calendar, start, minutes)
    rounds = [
        (
            per_second(lambda case: due_with_pauses(calendar, *case), plain),
            per_second(lambda case: due_with_pauses(calendar, *case), paused),
            per_second(lambda case: day_by_day(calendar, case[0], case[1]), walked),
        )
        for _ in range(TIMES)
    ]
    ours, with_pause, baseline = (median(column) for column in zip(*rounds, strict=True))
    return [
        ("due moments", ours, baseline),
        ("due moments, one pause each", with_pause, baseline),
    ]


def main() -> None:
    """Print each figure beside its goal and its baseline."""
    for what, ours, baseline in measure():
        ratio = f"{ours / baseline:.1f} x of day by day ({baseline:,.0f}/s)"
        print(f"{what:<40} {ours:,.0f}/s of {GOAL:,}/s   {ratio}", flush=True)


if __name__ == "__main__":
    main()
