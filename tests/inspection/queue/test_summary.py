"""Both parties on one page: whose causes are open, whose clocks run, what was kept (A11)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from inspection import clock, tick
from inspection.actions import consequences, standing
from inspection.db import db, writing
from inspection.queue import summary
from inspection.queue.timekeeping import Kept
from inspection.rules.corrective import Because
from inspection.rules.states import ClockKind
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed, posted
from tests.inspection.queue.test_story import report

MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+01:00")


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """One action of each party is corrective; another is mended in time, and one is late."""
    here = cast.harbour
    with clock.standing_at(MONDAY):
        agreed(here, "sla_policy", POLICY)
        agreed(here, "calendar", CALENDAR_DK)
        for category in ("equipment", "leak"):
            number = report(cast, category=category)
            with writing():
                row = standing.found(here.contract.id, number)
                consequences.deepen(row, Because.CLUSTERED, clock.now())
        third = f"{here.url}/actions/{report(cast, category='doors', place='hall')}"
        posted(cast.client("contractor.staff"), f"{third}/start")
    with clock.standing_at(MONDAY + timedelta(hours=1)):
        fields = {"text": "Mended", "no_fault_found": ""}
        posted(cast.client("contractor.staff"), f"{third}/temporary-fix", **fields)
        report(cast, category="leak", place="hall")
    return cast


def test_the_causes_of_both_parties_stand_side_by_side(lived: Cast) -> None:
    with clock.standing_at(MONDAY + timedelta(hours=2)):
        db.session.rollback()
        sides = summary.of(lived.harbour.contract.id).sides
        page = lived.client("contractor.executive").get(f"{lived.harbour.url}/summary").text
    assert [side.causes for side in sides] == [1, 1]
    assert [[row.number for row in side.corrective] for side in sides] == [[1], [2]]
    assert "Causes to remove" in page


def test_the_clocks_of_both_are_counted_by_kind_and_kept_ones_are_a_share(lived: Cast) -> None:
    later = MONDAY + timedelta(days=3)
    with clock.standing_at(later):
        while tick.due_now():
            pass
        db.session.rollback()
        customer, contractor = summary.of(lived.harbour.contract.id).sides
    respond = contractor.kept[ClockKind.RESPOND]
    assert (respond.running, respond.late, respond.due, respond.met) == (2, 2, 3, 1)
    assert customer.kept[ClockKind.RESPOND] == Kept(running=1, late=1, due=1, met=0)
    assert customer.promises.running == sum(one.running for one in customer.kept.values())


def test_the_time_of_what_was_closed_is_shared_out_in_full(lived: Cast) -> None:
    here = lived.harbour

    with clock.standing_at(MONDAY + timedelta(hours=3)):
        number = report(lived, category="cleaning", place="kitchen")
    url = f"{here.url}/actions/{number}"
    with clock.standing_at(MONDAY + timedelta(hours=6)):
        posted(lived.client("contractor.staff"), f"{url}/start")
        posted(lived.client("contractor.staff"), f"{url}/fix", text="Clean")
    with clock.standing_at(MONDAY + timedelta(hours=7)):
        posted(lived.client("customer.supervisor"), f"{url}/acceptance")
        db.session.rollback()
        turns = summary.of(here.contract.id).turns
    assert turns is not None
    assert (turns.customer, turns.contractor, turns.nobody) == (0.25, 0.75, 0.0)


def test_a_party_without_a_promise_of_a_kind_stands_there_all_the_same(cast: Cast) -> None:
    agreed(cast.harbour, "sla_policy", POLICY)
    report(cast)
    page = cast.client("customer.staff").get(f"{cast.harbour.url}/summary")
    assert page.status_code == 200
    assert "none were due" in page.text
