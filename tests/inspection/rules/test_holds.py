"""A hold says why, on which side the cause lies, and shows it; only some pause by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.access import Party
from inspection.rules.calendar import Calendar
from inspection.rules.holds import (
    REASONS,
    Raised,
    Reason,
    Shown,
    cause_of,
    notice_late,
    raise_hold,
)
from inspection.rules.states import Cause

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)
OWNER = Party.CONTRACTOR
CALENDAR = Calendar(UTC, (((time(8), time(16)),),) * 5 + ((), ()))
RELIEF = Shown(but_for="the road was open", mitigation="came by boat", aware_at=NOW - HOUR)

# What each reason needs, whose cause it is for the contractor's work, whether it pauses by itself.
TABLE = {
    Reason.WAITING_INFORMATION: (Shown(question_sent=True), Cause.CUSTOMER, True),
    Reason.NO_ACCESS: (Shown(scanned=True), Cause.CUSTOMER, True),
    Reason.WAITING_APPROVAL: (Shown(decision_open=True), Cause.CUSTOMER, True),
    Reason.STOP: (Shown(text="a visit of state"), Cause.CUSTOMER, True),
    Reason.WAITING_PARTS: (Shown(text="a valve"), Cause.CONTRACTOR, False),
    Reason.WAITING_SUBCONTRACTOR: (Shown(text="the lift firm"), Cause.CONTRACTOR, False),
    Reason.THIRD_PARTY: (RELIEF, Cause.NONE, False),
    Reason.WEATHER: (RELIEF, Cause.NONE, False),
}
NEEDED = {
    Reason.WAITING_INFORMATION: ["hold.question_missing"],
    Reason.NO_ACCESS: ["hold.visit_missing"],
    Reason.WAITING_APPROVAL: ["hold.decision_missing"],
    Reason.STOP: ["hold.text_missing"],
    Reason.WAITING_PARTS: ["hold.text_missing"],
    Reason.WAITING_SUBCONTRACTOR: ["hold.text_missing"],
    Reason.THIRD_PARTY: ["hold.but_for_missing", "hold.mitigation_missing", "hold.aware_missing"],
    Reason.WEATHER: ["hold.but_for_missing", "hold.mitigation_missing", "hold.aware_missing"],
}


def codes(answer: object) -> list[str]:
    return [refusal.code for refusal in answer] if isinstance(answer, list) else []


def test_every_reason_has_its_row() -> None:
    assert set(REASONS) == set(Reason) == set(TABLE)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_pauses_by_itself_or_waits_for_consent_as_agreed(reason: Reason) -> None:
    shown, cause, at_once = TABLE[reason]
    assert raise_hold(reason, shown, OWNER, NOW + HOUR, None, NOW) == Raised(cause, at_once, NOW)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_without_what_shows_it_is_refused(reason: Reason) -> None:
    answer = raise_hold(reason, Shown(text=" \n"), OWNER, NOW + HOUR, None, NOW)
    assert codes(answer) == NEEDED[reason]


def test_a_photo_shows_that_nobody_could_get_in_as_well_as_a_scan() -> None:
    answer = raise_hold(Reason.NO_ACCESS, Shown(photos=1), OWNER, None, None, NOW)
    assert answer == Raised(Cause.CUSTOMER, True, NOW)


def test_waiting_for_the_reporter_is_neither_partys_cause() -> None:
    asked = Shown(question_to_reporter=True)
    assert cause_of(Reason.WAITING_INFORMATION, asked, OWNER) is Cause.REPORTER
    both = Shown(question_sent=True, question_to_reporter=True)
    assert cause_of(Reason.WAITING_INFORMATION, both, OWNER) is Cause.CUSTOMER
    assert cause_of(Reason.NO_ACCESS, asked, OWNER) is Cause.CUSTOMER


@pytest.mark.parametrize(
    ("begins", "due", "expected"),
    [
        (None, NOW + HOUR, Raised(Cause.CUSTOMER, True, NOW)),
        (None, None, Raised(Cause.CUSTOMER, True, NOW)),
        (NOW, NOW + HOUR, Raised(Cause.CUSTOMER, True, NOW)),
        (NOW - HOUR, NOW + HOUR, Raised(Cause.CUSTOMER, False, NOW - HOUR)),
        (NOW - 2 * HOUR, NOW - HOUR, Raised(Cause.CUSTOMER, False, NOW - 2 * HOUR)),
        (None, NOW, ["hold.after_due"]),
        (None, NOW - HOUR, ["hold.after_due"]),
        (NOW - HOUR, NOW - HOUR, ["hold.after_due"]),
        (NOW + HOUR, NOW + 2 * HOUR, ["hold.begins_later"]),
    ],
    ids=[
        "now",
        "no clock",
        "now said",
        "earlier takes consent",
        "earlier, told after the due moment",
        "at the due moment",
        "after the due moment",
        "began at the due moment",
        "in the future",
    ],
)
def test_a_pause_begins_before_the_due_moment_and_from_now(
    begins: datetime | None, due: datetime | None, expected: object
) -> None:
    answer = raise_hold(Reason.STOP, Shown(text="alarm test"), OWNER, due, begins, NOW)
    assert (codes(answer) or answer) == expected


def test_nobody_knew_of_an_event_in_the_future() -> None:
    later = Shown(but_for="x", mitigation="y", aware_at=NOW + HOUR)
    assert codes(raise_hold(Reason.WEATHER, later, OWNER, None, None, NOW)) == ["hold.aware_later"]


def test_everything_that_is_missing_is_said_at_once() -> None:
    answer = raise_hold(Reason.WEATHER, Shown(), OWNER, NOW - HOUR, None, NOW)
    assert codes(answer) == [*NEEDED[Reason.WEATHER], "hold.after_due"]


def test_an_event_is_told_within_ten_working_days() -> None:
    aware = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
    last = datetime(2026, 3, 16, 10, 0, tzinfo=UTC)
    assert not notice_late(aware, last, CALENDAR)
    assert notice_late(aware, last + timedelta(microseconds=1), CALENDAR)


MOMENTS = st.none() | st.integers(-9, 9).map(lambda hours: NOW + hours * HOUR)
SHOWN = st.builds(
    Shown,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from(["", " ", "words"]),
    st.sampled_from(["", "words"]),
    st.sampled_from(["", "words"]),
    MOMENTS,
)
SWAPPED = {Cause.CUSTOMER: Cause.CONTRACTOR, Cause.CONTRACTOR: Cause.CUSTOMER}


@given(st.sampled_from(Reason), SHOWN, st.sampled_from(Party), MOMENTS, MOMENTS)
def test_swapping_the_parties_swaps_the_cause_and_nothing_else(
    reason: Reason,
    shown: Shown,
    owner: Party,
    due: datetime | None,
    begins: datetime | None,
) -> None:
    here = raise_hold(reason, shown, owner, due, begins, NOW)
    there = raise_hold(reason, shown, owner.other, due, begins, NOW)
    if isinstance(here, Raised):
        mirrored = Raised(SWAPPED.get(here.cause, here.cause), here.at_once, here.begins_at)
        assert there == mirrored
    else:
        assert there == here


@given(st.sampled_from(Reason), SHOWN, MOMENTS, MOMENTS)
def test_clocks_stop_at_once_only_for_the_other_sides_cause_and_never_backwards(
    reason: Reason, shown: Shown, due: datetime | None, begins: datetime | None
) -> None:
    answer = raise_hold(reason, shown, OWNER, due, begins, NOW)
    if isinstance(answer, Raised):
        assert answer.begins_at <= NOW
        assert due is None or answer.begins_at < due
        if answer.at_once:
            assert answer.begins_at == NOW
            assert answer.cause in (Cause.CUSTOMER, Cause.REPORTER)
