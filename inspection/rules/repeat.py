"""Whether it is back: which earlier work a new action may repeat, and what follows (DOMAIN 2.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from inspection.rules.calendar import Calendar
from inspection.rules.policy import Limits
from inspection.rules.states import Outcome, State


@dataclass(frozen=True)
class New:
    """What has just been received, and where."""

    asset_id: int
    category_id: int
    requirement_id: int | None
    received_at: datetime


@dataclass(frozen=True)
class Earlier:
    """An action that was there before."""

    id: int
    asset_id: int
    category_id: int
    requirement_id: int | None
    fixed_at: datetime | None
    state: State
    outcome: Outcome | None = None


_NEVER_REPEATED = frozenset(
    {Outcome.DUPLICATE, Outcome.WITHDRAWN, Outcome.OUT_OF_SCOPE, Outcome.INEFFECTIVE}
)
"""Never mended here, or known not to have held: then its next generation is the one to repeat."""


def is_candidate(new: New, earlier: Earlier, window_days: int) -> bool:
    """Whether `new` may repeat `earlier`, for the parties to confirm or decline.

    The same thing in the same place, received within the window (elapsed days) after it was fixed,
    or at any time while its fix is monitored. While the earlier one is open in another state the
    new one is a duplicate of it, no repeat.
    """
    if earlier.fixed_at is None or new.received_at < earlier.fixed_at:
        return False
    if earlier.outcome in _NEVER_REPEATED or not _same_thing(new, earlier):
        return False
    if earlier.state is State.MONITORING:
        return True
    ends = earlier.fixed_at + timedelta(days=window_days)
    return earlier.state is State.CLOSED and new.received_at <= ends


def best(candidates: Iterable[Earlier]) -> Earlier | None:
    """The candidate that was fixed last, the younger of two at the same moment; None of none."""
    fixed = [(each.fixed_at, each.id, each) for each in candidates if each.fixed_at is not None]
    return max(fixed, key=lambda each: each[:2])[2] if fixed else None


def generation(earlier: Iterable[int]) -> int:
    """The generation of an action, from those of the actions it is confirmed to repeat."""
    return 1 + max(earlier, default=0)


def decided_by_itself_at(suspected_at: datetime, calendar: Calendar, limits: Limits) -> datetime:
    """When a suspicion that nobody declined counts as confirmed."""
    days = calendar.working_days(limits.repeat_undecided_days)
    return calendar.add_minutes(suspected_at, days)


def _same_thing(new: New, earlier: Earlier) -> bool:
    promised = new.requirement_id is not None and new.requirement_id == earlier.requirement_id
    about = promised or new.category_id == earlier.category_id
    return about and new.asset_id == earlier.asset_id
