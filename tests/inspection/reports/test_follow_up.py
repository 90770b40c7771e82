"""What a receipt opens, and what its holder can do without an account."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from inspection import clock
from inspection.actions import merging, moves
from inspection.actions.models import Action
from inspection.actions.moves import Wanted
from inspection.db import db, writing
from inspection.idempotency import Submission
from inspection.journal import Event
from inspection.photos.models import Photo
from inspection.reports.models import Question, Report
from inspection.rules.lifecycle import Given, Move
from inspection.web import hashed
from tests.cast import Cast, key, posted
from tests.qr.test_door import joins, picture, says

OWNER, OTHER = "contractor.supervisor", "customer.supervisor"
NOUNS = (
    *("answers", "photos", "withdrawal", "confirmation"),
    *("return", "reopening", "rating", "thanks"),
)


def told(cast: Cast, place: str = "tap", **fields: Any) -> str:
    """Report something; the receipt's address."""
    answer = says(cast.client(), cast.harbour.codes[place], **fields)
    return str(answer.location).partition("?")[0]


def one(model: Any, **found: Any) -> Any:
    db.session.rollback()
    wanted = select(model).order_by(model.id.desc()).limit(1)
    return db.session.execute(wanted.filter_by(**found)).scalar_one()


def moved(cast: Cast, *steps: Move, number: int = 1, **given: Any) -> None:
    """Let the two parties make these moves."""
    words = {Move.FIX: "New washer, no drip after an hour."}
    for step in steps:
        who = OTHER if step in (Move.ACCEPT, Move.RETURN) else OWNER
        with writing():
            row = moves.found(cast.harbour.contract.id, number)
            text = words.get(step, "some words")
            moves.make(row, Wanted(step, cast.harbour.members[who], Given(text, **given)))


FIXED = (Move.ACKNOWLEDGE, Move.START, Move.FIX)
CLOSED = (*FIXED, Move.ACCEPT)


@pytest.fixture
def client(cast: Cast) -> FlaskClient:
    return cast.client()


def kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.execute(select(Event.kind).order_by(Event.id)).scalars())


# ---------------------------------------------------------------- reading


def test_a_receipt_shows_what_was_said_where_and_what_comes_next(
    cast: Cast, client: FlaskClient
) -> None:
    page = client.get(told(cast, words="It drips\non my feet", photos=picture())).text
    report = one(Report)
    for words in ("Tap 2.14-1", "2.14 Tea kitchen", report.reference, "It drips\non my feet"):
        assert words in page
    assert "We have your report" in page
    assert "Next, somebody reads it" in page
    assert 'aria-current="step"' in page


@pytest.mark.parametrize(
    ("steps", "title"),
    [
        ((Move.ACKNOWLEDGE,), "It has been read"),
        ((Move.ACKNOWLEDGE, Move.START), "It is being worked on"),
        (FIXED, "They say it is fixed"),
        (CLOSED, "Fixed and checked"),
    ],
    ids=["acknowledged", "in progress", "fixed", "closed"],
)
def test_every_state_is_said_in_plain_words_and_names_nobody(
    cast: Cast, client: FlaskClient, steps: tuple[Move, ...], title: str
) -> None:
    receipt = told(cast)
    moved(cast, *steps)
    page = client.get(receipt).text
    assert f"<h1>{title}</h1>" in page
    for person in cast.harbour.people.values():
        assert person.name not in page
        assert person.email not in page


def test_what_was_done_is_told_once_it_is_fixed(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    moved(cast, *FIXED)
    assert "New washer, no drip after an hour." in client.get(receipt).text
    moved(cast, Move.RETURN)
    assert "New washer" not in client.get(receipt).text


def test_a_temporary_fix_says_when_the_lasting_one_is_expected(
    cast: Cast, client: FlaskClient
) -> None:
    receipt = told(cast)
    moved(cast, Move.ACKNOWLEDGE, Move.START)
    with writing():
        row = moves.found(cast.harbour.contract.id, 1)
        given = Given("Bucket under it", expected_on=date(2031, 3, 14))
        by = cast.harbour.members[OWNER]
        moves.make(row, Wanted(Move.FIX_TEMPORARILY, by, given))
    assert "The lasting fix is expected by Friday 14 March." in client.get(receipt).text


def test_a_wrong_receipt_answers_like_any_missing_page(cast: Cast, client: FlaskClient) -> None:
    told(cast)
    nowhere = client.get("/nowhere-at-all")
    for address in ("/r/AAAAAAAAAAAAAAAAAAAAAA", "/r/x", f"/r/{one(Report).id}"):
        answer = client.get(address)
        assert answer.status_code == nowhere.status_code == 404
        assert re.sub(r'nonce="[^"]*"', "", answer.text) == re.sub(
            r'nonce="[^"]*"', "", nowhere.text
        )
        for noun in NOUNS:
            assert posted(client, f"{address}/{noun}").status_code in (404, 422)
            assert client.get(f"{address}/{noun}").status_code == 404


def test_the_secret_is_stored_nowhere(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    posted(client, f"{receipt}/photos", photos=picture())
    secret = receipt.rpartition("/")[2]
    assert one(Report).receipt_hash == hashed(secret)
    db.session.rollback()
    answers = db.session.execute(select(Submission.answer)).scalars()
    assert all(secret not in str(answer) for answer in answers)


def test_words_written_without_a_line_are_marked_as_late(cast: Cast, client: FlaskClient) -> None:
    early = clock.now() - timedelta(hours=2)
    assert "it reached us later" in client.get(told(cast, captured_at=early.isoformat())).text
    soon = clock.now().isoformat()
    assert "it reached us later" not in client.get(told(cast, captured_at=soon)).text
    wrong = "1970-01-01T00:00:00Z"
    assert "it reached us later" not in client.get(told(cast, captured_at=wrong)).text


def test_a_merged_report_follows_its_master(cast: Cast, client: FlaskClient) -> None:
    first, second = told(cast, words="first"), told(cast, words="second")
    with writing():
        rows = [moves.found(cast.harbour.contract.id, number) for number in (1, 2)]
        merging.merge(rows[1], rows[0], cast.harbour.members[OWNER], rows[1].version)
    moved(cast, *FIXED, number=1)
    for receipt in (first, second):
        assert "They say it is fixed" in client.get(receipt).text
    assert posted(client, f"{second}/return", text="still drips").status_code == 303
    assert "It is being worked on" in client.get(first).text


def test_own_photos_are_shown_to_the_holder_and_no_others_are(
    cast: Cast, client: FlaskClient
) -> None:
    mine = told(cast, photos=picture("red"))
    others = told(cast, photos=picture("blue"))
    first, second = (photo.id for photo in _photos())
    answer = client.get(f"{mine}/photos/{first}/thumbnail")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert client.get(f"{mine}/photos/{second}/thumbnail").status_code == 404
    assert client.get(f"{others}/photos/{first}/picture").status_code == 404
    assert client.get(f"/r/x/photos/{first}/picture").status_code == 404


def _photos() -> list[Photo]:
    db.session.rollback()
    return list(db.session.execute(select(Photo).order_by(Photo.id)).scalars())


@pytest.mark.parametrize("language", ["en", "da", "sv", "nb", "fi", "de", "pl", "ar"])
def test_the_receipt_speaks_the_language_of_the_phone(
    cast: Cast, client: FlaskClient, language: str
) -> None:
    receipt = told(cast)
    root = f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}" '
    assert root in client.get(receipt, headers={"Accept-Language": language}).text
    answer = posted(client, f"{receipt}/thanks", lang=language)
    assert answer.location == f"./?lang={language}&said=thanked"
    assert root in client.get(f"{receipt}/?lang={language}&said=thanked").text


# ---------------------------------------------------------------- doing


def test_a_question_is_answered_once(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    question = _asked(cast)
    assert "Which tap, left or right?" in client.get(receipt).text
    empty = posted(client, f"{receipt}/answers", question=question, text=" ")
    assert empty.status_code == 422
    assert "Write the answer first." in empty.text
    done = posted(client, f"{receipt}/answers", question=question, text="The left one")
    assert done.location == "./?said=answered"
    assert one(Question).answer == "The left one"
    page = client.get(f"{receipt}/?said=answered").text
    assert "Your answer was passed on." in page
    assert "Which tap" not in page
    assert posted(client, f"{receipt}/answers", question=question, text="x").status_code == 422


def test_a_question_of_another_action_is_not_mine_to_answer(
    cast: Cast, client: FlaskClient
) -> None:
    told(cast)
    question = _asked(cast)
    other = told(cast)
    assert "Which tap" not in client.get(other).text
    assert posted(client, f"{other}/answers", question=question, text="x").status_code == 422
    assert one(Question).answer == ""


def _asked(cast: Cast) -> int:
    with writing():
        values = {
            "contract_id": cast.harbour.contract.id,
            "action_id": one(Action).id,
            "text": "Which tap, left or right?",
            "asked_by": cast.harbour.members[OWNER].id,
            "asked_at": clock.now(),
            "answer": "",
        }
        statement = insert(Question).values(values).returning(Question.id)
        return int(db.session.execute(statement).scalar_one())


def test_a_photo_can_be_added_later(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    assert posted(client, f"{receipt}/photos").status_code == 422
    assert posted(client, f"{receipt}/photos", photos=picture()).location == "./?said=photo_added"
    (photo,) = _photos()
    assert photo.report_id == one(Report).id
    assert f"{receipt}/photos/{photo.id}/thumbnail" in client.get(receipt).text


def test_a_report_is_taken_back_behind_a_second_tap(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    page = client.get(receipt).text
    folded = page[page.index("Take this report back") :]
    assert folded.index("Yes, take it back") < folded.index("</details>")
    assert posted(client, f"{receipt}/withdrawal").location == "./?said=withdrawn"
    assert one(Action).state == "closed"
    page = client.get(receipt).text
    assert "You took this report back" in page
    assert "Report it again" in page
    assert posted(client, f"{receipt}/withdrawal").status_code in (409, 422)


def test_the_last_of_two_that_are_taken_back_takes_the_action_along(
    cast: Cast, client: FlaskClient
) -> None:
    first = told(cast)
    code = cast.harbour.codes["tap"]
    (token,) = joins(client.get(f"/Q/{code}").text)
    second = posted(client, f"/Q/{code}/reports", joins=token).location.partition("?")[0]
    posted(client, f"{first}/withdrawal")
    action = one(Action)
    assert (action.state, action.report_count) == ("received", 1)
    assert "1 person" in client.get(f"/Q/{code}").text
    posted(client, f"{second}/withdrawal")
    assert one(Action).state == "closed"


def test_yes_it_is_fixed_is_passed_on_and_closes_nothing(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    assert posted(client, f"{receipt}/confirmation").status_code == 422
    moved(cast, *FIXED)
    page = client.get(receipt).text
    assert "Yes, it is fixed" in page
    assert "No, it is not" in page
    assert posted(client, f"{receipt}/confirmation").location == "./?said=confirmed"
    assert one(Action).state == "fixed"
    assert one(Report).confirmed_at is not None
    assert "You said yes" in client.get(receipt).text


def test_no_it_is_not_needs_words_and_sends_it_back(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    moved(cast, *FIXED)
    empty = posted(client, f"{receipt}/return", photos=picture())
    assert empty.status_code == 422
    assert "Say what is not right yet." in empty.text
    (kept,) = re.findall(r'name="kept" value="([^"]+)"', empty.text)
    assert '<details class="answer" open>' in empty.text
    done = posted(client, f"{receipt}/return", text="It still drips", kept=kept)
    assert done.location == "./?said=returned"
    action = one(Action)
    assert (action.state, action.reopen_count) == ("in_progress", 1)
    assert len(_photos()) == 1


def test_it_can_be_reopened_for_five_working_days_and_then_reported_again(
    cast: Cast, client: FlaskClient
) -> None:
    receipt = told(cast)
    moved(cast, *CLOSED)
    page = client.get(receipt).text
    assert "You can reopen this until" in page
    with clock.shifted_by(timedelta(days=9)):
        late = client.get(receipt).text
        assert "It is back" not in late
        assert f'href="/Q/{cast.harbour.codes["tap"]}"' in late
        refused = posted(client, f"{receipt}/reopening", text="It drips again")
        assert refused.status_code == 422
        assert "Report it again instead." in refused.text
    done = posted(client, f"{receipt}/reopening", text="It drips again")
    assert done.location == "./?said=reopened"
    assert one(Action).state == "in_progress"


def test_a_rating_is_one_tap_and_a_later_one_replaces_it(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    assert posted(client, f"{receipt}/rating", stars=5).status_code == 422
    moved(cast, *CLOSED)
    assert posted(client, f"{receipt}/rating", stars=2).location == "./?said=rated"
    posted(client, f"{receipt}/rating", stars=4, text="Quick after all")
    report = one(Report)
    assert (report.satisfaction, report.satisfaction_text) == (4, "Quick after all")
    assert "You gave 4 of 5" in client.get(receipt).text
    for stars in ("0", "6", "-1", "x", "", "1e9"):
        assert posted(client, f"{receipt}/rating", stars=stars).status_code == 422
    assert one(Report).satisfaction == 4


def test_thanks_are_one_tap_and_passed_on_once(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    moved(cast, *CLOSED)
    assert "Say thanks" in client.get(receipt).text
    assert posted(client, f"{receipt}/thanks").location == "./?said=thanked"
    assert posted(client, f"{receipt}/thanks").status_code == 409
    assert kinds().count("report.thanked") == 1
    assert "You said thanks." in client.get(receipt).text


def test_a_double_tap_on_a_receipt_applies_once(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    moved(cast, *CLOSED)
    fields, headers = {"submission_key": key()}, {"Accept": "application/json"}
    first = client.post(f"{receipt}/thanks", data=fields)
    again = client.post(f"{receipt}/thanks", data=fields, headers=headers)
    assert (first.status_code, again.status_code) == (303, 200)
    assert again.json["said"] == "thanked"
    assert kinds().count("report.thanked") == 1


def test_a_held_report_has_no_voice_in_the_work(cast: Cast, client: FlaskClient) -> None:
    told(cast)
    code = cast.harbour.codes["tap"]
    (token,) = joins(client.get(f"/Q/{code}").text)
    held = posted(client, f"/Q/{code}/reports", joins=token, website="x")
    receipt = held.location.partition("?")[0]
    moved(cast, *FIXED)
    page = client.get(receipt).text
    assert "New washer" not in page
    for noun in ("confirmation", "return", "rating", "thanks"):
        answer = posted(client, f"{receipt}/{noun}", **_needed(noun))
        assert answer.status_code == 422
        assert "A person has to look at your report first." in answer.text
    assert one(Action).state == "fixed"


def _needed(noun: str) -> dict[str, str]:
    return {"return": {"text": "x"}, "rating": {"stars": "1"}}.get(noun, {})


@pytest.mark.parametrize("noun", NOUNS)
def test_a_form_that_came_back_can_be_reloaded(cast: Cast, client: FlaskClient, noun: str) -> None:
    receipt = told(cast)
    answer = client.get(f"{receipt}/{noun}?lang=da")
    assert (answer.status_code, answer.location) == (303, f"{receipt}?lang=da")


def test_what_the_parties_write_is_text(cast: Cast, client: FlaskClient) -> None:
    receipt = told(cast)
    attack = "<img src=x onerror=alert(1)>"
    moved(cast, Move.ACKNOWLEDGE, Move.START)
    with writing():
        row = moves.found(cast.harbour.contract.id, 1)
        moves.make(row, Wanted(Move.FIX, cast.harbour.members[OWNER], Given(attack)))
    page = client.get(receipt).text
    assert attack not in page
    assert "&lt;img src=x" in page
