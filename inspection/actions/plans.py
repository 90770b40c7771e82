"""How a cause is removed: contained, planned, agreed, carried out, and seen to have held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, func, insert, select, update

from inspection import clock
from inspection.actions import applying, coming_back, moves, similar, standing
from inspection.actions.applying import Wanted
from inspection.actions.models import Plan
from inspection.db import Model, db, table
from inspection.journal import Written
from inspection.people.models import Membership, Person
from inspection.photos.evidence import Kept
from inspection.rules import corrective
from inspection.rules.access import Member
from inspection.rules.corrective import CAUSES, CHANGE_TYPES, PlanDraft
from inspection.rules.lifecycle import Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Depth, State
from inspection.web import Refused, accepted

_plans = table(Plan)
_members, _persons = table(Membership), table(Person)
_deciders, _decider_names = _members.alias("decider"), _persons.alias("decider_name")

_OF_ACTION = (
    select(
        _plans,
        _persons.c.name.label("submitted_name"),
        _decider_names.c.name.label("decided_name"),
    )
    .join_from(_plans, _members, _plans.c.submitted_by == _members.c.id)
    .join(_persons, _members.c.person_id == _persons.c.id)
    .join(_deciders, _plans.c.decided_by == _deciders.c.id, isouter=True)
    .join(_decider_names, _deciders.c.person_id == _decider_names.c.id, isouter=True)
    .where(_plans.c.contract_id == bindparam("contract"), _plans.c.action_id == bindparam("action"))
    .order_by(_plans.c.number.desc())
)


def versions(row: Row[Any]) -> list[Row[Any]]:
    """Every plan of an action, the newest first, with the names of who wrote and decided it."""
    return list(db.session.execute(_OF_ACTION, standing.keys(row)))


def today(row: Row[Any]) -> date:
    """The date on the clock of the place."""
    return clock.now().astimezone(ZoneInfo(row.tz)).date()


# ---------------------------------------------------------------- moves


def contain(
    row: Row[Any], by: Member, text: str, pictures: tuple[Kept, ...], version: int | None
) -> Written:
    """Say what protects people until the cause is removed; may be said anew."""
    given = Given(text, len(pictures))
    return moves.make(row, Wanted(Move.CONTAIN, by, given, version, pictures=pictures))


def submit(row: Row[Any], by: Member, draft: PlanDraft, version: int | None) -> int:
    """Put the next version of the plan before the other party; its number. Raises `Refused`."""
    wanted = Wanted(Move.PLAN, by, version=version)
    row, change = moves.allowed(row, wanted)
    draft = replace(draft, problem=_problem(row, draft.root_cause))
    accepted(corrective.check_plan(draft, today(row)))
    number = _next_number(row)
    columns = {} if row.contained_at else _contained(draft)
    applying.apply(row, replace(wanted, columns=columns, data={"plan": number}), change)
    limits = standing.timing(row).limits
    days = draft.window_days or corrective.window_days(row.severity == 1, limits)
    db.session.execute(
        insert(_plans).values(
            contract_id=row.contract_id,
            action_id=row.id,
            number=number,
            **_written(draft),
            window_days=days,
            submitted_by=by.id,
            submitted_at=clock.now(),
            reason="",
        )
    )
    return number


def agree(row: Row[Any], by: Member, version: int | None) -> None:
    """Agree to the plan that was submitted; from here on its date is the promise."""
    wanted = Wanted(Move.AGREE_PLAN, by, version=version)
    row, change = moves.allowed(row, wanted)
    plan = _newest(row)
    if plan.due_on < today(row):
        raise Refused(
            Refusal(
                "plan.due_past_meanwhile",
                N_("The date in this plan has passed. Return it, so that it gets a new one."),
            )
        )
    columns = {"plan_agreed_at": clock.now(), "permanent_due_at": _end_of(plan.due_on, row.tz)}
    data = {"plan": plan.number, "due": plan.due_on.isoformat()}
    applying.apply(row, replace(wanted, columns=columns, data=data), change)
    _decide(row, plan, by, True, "")


def send_back(row: Row[Any], by: Member, text: str, version: int | None) -> None:
    """Return the plan with a reason; the owner's clock goes on where it stopped."""
    wanted = Wanted(Move.RETURN_PLAN, by, Given(text), version)
    row, change = moves.allowed(row, wanted)
    plan = _newest(row)
    applying.apply(row, replace(wanted, data={"plan": plan.number}), change)
    _decide(row, plan, by, False, text)


def confirm_effective(row: Row[Any], by: Member, text: str, version: int | None) -> Written:
    """The window is over and the criterion holds: the cause is gone."""
    wanted = Wanted(Move.CONFIRM_EFFECTIVE, by, Given(text), version)
    row, change = moves.allowed(row, wanted)
    open_question = coming_back.undecided_of(row)
    if open_question is not None:
        raise Refused(
            Refusal(
                "action.repeat_undecided",
                N_("No. %(number)s may be this come back. Decide that first."),
                {"number": open_question},
            )
        )
    return applying.apply(row, wanted, change)


def _problem(row: Row[Any], root_cause: str) -> str:
    """What happened, as it was told: the telling that the cause repeats, if it repeats one."""
    reports = Model.metadata.tables["report"]
    told = db.session.execute(
        select(reports.c.words).where(
            reports.c.contract_id == row.contract_id, reports.c.action_id == row.id
        )
    ).scalars()
    tellings = [row.title, *told]
    repeated = (one for one in tellings if corrective.same_words(root_cause, one))
    return str(next(repeated, row.title))


def _next_number(row: Row[Any]) -> int:
    last = select(func.max(_plans.c.number)).where(
        _plans.c.contract_id == row.contract_id, _plans.c.action_id == row.id
    )
    return (db.session.execute(last).scalar() or 0) + 1


def _contained(draft: PlanDraft) -> dict[str, Any]:
    return {"containment": draft.containment, "contained_at": clock.now()}


def _written(draft: PlanDraft) -> dict[str, Any]:
    """The columns of a plan that a checked draft says itself."""
    return {
        "containment": draft.containment,
        "whys": [why for why in draft.whys if why],
        "root_cause": draft.root_cause,
        "escape_point": draft.escape_point,
        "cause": draft.cause.value if draft.cause else None,
        "cause_category": draft.cause_category,
        "permanent_fix": draft.permanent_fix,
        "change_type": draft.change_type,
        "due_on": draft.due_on,
        "criterion": draft.criterion,
    }


def _newest(row: Row[Any]) -> Row[Any]:
    """The plan that waits for an answer: a submitted action has one."""
    here = standing.keys(row)
    newest = db.session.execute(_OF_ACTION.limit(1), here).first()
    if newest is None:
        raise LookupError(f"action {row.id} is submitted without a plan")
    return newest


def _end_of(day: date, zone: str) -> datetime:
    """The moment a day is over on the clock of the place."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def _decide(row: Row[Any], plan: Row[Any], by: Member, agreed: bool, reason: str) -> None:
    db.session.execute(
        update(_plans)
        .where(_plans.c.contract_id == row.contract_id, _plans.c.id == plan.id)
        .values(decided_by=by.id, decided_at=clock.now(), agreed=agreed, reason=reason.strip())
    )


# ---------------------------------------------------------------- what is shown


@dataclass(frozen=True)
class Watch:
    """A fix that is being watched: until when, and how far the window has come (percent)."""

    since: datetime
    until: datetime
    over: bool
    percent: int


def watch(row: Row[Any], plans: Iterable[Row[Any]]) -> Watch | None:
    """The monitoring window of an action, if it has come that far."""
    agreed = next((plan for plan in plans if plan.agreed), None)
    if row.monitoring_until is None or agreed is None:
        return None
    since = row.monitoring_until - timedelta(days=agreed.window_days)
    until, now = row.monitoring_until, clock.now()
    passed = (min(row.closed_at or now, until) - since) / (until - since)
    return Watch(since, until, now >= until, int(100 * passed))


def shown(row: Row[Any], member: Member) -> dict[str, Any]:
    """What the page of an action needs to show of it."""
    corrected = row.depth == Depth.CORRECTIVE
    plans = versions(row) if corrected else []
    return {
        "plans": plans,
        "watch": watch(row, plans),
        "similar": similar.checked(row) if corrected else [],
        "may_check_similar": similar.refusal(row, member) is None,
        "CAUSES": CAUSES,
        "CHANGE_TYPES": CHANGE_TYPES,
        "being_planned": corrected and row.plan_agreed_at is None and row.state != State.CLOSED,
        **coming_back.shown(row),
    }
