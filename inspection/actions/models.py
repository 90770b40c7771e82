"""The action: the one unit of the queue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Path, in_contract
from inspection.rules.access import Party
from inspection.rules.states import Depth, Outcome, Priority, State


def _open_index(*columns: str) -> Index:
    """An index over the rows that stand in the queue only, so that history costs it nothing."""
    return Index(
        None,
        "contract_id",
        *columns,
        sqlite_where=text("listed = 1"),  # the words SQLAlchemy has for a true column there
        postgresql_where=text("listed"),
    )


_ORDER = ("priority", "received_at", "id")
_FACETS = ("state", "owner_party", "category_id", "assignee_id")
"""Filters are answered from the index alone, before any row is read."""


class Action(InContract, kw_only=True):
    """The work that reports and findings call for.

    `listed`: open and not held back for moderation, so it stands in the queue. `court` and `listed`
    are computed by the rules whenever the state is written. `next_at` is the next moment that
    matters to tick. `version` grows with every move; moves compare and set it.
    """

    __tablename__ = "action"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "number"),
        _open_index("court", *_ORDER, *_FACETS, "listed"),
        _open_index("received_at"),
        _open_index("assignee_id", "place"),
        _open_index("place", *_ORDER),
        Index(None, "contract_id", "asset_id", "closed_at"),
        Index(None, "contract_id", "closed_at", "id"),
        Index(None, "contract_id", "received_at"),
        Index(
            None,
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        asset_id="asset",
        category_id="category",
        assignee_id="membership",
        merged_into_id="action",
    )
    number: Mapped[int]
    asset_id: Mapped[int]
    place: Mapped[str] = mapped_column(Path)  # the asset's path
    category_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(200), default="")  # the first report's first words
    priority: Mapped[Priority] = mapped_column(String(2))
    owner_party: Mapped[Party] = mapped_column(String(10))
    assignee_id: Mapped[int | None] = mapped_column(default=None)
    depth: Mapped[Depth] = mapped_column(String(10), default=Depth.CORRECTION)
    state: Mapped[State] = mapped_column(String(14), default=State.RECEIVED)
    source: Mapped[str] = mapped_column(String(14), default="report")
    court: Mapped[Party | None] = mapped_column(String(10), default=None)
    court_since: Mapped[datetime]
    held: Mapped[bool] = mapped_column(default=False)
    listed: Mapped[bool] = mapped_column(default=True)
    received_at: Mapped[datetime]
    responded_at: Mapped[datetime | None] = mapped_column(default=None)
    attended_at: Mapped[datetime | None] = mapped_column(default=None)
    made_safe_at: Mapped[datetime | None] = mapped_column(default=None)
    fixed_temporarily_at: Mapped[datetime | None] = mapped_column(default=None)
    expected_on: Mapped[date | None] = mapped_column(default=None)
    fixed_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[Outcome | None] = mapped_column(String(16), default=None)
    outcome_text: Mapped[str] = mapped_column(Text, default="")
    reopen_count: Mapped[int] = mapped_column(default=0)
    report_count: Mapped[int] = mapped_column(default=0)
    merged_into_id: Mapped[int | None] = mapped_column(default=None)
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)


class Merge(InContract, kw_only=True):
    """Which reports a merge moved, so that it can be undone exactly."""

    __tablename__ = "merge"
    __table_args__ = in_contract(
        Index(None, "contract_id", "action_id"),
        action_id="action",
        master_id="action",
        merged_by="membership",
    )
    action_id: Mapped[int]
    master_id: Mapped[int]
    report_ids: Mapped[list[Any]]
    state_before: Mapped[State] = mapped_column(String(14))
    merged_by: Mapped[int]
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
