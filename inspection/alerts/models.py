"""Notices: which event concerns whom, and how they are told beyond the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Model, in_contract, partial
from inspection.rules.access import Party, Role


class Notice(InContract, kw_only=True):
    """One event for one audience: a single member, or those who lead for a party.

    With `role`, those of that role instead: the counterparts on a step of the ladder.
    """

    __tablename__ = "notice"
    __table_args__ = in_contract(
        Index(None, "contract_id", "member_id", "id"),
        Index(None, "contract_id", "lead_of", "role", "id"),
        event_id="event",
        action_id="action",
        member_id="membership",
    )
    event_id: Mapped[int]
    action_id: Mapped[int | None] = mapped_column(default=None)
    member_id: Mapped[int | None] = mapped_column(default=None)
    lead_of: Mapped[Party | None] = mapped_column(String(10), default=None)
    role: Mapped[Role | None] = mapped_column(String(12), default=None)
    created_at: Mapped[datetime]


class NoticeRead(InContract, kw_only=True):
    """That a member has opened a notice."""

    __tablename__ = "notice_read"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "member_id", "notice_id"),
        notice_id="notice",
        member_id="membership",
    )
    notice_id: Mapped[int]
    member_id: Mapped[int]
    read_at: Mapped[datetime]


class Wished(Model, kw_only=True):
    """How a person wants to be told; without a row what is usual for their role holds.

    `groups`: a `telling.Wish` by `telling.Group`. Times are on the clock of `tz`, like "07:30";
    empty ones mean no quiet hours, an empty zone the contract's.
    """

    __tablename__ = "wished"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    groups: Mapped[dict[str, Any]]
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    summary_at: Mapped[str] = mapped_column(String(5), default="07:30")
    rhythm: Mapped[str] = mapped_column(String(8), default="daily")
    tz: Mapped[str] = mapped_column(String(40), default="")
    changed_at: Mapped[datetime]


class Duty(InContract, kw_only=True):
    """Whether a member is on duty, and takes mails of this contract; without a row no, and yes."""

    __tablename__ = "duty"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "member_id"), member_id="membership"
    )
    member_id: Mapped[int]
    on_duty: Mapped[bool] = mapped_column(default=False)
    mails: Mapped[bool] = mapped_column(default=True)


class Spread(InContract, kw_only=True):
    """Up to which notice of a contract it is decided who is told how."""

    __tablename__ = "spread"
    __table_args__ = in_contract(UniqueConstraint("contract_id"))
    notice_id: Mapped[int] = mapped_column(default=0)


class Delivery(InContract, kw_only=True):
    """One event on its way to a member or a reporter, beyond the inbox: at `due_at` or after.

    `state`: waiting, sent, parked (given up, see `reason`) or dropped (nobody is there any more).
    `next_try_at` is also the end of the lease of who is trying. `subscription_id` is no foreign
    key: a browser that unsubscribes must not wait for us; whose it is is checked when sending.
    """

    __tablename__ = "delivery"
    __table_args__ = in_contract(
        partial("channel", "next_try_at", where="state = 'waiting'"),
        Index(None, "contract_id", "member_id", "state"),
        Index(None, "state", "ended_at"),
        event_id="event",
        notice_id="notice",
        member_id="membership",
        report_id="report",
    )
    event_id: Mapped[int | None] = mapped_column(default=None)  # None: somebody tries it out
    notice_id: Mapped[int | None] = mapped_column(default=None)
    member_id: Mapped[int | None] = mapped_column(default=None)
    report_id: Mapped[int | None] = mapped_column(default=None)
    channel: Mapped[str] = mapped_column(String(8))  # push, mail, summary
    subscription_id: Mapped[int | None] = mapped_column(default=None)
    host: Mapped[str] = mapped_column(String(100), default="")  # of the push service
    urgent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(String(200), default="")


class PushSubscription(Model, kw_only=True):
    """A browser that wants to be told: a person's, while they are signed in there, or a report's.

    One browser has one endpoint; of a person it stands here once, and once for each report.
    """

    __tablename__ = "push_subscription"
    __table_args__ = in_contract(
        Index(None, "endpoint_sha256"),
        Index(None, "person_id"),
        Index(None, "session_id"),
        Index(None, "contract_id", "report_id"),
        CheckConstraint("(person_id IS NULL) <> (report_id IS NULL)", name="one_owner"),
        report_id="report",
    )
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), default=None)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), default=None
    )
    contract_id: Mapped[int | None] = mapped_column(default=None)
    report_id: Mapped[int | None] = mapped_column(default=None)
    endpoint: Mapped[str] = mapped_column(String(1000))
    endpoint_sha256: Mapped[str] = mapped_column(String(64))
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(32))
    host: Mapped[str] = mapped_column(String(100))
    device: Mapped[str] = mapped_column(String(80))  # in words: “Chrome, Android”
    language: Mapped[str] = mapped_column(String(8))
    failed: Mapped[int] = mapped_column(default=0)  # in a row
    created_at: Mapped[datetime]
