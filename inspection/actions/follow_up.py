"""What must follow in the queue when something happened elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from inspection.actions import holds, moves
from inspection.actions.models import Action
from inspection.actions.moves import Wanted
from inspection.db import db, table
from inspection.journal import Happened, Written
from inspection.journal import listen as listen_to
from inspection.rules.lifecycle import Move

_actions = table(Action)


def listen() -> None:
    """Hang on the journal."""
    listen_to("membership.ended", hand_back)
    listen_to("report.answered", holds.heard)


def hand_back(written: Sequence[Written]) -> None:
    """Leave the open work of everybody who has left to their supervisors."""
    for one in written:
        _hand_back(one.what)


def _hand_back(what: Happened) -> None:
    numbers = db.session.execute(
        select(_actions.c.number).where(
            _actions.c.contract_id == what.contract_id,
            _actions.c.assignee_id == what.entity_id,
            _actions.c.listed,
        )
    ).scalars()
    for number in list(numbers):
        moves.make(
            moves.found(what.contract_id, number),
            Wanted(
                Move.UNASSIGN,
                None,
                columns={"assignee_id": None},
                data={"before": what.entity_id, "left": True},
                system=True,
            ),
        )
