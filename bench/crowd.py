"""A contract with as many actions as wanted, written in bulk; a door and a signed-in person."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from app import create_app
from inspection import clock, schema
from inspection.actions.models import Action
from inspection.assets import tree
from inspection.assets.models import Kind
from inspection.db import db, table, writing
from inspection.rules.access import Party
from inspection.rules.court import Turn, court
from inspection.rules.states import State
from tests.cast import Cast

OPEN_SHARE = 0.2
ROOMS = 2000


@dataclass(frozen=True)
class Crowd:
    """Where it lies and how to get in."""

    environ: dict[str, str]
    code: str
    cookie: str
    slug: str
    first_open: int


def gather(folder: Path, actions: int) -> Crowd:
    """A contract of `actions` actions, `OPEN_SHARE` of them open, with one fresh one first."""
    environ = {
        "TANDEM_DATA": str(folder),
        "TANDEM_SECRET": "a secret for the bench alone, long enough",
        "TANDEM_BASE_URL": "http://localhost",
    }
    app = create_app(environ)
    with app.app_context():
        schema.upgrade()
        cast = Cast.enters(app)
        client = cast.client("contractor.supervisor")
        _fill(cast, actions)
        with writing():
            db.session.execute(db.text("ANALYZE"))
        cookie = client.get_cookie("tandem", domain="localhost")
        assert cookie is not None
        return Crowd(environ, cast.harbour.codes["tap"], cookie.value, "harbour", 1)


def rooms(cast: Cast) -> list[Any]:
    """As many rooms as an ordinary customer has, and the tap of the door that is measured."""
    level = cast.harbour.places["level"]
    here = cast.harbour.contract.id
    with writing():
        root = tree.found(here, level.id)
        rooms = [tree.add(here, Kind.SPACE, f"Room {n}", root) for n in range(ROOMS)]
    return [*rooms, tree.found(here, cast.harbour.places["tap"].id)]


def _fill(cast: Cast, actions: int) -> None:
    chance = random.Random(7)
    here = cast.harbour
    places, categories = rooms(cast), list(here.categories.values())
    hands = [here.members["contractor.staff"].id, here.members["customer.staff"].id, None]
    now = clock.now()

    def one(number: int) -> dict[str, Any]:
        category, place = chance.choice(categories), chance.choice(places)
        open_now = chance.random() < OPEN_SHARE
        state = (
            chance.choice([State.RECEIVED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.FIXED])
            if open_now
            else State.CLOSED
        )
        received = now - timedelta(minutes=actions - number + chance.randint(1, 900))
        turn = court(Turn(state, Party(category.owner_party)))
        return {
            "contract_id": here.contract.id,
            "number": number,
            "asset_id": place.id,
            "place": place.path,
            "category_id": category.id,
            "title": f"{chance.choice(['Tap', 'Door', 'Lamp', 'Bin'])} {secrets.token_hex(4)}",
            "priority": chance.choice(["P1", "P2", "P3", "P3", "P3", "P4"]),
            "owner_party": str(category.owner_party),
            "assignee_id": chance.choice(hands),
            "depth": "correction",
            "state": state.value,
            "source": "report",
            "court": turn.value if turn else None,
            "court_since": received,
            "held": False,
            "listed": open_now,
            "received_at": received,
            "closed_at": None if open_now else received + timedelta(days=1),
            "outcome_text": "",
            "reopen_count": 0,
            "report_count": 1,
            "version": 1,
        }

    step = 5000
    for start in range(0, actions, step):
        with writing():
            rows = [one(n + 1) for n in range(start, min(actions, start + step))]
            db.session.execute(insert(table(Action)), rows)
    with writing():
        here.contract.next_number = actions + 1
        db.session.merge(here.contract)
