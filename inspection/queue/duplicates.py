"""Two open actions that may be one, side by side: merged, or said to be two and shown no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, Select, and_, bindparam, case, select, union_all

from inspection import web, words
from inspection.actions import merging, moves
from inspection.actions.models import Action
from inspection.assets.models import Asset
from inspection.db import db, table
from inspection.idempotency import Done, once
from inspection.journal import Event, Happened, record
from inspection.photos import evidence, serving
from inspection.queue import listing
from inspection.reports.models import Report
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import State
from inspection.web import Field, Refused, Rule, again, allow

rooms = Blueprint("duplicates", __name__)

PAGE = 20
SAID = {
    "merged": N_("Merged: its reports are with the older one now."),
    "different": N_("They are two. This pair is not suggested again."),
}
DIFFERENT = "action.not_duplicate"

_actions, _assets = table(Action), table(Asset)
_events, _reports = table(Event), table(Report)


@dataclass(frozen=True)
class Side:
    """One of two that may be one: its row, what was said of it, and its photos."""

    row: Row[Any]
    reports: list[Any]
    photos: list[Mapping[str, Any]]


def _meeting(near: Any) -> Select[Any]:
    """Pairs of open actions about the same; `near` says when the second is near the first."""
    one, other = _actions.alias("one"), _actions.alias("other")
    at = _assets.alias("at")
    # the older one has the smaller number; a pair comes up once, whichever is the inner place
    older = case((one.c.id < other.c.id, one.c.id), else_=other.c.id)
    younger = case((one.c.id < other.c.id, other.c.id), else_=one.c.id)
    said = select(_events.c.id).where(
        _events.c.contract_id == one.c.contract_id,
        _events.c.action_id == younger,
        _events.c.kind == DIFFERENT,
        _events.c.data["older"].as_integer() == older,
    )
    return (
        select(older.label("older"), younger.label("younger"))
        .join_from(one, at, one.c.asset_id == at.c.id)
        .join(
            other,
            and_(
                other.c.contract_id == one.c.contract_id,
                other.c.listed,
                other.c.category_id == one.c.category_id,
                near(one, other, at),
            ),
        )
        .where(one.c.contract_id == bindparam("contract"), one.c.listed, ~said.exists())
    )


def _parent_path(at: Any) -> Any:
    parent = _assets.alias("parent")
    return (
        select(parent.c.path)
        .where(parent.c.contract_id == at.c.contract_id, parent.c.id == at.c.parent_id)
        .scalar_subquery()
    )


_PAIRS = union_all(
    _meeting(lambda one, other, at: and_(other.c.place == one.c.place, other.c.id > one.c.id)),
    _meeting(lambda one, other, at: other.c.place == _parent_path(at)),
).subquery()
_NEWEST = (
    select(_PAIRS.c.older, _PAIRS.c.younger)
    .order_by(_PAIRS.c.younger.desc(), _PAIRS.c.older)
    .offset(bindparam("skip"))
    .limit(PAGE + 1)
)
_SAID_OF = (
    select(_reports.c.id, _reports.c.action_id, _reports.c.words, _reports.c.language)
    .where(
        _reports.c.contract_id == bindparam("contract"),
        _reports.c.action_id.in_(bindparam("ids", expanding=True)),
        _reports.c.withdrawn_at.is_(None),
        ~_reports.c.held,
    )
    .order_by(_reports.c.id)
)


def pairs(contract_id: int, skip: int = 0) -> tuple[list[tuple[Side, Side]], bool]:
    """Open actions about the same at one place, or one just above: the older and the younger.

    The latest first, `PAGE` at a time; and whether there are more.
    """
    found = list(db.session.execute(_NEWEST, {"contract": contract_id, "skip": skip}))
    sides = _sides(contract_id, {n for pair in found[:PAGE] for n in pair})
    return [(sides[one], sides[other]) for one, other in found[:PAGE]], len(found) > PAGE


def _sides(contract_id: int, ids: Iterable[int]) -> dict[int, Side]:
    wanted = list(ids)
    rows = listing.among([_actions.c.contract_id == contract_id], wanted)
    reports: dict[int, list[Any]] = defaultdict(list)
    for report in db.session.execute(_SAID_OF, {"contract": contract_id, "ids": wanted}):
        reports[report.action_id].append(report)
    of_report = {one.id: action for action, some in reports.items() for one in some}
    photos: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for photo in evidence.of(contract_id, report_id=list(of_report)):
        photos[of_report[photo.report_id]].append(serving.shown(photo))
    return {row.id: Side(row, reports[row.id], photos[row.id]) for row in rows}


# ---------------------------------------------------------------- the page


@rooms.get("/c/<contract>/queue/duplicates")
@allow(Rule("member", "merge"))
def suggested(contract: str) -> ResponseReturnValue:
    """Pairs to look at; `after` so many."""
    here = web.contract().id
    skip = web.whole(request.args.get("after", "")) or 0
    found, more = pairs(here, skip)
    return render_template(
        "queue/duplicates.html",
        pairs=found,
        icons={category.id: category for category in listing.categories(here)},
        next=skip + PAGE if more else None,
        notices=words.said(SAID),
    )


@rooms.post("/c/<contract>/queue/duplicates")
@allow(Rule("member", "merge"))
@again(suggested)
def decide(contract: str) -> ResponseReturnValue:
    """One of a pair: `merge` the younger into the older, or say that they are `different`."""
    said = web.form(
        what=Field(required=True, choices=("merge", "different")),
        younger=Field("int", required=True),
        older=Field("int", required=True),
        version=Field("int", default=None),
    )

    def write() -> Done:
        younger, older = (_open(said[name]) for name in ("younger", "older"))
        page = url_for("duplicates.suggested", contract=web.contract().slug)
        if said["what"] == "merge":
            merging.merge(younger, older, web.member(), said["version"])
            return Done(page, "merged", str(older.number))
        _say_different(younger, older)
        return Done(page, "different", str(younger.number))

    return once(write)


def _open(number: int) -> Row[Any]:
    row = moves.look(web.contract().id, number)
    if row is None or row.state == State.CLOSED:
        raise Refused(Refusal("duplicate.not_open", N_("One of the two is not open any more.")))
    return row


def _say_different(younger: Row[Any], older: Row[Any]) -> None:
    record(
        Happened(
            contract_id=younger.contract_id,
            kind=DIFFERENT,
            entity="action",
            entity_id=younger.id,
            by=web.member(),
            action_id=younger.id,
            asset_id=younger.asset_id,
            data={"older": older.id, "number": older.number},
        )
    )
