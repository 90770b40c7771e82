"""How an action comes into the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, update

from inspection import clock
from inspection.actions.models import Action
from inspection.contracts.models import Contract
from inspection.db import db, table
from inspection.rules.access import Party
from inspection.rules.court import Turn, court
from inspection.rules.states import Depth, State

_actions, _contracts = table(Action), table(Contract)
TITLE_LENGTH = 160

_NUMBER = (
    update(_contracts)
    .where(_contracts.c.id == bindparam("contract"))
    .values(next_number=_contracts.c.next_number + 1)
    .returning(_contracts.c.next_number)
)
_NEW = insert(_actions).returning(_actions.c.id)


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
    number = db.session.execute(_NUMBER, {"contract": place.contract_id}).scalar_one() - 1
    turn = court(Turn(State.RECEIVED, owner))
    row = {
        "contract_id": place.contract_id,
        "number": number,
        "asset_id": place.id,
        "place": place.path,
        "category_id": category.id,
        "title": title(words),
        "priority": category.priority,
        "owner_party": owner.value,
        "depth": Depth.CORRECTION.value,
        "state": State.RECEIVED.value,
        "source": source,
        "court": turn.value if turn else None,
        "court_since": now,
        "held": held,
        "listed": not held,
        "received_at": now,
        "report_count": 1,
        "outcome_text": "",
        "reopen_count": 0,
        "version": 1,
    }
    return Opened(db.session.execute(_NEW, row).scalar_one(), number)
