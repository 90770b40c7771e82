"""Lots: drawn from a stored seed, judged by what is found, never chosen by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from inspection import clock, tick
from inspection.actions.models import Action
from inspection.assets import tree
from inspection.assets.models import Kind
from inspection.db import db, reading, table, writing
from inspection.journal import Event
from inspection.plans import sampling
from inspection.rules import sampling as rule
from tests.cast import FINE, Cast, Setting, visited
from tests.inspection.plans.planning import MONTHLY, WET, at, lay, sign, visits

ROOMS = 38  # beside kitchen and hall: 40 in all, AQL 4.0: 13 of them, 1 may be bad


def rooms(here: Setting) -> None:
    with writing():
        level = tree.found(here.contract.id, here.places["level"].id)
        for n in range(ROOMS):
            name = f"room{n}"
            here.places[name] = tree.add(here.contract.id, Kind.SPACE, name, level)  # type: ignore[assignment]


def drawn(here: Setting, moment: str = "2026-04-01 08:00") -> Any:
    """The lot of April, of a plan agreed in March."""
    with clock.standing_at(at("2026-03-15 09:00")):
        rooms(here)
        sign(here, method="random_sampling", aql="4.0", frequency=MONTHLY)
        lay(here)
        assert lots(here) == []
    with clock.standing_at(at(moment)):
        lay(here)
    (lot,) = lots(here)
    return lot


def lots(here: Setting) -> list[Any]:
    with reading():
        return sampling.of_plan(here.contract.id, "rooms")


def places(here: Setting, ids: list[int]) -> list[str]:
    by_id = {one.id: name for name, one in here.places.items()}
    return [by_id[one] for one in ids]


def happened(kind: str) -> list[Any]:
    events = table(Event)
    with reading():
        asked = select(events).where(events.c.kind == kind).order_by(events.c.seq)
        return list(db.session.execute(asked))


def test_a_lot_is_drawn_when_its_period_begins_and_both_can_draw_it_again(cast: Cast) -> None:
    here = cast.harbour
    lot = drawn(here)
    assert (lot.period_from, lot.period_to) == (date(2026, 4, 1), date(2026, 4, 30))
    assert (len(lot.population), lot.letter, lot.size, lot.accept) == (40, "D", 13, 1)
    assert rule.draw(lot.population, lot.size, lot.seed) == lot.sample
    units = visits(here)
    assert {row.asset_id for row in units} == set(lot.sample)
    assert {(row.lot_id, row.due_from, row.due_on) for row in units} == {
        (lot.id, lot.period_from, lot.period_to)
    }
    assert len(happened("lot.drawn")) == 1


def test_a_lot_is_drawn_once_however_often_it_is_tried(cast: Cast) -> None:
    here = cast.harbour
    drawn(here)
    with clock.standing_at(at("2026-04-02 08:00")):
        assert lay(here).laid == 0
    assert len(lots(here)) == 1


def test_a_lot_nobody_drew_in_time_is_drawn_late_but_not_after_its_period(cast: Cast) -> None:
    lot = drawn(cast.harbour, "2026-06-17 08:00")
    assert lot.period_from == date(2026, 6, 1)


def test_a_lot_is_rejected_by_one_bad_place_too_many_and_becomes_work(cast: Cast) -> None:
    here = cast.harbour
    lot = drawn(here)
    first, second, *_ = places(here, lot.sample)
    with clock.standing_at(at("2026-04-02 09:00")):
        visited(here, first, WET)
        assert lots(here)[0].result is None
        visited(here, second, WET)
        (now,) = lots(here)
    assert (now.result, now.inspected, now.nonconforming) == ("rejected", 2, 2)
    with reading():
        actions = table(Action)
        action = db.session.execute(select(actions).where(actions.c.id == now.action_id)).one()
    assert (action.source, action.depth, action.asset_id) == (
        "lot_rejected",
        "corrective",
        here.places["site"].id,
    )
    assert action.category_id == here.categories["cleaning"].id
    (event,) = happened("lot.rejected")
    assert event.data["action"] == action.number
    assert [e for e in happened("action.opened") if e.action_id == action.id]


def test_a_lot_is_accepted_when_all_its_places_were_seen(cast: Cast) -> None:
    here = cast.harbour
    lot = drawn(here)
    bad, *good = places(here, lot.sample)
    with clock.standing_at(at("2026-04-02 09:00")):
        visited(here, bad, WET)
        for one in good:
            assert lots(here)[0].result is None
            visited(here, one, FINE)
        (now,) = lots(here)
    assert (now.result, now.inspected, now.nonconforming) == ("accepted", 13, 1)
    assert now.decided_at is not None
    assert len(happened("lot.accepted")) == 1


def test_what_was_not_seen_in_its_period_makes_a_lot_incomplete(cast: Cast) -> None:
    here = cast.harbour
    lot = drawn(here)
    with clock.standing_at(at("2026-04-02 09:00")):
        visited(here, places(here, lot.sample)[0], FINE)
    with clock.standing_at(at("2026-05-07 09:00")):
        tick.due_now()
    before = next(one for one in lots(here) if one.id == lot.id)
    assert (before.result, before.inspected) == ("incomplete", 1)


def test_a_visit_begun_on_the_spot_never_joins_a_lot(cast: Cast) -> None:
    here = cast.harbour
    lot = drawn(here)
    outside = next(n for n in places(here, lot.population) if n not in places(here, lot.sample))
    with clock.standing_at(at("2026-04-02 09:00")):
        visited(here, outside, WET)
        (now,) = lots(here)
    assert now.inspected == 0


def test_a_new_version_leaves_the_lot_that_runs_alone(cast: Cast) -> None:
    here = cast.harbour
    lot = drawn(here)
    with clock.standing_at(at("2026-04-03 09:00")):
        sign(here, method="random_sampling", aql="6.5", frequency=MONTHLY)
        lay(here)
    assert [row.lot_id for row in visits(here)] == [lot.id] * 13
    with clock.standing_at(at("2026-05-01 09:00")):
        lay(here)
    assert [(one.aql, one.size) for one in lots(here)] == [("6.5", 8), ("4.0", 13)]
