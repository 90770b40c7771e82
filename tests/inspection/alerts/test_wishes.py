"""The page where a person says how they are told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from inspection.alerts import delivering, push, wishes
from inspection.db import db
from inspection.journal import Event
from inspection.rules.telling import Group
from tests.cast import Cast, posted
from tests.inspection.alerts.telling_people import Service, mails, phone, told

HAND = "contractor.staff"
FORM = {
    **dict.fromkeys(Group, "at_once"),
    "quiet_from": "22:00",
    "quiet_to": "07:00",
    "summary_at": "08:15",
    "rhythm": "workdays",
    "tz": "Europe/Helsinki",
}


def test_what_is_wished_is_kept_and_shown_again(cast: Cast) -> None:
    client = cast.client(HAND)
    assert 'value="07:30"' in client.get("/me/notices").text
    answer = posted(client, "/me/notices", **FORM)
    assert answer.location == "/me/notices?said=saved"
    said = client.get("/me/notices", headers={"Accept": "application/json"}).json
    assert said["groups"] == dict.fromkeys(Group, "at_once")
    assert said["quiet"] == ["22:00", "07:00"]
    assert (said["summary_at"], said["rhythm"]) == ("08:15", "workdays")
    assert said["tz"] == "Europe/Helsinki"
    posted(client, "/me/notices", **{**FORM, "quiet_from": "", "quiet_to": "", "tz": ""})
    said = client.get("/me/notices", headers={"Accept": "application/json"}).json
    assert (said["quiet"], said["tz"]) == ([], "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_to": ""},
        {"summary_at": "25:00"},
        {"tz": "Europe/Atlantis"},
        {"urgent": "never"},
        {"rhythm": "hourly"},
    ],
)
def test_what_cannot_be_meant_is_refused_beside_what_was_typed(
    cast: Cast, wrong: dict[str, str]
) -> None:
    client = cast.client(HAND)
    answer = posted(client, "/me/notices", **{**FORM, **wrong})
    assert answer.status_code == 422
    assert 'value="08:15"' in answer.text or "summary_at" in wrong
    assert "field__error" in answer.text


def test_a_test_notice_goes_to_every_phone_or_by_mail(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service()
    monkeypatch.setattr(push, "send", service.send)
    delivering._resting.clear()
    client = cast.client(HAND)
    assert posted(client, "/me/notices/trial").location.endswith("said=tried-by-mail")
    told()
    assert mails(HAND)[0].subject.startswith("A test")
    first, second = phone(cast, HAND), phone(cast, HAND, "web.push.apple.com")
    assert posted(client, "/me/notices/trial").location.endswith("said=tried")
    told()
    assert service.bodies(HAND) == ["A test: this is how a notice reaches you."] * 2
    assert posted(client, f"/me/notices/phones/{first}/removal").status_code == 303
    assert posted(client, f"/me/notices/phones/{first}/removal").status_code == 404
    other = cast.client("customer.staff")
    assert posted(other, f"/me/notices/phones/{second}/removal").status_code == 404
    for _ in range(9):
        answer = posted(client, "/me/notices/trial")
    assert answer.status_code == 429


def test_being_on_duty_stands_in_the_journal_once(cast: Cast) -> None:
    client = cast.client(HAND)
    for on in ("1", "1", "", ""):
        posted(client, f"{cast.harbour.url}/duty", on=on)
        db.session.rollback()
        assert wishes.on_duty(cast.harbour.members[HAND]) is (on == "1")
    told = select(Event.kind).where(Event.kind.like("duty.%")).order_by(Event.id)
    kinds = db.session.execute(told).scalars()
    assert list(kinds) == ["duty.began", "duty.ended"]
