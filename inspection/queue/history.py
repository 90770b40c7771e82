"""What happened to an action, and the evidence behind it, as both parties read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from inspection.assets.models import Asset
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.journal import Event, EventText
from inspection.people.deeds import EVENTS
from inspection.people.models import Membership, Person
from inspection.photos import evidence
from inspection.photos.serving import shown
from inspection.reports.models import Report
from inspection.rules.corrective import BECAUSE
from inspection.rules.lifecycle import STEPS
from inspection.rules.refusal import N_
from inspection.visits import findings, following, saying

_events, _texts = table(Event), table(EventText)
_members, _persons, _reports = table(Membership), table(Person), table(Report)
_assets = table(Asset)

HAPPENED: Mapping[str, str] = {
    "report.received": N_("Reported"),
    "report.held": N_("Reported, held for a look"),
    "report.released": N_("Released into the queue"),
    "report.discarded": N_("Put aside"),
    "report.answered": N_("Answered the question"),
    "report.photo_added": N_("Added a photo"),
    "upload.arrived": N_("A photo arrived"),
    "report.withdrawn": N_("Withdrew the report"),
    "report.confirmed": N_("Says it is fixed"),
    "report.rated": N_("Rated it"),
    "report.thanked": N_("Said thanks"),
    "report.forgotten": N_("Words and pictures forgotten, as promised"),
    "action.acknowledged": N_("Acknowledged"),
    "action.assigned": N_("Assigned"),
    "action.unassigned": N_("Assignment undone"),
    "action.started": N_("Started work"),
    "action.made_safe": N_("Made safe"),
    "action.fixed_temporarily": N_("Fixed for now"),
    "action.fixed": N_("Fixed"),
    "action.accepted": N_("Accepted the fix"),
    "action.returned": N_("Returned it"),
    "action.reopened": N_("Reopened it"),
    "action.merged": N_("Merged"),
    "action.unmerged": N_("Undid the merge"),
    "action.not_duplicate": N_("Said it is not the same as another"),
    "action.commented": N_("Commented"),
    "action.asked": N_("Asked the reporter"),
    "action.change_offered": N_("Offered with a change that came too late"),
    **{f"action.change_offered.{move.value}": step.name for move, step in STEPS.items()},
    "work.quarantined": N_("Sent work that they may not do here any more"),
    "work.taken_over": N_("Took over work that was left behind"),
    "work.discarded": N_("Discarded work that was left behind"),
    "action.retimed": N_("Due moments follow the new calendar"),
    "clock.warned": N_("The time agreed is running out"),
    "clock.breached": N_("Late: the time agreed is over"),
    "clock.climbed": N_("Still late: a step up the ladder"),
    "disagreement.opened": N_("Sees it differently"),
    "disagreement.stated": N_("Wrote how they see it"),
    "disagreement.climb_wished": N_("Wishes the next step"),
    "disagreement.climbed": N_("Took the disagreement a step further"),
    "disagreement.time_over": N_("The time of this step is over"),
    "disagreement.resolution_written": N_("Wrote a resolution to sign"),
    "disagreement.signed": N_("Signed the resolution"),
    "disagreement.resolved": N_("The disagreement is resolved"),
    "action.opened": N_("Opened"),
    "action.opened.finding": N_("An inspection found it"),
    "action.contained": N_("Contained it"),
    "action.plan_submitted": N_("Submitted the plan"),
    "action.plan_agreed": N_("Agreed to the plan"),
    "action.plan_returned": N_("Returned the plan"),
    "action.window_ended": N_("The monitoring window is over"),
    "action.proved_effective": N_("It held"),
    "action.proved_ineffective": N_("It did not hold"),
    "action.repeat_suspected": N_("May have come back"),
    "action.repeat_confirmed": N_("It came back"),
    "action.repeat_declined": N_("Something else, not a repeat"),
    "action.deepened": N_("From here on the cause is to be removed"),
    **{f"action.deepened.{because}": sentence for because, sentence in BECAUSE.items()},
    "action.deepened.agreed": N_("Proposed by one party, and the other did not object."),
    "action.similar_checked": N_("Looked at a similar place: fine"),
    "action.similar_opened": N_("Found the same at a similar place"),
    "action.handed_over": N_("Handed over to the other party"),
    "action.reprioritised": N_("Changed the priority"),
    "action.ruled_out": N_("Out of scope, both parties agree"),
    "action.called_off": N_("Withdrawn, both parties agree"),
    "action.decision_asked": N_("Asked for a decision"),
    "action.decision_answered": N_("Answered"),
    "action.decision_taken_back": N_("Took the question back"),
    "action.held": N_("Put it on hold"),
    "action.hold_lifted": N_("Went on after the hold"),
    "action.hold_contested": N_("Contested the hold"),
    "action.hold_upheld": N_("The hold counts after all"),
    "action.hold_voided": N_("Took the hold back; it does not count"),
    "clock.relieved": N_("Relieved; the breach stays to be seen"),
    **following.HAPPENED,
    "action.finding_joined": N_("An inspection found it too"),
    "lot.drawn": N_("Drew a random sample"),
    "lot.accepted": N_("The lot is accepted"),
    "lot.rejected": N_("The lot is rejected"),
    "course.laid_out": N_("Planned inspections"),
    "course.missed": N_("Inspections were missed"),
    "feed.made": N_("Made a calendar address"),
    "feed.ended": N_("Ended a calendar address"),
    "asset.added": N_("Added the place"),
    "asset.edited": N_("Edited the place"),
    "asset.photo_removed": N_("Removed a photo"),
    "tag.bound": N_("Code put up"),
    "tag.rebound": N_("Code moved here"),
    "tag.retired": N_("Code retired"),
    "tag.suspected": N_("A sticker that is not ours was seen"),
    "contract.founded": N_("The contract began"),
    "contract.restored": N_("Restored from a backup"),
    "assets.imported": N_("Imported places"),
    "person.invited": N_("Invited somebody"),
    "invitation.withdrawn": N_("Withdrew an invitation"),
    "membership.started": N_("Joined"),
    "membership.ended": N_("Left"),
    "duty.began": N_("Went on duty"),
    "duty.ended": N_("Went off duty"),
    "organisation.logo_set": N_("Set the logo of their organisation"),
    "organisation.logo_removed": N_("Took the logo of their organisation away"),
    "view.saved": N_("Saved a view of the queue"),
    "view.changed": N_("Changed a view of the queue"),
    "view.deleted": N_("Deleted a view of the queue"),
    **agreements.HAPPENED,
}


@dataclass(frozen=True)
class Entry:
    """One line of a timeline."""

    event: Row[Any]
    photos: list[Mapping[str, Any]]


@dataclass(frozen=True)
class Found:
    """A finding with its question in the reader's language, and its photos as pages show them."""

    seen: findings.Seen
    question: str
    photos: list[Mapping[str, Any]]


def _grouped(photos: Iterable[Row[Any]], column: str) -> dict[int, list[Mapping[str, Any]]]:
    by: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for photo in photos:
        by[getattr(photo, column)].append(shown(photo))
    return by


_OF_ACTION = EVENTS.where(
    _events.c.contract_id == bindparam("contract"), _events.c.action_id == bindparam("action")
).order_by(_events.c.seq)
_REPORTS = (
    select(_reports, _assets.c.name.label("place_name"))
    .join_from(_reports, _assets, _reports.c.asset_id == _assets.c.id)
    .where(
        _reports.c.contract_id == bindparam("contract"),
        _reports.c.action_id == bindparam("action"),
    )
    .order_by(_reports.c.id)
)


def of_action(
    contract_id: int, action_id: int
) -> tuple[list[Entry], list[tuple[Row[Any], list[Mapping[str, Any]]]]]:
    """Everything that happened to an action, in order, and its reports, the first one first."""
    here = {"contract": contract_id, "action": action_id}
    events = list(db.session.execute(_OF_ACTION, here))
    reports = list(db.session.execute(_REPORTS, here))
    ids = {"event_id": [e.id for e in events], "report_id": [r.id for r in reports]}
    photos = evidence.of(contract_id, **ids)
    by_event, by_report = (_grouped(photos, column) for column in ids)
    return (
        [Entry(event, by_event.get(event.id, [])) for event in events],
        [(report, by_report.get(report.id, [])) for report in reports],
    )


def reports_of(contract_id: int, action_id: int) -> list[tuple[Row[Any], list[Mapping[str, Any]]]]:
    """The reports behind an action with their photos, first one first."""
    here = {"contract": contract_id, "action": action_id}
    reports = list(db.session.execute(_REPORTS, here))
    photos = _grouped(evidence.of(contract_id, report_id=[r.id for r in reports]), "report_id")
    return [(report, photos.get(report.id, [])) for report in reports]


def findings_of(contract_id: int, action_id: int) -> list[Found]:
    """What inspections found of an action, first one first: evidence beside the reports."""
    return [
        Found(one, saying.question(one.item), [shown(photo) for photo in one.photos])
        for one in findings.of_action(contract_id, action_id)
    ]


def of_asset(contract_id: int, asset_id: int, limit: int = 30) -> list[Entry]:
    """The latest of what happened at a place, newest first."""
    asked = (
        EVENTS.where(_events.c.contract_id == contract_id, _events.c.asset_id == asset_id)
        .order_by(_events.c.seq.desc())
        .limit(limit)
    )
    return _entries(contract_id, list(db.session.execute(asked)))


def _entries(contract_id: int, events: list[Row[Any]]) -> list[Entry]:
    photos = _grouped(evidence.of(contract_id, event_id=[e.id for e in events]), "event_id")
    return [Entry(event, photos.get(event.id, [])) for event in events]
