"""The counts beside the filters are exact after every change, and the same for both parties."""

from __future__ import annotations

import random
from collections import Counter

from sqlalchemy import select

from inspection.actions.models import Action
from inspection.db import db, table
from inspection.queue import cube
from inspection.queue.view import View
from tests.cast import Cast, posted
from tests.inspection.queue.test_story import report

_actions = table(Action)


def counted(cast: Cast, name: str, column: str) -> Counter[str]:
    """The slow way: every open row, one by one."""
    rows = db.session.execute(
        select(_actions.c[column]).where(
            _actions.c.contract_id == cast.harbour.contract.id, _actions.c.listed
        )
    ).scalars()
    return Counter(str(value) if value else "none" for value in rows)


def assert_exact(cast: Cast) -> None:
    db.session.rollback()
    counts = cube.counts(View(), cast.harbour.contract.id)
    for name, column in (
        ("court", "court"),
        ("state", "state"),
        ("priority", "priority"),
        ("owner", "owner_party"),
        ("assignee", "assignee_id"),
    ):
        slow = counted(cast, name, column)
        quick = {value: n for (what, value), n in counts.items() if what == name and n}
        assert quick == dict(slow), name


def test_the_counts_follow_every_move(cast: Cast) -> None:
    chance = random.Random(11)
    url, lead = cast.harbour.url, cast.client("contractor.supervisor")
    worker, other = cast.client("contractor.staff"), cast.client("customer.supervisor")
    hand = cast.harbour.members["contractor.staff"].id
    numbers = [report(cast, f"No. {n}", chance.choice(["leak", "cleaning"])) for n in range(8)]
    assert_exact(cast)
    for number in numbers:
        act = f"{url}/actions/{number}"
        posted(lead, f"{act}/acknowledgement", category="leak", priority="P2", assignee=hand)
        if chance.random() < 0.7:
            posted(worker, f"{act}/start")
            posted(worker, f"{act}/fix", text="done")
        if chance.random() < 0.5:
            posted(other, f"{act}/acceptance")
        assert_exact(cast)
    posted(other, f"{url}/actions/{numbers[0]}/merge", master=numbers[1])
    assert_exact(cast)


def test_a_filter_counts_the_others_as_they_would_be(cast: Cast) -> None:
    for category in ("leak", "leak", "equipment"):
        report(cast, category=category)
    counts = cube.counts(View(court="contractor"), cast.harbour.contract.id)
    assert counts[("court", "contractor")] == 2
    assert counts[("court", "customer")] == 1
    assert counts[("category", "leak")] == 2
    assert counts[("category", "equipment")] == 0


def test_words_and_place_narrow_the_counts(cast: Cast) -> None:
    report(cast, "Tap drips", place="tap")
    report(cast, "Lamp blinks", place="hall")
    here = cast.harbour.contract.id
    assert cube.count(View(q="drips"), here) == 1
    assert cube.count(View(place=str(cast.harbour.places["hall"].id)), here) == 1
    assert cube.count(View(place=str(cast.harbour.places["level"].id)), here) == 2
    assert cube.count(View(), here) == 2


def test_both_parties_see_the_same_counts_and_rows(cast: Cast) -> None:
    for category in ("leak", "equipment", "cleaning"):
        report(cast, category=category)
    import re

    pages = [
        cast.client(who).get(f"{cast.harbour.url}/queue").text
        for who in ("customer.supervisor", "contractor.staff")
    ]
    rows = [sorted(re.findall(r'queue__number number">(\d+)', page)) for page in pages]
    assert rows[0] == rows[1] == ["1", "2", "3"]
