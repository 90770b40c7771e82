"""Whose turn it is: exactly one party while work is open, nobody while a fix is being monitored."""

from dataclasses import dataclass

from inspection.rules.access import Party
from inspection.rules.states import State


@dataclass(frozen=True)
class Turn:
    """What decides whose turn it is.

    `decision_to` is the party an open decision asks; `hold_cause` the party that caused an open
    hold (a hold caused by neither leaves the turn with the owner).
    """

    state: State
    owner: Party
    decision_to: Party | None = None
    hold_cause: Party | None = None
    window_over: bool = False


def court(turn: Turn) -> Party | None:
    """The party whose turn it is; None when closed, or while an effectiveness window runs."""
    if turn.state is State.CLOSED:
        return None
    if turn.decision_to is not None:
        return turn.decision_to
    if turn.hold_cause is not None:
        return turn.hold_cause
    if turn.state is State.MONITORING:
        return turn.owner.other if turn.window_over else None
    if turn.state in (State.PLAN_SUBMITTED, State.FIXED):
        return turn.owner.other
    return turn.owner
