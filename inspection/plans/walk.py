"""The building as somebody walks it: site, building, level from below, then room by number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, select

from inspection.assets import tree
from inspection.assets.models import Asset, Kind
from inspection.db import db, table

_assets = table(Asset)
AT_ONCE = 5000  # places asked for in one statement
_DIGITS = re.compile(r"(\d+)")

Natural = tuple[tuple[int, int, str], ...]


def natural(text: str) -> Natural:
    """An order in which people read: room 2 before room 10, whatever stands between numbers."""
    parts = (part for part in _DIGITS.split(text.casefold()) if part.strip())
    return tuple((0, int(p[:18]), "") if p.isdecimal() else (1, 0, p.strip()) for p in parts)


@dataclass(frozen=True)
class Stretch:
    """What lies on one level (or directly in a house): its first rows, and how many there are."""

    level: Row[Any] | None
    rows: Sequence[Any]
    count: int
    places: int
    minutes: int

    @property
    def hidden(self) -> int:
        return self.count - len(self.rows)


class Walk:
    """The places of some rows, in the order somebody walks them.

    A row has `asset_id`, `place` (the path) and, for the time it takes, `minutes`.
    """

    def __init__(self, contract_id: int, paths: Iterable[str]) -> None:
        self._places = {row.id: row for row in _with_those_above(contract_id, paths)}
        self._orders: dict[int, tuple[Any, ...]] = {}

    def place(self, asset_id: int) -> Row[Any]:
        return self._places[asset_id]

    def order(self, path: str) -> tuple[Any, ...]:
        """Where a path comes on the walk."""
        return tuple(self._order(one) for one in _ids(path))

    def level(self, path: str) -> Row[Any] | None:
        """The level a place lies on; without one, the house or site that holds it."""
        return self.above(path, Kind.LEVEL)

    def above(self, path: str, kind: Kind) -> Row[Any] | None:
        """The nearest place of a kind that holds this one; without one, what holds it directly."""
        above = [self._places[one] for one in _ids(path)[:-1]]
        fitting = [one for one in above if one.kind == kind]
        return next(iter([*fitting[-1:], *above[-1:]]), None)

    def stretches(self, rows: Iterable[Any], most: int) -> list[Stretch]:
        """The rows by level along the walk; after `most` of them, levels say only how many."""
        ordered = sorted(rows, key=lambda row: (self.order(row.place), row.id))
        return list(self._cut(ordered, most))

    def _cut(self, ordered: Sequence[Any], most: int) -> Iterator[Stretch]:
        left = most
        for level, group in groupby(ordered, key=lambda row: self.level(row.place)):
            here = list(group)
            shown = here[:left]
            left -= len(shown)
            yield Stretch(
                level,
                shown,
                len(here),
                len({row.asset_id for row in here}),
                sum(row.minutes or 0 for row in here),
            )

    def _order(self, asset_id: int) -> tuple[Any, ...]:
        if asset_id not in self._orders:
            row = self._places[asset_id]
            high = tree.elevation(row) if row.kind == Kind.LEVEL else 0.0
            # a room among rooms: its number where it has one, else what its name begins with
            self._orders[asset_id] = (
                high,
                natural(row.number or row.name),
                natural(row.name),
                row.id,
            )
        return self._orders[asset_id]


def _ids(path: str) -> list[int]:
    return [int(part) for part in path.split("/") if part]


_COLUMNS: Select[Any] = select(
    _assets.c.id,
    _assets.c.kind,
    _assets.c.name,
    _assets.c.number,
    _assets.c.path,
    _assets.c.trail,
    _assets.c.details,
)


def _with_those_above(contract_id: int, paths: Iterable[str]) -> Iterator[Row[Any]]:
    ids = sorted({one for path in set(paths) for one in _ids(path)})
    here = _assets.c.contract_id == contract_id
    for begin in range(0, len(ids), AT_ONCE):
        some = ids[begin : begin + AT_ONCE]
        yield from db.session.execute(_COLUMNS.where(here, _assets.c.id.in_(some)))


HOUSES = (Kind.SITE.value, Kind.BUILDING.value)


def choices(contract_id: int, chosen: Row[Any] | None) -> list[tuple[int, str]]:
    """Sites and buildings to choose one from, and the levels of what is chosen: (id, words)."""
    asked = select(_assets.c.id, _assets.c.name, _assets.c.trail, _assets.c.path).where(
        _assets.c.contract_id == contract_id, _assets.c.archived_at.is_(None)
    )
    rows = list(db.session.execute(asked.where(_assets.c.kind.in_(HOUSES))))
    if chosen is not None:
        house = next((r.path for r in rows if chosen.path.startswith(r.path) and r.trail), "")
        below = tree.within(_assets.c.path, house or chosen.path)
        rows += db.session.execute(asked.where(_assets.c.kind == Kind.LEVEL.value, below))
    named = [
        (row.id, f"{row.trail}{tree.SEPARATOR}{row.name}" if row.trail else row.name)
        for row in rows
    ]
    return sorted(named, key=lambda one: natural(one[1]))


def chosen(contract_id: int, text: str) -> Row[Any] | None:
    """The place named in an address, None where none is; 404 when there is no such place."""
    return tree.found(contract_id, int(text)) if text.isascii() and text.isdecimal() else None
