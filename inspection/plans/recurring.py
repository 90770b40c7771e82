"""On which days a plan's visits are due, by the rule both parties agreed on (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from dateutil.rrule import rrule, rrulestr

from inspection.rules import schedule
from inspection.rules.plan import Fixed, Floating, Plan
from inspection.rules.refusal import N_, Refusal

YEAR = timedelta(days=365)
LOOKED = 10 * YEAR
"""A rule that gives no day in so long a time gives none."""
_ALWAYS = frozenset({"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "WKST"})
# Hazard: a rule that never gives a day is searched to the year 9999. DAILY;BYMONTH=2;BYMONTHDAY=30
# took 2.9 s, MONTHLY the same 0.3 s; so a month's day is told of months and years only.
_KNOWN: Mapping[str, frozenset[str]] = {
    "DAILY": _ALWAYS,
    "WEEKLY": _ALWAYS,
    "MONTHLY": _ALWAYS | {"BYMONTHDAY", "BYSETPOS"},
    "YEARLY": _ALWAYS | {"BYMONTHDAY", "BYSETPOS"},
}
_INTERVAL = re.compile(r"[1-9]\d{0,2}")
_MONTHS = dict(enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1))


def parts(text: str) -> dict[str, str]:
    """The named parts of a rule, like {"FREQ": "WEEKLY", "BYDAY": "MO"}; {} when it has none."""
    pairs = [part.partition("=") for part in text.strip().strip(";").split(";")]
    found = {name.strip(): value.strip() for name, _, value in pairs}
    whole = len(found) == len(pairs) and all(found) and all(found.values())
    return found if whole else {}


def mistakes(fixed: Fixed) -> list[Refusal]:
    """What is wrong with a rule, in words; nothing when its days can be told."""
    named = parts(fixed.rrule)
    found = list(_unknown(named)) or list(_short_months(named, fixed.start))
    if found:
        return found
    try:
        days = _days(fixed.rrule, fixed.start, fixed.start, fixed.start + LOOKED)
    except (ValueError, TypeError, OverflowError):
        return [
            _refusal(
                "plan.rrule", N_("This rule cannot be read. An example: FREQ=WEEKLY;BYDAY=MO,TH")
            )
        ]
    if not days:
        return [_refusal("plan.never", N_("This rule gives no day within ten years."))]
    return []


def _refusal(code: str, sentence: str, **params: object) -> Refusal:
    return Refusal(code, sentence, params, where="frequency-rrule")


def _unknown(named: Mapping[str, str]) -> Iterator[Refusal]:
    kind = named.get("FREQ")
    if kind in ("SECONDLY", "MINUTELY", "HOURLY"):
        yield _refusal("plan.too_often", N_("A place is visited once a day at most: use DAILY."))
        return
    if kind not in _KNOWN:
        yield _refusal(
            "plan.rrule",
            N_("A rule begins with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, its parts between “;”."),
        )
        return
    if not _INTERVAL.fullmatch(named.get("INTERVAL", "1")):  # 0 would be looked for without end
        yield _refusal("plan.interval", N_("INTERVAL is a whole number from 1 to 999."))
    for name in sorted(set(named) & {"COUNT", "UNTIL"}):
        yield _refusal(
            "plan.rrule_ends",
            N_("%(name)s ends a rule by itself. A plan ends when both parties retire it."),
            name=name,
        )
    for name in sorted(set(named) - _KNOWN.get(str(kind), _ALWAYS) - {"COUNT", "UNTIL"}):
        yield _refusal(
            "plan.rrule_part",
            N_("“%(name)s” does not go with this rule here; leave it out."),
            name=name[:20],
        )


def _short_months(named: Mapping[str, str], start: date) -> Iterator[Refusal]:
    """The 31st is left out of short months without a word (RFC 5545); nobody means that."""
    if named["FREQ"] not in ("MONTHLY", "YEARLY") or "BYDAY" in named:
        return
    own_month = str(start.month) if named["FREQ"] == "YEARLY" else ""
    months = _numbers(named.get("BYMONTH", own_month)) or list(_MONTHS)
    days = _numbers(named.get("BYMONTHDAY", str(start.day)))
    least = min((_MONTHS.get(month, 31) for month in months), default=31)
    for day in days:
        if abs(day) > least:
            yield _refusal(
                "plan.short_months",
                N_(
                    "Not every month has %(day)s days, and such months would be left out. "
                    "For the last day of the month write BYMONTHDAY=-1."
                ),
                day=abs(day),
            )


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",") if one.strip().lstrip("+-").isdecimal()]


@lru_cache(maxsize=256)
def _rule(text: str, start: date) -> rrule:
    made = rrulestr(text, dtstart=datetime.combine(start, time()))
    if not isinstance(made, rrule):
        raise ValueError(text)
    return made


@lru_cache(maxsize=256)
def _days(text: str, start: date, first: date, last: date) -> tuple[date, ...]:
    found = _rule(text, start).between(
        datetime.combine(first, time()), datetime.combine(last, time()), inc=True
    )
    return tuple(moment.date() for moment in found)


def dates(fixed: Fixed, first: date, last: date) -> tuple[date, ...]:
    """The days the rule gives from `first` to `last`, both included."""
    return _days(fixed.rrule, fixed.start, first, last)


def due(plan: Plan, first: date, last: date) -> tuple[date, ...]:
    """The days on which visits of a plan with fixed days are due, those out of season left out."""
    if not isinstance(plan.frequency, Fixed):
        return ()
    return tuple(
        day for day in dates(plan.frequency, first, last) if schedule.in_season(plan.season, day)
    )


def shortest(fixed: Fixed) -> int:
    """The fewest days between two days of the rule; as good as never for one without a second."""
    days = dates(fixed, fixed.start, fixed.start + LOOKED)
    return min(((after - before).days for before, after in pairwise(days)), default=LOOKED.days)


def a_year(plan: Plan) -> float:
    """How many visits of one place are due in a year."""
    if isinstance(plan.frequency, Floating):
        return schedule.days_of_season(plan.season) / plan.frequency.days
    start = plan.frequency.start
    return len(due(plan, start, start + LOOKED)) / (LOOKED / YEAR)
