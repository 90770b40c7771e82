"""The code on the wall and who stood before it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, in_contract


class TagState(StrEnum):
    BLANK = "blank"
    ACTIVE = "active"
    RETIRED = "retired"


class Tag(InContract, kw_only=True):
    """A printed code with a life of its own: blank → active → retired; rebinding needs a note."""

    __tablename__ = "tag"
    __table_args__ = in_contract(
        Index(None, "contract_id", "asset_id"),
        asset_id="asset",
        replaced_by_id="tag",
    )
    code: Mapped[str] = mapped_column(String(12), unique=True)
    state: Mapped[TagState] = mapped_column(String(8), default=TagState.BLANK)
    asset_id: Mapped[int | None] = mapped_column(default=None)
    replaced_by_id: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    bound_at: Mapped[datetime | None] = mapped_column(default=None)
    printed_at: Mapped[datetime | None] = mapped_column(default=None)
    placed_at: Mapped[datetime | None] = mapped_column(default=None)
    checked_at: Mapped[datetime | None] = mapped_column(default=None)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(Text, default="")


class Scan(InContract, kw_only=True):
    """Proof of presence: a member scanned this code and then started work, or accepted a fix."""

    __tablename__ = "scan"
    __table_args__ = in_contract(
        Index(None, "contract_id", "tag_id"),
        tag_id="tag",
        asset_id="asset",
        action_id="action",
        member_id="membership",
    )
    tag_id: Mapped[int]
    asset_id: Mapped[int]
    action_id: Mapped[int | None] = mapped_column(default=None)
    member_id: Mapped[int]
    scanned_at: Mapped[datetime]
    stored_at: Mapped[datetime]
