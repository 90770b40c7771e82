"""A checklist is written where it stands: by keys alone, by hand, on a phone, without a script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspection.contracts import agreements
from inspection.db import writing
from inspection.rules import checklist_body
from tests.browser.conftest import DESK, PHONE, Live
from tests.cast import PROMISES, ROOM, agreed

pytestmark = pytest.mark.browser

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
LEAD, OURS, THEIRS = "contractor.supervisor", "contractor.manager", "customer.manager"
WORDS = (
    "Floor is clean",
    "Floor is dry",
    "Bins are empty",
    "Soap is there",
    "Paper is there",
    "Taps do not drip",
)


@pytest.fixture
def promised(live: Live) -> Live:
    with live.app.app_context():
        agreed(live.cast.harbour, "requirements", PROMISES)
    return live


@pytest.fixture
def desk(browser: Browser, promised: Live) -> Iterator[Page]:
    """A laptop, signed in as a supervisor; a script error fails the test."""
    context = browser.new_context(viewport=DESK, locale="en-GB")  # type: ignore[arg-type]
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    promised.sign_in(context, LEAD)
    yield context.new_page()
    context.close()
    assert errors == []


def drafted(live: Live) -> str:
    """A draft of the tea kitchen; the address of its form."""
    here = live.cast.harbour
    with live.app.app_context(), writing():
        lead = here.members[OURS]
        whole: dict[str, Any] = checklist_body.write(checklist_body.read(ROOM))  # type: ignore[arg-type]
        made = agreements.draft(lead, here.contract.id, "checklist", "tea-kitchen", whole)
    return f"{live.url}{here.url}/agreements/{made}"


def body(live: Live, url: str) -> dict[str, Any]:
    with live.app.app_context():
        row = agreements.found(live.cast.harbour.contract.id, int(url.rsplit("/", 1)[1]))
        assert row is not None
        return dict(row.body)


def tab_to(page: Page, what: str, most: int = 120) -> None:
    """Press Tab until what has the focus matches a selector; nobody points."""
    for _ in range(most):
        if page.evaluate("(what) => document.activeElement.matches(what)", what):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{what} is not reached by Tab")


def labels(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        ".entry--item:not(.is-removed) textarea[name$='-label']", "(all) => all.map((a) => a.value)"
    )


# ---------------------------------------------------------------- by keys alone


def test_six_items_are_written_moved_proposed_and_agreed_by_keys_alone(
    desk: Page, promised: Live
) -> None:
    keys = desk.keyboard
    desk.goto(f"{promised.url}/c/harbour/checklists")
    tab_to(desk, "[name=title]")
    keys.type("Washroom, daily")
    tab_to(desk, "[name=category]")
    keys.type("Cleaning")
    tab_to(desk, "#new .button--primary")
    keys.press("Enter")
    desk.wait_for_url("**/form")
    expect(desk.locator("[name=items-0-label]")).to_be_focused()
    keys.type(WORDS[0])
    keys.press("Tab")
    keys.type("Pass")
    keys.press("Tab")
    keys.type("8.C.1")
    for words in WORDS[1:]:
        keys.press("Enter")
        keys.type(words)
    assert labels(desk) == list(WORDS)
    expect(desk.locator("[data-count]")).to_have_text("6 items")

    keys.press("Alt+ArrowUp")
    keys.press("Alt+ArrowUp")
    expect(desk.locator("[data-live]")).to_have_text("Taps do not drip: place 4 of 6")
    expect(desk.locator("[name=items-5-label]")).to_be_focused()
    keys.press("Alt+ArrowDown")
    moved = [*WORDS[:4], WORDS[5], WORDS[4]]
    assert labels(desk) == moved

    tab_to(desk, "form > .row .button--primary")
    keys.press("Enter")
    desk.wait_for_url("**/agreements/*?said=changed")
    url = desk.url.partition("?")[0]
    kept = body(promised, url)["items"]
    assert [one["label"][""] for one in kept] == moved
    assert {(one["kind"], one["requirement"]) for one in kept} == {("pass_fail", "8.C.1.a")}

    promised.sign_in(desk.context, OURS)
    desk.goto(url)
    tab_to(desk, "[name=note]")
    keys.type("What we both look at")
    tab_to(desk, "form[action$=proposal] .button--primary")
    keys.press("Enter")
    expect(desk.locator("#answer")).to_contain_text("It waits for the other party")
    promised.sign_in(desk.context, THEIRS)
    desk.goto(url)
    tab_to(desk, "form[action$=signature] .button--primary")
    keys.press("Enter")
    expect(desk.locator(".head .standing")).to_have_text("In force")


def test_what_is_removed_can_be_had_back_and_the_focus_goes_along(
    desk: Page, promised: Live
) -> None:
    url = drafted(promised)
    desk.goto(f"{url}/form")
    second = desk.locator("[data-row=items]").nth(1)
    second.locator("[data-do=remove]").press("Enter")
    expect(desk.locator("[data-live]")).to_have_text("“Floor is dry” is removed.")
    expect(second.locator("[data-do=undo]")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("[name=items-1-label]")).to_be_focused()
    desk.locator("[data-row=items]").nth(4).locator("[data-do=remove]").press("Enter")
    desk.get_by_role("button", name="Keep the draft").click()
    desk.wait_for_url("**said=changed")
    assert [one["key"] for one in body(promised, url)["items"]] == [
        "clean",
        "dry",
        "why_wet",
        "heat",
    ]


def test_a_heading_takes_its_items_along_and_an_item_goes_under_another(
    desk: Page, promised: Live
) -> None:
    url = drafted(promised)
    desk.goto(f"{url}/form")
    desk.locator("[name=items-2-label]").press("Alt+ArrowDown")
    expect(desk.locator("[data-live]")).to_contain_text("place 3 of 5, in “Things”")
    desk.locator("[name=sections-1-title]").press("Alt+ArrowUp")
    desk.get_by_role("button", name="Keep the draft").click()
    desk.wait_for_url("**said=changed")
    kept = body(promised, url)
    assert [one["key"] for one in kept["sections"]] == ["things", "floor"]
    found = [(one["key"], one["section"]) for one in kept["items"]]
    assert found[:3] == [("why_wet", "things"), ("heat", "things"), ("soap", "things")]
    assert found[3:] == [("clean", "floor"), ("dry", "floor")]


def test_a_condition_is_chosen_and_a_copy_has_a_name_of_its_own(desk: Page, promised: Live) -> None:
    url = drafted(promised)
    desk.goto(f"{url}/form")
    soap = desk.locator("[data-row=items]").nth(4)
    soap.locator("[data-do=copy]").click()
    copy = desk.locator("[data-row=items]").nth(5)
    copy.locator("[name=items-5-label]").fill("Soap in the store")
    copy.locator(".entry__more > summary").click()
    copy.get_by_label("Item", exact=True).select_option("Soap")
    copy.get_by_label("With what").select_option("Low")
    desk.get_by_role("button", name="Keep the draft").click()
    desk.wait_for_url("**said=changed")
    made = body(promised, url)["items"][5]
    assert (made["key"], made["relevant"]) == ("soap_in_the_store", "${soap} = 'low'")
    assert [one["value"] for one in made["options"]] == ["full", "low"]
    expect(desk.locator("main")).to_contain_text("Only if “Soap” is Low")


# ---------------------------------------------------------------- by hand


def test_an_item_is_dragged_to_another_place(desk: Page, promised: Live) -> None:
    url = drafted(promised)
    desk.goto(f"{url}/form")
    rows = desk.locator("[data-row=items]")
    grip, target = rows.nth(1).locator(".entry__grip"), rows.nth(0)
    start, end = grip.bounding_box(), target.bounding_box()
    assert start
    assert end
    desk.mouse.move(start["x"] + 15, start["y"] + 30)
    desk.mouse.down()
    desk.mouse.move(end["x"] + 15, end["y"] + end["height"] - 10)
    desk.mouse.move(end["x"] + 15, end["y"] + 10, steps=6)
    desk.mouse.up()
    assert labels(desk)[:2] == ["Floor is dry", ""]
    assert desk.locator("[name=items-1-position]").input_value() == "20"


def test_what_was_typed_in_new_rows_survives_a_reload(desk: Page, promised: Live) -> None:
    url = drafted(promised)
    desk.goto(f"{url}/form")
    desk.locator("[name=items-1-label]").press("Enter")
    desk.keyboard.type("Floor does not stick")
    desk.keyboard.press("Alt+ArrowUp")
    desk.wait_for_timeout(600)
    desk.reload()
    expect(desk.locator(".draft__kept")).to_be_visible()
    assert labels(desk)[:3] == ["", "Floor does not stick", "Floor is dry"]
    desk.get_by_role("button", name="Keep the draft").click()
    desk.wait_for_url("**said=changed")
    assert body(promised, url)["items"][1]["key"] == "floor_does_not_stick"


def test_a_mistake_is_shown_beside_its_field_and_unfolds_it(desk: Page, promised: Live) -> None:
    url = drafted(promised)
    desk.goto(f"{url}/form")
    more = desk.locator("[data-row=items]").nth(3).locator(".entry__more")
    more.locator("summary").click()
    more.get_by_role("button", name="Write it in full").click()
    desk.locator("[name=items-3-relevant]").fill("${dry")
    more.locator("summary").click()
    desk.get_by_role("button", name="Keep the draft").click()
    expect(desk.locator("[name=items-3-relevant]")).to_be_focused()
    expect(more.locator(".field__error")).to_contain_text("is not understood")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out_and_a_thumb_can_do_it(
    browser: Browser, promised: Live, size: dict[str, int]
) -> None:
    context = browser.new_context(viewport=size, has_touch=True, locale="en-GB")  # type: ignore[arg-type]
    promised.sign_in(context, LEAD)
    page = context.new_page()
    url = drafted(promised)
    page.goto(f"{url}/form")
    page.locator(".entry__more > summary").nth(1).tap()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    page.get_by_role("button", name="Add an item").tap()
    page.keyboard.type("Windows are shut")
    page.locator("[data-row=items]").nth(5).locator("[data-do=up]").tap()
    page.get_by_role("button", name="Keep the draft").tap()
    page.wait_for_url("**said=changed")
    assert [one["key"] for one in body(promised, url)["items"]][4:] == ["windows_are_shut", "soap"]
    context.close()


def test_it_is_tried_as_on_a_phone_and_nothing_leaves_it(desk: Page, promised: Live) -> None:
    desk.set_viewport_size(PHONE)  # type: ignore[arg-type]
    url = drafted(promised)
    desk.goto(f"{url}/trial")
    sent: list[str] = []
    desk.on("request", lambda one: sent.append(one.url) if one.method != "GET" else None)
    for name, value in (("clean", "4"), ("dry", "pass")):
        desk.locator("label", has=desk.locator(f"[name=a-{name}][value='{value}']")).click()
        desk.get_by_role("button", name="Next").click()
    desk.locator("[name=a-heat]").fill("20")
    expect(desk.locator("#i-heat")).to_contain_text("becomes a finding")
    desk.get_by_role("button", name="Next").click()
    desk.get_by_role("button", name="Look it over").click()
    expect(desk.locator(".end__sums")).to_contain_text("Hot water")
    assert desk.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    told = f"{promised.url}/phones"  # how much waits on this phone, as every page says
    assert [one for one in sent if one != told] == []


def test_without_a_script_rows_are_added_and_placed(browser: Browser, promised: Live) -> None:
    context = browser.new_context(viewport=DESK, java_script_enabled=False)  # type: ignore[arg-type]
    promised.sign_in(context, LEAD)
    page = context.new_page()
    url = drafted(promised)
    page.goto(f"{url}/form")
    page.get_by_role("button", name="Add an item").click()
    page.locator("[name=items-5-label]").fill("Windows are shut")
    page.locator("[name=items-5-position]").fill("15")
    page.get_by_role("button", name="Keep the draft").click()
    assert body(promised, url)["items"][0]["key"] == "windows_are_shut"
    context.close()


# ---------------------------------------------------------------- what both sides know


@pytest.fixture
def rules(context: BrowserContext, live: Live) -> Page:
    page = context.new_page()
    page.goto(f"{live.url}/Q")
    return page


def test_the_browser_makes_the_names_the_server_makes(rules: Page) -> None:
    cases = json.loads((VECTORS / "item_keys.json").read_text())["cases"]
    made = rules.evaluate(
        """async (cases) => {
          const { keyOf } = await import("/static/js/rules/checklist.js");
          return cases.map(({ label, taken }) => keyOf(label, taken));
        }""",
        cases,
    )
    assert made == [case["key"] for case in cases]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("${dry} = 'fail'", "pass_fail"),
        ("${clean} <= 2", "level"),
        ("${heat} != ''", "number"),
        ("${a-b.c} >= -1.5", "number"),
        ("selected(${parts}, 'hinge')", "choices"),
        ("not(selected(${parts}, 'hinge'))", "choices"),
        ('${who} = "it\'s me"', "text"),
    ],
)
def test_a_condition_that_was_chosen_is_read_as_it_was_chosen(
    rules: Page, text: str, kind: str
) -> None:
    written = rules.evaluate(
        """async ([text, kind]) => {
          const { readCondition, writeCondition } = await import("/static/js/rules/checklist.js");
          return writeCondition(readCondition(text), kind);
        }""",
        [text, kind],
    )
    assert written == text


def test_a_condition_that_is_more_than_three_choices_stays_as_written(rules: Page) -> None:
    read = rules.evaluate(
        """async (texts) => {
          const { readCondition } = await import("/static/js/rules/checklist.js");
          return texts.map(readCondition);
        }""",
        ["${a} = 1 and ${b} = 2", "not(${a} = 1)", "${a} = ${b}", "not(selected(${a}, 'b')"],
    )
    assert read == [None] * 4
