"""Clocks: due, stopped, gone on, paused and breached, by worked examples and by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.rules import sla
from inspection.rules.access import Party
from inspection.rules.calendar import Calendar
from inspection.rules.policy import PROPOSED, Policy, Responded, Target, read
from inspection.rules.sla import Clock, ClockState, Passing, Timed, Timing, follow
from inspection.rules.states import ClockKind, Depth, Outcome, Priority, State

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
EASTER = frozenset({date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)})
MINUTE = timedelta(minutes=1)
US, THEM = Party.CONTRACTOR, Party.CUSTOMER
RESPOND, SAFE, FIX = ClockKind.RESPOND, ClockKind.MAKE_SAFE, ClockKind.FIX


def weekdays(opens: int, closes: int, holidays: frozenset[date] = frozenset()) -> Calendar:
    return Calendar(COPENHAGEN, (((time(opens), time(closes)),),) * 5 + ((), ()), holidays)


def policy(**changes: Any) -> Policy:
    made = read({"response_means": "acknowledged", **PROPOSED})
    assert isinstance(made, Policy)
    return replace(made, **changes)


DANISH = Timing(weekdays(8, 16, EASTER), policy())
LONG = Timing(weekdays(9, 18))


def at(text: str) -> datetime:
    """Read a moment as the wall clock in Copenhagen shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


MONDAY = at("2026-03-02T09:00")
TEN = at("2026-03-02T10:00")
ELEVEN = at("2026-03-02T11:00")
NOON = at("2026-03-02T12:00")
TUESDAY = at("2026-03-03T09:00")


def clock(start: datetime = MONDAY, minutes: int = 480, timing: Timing = DANISH) -> Clock:
    return sla.started(FIX, US, start, (minutes, True), timing)


def passed(one: Clock, now: datetime) -> tuple[Clock, list[Passing]]:
    """The clock with everything time did to it before `now`, and what that was."""
    what: list[Passing] = []
    while (moment := sla.next_moment(one)) is not None and moment < now:
        one, happened = sla.come_to_pass(one, moment)
        what.append(happened)
    return one, what


# ---------------------------------------------------------------- the worked examples, as clocks


@pytest.mark.parametrize(
    ("timing", "start", "minutes", "pause", "due"),
    [
        (LONG, "2026-03-02T16:00", 480, None, "2026-03-03T15:00"),
        (
            LONG,
            "2026-03-02T16:00",
            480,
            ("2026-03-02T17:00", "2026-03-03T10:00"),
            "2026-03-03T17:00",
        ),
        (DANISH, "2026-04-01T15:00", 960, None, "2026-04-08T15:00"),
        (
            DANISH,
            "2026-04-01T15:00",
            960,
            ("2026-04-07T10:00", "2026-04-08T09:30"),
            "2026-04-09T14:30",
        ),
        (
            DANISH,
            "2026-04-01T15:00",
            960,
            ("2026-04-02T10:00", "2026-04-06T12:00"),
            "2026-04-08T15:00",
        ),
    ],
    ids=["T5", "T6", "T10", "T11", "T12"],
)
def test_a_clock_is_due_as_in_the_worked_example(
    timing: Timing, start: str, minutes: int, pause: tuple[str, str] | None, due: str
) -> None:
    one = clock(at(start), minutes, timing)
    if pause is not None:
        began, ended = map(at, pause)
        plain = one.due_at
        one = sla.paused(one, began)
        assert (one.due_at, sla.state(one)) == (plain, ClockState.PAUSED)  # provisional
        assert sla.next_moment(one) is None
        one = sla.resumed(one, ended, timing)
    assert one.due_at == at(due)
    assert sla.state(one) is ClockState.RUNNING


def test_elapsed_time_needs_no_calendar() -> None:
    saturday = at("2026-03-28T22:00")
    one = sla.started(SAFE, US, saturday, (240, False), DANISH)
    assert one.due_at == saturday + timedelta(hours=4)  # over the night without an hour


def test_the_warning_comes_at_three_quarters_and_moves_with_the_pauses() -> None:
    one = clock()
    assert one.warn_at == at("2026-03-02T15:00")
    one = sla.resumed(sla.paused(one, TEN), NOON, DANISH)
    assert one.warn_at == at("2026-03-03T09:00")


# ---------------------------------------------------------------- stop and go on


def test_what_is_given_back_has_the_minutes_it_had_not_used() -> None:
    """Two of eight hours were used; the other six count from the moment it came back."""
    one = sla.stopped(clock(), ELEVEN, DANISH)
    assert sla.state(one) is ClockState.MET
    assert sla.next_moment(one) is None
    back = at("2026-03-04T13:00")
    one = sla.gone_on(one, back, DANISH)
    assert one.due_at == DANISH.calendar.add_minutes(back, 360) == at("2026-03-05T11:00")
    assert sla.state(one) is ClockState.RUNNING


def test_none_left_is_due_at_once_and_breached() -> None:
    due = clock().due_at
    one = sla.stopped(clock(), due, DANISH)
    one, before = passed(one, due + timedelta(days=3))
    assert (before, sla.state(one)) == ([], ClockState.MET)
    back = due + timedelta(days=3)
    one = sla.gone_on(one, back, DANISH)
    assert one.due_at <= back
    one, what = passed(one, back + MINUTE)
    assert Passing.BREACHED in what
    assert sla.state(one) is ClockState.BREACHED


@given(
    st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 20), st.integers(1, 3000), st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_going_on_gives_exactly_what_was_left(
    until_stop: int, until_back: int, minutes: int, business: bool
) -> None:
    start = at("2026-03-20T13:17")  # the clocks change and Easter comes
    one = sla.started(FIX, US, start, (minutes, business), DANISH)
    stop = start + until_stop * MINUTE
    back = stop + until_back * MINUTE
    hours = DANISH.hours(business)
    left = timedelta(minutes=minutes) - hours.open_between(start, stop)
    again = sla.gone_on(sla.stopped(one, stop, DANISH), back, DANISH)
    if left > timedelta():
        assert hours.open_between(back, again.due_at) == left
        assert again.due_at == hours.add(back, left)
    else:
        assert again.due_at == one.due_at <= stop


def test_a_breach_stays_whatever_comes_after() -> None:
    one, what = passed(clock(), at("2026-03-05T09:00"))
    assert what == [Passing.WARNED, Passing.BREACHED]
    assert one.breached_at == one.due_at == at("2026-03-03T09:00")
    later = at("2026-03-05T09:00")
    for after in (
        sla.stopped(one, later, DANISH),
        sla.gone_on(sla.stopped(one, later, DANISH), later + MINUTE, DANISH),
        sla.paused(one, later),
        sla.timed(replace(one, minutes=4800), DANISH),
    ):
        assert after.breached_at == one.breached_at
        assert sla.state(after) is ClockState.BREACHED


def test_it_is_breached_after_the_due_moment_not_at_it() -> None:
    one = clock()
    assert passed(one, one.due_at)[1] == [Passing.WARNED]
    assert passed(one, one.due_at + timedelta(microseconds=1))[0].breached_at == one.due_at


def test_a_breach_climbs_when_its_step_is_over() -> None:
    one, _ = passed(clock(), TUESDAY + MINUTE)
    assert (one.step, sla.next_moment(one)) == (1, None)
    one = replace(one, step_due_at=TUESDAY + timedelta(days=2))
    assert sla.next_moment(one) == one.step_due_at
    assert one.step_due_at is not None
    one, what = sla.come_to_pass(one, one.step_due_at)
    assert (one.step, one.step_due_at, what) == (2, None, Passing.CLIMBED)


# ---------------------------------------------------------------- pause and resume


def test_a_hold_cannot_begin_once_the_due_moment_has_come() -> None:
    one = clock()
    assert sla.paused(one, one.due_at) == one
    assert sla.paused(one, one.due_at - MINUTE).paused_at == one.due_at - MINUTE


def test_only_a_running_clock_can_be_put_on_hold_and_only_once() -> None:
    held = sla.paused(clock(), TEN)
    assert sla.paused(held, ELEVEN) == held
    done = sla.stopped(clock(), TEN, DANISH)
    assert sla.paused(done, ELEVEN) == done
    assert sla.resumed(clock(), ELEVEN, DANISH) == clock()


def test_stopping_ends_the_hold_and_its_time_does_not_count() -> None:
    one = sla.stopped(sla.paused(clock(), TEN), NOON, DANISH)
    assert (one.paused_at, one.stopped_at, one.pauses) == (None, NOON, ((TEN, NOON),))
    assert one.due_at == at("2026-03-03T11:00")


def test_a_hold_that_never_counted_leaves_the_due_moment_where_it_was() -> None:
    one = sla.paused(clock(), TEN)
    assert sla.without_pause(one, TEN, DANISH) == clock()
    over = sla.resumed(one, NOON, DANISH)
    assert sla.without_pause(over, TEN, DANISH) == clock()
    assert sla.without_pause(over, ELEVEN, DANISH) == over


def test_a_hold_over_a_stop_can_be_taken_back_whole() -> None:
    """Held at ten, the plan sent at eleven and returned at noon: held still."""
    one = sla.stopped(sla.paused(clock(), TEN), ELEVEN, DANISH)
    one = sla.paused(sla.gone_on(one, NOON, DANISH), TEN)
    one = sla.without_pause(one, TEN, DANISH)
    assert (one.paused_at, one.pauses) == (None, ((ELEVEN, NOON),))
    assert one.due_at == at("2026-03-03T10:00")


def test_a_clock_that_began_during_a_hold_loses_it_with_the_others() -> None:
    one = sla.paused(clock(start=ELEVEN), TEN)
    assert one.paused_at is not None
    assert sla.without_pause(one, TEN, DANISH) == clock(start=ELEVEN)
    over = sla.resumed(one, NOON, DANISH)
    assert over.due_at == at("2026-03-03T12:00")
    assert sla.without_pause(over, TEN, DANISH) == clock(start=ELEVEN)


@given(
    st.lists(st.integers(0, 60 * 24 * 8), min_size=2, max_size=8, unique=True).map(sorted),
    st.integers(1, 3000),
)
@settings(max_examples=150, deadline=None)
def test_every_hold_moves_the_due_moment_by_the_time_that_counts_in_it(
    turns: list[int], minutes: int
) -> None:
    start = at("2026-03-24T15:00")
    one = clock(start, minutes)
    for begins, ends in pairwise(turns):
        before, began, ended = one, start + begins * MINUTE, start + ends * MINUTE
        one = sla.resumed(sla.paused(one, began), ended, DANISH)
        if began >= before.due_at:
            assert one == before
            continue
        counted = DANISH.calendar.open_between(began, ended)
        assert DANISH.calendar.open_between(before.due_at, one.due_at) == counted


def test_a_cancelled_clock_asks_for_nothing_and_keeps_the_hold_it_had() -> None:
    one = sla.cancelled(sla.paused(clock(), TEN), NOON, DANISH)
    assert (sla.state(one), sla.next_moment(one)) == (ClockState.CANCELLED, None)
    assert one.pauses == ((TEN, NOON),)
    assert sla.cancelled(one, TUESDAY, DANISH) == one
    assert sla.gone_on(one, TUESDAY, DANISH).due_at == at("2026-03-03T11:00")


# ---------------------------------------------------------------- all clocks of an action

P3 = Timed(State.RECEIVED, Depth.CORRECTION, US, Priority.P3, "building", MONDAY)


def follows(
    *turns: tuple[datetime, dict[str, Any]], first: Timed = P3, timing: Timing = DANISH
) -> list[Clock]:
    """The clocks of `first` after each change in turn; following twice must change nothing."""
    action, clocks = first, follow([], first, first.received_at, timing)
    for moment, changes in turns:
        action = replace(action, **changes)
        clocks = follow(clocks, action, moment, timing)
        assert follow(clocks, action, moment, timing) == clocks
        assert follow(clocks, action, moment + MINUTE, timing) == clocks
    return clocks


def by_kind(clocks: Sequence[Clock], kind: ClockKind, party: Party | None = None) -> list[Clock]:
    return [one for one in clocks if one.kind is kind and party in (None, one.party)]


def only(clocks: Sequence[Clock], kind: ClockKind, party: Party | None = None) -> Clock:
    (one,) = by_kind(clocks, kind, party)
    return one


@pytest.mark.parametrize(
    ("priority", "due"),
    [
        (Priority.P1, {RESPOND: "2026-03-02T09:30", SAFE: "2026-03-02T13:00"}),
        (Priority.P1, {FIX: "2026-03-03T09:00"}),
        (Priority.P2, {RESPOND: "2026-03-02T11:00", SAFE: "2026-03-02T17:00"}),
        (Priority.P2, {FIX: "2026-03-04T09:00"}),
        (Priority.P3, {RESPOND: "2026-03-03T09:00", FIX: "2026-03-09T09:00"}),
        (Priority.P4, {RESPOND: "2026-03-05T09:00", FIX: "2026-03-30T09:00"}),
    ],
)
def test_what_is_received_is_due_as_the_policy_says(
    priority: Priority, due: dict[ClockKind, str]
) -> None:
    clocks = follows(first=replace(P3, priority=priority))
    for kind, moment in due.items():
        assert only(clocks, kind).due_at == at(moment)
    urgent = priority in (Priority.P1, Priority.P2)
    assert {one.kind for one in clocks} == {RESPOND, FIX} | ({SAFE} if urgent else set())
    assert {one.party for one in clocks} == {US}


def test_without_an_agreed_policy_nothing_is_promised_but_the_turns_of_the_other_party() -> None:
    bare = Timing(DANISH.calendar)
    assert follows(timing=bare) == []
    fixed = (TEN, {"state": State.FIXED, "priority": Priority.P1})
    assert [one.kind for one in follows(fixed, timing=bare)] == [ClockKind.VERIFICATION]


def test_what_is_kept_back_has_no_clock_yet() -> None:
    assert follow([], replace(P3, held=True), MONDAY, DANISH) == []


@pytest.mark.parametrize(
    ("means", "stamp"),
    [(Responded.ACKNOWLEDGED, "responded_at"), (Responded.ATTENDED, "attended_at")],
)
def test_what_responding_means_stands_in_the_policy(means: Responded, stamp: str) -> None:
    timing = Timing(DANISH.calendar, policy(response_means=means))
    for name in ("responded_at", "attended_at"):
        turn = (TEN, {"state": State.ACKNOWLEDGED, name: TEN})
        one = only(follows(turn, timing=timing), RESPOND)
        assert one.stopped_at == (TEN if name == stamp else None)


def test_a_temporary_fix_stops_the_clock_only_where_the_policy_says_so() -> None:
    mended = (TEN, {"state": State.IN_PROGRESS, "fixed_temporarily_at": TEN})
    assert only(follows(mended), FIX).stopped_at is None
    targets = (Target(Priority.P3, None, FIX, 480, True, temporary_counts=True),)
    counts = Timing(DANISH.calendar, policy(targets=targets))
    assert only(follows(mended, timing=counts), FIX).stopped_at == TEN


def test_a_fix_returned_goes_on_with_what_was_left() -> None:
    clocks = follows(
        (TEN, {"state": State.IN_PROGRESS, "responded_at": TEN}),
        (ELEVEN, {"state": State.FIXED}),
        (TUESDAY, {"state": State.IN_PROGRESS}),
    )
    one = only(clocks, FIX)
    assert one.runs
    assert one.due_at == DANISH.calendar.add_minutes(TUESDAY, 2400 - 120)
    assert only(clocks, RESPOND).stopped_at == TEN


def test_a_priority_there_and_back_keeps_the_start_and_the_earlier_pauses() -> None:
    """On hold from ten to noon, then P2, then P3 again: as if it had been P3 all along."""
    on_hold = (
        (TEN, {"state": State.IN_PROGRESS, "responded_at": TEN, "paused_at": TEN}),
        (NOON, {"paused_at": None}),
    )
    up = (TUESDAY, {"priority": Priority.P2})
    down = (TUESDAY + MINUTE, {"priority": Priority.P3})
    plain, there, back = follows(*on_hold), follows(*on_hold, up), follows(*on_hold, up, down)
    assert only(there, FIX).due_at == at("2026-03-04T11:00")  # 960 minutes from Monday nine, +120
    made_safe = only(there, SAFE)
    assert (made_safe.started_at, made_safe.pauses) == (MONDAY, ((TEN, NOON),))
    assert made_safe.due_at == at("2026-03-02T19:00")
    assert only(back, FIX) == only(plain, FIX)
    assert sla.state(only(back, SAFE)) is ClockState.CANCELLED
    again = follows(*on_hold, up, down, (TUESDAY + 2 * MINUTE, {"priority": Priority.P2}))
    assert [one.due_at for one in again] == [one.due_at for one in there]


def test_a_priority_changed_while_fixed_counts_when_it_comes_back() -> None:
    clocks = follows(
        (TEN, {"state": State.FIXED, "responded_at": TEN}),
        (ELEVEN, {"priority": Priority.P2}),
        (NOON, {"state": State.IN_PROGRESS}),
    )
    assert only(clocks, FIX).due_at == DANISH.calendar.add_minutes(NOON, 960 - 60)


def test_a_clock_of_a_priority_without_a_target_is_not_asked_for_any_more() -> None:
    targets = (Target(Priority.P3, None, FIX, 480, True),)
    timing = Timing(DANISH.calendar, policy(targets=targets))
    down, up = (TEN, {"priority": Priority.P4}), (ELEVEN, {"priority": Priority.P3})
    assert only(follows(down, timing=timing), FIX).cancelled_at == TEN
    assert follows(down, up, timing=timing) == follows(timing=timing)


@pytest.mark.parametrize(
    "changes",
    [{"priority": Priority.P4}, {"owner": THEM}],
    ids=["another priority", "another owner"],
)
def test_what_was_late_stays_late_when_it_is_not_asked_for_any_more(
    changes: dict[str, Any],
) -> None:
    targets = (Target(Priority.P3, None, FIX, 480, True),)
    timing = Timing(DANISH.calendar, policy(targets=targets))
    late, _ = passed(follows(timing=timing)[0], at("2026-03-05T09:00"))
    action = replace(P3, **changes)
    after = follow([late], action, at("2026-03-05T10:00"), timing)[0]
    assert (sla.state(after), after.runs) == (ClockState.BREACHED, False)


def test_the_service_lines_own_target_comes_first() -> None:
    own = Target(Priority.P3, "lifts", FIX, 60, False)
    timing = Timing(DANISH.calendar, policy(targets=(*policy().targets, own)))
    moved = (TEN, {"service_line": "lifts"})
    assert only(follows(moved, timing=timing), FIX).due_at == TEN
    assert only(follows(timing=timing), FIX).due_at == at("2026-03-09T09:00")


def test_whoever_takes_work_over_has_clocks_of_their_own() -> None:
    over = {"state": State.RECEIVED, "owner": THEM}
    clocks = follows((TEN, {"state": State.ACKNOWLEDGED, "responded_at": TEN}), (ELEVEN, over))
    assert {sla.state(one) for one in clocks if one.party is US} == {
        ClockState.CANCELLED,
        ClockState.MET,
    }
    again = follows((ELEVEN, over | {"responded_at": None}))
    for kind, days in ((RESPOND, 1), (FIX, 5)):
        one = only(again, kind, THEM)
        assert (one.started_at, one.runs) == (ELEVEN, True)
        assert one.due_at == DANISH.calendar.add_minutes(ELEVEN, days * 480)


def test_whoever_gets_work_back_starts_afresh_too() -> None:
    clocks = follows(
        (TEN, {"owner": THEM}),
        (TUESDAY, {"owner": US}),
        (TUESDAY + MINUTE, {"priority": Priority.P2}),
    )
    assert [one.runs for one in by_kind(clocks, FIX)] == [False, False, True]
    for kind in (RESPOND, SAFE, FIX):
        assert by_kind(clocks, kind, US)[-1].started_at == TUESDAY
    assert all(not one.runs for one in clocks if one.party is THEM)


def test_an_accepted_fix_leaves_nothing_running_and_reopening_gives_what_was_left() -> None:
    fixed = (TEN, {"state": State.FIXED, "responded_at": TEN})
    closed = (ELEVEN, {"state": State.CLOSED, "outcome": Outcome.FIXED})
    assert not [one for one in follows(fixed, closed) if one.runs]
    again = follows(fixed, closed, (TUESDAY, {"state": State.IN_PROGRESS, "outcome": None}))
    assert only(again, FIX).due_at == DANISH.calendar.add_minutes(TUESDAY, 2400 - 60)


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.WITHDRAWN, Outcome.OUT_OF_SCOPE])
def test_what_is_no_work_any_more_has_its_clocks_cancelled(outcome: Outcome) -> None:
    clocks = follows((TEN, {"state": State.CLOSED, "outcome": outcome}))
    assert {sla.state(one) for one in clocks} == {ClockState.CANCELLED}


def test_a_merge_undone_lets_the_clocks_run_on_from_where_they_were() -> None:
    merged = (TEN, {"state": State.CLOSED, "outcome": Outcome.DUPLICATE})
    undone = (ELEVEN, {"state": State.RECEIVED, "outcome": None})
    assert follows(merged, undone) == follows()


def test_the_party_that_verifies_has_a_clock_except_where_silence_accepts() -> None:
    fixed = {"state": State.FIXED, "responded_at": TEN}
    for priority in Priority:
        clocks = follows((TEN, {**fixed, "priority": priority}))
        asked = by_kind(clocks, ClockKind.VERIFICATION)
        assert len(asked) == (priority in (Priority.P1, Priority.P2))
        assert {one.party for one in asked} <= {THEM}
    deep = replace(P3, depth=Depth.CORRECTIVE, plan_agreed_at=MONDAY, permanent_due_at=TUESDAY)
    (one,) = by_kind(follows((TEN, fixed), first=deep), ClockKind.VERIFICATION)
    assert one.due_at == DANISH.calendar.add_minutes(TEN, 3 * 480)


# ---------------------------------------------------------------- corrective

DEEP = replace(P3, depth=Depth.CORRECTIVE)
SENT = {"state": State.PLAN_SUBMITTED, "contained_at": TEN}
RETURNED = {"state": State.ACKNOWLEDGED}
AGREED = {
    "state": State.IN_PROGRESS,
    "plan_agreed_at": NOON,
    "permanent_due_at": at("2026-03-20T16:00"),
}


def test_a_corrective_action_is_timed_by_containment_and_plan() -> None:
    clocks = follows(first=DEEP)
    assert {one.kind for one in clocks} == {ClockKind.CONTAINMENT, ClockKind.PLAN}
    assert only(clocks, ClockKind.CONTAINMENT).due_at == TUESDAY
    assert only(clocks, ClockKind.PLAN).due_at == at("2026-03-16T09:00")


def test_a_critical_one_is_contained_in_four_hours_whatever_the_hour() -> None:
    """DOMAIN 4.7: found on 1 April at nine, contained by one o'clock, Easter before the plan."""
    found = at("2026-04-01T09:00")
    clocks = follows(first=replace(DEEP, severity=1, received_at=found))
    assert only(clocks, ClockKind.CONTAINMENT).due_at == at("2026-04-01T13:00")
    assert only(clocks, ClockKind.PLAN).due_at == at("2026-04-20T09:00")


def test_what_ran_before_it_was_deepened_goes_on_until_people_are_protected() -> None:
    deeper = (TEN, {"depth": Depth.CORRECTIVE})
    assert only(follows(deeper), FIX).runs
    contained = follows(deeper, (ELEVEN, {"contained_at": ELEVEN}))
    assert (only(contained, FIX).stopped_at, only(contained, ClockKind.PLAN).runs) == (ELEVEN, True)
    clocks = follows(deeper, (ELEVEN, SENT), (NOON, AGREED))
    assert sla.state(only(clocks, FIX)) is ClockState.MET
    lasting = only(clocks, ClockKind.PERMANENT_FIX)
    assert (lasting.party, lasting.due_at) == (US, at("2026-03-20T16:00"))


def test_a_fix_that_is_late_already_goes_on_until_the_plan_is_agreed() -> None:
    late = replace(only(follows(), FIX), breached_at=TEN, step=1, step_due_at=TUESDAY)
    contained = replace(P3, depth=Depth.CORRECTIVE, contained_at=MONDAY)
    assert only(follow([late], contained, ELEVEN, DANISH), FIX).runs
    agreed = replace(contained, **AGREED)
    assert only(follow([late], agreed, NOON, DANISH), FIX).stopped_at == NOON


def test_a_plan_sent_back_goes_on_where_the_clock_stopped() -> None:
    clocks = follows((ELEVEN, SENT), (TUESDAY, RETURNED), first=DEEP)
    assert only(clocks, ClockKind.PLAN).due_at == DANISH.calendar.add_minutes(TUESDAY, 4800 - 120)
    again = follows((ELEVEN, SENT), (TUESDAY, RETURNED), (TUESDAY + MINUTE, SENT), first=DEEP)
    asked = by_kind(again, ClockKind.PLAN_AGREEMENT)
    assert [(one.party, one.runs) for one in asked] == [(THEM, False), (THEM, True)]
    assert asked[-1].due_at == DANISH.calendar.add_minutes(TUESDAY + MINUTE, 3 * 480)


def test_while_it_is_monitored_nothing_runs_and_then_the_other_party_confirms() -> None:
    until = at("2026-06-01T12:00")
    fixed = (TUESDAY, {"state": State.FIXED})
    accepted = (TUESDAY + MINUTE, {"state": State.MONITORING, "monitoring_until": until})
    life = ((ELEVEN, SENT), (NOON, AGREED), fixed, accepted)
    assert not [one for one in follows(*life, first=DEEP) if one.runs]
    asked = [one for one in follows(*life, (until, {}), first=DEEP) if one.runs]
    assert [(one.kind, one.party) for one in asked] == [(ClockKind.VERIFICATION, THEM)]
    assert asked[0].due_at == DANISH.calendar.add_minutes(until, 3 * 480)
    held = (until + MINUTE, {"state": State.CLOSED, "outcome": Outcome.EFFECTIVE})
    assert not [one for one in follows(*life, (until, {}), held, first=DEEP) if one.runs]


# ---------------------------------------------------------------- holds and decisions


def test_a_hold_stops_the_owners_clocks_and_no_other() -> None:
    decision = sla.started(ClockKind.DECISION, THEM, TEN, (480, True), DANISH, decision_id=7)
    action = replace(P3, paused_at=ELEVEN)
    clocks = follow([*follows(), decision], action, ELEVEN, DANISH)
    assert {one.kind for one in clocks if one.paused_at == ELEVEN} == {RESPOND, FIX}
    assert next(one for one in clocks if one.kind is ClockKind.DECISION) == decision
    sent = follows((TEN, {"paused_at": TEN}), (ELEVEN, SENT), first=DEEP)
    assert only(sent, ClockKind.PLAN_AGREEMENT).runs


def test_what_is_asked_for_during_a_hold_waits_with_the_rest() -> None:
    clocks = follows(
        (TEN, {"state": State.IN_PROGRESS, "responded_at": TEN, "paused_at": TEN}),
        (ELEVEN, {"depth": Depth.CORRECTIVE}),
        (NOON, {"paused_at": None}),
    )
    assert only(clocks, ClockKind.CONTAINMENT).due_at == DANISH.calendar.add_minutes(NOON, 480)


def test_a_decision_is_due_in_three_working_days_or_four_hours_when_urgent() -> None:
    assert sla.decision_target(Priority.P4, DANISH) == (1440, True)
    assert sla.decision_target(Priority.P2, DANISH) == (240, False)


def test_a_decision_ends_with_the_action() -> None:
    asked = sla.started(ClockKind.DECISION, THEM, TEN, (480, True), DANISH, decision_id=7)
    closed = replace(P3, state=State.CLOSED, outcome=Outcome.FIXED)
    assert follow([asked], closed, NOON, DANISH)[0].stopped_at == NOON
    void = replace(closed, outcome=Outcome.WITHDRAWN)
    assert follow([asked], void, NOON, DANISH)[0].cancelled_at == NOON


def test_under_another_calendar_what_runs_is_worked_out_again_and_what_ended_is_not() -> None:
    clocks = follows((TEN, {"state": State.ACKNOWLEDGED, "responded_at": TEN}))
    shorter = Timing(weekdays(8, 12), policy())
    after = sla.retimed(clocks, shorter)
    assert only(after, RESPOND) == only(clocks, RESPOND)
    assert only(after, FIX).due_at == shorter.calendar.add_minutes(MONDAY, 2400)


def test_the_soonest_is_the_first_due_of_those_not_ended() -> None:
    clocks = follows((TEN, {"state": State.ACKNOWLEDGED, "responded_at": TEN}))
    assert sla.soonest(clocks) == only(clocks, FIX)
    assert sla.soonest([]) is None
