"""Plants a building register in the tree: everything it names, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, insert

from inspection.assets import tree
from inspection.assets.cobie import Key, Reading, TypeRead
from inspection.assets.models import AssetType
from inspection.db import db, table
from inspection.journal import Happened, record
from inspection.rules.access import Member

_types = table(AssetType)


def plant(contract_id: int, reading: Reading, by: Member | None = None) -> Mapping[Key, Row[Any]]:
    """Add every place of a reading, parents first, with one event; the asset rows by COBie key.

    Raises ValueError when the reading has problems: a register is never half imported.
    """
    if reading.problems:
        raise ValueError(f"{len(reading.problems)} rows of the register cannot be read")
    types = _plant_types(contract_id, reading.types)
    planted: dict[Key, Row[Any]] = {}
    for place in reading.places:
        planted[place.key] = tree.add(
            contract_id,
            place.kind,
            place.name,
            planted[place.parent] if place.parent else None,
            type_id=types.get(place.type_name),
            **place.values,
        )
    record(
        Happened(
            contract_id,
            "assets.imported",
            "contract",
            contract_id,
            by,
            data={"places": len(planted), "types": len(types)},
        )
    )
    return planted


def _plant_types(contract_id: int, types: Iterable[TypeRead]) -> dict[str, int]:
    return {
        each.name: db.session.execute(
            insert(_types)
            .values(
                contract_id=contract_id,
                name=each.name,
                category=each.category,
                manufacturer=each.manufacturer,
                model=each.model,
                warranty_months=each.warranty_months,
            )
            .returning(_types.c.id)
        ).scalar_one()
        for each in types
    }
