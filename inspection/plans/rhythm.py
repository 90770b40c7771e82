"""Visits move their plan on: the next one is counted from the day the last was done.

Whoever begins a visit at a place takes the planned one that is due there. What is handled here are
all others: begun on the spot, done by the party that was not expected, or submitted once the plan's
own visit had become due. A visit fulfils at most one planned visit, and none of a lot: the rooms of
a sample are not chosen by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from inspection import clock, journal
from inspection.assets.models import Asset
from inspection.db import db, table, touched
from inspection.journal import Happened, Written
from inspection.plans import agreed, places, planned
from inspection.plans.models import Rhythm
from inspection.plans.planned import Terms
from inspection.rules import schedule
from inspection.rules.access import Party
from inspection.rules.plan import Adaptive, Floating, Plan
from inspection.rules.schedule import Pace
from inspection.rules.visit import OPEN, VisitState
from inspection.visits import record
from inspection.visits.models import Visit

_visits, _assets, _rhythms = table(Visit), table(Asset), table(Rhythm)


def listen() -> None:
    """Let plans follow every visit that is submitted."""
    journal.listen("visit.submitted", _submitted)


def why(row: Row[Any]) -> tuple[str, dict[str, Any]]:
    """Why a place is visited as often as it is: a sentence for both parties, and its values."""
    return schedule.why(row.reason)


def of_place(contract_id: int, asset_id: int) -> list[Row[Any]]:
    """How often one place is visited under each adaptive plan that results have moved."""
    return _rhythms_where(contract_id, _rhythms.c.asset_id == asset_id)


def moved(contract_id: int, plan_key: str, limit: int = 50) -> list[Row[Any]]:
    """The places of one plan whose interval results have moved, the last moved first, by name."""
    asked = (
        select(_rhythms, _assets.c.name.label("place_name"), _assets.c.trail)
        .join_from(_rhythms, _assets, _rhythms.c.asset_id == _assets.c.id)
        .where(_rhythms.c.contract_id == contract_id, _rhythms.c.plan_key == plan_key)
        .order_by(_rhythms.c.changed_at.desc(), _rhythms.c.id.desc())
    )
    return list(db.session.execute(asked.limit(limit)))


def _rhythms_where(contract_id: int, *which: Any) -> list[Row[Any]]:
    asked = select(_rhythms).where(_rhythms.c.contract_id == contract_id, *which)
    return list(db.session.execute(asked.order_by(_rhythms.c.plan_key)))


# ---------------------------------------------------------------- the first visits


def begin(terms: Terms, ids: Sequence[int]) -> int:
    """Plan the next visit of each place that has none open; how many were new.

    Counted from the last visit that counts, or from one that was missed or left out later; where
    nobody ever was, from the day of the agreement (or of the place, if younger): signing a plan
    makes nobody late.
    """
    waiting = [one for one in ids if one not in _open(terms, ids)]
    if not waiting:
        return 0
    last = _last_days(terms, waiting)
    paces = _paces(terms, waiting)
    due = {
        one: schedule.after(paces[one].days, last[one], terms.plan.season, terms.today)
        for one in waiting
    }
    return planned.add(terms, due)


def _open(terms: Terms, ids: Sequence[int]) -> set[int]:
    asked = select(_visits.c.asset_id).where(
        _visits.c.contract_id == terms.contract_id,
        _visits.c.plan_key == terms.key,
        _visits.c.asset_id.in_(ids),
        _visits.c.state.in_([state.value for state in OPEN]),
    )
    return set(db.session.execute(asked).scalars())


def _last_days(terms: Terms, ids: Sequence[int]) -> dict[int, date]:
    """The day from which the next visit of each place is counted."""
    born = select(_assets.c.id, _assets.c.created_at).where(
        _assets.c.contract_id == terms.contract_id, _assets.c.id.in_(ids)
    )
    begun = {
        row.id: max(terms.agreed_on, _local(terms, row.created_at))
        for row in db.session.execute(born)
    }
    done = {
        row.asset_id: _local(terms, row.at) for row in db.session.execute(_counting(terms, ids))
    }
    left_out = {row.asset_id: row.on for row in db.session.execute(_left_out(terms, ids))}
    return {one: _latest(done.get(one), left_out.get(one)) or begun[one] for one in ids}


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _local(terms: Terms, moment: datetime) -> date:
    return moment.astimezone(terms.calendar.tz).date()


def _counting(terms: Terms, ids: Sequence[int]) -> Any:
    counts = terms.plan.counts
    return (
        select(_visits.c.asset_id, func.max(_visits.c.submitted_at).label("at"))
        .where(
            _visits.c.contract_id == terms.contract_id,
            _visits.c.asset_id.in_(ids),
            _visits.c.state.in_(record.WAS_DONE),
            _visits.c.checklist_key == terms.plan.checklist,
            *([_visits.c.party == counts.value] if counts else []),
        )
        .group_by(_visits.c.asset_id)
    )


def _left_out(terms: Terms, ids: Sequence[int]) -> Any:
    return (
        select(_visits.c.asset_id, func.max(_visits.c.due_on).label("on"))
        .where(
            _visits.c.contract_id == terms.contract_id,
            _visits.c.plan_key == terms.key,
            _visits.c.asset_id.in_(ids),
            _visits.c.state.in_([VisitState.MISSED.value, VisitState.CANCELLED.value]),
        )
        .group_by(_visits.c.asset_id)
    )


def _paces(terms: Terms, ids: Sequence[int]) -> Mapping[int, Pace]:
    """How often each place is visited: as agreed, or where results have moved it within bounds."""
    assert isinstance(terms.plan.frequency, Floating)
    usual = dict.fromkeys(ids, Pace(terms.plan.frequency.days))
    bounds = terms.plan.adaptive
    if bounds is None:
        return usual
    mine = (_rhythms.c.plan_key == terms.key, _rhythms.c.asset_id.in_(ids))
    rows = _rhythms_where(terms.contract_id, *mine)
    return usual | {row.asset_id: _within(bounds, row) for row in rows}


def _within(bounds: Adaptive, row: Row[Any]) -> Pace:
    return Pace(min(max(row.days, bounds.min_days), bounds.max_days), row.streak)


# ---------------------------------------------------------------- a visit was submitted


def _submitted(written: Sequence[Written]) -> None:
    for one in written:
        _follow(one.what)


def _follow(what: Happened) -> None:
    visit = _visit(what.contract_id, what.entity_id)
    if visit is None or visit.submitted_at is None:
        return
    for terms in _plans_of(visit):
        visit = _fulfil(terms, visit)
        if isinstance(terms.plan.frequency, Floating):
            _move_on(terms, visit)


_VISIT = select(_visits).where(
    _visits.c.contract_id == bindparam("contract"), _visits.c.id == bindparam("visit")
)


def _visit(contract_id: int, visit_id: int) -> Row[Any] | None:
    return db.session.execute(_VISIT, {"contract": contract_id, "visit": visit_id}).first()


def _plans_of(visit: Row[Any]) -> Iterator[Terms]:
    """The plans that this visit satisfies: its own first."""
    rows = [
        row
        for row in agreed.in_force(visit.contract_id)
        if row.body["checklist"] == visit.checklist_key
    ]
    for row in sorted(rows, key=lambda row: (row.subject != visit.plan_key, row.subject)):
        plan = agreed.plan(row.id)
        if _concerns(plan, visit) and places.holds(visit.contract_id, plan.scope, visit.asset_id):
            yield planned.terms_of(row)


def _concerns(plan: Plan, visit: Row[Any]) -> bool:
    party = Party(visit.party) if visit.party else None
    return plan.active and not plan.sampled and plan.counted(party)


def _fulfil(terms: Terms, visit: Row[Any]) -> Row[Any]:
    """Let a visit begun on the spot be the one that was planned, if one is due there."""
    if visit.plan_key:
        return visit
    waiting = _waiting(terms, visit, _visits.c.due_from <= _local(terms, visit.submitted_at))
    if waiting is None:
        return visit
    _delete(waiting)
    copied = ("plan_key", "plan_id", "due_from", "due_on", "missed_on", "minutes", "method")
    one = (_visits.c.contract_id == visit.contract_id) & (_visits.c.id == visit.id)
    taken_over = {name: getattr(waiting, name) for name in copied}
    db.session.execute(update(_visits).where(one).values(taken_over))
    return _visit(visit.contract_id, visit.id) or visit


def _waiting(terms: Terms, visit: Row[Any], *which: Any) -> Row[Any] | None:
    """The first planned visit of the plan at this place that nobody has touched or has in hand.

    Hazard (PostgreSQL): the journal is ours here; whoever begins a visit locks its row first.
    """
    asked = select(_visits).where(
        planned.untouched(terms.contract_id, terms.key),
        _visits.c.asset_id == visit.asset_id,
        *which,
    )
    ordered = asked.order_by(_visits.c.due_on).limit(1).with_for_update(skip_locked=True)
    return db.session.execute(ordered).first()


def _delete(row: Row[Any]) -> None:
    one = (_visits.c.contract_id == row.contract_id) & (_visits.c.id == row.id)
    db.session.execute(delete(_visits).where(one))


def _move_on(terms: Terms, visit: Row[Any]) -> None:
    """Have the next visit of a floating plan due so many days after this one."""
    pace = _paces(terms, [visit.asset_id])[visit.asset_id]
    if terms.plan.adaptive is not None:
        pace = _adapt(terms, visit, pace, terms.plan.adaptive)
    done_on = _local(terms, visit.submitted_at)
    due = schedule.after(pace.days, done_on, terms.plan.season, done_on)
    waiting = _waiting(terms, visit)
    if waiting is not None:
        if waiting.due_on != due:
            planned.move(terms, waiting.id, planned.free_day(terms, visit.asset_id, due))
    elif not _open(terms, [visit.asset_id]):
        planned.add(terms, {visit.asset_id: planned.free_day(terms, visit.asset_id, due)})


def _adapt(terms: Terms, visit: Row[Any], before: Pace, bounds: Adaptive) -> Pace:
    """Move the interval by what this visit found, and keep why."""
    now = schedule.adapt(before, visit.level, bounds)
    values = {
        "days": now.days,
        "streak": now.streak,
        "visit_id": visit.id,
        "reason": schedule.reason(before, visit.level, now, visit.id),
        "changed_at": clock.now(),
    }
    keys = {
        "contract_id": terms.contract_id,
        "plan_key": terms.key,
        "asset_id": visit.asset_id,
    }
    mine = [_rhythms.c[name] == value for name, value in keys.items()]
    if not touched(db.session.execute(update(_rhythms).where(*mine).values(values))):
        db.session.execute(insert(_rhythms).values(keys | values))
    return now
