"""The queue as a supervisor uses it: at a desk, by keys, while others move the same rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from sqlalchemy import select, update

from inspection import clock
from inspection.actions import moves
from inspection.actions.models import Action
from inspection.actions.moves import Wanted
from inspection.db import db, table, writing
from inspection.rules.lifecycle import Move
from tests.browser.conftest import DESK, PHONE, Live

pytestmark = pytest.mark.browser

LEAD, CLIENT = "contractor.supervisor", "customer.supervisor"


class Desk:
    """One person before the queue."""

    def __init__(self, page: Page, live: Live) -> None:
        self.page, self.live = page, live

    def open(self, query: str = "all=1") -> None:
        self.page.goto(f"{self.live.url}{self.live.cast.harbour.url}/queue?{query}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def row(self, number: str | int) -> Locator:
        return self.page.locator(f"#row-{number}")

    def box(self, number: str | int) -> Locator:
        return self.row(number).locator("[name=action]")

    @property
    def current(self) -> str | None:
        return self.page.locator("tr.is-current").get_attribute("data-number")

    @property
    def chosen(self) -> list[str]:
        boxes = self.page.locator("[name=action]:checked").all()
        return [str(box.input_value()).partition(":")[0] for box in boxes]

    @property
    def bar(self) -> Locator:
        return self.page.locator("#bulk")

    @property
    def said(self) -> Locator:
        return self.bar.locator("[data-said]")

    def look(self) -> None:
        """What the page does every few seconds, now."""
        self.page.evaluate("document.querySelector('queue-follow').look()")


@pytest.fixture
def rows(live: Live) -> list[str]:
    """Four of the contractor's, one of the customer's; in the order of the queue."""
    places = ("tap", "kitchen", "hall", "level")
    ours = [live.reported("leak", place, f"It drips in {place}") for place in places]
    return [*ours, live.reported("equipment", "kitchen", "No coffee")]


def _desk(browser: Browser, live: Live, who: str, **options: Any) -> tuple[Desk, BrowserContext]:
    context = browser.new_context(**({"viewport": DESK, "locale": "en-GB"} | options))
    live.sign_in(context, who)
    return Desk(context.new_page(), live), context


@pytest.fixture
def desk(browser: Browser, live: Live) -> Iterator[Desk]:
    one, context = _desk(browser, live, LEAD)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield one
    context.close()
    assert errors == []


def moved(live: Live, number: str, move: Move, who: str = "contractor.staff") -> None:
    """Somebody else moves an action."""
    by = live.cast.harbour.members[who]
    with live.app.app_context(), writing():
        moves.make(moves.found(by.contract_id, int(number)), Wanted(move, by))


def timed(live: Live, number: str, seconds: float) -> None:
    """The action is due so many seconds from now."""
    actions = table(Action)
    with live.app.app_context(), writing():
        due = clock.now().timestamp() + seconds
        db.session.execute(
            update(actions)
            .where(actions.c.number == int(number))
            .values(due_at=clock.now().fromtimestamp(due, clock.now().tzinfo), due_kind="respond")
        )


def states(live: Live) -> dict[str, str]:
    actions = table(Action)
    with live.app.app_context():
        found = db.session.execute(select(actions.c.number, actions.c.state))
        return {str(number): str(state) for number, state in found}


# ---------------------------------------------------------------- by keys alone


def test_rows_are_found_chosen_and_acknowledged_by_keys_alone(
    desk: Desk, live: Live, rows: list[str]
) -> None:
    desk.open()
    desk.press("j", "j", "j", "k")
    assert desk.current == rows[1]
    desk.press("x", "j", "j", "Shift+X")
    assert desk.chosen == rows[1:4]
    expect(desk.bar).to_contain_text("3 rows chosen")
    desk.press("c")
    expect(desk.said).to_have_text("3 done.")
    assert [states(live)[n] for n in rows[:4]] == ["received"] + ["acknowledged"] * 3
    expect(desk.row(rows[3])).to_contain_text("Acknowledged")
    assert desk.chosen == []
    assert desk.current == rows[3]


def test_a_row_is_assigned_without_choosing_it_first(
    desk: Desk, live: Live, rows: list[str]
) -> None:
    desk.open()
    desk.press("j", "a")
    expect(desk.page.locator("#bulk-assignee")).to_be_focused()
    desk.page.keyboard.type("Staff")
    desk.press("Tab", "Enter")
    expect(desk.row(rows[0])).to_contain_text("Staff Contractor")
    expect(desk.row(rows[0]).locator(".row-said")).to_have_text("Acknowledged with it.")
    expect(desk.row(rows[0]).locator("a")).to_be_focused()


def test_the_oldest_of_the_chosen_is_proposed_to_stay(
    desk: Desk, live: Live, rows: list[str]
) -> None:
    desk.open()
    desk.press("j", "j", "x", "j", "x", "m")
    master = desk.page.locator("#bulk-master")
    expect(master).to_be_focused()
    expect(master).to_have_value(rows[1])
    desk.press("Enter")
    expect(desk.said).to_have_text("2 done.")
    expect(desk.row(rows[2])).to_contain_text("Moved on – Merged: Supervisor Contractor")
    expect(desk.row(rows[1])).to_contain_text("2 reports")


def test_the_cursor_goes_past_rows_that_left_and_is_there_after_coming_back(
    desk: Desk, live: Live, rows: list[str]
) -> None:
    desk.open("state=received")
    desk.press("j", "j", "c")
    expect(desk.row(rows[1])).to_contain_text("Moved on")
    desk.press("j")
    assert desk.current == rows[2]
    desk.press("k")
    assert desk.current == rows[0]
    desk.press("k")
    assert desk.current == rows[0]
    desk.press("e")
    expect(desk.page).to_have_url(re.compile(r"/actions/"))
    desk.page.get_by_role("link", name="Queue").first.click()
    expect(desk.row(rows[0])).to_have_class(re.compile("is-current"))


def test_e_opens_the_row_and_slash_the_search(desk: Desk, rows: list[str]) -> None:
    desk.open()
    desk.press("/")
    expect(desk.page.get_by_role("searchbox")).to_be_focused()
    desk.press("j", "Escape", "j", "e")
    expect(desk.page).to_have_url(re.compile(rf"/actions/{rows[0]}$"))


def test_the_list_of_keys_opens_and_the_keys_can_be_turned_off(desk: Desk, rows: list[str]) -> None:
    desk.open()
    desk.press("?")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Choose all rows up to here")
    dialog.get_by_label("Use these keys on this device").uncheck()
    desk.press("Escape", "j", "x")
    assert desk.chosen == []
    desk.page.reload()
    desk.press("j")
    assert desk.page.locator("tr.is-current").count() == 0


def test_escape_closes_what_is_open_before_it_clears(desk: Desk, rows: list[str]) -> None:
    desk.open()
    desk.press("j", "x", "p", "Escape")
    expect(desk.page.locator("#bulk-prioritise")).not_to_have_attribute("open", "")
    assert desk.chosen == [rows[0]]
    desk.press("Escape")
    assert desk.chosen == []
    expect(desk.bar).to_be_hidden()


# ---------------------------------------------------------------- refused rows


def test_a_refused_row_says_why_and_stays_chosen(desk: Desk, live: Live, rows: list[str]) -> None:
    desk.open()
    desk.box(rows[0]).check()
    desk.box(rows[1]).click(modifiers=["Shift"])
    desk.box(rows[4]).check()
    desk.bar.get_by_role("button", name="Acknowledge").click()
    expect(desk.said).to_have_text("2 done. 1 refused: see the rows.")
    expect(desk.row(rows[4]).locator(".row-said")).to_contain_text("belongs to the party that owns")
    assert desk.chosen == [rows[4]]
    expect(desk.row(rows[4]).locator("a")).to_be_focused()


def test_what_is_chosen_on_a_lost_line_goes_by_itself_and_is_applied_once(
    desk: Desk, live: Live, rows: list[str]
) -> None:
    sent: list[str] = []

    def arrives_without_an_answer(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    desk.open()
    desk.page.route("**/queue/bulk?*", arrives_without_an_answer, times=1)
    desk.press("j", "x", "c")
    expect(desk.said).to_have_text("1 done.")  # by the same key, without another tap
    assert len(sent) == 1
    with live.app.app_context():
        assert moves.found(live.cast.harbour.contract.id, int(rows[0])).version == 2


def test_a_tool_that_was_left_empty_says_so_and_nothing_waits(desk: Desk, rows: list[str]) -> None:
    desk.open()
    desk.press("j", "x", "a")
    desk.bar.get_by_role("button", name="Assign", exact=True).click()
    expect(desk.said).to_have_text("This is needed.")
    assert desk.chosen == [rows[0]]
    desk.page.wait_for_timeout(500)
    expect(desk.page.locator("outbox-count")).to_be_hidden()


# ---------------------------------------------------------------- others move the same rows


def test_what_others_do_is_seen_and_selection_cursor_and_scroll_stay(
    desk: Desk, live: Live, rows: list[str]
) -> None:
    desk.open("state=received")
    desk.press("j", "x", "j", "x", "j")
    before = desk.page.evaluate("scrollY")
    moved(live, rows[1], Move.START)
    live.reported("cleaning", "hall", "Crumbs")
    desk.look()
    gone = desk.row(rows[1])
    expect(gone).to_contain_text("Moved on – Started work: Staff Contractor")
    expect(gone.locator("[name=action]")).to_be_disabled()
    assert desk.chosen == [rows[0]]
    assert desk.current == rows[2]
    assert desk.page.evaluate("scrollY") == before
    news = desk.page.locator(".follow__new")
    expect(news).to_contain_text("1 row is new or has changed")
    news.get_by_role("link").click()
    expect(gone).to_have_count(0)


def test_a_row_that_stays_is_renewed_where_it_stands(
    desk: Desk, live: Live, rows: list[str]
) -> None:
    desk.open()
    desk.press("j", "x")
    moved(live, rows[0], Move.START)
    desk.look()
    expect(desk.row(rows[0])).to_contain_text("In progress")
    expect(desk.row(rows[0])).to_contain_text("Staff Contractor")
    expect(desk.row(rows[0]).locator("a")).to_be_focused()
    assert desk.chosen == [rows[0]]
    states = desk.page.locator(".count-link", has_text="In progress").locator(".count")
    expect(states).to_have_text("1")
    desk.press("c")
    expect(desk.row(rows[0]).locator(".row-said")).to_contain_text("cannot be done any more")


def test_a_row_that_went_to_the_other_side_says_so(desk: Desk, live: Live, rows: list[str]) -> None:
    moved(live, rows[4], Move.START, "customer.staff")
    desk.open()
    with live.app.app_context(), writing():
        by = live.cast.harbour.members["customer.staff"]
        row = moves.found(by.contract_id, int(rows[4]))
        from inspection.rules.lifecycle import Given

        moves.make(row, Wanted(Move.FIX, by, Given("Descaled")))
    desk.look()
    expect(desk.row(rows[4])).to_contain_text("Moved on – Fixed: Staff Customer")
    sides = desk.page.locator("[data-count='court:contractor']")
    expect(sides).to_have_text("5")


def test_a_lost_connection_is_said_politely_and_once(desk: Desk, rows: list[str]) -> None:
    desk.open()
    desk.page.route("**/queue/changes?*", lambda route: route.abort())
    said = desk.page.locator("queue-follow [data-said]")
    for _ in range(2):
        desk.look()
    expect(said).to_have_text("Not connected, trying again.")
    assert said.get_attribute("role") == "status"
    desk.page.unroute_all()
    desk.look()
    expect(said).to_have_text("Connected again.")


def test_a_clock_turns_late_without_a_reload(desk: Desk, live: Live, rows: list[str]) -> None:
    timed(live, rows[0], 2)
    desk.open()
    due = desk.row(rows[0]).locator(".clock")
    expect(due).not_to_have_class(re.compile("clock--late"))
    expect(due).to_have_class(re.compile("clock--late"), timeout=9000)
    expect(due).to_contain_text("late")


# ---------------------------------------------------------------- without a script, in a hand


def test_without_a_script_a_page_says_what_became_of_each_row(
    browser: Browser, live: Live, rows: list[str]
) -> None:
    desk, context = _desk(browser, live, LEAD, java_script_enabled=False)
    desk.open("priority=P3")
    desk.box(rows[0]).check()
    desk.box(rows[4]).check()
    desk.bar.get_by_role("button", name="Acknowledge").click()
    expect(desk.page.get_by_role("main")).to_contain_text("1 row was refused")
    desk.page.get_by_role("link", name="Back to the queue").click()
    expect(desk.page).to_have_url(re.compile(r"/queue\?priority=P3$"))
    assert states(live)[rows[0]] == "acknowledged"
    context.close()


def test_columns_order_and_groups_are_links(desk: Desk, rows: list[str]) -> None:
    desk.open()
    desk.page.get_by_role("link", name="No.", exact=True).first.click()
    expect(desk.page.locator("th[aria-sort]").first).to_have_attribute("aria-sort", "ascending")
    desk.page.locator(".toolbar summary", has_text="No groups").click()
    desk.page.get_by_role("link", name="By what it is about").click()
    expect(desk.page.locator(".queue__group").first).to_contain_text("Leak")
    desk.page.locator("#columns summary").click()
    desk.page.locator("#columns").get_by_role("link", name="Age").click()
    expect(desk.page.locator("#columns")).to_have_attribute("open", "")
    expect(desk.page.locator(".head--age")).to_have_count(0)


def test_in_a_hand_rows_are_chosen_and_acknowledged_with_a_thumb(
    browser: Browser, live: Live, rows: list[str]
) -> None:
    desk, context = _desk(browser, live, LEAD, viewport=PHONE, has_touch=True)
    desk.open()
    target = desk.row(rows[0]).locator(".queue__pick label")
    size = target.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    target.tap()
    expect(desk.bar).to_be_in_viewport()
    for button in desk.bar.locator(".bulk__moves > *").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    desk.bar.get_by_role("button", name="Acknowledge").tap()
    expect(desk.said).to_have_text("1 done.")
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


# ---------------------------------------------------------------- the rules in the browser


def run(page: Page, live: Live, expression: str) -> Any:
    page.goto(f"{live.url}/Q")
    module = json.dumps("/static/js/rules/queue.js")
    return page.evaluate(
        f"async () => {{ const rule = await import({module}); return {expression}; }}"
    )


def test_a_range_runs_both_ways_and_begins_somewhere(page: Page, live: Live) -> None:
    ranges = """[["b", "d"], ["d", "b"], ["x", "c"]].map(
        ([from, to]) => rule.between([..."abcde"], from, to).join(""))"""
    assert run(page, live, ranges) == ["bcd", "bcd", "c"]


def test_time_warns_then_is_over(page: Page, live: Live) -> None:
    stages = "[1, 7, 10].map((now) => rule.stage(now, 10, 7)).concat(rule.stage(9, 10))"
    assert run(page, live, stages) == ["", "warned", "late", ""]


def test_the_looks_grow_rarer_up_to_half_a_minute(page: Page, live: Live) -> None:
    assert run(page, live, "[0, 1, 2, 3, 9].map(rule.wait)") == [5000, 10000, 20000, 30000, 30000]


def test_a_count_knows_which_filter_it_stands_beside(page: Page, live: Live) -> None:
    filters = """[["?court=customer", "?court=customer&state=fixed"], ["?state=fixed", "?all=1"],
        ["?all=1", "?all=1"]].map(([here, there]) => rule.filterOf(here, there))"""
    assert run(page, live, filters) == ["state:fixed", "state:fixed", ""]
