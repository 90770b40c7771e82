"""The rows of the queue: the same for both parties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, true, tuple_

from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.db import db, table
from inspection.people.models import Membership, Person
from inspection.queue.view import View, conditions
from inspection.rules.states import Priority, State

_actions, _assets = table(Action), table(Asset)
_members, _persons = table(Membership), table(Person)

PAGE = 50
GLANCE = 25  # rows of each side on the first page
FEW = 60  # assets

_ROWS = (
    select(
        _actions.c.id,
        _actions.c.number,
        _actions.c.title,
        _actions.c.priority,
        _actions.c.state,
        _actions.c.court,
        _actions.c.court_since,
        _actions.c.owner_party,
        _actions.c.received_at,
        _actions.c.closed_at,
        _actions.c.report_count,
        _actions.c.reopen_count,
        _actions.c.version,
        _actions.c.category_id,
        _assets.c.name.label("place_name"),
        _assets.c.trail.label("place_trail"),
        _persons.c.name.label("assignee"),
    )
    .join_from(_actions, _assets, _actions.c.asset_id == _assets.c.id)
    .join(_members, _actions.c.assignee_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
)
_ORDER = (_actions.c.priority, _actions.c.received_at, _actions.c.id)
_LATEST = (_actions.c.closed_at.desc(), _actions.c.id.desc())


@dataclass(frozen=True)
class Page:
    """Some rows, and the cursor values after the last one when there are more."""

    rows: list[Row[Any]]
    after: tuple[Any, ...] | None


def page(view: View, contract_id: int, after: list[Any] | None = None, size: int = PAGE) -> Page:
    """The rows after a place in the list: urgent and old first; closed ones newest first."""
    closed = view.state == State.CLOSED.value
    asked = _ROWS.where(*conditions(view, contract_id)).limit(size + 1)
    asked = asked.order_by(*(_LATEST if closed else _ORDER))
    if after is not None:
        asked = asked.where(_beyond(after, closed))
    rows: list[Row[Any]] = list(db.session.execute(asked))
    if len(rows) <= size:
        return Page(rows, None)
    last = rows[size - 1]
    key = (last.closed_at, last.id) if closed else (last.priority, last.received_at, last.id)
    return Page(rows[:size], key)


def _beyond(after: list[Any], closed: bool) -> Any:
    """The condition for rows after a place in the list; any row, when that place is nonsense."""
    try:
        *leading, moment, last_id = after
        values = (*leading, datetime.fromisoformat(moment), int(last_id))
    except (TypeError, ValueError):
        return true()
    if closed and len(values) == 2:
        return tuple_(_actions.c.closed_at, _actions.c.id) < values
    if not closed and len(values) == 3 and values[0] in tuple(Priority):
        return tuple_(*_ORDER) > values
    return true()


def said(n: int) -> str:
    """A count in figures."""
    return f"{n:,}"


def mine(member_id: int, contract_id: int) -> list[Row[Any]]:
    """The open work of one member that waits for their party, by place."""
    return list(
        db.session.execute(
            _ROWS.add_columns(_actions.c.place, _actions.c.expected_on)
            .where(*conditions(View(assignee=str(member_id)), contract_id))
            .where(_actions.c.state != State.FIXED.value)
            .order_by(_actions.c.place, *_ORDER)
            .limit(200)
        )
    )


def at_place(path: str, contract_id: int, limit: int = 30) -> list[Row[Any]]:
    """What is open at a place or below it."""
    return list(
        db.session.execute(
            _ROWS.where(_actions.c.contract_id == contract_id, _actions.c.listed)
            .where(within(_actions.c.place, path))
            .order_by(*_ORDER)
            .limit(limit)
        )
    )


def closed_at_place(path: str, contract_id: int, limit: int = 10) -> list[Row[Any]]:
    """What was closed at a place or below it, newest first.

    A room is found by its few assets; a whole building by walking back from the latest, since
    sorting all its history would cost more each year.
    """
    few = list(
        db.session.execute(
            select(_assets.c.id)
            .where(_assets.c.contract_id == contract_id, within(_assets.c.path, path))
            .limit(FEW + 1)
        ).scalars()
    )
    here = within(_actions.c.place, path) if len(few) > FEW else _actions.c.asset_id.in_(few)
    return list(
        db.session.execute(
            _ROWS.add_columns(_actions.c.outcome, _actions.c.outcome_text)
            .where(_actions.c.contract_id == contract_id, _actions.c.closed_at.is_not(None), here)
            .order_by(*_LATEST)
            .limit(limit)
        )
    )


def oldest(contract_id: int, limit: int) -> list[Row[Any]]:
    """What has been open longest."""
    return list(
        db.session.execute(
            _ROWS.where(_actions.c.contract_id == contract_id, _actions.c.listed)
            .order_by(_actions.c.received_at)
            .limit(limit)
        )
    )


def some(condition: Any, contract_id: int, limit: int) -> list[Row[Any]]:
    """Closed actions of a contract that meet a condition, latest first."""
    return list(
        db.session.execute(
            _ROWS.where(_actions.c.contract_id == contract_id, condition)
            .where(_actions.c.closed_at.is_not(None))
            .order_by(*_LATEST)
            .limit(limit)
        )
    )
