"""Every state × move × party × role has the answer of the table, and both parties mirror."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inspection.rules import lifecycle
from inspection.rules.access import RIGHTS, Party, Right, Role, Side
from inspection.rules.calendar import Calendar
from inspection.rules.lifecycle import (
    REPORTER,
    STEPS,
    Actor,
    Change,
    Facts,
    Given,
    Move,
    by_itself,
    make,
    may_move,
    possible,
)
from inspection.rules.policy import Limits, Policy, Responded
from inspection.rules.sla import Timing
from inspection.rules.states import Depth, Outcome, PhotoRule, Priority, State

CALENDAR = Calendar(ZoneInfo("Europe/Copenhagen"), (((time(8), time(16)),),) * 5 + ((), ()))
TIMING = Timing(CALENDAR)
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)  # a Tuesday
CLOSED_AT = NOW - timedelta(days=1)

# The table of DOMAIN 2.6, written out by hand: who (owner's or other side; S supervisor,
# M manager, T staff, E executive), in which states of a correction, in which of a corrective one.
R, A, S, P, F, M, C = (
    State.RECEIVED,
    State.ACKNOWLEDGED,
    State.PLAN_SUBMITTED,
    State.IN_PROGRESS,
    State.FIXED,
    State.MONITORING,
    State.CLOSED,
)
SHALLOW, DEEP = Depth.CORRECTION, Depth.CORRECTIVE
STATES = {SHALLOW: (R, A, P, F, C), DEEP: (R, A, S, P, F, M, C)}
OPEN = {SHALLOW: (R, A, P, F), DEEP: (R, A, S, P, F, M)}
ROLES = {"T": Role.STAFF, "S": Role.SUPERVISOR, "M": Role.MANAGER, "E": Role.EXECUTIVE}
States = tuple[State, ...]
TABLE: dict[Move, tuple[str, str, States, States]] = {
    Move.ACKNOWLEDGE: ("SM", "", (R,), (R,)),
    Move.ASSIGN: ("SM", "", (A, P), (A, P)),
    Move.UNASSIGN: ("SM", "", (R, A, P), (R, A, P)),
    Move.START: ("TSM", "", (R, A), (R, A)),
    Move.MAKE_SAFE: ("TSM", "", (R, A, P), (R, A, P)),
    Move.FIX_TEMPORARILY: ("TSM", "", (A, P), (A, P)),
    Move.FIX: ("TSM", "", (A, P), (A, P)),
    Move.ACCEPT: ("", "SM", (F,), (F,)),
    Move.RETURN: ("", "SM", (F,), (F,)),
    Move.REOPEN: ("", "SM", (C,), ()),
    Move.MERGE: ("SM", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.UNMERGE: ("SM", "SM", (C,), (C,)),
    Move.COMMENT: ("TSME", "TSME", STATES[SHALLOW], STATES[DEEP]),
    Move.ASK: ("TSM", "TSM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.WITHDRAW: ("", "", (), ()),
    Move.CONTAIN: ("TSM", "", (), (R, A, S, P)),
    Move.PLAN: ("SM", "", (), (A, P)),
    Move.AGREE_PLAN: ("", "SM", (), (S,)),
    Move.RETURN_PLAN: ("", "SM", (), (S,)),
    Move.CONFIRM_EFFECTIVE: ("", "SM", (), (M,)),
    Move.CONFIRM_REPEAT: ("SM", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.DECLINE_REPEAT: ("SM", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.HOLD: ("SM", "", (R, A, P), (R, A, P)),
    Move.LIFT: ("SM", "", OPEN[SHALLOW], OPEN[DEEP]),
    Move.CONTEST_HOLD: ("", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.UPHOLD_HOLD: ("", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.VOID_HOLD: ("SM", "", OPEN[SHALLOW], OPEN[DEEP]),
    Move.ASK_DECISION: ("SM", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.ANSWER: ("SM", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.TAKE_BACK: ("SM", "SM", OPEN[SHALLOW], OPEN[DEEP]),
    Move.DEEPEN: ("", "", (), ()),
    Move.REFUTE: ("", "", (), ()),
    Move.REPRIORITISE: ("", "", (), ()),
    Move.HAND_OVER: ("", "", (), ()),
    Move.RULE_OUT: ("", "", (), ()),
    Move.CALL_OFF: ("", "", (), ()),
    Move.END_WINDOW: ("", "", (), ()),
}
REPORTERS = {
    SHALLOW: {Move.RETURN: (F,), Move.REOPEN: (C,), Move.WITHDRAW: (R, A, P)},
    DEEP: {Move.RETURN: (F,), Move.WITHDRAW: (R, A, P)},
}
BY_RULE = {
    *(Move.DEEPEN, Move.REFUTE, Move.REPRIORITISE, Move.HAND_OVER),
    *(Move.RULE_OUT, Move.CALL_OFF, Move.END_WINDOW),
}
EVERYTHING = Given("words", 1, NOW.date(), scanned=True)
SOMEWHERE = [(depth, state) for depth in Depth for state in STATES[depth]]


def facts(state: State, owner: Party, move: Move, depth: Depth = SHALLOW) -> Facts:
    """An action that meets every condition of `move` but state, depth, side and role."""
    ended = Outcome.FIXED if depth is SHALLOW else Outcome.EFFECTIVE
    return Facts(
        state,
        owner,
        Priority.P1,
        outcome=(Outcome.DUPLICATE if move is Move.UNMERGE else ended) if state is C else None,
        closed_at=CLOSED_AT if state is C else None,
        assigned=True,
        reports=1,
        before_merge=A,
        depth=depth,
        contained=True,
        plan_agreed=move is not Move.PLAN,
        monitoring_until=CLOSED_AT if state in (M, C) else None,
        on_hold=move is not Move.HOLD,
        suspected=move in (Move.CONFIRM_REPEAT, Move.DECLINE_REPEAT),
    )


def test_the_table_covers_every_move() -> None:
    assert set(TABLE) == set(Move) == set(STEPS)


@pytest.mark.parametrize("move", list(Move))
def test_a_member_may_exactly_what_the_table_says(move: Move) -> None:
    owners, others, shallow, deep = TABLE[move]
    for (depth, state), owner, party, (letter, role) in product(
        SOMEWHERE, Party, Party, ROLES.items()
    ):
        side = owners if party is owner else others
        allowed = letter in side and state in (shallow if depth is SHALLOW else deep)
        seen = facts(state, owner, move, depth)
        refusal = may_move(seen, move, Actor(party, role), NOW, TIMING)
        assert (refusal is None) is allowed, (move, depth, state, owner, party, role, refusal)
        if refusal is not None:
            assert refusal.sentence
            made = make(seen, move, Actor(party, role), EVERYTHING, NOW, TIMING)
            assert made == [refusal]


@pytest.mark.parametrize("move", list(Move))
def test_the_reporter_may_return_reopen_and_withdraw_only(move: Move) -> None:
    for (depth, state), owner in product(SOMEWHERE, Party):
        refusal = may_move(facts(state, owner, move, depth), move, REPORTER, NOW, TIMING)
        allowed = state in REPORTERS[depth].get(move, ())
        assert (refusal is None) is allowed, (move, depth, state, refusal)


@pytest.mark.parametrize("move", list(Move))
def test_each_right_over_the_others_work_exists_mirrored(move: Move) -> None:
    for (depth, state), owner, party, role in product(SOMEWHERE, Party, Party, Role):
        here = may_move(facts(state, owner, move, depth), move, Actor(party, role), NOW, TIMING)
        mirrored = facts(state, owner.other, move, depth)
        there = may_move(mirrored, move, Actor(party.other, role), NOW, TIMING)
        assert here == there


def test_a_fix_is_accepted_once_it_is_known_whether_it_is_a_repeat() -> None:
    for owner in Party:
        other, seen = Actor(owner.other, Role.MANAGER), facts(F, owner, Move.ACCEPT)
        assert may_move(seen, Move.ACCEPT, other, NOW, TIMING) is None
        refusal = may_move(replace(seen, suspected=True), Move.ACCEPT, other, NOW, TIMING)
        assert refusal is not None
        assert refusal.code == "action.repeat_undecided_here"


def test_nobody_makes_a_rules_move_by_hand() -> None:
    assert {move for move in Move if STEPS[move].by_rule} == BY_RULE
    for move, state, owner, party in product(BY_RULE, State, Party, Party):
        seen = facts(state, owner, move, DEEP)
        for actor in (REPORTER, Actor(party, Role.MANAGER)):
            refusal = may_move(seen, move, actor, NOW, TIMING)
            assert refusal is not None
            assert refusal.code == "action.by_rule"


def test_nobody_judges_the_fix_or_the_plan_of_their_own_party() -> None:
    judging = {Move.ACCEPT: F, Move.RETURN: F, Move.AGREE_PLAN: S, Move.CONFIRM_EFFECTIVE: M}
    for (move, state), owner, role in product(judging.items(), Party, Role):
        seen = facts(state, owner, move, DEEP)
        refusal = may_move(seen, move, Actor(owner, role), NOW, TIMING)
        assert refusal is not None
        if role in (Role.SUPERVISOR, Role.MANAGER):
            assert refusal.code == "action.own_fix"


def test_rights_name_sides_never_parties() -> None:
    for right in RIGHTS.values():
        assert isinstance(right, Right)
        assert right.side in Side
        for role, party, owner in product(Role, Party, Party):
            assert right.allows(role, party, owner) == right.allows(role, party.other, owner.other)


@pytest.mark.parametrize(
    ("depth", "move", "start", "end", "outcome"),
    [
        (SHALLOW, Move.ACKNOWLEDGE, R, A, None),
        (SHALLOW, Move.START, A, P, None),
        (SHALLOW, Move.START, R, P, None),
        (SHALLOW, Move.MAKE_SAFE, A, A, None),
        (SHALLOW, Move.FIX_TEMPORARILY, P, P, None),
        (SHALLOW, Move.FIX, P, F, Outcome.FIXED),
        (SHALLOW, Move.ACCEPT, F, C, None),
        (SHALLOW, Move.RETURN, F, P, None),
        (SHALLOW, Move.REOPEN, C, P, None),
        (SHALLOW, Move.MERGE, P, C, Outcome.DUPLICATE),
        (SHALLOW, Move.UNMERGE, C, A, None),
        (SHALLOW, Move.HOLD, P, P, None),
        (SHALLOW, Move.LIFT, P, P, None),
        (SHALLOW, Move.ANSWER, F, F, None),
        (DEEP, Move.CONTAIN, R, R, None),
        (DEEP, Move.PLAN, A, S, None),
        (DEEP, Move.PLAN, P, S, None),
        (DEEP, Move.CONTAIN, S, S, None),
        (DEEP, Move.AGREE_PLAN, S, P, None),
        (DEEP, Move.RETURN_PLAN, S, A, None),
        (DEEP, Move.FIX, P, F, Outcome.FIXED),
        (DEEP, Move.ACCEPT, F, M, None),
        (DEEP, Move.RETURN, F, P, None),
        (DEEP, Move.CONFIRM_EFFECTIVE, M, C, Outcome.EFFECTIVE),
        (DEEP, Move.MERGE, M, C, Outcome.DUPLICATE),
    ],
)
def test_where_a_move_leads(
    depth: Depth, move: Move, start: State, end: State, outcome: Outcome | None
) -> None:
    owner = Party.CONTRACTOR
    actor = Actor(owner if TABLE[move][0] else owner.other, Role.SUPERVISOR)
    change = make(facts(start, owner, move, depth), move, actor, EVERYTHING, NOW, TIMING)
    assert change == Change(end, outcome)


@pytest.mark.parametrize(
    ("move", "start", "end", "outcome"),
    [
        (Move.DEEPEN, R, R, None),
        (Move.DEEPEN, A, A, None),
        (Move.DEEPEN, P, P, None),
        (Move.DEEPEN, F, P, None),  # it was mended; the cause is still there
        (Move.REFUTE, M, C, Outcome.INEFFECTIVE),
        (Move.REPRIORITISE, P, P, None),
        (Move.HAND_OVER, P, R, None),
        (Move.HAND_OVER, F, R, None),
        (Move.RULE_OUT, A, C, Outcome.OUT_OF_SCOPE),
        (Move.CALL_OFF, S, C, Outcome.WITHDRAWN),
        (Move.END_WINDOW, M, M, None),
    ],
)
def test_where_a_rule_leads(move: Move, start: State, end: State, outcome: Outcome | None) -> None:
    assert start in STEPS[move].source
    assert by_itself(facts(start, Party.CUSTOMER, move, DEEP), move) == Change(end, outcome)


def test_a_rule_keeps_how_it_ended_unless_it_ends_it_otherwise() -> None:
    seen = Facts(F, Party.CUSTOMER, Priority.P3, Outcome.NO_FAULT_FOUND)
    assert by_itself(seen, Move.REPRIORITISE).outcome is Outcome.NO_FAULT_FOUND
    assert by_itself(seen, Move.DEEPEN).outcome is None
    assert by_itself(seen, Move.HAND_OVER).outcome is None


def codes(move: Move, given: Given, role: Role = Role.STAFF, **changes: object) -> list[str]:
    seen = Facts(**{"state": P, "owner": Party.CONTRACTOR, "priority": Priority.P1} | changes)  # type: ignore[arg-type]
    answer = make(seen, move, Actor(Party.CONTRACTOR, role), given, NOW, TIMING)
    return [refusal.code for refusal in answer] if isinstance(answer, list) else []


@pytest.mark.parametrize(
    ("move", "given", "changes", "missing"),
    [
        (Move.FIX, Given(), {}, ["action.text_missing"]),
        (Move.FIX, Given("  \n"), {}, ["action.text_missing"]),
        (Move.FIX, Given("done"), {}, []),
        (Move.FIX, Given("done"), {"photo_rule": PhotoRule.AT_FIX}, ["action.photo_missing"]),
        (Move.FIX, Given("done", 1), {"photo_rule": PhotoRule.AT_FIX}, []),
        (Move.FIX, Given("none", no_fault_found=True), {}, ["action.photo_missing"]),
        (Move.FIX, Given("none", 1, no_fault_found=True), {}, []),
        (Move.FIX_TEMPORARILY, Given("taped"), {}, ["action.date_missing"]),
        (Move.FIX_TEMPORARILY, Given("", 0, NOW.date()), {}, ["action.text_missing"]),
        (Move.MAKE_SAFE, Given("valve closed"), {}, []),
        (Move.MAKE_SAFE, Given("valve closed"), {"priority": Priority.P3}, ["action.not_urgent"]),
        (Move.COMMENT, Given(""), {}, ["action.text_missing"]),
        (Move.ASK, Given(""), {}, ["action.text_missing"]),
        (Move.CONTAIN, Given(" "), {"depth": DEEP}, ["action.text_missing"]),
        (Move.CONTAIN, Given("roped off"), {"depth": DEEP}, []),
        (Move.CONTAIN, Given("roped off"), {}, ["action.only_corrective"]),
        (Move.FIX, Given("done"), {"depth": DEEP}, ["action.plan_first"]),
        (Move.FIX, Given("done"), {"depth": DEEP, "plan_agreed": True}, []),
        (Move.UNASSIGN, Given(), {"role": Role.SUPERVISOR}, ["action.not_assigned"]),
        (Move.PLAN, Given(), {"role": Role.SUPERVISOR}, ["action.only_corrective"]),
        (Move.PLAN, Given(), {"role": Role.SUPERVISOR, "depth": DEEP}, []),
        (
            Move.PLAN,
            Given(),
            {"role": Role.SUPERVISOR, "depth": DEEP, "plan_agreed": True},
            ["action.plan_agreed_already"],
        ),
        (Move.HOLD, Given(), {"role": Role.SUPERVISOR}, []),
        (
            Move.HOLD,
            Given(),
            {"role": Role.SUPERVISOR, "on_hold": True},
            ["action.on_hold_already"],
        ),
        (Move.LIFT, Given(), {"role": Role.SUPERVISOR}, ["action.not_on_hold"]),
        (Move.LIFT, Given(), {"role": Role.SUPERVISOR, "on_hold": True}, []),
        (Move.CONFIRM_REPEAT, Given(), {"role": Role.SUPERVISOR}, ["action.no_suspicion"]),
        (Move.CONFIRM_REPEAT, Given(), {"role": Role.SUPERVISOR, "suspected": True}, []),
        (
            Move.DECLINE_REPEAT,
            Given(),
            {"role": Role.SUPERVISOR, "suspected": True},
            ["action.text_missing"],
        ),
        (Move.ASK_DECISION, Given(), {"role": Role.SUPERVISOR}, ["action.text_missing"]),
    ],
)
def test_what_must_be_said_with_a_move(
    move: Move, given: Given, changes: dict[str, Any], missing: list[str]
) -> None:
    assert codes(move, given, **changes) == missing


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (Given(), ["action.verification_missing"]),
        (Given(" "), ["action.verification_missing"]),
        (Given(scanned=True), []),
        (Given("Invoice 7 and the photo of the new cartridge"), []),
        (Given(photos=1), []),
    ],
)
def test_a_permanent_fix_is_verified_on_site_or_by_a_record(
    given: Given, missing: list[str]
) -> None:
    seen = Facts(F, Party.CONTRACTOR, Priority.P3, depth=DEEP, plan_agreed=True)
    actor = Actor(Party.CUSTOMER, Role.SUPERVISOR)
    answer = make(seen, Move.ACCEPT, actor, given, NOW, TIMING)
    assert ([no.code for no in answer] if isinstance(answer, list) else []) == missing


def test_it_held_can_be_said_from_the_end_of_the_window_on_not_before() -> None:
    seen = Facts(M, Party.CONTRACTOR, Priority.P3, depth=DEEP, monitoring_until=NOW)
    actor, early = Actor(Party.CUSTOMER, Role.MANAGER), NOW - timedelta(microseconds=1)
    assert may_move(seen, Move.CONFIRM_EFFECTIVE, actor, NOW, TIMING) is None
    refusal = may_move(seen, Move.CONFIRM_EFFECTIVE, actor, early, TIMING)
    assert refusal is not None
    assert refusal.code == "action.window_runs"


def test_what_proved_effective_stays_as_it_is() -> None:
    seen = Facts(C, Party.CONTRACTOR, Priority.P3, Outcome.EFFECTIVE, CLOSED_AT, depth=DEEP)
    for party, role in product(Party, Role):
        assert possible(seen, Actor(party, role), NOW, TIMING) == [Move.COMMENT]
    assert possible(seen, REPORTER, NOW, TIMING) == []


def test_a_fix_can_say_that_no_fault_was_found() -> None:
    seen = Facts(P, Party.CUSTOMER, Priority.P3)
    given = Given("looked for an hour", 1, no_fault_found=True)
    change = make(seen, Move.FIX, Actor(Party.CUSTOMER, Role.STAFF), given, NOW, TIMING)
    assert change == Change(F, Outcome.NO_FAULT_FOUND)


def test_reopening_ends_five_working_days_after_closing() -> None:
    closed = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)  # Friday 10:00 in Copenhagen
    end = lifecycle.reopening_ends(closed, TIMING)
    assert end == datetime(2026, 3, 13, 9, 0, tzinfo=UTC)
    seen = Facts(C, Party.CONTRACTOR, Priority.P3, Outcome.FIXED, closed)
    assert may_move(seen, Move.REOPEN, REPORTER, end, TIMING) is None
    late = may_move(seen, Move.REOPEN, REPORTER, end + timedelta(minutes=1), TIMING)
    assert late is not None
    assert late.code == "action.reopening_over"


def test_the_agreed_policy_says_how_long_a_fix_can_be_reopened_and_objected_to() -> None:
    closed = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # Monday 09:00 in Copenhagen
    limits = Limits(reopening_days=2, acceptance_days=1)
    timing = Timing(CALENDAR, Policy(Responded.ATTENDED, (), limits))
    assert lifecycle.reopening_ends(closed, timing) == closed + timedelta(days=2)
    plain = Facts(F, Party.CUSTOMER, Priority.P4)
    assert lifecycle.acceptance_ends(plain, closed, timing) == closed + timedelta(days=1)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.FIXED, Outcome.NO_FAULT_FOUND}))
def test_what_was_never_fixed_cannot_be_reopened(outcome: Outcome) -> None:
    seen = Facts(C, Party.CONTRACTOR, Priority.P3, outcome, CLOSED_AT)
    refusal = may_move(seen, Move.REOPEN, REPORTER, NOW, TIMING)
    assert refusal is not None
    assert refusal.code == "action.nothing_to_reopen"


@pytest.mark.parametrize(
    ("state", "reports", "end"),
    [(R, 1, C), (R, 0, C), (R, 2, R), (A, 1, A), (P, 1, P)],
)
def test_withdrawing_the_last_report_closes_only_what_nobody_acknowledged(
    state: State, reports: int, end: State
) -> None:
    seen = Facts(state, Party.CONTRACTOR, Priority.P3, reports=reports)
    change = make(seen, Move.WITHDRAW, REPORTER, Given(), NOW, TIMING)
    assert isinstance(change, Change)
    assert change.state is end
    assert (change.outcome is Outcome.WITHDRAWN) is (end is C)


def test_only_fixes_of_priority_three_and_four_are_accepted_by_themselves() -> None:
    fixed = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    ends = {
        priority: lifecycle.acceptance_ends(Facts(F, Party.CUSTOMER, priority), fixed, TIMING)
        for priority in Priority
    }
    assert ends[Priority.P1] is ends[Priority.P2] is None
    assert ends[Priority.P3] == ends[Priority.P4] == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
    deep = Facts(F, Party.CUSTOMER, Priority.P3, depth=DEEP)
    assert lifecycle.acceptance_ends(deep, fixed, TIMING) is None


def test_the_moves_offered_are_those_that_may_be_made() -> None:
    for (depth, state), owner, party, role in product(SOMEWHERE, Party, Party, Role):
        seen = facts(state, owner, Move.COMMENT, depth)
        offered = possible(seen, Actor(party, role), NOW, TIMING)
        for move in Move:
            allowed = may_move(seen, move, Actor(party, role), NOW, TIMING) is None
            assert (move in offered) is allowed
