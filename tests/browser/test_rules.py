"""The rules that live in the browser too, run there over the examples that bind Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from inspection.rules import expression
from inspection.rules.expression import Expression
from tests.browser.conftest import Live

VECTORS = Path(__file__).resolve().parents[1] / "vectors"

pytestmark = pytest.mark.browser


def cases(name: str) -> list[dict[str, Any]]:
    return list(json.loads((VECTORS / name).read_text())["cases"])


@pytest.fixture
def there(page: Page, live: Live) -> Page:
    """A page of ours, so that our modules may be loaded."""
    page.goto(f"{live.url}/Q")
    return page


def test_the_browser_names_a_submission_as_the_server_does(there: Page) -> None:
    named = there.evaluate(
        """async (cases) => {
          const { canonical, hex } = await import("/static/js/rules/submission.js");
          const named = async ({ pairs }) =>
            hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(pairs))));
          return Promise.all(cases.map(named));
        }""",
        cases("content_sha256.json"),
    )
    assert named == [case["sha256"] for case in cases("content_sha256.json")]


def test_key_and_language_are_no_content(there: Page) -> None:
    same = there.evaluate(
        """async () => {
          const { canonical } = await import("/static/js/rules/submission.js");
          return canonical([["submission_key", "k"], ["lang", "ar"], ["words", "x"]]);
        }"""
    )
    assert same == "words=x"


def test_only_an_answer_that_repeats_key_and_hash_counts_as_sent(there: Page) -> None:
    said = there.evaluate(
        """async (cases) => {
          const { verdict } = await import("/static/js/rules/submission.js");
          return cases.map(({ status, body }) => verdict({ status, body, key: "k", sha256: "h" }));
        }""",
        cases("verdicts.json"),
    )
    bare = [{k: v for k, v in one.items() if v is not None} for one in said]
    assert bare == [case["verdict"] for case in cases("verdicts.json")]


def test_the_waits_grow_and_end_at_a_minute(there: Page) -> None:
    waits = there.evaluate(
        """async () => {
          const { pause } = await import("/static/js/rules/submission.js");
          return [1, 2, 3, 4, 5, 6, 7, 40].map(pause);
        }"""
    )
    assert waits == [3, 6, 12, 24, 48, 60, 60, 60]


def test_a_picture_fits_and_is_never_enlarged(there: Page) -> None:
    sizes = there.evaluate(
        """async () => {
          const { fit } = await import("/static/js/rules/picture.js");
          return [fit(4032, 3024), fit(3024, 4032), fit(800, 600), fit(2048, 2048)];
        }"""
    )
    assert sizes == [[2048, 1536], [1536, 2048], [800, 600], [2048, 2048]]


def test_a_condition_holds_in_the_browser_where_it_holds_here(there: Page) -> None:
    def tree(text: str) -> Any:
        made = expression.parse(text)
        assert isinstance(made, Expression)
        return made.tree

    given = [case | {"tree": tree(case["expression"])} for case in cases("expression.json")]
    differs = there.evaluate(
        """async (cases) => {
          const { holds, value } = await import("/static/js/rules/expression.js");
          const as_told = (c) =>
            holds(c.tree, c.values, c.own) === c.holds &&
            (!("value" in c) || value(c.tree, c.values, c.own) === c.value);
          return cases.filter((c) => !as_told(c)).map((c) => c.about);
        }""",
        given,
    )
    assert differs == []


def test_the_browser_knows_which_answers_a_condition_asks(there: Page) -> None:
    asked = there.evaluate(
        """async (tree) => {
          const { names } = await import("/static/js/rules/expression.js");
          return names(tree);
        }""",
        ["and", ["=", ["name", "a"], ["value", 1]], ["call", "selected", ["name", "b"], ["own"]]],
    )
    assert asked == ["a", "b"]
