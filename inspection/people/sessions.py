"""Signed-in browsers: a row on the server, 128 random bits in a cookie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, make_response, request
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import OperationalError

from inspection import clock
from inspection.db import db, table, touched, writing
from inspection.idempotency import Done, key, once
from inspection.people import devices, letters, persons
from inspection.people.models import Person, Session
from inspection.rules.refusal import N_
from inspection.web import PersonCard, current, derived_secret, hashed, settings

LIFETIME = timedelta(days=90)  # field staff sign in on their own phones; see docs/operating.md
IDLE = timedelta(days=45)  # a long leave and a bit
SEEN_EVERY = timedelta(minutes=10)
FRESH = timedelta(minutes=15)  # how long after signing in passkeys may be added and removed
ANSWERED_TWICE = timedelta(minutes=2)  # a double tap gets the same cookie again

# Every path that opens a session, and what it proves. `enter` refuses any other.
WAYS_IN = {
    "people.sign_in_with_passkey": "passkey",  # possession, and the person verified on the device
    "people.sign_in_with_code": "code",  # the mailbox, within ten minutes
    "people.accept_invitation": "invitation",  # the mailbox, within seven days, once
}

_sessions, _persons = table(Session), table(Person)
_SIGNED_IN = (
    select(
        _sessions.c.id.label("session_id"),
        _sessions.c.seen_at,
        _sessions.c.expires_at,
        _persons.c.id,
        _persons.c.name,
        _persons.c.email,
        _persons.c.language,
    )
    .join_from(_sessions, _persons)
    .where(_sessions.c.token_hash == bindparam("token"), _sessions.c.ended_at.is_(None))
)


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http cannot have it."""
    return "__Host-tandem" if settings().https else "tandem"


def identify() -> None:
    """Find the person behind the request's cookie."""
    token = request.cookies.get(cookie_name())
    if not token or request.endpoint == "static":
        return
    row = db.session.execute(_SIGNED_IN, {"token": hashed(token)}).first()
    now = clock.now()
    if row is None or row.expires_at < now or row.seen_at < now - IDLE:
        return
    current().person = PersonCard(row.id, row.name, row.email, row.language, row.session_id)
    current().session_stale = now - row.seen_at > SEEN_EVERY


# ---------------------------------------------------------------- the one way to a cookie


@dataclass(frozen=True)
class Entry:
    """Who has shown who they are, and what to answer."""

    person_id: int
    done: Done


def enter(proof: str, prove: Callable[[], Entry]) -> Response:
    """Sign in whom `prove` finds, in one transaction with what it writes.

    The browser's session before is ended, so nobody else's cookie lives on in it. The secret is
    made from the form's key and its `proof`: a double tap gets the cookie of its first tap.
    """
    way_in = WAYS_IN[request.endpoint or ""]
    scope = f"sign-in/{request.remote_addr}"
    token = derived_secret("session", f"{scope}/{key()}/{proof}")

    def write() -> Done:
        entry = prove()
        before = current().person
        if before is not None:
            end_sessions(before.id, only=before.session_id)
        if _is_new_device(entry.person_id):
            _tell(entry.person_id)
        _open(entry.person_id, way_in, token)
        return entry.done

    answer = make_response(once(write, scope))
    if _just_opened(token):
        _give_cookie(answer, token)
    db.session.rollback()
    return answer


def _open(person_id: int, way_in: str, token: str) -> None:
    now = clock.now()
    opened = db.session.execute(
        insert(_sessions)
        .values(
            token_hash=hashed(token),
            person_id=person_id,
            way_in=way_in,
            device=(request.user_agent.string or "")[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
        .returning(_sessions.c.id)
    ).scalar_one()
    current_app.logger.info(
        "sign-in: person %s by %s, session %s, from %s",
        *(person_id, way_in, opened, request.remote_addr),
    )


def _is_new_device(person_id: int) -> bool:
    """Whether the person signed in before, but never from a browser like this one."""
    seen = set(
        db.session.execute(
            select(_sessions.c.device).where(_sessions.c.person_id == person_id).distinct()
        ).scalars()
    )
    return bool(seen) and (request.user_agent.string or "")[:200] not in seen


def _tell(person_id: int) -> None:
    someone = persons.one(person_id)
    letters.warn(
        someone.email,
        someone.language,
        N_("A sign-in from a new device"),
        N_("You signed in at %(host)s from a device that was not used before: %(device)s."),
        host=settings().base_url,
        device=devices.spoken(request.user_agent.string or "") or "?",
    )


def _just_opened(token: str) -> bool:
    found = select(_sessions.c.id).where(
        _sessions.c.token_hash == hashed(token),
        _sessions.c.ended_at.is_(None),
        _sessions.c.created_at > clock.now() - ANSWERED_TWICE,
    )
    return db.session.execute(found).first() is not None


def _give_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(LIFETIME.total_seconds()),
        secure=settings().https,
        httponly=True,
        samesite="Lax",
        path="/",
    )


# ---------------------------------------------------------------- ending


def end_sessions(person_id: int, *, only: int | None = None, but: int | None = None) -> int:
    """End the person's sessions, all of them, `only` one, or all `but` one; how many there were."""
    ending = update(_sessions).where(
        _sessions.c.person_id == person_id, _sessions.c.ended_at.is_(None)
    )
    if only is not None:
        ending = ending.where(_sessions.c.id == only)
    if but is not None:
        ending = ending.where(_sessions.c.id != but)
    ended = db.session.execute(ending.values(ended_at=clock.now()))
    return touched(ended)


def take_cookie(response: Response) -> Response:
    """Remove the cookie from the browser."""
    response.delete_cookie(
        cookie_name(), path="/", secure=settings().https, httponly=True, samesite="Lax"
    )
    return response


# ---------------------------------------------------------------- looking at them


def is_fresh() -> bool:
    """Whether the person at this browser signed in a moment ago: needed to change the ways in."""
    someone = current().person
    if someone is None:
        return False
    opened = select(_sessions.c.created_at).where(_sessions.c.id == someone.session_id)
    since: datetime | None = db.session.execute(opened).scalar()
    return since is not None and since > clock.now() - FRESH


def of_person(person_id: int) -> list[Any]:
    """The person's living sessions, the latest seen first: id, way_in, device, moments."""
    now = clock.now()
    return list(
        db.session.execute(
            select(
                _sessions.c.id,
                _sessions.c.way_in,
                _sessions.c.device,
                _sessions.c.created_at,
                _sessions.c.seen_at,
            )
            .where(
                _sessions.c.person_id == person_id,
                _sessions.c.ended_at.is_(None),
                _sessions.c.expires_at > now,
                _sessions.c.seen_at > now - IDLE,
            )
            .order_by(_sessions.c.seen_at.desc(), _sessions.c.id.desc())
        )
    )


def renew(response: Response) -> Response:
    """Note that the session was seen, at most every ten minutes and after the answer has left.

    An own short write, so that opening a page never waits for the write lock.
    """
    someone = current().person
    if someone is not None and current().session_stale:
        app, session_id = current_app._get_current_object(), someone.session_id  # type: ignore[attr-defined]
        response.call_on_close(lambda: _seen(app, session_id))
    return response


def _seen(app: Flask, session_id: int) -> None:
    try:
        with app.app_context(), writing():
            db.session.execute(
                update(_sessions).where(_sessions.c.id == session_id).values(seen_at=clock.now())
            )
    except OperationalError as busy:  # the next request tries again
        app.logger.warning("session %s: not noted as seen: %s", session_id, busy.orig)
