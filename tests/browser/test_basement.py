"""A whole round where no signal is: what the page called saved arrives, each thing exactly once.

The network is gone from the second room on, the browser is killed in the fourth, the clock of the
phone is a day wrong from the beginning, and the round is open in a second tab.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect
from sqlalchemy import select

from inspection import clock
from inspection.db import db
from inspection.photos.models import Photo
from inspection.visits.models import Signature, Visit
from tests import needs
from tests.browser.conftest import FLAGS, PHONE, Live
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


@dataclass
class Phone:
    """A browser with a directory of its own; killed, it comes back with what it kept."""

    playwright: Playwright
    live: Live
    folder: Path
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)
    photos: list[Path] = field(default_factory=list)

    def opens(self) -> None:
        self.context = self.playwright.chromium.launch_persistent_context(
            self.folder / "profile",
            executable_path=needs.chromium(),
            args=list(FLAGS),
            viewport=PHONE,  # type: ignore[arg-type]
            has_touch=True,
            locale="en-GB",
        )
        self.context.add_init_script(BEHIND)
        self.page = self.context.pages[0]

    def killed(self) -> None:
        """SIGKILL for every process of this browser, and for none else."""
        mine = [
            int(one.parent.name)
            for one in Path("/proc").glob("[0-9]*/cmdline")
            if str(self.folder / "profile").encode() in _read(one)
        ]
        assert mine
        for one in mine:
            os.kill(one, signal.SIGKILL)
        self.context.close()

    def tap(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name, exact=True).tap()

    @property
    def item(self) -> Locator:
        return self.page.locator(".item.is-here")

    def takes_a_photo(self) -> None:
        path = self.folder / f"IMG_{len(self.photos) + 1}.jpg"
        noise = Image.effect_noise((640, 480), 90).convert("RGB")
        noise.save(path, "JPEG", quality=70)
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
    one = Phone(playwright, live, tmp_path)
    one.opens()
    live.sign_in(one.context, WHO)
    yield one
    one.context.close()


def rows(live: Live, model: Any) -> list[Any]:
    with live.app.app_context():
        return list(db.session.execute(select(model).order_by(model.id)).scalars())


def test_faults_1_2_3_14_and_19_a_round_in_the_basement_arrives_whole_and_once(
    phone: Phone, live: Live
) -> None:
    page = phone.page
    page.goto(f"{live.url}/c/harbour/basement")
    phone.tap("Prepare now")
    expect(page.locator("[data-part=proof]")).to_contain_text("without the network", timeout=60_000)

    page.goto(f"{live.url}/c/harbour/round")
    page.locator(".stop", has_text=ROOMS[0]).tap()
    phone.tap("Begin")
    phone.rates(4)
    phone.ends()
    page.wait_for_url(re.compile(r"/visits/\d+(\?|$)"))

    second = phone.context.new_page()
    second.goto(f"{live.url}/c/harbour/round")
    phone.context.set_offline(True)
    phone.goes_to(ROOMS[1])
    phone.rates(2, "Stains by the door")
    phone.saves()
    expect(page.locator(".stop", has_text=ROOMS[1])).to_contain_text("Saved on this phone")
    phone.goes_to(ROOMS[2])
    phone.rates(4)
    phone.saves()

    phone.goes_to(ROOMS[3])
    phone.rates(2, "Crumbs under the table")
    page.wait_for_timeout(600)  # what was typed longer ago than 0.4 s is kept
    phone.killed()
    phone.opens()
    phone.context.set_offline(True)
    page = phone.page
    phone.goes_to(ROOMS[3])
    clean = page.locator("#i-clean")
    expect(clean.get_by_label("What is wrong?")).to_have_value("Crumbs under the table")
    expect(clean.locator(".chosen img")).to_have_count(1)
    if "Floor is clean" in phone.item.locator("legend").inner_text():
        phone.tap("Next")  # where it was is no content: Chromium writes that down a little later
    phone.saves()
    phone.goes_to(ROOMS[4])
    phone.rates(4)
    phone.saves()

    page.get_by_label("Who came along").fill("Ib Client")
    phone.tap("Sign for all 5")
    expect(page.locator("section:has(#sign)")).to_contain_text(SAVED)
    assert len(rows(live, Visit)) == 5
    assert [one.state for one in rows(live, Visit)] == ["submitted", *["planned"] * 4]

    second = phone.context.new_page()
    second.goto(f"{live.url}/c/harbour/round")
    phone.context.set_offline(False)
    _emptied(second)
    _arrived(phone, live)


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
