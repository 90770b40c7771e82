"""Memberships: a person's place in a contract, begun and ended with an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from inspection import clock
from inspection.db import db, lock, table
from inspection.journal import Happened, record
from inspection.people import sessions
from inspection.people.models import Invitation, Membership, Person
from inspection.rules.access import LEAD, Member, Party, Role
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused

_members, _persons, _invitations = table(Membership), table(Person), table(Invitation)


def _living(contract_id: int) -> ColumnElement[bool]:
    return (_members.c.contract_id == contract_id) & _members.c.ended_at.is_(None)


def current_of(contract_id: int, person_id: int) -> Any:
    """The person's living membership of the contract, or None."""
    return db.session.execute(
        select(_members).where(_living(contract_id), _members.c.person_id == person_id)
    ).first()


def of_contract(contract_id: int) -> list[Any]:
    """Everybody who works in the contract: id, person_id, name, email, party, role, started_at."""
    return list(
        db.session.execute(
            select(
                _members.c.id,
                _members.c.person_id,
                _members.c.party,
                _members.c.role,
                _members.c.started_at,
                _persons.c.name,
                _persons.c.email,
            )
            .join_from(_members, _persons)
            .where(_living(contract_id))
            .order_by(_persons.c.name, _members.c.id)
        )
    )


def names(contract_id: int, member_ids: Iterable[int | None]) -> dict[int, str]:
    """Names of members by id, also of those who left, for what mentions them."""
    wanted = {one for one in member_ids if one}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(_members.c.id, _persons.c.name)
        .join_from(_members, _persons, _members.c.person_id == _persons.c.id)
        .where(_members.c.contract_id == contract_id, _members.c.id.in_(wanted))
    )
    return {row.id: row.name for row in rows}


def start(
    contract_id: int, person_id: int, organisation_id: int, party: Party, role: Role
) -> Member:
    """Give the person a place in the contract, unless they have one; the member they are."""
    lock(f"membership/{contract_id}/{person_id}")
    there = current_of(contract_id, person_id)
    if there is not None:
        return Member(there.id, person_id, contract_id, Party(there.party), Role(there.role))
    member_id = db.session.execute(
        insert(_members)
        .values(
            contract_id=contract_id,
            person_id=person_id,
            organisation_id=organisation_id,
            party=party.value,
            role=role.value,
            started_at=clock.now(),
        )
        .returning(_members.c.id)
    ).scalar_one()
    member = Member(member_id, person_id, contract_id, party, role)
    record(
        Happened(
            contract_id=contract_id,
            kind="membership.started",
            entity="membership",
            entity_id=member_id,
            by=member,
            data={"party": party.value, "role": role.value},
        )
    )
    return member


def end(by: Member, membership_id: int) -> None:
    """End a membership of the actor's own party; what hangs on it follows from the event.

    Raises `Refused` when the party would be left with nobody who can lead or invite.
    """
    lock(f"party/{by.contract_id}/{by.party.value}")
    there = db.session.execute(
        select(_members).where(_living(by.contract_id), _members.c.id == membership_id)
    ).one()
    if Role(there.role) in LEAD and not _other_leads(by.contract_id, there):
        raise Refused(
            Refusal(
                "membership.last_lead",
                N_(
                    "Nobody else of your party can lead here. Invite a supervisor or manager"
                    " first; when they have accepted, this one can leave."
                ),
            )
        )
    now = clock.now()
    db.session.execute(update(_members).where(_members.c.id == membership_id).values(ended_at=now))
    _withdraw_links(by.contract_id, there.person_id)
    record(
        Happened(
            contract_id=by.contract_id,
            kind="membership.ended",
            entity="membership",
            entity_id=membership_id,
            by=by,
            data={"party": there.party, "role": there.role},
        )
    )
    if not _works_anywhere(there.person_id):
        sessions.end_sessions(there.person_id)


def _other_leads(contract_id: int, leaving: Any) -> bool:
    others = select(_members.c.id).where(
        _living(contract_id),
        _members.c.party == leaving.party,
        _members.c.role.in_([role.value for role in LEAD]),
        _members.c.id != leaving.id,
    )
    return db.session.execute(others).first() is not None


def _withdraw_links(contract_id: int, person_id: int) -> None:
    """An unused invitation must not bring back somebody who has just been sent away."""
    address = select(_persons.c.email).where(_persons.c.id == person_id).scalar_subquery()
    db.session.execute(
        update(_invitations)
        .where(
            _invitations.c.contract_id == contract_id,
            _invitations.c.email == address,
            _invitations.c.used_at.is_(None),
            _invitations.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )


def _works_anywhere(person_id: int) -> bool:
    living = select(_members.c.id).where(
        _members.c.person_id == person_id, _members.c.ended_at.is_(None)
    )
    return db.session.execute(living).first() is not None
