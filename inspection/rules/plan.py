"""A plan: who inspects what, how often and by which method.

Source: DOMAIN 2.4. How an RRULE is read stands outside of the rules (`plans.recurring`); here it is
a text. Kept as a body of plain values, which both parties sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from inspection.rules.access import Party
from inspection.rules.checklist import KINDS_OF_PLACES
from inspection.rules.refusal import N_, Refusal, missing, not_offered, too_long

EITHER = "either"
AQLS = ("2.5", "4.0", "6.5")
MOST_PLACES = 500
"""In a list; a plan for more places names the part of the tree they stand in."""
LIMITS = {"title": 200, "checklist": 60, "rrule": 200}
LONGEST = 3660  # days between two visits
_DAY_OF_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_NAMES = frozenset(
    (
        *("title", "checklist", "party", "counts", "method", "scope", "aql", "frequency"),
        *("adaptive", "season", "before_days", "grace_days", "minutes", "weight", "active"),
    )
)


class Method(StrEnum):
    """How what is promised is looked at (DOMAIN 2.4)."""

    ALL = "100_percent"
    RANDOM = "random_sampling"
    PLANNED = "planned_sampling"
    COMPLAINT = "validated_complaint"
    INCIDENTAL = "incidental"


@dataclass(frozen=True)
class Scope:
    """The places of a plan: those of some kinds at and below `root`, or a list of their ids."""

    root: int | None = None
    kinds: tuple[str, ...] = ()
    places: tuple[int, ...] = ()


@dataclass(frozen=True)
class Fixed:
    """On the days that an RRULE gives, from `start` on, whenever the last visit was."""

    rrule: str
    start: date


@dataclass(frozen=True)
class Floating:
    """So many days after the last visit that counts."""

    days: int


Frequency = Fixed | Floating


@dataclass(frozen=True)
class Adaptive:
    """How near and how far results may move the interval, in days."""

    min_days: int
    max_days: int


@dataclass(frozen=True)
class Season:
    """The part of every year in which visits are due, both days included; may wrap the year.

    Days as (month, day); a 29 February is the end of February in other years.
    """

    first: tuple[int, int]
    last: tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """What both parties agreed to have inspected, and how often.

    `checklist` is its key. `party` does it and `counts` satisfies it (None: either party).
    `before_days`: how much earlier than due it may be done; `grace_days`: working days after it was
    due until it is missed. Not `active`: both parties retired it.
    """

    title: str
    checklist: str
    scope: Scope
    frequency: Frequency
    party: Party | None = None
    counts: Party | None = None
    method: Method = Method.ALL
    aql: str = ""
    adaptive: Adaptive | None = None
    season: Season | None = None
    before_days: int = 0
    grace_days: int = 2
    minutes: int = 10
    weight: int = 3
    active: bool = True

    @property
    def sampled(self) -> bool:
        """Whether a random sample is drawn from its places, period by period."""
        return self.method is Method.RANDOM

    def counted(self, party: Party | None) -> bool:
        """Whether a visit of `party` satisfies it."""
        return self.counts is None or self.counts is party


# ---------------------------------------------------------------- as a body


def read(body: Mapping[str, Any]) -> Plan | list[Refusal]:
    """The plan of a body, or every mistake with its place (`frequency-days`).

    {title, checklist, party, counts, method, aql, scope: {root, kinds} or {places}, frequency:
    {kind: "fixed", rrule, start} or {kind: "floating", days}, adaptive: {min_days, max_days} or
    None, season: {from: "04-01", to: "10-31"} or None, before_days, grace_days, minutes, weight,
    active}; parties are customer, contractor or either.
    """
    wrong = [
        Refusal("plan.unknown", N_("A plan has no “%(name)s”."), {"name": str(name)[:60]})
        for name in set(body) - _NAMES
    ]
    plan = Plan(
        title=_text(body, "title", wrong),
        checklist=_text(body, "checklist", wrong),
        scope=_scope(body.get("scope"), wrong),
        frequency=_frequency(body.get("frequency"), wrong),
        party=_party(body, "party", wrong),
        counts=_party(body, "counts", wrong),
        method=_method(body.get("method", Method.ALL.value), wrong),
        aql=str(body.get("aql") or ""),
        adaptive=_adaptive(body.get("adaptive"), wrong),
        season=_season(body.get("season"), wrong),
        before_days=_number(body.get("before_days", 0), "before_days", 0, 366, wrong),
        grace_days=_number(body.get("grace_days", 2), "grace_days", 0, 60, wrong),
        minutes=_number(body.get("minutes", 10), "minutes", 1, 1440, wrong),
        weight=_number(body.get("weight", 3), "weight", 1, 5, wrong),
        active=body.get("active", True) is not False,
    )
    if not wrong:
        wrong += _contradictions(plan)
    return wrong or plan


def write(plan: Plan) -> dict[str, Any]:
    """The body that reads as this plan."""
    return {
        "title": plan.title,
        "checklist": plan.checklist,
        "party": plan.party.value if plan.party else EITHER,
        "counts": plan.counts.value if plan.counts else EITHER,
        "method": plan.method.value,
        "aql": plan.aql,
        "scope": _written_scope(plan.scope),
        "frequency": _written_frequency(plan.frequency),
        "adaptive": _written_adaptive(plan.adaptive),
        "season": _written_season(plan.season),
        "before_days": plan.before_days,
        "grace_days": plan.grace_days,
        "minutes": plan.minutes,
        "weight": plan.weight,
        "active": plan.active,
    }


def _written_scope(scope: Scope) -> dict[str, Any]:
    if scope.root is None:
        return {"places": list(scope.places)}
    return {"root": scope.root, "kinds": list(scope.kinds)}


def _written_frequency(frequency: Frequency) -> dict[str, Any]:
    if isinstance(frequency, Floating):
        return {"kind": "floating", "days": frequency.days}
    return {"kind": "fixed", "rrule": frequency.rrule, "start": frequency.start.isoformat()}


def _written_adaptive(adaptive: Adaptive | None) -> dict[str, int] | None:
    if adaptive is None:
        return None
    return {"min_days": adaptive.min_days, "max_days": adaptive.max_days}


def _written_season(season: Season | None) -> dict[str, str] | None:
    if season is None:
        return None
    first, last = (f"{month:02}-{day:02}" for month, day in (season.first, season.last))
    return {"from": first, "to": last}


# ---------------------------------------------------------------- part by part


def _text(body: Mapping[str, Any], name: str, wrong: list[Refusal]) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        wrong.append(missing(name))
        return ""
    if len(text) > LIMITS[name]:
        wrong.append(too_long(len(text), LIMITS[name], name))
    return " ".join(text.split())


def _number(value: object, at: str, least: int, most: int, wrong: list[Refusal]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    wrong.append(
        Refusal(
            "plan.number",
            N_("Write a whole number from %(least)s to %(most)s."),
            {"least": least, "most": most},
            where=at,
        )
    )
    return least


def _not_a_choice(at: str) -> Refusal:
    return not_offered(at)


def _party(body: Mapping[str, Any], name: str, wrong: list[Refusal]) -> Party | None:
    said = body.get(name, EITHER)
    if said in list(Party):
        return Party(str(said))
    if said != EITHER:
        wrong.append(_not_a_choice(name))
    return None


def _method(said: object, wrong: list[Refusal]) -> Method:
    if said in list(Method):
        return Method(str(said))
    wrong.append(_not_a_choice("method"))
    return Method.ALL


def _scope(said: object, wrong: list[Refusal]) -> Scope:
    if not isinstance(said, Mapping) or set(said) not in ({"root", "kinds"}, {"places"}):
        wrong.append(
            Refusal(
                "plan.scope",
                N_("Say which places: a part of the tree and the kinds in it, or a list."),
                where="scope",
            )
        )
        return Scope()
    if "places" in said:
        return Scope(places=_places(said["places"], wrong))
    root, kinds = said["root"], said["kinds"]
    if not _is_id(root):
        wrong.append(
            Refusal("plan.no_root", N_("Choose the part of the tree."), where="scope-root")
        )
    if not isinstance(kinds, list | tuple) or not kinds or set(kinds) - set(KINDS_OF_PLACES):
        wrong.append(
            Refusal(
                "plan.no_kinds",
                N_("Choose at least one kind of place, like rooms."),
                where="scope-kinds",
            )
        )
        return Scope()
    return Scope(root, tuple(kind for kind in KINDS_OF_PLACES if kind in kinds))


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _places(said: object, wrong: list[Refusal]) -> tuple[int, ...]:
    places = said if isinstance(said, list | tuple) else []
    if not places or not all(_is_id(one) for one in places):
        wrong.append(
            Refusal("plan.no_places", N_("Choose at least one place."), where="scope-places")
        )
        return ()
    if len(places) > MOST_PLACES:
        wrong.append(
            Refusal(
                "plan.many_places",
                N_("A list holds at most %(most)s places; choose a part of the tree instead."),
                {"most": MOST_PLACES},
                where="scope-places",
            )
        )
    return tuple(dict.fromkeys(places))


def _frequency(said: object, wrong: list[Refusal]) -> Frequency:
    kind = said.get("kind") if isinstance(said, Mapping) else None
    if isinstance(said, Mapping) and kind == "floating":
        return Floating(_number(said.get("days"), "frequency-days", 1, LONGEST, wrong))
    if isinstance(said, Mapping) and kind == "fixed":
        rule, start = said.get("rrule"), _date(said.get("start"), "frequency-start", wrong)
        if not isinstance(rule, str) or not 0 < len(rule.strip()) <= LIMITS["rrule"]:
            wrong.append(
                Refusal(
                    "plan.rrule",
                    N_("Write the rule as FREQ=WEEKLY;BYDAY=MO, in at most 200 characters."),
                    where="frequency-rrule",
                )
            )
        return Fixed(str(rule).strip().upper(), start)
    wrong.append(
        Refusal(
            "plan.frequency",
            N_("Say how often: on fixed days, or so many days after the last visit."),
            where="frequency-often",
        )
    )
    return Floating(1)


def _date(said: object, at: str, wrong: list[Refusal]) -> date:
    try:
        day = date.fromisoformat(str(said))
    except ValueError:
        day = date.min
    if day.year in range(2000, 2101) and day.isoformat() == said:
        return day
    wrong.append(
        Refusal(
            "plan.start",
            N_("Write the date as 2026-12-31, from the year 2000 to 2100."),
            where=at,
        )
    )
    return date(2000, 1, 1)


def _adaptive(said: object, wrong: list[Refusal]) -> Adaptive | None:
    if said is None:
        return None
    named = said if isinstance(said, Mapping) else {}
    return Adaptive(
        _number(named.get("min_days"), "adaptive-min_days", 1, LONGEST, wrong),
        _number(named.get("max_days"), "adaptive-max_days", 1, LONGEST, wrong),
    )


def _season(said: object, wrong: list[Refusal]) -> Season | None:
    if said is None:
        return None
    named = said if isinstance(said, Mapping) else {}
    first, last = (_day_of_year(named.get(end), f"season-{end}", wrong) for end in ("from", "to"))
    return Season(first, last)


def _day_of_year(said: object, at: str, wrong: list[Refusal]) -> tuple[int, int]:
    found = _DAY_OF_YEAR.fullmatch(str(said))
    if found and int(found[2]) <= _LENGTHS[int(found[1]) - 1]:
        return int(found[1]), int(found[2])
    wrong.append(
        Refusal("plan.season", N_("Write month and day as 04-01 for the 1st of April."), where=at)
    )
    return 1, 1


_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


# ---------------------------------------------------------------- as a whole


def _contradictions(plan: Plan) -> Iterator[Refusal]:
    if plan.counts is not None and plan.party is not plan.counts:
        yield Refusal(
            "plan.would_not_count",
            N_("Only visits of one party count, so that party must do it; change one of the two."),
            where="party",
        )
    yield from _about_sampling(plan)
    if isinstance(plan.frequency, Floating):
        yield from _about_floating(plan, plan.frequency)
    elif plan.adaptive is not None:
        yield Refusal(
            "plan.adaptive_fixed",
            N_("Results can move an interval, not fixed days. Count days after the last visit."),
            where="adaptive-min_days",
        )


def _about_floating(plan: Plan, frequency: Floating) -> Iterator[Refusal]:
    shortest = frequency.days
    if plan.adaptive is not None:
        shortest = plan.adaptive.min_days
        if not plan.adaptive.min_days <= frequency.days <= plan.adaptive.max_days:
            yield Refusal(
                "plan.adaptive_range",
                N_("The interval of %(days)s days lies between the shortest and the longest."),
                {"days": frequency.days},
                where="adaptive-min_days",
            )
    if plan.before_days >= shortest:
        yield too_early(shortest)


def too_early(shortest: int) -> Refusal:
    """Two visits of one place would be open at once."""
    return Refusal(
        "plan.too_early",
        N_(
            "Some visits are only %(days)s days apart: "
            "they may be done at most %(most)s days early."
        ),
        {"days": shortest, "most": shortest - 1},
        where="before_days",
    )


def _about_sampling(plan: Plan) -> Iterator[Refusal]:
    if not plan.sampled:
        if plan.aql:
            yield Refusal(
                "plan.aql_alone",
                N_("Only a random sample has a quality limit (AQL)."),
                where="aql",
            )
        return
    if plan.aql not in AQLS:
        yield Refusal(
            "plan.no_aql",
            N_("Choose the quality limit (AQL): 2.5, 4.0 or 6.5 bad places in a hundred."),
            where="aql",
        )
    if plan.scope.root is None:
        yield Refusal(
            "plan.sampled_list",
            N_("A random sample is drawn from a part of the tree; a list is chosen by hand."),
            where="scope-root",
        )
    if not isinstance(plan.frequency, Fixed):
        yield Refusal(
            "plan.sampled_floating",
            N_("A sample is drawn for a period: choose fixed days on which a period begins."),
            where="frequency-often",
        )
