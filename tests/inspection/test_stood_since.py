"""Whether the moment a row is due stands still while its work is on hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from inspection.words import stood_since

HELD = datetime(2026, 3, 4, 9, tzinfo=UTC)


def row(kind: str, due: datetime, held: datetime | None = HELD) -> Any:
    return SimpleNamespace(due_kind=kind, due_at=due, paused_at=held)


def test_the_clock_of_whoever_does_the_work_stands_still() -> None:
    assert stood_since(row("fix", HELD + timedelta(days=1))) == HELD
    assert stood_since(row("fix", HELD + timedelta(days=1), None)) is None


@pytest.mark.parametrize("kind", ["decision", "plan_agreement", "verification"])
def test_the_clock_of_whoever_is_asked_runs_on(kind: str) -> None:
    assert stood_since(row(kind, HELD + timedelta(days=1))) is None


def test_what_was_late_before_the_hold_stays_late() -> None:
    assert stood_since(row("fix", HELD)) is None
