"""The allowed moves of an action, by which side (DOMAIN 2.6): one table, one function.

Depth `correction` for now: received → acknowledged → in_progress → fixed → closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from inspection.rules.access import RIGHTS, Party, Role
from inspection.rules.calendar import Calendar
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import OPEN, Outcome, PhotoRule, Priority, State

REOPENING_DAYS = 5
ACCEPTANCE_DAYS = 5
URGENT = frozenset({Priority.P1, Priority.P2})


class Move(StrEnum):
    """What can be done to an action; the value is the right it takes."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    START = "start"
    MAKE_SAFE = "make_safe"
    FIX_TEMPORARILY = "fix_temporarily"
    FIX = "fix"
    ACCEPT = "accept"
    RETURN = "return"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"
    COMMENT = "comment"
    ASK = "ask"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Step:
    """One row of the table: from where, to where (None: stays), and what must be said."""

    name: str
    source: frozenset[State]
    target: State | None = None
    noun: str = ""
    event: str = ""
    needs_text: str = ""
    reporter: bool = False


_WORKABLE = frozenset({State.RECEIVED, State.ACKNOWLEDGED, State.IN_PROGRESS})
_SORTED = frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS})

STEPS: dict[Move, Step] = {
    Move.ACKNOWLEDGE: Step(
        N_("Acknowledge"),
        frozenset({State.RECEIVED}),
        State.ACKNOWLEDGED,
        "acknowledgement",
        "action.acknowledged",
    ),
    Move.ASSIGN: Step(N_("Assign"), _SORTED, None, "assignment", "action.assigned"),
    Move.UNASSIGN: Step(
        N_("Undo the assignment"), _WORKABLE, None, "assignment/reversal", "action.unassigned"
    ),
    Move.START: Step(
        N_("Start work"),
        frozenset({State.RECEIVED, State.ACKNOWLEDGED}),
        State.IN_PROGRESS,
        "start",
        "action.started",
    ),
    Move.MAKE_SAFE: Step(
        N_("Made safe"),
        _WORKABLE,
        None,
        "make-safe",
        "action.made_safe",
        N_("Say what was done to make it safe."),
    ),
    Move.FIX_TEMPORARILY: Step(
        N_("Temporary fix"),
        _SORTED,
        None,
        "temporary-fix",
        "action.fixed_temporarily",
        N_("Say what holds for now."),
    ),
    Move.FIX: Step(
        N_("Fixed"),
        _SORTED,
        State.FIXED,
        "fix",
        "action.fixed",
        N_("Say what was done; the person who reported it will read this."),
    ),
    Move.ACCEPT: Step(
        N_("Accept the fix"),
        frozenset({State.FIXED}),
        State.CLOSED,
        "acceptance",
        "action.accepted",
    ),
    Move.RETURN: Step(
        N_("Return it"),
        frozenset({State.FIXED}),
        State.IN_PROGRESS,
        "return",
        "action.returned",
        N_("Say what is not right yet."),
        reporter=True,
    ),
    Move.REOPEN: Step(
        N_("Reopen"),
        frozenset({State.CLOSED}),
        State.IN_PROGRESS,
        "reopening",
        "action.reopened",
        N_("Say what came back, or what was never right."),
        reporter=True,
    ),
    Move.MERGE: Step(N_("Merge into another"), OPEN, State.CLOSED, "merge", "action.merged"),
    Move.UNMERGE: Step(
        N_("Undo the merge"), frozenset({State.CLOSED}), None, "merge/reversal", "action.unmerged"
    ),
    Move.COMMENT: Step(
        N_("Comment"),
        frozenset(State),
        None,
        "comments",
        "action.commented",
        N_("Write something first."),
    ),
    Move.ASK: Step(
        N_("Ask the reporter"),
        OPEN,
        None,
        "questions",
        "action.asked",
        N_("Write the question."),
    ),
    Move.WITHDRAW: Step(
        N_("Withdraw"),
        _WORKABLE,
        None,
        "withdrawal",
        "report.withdrawn",
        reporter=True,
    ),
}


@dataclass(frozen=True)
class Actor:
    """Who moves: a member of a party, or the reporter (no party, no role)."""

    party: Party | None = None
    role: Role | None = None

    @property
    def is_reporter(self) -> bool:
        return self.party is None


REPORTER = Actor()


@dataclass(frozen=True)
class Facts:
    """What the table needs to know of an action."""

    state: State
    owner: Party
    priority: Priority
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    photo_rule: PhotoRule = PhotoRule.OPTIONAL
    assigned: bool = False
    reports: int = 1
    before_merge: State | None = None


@dataclass(frozen=True)
class Given:
    """What came with the move."""

    text: str = ""
    photos: int = 0
    expected_on: date | None = None
    no_fault_found: bool = False


NOTHING_GIVEN = Given()


@dataclass(frozen=True)
class Change:
    """What the move does: the new state and, when it closes, how it ended."""

    state: State
    outcome: Outcome | None = None


_OWN_FIX = Refusal(
    "action.own_fix",
    N_("Your own party fixed this. The other party decides whether the fix holds."),
)
_NOT_YOURS = Refusal(
    "action.not_yours",
    N_("This step belongs to the party that owns the work."),
)
_ROLE = Refusal(
    "action.role",
    N_("Your role can read and comment here; this step takes somebody else of your party."),
)


def _who(facts: Facts, move: Move, actor: Actor) -> Refusal | None:
    """Why this actor may not, whatever the state."""
    if actor.party is None or actor.role is None:
        return None if STEPS[move].reporter else _NOT_YOURS
    if move is Move.WITHDRAW:
        return Refusal(
            "action.reporter_only",
            N_("Only the person who reported it can withdraw it."),
        )
    right = RIGHTS[move.value]
    if right.allows(actor.role, actor.party, facts.owner):
        return None
    if actor.role not in right.roles:
        return _ROLE
    return _OWN_FIX if actor.party is facts.owner else _NOT_YOURS


def _when(facts: Facts, move: Move, now: datetime, calendar: Calendar) -> Refusal | None:
    """Why this move does not fit where the action stands."""
    if facts.state not in STEPS[move].source:
        return Refusal(
            "action.wrong_state",
            N_("This cannot be done any more: it is now “%(state)s”."),
            {"state": facts.state},
        )
    if move is Move.MAKE_SAFE and facts.priority not in URGENT:
        return Refusal(
            "action.not_urgent",
            N_("Making safe is for priority 1 and 2; start the work or fix it."),
        )
    if move is Move.UNASSIGN and not facts.assigned:
        return Refusal("action.not_assigned", N_("Nobody is assigned to this."))
    merged = facts.outcome is Outcome.DUPLICATE
    if move is Move.UNMERGE and not merged:
        return Refusal("action.not_merged", N_("This was not merged into another action."))
    if move is Move.REOPEN:
        return _reopening(facts, merged, now, calendar)
    return None


def _reopening(facts: Facts, merged: bool, now: datetime, calendar: Calendar) -> Refusal | None:
    if merged or facts.outcome is Outcome.WITHDRAWN or facts.closed_at is None:
        return Refusal(
            "action.nothing_to_reopen",
            N_("Only a finished fix can be reopened. Report it again instead."),
        )
    if now > reopening_ends(facts.closed_at, calendar):
        return Refusal(
            "action.reopening_over",
            N_("It was closed more than %(days)s working days ago. Report it again instead."),
            {"days": REOPENING_DAYS},
        )
    return None


def _what(facts: Facts, move: Move, given: Given) -> Iterator[Refusal]:
    """What is missing in what came with the move."""
    step = STEPS[move]
    if step.needs_text and not given.text.strip():
        yield Refusal("action.text_missing", step.needs_text, where="text")
    if move is Move.FIX_TEMPORARILY and given.expected_on is None:
        yield Refusal(
            "action.date_missing",
            N_("Say when the lasting fix is expected."),
            where="expected_on",
        )
    if move is not Move.FIX or given.photos:
        return
    if facts.photo_rule is PhotoRule.AT_FIX or given.no_fault_found:
        yield Refusal(
            "action.photo_missing",
            N_("Add a photo that shows how you leave it."),
            where="photos",
        )


def reopening_ends(closed_at: datetime, calendar: Calendar) -> datetime:
    """The last moment at which a closed action can be reopened."""
    return calendar.add_minutes(closed_at, calendar.working_days(REOPENING_DAYS))


def acceptance_ends(facts: Facts, fixed_at: datetime, calendar: Calendar) -> datetime | None:
    """When a fix of priority 3 or 4 counts as accepted without objection; None if urgent."""
    if facts.priority in URGENT:
        return None
    return calendar.add_minutes(fixed_at, calendar.working_days(ACCEPTANCE_DAYS))


def may_move(
    facts: Facts, move: Move, actor: Actor, now: datetime, calendar: Calendar
) -> Refusal | None:
    """Why `actor` may not make `move` now; None when it is offered."""
    return _who(facts, move, actor) or _when(facts, move, now, calendar)


def possible(facts: Facts, actor: Actor, now: datetime, calendar: Calendar) -> list[Move]:
    """The moves this actor may make now, in the order of the table."""
    return [move for move in Move if may_move(facts, move, actor, now, calendar) is None]


def make(
    facts: Facts, move: Move, actor: Actor, given: Given, now: datetime, calendar: Calendar
) -> Change | list[Refusal]:
    """What `move` changes, or every reason why it cannot be made."""
    refused = may_move(facts, move, actor, now, calendar)
    if refused:
        return [refused]
    missing = list(_what(facts, move, given))
    if missing:
        return missing
    return Change(_target(facts, move), _outcome(facts, move, given))


def _withdraws_the_last(facts: Facts) -> bool:
    """The only report, and nobody has acknowledged it yet: nothing is left to do."""
    return facts.state is State.RECEIVED and facts.reports <= 1


def _target(facts: Facts, move: Move) -> State:
    if move is Move.WITHDRAW:
        return State.CLOSED if _withdraws_the_last(facts) else facts.state
    if move is Move.UNMERGE:
        return facts.before_merge or State.RECEIVED
    return STEPS[move].target or facts.state


def _outcome(facts: Facts, move: Move, given: Given) -> Outcome | None:
    if move is Move.FIX:
        return Outcome.NO_FAULT_FOUND if given.no_fault_found else Outcome.FIXED
    if move is Move.WITHDRAW:
        return Outcome.WITHDRAWN if _withdraws_the_last(facts) else facts.outcome
    if move in (Move.RETURN, Move.REOPEN, Move.UNMERGE):
        return None
    return Outcome.DUPLICATE if move is Move.MERGE else facts.outcome
