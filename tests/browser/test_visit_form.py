"""An inspection on a phone: touch only, 390 by 844, called away in the middle."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from inspection.db import db, writing
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.rules import checklist, checklist_body, scale
from inspection.rules.checklist import Answer, Checklist
from inspection.visits import starting
from inspection.visits.models import Finding, Result, Signature, Visit
from tests.browser.conftest import DESK, PHONE, Live
from tests.cast import PROMISES, ROOM, agreed, finding, visited

pytestmark = pytest.mark.browser

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
WHO = "contractor.staff"


def rows(live: Live, model: Any) -> list[Any]:
    with live.app.app_context():
        return list(db.session.execute(select(model).order_by(model.id)).scalars())


@pytest.fixture
def form(live: Live) -> str:
    """The form of a visit that the contractor's staff has begun in the kitchen."""
    here = live.cast.harbour
    with live.app.app_context():
        agreed(here, "requirements", PROMISES)
        agreed(here, "checklist", ROOM, subject="room")
        finding(here, 2, "tap", "leak", "Tap drips")
        before = {"clean": Answer(2, no_photo="Too dark"), "dry": "pass", "heat": 55}
        visited(here, "kitchen", before, by="customer.staff")
        with writing():
            place = here.places["kitchen"].id
            visit = starting.begin(here.members[WHO], here.contract.id, place, "room")
    return f"{live.url}{here.url}/visits/{visit}/form"


@pytest.fixture
def touch(browser: Browser, live: Live) -> Iterator[Page]:
    """A phone held in one hand; a script error fails the test."""
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="en-GB")  # type: ignore[arg-type]
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    live.sign_in(context, WHO)
    yield context.new_page()
    context.close()
    assert errors == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_1.jpg"
    Image.effect_noise((800, 600), 60).convert("RGB").save(path, "JPEG")
    return path


def here(page: Page) -> Locator:
    """The item that is shown."""
    return page.locator(".item.is-here")


def tap(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).tap()


def level(page: Page, number: int) -> None:
    here(page).locator(f".lv label:has([value='{number}'])").tap()


def choose(page: Page, name: str) -> None:
    here(page).get_by_role("radio", name=name, exact=True).tap()


def draw(page: Page, where: Locator) -> None:
    expect(where).to_be_visible()  # it opens when the photo is read
    where.evaluate("one => one.scrollIntoView({ block: 'center' })")
    box = where.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    for part in (0.4, 0.6, 0.8):
        page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] * (1 - part))
    page.mouse.up()


def test_a_room_by_touch_with_a_finding_called_away_and_submitted(
    touch: Page, live: Live, form: str, photo: Path
) -> None:
    touch.goto(form)
    expect(here(touch).locator("legend")).to_have_text("Floor is clean")  # it failed last time
    expect(touch.locator(".asks.has-here h2")).to_have_text("Re-inspect")
    expect(here(touch)).to_contain_text("Last: 2 Below")

    level(touch, 2)
    here(touch).get_by_label("What is wrong?").fill("Stains by the door")
    here(touch).locator("input[name=photos-clean]").set_input_files(photo)
    here(touch).get_by_role("button", name="Draw on photo 1").tap()
    before = touch.eval_on_selector("[name=photos-clean]", "one => one.files[0].size")
    draw(touch, touch.locator("dialog.drawing canvas"))
    tap(touch, "Done")
    expect(touch.locator("dialog.drawing")).to_be_hidden()
    after = touch.eval_on_selector("[name=photos-clean]", "one => one.files[0].size")
    assert after != before
    here(touch).get_by_label("In the queue").select_option(label="belongs to No. 1 Tap drips")
    tap(touch, "Next")

    expect(here(touch).locator("legend")).to_contain_text("Floor is dry")
    choose(touch, "Fail")
    tap(touch, "Next")
    expect(here(touch)).to_contain_text("Only if “Floor is dry” is fail")
    tap(touch, "Back")
    choose(touch, "Pass")  # so it is not asked where the water is from
    tap(touch, "Next")
    expect(here(touch).locator("legend")).to_have_text("Hot water")
    here(touch).get_by_label("°C").fill("48,5")
    expect(here(touch)).to_contain_text("Outside 50 to 60 °C: this becomes a finding.")
    here(touch).get_by_label("Not applicable").tap()
    here(touch).get_by_label("Why does it not apply?").fill("Boiler is off this week")
    expect(touch.locator(".tools")).to_contain_text("3 of 4 answered")
    expect(here(touch).get_by_label("Why does it not apply?")).to_have_value(
        "Boiler is off this week"
    )
    touch.wait_for_timeout(500)  # kept as typed, 0.4 s after the last key
    touch.reload()  # a call, and the page is gone
    expect(here(touch).locator("legend")).to_have_text("Hot water")
    expect(here(touch).get_by_label("Why does it not apply?")).to_have_value(
        "Boiler is off this week"
    )
    tap(touch, "Next")
    tap(touch, "Look it over")
    sums = touch.locator(".end__sums")
    expect(sums).to_contain_text("Everything is answered.")
    expect(sums).to_contain_text("belongs to No. 1")
    expect(sums).to_contain_text("60.0 %")  # 3 x 50 % and 90 %
    touch.get_by_text("Somebody is with you?").tap()
    touch.get_by_label("Somebody else: their name").fill("Ib Client")
    draw(touch, touch.locator("signature-pad svg").first)
    touch.get_by_label("Name of who signs").fill("Ib Client")
    tap(touch, "Submit the inspection")
    touch.wait_for_url(re.compile(r"/visits/\d+(\?|$)"))

    made = rows(live, Visit)[-1]
    assert (made.state, made.accompanied_by, made.level) == ("submitted", "Ib Client", 2)
    results = {one.item: one for one in rows(live, Result) if one.visit_id == made.id}
    assert results["heat"].reason == "Boiler is off this week"
    assert results["why_wet"].verdict == "irrelevant"
    (found,) = [one for one in rows(live, Finding) if one.visit_id == made.id]
    assert (found.words, found.joined) == ("Stains by the door", True)
    (picture,) = rows(live, Photo)
    assert _is_red(live, picture)
    signed = {one.party: one for one in rows(live, Signature)}
    assert re.fullmatch(r"M\d+ \d+(L\d+ \d+)+", signed["contractor"].strokes)
    assert signed["customer"].name == "Ib Client"


def _is_red(live: Live, photo: Any) -> bool:
    """Whether the red pen is in the picture that was kept."""
    with live.app.app_context():
        file = evidence.store().read(photo.picture)
    image = Image.open(io.BytesIO(file)).convert("RGB")
    return any(r > 180 and g < 70 and b < 90 for _, (r, g, b) in image.getcolors(2**24) or ())


def test_a_mistake_leads_to_its_item(touch: Page, form: str) -> None:
    touch.goto(form)
    level(touch, 1)
    for name in ("Next", "Next", "Next", "Look it over"):
        tap(touch, name)
    tap(touch, "Submit the inspection")
    expect(here(touch).locator("legend")).to_have_text("Floor is clean")
    expect(here(touch).locator(".field__error")).to_contain_text("A photo belongs to this finding")
    here(touch).get_by_label("No photo? Say why").fill("Too dark")
    expect(here(touch).locator(".field__error")).to_have_count(0)


def test_a_phone_that_is_put_away_goes_on_elsewhere(
    touch: Page, live: Live, form: str, photo: Path, browser: Browser
) -> None:
    touch.goto(form)
    level(touch, 2)
    here(touch).locator("input[name=photos-clean]").set_input_files(photo)
    expect(here(touch).locator(".chosen img")).to_be_visible()
    tap(touch, "Keep and go on later")
    touch.wait_for_url(re.compile(r"/visits/\d+(\?|$)"))
    other = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    live.sign_in(other, WHO)
    page = other.new_page()
    page.goto(form)
    expect(here(page).locator("[name=a-clean][value='2']")).to_be_checked()
    other.close()
    touch.goto(form)  # the photo waits where it was taken
    expect(here(touch).locator(".chosen img")).to_be_visible()


def test_words_of_two_devices_are_chosen_between_and_never_mixed(
    touch: Page, live: Live, form: str, browser: Browser
) -> None:
    touch.goto(form)
    level(touch, 2)
    here(touch).get_by_label("What is wrong?").fill("Seen on the phone")
    tap(touch, "Next")
    choose(touch, "Pass")
    touch.context.set_offline(True)  # it tells nobody, however long the desk takes
    touch.wait_for_timeout(600)
    assert rows(live, Visit)[-1].draft == {}
    desk = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    live.sign_in(desk, WHO)
    page = desk.new_page()
    page.goto(form)
    here(page).locator(".lv label:has([value='4'])").click()
    here(page).get_by_label("Note").fill("Seen at the desk")
    page.get_by_role("button", name="Keep and go on later").click()
    page.wait_for_url(re.compile(r"/visits/\d+(\?|$)"))
    desk.close()

    touch.context.set_offline(False)
    touch.goto(form)
    expect(here(touch).locator("legend")).to_contain_text("Floor is dry")  # where it was
    tap(touch, "Back")
    clean = touch.locator("#i-clean")
    expect(clean.get_by_label("What is wrong?")).to_have_value("Seen on the phone")
    expect(clean.locator("input[value='2']")).to_be_checked()
    touch.evaluate("dispatchEvent(new Event('visibilitychange'))")
    touch.get_by_role("button", name=re.compile("Also begun on Chrome, Linux at .*")).tap()
    expect(clean.locator("input[value='4']")).to_be_checked()
    expect(clean.locator("[name=n-clean]")).to_have_value("Seen at the desk")
    expect(touch.locator("[name=a-dry]:checked")).to_have_count(0)
    assert rows(live, Visit)[-1].draft["fields"]["n-clean"] == ["Seen at the desk"]
    touch.get_by_role("button", name=re.compile("Show the words of")).tap()
    expect(clean.locator("[name=n-clean]")).to_have_value("Seen on the phone")
    expect(touch.locator("[name=a-dry][value=pass]")).to_be_checked()
    touch.reload()
    expect(touch.get_by_role("button", name=re.compile("Also begun on"))).to_be_visible()
    tap(touch, "Keep mine")
    expect(touch.get_by_role("button", name=re.compile("Also begun on"))).to_have_count(0)
    tap(touch, "Keep and go on later")
    touch.wait_for_url(re.compile(r"/visits/\d+(\?|$)"))
    fields = rows(live, Visit)[-1].draft["fields"]
    assert (fields["n-clean"], fields["a-dry"]) == (["Seen on the phone"], ["pass"])


def test_what_is_kept_on_the_phone_stays_when_the_line_is_gone(touch: Page, form: str) -> None:
    touch.goto(form)
    level(touch, 4)
    touch.context.set_offline(True)
    tap(touch, "Keep and go on later")
    expect(touch.get_by_text("Kept on this phone, with its photos.")).to_be_visible()
    touch.context.set_offline(False)
    touch.reload()
    expect(here(touch).locator("[name=a-clean][value='4']")).to_be_checked()


def test_all_on_one_page_is_remembered_and_goes_on_by_itself_when_wished(
    touch: Page, form: str
) -> None:
    touch.goto(form)
    touch.get_by_label("Go on after a good answer").tap()
    level(touch, 4)
    expect(here(touch).locator("legend")).to_contain_text("Floor is dry")
    tap(touch, "All on one page")
    expect(touch.locator(".item:visible")).to_have_count(4)
    touch.reload()
    expect(touch.locator(".item:visible")).to_have_count(4)


def test_enter_on_a_phones_keyboard_never_submits(touch: Page, live: Live, form: str) -> None:
    touch.goto(form)
    for _ in range(2):
        tap(touch, "Next")
    here(touch).get_by_label("°C").fill("55")
    here(touch).get_by_label("°C").press("Enter")
    expect(here(touch).locator("legend")).to_have_text("Soap")
    assert rows(live, Visit)[-1].state == "in_progress"


def test_every_target_is_large_enough_for_gloves(touch: Page, form: str) -> None:
    touch.goto(form)
    level(touch, 1)
    choose(touch, "Corrected on the spot")
    tap(touch, "All on one page")
    small = touch.evaluate(
        """() => [...document.querySelectorAll("button, label:has(input, select), .input")]
          .filter((one) => one.closest("visit-form"))
          .filter((one) => one.checkVisibility({ visibilityProperty: true }))
          .map((one) => [one.outerHTML.slice(0, 60), one.getBoundingClientRect().height])
          .filter(([, height]) => height < 48)"""
    )
    assert small == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK, {"width": 195, "height": 422}], ids=str)
def test_axe_finds_nothing(
    browser: Browser, live: Live, form: str, size: dict[str, int], dark: bool
) -> None:
    scheme = "dark" if dark else "light"
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    live.sign_in(context, WHO)
    page = context.new_page()
    page.goto(form)
    here(page).locator(".lv label:has([value='1'])").click()
    assert _violations(page) == []
    page.get_by_role("button", name="All on one page").click()
    assert _violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0 or size["width"] < 320
    page.get_by_role("button", name="Submit the inspection").click()
    expect(page.locator(".field__error").first).to_be_visible()
    assert _violations(page) == []
    context.close()


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


def test_the_browser_judges_as_the_server_does(page: Page, live: Live) -> None:
    cases = json.loads((VECTORS / "visits.json").read_text())["cases"]
    page.goto(f"{live.url}/Q")
    said = page.evaluate(
        """async (cases) => {
          const rules = await import("/static/js/rules/visit.js");
          const nothing = { value: null, reason: "", nophoto: "", photos: 0 };
          const aside = { verdict: "irrelevant", level: null, outside: false };
          return cases.map(({ items, answers, scale }) => {
            const of = ({ key }) => ({ ...nothing, ...answers[key] });
            const all = Object.fromEntries(items.map((item) => [item.key, of(item)]));
            const shown = rules.asked(items, all);
            const values = rules.valuesOf(all, shown);
            const judged = items.map((item) => {
              const said = shown.has(item.key) ? rules.judged(item, of(item), values) : aside;
              return { ...item, ...said, left: rules.missing(item, of(item), said.verdict) };
            });
            const by = (list, pick) => Object.fromEntries(list.map((one) => [one.key, pick(one)]));
            return {
              verdicts: by(judged, ({ verdict, level, outside }) => [verdict, level, outside]),
              missing: by(judged.filter(({ left }) => left), ({ left }) => left),
              score: rules.score(judged.filter(({ level }) => level !== null), scale),
            };
          });
        }""",
        [_for_browser(one) for one in cases],
    )
    assert said == [{name: one[name] for name in ("verdicts", "missing", "score")} for one in cases]


def _for_browser(case: dict[str, Any]) -> dict[str, Any]:
    """A case as the page hands it to the script: trees for conditions, the scale in numbers."""
    asked = checklist_body.read({"title": "Any", "items": case["items"]})
    usual = scale.read(scale.PROPOSED)
    assert isinstance(asked, Checklist)
    assert isinstance(usual, scale.Scale)
    answers = {
        key: one if isinstance(one, dict) else {"value": one}
        for key, one in case["answers"].items()
    }
    return {
        "items": [
            {
                "key": one.key,
                "kind": one.kind.value,
                "tree": one.relevant.tree if one.relevant else None,
                "section": None,
                "constraint": one.constraint.tree if one.constraint else None,
                "low": one.low,
                "high": one.high,
                "weight": one.weight,
                "critical": one.critical,
                "required": one.required and one.kind is not checklist.ItemKind.NOTE,
                "photo": one.photo_below,
            }
            for one in asked.items
        ],
        "answers": answers,
        "scale": [{"level": x.level, "anchor": x.anchor, "from": x.low} for x in usual.levels],
    }
