"""What a plan says, and what it cannot say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from inspection.rules.access import Party
from inspection.rules.plan import Adaptive, Fixed, Floating, Plan, Scope, Season, read, write

PLAN: dict[str, Any] = {
    "title": "Kitchens, weekly",
    "checklist": "kitchen",
    "party": "either",
    "counts": "either",
    "method": "100_percent",
    "aql": "",
    "scope": {"root": 1, "kinds": ["space"]},
    "frequency": {"kind": "fixed", "rrule": "FREQ=WEEKLY;BYDAY=MO", "start": "2026-01-05"},
    "adaptive": None,
    "season": None,
    "before_days": 2,
    "grace_days": 2,
    "minutes": 10,
    "weight": 3,
    "active": True,
}
FLOATING = {"kind": "floating", "days": 30}


def codes(body: Any) -> set[str]:
    outcome = read(body)
    return {one.code for one in outcome} if isinstance(outcome, list) else set()


def test_a_body_reads_as_the_plan_it_was_written_from() -> None:
    plan = Plan(
        "Vans",
        "van",
        Scope(places=(3, 4)),
        Floating(30),
        party=Party.CUSTOMER,
        counts=Party.CUSTOMER,
        adaptive=Adaptive(7, 90),
        season=Season((10, 1), (3, 31)),
        before_days=5,
    )
    assert read(write(plan)) == plan
    fixed = read(PLAN)
    assert isinstance(fixed, Plan)
    assert fixed.frequency == Fixed("FREQ=WEEKLY;BYDAY=MO", date(2026, 1, 5))
    assert write(fixed) == PLAN


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "form.missing"),
        ({"title": "x" * 201}, "form.too_long"),
        ({"checklist": None}, "form.missing"),
        ({"party": "both"}, "form.not_a_choice"),
        ({"method": "guess"}, "form.not_a_choice"),
        ({"scope": {}}, "plan.scope"),
        ({"scope": {"root": None, "kinds": ["space"]}}, "plan.no_root"),
        ({"scope": {"root": True, "kinds": ["space"]}}, "plan.no_root"),
        ({"scope": {"root": 1, "kinds": []}}, "plan.no_kinds"),
        ({"scope": {"root": 1, "kinds": ["moon"]}}, "plan.no_kinds"),
        ({"scope": {"places": []}}, "plan.no_places"),
        ({"scope": {"places": ["1"]}}, "plan.no_places"),
        ({"scope": {"places": list(range(1, 502))}}, "plan.many_places"),
        ({"frequency": {"kind": "sometimes"}}, "plan.frequency"),
        ({"frequency": {"kind": "floating", "days": 0}}, "plan.number"),
        ({"frequency": {"kind": "fixed", "rrule": "", "start": "2026-01-05"}}, "plan.rrule"),
        ({"frequency": {**PLAN["frequency"], "start": "5.1.2026"}}, "plan.start"),
        ({"adaptive": {"min_days": 7, "max_days": 90}}, "plan.adaptive_fixed"),
        ({"season": {"from": "02-30", "to": "03-31"}}, "plan.season"),
        ({"before_days": -1}, "plan.number"),
        ({"grace_days": 61}, "plan.number"),
        ({"minutes": True}, "plan.number"),
        ({"weight": 6}, "plan.number"),
        ({"counts": "customer"}, "plan.would_not_count"),
        ({"aql": "4.0"}, "plan.aql_alone"),
        ({"method": "random_sampling"}, "plan.no_aql"),
        ({"colour": "red"}, "plan.unknown"),
    ],
)
def test_every_mistake_of_a_plan_is_said(change: dict[str, Any], code: str) -> None:
    assert codes(PLAN | change) == {code}


def test_every_mistake_is_said_at_once_and_beside_its_field() -> None:
    outcome = read({"title": "", "minutes": 0, "frequency": {"kind": "floating", "days": 0}})
    assert isinstance(outcome, list)
    found = {one.where for one in outcome}
    assert found >= {"title", "checklist", "minutes", "frequency-days", "scope"}


def test_a_sample_is_drawn_from_a_part_of_the_tree_on_fixed_days() -> None:
    sampled = PLAN | {"method": "random_sampling", "aql": "4.0"}
    assert codes(sampled) == set()
    assert codes(sampled | {"scope": {"places": [1]}}) == {"plan.sampled_list"}
    assert codes(sampled | {"frequency": FLOATING}) == {"plan.sampled_floating"}


def test_an_interval_that_moves_lies_within_its_bounds() -> None:
    moving = PLAN | {"frequency": FLOATING, "adaptive": {"min_days": 31, "max_days": 90}}
    assert codes(moving) == {"plan.adaptive_range"}
    assert codes(moving | {"adaptive": {"min_days": 7, "max_days": 90}}) == set()


def test_two_visits_of_one_place_are_never_open_at_once() -> None:
    often = PLAN | {"frequency": {"kind": "floating", "days": 3}, "before_days": 3}
    assert codes(often) == {"plan.too_early"}
    moving = PLAN | {"frequency": FLOATING, "adaptive": {"min_days": 2, "max_days": 90}}
    assert codes(moving) == {"plan.too_early"}


def test_a_plan_that_only_one_party_satisfies_counts_no_other() -> None:
    plan = read(PLAN | {"party": "customer", "counts": "customer"})
    assert isinstance(plan, Plan)
    assert plan.counted(Party.CUSTOMER)
    assert not plan.counted(Party.CONTRACTOR)
