"""What time does: warnings, breaches, steps, silence that counts; the same after a sleep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from inspection import clock, tick
from inspection.actions import moves, retiming
from inspection.actions.models import Action, Clock
from inspection.alerts import inbox
from inspection.alerts.models import Notice
from inspection.db import db, table
from inspection.journal import Event, first_broken
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed, posted
from tests.inspection.queue.test_story import report

MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
LATELY = timedelta(days=60)


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """Both parties have agreed on a policy and a calendar."""
    tick.ACTIONS.failed.clear()
    tick._calendars_again = 0.0
    with clock.standing_at(MONDAY - timedelta(hours=1)):
        agreed(cast.harbour, "sla_policy", POLICY)
        agreed(cast.harbour, "calendar", CALENDAR_DK)
    return cast


def ticked(at: datetime) -> int:
    """Everything that is due at that moment; how many things."""
    done = 0
    with clock.standing_at(at):
        while some := tick.due_now():
            done += some
    return done


def rows(model: Any, *left_out: str) -> list[dict[str, Any]]:
    """All rows of a table, without columns that say when it was written."""
    db.session.rollback()
    found = db.session.execute(select(table(model)).order_by(table(model).c.id)).mappings()
    return [{k: v for k, v in row.items() if k not in left_out} for row in found]


def the(kind: str, number: int = 1) -> Clock:
    db.session.rollback()
    db.session.expire_all()
    asked = select(Clock).join(Action, Action.id == Clock.action_id)
    return db.session.execute(asked.where(Clock.kind == kind, Action.number == number)).scalar_one()


def events(prefix: str = "clock.") -> list[str]:
    db.session.rollback()
    found = db.session.execute(select(Event.kind).order_by(Event.seq)).scalars()
    return [kind for kind in found if kind.startswith(prefix)]


def told(cast: Cast, who: str) -> list[str]:
    db.session.rollback()
    page = inbox.page(cast.harbour.members[who])
    return [row.kind for row in page if row.kind.startswith("clock.")]


LEADS = ("supervisor", "manager")


def test_at_three_quarters_the_owner_is_warned_and_when_it_is_over_both_are(cast: Cast) -> None:
    with clock.standing_at(MONDAY):
        url = f"{cast.harbour.url}/actions/{report(cast)}"
        lead, hand = cast.client("contractor.supervisor"), cast.harbour.members["contractor.staff"]
        posted(lead, f"{url}/acknowledgement", category="leak", priority="P3", assignee=hand.id)
    fix = the("fix")
    assert ticked(fix.warn_at) == 0  # not before the moment is over
    ticked(fix.warn_at + timedelta(seconds=1))
    assert events() == ["clock.warned"]
    assert told(cast, "contractor.supervisor") == told(cast, "contractor.staff") == ["clock.warned"]
    assert told(cast, "customer.supervisor") == []
    ticked(fix.due_at + timedelta(seconds=1))
    assert events() == ["clock.warned", "clock.breached"]
    for who in ("contractor.supervisor", "contractor.staff", "customer.manager"):
        assert told(cast, who)[0] == "clock.breached"
    assert told(cast, "customer.staff") == told(cast, "customer.executive") == []
    page = cast.client("customer.manager").get(f"{cast.harbour.url}/inbox").text
    assert "Late: the time agreed is over" in page


def test_a_breach_climbs_counterpart_to_counterpart_and_never_disappears(cast: Cast) -> None:
    with clock.standing_at(MONDAY):
        number = report(cast)
    ticked(MONDAY + LATELY)
    fix = the("fix")
    assert (fix.step, fix.step_due_at, fix.breached_at) == (5, None, fix.due_at)
    for party in ("customer", "contractor"):
        assert told(cast, f"{party}.executive") == ["clock.climbed"] * 4  # two clocks, two steps
    with clock.standing_at(MONDAY + LATELY):
        url = f"{cast.harbour.url}/actions/{number}"
        posted(cast.client("contractor.staff"), f"{url}/start")
        posted(cast.client("contractor.staff"), f"{url}/fix", text="New washer")
    fix = the("fix")
    assert (fix.breached_at, fix.step, fix.stopped_at) == (fix.due_at, 5, MONDAY + LATELY)


def week(cast: Cast, ticks: timedelta) -> None:
    """The same three weeks of both parties, with a tick every so often."""
    now, end = MONDAY, MONDAY + timedelta(days=21)
    done: dict[timedelta, Callable[[], object]] = {
        timedelta(0): lambda: report(cast),
        timedelta(hours=3): lambda: report(cast, category="danger", place="hall"),
        timedelta(days=1): lambda: act(cast, 1, "contractor.staff", "start"),
        timedelta(days=2, hours=2): lambda: act(cast, 1, "contractor.staff", "fix", text="Mended"),
        timedelta(days=12): lambda: report(cast, category="equipment", place="kitchen"),
        timedelta(days=13): lambda: report(cast),
    }
    marks = sorted({*done, *(ticks * n for n in range(1, int((end - now) / ticks) + 1))})
    for mark in marks:
        with clock.standing_at(MONDAY + mark):
            if mark in done:
                done[mark]()
            if not mark % ticks:
                while tick.due_now():
                    pass
    ticked(end)


def act(cast: Cast, number: int, who: str, noun: str, **fields: str) -> None:
    answer = posted(cast.client(who), f"{cast.harbour.url}/actions/{number}/{noun}", **fields)
    assert answer.status_code == 303, answer.text


def what_happened() -> list[Any]:
    """The events of each action in their order, with what they say but when it was written."""
    written = rows(Event, "id", "seq", "at", "hash", "session_id")
    return sorted(written, key=lambda row: row["action_id"] or 0)


def notices() -> list[tuple[Any, ...]]:
    asked = select(Notice.action_id, Event.kind, Notice.lead_of, Notice.role, Notice.member_id)
    found = db.session.execute(asked.join(Event, Event.id == Notice.event_id))
    return sorted(tuple(map(str, row)) for row in found)


def test_a_tick_that_slept_for_days_finds_what_it_would_have_done_in_time(app: Any) -> None:
    from tests.conftest import empty

    seen = []
    for often in (timedelta(hours=4), timedelta(hours=30), timedelta(days=4)):
        empty()
        with clock.standing_at(MONDAY - timedelta(hours=1)):
            one = Cast.enters(app)
            agreed(one.harbour, "sla_policy", POLICY)
            agreed(one.harbour, "calendar", CALENDAR_DK)
        week(one, often)
        seen.append((rows(Action), rows(Clock), what_happened(), notices()))
        assert first_broken(one.harbour.contract.id) is None
    kinds = {event["kind"] for event in seen[0][2]}
    assert {"clock.warned", "clock.breached", "clock.climbed", "action.accepted"} <= kinds
    assert {"action.repeat_confirmed", "action.deepened"} <= kinds
    for name, often, rare, rarest in zip(
        ("action", "clock", "event", "notice"), *seen, strict=True
    ):
        assert often == rare, name
        assert often == rarest, name


def test_whoever_acts_before_tick_finds_the_action_as_tick_would_have_left_it(cast: Cast) -> None:
    with clock.standing_at(MONDAY):
        number = report(cast)
    due = the("respond").due_at
    with clock.standing_at(due + timedelta(hours=2)):
        act(cast, number, "contractor.staff", "start")
    assert the("respond").breached_at == due
    assert events()[:2] == ["clock.warned", "clock.breached"]


def test_open_work_follows_the_calendar_that_is_in_force(cast: Cast) -> None:
    with clock.standing_at(MONDAY):
        number = report(cast)
        closed = report(cast, place="hall")
        act(cast, closed, "contractor.staff", "start")
        act(cast, closed, "contractor.staff", "fix", text="Mended")
        act(cast, closed, "customer.supervisor", "acceptance")
        before = the("fix", number).due_at
        old = moves.found(cast.harbour.contract.id, closed).calendar_id
        holiday = {"own_days": [{"date": "2026-03-03", "name": "Town fair"}]}
        new = agreed(cast.harbour, "calendar", CALENDAR_DK | holiday)
    tick._calendars_again = 0.0
    ticked(MONDAY + timedelta(minutes=1))
    row = moves.found(cast.harbour.contract.id, number)
    assert (row.calendar_id, row.due_at) == (new, the("respond", number).due_at)
    assert the("fix", number).due_at == before + timedelta(days=1)
    assert moves.found(cast.harbour.contract.id, closed).calendar_id == old
    said = db.session.execute(select(Event.data).where(Event.kind == "action.retimed")).scalar_one()
    assert (said["calendar_before"], said["calendar"]) == (old, new)
    moved = next(one for one in said["clocks"] if one["clock"] == "fix")
    assert datetime.fromisoformat(moved["due_before"]) == before
    assert retiming.behind(10) == []


def test_a_new_policy_leaves_old_work_under_the_old_one(cast: Cast) -> None:
    with clock.standing_at(MONDAY):
        number = report(cast)
        before = moves.found(cast.harbour.contract.id, number)
        agreed(cast.harbour, "sla_policy", POLICY | {"response_means": "attended"})
    tick._calendars_again = 0.0
    ticked(MONDAY + timedelta(minutes=1))
    after = moves.found(cast.harbour.contract.id, number)
    assert (after.policy_id, after.due_at) == (before.policy_id, before.due_at)
    assert events("action.retimed") == []


def test_a_breach_stays_a_breach_under_another_calendar(cast: Cast) -> None:
    with clock.standing_at(MONDAY):
        report(cast)
    breached_at = the("fix").due_at
    later = breached_at + timedelta(minutes=1)
    ticked(later)
    with clock.standing_at(later):
        holiday = {"own_days": [{"date": "2026-03-03", "name": "Town fair"}]}
        agreed(cast.harbour, "calendar", CALENDAR_DK | holiday)
    tick._calendars_again = 0.0
    ticked(later + timedelta(minutes=1))
    fix = the("fix")
    assert (fix.breached_at, fix.step) == (breached_at, 1)
    assert fix.due_at > breached_at
