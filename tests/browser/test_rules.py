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


def test_key_language_and_what_it_follows_are_no_content(there: Page) -> None:
    same = there.evaluate(
        """async () => {
          const { canonical, posted } = await import("/static/js/rules/submission.js");
          const pairs = [["submission_key", "k"], ["lang", "ar"], ["words", "x"]];
          return canonical(posted({ pairs, manifest: [], after: "another" }));
        }"""
    )
    assert same == "words=x"


def test_fault_28_only_an_answer_that_repeats_key_and_hash_counts_as_received(there: Page) -> None:
    said = there.evaluate(
        """async (cases) => {
          const { verdict } = await import("/static/js/rules/submission.js");
          return cases.map((one) => verdict({ ...one, key: "k", sha256: "h" }));
        }""",
        cases("verdicts.json"),
    )
    assert said == [case["verdict"] for case in cases("verdicts.json")]


def test_what_waits_goes_in_its_order_and_at_its_time(there: Page) -> None:
    given = json.loads((VECTORS / "outbox.json").read_text())
    said = there.evaluate(
        """async ({ uuid7, pause, order, reoffered, records, predecessors, overdue }) => {
          const rules = await import("/static/js/rules/outbox.js");
          const fresh = { next_try: 0, after: null, ack: null };
          const item = ([id, state, more]) => ({ id, state, ...fresh, ...more });
          const receipt = ([id, epoch, server_time]) => ({ id, ack: { epoch, server_time } });
          const receipts = reoffered.receipts.map(receipt);
          const again = rules.reoffered(receipts, reoffered.epoch, reoffered.restored_to);
          return {
            uuid7: rules.uuid7(uuid7.moment, uuid7.random),
            pause: pause.map((one) => rules.pause(one.attempts, one.jitter, one.retry_after)),
            order: order.map(({ items }) => rules.next(items.map(item), 100)?.id ?? null),
            reoffered: again.map(({ id }) => id),
            never: rules.reoffered(receipts, "new", "").length,
            records: records.map(([url]) => rules.recordOf(url)),
            predecessors: predecessors.map((one) => rules.predecessor(one.item, one.others)),
            forgotten: [13, 15].map((days) => rules.forgotten(0, days * 86400000)),
            ahead: rules.offset(1000, 3000, "1970-01-01T00:00:01Z"),
            overdue: overdue.map((one) => rules.overdue(one)),
          };
        }""",
        given,
    )
    assert said == {
        "uuid7": given["uuid7"]["id"],
        "pause": [one["ms"] for one in given["pause"]],
        "order": [one["next"] for one in given["order"]],
        "reoffered": [one[0] for one in given["reoffered"]["receipts"] if one[3]],
        "never": 0,
        "records": [one[1] for one in given["records"]],
        "predecessors": [one["id"] for one in given["predecessors"]],
        "forgotten": [False, True],
        "ahead": 1000,
        "overdue": [one["is"] for one in given["overdue"]],
    }


def test_a_picture_fits_and_is_never_enlarged(there: Page) -> None:
    sizes = there.evaluate(
        """async () => {
          const { fit } = await import("/static/js/rules/picture.js");
          return [fit(4032, 3024), fit(3024, 4032), fit(800, 600), fit(2560, 2560)];
        }"""
    )
    assert sizes == [[2560, 1920], [1920, 2560], [800, 600], [2560, 2560]]


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
