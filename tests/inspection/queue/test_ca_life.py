"""The life of a corrective action through the web, by both parties, moved through time."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from inspection import clock, journal, tick
from inspection.actions import moves, plans, standing
from inspection.actions.models import Repeat
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.rules.sla import Clock
from inspection.rules.states import ClockKind, Depth, Outcome, State
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed, finding, key, posted

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_events, _repeats = table(Event), table(Repeat)

PLAN = {
    "containment": "Bucket under the tap, emptied every morning",
    "why-1": "The cartridge wears out within a year",
    "why-2": "It is of a type made for soft water",
    "why-3": "The order list names the cheapest type",
    "root_cause": "The order list names a cartridge for soft water",
    "escape_point": "The yearly round looks at the flow and not at the cartridge",
    "cause_category": "contractor_material_chosen",
    "permanent_fix": "Order the type for hard water, and change all thirty",
    "change_type": "material",
    "due_on": "2026-04-30",
    "criterion": "No report of a dripping tap in thirty days",
}


def on(day: int, month: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of 2026 on the clock of the place."""
    return datetime(2026, month, day, hour, minute, tzinfo=COPENHAGEN)


def row(cast: Cast, number: int) -> Any:
    db.session.rollback()
    return moves.found(cast.harbour.contract.id, number)


def clock_of(cast: Cast, number: int, kind: ClockKind) -> Clock:
    one = row(cast, number)
    of_kind = [c for c in standing.clocks_of(one.contract_id, one.id) if c.kind is kind]
    return of_kind[-1]


def report(cast: Cast, words: str, place: str = "tap", category: str = "leak") -> int:
    here = cast.harbour
    with writing():
        asset, about = here.places[place], here.categories[category]
        said = Said(asset, about, words, "en", receipt=key())  # type: ignore[arg-type]
        return receiving.receive(said).action_number


def _why(page: str) -> list[str]:
    """What a refused page says beside its fields and above them."""
    said = re.findall(r'(?:field__error|notice--refused)".*?<(?:span|p)>(.*?)</(?:span|p)>', page)
    return said or [page[:500]]


class Sides:
    """The supervisors of both parties at one action: `owner` and `other`."""

    def __init__(self, cast: Cast, number: int, owner: str = "contractor") -> None:
        other = "customer" if owner == "contractor" else "contractor"
        self.url = f"{cast.harbour.url}/actions/{number}"
        self.owner = cast.client(f"{owner}.supervisor")
        self.other = cast.client(f"{other}.supervisor")

    def does(self, who: str, noun: str, **fields: Any) -> None:
        answer = posted(getattr(self, who), f"{self.url}/{noun}", **fields)
        assert answer.status_code == 303, _why(answer.text)

    def refused(self, who: str, noun: str, **fields: Any) -> str:
        answer = posted(getattr(self, who), f"{self.url}/{noun}", **fields)
        assert answer.status_code == 422, answer.status_code
        return str(answer.text)


def agreements_in_force(cast: Cast) -> None:
    with clock.standing_at(on(1, 3)):
        agreed(cast.harbour, "calendar", CALENDAR_DK)
        agreed(cast.harbour, "sla_policy", POLICY)


def test_the_life_of_a_corrective_action_that_did_not_hold(cast: Cast) -> None:
    agreements_in_force(cast)
    with clock.standing_at(on(1, 4)):
        number = finding(cast.harbour, 1, "tap", "leak", "Water runs from the tap all day")
        assert row(cast, number).depth == Depth.CORRECTIVE
        assert clock_of(cast, number, ClockKind.CONTAINMENT).due_at == on(1, 4, 13)
        assert clock_of(cast, number, ClockKind.PLAN).due_at == on(20, 4)  # Easter lies between
    sides = Sides(cast, number)
    with clock.standing_at(on(1, 4, 11)):
        sides.does("owner", "acknowledgement", category="leak", priority="P3")
        sides.does("owner", "containment", text=PLAN["containment"])
        stopped = clock_of(cast, number, ClockKind.CONTAINMENT)
        assert stopped.stopped_at == on(1, 4, 11)
        assert stopped.breached_at is None
    with clock.standing_at(on(8, 4)):
        sides.does("owner", "plan", **PLAN)
        assert row(cast, number).court == "customer"
    with clock.standing_at(on(9, 4)):
        sides.does("other", "plan-return", text="The cause repeats the problem")
        assert row(cast, number).court == "contractor"
        resumed = clock_of(cast, number, ClockKind.PLAN)
        assert resumed.stopped_at is None
        assert resumed.due_at == on(21, 4)  # one working day later, not ten from now
    _agreed_and_fixed(cast, number, sides)
    _came_back(cast, number, sides)


def _agreed_and_fixed(cast: Cast, number: int, sides: Sides) -> None:
    with clock.standing_at(on(10, 4)):
        page = sides.owner.get(f"{sides.url}/plan").text
        for written in (PLAN["root_cause"], PLAN["why-3"], "The cause repeats the problem"):
            assert written in page, "the returned plan comes back filled in"
        sides.does("owner", "plan", **PLAN | {"why-4": "Nobody asked which water there is"})
    with clock.standing_at(on(13, 4)):
        sides.does("other", "plan-agreement")
        promised = clock_of(cast, number, ClockKind.PERMANENT_FIX)
        assert promised.due_at == on(30, 4, 16)  # the end of that day's hours
    with clock.standing_at(on(30, 4, 15)):
        sides.does("owner", "fix", text="Thirty cartridges changed, order list corrected")
    with clock.standing_at(on(4, 5, 10)):
        nothing_shown = sides.refused("other", "acceptance")
        assert "Scan the code on site" in nothing_shown
        sides.does("other", "acceptance", text="Delivery note 4711 shows thirty of the type")
        watched = row(cast, number)
        assert watched.state == State.MONITORING
        assert watched.court is None
        assert watched.monitoring_until == on(3, 6, 10)


def _came_back(cast: Cast, number: int, sides: Sides) -> None:
    with clock.standing_at(on(19, 5)):
        early = sides.refused("other", "effectiveness", text="Looks good")
        assert "The monitoring window still runs" in early
    with clock.standing_at(on(20, 5, 14)):
        again = report(cast, "The tap drips again")
        for who in (sides.owner, sides.other):
            for page in (number, again):
                text = who.get(f"{cast.harbour.url}/actions/{page}").text
                assert f"No. {again} may be no. {number} come back" in text
                assert "Water runs from the tap all day" in text
                assert "The tap drips again" in text
    with clock.standing_at(on(21, 5)):
        Sides(cast, again).does("other", "repeat/confirmation")
    ended, new = row(cast, number), row(cast, again)
    assert (ended.state, ended.outcome) == (State.CLOSED, Outcome.INEFFECTIVE)
    assert (new.generation, new.parent_id, new.depth) == (2, ended.id, Depth.CORRECTIVE)
    assert new.received_at == on(20, 5, 14)
    assert new.source == "repeat"
    told = db.session.execute(
        select(_events.c.data).where(
            _events.c.action_id == ended.id, _events.c.kind == "action.proved_ineffective"
        )
    ).scalar_one()
    assert told["ended_on"].startswith("2026-05-20")
    assert plans.versions(ended)[0].refuted_at is not None
    spent = standing.court_time(ended, on(1, 7))
    assert sum(spent.values(), start=on(1, 4) - on(1, 4)) == ended.closed_at - ended.received_at
    assert journal.first_broken(cast.harbour.contract.id) is None


def test_what_held_is_confirmed_by_the_other_party_when_the_window_is_over(cast: Cast) -> None:
    number = _watched(cast)
    sides = Sides(cast, number)
    with clock.standing_at(on(3, 6, 10, 1)):
        tick.due_now()
        assert row(cast, number).court == "customer"
        assert "Your own party fixed this" in sides.refused("owner", "effectiveness")
        sides.does("other", "effectiveness", text="No report since")
        held = row(cast, number)
        assert (held.state, held.outcome) == (State.CLOSED, Outcome.EFFECTIVE)


def test_nobody_says_it_held_while_a_repeat_is_undecided(cast: Cast) -> None:
    number = _watched(cast)
    with clock.standing_at(on(2, 6)):
        again = report(cast, "The tap drips again")
    sides = Sides(cast, number)
    with clock.standing_at(on(4, 6)):
        assert f"No. {again} may be this come back" in sides.refused("other", "effectiveness")
        Sides(cast, again).does("owner", "repeat/decline", text="The other tap of this room")
        sides.does("other", "effectiveness")
        assert row(cast, number).outcome == Outcome.EFFECTIVE


def _watched(cast: Cast) -> int:
    """An action whose fix is watched from 4 May 10:00 to 3 June 10:00."""
    agreements_in_force(cast)
    with clock.standing_at(on(1, 4)):
        number = finding(cast.harbour, 1, "tap", "leak", "Water runs from the tap all day")
        sides = Sides(cast, number)
        sides.does("owner", "acknowledgement", category="leak", priority="P3")
        sides.does("owner", "plan", **PLAN)
        assert row(cast, number).contained_at == on(1, 4), "the plan says how it is contained"
        sides.does("other", "plan-agreement")
    with clock.standing_at(on(30, 4, 15)):
        sides.does("owner", "fix", text="Thirty cartridges changed")
    with clock.standing_at(on(4, 5, 10)):
        sides.does("other", "acceptance", text="Delivery note 4711")
    return number


def _fixed(cast: Cast) -> int:
    """A plain repair, fixed on 1 April 12:00 and closed."""
    agreements_in_force(cast)
    with clock.standing_at(on(1, 4)):
        number = report(cast, "The tap drips")
        sides = Sides(cast, number)
        sides.does("owner", "start")
    with clock.standing_at(on(1, 4, 12)):
        sides.does("owner", "fix", text="New washer")
        sides.does("other", "acceptance")
    return number


def test_the_same_twelve_days_after_the_fix_is_a_candidate_for_both(cast: Cast) -> None:
    number = _fixed(cast)
    with clock.standing_at(on(13, 4, 12)):
        again = report(cast, "Drips once more")
        for who in ("customer.supervisor", "contractor.supervisor"):
            for page in (number, again):
                text = cast.client(who).get(f"{cast.harbour.url}/actions/{page}").text
                assert f"No. {again} may be no. {number} come back" in text
                assert "It came back" in text
    with clock.standing_at(on(14, 4)):
        Sides(cast, again).does("owner", "repeat/confirmation", text="The same washer")
    new = row(cast, again)
    assert (new.generation, new.depth, new.repeat_until) == (2, Depth.CORRECTIVE, None)


@pytest.mark.parametrize("slept_until", [on(20, 4, 12, 1), on(25, 4)])
def test_undecided_for_five_working_days_is_confirmed_at_that_moment(
    cast: Cast, slept_until: datetime
) -> None:
    number = _fixed(cast)
    with clock.standing_at(on(13, 4, 12)):
        again = report(cast, "Drips once more")
    with clock.standing_at(on(20, 4, 12)):
        tick.due_now()
        assert row(cast, again).generation == 1
    with clock.standing_at(slept_until):
        while tick.due_now():
            pass
    new = row(cast, again)
    assert (new.generation, new.depth) == (2, Depth.CORRECTIVE)
    decided = db.session.execute(select(_repeats)).one()
    assert decided.decided_at == on(20, 4, 12)
    assert (decided.confirmed, decided.decided_by) == (True, None)
    assert decided.earlier_id == row(cast, number).id


def test_a_declined_suspicion_says_why_on_both_and_is_over(cast: Cast) -> None:
    number = _fixed(cast)
    with clock.standing_at(on(13, 4, 12)):
        again = report(cast, "Drips once more")
        sides = Sides(cast, again)
        assert "Say why this is not the same problem" in sides.refused("other", "repeat/decline")
        sides.does("other", "repeat/decline", text="This is the neighbour’s tap")
        for page in (number, again):
            text = sides.owner.get(f"{cast.harbour.url}/actions/{page}").text
            assert "This is the neighbour’s tap" in text
            assert "come back?" not in text
        assert "No open question" in sides.refused("other", "repeat/confirmation")
    assert row(cast, again).generation == 1


def test_a_fix_is_not_accepted_before_it_is_known_whether_it_came_back(cast: Cast) -> None:
    _fixed(cast)
    with clock.standing_at(on(13, 4, 12)):
        sides = Sides(cast, report(cast, "Drips once more"))
        sides.does("owner", "start")
        sides.does("owner", "fix", text="Another washer")
        assert "Say first whether" in sides.refused("other", "acceptance")
        sides.does("other", "repeat/decline", text="Another part of it")
        sides.does("other", "acceptance")
