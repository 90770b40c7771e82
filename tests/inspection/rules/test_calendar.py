"""Which hours count, held against worked examples and a model that walks minute by minute."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspection.rules.calendar import ALWAYS_OPEN, Calendar, Windows, due_with_pauses

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
EASTER = frozenset({date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)})
MINUTE = timedelta(minutes=1)


def weekdays(opens: int, closes: int, holidays: frozenset[date] = frozenset()) -> Calendar:
    return Calendar(COPENHAGEN, (((time(opens), time(closes)),),) * 5 + ((), ()), holidays)


def at(text: str) -> datetime:
    """Read a moment as the wall clock in Copenhagen shows it, or with its offset."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


OFFICE, LONG, EARLY = weekdays(9, 17), weekdays(9, 18), weekdays(8, 17)
DANISH, PLAIN = weekdays(8, 16, EASTER), weekdays(8, 16)

# 2026-03-02 is a Monday.
EXAMPLES = {
    "T1 over the weekend": (OFFICE, "2026-03-06T16:00", 240, [], "2026-03-09T12:00"),
    "T2 begins exactly at closing": (OFFICE, "2026-03-06T17:00", 240, [], "2026-03-09T13:00"),
    "T3 over a night": (OFFICE, "2026-03-05T15:00", 240, [], "2026-03-06T11:00"),
    "T4 one whole day": (OFFICE, "2026-03-02T15:30", 480, [], "2026-03-03T15:30"),
    "T5 a day of nine hours": (LONG, "2026-03-02T16:00", 480, [], "2026-03-03T15:00"),
    "T6 a pause over closing": (
        LONG,
        "2026-03-02T16:00",
        480,
        [("2026-03-02T17:00", "2026-03-03T10:00")],
        "2026-03-03T17:00",
    ),
    "T7 Monday, whatever the source prints": (
        EARLY,
        "2026-03-06T16:00",
        240,
        [],
        "2026-03-09T11:00",
    ),
    "T8 over Easter": (DANISH, "2026-04-01T15:00", 480, [], "2026-04-07T15:00"),
    "T9 five working days over Easter": (DANISH, "2026-04-01T15:00", 2400, [], "2026-04-13T15:00"),
    "T10 two working days over Easter": (DANISH, "2026-04-01T15:00", 960, [], "2026-04-08T15:00"),
    "T11 a pause of 450 business minutes": (
        DANISH,
        "2026-04-01T15:00",
        960,
        [("2026-04-07T10:00", "2026-04-08T09:30")],
        "2026-04-09T14:30",
    ),
    "T12 a pause of holidays alone": (
        DANISH,
        "2026-04-01T15:00",
        960,
        [("2026-04-02T10:00", "2026-04-06T12:00")],
        "2026-04-08T15:00",
    ),
    "T13 begins on a Saturday": (PLAIN, "2026-04-11T14:00", 240, [], "2026-04-13T12:00"),
    "T14 due exactly at closing": (PLAIN, "2026-03-06T15:30", 30, [], "2026-03-06T16:00"),
    "T15 round the clock in spring": (
        ALWAYS_OPEN,
        "2026-03-29T00:30+01:00",
        240,
        [],
        "2026-03-29T05:30+02:00",
    ),
    "T16 round the clock in autumn": (
        ALWAYS_OPEN,
        "2026-10-25T00:30+02:00",
        240,
        [],
        "2026-10-25T03:30+01:00",
    ),
}


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "pauses", "due"), EXAMPLES.values(), ids=EXAMPLES.keys()
)
def test_the_worked_examples_come_out(
    calendar: Calendar, start: str, minutes: int, pauses: list[tuple[str, str]], due: str
) -> None:
    paused = [(at(begins).astimezone(UTC), at(ends).astimezone(UTC)) for begins, ends in pauses]
    answer = due_with_pauses(calendar, at(start).astimezone(UTC), minutes, paused)
    assert answer == at(due)
    assert answer.tzinfo is UTC


def test_a_normal_day_is_the_commonest_open_day() -> None:
    early_friday = Calendar(
        COPENHAGEN,
        (((time(8, 15), time(16, 45)),),) * 4 + (((time(8, 15), time(16, 15)),), (), ()),
    )
    assert DANISH.day_minutes == 480
    assert early_friday.day_minutes == 510
    assert ALWAYS_OPEN.day_minutes == 1440
    assert DANISH.working_days(5) == 2400


def test_the_last_instant_before_a_holiday_is_due_before_it_and_the_next_after() -> None:
    start = at("2026-04-01T15:00").astimezone(UTC)
    hour, instant = timedelta(hours=1), timedelta(microseconds=1)
    assert DANISH.add(start, hour) == at("2026-04-01T16:00")
    assert DANISH.add(start, hour + instant) == at("2026-04-07T08:00") + instant


def test_a_lunch_break_does_not_count() -> None:
    windows = (((time(8), time(12)), (time(13), time(17))),) * 7
    calendar = Calendar(UTC, windows)
    start = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
    assert calendar.add_minutes(start, 60) == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert calendar.add_minutes(start, 61) == datetime(2026, 3, 2, 13, 1, tzinfo=UTC)
    assert calendar.minutes_between(start, start + timedelta(hours=24)) == 480


@pytest.mark.parametrize(
    ("night", "real_hours"),
    [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 6, 1), 8)],
)
def test_a_night_shift_counts_the_hours_that_really_pass(night: date, real_hours: int) -> None:
    calendar = Calendar(COPENHAGEN, (((time(0), time(6)), (time(22), time(0))),) * 7)
    start = datetime.combine(night, time(22), COPENHAGEN).astimezone(UTC)
    end = datetime.combine(night + timedelta(days=1), time(6), COPENHAGEN).astimezone(UTC)
    assert calendar.minutes_between(start, end) == real_hours * 60
    assert calendar.add_minutes(start, real_hours * 60) == end


def test_overlapping_pauses_count_once_and_late_or_early_ones_not_at_all() -> None:
    start = at("2026-03-02T09:00").astimezone(UTC)
    hour = timedelta(hours=1)
    pauses = [(start + hour, start + 3 * hour), (start + 2 * hour, start + 4 * hour)]
    early, late = (start - 9 * hour, start - hour), (start + 200 * hour, start + 300 * hour)
    expected = OFFICE.add_minutes(start, 60 * 5)
    assert due_with_pauses(OFFICE, start, 120, [late, *reversed(pauses), early]) == expected


def test_a_pause_that_begins_when_the_work_is_due_changes_nothing() -> None:
    start = at("2026-03-02T09:00").astimezone(UTC)
    due = OFFICE.add_minutes(start, 60)
    assert due_with_pauses(OFFICE, start, 60, [(due, due + timedelta(hours=2))]) == due


@pytest.mark.parametrize(
    "windows",
    [
        ((),) * 7,
        (((time(8), time(16)),),) * 6,
        (((time(16), time(8)),),) * 7,
        (((time(8), time(12)), (time(11), time(16))),) * 7,
        (((time(13), time(16)), (time(8), time(12))),) * 7,
    ],
    ids=["never open", "six days", "closes before it opens", "overlaps", "out of order"],
)
def test_a_calendar_of_another_shape_is_refused(windows: tuple[Windows, ...]) -> None:
    with pytest.raises(ValueError, match=r"seven days|rise and do not overlap"):
        Calendar(UTC, windows)


def test_time_is_not_taken_away_and_a_pause_does_not_end_before_it_begins() -> None:
    start = at("2026-03-02T09:00").astimezone(UTC)
    with pytest.raises(ValueError, match="not taken away"):
        OFFICE.add_minutes(start, -1)
    with pytest.raises(ValueError, match="ends after it begins"):
        due_with_pauses(OFFICE, start, 60, [(start + MINUTE, start)])


# The model: one minute after the other, asked of the wall clock.


def is_open(calendar: Calendar, minute: datetime) -> bool:
    wall = minute.astimezone(calendar.tz)
    return wall.date() not in calendar.holidays and any(
        opens <= wall.time() and (closes == time(0) or wall.time() < closes)
        for opens, closes in calendar.windows[wall.weekday()]
    )


def walked_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    count = 0
    while start < end:
        count += is_open(calendar, start)
        start += MINUTE
    return count


def walked_due(
    calendar: Calendar,
    start: datetime,
    minutes: int,
    pauses: Sequence[tuple[datetime, datetime]] = (),
) -> datetime:
    while minutes:
        paused = any(begins <= start < ends for begins, ends in pauses)
        minutes -= is_open(calendar, start) and not paused
        start += MINUTE
    return start


ZONES = [
    COPENHAGEN,
    ZoneInfo("America/New_York"),
    ZoneInfo("Asia/Kathmandu"),  # 5 h 45 min
    ZoneInfo("Australia/Lord_Howe"),  # the clock moves by half an hour
    ZoneInfo("Africa/Cairo"),  # the clock moves at midnight
    UTC,
]
# Days around which the clocks of those zones move in 2026, a leap day, and the turn of a year.
MOMENTS = [
    (2026, 3, 8), (2026, 3, 28), (2026, 10, 24), (2026, 10, 31), (2026, 4, 4), (2026, 10, 3),
    (2026, 4, 23), (2026, 10, 29), (2024, 2, 28), (2026, 12, 30),
]  # fmt: skip


@st.composite
def windows_of_a_day(draw: st.DrawFn) -> Windows:
    quarters = draw(st.lists(st.integers(0, 96), max_size=4, unique=True).map(sorted))
    edges = [time(quarter // 4 % 24, quarter % 4 * 15) for quarter in quarters]
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def starts(draw: st.DrawFn) -> datetime:
    day = datetime(*draw(st.sampled_from(MOMENTS)), tzinfo=UTC)
    return day + draw(st.integers(-2 * 1440, 3 * 1440)) * MINUTE


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    around = draw(st.sampled_from(MOMENTS))
    days = st.integers(-3, 6).map(lambda n: date(*around) + timedelta(days=n))
    windows = draw(st.lists(windows_of_a_day(), min_size=7, max_size=7).map(tuple).filter(any))
    return Calendar(draw(st.sampled_from(ZONES)), windows, draw(st.frozensets(days, max_size=4)))


@settings(deadline=None, max_examples=60)
@given(calendars(), starts(), st.integers(0, 4 * 1440))
def test_time_between_agrees_with_walking_every_minute(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    end = start + minutes * MINUTE
    assert calendar.minutes_between(start, end) == walked_between(calendar, start, end)
    assert calendar.minutes_between(end, start) == 0


@settings(deadline=None, max_examples=60)
@given(calendars(), starts(), st.integers(0, 900))
def test_the_due_moment_agrees_with_walking_every_minute(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    assert calendar.add_minutes(start, minutes) == walked_due(calendar, start, minutes)


@st.composite
def paused_starts(draw: st.DrawFn) -> tuple[datetime, list[tuple[datetime, datetime]]]:
    """Draw a start and pauses around it: before, across, inside one another, after the end."""
    start = draw(starts())
    moments = st.integers(-600, 3000).map(lambda minutes: start + minutes * MINUTE)
    pair = st.tuples(moments, moments).map(lambda two: (min(two), max(two)))
    return start, draw(st.lists(pair, max_size=4))


@settings(deadline=None, max_examples=60)
@given(calendars(), paused_starts(), st.integers(1, 900))
def test_the_due_moment_with_pauses_agrees_with_walking_every_minute(
    calendar: Calendar,
    paused: tuple[datetime, list[tuple[datetime, datetime]]],
    minutes: int,
) -> None:
    start, pauses = paused
    walked = walked_due(calendar, start, minutes, pauses)
    assert due_with_pauses(calendar, start, minutes, pauses) == walked


@given(calendars(), paused_starts(), st.integers(1, 900), st.data())
def test_one_pause_more_is_never_due_earlier(
    calendar: Calendar,
    paused: tuple[datetime, list[tuple[datetime, datetime]]],
    minutes: int,
    data: st.DataObject,
) -> None:
    start, pauses = paused
    fewer = data.draw(st.lists(st.sampled_from(pauses), unique=True)) if pauses else []
    due = due_with_pauses(calendar, start, minutes, pauses)
    assert due_with_pauses(calendar, start, minutes, fewer) <= due


@given(calendars(), starts(), st.integers(1, 5000), st.integers(0, 600), st.integers(0, 5000))
def test_where_one_pause_is_cut_in_two_makes_no_difference(
    calendar: Calendar, start: datetime, minutes: int, before: int, length: int
) -> None:
    begins = start + before * MINUTE
    middle, ends = begins + length // 3 * MINUTE, begins + length * MINUTE
    whole = due_with_pauses(calendar, start, minutes, [(begins, ends)])
    assert due_with_pauses(calendar, start, minutes, [(begins, middle), (middle, ends)]) == whole


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_working_day_across_a_change_of_the_clocks_ends_on_the_wall_clock(zone: ZoneInfo) -> None:
    """Office hours do not meet the night's change, so one working day is the same hour tomorrow."""
    calendar = Calendar(zone, (((time(8), time(16)),),) * 7)
    for moment in MOMENTS:
        start = datetime(*moment, 10, 30, tzinfo=zone)
        due = calendar.add_minutes(start.astimezone(UTC), calendar.working_days(1))
        assert due.astimezone(zone).replace(tzinfo=None) == datetime(*moment, 10, 30) + timedelta(1)


SPANS = st.timedeltas(timedelta(0), timedelta(days=40))


@given(calendars(), starts(), SPANS, SPANS)
def test_who_begins_later_is_due_no_earlier(
    calendar: Calendar, start: datetime, later: timedelta, span: timedelta
) -> None:
    assert calendar.add(start, span) <= calendar.add(start + later, span)


@given(calendars(), starts(), SPANS, SPANS)
def test_two_spans_one_after_the_other_are_their_sum(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@given(calendars(), starts(), SPANS)
def test_the_span_is_used_up_at_the_due_moment_and_not_before(
    calendar: Calendar, start: datetime, span: timedelta
) -> None:
    due = calendar.add(start, span)
    assert calendar.open_between(start, due) == span
    if span:
        just_before = due - timedelta(microseconds=1)
        assert calendar.open_between(start, just_before) < span


@given(calendars(), starts(), SPANS, SPANS)
def test_time_between_adds_up(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    middle, end = start + first, start + first + second
    parts = calendar.open_between(start, middle) + calendar.open_between(middle, end)
    assert calendar.open_between(start, end) == parts


@given(calendars(), starts(), st.integers(1, 5000), st.data())
def test_a_pause_of_n_business_minutes_moves_the_due_moment_by_exactly_n(
    calendar: Calendar, start: datetime, minutes: int, data: st.DataObject
) -> None:
    length = int((calendar.add_minutes(start, minutes) - start) / MINUTE)
    begins = start + data.draw(st.integers(0, length - 1)) * MINUTE
    ends = begins + data.draw(st.integers(0, 20_000)) * MINUTE
    paused = calendar.minutes_between(begins, ends)
    answer = due_with_pauses(calendar, start, minutes, [(begins, ends)])
    assert answer == calendar.add_minutes(start, minutes + paused)


@given(calendars(), starts(), st.integers(1, 5000), st.data())
@example(DANISH, datetime(2026, 4, 1, 13, tzinfo=UTC), 960, None)
def test_the_clock_stands_still_during_pauses_however_they_are_told(
    calendar: Calendar, start: datetime, minutes: int, data: st.DataObject | None
) -> None:
    """Between start and due, the time outside every pause is exactly the target."""
    moments = st.integers(0, 9000).map(lambda n: start + n * MINUTE)
    pair = st.tuples(moments, moments).map(lambda two: (min(two), max(two)))
    pauses = data.draw(st.lists(pair, max_size=5)) if data else []
    due = due_with_pauses(calendar, start, minutes, pauses)
    paused = sum(
        (calendar.open_between(a, min(b, due)) for a, b in merged(pauses)), start=timedelta()
    )
    assert calendar.open_between(start, due) - paused == minutes * MINUTE


def merged(pauses: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    whole: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(pauses):
        if whole and begins <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(ends, whole[-1][1]))
        else:
            whole.append((begins, ends))
    return whole


@given(starts(), st.integers(0, 10**6))
def test_the_clock_that_never_closes_is_elapsed_time(start: datetime, minutes: int) -> None:
    assert ALWAYS_OPEN.add_minutes(start, minutes) == start + minutes * MINUTE
    assert ALWAYS_OPEN.minutes_between(start, start + minutes * MINUTE) == minutes
