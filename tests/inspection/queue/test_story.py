"""The main job, end to end, by form posts: report, acknowledge, start, fix, accept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from inspection import journal
from inspection.actions import moves
from inspection.actions.models import Action
from inspection.db import db, table, writing
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.rules.states import State
from tests.cast import Cast, key, posted

_actions = table(Action)


def report(cast: Cast, words: str = "Tap drips", category: str = "leak", place: str = "tap") -> int:
    """A report at a place of the harbour; the number of its action."""
    here = cast.harbour
    with writing():
        asset, about = here.places[place], here.categories[category]
        return receiving.receive(
            Said(asset, about, words, "en", receipt=key())  # type: ignore[arg-type]
        ).action_number


def state(cast: Cast, number: int) -> str:
    db.session.rollback()
    return str(moves.found(cast.harbour.contract.id, number).state)


def test_both_parties_put_a_tap_right_together(cast: Cast) -> None:
    number = report(cast)
    url = f"{cast.harbour.url}/actions/{number}"
    lead = cast.client("contractor.supervisor")
    hand = cast.harbour.members["contractor.staff"].id
    answer = posted(lead, f"{url}/acknowledgement", category="leak", priority="P3", assignee=hand)
    assert answer.status_code == 303, answer.text
    assert state(cast, number) == State.ACKNOWLEDGED

    worker = cast.client("contractor.staff")
    assert posted(worker, f"{url}/start").status_code == 303
    assert posted(worker, f"{url}/fix", text="New washer").status_code == 303
    assert state(cast, number) == State.FIXED

    own = posted(lead, f"{url}/acceptance")
    assert own.status_code == 422
    assert "Your own party fixed this" in own.text
    other = cast.client("customer.supervisor")
    assert posted(other, f"{url}/acceptance").status_code == 303
    assert state(cast, number) == State.CLOSED
    assert journal.first_broken(cast.harbour.contract.id) is None


@pytest.mark.parametrize("who", ["customer.supervisor", "contractor.executive"])
def test_every_page_of_the_room_opens_for_both_parties(cast: Cast, who: str) -> None:
    number = report(cast)
    client = cast.client(who)
    for page in (
        "queue",
        "queue?court=contractor&priority=P3&q=tap&age=day",
        "queue?state=closed",
        f"actions/{number}",
        "my-work",
        f"places/{cast.harbour.places['level'].id}",
        "places",
        "places?q=kitchen",
        f"places/{cast.harbour.places['tap'].id}/codes",
        "summary",
        "inbox",
    ):
        answer = client.get(f"{cast.harbour.url}/{page}")
        assert answer.status_code == 200, (page, answer.text[:300])
    assert client.get("/contracts").status_code == 200


def test_a_mistake_brings_the_action_back_with_the_words_and_the_sentence(cast: Cast) -> None:
    number = report(cast, category="doors")
    url = f"{cast.harbour.url}/actions/{number}"
    worker = cast.client("contractor.staff")
    posted(worker, f"{url}/start")
    answer = posted(worker, f"{url}/fix", text="Hinge oiled, closes again")
    assert answer.status_code == 422
    assert "Hinge oiled, closes again" in answer.text
    assert "Add a photo that shows how you leave it." in answer.text
    assert state(cast, number) == State.IN_PROGRESS


def test_the_second_of_two_is_told_who_was_quicker_and_keeps_the_words(cast: Cast) -> None:
    number = report(cast)
    url = f"{cast.harbour.url}/actions/{number}"
    first, second = cast.client("contractor.staff"), cast.client("contractor.supervisor")
    assert posted(first, f"{url}/start", version=1).status_code == 303
    answer = posted(second, f"{url}/start", version=1)
    assert answer.status_code == 409
    assert "Staff Contractor was quicker" in answer.text


def test_the_same_form_sent_twice_moves_once(cast: Cast) -> None:
    number = report(cast)
    url = f"{cast.harbour.url}/actions/{number}/comments"
    client, same = cast.client("customer.staff"), key()
    form = {"submission_key": same, "text": "Still dripping"}
    json = {"Accept": "application/json"}
    first, again = (client.post(url, data=form, headers=json) for _ in range(2))
    assert first.status_code == 201
    assert again.status_code == 200
    assert first.json["ack"] == again.json["ack"] == same
    assert first.json["sha256"] == again.json["sha256"]
    other = client.post(url, data=form | {"text": "Something else"}, headers=json)
    assert other.status_code == 409
    db.session.rollback()
    kinds = db.session.execute(
        select(journal.Event.kind).where(journal.Event.kind == "action.commented")
    ).all()
    assert len(kinds) == 1


def test_who_may_release_held_reports_is_led_to_them_from_the_queue(cast: Cast) -> None:
    here = cast.harbour
    with writing():
        asset, about = here.places["tap"], here.categories["leak"]
        receiving.receive(
            Said(asset, about, "Buy now", "en", receipt=key(), held=True)  # type: ignore[arg-type]
        )
    led = "1 report is held for a look."
    assert led in cast.client("customer.supervisor").get(f"{here.url}/queue").text
    assert led not in cast.client("customer.staff").get(f"{here.url}/queue").text
