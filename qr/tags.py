"""The life of a code: minted blank, bound to a place, bound again, retired; and what it opens."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import abort
from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    false,
    insert,
    or_,
    select,
    update,
)

from inspection import clock
from inspection.assets.models import Asset
from inspection.assets.tree import within
from inspection.contracts.models import Contract
from inspection.db import db, table, touched
from inspection.journal import Event, Happened, Written, record
from inspection.rules.access import Member
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused
from qr import payload
from qr.models import Tag, TagState

_tags, _assets, _contracts = table(Tag), table(Asset), table(Contract)
_events = table(Event)
_successors = _tags.alias("successor")
GRACE = timedelta(days=30)
"""How long what was begun at an old label is still taken, for the place its page showed."""


def _opens(asset_id: ColumnElement[int]) -> Select[Any]:
    """What a code opens, at the place with that id."""
    return (
        select(
            _tags.c.id.label("tag_id"),
            _tags.c.code,
            _tags.c.state,
            _tags.c.retired_at,
            _successors.c.code.label("successor"),
            _assets.c.id,
            _assets.c.name,
            _assets.c.trail,
            _assets.c.path,
            _contracts.c.id.label("contract_id"),
            _contracts.c.version.label("contract_version"),
            _contracts.c.created_at.label("contract_since"),
            _contracts.c.slug,
            _contracts.c.tz,
            _contracts.c.emergency_number,
            _contracts.c.emergency_text,
            _contracts.c.readers,
            _contracts.c.retention_days,
        )
        .join_from(_tags, _contracts, _tags.c.contract_id == _contracts.c.id)
        .join(
            _assets,
            (_assets.c.contract_id == _tags.c.contract_id) & (_assets.c.id == asset_id),
            isouter=True,
        )
        .join(
            _successors,
            (_successors.c.contract_id == _tags.c.contract_id)
            & (_successors.c.id == _tags.c.replaced_by_id),
            isouter=True,
        )
        .where(_tags.c.code == bindparam("code"))
    )


_DOOR = _opens(_tags.c.asset_id)
_SHOWN = _opens(bindparam("shown", type_=Integer))
_MOVED = select(_events.c.data).where(
    _events.c.contract_id == bindparam("contract"),
    _events.c.action_id.is_(None),
    _events.c.entity == "tag",
    _events.c.entity_id == bindparam("tag"),
    _events.c.kind == "tag.rebound",
    _events.c.at > bindparam("since"),
)


def door(code: str) -> Row[Any] | None:
    """What a code opens, in one read: the tag's state, its asset and what the contract says."""
    return db.session.execute(_DOOR, {"code": code}).first()


def as_shown(place: Row[Any], shown: int | None) -> Row[Any] | None:
    """What the code opened when a page about the place `shown` was made.

    None when it never stood for that place, or when it moved away from there longer than `GRACE`
    ago.
    """
    if shown is None or shown == place.id:
        return place
    asked = {"contract": place.contract_id, "tag": place.tag_id, "since": clock.now() - GRACE}
    if all(data["before"] != shown for data in db.session.execute(_MOVED, asked).scalars()):
        return None
    return db.session.execute(_SHOWN, {"code": place.code, "shown": shown}).first()


def found(contract_id: int, code: str) -> Row[Any]:
    """The tag with that code in this contract; 404 when there is none."""
    row = db.session.execute(
        select(_tags).where(_tags.c.contract_id == contract_id, _tags.c.code == code)
    ).first()
    if row is None:
        abort(404)
    return row


def of_asset(contract_id: int, asset_id: int) -> str | None:
    """The newest code in use at a place."""
    return db.session.execute(
        select(_tags.c.code)
        .where(
            _tags.c.contract_id == contract_id,
            _tags.c.asset_id == asset_id,
            _tags.c.state == TagState.ACTIVE.value,
        )
        .order_by(_tags.c.id.desc())
        .limit(1)
    ).scalar()


def below(contract_id: int, paths: Iterable[str], most: int) -> list[Row[Any]]:
    """The codes in use at or below some places, at most so many: rows of code and asset_id."""
    places = or_(false(), *(within(_assets.c.path, path) for path in paths))
    asked = (
        select(_tags.c.code, _tags.c.asset_id)
        .join_from(
            _tags,
            _assets,
            (_assets.c.contract_id == _tags.c.contract_id) & (_assets.c.id == _tags.c.asset_id),
        )
        .where(_tags.c.contract_id == contract_id, _tags.c.state == TagState.ACTIVE.value, places)
    )
    return list(db.session.execute(asked.order_by(_tags.c.id).limit(most)))


def mint(contract_id: int, count: int) -> list[str]:
    """Make `count` blank codes, to be printed by the roll and bound on site."""
    codes = [payload.mint(secrets.randbits(payload.BITS)) for _ in range(count)]
    now = clock.now()
    rows = [
        {
            "contract_id": contract_id,
            "code": code,
            "state": TagState.BLANK.value,
            "created_at": now,
            "note": "",
        }
        for code in codes
    ]
    if rows:
        db.session.execute(insert(_tags), rows)
    return codes


def mint_for(contract_id: int, asset_id: int, at: datetime) -> str:
    """Make one code that stands for a place from `at` on, and return it; without an event.

    For those who bring in a whole register: the import's own event says what came.
    """
    code = payload.mint(secrets.randbits(payload.BITS))
    db.session.execute(
        insert(_tags).values(
            contract_id=contract_id,
            code=code,
            state=TagState.ACTIVE.value,
            asset_id=asset_id,
            created_at=at,
            bound_at=at,
            note="",
        )
    )
    return code


def bind(by: Member, tag: Row[Any], asset: Row[Any], note: str = "") -> Written:
    """Say which place a code stands for; binding it to another place needs a note."""
    if tag.state == TagState.RETIRED:
        raise Refused(
            Refusal("tag.retired", N_("This code is retired for good. Bind a blank one instead."))
        )
    again = tag.state == TagState.ACTIVE
    if again and tag.asset_id == asset.id:
        raise Refused(Refusal("tag.bound_here", N_("This code stands for this place already.")))
    if again and not note.strip():
        raise Refused(
            Refusal(
                "tag.note_missing",
                N_("Say why this code moves; its history stays with the old place."),
                where="note",
            )
        )
    _set(tag, state=TagState.ACTIVE.value, asset_id=asset.id, bound_at=clock.now(), note=note)
    kind = "tag.rebound" if again else "tag.bound"
    return _tell(kind, tag, by, asset.id, note, {"before": tag.asset_id} if again else {})


def retire(by: Member, tag: Row[Any], successor: Row[Any] | None, note: str = "") -> Written:
    """Take a code out of use for ever; its page says what replaced it."""
    if tag.state == TagState.RETIRED:
        raise Refused(Refusal("tag.retired_before", N_("This code is retired already.")))
    if successor is not None and successor.id == tag.id:
        raise Refused(
            Refusal("tag.replaces_itself", N_("A code cannot replace itself."), where="successor")
        )
    _set(
        tag,
        state=TagState.RETIRED.value,
        retired_at=clock.now(),
        replaced_by_id=successor.id if successor else None,
        note=note,
    )
    data = {"successor": successor.id if successor else None}
    return _tell("tag.retired", tag, by, tag.asset_id, note, data)


def _set(tag: Row[Any], **values: Any) -> None:
    """Change the tag unless somebody else did meanwhile."""
    result = db.session.execute(
        update(_tags)
        .where(
            _tags.c.id == tag.id,
            _tags.c.contract_id == tag.contract_id,
            _tags.c.state == tag.state,
            _tags.c.asset_id.is_not_distinct_from(tag.asset_id),
        )
        .values(values)
    )
    if touched(result) != 1:
        raise Refused(
            Refusal(
                "tag.moved_on",
                N_("Somebody else changed this code meanwhile. Look at it and decide again."),
            ),
            status=409,
        )


def _tell(
    kind: str,
    tag: Row[Any],
    by: Member,
    asset_id: int | None,
    note: str,
    data: Mapping[str, Any],
) -> Written:
    return record(
        Happened(
            tag.contract_id,
            kind,
            "tag",
            tag.id,
            by,
            asset_id=asset_id,
            text=note.strip(),
            data=data,
        )
    )
