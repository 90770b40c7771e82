"""Phones that hold work: what each last said of what waits on it, and which were found empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from inspection import clock
from inspection.db import db, lock, table, touched
from inspection.people import devices
from inspection.people.models import Person, Phone
from inspection.web import PersonCard

REMEMBERED = timedelta(days=45)  # since it was last heard of; as long as a session may idle
MOST = 20  # phones of one person; the one not heard of for the longest goes first

_phones, _persons = table(Phone), table(Person)


@dataclass(frozen=True)
class Holding:
    """Things that were finished and not yet received: how many, and the oldest of them."""

    unsent: int
    since: datetime | None = None


@dataclass(frozen=True)
class Said:
    """What a phone says of itself: drafts are unfinished, `held` is by slug of the contract."""

    key: str
    build: str
    user_agent: str
    all: Holding
    drafts: int
    held: Mapping[str, Holding]


def report(who: PersonCard, said: Said) -> None:
    """Keep what a phone says in place of what it said before.

    A session whose store goes by another name now has lost what it had: that is known from then on.
    """
    lock(f"phones/{who.id}")
    now = clock.now()
    row = {
        "session_id": who.session_id,
        "device": devices.spoken(said.user_agent),
        "unsent": said.all.unsent,
        "oldest_at": said.all.since,
        "drafts": said.drafts,
        "held": {slug: _plain(one) for slug, one in said.held.items()},
        "build": said.build,
        "reported_at": now,
        "lost_at": None,
    }
    known = update(_phones).where(_phones.c.person_id == who.id, _phones.c.key == said.key)
    if touched(db.session.execute(known.values(row))) == 0:
        db.session.execute(insert(_phones).values(person_id=who.id, key=said.key, **row))
        _forget_old(who.id)
    emptied = update(_phones).where(
        _phones.c.session_id == who.session_id,
        _phones.c.key != said.key,
        _phones.c.lost_at.is_(None),
    )
    db.session.execute(emptied.values(lost_at=now))


def _plain(one: Holding) -> list[Any]:
    return [one.unsent, one.since.isoformat() if one.since else None]


def _forget_old(person_id: int) -> None:
    of_person = _phones.c.person_id == person_id
    newest = select(_phones.c.id).where(of_person)
    newest = newest.order_by(_phones.c.reported_at.desc(), _phones.c.id.desc()).limit(MOST)
    db.session.execute(delete(_phones).where(of_person, _phones.c.id.not_in(newest)))


# ---------------------------------------------------------------- looking at them


def others(who: PersonCard, key: str) -> list[Any]:
    """The person's other phones that hold or held something, those found empty first.

    device, unsent, drafts, oldest_at, reported_at, lost_at.
    """
    asked = (
        select(_phones)
        .where(
            _phones.c.person_id == who.id,
            _phones.c.key != key,
            or_(_phones.c.unsent > 0, _phones.c.drafts > 0),
            _phones.c.reported_at > clock.now() - REMEMBERED,
        )
        .order_by(_phones.c.lost_at.desc().nulls_last(), _phones.c.reported_at.desc())
    )
    return list(db.session.execute(asked))


@dataclass(frozen=True)
class Held:
    """What a phone holds of one contract, as its office sees it."""

    name: str
    device: str
    unsent: int
    since: datetime | None
    reported_at: datetime
    lost_at: datetime | None


def holding(slug: str, person_ids: Iterable[int]) -> list[Held]:
    """The phones of these people that hold work of one contract, the oldest work first.

    What a phone holds of another contract is nobody's business here, not even that it does.
    """
    asked = (
        select(_phones, _persons.c.name)
        .join_from(_phones, _persons)
        .where(
            _phones.c.person_id.in_(list(person_ids)),
            _phones.c.unsent > 0,
            _phones.c.reported_at > clock.now() - REMEMBERED,
        )
    )
    found = [_of(row, slug) for row in db.session.execute(asked) if slug in row.held]
    return sorted(found, key=lambda one: one.since or one.reported_at)


def _of(row: Any, slug: str) -> Held:
    unsent, since = row.held[slug]
    moment = datetime.fromisoformat(since) if since else None
    return Held(row.name, row.device, unsent, moment, row.reported_at, row.lost_at)
