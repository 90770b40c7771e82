"""What the two parties of the demo have signed: hours, promises, buttons, times; and what is open.

Nothing is put into force one-sidedly here either: one manager proposes, the other one agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from inspection.contracts import agreements, buttons
from inspection.demo.cast import TERMS
from inspection.demo.course import ZONE, Workday, working_day
from inspection.rules import policy
from inspection.rules.access import Member

Members = Mapping[str, Member]

CUSTOMER, CONTRACTOR = "torben", "helle"  # the managers, who sign

POLICY: Mapping[str, Any] = {"response_means": "acknowledged", **policy.PROPOSED}

REQUIREMENTS: tuple[tuple[str, str, str, str, int, str], ...] = (
    (
        "1.1",
        "Nobody comes to harm",
        "A danger is made safe before anything else, and the place is closed until then. "
        "Ved fare lukkes stedet straks.",
        "building",
        5,
        "incidental",
    ),
    (
        "2.1",
        "Taps, drains and roofs are tight",
        "Haner drypper ikke, afløb løber frit, og vand fra taget løber i nedløbet. "
        "No drip within one minute of watching.",
        "water and drains",
        4,
        "validated_complaint",
    ),
    (
        "2.2",
        "Hot water at the tap",
        "At least 50 °C after one minute at every kitchen tap, measured twice a year.",
        "water and drains",
        3,
        "planned_sampling",
    ),
    (
        "3.1",
        "Light where people walk and read",
        "Lyset virker overalt, hvor der er åbent. No dark lamp in a row for more than two days.",
        "electrical",
        4,
        "validated_complaint",
    ),
    (
        "3.2",
        "Emergency lighting",
        "Nødbelysning lyser en time på batteri; egenkontrol hver måned, logget.",
        "electrical",
        5,
        "100_percent",
    ),
    (
        "4.1",
        "Comfortable rooms",
        "20–23 °C and fresh air in every room that is in use during opening hours.",
        "heating and ventilation",
        4,
        "validated_complaint",
    ),
    (
        "5.1",
        "Clean rooms",
        "Gulve, borde og toiletter er rene ved åbning; level 4 on the shared scale or better.",
        "cleaning",
        4,
        "planned_sampling",
    ),
    (
        "5.2",
        "Soap, paper and bins",
        "Sæbe og papir er der altid. No bin is more than three quarters full.",
        "cleaning",
        3,
        "validated_complaint",
    ),
    (
        "6.1",
        "Doors and lifts",
        "Every door opens and closes with one hand. Elevatoren kører i hele åbningstiden.",
        "building",
        4,
        "validated_complaint",
    ),
    (
        "9.1",
        "The owner's equipment works",
        "Skærme, printere, køkkenmaskiner og selvbetjening stilles klar af kommunen.",
        "IT and furniture",
        3,
        "validated_complaint",
    ),
)
"""Number, title, when it is good enough, service line, weight, how it is looked at."""

PROMISED_BY: Mapping[str, str] = {
    "leak": "2.1",
    "power": "3.1",
    "climate": "4.1",
    "cleaning": "5.1",
    "supplies": "5.2",
    "doors": "6.1",
    "equipment": "9.1",
    "danger": "1.1",
}
"""Which promise each button is about; 2.2 and 3.2 have none until somebody inspects them."""

OWN_DAY = 30  # working days from now
PROPOSED, DRAFTED = Workday(2, "09:15"), Workday(1, "10:05")


def sign(contract_id: int, members: Members, now: datetime) -> None:
    """Put everything in force that the contract begins with; time stands at its beginning."""
    begun: Mapping[str, Mapping[str, Any]] = {
        "calendar": _calendar(now),
        "sla_policy": POLICY,
        "requirements": {"requirements": [_requirement(*each) for each in REQUIREMENTS]},
        "categories": _categories(contract_id),
    }
    proposer, signer = members[CONTRACTOR], members[CUSTOMER]
    for kind, body in begun.items():
        made = agreements.draft(proposer, contract_id, kind, body=body)
        agreements.propose(proposer, made, 1, "As we wrote it down at the first meeting.")
        agreements.agree(signer, made, 2)


def open_versions(
    contract_id: int, members: Members, now: datetime
) -> Iterator[tuple[datetime, Callable[[], None]]]:
    """What is on the table: a policy that waits for the customer, a calendar being drafted."""
    yield PROPOSED.on(now), partial(_propose_policy, contract_id, members[CONTRACTOR])
    yield DRAFTED.on(now), partial(_draft_calendar, contract_id, members[CUSTOMER], now)


def _propose_policy(contract_id: int, by: Member) -> None:
    """Cleaning sooner than so far, a decision sooner too, and parts for doors take their time."""
    body = {
        **POLICY,
        "targets": [
            *POLICY["targets"],
            _target("P3", "cleaning", 2, "working_days"),
            _target("P2", "building", 2, "working_days", temporary_counts=True),
        ],
        "limits": {**POLICY["limits"], "decision_days": 2, "repeat_window_days": 45},
    }
    made = agreements.draft(by, contract_id, "sla_policy", body=body)
    agreements.propose(
        by,
        made,
        1,
        "Three months show that cleaning is done in two days, so we promise it. Doors and lifts "
        "wait for parts: a temporary fix should count there. And answers in two days, both ways.",
    )


def _draft_calendar(contract_id: int, by: Member, now: datetime) -> None:
    """One more day on which the house is closed; nobody has proposed it yet."""
    body = _calendar(now)
    closed = working_day(now.astimezone(ZONE).date(), OWN_DAY + 12)
    inventory = {"date": closed.isoformat(), "name": "Optælling i biblioteket", "open": False}
    agreements.draft(
        by, contract_id, "calendar", body={**body, "own_days": [*body["own_days"], inventory]}
    )


def _target(
    priority: str, line: str, value: int, unit: str, temporary_counts: bool = False
) -> dict[str, Any]:
    return {
        "priority": priority,
        "service_line": line,
        "kind": "fix",
        "value": value,
        "unit": unit,
        "temporary_counts": temporary_counts,
    }


def _calendar(now: datetime) -> dict[str, Any]:
    """Monday to Friday, 08 to 16, the holidays of Denmark, and a day of the house's own."""
    own = working_day(now.astimezone(ZONE).date(), OWN_DAY)
    return {
        "tz": TERMS.time_zone,
        "windows": [[["08:00", "16:00"]]] * 5 + [[], []],
        "country": "DK",
        "subdivision": "",
        "own_days": [{"date": own.isoformat(), "name": "Havnedag", "open": False}],
        "years": [2020, 2040],
    }


def _requirement(
    ref: str, title: str, standard: str, line: str, weight: int, method: str
) -> dict[str, Any]:
    return {
        "ref": ref,
        "title": title,
        "standard_text": standard,
        "service_line": line,
        "weight": weight,
        "method": method,
    }


def _categories(contract_id: int) -> dict[str, Any]:
    here = buttons.here(contract_id)["categories"]
    return {"categories": [one | _pointing(one["key"]) for one in here]}


def _pointing(key: str) -> dict[str, str]:
    return {"requirement_ref": PROMISED_BY.get(key, "")}
