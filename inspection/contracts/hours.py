"""The contract's working hours: as both parties agreed, until then Monday to Friday, 08 to 16."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from inspection.rules.calendar import Calendar, Windows
from inspection.rules.refusal import N_, Refusal

WORKDAY = ((time(8), time(16)),)
COVERED = (2020, 2040)  # the years whose holidays are known unless the parties say others
_CLOCK = re.compile(r"[0-2]\d:[0-5]\d")
_NAMES = frozenset({"tz", "windows", "country", "subdivision", "own_days", "years", "holidays"})


@lru_cache(maxsize=64)
def calendar(tz: str) -> Calendar:
    """The business calendar of a contract in the time zone `tz` that has agreed on none."""
    return Calendar(ZoneInfo(tz), (WORKDAY,) * 5 + ((), ()), frozenset())


def start(tz: str) -> dict[str, Any]:
    """What a first draft says: the hours that count so far, and the holidays of the zone's land."""
    country = get_global("zone_territories").get(tz, "")
    return {
        "tz": tz,
        "windows": [[["08:00", "16:00"]]] * 5 + [[], []],
        "country": country if country in countries() else "",
        "subdivision": "",
        "own_days": [],
        "years": list(COVERED),
    }


def clock_changes(tz: str, after: date, days: int = 366) -> list[tuple[date, int]]:
    """When the clocks of a zone change in the days after a date, and by how many minutes."""
    zone = ZoneInfo(tz)
    noons = [
        datetime.combine(after + timedelta(days=n), time(12), zone).utcoffset() or timedelta()
        for n in range(days + 1)
    ]
    return [
        (after + timedelta(days=n + 1), (then - before) // timedelta(minutes=1))
        for n, (before, then) in enumerate(pairwise(noons))
        if before != then
    ]


# ---------------------------------------------------------------- as a body


def read(body: Mapping[str, Any]) -> dict[str, Any] | list[Refusal]:
    """The body of a calendar as it will be kept, or every mistake with its place.

    {tz, windows: seven lists of [open, close], Monday first, country, subdivision, own_days:
    [{date, name, open}], years: [first, last]}. A close of 00:00 or 24:00 is the end of the day.
    """
    wrong = [
        Refusal("calendar.unknown", N_("A calendar has no “%(name)s”."), {"name": str(name)})
        for name in set(body) - _NAMES
    ]
    if body.get("tz") not in available_timezones():
        wrong.append(
            Refusal(
                "contract.tz",
                N_("The time zone is a name like Europe/Copenhagen or UTC."),
                where="tz",
            )
        )
    wrong += _window_mistakes(body.get("windows"))
    wrong += _land_mistakes(str(body.get("country", "")), str(body.get("subdivision", "")))
    wrong += _own_day_mistakes(body.get("own_days", []))
    wrong += _year_mistakes(body.get("years", COVERED))
    return wrong or {
        "tz": body["tz"],
        "windows": [[list(window) for window in day] for day in body["windows"]],
        "country": body.get("country", ""),
        "subdivision": body.get("subdivision", ""),
        "own_days": sorted(
            (
                {"date": one["date"], "name": one["name"], "open": bool(one.get("open", False))}
                for one in body.get("own_days", [])
            ),
            key=lambda one: str(one["date"]),
        ),
        "years": list(body.get("years", COVERED)),
    }


def sealed(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the public holidays as they are known today.

    Both parties sign these days: what is known of them later moves no due moment of theirs.
    """
    first, last = body["years"]
    days = _holidays(body["country"], body["subdivision"], first, last, "en_US")
    return {**body, "holidays": [day.isoformat() for day in sorted(days)]}


def made(body: Mapping[str, Any]) -> Calendar:
    """The calendar of a body that was read without a mistake."""
    windows = tuple(_windows(day) for day in body["windows"])
    return Calendar(ZoneInfo(body["tz"]), windows, frozenset(closed(body)))


def closed(
    body: Mapping[str, Any], year: int | None = None, language: str = "en_US"
) -> dict[date, str]:
    """The days on which nothing counts, by date, with their names.

    Of one year, or of all that the body covers; named in `language` where the land's are.
    """
    first, last = (year, year) if year else body["years"]
    named = _holidays(body["country"], body["subdivision"], first, last, language)
    signed = (date.fromisoformat(text) for text in body.get("holidays") or map(str, named))
    days = {day: named.get(day, "") for day in signed if first <= day.year <= last}
    own = {date.fromisoformat(one["date"]): one for one in body["own_days"]}
    added = {
        day: one["name"]
        for day, one in own.items()
        if not one["open"] and first <= day.year <= last
    }
    kept = {day: name for day, name in days.items() if day not in own}
    return dict(sorted((kept | added).items()))


@lru_cache(maxsize=256)
def _holidays(
    country: str, subdivision: str, first: int, last: int, language: str
) -> dict[date, str]:
    if not country:
        return {}
    import holidays

    return dict(
        holidays.country_holidays(
            country, subdiv=subdivision or None, years=range(first, last + 1), language=language
        )
    )


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Sequence[str]]:
    """The lands whose holidays are known, by their two letters, each with its regions."""
    import holidays

    return dict(holidays.list_supported_countries(include_aliases=False))


def _windows(day: Any) -> Windows:
    return tuple((_clock(opens), _clock(closes)) for opens, closes in day)


def _clock(text: str) -> time:
    if not _CLOCK.fullmatch(text):
        raise ValueError(text)
    return time() if text == "24:00" else time.fromisoformat(text)


def _window_mistakes(said: Any) -> list[Refusal]:
    days = said if isinstance(said, list) else []
    wrong = [
        Refusal(
            "calendar.windows",
            N_("Write opening and closing as 08:00 and 16:00, rising, without overlap."),
            where=f"windows-{number}-0-open",
        )
        for number, day in enumerate(days)
        if not _opens_well(day)
    ]
    if wrong or (len(days) == 7 and any(days)):
        return wrong
    return [
        Refusal(
            "calendar.never_open",
            N_("A week has seven days and opens on one of them at least."),
            where="windows-0-0-open",
        )
    ]


def _opens_well(day: Any) -> bool:
    """Whether a day alone makes a calendar; a day without hours always does."""
    try:
        windows = _windows(day)
        if windows:
            Calendar(ZoneInfo("UTC"), (windows, *(((),) * 6)))
    except (TypeError, ValueError):
        return False
    return True


def _land_mistakes(country: str, subdivision: str) -> Iterator[Refusal]:
    if country and country not in countries():
        yield Refusal(
            "calendar.country",
            N_("Choose a country by its two letters, like DK, or none."),
            where="country",
        )
    elif subdivision and subdivision not in countries().get(country, ()):
        yield Refusal(
            "calendar.subdivision",
            N_("This country has no such region; leave it empty for the whole country."),
            where="subdivision",
        )


def _own_day_mistakes(said: Any) -> Iterator[Refusal]:
    seen = set()
    for number, one in enumerate(said if isinstance(said, list) else [None]):
        at = f"own_days-{number}"
        if not isinstance(one, Mapping):
            yield Refusal("calendar.own_days", N_("An own day has a date and a name."), where=at)
            continue
        if not _is_date(one.get("date")):
            yield Refusal(
                "form.not_a_date", N_("Write the date as 2026-12-31."), where=f"{at}-date"
            )
        elif one["date"] in seen:
            yield Refusal(
                "calendar.twice", N_("The same day stands twice; keep one."), where=f"{at}-date"
            )
        if not 1 <= len(str(one.get("name") or "").strip()) <= 80:
            yield Refusal("calendar.own_name", N_("Name the day, briefly."), where=f"{at}-name")
        seen.add(str(one.get("date")))


def _is_date(text: Any) -> bool:
    try:
        return bool(date.fromisoformat(text).isoformat() == text)
    except (TypeError, ValueError):
        return False


def _year_mistakes(said: Any) -> Iterator[Refusal]:
    whole = isinstance(said, list | tuple) and len(said) == 2
    if not whole or not all(isinstance(year, int) and 1990 <= year <= 2100 for year in said):
        yield Refusal("calendar.years", N_("Say the years from 1990 to 2100."), where="years-0")
    elif said[0] > said[1]:
        yield Refusal(
            "calendar.years", N_("The first year comes before the last."), where="years-0"
        )
