"""The counts beside the filters are exact after every change, and the same for both parties."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from sqlalchemy import select, update

from inspection import clock
from inspection.actions.models import Action
from inspection.db import db, table, writing
from inspection.queue import cube, listing
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


def test_depth_and_holds_are_counted_too(cast: Cast) -> None:
    here, numbers = cast.harbour.contract.id, [report(cast) for _ in range(3)]
    with writing():
        for number, values in (
            (numbers[0], {"depth": "corrective"}),
            (numbers[1], {"paused_at": clock.now()}),
        ):
            db.session.execute(update(_actions).where(_actions.c.number == number).values(**values))
    cube._known.clear()
    counts = cube.counts(View(), here)
    assert (counts[("depth", "corrective")], counts[("depth", "correction")]) == (1, 2)
    assert counts[("hold", "1")] == 1
    assert cube.counts(View(hold="1"), here).total == 1
    assert cube.counts(View(hold="1"), here)[("depth", "corrective")] == 0
    assert cube.count(View(assignee="none", depth="correction"), here) == 2


def test_more_than_can_be_counted_is_said_as_more_and_nothing_wrong_beside_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cube, "EXACT", 3)
    for _ in range(5):
        report(cast, "Tap drips", "leak")
    report(cast, "Tap drips", "equipment")
    here = cast.harbour.contract.id
    counts = cube.counts(View(q="drips"), here)
    assert counts.total == 4
    assert counts[("court", "contractor")] == 4
    assert counts[("court", "customer")] == 1
    assert counts[("category", "leak")] is None
    narrow = cube.counts(View(q="drips", category="equipment"), here)
    assert narrow.total == 1
    assert cube.counts(View(category="leak"), here).total == 5
    assert cube.counts(View(state="closed"), here).total == 0
    assert cube.counts(View(state="closed"), here)[("priority", "P3")] is None


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0"), (1000, "1,000"), (1001, "1,000+"), (98765, "1,000+"), (None, "")]
)
def test_counts_are_exact_to_a_thousand(n: int | None, words: str) -> None:
    assert listing.said(n) == words


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
