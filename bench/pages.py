"""The scan page, a report, a move and the queue against the bare app, under the same gunicorn."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import ExitStack
from itertools import count
from urllib.parse import urlencode

from bench.crowd import Crowd, gather
from bench.stage import Client, folder, medians, say, served

SMALL, LARGE = 1_000, 100_000


def run() -> None:
    with ExitStack() as stack:
        bare_folder, small, large = (stack.enter_context(folder()) for _ in range(3))
        few, many = gather(small, SMALL), gather(large, LARGE)
        bare_db = {"BARE_DB": str(bare_folder / "bare.sqlite3")}
        bare = stack.enter_context(served("bench.bare:create_app()", **bare_db))
        with_few = stack.enter_context(served("app:create_app()", **few.environ))
        with_many = stack.enter_context(served("app:create_app()", **many.environ))
        _scan(bare, with_many, many)
        _queue(bare, with_few, with_many, few, many)
        _writes(bare, with_many, many)


def _scan(bare: int, port: int, crowd: Crowd) -> None:
    base, door = Client(bare), Client(port)
    path = f"/Q/{crowd.code}"
    baseline, ours = medians(lambda: base.ask("GET", "/"), lambda: door.ask("GET", path))
    say("scan page", ours, baseline, "<= 2")
    print(f"  compressed: {door.length} bytes, promised 14,336")


def _queue(bare: int, few_port: int, many_port: int, few: Crowd, many: Crowd) -> None:
    base = Client(bare)
    small, large = (
        Client(port, Cookie=f"tandem={crowd.cookie}")
        for port, crowd in ((few_port, few), (many_port, many))
    )
    path = f"/c/{many.slug}/queue"
    filtered = f"{path}?court=contractor&priority=P3&category=leak"
    baseline, at_few, at_many, with_filter = medians(
        lambda: base.ask("GET", "/"),
        lambda: small.ask("GET", path),
        lambda: large.ask("GET", path),
        lambda: large.ask("GET", filtered),
        each=15,
        warm=10,
    )
    say(f"queue of {LARGE:,}, first page", at_many, baseline, "<= 5")
    say(f"queue of {LARGE:,} against {SMALL:,}", at_many, at_few, "<= 1.2")
    say(f"queue of {LARGE:,}, three filters", with_filter, baseline, "<= 6")
    fresh = Client(many_port, Cookie=f"tandem={many.cookie}")
    number = count(1)

    def after_a_change() -> float:
        _comment(fresh, many, next(number))
        return large.ask("GET", path)

    changed, unfiltered = medians(after_a_change, lambda: large.ask("GET", path), rounds=4, each=8)
    say(f"queue of {LARGE:,}, just after a change", changed, baseline, "beside the goal")
    say("  the same, nothing happened since", unfiltered, baseline, "<= 5")


def _comment(staff: Client, crowd: Crowd, number: int) -> float:
    form = {"text": "Seen it", "submission_key": secrets.token_hex(16)}
    url = f"/c/{crowd.slug}/actions/{number}/comments"
    return staff.ask("POST", url, urlencode(form), expect=303)


def _startable(crowd: Crowd) -> list[int]:
    """The actions that the contractor can start."""
    path = f"{crowd.environ['TANDEM_DATA']}/tandem.sqlite3"
    with sqlite3.connect(path, timeout=20) as database:
        rows = database.execute(
            "SELECT number FROM action WHERE listed AND owner_party = 'contractor'"
            " AND state IN ('received', 'acknowledged')"
        )
        return [number for (number,) in rows]


def _forget_budgets(crowd: Crowd) -> None:
    path = f"{crowd.environ['TANDEM_DATA']}/tandem.sqlite3"
    with sqlite3.connect(path, timeout=20) as database:
        database.execute("DELETE FROM budget")


def _writes(bare: int, port: int, crowd: Crowd) -> None:
    base, door = Client(bare), Client(port)
    staff = Client(port, Cookie=f"tandem={crowd.cookie}")
    words = urlencode({"words": "The tap drips"})

    sent = count()

    def report() -> float:
        if next(sent) % 15 == 0:  # else the budgets would hold the flood back
            _forget_budgets(crowd)
        form = {
            "category": "leak",
            "words": "The tap drips",
            "submission_key": secrets.token_hex(16),
        }
        return door.ask("POST", f"/Q/{crowd.code}/reports", urlencode(form), expect=303)

    number = iter(_startable(crowd))

    def start() -> float:
        url = f"/c/{crowd.slug}/actions/{next(number)}/start"
        form = {"version": "1", "submission_key": secrets.token_hex(16)}
        return staff.ask("POST", url, urlencode(form), expect=303)

    baseline, reported, moved = medians(
        lambda: base.ask("POST", "/insert", words, expect=201), report, start, each=15, warm=10
    )
    say("report posted, durable", reported, baseline, "<= 3")
    say("a move on an action, durable", moved, baseline, "<= 3")
