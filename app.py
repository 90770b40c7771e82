"""Builds the app, hangs the rooms on it, and is the command line; nothing imports it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from flask import Flask
from flask_babel import Babel
from flask_compress import Compress
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from inspection import db, idempotency, settings, web, words
from inspection.actions import follow_up as action_events
from inspection.alerts import inbox, telling
from inspection.alerts import routes as alert_routes
from inspection.assets import routes as asset_routes
from inspection.contracts import home, presence
from inspection.contracts import routes as contract_routes
from inspection.people import routes as people_routes
from inspection.people import sessions
from inspection.photos import evidence
from inspection.photos import routes as photo_routes
from inspection.queue import moving
from inspection.queue import routes as queue_routes
from inspection.reports import routes as report_routes
from qr import codes
from qr import presence as scans
from qr import routes as door_routes

ROOMS = (
    people_routes.rooms,
    home.rooms,
    contract_routes.rooms,
    asset_routes.rooms,
    report_routes.rooms,
    queue_routes.rooms,
    moving.rooms,
    alert_routes.rooms,
    photo_routes.rooms,
    door_routes.rooms,
    codes.rooms,
)


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The whole product; `environ` stands in for the process's environment variables."""
    try:
        chosen = settings.read(os.environ if environ is None else environ)
    except settings.WrongSetting as wrong:
        raise SystemExit(f"Tandem cannot start. {wrong}") from None
    app = Flask(__name__)
    app.extensions["tandem"] = chosen
    app.config.update(
        SECRET_KEY=chosen.secret,
        SQLALCHEMY_DATABASE_URI=chosen.database_url,
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=100,
        TRUSTED_HOSTS=list(chosen.trusted_hosts),
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_MIN_SIZE=600,
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if chosen.trusted_proxies:
        hops = chosen.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    Migrate(app, db.db, directory="inspection/migrations", transactional_ddl=True)
    Babel(app, locale_selector=web.choose_language, timezone_selector=words.time_zone)
    Compress(app)
    words.init_app(app)
    evidence.init_app(app)
    app.jinja_env.globals.update(submission_key=idempotency.new_key, unread=inbox.unread_here)
    web.init_app(app, sessions.identify, presence.enter)
    for room in ROOMS:
        app.register_blueprint(room)
    action_events.listen()
    telling.listen()
    scans.listen()
    return app
