"""A lot for both parties: its numbers, its rooms, and the same draw once more."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import update

from inspection.db import db, table, writing
from inspection.plans.models import Lot
from tests.cast import POLICY, Cast, agreed
from tests.inspection.plans.laid import done, found, level, lot, visit

WHO = "customer.staff"


@pytest.fixture
def drawn(cast: Cast) -> Any:
    """Forty rooms of which thirteen are drawn."""
    here = cast.harbour
    rooms = level(here, "Level 3", [f"3.{n:02} Office" for n in range(1, 41)])
    plan = agreed(here, "sla_policy", POLICY)  # any agreement stands for the plan's version
    made = lot(here, [room.id for room in rooms], plan)
    return found(Lot, id=made)[0]


def _page(cast: Cast, address: str) -> str:
    answer = cast.client(WHO).get(f"{cast.harbour.url}/{address}")
    assert answer.status_code == 200
    return str(answer.text)


def test_the_list_says_how_far_each_lot_is(cast: Cast, drawn: Any) -> None:
    page = _page(cast, "lots")
    assert "0 of 13 inspected" in page
    assert "0 below standard, 1 allowed" in page
    assert "running" in page


def test_no_lot_says_what_to_do(cast: Cast) -> None:
    assert "No sample was drawn yet" in _page(cast, "lots")


def test_drawing_again_gives_the_same_rooms(cast: Cast, drawn: Any) -> None:
    assert "the same 13 places" in _page(cast, f"lots/{drawn.id}?again=1")
    assert "Drawn again" not in _page(cast, f"lots/{drawn.id}")


def test_a_room_chosen_by_hand_is_told(cast: Cast, drawn: Any) -> None:
    other = next(one for one in drawn.population if one not in drawn.sample)
    with writing():
        chosen = update(table(Lot)).values(sample=[other, *drawn.sample[1:]])
        db.session.execute(chosen)
    page = _page(cast, f"lots/{drawn.id}?again=1")
    assert "other places came out" in page
    assert "the same 13 places" not in page


def test_the_two_lines_by_hand_give_the_drawn_rooms(drawn: Any) -> None:
    by_hand = sorted(
        drawn.population, key=lambda i: hashlib.sha256(f"{drawn.seed}:{i}".encode()).hexdigest()
    )
    assert by_hand[: drawn.size] == list(drawn.sample)


def test_each_drawn_room_says_where_its_visit_stands(cast: Cast, drawn: Any) -> None:
    here = cast.harbour
    rooms = {room.id: room for room in _rooms(drawn)}
    bad, waiting = (rooms[one] for one in drawn.sample[:2])
    done(here, bad, lot_id=drawn.id, level=2)
    visit(here, waiting, lot_id=drawn.id)
    page = _page(cast, f"lots/{drawn.id}")
    assert page.count("counts as below standard") == 1
    assert page.count("<span>due</span>") == 1
    assert page.count("<span>planned</span>") == 11


def _rooms(drawn: Any) -> list[Any]:
    from inspection.assets.models import Asset

    return found(Asset, contract_id=drawn.contract_id)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("accepted", "so the whole lot is accepted"),
        ("rejected", "so the whole lot is rejected"),
        ("incomplete", "nothing can be said of the lot"),
    ],
)
def test_a_lot_says_its_result_apart_from_the_score(
    cast: Cast, drawn: Any, result: str, words: str
) -> None:
    with writing():
        db.session.execute(update(table(Lot)).values(result=result))
    page = _page(cast, f"lots/{drawn.id}")
    assert words in page
    assert "apart from the score" in page


def test_no_form_lets_anybody_choose_a_room(cast: Cast, drawn: Any) -> None:
    page = _page(cast, f"lots/{drawn.id}?again=1").partition("<main")[2]
    assert "<form" not in page
    rules = [one for one in cast.app.url_map.iter_rules() if "/lots" in one.rule]
    assert {method for one in rules for method in one.methods or ()} <= {"GET", "HEAD", "OPTIONS"}


def test_a_lot_of_another_contract_is_not_there(cast: Cast, drawn: Any) -> None:
    client = cast.client(WHO, cast.elsewhere)
    assert client.get(f"{cast.elsewhere.url}/lots/{drawn.id}").status_code == 404
