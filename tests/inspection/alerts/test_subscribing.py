"""Who is told where: a person on a phone they are signed in on, a reporter of one report."""

from __future__ import annotations

import os
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from inspection.alerts import inbox, subscribing
from inspection.alerts.models import PushSubscription
from inspection.alerts.push import Failed, Gone, Later, Sent
from inspection.db import db, table, writing
from inspection.people import memberships, sessions
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.web import hashed
from tests.cast import Cast, key, posted
from tests.inspection.alerts.push_service import GOOGLE, Phone, b64
from tests.inspection.queue.test_story import report

LEAD = "contractor.supervisor"
_kept = table(PushSubscription)


def phone(name: str = "abc") -> Phone:
    return Phone(f"https://{GOOGLE}/fcm/send/{name}")


def rows() -> list[Any]:
    db.session.rollback()
    return list(db.session.execute(select(_kept).order_by(_kept.c.id)))


def known(client: FlaskClient, address: str = "/me/push") -> dict[str, Any]:
    found: dict[str, Any] = client.get(address).json
    return found


def reached(cast: Cast, *who: str) -> list[str]:
    """The endpoints that a notice to these members would go to."""
    db.session.rollback()
    ids = [cast.harbour.members[one].id for one in who]
    return [row.endpoint for row in subscribing.of_members(cast.harbour.contract.id, ids)]


def told(cast: Cast) -> tuple[int, str]:
    """Somebody without an account reports a leak: the id of the report, and its receipt."""
    here, receipt = cast.harbour, key()
    with writing():
        heard = receiving.receive(
            Said(here.places["tap"], here.categories["leak"], "words", "en", receipt)  # type: ignore[arg-type]
        )
    return heard.id, receipt


def test_a_phone_is_told_for_the_person_who_switched_it_on(cast: Cast) -> None:
    client, mine = cast.client(LEAD), phone()
    before = known(client)
    assert before["on"] == before["asleep"] == []
    assert len(before["key"]) == 87
    answer = client.post(
        "/me/push",
        data=mine.form | {"submission_key": key()},
        headers={
            "User-Agent": "Mozilla/5.0 (Linux; Android 16) Chrome/150.0",
            "Accept": "text/html",
        },
    )
    assert answer.status_code == 303
    [row] = rows()
    assert (row.host, row.device, row.failed) == (GOOGLE, "Chrome, Android", 0)
    assert known(client)["on"] == [hashed(mine.endpoint)]
    [reachable] = subscribing.of_members(cast.harbour.contract.id, [cast.harbour.members[LEAD].id])
    assert reachable.endpoint == mine.endpoint
    assert reachable.member_id == cast.harbour.members[LEAD].id
    assert reachable.language == "en"
    assert reached(cast, "customer.supervisor") == []


def test_switching_on_twice_is_one_subscription_and_off_is_none(cast: Cast) -> None:
    client, mine = cast.client(LEAD), phone()
    for _ in range(2):
        posted(client, "/me/push", **mine.form)
    posted(client, "/me/push", **phone("tablet").form)
    assert [row.endpoint for row in rows()] == [mine.endpoint, phone("tablet").endpoint]
    posted(client, "/me/push/removal", endpoint=mine.endpoint)
    assert [row.endpoint for row in rows()] == [phone("tablet").endpoint]


def test_a_replayed_form_is_applied_once(cast: Cast) -> None:
    client, form = cast.client(LEAD), phone().form | {"submission_key": key()}
    json = {"Accept": "application/json"}
    assert client.post("/me/push", data=form, headers=json).status_code == 201
    assert client.post("/me/push", data=form, headers=json).status_code == 200
    assert len(rows()) == 1


def test_a_shared_phone_is_told_for_its_last_person_alone(cast: Cast) -> None:
    for who in (LEAD, "contractor.staff"):
        posted(cast.client(who), "/me/push", **phone().form)
    assert len(rows()) == 1
    assert reached(cast, LEAD) == []
    assert len(reached(cast, "contractor.staff")) == 1


def test_signing_out_silences_the_phone_and_signing_in_again_wakes_it(cast: Cast) -> None:
    client = cast.client(LEAD)
    posted(client, "/me/push", **phone().form)
    posted(client, "/sign-out")
    assert reached(cast, LEAD) == []
    again = cast.client(LEAD)
    assert known(again) | {"key": ""} == {
        "key": "",
        "on": [],
        "asleep": [hashed(phone().endpoint)],
    }
    posted(again, "/me/push", **phone().form)
    assert len(reached(cast, LEAD)) == len(rows()) == 1


def test_a_lost_phone_is_silenced_by_ending_its_session_from_another(cast: Cast) -> None:
    posted(cast.client(LEAD), "/me/push", **phone().form)
    posted(cast.client(LEAD), "/me/sessions/ending")
    assert reached(cast, LEAD) == []


def test_only_the_newest_browsers_of_a_person_stay(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(subscribing.MOST, "person_id", 2)
    client = cast.client(LEAD)
    posted(cast.client("contractor.staff"), "/me/push", **phone("another").form)
    for name in "abc":
        posted(client, "/me/push", **phone(name).form)
    assert [row.endpoint[-1] for row in rows()] == ["r", "b", "c"]


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": f"https://{GOOGLE}.attacker.example/x"},
        {"endpoint": f"https://{GOOGLE}@10.0.0.1/x"},
        {"p256dh": b64(b"\4" + b"\1" * 64)},
        {"p256dh": b64(os.urandom(64))},
        {"p256dh": b64(b"\0")},
        {"p256dh": "not base64!"},
        {"auth": b64(b"\1" * 15)},
        {"auth": b64(b"\1" * 17)},
        {"auth": ""},
    ],
)
def test_fault_88_what_is_no_subscription_is_not_kept(cast: Cast, change: dict[str, str]) -> None:
    _, receipt = told(cast)
    for client, address in (
        (cast.client(LEAD), "/me/push"),
        (cast.client(), f"/r/{receipt}/push"),
    ):
        answer = posted(client, address, **phone().form | change)
        assert answer.status_code == 422
    assert rows() == []


def test_nobody_subscribes_without_signing_in(cast: Cast) -> None:
    assert posted(cast.client(), "/me/push", **phone().form).status_code == 401
    assert cast.client().get("/me/push", headers={"Accept": "application/json"}).status_code == 401
    assert rows() == []


# ---------------------------------------------------------------- one report


def test_a_reporter_is_told_of_one_report_without_an_account(cast: Cast) -> None:
    (one, receipt), (other, _) = told(cast), told(cast)
    address, client, contract = f"/r/{receipt}/push", cast.client(), cast.harbour.contract.id
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ar"
    assert known(client, address)["on"] == []
    assert posted(client, address, **phone().form).status_code == 303
    assert known(client, address)["on"] == [hashed(phone().endpoint)]
    [row] = subscribing.of_report(contract, one)
    assert (row.language, row.person_id) == ("ar", None)
    assert subscribing.of_report(contract, other) == []
    assert subscribing.of_report(cast.elsewhere.contract.id, one) == []
    posted(client, f"{address}/removal", endpoint=phone().endpoint)
    assert rows() == []


def test_a_receipt_that_is_none_opens_nothing(cast: Cast) -> None:
    for address in ("/r/never-was/push", "/r/never-was/push/removal"):
        assert posted(cast.client(), address, **phone().form).status_code == 404
    assert cast.client().get("/r/never-was/push").status_code == 404


def test_a_report_taken_back_is_told_of_no_more(cast: Cast) -> None:
    one, receipt = told(cast)
    client = cast.client()
    posted(client, f"/r/{receipt}/push", **phone().form)
    assert posted(client, f"/r/{receipt}/withdrawal").status_code == 303
    db.session.rollback()
    assert subscribing.of_report(cast.harbour.contract.id, one) == []


def test_one_phone_may_be_a_members_and_a_reporters(cast: Cast) -> None:
    one, receipt = told(cast)
    posted(cast.client(LEAD), "/me/push", **phone().form)
    posted(cast.client(), f"/r/{receipt}/push", **phone().form)
    assert len(reached(cast, LEAD)) == 1
    assert len(subscribing.of_report(cast.harbour.contract.id, one)) == 1


# ---------------------------------------------------------------- what a send came to


def test_fault_100_a_browser_that_is_gone_is_dropped_and_its_page_can_see_it(cast: Cast) -> None:
    client = cast.client(LEAD)
    posted(client, "/me/push", **phone().form)
    [row] = rows()
    with writing():
        subscribing.settle(row.id, Gone())
    assert rows() == []
    assert known(client)["on"] == known(client)["asleep"] == []
    report(cast)  # it was only a way to tell; the inbox has everything
    db.session.rollback()
    assert [one.kind for one in inbox.page(cast.harbour.members[LEAD])] == ["report.received"]


def test_a_browser_that_only_fails_is_given_up_in_the_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "FAILURES", 2)
    posted(cast.client(LEAD), "/me/push", **phone().form)
    [row] = rows()
    for outcome, failed in ((Failed("413"), 1), (Later(60), 1), (Sent(), 0), (Failed("413"), 1)):
        with writing():
            subscribing.settle(row.id, outcome)
        assert rows()[0].failed == failed
    with writing():
        subscribing.settle(row.id, Failed("413"))
    assert rows() == []


def test_fault_69_whoever_left_is_told_nothing_on_any_phone(cast: Cast) -> None:
    here, staff = cast.harbour, "contractor.staff"
    for who in (staff, LEAD):
        posted(cast.client(who), "/me/push", **phone(who).form)
    with writing():
        memberships.end(here.members[LEAD], here.members[staff].id)
    assert [row.endpoint for row in rows()] == [phone(LEAD).endpoint]
    assert reached(cast, staff) == []


def test_fault_69_whoever_works_elsewhere_is_still_told_of_that(cast: Cast) -> None:
    here, there = cast.harbour, cast.elsewhere
    leaving = here.members["contractor.staff"]
    posted(cast.client("contractor.staff"), "/me/push", **phone().form)
    with writing():
        again = memberships.start(
            there.contract.id,
            leaving.person_id,
            there.contract.contractor_id,
            leaving.party,
            leaving.role,
        )
    with writing():
        memberships.end(here.members[LEAD], leaving.id)
    assert reached(cast, "contractor.staff") == []
    assert len(subscribing.of_members(there.contract.id, [again.id])) == 1


def test_what_was_swept_away_takes_its_subscriptions_along(cast: Cast) -> None:
    posted(cast.client(LEAD), "/me/push", **phone().form)
    with writing():
        db.session.execute(table(sessions.Session).delete())
    assert db.session.execute(select(func.count()).select_from(_kept)).scalar_one() == 0
