"""Visits move their plan on, whoever did them and however they were begun."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from inspection import clock
from inspection.db import db, reading, table
from inspection.plans import rhythm
from inspection.plans.models import Rhythm
from inspection.visits.models import Visit
from tests.cast import FINE, Cast, Setting, visited
from tests.inspection.plans.planning import (
    FLOATING,
    SO_SO,
    WEEKLY,
    WET,
    at,
    days,
    lay,
    sign,
    visits,
)

_visits, _rhythms = table(Visit), table(Rhythm)


def one(visit_id: int) -> Any:
    with reading():
        return db.session.execute(select(_visits).where(_visits.c.id == visit_id)).one()


def paces(here: Setting) -> list[Any]:
    with reading():
        return rhythm.moved(here.contract.id, "rooms")


def begun(here: Setting, **changes: Any) -> None:
    """A floating plan, laid out on the 2nd of March: both rooms are due on the 1st of April."""
    with clock.standing_at(at("2026-03-02 09:00")):
        sign(here, **{"frequency": FLOATING, "before_days": 3, **changes})
        lay(here)


def inspect(here: Setting, moment: str, answers: Any = FINE, by: str = "contractor.staff") -> int:
    with clock.standing_at(at(moment)):
        return visited(here, "hall", answers, by)


def test_the_next_visit_is_counted_from_the_day_the_last_was_done(cast: Cast) -> None:
    here = cast.harbour
    begun(here)
    inspect(here, "2026-03-30 10:00")
    assert days(here, place="hall") == ["2026-04-01", "2026-04-29"]
    assert days(here, place="kitchen") == ["2026-04-01"]


def test_a_visit_on_the_spot_moves_a_floating_plan_on_and_closes_nothing(cast: Cast) -> None:
    here = cast.harbour
    begun(here)
    waiting = visits(here, place="hall")[0]
    made = inspect(here, "2026-03-10 10:00")
    (moved,) = visits(here, place="hall")
    assert (moved.id, moved.state) == (waiting.id, "planned")
    assert moved.due_on.isoformat() == "2026-04-09"
    assert moved.next_at > waiting.next_at
    assert one(made).plan_key == ""


@pytest.mark.parametrize("party", ["customer", "contractor"])
def test_a_visit_by_either_party_satisfies_the_plan(cast: Cast, party: str) -> None:
    here = cast.harbour
    begun(here, party="customer")
    made = inspect(here, "2026-03-30 10:00", by=f"{party}.supervisor")
    assert one(made).plan_key == "rooms"
    assert [row.state for row in visits(here, place="hall")] == ["submitted", "planned"]


def test_where_one_partys_visits_count_the_others_change_nothing(cast: Cast) -> None:
    here = cast.harbour
    begun(here, party="customer", counts="customer")
    made = inspect(here, "2026-03-30 10:00", by="contractor.supervisor")
    assert one(made).plan_key == ""
    assert days(here, place="hall") == ["2026-04-01"]
    inspect(here, "2026-03-31 10:00", by="customer.supervisor")
    assert days(here, place="hall") == ["2026-04-01", "2026-04-30"]


def test_a_visit_on_the_spot_is_the_planned_one_when_that_is_due(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(at("2026-03-02 09:00")):
        sign(here, party="customer", frequency=WEEKLY, before_days=2)
        lay(here)
    coming = len(visits(here, place="hall"))
    early = inspect(here, "2026-03-06 10:00")  # Monday's becomes due on Saturday
    assert one(early).plan_key == "rooms"  # the one of the 2nd still waited
    second = inspect(here, "2026-03-06 11:00")
    assert one(second).plan_key == ""
    due = inspect(here, "2026-03-07 10:00")
    row = one(due)
    assert (row.plan_key, row.due_on.isoformat(), row.method) == (
        "rooms",
        "2026-03-09",
        "100_percent",
    )
    assert len(visits(here, place="hall")) == coming


def test_another_checklist_or_place_changes_nothing(cast: Cast) -> None:
    here = cast.harbour
    begun(here, scope={"places": [here.places["kitchen"].id]})
    inspect(here, "2026-03-31 10:00")
    assert days(here) == ["2026-04-01"]


# ---------------------------------------------------------------- A15


MOVING = {"min_days": 10, "max_days": 60}


def test_two_good_visits_move_the_next_out_and_a_bad_one_moves_it_in(cast: Cast) -> None:
    """A15: quality gets better over time; both parties see the same reason."""
    here = cast.harbour
    begun(here, adaptive=MOVING)
    inspect(here, "2026-03-30 10:00")
    assert days(here, place="hall")[-1] == "2026-04-29"
    inspect(here, "2026-04-28 10:00", by="customer.supervisor")
    assert days(here, place="hall")[-1] == "2026-06-12"  # 45 days on
    (row,) = paces(here)
    sentence, params = rhythm.why(row)
    assert sentence % params == "moved out from 30 to 45 days: two visits at level 4 or better"
    last = inspect(here, "2026-06-10 10:00", WET)
    assert days(here, place="hall")[-1] == "2026-07-02"  # 22 days on
    (row,) = paces(here)
    sentence, params = rhythm.why(row)
    assert sentence % params == "moved in from 45 to 22 days: the last visit was at level 2"
    assert row.visit_id == last


def test_a_middling_visit_leaves_the_interval_as_it_is(cast: Cast) -> None:
    here = cast.harbour
    begun(here, adaptive=MOVING)
    inspect(here, "2026-03-30 10:00")
    inspect(here, "2026-04-28 10:00", SO_SO)
    inspect(here, "2026-05-27 10:00")
    (row,) = paces(here)
    assert (row.days, row.streak) == (30, 1)


def test_narrower_bounds_agreed_later_hold_at_once(cast: Cast) -> None:
    here = cast.harbour
    begun(here, adaptive=MOVING)
    for moment in ("2026-03-30 10:00", "2026-04-28 10:00"):
        inspect(here, moment)
    with clock.standing_at(at("2026-05-01 10:00")):
        sign(here, frequency=FLOATING, before_days=3, adaptive={"min_days": 10, "max_days": 31})
        lay(here)
    assert days(here, place="hall")[-1] == "2026-05-29"
