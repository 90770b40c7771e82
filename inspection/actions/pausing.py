"""What a pause does to the clocks of an action, and the relief that stands beside a breach."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from inspection.actions import applying, standing
from inspection.actions.applying import Wanted
from inspection.actions.models import Clock as Timekeeper
from inspection.actions.models import Decision, Hold
from inspection.db import db, table, touched
from inspection.journal import Written
from inspection.photos.evidence import Kept
from inspection.rules import sla
from inspection.rules.access import Member, Party
from inspection.rules.lifecycle import NOTHING_GIVEN, STEPS, Given, Move
from inspection.rules.sla import Clock

_holds, _decisions, _clocks = table(Hold), table(Decision), table(Timekeeper)

_WAITING = select(_holds.c.id).where(
    _holds.c.contract_id == bindparam("contract"),
    _holds.c.action_id == bindparam("action"),
    _holds.c.decision_id == bindparam("decision"),
    _holds.c.begins_at.is_not(None),
    _holds.c.ends_at.is_(None),
)


def waits_for(row: Row[Any], decision_id: int) -> bool:
    """Whether a hold runs that waits for this decision."""
    here = {**standing.keys(row), "decision": decision_id}
    return db.session.execute(_WAITING, here).first() is not None


def agreed(row: Row[Any], decision: Row[Any], by: Member | None, at: datetime) -> None:
    """Both agree that the work stands still since it was asked, or since the moment it says.

    Breaches in between stay and are relieved. Work handed over meanwhile has no clock left of those
    that were to stand still.
    """
    if row.owner_party != decision.asked_party:
        return
    hold = db.session.execute(
        select(_holds).where(
            _holds.c.contract_id == row.contract_id, _holds.c.decision_id == decision.id
        )
    ).one()
    begins = datetime.fromisoformat(decision.wanted["begins_at"])
    waited_for, over = _still_waits(row, hold)
    ends = over or (None if row.state in STEPS[Move.HOLD].source else row.fixed_at or at)
    db.session.execute(
        update(_holds)
        .where(_holds.c.contract_id == row.contract_id, _holds.c.id == hold.id)
        .values(begins_at=begins, ends_at=ends, decision_id=waited_for or decision.id)
    )
    columns = on_hold(hold.cause, begins) if ends is None else {}
    if ends is not None:
        _stood(row, begins, ends)
    hold_it(row, hold, by, columns)
    _relieve_since(standing.by_id(row.contract_id, row.id), begins, by, at)


def _still_waits(row: Row[Any], hold: Row[Any]) -> tuple[int | None, datetime | None]:
    """The decision that a hold waits for, while it is open; and when it was answered, if it was."""
    known = hold.evidence.get("decision")
    if known is None:
        return None, None
    answered_at = db.session.execute(
        select(_decisions.c.answered_at).where(
            _decisions.c.contract_id == row.contract_id, _decisions.c.id == known
        )
    ).scalar_one()
    return (known, None) if answered_at is None else (None, answered_at)


def on_hold(cause: str, begins: datetime) -> dict[str, Any]:
    """The columns of an action on hold; a cause on neither side leaves the turn with the owner."""
    return {"paused_at": begins, "hold_cause": cause if cause in tuple(Party) else None}


def hold_it(
    row: Row[Any],
    hold: Any,
    by: Member | None,
    columns: Mapping[str, Any],
    given: Given = NOTHING_GIVEN,
    pictures: tuple[Kept, ...] = (),
) -> Written:
    """The work stands still, and both parties know why; `hold` has id, reason and cause."""
    return applying.by_rule(
        row,
        Wanted(
            Move.HOLD,
            by,
            given,
            columns=columns,
            pictures=pictures,
            data={"hold": hold.id, "reason": hold.reason, "cause": hold.cause},
            entity=("hold", hold.id),
            system=by is None,
        ),
    )


def of_owner(row: Row[Any], clocks: list[Clock]) -> list[Clock]:
    """The clocks that a hold stops."""
    return [c for c in clocks if c.kind not in sla.NOT_HELD and c.party == row.owner_party]


def _stood(row: Row[Any], begins: datetime, ends: datetime) -> None:
    by, before = standing.timing(row), standing.clocks_of(row.contract_id, row.id)
    after = [sla.stood(clock, begins, ends, by) for clock in of_owner(row, before)]
    standing.keep_clocks(row, before, after)


def _relieve_since(row: Row[Any], begins: datetime, by: Member | None, at: datetime) -> None:
    """What was late only because the pause was not agreed yet is relieved, and stays to be seen."""
    late = [
        clock
        for clock in of_owner(row, standing.clocks_of(row.contract_id, row.id))
        if clock.breached_at is not None and clock.breached_at > begins
    ]
    if by is not None and late:
        for clock in late:
            relieved(row, clock, by, "", at)
        applying.resettle(row, at)


def relieved(row: Row[Any], clock: Clock, by: Member, text: str, at: datetime) -> Written | None:
    """Put relief beside a breach, once; a relieved breach climbs no further.

    The caller settles the action again. None when it was relieved before.
    """
    result = db.session.execute(
        update(_clocks)
        .where(
            _clocks.c.contract_id == row.contract_id,
            _clocks.c.id == clock.key,
            _clocks.c.relieved_at.is_(None),
        )
        .values(relieved_at=at, relieved_by=by.id, step_due_at=None)
    )
    if touched(result) != 1:
        return None
    data = {"clock": clock.kind.value, "party": clock.party.value}
    return applying.note(row, "clock.relieved", ("clock", clock.key or 0), data, by, text)
