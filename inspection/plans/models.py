"""How the rounds that both parties planned run: how far they are laid out, lots, rhythm, feeds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, in_contract, partial
from inspection.rules.access import Party


class Course(InContract, kw_only=True):
    """How far the visits of one plan are laid out; `next_at` is when tick looks at it again.

    `planned_asset` is how far within this pass, None between two; `laid` and `taken` count what
    the pass has added and deleted so far. `passed_on`: the day of this version's last whole pass.
    """

    __tablename__ = "plan_course"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "plan_key"),
        partial("next_at", where="next_at IS NOT NULL"),
        plan_id="agreement",
    )
    plan_key: Mapped[str] = mapped_column(String(60))
    plan_id: Mapped[int]
    planned_until: Mapped[date | None] = mapped_column(default=None)
    planned_asset: Mapped[int | None] = mapped_column(default=None)
    laid: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    passed_on: Mapped[date | None] = mapped_column(default=None)
    next_at: Mapped[datetime | None] = mapped_column(default=None)


class Rhythm(InContract, kw_only=True):
    """How often one place is visited under one plan now, and why: results move the interval.

    `days` and `streak` are the pace of `rules.schedule`; `reason` holds the facts of its last step:
    {"was": days, "now": days, "level": 4, "streak": 2, "visit": id}, said by `rhythm.why`.
    """

    __tablename__ = "plan_rhythm"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "plan_key", "asset_id"), asset_id="asset", visit_id="visit"
    )
    plan_key: Mapped[str] = mapped_column(String(60))
    asset_id: Mapped[int]
    days: Mapped[int]
    streak: Mapped[int] = mapped_column(default=0)  # good visits that have not moved it yet
    visit_id: Mapped[int | None] = mapped_column(default=None)
    reason: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    changed_at: Mapped[datetime]


class Lot(InContract, kw_only=True):
    """A population and the sample drawn from it by a stored seed, so that both can draw it again.

    `population` and `sample` are asset ids, in the order of the tree and of the draw. `result`:
    None while it runs, then accepted, rejected, or incomplete when its period ended before.
    """

    __tablename__ = "lot"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "plan_key", "period_from"),
        plan_id="agreement",
        asset_id="asset",
        action_id="action",
    )
    plan_key: Mapped[str] = mapped_column(String(60))
    plan_id: Mapped[int]
    asset_id: Mapped[int]  # the root of the scope
    period_from: Mapped[date]
    period_to: Mapped[date]
    population: Mapped[list[Any]]
    aql: Mapped[str] = mapped_column(String(4))
    letter: Mapped[str] = mapped_column(String(1))
    size: Mapped[int]
    accept: Mapped[int]
    reject: Mapped[int]
    seed: Mapped[str] = mapped_column(String(64))
    sample: Mapped[list[Any]]
    drawn_at: Mapped[datetime]
    inspected: Mapped[int] = mapped_column(default=0)
    nonconforming: Mapped[int] = mapped_column(default=0)
    result: Mapped[str | None] = mapped_column(String(10), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    action_id: Mapped[int | None] = mapped_column(default=None)


class Feed(InContract, kw_only=True):
    """A calendar address only its owner knows: stored hashed, ended by the owner."""

    __tablename__ = "feed"
    __table_args__ = in_contract(UniqueConstraint("token_hash"), member_id="membership")
    member_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(String(64))
    party: Mapped[Party | None] = mapped_column(String(10), default=None)  # only its visits
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
