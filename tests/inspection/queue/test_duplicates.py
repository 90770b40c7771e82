from __future__ import annotations

from typing import Any

from inspection.db import db
from inspection.queue import duplicates
from inspection.rules.states import Outcome
from tests.cast import Cast, posted
from tests.inspection.queue.test_bulk import CLIENT, LEAD, bulk, report, row


def numbers(cast: Cast) -> list[tuple[int, int]]:
    db.session.rollback()
    found, _ = duplicates.pairs(cast.harbour.contract.id)
    return [(older.row.number, younger.row.number) for older, younger in found]


def decided(cast: Cast, what: str, older: int, younger: int) -> Any:
    return posted(
        cast.client(CLIENT),
        f"{cast.harbour.url}/queue/duplicates",
        what=what,
        older=older,
        younger=younger,
        version=1,
    )


def test_two_about_the_same_at_one_place_are_a_pair(cast: Cast) -> None:
    first, second = report(cast), report(cast)
    report(cast, "cleaning")
    report(cast, place="hall")
    assert numbers(cast) == [(first, second)]


def test_the_place_just_above_counts_and_no_higher(cast: Cast) -> None:
    tap = report(cast, place="tap")
    kitchen = report(cast, place="kitchen")
    report(cast, place="building")
    assert numbers(cast) == [(tap, kitchen)]


def test_what_is_closed_is_no_duplicate(cast: Cast) -> None:
    first, second, third = report(cast), report(cast), report(cast)
    bulk(cast, LEAD, "merge", second, master=first)
    assert numbers(cast) == [(first, third)]


def test_another_contract_has_its_own_pairs(cast: Cast) -> None:
    report(cast)
    report(cast)
    assert duplicates.pairs(cast.elsewhere.contract.id) == ([], False)


def test_the_younger_is_merged_into_the_older(cast: Cast) -> None:
    older, younger = report(cast), report(cast)
    answer = decided(cast, "merge", older, younger)
    assert answer.headers["Location"] == f"{cast.harbour.url}/queue/duplicates?said=merged"
    assert row(cast, younger).outcome == Outcome.DUPLICATE
    assert row(cast, older).report_count == 2
    assert numbers(cast) == []


def test_a_pair_said_to_be_two_is_not_suggested_again(cast: Cast) -> None:
    first, second = report(cast), report(cast)
    assert decided(cast, "different", first, second).status_code == 303
    third = report(cast)
    assert numbers(cast) == [(first, third), (second, third)]
    assert row(cast, second).version == 1


def test_a_pair_is_no_pair_when_one_is_closed_meanwhile(cast: Cast) -> None:
    older, younger = report(cast), report(cast)
    bulk(cast, LEAD, "merge", younger, master=older)
    answer = decided(cast, "different", older, younger)
    assert answer.status_code == 422
    assert "One of the two is not open any more." in answer.text


def test_the_words_of_both_stand_side_by_side(cast: Cast) -> None:
    report(cast)
    report(cast)
    page = cast.client(CLIENT).get(f"{cast.harbour.url}/queue/duplicates").text
    assert page.count("It drips</p>") == 2
    assert "Merge into the older, No. 1" in page
