"""The calendar: counts of a month by day, and the visits of a day."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from inspection import clock
from inspection.plans.calendar import Asked, Month, counted
from tests.cast import Cast
from tests.inspection.plans.laid import DAY, done, today, visit

WHO = "customer.manager"
TODAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 11, tzinfo=UTC)


def _days() -> list[date]:
    return [one for week in Month(date(2026, 11, 1)).weeks for one in week]


def _counts(cast: Cast, asked: Asked | None = None) -> dict[date, dict[str, int]]:
    here = cast.harbour.contract
    counts = counted(here.id, _days(), asked or Asked(), TODAY, here.tz)
    return {day: dict(one) for day, one in counts.items() if one.total()}


def test_a_month_is_whole_weeks_from_monday() -> None:
    weeks = Month(date(2026, 11, 1)).weeks
    assert weeks[0][0] == date(2026, 10, 26)
    assert weeks[-1][-1] == date(2026, 12, 6)
    assert Month(date(2026, 12, 1)).after == date(2027, 1, 1)
    assert Month(date(2026, 1, 1)).before == date(2025, 12, 1)


def test_a_visit_stands_on_its_day_with_the_word_for_today(cast: Cast) -> None:
    here = cast.harbour
    spans = [(-9, -5), (-3, -1), (-1, 0), (0, 3), (2, 5), (2, 5)]
    for n, (first, last) in enumerate(spans):
        columns = {"due_from": TODAY + first * DAY, "due_on": TODAY + last * DAY}
        visit(here, "kitchen", plan_key=f"p{n}", **columns)
    visit(here, "hall", state="missed", due_on=TODAY - 5 * DAY, plan_key="m")
    visit(here, "hall", state="cancelled", due_on=TODAY, plan_key="c")
    assert _counts(cast) == {
        TODAY - 5 * DAY: {"overdue": 1, "missed": 1},
        TODAY - DAY: {"overdue": 1},
        TODAY: {"due": 1},
        TODAY + 3 * DAY: {"due": 1},
        TODAY + 5 * DAY: {"planned": 2},
    }


def test_a_done_visit_stands_on_the_day_it_was_done_on_the_clock_of_the_place(cast: Cast) -> None:
    late = datetime(2026, 11, 17, 23, 30, tzinfo=UTC)  # 00:30 of the 18th in Copenhagen
    done(cast.harbour, "kitchen", submitted_at=late, due_on=TODAY + 5 * DAY)
    assert _counts(cast) == {TODAY: {"done": 1}}


def test_the_day_the_clocks_change_has_its_own_midnights(cast: Cast) -> None:
    here = cast.harbour
    days = [date(2026, 10, 25) + n * DAY for n in range(2)]  # summer time ends on the first
    done(here, "kitchen", submitted_at=datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    done(here, "hall", submitted_at=datetime(2026, 10, 25, 22, 59, tzinfo=UTC))
    done(here, "tap", submitted_at=datetime(2026, 10, 25, 23, 0, tzinfo=UTC))
    counts = counted(here.contract.id, days, Asked(), TODAY, here.contract.tz)
    assert [counts[day]["done"] for day in days] == [2, 1]


def test_the_month_can_be_narrowed_to_a_place_a_plan_and_a_party(cast: Cast) -> None:
    here = cast.harbour
    visit(here, "kitchen", plan_key="a", due_on=TODAY)
    visit(here, "hall", plan_key="b", due_on=TODAY, for_party="customer")
    done(here, "tap", submitted_at=NOON)
    assert _counts(cast, Asked(plan="b")) == {TODAY: {"planned": 1}}
    ours = _counts(cast, Asked(party="contractor"))
    assert ours[TODAY]["done"] == 1
    assert sum(ours[TODAY].values()) == 2
    below = _counts(cast, Asked(place=here.places["kitchen"]))  # type: ignore[arg-type]
    assert sum(below[TODAY].values()) == 2


@pytest.mark.parametrize("query", ["", "?month=2026-13", "?month=x", "?day=9999-99-99", "?plan=x"])
def test_the_calendar_answers_whatever_is_asked(cast: Cast, query: str) -> None:
    answer = cast.client(WHO).get(f"{cast.harbour.url}/calendar{query}")
    assert answer.status_code == 200


def test_a_day_opens_its_visits(cast: Cast) -> None:
    here, now = cast.harbour, today(cast.harbour)
    planned = visit(here, "kitchen", due_on=now)
    inspected = done(here, "hall")
    visit(here, "tap", due_on=now + 3 * DAY)
    month = cast.client(WHO).get(f"{here.url}/calendar").text
    assert f"day={now.isoformat()}" in month
    page = cast.client(WHO).get(f"{here.url}/calendar?day={now.isoformat()}").text
    assert re.findall(r"/visits/(\d+)\"", page) == [str(planned), str(inspected)]


def test_visits_of_another_contract_stay_unseen(cast: Cast) -> None:
    visit(cast.elsewhere, "kitchen", due_on=today(cast.harbour))
    with clock.shifted_by(timedelta()):
        page = cast.client(WHO).get(f"{cast.harbour.url}/calendar").text
    assert "No visit in this month" in page
