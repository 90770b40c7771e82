"""The post: hands written mails to a mail server, or shows them in the terminal when there is none.

A mail is claimed for some minutes before it is handed over, so that several ticks never hand over
the same one; if the machine dies in between, it goes out again under the same Message-ID.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import click
from sqlalchemy import func, select, update

from inspection import clock
from inspection.db import db, reading, table, writing
from inspection.people.models import Mail
from inspection.web import settings

TIMEOUT = 10  # seconds for each step of the talk with the mail server
LEASE = timedelta(minutes=5)
TRIES = 8
LONGEST_PAUSE = timedelta(hours=1)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_mails = table(Mail)
_WAITING = _mails.c.sent_at.is_(None) & _mails.c.parked.is_(None)


class Unsendable(Exception):
    """The mail server cannot be used as it is; one sentence for the operator."""


@dataclass(frozen=True)
class Server:
    """What `TANDEM_SMTP_URL` says: where, whether encrypted from the start, as whom, from whom."""

    host: str
    port: int
    encrypted: bool
    name: str
    password: str
    sender: str
    in_clear: bool

    @classmethod
    def at(cls, url: str, own_host: str) -> Server:
        """Read `smtp[s]://name:password@host:port?from=address&tls=off`."""
        parts = urlsplit(url)
        more = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        encrypted, host = parts.scheme == "smtps", parts.hostname or ""
        return cls(
            host,
            parts.port or (465 if encrypted else 587),
            encrypted,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            more.get("from", f"tandem@{own_host}"),
            more.get("tls") == "off" or host in LOOPBACK,
        )

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; raises OSError, smtplib.SMTPException or `Unsendable`."""
        safe = ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=safe)
            if self.encrypted
            else smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        ) as talk:
            if not self.encrypted and not self._start_tls(talk, safe):
                raise Unsendable(f"{self.host} offers no encryption; say ?tls=off to go without")
            if self.name:
                talk.login(self.name, self.password)
            talk.send_message(message)

    def _start_tls(self, talk: smtplib.SMTP, safe: ssl.SSLContext) -> bool:
        talk.ehlo()
        if talk.has_extn("starttls"):
            talk.starttls(context=safe)
            return True
        return self.in_clear


# ---------------------------------------------------------------- taking what is due


def send_due(limit: int) -> int:
    """Send the mails that are due, at most `limit`; how many were tried."""
    with reading():
        due = db.session.execute(
            select(_mails.c.id)
            .where(_WAITING, _mails.c.next_try_at <= clock.now())
            .order_by(_mails.c.next_try_at)
            .limit(limit)
        ).scalars()
        ids = list(due)
    return sum(_send(mail_id) for mail_id in ids)


def _send(mail_id: int) -> bool:
    mail = _claim(mail_id)
    if mail is None:
        return False
    try:
        _hand_over(mail)
    except (OSError, smtplib.SMTPException, Unsendable, ValueError) as error:
        _put_off(mail, f"{type(error).__name__}: {error}")
    else:
        _forget(mail_id)
    return True


def _claim(mail_id: int) -> Any:
    """The mail, ours alone for the length of the lease; None when somebody else was quicker."""
    now = clock.now()
    with writing():
        return db.session.execute(
            update(_mails)
            .where(_mails.c.id == mail_id, _WAITING, _mails.c.next_try_at <= now)
            .values(tries=_mails.c.tries + 1, next_try_at=now + LEASE)
            .returning(*_mails.c)
        ).first()


def _forget(mail_id: int) -> None:
    """Note that it is sent, and keep no words: they may hold a code or a link that lets one in."""
    with writing():
        sent = {"sent_at": clock.now(), "text": "", "subject": ""}
        db.session.execute(update(_mails).where(_mails.c.id == mail_id).values(sent))


def _put_off(mail: Any, why: str) -> None:
    pause = min(timedelta(minutes=2 ** (mail.tries - 1)), LONGEST_PAUSE)
    parked = why[:200] if mail.tries >= TRIES else None
    with writing():
        db.session.execute(
            update(_mails)
            .where(_mails.c.id == mail.id)
            .values(next_try_at=clock.now() + pause, parked=parked)
        )
    next_step = "parked" if parked else f"tried again in {int(pause.total_seconds() / 60)} min"
    click.echo(f"Mail {mail.id} was not sent, {next_step}: {why[:200]}", err=True)


# ---------------------------------------------------------------- handing over


def _hand_over(mail: Any) -> None:
    url = settings().smtp_url
    if url is None:
        click.echo(_framed(mail))
    else:
        server = Server.at(url, settings().host_name)
        server.send(message(mail, server.sender))


def message(mail: Any, sender: str) -> EmailMessage:
    """The mail as it goes over the wire; the same row has the same Message-ID each time."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = mail.to
    made["Reply-To"] = settings().reply_to or sender
    made["Subject"] = " ".join(mail.subject.split())
    made["Date"] = format_datetime(mail.created_at)
    made["Message-ID"] = (
        f"<mail-{mail.id}-{int(mail.created_at.timestamp())}@{sender.rpartition('@')[2]}>"
    )
    made["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:  # one tap in the mail program, without signing in (RFC 8058)
        made["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(mail.text)
    return made


def _framed(mail: Any) -> str:
    """The mail as the terminal shows it; control characters cannot redraw the terminal."""
    words = f"To      {mail.to}\nSubject {mail.subject}\n\n{mail.text}".strip()
    lines = "".join(c for c in words if c == "\n" or c.isprintable()).split("\n")
    return "\n".join(
        [
            "",
            "┌─ A mail, shown here because TANDEM_SMTP_URL is not set " + "─" * 20,
            *(f"│ {line}".rstrip() for line in lines),
            "└" + "─" * 76,
            "",
        ]
    )


@dataclass(frozen=True)
class Load:
    """How many mails wait, how many were given up, and since when the oldest waits (seconds)."""

    waiting: int
    parked: int
    oldest: float


def load() -> Load:
    """What lies at the post."""
    waiting, since = db.session.execute(
        select(func.count(), func.min(_mails.c.created_at)).where(_WAITING)
    ).one()
    parked = select(func.count()).where(_mails.c.parked.is_not(None))
    age = (clock.now() - since).total_seconds() if since else 0.0
    return Load(waiting, db.session.execute(parked).scalar_one(), age)
