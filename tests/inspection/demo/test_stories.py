"""The demo shows the rules being kept: every story must be one the two parties could have lived."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import inspection.demo
from inspection.demo import course
from inspection.demo.cast import PEOPLE, Person, category
from inspection.demo.course import (
    REPORTER,
    Accept,
    Acknowledge,
    AgreePlan,
    Answer,
    AnswerDecision,
    Ask,
    AskDecision,
    Assign,
    CheckSimilar,
    Climb,
    Comment,
    ConfirmEffective,
    ConfirmRepeat,
    Contain,
    ContestHold,
    DeclineRepeat,
    Disagree,
    Fix,
    FixTemporarily,
    Hold,
    Lift,
    MakeSafe,
    Merge,
    MeToo,
    NoFaultFound,
    Rate,
    Reopen,
    Resolve,
    Return,
    ReturnPlan,
    Sign,
    Start,
    State,
    Step,
    Story,
    SubmitPlan,
    Thank,
    Withdraw,
    Workday,
    elsewhere,
    working_day,
)
from inspection.demo.pictures import PICTURES
from inspection.demo.stories import STORIES

NOW = datetime(2025, 10, 15, 8, 30, tzinfo=ZoneInfo("Europe/Copenhagen"))
OPEN = frozenset(
    {"received", "acknowledged", "plan_submitted", "in_progress", "fixed", "monitoring"}
)
UNFIXED = OPEN - {"plan_submitted", "fixed", "monitoring"}
LEADERS = frozenset({"supervisor", "manager"})
ALL = frozenset({*OPEN, "closed"})


class Illegal(AssertionError):
    """A story in which somebody does what the contract does not let them do."""


@dataclass
class Action:
    """What has become of a story so far."""

    story: Story
    state: str = "received"
    category: str = ""
    priority: str = ""
    outcome: str = ""
    reports: int = 1
    asked: bool = False
    planned: bool = False
    decisions: list[str] = field(default_factory=list)
    at: datetime = NOW
    fixed_at: datetime = NOW
    closed_at: datetime = NOW
    moves: list[str] = field(default_factory=list)

    @property
    def owner(self) -> str:
        return category(self.category).owner_party


Who = Callable[[Action, str], bool]


def person(by: str) -> Person | None:
    return PEOPLE.get(by)


def owners_staff(action: Action, by: str) -> bool:
    who = person(by)
    return who is not None and (who.party, who.role) == (action.owner, "staff")


def owners_lead(action: Action, by: str) -> bool:
    who = person(by)
    return who is not None and who.party == action.owner and who.role in LEADERS


def others_lead(action: Action, by: str) -> bool:
    who = person(by)
    return who is not None and who.party != action.owner and who.role in LEADERS


def lead(action: Action, by: str) -> bool:
    who = person(by)
    return who is not None and who.role in LEADERS


def hands(action: Action, by: str) -> bool:
    who = person(by)
    return who is not None and who.role in {"staff", *LEADERS}


def reporter(action: Action, by: str) -> bool:
    """Somebody who phoned holds no receipt."""
    return by == REPORTER and action.story.report.phoned_to is None


def either(*who: Who) -> Who:
    return lambda action, by: any(each(action, by) for each in who)


def member(action: Action, by: str) -> bool:
    return by in PEOPLE


# move: the states it leaves, who may, the state it reaches (empty: it stays)
TABLE: dict[type[Step], tuple[frozenset[str], Who, str]] = {
    Acknowledge: (frozenset({"received"}), owners_lead, "acknowledged"),
    Assign: (UNFIXED - {"received"}, owners_lead, ""),
    Start: (frozenset({"received", "acknowledged"}), owners_staff, "in_progress"),
    MakeSafe: (UNFIXED, owners_staff, ""),
    FixTemporarily: (UNFIXED, owners_staff, ""),
    Fix: (frozenset({"acknowledged", "in_progress"}), owners_staff, "fixed"),
    NoFaultFound: (frozenset({"acknowledged", "in_progress"}), owners_staff, "fixed"),
    Accept: (frozenset({"fixed"}), others_lead, "closed"),
    Return: (frozenset({"fixed"}), either(others_lead, reporter), "in_progress"),
    Reopen: (frozenset({"closed"}), either(others_lead, reporter), "in_progress"),
    Merge: (OPEN, either(owners_lead, others_lead), "closed"),
    Withdraw: (frozenset({"received"}), reporter, "closed"),
    Comment: (ALL, member, ""),
    Ask: (UNFIXED, either(owners_staff, owners_lead), ""),
    Answer: (OPEN, reporter, ""),
    Rate: (frozenset({"fixed", "monitoring", "closed"}), reporter, ""),
    Thank: (frozenset({"fixed", "closed"}), reporter, ""),
    AskDecision: (OPEN, lead, ""),
    AnswerDecision: (OPEN, lead, ""),
    Hold: (UNFIXED, owners_lead, ""),
    Lift: (OPEN, owners_lead, ""),
    ContestHold: (OPEN, others_lead, ""),
    Contain: (UNFIXED | {"plan_submitted"}, owners_staff, ""),
    SubmitPlan: (UNFIXED - {"received"}, owners_lead, "plan_submitted"),
    AgreePlan: (frozenset({"plan_submitted"}), others_lead, "in_progress"),
    ReturnPlan: (frozenset({"plan_submitted"}), others_lead, "acknowledged"),
    CheckSimilar: (OPEN, hands, ""),
    ConfirmRepeat: (OPEN, lead, ""),
    DeclineRepeat: (OPEN, lead, ""),
    ConfirmEffective: (frozenset({"monitoring"}), others_lead, "closed"),
    Disagree: (ALL, hands, ""),
    State: (ALL, hands, ""),
    Climb: (ALL, member, ""),
    Resolve: (ALL, member, ""),
    Sign: (ALL, member, ""),
}


def refuse(when: bool, story: Story, why: str) -> None:
    if when:
        raise Illegal(f"{story.key}: {why}")


def working_days_between(start: datetime, end: datetime) -> int:
    return sum(
        (start.date() + timedelta(n)).weekday() < 5 for n in range(1, (end - start).days + 1)
    )


def check_details(action: Action, step: Step) -> None:
    """The guards that one table row cannot say."""
    story = action.story
    match step:
        case Acknowledge() | Assign():
            refuse(not owners_staff(action, step.assignee), story, "assigned to the wrong person")
        case Fix():
            wants = category(action.category).photo_rule == "at_fix"
            refuse(wants and not step.picture, story, "fixed without the photo it needs")
            refuse(not step.note, story, "fixed without a word")
        case NoFaultFound():
            refuse(not step.picture, story, "claims that nothing is wrong without evidence")
        case Return() | Reopen():
            refuse(not step.reason, story, "sent back without a reason")
        case Answer():
            refuse(not action.asked, story, "answered what nobody asked")
        case AnswerDecision():
            refuse(not action.decisions, story, "decided what nobody asked")
        case CheckSimilar():
            refuse(step.place == story.place, story, "looked elsewhere at its own place")
        case Withdraw():
            refuse(action.reports > 1, story, "withdrawn although others reported it too")
        case Rate():
            refuse(not 1 <= step.stars <= 5, story, "rated outside 1 to 5")
        case _:
            pass
    late = isinstance(step, Reopen) and working_days_between(action.closed_at, action.at) > 5
    refuse(late or action.outcome in {"duplicate", "withdrawn"}, story, "touched after its end")


def note(action: Action, step: Step) -> None:
    """What the move leaves behind."""
    action.moves.append(type(step).__name__)
    match step:
        case Acknowledge():
            action.priority = step.priority
        case Fix() | NoFaultFound():
            action.fixed_at = action.at
        case Ask():
            action.asked = True
        case AgreePlan():
            action.planned = True
        case AskDecision():
            action.decisions.append(step.kind)
        case _:
            pass
    reached = reaches(action, step)
    if reached == "closed":
        outcomes = {
            Merge: "duplicate",
            Withdraw: "withdrawn",
            AnswerDecision: "out_of_scope",
            ConfirmEffective: "effective",
        }
        action.outcome = outcomes.get(type(step), "accepted")
        action.closed_at = action.at
    action.state = reached or action.state


def reaches(action: Action, step: Step) -> str:
    """The state after the move; a fix whose plan was agreed is watched before it is closed."""
    if isinstance(step, Accept) and action.planned:
        return "monitoring"
    if isinstance(step, AnswerDecision) and action.decisions[0] == "scope":
        return "closed"
    return TABLE[type(step)][2]


def take(action: Action, step: Step) -> None:
    leaves, who, _ = TABLE[type(step)]
    if isinstance(step, Acknowledge):
        action.category = step.category or action.category
    move = f"{type(step).__name__} by {step.by}"
    refuse(action.state not in leaves, action.story, f"{move} while {action.state}")
    refuse(not who(action, step.by), action.story, f"{move}, who may not")
    check_details(action, step)
    note(action, step)


def live(story: Story, now: datetime) -> Action:
    """The action at `now` after its whole course, or `Illegal`."""
    action = Action(story, category=story.category, at=story.received.on(now))
    for at, each in story.moments(now):
        refuse(at < action.at or at > now, story, f"{at} is out of order or still to come")
        action.at = at
        if isinstance(each, MeToo):
            refuse(action.state not in OPEN, story, "joined after it was closed")
            action.reports += 1
        else:
            take(action, each)
    return action


def with_others(story: Story, now: datetime) -> Iterator[Story]:
    """A story, and those of the other places that it led to."""
    yield story
    for at, step in story.moments(now):
        there = elsewhere(story, step, at) if isinstance(step, CheckSimilar) else None
        if there is not None:
            yield there


def check_merges(actions: Iterable[Action], now: datetime) -> None:
    by_key = {action.story.key: action for action in actions}
    for action in by_key.values():
        for step in action.story.steps:
            if isinstance(step, Merge):
                master = by_key[step.into]
                refuse(master is action, action.story, "merged into itself")
                older = master.story.received.on(now) < action.at
                still_open = master.state != "closed" or master.closed_at > action.at
                refuse(not (older and still_open), action.story, "merged into what was not open")


def check(stories: Iterable[Story], now: datetime = NOW) -> list[Action]:
    """Every story lived through to `now`; raises `Illegal` at the first that could not be."""
    actions = [live(each, now) for story in stories for each in with_others(story, now)]
    check_merges(actions, now)
    return actions


@cache
def lived() -> tuple[Action, ...]:
    return tuple(check(STORIES))


def places() -> Iterator[str]:
    for sheet in ("Space", "Component"):
        path = Path(inspection.demo.__file__).parent / "register" / f"{sheet}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row["Name"] for row in csv.DictReader(file))


def spoken() -> list[course.Report]:
    reports = [story.report for story in STORIES]
    return reports + [each.report for story in STORIES for each in story.me_too]


def moves(action: Action) -> set[str]:
    return set(action.moves)


def test_every_story_keeps_the_rules_of_the_contract() -> None:
    assert 100 <= len(lived()) <= 125


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_whatever_day_the_demo_is_set_up_nothing_is_still_to_come(hour: int) -> None:
    for day in range(0, 371, 5):  # every weekday, both clock changes, a new year
        check(STORIES, NOW.replace(hour=hour) + timedelta(days=day))


def test_staff_work_from_monday_to_friday_between_seven_and_four() -> None:
    for story in STORIES:
        for at, each in story.moments(NOW):
            if isinstance(each, Step) and each.by != REPORTER:
                assert at.weekday() < 5, story.key
                assert 7 <= at.hour < 16, story.key
        if story.report.phoned_to:
            taken = story.received.on(NOW)
            assert (taken.weekday() < 5, 7 <= taken.hour < 16) == (True, True), story.key


def test_the_first_story_is_the_dripping_tap() -> None:
    drip, again = STORIES[:2]
    assert drip.place == again.place == "Kitchen tap 2.14"
    first, second = lived()[:2]
    assert (first.priority, first.outcome) == ("P3", "accepted")
    assert {"Start", "Thank"} <= moves(first)
    assert (second.story.received.on(NOW).date() - first.fixed_at.date()).days in range(11, 15)
    assert {"AskDecision", "Hold", "AnswerDecision"} <= moves(first)
    assert second.state == "monitoring"
    assert second.moves.count("SubmitPlan") == second.moves.count("ReturnPlan") + 1 == 2
    assert {"ConfirmRepeat", "Contain", "CheckSimilar", "AgreePlan", "Fix"} <= moves(second)


def test_every_place_is_in_the_register_and_every_picture_can_be_drawn() -> None:
    assert {story.place for story in STORIES} <= set(places())
    used = {report.picture for report in spoken()}
    used |= {
        s.picture for story in STORIES for s in story.steps if isinstance(s, Fix | NoFaultFound)
    }
    assert used - {None} <= set(PICTURES)


def test_names_of_stories_are_never_used_twice() -> None:
    assert len({story.key for story in STORIES}) == len(STORIES)


def test_phone_calls_are_taken_by_people_of_the_contract() -> None:
    taken = {report.phoned_to for report in spoken()} - {None}
    assert taken <= set(PEOPLE)
    assert {PEOPLE[str(key)].party for key in taken} == {"customer", "contractor"}


def test_there_is_something_in_every_state_with_either_party() -> None:
    states = Counter((action.owner, action.state) for action in lived())
    for party in ("customer", "contractor"):
        assert all(states[party, state] for state in OPEN), party
    assert sum(states[party, "closed"] for party in ("customer", "contractor")) >= 60
    assert states["contractor", "fixed"] >= 4


def test_what_waits_for_acceptance_has_not_waited_itself_closed() -> None:
    for action in lived():
        if action.state == "fixed" and action.priority in {"P3", "P4"}:
            assert working_day(action.fixed_at.date(), 5) > NOW.date(), action.story.key


def test_the_turns_a_contract_takes_are_all_there() -> None:
    seen = Counter(move for action in lived() for move in moves(action))
    assert {step.__name__ for step in TABLE} <= set(seen)
    assert seen["Return"] >= 5
    assert seen["Reopen"] >= 2
    assert seen["Merge"] >= 4
    assert seen["FixTemporarily"] >= 3
    outcomes = Counter(action.outcome for action in lived())
    assert outcomes["withdrawn"] == 2
    assert outcomes["duplicate"] >= 4


def test_both_parties_and_reporters_send_work_back() -> None:
    back = {step.by for story in STORIES for step in story.steps if isinstance(step, Return)}
    assert {REPORTER, "birgitte", "kasper"} <= back
    again = {step.by for story in STORIES for step in story.steps if isinstance(step, Reopen)}
    assert REPORTER in again
    assert again & set(PEOPLE)


def test_the_contractor_accepts_what_the_customer_put_right() -> None:
    accepted = [a for a in lived() if (a.owner, a.outcome) == ("customer", "accepted")]
    assert len(accepted) >= 5


def test_an_emergency_is_made_safe_in_twenty_minutes() -> None:
    (emergency,) = [action for action in lived() if action.priority == "P1"]
    timed = {type(each): at for at, each in emergency.story.moments(NOW)}
    received = emergency.story.received.on(NOW)
    assert timed[MakeSafe] - received <= timedelta(minutes=20)
    assert emergency.outcome == "accepted"
    assert emergency.story.report.phoned_to


def test_many_people_report_one_leak() -> None:
    assert max(action.reports for action in lived() if action.category == "leak") >= 9


def test_people_write_in_every_public_language_and_some_write_nothing() -> None:
    spoken_in = Counter(report.language for report in spoken() if report.words)
    assert set(spoken_in) == {"en", "da", "sv", "nb", "fi", "de", "pl", "ar"}
    assert min(spoken_in["da"], spoken_in["en"]) > max(spoken_in["sv"], spoken_in["de"]) >= 3
    assert sum(not report.words for report in spoken()) >= 5
    assert all(len(report.words) <= 120 for report in spoken())


def test_a_report_without_words_says_something_by_its_picture_or_place() -> None:
    for story in STORIES:
        component = not story.place[-1:].isdigit() or " " in story.place
        assert story.report.words or story.report.picture or component, story.key


def acknowledged(by: str = "kasper") -> Acknowledge:
    return Acknowledge(0, "09:00", by, "P3", "samira")


FIXED = Fix(0, "10:00", "samira", "Done.", "tap_repaired")


@pytest.mark.parametrize(
    "steps",
    [
        (acknowledged(), FIXED, Accept(0, "11:00", "kasper")),
        (acknowledged(), FIXED, Accept(0, "11:00", "mette")),
        (acknowledged(), FIXED, Return(0, "11:00", "birgitte", "")),
        (acknowledged("birgitte"),),
        (acknowledged("samira"),),
        (acknowledged(), Start(0, "09:30", "mette")),
        (acknowledged(), Fix(0, "10:00", "samira", "Done.")),
        (acknowledged(), Fix(0, "08:59", "samira", "Done.", "tap_repaired")),
        (acknowledged(), Withdraw(0, "10:00", REPORTER)),
        (acknowledged(), FIXED, Accept(0, "11:00", "birgitte"), Reopen(7, "9:00", REPORTER, "no")),
        (acknowledged(), Answer(0, "10:00", REPORTER, "yes")),
        (acknowledged(), Accept(0, "11:00", "birgitte")),
        (acknowledged(), Comment(12, "11:00", "birgitte", "from tomorrow")),
    ],
)
def test_a_story_that_breaks_a_rule_is_told(steps: tuple[Step, ...]) -> None:
    steps = tuple(s if s.at != "9:00" else Reopen(s.after, "09:00", s.by, "no") for s in steps)
    story = Story("wrong", Workday(10, "08:00"), "2.14", "leak", STORIES[0].report, steps)
    with pytest.raises(Illegal):
        check([story])


def test_a_merge_into_something_closed_is_told() -> None:
    closed = Story(
        "a",
        Workday(9, "08:00"),
        "2.14",
        "leak",
        STORIES[0].report,
        (
            acknowledged(),
            FIXED,
            Accept(0, "11:00", "birgitte"),
        ),
    )
    merged = (Merge(0, "12:00", "kasper", "a"),)
    late = Story("b", Workday(9, "11:30"), "2.14", "leak", STORIES[0].report, merged)
    with pytest.raises(Illegal):
        check([closed, late])


def test_working_days_skip_the_weekend_in_both_directions() -> None:
    friday, monday = date(2025, 10, 10), date(2025, 10, 13)
    assert working_day(friday, 1) == monday
    assert working_day(monday, -1) == friday
    assert working_day(date(2025, 10, 12), -1) == friday
    assert working_day(date(2025, 10, 12), 1) == monday
    assert working_day(friday, 6) == date(2025, 10, 20)
    assert working_day(friday, 0) == friday
