"""What may be asked of the other party, and who answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inspection.rules import deciding
from inspection.rules.access import Member, Party, Role
from inspection.rules.deciding import ASK_WORDS, BY_HAND, YES, About, Asked, Question
from inspection.rules.lifecycle import STEPS
from inspection.rules.states import Ask, Depth, Priority, State

WORKED_ON = About(State.IN_PROGRESS, Party.CONTRACTOR, Priority.P3, Depth.CORRECTION)
FITTING: dict[Ask, dict[str, Any]] = {Ask.PRIORITY: {"priority": "P1"}}


def codes(about: About, kind: Ask, wanted: dict[str, Any] | None = None) -> list[str]:
    said = FITTING.get(kind, {}) if wanted is None else wanted
    by_hold = kind is Ask.PAUSE_CONSENT
    return [no.code for no in deciding.ask(about, Question(kind, "May we?", said), by_hold)]


def member(party: Party, role: Role = Role.SUPERVISOR) -> Member:
    return Member(1, 1, 1, party, role)


@pytest.mark.parametrize("kind", list(Ask))
@pytest.mark.parametrize("owner", list(Party))
def test_every_kind_can_be_asked_while_work_goes_on_by_either_owner(
    kind: Ask, owner: Party
) -> None:
    assert codes(replace(WORKED_ON, owner=owner), kind) == []
    assert kind in ASK_WORDS


@pytest.mark.parametrize("kind", list(Ask))
def test_the_same_question_waits_for_one_answer_at_a_time(kind: Ask) -> None:
    asked = replace(WORKED_ON, open_kinds=frozenset({kind}))
    assert codes(asked, kind) == ["decision.asked_already"]
    assert codes(replace(WORKED_ON, open_kinds=frozenset(Ask) - {kind}), kind) == []


@pytest.mark.parametrize(("kind", "move"), YES.items())
@pytest.mark.parametrize("state", list(State))
def test_nothing_is_asked_that_a_yes_could_not_do(kind: Ask, move: Any, state: State) -> None:
    late = "decision.not_any_more" in codes(replace(WORKED_ON, state=state), kind)
    assert late == (state not in STEPS[move].source)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "decision.priority_missing"),
        ({"priority": "P5"}, "decision.priority_missing"),
        ({"priority": "P3"}, "decision.same_priority"),
    ],
)
def test_another_priority_is_one_of_four_and_another(wanted: dict[str, Any], code: str) -> None:
    assert codes(WORKED_ON, Ask.PRIORITY, wanted) == [code]


def test_before_it_is_acknowledged_its_owner_sets_the_priority() -> None:
    received = replace(WORKED_ON, state=State.RECEIVED)
    assert codes(received, Ask.PRIORITY) == ["decision.priority_is_set_first"]


def test_what_is_corrective_is_not_deepened_again() -> None:
    deep = replace(WORKED_ON, depth=Depth.CORRECTIVE)
    assert codes(deep, Ask.DEEPENING) == ["decision.deep_already"]


def test_an_amount_is_short_enough_to_be_read() -> None:
    assert codes(WORKED_ON, Ask.QUOTE, {"amount": "DKK 12,400"}) == []
    assert codes(WORKED_ON, Ask.QUOTE, {"amount": "9" * 61}) == ["decision.amount_too_long"]


def test_consent_to_a_pause_is_asked_by_a_hold_and_nothing_else_is() -> None:
    assert Ask.PAUSE_CONSENT not in BY_HAND
    by_hand = deciding.ask(WORKED_ON, Question(Ask.PAUSE_CONSENT, ""))
    by_hold = deciding.ask(WORKED_ON, Question(Ask.ACCESS, ""), by_hold=True)
    assert [no.code for no in (*by_hand, *by_hold)] == ["decision.by_a_hold"] * 2


@pytest.mark.parametrize("asker", list(Party))
def test_the_asked_party_answers_and_the_asking_party_takes_back(asker: Party) -> None:
    asked = Asked(Ask.QUOTE, asker, asker.other, answered=False)
    ours, theirs = member(asker), member(asker.other)
    assert deciding.answer(asked, theirs, "yes", "") == deciding.take_back(asked, ours) == []
    refused = [*deciding.answer(asked, ours, "yes", ""), *deciding.take_back(asked, theirs)]
    assert [no.code for no in refused] == ["decision.not_asked", "decision.not_yours"]


@pytest.mark.parametrize("role", [Role.STAFF, Role.EXECUTIVE])
def test_staff_and_executives_leave_answers_to_their_leads(role: Role) -> None:
    asked = Asked(Ask.QUOTE, Party.CONTRACTOR, Party.CUSTOMER, answered=False)
    (refused,) = deciding.answer(asked, member(Party.CUSTOMER, role), "yes", "")
    assert refused.code == "action.role"


def test_what_is_answered_is_not_answered_again() -> None:
    over = Asked(Ask.QUOTE, Party.CONTRACTOR, Party.CUSTOMER, answered=True)
    said = deciding.answer(over, member(Party.CUSTOMER), "no", "")
    taken_back = deciding.take_back(over, member(Party.CONTRACTOR))
    assert [no.code for no in (*said, *taken_back)] == ["decision.answered"] * 2


def test_information_is_given_in_words() -> None:
    asked = Asked(Ask.INFORMATION, Party.CONTRACTOR, Party.CUSTOMER, answered=False)
    (refused,) = deciding.answer(asked, member(Party.CUSTOMER), "yes", " ")
    assert refused.where == "text"
    assert deciding.answer(asked, member(Party.CUSTOMER), "yes", "Key box 4") == []
    assert deciding.answer(asked, member(Party.CUSTOMER), "no", "") == []
