"""A visit as it is kept: what pages read of it, and the one way it changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from inspection import clock
from inspection.contracts import agreements
from inspection.db import db, table, writing
from inspection.rules import scale
from inspection.rules.checklist import Answer
from inspection.rules.visit import Move
from inspection.visits import record, starting
from inspection.visits.models import Visit
from inspection.visits.record import Wanted
from inspection.web import Refused
from tests.cast import FINE, PROMISES, ROOM, Cast, Setting, agreed, visited

BAD = {**FINE, "clean": Answer(2, no_photo="Dark", note="A stain"), "dry": "fail", "why_wet": "x"}


def planned(here: Setting, due_from: date, **more: Any) -> int:
    place, visits = here.places["kitchen"], table(Visit)
    values = {
        "contract_id": here.contract.id,
        "plan_key": "kitchens",
        "checklist_key": "room",
        "asset_id": place.id,
        "place": place.path,
        "due_from": due_from,
        "due_on": due_from,
        "draft": {},
        "created_at": clock.now(),
        **more,
    }
    with writing():
        made = insert(visits).values(values).returning(visits.c.id)
        return int(db.session.execute(made).scalar_one())


def look(here: Setting, visit: int) -> Any:
    return record.found(here.contract.id, visit)


def test_the_last_visit_of_the_place_by_the_same_checklist_is_found(cast: Cast) -> None:
    here = cast.harbour
    first, elsewhere = visited(here, "kitchen", BAD), visited(here, "hall")
    agreed(here, "checklist", {**ROOM, "title": "Another"}, subject="other")
    visited(here, "kitchen", checklist="other")
    second = visited(here, "kitchen", by="customer.staff")
    assert record.last_before(look(here, first)) is None
    before = record.last_before(look(here, second))
    assert before is not None
    assert before.id == first
    assert record.last_before(look(here, elsewhere)) is None


def test_last_times_answers_and_findings_stand_beside_a_visit_that_begins(cast: Cast) -> None:
    here = cast.harbour
    visited(here, "kitchen", BAD)
    with writing():
        place = here.places["kitchen"].id
        begun = starting.begin(here.members["customer.staff"], here.contract.id, place, "room")
    row = look(here, begun)
    answers = record.last_answers(row)
    assert (answers["clean"].level, answers["clean"].note) == (2, "A stain")
    assert answers["heat"].value == {"is": 55}
    assert {key for key, one in answers.items() if one.verdict == "not_met"} == {"clean", "dry"}
    assert record.results(row) == []


def test_at_a_place_stands_what_is_due_and_what_somebody_has_begun(cast: Cast) -> None:
    here = cast.harbour
    agreed(here, "requirements", PROMISES)
    agreed(here, "checklist", ROOM, subject="room")
    today = record.today(here.contract.tz)
    due = planned(here, today)
    planned(here, today + timedelta(days=1))
    planned(here, today - timedelta(days=9), state="missed")
    kitchen = here.places["kitchen"]
    assert [row.id for row in record.at_place(here.contract.id, kitchen)] == [due]
    with writing():
        starting.begin(
            here.members["customer.staff"], here.contract.id, kitchen.id, "room", visit_id=due
        )
    (row,) = record.at_place(here.contract.id, kitchen)
    assert (row.state, row.inspector, row.place_name) == (
        *("in_progress", "Staff Customer"),
        "2.14 Tea kitchen",
    )
    assert record.at_place(cast.elsewhere.contract.id, kitchen) == []


def test_the_day_is_the_one_at_the_place() -> None:
    with clock.standing_at(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)):
        assert record.today("Europe/Copenhagen") == date(2026, 11, 23)
        assert record.today("Europe/London") == date(2026, 11, 22)


def test_before_it_began_a_visit_reads_what_is_in_force_then_what_it_began_with(
    cast: Cast,
) -> None:
    here = cast.harbour
    agreed(here, "requirements", PROMISES)
    agreed(here, "checklist", ROOM, subject="room")
    visit = planned(here, record.today(here.contract.tz))
    words = [{**one, "word": f"{one['word']}!"} for one in scale.PROPOSED["levels"]]
    theirs = agreed(here, "scale", {**scale.PROPOSED, "levels": words})
    assert record.scale_of(look(here, visit)) == agreements.scale(theirs)
    with writing():
        starting.begin(here.members["customer.staff"], here.contract.id, 0, "room", visit_id=visit)
    agreed(here, "scale", scale.PROPOSED)
    agreed(here, "checklist", {**ROOM, "title": "Renamed"}, subject="room")
    row = look(here, visit)
    assert record.scale_of(row) == agreements.scale(theirs)
    assert record.checklist_of(row).title == "Tea kitchen, daily"
    assert record.checklist_of(look(here, planned(here, date(2030, 1, 1)))).title == "Renamed"


def test_of_two_moves_seen_at_the_same_time_the_second_changes_nothing(cast: Cast) -> None:
    here = cast.harbour
    row = look(here, visited(here, "kitchen"))
    by = here.members["customer.supervisor"]
    with writing():
        record.move(row, Wanted(Move.COMMENT, by, text="Well done"))
    with pytest.raises(Refused) as late, writing():
        record.move(row, Wanted(Move.COMMENT, by, text="Well done"))
    assert late.value.status == 409
    assert look(here, row.id).version == row.version + 1
    with pytest.raises(Refused) as stale, writing():
        record.move(look(here, row.id), Wanted(Move.COMMENT, by, row.version, "Well done"))
    assert stale.value.status == 409


def test_grace_ends_as_the_day_begins_at_the_place(cast: Cast) -> None:
    here = cast.harbour
    visit = planned(here, date(2026, 11, 22), missed_on=date(2026, 11, 25))
    ends = record.ends_grace(look(here, visit))
    assert ends == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert record.ends_grace(look(here, planned(here, date(2026, 11, 30)))) is None
