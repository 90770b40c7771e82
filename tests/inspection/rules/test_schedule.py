"""Windows, seasons, and intervals that results move."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inspection.rules import schedule
from inspection.rules.calendar import Calendar
from inspection.rules.plan import Adaptive, Floating, Plan, Scope, Season
from inspection.rules.schedule import Pace

WEEK = (((time(8), time(16)),),) * 5 + ((), ())
CALENDAR = Calendar(ZoneInfo("Europe/Copenhagen"), WEEK, frozenset({date(2026, 12, 25)}))
BOUNDS = Adaptive(7, 60)


def plan(**changes: Any) -> Plan:
    return Plan("A", "a", Scope(places=(1,)), Floating(30), **changes)


def test_the_grace_is_counted_in_days_on_which_work_is_done() -> None:
    window = schedule.window(plan(before_days=3, grace_days=2), date(2026, 12, 24), CALENDAR)
    assert window.due_from == date(2026, 12, 21)
    # Friday is a holiday, then a weekend; Monday and Tuesday are the grace
    assert window.missed_on == date(2026, 12, 30)
    assert window.missed_at.astimezone(UTC) == datetime(2026, 12, 29, 23, tzinfo=UTC)


def test_without_grace_a_visit_is_missed_the_day_after() -> None:
    window = schedule.window(plan(grace_days=0), date(2026, 12, 24), CALENDAR)
    assert window.missed_on == date(2026, 12, 25)


@pytest.mark.parametrize(
    ("day", "inside"), [("04-01", True), ("10-31", True), ("03-31", False), ("11-01", False)]
)
def test_a_season_has_both_its_days(day: str, inside: bool) -> None:
    season = Season((4, 1), (10, 31))
    assert schedule.in_season(season, date.fromisoformat(f"2026-{day}")) is inside


def test_a_season_may_wrap_the_year() -> None:
    winter = Season((11, 15), (3, 15))
    assert schedule.in_season(winter, date(2026, 1, 1))
    assert schedule.in_season(winter, date(2026, 12, 31))
    assert not schedule.in_season(winter, date(2026, 7, 1))
    assert schedule.into_season(winter, date(2026, 7, 1)) == date(2026, 11, 15)
    assert schedule.days_of_season(winter) == 16 + 31 + 31 + 28 + 15


def test_the_next_visit_is_never_due_in_the_past() -> None:
    today = date(2026, 6, 1)
    assert schedule.after(30, date(2026, 5, 20), None, today) == date(2026, 6, 19)
    assert schedule.after(30, date(2025, 5, 20), None, today) == today


def test_two_good_visits_running_move_the_interval_out() -> None:
    once = schedule.adapt(Pace(30), 4, BOUNDS)
    assert once == Pace(30, 1)
    assert schedule.adapt(once, 5, BOUNDS) == Pace(45)
    assert schedule.adapt(Pace(45, 1), 4, BOUNDS) == Pace(60)


def test_a_bad_visit_halves_the_interval_down_to_the_shortest() -> None:
    assert schedule.adapt(Pace(30, 1), 2, BOUNDS) == Pace(15)
    assert schedule.adapt(Pace(8), 1, BOUNDS) == Pace(7)


def test_a_middling_visit_changes_nothing_but_ends_the_run() -> None:
    assert schedule.adapt(Pace(30, 1), 3, BOUNDS) == Pace(30)
    assert schedule.adapt(Pace(30, 1), None, BOUNDS) == Pace(30, 1)


@pytest.mark.parametrize(
    ("before", "level", "said"),
    [
        (Pace(30, 1), 4, "moved out from 30 to 45 days: two visits at level 4 or better"),
        (Pace(30), 2, "moved in from 30 to 15 days: the last visit was at level 2"),
        (Pace(30), 3, "stays at 30 days: the last visit was at level 3"),
        (Pace(30), 5, "stays at 30 days: one visit at level 4 or better, a second moves it out"),
        (
            Pace(60, 1),
            4,
            "stays at 60 days, the longest agreed: two visits at level 4 or better",
        ),
        (Pace(7), 1, "stays at 7 days, the shortest agreed: the last visit was at level 1"),
        (Pace(30), None, "as agreed: nothing was rated on the last visit"),
    ],
)
def test_why_a_place_is_visited_as_often_as_it_is(
    before: Pace, level: int | None, said: str
) -> None:
    now = schedule.adapt(before, level, BOUNDS)
    sentence, params = schedule.why(schedule.reason(before, level, now, visit=1))
    assert sentence % params == said
