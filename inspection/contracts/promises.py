"""The numbered promises: what both parties agreed, and who looks after each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import bindparam, column, func, insert, select
from sqlalchemy import table as named

from inspection.contracts.models import Agreement, Category, Requirement
from inspection.db import db, table
from inspection.rules.refusal import N_, Refusal, missing, not_offered, too_long

_requirements, _agreements, _categories = table(Requirement), table(Agreement), table(Category)
_actions = named(  # of a room above this one; here only by its name, as foreign keys have it
    "action", column("contract_id"), column("requirement_id"), column("listed")
)

METHODS: Mapping[str, str] = {
    "100_percent": N_("Every item"),
    "random_sampling": N_("Random sample"),
    "planned_sampling": N_("Planned sample"),
    "validated_complaint": N_("Confirmed complaints"),
    "incidental": N_("As it comes up"),
}
LIMITS = {"ref": 40, "title": 200, "standard_text": 4000, "service_line": 60}
NEEDED = frozenset({"ref", "title", "standard_text", "service_line"})


def read(body: Mapping[str, Any]) -> dict[str, Any] | list[Refusal]:
    """{requirements: [{ref, title, standard_text, service_line, weight, method}]}, or mistakes."""
    said = body.get("requirements")
    if set(body) - {"requirements"} or not isinstance(said, list):
        return [Refusal("requirements.list", N_("The requirements are a list."))]
    wrong: list[Refusal] = []
    seen: set[str] = set()
    for number, one in enumerate(said):
        wrong += _mistakes(one, f"requirements-{number}", seen)
    return wrong or {
        "requirements": [
            {name: one[name].strip() for name in LIMITS}
            | {"weight": one["weight"], "method": one["method"]}
            for one in said
        ]
    }


def _mistakes(one: Any, at: str, seen: set[str]) -> Iterator[Refusal]:
    if not isinstance(one, Mapping):
        yield Refusal("requirements.row", N_("A requirement has a number and a text."), where=at)
        return
    yield from text_mistakes(one, at, LIMITS, NEEDED)
    if one.get("weight") not in range(1, 6) or isinstance(one.get("weight"), bool):
        yield Refusal("requirements.weight", N_("Write 1 to 5."), where=f"{at}-weight")
    if one.get("method") not in list(METHODS):
        yield not_offered(f"{at}-method")
    ref = str(one.get("ref")).strip()
    if ref in seen:
        yield Refusal(
            "requirements.twice", N_("This number stands twice; keep one."), where=f"{at}-ref"
        )
    seen.add(ref)


def text_mistakes(
    one: Mapping[str, Any], at: str, limits: Mapping[str, int], needed: Iterable[str]
) -> Iterator[Refusal]:
    """What is missing or too long among the texts of one row of a body."""
    for name, limit in limits.items():
        text = one.get(name, "")
        if not isinstance(text, str) or (name in needed and not text.strip()):
            yield missing(f"{at}-{name}")
        elif len(text) > limit:
            yield too_long(len(text), limit, f"{at}-{name}")


def apply(contract_id: int, agreement: Any) -> None:
    """Write this version's rows; those of earlier versions stay, records point at them."""
    rows = [
        {"contract_id": contract_id, "agreement_id": agreement.id, "position": position} | one
        for position, one in enumerate(agreement.body["requirements"])
    ]
    if rows:
        db.session.execute(insert(_requirements), rows)


_IN_FORCE = (
    select(_requirements)
    .join_from(_requirements, _agreements, _requirements.c.agreement_id == _agreements.c.id)
    .where(_agreements.c.state == "agreed", _requirements.c.contract_id == bindparam("contract"))
    .order_by(_requirements.c.position, _requirements.c.id)
)
_NAMED = _IN_FORCE.where(_requirements.c.ref == bindparam("named"))


def requirements(contract_id: int) -> list[Any]:
    """The promises in force, in their order."""
    return list(db.session.execute(_IN_FORCE, {"contract": contract_id}))


def requirement_for(contract_id: int, ref: str) -> int | None:
    """The id of the promise `ref` as it reads in the version in force."""
    row = db.session.execute(_NAMED, {"contract": contract_id, "named": ref}).first()
    return row.id if row else None


WATCHERS: list[Callable[[int], Iterable[str]]] = []
"""Who else looks after promises: each gives the refs it covers in a contract; rooms above add."""


def watched_by(contract_id: int) -> dict[str, list[Any]]:
    """Who notices when a promise is broken: ref → the categories that point to it.

    What `WATCHERS` cover is a key too, with no category. A promise in force that is no key here is
    one that nobody inspects.
    """
    watched: dict[str, list[Any]] = {
        ref: [] for covered in WATCHERS for ref in covered(contract_id)
    }
    pointing = select(_categories).where(
        _categories.c.contract_id == contract_id,
        _categories.c.active.is_(True),
        _categories.c.requirement_ref != "",
    )
    for row in db.session.execute(pointing.order_by(_categories.c.position)):
        watched.setdefault(row.requirement_ref, []).append(row)
    return watched


def open_actions(contract_id: int) -> dict[str, int]:
    """How many open actions point to each promise, by ref, in whichever version they began."""
    rows = db.session.execute(
        select(_requirements.c.ref, func.count().label("open"))
        .join_from(_actions, _requirements, _actions.c.requirement_id == _requirements.c.id)
        .where(
            _actions.c.contract_id == contract_id,
            _actions.c.listed.is_(True),
            _requirements.c.contract_id == contract_id,
        )
        .group_by(_requirements.c.ref)
    )
    return {row.ref: row.open for row in rows}
