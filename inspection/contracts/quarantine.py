"""Work of somebody who may not any more: kept for those who lead here, and applied to nothing.

What waited on a phone while its person was removed, or was given another role, was done in good
faith. It is received like any other form and shown to neither them nor the staff; leads of both
parties take it over in their own name, or discard it with a reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Index, Row, String, Text, bindparam, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from inspection import budgets, clock
from inspection.contracts.models import Contract
from inspection.db import InContract, db, in_contract, table
from inspection.idempotency import Done, made_at, once, pairs
from inspection.journal import Happened, record
from inspection.people.models import Membership, Person
from inspection.photos import evidence, manifest
from inspection.rules.access import RIGHTS, Member, Party, Role
from inspection.web import SAFE, current, files, wants_json
from inspection.web.answers import ACTOR

MOST, DAY = 200, 24 * 3600  # forms that one person can leave here in a day


class Quarantine(InContract, kw_only=True):
    """A form that came too late for its sender: all it said, and what became of it.

    `meant`: the right that it takes; `number`: of the action it was about, if of any. Its photos
    hang on it until they are taken over.
    """

    __tablename__ = "quarantine"
    __table_args__ = in_contract(
        Index(None, "contract_id", "decided_at"),
        member_id="membership",
        decided_by="membership",
    )
    member_id: Mapped[int]  # under which it was done
    path: Mapped[str] = mapped_column(String(300))
    meant: Mapped[str] = mapped_column(String(20))
    number: Mapped[int | None] = mapped_column(default=None)
    fields: Mapped[list[Any]]
    made_at: Mapped[datetime | None] = mapped_column(default=None)
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[int | None] = mapped_column(default=None)
    taken_over: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")


_kept, _members, _persons = table(Quarantine), table(Membership), table(Person)
_contracts = table(Contract)
_BEFORE = (
    select(_members.c.id, _members.c.contract_id, _members.c.party, _members.c.role)
    .join_from(_members, _contracts, _members.c.contract_id == _contracts.c.id)
    .where(
        _contracts.c.slug == bindparam("slug"),
        _members.c.person_id == bindparam("person"),
        _members.c.ended_at.is_not(None),
    )
    .order_by(_members.c.ended_at.desc())
)


def instead(slug: str, role: Role | None) -> ResponseReturnValue | None:
    """The receipt for a form that waited on the phone of a person who may not any more.

    `role`: theirs in the contract now, None for none. None when they may, never could, or this is
    no such form: then nothing tells a contract they left from one that never was.
    """
    right = _waited()
    if right is None or (role is not None and role in RIGHTS[right].roles):
        return None
    person = current().person
    asked = {"slug": slug, "person": person.id if person else 0}
    before = [one for one in db.session.execute(_BEFORE, asked) if one.role in RIGHTS[right].roles]
    return _keep(before[0], right) if before else None


def _waited() -> str | None:
    """The right that the form of this request takes, when it comes from the phone it waited on."""
    person = current().person
    named = request.headers.get(ACTOR) == str(person.id if person else "")
    if request.method in SAFE or not named or "Idempotency-Key" not in request.headers:
        return None
    rule = getattr(current_app.view_functions[request.endpoint or ""], "rule", None)
    return rule.right if wants_json() and rule is not None and rule.level == "member" else None


def _keep(before: Any, right: str) -> ResponseReturnValue:
    person = current().person
    by = Member(
        before.id,
        person.id if person else 0,
        before.contract_id,
        Party(before.party),
        Role(before.role),
    )
    named = [*(file.name for file in files()), *(one.field for one in manifest.promised())]
    pictures = evidence.received(frozenset(named)).kept

    def write() -> Done:
        if budgets.spend(f"quarantine/{by.contract_id}/{by.person_id}", DAY) > MOST:
            abort(429)
        item = db.session.execute(insert(_kept).returning(_kept.c.id), _row(by, right))
        item_id = item.scalar_one()
        written = record(
            Happened(
                by.contract_id,
                "work.quarantined",
                "quarantine",
                item_id,
                by,
                data={"meant": right, "photos": len(pictures)},
                device_at=made_at(),
            )
        )
        evidence.attach(pictures, by.contract_id, quarantine_id=item_id, event_id=written.id)
        return Done("", held=True)

    return once(write, f"c{by.contract_id}/p{by.person_id}")


def _row(by: Member, right: str) -> dict[str, Any]:
    return {
        "contract_id": by.contract_id,
        "member_id": by.id,
        "path": request.path[:300],
        "meant": right,
        "number": (request.view_args or {}).get("number"),
        "fields": pairs(),
        "made_at": made_at(),
        "received_at": clock.now(),
        "taken_over": False,
        "reason": "",
    }


# ---------------------------------------------------------------- looked at

_WAITING = (_kept.c.contract_id == bindparam("contract"), _kept.c.decided_at.is_(None))
_COUNT = select(func.count()).select_from(_kept).where(*_WAITING)
_LIST = (
    select(_kept, _persons.c.name.label("who"), _members.c.party, _members.c.ended_at)
    .join_from(_kept, _members, _kept.c.member_id == _members.c.id)
    .join(_persons, _members.c.person_id == _persons.c.id)
)


def waiting(contract_id: int, limit: int = 100) -> list[Row[Any]]:
    """What nobody has decided about, oldest first: with `who` did it, for which `party`."""
    asked = _LIST.where(*_WAITING).order_by(_kept.c.id).limit(limit)
    return list(db.session.execute(asked, {"contract": contract_id}))


def count(contract_id: int) -> int:
    """How much that is."""
    return int(db.session.execute(_COUNT, {"contract": contract_id}).scalar_one())


def found(contract_id: int, item_id: int) -> Row[Any]:
    """One of them, decided or not; 404 when there is none."""
    asked = _LIST.where(_kept.c.contract_id == contract_id, _kept.c.id == item_id)
    row = db.session.execute(asked).first()
    if row is None:
        abort(404)
    return row
