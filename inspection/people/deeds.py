"""What was done, by whom, and what they wrote: events as both parties read them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, bindparam, select

from inspection.db import db, table
from inspection.journal import Event, EventText
from inspection.people.models import Membership, Person

_events, _texts = table(Event), table(EventText)
_members, _persons = table(Membership), table(Person)

EVENTS: Select[Any] = (
    select(_events, _texts.c.text, _persons.c.name.label("who"))
    .join_from(_events, _texts, _texts.c.event_id == _events.c.id, isouter=True)
    .join(_members, _events.c.member_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
)
"""Events with `text` and `who`: rooms add which ones, and their order."""

_BESIDE_ACTIONS = EVENTS.where(
    _events.c.contract_id == bindparam("contract"),
    _events.c.action_id.is_(None),
    _events.c.entity == bindparam("which"),
    _events.c.entity_id == bindparam("one"),
).order_by(_events.c.seq)


def of(contract_id: int, entity: str, entity_id: int) -> list[Row[Any]]:
    """Everything that happened to an agreement, a visit, …, in order."""
    asked = {"contract": contract_id, "which": entity, "one": entity_id}
    return list(db.session.execute(_BESIDE_ACTIONS, asked))
