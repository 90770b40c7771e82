"""What somebody who stands at a place can inspect there now, and what was found before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inspection.checklists import agreed
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.plans import titles
from inspection.rules.access import Member
from inspection.rules.visit import VisitState
from inspection.visits import record
from inspection.visits.models import Visit

LAST = 5  # visits of a place that its page tells of
_visits = table(Visit)


def shown(me: Member, place: Row[Any]) -> dict[str, Any]:
    """For the page of a place: what is due or begun, what else fits, what was found last."""
    waiting = record.at_place(me.contract_id, place)
    ours = [row for row in waiting if row.for_party in (None, me.party)]
    begun = [row for row in waiting if row.state == VisitState.IN_PROGRESS]
    mine = [row for row in begun if row.inspector_id == me.id]
    due = [row for row in ours if row.state == VisitState.PLANNED]
    taken = {row.checklist_key for row in (*mine, *due)}
    fitting = agreed.fitting(me.contract_id, place.kind)
    return {
        "begun_here": mine,
        "begun_by_others": [row for row in begun if row.inspector_id != me.id],
        "due_here": due,
        "theirs_here": [row for row in waiting if row not in ours and row not in begun],
        "else_here": [row for row in fitting if row.subject not in taken],
        "visits_here": lately(me.contract_id, place),
        "checklist_titles": titles.titles(me.contract_id, agreed.CHECKLIST),
        "scale": agreements.scale,
        "visit_stands": _stood,
        "today": _today(waiting),
    }


def lately(contract_id: int, place: Row[Any]) -> list[Row[Any]]:
    """The last visits of a place itself, the newest first."""
    done = record.VISITS.where(
        _visits.c.contract_id == contract_id,
        _visits.c.asset_id == place.id,
        _visits.c.state.in_(record.WAS_DONE),
    )
    newest = done.order_by(_visits.c.submitted_at.desc(), _visits.c.id.desc())
    return list(db.session.execute(newest.limit(LAST)))


def _today(rows: list[Row[Any]]) -> Any:
    return record.today(rows[0].tz) if rows else None


def _stood(row: Row[Any]) -> str:
    return record.stands(row, record.today(row.tz))
