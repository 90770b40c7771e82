"""Somebody's words arrive: a report, and the action it belongs to from this moment on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from inspection import budgets, clock
from inspection.actions import repeats
from inspection.actions.models import Action
from inspection.actions.opening import Beginning, Opened, open_action
from inspection.assets.tree import within
from inspection.contracts.models import Category, Contract
from inspection.db import db, table
from inspection.journal import Happened, record
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.reports.models import Report
from inspection.rules.access import Member, Party
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, hashed
from inspection.words import named

_reports, _actions = table(Report), table(Action)
_categories, _contracts = table(Category), table(Contract)

WORDS_LIMIT = 4000
CONTACT_LIMIT = 254
HOUR = 3600
PER_CODE, PER_ADDRESS, PER_CONTRACT = 20, 60, 1000
"""Reports an hour before the rest is held in the tray; a whole building may share one address."""

_OFFERED = (
    select(_categories)
    .where(_categories.c.contract_id == bindparam("contract_id"), _categories.c.active)
    .order_by(_categories.c.position, _categories.c.id)
)
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"


# Statements are built once: building one anew costs more than running it.
_RETENTION = select(_contracts.c.retention_days).where(_contracts.c.id == bindparam("contract_id"))
_NAMED = select(_categories).where(
    _categories.c.contract_id == bindparam("contract_id"),
    _categories.c.key == bindparam("key"),
    _categories.c.active,
)
_NEW = insert(_reports).returning(_reports.c.id)


@dataclass(frozen=True)
class Said:
    """What somebody says about a place.

    `joins`: the id of an open action at this place that they say is theirs too. `captured_at`: when
    the phone says it was written. `held`: kept for a look before anybody is told. `joins_late`: the
    action it joins is open no more. `old_label`: the code was replaced or moved meanwhile.
    """

    place: Row[Any]
    category: Row[Any]
    words: str
    language: str
    receipt: str
    contact: str = ""
    source: str = "qr"
    tag_code: str | None = None
    joins: int | None = None
    by: Member | None = None
    pictures: tuple[Kept, ...] = ()
    captured_at: datetime | None = None
    held: bool = False
    retention_days: int | None = None  # of the contract, where the caller knows it
    joins_late: bool = False
    old_label: bool = False


@dataclass(frozen=True)
class Received:
    """The report as it now stands."""

    id: int
    reference: str
    action_id: int
    action_number: int


def categories(contract_id: int) -> list[Row[Any]]:
    """The categories a report can have, in the order of the buttons."""
    return list(db.session.execute(_OFFERED, {"contract_id": contract_id}))


def choices(offered: list[Row[Any]]) -> list[tuple[str, str, str]]:
    """Categories as tiles: key, name in the reader's language, icon."""
    return [(row.key, named(row.names), row.icon) for row in offered]


def category_named(contract_id: int, key: str) -> Row[Any]:
    """The category with that key; refuses one this contract does not have."""
    category = db.session.execute(_NAMED, {"contract_id": contract_id, "key": key}).first()
    if category is None:
        raise Refused(
            Refusal("report.category_missing", N_("Choose what it is about."), where="category")
        )
    return category


def category(contract_id: int, category_id: int) -> Row[Any]:
    """The category with that id, also one that is no longer offered."""
    return db.session.execute(
        select(_categories).where(
            _categories.c.contract_id == contract_id, _categories.c.id == category_id
        )
    ).one()


def over_budget(contract_id: int, code: str, address: str) -> bool:
    """Count one report; whether one of the budgets is spent, so that this one is held."""
    limits = {
        f"report/code/{code}": PER_CODE,
        f"report/address/{contract_id}/{address}": PER_ADDRESS,
        f"report/contract/{contract_id}": PER_CONTRACT,
    }
    spent = budgets.spend_all(limits, HOUR)
    return any(spent[key] > limit for key, limit in limits.items())


def reference() -> str:
    """A number to read out on the phone, random so that it tells nobody how many there are."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(7))
    return f"{letters[:4]}-{letters[4:]}"


def receive(said: Said) -> Received:
    """Keep a report and give it its action: the one it joins, or a new one."""
    now = clock.now()
    action = _joined(said) if said.joins else _opened(said)
    report_id, name = _insert(said, action.id, now)
    written = record(
        Happened(
            contract_id=said.place.contract_id,
            kind="report.held" if said.held else "report.received",
            entity="report",
            entity_id=report_id,
            by=said.by,
            reporter=said.by is None,
            action_id=action.id,
            asset_id=said.place.id,
            device_at=said.captured_at,
            data={
                "source": said.source,
                "joined": bool(said.joins),
                "photos": len(said.pictures),
                "language": said.language,
                **({"old_label": True} if said.old_label else {}),
            },
            owner=None if said.joins else Party(said.category.owner_party),
        )
    )
    evidence.attach(said.pictures, said.place.contract_id, report_id=report_id, event_id=written.id)
    if action.earlier:
        repeats.suspect(said.place.contract_id, action.id, said.place.id, action.earlier)
    return Received(report_id, name, action.id, action.number)


def _opened(said: Said) -> Opened:
    return open_action(said.place, said.category, said.words, Beginning(held=said.held))


def _joined(said: Said) -> Opened:
    """One more report on an open action of this place; nothing is joined by a guess.

    A held one counts when it is released. One that waited on a phone may come after its action was
    closed or merged into one elsewhere.
    """
    open_here = within(_actions.c.place, said.place.path), _actions.c.listed
    action = db.session.execute(
        update(_actions)
        .where(
            _actions.c.contract_id == said.place.contract_id,
            _actions.c.id == said.joins,
            *(() if said.joins_late else open_here),
        )
        .values(report_count=_actions.c.report_count + (0 if said.held else 1))
        .returning(_actions.c.id, _actions.c.number)
    ).first()
    if action is None:
        raise Refused(
            Refusal(
                "report.nothing_to_join",
                N_("That has just been closed. Say below what is wrong now."),
            )
        )
    return Opened(action.id, action.number)


def _insert(said: Said, action_id: int, now: datetime) -> tuple[int, str]:
    here = {"contract_id": said.place.contract_id}
    retention = said.retention_days or db.session.execute(_RETENTION, here).scalar_one()
    name = reference()
    row = {
        **here,
        "reference": name,
        "action_id": action_id,
        "asset_id": said.place.id,
        "category_id": said.category.id,
        "tag_code": said.tag_code,
        "words": said.words,
        "language": said.language,
        "contact": said.contact,
        "source": said.source,
        "me_too": bool(said.joins),
        "entered_by": said.by.id if said.by else None,
        "receipt_hash": hashed(said.receipt),
        "priority_proposed": said.category.priority,
        "captured_at": said.captured_at,
        "received_at": now,
        "expires_on": (now + timedelta(days=retention)).date(),
        "held": said.held,
        "satisfaction_text": "",
        "forgotten": False,
    }
    return db.session.execute(_NEW, row).scalar_one(), name
