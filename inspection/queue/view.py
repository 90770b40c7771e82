"""A view of the queue: the filters in an address, and what they ask of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, false, or_, select

from inspection import clock
from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.contracts.models import Category
from inspection.db import db, table
from inspection.people.models import Membership
from inspection.rules.access import Party
from inspection.rules.states import Priority, State
from inspection.web import whole

_actions, _assets, _categories = table(Action), table(Asset), table(Category)
_members = table(Membership)

COURTS = (Party.CUSTOMER.value, Party.CONTRACTOR.value, "nobody")
AGES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
STATES = tuple(state.value for state in State)


@dataclass(frozen=True)
class View:
    """What is shown; every field is one word of the address, empty when it filters nothing."""

    court: str = ""
    state: str = ""
    priority: str = ""
    category: str = ""
    assignee: str = ""  # a membership id, or "none"
    owner: str = ""
    place: str = ""  # an asset id: it and everything below it
    age: str = ""  # received longer ago than a day, week, month
    q: str = ""  # words of the title, or a number

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> View:
        """The view an address asks for; what it does not know is left out."""
        given = {field.name: arguments.get(field.name, "").strip() for field in fields(cls)}
        known: dict[str, Any] = {
            "court": COURTS,
            "state": STATES,
            "priority": tuple(Priority),
            "owner": tuple(Party),
            "age": tuple(AGES),
        }
        for name, choices in known.items():
            if given[name] not in choices:
                given[name] = ""
        if whole(given["place"]) is None:
            given["place"] = ""
        given["q"] = given["q"][:100]
        return cls(**given)

    @property
    def active(self) -> dict[str, str]:
        """The filters that are set."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}

    def but(self, **changed: str) -> View:
        """The same view with other values."""
        return replace(self, **changed)

    def query(self, **more: str) -> str:
        """The view as the part of an address after `?`."""
        return urlencode(self.active | more)


def conditions(view: View, contract_id: int) -> list[ColumnElement[bool]]:
    """What rows of the action table the view shows."""
    wanted: list[Any] = [_actions.c.contract_id == contract_id]
    if view.state == State.CLOSED.value:
        wanted += [_actions.c.closed_at.is_not(None), _actions.c.state == State.CLOSED.value]
    else:
        wanted.append(_actions.c.listed)
    wanted += [_CONDITIONS[name](value, contract_id) for name, value in view.active.items()]
    return wanted


def _court(value: str, contract_id: int) -> ColumnElement[bool]:
    return _actions.c.court.is_(None) if value == "nobody" else _actions.c.court == value


def _category(value: str, contract_id: int) -> ColumnElement[bool]:
    found = db.session.execute(
        select(_categories.c.id).where(
            _categories.c.contract_id == contract_id, _categories.c.key == value
        )
    ).scalar()
    return _actions.c.category_id == (found or 0)


def _assignee(value: str, contract_id: int) -> ColumnElement[bool]:
    if value == "none":
        return _actions.c.assignee_id.is_(None)
    member = whole(value)
    return _actions.c.assignee_id == member if member is not None else false()


def _place(value: str, contract_id: int) -> ColumnElement[bool]:
    path = db.session.execute(
        select(_assets.c.path).where(
            _assets.c.contract_id == contract_id, _assets.c.id == int(value)
        )
    ).scalar()
    return within(_actions.c.place, path) if path else false()


def _age(value: str, contract_id: int) -> ColumnElement[bool]:
    return _actions.c.received_at < clock.now() - AGES[value]


def _words(value: str, contract_id: int) -> ColumnElement[bool]:
    number = value.lstrip("#").removeprefix("No.").strip()
    if whole(number) is not None:
        return or_(_actions.c.number == whole(number), _contains(value))
    return and_(*(_contains(word) for word in value.split()[:6]))


def _contains(word: str) -> ColumnElement[bool]:
    return _actions.c.title.icontains(word, autoescape=True)


_CONDITIONS: Mapping[str, Any] = {
    "court": _court,
    "state": lambda value, contract_id: _actions.c.state == value,
    "priority": lambda value, contract_id: _actions.c.priority == value,
    "category": _category,
    "assignee": _assignee,
    "owner": lambda value, contract_id: _actions.c.owner_party == value,
    "place": _place,
    "age": _age,
    "q": _words,
}
