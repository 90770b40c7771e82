"""Whether everything hangs together: N5 of every test that kills, cuts or repeats.

`whole(app)` reads what is stored and says in sentences what does not fit. It needs no outside
record: whether what was acknowledged is there is the ledger's affair.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

from flask import Flask
from sqlalchemy import ColumnElement, Row, Table, func, select

from inspection.actions.models import Action
from inspection.contracts.models import Contract
from inspection.db import Model, db, reading, table
from inspection.idempotency import Submission
from inspection.journal import Event, EventText, first_broken
from inspection.photos import evidence
from inspection.photos.models import AWAITED, Part, Photo, Upload
from inspection.photos.storage import Store
from inspection.reports.models import Report

_events, _texts, _photos = table(Event), table(EventText), table(Photo)
_uploads, _parts = table(Upload), table(Part)

TOLD = ("report", "upload", "decision", "hold", "disagreement", "visit")
"""What has an event of its own, once anybody has touched it."""

RECORDS = (*TOLD, "action", "asset", "tag", "clock", "plan")
"""What is never deleted, so that an event of it without its row is a lie."""


def whole(app: Flask) -> list[str]:
    """What is stored and does not fit together, one sentence each; empty when all is whole."""
    with app.app_context(), reading():
        store = evidence.store()
        return [
            *_chains(),
            *_records_without_events(),
            *_events_without_records(),
            *_words(),
            *_photos_of(store),
            *_uploads_of(),
            *_receipts(),
        ]


def _rows(statement: Any) -> list[Row[Any]]:
    return list(db.session.execute(statement))


def _chains() -> Iterator[str]:
    for contract_id in db.session.execute(select(table(Contract).c.id)).scalars().all():
        broken = first_broken(contract_id)
        if broken is not None:
            yield f"contract {contract_id}: the journal breaks at {broken}"


def _records_without_events() -> Iterator[str]:
    for name in TOLD:
        one = Model.metadata.tables[name]
        told = select(_events.c.id).where(
            _events.c.entity == name,
            _events.c.entity_id == one.c.id,
            _events.c.contract_id == one.c.contract_id,
        )
        untold = select(one.c.id).where(~told.exists(), *_touched(name, one))
        for row in _rows(untold):
            yield f"{name} {row.id} has no event"
    yield from _twice()
    told = select(_events.c.id).where(_events.c.action_id == table(Action).c.id)
    for row in _rows(select(table(Action).c.id).where(~told.exists())):
        yield f"action {row.id} has no event"


def _touched(name: str, one: Table) -> list[ColumnElement[bool]]:
    """What is only planned, asked for or on its way has nothing to tell of itself yet."""
    since = {"upload": "whole_at", "visit": "started_at", "hold": "begins_at"}.get(name)
    return [one.c[since].is_not(None)] if since else []


def _twice() -> Iterator[str]:
    """A report is received once, a picture arrives once."""
    for kinds in (("report.received", "report.held"), ("upload.arrived",)):
        again = (
            select(_events.c.entity, _events.c.entity_id)
            .where(_events.c.kind.in_(kinds))
            .group_by(_events.c.entity, _events.c.entity_id)
            .having(func.count() > 1)
        )
        for row in _rows(again):
            yield f"{row.entity} {row.entity_id} began more than once"


def _events_without_records() -> Iterator[str]:
    for name in RECORDS:
        one = Model.metadata.tables[name]
        there = select(one.c.id).where(one.c.id == _events.c.entity_id)
        lost = select(_events.c.kind, _events.c.entity_id).where(
            _events.c.entity == name, ~there.exists()
        )
        for row in _rows(lost):
            yield f"{row.kind} tells of {name} {row.entity_id}, which is not there"


def _words() -> Iterator[str]:
    """A reporter's words may be forgotten; a member's stay."""
    kept = select(_texts.c.id).where(_texts.c.event_id == _events.c.id)
    lost = select(_events.c.id, _events.c.kind).where(
        _events.c.text_sha256.is_not(None), _events.c.actor == "member", ~kept.exists()
    )
    for row in _rows(lost):
        yield f"event {row.id} ({row.kind}) has lost its words"


def _photos_of(store: Store) -> Iterator[str]:
    uploads = {row.id: row for row in _rows(select(_uploads))}
    for photo in _rows(select(_photos)):
        upload = uploads.get(photo.upload_id)
        if photo.standing == AWAITED:
            if upload is None or upload.whole_at is not None:
                yield f"photo {photo.id} is awaited, and nothing is on its way"
            continue
        if upload is not None and upload.whole_at is None:
            yield f"photo {photo.id} is shown before its upload {upload.id} is whole"
        for name in {photo.picture, photo.thumbnail}:
            yield from _file(store, photo.id, name)


def _file(store: Store, photo_id: int, name: str) -> Iterator[str]:
    try:
        data = store.read(name)
    except FileNotFoundError:
        yield f"photo {photo_id}: no file {name or 'without a name'}"
        return
    if hashlib.sha256(data).hexdigest() != name:
        yield f"photo {photo_id}: the file {name} holds other bytes"


def _uploads_of() -> Iterator[str]:
    """Parts follow each other without a hole, and end where the upload says it is."""
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in _rows(
        select(_parts.c.upload_id, _parts.c.offset, func.length(_parts.c.data).label("size"))
    ):
        parts[row.upload_id].append((row.offset, row.size))
    for upload in _rows(select(_uploads)):
        end = 0
        for offset, size in sorted(parts[upload.id]):
            if offset != end:
                yield f"upload {upload.id} has a part at {offset} instead of {end}"
            end = offset + size
        expected = 0 if upload.whole_at else upload.received
        if end != expected:
            yield f"upload {upload.id} holds {end} bytes instead of {expected}"


def _receipts() -> Iterator[str]:
    """What a form was told it became is there."""
    reports = {(r.contract_id, r.reference) for r in _rows(select(table(Report)))}
    actions = {(a.contract_id, str(a.number)) for a in _rows(select(table(Action)))}
    for sent in _rows(select(table(Submission))):
        number = cast("dict[str, Any]", sent.answer).get("number")
        known = _known_as(sent.path, reports, actions)
        if number and known is not None and not _there(known, sent.contract_id, number):
            yield f"submission {sent.id} was told {number}, which is not there"


Known = set[tuple[int, str]]


def _known_as(path: str, reports: Known, actions: Known) -> Known | None:
    """Among what a form at that address finds its number."""
    if path.startswith(("/Q/", "/q/", "/r/", "/c/<contract>/reports")):
        return reports
    return actions if path.startswith("/c/<contract>/actions/") else None


def _there(known: Known, contract_id: int | None, number: str) -> bool:
    """Of somebody anonymous the contract is not noted with the form."""
    if contract_id is not None:
        return (contract_id, number) in known
    return any(number == one for _, one in known)
