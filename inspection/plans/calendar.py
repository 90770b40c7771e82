"""The calendar of visits: a month as counts by day, a day as its visits."""

from __future__ import annotations

import calendar as weeks
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, union_all

from inspection import web
from inspection.assets import tree
from inspection.contracts import agreements
from inspection.db import Utc, db, table
from inspection.plans import titles, walk
from inspection.plans.models import Course
from inspection.rules.access import Party
from inspection.rules.visit import VisitState, stands
from inspection.visits import record
from inspection.visits.models import Visit
from inspection.web import MEMBER, allow

rooms = Blueprint("calendar", __name__)

SHOWN = 200  # visits on the page of one day; levels beyond say how many they hold
WORDS = ("overdue", "missed", "due", "in_progress", "planned", "done")
"""Where visits stand, in the order a day says it."""
_visits, _courses = table(Visit), table(Course)
_LAID_OUT = [s.value for s in (VisitState.PLANNED, VisitState.IN_PROGRESS, VisitState.MISSED)]


@dataclass(frozen=True)
class Asked:
    """What the calendar shows: a place with all in it, a plan, what one party may do or did."""

    place: Row[Any] | None = None
    plan: str = ""
    party: str = ""

    @property
    def query(self) -> dict[str, Any]:
        return {
            "place": self.place.id if self.place else None,
            "plan": self.plan or None,
            "party": self.party or None,
        }

    def narrowed(self, done: bool) -> Iterable[ColumnElement[bool]]:
        """The conditions on visits: of done ones `party` did it, of others it may."""
        if self.place is not None:
            yield tree.within(_visits.c.place, self.place.path)
        if self.plan:
            yield _visits.c.plan_key == self.plan
        if self.party and done:
            yield _visits.c.party == self.party
        elif self.party:
            yield or_(_visits.c.for_party == self.party, _visits.c.for_party.is_(None))


def _asked() -> Asked:
    party = request.args.get("party", "")
    return Asked(
        walk.chosen(web.contract().id, request.args.get("place", "")),
        request.args.get("plan", "")[:60],
        party if party in list(Party) else "",
    )


@dataclass(frozen=True)
class Month:
    """The days of the weeks that a month touches, and which of them are its own."""

    first: date

    @classmethod
    def of(cls, text: str, today: date) -> Month:
        """The month named `2026-11`; this month for anything else."""
        try:
            return cls(date.fromisoformat(f"{text}-01"))
        except ValueError:
            return cls(today.replace(day=1))

    @property
    def weeks(self) -> Sequence[Sequence[date]]:
        return weeks.Calendar().monthdatescalendar(self.first.year, self.first.month)

    @property
    def before(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)

    def holds(self, day: date) -> bool:
        return (day.year, day.month) == (self.first.year, self.first.month)


FAR = (date(1990, 1, 1), date(2100, 1, 1))


@rooms.get("/c/<contract>/calendar")
@allow(MEMBER)
def month(contract: str) -> ResponseReturnValue:
    """A month of visits, or one day of it with the visits themselves."""
    here, asked, today = web.contract(), _asked(), record.today(web.contract().tz)
    day = _day(request.args.get("day", ""))
    shown = Month.of((day or today).isoformat()[:7] if day else _named(), today)
    common = {
        "asked": asked,
        "today": today,
        "month": shown,
        "places": walk.choices(here.id, asked.place),
        "plans": titles.titles(here.id, "plan"),
        "WORDS": WORDS,
    }
    if day is not None:
        return render_template(
            "plans/calendar.html", day=day, **common, **_of_day(day, asked, today)
        )
    days = [one for week in shown.weeks for one in week]
    counts = counted(here.id, days, asked, today, here.tz)
    return render_template(
        "plans/calendar.html",
        day=None,
        counts=counts,
        whole=sum((counts[one] for one in days if shown.holds(one)), Counter[str]()),
        laid_out=_laid_out(here.id, asked.plan),
        **common,
    )


def _named() -> str:
    text = request.args.get("month", "")
    day = _day(f"{text}-01")
    return text if day is not None else ""


def _day(text: str) -> date | None:
    """The day of an address, within the years that a calendar shows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FAR[0] <= day <= FAR[1] else None


@rooms.app_template_filter("month_name")
def month_name(day: date, short: bool = False) -> str:
    """The month of a day, with its year: "November 2026"; short: "Nov"."""
    at_noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return format_skeleton("MMM" if short else "yMMMM", at_noon, locale=web.language())


@rooms.app_template_filter("weekday")
def weekday(day: date) -> str:
    """The day of the week, short: "Mon"."""
    at_noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return format_skeleton("EEE", at_noon, locale=web.language())


# ---------------------------------------------------------------- a month in numbers


def counted(
    contract_id: int, days: Sequence[date], asked: Asked, today: date, tz: str
) -> Mapping[date, Counter[str]]:
    """How many visits stand where on each of some days in a row.

    What waits or was missed stands on the day it is due by, what was done on the day it was done.
    """
    counts: dict[date, Counter[str]] = {day: Counter() for day in days}
    for row in db.session.execute(_laid_out_by_day(contract_id, days, asked, today)):
        state = VisitState(row.state)
        come = stands(state, today, row.due_on, today)
        counts[row.due_on][come] += row.come
        counts[row.due_on][stands(state, date.max, row.due_on, today)] += row.all - row.come
    for row in db.session.execute(_done_by_day(contract_id, days, asked, tz)):
        counts[days[row.day]]["done"] += row.all
    return {day: +one for day, one in counts.items()}  # without the words nobody has


def _laid_out_by_day(
    contract_id: int, days: Sequence[date], asked: Asked, today: date
) -> Select[Any]:
    come = func.count().filter(_visits.c.due_from <= today)
    return (
        select(_visits.c.due_on, _visits.c.state, func.count().label("all"), come.label("come"))
        .where(
            _visits.c.contract_id == contract_id,
            _visits.c.state.in_(_LAID_OUT),
            _visits.c.due_on.between(days[0], days[-1]),
            *asked.narrowed(done=False),
        )
        .group_by(_visits.c.due_on, _visits.c.state)
    )


def _done_by_day(contract_id: int, days: Sequence[date], asked: Asked, tz: str) -> Select[Any]:
    """One range of the index of what was submitted for each day on the clock of the contract."""
    bounds = union_all(
        *(
            select(
                literal(n).label("day"),
                literal(record.midnight(day, tz), Utc).label("begins"),
                literal(record.midnight(day + timedelta(days=1), tz), Utc).label("ends"),
            )
            for n, day in enumerate(days)
        )
    ).subquery()
    on_it = and_(
        _visits.c.contract_id == contract_id,
        _visits.c.submitted_at >= bounds.c.begins,
        _visits.c.submitted_at < bounds.c.ends,
    )
    return (
        select(bounds.c.day, func.count().label("all"))
        .join_from(bounds, _visits, on_it)
        .where(_visits.c.state.in_(record.WAS_DONE), *asked.narrowed(done=True))
        .group_by(bounds.c.day)
    )


def _laid_out(contract_id: int, plan: str) -> date | None:
    """Until when every plan (or this one) is laid out; None where there is nothing to wait for."""
    asked = select(func.min(_courses.c.planned_until)).where(_courses.c.contract_id == contract_id)
    if plan:
        asked = asked.where(_courses.c.plan_key == plan)
    until: date | None = db.session.execute(asked).scalar()
    return until


# ---------------------------------------------------------------- a day, one by one


_OF_DAY: Select[Any] = select(
    _visits.c.id,
    _visits.c.asset_id,
    _visits.c.place,
    _visits.c.checklist_key,
    _visits.c.state,
    _visits.c.for_party,
    _visits.c.party,
    _visits.c.due_from,
    _visits.c.due_on,
    _visits.c.minutes,
    _visits.c.level,
    _visits.c.scale_id,
    _visits.c.score,
    _visits.c.finding_count,
    _visits.c.submitted_at,
)


def of_day(contract_id: int, day: date, asked: Asked, tz: str) -> list[Row[Any]]:
    """The visits that stand on a day of the calendar."""
    due = (_visits.c.state.in_(_LAID_OUT), _visits.c.due_on == day, *asked.narrowed(done=False))
    done = (
        _visits.c.state.in_(record.WAS_DONE),
        _visits.c.submitted_at >= record.midnight(day, tz),
        _visits.c.submitted_at < record.midnight(day + timedelta(days=1), tz),
        *asked.narrowed(done=True),
    )
    here = _visits.c.contract_id == contract_id
    return [row for some in (due, done) for row in db.session.execute(_OF_DAY.where(here, *some))]


def _of_day(day: date, asked: Asked, today: date) -> dict[str, Any]:
    here = web.contract()
    rows = of_day(here.id, day, asked, here.tz)
    along = walk.Walk(here.id, (row.place for row in rows))

    def stood(row: Any) -> str:
        return record.stands(row, today)

    return {
        "day_before": (day - timedelta(days=1)).isoformat(),
        "day_after": (day + timedelta(days=1)).isoformat(),
        "stretches": along.stretches(rows, SHOWN),
        "walk": along,
        "whole": Counter("done" if row.state in record.WAS_DONE else stood(row) for row in rows),
        "stood": stood,
        "titles": titles.titles(here.id, "checklist"),
        "scale": agreements.scale,
    }
