"""How long tick takes with 100,000 open clocks, 1,000 of them due: `python -m bench.tick`.

Half of those that are due warn, half are breached; each is a row of the action, one of the clock,
an event of the chain, its notices, its words in the search, and a line in the mails to those who
lead; what a mail server takes is left out. The baseline does the least one could do for as many:
one row changed and one event written, each in a transaction of its own that is on the disk when it
ends.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from app import create_app
from bench.stage import folder, say
from inspection import clock, schema, tick
from inspection.actions.models import Action, Clock
from inspection.db import db, table, writing
from inspection.people.models import Mail
from inspection.queue import search
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed

OPEN, DUE = 100_000, 1_000
TIMES = 40  # looks at nothing
_actions, _clocks = table(Action), table(Clock)


def action(cast: Cast, number: int, next_at: datetime, terms: dict[str, int]) -> dict[str, Any]:
    """An action at work whose clock has its next moment at `next_at`."""
    here, now = cast.harbour, clock.now()
    place, category = here.places["kitchen"], here.categories["leak"]
    return {
        "contract_id": here.contract.id,
        "number": number,
        "asset_id": place.id,
        "place": place.path,
        "category_id": category.id,
        "title": f"Tap {number} drips",
        "priority": "P3",
        "owner_party": "contractor",
        "assignee_id": here.members["contractor.staff"].id,
        "state": "in_progress",
        "policy_id": terms["sla_policy"],
        "calendar_id": terms["calendar"],
        "court": "contractor",
        "court_since": now - timedelta(days=3),
        "received_at": now - timedelta(days=3),
        "responded_at": now - timedelta(days=3),
        "next_at": next_at,
        "depth": "correction",
        "source": "report",
        **dict.fromkeys(("outcome_text", "containment"), ""),
        **dict.fromkeys(("held", "breached"), False),
        **dict.fromkeys(("report_count", "version", "generation"), 1),
        **dict.fromkeys(("court_customer", "court_contractor", "court_nobody"), 0),
        "reopen_count": 0,
        "listed": True,
    }


def timekeeper(row: Any, warned: bool) -> dict[str, Any]:
    """The clock of an action: about to warn, or warned and about to be breached."""
    begun = row.next_at - timedelta(days=2)
    return {
        "contract_id": row.contract_id,
        "action_id": row.id,
        "kind": "fix",
        "party": "contractor",
        "started_at": begun,
        "minutes": 960,
        "business": True,
        "pauses": [],
        "due_at": row.next_at if warned else row.next_at + timedelta(days=1),
        "warn_at": row.next_at - timedelta(days=1) if warned else row.next_at,
        "warned_at": row.next_at - timedelta(days=1) if warned else None,
        "step": 0,
    }


def fill(cast: Cast, first: int, count: int, next_at: datetime, terms: dict[str, int]) -> None:
    """Put `count` actions there, each with one clock."""
    for start in range(first, first + count, 5_000):
        numbers = range(start, min(start + 5_000, first + count))
        with writing():
            db.session.execute(insert(_actions), [action(cast, n, next_at, terms) for n in numbers])
            asked = select(_actions.c.id, _actions.c.contract_id, _actions.c.next_at)
            rows = db.session.execute(asked.where(_actions.c.number.in_(numbers))).all()
            db.session.execute(
                insert(_clocks), [timekeeper(row, bool(n % 2)) for n, row in enumerate(rows)]
            )


def bare(path: Path) -> float:
    """Seconds for `DUE` transactions of one update and one insert each."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, state TEXT)")
    database.execute("CREATE TABLE happened (id INTEGER PRIMARY KEY, thing INTEGER, what TEXT)")
    database.executemany("INSERT INTO thing VALUES (?, 'runs')", [(n,) for n in range(DUE)])
    began = time.perf_counter()
    for number in range(DUE):
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE thing SET state = 'late' WHERE id = ?", (number,))
        database.execute("INSERT INTO happened (thing, what) VALUES (?, 'late')", (number,))
        database.execute("COMMIT")
    took = time.perf_counter() - began
    database.close()
    return took


def ticked() -> float:
    """Seconds until nothing is due any more."""
    began, done = time.perf_counter(), 0
    with redirect_stdout(StringIO()):  # there the mails go
        while found := tick.due_now():
            done += found
    took = time.perf_counter() - began
    assert done == DUE + db.session.query(Mail).count(), done
    return took


def looked() -> float:
    """Seconds of one look that finds nothing."""
    began = time.perf_counter()
    assert tick.due_now() == 0
    return time.perf_counter() - began


def measure() -> tuple[float, float, float]:
    """Seconds of a tick with `DUE` things due, of one with nothing due, and of the baseline."""
    with folder() as data:
        environ = {"TANDEM_DATA": str(data), "TANDEM_BASE_URL": "http://localhost"}
        app = create_app(environ | {"TANDEM_SECRET": "a secret for the bench alone, long enough"})
        with app.app_context():
            schema.upgrade()
            return _measured(data, Cast.enters(app))


def _measured(data: Path, cast: Cast) -> tuple[float, float, float]:
    terms = {
        "sla_policy": agreed(cast.harbour, "sla_policy", POLICY),
        "calendar": agreed(cast.harbour, "calendar", CALENDAR_DK),
    }
    now = clock.now()
    fill(cast, 1, DUE, now - timedelta(minutes=1), terms)
    search.fill()
    fill(cast, DUE + 1, OPEN - DUE, now + timedelta(days=20), terms)
    with writing():
        db.session.execute(db.text("ANALYZE"))
    tick.due_now(limit=0)  # says that it lives, sweeps
    return ticked(), median(looked() for _ in range(TIMES)), bare(data / "bare.sqlite3")


def main() -> None:
    """Print both figures beside the baseline."""
    full, empty, baseline = measure()
    say(f"tick, {DUE:,} of {OPEN:,} clocks due", full, baseline, "about 2 s")
    say("tick, nothing due", empty, baseline, "about 20 ms")


if __name__ == "__main__":
    main()
