"""Work that waits: an action of either party under an agreed policy and calendar, moved in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from inspection import clock
from inspection.actions import decisions, holds, moves, passing, standing
from inspection.actions.holds import Why
from inspection.actions.models import Action, Decision, Hold
from inspection.actions.models import Clock as Timekeeper
from inspection.actions.moves import Wanted
from inspection.contracts import agreements
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.rules.access import Member, Party
from inspection.rules.holds import Reason
from inspection.rules.lifecycle import Given, Move
from inspection.rules.states import Ask
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed, key

TZ = ZoneInfo("Europe/Copenhagen")
CATEGORY = {Party.CONTRACTOR: "leak", Party.CUSTOMER: "equipment"}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 on the wall clock of the place; the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=TZ)


MONDAY = at(2, 9)


@dataclass
class Work:
    """One action, its owner's lead and the other party's."""

    cast: Cast
    owner: Party
    number: int

    @classmethod
    def begins(cls, cast: Cast, owner: Party, priority: str = "P3") -> Work:
        """Received on Monday 9:00, acknowledged and begun at once."""
        here = cast.harbour
        with clock.standing_at(MONDAY):
            agreed(here, "sla_policy", POLICY)
            agreed(here, "calendar", CALENDAR_DK)
            agreements.forget()
            with writing():
                place, about = here.places["tap"], here.categories[CATEGORY[owner]]
                received = receiving.receive(
                    Said(place, about, "It drips", "en", receipt=key())  # type: ignore[arg-type]
                )
            work = cls(cast, owner, received.action_number)
            columns = {"priority": priority, "category_id": about.id}
            work.move(Move.ACKNOWLEDGE, columns=columns)
            work.move(Move.START)
        return work

    @property
    def us(self) -> Member:
        """The supervisor of the party that owned it at the beginning."""
        return self.cast.harbour.members[f"{self.owner.value}.supervisor"]

    @property
    def them(self) -> Member:
        return self.cast.harbour.members[f"{self.owner.other.value}.supervisor"]

    @property
    def row(self) -> Row[Any]:
        return moves.found(self.cast.harbour.contract.id, self.number)

    @contextmanager
    def changing(self) -> Iterator[Row[Any]]:
        with writing():
            yield self.row

    def move(self, move: Move, text: str = "", by: Member | None = None, **more: Any) -> None:
        with self.changing() as row:
            moves.make(row, Wanted(move, by or self.us, Given(text), **more))

    def caught_up(self) -> Row[Any]:
        """What the record says once everything that was due is done."""
        with self.changing() as row:
            passing.caught_up(row, clock.now())
        return self.row

    def asks(
        self,
        kind: Ask = Ask.QUOTE,
        wanted: dict[str, Any] | None = None,
        by: Member | None = None,
        question: str = "May we shut the water off?",
        version: int | None = None,
    ) -> int:
        with self.changing() as row:
            asked = decisions.ask(row, by or self.us, kind, question, wanted or {}, version)
        return asked.what.entity_id

    def answers(
        self, decision: int, said: str = "yes", text: str = "", by: Member | None = None
    ) -> None:
        with self.changing() as row:
            decisions.answer(row, by or self.them, decision, said, text)

    def holds(self, reason: Reason, **why: Any) -> Row[Any]:
        with self.changing() as row:
            holds.raise_hold(row, self.us, Why(reason, **why))
        return self.hold

    @property
    def hold(self) -> Row[Any]:
        """The latest hold."""
        return self._all(Hold)[-1]

    def decision(self, decision: int) -> Row[Any]:
        return next(one for one in self._all(Decision) if one.id == decision)

    def clock(self, kind: str) -> Row[Any]:
        """The latest clock of that kind."""
        return [one for one in self._all(Timekeeper) if one.kind == kind][-1]

    def clocks(self) -> list[Row[Any]]:
        return self._all(Timekeeper)

    def decisions(self) -> list[Row[Any]]:
        return self._all(Decision)

    def all_holds(self) -> list[Row[Any]]:
        return self._all(Hold)

    def happened(self) -> list[str]:
        return [event.kind for event in self._all(Event)]

    def _all(self, model: Any) -> list[Row[Any]]:
        rows = table(model)
        asked = select(rows).where(
            rows.c.contract_id == self.cast.harbour.contract.id, rows.c.action_id == self.row.id
        )
        return list(db.session.execute(asked.order_by(rows.c.id)))

    def court_minutes(self) -> float:
        """The minutes of every turn there was, nobody's included."""
        turns = standing.court_time(self.row, clock.now()).values()
        return sum(turns, timedelta()) / timedelta(minutes=1)


def every_column(work: Work) -> dict[str, Any]:
    """The action's row, to see that nothing changed."""
    return {column.name: getattr(work.row, column.name) for column in table(Action).columns}
