"""Relief: beside a breach, never instead of it, given by the party that was kept waiting."""

from __future__ import annotations

from typing import Any

from flask import abort
from sqlalchemy import Row

from inspection import clock
from inspection.actions import applying, passing, pausing, standing
from inspection.rules.access import Member, may
from inspection.rules.refusal import N_, Refusal
from inspection.rules.sla import Clock
from inspection.web import Refused


def relieve(
    row: Row[Any], by: Member, clock_id: int, text: str, version: int | None = None
) -> None:
    """The party that was kept waiting relieves the other's breach, which stays to be seen."""
    now = clock.now()
    row = passing.caught_up(row, now)
    if version is not None and version != row.version:
        raise Refused(applying.who_moved_it(row), status=409)
    late = _of_id(row, clock_id)
    if not may(by, "relieve", late.party):
        raise Refused(_NOT_THEIRS)
    if late.breached_at is None:
        raise Refused(
            Refusal("clock.not_late", N_("This was not late; nothing is to be relieved."))
        )
    if not text.strip():
        raise Refused(Refusal("clock.text_missing", N_("Say why this is relieved."), where="text"))
    if pausing.relieved(row, late, by, text, now) is None:
        raise Refused(Refusal("clock.relieved_already", N_("This is relieved already.")))
    applying.resettle(row, now)


_NOT_THEIRS = Refusal(
    "clock.own",
    N_("Only a supervisor or manager of the party that was kept waiting can relieve this."),
)


def _of_id(row: Row[Any], clock_id: int) -> Clock:
    clocks = standing.clocks_of(row.contract_id, row.id)
    late = next((each for each in clocks if each.key == clock_id), None)
    if late is None:
        abort(404)
    return late
