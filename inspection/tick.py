"""One command that does whatever is due.

The next moment that matters stands in an indexed column; here what is past due is taken, the truth
is looked at again, and compare-and-set makes it happen once, however many ticks run at the same
time and however long none ran. Several actions share a transaction, each behind a savepoint of its
own: one that fails stands alone, and a tick that is killed leaves nothing half done.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Flask
from sqlalchemy import Delete, Select, Table, bindparam, delete, or_, select, union

from inspection import budgets, clock, marks, post
from inspection.actions import disagreements, passing, retiming, standing
from inspection.actions.models import Action
from inspection.alerts import delivering, mailing, spreading, subscribing
from inspection.db import collided, db, lock, reading, table, touched, writing
from inspection.people.models import Challenge, Mail, Session, SignInCode
from inspection.photos import uploads
from inspection.photos.evidence import store
from inspection.photos.models import Photo
from inspection.photos.storage import Directory
from inspection.plans import laying
from inspection.queue import search
from inspection.reports import expiring
from inspection.visits import following, starting
from inspection.visits.models import Visit
from inspection.web import Refused

PAUSE = 2.0  # seconds between looks when nothing is due
AFTER_FAILURE = 10.0
BEAT = timedelta(seconds=15)  # how often tick says that it lives; /readyz asks for 60 s
SWEEP = timedelta(hours=1)
PHOTO_SWEEP = timedelta(days=1)
UNUSED_PHOTOS = timedelta(days=30)
FAILED = timedelta(minutes=10)
TOGETHER = 25  # actions or visits in one transaction: others wait some 50 ms for it at most
CALENDARS = 15.0  # seconds between looks whether open work follows the calendar in force

_photos, _mails = table(Photo), table(Mail)
_challenges, _codes, _sessions = table(Challenge), table(SignInCode), table(Session)
_log = logging.getLogger(__name__)
_calendars_again = 0.0  # when to look after the calendars again; monotonic seconds


def run(app: Flask, stop: Callable[[float], bool]) -> None:
    """Do what is due again and again, until `stop`, which also waits the seconds it is given."""
    pause = 0.0
    while not stop(pause):
        try:
            with app.app_context():
                pause = 0.0 if due_now() else PAUSE
        except (
            Exception
        ):  # the database may be away for a while; tick must be there when it is back
            _log.exception("tick could not work; tried again in %d s", AFTER_FAILURE)
            pause = AFTER_FAILURE


def due_now(limit: int = 100) -> int:
    """Do what is due, at most `limit` of each kind; how many things were done."""
    if _beat():
        _sweep_in_time()
    done = _pass_due(ACTIONS, limit, _pass) + _pass_due(VISITS, limit, _pass_visit)
    done += _end_steps(limit) + _follow_calendars(limit) + laying.due_now(limit)
    done += _forget_due(limit) + _follow_names()
    _tell(limit)
    return done + post.send_due(limit)


def _tell(limit: int) -> None:
    """Tell people of what happened, beyond the inbox; the news of it, not more things done."""
    while limit and spreading.spread_new(limit) >= limit:  # none: a server that starts warms up
        pass
    delivering.push_due(limit)
    mailing.mail_due(limit)


def _beat() -> bool:
    """Say now and then that tick is here; True when it was said."""
    with reading():
        age = marks.age(marks.TICK)
    if age is not None and age <= BEAT:
        return False
    with writing():
        marks.put(marks.TICK)
    return True


def _sweep_in_time() -> None:
    if _claimed(marks.SWEEP, SWEEP):
        sweep()
    if _claimed(marks.PHOTO_SWEEP, PHOTO_SWEEP):
        sweep_photos()


def _claimed(name: str, every: timedelta) -> bool:
    with reading():
        age = marks.age(name)
    if age is not None and age < every:
        return False
    with writing():
        return marks.claim(name, every)


# ---------------------------------------------------------------- what time does


@dataclass(frozen=True)
class Subjects:
    """What time does something to, one by one: the rows of a table with `next_at`.

    `failed`: those that failed here lately, and when this process may look at them again, in
    monotonic seconds.
    """

    rows: Table
    failed: dict[int, float] = field(default_factory=dict)

    def due(self, limit: int) -> list[Key]:
        """Those whose moment has come, the earliest first."""
        asked = {"now": clock.now(), "failed": self.left_for_a_while(), "most": limit}
        return [(row.contract_id, row.id) for row in db.session.execute(_due(self.rows), asked)]

    def left_for_a_while(self) -> list[int]:
        """Those that failed here lately."""
        monotonic = time.monotonic()
        for stale in [one for one, again in self.failed.items() if again <= monotonic]:
            del self.failed[stale]
        return list(self.failed)


Key = tuple[int, int]  # of a row: contract, id
Work = Callable[[int, int], bool]
ACTIONS, VISITS = Subjects(table(Action)), Subjects(table(Visit))


@cache
def _due(rows: Table) -> Select[Any]:
    return (
        select(rows.c.contract_id, rows.c.id)
        .where(
            rows.c.next_at < bindparam("now"),
            rows.c.id.not_in(bindparam("failed", expanding=True)),
        )
        .order_by(rows.c.next_at)
        .limit(bindparam("most"))
    )


@cache
def _still_there(rows: Table) -> Select[Any]:
    return (
        select(rows.c.id)
        .where(
            rows.c.contract_id == bindparam("contract"),
            rows.c.id.in_(bindparam("ids", expanding=True)),
        )
        .with_for_update(skip_locked=True, key_share=True)
    )


def _pass_due(subjects: Subjects, limit: int, work: Work) -> int:
    """Warnings, breaches, silence that counts, windows that end; visits final, or missed."""
    with reading():
        due = subjects.due(limit)
    return _each(subjects, due, work)


def _pass(contract_id: int, action_id: int) -> bool:
    row = standing.by_id(contract_id, action_id)
    return passing.caught_up(row, clock.now()) is not row


def _pass_visit(contract_id: int, visit_id: int) -> bool:
    return following.passed(contract_id, visit_id, clock.now())


def _each(subjects: Subjects, keys: Iterable[Key], work: Work) -> int:
    """Do the work on each, several in one transaction; on how many it was done."""
    return sum(_together(subjects, contract_id, ids, work) for contract_id, ids in _batches(keys))


def _batches(keys: Iterable[Key]) -> Iterator[tuple[int, list[int]]]:
    """At most `TOGETHER` of one contract at a time: its journal is one chain."""
    by_contract: dict[int, list[int]] = defaultdict(list)
    for contract_id, one in keys:
        by_contract[contract_id].append(one)
    for contract_id, ids in by_contract.items():
        for start in range(0, len(ids), TOGETHER):
            yield contract_id, ids[start : start + TOGETHER]


def _together(subjects: Subjects, contract_id: int, ids: list[int], work: Work) -> int:
    """One transaction: the journal first, then what nobody else has in hand just now.

    Hazard (PostgreSQL): whoever moves an action locks its row, then the journal. The other way
    round would be a deadlock, were it not for rows being skipped instead of waited for.
    """
    with writing():
        lock(f"journal/{contract_id}")
        asked = {"contract": contract_id, "ids": ids}
        free = set(db.session.execute(_still_there(subjects.rows), asked).scalars())
        return sum(_alone(subjects, contract_id, one, work) for one in ids if one in free)


def _alone(subjects: Subjects, contract_id: int, one: int, work: Work) -> bool:
    """One that fails is left for a while, so that the others behind it get their turn.

    The savepoint is the connection's, not the session's: what hangs on the session's commit (the
    search) then follows once for all of them.
    """
    savepoint = db.session.connection().begin_nested()
    try:
        done = work(contract_id, one)
    except Exception as failure:
        savepoint.rollback()
        if not (isinstance(failure, Refused) or collided(failure)):  # else somebody moved it
            subjects.failed[one] = time.monotonic() + FAILED.total_seconds()
            name = subjects.rows.name
            _log.exception("%s %s could not be brought up to date; tried again", name, one)
        return False
    savepoint.commit()
    return done


# ---------------------------------------------------------------- steps of disagreements


def _end_steps(limit: int) -> int:
    """Say of disagreements that the time of their step is over."""
    with reading():
        due = disagreements.due(clock.now(), limit)
    return sum(_end_step(row.contract_id, row.id) for row in due)


def _end_step(contract_id: int, disagreement_id: int) -> bool:
    try:
        with writing():
            row = disagreements.found(contract_id, disagreement_id)
            return disagreements.time_over(row, clock.now()) is not row
    except Refused:
        return False  # somebody was quicker


# ---------------------------------------------------------------- another calendar


def _follow_calendars(limit: int) -> int:
    """Time open work by the calendar that is in force now."""
    global _calendars_again
    if time.monotonic() < _calendars_again:
        return 0
    with reading():
        behind = retiming.behind(limit, ACTIONS.left_for_a_while())
    if not behind:
        _calendars_again = time.monotonic() + CALENDARS
    return _each(ACTIONS, behind, _retime)


def _retime(contract_id: int, action_id: int) -> bool:
    """Whatever was due under the old calendar has been done before."""
    now = clock.now()
    return retiming.retime(passing.caught_up(standing.by_id(contract_id, action_id), now), now)


# ---------------------------------------------------------------- names of places


def _follow_names() -> int:
    """Let the search find actions by the new name of their place."""
    with reading():
        if not search.waiting():
            return 0
    with writing():
        return search.catch_up()


# ---------------------------------------------------------------- forgotten when promised


def _forget_due(limit: int) -> int:
    with reading():
        due = expiring.expired(clock.now().date(), limit)
    return sum(_forget(contract_id, report_id) for contract_id, report_id in due)


def _forget(contract_id: int, report_id: int) -> bool:
    with writing():
        return expiring.forget(contract_id, report_id)


# ---------------------------------------------------------------- sweeping


def sweep() -> int:
    """Forget what has done its work; how many rows. The days are said in docs/operating.md."""
    now = clock.now()
    long_ago = now - timedelta(days=180)  # until then a sign-in knows its device again
    gone = [
        delete(_challenges).where(_challenges.c.expires_at < now),
        delete(_codes).where(_codes.c.expires_at < now - timedelta(days=1)),
        delete(_sessions).where(
            or_(_sessions.c.ended_at < long_ago, _sessions.c.expires_at < long_ago)
        ),
        delete(_mails).where(_mails.c.sent_at < now - timedelta(days=7)),
        delete(_mails).where(
            _mails.c.parked.is_not(None), _mails.c.created_at < now - timedelta(days=30)
        ),
    ]
    with writing():
        subscribing.sweep()
    swept = sum(_swept(statement) for statement in gone)
    return swept + uploads.sweep() + delivering.sweep() + _forget_budgets()


def _swept(statement: Delete) -> int:
    with writing():
        return touched(db.session.execute(statement))


def _forget_budgets() -> int:
    with writing():
        return budgets.forget(clock.now() - timedelta(days=2))


def sweep_photos() -> int:
    """Delete pictures that no record and no draft names and nobody has put for 30 days; how many.

    Only in a directory; in an S3 store nothing is deleted. Hazard: a picture that is put again just
    now has a fresh time (`Directory.put`), so it is not among the old ones when it is attached.
    """
    kept = store()
    if not isinstance(kept, Directory):
        return 0
    before = time.time() - UNUSED_PHOTOS.total_seconds()
    with reading():
        named = set(
            db.session.execute(
                union(select(_photos.c.picture), select(_photos.c.thumbnail))
            ).scalars()
        )
        named |= starting.drafted()
    unused = (name for name in list(kept.names()) if name not in named)
    return sum(_sweep_photo(kept, name, before) for name in unused)


def _sweep_photo(kept: Directory, name: str, before: float) -> bool:
    named = or_(_photos.c.picture == name, _photos.c.thumbnail == name)
    with writing():
        if (
            kept.put_at(name) >= before
            or db.session.execute(select(_photos.c.id).where(named)).first()
            or name in starting.drafted()
        ):
            return False
        kept.delete(name)
        return True
