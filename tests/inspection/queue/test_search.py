"""An action is found by every word about it, and by none that was erased."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from inspection.assets import tree
from inspection.db import db, table, writing
from inspection.queue import cube, listing, search
from inspection.queue.models import ActionWords
from inspection.queue.view import View
from inspection.reports import expiring
from inspection.reports.models import Report
from tests.cast import Cast, posted
from tests.inspection.queue.test_story import report

_words, _reports = table(ActionWords), table(Report)

HOSTILE = (
    '"',
    "' OR 1=1 --",
    "*",
    "a* OR b",
    "NEAR(a b)",
    "words : tap",
    "{words} : tap",
    "^tap",
    "tap AND",
    "NOT tap",
    "(((",
    "tap & !door | lamp:*",
    "<->",
    "\\",
    "%",
    "_",
    "tap\x00",
    "水漏れ",
    "🚰",
    "a" * 5000,
    "'" * 50,
    "tap':*",
)


def found(cast: Cast, q: str, **more: str) -> list[int]:
    db.session.rollback()
    here = cast.harbour.contract.id
    return [row.number for row in listing.page(View.of({"q": q, **more}), here).rows]


def test_a_report_is_found_by_its_words_its_place_and_what_it_is_about(cast: Cast) -> None:
    one = report(cast, "Vandhanen drypper på gulvet", "leak", "tap")
    two = report(cast, "الحنفية تسرب الماء", "leak", "hall")
    assert found(cast, "VANDHANEN") == found(cast, "drypper vandh") == [one]
    assert found(cast, "pa gulvet") == [one]
    assert found(cast, "الحنفيه") == [two]
    assert found(cast, "tea kitchen") == found(cast, "2.14-1") == [one]
    assert sorted(found(cast, "leak")) == sorted(found(cast, "House")) == [one, two]
    assert found(cast, "drypper hall") == []
    assert found(cast, "–") == found(cast, "")


def test_a_number_finds_its_action_first(cast: Cast) -> None:
    numbers = [report(cast, "Lamp blinks", place="hall") for _ in range(12)]
    for typed in ("1", "#1", "No. 1", "no 1", "nr. 1"):
        assert found(cast, typed)[0] == 1, typed
    assert found(cast, "12") == [12]
    assert numbers[-1] == 12
    assert search.number("1 tap") is None
    assert search.number("99999999999") is None


def test_what_people_write_and_who_they_are_finds_it(cast: Cast) -> None:
    number = report(cast, "Dripping")
    url = f"{cast.harbour.url}/actions/{number}"
    hand = cast.harbour.members["contractor.staff"].id
    lead = cast.client("contractor.supervisor")
    posted(lead, f"{url}/acknowledgement", category="leak", priority="P3", assignee=hand)
    assert found(cast, "Staff Contractor") == [number]
    posted(cast.client("customer.executive"), f"{url}/comments", text="The minister visits")
    assert found(cast, "minister executive") == [number]
    posted(lead, f"{url}/assignment/reversal")
    worker = cast.client("contractor.staff")
    posted(worker, f"{url}/start")
    posted(worker, f"{url}/fix", text="New gasket")
    assert found(cast, "gasket") == [number]
    posted(cast.client("customer.supervisor"), f"{url}/acceptance")
    assert found(cast, "gasket") == []
    assert found(cast, "gasket", state="closed") == [number]
    posted(cast.client("customer.supervisor"), f"{url}/reopening", text="It drips again")
    assert found(cast, "gasket again") == [number]
    assert found(cast, "gasket", state="closed") == []


def test_a_merge_takes_the_words_along_and_its_undoing_brings_them_back(cast: Cast) -> None:
    one, two = report(cast, "Drips"), report(cast, "Puddle")
    url, lead = cast.harbour.url, cast.client("contractor.supervisor")
    posted(lead, f"{url}/actions/{two}/merge", master=one)
    assert found(cast, "puddle") == [one]
    posted(lead, f"{url}/actions/{two}/merge/reversal")
    assert found(cast, "puddle") == [two]


def test_forgotten_words_find_nothing(cast: Cast) -> None:
    number = report(cast, "My name is Mortensen")
    assert found(cast, "mortensen") == [number]
    report_id = db.session.execute(select(_reports.c.id)).scalar_one()
    with writing():
        expiring.forget(cast.harbour.contract.id, report_id)
    assert found(cast, "mortensen") == []
    assert "mortensen" not in db.session.execute(select(_words.c.words)).scalar_one()


def test_a_renamed_place_is_found_by_its_new_name_once_tick_has_been(cast: Cast) -> None:
    numbers = sorted(report(cast, place=place) for place in ("tap", "hall", "tap"))
    here = cast.harbour.contract.id
    row = tree.found(here, cast.harbour.places["building"].id)
    with writing():
        tree.edit(row, cast.harbour.members["customer.manager"], None, name="Villa Øresund")
    for _ in numbers:
        with writing():
            assert search.catch_up(2) > 0
        if not search.waiting():
            break
    with writing():
        assert search.catch_up(2) == 0
    assert sorted(found(cast, "oresund")) == numbers
    assert found(cast, "House A") == []


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_is_an_operator(cast: Cast, typed: str) -> None:
    report(cast, "Tap drips")
    plain = typed.replace("\x00", "")
    answer = cast.client("customer.staff").get(
        f"{cast.harbour.url}/queue", query_string={"q": plain}
    )
    assert answer.status_code == 200, typed
    found(cast, typed)


def test_words_without_spaces_between_them_fail_nothing(cast: Cast) -> None:
    number = report(cast, "台所の蛇口から水漏れ")
    assert found(cast, "台所") == [number]


def test_another_contract_is_never_found(cast: Cast) -> None:
    report(cast, "Secret harbour leak")
    assert listing.page(View(q="secret"), cast.elsewhere.contract.id).rows == []
    assert cube.count(View(q="secret"), cast.elsewhere.contract.id) == 0


def test_filling_gives_words_to_what_has_none_and_leaves_the_rest(cast: Cast) -> None:
    numbers = sorted(report(cast, f"Lamp {n}") for n in range(3))
    with writing():
        one = db.session.execute(select(_words.c.id).limit(1)).scalar_one()
        db.session.execute(_words.delete().where(_words.c.id == one))
    assert len(found(cast, "lamp")) == 2
    assert search.fill() == 1
    assert search.fill() == 0
    assert sorted(found(cast, "lamp")) == numbers
    assert search.reindex() == 3
    assert sorted(found(cast, "lamp")) == numbers


def test_a_write_that_is_refused_leaves_no_word(cast: Cast) -> None:
    number = report(cast, "Lamp")
    answer = posted(
        cast.client("contractor.supervisor"),
        f"{cast.harbour.url}/actions/{number}/merge",
        master=number,
        text="unheard of",
    )
    assert answer.status_code == 422
    assert found(cast, "unheard") == []


def test_every_word_stands_as_a_reindex_would_write_it(cast: Cast) -> None:
    """After moves of all kinds nothing that was kept by the way differs from a fresh look."""
    numbers = [report(cast, f"Thing {n}", "leak") for n in range(4)]
    url, lead = cast.harbour.url, cast.client("contractor.supervisor")
    for number in numbers:
        posted(lead, f"{url}/actions/{number}/comments", text=f"word{number}")
    posted(lead, f"{url}/actions/{numbers[0]}/merge", master=numbers[1])
    posted(cast.client("contractor.staff"), f"{url}/actions/{numbers[2]}/start")
    db.session.rollback()
    asked = select(_words.c.action_id, _words.c.listed, _words.c.words).order_by(_words.c.action_id)
    kept = db.session.execute(asked).all()
    search.reindex()
    db.session.rollback()
    assert db.session.execute(asked).all() == kept
