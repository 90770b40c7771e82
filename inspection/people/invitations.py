"""Invitations: a way in by link, good once and for seven days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, insert, select, update

from inspection import clock
from inspection.db import db, lock, table
from inspection.journal import Happened, record
from inspection.people import letters, memberships, persons
from inspection.people.models import Invitation, Person
from inspection.rules.access import Member, Party, Role
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, hashed, new_secret, settings

LIFETIME = timedelta(days=7)

_invitations, _persons = table(Invitation), table(Person)


@dataclass(frozen=True)
class Place:
    """Where an invitation leads: one party of one contract, in one role."""

    contract_id: int
    contract_name: str
    organisation_id: int
    party: Party
    role: Role


def link(token: str, language: str = "en") -> str:
    """The address of an invitation, which speaks the language of the person invited."""
    return f"{settings().base_url}/invitations/{token}?lang={language}"


def invite(
    email: str,
    name: str,
    place: Place | None = None,
    *,
    by: Member | None = None,
    language: str = "en",
    mail: bool = True,
    lifetime: timedelta = LIFETIME,
) -> str:
    """Invite the person at `email` (lower case) and return the token of the link.

    Whoever holds the link can become this person, so it is shown to the operator and mailed to
    `email`, and never shown to the person who invites. Without a `place` it only lets a known
    person in. Raises `Refused` when they are a member of the contract already.
    """
    known = persons.at(email)
    if place is not None and known is not None:
        _refuse_member(place, known.id)
    language = known.language if known is not None else language
    token, now = new_secret(), clock.now()
    invitation_id = db.session.execute(
        insert(_invitations)
        .values(
            token_hash=hashed(token),
            email=email,
            name=known.name if known is not None else name,
            language=language,
            contract_id=place.contract_id if place else None,
            contract_name=place.contract_name if place else "",
            organisation_id=place.organisation_id if place else None,
            party=place.party.value if place else None,
            role=place.role.value if place else None,
            invited_by=by.person_id if by else None,
            created_at=now,
            expires_at=now + lifetime,
        )
        .returning(_invitations.c.id)
    ).scalar_one()
    if place is not None:
        _tell("person.invited", place.contract_id, invitation_id, by, place.party, place.role)
    if mail:
        _mail(email, language, token, place, by)
    return token


def way_in_link(email: str, lifetime: timedelta = LIFETIME) -> str:
    """An address that lets a known person in, once; for the operator."""
    person = persons.at(email)
    if person is None:
        raise LookupError(email)
    return link(invite(email, person.name, mail=False, lifetime=lifetime), person.language)


def _refuse_member(place: Place, person_id: int) -> None:
    if memberships.current_of(place.contract_id, person_id) is not None:
        raise Refused(
            Refusal(
                "invitation.member_already",
                N_("This person works in this contract already."),
                where="email",
            )
        )


def _tell(
    kind: str, contract_id: int, invitation_id: int, by: Member | None, party: str, role: str
) -> None:
    record(
        Happened(
            contract_id=contract_id,
            kind=kind,
            entity="invitation",
            entity_id=invitation_id,
            by=by,
            data={"party": str(party), "role": str(role)},
        )
    )


def _mail(email: str, language: str, token: str, place: Place | None, by: Member | None) -> None:
    inviter = persons.one(by.person_id).name if by else "Tandem"
    opening = (
        N_("%(inviter)s invites you to work on %(contract)s in Tandem.")
        if place
        else N_("Here is your way into Tandem.")
    )
    letters.post(
        email,
        language,
        N_("Your invitation to %(contract)s"),
        opening,
        N_("Open this address on the phone or computer you work with:\n%(link)s"),
        N_("It is meant for you alone, works once, and is good for seven days."),
        inviter=inviter,
        contract=place.contract_name if place else "Tandem",
        link=link(token, language),
    )


def _open() -> Select[Any]:
    return (
        select(_invitations, _persons.c.name.label("inviter"))
        .select_from(_invitations.outerjoin(_persons, _persons.c.id == _invitations.c.invited_by))
        .where(
            _invitations.c.used_at.is_(None),
            _invitations.c.withdrawn_at.is_(None),
            _invitations.c.expires_at > clock.now(),
        )
    )


def found(token: str) -> Any:
    """The open invitation behind a link; None when used, withdrawn, too old, or never made."""
    return db.session.execute(_open().where(_invitations.c.token_hash == hashed(token))).first()


def open_of(contract_id: int) -> list[Any]:
    """The contract's open invitations, the newest first."""
    return list(
        db.session.execute(
            _open()
            .where(_invitations.c.contract_id == contract_id)
            .order_by(_invitations.c.id.desc())
        )
    )


def accept(token: str, name: str) -> int | None:
    """Use the invitation up and make the person and membership it stands for.

    The id of the person it lets in; None when it cannot be used (any more).
    """
    lock(f"invitation/{hashed(token)}")
    invitation = found(token)
    if invitation is None:
        return None
    db.session.execute(
        update(_invitations).where(_invitations.c.id == invitation.id).values(used_at=clock.now())
    )
    lock(f"person/{invitation.email}")
    known = persons.at(invitation.email)
    if known is None and invitation.contract_id is None:
        return None
    person_id = (
        known.id
        if known is not None
        else persons.add(name or invitation.name, invitation.email, invitation.language)
    )
    if invitation.contract_id is not None:
        memberships.start(
            invitation.contract_id,
            person_id,
            invitation.organisation_id,
            Party(invitation.party),
            Role(invitation.role),
        )
    return int(person_id)


def withdraw(by: Member, invitation_id: int) -> None:
    """Take back an open invitation of the actor's own party; `LookupError` when not there."""
    there = db.session.execute(
        _open().where(
            _invitations.c.id == invitation_id,
            _invitations.c.contract_id == by.contract_id,
            _invitations.c.party == by.party.value,
        )
    ).first()
    if there is None:
        raise LookupError(invitation_id)
    db.session.execute(
        update(_invitations)
        .where(_invitations.c.id == invitation_id)
        .values(withdrawn_at=clock.now())
    )
    _tell("invitation.withdrawn", by.contract_id, invitation_id, by, there.party, there.role)
