"""Pushes what is due, each push service in a thread of its own turn.

A service that does not answer costs its own turn some seconds and rests then; tick and the other
services go on meanwhile. A delivery is claimed by compare-and-set for a few minutes: several ticks
never send the same one, and if the machine dies in between, it goes out again under the same topic.
The inbox is the record; what cannot be pushed after all tries is parked in the open, and told by
mail instead.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Flask, current_app
from sqlalchemy import bindparam, delete, exists, func, or_, select, update

from inspection import clock
from inspection.alerts import push, saying, spreading, subscribing
from inspection.alerts.models import Delivery
from inspection.alerts.push import Gone, Later, Outcome, Sent
from inspection.db import db, reading, table, touched, writing

THREADS = 4
TURN = 8.0  # seconds a service may take up a thread before others get their turn
PATIENCE = 1.0  # seconds tick waits for what is on its way
LEASE = timedelta(minutes=5)
TRIES = 8
LONGEST_PAUSE = timedelta(hours=1)
URGENT_WAITS = timedelta(minutes=2)  # then a mail goes out as well
DELAYED = timedelta(minutes=15)  # then people are told that notices are late
KEPT, KEPT_PARKED = timedelta(days=7), timedelta(days=30)

_deliveries = table(Delivery)
_log = logging.getLogger(__name__)
_busy: dict[str, Future[None]] = {}  # by host
_resting: dict[str, float] = {}  # host: until when, in monotonic seconds

_DUE = (
    select(_deliveries.c.id, _deliveries.c.host)
    .where(
        _deliveries.c.channel == "push",
        _deliveries.c.state == "waiting",
        _deliveries.c.next_try_at <= bindparam("now"),
        _deliveries.c.host.not_in(bindparam("not_now", expanding=True)),
    )
    .order_by(_deliveries.c.due_at, _deliveries.c.id)
    .limit(bindparam("most"))
)
_MAILED = _deliveries.alias("mailed")
_LATE_AND_URGENT = select(_deliveries).where(
    _deliveries.c.channel == "push",
    _deliveries.c.state == "waiting",
    _deliveries.c.next_try_at > bindparam("long_ago"),
    _deliveries.c.urgent,
    _deliveries.c.member_id.is_not(None),
    _deliveries.c.due_at < bindparam("late"),
    ~exists().where(
        _MAILED.c.contract_id == _deliveries.c.contract_id,
        _MAILED.c.member_id == _deliveries.c.member_id,
        _MAILED.c.event_id == _deliveries.c.event_id,
        _MAILED.c.channel == "mail",
    ),
)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, "push")


def push_due(limit: int, patience: float = PATIENCE) -> int:
    """Set going what is due, at most `limit`, and wait a little for it; how many were set going."""
    now = time.monotonic()
    for host in [one for one, turn in _busy.items() if turn.done()]:
        del _busy[host]
    for host in [one for one, until in _resting.items() if until <= now]:
        del _resting[host]
    with reading():
        asked = {"now": clock.now(), "not_now": [*_busy, *_resting], "most": limit}
        due = db.session.execute(_DUE, asked).all()
    by_host: dict[str, list[int]] = defaultdict(list)
    for row in due:
        by_host[row.host].append(row.id)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for host, ids in by_host.items():
        _busy[host] = _threads().submit(_take_turn, app, host, ids)
    if by_host:
        wait(_busy.values(), patience)
    _mail_what_is_urgent()
    return len(due)


def finish() -> None:
    """Wait until nothing is on its way."""
    wait(_busy.values())


def _take_turn(app: Flask, host: str, ids: Sequence[int]) -> None:
    begun = time.monotonic()
    with app.app_context():
        for delivery_id in ids:
            if time.monotonic() - begun > TURN:
                return
            outcome = _deliver(delivery_id)
            if isinstance(outcome, Later):
                _resting[host] = time.monotonic() + outcome.seconds
                return


def _deliver(delivery_id: int) -> Outcome | None:
    """Send one, and note what came of it; None when somebody else was quicker, or it is moot."""
    if not _claimed(delivery_id):
        return None
    with reading():
        row = db.session.execute(saying.FACTS.where(_deliveries.c.id == delivery_id)).one()
        subscription = _subscription(row)
    if subscription is None:
        with writing():
            _end(row, "dropped", "this phone takes no notices any more")
            spreading.by_mail_instead(row)
        return None
    try:
        outcome = push.send(subscription, saying.message(row, subscription.language))
    except Exception:  # one that cannot be said must not stop those behind it
        _log.exception("delivery %d could not be pushed; tried again", delivery_id)
        _put_off(row, 0)
        return None
    with writing():
        subscribing.settle(subscription.id, outcome)
        _note(row, outcome)
    return outcome


def _claimed(delivery_id: int) -> bool:
    """Whether it is ours alone for the length of the lease."""
    now = clock.now()
    with writing():
        claim = update(_deliveries).where(
            _deliveries.c.id == delivery_id,
            _deliveries.c.state == "waiting",
            _deliveries.c.next_try_at <= now,
        )
        values = {"tries": _deliveries.c.tries + 1, "next_try_at": now + LEASE}
        return touched(db.session.execute(claim.values(values))) == 1


def _subscription(row: Any) -> Any:
    """The browser it goes to, if it still is this member's or follows this report.

    Hazard: SQLite gives the id of a row that is gone to the next one, perhaps somebody else's.
    """
    if row.report_id is not None:
        known = subscribing.of_report(row.contract_id, row.report_id)
    else:
        known = subscribing.of_members(row.contract_id, [row.member_id])
    return next((one for one in known if one.id == row.subscription_id), None)


def _note(row: Any, outcome: Outcome) -> None:
    if isinstance(outcome, Sent):
        _end(row, "sent")
    elif isinstance(outcome, Later):
        _later(row, outcome.seconds, "its push service did not take it")
    elif isinstance(outcome, Gone):
        _end(row, "dropped", "this phone takes no notices any more")
        spreading.by_mail_instead(row)
    else:
        _end(row, "parked", outcome.reason)
        spreading.by_mail_instead(row)


def _put_off(row: Any, seconds: int) -> None:
    with writing():
        _later(row, seconds, "it could not be put into words; see the log")


def _later(row: Any, seconds: int, why: str) -> None:
    """Once more after a pause that grows, and never before the service wants it; or give up."""
    if row.tries >= TRIES:
        _end(row, "parked", f"{why}, {row.tries} times")
        spreading.by_mail_instead(row)
        return
    pause = max(min(timedelta(minutes=2 ** (row.tries - 1)), LONGEST_PAUSE), timedelta(0, seconds))
    _set(row.id, next_try_at=clock.now() + pause, reason=why)


def _end(row: Any, state: str, reason: str = "") -> None:
    _set(row.id, state=state, reason=reason[:200], ended_at=clock.now())


def _set(delivery_id: int, **values: Any) -> None:
    db.session.execute(update(_deliveries).where(_deliveries.c.id == delivery_id).values(values))


def _mail_what_is_urgent() -> None:
    """What cannot wait and has not reached a phone within minutes goes by mail as well."""
    now = clock.now()
    asked = {"late": now - URGENT_WAITS, "long_ago": now - timedelta(days=1)}
    with reading():
        if db.session.execute(_LATE_AND_URGENT, asked).first() is None:
            return
    with writing():
        for row in db.session.execute(_LATE_AND_URGENT, asked).all():
            spreading.by_mail_instead(row, also="sent")


# ---------------------------------------------------------------- how it goes


def delayed(contract_id: int) -> bool:
    """Whether notices of a contract are so late that its people should know."""
    since = spreading.oldest(contract_id)
    return since is not None and clock.now() - since > DELAYED


@dataclass(frozen=True)
class Load:
    """How long the oldest waits that is due, and how many were given up within a week."""

    oldest: timedelta
    parked: int


def load() -> Load:
    """How it goes, in all contracts."""
    since, now = spreading.oldest(), clock.now()
    parked = select(func.count()).where(
        _deliveries.c.state == "parked", _deliveries.c.ended_at > now - KEPT
    )
    return Load(now - since if since else timedelta(), db.session.execute(parked).scalar_one())


def sweep() -> int:
    """Forget what has been told; how many rows."""
    now = clock.now()
    old = _deliveries.c.ended_at < now - KEPT
    done = or_(
        (_deliveries.c.state.in_(["sent", "dropped"])) & old,
        (_deliveries.c.state == "parked") & (_deliveries.c.ended_at < now - KEPT_PARKED),
    )
    with writing():
        return touched(db.session.execute(delete(_deliveries).where(done)))
