"""The audit trail: one append-only history that both parties can read.

Every change writes its event in its own transaction; telling people, and whatever else must follow,
hangs on the event. Events form one chain per contract: `hash = SHA-256(previous hash + the event)`.
What somebody wrote is kept beside the chain (`EventText`), which holds only its hash, so that words
can be erased one day without breaking it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Index,
    Row,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from inspection import clock
from inspection.db import InContract, db, in_contract, lock, partial, table
from inspection.rules.access import Member, Party

GENESIS = "0" * 64


class Event(InContract, kw_only=True):
    """Something that happened, in the past tense (`action.accepted`)."""

    __tablename__ = "event"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "seq"),
        Index(None, "contract_id", "action_id", "seq"),
        Index(None, "contract_id", "asset_id", "seq"),
        # An action's events are found by the action.
        partial("contract_id", "entity", "entity_id", where="action_id IS NULL"),
        member_id="membership",
        action_id="action",
        asset_id="asset",
    )
    seq: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    entity: Mapped[str] = mapped_column(String(20))
    entity_id: Mapped[int]
    action_id: Mapped[int | None] = mapped_column(default=None)
    asset_id: Mapped[int | None] = mapped_column(default=None)
    actor: Mapped[str] = mapped_column(String(8))  # member, reporter, system
    member_id: Mapped[int | None] = mapped_column(default=None)
    party: Mapped[Party | None] = mapped_column(String(10), default=None)
    state_from: Mapped[str | None] = mapped_column(String(14), default=None)
    state_to: Mapped[str | None] = mapped_column(String(14), default=None)
    data: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    text_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    session_id: Mapped[int | None] = mapped_column(default=None)
    device_at: Mapped[datetime | None] = mapped_column(default=None)
    hash: Mapped[str] = mapped_column(String(64))


class EventText(InContract, kw_only=True):
    """What somebody wrote with an event."""

    __tablename__ = "event_text"
    __table_args__ = in_contract(UniqueConstraint("contract_id", "event_id"), event_id="event")
    event_id: Mapped[int]
    text: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Happened:
    """What is about to be written to the journal.

    `by` is the acting member; None with `reporter=True` for somebody without an account, else the
    system itself. `text` is what they wrote; `data` holds facts only (ids, states, moments), never
    words, names or contacts.
    """

    contract_id: int
    kind: str
    entity: str
    entity_id: int
    by: Member | None = None
    reporter: bool = False
    action_id: int | None = None
    asset_id: int | None = None
    state_from: str | None = None
    state_to: str | None = None
    text: str = ""
    data: Mapping[str, Any] | None = None
    session_id: int | None = None
    device_at: datetime | None = None
    owner: Party | None = None  # of the action, and who has it, where the caller knows them
    assignee_id: int | None = None


@dataclass(frozen=True)
class Written:
    """An event that stands in the journal, as listeners are told of it."""

    id: int
    seq: int
    at: datetime
    what: Happened


Listener = Callable[[Sequence[Written]], None]
_listeners: dict[str, list[Listener]] = {}


def listen(kind: str, listener: Listener) -> None:
    """Call `listener` in the same transaction with the events of `kind` (`*` for all).

    Those that are written together are told together, in their order. Rooms above the one that
    acts hang on its events this way; nothing is called from a route.
    """
    if listener not in _listeners.setdefault(kind, []):
        _listeners[kind].append(listener)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def chained(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of an event row (every column but `id` and `hash`) after `previous`."""
    plain = {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in row.items()
        if key not in ("id", "hash")
    }
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _sha256(previous + canonical)


_events = table(Event)
_texts = table(EventText)
_HEAD = (
    select(_events.c.seq, _events.c.hash)
    .where(_events.c.contract_id == bindparam("contract"))
    .order_by(_events.c.seq.desc())
    .limit(1)
)
_NEW = insert(_events).returning(_events.c.id, sort_by_parameter_order=True)
_NEW_TEXT = insert(_texts)


def record(what: Happened) -> Written:
    """Write one event at the head of the contract's chain and tell the listeners."""
    return record_all([what])[0]


def record_all(happened: Sequence[Happened]) -> list[Written]:
    """Write events of one contract one after the other, then tell the listeners of all."""
    if not happened:
        return []
    contract_id = happened[0].contract_id
    lock(f"journal/{contract_id}")
    rows = _chain(happened, db.session.execute(_HEAD, {"contract": contract_id}).first())
    ids = db.session.execute(_NEW, rows).scalars().all()
    written = [
        Written(event_id, row["seq"], row["at"], what)
        for event_id, row, what in zip(ids, rows, happened, strict=True)
    ]
    texts = [
        {"contract_id": contract_id, "event_id": one.id, "text": one.what.text}
        for one in written
        if one.what.text
    ]
    if texts:
        db.session.execute(_NEW_TEXT, texts)
    _tell(written)
    return written


def _tell(written: Sequence[Written]) -> None:
    by_kind: dict[str, list[Written]] = {}
    for one in written:
        by_kind.setdefault(one.what.kind, []).append(one)
    for kind, some in (*by_kind.items(), ("*", written)):
        for listener in _listeners.get(kind, ()):
            listener(some)


def _chain(happened: Sequence[Happened], head: Row[int, str] | None) -> list[dict[str, Any]]:
    """The rows of events, each with the hash that follows from the one before it."""
    seq, previous = (head.seq, head.hash) if head else (0, GENESIS)
    rows = []
    for n, what in enumerate(happened, seq + 1):
        row = _row(what, n)
        row["hash"] = previous = chained(previous, row)
        rows.append(row)
    return rows


def _row(what: Happened, seq: int) -> dict[str, Any]:
    return {
        "contract_id": what.contract_id,
        "seq": seq,
        "at": clock.now(),
        "kind": what.kind,
        "entity": what.entity,
        "entity_id": what.entity_id,
        "action_id": what.action_id,
        "asset_id": what.asset_id,
        "actor": "member" if what.by else ("reporter" if what.reporter else "system"),
        "member_id": what.by.id if what.by else None,
        "party": what.by.party.value if what.by else None,
        "state_from": what.state_from,
        "state_to": what.state_to,
        "data": dict(what.data or {}),
        "text_sha256": _sha256(what.text) if what.text else None,
        "session_id": what.session_id,
        "device_at": what.device_at,
    }


def first_broken(contract_id: int, copy: Connection | None = None) -> int | None:
    """The sequence number of the first event that does not fit the chain; None when all hold.

    Looks into the database of `copy` when one is given: a backup is checked before it counts.
    """
    previous, expected = GENESIS, 1
    rows = (copy or db.session).execute(
        select(_events, _texts.c.text.label("words"))
        .join_from(_events, _texts, _texts.c.event_id == _events.c.id, isouter=True)
        .where(_events.c.contract_id == contract_id)
        .order_by(_events.c.seq)
        .execution_options(yield_per=500)
    )
    for row in rows.mappings():
        columns = {column.name: row[column.name] for column in _events.columns}
        words = row["words"]
        altered = words is not None and _sha256(words) != columns["text_sha256"]
        if columns["seq"] != expected or chained(previous, columns) != columns["hash"] or altered:
            return expected
        previous, expected = columns["hash"], expected + 1
    return None
