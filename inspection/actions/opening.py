"""How an action comes into the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, update

from inspection import clock
from inspection.actions.models import Action
from inspection.contracts.models import Contract
from inspection.db import db, table
from inspection.rules.access import Party
from inspection.rules.court import Turn, court
from inspection.rules.states import Depth, State

_actions, _contracts = table(Action), table(Contract)
TITLE_LENGTH = 160


@dataclass(frozen=True)
class Opened:
    """A new action."""

    id: int
    number: int


def title(words: str) -> str:
    """The first words of a report, on one line, for lists."""
    line = " ".join(words.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def open_action(
    place: Row[Any],
    category: Row[Any],
    words: str,
    *,
    source: str = "report",
    held: bool = False,
    at: datetime | None = None,
) -> Opened:
    """Open an action at `place` (an asset row) with the defaults of `category`.

    The number is taken from the contract's row, so two at once wait for each other there.
    """
    now, owner = at or clock.now(), Party(category.owner_party)
    number = db.session.execute(
        update(_contracts)
        .where(_contracts.c.id == place.contract_id)
        .values(next_number=_contracts.c.next_number + 1)
        .returning(_contracts.c.next_number)
    ).scalar_one()
    turn = court(Turn(State.RECEIVED, owner))
    action_id = db.session.execute(
        insert(_actions)
        .values(
            contract_id=place.contract_id,
            number=number - 1,
            asset_id=place.id,
            place=place.path,
            category_id=category.id,
            title=title(words),
            priority=category.priority,
            owner_party=owner.value,
            depth=Depth.CORRECTION.value,
            state=State.RECEIVED.value,
            source=source,
            court=turn.value if turn else None,
            court_since=now,
            held=held,
            listed=not held,
            received_at=now,
            report_count=1,
            outcome_text="",
            reopen_count=0,
            version=1,
        )
        .returning(_actions.c.id)
    ).scalar_one()
    return Opened(action_id, number - 1)
