"""What happens to a visit that was submitted, or never was: both parties have their say, then it
is final.

Nobody settles the other party's objection over its head: the party that did the visit may accept
the other view, the one that contested may take its view back or let both stand. The answer itself
never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import abort
from sqlalchemy import Column, ColumnElement, Row, bindparam, exists, func, select, update

from inspection import clock
from inspection.actions.models import Action
from inspection.db import db, table
from inspection.rules import visit as rule
from inspection.rules.access import Member, Party
from inspection.rules.refusal import N_, Refusal, missing
from inspection.rules.visit import Move, Step, VisitState
from inspection.visits import record
from inspection.visits.models import Finding, Result, Visit
from inspection.web import Refused

_visits, _results, _findings = table(Visit), table(Result), table(Finding)
_actions = table(Action)

HAPPENED: Mapping[str, str] = {
    "visit.started": N_("Began an inspection"),
    "visit.kept": N_("Kept what was filled so far"),
    "visit.left": N_("Left an inspection undone"),
    "visit.submitted": N_("Inspected"),
    "visit.commented": N_("Commented on an inspection"),
    "visit.contested": N_("Sees an answer differently"),
    "visit.settled": N_("Settled what was contested"),
    "visit.agreed": N_("Agreed to an inspection"),
    "visit.amended": N_("Amended an inspection"),
    "visit.signed": N_("Signed an inspection"),
    "visit.final": N_("The inspection is final"),
    "visit.missed": N_("An inspection was missed"),
    "visit.cancel_asked": N_("Asks to leave out an inspection"),
    "visit.cancelled": N_("An inspection is left out, both parties agree"),
    "visit.second_version": N_("Arrived as a second version of an inspection"),
    "visit.also_filled": N_("Filled in the same inspection; both are kept"),
    "visit.place_archived": N_("Inspected a place that is not in use any more"),
}
OUTCOMES: Mapping[str, str] = {
    "accepted": N_("The other view was accepted"),
    "withdrawn": N_("The other view was taken back"),
    "both": N_("Both views stand"),
}
"""How what was contested can end."""
APART = timedelta(days=14)  # of two visits that are compared
LATELY = timedelta(days=90)

# ---------------------------------------------------------------- what people do


def comment(by: Member, visit_id: int, text: str) -> None:
    """Say something about a visit; both parties read it. Raises `Refused`."""
    row, step = _taken(by, visit_id, Move.COMMENT)
    record.tell(row, step.event, by, text)


def contest(by: Member, visit_id: int, item: str, level: int | None, text: str) -> None:
    """Put one's own party's view beside an answer of the other; raises `Refused`.

    `level` on the scale of the visit: needed where the answer has one, and another than that. Who
    had agreed to the visit for this party has not any more.
    """
    row, step = _taken(by, visit_id, Move.CONTEST)
    if row.comment_until is not None and row.comment_until <= clock.now():
        raise Refused(
            Refusal(
                "visit.too_late",
                N_("The time to contest is over. What has to be said still fits an amendment."),
            ),
            status=409,
        )
    answer = _answer(row, item)
    _insist_on_a_view(answer, level)
    _put_answer(
        answer,
        contested_by=by.id,
        contested_at=clock.now(),
        contested_level=level,
        contested_text=text,
    )
    record.put(row, {"contested_count": row.contested_count + 1, _agreed(by.party): None})
    record.tell(row, step.event, by, text, {"item": item, "level": answer.level, "view": level})


def _insist_on_a_view(answer: Row[Any], level: int | None) -> None:
    if answer.contested_at is not None:
        raise Refused(
            Refusal(
                "visit.contested_already",
                N_("Your party’s view stands beside this answer already. Add to it by a comment."),
            ),
            status=409,
        )
    if answer.level is not None and level is None:
        raise Refused(missing("level"))
    if level is not None and level == answer.level:
        raise Refused(
            Refusal(
                "visit.same_level",
                N_("That is the level that was answered. Choose another, or write a comment."),
                where="level",
            )
        )


def may_settle(row: Row[Any], party: Party) -> tuple[str, ...]:
    """How a party can end what is contested in a visit."""
    return ("accepted",) if row.party == party else ("both", "withdrawn")


def settle(by: Member, visit_id: int, item: str, outcome: str, text: str) -> None:
    """End what is contested about one answer, as one of `OUTCOMES`; raises `Refused`."""
    row, step = _taken(by, visit_id, Move.SETTLE)
    answer = _answer(row, item)
    if answer.contested_at is None or answer.settled_at is not None:
        raise Refused(
            Refusal("visit.not_contested", N_("Nothing is contested here any more.")), status=409
        )
    if outcome not in may_settle(row, by.party):
        raise Refused(
            Refusal(
                "visit.not_yours_to_settle",
                N_("Only the party whose view it is can give that view up."),
                where="outcome",
            ),
            status=403,
        )
    _put_answer(answer, settled=outcome, settled_at=clock.now(), settled_text=text)
    record.put(row, {"contested_count": row.contested_count - 1})
    record.tell(row, step.event, by, text, {"item": item, "outcome": outcome})


def agree(by: Member, visit_id: int) -> bool:
    """Agree to a visit for one's party; True when both have, and it is final. Raises `Refused`."""
    row, step = _taken(by, visit_id, Move.AGREE)
    if getattr(row, _agreed(by.party)) is not None:
        raise Refused(
            Refusal("visit.agreed_already", N_("Your party has agreed to this visit already.")),
            status=409,
        )
    if row.contested_count:
        raise Refused(
            Refusal(
                "visit.contested",
                N_("An answer is contested. Settle it first, or let the time to comment pass."),
            ),
            status=409,
        )
    both = getattr(row, _agreed(by.party.other)) is not None
    record.put(row, {_agreed(by.party): by.id, **(_final(clock.now()) if both else {})})
    record.tell(row, step.event, by)
    if both:
        record.tell(row, "visit.final", by, data={"by": "agreement"}, state=VisitState.FINAL)
    return both


def amend(by: Member, visit_id: int, text: str) -> None:
    """Add something to a visit that stands beside it for good; raises `Refused`."""
    row, step = _taken(by, visit_id, Move.AMEND)
    record.tell(row, step.event, by, text)


def ask_cancel(by: Member, visit_id: int, text: str) -> None:
    """Ask the other party to leave out a planned visit; raises `Refused`."""
    row, step = _taken(by, visit_id, Move.ASK_CANCEL)
    record.put(row, {"cancel_asked": by.party.value})
    record.tell(row, step.event, by, text)


def agree_cancel(by: Member, visit_id: int) -> None:
    """Agree to leave out a planned visit, as the other party asked; raises `Refused`."""
    row, step = _taken(by, visit_id, Move.AGREE_CANCEL)
    record.put(row, {"state": VisitState.CANCELLED.value, "next_at": None})
    record.tell(row, step.event, by, state=VisitState.CANCELLED)


def offered(row: Row[Any], by: Member) -> frozenset[Move]:
    """What this member may do with the visit now."""
    facts = record.facts(row)
    return frozenset(
        move
        for move in Move
        if not isinstance(rule.make(facts, move, by.party, by.role, by.id), Refusal)
    )


# ---------------------------------------------------------------- how it is written

_LOCK = (
    select(_visits.c.id)
    .where(_visits.c.contract_id == bindparam("contract"), _visits.c.id == bindparam("visit"))
    .with_for_update(key_share=True)
)
_ANSWER = select(_results).where(
    _results.c.contract_id == bindparam("contract"),
    _results.c.visit_id == bindparam("visit"),
    _results.c.item == bindparam("of_item"),
)
_PUT_ANSWER = update(_results).where(  # sets the columns that it is given values for
    _results.c.contract_id == bindparam("of_contract"), _results.c.id == bindparam("of_result")
)


def _taken(by: Member, visit_id: int, move: Move) -> tuple[Row[Any], Step]:
    """The visit for this transaction alone, and the step that the move takes."""
    db.session.execute(_LOCK, {"contract": by.contract_id, "visit": visit_id})
    row = record.found(by.contract_id, visit_id)
    return row, record.allowed(row, move, by)


def _answer(row: Row[Any], item: str) -> Row[Any]:
    """The answer to one item; 404 when the visit has none."""
    answer = db.session.execute(_ANSWER, {**record.keys(row), "of_item": item}).first()
    if answer is None:
        abort(404)
    return answer


def _put_answer(answer: Row[Any], **values: Any) -> None:
    keys = {"of_contract": answer.contract_id, "of_result": answer.id}
    db.session.execute(_PUT_ANSWER.values(**values), keys)


def _agreed(party: Party) -> str:
    """The column that says who agreed for a party."""
    return f"agreed_{party.value}_by"


def _final(at: datetime) -> dict[str, Any]:
    return {"state": VisitState.FINAL.value, "final_at": at, "next_at": None}


# ---------------------------------------------------------------- what time does


def passed(contract_id: int, visit_id: int, now: datetime) -> bool:
    """Do what was due to a visit before `now`: final, or missed; False when nothing was."""
    row = record.found(contract_id, visit_id)
    if row.next_at is None or row.next_at >= now:
        return False  # another tick was quicker
    submitted = row.state == VisitState.SUBMITTED
    at = row.comment_until if submitted else record.ends_grace(row)
    if at is None or at > now or row.state not in (VisitState.SUBMITTED, VisitState.PLANNED):
        waits = submitted or row.state == VisitState.PLANNED  # else it was begun meanwhile
        record.put(row, {"next_at": at if waits else None})
        return False
    return _becomes_final(row, at) if submitted else _is_missed(row)


def _becomes_final(row: Row[Any], at: datetime) -> bool:
    record.put(row, _final(at))
    data = {"by": "time", "contested": row.contested_count, "due": at.isoformat()}
    record.tell(row, "visit.final", None, data=data, state=VisitState.FINAL)
    return True


def _is_missed(row: Row[Any]) -> bool:
    record.put(row, {"state": VisitState.MISSED.value, "next_at": None})
    data = {"due": row.due_on.isoformat() if row.due_on else None}
    record.tell(row, "visit.missed", None, data=data, state=VisitState.MISSED)
    return True


# ---------------------------------------------------------------- do both rate alike?


@dataclass(frozen=True)
class Pair:
    """Two visits of the two parties to one place with one checklist, one after the other."""

    asset_id: int
    earlier: int
    later: int
    levels: tuple[int, int]

    @property
    def difference(self) -> int:
        return abs(self.levels[0] - self.levels[1])


@dataclass(frozen=True)
class Alignment:
    """How often both parties rate alike, and by how many levels they differ on average."""

    pairs: int
    equal: int
    difference: float

    @classmethod
    def of(cls, found: list[Pair]) -> Alignment | None:
        """None where there is nothing to compare."""
        if not found:
            return None
        apart = sum(one.difference for one in found) / len(found)
        return cls(len(found), sum(one.difference == 0 for one in found), apart)


_NEWEST = (
    select(_visits.c.id, _visits.c.submitted_at)
    .where(_visits.c.contract_id == bindparam("contract"), _visits.c.submitted_at.is_not(None))
    .order_by(_visits.c.submitted_at.desc(), _visits.c.id.desc())
    .limit(1)
)


def alignment(contract_id: int) -> Alignment | None:
    """How alike both parties rate, over the last 90 days; worked out anew after each visit."""
    newest = db.session.execute(_NEWEST, {"contract": contract_id}).first()
    return _alignment(contract_id, newest.id, newest.submitted_at) if newest else None


@lru_cache(maxsize=64)
def _alignment(contract_id: int, _newest: int, _submitted_at: datetime) -> Alignment | None:
    return Alignment.of(pairs(contract_id))


def _of_the_one_before(value: Column[Any]) -> ColumnElement[Any]:
    """A column of the visit before: of the same place, with the same checklist."""
    same = (_visits.c.asset_id, _visits.c.checklist_key)
    in_order = (_visits.c.submitted_at, _visits.c.id)
    return func.lag(value, type_=value.type).over(partition_by=same, order_by=in_order)


def pairs(contract_id: int, days: int = APART.days, since: datetime | None = None) -> list[Pair]:
    """Where both parties inspected the same place with the same checklist within some days.

    Each visit is laid beside the one before it (DOMAIN 2.8, S2). Left out is what was put right in
    between, by an action or on the spot: there both may be right. `since`: the last 90 days.
    """
    names = ("id", "party", "level", "submitted_at")
    beside = (
        select(
            *(_visits.c[name] for name in (*names, "asset_id")),
            *(_of_the_one_before(_visits.c[name]).label(f"{name}_before") for name in names),
        )
        .where(
            _visits.c.contract_id == contract_id,
            _visits.c.submitted_at >= (since or clock.now() - LATELY),
            _visits.c.state.in_(record.WAS_DONE),
            _visits.c.level.is_not(None),
        )
        .subquery()
    )
    fixed_between = exists().where(
        _actions.c.contract_id == contract_id,
        _actions.c.asset_id == beside.c.asset_id,
        _actions.c.fixed_at.between(beside.c.submitted_at_before, beside.c.submitted_at),
    )
    corrected = exists().where(
        _findings.c.contract_id == contract_id,
        _findings.c.visit_id == beside.c.id_before,
        _findings.c.corrected,
    )
    asked = select(beside).where(
        beside.c.party != beside.c.party_before, ~fixed_between, ~corrected
    )
    return [
        Pair(row.asset_id, row.id_before, row.id, (row.level_before, row.level))
        for row in db.session.execute(asked.order_by(beside.c.id))
        if row.submitted_at - row.submitted_at_before <= timedelta(days=days)
    ]
