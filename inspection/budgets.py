"""How much of something one address, code or account may do in a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from inspection import clock
from inspection.db import Model, db, dialect, insert, table, touched


class Budget(Model, kw_only=True):
    """How often `key` was spent in the window that began at `started_at`."""

    __tablename__ = "budget"
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    spent: Mapped[int] = mapped_column(default=0)


_table = table(Budget)


def _window(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(clock.now().timestamp()) // seconds * seconds, UTC)


@cache
def _counting(engine: str) -> Any:
    """The statement that counts one use; built once per `engine`."""
    return (
        insert(_table, engine)
        .on_conflict_do_update(
            index_elements=[_table.c.key, _table.c.started_at], set_={"spent": _table.c.spent + 1}
        )
        .returning(_table.c.key, _table.c.spent)
    )


def spend(key: str, seconds: int) -> int:
    """Count one use of `key` and return how many there were in this window of `seconds`."""
    return spend_all([key], seconds)[key]


def spend_all(keys: Iterable[str], seconds: int) -> dict[str, int]:
    """Count one use of each key and return how many there were of each in this window."""
    start = _window(seconds)
    # In one order for everybody, or two at once wait for each other for ever.
    rows = [{"key": key, "started_at": start, "spent": 1} for key in sorted(keys)]
    return {row.key: row.spent for row in db.session.execute(_counting(dialect()), rows)}


def spent(key: str, seconds: int) -> int:
    """How often `key` was used in this window, without using it."""
    start = _window(seconds)
    found = select(_table.c.spent).where(_table.c.key == key, _table.c.started_at == start)
    return db.session.execute(found).scalar() or 0


def forget(before: datetime) -> int:
    """Drop windows that began before `before`; how many were dropped."""
    result = db.session.execute(delete(_table).where(_table.c.started_at < before))
    return touched(result)
