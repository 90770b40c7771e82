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
from datetime import timedelta

from flask import Flask
from sqlalchemy import Delete, bindparam, delete, or_, select, union

from inspection import budgets, clock, marks, post
from inspection.actions import disagreements, passing, retiming, standing
from inspection.actions.models import Action
from inspection.db import collided, db, lock, reading, table, touched, writing
from inspection.people.models import Challenge, Mail, Session, SignInCode
from inspection.photos.evidence import store
from inspection.photos.models import Photo
from inspection.photos.storage import Directory
from inspection.queue import search
from inspection.reports import expiring
from inspection.web import Refused

PAUSE = 2.0  # seconds between looks when nothing is due
AFTER_FAILURE = 10.0
BEAT = timedelta(seconds=15)  # how often tick says that it lives; /readyz asks for 60 s
SWEEP = timedelta(hours=1)
PHOTO_SWEEP = timedelta(days=1)
UNUSED_PHOTOS = timedelta(days=30)
FAILED = timedelta(minutes=10)
TOGETHER = 25  # actions in one transaction: others wait some 50 ms for it at most
CALENDARS = 15.0  # seconds between looks whether open work follows the calendar in force

_actions, _photos, _mails = table(Action), table(Photo), table(Mail)
_challenges, _codes, _sessions = table(Challenge), table(SignInCode), table(Session)
_log = logging.getLogger(__name__)
_failed: dict[int, float] = {}  # action → when this process may look at it again; monotonic seconds
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
    done = _pass_due(limit) + _end_steps(limit) + _follow_calendars(limit)
    return done + _forget_due(limit) + _follow_names() + post.send_due(limit)


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


# ---------------------------------------------------------------- what time does to actions

_DUE = (
    select(_actions.c.contract_id, _actions.c.id)
    .where(
        _actions.c.next_at < bindparam("now"),
        _actions.c.id.not_in(bindparam("failed", expanding=True)),
    )
    .order_by(_actions.c.next_at)
    .limit(bindparam("most"))
)
_STILL_THERE = (
    select(_actions.c.id)
    .where(
        _actions.c.contract_id == bindparam("contract"),
        _actions.c.id.in_(bindparam("ids", expanding=True)),
    )
    .with_for_update(skip_locked=True, key_share=True)
)

Key = tuple[int, int]  # of an action: contract, id
Work = Callable[[int, int], bool]


def _pass_due(limit: int) -> int:
    """Warnings, breaches, silence that counts, windows that end."""
    with reading():
        asked = {"now": clock.now(), "failed": _left_for_a_while(), "most": limit}
        due = [(row.contract_id, row.id) for row in db.session.execute(_DUE, asked)]
    return _each(due, _pass)


def _pass(contract_id: int, action_id: int) -> bool:
    row = standing.by_id(contract_id, action_id)
    return passing.caught_up(row, clock.now()) is not row


def _left_for_a_while() -> list[int]:
    """The actions that failed here lately."""
    monotonic = time.monotonic()
    for stale in [one for one, again in _failed.items() if again <= monotonic]:
        del _failed[stale]
    return list(_failed)


def _each(actions: Iterable[Key], work: Work) -> int:
    """Do the work on each action, several in one transaction; on how many it was done."""
    return sum(_together(contract_id, ids, work) for contract_id, ids in _batches(actions))


def _batches(actions: Iterable[Key]) -> Iterator[tuple[int, list[int]]]:
    """At most `TOGETHER` of one contract at a time: its journal is one chain."""
    by_contract: dict[int, list[int]] = defaultdict(list)
    for contract_id, action_id in actions:
        by_contract[contract_id].append(action_id)
    for contract_id, ids in by_contract.items():
        for start in range(0, len(ids), TOGETHER):
            yield contract_id, ids[start : start + TOGETHER]


def _together(contract_id: int, ids: list[int], work: Work) -> int:
    """One transaction: the journal first, then what nobody else has in hand just now.

    Hazard (PostgreSQL): whoever moves an action locks its row, then the journal. The other way
    round would be a deadlock, were it not for rows being skipped instead of waited for.
    """
    with writing():
        lock(f"journal/{contract_id}")
        asked = {"contract": contract_id, "ids": ids}
        free = set(db.session.execute(_STILL_THERE, asked).scalars())
        return sum(_alone(contract_id, one, work) for one in ids if one in free)


def _alone(contract_id: int, action_id: int, work: Work) -> bool:
    """One that fails is left for a while, so that the others behind it get their turn.

    The savepoint is the connection's, not the session's: what hangs on the session's commit (the
    search) then follows once for all of them.
    """
    savepoint = db.session.connection().begin_nested()
    try:
        done = work(contract_id, action_id)
    except Exception as failure:
        savepoint.rollback()
        if not (isinstance(failure, Refused) or collided(failure)):  # else somebody moved it
            _failed[action_id] = time.monotonic() + FAILED.total_seconds()
            _log.exception("action %s could not be brought up to date; tried again", action_id)
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
        behind = retiming.behind(limit, _left_for_a_while())
    if not behind:
        _calendars_again = time.monotonic() + CALENDARS
    return _each(behind, _retime)


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
    return sum(_swept(statement) for statement in gone) + _forget_budgets()


def _swept(statement: Delete) -> int:
    with writing():
        return touched(db.session.execute(statement))


def _forget_budgets() -> int:
    with writing():
        return budgets.forget(clock.now() - timedelta(days=2))


def sweep_photos() -> int:
    """Delete pictures that no record names and nobody has put for 30 days; how many.

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
    unused = (name for name in list(kept.names()) if name not in named)
    return sum(_sweep_photo(kept, name, before) for name in unused)


def _sweep_photo(kept: Directory, name: str, before: float) -> bool:
    named = or_(_photos.c.picture == name, _photos.c.thumbnail == name)
    with writing():
        if (
            kept.put_at(name) >= before
            or db.session.execute(select(_photos.c.id).where(named)).first()
        ):
            return False
        kept.delete(name)
        return True
