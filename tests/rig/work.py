"""One action played on the rules alone, and everything that must stay true of it.

The columns are those of the store, the effects of a move are said again here in their shortest
form; what follows from them (clocks, turns, what time does) is asked of the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inspection.rules import corrective, ladder, lifecycle, sla
from inspection.rules.access import Party
from inspection.rules.court import Turn, court
from inspection.rules.lifecycle import STEPS, Actor, Change, Facts, Move
from inspection.rules.repeat import Earlier
from inspection.rules.sla import Clock, Passing, Timed, Timing
from inspection.rules.states import (
    OPEN,
    Ask,
    Cause,
    ClockKind,
    Depth,
    Outcome,
    PhotoRule,
    Priority,
    State,
)

NONE = timedelta()
BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
APPEND_ONLY = frozenset({Move.COMMENT, Move.ASK})
_PARTIES = {Cause.CUSTOMER: Party.CUSTOMER, Cause.CONTRACTOR: Party.CONTRACTOR}
JUDGING = frozenset(
    {Move.ACCEPT, Move.RETURN, Move.REOPEN, Move.AGREE_PLAN, Move.RETURN_PLAN}
    | {Move.CONFIRM_EFFECTIVE}
)


@dataclass(frozen=True)
class Question:
    """A decision that is asked; `wanted` is what a yes brings."""

    id: int
    kind: Ask
    asked_by: Party
    to: Party
    wanted: Any = None


@dataclass(frozen=True)
class Held:
    """The last hold: since when, whose cause, contested or not."""

    begins_at: datetime
    cause: Cause
    contested: bool = False


@dataclass
class Work:
    """One action: `timed` its columns, the rest what the clocks need not know."""

    number: int
    timed: Timed
    timing: Timing
    thing: tuple[int, int]  # asset, category
    photo_rule: PhotoRule
    counts: Counter[str]
    clocks: list[Clock] = field(default_factory=list)
    version: int = 0
    assigned: bool = False
    reports: int = 1
    closed_at: datetime | None = None
    fixed_at: datetime | None = None
    fixed_by: Party | None = None
    accepts_at: datetime | None = None
    before_merge: State | None = None
    window_days: int = 90
    hold: Held | None = None
    open_questions: tuple[Question, ...] = ()
    asked: int = 0
    repeat_until: datetime | None = None
    earlier: Work | None = None
    suspects: list[Work] = field(default_factory=list)  # of being this one come back
    generation: int = 1
    window_over: bool = False
    changed_at: datetime = BEFORE
    turn: Party | None = None
    turn_since: datetime | None = None
    turns: dict[Party | None, timedelta] = field(
        default_factory=lambda: {Party.CUSTOMER: NONE, Party.CONTRACTOR: NONE, None: NONE}
    )
    open_spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    chain: list[tuple[int, Move | None, State, State]] = field(default_factory=list)

    # ------------------------------------------------------------ read

    @property
    def state(self) -> State:
        return self.timed.state

    @property
    def owner(self) -> Party:
        return self.timed.owner

    @property
    def facts(self) -> Facts:
        t = self.timed
        return Facts(
            t.state,
            t.owner,
            t.priority,
            t.outcome,
            self.closed_at,
            self.photo_rule,
            self.assigned,
            self.reports,
            self.before_merge,
            t.depth,
            t.contained_at is not None,
            t.plan_agreed_at is not None,
            t.monitoring_until,
            t.paused_at is not None,
            self.repeat_until is not None,
        )

    @property
    def as_earlier(self) -> Earlier:
        asset, category = self.thing
        t = self.timed
        return Earlier(self.number, asset, category, None, self.fixed_at, t.state, t.outcome)

    @property
    def next_at(self) -> datetime | None:
        """The next moment at which time itself does something."""
        moments = [sla.next_moment(clock) for clock in self.clocks]
        if self.state is State.FIXED:
            moments.append(self.accepts_at)
        until = self.timed.monitoring_until
        if self.state is State.MONITORING and not self.window_over:
            moments.append(until)
        moments.append(self.repeat_until)
        since = self.changed_at
        return min((max(moment, since) for moment in moments if moment is not None), default=None)

    # ------------------------------------------------------------ changed

    def begin(self) -> Work:
        at = self.timed.received_at
        self.turn_since = at
        self.open_spans.append((at, None))
        self._settle(self.timed, None, at)
        return self

    def apply(self, move: Move, change: Change, actor: Actor | None, at: datetime) -> None:
        """Make an allowed move, with what it sets; `actor` None: a rule or time makes it."""
        before = self.timed
        assert before.state in STEPS[move].source, (move, before.state)
        if move in APPEND_ONLY:
            self.counts[move.value] += 1
            return
        assert before.outcome is not Outcome.EFFECTIVE, f"{move} on what proved effective"
        if actor and actor.party and move in JUDGING:
            assert actor.party is not before.owner, f"{move} by the owner's own party"
            assert actor.party is not self.fixed_by or move in (Move.AGREE_PLAN, Move.RETURN_PLAN)
        effects = _EFFECTS.get(move, _nothing)(self, change, actor, at)
        after = replace(before, state=change.state, outcome=change.outcome, **effects)
        assert not (before.depth is Depth.CORRECTIVE and after.depth is Depth.CORRECTION)
        self.counts[move.value] += 1
        self._settle(after, move, at)

    def by_rule(self, move: Move, at: datetime) -> None:
        self.apply(move, lifecycle.by_itself(self.facts, move), None, at)

    def _settle(self, after: Timed, move: Move | None, at: datetime) -> None:
        before, clocks = self.timed, self.clocks
        assert at >= self.changed_at, "back in time"
        self.changed_at = at
        self.timed, self.version = after, self.version + 1
        self.chain.append((self.version, move, before.state, after.state))
        self.clocks = sla.follow(clocks, after, at, self.timing)
        self._turned(before, at)
        self.check(clocks, at)

    def _turned(self, before: Timed, at: datetime) -> None:
        """Whose turn it is now; the time of the turn that is over goes to its account."""
        now = court(self.whose)
        was_open, is_open = before.state in OPEN, self.state in OPEN
        assert self.turn_since is not None
        if was_open:
            self.turns[self.turn] += max(at - self.turn_since, NONE)
        self.turn, self.turn_since = now, at
        if was_open and not is_open:
            self.open_spans[-1] = (self.open_spans[-1][0], at)
        if is_open and not was_open:
            self.open_spans.append((at, None))

    @property
    def whose(self) -> Turn:
        asked = self.open_questions[0].to if self.open_questions else None
        paused = self.timed.paused_at is not None and self.hold is not None
        cause = self.hold.cause if paused and self.hold else None
        party = _PARTIES.get(cause) if cause else None
        return Turn(self.state, self.owner, asked, party, self.window_over)

    # ------------------------------------------------------------ what time does

    def caught_up(self, now: datetime) -> None:
        """Do everything that was due before `now`, in its order; nothing is missed."""
        done = 0
        while (moment := self.next_at) is not None and moment < now:
            for suspect in self.suspects:
                if suspect.repeat_until is not None and suspect.repeat_until < moment:
                    suspect.caught_up(moment)
                    break
            else:
                self._next_thing(moment)
            done += 1
            assert done < 200, "time never comes to an end"

    def _next_thing(self, at: datetime) -> None:
        accepts = self.accepts_at
        if self.state is State.FIXED and accepts is not None and accepts <= at:
            self.counts["(accepted by silence)"] += 1
            return self.by_rule(Move.ACCEPT, at)
        if self._window_ends(at):
            return self.by_rule(Move.END_WINDOW, at)
        if self.repeat_until is not None and self.repeat_until <= at:
            self.counts["(repeat by silence)"] += 1
            return self.came_back(None, at)
        return self._clock(at)

    def _window_ends(self, at: datetime) -> bool:
        until = self.timed.monitoring_until
        watched = self.state is State.MONITORING and not self.window_over
        return watched and until is not None and until <= at

    def _clock(self, at: datetime) -> None:
        moments = [sla.next_moment(clock) for clock in self.clocks]
        first = min(moment for moment in moments if moment is not None)
        index = moments.index(first)
        before = self.clocks[index]
        after, what = sla.come_to_pass(before, at)
        self.counts[f"(clock {what.name.lower()})"] += 1
        if what is not Passing.WARNED:
            limits, since = self.timing.limits, after.breached_at or after.due_at
            due = ladder.breach_step_due(
                after.step, since, self.timing.calendar, limits.ladder_days
            )
            after = replace(after, step_due_at=due)
        self.changed_at = at
        clocks, self.clocks = self.clocks, list(self.clocks)
        self.clocks[index] = after
        self.check(clocks, at)
        if what is Passing.BREACHED:
            self._after_breach(after, at)

    def _after_breach(self, breached: Clock, at: datetime) -> None:
        if corrective.urgent_breach(breached.kind, self.timed.priority):
            self.deepen(at)
        for question in self.open_questions:
            if question.id == breached.decision_id and question.kind is Ask.DEEPENING:
                self.counts["(agreed by silence)"] += 1
                self.answered(question, None, "silence", at)

    # ------------------------------------------------------------ what follows

    def deepen(self, at: datetime) -> None:
        if self.timed.depth is Depth.CORRECTION and self.state in STEPS[Move.DEEPEN].source:
            self.by_rule(Move.DEEPEN, at)

    def came_back(self, actor: Actor | None, at: datetime) -> None:
        """It is the next generation of the earlier one, whose fix did not hold."""
        earlier = self.earlier
        assert earlier is not None
        earlier.caught_up(at)
        self.generation = earlier.generation + 1
        change = lifecycle.by_itself(self.facts, Move.CONFIRM_REPEAT)
        self.repeat_until = None
        self.apply(Move.CONFIRM_REPEAT, change, actor, at)
        if earlier.state is State.MONITORING:
            earlier.by_rule(Move.REFUTE, at)
        self.deepen(at)

    def ask(self, question: Question, actor: Actor, at: datetime) -> None:
        target = sla.decision_target(self.timed.priority, self.timing)
        asked = sla.started(
            ClockKind.DECISION, question.to, at, target, self.timing, decision_id=question.id
        )
        self.clocks = [*self.clocks, asked]
        self.open_questions = (*self.open_questions, question)
        self.asked += 1
        self.apply(Move.ASK_DECISION, lifecycle.by_itself(self.facts, Move.ASK_DECISION), actor, at)

    def answered(self, question: Question, actor: Actor | None, said: str, at: datetime) -> None:
        before = self.clocks
        self.clocks = [
            sla.stopped(clock, at, self.timing) if clock.decision_id == question.id else clock
            for clock in before
        ]
        self.open_questions = tuple(q for q in self.open_questions if q.id != question.id)
        move = Move.TAKE_BACK if said == "withdrawn" else Move.ANSWER
        self.apply(move, lifecycle.by_itself(self.facts, move), actor, at)
        if said in ("yes", "silence"):
            self._do(question, at)

    def _do(self, question: Question, at: datetime) -> None:
        """What a yes means."""
        if question.kind is Ask.DEEPENING:
            return self.deepen(at)
        if question.kind is Ask.PAUSE_CONSENT:
            return self._agreed_hold(question, at)
        move = {
            Ask.PRIORITY: Move.REPRIORITISE,
            Ask.OWNERSHIP: Move.HAND_OVER,
            Ask.SCOPE: Move.RULE_OUT,
            Ask.WITHDRAWAL: Move.CALL_OFF,
        }.get(question.kind)
        if move is None or self.state not in STEPS[move].source:
            return None
        if move is Move.REPRIORITISE:
            self.timed = replace(self.timed, priority=Priority(question.wanted))
        return self.by_rule(move, at)

    def _agreed_hold(self, question: Question, at: datetime) -> None:
        held: Held = question.wanted
        possible = self.state in STEPS[Move.HOLD].source and self.timed.paused_at is None
        if possible and question.asked_by is self.owner:
            self.hold = held
            self.by_rule(Move.HOLD, at)

    def void_hold(self, actor: Actor, change: Change, at: datetime) -> None:
        """The hold never counted: no clock keeps it."""
        assert self.hold is not None
        begins = self.hold.begins_at
        self.clocks = [sla.without_pause(clock, begins, self.timing) for clock in self.clocks]
        assert all(begins not in (p[0], c.paused_at) for c in self.clocks for p in c.pauses)
        self.apply(Move.VOID_HOLD, change, actor, at)

    # ------------------------------------------------------------ what must be true

    def check(self, before: list[Clock], now: datetime) -> None:
        """Everything that holds after every change."""
        self._check_clocks(before)
        self._check_turns(now)
        number, _, came_from, _ = self.chain[-1]
        assert number == self.version == len(self.chain), "the chain has a gap"
        assert len(self.chain) < 2 or self.chain[-2][3] is came_from, "the chain is not linear"
        late = self.next_at  # a due moment that the last change let lie in the past
        assert self.state in OPEN or late in (None, self.changed_at), "time goes on when closed"

    def _check_clocks(self, before: list[Clock]) -> None:
        for was, clock in zip(before, self.clocks, strict=False):
            assert (was.kind, was.party) == (clock.kind, clock.party), "a clock was lost"
            if was.breached_at is not None:
                assert clock.breached_at == was.breached_at, "a breach was unset"
            assert was.warned_at is None or clock.warned_at == was.warned_at
        assert len(self.clocks) >= len(before), "a clock was lost"
        running = [clock for clock in self.clocks if not clock.ended]
        kinds = [(clock.kind, clock.decision_id) for clock in running]
        assert len(kinds) == len(set(kinds)), f"two clocks of one kind: {kinds}"
        for clock in running:
            self._check_party(clock)
        assert self.state in OPEN or not running, "a clock runs on with what is closed"

    def _check_party(self, clock: Clock) -> None:
        if clock.kind is not ClockKind.DECISION:
            other = clock.kind in sla.OF_OTHER
            assert clock.party is (self.owner.other if other else self.owner), clock.kind
        assert (clock.paused_at is None) or self.timed.paused_at is not None, "held for ever"

    def _check_turns(self, now: datetime) -> None:
        assert self.turn_since is not None
        going_on = max(now - self.turn_since, NONE) if self.state in OPEN else NONE
        life = sum((((end or now) - start) for start, end in self.open_spans), NONE)
        spent = sum(self.turns.values(), NONE) + going_on
        assert spent == life, f"turns of {spent} in a life of {life}"
        assert court(self.whose) is self.turn
        nobody = self.turn is None
        watched = self.state is State.MONITORING and not self.window_over
        assert not nobody or watched or self.state not in OPEN, "open, and nobody's turn"

    def following_again_changes_nothing(self, at: datetime) -> None:
        again = sla.follow(self.clocks, self.timed, at, self.timing)
        assert again == self.clocks, "followed twice, the clocks are others"


# ---------------------------------------------------------------- what each move sets

Effects = dict[str, Any]


def _nothing(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    return {}


def _acknowledged(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    return {"responded_at": work.timed.responded_at or at}


def _assigned(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.assigned = True
    return {}


def _unassigned(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.assigned = False
    return {}


def _started(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.assigned = True
    attended = {"attended_at": work.timed.attended_at or at}
    return attended | _acknowledged(work, change, actor, at)


def _contained(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    return {"contained_at": work.timed.contained_at or at}


def _made_safe(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    safe = {"made_safe_at": work.timed.made_safe_at or at}
    return safe | _acknowledged(work, change, actor, at) | _contained(work, change, actor, at)


def _mended(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    return {"fixed_temporarily_at": at}


def _fixed(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.fixed_at, work.fixed_by = at, work.owner
    work.accepts_at = lifecycle.acceptance_ends(work.facts, at, work.timing)
    return _started(work, change, actor, at) | {"paused_at": None}


def _back(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.fixed_at = work.fixed_by = work.closed_at = work.accepts_at = None
    return {}


def _accepted(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    if change.state is not State.MONITORING:
        return _closed(work, change, actor, at)
    return {"monitoring_until": corrective.monitoring_ends(at, work.window_days)}


def _closed(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    if change.state is not State.CLOSED:
        return {}
    work.closed_at, work.repeat_until, work.open_questions = at, None, ()
    return {"paused_at": None}


def _withdrawn(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.reports = max(work.reports - 1, 0)
    return _closed(work, change, actor, at)


def _merged(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.before_merge = work.state
    return _closed(work, change, actor, at)


def _unmerged(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.closed_at = work.before_merge = None
    return {}


def _declined(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.repeat_until = None
    return {}


def _agreed(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    return {"plan_agreed_at": at, "permanent_due_at": at + timedelta(days=work.window_days // 4)}


def _held(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    assert work.hold is not None
    return {"paused_at": work.hold.begins_at}


def _off_hold(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    return {"paused_at": None}


def _voided(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    assert work.hold is not None
    ends = work.timed.paused_at == work.hold.begins_at
    work.hold = None
    return {"paused_at": None} if ends else {}


def _contested(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    assert work.hold is not None
    work.hold = replace(work.hold, contested=True)
    return {}


def _upheld(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    assert work.hold is not None
    work.hold = replace(work.hold, contested=False)
    return {}


def _deepened(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    mended, held_since = work.fixed_at, work.timed.contained_at
    if work.state is State.FIXED:
        work.fixed_at = work.fixed_by = None
        held_since = held_since or mended
    work.accepts_at = None
    return {"depth": Depth.CORRECTIVE, "contained_at": held_since}


def _handed_over(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.assigned, work.fixed_at, work.fixed_by, work.accepts_at = False, None, None, None
    stamps = ("responded_at", "attended_at", "made_safe_at", "fixed_temporarily_at")
    agreed = ("plan_agreed_at", "permanent_due_at", "paused_at")
    return {"owner": work.owner.other, **dict.fromkeys((*stamps, *agreed))}


def _window_ended(work: Work, change: Change, actor: Actor | None, at: datetime) -> Effects:
    work.window_over = True
    return {}


_EFFECTS: dict[Move, Callable[[Work, Change, Actor | None, datetime], Effects]] = {
    Move.ACKNOWLEDGE: _acknowledged,
    Move.ASSIGN: _assigned,
    Move.UNASSIGN: _unassigned,
    Move.START: _started,
    Move.MAKE_SAFE: _made_safe,
    Move.FIX_TEMPORARILY: _mended,
    Move.FIX: _fixed,
    Move.ACCEPT: _accepted,
    Move.RETURN: _back,
    Move.REOPEN: _back,
    Move.MERGE: _merged,
    Move.UNMERGE: _unmerged,
    Move.WITHDRAW: _withdrawn,
    Move.CONTAIN: _contained,
    Move.AGREE_PLAN: _agreed,
    Move.CONFIRM_EFFECTIVE: _closed,
    Move.DECLINE_REPEAT: _declined,
    Move.HOLD: _held,
    Move.LIFT: _off_hold,
    Move.CONTEST_HOLD: _contested,
    Move.UPHOLD_HOLD: _upheld,
    Move.VOID_HOLD: _voided,
    Move.DEEPEN: _deepened,
    Move.REFUTE: _closed,
    Move.HAND_OVER: _handed_over,
    Move.RULE_OUT: _closed,
    Move.CALL_OFF: _closed,
    Move.END_WINDOW: _window_ended,
}
