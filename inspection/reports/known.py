"""What is open at a place, as strangers may see it: never anybody's words, photos or numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from inspection.actions import merging
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
_GONE_HERE = (
    select(_actions)
    .where(
        _actions.c.contract_id == bindparam("contract_id"),
        _actions.c.place.between(bindparam("path"), bindparam("beyond")),
        _actions.c.closed_at.is_not(None),
    )
    .order_by(_actions.c.closed_at.desc())
    .limit(JOINABLE)
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


@dataclass(frozen=True)
class Gone:
    """What a late "me too" meant: the action it is a voice for (None: a new one), its category."""

    category_id: int
    joins: int | None


def gone(place: Row[Any], wanted: str, said_at: datetime | None) -> Gone | None:
    """What was open here when somebody said "me too" at `said_at`, and is open no more.

    Merged: a voice for the action that took its reports. Closed after it was said: a voice for it
    all the same. Closed before: it is wrong again. None when it never was open here.
    """
    asked = {"contract_id": place.contract_id, "path": place.path, "beyond": f"{place.path}~"}
    rows = db.session.execute(_GONE_HERE, asked)
    row = next((row for row in rows if token(row.id) == wanted), None)
    if row is None:
        return None
    master = merging.master_of(row)
    if master is not None:
        return Gone(master.category_id, master.id)
    in_time = said_at is not None and said_at <= row.closed_at
    return Gone(row.category_id, row.id if in_time else None)


def _open(place: Row[Any], most: int) -> list[Row[Any]]:
    asked = {"contract_id": place.contract_id, "path": place.path, "beyond": f"{place.path}~"}
    return list(db.session.execute(_OPEN_HERE, asked | {"most": most}))
