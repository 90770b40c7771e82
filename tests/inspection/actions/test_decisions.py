"""What one party needs from the other: asked, answered, late or not, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from inspection import clock
from inspection.actions import decisions
from inspection.rules.access import Party
from inspection.rules.lifecycle import Move
from inspection.rules.states import Ask, Outcome, State
from inspection.web import Refused
from tests.cast import Cast
from tests.inspection.actions.waiting import MONDAY, Work, at, every_column

MIRROR = pytest.mark.parametrize("owner", list(Party))


def refused(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [refusal.code for refusal in caught.value.refusals]


@MIRROR
def test_a_question_gives_the_turn_to_the_asked_party_with_a_clock_of_its_own(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        key = work.asks()
    asked, row, timer = work.decision(key), work.row, work.clock("decision")
    assert row.court == row.decision_to == owner.other
    assert (timer.party, timer.decision_id) == (owner.other, key)
    assert asked.due_at == timer.due_at == at(5, 10)  # three working days
    assert row.due_at == at(5, 10)
    assert row.next_at == timer.warn_at
    assert "action.decision_asked" in work.happened()


@MIRROR
def test_either_party_may_ask(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        key = work.asks(Ask.INFORMATION, by=work.them)
        assert work.row.decision_to == owner
        work.answers(key, "yes", "Key box 4", by=work.us)
    assert work.row.decision_to is None
    assert work.row.court == owner


@MIRROR
def test_urgent_work_is_answered_within_four_hours(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner, "P1")
    with clock.standing_at(at(2, 10)):
        key = work.asks()
    assert work.decision(key).due_at == at(2, 14)


@MIRROR
def test_a_late_answer_is_late_for_ever_and_the_turn_goes_back(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        key = work.asks()
    with clock.standing_at(at(5, 14)):
        work.answers(key, "no", "Not this week")
        (card,) = decisions.shown(work.row, work.us)["decisions"]
    row, timer = work.row, work.clock("decision")
    assert timer.breached_at == at(5, 10)
    assert timer.stopped_at == at(5, 14)
    assert card.late == timedelta(hours=4)
    assert row.court == owner
    assert row.breached
    with clock.standing_at(at(5, 14)):
        assert work.court_minutes() == (at(5, 14) - MONDAY) / timedelta(minutes=1)


@MIRROR
def test_the_oldest_open_question_decides_whose_turn_it_is(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        first, second = work.asks(), work.asks(Ask.INFORMATION, by=work.them)
        assert work.row.court == owner.other
        work.answers(first)
        assert work.row.court == owner
        work.answers(second, "no", by=work.us)
        assert work.row.decision_to is None


@MIRROR
def test_nobody_answers_their_own_question_and_nobody_takes_back_anothers(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        key = work.asks()
        before = every_column(work)
        with pytest.raises(Refused) as own:
            work.answers(key, by=work.us)
        with pytest.raises(Refused) as theirs, work.changing() as row:
            decisions.take_back(row, work.them, key, "")
        assert refused(own) == ["decision.not_asked"]
        assert refused(theirs) == ["decision.not_yours"]
        assert every_column(work) == before
        with work.changing() as row:
            decisions.take_back(row, work.us, key, "Found the valve")
        assert work.row.decision_to is None
        assert work.decision(key).answer == "withdrawn"
        with pytest.raises(Refused) as over:
            work.answers(key)
        assert refused(over) == ["decision.answered"]


@MIRROR
def test_whoever_looked_at_an_older_version_is_told_and_nothing_changes(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        old = work.row.version
        key = work.asks()
        before = every_column(work)
        with pytest.raises(Refused) as caught:
            work.asks(Ask.ACCESS, version=old)
        assert caught.value.status == 409
        with pytest.raises(Refused) as caught, work.changing() as row:
            decisions.answer(row, work.them, key, "yes", "", old)
        assert caught.value.status == 409
        assert every_column(work) == before
        assert work.decision(key).answered_at is None


@MIRROR
def test_another_priority_counts_from_the_start_once_both_agree(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        key = work.asks(Ask.PRIORITY, {"priority": "P4"})
        assert work.row.priority == "P3"
        work.answers(key)
    assert work.row.priority == "P4"
    assert work.clock("fix").started_at == MONDAY
    assert work.clock("fix").due_at == at(30, 9)  # twenty working days


@MIRROR
def test_a_no_changes_nothing_but_the_turn(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        for kind, wanted in (
            (Ask.PRIORITY, {"priority": "P1"}),
            (Ask.SCOPE, {}),
            (Ask.OWNERSHIP, {}),
            (Ask.WITHDRAWAL, {}),
            (Ask.DEEPENING, {}),
        ):
            work.answers(work.asks(kind, wanted), "no", "We see it differently")
    row = work.row
    assert (row.priority, row.state, row.owner_party) == ("P3", State.IN_PROGRESS, owner)
    assert (row.depth, row.outcome, row.court) == ("correction", None, owner)


@MIRROR
def test_handed_over_work_begins_anew_for_its_new_owner(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        work.answers(work.asks(Ask.OWNERSHIP))
    row = work.row
    assert (row.owner_party, row.court, row.state) == (owner.other, owner.other, State.RECEIVED)
    assert work.clock("respond").party == owner.other


@MIRROR
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(Ask.SCOPE, Outcome.OUT_OF_SCOPE), (Ask.WITHDRAWAL, Outcome.WITHDRAWN)],
)
def test_what_both_agree_to_leave_is_closed_and_says_why(
    cast: Cast, owner: Party, kind: Ask, outcome: Outcome
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        open_too = work.asks(Ask.ACCESS)
        work.answers(work.asks(kind, question="Tenant's own tap"), text="Agreed, it is theirs")
    row = work.row
    assert (row.state, row.outcome, row.court) == (State.CLOSED, outcome, None)
    assert row.outcome_text == "Tenant's own tap\n\nAgreed, it is theirs"
    assert work.decision(open_too).answer == "moot"
    assert work.clock("decision").cancelled_at or work.clock("decision").stopped_at
    assert row.next_at is None


@MIRROR
def test_silence_agrees_to_remove_the_cause_and_an_objection_does_not(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        work.answers(work.asks(Ask.DEEPENING), "no", "Once is not a pattern")
    with clock.standing_at(at(2, 11)):
        key = work.asks(Ask.DEEPENING)
    with clock.standing_at(at(5, 10, 59)):
        assert work.caught_up().depth == "correction"
    with clock.standing_at(at(6, 8)):
        assert work.caught_up().depth == "corrective"
    decided = work.decision(key)
    assert (decided.answer, decided.answered_at) == ("silence", at(5, 11))


@MIRROR
def test_an_answer_after_silence_has_agreed_comes_too_late(cast: Cast, owner: Party) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        key = work.asks(Ask.DEEPENING)
    with clock.standing_at(at(9, 10)):
        with pytest.raises(Refused) as caught:
            work.answers(key, "no")
        assert refused(caught) == ["decision.answered"]


@MIRROR
def test_the_lists_of_both_parties_show_the_same_questions_from_their_side(
    cast: Cast, owner: Party
) -> None:
    work = Work.begins(cast, owner)
    with clock.standing_at(at(2, 10)):
        asked = work.asks()
        settled = work.asks(Ask.INFORMATION, by=work.them)
        work.answers(settled, "yes", "Box 4", by=work.us)
    with clock.standing_at(at(6, 10)):
        ours, theirs = decisions.lists(work.us), decisions.lists(work.them)
    assert [one.row.id for one in ours.theirs] == [one.row.id for one in theirs.ours] == [asked]
    assert ours.ours == theirs.theirs == []
    assert [one.row.id for one in ours.lately] == [settled]
    assert theirs.ours[0].late == timedelta(days=1)
    assert theirs.ours[0].may_answer
    assert not ours.theirs[0].may_answer


def test_a_closed_action_takes_no_question(cast: Cast) -> None:
    work = Work.begins(cast, Party.CONTRACTOR)
    with clock.standing_at(at(2, 10)):
        work.move(Move.FIX, "New washer")
        work.move(Move.ACCEPT, by=work.them)
        with pytest.raises(Refused) as caught:
            work.asks()
    assert refused(caught) == ["action.wrong_state"]


def test_the_value_of_a_question_is_kept_with_it(cast: Cast) -> None:
    work = Work.begins(cast, Party.CONTRACTOR)
    wanted: dict[str, Any] = {"amount": "DKK 12,400"}
    with clock.standing_at(at(2, 10)):
        key = work.asks(Ask.QUOTE, wanted)
    assert work.decision(key).wanted == wanted
