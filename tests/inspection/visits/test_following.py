"""After a visit is submitted both have their say; no answer changes; then it is final."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from inspection import clock, tick
from inspection.db import db, table, writing
from inspection.journal import Event, EventText, first_broken
from inspection.rules.checklist import Answer
from inspection.visits import following, record
from inspection.visits.models import Result, Visit
from inspection.web import Refused
from tests.cast import CALENDAR_DK, PROMISES, ROOM, Cast, Setting, agreed, finding, visited

MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
WET: dict[str, Any] = {
    "clean": Answer(2, no_photo="Too dark", note="Stains"),
    "dry": "pass",
    "heat": 55,
}
LEAD, STAFF = "customer.supervisor", "contractor.staff"


@pytest.fixture(autouse=True)
def _nothing_failed_before() -> None:
    tick.VISITS.failed.clear()


@pytest.fixture
def harbour(cast: Cast) -> Setting:
    with clock.standing_at(MONDAY - timedelta(hours=2)):
        agreed(cast.harbour, "calendar", CALENDAR_DK)
        agreed(cast.harbour, "requirements", PROMISES)
        agreed(cast.harbour, "checklist", ROOM, subject="room")
    return cast.harbour


def now(setting: Setting, visit: int) -> Any:
    db.session.rollback()
    return record.found(setting.contract.id, visit)


def answer(visit: int, item: str) -> Any:
    db.session.rollback()
    asked = select(table(Result)).where(Result.visit_id == visit, Result.item == item)
    return db.session.execute(asked).one()


def kinds(visit: int) -> list[str]:
    db.session.rollback()
    asked = select(Event.kind).where(Event.entity == "visit", Event.entity_id == visit)
    return [kind.removeprefix("visit.") for kind in db.session.scalars(asked.order_by(Event.seq))]


def contested(setting: Setting, visit: int, level: int = 1, who: str = LEAD) -> None:
    with writing():
        following.contest(setting.members[who], visit, "clean", level, "Far worse than that")


def refused(move: Any, *arguments: Any) -> tuple[str, int]:
    with pytest.raises(Refused) as caught, writing():
        move(*arguments)
    return caught.value.refusals[0].code, caught.value.status


def planned(setting: Setting, count: int = 1, missed_on: date | None = None, **more: Any) -> int:
    """Planned visits of the kitchen, one a day; the id of the first."""
    place, today = setting.places["kitchen"], clock.now().date()
    over = missed_on or today + timedelta(days=2)
    rows = [
        {
            "contract_id": setting.contract.id,
            "plan_key": "daily",
            "checklist_key": "room",
            "asset_id": place.id,
            "place": place.path,
            "due_from": over - timedelta(days=9 + n),
            "due_on": over - timedelta(days=1 + n),
            "missed_on": over,
            "draft": {},
            "next_at": datetime.combine(over, datetime.min.time()).astimezone() + timedelta(days=1),
            "created_at": clock.now(),
            **more,
        }
        for n in range(count)
    ]
    with writing():
        db.session.execute(insert(table(Visit)), rows)
        first = select(func.min(Visit.id)).where(Visit.plan_key == "daily")
        return int(db.session.execute(first).scalar_one())


# ---------------------------------------------------------------- what is contested


def test_what_is_contested_stands_beside_the_answer_and_changes_nothing_of_it(
    harbour: Setting,
) -> None:
    visit = visited(harbour, "kitchen", WET)
    before = now(harbour, visit)
    contested(harbour, visit)
    row, one = now(harbour, visit), answer(visit, "clean")
    assert (one.level, one.verdict, one.note) == (2, "not_met", "Stains")
    assert (one.contested_level, one.contested_text) == (1, "Far worse than that")
    assert one.contested_by == harbour.members[LEAD].id
    assert (row.contested_count, row.score, row.level) == (1, before.score, before.level)
    assert kinds(visit) == ["started", "submitted", "contested"]


def test_only_the_other_partys_lead_contests(harbour: Setting) -> None:
    visit = visited(harbour, "kitchen", WET)
    words = (visit, "clean", 1, "words")
    own = harbour.members["contractor.supervisor"]
    assert refused(following.contest, own, *words) == ("visit.own", 403)
    hand = harbour.members["customer.staff"]
    assert refused(following.contest, hand, *words) == ("visit.not_you", 403)
    assert now(harbour, visit).contested_count == 0


@pytest.mark.parametrize(
    ("level", "code"), [(None, "form.missing"), (2, "visit.same_level"), (1, "")]
)
def test_a_contested_level_is_another_level(harbour: Setting, level: int | None, code: str) -> None:
    visit = visited(harbour, "kitchen", WET)
    words = (harbour.members[LEAD], visit, "clean", level, "words")
    if code:
        assert refused(following.contest, *words)[0] == code
    else:
        with writing():
            following.contest(*words)
        assert refused(following.contest, *words) == ("visit.contested_already", 409)


def test_what_is_no_level_can_be_contested_in_words(harbour: Setting) -> None:
    visit = visited(harbour, "kitchen", WET | {"heat": Answer(reason="No tap")})
    with writing():
        following.contest(harbour.members[LEAD], visit, "heat", None, "There is a tap")
    assert answer(visit, "heat").contested_text == "There is a tap"


def test_nothing_is_contested_after_three_working_days_even_when_tick_sleeps(
    harbour: Setting,
) -> None:
    with clock.standing_at(MONDAY):
        visit = visited(harbour, "kitchen", WET)
    until = now(harbour, visit).comment_until
    assert until == MONDAY + timedelta(days=3)
    with clock.standing_at(until - timedelta(seconds=1)):
        contested(harbour, visit)
    words = (harbour.members[LEAD], visit, "dry", 1, "words")
    with clock.standing_at(until):
        assert refused(following.contest, *words) == ("visit.too_late", 409)


# ---------------------------------------------------------------- how it is settled


def test_each_party_gives_up_only_its_own_view(harbour: Setting) -> None:
    visit = visited(harbour, "kitchen", WET)
    contested(harbour, visit)
    ours, theirs = harbour.members["contractor.supervisor"], harbour.members[LEAD]
    for who, outcome in ((ours, "both"), (ours, "withdrawn"), (theirs, "accepted")):
        said = refused(following.settle, who, visit, "clean", outcome, "words")
        assert said == ("visit.not_yours_to_settle", 403), outcome
    with writing():
        following.settle(ours, visit, "clean", "accepted", "You are right")
    one, row = answer(visit, "clean"), now(harbour, visit)
    assert (one.settled, one.settled_text) == ("accepted", "You are right")
    assert (one.level, row.contested_count) == (2, 0)
    again = refused(following.settle, theirs, visit, "clean", "both", "words")
    assert again == ("visit.not_contested", 409)


def test_what_was_contested_can_be_settled_after_the_visit_is_final(harbour: Setting) -> None:
    with clock.standing_at(MONDAY):
        visit = visited(harbour, "kitchen", WET)
        contested(harbour, visit)
    with clock.standing_at(MONDAY + timedelta(days=4)):
        tick.due_now()
        row = now(harbour, visit)
        assert (row.state, row.contested_count) == ("final", 1)
        with writing():
            following.settle(harbour.members[LEAD], visit, "clean", "both", "Next time together")
    assert now(harbour, visit).contested_count == 0


# ---------------------------------------------------------------- final


def test_a_visit_is_final_at_once_when_both_agree(harbour: Setting) -> None:
    visit = visited(harbour, "kitchen")
    ours, theirs = harbour.members["contractor.manager"], harbour.members[LEAD]
    with writing():
        assert not following.agree(ours, visit)
    assert now(harbour, visit).state == "submitted"
    assert refused(following.agree, ours, visit) == ("visit.agreed_already", 409)
    with writing():
        assert following.agree(theirs, visit)
    row = now(harbour, visit)
    assert (row.state, row.next_at) == ("final", None)
    assert (row.agreed_contractor_by, row.agreed_customer_by) == (ours.id, theirs.id)
    assert kinds(visit)[-3:] == ["agreed", "agreed", "final"]


def test_nobody_agrees_over_an_open_objection_and_an_objection_takes_the_own_yes_back(
    harbour: Setting,
) -> None:
    visit = visited(harbour, "kitchen", WET)
    with writing():
        following.agree(harbour.members["customer.manager"], visit)
    contested(harbour, visit)
    assert now(harbour, visit).agreed_customer_by is None
    ours = harbour.members["contractor.manager"]
    assert refused(following.agree, ours, visit) == ("visit.contested", 409)


def test_time_makes_a_visit_final_once_however_many_ticks_run(cast: Cast, harbour: Setting) -> None:
    with clock.standing_at(MONDAY):
        visit = visited(harbour, "kitchen", WET)
    due = now(harbour, visit).comment_until
    with clock.standing_at(MONDAY + timedelta(days=30)):

        def run(_: int) -> None:
            with cast.app.app_context():
                tick.due_now()

        with ThreadPoolExecutor(3) as several:
            list(several.map(run, range(3)))
    row = now(harbour, visit)
    assert (row.state, row.final_at, row.next_at) == ("final", due, None)
    assert kinds(visit).count("final") == 1
    assert first_broken(harbour.contract.id) is None


def test_after_final_there_are_only_comments_and_amendments(harbour: Setting) -> None:
    with clock.standing_at(MONDAY):
        visit = visited(harbour, "kitchen", WET)
    with clock.standing_at(MONDAY + timedelta(days=9)):
        tick.due_now()
        before = [tuple(row) for row in record.results(now(harbour, visit))]
        lead = harbour.members[LEAD]
        words = (lead, visit, "dry", 1, "words")
        assert refused(following.contest, *words)[1] == 409
        assert refused(following.agree, lead, visit)[1] == 409
        with writing():
            following.comment(harbour.members["customer.executive"], visit, "Seen")
            following.amend(harbour.members["customer.staff"], visit, "The room is 2.16")
    assert [tuple(row) for row in record.results(now(harbour, visit))] == before
    assert kinds(visit)[-2:] == ["commented", "amended"]
    assert "The room is 2.16" in list(db.session.scalars(select(EventText.text)))


# ---------------------------------------------------------------- missed, left out


def test_a_planned_visit_is_missed_once_its_grace_is_over(harbour: Setting) -> None:
    visit = planned(harbour, missed_on=date(2026, 3, 6))
    with clock.standing_at(datetime.fromisoformat("2026-03-05T23:59:00+01:00")):
        tick.due_now()
        assert now(harbour, visit).state == "planned"
    with clock.standing_at(datetime.fromisoformat("2026-03-09T00:00:00+01:00")):
        tick.due_now()
        tick.due_now()
    row = now(harbour, visit)
    assert (row.state, row.next_at, kinds(visit)) == ("missed", None, ["missed"])


def test_a_visit_that_was_begun_is_not_missed(harbour: Setting) -> None:
    started = clock.now()
    visit = planned(
        harbour,
        missed_on=date(2026, 3, 6),
        state="in_progress",
        started_at=started,
        inspector_id=harbour.members[STAFF].id,
    )
    tick.due_now()
    row = now(harbour, visit)
    assert (row.state, row.next_at) == ("in_progress", None)


def test_many_missed_at_once_are_done_a_hundred_at_a_time(harbour: Setting) -> None:
    planned(harbour, 130, missed_on=date(2026, 3, 6))
    assert tick.due_now(limit=100) == 100
    assert tick.due_now(limit=100) == 30
    assert tick.due_now(limit=100) == 0
    missed = select(func.count()).select_from(Event).where(Event.kind == "visit.missed")
    assert db.session.execute(missed).scalar_one() == 130


def test_a_planned_visit_is_left_out_only_by_both(harbour: Setting) -> None:
    visit = planned(harbour)
    ours, theirs = harbour.members["contractor.supervisor"], harbour.members[LEAD]
    assert refused(following.agree_cancel, ours, visit)[0] == "visit.cancel_not_asked"
    with writing():
        following.ask_cancel(ours, visit, "Closed for painting")
    assert refused(following.ask_cancel, theirs, visit, "Us too")[0] == "visit.cancel_asked"
    assert refused(following.agree_cancel, ours, visit)[0] == "visit.cancel_not_asked"
    assert now(harbour, visit).state == "planned"
    with writing():
        following.agree_cancel(theirs, visit)
    row = now(harbour, visit)
    assert (row.state, row.next_at, kinds(visit)) == (
        "cancelled",
        None,
        ["cancel_asked", "cancelled"],
    )


def test_a_foreign_visit_is_one_that_never_was(cast: Cast, harbour: Setting) -> None:
    from werkzeug.exceptions import NotFound

    visit = visited(harbour, "kitchen", WET)
    stranger = cast.elsewhere.members[LEAD]
    for move, arguments in (
        (following.comment, ("words",)),
        (following.contest, ("clean", 1, "words")),
        (following.agree, ()),
        (following.amend, ("words",)),
        (following.ask_cancel, ("words",)),
    ):
        with pytest.raises(NotFound), writing():
            move(stranger, visit, *arguments)


# ---------------------------------------------------------------- alignment


def both(setting: Setting, days: float, first: int, second: int, place: str = "kitchen") -> None:
    """One party rates the floor, then the other, some days later."""
    for who, level, at in ((STAFF, first, 30.0), ("customer.staff", second, 30 - days)):
        with clock.shifted_by(timedelta(days=-at)):
            visited(setting, place, {"clean": level, "dry": "pass", "heat": 55}, by=who)


def test_both_parties_visits_to_one_room_are_laid_beside_each_other(harbour: Setting) -> None:
    both(harbour, 3, 4, 4)
    both(harbour, 3, 5, 3, place="hall")
    found = following.pairs(harbour.contract.id)
    assert sorted(one.difference for one in found) == [0, 2]
    said = following.Alignment.of(found)
    assert said is not None
    assert (said.pairs, said.equal, said.difference) == (2, 1, 1.0)


def test_visits_more_than_fourteen_days_apart_are_not_compared(harbour: Setting) -> None:
    both(harbour, 14.1, 4, 4)
    assert following.pairs(harbour.contract.id) == []
    assert following.Alignment.of([]) is None
    assert len(following.pairs(harbour.contract.id, days=15)) == 1


def test_what_was_put_right_in_between_is_not_compared(harbour: Setting) -> None:
    from inspection.actions.models import Action

    number = finding(harbour, 2, "kitchen", "cleaning", "Stains")
    both(harbour, 5, 3, 4)
    assert len(following.pairs(harbour.contract.id)) == 1
    with writing():
        at = clock.now() - timedelta(days=27)
        db.session.execute(
            table(Action).update().where(Action.number == number).values(fixed_at=at)
        )
    assert following.pairs(harbour.contract.id) == []


def test_how_alike_both_rate_is_worked_out_anew_after_each_visit(harbour: Setting) -> None:
    here = harbour.contract.id
    assert following.alignment(here) is None
    both(harbour, 3, 4, 4)
    assert following.alignment(here) == following.Alignment(1, 1, 0.0)
    with clock.shifted_by(timedelta(days=-20)):
        visited(harbour, "kitchen", {"clean": 3, "dry": "pass", "heat": 55}, by=STAFF)
    assert following.alignment(here) == following.Alignment(2, 1, 0.5)
