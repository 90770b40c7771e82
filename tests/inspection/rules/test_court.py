"""Exactly one party's turn while work is open."""

from __future__ import annotations

from itertools import product

import pytest

from inspection.rules.access import Party
from inspection.rules.court import Turn, court
from inspection.rules.states import OPEN, State

US, THEM = Party.CUSTOMER, Party.CONTRACTOR


@pytest.mark.parametrize(
    ("turn", "party"),
    [
        (Turn(State.RECEIVED, US), US),
        (Turn(State.ACKNOWLEDGED, US), US),
        (Turn(State.IN_PROGRESS, US), US),
        (Turn(State.PLAN_SUBMITTED, US), THEM),
        (Turn(State.FIXED, US), THEM),
        (Turn(State.MONITORING, US), None),
        (Turn(State.MONITORING, US, window_over=True), THEM),
        (Turn(State.CLOSED, US), None),
        (Turn(State.CLOSED, US, decision_to=THEM), None),
        (Turn(State.IN_PROGRESS, US, decision_to=THEM), THEM),
        (Turn(State.IN_PROGRESS, US, hold_cause=THEM), THEM),
        (Turn(State.IN_PROGRESS, US, hold_cause=None), US),
        (Turn(State.IN_PROGRESS, US, decision_to=US, hold_cause=THEM), US),
    ],
)
def test_whose_turn_it_is(turn: Turn, party: Party | None) -> None:
    assert court(turn) is party


def test_it_is_always_one_partys_turn_unless_a_fix_is_watched_or_all_is_done() -> None:
    waiting = (None, *Party)
    for state, owner, decision, hold, over in product(
        State, Party, waiting, waiting, (False, True)
    ):
        party = court(Turn(state, owner, decision, hold, over))
        watched = state is State.MONITORING and not over and decision is None and hold is None
        assert (party is None) is (state not in OPEN or watched)


def test_the_parties_mirror_each_other() -> None:
    for state, owner, over in product(State, Party, (False, True)):
        here = court(Turn(state, owner, window_over=over))
        there = court(Turn(state, owner.other, window_over=over))
        assert (here.other if here else None) is there
