"""Whether a new action is an earlier one come back: found on receipt, decided by either party."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select

from inspection import clock
from inspection.actions.models import Action, Repeat
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.journal import Happened, record
from inspection.rules import repeat
from inspection.rules.policy import NO_POLICY_LIMITS
from inspection.rules.repeat import Earlier, New
from inspection.rules.states import Outcome, State

_actions, _repeats = table(Action), table(Repeat)

_EARLIER = select(
    _actions.c.id,
    _actions.c.number,
    _actions.c.asset_id,
    _actions.c.category_id,
    _actions.c.requirement_id,
    _actions.c.fixed_at,
    _actions.c.state,
    _actions.c.outcome,
).where(
    _actions.c.contract_id == bindparam("contract"),
    _actions.c.asset_id == bindparam("asset"),
    _actions.c.category_id == bindparam("category"),
    or_(
        _actions.c.fixed_at >= bindparam("since"),
        _actions.c.state != State.CLOSED.value,
    ),
)
"""Of one thing in one place there are few, and the index goes straight to them."""


@dataclass(frozen=True)
class Suspicion:
    """The earlier action a new one may repeat, and when that counts as confirmed by itself."""

    earlier_id: int
    earlier_number: int
    until: datetime


def earlier_of(new: Mapping[str, Any], contract: Any) -> Suspicion | None:
    """What the columns of a new action may be a repeat of; `contract` has tz and terms."""
    policy = agreements.policy(contract.terms.get("sla_policy"))
    limits = policy.limits if policy else NO_POLICY_LIMITS
    now = new["received_at"]
    asked = {
        "contract": new["contract_id"],
        "asset": new["asset_id"],
        "category": new["category_id"],
        "since": now - timedelta(days=limits.repeat_window_days),
    }
    rows: dict[int, Any] = {}
    for row in db.session.execute(_EARLIER, asked):
        if _still_open(row):
            return None  # it has not been put right yet: a duplicate, not a repeat
        rows[row.id] = row
    here = New(new["asset_id"], new["category_id"], new["requirement_id"], now)
    candidates = [
        earlier
        for earlier in (_as_rule(row) for row in rows.values())
        if repeat.is_candidate(here, earlier, limits.repeat_window_days)
    ]
    best = repeat.best(candidates)
    if best is None:
        return None
    hours = agreements.calendar(contract.terms.get("calendar"), contract.tz)
    until = repeat.decided_by_itself_at(now, hours, limits)
    return Suspicion(best.id, rows[best.id].number, until)


def _still_open(row: Any) -> bool:
    return row.state not in (State.MONITORING, State.CLOSED)


def _as_rule(row: Row[Any]) -> Earlier:
    return Earlier(
        row.id,
        row.asset_id,
        row.category_id,
        row.requirement_id,
        row.fixed_at,
        State(row.state),
        Outcome(row.outcome) if row.outcome else None,
    )


def suspect(contract_id: int, action_id: int, asset_id: int, earlier: Suspicion) -> None:
    """Say to both parties that it may have come back."""
    db.session.execute(
        insert(_repeats).values(
            contract_id=contract_id,
            action_id=action_id,
            earlier_id=earlier.earlier_id,
            suspected_at=clock.now(),
            reason="",
        )
    )
    data = {"earlier": earlier.earlier_number, "until": earlier.until.isoformat()}
    record(
        Happened(
            contract_id,
            "action.repeat_suspected",
            "action",
            action_id,
            action_id=action_id,
            asset_id=asset_id,
            data=data,
        )
    )
