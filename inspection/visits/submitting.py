"""A visit is submitted: its answers, score and findings, in one transaction and without loss.

It is judged by the checklist and the scale it was begun with, whatever was agreed, retired or
withdrawn since: every answer stays readable with its own question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, insert, literal_column, select

from inspection import clock
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.people.models import Membership
from inspection.photos import evidence
from inspection.rules import scoring
from inspection.rules.access import Member
from inspection.rules.checklist import Checklist, Judged, judge, missing
from inspection.rules.refusal import Refusal, not_offered
from inspection.rules.visit import COMMENT_DAYS, Move
from inspection.visits import findings, record, signing
from inspection.visits.filled import Filled, Pictures
from inspection.visits.findings import Below, Placed
from inspection.visits.models import Result
from inspection.web import Refused

KEPT_ON_A_PHONE = timedelta(days=14)  # at most, before it is believed to be from longer ago
_results, _members = table(Result), table(Membership)
_GIVEN = (
    *("contract_id", "visit_id", "position", "item", "kind", "verdict", "level", "weight"),
    *("outside", "value", "reason", "note", "no_photo", "requirement"),
)
_NEW = insert(_results).values(
    {
        **{name: bindparam(name) for name in _GIVEN},
        **dict.fromkeys(("contested_text", "settled", "settled_text"), literal_column("''")),
    }
)
_IDS = select(_results.c.id, _results.c.item).where(
    _results.c.contract_id == bindparam("contract"),
    _results.c.visit_id == bindparam("visit"),
    _results.c.item.in_(bindparam("items", expanding=True)),
)


@dataclass(frozen=True)
class Submitted:
    """A visit that was submitted, and where each of its findings went."""

    visit_id: int
    findings: tuple[Placed, ...]


def submit(by: Member, visit_id: int, filled: Filled) -> Submitted:
    """Submit what somebody filled in, in the caller's transaction; raises `Refused`.

    Refused is only what is missing: an answer, a reason, a photo. 409 when the visit is not open
    any more or was changed since `filled.version`.
    """
    row = record.found(by.contract_id, visit_id)
    step = record.allowed(row, Move.SUBMIT, by, filled.version)
    checklist, scale = record.checklist_of(row), record.scale_of(row)
    now = clock.now()
    judged = judge(checklist, filled.answers, _day_of(row, filled.captured_at or now, now))
    found = _checked(row, judged, filled)
    score = scoring.score(judged, scale)
    until = _comments_until(row, now)
    columns: dict[str, Any] = {
        "captured_at": filled.captured_at,
        "clock_ahead": filled.clock_ahead,
        "submitted_at": now,
        "accompanied_by": filled.accompanied_by or row.accompanied_by,
        "accompanied_id": filled.accompanied_id,
        "note": filled.note,
        "draft": {},
        "score": score.hundredths if score else None,
        "level": score.level if score else None,
        "capped": bool(score and score.capped),
        "rated_count": score.rated if score else 0,
        "finding_count": len(found),
        "comment_until": until,
        "next_at": until,
    }
    record.put(row, {"state": str(step.target), **columns})
    _answers(row, judged)
    shown = {one.judged.item.key for one in found} | set(filled.pictures)
    results = _ids(row, shown)
    _attach(row, filled.pictures, results)
    _sign(row, by, filled, now)
    placed = _placed(row, by, found, results, checklist)
    record.tell(row, step.event, by, filled.note, _facts(row, columns), step.target)
    return Submitted(row.id, tuple(placed))


def _day_of(row: Row[Any], finished: datetime, now: datetime) -> date:
    """The day at the place for which conditions were shown: as the phone says, within reason."""
    earliest = row.started_at if row.began_at is None else now - KEPT_ON_A_PHONE
    moment: datetime = min(max(finished, earliest), now)
    return moment.astimezone(ZoneInfo(row.tz)).date()


def _checked(row: Row[Any], judged: list[Judged], filled: Filled) -> list[Below]:
    """The findings, when nothing is missing; else every reason beside its field."""
    corrected = [key for key, (_, after) in filled.pictures.items() if after]
    scale = record.scale_of(row)
    found, wrong = findings.below(row, judged, scale, corrected, filled.language)
    wrong = [*missing(judged), *wrong, *_unknown_company(row, filled.accompanied_id)]
    if wrong:
        raise Refused(*wrong)
    return found


def _unknown_company(row: Row[Any], member_id: int | None) -> Iterator[Refusal]:
    if member_id is None:
        return
    known = select(_members.c.id).where(
        _members.c.contract_id == row.contract_id, _members.c.id == member_id
    )
    if db.session.execute(known).first() is None:
        yield not_offered("accompanied_id")


def _comments_until(row: Row[Any], now: datetime) -> datetime:
    """Until when the other party may contest: so many working days of the agreed calendar."""
    hours = agreements.calendar((row.terms or {}).get("calendar"), row.tz)
    return hours.add_minutes(now, hours.working_days(COMMENT_DAYS))


# ---------------------------------------------------------------- answers


def _answers(row: Row[Any], judged: Iterable[Judged]) -> None:
    """Keep every answer, also where none was given or asked for."""
    db.session.execute(_NEW, [_answer(row, n, one) for n, one in enumerate(judged)])


def _ids(row: Row[Any], items: Iterable[str]) -> dict[str, int]:
    """The ids of the answers to these items."""
    asked = {**record.keys(row), "items": sorted(items)}
    return {one.item: one.id for one in db.session.execute(_IDS, asked)}


def _answer(row: Row[Any], position: int, one: Judged) -> dict[str, Any]:
    item, answer = one.item, one.answer
    return {
        "contract_id": row.contract_id,
        "visit_id": row.id,
        "position": position,
        "item": item.key,
        "kind": item.kind.value,
        "verdict": one.verdict.value,
        "level": one.level,
        "weight": item.weight,
        "outside": one.outside,
        "value": {} if answer.value is None else {"is": answer.value},
        "reason": answer.reason or "",
        "note": answer.note,
        "no_photo": answer.no_photo,
        "requirement": item.requirement,
    }


def _attach(row: Row[Any], pictures: Mapping[str, Pictures], results: Mapping[str, int]) -> None:
    for key, both in pictures.items():
        for kept, stage in zip(both, ("", "after"), strict=True):
            evidence.attach(
                kept, row.contract_id, visit_id=row.id, result_id=results[key], stage=stage
            )


def _sign(row: Row[Any], by: Member, filled: Filled, now: datetime) -> None:
    """Both may have signed on the glass: who inspected, and who was there for the other party."""
    for side, party, member in (
        ("us", by.party, by.id),
        ("them", by.party.other, filled.accompanied_id),
    ):
        signed = filled.signed.get(side)
        if signed is not None:
            signing.sign(row, party, signed.name, member, signed.strokes, now)


def _placed(
    row: Row[Any],
    by: Member,
    found: list[Below],
    results: Mapping[str, int],
    checklist: Checklist,
) -> list[Placed]:
    if not found:
        return []
    known = findings.about(row.contract_id, checklist.category)
    return findings.place(row, by, found, results, known)


def _facts(row: Row[Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "level": columns["level"],
        "score": columns["score"],
        "findings": columns["finding_count"],
        "plan_key": row.plan_key,
        "lot_id": row.lot_id,
    }
