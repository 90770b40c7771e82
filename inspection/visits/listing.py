"""The list of visits of both parties: what was inspected, latest first, and what is planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Row, Select, false, func, select, tuple_

from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.checklists.agreed import CHECKLIST
from inspection.contracts.models import Agreement
from inspection.db import db, table
from inspection.rules.access import Party
from inspection.rules.agreement import Standing
from inspection.rules.visit import VisitState
from inspection.visits import record
from inspection.visits.models import Visit
from inspection.web import ContractCard, whole

_visits, _assets, _agreements = table(Visit), table(Asset), table(Agreement)

PAGE = 50
EXACT = 1000  # counts beyond it are said as "1,000+"
FEW = 200  # places whose visits are found place by place
INSPECTED = ""  # the state of what was submitted, final or not
STATES = (INSPECTED, *(state.value for state in VisitState))
_CHOICES: Mapping[str, frozenset[str]] = {
    "state": frozenset(STATES),
    "party": frozenset(party.value for party in Party),
    "level": frozenset("12345"),
    "contested": frozenset("1"),
}
_BY: Mapping[str, tuple[str, bool]] = {  # the column a state is ordered by, and whether downwards
    VisitState.PLANNED: ("due_on", False),
    VisitState.MISSED: ("due_on", True),
    VisitState.CANCELLED: ("due_on", True),
    VisitState.IN_PROGRESS: ("started_at", True),
}
_SUBMITTED = ("submitted_at", True)


@dataclass(frozen=True)
class View:
    """Which visits are shown; every field is one word of the address, empty when it says nothing.

    `place` an asset id: it and everything below it. `service` is the service line of checklists.
    `since` and `until` are days, both included: of the submission, of what is not submitted of the
    day it is due.
    """

    state: str = INSPECTED
    place: str = ""
    checklist: str = ""
    party: str = ""
    level: str = ""
    service: str = ""
    contested: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> View:
        """The view an address asks for; what it does not know is left out."""
        given = {field.name: arguments.get(field.name, "").strip()[:60] for field in fields(cls)}
        for name, choices in _CHOICES.items():
            if given[name] not in choices:
                given[name] = ""
        if whole(given["place"]) is None:
            given["place"] = ""
        for name in ("since", "until"):
            if _day(given[name]) is None:
                given[name] = ""
        return cls(**given)

    @property
    def active(self) -> dict[str, str]:
        """The words of the address."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}

    @property
    def filters(self) -> dict[str, str]:
        """The same without the state, which is where one stands and no filter."""
        return {name: value for name, value in self.active.items() if name != "state"}

    def but(self, **changed: str) -> View:
        """The same view with other values."""
        return replace(self, **changed)

    def query(self, **more: str) -> str:
        """The view as the part of an address after `?`."""
        return urlencode(self.active | more)


def _day(text: str) -> date | None:
    """A day somebody may have inspected on; the ends of the calendar are none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year < 3000 else None


# ---------------------------------------------------------------- what a view asks of the table


def _conditions(view: View, contract: ContractCard) -> list[ColumnElement[bool]]:
    here = _visits.c.contract_id == contract.id
    return [here, _stands(view), *(_CONDITIONS[name](view, contract) for name in view.filters)]


def _stands(view: View) -> ColumnElement[bool]:
    if view.state == INSPECTED:
        return _visits.c.submitted_at.is_not(None) & _visits.c.state.in_(record.WAS_DONE)
    return _visits.c.state == view.state


Condition = Callable[[View, ContractCard], ColumnElement[bool]]


def _equal(column: str, name: str) -> Condition:
    return lambda view, contract: _visits.c[column] == getattr(view, name)


def _place(view: View, contract: ContractCard) -> ColumnElement[bool]:
    """A room is found by its few assets; a whole site by walking back from the latest."""
    path = db.session.execute(
        select(_assets.c.path).where(
            _assets.c.contract_id == contract.id, _assets.c.id == int(view.place)
        )
    ).scalar()
    if not path:
        return false()
    few = list(
        db.session.execute(
            select(_assets.c.id)
            .where(_assets.c.contract_id == contract.id, within(_assets.c.path, path))
            .limit(FEW + 1)
        ).scalars()
    )
    below: ColumnElement[bool] = within(_visits.c.place, path)
    return below if len(few) > FEW else _visits.c.asset_id.in_(few)


def _service(view: View, contract: ContractCard) -> ColumnElement[bool]:
    keys = [one.key for one in checklists(contract.id) if one.service_line == view.service]
    return _visits.c.checklist_key.in_(keys)


def _edge(name: str, days: int) -> Condition:
    """From the beginning of the day `since`, up to the end of the day `until`."""

    def condition(view: View, contract: ContractCard) -> ColumnElement[bool]:
        column = _visits.c[_order(view)[0]]
        edge: Any = _day(getattr(view, name))
        edge += timedelta(days=days)
        if column.name != "due_on":
            edge = record.midnight(edge, contract.tz)
        reached: ColumnElement[bool] = column < edge if days else column >= edge
        return reached

    return condition


_CONDITIONS: Mapping[str, Condition] = {
    "place": _place,
    "checklist": _equal("checklist_key", "checklist"),
    "party": lambda view, contract: (
        func.coalesce(_visits.c.party, _visits.c.for_party) == view.party
    ),
    "level": lambda view, contract: _visits.c.level == int(view.level),
    "service": _service,
    "contested": lambda view, contract: _visits.c.contested_count > 0,
    "since": _edge("since", 0),
    "until": _edge("until", 1),
}


# ---------------------------------------------------------------- rows


def _order(view: View) -> tuple[str, bool]:
    return _BY.get(view.state, _SUBMITTED)


@dataclass(frozen=True)
class Page:
    """Some rows, and the cursor values after the last one when there are more."""

    rows: list[Row[Any]]
    after: tuple[Any, ...] | None


def page(
    view: View, contract: ContractCard, after: list[Any] | None = None, size: int = PAGE
) -> Page:
    """The visits of a view after a place in the list.

    Which rows are shown is asked by itself, then what they say: asked with their names, PostgreSQL
    may sort everything for fifty.
    """
    ids = select(_visits.c.id).where(*_conditions(view, contract))
    beyond = _beyond(view, after)
    ids = ids if beyond is None else ids.where(beyond)
    shown = record.VISITS.where(_visits.c.id.in_(_ordered(ids, view).limit(size + 1)))
    rows = list(db.session.execute(_ordered(shown, view)))
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], (getattr(last, _order(view)[0]), last.id) if last else None)


def every(view: View, contract: ContractCard, step: int) -> Iterator[Row[Any]]:
    """All visits of a view, read `step` at a time."""
    after: list[Any] | None = None
    while True:
        part = page(view, contract, after, step)
        yield from part.rows
        if part.after is None:
            return
        after = [v.isoformat() if isinstance(v, date) else v for v in part.after]


def _ordered(asked: Select[Any], view: View) -> Select[Any]:
    name, down = _order(view)
    keys = (_visits.c[name], _visits.c.id)
    return asked.order_by(*(key.desc() if down else key for key in keys))


def _beyond(view: View, after: list[Any] | None) -> ColumnElement[bool] | None:
    """The rows after a cursor; None for a cursor that is nonsense."""
    name, down = _order(view)
    try:
        text, row_id = after or []
        at: date = (date if name == "due_on" else datetime).fromisoformat(text)
        place = (
            at.replace(tzinfo=at.tzinfo or UTC) if isinstance(at, datetime) else at,
            int(row_id),
        )
    except (TypeError, ValueError):
        return None
    keys = tuple_(_visits.c[name], _visits.c.id)
    later: ColumnElement[bool] = keys < place if down else keys > place
    return later


def counts(view: View, contract: ContractCard) -> Mapping[str, int]:
    """How many visits there are in each of `STATES` under the filters of a view, up to one beyond
    `EXACT`.
    """
    asked = []
    for state in STATES:
        some = select(_visits.c.id).where(*_conditions(view.but(state=state), contract))
        counted = select(func.count()).select_from(some.limit(EXACT + 1).subquery())
        asked.append(counted.scalar_subquery())
    return dict(zip(STATES, db.session.execute(select(*asked)).one(), strict=True))


# ---------------------------------------------------------------- what can be chosen


@dataclass(frozen=True)
class Named:
    """A checklist both parties signed: its key, newest title and service line."""

    key: str
    title: str
    service_line: str


def checklists(contract_id: int) -> list[Named]:
    """Every checklist that is or was in force, by title; their items are not read."""
    body = _agreements.c.body
    asked = (
        select(
            _agreements.c.subject,
            body["title"].as_string().label("title"),
            body["service_line"].as_string().label("service_line"),
        )
        .where(
            _agreements.c.contract_id == contract_id,
            _agreements.c.kind == CHECKLIST,
            _agreements.c.state == Standing.AGREED.value,
        )
        .order_by("title", _agreements.c.subject)
    )
    return [
        Named(row.subject, row.title or row.subject, row.service_line or "")
        for row in db.session.execute(asked)
    ]
