"""What time itself does to an action: warnings, breaches, silence that counts, windows that end.

One thing after the other in the order in which they were due, each as at that moment; so it makes
no difference whether tick ran all the time or slept for six hours, and a person who moves an action
finds it as it would have been.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from inspection.actions import applying, consequences, standing
from inspection.actions.applying import Wanted
from inspection.actions.models import Action, Repeat
from inspection.db import db, table, touched
from inspection.rules import ladder, sla
from inspection.rules.lifecycle import Move
from inspection.rules.sla import Clock, Passing
from inspection.rules.states import State
from inspection.web import Refused

_actions, _suspicions = table(Action), table(Repeat)
MOST = 100  # things that time can do to one action in one go


def caught_up(row: Row[Any], now: datetime) -> Row[Any]:
    """The action with everything done that was due before `now`."""
    for _ in range(MOST):
        if row.next_at is None or row.next_at >= now:
            return row
        _next_thing(row)
        row = standing.by_id(row.contract_id, row.id)
    return row


def _next_thing(row: Row[Any]) -> None:
    """Do the one thing that is due first."""
    at = row.next_at
    if row.state == State.MONITORING and _came_back_before(row, at):
        return None
    for is_due, does in _THINGS:
        if is_due(row, at):
            return does(row, at)
    return _clock(row, at)


def _has_come(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at


def _accepts(row: Row[Any], at: datetime) -> None:
    due = {"due": at.isoformat()}
    applying.by_rule(row, Wanted(Move.ACCEPT, None, data=due, system=True, at=at))


def _window_ends(row: Row[Any], at: datetime) -> None:
    applying.by_rule(row, Wanted(Move.END_WINDOW, None, system=True, at=at))


def _repeats(row: Row[Any], at: datetime) -> None:
    catch_up_earlier(row, at)
    consequences.confirm_repeat(row, None, at=at)


def catch_up_earlier(row: Row[Any], now: datetime) -> None:
    """Do what was due to the action that a suspected one may repeat, before that is decided."""
    earlier = consequences.suspicion_of(row).earlier_id
    caught_up(standing.by_id(row.contract_id, earlier), now)


_SUSPECTED = (
    select(_actions.c.id)
    .join_from(_suspicions, _actions, _suspicions.c.action_id == _actions.c.id)
    .where(
        _suspicions.c.contract_id == bindparam("contract"),
        _suspicions.c.earlier_id == bindparam("action"),
        _suspicions.c.decided_at.is_(None),
        _actions.c.repeat_until < bindparam("at"),
    )
    .order_by(_actions.c.repeat_until)
    .limit(1)
)


def _came_back_before(row: Row[Any], at: datetime) -> bool:
    """Whether silence confirmed before `at` that this did not hold; done now, if nobody has yet."""
    suspected = db.session.execute(_SUSPECTED, {**standing.keys(row), "at": at}).scalar()
    if suspected is None:
        return False
    caught_up(standing.by_id(row.contract_id, suspected), at)
    return True


_THINGS: tuple[
    tuple[Callable[[Row[Any], datetime], bool], Callable[[Row[Any], datetime], None]], ...
] = (
    (lambda row, at: row.state == State.FIXED and _has_come(row.accepts_at, at), _accepts),
    (lambda row, at: row.state == State.MONITORING and row.monitoring_until == at, _window_ends),
    (lambda row, at: _has_come(row.repeat_until, at), _repeats),
)


# ---------------------------------------------------------------- clocks


def _clock(row: Row[Any], at: datetime) -> None:
    """The clock whose moment this is: warned, breached, or a step up the ladder."""
    clocks = standing.clocks_of(row.contract_id, row.id)
    moments = [(sla.next_moment(clock), clock) for clock in clocks]
    come = [(moment, clock) for moment, clock in moments if moment and moment <= at]
    _, before = min(come, key=lambda one: one[0], default=(None, None))
    if before is None:  # nothing is due after all; look again when something is
        return _mark(row, clocks, clocks, at)
    after, what = sla.come_to_pass(before, at)
    if what is not Passing.WARNED:
        after = replace(after, step_due_at=_step_due(row, after))
    now = [after if clock is before else clock for clock in clocks]
    breached = what is Passing.BREACHED
    _mark(row, clocks, now, at, breached)
    _tell(row, f"clock.{what.name.lower()}", after, at)
    if breached:
        consequences.after_breach(standing.by_id(row.contract_id, row.id), after, at)
    return None


def late_after_all(row: Row[Any], now: datetime) -> Row[Any]:
    """What a pause that never counted has hidden: late at its true moment, told of now."""
    clocks = standing.clocks_of(row.contract_id, row.id)
    hidden = next((clock for clock in clocks if _was_late(clock, now)), None)
    if hidden is None:
        return row
    after = replace(hidden, breached_at=hidden.due_at, step=1)
    after = replace(after, step_due_at=_step_due(row, after))
    _mark(row, clocks, [after if clock is hidden else clock for clock in clocks], now, True)
    _tell(row, "clock.breached", after, hidden.due_at)
    consequences.after_breach(standing.by_id(row.contract_id, row.id), after, now)
    return late_after_all(standing.by_id(row.contract_id, row.id), now)


def _was_late(clock: Clock, now: datetime) -> bool:
    stood = clock.cancelled_at is not None or clock.paused_at is not None
    return not stood and clock.breached_at is None and clock.due_at < (clock.stopped_at or now)


def _step_due(row: Row[Any], clock: Clock) -> datetime | None:
    by, since = standing.timing(row), clock.breached_at or clock.due_at
    return ladder.breach_step_due(clock.step, since, by.calendar, by.limits.ladder_days)


_PASSED = (
    update(_actions)
    .where(
        _actions.c.contract_id == bindparam("of_contract"),
        _actions.c.id == bindparam("of_action"),
        _actions.c.version == bindparam("as_seen"),
        _actions.c.next_at == bindparam("was_next"),
    )
    .values(next_at=bindparam("comes_next"), breached=bindparam("is_breached"))
)


def _mark(
    row: Row[Any], before: list[Clock], clocks: list[Clock], at: datetime, breached: bool = False
) -> None:
    """Store what time did. The version stays: nobody's form is out of date because of it."""
    standing.keep_clocks(row, before, clocks)
    result = db.session.execute(
        _PASSED,
        {
            "of_contract": row.contract_id,
            "of_action": row.id,
            "as_seen": row.version,
            "was_next": row.next_at,
            "comes_next": standing.next_at(dict(row._mapping), clocks, at),
            "is_breached": row.breached or breached,
        },
    )
    if touched(result) != 1:
        raise Refused(applying.who_moved_it(row), status=409)


def _tell(row: Row[Any], kind: str, clock: Clock, moment: datetime) -> None:
    data = {
        "clock": clock.kind.value,
        "party": clock.party.value,
        "due": clock.due_at.isoformat(),
        "happened_at": moment.isoformat(),
        "step": clock.step,
    }
    applying.note(row, kind, ("clock", clock.key or 0), data)
