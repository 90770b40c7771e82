"""The moves people make: allowed by the rules, then made, with all that follows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select, update

from inspection import clock
from inspection.actions import applying, consequences, passing, standing
from inspection.actions.applying import APPEND_ONLY, Wanted
from inspection.actions.standing import by_id, facts, found, look
from inspection.db import Model, db, table
from inspection.journal import Event, Written
from inspection.people.models import Membership, Person
from inspection.rules import lifecycle
from inspection.rules.access import HANDS, Member, Party
from inspection.rules.lifecycle import Actor, Change, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Outcome, State
from inspection.web import Refused, accepted

__all__ = ("Wanted", "by_id", "facts", "found", "look")

_members, _persons, _events = table(Membership), table(Person), table(Event)


def offered(row: Row[Any], member: Member) -> list[Move]:
    """The moves this member may make now."""
    actor = Actor(member.party, member.role)
    return lifecycle.possible(facts(row), actor, clock.now(), standing.timing(row))


def make(row: Row[Any], wanted: Wanted, before_merge: State | None = None) -> Written:
    """Move the action, or raise `Refused` with every reason; nothing is half done.

    409 when somebody else moved it since `wanted.version`: the loser is told who and what.
    """
    row, change = allowed(row, wanted, before_merge)
    written = applying.apply(row, wanted, change)
    if wanted.move is Move.FIX:
        _confirmed_on_site(row, wanted, change)
    return written


def allowed(
    row: Row[Any], wanted: Wanted, before_merge: State | None = None
) -> tuple[Row[Any], Change]:
    """The action as it stands now, and what the move would change; raises `Refused`.

    What time had to do to it first is done, as if tick had been quicker.
    """
    now = clock.now()
    row = passing.caught_up(row, now)
    seen = facts(row, before_merge)
    stale = wanted.version is not None and wanted.version != row.version
    if stale and wanted.move not in APPEND_ONLY:
        raise Refused(applying.who_moved_it(row), status=409)
    if wanted.system:
        return row, lifecycle.by_itself(seen, wanted.move)
    timing = standing.timing(row)
    return row, accepted(lifecycle.make(seen, wanted.move, wanted.actor, wanted.given, now, timing))


def _confirmed_on_site(row: Row[Any], wanted: Wanted, change: Change) -> None:
    """Whoever mended it has seen it: its reports are valid, and may be one too many."""
    if change.outcome is not Outcome.FIXED or wanted.by is None:
        return
    reports, now = Model.metadata.tables["report"], clock.now()
    db.session.execute(
        update(reports)
        .where(
            reports.c.contract_id == row.contract_id,
            reports.c.action_id == row.id,
            reports.c.validated_at.is_(None),
        )
        .values(validated_at=now, validated_by=wanted.by.id)
    )
    consequences.after_fix(by_id(row.contract_id, row.id), now)


# ---------------------------------------------------------------- who can be assigned


_HANDS = (
    select(_members.c.id, _persons.c.name, _members.c.role)
    .join_from(_members, _persons, _members.c.person_id == _persons.c.id)
    .where(
        _members.c.contract_id == bindparam("contract"),
        _members.c.party == bindparam("party"),
        _members.c.ended_at.is_(None),
        _members.c.role.in_([role.value for role in HANDS]),
    )
    .order_by(_persons.c.name)
)


def hands(contract_id: int, party: Party) -> list[Row[Any]]:
    """The members of a party who can take work (id, name, role), by name."""
    return list(db.session.execute(_HANDS, {"contract": contract_id, "party": party.value}))


def assignable(row: Row[Any], member_id: int | None) -> int | None:
    """`member_id` when that member of the owner party can take the work; refuses another."""
    if member_id is None:
        return None
    if any(hand.id == member_id for hand in hands(row.contract_id, Party(row.owner_party))):
        return member_id
    raise Refused(
        Refusal(
            "action.not_assignable",
            N_("Choose somebody of the party that owns this work."),
            where="assignee",
        )
    )


def assigned_before(row: Row[Any]) -> int | None:
    """Who had the work before the last assignment; None when nobody had it, or has left."""
    last = db.session.execute(
        select(_events.c.data)
        .where(
            _events.c.contract_id == row.contract_id,
            _events.c.action_id == row.id,
            _events.c.kind == "action.assigned",
        )
        .order_by(_events.c.seq.desc())
        .limit(1)
    ).scalar()
    before = (last or {}).get("before")
    staying = {hand.id for hand in hands(row.contract_id, Party(row.owner_party))}
    return before if before in staying else None
