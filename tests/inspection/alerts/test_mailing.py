"""Mails in plain words, one for all that is due, ended in one tap; good news comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inspection import clock, post, tick
from inspection.alerts import mailing, spreading, wishes
from inspection.db import writing
from inspection.people import memberships, persons
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.rules.telling import Group
from tests.cast import Cast, key, posted
from tests.inspection.alerts.telling_people import deliveries, mails, told
from tests.inspection.queue.test_story import report

LEAD, HAND = "contractor.supervisor", "contractor.staff"
NIGHT = datetime(2026, 6, 3, 3, tzinfo=ZoneInfo("Europe/Copenhagen"))


def sent(cast: Cast, to: str) -> list[EmailMessage]:
    return [post.message(one, "tandem@example.org") for one in mails(to)]


def link_of(message: EmailMessage) -> str:
    return str(message["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost")


def test_a_mail_says_what_where_and_how_to_end_it_in_plain_text(cast: Cast) -> None:
    number = report(cast, "Panel\r\nBcc: all@example.org hangs loose", "danger", "hall")
    told()
    [message] = sent(cast, LEAD)
    assert message.get_content_type() == "text/plain"
    assert message["Subject"].startswith(f"P1 · No. {number}: Reported · Panel Bcc:")
    assert message["Bcc"] is None
    assert message["Reply-To"] == "tandem@example.org"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = message.get_content()
    assert "2.15 Hall" in text
    assert f"http://localhost/c/harbour/actions/{number}\n" in text
    assert "http://localhost/me/notices" in text
    assert f"http://localhost{link_of(message)}" in text
    assert "<" not in text
    assert mails("customer.supervisor") == []


def test_a_mail_never_holds_how_to_reach_who_reported_it(cast: Cast) -> None:
    here = cast.harbour
    with writing():
        said = Said(
            here.places["hall"],  # type: ignore[arg-type]
            here.categories["danger"],  # type: ignore[arg-type]
            "A panel hangs loose",
            "en",
            receipt=key(),
            contact="anna@olsen.example",
        )
        receiving.receive(said)
    told()
    [message] = sent(cast, LEAD)
    assert "olsen" not in message.as_string()


def test_mails_end_in_one_tap_of_the_mail_program_without_signing_in(cast: Cast) -> None:
    report(cast, "Loose", "danger", "hall")
    told()
    [message] = sent(cast, LEAD)
    nobody = cast.app.test_client()
    page = nobody.get(link_of(message))
    assert page.status_code == 200
    assert "End these mails" in page.text
    assert nobody.get(link_of(message)[:-3]).status_code == 404
    assert nobody.post(link_of(message)[:-3]).status_code == 404
    for _ in range(2):  # a mail program may ask twice
        answer = nobody.post(link_of(message), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code in (200, 303)
        assert answer.location == "?said=mails-off"
    assert "no mails about this contract" in nobody.get(link_of(message)).text
    report(cast, "Loose again", "danger", "hall")
    told()
    assert len(mails(LEAD)) == 1
    posted(cast.client(LEAD), f"{cast.harbour.url}/mails", on="1")
    report(cast, "Loose once more", "danger", "hall")
    told()
    assert len(mails(LEAD)) == 2


def test_the_summary_comes_at_its_time_in_its_language_with_what_went_well_first(
    cast: Cast,
) -> None:
    person = cast.harbour.people[LEAD]
    with writing():
        persons.change(person.id, "Mette", "da")
    url, hand = cast.harbour.url, cast.client(HAND)
    with clock.standing_at(NIGHT):
        first, second = report(cast, "Tap drips"), report(cast, "Door sticks", "doors", "hall")
        posted(hand, f"{url}/actions/{first}/start")
        posted(hand, f"{url}/actions/{first}/fix", text="New washer")
        posted(cast.client("customer.supervisor"), f"{url}/actions/{first}/acceptance")
        told()
        assert mails(LEAD) == []
    with clock.standing_at(NIGHT.replace(hour=7, minute=29)):
        told()
        assert mails(LEAD) == []
    with clock.standing_at(NIGHT.replace(hour=7, minute=30)):
        told()
        told()
    [mail] = mails(LEAD)
    text = mail.text
    assert f"/c/harbour/actions/{first}" in text
    assert text.index("Tap drips") < text.index("Door sticks")
    assert f"/c/harbour/actions/{second}" in text
    assert "/c/harbour/queue" in text
    with clock.standing_at(NIGHT + timedelta(days=1, hours=6)):
        told()
    assert len(mails(LEAD)) == 1  # nothing new, no mail


def test_quiet_hours_of_the_person_hold_mails_back_and_make_one_of_them(cast: Cast) -> None:
    groups = dict.fromkeys(Group, "at_once")
    quiet = {"quiet_from": "22:00", "quiet_to": "06:00", "tz": "Europe/Helsinki"}
    with writing():
        wishes.change(cast.harbour.people[LEAD].id, groups, quiet)
    with clock.standing_at(NIGHT):
        report(cast), report(cast)
        told()
        assert mails(LEAD) == []
    with clock.standing_at(NIGHT.replace(hour=5)):  # six in Helsinki
        told()
    [mail] = mails(LEAD)
    assert mail.subject == "Harbour House: 2 notices"


def test_one_mail_that_cannot_be_written_stops_nobody_elses_and_is_parked_in_the_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, lead = mailing._at_once, cast.harbour.members[LEAD].id

    def poisoned(rows: Sequence[Any]) -> tuple[str, str]:
        assert rows[0].member_id != lead
        return at_once(rows)

    monkeypatch.setattr(mailing, "_at_once", poisoned)
    report(cast, "Loose", "danger", "hall")
    told()
    assert len(mails("contractor.manager")) == 1
    [row] = deliveries(member_id=lead)
    assert (row.state, row.tries) == ("waiting", 1)
    for n in range(1, mailing.TRIES):
        with clock.shifted_by(n * (mailing.PAUSE + timedelta(seconds=1))):
            told()
    [row] = deliveries(member_id=lead)
    assert (row.state, row.tries) == ("parked", 8)


def test_who_leaves_before_it_is_due_gets_no_mail(cast: Cast) -> None:
    report(cast, "Loose", "danger", "hall")
    spreading.spread_new(100)
    with writing():
        memberships.end(cast.harbour.members[LEAD], cast.harbour.members["contractor.manager"].id)
    told()
    assert mails("contractor.manager") == []
    assert len(mails(LEAD)) == 1


def test_tick_does_all_of_it_by_itself(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    number = report(cast, "Loose", "danger", "hall")
    while tick.due_now():
        pass
    assert capsys.readouterr().out.count(f"P1 · No. {number}: Reported") == 4  # two leads, twice
    assert {row.state for row in deliveries()} == {"sent"}
    assert all(one.sent_at and not one.text for one in mails())


def test_answers_go_where_somebody_reads_them(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    report(cast, "Loose", "danger", "hall")
    told()
    chosen = replace(cast.app.extensions["tandem"], reply_to="service@harbour.example")
    monkeypatch.setitem(cast.app.extensions, "tandem", chosen)
    assert sent(cast, LEAD)[0]["Reply-To"] == "service@harbour.example"
