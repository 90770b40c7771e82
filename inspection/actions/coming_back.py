"""Has it come back? What both parties see of a suspicion, and what people say to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from inspection import clock
from inspection.actions import applying, consequences, moves, passing, standing
from inspection.actions.applying import Wanted
from inspection.actions.models import Action, Repeat
from inspection.db import db, table
from inspection.people.models import Membership, Person
from inspection.rules.access import Member
from inspection.rules.lifecycle import Given, Move

_actions, _repeats = table(Action), table(Repeat)
_earlier = _actions.alias("earlier")
_members, _persons = table(Membership), table(Person)

_OF_ACTION = (
    select(
        _repeats,
        _actions.c.number,
        _actions.c.title,
        _actions.c.received_at,
        _actions.c.version,
        _actions.c.repeat_until.label("until"),
        _earlier.c.number.label("earlier_number"),
        _earlier.c.title.label("earlier_title"),
        _earlier.c.received_at.label("earlier_received_at"),
        _earlier.c.fixed_at.label("earlier_fixed_at"),
        _earlier.c.outcome_text.label("earlier_done"),
        _persons.c.name.label("who"),
    )
    .join_from(_repeats, _actions, _repeats.c.action_id == _actions.c.id)
    .join(_earlier, _repeats.c.earlier_id == _earlier.c.id)
    .join(_members, _repeats.c.decided_by == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
    .where(
        _repeats.c.contract_id == bindparam("contract"),
        or_(
            _repeats.c.action_id == bindparam("action"),
            _repeats.c.earlier_id == bindparam("action"),
        ),
    )
    .order_by(_repeats.c.id)
)
_UNDECIDED = (
    select(_actions.c.number)
    .join_from(_repeats, _actions, _repeats.c.action_id == _actions.c.id)
    .where(
        _repeats.c.contract_id == bindparam("contract"),
        _repeats.c.earlier_id == bindparam("action"),
        _repeats.c.decided_at.is_(None),
        _actions.c.repeat_until.is_not(None),
    )
    .order_by(_repeats.c.id)
    .limit(1)
)


def undecided_of(row: Row[Any]) -> int | None:
    """The number of an action that may be this one come back, while nobody has decided."""
    return db.session.execute(_UNDECIDED, standing.keys(row)).scalar()


# ---------------------------------------------------------------- moves


def confirm(row: Row[Any], by: Member, text: str, version: int | None) -> None:
    """It came back: this is the next generation of the earlier one. Raises `Refused`."""
    row, _ = moves.allowed(row, Wanted(Move.CONFIRM_REPEAT, by, Given(text), version))
    passing.catch_up_earlier(row, clock.now())
    consequences.confirm_repeat(row, by, text, version)


def decline(row: Row[Any], by: Member, text: str, version: int | None) -> None:
    """Something else, and why; both parties read it. Raises `Refused`."""
    wanted = Wanted(Move.DECLINE_REPEAT, by, Given(text), version, columns={"repeat_until": None})
    row, change = moves.allowed(row, wanted)
    asked = next(one for one in suspicions(row) if one.action_id == row.id and one.until)
    data = {"earlier": asked.earlier_number}
    applying.apply(row, replace(wanted, data=data), change)
    consequences.decide_repeat(row, asked.id, by, False, text, clock.now())


# ---------------------------------------------------------------- what is shown


def suspicions(row: Row[Any]) -> list[Row[Any]]:
    """Where this action may be another come back, or another may be this one; decided or not."""
    return list(db.session.execute(_OF_ACTION, standing.keys(row)))


def shown(row: Row[Any]) -> dict[str, Any]:
    """What the page of an action needs to show of it."""
    all_ = suspicions(row)
    return {
        "suspected": [one for one in all_ if one.decided_at is None and one.until is not None],
        "declined": [one for one in all_ if one.confirmed is False],
    }
