"""What is open at a place, as strangers may see it: never anybody's words, photos or numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from inspection.actions.models import Action
from inspection.contracts.models import Category
from inspection.db import db, table
from inspection.web import derived_secret

_actions, _categories = table(Action), table(Category)

SHOWN = 5
JOINABLE = 200  # a page may be old: more can be joined than the newest page shows

_OPEN_HERE = (
    select(
        _actions.c.id,
        _actions.c.category_id,
        _actions.c.state,
        _actions.c.received_at,
        _actions.c.report_count,
        _categories.c.names,
        _categories.c.icon,
        func.count().over().label("total"),
    )
    .join_from(
        _actions,
        _categories,
        (_categories.c.contract_id == _actions.c.contract_id)
        & (_categories.c.id == _actions.c.category_id),
    )
    .where(
        _actions.c.contract_id == bindparam("contract_id"),
        _actions.c.place.between(bindparam("path"), bindparam("beyond")),  # see assets.tree.within
        _actions.c.listed,
    )
    .order_by(_actions.c.place, _actions.c.received_at.desc(), _actions.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True)
class Known:
    """What is open at a place: the first few, nearest place first, and how many there are."""

    shown: list[Row[Any]]
    total: int


def at(place: Row[Any]) -> Known:
    """What is open at or below the place."""
    rows = _open(place, SHOWN)
    return Known(rows, rows[0].total if rows else 0)


def token(action_id: int) -> str:
    """What a "me too" button posts instead of an id."""
    return derived_secret("join", str(action_id))[:10]


def joined(place: Row[Any], wanted: str) -> Row[Any] | None:
    """The open action here that a "me too" means; None when it has been closed since."""
    rows = _open(place, JOINABLE)
    return next((row for row in rows if token(row.id) == wanted), None)


def _open(place: Row[Any], most: int) -> list[Row[Any]]:
    asked = {"contract_id": place.contract_id, "path": place.path, "beyond": f"{place.path}~"}
    return list(db.session.execute(_OPEN_HERE, asked | {"most": most}))
