"""Mails go out once, are tried again when they did not, and are given up in the open."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from inspection import clock, post
from inspection.db import db, table, writing
from inspection.people.models import Mail
from inspection.post import Server


def write(to: str = "mette@klintsund.example", subject: str = "1234 is your code") -> int:
    now = clock.now()
    with writing():
        return int(
            db.session.execute(
                insert(table(Mail))
                .values(
                    to=to,
                    subject=subject,
                    text="Your code: 1234 5678\n",
                    created_at=now,
                    next_try_at=now,
                )
                .returning(table(Mail).c.id)
            ).scalar_one()
        )


def mail(mail_id: int) -> Any:
    return db.session.execute(select(table(Mail)).where(table(Mail).c.id == mail_id)).one()


def test_without_a_mail_server_the_terminal_shows_the_mail_with_its_code(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    assert post.send_due(10) == 1
    shown = capsys.readouterr().out
    assert "│ To      mette@klintsund.example" in shown
    assert "│ Your code: 1234 5678" in shown
    assert shown.count("┌") == shown.count("└") == 1


def test_a_mail_cannot_redraw_the_terminal(app: Flask) -> None:
    one = write(subject="\x1b[2Jgone", to="\x1b[31m@example.org")
    assert "\x1b" not in post._framed(mail(one))


def test_a_sent_mail_keeps_no_words_and_is_not_sent_again(app: Flask) -> None:
    one = write()
    post.send_due(10)
    row = mail(one)
    assert (row.text, row.subject, row.tries) == ("", "", 1)
    assert row.sent_at is not None
    with clock.shifted_by(timedelta(days=1)):
        assert post.send_due(10) == 0


def test_a_claimed_mail_is_nobody_elses_until_the_lease_is_over(app: Flask) -> None:
    one = write()
    assert post._claim(one) is not None
    assert post._claim(one) is None
    with clock.shifted_by(post.LEASE + timedelta(seconds=1)):
        assert post._claim(one) is not None


def test_a_mail_that_fails_waits_longer_each_time_and_is_parked_after_eight(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> None:
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(post, "_hand_over", refuse)
    one, pauses = write(), []
    for _ in range(post.TRIES):
        now = max(clock.now(), mail(one).next_try_at)
        with clock.standing_at(now):
            assert post.send_due(10) == 1
        pauses.append(round((mail(one).next_try_at - now).total_seconds() / 60))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert mail(one).parked == "SMTPServerDisconnected: Connection unexpectedly closed"
    assert (post.load().waiting, post.load().parked) == (0, 1)
    with clock.shifted_by(timedelta(days=2)):
        assert post.send_due(10) == 0


def test_the_same_row_has_the_same_message_id_and_no_header_can_be_smuggled_in(app: Flask) -> None:
    one = write(subject="Hello\nBcc: everybody@example.org")
    first, second = (post.message(mail(one), "tandem@example.org") for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == "Hello Bcc: everybody@example.org"
    assert first["Bcc"] is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "smtps://me%40there:p%2Fw@mail.example.org",
            Server("mail.example.org", 465, True, "me@there", "p/w", "tandem@own.example", False),
        ),
        (
            "smtp://relay.example.org:25?from=fix@own.example&tls=off",
            Server("relay.example.org", 25, False, "", "", "fix@own.example", True),
        ),
        (
            "smtp://localhost",
            Server("localhost", 587, False, "", "", "tandem@own.example", True),
        ),
    ],
)
def test_the_address_of_the_mail_server_says_everything(url: str, expected: Server) -> None:
    assert Server.at(url, "own.example") == expected


class Talk:
    """A mail server that offers no encryption."""

    sent = 0

    def __init__(self, *args: object, **kwargs: object) -> None:
        assert kwargs["timeout"] == post.TIMEOUT

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ehlo(self) -> None:
        pass

    def has_extn(self, name: str) -> bool:
        return False

    def send_message(self, message: EmailMessage) -> None:
        Talk.sent += 1


def test_a_code_does_not_travel_in_clear_unless_the_operator_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtplib, "SMTP", Talk)
    with pytest.raises(post.Unsendable, match="no encryption"):
        Server.at("smtp://mail.example.org", "x").send(EmailMessage())
    assert Talk.sent == 0
    Server.at("smtp://mail.example.org?tls=off", "x").send(EmailMessage())
    assert Talk.sent == 1
