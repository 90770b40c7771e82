"""The life of a visit: planned or begun on the spot, submitted by one party, final for both.

Source: DOMAIN 2.4. `planned → in_progress → submitted → final`; `planned → missed` after its grace,
`planned → cancelled` only with both parties' consent. "Due" is a planned visit whose time has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from inspection.rules.access import RIGHTS, Party, Role
from inspection.rules.refusal import N_, Refusal

COMMENT_DAYS = 3
"""Working days in which the other party may contest items; then a visit is final."""


class VisitState(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    FINAL = "final"
    MISSED = "missed"
    CANCELLED = "cancelled"


VISIT_WORDS: Mapping[str, str] = {
    VisitState.PLANNED: N_("planned"),
    "due": N_("due"),
    "overdue": N_("overdue"),
    VisitState.IN_PROGRESS: N_("begun"),
    VisitState.SUBMITTED: N_("submitted"),
    VisitState.FINAL: N_("final"),
    VisitState.MISSED: N_("missed"),
    VisitState.CANCELLED: N_("cancelled"),
}
DONE = frozenset({VisitState.SUBMITTED, VisitState.FINAL})
OPEN = frozenset({VisitState.PLANNED, VisitState.IN_PROGRESS})


class Move(StrEnum):
    """What people do with a visit."""

    START = "start"
    KEEP = "keep"  # what is filled so far, for later
    SUBMIT = "submit"
    LEAVE = "leave"  # begun by mistake: back to planned, or forgotten
    COMMENT = "comment"
    CONTEST = "contest"
    SETTLE = "settle"  # what was contested
    AGREE = "agree"  # final before the time to comment is over, when both did
    AMEND = "amend"
    ASK_CANCEL = "ask_cancel"
    AGREE_CANCEL = "agree_cancel"


@dataclass(frozen=True)
class Step:
    """From which states, to which (None: it stays), with which right.

    `side`: who may, seen from the party that did the visit ("" either).
    """

    sources: frozenset[VisitState]
    target: VisitState | None
    right: str
    event: str
    side: str = ""


STEPS: Mapping[Move, Step] = {
    Move.START: Step(
        frozenset({VisitState.PLANNED}),  # a missed one stays missed; what is done late is another
        VisitState.IN_PROGRESS,
        "inspect",
        "visit.started",
    ),
    Move.KEEP: Step(
        frozenset({VisitState.IN_PROGRESS}), None, "inspect", "visit.kept", "inspector"
    ),
    Move.SUBMIT: Step(
        frozenset({VisitState.IN_PROGRESS}),
        VisitState.SUBMITTED,
        "inspect",
        "visit.submitted",
        "inspector",
    ),
    Move.LEAVE: Step(
        frozenset({VisitState.IN_PROGRESS}),
        VisitState.PLANNED,
        "inspect",
        "visit.left",
        "inspector",
    ),
    Move.COMMENT: Step(DONE, None, "comment", "visit.commented"),
    Move.CONTEST: Step(
        frozenset({VisitState.SUBMITTED}), None, "contest", "visit.contested", "other"
    ),
    Move.SETTLE: Step(DONE, None, "contest", "visit.settled"),
    Move.AGREE: Step(frozenset({VisitState.SUBMITTED}), None, "agree_visit", "visit.agreed"),
    Move.AMEND: Step(DONE, None, "amend", "visit.amended"),
    Move.ASK_CANCEL: Step(
        frozenset({VisitState.PLANNED}), None, "cancel_visit", "visit.cancel_asked"
    ),
    Move.AGREE_CANCEL: Step(
        frozenset({VisitState.PLANNED}), VisitState.CANCELLED, "cancel_visit", "visit.cancelled"
    ),
}


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of a visit.

    `party` did it (None: nobody yet); `inspector` the member who began it; `cancel_asked` the
    party that wants to leave it out; `for_party` is to do it (None: whoever comes first).
    """

    state: VisitState
    party: Party | None = None
    inspector: int | None = None
    cancel_asked: Party | None = None
    for_party: Party | None = None


def make(facts: Facts, move: Move, party: Party, role: Role, member: int) -> Step | Refusal:
    """The step that `move` takes for this member; a refusal when they may not, or not now."""
    step = STEPS[move]
    if facts.state not in step.sources:
        return Refusal("visit.not_now", N_("This visit has moved on. Look at where it stands now."))
    if role not in RIGHTS[step.right].roles:
        return Refusal("visit.not_you", N_("Your role cannot do this; ask your supervisor."))
    if step.side == "inspector" and facts.inspector != member:
        return Refusal(
            "visit.not_yours", N_("Somebody else began this visit; only they can go on with it.")
        )
    if step.side == "other" and facts.party is party:
        return Refusal(
            "visit.own", N_("Your own party did this visit; the other party may contest it.")
        )
    if move is Move.START and facts.for_party is party.other:
        return Refusal(
            "visit.for_other_party",
            N_("This one was agreed to be done by the other party. Begin one of your own."),
        )
    return _cancelling(facts, move, party) or step


def _cancelling(facts: Facts, move: Move, party: Party) -> Refusal | None:
    if move is Move.ASK_CANCEL and facts.cancel_asked is not None:
        return Refusal("visit.cancel_asked", N_("One party has already asked to leave this out."))
    if move is Move.AGREE_CANCEL and facts.cancel_asked is not party.other:
        return Refusal(
            "visit.cancel_not_asked",
            N_("A planned visit is left out only when one party asks and the other agrees."),
        )
    return None


def stands(state: VisitState, due_from: date | None, due_on: date | None, today: date) -> str:
    """The word for where a visit stands today: a planned one may be due or overdue."""
    if state is not VisitState.PLANNED or due_from is None or due_on is None:
        return state.value
    if today > due_on:
        return "overdue"
    return "due" if today >= due_from else state.value
