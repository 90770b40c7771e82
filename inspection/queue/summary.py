"""One honest page about both parties: open, waiting for whom, promises kept, closed, thanked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select

from inspection import clock
from inspection.actions.models import Action
from inspection.db import db, table
from inspection.queue import cube, listing, timekeeping
from inspection.queue.timekeeping import Kept
from inspection.queue.view import View
from inspection.reports.models import Report
from inspection.rules.access import Party
from inspection.rules.states import ClockKind, Depth, Outcome

_actions, _reports = table(Action), table(Report)

DAYS = 30
OLDEST, THANKED, CAUSES = 4, 2, 2  # so that it is one page on paper
PUT_RIGHT = tuple(
    outcome.value
    for outcome in (
        *(Outcome.FIXED, Outcome.NO_FAULT_FOUND),
        *(Outcome.EFFECTIVE, Outcome.INEFFECTIVE),
    )
)


@dataclass(frozen=True)
class Side:
    """One party's half of the page: what it owns, what waits for it, what it closed and kept."""

    party: Party
    waiting: int  # open actions whose turn is this party's
    owned: int  # open actions this party has to put right
    causes: int  # of these, corrective: the cause is to be removed
    closed: int  # its work accepted by the other party in the last DAYS
    returned: int  # open work of this party that came back at least once
    waiting_since: datetime | None  # the longest wait for this party
    kept: Mapping[ClockKind, Kept]  # its promises of time, by kind
    promises: Kept  # all of them together
    corrective: list[Row[Any]]  # the causes it has to remove, soonest due first

    @property
    def decisions(self) -> Kept:
        """What the other party needed from it."""
        return self.kept[ClockKind.DECISION]


@dataclass(frozen=True)
class Turns:
    """Whose turn it was in what was closed, as shares of its whole life; together 1."""

    customer: float
    contractor: float
    nobody: float


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
    kinds: list[ClockKind]  # of which some promise runs
    turns: Turns | None  # of what was closed; None when nothing was
    oldest: list[Row[Any]]


def of(contract_id: int) -> Summary:
    """The summary of a contract now, looking `DAYS` days back."""
    now = clock.now()
    since = now - timedelta(days=DAYS)
    thanks = _thanks(contract_id, since)
    closed = _closed(contract_id, since)
    promises = timekeeping.of(contract_id, since, now)
    running = {kind for (_, kind), kept in promises.items() if kept.running}
    return Summary(
        at=now,
        since=since,
        successes=_successes(contract_id, since),
        closed=sum(row.closed for row in closed.values()),
        thanked=thanks.thanked,
        rated=thanks.rated,
        mean_rating=float(thanks.mean) if thanks.mean is not None else None,
        open=cube.count(View(), contract_id),
        sides=(
            _side(contract_id, Party.CUSTOMER, closed, promises),
            _side(contract_id, Party.CONTRACTOR, closed, promises),
        ),
        kinds=[kind for kind in ClockKind if kind in running],
        turns=_turns(closed),
        oldest=listing.oldest(contract_id, OLDEST),
    )


def _side(
    contract_id: int,
    party: Party,
    closed: Mapping[str, Row[Any]],
    promises: timekeeping.Promises,
) -> Side:
    kept = {kind: promises.get((party, kind), Kept()) for kind in ClockKind}
    causes = View(owner=party.value, depth=Depth.CORRECTIVE.value)
    return Side(
        party=party,
        waiting=cube.count(View(court=party.value), contract_id),
        owned=cube.count(View(owner=party.value), contract_id),
        causes=cube.count(causes, contract_id),
        closed=closed[party.value].closed if party.value in closed else 0,
        returned=_returned(contract_id, party),
        waiting_since=db.session.execute(
            select(func.min(_actions.c.court_since)).where(
                _actions.c.contract_id == contract_id,
                _actions.c.listed,
                _actions.c.court == party.value,
            )
        ).scalar(),
        kept=kept,
        promises=sum(kept.values(), Kept()),
        corrective=listing.page(causes.but(sort="due"), contract_id, size=CAUSES).rows,
    )


_CLOSED = (
    select(
        _actions.c.owner_party,
        func.count(case((_actions.c.outcome.in_(PUT_RIGHT), 1))).label("closed"),
        *(
            func.sum(_actions.c[f"court_{whose}"]).label(whose)
            for whose in ("customer", "contractor", "nobody")
        ),
    )
    .where(
        _actions.c.contract_id == bindparam("contract"), _actions.c.closed_at >= bindparam("since")
    )
    .group_by(_actions.c.owner_party)
)


def _closed(contract_id: int, since: datetime) -> dict[str, Row[Any]]:
    """What was closed since then, by the party that owned the work."""
    rows = db.session.execute(_CLOSED, {"contract": contract_id, "since": since})
    return {row.owner_party: row for row in rows}


def _turns(closed: Mapping[str, Row[Any]]) -> Turns | None:
    spent = [
        float(sum(getattr(row, whose) or 0 for row in closed.values()))
        for whose in ("customer", "contractor", "nobody")
    ]
    life = sum(spent)
    return Turns(*(one / life for one in spent)) if life else None


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
