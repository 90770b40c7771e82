"""What somebody told us is kept as long as the public page says, and then forgotten.

The record of the work stays: that something was reported, when, where and what became of it. The
words, the contact, the pictures and whatever the reporter wrote later go.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, delete, or_, select, update

from inspection.actions.models import Action
from inspection.db import db, table
from inspection.journal import Event, EventText, Happened, record
from inspection.photos.models import Photo
from inspection.reports.models import Question, Report

_reports, _actions, _photos = table(Report), table(Action), table(Photo)
_events, _texts, _questions = table(Event), table(EventText), table(Question)


def expired(today: date, limit: int) -> list[tuple[int, int]]:
    """Reports (contract, id) whose day has come and that still hold something."""
    rows = db.session.execute(
        select(_reports.c.contract_id, _reports.c.id)
        .where(_reports.c.expires_on < today, ~_reports.c.forgotten)
        .order_by(_reports.c.expires_on)
        .limit(limit)
    )
    return [(row.contract_id, row.id) for row in rows]


def forget(contract_id: int, report_id: int) -> bool:
    """Forget what one report holds, in the caller's transaction; whether there was anything."""
    here = and_(_reports.c.contract_id == contract_id, _reports.c.id == report_id)
    row = db.session.execute(
        update(_reports)
        .where(here, ~_reports.c.forgotten)
        .values(words="", contact="", satisfaction_text="", tag_code=None, forgotten=True)
        .returning(_reports.c.action_id, _reports.c.asset_id)
    ).first()
    if row is None:
        return False
    _forget_beside(contract_id, report_id, row.action_id)
    record(
        Happened(
            contract_id,
            "report.forgotten",
            "report",
            report_id,
            action_id=row.action_id,
            asset_id=row.asset_id,
        )
    )
    return True


def _forget_beside(contract_id: int, report_id: int, action_id: int) -> None:
    """The pictures, the answers, what was written through the receipt, and the action's title."""
    db.session.execute(
        delete(_photos).where(
            _photos.c.contract_id == contract_id, _photos.c.report_id == report_id
        )
    )
    db.session.execute(
        update(_questions)
        .where(_questions.c.contract_id == contract_id, _questions.c.answered_on == report_id)
        .values(answer="")
    )
    spoken = select(_events.c.id).where(
        _events.c.contract_id == contract_id,
        _events.c.actor == "reporter",
        or_(
            and_(_events.c.entity == "report", _events.c.entity_id == report_id),
            and_(_events.c.entity == "action", _events.c.entity_id == action_id),
        ),
    )
    db.session.execute(
        delete(_texts).where(_texts.c.contract_id == contract_id, _texts.c.event_id.in_(spoken))
    )
    remembered = select(_reports.c.id).where(
        _reports.c.contract_id == contract_id,
        _reports.c.action_id == action_id,
        ~_reports.c.forgotten,
    )
    db.session.execute(
        update(_actions)
        .where(_actions.c.contract_id == contract_id, _actions.c.id == action_id)
        .where(~remembered.exists())
        .values(title="")
    )
