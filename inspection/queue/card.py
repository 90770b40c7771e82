"""What the page of an action shows at a glance: its turn, its time, its generations, what leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row, bindparam, select

from inspection import clock
from inspection.actions import standing
from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.contracts.models import Agreement, Requirement
from inspection.db import db, table
from inspection.queue import drawing
from inspection.queue.history import Entry
from inspection.rules.access import Member, Party, may
from inspection.rules.lifecycle import Move
from inspection.rules.refusal import N_
from inspection.rules.states import Depth, State

_actions, _assets = table(Action), table(Asset)
_agreements, _requirements = table(Agreement), table(Requirement)


def shown(row: Row[Any], timeline: Iterable[Entry], me: Member) -> dict[str, Any]:
    """Clocks, turns, generations, and what was agreed about an action."""
    now = clock.now()
    clocks = _clocks(row)
    return {
        "clocks": clocks,
        "pressing": _pressing(row, clocks),
        "shares": drawing.shares(standing.court_time(row, now)),
        "chain": drawing.chain(_family(row), row.id, now),
        "requirement": _requirement(row),
        "agreed": _agreed(row),
        "moved_due": list(_moved(timeline)),
        "asks_us": row.decision_to == me.party,
        "relieves": lambda party: may(me, "relieve", Party(party)),
    }


def _pressing(row: Row[Any], clocks: list[drawing.Drawn]) -> list[drawing.Drawn]:
    """What is due first of the party whose turn it is, then what is due first of all."""
    running = [one for one in clocks if not one.clock.ended]
    theirs = [one for one in running if one.clock.party == row.court][:1]
    return theirs + [one for one in running[:1] if one not in theirs]


def _moved(timeline: Iterable[Entry]) -> Iterator[tuple[Row[Any], datetime]]:
    """The events that moved a due moment, each with what was due until then."""
    for entry in timeline:
        before = entry.event.data.get("due_before")
        if before:
            yield entry.event, datetime.fromisoformat(before)


# ---------------------------------------------------------------- what leads

_SORTED = (State.ACKNOWLEDGED, State.IN_PROGRESS)


def lead(row: Row[Any], me: Member) -> Move | None:
    """The one move that brings this action on; None while this party has a question to answer."""
    if row.decision_to == me.party:
        return None
    if row.paused_at is not None:
        return Move.LIFT
    if row.depth == Depth.CORRECTIVE and row.state in _SORTED and row.plan_agreed_at is None:
        return Move.PLAN if row.contained_at else Move.CONTAIN
    return {
        State.RECEIVED: Move.ACKNOWLEDGE,
        State.ACKNOWLEDGED: Move.START,
        State.PLAN_SUBMITTED: Move.AGREE_PLAN,
        State.IN_PROGRESS: Move.FIX,
        State.FIXED: Move.ACCEPT,
        State.MONITORING: Move.CONFIRM_EFFECTIVE,
    }.get(State(row.state))


_WAITED_FOR = {
    State.RECEIVED: N_("acknowledge it"),
    State.ACKNOWLEDGED: N_("start the work"),
    State.PLAN_SUBMITTED: N_("agree to the plan or return it"),
    State.IN_PROGRESS: N_("put it right"),
    State.FIXED: N_("accept the fix or return it"),
    State.MONITORING: N_("say whether it held"),
}


def next_step(row: Row[Any]) -> str:
    """What the party whose turn it is is waited for."""
    step = _waited_for(row) if row.court else ""
    return str(gettext(step)) if step else ""


def _waited_for(row: Row[Any]) -> str:
    if row.decision_to is not None:
        return N_("answer the question")
    if row.paused_at is not None:
        return N_("clear what holds it up")
    if row.depth != Depth.CORRECTIVE or row.state not in _SORTED:
        return _WAITED_FOR[State(row.state)]
    if row.plan_agreed_at is not None:
        return N_("carry out the plan")
    return N_("submit a plan") if row.contained_at else N_("contain it")


# ---------------------------------------------------------------- clocks


def _clocks(row: Row[Any]) -> list[drawing.Drawn]:
    now, timing = clock.now(), standing.timing(row)
    kept = standing.kept_clocks(row.contract_id, row.id)
    return drawing.in_order(
        drawing.drawn(one, stored.relieved_at, now, timing) for one, stored in kept
    )


# ---------------------------------------------------------------- relatives

_KIN = (_actions.c.contract_id == bindparam("contract"), _actions.c.id == bindparam("action"))
_up = select(_actions.c.id, _actions.c.parent_id).where(*_KIN).cte("up", recursive=True)
_up = _up.union(
    select(_actions.c.id, _actions.c.parent_id).where(
        _actions.c.contract_id == bindparam("contract"), _actions.c.id == _up.c.parent_id
    )
)
_down = select(_up.c.id).where(_up.c.parent_id.is_(None)).cte("down", recursive=True)
_down = _down.union(
    select(_actions.c.id).where(
        _actions.c.contract_id == bindparam("contract"), _actions.c.parent_id == _down.c.id
    )
)
_FAMILY = (
    select(
        *(_actions.c.id, _actions.c.parent_id, _actions.c.number, _actions.c.source),
        *(_actions.c.generation, _actions.c.state, _actions.c.outcome),
        *(_actions.c.received_at, _actions.c.fixed_at, _actions.c.closed_at),
        _assets.c.name.label("place_name"),
    )
    .join_from(_actions, _assets, _actions.c.asset_id == _assets.c.id)
    .where(_actions.c.contract_id == bindparam("contract"), _actions.c.id.in_(select(_down.c.id)))
    .order_by(_actions.c.id)
)
"""From an action up to the first of its kind, and down to everything that came of that."""


def _family(row: Row[Any]) -> list[Row[Any]]:
    return list(db.session.execute(_FAMILY, standing.keys(row)))


# ---------------------------------------------------------------- what was agreed


def _requirement(row: Row[Any]) -> Row[Any] | None:
    """The numbered promise an action points to."""
    if row.requirement_id is None:
        return None
    return db.session.execute(
        select(_requirements).where(
            _requirements.c.contract_id == row.contract_id,
            _requirements.c.id == row.requirement_id,
        )
    ).first()


def _agreed(row: Row[Any]) -> Mapping[str, Row[Any]]:
    """The versions an action's clocks follow, by kind: they stay when newer ones are agreed."""
    followed = [one for one in (row.policy_id, row.calendar_id) if one]
    if not followed:
        return {}
    rows: Iterable[Row[Any]] = db.session.execute(
        select(_agreements.c.id, _agreements.c.kind, _agreements.c.version, _agreements.c.state)
        .where(_agreements.c.contract_id == row.contract_id, _agreements.c.id.in_(followed))
        .order_by(_agreements.c.kind.desc())
    )
    return {one.kind: one for one in rows}
