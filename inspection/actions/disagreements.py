"""The parties see it differently: statements, steps up the ladder, one resolution."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inspection.rules.access import Member


def shown(row: Row[Any], member: Member) -> dict[str, Any]:
    """What the page of an action needs to show of it."""
    return {}
