"""How the parts of an agreement are said: names, times and values as people say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext, ngettext

from inspection.contracts.agreements import Difference, compared
from inspection.contracts.promises import METHODS
from inspection.rules.access import Party
from inspection.rules.refusal import N_
from inspection.rules.scale import PROPOSED

UNITS: Mapping[str, str] = {
    "minutes": N_("minutes"),
    "hours": N_("hours"),
    "working_minutes": N_("minutes of working time"),
    "working_hours": N_("hours of working time"),
    "working_days": N_("working days"),
}

DAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)

LIMITS: Mapping[str, tuple[str, str]] = {
    "reopening_days": (N_("A fix can be reopened for"), "working_days"),
    "acceptance_days": (N_("A fix counts as accepted after"), "working_days"),
    "verification_days": (N_("The other party verifies a fix within"), "working_days"),
    "containment_minutes_critical": (N_("Containment, when critical, within"), "minutes"),
    "containment_days": (N_("Containment otherwise within"), "working_days"),
    "plan_days": (N_("A corrective plan within"), "working_days"),
    "plan_agreement_days": (N_("The other party answers a plan within"), "working_days"),
    "decision_minutes_urgent": (N_("A decision on P1 and P2 within"), "minutes"),
    "decision_days": (N_("A decision otherwise within"), "working_days"),
    "deepening_days": (N_("A call for the cause is answered within"), "working_days"),
    "window_days": (N_("A fix must hold for"), "days"),
    "window_days_critical": (N_("A fix must hold, when critical, for"), "days"),
    "repeat_window_days": (N_("The same again counts as a repeat within"), "days"),
    "repeat_undecided_days": (N_("An undecided repeat is confirmed after"), "working_days"),
    "ladder_days": (N_("A disagreement climbs a step after"), "working_days"),
    "warn_percent": (N_("Warn when this much of the time is used"), "percent"),
}
"""Each limit in words, and the unit of its number."""

WORDS: Mapping[str, str] = {
    **{name: words for name, (words, _) in LIMITS.items()},
    **METHODS,
    "respond": N_("Respond"),
    "make_safe": N_("Make safe"),
    "fix": N_("Fix"),
    "response_means": N_("“Respond” means"),
    "acknowledged": N_("acknowledged"),
    "attended": N_("somebody is there"),
    "targets": N_("Targets"),
    "limits": N_("Limits"),
    "time": N_("Time"),
    "temporary_counts": N_("A temporary fix counts"),
    "tz": N_("Time zone"),
    "windows": N_("Hours that count"),
    "country": N_("Holidays of"),
    "subdivision": N_("Region"),
    "own_days": N_("Own days"),
    "years": N_("Years"),
    "open": N_("Open"),
    "name": N_("Name"),
    "requirements": N_("Requirements"),
    "categories": N_("Categories"),
    "levels": N_("Scale level"),
    "level": N_("Scale level"),
    "word": N_("Word"),
    "definition": N_("Definition"),
    "colour": N_("Colour"),
    "anchor": N_("Counts as"),
    "from": N_("Range begins at"),
    "legacy": N_("Older word"),
    "green": N_("green"),
    "yellow": N_("yellow"),
    "red": N_("red"),
    "title": N_("Title"),
    "standard_text": N_("Standard"),
    "service_line": N_("Service line"),
    "weight": N_("Weight"),
    "method": N_("How it is looked at"),
    "names": N_("Name"),
    "icon": N_("Drawing"),
    "owner_party": N_("Owner"),
    "priority": N_("Priority"),
    "photo_rule": N_("Photo of the fix"),
    "requirement_ref": N_("Requirement"),
    "active": N_("In use"),
    "customer": N_("Customer"),
    "contractor": N_("Contractor"),
    "never": N_("Never"),
    "optional": N_("Optional"),
    "at_fix": N_("Needed"),
}


def span(value: int, unit: str) -> str:
    """A length of time: "5 working days"."""
    if unit == "minutes" and value % 60 == 0:
        return _SPANS["hours"](value // 60)
    return _SPANS[unit](value)


_SPANS: Mapping[str, Callable[[int], str]] = {
    "minutes": lambda n: ngettext("%(num)s minute", "%(num)s minutes", n),
    "hours": lambda n: ngettext("%(num)s hour", "%(num)s hours", n),
    "working_minutes": lambda n: ngettext(
        "%(num)s minute of working time", "%(num)s minutes of working time", n
    ),
    "working_hours": lambda n: ngettext(
        "%(num)s hour of working time", "%(num)s hours of working time", n
    ),
    "working_days": lambda n: ngettext("%(num)s working day", "%(num)s working days", n),
    "days": lambda n: ngettext("%(num)s day", "%(num)s days", n),
    "percent": lambda n: f"{n} %",
}


def word(name: str) -> str:
    """A name out of a body in the reader's language; what nobody knows stays as it is."""
    return str(gettext(WORDS[name])) if name in WORDS else name


def differences(old: Any, new: Any) -> list[tuple[str, str, str]]:
    """What differs between two bodies, in words: where, before, after."""
    for part, spoken in SPOKEN.items():
        if part in new:
            return spoken(old, new)
    return [
        (" › ".join(_path(one.path)), _side(one, one.old), _side(one, one.new))
        for one in compared(old, new)
    ]


SPOKEN: dict[str, Callable[[Any, Any], list[tuple[str, str, str]]]] = {}
"""Who speaks of bodies with a part of this name; rooms above add theirs with the kind."""


def _path(path: Sequence[str]) -> list[str]:
    if path[0] in _PATHS and len(path) > 1:
        return _PATHS[path[0]](path)
    shown = path[1:] if path[0] in ("targets", "limits") and len(path) > 1 else path
    said = [" ".join(word(part) for part in name.split(" ")) for name in shown]
    return said[:-1] if len(said) > 1 and shown[-1] == "time" else said


def _side(one: Difference, value: Any) -> str:
    unit = LIMITS[one.path[-1]][1] if one.path[-1] in LIMITS else None
    if unit and value is not None:
        values = value if isinstance(value, list) else [value]
        return ", ".join(span(each, unit) for each in values)
    if one.path[0] in _SIDES:
        return _SIDES[one.path[0]](one.path, value)
    return plain(value)


def _day(path: Sequence[str]) -> list[str]:
    return [word("windows"), str(gettext(DAYS[int(path[1])]))]


def _level(path: Sequence[str]) -> list[str]:
    return [f"{word('levels')} {path[1]}", *(word(face) for face in path[2:])]


def _older_word(path: Sequence[str]) -> list[str]:
    """A label is said as it was typed; whose it is stands behind it."""
    return [word("legacy"), _typed_word(path[1])]


def _typed_word(name: str) -> str:
    label, _, party = name.rpartition(" ")
    return f"{label} ({word(party)})" if party in list(Party) else name


def _face(path: Sequence[str], value: Any) -> str:
    """A face of a level; its words are translated while they read as first proposed."""
    if value is None or len(path) < 3 or path[2] == "colour":
        return plain(value)
    if path[2] in ("anchor", "from"):
        return f"{value} %"
    usual = PROPOSED["levels"][5 - int(path[1])].get(path[2])
    return str(gettext(value)) if value == usual else str(value)


def _means(path: Sequence[str], value: Any) -> str:
    """What an older word means, from its row or the level in it; all of them where none were."""
    if len(path) == 1:
        return ", ".join(_typed_word(name) for name in value or ()) or "–"
    level = value["level"] if isinstance(value, Mapping) else value
    return "–" if level is None else f"{word('level')} {level}"


_PATHS: Mapping[str, Callable[[Sequence[str]], list[str]]] = {
    "windows": _day,
    "levels": _level,
    "legacy": _older_word,
}


def _windows(value: Any) -> str:
    return ", ".join("–".join(pair) for pair in value or []) or str(gettext("closed"))


_SIDES: Mapping[str, Callable[[Sequence[str], Any], str]] = {
    "windows": lambda _path, value: _windows(value),
    "levels": _face,
    "legacy": _means,
}


def plain(value: Any) -> str:
    """Any value out of a body, in words."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, tuple):
        return span(*value)
    if isinstance(value, Mapping):
        return _listed(value)
    if isinstance(value, list):
        return ", ".join(plain(each) for each in value)
    return word(value) if isinstance(value, str) else str(value)


def _listed(value: Mapping[str, Any]) -> str:
    """A whole row: its time alone, or each of its values with its name."""
    if "time" in value and not value.get("temporary_counts"):
        return span(*value["time"])
    named = (f"{word(name)}: {plain(each)}" for name, each in value.items() if each != "")
    return "; ".join(named)


def by_line(body: Mapping[str, Any]) -> dict[str, dict[tuple[str, str], Mapping[str, Any]]]:
    """A policy's targets by service line ("" first: all others), then by priority and kind."""
    found: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {"": {}}
    for each in body.get("targets", []):
        line = found.setdefault(each.get("service_line") or "", {})
        line[str(each["priority"]), str(each["kind"])] = each
    return found
