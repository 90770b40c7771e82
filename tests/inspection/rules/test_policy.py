"""What an SLA policy's body means, and every mistake in one with its place."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules import policy
from inspection.rules.calendar import Calendar
from inspection.rules.policy import KINDS, PROPOSED, UNITS, Limits, Policy, Target, read, write
from inspection.rules.refusal import Refusal
from inspection.rules.states import ClockKind, Priority

GOOD: dict[str, Any] = {"response_means": "acknowledged", **PROPOSED}

# DOMAIN 2.5, the table of default targets: (minutes, on the business clock).
TABLE = {
    "P1": {"respond": (30, False), "make_safe": (240, False), "fix": (1440, False)},
    "P2": {"respond": (120, False), "make_safe": (480, False), "fix": (960, True)},
    "P3": {"respond": (480, True), "fix": (2400, True)},
    "P4": {"respond": (1440, True), "fix": (9600, True)},
}


def good(**change: Any) -> Policy:
    outcome = read(GOOD | change)
    assert isinstance(outcome, Policy)
    return outcome


def wrong(**change: Any) -> list[str | None]:
    outcome = read(GOOD | change)
    assert isinstance(outcome, list)
    return [refusal.where for refusal in outcome]


def target(**change: Any) -> dict[str, Any]:
    said = {"priority": "P2", "service_line": None, "kind": "fix", "value": 1, "unit": "hours"}
    return said | change


@pytest.mark.parametrize("priority", list(Priority))
@pytest.mark.parametrize("kind", KINDS)
def test_the_proposed_targets_are_those_of_the_table(priority: Priority, kind: ClockKind) -> None:
    found = good().target(priority, "cleaning", kind)
    expected = TABLE[priority].get(kind)
    assert (found and (found.minutes, found.business)) == expected


def test_what_respond_means_is_chosen_by_nobody_else() -> None:
    outcome = read(PROPOSED)
    assert isinstance(outcome, list)
    [refusal] = outcome
    assert isinstance(refusal, Refusal)
    assert refusal.where == "response_means"
    assert "acknowledged" in refusal.sentence
    assert "at the place" in refusal.sentence
    assert wrong(response_means="whenever") == ["response_means"]
    assert wrong(response_means=["acknowledged"]) == ["response_means"]


def test_the_target_of_a_service_line_wins_over_the_general_one() -> None:
    own = target(service_line="electrical", value=8)
    agreed = good(targets=[*PROPOSED["targets"], own])
    found = agreed.target(Priority.P2, "electrical", ClockKind.FIX)
    assert found == Target(Priority.P2, "electrical", ClockKind.FIX, 480, False)
    other = agreed.target(Priority.P2, "cleaning", ClockKind.FIX)
    assert other is not None
    assert other.minutes == 960
    without = agreed.target(Priority.P2, None, ClockKind.FIX)
    assert without == other


def test_a_target_that_nobody_named_is_not_promised() -> None:
    assert good().target(Priority.P3, None, ClockKind.MAKE_SAFE) is None


def test_working_days_are_days_of_the_calendar_that_counts_them() -> None:
    days = good().target(Priority.P3, None, ClockKind.FIX)
    hours = good().target(Priority.P3, None, ClockKind.RESPOND)
    long = Calendar(ZoneInfo("Europe/Copenhagen"), (((time(8), time(18)),),) * 7)
    assert days is not None
    assert hours is not None
    assert days.length(long) == 5 * 600
    assert hours.length(long) == 480


def test_limits_left_out_are_the_usual_ones() -> None:
    assert good(limits={"plan_days": 7}).limits == Limits(plan_days=7)
    assert good(limits={}).limits == policy.NO_POLICY_LIMITS


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"priority": "P5"}, "priority"),
        ({"priority": ["P1"]}, "priority"),
        ({"kind": "plan"}, "kind"),
        ({"unit": "weeks"}, "unit"),
        ({"value": 0}, "value"),
        ({"value": "soon"}, "value"),
        ({"value": True}, "value"),
        ({"value": 10**9}, "value"),
        ({"value": None}, "value"),
        ({"service_line": "  "}, "service_line"),
        ({"service_line": "x" * 61}, "service_line"),
    ],
)
def test_a_mistake_in_a_target_says_where(change: dict[str, Any], where: str) -> None:
    assert wrong(targets=[target(kind="respond"), target(**change)]) == [f"targets-1-{where}"]


def test_the_same_target_twice_is_a_mistake_of_the_second() -> None:
    assert wrong(targets=[target(), target(value=2)]) == ["targets-1-value"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plan_days", 0),
        ("plan_days", "ten"),
        ("plan_days", True),
        ("warn_percent", 101),
        ("window_days", 4000),
    ],
)
def test_a_mistake_in_a_limit_says_where(name: str, value: Any) -> None:
    assert wrong(limits={name: value}) == [f"limits-{name}"]


@pytest.mark.parametrize("steps", [[2, 3, 5], [2, 3, 5, 0], "2", [2, 3, 5, 366]])
def test_a_ladder_has_four_steps(steps: Any) -> None:
    assert wrong(limits={"ladder_days": steps}) == ["limits-ladder_days-0"]


def test_every_mistake_is_said_at_once_and_nothing_unknown_is_taken() -> None:
    body = {"colour": "red", "targets": [target(value=0)], "limits": {"plan_days": 0, "x": 1}}
    outcome = read(body)
    assert isinstance(outcome, list)
    assert len(outcome) == 5


@pytest.mark.parametrize("change", [{"targets": "all"}, {"targets": [3]}, {"limits": []}])
def test_another_shape_is_a_mistake_and_no_failure(change: dict[str, Any]) -> None:
    assert wrong(**change)


bodies = st.fixed_dictionaries(
    {
        "response_means": st.sampled_from(["acknowledged", "attended"]),
        "targets": st.lists(
            st.fixed_dictionaries(
                {
                    "priority": st.sampled_from([each.value for each in Priority]),
                    "service_line": st.sampled_from([None, "cleaning", "lifts"]),
                    "kind": st.sampled_from([each.value for each in KINDS]),
                    "value": st.integers(1, 400),
                    "unit": st.sampled_from(sorted(UNITS)),
                    "temporary_counts": st.booleans(),
                }
            ),
            unique_by=lambda one: (one["priority"], one["service_line"], one["kind"]),
        ),
        "limits": st.fixed_dictionaries({"plan_days": st.integers(1, 100)}),
    }
)


@given(bodies)
def test_what_is_written_reads_as_the_same_policy(body: dict[str, Any]) -> None:
    agreed = read(body)
    assert isinstance(agreed, Policy)
    assert read(write(agreed)) == agreed
    assert write(agreed)["response_means"] == body["response_means"]
