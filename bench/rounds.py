"""How long a year of due visits takes for 35,000 places: `python -m bench.rounds`.

A plan for every month and one for every year, laid out as tick and `plan-visits` do it: in small
transactions, each looking at what is there. The baseline puts the same rows of the same table, with
its indexes, as bare executemany inserts, in as many transactions.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from app import create_app
from bench.stage import folder
from inspection import clock, schema
from inspection.assets.models import Asset, Kind
from inspection.db import db, reading, table, writing
from inspection.plans import laying
from inspection.plans.laying import Laid
from inspection.visits.models import Visit
from tests.cast import PROMISES, ROOM, Cast, Setting, agreed

PLACES, GOAL = 35_000, 60.0
PLANS = {"monthly": "FREQ=MONTHLY;BYMONTHDAY=1", "yearly": "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1"}
_assets, _visits = table(Asset), table(Visit)


def _places(here: Setting) -> None:
    level = here.places["level"]
    rows = [
        {
            "contract_id": here.contract.id,
            "kind": Kind.SPACE.value,
            "name": f"Room {n}",
            "parent_id": level.id,
            "trail": f"{level.trail} › {level.name}",
            "words": f"room {n}",
            "details": {},
            "version": 1,
            **dict.fromkeys(("path", "number", "use", "description", "serial"), ""),
            **dict.fromkeys(("tag_number", "asset_identifier"), ""),
            "created_at": clock.now(),
        }
        for n in range(PLACES - 2)  # the small building has two already
    ]
    with writing():
        db.session.execute(insert(_assets), rows)
        own = level.path + db.func.cast(_assets.c.id, db.String) + "/"
        db.session.execute(update(_assets).where(_assets.c.path == "").values(path=own))


def _plan(here: Setting, name: str, rule: str) -> None:
    body = {
        "title": name,
        "checklist": "kitchen",
        "scope": {"root": here.places["site"].id, "kinds": ["space"]},
        "frequency": {"kind": "fixed", "rrule": rule, "start": "2026-01-01"},
    }
    agreed(here, "plan", body, subject=name)


def _said(started: float) -> Any:
    last = [started]

    def say(laid: Laid) -> None:
        if time.perf_counter() - last[0] > 5:
            last[0] = time.perf_counter()
            print(f"  {laid.places:,} of {PLACES:,} places, {laid.laid:,} visits", flush=True)

    return say


def _laid(here: Setting, name: str) -> tuple[float, Laid]:
    started = time.perf_counter()
    laid = laying.lay_out(here.contract.id, name, progress=_said(started))
    return time.perf_counter() - started, laid


def _bare(path: Path, table_: str, batch: int) -> float:
    """The same rows into an empty table of the same schema, nothing looked at."""
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        rows = database.execute(f"SELECT * FROM {table_} ORDER BY id").fetchall()
        database.execute("PRAGMA foreign_keys=OFF")
        database.execute(f"DELETE FROM {table_}")
        database.execute("PRAGMA foreign_keys=ON")
        marks = ", ".join("?" for _ in rows[0])
        started = time.perf_counter()
        for first in range(0, len(rows), batch):
            database.execute("BEGIN IMMEDIATE")
            some = rows[first : first + batch]
            database.executemany(f"INSERT INTO {table_} VALUES ({marks})", some)
            database.execute("COMMIT")
        return time.perf_counter() - started


def run() -> None:
    with folder() as place:
        app = create_app(
            {
                "TANDEM_DATA": str(place),
                "TANDEM_SECRET": "a secret for the bench alone, long enough",
                "TANDEM_BASE_URL": "http://localhost",
            }
        )
        with app.app_context():
            schema.upgrade()
            here = Cast.enters(app).harbour
            agreed(here, "requirements", PROMISES)
            agreed(here, "checklist", ROOM, subject="kitchen")
            _places(here)
            total = 0.0
            for name, rule in PLANS.items():
                _plan(here, name, rule)
                took, laid = _laid(here, name)
                again, none = _laid(here, name)
                total += took
                rate = laid.laid / took
                print(
                    f"{name}: {laid.laid:,} visits of {laid.places:,} places in {took:.1f} s"
                    f" ({rate:,.0f} a second); again {again:.1f} s, {none.laid} new"
                )
            with reading():
                count = db.session.execute(select(func.count()).select_from(_visits)).scalar_one()
            db.session.remove()
            db.engine.dispose()
        bare = _bare(place / "tandem.sqlite3", "visit", laying.BATCH)
        ratio = f"{total / bare:.2f} x {bare:.1f} s for as many bare inserts"
        print(f"a year of {count:,} visits: {total:.1f} s, goal {GOAL:.0f} s; {ratio}")


if __name__ == "__main__":
    run()
