"""What phones say of the work they hold, and who sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from inspection import clock, tick
from inspection.db import db
from inspection.people import phones
from inspection.people.models import Phone
from tests.cast import Cast, posted

HAND, LEAD = "contractor.staff", "contractor.supervisor"
ANDROID = "Mozilla/5.0 (Linux; Android 15) Chrome/156.0 Mobile Safari/537.36"


def says(client: FlaskClient, key: str = "a" * 32, **fields: Any) -> list[dict[str, Any]]:
    """Let a phone report; what it is told of the others."""
    held = {"unsent": 3, "oldest": 3600, "drafts": 1, "held": "harbour;2;3600"} | fields
    answer = client.post(
        "/phones", data={"key": key, "build": "b1", **held}, headers={"User-Agent": ANDROID}
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json["phones"])


def rows() -> list[Phone]:
    db.session.rollback()
    return list(db.session.execute(select(Phone).order_by(Phone.id)).scalars())


def test_the_last_report_of_a_phone_stands_alone(cast: Cast) -> None:
    client = cast.client(HAND)
    says(client)
    (first,) = rows()
    assert (first.unsent, first.drafts, first.build) == (3, 1, "b1")
    assert first.device == "Chrome, Android"
    assert first.oldest_at is not None
    assert abs(first.reported_at - first.oldest_at - timedelta(hours=1)) < timedelta(seconds=5)
    assert says(client, unsent=0, oldest=0, drafts=0, held=[]) == []
    (last,) = rows()
    assert (last.id, last.unsent, last.oldest_at, last.held) == (first.id, 0, None, {})


def test_an_age_from_a_clock_that_is_wrong_is_still_a_moment(cast: Cast) -> None:
    says(cast.client(HAND), oldest=-900, held="harbour;2;2000000000")
    (row,) = rows()
    assert row.oldest_at is not None
    assert row.oldest_at <= clock.now()


def test_what_is_no_report_is_refused_and_nobody_reports_for_somebody_else(cast: Cast) -> None:
    client = cast.client(HAND)
    for wrong in ({"held": "harbour"}, {"unsent": "many"}, {"key": ""}, {"person": "1"}):
        assert client.post("/phones", data={"key": "k" * 32, **wrong}).status_code == 422
    assert cast.client().post("/phones", data={"key": "k" * 32}).status_code == 401
    other = {"Tandem-Actor": str(cast.harbour.people[LEAD].id)}
    assert client.post("/phones", data={"key": "k" * 32}, headers=other).status_code == 401
    assert rows() == []


def test_fault_10_a_store_that_was_emptied_is_a_loss_that_is_known(cast: Cast) -> None:
    client = cast.client(HAND)
    says(client)
    (told,) = says(client, key="b" * 32, unsent=0, oldest=0, drafts=0, held=[])
    assert (told["unsent"], told["drafts"], told["lost"]) == (3, 1, True)
    lead = cast.client(LEAD).get(f"{cast.harbour.url}/people").text
    assert "This phone reported 2 unsent things. They are gone from it." in lead
    says(client)  # it was another browser after all: the store is there
    assert [row.lost_at is None for row in rows()] == [True, False]


def test_fault_12_the_installed_app_hears_what_the_browser_beside_it_holds(cast: Cast) -> None:
    says(cast.client(HAND), unsent=0, oldest=0, drafts=2, held=[])
    (told,) = says(cast.client(HAND), key="b" * 32, unsent=0, oldest=0, drafts=0, held=[])
    assert (told["device"], told["drafts"], told["lost"]) == ("Chrome, Android", 2, False)


def test_leads_see_the_phones_of_their_own_party_and_of_this_contract_alone(cast: Cast) -> None:
    people = f"{cast.harbour.url}/people"
    says(cast.client(HAND), held=["harbour;2;90000", "elsewhere;1;60"])
    shown = cast.client(LEAD).get(people).text
    assert "Phones that hold work" in shown
    assert "2 things not sent" in shown
    for who in (HAND, "contractor.executive", "customer.supervisor"):
        assert "Phones that hold work" not in cast.client(who).get(people).text, who
    people_here = [cast.harbour.people[HAND].id]
    assert [one.unsent for one in phones.holding("harbour", people_here)] == [2]
    assert phones.holding("never-was", people_here) == []


def test_a_person_has_so_many_phones_and_no_more(cast: Cast) -> None:
    client = cast.client(HAND)
    for number in range(phones.MOST + 2):
        says(client, key=f"{number:032x}")
    assert [row.key for row in rows()] == [f"{n:032x}" for n in range(2, phones.MOST + 2)]


def test_a_phone_goes_with_its_session(cast: Cast) -> None:
    client = cast.client(HAND)
    says(client)
    assert posted(client, "/sign-out").status_code == 303
    assert len(rows()) == 1, "what was kept locked on it is still there"
    with clock.shifted_by(timedelta(days=400)):
        tick.sweep()
    assert rows() == []
