"""Which hours count: business time between two moments, and the moment when it is used up.

Time that counts is real time: what elapses while the wall clock in the calendar's zone stands in
an open window of a day that is no holiday. A night shift therefore has an hour less or more when
the clocks change, and the 24x7 calendar never has. Everything is exact to the microsecond.

No minute is walked. Between two changes of the clock a moment maps to local wall time by one
addition, and on the wall clock the open time since the epoch has a closed form: whole weeks, the
part of a week, less the holidays.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from statistics import multimode

Windows = tuple[tuple[time, time], ...]

_EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday
_TICK = timedelta(microseconds=1)  # everything below is counted in these
_MINUTE = timedelta(minutes=1) // _TICK
_DAY = timedelta(days=1) // _TICK
_WEEK = 7 * _DAY


@dataclass(frozen=True)
class Calendar:
    """Weekly open windows in a time zone, and the dates on which nothing counts.

    `windows` holds seven days, Monday first; each is a tuple of (open, close) in rising order
    without overlap, open included, close not. A close of 00:00 is the end of that day, so
    (00:00, 00:00) is a whole day. `holidays` are local dates. Raises ValueError for other shapes
    and for a week that never opens.

    Moments passed in are aware; moments given back are in UTC.
    """

    tz: tzinfo
    windows: tuple[Windows, ...]
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        edges = [edge for window in _in_week(self.windows) for edge in window]
        if len(self.windows) != 7 or not edges:
            raise ValueError("a calendar has seven days and opens on one of them at least")
        opens_late = any(opens >= closes for opens, closes in _in_week(self.windows))
        if opens_late or edges != sorted(edges):
            raise ValueError("the windows of a day rise and do not overlap")

    @property
    def day_minutes(self) -> int:
        """Give the length of a normal day: the commonest among the open days, the longer if tied.

        480 for Monday to Friday 08-16.
        """
        return max(multimode(length for length in self._week.day_lengths if length)) // _MINUTE

    def working_days(self, count: int) -> int:
        """Say working days as business minutes: rolling, not "by the close of day five"."""
        return count * self.day_minutes

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """Measure the time that counts from start to end; nothing when end is not after start."""
        at, stop, total = _ticks(start), _ticks(end), 0
        while at < stop:
            offset, change = _clock_at(self.tz, at)
            until = min(stop, change)
            total += self._passed(until + offset) - self._passed(at + offset)
            at = until
        return total * _TICK

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Count the whole minutes of `open_between`."""
        return self.open_between(start, end) // timedelta(minutes=1)

    def add(self, start: datetime, span: timedelta) -> datetime:
        """Find the first moment, not before start, by which `span` of open time has passed.

        So what is due exactly at closing stays at closing, and an empty span moves nothing.
        Raises ValueError for a negative span.
        """
        at, left = _ticks(start), span // _TICK
        if left < 0:
            raise ValueError("time is added, not taken away")
        while left:
            offset, change = _clock_at(self.tz, at)
            passed = self._passed(at + offset)
            due = self._reached(passed + left) - offset
            if due <= change:
                return _moment(due)
            left -= self._passed(change + offset) - passed
            at = change
        return _moment(at)

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """Find when so many business minutes after start are used up; see `add`."""
        return self.add(start, timedelta(minutes=minutes))

    def _passed(self, wall: int) -> int:
        """Measure the open time from the epoch to a moment on the wall clock."""
        days = self._closed.days
        before = bisect_left(days, wall // _DAY)
        today = before < len(days) and days[before] == wall // _DAY
        reached = wall - wall % _DAY if today else wall
        return self._week.passed(reached) - self._closed.lost[before]

    def _reached(self, passed: int) -> int:
        """Find the first moment on the wall clock by which so much open time has passed."""
        return self._week.reached(passed + self._closed.lost[bisect_left(self._closed.at, passed)])

    @cached_property
    def _week(self) -> "_Week":
        return _Week(self.windows)

    @cached_property
    def _closed(self) -> "_Closed":
        return _Closed(self._week, self.holidays)


def due_with_pauses(
    calendar: Calendar,
    start: datetime,
    minutes: int,
    pauses: Iterable[tuple[datetime, datetime]],
) -> datetime:
    """Find the due moment when the clock stood still during pauses (from, to).

    Each moves the due moment by the open time inside it; time inside two pauses counts once, time
    before start not at all. A pause that begins at or after the due moment, as moved by the
    earlier ones, changes nothing. Raises ValueError for a pause that ends before it begins.
    """
    due, counted_to = calendar.add_minutes(start, minutes), start
    for begins, ends in sorted(pauses):
        if ends < begins:
            raise ValueError("a pause ends after it begins")
        if begins >= due:
            break
        due = calendar.add(due, calendar.open_between(max(begins, counted_to), ends))
        counted_to = max(counted_to, ends)
    return due


class _Week:
    """The wall clock's week without holidays: open time since the epoch, and back."""

    def __init__(self, windows: tuple[Windows, ...]) -> None:
        edges = _in_week(windows)
        self.day_lengths = [
            sum(closes - opens for opens, closes in edges if opens // _DAY == day)
            for day in range(7)
        ]
        self._opens = [opens for opens, _ in edges]
        self._closes = [closes for _, closes in edges]
        self._after = list(accumulate(closes - opens for opens, closes in edges))

    def passed(self, wall: int) -> int:
        week, into = divmod(wall, _WEEK)
        window = bisect_right(self._opens, into) - 1
        total = week * self._after[-1]
        if window >= 0:
            total += self._after[window] - max(0, self._closes[window] - into)
        return total

    def reached(self, passed: int) -> int:
        """Invert `passed`, at its first moment: a closing, not the opening after it."""
        week, rest = divmod(passed - 1, self._after[-1])
        window = bisect_left(self._after, rest + 1)
        return week * _WEEK + self._closes[window] - (self._after[window] - rest - 1)


class _Closed:
    """The holidays in order: which day, when in open time each begins, what all before it cost.

    A holiday on a day that is closed anyway is not kept, so `at` rises strictly up to ties of
    neighbouring holidays, which `bisect_left` takes together.
    """

    def __init__(self, week: _Week, holidays: frozenset[date]) -> None:
        numbers = sorted(day.toordinal() - _EPOCH.toordinal() for day in holidays)
        self.days = [day for day in numbers if week.day_lengths[day % 7]]
        self.lost = [0, *accumulate(week.day_lengths[day % 7] for day in self.days)]
        self.at = [
            week.passed(day * _DAY) - lost for day, lost in zip(self.days, self.lost, strict=False)
        ]


def _in_week(windows: tuple[Windows, ...]) -> list[tuple[int, int]]:
    """Place every window in the week: (open, close) counted from Monday 00:00."""
    return [
        (day * _DAY + _of_day(opens), day * _DAY + (_of_day(closes) or _DAY))
        for day, of_day in enumerate(windows)
        for opens, closes in of_day
    ]


def _of_day(clock: time) -> int:
    return (
        timedelta(
            hours=clock.hour,
            minutes=clock.minute,
            seconds=clock.second,
            microseconds=clock.microsecond,
        )
        // _TICK
    )


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // _TICK


def _moment(ticks: int) -> datetime:
    return _EPOCH + ticks * _TICK


def _clock_at(tz: tzinfo, ticks: int) -> tuple[int, int]:
    """Give the zone's offset from UTC at a moment, and a later moment up to which it holds."""
    begins, offsets = _clocks(tz, _moment(ticks).year)
    span = bisect_right(begins, ticks) - 1
    return offsets[span], begins[span + 1]


@lru_cache(maxsize=1024)
def _clocks(tz: tzinfo, year: int) -> tuple[list[int], list[int]]:
    """List when each offset of a UTC year begins, the year's end last, and the offsets.

    No zone changes its clocks there and back within a day, so looking once a day finds each change.
    """
    first, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    looks = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    begins, offsets = [_ticks(first)], [_offset(tz, first)]
    for before, after in pairwise(looks):
        if _offset(tz, before) != _offset(tz, after):
            begins.append(_ticks(_change(tz, before, after)))
            offsets.append(_offset(tz, after))
    # A change at the very end leaves a span of no length, which is never looked up.
    return [*begins, _ticks(last)], offsets


def _change(tz: tzinfo, before: datetime, after: datetime) -> datetime:
    """Find the second at which the offset of `after` begins."""
    seconds = range(int((after - before).total_seconds()) + 1)
    old = _offset(tz, before)
    steps = bisect_left(seconds, 1, key=lambda s: _offset(tz, before + timedelta(seconds=s)) != old)
    return before + timedelta(seconds=steps)


def _offset(tz: tzinfo, moment: datetime) -> int:
    return (moment.astimezone(tz).utcoffset() or timedelta()) // _TICK


ALWAYS_OPEN = Calendar(UTC, (((time(), time()),),) * 7)
"""The 24x7 clock: elapsed time, the same interface."""
