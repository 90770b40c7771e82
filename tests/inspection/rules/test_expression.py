"""Conditions between items: what is understood, what it comes to, and that nothing can hang it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from inspection.rules import expression
from inspection.rules.expression import DEEPEST, LONGEST, TODAY, Expression
from inspection.rules.refusal import Refusal

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "vectors" / "expression.json").read_text()
)


def read(text: str) -> Expression:
    made = expression.parse(text)
    assert isinstance(made, Expression), made
    return made


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["about"])
def test_a_condition_is_worth_what_the_examples_say(case: dict[str, Any]) -> None:
    made = read(case["expression"])
    assert made.holds(case["values"], case["own"]) is case["holds"]
    if "value" in case:
        assert made.value(case["values"], case["own"]) == case["value"]


@pytest.mark.parametrize("text", VECTORS["unreadable"])
def test_what_is_not_understood_is_refused_with_its_place(text: str) -> None:
    refused = expression.parse(text)
    assert isinstance(refused, Refusal)
    assert refused.code == "expression.unreadable"
    assert 1 <= refused.params["at"] <= len(text) + 1  # type: ignore[operator]


def test_the_refusal_points_at_the_first_word_not_understood() -> None:
    refused = expression.parse("${a} = 1 and pulldata('x')")
    assert isinstance(refused, Refusal)
    assert refused.params == {"what": "pulldata", "at": 14}


def test_a_condition_knows_whom_it_asks() -> None:
    assert read("${a} = 1 or selected(${b}, ${a}) and today() > ${c}").names == {"a", "b", "c"}
    assert read(". > 1").names == frozenset()


def test_the_tree_travels_as_json() -> None:
    made = read("${a} = 1 and not(. > 2.5)")
    assert json.loads(json.dumps(made.tree)) == [
        "and",
        ["=", ["name", "a"], ["value", 1]],
        ["call", "not", [">", ["own"], ["value", 2.5]]],
    ]


def test_today_is_told_from_outside_and_no_name_of_an_item() -> None:
    made = read("today() = '2026-01-31'")
    assert made.tree == ["=", ["name", TODAY], ["value", "2026-01-31"]]
    assert made.names == frozenset()
    assert made.holds({TODAY: "2026-01-31"})


def test_a_condition_has_an_end() -> None:
    refused = expression.parse(f"'{'x' * LONGEST}'")
    assert isinstance(refused, Refusal)
    assert refused.code == "expression.too_long"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 900 + "1" + ")" * 900,
        "not(" * 400 + "1" + ")" * 400,
        "1" + "+1" * 900,
        "(" * (DEEPEST - 2) + "1" + ("+1" * 20 + ")") * (DEEPEST - 2),
        "${a}=" * 390 + "1",
    ],
)
def test_what_is_nested_too_deep_is_refused_and_not_fallen_over(text: str) -> None:
    assert isinstance(expression.parse(text), Refusal)


def test_a_long_list_of_alternatives_is_no_depth() -> None:
    made = read(" or ".join(f"${{a}}={n}" for n in range(150)))
    assert made.holds({"a": 149})
    assert not made.holds({"a": 150})


def test_what_no_page_can_hold_is_no_text() -> None:
    assert isinstance(expression.parse("'a\x01b'"), Refusal)
    assert read("${a} =\r\n 'b'").text == "${a} =   'b'"


def test_a_filter_is_filled_with_the_columns_of_a_choice() -> None:
    columns = {"country": "it's", "name": "x"}
    assert expression.filled("country = ${country}", columns) == '"it\'s" = ${country}'
    assert expression.filled("selected(${name}, name)", columns) == "selected ( ${name} , 'x' )"
    assert expression.filled("name and 'name'", columns) == "'x' and 'name'"
    assert expression.filled("country & 1", columns) == "country & 1"


@pytest.mark.parametrize(
    "text", ["-" * 1999, "${" * 999, "'" * 1999, "1 " * 999, "selected(" * 220, "a" * 1999 + "("]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    expression.parse(text)
    assert time.perf_counter() - began < 1


VALUES = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(),
    some.text(max_size=5),
    some.lists(some.text(max_size=3), max_size=3),
    some.sampled_from(["2026-02-30", "2026-01-01", "5", "-1.", ".", "1e999", 10**400]),
)
CALLED = [(name, n) for name, counts in expression.FUNCTIONS.items() for n in counts[:3]]
TEXTS = some.recursive(
    some.sampled_from(["${a}", "${b}", ".", "1", "0.5", "'x'", "''", "today()"]),
    lambda inner: some.one_of(
        some.tuples(inner, some.sampled_from(["=", "<", "+", "*", "div", "mod", "or"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        some.sampled_from(CALLED).flatmap(
            lambda one: some.lists(inner, min_size=one[1], max_size=one[1]).map(
                lambda given: f"{one[0]}({', '.join(given)})"
            )
        ),
    ),
    max_leaves=8,
)


@given(text=TEXTS, a=VALUES, b=VALUES, own=VALUES)
def test_nothing_answered_makes_a_condition_fail(text: str, a: Any, b: Any, own: Any) -> None:
    made = expression.parse(text)
    if isinstance(made, Expression):
        assert made.holds({"a": a, "b": b}, own) in (True, False)


@given(some.text(alphabet="${}ab.'\"()<>=!+-*, 019or", max_size=30))
def test_reading_never_fails(text: str) -> None:
    assert isinstance(expression.parse(text), Expression | Refusal)
