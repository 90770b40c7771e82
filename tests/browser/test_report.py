"""An occupant with an old phone and a bad line, in a real browser."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from inspection.db import db
from inspection.photos.models import Photo
from inspection.reports.models import Report
from tests.browser.conftest import PHONE, Live

pytestmark = pytest.mark.browser

RECEIPT = re.compile(r"/r/[\w-]{22}")


def rows(live: Live, model: Any) -> list[Any]:
    with live.app.app_context():
        return list(db.session.execute(select(model).order_by(model.id)).scalars())


@pytest.fixture
def door(live: Live) -> str:
    return f"{live.url}/Q/{live.cast.harbour.codes['kitchen']}"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Twelve megapixels, as a phone takes them."""
    path = tmp_path / "IMG_0001.jpg"
    noise = Image.effect_noise((1000, 750), 80).convert("RGB").resize((4000, 3000))
    noise.save(path, "JPEG", quality=95)
    return path


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A phone that runs no script."""
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


def choose(page: Page, name: str) -> None:
    page.locator(".tile", has_text=name).click()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send").click()


def test_fault_25_three_taps_without_any_script(
    plain: Page, live: Live, door: str, photo: Path
) -> None:
    plain.goto(door)
    choose(plain, "Leak")
    plain.set_input_files("input[name=photos]", photo)
    send(plain)
    expect(plain).to_have_url(RECEIPT)
    expect(plain.get_by_role("heading", level=1)).to_have_text("We have your report")
    assert len(rows(live, Report)) == len(rows(live, Photo)) == 1


def test_a_mistake_without_any_script_comes_back_as_typed(
    plain: Page, live: Live, door: str
) -> None:
    plain.goto(f"{door}?lang=da")
    plain.eval_on_selector_all("[required]", "all => all.forEach(one => one.required = false)")
    plain.fill("textarea[name=words]", "Det drypper")
    plain.locator(".button--primary").click()
    expect(plain.locator("textarea[name=words]")).to_have_value("Det drypper")
    expect(plain.locator("html")).to_have_attribute("lang", "da")
    expect(plain.locator(".field__error")).to_have_count(1)
    choose(plain, "leak (da)")
    plain.locator(".button--primary").click()
    expect(plain).to_have_url(RECEIPT)
    assert [one.words for one in rows(live, Report)] == ["Det drypper"]


def test_a_large_photo_leaves_the_phone_small(
    page: Page, live: Live, door: str, photo: Path
) -> None:
    page.goto(door)
    choose(page, "Leak")
    page.set_input_files("input[name=photos]", photo)
    expect(page.locator(".chosen img")).to_be_visible()
    page.wait_for_function(
        "size => document.querySelector('input[name=photos]').files[0].size < size / 2",
        arg=photo.stat().st_size,
    )
    send(page)
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_role("list", name="Your photos").locator("img")).to_have_count(1)
    (kept,) = rows(live, Photo)
    assert (kept.width, kept.height) == (2048, 1536)


def test_photos_add_up_and_can_be_taken_away(page: Page, door: str, photo: Path) -> None:
    page.goto(door)
    for _ in range(2):
        page.set_input_files("input[name=photos]", photo)
        expect(page.locator(".chosen li img").last).to_be_visible()
    expect(page.locator(".chosen li")).to_have_count(2)
    page.get_by_role("button", name="Remove photo 1").click()
    expect(page.locator(".chosen li")).to_have_count(1)
    assert page.eval_on_selector("input[name=photos]", "one => one.files.length") == 1
    page.set_input_files("input[name=photos]", [photo] * 5)
    expect(page.locator(".chosen li")).to_have_count(5)
    expect(page.locator(".photo-full")).to_be_visible()


def test_a_category_left_out_is_said_beside_it_in_the_readers_words(
    page: Page, live: Live, door: str
) -> None:
    page.goto(door)
    page.fill("textarea[name=words]", "It drips")
    send(page)
    expect(page.locator("fieldset .field__error")).to_have_text("Choose what it is about.")
    expect(page.locator("textarea[name=words]")).to_have_value("It drips")
    assert rows(live, Report) == []
    choose(page, "Leak")
    send(page)
    expect(page).to_have_url(RECEIPT)


SAVED = "Saved on this phone. Waiting for signal. Keep this page open until it says Received."


def test_a_lost_line_loses_nothing_and_it_goes_by_itself_when_it_is_back(
    page: Page, live: Live, door: str
) -> None:
    page.goto(door)
    choose(page, "Leak")
    page.fill("textarea[name=words]", "It drips")
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_role("status").filter(has_text=SAVED)).to_be_visible()
    expect(page.locator("textarea[name=words]")).to_have_value("It drips")
    assert rows(live, Report) == []
    page.context.set_offline(False)
    expect(page).to_have_url(RECEIPT)
    assert [one.words for one in rows(live, Report)] == ["It drips"]


def test_an_answer_that_was_lost_on_its_way_is_found_again(
    page: Page, live: Live, door: str
) -> None:
    """The report was stored, the phone never heard of it: the same key finds the same receipt."""

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.goto(door)
    choose(page, "Leak")
    page.fill("textarea[name=words]", "It drips")
    page.route("**/reports", swallow)
    send(page)
    expect(page.get_by_text(SAVED)).to_be_visible()
    assert len(rows(live, Report)) == 1
    page.unroute("**/reports")
    page.reload()  # what waits is not typed again: it goes out by itself
    expect(page.locator("textarea[name=words]")).to_have_value("")
    page.wait_for_function(RECEIPTS)
    assert len(rows(live, Report)) == 1


RECEIPTS = """async () => {
  const box = await import("/static/js/outbox/box.js");
  return (await box.receipts()).length === 1 && (await box.items()).length === 0;
}"""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", "<h1>Welcome to our guest network</h1>"),
        ("application/json", json.dumps({"ok": True})),
        ("application/json", json.dumps({"ack": "x" * 32, "sha256": "0" * 64, "location": "/"})),
    ],
)
def test_fault_28_a_captive_portal_is_not_believed(
    page: Page, live: Live, door: str, kind: str, body: str
) -> None:
    page.goto(door)
    choose(page, "Leak")
    page.route("**/reports", lambda route: route.fulfill(status=200, content_type=kind, body=body))
    send(page)
    expect(page.get_by_text(SAVED)).to_be_visible()
    assert page.url == door
    assert rows(live, Report) == []


def test_fault_13_a_double_tap_is_one_record(page: Page, live: Live, door: str) -> None:
    page.goto(door)
    choose(page, "Leak")
    page.get_by_role("button", name="Send").dblclick()
    expect(page).to_have_url(RECEIPT)
    assert len(rows(live, Report)) == 1


def test_words_survive_a_reload_and_can_be_discarded(page: Page, door: str) -> None:
    page.goto(door)
    choose(page, "Danger")
    page.fill("textarea[name=words]", "Smoke")
    page.get_by_text("Want to be called").click()
    page.fill("input[name=contact]", "12 34")
    page.wait_for_timeout(900)
    page.reload()
    expect(page.locator("textarea[name=words]")).to_have_value("Smoke")
    expect(page.locator("input[name=contact]")).to_have_value("12 34")
    expect(page.locator("input[value=danger]")).to_be_checked()
    expect(page.locator(".draft__kept")).to_have_count(1)
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("textarea[name=words]")).to_have_value("")
    page.reload()
    expect(page.locator(".draft__kept")).to_have_count(0)


def test_what_was_sent_is_not_offered_again(page: Page, live: Live, door: str) -> None:
    page.goto(door)
    choose(page, "Leak")
    page.fill("textarea[name=words]", "It drips")
    send(page)
    expect(page).to_have_url(RECEIPT)
    page.goto(door)
    expect(page.locator("textarea[name=words]")).to_have_value("")
    expect(page.locator(".draft__kept")).to_have_count(0)


def test_one_persons_draft_is_not_shown_to_another(page: Page, live: Live) -> None:
    place = live.cast.harbour.places["kitchen"].id
    address = f"{live.url}{live.cast.harbour.url}/reports/new?place={place}"
    live.sign_in(page.context, "contractor.staff")
    page.goto(address)
    page.fill("textarea[name=words]", "Told on the phone")
    page.reload()
    expect(page.locator("textarea[name=words]")).to_have_value("Told on the phone")
    page.context.clear_cookies()
    live.sign_in(page.context, "customer.staff")
    page.goto(address)
    expect(page.locator("textarea[name=words]")).to_have_value("")


def test_me_too_is_one_tap(page: Page, live: Live, door: str) -> None:
    page.goto(door)
    choose(page, "Leak")
    send(page)
    expect(page).to_have_url(RECEIPT)
    page.goto(door)
    page.get_by_role("button", name="Me too: Leak").click()
    expect(page).to_have_url(RECEIPT)
    assert [one.me_too for one in rows(live, Report)] == [False, True]
    page.goto(door)
    expect(page.get_by_text("2 people")).to_be_visible()


def test_over_plain_http_on_a_local_network_the_form_posts_by_itself(
    page: Page, live: Live, door: str
) -> None:
    """No secure context, no proof of an answer: the words are kept until the receipt is there."""
    page.add_init_script(
        "Object.defineProperty(crypto, 'subtle', { value: undefined });"
        "Object.defineProperty(window, 'isSecureContext', { value: false });"
    )
    page.goto(door)
    choose(page, "Leak")
    page.fill("textarea[name=words]", "It drips")
    page.route("**/reports", lambda route: route.abort())
    send(page)
    page.unroute("**/reports")
    page.goto(door)
    expect(page.locator("textarea[name=words]")).to_have_value("It drips")
    send(page)
    expect(page).to_have_url(RECEIPT)
    page.wait_for_load_state()  # its script drops the draft
    page.goto(door)
    expect(page.locator("textarea[name=words]")).to_have_value("")
    assert len(rows(live, Report)) == 1


def test_the_receipt_takes_a_rating_a_photo_and_a_withdrawal(
    page: Page, live: Live, door: str, photo: Path
) -> None:
    page.goto(door)
    choose(page, "Leak")
    send(page)
    expect(page).to_have_url(RECEIPT)
    page.locator("summary", has_text="Add a photo").click()
    page.set_input_files("#more-photos", photo)
    page.get_by_role("button", name="Send the photos").click()
    expect(page.get_by_text("Your photo was added.")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("list", name="Your photos").locator("img")).to_have_count(1)
    page.locator("summary", has_text="Take this report back").click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You took this report back")


def test_the_scripts_of_the_door_stay_small(page: Page, door: str) -> None:
    """They are comfort and come last; in all, page included, under a hundred kilobytes."""
    loaded: dict[str, int] = {}
    page.on("response", lambda one: loaded.update({one.url: len(gzip.compress(one.body()))}))
    page.goto(door, wait_until="networkidle")
    scripts = {url: size for url, size in loaded.items() if ".js" in url}
    pictures = {url for url in loaded if "/static/img/" in url or "manifest" in url}
    assert len(loaded.keys() - scripts.keys() - pictures) == 1
    assert sum(scripts.values()) <= 32 * 1024
    assert sum(loaded.values()) <= 100 * 1024
