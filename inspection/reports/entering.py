"""Finding the place that somebody on the phone speaks of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select

from inspection.assets.models import Asset
from inspection.db import db, table
from inspection.web import whole

_assets = table(Asset)
MOST = 30


def place(contract_id: int, text: str) -> Row[Any] | None:
    """The place with the id in `text`, if this contract has it and it is in use."""
    asset_id = whole(text)
    if asset_id is None:
        return None
    return db.session.execute(
        select(_assets).where(
            _assets.c.contract_id == contract_id,
            _assets.c.id == asset_id,
            _assets.c.archived_at.is_(None),
        )
    ).first()


def search(contract_id: int, words: str) -> list[Row[Any]]:
    """Places whose name, number or surroundings hold every word; short names first."""
    asked = select(_assets).where(
        _assets.c.contract_id == contract_id, _assets.c.archived_at.is_(None)
    )
    for word in words.split()[:6]:
        spelled = func.lower(_assets.c.name + " " + _assets.c.trail + " " + _assets.c.number)
        asked = asked.where(spelled.contains(word.lower()[:60], autoescape=True))
    ordered = asked.order_by(func.length(_assets.c.path), _assets.c.name)
    return list(db.session.execute(ordered.limit(MOST)))
