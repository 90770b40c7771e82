"""The logos of both parties' organisations, each set by its own managers for this contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort
from sqlalchemy import Row, select

from inspection.contracts.models import Contract
from inspection.db import db, table
from inspection.journal import Happened, record
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules.access import Member, Party
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused

_contracts = table(Contract)
FIELD = "logo"


def of(contract_id: int) -> Mapping[Party, Row[Any] | None]:
    """The picture of each party's logo; None where its name stands for it."""
    organisations = _organisations(contract_id)
    wanted = set(organisations.values())
    kept = {row.organisation_id: row for row in evidence.of(contract_id, organisation_id=wanted)}
    return {party: kept.get(organisation) for party, organisation in organisations.items()}


def choose(by: Member, kept: tuple[Kept, ...]) -> None:
    """Put a logo in the place of the one before; raises `Refused` when none came."""
    if not kept:
        raise Refused(Refusal("logo.missing", N_("Choose a picture first."), where=FIELD))
    _hide(by)
    organisation = _organisations(by.contract_id)[by.party]
    evidence.attach(kept[-1:], by.contract_id, organisation_id=organisation)
    _tell(by, "organisation.logo_set")


def remove(by: Member) -> None:
    """Let the name stand for it again; 404 when there is no logo."""
    if not _hide(by):
        abort(404)
    _tell(by, "organisation.logo_removed")


def _hide(by: Member) -> bool:
    """Stop showing the logo of one's own party; whether there was one."""
    before = of(by.contract_id)[by.party]
    return before is not None and evidence.hide(
        by.contract_id, before.id, organisation_id=before.organisation_id
    )


def _tell(by: Member, kind: str) -> None:
    organisation = _organisations(by.contract_id)[by.party]
    record(Happened(by.contract_id, kind, "organisation", organisation, by))


def _organisations(contract_id: int) -> dict[Party, int]:
    asked = select(_contracts.c.customer_id, _contracts.c.contractor_id)
    row = db.session.execute(asked.where(_contracts.c.id == contract_id)).one()
    return {Party.CUSTOMER: row.customer_id, Party.CONTRACTOR: row.contractor_id}
