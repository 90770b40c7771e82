"""A whole round where no signal is: what the page called saved arrives, each thing exactly once.

The network is gone from the second room on, the browser is killed while somebody types in the
fourth and again while photos go up, the clock of the phone is a day wrong from the beginning, and
the round is open in a second tab all the while. `BASEMENT_SEED` repeats a run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Error, Locator, Page, Playwright, expect
from sqlalchemy import select

from inspection import clock
from inspection.assets.models import Asset
from inspection.db import db
from inspection.photos.models import Photo
from inspection.visits.models import Signature, Visit
from tests import needs
from tests.browser.conftest import PHONE, Live
from tests.cast import PROMISES, ROOM, agreed
from tests.inspection.plans import laid

pytestmark = pytest.mark.browser

WHO = "contractor.staff"
ROOMS = ("2.14 Tea kitchen", "2.15 Hall", "3.01 Print room", "3.02 Meeting room", "3.03 Archive")
SAVED = "Saved on this phone. Waiting for signal."
A_DAY = timedelta(days=1)
BEHIND = f"""(() => {{
  const Real = Date, gone = {int(A_DAY.total_seconds() * 1000)};
  globalThis.Date = class extends Real {{
    constructor(...given) {{ given.length ? super(...given) : super(Real.now() - gone); }}
    static now() {{ return Real.now() - gone; }}
  }};
}})()"""
HEARING = """(() => {
  const told = new Set();
  const tell = (kind, about, words) => {
    const key = JSON.stringify([kind, about, words]);
    if (words && !told.has(key)) told.add(key), globalThis.heard(kind, about, words);
  };
  const look = () => {
    for (const one of document.querySelectorAll(".draft__said, .stop__saved")) {
      const about = one.closest(".stop") ?? document.querySelector(".head");
      tell("said", about?.textContent ?? "", one.textContent.trim());
    }
  };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(look).observe(document, all);
  addEventListener("input", ({ target }) => tell("typed", target.name, target.value), true);
})()"""
CRUMBS = "Crumbs under the table, along the windows and behind the door; coffee on the carpet " * 3
TWO_PARTS = 290_000  # bytes of a photo: not worth shrinking, and more than one part
A_MOMENT = 1.0  # seconds of typing that a killed browser may lose


@dataclass
class Ledger:
    """What the page said, kept outside of the browser; where that was untrue is noted at once."""

    live: Live
    saved: set[str] = field(default_factory=set)
    received: set[str] = field(default_factory=set)
    untrue: list[str] = field(default_factory=list)
    typed: list[tuple[float, str]] = field(default_factory=list)

    def hears(self, kind: str, about: str, words: str) -> None:
        if kind == "typed":
            self.typed.append((time.monotonic(), words))
            return
        room = next((one for one in ROOMS if one in about), "the round")
        if words.startswith("Saved on this phone"):
            self.saved.add(room)
        elif words.startswith(("Received", "Sent")):
            self.received.add(room)
            if not self._there(room):
                self.untrue.append(f"{room}: {words}")

    def _there(self, room: str) -> bool:
        """Whether what was sent of it is here: begun with a line, or a whole visit without."""
        if room not in ROOMS:
            return True
        moved = [one for one in rows(self.live, Visit) if one.state != "planned"]
        return room in {one.name for one in places(self.live, moved)}


@dataclass
class Phone:
    """A browser with a directory of its own; killed, it comes back with what it kept."""

    playwright: Playwright
    live: Live
    folder: Path
    ledger: Ledger
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)
    second: Page = field(init=False)
    photos: list[Path] = field(default_factory=list)

    def opens(self) -> None:
        self.context = self.playwright.chromium.launch_persistent_context(
            self.folder / "profile",
            executable_path=needs.chromium(),
            args=needs.FLAGS,
            viewport=PHONE,  # type: ignore[arg-type]
            has_touch=True,
            locale="en-GB",
        )
        self.context.expose_binding("heard", lambda _source, *said: self.ledger.hears(*said))
        self.context.add_init_script(BEHIND)
        self.context.add_init_script(HEARING)
        self.page = self.context.pages[0]
        # Hazard: Chromium writes cookies down after half a minute; one killed sooner has none.
        self.live.sign_in(self.context, WHO)

    def opens_the_round_twice(self) -> None:
        self.second = self.context.new_page()
        for tab in (self.second, self.page):
            tab.goto(f"{self.live.url}/c/harbour/round")
        self.page.bring_to_front()

    def killed(self) -> None:
        self.dies()
        self.closes()

    def closes(self) -> None:
        with contextlib.suppress(Error):  # it is gone already
            self.context.close()

    def dies(self) -> float:
        """SIGKILL for every process of this browser, and for none else; when that was."""
        mine = [
            int(one.parent.name)
            for one in Path("/proc").glob("[0-9]*/cmdline")
            if str(self.folder / "profile").encode() in _read(one)
        ]
        assert mine
        at = time.monotonic()
        for one in mine:
            with contextlib.suppress(ProcessLookupError):  # its parent took it along
                os.kill(one, signal.SIGKILL)
        return at

    def types_until_it_dies(self, where: Locator, words: str, after: float) -> str:
        """Type on and on; killed after so many seconds. What must not be lost of it."""
        died: list[float] = []
        self.ledger.typed.clear()
        killer = threading.Timer(after, lambda: died.append(self.dies()))
        killer.start()
        with contextlib.suppress(Error):
            where.press_sequentially(words, delay=30)
        killer.join()
        self.closes()
        sure = [text for at, text in self.ledger.typed if at < died[0] - A_MOMENT]
        return sure[-1] if sure else ""

    def tap(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name, exact=True).tap()

    @property
    def item(self) -> Locator:
        return self.page.locator(".item.is-here")

    def takes_a_photo(self) -> None:
        path = self.folder / f"IMG_{len(self.photos) + 1}.jpg"
        noise = Image.effect_noise((640, 480), 90).convert("RGB")
        noise.save(path, "JPEG", quality=70)
        path.write_bytes(path.read_bytes().ljust(TWO_PARTS, b"\0"))
        self.photos.append(path)
        taken = self.item.locator("photo-shrink:has(input[name=photos-clean])")
        taken.locator("input").set_input_files(path)
        expect(taken.locator(".chosen img")).to_be_visible()

    def goes_to(self, room: str) -> None:
        self.page.goto(f"{self.live.url}/c/harbour/round")
        stop = self.page.locator(".stop", has_text=room)
        expect(stop).to_have_attribute("href", re.compile("/inspection/"))  # no line: its form
        stop.tap()
        expect(self.page.locator(".head")).to_contain_text(room)

    def rates(self, level: int, words: str = "") -> None:
        self.item.locator(f".lv label:has([value='{level}'])").tap()
        if words:
            self.item.get_by_label("What is wrong?").fill(words)
            self.takes_a_photo()
        self.tap("Next")

    def ends(self) -> None:
        self.item.get_by_role("radio", name="Pass", exact=True).tap()
        self.tap("Next")
        self.item.get_by_label("°C").fill("55")
        self.tap("Next")
        self.tap("Look it over")
        expect(self.page.locator(".end__sums")).to_contain_text("Everything is answered.")
        self.tap("Submit the inspection")

    def saves(self) -> None:
        self.ends()
        expect(self.page.locator("visit-form")).to_contain_text(SAVED)
        self.page.get_by_role("link", name="Next on the round").tap()
        expect(self.page.locator("h1")).to_have_text("Today’s round")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it ended meanwhile


@pytest.fixture
def phone(live: Live, playwright: Playwright, tmp_path: Path) -> Iterator[Phone]:
    here = live.cast.harbour
    with live.app.app_context():
        agreed(here, "requirements", PROMISES)
        agreed(here, "checklist", ROOM, subject="room")
        above = laid.level(here, "Level 3", list(ROOMS[2:]))
        for place in (here.places["kitchen"], here.places["hall"], *above):
            laid.visit(
                here, place, checklist_key="room", plan_key="weekly", due_on=laid.today(here)
            )
    one = Phone(playwright, live, tmp_path, Ledger(live))
    one.opens()
    yield one
    one.closes()


def rows(live: Live, model: Any) -> list[Any]:
    with live.app.app_context():
        return list(db.session.execute(select(model).order_by(model.id)).scalars())


def places(live: Live, visits: list[Any]) -> list[Asset]:
    with live.app.app_context():
        ids = [one.asset_id for one in visits]
        return list(db.session.execute(select(Asset).where(Asset.id.in_(ids))).scalars())


def test_faults_1_2_3_14_and_19_a_round_in_the_basement_arrives_whole_and_once(
    phone: Phone, live: Live
) -> None:
    seed = int(os.environ.get("BASEMENT_SEED") or random.SystemRandom().randrange(10**6))
    print(f"BASEMENT_SEED={seed}")
    dice, page = random.Random(seed), phone.page
    page.goto(f"{live.url}/c/harbour/basement")
    phone.tap("Prepare now")
    expect(page.locator("[data-part=proof]")).to_contain_text("without the network", timeout=60_000)

    phone.opens_the_round_twice()
    page.locator(".stop", has_text=ROOMS[0]).tap()
    phone.tap("Begin")
    phone.rates(4)
    phone.ends()
    page.wait_for_url(re.compile(r"/visits/\d+(\?|$)"))

    phone.context.set_offline(True)
    phone.goes_to(ROOMS[1])
    phone.rates(2, "Stains by the door")
    phone.saves()
    expect(page.locator(".stop", has_text=ROOMS[1])).to_contain_text("Saved on this phone")
    expect(page.locator(".progressed")).to_contain_text("more filled in on this phone")
    phone.goes_to(ROOMS[2])
    phone.rates(4)
    phone.saves()

    phone.goes_to(ROOMS[3])
    phone.item.locator(".lv label:has([value='2'])").tap()
    phone.takes_a_photo()
    wrong = phone.item.get_by_label("What is wrong?")
    sure = phone.types_until_it_dies(wrong, CRUMBS, dice.uniform(1.2, 3.5))
    phone.opens()
    phone.context.set_offline(True)
    page = phone.page
    phone.opens_the_round_twice()
    _kept(phone, ROOMS[1:3])
    phone.goes_to(ROOMS[3])
    expect(phone.item.locator("legend")).to_have_text("Floor is clean")  # where it was
    expect(phone.item.locator("input[name=a-clean][value='2']")).to_be_checked()
    expect(phone.item.locator(".chosen img")).to_have_count(1)
    words = phone.item.get_by_label("What is wrong?").input_value()
    assert CRUMBS.startswith(words)
    assert words.startswith(sure), (words, sure)
    phone.tap("Next")
    phone.saves()
    phone.goes_to(ROOMS[4])
    phone.rates(4)
    phone.saves()

    page.get_by_label("Who came along").fill("Ib Client")
    phone.tap("Sign for all 5")
    expect(page.locator("section:has(#sign)")).to_contain_text(SAVED)
    _kept(phone, ROOMS[1:])
    assert len(rows(live, Visit)) == 5
    assert [one.state for one in rows(live, Visit)] == ["submitted", *["planned"] * 4]
    assert phone.ledger.saved == {*ROOMS[1:], "the round"}

    with phone.context.expect_event("request", lambda one: one.method == "PATCH", timeout=30_000):
        phone.context.set_offline(False)
    phone.killed()
    phone.opens()
    phone.context.set_offline(True)
    phone.opens_the_round_twice()
    phone.context.set_offline(False)
    _emptied(phone.second)
    _arrived(phone, live)
    for room in ROOMS[1:]:
        expect(phone.second.locator(".stop", has_text=room)).to_contain_text("Sent")
    assert phone.ledger.received >= set(ROOMS[1:])
    assert phone.ledger.untrue == []


KEPT = """async () => {
  const here = document.getElementById("outbox-words").src;
  const { items, photo } = await import(here.replace("wire.js", "box.js"));
  const two = (byte) => byte.toString(16).padStart(2, "0");
  const hex = (hash) => [...new Uint8Array(hash)].map(two).join("");
  const hashed = async ({ sha256 }) => {
    const bytes = await (await photo(sha256))?.arrayBuffer();
    return [sha256, bytes ? hex(await crypto.subtle.digest("SHA-256", bytes)) : "gone"];
  };
  const kept = async ({ title, manifest }) => [title, await Promise.all(manifest.map(hashed))];
  return await Promise.all((await items()).map(kept));
}"""


def _kept(phone: Phone, rooms: tuple[str, ...]) -> None:
    """All that the page called saved is on the phone, each photo with its bytes."""
    kept = phone.second.evaluate(KEPT)
    assert phone.ledger.saved - {"the round"} == set(rooms)
    assert {room for room in ROOMS if any(room in title for title, _ in kept)} == set(rooms)
    assert [named for _, photos in kept for named, there in photos if named != there] == []


WAITING = """async () => {
  const here = document.getElementById("outbox-words").src;
  const { items } = await import(here.replace("wire.js", "box.js"));
  return (await items()).map(({ url, state, last_error }) => [url, state, last_error?.code]);
}"""


def _emptied(page: Page) -> None:
    """Nothing waits any more, within a minute."""
    for _ in range(120):
        waiting = page.evaluate(WAITING)
        if not waiting:
            return
        page.wait_for_timeout(500)
    raise AssertionError(waiting)


def _arrived(phone: Phone, live: Live) -> None:
    visits = rows(live, Visit)
    now = clock.now()
    assert [one.state for one in visits] == ["submitted"] * 5
    assert {one.plan_key for one in visits} == {"weekly"}
    for one in visits[1:]:
        assert now - timedelta(minutes=5) < one.submitted_at <= now
        assert one.captured_at is not None
        assert timedelta(hours=23) < one.submitted_at - one.captured_at < timedelta(hours=25)
        assert one.clock_ahead is not None
        assert abs(one.clock_ahead + A_DAY.total_seconds()) < 60
    taken = {hashlib.sha256(one.read_bytes()).hexdigest() for one in phone.photos}
    photos = rows(live, Photo)
    assert {one.received_sha256 for one in photos} == taken
    assert len(photos) == len(taken) == 2
    assert [one.standing for one in photos] == ["", ""]
    signed = [(one.visit_id, one.party) for one in rows(live, Signature)]
    assert sorted(signed) == sorted(
        (one.id, party) for one in visits for party in ("contractor", "customer")
    )
