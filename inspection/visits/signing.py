"""Signing on the glass: what is accepted as a signature, and keeping it beside the visit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from inspection.db import db, table
from inspection.people.models import Membership, Person
from inspection.rules.access import Party
from inspection.rules.refusal import N_, Refusal
from inspection.visits.models import Signature
from inspection.web import accepted

LARGEST = 20 * 1024  # bytes of strokes; a long name with flourishes has 6,000
BOX = (600, 200)
NAME_LIMIT = 120

_signatures, _members, _persons = table(Signature), table(Membership), table(Person)
_NUMBER = r"-?\d{1,4}(?:\.\d{1,3})?"
_POINT = rf"\s?{_NUMBER}[ ,]{_NUMBER}\s?"
# Every repetition begins with its own letter, so that no text is read in two ways.
_STROKES = re.compile(rf"(?:M{_POINT}(?:L{_POINT})*)+", re.ASCII)


def strokes(given: str) -> str | Refusal:
    """The strokes as they are kept: an SVG path of M, L and numbers; "" where nothing was drawn.

    A path of nothing but points ("M 1 1") is a touch by mistake, not a signature.
    """
    path = given.strip()
    if not path:
        return ""
    if len(path) > LARGEST or not _STROKES.fullmatch(path):
        return Refusal(
            "signature.strokes",
            N_("The signature could not be read. Clear it and sign once more, or type the name."),
        )
    return path if "L" in path else ""


def sign(
    visit: Row[Any], party: Party, name: str, member_id: int | None, given: str, at: datetime
) -> int:
    """Keep that somebody of `party` signed `visit`; the id of the signature.

    `given` are the strokes on the glass; without any, the typed name is the signature. A member
    who gives no name signs with their own. Raises `Refused` when there is neither.
    """
    drawn = accepted(strokes(given))
    named = " ".join(name.split())[:NAME_LIMIT] or _name_of(visit.contract_id, member_id)
    accepted(_signed(drawn, named))
    row = {
        "contract_id": visit.contract_id,
        "visit_id": visit.id,
        "party": party.value,
        "name": named,
        "member_id": member_id,
        "strokes": drawn,
        "signed_at": at,
    }
    kept = insert(_signatures).values(row).returning(_signatures.c.id)
    return int(db.session.execute(kept).scalar_one())


def _signed(drawn: str, named: str) -> Refusal | None:
    if drawn or named:
        return None
    return Refusal(
        "signature.nobody", N_("Sign on the glass, or type the name of who signs."), where="signed"
    )


def _name_of(contract_id: int, member_id: int | None) -> str:
    """The name of a member, "" for anybody else."""
    asked = (
        select(_persons.c.name)
        .join_from(_members, _persons)
        .where(_members.c.contract_id == contract_id, _members.c.id == member_id)
    )
    return str(db.session.execute(asked).scalar() or "")[:NAME_LIMIT]


def signed_by(contract_id: int, visits: Iterable[int]) -> Mapping[int, frozenset[Party]]:
    """The parties that have signed each of these visits; a visit nobody signed has none."""
    asked = select(_signatures.c.visit_id, _signatures.c.party).where(
        _signatures.c.contract_id == contract_id, _signatures.c.visit_id.in_(ids := list(visits))
    )
    found: dict[int, set[Party]] = {one: set() for one in ids}
    for row in db.session.execute(asked):
        found[row.visit_id].add(Party(row.party))
    return {one: frozenset(parties) for one, parties in found.items()}
