"""The one way an action changes: compare and set, with its event, in the caller's transaction.

What is asked of people is asked before (`moves`); here a change that was allowed is made, with all
that follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Row, bindparam, or_, select, update

from inspection import clock
from inspection.actions import standing
from inspection.actions.models import Action, Decision, Hold, Plan
from inspection.db import db, table, touched
from inspection.journal import Event, Happened, Written, record
from inspection.people.models import Membership, Person
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules import corrective, lifecycle
from inspection.rules.access import Member, Party
from inspection.rules.lifecycle import NOTHING_GIVEN, REPORTER, Actor, Change, Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import STATE_WORDS, Depth, State
from inspection.web import Refused

_actions, _events = table(Action), table(Event)
_members, _persons = table(Membership), table(Person)
_decisions, _holds, _plans = table(Decision), table(Hold), table(Plan)

_END_HOLD = (
    update(_holds)
    .where(
        _holds.c.contract_id == bindparam("contract"),
        _holds.c.action_id == bindparam("action"),
        _holds.c.begins_at.is_not(None),
        _holds.c.ends_at.is_(None),
    )
    .values(ends_at=bindparam("at"))
)
_DROP_DECISIONS = (
    update(_decisions)
    .where(
        _decisions.c.contract_id == bindparam("contract"),
        _decisions.c.action_id == bindparam("action"),
        _decisions.c.answered_at.is_(None),
    )
    .values(answered_at=bindparam("at"), answer="moot")
)
_PUT = update(_actions).where(  # sets the columns that it is given values for
    _actions.c.contract_id == bindparam("of_contract"),
    _actions.c.id == bindparam("of_action"),
    _actions.c.version == bindparam("as_seen"),
)
_WINDOW = (
    select(_plans.c.window_days)
    .where(
        _plans.c.contract_id == bindparam("contract"),
        _plans.c.action_id == bindparam("action"),
        _plans.c.agreed,
    )
    .order_by(_plans.c.number.desc())
    .limit(1)
)

APPEND_ONLY = frozenset({Move.COMMENT, Move.ASK})
TIMELESS = frozenset({Move.ASSIGN, Move.UNASSIGN, Move.CONTEST_HOLD, Move.UPHOLD_HOLD})
"""Moves that can touch no clock and no turn."""


@dataclass(frozen=True)
class Wanted:
    """A move somebody wants to make.

    `by` None: the reporter, or the system with `system=True`. `version` is the one the person
    looked at. `columns` are values chosen in the form; `data` are facts for the event. `at` is when
    it happened, for what time does by itself; `service_line` of a category chosen anew.
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
    at: datetime | None = None
    service_line: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.by.party, self.by.role) if self.by else REPORTER


def apply(row: Row[Any], wanted: Wanted, change: Change) -> Written:
    """Make the change; `Refused` (409) when somebody else moved the action meanwhile."""
    at = max(wanted.at or clock.now(), row.court_since)  # one turn after the other, none twice
    if wanted.move not in APPEND_ONLY:
        _change(row, wanted, change, at)
    return _write(row, wanted, change)


def by_rule(row: Row[Any], wanted: Wanted) -> Written:
    """A move that a rule makes, not a person's choice."""
    return apply(row, wanted, lifecycle.by_itself(standing.facts(row), wanted.move))


def _change(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> None:
    effects = _EFFECTS.get(wanted.move, _nothing)(row, wanted, change, at)
    values: dict[str, Any] = {
        "state": change.state.value,
        "outcome": change.outcome.value if change.outcome else None,
        **effects,
        **wanted.columns,
    }
    if wanted.move not in TIMELESS:
        values |= _settle(row, values, wanted.service_line, at)
    put(row, {**values, "version": row.version + 1})
    _leave_nothing_open(row, values, at)


def _leave_nothing_open(row: Row[Any], values: Mapping[str, Any], at: datetime) -> None:
    """End the hold that this move ended, and the questions that a closed action leaves."""
    if row.paused_at is not None and values.get("paused_at", row.paused_at) is None:
        db.session.execute(_END_HOLD, {**standing.keys(row), "at": at})
    if row.decision_to is not None and values["state"] == State.CLOSED:
        db.session.execute(_DROP_DECISIONS, {**standing.keys(row), "at": at})


def _settle(
    row: Row[Any], values: Mapping[str, Any], service_line: str | None, at: datetime
) -> dict[str, Any]:
    """What follows from the change; the clocks are stored with it."""
    columns = {**row._mapping, **values}
    if service_line is not None:
        columns["service_line"] = service_line
    before = standing.clocks_of(row.contract_id, row.id)
    follows = standing.settled(row, columns, before, at, standing.timing(row))
    standing.keep_clocks(row, before, follows.clocks)
    return follows.columns


def resettle(row: Row[Any], at: datetime) -> None:
    """Work out again what follows, after a clock was changed by itself."""
    put(row, {**_settle(row, {}, None, at), "version": row.version + 1})


def put(row: Row[Any], values: Mapping[str, Any]) -> None:
    """Compare the version and set; whoever comes second changes nothing."""
    which = {"of_contract": row.contract_id, "of_action": row.id, "as_seen": row.version}
    result = db.session.execute(_PUT, {**values, **which})
    if touched(result) != 1:
        raise Refused(who_moved_it(standing.by_id(row.contract_id, row.id)), status=409)
    if has_request_context():
        g.setdefault(_LEFT, {})[row.id] = values["version"]


def left(row: Row[Any]) -> int:
    """The version at which this request leaves an action that it found as `row`."""
    return int(g.get(_LEFT, {}).get(row.id, row.version))


_LEFT = "actions_left"
_QUIET = ("action.commented", "action.asked", "action.retimed", "action.change_offered")
_BESIDE = ("clock", "disagreement")  # what happens to these moves no action
_LAST_MOVE = (
    select(_events, _persons.c.name.label("who"))
    .join_from(_events, _members, _events.c.member_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
    .where(
        _events.c.contract_id == bindparam("contract"),
        _events.c.action_id == bindparam("action"),
        _events.c.kind.not_in(_QUIET),
        _events.c.entity.not_in(_BESIDE),
        or_(_events.c.kind.like("action.%"), _events.c.state_to != _events.c.state_from),
    )
    .order_by(_events.c.seq.desc())
    .limit(1)
)


def last_move(row: Row[Any]) -> Row[Any] | None:
    """The event that moved an action last, and `who` it was when it was a member."""
    return db.session.execute(_LAST_MOVE, standing.keys(row)).first()


def who_moved_it(row: Row[Any]) -> Refusal:
    """What to say to whoever comes second: who was quicker, and where it stands now."""
    last = last_move(row)
    return Refusal(
        "action.moved_on",
        N_(
            "%(who)s was quicker: this is now “%(state)s”."
            " Look at it and decide again; what you typed is kept."
        ),
        {"who": (last and last.who) or N_("Somebody"), "state": STATE_WORDS[State(row.state)]},
    )


# ---------------------------------------------------------------- what each move sets

Effects = dict[str, Any]


def _nothing(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    return {}


def _acknowledged(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    return {"responded_at": row.responded_at or at}


def _started(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    taken = row.assignee_id or (wanted.by.id if wanted.by else None)
    return {
        "attended_at": row.attended_at or at,
        "responded_at": row.responded_at or at,
        "assignee_id": taken,
    }


def _contained(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    return {"containment": wanted.given.text.strip(), "contained_at": row.contained_at or at}


def _made_safe(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    safe = {"made_safe_at": row.made_safe_at or at, "responded_at": row.responded_at or at}
    return safe if row.contained_at else {**safe, **_contained(row, wanted, change, at)}


def _fixed_temporarily(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    return {"fixed_temporarily_at": at, "expected_on": wanted.given.expected_on}


def _fixed(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    return {
        "fixed_at": at,
        "outcome_text": wanted.given.text.strip(),
        "attended_at": row.attended_at or at,
        "responded_at": row.responded_at or at,
        "accepts_at": lifecycle.acceptance_ends(standing.facts(row), at, standing.timing(row)),
        **OFF_HOLD,
    }


def _back(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    count = {"reopen_count": row.reopen_count + 1}
    return {"fixed_at": None, "closed_at": None, "accepts_at": None, **count}


def _accepted(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    if change.state is not State.MONITORING:
        return _closed(row, wanted, change, at)
    days = db.session.execute(_WINDOW, standing.keys(row)).scalar_one()
    return {"monitoring_until": corrective.monitoring_ends(at, days)}


def _closed(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    if change.state is not State.CLOSED:
        return {}
    return {"closed_at": at, "repeat_until": None, "decision_to": None, **OFF_HOLD}


def _deepened(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    """What mended it for now is its containment."""
    deeper = {"depth": Depth.CORRECTIVE.value, "accepts_at": None}
    if row.state != State.FIXED:
        return deeper
    held = {"containment": row.outcome_text, "contained_at": row.fixed_at}
    return {**deeper, "fixed_at": None, **({} if row.contained_at else held)}


def _handed_over(row: Row[Any], wanted: Wanted, change: Change, at: datetime) -> Effects:
    """The new owner starts afresh: nothing was answered, begun or promised by them."""
    return {
        "owner_party": Party(row.owner_party).other.value,
        "assignee_id": None,
        **dict.fromkeys(("responded_at", "attended_at", "made_safe_at", "fixed_at"), None),
        **dict.fromkeys(("fixed_temporarily_at", "expected_on", "accepts_at"), None),
        **dict.fromkeys(("plan_agreed_at", "permanent_due_at"), None),
        **OFF_HOLD,
    }


OFF_HOLD: Mapping[str, Any] = {"paused_at": None, "hold_cause": None}

_EFFECTS: Mapping[Move, Callable[[Row[Any], Wanted, Change, datetime], Effects]] = {
    Move.ACKNOWLEDGE: _acknowledged,
    Move.START: _started,
    Move.MAKE_SAFE: _made_safe,
    Move.CONTAIN: _contained,
    Move.FIX_TEMPORARILY: _fixed_temporarily,
    Move.FIX: _fixed,
    Move.ACCEPT: _accepted,
    Move.RETURN: _back,
    Move.REOPEN: _back,
    Move.MERGE: _closed,
    Move.WITHDRAW: _closed,
    Move.CONFIRM_EFFECTIVE: _closed,
    Move.REFUTE: _closed,
    Move.RULE_OUT: _closed,
    Move.CALL_OFF: _closed,
    Move.DEEPEN: _deepened,
    Move.HAND_OVER: _handed_over,
}


def note(
    row: Row[Any],
    kind: str,
    about: tuple[str, int],
    data: Mapping[str, Any],
    by: Member | None = None,
    text: str = "",
    device_at: datetime | None = None,
) -> Written:
    """Write what happened beside an action and moved nothing; `about` is the entity and its id."""
    return record(
        Happened(
            contract_id=row.contract_id,
            kind=kind,
            entity=about[0],
            entity_id=about[1],
            by=by,
            action_id=row.id,
            asset_id=row.asset_id,
            state_from=row.state,
            state_to=row.state,
            text=text.strip(),
            data=data,
            device_at=device_at,
            owner=Party(row.owner_party),
            assignee_id=row.assignee_id,
        )
    )


def _write(row: Row[Any], wanted: Wanted, change: Change) -> Written:
    entity, entity_id = wanted.entity or ("action", row.id)
    happened = {"happened_at": wanted.at.isoformat()} if wanted.at else {}
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
            data={**wanted.data, **happened, "photos": len(wanted.pictures)},
        )
    )
    evidence.attach(wanted.pictures, row.contract_id, action_id=row.id, event_id=written.id)
    return written
