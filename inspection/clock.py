"""The only reader of time in the house."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_shift = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return _frozen if _frozen is not None else datetime.now(UTC) + _shift


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Hold the time at `moment` (aware), process-wide; for the demo's history and for tests."""
    global _frozen
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before


@contextmanager
def shifted_by(delta: timedelta) -> Iterator[None]:
    """Let the time run on, `delta` away from the true one; for tests that travel."""
    global _shift
    before, _shift = _shift, _shift + delta
    try:
        yield
    finally:
        _shift = before
