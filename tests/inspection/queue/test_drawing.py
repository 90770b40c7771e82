"""Pictures of time: what stands where on a bar, in percent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inspection.queue import drawing
from inspection.queue.drawing import Length, Piece
from inspection.rules import sla
from inspection.rules.access import Party
from inspection.rules.calendar import Calendar
from inspection.rules.sla import Clock, Timing
from inspection.rules.states import ClockKind

WEEK = ((((time(8), time(16)),),) * 5) + ((), ())
TIMING = Timing(Calendar(ZoneInfo("Europe/Copenhagen"), WEEK))
MONDAY = datetime(2026, 11, 2, 7, tzinfo=UTC)  # 08:00 in Copenhagen
HOUR = timedelta(hours=1)


def fix(minutes: int = 600, business: bool = False, begins: datetime = MONDAY) -> Clock:
    """A clock of ten hours, unless said otherwise."""
    return sla.started(ClockKind.FIX, Party.CONTRACTOR, begins, (minutes, business), TIMING)


def pieces(clock: Clock, hours: float) -> list[tuple[str, float, float]]:
    bar = drawing.clock_bar(clock, MONDAY + hours * HOUR, TIMING)
    return [(piece.kind, piece.x, piece.width) for piece in bar.pieces]


def test_a_clock_that_runs_is_gone_as_far_as_now() -> None:
    bar = drawing.clock_bar(fix(), MONDAY + 4 * HOUR, TIMING)
    assert bar.pieces == (Piece("gone", 0.0, 40.0),)
    assert (bar.warn, bar.due, bar.now) == (75.0, 100.0, 40.0)


def test_what_is_late_goes_on_beyond_the_due_mark() -> None:
    bar = drawing.clock_bar(fix(), MONDAY + 20 * HOUR, TIMING)
    assert bar.pieces == (Piece("gone", 0.0, 50.0), Piece("late", 50.0, 50.0))
    assert (bar.warn, bar.due, bar.now) == (37.5, 50.0, 100.0)


def test_a_pause_lies_between_what_went_by_before_and_after() -> None:
    clock = sla.resumed(sla.paused(fix(), MONDAY + 2 * HOUR), MONDAY + 7 * HOUR, TIMING)
    assert pieces(clock, 9) == [
        ("gone", 0.0, 13.33),
        ("paused", 13.33, 33.34),
        ("gone", 46.67, 13.33),
    ]


def test_on_hold_the_due_moment_moves_along_with_now() -> None:
    clock = sla.paused(fix(), MONDAY + 4 * HOUR)
    bar = drawing.clock_bar(clock, MONDAY + 14 * HOUR, TIMING)
    assert bar.pieces == (Piece("gone", 0.0, 20.0), Piece("paused", 20.0, 50.0))
    assert (bar.due, bar.now) == (100.0, 70.0)
    shown = drawing.drawn(clock, None, MONDAY + 14 * HOUR, TIMING)
    assert (shown.said, shown.left) == ("paused", Length(6, "hours"))
    assert shown.due_at == MONDAY + 20 * HOUR
    assert clock.due_at == MONDAY + 10 * HOUR


def test_overlapping_pauses_are_hatched_once() -> None:
    clock = replace(
        fix(),
        pauses=((MONDAY + HOUR, MONDAY + 3 * HOUR), (MONDAY + 2 * HOUR, MONDAY + 4 * HOUR)),
    )
    assert [piece[0] for piece in pieces(sla.timed(clock, TIMING), 5)] == ["gone", "paused", "gone"]


def test_a_clock_that_ended_has_no_mark_for_now() -> None:
    done = sla.stopped(fix(), MONDAY + 5 * HOUR, TIMING)
    bar = drawing.clock_bar(done, MONDAY + 500 * HOUR, TIMING)
    assert bar.pieces == (Piece("gone", 0.0, 50.0),)
    assert bar.now is None


def test_a_clock_of_no_length_is_drawn_all_the_same() -> None:
    clock = fix(0)
    assert drawing.clock_bar(clock, MONDAY, TIMING).due == 100.0
    assert pieces(clock, 1) == [("late", 0.0, 100.0)]


@pytest.mark.parametrize("hours", [0, 1, 7.5, 10, 11, 300])
@pytest.mark.parametrize("pauses", [(), ((1, 2),), ((1, 2), (5, 9)), ((8, 200),)])
def test_pieces_never_overlap_and_end_at_now(hours: float, pauses: Any) -> None:
    stood = tuple((MONDAY + a * HOUR, MONDAY + b * HOUR) for a, b in pauses if b <= hours)
    clock = sla.timed(replace(fix(), pauses=stood), TIMING)
    bar = drawing.clock_bar(clock, MONDAY + hours * HOUR, TIMING)
    ends = 0.0
    for piece in bar.pieces:
        assert piece.x == pytest.approx(ends, abs=0.02)
        ends = piece.x + piece.width
    assert bar.now is not None
    assert ends == pytest.approx(bar.now, abs=0.02)


@pytest.mark.parametrize(
    ("minutes", "business", "after", "said"),
    [
        (600, False, timedelta(), Length(10, "hours")),
        (600, False, 9 * HOUR, Length(60, "minutes")),
        (7200, False, timedelta(), Length(5, "days")),
        (240, True, timedelta(), Length(4, "working_hours")),
        (600, True, 8 * HOUR, Length(2, "working_hours")),
        (600, True, 20 * HOUR, Length(2, "working_hours")),  # a night in between counts nothing
        (2400, True, timedelta(), Length(5, "working_days")),
        (600, False, 11 * HOUR, None),
    ],
)
def test_what_is_left_is_said_in_the_time_that_counts(
    minutes: int, business: bool, after: timedelta, said: Length | None
) -> None:
    assert drawing.left(fix(minutes, business), MONDAY + after, TIMING) == said


@pytest.mark.parametrize(
    ("clock", "hours", "said"),
    [
        (fix(), 1, "running"),
        (fix(), 8, "warned"),
        (fix(), 11, "late"),
        (sla.stopped(fix(), MONDAY + 2 * HOUR, TIMING), 90, "met"),
        (sla.stopped(fix(), MONDAY + 12 * HOUR, TIMING), 90, "met_late"),
        (replace(fix(), cancelled_at=MONDAY + HOUR), 90, "cancelled"),
    ],
)
def test_where_a_clock_stands_has_one_word(clock: Clock, hours: int, said: str) -> None:
    assert drawing.drawn(clock, None, MONDAY + hours * HOUR, TIMING).said == said


def test_what_is_due_first_stands_first_and_what_ended_last_comes_after_it() -> None:
    now = MONDAY + HOUR
    clocks = [
        sla.stopped(fix(60), now, TIMING),
        fix(900),
        replace(fix(120), cancelled_at=now),
        fix(300),
    ]
    ordered = drawing.in_order(drawing.drawn(one, None, now, TIMING) for one in clocks)
    assert [one.clock.minutes for one in ordered] == [300, 900, 120, 60]


def test_turns_divide_the_whole_bar_and_leave_out_who_had_none() -> None:
    spent = {"customer": 3 * HOUR, "contractor": timedelta(), "nobody": 9 * HOUR}
    customer, nobody = drawing.shares(spent)
    assert (customer.who, customer.x, customer.width) == ("customer", 0.0, 25.0)
    assert (nobody.x, nobody.width, nobody.length) == (25.0, 75.0, Length(9, "hours"))
    assert drawing.shares({"customer": timedelta()}) == []


# ---------------------------------------------------------------- generations


def one(number: int, parent: int | None, source: str, days: int, fixed: int | None) -> Any:
    received = MONDAY + timedelta(days=days)
    fixed_at = MONDAY + timedelta(days=fixed) if fixed is not None else None
    state = "in_progress" if fixed is None else "closed"
    return SimpleNamespace(
        id=number, parent_id=parent, source=source, received_at=received, fixed_at=fixed_at,
        state=state, generation=1,
    )  # fmt: skip


FAMILY = [
    one(1, None, "report", 0, 2),
    one(2, 1, "repeat", 14, 16),
    one(3, 2, "repeat", 20, None),
    one(4, 2, "similar", 17, None),
    one(5, 4, "repeat", 30, None),
]


@pytest.mark.parametrize("here", [1, 2, 3])
def test_every_generation_shows_the_whole_chain_and_how_long_each_fix_held(here: int) -> None:
    chain = drawing.chain(FAMILY, here, MONDAY + timedelta(days=40))
    assert [link.action.id for link in chain.links] == [1, 2, 3]
    assert [link.held for link in chain.links] == [Length(12, "days"), Length(4, "days"), None]
    assert chain.origin is None


def test_a_similar_place_points_to_where_the_cause_was_found_and_has_its_own_chain() -> None:
    chain = drawing.chain(FAMILY, 5, MONDAY)
    assert [link.action.id for link in chain.links] == [4, 5]
    assert chain.origin is FAMILY[1]


def test_a_fix_that_nothing_followed_holds_until_now() -> None:
    chain = drawing.chain(FAMILY[:1], 1, MONDAY + timedelta(days=9))
    assert chain.links[0].held == Length(7, "days")
    assert chain.links[0].holds
    assert not chain  # one generation alone is no chain to draw
