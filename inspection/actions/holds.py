"""Pauses with their reason: raised, lifted, contested, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import abort
from sqlalchemy import Row, bindparam, insert, select, update

from inspection import clock
from inspection.actions import (
    applying,
    consequences,
    decisions,
    moves,
    passing,
    pausing,
    standing,
)
from inspection.actions.applying import OFF_HOLD, Wanted
from inspection.actions.models import Decision, Hold
from inspection.db import Model, db, table
from inspection.journal import Happened, Written
from inspection.people.models import Membership, Person
from inspection.photos.evidence import Kept
from inspection.rules import holds as rules
from inspection.rules import sla
from inspection.rules.access import LEAD, Member, Party
from inspection.rules.deciding import APPROVES, Question
from inspection.rules.holds import REASONS, Reason, Shown
from inspection.rules.lifecycle import Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Ask
from inspection.web import Refused, accepted

_holds, _decisions = table(Hold), table(Decision)
_members, _persons = table(Membership), table(Person)

_NEW = insert(_holds).returning(_holds.c.id)
_ASKED = (
    select(_decisions.c.id, _decisions.c.kind)
    .where(
        _decisions.c.contract_id == bindparam("contract"),
        _decisions.c.action_id == bindparam("action"),
        _decisions.c.asked_party == bindparam("party"),
        _decisions.c.answered_at.is_(None),
    )
    .order_by(_decisions.c.id)
)
_WAITS_FOR = {
    Reason.WAITING_APPROVAL: APPROVES,
    Reason.WAITING_INFORMATION: frozenset({Ask.INFORMATION}),
}


# ---------------------------------------------------------------- raised


@dataclass(frozen=True)
class Why:
    """Why the work waits, as a form says it; `scan` is what a code read on site proves."""

    reason: Reason
    text: str = ""
    but_for: str = ""
    mitigation: str = ""
    aware_at: datetime | None = None
    begins_at: datetime | None = None
    scan: Mapping[str, Any] | None = None
    pictures: tuple[Kept, ...] = ()


@dataclass(frozen=True)
class _New:
    """A hold that was just stored."""

    id: int
    reason: str
    cause: str


def raise_hold(row: Row[Any], by: Member, why: Why, version: int | None = None) -> Written:
    """Put the work on hold: at once, or as soon as the other party, asked here, agrees.

    Raises `Refused` with everything that is missing.
    """
    given = Given(why.text, len(why.pictures))
    row, _ = moves.allowed(row, Wanted(Move.HOLD, by, given, version))
    asked = _asked(row, by)
    if Ask.PAUSE_CONSENT in asked:
        raise Refused(_PENDING)
    decision = next((asked[kind] for kind in _WAITS_FOR.get(why.reason, ()) if kind in asked), None)
    question = _open_question(row) if why.reason is Reason.WAITING_INFORMATION else None
    raised = accepted(
        rules.raise_hold(
            why.reason,
            _shown(why, decision, question),
            Party(row.owner_party),
            _latest_due(row),
            _begins_at(row, why),
            clock.now(),
        )
    )
    evidence = {"scan": dict(why.scan) if why.scan else None, "photos": len(why.pictures)}
    evidence |= {"decision": decision, "question": question}
    new = _stored(row, by, why, raised, evidence)
    if raised.at_once:
        columns = pausing.on_hold(new.cause, raised.begins_at)
        written = pausing.hold_it(row, new, by, columns, given, why.pictures)
        waits_for = decision
    else:
        written = _ask_consent(row, by, why, new, raised.begins_at)
        waits_for = written.what.entity_id
    change = {"decision_id": waits_for, "evidence": evidence | {"event": written.id}}
    _change(row, new.id, change)
    return written


_PENDING = Refusal(
    "hold.pending",
    N_("A pause waits for the other party's consent already; take that one back first."),
)


def _asked(row: Row[Any], by: Member) -> dict[Ask, int]:
    """What the party of `by` asked of the other and is not answered yet: kind and id."""
    here = {**standing.keys(row), "party": by.party.value}
    return {Ask(each.kind): each.id for each in db.session.execute(_ASKED, here)}


def _open_question(row: Row[Any]) -> int | None:
    """The oldest question to whoever reported it that nobody has answered."""
    questions = Model.metadata.tables["question"]
    return db.session.execute(
        select(questions.c.id)
        .where(
            questions.c.contract_id == row.contract_id,
            questions.c.action_id == row.id,
            questions.c.answered_at.is_(None),
        )
        .order_by(questions.c.id)
        .limit(1)
    ).scalar()


def _shown(why: Why, decision: int | None, question: int | None) -> Shown:
    return Shown(
        question_sent=decision is not None and why.reason is Reason.WAITING_INFORMATION,
        question_to_reporter=question is not None,
        decision_open=decision is not None,
        scanned=why.scan is not None,
        photos=len(why.pictures),
        text=why.text,
        but_for=why.but_for,
        mitigation=why.mitigation,
        aware_at=why.aware_at,
    )


def _begins_at(row: Row[Any], why: Why) -> datetime | None:
    if why.begins_at is not None and why.begins_at < row.received_at:
        raise Refused(
            Refusal(
                "hold.before_received",
                N_("It was received only later; a pause cannot have begun before."),
                where="begins_at",
            )
        )
    return why.begins_at


def _latest_due(row: Row[Any]) -> datetime | None:
    """When the last of the clocks that a hold would stop is due."""
    clocks = pausing.of_owner(row, standing.clocks_of(row.contract_id, row.id))
    return max((each.due_at for each in clocks if each.runs), default=None)


def _stored(
    row: Row[Any], by: Member, why: Why, raised: rules.Raised, evidence: dict[str, Any]
) -> _New:
    values = {
        "contract_id": row.contract_id,
        "action_id": row.id,
        "reason": why.reason.value,
        "cause": raised.cause.value,
        "text": why.text.strip(),
        "but_for": why.but_for.strip(),
        "mitigation": why.mitigation.strip(),
        "aware_at": why.aware_at,
        "evidence": evidence,
        "raised_by": by.id,
        "raised_at": clock.now(),
        "begins_at": raised.begins_at if raised.at_once else None,
        "contested_text": "",
    }
    key = db.session.execute(_NEW, values).scalar_one()
    return _New(key, why.reason.value, raised.cause.value)


def _ask_consent(row: Row[Any], by: Member, why: Why, new: _New, begins: datetime) -> Written:
    wanted = {"hold": new.id, "reason": new.reason, "begins_at": begins.isoformat()}
    question = Question(Ask.PAUSE_CONSENT, why.text.strip(), wanted)
    return decisions.put(row, by, question, why.pictures, by_hold=True)


def _change(row: Row[Any], hold_id: int, values: Mapping[str, Any]) -> None:
    db.session.execute(
        update(_holds)
        .where(_holds.c.contract_id == row.contract_id, _holds.c.id == hold_id)
        .values(**values)
    )


# ---------------------------------------------------------------- what becomes of it

_raisers, _contesters, _lifters = (
    _members.alias(name) for name in ("raiser", "contester", "lifter")
)
_raiser, _contester, _lifter = (
    _persons.alias(f"{name}_name") for name in ("raiser", "contester", "lifter")
)
_WHOLE = (
    select(
        _holds,
        _raisers.c.party.label("raised_party"),
        _raiser.c.name.label("raised_name"),
        _contester.c.name.label("contested_name"),
        _lifter.c.name.label("lifted_name"),
        _decisions.c.kind.label("decision_kind"),
        _decisions.c.answered_at,
        _decisions.c.answer,
    )
    .join_from(_holds, _raisers, _holds.c.raised_by == _raisers.c.id)
    .join(_raiser, _raisers.c.person_id == _raiser.c.id)
    .join(_contesters, _holds.c.contested_by == _contesters.c.id, isouter=True)
    .join(_contester, _contesters.c.person_id == _contester.c.id, isouter=True)
    .join(_lifters, _holds.c.lifted_by == _lifters.c.id, isouter=True)
    .join(_lifter, _lifters.c.person_id == _lifter.c.id, isouter=True)
    .join(_decisions, _holds.c.decision_id == _decisions.c.id, isouter=True)
    .where(_holds.c.contract_id == bindparam("contract"), _holds.c.action_id == bindparam("action"))
    .order_by(_holds.c.id.desc())
)


def of_action(row: Row[Any]) -> list[Row[Any]]:
    """The holds of an action, newest first."""
    return list(db.session.execute(_WHOLE, standing.keys(row)))


def _found(row: Row[Any], hold_id: int) -> Row[Any]:
    hold = next((each for each in of_action(row) if each.id == hold_id), None)
    if hold is None:
        abort(404)
    return hold


def _running(row: Row[Any]) -> Row[Any]:
    return next(
        each for each in of_action(row) if each.begins_at is not None and each.ends_at is None
    )


def _waits(hold: Row[Any]) -> bool:
    consent = hold.decision_kind == Ask.PAUSE_CONSENT
    return hold.begins_at is None and consent and hold.answered_at is None


def _standing(hold: Row[Any]) -> rules.Standing:
    return rules.Standing(
        Party(hold.raised_party),
        begun=hold.begins_at is not None,
        waits=_waits(hold),
        contested=hold.contested_at is not None,
        upheld=hold.upheld_at is not None,
        voided=hold.voided_at is not None,
    )


def _wanted(
    move: Move, hold: Row[Any], by: Member | None, text: str, columns: Mapping[str, Any]
) -> Wanted:
    return Wanted(
        move,
        by,
        Given(text),
        columns=columns,
        data={"hold": hold.id, "reason": hold.reason},
        entity=("hold", hold.id),
        system=by is None,
    )


def lift(row: Row[Any], by: Member, text: str = "", version: int | None = None) -> Written:
    """The work goes on, and its clocks with it."""
    row, change = moves.allowed(row, Wanted(Move.LIFT, by, Given(text), version))
    hold = _running(row)
    written = applying.apply(row, _wanted(Move.LIFT, hold, by, text, OFF_HOLD), change)
    _change(row, hold.id, {"lifted_by": by.id})
    return written


def contest(
    row: Row[Any], by: Member, hold_id: int, text: str, version: int | None = None
) -> Written:
    """The other party says why the hold should not count; the clocks stay as they are."""
    row, change = moves.allowed(row, Wanted(Move.CONTEST_HOLD, by, Given(text), version))
    hold = _found(row, hold_id)
    accepted(rules.contest(_standing(hold), by.party))
    contested = {"contested_at": clock.now(), "contested_by": by.id, "contested_text": text.strip()}
    _change(row, hold.id, contested)
    return applying.apply(row, _wanted(Move.CONTEST_HOLD, hold, by, text, {}), change)


def uphold(
    row: Row[Any], by: Member, hold_id: int, text: str = "", version: int | None = None
) -> Written:
    """The party that contested the hold lets it count after all."""
    row, change = moves.allowed(row, Wanted(Move.UPHOLD_HOLD, by, Given(text), version))
    hold = _found(row, hold_id)
    accepted(rules.uphold(_standing(hold), by.party))
    _change(row, hold.id, {"upheld_at": clock.now()})
    return applying.apply(row, _wanted(Move.UPHOLD_HOLD, hold, by, text, {}), change)


def void(
    row: Row[Any], by: Member, hold_id: int, text: str = "", version: int | None = None
) -> None:
    """Take a hold back: it never counted, and what was late without it is late since then."""
    row, change = moves.allowed(row, Wanted(Move.VOID_HOLD, by, Given(text), version))
    hold = _found(row, hold_id)
    accepted(rules.void(_standing(hold), by.party))
    now = clock.now()
    _change(row, hold.id, {"voided_at": now})
    if hold.begins_at is None:
        decision = decisions.found(row, hold.decision_id)
        consequences.answered(row, decision, by, "withdrawn", text.strip(), version)
        return
    timing, before = standing.timing(row), standing.clocks_of(row.contract_id, row.id)
    after = [
        sla.without_pause(each, max(hold.begins_at, each.started_at), timing)
        for each in pausing.of_owner(row, before)
    ]
    standing.keep_clocks(row, before, after)
    columns = OFF_HOLD if hold.ends_at is None else {}
    applying.apply(row, _wanted(Move.VOID_HOLD, hold, by, text, columns), change)
    passing.late_after_all(moves.by_id(row.contract_id, row.id), now)


def heard(written: Sequence[Written]) -> None:
    """Whoever reported it has answered: the work that waited for it goes on."""
    for one in written:
        _heard(one.what)


def _heard(what: Happened) -> None:
    if what.action_id is None:
        return
    row = moves.by_id(what.contract_id, what.action_id)
    if row.paused_at is None:
        return
    hold = _running(row)
    asked = hold.evidence.get("question")
    if asked is None or hold.decision_kind == Ask.INFORMATION or asked == _open_question(row):
        return
    row, change = moves.allowed(row, Wanted(Move.LIFT, None, system=True))
    applying.apply(row, _wanted(Move.LIFT, hold, None, "", OFF_HOLD), change)


# ---------------------------------------------------------------- shown


@dataclass(frozen=True)
class Card:
    """A hold as it is shown, and what this member may do with it."""

    row: Row[Any]
    reason: str
    stage: str  # waits, refused, running, over, voided
    told_late: bool
    can: frozenset[str] = field(default_factory=frozenset)  # contest, uphold, void


def shown(row: Row[Any], member: Member) -> dict[str, Any]:
    """What the page of an action needs to show of it."""
    return {
        "holds": [_card(row, hold, member) for hold in of_action(row)],
        "hold_reasons": REASONS,
    }


def _card(row: Row[Any], hold: Row[Any], member: Member) -> Card:
    told_late = hold.aware_at is not None and rules.notice_late(
        hold.aware_at, hold.raised_at, standing.timing(row).calendar
    )
    lead, standing_ = member.role in LEAD, _standing(hold)
    checks = {"contest": rules.contest, "uphold": rules.uphold, "void": rules.void}
    can = [name for name, why_not in checks.items() if not why_not(standing_, member.party)]
    return Card(
        hold,
        REASONS[Reason(hold.reason)].name,
        _stage(hold),
        told_late,
        frozenset(can) if lead else frozenset(),
    )


def _stage(hold: Row[Any]) -> str:
    if hold.voided_at is not None:
        return "voided"
    if hold.begins_at is None:
        return "waits" if _waits(hold) else "refused"
    return "running" if hold.ends_at is None else "over"
