"""What somebody with one login for each party can do and see, row by row of DOMAIN 3.

Each test leaves the picture that tells it in the folder that TANDEM_SCREENSHOTS names. All of it
happens in the spring of 2026, on the calendar of the other tests: Mon–Fri 08–16 in Copenhagen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from inspection import clock, tick
from inspection.contracts import agreements, buttons
from inspection.contracts.models import Category
from inspection.db import db
from inspection.rules import scale as scales
from inspection.rules.access import Party
from inspection.rules.scale import Scale
from tests.browser.conftest import DESK, PHONE, Live
from tests.browser.test_story import Thumb
from tests.cast import (
    CALENDAR_DK,
    FINE,
    POLICY,
    PROMISES,
    ROOM,
    Setting,
    agreed,
    finding,
    key,
    posted,
    visited,
)
from tests.inspection.plans import planning
from tests.inspection.queue.test_ca_life import PLAN, on

pytestmark = pytest.mark.browser

LEAD, CLIENT = "contractor.supervisor", "customer.supervisor"
HAND, CLIENT_HAND = "contractor.staff", "customer.staff"
SIDES, ROLES = ("contractor", "customer"), ("supervisor", "staff")
START = (1, 4, 9)  # of the calendar: day, month, hour
WANTED = "TANDEM_SCREENSHOTS"
ACCUSING = re.compile(r"\b(?:faults?|faulty|blam\w+|guilt\w*|culprit)\b", re.IGNORECASE)
WARNED, LATE = "The time agreed is running out", "Late: the time agreed is over"
TECHNICAL = re.compile(r"no fault found", re.IGNORECASE)  # of a thing, never of somebody


class Person(Thumb):
    """One of the two parties; takes pictures only for somebody who wants them."""

    def picture(self, name: str) -> None:
        if os.environ.get(WANTED):
            super().picture(name)


@dataclass
class Rows:
    """A running contract that both parties look at, each person in a browser of their own."""

    live: Live
    browser: Browser
    pictures: Path
    leaving: ExitStack
    screens: list[BrowserContext] = field(default_factory=list)  # that have a clock of their own

    @property
    def here(self) -> Setting:
        return self.live.cast.harbour

    def enters(self, who: str | None, screen: Any = DESK, **options: Any) -> Person:
        context = self.browser.new_context(**({"viewport": screen, "locale": "en-GB"} | options))
        self.leaving.callback(context.close)
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        self.leaving.callback(_none, errors)
        if options.get("java_script_enabled", True):
            context.clock.install(time=clock.now())
            self.screens.append(context)
        if who:
            self.live.sign_in(context, who)
        return Person(context.new_page(), self.live, self.pictures)

    def both(self, role: str = "supervisor") -> tuple[Person, Person]:
        """The same role of both parties: the contractor's, the customer's."""
        ours, theirs = (self.enters(f"{side}.{role}") for side in SIDES)
        return ours, theirs

    def comes(self, *moment: int) -> None:
        """It is that day, month, hour and minute of 2026 everywhere; tick has been there."""
        gone = on(*moment) - clock.now()
        self.leaving.enter_context(clock.standing_at(on(*moment)))
        with self.live.app.app_context():
            while tick.due_now():
                pass
        for screen in self.screens:
            screen.clock.fast_forward(int(gone / timedelta(milliseconds=1)))

    def agree(self, kind: str, body: dict[str, Any], subject: str = "") -> int:
        with self.live.app.app_context():
            return agreed(self.here, kind, body, subject=subject)

    def planned(self, moment: datetime, **changes: Any) -> None:
        """Since that moment both parties have agreed on a checklist for rooms and on a plan."""
        with self.live.app.app_context(), clock.standing_at(moment):
            planning.sign(self.here, **changes)
            planning.lay(self.here, batch=1000)

    def inspected(
        self, place: str, answers: Mapping[str, Any] = FINE, by: str = HAND, **more: Any
    ) -> str:
        """What the test is not about goes without a browser: the end of a visit's address."""
        with self.live.app.app_context():
            return f"visits/{visited(self.here, place, answers, by=by, **more)}"

    def found(self, level: int, place: str, category: str, words: str) -> str:
        with self.live.app.app_context():
            return str(finding(self.here, level, place, category, words))

    def says(self, who: str, address: str, **fields: Any) -> None:
        """What the test is not about goes without a browser: post a form as `who`."""
        with self.live.app.app_context():
            client = self.live.cast.client(who)
        answer = posted(client, f"{self.here.url}/{address}", **fields)
        assert answer.status_code == 303, answer.text[:2000]

    def fixed(self, number: str, owner: str = "contractor", category: str = "leak") -> None:
        """Acknowledged, planned, agreed and carried out."""
        lead, other = f"{owner}.supervisor", f"{_other(owner)}.supervisor"
        action = f"actions/{number}"
        self.says(lead, f"{action}/acknowledgement", category=category, priority="P3")
        self.says(lead, f"{action}/plan", **PLAN)
        self.says(other, f"{action}/plan-agreement")
        self.says(lead, f"{action}/fix", text="Thirty cartridges changed")


def _none(errors: list[str]) -> None:
    assert errors == []


def _other(side: str) -> str:
    return SIDES[1 - SIDES.index(side)]


def folder_for(name: str, tmp_path: Path) -> Path:
    """Where the pictures of this run go."""
    named = os.environ.get(WANTED)
    folder = Path(named) / name if named else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def running(live: Live, browser: Browser, pictures: Path) -> Iterator[Rows]:
    """Wednesday morning; calendar and policy were signed a month ago."""
    agreements.forget()
    with clock.standing_at(on(*START)), ExitStack() as leaving:
        one = Rows(live, browser, pictures, leaving)
        with clock.standing_at(on(1, 3)):
            one.agree("calendar", CALENDAR_DK)
            one.agree("sla_policy", POLICY)
        yield one
    agreements.forget()


@pytest.fixture
def rows(live: Live, browser: Browser, tmp_path: Path) -> Iterator[Rows]:
    with running(live, browser, folder_for("rows", tmp_path)) as one:
        yield one


# ---------------------------------------------------------------- what a page says


def forged(thumb: Thumb, address: str, **fields: Any) -> tuple[int, str]:
    """Post a form that no page offers, from the person's own browser: status and text."""
    status, text = thumb.page.evaluate(
        """async ([url, fields, accept]) => {
          const answer = await fetch(url, {
            method: "POST", headers: { Accept: accept }, body: new URLSearchParams(fields)
          });
          return [answer.status, await answer.text()];
        }""",
        [
            f"{thumb.live.url}{thumb.live.cast.harbour.url}/{address}",
            {"submission_key": key()} | fields,
            "application/json",
        ],
    )
    return status, text


def main(thumb: Thumb) -> Locator:
    return thumb.page.get_by_role("main")


def move(thumb: Thumb, label: str) -> Locator:
    """A move behind its name, opened."""
    one = thumb.page.locator("details.move", has=thumb.page.get_by_text(label, exact=True)).first
    one.locator("summary").first.click()
    return one


def notices(thumb: Thumb, words: str) -> Locator:
    thumb.open("inbox")
    return thumb.page.locator(".timeline li", has_text=words)


def due(thumb: Thumb, number: str, kind: str) -> str:
    """When a clock of an action runs out, as its page says it exactly."""
    thumb.open(f"actions/{number}")
    one = thumb.page.locator(".clocks__one", has=thumb.page.get_by_text(kind, exact=True))
    return str(one.locator("time.due").get_attribute("datetime"))


# ---------------------------------------------------------------- A: one shared quality tool


def test_a_finding_shows_the_numbered_promise_it_is_about(rows: Rows) -> None:
    """A1: meeting the standard is the shared objective."""
    rows.agree("requirements", PROMISES)
    with rows.live.app.app_context():
        body = buttons.here(rows.here.contract.id)
    for one in body["categories"]:
        one["requirement_ref"] = "8.C.1.a" if one["key"] == "cleaning" else ""
    rows.agree("categories", body)
    with rows.live.app.app_context():
        cleaning = rows.here.categories["cleaning"].id
        rows.here.categories["cleaning"] = db.session.get_one(Category, cleaning)
    number = rows.found(2, "kitchen", "cleaning", "No soap, and the floor is sticky")
    for thumb in rows.both():
        thumb.open(f"actions/{number}")
        facts = thumb.page.locator(".facts")
        expect(facts).to_contain_text("8.C.1.a")
        expect(facts.get_by_text("No visible dirt; soap and paper are there.")).to_be_visible()
        thumb.picture("A1-the-promise-of-a-finding")
        thumb.open("requirements")
        promise = thumb.page.locator(".promises > li", has_text="8.C.1.a")
        expect(promise).to_contain_text(re.compile(r"Open actions\s*1"))


def test_an_item_that_nobody_promised_cannot_be_proposed(rows: Rows) -> None:
    """A1, the other half: nothing is inspected that was not promised."""
    rows.agree("requirements", PROMISES)
    lead, boss = rows.enters(LEAD), rows.enters("contractor.manager")
    lead.open("checklists")
    lead.page.get_by_label("Name of the checklist").fill("Washroom, daily")
    lead.page.get_by_label("What are its findings about?").select_option("cleaning")
    lead.button("Begin it: write its items").click()
    lead.page.locator("[name=items-0-label]").fill("Floor is clean")
    address = _keeps(lead)
    unpromised = "“Floor is clean” has no requirement. Nothing is inspected that was not promised."
    boss.open(address)
    expect(main(boss)).to_contain_text(unpromised)
    expect(boss.button("Propose it to the other party")).to_have_count(0)
    boss.picture("A1-an-item-nobody-promised")
    status, text = forged(boss, f"{address}/proposal", version="2", note="As talked about")
    assert status == 422
    assert "checklist.no_requirement" in text
    lead.open(f"{address}/form")
    lead.page.locator("[name=items-0-requirement]").select_option("8.C.1.a")
    _keeps(lead)
    boss.open(address)
    _proposes(boss)


def _end_of(thumb: Thumb) -> str:
    """Of the address of the page that is open: what comes after the contract."""
    return thumb.page.url.partition("?")[0].partition(f"{thumb.live.cast.harbour.url}/")[2]


def _keeps(thumb: Thumb) -> str:
    """Keep the form of an agreement as a draft; the end of its address."""
    thumb.button("Keep the draft").last.click()
    expect(main(thumb)).to_contain_text("The draft is kept")
    return _end_of(thumb)


def _proposes(thumb: Thumb) -> None:
    thumb.page.get_by_label("Why? The other party reads this first").fill("One more is honest.")
    thumb.button("Propose it to the other party").click()
    expect(main(thumb)).to_contain_text("It waits for the other party")


def _card(thumb: Thumb, page: str, name: str) -> Locator:
    """What is said on a page of one thing that can be signed."""
    thumb.open(page)
    title = thumb.page.get_by_role("heading", level=2, name=name, exact=True)
    return thumb.page.locator(".card", has=title)


def _to_do(thumb: Thumb) -> int:
    """How many visits of the plan are planned, as the list of plans says."""
    said = re.search(r"(\d+) visits? planned", _card(thumb, "plans", "Rooms").inner_text())
    assert said
    return int(said[1])


def test_a_plan_edited_by_one_party_changes_nothing_until_the_other_agrees(rows: Rows) -> None:
    """A2: inspection plans are developed by both."""
    rows.planned(on(2, 3))
    ours, theirs = rows.both("manager")
    weekly = _to_do(ours)
    _card(ours, "plans", "Rooms").get_by_role("button", name="Draft the next version").click()
    ours.page.get_by_role("link", name="Change the draft").click()
    ours.page.get_by_label("Every how many weeks").fill("2")
    address = _keeps(ours)
    _proposes(ours)
    rows.comes(1, 4, 10)
    for thumb in (ours, theirs):
        assert _to_do(thumb) == weekly  # still inactive
        card = _card(thumb, "plans", "Rooms")
        expect(card).to_contain_text(re.compile(r"Proposed\s*Version 2"))
        expect(card).to_contain_text(re.compile(r"In force\s*Version 1"))
        expect(card).to_contain_text("Every Monday")
        thumb.open(address)
        expect(thumb.page.locator(".head")).to_contain_text("Proposed")
    theirs.picture("A2-the-customer-is-asked")
    theirs.button("Agree: put it in force").click()
    expect(theirs.page.locator(".head")).to_contain_text("In force")
    rows.comes(1, 4, 11)
    for thumb in (ours, theirs):
        assert _to_do(thumb) < weekly * 0.6
        expect(_card(thumb, "plans", "Rooms")).to_contain_text("Every 2 weeks on Monday")
        thumb.open(address)
        expect(thumb.page.locator(".head")).to_contain_text("In force")
        history = thumb.page.locator(".timeline")
        for name in ("Manager Contractor", "Manager Customer"):
            expect(history).to_contain_text(name)
        thumb.picture("A2-both-names-in-the-history")


def test_what_one_party_inspects_the_other_sees_without_being_given_it(
    rows: Rows, tmp_path: Path
) -> None:
    """A3: the results of inspections are shared, and the reverse."""
    rows.agree("requirements", PROMISES)
    rows.agree("checklist", ROOM, subject="room")
    picture = tmp_path / "IMG_1.jpg"
    Image.effect_noise((400, 300), 60).convert("RGB").save(picture, "JPEG")
    watching = dict(zip(SIDES, rows.both(), strict=True))
    for side, place in zip(SIDES, ("kitchen", "hall"), strict=True):
        hand, other = rows.enters(f"{side}.staff", PHONE), watching[_other(side)]
        address = _begins(hand, place)
        other.open(address)
        expect(main(other)).to_contain_text("Both parties see the answers once they are submitted")
        hand.page.locator("[name=photos-clean]").set_input_files(picture)
        _answers(hand, clean="2", dry="pass", heat="55")
        hand.page.locator("[name=n-clean]").fill(f"Stains, says the {side}")
        hand.button("Submit the inspection").click()
        hand.page.wait_for_url(f"**/{address}*")
        other.open("visits")
        other.page.locator(f".visits__one a[href$='/{address}']").click()
        found = other.page.get_by_role("region", name="Findings")
        expect(found).to_contain_text(f"Stains, says the {side}")
        expect(found.locator("img")).to_have_js_property("complete", value=True)
        assert found.locator("img").evaluate("one => one.naturalWidth") > 0
        other.picture(f"A3-what-the-{side}-found-seen-by-the-{_other(side)}")


def _begins(thumb: Thumb, place: str, title: str = ROOM["title"]) -> str:
    """Scan the code there and begin a checklist on the spot; the end of the visit's address."""
    thumb.page.goto(f"{thumb.live.url}/Q/{thumb.live.cast.harbour.codes[place]}")
    thumb.button(title).click()
    thumb.page.wait_for_url("**/form")
    thumb.button("All on one page").click()
    return _end_of(thumb).removesuffix("/form")


def _answers(thumb: Thumb, **given: str) -> None:
    """Choose or type, by the keys of the items."""
    for item, value in given.items():
        field = thumb.page.locator(f"[name=a-{item}]")
        if field.first.get_attribute("type") == "radio":
            thumb.page.locator(f"label:has([name=a-{item}][value='{value}'])").click()
        else:
            field.fill(value)


def _queue(thumb: Thumb) -> dict[str, list[list[str]]]:
    """What the queue says of each row, by whose turn it is; the first side first."""
    return {
        str(part.get_attribute("data-side")): [
            row.locator(
                "td:not(.queue__pick, .queue__turn), th"  # "with us" is the other's "with them"
            ).all_inner_texts()
            for row in part.locator("tr[data-number]").all()
        ]
        for part in thumb.page.locator("section[data-side]").all()
    }


def _counts(thumb: Thumb) -> dict[str, str]:
    """The counts beside the filters; the names of hands are one party's own."""
    links = thumb.page.locator(".filter__group:not(:has-text('Assigned to')) .count-link").all()
    said = [link.inner_text().split() for link in links]
    return {" ".join(words): words[-1] for words in said}


def test_both_parties_see_the_same_rows_and_counts_each_its_own_turn_on_top(rows: Rows) -> None:
    """A4: one queue of both parties."""
    for place in ("kitchen", "hall"):
        rows.live.reported("leak", place, f"It drips in {place}")
    rows.live.reported("equipment", "kitchen", "The dishwasher stops half-way")
    rows.found(1, "tap", "leak", "Water runs from the tap all day")
    rows.says(HAND, "actions/1/start")
    rows.says(HAND, "actions/1/fix", text="New washer")
    ours, theirs = rows.both()
    for thumb in (ours, theirs):
        thumb.open("queue?all=1")
    assert ours.page.url == theirs.page.url
    seen = _queue(ours)
    assert seen == _queue(theirs)
    assert {side: len(there) for side, there in seen.items()} == {"contractor": 2, "customer": 2}
    assert {"Received 3", "Leak 3", "Corrective 1"} <= _counts(ours).keys()
    assert _counts(ours) == _counts(theirs)
    for thumb, sides in ((ours, SIDES), (theirs, SIDES[::-1])):
        assert list(_queue(thumb)) == list(sides)
        top = thumb.page.locator("section[data-side] h2").first
        expect(top).to_contain_text("With us")
        thumb.picture(f"A4-the-queue-of-the-{sides[0]}")


def _own_words() -> dict[str, Any]:
    """The scale with what the customer's colours used to mean."""
    body = deepcopy(scales.PROPOSED)
    body["legacy"] = [{"party": "customer", "label": "yellow", "level": 3}]
    return body


def test_older_words_of_both_parties_are_one_level_and_nobody_writes_a_score(rows: Rows) -> None:
    """A5: a shared quality language."""
    rows.agree("scale", _own_words())
    scale = scales.read(_own_words())
    assert isinstance(scale, Scale)
    older = {Party.CUSTOMER: "yellow", Party.CONTRACTOR: "8/10"}
    meant = [scales.translated(scale, party, text) for party, text in older.items()]
    assert meant == [scale.level(3)] * 2
    first = rows.inspected("kitchen")
    clearer = _own_words()
    clearer["levels"][2]["definition"] = "Small gaps that nobody who passes by notices"
    rows.agree("scale", clearer)
    second = rows.inspected("hall", by=CLIENT_HAND)
    for thumb in rows.both():
        _card(thumb, "agreements", "Scale").get_by_role("link", name="Version 2").first.click()
        expect(thumb.page.locator(".scale__level")).to_have_count(6)  # five, and not applicable
        (yellow,) = thumb.page.locator("li", has_text="yellow").filter(has_text="Customer").all()
        expect(yellow.locator(".level__mark")).to_have_text("3")
        expect(main(thumb)).to_contain_text("points like 8/10 and percentages fall into the ranges")
        expect(thumb.page.locator(".scale__level", has_text="Small gaps")).to_contain_text(
            "70 to below 85 %"
        )
        thumb.picture("A5-what-older-words-mean")
        for number, visit in enumerate((first, second), 1):
            thumb.open(visit)
            facts = thumb.page.locator(".facts")
            expect(facts).to_contain_text(re.compile(rf"Scale\s*version {number}, agreed"))
    _no_free_score(rows)


def _no_free_score(rows: Rows) -> None:
    """Neither on the form, nor past it."""
    hand = rows.enters(HAND, PHONE)
    address = _begins(hand, "kitchen")
    levels = hand.page.locator("[name=a-clean]")
    offered = levels.evaluate_all("all => all.map((one) => [one.type, one.value])")
    assert offered == [["radio", str(number)] for number in (5, 4, 3, 2, 1)]
    hand.picture("A5-five-levels-and-no-score")
    for score in ("3.5", "8/10", "80 %", "6", "yellow"):
        status, text = forged(hand, f"{address}/submission", **{"a-clean": score, "a-dry": "pass"})
        assert status == 422, score
        assert "Choose one of the offered values." in text


def test_both_read_how_often_they_rate_the_same_room_alike(rows: Rows) -> None:
    """A6: less misunderstanding. Below five pairs the fraction alone."""
    rated = (FINE, FINE, planning.SO_SO, FINE, FINE, FINE)
    ours, theirs = rows.both()
    for day, answers in enumerate(rated):
        rows.comes(7 + 2 * day, 4)
        rows.inspected("kitchen", answers, (HAND, CLIENT_HAND)[day % 2])
        if day == 1:
            ours.open("visits")
            expect(ours.page.locator(".alike")).to_have_text(
                re.compile(r"Same room, both parties:\s*1 of 1 equal")
            )
    for thumb in (ours, theirs):
        thumb.open("visits")
        expect(thumb.page.locator(".alike")).to_contain_text("3 of 5 equal, mean difference 0.4")
        thumb.picture("A6-rated-alike")


def _no_word_accuses(thumb: Thumb) -> None:
    """Neither what is shown, nor what a closed form would ask."""
    words = TECHNICAL.sub("", str(main(thumb).text_content()))
    assert len(words) > 200
    assert ACCUSING.findall(words) == []


def test_the_customer_owns_a_cause_on_its_side_and_the_contractor_verifies_the_fix(
    rows: Rows,
) -> None:
    """A8: shared responsibility; a cause on either side, and nobody's fault."""
    number = rows.found(1, "kitchen", "equipment", "The dishwasher was not serviced again")
    ours, theirs = rows.both()
    action = f"actions/{number}"
    acknowledged = {"category": "equipment", "priority": "P3"}
    rows.says(CLIENT, f"{action}/acknowledgement", **acknowledged)
    theirs.open(f"{action}/plan")
    _fill_plan(theirs, PLAN | {"cause_category": "customer_access"})
    chosen = theirs.page.locator("#f-cause_category option:checked")
    expect(chosen).to_have_text(re.compile("Place not accessible.*Customer"))
    _no_word_accuses(theirs)
    theirs.button("Submit the plan").click()
    expect(theirs.page).to_have_url(re.compile(rf"/{action}$"))
    ours.open(action)
    expect(main(ours)).to_contain_text("Place not accessible")
    ours.button("Agree to the plan").click()
    expect(ours.page.locator(".head")).to_contain_text("In progress")
    theirs.open(action)
    _no_word_accuses(theirs)
    theirs.page.get_by_label("What was done", exact=True).fill("The door has a lock code now")
    theirs.button("Fixed").click()
    expect(theirs.page.locator(".head")).to_contain_text("Fixed, to be accepted")
    expect(theirs.button("The fix is in place")).to_have_count(0)
    ours.open(action)
    ours.page.get_by_label("Which record shows that the fix is in place").fill("Service log 12")
    ours.picture("A8-the-contractor-verifies")
    ours.button("The fix is in place").click()
    expect(ours.page.locator(".head")).to_contain_text("Being monitored")
    for thumb in (ours, theirs):
        for page in (action, f"{action}/plans/1", "summary"):
            thumb.open(page)
            _no_word_accuses(thumb)


def _fill_plan(thumb: Thumb, plan: dict[str, str]) -> None:
    for name, value in plan.items():
        one = thumb.page.locator(f"#plan [name='{name}']")
        if name in ("cause_category", "change_type"):
            one.select_option(value)
        else:
            one.fill(value)


def _typed_plan(thumb: Thumb, names: Any) -> dict[str, str]:
    return {name: thumb.page.locator(f"#plan [name='{name}']").input_value() for name in names}


def _said_at(thumb: Thumb, name: str) -> Locator:
    """What stands as a mistake beside a field of the plan."""
    field = thumb.page.locator(".field--wrong", has=thumb.page.locator(f"[name='{name}']"))
    return field.locator(".field__error")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_permanent_fix_that_only_contains_is_refused_at_its_field_and_nothing_is_lost(
    rows: Rows, scripts: bool
) -> None:
    """A9: real permanent fixes."""
    number = rows.found(1, "tap", "leak", "Water runs from the tap all day")
    rows.says(LEAD, f"actions/{number}/acknowledgement", category="leak", priority="P3")
    lead = rows.enters(LEAD, java_script_enabled=scripts)
    lead.open(f"actions/{number}/plan")
    plan = PLAN | {"permanent_fix": "Emptied every morning: the bucket under the tap."}
    _fill_plan(lead, plan)
    lead.button("Submit the plan").click()
    said = _said_at(lead, "permanent_fix")
    expect(said).to_have_text(
        "This is what holds it back for now. Say what removes the cause, so it can end."
    )
    expect(lead.page.locator(".field__error")).to_have_count(1)
    assert _typed_plan(lead, plan) == plan
    lead.picture(f"A9-the-fix-only-contains-{'scripts' if scripts else 'no-scripts'}")
    lead.page.locator("#f-permanent_fix").fill(PLAN["permanent_fix"])
    lead.button("Submit the plan").click()
    expect(lead.page.locator(".head")).to_contain_text("Plan submitted")


def _report(thumb: Thumb, place: str, category: str) -> None:
    """By the code on the wall, without a login."""
    thumb.page.goto(f"{thumb.live.url}/Q/{thumb.live.cast.harbour.codes[place]}")
    thumb.page.locator(".tile", has_text=category).click()
    thumb.button("Send").click()
    expect(thumb.page.get_by_role("heading", level=1)).to_have_text("We have your report")


def test_what_comes_back_twelve_days_after_the_fix_is_asked_of_both_and_opens_a_generation(
    rows: Rows,
) -> None:
    """A10: repeat issues are avoided, not repaired again."""
    first, again = rows.found(1, "tap", "leak", "Water runs from the tap all day"), "2"
    rows.says(HAND, f"actions/{first}/containment", text=PLAN["containment"])
    rows.comes(10, 4, 10)
    rows.fixed(first)
    rows.comes(13, 4)
    rows.says(CLIENT, f"actions/{first}/acceptance", text="Delivery note 4711")
    rows.comes(22, 4, 10)
    _report(rows.enters(None, PHONE), "tap", "Leak")
    ours, theirs = rows.both()
    for thumb in (ours, theirs):
        thumb.open("queue?all=1")
        expect(thumb.page.locator(f"#row-{again}")).to_contain_text("Came back?")
        for number in (first, again):
            thumb.open(f"actions/{number}")
            asked = thumb.page.locator(".repeat")
            expect(asked).to_contain_text(f"No. {again} may be no. {first} come back")
            expect(asked.get_by_role("button", name="It came back")).to_be_visible()
    ours.open(f"actions/{first}")
    expect(ours.page.locator(".head")).to_contain_text("Being monitored")
    ours.picture("A10-has-it-come-back")
    theirs.button("It came back").click()
    expect(theirs.page.get_by_text("It came back. This is the next generation")).to_be_visible()
    for thumb in (ours, theirs):
        thumb.open(f"actions/{first}")
        expect(thumb.page.locator(".head")).to_contain_text("Closed")
        expect(main(thumb)).to_contain_text("It did not hold: it came back.")
        thumb.open("queue?all=1")
        row = thumb.page.locator(f"#row-{again}")
        expect(row).to_contain_text("Generation 2")
        expect(row).to_contain_text("Corrective")
    theirs.open(f"actions/{again}")
    chain = theirs.page.locator(".chain__one")
    expect(chain).to_have_text([re.compile("did not hold"), re.compile(f"No. {again}")])
    theirs.picture("A10-generation-two")


def test_the_causes_each_party_has_to_remove_stand_side_by_side(rows: Rows) -> None:
    """A11: all parties take ownership."""
    ours = [rows.found(1, place, "leak", f"Water in {place}") for place in ("tap", "hall")]
    theirs = [rows.found(1, "kitchen", "equipment", "The dishwasher stops half-way")]
    rows.live.reported("leak", "level", "A plain repair")
    said = []
    for thumb in rows.both():
        thumb.open("summary")
        owned = thumb.page.locator(".versus tr", has_text="the cause is to be removed")
        expect(owned.locator("td")).to_have_text([re.compile(r"^\s*1"), re.compile(r"^\s*2")])
        section = thumb.page.get_by_role("region", name="Causes to remove")
        sides = section.locator(".sides > div")
        for side, numbers in zip(sides.all(), (theirs, ours), strict=True):
            links = side.locator(".list a")
            assert {str(a.get_attribute("href")).rpartition("/")[2] for a in links.all()} == set(
                numbers
            )
        left, right = (side.bounding_box() for side in sides.all())
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]
        said.append(section.inner_text())
        thumb.picture("A11-causes-side-by-side")
    assert said[0] == said[1]


NEXT: Mapping[str, tuple[str, str, str]] = {  # where it lives, its name there, a number in it
    "sla_policy": ("agreements", "SLA policy", "targets-P3_fix-value"),
    "scale": ("agreements", "Scale", "levels-3-from"),
    "checklist": ("checklists", ROOM["title"], "items-3-high"),
    "plan": ("plans", "Rooms", "minutes"),
}


def _put_forward(thumb: Thumb, page: str, name: str, number: str) -> str:
    """Draft the next version with a number one higher, and propose it; the end of its address."""
    _card(thumb, page, name).get_by_role("button", name="Draft the next version").click()
    thumb.page.get_by_role("link", name="Change the draft").click()
    field = thumb.page.locator(f"[name={number}]")
    field.fill(str(int(float(field.input_value())) + 1))
    address = _keeps(thumb)
    _proposes(thumb)
    return address


@pytest.mark.parametrize("kind", NEXT)
def test_neither_manager_puts_anything_in_force_alone_and_both_together_do(
    rows: Rows, kind: str
) -> None:
    """A12: neither imposes its will; not by the pages, and not past them."""
    rows.planned(on(2, 3))
    rows.agree("scale", scales.PROPOSED)
    page, name, number = NEXT[kind]
    ours, theirs = rows.both("manager")
    for version, (mine, other) in enumerate(((ours, theirs), (theirs, ours)), 2):
        address = _put_forward(mine, page, name, number)
        expect(mine.page.get_by_role("button", name="Agree")).to_have_count(0)
        mine.picture(f"A12-{kind}-{version}-waits-for-the-other-party")
        status, text = forged(mine, f"{address}/signature", version="3")
        assert status == 403
        assert "Your own party proposed this. It waits for the other party." in text
        still = re.compile(rf"In force\s*Version {version - 1}")
        expect(_card(mine, page, name)).to_contain_text(still)
        other.open(address)
        other.picture(f"A12-{kind}-{version}-asked")
        other.button("Agree: put it in force").click()
        expect(other.page.locator(".head")).to_contain_text("In force")
        mine.open(address)
        expect(mine.page.locator(".head")).to_contain_text("In force")
        expect(mine.page.locator(".signed").first).to_contain_text("Manager Contractor")
        expect(mine.page.locator(".signed").first).to_contain_text("Manager Customer")


def _next_due(thumb: Thumb, place: str) -> str:
    """When the room is to be inspected next, and how the page of the visit list says it."""
    thumb.open("visits?state=planned")
    (one,) = thumb.page.locator(".visits__one", has_text=place).all()
    return one.inner_text()


def test_good_results_move_the_next_visit_out_and_bad_ones_in_and_both_read_why(
    rows: Rows,
) -> None:
    """A15: quality gets better over time."""
    adaptive = {"min_days": 10, "max_days": 90}
    rows.planned(on(2, 3), frequency=planning.FLOATING, adaptive=adaptive)
    ours, theirs = rows.both()
    whys = []
    for (day, month), answers, by, due in (
        ((1, 4), FINE, HAND, "1 May"),  # 30 days
        ((1, 5), FINE, CLIENT_HAND, "15 Jun"),  # 45
        ((15, 6), planning.WET, HAND, "7 Jul"),  # 22
    ):
        rows.comes(day, month)
        rows.inspected("hall", answers, by)
        for thumb in (ours, theirs):
            assert due in _next_due(thumb, "2.15 Hall")
            thumb.open("plans")
            thumb.page.get_by_role("link", name="Rooms", exact=True).first.click()
            moved = thumb.page.locator("#rhythm li", has_text="2.15 Hall")
            whys.append(moved.locator(".small").first.inner_text())
            thumb.picture(f"A15-due-{due.replace(' ', '-')}")
    assert whys[0::2] == whys[1::2]
    _, out, in_ = whys[0::2]
    assert out == "moved out from 30 to 45 days: two visits at level 4 or better"
    assert re.fullmatch(r"moved in from 45 to 22 days: the last visit was at level [12]", in_)


# ---------------------------------------------------------------- B: partners


def _offered(thumb: Thumb, number: str) -> set[str]:
    """Every move of an action's page: where its form goes, and what its buttons say."""
    thumb.open(f"actions/{number}")
    expect(thumb.page.locator(".head")).to_contain_text(f"No. {number}")
    forms = main(thumb).locator("form[method=post]")
    offered: list[str] = forms.evaluate_all(
        """forms => forms.flatMap(form => [...form.querySelectorAll("button")].map(button =>
             `${new URL(form.action).pathname} ${button.textContent.trim()}`))"""
    )
    links = main(thumb).locator("a.button").all_inner_texts()
    mine = re.compile(rf"/actions/{number}/")
    return {mine.sub("/actions/…/", one) for one in (*offered, *links)}


LIFE: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("received", "", "", {}),
    ("acknowledged", "owner", "acknowledgement", {"priority": "P3", "category": "{about}"}),
    ("plan submitted", "owner", "plan", PLAN),
    ("in progress", "other", "plan-agreement", {}),
    ("fixed", "owner", "fix", {"text": "Changed for good"}),
    ("monitored", "other", "acceptance", {"text": "Delivery note 4711"}),
    ("window over", "", "", {}),
)
ONE_SIDED: dict[str, tuple[set[str], set[str]]] = {  # supervisors: of the owner, of the other
    "received": ({"acknowledgement", "start", "containment", "hold"}, set()),
    "plan submitted": ({"containment"}, {"plan-agreement", "plan-return"}),
    "in progress": ({"assignment", "fix", "hold"}, set()),
    "fixed": (set(), {"acceptance", "return"}),
    "window over": (set(), {"effectiveness"}),
}
BY_HANDS = ("received", "in progress", "fixed")
ABOUT = {"contractor": "leak", "customer": "equipment"}  # whose it is to put right


def _nouns(offered: set[str]) -> set[str]:
    return {one.partition("/actions/…/")[2].partition(" ")[0] for one in offered}


def test_in_every_state_each_party_is_offered_what_the_other_is_on_its_own_work(
    rows: Rows,
) -> None:
    """B7: partners as equals."""
    numbers = {
        side: rows.found(1, "kitchen", about, "Water on the floor") for side, about in ABOUT.items()
    }
    people = {
        (side, role): rows.enters(f"{side}.{role}", java_script_enabled=False)
        for side in SIDES
        for role in ROLES
    }
    moves: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for state, by, noun, fields in LIFE:
        if state == "window over":
            rows.comes(4, 5)
        for side in SIDES if noun else ():
            lead = f"{side if by == 'owner' else _other(side)}.supervisor"
            said = {name: text.format(about=ABOUT[side]) for name, text in fields.items()}
            rows.says(lead, f"actions/{numbers[side]}/{noun}", **said)
        for role in ROLES if state in BY_HANDS else ROLES[:1]:
            own, mirrored = (_offered(people[side, role], numbers[side]) for side in SIDES)
            assert own == mirrored, (state, role)
            other, mirrored = (
                _offered(people[_other(side), role], numbers[side]) for side in SIDES
            )
            assert other == mirrored, (state, role)
            moves[state, role] = own - other, other - own
            if state in ("plan submitted", "fixed"):
                for side in SIDES:
                    people[side, role].picture(f"B7-{state.replace(' ', '-')}-to-the-{side}-{role}")
    for state, (of_owner, of_other) in ONE_SIDED.items():
        assert _nouns(moves[state, "supervisor"][0]) >= of_owner, state
        assert _nouns(moves[state, "supervisor"][1]) >= of_other, state


def test_a_plan_that_asks_no_why_is_refused_and_causes_lie_on_both_sides_alike(
    rows: Rows,
) -> None:
    """B8: seek the cause, not somebody to accuse."""
    number = rows.found(1, "tap", "leak", "Water runs from the tap all day")
    rows.says(LEAD, f"actions/{number}/acknowledgement", category="leak", priority="P3")
    lead = rows.enters(LEAD)
    lead.open(f"actions/{number}/plan")
    causes: dict[str, list[str]] = lead.page.locator("#f-cause_category optgroup").evaluate_all(
        "groups => Object.fromEntries(groups.map(one => [one.label, "
        "[...one.querySelectorAll('option')].map(option => option.value.split(/_(.*)/)[1])]))"
    )
    assert causes["On the customer’s side"] == causes["On the contractor’s side"]
    assert {"access", "method", "checking"} <= set(causes["On the customer’s side"])
    whys = {name: "" for name in PLAN if name.startswith("why-")}
    _fill_plan(lead, PLAN | whys)
    lead.button("Submit the plan").click()
    expect(_said_at(lead, "why-1")).to_be_visible()
    lead.page.locator("[name='why-1']").fill("–")
    lead.button("Submit the plan").click()
    expect(_said_at(lead, "why-1")).to_have_text(
        "Ask at least once why it happened, and write the answer."
    )
    lead.picture("B8-no-why")
    status, text = forged(lead, f"actions/{number}/plan", **PLAN | whys)
    assert status == 422
    assert "plan.whys_missing" in text
    _fill_plan(lead, PLAN)
    lead.button("Submit the plan").click()
    expect(lead.page.locator(".head")).to_contain_text("Plan submitted")


# ---------------------------------------------------------------- D: time, as agreed


def _time(board: Thumb, number: str) -> Locator:
    return board.page.locator(f"#row-{number} .clock")


def test_an_open_board_warns_and_turns_late_by_itself_and_a_breach_never_disappears(
    rows: Rows,
) -> None:
    """D5: the agreed times are followed all the time, by both."""
    number = rows.live.reported("leak", "tap", "The tap drips")  # 8 working hours to respond
    boards, inboxes = rows.both(), rows.both()
    for board in boards:
        board.open("queue?all=1")
        board.page.evaluate("window.neverReloaded = true")
    rows.comes(1, 4, 14, 59)
    for board in boards:
        board.page.clock.run_for(6000)
        expect(_time(board, number)).to_have_class("clock")
    rows.comes(1, 4, 15, 1)  # 75 %
    for board in boards:
        expect(_time(board, number)).to_have_class(re.compile("clock--warned"))
    boards[0].picture("D5-warned")
    for told, thumb in zip((1, 0), inboxes, strict=True):
        expect(notices(thumb, WARNED)).to_have_count(told)
    rows.comes(7, 4, 9, 1)  # Easter does not count
    for board in boards:
        expect(_time(board, number)).to_have_class(re.compile("clock--late"))
        expect(_time(board, number)).to_contain_text("late")
    boards[1].picture("D5-late")
    for thumb in inboxes:
        expect(notices(thumb, LATE)).to_have_count(1)
    rows.says(HAND, f"actions/{number}/start")
    rows.says(HAND, f"actions/{number}/fix", text="New washer")
    for board in boards:
        board.page.clock.run_for(6000)
        expect(board.page.locator(f"#row-{number}")).to_contain_text("Moved on – Fixed")
        assert board.page.evaluate("window.neverReloaded")
        board.open("queue?all=1")
        expect(board.page.locator(f"#row-{number}")).to_contain_text("Was late")
    rows.says(CLIENT, f"actions/{number}/acceptance")
    for thumb in inboxes:
        thumb.open(f"actions/{number}")
        expect(thumb.page.locator(".head")).to_contain_text("Closed")
        kept = thumb.page.locator(".clocks__one", has_text="Respond")
        expect(kept.locator(".due--late")).to_contain_text("late")
        thumb.picture("D5-late-for-ever")


def test_a_new_policy_rules_new_work_and_old_work_keeps_its_due_moment(rows: Rows) -> None:
    """D6: the response time is an agreement, and has versions."""
    old = rows.live.reported("leak", "tap", "The tap drips")
    ours, theirs = rows.both()
    before = due(ours, old, "Fix")
    quicker = deepcopy(POLICY)
    (week,) = [t for t in quicker["targets"] if (t["priority"], t["kind"]) == ("P3", "fix")]
    week["value"] = 2
    rows.agree("sla_policy", quicker)
    new = rows.live.reported("leak", "hall", "The other tap drips")
    for thumb in (ours, theirs):
        assert due(thumb, new, "Fix") < before
        expect(main(thumb)).to_contain_text("SLA policy, version 2")
        thumb.picture("D6-new-work-by-version-2")
        assert due(thumb, old, "Fix") == before
        expect(main(thumb)).to_contain_text(
            "SLA policy, version 1 (newer work follows a newer one)"
        )
        thumb.picture("D6-old-work-by-version-1")


def test_a_car_has_a_code_and_an_inspection_and_the_list_tells_service_lines_apart(
    rows: Rows,
) -> None:
    """D13: many service lines; a vehicle is an asset like any other."""
    rows.agree("requirements", PROMISES)
    car = ROOM | {"title": "Car, weekly", "kinds": ["vehicle"], "service_line": "cars"}
    rows.agree("checklist", car, subject="car")
    rows.inspected("kitchen")  # cleaning
    lead = rows.enters(LEAD)
    lead.open("places/new")
    lead.page.get_by_text("Vehicle", exact=True).click()
    lead.page.get_by_label("Name, as people say it").fill("Van 7")
    lead.page.locator("[name=number]").fill("AB 12 345")
    lead.button("Save").click()
    lead.page.get_by_role("link", name="Codes and labels").click()
    lead.button("Bind a code").click()
    code = lead.page.locator("article strong").first.inner_text().replace("-", "")
    label = lead.page.get_by_role("link", name="SVG").evaluate("one => one.href")
    assert lead.page.request.get(label).ok
    rows.here.codes["van"] = code
    hand = rows.enters(HAND, PHONE)
    address = _begins(hand, "van", "Car, weekly")
    _answers(hand, clean="4", dry="pass", heat="55")
    hand.picture("D13-a-car-is-inspected")
    hand.button("Submit the inspection").click()
    hand.page.wait_for_url(f"**/{address}*")
    client = rows.enters(CLIENT)
    client.open("visits")
    expect(client.page.locator(".visits__one")).to_have_count(2)
    lines = client.page.locator(".filter__group", has_text="Service line")
    for line, place in (("cars", "Van 7"), ("cleaning", "2.14 Tea kitchen")):
        lines.get_by_role("link", name=line).click()
        expect(client.page.locator(".visits__one")).to_have_count(1)
        expect(client.page.locator(".visits__one")).to_contain_text(place)
        client.picture(f"D13-{line}")


def test_a_visit_begun_before_its_checklist_changed_and_ended_is_kept_as_it_was_asked(
    rows: Rows,
) -> None:
    """FAULTS 51: every answer is read with its own question."""
    rows.agree("requirements", PROMISES)
    rows.agree("checklist", ROOM, subject="room")
    hand = rows.enters(HAND, PHONE)
    address = _begins(hand, "kitchen")
    _answers(hand, clean="3", dry="pass")
    changed = deepcopy(ROOM)
    changed["title"] = "Kitchens, a new way"
    changed["items"] = [one for one in changed["items"] if one["key"] not in ("heat", "soap")]
    changed["items"][0] |= {"label": "Floor shines", "kind": "pass_fail", "photo_below": False}
    rows.agree("checklist", changed, subject="room")
    rows.agree("checklist", changed | {"active": False}, subject="room")
    _answers(hand, heat="55,5", soap="low")
    hand.button("Submit the inspection").click()
    hand.page.wait_for_url(f"**/{address}*")
    for thumb in rows.both():
        thumb.open(address)
        expect(thumb.page.locator(".head")).to_contain_text(ROOM["title"])
        expect(thumb.page.locator(".facts")).to_contain_text(f"{ROOM['title']}, version 1")
        for question, answer in (
            ("Floor is clean", "Meets, minor gaps"),
            ("Floor is dry", "Pass"),
            ("Hot water", "55.5 °C"),
            ("Soap", "low"),
        ):
            one = thumb.page.locator(".answer", has_text=question)
            expect(one).to_contain_text(re.compile(answer, re.IGNORECASE))
        expect(main(thumb)).not_to_contain_text("Floor shines")
        thumb.picture("51-kept-as-it-was-asked")
    hand.page.goto(f"{rows.live.url}/Q/{rows.here.codes['kitchen']}")
    expect(hand.button("Kitchens, a new way")).to_have_count(0)  # nobody begins it any more


# ---------------------------------------------------------------- E: staying together


def _see_differently(thumb: Thumb, number: str) -> str:
    """Say on the page of an action how one's own party sees it; the disagreement's address."""
    thumb.open(f"actions/{number}")
    move(thumb, "We see this differently")
    thumb.page.get_by_label("What about").select_option("cause")
    thumb.page.get_by_label("How we see it").fill("It was like this when we came")
    thumb.button("Say so to both parties").click()
    expect(main(thumb)).to_contain_text("Both parties have been told")
    return thumb.page.url.partition("?")[0].partition(f"{thumb.live.cast.harbour.url}/")[2]


def _further(thumb: Thumb, page: str, label: str) -> None:
    thumb.open(page)
    move(thumb, "A step further").get_by_role("button", name=label, exact=True).click()


def _step(thumb: Thumb) -> Locator:
    return thumb.page.locator(".ladder [aria-current]")


def test_a_contested_finding_climbs_after_its_time_or_by_both_and_is_settled_by_one_text(
    rows: Rows,
) -> None:
    """E7: issue resolution."""
    number = rows.found(2, "kitchen", "leak", "The floor under the sink is rotten")
    ours, theirs = rows.both("staff")
    page = _see_differently(ours, number)
    _further(ours, page, "Wish the next step")
    expect(main(ours)).to_contain_text("The other party has not written how it sees it yet.")
    expect(_step(ours)).to_contain_text("Staff")
    theirs.open(page)
    theirs.page.get_by_label("How we see it").fill("It was dry at handover")
    theirs.button("Keep our view").click()
    expect(main(theirs)).to_contain_text("Your party’s view is there.")
    _further(ours, page, "Wish the next step")
    expect(main(ours)).to_contain_text("Your wish is noted.")
    expect(_step(ours)).to_contain_text("Staff")  # its time still runs
    _further(theirs, page, "Take it further")
    expect(_step(theirs)).to_contain_text("Supervisors")
    theirs.picture("E7-a-step-further-as-both-wish")
    _settled_by_one_text(rows, page)
    again = _see_differently(ours, number)
    rows.says(CLIENT_HAND, f"{again}/statement", statement="It was dry", revision="1")
    rows.comes(8, 4, 9, 1)  # two working days later: Easter lies between
    _further(theirs, again, "Take it further")
    expect(_step(theirs)).to_contain_text("Supervisors")


def _settled_by_one_text(rows: Rows, page: str) -> None:
    lead, client = rows.both()
    lead.open(page)
    move(lead, "Write what both agree on")
    lead.page.get_by_label("What both parties agree on").fill("Half each, and a drain by May")
    lead.button("Write and sign").click()
    expect(main(lead)).to_contain_text("The other party signs next.")
    expect(lead.button("Sign this resolution")).to_have_count(0)
    client.open(page)
    client.button("Sign this resolution").click()
    expect(main(client)).to_contain_text("Signed by both: it is resolved.")
    for thumb in (lead, client):
        thumb.open(page)
        resolution = thumb.page.get_by_role("region", name="Resolution")
        expect(resolution).to_contain_text("Half each, and a drain by May")
        expect(resolution.locator("form")).to_have_count(0)
        expect(main(thumb)).to_contain_text("Resolved by both")
        assert forged(thumb, f"{page}/resolution", resolution="Other words")[0] == 409
        thumb.open(page)
        expect(main(thumb)).not_to_contain_text("Other words")
    client.picture("E7-one-text-signed-by-both")


def test_the_share_settled_by_those_who_work_together_stands_on_the_page(rows: Rows) -> None:
    """E8: empowered at the lowest level."""
    for number, place in enumerate(("tap", "hall", "kitchen"), 1):
        rows.live.reported("leak", place, f"It drips in {place}")
        view = {"subject": "priority", "statement": "It can wait", "wanted": "Routine"}
        rows.says(CLIENT_HAND, f"actions/{number}/disagreements", **view)
        page = f"disagreements/{number}"
        rows.says(HAND, f"{page}/statement", statement="It cannot", revision=1)
        revision = 2
        if number == 3:
            for who in (HAND, CLIENT_HAND):
                rows.says(who, f"{page}/climb", revision=revision)
                revision += 1
        rows.says(HAND, f"{page}/resolution", resolution="This week", revision=revision)
        rows.says(CLIENT_HAND, f"{page}/signature", revision=revision + 1)
    for thumb in rows.both("manager"):
        thumb.open("disagreements")
        settled = thumb.page.locator(".figures > div", has_text="Settled at the first step")
        expect(settled).to_contain_text(re.compile(r"2\s*of 3"))
        resolved = thumb.page.get_by_role("region", name="Lately resolved")
        for step, settled_there in ((1, 2), (2, 1)):
            expect(resolved.locator("li", has_text=f"Step {step}")).to_have_count(settled_there)
        thumb.picture("E8-settled-at-the-first-step")
