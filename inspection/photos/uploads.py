"""Pictures that follow their form in parts: cut off anywhere, they go on from the last whole part.

The secret in an upload's address came with the receipt of the form, to whoever sent it; it opens
these pictures and nothing else, so a photo still arrives when its sender's session has ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from inspection import clock, idempotency
from inspection.db import db, lock, reading, table, touched, writing
from inspection.journal import Happened, record
from inspection.photos.manifest import NAMED
from inspection.photos.models import AWAITED, UNREADABLE, Part, Photo, Upload
from inspection.photos.pictures import Refined, refine, refused
from inspection.photos.storage import Store
from inspection.rules.refusal import Refusal
from inspection.web import hashed, submitted

PART = 256 * 1024  # bytes that are sent again at most after a cut
LATER = frozenset({"photo.busy", "photo.took_too_long"})  # about us, not about the picture

_uploads, _parts, _photos = table(Upload), table(Part), table(Photo)
_OF_ADDRESS = (
    select(_uploads).where(_uploads.c.address == bindparam("address")).order_by(_uploads.c.id)
)
_FOUND = _OF_ADDRESS.where(_uploads.c.sha256 == bindparam("sha256"))


@dataclass(frozen=True)
class Named:
    """A picture by its bytes: their hash, and how many."""

    sha256: str
    bytes: int


# ---------------------------------------------------------------- awaited


def await_all(contract_id: int, named: Iterable[Named]) -> dict[str, int]:
    """Expect pictures of the form that is being applied; the id of the upload of each, by hash."""
    address = hashed(idempotency.uploads_secret())
    known = {row.sha256: row.id for row in _of(address)}
    for one in named:
        if one.sha256 not in known:
            row = {
                "contract_id": contract_id,
                "address": address,
                "sha256": one.sha256,
                "bytes": one.bytes,
                "received": 0,
                "created_at": clock.now(),
            }
            known[one.sha256] = db.session.execute(
                insert(_uploads).returning(_uploads.c.id), row
            ).scalar_one()
    return known


def answered() -> dict[str, Any]:
    """What the receipt of a form says of its pictures: where they go, and which are missing."""
    if NAMED not in submitted():
        return {"missing": [], "uploads": ""}
    secret = idempotency.uploads_secret()
    rows = _of(hashed(secret))
    missing = [row.sha256 for row in rows if row.whole_at is None]
    return {"missing": missing, "uploads": f"/uploads/{secret}" if rows else ""}


def _of(address: str) -> list[Row[Any]]:
    return list(db.session.execute(_OF_ADDRESS, {"address": address}))


def of(secret: str) -> list[Row[Any]]:
    """The pictures that go to an address, whole or not; none for an address that never was."""
    return _of(hashed(secret))


def found(secret: str, sha256: str) -> Row[Any] | None:
    """One of them."""
    asked = {"address": hashed(secret), "sha256": sha256}
    return db.session.execute(_FOUND, asked).first()


# ---------------------------------------------------------------- arriving


@dataclass(frozen=True)
class Arrived:
    """How far a picture is: the bytes that are safe here, and why it cannot go on.

    `elsewhere`: nothing was taken, because the part does not begin at `offset`.
    """

    offset: int
    whole: bool = False
    elsewhere: bool = False
    refused: Refusal | None = None


def take(store: Store, secret: str, sha256: str, offset: int, data: bytes) -> Arrived | None:
    """Take the part of a picture that begins at `offset`; None for a picture nobody awaits.

    Durable when it returns. A part that does not begin where the last one ended changes nothing:
    the answer says where to go on. With the last one the hash of the whole decides; other bytes
    than were promised are forgotten, and the picture begins again at 0.
    """
    with writing():
        lock(f"upload/{hashed(secret)}/{sha256}")
        row = found(secret, sha256)
        if row is None:
            return None
        if row.whole_at is not None:
            return Arrived(row.bytes, whole=True)
        if offset != row.received or row.received + len(data) > row.bytes:
            return Arrived(row.received, elsewhere=True)
        if data:
            _keep(row, data)
    received = row.received + len(data)
    return _finished(store, row) if received == row.bytes else Arrived(received)


def _keep(row: Row[Any], data: bytes) -> None:
    part = {
        "contract_id": row.contract_id,
        "upload_id": row.id,
        "offset": row.received,
        "data": data,
    }
    db.session.execute(insert(_parts), part)
    _set(row, received=row.received + len(data))


def _set(row: Row[Any], **values: Any) -> None:
    db.session.execute(update(_uploads).where(_uploads.c.id == row.id).values(values))


def _finished(store: Store, row: Row[Any]) -> Arrived:
    """All bytes are here: check, refine and store them outside of any lock, then make them seen."""
    with reading():
        parts = select(_parts.c.data).where(
            _parts.c.contract_id == row.contract_id, _parts.c.upload_id == row.id
        )
        data = b"".join(db.session.execute(parts.order_by(_parts.c.offset)).scalars())
    if hashlib.sha256(data).hexdigest() != row.sha256:
        return _begin_again(row)
    refined = refine(data)
    if isinstance(refined, Refusal) and refined.code in LATER:
        return Arrived(row.bytes, refused=refined)
    kept = _seen(store, refined) if isinstance(refined, Refined) else _unseen(store, data)
    with writing():
        lock(f"upload/{row.address}/{row.sha256}")
        again = db.session.execute(_FOUND, {"address": row.address, "sha256": row.sha256}).one()
        if again.whole_at is None:
            _arrive(row, kept)
    return Arrived(row.bytes, whole=True)


def _begin_again(row: Row[Any]) -> Arrived:
    with writing():
        _forget_parts(row)
        _set(row, received=0)
    return Arrived(0, refused=refused("other_bytes"))


def _forget_parts(row: Row[Any]) -> None:
    db.session.execute(
        delete(_parts).where(_parts.c.contract_id == row.contract_id, _parts.c.upload_id == row.id)
    )


def _seen(store: Store, refined: Refined) -> dict[str, Any]:
    return {
        "standing": "",
        "picture": store.put(refined.picture),
        "thumbnail": store.put(refined.thumbnail),
        "width": refined.width,
        "height": refined.height,
        "bytes": len(refined.picture),
    }


def _unseen(store: Store, data: bytes) -> dict[str, Any]:
    """What cannot be read here is kept as it came: it may be the only proof there is."""
    name = store.put(data)
    return {"standing": UNREADABLE, "picture": name, "thumbnail": name, "bytes": len(data)}


def _arrive(row: Row[Any], kept: dict[str, Any]) -> None:
    """The picture stands in every record that awaited it, and its parts are forgotten."""
    db.session.execute(
        update(_photos)
        .where(_photos.c.contract_id == row.contract_id, _photos.c.upload_id == row.id)
        .values(kept)
    )
    _set(row, whole_at=clock.now(), received=row.bytes)
    _forget_parts(row)
    facts = {"sha256": row.sha256, "bytes": row.bytes, "standing": kept["standing"]}
    record(Happened(row.contract_id, "upload.arrived", "upload", row.id, data=facts))


# ---------------------------------------------------------------- still on a phone


def awaited(contract_id: int, **owner: int) -> int:
    """How many pictures of an owner (`action_id=5`) have not arrived yet."""
    ((column, value),) = owner.items()
    return int(
        db.session.execute(
            select(func.count()).where(
                _photos.c.contract_id == contract_id,
                _photos.c[column] == value,
                _photos.c.standing == AWAITED,
            )
        ).scalar_one()
    )


# ---------------------------------------------------------------- never finished

LEFT = timedelta(days=90)  # a phone that was put away for a season still goes on where it was


def sweep() -> int:
    """Forget the parts of pictures that have not gone on for long; their first byte is awaited."""
    old = (
        select(_uploads.c.id)
        .where(
            _uploads.c.whole_at.is_(None),
            _uploads.c.received > 0,
            _uploads.c.created_at < clock.now() - LEFT,
        )
        .scalar_subquery()
    )
    with writing():
        forgotten = touched(db.session.execute(delete(_parts).where(_parts.c.upload_id.in_(old))))
        db.session.execute(update(_uploads).where(_uploads.c.id.in_(old)).values(received=0))
    return forgotten
