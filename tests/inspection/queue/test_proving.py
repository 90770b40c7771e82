"""A plan is refused with words at its fields; each party proves the other's fix; places alike."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from inspection import clock, tick
from inspection.actions import moves, plans
from inspection.actions.models import Action, Similar
from inspection.alerts.models import Notice
from inspection.assets import tree
from inspection.assets.models import Kind
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.rules.states import Cause, Depth, Outcome, State
from tests.cast import Cast, finding, posted
from tests.inspection.queue.test_ca_life import PLAN, Sides, agreements_in_force, on, report, row

_actions, _similar, _events, _notices = map(table, (Action, Similar, Event, Notice))


def begun(cast: Cast, category: str = "leak", place: str = "tap") -> Sides:
    """A critical finding that its owner has acknowledged."""
    number = finding(cast.harbour, 1, place, category, "Water runs from the tap all day")
    owner = cast.harbour.categories[category].owner_party
    sides = Sides(cast, number, owner)
    sides.does("owner", "acknowledgement", category=category, priority="P3")
    return sides


def number_of(sides: Sides) -> int:
    return int(sides.url.rpartition("/")[2])


@pytest.fixture
def april(cast: Cast) -> Any:
    agreements_in_force(cast)
    with clock.standing_at(on(1, 4)):
        yield cast


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"permanent_fix": PLAN["containment"]}, "This is what holds it back for now."),
        ({"containment": ""}, "Say what holds the problem back"),
        ({"why-1": "", "why-2": "", "why-3": ""}, "Ask at least once why it happened"),
        ({"root_cause": "Water runs from the tap, all day"}, "This says again what happened."),
        ({"escape_point": ""}, "Say where it could have been noticed"),
        ({"cause_category": "bad luck"}, "Choose a cause from the list."),
        ({"change_type": ""}, "Choose what the fix changes."),
        ({"due_on": ""}, "Say when the fix will be done."),
        ({"due_on": "2026-03-31"}, "This date has passed."),
        ({"criterion": ""}, "Say how both parties will see that it held."),
        ({"window_days": "0"}, "Watch the fix for one day at least."),
        ({"window_days": "soon"}, "Write a whole number."),
    ],
)
def test_a_plan_with_a_gap_comes_back_with_the_sentence_and_every_word(
    april: Cast, changes: dict[str, str], sentence: str
) -> None:
    sides = begun(april)
    page = sides.refused("owner", "plan", **PLAN | changes)
    errors = re.findall(r'class="field__error".*?<span>(.*?)</span></span>', page, re.DOTALL)
    assert [one for one in errors if one.startswith(sentence)], errors
    assert "notice--refused" not in page, "each refusal stands at its field"
    field, *_ = changes
    shown = re.search(rf'aria-describedby="[^"]*f-{field}-error', page)
    assert shown, "and at this one"
    for name, value in (PLAN | changes).items():
        if name not in ("cause_category", "change_type"):
            assert value.replace("’", "’") in page, name
    assert row(april, number_of(sides)).state == State.ACKNOWLEDGED
    assert plans.versions(row(april, number_of(sides))) == []


def test_what_was_reported_said_again_is_no_cause(april: Cast) -> None:
    sides = begun(april)
    report(april, "It floods the kitchen floor")
    with writing():
        told = moves.look(april.harbour.contract.id, 2)
        db.session.execute(
            Action.metadata.tables["report"].update().values(action_id=row(april, 1).id)
        )
    assert told is not None
    page = sides.refused("owner", "plan", **PLAN | {"root_cause": "It floods the kitchen floor!"})
    assert "This says again what happened." in page


def test_the_permanent_fix_waits_for_the_agreed_plan_and_containment_does_not(april: Cast) -> None:
    sides = begun(april)
    assert "waits for the agreed plan" in sides.refused("owner", "fix", text="Changed the tap")
    sides.does("owner", "containment", text="Valve closed")
    assert row(april, number_of(sides)).containment == "Valve closed"
    sides.does("owner", "plan", **PLAN)
    assert row(april, number_of(sides)).containment == "Valve closed", "said before the plan"


@pytest.mark.parametrize(
    ("owner", "category", "cause"),
    [
        ("customer", "equipment", "customer_access"),
        ("contractor", "leak", "customer_access"),
        ("contractor", "leak", "contractor_method"),
    ],
)
def test_either_party_owns_a_cause_on_either_side_and_the_other_verifies(
    april: Cast, owner: str, category: str, cause: str
) -> None:
    sides = begun(april, category)
    number = number_of(sides)
    assert row(april, number).owner_party == owner
    sides.does("owner", "plan", **PLAN | {"cause_category": cause, "due_on": "2026-04-01"})
    written = plans.versions(row(april, number))[0]
    assert written.cause == Cause(cause.partition("_")[0])
    for noun, said in (("plan-agreement", {}), ("plan-return", {"text": "Not by us"})):
        assert "Your own party wrote this plan" in sides.refused("owner", noun, **said)
    sides.does("other", "plan-agreement")
    sides.does("owner", "fix", text="Done as planned")
    assert "Your own party" in sides.refused("owner", "acceptance", text="We saw it")
    sides.does("other", "acceptance", text="Seen on the round of 1 April")
    watched = row(april, number)
    assert (watched.state, watched.outcome) == (State.MONITORING, Outcome.FIXED)
    pages = sides.other.get(f"{sides.url}/plans/1").text + sides.owner.get(sides.url).text
    assert not re.search(r"\b(blame|fault of|whose fault)\b", pages, re.IGNORECASE)


def test_a_scan_on_site_verifies_without_words(april: Cast) -> None:
    sides = begun(april)
    sides.does("owner", "plan", **PLAN)
    sides.does("other", "plan-agreement")
    sides.does("owner", "fix", text="Done as planned")
    assert "Scan the code on site" in sides.refused("other", "acceptance", scan="made-up")
    answer = sides.other.get(f"/Q/{april.harbour.codes['tap']}", follow_redirects=True)
    token = re.search(r"scan=([\w.~%-]+)", answer.text + answer.request.full_path)
    assert token, answer.request.full_path
    sides.does("other", "acceptance", scan=token[1])
    assert row(april, number_of(sides)).state == State.MONITORING
    accepted = select(_events.c.data).where(_events.c.kind == "action.accepted")
    assert db.session.execute(accepted).scalar_one()["scanned"] is True


def test_every_version_of_a_plan_stays_readable_and_says_what_changed(april: Cast) -> None:
    sides = begun(april)
    sides.does("owner", "plan", **PLAN)
    sides.does("other", "plan-return", text="Which round will see it?")
    page = sides.owner.get(f"{sides.url}/plan").text
    assert "Which round will see it?" in page
    assert PLAN["escape_point"] in page
    better = "The yearly round opens one cartridge a floor"
    sides.does("owner", "plan", **PLAN | {"escape_point": better})
    first, second = (sides.other.get(f"{sides.url}/plans/{n}").text for n in (1, 2))
    assert PLAN["escape_point"] in first
    assert "Which round will see it?" in first
    assert better in second
    assert second.count("plan__changed") == 1
    assert "Agree to the plan" in second
    assert "Agree to the plan" not in first
    assert sides.other.get(f"{sides.url}/plans/3").status_code == 404


def test_a_plan_whose_date_has_passed_is_returned_for_a_new_one(april: Cast) -> None:
    sides = begun(april)
    sides.does("owner", "plan", **PLAN | {"due_on": "2026-04-01"})
    with clock.standing_at(on(7, 4)):
        assert "has passed. Return it" in sides.refused("other", "plan-agreement")
        sides.does("other", "plan-return", text="A new date, please")


def test_the_second_to_answer_a_plan_is_told_and_changes_nothing(april: Cast) -> None:
    sides = begun(april)
    sides.does("owner", "plan", **PLAN)
    version = row(april, number_of(sides)).version
    sides.does("other", "plan-agreement", version=version)
    late = posted(sides.other, f"{sides.url}/plan-return", version=version, text="Hm")
    assert late.status_code == 409
    assert "Supervisor Customer was quicker" in late.text
    assert plans.versions(row(april, number_of(sides)))[0].agreed is True


def test_a_repair_has_no_plan_and_says_so(april: Cast) -> None:
    sides = Sides(april, report(april, "Drips"))
    sides.does("owner", "acknowledgement", category="leak", priority="P3")
    assert "propose to remove the cause" in sides.refused("owner", "plan", **PLAN)
    assert "This one is only repaired" in sides.owner.get(f"{sides.url}/plan").text
    assert "Propose to remove the cause" in sides.other.get(sides.url).text


def test_removing_the_cause_is_proposed_by_one_party_and_silence_agrees(april: Cast) -> None:
    sides = Sides(april, report(april, "Drips"))
    sides.does("other", "decisions", kind="deepening", text="The third time this year")
    with clock.standing_at(on(9, 4)):
        tick.due_now()
        assert row(april, number_of(sides)).depth == Depth.CORRECTION
    with clock.standing_at(on(9, 4, 9, 1)):
        while tick.due_now():
            pass
        assert row(april, number_of(sides)).depth == Depth.CORRECTIVE
        assert "the other did not object" in sides.owner.get(sides.url).text


# ---------------------------------------------------------------- similar places


def taps(cast: Cast, count: int) -> list[int]:
    here = cast.harbour.contract.id
    with writing():
        kitchen = tree.found(here, cast.harbour.places["kitchen"].id)
        return [
            tree.add(here, Kind.EQUIPMENT, f"Tap 2.14-{n}", kitchen).id for n in range(2, 2 + count)
        ]


def test_each_similar_place_is_fine_or_an_action_of_its_own(april: Cast) -> None:
    fine, too, unseen = taps(april, 3)
    sides = begun(april)
    page = sides.other.get(f"{sides.url}/similar").text
    for name in ("Tap 2.14-2", "Tap 2.14-3", "Tap 2.14-4"):
        assert name in page
    sides.does("other", "similar", **{f"place-{fine}": "fine", f"place-{too}": "too"})
    db.session.rollback()
    rows = {one.asset_id: one for one in db.session.execute(select(_similar))}
    assert set(rows) == {fine, too}
    assert rows[fine].child_id is None
    child = moves.by_id(april.harbour.contract.id, rows[too].child_id)
    parent = row(april, number_of(sides))
    assert (child.source, child.parent_id, child.asset_id) == ("similar", parent.id, too)
    assert (child.title, child.owner_party) == (parent.title, parent.owner_party)
    assert (child.depth, child.report_count) == (Depth.CORRECTION, 0)
    kinds = select(_events.c.kind).where(_events.c.action_id == child.id)
    assert db.session.execute(kinds).scalars().all() == ["action.opened"]
    told = select(_notices.c.lead_of).where(_notices.c.action_id == child.id)
    assert db.session.execute(told).scalars().all() == ["contractor"]
    page = sides.owner.get(f"{sides.url}/similar").text
    assert f"place-{unseen}" in page
    assert f"place-{too}" not in page, "a place is looked at once"
    assert f"No. {child.number}" in sides.owner.get(sides.url).text


def test_what_was_seen_at_a_place_that_is_fine_stands_in_the_history(april: Cast) -> None:
    (fine,) = taps(april, 1)
    sides = begun(april)
    sides.does("other", "similar", **{f"place-{fine}": "fine", "text": "K2 already, dry."})
    assert "K2 already, dry." in sides.owner.get(sides.url).text


def test_a_place_looked_at_already_is_refused_and_nothing_is_half_done(april: Cast) -> None:
    first, second = taps(april, 2)
    sides = begun(april)
    sides.does("owner", "similar", **{f"place-{first}": "fine"})
    both = {f"place-{second}": "too", f"place-{first}": "too"}
    sides.refused("other", "similar", **both)
    db.session.rollback()
    assert len(db.session.execute(select(_similar)).all()) == 1
    assert len(db.session.execute(select(_actions)).all()) == 1


@pytest.mark.parametrize("nothing", [{}, {"q": "tap"}])
def test_saying_nothing_of_any_place_is_refused(april: Cast, nothing: dict[str, str]) -> None:
    assert "one place at least" in begun(april).refused("owner", "similar", **nothing)


def test_places_of_another_contract_are_not_there(april: Cast) -> None:
    foreign = april.elsewhere.places["hall"].id
    sides = begun(april)
    answer = posted(sides.owner, f"{sides.url}/similar", **{f"place-{foreign}": "too"})
    assert answer.status_code == 404


def test_a_repair_looks_at_no_similar_places(april: Cast) -> None:
    (other,) = taps(april, 1)
    sides = Sides(april, report(april, "Drips"))
    assert "only" in sides.owner.get(f"{sides.url}/similar").text
    assert sides.refused("owner", "similar", **{f"place-{other}": "fine"})
