"""The same thing in the same place soon after it was fixed may be a repeat; people say if it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.calendar import Calendar
from inspection.rules.policy import Limits
from inspection.rules.repeat import (
    Earlier,
    New,
    best,
    decided_by_itself_at,
    generation,
    is_candidate,
)
from inspection.rules.states import OPEN, Outcome, State

FIXED = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
EARLIER = Earlier(7, 1, 2, 3, FIXED, State.CLOSED, Outcome.FIXED)
NEW = New(1, 2, 3, FIXED + 10 * DAY)
WINDOW = 30


@pytest.mark.parametrize(
    ("new", "candidate"),
    [
        (NEW, True),
        (replace(NEW, received_at=FIXED), True),
        (replace(NEW, received_at=FIXED - INSTANT), False),
        (replace(NEW, received_at=FIXED + WINDOW * DAY), True),
        (replace(NEW, received_at=FIXED + WINDOW * DAY + INSTANT), False),
        (replace(NEW, asset_id=9), False),
        (replace(NEW, category_id=9), True),
        (replace(NEW, requirement_id=9), True),
        (replace(NEW, requirement_id=None), True),
        (replace(NEW, category_id=9, requirement_id=9), False),
        (replace(NEW, category_id=9, requirement_id=None), False),
    ],
    ids=[
        "within the window",
        "as it was fixed",
        "before it was fixed",
        "at the window's end",
        "after the window",
        "elsewhere",
        "the same requirement, another category",
        "the same category, another requirement",
        "the same category, no requirement",
        "about something else",
        "another category, no requirement",
    ],
)
def test_what_may_be_a_repeat(new: New, candidate: bool) -> None:
    assert is_candidate(new, EARLIER, WINDOW) is candidate


def test_two_without_a_requirement_do_not_share_one() -> None:
    earlier = replace(EARLIER, requirement_id=None)
    assert not is_candidate(replace(NEW, category_id=9, requirement_id=None), earlier, WINDOW)


@pytest.mark.parametrize("state", sorted(OPEN - {State.MONITORING}))
def test_while_the_earlier_one_is_open_the_new_one_is_a_duplicate(state: State) -> None:
    assert not is_candidate(NEW, replace(EARLIER, state=state, outcome=None), WINDOW)


def test_while_a_fix_is_monitored_any_day_may_show_a_repeat() -> None:
    watched = replace(EARLIER, state=State.MONITORING, outcome=None)
    assert is_candidate(replace(NEW, received_at=FIXED + 80 * DAY), watched, WINDOW)


def test_what_was_never_mended_here_does_not_come_back() -> None:
    answers = {
        outcome: is_candidate(NEW, replace(EARLIER, outcome=outcome), WINDOW) for outcome in Outcome
    }
    assert {outcome for outcome, candidate in answers.items() if candidate} == {
        Outcome.FIXED,
        Outcome.NO_FAULT_FOUND,
        Outcome.EFFECTIVE,
    }
    assert not is_candidate(NEW, replace(EARLIER, fixed_at=None), WINDOW)


def test_the_one_fixed_last_is_the_best_candidate() -> None:
    older, later = replace(EARLIER, id=9), replace(EARLIER, id=3, fixed_at=FIXED + DAY)
    assert best([later, older]) == later
    assert best([EARLIER, older]) == older
    assert best([replace(EARLIER, fixed_at=None)]) is None
    assert best([]) is None


def test_generations_are_counted_from_the_latest_that_is_repeated() -> None:
    assert [generation(each) for each in ([], [1], [2], [1, 3])] == [1, 2, 3, 4]


def test_a_suspicion_nobody_declined_is_confirmed_after_five_working_days() -> None:
    calendar = Calendar(UTC, (((time(8), time(16)),),) * 5 + ((), ()))
    monday = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert decided_by_itself_at(monday, calendar, Limits()) == monday + 7 * DAY
    agreed = Limits(repeat_undecided_days=1)
    assert decided_by_itself_at(monday, calendar, agreed) == monday + DAY


@given(
    st.builds(
        Earlier,
        st.integers(1, 3),
        st.integers(1, 2),
        st.integers(1, 2),
        st.none() | st.integers(1, 2),
        st.none() | st.integers(-40, 40).map(lambda days: FIXED + days * DAY),
        st.sampled_from(State),
        st.none() | st.sampled_from(Outcome),
    ),
    st.integers(1, 90),
)
def test_a_longer_window_never_loses_a_candidate(earlier: Earlier, window: int) -> None:
    if is_candidate(NEW, earlier, window):
        assert is_candidate(NEW, earlier, window + 1)
        assert best([earlier]) == earlier
