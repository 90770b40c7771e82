"""How the schema moves from one version to the next, on both engines."""

from alembic import context
from flask import current_app
from sqlalchemy import text

config = context.config
database = current_app.extensions["migrate"].db


def run() -> None:
    """Run the migrations in one transaction.

    SQLite batch mode drops and re-creates tables: with foreign keys on, ON DELETE CASCADE emptied
    the child tables (5 rows to 0, exit status 0). They are off while it runs and checked after.
    """
    arguments = current_app.extensions["migrate"].configure_args
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=database.metadata,
                **arguments,
            )
            with context.begin_transaction():
                context.run_migrations()
                if sqlite:
                    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
                    assert not broken, broken
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


run()
