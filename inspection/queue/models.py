"""What a person keeps of the queue: views with a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, in_contract


class SavedView(InContract, kw_only=True):
    """A view of the queue under a name: filters, order, groups and columns, as in its address.

    `shared` with: nobody (empty), `ours` (the party of its owner), `both` parties.
    """

    __tablename__ = "saved_view"
    __table_args__ = in_contract(Index(None, "contract_id", "member_id"), member_id="membership")
    member_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(Text)
    shared: Mapped[str] = mapped_column(String(5), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
