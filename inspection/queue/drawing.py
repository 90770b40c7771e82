"""Facts as pictures: how a clock's time went by, how long each turn took, what became of a fix.

Nothing but geometry and whole numbers: moments and spans in, percent out. The words stand beside
the picture, in the templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from inspection.rules import sla
from inspection.rules.sla import Clock, Pauses, Timing
from inspection.rules.states import Source, State

_HOUR, _DAY = 60, 24 * 60  # minutes


@dataclass(frozen=True)
class Length:
    """A length of time as people say it, in whole units: 3 `hours`, 2 `working_days`."""

    count: int
    unit: str


def length(minutes: int, working_day: int = 0) -> Length:
    """Minutes in the largest unit that still says enough, rounded down.

    `working_day`: the minutes of a normal day of the calendar when they are working time.
    """
    working = "working_" if working_day else ""
    many, day = (3, working_day) if working_day else (2, _DAY)
    if minutes >= many * day:
        return Length(minutes // day, f"{working}days")
    if minutes >= 2 * _HOUR:
        return Length(minutes // _HOUR, f"{working}hours")
    return Length(max(0, minutes), f"{working}minutes")


def span(elapsed: timedelta) -> Length:
    """Elapsed time as people say it."""
    return length(elapsed // timedelta(minutes=1))


# ---------------------------------------------------------------- one clock


@dataclass(frozen=True)
class Piece:
    """A part of a bar: `gone`, `paused` or `late`; where it begins and its width, in percent."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """The time of a clock along real time: its parts, and where marks stand, in percent.

    `warn` and `now` are None where there is nothing to mark: no warning before the due moment, a
    clock that has ended.
    """

    pieces: tuple[Piece, ...]
    due: float
    warn: float | None
    now: float | None


def clock_bar(clock: Clock, now: datetime, timing: Timing) -> Bar:
    """Draw a clock from its start to its due moment, or to now where that is later.

    A clock on hold is drawn as if it went on now, so its due moment moves along.
    """
    shown = going_on(clock, now, timing)
    ended = clock.stopped_at or clock.cancelled_at
    upto = max(clock.started_at, ended or now)
    scale = _Scale(clock.started_at, max(shown.due_at, upto))
    return Bar(
        tuple(_pieces(shown, _stood(clock, upto), upto, scale)),
        scale(shown.due_at),
        scale(shown.warn_at) if shown.warn_at < shown.due_at else None,
        None if ended else scale(now),
    )


def going_on(clock: Clock, now: datetime, timing: Timing) -> Clock:
    """The clock as it would be if what holds it up were over now."""
    return clock if clock.ended else sla.resumed(clock, now, timing)


def left(clock: Clock, now: datetime, timing: Timing) -> Length | None:
    """What is left of a clock that has not ended; None once it is late."""
    if clock.ended or (clock.due_at <= now and clock.paused_at is None):
        return None
    minutes = timing.hours(clock.business).minutes_between(clock.paused_at or now, clock.due_at)
    return length(minutes, timing.calendar.day_minutes if clock.business else 0)


class _Scale:
    """Moments as percent of a stretch of time; a stretch of no length is all at its end."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self._begins, self._whole = begins, ends - begins

    def __call__(self, moment: datetime) -> float:
        if not self._whole:
            return 100.0
        return round(min(100.0, max(0.0, 100 * ((moment - self._begins) / self._whole))), 2)


def _stood(clock: Clock, upto: datetime) -> Pauses:
    """When it stood still; a hold that lasts, up to the end of the picture."""
    lasting = ((clock.paused_at, upto),) if clock.paused_at else ()
    return (*clock.pauses, *lasting)


def _pieces(clock: Clock, stood: Pauses, upto: datetime, scale: _Scale) -> Iterable[Piece]:
    stands = (edge for pause in stood for edge in pause)
    edges = {clock.started_at, upto, min(clock.due_at, upto), *stands}
    moments = sorted(edge for edge in edges if clock.started_at <= edge <= upto)
    parts = ((_kind(clock, stood, begins), begins, ends) for begins, ends in pairwise(moments))
    for kind, run in groupby(parts, key=lambda part: part[0]):
        first, *rest = run
        begins, ends = scale(first[1]), scale((rest or [first])[-1][2])
        if ends > begins:
            yield Piece(kind, begins, round(ends - begins, 2))


def _kind(clock: Clock, stood: Pauses, at: datetime) -> str:
    if any(begins <= at < ends for begins, ends in stood):
        return "paused"
    return "late" if at >= clock.due_at else "gone"


# ---------------------------------------------------------------- all clocks of an action


@dataclass(frozen=True)
class Drawn:
    """One clock as the page shows it.

    `said` is where it stands: running, warned, late, paused, met, met_late, cancelled. `due_at` is
    provisional while it is paused. `margin`: how long before its due moment it was met, or after.
    """

    clock: Clock
    relieved_at: datetime | None
    said: str
    due_at: datetime
    bar: Bar
    left: Length | None
    margin: Length | None
    target: Length


def drawn(clock: Clock, relieved_at: datetime | None, now: datetime, timing: Timing) -> Drawn:
    """A clock, its picture and what is said beside it."""
    day = timing.calendar.day_minutes if clock.business else 0
    stopped = clock.stopped_at
    return Drawn(
        clock,
        relieved_at,
        _standing(clock, now),
        going_on(clock, now, timing).due_at,
        clock_bar(clock, now, timing),
        left(clock, now, timing),
        span(abs(stopped - clock.due_at)) if stopped else None,
        length(clock.minutes, day),
    )


def _standing(clock: Clock, now: datetime) -> str:
    if clock.cancelled_at is not None:
        return "cancelled"
    if clock.stopped_at is not None:
        late = clock.breached_at is not None or clock.stopped_at > clock.due_at
        return "met_late" if late else "met"
    if clock.paused_at is not None:
        return "paused"
    if now > clock.due_at:
        return "late"
    return "warned" if now >= clock.warn_at else "running"


def in_order(clocks: Iterable[Drawn]) -> list[Drawn]:
    """What runs first, by what is due first; then what has ended, the latest first."""
    every = list(clocks)
    open_ones = [one for one in every if not one.clock.ended]
    ended = [one for one in every if one.clock.ended]
    return sorted(open_ones, key=lambda one: one.due_at) + ended[::-1]


# ---------------------------------------------------------------- turns


@dataclass(frozen=True)
class Share:
    """How long it was somebody's turn: `customer`, `contractor` or `nobody`."""

    who: str
    x: float
    width: float
    length: Length


def shares(spent: Mapping[str, timedelta]) -> list[Share]:
    """The open life of an action, divided by whose turn it was; those who had none left out."""
    whole, x, found = sum(spent.values(), timedelta()), 0.0, []
    for who, time in spent.items():
        width = round(100 * (time / whole), 2) if whole else 0.0
        if time >= timedelta(minutes=1):
            found.append(Share(who, round(x, 2), width, span(time)))
        x += width
    return found


# ---------------------------------------------------------------- generations


@dataclass(frozen=True)
class Link:
    """One generation: its action, and how long its fix held before the next one came."""

    action: Any
    held: Length | None
    holds: bool  # it still does, as far as anybody knows


@dataclass(frozen=True)
class Chain:
    """What came back, one action after the other.

    `origin` is the action of another place whose cause was looked for here.
    """

    links: tuple[Link, ...]
    origin: Any | None

    def __bool__(self) -> bool:
        return len(self.links) > 1 or self.origin is not None


def chain(rows: Sequence[Any], here: int, now: datetime) -> Chain:
    """The generations that action `here` belongs to, out of all its relatives.

    Each row has id, parent_id, source, state, fixed_at and received_at.
    """
    by_id = {row.id: row for row in rows}
    first = by_id[here]
    while first.source == Source.REPEAT and first.parent_id in by_id:
        first = by_id[first.parent_id]
    line = [first]
    while following := [
        r for r in rows if r.parent_id == line[-1].id and r.source == Source.REPEAT
    ]:
        line.append(min(following, key=lambda row: row.id))
    return Chain(
        tuple(_link(row, after, now) for row, after in pairwise([*line, None])),
        by_id.get(first.parent_id) if first.source == Source.SIMILAR else None,
    )


def _link(row: Any, after: Any, now: datetime) -> Link:
    proved = row.state in (State.MONITORING, State.CLOSED) and row.fixed_at is not None
    if not proved:
        return Link(row, None, False)
    until = after.received_at if after else now
    return Link(row, span(max(until - row.fixed_at, timedelta())), after is None)
