"""What a phone must survive until the server has it: tests by the number of the fault."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Error, Page, Request, Route, expect
from sqlalchemy import select

from inspection import backup
from inspection.actions.models import Action
from inspection.db import db
from inspection.photos.models import Photo
from inspection.reports.models import Report
from inspection.rules.states import State
from tests.browser.conftest import Live

pytestmark = pytest.mark.browser

RECEIPT = re.compile(r"/r/[\w-]{22}")


def rows(live: Live, model: Any) -> list[Any]:
    with live.app.app_context():
        return list(db.session.execute(select(model).order_by(model.id)).scalars())


def box(page: Page, act: str, given: Any = None) -> Any:
    """Evaluate `act` over the outbox of the page itself: `box` and `given` are known to it."""
    return page.evaluate(
        f"""async (given) => {{
          const words = document.getElementById("outbox-words");
          const box = await import(words.src.replace("wire.js", "box.js"));
          await box.ready;
          return await (async () => {{ {act} }})();
        }}""",
        given,
    )


def await_box(page: Page, act: str, seconds: float = 20) -> None:
    """Wait until `act` is true of the outbox."""
    until = time.monotonic() + seconds

    def yet() -> Any:
        try:
            return box(page, act)
        except Error as left:  # for another page
            if "navigation" not in str(left):
                raise
            return False

    while not yet():
        assert time.monotonic() < until, box(page, "return await box.items()")
        time.sleep(0.2)


EMPTY = "return (await box.items()).length === 0"
STATES = "return (await box.items()).map((one) => [one.state, one.last_error?.code ?? ''])"


@pytest.fixture
def door(live: Live) -> str:
    return f"{live.url}/Q/{live.cast.harbour.codes['kitchen']}"


def picture(path: Path, size: tuple[int, int] = (640, 480), colour: int = 90) -> Path:
    path.parent.mkdir(exist_ok=True)
    noise = Image.effect_noise(size, 60).convert("RGB")
    Image.blend(Image.new("RGB", size, (colour, 40, 40)), noise, 0.5).save(path, "JPEG")
    return path


def choose(page: Page, name: str) -> None:
    page.locator(".tile", has_text=name).click()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send").click()


def crash(page: Page) -> Page:
    """The process of the page is gone at once; another page of the same phone."""
    context = page.context
    with pytest.raises(Error):
        page.goto("chrome://crash")
    page.close()
    return context.new_page()


def drips(page: Page, door: str, photo: Path) -> None:
    """Fill in a report with a photo, which is shown."""
    page.goto(door)
    choose(page, "Leak")
    page.fill("textarea[name=words]", "It drips")
    page.set_input_files("input[name=photos]", photo)
    expect(page.locator(".chosen img")).to_be_visible()


def test_fault_01_02_what_is_typed_and_each_photo_that_is_shown_survive_a_crash(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    drips(page, door, picture(tmp_path / "IMG_1.jpg"))
    page.wait_for_timeout(1000)
    page = crash(page)
    page.goto(door)
    expect(page.locator("textarea[name=words]")).to_have_value("It drips")
    expect(page.locator(".chosen img")).to_be_visible()
    send(page)
    expect(page).to_have_url(RECEIPT)
    await_box(page, EMPTY)
    assert [one.words for one in rows(live, Report)] == ["It drips"]
    assert [one.standing for one in rows(live, Photo)] == [""]


def test_fault_05_21_22_23_chosen_photos_are_kept_by_their_bytes_or_visibly_not(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    page.goto(door)
    expect(page.get_by_text("five at most")).to_be_visible()  # before anything is chosen
    choose(page, "Leak")
    page.evaluate(
        """() => {
          const read = File.prototype.arrayBuffer;
          File.prototype.arrayBuffer = async function () {
            return this.name === "dead.jpg" ? new ArrayBuffer(0) : read.call(this);
          };
        }"""
    )
    dead = picture(tmp_path / "dead.jpg")
    twins = [picture(tmp_path / name / "image.jpg", colour=n) for n, name in ((9, "a"), (200, "b"))]
    heic = tmp_path / "IMG_7.heic"
    heic.write_bytes(b"\0\0\0\x18ftypheic" + bytes(range(256)) * 2000)
    large = picture(tmp_path / "large.jpg", (4000, 3000))
    page.set_input_files("input[name=photos]", [dead, *twins, heic, large])
    expect(page.locator(".photo-lost")).to_be_visible()
    expect(page.locator(".chosen li")).to_have_count(4)
    page.wait_for_function("() => document.querySelector('[name=photos]').files[3].size < 3e6")
    kept = page.evaluate("document.querySelector('photo-shrink').manifest")
    assert kept[2]["sha256"] == hashlib.sha256(heic.read_bytes()).hexdigest()
    sizes = page.evaluate("[...document.querySelector('[name=photos]').files].map((f) => f.size)")
    assert sizes == [one["bytes"] for one in kept]
    assert 0 not in sizes
    send(page)
    expect(page).to_have_url(RECEIPT, timeout=15_000)
    await_box(page, EMPTY)
    there = rows(live, Photo)
    assert sorted(one.standing for one in there) == ["", "", "", "unreadable"]
    assert sorted(one.received_sha256 for one in there) == sorted(one["sha256"] for one in kept)


def test_fault_06_07_15_a_store_that_closes_is_opened_again_and_no_tab_writes_over_another(
    page: Page, door: str
) -> None:
    page.goto(door)
    page.evaluate(
        """() => {
          const real = IDBDatabase.prototype.transaction;
          let first = true;
          IDBDatabase.prototype.transaction = function (...given) {
            if (first) this.close();
            first = false;
            return real.apply(this, given);
          };
        }"""
    )
    page.fill("textarea[name=words]", "The first tab")
    page.wait_for_timeout(800)
    other = page.context.new_page()
    other.goto(door)
    expect(other.locator("textarea[name=words]")).to_have_value("The first tab")
    other.fill("textarea[name=words]", "The second tab")
    expect(page.get_by_text("also open in another tab")).to_be_visible()
    page.fill("textarea[name=words]", "The first tab goes on")
    expect(other.get_by_text("also open in another tab")).to_be_visible()
    page.wait_for_timeout(800)

    took = other.evaluate(
        """async () => {
          const begun = performance.now();
          const request = indexedDB.open("tandem", 2);
          await new Promise((done, no) => Object.assign(request, { onsuccess: done, onerror: no }));
          request.result.close();
          return performance.now() - begun;
        }"""
    )
    assert took < 5000
    expect(page.get_by_text("Tandem was renewed in another tab.")).to_be_visible()
    page.fill("textarea[name=words]", "The first tab after all")
    page.wait_for_timeout(800)
    other.reload()
    expect(other.locator("textarea[name=words]")).to_have_value("The first tab after all")
    other.get_by_role("button", name="Show the words of").click()
    expect(other.locator("textarea[name=words]")).to_have_value("The second tab")


def test_fault_08_09_a_photo_that_does_not_fit_or_is_gone_is_never_left_out_in_silence(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    page.goto(door)
    choose(page, "Leak")
    page.set_input_files("input[name=photos]", picture(tmp_path / "fits.jpg"))
    expect(page.locator(".chosen img")).to_be_visible()
    page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = function (...given) {
            if (this.name === "photos") throw new DOMException("full", "QuotaExceededError");
            return put.apply(this, given);
          };
        }"""
    )
    page.set_input_files("input[name=photos]", picture(tmp_path / "does-not.jpg"))
    expect(page.locator(".photo-short")).to_be_visible()
    expect(page.locator(".chosen li")).to_have_count(1)
    page.route("**/reports", lambda route: route.abort())  # "offline" lets an open line pass
    box(
        page,
        """return await box.finish({
          url: document.getElementById("report").action, pairs: [["category", "leak"]],
          photos: document.querySelector("photo-shrink").manifest,
        })""",
    )
    await_box(page, "return (await box.items())[0].last_error?.code === 'lost'")
    page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open("tandem").onsuccess = ({ target: { result } }) => {
            const change = result.transaction("photos", "readwrite");
            change.objectStore("photos").clear();
            change.oncomplete = done;
          };
        })"""
    )
    page.unroute("**/reports")
    await_box(page, "return (await box.items())[0].last_error?.code === 'photo_missing'")
    assert rows(live, Report) == []
    box(page, "for (const { id } of await box.items()) await box.withoutMissing(id)")
    await_box(page, EMPTY)
    assert (len(rows(live, Report)), len(rows(live, Photo))) == (1, 0)


def test_fault_11_where_nothing_can_be_kept_the_form_posts_and_says_so(
    page: Page, live: Live, door: str
) -> None:
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no') }")
    page.goto(door)
    choose(page, "Leak")
    page.fill("textarea[name=words]", "It drips")
    expect(page.get_by_text("This browser keeps nothing")).to_be_visible()
    send(page)
    expect(page).to_have_url(RECEIPT)
    assert [one.words for one in rows(live, Report)] == ["It drips"]


MANY = """for (let n = 0; n < given; n++) await box.finish({
  url: document.getElementById("report").action,
  pairs: [["category", "leak"], ["words", `No. ${n}`]],
})"""


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no-locks"])
def test_fault_14_34_two_tabs_send_once_and_soon_when_the_line_is_back_unannounced(
    page: Page, live: Live, door: str, locks: bool
) -> None:
    context = page.context
    if not locks:
        context.add_init_script("delete Navigator.prototype.locks")
    page.goto(door)
    other = context.new_page()
    other.goto(door)
    tried: list[float] = []

    def hole(route: Route) -> None:  # the line seems to be there, nothing comes back
        route.abort()

    for where in ("**/reports", "**/reach*"):
        context.route(where, hole)
    box(page, MANY, 6)
    page.wait_for_timeout(2500)
    assert page.evaluate("navigator.onLine")
    assert rows(live, Report) == []

    def sent(one: Request) -> None:
        if one.method == "POST":
            tried.append(time.monotonic())

    context.on("request", sent)
    for where in ("**/reports", "**/reach*"):
        context.unroute(where)
    back = time.monotonic()
    await_box(page, EMPTY)
    assert min(tried) - back <= 3
    assert sorted(one.words for one in rows(live, Report)) == [f"No. {n}" for n in range(6)]
    assert len(box(page, "return await box.receipts()")) == 6


def test_fault_59_other_words_under_the_same_key_are_kept_and_told(
    page: Page, live: Live, door: str
) -> None:
    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.goto(door)
    page.route("**/reports", swallow)
    box(page, MANY, 1)
    await_box(page, "return (await box.items())[0].attempts > 0")
    page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open("tandem").onsuccess = ({ target: { result } }) => {
            const store = result.transaction("outbox", "readwrite").objectStore("outbox");
            store.openCursor().onsuccess = ({ target: { result: at } }) => {
              if (!at) return done();
              at.update({ ...at.value, pairs: [["category", "leak"], ["words", "Other words"]] });
              return at.continue();
            };
          };
        })"""
    )
    page.unroute("**/reports")
    await_box(page, "return (await box.items())[0].state === 'refused'")
    (item,) = box(page, "return await box.items()")
    assert item["last_error"]["code"] == "form.sent_before"
    assert ["words", "Other words"] in item["pairs"]
    assert [one.words for one in rows(live, Report)] == ["No. 0"]


def test_fault_60_what_waits_goes_out_for_the_same_person_only(
    page: Page, live: Live, tmp_path: Path
) -> None:
    context = page.context
    address = f"{live.url}{live.cast.harbour.url}/reports/new?place="
    address += str(live.cast.harbour.places["kitchen"].id)
    live.sign_in(context, "contractor.staff")
    page.goto(address)
    choose(page, "Leak")
    page.fill("textarea[name=words]", "Told on the phone")
    context.clear_cookies()
    page.locator("main .button--primary").click()
    expect(page.get_by_text("Waiting for you to sign in.")).to_be_visible()
    assert box(page, STATES) == [["needs_you", "sign_in"]]
    live.sign_in(context, "customer.staff")
    page.goto(address)
    page.wait_for_timeout(1500)
    assert box(page, "return [(await box.items()).length, await box.others()]") == [0, 1]
    assert "Told on the phone" not in page.content()
    assert rows(live, Report) == []
    context.clear_cookies()
    live.sign_in(context, "contractor.staff")
    page.goto(address)
    await_box(page, EMPTY)
    assert [one.words for one in rows(live, Report)] == ["Told on the phone"]


def test_the_text_is_there_before_any_photo_and_the_next_page_sends_them_on(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    """Whoever reports sees the receipt at once, and hears to keep the page open."""
    page.goto(door)
    choose(page, "Leak")
    large = tmp_path / "large.heic"
    large.write_bytes(b"\0\0\0\x18ftypheic" + bytes(range(256)) * 5000)
    page.set_input_files("input[name=photos]", large)
    expect(page.locator(".chosen li")).to_have_count(1)
    sent: list[int] = []

    def cut_after_two(route: Route) -> None:
        sent.append(int(route.request.headers["upload-offset"]))
        route.abort() if len(sent) == 3 else route.continue_()

    page.route("**/uploads/*/*", lambda route: route.abort())
    send(page)
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_text("Keep this page open until it says Received.")).to_be_visible()
    assert [one.standing for one in rows(live, Photo)] == ["awaited"]
    page.unroute("**/uploads/*/*")
    page.route(
        "**/uploads/*/*",
        lambda route: (
            cut_after_two(route) if route.request.method == "PATCH" else route.continue_()
        ),
    )
    await_box(page, EMPTY)
    part = 256 * 1024
    assert sent == [0, part, 2 * part, 2 * part, 3 * part, 4 * part]  # one part again, no more
    assert [one.standing for one in rows(live, Photo)] == ["unreadable"]


# ---------------------------------------------------------------- one after the other


@pytest.fixture
def action(page: Page, live: Live) -> str:
    """The page of a new action, open before somebody of the contractor's staff."""
    number = live.reported("leak", "tap", "It drips")
    live.sign_in(page.context, "contractor.staff")
    page.goto(f"{live.url}{live.cast.harbour.url}/actions/{number}")
    return page.url


def opened(page: Page, move: str) -> Any:
    """The form of a move of the action."""
    form = page.locator(f"form#{move}")
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    return form


def test_fault_57_what_is_done_in_a_row_without_a_line_is_applied_in_its_order(
    page: Page, live: Live, action: str, tmp_path: Path
) -> None:
    before = rows(live, Action)[0].version
    page.context.set_offline(True)
    opened(page, "start").locator("button").last.click()
    expect(page.get_by_text("Saved on this phone. Waiting for signal.")).to_be_visible()
    comment = opened(page, "comments")
    comment.locator("[name=text]").fill("The washer is worn")
    comment.get_by_role("button", name="Comment", exact=True).click()
    await_box(page, "return (await box.items()).length === 2")
    box(
        page,
        """const blob = new Blob([new Uint8Array(given)], { type: "image/jpeg" });
           const form = document.querySelector("form#start");
           await box.finish({
             url: form.getAttribute("action").replace(/start$/, "fix"),
             version: form.elements.version.value,
             pairs: [["version", form.elements.version.value], ["text", "New washer"]],
             photos: [{ ...(await box.keepPhoto(blob)), field: "photos", name: "washer.jpg" }],
           });""",
        list(picture(tmp_path / "washer.jpg").read_bytes()),
    )
    first, second, third = box(page, "return await box.items()")
    assert [first["after"], second["after"], third["after"]] == [None, first["id"], second["id"]]
    assert [text for _, text in second["typed_words"]] == ["The washer is worn"]
    assert second["typed_words"][0][0]
    posts: list[str] = []
    page.context.on("request", lambda one: one.method == "POST" and posts.append(one.url))
    page.context.set_offline(False)
    await_box(page, EMPTY)
    moves = [url.rpartition("/")[2] for url in posts if "/actions/" in url]
    assert list(dict.fromkeys(moves)) == ["start", "comments", "fix"]  # its page was left between
    (there,) = rows(live, Action)
    assert (there.state, there.version) == (State.FIXED, before + 2)  # a comment changes nothing
    assert [one.standing for one in rows(live, Photo)] == [""]


def test_fault_57_what_comes_too_early_waits_and_what_follows_nothing_any_more_goes_alone(
    page: Page, live: Live, action: str
) -> None:
    page.route("**/start", lambda route: route.abort())
    made = box(
        page,
        """const one = async (noun, text, more = {}) => (await box.finish({
             url: `${given}/${noun}`, pairs: [["version", "1"], ["text", text]], ...more,
           })).id;
           const start = await one("start", "");
           return [start, await one("comments", "Second"), await one("comments", "Third"),
             await one("comments", "Strays", { after: "0".repeat(32) })];""",
        action,
    )
    chain = "return (await box.items()).map(({ after }) => after)"
    assert box(page, chain)[:3] == [None, *made[:2]]
    await_box(page, "return (await box.items()).length === 3")  # the stray went, at the second try
    box(page, "await box.discard(given)", made[1])
    assert box(page, chain) == [None, made[0]]
    assert box(page, "return (await box.back(given)).id", made[0]) == made[0]  # it has no draft
    assert len(box(page, "return await box.items()")) == 2
    box(page, "await box.discard(given)", made[0])
    await_box(page, EMPTY, 30)
    assert [one.state for one in rows(live, Action)] == [State.RECEIVED]


# ---------------------------------------------------------------- a server put back


def test_fault_108_what_a_restored_server_never_heard_of_is_offered_again_once(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    live.sign_in(page.context, "contractor.staff")
    page.goto(
        f"{live.url}{live.cast.harbour.url}/reports/new"
        f"?place={live.cast.harbour.places['kitchen'].id}"
    )
    with live.app.app_context():
        saved = backup.make(tmp_path / "backups").folder
    data = list(picture(tmp_path / "leak.jpg").read_bytes())
    box(
        page,
        """const blob = new Blob([new Uint8Array(given)], { type: "image/jpeg" });
           const photo = { ...(await box.keepPhoto(blob)), field: "photos", name: "leak.jpg" };
           const form = document.querySelector("main form[method=post]");
           const fixed = [...new FormData(form)].filter(([name, value]) => typeof value === "string"
             && !["words", "category", "submission_key"].includes(name));
           for (let n = 0; n < 3; n++) await box.finish({
             url: form.getAttribute("action"), photos: n ? [] : [photo],
             pairs: [...fixed, ["category", "leak"], ["words", `No. ${n}`]],
           });""",
        data,
    )
    await_box(page, EMPTY)
    sent = [one["id"] for one in box(page, "return await box.receipts()")]
    assert len(rows(live, Report)) == 3
    with live.app.app_context():
        backup.restore(saved, replace=True)
    assert rows(live, Report) == []
    box(page, "await box.reach()")
    await_box(page, "return (await box.receipts()).length === 3")
    assert [one["id"] for one in box(page, "return await box.receipts()")] == sent
    box(page, "await box.reach()")
    assert box(page, EMPTY)
    assert sorted(one.words for one in rows(live, Report)) == [f"No. {n}" for n in range(3)]
    assert [one.standing for one in rows(live, Photo)] == [""]


# ---------------------------------------------------------------- too large


def test_fault_32_a_proxy_that_takes_less_is_given_less(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    """A text with photos named in it goes with smaller ones, a part of a photo in smaller parts."""
    page.goto(door)
    large = picture(tmp_path / "large.jpg", (2000, 1500))
    sizes: list[int] = []
    answered: list[str] = []

    def narrow(route: Route) -> None:
        if "reports" not in answered and route.request.url.endswith("/reports"):
            answered.append("reports")
            return route.fulfill(status=413, body="<h1>413</h1>")
        if route.request.method == "PATCH":
            sizes.append(len(route.request.post_data_buffer or b""))
            if sizes[-1] > 100_000:
                return route.fulfill(status=413, body="<h1>413</h1>")
        return route.continue_()

    page.context.route(re.compile(r"/(reports|uploads/.*)$"), narrow)
    box(
        page,
        """const blob = new Blob([new Uint8Array(given)], { type: "image/jpeg" });
           const photo = { ...(await box.keepPhoto(blob)), field: "photos", name: "large.jpg" };
           await box.finish({ url: document.getElementById("report").action, photos: [photo],
             pairs: [["category", "leak"], ["words", "It drips"]] });""",
        list(large.read_bytes()),
    )
    await_box(page, EMPTY)
    assert answered == ["reports"]
    assert max(sizes) > 100_000 >= sizes[-1]
    assert [one.words for one in rows(live, Report)] == ["It drips"]
    (photo,) = rows(live, Photo)
    assert photo.standing == ""
    assert sum(size for size in sizes if size <= 100_000) < large.stat().st_size


FULL = """(full) => {
  const real = (window.realPut ??= IDBObjectStore.prototype.put);
  IDBObjectStore.prototype.put = function (...given) {
    if (full && this.name === "photos") throw new DOMException("full", "QuotaExceededError");
    return real.apply(this, given);
  };
}"""


def test_fault_08_a_photo_that_does_not_fit_when_it_is_sent_is_left_out_only_when_agreed(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    drips(page, door, picture(tmp_path / "leak.jpg"))
    page.wait_for_timeout(800)
    page.evaluate(FULL, True)
    page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open("tandem").onsuccess = ({ target: { result } }) => {
            const change = result.transaction("photos", "readwrite");
            change.objectStore("photos").clear();
            change.oncomplete = done;
          };
        })"""
    )
    page.context.set_offline(True)
    send(page)
    said = page.get_by_text("This photo does not fit on this phone.")
    expect(said).to_be_visible()
    page.get_by_role("button", name="Keep trying").click()
    expect(said).to_be_visible()
    expect(page.locator("textarea[name=words]")).to_have_value("It drips")
    assert page.url == door
    assert box(page, EMPTY)
    page.get_by_role("button", name="Send without it").click()
    expect(page.get_by_text("Saved on this phone. Waiting for signal.")).to_be_visible()
    page.context.set_offline(False)
    expect(page).to_have_url(RECEIPT)
    await_box(page, EMPTY)
    assert ([one.words for one in rows(live, Report)], rows(live, Photo)) == (["It drips"], [])


def test_where_no_answer_can_be_proved_photos_still_go_and_notices_are_not_offered(
    page: Page, live: Live, door: str, tmp_path: Path
) -> None:
    """Some browsers call a page safe and still have no `crypto.subtle`."""
    page.add_init_script("delete Crypto.prototype.subtle")
    page.goto(door)
    stands = page.evaluate(
        """async () => {
          const build = document.documentElement.dataset.build;
          return (await import(`/shell/${build}/push/wire.js`)).state("/me/push");
        }"""
    )
    assert stands == "unable"
    choose(page, "Leak")
    page.set_input_files("input[name=photos]", picture(tmp_path / "leak.jpg"))
    expect(page.locator(".chosen img")).to_be_visible()
    send(page)
    expect(page).to_have_url(RECEIPT)
    assert [one.standing for one in rows(live, Photo)] == [""]
