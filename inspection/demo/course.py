"""What a story of the demo is made of: a report, and the steps two parties took with it.

Nothing here knows the database. Moments are relative to the day the demo is set up, counted in
working days, so that staff never work on a Sunday and nothing happens tomorrow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from inspection.demo.cast import TERMS, Language, Priority

REPORTER = "reporter"
ZONE = ZoneInfo(TERMS.time_zone)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Workday:
    """`at` (HH:MM) on the `back`-th working day before today; 1 is the last one."""

    back: int
    at: str

    def on(self, now: datetime) -> datetime:
        """The moment meant, seen from `now`, in the contract's time zone."""
        return _local(working_day(now.astimezone(ZONE).date(), -self.back), self.at)


@dataclass(frozen=True)
class Weekend:
    """`at` (HH:MM) on a day of the weekend that ended `weeks` Mondays ago; 1 is this week's."""

    weeks: int
    day: Literal["sat", "sun"]
    at: str

    def on(self, now: datetime) -> datetime:
        """The moment meant, seen from `now`, in the contract's time zone."""
        today = now.astimezone(ZONE).date()
        monday = today - today.weekday() * DAY - (self.weeks - 1) * 7 * DAY
        return _local(monday - (2 if self.day == "sat" else 1) * DAY, self.at)


@dataclass(frozen=True)
class MinutesAgo:
    """Just now: `minutes` before the demo is set up."""

    minutes: int

    def on(self, now: datetime) -> datetime:
        """The moment meant, seen from `now`, in the contract's time zone."""
        return now.astimezone(ZONE) - timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Exactly:
    """A moment known from another story."""

    moment: datetime

    def on(self, now: datetime) -> datetime:
        """The moment itself, whenever the demo is set up."""
        return self.moment


When = Workday | Weekend | MinutesAgo | Exactly


@dataclass(frozen=True)
class Report:
    """Somebody's words, perhaps none; `phoned_to` is the person who wrote them down."""

    words: str
    language: Language
    picture: str | None = None
    phoned_to: str | None = None


@dataclass(frozen=True)
class Later:
    """`at` (HH:MM) on the `after`-th working day after the report came in; 0 is the same day."""

    after: int
    at: str


@dataclass(frozen=True)
class MeToo(Later):
    """One more report on the same action."""

    report: Report


@dataclass(frozen=True)
class Step(Later):
    """One move; `by` is the key of a person in the cast, or `REPORTER`."""

    by: str


@dataclass(frozen=True)
class Acknowledge(Step):
    """The owner party heard it: priority, who goes, and the right category if it was another."""

    priority: Priority
    assignee: str
    category: str | None = None


@dataclass(frozen=True)
class Assign(Step):
    """Somebody else of the owner party goes."""

    assignee: str


@dataclass(frozen=True)
class Start(Step):
    """Work begins; `scanned` says whether the code on site proved the presence."""

    scanned: bool = True


@dataclass(frozen=True)
class MakeSafe(Step):
    """The danger is gone, the fault is not."""

    text: str


@dataclass(frozen=True)
class FixTemporarily(Step):
    """It serves for now; the lasting fix is expected `expected_in` working days later."""

    text: str
    expected_in: int


@dataclass(frozen=True)
class Fix(Step):
    """The owner party says it is put right."""

    note: str
    picture: str | None = None


@dataclass(frozen=True)
class NoFaultFound(Step):
    """The owner party looked and found nothing to put right."""

    note: str
    picture: str | None = None


@dataclass(frozen=True)
class Accept(Step):
    """The other party saw it hold; `scanned`: on site, with the code to prove it."""

    note: str = ""
    scanned: bool = False


@dataclass(frozen=True)
class Return(Step):
    """The other party, or the reporter, says it is not put right."""

    reason: str


@dataclass(frozen=True)
class Reopen(Step):
    """It was closed and is not put right after all."""

    reason: str


@dataclass(frozen=True)
class Merge(Step):
    """The same fault as the story called `into`, which takes over the reports."""

    into: str


@dataclass(frozen=True)
class Comment(Step):
    """Words that both parties read."""

    text: str


@dataclass(frozen=True)
class Ask(Step):
    """A question to the reporter."""

    question: str


@dataclass(frozen=True)
class Answer(Step):
    """The reporter's answer."""

    text: str


@dataclass(frozen=True)
class Withdraw(Step):
    """The reporter takes it back before anybody acknowledged."""


@dataclass(frozen=True)
class Rate(Step):
    """The reporter's satisfaction, 1 to 5."""

    stars: int


@dataclass(frozen=True)
class Thank(Step):
    """One tap of thanks, with or without words."""

    text: str = ""


# ---------------------------------------------------------------- what one needs from the other


@dataclass(frozen=True)
class AskDecision(Step):
    """A question to the other party, which answers for all of it; `amount` as people write it."""

    kind: Literal[
        "scope",
        "priority",
        "ownership",
        "quote",
        "access",
        "information",
        "withdrawal",
        "deepening",
    ]
    question: str
    priority: Priority | None = None
    amount: str = ""


@dataclass(frozen=True)
class AnswerDecision(Step):
    """The answer to the oldest question that waits for the party of `by`."""

    answer: Literal["yes", "no"]
    text: str = ""


@dataclass(frozen=True)
class Hold(Step):
    """The work waits, and why; at once, or as soon as the other party agrees."""

    reason: str
    text: str
    scanned: bool = False


@dataclass(frozen=True)
class Lift(Step):
    """The work goes on."""

    text: str = ""


@dataclass(frozen=True)
class ContestHold(Step):
    """The other party says why the running hold should not count."""

    text: str


# ---------------------------------------------------------------- how a cause is removed


@dataclass(frozen=True)
class Contain(Step):
    """What protects people until the cause is removed."""

    text: str


@dataclass(frozen=True)
class SubmitPlan(Step):
    """Why it happened and what will remove the cause, within `due_in` working days.

    `cause` is a key of the neutral list (`rules.corrective.CAUSES`), which knows its side.
    """

    containment: str
    whys: tuple[str, ...]
    root_cause: str
    escape_point: str
    cause: str
    permanent_fix: str
    change_type: str
    due_in: int
    criterion: str
    window_days: int = 90


@dataclass(frozen=True)
class AgreePlan(Step):
    """The other party agrees to the plan."""


@dataclass(frozen=True)
class ReturnPlan(Step):
    """The other party says what the plan does not answer yet."""

    reason: str


@dataclass(frozen=True)
class CheckSimilar(Step):
    """Another place was looked at: fine, or with `text` an action of its own.

    What became of that action is told in `then`, in working days after this look.
    """

    place: str
    text: str = ""
    then: tuple[Step, ...] = ()


@dataclass(frozen=True)
class ConfirmRepeat(Step):
    """It is the earlier one come back."""

    text: str = ""


@dataclass(frozen=True)
class DeclineRepeat(Step):
    """It is something else, and why."""

    reason: str


@dataclass(frozen=True)
class ConfirmEffective(Step):
    """The window is over, and it held."""

    text: str


# ---------------------------------------------------------------- where they see it differently


@dataclass(frozen=True)
class Disagree(Step):
    """A disagreement about the action, opened with how one's own party sees it."""

    subject: str
    statement: str
    wanted: str = ""


@dataclass(frozen=True)
class State(Step):
    """How one's own party sees the disagreement that stands."""

    statement: str
    wanted: str = ""


@dataclass(frozen=True)
class Climb(Step):
    """The disagreement goes a step further, on both sides."""


@dataclass(frozen=True)
class Resolve(Step):
    """The one text for both, signed by whoever writes it."""

    text: str


@dataclass(frozen=True)
class Sign(Step):
    """The other signature under that text."""


@dataclass(frozen=True)
class Story:
    """One action from its first report to wherever it stands today.

    `place` is the Name of a Component or a Space of the register.
    """

    key: str
    received: When
    place: str
    category: str
    report: Report
    steps: tuple[Step, ...] = ()
    me_too: tuple[MeToo, ...] = ()

    def moments(self, now: datetime) -> Iterator[tuple[datetime, Step | MeToo]]:
        """Everything that followed the first report, in order, in the contract's time zone."""
        received = self.received.on(now).date()
        later: tuple[Step | MeToo, ...] = (*self.me_too, *self.steps)
        timed = [(_local(working_day(received, each.after), each.at), each) for each in later]
        yield from sorted(timed, key=lambda pair: pair[0])


def elsewhere(story: Story, look: CheckSimilar, at: datetime) -> Story | None:
    """What became of the same trouble at the place somebody looked at; None: it was fine there."""
    if not look.text:
        return None
    key, words = f"{story.key}, {look.place}", Report(look.text, "en")
    return Story(key, Exactly(at), look.place, story.category, words, look.then)


def working_day(start: date, count: int) -> date:
    """The `count`-th Monday-to-Friday after `start`, before it when negative; 0 is `start`."""
    day, step = start, DAY if count > 0 else -DAY
    for _ in range(abs(count)):
        day += step
        while day.weekday() > 4:
            day += step
    return day


def _local(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), ZONE)
