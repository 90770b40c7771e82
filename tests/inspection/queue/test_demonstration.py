"""One tap through the whole product: DOMAIN 3.6, steps 1 to 8, by both parties, in exact moments.

Mon–Fri 08–16 in Copenhagen with the Danish holidays; the proposed policy, "respond" is to
acknowledge. 2 March 2026 is a Monday; Easter is 2, 3 and 6 April; the clocks change on 29 March.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Row, Select, select

from inspection import clock, journal, tick
from inspection.actions import moves, standing
from inspection.actions.models import Action, Decision, Hold, Plan, Similar
from inspection.assets import tree
from inspection.assets.models import Kind
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.rules import sla
from inspection.rules.sla import Clock, ClockState
from inspection.rules.states import ClockKind, Depth, Outcome, State
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed, posted
from tests.inspection.queue.test_ca_life import on

ROOMS = 30
PLAN = {
    "containment": "New cartridge put in, the valve checked every week",
    "why-1": "The cartridge was worn after twelve days",
    "why-2": "Sand in the water grinds it down",
    "why-3": "It is the type without a strainer",
    "why-4": "The order list names that type for the whole house",
    "why-5": "The list was copied from a house with filtered water",
    "root_cause": "The order list names a cartridge without a strainer for thirty rooms",
    "escape_point": "Nobody compared the type with the water of this house at handover",
    "cause_category": "shared_handover",
    "permanent_fix": "Order the type with a strainer and change all thirty",
    "change_type": "material",
    "due_on": "2026-04-30",
    "criterion": "No tap on this floor reported as dripping in ninety days",
}


class Story:
    """The tap, the people, and where their action stands."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.number = cast, 1
        with clock.standing_at(on(27, 2)):
            agreed(cast.harbour, "calendar", CALENDAR_DK)
            agreed(cast.harbour, "sla_policy", POLICY)

    @contextmanager
    def at(self, *moment: int) -> Iterator[None]:
        """A day, a month, an hour and a minute of 2026; tick has been there before."""
        with clock.standing_at(on(*moment)):
            while tick.due_now():
                pass
            yield

    def says(self, who: str, noun: str, **fields: Any) -> None:
        """Post a form of the action as `who`."""
        answer = posted(self.cast.client(who), f"{self.url}/{noun}", **fields)
        assert answer.status_code == 303, answer.text[:2000]

    def in_vain(self, who: str, noun: str, **fields: Any) -> str:
        """Post one that is refused; the page that says why."""
        answer = posted(self.cast.client(who), f"{self.url}/{noun}", **fields)
        assert answer.status_code == 422, answer.text[:2000]
        return str(answer.text)

    def reports(self, words: str) -> str:
        """Anonymous, by the code on the wall: the address of the page that follows it up."""
        answer = posted(self.cast.client(), self.door, category="leak", words=words)
        assert answer.status_code == 303, answer.text[:2000]
        return str(answer.headers["Location"]).partition("?")[0]

    def scan(self, client: FlaskClient) -> str:
        """Read the code on site, signed in: the proof that goes with the next form."""
        there = client.get(self.door.removesuffix("/reports"), follow_redirects=True)
        token = re.search(r"scan=([\w.~%-]+)", there.request.full_path)
        assert token, there.request.full_path
        return token[1]

    @property
    def url(self) -> str:
        return f"{self.cast.harbour.url}/actions/{self.number}"

    @property
    def door(self) -> str:
        return f"/Q/{self.cast.harbour.codes['tap']}/reports"

    @property
    def row(self) -> Row[Any]:
        db.session.rollback()
        return moves.found(self.cast.harbour.contract.id, self.number)

    def clock(self, kind: ClockKind) -> Clock:
        row = self.row
        clocks = standing.clocks_of(row.contract_id, row.id)
        return [one for one in clocks if one.kind is kind][-1]

    def due(self, kind: ClockKind) -> datetime:
        return self.clock(kind).due_at

    def one(self, model: Any) -> Row[Any]:
        rows = table(model)
        (found,) = self.all(select(rows).where(rows.c.action_id == self.row.id))
        return found

    def all(self, asked: Select[Any]) -> list[Row[Any]]:
        db.session.rollback()  # look again, not at what was read before
        return list(db.session.execute(asked))

    def turns(self) -> dict[str, timedelta]:
        return standing.court_time(self.row, clock.now())


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def test_a_tap_drips_is_mended_comes_back_and_its_cause_is_removed(story: Story) -> None:
    receipt = _reported(story)
    _waits_for_a_permit(story)
    _mended_and_thanked(story, receipt)
    _comes_back(story)
    _cause_found_in_thirty_rooms(story)
    _agreed_carried_out_and_verified(story)
    _held_for_ninety_days(story)
    assert journal.first_broken(story.cast.harbour.contract.id) is None


def _reported(story: Story) -> str:
    """1: somebody scans the code at the tap and says what is wrong."""
    with story.at(2, 3, 9):
        receipt = story.reports("The tap drips")
    row = story.row
    assert (row.state, row.court, row.priority) == (State.RECEIVED, "contractor", "P3")
    assert story.due(ClockKind.RESPOND) == on(3, 3, 9)
    assert story.due(ClockKind.FIX) == on(9, 3, 9)
    return receipt


def _waits_for_a_permit(story: Story) -> None:
    """2 and 3: there by scan, but the water must be shut off, and the customer is late."""
    with story.at(2, 3, 10):
        story.says("contractor.supervisor", "acknowledgement", category="leak", priority="P3")
    assert story.clock(ClockKind.RESPOND).stopped_at == on(2, 3, 10)
    with story.at(2, 3, 11):
        token = story.scan(story.cast.client("contractor.staff"))
        story.says("contractor.staff", "start", scan=token)
    (started,) = story.all(select(Event.data).where(Event.kind == "action.started"))
    assert started.data["scanned"] is True
    assert story.row.attended_at == on(2, 3, 11)
    with story.at(2, 3, 11, 5):
        lead = "contractor.supervisor"
        story.says(lead, "decisions", kind="quote", text="May we shut riser 2 off for an hour?")
    assert (story.row.court, story.due(ClockKind.DECISION)) == ("customer", on(5, 3, 11, 5))
    with story.at(2, 3, 11, 10):
        story.says(lead, "hold", reason="waiting_approval", text="Permit to shut the water off")
    hold = story.one(Hold)
    assert (hold.cause, hold.begins_at) == ("customer", on(2, 3, 11, 10))
    assert story.due(ClockKind.FIX) == on(9, 3, 9)  # provisional
    assert sla.state(story.clock(ClockKind.FIX)) is ClockState.PAUSED
    with story.at(6, 3, 15):
        page = story.cast.client("customer.supervisor").get(story.url).text
        assert "Waiting for approval" in page
        asked = story.one(Decision)
        answer = f"decisions/{asked.id}/answer"
        story.says("customer.supervisor", answer, answer="yes", text="Monday morning, please")
    assert story.clock(ClockKind.DECISION).breached_at == on(5, 3, 11, 5)
    assert story.one(Hold).ends_at == on(6, 3, 15)
    assert story.row.court == "contractor"
    assert story.due(ClockKind.FIX) == on(13, 3, 12, 50)  # 35 h 50 min of working time later


def _mended_and_thanked(story: Story, receipt: str) -> None:
    """4: fixed, accepted by the other party, and whoever reported it says thanks."""
    with story.at(9, 3, 10):
        story.says("contractor.staff", "fix", text="New cartridge")
        assert posted(story.cast.client(), f"{receipt}/thanks").status_code == 303
    assert story.row.court == "customer"
    assert story.row.accepts_at == on(16, 3, 10)
    with story.at(9, 3, 14):
        story.in_vain("contractor.supervisor", "acceptance")
        story.says("customer.supervisor", "acceptance")
    row = story.row
    assert (row.state, row.outcome, row.court) == (State.CLOSED, Outcome.FIXED, None)
    assert sla.state(story.clock(ClockKind.FIX)) is ClockState.MET
    customer = (on(6, 3, 15) - on(2, 3, 11, 5)) + (on(9, 3, 14) - on(9, 3, 10))
    life = on(9, 3, 14) - on(2, 3, 9)
    turns = {"customer": customer, "contractor": life - customer, "nobody": timedelta()}
    assert story.turns() == turns


def _comes_back(story: Story) -> None:
    """5: twelve days later the same tap: a candidate, confirmed, and its cause is looked for."""
    with story.at(21, 3, 9):  # a Saturday
        story.reports("The tap drips again")
    story.number = 2
    assert story.row.repeat_until == on(27, 3, 16)
    assert story.due(ClockKind.RESPOND) == on(23, 3, 16)
    assert story.due(ClockKind.FIX) == on(27, 3, 16)
    with story.at(23, 3, 9):
        story.says("customer.supervisor", "repeat/confirmation", text="The same tap")
    row = story.row
    assert (row.depth, row.generation, row.source) == (Depth.CORRECTIVE, 2, "repeat")
    assert moves.by_id(row.contract_id, row.parent_id).number == 1
    assert story.due(ClockKind.CONTAINMENT) == on(24, 3, 9)
    assert story.due(ClockKind.PLAN) == on(9, 4, 9)
    with story.at(23, 3, 10):
        story.says("contractor.supervisor", "acknowledgement", category="leak", priority="P3")
        story.says("contractor.staff", "containment", text=PLAN["containment"])
        early = story.in_vain("contractor.staff", "fix", text="Changed it again")
        assert "waits for the agreed plan" in early
    assert story.clock(ClockKind.CONTAINMENT).stopped_at == on(23, 3, 10)


def _cause_found_in_thirty_rooms(story: Story) -> None:
    """6: five whys, and a look at the thirty rooms with the same cartridge."""
    taps = _taps(story)
    fine, too = taps[: ROOMS // 3], taps[ROOMS // 3 :]
    looked_at = {f"place-{one}": "fine" for one in fine} | {f"place-{one}": "too" for one in too}
    with story.at(24, 3, 9):
        story.says("contractor.staff", "similar", **looked_at)
    rows = story.all(select(table(Similar)))
    assert {row.asset_id for row in rows if row.child_id is None} == set(fine)
    children = story.all(select(table(Action)).where(Action.source == "similar"))
    assert {child.asset_id for child in children} == set(too)
    assert {(c.owner_party, c.priority, c.parent_id) for c in children} == {
        ("contractor", "P3", story.row.id)
    }
    assert {child.due_at for child in children} == {on(25, 3, 9)}  # each with clocks of its own
    with story.at(25, 3, 9):
        story.says("contractor.supervisor", "plan", **PLAN)
    assert (story.row.state, story.row.court) == (State.PLAN_SUBMITTED, "customer")
    assert story.clock(ClockKind.PLAN).stopped_at == on(25, 3, 9)
    assert story.due(ClockKind.PLAN_AGREEMENT) == on(30, 3, 9)  # over the change of the clocks


def _taps(story: Story) -> list[int]:
    here = story.cast.harbour
    with writing():
        level = tree.found(here.contract.id, here.places["level"].id)
        rooms = [
            tree.add(here.contract.id, Kind.SPACE, f"2.{n} Room", level)
            for n in range(30, 30 + ROOMS)
        ]
        return [
            tree.add(here.contract.id, Kind.EQUIPMENT, f"Tap {room.name}", room).id
            for room in rooms
        ]


def _agreed_carried_out_and_verified(story: Story) -> None:
    """7: the customer agrees, the contractor carries it out, the customer verifies by scan."""
    with story.at(26, 3, 13):
        story.in_vain("contractor.supervisor", "plan-agreement")
        story.says("customer.supervisor", "plan-agreement")
    assert story.one(Plan).agreed is True
    assert story.row.court == "contractor"
    assert sla.state(story.clock(ClockKind.FIX)) is ClockState.MET  # when it was contained
    assert story.due(ClockKind.PERMANENT_FIX) == on(30, 4, 16)
    with story.at(20, 4, 10):
        story.says("contractor.staff", "fix", text="All thirty changed, the order list corrected")
    assert story.due(ClockKind.VERIFICATION) == on(23, 4, 10)
    assert story.row.accepts_at is None, "nobody verifies by silence"
    with story.at(21, 4, 9):
        customer = story.cast.client("customer.supervisor")
        story.in_vain("customer.supervisor", "acceptance")
        story.says("customer.supervisor", "acceptance", scan=story.scan(customer))
    row = story.row
    assert (row.state, row.court, row.monitoring_until) == (State.MONITORING, None, on(20, 7, 9))
    assert sla.state(story.clock(ClockKind.PERMANENT_FIX)) is ClockState.MET


def _held_for_ninety_days(story: Story) -> None:
    """8: watched for ninety days; then the customer says that it held, and so it stays."""
    with story.at(20, 7, 8, 59):
        early = story.in_vain("customer.supervisor", "effectiveness", text="It held")
        assert "still runs" in early
        assert (story.row.state, story.row.court) == (State.MONITORING, None)
    with story.at(20, 7, 9, 1):
        assert (story.row.state, story.row.court) == (State.MONITORING, "customer")
        assert story.due(ClockKind.VERIFICATION) == on(23, 7, 9)
    with story.at(21, 7, 10):
        story.in_vain("contractor.supervisor", "effectiveness", text="It held")
        story.says("customer.supervisor", "effectiveness", text="No report on this floor since")
    row = story.row
    assert (row.state, row.outcome, row.court) == (State.CLOSED, Outcome.EFFECTIVE, None)
    assert story.turns()["nobody"] == timedelta(days=90)
    assert sum(story.turns().values(), timedelta()) == row.closed_at - row.received_at
    with story.at(22, 7, 10):
        story.in_vain("customer.supervisor", "reopening", text="Open it again")
        story.says("contractor.staff", "comments", text="The whole floor is quiet")
        page = story.cast.client("customer.executive").get(story.url).text
    for told in ("The tap drips again", PLAN["criterion"], "No report on this floor since"):
        assert told in page
    assert (story.row.version, story.row.outcome) == (row.version, Outcome.EFFECTIVE)
