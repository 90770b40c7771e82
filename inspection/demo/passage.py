"""Lets time pass as it does under tick: what is due happens at its moment, one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, Table, bindparam, literal, select, union_all

from inspection import clock
from inspection.actions import disagreements, passing, standing
from inspection.actions.models import Action
from inspection.db import db, table
from inspection.plans import laying
from inspection.plans.models import Course
from inspection.visits import following
from inspection.visits.models import Visit

_actions, _visits, _courses = table(Action), table(Visit), table(Course)
LATER = timedelta(seconds=2)  # how soon after a due moment tick comes by


def _next(of: Table) -> Select[Any]:
    """The row of a table that is due first; each table asks its own index."""
    first = (
        select(literal(of.name).label("which"), of.c.id, of.c.next_at)
        .where(of.c.contract_id == bindparam("contract"), of.c.next_at < bindparam("until"))
        .order_by(of.c.next_at)
        .limit(1)
        .subquery()
    )
    return select(first)


_NEXT = (
    union_all(*(_next(each) for each in (_actions, _visits, _courses)))
    .order_by("next_at", "which")
    .limit(1)
)


def pass_until(contract_id: int, until: datetime) -> None:
    """Do everything of a contract that was due before `until`, in the order of its moments."""
    while (due := _first(contract_id, until)) is not None:
        with clock.standing_at(min(due.next_at + LATER, until)):
            _end_steps()
            _DUE[due.which](contract_id, due.id)
    with clock.standing_at(until):
        _end_steps()


def _first(contract_id: int, until: datetime) -> Row[Any] | None:
    return db.session.execute(_NEXT, {"contract": contract_id, "until": until}).first()


def _pass_action(contract_id: int, action_id: int) -> None:
    passing.caught_up(standing.by_id(contract_id, action_id), clock.now())


def _pass_visit(contract_id: int, visit_id: int) -> None:
    following.passed(contract_id, visit_id, clock.now())


def _pass_course(contract_id: int, course_id: int) -> None:
    key = select(_courses.c.plan_key).where(_courses.c.id == course_id)
    laying.step(contract_id, db.session.execute(key).scalar_one())


_DUE = {
    _actions.name: _pass_action,
    _visits.name: _pass_visit,
    _courses.name: _pass_course,
}


def _end_steps() -> None:
    """Say of disagreements that the time of their step is over."""
    for each in disagreements.due(clock.now(), limit=100):
        row = disagreements.found(each.contract_id, each.id)
        disagreements.time_over(row, clock.now())
