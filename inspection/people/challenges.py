"""What an authenticator must sign: kept on the server, taken once, good for five minutes."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, insert

from inspection import clock
from inspection.db import db, table, writing
from inspection.people.models import Challenge

LIFETIME = timedelta(minutes=5)
Ceremony = Literal["enrol", "sign_in"]

_challenges = table(Challenge)


def give(ceremony: Ceremony, person_id: int | None = None) -> bytes:
    """A new challenge for one ceremony, of one person when they are known."""
    value, now = secrets.token_bytes(32), clock.now()
    with writing():
        db.session.execute(delete(_challenges).where(_challenges.c.expires_at < now))
        db.session.execute(
            insert(_challenges).values(
                value=value, ceremony=ceremony, person_id=person_id, expires_at=now + LIFETIME
            )
        )
    return value


def take(value: bytes, ceremony: Ceremony, person_id: int | None = None) -> bool:
    """Whether the challenge was good; it never is again.

    An own transaction: it is gone even when the form that brought it is refused. (Kept in the
    cookie, or deleted with the form, the same assertion got in twice: synced passkeys count 0.)
    """
    with writing():
        taken = db.session.execute(
            delete(_challenges)
            .where(_challenges.c.value == value)
            .returning(_challenges.c.ceremony, _challenges.c.person_id, _challenges.c.expires_at)
        ).first()
    return (
        taken is not None
        and taken.ceremony == ceremony
        and taken.person_id == person_id
        and taken.expires_at > clock.now()
    )
