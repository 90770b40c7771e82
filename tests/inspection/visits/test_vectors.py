"""The rules the form follows in the browser: the same examples bind the server's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inspection.rules import checklist, checklist_body, scale, scoring
from inspection.rules.checklist import Answer, Checklist
from inspection.rules.refusal import Refusal

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "visits.json"
CASES = json.loads(VECTORS.read_text())["cases"]
MISSING = {"visit.unanswered": "open", "visit.no_reason": "noreason", "visit.no_photo": "nophoto"}


def answer(given: Any) -> Answer:
    if not isinstance(given, dict):
        return Answer(given)
    reason = given.get("reason", "") if given.get("off") else None
    return Answer(given.get("value"), reason=reason, photos=given.get("photos", 0))


@pytest.mark.parametrize("case", CASES, ids=[one["says"] for one in CASES])
def test_the_examples_that_bind_the_browser_hold_here(case: dict[str, Any]) -> None:
    asked = checklist_body.read({"title": "Any", "items": case["items"]})
    usual = scale.read(scale.PROPOSED)
    assert isinstance(asked, Checklist)
    assert isinstance(usual, scale.Scale)
    judged = checklist.judge(asked, {key: answer(one) for key, one in case["answers"].items()})
    said = {one.item.key: [one.verdict.value, one.level, one.outside] for one in judged}
    assert said == case["verdicts"]
    left: list[Refusal] = list(checklist.missing(judged))
    assert {str(one.where).split("-", 1)[1]: MISSING[one.code] for one in left} == case["missing"]
    score = scoring.score(judged, usual)
    expected = case["score"] and tuple(case["score"].values())
    assert (score and (score.shown, score.level, score.capped)) == expected
