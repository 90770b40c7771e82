"""The baseline: a bare Flask app that does the least one could do.

GET / renders a 3 KB template after one indexed SQLite read; POST /insert is one INSERT and a commit
with `synchronous=FULL`.
"""

import os
import sqlite3
import threading

from flask import Flask, render_template, request

PARAGRAPH = "<p>{{ row[1] }} stands here, and a few more words so that the page has its weight.</p>"
TEMPLATE = (
    "<!doctype html><title>{{ row[1] }}</title>"
    "{% for n in range(20) %}" + PARAGRAPH.replace("here", "at {{ n }}") + "{% endfor %}"
    "<ul>{% for n in range(20) %}"
    "<li><a href='/x/{{ n }}'>{{ n }}: {{ row[1] }}</a></li>"
    "{% endfor %}</ul>"
)
LOCAL = threading.local()


def connection() -> sqlite3.Connection:
    """One connection per thread, as a pool would give."""
    if not hasattr(LOCAL, "db"):
        LOCAL.db = sqlite3.connect(os.environ["BARE_DB"], isolation_level=None)
        LOCAL.db.execute("PRAGMA journal_mode=WAL")
        LOCAL.db.execute("PRAGMA synchronous=FULL")
    return LOCAL.db


def create_app() -> Flask:
    app = Flask(__name__)
    with sqlite3.connect(os.environ["BARE_DB"]) as db:
        db.execute("CREATE TABLE IF NOT EXISTS thing (id INTEGER PRIMARY KEY, name TEXT)")
        db.execute("CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY, words TEXT)")
        db.executemany(
            "INSERT OR REPLACE INTO thing VALUES (?, ?)", [(n, f"thing {n}") for n in range(1000)]
        )

    template = app.jinja_env.from_string(TEMPLATE)  # compiled once, as from a file

    @app.get("/")
    def page() -> str:
        row = connection().execute("SELECT * FROM thing WHERE id = ?", (500,)).fetchone()
        return render_template(template, row=row)

    @app.post("/insert")
    def insert() -> tuple[str, int]:
        db = connection()
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO said (words) VALUES (?)", (request.form["words"],))
        db.execute("COMMIT")
        return "ok", 201

    return app
