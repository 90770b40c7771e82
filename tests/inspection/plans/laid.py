"""Visits, rooms and lots as tests need them, put straight into the tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from inspection import clock
from inspection.assets import tree
from inspection.assets.models import Kind
from inspection.db import db, table, writing
from inspection.plans.models import Lot
from inspection.rules import sampling
from inspection.visits import record
from inspection.visits.models import Visit
from tests.cast import PROMISES, ROOM, Setting, agreed

DAY = timedelta(days=1)
CONTROL = "kitchen"
"""The checklist ROOM, by its key."""


def today(here: Setting) -> date:
    return record.today(here.contract.tz)


def checklist(here: Setting, key: str = CONTROL, **changes: Any) -> int:
    """Put a checklist like ROOM in force, with the promises it is about."""
    agreed(here, "requirements", PROMISES)
    return agreed(here, "checklist", {**ROOM, **changes}, subject=key)


def visit(here: Setting, place: Any, **columns: Any) -> int:
    """A planned visit of a place that is due today, unless `columns` say otherwise; its id."""
    now = today(here)
    asset = here.places[place] if isinstance(place, str) else place
    row = {
        "contract_id": here.contract.id,
        "checklist_key": CONTROL,
        "asset_id": asset.id,
        "place": asset.path,
        "state": "planned",
        "due_from": now - DAY,
        "due_on": now,
        "minutes": 7,
        "draft": {},
        "created_at": clock.now(),
    }
    with writing():
        kept = insert(table(Visit)).values(row | columns).returning(table(Visit).c.id)
        return int(db.session.execute(kept).scalar_one())


def done(here: Setting, place: Any, who: str = "contractor.staff", **columns: Any) -> int:
    """A visit that somebody submitted just now."""
    member = here.members[who]
    facts = {
        "state": "submitted",
        "due_from": None,
        "due_on": None,
        "party": member.party.value,
        "inspector_id": member.id,
        "submitted_at": clock.now(),
        "started_at": clock.now(),
        "level": 4,
        "score": 9000,
    }
    return visit(here, place, **(facts | columns))


def level(here: Setting, name: str, rooms: list[str]) -> list[Any]:
    """One more level of the building with its rooms."""
    with writing():
        house = tree.found(here.contract.id, here.places["building"].id)
        above = tree.add(here.contract.id, Kind.LEVEL, name, house)
        return [tree.add(here.contract.id, Kind.SPACE, room, above) for room in rooms]


def drawn(here: Setting, population: list[int], plan_id: int, **columns: Any) -> int:
    """A lot of these places, drawn as the rules draw, within the caller's write; its id."""
    plan, seed = sampling.plan_for(len(population), "4.0"), "5eed"
    row = {
        "contract_id": here.contract.id,
        "plan_key": "rounds",
        "plan_id": plan_id,
        "asset_id": here.places["building"].id,
        "period_from": date(2026, 11, 1),
        "period_to": date(2026, 11, 30),
        "population": population,
        "aql": "4.0",
        "letter": plan.letter,
        "size": plan.size,
        "accept": plan.accept,
        "reject": plan.reject,
        "seed": seed,
        "sample": sampling.draw(population, plan.size, seed),
        "drawn_at": clock.now(),
    }
    kept = insert(table(Lot)).values(row | columns).returning(table(Lot).c.id)
    return int(db.session.execute(kept).scalar_one())


def lot(here: Setting, population: list[int], plan_id: int, **columns: Any) -> int:
    """The same, in a write of its own."""
    with writing():
        return drawn(here, population, plan_id, **columns)


def found(model: Any, **columns: Any) -> list[Any]:
    """The rows of a table with these values."""
    rows = table(model)
    same = [rows.c[name] == value for name, value in columns.items()]
    db.session.rollback()
    return list(db.session.execute(select(rows).where(*same).order_by(rows.c.id)))
