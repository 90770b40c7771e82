"""The queue of a person with 200 rows: every order, a saved view, a search; a million behind it."""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import insert

from app import create_app
from bench.crowd import rooms
from bench.stage import Client, folder, medians, say, served
from inspection import clock, schema
from inspection.actions.models import Action
from inspection.db import db, table, writing
from inspection.queue.view import SORTS
from tests.cast import Cast

SMALL, LARGE = 1_000, 1_000_000
OPEN = 20_000
MORE_OPEN = 100_000
WORDS = ("tap", "door", "lamp", "bin", "lift", "window", "socket", "drain")

_FILL = """
INSERT INTO action ({columns})
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {actions})
SELECT {values} FROM n
CROSS JOIN action like_this ON like_this.id = {like_this}
JOIN bench_place p ON p.i = (x * 2654435761 >> 7) % {places}
JOIN bench_category c ON c.i = (x * 2654435761 >> 9) % {categories}
"""
_WORDS = """
INSERT INTO action_words (contract_id, action_id, listed, words)
SELECT a.contract_id, a.id, a.listed, a.number || ' ' || lower(a.title) || ' room ' || a.asset_id
FROM action a WHERE a.id NOT IN (SELECT action_id FROM action_words)
"""
_MOMENT = "strftime('%Y-%m-%d %H:%M:%S', '{now}', '-' || {minutes} || ' minutes') || '.000000'"


class Crowd:
    """A contract with many actions, of which `listed` stand in the queue, and a way in."""

    def __init__(self, path: Path, actions: int, listed: int) -> None:
        self.path = path
        self.environ = {
            "TANDEM_DATA": str(path),
            "TANDEM_SECRET": "a secret for the bench alone, long enough",
            "TANDEM_BASE_URL": "http://localhost",
        }
        app = create_app(self.environ)
        with app.app_context():
            schema.upgrade()
            cast = Cast.enters(app)
            cookie = cast.client("contractor.supervisor").get_cookie("tandem", domain="localhost")
            assert cookie is not None
            self.cookie, self.url = cookie.value, f"{cast.harbour.url}/queue"
            self.category = "leak"
            began = time.perf_counter()
            _fill(cast, path, actions, listed)
            db.session.remove()
            db.engine.dispose()
        took = time.perf_counter() - began
        print(f"  {actions:,} actions, {listed:,} open: filled in {took:.1f} s")

    def client(self, port: int) -> Client:
        return Client(port, Cookie=f"tandem={self.cookie}")

    def open_more(self, listed: int) -> None:
        """Let more of the history be open again."""
        with sqlite3.connect(self.path / "tandem.sqlite3", timeout=60) as raw:
            raw.execute(
                "UPDATE action SET listed = 1, state = 'received', court = owner_party,"
                " closed_at = NULL WHERE id IN"
                " (SELECT id FROM action WHERE NOT listed ORDER BY id DESC LIMIT ?)",
                (listed,),
            )
            raw.execute(
                "UPDATE action_words SET listed = 1 WHERE NOT listed AND action_id IN"
                " (SELECT id FROM action WHERE listed)"
            )
            raw.execute("ANALYZE")


def _like_this(cast: Cast) -> int:
    """One row as the product writes it; what is filled in bulk differs from it in a few columns."""
    here, place = cast.harbour, cast.harbour.places["tap"]
    now = clock.now()
    with writing():
        return int(
            db.session.execute(
                insert(table(Action))
                .values(
                    contract_id=here.contract.id,
                    number=LARGE * 10,
                    asset_id=place.id,
                    place=place.path,
                    category_id=here.categories["leak"].id,
                    title="Tap",
                    priority="P3",
                    owner_party="contractor",
                    state="received",
                    court="contractor",
                    court_since=now,
                    received_at=now,
                    report_count=1,
                )
                .returning(table(Action).c.id)
            ).scalar_one()
        )


def _fill(cast: Cast, path: Path, actions: int, listed: int) -> None:
    """Rows straight into the tables: a closed past needs no journal to be read past."""
    places = [(row.id, row.path) for row in rooms(cast)]
    categories = [(c.id, str(c.owner_party)) for c in cast.harbour.categories.values()]
    hand = cast.harbour.members["contractor.staff"].id
    like_this, now = _like_this(cast), f"{clock.now():%Y-%m-%d %H:%M:%S}"
    db.session.remove()
    every = max(1, actions // listed)
    age = f"({actions} - x)"
    received = _MOMENT.format(now=now, minutes=age)
    word = " ".join(f"WHEN {i} THEN '{w.title()}'" for i, w in enumerate(WORDS))
    is_open = f"(x % {every} = 0)"
    due = _MOMENT.format(now=now, minutes="((x * 37) % 20000 - 12000)")
    values = {
        "number": "x",
        "asset_id": "p.id",
        "place": "p.path",
        "category_id": "c.id",
        "owner_party": "c.owner",
        "court": f"CASE WHEN {is_open} THEN c.owner END",
        "title": f"CASE (x * 2654435761 >> 11) % {len(WORDS)} {word} END"
        " || ' ' || printf('%08x', x * 2654435761)",
        "priority": "'P' || (1 + (x * 2654435761 >> 13) % 4)",
        "assignee_id": f"CASE WHEN (x * 2654435761 >> 5) % 3 = 0 THEN {hand} END",
        "state": f"CASE WHEN {is_open} THEN 'received' ELSE 'closed' END",
        "listed": is_open,
        "received_at": received,
        "court_since": received,
        "due_at": f"CASE WHEN {is_open} AND (x * 2654435761 >> 15) % 7 THEN {due} END",
        "breached": f"({is_open} AND (x * 37) % 20000 > 12000)",
        "closed_at": f"CASE WHEN NOT {is_open} THEN {received} END",
        "fixed_at": f"CASE WHEN NOT {is_open} THEN {received} END",
    }
    names = [column.name for column in table(Action).columns if column.name != "id"]
    statement = _FILL.format(
        columns=", ".join(names),
        values=", ".join(values.get(name, f"like_this.{name}") for name in names),
        actions=actions,
        like_this=like_this,
        places=len(places),
        categories=len(categories),
    )
    with sqlite3.connect(path / "tandem.sqlite3", timeout=60) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA cache_size = -400000")
        for name, column, rows in (
            ("place", "path", places),
            ("category", "owner", categories),
        ):
            raw.execute(f"CREATE TEMP TABLE bench_{name} (i INTEGER PRIMARY KEY, id, {column})")
            numbered = [(i, *row) for i, row in enumerate(rows)]
            raw.executemany(f"INSERT INTO bench_{name} VALUES (?, ?, ?)", numbered)
        raw.execute(statement)
        raw.execute("DELETE FROM action WHERE id = ?", (like_this,))
        raw.execute("UPDATE contract SET next_number = ? WHERE slug = 'harbour'", (actions + 1,))
        raw.execute(_WORDS)
        raw.execute(
            "INSERT INTO clock (contract_id, action_id, kind, party, started_at, minutes, business,"
            " pauses, due_at, warn_at, step) SELECT contract_id, id, 'fix', owner_party,"
            " received_at, 60, 0, '[]', due_at, due_at, 0 FROM action WHERE due_at IS NOT NULL"
        )
        raw.execute("ANALYZE")


def run() -> None:
    with ExitStack() as stack:
        bare_folder, small, large = (stack.enter_context(folder()) for _ in range(3))
        few, many = Crowd(small, SMALL, SMALL // 50), Crowd(large, LARGE, OPEN)
        bare = stack.enter_context(
            served("bench.bare:create_app()", BARE_DB=str(bare_folder / "bare.sqlite3"))
        )
        with ExitStack() as once:
            with_few = once.enter_context(served("app:create_app()", **few.environ))
            with_many = once.enter_context(served("app:create_app()", **many.environ))
            _measure(f"{LARGE:,}, {OPEN:,} open", bare, with_many, many, (with_few, few))
        many.open_more(MORE_OPEN - OPEN)
        with served("app:create_app()", **many.environ) as with_more:
            _measure(f"{LARGE:,}, {MORE_OPEN:,} open", bare, with_more, many)


def _addresses() -> dict[str, tuple[str, str]]:
    """What is asked: name, what stands after `?`, and the goal against the bare app."""
    late = "due=late&priority=P2&category=leak&sort=due"
    return {
        "first page": ("", "<= 5"),
        **{f"by {sort}": (f"sort={sort}&court=contractor", "<= 5") for sort in SORTS[1:]},
        "groups of places": ("group=place&sort=due", "<= 5"),
        "a saved view, three filters": (late, "<= 5"),
        "closed": ("state=closed", "<= 5"),
        "search, one word in eight": ("q=lamp", "<= 6"),
        "search, two words, sorted": ("q=lamp+room&sort=due", "<= 6"),
    }


def _measure(
    title: str, bare: int, port: int, crowd: Crowd, few: tuple[int, Crowd] | None = None
) -> None:
    """Each page as it is asked for again, and as the first after a change somewhere."""
    print(f"queue of {title}")
    base, page, writer = Client(bare), crowd.client(port), crowd.client(port)
    small = few[1].client(few[0]) if few else None
    number = count(1)
    for name, (query, goal) in _addresses().items():
        address = f"{crowd.url}?{query}" if query else crowd.url

        def ours(path: str = address) -> float:
            return page.ask("GET", path)

        def after_a_change(path: str = address) -> float:
            _comment(writer, crowd, next(number))
            return page.ask("GET", path)

        tasks = [lambda: base.ask("GET", "/"), ours, after_a_change]
        if small is not None:
            tasks.append(lambda path=address: small.ask("GET", path))
        bare_time, warm, fresh, *at_few = medians(*tasks, rounds=2, each=7, warm=3)
        say(f"  {name}", warm, bare_time, goal)
        say("    just after a change", fresh, bare_time, "beside the goal")
        for one in at_few:
            say(f"    against {SMALL:,}", warm, one, "<= 1.2")


def _comment(staff: Client, crowd: Crowd, number: int) -> None:
    form = {"text": "Seen it", "submission_key": secrets.token_hex(16)}
    url = f"{crowd.url.removesuffix('/queue')}/actions/{number}/comments"
    staff.ask("POST", url, urlencode(form), expect=303)


if __name__ == "__main__":
    run()
