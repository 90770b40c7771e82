"""The rows of the queue and the counts beside its filters: the same for both parties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, literal, select, tuple_, union_all

from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.db import db, table
from inspection.people.models import Membership, Person
from inspection.queue.view import LISTED, View, conditions
from inspection.rules.states import State

_actions, _assets = table(Action), table(Asset)
_members, _persons = table(Membership), table(Person)

PAGE = 50
GLANCE = 25  # rows of each side on the first page
COUNTED = 1000  # more are shown as "1,000+"

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
    if closed:
        moment, last_id = after
        return tuple_(_actions.c.closed_at, _actions.c.id) < (
            datetime.fromisoformat(moment),
            last_id,
        )
    priority, moment, last_id = after
    return tuple_(*_ORDER) > (priority, datetime.fromisoformat(moment), last_id)


Counts = dict[tuple[str, str], int]


def counts(view: View, contract_id: int, beside: Mapping[str, Iterable[str]]) -> Counts:
    """How many rows each value of the filters `beside` would show, with the others as they are.

    Counted up to `COUNTED + 1`, so that a count costs the same whatever the history.
    """
    asked = [
        _bounded(name, value, view.but(**{name: value}), contract_id)
        for name, values in beside.items()
        for value in values
    ]
    rows = db.session.execute(union_all(*asked))
    return {(row.name, row.value): row.n for row in rows}


def count(view: View, contract_id: int) -> int:
    """How many rows the view shows, up to `COUNTED + 1`."""
    return int(db.session.execute(_bounded("", "", view, contract_id)).one().n)


def _bounded(name: str, value: str, view: View, contract_id: int) -> Any:
    some = select(_actions.c.id).where(*conditions(view, contract_id)).limit(COUNTED + 1)
    number = select(func.count()).select_from(some.subquery()).scalar_subquery()
    return select(literal(name).label("name"), literal(value).label("value"), number.label("n"))


def said(n: int) -> str:
    """A bounded count in figures."""
    return f"{COUNTED:,}+" if n > COUNTED else f"{n:,}"


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
            _ROWS.where(_actions.c.contract_id == contract_id, LISTED)
            .where(within(_actions.c.place, path))
            .order_by(*_ORDER)
            .limit(limit)
        )
    )


def closed_at_place(path: str, contract_id: int, limit: int = 10) -> list[Row[Any]]:
    """What was closed at a place or below it, newest first."""
    return list(
        db.session.execute(
            _ROWS.add_columns(_actions.c.outcome, _actions.c.outcome_text)
            .where(_actions.c.contract_id == contract_id, _actions.c.state == State.CLOSED.value)
            .where(within(_actions.c.place, path))
            .order_by(*_LATEST)
            .limit(limit)
        )
    )


def oldest(contract_id: int, limit: int) -> list[Row[Any]]:
    """What has been open longest."""
    return list(
        db.session.execute(
            _ROWS.where(_actions.c.contract_id == contract_id, LISTED)
            .order_by(_actions.c.received_at)
            .limit(limit)
        )
    )


def some(condition: Any, contract_id: int, limit: int) -> list[Row[Any]]:
    """Closed actions of a contract that meet a condition, latest first."""
    return list(
        db.session.execute(
            _ROWS.where(_actions.c.contract_id == contract_id, condition)
            .where(_actions.c.state == State.CLOSED.value)
            .order_by(*_LATEST)
            .limit(limit)
        )
    )
