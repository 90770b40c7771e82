"""Changes that come late, twice or out of order: nothing is lost, and nothing is overwritten."""

from __future__ import annotations

import hashlib
import secrets
import time
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from inspection import clock
from inspection.db import db, reading, table
from inspection.idempotency import Variant
from inspection.journal import Event, EventText
from inspection.rules.states import State
from tests.cast import Cast, posted
from tests.inspection.photos.test_uploads import named, noisy, photos
from tests.inspection.photos.test_uploads import sent as sent_part
from tests.inspection.queue.test_story import report, state
from tests.rig.wholeness import whole

_events, _texts = table(Event), table(EventText)
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
        return list(db.session.execute(asked.where(_events.c.kind == kind)))


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
