"""What is due is done once, however many do it, and however long nobody did."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from inspection import budgets, clock, marks, tick
from inspection.actions import applying, moves
from inspection.actions.applying import Wanted
from inspection.actions.models import Action
from inspection.db import db, table, writing
from inspection.journal import Event, first_broken
from inspection.people.models import Challenge
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.photos.models import Photo
from inspection.photos.storage import Directory, key
from inspection.rules.access import Party
from inspection.rules.states import Outcome, Priority, State
from inspection.visits import starting
from tests.cast import PROMISES, ROOM, Cast, agreed

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _nothing_failed_before() -> None:
    tick.ACTIONS.failed.clear()


def fixed_actions(cast: Cast, count: int, due: timedelta) -> list[int]:
    """Fixes whose time for objections ended `due` ago (or ends in the future, when negative)."""
    setting, now = cast.harbour, clock.now()
    kitchen = setting.places["kitchen"]
    with writing():
        rows = [
            Action(
                contract_id=setting.contract.id,
                number=number,
                asset_id=kitchen.id,
                place=kitchen.path,
                category_id=setting.categories["leak"].id,
                priority=Priority.P3,
                owner_party=Party.CONTRACTOR,
                state=State.FIXED,
                court=Party.CUSTOMER,
                court_since=now,
                received_at=now - timedelta(days=9),
                fixed_at=now - timedelta(days=7),
                outcome=Outcome.FIXED,
                next_at=now - due,
                accepts_at=now - due,
            )
            for number in range(1, count + 1)
        ]
        db.session.add_all(rows)
        db.session.flush()
        return [row.id for row in rows]


def accepted_events() -> list[int]:
    rows = select(Event.action_id).where(Event.kind == "action.accepted").order_by(Event.id)
    return [one for one in db.session.execute(rows).scalars() if one is not None]


def test_a_fix_nobody_objected_to_is_accepted_and_the_event_says_when_it_was_due(
    cast: Cast,
) -> None:
    (one,) = fixed_actions(cast, 1, timedelta(hours=3))
    due = moves.by_id(cast.harbour.contract.id, one).next_at
    assert tick.due_now() == 1
    row = moves.by_id(cast.harbour.contract.id, one)
    assert (row.state, row.outcome, row.next_at, row.listed) == ("closed", "fixed", None, False)
    assert row.closed_at is not None
    event = db.session.execute(select(Event).where(Event.kind == "action.accepted")).scalar_one()
    assert (event.actor, event.member_id, event.data["due"]) == ("system", None, due.isoformat())
    assert first_broken(cast.harbour.contract.id) is None


def test_a_fix_that_is_still_open_to_objections_is_left_alone(cast: Cast) -> None:
    fixed_actions(cast, 1, timedelta(minutes=-1))
    assert tick.due_now() == 0
    with clock.shifted_by(timedelta(minutes=2)):
        assert tick.due_now() == 1


def test_what_became_due_while_nobody_ticked_is_done_when_somebody_does(cast: Cast) -> None:
    fixed_actions(cast, 3, timedelta(days=60))
    assert tick.due_now(limit=2) == 2
    assert tick.due_now(limit=2) == 1
    assert tick.due_now(limit=2) == 0


def test_one_that_cannot_be_closed_does_not_hold_up_the_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *good = fixed_actions(cast, 3, timedelta(hours=1))
    made = applying.by_rule

    def by_rule(row: Any, wanted: Wanted) -> object:
        written = made(row, wanted)
        if row.id == bad:
            raise RuntimeError("poison, after everything was written")
        return written

    monkeypatch.setattr(applying, "by_rule", by_rule)
    assert tick.due_now() == 2
    assert sorted(accepted_events()) == good
    assert moves.by_id(cast.harbour.contract.id, bad).state == State.FIXED
    assert list(tick.ACTIONS.failed) == [bad]
    assert first_broken(cast.harbour.contract.id) is None


def test_a_tick_killed_between_two_transactions_leaves_nothing_half_done(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = fixed_actions(cast, 5, timedelta(hours=1))
    monkeypatch.setattr(tick, "TOGETHER", 2)
    passed = tick._pass

    def killed(contract_id: int, action_id: int) -> bool:
        if action_id == due[3]:
            raise KeyboardInterrupt
        return passed(contract_id, action_id)

    monkeypatch.setattr(tick, "_pass", killed)
    with pytest.raises(KeyboardInterrupt):
        tick.due_now()
    assert accepted_events() == due[:2]  # the third went with its transaction
    monkeypatch.undo()
    assert tick.due_now() == 3
    assert sorted(accepted_events()) == due
    assert first_broken(cast.harbour.contract.id) is None


def test_two_ticks_in_two_threads_do_nothing_twice(cast: Cast, app: Flask) -> None:
    due = fixed_actions(cast, 60, timedelta(hours=1))
    db.session.remove()

    def work(_: int) -> int:
        with app.app_context():
            return tick.due_now()

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(work, range(2))) == 60
    assert sorted(accepted_events()) == due
    assert first_broken(cast.harbour.contract.id) is None


def test_two_ticks_in_two_processes_accept_every_fix_exactly_once(cast: Cast, app: Flask) -> None:
    due = fixed_actions(cast, 40, timedelta(hours=1))
    chosen = app.extensions["tandem"]
    db.session.remove()
    environ = {
        **os.environ,
        "TANDEM_DATA": str(chosen.data),
        "TANDEM_DATABASE_URL": chosen.database_url,
        "TANDEM_SECRET": chosen.secret,
    }
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "tick", "--once"],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=60) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sum(int(out.split()[0]) for out, _ in said) == 40
    assert sorted(accepted_events()) == due
    assert first_broken(cast.harbour.contract.id) is None


def test_the_heartbeat_is_written_now_and_then_not_every_time(app: Flask) -> None:
    tick.due_now()
    first = marks.get(marks.TICK)
    tick.due_now()
    assert marks.get(marks.TICK) == first
    with clock.shifted_by(timedelta(seconds=20)):
        tick.due_now()
        assert marks.get(marks.TICK).at > first.at


def test_what_has_done_its_work_is_swept(app: Flask) -> None:
    now = clock.now()
    with writing():
        for number, age in enumerate((timedelta(minutes=1), timedelta(minutes=-1))):
            db.session.execute(
                insert(table(Challenge)).values(
                    value=bytes([number]), ceremony="enrol", expires_at=now - age
                )
            )
    with clock.standing_at(now - timedelta(days=3)), writing():
        budgets.spend("report/1", 60)
    assert tick.sweep() == 2
    assert db.session.execute(select(func.count()).select_from(Challenge)).scalar_one() == 1


def test_only_one_of_several_sweeps_in_an_hour(app: Flask) -> None:
    with writing():
        claims = [marks.claim(marks.SWEEP, tick.SWEEP) for _ in range(3)]
    assert claims == [True, False, False]
    with clock.shifted_by(timedelta(minutes=61)), writing():
        assert marks.claim(marks.SWEEP, tick.SWEEP)


def old_picture(data: bytes) -> str:
    """A picture in the store that was put there a month ago; its name."""
    kept = evidence.store()
    assert isinstance(kept, Directory)
    name, old = kept.put(data), time.time() - timedelta(days=31).total_seconds()
    os.utime(kept.root / key(name), (old, old))
    return name


def test_an_old_picture_goes_only_when_no_record_names_it(cast: Cast) -> None:
    kept = evidence.store()
    assert isinstance(kept, Directory)
    named, unused, fresh = old_picture(b"named"), old_picture(b"unused"), kept.put(b"fresh")
    with writing():
        db.session.execute(
            insert(table(Photo)).values(
                contract_id=cast.harbour.contract.id,
                asset_id=cast.harbour.places["kitchen"].id,
                received_sha256=named,
                picture=named,
                thumbnail=named,
                width=1,
                height=1,
                bytes=5,
                created_at=clock.now(),
            )
        )
    assert tick.sweep_photos() == 1
    assert [kept.exists(name) for name in (named, unused, fresh)] == [True, False, True]
    for name in (named, fresh):
        kept.delete(name)


def test_a_picture_that_only_a_draft_of_a_visit_holds_stays(cast: Cast) -> None:
    here, who = cast.harbour, cast.harbour.members["contractor.staff"]
    agreed(here, "requirements", PROMISES)
    agreed(here, "checklist", ROOM, subject="room")
    picture, thumbnail = old_picture(b"drafted"), old_picture(b"drafted, small")
    held = Kept("0" * 64, picture, thumbnail, 40, 30, 7, "photos-clean")
    with writing():
        visit = starting.begin(who, here.contract.id, here.places["kitchen"].id, "room")
        starting.keep(who, visit, None, {"fields": {}, "kept": [astuple(held)]})
    assert tick.sweep_photos() == 0
    with writing():
        starting.leave(who, visit)  # from here on they belong to its record
    assert tick.sweep_photos() == 0
    kept = evidence.store()
    for name in (picture, thumbnail):
        assert kept.exists(name)
        kept.delete(name)
