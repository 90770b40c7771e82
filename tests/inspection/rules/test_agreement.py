"""Who moves an agreement where: the whole table, and that one party alone never gets anywhere."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.access import RIGHTS, Party, Role, Side
from inspection.rules.agreement import (
    OVERTAKEN,
    STEPS,
    Facts,
    Move,
    Standing,
    Step,
    make,
    possible,
)
from inspection.rules.refusal import Refusal

D, P, A = Standing.DRAFT, Standing.PROPOSED, Standing.AGREED

# Written out by hand: from where, to where, which roles (S supervisor, M manager, E executive;
# never T staff) of the party that drafted or proposed it, and of the other one.
TABLE: dict[tuple[Move, Standing], tuple[Standing, str, str]] = {
    (Move.CHANGE, D): (D, "SM", "SM"),
    (Move.PROPOSE, D): (P, "ME", "ME"),
    (Move.AGREE, P): (A, "", "ME"),
    (Move.DECLINE, P): (D, "", "ME"),
    (Move.WITHDRAW, P): (Standing.WITHDRAWN, "ME", ""),
    (Move.WITHDRAW, D): (Standing.WITHDRAWN, "SM", ""),
}
ROLES = {"T": Role.STAFF, "S": Role.SUPERVISOR, "M": Role.MANAGER, "E": Role.EXECUTIVE}


def may(standing: Standing, whose: Party | None, move: Move, party: Party, role: Role) -> bool:
    target, same, other = TABLE.get((move, standing), (None, "", ""))
    letters = same if whose in (None, party) else other
    return target is not None and role in {ROLES[letter] for letter in letters}


@pytest.mark.parametrize("move", list(Move))
@pytest.mark.parametrize("standing", list(Standing))
def test_every_move_in_every_standing_has_the_answer_of_the_table(
    move: Move, standing: Standing
) -> None:
    for whose, party, role in product(Party, Party, Role):
        outcome = make(Facts(standing, whose), move, party, role, "why")
        if may(standing, whose, move, party, role):
            assert isinstance(outcome, Step)
            assert outcome.target is TABLE[move, standing][0]
        else:
            assert isinstance(outcome, Refusal)


def test_the_table_is_the_same_for_both_parties() -> None:
    for standing, move, whose, party, role in product(Standing, Move, Party, Party, Role):
        here = make(Facts(standing, whose), move, party, role, "why")
        there = make(Facts(standing, whose.other), move, party.other, role, "why")
        assert here == there


def test_what_the_system_drafted_either_party_may_put_away() -> None:
    for party in Party:
        outcome = make(Facts(D, None), Move.WITHDRAW, party, Role.SUPERVISOR)
        assert isinstance(outcome, Step)


def test_nobody_answers_a_proposal_that_nobody_made() -> None:
    for party, move in product(Party, (Move.AGREE, Move.DECLINE)):
        assert isinstance(make(Facts(P, None), move, party, Role.MANAGER, "why"), Refusal)


@pytest.mark.parametrize(("move", "standing"), [(Move.PROPOSE, D), (Move.DECLINE, P)])
def test_a_proposal_and_a_refusal_say_why(move: Move, standing: Standing) -> None:
    outcome = make(Facts(standing, Party.CUSTOMER), move, Party.CONTRACTOR, Role.MANAGER, "  ")
    assert isinstance(outcome, Refusal)
    assert outcome.where == "note"


def test_the_possible_moves_are_those_that_can_be_made() -> None:
    assert set(possible(Facts(P, Party.CUSTOMER), Party.CONTRACTOR, Role.EXECUTIVE)) == {
        Move.AGREE,
        Move.DECLINE,
    }
    assert set(possible(Facts(P, Party.CUSTOMER), Party.CUSTOMER, Role.MANAGER)) == {Move.WITHDRAW}
    assert set(possible(Facts(A, Party.CUSTOMER), Party.CUSTOMER, Role.MANAGER)) == set()


def test_nothing_leads_out_of_what_is_in_force_but_the_next_version() -> None:
    sources = {step.source for step in (*STEPS.values(), OVERTAKEN)}
    assert Standing.SUPERSEDED not in sources
    assert Standing.WITHDRAWN not in sources
    assert [s for s in (*STEPS.values(), OVERTAKEN) if s.source is A] == [OVERTAKEN]


def test_every_right_of_a_step_is_open_to_both_sides() -> None:
    assert all(RIGHTS[step.right].side is Side.EITHER for step in STEPS.values())


def played(facts: Facts, move: Move, party: Party, role: Role) -> Facts:
    """Where a version stands after somebody tried a move."""
    outcome = make(facts, move, party, role, "why")
    if isinstance(outcome, Refusal):
        return facts
    whose = party if outcome.target is P or (facts.party is None) else facts.party
    return Facts(outcome.target, whose)


@given(
    party=st.sampled_from(list(Party)),
    drafted=st.sampled_from([None, *Party]),
    tries=st.lists(st.tuples(st.sampled_from(list(Move)), st.sampled_from(list(Role)))),
)
def test_no_sequence_of_moves_by_one_party_alone_is_ever_agreed(
    party: Party, drafted: Party | None, tries: list[tuple[Move, Role]]
) -> None:
    facts = Facts(D, drafted)
    for move, role in tries:
        facts = played(facts, move, party, role)
        assert facts.standing not in (A, Standing.SUPERSEDED)


@given(
    tries=st.lists(
        st.tuples(
            st.sampled_from(list(Move)), st.sampled_from(list(Party)), st.sampled_from(list(Role))
        )
    )
)
def test_what_is_agreed_was_proposed_by_one_party_and_agreed_by_the_other(
    tries: list[tuple[Move, Party, Role]],
) -> None:
    facts = Facts(D, None)
    proposer = None
    for move, party, role in tries:
        before, facts = facts, played(facts, move, party, role)
        if facts.standing is P and before.standing is D:
            proposer = party
        if facts.standing is A and before.standing is P:
            assert proposer is party.other
