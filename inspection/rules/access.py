"""Which side and which role may do what: one table, the same four roles on both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from inspection.rules.refusal import N_


class Party(StrEnum):
    """The two parties of a contract; every rule says owner and other, never client and supplier."""

    CUSTOMER = "customer"
    CONTRACTOR = "contractor"

    @property
    def other(self) -> "Party":
        return Party.CONTRACTOR if self is Party.CUSTOMER else Party.CUSTOMER


PARTY_WORDS: Mapping[Party, str] = {
    Party.CUSTOMER: N_("Customer"),
    Party.CONTRACTOR: N_("Contractor"),
}


class Role(StrEnum):
    STAFF = "staff"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    EXECUTIVE = "executive"


class Side(StrEnum):
    """Whose hand it takes, seen from the party that owns the work."""

    OWNER = "owner"
    OTHER = "other"
    EITHER = "either"


@dataclass(frozen=True)
class Member:
    """A person acting for one party of one contract."""

    id: int
    person_id: int
    contract_id: int
    party: Party
    role: Role


@dataclass(frozen=True)
class Right:
    """Who may: on which side, in which roles."""

    side: Side
    roles: frozenset[Role]

    def allows(self, role: Role, party: Party, owner: Party) -> bool:
        """Whether a `role` of `party` may, on work that `owner` owns."""
        sides = {Side.OWNER: party is owner, Side.OTHER: party is not owner, Side.EITHER: True}
        return role in self.roles and sides[self.side]


HANDS = frozenset({Role.STAFF, Role.SUPERVISOR, Role.MANAGER})
LEAD = frozenset({Role.SUPERVISOR, Role.MANAGER})
HEAD = frozenset({Role.MANAGER})
SIGNERS = frozenset({Role.MANAGER, Role.EXECUTIVE})
ALL = frozenset(Role)

RIGHTS: dict[str, Right] = {
    # work on an action (DOMAIN 2.6)
    "acknowledge": Right(Side.OWNER, LEAD),
    "assign": Right(Side.OWNER, LEAD),
    "unassign": Right(Side.OWNER, LEAD),
    "start": Right(Side.OWNER, HANDS),
    "make_safe": Right(Side.OWNER, HANDS),
    "fix_temporarily": Right(Side.OWNER, HANDS),
    "fix": Right(Side.OWNER, HANDS),
    "accept": Right(Side.OTHER, LEAD),
    "return": Right(Side.OTHER, LEAD),
    "reopen": Right(Side.OTHER, LEAD),
    "merge": Right(Side.EITHER, LEAD),
    "unmerge": Right(Side.EITHER, LEAD),
    "comment": Right(Side.EITHER, ALL),
    "ask": Right(Side.EITHER, HANDS),
    # when the cause is to be removed
    "contain": Right(Side.OWNER, HANDS),
    "plan": Right(Side.OWNER, LEAD),
    "agree_plan": Right(Side.OTHER, LEAD),
    "return_plan": Right(Side.OTHER, LEAD),
    "confirm_effective": Right(Side.OTHER, LEAD),
    "confirm_repeat": Right(Side.EITHER, LEAD),
    "decline_repeat": Right(Side.EITHER, LEAD),
    "check_similar": Right(Side.EITHER, HANDS),
    # what one party needs from the other; of a decision the owner is the party it asks
    "hold": Right(Side.OWNER, LEAD),
    "lift": Right(Side.OWNER, LEAD),
    "contest_hold": Right(Side.OTHER, LEAD),
    "uphold_hold": Right(Side.OTHER, LEAD),
    "void_hold": Right(Side.OWNER, LEAD),
    "ask_decision": Right(Side.EITHER, LEAD),
    "answer": Right(Side.EITHER, LEAD),
    "take_back": Right(Side.EITHER, LEAD),
    "relieve": Right(Side.OTHER, LEAD),
    "disagree": Right(Side.EITHER, HANDS),
    "climb": Right(Side.EITHER, ALL),
    "resolve": Right(Side.EITHER, ALL),
    # inspections; of a visit the owner is the party that did it
    "inspect": Right(Side.EITHER, HANDS),
    "contest": Right(Side.EITHER, LEAD),
    "agree_visit": Right(Side.EITHER, LEAD),
    "amend": Right(Side.EITHER, HANDS),
    "cancel_visit": Right(Side.EITHER, LEAD),
    # beside the work
    "report": Right(Side.EITHER, ALL),
    "see": Right(Side.EITHER, ALL),
    "release_held": Right(Side.EITHER, LEAD),
    "edit_places": Right(Side.EITHER, LEAD),
    "edit_tags": Right(Side.EITHER, LEAD),
    "invite": Right(Side.OWNER, LEAD),
    "end_membership": Right(Side.OWNER, LEAD),
    "set_logo": Right(Side.OWNER, HEAD),
    "edit_contract": Right(Side.EITHER, HEAD),
    "draft_agreement": Right(Side.EITHER, LEAD),
    "sign_agreement": Right(Side.EITHER, SIGNERS),
}


def may(member: Member, right: str, owner: Party | None = None) -> bool:
    """Whether `member` has `right` over work (or people) of `owner`; of no one, when left out."""
    return RIGHTS[right].allows(member.role, member.party, owner or member.party)
