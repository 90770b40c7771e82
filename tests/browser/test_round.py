"""A round of five rooms and 25 items by touch on a phone, signed on the glass by both parties."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from inspection.plans import laying
from tests.browser.conftest import PHONE, Live
from tests.browser.test_rows import CLIENT, HAND, LEAD, Person, Rows, folder_for, main, running
from tests.cast import PROMISES, ROOM, agreed
from tests.inspection.plans import laid, planning

pytestmark = pytest.mark.browser

TODAY = date(2026, 4, 1)
WEDNESDAYS = {"kind": "fixed", "rrule": "FREQ=WEEKLY;BYDAY=WE", "start": "2026-03-04"}
UPSTAIRS = ["3.01 Print room", "3.02 Meeting room", "3.03 Tea kitchen"]
STAINS, CRUMBS = "Stains by the door, and the mat is torn", "Crumbs under the table"
OFF = "The boiler is off this week"
PART = re.compile(r"/visits/\d+(\?|$)")


def rooms_checklist() -> dict[str, Any]:
    """ROOM with five items that are always asked; the last of them is a photo."""
    body = deepcopy(ROOM)
    body["title"] = "Rooms, weekly"
    view = {"key": "view", "kind": "photo", "label": "The room from the door"}
    asked = [one | {"required": True} for one in body["items"] if one["key"] != "why_wet"]
    body["items"] = [*asked, {**asked[-1], **view}]
    del body["items"][-1]["options"]
    return body


@pytest.fixture
def rows(live: Live, browser: Browser, tmp_path: Path) -> Iterator[Rows]:
    """Both parties agreed on a plan for every room; its five visits are due today."""
    with running(live, browser, folder_for("round", tmp_path)) as one:
        with live.app.app_context():
            agreed(one.here, "requirements", PROMISES)
            agreed(one.here, "checklist", rooms_checklist(), subject="room")
            laid.level(one.here, "Level 3", UPSTAIRS)
            planning.sign(one.here, frequency=WEDNESDAYS, minutes=6)
            laying.lay_out(one.here.contract.id, "rooms", TODAY)
        yield one


# ---------------------------------------------------------------- one hand, one phone


def finger(page: Page, where: Locator) -> None:
    """Draw with a finger: down, across, up.

    Hazard: a stroke that takes no time is a fling, and the next tap only stops it: no click.
    """
    where.scroll_into_view_if_needed()
    box = where.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    kind = "touchStart"
    for part in (0.2, 0.35, 0.5, 0.65, 0.8):
        x, y = box["x"] + box["width"] * part, box["y"] + box["height"] * (0.9 - 0.8 * part)
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        page.wait_for_timeout(40)
        kind = "touchMove"
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


@dataclass
class Walker:
    """Somebody who walks the round; every photo is another one."""

    person: Person
    folder: Path
    photos: list[Path] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.person.page

    @property
    def item(self) -> Locator:
        return self.page.locator(".item.is-here")

    def tap(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name, exact=True).tap()

    def photo(self) -> Path:
        path = self.folder / f"IMG_{len(self.photos) + 1}.jpg"
        ground = Image.new("RGB", (960, 720), (90 + 12 * len(self.photos), 120, 110))
        noise = Image.effect_noise(ground.size, 40).convert("RGB")
        Image.blend(ground, noise, 0.4).save(path, "JPEG", quality=85)
        self.photos.append(path)
        return path

    def takes(self, field: str) -> None:
        taken = self.item.locator(f"photo-shrink:has(input[name={field}])")
        taken.locator("input").set_input_files(self.photo())
        expect(taken.locator(".chosen img")).to_be_visible()

    def level(self, number: int) -> None:
        self.item.locator(f".lv label:has([value='{number}'])").tap()

    def choose(self, name: str) -> None:
        self.item.get_by_role("radio", name=name, exact=True).tap()

    def scans(self, place: str) -> None:
        """The camera opens the address of the code, and the place says what is due there."""
        live = self.person.live
        self.page.goto(f"{live.url}/Q/{live.cast.harbour.codes[place]}")
        expect(main(self.person)).to_contain_text("You scanned the code here")
        self.tap(re.compile("^Begin: Rooms, weekly"))

    def goes_to(self, place: str) -> None:
        """Without a scan: the next stop of the round."""
        self.page.locator(".stop", has_text=place).tap()
        self.tap("Begin")

    def answers(self, heat: str | None = "55") -> None:
        """Four items that follow the level; `heat` is none where there is nothing to measure."""
        self.choose("Pass")
        self.tap("Next")
        if heat is None:
            self.item.get_by_label("Not applicable").tap()
            self.item.get_by_label("Why does it not apply?").fill(OFF)
        else:
            self.item.get_by_label("°C").fill(heat)
        self.tap("Next")
        self.choose("Full")
        self.tap("Next")
        self.takes("photos-view")
        self.tap("Look it over")

    def goes_on(self) -> None:
        """From the room just submitted straight to the next one."""
        self.page.get_by_role("link", name="Next on the round").tap()
        self.tap("Begin")

    def submits(self) -> None:
        expect(self.page.locator(".end__sums")).to_contain_text("Everything is answered.")
        self.tap("Submit the inspection")
        self.page.wait_for_url(PART)
        expect(main(self.person)).to_contain_text("Submitted. The other party sees it now")

    def looks_at_the_round(self, done: int) -> None:
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name="Round").tap()
        expect(main(self.person)).to_contain_text(f"{done} of 5 done today")


# ---------------------------------------------------------------- the round


def test_a_round_of_five_rooms_by_touch_signed_by_both_stands_in_the_shared_queue(
    rows: Rows, tmp_path: Path
) -> None:
    walker = Walker(rows.enters(HAND, PHONE, has_touch=True, is_mobile=True), tmp_path)
    walker.person.open("round")
    expect(walker.page.locator(".stop")).to_have_count(5)
    walker.person.picture("1-the-round-of-today")
    _stains(walker)
    _corrected(walker)
    for place, heat in zip(UPSTAIRS, (None, "55", "52,5"), strict=True):
        if heat is None:
            walker.goes_to(place)
        else:
            walker.goes_on()
        expect(walker.page.locator(".head")).to_contain_text(place)
        walker.level(4)
        walker.tap("Next")
        walker.answers(heat)
        walker.submits()
    walker.looks_at_the_round(5)
    _sign_for_all(walker)
    ours, theirs = rows.both()
    visits = _seen_without_sharing(theirs)
    _on_the_pages(theirs, visits)
    _same_words_same_photo(ours, theirs, visits["2.14 Tea kitchen"])


def _stains(walker: Walker) -> None:
    """The first room fails: photo, a circle drawn on it, words; it goes to the queue."""
    walker.scans("kitchen")
    walker.level(2)
    walker.item.get_by_label("What is wrong?").fill(STAINS)
    walker.takes("photos-clean")
    walker.item.get_by_role("button", name="Draw on photo 1").tap()
    finger(walker.page, walker.page.locator("dialog.drawing canvas"))
    walker.person.picture("2-drawing-on-the-photo")
    walker.tap("Done")
    expect(walker.page.locator("dialog.drawing")).to_be_hidden()
    walker.person.picture("3-a-level-that-fails")
    walker.tap("Next")
    walker.answers()
    walker.person.picture("4-look-it-over")
    walker.submits()
    walker.looks_at_the_round(1)


def _corrected(walker: Walker) -> None:
    """The second one fails as well, and is put right at once: a photo of before and after."""
    walker.scans("hall")
    walker.level(2)
    walker.item.get_by_label("What is wrong?").fill(CRUMBS)
    walker.takes("photos-clean")
    walker.choose("Corrected on the spot")
    walker.takes("after-clean")
    walker.person.picture("5-corrected-on-the-spot")
    walker.tap("Next")
    walker.answers()
    walker.submits()
    walker.looks_at_the_round(2)


def _sign_for_all(walker: Walker) -> None:
    """Once for the whole round, on the same glass."""
    page = walker.page
    page.get_by_label("Who came along").fill("Supervisor Customer")
    for whose in ("Their", "Your"):
        finger(page, page.locator(f"signature-pad[label^='{whose} signature'] svg"))
    walker.person.picture("6-both-sign")
    walker.tap("Sign for 5 visits")
    expect(page.locator(".stop", has_text="signed by both")).to_have_count(5)
    expect(page.locator(".stop", has_text="2.14 Tea kitchen")).to_contain_text("66.0 %")
    walker.person.picture("7-signed-by-both")


# ---------------------------------------------------------------- what the other party sees


def _seen_without_sharing(theirs: Person) -> dict[str, str]:
    """The addresses of the five visits, by place."""
    theirs.open("visits")
    listed = theirs.page.locator(".visits__one")
    expect(listed).to_have_count(5)
    theirs.picture("8-the-customer-sees-five-inspections")
    return {
        one.locator("small").first.inner_text().partition(" ·")[0].strip(): str(
            one.locator(".visits__what a").evaluate("one => one.href")
        )
        for one in listed.all()
    }


def _on_the_pages(theirs: Person, visits: dict[str, str]) -> None:
    page = theirs.page
    for url in visits.values():
        page.goto(url)
        signed = page.get_by_role("region", name="Signed on the glass")
        expect(signed.locator("svg.signature path")).to_have_count(2)
        expect(signed).to_contain_text("Supervisor Customer")
        expect(signed).to_contain_text("Staff Contractor")
    page.goto(visits[UPSTAIRS[0]])
    expect(main(theirs)).to_contain_text(OFF)
    page.goto(visits["2.15 Hall"])
    found = page.get_by_role("region", name="Findings")
    expect(found).to_contain_text(CRUMBS)
    expect(found).to_contain_text("Corrected on the spot")
    expect(found.locator("img")).to_have_count(2)
    expect(found.locator("a[href*='/actions/']")).to_have_count(0)
    theirs.picture("9-corrected-on-the-spot-seen-by-the-customer")
    page.goto(visits["2.14 Tea kitchen"])
    expect(main(theirs)).to_contain_text("scanned on site")
    theirs.picture("10-the-first-room-seen-by-the-customer")
    paper = page.request.get(str(page.get_by_role("link", name="PDF").evaluate("one => one.href")))
    assert paper.headers["content-type"] == "application/pdf"
    text = "".join(
        one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(paper.body())
    )
    assert STAINS in " ".join(text.split())


def _same_words_same_photo(ours: Person, theirs: Person, visit: str) -> None:
    seen: list[tuple[str, str]] = []
    for thumb in (ours, theirs):
        thumb.page.goto(visit)
        on_visit = _picture_in(thumb, thumb.page.get_by_role("region", name="Findings"))
        thumb.open("queue?all=1")
        (row,) = thumb.page.locator("tr[data-number]").all()  # the corrected one opened no action
        expect(row).to_contain_text(STAINS)
        thumb.open(f"actions/{row.get_attribute('data-number')}")
        found = thumb.page.get_by_role("region", name="What was found")
        expect(found).to_contain_text(STAINS)
        expect(found).to_contain_text("Floor is clean")
        in_action = _picture_in(thumb, found)
        assert in_action == on_visit
        thumb.picture(f"11-the-action-as-the-{'customer' if seen else 'contractor'}-sees-it")
        seen.append((in_action, found.locator(".words").inner_text()))
    assert seen[0] == seen[1]


def _picture_in(thumb: Person, part: Locator) -> str:
    """The hash of the only large picture behind a part of a page; the red pen is in it."""
    (link,) = part.locator("a:has(img)").all()
    file = thumb.page.request.get(str(link.evaluate("one => one.href"))).body()
    image = Image.open(io.BytesIO(file)).convert("RGB")
    colours = image.getcolors(2**24) or []
    assert any(r > 180 and g < 80 and b < 90 for _, (r, g, b) in colours)  # type: ignore[misc]
    return hashlib.sha256(file).hexdigest()


# ---------------------------------------------------------------- no script at all


def test_a_room_of_the_round_is_inspected_without_any_script(rows: Rows, tmp_path: Path) -> None:
    walker = Walker(
        rows.enters(HAND, PHONE, has_touch=True, is_mobile=True, java_script_enabled=False),
        tmp_path,
    )
    page = walker.page
    walker.scans("kitchen")
    page.locator(".lv label:has([name=a-clean][value='2'])").tap()
    page.locator("[name=n-clean]").fill(STAINS)
    page.locator("[name=photos-clean]").set_input_files(walker.photo())
    page.locator("label:has([name=a-dry][value=pass])").tap()
    page.locator("[name=a-heat]").fill("55")
    page.locator("label:has([name=a-soap][value=full])").tap()
    page.locator("[name=photos-view]").set_input_files(walker.photo())
    page.get_by_text("Somebody is with you?").tap()
    page.locator("[name=signed-them]").fill("Ib Client")
    walker.person.picture("12-one-long-page")
    walker.tap("Submit the inspection")
    page.wait_for_url(PART)
    expect(main(walker.person)).to_contain_text("It became no. 1")
    expect(page.get_by_role("region", name="Signed on the glass")).to_contain_text("Ib Client")
    for who in (LEAD, CLIENT):
        thumb = rows.enters(who)
        thumb.open("actions/1")
        expect(thumb.page.get_by_role("region", name="What was found")).to_contain_text(STAINS)
        expect(
            thumb.page.get_by_role("region", name="What was found").locator("img")
        ).to_have_count(1)
