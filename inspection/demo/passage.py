"""Lets time pass as it does under tick: what is due happens at its moment, one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from inspection import clock
from inspection.actions import disagreements, passing, standing
from inspection.actions.models import Action
from inspection.db import db, table

_actions = table(Action)
LATER = timedelta(seconds=2)  # how soon after a due moment tick comes by

_NEXT: Select[Any] = (
    select(_actions.c.id, _actions.c.next_at)
    .where(_actions.c.contract_id == bindparam("contract"), _actions.c.next_at < bindparam("until"))
    .order_by(_actions.c.next_at)
    .limit(1)
)


def pass_until(contract_id: int, until: datetime) -> None:
    """Do everything of a contract that was due before `until`, in the order of its moments."""
    while (due := _first(contract_id, until)) is not None:
        with clock.standing_at(min(due.next_at + LATER, until)):
            _end_steps()
            passing.caught_up(standing.by_id(contract_id, due.id), clock.now())
    with clock.standing_at(until):
        _end_steps()


def _first(contract_id: int, until: datetime) -> Row[Any] | None:
    return db.session.execute(_NEXT, {"contract": contract_id, "until": until}).first()


def _end_steps() -> None:
    """Say of disagreements that the time of their step is over."""
    for each in disagreements.due(clock.now(), limit=100):
        row = disagreements.found(each.contract_id, each.id)
        disagreements.time_over(row, clock.now())
