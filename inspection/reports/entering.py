"""Finding the place that somebody on the phone speaks of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

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
