"""What a person sees of the things that wait on their phone, in a real browser."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import select

from inspection.db import db, writing
from inspection.people.models import Phone
from inspection.people.models import Session as SignedIn
from inspection.photos.models import Photo
from tests.browser.conftest import Live
from tests.browser.test_axe import Judge
from tests.browser.test_rules import cases
from tests.cast import posted

pytestmark = pytest.mark.browser

HAND, LEAD = "contractor.staff", "contractor.supervisor"
WORDS = "The valve behind the boiler drips"
HOSTILE = "../../etc/<b>CON\u202egpj.exe"
LINES = re.compile(r"/(reach|actions/\d+/(comments|fix)|uploads/.*)(\?.*)?$")

BOX = """async (given) => {
  const build = document.documentElement.dataset.build;
  const box = await import(`/shell/${build}/outbox/box.js`);
  const store = await import(`/shell/${build}/outbox/store.js`);
  await box.ready;
"""


@pytest.fixture
def number(live: Live) -> str:
    return live.reported("leak", "kitchen", "Water on the floor")


def cut(page: Page) -> None:
    """No line for what is finished; pages still come."""
    page.route(LINES, lambda route: route.abort())


def at_work(page: Page, context: BrowserContext, live: Live, number: str) -> str:
    """Sign the hand in, on the page of an action and without a line; its path."""
    live.sign_in(context, HAND)
    cut(page)
    here = f"{live.cast.harbour.url}/actions/{number}"
    page.goto(live.url + here)
    return here


def picture() -> bytes:
    held = io.BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(held, "JPEG")
    return held.getvalue()


def finished(page: Page, url: str, text: str = WORDS, photo: bytes = b"", **more: Any) -> Any:
    """Freeze a comment as a form would; the item."""
    given = {"url": url, "text": text, "photo": list(photo), "more": more}
    return page.evaluate(
        BOX
        + """
  const blob = new Blob([new Uint8Array(given.photo)], { type: "image/jpeg" });
  const named = { field: "photos", name: "../../IMG.jpg" };
  const photos = given.photo.length ? [{ ...(await box.keepPhoto(blob)), ...named }] : [];
  const item = await box.finish({ url: given.url, pairs: [["text", given.text]], photos,
    title: "Leak in the kitchen", page: location.pathname });
  return await store.update("outbox", item.id, () => given.more);
}""",
        given,
    )


def drafted(page: Page, form: str, text: str) -> None:
    page.evaluate(
        BOX
        + """
  await box.keepDraft(given.form, { at: Date.now(), typed: [["text", given.text]], photos: [] });
}""",
        {"form": form, "text": text},
    )


def actor(live: Live, who: str) -> str:
    return str(live.cast.harbour.people[who].id)


def thing(page: Page, words: str) -> Locator:
    return page.locator("[data-part=things] > li", has_text=words)


def phones(live: Live) -> list[Phone]:
    with live.app.app_context():
        return list(db.session.execute(select(Phone).order_by(Phone.id)).scalars())


def test_the_rules_of_what_waits_and_of_the_file_hold_in_the_browser(
    page: Page, live: Live
) -> None:
    page.goto(f"{live.url}/Q")
    a_file_made_on_the_phone_is_a_sound_zip(page)
    each_thing_stands_where_the_examples_say(page)
    a_phone_says_how_much_of_which_contract_it_holds(page)


def a_file_made_on_the_phone_is_a_sound_zip(page: Page) -> None:
    made, checks = page.evaluate(
        """async (names) => {
          const { crc32, zip } = await import("/static/js/rules/zip.js");
          const text = (one) => new TextEncoder().encode(one);
          const files = names.map((name, n) => ({ name, data: text("æ".repeat(n * 1000)) }));
          const whole = await new Blob(zip(files, new Date(2026, 10, 22, 14, 2, 7))).arrayBuffer();
          return [[...new Uint8Array(whole)], [crc32(text("123456789")), crc32(text(""))]];
        }""",
        ["empty.txt", "photos/å.txt"],
    )
    assert checks == [0xCBF43926, 0]
    with zipfile.ZipFile(io.BytesIO(bytes(made))) as there:
        assert there.testzip() is None
        assert there.namelist() == ["empty.txt", "photos/å.txt"]
        assert there.read("photos/å.txt") == ("æ" * 1000).encode()
        assert there.infolist()[0].date_time == (2026, 11, 22, 14, 2, 6)


def each_thing_stands_where_the_examples_say(page: Page) -> None:
    said = page.evaluate(
        """async (cases) => {
          const { standing } = await import("/static/js/rules/waiting.js");
          return cases.map(({ item }) => standing(item, 1000));
        }""",
        cases("waiting.json"),
    )
    assert said == [case["standing"] for case in cases("waiting.json")]


def a_phone_says_how_much_of_which_contract_it_holds(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { report, room } = await import("/static/js/rules/waiting.js");
          const at = (seconds, contract, state = "queued") =>
            ({ state, contract, device_time: new Date(1e12 - seconds * 1000).toISOString() });
          const here = [at(60, "a"), at(30, "a"), at(5, "a", "refused")];
          const said = report([...here, at(3600, "b"), at(9e9, "")], [{}], 1e12);
          return [said, report([], [], 1e12), room({ usage: 1, quota: 2 ** 25 })];
        }"""
    )
    held = ["a;2;60", "b;1;3600"]
    assert said[0] == {"unsent": 4, "oldest": int(9e9), "drafts": 1, "held": held}
    assert said[1] == {"unsent": 0, "oldest": 0, "drafts": 0, "held": []}
    assert said[2] == {"used": 1, "free": 31, "short": True}


def test_what_waits_is_counted_shown_exported_deleted_by_hand_and_sent(
    page: Page, context: BrowserContext, live: Live, number: str, tmp_path: Path
) -> None:
    here, photo = at_work(page, context, live, number), picture()
    title = page.title()
    expect(page.locator("outbox-count")).to_be_hidden()
    finished(page, f"{here}/comments", photo=photo)
    finished(page, f"{here}/comments", HOSTILE)
    words = page.locator("form[action$='/comments'] textarea")
    words.evaluate("one => one.closest('details')?.setAttribute('open', '')")
    words.fill("Half a sentence")
    label = page.locator(f"label[for='{words.get_attribute('id')}']").inner_text()
    page.wait_for_timeout(800)
    expect(page.locator("outbox-count a")).to_have_text("2 waiting")
    expect(page).to_have_title(f"(2) {title}")
    page.locator("outbox-count a").click()
    first = thing(page, WORDS)
    expect(first.locator(".outbox__stands")).to_contain_text("Waiting for signal")
    expect(first.locator(".outbox__stands")).to_contain_text("next try", timeout=10_000)
    expect(first.locator("[data-part=photos] img")).to_be_visible()
    draft = thing(page, "Half a sentence")
    expect(draft).to_contain_text("Draft, saved on this phone")
    expect(draft.locator("dt")).to_have_text(label)
    expect(draft.get_by_role("link", name="Go on")).to_have_attribute("href", here)
    expect(page.get_by_role("status").first).to_have_text("3 things wait on this phone.")
    context.set_offline(True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export unsent").click()
    download.value.save_as(tmp_path / "unsent.zip")
    whole(tmp_path / "unsent.zip", photo)
    context.set_offline(False)
    for answer in ("Keep it", "Delete it"):
        thing(page, "CON").get_by_role("button", name="Delete").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(HOSTILE)
        expect(thing(page, "CON")).to_be_attached()
        dialog.get_by_role("button", name=answer).click()
    expect(thing(page, "CON")).to_have_count(0)
    page.unroute(LINES)
    first.get_by_role("button", name="Send now").click()
    expect(first).to_have_count(0)
    page.get_by_text("Received in the last 14 days").click()
    received = page.locator("[data-part=receipt-list] > li")
    expect(received).to_have_count(1)
    expect(received).to_contain_text("Received by the server")


def whole(path: Path, photo: bytes) -> None:
    """The file holds everything, under names that stay where they are put (fault 99)."""
    with zipfile.ZipFile(path) as kept:
        assert kept.testzip() is None
        sha256 = hashlib.sha256(photo).hexdigest()
        assert set(kept.namelist()) == {"index.txt", "items.json", f"photos/{sha256}.jpg"}
        assert kept.read(f"photos/{sha256}.jpg") == photo
        index, items = kept.read("index.txt").decode(), json.loads(kept.read("items.json"))
    for words in (WORDS, HOSTILE, "Half a sentence", "Waiting for signal"):
        assert words in index
    assert sorted(one["state"] for one in items) == ["draft", "queued", "queued"]


# ---------------------------------------------------------------- what needs the person


def test_what_waits_for_a_person_says_why_and_what_they_can_do(
    page: Page, context: BrowserContext, live: Live, number: str
) -> None:
    live.sign_in(context, HAND)
    context.add_init_script(AXE_SCRIPT)
    here = f"{live.cast.harbour.url}/actions/{number}"
    cut(page)
    page.goto(live.url + here)
    needs = {"state": "needs_you", "next_try": 0}
    moved = {"code": "moved", "sentence": "Anna closed it at 13:50.", "field": None}
    wrong = {"code": "form.missing", "sentence": "This is needed.", "field": "text"}
    finished(page, f"{here}/fix", "Basin", **needs, last_error={"code": "sign_in", "refused": []})
    lost = needs | {"last_error": {"code": "photo_missing", "refused": []}}
    finished(page, f"{here}/fix", "Boiler", picture(), **lost)
    draft = {"name": f"{actor(live, HAND)}{here}/fix#fix", "typed": [["text", "Three taps"]]}
    chosen = needs | {"last_error": {"code": "form.missing", "refused": [wrong]}, "draft": draft}
    finished(page, f"{here}/fix", **chosen)
    refused = {
        "state": "refused",
        "ack": {"missing": []},
        "last_error": {"code": "moved", "refused": [moved]},
    }
    finished(page, f"{here}/fix", "Valve", picture(), **refused)
    page.goto(f"{live.url}/outbox")
    first = thing(page, "Basin")
    expect(first).to_contain_text("Waiting for you: sign in")
    expect(first.get_by_role("link", name="Sign in")).to_have_attribute(
        "href", "/sign-in?next=/outbox"
    )
    second = thing(page, "Boiler")
    expect(second).to_contain_text("Waiting for you: photo missing")
    expect(second.get_by_role("button", name="Keep waiting")).to_be_visible()
    expect(thing(page, "Three")).to_contain_text("This is needed.")
    fourth = thing(page, "Valve")
    expect(fourth).to_contain_text(
        "Received, not applied: Anna closed it at 13:50. Your photos are attached."
    )
    expect(fourth.get_by_role("link", name="Open it")).to_have_attribute("href", here)
    page.emulate_media(reduced_motion="reduce")  # colours on their way to others are neither
    assert Judge(page, live).look("what waits") == []
    fourth.get_by_role("button", name="Done, put away").click()
    expect(fourth).to_have_count(0)
    thing(page, "Three").get_by_role("button", name="Open the form again").click()
    expect(page).to_have_url(live.url + here)
    page.goto(f"{live.url}/outbox")
    expect(thing(page, "Basin")).to_be_visible()
    expect(thing(page, "Three taps")).to_contain_text("Draft, saved on this phone")


def test_fault_50_what_came_too_late_is_attached_with_its_photos_and_said_to_be(
    page: Page, context: BrowserContext, live: Live, number: str
) -> None:
    here, photo = f"{live.cast.harbour.url}/actions/{number}", picture()
    live.sign_in(context, HAND)
    with live.app.app_context():
        posted(live.cast.client(HAND), f"{here}/start", version=1)
    cut(page)
    page.goto(live.url + here)
    finished(page, f"{here}/fix", photo=photo, pairs=[["text", WORDS], ["version", "2"]])
    with live.app.app_context():
        posted(live.cast.client(LEAD), f"{here}/fix", text="Done already", version=2)
    page.unroute(LINES)
    page.goto(f"{live.url}/outbox")
    late = thing(page, WORDS)
    expect(late).to_contain_text(
        "Received, not applied: Supervisor Contractor (Contractor) fixed it"
    )
    expect(late).to_contain_text("Your photos are attached.")
    with live.app.app_context():
        attached = db.session.execute(select(Photo.received_sha256, Photo.standing)).all()
    assert [tuple(one) for one in attached] == [(hashlib.sha256(photo).hexdigest(), "")]
    late.get_by_role("link", name="Open it").click()
    expect(page.locator(".timeline").get_by_text(WORDS)).to_have_count(1)


def test_fault_20_what_is_said_to_be_saved_was_written_durably(
    page: Page, context: BrowserContext, live: Live, number: str
) -> None:
    """A battery that dies just after "saved": Chromium flushes only what is asked for strictly."""
    context.add_init_script(
        """const plain = IDBDatabase.prototype.transaction;
        globalThis.written = [];
        IDBDatabase.prototype.transaction = function (stores, mode, options) {
          const made = plain.call(this, stores, mode, options);
          if (mode === "readwrite") written.push([[stores].flat().join(), made.durability]);
          return made;
        };"""
    )
    here = at_work(page, context, live, number)
    finished(page, f"{here}/comments", photo=picture())
    drafted(page, f"{actor(live, HAND)}{here}#comments", "Half a sentence")
    written = page.evaluate("written")
    touched = {name for stores, _ in written for name in stores.split(",")}
    assert touched >= {"drafts", "outbox", "photos"}
    assert {durability for _, durability in written} == {"strict"}


def test_fault_02_a_page_that_died_between_the_answer_and_the_receipt_writes_it_later(
    page: Page, context: BrowserContext, live: Live, number: str
) -> None:
    here = at_work(page, context, live, number)
    ack = {"location": here, "said": "", "number": number, "missing": [], "uploads": ""}
    finished(page, f"{here}/comments", state="sending", ack=ack)
    page.unroute_all()
    page.goto(live.url + here)
    page.wait_for_timeout(500)
    kept = BOX + "return [(await box.items()).length, (await box.receipts()).length]; }"
    page.wait_for_function(f"async () => String(await ({kept})()) === '0,1'")


# ---------------------------------------------------------------- shared phones


def test_fault_60_what_waits_for_a_sign_in_goes_out_for_the_same_person_alone(
    page: Page, context: BrowserContext, live: Live, number: str
) -> None:
    here = at_work(page, context, live, number)
    finished(page, f"{here}/comments")
    with live.app.app_context(), writing():
        db.session.execute(SignedIn.__table__.update().values(ended_at=SignedIn.created_at))
    page.unroute(LINES)
    page.goto(f"{live.url}/outbox")
    waits = thing(page, WORDS)
    expect(waits).to_contain_text("Waiting for you: sign in", timeout=10_000)
    live.sign_in(context, LEAD)
    page.goto(live.url + here)
    page.wait_for_timeout(2500)
    assert WORDS not in page.content()
    live.sign_in(context, HAND)
    page.goto(live.url + here)
    page.goto(f"{live.url}/outbox")
    expect(page.locator("[data-part=empty]")).to_be_visible(timeout=10_000)  # the list was read
    expect(waits).to_have_count(0, timeout=10_000)
    page.goto(live.url + here)
    expect(page.locator(".timeline").get_by_text(WORDS)).to_have_count(1)
    expect(page.locator(".timeline li", has_text=WORDS)).to_contain_text("Staff Contractor")


def test_fault_24_signing_out_asks_and_nobody_else_sees_what_is_kept(
    page: Page, context: BrowserContext, live: Live, number: str
) -> None:
    here = at_work(page, context, live, number)
    item = finished(page, f"{here}/comments", photo=picture())
    drafted(page, f"{actor(live, HAND)}{here}#comments", "Half a sentence")
    page.evaluate("caches.open('prepared-1').then((one) => one.put('/x', new Response('mine')))")
    sign_out(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("2 things are still on this phone")
    expect(dialog).to_contain_text(WORDS)
    dialog.get_by_role("button", name="Send now").click()
    expect(dialog).to_contain_text("Not sent: there is no signal here.")
    dialog.get_by_role("button", name="Keep them locked for me").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    assert page.evaluate("caches.keys().then((names) => names.includes('prepared-1'))") is False
    page.goto(f"{live.url}/outbox")
    expect(page.get_by_text("2 things wait on this phone for somebody who is not")).to_be_visible()
    live.sign_in(context, LEAD)
    for path in (here, f"{live.cast.harbour.url}/queue", "/outbox"):
        page.goto(live.url + path)
        page.wait_for_timeout(700)
        for mine in (WORDS, "Half a sentence", item["id"], item["manifest"][0]["sha256"]):
            assert mine not in page.content(), path
    expect(page.get_by_text("Somebody else has 2 things waiting on this phone.")).to_be_visible()
    expect(page.get_by_text("Nothing waits on this phone")).to_be_visible()
    live.sign_in(context, HAND)
    page.goto(live.url + here)
    expect(page.locator("outbox-count a")).to_have_text("1 waiting")
    page.unroute(LINES)
    sign_out(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete them").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    assert page.evaluate(BOX + "return (await store.all('drafts')).length; }", None) == 0


def sign_out(page: Page) -> None:
    page.locator(".menu summary").click()
    page.locator("sign-out button").click()


def test_fault_69_pages_kept_for_somebody_who_was_sent_away_go_on_contact(
    page: Page, context: BrowserContext, live: Live
) -> None:
    live.sign_in(context, HAND)
    page.goto(f"{live.url}{live.cast.harbour.url}/queue")
    page.evaluate("caches.open('prepared-1').then((one) => one.put('/x', new Response('mine')))")
    with live.app.app_context(), writing():
        db.session.execute(SignedIn.__table__.update().values(ended_at=SignedIn.created_at))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("You are no longer signed in here.")).to_be_visible()
    assert page.evaluate("caches.keys().then((names) => names.includes('prepared-1'))") is False


# ---------------------------------------------------------------- the office


def test_fault_10_a_phone_that_was_emptied_is_told_what_it_lost(
    page: Page, context: BrowserContext, live: Live, number: str
) -> None:
    live.sign_in(context, HAND)
    here = f"{live.cast.harbour.url}/actions/{number}"
    cut(page)
    with page.expect_response("**/phones"):
        page.goto(live.url + here)
    page.evaluate("localStorage.removeItem('tandem-reported')")  # or it would say so in a minute
    with page.expect_response("**/phones"):
        finished(page, f"{here}/comments", device_time="2026-01-01T10:00:00Z")
    expect(
        page.get_by_text("One thing has waited on this phone for more than a day.")
    ).to_be_visible()
    (reported,) = phones(live)
    assert (reported.unsent, reported.held.keys()) == (1, {"harbour"})
    page.goto(f"{live.url}/Q")
    page.evaluate("indexedDB.deleteDatabase('tandem'); localStorage.clear()")
    with page.expect_response("**/phones"):
        page.goto(live.url + here)
    told = page.get_by_text("This phone reported one unsent thing, last at")
    expect(told).to_be_visible()
    page.get_by_role("button", name="Understood").click()
    expect(told).to_be_hidden()
    assert [one.lost_at is None for one in phones(live)] == [False, True]
    page.goto(f"{live.url}/outbox")
    expect(page.locator("[data-part=elsewhere]")).to_contain_text("They are gone from it.")
