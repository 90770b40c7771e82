"""Questions to the people who reported something."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from inspection import clock
from inspection.actions import moves
from inspection.actions.moves import Wanted
from inspection.db import db, table
from inspection.journal import Written
from inspection.reports.models import Question
from inspection.rules.access import Member
from inspection.rules.lifecycle import Given, Move

_questions = table(Question)


def ask(row: Row[Any], by: Member, text: str) -> Written:
    """Ask whoever reported this action; each of them can answer through the receipt."""
    written = moves.make(row, Wanted(Move.ASK, by, Given(text)))
    db.session.execute(
        insert(_questions).values(
            contract_id=row.contract_id,
            action_id=row.id,
            text=text.strip(),
            asked_by=by.id,
            asked_at=clock.now(),
            answer="",
        )
    )
    return written


def questions(contract_id: int, action_id: int) -> list[Row[Any]]:
    """All questions of an action, oldest first."""
    return list(
        db.session.execute(
            select(_questions)
            .where(_questions.c.contract_id == contract_id, _questions.c.action_id == action_id)
            .order_by(_questions.c.id)
        )
    )
