"""Views of the queue under a name: one's own, those shared with a party, those shared with both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import abort
from sqlalchemy import Row, bindparam, case, delete, func, insert, or_, select, update

from inspection import clock
from inspection.db import db, table
from inspection.journal import Happened, record
from inspection.people.models import Membership, Person
from inspection.queue.models import SavedView
from inspection.queue.view import View
from inspection.rules.access import Member
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused

_saved, _members, _persons = table(SavedView), table(Membership), table(Person)

SHARED = ("ours", "both")
MOST = 50  # of one person

_OWN = _saved.c.member_id == bindparam("member")
_OURS = (_saved.c.shared == "ours") & (_members.c.party == bindparam("party"))
_TO_CHOOSE = (
    select(_saved, _persons.c.name.label("by"))
    .join_from(_saved, _members, _saved.c.member_id == _members.c.id)
    .join(_persons, _members.c.person_id == _persons.c.id)
    .where(
        _saved.c.contract_id == bindparam("contract"), or_(_OWN, _saved.c.shared == "both", _OURS)
    )
    .order_by(case((_OWN, 0), else_=1), _saved.c.position, func.lower(_saved.c.name))
    .limit(4 * MOST)
)
"""Asked for on every page of the queue, so built once."""


@dataclass(frozen=True)
class Saved:
    """A view as its reader sees it; `by` is whose it is, `query` the part of an address after `?`.

    `first`: the queue opens with it, for its owner.
    """

    id: int
    name: str
    query: str
    shared: str
    mine: bool
    by: str
    first: bool = False

    @property
    def view(self) -> View:
        """What it shows."""
        return read(self.query)


def read(query: str) -> View:
    """The view of an address's part after `?`; what is no longer known is left out."""
    return View.of(dict(parse_qsl(query)))


def of(member: Member) -> list[Saved]:
    """What a member may choose from: their own views in their order, then what is shared."""
    asked = {"contract": member.contract_id, "member": member.id, "party": member.party.value}
    rows = db.session.execute(_TO_CHOOSE, asked)
    return [
        Saved(row.id, row.name, row.query, row.shared, mine, row.by, mine and row.position == 0)
        for row in rows
        for mine in (row.member_id == member.id,)
    ]


def save(by: Member, name: str, query: str, shared: str = "") -> int:
    """Keep a view under a name; one's own of that name becomes this one. Its id."""
    before = db.session.execute(
        select(_saved.c.id, _saved.c.member_id).where(
            _saved.c.contract_id == by.contract_id,
            _saved.c.member_id == by.id,
            _saved.c.name == name,
        )
    ).first()
    content = {"name": name, "query": read(query).query(), "shared": shared}
    if before is not None:
        return _set(by, before.id, content)
    _room_for(by)
    now = clock.now()
    row = {
        "contract_id": by.contract_id,
        "member_id": by.id,
        "position": 1,
        "created_at": now,
        "changed_at": now,
    }
    view_id = int(
        db.session.execute(
            insert(_saved).values(**row, **content).returning(_saved.c.id)
        ).scalar_one()
    )
    _tell(by, "view.saved", view_id, {"shared": shared})
    return view_id


def change(by: Member, view_id: int, name: str, shared: str, first: bool) -> None:
    """Another name, other readers, or the one the queue opens with; 404 unless it is one's own."""
    row = own(by, view_id)
    twin = select(_saved.c.id).where(
        _saved.c.contract_id == by.contract_id,
        _saved.c.member_id == by.id,
        _saved.c.name == name,
        _saved.c.id != view_id,
    )
    if db.session.execute(twin).first() is not None:
        raise Refused(
            Refusal("view.name_taken", N_("You have a view of that name already."), where="name")
        )
    if first:
        db.session.execute(
            update(_saved)
            .where(_saved.c.contract_id == by.contract_id, _saved.c.member_id == by.id)
            .values(position=1)
        )
    _set(by, row.id, {"name": name, "shared": shared, "position": 0 if first else 1})


def drop(by: Member, view_id: int) -> None:
    """Delete one's own view; 404 for any other."""
    row = own(by, view_id)
    db.session.execute(delete(_saved).where(_saved.c.id == row.id))
    _tell(by, "view.deleted", row.id, {})


def own(member: Member, view_id: int) -> Row[Any]:
    """A view of this member; 404 when there is none with that id."""
    row = db.session.execute(
        select(_saved).where(
            _saved.c.contract_id == member.contract_id,
            _saved.c.member_id == member.id,
            _saved.c.id == view_id,
        )
    ).first()
    if row is None:
        abort(404)
    return row


def _set(by: Member, view_id: int, content: dict[str, Any]) -> int:
    db.session.execute(
        update(_saved)
        .where(_saved.c.contract_id == by.contract_id, _saved.c.id == view_id)
        .values(**content, changed_at=clock.now())
    )
    _tell(by, "view.changed", view_id, {"shared": content["shared"]})
    return view_id


def _room_for(by: Member) -> None:
    held = select(func.count()).where(
        _saved.c.contract_id == by.contract_id, _saved.c.member_id == by.id
    )
    if db.session.execute(held).scalar_one() >= MOST:
        raise Refused(
            Refusal(
                "view.too_many",
                N_("You keep %(number)s views already; delete one first."),
                {"number": MOST},
            )
        )


def _tell(by: Member, kind: str, view_id: int, data: dict[str, Any]) -> None:
    record(Happened(by.contract_id, kind, "saved_view", view_id, by, data=data))
