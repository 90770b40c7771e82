"""Notices: which event concerns whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, in_contract
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
