"""Which event concerns whom: one table; the person who acted is never told of it."""

from enum import StrEnum

from inspection.rules.access import Party


class Audience(StrEnum):
    """Whom an event concerns, seen from the action it happened to."""

    OWNER_LEAD = "owner_lead"  # supervisors and managers of the party that owns the work
    OTHER_LEAD = "other_lead"
    ASSIGNEE = "assignee"


_OWNER = frozenset({Audience.OWNER_LEAD})
_OTHER = frozenset({Audience.OTHER_LEAD})
_HANDS = frozenset({Audience.ASSIGNEE})

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
}


def concerned(
    kind: str, owner: Party, assignee: int | None, actor: int | None
) -> tuple[frozenset[Party], frozenset[int]]:
    """The parties whose leads an event concerns, and the members (by id) it concerns in person."""
    audiences = CONCERNS.get(kind, frozenset())
    leads = {Audience.OWNER_LEAD: owner, Audience.OTHER_LEAD: owner.other}
    members = {assignee} if Audience.ASSIGNEE in audiences and assignee else set()
    return (
        frozenset(party for audience, party in leads.items() if audience in audiences),
        frozenset(member for member in members if member != actor),
    )
