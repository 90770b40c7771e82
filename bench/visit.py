"""Submitting a visit of 200 answers and 20 findings: `python -m bench.visit`.

The baseline is the very rows that it left behind (answers, findings, actions, clocks, events, their
texts, notices, words of the search), put bare into a copy of the same database by the driver: one
`executemany` for each table, one transaction, `synchronous=FULL`.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select

from app import create_app
from bench.stage import folder, say
from inspection import schema
from inspection.checklists.agreed import CHECKLIST
from inspection.db import Model, db, table, writing
from inspection.rules.checklist import Answer
from inspection.visits import starting, submitting
from inspection.visits.filled import Filled
from inspection.visits.models import Visit
from tests.cast import CALENDAR_DK, POLICY, PROMISES, Cast, agreed

ITEMS, FINDINGS, ROUNDS = 200, 20, 25
_visits = table(Visit)
TABLES = [
    one for one in Model.metadata.sorted_tables if "id" in one.c or one.name == "action_words"
]


def checklist() -> dict[str, Any]:
    """As long as a whole floor: levels, passes, readings and words in turn."""
    kinds = ("level", "pass_fail", "number", "text")
    return {
        "title": "A whole floor",
        "kinds": ["space"],
        "category": "cleaning",
        "items": [
            {
                "key": f"item_{n}",
                "kind": kinds[n % len(kinds)],
                "label": {"en": f"Point {n} of the floor", "da": f"Punkt {n}"},
                "requirement": "8.C.1.a" if n % 3 else "8.C.2",
                "low": 0 if kinds[n % len(kinds)] == "number" else None,
            }
            for n in range(ITEMS)
        ],
    }


def answers() -> dict[str, Answer]:
    """Every tenth point is a finding: a level 2, a fail, a reading below the limit."""
    fine: dict[int, Any] = {0: 4, 1: "pass", 2: 20, 3: "As it was"}
    bad: dict[int, Any] = {0: 2, 1: "fail", 2: -1}
    found = [n for n in range(ITEMS) if n % 4 != 3][:: ITEMS * 3 // 4 // FINDINGS][:FINDINGS]
    return {
        f"item_{n}": Answer(
            bad[n % 4], note=f"What is wrong at point {n}, in the words of a person."
        )
        if n in found
        else Answer(fine[n % 4])
        for n in range(ITEMS)
    }


def _key(one: Any) -> Any:
    return one.c.id if "id" in one.c else one.c.action_id


def _newest() -> dict[str, int]:
    with db.engine.connect() as look:
        return {
            one.name: look.execute(select(func.coalesce(func.max(_key(one)), 0))).scalar_one()
            for one in TABLES
        }


def _left(database: Path, before: dict[str, int]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that came since, by table, in an order that foreign keys allow."""
    with sqlite3.connect(database) as look:
        return {
            one.name: look.execute(
                f"SELECT * FROM {one.name} WHERE {_key(one).name} > ?", (before[one.name],)
            ).fetchall()
            for one in TABLES
        }


def _copy(database: Path, to: Path) -> None:
    to.unlink(missing_ok=True)
    with sqlite3.connect(database) as source, sqlite3.connect(to) as target:
        source.backup(target)


def _bare(database: Path, rows: dict[str, list[tuple[Any, ...]]], visit: tuple[Any, ...]) -> float:
    """Put the rows into a copy; the visit itself is changed, as it was."""
    bare = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        bare.execute(f"PRAGMA {pragma}")
    columns = [column.name for column in _visits.columns]
    change = f"UPDATE visit SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"
    its_id = visit[columns.index("id")]
    began = time.perf_counter()
    bare.execute("BEGIN IMMEDIATE")
    bare.execute(change, (*visit, its_id))
    for name, some in rows.items():
        if some:
            places = ", ".join("?" * len(some[0]))
            bare.executemany(f"INSERT INTO {name} VALUES ({places})", some)
    bare.execute("COMMIT")
    took = time.perf_counter() - began
    bare.close()
    return took


def measure(place: Path) -> tuple[float, float, dict[str, int]]:
    """Seconds of a submission and of its baseline, taken in turns; the rows of each table."""
    app = create_app(
        {
            "TANDEM_DATA": str(place),
            "TANDEM_SECRET": "a secret for the bench alone, long enough",
            "TANDEM_BASE_URL": "http://localhost",
        }
    )
    database, copy = place / "tandem.sqlite3", place / "copy.sqlite3"
    ours, bare, counted = [], [], {}
    with app.app_context():
        schema.upgrade()
        cast = Cast.enters(app)
        here, by = cast.harbour, cast.harbour.members["contractor.staff"]
        agreed(here, "sla_policy", POLICY)
        agreed(here, "calendar", CALENDAR_DK)
        agreed(here, "requirements", PROMISES)
        agreed(here, CHECKLIST, checklist(), subject="floor")
        filled = Filled(answers())
        for _ in range(ROUNDS):
            with writing():
                made = starting.begin(by, here.contract.id, here.places["kitchen"].id, "floor")
            before = _newest()
            _copy(database, copy)
            began = time.perf_counter()
            with writing():
                done = submitting.submit(by, made, filled)
            ours.append(time.perf_counter() - began)
            assert len(done.findings) == FINDINGS
            rows = _left(database, before)
            with sqlite3.connect(database) as look:
                visit = look.execute("SELECT * FROM visit WHERE id = ?", (made,)).fetchone()
            bare.append(_bare(copy, rows, visit))
            counted = {name: len(some) for name, some in rows.items() if some}
    return median(ours), median(bare), counted


def run() -> None:
    with folder() as place:
        ours, bare, counted = measure(place)
    say(f"a visit of {ITEMS} answers, {FINDINGS} findings", ours, bare, "<= 3")
    print("   rows: " + ", ".join(f"{name} {count}" for name, count in counted.items()))


if __name__ == "__main__":
    run()
