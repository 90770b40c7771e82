from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from inspection import clock
from inspection.db import db, writing
from inspection.people import challenges
from inspection.people.models import Challenge, Mail, Passkey, Session
from tests.cast import Cast, key, posted
from tests.inspection.people.authenticator import Authenticator

WHO = "contractor.staff"


def enrol(client: Any, device: Authenticator, **fields: str) -> Any:
    options = client.post("/me/passkeys/options").get_json()
    return posted(client, "/me/passkeys", credential=device.create(options), name="Phone", **fields)


def signs(client: Any, device: Authenticator) -> str:
    return device.get(client.post("/sign-in/passkey/options").get_json())


@pytest.fixture
def device(cast: Cast) -> Authenticator:
    """A device that keeps a passkey of `WHO`."""
    device = Authenticator()
    assert enrol(cast.client(WHO), device).status_code == 303
    return device


def mails() -> list[str]:
    return list(db.session.execute(select(Mail.subject).order_by(Mail.id)).scalars())


def stored() -> Passkey:
    return db.session.execute(select(Passkey)).scalar_one()


def test_a_passkey_signs_its_person_in(cast: Cast, device: Authenticator) -> None:
    browser = cast.client()
    answer = posted(browser, "/sign-in/passkey", credential=signs(browser, device))
    assert (answer.status_code, answer.location) == (303, "/")
    assert cast.harbour.people[WHO].name in browser.get("/me").text


def test_both_ceremonies_ask_for_a_discoverable_credential_and_a_verified_person(
    cast: Cast,
) -> None:
    client = cast.client(WHO)
    enrolment = client.post("/me/passkeys/options").get_json()
    assert enrolment["authenticatorSelection"]["residentKey"] == "required"
    assert enrolment["authenticatorSelection"]["userVerification"] == "required"
    assert enrolment["rp"]["id"] == "localhost"
    sign_in = cast.client().post("/sign-in/passkey/options").get_json()
    assert sign_in["userVerification"] == "required"
    assert not sign_in.get("allowCredentials")


def test_enrolment_without_user_verification_is_refused(cast: Cast) -> None:
    answer = enrol(cast.client(WHO), Authenticator(verifies=False))
    assert answer.status_code == 422
    assert db.session.execute(select(func.count(Passkey.id))).scalar() == 0


def test_sign_in_without_user_verification_is_refused(cast: Cast, device: Authenticator) -> None:
    device.verifies = False
    browser = cast.client()
    answer = posted(browser, "/sign-in/passkey", credential=signs(browser, device))
    assert answer.status_code == 422
    assert "Set-Cookie" not in answer.headers


def test_a_replayed_assertion_is_refused(cast: Cast, device: Authenticator) -> None:
    browser, thief = cast.client(), cast.client()
    credential = signs(browser, device)
    assert posted(browser, "/sign-in/passkey", credential=credential).status_code == 303
    answer = posted(thief, "/sign-in/passkey", credential=credential)
    assert answer.status_code == 422
    assert "Set-Cookie" not in answer.headers


def test_a_challenge_is_gone_even_when_its_answer_was_refused(
    cast: Cast, device: Authenticator
) -> None:
    browser = cast.client()
    options = browser.post("/sign-in/passkey/options").get_json()
    device.verifies = False
    posted(browser, "/sign-in/passkey", credential=device.get(options))
    device.verifies = True
    assert posted(browser, "/sign-in/passkey", credential=device.get(options)).status_code == 422


def test_a_double_tap_signs_in_once_and_gets_the_same_cookie(
    cast: Cast, device: Authenticator
) -> None:
    first, second = cast.client(), cast.client()
    form = {"submission_key": key(), "credential": signs(first, device)}
    cookies = [
        client.post("/sign-in/passkey", data=form).headers["Set-Cookie"].split(";")[0]
        for client in (first, second)
    ]
    assert cookies[0] == cookies[1]
    with clock.shifted_by(timedelta(minutes=3)):
        assert "Set-Cookie" not in second.post("/sign-in/passkey", data=form).headers


def test_a_challenge_is_good_for_five_minutes(cast: Cast, device: Authenticator) -> None:
    browser = cast.client()
    credential = signs(browser, device)
    with clock.shifted_by(timedelta(minutes=5, seconds=1)):
        assert posted(browser, "/sign-in/passkey", credential=credential).status_code == 422


def test_a_challenge_of_one_ceremony_does_not_serve_the_other(
    cast: Cast, device: Authenticator
) -> None:
    client = cast.client(WHO)
    options = client.post("/me/passkeys/options").get_json()
    signed = device.get({"rpId": "localhost", "challenge": options["challenge"]})
    assert posted(cast.client(), "/sign-in/passkey", credential=signed).status_code == 422


def test_a_challenge_is_taken_once_for_its_ceremony_and_its_person(cast: Cast) -> None:
    one, other = (cast.harbour.people[who].id for who in (WHO, "customer.manager"))
    taken = [
        challenges.take(challenges.give("enrol", one), "sign_in", one),
        challenges.take(challenges.give("enrol", one), "enrol", other),
        challenges.take(challenges.give("sign_in"), "enrol"),
        challenges.take(b"made up", "sign_in"),
    ]
    assert taken == [False] * 4
    value = challenges.give("enrol", one)
    assert [challenges.take(value, "enrol", one) for _ in range(2)] == [True, False]


def test_a_challenge_of_one_person_does_not_enrol_for_another(cast: Cast) -> None:
    options = cast.client(WHO).post("/me/passkeys/options").get_json()
    made = Authenticator().create(options)
    other = cast.client("customer.manager")
    assert posted(other, "/me/passkeys", credential=made, name="Mine now").status_code == 422


def test_a_passkey_made_at_another_origin_is_refused(cast: Cast) -> None:
    assert enrol(cast.client(WHO), Authenticator(origin="http://evil.example")).status_code == 422


def test_a_passkey_is_nobody_elses_by_another_user_handle(
    cast: Cast, device: Authenticator
) -> None:
    device.handle = cast.harbour.people["customer.manager"].handle
    browser = cast.client()
    assert posted(browser, "/sign-in/passkey", credential=signs(browser, device)).status_code == 422


def test_a_counter_that_goes_back_is_logged_and_lets_its_owner_in(
    cast: Cast, device: Authenticator, caplog: pytest.LogCaptureFixture
) -> None:
    for count in (7, 3):
        device.count = count
        browser = cast.client()
        with caplog.at_level(logging.WARNING):
            answer = posted(browser, "/sign-in/passkey", credential=signs(browser, device))
        assert answer.status_code == 303
    assert "counted back from 7 to 3" in caplog.text


@pytest.mark.parametrize(
    "credential",
    [
        *("null", "[]", "{}", "not json", '{"response": []}'),
        '{"response": {"clientDataJSON": 7}}',
        json.dumps({"response": {"clientDataJSON": "bnVsbA"}}),
        '"' + "x" * 30_000 + '"',
    ],
)
def test_what_is_no_credential_is_refused_with_a_sentence(cast: Cast, credential: str) -> None:
    answer = posted(cast.client(), "/sign-in/passkey", credential=credential)
    assert answer.status_code == 422
    assert "notice--refused" in answer.text or "field__error" in answer.text


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(
    cast: Cast, device: Authenticator
) -> None:
    owner, other = cast.client(WHO), cast.client("contractor.manager")
    url = f"/me/passkeys/{stored().id}"
    for path in (url, f"{url}/removal"):
        fields = {"passkey_name": "Taken"} if path == url else {}
        assert posted(other, path, **fields).status_code == 404
    assert posted(owner, url, passkey_name="Old phone").status_code == 303
    assert stored().name == "Old phone"
    refused = posted(owner, url, passkey_name="")
    assert refused.status_code == 422
    assert refused.text.count(">This is needed.<") == 1
    assert posted(owner, f"{url}/removal").status_code == 303
    assert db.session.execute(select(func.count(Passkey.id))).scalar() == 0
    assert mails() == ["A passkey was added", "A passkey was removed"]


def test_a_removed_passkey_signs_nobody_in(cast: Cast, device: Authenticator) -> None:
    posted(cast.client(WHO), f"/me/passkeys/{stored().id}/removal")
    browser = cast.client()
    assert posted(browser, "/sign-in/passkey", credential=signs(browser, device)).status_code == 422


def test_ways_in_change_only_just_after_signing_in(cast: Cast, device: Authenticator) -> None:
    client = cast.client(WHO)
    passkey = stored().id
    with clock.shifted_by(timedelta(minutes=16)):
        assert client.post("/me/passkeys/options").status_code == 403
        assert posted(client, f"/me/passkeys/{passkey}/removal").status_code == 403
        assert "sign in again first" in client.get("/me/passkeys/new").text


def test_expired_challenges_are_swept_when_new_ones_are_made(cast: Cast) -> None:
    with writing():
        db.session.execute(delete(Challenge))
    cast.client().post("/sign-in/passkey/options")
    with clock.shifted_by(timedelta(minutes=6)):
        cast.client().post("/sign-in/passkey/options")
    assert db.session.execute(select(func.count(Challenge.id))).scalar() == 1


def test_the_first_sign_in_from_a_new_device_is_told_by_mail(
    cast: Cast, device: Authenticator
) -> None:
    for _ in range(2):
        browser = cast.client()
        browser.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) Safari/604.1"
        posted(browser, "/sign-in/passkey", credential=signs(browser, device))
    assert mails().count("A sign-in from a new device") == 1
    devices = db.session.execute(select(Session.device)).scalars()
    assert any("iPhone" in name for name in devices)
