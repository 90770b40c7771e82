"""Beginning a visit, keeping what is filled so far, leaving it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select
from werkzeug.exceptions import NotFound

from inspection import clock, web
from inspection.assets import scans
from inspection.checklists.agreed import CHECKLIST
from inspection.contracts import agreements
from inspection.db import db, table, writing
from inspection.journal import Event, EventText
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.rules import scale
from inspection.rules.access import Party
from inspection.visits import record, starting
from inspection.visits.models import Visit
from inspection.web import Refused
from qr.models import Scan
from tests.cast import PROMISES, ROOM, Cast, Setting, agreed

_visits, _events, _texts = table(Visit), table(Event), table(EventText)


@pytest.fixture
def here(cast: Cast) -> Setting:
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, CHECKLIST, ROOM, subject="room")
    return cast.harbour


def planned(here: Setting, place: str = "kitchen", **more: Any) -> int:
    """A visit that a plan laid out for today, unless told otherwise."""
    today, asset = record.today(here.contract.tz), here.places[place]
    values = {
        "contract_id": here.contract.id,
        "plan_key": "kitchens",
        "checklist_key": "room",
        "asset_id": asset.id,
        "place": asset.path,
        "method": "planned_sampling",
        "due_from": today,
        "due_on": today,
        "missed_on": today + timedelta(days=2),
        "draft": {},
        "created_at": clock.now(),
        **more,
    }
    with writing():
        return int(
            db.session.execute(insert(_visits).values(values).returning(_visits.c.id)).scalar_one()
        )


def begin(here: Setting, who: str = "contractor.staff", place: str = "kitchen", **more: Any) -> int:
    with writing():
        asset_id = here.places[place].id
        return starting.begin(here.members[who], here.contract.id, asset_id, "room", **more)


def look(here: Setting, visit_id: int) -> Any:
    return record.found(here.contract.id, visit_id)


def events(here: Setting, visit_id: int) -> list[str]:
    asked = select(_events.c.kind).where(
        _events.c.contract_id == here.contract.id,
        _events.c.entity == "visit",
        _events.c.entity_id == visit_id,
    )
    return list(db.session.execute(asked.order_by(_events.c.seq)).scalars())


def test_a_visit_on_the_spot_keeps_who_began_it_with_which_versions(here: Setting) -> None:
    scale_id = agreed(here, "scale", scale.PROPOSED)
    row = look(here, begin(here, accompanied_by=" Anna "))
    in_force = agreements.in_force(here.contract.id, CHECKLIST, "room")
    assert in_force is not None
    assert (row.checklist_id, row.scale_id) == (in_force.id, scale_id)
    assert (row.state, row.party, row.method) == ("in_progress", "contractor", "incidental")
    assert (row.inspector, row.accompanied_by) == ("Staff Contractor", "Anna")
    assert row.scanned_at is None
    assert events(here, row.id) == ["visit.started"]


def test_the_planned_visit_that_is_due_there_is_taken(here: Setting) -> None:
    today = record.today(here.contract.tz)
    later = planned(here, due_from=today + timedelta(days=1), due_on=today + timedelta(days=1))
    due = planned(here)
    assert begin(here) == due
    row = look(here, due)
    assert (row.state, row.party, row.plan_key) == ("in_progress", "contractor", "kitchens")
    assert look(here, later).state == "planned"


def test_who_has_begun_goes_on_with_the_same_visit(here: Setting) -> None:
    first = begin(here)
    assert begin(here) == first
    assert begin(here, visit_id=first) == first
    assert events(here, first) == ["visit.started"]
    assert begin(here, "customer.staff") != first


def test_a_visit_for_the_other_party_is_left_to_it(here: Setting) -> None:
    theirs = planned(here, for_party=Party.CUSTOMER.value)
    own = begin(here)
    assert own != theirs
    assert look(here, own).plan_key == ""
    with pytest.raises(Refused) as refused:
        begin(here, visit_id=theirs)
    assert refused.value.refusals[0].code == "visit.for_other_party"
    assert begin(here, "customer.staff") == theirs


def test_a_missed_visit_stays_missed_and_another_is_begun(here: Setting) -> None:
    missed = planned(here, state="missed")
    made = begin(here, visit_id=missed)
    assert made != missed
    assert (look(here, missed).state, look(here, made).state) == ("missed", "in_progress")


def test_of_two_who_begin_the_same_visit_the_second_is_told_who_was_quicker(here: Setting) -> None:
    visit = planned(here)
    seen_before = look(here, visit)
    begin(here, "customer.staff", visit_id=visit)
    with pytest.raises(Refused) as after:
        begin(here, "contractor.staff", visit_id=visit)
    assert after.value.status == 409
    assert after.value.refusals[0].params["who"] == "Staff Customer"
    with pytest.raises(Refused) as at_once, writing():  # both looked before either wrote
        starting.take(here.members["contractor.staff"], seen_before, scans.NOT_SCANNED, "")
    assert at_once.value.status == 409
    assert look(here, visit).inspector == "Staff Customer"


def test_executives_do_not_inspect(here: Setting) -> None:
    with pytest.raises(Refused) as refused:
        begin(here, "contractor.executive")
    assert refused.value.status == 403


def test_a_checklist_is_begun_only_where_it_fits_and_while_it_is_in_use(here: Setting) -> None:
    with pytest.raises(Refused) as refused:
        begin(here, place="tap")
    assert refused.value.refusals[0].code == "visit.does_not_fit"
    agreed(here, CHECKLIST, {**ROOM, "active": False}, subject="room")
    with pytest.raises(Refused) as refused:
        begin(here)
    assert refused.value.refusals[0].code == "visit.no_checklist"


def test_what_is_filled_so_far_is_shown_on_another_device(here: Setting) -> None:
    visit, by = begin(here), here.members["contractor.staff"]
    draft = {"fields": {"a-clean": ["4"], "n-clean": ["A stain"]}, "kept": []}
    with writing():
        starting.keep(by, visit, None, draft)
        starting.keep(by, visit, look(here, visit).version, {**draft, "kept": []})
    assert look(here, visit).draft == draft
    assert events(here, visit) == ["visit.started", "visit.kept"]
    with pytest.raises(Refused) as refused, writing():
        starting.keep(here.members["contractor.supervisor"], visit, None, draft)
    assert refused.value.status == 403


def test_who_keeps_after_somebody_moved_it_is_told(here: Setting) -> None:
    visit, by = begin(here), here.members["contractor.staff"]
    with pytest.raises(Refused) as refused, writing():
        starting.keep(by, visit, 1, {"fields": {"a-clean": ["4"]}, "kept": []})
    assert refused.value.status == 409


def test_a_planned_visit_that_is_left_is_planned_again(here: Setting) -> None:
    visit = planned(here)
    begin(here, visit_id=visit)
    with writing():
        starting.leave(here.members["contractor.staff"], visit)
    row = look(here, visit)
    assert (row.state, row.party, row.inspector_id, row.checklist_id) == ("planned", *[None] * 3)
    assert row.next_at == record.ends_grace(row)
    assert begin(here, "customer.staff") == visit


def test_leaving_loses_nothing_that_was_filled(here: Setting) -> None:
    visit, by = begin(here), here.members["contractor.staff"]
    kept = evidence.Kept("a" * 64, "b" * 64, "c" * 64, 40, 30, 1000, "photos-clean")
    draft = {
        "fields": {"a-clean": ["2"], "n-clean": ["Coffee on the floor"], "captured_at": ["x"]},
        "kept": [list(vars(kept).values())],
    }
    with writing():
        starting.keep(by, visit, None, draft)
    with writing():
        starting.leave(by, visit)
    row = look(here, visit)
    assert (row.state, row.draft) == ("cancelled", {})
    left = select(_texts.c.text).join_from(_texts, _events, _texts.c.event_id == _events.c.id)
    words = db.session.execute(left.where(_events.c.kind == "visit.left")).scalar_one()
    assert words == "a-clean: 2\nn-clean: Coffee on the floor"
    pictures = db.session.execute(select(table(Photo).c.picture, table(Photo).c.visit_id)).all()
    assert pictures == [("b" * 64, visit)]
    assert begin(here) != visit, "its id is never another visit's"


def test_another_contract_has_no_such_visit(cast: Cast, here: Setting) -> None:
    visit = begin(here)
    with pytest.raises(NotFound):
        starting.leave(cast.elsewhere.members["contractor.staff"], visit)


def test_a_scan_just_now_is_proof_of_presence(app: Flask, here: Setting) -> None:
    member, kitchen = here.members["contractor.staff"], here.places["kitchen"]
    with app.test_request_context(), writing():
        one = here.contract
        web.current().member = member
        web.current().contract = web.ContractCard(one.id, one.slug, one.name, one.tz, "", "")
        scan = {"code": here.codes["tap"], "asset": here.places["tap"].id, "member": member.id}
        token = web.sign("scan", scan)
        presence = scans.presence(token, kitchen.id)
        visit = starting.begin(member, one.id, kitchen.id, "room", presence)
    row = look(here, visit)
    assert (row.tag_code, row.scanned_at) == (here.codes["tap"], row.started_at)
    kept = select(table(Scan).c.asset_id, table(Scan).c.member_id)
    assert db.session.execute(kept).all() == [(here.places["tap"].id, member.id)]
