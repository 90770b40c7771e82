"""The scanner in a real Chromium, before a camera that shows what we drew."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect
from sqlalchemy import select

from inspection.alerts.models import Notice
from inspection.db import db, reading, table
from qr import fetching
from tests import needs
from tests.browser.conftest import PHONE, Live
from tests.cast import PROMISES, ROOM, agreed, posted

pytestmark = pytest.mark.browser
Filming = Callable[[str], Browser]
FOREIGN = "https://pay.example/now"


def seen(text: str) -> Image.Image:
    """What a camera sees of a code: on a wall, with quiet around it."""
    drawn = io.BytesIO()
    segno.make_qr(text).save(drawn, kind="png", scale=8, border=6)
    wall = Image.new("RGB", (1280, 720), "#c8c4bb")
    code = Image.open(drawn).convert("RGB")
    wall.paste(code, ((1280 - code.width) // 2, (720 - code.height) // 2))
    return wall


def shown(folder: Path, text: str) -> str:
    """A film of that, as Chromium's camera for tests takes it: JPEGs one after the other."""
    film, one = folder / "camera.mjpeg", io.BytesIO()
    seen(text).save(one, "JPEG", quality=90)
    film.write_bytes(one.getvalue() * 3)
    return str(film)


@pytest.fixture
def filming(playwright: Playwright, tmp_path: Path) -> Iterator[Filming]:
    """Make a browser whose camera sees a code with some text."""
    opened: list[Browser] = []

    def before(text: str) -> Browser:
        camera = (
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={shown(tmp_path, text)}",
        )
        opened.append(
            playwright.chromium.launch(
                executable_path=needs.chromium(), args=[*needs.FLAGS, *camera]
            )
        )
        return opened[-1]

    yield before
    for one in opened:
        one.close()


def signed_in(live: Live, browser: Browser) -> Page:
    """A page of somebody of the contractor's whose browser may use the camera."""
    context = browser.new_context(viewport=PHONE, locale="en-GB", permissions=["camera"])  # type: ignore[arg-type]
    live.sign_in(context, "contractor.staff")
    return context.new_page()


def on_scan_page(live: Live, browser: Browser) -> Page:
    page = signed_in(live, browser)
    page.goto(f"{live.url}/scan")
    page.get_by_role("button", name="Open the camera").click()
    return page


@pytest.mark.skipif(not fetching.here(), reason="npm did not bring the barcode reader")
def test_a_code_before_the_camera_leads_to_its_place(live: Live, filming: Filming) -> None:
    code = live.cast.harbour.codes["tap"]
    page = on_scan_page(live, filming(f"{live.url}/Q/{code}".upper()))
    page.wait_for_url("**/places/**", timeout=20_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        live.cast.harbour.places["tap"].name
    )


@pytest.mark.skipif(not fetching.here(), reason="npm did not bring the barcode reader")
def test_fault_70_a_foreign_code_warns_and_is_reported_in_one_tap(
    live: Live, filming: Filming
) -> None:
    page = on_scan_page(live, filming(FOREIGN))
    expect(page.get_by_text("somebody may have put a sticker").last).to_be_visible(timeout=20_000)
    expect(page.locator("output")).to_have_text(FOREIGN)
    assert page.locator("input[type=password]").count() == 0
    page.get_by_role("button", name="Report the sticker").click()
    expect(page.get_by_text("Both parties know of the sticker")).to_be_visible()
    notices = table(Notice)
    with live.app.app_context(), reading():
        told = db.session.execute(select(notices.c.lead_of)).scalars().all()
    assert sorted(told) == ["contractor", "customer"]


@pytest.mark.skipif(not fetching.here(), reason="npm did not bring the barcode reader")
def test_a_code_of_any_kind_is_scanned_into_the_field_that_asks_for_it(
    live: Live, filming: Filming
) -> None:
    here = live.cast.harbour
    wall = ROOM["items"][1] | {"key": "wall", "kind": "barcode", "label": "The extinguisher"}
    with live.app.app_context():
        agreed(here, "requirements", PROMISES)
        agreed(here, "checklist", {**ROOM, "items": [wall, *ROOM["items"]]}, subject="room")
    page = signed_in(live, filming("EXT-0042/7"))
    page.goto(f"{live.url}{here.url}/places/{here.places['kitchen'].id}/inspection/room")
    field = page.get_by_label("Code on the wall")
    page.get_by_role("button", name="Scan", exact=True).click()
    expect(field).to_have_value("EXT-0042/7", timeout=20_000)
    expect(page.locator("dialog.scanner__dialog")).to_be_hidden()
    expect(page.locator(".tools")).to_contain_text("1 of ")
    field.fill("")
    field.click()
    page.keyboard.type("EXT-0043")  # a hand-held scanner, which ends with Enter
    page.keyboard.press("Enter")
    expect(page.locator(".item.is-here legend")).to_contain_text("Floor is clean")
    expect(page.locator("[name=a-wall]")).to_have_value("EXT-0043")
    assert "/inspection/room" in page.url


def test_a_photo_of_a_code_leads_there_and_a_foreign_one_warns(live: Live, page: Page) -> None:
    live.sign_in(page.context, "customer.staff")
    code = live.cast.harbour.codes["tap"]
    for text, leads in ((f"{live.url}/Q/{code}".upper(), True), (FOREIGN, False)):
        photo = io.BytesIO()
        seen(text).save(photo, "PNG")
        page.goto(f"{live.url}/scan")
        page.get_by_label("Or take a photo").set_input_files(
            {"name": "image.png", "mimeType": "image/png", "buffer": photo.getvalue()}
        )
        page.get_by_role("button", name="Read the photo").click()
        if leads:
            page.wait_for_url("**/places/**")
        else:
            expect(page.locator("output")).to_have_text(FOREIGN)
    page.goto(f"{live.url}/scan")
    page.get_by_label("Or take a photo").set_input_files(
        {"name": "grey.png", "mimeType": "image/png", "buffer": grey()}
    )
    page.get_by_role("button", name="Read the photo").click()
    expect(page.get_by_text("No code can be seen in that photo")).to_be_visible()


def grey() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 300), "grey").save(made, "PNG")
    return made.getvalue()


def test_a_hand_held_scanner_works_on_any_page(live: Live, page: Page) -> None:
    live.sign_in(page.context, "contractor.supervisor")
    code = live.cast.harbour.codes["tap"]
    page.goto(f"{live.url}/c/{live.cast.harbour.contract.slug}/inbox")
    page.wait_for_load_state("networkidle")
    page.keyboard.type(f"{live.url}/Q/{code}".upper())
    page.keyboard.press("Enter")
    page.wait_for_url("**/places/**")


@pytest.mark.skipif(not fetching.here(), reason="npm did not bring the barcode reader")
def test_a_code_is_read_in_the_basement_and_leads_to_the_place_that_was_taken_along(
    live: Live, filming: Filming
) -> None:
    here = live.cast.harbour
    place, code = here.places["tap"], here.codes["tap"]
    number = live.reported("leak", "tap", "Drips")
    with live.app.app_context():
        posted(live.cast.client("contractor.staff"), f"{here.url}/actions/{number}/start")
    page = signed_in(live, filming(f"{live.url}/Q/{code}".upper()))
    page.goto(f"{live.url}{here.url}/basement")
    page.get_by_role("button", name="Prepare now").click()
    expect(page.get_by_text("without the network")).to_be_visible(timeout=60_000)
    page.context.set_offline(True)
    page.goto(f"{live.url}/scan")
    page.get_by_role("button", name="Open the camera").click()
    page.wait_for_url(f"**/places/{place.id}", timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text(place.name)
