"""What one party may ask the other to decide, and what must be said with it (DOMAIN 2.6).

Out of scope, withdrawal, another owner and another priority are decisions, never one-sided moves:
what a yes would do must be possible when it is asked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inspection.rules.access import LEAD, Member, Party
from inspection.rules.lifecycle import STEPS, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Ask, Depth, Priority, State

AMOUNT = 60
"""The longest amount, as people write it: "DKK 12,400 without VAT"."""

ASK_WORDS: Mapping[Ask, str] = {
    Ask.QUOTE: N_("Approval, or a quote"),
    Ask.ACCESS: N_("Access"),
    Ask.INFORMATION: N_("Information"),
    Ask.SCOPE: N_("Out of scope?"),
    Ask.PRIORITY: N_("Another priority"),
    Ask.OWNERSHIP: N_("Hand over to the other party"),
    Ask.WITHDRAWAL: N_("Withdraw it"),
    Ask.DEEPENING: N_("Remove the cause"),
    Ask.PAUSE_CONSENT: N_("Agree to a pause"),
}

BY_HAND = tuple(kind for kind in ASK_WORDS if kind is not Ask.PAUSE_CONSENT)
"""The kinds people choose; consent to a pause is asked by raising a hold."""

APPROVES = frozenset({Ask.QUOTE, Ask.ACCESS, Ask.SCOPE})
"""What work can wait for an approval of."""

YES: Mapping[Ask, Move] = {
    Ask.SCOPE: Move.RULE_OUT,
    Ask.PRIORITY: Move.REPRIORITISE,
    Ask.OWNERSHIP: Move.HAND_OVER,
    Ask.WITHDRAWAL: Move.CALL_OFF,
    Ask.DEEPENING: Move.DEEPEN,
    Ask.PAUSE_CONSENT: Move.HOLD,
}
"""The move a yes makes; the other kinds are an answer and nothing more."""


@dataclass(frozen=True)
class About:
    """Where the action stands when something is asked about it."""

    state: State
    owner: Party
    priority: Priority
    depth: Depth
    open_kinds: frozenset[Ask] = frozenset()  # asked of the same party and not answered yet


@dataclass(frozen=True)
class Question:
    """What is asked, and the value it asks for (`priority`, `amount`)."""

    kind: Ask
    text: str
    wanted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A decision as it stands: whom it asks, and whether it is answered."""

    kind: Ask
    asked_by: Party
    to: Party
    answered: bool


_Guard = tuple[Callable[[About, Question], bool], Refusal]

_PRIORITIES = frozenset(Priority)
_GUARDS: Mapping[Ask, tuple[_Guard, ...]] = {
    Ask.PRIORITY: (
        (
            lambda about, asked: asked.wanted.get("priority") not in _PRIORITIES,
            Refusal("decision.priority_missing", N_("Choose the priority."), where="priority"),
        ),
        (
            lambda about, asked: asked.wanted.get("priority") == about.priority,
            Refusal(
                "decision.same_priority",
                N_("It has this priority already; choose another one."),
                where="priority",
            ),
        ),
        (
            lambda about, asked: about.state is State.RECEIVED,
            Refusal(
                "decision.priority_is_set_first",
                N_("The party that owns the work sets the priority when it acknowledges."),
                where="kind",
            ),
        ),
    ),
    Ask.QUOTE: (
        (
            lambda about, asked: len(str(asked.wanted.get("amount", ""))) > AMOUNT,
            Refusal(
                "decision.amount_too_long",
                N_("Say the amount in at most %(limit)s characters; the question has room."),
                {"limit": AMOUNT},
                where="amount",
            ),
        ),
    ),
    Ask.DEEPENING: (
        (
            lambda about, asked: about.depth is not Depth.CORRECTION,
            Refusal(
                "decision.deep_already", N_("Its cause is being removed already."), where="kind"
            ),
        ),
    ),
}
_SAME_AGAIN = Refusal(
    "decision.asked_already",
    N_("This is asked already and waits for an answer; take that question back first."),
    where="kind",
)
_TOO_LATE = Refusal(
    "decision.not_any_more",
    N_("A yes could change nothing any more where it stands now."),
    where="kind",
)
_BY_A_HOLD = Refusal(
    "decision.by_a_hold",
    N_("Put it on hold; the other party is asked to agree with it."),
    where="kind",
)


def ask(about: About, question: Question, by_hold: bool = False) -> list[Refusal]:
    """Every reason why this cannot be asked; none: it can. `by_hold`: a hold asks for consent."""
    return list(_why_not(about, question, by_hold))


def _why_not(about: About, question: Question, by_hold: bool) -> Iterator[Refusal]:
    if (question.kind is Ask.PAUSE_CONSENT) is not by_hold:
        yield _BY_A_HOLD
    if question.kind in about.open_kinds:
        yield _SAME_AGAIN
    move = YES.get(question.kind)
    if move is not None and about.state not in STEPS[move].source:
        yield _TOO_LATE
    for says, refusal in _GUARDS.get(question.kind, ()):
        if says(about, question):
            yield refusal


_OVER = Refusal("decision.answered", N_("This is answered already."))
_NOT_ASKED = Refusal(
    "decision.not_asked", N_("The other party is asked, not yours; only they can answer.")
)
_NOT_YOURS = Refusal(
    "decision.not_yours", N_("The other party asked this; only they can take it back.")
)
_ROLE = Refusal(
    "action.role",
    N_("Your role can read and comment here; this step takes somebody else of your party."),
)
_SAY_IT = Refusal("decision.answer_missing", N_("Write the answer first."), where="text")


def answer(asked: Asked, by: Member, answer: str, text: str) -> list[Refusal]:
    """Every reason why `by` cannot answer "yes" or "no"; none: they can."""
    refused = _may_not(asked, by, asked.to, _NOT_ASKED)
    if refused:
        return [refused]
    silent = asked.kind is Ask.INFORMATION and answer == "yes" and not text.strip()
    return [_SAY_IT] if silent else []


def take_back(asked: Asked, by: Member) -> list[Refusal]:
    """Every reason why `by` cannot take the question back; none: they can."""
    refused = _may_not(asked, by, asked.asked_by, _NOT_YOURS)
    return [refused] if refused else []


def _may_not(asked: Asked, by: Member, party: Party, otherwise: Refusal) -> Refusal | None:
    if by.role not in LEAD:
        return _ROLE
    if by.party is not party:
        return otherwise
    return _OVER if asked.answered else None
