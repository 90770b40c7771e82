"""One action at a glance: whose turn, what is due, what held; the same facts for both parties."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import event, select, update

from inspection import clock, tick
from inspection.actions import coming_back, decisions, holds, moves, plans, similar
from inspection.actions.holds import Why
from inspection.actions.models import Action
from inspection.actions.moves import Wanted
from inspection.contracts.models import Requirement
from inspection.db import db, table, writing
from inspection.photos import evidence
from inspection.photos.pictures import Refined, refine
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.rules.corrective import CAUSES, PlanDraft
from inspection.rules.holds import Reason
from inspection.rules.lifecycle import Given, Move
from inspection.rules.states import Ask, Cause
from tests.cast import CALENDAR_DK, POLICY, Cast, agreed, finding, key, posted

MOST_STATEMENTS = 22
LEAD, HAND = "contractor.supervisor", "contractor.staff"
CLIENT = "customer.supervisor"
_actions, _requirements = table(Action), table(Requirement)

PLAN = PlanDraft(
    containment="A bucket under the tap, emptied by the night round",
    whys=("The washer had worn out again", "The water pressure is above what the tap stands"),
    root_cause="The pressure reducer of the riser is set too high",
    escape_point="Nobody measures the pressure after work on the riser",
    cause=Cause.CONTRACTOR,
    cause_category="",
    permanent_fix="Set the reducer to 3 bar and seal it",
    change_type="design",
    criterion="No drip at this riser",
    window_days=30,
)


def at(month: int, day: int, hour: int = 9) -> datetime:
    """An hour in Copenhagen's winter of 2026."""
    return datetime(2026, month, day, hour - 1, tzinfo=UTC)


def picture(shade: int) -> evidence.Kept:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 110, 255 - shade)).save(held, "JPEG")
    refined = refine(held.getvalue())
    assert isinstance(refined, Refined)
    return evidence.keep(refined)


class Course:
    """A story told on the record, moment by moment."""

    def __init__(self, cast: Cast) -> None:
        self.here, self.members = cast.harbour, cast.harbour.members

    @contextmanager
    def when(self, moment: datetime) -> Iterator[None]:
        db.session.rollback()
        with clock.standing_at(moment):
            while tick.due_now():
                pass
            with writing():
                yield

    def row(self, number: int) -> Any:
        return moves.found(self.here.contract.id, number)

    def report(self, words: str, place: str = "tap", shade: int = 60) -> None:
        said = Said(
            *(self.here.places[place], self.here.categories["leak"], words, "en", key()),  # type: ignore[arg-type]
            pictures=(picture(shade),),
        )
        receiving.receive(said)

    def move(self, number: int, move: Move, who: str, text: str = "", **more: Any) -> None:
        given = Given(text, len(more.get("pictures", ())), scanned=more.pop("scanned", False))
        moves.make(self.row(number), Wanted(move, self.members[who], given, **more))


def begun(cast: Cast) -> Course:
    """Both parties have agreed what is due when."""
    with clock.standing_at(at(11, 1)):
        agreed(cast.harbour, "sla_policy", POLICY)
        agreed(cast.harbour, "calendar", CALENDAR_DK)
    return Course(cast)


def course(cast: Cast) -> Course:
    """A tap that drips for the third time: a repair, a plan that did not hold, and now this."""
    told = begun(cast)
    _repaired(told)
    _planned(told)
    _came_back(told)
    db.session.rollback()
    return told


def _repaired(told: Course) -> None:
    with told.when(at(11, 2)):
        told.report("The tap drips into the sink all night")
    with told.when(at(11, 2, 11)):
        told.move(1, Move.ACKNOWLEDGE, LEAD)
    with told.when(at(11, 4)):
        told.move(1, Move.START, HAND)
        told.move(1, Move.FIX, HAND, "New washer", pictures=(picture(200),))
    with told.when(at(11, 5)):
        told.move(1, Move.ACCEPT, CLIENT)


def _planned(told: Course) -> None:
    with told.when(at(11, 16)):
        told.report("It drips again")
    with told.when(at(11, 16, 12)):
        coming_back.confirm(told.row(2), told.members[CLIENT], "The same tap", None)
    with told.when(at(11, 16, 14)):
        told.move(2, Move.ACKNOWLEDGE, LEAD)
        told.move(2, Move.CONTAIN, HAND, "A bucket under the tap, emptied by the night round")
    with told.when(at(11, 17)):
        plans.submit(told.row(2), told.members[LEAD], _plan(), None)
    with told.when(at(11, 18)):
        plans.agree(told.row(2), told.members[CLIENT], None)
    with told.when(at(11, 19)):
        told.move(2, Move.FIX, HAND, "Reducer set to 3 bar", pictures=(picture(220),))
        similar.check(told.row(2), told.members[HAND], told.here.places["hall"].id, False, "Same")
    with told.when(at(11, 20)):
        told.move(2, Move.ACCEPT, CLIENT, "The reading of the gauge", scanned=True)


def _plan() -> PlanDraft:
    cause = next(name for name, one in CAUSES.items() if one.side is Cause.CONTRACTOR)
    return replace(PLAN, cause_category=cause, due_on=date(2026, 11, 27))


def _came_back(told: Course) -> None:
    with told.when(at(12, 1)):
        told.report("Dripping once more, and the cupboard below is wet")
    with told.when(at(12, 1, 11)):
        number = _newest()
        coming_back.confirm(told.row(number), told.members[LEAD], "Same riser", None)
    with told.when(at(12, 1, 13)):
        told.move(number, Move.ACKNOWLEDGE, LEAD)
    with told.when(at(12, 1, 14)):
        holds.raise_hold(
            told.row(number),
            told.members[LEAD],
            Why(Reason.NO_ACCESS, "The kitchen was locked", pictures=(picture(90),)),
        )
    with told.when(at(12, 2, 10)):
        holds.lift(told.row(number), told.members[LEAD], "Key handed over")
    with told.when(at(12, 3, 15)):
        told.move(number, Move.CONTAIN, HAND, "The stop valve below the sink is shut")
    with told.when(at(12, 4)):
        decisions.ask(
            told.row(number),
            told.members[LEAD],
            Ask.ACCESS,
            "May we shut the riser on Saturday from 8 to 12?",
            {},
        )


def _newest() -> int:
    newest = select(_actions.c.number).order_by(_actions.c.id.desc()).limit(1)
    return int(db.session.execute(newest).scalar_one())


NOW = at(12, 4, 14)


def page(cast: Cast, number: int, who: str = LEAD, moment: datetime = NOW, **query: str) -> str:
    with clock.standing_at(moment):
        answer = cast.client(who).get(f"{cast.harbour.url}/actions/{number}", query_string=query)
    assert answer.status_code == 200, answer.text[-2000:]
    shown = re.sub(r"(?s)<dialog\b.*?</dialog>", "", answer.text)  # opens over the page when asked
    return re.sub(r"\s+", " ", shown)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_both_parties_see_the_same_clocks_turns_and_generations(cast: Cast) -> None:
    course(cast)
    ours, theirs = (page(cast, 4, who) for who in (LEAD, CLIENT))

    def cut(html: str) -> str:
        part = html[html.index('id="clocks"') : html.index('id="history"')]
        part = re.sub(r'<details class="move.*?</details>', "", part)
        return plain(part.replace(" chip--us", ""))

    assert cut(ours) == cut(theirs)
    assert "Clocks of both parties" in ours
    for word in ("Contain", "Plan", "Decide", "Contractor", "Customer"):
        assert word in cut(ours)


def test_the_page_says_whose_turn_it_is_what_is_due_and_what_was_late(cast: Cast) -> None:
    course(cast)
    top = page(cast, 4)
    top = top[top.index('aria-label="Whose turn"') : top.index("<aside")]
    assert "With them" in plain(top)
    assert "answer the question" in plain(top)
    assert "of working time left" in plain(top)
    assert '<svg class="clockbar clockbar--customer"' in top

    html = page(cast, 4, CLIENT)
    assert 'id="next-move"' not in html  # who is asked is led to the answer, not to another move
    assert "With us" in plain(html)
    contained = html[html.index('id="clocks"') :]
    contained = contained[contained.index("<strong>Contain</strong>") :]
    contained = contained[: contained.index("</li>")]
    assert 'class="clockbar__part--paused"' in contained
    assert 'class="clockbar__part--late"' in contained
    assert "late" in plain(contained)


def test_the_party_that_waited_can_relieve_the_other_and_the_lateness_stays(cast: Cast) -> None:
    told = course(cast)
    html = page(cast, 4, CLIENT)
    (address,) = re.findall(r'action="([^"]+/relief)"', html)
    assert "/relief" not in page(cast, 4, LEAD)
    with clock.standing_at(NOW):
        empty = posted(cast.client(CLIENT), address)
        assert empty.status_code == 422
        assert '<details class="move" open>' in empty.text
        relieved = posted(cast.client(CLIENT), address, text="We had locked the riser as well")
    assert relieved.status_code == 303, relieved.text
    html = page(cast, 4, CLIENT)
    assert '<span class="mark">Relieved</span>' in html
    assert "24 h late" in plain(html)
    assert told.row(4).breached


def test_the_chain_says_what_each_fix_was_worth_and_the_place_what_came_back(cast: Cast) -> None:
    told = course(cast)
    for number in (1, 2, 4):
        chain = page(cast, number)
        chain = plain(chain[chain.index('id="chain"') : chain.index('id="history"')])
        assert "held 12 days" in chain
        assert "did not hold" in chain
    assert "2.15 Hall" in page(cast, 2).partition('id="cause"')[2].partition("</section>")[0]
    child = page(cast, 3)
    assert "was looked for here too" in plain(child)
    html = cast.client(CLIENT).get(f"{told.here.url}/places/{told.here.places['tap'].id}").text
    came_back = plain(html[html.index('id="came-back"') : html.index('id="closed-here"')])
    assert came_back.index("Generation 3") < came_back.index("Generation 2")


def test_before_and_after_stand_side_by_side(cast: Cast) -> None:
    _repaired(begun(cast))
    html = page(cast, 1)
    pair = html[html.index('<div class="pair">') :]
    pair = pair[: pair.index("</div>")]
    assert 'alt="Before"' in pair
    assert 'alt="After"' in pair


def test_what_an_inspection_found_stands_where_a_report_would(cast: Cast) -> None:
    told = course(cast)
    with told.when(at(12, 4)):
        number = finding(told.here, 2, "level", "leak", "The fire door does not close")
    found, elsewhere = (page(cast, one) for one in (number, 3))
    assert re.search("What was found.*The fire door.*level 2.*An inspection", found)
    assert re.search(
        "What was found.*Same.*A similar place.*actions/2.*Staff Contractor", elsewhere
    )
    assert "What was reported" not in found + elsewhere


def test_an_action_shows_the_promise_it_points_to_and_the_versions_it_is_timed_by(
    cast: Cast,
) -> None:
    told = course(cast)
    body = {
        "requirements": [
            {
                "ref": "4.2",
                "title": "Tea kitchens",
                "standard_text": "Taps close and nothing drips.",
                "service_line": "building",
                "weight": 3,
                "method": "planned_sampling",
            }
        ]
    }
    agreed(told.here, "requirements", body)
    with writing():
        found = db.session.execute(select(_requirements.c.id)).scalar_one()
        db.session.execute(
            update(_actions).where(_actions.c.number == 4).values(requirement_id=found)
        )
    html = page(cast, 4)
    assert "<strong>4.2</strong> Tea kitchens" in html
    assert "Taps close and nothing drips." in html
    assert re.search(rf'{told.here.url}/agreements/\d+">SLA policy, version 1</a>', html)
    assert "newer work follows a newer one" not in html
    agreed(told.here, "sla_policy", {**POLICY, "response_means": "attended"})
    html = page(cast, 4)
    assert "SLA policy, version 1</a> (newer work follows a newer one)" in html


def test_one_button_leads_at_most(cast: Cast) -> None:
    told = course(cast)
    with told.when(at(12, 4, 10)):
        told.report("The socket is loose", "hall")
    for who, number in product((LEAD, CLIENT, HAND, "customer.executive"), range(1, 6)):
        html = page(cast, number, who)
        assert html.count("button--primary") <= 1, (number, who)


@pytest.mark.parametrize(
    ("steps", "who", "leads"),
    [
        (0, LEAD, "Acknowledge"),
        (1, LEAD, "Contained"),
        (2, LEAD, "Write the plan"),
        (3, CLIENT, "Agree to the plan"),
        (4, HAND, "Fixed"),
        (5, CLIENT, "The fix is in place"),
    ],
)
def test_each_step_against_a_cause_leads_to_the_next(
    cast: Cast, steps: int, who: str, leads: str
) -> None:
    told = Course(cast)
    begun = at(11, 16)
    with told.when(begun):
        told.report("It drips again")
    with writing():
        db.session.execute(update(_actions).values(depth="corrective"))
    done: list[Callable[[], object]] = [
        lambda: told.move(1, Move.ACKNOWLEDGE, LEAD),
        lambda: told.move(1, Move.CONTAIN, HAND, "A bucket"),
        lambda: plans.submit(told.row(1), told.members[LEAD], _plan(), None),
        lambda: plans.agree(told.row(1), told.members[CLIENT], None),
        lambda: told.move(1, Move.FIX, HAND, "Reducer set"),
    ]
    for n, step in enumerate(done[:steps]):
        with told.when(begun + timedelta(hours=n)):
            step()
    html = page(cast, 1, who, begun + timedelta(hours=6))
    (button,) = re.findall(r'<(?:button|a)[^>]*class="[^"]*button--primary.*?</(?:button|a)>', html)
    assert leads in plain(button)


def test_another_priority_leaves_the_old_due_moment_readable(cast: Cast) -> None:
    told = begun(cast)
    with told.when(at(12, 3)):
        told.report("The dishwasher leaks", "kitchen")
    number = 1
    with told.when(at(12, 3, 10)):
        told.move(number, Move.ACKNOWLEDGE, LEAD)
        decisions.ask(
            told.row(number), told.members[LEAD], Ask.PRIORITY, "It can wait", {"priority": "P4"}
        )
    with told.when(at(12, 3, 12)):
        decision = decisions.shown(told.row(number), told.members[CLIENT])["decisions"][0]
        decisions.answer(told.row(number), told.members[CLIENT], decision.row.id, "yes", "")
    html = plain(page(cast, number, LEAD, at(12, 3, 13)))
    assert re.search(
        r"P3 became P4 .{3,12} 12:00; until then the next thing was due 10 Dec 09:00", html
    )


def test_my_work_says_what_is_due_and_what_comes_first(cast: Cast) -> None:
    told = begun(cast)
    hand = told.members[HAND].id
    with told.when(at(12, 1)):
        told.report("The first one")
    with told.when(at(12, 1, 10)):
        told.report("A small one")
    for number, priority in ((1, "P4"), (2, "P3")):
        with told.when(at(12, 1, 11)):
            columns = {"assignee_id": hand, "priority": priority}
            told.move(number, Move.ACKNOWLEDGE, LEAD, columns=columns)
    with clock.standing_at(at(12, 9)):
        html = cast.client(HAND).get(f"{told.here.url}/my-work").text
    assert html.index("A small one") < html.index("The first one")
    assert "1 late" in plain(html)
    assert "2 jobs" in plain(html)
    assert 'class="clock clock--late"' in html


def test_the_page_costs_few_statements_however_long_its_history(cast: Cast) -> None:
    told = course(cast)
    before = _statements(cast, 4)
    with told.when(at(12, 4, 13)):
        for n in range(10):
            told.move(4, Move.COMMENT, CLIENT, f"And another word, {n}", pictures=(picture(n),))
            similar.check(told.row(4), told.members[HAND], told.here.places["level"].id, True) if (
                n == 0
            ) else None
    after = _statements(cast, 4)
    assert len(after) == len(before), "\n".join(after)
    assert len(after) <= MOST_STATEMENTS, "\n\n".join(after)


def _statements(cast: Cast, number: int) -> list[str]:
    client, asked = cast.client(LEAD), []

    def note(*args: Any) -> None:
        asked.append(str(args[2]))

    with clock.standing_at(NOW):
        client.get(f"{cast.harbour.url}/actions/{number}")  # what is remembered once
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            client.get(f"{cast.harbour.url}/actions/{number}")
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
    return [text for text in asked if not text.startswith(("PRAGMA", "BEGIN", "SET"))]
