"""The life of a visit: the table of moves, the same for both parties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from inspection.rules.access import RIGHTS, Party, Role
from inspection.rules.refusal import Refusal
from inspection.rules.visit import (
    STEPS,
    VISIT_WORDS,
    Facts,
    Move,
    Step,
    VisitState,
    make,
    stands,
)

HANDS = {Role.STAFF, Role.SUPERVISOR, Role.MANAGER}
LEAD = {Role.SUPERVISOR, Role.MANAGER}
S = VisitState

# What DOMAIN 2.4 says: from where, in which roles, on which side of the party that did the visit.
TABLE = {
    Move.START: ({S.PLANNED}, HANDS, "any"),
    Move.KEEP: ({S.IN_PROGRESS}, HANDS, "inspector"),
    Move.SUBMIT: ({S.IN_PROGRESS}, HANDS, "inspector"),
    Move.LEAVE: ({S.IN_PROGRESS}, HANDS, "inspector"),
    Move.COMMENT: ({S.SUBMITTED, S.FINAL}, set(Role), "any"),
    Move.CONTEST: ({S.SUBMITTED}, LEAD, "other"),
    Move.SETTLE: ({S.SUBMITTED, S.FINAL}, LEAD, "any"),
    Move.AGREE: ({S.SUBMITTED}, LEAD, "any"),
    Move.AMEND: ({S.SUBMITTED, S.FINAL}, HANDS, "any"),
    Move.ASK_CANCEL: ({S.PLANNED}, LEAD, "any"),
    Move.AGREE_CANCEL: ({S.PLANNED}, LEAD, "other asked"),
}
INSPECTOR, SOMEBODY = 7, 8


def _may(move: Move, facts: Facts, party: Party, role: Role, member: int) -> bool:
    states, roles, side = TABLE[move]
    sides = {
        "any": True,
        "inspector": member == facts.inspector,
        "other": facts.party is party.other,
        "other asked": facts.cancel_asked is party.other,
    }
    asked_twice = move is Move.ASK_CANCEL and facts.cancel_asked is not None
    return facts.state in states and role in roles and sides[side] and not asked_twice


def test_every_move_follows_the_table_for_both_parties() -> None:
    facts = [
        Facts(state, did if state not in (S.PLANNED, S.MISSED, S.CANCELLED) else None, who, asked)
        for state, did, who, asked in product(VisitState, Party, (INSPECTOR, None), (None, *Party))
    ]
    for one, move, party, role, member in product(facts, Move, Party, Role, (INSPECTOR, SOMEBODY)):
        made = make(one, move, party, role, member)
        assert isinstance(made, Step) == _may(move, one, party, role, member), (one, move, role)


def test_what_one_party_may_the_other_may_mirrored() -> None:
    def mirrored(party: Party | None) -> Party | None:
        return party.other if party else None

    for state, did, asked, wanted in product(VisitState, Party, (None, *Party), (None, *Party)):
        facts = Facts(state, did, INSPECTOR, asked, wanted)
        other = replace(
            facts, party=did.other, cancel_asked=mirrored(asked), for_party=mirrored(wanted)
        )
        for move, party, role in product(Move, Party, Role):
            here = make(facts, move, party, role, INSPECTOR)
            there = make(other, move, party.other, role, INSPECTOR)
            assert here == there


def test_every_move_names_a_right_that_both_sides_have() -> None:
    assert set(STEPS) == set(Move) == set(TABLE)
    for step in STEPS.values():
        assert step.right in RIGHTS
        assert step.target is None or step.target not in step.sources


def test_a_visit_for_one_party_is_not_begun_by_the_other() -> None:
    for party in Party:
        facts = Facts(S.PLANNED, for_party=party)
        assert isinstance(make(facts, Move.START, party, Role.STAFF, INSPECTOR), Step)
        refused = make(facts, Move.START, party.other, Role.STAFF, INSPECTOR)
        assert isinstance(refused, Refusal)
        assert refused.code == "visit.for_other_party"


def test_a_missed_visit_stays_missed() -> None:
    refused = make(Facts(S.MISSED), Move.START, Party.CUSTOMER, Role.MANAGER, INSPECTOR)
    assert isinstance(refused, Refusal)
    assert refused.code == "visit.not_now"


def test_a_visit_is_left_out_only_when_one_party_asks_and_the_other_agrees() -> None:
    asked = Facts(S.PLANNED, cancel_asked=Party.CUSTOMER)
    own = make(asked, Move.AGREE_CANCEL, Party.CUSTOMER, Role.MANAGER, INSPECTOR)
    assert isinstance(own, Refusal)
    agreed = make(asked, Move.AGREE_CANCEL, Party.CONTRACTOR, Role.MANAGER, INSPECTOR)
    assert isinstance(agreed, Step)
    assert agreed.target is S.CANCELLED


@pytest.mark.parametrize(
    ("today", "word"),
    [(9, "planned"), (10, "due"), (12, "due"), (13, "overdue")],
)
def test_a_planned_visit_is_due_from_its_first_day_and_overdue_after_its_last(
    today: int, word: str
) -> None:
    first, last = date(2026, 3, 10), date(2026, 3, 12)
    assert stands(S.PLANNED, first, last, date(2026, 3, today)) == word
    assert stands(S.SUBMITTED, first, last, date(2026, 3, today)) == "submitted"


def test_every_word_a_visit_can_stand_as_is_said() -> None:
    assert {*VisitState, "due", "overdue"} == set(VISIT_WORDS)
