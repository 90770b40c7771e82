"""A view of the queue: the filters, order and columns in an address, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, or_, select

from inspection import clock
from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.contracts.models import Category, Contract, Requirement
from inspection.db import db, table
from inspection.queue import search
from inspection.rules.access import Party
from inspection.rules.states import Depth, Priority, Source, State
from inspection.web import whole

_actions, _assets, _categories = table(Action), table(Asset), table(Category)
_contracts, _requirements = table(Contract), table(Requirement)

COURTS = (Party.CUSTOMER.value, Party.CONTRACTOR.value, "nobody")
AGES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
STATES = tuple(state.value for state in State)
DUES = ("late", "today", "week", "none")
SORTS = ("priority", "due", "received", "waiting", "place", "category", "number", "assignee")
CLOSED_SORTS = ("priority", "received", "number")
"""Orders of what is closed; the first is the latest closed. Others would sort all history."""
GROUPS = ("place", "category", "due")
COLUMNS = (
    *("number", "what", "place", "category", "priority", "state", "waiting", "due", "assignee"),
    *("age", "reports", "generation"),
)
USUAL_COLUMNS = ("number", "what", "priority", "state", "waiting", "due", "assignee", "age")
ALWAYS = frozenset({"number", "what"})
FEW = 60  # assets whose history is found by asking for each

_PRESENTATION = frozenset({"sort", "desc", "group", "columns"})
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "court": COURTS,
    "state": STATES,
    "priority": tuple(Priority),
    "owner": tuple(Party),
    "age": tuple(AGES),
    "due": DUES,
    "depth": tuple(Depth),
    "source": tuple(Source),
    "hold": ("1",),
    "repeat": ("1",),
    "breached": ("1",),
    "desc": ("1",),
    "sort": SORTS[1:],  # the first is the one without a word
    "group": GROUPS,
}


@dataclass(frozen=True)
class View:
    """What is shown and how; every field is one word of the address, empty when it says nothing."""

    court: str = ""
    state: str = ""
    priority: str = ""
    category: str = ""
    assignee: str = ""  # a membership id, or "none"
    owner: str = ""
    place: str = ""  # an asset id: it and everything below it
    age: str = ""  # received longer ago than a day, week, month
    q: str = ""  # words of anybody about it, or a number
    due: str = ""  # late, today, within a week, none
    depth: str = ""
    source: str = ""
    hold: str = ""  # "1": its clocks stand still now
    repeat: str = ""  # "1": it may have come back, and nobody has decided yet
    breached: str = ""  # "1": ever late
    requirement: str = ""  # the ref of a numbered promise, in whatever version
    parent: str = ""  # the number of the action it repeats or was found beside
    sort: str = ""
    desc: str = ""
    group: str = ""
    columns: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> View:
        """The view an address asks for; what it does not know is left out."""
        given = {field.name: arguments.get(field.name, "").strip() for field in fields(cls)}
        for name, choices in _CHOICES.items():
            if given[name] not in choices:
                given[name] = ""
        for name in ("place", "parent"):
            if whole(given[name]) is None:
                given[name] = ""
        given["q"], given["requirement"] = given["q"][:100], given["requirement"][:40]
        given["columns"] = _chosen_columns(given["columns"])
        if given["state"] == State.CLOSED.value:
            given["group"] = ""
            given["sort"] = given["sort"] if given["sort"] in CLOSED_SORTS else ""
        return cls(**given)

    @property
    def address(self) -> dict[str, str]:
        """Every word of the address."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}

    @property
    def active(self) -> dict[str, str]:
        """The filters that are set."""
        return {k: v for k, v in self.address.items() if k not in _PRESENTATION}

    @property
    def presentation(self) -> dict[str, str]:
        """How it is shown, where that is not the usual."""
        return {k: v for k, v in self.address.items() if k in _PRESENTATION}

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The columns of the table, in their order."""
        return tuple(self.columns.split(",")) if self.columns else USUAL_COLUMNS

    @property
    def closed(self) -> bool:
        """Whether it looks at what is over instead of what is open."""
        return self.state == State.CLOSED.value

    def but(self, **changed: str) -> View:
        """The same view with other values."""
        return replace(self, **changed)

    def query(self, **more: str) -> str:
        """The view as the part of an address after `?`; everything open is `all=1`.

        An address without any word is what a person's queue opens with, which may be another view.
        """
        return urlencode(self.address | more or {"all": "1"})


def _chosen_columns(text: str) -> str:
    """The known columns of a comma list in their one order; empty when they are the usual ones."""
    wanted = {word.strip() for word in text.split(",")} & set(COLUMNS)
    chosen = tuple(name for name in COLUMNS if name in wanted | ALWAYS)
    return ",".join(chosen) if wanted and chosen != USUAL_COLUMNS else ""


# ---------------------------------------------------------------- what a view asks of the table


def conditions(view: View, contract_id: int) -> list[ColumnElement[bool]]:
    """What rows of the action table the view shows."""
    wanted: list[Any] = [_actions.c.contract_id == contract_id]
    if view.closed:
        wanted += [_actions.c.closed_at.is_not(None), _actions.c.state == State.CLOSED.value]
    else:
        wanted.append(_actions.c.listed)
    wanted += [_CONDITIONS[name](view, contract_id) for name in view.active]
    return wanted


Condition = Callable[[View, int], ColumnElement[bool]]


def _equal(column: str, name: str) -> Condition:
    return lambda view, contract_id: _actions.c[column] == getattr(view, name)


def _there(column: str) -> Condition:
    return lambda view, contract_id: _actions.c[column].is_not(None)


def _court(view: View, contract_id: int) -> ColumnElement[bool]:
    nobody = view.court == "nobody"
    return _actions.c.court.is_(None) if nobody else _actions.c.court == view.court


def _category(view: View, contract_id: int) -> ColumnElement[bool]:
    found = db.session.execute(
        select(_categories.c.id).where(
            _categories.c.contract_id == contract_id, _categories.c.key == view.category
        )
    ).scalar()
    return _actions.c.category_id == (found or 0)


def _assignee(view: View, contract_id: int) -> ColumnElement[bool]:
    if view.assignee == "none":
        return _actions.c.assignee_id.is_(None)
    member = whole(view.assignee)
    return _actions.c.assignee_id == member if member is not None else false()


def _place(view: View, contract_id: int) -> ColumnElement[bool]:
    path = db.session.execute(
        select(_assets.c.path).where(
            _assets.c.contract_id == contract_id, _assets.c.id == int(view.place)
        )
    ).scalar()
    if not path:
        return false()
    return past_at(path, contract_id) if view.closed else within(_actions.c.place, path)


def past_at(path: str, contract_id: int) -> ColumnElement[bool]:
    """A condition for closed actions at a place or below it.

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
    at: ColumnElement[bool] = (
        within(_actions.c.place, path) if len(few) > FEW else _actions.c.asset_id.in_(few)
    )
    return at


def _age(view: View, contract_id: int) -> ColumnElement[bool]:
    return _actions.c.received_at < clock.now() - AGES[view.age]


def midnight(contract_id: int) -> datetime:
    """When today ends on the clock of the contract."""
    zone = ZoneInfo(
        db.session.execute(
            select(_contracts.c.tz).where(_contracts.c.id == contract_id)
        ).scalar_one()
    )
    tomorrow = clock.now().astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)


def _due(view: View, contract_id: int) -> ColumnElement[bool]:
    now, due = clock.now(), _actions.c.due_at
    if view.due == "none":
        return due.is_(None)
    if view.due == "late":
        return due < now
    until = midnight(contract_id) if view.due == "today" else now + timedelta(days=7)
    return and_(due >= now, due < until)


def _requirement(view: View, contract_id: int) -> ColumnElement[bool]:
    versions = db.session.execute(
        select(_requirements.c.id).where(
            _requirements.c.contract_id == contract_id, _requirements.c.ref == view.requirement
        )
    ).scalars()
    return _actions.c.requirement_id.in_(list(versions))


def _parent(view: View, contract_id: int) -> ColumnElement[bool]:
    found = db.session.execute(
        select(_actions.c.id).where(
            _actions.c.contract_id == contract_id, _actions.c.number == int(view.parent)
        )
    ).scalar()
    return _actions.c.parent_id == (found or 0)


def _words(view: View, contract_id: int) -> ColumnElement[bool]:
    found = search.matching(contract_id, view.q, listed=not view.closed)
    number = search.number(view.q)
    return found if number is None else or_(_actions.c.number == number, found)


_CONDITIONS: Mapping[str, Condition] = {
    "court": _court,
    "state": _equal("state", "state"),
    "priority": _equal("priority", "priority"),
    "category": _category,
    "assignee": _assignee,
    "owner": _equal("owner_party", "owner"),
    "place": _place,
    "age": _age,
    "q": _words,
    "due": _due,
    "depth": _equal("depth", "depth"),
    "source": _equal("source", "source"),
    "hold": _there("paused_at"),
    "repeat": _there("repeat_until"),
    "breached": lambda view, contract_id: _actions.c.breached,
    "requirement": _requirement,
    "parent": _parent,
}
