"""How both parties keep their promises of time: what runs, what is late, what was kept in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, select

from inspection.actions.models import Clock
from inspection.db import db, table
from inspection.rules.access import Party
from inspection.rules.states import ClockKind

_clocks = table(Clock)

_DUE_LATELY = and_(_clocks.c.due_at >= bindparam("since"), _clocks.c.due_at < bindparam("now"))
_RUNNING = (
    select(
        _clocks.c.party,
        _clocks.c.kind,
        func.count().label("running"),
        func.count(
            case((and_(_clocks.c.paused_at.is_(None), _clocks.c.due_at < bindparam("now")), 1))
        ).label("late"),
        func.count(case((and_(_clocks.c.paused_at.is_not(None), _DUE_LATELY), 1))).label("paused"),
    )
    .where(
        _clocks.c.contract_id == bindparam("contract"),
        _clocks.c.stopped_at.is_(None),
        _clocks.c.cancelled_at.is_(None),
    )
    .group_by(_clocks.c.party, _clocks.c.kind)
)
_WERE_DUE = (
    select(
        _clocks.c.party,
        _clocks.c.kind,
        func.count().label("due"),
        func.count(_clocks.c.breached_at).label("breached"),
    )
    .where(
        _clocks.c.contract_id == bindparam("contract"),
        _DUE_LATELY,
        _clocks.c.cancelled_at.is_(None),
    )
    .group_by(_clocks.c.party, _clocks.c.kind)
)


ENOUGH = 5


@dataclass(frozen=True)
class Kept:
    """Of one party's promises of one kind: those that run now, and those that were due lately.

    `late` of those `running` are over their time. Of the `due` ones `met` were kept in time; what
    is on hold is not counted as due.
    """

    running: int = 0
    late: int = 0
    due: int = 0
    met: int = 0

    @property
    def tells(self) -> bool:
        """Whether a percentage says anything: of a few, only the few themselves do (DOMAIN 2.8)."""
        return self.due >= ENOUGH

    def __add__(self, other: Kept) -> Kept:
        return Kept(
            self.running + other.running,
            self.late + other.late,
            self.due + other.due,
            self.met + other.met,
        )


Promises = Mapping[tuple[Party, ClockKind], Kept]


def of(contract_id: int, since: datetime, now: datetime) -> Promises:
    """The promises of a contract by party and kind; both looks are answered from an index alone."""
    given = {"contract": contract_id, "since": since, "now": now}
    runs = {_key(row): row for row in db.session.execute(_RUNNING, given)}
    were = {_key(row): row for row in db.session.execute(_WERE_DUE, given)}
    return {key: _kept(runs.get(key), were.get(key)) for key in sorted({*runs, *were})}


def _key(row: Any) -> tuple[Party, ClockKind]:
    return Party(row.party), ClockKind(row.kind)


def _kept(runs: Any, were: Any) -> Kept:
    paused = runs.paused if runs else 0
    return Kept(
        running=runs.running if runs else 0,
        late=runs.late if runs else 0,
        due=were.due - paused if were else 0,
        met=were.due - paused - were.breached if were else 0,
    )
