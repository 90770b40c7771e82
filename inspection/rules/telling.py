"""When and how a person is told: at once, in the summary, or in the inbox alone.

The inbox always has everything. What is told beyond it follows from what happened, from what the
person wishes, and from the clock where they are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from inspection.rules.access import LEAD, Role
from inspection.rules.refusal import N_
from inspection.rules.states import Priority

STALE = timedelta(days=1)  # what could not be told for so long is in the inbox and no news


class Group(StrEnum):
    """Kinds of events, as people say them."""

    URGENT = "urgent"
    MINE = "mine"
    NEW = "new"
    ANSWER = "answer"
    GOOD = "good"
    OTHER = "other"


class Wish(StrEnum):
    AT_ONCE = "at_once"
    SUMMARY = "summary"
    INBOX = "inbox"


class Rhythm(StrEnum):
    """How often the summary comes: every day, on working days, or on Mondays."""

    DAILY = "daily"
    WORKDAYS = "workdays"
    WEEKLY = "weekly"


class Way(StrEnum):
    PUSH = "push"
    MAIL = "mail"
    SUMMARY = "summary"
    INBOX = "inbox"


GROUP_WORDS: Mapping[Group, str] = {
    Group.URGENT: N_("Urgent work, and what is late"),
    Group.MINE: N_("Work that is mine"),
    Group.NEW: N_("New reports and findings"),
    Group.ANSWER: N_("What waits for an answer from us"),
    Group.GOOD: N_("What went well"),
    Group.OTHER: N_("Comments and everything else"),
}
WISH_WORDS: Mapping[Wish, str] = {
    Wish.AT_ONCE: N_("At once"),
    Wish.SUMMARY: N_("In the summary"),
    Wish.INBOX: N_("Only in the inbox"),
}
RHYTHM_WORDS: Mapping[Rhythm, str] = {
    Rhythm.DAILY: N_("Every day"),
    Rhythm.WORKDAYS: N_("Monday to Friday"),
    Rhythm.WEEKLY: N_("On Mondays"),
}

_LATE = frozenset({"clock.breached", "clock.climbed"})
_ARRIVING = frozenset({"report.received", "report.released", "action.opened", "action.reopened"})
_RAISED = frozenset({"action.reprioritised", "action.handed_over"})
_KINDS: Mapping[Group, frozenset[str]] = {
    Group.NEW: _ARRIVING | {"report.held", "action.finding_joined", "action.similar_opened"},
    Group.ANSWER: frozenset(
        {
            *("action.fixed", "action.fixed_temporarily", "action.plan_submitted"),
            *("action.returned", "action.plan_returned", "action.window_ended"),
            *("action.decision_asked", "action.held", "action.hold_contested"),
            *("action.repeat_suspected", "clock.warned", "report.answered"),
            *("disagreement.opened", "disagreement.climb_wished", "disagreement.climbed"),
            *("disagreement.time_over", "disagreement.resolution_written"),
            *("visit.submitted", "visit.contested", "visit.cancel_asked", "lot.rejected"),
            *("agreement.proposed", "work.quarantined"),
        }
    ),
    Group.GOOD: frozenset(
        {
            *("report.confirmed", "report.rated", "report.thanked", "action.accepted"),
            *("action.proved_effective", "action.plan_agreed", "action.made_safe"),
            *("action.hold_lifted", "disagreement.resolved", "agreement.agreed"),
            *("visit.settled", "action.contained"),
        }
    ),
}


@dataclass(frozen=True)
class Occasion:
    """What somebody is to be told of: the kind of event, and how urgent its action is.

    `mine`: it is addressed to this person, not to a role. `on_call`: they are to hear of what
    cannot wait, whatever they wish: on duty for the party whose work it is, or one of its leads
    when nobody is.
    """

    kind: str
    at: datetime
    priority: Priority | None = None
    mine: bool = False
    on_call: bool = False


@dataclass(frozen=True)
class Wishes:
    """How one person wants to be told; `quiet` is from and to, on the clock of `tz`."""

    groups: Mapping[Group, Wish] = field(default_factory=dict)
    quiet: tuple[time, time] | None = None
    summary_at: time = time(7, 30)
    rhythm: Rhythm = Rhythm.DAILY
    tz: str = "Europe/Copenhagen"
    mail: bool = True


@dataclass(frozen=True)
class Told:
    """The way beside the inbox, and the moment; None with `Way.INBOX`."""

    way: Way
    at: datetime | None = None


def emergency(kind: str, priority: Priority | None) -> bool:
    """Whether this cannot wait: urgent work that arrived, was raised to urgent, or is late."""
    return priority is Priority.P1 and kind in _ARRIVING | _RAISED | _LATE


def group(occasion: Occasion) -> Group:
    """The group whose wish decides."""
    if occasion.kind in _LATE or emergency(occasion.kind, occasion.priority):
        return Group.URGENT
    if occasion.mine:
        return Group.MINE
    return next((one for one, kinds in _KINDS.items() if occasion.kind in kinds), Group.OTHER)


def told(occasion: Occasion, wishes: Wishes, phones: bool, now: datetime) -> Told:
    """How and when a person is told beyond the inbox; `phones`: one of theirs takes notices."""
    at_once = Way.PUSH if phones else Way.MAIL if wishes.mail else Way.INBOX
    if now - occasion.at > STALE:
        return Told(Way.INBOX)
    if occasion.on_call and emergency(occasion.kind, occasion.priority):
        return Told(at_once, now if at_once is not Way.INBOX else None)
    wish = wishes.groups.get(group(occasion), Wish.INBOX)
    if wish is Wish.AT_ONCE and at_once is not Way.INBOX:
        return Told(at_once, quiet_until(wishes, now) or now)
    if wish is Wish.SUMMARY and wishes.mail:
        return Told(Way.SUMMARY, next_summary(wishes, now))
    return Told(Way.INBOX)


def defaults(role: Role) -> Mapping[Group, Wish]:
    """What somebody who never said anything gets, by role."""
    at_once = dict.fromkeys((Group.URGENT, Group.MINE), Wish.AT_ONCE)
    if role in LEAD:
        return {**dict.fromkeys(Group, Wish.SUMMARY), **at_once}
    if role is Role.EXECUTIVE:
        return {**dict.fromkeys(Group, Wish.SUMMARY), Group.URGENT: Wish.AT_ONCE}
    return {**dict.fromkeys(Group, Wish.INBOX), **at_once}


def default_rhythm(role: Role) -> Rhythm:
    return Rhythm.WEEKLY if role is Role.EXECUTIVE else Rhythm.DAILY


# ---------------------------------------------------------------- the clock where they are


def quiet_until(wishes: Wishes, now: datetime) -> datetime | None:
    """When the quiet hours end that it is now; None outside of them.

    From 22:00 to 07:00 runs across midnight. The same moment twice is no quiet at all.
    """
    if wishes.quiet is None:
        return None
    begins, ends = wishes.quiet
    here = now.astimezone(ZoneInfo(wishes.tz)).time()
    within = begins <= here < ends if begins <= ends else here >= begins or here < ends
    return _next(now, ends, wishes.tz) if within else None


def next_summary(wishes: Wishes, now: datetime) -> datetime:
    """When the next summary is due."""
    weekdays = {Rhythm.DAILY: range(7), Rhythm.WORKDAYS: range(5), Rhythm.WEEKLY: range(1)}
    return _next(now, wishes.summary_at, wishes.tz, weekdays[wishes.rhythm])


def _next(now: datetime, at: time, tz: str, weekdays: Collection[int] = range(7)) -> datetime:
    """The next moment after `now` at which the clock shows `at` on one of the weekdays.

    Where the clock jumps over `at` in spring, the moment as far behind the jump. Where it shows
    `at` twice in autumn, whichever comes first.
    """
    today = now.astimezone(ZoneInfo(tz)).date()
    days = (today + timedelta(days=n) for n in range(9))
    moments = (moment for day in days if day.weekday() in weekdays for moment in _both(day, at, tz))
    return min(moment for moment in moments if moment > now)


def _both(day: date, at: time, tz: str) -> tuple[datetime, ...]:
    """The moments at which the clock shows `at` that day: two on the day it is set back."""
    shown = datetime.combine(day, at, ZoneInfo(tz))
    first, second = (shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return (first, second) if first < second else (first,)
