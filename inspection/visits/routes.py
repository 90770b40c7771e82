"""A visit on a phone: begin, fill in, keep for later, look it over, submit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, select

from inspection import web
from inspection.actions.models import Action
from inspection.assets import scans
from inspection.assets.tree import within
from inspection.checklists import asking
from inspection.checklists.asking import Given
from inspection.db import db, table
from inspection.idempotency import Done, once
from inspection.people import memberships
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules.checklist import Checklist
from inspection.rules.refusal import Refusal
from inspection.rules.visit import VisitState
from inspection.visits import before, filled, record, starting, submitting
from inspection.web import Field, Rule, again, allow

rooms = Blueprint("visits", __name__)

JOINABLE = 30  # open actions that a finding can be joined to
_VISIT = "/c/<contract>/visits/<int:visit>/"
_INSPECT = Rule("member", "inspect")
_actions = table(Action)


@rooms.url_value_preprocessor
def _make_room(endpoint: str | None, _values: object) -> None:
    """Before anything of a form is read, also by who chooses the language."""
    if endpoint in ("visits.keep", "visits.submit"):
        filled.make_room()


# ---------------------------------------------------------------- beginning


@rooms.post("/c/<contract>/visits")
@allow(_INSPECT)
def begin(contract: str) -> ResponseReturnValue:
    """Begin on the spot, or take what is due there; then the form."""
    said = web.form(
        place=Field("int", required=True),
        checklist=Field(required=True),
        scan=Field(limit=2000),
        accompanied_by=Field(limit=120),
    )
    return once(
        lambda: _begun(
            contract, said["place"], said["checklist"], said["scan"], None, said["accompanied_by"]
        )
    )


@rooms.post(_VISIT + "start")
@allow(_INSPECT)
def start(contract: str, visit: int) -> ResponseReturnValue:
    """Begin a planned visit."""
    said = web.form(scan=Field(limit=2000), accompanied_by=Field(limit=120))

    def write() -> Done:
        row = record.found(web.contract().id, visit)
        return _begun(
            contract, row.asset_id, row.checklist_key, said["scan"], visit, said["accompanied_by"]
        )

    return once(write)


def _begun(
    contract: str, place: int, checklist: str, scan: str, visit: int | None, with_whom: str
) -> Done:
    here = web.contract().id
    made = starting.begin(
        web.member(), here, place, checklist, scans.presence(scan, place), visit, with_whom
    )
    return Done(url_for("visits.fill", contract=contract, visit=made), number=str(made))


# ---------------------------------------------------------------- filling in


@rooms.get(_VISIT + "form")
@allow(_INSPECT)
def fill(contract: str, visit: int) -> ResponseReturnValue:
    """The form of a visit that this member has begun; anything else leads to the visit itself."""
    row = record.found(web.contract().id, visit)
    mine = row.state == VisitState.IN_PROGRESS and row.inspector_id == web.member().id
    if not mine and not web.refusals():
        return redirect(_page(contract, visit), 303)
    checklist, scale = record.checklist_of(row), record.scale_of(row)
    asked = asking.form(row.contract_id, checklist, before.of(row))
    given, pictures = _so_far(row, checklist)
    everybody = memberships.of_contract(row.contract_id)
    return render_template(
        "visits/form.html",
        visit=row,
        asked=asked,
        scale=scale,
        given=given,
        kept=_tokens(pictures),
        joinable=_open_here(row),
        companions=[one for one in everybody if one.party != web.member().party],
        errors=_by_item(web.refusals(), checklist),
    )


def _so_far(row: Row[Any], checklist: Checklist) -> tuple[Given, Iterable[Kept]]:
    """What stands in the fields, and the pictures: of the refused form, else of the draft."""
    if web.refusals():
        return web.submitted().to_dict(flat=False), evidence.received(
            filled.file_fields(checklist)
        ).kept
    return row.draft.get("fields", {}), starting.kept_pictures(row.draft)


def _tokens(pictures: Iterable[Kept]) -> Mapping[str, list[str]]:
    """What the form sends back of pictures it keeps, by the field they came with."""
    tokens: dict[str, list[str]] = {}
    for one in pictures:
        tokens.setdefault(one.field, []).append(web.sign("kept-photo", astuple(one)))
    return tokens


def _open_here(row: Row[Any]) -> list[Row[Any]]:
    """The open actions at the place or inside it, newest first: number and title."""
    return list(
        db.session.execute(
            select(_actions.c.number, _actions.c.title)
            .where(_actions.c.contract_id == row.contract_id, _actions.c.listed)
            .where(within(_actions.c.place, row.place))
            .order_by(_actions.c.id.desc())
            .limit(JOINABLE)
        )
    )


def _by_item(refusals: Iterable[Refusal], checklist: Checklist) -> Mapping[str, list[Refusal]]:
    """What was refused beside a field, by the key of its item; "" for fields of the whole."""
    keys = {one.key for one in checklist.items}
    named: dict[str, list[Refusal]] = {}
    for one in refusals:
        if one.where is not None:
            key = one.where.partition("-")[2]
            named.setdefault(key if key in keys else "", []).append(one)
    return named


# ---------------------------------------------------------------- keeping, submitting, leaving


@rooms.post(_VISIT + "draft")
@allow(_INSPECT)
@again(fill)
def keep(contract: str, visit: int) -> ResponseReturnValue:
    """Keep what is filled so far, photos too, so that it goes on later or on another phone."""
    draft = filled.as_typed(_checklist(visit))

    def write() -> Done:
        starting.keep(web.member(), visit, _version(), draft)
        return Done(_page(contract, visit), "kept", str(visit))

    return once(write)


@rooms.post(_VISIT + "submission")
@allow(_INSPECT)
@again(fill)
def submit(contract: str, visit: int) -> ResponseReturnValue:
    """All of it: from here on it is the record of both parties."""
    said = filled.read(_checklist(visit))

    def write() -> Done:
        submitting.submit(web.member(), visit, said)
        return Done(_page(contract, visit), "submitted", str(visit))

    return once(write)


def _checklist(visit: int) -> Checklist:
    return record.checklist_of(record.found(web.contract().id, visit))


def _version() -> int | None:
    return web.whole(web.submitted().get("version", ""))


@rooms.post(_VISIT + "leaving")
@allow(_INSPECT)
def leave(contract: str, visit: int) -> ResponseReturnValue:
    """Begun by mistake: planned again, or left out."""
    web.form()

    def write() -> Done:
        starting.leave(web.member(), visit, _version())
        return Done(_page(contract, visit), "left", str(visit))

    return once(write)


def _page(contract: str, visit: int) -> str:
    """The address of the visit itself, a page of another room."""
    return f"/c/{contract}/visits/{visit}"
