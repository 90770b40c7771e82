"""Decisions and holds through the web, from both sides, as forms are posted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from inspection import clock
from inspection.actions.models import Action
from inspection.alerts.inbox import page, unread_count
from inspection.db import db, table, writing
from inspection.reports.models import Report
from inspection.rules.access import Party
from inspection.rules.states import State
from inspection.web import hashed
from tests.cast import Cast, posted
from tests.inspection.actions.waiting import Work, at

OWNERS = pytest.mark.parametrize("owner", list(Party))


def leads(work: Work) -> tuple[Any, Any]:
    """Browsers of the owner's and the other party's supervisor."""
    ours, theirs = work.owner.value, work.owner.other.value
    return work.cast.client(f"{ours}.supervisor"), work.cast.client(f"{theirs}.supervisor")


def url(work: Work) -> str:
    return f"{work.cast.harbour.url}/actions/{work.number}"


def row(work: Work) -> Any:
    db.session.rollback()
    return work.row


@OWNERS
def test_a_permit_is_asked_for_and_answered_with_one_tap(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        us, them = leads(work)
        answer = posted(
            us, f"{url(work)}/decisions", kind="quote", text="Shut off?", amount="DKK 900"
        )
        assert answer.status_code == 303, answer.text
        answer = posted(us, f"{url(work)}/hold", reason="waiting_approval")
        assert answer.status_code == 303, answer.text
        assert row(work).paused_at == at(2, 10)
        asked = them.get(f"{cast.harbour.url}/decisions")
        assert "1 waits for us" in asked.text
        assert "DKK 900" in asked.text
        key = work.decisions()[0].id
        tap = f"{url(work)}/decisions/{key}/answer"
        own = posted(us, tap, answer="yes")
        assert own.status_code == 422
        assert "The other party is asked, not yours" in own.text
        version = re.search(r'name="version" value="(\d+)"', asked.text)
        assert version
    with clock.standing_at(at(5, 14)):
        answer = posted(them, tap, answer="yes", back="1", version=version[1])
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(f"{cast.harbour.url}/decisions")
        assert "answered 4 hours late" in us.get(url(work)).text
        assert "answered 4 hours late" in us.get(f"{cast.harbour.url}/decisions").text
    assert row(work).paused_at is None
    assert row(work).court == owner


@OWNERS
def test_who_is_asked_is_told_and_the_bar_counts_what_waits_for_them(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        us, them = leads(work)
        before = [unread_count(member) for member in (work.us, work.them)]
        posted(us, f"{url(work)}/decisions", kind="access", text="May we come in?")
        db.session.rollback()
        after = [unread_count(member) for member in (work.us, work.them)]
        assert [b - a for a, b in zip(before, after, strict=True)] == [0, 1]
        assert page(work.them)[0].kind == "action.decision_asked"
        badge = '<span class="visually-hidden"> wait for us</span>'
        queue = f"{cast.harbour.url}/queue?all=1"
        assert badge in them.get(queue).text
        assert badge not in us.get(queue).text
        posted(them, f"{url(work)}/decisions/{work.decisions()[0].id}/answer", answer="no")
        assert badge not in them.get(queue).text
        db.session.rollback()
        assert page(work.us)[0].kind == "action.decision_answered"


def test_a_stale_page_is_told_and_keeps_its_words(cast: Cast) -> None:
    work = Work.begins(cast, Party.CONTRACTOR)
    with clock.standing_at(at(2, 10)):
        us, them = leads(work)
        posted(us, f"{url(work)}/decisions", kind="access", text="May we come in?")
        key = work.decisions()[0].id
        answer = posted(
            them,
            f"{url(work)}/decisions/{key}/answer",
            answer="no",
            text="Not before Friday",
            version="1",
        )
        assert answer.status_code == 409
        assert "was quicker" in answer.text
        assert "Not before Friday" in answer.text
        answer = posted(us, f"{url(work)}/hold", reason="stop", text="Alarm test", version="1")
        assert answer.status_code == 409
        assert "Alarm test" in answer.text


def test_a_hold_without_what_shows_it_comes_back_with_the_reason(cast: Cast) -> None:
    work = Work.begins(cast, Party.CONTRACTOR)
    with clock.standing_at(at(2, 10)):
        us, _ = leads(work)
        answer = posted(us, f"{url(work)}/hold", reason="weather", text="Flood", aware_at="soon")
        assert answer.status_code == 422
        assert "This is not a date and time." in answer.text
        answer = posted(us, f"{url(work)}/hold", reason="weather", text="Flood in the yard")
        assert answer.status_code == 422
        assert "Say why the work would be on time without this event." in answer.text
        assert "Flood in the yard" in answer.text
    assert row(work).paused_at is None


@OWNERS
def test_a_hold_is_seen_contested_upheld_and_taken_back_from_both_sides(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        us, them = leads(work)
        posted(us, f"{url(work)}/hold", reason="stop", text="Alarm test all day")
        key = work.hold.id
        seen = them.get(url(work)).text
        assert "Alarm test all day" in seen
        assert "is provisional" in seen
        answer = posted(them, f"{url(work)}/hold/contest", hold=key, text="Nobody stopped you")
        assert answer.status_code == 303, answer.text
        assert "Nobody stopped you" in us.get(url(work)).text
        assert posted(them, f"{url(work)}/hold/upholding", hold=key).status_code == 303
        assert posted(us, f"{url(work)}/hold/voiding", hold=key).status_code == 303
        assert "Taken back: it never counted." in them.get(url(work)).text
        assert posted(us, f"{url(work)}/hold/voiding", hold="9999").status_code == 404
    assert row(work).paused_at is None


def test_an_earlier_beginning_is_read_on_the_clock_of_the_place(cast: Cast) -> None:
    work = Work.begins(cast, Party.CONTRACTOR)
    with clock.standing_at(at(2, 12)):
        us, them = leads(work)
        answer = posted(
            us,
            f"{url(work)}/hold",
            reason="waiting_parts",
            text="A valve",
            begins_at="2026-03-02T10:30",
        )
        assert answer.status_code == 303, answer.text
        tap = f"{url(work)}/decisions/{work.decisions()[0].id}/answer"
        assert posted(them, tap, answer="yes").status_code == 303
    assert row(work).paused_at == at(2, 10, 30)


def test_a_late_answer_is_relieved_by_the_party_that_waited(cast: Cast) -> None:
    work = Work.begins(cast, Party.CONTRACTOR)
    with clock.standing_at(at(2, 10)):
        us, them = leads(work)
        posted(us, f"{url(work)}/decisions", kind="access", text="May we come in?")
    with clock.standing_at(at(5, 14)):
        key = work.decisions()[0].id
        posted(them, f"{url(work)}/decisions/{key}/answer", answer="yes")
        timer = work.clock("decision").id
        relief = f"{url(work)}/clocks/{timer}/relief"
        assert posted(them, relief, text="We were ill").status_code == 422
        assert posted(us, relief, text="They were ill").status_code == 303
        assert "answered 4 hours late" in us.get(url(work)).text
    db.session.rollback()
    assert work.clock("decision").relieved_at == at(5, 14)
    assert work.clock("decision").breached_at == at(5, 10)


@pytest.mark.parametrize("language", ["en", "da", "ar"])
def test_whoever_reported_it_reads_why_it_is_out_of_scope(cast: Cast, language: str) -> None:
    work = Work.begins(cast, Party.CONTRACTOR)
    with clock.standing_at(at(2, 10)):
        us, them = leads(work)
        posted(us, f"{url(work)}/decisions", kind="scope", text="The tenant's own machine")
        key = work.decisions()[0].id
        posted(them, f"{url(work)}/decisions/{key}/answer", answer="yes", text="We agree")
        assert row(work).state == State.CLOSED
        with writing():
            reports = table(Report)
            db.session.execute(reports.update().values(receipt_hash=hashed("receipt")))
        told = cast.client().get(f"/r/receipt?lang={language}")
    assert told.status_code == 200
    assert "The tenant&#39;s own machine" in told.text
    assert "We agree" in told.text


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("closed", "effective"),
        ("closed", "ineffective"),
        ("closed", "withdrawn"),
        ("plan_submitted", None),
        ("monitoring", "fixed"),
    ],
)
def test_every_state_of_removing_a_cause_is_told_in_plain_words(
    cast: Cast, state: str, outcome: str | None
) -> None:
    Work.begins(cast, Party.CONTRACTOR)
    actions, reports = table(Action), table(Report)
    with writing():
        values = {"state": state, "outcome": outcome, "monitoring_until": at(30, 9)}
        db.session.execute(actions.update().values(**values))
        db.session.execute(reports.update().values(receipt_hash=hashed("receipt")))
    told = cast.client().get("/r/receipt")
    assert told.status_code == 200
    assert db.session.execute(select(actions.c.state)).scalar() == state
