"""What a visit finds below standard becomes work in the one queue, with its words and photos."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from inspection.actions import merging, moves, standing
from inspection.actions.models import Action, Clock
from inspection.actions.moves import Wanted
from inspection.alerts.models import Notice
from inspection.contracts.models import Category
from inspection.db import db, table, writing
from inspection.journal import Event, EventText
from inspection.photos.evidence import Kept
from inspection.rules import checklist_body, scale
from inspection.rules.checklist import Answer, Checklist, judge
from inspection.rules.lifecycle import Given, Move
from inspection.visits import findings, record, starting, submitting
from inspection.visits.filled import Filled
from inspection.web import Refused
from tests.cast import (
    CALENDAR_DK,
    FINE,
    POLICY,
    PROMISES,
    ROOM,
    Cast,
    Setting,
    agreed,
    finding,
    visited,
)

_actions, _events, _texts = table(Action), table(Event), table(EventText)
USUAL = scale.read(scale.PROPOSED)
assert not isinstance(USUAL, list)


def begin(here: Setting, place: str = "kitchen", who: str = "contractor.staff") -> int:
    agreed(here, "requirements", PROMISES)
    agreed(here, "checklist", ROOM, subject="room")
    with writing():
        return starting.begin(here.members[who], here.contract.id, here.places[place].id, "room")


def submit(here: Setting, visit: int, **answers: Any) -> tuple[findings.Placed, ...]:
    given = {
        key: one if isinstance(one, Answer) else Answer(one)
        for key, one in {**FINE, **answers}.items()
    }
    with writing():
        return submitting.submit(
            here.members["contractor.staff"], visit, Filled(given, language="en")
        ).findings


def action(here: Setting, number: int | None) -> Any:
    assert number is not None
    return standing.found(here.contract.id, number)


def told(kind: str) -> list[tuple[Any, str]]:
    asked = select(_events, _texts.c.text).join_from(
        _events, _texts, _texts.c.event_id == _events.c.id, isouter=True
    )
    rows = db.session.execute(asked.where(_events.c.kind == kind).order_by(_events.c.seq))
    return [(row, row.text) for row in rows]


def close(here: Setting, number: int) -> None:
    """Let both parties agree that it is done."""
    with writing():
        for who, move in (("contractor", Move.FIX), ("customer", Move.ACCEPT)):
            row = action(here, number)
            by = here.members[f"{who}.supervisor"]
            if row.state == "received":
                moves.make(row, Wanted(Move.ACKNOWLEDGE, by))
                moves.make(action(here, number), Wanted(Move.START, by))
            moves.make(action(here, number), Wanted(move, by, Given("Done"), pictures=()))


# ---------------------------------------------------------------- work of its own


def test_each_finding_of_a_visit_is_its_own_action_with_its_words(cast: Cast) -> None:
    here = cast.harbour
    agreed(here, "sla_policy", POLICY)
    agreed(here, "calendar", CALENDAR_DK)
    visit = begin(here)
    note = "Coffee on the floor\nand under the table"
    clean = Answer(2, note=note, no_photo="Dark")
    placed = submit(here, visit, clean=clean, dry="fail", why_wet="x", heat=45)
    assert [(one.item, one.how, one.number) for one in placed] == [
        ("clean", "opened", 1),
        ("dry", "opened", 2),
        ("heat", "opened", 3),
    ]
    rows = [action(here, one.number) for one in placed]
    assert [row.title for row in rows] == [
        "Coffee on the floor and under the table",
        "Floor is dry: failed",
        "Hot water: 45 °C, 50 to 60 asked",
    ]
    assert {row.source for row in rows} == {"finding"}
    assert {row.asset_id for row in rows} == {here.places["kitchen"].id}
    assert [(row.severity, row.depth) for row in rows] == [
        (2, "correction"),
        (1, "corrective"),  # critical
        (2, "correction"),
    ]
    assert {row.requirement_id for row in rows} == {rows[0].requirement_id}
    opened = told("action.opened")
    assert [text for _, text in opened] == [note, rows[1].title, rows[2].title]
    assert opened[1][0].data == {"source": "finding", "level": 1, "visit": visit, "item": "dry"}
    clocks = select(table(Clock).c.action_id).distinct()
    assert set(db.session.execute(clocks).scalars()) == {row.id for row in rows}


def test_the_party_that_owns_the_work_is_told_of_each(cast: Cast) -> None:
    visited(cast.harbour, "kitchen", {**FINE, "heat": 45, "dry": "fail", "why_wet": "x"})
    asked = select(table(Notice).c.lead_of).where(table(Notice).c.action_id.is_not(None))
    assert db.session.execute(asked).scalars().all() == ["contractor", "contractor"]


def test_the_category_that_watches_the_promise_takes_the_finding(cast: Cast) -> None:
    here = cast.harbour
    watching = update(table(Category)).where(table(Category).c.key == "leak")
    with writing():
        db.session.execute(watching.values(requirement_ref="8.C.1.a"))
    (placed,) = submit(here, begin(here), heat=45)
    assert action(here, placed.number).category_id == here.categories["leak"].id


def test_a_category_retired_meanwhile_still_takes_it(cast: Cast) -> None:
    here = cast.harbour
    visit = begin(here)
    with writing():
        gone = update(table(Category)).where(table(Category).c.key == "cleaning")
        db.session.execute(gone.values(active=False))
    (placed,) = submit(here, visit, heat=45)
    assert action(here, placed.number).category_id == here.categories["cleaning"].id


def test_what_came_back_after_a_fix_is_suspected_to_be_a_repeat(cast: Cast) -> None:
    here = cast.harbour
    (first,) = submit(here, begin(here), heat=45)
    assert first.number is not None
    close(here, first.number)
    with writing():
        again = starting.begin(
            here.members["contractor.staff"], here.contract.id, here.places["kitchen"].id, "room"
        )
    placed = submit(here, again, heat=44, dry="fail", why_wet="x")
    (suspected,) = told("action.repeat_suspected")
    assert suspected[0].data["earlier"] == first.number
    assert suspected[0].action_id == action(here, placed[0].number).id


# ---------------------------------------------------------------- corrected on the spot


def test_corrected_on_the_spot_is_nobodys_work(cast: Cast) -> None:
    here = cast.harbour
    visit = begin(here)
    corrected = Answer(2, note="Wiped it up", no_photo="Dark", corrected=True)
    (placed,) = submit(here, visit, clean=corrected)
    assert (placed.how, placed.number) == ("corrected", None)
    (found,) = record.findings(record.found(here.contract.id, visit))
    assert (found.corrected, found.action_id, found.words) == (True, None, "Wiped it up")
    assert db.session.execute(select(_actions.c.id)).all() == []


def test_corrected_on_the_spot_is_shown_by_a_photo_or_said(cast: Cast) -> None:
    here = cast.harbour
    visit = begin(here)
    with pytest.raises(Refused) as refused:
        submit(here, visit, heat=Answer(45, corrected=True))
    assert [(one.where, one.code) for one in refused.value.refusals] == [
        ("after-heat", "visit.correction_unproven")
    ]
    after = Kept("a" * 64, "b" * 64, "c" * 64, 4, 3, 10, "after-heat")
    given = {**{key: Answer(one) for key, one in FINE.items()}, "heat": Answer(45, corrected=True)}
    with writing():
        submitting.submit(
            here.members["contractor.staff"], visit, Filled(given, {"heat": ((), (after,))})
        )
    assert record.findings(record.found(here.contract.id, visit))[0].corrected


# ---------------------------------------------------------------- joined to open work


@pytest.mark.parametrize("place", ["kitchen", "tap", "level"])
def test_a_finding_joins_an_open_action_here_above_or_below(cast: Cast, place: str) -> None:
    here = cast.harbour
    number = finding(here, 2, place, "cleaning", "The tap drips")
    visit = begin(here)
    (placed,) = submit(here, visit, heat=Answer(45, joins=number, note="Still cold"))
    assert (placed.how, placed.number) == ("joined", number)
    (found,) = record.findings(record.found(here.contract.id, visit))
    assert (found.joined, found.number) == (True, number)
    ((event, text),) = told("action.finding_joined")
    assert (event.action_id, event.data["visit"], text) == (found.action_id, visit, "Still cold")
    assert action(here, number).depth == "correction"
    assert len(db.session.execute(select(_actions.c.id)).all()) == 1


def test_a_critical_finding_makes_the_action_it_joins_corrective_once(cast: Cast) -> None:
    here = cast.harbour
    number = finding(here, 2, "kitchen", "cleaning", "The floor is wet")
    again = Answer(1, joins=number, no_photo="Dark")
    placed = submit(here, begin(here), clean=again, dry=Answer("fail", joins=number), why_wet="x")
    assert [(one.how, one.number) for one in placed] == [("joined", number)] * 2
    assert action(here, number).depth == "corrective"
    assert len(told("action.deepened")) == 1


def test_what_was_closed_meanwhile_is_opened_anew_and_that_is_said(cast: Cast) -> None:
    here = cast.harbour
    number = finding(here, 2, "kitchen", "cleaning", "The tap drips")
    visit = begin(here)
    close(here, number)
    (placed,) = submit(here, visit, heat=Answer(45, joins=number))
    assert (placed.how, placed.instead_of) == ("opened", number)
    assert placed.number not in (None, number)
    assert told("action.opened")[-1][0].data["instead_of"] == number


def test_what_was_merged_meanwhile_joins_what_it_was_merged_into(cast: Cast) -> None:
    here = cast.harbour
    number, master = (finding(here, 2, "kitchen", "cleaning", words) for words in ("It", "Same"))
    with writing():
        into = action(here, master).id
        values = {"state": "closed", "merged_into_id": into, "listed": False}
        db.session.execute(update(_actions).where(_actions.c.number == number).values(values))
    (placed,) = submit(here, begin(here), heat=Answer(45, joins=number))
    assert (placed.how, placed.number) == ("joined", master)


def test_an_action_elsewhere_or_nowhere_is_not_joined(cast: Cast) -> None:
    here = cast.harbour
    there = finding(here, 2, "hall", "cleaning", "The hall is wet")
    theirs = finding(cast.elsewhere, 2, "kitchen", "cleaning", "Not ours")
    visit = begin(here)
    for number in (there, 99, -1):
        with pytest.raises(Refused) as refused:
            submit(here, visit, heat=Answer(45, joins=number))
        assert [one.where for one in refused.value.refusals] == ["joins-heat"]
    assert theirs == there, "the number alone would have found it"


def test_it_is_either_put_right_or_part_of_open_work(cast: Cast) -> None:
    here = cast.harbour
    number = finding(here, 2, "kitchen", "cleaning", "The tap drips")
    with pytest.raises(Refused) as refused:
        submit(here, begin(here), heat=Answer(45, note="x", corrected=True, joins=number))
    assert [one.where for one in refused.value.refusals] == ["joins-heat"]


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        ({"kind": "level"}, 2, "Sink: 2 Below"),
        ({"kind": "number", "low": 50, "unit": "°C"}, 45.5, "Sink: 45.5 °C, at least 50 asked"),
        ({"kind": "number", "high": 4.5}, "warm", "Sink: warm, at most 4.5 asked"),
        ({"kind": "count", "low": 2, "high": 3}, 5, "Sink: 5, 2 to 3 asked"),
        ({"kind": "pass_fail"}, "fail", "Sink: failed"),
        ({"kind": "choices", "constraint": "false()"}, ["a", "b"], "Sink: Old, Loose"),
        ({"kind": "text", "constraint": ". = 'x'"}, "rust", "Sink: rust"),
    ],
)
def test_without_a_note_the_item_says_what_was_found(
    cast: Cast, item: dict[str, Any], value: Any, said: str
) -> None:
    options = [{"value": "a", "label": "Old"}, {"value": "b", "label": "Loose"}]
    one = {"key": "sink", "label": {"da": "Vask", "en": "Sink"}, "requirement": "1", **item}
    if one["kind"] == "choices":
        one["options"] = options
    made = checklist_body.read(
        {"title": "One", "kinds": ["space"], "category": "x", "items": [one]}
    )
    assert isinstance(made, Checklist), made
    (judged,) = judge(made, {"sink": Answer(value)})
    assert findings.words(judged, USUAL, "en") == said
    assert findings.words(judged, USUAL, "da").startswith("Vask: ")


# ---------------------------------------------------------------- on the page of the action


def test_the_page_of_an_action_shows_what_visits_found_with_their_photos(cast: Cast) -> None:
    here = cast.harbour
    red = Kept("a" * 64, "b" * 64, "c" * 64, 40, 30, 1000, "photos-clean")
    visit = begin(here)
    given = {key: Answer(one) for key, one in FINE.items()}
    given["clean"] = Answer(2, note="Coffee", photos=1)
    with writing():
        placed = submitting.submit(
            here.members["contractor.staff"], visit, Filled(given, {"clean": ((red,), ())})
        ).findings
    agreed(here, "checklist", {**ROOM, "items": ROOM["items"][:1]}, subject="room")
    number = placed[0].number
    later = visited(
        here,
        "kitchen",
        {"clean": Answer(1, note="And again", no_photo="Dark", joins=number)},
        "customer.staff",
    )
    seen = findings.of_action(here.contract.id, action(here, number).id)
    assert [(one.visit_id, one.words, one.joined) for one in seen] == [
        (visit, "Coffee", False),
        (later, "And again", True),
    ]
    assert seen[0].item.label == {"en": "Floor is clean", "da": "Gulvet er rent"}
    assert (seen[0].inspector, seen[0].party, seen[0].level) == (
        *("Staff Contractor", "contractor"),
        2,
    )
    assert [photo.picture for photo in seen[0].photos] == ["b" * 64]
    assert seen[1].photos == []
    assert findings.of_action(cast.elsewhere.contract.id, action(here, number).id) == []


def test_a_finding_follows_its_action_when_it_is_merged_and_comes_back(cast: Cast) -> None:
    """Merging moves the evidence: both parties find it where the work is."""
    here = cast.harbour
    by = here.members["customer.supervisor"]
    visited(here, "kitchen", {**FINE, "dry": "fail", "heat": 20, "why_wet": "sink"})
    asked = select(_actions.c.number).where(_actions.c.contract_id == here.contract.id)
    first, second = db.session.execute(asked.order_by(_actions.c.number)).scalars()
    master, one = (moves.found(here.contract.id, number) for number in (first, second))
    with writing():
        merging.merge(one, master, by, one.version)
    assert len(findings.of_action(here.contract.id, master.id)) == 2
    assert findings.of_action(here.contract.id, one.id) == []
    with writing():
        merging.unmerge(moves.found(here.contract.id, second), by, None)
    assert len(findings.of_action(here.contract.id, master.id)) == 1
    assert len(findings.of_action(here.contract.id, one.id)) == 1
