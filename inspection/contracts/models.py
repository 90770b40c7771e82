"""The contract: the agreement both parties work under, and the boundary of its data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
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
