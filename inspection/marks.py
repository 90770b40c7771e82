"""Marks: single facts about the installation itself, by name, with the moment they were set.

The epoch names the life of this database. It changes when an older database is put in the place of
a newer one: whoever keeps receipts (a phone) can then offer again what the older never heard of.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import String, Text, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from inspection import clock
from inspection.db import Model, db, lock, table, touched

TICK, SWEEP, PHOTO_SWEEP, BACKUP = "tick", "sweep", "photo-sweep", "backup"
EPOCH, RESTORED = "epoch", "restored"


class Mark(Model, kw_only=True):
    """When something last happened here, and what to remember of it."""

    __tablename__ = "mark"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    value: Mapped[str] = mapped_column(Text, default="")


_marks = table(Mark)


def get(name: str) -> Any:
    """The mark (at, value), or None."""
    return db.session.execute(
        select(_marks.c.at, _marks.c.value).where(_marks.c.name == name)
    ).first()


def put(name: str, value: str = "") -> None:
    """Set a mark to now, in the caller's transaction."""
    lock(f"mark/{name}")
    now = clock.now()
    there = update(_marks).where(_marks.c.name == name).values(at=now, value=value)
    if touched(db.session.execute(there)) == 0:
        db.session.execute(insert(_marks).values(name=name, at=now, value=value))


def claim(name: str, every: timedelta) -> bool:
    """Set the mark if it is older than `every`; of several who ask at once, one is told True."""
    lock(f"mark/{name}")
    before = get(name)
    if before is not None and before.at > clock.now() - every:
        return False
    put(name)
    return True


def age(name: str) -> timedelta | None:
    """How long ago the mark was set; None when it never was."""
    before = get(name)
    return clock.now() - before.at if before is not None else None


# ---------------------------------------------------------------- the epoch


def epoch() -> str:
    """The epoch in force; empty in a database that has not been started yet."""
    known = get(EPOCH)
    return str(known.value).rpartition(" ")[2] if known is not None else ""


def contact() -> dict[str, str]:
    """What every phone is told when it reaches us: the time here, the epoch, and since when.

    `restored_to`: what was acknowledged after this moment, in an epoch before, may be lost here;
    the phone offers it again. Empty as long as nothing was ever restored.
    """
    restored = get(RESTORED)
    return {
        "server_time": clock.now().isoformat(),
        "epoch": epoch(),
        "restored_to": restored.value if restored is not None else "",
    }


def begin_epoch(kept: Path, restored_to: datetime | None = None) -> str:
    """Begin a new epoch, in the database and in the file `kept` beside it.

    `restored_to`: when the data was saved that is now in force.
    """
    known = get(EPOCH)
    begun = secrets.token_hex(8)
    if restored_to is not None:
        put(RESTORED, restored_to.isoformat())
    put(EPOCH, f"{known.value} {begun}" if known is not None else begun)
    kept.write_text(begun + "\n")
    return begun


def settle_epoch(kept: Path) -> str:
    """The epoch at start: a new one when the file knows an epoch the database never heard of.

    A machine without the file, or with an older epoch of this database, takes over what is in
    force: several machines share one database and each has its own file.
    """
    known = get(EPOCH)
    remembered = kept.read_text().strip() if kept.exists() else ""
    if known is None or (remembered and remembered not in known.value.split()):
        return begin_epoch(kept)
    if remembered != epoch():
        kept.write_text(epoch() + "\n")
    return epoch()
