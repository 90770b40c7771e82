"""Random moves by both parties and by time, on the rules alone: `python -m tests.rig.pure`.

Every step is one attempt of somebody, or a leap of time from a minute to weeks. What must stay true
of every action is checked after each change (`work.py`). A seed says everything: the same seed
plays the same game.
"""

from __future__ import annotations

import argparse
import sys
import time as stopwatch
from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random, SystemRandom
from zoneinfo import ZoneInfo

from inspection.rules import deciding, holds, lifecycle, repeat
from inspection.rules.access import RIGHTS, Member, Party, Role
from inspection.rules.calendar import Calendar
from inspection.rules.deciding import About, Asked
from inspection.rules.holds import Raised, Reason, Shown
from inspection.rules.lifecycle import REPORTER, STEPS, Actor, Change, Given, Move
from inspection.rules.policy import PROPOSED, Limits, Policy, Responded, read
from inspection.rules.repeat import New
from inspection.rules.sla import Timed, Timing
from inspection.rules.states import OPEN, Ask, Depth, PhotoRule, Priority, State
from tests.rig.work import Held, Question, Work

BEGINS = datetime(2025, 1, 2, 9, 0, tzinfo=UTC)
ENDS = datetime(2031, 1, 1, tzinfo=UTC)
AT_ONCE = 6  # actions in the queue
WORDS = ("", " ", "words", "Ord med æøå")
RARELY = {
    **dict.fromkeys((Move.MERGE, Move.WITHDRAW, Move.COMMENT, Move.ASK), 0.05),
    **dict.fromkeys((Move.ASSIGN, Move.UNASSIGN, Move.ASK_DECISION, Move.RETURN), 0.3),
    **dict.fromkeys((Move.CONTAIN, Move.MAKE_SAFE, Move.FIX_TEMPORARILY, Move.CONTEST_HOLD), 0.3),
    **dict.fromkeys((Move.UPHOLD_HOLD, Move.VOID_HOLD), 0.1),
}
"""How gladly people make a move they may make; the others 1."""
NAMES = tuple(move.value for move in Move)


def _calendars() -> list[Calendar]:
    days = frozenset(
        day
        for year in range(2024, 2036)
        for day in (
            *(date(year, 1, 1), date(year, 4, 2), date(year, 4, 3), date(year, 4, 6)),
            *(date(year, 12, 24), date(year, 12, 25), date(year, 12, 26)),
        )
    )
    office, night = ((time(8), time(16)),), ((time(0), time(6)), (time(22), time()))
    return [
        Calendar(ZoneInfo("Europe/Copenhagen"), (office,) * 5 + ((), ()), days),
        Calendar(ZoneInfo("Europe/Copenhagen"), (night,) * 7, days),
        Calendar(ZoneInfo("America/New_York"), (office,) * 6 + ((),), days),
    ]


def _timings() -> list[Timing]:
    proposed = read({"response_means": "acknowledged", **PROPOSED})
    assert isinstance(proposed, Policy)
    counting = tuple(replace(target, temporary_counts=True) for target in proposed.targets)
    short = Limits(decision_days=1, window_days=5, verification_days=1, repeat_undecided_days=1)
    policies = [
        proposed,
        replace(proposed, response_means=Responded.ATTENDED, targets=counting),
        replace(proposed, targets=counting[:5], limits=short),
        None,
    ]
    return [Timing(calendar, policy) for calendar in _calendars() for policy in policies]


TIMINGS = _timings()


class Game:
    """A queue of a few actions, both parties at it; `counts` says what was really done."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.counts: Counter[str] = Counter()
        self.made = 0
        self._start()

    def _start(self) -> None:
        self.now = BEGINS + timedelta(minutes=self.random.randrange(60 * 24 * 365))
        self.works = [self._received() for _ in range(AT_ONCE)]

    # ------------------------------------------------------------ what comes in

    def _received(self, thing: tuple[int, int] | None = None) -> Work:
        pick = self.random.choice
        self.made += 1
        timed = Timed(
            State.RECEIVED,
            Depth.CORRECTIVE if self.random.random() < 0.25 else Depth.CORRECTION,
            pick(tuple(Party)),
            pick(tuple(Priority)),
            "building",
            self.now,
            severity=pick((None, None, 1, 2)),
        )
        thing = thing or (pick(range(20)), pick((1, 2)))
        work = Work(
            self.made,
            timed,
            pick(TIMINGS),
            thing,
            pick(tuple(PhotoRule)),
            self.counts,
            reports=pick((1, 1, 2)),
            window_days=pick((5, 30, 90)),
        )
        self._suspect(work)
        self.counts["(received)"] += 1
        return work.begin()

    def _suspect(self, work: Work) -> None:
        """Whether it may be an earlier one come back; not while the same thing is still open."""
        earlier = [each for each in getattr(self, "works", ()) if each.thing == work.thing]
        if any(each.state not in (State.MONITORING, State.CLOSED) for each in earlier):
            return
        new, limits = New(*work.thing, None, self.now), work.timing.limits
        candidates = {
            each.number: each
            for each in earlier
            if repeat.is_candidate(new, each.as_earlier, limits.repeat_window_days)
        }
        best = repeat.best(each.as_earlier for each in candidates.values())
        if best is not None:
            work.earlier = candidates[best.id]
            work.earlier.suspects.append(work)
            hours = work.timing.calendar
            work.repeat_until = repeat.decided_by_itself_at(self.now, hours, limits)

    # ------------------------------------------------------------ a step

    def step(self) -> None:
        """Somebody tries something, or time goes by."""
        if self.random.random() < 0.12:
            return self._time_goes_by()
        work = self.random.choice(self.works)
        if work.state is State.CLOSED and self.random.random() < 0.3:
            return self._next_one(work)
        if work.state is State.MONITORING and self.random.random() < 0.03:
            self.works.append(self._received(work.thing))
        work.caught_up(self.now)
        return self._somebody_tries(work)

    def _next_one(self, over: Work) -> None:
        """Another one comes in; now and then the same thing in the same place again."""
        again = over.thing if self.random.random() < 0.3 else None
        if len(self.works) <= AT_ONCE:
            self.works.append(self._received(again))
        if len(self.works) > AT_ONCE:
            self.works.remove(over)

    def _time_goes_by(self) -> None:
        scale = self.random.choice((1, 1, 1, 30, 30, 60, 60 * 8, 60 * 24, 60 * 24 * 7))
        span = timedelta(minutes=self.random.randint(1, 4) * scale)
        if self.now + span > ENDS:
            return self._start()
        twin = self._twin() if self.random.random() < 0.1 else None
        before, self.now = self.now, self.now + span
        for work in self.works:
            work.caught_up(self.now)
            assert work.next_at is None or work.next_at >= self.now, "a moment was missed"
            if work.next_at != self.now and self.random.random() < 0.2:
                work.following_again_changes_nothing(self.now)
        if twin is not None:
            self._same_in_small_steps(twin, before)
        return None

    def _twin(self) -> Work | None:
        """The same action again, to be looked at often; one that touches no other."""
        work = self.random.choice(self.works)
        if work.repeat_until is not None or work.suspects:
            return None
        twin = copy(work)
        twin.counts, twin.turns = Counter(), dict(work.turns)
        twin.open_spans, twin.chain = list(work.open_spans), list(work.chain)
        return twin

    def _same_in_small_steps(self, twin: Work, since: datetime) -> None:
        """A tick that slept finds what it would have found in time."""
        for part in range(1, 5):
            twin.caught_up(since + (self.now - since) * part / 4)
        work = next(each for each in self.works if each.number == twin.number)
        seen = (work.timed, work.clocks, work.chain, work.turns, work.open_questions)
        again = (twin.timed, twin.clocks, twin.chain, twin.turns, twin.open_questions)
        assert seen == again, "late is not as in time"
        self.counts["(looked at often)"] += 1

    # ------------------------------------------------------------ what people try

    def _actor(self) -> Actor:
        if self.random.random() < 0.06:
            return REPORTER
        role = self.random.choice((Role.STAFF, *(Role.SUPERVISOR,) * 4, Role.MANAGER, Role.MANAGER))
        role = Role.EXECUTIVE if self.random.random() < 0.03 else role
        return Actor(self.random.choice(tuple(Party)), role)

    def _given(self) -> Given:
        pick = self.random.choice
        return Given(
            pick(WORDS),
            pick((0, 1)),
            pick((None, self.now.date())),
            no_fault_found=self.random.random() < 0.1,
            scanned=pick((False, True)),
        )

    def _somebody_tries(self, work: Work) -> None:
        actor = self._actor()
        offered = lifecycle.possible(work.facts, actor, self.now, work.timing)
        anything = self.random.random() < 0.15 or not offered
        gladly = [RARELY.get(each, 1.0) for each in offered]
        move = self.random.choice(tuple(Move)) if anything else self._one(offered, gladly)
        if self.random.random() < 0.03:  # looked at an older version
            self.counts["(told who was quicker)"] += 1
            return
        answer = lifecycle.make(work.facts, move, actor, self._given(), self.now, work.timing)
        if isinstance(answer, list):
            assert answer, "refused without a reason"
            assert all(no.sentence for no in answer)
            self.counts["(refused)"] += 1
            return
        assert not STEPS[move].by_rule
        assert actor.is_reporter or self._has_right(work, move, actor)
        if not _DO.get(move, Game._simply)(self, work, move, answer, actor):
            self.counts["(refused by the room)"] += 1

    def _one(self, moves: list[Move], gladly: list[float]) -> Move:
        return self.random.choices(moves, gladly)[0]

    def _has_right(self, work: Work, move: Move, actor: Actor) -> bool:
        assert actor.party is not None
        assert actor.role is not None
        return RIGHTS[move.value].allows(actor.role, actor.party, work.owner)

    def _simply(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        work.apply(move, change, actor, self.now)
        return True

    def _acknowledge(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        """Category, priority and who goes are chosen with it."""
        priority = self.random.choice(tuple(Priority))
        work.assigned = self.random.random() < 0.5
        work.timed = replace(work.timed, priority=priority)
        return self._simply(work, move, change, actor)

    def _merge(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        masters = [each for each in self.works if each is not work and each.state in OPEN]
        if work.timed.depth is Depth.CORRECTIVE:
            masters = [each for each in masters if each.timed.depth is Depth.CORRECTIVE]
        return bool(masters) and self._simply(work, move, change, actor)

    def _hold(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        reason = self.random.choice(tuple(Reason))
        pick = self.random.choice
        asked, to_reporter, decision, scanned = (self.random.random() < 0.7 for _ in range(4))
        shown = Shown(
            asked,
            to_reporter,
            decision,
            scanned,
            photos=pick((0, 1)),
            text=pick(WORDS),
            but_for=pick(WORDS),
            mitigation=pick(WORDS),
            aware_at=pick((None, self.now)),
        )
        begins = pick((None, None, None, self.now - timedelta(hours=self.random.randint(1, 40))))
        due = [clock.due_at for clock in work.clocks if clock.runs]
        raised = holds.raise_hold(
            reason, shown, work.owner, max(due, default=None), begins, self.now
        )
        if not isinstance(raised, Raised):
            return False
        held = Held(raised.begins_at, raised.cause)
        if raised.at_once:
            work.hold = held
            return self._simply(work, move, change, actor)
        return self._ask(work, actor, Ask.PAUSE_CONSENT, held)

    def _on_hold(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        """Contested once, upheld only when contested; a hold there was not cannot be either."""
        if work.hold is None or work.hold.contested is (move is Move.CONTEST_HOLD):
            return False
        return self._simply(work, move, change, actor)

    def _void(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        if work.hold is None:
            return False
        work.void_hold(actor, change, self.now)
        return True

    def _ask_decision(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        kind = self.random.choice(tuple(Ask))
        return self._ask(work, actor, kind, self.random.choice(tuple(Priority)))

    def _ask(self, work: Work, actor: Actor, kind: Ask, wanted: Priority | Held) -> bool:
        assert actor.party is not None
        asked = frozenset(q.kind for q in work.open_questions if q.to is actor.party.other)
        t = work.timed
        about = About(t.state, t.owner, t.priority, t.depth, asked)
        value = {"priority": wanted} if isinstance(wanted, Priority) else {}
        said = deciding.Question(kind, "words", value)
        if deciding.ask(about, said, by_hold=isinstance(wanted, Held)):
            return False
        work.ask(
            Question(work.asked + 1, kind, actor.party, actor.party.other, wanted), actor, self.now
        )
        return True

    def _answer(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        if not work.open_questions or actor.party is None or actor.role is None:
            return False
        question = self.random.choice(work.open_questions)
        asked = Asked(question.kind, question.asked_by, question.to, False)
        member = Member(1, 1, 1, actor.party, actor.role)
        said = self.random.choice(("yes", "yes", "no"))
        if move is Move.TAKE_BACK:
            refused, said = deciding.take_back(asked, member), "withdrawn"
            mine = question.asked_by
        else:
            refused = deciding.answer(asked, member, said, "words")
            mine = question.to
        assert bool(refused) is (actor.party is not mine)
        if refused:
            return False
        self.counts[f"({question.kind}: {said})"] += 1
        work.answered(question, actor, said, self.now)
        return True

    def _confirm_repeat(self, work: Work, move: Move, change: Change, actor: Actor) -> bool:
        work.came_back(actor, self.now)
        return True


_DO: dict[Move, Callable[[Game, Work, Move, Change, Actor], bool]] = {
    Move.ACKNOWLEDGE: Game._acknowledge,
    Move.MERGE: Game._merge,
    Move.HOLD: Game._hold,
    Move.CONTEST_HOLD: Game._on_hold,
    Move.UPHOLD_HOLD: Game._on_hold,
    Move.VOID_HOLD: Game._void,
    Move.ASK_DECISION: Game._ask_decision,
    Move.ANSWER: Game._answer,
    Move.TAKE_BACK: Game._answer,
    Move.CONFIRM_REPEAT: Game._confirm_repeat,
}


class Broken(AssertionError):
    """Something did not stay true; says how to see it again."""


def play(seed: int, steps: int) -> Counter[str]:
    """Play so many steps; how often each thing was really done. `Broken` when it did not hold."""
    game = Game(seed)
    for step in range(1, steps + 1):
        try:
            game.step()
        except AssertionError as wrong:
            again = f"python -m tests.rig.pure --seed {seed} --steps {step}"
            raise Broken(f"{wrong}\nat step {step}; again with: {again}") from wrong
    return game.counts


def never(counts: Counter[str]) -> list[str]:
    """The moves that were never made."""
    return [name for name in NAMES if not counts[name]]


def told(counts: Counter[str]) -> str:
    """The counts as lines, moves first."""
    width = max(map(len, counts), default=0)
    names = [*NAMES, *sorted(set(counts) - set(NAMES))]
    return "\n".join(f"  {name:<{width}} {counts[name]:>10,}" for name in names)


def main() -> int:
    """The command line; 1 when something did not hold or a move was never made."""
    asked = argparse.ArgumentParser(prog="python -m tests.rig.pure", description=__doc__)
    asked.add_argument("--seed", type=int, default=None)
    asked.add_argument("--steps", type=int, default=1_000_000)
    said = asked.parse_args()
    seed = SystemRandom().randrange(1_000_000) if said.seed is None else said.seed
    print(f"pure rules: {said.steps:,} steps, seed {seed}", flush=True)
    began = stopwatch.monotonic()
    try:
        counts = play(seed, said.steps)
    except Broken as wrong:
        print(wrong)
        return 1
    took = stopwatch.monotonic() - began
    print(told(counts))
    print(f"{said.steps / took:,.0f} steps/s, {took:.0f} s; all that must hold held")
    if missing := never(counts):
        print("never made:", ", ".join(missing))
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
