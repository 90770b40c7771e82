"""A new contract: two organisations, the nine buttons, and a manager invited on each side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import Row, insert, select
from werkzeug.exceptions import NotFound

from inspection import clock
from inspection.assets import tree
from inspection.contracts import agreements
from inspection.contracts.categories import CATEGORIES
from inspection.contracts.models import Category, Contract
from inspection.db import db, lock, table
from inspection.journal import Happened, record
from inspection.people import invitations, persons
from inspection.people.invitations import Place
from inspection.people.models import Organisation
from inspection.rules.access import Party, Role
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, accepted

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DRAFTED = ("sla_policy", "calendar", "categories")  # for the parties to complete and propose

_contracts, _organisations, _categories = table(Contract), table(Organisation), table(Category)


@dataclass(frozen=True)
class Side:
    """One party: its organisation, and whom to invite as its manager."""

    organisation: str
    manager: str
    email: str


@dataclass(frozen=True)
class Terms:
    """What a contract begins with; `tz` is an IANA name."""

    name: str
    slug: str
    sides: Mapping[Party, Side]
    tz: str = "Europe/Copenhagen"


def found(terms: Terms) -> dict[Party, str]:
    """Make the contract, in the caller's transaction; the way in of each party's manager.

    Raises `Refused`.
    """
    lock(f"contract/{terms.slug}")
    _check(terms)
    organisations = {party: _organisation(side) for party, side in terms.sides.items()}
    contract_id = db.session.execute(
        insert(_contracts)
        .values(
            slug=terms.slug,
            name=terms.name,
            customer_id=organisations[Party.CUSTOMER],
            contractor_id=organisations[Party.CONTRACTOR],
            tz=terms.tz,
            emergency_number="112",
            emergency_text={},
            readers=_readers(terms.sides),
            retention_days=730,
            next_number=1,
            version=1,
            created_at=clock.now(),
        )
        .returning(_contracts.c.id)
    ).scalar_one()
    give_categories(contract_id)
    record(Happened(contract_id, "contract.founded", "contract", contract_id))
    for kind in DRAFTED:
        agreements.draft(None, contract_id, kind)
    return {
        party: _invite(
            terms, side, Place(contract_id, terms.name, organisations[party], party, Role.MANAGER)
        )
        for party, side in terms.sides.items()
    }


def give_categories(contract_id: int) -> None:
    """The nine buttons that every contract starts with."""
    db.session.execute(
        insert(_categories),
        [
            {
                "contract_id": contract_id,
                "key": each.key,
                "icon": each.icon,
                "names": dict(each.names),
                "service_line": each.service_line,
                "owner_party": each.owner_party.value,
                "priority": each.priority.value,
                "photo_rule": each.photo_rule.value,
                "position": position,
                "active": True,
            }
            for position, each in enumerate(CATEGORIES)
        ],
    )


def place(slug: str, party: Party, role: Role) -> Place:
    """Where an invitation into a contract leads; raises `Refused`."""
    row = called(slug)
    organisation_id = row.customer_id if party is Party.CUSTOMER else row.contractor_id
    return Place(row.id, row.name, organisation_id, party, role)


def places(slug: str, asset_id: int | None) -> list[Row[Any]]:
    """One place of a contract, or without an id all that stand alone; raises `Refused`."""
    contract_id = called(slug).id
    if asset_id is None:
        return tree.children(contract_id, None)
    try:
        return [tree.found(contract_id, asset_id)]
    except NotFound:
        raise Refused(
            Refusal("asset.unknown", N_("There is no place of that number in this contract."))
        ) from None


def called(slug: str) -> Row[Any]:
    """The contract of a short name; raises `Refused`."""
    row = db.session.execute(select(_contracts).where(_contracts.c.slug == slug)).first()
    if row is None:
        raise Refused(Refusal("contract.unknown", N_("There is no contract of that short name.")))
    return row


def _check(terms: Terms) -> None:
    if not SLUG.fullmatch(terms.slug) or len(terms.slug) > 60:
        raise Refused(
            Refusal(
                "contract.slug", N_("The short name has small letters, digits and dashes only.")
            )
        )
    there = select(_contracts.c.id).where(_contracts.c.slug == terms.slug)
    if db.session.execute(there).first() is not None:
        raise Refused(
            Refusal("contract.there", N_("There is a contract of that short name already."))
        )
    if terms.tz not in available_timezones():
        raise Refused(
            Refusal("contract.tz", N_("The time zone is a name like Europe/Copenhagen or UTC."))
        )
    if len({accepted(persons.address(side.email)) for side in terms.sides.values()}) < 2:
        raise Refused(
            Refusal("contract.one_address", N_("Each party needs a manager with an own address."))
        )


def _readers(sides: Mapping[Party, Side]) -> dict[str, str]:
    """Who reads reports, until the parties say it better."""
    names = [sides[party].organisation for party in Party]
    return {"en": " and ".join(names), "da": " og ".join(names)}


def _organisation(side: Side) -> int:
    made = insert(_organisations).values(name=side.organisation, created_at=clock.now())
    return int(db.session.execute(made.returning(_organisations.c.id)).scalar_one())


def _invite(terms: Terms, side: Side, place: Place) -> str:
    email = accepted(persons.address(side.email))
    return invitations.link(invitations.invite(email, side.manager, place, mail=False))
