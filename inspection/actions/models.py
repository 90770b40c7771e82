"""The action: the one unit of the queue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Path, in_contract, partial
from inspection.rules.access import Party
from inspection.rules.states import (
    Ask,
    Cause,
    ClockKind,
    Depth,
    Outcome,
    Priority,
    Source,
    State,
)


def _open_index(*columns: str) -> Index:
    """An index over the rows that stand in the queue only, so that history costs it nothing."""
    # The words SQLAlchemy has for a true column in SQLite.
    return partial("contract_id", *columns, where="listed = 1", in_postgresql="listed")


_ORDER = ("priority", "received_at", "id")
_FACETS = (
    *("state", "owner_party", "category_id", "assignee_id"),
    *("depth", "paused_at", "due_at", "breached", "source", "repeat_until", "requirement_id"),
)
"""Filters are answered from the index alone, before any row is read."""


class Action(InContract, kw_only=True):
    """The work that reports and findings call for.

    `listed`: open and not held back for moderation, so it stands in the queue. What follows from
    the rest is computed by the rules whenever something is written: `court`, `listed`, `due_at`
    (the soonest due moment of a clock that runs) and `next_at` (the next moment that matters to
    tick). `court_customer` and its sisters count the microseconds of each party's turns that are
    over. `policy_id` and `calendar_id` are the agreements its clocks follow. `version` grows with
    every move; moves compare and set it.
    """

    __tablename__ = "action"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "number"),
        _open_index("court", *_ORDER, *_FACETS, "listed"),
        _open_index("received_at"),
        _open_index("court", "received_at", "id"),
        _open_index("court", "due_at", "id", "priority", *_FACETS[:5]),
        _open_index("court", "court_since", "id"),
        _open_index("court", "category_id", *_ORDER),
        _open_index("court", "number"),
        _open_index("assignee_id", "place", "id", "court"),
        _open_index("calendar_id"),
        Index(None, "contract_id", "asset_id", "category_id", "fixed_at"),
        Index(None, "contract_id", "parent_id"),
        _open_index("place", *_ORDER, "court"),
        Index(None, "contract_id", "asset_id", "closed_at"),
        Index(None, "contract_id", "closed_at", "id"),
        Index("ix_action_contract_id_ever_received_at", "contract_id", "received_at"),
        partial("next_at", where="next_at IS NOT NULL"),
        asset_id="asset",
        category_id="category",
        assignee_id="membership",
        merged_into_id="action",
        requirement_id="requirement",
        policy_id="agreement",
        calendar_id="agreement",
        parent_id="action",
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
    source: Mapped[Source] = mapped_column(String(14), default=Source.REPORT)
    severity: Mapped[int | None] = mapped_column(
        default=None
    )  # level of the finding, 1 is critical
    requirement_id: Mapped[int | None] = mapped_column(default=None)
    policy_id: Mapped[int | None] = mapped_column(default=None)
    calendar_id: Mapped[int | None] = mapped_column(default=None)
    court: Mapped[Party | None] = mapped_column(String(10), default=None)
    court_since: Mapped[datetime]
    court_customer: Mapped[int] = mapped_column(BigInteger, default=0)
    court_contractor: Mapped[int] = mapped_column(BigInteger, default=0)
    court_nobody: Mapped[int] = mapped_column(BigInteger, default=0)
    decision_to: Mapped[Party | None] = mapped_column(String(10), default=None)  # an open one
    hold_cause: Mapped[Party | None] = mapped_column(String(10), default=None)
    paused_at: Mapped[datetime | None] = mapped_column(default=None)  # since when it is on hold
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    due_kind: Mapped[ClockKind | None] = mapped_column(String(14), default=None)
    breached: Mapped[bool] = mapped_column(default=False)  # ever; never unset
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
    containment: Mapped[str] = mapped_column(Text, default="")
    contained_at: Mapped[datetime | None] = mapped_column(default=None)
    plan_agreed_at: Mapped[datetime | None] = mapped_column(default=None)
    permanent_due_at: Mapped[datetime | None] = mapped_column(default=None)  # as the plan says
    accepts_at: Mapped[datetime | None] = mapped_column(default=None)  # by itself, unless objected
    monitoring_until: Mapped[datetime | None] = mapped_column(default=None)
    repeat_until: Mapped[datetime | None] = mapped_column(default=None)  # then confirmed by itself
    generation: Mapped[int] = mapped_column(default=1)
    parent_id: Mapped[int | None] = mapped_column(default=None)  # repeated, or a similar place of
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)


class Merge(InContract, kw_only=True):
    """Which reports and findings a merge moved, so that it can be undone exactly."""

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
    finding_ids: Mapped[list[Any]] = mapped_column(default_factory=list)
    state_before: Mapped[State] = mapped_column(String(14))
    merged_by: Mapped[int]
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)


class Clock(InContract, kw_only=True):
    """One promise of time: what is due when, for which party.

    It stands still while `stopped_at` is set (the thing is done, for now) or `paused_at` (a hold);
    what stood still before is in `pauses`, pairs of moments. `business`: counts hours of the
    agreed calendar, else elapsed time. `due_at` is provisional while it is paused. `breached_at` is
    never unset; `relieved_at` stands beside it.
    """

    __tablename__ = "clock"
    __table_args__ = in_contract(
        Index(None, "contract_id", "action_id"),
        Index(None, "contract_id", "due_at", "party", "kind", "breached_at", "cancelled_at"),
        partial(
            *("contract_id", "party", "kind", "due_at", "paused_at"),
            where="stopped_at IS NULL AND cancelled_at IS NULL",
        ),
        action_id="action",
        decision_id="decision",
        relieved_by="membership",
    )
    action_id: Mapped[int]
    decision_id: Mapped[int | None] = mapped_column(default=None)
    kind: Mapped[ClockKind] = mapped_column(String(14))
    party: Mapped[Party] = mapped_column(String(10))
    started_at: Mapped[datetime]
    minutes: Mapped[int]
    business: Mapped[bool]
    pauses: Mapped[list[Any]] = mapped_column(default_factory=list)
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None] = mapped_column(default=None)
    paused_at: Mapped[datetime | None] = mapped_column(default=None)
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    breached_at: Mapped[datetime | None] = mapped_column(default=None)
    relieved_at: Mapped[datetime | None] = mapped_column(default=None)
    relieved_by: Mapped[int | None] = mapped_column(default=None)
    step: Mapped[int] = mapped_column(default=0)  # of the ladder a breach climbs
    step_due_at: Mapped[datetime | None] = mapped_column(default=None)


class Decision(InContract, kw_only=True):
    """Something one party needs from the other, and the answer."""

    __tablename__ = "decision"
    __table_args__ = in_contract(
        Index(None, "contract_id", "action_id"),
        partial("contract_id", "to_party", "due_at", where="answered_at IS NULL"),
        partial("contract_id", "answered_at", where="answered_at IS NOT NULL"),
        action_id="action",
        asked_by="membership",
        answered_by="membership",
    )
    action_id: Mapped[int]
    kind: Mapped[Ask] = mapped_column(String(14))
    asked_party: Mapped[Party] = mapped_column(String(10))
    asked_by: Mapped[int | None] = mapped_column(default=None)  # None: Tandem itself, by a rule
    asked_at: Mapped[datetime]
    to_party: Mapped[Party] = mapped_column(String(10))
    question: Mapped[str] = mapped_column(Text)
    wanted: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)  # priority, owner, amount
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_by: Mapped[int | None] = mapped_column(default=None)
    answer: Mapped[str] = mapped_column(String(10), default="")  # yes, no, withdrawn, silence
    answer_text: Mapped[str] = mapped_column(Text, default="")


class Hold(InContract, kw_only=True):
    """A pause with its reason, whose cause it is, and what shows it.

    `begins_at` is when the clocks stood still: at once for reasons that pause by themselves, else
    when the other party agreed, from the moment it was asked. `voided_at`: it never counted.
    """

    __tablename__ = "hold"
    __table_args__ = in_contract(
        Index(None, "contract_id", "action_id"),
        action_id="action",
        decision_id="decision",
        raised_by="membership",
        lifted_by="membership",
        contested_by="membership",
    )
    action_id: Mapped[int]
    decision_id: Mapped[int | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(String(30))
    cause: Mapped[Cause] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="")
    but_for: Mapped[str] = mapped_column(Text, default="")  # why it would not have happened else
    mitigation: Mapped[str] = mapped_column(Text, default="")
    aware_at: Mapped[datetime | None] = mapped_column(default=None)
    evidence: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)  # scan, photos, asked
    raised_by: Mapped[int]
    raised_at: Mapped[datetime]
    begins_at: Mapped[datetime | None] = mapped_column(default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    lifted_by: Mapped[int | None] = mapped_column(default=None)
    contested_at: Mapped[datetime | None] = mapped_column(default=None)
    contested_by: Mapped[int | None] = mapped_column(default=None)
    contested_text: Mapped[str] = mapped_column(Text, default="")
    upheld_at: Mapped[datetime | None] = mapped_column(default=None)
    voided_at: Mapped[datetime | None] = mapped_column(default=None)


class Plan(InContract, kw_only=True):
    """How the cause will be removed, as the owner party submitted it."""

    __tablename__ = "plan"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "action_id", "number"),
        action_id="action",
        submitted_by="membership",
        decided_by="membership",
    )
    action_id: Mapped[int]
    number: Mapped[int]  # 1, 2, … of this action
    containment: Mapped[str] = mapped_column(Text)
    whys: Mapped[list[Any]]
    root_cause: Mapped[str] = mapped_column(Text)
    escape_point: Mapped[str] = mapped_column(Text)
    cause: Mapped[Cause] = mapped_column(String(10))
    cause_category: Mapped[str] = mapped_column(String(30))
    permanent_fix: Mapped[str] = mapped_column(Text)
    change_type: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date]
    criterion: Mapped[str] = mapped_column(Text)
    window_days: Mapped[int]
    submitted_by: Mapped[int]
    submitted_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    agreed: Mapped[bool | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")
    refuted_at: Mapped[datetime | None] = mapped_column(default=None)  # it came back all the same


class Similar(InContract, kw_only=True):
    """Another place where the same cause may be at work: looked at and fine, or its own action."""

    __tablename__ = "similar"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "action_id", "asset_id"),
        action_id="action",
        asset_id="asset",
        child_id="action",
        checked_by="membership",
    )
    action_id: Mapped[int]
    asset_id: Mapped[int]
    child_id: Mapped[int | None] = mapped_column(default=None)  # None: checked, fine
    checked_by: Mapped[int]
    checked_at: Mapped[datetime]


class Repeat(InContract, kw_only=True):
    """It may have come back: a new action, and the earlier one it may be a repeat of."""

    __tablename__ = "repeat"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "action_id", "earlier_id"),
        Index(None, "contract_id", "earlier_id"),
        action_id="action",
        earlier_id="action",
        decided_by="membership",
    )
    action_id: Mapped[int]
    earlier_id: Mapped[int]
    suspected_at: Mapped[datetime]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[int | None] = mapped_column(default=None)  # None: by itself, undecided
    confirmed: Mapped[bool | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")


class Disagreement(InContract, kw_only=True):
    """The parties see it differently; it climbs the ladder counterpart to counterpart.

    `time_over_at`: the time of the step it stands on was over then, and both parties know.
    """

    __tablename__ = "disagreement"
    __table_args__ = in_contract(
        Index(None, "contract_id", "action_id"),
        Index(None, "contract_id", "opened_at"),
        Index(None, "contract_id", "resolved_at"),
        partial("step_due_at", where="time_over_at IS NULL AND resolved_at IS NULL"),
        action_id="action",
        opened_by="membership",
        resolved_by="membership",
        signed_customer_by="membership",
        signed_contractor_by="membership",
    )
    action_id: Mapped[int]
    subject: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int | None] = mapped_column(default=None)  # of the hold, the plan, …
    opened_by: Mapped[int]
    opened_party: Mapped[Party] = mapped_column(String(10))
    opened_at: Mapped[datetime]
    statement_customer: Mapped[str] = mapped_column(Text, default="")
    statement_contractor: Mapped[str] = mapped_column(Text, default="")
    wanted_customer: Mapped[str] = mapped_column(Text, default="")
    wanted_contractor: Mapped[str] = mapped_column(Text, default="")
    step: Mapped[int] = mapped_column(default=1)
    step_since: Mapped[datetime]
    step_due_at: Mapped[datetime | None] = mapped_column(default=None)
    time_over_at: Mapped[datetime | None] = mapped_column(default=None)
    climb_customer: Mapped[bool] = mapped_column(default=False)  # wants the next step now
    climb_contractor: Mapped[bool] = mapped_column(default=False)
    safety: Mapped[bool] = mapped_column(default=False)  # a step was skipped for it
    resolution: Mapped[str] = mapped_column(Text, default="")
    resolved_by: Mapped[int | None] = mapped_column(default=None)  # who wrote the text
    signed_customer_by: Mapped[int | None] = mapped_column(default=None)
    signed_customer_at: Mapped[datetime | None] = mapped_column(default=None)
    signed_contractor_by: Mapped[int | None] = mapped_column(default=None)
    signed_contractor_at: Mapped[datetime | None] = mapped_column(default=None)
    resolved_at: Mapped[datetime | None] = mapped_column(default=None)  # when both had signed
    revision: Mapped[int] = mapped_column(default=1)
