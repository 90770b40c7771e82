"""Clocks: what is due when, for which party, late, paused (DOMAIN §2.5).

A clock is started by what happens to an action and stands still while the thing it times is done
or on hold. `follow` says how all clocks of an action go on after a change; `next_moment` and
`come_to_pass` what happens to them by itself, and when: exact for any moment, so that a tick which
slept for hours finds what it would have found in time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from itertools import takewhile

from inspection.rules.access import Party
from inspection.rules.calendar import ALWAYS_OPEN, Calendar, due_with_pauses
from inspection.rules.policy import NO_POLICY_LIMITS, Limits, Policy
from inspection.rules.states import OPEN, URGENT, ClockKind, Depth, Outcome, Priority, State

Pauses = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True)
class Clock:
    """One promise of time; the columns of the store's row, without its ids.

    `key` is the store's id (None: not stored yet). Stands still while `stopped_at` or `paused_at`
    is set; `due_at` is provisional then. `breached_at` is never unset.
    """

    kind: ClockKind
    party: Party
    started_at: datetime
    minutes: int
    business: bool
    due_at: datetime
    warn_at: datetime
    pauses: Pauses = ()
    stopped_at: datetime | None = None
    paused_at: datetime | None = None
    cancelled_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    step: int = 0
    step_due_at: datetime | None = None
    decision_id: int | None = None
    key: int | None = None

    @property
    def ended(self) -> bool:
        return self.stopped_at is not None or self.cancelled_at is not None

    @property
    def runs(self) -> bool:
        return not self.ended and self.paused_at is None


class ClockState(Enum):
    RUNNING = auto()
    PAUSED = auto()
    MET = auto()
    BREACHED = auto()
    CANCELLED = auto()


def state(clock: Clock) -> ClockState:
    """Where a clock stands: a breach is shown for ever, before anything else but a cancellation."""
    if clock.cancelled_at is not None:
        return ClockState.CANCELLED
    if clock.breached_at is not None:
        return ClockState.BREACHED
    if clock.stopped_at is not None:
        return ClockState.MET
    return ClockState.PAUSED if clock.paused_at is not None else ClockState.RUNNING


@dataclass(frozen=True)
class Timing:
    """What time is counted by: the agreed policy (None: nothing agreed yet) and calendar."""

    calendar: Calendar
    policy: Policy | None = None

    @property
    def limits(self) -> Limits:
        return self.policy.limits if self.policy else NO_POLICY_LIMITS

    def hours(self, business: bool) -> Calendar:
        return self.calendar if business else ALWAYS_OPEN

    def days(self, count: int) -> int:
        """Working days as business minutes."""
        return self.calendar.working_days(count)


# ---------------------------------------------------------------- one clock


def started(
    kind: ClockKind,
    party: Party,
    at: datetime,
    target: tuple[int, bool],
    timing: Timing,
    pauses: Pauses = (),
    decision_id: int | None = None,
) -> Clock:
    """A clock of `target` minutes (business or elapsed) that runs from `at`."""
    minutes, business = target
    bare = Clock(kind, party, at, minutes, business, at, at, pauses, decision_id=decision_id)
    return timed(bare, timing)


def timed(clock: Clock, timing: Timing) -> Clock:
    """The same clock with its due and warning moments worked out again."""
    hours, percent = timing.hours(clock.business), timing.limits.warn_percent
    due = due_with_pauses(hours, clock.started_at, clock.minutes, clock.pauses)
    early = due_with_pauses(hours, clock.started_at, clock.minutes * percent // 100, clock.pauses)
    return replace(clock, due_at=due, warn_at=early)


def stopped(clock: Clock, at: datetime, timing: Timing) -> Clock:
    """Done, for now, at `at`; a hold ends with it."""
    if clock.ended:
        return clock
    return replace(resumed(clock, at, timing), stopped_at=at)


def gone_on(clock: Clock, at: datetime, timing: Timing) -> Clock:
    """It was not done after all: the unused minutes run on from `at`; none left, none given."""
    if clock.cancelled_at is not None:
        return replace(clock, cancelled_at=None)
    if clock.stopped_at is None:
        return clock
    stood = (clock.stopped_at, max(at, clock.stopped_at))
    return timed(replace(clock, stopped_at=None, pauses=(*clock.pauses, stood)), timing)


def paused(clock: Clock, at: datetime) -> Clock:
    """On hold from `at`; a hold cannot begin once the due moment has come.

    A clock that began during the hold stands still from the hold's own beginning, by which it is
    found again; what lies before its start counts nothing.
    """
    return replace(clock, paused_at=at) if clock.runs and at < clock.due_at else clock


def resumed(clock: Clock, at: datetime, timing: Timing) -> Clock:
    """The hold is over: the due moment moves by the time that counts inside it."""
    if clock.paused_at is None:
        return clock
    stood = (clock.paused_at, max(at, clock.paused_at))
    return timed(replace(clock, paused_at=None, pauses=(*clock.pauses, stood)), timing)


def stood(clock: Clock, begins: datetime, ends: datetime, timing: Timing) -> Clock:
    """It stood still between the two, as both agree afterwards; what is done by then stays done."""
    since, until = max(begins, clock.started_at), min(ends, clock.stopped_at or ends)
    if clock.cancelled_at is not None or since >= min(until, clock.due_at):
        return clock
    return timed(replace(clock, pauses=(*clock.pauses, (since, until))), timing)


def without_pause(clock: Clock, begins_at: datetime, timing: Timing) -> Clock:
    """The pause that began then never counted."""
    kept = tuple(pause for pause in clock.pauses if pause[0] != begins_at)
    since = None if clock.paused_at == begins_at else clock.paused_at
    return timed(replace(clock, pauses=kept, paused_at=since), timing)


def cancelled(clock: Clock, at: datetime, timing: Timing) -> Clock:
    """It is not asked for any more; a hold ends with it, and is kept."""
    return clock if clock.ended else replace(resumed(clock, at, timing), cancelled_at=at)


def dropped(clock: Clock, at: datetime, timing: Timing) -> Clock:
    """It is not asked for any more, but what was late stays late."""
    ends = cancelled if clock.breached_at is None else stopped
    return ends(clock, at, timing)


class Passing(Enum):
    """What time does to a clock by itself."""

    WARNED = auto()
    BREACHED = auto()
    CLIMBED = auto()  # still not done: a step up the ladder


def next_moment(clock: Clock) -> datetime | None:
    """When time will next do something to it: once that moment is over, it has.

    Done too late after all, because a pause was taken back: the breach is at its true moment.
    """
    if clock.cancelled_at is None and clock.stopped_at is not None:
        late = clock.breached_at is None and clock.due_at < clock.stopped_at
        return clock.due_at if late else None
    if not clock.runs:
        return None
    if clock.breached_at is not None:
        return clock.step_due_at
    warns = clock.warned_at is None and clock.warn_at < clock.due_at
    return clock.warn_at if warns else clock.due_at


def come_to_pass(clock: Clock, at: datetime) -> tuple[Clock, Passing]:
    """The clock once its next moment is over, and what that was.

    `at` is that moment, or the later one at which a change let it lie in the past: what was not
    late then is not said to have been. What is done already was late when it was due.
    """
    if clock.breached_at is not None:
        return replace(clock, step=clock.step + 1, step_due_at=None), Passing.CLIMBED
    if clock.runs and clock.warned_at is None and clock.warn_at < clock.due_at:
        return replace(clock, warned_at=at), Passing.WARNED
    late_at = at if clock.runs else clock.due_at
    return replace(clock, breached_at=late_at, step=1), Passing.BREACHED


def soonest(clocks: Iterable[Clock]) -> Clock | None:
    """The clock that is due first among those that are not ended."""
    return min((c for c in clocks if not c.ended), key=lambda c: c.due_at, default=None)


# ---------------------------------------------------------------- all clocks of an action


@dataclass(frozen=True)
class Timed:
    """What the clocks need to know of an action; field for field its columns."""

    state: State
    depth: Depth
    owner: Party
    priority: Priority
    service_line: str
    received_at: datetime
    severity: int | None = None
    outcome: Outcome | None = None
    responded_at: datetime | None = None
    attended_at: datetime | None = None
    made_safe_at: datetime | None = None
    fixed_temporarily_at: datetime | None = None
    contained_at: datetime | None = None
    plan_agreed_at: datetime | None = None
    permanent_due_at: datetime | None = None
    monitoring_until: datetime | None = None
    held: bool = False  # kept back for moderation: nobody has been told, nothing runs yet
    paused_at: datetime | None = None  # since when it is on hold

    @property
    def critical(self) -> bool:
        return self.severity == 1


class Course(Enum):
    """How a clock goes on."""

    RUN = auto()  # start it, or let it go on
    STAND = auto()  # what it times is done, for now
    EASE = auto()  # done if it is in time; what is late goes on
    DROP = auto()  # not asked for any more
    LEAVE = auto()  # nothing there to time


_AT_WORK = frozenset({State.RECEIVED, State.ACKNOWLEDGED, State.IN_PROGRESS})
_VOID = frozenset({Outcome.DUPLICATE, Outcome.WITHDRAWN, Outcome.OUT_OF_SCOPE})
_AGREED_TARGET = frozenset({ClockKind.RESPOND, ClockKind.MAKE_SAFE, ClockKind.FIX})
_AFRESH = frozenset({ClockKind.PLAN_AGREEMENT, ClockKind.VERIFICATION})
OF_OTHER = frozenset({ClockKind.PLAN_AGREEMENT, ClockKind.VERIFICATION})
"""Clocks of the party that does not own the work; a decision's belongs to whom it asks."""
NOT_HELD = OF_OTHER | {ClockKind.DECISION}
"""Clocks that run on while the work is on hold."""


def _respond(a: Timed, at: datetime, policy: Policy | None) -> Course:
    attended = policy is not None and policy.response_means == "attended"
    done = a.attended_at if attended else a.responded_at
    return Course.STAND if done is not None or a.state not in _AT_WORK else Course.RUN


def _make_safe(a: Timed, at: datetime, policy: Policy | None) -> Course:
    if a.priority not in URGENT and a.made_safe_at is None:
        return Course.DROP
    done = a.made_safe_at is not None or a.state not in _AT_WORK
    return Course.STAND if done else Course.RUN


def _fix(a: Timed, at: datetime, policy: Policy | None) -> Course:
    target = policy.target(a.priority, a.service_line, ClockKind.FIX) if policy else None
    for_now = target is not None and target.temporary_counts and a.fixed_temporarily_at is not None
    if for_now or a.plan_agreed_at is not None or a.state not in _AT_WORK:
        return Course.STAND
    contained = a.depth is Depth.CORRECTIVE and a.contained_at is not None
    return Course.EASE if contained else Course.RUN


def _containment(a: Timed, at: datetime, policy: Policy | None) -> Course:
    if a.depth is not Depth.CORRECTIVE:
        return Course.LEAVE
    return Course.STAND if a.contained_at is not None or a.state not in OPEN else Course.RUN


def _plan(a: Timed, at: datetime, policy: Policy | None) -> Course:
    if a.depth is not Depth.CORRECTIVE:
        return Course.LEAVE
    done = a.plan_agreed_at is not None or a.state not in _AT_WORK
    return Course.STAND if done else Course.RUN


def _permanent_fix(a: Timed, at: datetime, policy: Policy | None) -> Course:
    if a.plan_agreed_at is None:
        return Course.LEAVE
    return Course.RUN if a.state in _AT_WORK else Course.STAND


def _plan_agreement(a: Timed, at: datetime, policy: Policy | None) -> Course:
    return Course.RUN if a.state is State.PLAN_SUBMITTED else Course.STAND


def _verification(a: Timed, at: datetime, policy: Policy | None) -> Course:
    """Not for a plain fix of priority 3 and 4: there silence accepts."""
    if a.state is State.MONITORING:
        over = a.monitoring_until is not None and at >= a.monitoring_until
        return Course.RUN if over else Course.STAND
    asked = a.priority in URGENT or a.depth is Depth.CORRECTIVE
    return Course.RUN if asked and a.state is State.FIXED else Course.STAND


_COURSES: Mapping[ClockKind, Callable[[Timed, datetime, Policy | None], Course]] = {
    ClockKind.RESPOND: _respond,
    ClockKind.MAKE_SAFE: _make_safe,
    ClockKind.FIX: _fix,
    ClockKind.CONTAINMENT: _containment,
    ClockKind.PLAN: _plan,
    ClockKind.PERMANENT_FIX: _permanent_fix,
    ClockKind.PLAN_AGREEMENT: _plan_agreement,
    ClockKind.VERIFICATION: _verification,
}


def target_of(kind: ClockKind, a: Timed, at: datetime, timing: Timing) -> tuple[int, bool] | None:
    """The minutes promised, and whether they are business minutes; None where nothing is."""
    limits = timing.limits
    if kind in _AGREED_TARGET:
        found = timing.policy.target(a.priority, a.service_line, kind) if timing.policy else None
        return (found.length(timing.calendar), found.business) if found else None
    if kind is ClockKind.CONTAINMENT and a.critical:
        return limits.containment_minutes_critical, False
    if kind is ClockKind.PERMANENT_FIX:
        due = a.permanent_due_at or at
        return timing.calendar.minutes_between(at, due), True
    days = {
        ClockKind.CONTAINMENT: limits.containment_days,
        ClockKind.PLAN: limits.plan_days,
        ClockKind.PLAN_AGREEMENT: limits.plan_agreement_days,
        ClockKind.VERIFICATION: limits.verification_days,
    }
    return timing.days(days[kind]), True


def decision_target(priority: Priority, timing: Timing) -> tuple[int, bool]:
    """How long the asked party has to answer."""
    if priority in URGENT:
        return timing.limits.decision_minutes_urgent, False
    return timing.days(timing.limits.decision_days), True


def follow(clocks: Sequence[Clock], a: Timed, at: datetime, timing: Timing) -> list[Clock]:
    """How the clocks of an action go on after a change at `at`; the order stays, new ones last.

    Clocks of decisions are started and stopped with the decision; here they only end with the
    action.
    """
    if a.held:
        return list(clocks)
    if a.state is State.CLOSED and a.outcome in _VOID:
        return [cancelled(clock, at, timing) for clock in clocks]
    after = [_went_on(clock, clocks, a, at, timing) for clock in clocks]
    began = [_begun(kind, after, a, at, timing) for kind in _COURSES]
    every = [*after, *(clock for clock in began if clock is not None)]
    return [_as_held(clock, a, at, timing) for clock in every]


def _went_on(
    clock: Clock, clocks: Sequence[Clock], a: Timed, at: datetime, timing: Timing
) -> Clock:
    if clock.kind is ClockKind.DECISION:
        return clock if a.state in OPEN else stopped(clock, at, timing)
    if clock.kind not in OF_OTHER and clock.party is not a.owner:
        return dropped(clock, at, timing)  # handed over: the new owner has clocks of their own
    course = _course(clock.kind, a, at, timing)
    if course is Course.STAND or (course is Course.EASE and clock.breached_at is None):
        return stopped(clock, at, timing)
    if course is Course.DROP:
        undone = clock.breached_at is None and clock.cancelled_at is None
        return dropped(gone_on(clock, at, timing) if undone else clock, at, timing)
    latest = next(c for c in reversed(clocks) if c.kind is clock.kind)
    if course is Course.RUN and clock is latest and clock.kind not in _AFRESH:
        clock = gone_on(clock, at, timing)
    return _retargeted(clock, a, at, timing)


def _course(kind: ClockKind, a: Timed, at: datetime, timing: Timing) -> Course:
    """How a clock of that kind goes on; for what nobody promised any more, not at all."""
    course = _COURSES[kind](a, at, timing.policy)
    promised = kind not in _AGREED_TARGET or target_of(kind, a, at, timing) is not None
    return course if course is not Course.RUN or promised else Course.DROP


def _retargeted(clock: Clock, a: Timed, at: datetime, timing: Timing) -> Clock:
    """Another priority or service line: a new due moment from the first start, pauses kept."""
    if clock.kind not in _AGREED_TARGET or clock.ended:
        return clock
    target = target_of(clock.kind, a, at, timing)
    if target is None or target == (clock.minutes, clock.business):
        return clock
    return timed(replace(clock, minutes=target[0], business=target[1]), timing)


def _begun(
    kind: ClockKind, clocks: Sequence[Clock], a: Timed, at: datetime, timing: Timing
) -> Clock | None:
    if _COURSES[kind](a, at, timing.policy) is not Course.RUN:
        return None
    party = a.owner.other if kind in OF_OTHER else a.owner
    latest = next((clock for clock in reversed(clocks) if clock.kind is kind), None)
    over = kind in _AFRESH and latest is not None and latest.ended
    if latest is not None and latest.party is party and not over:
        return None
    target = target_of(kind, a, at, timing)
    if target is None:
        return None
    if kind not in _AGREED_TARGET:
        return started(kind, party, at, target, timing)
    if a.depth is Depth.CORRECTIVE:
        return None  # its own clocks time it; one that ran before it was deepened goes on
    siblings = _since_handed_over(clocks, party)
    earlier = max((clock.pauses for clock in siblings), key=len, default=())
    handed_over = at if clocks else a.received_at
    since = min((clock.started_at for clock in siblings), default=handed_over)
    return started(kind, party, since, target, timing, earlier)


def _since_handed_over(clocks: Sequence[Clock], owner: Party) -> list[Clock]:
    """The clocks of agreed targets since `owner` has had the work, this time."""
    agreed = [clock for clock in reversed(clocks) if clock.kind in _AGREED_TARGET]
    return list(takewhile(lambda clock: clock.party is owner, agreed))


def _as_held(clock: Clock, a: Timed, at: datetime, timing: Timing) -> Clock:
    """A hold stops the clocks of the party that owns the work, whenever they began."""
    if clock.kind in NOT_HELD:
        return clock
    return resumed(clock, at, timing) if a.paused_at is None else paused(clock, a.paused_at)


def retimed(clocks: Iterable[Clock], timing: Timing) -> list[Clock]:
    """The clocks under another calendar: what is not ended is worked out again, pauses kept."""
    return [clock if clock.ended else timed(clock, timing) for clock in clocks]
