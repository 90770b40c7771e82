"""Pauses: at once or with consent, lifted, contested, taken back; and relief beside a breach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspection import clock, journal
from inspection.actions import decisions, holds, relieving
from inspection.db import db
from inspection.reports import asking, following
from inspection.rules.access import Party
from inspection.rules.holds import Reason
from inspection.rules.lifecycle import Move
from inspection.rules.states import Ask, State
from inspection.web import Refused
from tests.cast import Cast
from tests.inspection.actions.waiting import MONDAY, Work, at, every_column

MIRROR = pytest.mark.parametrize("owner", list(Party))
FIX_DUE = at(9, 9)  # five working days from Monday the 2nd, 9:00
NOTHING_RUNS = {"paused_at": None, "hold_cause": None}


def refused(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [refusal.code for refusal in caught.value.refusals]


def test_a_permit_that_comes_late_pauses_the_work_and_is_measured_on_the_customer(
    cast: Cast,
) -> None:
    """DOMAIN 3.6, steps 2 and 3: P3, a shut-off permit is needed, the customer answers late."""
    work = Work.begins(cast, Party.CONTRACTOR)
    with clock.standing_at(at(2, 11)):
        permit = work.asks(Ask.QUOTE, question="Shut off riser 2 for an hour?")
        hold = work.holds(Reason.WAITING_APPROVAL)
        row = work.row
    assert (hold.cause, hold.begins_at, hold.decision_id) == ("customer", at(2, 11), permit)
    assert (row.court, row.paused_at, row.hold_cause) == ("customer", at(2, 11), "customer")
    assert work.clock("fix").due_at == FIX_DUE  # provisional: the last known one stays shown
    with clock.standing_at(at(5, 15)):  # due Thursday 11:00
        work.answers(permit, "yes", "Tomorrow morning is fine")
    row, hold = work.row, work.hold
    assert work.clock("decision").breached_at == at(5, 11)
    assert hold.ends_at == at(5, 15)
    assert (row.court, row.paused_at, row.hold_cause) == ("contractor", None, None)
    assert work.clock("fix").due_at == at(12, 13)  # 3 working days and 4 hours later
    with clock.standing_at(at(6, 9)):
        work.move(Move.FIX, "New cartridge")
    fix = work.clock("fix")
    assert fix.breached_at is None
    assert fix.stopped_at == at(6, 9)
    customer, contractor = row.court_customer, row.court_contractor
    waited = (at(5, 15) - at(2, 11)) // timedelta(microseconds=1)
    assert customer == waited
    assert contractor == (at(2, 11) - MONDAY) // timedelta(microseconds=1)


@MIRROR
@pytest.mark.parametrize(
    ("reason", "why", "code"),
    [
        (Reason.WAITING_APPROVAL, {}, "hold.decision_missing"),
        (Reason.WAITING_INFORMATION, {}, "hold.question_missing"),
        (Reason.NO_ACCESS, {}, "hold.visit_missing"),
        (Reason.WAITING_PARTS, {}, "hold.text_missing"),
        (Reason.STOP, {"text": "Alarm", "begins_at": at(1, 8)}, "hold.before_received"),
    ],
)
def test_a_hold_shows_what_stands_behind_it_or_is_refused(
    cast: Cast, owner: Party, reason: Reason, why: dict[str, object], code: str
) -> None:
    work = Work.begins(cast, owner)
    before = every_column(work)
    with clock.standing_at(at(2, 11)), pytest.raises(Refused) as caught:
        work.holds(reason, **why)
    assert refused(caught) == [code]
    assert every_column(work) == before


@MIRROR
def test_a_scan_on_site_pauses_at_once_and_the_other_side_is_the_cause(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 11)):
        hold = work.holds(Reason.NO_ACCESS, scan={"code": "X", "asset": 1})
        assert hold.evidence["scan"] == {"code": "X", "asset": 1}
        assert work.row.court == owner.other
        assert work.row.next_at is None
    with clock.standing_at(at(2, 13)), work.changing() as row:
        holds.lift(row, work.us, "Somebody came with the key")
    assert work.row.court == owner
    assert work.clock("fix").due_at == at(9, 11)
    assert (work.hold.ends_at, work.hold.lifted_by) == (at(2, 13), work.us.id)


@MIRROR
def test_an_answer_of_the_reporter_ends_the_hold_that_waited_for_it(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 11)):
        with work.changing() as row:
            asking.ask(row, work.us, "Which tap?")
        hold = work.holds(Reason.WAITING_INFORMATION)
        assert (hold.cause, work.row.hold_cause, work.row.court) == ("reporter", None, owner)
        assert work.clock("fix").paused_at == at(2, 11)
    with clock.standing_at(at(2, 12)), work.changing() as row:
        (question,) = asking.questions(row.contract_id, row.id)
        _answered(work, question.id)
    assert work.row.paused_at is None
    assert work.hold.ends_at == at(2, 12)
    assert work.clock("fix").due_at == at(9, 10)


def _answered(work: Work, question: int) -> None:
    """As the follow-up page does it."""
    from sqlalchemy import select, update

    from inspection.db import table
    from inspection.reports.models import Report
    from inspection.web import hashed

    reports, row = table(Report), work.row
    here = (reports.c.contract_id == row.contract_id, reports.c.action_id == row.id)
    assert db.session.execute(select(reports.c.id).where(*here)).all()
    db.session.execute(update(reports).where(*here).values(receipt_hash=hashed("receipt")))
    following.answer(following.opened("receipt"), question, "The left one")


@MIRROR
def test_parts_pause_nothing_until_the_other_party_agrees_then_since_it_was_asked(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 11)):
        hold = work.holds(Reason.WAITING_PARTS, text="A valve from Hamburg")
        assert (hold.cause, hold.begins_at) == (owner, None)
        assert work.row.paused_at is None
        assert work.row.court == owner.other  # to answer
        with pytest.raises(Refused) as caught:
            work.holds(Reason.STOP, text="Alarm test")
        assert refused(caught) == ["hold.pending"]
    with clock.standing_at(at(3, 11)):
        work.answers(hold.decision_id)
    assert work.hold.begins_at == work.row.paused_at == at(2, 11)
    assert work.row.court == owner  # the cause is on the owner's own side
    with clock.standing_at(at(4, 11)), work.changing() as row:
        holds.lift(row, work.us)
    assert work.clock("fix").due_at == at(11, 9)


@MIRROR
def test_a_pause_nobody_agreed_to_never_was(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 11)):
        hold = work.holds(Reason.WAITING_PARTS, text="A valve")
        work.answers(hold.decision_id, "no", "Keep spares")
        (card,) = holds.shown(work.row, work.us)["holds"]
    assert card.stage == "refused"
    assert work.hold.begins_at is None
    assert work.clock("fix").due_at == FIX_DUE
    assert work.row.court == owner


@MIRROR
def test_a_late_yes_relieves_the_breach_in_between_which_stays(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(6, 10)):
        hold = work.holds(Reason.WAITING_PARTS, text="A valve")
    with clock.standing_at(at(10, 10)):
        assert work.caught_up().breached
        work.answers(hold.decision_id)
    fix = work.clock("fix")
    assert fix.breached_at == FIX_DUE
    assert fix.paused_at == at(6, 10)
    assert (fix.relieved_at, fix.relieved_by) == (at(10, 10), work.them.id)
    assert work.row.breached
    assert "clock.relieved" in work.happened()
    with clock.standing_at(at(11, 10)), work.changing() as row:
        holds.lift(row, work.us)
    assert work.clock("fix").due_at == at(12, 9)  # three working days later
    assert work.clock("fix").breached_at == FIX_DUE


@MIRROR
def test_consent_after_the_fix_counts_until_the_fix(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(6, 10)):
        hold = work.holds(Reason.WAITING_PARTS, text="A valve")
    with clock.standing_at(at(10, 9)):
        work.move(Move.FIX, "The valve came")
    with clock.standing_at(at(10, 12)):
        work.answers(hold.decision_id)
    fix, held = work.clock("fix"), work.hold
    assert (held.begins_at, held.ends_at) == (at(6, 10), at(10, 9))
    assert (fix.breached_at, fix.relieved_at) == (FIX_DUE, at(10, 12))
    assert fix.due_at == at(10, 9) + timedelta(hours=7)  # 15 working hours of pause
    assert work.row.paused_at is None
    assert work.row.state == State.FIXED


@MIRROR
def test_an_earlier_beginning_takes_consent_even_where_one_is_not_needed(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(3, 9)):
        hold = work.holds(Reason.STOP, text="A visit of state", begins_at=at(2, 15))
        assert hold.begins_at is None
        work.answers(hold.decision_id)
    assert work.row.paused_at == at(2, 15)
    assert work.row.court_since == at(3, 9)  # the turn is not rewritten
    with clock.standing_at(at(3, 10)), work.changing() as row:
        holds.lift(row, work.us)
    assert work.clock("fix").due_at == at(9, 12)


@MIRROR
def test_a_hold_is_contested_once_and_may_count_after_all(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 11)):
        hold = work.holds(Reason.STOP, text="Alarm test")
        with work.changing() as row:
            holds.contest(row, work.them, hold.id, "Nobody stopped you")
        with pytest.raises(Refused) as again, work.changing() as row:
            holds.contest(row, work.them, hold.id, "Really")
        assert refused(again) == ["hold.contested"]
        assert work.clock("fix").paused_at == at(2, 11)
        with work.changing() as row:
            holds.uphold(row, work.them, hold.id)
        with pytest.raises(Refused) as twice, work.changing() as row:
            holds.uphold(row, work.them, hold.id)
        assert refused(twice) == ["hold.upheld"]
    assert work.hold.contested_text == "Nobody stopped you"
    assert work.hold.upheld_at == at(2, 11)


@MIRROR
def test_a_hold_taken_back_never_counted_and_the_breach_stands_at_its_true_moment(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(6, 10)):
        hold = work.holds(Reason.STOP, text="Alarm test")
    with clock.standing_at(at(11, 10)):
        assert not work.caught_up().breached
        with work.changing() as row:
            holds.void(row, work.us, hold.id, "It was our mistake")
        row = work.row
    assert work.clock("fix").breached_at == work.clock("fix").due_at == FIX_DUE
    assert row.breached
    assert row.paused_at is None
    assert row.court == owner
    assert (work.hold.voided_at, work.hold.ends_at) == (at(11, 10), at(11, 10))
    with clock.standing_at(at(12, 9)):
        assert work.court_minutes() == (at(12, 9) - MONDAY) / timedelta(minutes=1)


@MIRROR
def test_a_hold_taken_back_after_the_fix_makes_the_fix_late(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(6, 10)):
        hold = work.holds(Reason.STOP, text="Alarm test")
    with clock.standing_at(at(11, 10)):
        work.move(Move.FIX, "Done")
        assert not work.row.breached
        with work.changing() as row:
            holds.void(row, work.us, hold.id)
    fix = work.clock("fix")
    assert (fix.breached_at, fix.stopped_at) == (FIX_DUE, at(11, 10))
    assert work.row.breached


@MIRROR
def test_a_pause_that_waits_for_consent_can_be_taken_back(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 11)):
        hold = work.holds(Reason.WAITING_PARTS, text="A valve")
        with work.changing() as row:
            holds.void(row, work.us, hold.id, "It came")
    assert work.decision(hold.decision_id).answer == "withdrawn"
    assert work.row.decision_to is None
    assert work.clock("fix").due_at == FIX_DUE


@MIRROR
def test_only_the_owner_holds_and_only_the_other_contests(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 11)):
        with pytest.raises(Refused) as theirs, work.changing() as row:
            holds.raise_hold(row, work.them, holds.Why(Reason.STOP, "No"))
        hold = work.holds(Reason.STOP, text="Alarm test")
        with pytest.raises(Refused) as own, work.changing() as row:
            holds.contest(row, work.us, hold.id, "Hm")
        with pytest.raises(Refused) as void, work.changing() as row:
            holds.void(row, work.them, hold.id)
    assert refused(theirs) == ["action.not_yours"]
    assert refused(own) == ["action.own_fix"]
    assert refused(void) == ["action.not_yours"]


@MIRROR
def test_relief_stands_beside_a_breach_and_stops_its_climb(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(9, 12)):
        assert work.caught_up().breached
        late = work.clock("fix")
        assert work.row.next_at == late.step_due_at
        with pytest.raises(Refused) as own, work.changing() as row:
            relieving.relieve(row, work.us, late.id, "Ours")
        with pytest.raises(Refused) as stale, work.changing() as row:
            relieving.relieve(row, work.them, late.id, "Storm", row.version - 1)
        with work.changing() as row:
            relieving.relieve(row, work.them, late.id, "The whole city was flooded")
        with pytest.raises(Refused) as again, work.changing() as row:
            relieving.relieve(row, work.them, late.id, "Once more")
    assert refused(own) == ["clock.own"]
    assert stale.value.status == 409
    assert refused(again) == ["clock.relieved_already"]
    late = work.clock("fix")
    assert (late.breached_at, late.relieved_at) == (FIX_DUE, at(9, 12))
    assert work.row.breached
    assert work.row.next_at is None


@MIRROR
def test_relief_of_a_late_answer_belongs_to_the_party_that_waited(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        key = work.asks()
    with clock.standing_at(at(5, 14)):
        work.answers(key)
        late = work.clock("decision").id
        with work.changing() as row:
            relieving.relieve(row, work.us, late, "They had a fire drill")
    assert work.clock("decision").relieved_by == work.us.id


# ---------------------------------------------------------------- no minute is lost

STEPS = (
    *("ask", "ask_them", "yes", "no", "back", "stop", "parts", "scan", "lift", "contest"),
    *("uphold", "void", "fix", "return", "deepen", "owner", "scope", "sleep"),
)
WALK = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 3000)), min_size=4, max_size=14)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(owner=st.sampled_from(Party), walk=WALK)
def test_whatever_both_parties_do_every_minute_of_its_open_life_is_somebodys_turn_or_nobodys(
    cast: Cast, owner: Party, walk: list[tuple[str, int]]
) -> None:
    work = Work.begins(cast, owner)
    now, breached = MONDAY, set()
    for step, minutes in walk:
        now += timedelta(minutes=minutes)
        with clock.standing_at(now):
            _try(work, step)
            row = work.caught_up()
            until = row.closed_at or now
            assert work.court_minutes() == pytest.approx((until - MONDAY) / timedelta(minutes=1))
            assert (row.court is None) == (row.state in (State.CLOSED, State.MONITORING))
            late = {one.id for one in work.clocks() if one.breached_at is not None}
            assert breached <= late
            breached = late
    assert journal.first_broken(cast.harbour.contract.id) is None


def _try(work: Work, step: str) -> None:
    """One step of a random walk by whoever may make it; refused is fine."""
    try:
        _WALKED[step](work)
    except Refused:
        db.session.rollback()


def _latest(work: Work) -> int:
    return work.decisions()[-1].id if work.decisions() else 0


def _answer(work: Work, said: str) -> None:
    waiting = [one for one in work.decisions() if one.answered_at is None]
    for one in waiting[:1]:
        by = work.cast.harbour.members[f"{one.to_party}.supervisor"]
        work.answers(one.id, said, "As we see it", by)


def _back(work: Work) -> None:
    for one in [one for one in work.decisions() if one.answered_at is None][-1:]:
        by = work.cast.harbour.members[f"{one.asked_party}.manager"]
        with work.changing() as row:
            decisions.take_back(row, by, one.id, "")


def _hold(work: Work, follow: str) -> None:
    for held in work.all_holds()[-1:]:
        owner = Party(work.row.owner_party)
        party = owner if follow == "void" else owner.other
        by = work.cast.harbour.members[f"{party.value}.manager"]
        with work.changing() as row:
            getattr(holds, follow)(row, by, held.id, "Because")


def _lift(work: Work) -> None:
    with work.changing() as row:
        holds.lift(row, work.us)


_WALKED = {
    "ask": lambda work: work.asks(Ask.QUOTE),
    "ask_them": lambda work: work.asks(Ask.INFORMATION, by=work.them),
    "deepen": lambda work: work.asks(Ask.DEEPENING),
    "owner": lambda work: work.asks(Ask.OWNERSHIP),
    "scope": lambda work: work.asks(Ask.SCOPE),
    "yes": lambda work: _answer(work, "yes"),
    "no": lambda work: _answer(work, "no"),
    "back": _back,
    "stop": lambda work: work.holds(Reason.STOP, text="Stop", begins_at=None),
    "parts": lambda work: work.holds(
        Reason.WAITING_PARTS, text="Parts", begins_at=clock.now() - timedelta(minutes=90)
    ),
    "scan": lambda work: work.holds(Reason.WAITING_APPROVAL),
    "lift": _lift,
    "contest": lambda work: _hold(work, "contest"),
    "uphold": lambda work: _hold(work, "uphold"),
    "void": lambda work: _hold(work, "void"),
    "fix": lambda work: work.move(Move.FIX, "Done"),
    "return": lambda work: work.move(Move.RETURN, "Not yet", by=work.them),
    "sleep": lambda work: None,
}
