"""Where an action stands, read and worked out: whose turn, which clocks, what comes next.

Everything that follows from the rest is worked out here, by the rules, whenever something is
written: `settled` is the one place that knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from flask import abort
from sqlalchemy import Row, bindparam, insert, select, update

from inspection.actions.models import Action
from inspection.actions.models import Clock as Timekeeper
from inspection.contracts import agreements
from inspection.contracts.models import Category, Contract
from inspection.db import db, table
from inspection.rules import sla
from inspection.rules.access import Party
from inspection.rules.court import Turn, court
from inspection.rules.lifecycle import Facts
from inspection.rules.sla import Clock, Timed, Timing
from inspection.rules.states import (
    ClockKind,
    Depth,
    Outcome,
    PhotoRule,
    Priority,
    State,
)

_actions, _categories, _contracts = table(Action), table(Category), table(Contract)
_clocks = table(Timekeeper)

_ROW = (
    select(
        _actions,
        _categories.c.photo_rule,
        _categories.c.service_line,
        _contracts.c.tz,
    )
    .join_from(_actions, _categories, _actions.c.category_id == _categories.c.id)
    .join(_contracts, _actions.c.contract_id == _contracts.c.id)
)
_BY_NUMBER = _ROW.where(
    _actions.c.contract_id == bindparam("contract"), _actions.c.number == bindparam("number")
)
_BY_ID = _ROW.where(
    _actions.c.contract_id == bindparam("contract"), _actions.c.id == bindparam("action")
)


def look(contract_id: int, number: int) -> Row[Any] | None:
    """The action of that number, if this contract has it."""
    return db.session.execute(_BY_NUMBER, {"contract": contract_id, "number": number}).first()


def found(contract_id: int, number: int) -> Row[Any]:
    """The action of that number; 404 when there is none in this contract."""
    row = look(contract_id, number)
    if row is None:
        abort(404)
    return row


def by_id(contract_id: int, action_id: int) -> Row[Any]:
    """The action with that id in this contract."""
    return db.session.execute(_BY_ID, {"contract": contract_id, "action": action_id}).one()


def keys(row: Row[Any]) -> dict[str, int]:
    """The action of a row as statements ask for it: `contract` and `action`."""
    return {"contract": row.contract_id, "action": row.id}


def timing(row: Row[Any]) -> Timing:
    """What the time of this action is counted by."""
    return Timing(agreements.calendar(row.calendar_id, row.tz), agreements.policy(row.policy_id))


def facts(row: Row[Any], before_merge: State | None = None) -> Facts:
    """What the lifecycle needs to know of the row."""
    return Facts(
        state=State(row.state),
        owner=Party(row.owner_party),
        priority=Priority(row.priority),
        outcome=Outcome(row.outcome) if row.outcome else None,
        closed_at=row.closed_at,
        photo_rule=PhotoRule(row.photo_rule),
        assigned=row.assignee_id is not None,
        reports=row.report_count,
        before_merge=before_merge,
        depth=Depth(row.depth),
        contained=row.contained_at is not None,
        plan_agreed=row.plan_agreed_at is not None,
        monitoring_until=row.monitoring_until,
        on_hold=row.paused_at is not None,
        suspected=row.repeat_until is not None,
    )


# ---------------------------------------------------------------- clocks, as stored, as rules

_OF_ACTION = (
    select(_clocks)
    .where(
        _clocks.c.contract_id == bindparam("contract"), _clocks.c.action_id == bindparam("action")
    )
    .order_by(_clocks.c.id)
)
_NEW = insert(_clocks)
_WORKED_OUT = (
    "minutes",
    "business",
    "due_at",
    "warn_at",
    "stopped_at",
    "paused_at",
    "cancelled_at",
    "warned_at",
    "breached_at",
    "step",
    "step_due_at",
)

_CHANGED = (
    update(_clocks)
    .where(_clocks.c.contract_id == bindparam("of_contract"), _clocks.c.id == bindparam("of_clock"))
    .values({name: bindparam(name) for name in ("pauses", *_WORKED_OUT)})
)


def clocks_of(contract_id: int, action_id: int) -> list[Clock]:
    """All clocks an action ever had, in the order they were started."""
    return [clock for clock, _ in kept_clocks(contract_id, action_id)]


def kept_clocks(contract_id: int, action_id: int) -> list[tuple[Clock, Row[Any]]]:
    """The same with the rows they are kept in, which know of relief."""
    rows = db.session.execute(_OF_ACTION, {"contract": contract_id, "action": action_id})
    return [(_as_rule(row), row) for row in rows]


def _as_rule(row: Row[Any]) -> Clock:
    return Clock(
        kind=ClockKind(row.kind),
        party=Party(row.party),
        started_at=row.started_at,
        pauses=tuple((_moment(begins), _moment(ends)) for begins, ends in row.pauses),
        decision_id=row.decision_id,
        key=row.id,
        **{name: getattr(row, name) for name in _WORKED_OUT},
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _as_columns(clock: Clock) -> dict[str, Any]:
    pauses = [[begins.isoformat(), ends.isoformat()] for begins, ends in clock.pauses]
    return {"pauses": pauses, **{name: getattr(clock, name) for name in _WORKED_OUT}}


def keep_clocks(row: Row[Any], before: Sequence[Clock], after: Iterable[Clock]) -> None:
    """Store what has changed in the clocks of an action."""
    known = {clock.key: clock for clock in before}
    fresh = []
    for clock in after:
        if clock.key is None:
            fresh.append(clock)
        elif clock != known.get(clock.key):
            which = {"of_contract": row.contract_id, "of_clock": clock.key}
            db.session.execute(_CHANGED, {**which, **_as_columns(clock)})
    begin_clocks(row.contract_id, row.id, fresh)


def _first(contract_id: int, action_id: int, clock: Clock) -> dict[str, Any]:
    return {
        "contract_id": contract_id,
        "action_id": action_id,
        "decision_id": clock.decision_id,
        "kind": clock.kind.value,
        "party": clock.party.value,
        "started_at": clock.started_at,
        **_as_columns(clock),
    }


def begin_clocks(contract_id: int, action_id: int, clocks: Iterable[Clock]) -> None:
    """Store clocks of an action that were not there before."""
    begin_all(contract_id, [(action_id, clock) for clock in clocks])


def begin_all(contract_id: int, clocks: Iterable[tuple[int, Clock]]) -> None:
    """Store clocks that were not there before, each with the id of its action."""
    rows = [_first(contract_id, action_id, clock) for action_id, clock in clocks]
    if rows:
        db.session.execute(_NEW, rows)


# ---------------------------------------------------------------- what follows from the rest

_SAID = ("state", "depth", "owner", "priority", "outcome")
_AS_IT_IS = tuple(f.name for f in fields(Timed) if f.name not in _SAID)


def timed(columns: Mapping[str, Any]) -> Timed:
    """The columns of an action as its clocks need them."""
    return Timed(
        state=State(columns["state"]),
        depth=Depth(columns["depth"]),
        owner=Party(columns["owner_party"]),
        priority=Priority(columns["priority"]),
        outcome=Outcome(columns["outcome"]) if columns["outcome"] else None,
        **{name: columns[name] for name in _AS_IT_IS},
    )


@dataclass(frozen=True)
class Settled:
    """What must be written beside a change: columns of the action, and its clocks."""

    columns: dict[str, Any]
    clocks: list[Clock]


def settled(
    row: Row[Any] | None,
    columns: Mapping[str, Any],
    clocks: Sequence[Clock],
    at: datetime,
    by: Timing,
) -> Settled:
    """What follows when an action has become `columns` at `at`; `row`: how it was, None if new."""
    after = sla.follow(clocks, timed(columns), at, by)
    soonest = sla.soonest(after)
    return Settled(
        {
            **turned(row, columns, at),
            "listed": columns["state"] != State.CLOSED and not columns["held"],
            "due_at": soonest.due_at if soonest else None,
            "due_kind": soonest.kind.value if soonest else None,
            "next_at": next_at(columns, after, at),
        },
        after,
    )


def next_at(columns: Mapping[str, Any], clocks: Iterable[Clock], at: datetime) -> datetime | None:
    """The next moment at which time itself does something to the action.

    Not before `at`: a due moment that a change let lie in the past (another priority, a fix
    returned with no minutes left) counts from the change, and so does what follows from it.
    """
    moments = [sla.next_moment(clock) for clock in clocks]
    if columns["state"] == State.FIXED:
        moments.append(columns["accepts_at"])
    if columns["state"] == State.MONITORING and at < columns["monitoring_until"]:
        moments.append(columns["monitoring_until"])
    moments.append(columns["repeat_until"])
    return min((max(moment, at) for moment in moments if moment is not None), default=None)


def _party(said: str | None) -> Party | None:
    return Party(said) if said else None


def turned(row: Row[Any] | None, columns: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Whose turn it is now, and the time of the turn that is over; none is lost.

    A closed action has no turn: the time until it is reopened belongs to nobody's account. A turn
    never begins before the one that is over, so that what comes to light late counts nothing twice.
    """
    until = columns["monitoring_until"]
    turn = court(
        Turn(
            State(columns["state"]),
            Party(columns["owner_party"]),
            _party(columns["decision_to"]),
            _party(columns["hold_cause"]),
            window_over=until is not None and at >= until,
        )
    )
    now = {"court": turn.value if turn else None}
    if row is None:
        return {**now, "court_since": at}
    reopened = row.state == State.CLOSED and columns["state"] != State.CLOSED
    closed = row.state != State.CLOSED and columns["state"] == State.CLOSED
    if turn == row.court and not reopened and not closed:
        return now
    account = f"court_{row.court or 'nobody'}"
    spent = max(at - row.court_since, timedelta()) // timedelta(microseconds=1)
    kept = {} if row.state == State.CLOSED else {account: getattr(row, account) + spent}
    return {**now, "court_since": max(at, row.court_since), **kept}


def court_time(row: Row[Any], now: datetime) -> dict[str, timedelta]:
    """How long it was each party's turn, and nobody's, up to `now`; together its open life."""
    spent = {
        name: timedelta(microseconds=getattr(row, f"court_{name}"))
        for name in (Party.CUSTOMER.value, Party.CONTRACTOR.value, "nobody")
    }
    if row.state != State.CLOSED:
        spent[row.court or "nobody"] += max(now - row.court_since, timedelta())
    return spent
