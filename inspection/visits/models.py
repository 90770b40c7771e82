"""A visit: one inspection of one place by one party, every answer with its own question."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Path, in_contract, partial
from inspection.rules.access import Party
from inspection.rules.checklist import ItemKind, Verdict
from inspection.rules.visit import VisitState


class Visit(InContract, kw_only=True):
    """One inspection, planned or begun on the spot.

    `plan_key` names the plan it belongs to ("" without one), `plan_id` the version that planned it;
    `checklist_id` and `scale_id` are the agreed versions it is filled with, set when it begins and
    never changed (`scale_id` None: nothing was agreed, the usual scale). `for_party` may do it
    (None: whoever comes first); `party` did it. `due_from` to `due_on`, then grace until
    `missed_on`. `draft` holds what is filled so far, as typed. `score` is hundredths of a percent;
    `level` the visit's, capped where a critical item was found. `next_at` is the next moment that
    matters to tick. `captured_at` and `began_at` are claims of the phone's clock, which was
    `clock_ahead` seconds ahead of ours when it was measured; `began_at` is set where a whole visit
    was filled in before anything of it was here.
    """

    __tablename__ = "visit"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "plan_key", "asset_id", "due_on"),
        Index(None, "contract_id", "state", "due_on"),
        Index(None, "contract_id", "state", "due_from"),
        Index(None, "contract_id", "asset_id", "state", "submitted_at"),
        Index(None, "contract_id", "plan_key", "state", "due_on"),
        Index(None, "contract_id", "submitted_at"),
        Index(None, "contract_id", "inspector_id", "state"),
        Index(None, "contract_id", "lot_id"),
        partial("next_at", where="next_at IS NOT NULL"),
        asset_id="asset",
        plan_id="agreement",
        checklist_id="agreement",
        scale_id="agreement",
        lot_id="lot",
        inspector_id="membership",
        accompanied_id="membership",
    )
    plan_key: Mapped[str] = mapped_column(String(60), default="")
    plan_id: Mapped[int | None] = mapped_column(default=None)
    lot_id: Mapped[int | None] = mapped_column(default=None)
    checklist_key: Mapped[str] = mapped_column(String(60))
    checklist_id: Mapped[int | None] = mapped_column(default=None)
    scale_id: Mapped[int | None] = mapped_column(default=None)
    asset_id: Mapped[int]
    place: Mapped[str] = mapped_column(Path)  # the asset's path
    method: Mapped[str] = mapped_column(String(20), default="incidental")
    state: Mapped[VisitState] = mapped_column(String(12), default=VisitState.PLANNED)
    for_party: Mapped[Party | None] = mapped_column(String(10), default=None)
    due_from: Mapped[date | None] = mapped_column(default=None)
    due_on: Mapped[date | None] = mapped_column(default=None)
    missed_on: Mapped[date | None] = mapped_column(default=None)
    minutes: Mapped[int | None] = mapped_column(default=None)  # how long it should take
    party: Mapped[Party | None] = mapped_column(String(10), default=None)
    inspector_id: Mapped[int | None] = mapped_column(default=None)
    scanned_at: Mapped[datetime | None] = mapped_column(default=None)  # proof of presence
    tag_code: Mapped[str] = mapped_column(String(12), default="")
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    began_at: Mapped[datetime | None] = mapped_column(default=None)
    captured_at: Mapped[datetime | None] = mapped_column(default=None)
    clock_ahead: Mapped[int | None] = mapped_column(default=None)
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    accompanied_by: Mapped[str] = mapped_column(String(120), default="")
    accompanied_id: Mapped[int | None] = mapped_column(default=None)
    draft: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[int | None] = mapped_column(default=None)
    level: Mapped[int | None] = mapped_column(default=None)
    capped: Mapped[bool] = mapped_column(default=False)
    rated_count: Mapped[int] = mapped_column(default=0)
    finding_count: Mapped[int] = mapped_column(default=0)
    contested_count: Mapped[int] = mapped_column(default=0)  # open ones
    comment_until: Mapped[datetime | None] = mapped_column(default=None)
    agreed_customer_by: Mapped[int | None] = mapped_column(default=None)
    agreed_contractor_by: Mapped[int | None] = mapped_column(default=None)
    final_at: Mapped[datetime | None] = mapped_column(default=None)
    cancel_asked: Mapped[Party | None] = mapped_column(String(10), default=None)
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class Result(InContract, kw_only=True):
    """The answer to one item, as the checklist of the visit asked for it.

    `value` is {"is": …} as the item's kind has it, {} where there is none. `contested_*` is the
    other party's view beside it; the answer itself stays. `settled` says how that ended: accepted
    (by the party that did the visit), withdrawn, or both (views stand) by the one that contested.
    """

    __tablename__ = "visit_result"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "visit_id", "position"),
        visit_id="visit",
        contested_by="membership",
    )
    visit_id: Mapped[int]
    position: Mapped[int]
    item: Mapped[str] = mapped_column(String(64))
    kind: Mapped[ItemKind] = mapped_column(String(10))
    verdict: Mapped[Verdict] = mapped_column(String(14))
    level: Mapped[int | None] = mapped_column(default=None)
    weight: Mapped[int] = mapped_column(default=1)
    outside: Mapped[bool] = mapped_column(default=False)
    value: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    reason: Mapped[str] = mapped_column(Text, default="")  # why not applicable
    note: Mapped[str] = mapped_column(Text, default="")
    no_photo: Mapped[str] = mapped_column(Text, default="")
    requirement: Mapped[str] = mapped_column(String(40), default="")
    contested_by: Mapped[int | None] = mapped_column(default=None)
    contested_at: Mapped[datetime | None] = mapped_column(default=None)
    contested_level: Mapped[int | None] = mapped_column(default=None)
    contested_text: Mapped[str] = mapped_column(Text, default="")
    settled: Mapped[str] = mapped_column(String(10), default="")
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    settled_text: Mapped[str] = mapped_column(Text, default="")


class Finding(InContract, kw_only=True):
    """A result below standard: it belongs to one action, or was corrected on the spot."""

    __tablename__ = "finding"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "result_id"),
        Index(None, "contract_id", "action_id"),
        Index(None, "contract_id", "visit_id"),
        Index(None, "contract_id", "asset_id", "item"),
        visit_id="visit",
        result_id="visit_result",
        requirement_id="requirement",
        asset_id="asset",
        action_id="action",
    )
    visit_id: Mapped[int]
    result_id: Mapped[int]
    item: Mapped[str] = mapped_column(String(64))
    asset_id: Mapped[int]
    requirement_id: Mapped[int | None] = mapped_column(default=None)
    level: Mapped[int]
    severity: Mapped[int]  # 1 where the item is critical
    words: Mapped[str] = mapped_column(Text, default="")
    corrected: Mapped[bool] = mapped_column(default=False)
    joined: Mapped[bool] = mapped_column(default=False)  # to an action that was open before
    action_id: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class Signature(InContract, kw_only=True):
    """Somebody signed on the glass: strokes as an SVG path in a box of 600 by 200."""

    __tablename__ = "signature"
    __table_args__ = in_contract(
        Index(None, "contract_id", "visit_id"), visit_id="visit", member_id="membership"
    )
    visit_id: Mapped[int]
    party: Mapped[Party] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int | None] = mapped_column(default=None)  # when a member of the contract
    strokes: Mapped[str] = mapped_column(Text, default="")  # "" when the name was typed
    signed_at: Mapped[datetime]
