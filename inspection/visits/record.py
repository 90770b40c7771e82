"""A visit as it is kept: read by both parties, changed by compare and set with its event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort
from sqlalchemy import Row, Select, bindparam, or_, select, update

from inspection import clock
from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.checklists import agreed
from inspection.contracts import agreements
from inspection.contracts.models import Contract
from inspection.db import db, table, touched
from inspection.journal import Happened, Written
from inspection.journal import record as journal
from inspection.people.models import Membership, Person
from inspection.photos import evidence
from inspection.rules import visit as rule
from inspection.rules.access import Member, Party
from inspection.rules.checklist import Checklist
from inspection.rules.refusal import N_, Refusal
from inspection.rules.scale import Scale
from inspection.rules.visit import DONE, VISIT_WORDS, Facts, Move, Step, VisitState
from inspection.visits.models import Finding, Result, Signature, Visit
from inspection.web import Refused

WAS_DONE = [state.value for state in DONE]
"""The states of what was submitted, as the database has them."""

_visits, _results, _findings = table(Visit), table(Result), table(Finding)
_signatures, _actions, _assets = table(Signature), table(Action), table(Asset)
_contracts, _members, _persons = table(Contract), table(Membership), table(Person)

VISITS: Select[Any] = (
    select(
        _visits,
        _assets.c.name.label("place_name"),
        _assets.c.trail,
        _assets.c.kind.label("place_kind"),
        _persons.c.name.label("inspector"),
        _contracts.c.slug,
        _contracts.c.tz,
        _contracts.c.terms,
    )
    .join_from(_visits, _assets, _visits.c.asset_id == _assets.c.id)
    .join(_contracts, _visits.c.contract_id == _contracts.c.id)
    .join(_members, _visits.c.inspector_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
)
"""Visits with their place, contract and inspector: lists add their conditions to it."""

_BY_ID = VISITS.where(
    _visits.c.contract_id == bindparam("contract"), _visits.c.id == bindparam("visit")
)
_PUT = update(_visits).where(  # sets the columns that it is given values for
    _visits.c.contract_id == bindparam("of_contract"),
    _visits.c.id == bindparam("of_visit"),
    _visits.c.version == bindparam("as_seen"),
)


# ---------------------------------------------------------------- reading


def found(contract_id: int, visit_id: int) -> Row[Any]:
    """The visit with its place and inspector; 404 when this contract has none of that id."""
    row = db.session.execute(_BY_ID, {"contract": contract_id, "visit": visit_id}).first()
    if row is None:
        abort(404)
    return row


def facts(row: Row[Any]) -> Facts:
    """What the rules need to know of a visit."""
    return Facts(
        VisitState(row.state),
        Party(row.party) if row.party else None,
        row.inspector_id,
        Party(row.cancel_asked) if row.cancel_asked else None,
        Party(row.for_party) if row.for_party else None,
    )


def checklist_of(row: Row[Any]) -> Checklist:
    """What it is filled with: the version it was begun with; before that, the one in force."""
    if row.checklist_id is not None:
        return agreed.checklist(row.checklist_id)
    version = agreements.in_force(row.contract_id, agreed.CHECKLIST, row.checklist_key)
    if version is None:
        abort(404)
    return agreed.checklist(version.id)


def scale_of(row: Row[Any]) -> Scale:
    """The scale it is rated on: the one in force when it was begun."""
    begun = row.started_at is not None
    return agreements.scale(row.scale_id if begun else (row.terms or {}).get("scale"))


_CONTESTER, _AS_CONTESTER = _persons.alias("contester"), _members.alias("as_contester")
_RESULTS = (
    select(_results, _CONTESTER.c.name.label("contester"))
    .join_from(_results, _AS_CONTESTER, _results.c.contested_by == _AS_CONTESTER.c.id, isouter=True)
    .join(_CONTESTER, _AS_CONTESTER.c.person_id == _CONTESTER.c.id, isouter=True)
    .where(_results.c.contract_id == bindparam("contract"))
    .where(_results.c.visit_id == bindparam("visit"))
    .order_by(_results.c.position)
)
_FINDINGS = (
    select(
        _findings,
        _actions.c.number,
        _actions.c.state.label("action_state"),
        _actions.c.court,
        _actions.c.title,
        _results.c.position,
    )
    .join_from(_findings, _results, _findings.c.result_id == _results.c.id)
    .join(_actions, _findings.c.action_id == _actions.c.id, isouter=True)
    .where(_findings.c.contract_id == bindparam("contract"))
    .where(_findings.c.visit_id == bindparam("visit"))
    .order_by(_results.c.position)
)
_SIGNATURES = (
    select(_signatures)
    .where(_signatures.c.contract_id == bindparam("contract"))
    .where(_signatures.c.visit_id == bindparam("visit"))
    .order_by(_signatures.c.id)
)


def keys(row: Row[Any]) -> dict[str, int]:
    """The visit of a row as statements ask for it: `contract` and `visit`."""
    return {"contract": row.contract_id, "visit": row.id}


def results(row: Row[Any]) -> list[Row[Any]]:
    """Every answer in the order of the checklist; `contester` is the name of who sees it otherwise.

    Of a visit that is not submitted there are none: what is filled so far is its draft.
    """
    return list(db.session.execute(_RESULTS, keys(row)))


def findings(row: Row[Any]) -> list[Row[Any]]:
    """What was below standard, with `number`, `title` and `action_state` of its action, if any."""
    return list(db.session.execute(_FINDINGS, keys(row)))


def signatures(row: Row[Any]) -> list[Row[Any]]:
    """Who signed, in that order."""
    return list(db.session.execute(_SIGNATURES, keys(row)))


def pictures(row: Row[Any]) -> dict[int, list[Row[Any]]]:
    """The visible photos of each answer, by its id; `stage` tells what it was from after."""
    return pictures_of(row.contract_id, [row.id])


def pictures_of(contract_id: int, visits: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """The same of several visits."""
    by_result: dict[int, list[Row[Any]]] = {}
    for photo in evidence.of(contract_id, visit_id=visits):
        if photo.result_id is not None:
            by_result.setdefault(photo.result_id, []).append(photo)
    return by_result


# ---------------------------------------------------------------- the time before

_BEFORE = (
    VISITS.where(
        _visits.c.contract_id == bindparam("contract"),
        _visits.c.asset_id == bindparam("place"),
        _visits.c.state.in_(WAS_DONE),
        _visits.c.checklist_key == bindparam("checklist"),
        _visits.c.submitted_at < bindparam("until"),
        _visits.c.id != bindparam("visit"),
    )
    .order_by(_visits.c.submitted_at.desc(), _visits.c.id.desc())
    .limit(1)
)


def last_before(row: Row[Any]) -> Row[Any] | None:
    """The visit of this place by the same checklist that was submitted last before this one."""
    asked = {
        **keys(row),
        "place": row.asset_id,
        "checklist": row.checklist_key,
        "until": row.submitted_at or clock.now(),
    }
    return db.session.execute(_BEFORE, asked).first()


def last_answers(row: Row[Any]) -> dict[str, Row[Any]]:
    """What was answered last time, by item: rows with `value`, `level`, `verdict`, `note`."""
    last = last_before(row)
    return {one.item: one for one in results(last)} if last is not None else {}


def today(tz: str) -> date:
    """The date on the clock of a place."""
    return clock.now().astimezone(ZoneInfo(tz)).date()


def midnight(day: date, tz: str) -> datetime:
    """When a day begins on the clock of a place."""
    return datetime.combine(day, time(), ZoneInfo(tz))


def stands(row: Any, today: date) -> str:
    """The word for where a visit stands on a day: planned, due, overdue, in_progress, …"""
    return rule.stands(VisitState(row.state), row.due_from, row.due_on, today)


def at_place(contract_id: int, asset: Any) -> list[Row[Any]]:
    """What is open at a place: visits that are due there, and those that somebody has begun."""
    tz = db.session.execute(select(_contracts.c.tz).where(_contracts.c.id == contract_id)).scalar()
    due = or_(_visits.c.due_from.is_(None), _visits.c.due_from <= today(tz or "UTC"))
    mine = VISITS.where(
        _visits.c.contract_id == contract_id,
        _visits.c.asset_id == asset.id,
        or_(
            _visits.c.state == VisitState.IN_PROGRESS.value,
            (_visits.c.state == VisitState.PLANNED.value) & due,
        ),
    )
    return list(db.session.execute(mine.order_by(_visits.c.due_on, _visits.c.id)))


# ---------------------------------------------------------------- changing


@dataclass(frozen=True)
class Wanted:
    """A move somebody wants to make with a visit.

    `version` is the one they looked at (None: whichever it is); `columns` are set with the move;
    `text` is what they wrote, `data` are facts for the event. `state`: where it goes, when the
    move itself leaves that open.
    """

    move: Move
    by: Member
    version: int | None = None
    text: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    state: VisitState | None = None


_STATUS = {"visit.not_you": 403, "visit.not_yours": 403, "visit.own": 403}


def allowed(row: Row[Any], move: Move, by: Member, version: int | None = None) -> Step:
    """The step this member may take now; raises `Refused`, 409 when somebody was quicker."""
    step = rule.make(facts(row), move, by.party, by.role, by.id)
    if isinstance(step, Refusal) and step.code == "visit.not_now":
        raise Refused(who_moved_it(row), status=409)
    if isinstance(step, Refusal):
        raise Refused(step, status=_STATUS.get(step.code, 422))
    if version is not None and version != row.version:
        raise Refused(who_moved_it(row), status=409)
    return step


def move(row: Row[Any], wanted: Wanted) -> Written:
    """Make a move that the rules allow, with its event; raises `Refused` and changes nothing."""
    step = allowed(row, wanted.move, wanted.by, wanted.version)
    return made(row, step, wanted)


def made(row: Row[Any], step: Step, wanted: Wanted) -> Written:
    """Make a move that was allowed."""
    state = wanted.state or step.target or VisitState(row.state)
    put(row, {"state": state.value, **wanted.columns})
    return tell(row, step.event, wanted.by, wanted.text, wanted.data, state)


def put(row: Row[Any], values: Mapping[str, Any]) -> None:
    """Compare the version and set; whoever comes second changes nothing and is told (409)."""
    which = {"of_contract": row.contract_id, "of_visit": row.id, "as_seen": row.version}
    result = db.session.execute(_PUT, {"version": row.version + 1, **values, **which})
    if touched(result) != 1:
        raise Refused(who_moved_it(found(row.contract_id, row.id)), status=409)


def tell(
    row: Row[Any],
    kind: str,
    by: Member | None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    state: VisitState | None = None,
) -> Written:
    """Write what happened to a visit; `by` None: the system; `state`: where it has gone."""
    return journal(
        Happened(
            row.contract_id,
            kind,
            "visit",
            row.id,
            by,
            asset_id=row.asset_id,
            state_from=row.state,
            state_to=state.value if state else row.state,
            text=text.strip(),
            data={"title": checklist_of(row).title, **(data or {})},
        )
    )


def who_moved_it(row: Row[Any]) -> Refusal:
    """What to say to whoever comes second: who has the visit, and where it stands now."""
    return Refusal(
        "visit.moved_on",
        N_(
            "%(who)s was quicker: this inspection is now “%(state)s”."
            " Look at it and decide again; what you typed is kept."
        ),
        {"who": row.inspector or N_("Somebody"), "state": VISIT_WORDS[row.state]},
    )


def ends_grace(row: Row[Any]) -> datetime | None:
    """When a planned visit becomes missed: as `missed_on` begins at the place."""
    if row.missed_on is None:
        return None
    return midnight(row.missed_on, row.tz)
