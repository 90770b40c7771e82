"""Lets the stories happen: every step through the same doors as a real one, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row

from inspection import clock
from inspection.actions import merging, moves
from inspection.actions.moves import Wanted
from inspection.demo import together
from inspection.demo.course import (
    REPORTER,
    ZONE,
    Accept,
    Acknowledge,
    Answer,
    Ask,
    Assign,
    CheckSimilar,
    Comment,
    Fix,
    FixTemporarily,
    MakeSafe,
    Merge,
    MeToo,
    NoFaultFound,
    Rate,
    Reopen,
    Report,
    Return,
    Start,
    Step,
    Story,
    Thank,
    Withdraw,
    elsewhere,
    working_day,
)
from inspection.demo.passage import pass_until
from inspection.demo.together import Told
from inspection.photos.evidence import Kept
from inspection.reports import asking, following
from inspection.reports.following import Receipt
from inspection.reports.receiving import Received, Said, receive
from inspection.rules.access import Member
from inspection.rules.lifecycle import NOTHING_GIVEN, Given, Move
from inspection.web import Refused, new_secret

Beat = tuple[datetime, Story, Step | MeToo | None]


@dataclass(frozen=True)
class Play:
    """Where the stories happen and who lives them.

    `people` by their key in the cast, `places` by the Name in the register, `codes` by asset id,
    `categories` by key, `pictures` by the name they are drawn under.
    """

    contract_id: int
    people: Mapping[str, Member]
    places: Mapping[str, Row[Any]]
    codes: Mapping[int, str]
    categories: Mapping[str, Row[Any]]
    pictures: Mapping[str, Kept]
    told: dict[str, Told] = field(default_factory=dict)

    def live(
        self,
        stories: Iterable[Story],
        now: datetime,
        beside: Iterable[tuple[datetime, Callable[[], None]]] = (),
    ) -> None:
        """Let everything happen at its moment, and what time does; `Refused` if a rule says no.

        `beside`: what is done beside the stories, and when.
        """
        all_: list[tuple[datetime, Callable[[], None]]] = [*beside]
        all_ += [(at, partial(self._beat, story, step)) for at, story, step in beats(stories, now)]
        for at, happens in sorted(all_, key=lambda each: each[0]):
            pass_until(self.contract_id, at)
            with clock.standing_at(at):
                happens()
        pass_until(self.contract_id, now)

    def _beat(self, story: Story, step: Step | MeToo | None) -> None:
        try:
            self._happen(story, step)
        except Refused as refused:
            refused.add_note(f"in the story {story.key}: {step}")
            raise

    def _happen(self, story: Story, step: Step | MeToo | None) -> None:
        if step is None:
            receipt = new_secret()
            received = self._report(story, story.report, receipt)
            self.told[story.key] = Told(story, received.action_id, receipt)
        elif isinstance(step, MeToo):
            joins = self.told[story.key].action_id
            self._report(story, step.report, new_secret(), joins)
        else:
            _STEPS[type(step)](self, self.told[story.key], step)

    def _report(
        self, story: Story, report: Report, receipt: str, joins: int | None = None
    ) -> Received:
        place, phoned = self.places[story.place], report.phoned_to
        return receive(
            Said(
                place=place,
                category=self.categories[story.category],
                words=report.words,
                language=report.language,
                receipt=receipt,
                source="phone" if phoned else "qr",
                tag_code=None if phoned else self.codes[place.id],
                joins=joins,
                by=self.people[phoned] if phoned else None,
                pictures=self._shown(report.picture),
            )
        )

    # ------------------------------------------------------------ what the two parties do

    def acknowledge(self, told: Told, step: Acknowledge) -> None:
        category = self.categories[step.category or told.story.category]
        assignee = moves.assignable(self._row(told), self.people[step.assignee].id)
        columns = {
            "category_id": category.id,
            "priority": step.priority,
            "assignee_id": assignee,
        }
        data = {"category": category.key, "priority": step.priority, "assignee": assignee}
        self._move(told, step, Move.ACKNOWLEDGE, columns=columns, data=data)

    def assign(self, told: Told, step: Assign) -> None:
        row = self._row(told)
        assignee = moves.assignable(row, self.people[step.assignee].id)
        data = {"assignee": assignee, "before": row.assignee_id}
        self._move(told, step, Move.ASSIGN, columns={"assignee_id": assignee}, data=data)

    def start(self, told: Told, step: Start) -> None:
        self._move(told, step, Move.START, data=self._presence(told, step))

    def make_safe(self, told: Told, step: MakeSafe) -> None:
        self._move(told, step, Move.MAKE_SAFE, Given(step.text))

    def fix_temporarily(self, told: Told, step: FixTemporarily) -> None:
        today = clock.now().astimezone(ZONE).date()
        expected_on = working_day(today, step.expected_in)
        given = Given(step.text, expected_on=expected_on)
        data = {"expected_on": expected_on.isoformat()}
        self._move(told, step, Move.FIX_TEMPORARILY, given, data=data)

    def fix(self, told: Told, step: Fix | NoFaultFound) -> None:
        pictures, nothing = self._shown(step.picture), isinstance(step, NoFaultFound)
        given = Given(step.note, len(pictures), no_fault_found=nothing)
        data = {"no_fault_found": True} if nothing else {}
        self._move(told, step, Move.FIX, given, data=data, pictures=pictures)

    def accept(self, told: Told, step: Accept) -> None:
        given = Given(step.note, scanned=step.scanned)
        self._move(told, step, Move.ACCEPT, given, data=self._presence(told, step))

    def send_back(self, told: Told, step: Return | Reopen) -> None:
        move = Move.RETURN if isinstance(step, Return) else Move.REOPEN
        if step.by == REPORTER:
            following.send_back(_receipt(told), move, step.reason, ())
        else:
            self._move(told, step, move, Given(step.reason))

    def merge(self, told: Told, step: Merge) -> None:
        row, master = self._row(told), self._row(self.told[step.into])
        merging.merge(row, master, self.people[step.by], row.version)

    def comment(self, told: Told, step: Comment) -> None:
        self._move(told, step, Move.COMMENT, Given(step.text))

    def ask(self, told: Told, step: Ask) -> None:
        asking.ask(self._row(told), self.people[step.by], step.question)

    # ------------------------------------------------------------ what the reporter does

    def answer(self, told: Told, step: Answer) -> None:
        receipt = _receipt(told)
        following.answer(receipt, following.open_questions(receipt)[0].id, step.text)

    def withdraw(self, told: Told, step: Withdraw) -> None:
        following.withdraw(_receipt(told))

    def rate(self, told: Told, step: Rate) -> None:
        following.rate(_receipt(told), step.stars, "")

    def thank(self, told: Told, step: Thank) -> None:
        following.thank(_receipt(told), step.text)

    # ------------------------------------------------------------ what all of them need

    def _move(
        self, told: Told, step: Step, move: Move, given: Given = NOTHING_GIVEN, **more: Any
    ) -> None:
        row = self._row(told)
        moves.make(row, Wanted(move, self.people[step.by], given, row.version, **more))

    def acted(self, told: Told, step: Step) -> tuple[Row[Any], Member]:
        """The action as it stands, and who does something with it."""
        return self._row(told), self.people[step.by]

    def begin(self, story: Story, number: int) -> None:
        """A story whose action was opened by another one: nobody holds a receipt."""
        action = moves.found(self.contract_id, number)
        self.told[story.key] = Told(story, action.id, "")

    def scan(self, place: int) -> dict[str, Any]:
        """What the code at a place proves."""
        return {"code": self.codes[place], "asset": place}

    def _presence(self, told: Told, step: Start | Accept) -> dict[str, Any]:
        scan = {"scan": self.scan(self._row(told).asset_id)} if step.scanned else {}
        return {"scanned": step.scanned, **scan}

    def _row(self, told: Told) -> Row[Any]:
        return moves.by_id(self.contract_id, told.action_id)

    def _shown(self, picture: str | None) -> tuple[Kept, ...]:
        return (self.pictures[picture],) if picture else ()


def _receipt(told: Told) -> Receipt:
    return following.opened(told.receipt)


_STEPS: Mapping[type[Step], Callable[[Play, Told, Any], None]] = {
    Acknowledge: Play.acknowledge,
    Assign: Play.assign,
    Start: Play.start,
    MakeSafe: Play.make_safe,
    FixTemporarily: Play.fix_temporarily,
    Fix: Play.fix,
    NoFaultFound: Play.fix,
    Accept: Play.accept,
    Return: Play.send_back,
    Reopen: Play.send_back,
    Merge: Play.merge,
    Comment: Play.comment,
    Ask: Play.ask,
    Answer: Play.answer,
    Withdraw: Play.withdraw,
    Rate: Play.rate,
    Thank: Play.thank,
    **together.STEPS,
}


def beats(stories: Iterable[Story], now: datetime) -> list[Beat]:
    """Everything that happened in all stories, in order of time; None is a story's first report."""
    return sorted(_told(stories, now), key=lambda beat: beat[0])


def _told(stories: Iterable[Story], now: datetime) -> Iterator[Beat]:
    for story in stories:
        yield story.received.on(now), story, None
        yield from _course(story, now)


def _course(story: Story, now: datetime) -> Iterator[Beat]:
    """What followed the first report, also at the other places it led to."""
    for at, step in story.moments(now):
        yield at, story, step
        there = elsewhere(story, step, at) if isinstance(step, CheckSimilar) else None
        if there is not None:
            yield from _course(there, now)


def pictures_of(stories: Iterable[Story]) -> set[str]:
    """The names of all pictures that somebody took."""
    said = [story.report for story in stories]
    said += [each.report for story in stories for each in story.me_too]
    steps = [step for story in stories for step in _all_steps(story.steps)]
    names = {report.picture for report in said}
    names |= {step.picture for step in steps if isinstance(step, Fix | NoFaultFound)}
    return {name for name in names if name}


def _all_steps(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, CheckSimilar):
            yield from step.then
