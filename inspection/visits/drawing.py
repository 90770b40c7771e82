"""Drawing the form of a visit as a page: of one that somebody has begun, or that nobody has yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from flask import render_template
from sqlalchemy import Row, select

from inspection import web
from inspection.actions.models import Action
from inspection.assets.tree import within
from inspection.checklists import asking
from inspection.checklists.asking import Given
from inspection.db import db, table
from inspection.people import memberships
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules.checklist import Checklist
from inspection.rules.refusal import Refusal
from inspection.rules.scale import Scale
from inspection.visits import before, filled

JOINABLE = 30  # open actions that a finding can be joined to
_actions = table(Action)


@dataclass(frozen=True)
class Unbegun:
    """A visit that nobody has begun, as far as its form asks."""

    contract_id: int
    asset_id: int
    place: str
    place_name: str
    checklist_key: str
    id: int = 0
    submitted_at: None = None
    accompanied_by: str = ""
    accompanied_id: None = None


@dataclass(frozen=True)
class Form:
    """The form of a visit (a row, or an `Unbegun`) and where it goes.

    `hidden` are the fields that nobody types. `address` is where it is submitted; `keeping` and
    `leaving` where it is kept for another device and left ("": it is on this phone alone).
    `kept` is what was filled so far, `kept_on` when and on which device ({}: nothing was).
    """

    visit: Any
    checklist: Checklist
    scale: Scale
    address: str
    hidden: Mapping[str, Any]
    keeping: str = ""
    leaving: str = ""
    kept: tuple[Given, Iterable[Kept]] = field(default=({}, ()))
    kept_on: Mapping[str, str] = field(default_factory=dict)


def page(form: Form) -> str:
    """The page of a form, with what stands in its fields: of the refused one, else of the draft."""
    visit, checklist = form.visit, form.checklist
    given, pictures = _refused(checklist) if web.refusals() else form.kept
    everybody = memberships.of_contract(visit.contract_id)
    return render_template(
        "visits/form.html",
        form_of=form,
        visit=visit,
        asked=asking.form(visit.contract_id, checklist, before.of(visit)),
        scale=form.scale,
        given=given,
        kept=_tokens(pictures),
        joinable=_open_here(visit),
        companions=[one for one in everybody if one.party != web.member().party],
        errors=_by_item(web.refusals(), checklist),
    )


def _refused(checklist: Checklist) -> tuple[Given, Iterable[Kept]]:
    typed = web.submitted().to_dict(flat=False)
    return typed, evidence.received(filled.file_fields(checklist)).kept


def _tokens(pictures: Iterable[Kept]) -> Mapping[str, list[str]]:
    """What the form sends back of pictures it keeps, by the field they came with."""
    tokens: dict[str, list[str]] = {}
    for one in pictures:
        tokens.setdefault(one.field, []).append(web.sign("kept-photo", astuple(one)))
    return tokens


def _open_here(visit: Any) -> list[Row[Any]]:
    """The open actions at the place or inside it, newest first: number and title."""
    return list(
        db.session.execute(
            select(_actions.c.number, _actions.c.title)
            .where(_actions.c.contract_id == visit.contract_id, _actions.c.listed)
            .where(within(_actions.c.place, visit.place))
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
