"""Visits are laid out a year ahead, once, and follow what was agreed."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from inspection import clock, tick
from inspection.alerts import inbox
from inspection.assets import tree
from inspection.assets.models import Asset, Kind
from inspection.db import db, reading, table, writing
from inspection.journal import Event
from inspection.plans import courses, laying
from inspection.rules.alerting import CONCERNS
from inspection.rules.visit import VisitState
from inspection.visits.models import Visit
from tests.cast import CALENDAR_DK, Cast, Setting, agreed
from tests.inspection.plans.planning import FLOATING, MONTHLY, at, days, lay, plan, sign, visits

MONDAY = at("2026-03-02 09:00")
_visits, _assets, _events = table(Visit), table(Asset), table(Event)


def told(here: Setting, kind: str = "course.laid_out") -> list[dict[str, Any]]:
    asked = select(_events.c.data).where(_events.c.kind == kind)
    with reading():
        return list(db.session.execute(asked.order_by(_events.c.seq)).scalars())


def test_a_plan_gives_every_place_a_visit_on_every_day_of_its_rule(cast: Cast) -> None:
    here = cast.harbour
    agreed(here, "calendar", CALENDAR_DK)
    with clock.standing_at(MONDAY):
        made = sign(here, before_days=2, minutes=15, party="contractor")
        done = lay(here, until=date(2026, 3, 31))
    assert days(here, place="hall") == [f"2026-03-{day:02}" for day in (2, 9, 16, 23, 30)]
    first = visits(here, place="kitchen")[0]
    assert (first.plan_id, first.checklist_key, first.for_party) == (made, "room", "contractor")
    assert (first.due_from, first.missed_on) == (date(2026, 2, 28), date(2026, 3, 5))
    assert first.next_at == at("2026-03-05 00:00")
    assert (first.place, first.minutes, first.method) == (
        here.places["kitchen"].path,
        15,
        "100_percent",
    )
    assert (done.laid, done.places) == (10, 2)


def test_laying_out_twice_gives_the_same_rows_and_says_so_once(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here, frequency=MONTHLY)
        lay(here)
        before = visits(here)
        again = lay(here)
    assert (again.laid, again.taken) == (0, 0)
    assert [tuple(row) for row in visits(here)] == [tuple(row) for row in before]
    (event,) = told(here)
    assert (event["visits"], event["title"], event["until"]) == (24, "Rooms", "2027-03-31")


def test_two_processes_at_once_lay_out_the_same_rows_once(app: Flask, cast: Cast) -> None:
    here = cast.harbour
    contract_id = here.contract.id
    with clock.standing_at(MONDAY):
        sign(here)

        def go() -> None:
            with app.app_context():
                laying.lay_out(contract_id, "rooms", batch=7)

        threads = [threading.Thread(target=go) for _ in range(3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    found = days(here, place="hall")
    assert len(found) == len(set(found)) == len(days(here, place="kitchen")) == 57


def test_tick_lays_out_what_was_agreed_and_looks_again_the_next_day(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here, frequency=MONTHLY)
        assert visits(here) == []
    with clock.standing_at(at("2026-03-02 09:01")):
        tick.due_now()
        assert len(visits(here)) == 24
        course = courses.of(here.contract.id, "rooms")
    assert course is not None
    assert course.next_at == at("2026-03-03 00:05")
    assert course.planned_until == date(2027, 3, 31)


def test_the_command_lays_out_every_plan_and_says_how_far_it_is(app: Flask, cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here, frequency=MONTHLY)
        said = app.test_cli_runner().invoke(args=["plan-visits", "harbour"]).output
        again = app.test_cli_runner().invoke(args=["plan-visits", "harbour"]).output
    assert said == "Rooms: 2 places, 24 visits planned, 0 taken back.\n"
    assert again == "Rooms: 2 places, 0 visits planned, 0 taken back.\n"


def test_a_pass_that_was_ended_in_the_middle_goes_on(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here)
        with writing():
            step = laying.step(here.contract.id, "rooms", batch=57)
        assert not step.done
        assert len(visits(here)) == 57
        assert lay(here, batch=57).laid == 57
    assert told(here)[0]["visits"] == 114


def test_a_plan_that_fails_lets_the_others_have_their_turn(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, whole = cast.harbour, laying.step
    with clock.standing_at(MONDAY):
        sign(here)
        sign(here, key="second")

    def step(contract_id: int, key: str, *more: Any) -> Any:
        if key == "rooms":
            raise RuntimeError("broken")
        return whole(contract_id, key, *more)

    monkeypatch.setattr(laying, "step", step)
    with clock.standing_at(at("2026-03-02 09:01")):
        laying.due_now(10)
        laying.due_now(10)
    assert (len(visits(here)), len(visits(here, "second"))) == (0, 114)


# ---------------------------------------------------------------- another version


def test_a_new_version_deletes_what_is_to_come_and_keeps_what_is_due_or_touched(
    cast: Cast,
) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here, before_days=1)
        lay(here)
        asked = visits(here, place="hall")[5]
        with writing():
            db.session.execute(
                update(_visits).where(_visits.c.id == asked.id).values(version=2)
            )  # somebody asked to leave it out
    with clock.standing_at(at("2026-03-08 09:00")):  # Sunday: Monday's visits can be done already
        sign(here, frequency=MONTHLY)
        lay(here, until=date(2026, 5, 31))
    left = ["2026-03-02", "2026-03-09"]
    new = ["2026-04-01", "2026-05-01"]
    assert days(here, place="kitchen") == [*left, *new]
    assert days(here, place="hall") == [*left, new[0], asked.due_on.isoformat(), new[1]]
    assert told(here)[1]["taken"] == 2 * 55 - 1


def test_a_retired_plan_deletes_its_coming_visits_and_rests(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here)
        lay(here)
        sign(here, active=False)
        lay(here)
        course = courses.of(here.contract.id, "rooms")
    assert set(days(here)) == {"2026-03-02"}
    assert course is not None
    assert course.next_at is None


def test_a_new_place_joins_and_an_archived_one_leaves(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here, frequency=MONTHLY)
        lay(here)
        with writing():
            level = tree.found(here.contract.id, here.places["level"].id)
            added = tree.add(here.contract.id, Kind.SPACE, "2.16 Store", level)
            gone = _assets.c.id == here.places["hall"].id
            db.session.execute(update(_assets).where(gone).values(archived_at=clock.now()))
        done = lay(here)
    assert (done.laid, done.taken) == (12, 12)
    assert {row.asset_id for row in visits(here)} == {added.id, here.places["kitchen"].id}


def test_a_missed_visit_stays_when_the_plan_changes(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here)
        lay(here)
    with clock.standing_at(at("2026-03-06 09:00")):
        tick.due_now()
        sign(here, frequency=MONTHLY)
        lay(here)
    assert visits(here)[0].state == VisitState.MISSED
    assert days(here, place="hall")[:2] == ["2026-03-02", "2026-04-01"]


# ---------------------------------------------------------------- so many days after the last


def test_a_floating_plan_begins_a_whole_interval_after_it_was_agreed(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here, frequency=FLOATING)
        lay(here)
        lay(here)
    assert days(here) == ["2026-04-01", "2026-04-01"]


def test_a_missed_floating_visit_is_followed_by_the_next_one_an_interval_later(
    cast: Cast,
) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here, frequency=FLOATING)
        lay(here)
    with clock.standing_at(at("2026-04-07 09:00")):
        for _ in range(3):
            tick.due_now()
    assert [row.state for row in visits(here, place="hall")] == ["missed", "planned"]
    assert days(here, place="hall") == ["2026-04-01", "2026-05-01"]


# ---------------------------------------------------------------- what cannot be signed


def test_a_plan_points_to_a_checklist_in_force_and_to_places_of_this_contract(
    cast: Cast,
) -> None:
    from inspection.plans import agreed as plans

    here = cast.harbour
    sign(here)
    foreign = cast.elsewhere.places["site"].id

    def codes(**changes: Any) -> set[str]:
        return {one.code for one in plans.wrong(here.contract.id, plan(here, **changes))}

    assert codes() == set()
    assert codes(checklist="other") == {"plan.no_checklist"}
    assert codes(scope={"root": foreign, "kinds": ["space"]}) == {"plan.no_such_place"}
    assert codes(scope={"places": [foreign]}) == {"plan.no_such_place"}
    assert codes(scope={"root": here.places["site"].id, "kinds": ["vehicle"]}) == {"plan.nowhere"}
    assert codes(checklist="other", active=False) == set()


def test_a_vehicle_is_a_place_like_any_other(cast: Cast) -> None:
    """D13: cars are looked after under the same contract, by a checklist with its service line."""
    from inspection.checklists import agreed as checklists
    from tests.cast import ROOM

    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here)
        with writing():
            van = tree.add(here.contract.id, Kind.VEHICLE, "Van 7", None)
        body = ROOM | {"title": "Van", "kinds": ["vehicle"], "service_line": "cars"}
        agreed(here, "checklist", body, subject="van")
        scope = {"places": [van.id]}
        sign(here, key="vans", title="Vans", checklist="van", scope=scope, frequency=MONTHLY)
        lay(here, "vans")
    found = visits(here, "vans")
    assert {row.asset_id for row in found} == {van.id}
    version = checklists.named(here.contract.id, found[0].checklist_key)
    assert version is not None
    assert checklists.checklist(version.id).service_line == "cars"


# ---------------------------------------------------------------- what was missed


def test_what_was_missed_is_told_once_a_day_for_the_whole_plan_to_both_parties(cast: Cast) -> None:
    here = cast.harbour
    agreed(here, "calendar", CALENDAR_DK)
    with clock.standing_at(MONDAY):
        sign(here)
        lay(here)
    with clock.standing_at(at("2026-03-05 00:05")):  # both of Monday were missed as the day began
        tick.due_now(1)
        tick.due_now(100)
    assert [row.state for row in visits(here)[:3]] == ["missed", "missed", "planned"]
    assert told(here, "course.missed") == [{"title": "Rooms", "plan": "rooms", "visits": 2}]
    for who in ("customer.supervisor", "contractor.manager"):
        (notice,) = [row for row in inbox.page(here.members[who]) if row.entity == "course"]
        assert inbox.page_of(here.members[who], notice.id) == "calendar?plan=rooms"
    assert "visit.missed" not in CONCERNS
    for moment in ("2026-03-05 08:00", "2026-03-06 00:06"):
        with clock.standing_at(at(moment)):
            tick.due_now()
            lay(here)
    assert len(told(here, "course.missed")) == 1


def test_the_first_pass_of_a_version_speaks_of_no_missed_visits(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(MONDAY):
        sign(here)
        lay(here)
    with clock.standing_at(at("2026-03-08 09:00")):
        sign(here, before_days=1)
        lay(here)
        assert told(here, "course.missed") == []
