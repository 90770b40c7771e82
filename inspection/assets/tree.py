"""The one tree of places: finding, growing, moving and renaming."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort
from sqlalchemy import Row, bindparam, func, insert, select, update

from inspection import clock
from inspection.assets.models import Asset, AssetType, Kind, spelled
from inspection.db import db, table, touched
from inspection.journal import Happened, Written, record
from inspection.rules import folding
from inspection.rules.access import Member
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused

_assets, _types = table(Asset), table(AssetType)
SEPARATOR = " › "
CONTAINS: Mapping[Kind, frozenset[Kind]] = {
    Kind.SITE: frozenset({Kind.BUILDING, Kind.SPACE, Kind.EQUIPMENT, Kind.VEHICLE}),
    Kind.BUILDING: frozenset({Kind.LEVEL, Kind.SPACE, Kind.EQUIPMENT}),
    Kind.LEVEL: frozenset({Kind.SPACE, Kind.EQUIPMENT}),
    Kind.SPACE: frozenset({Kind.SPACE, Kind.EQUIPMENT}),
    Kind.EQUIPMENT: frozenset({Kind.EQUIPMENT}),
    Kind.VEHICLE: frozenset({Kind.EQUIPMENT}),
}
"""What may stand directly below what."""
ROOTS = (Kind.SITE, Kind.BUILDING, Kind.VEHICLE)


_BY_ID = select(_assets).where(
    _assets.c.contract_id == bindparam("contract"), _assets.c.id == bindparam("asset")
)


def found(contract_id: int, asset_id: int) -> Row[Any]:
    """The asset with that id; 404 when there is none in this contract."""
    row = db.session.execute(_BY_ID, {"contract": contract_id, "asset": asset_id}).first()
    if row is None:
        abort(404)
    return row


def children(contract_id: int, parent_id: int | None) -> list[Row[Any]]:
    """What stands directly below a place (or at the roots), by kind and name."""
    return list(
        db.session.execute(
            select(_assets)
            .where(
                _assets.c.contract_id == contract_id,
                _assets.c.parent_id == parent_id,
                _assets.c.archived_at.is_(None),
            )
            .order_by(_assets.c.kind, _assets.c.number, _assets.c.name)
        )
    )


def above(row: Row[Any]) -> list[Row[Any]]:
    """The chain of places that hold this one, outermost first."""
    ids = [int(part) for part in row.path.strip("/").split("/")[:-1]]
    if not ids:
        return []
    return list(
        db.session.execute(
            select(_assets)
            .where(_assets.c.contract_id == row.contract_id, _assets.c.id.in_(ids))
            .order_by(func.length(_assets.c.path))
        )
    )


def type_of(row: Row[Any]) -> Row[Any] | None:
    """Make and model of a thing, where they are known."""
    return db.session.execute(
        select(_types).where(_types.c.contract_id == row.contract_id, _types.c.id == row.type_id)
    ).first()


def within(column: Any, path: str) -> Any:
    """A condition: the path in `column` lies at or below `path` (one range of an index)."""
    return column.between(path, path + "~")


def add(contract_id: int, kind: Kind, name: str, parent: Row[Any] | None, **more: Any) -> Row[Any]:
    """Put a new place or thing into the tree; without an event (imports and `create` write it)."""
    _fits(kind, parent)
    asset_id = db.session.execute(
        insert(_assets)
        .values(
            contract_id=contract_id,
            kind=kind.value,
            name=name,
            parent_id=parent.id if parent else None,
            path="",
            trail=_trail(parent),
            created_at=clock.now(),
            **({"details": {}, "version": 1, "number": "", "use": "", "description": ""} | more),
        )
        .returning(_assets.c.id)
    ).scalar_one()
    path = f"{parent.path if parent else '/'}{asset_id}/"
    db.session.execute(update(_assets).where(_assets.c.id == asset_id).values(path=path))
    return found(contract_id, asset_id)


def create(by: Member, kind: Kind, name: str, parent: Row[Any] | None, **more: Any) -> Row[Any]:
    """Add a place by hand, with its event."""
    row = add(by.contract_id, kind, name, parent, **more)
    _tell("asset.added", row, by, {"kind": kind.value})
    return row


def edit(row: Row[Any], by: Member, version: int | None, **values: Any) -> Written:
    """Change what is known of a place; a new name is carried down to everything below it."""
    result = db.session.execute(
        update(_assets)
        .where(_assets.c.id == row.id, _assets.c.contract_id == row.contract_id)
        .where(_assets.c.version == (version or row.version))
        .values(version=_assets.c.version + 1, words=spelled({**row._mapping, **values}), **values)
    )
    if touched(result) != 1:
        raise Refused(
            Refusal(
                "asset.moved_on",
                N_("Somebody else changed this place meanwhile. Look at it and decide again."),
            ),
            status=409,
        )
    changed = found(row.contract_id, row.id)
    if changed.name != row.name:
        _rename_below(changed)
    return _tell("asset.edited", changed, by, {"fields": sorted(values)})


def _fits(kind: Kind, parent: Row[Any] | None) -> None:
    if kind in fitting(parent):
        return
    raise Refused(
        Refusal(
            "asset.does_not_fit",
            N_("That kind of place cannot stand there; choose another place above it."),
            where="kind",
        )
    )


def _trail(parent: Row[Any] | None) -> str:
    return SEPARATOR.join(filter(None, (parent.trail, parent.name))) if parent else ""


def _rename_below(row: Row[Any]) -> None:
    for child in children(row.contract_id, row.id):
        named = {"trail": _trail(row)}
        named["words"] = spelled({**child._mapping, **named})
        db.session.execute(update(_assets).where(_assets.c.id == child.id).values(named))
        _rename_below(found(row.contract_id, child.id))


def _tell(kind: str, row: Row[Any], by: Member, data: Mapping[str, Any]) -> Written:
    return record(Happened(row.contract_id, kind, "asset", row.id, by, asset_id=row.id, data=data))


def fitting(parent: Row[Any] | None) -> list[Kind]:
    """The kinds of places that can stand directly below `parent`, in the order of the tree."""
    allowed = CONTAINS[Kind(parent.kind)] if parent else frozenset(ROOTS)
    return [kind for kind in Kind if kind in allowed]


def search(contract_id: int, words: str, limit: int = 50) -> list[Row[Any]]:
    """Places whose name, numbers or surroundings hold every word, however it is spelled.

    What holds most comes first: somebody who names a house means the house before its rooms.
    """
    sought = folding.words(words)
    if not sought:
        return []
    asked = select(_assets).where(
        _assets.c.contract_id == contract_id,
        _assets.c.archived_at.is_(None),
        *(_assets.c.words.contains(word, autoescape=True) for word in sought),
    )
    ordered = asked.order_by(func.length(_assets.c.path), _assets.c.trail, _assets.c.name)
    return list(db.session.execute(ordered.limit(limit)))


def fill_words() -> None:
    """Give the places of an earlier version the words they are found by, in the caller's write."""
    bare = select(_assets).where(_assets.c.words == "")
    for row in db.session.execute(bare).all():
        words = spelled({**row._mapping})
        if words:
            db.session.execute(update(_assets).where(_assets.c.id == row.id).values(words=words))


def outline(contract_id: int) -> list[tuple[Row[Any] | None, list[Row[Any]]]]:
    """Levels from the lowest up, each with its rooms by number; what stands on no level comes last.

    At most 2,000 places: beyond that, search finds better than walking.
    """
    rows = list(
        db.session.execute(
            select(_assets)
            .where(
                _assets.c.contract_id == contract_id,
                _assets.c.archived_at.is_(None),
                _assets.c.kind != Kind.EQUIPMENT.value,
            )
            .order_by(_assets.c.trail, _assets.c.number, _assets.c.name)
            .limit(2000)
        )
    )
    levels = {row.id: row for row in rows if row.kind == Kind.LEVEL}
    held = {id_: [row for row in rows if row.parent_id == id_] for id_ in levels}
    rest = [r for r in rows if r.kind != Kind.LEVEL and r.parent_id not in levels]
    ordered = sorted(levels.values(), key=lambda row: (row.trail, elevation(row), row.name))
    groups: list[tuple[Row[Any] | None, list[Row[Any]]]] = [(r, held[r.id]) for r in ordered]
    return [*groups, (None, rest)] if rest else groups


def elevation(row: Row[Any]) -> float:
    """How high a level lies, in metres where the register says so."""
    try:
        return float((row.details or {}).get("elevation", 0))
    except (TypeError, ValueError):
        return 0.0


def kinds(contract_id: int) -> dict[Kind, int]:
    """How many places of each kind there are."""
    rows = db.session.execute(
        select(_assets.c.kind, func.count())
        .where(_assets.c.contract_id == contract_id, _assets.c.archived_at.is_(None))
        .group_by(_assets.c.kind)
    )
    counted = {Kind(kind): n for kind, n in rows}
    return {kind: counted[kind] for kind in Kind if kind in counted}
