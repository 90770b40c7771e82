"""What a report can be about: the buttons both parties agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row, insert, select, update

from inspection.contracts.models import Category
from inspection.contracts.promises import text_mistakes
from inspection.db import db, table
from inspection.rules.access import Party
from inspection.rules.refusal import N_, Refusal, not_offered
from inspection.rules.states import PhotoRule, Priority
from inspection.web import PUBLIC_LANGUAGES

_categories = table(Category)

ICONS = (
    "leak",
    "power",
    "climate",
    "cleaning",
    "supplies",
    "doors",
    "equipment",
    "danger",
    "other",
)
_LIMITS = {"key": 30, "icon": 30, "service_line": 60, "requirement_ref": 40}
_NEEDED = frozenset({"key", "icon", "service_line"})
_CHOICES: Mapping[str, type[Party] | type[Priority] | type[PhotoRule]] = {
    "owner_party": Party,
    "priority": Priority,
    "photo_rule": PhotoRule,
}
_FIELDS = (*_LIMITS, "names", *_CHOICES, "active")


def read(body: Mapping[str, Any]) -> dict[str, Any] | list[Refusal]:
    """{categories: [{key, names, icon, service_line, owner_party, …}]} in their order, or mistakes.

    Each has a name in English at least; other languages fall back on it.
    """
    said = body.get("categories")
    if set(body) - {"categories"} or not isinstance(said, list) or not said:
        return [Refusal("categories.list", N_("The categories are a list, of one at least."))]
    wrong: list[Refusal] = []
    for number, one in enumerate(said):
        wrong += _mistakes(one, f"categories-{number}")
    keys = [str(one.get("key")) for one in said if isinstance(one, Mapping)]
    wrong += [
        Refusal("categories.twice", N_("This key stands twice."), where=f"categories-{number}-key")
        for number, key in enumerate(keys)
        if key in keys[:number]
    ]
    return wrong or {"categories": [_kept(one) for one in said]}


def _mistakes(one: Any, at: str) -> Iterator[Refusal]:
    if not isinstance(one, Mapping):
        yield Refusal("categories.row", N_("A category has a key and a name."), where=at)
        return
    yield from text_mistakes(one, at, _LIMITS, _NEEDED)
    for name, choices in _CHOICES.items():
        if one.get(name) not in list(choices):
            yield _not_offered(f"{at}-{name}")
    if one.get("icon") not in ICONS:
        yield _not_offered(f"{at}-icon")
    names = one.get("names")
    if not isinstance(names, Mapping) or not str(names.get("en") or "").strip():
        yield Refusal(
            "categories.name",
            N_("A name in English is needed; other languages fall back on it."),
            where=f"{at}-name-en",
        )
    elif any(len(str(text)) > 40 for text in names.values()):
        yield Refusal(
            "categories.long_name",
            N_("A button has room for 40 characters."),
            where=f"{at}-name-en",
        )


def _not_offered(at: str) -> Refusal:
    return not_offered(at)


def _kept(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": one["key"].strip(),
        "names": {
            language: str(one["names"][language]).strip()
            for language in PUBLIC_LANGUAGES
            if str(one["names"].get(language) or "").strip()
        },
        "icon": one["icon"],
        "service_line": one["service_line"].strip(),
        "owner_party": one["owner_party"],
        "priority": one["priority"],
        "photo_rule": one["photo_rule"],
        "requirement_ref": one.get("requirement_ref", "").strip(),
        "active": bool(one.get("active", True)),
    }


def in_use(contract_id: int) -> list[Row[Any]]:
    """The categories work can be about now, in their order."""
    asked = select(_categories).where(
        _categories.c.contract_id == contract_id, _categories.c.active.is_(True)
    )
    return list(db.session.execute(asked.order_by(_categories.c.position, _categories.c.id)))


def here(contract_id: int) -> dict[str, Any]:
    """The categories of a contract as they are now, as a body."""
    rows = db.session.execute(
        select(_categories)
        .where(_categories.c.contract_id == contract_id)
        .order_by(_categories.c.position, _categories.c.id)
    )
    return {"categories": [{name: getattr(row, name) for name in _FIELDS} for row in rows]}


def apply(contract_id: int, agreement: Any) -> None:
    """Make the categories what was agreed: known keys keep their id, absent ones are put away."""
    wanted = agreement.body["categories"]
    ids = {
        row.key: row.id
        for row in db.session.execute(
            select(_categories.c.id, _categories.c.key).where(
                _categories.c.contract_id == contract_id
            )
        )
    }
    absent = set(ids) - {one["key"] for one in wanted}
    if absent:
        db.session.execute(
            update(_categories)
            .where(_categories.c.contract_id == contract_id, _categories.c.key.in_(sorted(absent)))
            .values(active=False)
        )
    for position, one in enumerate(wanted):
        values = one | {"position": position}
        if one["key"] in ids:
            change = update(_categories).where(
                _categories.c.contract_id == contract_id, _categories.c.id == ids[one["key"]]
            )
            db.session.execute(change.values(values))
        else:
            db.session.execute(insert(_categories).values(contract_id=contract_id, **values))
