"""Persons: found by address, made once, named as they like."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sqlalchemy import insert, select, update

from inspection import clock
from inspection.db import db, table
from inspection.people.models import Person
from inspection.rules.refusal import N_, Refusal
from inspection.web import STAFF_LANGUAGES

_persons = table(Person)
_ADDRESS = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]+\.[^\s@,;<>\".]{2,}")
HANDLE_BYTES = 32


def address(text: str) -> str | Refusal:
    """The e-mail address as it is stored and compared: lower case."""
    plain = text.strip().lower()
    if len(plain) <= 254 and _ADDRESS.fullmatch(plain):
        return plain
    return Refusal(
        "person.no_address",
        N_("An address has a name, an @ and a place, like name@example.org."),
        where="email",
    )


def at(email: str) -> Any:
    """The person with this address (id, name, email, handle, language), or None."""
    return db.session.execute(select(_persons).where(_persons.c.email == email)).first()


def one(person_id: int) -> Any:
    return db.session.execute(select(_persons).where(_persons.c.id == person_id)).one()


def add(name: str, email: str, language: str) -> int:
    """A new person without any way in but their mailbox; their id."""
    return int(
        db.session.execute(
            insert(_persons)
            .values(
                name=name,
                email=email,
                handle=secrets.token_bytes(HANDLE_BYTES),
                language=language if language in STAFF_LANGUAGES else "en",
                created_at=clock.now(),
            )
            .returning(_persons.c.id)
        ).scalar_one()
    )


def change(person_id: int, name: str, language: str) -> None:
    """What a person decides about themselves."""
    db.session.execute(
        update(_persons).where(_persons.c.id == person_id).values(name=name, language=language)
    )
