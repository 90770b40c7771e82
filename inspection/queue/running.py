"""When the clocks of rows began and warn: what their colours and plots follow from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, select

from inspection.actions.models import Action, Clock
from inspection.db import db, table

_actions, _clocks = table(Action), table(Clock)

_RUNNING = (
    select(_clocks.c.action_id, _clocks.c.started_at, _clocks.c.warn_at)
    .join_from(
        _clocks,
        _actions,
        and_(
            _actions.c.contract_id == _clocks.c.contract_id,
            _actions.c.id == _clocks.c.action_id,
            _actions.c.due_kind == _clocks.c.kind,
            _actions.c.due_at == _clocks.c.due_at,
        ),
    )
    .where(
        _clocks.c.contract_id == bindparam("contract"),
        _clocks.c.action_id.in_(bindparam("ids", expanding=True)),
        _clocks.c.cancelled_at.is_(None),
    )
)


@dataclass(frozen=True)
class Running:
    """The clock a row's due moment is of: when it began, and when three quarters are used."""

    began_at: datetime
    warn_at: datetime


def of(rows: Iterable[Row[Any]], contract_id: int) -> dict[int, Running]:
    """The clocks of those rows that have a due moment, by the action's id."""
    ids = [row.id for row in rows if row.due_at is not None]
    if not ids:
        return {}
    found = db.session.execute(_RUNNING, {"contract": contract_id, "ids": ids})
    return {clock.action_id: Running(clock.started_at, clock.warn_at) for clock in found}
