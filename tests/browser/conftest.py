"""A real Chromium against a live server, on SQLite and with the cast of all tests.

One Chromium for the whole run, one server and one empty database for every test that asks.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from inspection import schema
from inspection.contracts import agreements
from inspection.db import db, writing
from inspection.people import sessions
from inspection.reports import receiving
from inspection.reports.receiving import Said
from tests import needs
from tests.cast import Cast, Setting, key

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


@dataclass
class Live:
    """A running server (`url`, without a slash at the end) and its cast."""

    url: str
    app: Flask
    cast: Cast

    def sign_in(self, context: BrowserContext, who: str, setting: Setting | None = None) -> None:
        """Give the browser a session of `customer.supervisor` and the like."""
        with self.app.app_context():
            client = self.cast.client(who, setting)
            cookie = client.get_cookie(sessions.cookie_name())
        assert cookie is not None
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])

    def reported(self, category: str, place: str, words: str = "") -> str:
        """A report that somebody sent by the code; the number of its action."""
        here = self.cast.harbour
        about, at = here.categories[category], here.places[place]
        with self.app.app_context(), writing():
            said = Said(at, about, words, "en", key())  # type: ignore[arg-type]
            return str(receiving.receive(said).action_number)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=needs.chromium(), args=needs.FLAGS)
    yield launched
    launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, the size of a phone; a script error fails the test."""
    opened = browser.new_context(viewport=PHONE, locale="en-GB")  # type: ignore[arg-type]
    errors: list[str] = []
    opened.on("weberror", lambda error: errors.append(str(error.error)))
    yield opened
    opened.close()
    assert errors == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database as it is after migrating, empty otherwise."""
    folder = tmp_path_factory.mktemp("laid-out")
    app = create_app({"TANDEM_DATA": str(folder)})
    with app.app_context():
        schema.upgrade()
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def live(tmp_path: Path, laid_out: Path, compiled: BytecodeCache) -> Iterator[Live]:
    """The product on http://localhost:PORT, served by a few threads as gunicorn would."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    # the port is in the base address, and the address is in the app: so the port comes first
    server: Any = make_server("127.0.0.1", 0, _not_yet, threaded=True)
    url = f"http://localhost:{server.server_port}"
    shutil.copytree(laid_out, tmp_path, dirs_exist_ok=True)
    app = create_app(
        {
            "TANDEM_DATA": str(tmp_path),
            "TANDEM_SECRET": "a secret for tests only, long enough",
            "TANDEM_BASE_URL": url,
        }
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    agreements.forget()  # another database has other agreements under the same ids
    app.jinja_env.bytecode_cache = compiled
    with app.app_context():
        cast = Cast.enters(app)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Live(url, app, cast)
    server.shutdown()
    thread.join()
    server.server_close()


def _not_yet(environ: Any, start_response: Any) -> Any:
    raise AssertionError("no request comes before the app is there")
