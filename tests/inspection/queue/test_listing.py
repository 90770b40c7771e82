"""Every order of the queue is whole: page after page, each row once, empty values last."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from inspection import clock
from inspection.actions.models import Action
from inspection.db import db, table, writing
from inspection.queue import listing
from inspection.queue.view import CLOSED_SORTS, DUES, GROUPS, SORTS, View
from inspection.rules.states import Depth, Source
from inspection.web import at_cursor, cursor
from tests.cast import Cast
from tests.inspection.queue.test_story import report

_actions = table(Action)


def crowd(cast: Cast, n: int = 40) -> list[Any]:
    """Open actions that differ in everything they can be put in order by; their rows."""
    chance, now = random.Random(5), clock.now()
    hands = [cast.harbour.members[f"{p}.staff"].id for p in ("contractor", "customer")]
    for number in range(n):
        report(cast, f"No. {number}", chance.choice(["leak", "doors", "cleaning"]), "tap")
    with writing():
        for number in range(1, n + 1):
            place = chance.choice([cast.harbour.places[key] for key in ("tap", "hall", "kitchen")])
            db.session.execute(
                update(_actions)
                .where(
                    _actions.c.contract_id == cast.harbour.contract.id, _actions.c.number == number
                )
                .values(
                    asset_id=place.id,
                    place=place.path,
                    priority=chance.choice(["P1", "P2", "P3"]),
                    assignee_id=chance.choice([*hands, None]),
                    due_at=chance.choice([None, now + timedelta(hours=chance.randint(-9, 200))]),
                    court_since=now - timedelta(minutes=chance.randint(0, 5)),
                    received_at=now - timedelta(minutes=chance.randint(0, 9)),
                )
            )
    rows = db.session.execute(
        select(_actions).where(_actions.c.contract_id == cast.harbour.contract.id)
    )
    return list(rows)


def walked(view: View, contract_id: int, size: int = 7) -> list[Any]:
    """All rows of a view, cursor after cursor, as a person turns the pages."""
    found: list[Any] = []
    after = None
    while True:
        page = listing.page(view, contract_id, after, size)
        found += page.rows
        if page.after is None:
            return found
        after = at_cursor(cursor(page.after))


@pytest.mark.parametrize("size", [1, 7, 100])
def test_every_order_shows_every_row_once_however_long_its_pages(cast: Cast, size: int) -> None:
    here, everything = cast.harbour.contract.id, {row.id for row in crowd(cast, 25)}
    for sort in SORTS:
        for desc in ("", "1"):
            for group in ("", *GROUPS):
                view = View.of({"sort": sort, "desc": desc, "group": group})
                ids = [row.id for row in walked(view, here, size)]
                assert len(ids) == len(everything), view
                assert set(ids) == everything, view


def test_an_order_runs_by_its_column_and_what_is_empty_comes_last(cast: Cast) -> None:
    crowd(cast)
    here = cast.harbour.contract.id
    columns = {
        "due": "due_at",
        "received": "received_at",
        "waiting": "court_since",
        "place": "place",
        "category": "category_id",
        "number": "number",
        "assignee": "assignee",
        "priority": "priority",
    }
    for sort, column in columns.items():
        for desc in ("", "1"):
            values = [
                getattr(r, column) for r in walked(View.of({"sort": sort, "desc": desc}), here)
            ]
            held = [value for value in values if value is not None]
            assert held == sorted(held, reverse=bool(desc)), (sort, desc)
            assert values[: len(held)] == held, (sort, desc)


def test_groups_hold_together_and_keep_the_order_inside(cast: Cast) -> None:
    crowd(cast)
    here = cast.harbour.contract.id
    for group in ("place", "category", "due"):
        view = View.of({"group": group, "sort": "number", "desc": "1"})
        parts = listing.groups(walked(view, here), view, here)
        keys = [key for key, _ in parts]
        assert len(keys) == len(set(keys)) > 1, group
        if group != "due":
            for _, rows in parts:
                numbers = [row.number for row in rows]
                assert numbers == sorted(numbers, reverse=True)
    late_first = listing.groups(walked(View(group="due"), here), View(group="due"), here)
    assert [key for key, _ in late_first] == ["late", "today", "week", "later", "none"][
        : len(late_first)
    ] or late_first[0][0] == "late"


def test_what_is_closed_comes_latest_first_and_in_no_order_that_would_sort_history(
    cast: Cast,
) -> None:
    now = clock.now()
    for number in [report(cast) for _ in range(5)]:
        ended = now + timedelta(minutes=number)
        _set(cast, number, state="closed", listed=False, court=None, closed_at=ended)
    here = cast.harbour.contract.id
    for sort, expected in (("", [5, 4, 3, 2, 1]), ("number", [1, 2, 3, 4, 5])):
        rows = walked(View.of({"state": "closed", "sort": sort}), here, 2)
        assert [row.number for row in rows] == expected
    turned = walked(View.of({"state": "closed", "desc": "1"}), here, 2)
    assert [row.number for row in turned] == [1, 2, 3, 4, 5]
    for sort in set(SORTS) - set(CLOSED_SORTS):
        assert View.of({"state": "closed", "sort": sort}).sort == ""


def test_a_cursor_that_is_nonsense_begins_at_the_top(cast: Cast) -> None:
    crowd(cast, 9)
    here = cast.harbour.contract.id
    first = [row.id for row in listing.page(View(), here, size=3).rows]
    for nonsense in ([], ["all"], ["all", "P9"], [1, 2], ["none", "x", {}], [["all"], None, 3]):
        assert [row.id for row in listing.page(View(), here, nonsense, 3).rows] == first
    report(cast)
    client = cast.client("customer.staff")
    for text in ("x", "W10", cursor(["due", "never", 1]), cursor([None])):
        answer = client.get(f"{cast.harbour.url}/queue?court=contractor&due=none&after={text}")
        assert answer.status_code == 200


def test_a_view_is_read_from_its_address_and_written_back_the_same() -> None:
    given = {
        "due": "late",
        "depth": "corrective",
        "source": "repeat",
        "hold": "1",
        "repeat": "1",
        "breached": "1",
        "requirement": "R-1",
        "parent": "17",
        "sort": "due",
        "desc": "1",
        "group": "place",
        "columns": "number,what,due,reports",
    }
    view = View.of(given)
    assert view.address == given
    assert view.shown_columns == ("number", "what", "due", "reports")
    assert set(view.presentation) == {"sort", "desc", "group", "columns"}
    assert not set(view.active) & set(view.presentation)
    assert View.of({"columns": "due,nonsense,number"}).columns == "number,what,due"
    assert View.of({"sort": "priority", "hold": "2", "due": "never", "parent": "x"}) == View()
    assert View().query() == "all=1"


def _set(cast: Cast, number: int, **values: Any) -> None:
    with writing():
        db.session.execute(
            update(_actions)
            .where(_actions.c.contract_id == cast.harbour.contract.id, _actions.c.number == number)
            .values(**values)
        )


def test_every_filter_shows_what_it_says(cast: Cast) -> None:
    now, here = clock.now(), cast.harbour.contract.id
    one, two, three = (report(cast) for _ in range(3))
    _set(cast, one, due_at=now - timedelta(hours=1), breached=True, depth=Depth.CORRECTIVE.value)
    _set(cast, two, due_at=now + timedelta(days=3), paused_at=now, source=Source.REPEAT.value)
    first = listing.page(View(), here).rows[0]
    _set(cast, three, repeat_until=now + timedelta(days=9), parent_id=first.id)
    for filters, expected in (
        ({"due": "late"}, {one}),
        ({"due": "week"}, {two}),
        ({"due": "today"}, set()),
        ({"due": "none"}, {three}),
        ({"breached": "1"}, {one}),
        ({"depth": "corrective"}, {one}),
        ({"hold": "1"}, {two}),
        ({"source": "repeat"}, {two}),
        ({"repeat": "1"}, {three}),
        ({"parent": str(first.number)}, {three}),
        ({"parent": "99"}, set()),
        ({"requirement": "R-1"}, set()),
    ):
        found = {row.number for row in listing.page(View.of(filters), here).rows}
        assert found == expected, filters
    assert set(DUES) == {"late", "today", "week", "none"}
