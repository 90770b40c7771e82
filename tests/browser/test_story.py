"""The main job, end to end, as people do it: scan, report, one queue, fix, the other party accepts.

Each step leaves a picture in the folder that TANDEM_SCREENSHOTS names.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import ExifTags, Image
from playwright.sync_api import Browser, Locator, Page, expect

from qr import labels, payload
from tests.browser.conftest import DESK, PHONE, Live
from tests.cast import key

pytestmark = pytest.mark.browser

RECEIPT = re.compile(r"/r/[\w-]{22}")
LEAD, HAND, CLIENT = "contractor.supervisor", "contractor.staff", "customer.supervisor"
OUTCOME = "New washer, tested for ten minutes"


@dataclass
class Thumb:
    """One person at one screen; counts the taps and takes pictures on the way."""

    page: Page
    live: Live
    pictures: Path
    taps: int = field(default=0)

    def tap(self, what: Locator) -> None:
        self.taps += 1
        what.click()

    def add_photo(self, photo: Path) -> None:
        """The camera's own taps are not ours to count, the one that opens it is."""
        button = self.page.locator(".photo-button").first  # a script's; else the field itself
        field = self.page.locator("input[name=photos]").first
        scripted = button.is_visible()
        with self.page.expect_file_chooser() as chooser:
            self.tap(button if scripted else field)
        chooser.value.set_files(photo)
        if scripted:
            expect(self.page.locator(".chosen img")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.live.url}{self.live.cast.harbour.url}/{path}")

    def picture(self, name: str) -> None:
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)


@dataclass
class Everybody:
    """Whoever plays a part, each with a browser of their own."""

    live: Live
    occupant: Thumb
    lead: Thumb
    hand: Thumb
    client: Thumb


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def screen(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the pictures of this run go."""
    named = os.environ.get("TANDEM_SCREENSHOTS")
    folder = Path(named) / request.node.callspec.id if named else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def everybody(
    live: Live, browser: Browser, screen: Any, scripts: bool, pictures: Path
) -> Iterator[Everybody]:
    with ExitStack() as stack:

        def enters(who: str | None, runs_scripts: bool = True) -> Thumb:
            context = browser.new_context(
                viewport=screen, locale="en-GB", java_script_enabled=runs_scripts
            )
            stack.callback(context.close)
            if who:
                live.sign_in(context, who)
            return Thumb(context.new_page(), live, pictures)

        yield Everybody(live, enters(None, scripts), enters(LEAD), enters(HAND), enters(CLIENT))


@pytest.fixture
def leak(tmp_path: Path) -> Path:
    """A photo as a phone takes it: it knows where it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Phone"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (55.0, 40.0, 34.0)}
    )
    return _photo(tmp_path / "IMG_2041.jpg", (70, 90, 110), exif=exif)


@pytest.fixture
def washer(tmp_path: Path) -> Path:
    return _photo(tmp_path / "IMG_2042.jpg", (120, 140, 90))


def _photo(path: Path, colour: tuple[int, int, int], **options: Any) -> Path:
    grain = Image.effect_noise((1600, 1200), 30).convert("RGB")
    Image.blend(Image.new("RGB", grain.size, colour), grain, 0.3).save(path, "JPEG", **options)
    return path


# ---------------------------------------------------------------- the code on the wall


def _read(image: Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return str(found.text)


def _terminal_picture(text: str) -> Image.Image:
    """What a terminal draws of half blocks, four pixels to a module."""
    halves = {" ": (255, 255), "▄": (255, 0), "▀": (0, 255), "█": (0, 0)}
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    rows = [[halves[one][half] for one in line] for line in lines for half in (0, 1)]
    return Image.fromarray(np.array(rows, dtype=np.uint8).repeat(4, 0).repeat(4, 1))


def code_in_the_terminal(live: Live, place: str) -> str:
    """The address somebody scans from what `serve` prints."""
    address = payload.address(live.url, live.cast.harbour.codes[place])
    return _read(_terminal_picture(labels.terminal(address)))


def code_on_the_label(thumb: Thumb, place: str) -> str:
    """The address somebody scans from the label that was printed."""
    thumb.open(f"places/{thumb.live.cast.harbour.places[place].id}")
    thumb.tap(thumb.page.get_by_role("link", name="Codes and labels"))
    thumb.picture("01-the-codes-of-a-place")
    with thumb.page.expect_download() as download:
        thumb.tap(thumb.page.get_by_role("link", name="PDF", exact=True))
    page = pypdfium2.PdfDocument(download.value.path())[0]
    return _read(page.render(scale=300 / 72).to_pil())


# ---------------------------------------------------------------- the steps


def report(thumb: Thumb, address: str, photo: Path) -> None:
    """Category, photo, send; words are optional."""
    thumb.page.goto(address)
    thumb.picture("02-scanned")
    thumb.tap(thumb.page.locator(".tile", has_text="Leak"))
    thumb.add_photo(photo)
    thumb.picture("03-category-and-photo")
    thumb.tap(thumb.button("Send"))
    expect(thumb.page).to_have_url(RECEIPT)
    expect(thumb.page.get_by_role("heading", level=1)).to_have_text("We have your report")
    thumb.picture("04-received")
    assert thumb.taps <= 3


def _sides(thumb: Thumb) -> dict[str, list[str]]:
    """The numbers in the queue by whose turn it is, the first side first."""
    thumb.open("queue")
    return {
        part.get_attribute("aria-labelledby").removeprefix("side-"): part.locator(  # type: ignore[union-attr]
            ".queue__number"
        ).all_text_contents()
        for part in thumb.page.locator("section[aria-labelledby^=side-]").all()
    }


def _split(thumb: Thumb) -> dict[str, str]:
    """The counts over the queue: by party, in our words."""
    said = [one.inner_text() for one in thumb.page.locator(".split__side").all()]
    return {words.split()[-1]: " ".join(words.split()[:-1]) for words in said}


def see_one_queue(lead: Thumb, client: Thumb, number: str) -> None:
    """The same rows and counts, each party's own turn first."""
    ours, theirs = _sides(lead), _sides(client)
    assert ours == theirs
    assert list(ours) == ["contractor", "customer"]
    assert list(theirs) == ["customer", "contractor"]
    assert number in ours["contractor"]
    assert _split(lead) == {"Contractor": "3 with us", "Customer": "1 with them"}
    assert _split(client) == {"Contractor": "3 with them", "Customer": "1 with us"}
    for thumb, words in ((lead, "With us · Contractor"), (client, "With them · Contractor")):
        side = thumb.page.locator("section[aria-labelledby=side-contractor]")
        expect(side.get_by_role("heading")).to_have_text(re.compile(rf"^{words}\s*3$"))
        assert [count.strip() for count in side.locator(".count").all_inner_texts()] == ["3"]
    lead.picture("05-queue-contractor")
    client.picture("05-queue-customer")


def acknowledge(lead: Thumb, number: str) -> None:
    """Category, priority and who goes."""
    lead.tap(lead.page.locator(f"a[href$='/actions/{number}']"))
    lead.picture("06-before-acknowledging")
    lead.tap(lead.page.locator("#acknowledgement .tile", has_text="P2"))
    lead.page.get_by_label("Who goes").first.select_option(label="Staff Contractor")
    lead.tap(lead.button("Acknowledge"))
    expect(lead.page.get_by_text("Acknowledged. Whoever reported it")).to_be_visible()
    expect(lead.page.locator(".head")).to_contain_text("Urgent")
    lead.picture("07-acknowledged")


def start_on_site(hand: Thumb, address: str, number: str) -> None:
    """A scan while signed in lands on the place; work is started from there."""
    hand.open("my-work")
    hand.picture("08-my-work")
    hand.page.goto(address)
    expect(hand.page.get_by_text("You scanned the code here.")).to_be_visible()
    hand.picture("09-scanned-by-staff")
    card = hand.page.locator(".job", has=hand.page.locator(f"a[href*='/actions/{number}?']"))
    hand.tap(card.get_by_role("button", name="Start work"))
    started = hand.page.locator(".timeline li", has_text="Started work")
    expect(started).to_contain_text("scanned on site")


def fix(hand: Thumb, number: str, photo: Path) -> None:
    """Words and a photo, from one's own work."""
    hand.open("my-work")
    hand.tap(hand.page.locator(f"a[href$='/actions/{number}#fix']"))
    hand.page.get_by_label("What was done", exact=True).fill(OUTCOME)
    hand.add_photo(photo)
    hand.picture("10-before-fixed")
    hand.tap(hand.button("Fixed"))
    expect(hand.page.get_by_text("Fixed. The other party has been asked")).to_be_visible()
    hand.picture("11-fixed")


def cannot_accept_the_own_fix(lead: Thumb, number: str) -> None:
    """Neither by a button nor by a form that was forged."""
    lead.open(f"actions/{number}")
    expect(lead.page.locator(".turn")).to_contain_text("With them")
    expect(lead.button("Accept the fix")).to_have_count(0)
    status, text = lead.page.evaluate(
        """async ([url, key]) => {
          const answer = await fetch(url, {
            method: "POST", body: new URLSearchParams({ submission_key: key })
          });
          return [answer.status, await answer.text()];
        }""",
        [f"{lead.page.url}/acceptance", key()],
    )
    assert status == 422
    assert "Your own party fixed this" in text
    lead.page.reload()
    expect(lead.page.locator(".head")).to_contain_text("Fixed, to be accepted")
    lead.picture("12-cannot-accept")


def accept(client: Thumb, number: str) -> None:
    """The other party looks and accepts."""
    client.open("queue")
    client.tap(client.page.locator(f"a[href$='/actions/{number}']"))
    done = client.page.get_by_role("region", name="What was done")
    expect(done).to_contain_text(OUTCOME)
    for picture in ("Before", "After"):
        expect(done.get_by_role("img", name=picture)).to_have_count(1)
    client.picture("13-before-accepting")
    client.tap(client.button("Accept the fix"))
    expect(client.page.get_by_text("Put right and accepted.")).to_be_visible()
    client.picture("14-accepted")


def follow_up_and_thank(thumb: Thumb) -> None:
    """The follow-up says how it ended, and thanks are one tap."""
    thumb.page.reload()
    expect(thumb.page.get_by_role("heading", level=1)).to_have_text("Fixed and checked")
    expect(thumb.page.locator(".outcome")).to_contain_text(OUTCOME)
    thumb.picture("15-done")
    before = thumb.taps
    thumb.tap(thumb.button("Say thanks"))
    expect(thumb.page.get_by_text("You said thanks. It was passed on.")).to_be_visible()
    assert thumb.taps == before + 1
    thumb.picture("16-thanked")


def hear_the_thanks(hand: Thumb, number: str) -> None:
    hand.open("inbox")
    told = hand.page.locator(".timeline li", has_text="Said thanks")
    expect(told).to_contain_text(f"No. {number}")
    hand.picture("17-inbox")


def see_it_counted(thumb: Thumb, name: str) -> None:
    thumb.open("summary")
    figures = thumb.page.locator(".figures > div")
    expect(figures.filter(has_text="Closed in 30 days")).to_contain_text("1")
    expect(figures.filter(has_text="Thanked")).to_contain_text("1")
    thumb.picture(f"18-summary-{name}")


# ---------------------------------------------------------------- the story


@pytest.fixture
def others(live: Live) -> None:
    """What is open already when the story begins: two for the contractor, one for the customer."""
    live.reported("danger", "hall", "A ceiling panel hangs loose")
    live.reported("cleaning", "level", "Bins are full")
    live.reported("equipment", "kitchen", "The dishwasher stops half-way")


@pytest.mark.usefixtures("others")
def test_two_parties_put_a_dripping_tap_right_and_the_reporter_says_thanks(
    everybody: Everybody, leak: Path, washer: Path
) -> None:
    live, occupant, lead = everybody.live, everybody.occupant, everybody.lead
    address = code_on_the_label(everybody.client, "kitchen")
    assert code_in_the_terminal(live, "kitchen") == address
    assert address.startswith("HTTP://LOCALHOST:")
    report(occupant, address, leak)
    number = "4"
    see_one_queue(lead, everybody.client, number)
    acknowledge(lead, number)
    start_on_site(everybody.hand, address, number)
    fix(everybody.hand, number, washer)
    cannot_accept_the_own_fix(lead, number)
    accept(everybody.client, number)
    follow_up_and_thank(occupant)
    hear_the_thanks(everybody.hand, number)
    see_it_counted(lead, "contractor")
    see_it_counted(everybody.client, "customer")


def test_no_photo_that_staff_see_tells_where_it_was_taken(everybody: Everybody, leak: Path) -> None:
    address = payload.address(everybody.live.url, everybody.live.cast.harbour.codes["kitchen"])
    assert Image.open(leak).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    report(everybody.occupant, address, leak)
    lead = everybody.lead
    lead.open("actions/1")
    shown = lead.page.locator(".photo a").first.get_attribute("href")
    picture = lead.page.context.request.get(f"{everybody.live.url}{shown}").body()
    assert not dict(Image.open(io.BytesIO(picture)).getexif())
    assert b"Exif\0\0" not in picture


# ---------------------------------------------------------------- what a day brings


@pytest.fixture
def at_work(page: Page, live: Live, tmp_path: Path) -> Thumb:
    """Somebody of the contractor's staff before a tap that they have begun to put right."""
    number = live.reported("leak", "tap", "It drips")
    live.sign_in(page.context, HAND)
    hand = Thumb(page, live, tmp_path)
    hand.open(f"actions/{number}")
    page.get_by_text("Start work", exact=True).first.click()
    page.locator("#start").get_by_role("button", name="Start work").click()
    expect(page.get_by_role("button", name="Fixed", exact=True)).to_be_visible()
    return hand


def _words(hand: Thumb) -> Locator:
    return hand.page.get_by_label("What was done", exact=True)


def test_the_words_of_a_fix_survive_a_reload(at_work: Thumb) -> None:
    _words(at_work).fill(OUTCOME)
    at_work.page.wait_for_timeout(600)  # it is kept a moment after the last key
    at_work.page.reload()
    expect(_words(at_work)).to_have_value(OUTCOME)


def test_a_fix_on_a_lost_line_keeps_its_words_and_is_applied_once_when_it_is_back(
    at_work: Thumb,
) -> None:
    page = at_work.page
    _words(at_work).fill(OUTCOME)
    page.context.set_offline(True)
    at_work.button("Fixed").click()
    expect(page.get_by_text("Saved on this phone. Waiting for signal.")).to_be_visible()
    expect(_words(at_work)).to_have_value(OUTCOME)
    page.context.set_offline(False)
    expect(page.get_by_text("Fixed. The other party has been asked")).to_be_visible()
    expect(page.locator(".timeline li", has_text=OUTCOME)).to_have_count(1)


def test_what_was_done_is_said_once_and_not_again_on_a_reload(at_work: Thumb) -> None:
    said = at_work.page.get_by_text("Started. It is on your work list.")
    expect(said).to_be_visible()
    expect(at_work.page).not_to_have_url(re.compile("said="))  # its script has run
    at_work.page.reload()
    expect(at_work.button("Fixed")).to_be_visible()
    expect(said).to_have_count(0)


def _tab_to(page: Page, matching: str) -> None:
    """Press Tab until what has the focus matches."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", matching):
            return
    raise AssertionError(f"the keyboard never came to {matching}")


def test_a_report_needs_nothing_but_a_keyboard(page: Page, live: Live) -> None:
    page.goto(f"{live.url}/Q/{live.cast.harbour.codes['kitchen']}")
    _tab_to(page, "input[name=category]")
    page.keyboard.press("Space")
    expect(page.locator("input[value=leak]")).to_be_checked()
    _tab_to(page, ".button--primary")
    page.keyboard.press("Enter")
    expect(page).to_have_url(RECEIPT)


@pytest.mark.usefixtures("others")
def test_the_printed_summary_names_both_parties(page: Page, live: Live, tmp_path: Path) -> None:
    live.sign_in(page.context, CLIENT)
    Thumb(page, live, tmp_path).open("summary")
    document = pypdfium2.PdfDocument(page.pdf(format="A4"))
    assert len(document) == 1
    text = "\n".join(one.get_textpage().get_text_range() for one in document)
    for words in ("Harbour House customer", "Harbour House contractor", "Both parties"):
        assert words in text
    assert "My work" not in text  # the bar stays on the screen


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("who", [LEAD, CLIENT])
def test_no_page_is_wider_than_the_phone(page: Page, live: Live, who: str, tmp_path: Path) -> None:
    live.sign_in(page.context, who)
    thumb = Thumb(page, live, tmp_path)
    for path in ("queue", "actions/1", "my-work", "places", "people", "inbox", "summary", "tray"):
        thumb.open(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path
