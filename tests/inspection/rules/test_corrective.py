"""A plan says why, what changes and how both will see that it held, or says what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.corrective import (
    BECAUSE,
    CAUSES,
    CHANGE_TYPES,
    Because,
    Grounds,
    PlanDraft,
    Reported,
    check_plan,
    clustered,
    confirmed_repeat,
    critical_finding,
    lot_rejected,
    monitoring_ends,
    must_deepen,
    same_words,
    urgent_breach,
    window_days,
)
from inspection.rules.policy import Limits
from inspection.rules.states import Cause, ClockKind, Priority, Source

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
TODAY = date(2026, 4, 1)
DAY = timedelta(days=1)
GOOD = PlanDraft(
    problem="The floor of the bathroom was wet",
    containment="Mats laid out and the floor mopped every hour",
    whys=("The drain was slow", "Nobody had cleaned the trap since spring"),
    root_cause="The traps are on no round",
    escape_point="The weekly round looks at the floor and not at the trap",
    cause=Cause.CONTRACTOR,
    cause_category="contractor_method",
    permanent_fix="Put the traps on the monthly round",
    change_type="procedure",
    due_on=TODAY,
    criterion="No wet floor in thirty days",
    window_days=30,
)


def codes(draft: PlanDraft) -> list[str]:
    return [refusal.code for refusal in check_plan(draft, TODAY)]


def test_a_whole_plan_can_be_submitted() -> None:
    assert codes(GOOD) == []
    assert codes(replace(GOOD, window_days=None)) == []


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"containment": " "}, "plan.containment_missing"),
        ({"whys": ()}, "plan.whys_missing"),
        ({"whys": ("", "…")}, "plan.whys_missing"),
        ({"root_cause": "-"}, "plan.root_cause_missing"),
        ({"escape_point": ""}, "plan.escape_point_missing"),
        ({"permanent_fix": ""}, "plan.permanent_fix_missing"),
        ({"criterion": "?"}, "plan.criterion_missing"),
        ({"root_cause": "Bathroom floor wet!"}, "plan.cause_repeats_problem"),
        (
            {"permanent_fix": "mop the floor every hour, mats laid out, floor mopped"},
            "plan.fix_repeats_containment",
        ),
        ({"due_on": None}, "plan.due_missing"),
        ({"due_on": TODAY - DAY}, "plan.due_past"),
        ({"due_on": date.max}, "plan.due_far"),
        ({"window_days": 0}, "plan.window_short"),
        ({"window_days": 99_999}, "plan.window_long"),
        ({"cause": Cause.REPORTER, "cause_category": "none_wear"}, "plan.cause_missing"),
        ({"cause_category": "bad luck"}, "plan.category_unknown"),
        ({"cause": Cause.CUSTOMER}, "plan.category_elsewhere"),
        ({"change_type": "nothing"}, "plan.change_unknown"),
    ],
)
def test_each_gap_in_a_plan_is_named(changes: dict[str, object], refused: str) -> None:
    assert refused in codes(replace(GOOD, **changes))  # type: ignore[arg-type]


def test_everything_missing_is_said_at_once_and_where() -> None:
    refusals = check_plan(PlanDraft(), TODAY)
    assert {refusal.where for refusal in refusals} == {
        *("containment", "whys", "root_cause", "escape_point", "permanent_fix", "criterion"),
        *("cause", "cause_category", "change_type", "due_on"),
    }
    assert len(refusals) == 10


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("The tap drips", "tap DRIPS.", True),
        ("The tap drips", "The dripping tap has a worn washer", False),
        ("one two three four", "one two three four five", True),
        ("one two three four", "one two three four five six", False),
        ("one two three four five", "one two three four six", False),
        ("Døren lukker ikke", "døren LUKKER ikke", True),
        ("Der var is på gulvet", "is på gulvet", True),
        ("الباب لا يغلق", "الباب لا يُغلق", True),
        ("it is", "it was", False),
        ("", "", False),
        ("...", "tap", False),
    ],
)
def test_when_two_texts_say_the_same(one: str, another: str, same: bool) -> None:
    assert same_words(one, another) is same
    assert same_words(another, one) is same


@given(st.text("aAbBåÅéÉßıİжЖ .,-"))
def test_a_text_in_capitals_or_with_dots_says_what_it_said(text: str) -> None:
    assert same_words(text, text.casefold() + " …") is same_words(text, text)


@given(st.lists(st.sampled_from(["tap", "drips", "valve", "is", "the"]), min_size=1))
def test_the_order_of_words_says_nothing_new(words: list[str]) -> None:
    assert same_words(" ".join(words), " ".join(reversed(words)))


def test_both_parties_stand_on_the_list_of_causes_alike() -> None:
    names = {
        side: [category.name for category in CAUSES.values() if category.side is side]
        for side in Cause
    }
    assert names[Cause.CUSTOMER] == names[Cause.CONTRACTOR] != []
    assert all(names[side] for side in (Cause.SHARED, Cause.THIRD, Cause.NONE))
    assert all(len(key) <= 30 and key == category.key for key, category in CAUSES.items())
    assert all(len(key) <= 20 for key in CHANGE_TYPES)


def test_a_cause_on_either_side_is_as_good_as_on_the_other() -> None:
    for category in CAUSES.values():
        plan = replace(GOOD, cause=category.side, cause_category=category.key)
        assert codes(plan) == []


def test_the_words_of_causes_and_refusals_blame_nobody() -> None:
    blaming = ("fault", "blame", "fail", "negligen", "careless", "guilt", "wrong", "incompet")
    said = [category.name for category in CAUSES.values()]
    said += [refusal.sentence for refusal in check_plan(PlanDraft(), TODAY)]
    said += BECAUSE.values()
    assert [text for text in said if any(word in text.casefold() for word in blaming)] == []


def test_a_critical_one_is_watched_for_the_shorter_window() -> None:
    assert (window_days(True, Limits()), window_days(False, Limits())) == (30, 90)
    agreed = Limits(window_days=60, window_days_critical=20)
    assert (window_days(True, agreed), window_days(False, agreed)) == (20, 60)


def test_a_window_of_thirty_days_from_the_fourth_of_may_ends_on_the_third_of_june() -> None:
    accepted = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
    assert monitoring_ends(accepted, 30) == datetime(2026, 6, 3, 8, 0, tzinfo=UTC)


def test_the_single_rules_that_make_an_action_corrective() -> None:
    assert [critical_finding(level) for level in (1, 2, 5, None)] == [True, False, False, False]
    assert [source for source in Source if lot_rejected(source)] == [Source.LOT_REJECTED]
    assert [confirmed_repeat(generation) for generation in (1, 2, 3)] == [False, True, True]
    asking = {(k, p) for k in ClockKind for p in Priority if urgent_breach(k, p)}
    assert asking == {
        (kind, priority)
        for kind in (ClockKind.MAKE_SAFE, ClockKind.FIX)
        for priority in (Priority.P1, Priority.P2)
    }


def reports(*ages: int, about: int = 1, place: str = "/1/2/") -> list[Reported]:
    return [Reported(about, place, NOW - age * DAY) for age in ages]


@pytest.mark.parametrize(
    ("told", "enough"),
    [
        (reports(0, 10, 30), True),
        (reports(0, 10), False),
        (reports(0, 10, 31), False),
        (reports(0, 10) + reports(20, about=2), False),
        (reports(0, 10) + reports(20, place="/1/3/"), False),
        (reports(0, 10, -1), False),
        (reports(0, 1, about=2) + reports(3, 4, 5), True),
        ([], False),
    ],
)
def test_three_reports_of_one_thing_in_one_place_in_thirty_days(
    told: list[Reported], enough: bool
) -> None:
    assert clustered(told, NOW) is enough


@pytest.mark.parametrize(
    ("grounds", "because"),
    [
        (Grounds(Source.REPORT, Priority.P3), None),
        (Grounds(Source.FINDING, Priority.P3, severity=2), None),
        (Grounds(Source.FINDING, Priority.P3, severity=1), Because.CRITICAL_FINDING),
        (Grounds(Source.LOT_REJECTED, Priority.P3), Because.LOT_REJECTED),
        (Grounds(Source.REPEAT, Priority.P3, generation=2), Because.CONFIRMED_REPEAT),
        (
            Grounds(Source.REPORT, Priority.P2, breached=frozenset({ClockKind.FIX})),
            Because.URGENT_BREACH,
        ),
        (Grounds(Source.REPORT, Priority.P2, breached=frozenset({ClockKind.RESPOND})), None),
        (Grounds(Source.REPORT, Priority.P4, reports=tuple(reports(1, 2, 3))), Because.CLUSTERED),
    ],
)
def test_which_rule_makes_an_action_corrective(grounds: Grounds, because: Because | None) -> None:
    assert must_deepen(grounds, NOW) is because
    assert because is None or BECAUSE[because]
