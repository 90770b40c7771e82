"""Disagreements and breaches on the ladder, and who stands on its steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from inspection.actions.models import Action, Disagreement
from inspection.actions.models import Clock as Timekeeper
from inspection.assets.models import Asset
from inspection.db import db, table
from inspection.journal import Event
from inspection.people.deeds import EVENTS
from inspection.people.models import Membership, Person
from inspection.rules import ladder
from inspection.rules.access import Party

_disagreements, _actions, _assets = table(Disagreement), table(Action), table(Asset)
_clocks = table(Timekeeper)
_events = table(Event)
_members, _persons = table(Membership), table(Person)

LISTED = 100
LATELY = 20

_WITH_ACTION = (
    select(
        _disagreements,
        _actions.c.number,
        _actions.c.title,
        _actions.c.category_id,
        _actions.c.priority,
        _assets.c.name.label("place_name"),
    )
    .join_from(_disagreements, _actions, _disagreements.c.action_id == _actions.c.id)
    .join(_assets, _actions.c.asset_id == _assets.c.id)
)


def still_open(contract_id: int) -> list[Row[Any]]:
    """The disagreements that are not resolved, the highest step first; `LISTED` at most."""
    asked = _WITH_ACTION.where(
        _disagreements.c.contract_id == contract_id, _disagreements.c.resolved_at.is_(None)
    )
    order = (_disagreements.c.step.desc(), _disagreements.c.step_due_at, _disagreements.c.id)
    return list(db.session.execute(asked.order_by(*order).limit(LISTED)))


def lately_resolved(contract_id: int) -> list[Row[Any]]:
    """The latest `LATELY` that both signed."""
    asked = _WITH_ACTION.where(
        _disagreements.c.contract_id == contract_id, _disagreements.c.resolved_at.is_not(None)
    )
    return list(
        db.session.execute(asked.order_by(_disagreements.c.resolved_at.desc()).limit(LATELY))
    )


def settled_by_step(contract_id: int) -> dict[int, int]:
    """How many were resolved on each step, ever."""
    rows = db.session.execute(
        select(_disagreements.c.step, func.count())
        .where(_disagreements.c.contract_id == contract_id)
        .where(_disagreements.c.resolved_at.is_not(None))
        .group_by(_disagreements.c.step)
        .order_by(_disagreements.c.step)
    )
    return {row[0]: row[1] for row in rows}


def history(row: Row[Any]) -> list[Row[Any]]:
    """What happened to one disagreement, in order."""
    asked = EVENTS.where(
        _events.c.contract_id == row.contract_id,
        _events.c.action_id == row.action_id,
        _events.c.entity == "disagreement",
        _events.c.entity_id == row.id,
    )
    return list(db.session.execute(asked.order_by(_events.c.seq)))


def counterparts(contract_id: int, step: int) -> dict[str, list[str]]:
    """Who stands on a step, by party: the names of those with its role; outside help has none."""
    names: dict[str, list[str]] = {party.value: [] for party in Party}
    role = ladder.ROLES.get(step)
    if role is None:
        return names
    rows = db.session.execute(
        select(_members.c.party, _persons.c.name)
        .join_from(_members, _persons, _members.c.person_id == _persons.c.id)
        .where(
            _members.c.contract_id == contract_id,
            _members.c.role == role.value,
            _members.c.ended_at.is_(None),
        )
        .order_by(_persons.c.name)
    )
    for party, name in rows:
        names[party].append(name)
    return names


def climbing(contract_id: int, now: datetime) -> list[Row[Any]]:
    """The breached promises still to be kept, the highest step first; `LISTED` at most."""
    return list(
        db.session.execute(
            select(
                _clocks.c.kind,
                _clocks.c.party,
                _clocks.c.due_at,
                _clocks.c.breached_at,
                _clocks.c.step,
                _clocks.c.step_due_at,
                _actions.c.number,
                _actions.c.title,
                _actions.c.category_id,
                _actions.c.priority,
                _assets.c.name.label("place_name"),
            )
            .join_from(_clocks, _actions, _clocks.c.action_id == _actions.c.id)
            .join(_assets, _actions.c.asset_id == _assets.c.id)
            .where(
                _clocks.c.contract_id == contract_id,
                _clocks.c.party.in_([party.value for party in Party]),
                _clocks.c.due_at < now,
                _clocks.c.stopped_at.is_(None),
                _clocks.c.cancelled_at.is_(None),
                _clocks.c.paused_at.is_(None),
                _clocks.c.step >= 1,
            )
            .order_by(_clocks.c.step.desc(), _clocks.c.breached_at, _clocks.c.id)
            .limit(LISTED)
        )
    )
