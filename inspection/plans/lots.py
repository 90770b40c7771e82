"""Sampled lots: what was drawn, from what, and the same draw once more for whoever doubts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, Select, select

from inspection import web
from inspection.assets.models import Asset
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.plans import titles, walk
from inspection.plans.models import Lot
from inspection.rules import sampling
from inspection.visits import record
from inspection.visits.models import Visit
from inspection.web import MEMBER, allow

rooms = Blueprint("lots", __name__)

PAGE = 50
_lots, _visits, _assets = table(Lot), table(Visit), table(Asset)

_LOTS: Select[Any] = select(
    *(column for column in _lots.c if column.name not in ("population", "sample")),
    _assets.c.name.label("place_name"),
    _assets.c.trail,
).join_from(_lots, _assets, _lots.c.asset_id == _assets.c.id)


@rooms.get("/c/<contract>/lots")
@allow(MEMBER)
def every(contract: str) -> ResponseReturnValue:
    """All lots, the newest period first."""
    here, after = web.contract().id, web.whole(request.args.get("after", "")) or 0
    ordered = _LOTS.where(_lots.c.contract_id == here).order_by(
        _lots.c.period_from.desc(), _lots.c.id.desc()
    )
    rows = list(db.session.execute(ordered.offset(max(0, after)).limit(PAGE + 1)))
    return render_template(
        "plans/lots.html",
        rows=rows[:PAGE],
        after=after,
        more=after + PAGE if len(rows) > PAGE else None,
        size=PAGE,
        plans=titles.titles(here, "plan"),
    )


@dataclass(frozen=True)
class Unit:
    """One drawn place and the visit that looks at it, if that is still planned or was done."""

    number: int
    place: Row[Any] | None
    visit: Row[Any] | None
    stands: str


@rooms.get("/c/<contract>/lots/<int:lot>")
@allow(MEMBER)
def one(contract: str, lot: int) -> ResponseReturnValue:
    """One lot: its numbers, its rooms, its result; with `?again=1` drawn once more."""
    here = web.contract()
    row = found(here.id, lot)
    again = sampling.draw(row.population, row.size, row.seed) if "again" in request.args else None
    return render_template(
        "plans/lot.html",
        lot=row,
        plan=titles.titles(here.id, "plan").get(row.plan_key, row.plan_key),
        units=units(row, here.tz),
        again=again,
        names=_names(here.id, again or ()),
        same=again == list(row.sample),
        scale=agreements.scale,
    )


def found(contract_id: int, lot_id: int) -> Row[Any]:
    """The lot; 404 when this contract has none of that id."""
    asked = _LOTS.add_columns(_lots.c.population, _lots.c.sample).where(
        _lots.c.contract_id == contract_id, _lots.c.id == lot_id
    )
    row = db.session.execute(asked).first()
    if row is None:
        abort(404)
    return row


def units(lot: Row[Any], tz: str) -> list[Unit]:
    """The drawn places in the order of the draw, each with where it stands today."""
    today = record.today(tz)
    drawn = select(_visits).where(
        _visits.c.contract_id == lot.contract_id, _visits.c.lot_id == lot.id
    )
    visits = {row.asset_id: row for row in db.session.execute(drawn.order_by(_visits.c.id))}
    names = _names(lot.contract_id, lot.sample)
    return [
        Unit(n, names.get(asset), visits.get(asset), _stood(visits.get(asset), today))
        for n, asset in enumerate(lot.sample, 1)
    ]


def _stood(visit: Row[Any] | None, today: Any) -> str:
    if visit is None:
        return "planned"
    return record.stands(visit, today)


def _names(contract_id: int, ids: Sequence[int]) -> Mapping[int, Row[Any]]:
    """Places by id, in pieces that every database takes."""
    named: Select[Any] = select(_assets.c.id, _assets.c.name, _assets.c.trail)
    here, places = named.where(_assets.c.contract_id == contract_id), dict[int, Row[Any]]()
    for begin in range(0, len(ids), walk.AT_ONCE):
        some = here.where(_assets.c.id.in_(ids[begin : begin + walk.AT_ONCE]))
        places |= {row.id: row for row in db.session.execute(some)}
    return places
