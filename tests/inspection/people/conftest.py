"""Requests as separate as real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from inspection.db import db


class SeparateClient(FlaskClient):
    """Each request with a context of its own.

    Under the test's own context Flask hands the same `g` to every request: who asked first would be
    signed in for all who ask later.
    """

    def open(self, *given: Any, **named: Any) -> Any:
        db.session.rollback()
        with self.application.app_context():
            return super().open(*given, **named)


@pytest.fixture(autouse=True)
def separate_requests(app: Flask) -> Iterator[None]:
    before, app.test_client_class = app.test_client_class, SeparateClient
    yield
    app.test_client_class = before
