"""Lots: a random sample of the places of a plan, drawn at the beginning of every period.

The seed is made here and kept beside what it drew, so that either party can draw again and get the
same places. No function and no page adds a visit to a lot: nobody chooses random rooms by hand.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import has_request_context
from flask_babel import gettext
from sqlalchemy import Row, bindparam, func, insert, select, update

from inspection import clock, journal
from inspection.actions.opening import Beginning, Said, open_action, tell
from inspection.assets import tree
from inspection.checklists import agreed as checklists
from inspection.contracts import agreements
from inspection.contracts.models import Category
from inspection.db import db, table, touched
from inspection.journal import Happened, Written, record
from inspection.plans import agreed, places, planned, recurring
from inspection.plans.models import Lot
from inspection.plans.planned import Terms
from inspection.rules import sampling, scoring
from inspection.rules.access import Member, Party
from inspection.rules.plan import Fixed
from inspection.rules.refusal import N_
from inspection.rules.schedule import BAD, in_season
from inspection.rules.states import Source
from inspection.rules.visit import DONE, OPEN
from inspection.visits.models import Visit

_lots, _visits, _categories = table(Lot), table(Visit), table(Category)
INCOMPLETE = "incomplete"
_EVENTS = {"accepted": "lot.accepted", "rejected": "lot.rejected"}
_DAY = timedelta(days=1)
_REJECTED = N_(
    "%(plan)s: %(bad)s of %(size)s places in the sample do not conform, at most %(most)s may"
)


def listen() -> None:
    """Let lots follow their visits."""
    for kind in ("visit.submitted", "visit.missed", "visit.cancelled"):
        journal.listen(kind, _happened)


def found(contract_id: int, lot_id: int) -> Row[Any] | None:
    """One lot of this contract."""
    one = (_lots.c.contract_id == contract_id) & (_lots.c.id == lot_id)
    return db.session.execute(select(_lots).where(one)).first()


def of_plan(contract_id: int, plan_key: str) -> list[Row[Any]]:
    """The lots of a plan, the newest first."""
    mine = select(_lots).where(_lots.c.contract_id == contract_id, _lots.c.plan_key == plan_key)
    return list(db.session.execute(mine.order_by(_lots.c.period_from.desc())))


# ---------------------------------------------------------------- drawing


def draw_due(terms: Terms) -> int:
    """Draw the lot of the period that has begun, unless it is drawn; how many visits it planned.

    A period that began before the plan was agreed has no lot, nor one that nobody drew in time.
    """
    period = _period(terms)
    if period is None or _drawn(terms, period[0]):
        return 0
    population = places.population(terms.contract_id, terms.plan.scope)
    if not population:
        return 0
    return planned.add_lot(terms, _draw(terms, period, population))


def _period(terms: Terms) -> tuple[date, date] | None:
    """The first and the last day of the period that runs today."""
    fixed = terms.plan.frequency
    assert isinstance(fixed, Fixed)
    begun = recurring.dates(fixed, max(terms.agreed_on, fixed.start), terms.today)
    if not begun or not in_season(terms.plan.season, begun[-1]):
        return None
    following = recurring.dates(fixed, terms.today + _DAY, terms.today + recurring.LOOKED)
    return begun[-1], min((*following, begun[-1] + recurring.YEAR)) - _DAY


def _drawn(terms: Terms, period_from: date) -> bool:
    asked = select(_lots.c.id).where(
        _lots.c.contract_id == terms.contract_id,
        _lots.c.plan_key == terms.key,
        _lots.c.period_from == period_from,
    )
    return db.session.execute(asked).first() is not None


def _draw(terms: Terms, period: tuple[date, date], population: list[int]) -> Row[Any]:
    seed = secrets.token_hex(16)
    numbers = sampling.plan_for(len(population), terms.plan.aql)
    new = insert(_lots).values(
        contract_id=terms.contract_id,
        plan_key=terms.key,
        plan_id=terms.plan_id,
        asset_id=terms.plan.scope.root,
        period_from=period[0],
        period_to=period[1],
        population=population,
        aql=terms.plan.aql,
        letter=numbers.letter,
        size=numbers.size,
        accept=numbers.accept,
        reject=numbers.reject,
        seed=seed,
        sample=sampling.draw(population, numbers.size, seed),
        drawn_at=clock.now(),
        inspected=0,
        nonconforming=0,
    )
    lot = db.session.execute(new.returning(*_lots.c)).one()
    facts = {"seed": seed, "population": len(population), "size": lot.size, "aql": lot.aql}
    _tell(lot, "lot.drawn", None, facts)
    return lot


# ---------------------------------------------------------------- what was found


def _happened(written: Sequence[Written]) -> None:
    for one in written:
        _follow(one.what)


_LOT_OF = select(_visits.c.lot_id).where(
    _visits.c.contract_id == bindparam("contract"), _visits.c.id == bindparam("visit")
)


def _follow(what: Happened) -> None:
    visit = {"contract": what.contract_id, "visit": what.entity_id}
    lot_id = db.session.execute(_LOT_OF, visit).scalar()
    lot = found(what.contract_id, lot_id) if lot_id is not None else None
    if lot is not None:
        _count(lot, what.by)


def _count(lot: Row[Any], by: Member | None) -> None:
    """Count what the sample's visits found, and decide once nothing can change it any more.

    A unit does not conform when its visit is at level 2 or worse. The counts are taken from the
    visits themselves; compare-and-set keeps a slower process from writing older ones.
    """
    inspected, bad, waiting = _counted(lot)
    result = lot.result or scoring.lot_result(bad, inspected, lot.size, lot.accept, lot.reject)
    if result is None and not waiting:
        result = INCOMPLETE
    decided = result if lot.result is None else None
    values: dict[str, Any] = {"inspected": inspected, "nonconforming": bad, "result": result}
    if decided:
        values["decided_at"] = clock.now()
    if _put(lot, values) and decided not in (None, INCOMPLETE):
        _decided(lot, str(decided), values, by)


def _counted(lot: Row[Any]) -> tuple[int, int, int]:
    """How many units are inspected, do not conform, are still to be inspected."""
    asked = (
        select(_visits.c.state, _visits.c.level, func.count().label("n"))
        .where(_visits.c.contract_id == lot.contract_id, _visits.c.lot_id == lot.id)
        .group_by(_visits.c.state, _visits.c.level)
    )
    rows = db.session.execute(asked).all()
    done = [row for row in rows if row.state in DONE]
    bad = sum(row.n for row in done if row.level is not None and row.level <= BAD)
    return sum(row.n for row in done), bad, sum(row.n for row in rows if row.state in OPEN)


def _put(lot: Row[Any], values: dict[str, Any]) -> bool:
    seen = (_lots.c.inspected == lot.inspected, _lots.c.nonconforming == lot.nonconforming)
    one = (_lots.c.contract_id == lot.contract_id, _lots.c.id == lot.id)
    same = _lots.c.result.is_(None) if lot.result is None else _lots.c.result == lot.result
    return touched(db.session.execute(update(_lots).where(*one, *seen, same).values(values))) == 1


def _decided(lot: Row[Any], result: str, values: dict[str, Any], by: Member | None) -> None:
    facts = {"nonconforming": values["nonconforming"], "size": lot.size, "accept": lot.accept}
    if result == "rejected":
        action = _open_action(lot, values, by)
        one = (_lots.c.contract_id == lot.contract_id, _lots.c.id == lot.id)
        db.session.execute(update(_lots).where(*one).values(action_id=action.id))
        facts["action"] = action.number
    _tell(lot, _EVENTS[result], by, facts)


def _open_action(lot: Row[Any], values: dict[str, Any], by: Member | None) -> Any:
    """Somebody must find the cause: a rejected lot is corrective from the start."""
    plan = agreed.plan(lot.plan_id)
    root = tree.found(lot.contract_id, lot.asset_id)
    category = _category(lot.contract_id, plan.checklist)
    params = {"plan": plan.title, "bad": values["nonconforming"]}
    params |= {"size": lot.size, "most": lot.accept}
    words = (gettext(_REJECTED) if has_request_context() else _REJECTED) % params
    opened = open_action(root, category, words, Beginning(source=Source.LOT_REJECTED, by=by))
    facts = {"source": Source.LOT_REJECTED.value, "lot": lot.id}
    tell(root, by, [Said(opened, words, Party(category.owner_party), facts)])
    return opened


def _category(contract_id: int, checklist_key: str) -> Row[Any]:
    """What the checklist's findings are about, in use or not any more."""
    version = agreements.in_force(contract_id, checklists.CHECKLIST, checklist_key)
    key = checklists.checklist(version.id).category if version is not None else ""
    mine = select(_categories).where(_categories.c.contract_id == contract_id)
    ordered = mine.order_by((_categories.c.key == key).desc(), _categories.c.position)
    return db.session.execute(ordered.limit(1)).one()


def _tell(lot: Row[Any], kind: str, by: Member | None, facts: dict[str, Any]) -> None:
    title = agreed.plan(lot.plan_id).title
    data = {"title": title, **facts}
    record(Happened(lot.contract_id, kind, "lot", lot.id, by, asset_id=lot.asset_id, data=data))
