"""Reports: somebody's words, and the questions they are asked."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, in_contract
from inspection.rules.states import Priority


class Report(InContract, kw_only=True):
    """Evidence: what was said, where and in which language; it belongs to exactly one action.

    `receipt_hash` is the SHA-256 of the 128-bit follow-up secret; `reference` is what a person can
    read out on the phone.
    """

    __tablename__ = "report"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "reference"),
        UniqueConstraint("receipt_hash"),
        Index(None, "contract_id", "action_id"),
        Index(None, "contract_id", "received_at"),
        Index(None, "forgotten", "expires_on"),
        action_id="action",
        asset_id="asset",
        category_id="category",
        entered_by="membership",
        validated_by="membership",
    )
    reference: Mapped[str] = mapped_column(String(12))
    action_id: Mapped[int]
    asset_id: Mapped[int]
    category_id: Mapped[int]
    tag_code: Mapped[str | None] = mapped_column(String(12), default=None)
    words: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(8), default="en")
    contact: Mapped[str] = mapped_column(String(254), default="")
    source: Mapped[str] = mapped_column(String(8), default="qr")  # qr, staff, phone, sensor, api
    me_too: Mapped[bool] = mapped_column(default=False)
    entered_by: Mapped[int | None] = mapped_column(default=None)
    receipt_hash: Mapped[str] = mapped_column(String(64))
    priority_proposed: Mapped[Priority] = mapped_column(String(2))
    captured_at: Mapped[datetime | None] = mapped_column(default=None)
    received_at: Mapped[datetime]
    expires_on: Mapped[date]
    forgotten: Mapped[bool] = mapped_column(default=False)  # its day has come, its words are gone
    held: Mapped[bool] = mapped_column(default=False)
    satisfaction: Mapped[int | None] = mapped_column(default=None)
    satisfaction_text: Mapped[str] = mapped_column(Text, default="")
    thanked_at: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)  # “yes, fixed”
    validated_at: Mapped[datetime | None] = mapped_column(default=None)  # seen first-hand on site
    validated_by: Mapped[int | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)


class Question(InContract, kw_only=True):
    """Something asked of the people who reported an action; one answer closes it."""

    __tablename__ = "question"
    __table_args__ = in_contract(
        Index(None, "contract_id", "action_id"),
        action_id="action",
        asked_by="membership",
        answered_on="report",
    )
    action_id: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int]
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_on: Mapped[int | None] = mapped_column(default=None)
