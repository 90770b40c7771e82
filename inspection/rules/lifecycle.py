"""The allowed moves of an action, by which side (DOMAIN 2.6): one table, one function.

received → acknowledged → [plan_submitted →] in_progress → fixed → [monitoring →] closed; the steps
in brackets exist only at depth `corrective`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from inspection.rules.access import RIGHTS, Party, Role
from inspection.rules.refusal import N_, Refusal
from inspection.rules.sla import Timing
from inspection.rules.states import (
    OPEN,
    STATE_WORDS,
    URGENT,
    Depth,
    Outcome,
    PhotoRule,
    Priority,
    State,
)


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
    CONTAIN = "contain"
    PLAN = "plan"
    AGREE_PLAN = "agree_plan"
    RETURN_PLAN = "return_plan"
    CONFIRM_EFFECTIVE = "confirm_effective"
    CONFIRM_REPEAT = "confirm_repeat"
    DECLINE_REPEAT = "decline_repeat"
    HOLD = "hold"
    LIFT = "lift"
    CONTEST_HOLD = "contest_hold"
    UPHOLD_HOLD = "uphold_hold"
    VOID_HOLD = "void_hold"
    ASK_DECISION = "ask_decision"
    ANSWER = "answer"
    TAKE_BACK = "take_back"
    DEEPEN = "deepen"
    REFUTE = "refute"
    REPRIORITISE = "reprioritise"
    HAND_OVER = "hand_over"
    RULE_OUT = "rule_out"
    CALL_OFF = "call_off"
    END_WINDOW = "end_window"


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
    by_rule: bool = False  # nobody makes it by hand: a rule does, or an answered decision


_WORKABLE = frozenset({State.RECEIVED, State.ACKNOWLEDGED, State.IN_PROGRESS})
_SORTED = frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS})
_UNPROVEN = _WORKABLE | {State.FIXED}

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
    Move.CONTAIN: Step(
        N_("Contain it"),
        _WORKABLE | {State.PLAN_SUBMITTED},
        None,
        "containment",
        "action.contained",
        N_("Say what protects people now."),
    ),
    Move.PLAN: Step(
        N_("Submit the plan"), _SORTED, State.PLAN_SUBMITTED, "plan", "action.plan_submitted"
    ),
    Move.AGREE_PLAN: Step(
        N_("Agree to the plan"),
        frozenset({State.PLAN_SUBMITTED}),
        State.IN_PROGRESS,
        "plan-agreement",
        "action.plan_agreed",
    ),
    Move.RETURN_PLAN: Step(
        N_("Return the plan"),
        frozenset({State.PLAN_SUBMITTED}),
        State.ACKNOWLEDGED,
        "plan-return",
        "action.plan_returned",
        N_("Say what the plan does not answer yet."),
    ),
    Move.CONFIRM_EFFECTIVE: Step(
        N_("It held"),
        frozenset({State.MONITORING}),
        State.CLOSED,
        "effectiveness",
        "action.proved_effective",
    ),
    Move.CONFIRM_REPEAT: Step(
        N_("It came back"), OPEN, None, "repeat/confirmation", "action.repeat_confirmed"
    ),
    Move.DECLINE_REPEAT: Step(
        N_("Something else"),
        OPEN,
        None,
        "repeat/decline",
        "action.repeat_declined",
        N_("Say why this is not the same problem."),
    ),
    Move.HOLD: Step(N_("Put on hold"), _WORKABLE, None, "hold", "action.held"),
    Move.LIFT: Step(N_("Go on"), OPEN, None, "hold/lifting", "action.hold_lifted"),
    Move.CONTEST_HOLD: Step(
        N_("Contest the hold"),
        OPEN,
        None,
        "hold/contest",
        "action.hold_contested",
        N_("Say why the hold should not count."),
    ),
    Move.UPHOLD_HOLD: Step(
        N_("The hold counts after all"), OPEN, None, "hold/upholding", "action.hold_upheld"
    ),
    Move.VOID_HOLD: Step(
        N_("Take the hold back"), OPEN, None, "hold/voiding", "action.hold_voided"
    ),
    Move.ASK_DECISION: Step(
        N_("Ask for a decision"),
        OPEN,
        None,
        "decisions",
        "action.decision_asked",
        N_("Write what you need from the other party."),
    ),
    Move.ANSWER: Step(N_("Answer"), OPEN, None, "answer", "action.decision_answered"),
    Move.TAKE_BACK: Step(
        N_("Take the question back"), OPEN, None, "taking-back", "action.decision_taken_back"
    ),
    Move.DEEPEN: Step(
        N_("Remove the cause"), _UNPROVEN, None, event="action.deepened", by_rule=True
    ),
    Move.REFUTE: Step(
        N_("It did not hold"),
        frozenset({State.MONITORING}),
        State.CLOSED,
        event="action.proved_ineffective",
        by_rule=True,
    ),
    Move.REPRIORITISE: Step(
        N_("Another priority"), OPEN, None, event="action.reprioritised", by_rule=True
    ),
    Move.HAND_OVER: Step(
        N_("Hand over"), _UNPROVEN, State.RECEIVED, event="action.handed_over", by_rule=True
    ),
    Move.RULE_OUT: Step(
        N_("Out of scope"), OPEN, State.CLOSED, event="action.ruled_out", by_rule=True
    ),
    Move.CALL_OFF: Step(
        N_("Withdrawn"), OPEN, State.CLOSED, event="action.called_off", by_rule=True
    ),
    Move.END_WINDOW: Step(
        N_("The window is over"),
        frozenset({State.MONITORING}),
        event="action.window_ended",
        by_rule=True,
    ),
}

REMOVES_THE_CAUSE = frozenset(
    {Move.CONTAIN, Move.PLAN, Move.AGREE_PLAN, Move.RETURN_PLAN, Move.CONFIRM_EFFECTIVE}
)


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
    depth: Depth = Depth.CORRECTION
    contained: bool = False
    plan_agreed: bool = False
    monitoring_until: datetime | None = None
    on_hold: bool = False
    suspected: bool = False  # a repeat nobody has confirmed or declined yet


@dataclass(frozen=True)
class Given:
    """What came with the move."""

    text: str = ""
    photos: int = 0
    expected_on: date | None = None
    no_fault_found: bool = False
    scanned: bool = False


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
_OWN_PLAN = Refusal(
    "action.own_fix",
    N_("Your own party wrote this plan. The other party agrees to it or returns it."),
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
    if STEPS[move].by_rule:
        return Refusal("action.by_rule", N_("Nobody does this by hand; it follows from a rule."))
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
    if actor.party is not facts.owner:
        return _NOT_YOURS
    return _OWN_PLAN if move in (Move.AGREE_PLAN, Move.RETURN_PLAN) else _OWN_FIX


def _when(facts: Facts, move: Move, now: datetime, timing: Timing) -> Refusal | None:
    """Why this move does not fit where the action stands."""
    if facts.state not in STEPS[move].source:
        return Refusal(
            "action.wrong_state",
            N_("This cannot be done any more: it is now “%(state)s”."),
            {"state": STATE_WORDS[facts.state]},
        )
    if move in REMOVES_THE_CAUSE and facts.depth is not Depth.CORRECTIVE:
        return Refusal(
            "action.only_corrective",
            N_("This is a repair of one occurrence; propose to remove the cause first."),
        )
    if move is Move.REOPEN:
        return _reopening(facts, now, timing)
    return next((no for says, no in _GUARDS.get(move, ()) if says(facts, now)), None)


def _window_runs(facts: Facts, now: datetime) -> bool:
    return facts.monitoring_until is None or now < facts.monitoring_until


_Guard = tuple[Callable[[Facts, datetime], bool], Refusal]
_GUARDS: dict[Move, tuple[_Guard, ...]] = {
    Move.MAKE_SAFE: (
        (
            lambda facts, now: facts.priority not in URGENT,
            Refusal(
                "action.not_urgent",
                N_("Making safe is for priority 1 and 2; start the work or fix it."),
            ),
        ),
    ),
    Move.UNASSIGN: (
        (
            lambda facts, now: not facts.assigned,
            Refusal("action.not_assigned", N_("Nobody is assigned to this.")),
        ),
    ),
    Move.UNMERGE: (
        (
            lambda facts, now: facts.outcome is not Outcome.DUPLICATE,
            Refusal("action.not_merged", N_("This was not merged into another action.")),
        ),
    ),
    Move.PLAN: (
        (
            lambda facts, now: facts.plan_agreed,
            Refusal("action.plan_agreed_already", N_("A plan is agreed; carry it out.")),
        ),
    ),
    Move.FIX: (
        (
            lambda facts, now: facts.depth is Depth.CORRECTIVE and not facts.plan_agreed,
            Refusal(
                "action.plan_first",
                N_(
                    "The permanent fix waits for the agreed plan."
                    " What protects people now is the containment."
                ),
            ),
        ),
    ),
    Move.ACCEPT: (
        (
            lambda facts, now: facts.suspected,
            Refusal(
                "action.repeat_undecided_here",
                N_("Say first whether this is an earlier one come back."),
            ),
        ),
    ),
    Move.CONFIRM_EFFECTIVE: (
        (
            _window_runs,
            Refusal(
                "action.window_runs",
                N_("The monitoring window still runs; it can be confirmed when it is over."),
            ),
        ),
    ),
    Move.HOLD: (
        (
            lambda facts, now: facts.on_hold,
            Refusal("action.on_hold_already", N_("It is on hold already.")),
        ),
    ),
    Move.LIFT: (
        (
            lambda facts, now: not facts.on_hold,
            Refusal("action.not_on_hold", N_("It is not on hold.")),
        ),
    ),
    **dict.fromkeys(
        (Move.CONFIRM_REPEAT, Move.DECLINE_REPEAT),
        (
            (
                lambda facts, now: not facts.suspected,
                Refusal("action.no_suspicion", N_("No open question whether this is a repeat.")),
            ),
        ),
    ),
}


def _reopening(facts: Facts, now: datetime, timing: Timing) -> Refusal | None:
    if facts.outcome not in (Outcome.FIXED, Outcome.NO_FAULT_FOUND) or facts.closed_at is None:
        return Refusal(
            "action.nothing_to_reopen",
            N_("Only a finished fix can be reopened. Report it again instead."),
        )
    if now > reopening_ends(facts.closed_at, timing):
        return Refusal(
            "action.reopening_over",
            N_("It was closed more than %(days)s working days ago. Report it again instead."),
            {"days": timing.limits.reopening_days},
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
    if move is Move.ACCEPT and facts.depth is Depth.CORRECTIVE:
        yield from _verified(given)
    if move is not Move.FIX or given.photos:
        return
    if facts.photo_rule is PhotoRule.AT_FIX or given.no_fault_found:
        yield Refusal(
            "action.photo_missing",
            N_("Add a photo that shows how you leave it."),
            where="photos",
        )


def _verified(given: Given) -> Iterator[Refusal]:
    """A permanent fix is verified on site, or by a record that shows it."""
    if not given.scanned and not given.text.strip() and not given.photos:
        yield Refusal(
            "action.verification_missing",
            N_("Scan the code on site, or say which record shows that the fix is in place."),
            where="text",
        )


def reopening_ends(closed_at: datetime, timing: Timing) -> datetime:
    """The last moment at which a closed action can be reopened."""
    return timing.calendar.add_minutes(closed_at, timing.days(timing.limits.reopening_days))


def acceptance_ends(facts: Facts, fixed_at: datetime, timing: Timing) -> datetime | None:
    """When a plain fix of priority 3 or 4 counts as accepted without objection; else None."""
    if facts.priority in URGENT or facts.depth is Depth.CORRECTIVE:
        return None
    return timing.calendar.add_minutes(fixed_at, timing.days(timing.limits.acceptance_days))


def may_move(
    facts: Facts, move: Move, actor: Actor, now: datetime, timing: Timing
) -> Refusal | None:
    """Why `actor` may not make `move` now; None when it is offered."""
    return _who(facts, move, actor) or _when(facts, move, now, timing)


def possible(facts: Facts, actor: Actor, now: datetime, timing: Timing) -> list[Move]:
    """The moves this actor may make now, in the order of the table."""
    return [move for move in Move if may_move(facts, move, actor, now, timing) is None]


def make(
    facts: Facts, move: Move, actor: Actor, given: Given, now: datetime, timing: Timing
) -> Change | list[Refusal]:
    """What `move` changes, or every reason why it cannot be made."""
    refused = may_move(facts, move, actor, now, timing)
    if refused:
        return [refused]
    missing = list(_what(facts, move, given))
    if missing:
        return missing
    return Change(_target(facts, move), _outcome(facts, move, given))


def _withdraws_the_last(facts: Facts) -> bool:
    """The only report, and nobody has acknowledged it yet: nothing is left to do."""
    return facts.state is State.RECEIVED and facts.reports <= 1


def by_itself(facts: Facts, move: Move) -> Change:
    """What a rule's own move changes; it asks nobody."""
    return Change(_target(facts, move), _outcome(facts, move, NOTHING_GIVEN))


def _target(facts: Facts, move: Move) -> State:
    if move is Move.WITHDRAW:
        return State.CLOSED if _withdraws_the_last(facts) else facts.state
    if move is Move.UNMERGE:
        return facts.before_merge or State.RECEIVED
    if move is Move.ACCEPT and facts.depth is Depth.CORRECTIVE:
        return State.MONITORING
    if move is Move.DEEPEN and facts.state is State.FIXED:
        return State.IN_PROGRESS  # it was mended; the cause is still there
    return STEPS[move].target or facts.state


_OUTCOMES: dict[Move, Outcome | None] = {
    Move.RETURN: None,
    Move.REOPEN: None,
    Move.UNMERGE: None,
    Move.DEEPEN: None,
    Move.HAND_OVER: None,
    Move.MERGE: Outcome.DUPLICATE,
    Move.CONFIRM_EFFECTIVE: Outcome.EFFECTIVE,
    Move.REFUTE: Outcome.INEFFECTIVE,
    Move.RULE_OUT: Outcome.OUT_OF_SCOPE,
    Move.CALL_OFF: Outcome.WITHDRAWN,
}


def _outcome(facts: Facts, move: Move, given: Given) -> Outcome | None:
    if move is Move.FIX:
        return Outcome.NO_FAULT_FOUND if given.no_fault_found else Outcome.FIXED
    if move is Move.WITHDRAW:
        return Outcome.WITHDRAWN if _withdraws_the_last(facts) else facts.outcome
    return _OUTCOMES.get(move, facts.outcome)
