"""Which event concerns whom: one table; the person who acted is never told of it."""

from enum import StrEnum
from typing import NamedTuple

from inspection.rules.access import Party, Role
from inspection.rules.ladder import ROLES, TOP


class Audience(StrEnum):
    """Whom an event concerns, seen from the action it happened to."""

    OWNER_LEAD = "owner_lead"  # supervisors and managers of the party that owns the work
    OTHER_LEAD = "other_lead"
    ASSIGNEE = "assignee"
    CLOCK_LEAD = "clock_lead"  # supervisors and managers of the party whose time it is
    CLOCK_HANDS = "clock_hands"  # the assignee, when it is the time of the party that owns the work
    THEM = "them"  # supervisors and managers of the party that did not act; of both, if a rule did
    COUNTERPARTS = "counterparts"  # who stands on the step that was reached, on both sides


_OWNER = frozenset({Audience.OWNER_LEAD})
_OTHER = frozenset({Audience.OTHER_LEAD})
_HANDS = frozenset({Audience.ASSIGNEE})
_TIMED = frozenset({Audience.CLOCK_LEAD, Audience.CLOCK_HANDS})
_THEM = frozenset({Audience.THEM})
_STEP = frozenset({Audience.COUNTERPARTS})

CONCERNS: dict[str, frozenset[Audience]] = {
    "report.received": _OWNER | _HANDS,
    "report.released": _OWNER | _HANDS,
    "report.held": _OWNER | _OTHER,
    "report.answered": _OWNER | _HANDS,
    "report.photo_added": _HANDS,
    "report.withdrawn": _OWNER | _HANDS,
    "report.confirmed": _OTHER,
    "report.rated": _OWNER | _HANDS,
    "report.thanked": _OWNER | _HANDS,
    "action.acknowledged": _HANDS,
    "action.assigned": _HANDS,
    "action.unassigned": _OWNER,
    "action.made_safe": _OTHER,
    "action.fixed_temporarily": _OTHER,
    "action.fixed": _OTHER,
    "action.accepted": _OWNER | _HANDS,
    "action.returned": _OWNER | _HANDS,
    "action.reopened": _OWNER | _HANDS,
    "action.merged": _OWNER | _HANDS,
    "action.unmerged": _OWNER | _HANDS,
    "action.commented": _OWNER | _OTHER | _HANDS,
    "action.opened": _OWNER | _HANDS,
    "action.contained": _OTHER,
    "action.plan_submitted": _OTHER,
    "action.plan_agreed": _OWNER | _HANDS,
    "action.plan_returned": _OWNER | _HANDS,
    "action.window_ended": _OTHER,
    "action.proved_effective": _OWNER | _HANDS,
    "action.proved_ineffective": _OWNER | _OTHER | _HANDS,
    "action.repeat_suspected": _OWNER | _OTHER,
    "action.repeat_confirmed": _OWNER | _OTHER | _HANDS,
    "action.repeat_declined": _OWNER | _OTHER,
    "action.deepened": _OWNER | _OTHER | _HANDS,
    "action.similar_opened": _OTHER,
    "action.handed_over": _OWNER | _OTHER,
    "action.reprioritised": _OWNER | _OTHER | _HANDS,
    "action.ruled_out": _OWNER | _OTHER | _HANDS,
    "action.called_off": _OWNER | _OTHER | _HANDS,
    "action.decision_asked": _THEM,
    "action.decision_answered": _THEM | _HANDS,
    "action.decision_taken_back": _THEM,
    "action.held": _THEM | _HANDS,
    "action.hold_lifted": _THEM | _HANDS,
    "action.hold_contested": _OWNER,
    "action.hold_upheld": _OWNER,
    "action.hold_voided": _OTHER,
    "clock.relieved": _TIMED,
    "clock.warned": _TIMED,
    "clock.breached": _OWNER | _OTHER | _HANDS,
    "clock.climbed": _STEP,
    "disagreement.opened": _OWNER | _OTHER | _HANDS,
    "disagreement.stated": _OWNER | _OTHER,
    "disagreement.climb_wished": _STEP,
    "disagreement.climbed": _STEP,
    "disagreement.time_over": _STEP,
    "disagreement.resolution_written": _OWNER | _OTHER,
    "disagreement.resolved": _OWNER | _OTHER | _HANDS,
    "visit.submitted": _THEM,
    "visit.commented": _THEM,
    "visit.contested": _THEM,
    "visit.settled": _THEM,
    "visit.amended": _THEM,
    "visit.cancel_asked": _THEM,
    "visit.cancelled": _THEM,
    "visit.also_filled": _OWNER | _OTHER,
    "visit.place_archived": _OWNER | _OTHER,
    "action.finding_joined": _OWNER | _HANDS,
    "lot.rejected": _THEM,
    "course.missed": _THEM,
    "tag.suspected": _OWNER | _OTHER,
    "work.quarantined": _OWNER | _OTHER,
    "agreement.proposed": _THEM,
    "agreement.agreed": _THEM,
    "agreement.declined": _THEM,
}


class Concerned(NamedTuple):
    """Whom an event concerns: leads of parties, members by id, and a role on both sides."""

    leads: frozenset[Party]
    members: frozenset[int]
    role: Role | None = None


def concerned(
    kind: str,
    owner: Party,
    assignee: int | None,
    actor: int | None,
    timed: Party | None = None,
    step: int = 0,
    acted: Party | None = None,
) -> Concerned:
    """Whom an event concerns; `timed`: whose time it is, `step` of the ladder, where it has one.

    `acted`: the party of the person who acted; None when nobody did.
    """
    audiences = CONCERNS.get(kind, frozenset())
    if Audience.COUNTERPARTS in audiences and step < 2:  # those who work with each other every day
        audiences = audiences | _OWNER | _OTHER | _HANDS
    leads = {
        Audience.OWNER_LEAD: owner,
        Audience.OTHER_LEAD: owner.other,
        Audience.CLOCK_LEAD: timed,
    }
    them = {acted.other} if acted else set(Party)
    hands = Audience.ASSIGNEE in audiences or (Audience.CLOCK_HANDS in audiences and timed is owner)
    told = {party for audience, party in leads.items() if party and audience in audiences}
    return Concerned(
        frozenset(told | them if Audience.THEM in audiences else told),
        frozenset({assignee} if hands and assignee and assignee != actor else ()),
        _counterpart(step) if Audience.COUNTERPARTS in audiences else None,
    )


def _counterpart(step: int) -> Role | None:
    """Who is told on a step; on the top one those who would call for help from outside."""
    return ROLES[min(step, TOP - 1)] if step > 1 else None
