"""Bringing the schema up to date, one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app
from sqlalchemy import Column, Connection, MetaData, String, Table, func, inspect, select

from inspection.db import db, dialect

HISTORY = Path(__file__).parent / "migrations"
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32)))


class Busy(Exception):
    """Another process holds what only one may hold; one sentence for the operator."""


class Newer(Exception):
    """The database belongs to a newer version of the program; one sentence for the operator."""


@contextmanager
def alone(path: Path, *, wait: bool, shared: bool = False) -> Iterator[None]:
    """Let one process at a time of this machine in, or all `shared` ones together.

    The lock ends with the process and its children, however they end. Raises `Busy` when it is
    taken and `wait` is false.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with path.open("a") as file:
        try:
            fcntl.flock(file, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy(
                "Another command of Tandem works on this data; try again when it is done"
            ) from None
        yield


@contextmanager
def _alone_in_database() -> Iterator[None]:
    """PostgreSQL is shared by machines: a lock of the database itself, for this connection."""
    if dialect() != "postgresql":
        yield
        return
    key = func.hashtextextended("migrate", 0)
    with db.engine.connect() as connection:
        connection.execute(select(func.pg_advisory_lock(key)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(key)))


def migrate(data: Path) -> tuple[str, str]:
    """Bring the schema up to date, in one transaction; the revisions before and after.

    Raises `Newer`.
    """
    with alone(data / "migrating.lock", wait=True), _alone_in_database():
        before = current()
        if before and before not in _steps():
            raise Newer(
                f"The database is of a newer version ({before}) than this program ({newest()}):"
                " start the newer version, or restore a backup made before the upgrade"
            )
        if before != newest():
            upgrade()
    return before, current()


def upgrade(history: Path = HISTORY) -> None:
    """Take the steps of `history` that the database has not taken, in one transaction.

    Alembic is loaded here and nowhere else: it is 7 MB in a process that serves and never needs it.
    """
    import flask_migrate

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    flask_migrate.Migrate(app, db, transactional_ddl=True)
    flask_migrate.upgrade(directory=str(history))


def current() -> str:
    """The revision of our database; empty when it is new."""
    with db.engine.connect() as connection:
        return revision(connection)


def revision(connection: Connection) -> str:
    """The revision of the database that is looked at; empty when it is new."""
    if not inspect(connection).has_table(_VERSION.name):
        return ""
    return connection.scalar(select(_VERSION.c.version_num)) or ""


def newest() -> str:
    """The revision this version of the program needs."""
    return max(_steps())


def _steps() -> set[str]:
    """The revisions of the history: the files' names begin with them."""
    return {step.stem.partition("_")[0] for step in (HISTORY / "versions").glob("*_*.py")}
