"""Which places a plan is about, as the tree stands now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, func, select

from inspection.assets import tree
from inspection.assets.models import Asset
from inspection.db import db, table
from inspection.rules.plan import Scope
from inspection.rules.refusal import N_, Refusal

_assets = table(Asset)


def here(contract_id: int, scope: Scope) -> ColumnElement[bool]:
    """A condition on assets: they belong to the scope and are not archived."""
    standing = and_(_assets.c.contract_id == contract_id, _assets.c.archived_at.is_(None))
    if scope.root is None:
        return and_(standing, _assets.c.id.in_(scope.places))
    path = _path(contract_id, scope.root)
    if path is None:
        return false()
    inside = tree.within(_assets.c.path, path)
    return and_(standing, inside, _assets.c.kind.in_(scope.kinds))


def _path(contract_id: int, asset_id: int) -> str | None:
    one = (_assets.c.contract_id == contract_id) & (_assets.c.id == asset_id)
    return db.session.execute(select(_assets.c.path).where(one)).scalar()


def count(contract_id: int, scope: Scope) -> int:
    """How many places there are."""
    asked = select(func.count()).select_from(_assets).where(here(contract_id, scope))
    return int(db.session.execute(asked).scalar_one())


def holds(contract_id: int, scope: Scope, asset_id: int) -> bool:
    """Whether a place belongs to the scope."""
    asked = select(_assets.c.id).where(here(contract_id, scope), _assets.c.id == asset_id)
    return db.session.execute(asked).first() is not None


def population(contract_id: int, scope: Scope) -> list[int]:
    """The ids of the places, in the order of the tree."""
    asked = select(_assets.c.id).where(here(contract_id, scope)).order_by(_assets.c.path)
    return list(db.session.execute(asked).scalars())


def rows(contract_id: int, ids: Iterable[int]) -> list[Row[Any]]:
    """The assets with these ids that are in this contract, in the order of the tree."""
    asked = select(_assets).where(_assets.c.contract_id == contract_id, _assets.c.id.in_(list(ids)))
    return list(db.session.execute(asked.order_by(_assets.c.trail, _assets.c.name)))


def missing(contract_id: int, scope: Scope) -> Refusal | None:
    """Why the scope cannot be signed: a place of it is not in this contract, or archived."""
    wanted = set(scope.places) if scope.root is None else {scope.root}
    standing = {one.id for one in rows(contract_id, wanted) if one.archived_at is None}
    if wanted <= standing:
        return None
    return Refusal(
        "plan.no_such_place",
        N_("A place of this plan is not here any more. Choose another, or leave it out."),
        where="scope-places" if scope.root is None else "scope-root",
    )
