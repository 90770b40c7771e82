"""What inspections found stands in the shared queue beside the reports: same words and photos."""

from __future__ import annotations

import re
from typing import Any

import pytest

from inspection.db import db
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules.checklist import Answer
from tests.cast import FINE, PROMISES, ROOM, Cast, agreed, visited
from tests.inspection.queue.test_story import report

PICTURE = Kept("0" * 64, "1" * 64, "2" * 64, 800, 600, 100, "photos-clean")
STAINED: dict[str, Any] = FINE | {"clean": Answer(2, note="Stains by the door", photos=1)}
BOTH = ("contractor.staff", "customer.staff")


def page(cast: Cast, number: int, who: str = "customer.supervisor") -> str:
    return cast.client(who).get(f"{cast.harbour.url}/actions/{number}").text


def words(raw: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", raw))


def stained(cast: Cast, by: str = "contractor.staff", **more: Any) -> int:
    answers = FINE | {"clean": Answer(2, note="Stains by the door", photos=1, **more)}
    return visited(cast.harbour, "kitchen", answers, by, pictures={"clean": ((PICTURE,), ())})


@pytest.mark.parametrize("by", BOTH)
def test_both_parties_see_a_finding_with_its_own_words_photos_level_and_question(
    cast: Cast, by: str
) -> None:
    visit = stained(cast, by)
    db.session.rollback()
    (photo,) = evidence.of(cast.harbour.contract.id, visit_id=visit)
    for who in ("customer.supervisor", "contractor.supervisor"):
        raw = page(cast, 1, who)
        text = words(raw)
        assert "What was found 1 Floor is clean 2 Below 50 % Stains by the door" in text
        assert f"/photos/{photo.id}/thumbnail" in raw
        party = by.partition(".")[0].title()
        assert re.search(rf"Inspection no\. {visit} · Staff {party}, {party}", text)
        assert f'href="/c/harbour/visits/{visit}#finding-clean"' in raw


def test_the_queue_says_it_in_the_inspectors_words(cast: Cast) -> None:
    stained(cast)
    assert "Stains by the door" in cast.client("customer.staff").get("/c/harbour/queue").text


def test_a_finding_that_joined_stands_beside_the_report_it_joined(cast: Cast) -> None:
    number = report(cast, "It smells", "cleaning", "kitchen")
    stained(cast, joins=number)
    text = words(page(cast, number))
    assert "What was found 1" in text
    assert "found while this was open" in text
    assert "What was reported 1" in text
    assert "It smells" in text


def test_the_history_says_that_an_inspection_found_it_and_leads_there(cast: Cast) -> None:
    first = stained(cast)
    second = stained(cast, "customer.staff", joins=1)
    raw = page(cast, 1)
    history = raw[raw.index('id="history"') :]
    assert "An inspection found it</" in re.sub(r"\s+<", "<", history)
    assert "An inspection found it too" in history
    for visit in (first, second):
        assert f'href="/c/harbour/visits/{visit}"' in history


def test_the_question_is_the_one_of_its_own_version(cast: Cast) -> None:
    stained(cast)
    items = [dict(item, label="Another wording") for item in ROOM["items"]]
    agreed(cast.harbour, "checklist", ROOM | {"items": items}, subject="room")
    text = words(page(cast, 1))
    assert "Floor is clean" in text
    assert "Another wording" not in text


def test_an_action_that_nobody_inspected_says_nothing_of_findings(cast: Cast) -> None:
    agreed(cast.harbour, "requirements", PROMISES)
    assert "What was found" not in page(cast, report(cast, "It drips"))
