"""The form of a visit that nobody has begun: kept on a phone, filled in where no signal is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from inspection import web
from inspection.assets import scans, tree
from inspection.checklists import agreed
from inspection.contracts import agreements
from inspection.idempotency import once
from inspection.rules.visit import VisitState
from inspection.visits import arriving, drawing, filled, record, starting
from inspection.visits.routes import arrived
from inspection.web import Rule, again, allow

rooms = Blueprint("offline_visits", __name__)

_ADDRESS = "/c/<contract>/places/<int:place>/inspection/<checklist>"
_INSPECT = Rule("member", "inspect")


@rooms.url_value_preprocessor
def _make_room(endpoint: str | None, _values: object) -> None:
    """Before anything of a form is read, also by who chooses the language."""
    if endpoint == "offline_visits.submit":
        filled.make_room()


@rooms.get(_ADDRESS)
@allow(_INSPECT)
def blank(contract: str, place: int, checklist: str) -> ResponseReturnValue:
    """The form; opening it changes nothing. `visit` in the address names the planned visit.

    Of one that this member has begun it leads to its own form.
    """
    where = tree.found(web.contract().id, place)
    meant = _meant(where, checklist)
    if meant is not None and _mine(meant) and not web.refusals():
        return redirect(f"/c/{contract}/visits/{meant.id}/form", 303)
    version, scale = _versions(where, checklist, meant)
    web.keep_on_phone()
    return drawing.page(
        drawing.Form(
            drawing.Unbegun(where.contract_id, place, where.path, where.name, checklist),
            agreed.checklist(version),
            agreements.scale(scale),
            f"/c/{contract}/places/{place}/inspection/{checklist}",
            {
                "visit": meant.id if meant is not None else "",
                "checklist_version": version,
                "scale_version": scale or "",
                "scan": scans.token(place),
            },
        )
    )


@rooms.post(_ADDRESS)
@allow(_INSPECT)
@again(blank)
def submit(contract: str, place: int, checklist: str) -> ResponseReturnValue:
    """Begin and submit it at once, whatever happened since the form was drawn."""
    form = arriving.posted(place, checklist, _named())
    said = filled.read(agreed.checklist(form.drawn.checklist_id))
    return once(lambda: arrived(contract, arriving.submit(web.member(), form, said)))


def _named() -> int | None:
    """The planned visit that the address or the form names."""
    return web.whole(request.values.get("visit", ""))


def _meant(where: Row[Any], checklist: str) -> Row[Any] | None:
    """That visit if it is one of this place, else what this member would take there now."""
    row = arriving.meant(where, checklist, _named())
    if row is not None:
        return row
    due = starting.open_there(web.member(), where.contract_id, where.id, checklist)
    return record.found(where.contract_id, due) if due else None


def _mine(row: Row[Any]) -> bool:
    return bool(row.state == VisitState.IN_PROGRESS and row.inspector_id == web.member().id)


def _versions(where: Row[Any], checklist: str, meant: Row[Any] | None) -> tuple[int, int | None]:
    """The checklist and scale it is drawn with: of a refused form, the same as before."""
    if web.refusals():
        drawn = arriving.posted(where.id, checklist, None).drawn
        return drawn.checklist_id, drawn.scale_id
    scale = agreements.in_force(where.contract_id, "scale")
    return starting.version(where, checklist, meant is not None), scale.id if scale else None
