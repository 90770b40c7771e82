"""Planned visits as rows: what a plan has visited where, and on which day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Subquery,
    column,
    literal,
    select,
    update,
    values,
)

from inspection import clock
from inspection.assets.models import Asset
from inspection.contracts import agreements
from inspection.contracts.models import Contract
from inspection.db import Utc, db, dialect, insert, table, touched
from inspection.plans import agreed
from inspection.rules import schedule
from inspection.rules.calendar import Calendar
from inspection.rules.plan import Plan
from inspection.rules.schedule import Window
from inspection.rules.visit import VisitState
from inspection.visits import record
from inspection.visits.models import Visit

_visits, _assets, _contracts = table(Visit), table(Asset), table(Contract)


@dataclass(frozen=True)
class Terms:
    """One plan in force, and what its days are counted by: the contract's calendar and date."""

    contract_id: int
    key: str
    plan_id: int
    plan: Plan
    agreed_on: date
    today: date
    calendar: Calendar

    def window(self, due_on: date) -> Window:
        """When the visit that is due on a day can be done."""
        return schedule.window(self.plan, due_on, self.calendar)


def terms_of(row: Row[Any]) -> Terms:
    """The terms of a plan's version in force, for the date it is at its places now."""
    contract = _contract(row.contract_id)
    calendar = agreements.calendar((contract.terms or {}).get("calendar"), contract.tz)
    return Terms(
        row.contract_id,
        row.subject,
        row.id,
        agreed.plan(row.id),
        row.agreed_at.astimezone(calendar.tz).date(),
        record.today(contract.tz),
        calendar,
    )


def terms(contract_id: int, plan_key: str) -> Terms | None:
    """The terms of a plan; None when it was retired, or never agreed."""
    row = agreed.named(contract_id, plan_key)
    return terms_of(row) if row is not None else None


def today(contract_id: int) -> date:
    """The date at the places of a contract."""
    return record.today(_contract(contract_id).tz)


def _contract(contract_id: int) -> Row[Any]:
    return db.session.execute(select(_contracts).where(_contracts.c.id == contract_id)).one()


# ---------------------------------------------------------------- adding

_WINDOW = (
    column("due_from", Date()),
    column("due_on", Date()),
    column("missed_on", Date()),
    column("next_at", Utc()),
)


def add_days(terms: Terms, ids: Iterable[int], days: Iterable[date]) -> int:
    """Plan visits of each of the places on each of the days, unless they are there; how many."""
    windows, wanted = [_columns(terms.window(day)) for day in days], list(ids)
    if not windows or not wanted:
        return 0
    return _add(terms, _due(windows), _assets.c.id.in_(wanted))


def add(terms: Terms, due_on: Mapping[int, date]) -> int:
    """Plan one visit of each place (by id) on its day, unless it is there; how many were new."""
    if not due_on:
        return 0
    windows = [(one, *_columns(terms.window(day))) for one, day in due_on.items()]
    due = _due(windows, column("asset_id", Integer()))
    return _add(terms, due, _assets.c.id == due.c.asset_id)


def add_lot(terms: Terms, lot: Row[Any]) -> int:
    """Plan the visits of a lot's sample: any time within its period, due on its last day."""
    window = replace(terms.window(lot.period_to), due_from=lot.period_from)
    return _add(terms, _due([_columns(window)]), _assets.c.id.in_(lot.sample), lot.id)


def _columns(window: Window) -> tuple[Any, ...]:
    return (window.due_from, window.due_on, window.missed_on, window.missed_at)


def _due(windows: Sequence[tuple[Any, ...]], *more: Any) -> Subquery:
    """The windows as rows to join.

    Hazard: a statement that begins with WITH has no row count in SQLite's driver, so the values
    stand in a query of their own.
    """
    days = values(*more, *_WINDOW, name="days").data(windows).cte("days", nesting=True)
    return select(days).subquery("due")


def _add(terms: Terms, due: Subquery, which: ColumnElement[bool], lot_id: int | None = None) -> int:
    """One statement for all: the rows are made where they will stand.

    Hazard: two processes may lay out the same places at once; the second finds the rows there
    (unique by contract, plan, place and day) and adds none.
    """
    same: dict[str, Any] = {
        name: literal(value, _visits.c[name].type) for name, value in _same(terms).items()
    }
    each: dict[str, Any] = {
        "asset_id": _assets.c.id,
        "place": _assets.c.path,
        "lot_id": literal(lot_id, Integer()),
        **{one.name: due.c[one.name] for one in _WINDOW},
    }
    source = (
        select(*(same | each).values())
        .select_from(_assets.join(due, literal(True)))
        .where(_assets.c.contract_id == terms.contract_id, which)
    )
    new = insert(_visits, dialect()).from_select(list(same | each), source)
    counted = new.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return touched(db.session.execute(counted))


def _same(terms: Terms) -> dict[str, Any]:
    """What all visits planned by one version have in common."""
    plan = terms.plan
    return {
        "contract_id": terms.contract_id,
        "plan_key": terms.key,
        "plan_id": terms.plan_id,
        "checklist_key": plan.checklist,
        "method": plan.method.value,
        "state": VisitState.PLANNED.value,
        "for_party": plan.party.value if plan.party else None,
        "minutes": plan.minutes,
        **dict.fromkeys(("tag_code", "accompanied_by", "note"), ""),
        **dict.fromkeys(("rated_count", "finding_count", "contested_count"), 0),
        "capped": False,
        "draft": {},
        "version": 1,
        "created_at": clock.now(),
    }


# ---------------------------------------------------------------- what stands


def untouched(contract_id: int, plan_key: str) -> ColumnElement[bool]:
    """A condition on visits: planned by this plan, and nobody has done or asked anything yet.

    No event speaks of such a row, so it may be deleted; SQLite may give its id to another visit.
    The units of a lot are none of them: what was drawn is drawn.
    """
    return (
        (_visits.c.contract_id == contract_id)
        & (_visits.c.plan_key == plan_key)
        & (_visits.c.state == VisitState.PLANNED.value)
        & (_visits.c.version == 1)
        & _visits.c.lot_id.is_(None)
    )


def move(terms: Terms, visit_id: int, due_on: date) -> None:
    """Have a planned visit due on another day."""
    window = dict(zip((one.name for one in _WINDOW), _columns(terms.window(due_on)), strict=True))
    one = (_visits.c.contract_id == terms.contract_id) & (_visits.c.id == visit_id)
    db.session.execute(update(_visits).where(one).values(window))


def free_day(terms: Terms, asset_id: int, wanted: date) -> date:
    """The wanted day, or the next on which no visit of the plan stands there, left out or not."""
    taken = set(
        db.session.execute(
            select(_visits.c.due_on).where(
                _visits.c.contract_id == terms.contract_id,
                _visits.c.plan_key == terms.key,
                _visits.c.asset_id == asset_id,
                _visits.c.due_on >= wanted,
            )
        ).scalars()
    )
    while wanted in taken:
        wanted += timedelta(days=1)
    return wanted
