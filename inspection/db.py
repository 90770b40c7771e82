"""The database handle, its two engines, and the few types every room shares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    event,
    func,
    select,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine


class Utc(TypeDecorator[datetime]):
    """A moment: aware and in UTC on both engines (SQLite alone would give it back naive)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


Path = String(200).with_variant(String(200, collation="C"), "postgresql")
"""A chain of ids from the root of the tree, `/1/5/23/`; compared byte by byte on both engines."""


class _Jsonb(TypeDecorator[Any]):
    """JSONB; PostgreSQL's dialect, 4 MB, is loaded only where PostgreSQL is spoken."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB())


Json = JSON().with_variant(_Jsonb(), "postgresql")


class Model(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """What every table is made from."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Utc(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


def table(model: type[Model]) -> Table:
    """The table behind `model`, for statements that need no objects."""
    return cast(Table, model.__table__)


class InContract(Model, kw_only=True):
    """A row that belongs to exactly one contract; what refers to it names the contract too."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    contract_id: Mapped[int] = mapped_column()


def in_contract(*items: SchemaItem, **refers: str) -> tuple[SchemaItem, ...]:
    """Table arguments of an `InContract` model.

    `refers` maps a column to the contract table it points at (`asset_id="asset"`): the foreign key
    is composite with `contract_id`, so a row of another contract cannot be referred to at all.
    """
    return (
        ForeignKeyConstraint(["contract_id"], ["contract.id"]),
        UniqueConstraint("contract_id", "id"),
        *(
            ForeignKeyConstraint(["contract_id", column], [f"{table}.contract_id", f"{table}.id"])
            for column, table in refers.items()
        ),
        *items,
    )


def partial(*columns: str, where: str, in_postgresql: str = "") -> Index:
    """An index over the rows `where` holds alone, in the words of both engines or of each."""
    index = Index(None, *columns, sqlite_where=text(where))
    index.info["in_postgresql"] = in_postgresql or where
    return index


db = SQLAlchemy(metadata=Model.metadata, session_options={"expire_on_commit": False})

_reading: ContextVar[bool] = ContextVar("reading", default=False)


def begin_reading() -> None:
    """Requests start as readers: nobody waits for them and they wait for nobody."""
    _reading.set(True)


def begin_writing() -> None:
    """End what was read and take the write lock from the first statement on.

    SQLite: 800 read-modify-write transactions lost 651 updates without `BEGIN IMMEDIATE`, none
    with it; a deferred transaction that writes later fails at once, whatever the busy timeout.
    """
    db.session.rollback()
    _reading.set(False)


@contextmanager
def writing() -> Iterator[None]:
    """A write outside a request: commits at the end, rolls back on any error."""
    before = _reading.get()
    begin_writing()
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _reading.set(before)


@contextmanager
def reading() -> Iterator[None]:
    """A look outside a request: waits for nobody, and holds nothing when it is over."""
    before = _reading.get()
    db.session.rollback()
    begin_reading()
    try:
        yield
    finally:
        db.session.rollback()
        _reading.set(before)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver must never emit BEGIN by itself
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=15000",
            "foreign_keys=ON",
            "journal_size_limit=67108864",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def _prepare_postgresql() -> None:
    """Tell every partial index its condition; said to an `Index` at once it loads the dialect."""
    for model in Model.metadata.tables.values():
        for index in model.indexes:
            if where := index.info.get("in_postgresql"):
                index.dialect_options["postgresql"]["where"] = text(where)


def init_app(app: Flask) -> None:
    """Bind the engine of `SQLALCHEMY_DATABASE_URI` to the app."""
    db.init_app(app)
    with app.app_context():
        if dialect() == "sqlite":
            _prepare_sqlite(db.engine)
        else:
            _prepare_postgresql()


def collided(failure: BaseException) -> bool:
    """Whether two transactions waited for each other, and PostgreSQL ended this one to let go on.

    Nothing of it was kept; done again from the start, it works. The rig finds such pairs: a merge
    holds the journal and waits for its master, whose mover waits for the journal.
    """
    return isinstance(failure, OperationalError) and (
        getattr(failure.orig, "sqlstate", None) == "40P01"
    )


def touched(result: Any) -> int:
    """How many rows a statement has changed; SQLAlchemy's type of a result does not know."""
    return int(getattr(result, "rowcount", 0))


def dialect() -> str:
    """Which of the two engines this is: sqlite or postgresql."""
    return db.engine.dialect.name


def insert(into: Table, engine: str) -> Any:
    """An INSERT that can say ON CONFLICT: each `engine` has a class of its own for it."""
    if engine == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(into)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(into)


def lock(key: str) -> None:
    """Let only one transaction at a time past this point for `key`.

    SQLite's write lock already says so; PostgreSQL takes an advisory lock for the transaction.
    """
    if dialect() == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
