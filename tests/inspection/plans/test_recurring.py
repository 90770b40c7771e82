"""The rule both parties agreed on, read as days."""

from __future__ import annotations

from datetime import date

import pytest

from inspection.plans import recurring
from inspection.rules.plan import Fixed, Floating, Plan, Scope, Season

START = date(2026, 1, 1)


def codes(rule: str, start: date = START) -> set[str]:
    return {one.code for one in recurring.mistakes(Fixed(rule, start))}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("", "plan.rrule"),
        ("EVERY=DAY", "plan.rrule"),
        ("FREQ=HOURLY", "plan.too_often"),
        ("FREQ=SECONDLY", "plan.too_often"),
        ("FREQ=DAILY;COUNT=3", "plan.rrule_ends"),
        ("FREQ=DAILY;UNTIL=20261231", "plan.rrule_ends"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "plan.rrule_part"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "plan.rrule_part"),
        ("FREQ=MONTHLY;BYMONTHDAY=1\nRRULE:FREQ=DAILY", "plan.rrule"),
        ("FREQ=WEEKLY;BYDAY=XX", "plan.rrule"),
        ("FREQ=WEEKLY;INTERVAL=0", "plan.interval"),
        ("FREQ=WEEKLY;INTERVAL=-2", "plan.interval"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "plan.short_months"),
        ("FREQ=MONTHLY;BYDAY=6MO", "plan.never"),
        ("FREQ=YEARLY;INTERVAL=20;BYMONTH=1;BYDAY=1FR", "plan.never"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_its_reason(rule: str, code: str) -> None:
    assert codes(rule, date(2026, 1, 3)) == {code}


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", START),
        ("FREQ=MONTHLY", date(2026, 1, 31)),
        ("FREQ=YEARLY", date(2024, 2, 29)),
        ("FREQ=MONTHLY;BYMONTHDAY=-31", START),
    ],
)
def test_a_day_that_not_every_month_has_is_refused_and_the_last_day_offered(
    rule: str, start: date
) -> None:
    (refusal,) = recurring.mistakes(Fixed(rule, start))
    assert refusal.code == "plan.short_months"
    assert "BYMONTHDAY=-1" in refusal.sentence


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    ],
)
def test_rules_that_people_mean_are_read(rule: str) -> None:
    assert codes(rule) == set()


def test_the_last_day_of_every_month_is_there_twelve_times() -> None:
    days = recurring.dates(Fixed("FREQ=MONTHLY;BYMONTHDAY=-1", START), START, date(2026, 12, 31))
    assert len(days) == 12
    assert days[1] == date(2026, 2, 28)


def test_a_season_leaves_days_out() -> None:
    fixed = Fixed("FREQ=MONTHLY;BYMONTHDAY=1", START)
    plan = Plan("A", "a", Scope(places=(1,)), fixed, season=Season((4, 1), (10, 31)))
    days = recurring.due(plan, START, date(2026, 12, 31))
    assert [day.month for day in days] == [4, 5, 6, 7, 8, 9, 10]
    assert recurring.a_year(plan) == pytest.approx(7, abs=0.1)


def test_visits_of_a_year_are_counted() -> None:
    weekly = Plan("A", "a", Scope(places=(1,)), Fixed("FREQ=WEEKLY;BYDAY=MO", START))
    floating = Plan("A", "a", Scope(places=(1,)), Floating(73))
    assert recurring.a_year(weekly) == pytest.approx(52.1, abs=0.1)
    assert recurring.a_year(floating) == 5
    assert recurring.shortest(Fixed("FREQ=WEEKLY;BYDAY=MO,TH", START)) == 3
