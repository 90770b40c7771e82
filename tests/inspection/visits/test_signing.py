"""What counts as a signature, and how it is kept beside the visit."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from inspection import clock
from inspection.db import db, table, writing
from inspection.rules.access import Party
from inspection.rules.refusal import Refusal
from inspection.visits import signing
from inspection.visits.models import Signature, Visit
from inspection.web import Refused
from tests.cast import Cast

STROKES = "M10 20L30.5 40L-3 199M 100,20 L 120,22"


@pytest.mark.parametrize("drawn", [STROKES, "M1,2L3,4", "M 1 2 L 3 4 L 5 6", "M0 0L600 200"])
def test_a_path_of_lines_is_a_signature(drawn: str) -> None:
    assert signing.strokes(f" {drawn}\n") == drawn


@pytest.mark.parametrize("drawn", ["", "  ", "M10 20", "M1 2M3 4"])
def test_nothing_drawn_is_no_signature(drawn: str) -> None:
    assert signing.strokes(drawn) == ""


@pytest.mark.parametrize(
    "drawn",
    [
        "M1 2C3 4 5 6 7 8",
        "L1 2M3 4",
        '"><script>alert(1)</script>',
        "M1 2L3",
        "M1e9 2L3 4",
        "M1 2L3 4Z",
        "M99999 2L3 4",
        "M1 2L٣ 4",
        "M1 2" + "L3 4" * 6000,
    ],
)
def test_anything_but_lines_in_the_box_is_refused(drawn: str) -> None:
    assert isinstance(signing.strokes(drawn), Refusal)


def _visit(cast: Cast) -> Any:
    here, visits = cast.harbour, table(Visit)
    with writing():
        db.session.execute(
            insert(visits).values(
                contract_id=here.contract.id,
                checklist_key="room",
                asset_id=here.places["kitchen"].id,
                place=here.places["kitchen"].path,
                state="submitted",
                party="contractor",
                draft={},
                created_at=clock.now(),
            )
        )
    return db.session.execute(select(visits)).one()


def _sign(visit: Any, name: str, member: int | None, strokes: str) -> Any:
    with writing():
        made = signing.sign(visit, Party.CUSTOMER, name, member, strokes, clock.now())
    kept = table(Signature)
    return db.session.execute(select(kept).where(kept.c.id == made)).one()


def test_a_typed_name_signs_where_nothing_can_be_drawn(cast: Cast) -> None:
    row = _sign(_visit(cast), "  Ida   Holm ", None, "")
    assert (row.name, row.strokes, row.party, row.member_id) == ("Ida Holm", "", "customer", None)


def test_a_member_who_gives_no_name_signs_with_their_own(cast: Cast) -> None:
    member = cast.harbour.members["customer.staff"]
    row = _sign(_visit(cast), "", member.id, STROKES)
    assert (row.name, row.member_id, row.strokes) == ("Staff Customer", member.id, STROKES)


def test_neither_strokes_nor_a_name_sign_nothing(cast: Cast) -> None:
    with pytest.raises(Refused, match=r"signature\.nobody"):
        _sign(_visit(cast), " ", None, "")


def test_who_signed_is_told_for_many_visits_at_once(cast: Cast) -> None:
    visit = _visit(cast)
    _sign(visit, "Ida", None, "")
    here = cast.harbour.contract.id
    assert signing.signed_by(here, [visit.id, 9999]) == {
        visit.id: frozenset({Party.CUSTOMER}),
        9999: frozenset(),
    }
