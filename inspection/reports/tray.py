"""Reports that came too fast or from a robot: held, with a receipt, until somebody looks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from inspection import clock
from inspection.actions import applying, opening, standing
from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.contracts.models import Category
from inspection.db import db, table
from inspection.journal import Happened, record
from inspection.reports.models import Report
from inspection.rules.access import Member
from inspection.rules.states import Outcome, State

_reports, _actions = table(Report), table(Action)
_assets, _categories = table(Asset), table(Category)

_WAITING = (
    _reports.c.contract_id == bindparam("contract"),
    _reports.c.held,
    _reports.c.withdrawn_at.is_(None),
)
_COUNT = select(func.count()).select_from(_reports).where(*_WAITING)


def held(contract_id: int, limit: int = 100) -> list[Row[Any]]:
    """What waits for a look, oldest first."""
    return list(
        db.session.execute(
            select(
                _reports,
                _assets.c.name.label("place_name"),
                _assets.c.trail.label("place_trail"),
                _categories.c.names.label("category_names"),
                _categories.c.icon,
            )
            .join_from(_reports, _assets, _reports.c.asset_id == _assets.c.id)
            .join(_categories, _reports.c.category_id == _categories.c.id)
            .where(*_WAITING)
            .order_by(_reports.c.received_at)
            .limit(limit),
            {"contract": contract_id},
        )
    )


def count(contract_id: int) -> int:
    """How many reports wait for a look."""
    return int(db.session.execute(_COUNT, {"contract": contract_id}).scalar_one())


def release(by: Member, report_ids: list[int]) -> int:
    """Let reports into the queue as if they had just been heard; how many."""
    return sum(_decide(by, report_id, "report.released") for report_id in report_ids)


def discard(by: Member, report_ids: list[int]) -> int:
    """Put reports aside: kept, closed as withdrawn, and nobody is told; how many."""
    return sum(_decide(by, report_id, "report.discarded") for report_id in report_ids)


def _decide(by: Member, report_id: int, kind: str) -> bool:
    row = db.session.execute(
        update(_reports)
        .where(*_WAITING, _reports.c.id == report_id)
        .values(held=False)
        .returning(_reports.c.action_id, _reports.c.asset_id),
        {"contract": by.contract_id},
    ).first()
    if row is None:
        return False
    _open_or_close(by.contract_id, row.action_id, kind == "report.released")
    record(
        Happened(
            by.contract_id,
            kind,
            "report",
            report_id,
            by,
            action_id=row.action_id,
            asset_id=row.asset_id,
        )
    )
    return True


def _open_or_close(contract_id: int, action_id: int, into_queue: bool) -> None:
    action = standing.by_id(contract_id, action_id)
    if not action.held:
        _count_in(contract_id, action_id, int(into_queue))
    elif into_queue:
        opening.admit(action)
    else:
        _put_aside(action)


def _put_aside(action: Row[Any]) -> None:
    ended = {
        "state": State.CLOSED.value,
        "outcome": Outcome.WITHDRAWN.value,
        "court": None,
        "closed_at": clock.now(),
        "held": False,
        "version": action.version + 1,
    }
    applying.put(action, ended)


def _count_in(contract_id: int, action_id: int, more: int) -> None:
    """Count a released "me too" with the action it joined."""
    db.session.execute(
        update(_actions)
        .where(_actions.c.contract_id == contract_id, _actions.c.id == action_id)
        .values(report_count=_actions.c.report_count + more)
    )
