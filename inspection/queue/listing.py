"""The rows of the queue: the same for both parties, in the order a view asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select, tuple_

from inspection import clock
from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.contracts.models import Category
from inspection.db import db, table
from inspection.people.models import Membership, Person
from inspection.queue import search
from inspection.queue.view import View, conditions, midnight, past_at
from inspection.rules.states import State

_actions, _assets, _categories = table(Action), table(Asset), table(Category)
_members, _persons = table(Membership), table(Person)

PAGE = 50
GLANCE = 25  # rows of each side on the first page
EXACT = 1000  # counts beyond it are said as "1,000+"

_ROWS = (
    select(
        *(_actions.c.id, _actions.c.number, _actions.c.title, _actions.c.priority),
        *(_actions.c.state, _actions.c.court, _actions.c.court_since, _actions.c.owner_party),
        *(_actions.c.received_at, _actions.c.closed_at, _actions.c.report_count),
        *(_actions.c.reopen_count, _actions.c.version, _actions.c.category_id),
        *(_actions.c.asset_id, _actions.c.assignee_id, _actions.c.place, _actions.c.depth),
        *(_actions.c.source, _actions.c.due_at, _actions.c.due_kind, _actions.c.paused_at),
        *(_actions.c.hold_cause, _actions.c.decision_to, _actions.c.breached),
        *(_actions.c.generation, _actions.c.parent_id, _actions.c.repeat_until),
        _assets.c.name.label("place_name"),
        _assets.c.trail.label("place_trail"),
        _categories.c.key.label("category"),
        _persons.c.name.label("assignee"),
    )
    .join_from(_actions, _assets, _actions.c.asset_id == _assets.c.id)
    .join(_categories, _actions.c.category_id == _categories.c.id)
    .join(_members, _actions.c.assignee_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
)
_IDS = select(_actions.c.id).correlate(None)
"""Which rows a page shows is asked by itself, then what they say.

Hazard: asked with their names and places, PostgreSQL took 8,500 due rows and sorted them for 50.
"""
_CATEGORIES = (
    select(_categories)
    .where(_categories.c.contract_id == bindparam("contract"))
    .order_by(_categories.c.position, _categories.c.id)
)
_ORDER = (_actions.c.priority, _actions.c.received_at, _actions.c.id)
_LATEST = (_actions.c.closed_at.desc(), _actions.c.id.desc())


@dataclass(frozen=True)
class Page:
    """Some rows, and the cursor values after the last one when there are more.

    `groups` are the same rows under headings: title, how many where that is known, rows.
    """

    rows: list[Row[Any]]
    after: tuple[Any, ...] | None
    groups: tuple[tuple[str, int | None, list[Row[Any]]], ...] = ()


# ---------------------------------------------------------------- orders

_KEYS = {
    "": ("priority", "received_at", "id"),
    "due": ("due_at", "id"),
    "received": ("received_at", "id"),
    "waiting": ("court_since", "id"),
    "place": ("place", "priority", "received_at", "id"),
    "category": ("category_id", "priority", "received_at", "id"),
    "number": ("number",),
    "assignee": ("assignee_id", "place", "id"),
}
_CLOSED_KEYS = {"": ("closed_at", "id"), "received": ("received_at", "id"), "number": ("number",)}
_HEADS = {"place": "place", "category": "category_id"}
_TYPES: dict[str, Any] = dict.fromkeys(("id", "number", "category_id", "assignee_id"), int)
_TYPES |= dict.fromkeys(
    ("due_at", "received_at", "court_since", "closed_at"), datetime.fromisoformat
)
_LAST: dict[tuple[str, bool], Any] = {
    ("due_at", False): datetime.max.replace(tzinfo=UTC),
    ("due_at", True): datetime(1, 1, 1, tzinfo=UTC),
    ("assignee_id", False): 2**31 - 1,
    ("assignee_id", True): 0,
}
"""What stands for nothing in a column, so that it comes last, upwards and downwards."""


@dataclass(frozen=True)
class Stretch:
    """A part of a list whose rows stand in one order by columns that all hold something.

    Rows without a due moment, and the rows of each assignee, are stretches of their own: nothing
    empty is compared, and each is one range of an index. `head` is the column of the groups, which
    always runs upwards; the `keys` after it run all upwards or all `down`.
    """

    mark: str
    keys: tuple[str, ...]
    down: bool = False
    only: ColumnElement[bool] | None = None
    head: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every column of the order."""
        return (self.head, *self.keys) if self.head else self.keys

    def asks(self, asked: Select[Any], after: list[Any] | None) -> Select[Any]:
        """The statement for these rows, beyond a place among them."""
        if self.only is not None:
            asked = asked.where(self.only)
        if after is not None:
            asked = asked.where(self._beyond(after))
        return self.orders(asked)

    def orders(self, asked: Select[Any]) -> Select[Any]:
        """The statement with its rows in this order."""
        led = [_actions.c[self.head]] if self.head else []
        return asked.order_by(*led, *(k.desc() if self.down else k for k in self._columns()))

    def place_of(self, row: Row[Any]) -> tuple[Any, ...]:
        """Where a row stands, for a cursor."""
        values = (getattr(row, name) for name in self.names)
        held = (
            _LAST[name, self.down] if value is None else value
            for name, value in zip(self.names, values, strict=True)
        )
        return (self.mark, *held)

    def values(self, given: list[Any]) -> list[Any] | None:
        """The values of a cursor as this order needs them; None when they are nonsense."""
        try:
            pairs = zip(self.names, given, strict=True)
            return [_TYPES.get(name, str)(value) for name, value in pairs]
        except (TypeError, ValueError):
            return None

    def _columns(self) -> list[Any]:
        return [
            func.coalesce(_actions.c[name], _LAST[name, self.down])
            if self.head and (name, self.down) in _LAST
            else _actions.c[name]
            for name in self.keys
        ]

    def _beyond(self, after: list[Any]) -> ColumnElement[bool]:
        rest = after[1:] if self.head else after
        keys = tuple_(*self._columns())
        later: ColumnElement[bool] = keys < tuple(rest) if self.down else keys > tuple(rest)
        if not self.head:
            return later
        head = _actions.c[self.head]
        return and_(head >= after[0], or_(head > after[0], later))


def stretches(view: View, contract_id: int) -> Iterator[Stretch]:
    """The list of a view, part by part."""
    down = bool(view.desc)
    if view.closed:  # the latest closed first, the earliest received first
        yield Stretch("all", _CLOSED_KEYS[view.sort], down if view.sort else not down)
        return
    sort = "due" if view.group == "due" else view.sort
    if view.group in _HEADS:
        yield Stretch("all", _KEYS[sort], down, head=_HEADS[view.group])
    elif sort == "due":
        due = _actions.c.due_at
        yield Stretch("due", _KEYS[sort], down, due.is_not(None))
        yield Stretch("none", ("id",), False, due.is_(None))
    elif sort == "assignee":
        yield from _by_assignee(contract_id, down)
    else:
        yield Stretch("all", _KEYS[sort], down)


def _by_assignee(contract_id: int, down: bool) -> Iterator[Stretch]:
    members = db.session.execute(
        select(_members.c.id)
        .join_from(_members, _persons, _members.c.person_id == _persons.c.id)
        .where(_members.c.contract_id == contract_id, _members.c.id.in_(_busy(contract_id)))
        .order_by(func.lower(_persons.c.name), _members.c.id)
    ).scalars()
    named = [Stretch(str(m), ("place", "id"), False, _actions.c.assignee_id == m) for m in members]
    yield from reversed(named) if down else named
    yield Stretch("none", ("place", "id"), False, _actions.c.assignee_id.is_(None))


def _busy(contract_id: int) -> Select[Any]:
    """Who has open work: one step of an index for each, however much work each has."""
    least = select(func.min(_actions.c.assignee_id)).where(
        _actions.c.contract_id == contract_id, _actions.c.listed
    )
    found = select(least.scalar_subquery().label("id")).cte("busy", recursive=True)
    further = least.where(_actions.c.assignee_id > found.c.id).scalar_subquery()
    found = found.union_all(select(further).where(found.c.id.is_not(None)))
    return select(found.c.id)


def page(view: View, contract_id: int, after: list[Any] | None = None, size: int = PAGE) -> Page:
    """The rows after a place in the list; the action whose number was looked for comes first."""
    number = search.number(view.q)
    wanted = conditions(view, contract_id)
    first: list[Row[Any]] = []
    if number is not None:
        its_number = _actions.c.number == number
        if after is None:
            first = list(db.session.execute(_ROWS.where(*wanted, its_number)))
        wanted.append(~its_number)
    found: list[tuple[Row[Any], Stretch | None]] = [(row, None) for row in first]
    for stretch, beyond in _from(after, stretches(view, contract_id)):
        if len(found) > size:
            break
        missing = size + 1 - len(found)
        ids = stretch.asks(_court_first(_IDS.where(*wanted), view), beyond).limit(missing)
        rows = db.session.execute(stretch.orders(_ROWS.where(_actions.c.id.in_(ids))))
        found += [(row, stretch) for row in rows]
    if len(found) <= size:
        return Page([row for row, _ in found], None)
    last, stretch_of_last = found[size - 1]
    at = stretch_of_last.place_of(last) if stretch_of_last else None
    return Page([row for row, _ in found[:size]], at)


def every(view: View, contract_id: int, step: int) -> Iterator[Row[Any]]:
    """All rows of a view, read `step` at a time."""
    after: list[Any] | None = None
    while True:
        part = page(view, contract_id, after, step)
        yield from part.rows
        if part.after is None:
            return
        after = [v.isoformat() if isinstance(v, datetime) else v for v in part.after]


def categories(contract_id: int) -> list[Row[Any]]:
    """Every category a row may have, also those no longer offered, in the order of the buttons."""
    return list(db.session.execute(_CATEGORIES, {"contract": contract_id}))


def _court_first(asked: Select[Any], view: View) -> Select[Any]:
    """As in the indexes: PostgreSQL does not see that rows of nobody's turn are all alike there."""
    return asked.order_by(_actions.c.court) if view.court == "nobody" else asked


def _from(
    after: list[Any] | None, parts: Iterator[Stretch]
) -> Iterator[tuple[Stretch, list[Any] | None]]:
    """The stretches from a place on; all of them, when that place is nonsense."""
    known = list(parts)
    mark, given = (str(after[0]), after[1:]) if after else ("", [])
    at = next((n for n, part in enumerate(known) if part.mark == mark), None)
    values = known[at].values(given) if at is not None else None
    if at is None or values is None:
        yield from ((part, None) for part in known)
        return
    yield known[at], values
    yield from ((part, None) for part in known[at + 1 :])


# ---------------------------------------------------------------- groups


def groups(rows: list[Row[Any]], view: View, contract_id: int) -> list[tuple[str, list[Row[Any]]]]:
    """Rows under the headings of a view, in their order: a heading's key, and its rows.

    The key is a place's trail and name, a category's key, or late, today, week, later, none; empty
    when the view has no groups.
    """
    if not view.group:
        return [("", rows)]
    if view.group == "place":
        return _runs(rows, lambda row: " › ".join(filter(None, (row.place_trail, row.place_name))))
    if view.group == "category":
        return _runs(rows, lambda row: row.category)
    now, tonight = clock.now(), midnight(contract_id)
    return _runs(rows, lambda row: due_bucket(row.due_at, now, tonight))


def _runs(rows: list[Row[Any]], key: Any) -> list[tuple[str, list[Row[Any]]]]:
    return [(name, list(run)) for name, run in groupby(rows, key)]


def due_bucket(due_at: datetime | None, now: datetime, tonight: datetime) -> str:
    """late, today, week, later or none."""
    if due_at is None:
        return "none"
    if due_at < now:
        return "late"
    if due_at < tonight:
        return "today"
    return "week" if due_at < now + timedelta(days=7) else "later"


# ---------------------------------------------------------------- other lists


def said(n: int | None) -> str:
    """A count beside a filter: exact to 1,000, then "1,000+"; nothing when it is not known."""
    if n is None:
        return ""
    return f"{EXACT:,}+" if n > EXACT else figures(n)


def figures(n: int) -> str:
    """A count in full."""
    return f"{n:,}"


def among(wanted: list[ColumnElement[bool]], ids: list[int]) -> list[Row[Any]]:
    """Those of some actions that meet conditions, as rows of the queue."""
    return list(db.session.execute(_ROWS.where(*wanted, _actions.c.id.in_(ids))))


def mine(member_id: int, contract_id: int) -> list[Row[Any]]:
    """The open work of one member that waits for their party, by place."""
    return list(
        db.session.execute(
            _ROWS.add_columns(_actions.c.expected_on)
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
    """What was closed at a place or below it, newest first."""
    return list(
        db.session.execute(
            _ROWS.add_columns(_actions.c.outcome, _actions.c.outcome_text)
            .where(_actions.c.contract_id == contract_id, _actions.c.closed_at.is_not(None))
            .where(past_at(path, contract_id))
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
