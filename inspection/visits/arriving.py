"""A whole visit arrives that was filled in where no signal was, before anybody began it here.

It is accepted whatever happened meanwhile: judged by the versions its form was drawn with, taken
as the planned visit it was meant for, or kept as a second version beside what was quicker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import abort
from sqlalchemy import Row, bindparam, select

from inspection import clock, web
from inspection.assets import scans, tree
from inspection.checklists import agreed
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.rules.access import Member
from inspection.rules.visit import VisitState
from inspection.visits import filled, record, starting, submitting
from inspection.visits.filled import Filled
from inspection.visits.models import Visit
from inspection.visits.starting import Drawn
from inspection.visits.submitting import KEPT_ON_A_PHONE
from inspection.web import Refused

_visits = table(Visit)
_MEANT = select(_visits.c.id).where(
    _visits.c.contract_id == bindparam("contract"),
    _visits.c.id == bindparam("visit"),
    _visits.c.asset_id == bindparam("place"),
    _visits.c.checklist_key == bindparam("checklist"),
)
_UNTAKEN = frozenset({VisitState.PLANNED, VisitState.MISSED, VisitState.CANCELLED})


@dataclass(frozen=True)
class Came:
    """A filled form that came: where it is about, and what it was drawn with.

    `visit_id` is the visit it was meant for (None: whatever was due there), `scan` a token of
    `assets.scans`.
    """

    place: Row[Any]
    checklist_key: str
    drawn: Drawn
    visit_id: int | None = None
    scan: str = ""


@dataclass(frozen=True)
class Taken:
    """The visit it became; `second_of`: what somebody was quicker with, None where nobody was."""

    visit_id: int
    second_of: Row[Any] | None = None


def posted(asset_id: int, checklist_key: str, visit_id: int | None) -> Came:
    """What this request's form says it was drawn with: `checklist_version` and `scale_version`.

    404 when they never were in force here, and for a place that never was.
    """
    place = tree.found(web.contract().id, asset_id)
    version = _version(place.contract_id, agreed.CHECKLIST, checklist_key)
    version = version or agreed.named(place.contract_id, checklist_key)
    if version is None:
        abort(404)
    scale = _version(place.contract_id, "scale", "")
    now = clock.now()
    began_at = filled.began_at() or now
    by_ours = began_at - timedelta(seconds=filled.clock_ahead() or 0)
    waited = min(max(now - by_ours, timedelta(0)), KEPT_ON_A_PHONE)
    drawn = Drawn(version.id, scale.id if scale else None, began_at, waited)
    return Came(place, checklist_key, drawn, visit_id, web.submitted().get("scan", ""))


def _version(contract_id: int, kind: str, subject: str) -> Row[Any] | None:
    """The version that the form names, which both parties have signed; None where it names none."""
    name = f"{kind}_version"
    text = web.submitted().get(name, "")
    if not text:
        return None
    number = web.whole(text)
    row = agreements.found(contract_id, number) if number is not None else None
    if row is None or (row.kind, row.subject) != (kind, subject) or row.agreed_at is None:
        abort(404)
    return row


def submit(by: Member, form: Came, said: Filled) -> Taken:
    """Begin and submit it in the caller's transaction; raises `Refused` only for what is missing.

    Who was quicker keeps the visit; this one is then another visit on the spot, and both say so.
    """
    taken = _taken(by, form, said)
    submitting.submit(by, taken.visit_id, said)
    row = record.found(by.contract_id, taken.visit_id)
    if taken.second_of is not None:
        record.tell(row, "visit.second_version", by, data={"other": taken.second_of.id})
        record.tell(taken.second_of, "visit.also_filled", by, data={"other": row.id})
    if form.place.archived_at is not None:
        record.tell(row, "visit.place_archived", by)
    return taken


def _taken(by: Member, form: Came, said: Filled) -> Taken:
    row = _meant(by, form)
    if row is None:
        return Taken(_on_the_spot(by, form, said))
    if _goes_on(by, row, form.drawn, said):
        return Taken(row.id)
    try:
        _take(by, row, form, said)
    except Refused:  # somebody has it, or it is for nobody of this party: nothing was changed
        again = record.found(row.contract_id, row.id)
        second_of = again if again.state not in _UNTAKEN else None
        return Taken(_on_the_spot(by, form, said), second_of)
    return Taken(row.id)


def meant(place: Row[Any], checklist_key: str, visit_id: int | None) -> Row[Any] | None:
    """The visit a form names, if it is one of this place and checklist."""
    here = {"contract": place.contract_id, "place": place.id, "checklist": checklist_key}
    known = db.session.execute(_MEANT, {**here, "visit": visit_id}).scalar() if visit_id else None
    return record.found(place.contract_id, known) if known else None


def _meant(by: Member, form: Came) -> Row[Any] | None:
    """The visit it was filled in for; where that was missed or is not known, what is due there."""
    row = meant(form.place, form.checklist_key, form.visit_id)
    if row is not None and row.state != VisitState.MISSED and not _over(row, form.drawn):
        return row
    due = starting.open_there(by, by.contract_id, form.place.id, form.checklist_key)
    if due is None and row is not None and row.state != VisitState.MISSED:
        return row
    return record.found(by.contract_id, due) if due else None


def _over(row: Row[Any], drawn: Drawn) -> bool:
    """Whether it was done before this one was begun: the page on the phone was an older one."""
    return bool(row.submitted_at and row.submitted_at < clock.now() - drawn.waited)


def _goes_on(by: Member, row: Row[Any], drawn: Drawn, said: Filled) -> bool:
    """Whether it is the very visit that this member began, and no other device has filled it."""
    if row.state != VisitState.IN_PROGRESS or row.inspector_id != by.id:
        return False
    if (row.checklist_id, row.scale_id) != (drawn.checklist_id, drawn.scale_id):
        return False
    return not row.draft if said.version is None else said.version == row.version


def _take(by: Member, row: Row[Any], form: Came, said: Filled) -> None:
    presence = scans.presence(form.scan, form.place.id, form.drawn.waited)
    starting.take(by, row, presence, said.accompanied_by, form.drawn)


def _on_the_spot(by: Member, form: Came, said: Filled) -> int:
    row = starting.unplanned(form.place, form.checklist_key)
    _take(by, row, form, said)
    return int(row.id)
