"""One-time codes by e-mail: the second way in, and the way back when a passkey is lost.

Asking gives the browser a secret address to type the code at; the code is made from that secret
with a key only we have, so a code works nowhere else, and neither of the two is stored.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import insert, select, update

from inspection import clock
from inspection.db import db, table, writing
from inspection.people import letters, limits, persons
from inspection.people.models import SignInCode
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, hashed, settings

LIFETIME = timedelta(minutes=10)
TRIES = 5
DIGITS = 8  # 26 bits

_codes = table(SignInCode)

# One sentence for every reason, unknown addresses included: it tells nobody which are known.
_WRONG = Refusal(
    "sign_in.wrong_code",
    N_(
        "That is not the code of this page, or it is older than ten minutes, or it was tried five"
        " times. Look for the newest mail, or ask for a new code."
    ),
    where="code",
)


def code_for(ask: str) -> str:
    """The digits that belong to `ask`."""
    digest = hmac.new(settings().secret.encode(), f"code/{ask}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:16]) % 10**DIGITS:0{DIGITS}d}"


def spoken(code: str) -> str:
    """In two groups, as people read and type it."""
    return f"{code[:4]} {code[4:]}"


def send(email: str, ask: str) -> None:
    """Mail a code to `email` if somebody has that address; nobody is told whether."""
    person = persons.at(email)
    if person is None:
        return
    now = clock.now()
    db.session.execute(
        insert(_codes).values(
            person_id=person.id, code_hash=hashed(ask), created_at=now, expires_at=now + LIFETIME
        )
    )
    letters.post(
        person.email,
        person.language,
        N_("%(code)s is your sign-in code"),
        N_("Your code: %(code)s"),
        N_(
            "Type it on the page that asked for it. It is good for ten minutes and works once,"
            " on %(host)s only. Nobody of ours ever asks you for it."
        ),
        N_("If you did not ask for a code, do nothing: without it nobody gets in."),
        code=spoken(code_for(ask)),
        host=settings().base_url,
    )


def count_try(ask: str) -> None:
    """Count one try before it is looked at: many at once get no more tries than one by one."""
    limits.count("code-try", limits.TRIES_PER_NETWORK)
    with writing():
        db.session.execute(
            update(_codes).where(_codes.c.code_hash == hashed(ask)).values(tries=_codes.c.tries + 1)
        )


def prove(ask: str, code: str) -> int:
    """The person the code was sent to; uses it up. Raises `Refused` when it is not the code."""
    now = clock.now()
    found = db.session.execute(
        select(_codes.c.id, _codes.c.person_id).where(
            _codes.c.code_hash == hashed(ask),
            _codes.c.used_at.is_(None),
            _codes.c.expires_at > now,
            _codes.c.tries <= TRIES,
        )
    ).first()
    digits = "".join(letter for letter in code if letter.isdecimal())
    right = hmac.compare_digest(digits.encode(), code_for(ask).encode())
    if found is None or not right:
        raise Refused(_WRONG)
    db.session.execute(update(_codes).where(_codes.c.id == found.id).values(used_at=now))
    return int(found.person_id)
