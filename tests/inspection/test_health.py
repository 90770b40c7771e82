"""Whether people can be served is told in public; the numbers only to this machine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import create_app
from inspection import clock, marks, tick
from inspection.db import db, writing
from inspection.photos import evidence


def test_it_says_that_it_is_alive_without_the_database(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.session, "execute", None)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"alive": True})


def test_it_is_ready_when_tick_was_here(app: Flask) -> None:
    tick.due_now()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert (answer.json["ready"], answer.json["reasons"]) == (True, [])
    assert answer.json["checks"]["backup"]["says"] == "none was ever made and verified"


def test_it_is_not_ready_when_tick_is_gone(app: Flask) -> None:
    tick.due_now()
    with clock.shifted_by(timedelta(seconds=90)):
        answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["reasons"] == ["tick was here 90 s ago"]


def test_it_is_not_ready_when_the_database_is_away(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("password=hunter2"))

    monkeypatch.setattr(db.session, "execute", away)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "database does not answer (OperationalError)" in answer.json["reasons"]
    assert "hunter2" not in answer.text


def test_it_is_not_ready_when_pictures_cannot_be_kept(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tick.due_now()
    monkeypatch.setattr(evidence.store(), "root", tmp_path / "gone")
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["reasons"] == ["photo store cannot be used (FileNotFoundError)"]


def test_an_old_backup_is_told_but_sends_nobody_away(app: Flask) -> None:
    with writing():
        marks.put(marks.BACKUP, "/somewhere")
    with clock.shifted_by(timedelta(days=3)):
        tick.due_now()
        answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json["checks"]["backup"] == {
        "good": False,
        "says": "the last verified one is 72.0 h old",
    }
    assert "/somewhere" not in answer.text


def test_this_machine_gets_the_numbers(app: Flask) -> None:
    tick.due_now()
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert "tandem_mails_waiting 0.0" in answer.text
    assert "tandem_tick_good 1.0" in answer.text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}),
        ("", {}),
    ],
)
def test_nobody_else_gets_the_numbers(app: Flask, address: str, headers: dict[str, str]) -> None:
    client = app.test_client()
    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 404


def test_a_proxy_that_is_trusted_does_not_make_a_stranger_local(tmp_path: Path) -> None:
    app = create_app({"TANDEM_DATA": str(tmp_path), "TANDEM_TRUSTED_PROXIES": "1"})
    answer = app.test_client().get(
        "/metrics",
        headers={"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"},
        environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
    )
    assert answer.status_code == 404
