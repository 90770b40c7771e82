"""A visit is submitted: everything that was filled in is kept, whatever changed meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from inspection import clock, journal
from inspection.alerts.models import Notice
from inspection.checklists.agreed import CHECKLIST
from inspection.contracts import agreements
from inspection.db import Model, db, table, writing
from inspection.journal import Event
from inspection.photos.evidence import Kept
from inspection.rules.checklist import Answer, Verdict
from inspection.visits import record, starting, submitting
from inspection.visits.filled import Filled, Signed
from inspection.web import Refused
from tests.cast import CALENDAR_DK, FINE, PROMISES, ROOM, Cast, Setting, agreed, visited

_events = table(Event)


@pytest.fixture
def here(cast: Cast) -> Setting:
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, CHECKLIST, ROOM, subject="room")
    return cast.harbour


def answers(**given: Any) -> dict[str, Answer]:
    """A room where everything is fine but what is given."""
    return {
        key: one if isinstance(one, Answer) else Answer(one)
        for key, one in {**FINE, **given}.items()
    }


def begin(here: Setting, who: str = "contractor.staff", place: str = "kitchen") -> int:
    with writing():
        return starting.begin(here.members[who], here.contract.id, here.places[place].id, "room")


def submit(
    here: Setting, visit: int, filled: Filled, who: str = "contractor.staff"
) -> submitting.Submitted:
    with writing():
        return submitting.submit(here.members[who], visit, filled)


def kept(colour: str, field: str) -> Kept:
    return Kept(colour * 64, f"p{colour}" * 32, f"t{colour}" * 32, 40, 30, 1000, field)


def test_every_item_has_its_answer_also_what_was_not_asked_or_not_answered(here: Setting) -> None:
    visit = visited(here, "kitchen", {**FINE, "heat": Answer(reason="Water is off")})
    row = record.found(here.contract.id, visit)
    assert [(one.item, one.verdict, one.value) for one in record.results(row)] == [
        ("clean", "met", {"is": 4}),
        ("dry", "met", {"is": "pass"}),
        ("why_wet", "irrelevant", {}),
        ("heat", "not_applicable", {}),
        ("soap", "open", {}),
    ]
    assert record.results(row)[3].reason == "Water is off"
    assert (row.state, row.score, row.level, row.capped) == ("submitted", 9000, 4, False)
    assert (row.rated_count, row.finding_count) == (2, 0)


def test_only_what_is_missing_is_refused_and_nothing_is_written(here: Setting) -> None:
    visit = begin(here)
    with pytest.raises(Refused) as refused:
        submit(
            here,
            visit,
            Filled(
                {
                    "clean": Answer(2),
                    "heat": Answer(reason=" "),
                    "soap": Answer("low", corrected=True),
                }
            ),
        )
    assert {one.where: one.code for one in refused.value.refusals} == {
        "photos-clean": "visit.no_photo",
        "a-dry": "visit.unanswered",
        "na-heat": "visit.no_reason",
    }
    row = record.found(here.contract.id, visit)
    assert (row.state, record.results(row)) == ("in_progress", [])


def test_an_answer_outside_its_limits_is_kept_and_marked(here: Setting) -> None:
    visit = visited(here, "kitchen", {**FINE, "heat": Answer("lukewarm")})
    heat = record.results(record.found(here.contract.id, visit))[3]
    assert (heat.value, heat.outside, heat.verdict) == ({"is": "lukewarm"}, True, "not_met")


def test_conditions_call_today_the_day_on_which_the_phone_finished_it(here: Setting) -> None:
    """A door that is looked at only from the second of the month on, in Copenhagen."""
    late = {"key": "door", "kind": "pass_fail", "label": "Door", "requirement": "8.C.2"}
    items = [*ROOM["items"], late | {"relevant": "today() >= '2026-03-02'"}]
    agreed(here, "checklist", ROOM | {"items": items}, subject="room")
    found = {}
    for finished in (datetime(2026, 3, 1, 22, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC)):
        with clock.standing_at(datetime(2026, 3, 1, 12, tzinfo=UTC)):
            visit = begin(here)
        with clock.standing_at(datetime(2026, 3, 4, 12, tzinfo=UTC)):
            given = answers(**FINE, door="pass")
            submit(here, visit, Filled(given, captured_at=finished))
            row = record.found(here.contract.id, visit)
        found[finished.hour] = record.results(row)[-1].verdict
    assert found == {22: "irrelevant", 23: "met"}


def test_a_checklist_changed_retired_or_withdrawn_meanwhile_does_not_matter(here: Setting) -> None:
    scale = agreements.scale(None)
    visit = begin(here)
    items = [{**ROOM["items"][0], "label": "Quite another question"}]
    agreed(here, CHECKLIST, {**ROOM, "items": items, "sections": ROOM["sections"]}, subject="room")
    agreed(here, CHECKLIST, {**ROOM, "active": False}, subject="room")
    agreed(here, "requirements", {"requirements": PROMISES["requirements"][1:]})
    agreements.forget()  # as in a process that was started since
    submit(here, visit, Filled(answers(dry="fail", why_wet="The tap")))
    row = record.found(here.contract.id, visit)
    questions = {one.key: one.label for one in record.checklist_of(row).items}
    assert questions["clean"] == {"en": "Floor is clean", "da": "Gulvet er rent"}
    assert [one.item for one in record.results(row)] == list(questions)
    assert record.scale_of(row) == scale
    (found,) = record.findings(row)
    assert found.requirement_id is not None, "the promise as it read last"


def test_it_is_submitted_once_and_the_second_is_told(here: Setting) -> None:
    visit = begin(here)
    submit(here, visit, Filled(answers(dry="fail", why_wet="x"), version=2))
    before = _counts()
    with pytest.raises(Refused) as again:
        submit(here, visit, Filled(answers(dry="fail", why_wet="x"), version=2))
    assert again.value.status == 409
    assert again.value.refusals[0].params["who"] == "Staff Contractor"
    assert _counts() == before


def test_of_two_submissions_at_once_one_wins(here: Setting) -> None:
    visit = begin(here)
    seen = record.found(here.contract.id, visit)
    submit(here, visit, Filled(answers()))
    with pytest.raises(Refused) as late, writing():
        record.put(seen, {"state": "submitted"})
    assert late.value.status == 409


def test_a_form_of_a_version_that_was_left_since_is_refused(here: Setting) -> None:
    visit = begin(here)
    with pytest.raises(Refused) as stale:
        submit(here, visit, Filled(answers(), version=1))
    assert stale.value.status == 409


def test_only_who_began_it_submits_it(here: Setting) -> None:
    visit = begin(here)
    for who in ("contractor.supervisor", "customer.staff"):
        with pytest.raises(Refused) as refused:
            submit(here, visit, Filled(answers()), who)
        assert refused.value.status == 403


def test_the_other_party_reads_all_of_it_without_any_sharing(cast: Cast, here: Setting) -> None:
    for who, other in (("contractor.staff", "customer"), ("customer.staff", "contractor")):
        visit = visited(here, "kitchen", {**FINE, "clean": Answer(2, no_photo="Dark")}, who)
        row = record.found(here.contract.id, visit)  # no member is asked: both read the same
        assert row.party != other
        assert len(record.results(row)) == len(ROOM["items"])
        told = table(Notice)
        asked = select(told.c.lead_of).join_from(told, _events, told.c.event_id == _events.c.id)
        submitted = asked.where(_events.c.kind == "visit.submitted", _events.c.entity_id == visit)
        assert db.session.execute(submitted).scalars().all() == [other]
    with pytest.raises(NotFound):
        record.found(cast.elsewhere.contract.id, visit)


def test_the_other_party_has_three_working_days_to_contest(here: Setting) -> None:
    agreed(here, "calendar", CALENDAR_DK)
    friday_noon = datetime(2026, 11, 20, 11, tzinfo=UTC)
    with clock.standing_at(friday_noon):
        visit = visited(here, "kitchen")
    row = record.found(here.contract.id, visit)
    assert row.comment_until == row.next_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


def test_pictures_stand_with_their_answers_before_and_after(here: Setting) -> None:
    visit = begin(here)
    red, green = kept("a", "photos-clean"), kept("b", "after-clean")
    filled = Filled(
        answers(clean=Answer(2, photos=1, corrected=True)), {"clean": ((red,), (green,))}
    )
    submit(here, visit, filled)
    row = record.found(here.contract.id, visit)
    result = record.results(row)[0]
    shown = [(photo.stage, photo.received_sha256) for photo in record.pictures(row)[result.id]]
    assert shown == [("", "a" * 64), ("after", "b" * 64)]


def test_both_sign_on_the_glass(here: Setting) -> None:
    other = here.members["customer.supervisor"]
    visit = visited(
        here,
        "kitchen",
        accompanied_by="Supervisor Customer",
        accompanied_id=other.id,
        signed={"us": Signed("", "M 1 1 L 9 9"), "them": Signed("S. Customer", "")},
    )
    row = record.found(here.contract.id, visit)
    assert [
        (one.party, one.name, one.member_id, one.strokes) for one in record.signatures(row)
    ] == [
        ("contractor", "Staff Contractor", here.members["contractor.staff"].id, "M 1 1 L 9 9"),
        ("customer", "S. Customer", other.id, ""),
    ]


def test_nobody_of_another_contract_was_there(cast: Cast, here: Setting) -> None:
    stranger = cast.elsewhere.members["customer.staff"]
    with pytest.raises(Refused) as refused:
        visited(here, "kitchen", accompanied_id=stranger.id)
    assert refused.value.refusals[0].where == "accompanied_id"


def test_the_event_says_what_it_came_to_and_the_chain_holds(here: Setting) -> None:
    visit = visited(here, "kitchen", {**FINE, "heat": 20}, note="All in all fine")
    event = db.session.execute(select(_events).where(_events.c.kind == "visit.submitted")).one()
    assert (event.entity, event.entity_id, event.action_id) == ("visit", visit, None)
    assert (event.state_from, event.state_to) == ("in_progress", "submitted")
    assert event.data["title"] == "Tea kitchen, daily"
    assert (event.data["findings"], event.data["plan_key"], event.data["lot_id"]) == (1, "", None)
    assert event.data["level"] == record.found(here.contract.id, visit).level
    assert journal.first_broken(here.contract.id) is None


def _counts() -> dict[str, int]:
    return {
        one.name: db.session.execute(select(func.count()).select_from(one)).scalar_one()
        for one in Model.metadata.sorted_tables
    }


# ---------------------------------------------------------------- nothing is ever lost

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).map(
    str.strip
)
photos = st.integers(0, 2)


@st.composite
def rooms(draw: st.DrawFn) -> dict[str, Answer]:
    """Any way to fill in a room, well or badly, as the form reads it."""
    offered: dict[str, st.SearchStrategy[Any]] = {
        "clean": st.integers(1, 5),
        "dry": st.sampled_from(("pass", "fail")),
        "why_wet": words,
        "heat": st.one_of(st.integers(-10, 200), st.floats(-10, 200), words),
        "soap": st.sampled_from(("full", "low")),
    }
    given_answers = {}
    for key, values in offered.items():
        given_answers[key] = Answer(
            value=draw(values) if draw(st.integers(0, 9)) else None,
            reason=None if draw(st.integers(0, 4)) else draw(words),
            note=draw(st.just("") | words),
            photos=draw(photos),
            no_photo=draw(st.just("") | words),
            corrected=draw(st.booleans()),
        )
    return given_answers


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(room=rooms(), note=st.just("") | words)
def test_every_word_and_photo_of_a_visit_is_found_again(
    here: Setting, room: dict[str, Answer], note: str
) -> None:
    pictures = {
        key: (
            tuple(kept(f"{n}", f"photos-{key}") for n in range(one.photos)),
            (kept("c", f"after-{key}"),) if one.corrected else (),
        )
        for key, one in room.items()
    }
    visit = begin(here)
    filled = Filled(room, {key: both for key, both in pictures.items() if any(both)}, note=note)
    refused = _refused(here, visit, filled)
    if refused:
        assert refused <= {"visit.unanswered", "visit.no_reason", "visit.no_photo"}
        assert record.found(here.contract.id, visit).state == "in_progress"
        return
    row = record.found(here.contract.id, visit)
    results, shown = {one.item: one for one in record.results(row)}, record.pictures(row)
    assert row.note == note
    for key, one in room.items():
        row_of = results[key]
        assert row_of.value.get("is") == json.loads(json.dumps(one.value))
        assert (row_of.note, row_of.no_photo, row_of.reason) == (
            one.note,
            one.no_photo,
            one.reason or "",
        )
        assert len(shown.get(row_of.id, [])) == sum(map(len, pictures[key]))
    found = {one.item: one for one in record.findings(row)}
    below = {key for key, one in results.items() if one.verdict == Verdict.NOT_MET}
    assert set(found) == below
    for key, one in found.items():
        assert (one.action_id is None) == room[key].corrected
        assert room[key].note in one.words


def _refused(here: Setting, visit: int, filled: Filled) -> set[str]:
    """Why it was not taken; nothing when it was."""
    try:
        submit(here, visit, filled)
    except Refused as no:
        return {one.code for one in no.refusals}
    return set()
