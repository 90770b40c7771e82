"""What the queue remembers beside the actions: views with a name, and the words to search."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Path, in_contract


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
    position: Mapped[int] = mapped_column(default=1)  # 0: the one the queue opens with
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ActionWords(InContract, kw_only=True):
    """Every word that finds an action, folded (`rules.folding`); kept by `queue.search` alone.

    Beside it stand two text indexes that only the migration can say: one of what is `listed`, one
    of the rest, so that history makes no search of the queue slower.
    """

    __tablename__ = "action_words"
    __table_args__ = in_contract(UniqueConstraint("action_id"), action_id="action")
    action_id: Mapped[int]
    listed: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)


class RenamedPlace(InContract, kw_only=True):
    """A place got another name: the words of the actions there are renewed, `after_id` is done."""

    __tablename__ = "renamed_place"
    __table_args__ = in_contract()
    path: Mapped[str] = mapped_column(Path)
    after_id: Mapped[int] = mapped_column(default=0)
