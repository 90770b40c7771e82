"""The scanner: camera, photo or twelve typed characters; and a sticker that is not ours."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from inspection import budgets, web, words
from inspection.assets import tree
from inspection.assets.models import Asset
from inspection.contracts.presence import memberships
from inspection.db import db, table, writing
from inspection.idempotency import Done, once
from inspection.journal import Happened, record
from inspection.rules.refusal import N_, Refusal
from inspection.web import MEMBER, PERSON, PUBLIC, Field, Refused, again, allow
from qr import fetching, payload, reading, tags
from qr.models import TagState

rooms = Blueprint("scanning", __name__)

SAID = {"suspected": N_("Both parties know of the sticker now. Take it off if you can.")}
PHOTOS, PHOTO_SECONDS = 30, 60  # one person's photos with codes
_assets = table(Asset)


@rooms.get("/scan")
@allow(PUBLIC)
def scan() -> ResponseReturnValue:
    """The camera, where the browser has one; a photo; or the twelve characters below the code."""
    typed = request.args.get("code", "").strip()
    read = payload.read(typed) if typed else None
    if isinstance(read, str):
        return redirect(f"/Q/{read}", 303)
    wrong = web.say(read) if isinstance(read, Refusal) else ""
    return _page(typed_code=typed[:80], wrong=wrong)


def our_hosts() -> list[str]:
    """Every name we have or had, as codes may carry it."""
    return sorted({host.lower() for host in web.settings().trusted_hosts})


def barcode_reader() -> str:
    """The address of our barcode reader, which the page being made may run then; "" without one."""
    web.read_codes()
    return url_for("static", filename="vendor/barcode-detector.js") if fetching.here() else ""


def _page(**more: Any) -> str:
    web.keep_on_phone()
    web.read_codes()
    who = web.current().person
    return render_template(
        "qr/scan.html",
        vendor=fetching.here(),
        contracts=[card for card, _, _ in memberships(who.id)] if who else [],
        notices=words.said(SAID),
        **{"typed_code": "", "wrong": "", "foreign": [], **more},
    )


@rooms.post("/scan/photo")
@allow(PERSON)
@again(scan)
def photo() -> ResponseReturnValue:
    """Read the codes of a photo: on to the place, or what else it says."""
    with writing():
        if budgets.spend(f"scan/{web.person().id}", PHOTO_SECONDS) > PHOTOS:
            abort(429)
    came = [file for file in web.files() if file.name == "picture"]
    if not came:
        raise Refused(Refusal("code.no_photo", N_("Take or choose a photo."), where="picture"))
    texts = web.accepted(reading.texts(came[0].data))
    if web.wants_json():
        return jsonify(texts=texts)
    codes = [code for code in map(payload.read, texts) if isinstance(code, str)]
    return redirect(f"/Q/{codes[0]}", 303) if codes else _page(foreign=texts)


@rooms.get("/scan/codes/<code>")
@allow(PERSON)
def known(code: str) -> ResponseReturnValue:
    """Where a scanned code leads: the name of the place, and its address."""
    read = payload.read(code[:200])
    place = None if isinstance(read, Refusal) else tags.door(read)
    if place is None or place.state != TagState.ACTIVE or place.id is None:
        abort(404)
    mine = place.slug in {card.slug for card, _, _ in memberships(web.person().id)}
    return jsonify(place=place.name, url=f"/Q/{read}", mine=mine)


@rooms.post("/c/<contract>/scan/suspicion")
@allow(MEMBER)
@again(scan)
def suspect(contract: str) -> ResponseReturnValue:
    """Report a sticker that is not ours: the leads of both parties are told at once."""
    said = web.form(
        found=Field(limit=2000, required=True),
        text=Field("words", limit=1000),
        place=Field("int", default=None),
    )

    def write() -> Done:
        by = web.member()
        place = said["place"] or _top(by.contract_id)
        asset = tree.found(by.contract_id, place)
        said_there = "\n".join(filter(None, (said["found"], said["text"])))
        record(
            Happened(
                *(by.contract_id, "tag.suspected", "place", asset.id, by),
                asset_id=asset.id,
                text=said_there,
            )
        )
        return Done(url_for("scanning.scan"), "suspected")

    return once(write)


def _top(contract_id: int) -> int:
    """The outermost place: where a sticker hangs when nobody says where."""
    first = select(_assets.c.id).where(_assets.c.contract_id == contract_id)
    found = db.session.execute(first.order_by(_assets.c.path).limit(1)).scalar()
    if found is None:
        abort(404)
    return int(found)
