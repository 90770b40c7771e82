"""A disagreement climbs counterpart to counterpart; a breach climbs by time alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.rules.access import Party, Role
from inspection.rules.calendar import Calendar
from inspection.rules.ladder import (
    ROLES,
    STEPS,
    SUBJECTS,
    TOP,
    Dispute,
    Subject,
    breach_step,
    breach_step_due,
    climb,
    may_climb,
    may_resolve,
    propose,
    sign,
    state,
    step_due,
    wish,
)
from inspection.rules.refusal import Refusal

CALENDAR = Calendar(
    ZoneInfo("Europe/Copenhagen"),
    (((time(8), time(16)),),) * 5 + ((), ()),
    frozenset({date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)}),
)
DAYS = (2, 3, 5, 10)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
SUMMER = timedelta(hours=1)  # the clocks go forward on 29 March
BOTH = frozenset(Party)
OURS = Party.CUSTOMER
STATED = Dispute(1, MONDAY, stated=BOTH)


def code(answer: object) -> str | None:
    return answer.code if isinstance(answer, Refusal) else None


def climbing(dispute: Dispute, now: datetime = MONDAY, role: Role = Role.SUPERVISOR) -> str | None:
    return code(may_climb(dispute, OURS, role, now, CALENDAR, DAYS))


def test_every_step_has_its_name_and_the_same_role_on_both_sides() -> None:
    assert list(STEPS) == [1, 2, 3, 4, TOP]
    assert list(ROLES.values()) == list(Role)
    assert set(SUBJECTS) == set(Subject)


@pytest.mark.parametrize(
    ("dispute", "now", "role", "refused"),
    [
        (STATED, MONDAY + 2 * DAY, Role.STAFF, None),
        (STATED, MONDAY + 2 * DAY - INSTANT, Role.STAFF, "disagreement.step_runs"),
        (replace(STATED, wishes=frozenset({OURS.other})), MONDAY, Role.STAFF, None),
        (replace(STATED, wishes=frozenset({OURS})), MONDAY, Role.STAFF, "disagreement.step_runs"),
        (Dispute(1, MONDAY), MONDAY + 9 * DAY, Role.STAFF, "disagreement.own_statement_missing"),
        (
            replace(STATED, stated=frozenset({OURS})),
            MONDAY + 9 * DAY,
            Role.STAFF,
            "disagreement.other_statement_missing",
        ),
        (replace(STATED, safety=True), MONDAY, Role.STAFF, None),
        (Dispute(1, MONDAY, frozenset({OURS}), safety=True), MONDAY, Role.STAFF, None),
        (
            Dispute(1, MONDAY, safety=True),
            MONDAY,
            Role.STAFF,
            "disagreement.own_statement_missing",
        ),
        (replace(STATED, step=3), MONDAY + 7 * DAY, Role.MANAGER, None),
        (replace(STATED, step=3), MONDAY + 7 * DAY, Role.EXECUTIVE, None),
        (replace(STATED, step=3), MONDAY + 7 * DAY, Role.SUPERVISOR, "disagreement.below"),
        (replace(STATED, step=TOP), MONDAY + 90 * DAY, Role.EXECUTIVE, "disagreement.top"),
        (replace(STATED, signed=BOTH), MONDAY + 9 * DAY, Role.STAFF, "disagreement.resolved"),
    ],
)
def test_when_a_disagreement_may_climb(
    dispute: Dispute, now: datetime, role: Role, refused: str | None
) -> None:
    assert climbing(dispute, now, role) == refused


def test_both_wishing_climbs_at_once_and_the_wish_counts_for_one_step_only() -> None:
    other = Party.CONTRACTOR
    first = wish(state(state(Dispute(1, MONDAY), OURS), other), other)
    assert climbing(first) is None
    second = climb(first, MONDAY)
    assert second == Dispute(2, MONDAY, BOTH)
    assert climbing(second) == "disagreement.step_runs"


def test_it_climbs_one_step_at_a_time_and_only_safety_skips() -> None:
    now = MONDAY + DAY
    assert climb(STATED, now) == Dispute(2, now, BOTH)
    assert climb(replace(STATED, safety=True), now, 4).step == 4
    for dispute, to in [(STATED, 3), (STATED, 1), (replace(STATED, step=TOP), None)]:
        with pytest.raises(ValueError, match="one step at a time"):
            climb(dispute, now, to)


@pytest.mark.parametrize(("step", "role"), list(product(STEPS, Role)))
def test_nobody_above_a_step_decides_before_it_has_tried(step: int, role: Role) -> None:
    reached = [ROLES[each] for each in range(1, min(step, 4) + 1)]
    refused = code(may_resolve(Dispute(step, MONDAY), role))
    assert refused == (None if role in reached else "disagreement.above")


def resolved_by(*acts: tuple[Party, str]) -> Dispute:
    dispute = STATED
    for party, text in acts:
        answer = (
            propose(dispute, party, Role.STAFF, text) if text else sign(dispute, party, Role.STAFF)
        )
        assert isinstance(answer, Dispute)
        dispute = answer
    return dispute


def test_one_text_is_signed_once_by_both() -> None:
    dispute = resolved_by((OURS, "P2, from today"), (OURS.other, ""))
    assert dispute.resolved
    assert dispute.resolution == "P2, from today"
    for again in (
        sign(dispute, OURS, Role.STAFF),
        propose(dispute, OURS, Role.STAFF, "P1 after all"),
        may_climb(dispute, OURS, Role.STAFF, MONDAY, CALENDAR, DAYS),
    ):
        assert code(again) == "disagreement.resolved"


def test_another_text_takes_the_signatures_away() -> None:
    dispute = resolved_by((OURS, "P2"), (OURS.other, "P3"))
    assert not dispute.resolved
    assert dispute.signed == {OURS.other}
    assert resolved_by((OURS, "P2"), (OURS.other, "P3"), (OURS, "")).resolution == "P3"


def test_one_party_alone_resolves_nothing() -> None:
    dispute = resolved_by((OURS, "P2"))
    assert code(sign(dispute, OURS, Role.STAFF)) == "disagreement.signed_already"
    assert code(sign(STATED, OURS, Role.STAFF)) == "disagreement.nothing_to_sign"
    assert code(propose(STATED, OURS, Role.STAFF, " ")) == "disagreement.resolution_missing"
    assert code(propose(STATED, OURS, Role.MANAGER, "P2")) == "disagreement.above"
    assert code(sign(dispute, OURS.other, Role.MANAGER)) == "disagreement.above"


def test_each_step_has_its_working_days_and_the_last_has_no_end() -> None:
    assert [step_due(step, MONDAY, CALENDAR, DAYS) for step in STEPS] == [
        MONDAY + 2 * DAY,
        MONDAY + 3 * DAY,
        MONDAY + 7 * DAY,
        MONDAY + 14 * DAY,
        None,
    ]


@pytest.mark.parametrize(
    ("after", "step"),
    [
        (-INSTANT, 0),
        (INSTANT * 0, 1),
        (2 * DAY - INSTANT, 1),
        (2 * DAY, 2),
        (7 * DAY, 3),
        (14 * DAY - INSTANT, 3),
        (14 * DAY, 4),
        (28 * DAY - SUMMER - INSTANT, 4),
        (28 * DAY - SUMMER, TOP),
        (900 * DAY, TOP),
    ],
)
def test_a_breach_climbs_after_two_three_five_and_ten_working_days(
    after: timedelta, step: int
) -> None:
    assert breach_step(MONDAY, MONDAY + after, CALENDAR, DAYS) == step


MOMENTS = st.integers(0, 60 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
LADDERS = st.tuples(*[st.integers(1, 12)] * 4)


@given(MOMENTS, MOMENTS, LADDERS)
def test_a_breach_looked_at_rarely_stands_where_one_looked_at_always_does(
    breached_at: datetime, now: datetime, days: tuple[int, ...]
) -> None:
    """Climbing step by step, each time at its due moment, ends where one look ends."""
    step = 0
    while (due := breach_step_due(step, breached_at, CALENDAR, days)) and due <= now:
        step += 1
        assert breach_step(breached_at, due, CALENDAR, days) == step
        assert breach_step(breached_at, due - INSTANT, CALENDAR, days) == step - 1
    assert breach_step(breached_at, now, CALENDAR, days) == step


@given(MOMENTS, LADDERS, st.integers(1, 4))
def test_a_breach_and_a_disagreement_have_the_same_time_on_each_step(
    start: datetime, days: tuple[int, ...], step: int
) -> None:
    reached = breach_step_due(step - 1, start, CALENDAR, days)
    assert reached is not None
    assert breach_step_due(step, start, CALENDAR, days) == step_due(step, reached, CALENDAR, days)


PARTIES = st.frozensets(st.sampled_from(Party))
DISPUTES = st.builds(
    Dispute,
    st.integers(1, TOP),
    MOMENTS,
    PARTIES,
    PARTIES,
    st.booleans(),
    st.sampled_from(["", "agreed"]),
    PARTIES,
)


def swapped(dispute: Dispute) -> Dispute:
    def swap(parties: frozenset[Party]) -> frozenset[Party]:
        return frozenset(party.other for party in parties)

    return replace(
        dispute,
        stated=swap(dispute.stated),
        wishes=swap(dispute.wishes),
        signed=swap(dispute.signed),
    )


def mirrored(answer: Dispute | Refusal | None) -> Dispute | Refusal | None:
    return swapped(answer) if isinstance(answer, Dispute) else answer


@given(DISPUTES, st.sampled_from(Party), st.sampled_from(Role), MOMENTS)
def test_swapping_the_parties_swaps_the_result(
    dispute: Dispute, party: Party, role: Role, now: datetime
) -> None:
    there, other = swapped(dispute), party.other
    assert may_climb(there, other, role, now, CALENDAR, DAYS) == may_climb(
        dispute, party, role, now, CALENDAR, DAYS
    )
    assert sign(there, other, role) == mirrored(sign(dispute, party, role))
    assert propose(there, other, role, "x") == mirrored(propose(dispute, party, role, "x"))
    assert wish(there, other) == swapped(wish(dispute, party))
    assert state(there, other) == swapped(state(dispute, party))


@given(DISPUTES, st.lists(st.tuples(st.sampled_from(Party), st.sampled_from(Role)), max_size=12))
def test_a_resolution_carries_both_signatures_under_the_same_text(
    dispute: Dispute, acts: list[tuple[Party, Role]]
) -> None:
    dispute = replace(dispute, resolution="", signed=frozenset())
    under: dict[Party, str] = {}
    for number, (party, role) in enumerate(acts):
        act = (
            sign(dispute, party, role) if number % 3 else propose(dispute, party, role, f"{number}")
        )
        if isinstance(act, Dispute):
            dispute = act
            under[party] = act.resolution
    if dispute.resolved:
        assert set(under.values()) == {dispute.resolution}
        assert set(under) == BOTH
