"""A whole visit that was filled in where no signal was arrives, whatever happened meanwhile."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update

from inspection import clock, web
from inspection.alerts.models import Notice
from inspection.assets.models import Asset
from inspection.contracts import agreements
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.rules import scale
from inspection.visits import record, starting
from inspection.visits.models import Visit
from tests.cast import PROMISES, ROOM, Cast, Setting, agreed, key
from tests.inspection.visits.test_starting import planned

WHO, OTHER = "contractor.staff", "contractor.supervisor"
ANSWERS = {"a-clean": "4", "a-dry": "pass", "a-heat": "55"}
HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')
_visits, _events, _assets = table(Visit), table(Event), table(Asset)


@pytest.fixture
def here(cast: Cast) -> Setting:
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, "checklist", ROOM, subject="room")
    return cast.harbour


def blank(here: Setting, place: str = "kitchen", checklist: str = "room") -> str:
    return f"{here.url}/places/{here.places[place].id}/inspection/{checklist}"


def opened(client: FlaskClient, url: str) -> dict[str, str]:
    """What the form says that nobody types."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.text[:2000]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    page = answer.text.partition('<form id="visit"')[2].partition("</form>")[0]
    fields = dict(HIDDEN.findall(page))
    fields.pop("submission_key")
    return fields


def sent(client: FlaskClient, url: str, *fields: dict[str, Any], ahead: float | None = None) -> Any:
    """The receipt of a form that an outbox sends."""
    headers = {"Accept": "application/json", "Idempotency-Key": key()}
    if ahead is not None:
        headers["Tandem-Clock"] = str(ahead)
    form = {name: value for one in fields for name, value in one.items()}
    answer = client.post(url.partition("?")[0], data=form, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def look(here: Setting, visit: str | int) -> Any:
    db.session.rollback()
    return record.found(here.contract.id, int(visit))


def kinds(here: Setting, visit: str | int) -> list[str]:
    db.session.rollback()
    asked = select(_events.c.kind).where(
        _events.c.contract_id == here.contract.id,
        _events.c.entity == "visit",
        _events.c.entity_id == int(visit),
    )
    return list(db.session.execute(asked.order_by(_events.c.seq)).scalars())


def told(kind: str) -> list[str]:
    """The parties whose leads were told of it."""
    asked = select(Notice.lead_of).join_from(Notice, Event, Notice.event_id == Event.id)
    return sorted(filter(None, db.session.execute(asked.where(Event.kind == kind)).scalars()))


def questions(cast: Cast, here: Setting, visit: str) -> str:
    return cast.client("customer.staff").get(f"{here.url}/visits/{visit}").text


def test_opening_changes_nothing_and_the_form_takes_the_planned_visit(
    cast: Cast, here: Setting
) -> None:
    visit, client = planned(here), cast.client(WHO)
    url = f"{blank(here)}?visit={visit}"
    fields = opened(client, url)
    assert fields["visit"] == str(visit)
    assert kinds(here, visit) == []
    assert sent(client, url, fields, ANSWERS)["location"] == f"{here.url}/visits/{visit}"
    assert kinds(here, visit) == ["visit.started", "visit.submitted"]
    assert look(here, visit).state == "submitted"


def test_what_is_due_there_is_taken_and_else_it_is_on_the_spot(cast: Cast, here: Setting) -> None:
    client = cast.client(WHO)
    fields = opened(client, blank(here))
    due = planned(here)
    first, second = (sent(client, blank(here), fields, ANSWERS) for _ in range(2))
    assert (first["number"], first["said"]) == (str(due), "submitted")
    assert second["number"] != str(due)
    assert (look(here, second["number"]).method, second["said"]) == ("incidental", "submitted")


def test_who_has_begun_it_here_goes_on_with_its_own_form(cast: Cast, here: Setting) -> None:
    visit, client = planned(here), cast.client(WHO)
    fields = opened(client, f"{blank(here)}?visit={visit}")
    with writing():
        starting.begin(here.members[WHO], here.contract.id, here.places["kitchen"].id, "room")
    answer = client.get(f"{blank(here)}?visit={visit}")
    assert (answer.status_code, answer.location) == (303, f"{here.url}/visits/{visit}/form")
    assert sent(client, blank(here), fields, ANSWERS)["number"] == str(visit)
    assert kinds(here, visit) == ["visit.started", "visit.submitted"]


def test_what_is_missing_is_refused_beside_its_field_and_begins_nothing(
    cast: Cast, here: Setting
) -> None:
    visit, client = planned(here), cast.client(WHO)
    url = f"{blank(here)}?visit={visit}"
    fields = opened(client, url)
    answer = client.post(url, data={**fields, "submission_key": key(), "a-clean": "2"})
    assert answer.status_code == 422
    assert "field--wrong" in answer.text
    assert f'name="checklist_version" value="{fields["checklist_version"]}"' in answer.text
    assert (look(here, visit).state, kinds(here, visit)) == ("planned", [])


@pytest.mark.parametrize("meanwhile", ["changed", "retired"])
def test_fault_51_a_checklist_that_changed_meanwhile_judges_what_was_filled_with_it(
    cast: Cast, here: Setting, meanwhile: str
) -> None:
    client = cast.client(WHO)
    fields = opened(client, blank(here))
    asked = {"key": "mould", "kind": "pass_fail", "label": "No mould", "requirement": "8.C.1.a"}
    body = {**ROOM, "items": [asked]} if meanwhile == "changed" else {**ROOM, "active": False}
    agreed(here, "checklist", body, subject="room")
    agreed(here, "scale", {**scale.PROPOSED})
    visit = sent(client, blank(here), fields, ANSWERS)["number"]
    row = look(here, visit)
    assert str(row.checklist_id) == fields["checklist_version"]
    assert row.scale_id is None
    assert [one.item for one in record.results(row)] == [one["key"] for one in ROOM["items"]]
    page = questions(cast, here, visit)
    for label in ("Floor is clean", "Floor is dry", "Hot water"):
        assert label in page
    assert "No mould" not in page


def test_a_version_that_was_never_agreed_here_is_none(cast: Cast, here: Setting) -> None:
    client = cast.client(WHO)
    fields = opened(client, blank(here))
    with writing():
        draft = agreements.draft(
            here.members["customer.manager"], here.contract.id, "checklist", "room"
        )
    for version in (str(draft), "999999", "one"):
        answer = client.post(blank(here), data={**fields, **ANSWERS, "checklist_version": version})
        assert answer.status_code == 404, version


def test_fault_52_a_place_archived_meanwhile_keeps_its_inspection_for_both_to_look_at(
    cast: Cast, here: Setting
) -> None:
    """A place never moves to another contract: each contract has a tree of its own."""
    client = cast.client(WHO)
    fields = opened(client, blank(here))
    with writing():
        gone = _assets.c.id == here.places["kitchen"].id
        db.session.execute(update(_assets).where(gone).values(archived_at=clock.now()))
    assert client.get(blank(here)).status_code == 422
    wet = {"a-dry": "fail", "a-why_wet": "A pipe"}
    visit = sent(client, blank(here), fields, {**ANSWERS, **wet})["number"]
    assert look(here, visit).finding_count == 1
    assert kinds(here, visit)[-1] == "visit.place_archived"
    assert told("visit.place_archived") == ["contractor", "customer"]
    assert "Inspected a place that is not in use any more" in questions(cast, here, visit)


@pytest.mark.parametrize("done", [False, True], ids=["begun", "submitted"])
def test_what_somebody_was_quicker_with_and_what_arrives_are_both_kept_and_readable(
    cast: Cast, here: Setting, done: bool
) -> None:
    visit, client, quick = planned(here), cast.client(WHO), cast.client(OTHER)
    url = f"{blank(here)}?visit={visit}"
    fields, theirs = opened(client, url), opened(quick, url)
    if done:
        sent(quick, url, theirs, ANSWERS, {"note": "All good"})
    else:
        with writing():
            kitchen = here.places["kitchen"].id
            starting.begin(here.members[OTHER], here.contract.id, kitchen, "room")
    came = sent(client, url, fields, {**ANSWERS, "a-clean": "3", "note": "Dusty"})
    assert came["said"] == "second"
    assert came["number"] != str(visit)
    row, first = look(here, came["number"]), look(here, visit)
    assert (row.state, row.asset_id, row.plan_key) == ("submitted", first.asset_id, "")
    assert first.inspector == "Supervisor Contractor"
    assert kinds(here, came["number"])[-1] == "visit.second_version"
    assert kinds(here, visit)[-1] == "visit.also_filled"
    assert told("visit.also_filled") == ["contractor", "customer"]
    page = questions(cast, here, came["number"])
    assert "Dusty" in page
    assert "Supervisor Contractor" in page
    assert f'href="{here.url}/visits/{visit}"' in page
    assert f'href="{here.url}/visits/{came["number"]}"' in questions(cast, here, str(visit))


def test_what_was_missed_meanwhile_stays_missed_and_what_was_filled_is_on_the_spot(
    cast: Cast, here: Setting
) -> None:
    visit, client = planned(here), cast.client(WHO)
    fields = opened(client, f"{blank(here)}?visit={visit}")
    with writing():
        missed = _visits.c.id == visit
        db.session.execute(update(_visits).where(missed).values(state="missed"))
    came = sent(client, blank(here), fields, ANSWERS)
    assert (came["said"], look(here, visit).state) == ("submitted", "missed")
    assert look(here, came["number"]).state == "submitted"


def test_two_devices_of_one_person_that_filled_the_same_visit_are_two_versions(
    cast: Cast, here: Setting
) -> None:
    client, visit = cast.client(WHO), planned(here)
    with writing():
        starting.begin(
            here.members[WHO], here.contract.id, here.places["kitchen"].id, "room", visit_id=visit
        )
    url = f"{here.url}/visits/{visit}"
    page = client.get(f"{url}/form")
    assert page.headers["Cache-Control"] == "private, no-cache"
    fields = dict(HIDDEN.findall(page.text.partition('<form id="visit"')[2]))
    fields.pop("submission_key")
    first = sent(client, f"{url}/submission", fields, ANSWERS)
    second = sent(
        client,
        f"{url}/submission",
        fields,
        {**ANSWERS, "a-clean": "2", "n-clean": "x", "nophoto-clean": "dark"},
    )
    assert (first["number"], first["said"]) == (str(visit), "submitted")
    assert second["said"] == "second"
    assert look(here, visit).finding_count == 0
    assert look(here, second["number"]).finding_count == 1


def test_what_another_device_keeps_so_far_is_not_overwritten(cast: Cast, here: Setting) -> None:
    client = cast.client(WHO)
    fields = opened(client, blank(here))
    with writing():
        visit = starting.begin(
            here.members[WHO], here.contract.id, here.places["kitchen"].id, "room"
        )
        draft = {"fields": {"n-clean": ["Half way"]}, "kept": []}
        starting.keep(here.members[WHO], visit, None, draft)
    came = sent(client, blank(here), fields, ANSWERS)
    assert came["said"] == "second"
    assert (look(here, visit).state, look(here, visit).draft) == ("in_progress", draft)


@pytest.mark.parametrize("days", [-3, 3, -20_000])
def test_fault_19_a_phone_whose_clock_is_wrong_is_believed_only_as_far_as_a_claim(
    cast: Cast, here: Setting, days: int
) -> None:
    client = cast.client(WHO)
    fields = opened(client, blank(here))
    now = clock.now()
    said = (now + timedelta(days=days)).isoformat()
    wrong = {"began_at": said, "captured_at": said}
    ahead = timedelta(days=days).total_seconds() * 1000
    visit = sent(client, blank(here), fields, ANSWERS, wrong, ahead=ahead)["number"]
    row = look(here, visit)
    assert abs(row.submitted_at - now) < timedelta(minutes=1)
    assert abs(row.started_at - now) < timedelta(minutes=1)
    assert row.captured_at.isoformat() == said
    assert row.clock_ahead == days * 86400
    page = questions(cast, here, visit)
    assert "on the phone" in page
    assert "late-synced" not in page, "the phone was wrong, it did not wait"


def test_a_phone_that_waited_says_when_it_was_filled(cast: Cast, here: Setting) -> None:
    client = cast.client(WHO)
    fields = opened(client, blank(here))
    then = clock.now() - timedelta(hours=5)
    claims = {
        "began_at": (then - timedelta(minutes=9)).isoformat(),
        "captured_at": then.isoformat(),
    }
    visit = sent(client, blank(here), fields, ANSWERS, claims, ahead=400)["number"]
    row = look(here, visit)
    assert (row.captured_at, row.clock_ahead) == (then, 0)
    assert "late-synced" in questions(cast, here, visit)


def test_a_scan_before_the_basement_is_still_proof_when_the_form_arrives(
    cast: Cast, here: Setting
) -> None:
    client, kitchen = cast.client(WHO), here.places["kitchen"]
    fields = opened(client, blank(here))
    scan = {"code": here.codes["kitchen"], "asset": kitchen.id, "member": here.members[WHO].id}
    then = clock.now()
    with cast.app.app_context():
        fields["scan"] = web.sign("scan", scan)
    claims = {"began_at": then.isoformat(), "captured_at": then.isoformat()}
    later = then.timestamp() + 5 * 3600
    with (
        clock.standing_at(then + timedelta(hours=5)),
        mock.patch("itsdangerous.timed.time.time", return_value=later),
    ):
        proven = sent(client, blank(here), fields, ANSWERS, claims, ahead=0)["number"]
        plain = sent(client, blank(here), fields, ANSWERS, ahead=0)["number"]
    assert abs(look(here, proven).scanned_at - then) < timedelta(minutes=1)
    assert look(here, plain).scanned_at is None


# ---------------------------------------------------------------- photos that follow


def jpeg(colour: str = "red") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(made, "JPEG")
    return made.getvalue()


def named(data: bytes, field: str) -> str:
    return f"{hashlib.sha256(data).hexdigest()};{len(data)};image/jpeg;{field}"


def test_photos_that_are_still_on_the_phone_count_and_fill_in_everywhere_when_they_come(
    cast: Cast, here: Setting
) -> None:
    client, found, after = cast.client(WHO), jpeg(), jpeg("green")
    fields = opened(client, blank(here))
    photos = {
        "photo": [
            named(found, "photos-clean"),
            named(after, "after-dry"),
            named(b"no picture", "photos-heat"),
        ]
    }
    wrong = {"a-clean": "2", "a-dry": "fail", "a-why_wet": "A pipe", "fixed-dry": "1"}
    came = sent(client, blank(here), fields, {**ANSWERS, **wrong, **photos})
    url = f"{here.url}/visits/{came['number']}"
    readers = [cast.client(who) for who in (WHO, "customer.supervisor")]
    (action,) = {row.number for row in record.findings(look(here, came["number"])) if row.number}
    for reader in readers:
        for address in (url, f"{here.url}/actions/{action}"):
            page = reader.get(address)
            assert "On its way" in page.text, address
        assert reader.get(f"{url}/paper").status_code == 200
    for data in (found, after, b"no picture"):
        address = f"{came['uploads']}/{hashlib.sha256(data).hexdigest()}"
        answer = client.patch(address, data=data, headers={"Upload-Offset": "0"})
        assert answer.get_json()["whole"], answer.text
    db.session.rollback()
    photos_now = {
        one.received_sha256: one.standing for one in db.session.execute(select(Photo)).scalars()
    }
    assert photos_now == {
        hashlib.sha256(data).hexdigest(): standing
        for data, standing in ((found, ""), (after, ""), (b"no picture", "unreadable"))
    }
    for reader in readers:
        seen, work = reader.get(url).text, reader.get(f"{here.url}/actions/{action}").text
        assert "On its way" not in seen + work
        assert "This file cannot be shown" in seen
        assert "<img" in work
        assert reader.get(f"{url}/paper").status_code == 200
        assert reader.get(f"{here.url}/visits?format=xlsx&what=answers").status_code == 200
    assert evidence.of(here.contract.id, visit_id=int(came["number"]))
