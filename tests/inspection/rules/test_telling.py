"""How a person is told: by what happened, what they wish, and the clock where they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from inspection.rules.access import Role
from inspection.rules.alerting import CONCERNS
from inspection.rules.states import Priority
from inspection.rules.telling import (
    Group,
    Occasion,
    Rhythm,
    Told,
    Way,
    Wish,
    Wishes,
    defaults,
    emergency,
    group,
    next_summary,
    quiet_until,
    told,
)

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 6, 3, 12, tzinfo=COPENHAGEN)  # a Wednesday
NIGHT = Wishes(quiet=(time(22), time(7)))
ALL_AT_ONCE = Wishes(groups=dict.fromkeys(Group, Wish.AT_ONCE))


def local(text: str, fold: int = 0) -> datetime:
    """A moment on the clock of Copenhagen; in UTC, for what comes twice compares there only."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("kind", "priority", "mine", "expected"),
    [
        ("report.received", Priority.P1, False, Group.URGENT),
        ("report.received", Priority.P2, False, Group.NEW),
        ("report.received", None, True, Group.MINE),
        ("clock.breached", Priority.P4, True, Group.URGENT),
        ("clock.warned", Priority.P1, False, Group.ANSWER),
        ("action.assigned", Priority.P3, True, Group.MINE),
        ("action.fixed", Priority.P3, False, Group.ANSWER),
        ("action.accepted", Priority.P3, False, Group.GOOD),
        ("action.commented", Priority.P1, False, Group.OTHER),
        ("action.reprioritised", Priority.P1, False, Group.URGENT),
    ],
)
def test_every_event_belongs_to_one_group_that_people_would_name(
    kind: str, priority: Priority | None, mine: bool, expected: Group
) -> None:
    assert kind in CONCERNS or kind == "action.assigned"
    assert group(Occasion(kind, NOON, priority, mine)) is expected


@pytest.mark.parametrize(
    ("wish", "phones", "mail", "expected"),
    [
        (Wish.AT_ONCE, True, True, Told(Way.PUSH, NOON)),
        (Wish.AT_ONCE, False, True, Told(Way.MAIL, NOON)),
        (Wish.AT_ONCE, False, False, Told(Way.INBOX)),
        (Wish.SUMMARY, True, True, Told(Way.SUMMARY, local("2026-06-04 07:30"))),
        (Wish.SUMMARY, True, False, Told(Way.INBOX)),
        (Wish.INBOX, True, True, Told(Way.INBOX)),
    ],
)
def test_the_wish_for_its_group_decides(
    wish: Wish, phones: bool, mail: bool, expected: Told
) -> None:
    wishes = Wishes(groups={Group.NEW: wish}, mail=mail)
    assert told(Occasion("report.received", NOON), wishes, phones, NOON) == expected


def test_nobody_sleeps_through_what_cannot_wait_when_they_are_on_call() -> None:
    three = local("2026-06-03 03:00")
    wishes = replace(NIGHT, groups={})
    urgent = Occasion("report.received", three, Priority.P1, on_call=True)
    assert told(urgent, wishes, True, three) == Told(Way.PUSH, three)
    assert told(replace(urgent, on_call=False), wishes, True, three).way is Way.INBOX
    quiet = replace(ALL_AT_ONCE, quiet=NIGHT.quiet)
    later = told(replace(urgent, on_call=False), quiet, True, three)
    assert later == Told(Way.PUSH, local("2026-06-03 07:00"))
    commented = replace(urgent, kind="action.commented")
    assert not emergency(commented.kind, commented.priority)
    assert told(commented, quiet, True, three).at == local("2026-06-03 07:00")


def test_what_is_older_than_a_day_is_in_the_inbox_and_no_news() -> None:
    happened = Occasion("report.received", NOON - timedelta(days=1, seconds=1))
    assert told(happened, ALL_AT_ONCE, True, NOON) == Told(Way.INBOX)
    slept = replace(happened, at=NOON - timedelta(hours=6))
    assert told(slept, ALL_AT_ONCE, True, NOON) == Told(Way.PUSH, NOON)


@pytest.mark.parametrize(
    ("now", "quiet", "ends"),
    [
        ("2026-06-03 21:59", ("22:00", "07:00"), None),
        ("2026-06-03 22:00", ("22:00", "07:00"), "2026-06-04 07:00"),
        ("2026-06-04 06:59", ("22:00", "07:00"), "2026-06-04 07:00"),
        ("2026-06-04 07:00", ("22:00", "07:00"), None),
        ("2026-06-03 12:30", ("12:00", "13:00"), "2026-06-03 13:00"),
        ("2026-06-03 13:00", ("12:00", "13:00"), None),
        ("2026-06-03 12:00", ("12:00", "12:00"), None),
        ("2026-03-28 23:00", ("22:00", "07:00"), "2026-03-29 07:00"),  # a night of 8 hours
        ("2026-10-24 23:00", ("22:00", "07:00"), "2026-10-25 07:00"),  # and one of 10
        ("2026-03-29 01:30", ("22:00", "02:30"), "2026-03-29 03:30"),  # 02:30 was not that night
    ],
)
def test_quiet_hours_run_on_the_clock_of_the_person(
    now: str, quiet: tuple[str, str], ends: str | None
) -> None:
    begins, over = (time.fromisoformat(one) for one in quiet)
    expected = local(ends) if ends else None
    assert quiet_until(Wishes(quiet=(begins, over)), local(now)) == expected


def test_an_hour_that_comes_twice_is_quiet_until_it_has_passed() -> None:
    wishes = Wishes(quiet=(time(22), time(2, 30)))
    first, second = (local("2026-10-25 02:30", fold) for fold in (0, 1))
    assert quiet_until(wishes, local("2026-10-25 02:10")) == first
    assert quiet_until(wishes, local("2026-10-25 02:10", 1)) == second
    assert second - first == timedelta(hours=1)


def test_quiet_hours_follow_the_person_and_not_the_contract() -> None:
    helsinki = replace(NIGHT, tz="Europe/Helsinki")
    now = local("2026-06-03 21:30")  # 22:30 in Helsinki
    assert quiet_until(NIGHT, now) is None
    assert quiet_until(helsinki, now) == local("2026-06-04 06:00")


@pytest.mark.parametrize(
    ("now", "rhythm", "expected"),
    [
        ("2026-06-03 07:29", Rhythm.DAILY, "2026-06-03 07:30"),
        ("2026-06-03 07:30", Rhythm.DAILY, "2026-06-04 07:30"),
        ("2026-06-05 12:00", Rhythm.WORKDAYS, "2026-06-08 07:30"),
        ("2026-06-03 12:00", Rhythm.WEEKLY, "2026-06-08 07:30"),
        ("2026-06-08 07:30", Rhythm.WEEKLY, "2026-06-15 07:30"),
        ("2026-03-28 12:00", Rhythm.DAILY, "2026-03-29 07:30"),  # 18.5 hours later, not 19.5
        ("2026-10-24 12:00", Rhythm.DAILY, "2026-10-25 07:30"),
    ],
)
def test_the_summary_comes_at_its_time_on_its_day(now: str, rhythm: Rhythm, expected: str) -> None:
    assert next_summary(Wishes(rhythm=rhythm), local(now)) == local(expected)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_wish_for_every_group_from_the_start(role: Role) -> None:
    assert set(defaults(role)) == set(Group)
    mine = defaults(role)[Group.MINE]
    assert mine is (Wish.SUMMARY if role is Role.EXECUTIVE else Wish.AT_ONCE)
