"""Signed-in browsers: a row on the server, 128 random bits in a cookie."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request
from sqlalchemy import insert, select, update

from inspection import clock
from inspection.db import db, table
from inspection.people.models import Person, Session
from inspection.web import PersonCard, current, hashed, new_secret, settings

LIFETIME = timedelta(days=90)  # field staff sign in on their own phones; see docs/operating.md
SEEN_EVERY = timedelta(minutes=10)

_sessions, _persons = table(Session), table(Person)
_SIGNED_IN = select(
    _sessions.c.id.label("session_id"),
    _sessions.c.seen_at,
    _sessions.c.expires_at,
    _persons.c.id,
    _persons.c.name,
    _persons.c.email,
    _persons.c.language,
).join_from(_sessions, _persons)


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http cannot have it."""
    return "__Host-tandem" if settings().https else "tandem"


def identify() -> None:
    """Find the person behind the request's cookie."""
    token = request.cookies.get(cookie_name())
    if not token or request.endpoint == "static":
        return
    row = db.session.execute(
        _SIGNED_IN.where(_sessions.c.token_hash == hashed(token), _sessions.c.ended_at.is_(None))
    ).first()
    if row is None or row.expires_at < clock.now():
        return
    current().person = PersonCard(row.id, row.name, row.email, row.language, row.session_id)
    current().session_stale = clock.now() - row.seen_at > SEEN_EVERY


def open_session(person_id: int, way_in: str) -> str:
    """Sign the person in; the cookie's new secret, which is stored only hashed."""
    token, now = new_secret(), clock.now()
    db.session.execute(
        insert(_sessions).values(
            token_hash=hashed(token),
            person_id=person_id,
            way_in=way_in,
            device=(request.user_agent.string or "")[:200],
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return token


def end_sessions(person_id: int, *, only: int | None = None, but: int | None = None) -> None:
    """End the person's sessions, all of them, `only` one, or all `but` one."""
    ending = update(_sessions).where(
        _sessions.c.person_id == person_id, _sessions.c.ended_at.is_(None)
    )
    if only is not None:
        ending = ending.where(_sessions.c.id == only)
    if but is not None:
        ending = ending.where(_sessions.c.id != but)
    db.session.execute(ending.values(ended_at=clock.now()))


def give_cookie(response: Response, token: str) -> Response:
    """Put the session's secret into the browser."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(LIFETIME.total_seconds()),
        secure=settings().https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def take_cookie(response: Response) -> Response:
    """Remove it again."""
    response.delete_cookie(
        cookie_name(), path="/", secure=settings().https, httponly=True, samesite="Lax"
    )
    return response
