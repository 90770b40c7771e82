"""The one way an action changes: compare and set, with its event, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import abort
from sqlalchemy import Row, bindparam, select, update

from inspection import clock
from inspection.actions.models import Action
from inspection.contracts import hours
from inspection.contracts.models import Category, Contract
from inspection.db import db, table
from inspection.journal import Event, Happened, Written, record
from inspection.people.models import Membership, Person
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules import lifecycle
from inspection.rules.access import HANDS, Member, Party
from inspection.rules.court import Turn, court
from inspection.rules.lifecycle import NOTHING_GIVEN, REPORTER, Actor, Change, Facts, Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Outcome, PhotoRule, Priority, State
from inspection.web import Refused, accepted

_actions, _categories, _contracts = table(Action), table(Category), table(Contract)
_members, _persons, _events = table(Membership), table(Person), table(Event)

APPEND_ONLY = frozenset({Move.COMMENT, Move.ASK})

_ROW = (
    select(_actions, _categories.c.photo_rule, _contracts.c.tz)
    .join_from(_actions, _categories, _actions.c.category_id == _categories.c.id)
    .join(_contracts, _actions.c.contract_id == _contracts.c.id)
)
_BY_NUMBER = _ROW.where(
    _actions.c.contract_id == bindparam("contract"), _actions.c.number == bindparam("number")
)


@dataclass(frozen=True)
class Wanted:
    """A move somebody wants to make.

    `by` None: the reporter, or the system with `system=True`. `version` is the one the person
    looked at. `columns` are values chosen in the form; `data` are facts for the event.
    """

    move: Move
    by: Member | None
    given: Given = NOTHING_GIVEN
    version: int | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[Kept, ...] = ()
    entity: tuple[str, int] | None = None
    system: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(self.by.party, self.by.role) if self.by else REPORTER


def look(contract_id: int, number: int) -> Row[Any] | None:
    """The action of that number, if this contract has it."""
    return db.session.execute(_BY_NUMBER, {"contract": contract_id, "number": number}).first()


def found(contract_id: int, number: int) -> Row[Any]:
    """The action of that number; 404 when there is none in this contract."""
    row = look(contract_id, number)
    if row is None:
        abort(404)
    return row


def by_id(contract_id: int, action_id: int) -> Row[Any]:
    """The action with that id in this contract."""
    return db.session.execute(
        _ROW.where(_actions.c.contract_id == contract_id, _actions.c.id == action_id)
    ).one()


def facts(row: Row[Any], before_merge: State | None = None) -> Facts:
    """What the rulebook needs to know of the row."""
    return Facts(
        state=State(row.state),
        owner=Party(row.owner_party),
        priority=Priority(row.priority),
        outcome=Outcome(row.outcome) if row.outcome else None,
        closed_at=row.closed_at,
        photo_rule=PhotoRule(row.photo_rule),
        assigned=row.assignee_id is not None,
        reports=row.report_count,
        before_merge=before_merge,
    )


def offered(row: Row[Any], member: Member) -> list[Move]:
    """The moves this member may make now."""
    actor = Actor(member.party, member.role)
    return lifecycle.possible(facts(row), actor, clock.now(), hours.calendar(row.tz))


def make(row: Row[Any], wanted: Wanted, before_merge: State | None = None) -> Written:
    """Move the action, or raise `Refused` with every reason; nothing is half done.

    409 when somebody else moved it since `wanted.version`: the loser is told who and what.
    """
    now, calendar = clock.now(), hours.calendar(row.tz)
    seen = facts(row, before_merge)
    if _moved_on(row, wanted):
        raise Refused(_who_moved_it(row), status=409)
    if wanted.system:
        change = Change(lifecycle.STEPS[wanted.move].target or seen.state, seen.outcome)
    else:
        change = accepted(
            lifecycle.make(seen, wanted.move, wanted.actor, wanted.given, now, calendar)
        )
    if wanted.move not in APPEND_ONLY:
        _set(row, _effects(row, wanted, change, now), change, now)
    return _write(row, wanted, change)


def _moved_on(row: Row[Any], wanted: Wanted) -> bool:
    stale = wanted.version is not None and wanted.version != row.version
    return stale and wanted.move not in APPEND_ONLY


def _who_moved_it(row: Row[Any]) -> Refusal:
    last = db.session.execute(
        select(_persons.c.name, _events.c.at)
        .join_from(_events, _members, _events.c.member_id == _members.c.id, isouter=True)
        .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
        .where(_events.c.contract_id == row.contract_id, _events.c.action_id == row.id)
        .where(_events.c.kind.not_in(["action.commented", "action.asked"]))
        .order_by(_events.c.seq.desc())
        .limit(1)
    ).first()
    return Refusal(
        "action.moved_on",
        N_(
            "%(who)s was quicker: this is now “%(state)s”."
            " Look at it and decide again; what you typed is kept."
        ),
        {"who": (last and last.name) or N_("Somebody"), "state": STATE_WORDS[State(row.state)]},
    )


STATE_WORDS: Mapping[State, str] = {
    State.RECEIVED: N_("received"),
    State.ACKNOWLEDGED: N_("acknowledged"),
    State.PLAN_SUBMITTED: N_("plan submitted"),
    State.IN_PROGRESS: N_("in progress"),
    State.FIXED: N_("fixed"),
    State.MONITORING: N_("monitoring"),
    State.CLOSED: N_("closed"),
}


# ---------------------------------------------------------------- what each move sets

Effects = dict[str, Any]


def _acknowledged(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    return {"responded_at": row.responded_at or now, **wanted.columns}


def _started(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    taken = row.assignee_id or (wanted.by.id if wanted.by else None)
    return {
        "attended_at": row.attended_at or now,
        "responded_at": row.responded_at or now,
        "assignee_id": taken,
    }


def _made_safe(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    return {"made_safe_at": row.made_safe_at or now, "responded_at": row.responded_at or now}


def _fixed_temporarily(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    return {"fixed_temporarily_at": now, "expected_on": wanted.given.expected_on}


def _fixed(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    until = lifecycle.acceptance_ends(facts(row), now, hours.calendar(row.tz))
    return {
        "fixed_at": now,
        "outcome_text": wanted.given.text.strip(),
        "attended_at": row.attended_at or now,
        "next_at": until,
    }


def _back(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    return {"fixed_at": None, "closed_at": None, "reopen_count": row.reopen_count + 1}


def _chosen(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    return dict(wanted.columns)


def _closed(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    ended = {"closed_at": now} if change.state is State.CLOSED else {}
    return {**ended, **wanted.columns}


_EFFECTS: Mapping[Move, Callable[[Row[Any], Wanted, Change, datetime], Effects]] = {
    Move.ACKNOWLEDGE: _acknowledged,
    Move.ASSIGN: _chosen,
    Move.UNASSIGN: _chosen,
    Move.START: _started,
    Move.MAKE_SAFE: _made_safe,
    Move.FIX_TEMPORARILY: _fixed_temporarily,
    Move.FIX: _fixed,
    Move.ACCEPT: _closed,
    Move.RETURN: _back,
    Move.REOPEN: _back,
    Move.MERGE: _closed,
    Move.UNMERGE: _chosen,
    Move.WITHDRAW: _closed,
}


def _effects(row: Row[Any], wanted: Wanted, change: Change, now: datetime) -> Effects:
    stays = row.next_at if change.state == row.state else None
    return {"next_at": stays} | _EFFECTS[wanted.move](row, wanted, change, now)


def _set(row: Row[Any], effects: Effects, change: Change, now: datetime) -> None:
    """Compare the version and set; whoever comes second changes nothing."""
    turn = court(Turn(change.state, Party(row.owner_party)))
    result = db.session.execute(
        update(_actions)
        .where(
            _actions.c.id == row.id,
            _actions.c.contract_id == row.contract_id,
            _actions.c.version == row.version,
        )
        .values(
            {
                "state": change.state.value,
                "outcome": change.outcome.value if change.outcome else None,
                "court": turn.value if turn else None,
                "court_since": row.court_since if turn == row.court else now,
                "listed": change.state is not State.CLOSED and not row.held,
                "version": row.version + 1,
                **effects,
            }
        )
    )
    if getattr(result, "rowcount", 0) != 1:
        raise Refused(_who_moved_it(by_id(row.contract_id, row.id)), status=409)


def _write(row: Row[Any], wanted: Wanted, change: Change) -> Written:
    entity, entity_id = wanted.entity or ("action", row.id)
    written = record(
        Happened(
            contract_id=row.contract_id,
            kind=lifecycle.STEPS[wanted.move].event,
            entity=entity,
            entity_id=entity_id,
            by=wanted.by,
            reporter=wanted.by is None and not wanted.system,
            action_id=row.id,
            asset_id=row.asset_id,
            state_from=row.state,
            state_to=change.state.value,
            text=wanted.given.text.strip(),
            data={**wanted.data, "photos": len(wanted.pictures)},
        )
    )
    evidence.attach(wanted.pictures, row.contract_id, action_id=row.id, event_id=written.id)
    return written


# ---------------------------------------------------------------- who can be assigned


def hands(contract_id: int, party: Party) -> list[Row[Any]]:
    """The members of a party who can take work (id, name, role), by name."""
    return list(
        db.session.execute(
            select(_members.c.id, _persons.c.name, _members.c.role)
            .join_from(_members, _persons, _members.c.person_id == _persons.c.id)
            .where(
                _members.c.contract_id == contract_id,
                _members.c.party == party.value,
                _members.c.ended_at.is_(None),
                _members.c.role.in_([role.value for role in HANDS]),
            )
            .order_by(_persons.c.name)
        )
    )


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
