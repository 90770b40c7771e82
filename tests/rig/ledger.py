"""What everybody was told is done, kept outside of the database; and what must be true at the end.

Every word is written once only, so each can be looked for: what was acknowledged must be there,
what was refused must not.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

from sqlalchemy import Row, select

from inspection import clock
from inspection.actions import standing
from inspection.actions.models import Action, Decision, Disagreement, Hold, Plan
from inspection.actions.models import Clock as Timekeeper
from inspection.db import Model, db, reading, table
from inspection.journal import Event, EventText, first_broken
from inspection.rules.access import Party
from inspection.rules.lifecycle import STEPS, Move
from inspection.rules.states import Depth, Outcome, State

_actions, _clocks, _events = table(Action), table(Timekeeper), table(Event)
_texts = table(EventText)
SPOKEN: dict[type[Model], tuple[str, ...]] = {
    Plan: ("containment", "root_cause", "escape_point", "permanent_fix", "criterion", "reason"),
    Decision: ("question", "answer_text"),
    Hold: ("text", "but_for", "mitigation", "contested_text"),
    Disagreement: ("resolution", "statement_customer", "statement_contractor"),
    Action: ("outcome_text", "containment"),
}
BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
MOVED = {step.event for step in STEPS.values()} - {
    STEPS[Move.COMMENT].event,  # beside whatever others change: the state is as it was seen
    STEPS[Move.ASK].event,
}
APPENDED = frozenset({Move.COMMENT.value, Move.ASK.value})  # beside whatever others change
JUDGED = {
    STEPS[move].event
    for move in (Move.ACCEPT, Move.AGREE_PLAN, Move.RETURN_PLAN, Move.CONFIRM_EFFECTIVE)
}


@dataclass
class Ledger:
    """The outside record of one game; safe to write from several threads."""

    contract_id: int
    counts: Counter[str] = field(default_factory=Counter)
    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    spans: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    breached: dict[int, datetime] = field(default_factory=dict)
    deep: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    ended: datetime = BEFORE
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _words: Iterator[int] = field(default_factory=lambda: count(1))

    def words(self, what: str) -> str:
        """Words nobody else writes."""
        return f"{what} word{next(self._words)}x æøå"

    def told_done(self, move: str, text: str, row: Row[Any] | None, after: int) -> None:
        with self._lock:
            self.counts[move] += 1
            if text:
                self.done.append(text)
            if row is not None and after != row.version and move not in APPENDED:
                self.spans[row.id].append((row.version, after))

    def told_no(self, what: str, text: str) -> None:
        with self._lock:
            self.counts[what] += 1
            if text:
                self.refused.append(text)

    def fault(self, what: str) -> None:
        with self._lock:
            self.wrong.append(what)

    # ------------------------------------------------------------ in between

    def look(self) -> None:
        """After a tick: nothing is left undone, no breach unset, nothing shallower."""
        with reading():
            now = clock.now()
            here = _actions.c.contract_id == self.contract_id
            late = select(_actions.c.number).where(here, _actions.c.next_at < now)
            self._all(db.session.execute(late).scalars(), "was due before, and is not done: no. {}")
            for row in db.session.execute(
                select(_clocks.c.id, _clocks.c.breached_at).where(
                    _clocks.c.contract_id == self.contract_id
                )
            ):
                was = self.breached.get(row.id)
                if was is not None and row.breached_at != was:
                    self.fault(f"clock {row.id}: breached {was}, now {row.breached_at}")
                if row.breached_at is not None:
                    self.breached[row.id] = row.breached_at
            deep = select(_actions.c.id).where(here, _actions.c.depth == Depth.CORRECTIVE.value)
            corrective = set(db.session.execute(deep).scalars())
            self._all(self.deep - corrective, "action {} has become shallower")
            self.deep = corrective

    def _all(self, found: Any, sentence: str) -> None:
        for each in found:
            self.fault(sentence.format(each))

    # ------------------------------------------------------------ at the end

    def close(self) -> None:
        """Note everything that is not as it must be."""
        self.ended = clock.now()
        with reading():
            if (broken := first_broken(self.contract_id)) is not None:
                self.fault(f"the journal is broken at {broken}")
            self._words_are_there()
            events = self._events()
            for row in self._actions():
                self._turns_add_up(row)
                self._one_after_the_other(row, events[row.id])
                self._judged_by_the_other(row, events[row.id])
            self._breaches_are_flagged()

    def _actions(self) -> list[Row[Any]]:
        rows = select(_actions).where(_actions.c.contract_id == self.contract_id)
        return list(db.session.execute(rows.order_by(_actions.c.number)))

    def _events(self) -> dict[int, list[Row[Any]]]:
        of: dict[int, list[Row[Any]]] = defaultdict(list)
        rows = select(_events).where(_events.c.contract_id == self.contract_id)
        for event in db.session.execute(rows.order_by(_events.c.seq)):
            if event.action_id is not None:
                of[event.action_id].append(event)
        return of

    def _words_are_there(self) -> None:
        """Nobody's words are lost; and nothing of what was refused is half there."""
        kept = set(db.session.execute(select(_texts.c.text)).scalars())
        for model, columns in SPOKEN.items():
            for name in columns:
                kept |= set(db.session.execute(select(table(model).c[name])).scalars())
        reports = Model.metadata.tables["report"]
        kept |= set(db.session.execute(select(reports.c.words)).scalars())
        all_of_it = "\n".join(kept)
        self._all((text for text in self.done if text not in all_of_it), "lost: {}")
        self._all((text for text in self.refused if text in all_of_it), "half done: {}")

    def _turns_add_up(self, row: Row[Any]) -> None:
        """What both parties and nobody had is the open life; exact, if it was never reopened."""
        now = clock.now()
        spent = sum(standing.court_time(row, now).values(), timedelta())
        life = (row.closed_at or now) - row.received_at - self._closed_for(row)
        if abs(spent - life) > (timedelta(seconds=2) if self._gaps(row) else timedelta()):
            self.fault(f"no. {row.number}: turns of {spent} in a life of {life}")
        asked = row.decision_to or row.hold_cause
        watched = row.state == State.MONITORING and now <= row.monitoring_until and not asked
        if (row.court is None) is not (row.state == State.CLOSED or watched):
            self.fault(f"no. {row.number}, {row.state}: the turn of {row.court}")

    def _gaps(self, row: Row[Any]) -> list[tuple[datetime, datetime]]:
        """From when to when it was closed, and then open again."""
        asked = select(_events).where(
            _events.c.contract_id == self.contract_id, _events.c.action_id == row.id
        )
        turns = [
            (_when(event), event.state_to)
            for event in db.session.execute(asked.order_by(_events.c.seq))
            if event.state_from and (event.state_from == "closed") != (event.state_to == "closed")
        ]
        return [(one[0], two[0]) for one, two in pairwise(turns) if one[1] == "closed"]

    def _closed_for(self, row: Row[Any]) -> timedelta:
        return sum((until - since for since, until in self._gaps(row)), timedelta())

    def _one_after_the_other(self, row: Row[Any], events: list[Row[Any]]) -> None:
        """Each change began where the one before ended; nothing changed what proved effective."""
        for one, two in pairwise(sorted(self.spans[row.id])):
            if two[0] < one[1]:
                self.fault(f"no. {row.number}: two began at the same version, {one} and {two}")
        if self.spans[row.id] and max(self.spans[row.id])[1] > row.version:
            self.fault(f"no. {row.number}: version {row.version} after {max(self.spans[row.id])}")
        changes = [event for event in events if event.kind in MOVED and event.state_from]
        for before, after in pairwise(changes):
            if after.state_from != before.state_to:
                self.fault(
                    f"no. {row.number}: {after.kind} from {after.state_from}"
                    f" after {before.kind} to {before.state_to}"
                )
        effective = STEPS[Move.CONFIRM_EFFECTIVE].event
        kinds = [event.kind for event in changes]
        if effective in kinds and (kinds[-1] != effective or row.outcome != Outcome.EFFECTIVE):
            self.fault(f"no. {row.number}: {kinds[-1]} after it had proved effective")

    def _judged_by_the_other(self, row: Row[Any], events: list[Row[Any]]) -> None:
        """Whoever owned it at the time has not judged it."""
        handed_over = [event for event in events if event.kind == STEPS[Move.HAND_OVER].event]
        owner = Party(row.owner_party)
        owners = owner if len(handed_over) % 2 == 0 else owner.other
        for event in events:
            if event.kind == STEPS[Move.HAND_OVER].event:
                owners = owners.other
            elif event.kind in JUDGED and event.party == owners.value:
                self.fault(f"no. {row.number}: {event.kind} by the owner's own party")

    def _breaches_are_flagged(self) -> None:
        """The queue's mark for late says what the clocks and the journal say."""
        late = select(_clocks.c.action_id).where(_clocks.c.breached_at.is_not(None))
        late_actions = set(db.session.execute(late).scalars())
        marked = {row.id for row in self._actions() if row.breached}
        self._all(late_actions ^ marked, "action {} is late and not marked, or marked and not late")
        told = select(_events.c.entity_id).where(_events.c.kind == "clock.breached")
        clocks = set(db.session.execute(told).scalars())
        gone = clocks - set(
            db.session.execute(
                select(_clocks.c.id).where(_clocks.c.breached_at.is_not(None))
            ).scalars()
        )
        self._all(gone, "clock {} was told breached, and is not")


def _when(event: Row[Any]) -> datetime:
    """When it was so: an event of time itself says it."""
    said = event.data.get("happened_at")
    when: datetime = datetime.fromisoformat(said) if said else event.at
    return when
