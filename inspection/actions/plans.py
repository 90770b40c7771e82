"""How a cause is removed: plan, agreement, places where it may be at work too, proof."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inspection.rules.access import Member


def shown(row: Row[Any], member: Member) -> dict[str, Any]:
    """What the page of an action needs to show of it."""
    return {}
