"""How far the visits of each plan are laid out, as tick finds what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from inspection import clock
from inspection.db import db, table, touched
from inspection.plans.models import Course

_courses = table(Course)


def begin(contract_id: int, plan_key: str, plan_id: int) -> None:
    """Let tick lay out a version that both parties have just agreed on.

    Runs in the transaction of the agreement, behind the lock of its contract.
    """
    fresh = {
        "plan_id": plan_id,
        "planned_until": None,
        "planned_asset": None,
        "passed_on": None,
        "laid": 0,
        "taken": 0,
        "next_at": clock.now(),
    }
    mine = (_courses.c.contract_id == contract_id) & (_courses.c.plan_key == plan_key)
    if not touched(db.session.execute(update(_courses).where(mine).values(fresh))):
        named = {"contract_id": contract_id, "plan_key": plan_key}
        db.session.execute(insert(_courses).values(named | fresh))


_OF = select(_courses).where(
    _courses.c.contract_id == bindparam("contract"), _courses.c.plan_key == bindparam("plan")
)


def of(contract_id: int, plan_key: str) -> Row[Any] | None:
    """How far one plan is laid out; None before it was agreed."""
    return db.session.execute(_OF, {"contract": contract_id, "plan": plan_key}).first()


def due(now: datetime, limit: int) -> list[Row[Any]]:
    """The courses that tick has to look at, the longest waiting first."""
    asked = select(_courses).where(_courses.c.next_at < now).order_by(_courses.c.next_at)
    return list(db.session.execute(asked.limit(limit)))


def keep(course: Row[Any], **values: Any) -> None:
    """Write how far a pass has come."""
    mine = (_courses.c.contract_id == course.contract_id) & (_courses.c.id == course.id)
    db.session.execute(update(_courses).where(mine).values(values))
