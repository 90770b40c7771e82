"""What the form of an agreement says, as a body; rows of a list are fields like `targets-3-value`.

A row may have any name between the dashes; rows without a word in them, and rows marked to be
removed, are left out. Mistakes are found by position in the body and said beside the row typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inspection.contracts.hours import COVERED
from inspection.photos.evidence import Kept
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Priority
from inspection.web import PUBLIC_LANGUAGES, submitted, whole
from inspection.web.forms import ALWAYS_ALLOWED

_ROW = re.compile(r"([a-z_]+)-(\w+)-([\w-]+)")
_ONE = re.compile(r"([a-z_]+)-(\w+)")
REMOVE, ADD = "remove", "add"


@dataclass(frozen=True)
class Typed:
    """A body as it was typed, from which named rows its numbered rows came, and its pictures."""

    body: dict[str, Any]
    came_from: Mapping[str, str]
    pictures: tuple[Kept, ...] = ()

    def beside(self, refusal: Refusal) -> Refusal:
        """The refusal beside the field of the form that it is about."""
        at = refusal.where or ""
        for numbered, named in self.came_from.items():
            if at == numbered or at.startswith(f"{numbered}-"):
                return replace(refusal, where=named + at.removeprefix(numbered))
        return refusal


def rows(prefix: str) -> dict[str, dict[str, str]]:
    """The typed rows of a list, by their names, in the order they came."""
    found: dict[str, dict[str, str]] = {}
    for name, value in submitted().items(multi=True):
        part = _ROW.fullmatch(name)
        if part and part[1] == prefix:
            found.setdefault(part[2], {})[part[3]] = value.replace("\r\n", "\n").strip()
    return found


def unknown(fields: Iterable[str]) -> list[Refusal]:
    """A refusal for every field that this form does not have."""
    known = set(fields) | ALWAYS_ALLOWED | {ADD}
    return [
        Refusal("form.unknown_field", N_("This form has no field “%(name)s”."), {"name": name})
        for name in submitted()
        if name not in known and _beginning(name) not in known
    ]


def _beginning(name: str) -> str:
    part = _ROW.fullmatch(name) or _ONE.fullmatch(name)
    return f"{part[1]}-" if part else name


def _number(text: str | None) -> Any:
    """A whole number, or what was typed instead of one; the rules say what is wrong with it."""
    found = whole(text or "")
    return text if found is None else found


def _listed(
    prefix: str, made: Callable[[str, dict[str, str]], dict[str, Any] | None]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rows that say something, and where each came from."""
    items: list[dict[str, Any]] = []
    came_from: dict[str, str] = {}
    for name, row in rows(prefix).items():
        item = None if row.get(REMOVE) else made(name, row)
        if item is not None:
            came_from[f"{prefix}-{len(items)}"] = f"{prefix}-{name}"
            items.append(item)
    return items, came_from


# ---------------------------------------------------------------- one for each kind


def sla_policy() -> Typed:
    """Targets in cells called `P3_fix`, and rows of their own for service lines; the limits."""
    targets, came_from = _listed("targets", _target)
    limits: dict[str, Any] = {}
    ladder = []
    for name, value in submitted().items():
        part = _ONE.fullmatch(name)
        if part and part[1] == "limits":
            limits[part[2]] = _number(value.strip())
        elif name.startswith("limits-ladder_days-"):
            ladder.append(_number(value.strip()))
    if ladder:
        limits["ladder_days"] = ladder
    body = {"targets": targets, "limits": limits}
    return Typed(body | {"response_means": submitted().get("response_means")}, came_from)


def _target(name: str, row: dict[str, str]) -> dict[str, Any] | None:
    priority, _, kind = name.partition("_")
    general = priority in set(Priority)
    if not row.get("value") and (general or not row.get("service_line")):
        return None
    return {
        "priority": priority if general else row.get("priority"),
        "service_line": None if general else row.get("service_line", ""),
        "kind": kind if general else row.get("kind"),
        "value": _number(row.get("value")),
        "unit": row.get("unit"),
        "temporary_counts": bool(row.get("temporary_counts")),
    }


def calendar() -> Typed:
    """The windows are fields like `windows-0-1-open`: day, window, edge."""
    own_days, came_from = _listed("own_days", _own_day)
    posted = submitted()
    years = [_number(posted.get(f"years-{n}", str(COVERED[n]))) for n in range(2)]
    body = {
        "tz": posted.get("tz", "").strip(),
        "windows": [_windows(rows("windows").get(str(day), {})) for day in range(7)],
        "country": posted.get("country", ""),
        "subdivision": posted.get("subdivision", "").strip(),
        "own_days": own_days,
        "years": years,
    }
    return Typed(body, came_from)


def _windows(row: dict[str, str]) -> list[list[str]]:
    numbers = sorted({field.partition("-")[0] for field in row})
    pairs = [[row.get(f"{n}-open", ""), row.get(f"{n}-close", "")] for n in numbers]
    return [pair for pair in pairs if any(pair)]


def _own_day(_name: str, row: dict[str, str]) -> dict[str, Any] | None:
    if not row.get("date") and not row.get("name"):
        return None
    return {
        "date": row.get("date", ""),
        "name": row.get("name", ""),
        "open": bool(row.get("open")),
    }


def requirements() -> Typed:
    """One row for each promise."""
    items, came_from = _listed("requirements", _requirement)
    return Typed({"requirements": items}, came_from)


def _requirement(_name: str, row: dict[str, str]) -> dict[str, Any] | None:
    texts = {name: row.get(name, "") for name in ("ref", "title", "standard_text", "service_line")}
    if not any(texts.values()):
        return None
    return texts | {"weight": _number(row.get("weight")), "method": row.get("method", "")}


def categories() -> Typed:
    """One row for each category, in the order of its `position`."""
    items, came_from = _listed("categories", _category)
    order = sorted(range(len(items)), key=lambda n: _place(items[n]["position"]))
    named = {f"categories-{place}": came_from[f"categories-{n}"] for place, n in enumerate(order)}
    kept = [{name: value for name, value in items[n].items() if name != "position"} for n in order]
    return Typed({"categories": kept}, named)


def _place(position: str) -> int:
    found = whole(position)
    return 10_000 if found is None else found


def _category(_name: str, row: dict[str, str]) -> dict[str, Any] | None:
    names = {language: row.get(f"name-{language}", "") for language in PUBLIC_LANGUAGES}
    if not row.get("key") and not any(names.values()):
        return None
    plain = ("key", "icon", "service_line", "owner_party", "priority", "photo_rule")
    return {name: row.get(name, "") for name in (*plain, "requirement_ref", "position")} | {
        "names": names,
        "active": bool(row.get("active")),
    }


def scale() -> Typed:
    """The levels by their numbers, best first, and one row for each older word."""
    given = rows("levels")
    numbers = sorted(given, reverse=True)
    legacy, came_from = _listed("legacy", _older_word)
    levels = [_level(number, given[number]) for number in numbers]
    named = {f"levels-{n}": f"levels-{number}" for n, number in enumerate(numbers)}
    return Typed({"levels": levels, "legacy": legacy}, came_from | named)


def _level(number: str, row: dict[str, str]) -> dict[str, Any]:
    texts = {name: row.get(name, "") for name in ("word", "definition", "colour")}
    percents = {name: _number(row.get(name)) for name in ("anchor", "from")}
    return {"level": _number(number)} | texts | percents


def _older_word(_name: str, row: dict[str, str]) -> dict[str, Any] | None:
    if not row.get("label"):
        return None
    return {
        "party": row.get("party") or None,
        "label": row["label"],
        "level": _number(row.get("level")),
    }


FORMS: dict[str, tuple[Callable[[], Typed], frozenset[str]]] = {
    "sla_policy": (sla_policy, frozenset({"response_means", "targets-", "limits-"})),
    "calendar": (
        calendar,
        frozenset({"tz", "country", "subdivision", "windows-", "own_days-", "years-"}),
    ),
    "requirements": (requirements, frozenset({"requirements-"})),
    "categories": (categories, frozenset({"categories-"})),
    "scale": (scale, frozenset({"levels-", "legacy-"})),
}
"""How the form of each kind is read, and the beginnings of its fields."""
