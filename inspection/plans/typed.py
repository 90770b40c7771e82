"""The form of a plan, read and shown: how often is chosen in words, and becomes a rule.

Works without a script: `add` gives the form back, with the places found by the words typed or with
what the plan will mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inspection.contracts.typed import Typed
from inspection.plans import recurring
from inspection.plans.saying import ORDINALS, WEEKDAYS
from inspection.rules.checklist import KINDS_OF_PLACES
from inspection.rules.plan import EITHER
from inspection.web import submitted, whole

FIELDS = frozenset(
    (
        *("title", "checklist", "party", "counts", "method", "aql", "before_days", "grace_days"),
        *("minutes", "weight", "retired", "frequency-", "scope-", "adaptive-", "season-"),
    )
)
PREFIX = "scope-place-"
LAST_DAY = "-1"


def plan() -> Typed:
    """The body that was typed; mistakes stand beside fields of the same names."""
    posted = submitted()
    body: dict[str, Any] = {
        "title": posted.get("title", ""),
        "checklist": posted.get("checklist", ""),
        "party": posted.get("party", EITHER),
        "counts": posted.get("counts", EITHER),
        "method": posted.get("method", ""),
        "aql": posted.get("aql", "") if posted.get("method") == "random_sampling" else "",
        "scope": _scope(),
        "frequency": _frequency(),
        "adaptive": _adaptive(),
        "season": _season(),
        "active": not posted.get("retired"),
    }
    for name in ("before_days", "grace_days", "minutes", "weight"):
        body[name] = _number(name)
    return Typed(body, {})


def _number(name: str) -> Any:
    """A whole number, or what was typed instead of one; the rules say what is wrong with it."""
    text = submitted().get(name, "")
    found = whole(text)
    return text if found is None else found


def _scope() -> dict[str, Any]:
    posted = submitted()
    if posted.get("scope-how") == "list":
        chosen = (name.removeprefix(PREFIX) for name in posted if name.startswith(PREFIX))
        return {"places": [int(one) for one in chosen if whole(one) is not None]}
    kinds = [kind for kind in KINDS_OF_PLACES if posted.get(f"scope-kinds-{kind}")]
    return {"root": whole(posted.get("scope-root", "")), "kinds": kinds}


def _frequency() -> dict[str, Any]:
    often = submitted().get("frequency-often", "")
    if often == "floating":
        return {"kind": "floating", "days": _number("frequency-days")}
    if often not in _RULES:
        return {}
    start = submitted().get("frequency-start", "").strip()
    return {"kind": "fixed", "rrule": _RULES[often](), "start": start}


def _every(name: str) -> str:
    text = submitted().get(name, "").strip()
    return "" if text in ("", "1") else f";INTERVAL={text}"


def _weekly() -> str:
    days = [day for day in WEEKDAYS if submitted().get(f"frequency-on-{day}")]
    return f"FREQ=WEEKLY{_every('frequency-weeks')}" + (f";BYDAY={','.join(days)}" if days else "")


def _monthly() -> str:
    day = submitted().get("frequency-monthday", "1").strip()
    part = f"BYDAY={day}" if day[-2:] in WEEKDAYS else f"BYMONTHDAY={day}"
    return f"FREQ=MONTHLY{_every('frequency-months')};{part}"


def _own() -> str:
    return submitted().get("frequency-rrule", "").strip()


_RULES: Mapping[str, Callable[[], str]] = {"weekly": _weekly, "monthly": _monthly, "rule": _own}


def _adaptive() -> dict[str, Any] | None:
    if not submitted().get("adaptive-on") or submitted().get("frequency-often") != "floating":
        return None
    return {name: _number(f"adaptive-{name}") for name in ("min_days", "max_days")}


def _season() -> dict[str, str] | None:
    if not submitted().get("season-on"):
        return None
    return {end: _day_of_year(end) for end in ("from", "to")}


def _day_of_year(end: str) -> str:
    month, day = (submitted().get(f"season-{end}_{part}", "").strip() for part in ("month", "day"))
    return f"{month:0>2}-{day:0>2}"


# ---------------------------------------------------------------- showing


def shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the form for a body, as they are named there."""
    fields: dict[str, Any] = {name: body.get(name) for name in FIELDS if "-" not in name}
    scope, adaptive = body.get("scope") or {}, body.get("adaptive") or {}
    fields |= {
        "retired": "" if body.get("active", True) else "1",
        "scope-how": "list" if "places" in scope else "tree",
        "scope-root": scope.get("root"),
        **{f"scope-kinds-{kind}": "1" for kind in scope.get("kinds", ())},
        **{f"{PREFIX}{one}": "1" for one in scope.get("places", ())},
        "adaptive-on": "1" if adaptive else "",
        "adaptive-min_days": adaptive.get("min_days", 10),
        "adaptive-max_days": adaptive.get("max_days", 90),
    }
    return (
        fields | _shown_season(body.get("season")) | _shown_frequency(body.get("frequency") or {})
    )


def _shown_season(season: Mapping[str, str] | None) -> dict[str, Any]:
    said = season or {"from": "04-01", "to": "10-31"}
    fields: dict[str, Any] = {"season-on": "1" if season else ""}
    for end, day in said.items():
        month, _, number = day.partition("-")
        fields |= {f"season-{end}_month": month.lstrip("0"), f"season-{end}_day": number}
    return fields


def _shown_frequency(said: Mapping[str, Any]) -> dict[str, Any]:
    """The simple choice that gives the same rule, else the rule as it is written."""
    fields: dict[str, Any] = {
        "frequency-often": "floating" if said.get("kind") == "floating" else "rule",
        "frequency-days": said.get("days", 30),
        "frequency-weeks": 1,
        "frequency-months": 1,
        "frequency-monthday": "1",
        "frequency-rrule": said.get("rrule", "FREQ=WEEKLY;BYDAY=MO,TH"),
        "frequency-start": said.get("start", ""),
    }
    if said.get("kind") != "fixed":
        return fields | {"frequency-on-MO": "1"}
    by = recurring.parts(str(said.get("rrule", "")))
    every, kind = by.pop("INTERVAL", "1"), by.pop("FREQ", "")
    if kind == "WEEKLY" and set(by) <= {"BYDAY"}:
        days = by.get("BYDAY", "").split(",")
        return fields | {
            "frequency-often": "weekly",
            "frequency-weeks": every,
            **{f"frequency-on-{day}": "1" for day in days if day in WEEKDAYS},
        }
    day = by.get("BYMONTHDAY") or by.get("BYDAY", "")
    if kind == "MONTHLY" and len(by) == 1 and day in dict(monthdays()):
        return fields | {
            "frequency-often": "monthly",
            "frequency-months": every,
            "frequency-monthday": day,
        }
    return fields | {"frequency-on-MO": "1"}


def monthdays() -> list[tuple[str, tuple[str, str]]]:
    """The days of a month that can be chosen: (value, (which, weekday)); which alone is a date."""
    dates = [(str(day), (str(day), "")) for day in range(1, 29)]
    weekdays = [(f"{which}{day}", (which, day)) for which in ORDINALS for day in WEEKDAYS]
    return [*dates, (LAST_DAY, (LAST_DAY, "")), *weekdays]
