from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from inspection import clock
from inspection.db import db
from inspection.people import sessions
from inspection.people.models import Session
from inspection.people.sessions import WAYS_IN
from tests.cast import Cast, posted

ROOT = Path(__file__).resolve().parents[3]
WHO = "customer.staff"


def living() -> list[Session]:
    rows = select(Session).where(Session.ended_at.is_(None)).order_by(Session.id)
    return list(db.session.execute(rows).scalars())


def test_a_copied_cookie_is_dead_after_sign_out(cast: Cast) -> None:
    client, thief = cast.client(WHO), cast.client()
    cookie = client.get_cookie(sessions.cookie_name())
    assert cookie is not None
    thief.set_cookie(sessions.cookie_name(), cookie.value)
    assert thief.get("/me").status_code == 200
    answer = posted(client, "/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in?said=signed-out")
    assert client.get_cookie(sessions.cookie_name()) is None
    gone = thief.get("/me")
    assert (gone.status_code, gone.location) == (303, "/sign-in?next=/me")
    assert posted(thief, "/me", name="X", language="en").status_code == 401


def test_signing_out_twice_is_no_mistake(cast: Cast) -> None:
    assert posted(cast.client(), "/sign-out").status_code == 303


def test_one_session_or_all_others_can_be_ended(cast: Cast) -> None:
    here, phone, tablet = (cast.client(WHO) for _ in range(3))
    first, second, _ = living()
    assert posted(here, f"/me/sessions/{second.id}/ending").status_code == 303
    assert phone.get("/me").status_code == 303
    assert tablet.get("/me").status_code == 200
    assert posted(here, "/me/sessions/ending").status_code == 303
    assert tablet.get("/me").status_code == 303
    assert [session.id for session in living()] == [first.id]


def test_somebody_elses_session_cannot_be_ended(cast: Cast) -> None:
    cast.client(WHO)
    other = cast.client("customer.manager")
    assert posted(other, f"/me/sessions/{living()[0].id}/ending").status_code == 404
    assert posted(other, "/me/sessions/999999/ending").status_code == 404
    assert len(living()) == 2


@pytest.mark.parametrize("away", [sessions.LIFETIME, sessions.IDLE])
def test_a_session_ends_by_itself(cast: Cast, away: timedelta) -> None:
    client = cast.client(WHO)
    with clock.shifted_by(away + timedelta(seconds=1)):
        assert client.get("/me").status_code == 303


def test_seen_is_noted_at_most_every_ten_minutes(cast: Cast) -> None:
    client = cast.client(WHO)
    before = living()[0].seen_at
    client.get("/me")
    db.session.rollback()
    assert living()[0].seen_at == before
    with clock.shifted_by(timedelta(minutes=11)):
        client.get("/me").close()
    db.session.rollback()
    db.session.expire_all()
    assert living()[0].seen_at > before + timedelta(minutes=10)


def test_the_secret_is_stored_only_hashed(cast: Cast) -> None:
    client = cast.client(WHO)
    cookie = client.get_cookie(sessions.cookie_name())
    assert cookie is not None
    assert cookie.value not in living()[0].token_hash


def test_the_cookie_is_bound_to_the_host_where_the_site_is_https(tmp_path: Path) -> None:
    from app import create_app

    app = create_app(
        {
            "TANDEM_DATA": str(tmp_path),
            "TANDEM_SECRET": "a secret for tests only, long enough",
            "TANDEM_BASE_URL": "https://inspect.example.org",
        }
    )
    with app.test_request_context(base_url="https://inspect.example.org"):
        answer = app.make_response("")
        sessions._give_cookie(answer, "secret")
        header = answer.headers["Set-Cookie"]
    assert header.startswith("__Host-tandem=secret;")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in header
    assert "Domain" not in header


def test_name_and_language_are_changed_by_the_person(cast: Cast) -> None:
    client = cast.client(WHO)
    assert posted(client, "/me", name="Maja Holm", language="da").status_code == 303
    page = client.get("/me").text
    assert "Maja Holm" in page
    assert '<html lang="da"' in page
    refused = posted(client, "/me", name="", language="tlh")
    assert refused.status_code == 422
    assert refused.text.count("field__error") >= 2


def test_every_change_of_mine_acknowledges_in_json(cast: Cast) -> None:
    client = cast.client(WHO)
    answer = client.post(
        "/me",
        data={"name": "Maja", "language": "en"},
        headers={"Accept": "application/json", "Idempotency-Key": "0123456789abcdef"},
    )
    assert (answer.status_code, answer.get_json()["ack"]) == (201, "0123456789abcdef")


# ---------------------------------------------------------------- every path in


def _calls(name: str) -> Iterator[tuple[str, str]]:
    """Each (file, function) of the product that calls something named `name`."""
    for file in [ROOT / "app.py", *ROOT.glob("inspection/**/*.py"), *ROOT.glob("qr/**/*.py")]:
        for function in ast.walk(ast.parse(file.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _name(node.func) == name:
                    yield file.name, function.name


SESSIONS = {("sessions.py", function) for function in ("write", "enter", "_open")}


def _say_how_somebody_got_in() -> list[str]:
    """The files of the product that write a session's `way_in`, in whatever way."""
    return [
        file.name
        for folder in ("inspection", "qr")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if any(
            isinstance(node, ast.keyword) and node.arg == "way_in"
            for node in ast.walk(ast.parse(file.read_text()))
        )
    ]


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


def test_only_the_listed_views_open_a_session(app: Flask) -> None:
    """One function writes the row, one the cookie; one calls both, and three views call that."""
    assert set(_calls("set_cookie")) == {("sessions.py", "_give_cookie")}
    assert set(_calls("_give_cookie")) == {("sessions.py", "enter")}
    assert set(_calls("_open")) & SESSIONS == {("sessions.py", "write"), ("sessions.py", "enter")}
    entering = {f"people.{function}" for file, function in _calls("enter") if file == "routes.py"}
    assert entering == set(WAYS_IN)
    assert _say_how_somebody_got_in() == ["sessions.py"]
    assert set(WAYS_IN) <= set(app.view_functions)


def test_entering_from_another_view_is_a_mistake(app: Flask) -> None:
    from inspection.idempotency import Done

    with (
        app.test_request_context("/sign-in", method="GET"),
        pytest.raises(KeyError),
    ):
        sessions.enter("proof", lambda: sessions.Entry(1, Done("/")))
