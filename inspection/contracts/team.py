"""Who works in the contract, on both sides, and who may bring in or send away whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy import select

from inspection.contracts.models import Contract
from inspection.db import db, table
from inspection.people import invitations, limits, memberships, phones
from inspection.rules.access import HEAD, LEAD, Party, Role, may
from inspection.web import ContractCard, contract, member

_contracts = table(Contract)
INVITATIONS_PER_HOUR = 100  # of one person


@dataclass(frozen=True)
class Side:
    """One party on the page: its organisation, its people, its open invitations."""

    party: Party
    organisation: str
    people: list[Any]
    invitations: list[Any]


def sides(here: ContractCard) -> list[Side]:
    """Both parties; everybody sees both."""
    people = memberships.of_contract(here.id)
    invited = invitations.open_of(here.id)
    names = {Party.CUSTOMER: here.customer, Party.CONTRACTOR: here.contractor}
    return [
        Side(
            party,
            names[party],
            [one for one in people if one.party == party],
            [one for one in invited if one.party == party],
        )
        for party in Party
    ]


def phones_with_work(side: Side) -> list[phones.Held]:
    """The phones that hold work of this contract, of one's own party and for its leads alone."""
    if side.party is not member().party or member().role not in LEAD:
        return []
    return phones.holding(contract().slug, [one.person_id for one in side.people])


def grantable() -> list[Role]:
    """The roles the acting member may give; only a manager makes another manager."""
    return [role for role in Role if role not in HEAD or member().role in HEAD]


def may_end(one: Any) -> bool:
    """Whether the acting member may end this membership: of their own party, a manager's by one."""
    return may(member(), "end_membership", Party(one.party)) and Role(one.role) in grantable()


def mine(membership: int) -> Any:
    """A membership the acting member may end; a foreign one answers as one that never was."""
    ours = (one for one in memberships.of_contract(contract().id) if one.party == member().party)
    found = next((one for one in ours if one.id == membership), None)
    if found is None:
        abort(404)
    if not may_end(found):
        abort(403)
    return found


def invite(email: str, name: str, role: Role, language: str) -> None:
    """Invite somebody to the acting member's own party."""
    party = member().party
    column = _contracts.c.customer_id if party is Party.CUSTOMER else _contracts.c.contractor_id
    organisation = db.session.execute(
        select(column).where(_contracts.c.id == contract().id)
    ).scalar_one()
    place = invitations.Place(contract().id, contract().name, organisation, party, role)
    invitations.invite(email, name, place, by=member(), language=language)


def count_invitation() -> None:
    """Mails go to strangers: nobody sends many of them."""
    limits.count("invite", 10 * INVITATIONS_PER_HOUR, str(member().id), INVITATIONS_PER_HOUR)


def withdraw(invitation: int) -> None:
    """Take back an open invitation of the acting member's own party."""
    try:
        invitations.withdraw(member(), invitation)
    except LookupError:
        abort(404)


def end(membership: int) -> None:
    """End a membership of the acting member's own party."""
    mine(membership)
    memberships.end(member(), membership)
