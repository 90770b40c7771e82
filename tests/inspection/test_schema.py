"""The schema that the migrations make is the one the models speak of, on both engines."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from app import create_app
from inspection import schema
from inspection.db import Model, db, dialect


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The product on a database that nobody has used yet."""
    environ = {"TANDEM_DATA": str(tmp_path), "TANDEM_SECRET": "s" * 32}
    if request.param == "postgresql":
        shared = request.getfixturevalue("postgresql_url")
        keeper = create_app({**environ, "TANDEM_DATABASE_URL": shared})
        with keeper.app_context(), db.engine.connect() as raw:
            alone = raw.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(text("DROP DATABASE IF EXISTS fresh WITH (FORCE)"))
            alone.execute(text("CREATE DATABASE fresh"))
            environ["TANDEM_DATABASE_URL"] = db.engine.url.set(database="fresh").render_as_string(
                hide_password=False
            )
    app = create_app(environ)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _in_models(name: str | None, kind: str, parents: object) -> bool:
    """The text indexes of the queue's search differ by engine and stand in the migration alone."""
    return not (name or "").startswith("action_words_fts")


def test_a_new_database_gets_exactly_the_models_tables(fresh: Flask, tmp_path: Path) -> None:
    assert schema.current() == ""
    assert schema.migrate(tmp_path) == ("", schema.newest())
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_name": _in_models}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Model.metadata) == []


def test_a_partial_index_is_over_the_rows_that_its_model_says(fresh: Flask, tmp_path: Path) -> None:
    schema.migrate(tmp_path)
    engine = dialect()
    held = {
        (name, *index["column_names"], _said(where))
        for name in Model.metadata.tables
        for index in inspect(db.engine).get_indexes(name)
        if _in_models(index["name"], "index", {})
        if (where := index.get("dialect_options", {}).get(f"{engine}_where")) is not None
    }
    meant = {
        (name, *index.columns.keys(), _said(where))
        for name, model in Model.metadata.tables.items()
        for index in model.indexes
        if (where := index.dialect_options[engine]["where"]) is not None
    }
    assert meant
    assert held == meant


def _said(where: object) -> str:
    """A condition without what PostgreSQL writes about it."""
    return re.sub(r"::\w+( varying)?|[()]", "", str(where))


def test_the_names_of_the_files_tell_the_revisions_in_their_order() -> None:
    history = ScriptDirectory(str(schema.HISTORY))
    assert history.get_current_head() == schema.newest()
    assert {step.revision for step in history.walk_revisions()} == schema._steps()


def test_migrating_again_changes_nothing(fresh: Flask, tmp_path: Path) -> None:
    schema.migrate(tmp_path)
    assert schema.migrate(tmp_path) == (schema.newest(), schema.newest())


def test_two_who_migrate_at_once_do_it_one_after_the_other(fresh: Flask, tmp_path: Path) -> None:
    outcomes: list[tuple[str, str]] = []

    def migrate() -> None:
        with fresh.app_context():
            outcomes.append(schema.migrate(tmp_path))

    both = [threading.Thread(target=migrate) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == [("", schema.newest()), (schema.newest(), schema.newest())]


def test_a_database_of_a_newer_version_is_left_alone(fresh: Flask, tmp_path: Path) -> None:
    schema.migrate(tmp_path)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.Newer, match="newer version"):
        schema.migrate(tmp_path)
    assert schema.current() == "9999"


BROKEN = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO half VALUES (1)")
    op.execute("SELECT nothing FROM nowhere")
"""


def test_a_migration_that_fails_half_way_leaves_nothing(fresh: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "alembic.ini", "script.py.mako"):
        (folder / name).write_text((schema.HISTORY / name).read_text())
    (folder / "versions" / "0001.py").write_text(BROKEN)
    with pytest.raises(Exception, match="nowhere"):
        schema.upgrade(folder)
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    assert schema.current() == ""


def test_only_one_of_two_gets_what_one_may_hold(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with (
        schema.alone(lock, wait=False, shared=True),
        schema.alone(lock, wait=False, shared=True),
        pytest.raises(schema.Busy),
        schema.alone(lock, wait=False),
    ):
        raise AssertionError("let in")
    with schema.alone(lock, wait=False):
        pass
