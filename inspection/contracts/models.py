"""The contract: the agreement both parties work under, and the boundary of its data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Model, in_contract
from inspection.rules.access import Party
from inspection.rules.states import PhotoRule, Priority


class Contract(Model, kw_only=True):
    """Two organisations, one time zone, and what every public page says."""

    __tablename__ = "contract"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    customer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    contractor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    tz: Mapped[str] = mapped_column(String(60), default="Europe/Copenhagen")
    emergency_number: Mapped[str] = mapped_column(String(30), default="112")
    emergency_text: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)  # by language
    readers: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)  # who reads reports
    retention_days: Mapped[int] = mapped_column(default=730)
    next_number: Mapped[int] = mapped_column(default=1)  # of the next action
    version: Mapped[int] = mapped_column(default=1)  # grows when it or its categories change
    terms: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """Which agreement is in force: kind → id; kept by `agreements` alone."""
    created_at: Mapped[datetime]


class Category(InContract, kw_only=True):
    """What a report can be about; its defaults apply until somebody acknowledges."""

    __tablename__ = "category"
    __table_args__ = in_contract(UniqueConstraint("contract_id", "key"))
    key: Mapped[str] = mapped_column(String(30))
    icon: Mapped[str] = mapped_column(String(30))
    names: Mapped[dict[str, Any]]  # language → name
    service_line: Mapped[str] = mapped_column(String(60))
    owner_party: Mapped[Party] = mapped_column(String(10))
    priority: Mapped[Priority] = mapped_column(String(2))
    photo_rule: Mapped[PhotoRule] = mapped_column(String(10), default=PhotoRule.OPTIONAL)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    requirement_ref: Mapped[str] = mapped_column(String(40), default="")


class Agreement(InContract, kw_only=True):
    """One version of something both parties sign; never changed once it was proposed.

    `kind` names the mechanism's user (`sla_policy`, `calendar`, `requirements`, `categories`, …),
    `subject` which one of several (a checklist's key; empty where a contract has one). `body` is
    the whole content. `state`: draft → proposed → agreed → superseded, or withdrawn.
    """

    __tablename__ = "agreement"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "kind", "subject", "version"),
        drafted_by="membership",
        proposed_by="membership",
        agreed_by="membership",
        supersedes_id="agreement",
    )
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(60), default="")
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="draft")
    body: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")  # why, in the proposer's words
    drafted_by: Mapped[int | None] = mapped_column(default=None)
    drafted_party: Mapped[Party | None] = mapped_column(String(10), default=None)
    drafted_at: Mapped[datetime]
    proposed_by: Mapped[int | None] = mapped_column(default=None)
    proposed_party: Mapped[Party | None] = mapped_column(String(10), default=None)
    proposed_at: Mapped[datetime | None] = mapped_column(default=None)
    agreed_by: Mapped[int | None] = mapped_column(default=None)
    agreed_party: Mapped[Party | None] = mapped_column(String(10), default=None)
    agreed_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)  # superseded or withdrawn
    supersedes_id: Mapped[int | None] = mapped_column(default=None)
    revision: Mapped[int] = mapped_column(default=1)  # of the draft and of the moves; compare, set


class Requirement(InContract, kw_only=True):
    """One numbered promise, as it reads in one agreed version of the requirements."""

    __tablename__ = "requirement"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "agreement_id", "ref"), agreement_id="agreement"
    )
    agreement_id: Mapped[int]
    ref: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    standard_text: Mapped[str] = mapped_column(Text)
    service_line: Mapped[str] = mapped_column(String(60))
    weight: Mapped[int] = mapped_column(default=3)  # 1 to 5
    method: Mapped[str] = mapped_column(String(30), default="planned_sampling")
    position: Mapped[int] = mapped_column(default=0)
