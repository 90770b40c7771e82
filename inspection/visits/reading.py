"""What a visit found, for both parties: the page, the list, and what is printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, column, select
from sqlalchemy import table as named

from inspection import web, words
from inspection.assets import scans, tree
from inspection.contracts import agreements
from inspection.contracts.models import Requirement
from inspection.db import db, table
from inspection.people import deeds, memberships
from inspection.photos import serving
from inspection.rules.access import Member
from inspection.rules.checklist import Item, Verdict, said
from inspection.rules.refusal import N_
from inspection.rules.visit import DONE, VISIT_WORDS, Move, VisitState
from inspection.visits import exporting, following, listing, record, saying
from inspection.visits.listing import View
from inspection.web import MEMBER, allow

rooms = Blueprint("visit_pages", __name__)

SAID = {
    "submitted": N_("Submitted. The other party sees it now, with every photo."),
    "second": N_("Submitted as a second version: somebody was quicker. Both are kept and read."),
    "kept": N_("Kept. Go on whenever you like."),
    "left": N_("Left. Nothing of it counts."),
    "commented": N_("Your comment is there for both parties."),
    "contested": N_("Your view stands beside the answer. The other party has been told."),
    "settled": N_("Settled. What was answered stays as it was."),
    "agreed": N_("Agreed. It is final when the other party agrees too, or the time is over."),
    "final": N_("Both parties agree: this visit is final."),
    "amended": N_("Added. It stands with the visit for good."),
    "asked": N_("Asked. It is left out when the other party agrees."),
    "cancelled": N_("Left out, as both parties agree."),
}
METHODS = {
    "100_percent": N_("every place"),
    "random_sampling": N_("random sample"),
    "planned_sampling": N_("planned sample"),
    "validated_complaint": N_("confirmed complaint"),
    "incidental": N_("as it came up"),
}
VERSIONS = ("visit.second_version", "visit.also_filled")
LATE = 300  # seconds between the phone's clock and ours from which it is said
_requirements = table(Requirement)
_lots = named(  # of a room above this one; here only by its name, as foreign keys have it
    "lot",
    *(column(name) for name in ("contract_id", "id", "result", "size", "accept")),
    *(column(name) for name in ("inspected", "nonconforming")),
)

# ---------------------------------------------------------------- one visit


@dataclass(frozen=True)
class Line:
    """One answer with its own question, its pictures, and the finding it is, if it is one.

    `words` is empty where a level, pictures or a drawing say it. `promise` is the requirement as
    it read when the finding was made.
    """

    result: Row[Any]
    item: Item
    question: str
    words: str
    outside: str
    before: list[Mapping[str, Any]]
    after: list[Mapping[str, Any]]
    finding: Row[Any] | None = None
    promise: Row[Any] | None = None

    @property
    def key(self) -> str:
        return self.item.key

    @property
    def contested(self) -> bool:
        """Whether the other party's view stands beside it and nothing has settled that."""
        return self.result.contested_at is not None and self.result.settled_at is None

    @property
    def drawn(self) -> str:
        """The strokes of a signature."""
        value = self.result.value.get("is")
        signed = self.result.kind == "signature" and str(value or "").startswith(saying.STROKES)
        return str(value) if signed else ""


@rooms.get("/c/<contract>/visits/<int:visit>")
@allow(MEMBER)
def one(contract: str, visit: int) -> ResponseReturnValue:
    """A visit as both parties see it; one that is only planned offers to begin."""
    web.keep_on_phone()
    here, me = web.contract(), web.member()
    row = record.found(here.id, visit)
    place = tree.found(here.id, row.asset_id)
    every = lines(row) if row.submitted_at else []
    events = happened(row)
    return render_template(
        "visits/visit.html",
        visit=row,
        place=place,
        above=tree.above(place),
        checklist=record.checklist_of(row),
        version=version(row.contract_id, row.checklist_id),
        scale=record.scale_of(row),
        scale_version=version(row.contract_id, row.scale_id),
        plan=version(row.contract_id, row.plan_id),
        lot=lot(row),
        found=[line for line in every if line.finding],
        parts=in_sections(row, every),
        questions={line.key: line.question for line in every},
        signatures=record.signatures(row),
        events=events,
        asked=next((e for e in reversed(events) if e.kind == "visit.cancel_asked"), None),
        amendments=[event for event in events if event.kind == "visit.amended"],
        names=memberships.names(
            row.contract_id, (row.agreed_customer_by, row.agreed_contractor_by)
        ),
        stands=record.stands(row, record.today(row.tz)),
        late_synced=late_synced(row),
        finished_at=finished_at(row),
        own_clock=own_clock(row),
        versions=[
            (event, record.found(here.id, event.data["other"]))
            for event in events
            if event.kind in VERSIONS
        ],
        offered=following.offered(row, me),
        goes_on=_goes_on(row, me),
        outcomes=[(one, following.OUTCOMES[one]) for one in following.may_settle(row, me.party)],
        refused_item=web.submitted().get("item", "") if web.refusals() else "",
        scan=scans.token(row.asset_id),
        notices=words.said(SAID),
        **_words(),
    )


def _goes_on(row: Row[Any], me: Member) -> bool:
    """Whether this member has submitted it just now, and may want to go to the next one."""
    if request.args.get("said") not in ("submitted", "second") or row.inspector_id != me.id:
        return False
    submitted = row.submitted_at and row.submitted_at.astimezone(ZoneInfo(row.tz)).date()
    return bool(submitted == record.today(row.tz))


def _words() -> dict[str, Any]:
    """What templates of this room call by name."""
    return {
        "HAPPENED": following.HAPPENED,
        "METHODS": METHODS,
        "Move": Move,
        "OUTCOMES": following.OUTCOMES,
        "VISIT_WORDS": VISIT_WORDS,
        "Verdict": Verdict,
        "VisitState": VisitState,
        "done": DONE,
    }


def lines(row: Row[Any]) -> list[Line]:
    """Every answer that was asked for, in the order of the checklist."""
    checklist, pictures = record.checklist_of(row), record.pictures(row)
    findings = {one.result_id: one for one in record.findings(row)}
    promises = _promises(row.contract_id, (one.requirement_id for one in findings.values()))
    made = []
    for result in record.results(row):
        if result.verdict == Verdict.IRRELEVANT:
            continue
        item, finding = saying.item_of(checklist, result), findings.get(result.id)
        photos = pictures.get(result.id, [])
        made.append(
            Line(
                result,
                item,
                saying.question(item),
                saying.answer(result, item),
                saying.outside(result, item),
                [serving.shown(one) for one in photos if one.stage != "after"],
                [serving.shown(one) for one in photos if one.stage == "after"],
                finding,
                promises.get(finding.requirement_id) if finding else None,
            )
        )
    return made


def in_sections(row: Row[Any], every: list[Line]) -> list[tuple[str, list[Line]]]:
    """The answers under the headings of their checklist."""
    by_item = {line.key: line for line in every}
    parts = [
        (
            said(section.title, web.language()) if section else "",
            [by_item.pop(item.key) for item in items if item.key in by_item],
        )
        for section, items in record.checklist_of(row).in_sections()
    ]
    return [(title, part) for title, part in (*parts, ("", list(by_item.values()))) if part]


def _promises(contract_id: int, ids: Iterable[int | None]) -> dict[int, Row[Any]]:
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    here = _requirements.c.contract_id == contract_id
    asked = select(_requirements).where(here, _requirements.c.id.in_(wanted))
    return {row.id: row for row in db.session.execute(asked)}


def version(contract_id: int, agreement_id: int | None) -> Row[Any] | None:
    return agreements.found(contract_id, agreement_id) if agreement_id else None


def lot(row: Row[Any]) -> Row[Any] | None:
    if row.lot_id is None:
        return None
    here = (_lots.c.contract_id == row.contract_id) & (_lots.c.id == row.lot_id)
    return db.session.execute(select(_lots).where(here)).first()


def finished_at(row: Row[Any]) -> datetime | None:
    """When it was finished on the phone, by our clock as far as the difference is known."""
    if row.captured_at is None:
        return None
    moment: datetime = row.captured_at - timedelta(seconds=row.clock_ahead or 0)
    return moment


def late_synced(row: Row[Any]) -> bool:
    """Whether what arrived had been finished well before."""
    finished = finished_at(row)
    if finished is None or row.submitted_at is None:
        return False
    return bool((row.submitted_at - finished).total_seconds() > LATE)


def own_clock(row: Row[Any]) -> bool:
    """Whether the phone's clock said something else than ours, and had not just waited."""
    if row.captured_at is None or row.submitted_at is None:
        return False
    if abs(row.clock_ahead or 0) > LATE:
        return True
    return bool((row.captured_at - row.submitted_at).total_seconds() > LATE)


def happened(row: Row[Any]) -> list[Row[Any]]:
    """Everything that happened to a visit, in order: events with `who` and `text`."""
    return deeds.of(row.contract_id, "visit", row.id)


# ---------------------------------------------------------------- the list


@rooms.get("/c/<contract>/visits")
@allow(MEMBER)
def every(contract: str) -> ResponseReturnValue:
    """The visits of both parties, latest first; the same list for both, also as a file."""
    here, view = web.contract(), View.of(request.args)
    form = request.args.get("format", "")
    if form in exporting.FORMATS:
        return exporting.handed(view, here, form, request.args.get("what") == "answers")
    known = listing.checklists(here.id)
    shown = listing.page(view, here, web.at_cursor(request.args.get("after", "")))
    place = tree.found(here.id, int(view.place)) if view.place else None
    return render_template(
        "visits/visits.html",
        view=view,
        page=shown,
        counts=listing.counts(view, here),
        EXACT=listing.EXACT,
        STATES=listing.STATES,
        checklists=known,
        titles={one.key: one.title for one in known},
        services=sorted({one.service_line for one in known if one.service_line}),
        place=place,
        inside=tree.children(here.id, place.id if place else None),
        alignment=following.alignment(here.id),
        scale=agreements.scale_in_force(here.id),
        today=record.today(here.tz),
        stands=record.stands,
        **_words(),
    )
