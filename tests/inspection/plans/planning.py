"""Plans to test with: agreed by both, laid out, and read back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from inspection.assets.models import Asset
from inspection.checklists import agreed as checklists
from inspection.db import db, reading, table, writing
from inspection.plans import laying
from inspection.plans.laying import Laid
from inspection.visits.models import Visit
from tests.cast import PROMISES, ROOM, Setting, agreed

WEEKLY = {"kind": "fixed", "rrule": "FREQ=WEEKLY;BYDAY=MO", "start": "2026-01-05"}
MONTHLY = {"kind": "fixed", "rrule": "FREQ=MONTHLY;BYMONTHDAY=1", "start": "2026-01-01"}
FLOATING = {"kind": "floating", "days": 30}
WET: dict[str, Any] = {"clean": 4, "dry": "fail", "why_wet": "a pipe", "heat": 55}
"""A room whose critical item failed: level 2 at most."""
SO_SO: dict[str, Any] = {"clean": 3, "dry": "pass", "heat": 55}
"""A room at level 3."""
_visits, _assets = table(Visit), table(Asset)


def at(text: str) -> datetime:
    """A moment at the place, like "2026-03-02 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Copenhagen"))


def plan(here: Setting, **changes: Any) -> dict[str, Any]:
    """The body of a plan for the rooms of the small building: its kitchen and its hall."""
    return {
        "title": "Rooms",
        "checklist": "room",
        "scope": {"root": here.places["site"].id, "kinds": ["space"]},
        "frequency": WEEKLY,
        **changes,
    }


def sign(here: Setting, key: str = "rooms", **changes: Any) -> int:
    """Have both parties agree on a plan (and, first, on its checklist); its version's id."""
    if checklists.named(here.contract.id, "room") is None:
        with writing():  # the building is older than the times at which these tests play
            db.session.execute(update(_assets).values(created_at=at("2025-01-01 08:00")))
        agreed(here, "requirements", PROMISES)
        agreed(here, "checklist", ROOM, subject="room")
    return agreed(here, "plan", plan(here, **changes), subject=key)


def lay(here: Setting, key: str = "rooms", until: date | None = None, batch: int = 7) -> Laid:
    """One pass, in small steps."""
    return laying.lay_out(here.contract.id, key, until, batch)


def visits(here: Setting, key: str = "rooms", place: str | None = None) -> list[Any]:
    """The visits of a plan, by day."""
    asked = select(_visits).where(
        _visits.c.contract_id == here.contract.id, _visits.c.plan_key == key
    )
    if place:
        asked = asked.where(_visits.c.asset_id == here.places[place].id)
    with reading():
        return list(db.session.execute(asked.order_by(_visits.c.due_on, _visits.c.asset_id)))


def days(here: Setting, key: str = "rooms", place: str | None = None) -> list[str]:
    """The days on which visits of a plan are due."""
    return [row.due_on.isoformat() for row in visits(here, key, place)]
