"""Who is acting here: the contract of the address and the person's place in it."""

from __future__ import annotations

from flask import abort, g, make_response, request
from sqlalchemy import bindparam, select

from inspection.contracts import quarantine
from inspection.contracts.models import Contract
from inspection.db import db, table
from inspection.people.models import Membership, Organisation
from inspection.rules.access import Member, Party, Role
from inspection.web import ContractCard, current

_contracts, _members = table(Contract), table(Membership)
_customer = table(Organisation).alias("customer")
_contractor = table(Organisation).alias("contractor")

_CARD = (
    select(
        _contracts.c.id,
        _contracts.c.slug,
        _contracts.c.name,
        _contracts.c.tz,
        _customer.c.name.label("customer"),
        _contractor.c.name.label("contractor"),
    )
    .join_from(_contracts, _customer, _contracts.c.customer_id == _customer.c.id)
    .join(_contractor, _contracts.c.contractor_id == _contractor.c.id)
)
_PLACE = (
    _CARD.add_columns(_members.c.id.label("member_id"), _members.c.party, _members.c.role)
    .join(_members, _members.c.contract_id == _contracts.c.id)
    .where(_members.c.ended_at.is_(None))
)
_HERE = _PLACE.where(
    _contracts.c.slug == bindparam("slug"), _members.c.person_id == bindparam("person")
)


def enter() -> None:
    """Find the contract of the address; a foreign one answers exactly as one that never was."""
    slug = (request.view_args or {}).get("contract")
    who = current()
    if slug is None or who.person is None:
        return
    found = db.session.execute(_HERE, {"slug": slug, "person": who.person.id}).first()
    held = quarantine.instead(slug, Role(found.role) if found else None)
    if held is not None:
        abort(make_response(held))
    if found is None:
        abort(404)
    who.contract = ContractCard(
        found.id, found.slug, found.name, found.tz, found.customer, found.contractor
    )
    who.member = Member(
        found.member_id, who.person.id, found.id, Party(found.party), Role(found.role)
    )
    g.contract_id = found.id


def memberships(person_id: int) -> list[tuple[ContractCard, Party, Role]]:
    """The contracts a person works in, by name."""
    rows = db.session.execute(
        _PLACE.where(_members.c.person_id == person_id).order_by(_contracts.c.name)
    )
    return [
        (
            ContractCard(row.id, row.slug, row.name, row.tz, row.customer, row.contractor),
            Party(row.party),
            Role(row.role),
        )
        for row in rows
    ]


def card(contract_id: int) -> ContractCard:
    """The contract as pages need it."""
    row = db.session.execute(_CARD.where(_contracts.c.id == contract_id)).one()
    return ContractCard(*row)
