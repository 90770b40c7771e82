"""The heads-up map: what was looked at, what waits, what nobody ever looked at."""

from __future__ import annotations

from typing import Any

import pytest

from inspection import clock
from inspection.contracts import promises
from inspection.plans import coverage
from tests.cast import Cast, agreed
from tests.inspection.plans.laid import CONTROL, DAY, checklist, done, level, today, visit
from tests.inspection.plans.planning import plan

WHO = "customer.supervisor"


def _cells(cast: Cast, root: Any = None, ref: str = "", line: str = "") -> dict[str, str]:
    here = cast.harbour.contract
    wanted = promises.requirements(here.id)
    looked = coverage.looked_at(here.id, wanted, ref, line)
    cells = coverage.standing(here.id, root, looked, today(cast.harbour))
    return {cell.place.name: cell.stands for cell in cells}


def _page(cast: Cast, query: str = "") -> str:
    answer = cast.client(WHO).get(f"{cast.harbour.url}/coverage{query}")
    assert answer.status_code == 200
    return str(answer.text)


def test_each_place_shows_the_worst_of_what_waits_there(cast: Cast) -> None:
    here, now = cast.harbour, today(cast.harbour)
    checklist(here)
    rooms = level(here, "Level 3", ["never", "overdue", "due", "done", "missed", "made up"])
    by_name = {room.name: room for room in rooms}
    week_ago = clock.now() - 7 * DAY
    for name in ("overdue", "due", "done", "missed", "made up"):
        when = clock.now() if name == "made up" else week_ago
        done(here, by_name[name], submitted_at=when, state="final")
    visit(here, by_name["overdue"], due_from=now - 3 * DAY, due_on=now - DAY)
    visit(here, by_name["overdue"], due_from=now - 3 * DAY, due_on=now + DAY)
    visit(here, by_name["due"], due_on=now)
    visit(here, by_name["done"], due_from=now + DAY, due_on=now + 2 * DAY)
    visit(here, by_name["missed"], state="missed", due_on=now - 2 * DAY)
    visit(here, by_name["made up"], state="missed", due_on=now - 2 * DAY)
    visit(here, by_name["never"], due_on=now - DAY)
    cells = _cells(cast)
    assert {name: cells[name] for name in by_name} == {
        "never": "never",
        "overdue": "overdue",
        "due": "due",
        "done": "done",
        "missed": "overdue",
        "made up": "done",
    }


def test_only_visits_that_ask_about_the_promise_count_for_it(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    done(here, "kitchen")
    done(here, "hall", checklist_key="lifts")
    assert _cells(cast) == {"2.14 Tea kitchen": "done", "2.15 Hall": "never"}
    assert _cells(cast, ref="8.C.1.a")["2.14 Tea kitchen"] == "done"
    assert _cells(cast, line="cleaning")["2.15 Hall"] == "never"
    assert _cells(cast, ref="8.C.2") == {}


def test_a_place_shows_what_lies_in_it_alone(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    (office,) = level(here, "Level 3", ["3.1 Office"])
    root = here.places["level"]
    assert set(_cells(cast, root)) == {"2.14 Tea kitchen", "2.15 Hall"}
    assert office.name in _cells(cast)


def test_the_kinds_of_places_are_those_the_checklist_fits(cast: Cast) -> None:
    checklist(cast.harbour, kinds=["equipment"])
    assert _cells(cast) == {"Tap 2.14-1": "never"}


def test_what_was_promised_and_nobody_looks_at_stands_on_top(cast: Cast) -> None:
    checklist(cast.harbour)
    page = _page(cast)
    assert page.index("Promised, and nobody looks") < page.index('id="map"')
    assert "in no checklist" in page  # 8.C.2
    assert "in a checklist, but no plan sends anybody" in page  # 8.C.1.a


def test_without_a_checklist_the_page_says_what_to_do(cast: Cast) -> None:
    assert "No checklist asks about this yet" in _page(cast)


def test_every_cell_says_its_place_and_how_it_stands_in_words(cast: Cast) -> None:
    checklist(cast.harbour)
    done(cast.harbour, "kitchen")
    page = _page(cast)
    assert 'aria-label="2.14 Tea kitchen: done, last done' in page
    assert 'aria-label="2.15 Hall: never inspected"' in page
    assert 'href="#cover-never"' in page
    assert 'href="#cover-done"' in page


def test_many_places_are_bars_with_numbers_and_a_way_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cast.harbour
    checklist(here)
    level(here, "Level 3", [f"3.{n} Office" for n in range(4)])
    monkeypatch.setattr(coverage, "DRAWN", 5)
    page = _page(cast)
    assert 'class="cell"' not in page
    assert page.count('class="cover-bar"') == 2
    assert f"place={here.places['level'].id}" in page
    assert 'class="cell"' in _page(cast, f"?place={here.places['level'].id}")


def test_many_levels_are_shown_by_house(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    here = cast.harbour
    checklist(here)
    for n in range(3, 6):
        level(here, f"Level {n}", [f"{n}.1 Office"])
    monkeypatch.setattr(coverage, "PARTS", 2)
    cells = _all(cast)
    (part,) = coverage.parts(here.contract.id, cells)
    assert part.place is not None
    assert part.place.name == "House A"
    assert part.count == 5


def _all(cast: Cast) -> list[coverage.Cell]:
    here = cast.harbour.contract
    looked = coverage.looked_at(here.id, promises.requirements(here.id), "", "")
    return coverage.standing(here.id, None, looked, today(cast.harbour))


def test_a_bar_is_whole(cast: Cast) -> None:
    checklist(cast.harbour)
    done(cast.harbour, "kitchen")
    (part,) = coverage.parts(cast.harbour.contract.id, _all(cast))
    assert part.bar == [("never", 0.0, 50.0), ("done", 50.0, 50.0)]


def test_another_contracts_place_is_not_there(cast: Cast) -> None:
    foreign = cast.elsewhere.places["level"].id
    answer = cast.client(WHO).get(f"{cast.harbour.url}/coverage?place={foreign}")
    assert answer.status_code == 404


def test_once_a_plan_says_where_to_look_only_its_places_are_drawn(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    level(here, "Level 3", ["3.1 Office", "3.2 Office"])
    body = plan(here, checklist=CONTROL, scope={"places": [here.places["kitchen"].id]})
    agreed(here, "plan", body, subject="kitchens")
    done(here, "hall")  # nobody was sent there, but somebody was
    page = _page(cast)
    assert 'aria-label="2.14 Tea kitchen: never inspected"' in page
    assert 'aria-label="2.15 Hall: done' in page
    assert "3.1 Office" not in page
    assert "2 more places would fit these checklists" in page
