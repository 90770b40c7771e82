"""The plans both parties agreed on: each is signed version by version like everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Row

from inspection.checklists import agreed as checklists
from inspection.contracts import agreements, promises
from inspection.contracts.agreements import Kind
from inspection.plans import courses, places, recurring
from inspection.rules import plan as rule
from inspection.rules.checklist import ItemKind
from inspection.rules.plan import Fixed, Plan
from inspection.rules.refusal import N_, Refusal
from inspection.web import accepted

PLAN = "plan"
MOST_A_YEAR = 1_000_000
"""Visits of one plan in a year; more is a mistake in the rule or wants a sample."""


def plan(agreement_id: int) -> Plan:
    """The plan of a version that is or was in force."""
    return agreements.meant(agreement_id, read)


def read(body: Mapping[str, Any]) -> Plan:
    """The plan a body says; raises `Refused` with every mistake."""
    return cast(Plan, accepted(read_whole(body)))


def read_whole(body: Mapping[str, Any]) -> Plan | list[Refusal]:
    """The plan a body says, its rule read too, or every mistake."""
    made = rule.read(body)
    if isinstance(made, list) or not isinstance(made.frequency, Fixed):
        return made
    wrong = recurring.mistakes(made.frequency)
    if not wrong:
        shortest = recurring.shortest(made.frequency)
        if made.before_days >= shortest:
            wrong.append(rule.too_early(shortest))
    return wrong or made


def in_force(contract_id: int) -> list[Row[Any]]:
    """The plans both parties work by now, by key (`subject`); retired ones are left out."""
    rows = agreements.all_in_force(contract_id, PLAN)
    return [row for row in rows if row.body.get("active", True)]


def named(contract_id: int, key: str) -> Row[Any] | None:
    """The version in force of one plan, unless it was retired."""
    row = agreements.in_force(contract_id, PLAN, key)
    return row if row is not None and row.body.get("active", True) else None


def signed_body(contract_id: int, key: str) -> Mapping[str, Any]:
    """What the version in force says, retired or not; {} where none is."""
    row = agreements.in_force(contract_id, PLAN, key)
    return row.body if row is not None else {}


def covered(contract_id: int) -> set[str]:
    """The promises (by ref) that a plan in force has somebody look at."""
    keys = {row.body["checklist"] for row in in_force(contract_id)}
    return {
        item.requirement
        for row in checklists.in_force(contract_id)
        if row.subject in keys
        for item in checklists.checklist(row.id).items
        if item.requirement and item.kind is not ItemKind.NOTE
    }


def wrong(contract_id: int, body: Mapping[str, Any]) -> list[Refusal]:
    """What keeps a plan from being signed: its checklist is in force, its places are here.

    A plan that both retire needs neither.
    """
    made = read_whole(body)
    if isinstance(made, list):
        return made
    if not made.active:
        return []
    found = _unasked(contract_id, made)
    missing = places.missing(contract_id, made.scope)
    if missing:
        return [*found, missing]
    count = places.count(contract_id, made.scope)
    return [*found, *_size(made, count)]


def _unasked(contract_id: int, made: Plan) -> list[Refusal]:
    if checklists.named(contract_id, made.checklist) is not None:
        return []
    return [
        Refusal(
            "plan.no_checklist",
            N_("Its checklist is not in force. Agree on the checklist first, or choose another."),
            where="checklist",
        )
    ]


def _size(made: Plan, count: int) -> list[Refusal]:
    if not count:
        return [
            Refusal(
                "plan.nowhere",
                N_("There is no place of these kinds there. Choose other kinds or another part."),
                where="scope-kinds",
            )
        ]
    visits = round(count * recurring.a_year(made))
    if visits <= MOST_A_YEAR or made.sampled:
        return []
    return [
        Refusal(
            "plan.too_much",
            N_(
                "That is %(visits)s visits a year, at most %(most)s fit. Choose a smaller part, "
                "fewer days, or a random sample."
            ),
            {"visits": visits, "most": MOST_A_YEAR},
            where="frequency-often",
        )
    ]


KIND = Kind(
    key=PLAN,
    title=N_("Plan"),
    read=read_whole,
    write=rule.write,
    start=lambda _contract: dict(START),
    apply=lambda contract_id, agreement: courses.begin(
        contract_id, agreement.subject, agreement.id
    ),
    page="plans/_plan.html",
    form="plans/_plan_form.html",
    check=wrong,
    several=True,
)
START: Mapping[str, Any] = {
    "title": "",
    "checklist": "",
    "party": rule.EITHER,
    "counts": rule.EITHER,
    "method": rule.Method.ALL.value,
    "aql": "",
    "scope": {"root": None, "kinds": ["space"]},
    "frequency": {"kind": "floating", "days": 30},
    "adaptive": None,
    "season": None,
    "before_days": 3,
    "grace_days": 2,
    "minutes": 10,
    "weight": 3,
    "active": True,
}
"""What the first draft of a plan says."""


def init_app() -> None:
    """Let plans be signed, and let the promises know what they watch."""
    agreements.add(KIND)
    if covered not in promises.WATCHERS:
        promises.WATCHERS.append(covered)
