"""What one party may do on the other's work, the other may do on the first's: every rule mirrored.

Each test swaps the parties in everything a rule is given and expects the same answer with the
parties swapped. New fields of the facts are swapped and drawn without a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import product
from typing import Any, TypeVar, cast, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.rules import agreement, holds
from inspection.rules.access import RIGHTS, Member, Party, Role, Side, may
from inspection.rules.calendar import Calendar
from inspection.rules.court import Turn, court
from inspection.rules.lifecycle import REPORTER, STEPS, Actor, Facts, Given, Move, make, may_move
from inspection.rules.policy import PROPOSED, Policy, read
from inspection.rules.sla import Timed, Timing, follow, started
from inspection.rules.states import Cause, ClockKind, Depth, Outcome, Priority, State

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)  # a Tuesday
MOMENTS = st.integers(-20, 20).map(lambda days: NOW + timedelta(days=days))
CALENDAR = Calendar(ZoneInfo("Europe/Copenhagen"), (((time(8), time(16)),),) * 5 + ((), ()))
POLICY = read({"response_means": "acknowledged", **PROPOSED})
assert isinstance(POLICY, Policy)
TIMING = Timing(CALENDAR, POLICY)
SIDES = {Cause.CUSTOMER: Cause.CONTRACTOR, Cause.CONTRACTOR: Cause.CUSTOMER}
JUDGING = frozenset(
    {Move.ACCEPT, Move.RETURN, Move.REOPEN, Move.AGREE_PLAN, Move.RETURN_PLAN}
    | {Move.CONFIRM_EFFECTIVE, Move.CONTEST_HOLD}
)

T = TypeVar("T")


def swapped(value: T) -> T:
    """Return the same with the parties swapped, wherever they stand in it."""
    result: Any = value
    if isinstance(value, Party):
        result = value.other
    elif isinstance(value, Cause):
        result = SIDES.get(value, value)
    elif isinstance(value, list | tuple | frozenset):
        result = type(value)(swapped(each) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        mirrored = {each.name: swapped(getattr(value, each.name)) for each in fields(value)}
        result = replace(value, **mirrored)
    return cast(T, result)


def drawn(kind: type[T], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Draw any `kind` its types allow; moments around now, whole numbers small."""

    def strategy(hint: Any) -> st.SearchStrategy[Any]:
        if hint in (datetime, datetime | None):
            return MOMENTS if hint is datetime else st.none() | MOMENTS
        if hint in (int, int | None):
            return st.integers(0, 3) if hint is int else st.none() | st.integers(1, 5)
        if hint is str:
            return st.sampled_from(["", "words"])
        found: st.SearchStrategy[Any] = st.from_type(hint)
        return found

    hints = get_type_hints(kind)
    return st.builds(
        kind,
        **{each.name: strategy(hints[each.name]) for each in fields(kind)} | given,  # type: ignore[arg-type]
    )


ACTORS = st.builds(Actor, st.sampled_from(Party), st.sampled_from(Role)) | st.just(REPORTER)


def mirrors(rule: Callable[..., Any], *given: Any) -> None:
    """Hold `rule` to its mirror image on what it is given."""
    assert rule(*swapped(given)) == swapped(rule(*given))


# ---------------------------------------------------------------- rights


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_of_one_party_over_the_other_exists_mirrored(right: str) -> None:
    for role, party, owner in product(Role, Party, Party):
        here = may(Member(1, 2, 3, party, role), right, owner)
        assert here == may(Member(1, 2, 3, party.other, role), right, owner.other)


def test_both_parties_may_the_same_on_their_own_and_on_the_others_work() -> None:
    def rights(party: Party, owner: Party) -> set[tuple[str, Role]]:
        return {
            (right, role)
            for right, role in product(RIGHTS, Role)
            if may(Member(1, 2, 3, party, role), right, owner)
        }

    customer, contractor = Party.CUSTOMER, Party.CONTRACTOR
    assert rights(customer, contractor) == rights(contractor, customer)
    assert rights(customer, customer) == rights(contractor, contractor)


def test_every_move_by_hand_has_its_right_and_no_right_names_a_party() -> None:
    by_hand = {move for move in Move if not STEPS[move].by_rule}
    assert {move.value for move in by_hand - {Move.WITHDRAW}} <= set(RIGHTS)
    assert {right.side for right in RIGHTS.values()} <= set(Side)
    assert not [name for name in RIGHTS for party in Party if party in name]


# ---------------------------------------------------------------- moves of an action


@settings(max_examples=600, deadline=None)
@given(drawn(Facts), st.sampled_from(Move), ACTORS, drawn(Given))
def test_a_move_on_any_action_has_its_mirror_image(
    facts: Facts, move: Move, actor: Actor, with_it: Given
) -> None:
    mirrors(partial(may_move, now=NOW, timing=TIMING), facts, move, actor)
    mirrors(partial(make, now=NOW, timing=TIMING), facts, move, actor, with_it)


@pytest.mark.parametrize("move", [move for move in Move if not STEPS[move].by_rule])
def test_whatever_one_party_can_do_somewhere_the_other_can_do_in_its_mirror(move: Move) -> None:
    """Not only alike: somebody really can, on both sides, for both parties' work."""
    able = {
        (actor.party, facts.owner)
        for facts in every_action(move)
        for actor in (Actor(party, role) for party, role in product(Party, Role))
        if may_move(facts, move, actor, NOW, TIMING) is None
    }
    assert able == swapped(frozenset(able))
    if not STEPS[move].reporter or move.value in RIGHTS:
        assert len({party for party, _ in able}) == len({owner for _, owner in able}) == 2


def every_action(move: Move) -> list[Facts]:
    """Return actions in every state and depth that meet the conditions of `move`, of both."""
    closed = Outcome.DUPLICATE if move is Move.UNMERGE else Outcome.FIXED
    return [
        Facts(
            state,
            owner,
            Priority.P1,
            outcome=closed if state is State.CLOSED else None,
            closed_at=NOW - timedelta(hours=1) if state is State.CLOSED else None,
            assigned=True,
            before_merge=State.RECEIVED,
            depth=depth,
            contained=True,
            plan_agreed=planned,
            monitoring_until=NOW - timedelta(hours=1),
            on_hold=held,
            suspected=move in (Move.CONFIRM_REPEAT, Move.DECLINE_REPEAT),
        )
        for state, owner, depth in product(State, Party, Depth)
        for planned, held in product((False, True), repeat=2)
    ]


@settings(max_examples=400, deadline=None)
@given(drawn(Facts, state=st.sampled_from(State)), st.sampled_from(sorted(JUDGING)), drawn(Given))
def test_nobody_judges_the_work_of_their_own_party(
    facts: Facts, move: Move, with_it: Given
) -> None:
    for role in Role:
        answer = make(facts, move, Actor(facts.owner, role), with_it, NOW, TIMING)
        assert isinstance(answer, list), (move, role)


# ---------------------------------------------------------------- whose turn, whose clock


@given(drawn(Turn))
def test_whose_turn_it_is_has_its_mirror_image(turn: Turn) -> None:
    mirrors(court, turn)


@settings(max_examples=300, deadline=None)
@given(
    drawn(Timed),
    st.lists(st.tuples(st.sampled_from(ClockKind), st.sampled_from(Party), MOMENTS), max_size=4),
)
def test_the_clocks_of_one_party_are_those_of_the_other_mirrored(
    timed: Timed, running: list[tuple[ClockKind, Party, datetime]]
) -> None:
    clocks = [started(kind, party, at, (480, True), TIMING) for kind, party, at in running]
    mirrors(partial(follow, at=NOW, timing=TIMING), clocks, timed)


@given(
    st.sampled_from(holds.Reason), drawn(holds.Shown), st.sampled_from(Party), st.none() | MOMENTS
)
def test_a_hold_of_one_party_is_as_good_as_the_others(
    reason: holds.Reason, shown: holds.Shown, owner: Party, due: datetime | None
) -> None:
    mirrors(partial(holds.raise_hold, begins_at=None, now=NOW), reason, shown, owner, due)


# ---------------------------------------------------------------- what both sign


@pytest.mark.parametrize("move", list(agreement.Move))
def test_either_party_can_propose_and_the_other_agree(move: agreement.Move) -> None:
    for standing, whose, party, role in product(agreement.Standing, (None, *Party), Party, Role):
        mirrors(agreement.make, agreement.Facts(standing, whose), move, party, role, "why")
