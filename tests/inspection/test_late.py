"""Changes that come late, twice or out of order: nothing is lost, and nothing is overwritten."""

from __future__ import annotations

import hashlib
import io
import random
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import select
from werkzeug.test import EnvironBuilder

from inspection import clock, web
from inspection.actions import moves
from inspection.actions.models import Action
from inspection.db import db, reading, table, writing
from inspection.idempotency import Variant
from inspection.journal import Event, EventText
from inspection.people import memberships
from inspection.people.models import Membership
from inspection.photos.uploads import PART
from inspection.reports import expiring, known
from inspection.reports.models import Report
from inspection.rules.access import Party, Role
from inspection.rules.states import State
from qr import payload, tags
from tests.cast import Cast, posted
from tests.inspection.photos.test_uploads import named, noisy, photos
from tests.inspection.photos.test_uploads import sent as sent_part
from tests.inspection.queue.test_story import report, state
from tests.rig.wholeness import whole

_events, _texts, _reports = table(Event), table(EventText), table(Report)
MOVED_ON = "action.moved_on"


def uuid7(ago: timedelta = timedelta()) -> str:
    """A key as a phone makes it; `ago`: when the form was finished there."""
    at = int((time.time() - ago.total_seconds()) * 1000)
    digits = f"{at:012x}7{secrets.token_hex(2)[1:]}8{secrets.token_hex(8)[1:]}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def sent(client: FlaskClient, url: str, sent_as: str = "", *named_: str, **fields: Any) -> Any:
    """What the outbox is answered when it sends a form with the photos that will follow."""
    headers = {"Accept": "application/json", "Idempotency-Key": sent_as or uuid7()}
    more = {"photo": list(named_)} if named_ else {}
    return client.post(url, data=fields | more, headers=headers)


def happened(app: Flask, kind: str) -> list[Any]:
    with app.app_context(), reading():
        asked = select(_events, _texts.c.text).join_from(
            _events, _texts, _texts.c.event_id == _events.c.id, isouter=True
        )
        return list(db.session.execute(asked.where(_events.c.kind == kind).order_by(_events.c.id)))


def under_way(cast: Cast) -> str:
    """The address of an action at version 2, on which the contractor works."""
    url = f"{cast.harbour.url}/actions/{report(cast)}"
    posted(cast.client("contractor.staff"), f"{url}/start", version=1)
    return url


# ---------------------------------------------------------------- too late


def test_fault_50_what_came_with_a_refused_change_is_kept_beside_the_action(
    app: Flask, cast: Cast
) -> None:
    url, data = under_way(cast), noisy(64)
    lead, hand = cast.client("contractor.supervisor"), cast.client("contractor.staff")
    posted(lead, f"{url}/fix", text="Done already", version=2)
    posted(cast.client("customer.supervisor"), f"{url}/acceptance", version=3)
    form = {"text": "New washer", "version": "2"}
    made = uuid7(timedelta(days=3))
    first = sent(hand, f"{url}/fix", made, named(data), **form)
    assert first.status_code == 409
    told = first.get_json()
    assert told["kept"]
    assert told["ack"] == made
    sentence = told["refused"][0]["sentence"]
    assert sentence.startswith("Supervisor Customer (Customer) closed it today ")
    again = sent(hand, f"{url}/fix", made, named(data), **form)
    assert again.status_code == 409
    for name in ("refused", "uploads", "missing", "ack", "sha256", "location"):
        assert again.get_json()[name] == told[name]
    name = hashlib.sha256(data).hexdigest()
    answer = sent_part(app.test_client(), f"{told['uploads']}/{name}", data, 0)
    assert answer.get_json()["whole"]

    (event,) = happened(app, "action.change_offered")
    assert (event.text, event.data["meant"], event.data["photos"]) == ("New washer", "fix", 1)
    assert timedelta(days=2) < clock.now() - event.device_at < timedelta(days=4)
    (photo,) = photos(app)
    assert (photo.standing, photo.event_id, photo.received_sha256) == ("", event.id, name)
    assert state(cast, int(url.rpartition("/")[2])) == State.CLOSED
    for who in ("customer.staff", "contractor.staff"):
        page = cast.client(who).get(url).text
        assert "New washer" in page
        assert "Meant: Fixed" in page or "Meant: Fix" in page
        assert f"/photos/{photo.id}/thumbnail" in page
    assert whole(app) == []


def test_fault_49_the_second_of_two_is_told_and_a_tap_without_words_keeps_nothing(
    app: Flask, cast: Cast
) -> None:
    url = f"{cast.harbour.url}/actions/{report(cast)}"
    posted(cast.client("contractor.staff"), f"{url}/start", version=1)
    answer = sent(cast.client("contractor.supervisor"), f"{url}/start", version="1")
    assert answer.status_code == 409
    (no,) = answer.get_json()["refused"]
    assert no["code"] == MOVED_ON
    assert no["sentence"].startswith("Staff Contractor (Contractor) started work on it today ")
    assert "kept" not in answer.get_json()
    assert happened(app, "action.change_offered") == []


def test_a_state_in_which_it_cannot_be_done_any_more_keeps_what_came_too(
    app: Flask, cast: Cast
) -> None:
    url = under_way(cast)
    posted(cast.client("contractor.staff"), f"{url}/fix", text="Done", version=2)
    answer = sent(cast.client("contractor.supervisor"), f"{url}/fix", text="Washer")
    assert (answer.status_code, answer.get_json()["kept"]) == (409, True)
    assert "fixed it today" in answer.get_json()["refused"][0]["sentence"]
    assert [one.text for one in happened(app, "action.change_offered")] == ["Washer"]


def test_a_mistake_in_the_form_stays_a_mistake_and_keeps_nothing(app: Flask, cast: Cast) -> None:
    url, client = under_way(cast), cast.client("contractor.staff")
    for form in ({"text": ""}, {"text": "x" * 5000}, {"text": "Words", "state": "closed"}):
        answer = sent(client, f"{url}/temporary-fix", **form, version="2")
        assert answer.status_code == 422, form
    assert happened(app, "action.change_offered") == []


def test_a_form_without_the_outbox_comes_back_as_typed(app: Flask, cast: Cast) -> None:
    url = under_way(cast)
    posted(cast.client("contractor.staff"), f"{url}/fix", text="Done", version=2)
    answer = posted(cast.client("contractor.supervisor"), f"{url}/fix", text="Washer", version=2)
    assert answer.status_code == 409
    assert "Washer" in answer.text
    assert happened(app, "action.change_offered") == []


def test_fault_50_an_answer_that_comes_too_late_says_what_it_would_have_been(
    app: Flask, cast: Cast
) -> None:
    url = under_way(cast)
    asked = {"kind": "access", "text": "When can we come in?", "version": "2"}
    posted(cast.client("contractor.supervisor"), f"{url}/decisions", **asked)
    with app.app_context(), reading():
        decisions = db.metadata.tables["decision"]
        decision = db.session.execute(select(decisions.c.id)).scalar_one()
    lead, manager = cast.client("customer.supervisor"), cast.client("customer.manager")
    answer = f"{url}/decisions/{decision}/answer"
    assert sent(lead, answer, answer="yes", text="Any time", version="3").status_code == 201
    late = sent(manager, answer, answer="no", text="Not before noon", version="3")
    assert (late.status_code, late.get_json()["kept"]) == (409, True)
    (event,) = happened(app, "action.change_offered")
    assert (event.text, event.data["chosen"]) == ("Not before noon", {"answer": "no"})


# ---------------------------------------------------------------- one after the other


def test_fault_57_what_was_done_offline_in_a_row_is_applied_in_its_order(
    app: Flask, cast: Cast
) -> None:
    url, client = f"{cast.harbour.url}/actions/{report(cast)}", cast.client("contractor.staff")
    start, fix = uuid7(), uuid7()
    early = sent(client, f"{url}/fix", fix, text="New washer", version="1", after=start)
    assert (early.status_code, early.headers["Retry-After"]) == (409, "20")
    assert early.get_json()["refused"][0]["code"] == "form.too_early"
    assert "kept" not in early.get_json()
    assert sent(client, f"{url}/start", start, version="1").status_code == 201
    assert (
        sent(client, f"{url}/comments", text="Parts came", version="1", after=start).status_code
        == 201
    )
    done = sent(client, f"{url}/fix", fix, text="New washer", version="1", after=start)
    assert done.status_code == 201, done.text
    again = sent(client, f"{url}/fix", fix, text="New washer", version="1")
    assert (again.status_code, again.get_json()["sha256"]) == (200, done.get_json()["sha256"])
    assert state(cast, int(url.rpartition("/")[2])) == State.FIXED
    assert whole(app) == []


def test_fault_57_somebody_elses_move_between_two_of_mine_still_counts(
    app: Flask, cast: Cast
) -> None:
    url, client = f"{cast.harbour.url}/actions/{report(cast)}", cast.client("contractor.staff")
    start = uuid7()
    sent(client, f"{url}/start", start, version="1")
    posted(cast.client("contractor.supervisor"), f"{url}/fix", text="Mine", version=2)
    late = sent(client, f"{url}/fix", text="New washer", version="1", after=start)
    assert (late.status_code, late.get_json()["kept"]) == (409, True)


def test_nobody_follows_somebody_elses_form(cast: Cast) -> None:
    url = f"{cast.harbour.url}/actions/{report(cast)}"
    start = uuid7()
    sent(cast.client("contractor.staff"), f"{url}/start", start, version="1")
    other = cast.client("contractor.supervisor")
    answer = sent(other, f"{url}/fix", text="Mine", version="1", after=start)
    assert answer.get_json()["refused"][0]["code"] == "form.too_early"


# ---------------------------------------------------------------- the same key


def test_fault_59_other_content_under_the_same_key_is_kept_and_told(app: Flask, cast: Cast) -> None:
    url, data, other = under_way(cast), noisy(64), noisy(64)
    client, same = cast.client("contractor.staff"), uuid7()
    assert sent(client, f"{url}/comments", same, named(data), text="One").status_code == 201
    for _ in range(2):
        answer = sent(client, f"{url}/comments", same, named(other), text="Two")
        assert answer.status_code == 409
        assert "both are kept" in answer.get_json()["refused"][0]["sentence"]
    with app.app_context(), reading():
        (kept,) = db.session.execute(select(table(Variant)))
    assert dict(kept.fields) == {"text": "Two", "photo": named(other)}
    assert [one.text for one in happened(app, "action.commented")] == ["One"]


# ---------------------------------------------------------------- gone


def merged(cast: Cast) -> tuple[str, str]:
    """The addresses of an action that was merged away and of the one it was merged into."""
    master, away = (f"{cast.harbour.url}/actions/{report(cast, words)}" for words in ("One", "Two"))
    number = master.rpartition("/")[2]
    posted(cast.client("customer.supervisor"), f"{away}/merge", master=number, version=1)
    return away, master


def test_fault_56_what_is_only_added_goes_where_it_was_merged_into(app: Flask, cast: Cast) -> None:
    away, master = merged(cast)
    hand, data = cast.client("contractor.staff"), noisy(64)
    comment = sent(hand, f"{away}/comments", "", named(data), text="Still wet", version="1")
    assert comment.status_code == 201
    assert comment.get_json()["location"] == master
    assert sent(hand, f"{away}/questions", text="Which tap?", version="1").status_code == 201
    fix = sent(hand, f"{away}/fix", text="New washer", version="1")
    assert (fix.status_code, fix.get_json()["kept"]) == (409, True)
    told = fix.get_json()
    number = master.rpartition("/")[2]
    assert f"merged it into no. {number} today" in told["refused"][0]["sentence"]
    assert told["location"] == master
    page = cast.client("customer.staff").get(master).text
    assert all(words in page for words in ("Still wet", "Which tap?", "New washer"))
    assert whole(app) == []


def voiced(cast: Cast, place: str, action: str, ago: timedelta) -> Any:
    """The answer to a "me too" that was said so long ago without signal."""
    with cast.app.app_context(), reading():
        row = moves.found(cast.harbour.contract.id, int(action.rpartition("/")[2]))
    with cast.app.test_request_context():
        joins = known.token(row.id)
    said = (clock.now() - ago).isoformat()
    url = f"/Q/{cast.harbour.codes[place]}/reports"
    return sent(cast.client(), url, joins=joins, captured_at=said)


def test_fault_58_a_me_too_for_what_was_merged_or_closed_meanwhile_is_still_heard(
    app: Flask, cast: Cast
) -> None:
    away, _ = merged(cast)
    assert voiced(cast, "tap", away, timedelta(hours=3)).status_code == 201

    closed = f"{cast.harbour.url}/actions/{report(cast, place='hall')}"
    hand = cast.client("contractor.staff")
    posted(hand, f"{closed}/start")
    posted(hand, f"{closed}/fix", text="New washer")
    posted(cast.client("customer.supervisor"), f"{closed}/acceptance")
    assert voiced(cast, "hall", closed, timedelta(hours=3)).status_code == 201
    with clock.shifted_by(timedelta(days=1)):
        assert voiced(cast, "hall", closed, timedelta()).status_code == 201
    numbers = {row.id: row.number for row in actions(app)}
    of = [numbers[row.action_id] for row in reports_of(app)]
    assert of == [1, 1, 1, 3, 3, 4]  # two and a late voice; one and a late voice; wrong again
    assert whole(app) == []


def actions(app: Flask) -> list[Any]:
    with app.app_context(), reading():
        return list(db.session.execute(select(table(Action)).order_by(table(Action).c.number)))


def test_fault_58_what_comes_for_a_forgotten_report_is_refused_with_the_reason(
    app: Flask, cast: Cast
) -> None:
    client = cast.client()
    form = {"category": "leak", "words": "Drips"}
    url, before = f"/Q/{cast.harbour.codes['tap']}/reports", uuid7()
    ack = sent(client, url, before, **form).get_json()
    thanks = uuid7()
    rating = {"stars": "5", "text": "Quick"}
    with app.app_context(), writing():
        (row,) = db.session.execute(select(_reports.c.contract_id, _reports.c.id))
        assert expiring.forget(*row)
    for noun, more in (("answers", {"question": "1", "text": "x"}), ("rating", rating)):
        late = sent(client, f"{ack['location']}/{noun}", thanks + noun, **more)
        assert late.status_code == 409
        assert late.get_json()["refused"][0]["code"] == "report.forgotten_since"
        assert "forgotten" in late.get_json()["refused"][0]["sentence"]
    again = sent(client, url, before, **form)
    assert (again.status_code, again.get_json()["number"]) == (200, ack["number"])


# ---------------------------------------------------------------- the label changed


def reports_of(app: Flask) -> list[Any]:
    with app.app_context(), reading():
        return list(db.session.execute(select(_reports).order_by(_reports.c.id)))


def test_fault_54_what_was_begun_at_a_label_that_moved_is_taken_for_the_place_it_showed(
    app: Flask, cast: Cast
) -> None:
    here, by = cast.harbour, cast.harbour.members["customer.supervisor"]
    code = here.codes["tap"]
    shown = str(here.places["tap"].id)
    assert f'name="shown" value="{shown}"' in cast.client().get(f"/Q/{code}").text
    with app.app_context(), writing():
        tags.bind(by, tags.found(by.contract_id, code), here.places["hall"], "Moved")
    url, form = f"/Q/{code}/reports", {"category": "leak", "words": "Drips"}
    assert sent(cast.client(), url, shown=shown, **form).status_code == 201
    assert sent(cast.client(), url, **form).status_code == 201
    (old, new) = reports_of(app)
    assert (old.asset_id, new.asset_id) == (here.places["tap"].id, here.places["hall"].id)
    marked = [one.data.get("old_label", False) for one in happened(app, "report.received")]
    assert marked == [True, False]
    with clock.shifted_by(timedelta(days=31)):
        late = sent(cast.client(), url, shown=shown, **form)
        page = posted(cast.client(), url, shown=shown, **form)
    forged = sent(cast.client(), url, shown=str(cast.elsewhere.places["tap"].id), **form)
    for refused in (late, forged):
        assert refused.status_code == 409
        assert refused.get_json()["refused"][0]["code"] == "tag.stands_elsewhere"
    assert page.status_code == 409
    assert "Drips</textarea>" in page.text
    assert len(reports_of(app)) == 2


def test_fault_54_a_label_that_leads_nowhere_names_another_way_and_keeps_the_words(
    app: Flask, cast: Cast
) -> None:
    here, by = cast.harbour, cast.harbour.members["customer.supervisor"]
    code = here.codes["tap"]
    with app.app_context(), writing():
        tags.retire(by, tags.found(by.contract_id, code), None)
    form = {"category": "leak", "words": "Drips since noon"}
    assert sent(cast.client(), f"/Q/{code}/reports", **form).status_code == 201
    unknown = payload.mint(1)
    with clock.shifted_by(timedelta(days=31)):
        for dead, status in ((code, 409), (unknown, 404)):
            late = sent(cast.client(), f"/Q/{dead}/reports", **form)
            assert late.status_code == status
            assert "scan another label" in late.get_json()["refused"][0]["sentence"]
            page = posted(cast.client(), f"/Q/{dead}/reports", **form)
            assert "Drips since noon" in page.text
            assert "scan another label" in page.text
    assert len(reports_of(app)) == 1


# ---------------------------------------------------------------- who may not any more


def queued(client: FlaskClient, person: Any, url: str, sent_as: str, *photos_: str) -> Any:
    """The answer to a fix that waited on the phone of `person`."""
    headers = {
        "Accept": "application/json",
        "Idempotency-Key": sent_as,
        "Tandem-Actor": str(person.id),
    }
    form = {"text": "New washer", "version": "2", "photo": list(photos_)}
    return client.post(url, data=form, headers=headers)


def removed(cast: Cast, who: str, again_as: Role | None = None) -> None:
    """End a membership; with `again_as` the person comes back in that role."""
    setting = cast.harbour
    party, _, _ = who.partition(".")
    with cast.app.app_context(), writing():
        memberships.end(setting.members[f"{party}.manager"], setting.members[who].id)
        if again_as is not None:
            row = db.session.get_one(Membership, setting.members[who].id)
            person, organisation = setting.people[who].id, row.organisation_id
            memberships.start(setting.contract.id, person, organisation, Party(party), again_as)


def still_signed_in(cast: Cast, who: str) -> FlaskClient:
    """Their phone; the session that ended with the membership was opened again elsewhere."""
    return cast.client(who)


def test_fault_53_work_of_somebody_who_was_removed_is_held_for_the_leads(
    app: Flask, cast: Cast
) -> None:
    url, data, made = under_way(cast), noisy(64), uuid7(timedelta(days=2))
    hand = cast.harbour.people["contractor.staff"]
    removed(cast, "contractor.staff")
    phone = still_signed_in(cast, "contractor.staff")
    for status in (202, 202):
        answer = queued(phone, hand, f"{url}/fix", made, named(data))
        assert answer.status_code == status, answer.text
    ack = answer.get_json()
    assert (ack["ack"], ack["held"], ack["location"]) == (made, True, "")
    name = hashlib.sha256(data).hexdigest()
    assert sent_part(app.test_client(), f"{ack['uploads']}/{name}", data, 0).status_code == 200
    assert state(cast, int(url.rpartition("/")[2])) == State.IN_PROGRESS
    assert phone.get(url).status_code == 404
    assert phone.get(f"{cast.harbour.url}/quarantine").status_code == 404
    (photo,) = photos(app)
    picture = f"{cast.harbour.url}/photos/{photo.id}/picture"
    assert cast.client("customer.staff").get(picture).status_code == 404
    assert cast.client("customer.staff").get(f"{cast.harbour.url}/quarantine").status_code == 403
    lead = cast.client("customer.supervisor")
    assert "1 piece of work was left behind" in lead.get(f"{cast.harbour.url}/queue").text
    for party in ("customer", "contractor"):
        inbox = cast.client(f"{party}.supervisor").get(f"{cast.harbour.url}/inbox").text
        assert "Work left behind" in inbox
    (opening,) = re.findall(r'action="([^"]+)"[^>]*>(?:(?!</form>).)*Work left behind', inbox)
    found = posted(cast.client("contractor.supervisor"), opening)
    assert found.location == f"{cast.harbour.url}/quarantine#left-1"
    page = lead.get(f"{cast.harbour.url}/quarantine").text
    assert "New washer" in page
    assert "Staff Contractor" in page
    assert lead.get(picture).status_code == 200
    assert "New washer" not in lead.get(url).text
    assert whole(app) == []

    (item,) = happened(app, "work.quarantined")
    base = f"{cast.harbour.url}/quarantine/{item.entity_id}"
    assert posted(lead, f"{base}/discarding", text="").status_code == 422
    taken = posted(lead, f"{base}/taking-over", number=url.rpartition("/")[2])
    assert taken.status_code == 303, taken.text
    (comment,) = happened(app, "action.commented")
    assert comment.text == "New washer"
    (photo,) = photos(app)
    assert (photo.event_id, photo.quarantine_id) == (comment.id, None)
    both = cast.client("contractor.supervisor")
    assert "Done by Staff Contractor" in both.get(url).text
    assert posted(both, f"{base}/discarding", text="Too late").status_code == 409
    assert "Nothing was left behind" in both.get(f"{cast.harbour.url}/quarantine").text
    assert whole(app) == []


def test_fault_53_work_of_somebody_whose_role_may_not_any_more_is_held_and_can_be_discarded(
    app: Flask, cast: Cast
) -> None:
    url, hand = under_way(cast), cast.harbour.people["contractor.staff"]
    removed(cast, "contractor.staff", Role.EXECUTIVE)
    phone = still_signed_in(cast, "contractor.staff")
    assert queued(phone, hand, f"{url}/fix", uuid7()).status_code == 202
    assert posted(phone, f"{url}/fix", text="By hand").status_code == 403
    (item,) = happened(app, "work.quarantined")
    lead = cast.client("contractor.supervisor")
    base = f"{cast.harbour.url}/quarantine/{item.entity_id}"
    assert posted(lead, f"{base}/discarding", text="Was not there").status_code == 303
    (discarded,) = happened(app, "work.discarded")
    assert discarded.text == "Was not there"


def test_fault_53_who_never_could_is_told_no_more_than_before(app: Flask, cast: Cast) -> None:
    url, stranger = under_way(cast), cast.elsewhere.people["contractor.staff"]
    phone = cast.client("contractor.staff", cast.elsewhere)
    nowhere = url.replace("/c/harbour/", "/c/never-was/")
    answers = [queued(phone, stranger, f"{one}/fix", uuid7()) for one in (url, nowhere)]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    executive = cast.harbour.people["customer.executive"]
    removed(cast, "customer.executive")
    never_may = queued(cast.client("customer.executive"), executive, f"{url}/fix", uuid7())
    assert never_may.status_code == 404
    assert never_may.text == answers[1].text
    assert happened(app, "work.quarantined") == []


def test_fault_69_who_was_removed_gets_nothing_with_the_next_request(
    app: Flask, cast: Cast
) -> None:
    phone = cast.client("contractor.staff")
    assert phone.get(f"{cast.harbour.url}/queue").status_code == 200
    removed(cast, "contractor.staff")
    for page in ("queue", "my-work"):
        assert phone.get(f"{cast.harbour.url}/{page}").status_code in (303, 401, 404)
    json = phone.get(f"{cast.harbour.url}/queue", headers={"Accept": "application/json"})
    assert (json.status_code, "Harbour" in json.text) == (401, False)


# ---------------------------------------------------------------- signed out, or long ago


def test_fault_60_what_was_saved_by_somebody_signed_out_waits_for_the_same_person(
    app: Flask, cast: Cast
) -> None:
    url, hand = under_way(cast), cast.harbour.people["contractor.staff"]
    out = queued(cast.client(), hand, f"{url}/fix", uuid7())
    other = queued(cast.client("customer.supervisor"), hand, f"{url}/fix", uuid7())
    someone = str(cast.harbour.people["customer.supervisor"].id)
    assert [(one.status_code, one.get_json()["actor"]) for one in (out, other)] == [
        (401, ""),
        (401, someone),
    ]
    assert state(cast, int(url.rpartition("/")[2])) == State.IN_PROGRESS
    back = queued(cast.client("contractor.staff"), hand, f"{url}/fix", uuid7())
    assert back.status_code == 201


def test_fault_61_a_form_that_waited_for_thirty_days_is_taken(app: Flask, cast: Cast) -> None:
    number, place = report(cast), cast.harbour.places["tap"]
    hand = cast.harbour.members["contractor.staff"]
    scan = {"code": cast.harbour.codes["tap"], "asset": place.id, "member": hand.id}
    then = int(time.time() - timedelta(days=30).total_seconds())
    with app.test_request_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda signer: then)
        token = web.sign("scan", scan)
    url = f"{cast.harbour.url}/actions/{number}/start"
    waited = uuid7(timedelta(days=30))
    client = cast.client("contractor.staff")
    assert sent(client, url, waited, version="1", scan=token).status_code == 201
    (event,) = happened(app, "action.started")
    assert event.data["scanned"] is False


# ---------------------------------------------------------------- cut, repeated, all at once


def whole_body(form: dict[str, Any]) -> tuple[bytes, str]:
    """A form as a browser sends it: its bytes and their type."""
    request = EnvironBuilder(method="POST", data=form).get_request()
    return request.get_data(parse_form_data=False), str(request.content_type)


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_fault_27_a_request_that_is_cut_leaves_nothing_half_made(
    app: Flask, cast: Cast, kind: str
) -> None:
    data = noisy(64)
    form: dict[str, Any] = {"category": "leak", "words": "Drips", "contact": "me@x.example"}
    if kind == "multipart":
        form["photos"] = (io.BytesIO(data), "image.jpg")
    body, type_ = whole_body(form)
    url, sent_as = f"/Q/{cast.harbour.codes['tap']}/reports", uuid7()
    headers = {"Accept": "application/json", "Idempotency-Key": sent_as}
    client = cast.client()
    for share in (0.01, 0.5, 0.99):
        environ = {
            "wsgi.input": io.BytesIO(body[: int(len(body) * share)]),
            "CONTENT_LENGTH": str(len(body)),
        }
        cut = client.post(url, headers=headers, content_type=type_, environ_overrides=environ)
        assert cut.status_code >= 400, (share, cut.text)
        assert reports_of(app) == [], share
    again = client.post(url, headers=headers, content_type=type_, data=body)
    assert again.status_code == 201, again.text
    (one,) = reports_of(app)
    assert one.words == "Drips"
    assert len(photos(app)) == (kind == "multipart")
    assert whole(app) == []


def test_fault_26_the_same_form_again_after_a_lost_answer_is_one_record(
    app: Flask, cast: Cast
) -> None:
    data, sent_as, url = noisy(64), uuid7(), f"/Q/{cast.harbour.codes['tap']}/reports"
    form = {"category": "leak", "words": "Drips"}
    answers = [sent(cast.client(), url, sent_as, named(data), **form).get_json() for _ in range(3)]
    assert len({one["number"] for one in answers}) == 1
    assert len({one["location"] for one in answers}) == 1
    assert [one.reference for one in reports_of(app)] == [answers[0]["number"]]
    assert len(photos(app)) == 1


def test_fault_33_parts_that_come_twice_at_once_and_out_of_order_are_the_photo(
    app: Flask, cast: Cast
) -> None:
    data = noisy(1100)
    ack = sent(
        cast.client(), f"/Q/{cast.harbour.codes['tap']}/reports", "", named(data), category="leak"
    ).get_json()
    (name,) = ack["missing"]
    address, starts = f"{ack['uploads']}/{name}", [*range(0, len(data), PART)] * 2
    assert len(starts) >= 6
    random.Random(33).shuffle(starts)

    def part(offset: int) -> int:
        answer = sent_part(app.test_client(), address, data[offset : offset + PART], offset)
        assert answer.status_code in (200, 409)
        return int(answer.headers["Upload-Offset"])

    with ThreadPoolExecutor(4) as threads:
        while max(threads.map(part, starts)) < len(data):
            pass
    (photo,) = photos(app)
    assert (photo.standing, photo.received_sha256) == ("", name)
    assert whole(app) == []


def test_fault_55_thirty_who_report_one_leak_get_thirty_receipts_for_one_action(
    app: Flask, cast: Cast
) -> None:
    url = f"/Q/{cast.harbour.codes['tap']}/reports"
    first = sent(cast.client(), url, category="leak", words="Drips").get_json()
    with app.app_context(), reading():
        (action,) = actions(app)
    with app.test_request_context():
        joins = known.token(action.id)

    def voice(_: int) -> Any:
        return sent(app.test_client(), url, joins=joins).get_json()

    with ThreadPoolExecutor(4) as threads:
        receipts = [first, *threads.map(voice, range(29))]
    assert len({one["number"] for one in receipts}) == 30
    for one in receipts:
        assert one["number"] in cast.client().get(one["location"]).text
    (action,) = actions(app)
    assert [one.action_id for one in reports_of(app)] == [action.id] * 30
    counted = sum(not one.held for one in reports_of(app))
    assert action.report_count == counted
    assert whole(app) == []
