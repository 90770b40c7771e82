"""Codes of a place for staff: labels to print, a new code, moving one, retiring one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, select

from inspection import web
from inspection.assets import tree
from inspection.assets.models import Asset
from inspection.db import db, table
from inspection.idempotency import Done, once
from inspection.rules.refusal import N_, Refusal
from inspection.web import MEMBER, Field, Refused, Rule, again, allow
from qr import payload, tags
from qr.models import Tag, TagState

rooms = Blueprint("codes", __name__)

_tags, _assets = table(Tag), table(Asset)


@rooms.get("/c/<contract>/places/<int:asset>/codes")
@allow(MEMBER)
def of_place(contract: str, asset: int) -> ResponseReturnValue:
    """Every code this place has had."""
    here = web.contract().id
    row = tree.found(here, asset)
    codes = list(
        db.session.execute(
            select(_tags)
            .where(_tags.c.contract_id == here, _tags.c.asset_id == row.id)
            .order_by(_tags.c.id.desc())
        )
    )
    below = len(list(_below(row)))
    return render_template(
        "qr/codes.html", place=row, codes=codes, below=below, grouped=payload.grouped
    )


@rooms.post("/c/<contract>/places/<int:asset>/codes")
@allow(Rule("member", "edit_tags"))
@again(of_place)
def bind(contract: str, asset: int) -> ResponseReturnValue:
    """Give a place a new code, or one from the roll that was scanned or typed."""
    typed = web.form(code=Field(limit=200), note=Field("words", limit=500))
    code = web.accepted(payload.read(typed["code"])) if typed["code"] else None

    def write() -> Done:
        by = web.member()
        row = tree.found(by.contract_id, asset)
        minted = code or tags.mint(by.contract_id, 1)[0]
        tags.bind(by, tags.found(by.contract_id, minted), row, typed["note"])
        return Done(_page(contract, asset), "code-bound", minted)

    return once(write)


@rooms.post("/c/<contract>/places/<int:asset>/codes/<code>/retirement")
@allow(Rule("member", "edit_tags"))
@again(of_place)
def retire(contract: str, asset: int, code: str) -> ResponseReturnValue:
    """Take a code out of use; a new one can replace it in the same step."""
    typed = web.form(replace=Field("flag"), note=Field("words", limit=500))

    def write() -> Done:
        by = web.member()
        row, tag = tree.found(by.contract_id, asset), tags.found(by.contract_id, code)
        if tag.asset_id != row.id:
            raise Refused(Refusal("tag.elsewhere", N_("This code stands for another place.")))
        successor = None
        if typed["replace"]:
            fresh = tags.mint(by.contract_id, 1)[0]
            tags.bind(by, tags.found(by.contract_id, fresh), row)
            successor = tags.found(by.contract_id, fresh)
        tags.retire(by, tag, successor, typed["note"])
        return Done(_page(contract, asset), "code-retired", code)

    return once(write)


@rooms.get("/c/<contract>/codes/<code>.<any(svg, png, pdf):kind>")
@allow(MEMBER)
def label(contract: str, code: str, kind: str) -> ResponseReturnValue:
    """One label, as a vector or a picture."""
    from qr import labels  # the drawing libraries weigh 8 MB; most processes never draw

    row = db.session.execute(
        _labelled(web.contract().id).where(_tags.c.code == code.upper())
    ).first()
    if row is None:
        abort(404)
    draw: dict[str, Any] = {"svg": labels.svg, "png": labels.png, "pdf": labels.pdf}
    drawn = draw[kind](_label(row))
    media = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}[kind]
    return _download(drawn, media, f"{payload.grouped(row.code)}.{kind}")


@rooms.get("/c/<contract>/places/<int:asset>/labels.pdf")
@allow(MEMBER)
def sheet(contract: str, asset: int) -> ResponseReturnValue:
    """The labels of a place and everything below it: A4, 21 on a page."""
    from qr import labels

    row = tree.found(web.contract().id, asset)
    below = labels_of(row)
    if not below:
        abort(404)
    drawn = labels.sheet(below)
    return _download(drawn, "application/pdf", f"labels-{row.id}.pdf")


def labels_of(row: Row[Any]) -> list[Any]:
    """A label for each code in use at a place and below it, in the order of walking there."""
    return [_label(tag) for tag in _below(row)]


def _labelled(contract_id: int) -> Any:
    return (
        select(_tags.c.code, _assets.c.name, _assets.c.trail)
        .join_from(
            _tags,
            _assets,
            (_tags.c.asset_id == _assets.c.id) & (_tags.c.contract_id == _assets.c.contract_id),
        )
        .where(_tags.c.contract_id == contract_id, _tags.c.state == TagState.ACTIVE.value)
    )


def _below(row: Row[Any]) -> Iterator[Row[Any]]:
    """The codes in use at a place and below it, in the order of walking through it."""
    found = _labelled(row.contract_id).where(tree.within(_assets.c.path, row.path))
    yield from db.session.execute(found.order_by(_assets.c.path))


def _label(row: Row[Any]) -> Any:
    from qr.labels import Label

    base = web.settings().base_url
    detail = tree.SEPARATOR.join(row.trail.split(tree.SEPARATOR)[-2:])
    address = payload.address(base, row.code)
    return Label(row.code, address, base.partition("://")[2], row.name, detail)


def _download(data: str | bytes, media: str, name: str) -> Response:
    answer = Response(data, mimetype=media)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(contract: str, asset: int) -> str:
    return url_for("codes.of_place", contract=contract, asset=asset)
