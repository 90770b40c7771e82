"""Open work follows the calendar in force; a policy rules only what began under it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, update

from inspection.actions import applying, standing
from inspection.actions.models import Action
from inspection.contracts import agreements
from inspection.contracts.models import Contract
from inspection.db import db, table, touched
from inspection.rules import ladder, lifecycle, sla
from inspection.rules.sla import Clock, Timing
from inspection.rules.states import State
from inspection.web import Refused

_actions, _contracts = table(Action), table(Contract)

_AGREED = select(_contracts.c.id, _contracts.c.terms)
_BEHIND = (
    select(_actions.c.id)
    .where(
        _actions.c.contract_id == bindparam("contract"),
        _actions.c.listed,
        _actions.c.id.not_in(bindparam("besides", expanding=True)),
        or_(
            _actions.c.calendar_id.is_(None),
            _actions.c.calendar_id < bindparam("calendar"),
            _actions.c.calendar_id > bindparam("calendar"),
        ),
    )
    .limit(bindparam("most"))
)


def behind(limit: int, besides: Collection[int] = ()) -> list[tuple[int, int]]:
    """Open actions under another calendar than their contract's, (contract, id); at most `limit`.

    A look into an index for each contract that has agreed on a calendar; not at those `besides`.
    """
    found: list[tuple[int, int]] = []
    for contract_id, terms in db.session.execute(_AGREED).all():
        if terms.get("calendar") is None or len(found) >= limit:
            continue
        asked = {
            "contract": contract_id,
            "calendar": terms["calendar"],
            "besides": list(besides),
            "most": limit - len(found),
        }
        ids = db.session.execute(_BEHIND, asked).scalars()
        found += [(contract_id, action_id) for action_id in ids]
    return found


def retime(row: Row[Any], now: datetime) -> bool:
    """Work out again what is due, by the calendar in force; pauses are kept and breaches stay.

    The version stays: nobody's form is out of date because of it.
    """
    calendar_id = _calendar_of(row.contract_id)
    if not row.listed or calendar_id is None or calendar_id == row.calendar_id:
        return False
    before = standing.clocks_of(row.contract_id, row.id)
    columns = {**row._mapping, "calendar_id": calendar_id}
    by = _timing(row, calendar_id)
    columns["accepts_at"] = _accepts_at(row, now, by)
    retimed = [_with_step(clock, by) for clock in sla.retimed(before, by)]
    follows = standing.settled(row, columns, retimed, now, by)
    standing.keep_clocks(row, before, follows.clocks)
    values = {**follows.columns, "calendar_id": calendar_id, "accepts_at": columns["accepts_at"]}
    _put(row, values)
    _tell(row, before, follows.clocks, calendar_id)
    return True


def _calendar_of(contract_id: int) -> int | None:
    asked = select(_contracts.c.terms).where(_contracts.c.id == contract_id)
    calendar: int | None = db.session.execute(asked).scalar_one().get("calendar")
    return calendar


def _timing(row: Row[Any], calendar_id: int) -> Timing:
    before = standing.timing(row)
    return replace(before, calendar=agreements.calendar(calendar_id, row.tz))


def _with_step(clock: Clock, by: Timing) -> Clock:
    """The next step of a breach, reckoned from the breach in the new calendar."""
    if clock.step_due_at is None or clock.breached_at is None or clock.ended:
        return clock
    days = by.limits.ladder_days
    due = ladder.breach_step_due(clock.step, clock.breached_at, by.calendar, days)
    return replace(clock, step_due_at=due)


def _accepts_at(row: Row[Any], now: datetime, by: Timing) -> datetime | None:
    """Until when a fix can be objected to; never over before anybody could know it."""
    if row.state != State.FIXED or row.accepts_at is None or row.fixed_at is None:
        accepts_at: datetime | None = row.accepts_at
        return accepts_at
    ends = lifecycle.acceptance_ends(standing.facts(row), row.fixed_at, by)
    return max(ends, now) if ends else None


def _put(row: Row[Any], values: Mapping[str, Any]) -> None:
    result = db.session.execute(
        update(_actions)
        .where(
            _actions.c.contract_id == row.contract_id,
            _actions.c.id == row.id,
            _actions.c.version == row.version,
            _actions.c.calendar_id.is_not_distinct_from(row.calendar_id),
        )
        .values(**values)
    )
    if touched(result) != 1:
        raise Refused(applying.who_moved_it(row), status=409)


def _tell(row: Row[Any], before: list[Clock], after: list[Clock], calendar_id: int) -> None:
    """Say which due moments moved, each with the old and the new one."""
    was = {clock.key: clock for clock in before}
    moved = [
        {
            "clock": clock.kind.value,
            "party": clock.party.value,
            "due_before": was[clock.key].due_at.isoformat(),
            "due": clock.due_at.isoformat(),
        }
        for clock in after
        if clock.key in was and was[clock.key].due_at != clock.due_at
    ]
    data = {"calendar_before": row.calendar_id, "calendar": calendar_id, "clocks": moved}
    applying.note(row, "action.retimed", ("action", row.id), data)
