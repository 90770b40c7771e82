"""Which browsers are told: a person switches it on for a phone, a reporter for one report.

A person's phone is told while they are signed in on it: signing out, or ending that session from
elsewhere, silences it at once. Endpoints are secrets of the browser; pages see their hashes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Row, Select, and_, delete, insert, select, update

from inspection import clock, web
from inspection.alerts import hosts, vapid
from inspection.alerts.models import PushSubscription
from inspection.alerts.push import Failed, Gone, Outcome, Sent
from inspection.db import db, lock, table
from inspection.idempotency import Done, once
from inspection.journal import Written
from inspection.journal import listen as listen_to
from inspection.people import devices
from inspection.people.models import Membership, Person, Session
from inspection.reports import following
from inspection.reports.models import Report
from inspection.rules.refusal import N_, Refusal
from inspection.web import PERSON, PUBLIC, Field, Refused, allow, hashed, person

rooms = Blueprint("push", __name__)

MOST = {"person_id": 20, "report_id": 5}  # browsers; the newest stay
FAILURES = 10  # in a row, after which a browser is given up
POINT, AUTH = 65, 16  # bytes of the browser's keys

_kept, _members, _persons = table(PushSubscription), table(Membership), table(Person)
_sessions, _reports = table(Session), table(Report)
_TYPED = {
    "endpoint": Field(limit=hosts.LONGEST, required=True),
    "p256dh": Field(limit=100, required=True),
    "auth": Field(limit=32, required=True),
}

# ---------------------------------------------------------------- whom a notice reaches


def of_members(contract_id: int, member_ids: Iterable[int]) -> list[Row[Any]]:
    """The browsers of members who still belong to the contract and are signed in there.

    Every column of `PushSubscription`, with `member_id` and the person's own `language`.
    """
    columns = [column for column in _kept.c if column.name != "language"]
    asked = (
        select(*columns, _members.c.id.label("member_id"), _persons.c.language)
        .join_from(_kept, _members, _kept.c.person_id == _members.c.person_id)
        .join(_persons, _members.c.person_id == _persons.c.id)
        .join(_sessions, _kept.c.session_id == _sessions.c.id)
        .where(
            _members.c.contract_id == contract_id,
            _members.c.id.in_(list(member_ids)),
            _members.c.ended_at.is_(None),
            _sessions.c.ended_at.is_(None),
        )
        .order_by(_kept.c.id)
    )
    return list(db.session.execute(asked))


def of_report(contract_id: int, report_id: int) -> list[Row[Any]]:
    """The browsers that follow a report, until it is taken back or forgotten."""
    asked = (
        select(_kept)
        .join_from(
            _kept,
            _reports,
            (_kept.c.contract_id == _reports.c.contract_id) & (_kept.c.report_id == _reports.c.id),
        )
        .where(
            _reports.c.contract_id == contract_id,
            _reports.c.id == report_id,
            _reports.c.withdrawn_at.is_(None),
            _reports.c.forgotten.is_(False),
        )
        .order_by(_kept.c.id)
    )
    return list(db.session.execute(asked))


def settle(subscription_id: int, outcome: Outcome) -> None:
    """Do to a subscription what a send came to, in the caller's transaction."""
    this = _kept.c.id == subscription_id
    if isinstance(outcome, Failed):
        db.session.execute(update(_kept).where(this).values(failed=_kept.c.failed + 1))
        db.session.execute(delete(_kept).where(this, _kept.c.failed >= FAILURES))
    elif isinstance(outcome, Gone):
        db.session.execute(delete(_kept).where(this))
    elif isinstance(outcome, Sent):
        db.session.execute(update(_kept).where(this, _kept.c.failed > 0).values(failed=0))


# ---------------------------------------------------------------- leaving


def listen() -> None:
    """Whoever works nowhere any more is told nothing any more."""
    listen_to("membership.ended", _drop)


def _drop(written: Sequence[Written]) -> None:
    gone = [one.what.entity_id for one in written]
    left = select(_members.c.person_id).where(_members.c.id.in_(gone))
    at_work = select(_members.c.person_id).where(
        _members.c.person_id.in_(left), _members.c.ended_at.is_(None)
    )
    db.session.execute(
        delete(_kept).where(_kept.c.person_id.in_(left), _kept.c.person_id.not_in(at_work))
    )


def sweep() -> None:
    """Forget the browsers of reports that were forgotten, in the caller's transaction."""
    forgotten = select(_reports.c.id).where(_reports.c.forgotten.is_(True))
    db.session.execute(delete(_kept).where(_kept.c.report_id.in_(forgotten)))


# ---------------------------------------------------------------- a person's phones


@rooms.get("/me/push")
@allow(PERSON)
def mine() -> ResponseReturnValue:
    """The key to subscribe with, and the hashes of my endpoints; `asleep`: I signed out there."""
    rows = db.session.execute(
        select(_kept.c.endpoint_sha256, _sessions.c.ended_at)
        .join_from(_kept, _sessions, _kept.c.session_id == _sessions.c.id)
        .where(_kept.c.person_id == person().id)
    ).all()
    return jsonify(
        key=vapid.public_key(),
        on=[row.endpoint_sha256 for row in rows if row.ended_at is None],
        asleep=[row.endpoint_sha256 for row in rows if row.ended_at is not None],
    )


@rooms.post("/me/push")
@allow(PERSON)
def subscribe() -> ResponseReturnValue:
    """Tell me on this phone, and nobody who was signed in on it before."""
    browser = _browser()
    me = person()

    def write() -> Done:
        _replace(browser, _kept.c.person_id.is_not(None))
        _keep(browser, person_id=me.id, session_id=me.session_id, language=me.language)
        return Done("/me", "saved")

    return once(write)


@rooms.post("/me/push/removal")
@allow(PERSON)
def unsubscribe() -> ResponseReturnValue:
    """Tell me on this phone no more."""
    endpoint = web.form(endpoint=_TYPED["endpoint"])["endpoint"]
    me = person()

    def write() -> Done:
        _remove(endpoint, _kept.c.person_id == me.id)
        return Done("/me", "saved")

    return once(write)


# ---------------------------------------------------------------- one report, without an account


@rooms.get("/r/<receipt>/push")
@allow(PUBLIC)
def following_report(receipt: str) -> ResponseReturnValue:
    """The key to subscribe with, and the hashes of the endpoints that follow this report."""
    report = following.opened(receipt).report
    asked = select(_kept.c.endpoint_sha256).where(_of(report))
    return jsonify(key=vapid.public_key(), on=list(db.session.execute(asked).scalars()), asleep=[])


@rooms.post("/r/<receipt>/push")
@allow(PUBLIC)
def follow_report(receipt: str) -> ResponseReturnValue:
    """Tell whoever reported this on their phone, about this report alone."""
    report = following.opened(receipt).report
    browser, language = _browser(), web.language()

    def write() -> Done:
        _replace(browser, _of(report))
        owner = {"contract_id": report.contract_id, "report_id": report.id}
        _keep(browser, **owner, language=language)
        return Done("./", number=report.reference)

    return once(write, _scope(report))


@rooms.post("/r/<receipt>/push/removal")
@allow(PUBLIC)
def follow_report_no_more(receipt: str) -> ResponseReturnValue:
    """Tell this phone about this report no more."""
    report = following.opened(receipt).report
    endpoint = web.form(endpoint=_TYPED["endpoint"])["endpoint"]

    def write() -> Done:
        _remove(endpoint, _of(report))
        return Done("../", number=report.reference)

    return once(write, _scope(report))


def _of(report: Row[Any]) -> ColumnElement[bool]:
    return and_(_kept.c.contract_id == report.contract_id, _kept.c.report_id == report.id)


def _scope(report: Row[Any]) -> str:
    return f"c{report.contract_id}/r{report.id}"


# ---------------------------------------------------------------- keeping


def _browser() -> dict[str, Any]:
    """What the browser gave, checked: a known push service, a point on the curve, 16 bytes."""
    typed = web.form(**_TYPED)
    try:
        host = hosts.allowed_host(typed["endpoint"])
    except hosts.NotAllowed:
        raise Refused(_UNKNOWN_SERVICE) from None
    if not _is_point(_bytes(typed["p256dh"])) or len(_bytes(typed["auth"])) != AUTH:
        raise Refused(_NO_KEYS)
    return {
        **typed,
        "endpoint_sha256": hashed(typed["endpoint"]),
        "host": host,
        "device": devices.spoken(request.user_agent.string or ""),
        "created_at": clock.now(),
    }


_UNKNOWN_SERVICE = Refusal(
    "push.unknown_service",
    N_("Notices cannot be sent to this browser: its maker's service is not known here."),
    where="endpoint",
)
_NO_KEYS = Refusal(
    "push.no_keys", N_("This browser gave no usable keys. Try again."), where="p256dh"
)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_point(given: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), given)
    except ValueError:
        return False
    return len(given) == POINT


def _replace(browser: Mapping[str, Any], owned: ColumnElement[bool]) -> None:
    lock(f"push/{browser['endpoint_sha256']}")
    _remove(browser["endpoint"], owned)


def _remove(endpoint: str, owned: ColumnElement[bool]) -> None:
    db.session.execute(delete(_kept).where(_kept.c.endpoint_sha256 == hashed(endpoint), owned))


def _keep(browser: Mapping[str, Any], **owner: Any) -> None:
    db.session.execute(insert(_kept).values(**browser, **owner))
    for column, most in MOST.items():
        if column in owner:
            same = _kept.c[column] == owner[column]
            db.session.execute(delete(_kept).where(same, _kept.c.id.in_(_older(same, most))))


def _older(same: ColumnElement[bool], most: int) -> Select[Any]:
    """All but the newest; wrapped, because no engine may delete from what it is counting."""
    newest = select(_kept.c.id).where(same).order_by(_kept.c.id.desc()).limit(most).subquery()
    return select(_kept.c.id).where(same, _kept.c.id.not_in(select(newest.c.id)))
