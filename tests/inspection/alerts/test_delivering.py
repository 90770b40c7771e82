"""What is due is pushed once, by whichever tick; a service that is down holds nobody else up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from inspection import clock, health
from inspection.alerts import delivering, inbox, push, spreading, wishes
from inspection.alerts.push import Failed, Gone, Later
from inspection.db import db, writing
from inspection.people import memberships
from tests.cast import Cast, posted
from tests.inspection.alerts.telling_people import (
    FCM,
    MOZILLA,
    Service,
    deliveries,
    mails,
    phone,
    told,
)
from tests.inspection.queue.test_story import report

LEAD, MANAGER, HAND = "contractor.supervisor", "contractor.manager", "contractor.staff"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    fake = Service()
    monkeypatch.setattr(push, "send", fake.send)
    delivering._resting.clear()
    yield fake
    delivering.finish()
    delivering._resting.clear()


def danger(cast: Cast) -> int:
    return report(cast, "Anna Olsen, phone 5551234: a panel hangs loose", "danger", "hall")


def test_urgent_work_reaches_the_leads_of_its_party_at_once_and_says_no_words(
    cast: Cast, service: Service
) -> None:
    phone(cast, LEAD)
    phone(cast, "customer.supervisor")
    number = danger(cast)
    told()
    assert service.bodies(LEAD) == [f"P1 · No. {number}: Reported"]
    assert service.bodies("customer.supervisor") == []
    message = service.got[0][1]
    assert message.urgent
    assert message.path == f"/c/harbour/actions/{number}"
    assert [tap.name for tap in message.taps] == ["acknowledge"]
    said = push.payload(message).decode()
    assert "Olsen" not in said
    assert "hangs" not in said
    told()
    assert len(service.got) == 1


def test_fault_105_a_locked_screen_shows_numbers_and_states_only(
    cast: Cast, service: Service
) -> None:
    phone(cast, HAND)
    number = report(cast, "Anna Olsen saw a leak", "leak")
    hand = cast.harbour.members[HAND].id
    url = f"{cast.harbour.url}/actions/{number}"
    lead = cast.client(LEAD)
    posted(lead, f"{url}/acknowledgement", category="leak", priority="P3", assignee=hand)
    posted(lead, f"{url}/comments", text="Ask Anna Olsen for the key")
    told()
    assert service.bodies(HAND) == [f"No. {number}: It is yours now", f"No. {number}: Commented"]
    for _, message in service.got:
        said = push.payload(message).decode()
        assert len(said.encode()) <= 3000
        assert not any(word in said for word in ("Olsen", "leak", "key", "Supervisor"))


def test_who_is_on_duty_hears_of_what_cannot_wait_and_reads_it_in_the_inbox(
    cast: Cast, service: Service
) -> None:
    for who in (LEAD, HAND):
        phone(cast, who)
    client = cast.client(HAND)
    for _ in range(2):
        posted(client, f"{cast.harbour.url}/duty", on="1")
    everything = dict.fromkeys(wishes.Group, "inbox")
    with writing():
        wishes.change(cast.harbour.people[LEAD].id, everything, {})
        wishes.change(cast.harbour.people[HAND].id, everything, {})
    number = danger(cast)
    told()
    assert service.bodies(HAND) == [f"P1 · No. {number}: Reported"]
    assert service.bodies(LEAD) == []  # somebody is on duty, and this one wished for quiet
    kinds = [row.kind for row in inbox.page(cast.harbour.members[HAND])]
    assert kinds == ["report.received"]
    posted(client, f"{cast.harbour.url}/duty", on="")
    again = danger(cast)
    told()
    assert service.bodies(LEAD) == [f"P1 · No. {again}: Reported"]
    assert len(service.bodies(HAND)) == 1


def test_fault_100_a_phone_that_is_gone_is_told_by_mail_and_forgotten(
    cast: Cast, service: Service
) -> None:
    phone(cast, LEAD)
    service.answers[FCM] = Gone
    number = danger(cast)
    told()
    told()
    assert [row.state for row in deliveries(channel="push")] == ["dropped"]
    [mail] = mails(LEAD)
    assert mail.subject.startswith(f"P1 · No. {number}: Reported")
    service.answers.clear()
    danger(cast)
    told()
    assert service.got == []  # its row is gone
    assert len(mails(LEAD)) == 2
    assert len(inbox.page(cast.harbour.members[LEAD])) == 2


def test_fault_101_a_dead_service_delays_no_other_and_is_left_in_peace_as_long_as_it_wants(
    cast: Cast, service: Service
) -> None:
    phone(cast, LEAD, MOZILLA)
    phone(cast, MANAGER)

    def hang() -> Later:
        time.sleep(0.3)
        return Later(120)

    service.answers[MOZILLA] = hang
    numbers = [danger(cast) for _ in range(3)]
    while spreading.spread_new(100):
        pass
    begun = time.monotonic()
    delivering.push_due(100, patience=0.05)
    assert time.monotonic() - begun < 0.25
    delivering.finish()
    assert len(service.bodies(MANAGER)) == 3
    db.session.rollback()
    tried = [row.tries for row in deliveries(host=MOZILLA)]
    assert sorted(tried) == [0, 0, 1]  # the others of that host were not even tried
    service.answers.clear()
    assert delivering.push_due(100) == 0  # it rests
    delivering._resting.clear()
    with clock.shifted_by(timedelta(seconds=100)):
        told()
        assert len(service.bodies(LEAD)) == 2  # not before its Retry-After
    delivering._resting.clear()
    with clock.shifted_by(timedelta(seconds=121)):
        told()
    assert sorted(service.bodies(LEAD)) == [f"P1 · No. {number}: Reported" for number in numbers]


def test_what_is_refused_is_parked_in_the_open_and_mailed(cast: Cast, service: Service) -> None:
    phone(cast, LEAD)
    service.answers[FCM] = lambda: Failed("413 too large")
    danger(cast)
    told()
    [row] = deliveries(channel="push")
    assert (row.state, row.reason) == ("parked", "413 too large")
    assert len(mails(LEAD)) == 1
    [check] = [one for one in health.told() if one.name == "notices"]
    assert (check.good, check.stops) == (False, False)
    assert "1 given up" in check.says


def test_a_service_that_is_down_is_tried_eight_times_and_the_urgent_goes_by_mail_meanwhile(
    cast: Cast, service: Service
) -> None:
    phone(cast, LEAD)
    service.answers[FCM] = lambda: Later(1)
    danger(cast)
    told()
    pauses = []
    for _ in range(delivering.TRIES - 1):
        [row] = deliveries(channel="push")
        delivering._resting.clear()
        with clock.standing_at(row.next_try_at):
            told()
        pauses.append(round((row.next_try_at - row.due_at).total_seconds() / 60))
    [row] = deliveries(channel="push")
    assert (row.state, row.tries) == ("parked", 8)
    assert pauses[:4] == [1, 3, 7, 15]
    assert len(mails(LEAD)) == 1


def test_several_ticks_send_it_once_and_one_that_died_leaves_it_to_the_next(
    cast: Cast, service: Service
) -> None:
    phone(cast, LEAD)
    danger(cast)
    spreading.spread_new(100)
    [row] = deliveries(channel="push")
    assert delivering._claimed(row.id)
    assert not delivering._claimed(row.id)
    told()
    assert service.got == []
    with clock.shifted_by(delivering.LEASE + timedelta(seconds=1)):
        told()
    assert len(service.got) == 1


def test_fault_42_tick_that_slept_for_six_hours_tells_everything_in_order(
    cast: Cast, service: Service
) -> None:
    phone(cast, LEAD)
    numbers = [danger(cast) for _ in range(3)]
    page = f"{cast.harbour.url}/inbox"
    assert "delayed" not in cast.client(LEAD).get(page).text
    with clock.shifted_by(timedelta(minutes=20)):
        assert "Notices to phones and mails are delayed" in cast.client(LEAD).get(page).text
        db.session.rollback()
        [check] = [one for one in health.told() if one.name == "notices"]
        assert (check.good, check.stops, check.says) == (
            False,
            False,
            "delayed by 20 min, 0 given up",
        )
    with clock.shifted_by(timedelta(hours=6)):
        told()
        assert service.bodies(LEAD) == [f"P1 · No. {number}: Reported" for number in numbers]
        assert "are delayed" not in cast.client(LEAD).get(page).text


def test_fault_43_one_that_cannot_be_said_stops_nobody_behind_it(
    cast: Cast, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone(cast, LEAD)
    first, second = danger(cast), danger(cast)
    message = delivering.saying.message

    def poisoned(row: object, language: str) -> object:
        if getattr(row, "number", None) == first:
            raise KeyError("unheard of")
        return message(row, language)

    monkeypatch.setattr(delivering.saying, "message", poisoned)
    told()
    assert service.bodies(LEAD) == [f"P1 · No. {second}: Reported"]


def test_fault_69_whoever_has_left_is_told_nothing_any_more(cast: Cast, service: Service) -> None:
    phone(cast, MANAGER)
    danger(cast)
    while spreading.spread_new(100):
        pass
    with writing():
        here = cast.harbour.members
        memberships.end(here[LEAD], here[MANAGER].id)
    danger(cast)
    told()
    assert service.got == []
    assert mails(MANAGER) == []
    states = {row.state for row in deliveries(member_id=cast.harbour.members[MANAGER].id)}
    assert states == {"dropped"}


def test_somebody_without_an_account_is_told_of_their_own_report_alone(
    cast: Cast, service: Service
) -> None:
    number, other = report(cast), report(cast, place="hall")
    phone(cast, "customer.staff", report=1)
    lead = cast.client(LEAD)
    for one in (number, other):
        posted(lead, f"{cast.harbour.url}/actions/{one}/start")
    posted(lead, f"{cast.harbour.url}/actions/{number}/fix", text="New washer by Olsen")
    told()
    said = service.bodies("customer.staff")
    assert [one.partition(": ")[2] for one in said] == [
        "Work has begun",
        "Said to be fixed. Is it?",
    ]
    assert all("Olsen" not in one for one in said)
    assert not deliveries(report_id=1, state="waiting")


def test_old_news_of_an_older_version_or_a_long_silence_is_no_news(
    cast: Cast, service: Service
) -> None:
    phone(cast, LEAD)
    danger(cast)
    with clock.shifted_by(timedelta(days=2)):
        told()
    assert service.got == []
    assert deliveries() == []
    assert len(inbox.page(cast.harbour.members[LEAD])) == 1


def test_what_was_told_is_forgotten_after_a_week(cast: Cast, service: Service) -> None:
    phone(cast, LEAD)
    danger(cast)
    told()
    with clock.shifted_by(timedelta(days=8)):
        assert delivering.sweep() >= 1
        db.session.rollback()
        assert deliveries(state="sent") == []
