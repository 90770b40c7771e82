"""What a plan means, as people say it: how often, where, how many visits a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date, format_skeleton, get_day_names
from babel.lists import format_list
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext, ngettext

from inspection.contracts.promises import METHODS
from inspection.plans import agreed, places, recurring
from inspection.plans.titles import titles
from inspection.rules import plan as rule
from inspection.rules import sampling
from inspection.rules.plan import Fixed, Floating, Plan, Scope, Season
from inspection.rules.refusal import N_

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKING = WEEKDAYS[:5]
ORDINALS: Mapping[str, str] = {
    "1": N_("first"),
    "2": N_("second"),
    "3": N_("third"),
    "4": N_("fourth"),
    "-1": N_("last"),
}
WHO: Mapping[str, str] = {
    rule.EITHER: N_("whoever comes first"),
    "customer": N_("the customer"),
    "contractor": N_("the contractor"),
}
COUNTED: Mapping[str, str] = {
    rule.EITHER: N_("of either party"),
    "customer": N_("of the customer only"),
    "contractor": N_("of the contractor only"),
}


def weekday(code: str) -> str:
    """The name of a day of the week: MO is Monday."""
    return str(get_day_names("wide", "format", get_locale() or "en")[WEEKDAYS.index(code)])


def nth(which: str, code: str) -> str:
    """The second Monday, the last Friday."""
    ordinal = gettext(ORDINALS[which])
    return str(gettext("the %(which)s %(day)s", which=ordinal, day=weekday(code)))


def listed(words: Iterable[str]) -> str:
    """Monday, Tuesday and Friday."""
    return format_list(list(words), locale=get_locale() or "en")


def number(value: float) -> str:
    """1,196 as the reader's language writes it."""
    return str(format_decimal(round(value), locale=get_locale() or "en"))


# ---------------------------------------------------------------- how often


def often(plan: Plan) -> str:
    """How often a place is visited, and in which part of the year."""
    said = _floating(plan) if isinstance(plan.frequency, Floating) else by_rule(plan.frequency)
    return said if plan.season is None else f"{said}, {season(plan.season)}"


def _floating(plan: Plan) -> str:
    assert isinstance(plan.frequency, Floating)
    said: str = ngettext(
        "%(num)s day after the last visit",
        "%(num)s days after the last visit",
        plan.frequency.days,
    )
    if plan.adaptive is None:
        return said
    return str(
        gettext(
            "%(usual)s at first; good results make it up to %(most)s days, "
            "bad ones down to %(least)s",
            usual=said,
            most=plan.adaptive.max_days,
            least=plan.adaptive.min_days,
        )
    )


def season(season: Season) -> str:
    """From 1 April to 31 October."""
    first, last = (_day_of_year(*day) for day in (season.first, season.last))
    return str(gettext("from %(first)s to %(last)s every year", first=first, last=last))


def _day_of_year(month: int, day: int) -> str:
    # 2024 has a 29 February
    return str(format_skeleton("MMMMd", date(2024, month, day), locale=get_locale() or "en"))


def by_rule(fixed: Fixed) -> str:
    """A rule in words where it is one of the usual ones, else as it is written."""
    parts = dict(recurring.parts(fixed.rrule))
    kind, every = parts.pop("FREQ", ""), int(parts.pop("INTERVAL", "1"))
    said = _KINDS[kind](parts, every, fixed.start) if kind in _KINDS else ""
    return said or gettext("by the rule %(rule)s", rule=fixed.rrule)


def _daily(parts: Mapping[str, str], every: int, start: date) -> str:
    if set(parts) == {"BYDAY"} and every == 1:
        return _weekly(parts, every, start)
    if parts:
        return ""
    return str(ngettext("every day", "every %(num)s days", every))


def _weekly(parts: Mapping[str, str], every: int, start: date) -> str:
    days = parts.get("BYDAY", WEEKDAYS[start.weekday()]).split(",")
    if set(parts) - {"BYDAY"} or not set(days) <= set(WEEKDAYS):
        return ""
    if every == 1 and set(days) == set(WORKING):
        return str(gettext("every day from Monday to Friday"))
    named = listed(weekday(day) for day in WEEKDAYS if day in days)
    if every == 1:
        return str(gettext("every %(days)s", days=named))
    return str(gettext("every %(number)s weeks on %(days)s", number=every, days=named))


def _monthly(parts: Mapping[str, str], every: int, start: date) -> str:
    day = _day_of_month(parts, start)
    if not day:
        return ""
    months = ngettext("every month", "every %(num)s months", every)
    return str(gettext("%(months)s on %(day)s", months=months, day=day))


def _day_of_month(parts: Mapping[str, str], start: date) -> str:
    if set(parts) == {"BYDAY"}:
        which, code = parts["BYDAY"][:-2], parts["BYDAY"][-2:]
        if which not in ORDINALS or code not in WEEKDAYS:
            return ""
        return str(
            gettext("the %(which)s %(day)s", which=gettext(ORDINALS[which]), day=weekday(code))
        )
    day = parts.get("BYMONTHDAY", str(start.day))
    if set(parts) - {"BYMONTHDAY"}:
        return ""
    if day == "-1":
        return str(gettext("the last day"))
    return str(gettext("day %(day)s", day=day)) if day.isdecimal() else ""


def _yearly(parts: Mapping[str, str], every: int, start: date) -> str:
    month, day = parts.get("BYMONTH", str(start.month)), parts.get("BYMONTHDAY", str(start.day))
    plain = month.isdecimal() and day.isdecimal() and not set(parts) - {"BYMONTH", "BYMONTHDAY"}
    if not plain:
        return ""
    years = ngettext("every year", "every %(num)s years", every)
    return str(
        gettext("%(months)s on %(day)s", months=years, day=_day_of_year(int(month), int(day)))
    )


_KINDS: Mapping[str, Callable[[Mapping[str, str], int, date], str]] = {
    "DAILY": _daily,
    "WEEKLY": _weekly,
    "MONTHLY": _monthly,
    "YEARLY": _yearly,
}


# ---------------------------------------------------------------- where


_COUNTS: Mapping[str, Callable[[int], str]] = {
    "site": lambda n: str(ngettext("%(num)s site", "%(num)s sites", n)),
    "building": lambda n: str(ngettext("%(num)s building", "%(num)s buildings", n)),
    "level": lambda n: str(ngettext("%(num)s level", "%(num)s levels", n)),
    "space": lambda n: str(ngettext("%(num)s room", "%(num)s rooms", n)),
    "equipment": lambda n: str(
        ngettext("%(num)s piece of equipment", "%(num)s pieces of equipment", n)
    ),
    "vehicle": lambda n: str(ngettext("%(num)s vehicle", "%(num)s vehicles", n)),
}


def counted(scope: Scope, count: int) -> str:
    """23 rooms; 30 places where there are several kinds."""
    if len(scope.kinds) == 1:
        return _COUNTS[scope.kinds[0]](count)
    return str(ngettext("%(num)s place", "%(num)s places", count))


def where(contract_id: int, scope: Scope, count: int) -> str:
    """23 rooms in House A."""
    if scope.root is None:
        return counted(scope, count)
    rows = places.rows(contract_id, [scope.root])
    name = rows[0].name if rows else "–"
    return str(gettext("%(places)s in %(name)s", places=counted(scope, count), name=name))


# ---------------------------------------------------------------- what will happen


def forecast(contract_id: int, plan: Plan) -> str:
    """What a plan will mean in a year: "Every Monday, 23 rooms in House A: 1,196 visits …"."""
    count = places.count(contract_id, plan.scope)
    each = sampling.plan_for(count, plan.aql).size if plan.sampled and count else count
    visits = each * recurring.a_year(plan)
    said: str = gettext(
        "%(often)s, %(where)s: %(visits)s visits a year, about %(hours)s hours.",
        often=often(plan),
        where=_sampled(each, contract_id, plan, count),
        visits=number(visits),
        hours=number(visits * plan.minutes / 60),
    )
    return said[:1].upper() + said[1:]


def _sampled(each: int, contract_id: int, plan: Plan, count: int) -> str:
    all_of_them = where(contract_id, plan.scope, count)
    if not plan.sampled:
        return all_of_them
    return str(gettext("%(size)s drawn by lot of %(places)s", size=each, places=all_of_them))


# ---------------------------------------------------------------- a plan, line by line


def lines(contract_id: int, plan: Plan) -> list[tuple[str, str]]:
    """Every part of a plan with its name, in the order people ask for it."""
    count = places.count(contract_id, plan.scope)
    checklist = titles(contract_id, "checklist").get(plan.checklist, plan.checklist)
    body = rule.write(plan)
    said = [
        (gettext("How often"), _upper(often(plan))),
        (gettext("Where"), where(contract_id, plan.scope, count)),
        (gettext("Checklist"), checklist),
        (gettext("How"), _method(plan)),
        (gettext("Who does it"), _upper(gettext(WHO[body["party"]]))),
        (gettext("Visits that count"), _upper(gettext(COUNTED[body["counts"]]))),
        (gettext("May be done"), _early(plan)),
        (gettext("Missed after"), _grace(plan)),
        (gettext("One visit takes"), ngettext("%(num)s minute", "%(num)s minutes", plan.minutes)),
        (gettext("Weight"), gettext("%(weight)s of 5", weight=plan.weight)),
    ]
    return said if plan.active else [*said, (gettext("In use"), gettext("no"))]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _method(plan: Plan) -> str:
    said = str(gettext(METHODS[plan.method.value]))
    return (
        str(gettext("%(method)s, AQL %(aql)s", method=said, aql=plan.aql)) if plan.sampled else said
    )


def _early(plan: Plan) -> str:
    if plan.sampled:
        return str(gettext("any day of its period"))
    if not plan.before_days:
        return str(gettext("on its day, not before"))
    return str(ngettext("from %(num)s day before", "from %(num)s days before", plan.before_days))


def _grace(plan: Plan) -> str:
    return str(ngettext("%(num)s working day", "%(num)s working days", plan.grace_days))


def differences(old: Any, new: Any) -> list[tuple[str, str, str]]:
    """What differs between two bodies of plans: where, before, after."""
    from inspection import web

    here = web.contract().id
    before, after = (_said(here, body) for body in (old, new))
    names = [*after, *(name for name in before if name not in after)]
    return [
        (name, before.get(name, "–"), after.get(name, "–"))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _said(contract_id: int, body: Mapping[str, Any]) -> dict[str, str]:
    outcome = agreed.read_whole(body)
    if isinstance(outcome, list):
        return {gettext("Title"): str(body.get("title", "–"))}
    named = {gettext("Title"): outcome.title, **dict(lines(contract_id, outcome))}
    if isinstance(outcome.frequency, Fixed):
        named[gettext("Begins")] = _day(outcome.frequency.start)
    if outcome.scope.root is None:
        rows = places.rows(contract_id, outcome.scope.places)
        named[gettext("Places")] = listed(row.name for row in rows)
    return named


def _day(day: date) -> str:
    return str(format_date(day, "long", locale=get_locale() or "en"))


def coming(plan: Plan, after: date, most: int = 3) -> Sequence[date]:
    """The next days of a plan with fixed days."""
    return recurring.due(plan, after, after + 3 * recurring.YEAR)[:most]
