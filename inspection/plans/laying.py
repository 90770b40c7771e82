"""Lays out the visits of a plan a year ahead, in small transactions; any process may go on.

A pass walks the places by their ids. In each stretch it first deletes what this version does not
want any more and nobody has touched, then adds what is missing; so it can be repeated, killed or
run twice at once, and the rows are the same. What is due already, begun, done or missed stays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, or_, select

from inspection import clock
from inspection.assets.models import Asset
from inspection.db import db, lock, reading, table, writing
from inspection.journal import Happened, record
from inspection.plans import agreed, courses, places, planned, recurring, rhythm, sampling
from inspection.plans.planned import Terms
from inspection.rules.plan import Floating
from inspection.rules.visit import VisitState
from inspection.visits.models import Visit

BATCH = 2000
"""Rows in one transaction."""
AGAIN = time(0, 5)
"""When a plan is looked at again, every day: places join and leave, a period begins."""
AFTER_FAILURE = timedelta(minutes=10)
_visits, _assets = table(Visit), table(Asset)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Laid:
    """What a step (or a whole pass) has done: places looked at, visits added and deleted."""

    places: int = 0
    laid: int = 0
    taken: int = 0
    done: bool = True

    def __add__(self, other: Laid) -> Laid:
        return Laid(
            self.places + other.places,
            self.laid + other.laid,
            self.taken + other.taken,
            other.done,
        )


def horizon(today: date) -> date:
    """Until when visits are laid out: the end of this month next year."""
    year, month = (today.year + 1, today.month + 1) if today.month < 12 else (today.year + 2, 1)
    return date(year, month, 1) - timedelta(days=1)


def lay_out(
    contract_id: int,
    plan_key: str,
    until: date | None = None,
    batch: int = BATCH,
    progress: Callable[[Laid], None] = lambda _laid: None,
) -> Laid:
    """Make one whole pass of a plan, in transactions of its own; what it did in all.

    `progress` is told after each of them how far it came.
    """
    so_far = Laid(done=False)
    while not so_far.done:
        with writing():
            so_far += step(contract_id, plan_key, until, batch)
        progress(so_far)
    return so_far


def due_now(limit: int) -> int:
    """Go one step on with every plan whose time has come; how many steps were made.

    One that fails is left for a while, so that the others get their turn.
    """
    with reading():
        due = courses.due(clock.now(), limit)
    return sum(_stepped(one) for one in due)


def _stepped(course: Row[Any]) -> bool:
    try:
        with writing():
            step(course.contract_id, course.plan_key)
    except Exception:
        _log.exception("plan %s could not be laid out; tried again", course.plan_key)
        with writing():
            courses.keep(course, next_at=clock.now() + AFTER_FAILURE)
        return False
    return True


def step(contract_id: int, plan_key: str, until: date | None = None, batch: int = BATCH) -> Laid:
    """Go on with the pass of a plan by about `batch` rows, in the caller's transaction.

    Hazard: the journal's lock is taken first, as by whoever submits a visit, whose listeners write
    the same rows; the other way round two would wait for each other.
    """
    lock(f"journal/{contract_id}")
    course = courses.of(contract_id, plan_key)
    if course is None:
        return Laid()
    pass_ = _Pass(course, planned.terms(contract_id, plan_key), until, batch)
    return pass_.step()


class _Pass:
    """One step of a pass: a stretch of places by their ids, after the one done last."""

    def __init__(
        self, course: Row[Any], terms: Terms | None, until: date | None, batch: int
    ) -> None:
        self.course, self.terms, self.batch = course, terms, batch
        self.today = terms.today if terms else planned.today(course.contract_id)
        self.until = until or horizon(self.today)
        self.after = course.planned_asset or 0
        self.days = self._days()

    def _days(self) -> tuple[date, ...]:
        if self.terms is None:
            return ()
        return recurring.due(self.terms.plan, max(self.terms.agreed_on, self.today), self.until)

    def step(self) -> Laid:
        ids = self._stretch()
        last = ids[-1] if len(ids) == self._most() else None
        taken = self._take(last)
        if taken == self.batch:  # there may be more of them; the same stretch again
            return self._keep(self.after, Laid(taken=taken))
        did = Laid(len(ids), self._lay(ids) if self.terms and ids else 0, taken)
        if last is not None:
            return self._keep(last, did)
        if self.terms and self.terms.plan.sampled:
            did += Laid(laid=sampling.draw_due(self.terms))
        return self._finish(did)

    def _most(self) -> int:
        """Places in one stretch."""
        return max(1, self.batch // max(1, len(self.days)))

    def _here(self) -> ColumnElement[bool] | None:
        if self.terms is None or self.terms.plan.sampled:
            return None
        return places.here(self.course.contract_id, self.terms.plan.scope)

    def _stretch(self) -> list[int]:
        here = self._here()
        if here is None:
            return []
        asked = select(_assets.c.id).where(here, _assets.c.id > self.after)
        ordered = asked.order_by(_assets.c.id).limit(self._most())
        return list(db.session.execute(ordered).scalars())

    # ------------------------------------------------------------ what is not wanted any more

    def _take(self, last: int | None) -> int:
        """Delete what nobody wants any more: not due, not touched, of an older version or scope.

        Hazard (PostgreSQL): whoever begins a visit locks its row, then the journal, which is ours
        already; so rows that somebody has in hand are skipped, not waited for. The ids are read
        first: such a query inside IN may be run again for every row, and then skips and counts anew
        (seen: visits left over).
        """
        contract_id, key = self.course.contract_id, self.course.plan_key
        stretch = _visits.c.asset_id > self.after
        if last is not None:
            stretch &= _visits.c.asset_id <= last
        some = (
            select(_visits.c.id)
            .where(
                planned.untouched(contract_id, key),
                stretch,
                _visits.c.due_from > self.today,
                *self._unwanted(last),
            )
            .limit(self.batch)
            .with_for_update(skip_locked=True)
        )
        ids = db.session.execute(some).scalars().all()
        if ids:
            gone = delete(_visits).where(
                _visits.c.contract_id == contract_id, _visits.c.id.in_(ids)
            )
            db.session.execute(gone)
        return len(ids)

    def _unwanted(self, last: int | None) -> list[ColumnElement[bool]]:
        here = self._here()
        if here is None or self.terms is None:
            return []
        staying = select(_assets.c.id).where(here, _assets.c.id > self.after)
        if last is not None:
            staying = staying.where(_assets.c.id <= last)
        return [
            or_(
                _visits.c.plan_id != self.terms.plan_id,
                _visits.c.asset_id.not_in(staying),
            )
        ]

    # ------------------------------------------------------------ what is missing

    def _lay(self, ids: list[int]) -> int:
        assert self.terms is not None
        if isinstance(self.terms.plan.frequency, Floating):
            return rhythm.begin(self.terms, ids)
        asked = (
            select(_visits.c.asset_id)
            .where(
                _visits.c.contract_id == self.terms.contract_id,
                _visits.c.plan_key == self.terms.key,
                _visits.c.asset_id.between(ids[0], ids[-1]),
                _visits.c.due_on.in_(self.days),
            )
            .group_by(_visits.c.asset_id)
            .having(func.count() == len(self.days))
        )
        whole = set(db.session.execute(asked).scalars())
        return planned.add_days(self.terms, [one for one in ids if one not in whole], self.days)

    # ------------------------------------------------------------ how far it came

    def _keep(self, after: int, did: Laid) -> Laid:
        laid, taken = self.course.laid + did.laid, self.course.taken + did.taken
        courses.keep(self.course, planned_asset=after, laid=laid, taken=taken)
        return replace(did, done=False)

    def _finish(self, did: Laid) -> Laid:
        course = self.course
        courses.keep(
            course,
            plan_id=self.terms.plan_id if self.terms else course.plan_id,
            planned_until=self.until,
            planned_asset=None,
            laid=0,
            taken=0,
            passed_on=self.today,
            next_at=self._again(),
        )
        laid, taken = course.laid + did.laid, course.taken + did.taken
        if laid or taken:
            changed = {"until": self.until.isoformat(), "visits": laid, "taken": taken}
            self._tell("course.laid_out", changed)
        missed = self._missed()
        if missed:
            self._tell("course.missed", {"visits": missed})
        return did

    def _missed(self) -> int:
        """How many visits were missed since the last pass of this version, if it had one.

        Tick marks them a hundred at a time: those it has not come to yet are missed all the same.
        """
        if self.course.passed_on is None:
            return 0
        missed = (
            _visits.c.contract_id == self.course.contract_id,
            _visits.c.plan_key == self.course.plan_key,
            _visits.c.due_on.between(self.course.passed_on - recurring.YEAR, self.today),  # indexed
            _visits.c.missed_on > self.course.passed_on,
            _visits.c.missed_on <= self.today,
            _visits.c.state.in_([VisitState.MISSED.value, VisitState.PLANNED.value]),
        )
        return db.session.execute(select(func.count()).where(*missed)).scalar_one()

    def _again(self) -> datetime | None:
        """Tomorrow; never for a plan that was retired."""
        if self.terms is None:
            return None
        return datetime.combine(self.today + timedelta(days=1), AGAIN, self.terms.calendar.tz)

    def _tell(self, kind: str, facts: Mapping[str, Any]) -> None:
        course = self.course
        body = agreed.signed_body(course.contract_id, course.plan_key)
        data = {"title": body.get("title", ""), "plan": course.plan_key, **facts}
        record(Happened(course.contract_id, kind, "course", course.id, data=data))
