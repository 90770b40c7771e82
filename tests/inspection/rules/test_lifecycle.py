"""Every state × move × party × role has the answer of the table, and both parties mirror."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import product
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
    make,
    may_move,
    possible,
)
from inspection.rules.states import Outcome, PhotoRule, Priority, State

CALENDAR = Calendar(ZoneInfo("Europe/Copenhagen"), (((time(8), time(16)),),) * 5 + ((), ()))
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)  # a Tuesday
CLOSED_AT = NOW - timedelta(days=1)

# The table of DOMAIN 2.6 at depth `correction`, written out by hand: who (owner's or other side;
# S supervisor, M manager, T staff, E executive), in which states.
R, A, P, F, C = (
    State.RECEIVED,
    State.ACKNOWLEDGED,
    State.IN_PROGRESS,
    State.FIXED,
    State.CLOSED,
)
STATES = (R, A, P, F, C)
ROLES = {"T": Role.STAFF, "S": Role.SUPERVISOR, "M": Role.MANAGER, "E": Role.EXECUTIVE}
TABLE: dict[Move, tuple[str, str, tuple[State, ...]]] = {
    Move.ACKNOWLEDGE: ("SM", "", (R,)),
    Move.ASSIGN: ("SM", "", (A, P)),
    Move.UNASSIGN: ("SM", "", (R, A, P)),
    Move.START: ("TSM", "", (R, A)),
    Move.MAKE_SAFE: ("TSM", "", (R, A, P)),
    Move.FIX_TEMPORARILY: ("TSM", "", (A, P)),
    Move.FIX: ("TSM", "", (A, P)),
    Move.ACCEPT: ("", "SM", (F,)),
    Move.RETURN: ("", "SM", (F,)),
    Move.REOPEN: ("", "SM", (C,)),
    Move.MERGE: ("SM", "SM", (R, A, P, F)),
    Move.UNMERGE: ("SM", "SM", (C,)),
    Move.COMMENT: ("TSME", "TSME", STATES),
    Move.ASK: ("TSM", "TSM", (R, A, P, F)),
    Move.WITHDRAW: ("", "", ()),
}
REPORTERS = {Move.RETURN: (F,), Move.REOPEN: (C,), Move.WITHDRAW: (R, A, P)}
EVERYTHING = Given("words", 1, NOW.date())


def facts(state: State, owner: Party, move: Move) -> Facts:
    """An action that meets every condition of `move` but state, side and role."""
    ended = Outcome.DUPLICATE if move is Move.UNMERGE else Outcome.FIXED
    return Facts(
        state,
        owner,
        Priority.P1,
        outcome=ended if state is C else None,
        closed_at=CLOSED_AT if state is C else None,
        assigned=True,
        reports=1,
        before_merge=A,
    )


def test_the_table_covers_every_move() -> None:
    assert set(TABLE) == set(Move) == set(STEPS)


@pytest.mark.parametrize("move", list(Move))
def test_a_member_may_exactly_what_the_table_says(move: Move) -> None:
    owners, others, states = TABLE[move]
    for state, owner, party, (letter, role) in product(STATES, Party, Party, ROLES.items()):
        side = owners if party is owner else others
        allowed = letter in side and state in states
        seen = facts(state, owner, move)
        refusal = may_move(seen, move, Actor(party, role), NOW, CALENDAR)
        assert (refusal is None) is allowed, (move, state, owner, party, role, refusal)
        if refusal is not None:
            assert refusal.sentence
            made = make(seen, move, Actor(party, role), EVERYTHING, NOW, CALENDAR)
            assert made == [refusal]


@pytest.mark.parametrize("move", list(Move))
def test_the_reporter_may_return_reopen_and_withdraw_only(move: Move) -> None:
    for state, owner in product(STATES, Party):
        refusal = may_move(facts(state, owner, move), move, REPORTER, NOW, CALENDAR)
        assert (refusal is None) is (state in REPORTERS.get(move, ())), (move, state, refusal)


@pytest.mark.parametrize("move", list(Move))
def test_each_right_over_the_others_work_exists_mirrored(move: Move) -> None:
    for state, owner, party, role in product(STATES, Party, Party, Role):
        here = may_move(facts(state, owner, move), move, Actor(party, role), NOW, CALENDAR)
        mirrored = facts(state, owner.other, move)
        there = may_move(mirrored, move, Actor(party.other, role), NOW, CALENDAR)
        assert here == there


def test_nobody_accepts_the_fix_of_their_own_party() -> None:
    for owner, role in product(Party, Role):
        refusal = may_move(
            facts(F, owner, Move.ACCEPT), Move.ACCEPT, Actor(owner, role), NOW, CALENDAR
        )
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
    ("move", "start", "end", "outcome"),
    [
        (Move.ACKNOWLEDGE, R, A, None),
        (Move.START, A, P, None),
        (Move.START, R, P, None),
        (Move.MAKE_SAFE, A, A, None),
        (Move.FIX_TEMPORARILY, P, P, None),
        (Move.FIX, P, F, Outcome.FIXED),
        (Move.ACCEPT, F, C, None),
        (Move.RETURN, F, P, None),
        (Move.REOPEN, C, P, None),
        (Move.MERGE, P, C, Outcome.DUPLICATE),
        (Move.UNMERGE, C, A, None),
    ],
)
def test_where_a_move_leads(move: Move, start: State, end: State, outcome: Outcome | None) -> None:
    owner = Party.CONTRACTOR
    owners, _, _ = TABLE[move]
    actor = Actor(owner if owners else owner.other, Role.SUPERVISOR)
    change = make(facts(start, owner, move), move, actor, EVERYTHING, NOW, CALENDAR)
    assert change == Change(end, outcome)


def codes(move: Move, given: Given, **changes: object) -> list[str]:
    seen = Facts(**{"state": P, "owner": Party.CONTRACTOR, "priority": Priority.P1} | changes)  # type: ignore[arg-type]
    answer = make(seen, move, Actor(Party.CONTRACTOR, Role.STAFF), given, NOW, CALENDAR)
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
    ],
)
def test_what_must_be_said_with_a_move(
    move: Move, given: Given, changes: dict[str, object], missing: list[str]
) -> None:
    assert codes(move, given, **changes) == missing


def test_a_fix_can_say_that_no_fault_was_found() -> None:
    seen = Facts(P, Party.CUSTOMER, Priority.P3)
    given = Given("looked for an hour", 1, no_fault_found=True)
    change = make(seen, Move.FIX, Actor(Party.CUSTOMER, Role.STAFF), given, NOW, CALENDAR)
    assert change == Change(F, Outcome.NO_FAULT_FOUND)


def test_reopening_ends_five_working_days_after_closing() -> None:
    closed = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)  # Friday 10:00 in Copenhagen
    end = lifecycle.reopening_ends(closed, CALENDAR)
    assert end == datetime(2026, 3, 13, 9, 0, tzinfo=UTC)
    seen = Facts(C, Party.CONTRACTOR, Priority.P3, Outcome.FIXED, closed)
    assert may_move(seen, Move.REOPEN, REPORTER, end, CALENDAR) is None
    late = may_move(seen, Move.REOPEN, REPORTER, end + timedelta(minutes=1), CALENDAR)
    assert late is not None
    assert late.code == "action.reopening_over"


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.WITHDRAWN])
def test_what_was_never_fixed_cannot_be_reopened(outcome: Outcome) -> None:
    seen = Facts(C, Party.CONTRACTOR, Priority.P3, outcome, CLOSED_AT)
    refusal = may_move(seen, Move.REOPEN, REPORTER, NOW, CALENDAR)
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
    change = make(seen, Move.WITHDRAW, REPORTER, Given(), NOW, CALENDAR)
    assert isinstance(change, Change)
    assert change.state is end
    assert (change.outcome is Outcome.WITHDRAWN) is (end is C)


def test_only_fixes_of_priority_three_and_four_are_accepted_by_themselves() -> None:
    fixed = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    ends = {
        priority: lifecycle.acceptance_ends(Facts(F, Party.CUSTOMER, priority), fixed, CALENDAR)
        for priority in Priority
    }
    assert ends[Priority.P1] is ends[Priority.P2] is None
    assert ends[Priority.P3] == ends[Priority.P4] == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


def test_the_moves_offered_are_those_that_may_be_made() -> None:
    for state, owner, party, role in product(STATES, Party, Party, Role):
        seen = Facts(state, owner, Priority.P3, closed_at=CLOSED_AT if state is C else None)
        offered = possible(seen, Actor(party, role), NOW, CALENDAR)
        for move in Move:
            allowed = may_move(seen, move, Actor(party, role), NOW, CALENDAR) is None
            assert (move in offered) is allowed
