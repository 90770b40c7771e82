from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from inspection import journal
from inspection.actions import moves
from inspection.db import db, writing
from inspection.queue.bulk import MOST, Bulk
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.rules.states import Outcome, Priority, State
from tests.cast import Cast, key, posted

LEAD, CLIENT = "contractor.supervisor", "customer.supervisor"
JSON = {"Accept": "application/json"}


def report(cast: Cast, category: str = "leak", place: str = "tap") -> int:
    """A new action; its number."""
    here = cast.harbour
    with writing():
        said = Said(here.places[place], here.categories[category], "It drips", "en", key())  # type: ignore[arg-type]
        return int(receiving.receive(said).action_number or 0)


def row(cast: Cast, number: int) -> Any:
    db.session.rollback()
    return moves.found(cast.harbour.contract.id, number)


def bulk(cast: Cast, who: str, what: str, *numbers: int | str, **fields: Any) -> Any:
    """Do something to rows, at version 1 where none is said (`3:2`)."""
    rows = [one if isinstance(one, str) else f"{one}:1" for one in numbers]
    return posted(
        cast.client(who), f"{cast.harbour.url}/queue/bulk", what=what, action=rows, **fields
    )


def results(cast: Cast, who: str, answer: Any) -> dict[int, dict[str, Any]]:
    """What the page that the answer leads to says of each row."""
    assert answer.status_code == 303, answer.text[-600:]
    said = cast.client(who).get(answer.headers["Location"], headers=JSON).json["results"]
    return {one["number"]: one for one in said}


def test_every_row_is_done_or_says_why_not(cast: Cast) -> None:
    ours, theirs, stale = report(cast), report(cast, "equipment"), report(cast)
    found = results(cast, LEAD, bulk(cast, LEAD, "acknowledge", ours, theirs, f"{stale}:9", 99))
    assert [one["done"] for one in found.values()] == [True, False, False, False]
    assert "belongs to the party that owns the work" in found[theirs]["said"]
    assert "was quicker" in found[stale]["said"]
    assert found[99]["said"] == "There is no action with that number here."
    assert row(cast, ours).state == State.ACKNOWLEDGED
    assert row(cast, theirs).state == row(cast, stale).state == State.RECEIVED


def test_a_refused_row_leaves_nothing_behind(cast: Cast) -> None:
    fine, refused = report(cast), report(cast, "equipment")
    before = db.session.execute(select(func.count(journal.Event.id))).scalar_one()
    bulk(cast, LEAD, "acknowledge", refused, fine)
    db.session.rollback()
    after = db.session.execute(select(func.count(journal.Event.id))).scalar_one()
    assert after == before + 1
    assert journal.first_broken(cast.harbour.contract.id) is None


def test_the_same_form_sent_twice_is_done_once_and_answers_the_same(cast: Cast) -> None:
    number, same = report(cast), key()
    client, url = cast.client(LEAD), f"{cast.harbour.url}/queue/bulk"
    form = {"submission_key": same, "what": "acknowledge", "action": [f"{number}:1", "99:1"]}
    first, again = (client.post(url, data=form) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    assert results(cast, LEAD, again)[number]["done"]
    assert row(cast, number).version == 2
    assert db.session.execute(select(func.count(Bulk.id))).scalar_one() == 1


def test_assigning_acknowledges_what_nobody_has_acknowledged(cast: Cast) -> None:
    new, known = report(cast), report(cast)
    bulk(cast, LEAD, "acknowledge", known)
    hand = cast.harbour.members["contractor.staff"].id
    found = results(cast, LEAD, bulk(cast, LEAD, "assign", new, f"{known}:2", assignee=hand))
    assert found[new]["said"] == "Acknowledged with it."
    assert found[known]["said"] == ""
    for number in (new, known):
        assert (row(cast, number).state, row(cast, number).assignee_id) == ("acknowledged", hand)


def test_nobody_of_the_other_party_can_be_assigned(cast: Cast) -> None:
    number, other = report(cast), cast.harbour.members["customer.staff"].id
    found = results(cast, LEAD, bulk(cast, LEAD, "assign", number, assignee=other))
    assert found[number]["said"] == "Choose somebody of the party that owns this work."
    assert row(cast, number).state == State.RECEIVED


def test_a_priority_is_set_with_the_acknowledgement(cast: Cast) -> None:
    number = report(cast)
    found = results(cast, LEAD, bulk(cast, LEAD, "prioritise", number, priority="P2"))
    assert found[number]["done"]
    assert row(cast, number).priority == Priority.P2
    assert row(cast, number).state == State.ACKNOWLEDGED


def test_a_later_priority_is_asked_of_the_other_party(cast: Cast) -> None:
    number = report(cast)
    bulk(cast, LEAD, "acknowledge", number)
    found = results(cast, LEAD, bulk(cast, LEAD, "prioritise", f"{number}:2", priority="P1"))
    assert found[number]["said"] == "The other party has been asked."
    assert row(cast, number).priority == Priority.P3
    assert row(cast, number).decision_to == "customer"


def test_the_one_that_stays_may_be_among_the_chosen(cast: Cast) -> None:
    first, second, third = report(cast), report(cast, place="hall"), report(cast, place="kitchen")
    found = results(cast, CLIENT, bulk(cast, CLIENT, "merge", first, second, third, master=first))
    assert [one["done"] for one in found.values()] == [True] * 3
    assert found[first]["said"] == "The others were merged into this one."
    assert row(cast, first).report_count == 3
    assert row(cast, second).outcome == row(cast, third).outcome == Outcome.DUPLICATE


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"what": "acknowledge"}, "Choose at least one row first."),
        ({"what": "acknowledge", "action": ["x"]}, "Choose rows of this queue."),
        ({"what": "assign", "action": ["1:1"]}, "This is needed."),
        ({"what": "merge", "action": ["1:1"], "master": "77"}, "no action with that number"),
        ({"what": "explode", "action": ["1:1"]}, ""),
        (
            {"what": "acknowledge", "action": [f"{n}:1" for n in range(MOST + 1)]},
            "Choose at most 500 rows at a time; 501 were chosen.",
        ),
    ],
)
def test_a_mistake_in_the_form_shows_the_queue_again(
    cast: Cast, fields: dict[str, Any], sentence: str
) -> None:
    number = report(cast)
    answer = posted(cast.client(LEAD), f"{cast.harbour.url}/queue/bulk?court=contractor", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'href="/c/harbour/actions/{number}"' in answer.text
    assert row(cast, number).version == 1


def test_rows_stay_chosen_when_the_form_comes_back(cast: Cast) -> None:
    number = report(cast)
    answer = bulk(cast, LEAD, "assign", number)
    assert f'value="{number}:1" checked' in answer.text


def test_the_page_of_results_leads_back_to_the_same_view(cast: Cast) -> None:
    number, refused = report(cast), report(cast, "equipment")
    client = cast.client(LEAD)
    answer = posted(
        client,
        f"{cast.harbour.url}/queue/bulk?priority=P3",
        what="acknowledge",
        action=[f"{number}:1", f"{refused}:1"],
    )
    page = client.get(answer.headers["Location"]).text
    assert "1 row was refused" in page
    assert "1 row is done" in page
    assert f'{cast.harbour.url}/queue?priority=P3"' in page


def test_results_are_for_whoever_did_it(cast: Cast) -> None:
    answer = bulk(cast, LEAD, "acknowledge", report(cast))
    assert cast.client(CLIENT).get(answer.headers["Location"]).status_code == 404
    assert "Nothing yet" in cast.client(CLIENT).get(f"{cast.harbour.url}/queue/bulk").text


def test_staff_choose_no_rows(cast: Cast) -> None:
    number = report(cast)
    assert bulk(cast, "contractor.staff", "acknowledge", number).status_code == 403
    page = cast.client("contractor.staff").get(f"{cast.harbour.url}/queue").text
    assert 'name="action"' not in page
