"""Many rows in one go, beside the bare page and as many bare inserts with their commits."""

from __future__ import annotations

import secrets
import sqlite3
import statistics
from contextlib import ExitStack
from urllib.parse import urlencode

from bench.crowd import Crowd, gather
from bench.stage import Client, folder, served

ROWS, ACTIONS = 500, 20_000
GOAL = 2.0  # seconds


def _received(crowd: Crowd) -> list[int]:
    """Actions that the contractor's supervisor can acknowledge."""
    path = f"{crowd.environ['TANDEM_DATA']}/tandem.sqlite3"
    with sqlite3.connect(path, timeout=20) as database:
        rows = database.execute(
            "SELECT number FROM action WHERE listed AND owner_party = 'contractor'"
            " AND state = 'received' LIMIT ?",
            (ROWS,),
        )
        return [number for (number,) in rows]


def _hand(crowd: Crowd) -> int:
    path = f"{crowd.environ['TANDEM_DATA']}/tandem.sqlite3"
    with sqlite3.connect(path, timeout=20) as database:
        found = database.execute(
            "SELECT id FROM membership WHERE party = 'contractor' AND role = 'staff' ORDER BY id"
        )
        return int(found.fetchone()[0])


def _go(staff: Client, crowd: Crowd, rows: list[str], what: str, **fields: object) -> float:
    pairs = [("what", what), ("submission_key", secrets.token_hex(16))]
    pairs += [("action", row) for row in rows] + [(k, str(v)) for k, v in fields.items()]
    return staff.ask("POST", f"/c/{crowd.slug}/queue/bulk", urlencode(pairs), expect=303)


def run() -> None:
    with ExitStack() as stack:
        bare_folder, place = (stack.enter_context(folder()) for _ in range(2))
        crowd = gather(place, ACTIONS)
        database = {"BARE_DB": str(bare_folder / "bare.sqlite3")}
        bare = Client(stack.enter_context(served("bench.bare:create_app()", **database)))
        port = stack.enter_context(served("app:create_app()", **crowd.environ))
        staff = Client(port, Cookie=f"tandem={crowd.cookie}")
        words = urlencode({"words": "The tap drips"})
        page = statistics.median(bare.ask("GET", "/") for _ in range(200))
        inserts = sum(bare.ask("POST", "/insert", words, expect=201) for _ in range(ROWS))
        numbers = _received(crowd)
        seen, known = ([f"{number}:{version}" for number in numbers] for version in (1, 2))
        _go(staff, crowd, ["1:99"], "acknowledge")  # the process has seen one before
        goes = {
            "acknowledge": _go(staff, crowd, seen, "acknowledge"),
            "assign": _go(staff, crowd, known, "assign", assignee=_hand(crowd)),
        }
        for what, took in goes.items():
            ratios = f"{took / inserts:5.2f} x as many bare inserts, {took / page:,.0f} bare pages"
            print(f"{what} {len(numbers)} rows: {took:5.2f} s, goal {GOAL:.0f} s; {ratios}")


if __name__ == "__main__":
    run()
