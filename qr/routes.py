"""The front door: /Q/<code> tells an occupant what is known here and takes their report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, select

from inspection import budgets, clock, web, words
from inspection.db import db, table, writing
from inspection.idempotency import Done, once, receipt_secret
from inspection.people.models import Membership
from inspection.photos import evidence
from inspection.reports import known, receiving, wording
from inspection.reports.receiving import CONTACT_LIMIT, WORDS_LIMIT, Said
from inspection.rules.refusal import N_, Refusal
from inspection.web import PUBLIC, TRAP_FIELD, Field, Refused, again, allow
from qr import payload, tags
from qr.models import TagState

rooms = Blueprint("qr", __name__)

_members = table(Membership)
MISSES, MISS_SECONDS = 20, 60


@rooms.get("/Q")
@rooms.get("/q")
@rooms.get("/Q/", endpoint="door_step")
@rooms.get("/q/", endpoint="small_door_step")
@allow(PUBLIC)
def typed() -> ResponseReturnValue:
    """A code typed by hand: on to its place, or told at once what is wrong with it."""
    text = request.args.get("code", "").strip()
    if not text:
        return _no_place("typed", 200)
    code = payload.read(text[:200])
    if isinstance(code, Refusal):
        return _no_place("mistyped", 404, text=text[:60], why=code)
    return redirect(url_for("qr.door", code=code, **_chosen_language()), 303)


@rooms.get("/Q/<code>")
@rooms.get("/q/<code>", endpoint="small_door")
@allow(PUBLIC)
def door(code: str) -> ResponseReturnValue:
    """Where you are, what is open here, and the form; staff of the contract go to the place."""
    read = payload.read(code[:200])
    if isinstance(read, Refusal):
        return _no_place("mistyped", 404, text=code[:60], why=read)
    place = tags.door(read)
    if place is None:
        return _missed(code[:60])
    if place.state != TagState.ACTIVE or place.id is None:
        return _not_in_use(place)
    if web.current().person is not None and request.method in web.SAFE:
        onward = _to_work(place)
        if onward:
            return redirect(onward, 303)
    return _door(place)


@rooms.get("/Q/<code>/reports")
@rooms.get("/q/<code>/reports", endpoint="small_report_page")
@allow(PUBLIC)
def report_page(code: str) -> ResponseReturnValue:
    """A reload, or another language, on a form that came back: to the door."""
    return redirect(url_for("qr.door", code=code[:200], **_chosen_language()), 303)


@rooms.post("/Q/<code>/reports")
@rooms.post("/q/<code>/reports", endpoint="small_report")
@allow(PUBLIC)
@again(door)
def report(code: str) -> ResponseReturnValue:
    """Take a report, or one more voice for something that is open here.

    A page may be old: what it says is taken for the place it showed.
    """
    label = _label(code)
    fields = web.form(
        category=Field(limit=30),
        words=Field("words", WORDS_LIMIT),
        contact=Field(limit=CONTACT_LIMIT),
        joins=Field(limit=20),
        captured_at=Field("moment", 40, default=None),
        shown=Field("int", default=None),
    )
    place = _as_shown(label, fields["shown"])
    pictures = evidence.received()
    refused = wording.refused_pictures(web.files(), pictures)
    scope = f"c{place.contract_id}/t{place.code}"

    def write() -> Done:
        said = _said(place, fields, pictures.kept, receipt_secret(scope))
        old = place.state == TagState.RETIRED or place.id != label.id
        heard = receiving.receive(replace(said, old_label=old))
        query = urlencode([*_chosen_language().items(), *(("refused", why) for why in refused)])
        return Done(f"/r/{{receipt}}{'?' if query else ''}{query}", "received", heard.reference)

    return once(write, scope)


# ---------------------------------------------------------------- labels

LEADS_NOWHERE = N_(
    "This label leads nowhere any more. What you wrote is kept: scan another label nearby,"
    " for example the one of the room, or tell somebody who works in the building."
)


def _label(code: str) -> Row[Any]:
    """The label a report was written at; refused, with another way, where it leads nowhere."""
    read = payload.read(code[:200])
    place = None if isinstance(read, Refusal) else tags.door(read)
    if place is None:
        if web.wants_json() and _is_spent():  # a page counts when it is shown
            abort(429)
        raise Refused(Refusal("tag.unknown", LEADS_NOWHERE), status=404)
    long_ago = clock.now() - tags.GRACE
    if place.id is None or (place.state == TagState.RETIRED and place.retired_at < long_ago):
        raise Refused(Refusal("tag.out_of_use", LEADS_NOWHERE), status=409)
    return place


def _as_shown(label: Row[Any], shown: int | None) -> Row[Any]:
    """The place that the page showed, while its label moved lately or not at all."""
    place = tags.as_shown(label, shown)
    if place is None:
        moved = N_(
            "This label stands for another place by now. What you wrote is kept:"
            " look whether the place above is the right one, and send it again."
        )
        raise Refused(Refusal("tag.stands_elsewhere", moved), status=409)
    return place


# ---------------------------------------------------------------- reports


def _said(
    place: Row[Any], fields: dict[str, Any], pictures: tuple[evidence.Kept, ...], receipt: str
) -> Said:
    """What was said, within the write: budgets are counted and what it joins is looked up here."""
    open_ = known.joined(place, fields["joins"]) if fields["joins"] else None
    late = _too_late(place, fields) if fields["joins"] and open_ is None else None
    meant = open_ or late
    trapped = bool(web.submitted().get(TRAP_FIELD))
    spent = receiving.over_budget(place.contract_id, place.code, request.remote_addr or "")
    return Said(
        place=place,
        category=receiving.category(place.contract_id, meant.category_id)
        if meant
        else receiving.category_named(place.contract_id, fields["category"]),
        words=fields["words"],
        language=_language(),
        receipt=receipt,
        contact=fields["contact"],
        tag_code=place.code,
        joins=late.joins if late else open_ and open_.id,
        joins_late=late is not None,
        pictures=pictures,
        captured_at=fields["captured_at"],
        held=trapped or spent,
        retention_days=place.retention_days,
    )


def _too_late(place: Row[Any], fields: dict[str, Any]) -> known.Gone:
    """What a "me too" meant that waited on a phone until it was closed or merged.

    Whoever is at the form is told at once, and says what is wrong now.
    """
    gone = known.gone(place, fields["joins"], fields["captured_at"]) if web.wants_json() else None
    if gone is None:
        raise Refused(
            Refusal(
                "report.nothing_to_join",
                N_("That has just been closed. Say below what is wrong now."),
            )
        )
    return gone


# ---------------------------------------------------------------- pages


def _door(place: Row[Any]) -> str:
    g.tz = place.tz
    here, contract = known.at(place), (place.contract_id, place.contract_version)
    chosen, has_known, has_trail = (
        _chosen_language().get("lang"),
        bool(here.total),
        bool(place.trail),
    )
    return words.filled(
        "qr/door.html",
        (*contract, place.contract_since, _reader(), chosen, has_known, has_trail),
        {
            "name": place.name,
            "code": place.code,
            "shown": place.id,
            **({"trail": place.trail} if has_trail else {}),
            **(_known(here) if has_known else {}),
        },
        lambda: {
            "has_known": has_known,
            "choices": receiving.choices(receiving.categories(place.contract_id)),
            "emergency": wording.emergency(place),
            "privacy": wording.privacy(place),
            "chosen": chosen,
            "WORDS_LIMIT": WORDS_LIMIT,
            "CONTACT_LIMIT": CONTACT_LIMIT,
        },
    )


def _reader() -> int | None:
    """Who reads, when signed in: drafts on a shared phone are kept apart by person."""
    someone = web.current().person
    return someone.id if someone else None


def _known(here: known.Known) -> dict[str, Any]:
    """What is open here, in words."""
    said = current_app.jinja_env.get_template("qr/_known.html").module
    ages = [words.ago(row.received_at) for row in here.shown]
    listed = words.remember(
        *("known here", here.total, here.shown, ages),
        caller=lambda: said.list(here, wording.KNOWN, known.token),  # type: ignore[attr-defined]
    )
    return {"known": listed, "known_title": said.title(here)}  # type: ignore[attr-defined]


def _not_in_use(place: Row[Any]) -> str:
    g.tz = place.tz
    return render_template(
        "qr/not_in_use.html",
        retired=place.state == TagState.RETIRED,
        code=payload.grouped(place.code),
        name=place.name,
        successor=place.successor,
        emergency=wording.emergency(place),
        chosen=_chosen_language(),
    )


def _no_place(
    what: str, status: int, *, text: str = "", why: Refusal | None = None
) -> ResponseReturnValue:
    """The page with a field to type the code: what is typed, mistyped, unknown or too_often."""
    if web.wants_json():
        abort(status)
    page = render_template(
        "qr/no_place.html", what=what, text=text, why=why, chosen=_chosen_language().get("lang")
    )
    return page, status


def _missed(text: str) -> ResponseReturnValue:
    """A code nobody knows."""
    if _is_spent():
        return _no_place("too_often", 429)
    return _no_place("unknown", 404, text=text)


def _is_spent() -> bool:
    """Whether this address has tried too many; counted in a short write of its own."""
    key = f"code/missed/{request.remote_addr}"
    if budgets.spent(key, MISS_SECONDS) >= MISSES:
        return True
    with writing():
        budgets.spend(key, MISS_SECONDS)
    return False


def _to_work(place: Row[Any]) -> str | None:
    """Where a member of this contract goes after a scan, with a token that proves the scan."""
    if request.args.get("public"):
        return None
    member_id = db.session.execute(
        select(_members.c.id).where(
            _members.c.contract_id == place.contract_id,
            _members.c.person_id == web.person().id,
            _members.c.ended_at.is_(None),
        )
    ).scalar()
    if member_id is None:
        return None
    scan = web.sign("scan", {"code": place.code, "asset": place.id, "member": member_id})
    return url_for("queue.place", contract=place.slug, asset=place.id, scan=scan)


def _chosen_language() -> dict[str, Any]:
    """The language picked by hand, to be carried along; what the phone says needs no carrying."""
    chosen = request.values.get("lang", "")
    return {"lang": chosen} if chosen in web.PUBLIC_LANGUAGES else {}


def _language() -> str:
    """The language somebody reports in: as the form says (also in JSON), else that of the page."""
    said = web.submitted().get("lang", "")
    return said if said in web.PUBLIC_LANGUAGES else web.language()
