"""The contract's working hours, until both parties agree on others: Monday to Friday, 08 to 16."""

from datetime import time
from functools import lru_cache
from zoneinfo import ZoneInfo

from inspection.rules.calendar import Calendar

WORKDAY = ((time(8), time(16)),)


@lru_cache(maxsize=64)
def calendar(tz: str) -> Calendar:
    """The business calendar of a contract in the time zone `tz`."""
    return Calendar(ZoneInfo(tz), (WORKDAY,) * 5 + ((), ()), frozenset())
