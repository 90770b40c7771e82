"""The tree: walking through it, adding and editing by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.assets import tree
from inspection.assets.models import Kind
from inspection.idempotency import Done, once
from inspection.journal import Happened, record
from inspection.photos import evidence
from inspection.web import MEMBER, Field, Rule, again, allow

rooms = Blueprint("assets", __name__)

WHAT_IS_KNOWN = {
    "name": Field(limit=200, required=True),
    "number": Field(limit=60),
    "use": Field(limit=200),
    "description": Field("words", limit=2000),
    "serial": Field(limit=100),
    "asset_identifier": Field(limit=100),
}


@rooms.get("/c/<contract>/places")
@allow(MEMBER)
def places(contract: str) -> ResponseReturnValue:
    """The tree from its roots, or what a search finds in it."""
    here, words = web.contract().id, request.args.get("q", "").strip()[:100]
    found = tree.search(here, words) if words else []
    return render_template(
        "assets/places.html",
        q=words,
        found=found,
        outline=[] if words else tree.outline(here),
        kinds=tree.kinds(here),
    )


@rooms.get("/c/<contract>/places/new")
@allow(Rule("member", "edit_places"))
def new(contract: str) -> ResponseReturnValue:
    """A form for one more place or thing."""
    return _form(None)


@rooms.post("/c/<contract>/places")
@allow(Rule("member", "edit_places"))
@again(new)
def create(contract: str) -> ResponseReturnValue:
    """Add a place or thing."""
    typed = web.form(
        kind=Field(required=True, choices=tuple(Kind)),
        parent=Field("int", default=None),
        **WHAT_IS_KNOWN,
    )
    kind, parent = Kind(typed.pop("kind")), typed.pop("parent")
    pictures = evidence.received().insist()

    def write() -> Done:
        by = web.member()
        above = tree.found(by.contract_id, parent) if parent is not None else None
        row = tree.create(by, kind, typed.pop("name"), above, **typed)
        evidence.attach(pictures, by.contract_id, asset_id=row.id)
        return Done(_page(contract, row.id), "place-added", str(row.id))

    return once(write)


@rooms.get("/c/<contract>/places/<int:asset>/edit")
@allow(Rule("member", "edit_places"))
def edit(contract: str, asset: int) -> ResponseReturnValue:
    """The form of what is known of a place."""
    return _form(tree.found(web.contract().id, asset))


@rooms.post("/c/<contract>/places/<int:asset>/edit")
@allow(Rule("member", "edit_places"))
@again(edit)
def change(contract: str, asset: int) -> ResponseReturnValue:
    """Change what is known of a place."""
    typed = web.form(version=Field("int", default=None), **WHAT_IS_KNOWN)
    version = typed.pop("version")
    pictures = evidence.received().insist()

    def write() -> Done:
        by = web.member()
        row = tree.found(by.contract_id, asset)
        written = tree.edit(row, by, version, **typed)
        evidence.attach(pictures, by.contract_id, asset_id=row.id, event_id=written.id)
        return Done(_page(contract, row.id), "place-changed", str(row.id))

    return once(write)


@rooms.post("/c/<contract>/places/<int:asset>/photos/<int:photo>/removal")
@allow(Rule("member", "edit_places"))
def remove_photo(contract: str, asset: int, photo: int) -> ResponseReturnValue:
    """Take a picture of a place off its page."""
    web.form()

    def write() -> Done:
        by = web.member()
        row = tree.found(by.contract_id, asset)
        if not evidence.hide(by.contract_id, photo, asset_id=row.id):
            abort(404)
        what = {"photo": photo}
        record(
            Happened(
                by.contract_id,
                "asset.photo_removed",
                "asset",
                row.id,
                by,
                asset_id=row.id,
                data=what,
            )
        )
        return Done(_page(contract, row.id), "photo-removed")

    return once(write)


def _form(row: Any) -> ResponseReturnValue:
    here = web.contract().id
    above = web.whole(request.values.get("parent", ""))
    parent = tree.found(here, above) if row is None and above is not None else None
    if row is not None and row.parent_id:
        parent = tree.found(here, row.parent_id)
    return render_template(
        "assets/form.html", place=row, parent=parent, fitting=tree.fitting(parent)
    )


def _page(contract: str, asset: int) -> str:
    return f"/c/{contract}/places/{asset}"
