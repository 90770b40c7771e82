"""Guidance pictures: what an item looks like when it is good, or where to look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, select

from inspection.db import db, table
from inspection.photos.models import Photo

_photos = table(Photo)
_GUIDANCE = (
    select(_photos.c.id, _photos.c.thumbnail, _photos.c.width, _photos.c.height)
    .where(
        _photos.c.contract_id == bindparam("contract"),
        _photos.c.agreement_id.is_not(None),
        _photos.c.hidden_at.is_(None),
    )
    .order_by(_photos.c.id.desc())
)


def guidance(contract_id: int) -> dict[str, Row[Any]]:
    """The guidance pictures of a contract by what `Item.picture` says: id, width, height.

    Pages show them at `/c/<slug>/photos/<id>/thumbnail` and `…/picture`. A picture stays under the
    version it came with; the versions after it only name it.
    """
    rows: Iterable[Any] = db.session.execute(_GUIDANCE, {"contract": contract_id})
    return {row.thumbnail: row for row in rows}
