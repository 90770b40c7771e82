"""Organisations, persons, and how a person shows who they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Model, in_contract
from inspection.rules.access import Party, Role


class Organisation(Model, kw_only=True):
    """A legal body that takes part in contracts."""

    __tablename__ = "organisation"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Person(Model, kw_only=True):
    """Somebody with a name and a way in; `handle` is the random id that authenticators keep."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    handle: Mapped[bytes] = mapped_column(LargeBinary(64), unique=True)
    language: Mapped[str] = mapped_column(String(8), default="en")
    created_at: Mapped[datetime]


class Membership(InContract, kw_only=True):
    """A person's place in a contract: one party, one role; ended, never deleted."""

    __tablename__ = "membership"
    __table_args__ = in_contract(Index(None, "person_id", "contract_id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    party: Mapped[Party] = mapped_column(String(10))
    role: Mapped[Role] = mapped_column(String(12))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    notices_seen: Mapped[int] = mapped_column(default=0)  # the newest notice this member has seen


class Invitation(Model, kw_only=True):
    """A way in by link: 128 random bits, stored hashed, used once, for seven days.

    With a contract it makes a membership; without one it only lets a known person in.
    """

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8), default="en")
    contract_id: Mapped[int | None] = mapped_column(
        ForeignKey("contract.id"), default=None, index=True
    )
    contract_name: Mapped[str] = mapped_column(String(200), default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), default=None)
    party: Mapped[Party | None] = mapped_column(String(10), default=None)
    role: Mapped[Role | None] = mapped_column(String(12), default=None)
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class Passkey(Model, kw_only=True):
    """A discoverable credential that was made with user verification."""

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2048))
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    backed_up: Mapped[bool]
    transports: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)


class Challenge(Model, kw_only=True):
    """What an authenticator must sign: kept here, taken once, good for five minutes."""

    __tablename__ = "challenge"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    value: Mapped[bytes] = mapped_column(LargeBinary(64), unique=True)
    ceremony: Mapped[str] = mapped_column(String(12))  # enrol, sign_in
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInCode(Model, kw_only=True):
    """A one-time code sent by e-mail; hashed, ten minutes, five tries."""

    __tablename__ = "sign_in_code"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class Session(Model, kw_only=True):
    """A signed-in browser; the cookie holds 128 random bits, this row their hash."""

    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    way_in: Mapped[str] = mapped_column(String(12))  # passkey, code, invitation
    device: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class Phone(Model, kw_only=True):
    """What a signed-in browser last said of the work it holds; the newest word stands alone.

    `key` is the name its store made for itself; `held` says how much of which contract waits:
    {slug: [number, since]}. The row goes with its session.
    """

    __tablename__ = "phone"
    __table_args__ = (UniqueConstraint("person_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(60), default="")  # in words
    unsent: Mapped[int]
    oldest_at: Mapped[datetime | None] = mapped_column(default=None)  # when the oldest was finished
    drafts: Mapped[int]
    held: Mapped[dict[str, Any]]
    build: Mapped[str] = mapped_column(String(20), default="")
    reported_at: Mapped[datetime]
    lost_at: Mapped[datetime | None] = mapped_column(default=None)  # its store was found empty


class Mail(Model, kw_only=True):
    """A mail to be sent; written with what it tells about, sent by tick."""

    __tablename__ = "mail"
    __table_args__ = (Index(None, "sent_at", "next_try_at"),)
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    parked: Mapped[str | None] = mapped_column(String(200), default=None)
    unsubscribe: Mapped[str] = mapped_column(
        String(300), default=""
    )  # address that ends such mails
