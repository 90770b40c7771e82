"""One honest page about both parties: open, waiting for whom, oldest, closed, thanked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from inspection import clock
from inspection.actions.models import Action
from inspection.db import db, table
from inspection.queue import cube, listing
from inspection.queue.view import View
from inspection.reports.models import Report
from inspection.rules.access import Party
from inspection.rules.states import Outcome

_actions, _reports = table(Action), table(Report)

DAYS = 30
OLDEST, THANKED = 6, 3  # so that it is one page on paper


@dataclass(frozen=True)
class Side:
    """One party's half of the page: what it owns, what waits for it, what it closed."""

    party: Party
    waiting: int  # open actions whose turn is this party's
    owned: int  # open actions this party has to put right
    closed: int  # its work accepted by the other party in the last DAYS
    returned: int  # open work of this party that came back at least once
    waiting_since: datetime | None  # the longest wait for this party


@dataclass(frozen=True)
class Summary:
    """The whole page."""

    at: datetime
    since: datetime
    successes: list[Row[Any]]
    closed: int
    thanked: int
    rated: int
    mean_rating: float | None
    open: int
    sides: tuple[Side, Side]
    oldest: list[Row[Any]]


def of(contract_id: int) -> Summary:
    """The summary of a contract now, looking `DAYS` days back."""
    now = clock.now()
    since = now - timedelta(days=DAYS)
    thanks = _thanks(contract_id, since)
    return Summary(
        at=now,
        since=since,
        successes=_successes(contract_id, since),
        closed=_closed(contract_id, since, None),
        thanked=thanks.thanked,
        rated=thanks.rated,
        mean_rating=float(thanks.mean) if thanks.mean is not None else None,
        open=cube.count(View(), contract_id),
        sides=(
            _side(contract_id, Party.CUSTOMER, since),
            _side(contract_id, Party.CONTRACTOR, since),
        ),
        oldest=listing.oldest(contract_id, OLDEST),
    )


def _side(contract_id: int, party: Party, since: datetime) -> Side:
    return Side(
        party=party,
        waiting=cube.count(View(court=party.value), contract_id),
        owned=cube.count(View(owner=party.value), contract_id),
        closed=_closed(contract_id, since, party),
        returned=_returned(contract_id, party),
        waiting_since=db.session.execute(
            select(func.min(_actions.c.court_since)).where(
                _actions.c.contract_id == contract_id,
                _actions.c.listed,
                _actions.c.court == party.value,
            )
        ).scalar(),
    )


def _closed(contract_id: int, since: datetime, party: Party | None) -> int:
    asked = select(func.count()).where(
        _actions.c.contract_id == contract_id,
        _actions.c.closed_at >= since,
        _actions.c.outcome.in_([Outcome.FIXED.value, Outcome.NO_FAULT_FOUND.value]),
    )
    if party is not None:
        asked = asked.where(_actions.c.owner_party == party.value)
    return int(db.session.execute(asked).scalar_one())


def _returned(contract_id: int, party: Party) -> int:
    asked = select(func.count()).where(
        _actions.c.contract_id == contract_id,
        _actions.c.listed,
        _actions.c.owner_party == party.value,
        _actions.c.reopen_count > 0,
    )
    return int(db.session.execute(asked).scalar_one())


def _thanks(contract_id: int, since: datetime) -> Row[Any]:
    return db.session.execute(
        select(
            func.count(_reports.c.thanked_at).label("thanked"),
            func.count(_reports.c.satisfaction).label("rated"),
            func.avg(_reports.c.satisfaction).label("mean"),
        ).where(_reports.c.contract_id == contract_id, _reports.c.received_at >= since)
    ).one()


def _successes(contract_id: int, since: datetime) -> list[Row[Any]]:
    """The latest fixes that somebody said thanks for."""
    thanked = (
        select(_reports.c.action_id)
        .where(_reports.c.contract_id == contract_id, _reports.c.thanked_at >= since)
        .distinct()
    )
    return listing.some(_actions.c.id.in_(thanked), contract_id, limit=THANKED)
