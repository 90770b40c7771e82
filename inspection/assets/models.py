"""The one tree of places and things: site, building, level, space, equipment, vehicle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.db import InContract, Path, in_contract
from inspection.rules.folding import folded


class Kind(StrEnum):
    SITE = "site"
    BUILDING = "building"
    LEVEL = "level"
    SPACE = "space"
    EQUIPMENT = "equipment"
    VEHICLE = "vehicle"


SOUGHT = ("name", "number", "serial", "asset_identifier", "trail")


def spelled(asset: Mapping[str, Any]) -> str:
    """The words that find a place or thing, folded, from its columns."""
    return folded(" ".join(asset.get(name) or "" for name in SOUGHT))


def _spelled_new(context: Any) -> str:
    return spelled(context.get_current_parameters())


class AssetType(InContract, kw_only=True):
    """Make and model of equipment (COBie Type)."""

    __tablename__ = "asset_type"
    __table_args__ = in_contract(UniqueConstraint("contract_id", "name"))
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(200), default="")
    manufacturer: Mapped[str] = mapped_column(String(200), default="")
    model: Mapped[str] = mapped_column(String(200), default="")
    warranty_months: Mapped[int | None] = mapped_column(default=None)


class Asset(InContract, kw_only=True):
    """A place or thing.

    `path` is the chain of ids from the root, `/1/5/23/`, so that a subtree is one range of it;
    `trail` the names above it, for pages; `words` what it is found by. They are kept by
    `assets.tree`.
    """

    __tablename__ = "asset"
    __table_args__ = in_contract(
        UniqueConstraint("contract_id", "ext_system", "ext_identifier"),
        Index(None, "contract_id", "parent_id", "kind", "name"),
        Index(None, "contract_id", "path"),
        parent_id="asset",
        type_id="asset_type",
    )
    kind: Mapped[Kind] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[int | None] = mapped_column(default=None)
    path: Mapped[str] = mapped_column(Path, default="")
    trail: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[str] = mapped_column(Text, insert_default=_spelled_new, init=False)
    number: Mapped[str] = mapped_column(String(60), default="")
    use: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    net_area: Mapped[float | None] = mapped_column(default=None)  # m²
    type_id: Mapped[int | None] = mapped_column(default=None)
    serial: Mapped[str] = mapped_column(String(100), default="")
    tag_number: Mapped[str] = mapped_column(String(100), default="")
    asset_identifier: Mapped[str] = mapped_column(String(100), default="")
    installed_on: Mapped[date | None] = mapped_column(default=None)
    warranty_start: Mapped[date | None] = mapped_column(default=None)
    ext_system: Mapped[str | None] = mapped_column(String(100), default=None)
    ext_object: Mapped[str | None] = mapped_column(String(100), default=None)
    ext_identifier: Mapped[str | None] = mapped_column(String(200), default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
