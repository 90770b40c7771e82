"""Real Chromium with the real outbox: tabs of one profile that finish, drain, are killed, return.

What a page says is noted here, outside of it: news of its items and words on its screen come
through a binding as they are said. The browser's clock and its timers can run faster (`hurry`), so
that minutes of pauses fit a test; the product knows nothing of it.
"""

from __future__ import annotations

import base64
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Playwright, sync_playwright

from tests import needs
from tests.rig.basement.ledger import Ledger, Meant
from tests.rig.basement.phone import CATEGORIES, PART, photos
from tests.rig.basement.rooms import Basement
from tests.rig.basement.server import descendants, kill_family

FLAGS = (
    *needs.FLAGS,
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)

SCRIPT = Path(__file__).with_name("pages.js").read_text().partition("\n")[2].strip()


def inside(name: str) -> str:
    """A function of `pages.js`, for a page to run."""
    return f"(given) => ({SCRIPT}).{name}(given)"


@dataclass
class Profile:
    """A browser with a directory of its own, on the line; killed, it returns with what it kept."""

    basement: Basement
    playwright: Playwright
    folder: Path
    who: str = ""  # "contractor.staff", or nobody
    hurry: float = 1.0
    locks: bool = True
    shift_days: float = 0.0
    full_after: int = 0  # parts of photos; 0 is never
    context: BrowserContext = field(init=False)
    heard: list[tuple[float, str, str]] = field(default_factory=list)
    _words: dict[str, Meant] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        return self.basement.ledger

    def open(self) -> None:
        """Start the browser."""
        self.context = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=needs.chromium(),
            args=list(FLAGS),
            viewport={"width": 390, "height": 844},
            locale="en-GB",
        )
        self.context.expose_binding("rig", lambda source, *said: self._hear(*said))
        if self.hurry != 1.0:
            self._script("faster", [self.hurry, int(time.time() * 1000)])
        if self.shift_days:
            self._script("shifted", self.shift_days * 86_400_000)
        if not self.locks:
            self._script("unlocked")
        if self.full_after:
            self._script("full", self.full_after)
        self._script("listening")
        if self.who:
            session = self.basement.place.sessions[self.who]
            cookie = {"name": session["name"], "value": session["cookie"]}
            self.context.add_cookies([{**cookie, "url": self.basement.line.url}])  # type: ignore[typeddict-item]

    def _script(self, name: str, given: Any = "") -> None:
        self.context.add_init_script(f"({inside(name)})({given})")

    def tab(self, path: str = "") -> Page:
        """A page of the product with its outbox running: the door, or what a member sees."""
        page = self.context.new_page()
        page.goto(self.basement.line.url + (path or self.home))
        self.until(page, lambda: bool(self._asked(page, "globalThis.box !== undefined")))
        return page

    @property
    def home(self) -> str:
        place = self.basement.place
        return f"/c/{place.slug}/actions/{place.action}" if self.who else f"/Q/{place.codes['tap']}"

    # ------------------------------------------------------------ what is said

    def _hear(self, what: str, key: str, words: str = "") -> None:
        self.heard.append((time.time(), what, key))
        if what == "finished":
            meant = self._words[words]
            self.ledger.finished(Meant(key, words, meant.photos))
            self.ledger.said_saved(key)
        elif what == "saved":
            self.ledger.said_saved(key)
        elif what in ("sent", "received"):
            self.ledger.said_sent(key)

    # ------------------------------------------------------------ what people do

    def forms(
        self, random: Random, number: int, shown: Callable[[Random], list[bytes]] = photos
    ) -> list[dict[str, Any]]:
        """So many forms as `finish` takes them, with words nobody else writes."""
        made = []
        for _ in range(number):
            words, pictures = f"rig {random.getrandbits(64):016x}", shown(random)
            hashes = frozenset(sha256(data).hexdigest() for data in pictures)
            self._words[words] = Meant("", words, hashes)
            url, pairs = self._form(random, words)
            coded = [base64.b64encode(data).decode() for data in pictures]
            made.append({"words": words, "url": url, "pairs": pairs, "photos": coded})
        return made

    def _form(self, random: Random, words: str) -> tuple[str, list[list[str]]]:
        place = self.basement.place
        if self.who and random.random() < 0.2:
            return f"/c/{place.slug}/actions/{place.action}/comments", [["text", words]]
        code = random.choice([*place.codes.values()])
        return f"/Q/{code}/reports", [["category", random.choice(CATEGORIES)], ["words", words]]

    def finish(self, page: Page, forms: list[dict[str, Any]]) -> None:
        """Finish all of them, one after the other; returns when the last is saved."""
        page.evaluate(inside("finish"), forms)

    def begin_to_finish(self, page: Page, forms: list[dict[str, Any]]) -> None:
        """The same, without waiting."""
        page.evaluate(f"(given) => void ({inside('finish')})(given).catch(() => {{}})", forms)

    def waiting(self, page: Page) -> list[dict[str, Any]]:
        """What is still to be sent."""
        found: list[dict[str, Any]] = self._asked(page, inside("waiting"))
        return found

    def _asked(self, page: Page, script: str) -> Any:
        """What a script answers, on the page that comes when this one is just being left."""
        for _ in range(50):
            try:
                return page.evaluate(script)
            except Error as error:
                if "navigation" not in str(error):
                    raise
                page.wait_for_timeout(100)
        raise TimeoutError

    def drained(self, page: Page, seconds: float) -> list[dict[str, Any]]:
        """Wait until nothing is left to be sent; what is, when the time is over."""
        ends = time.monotonic() + seconds
        while (left := self.waiting(page)) and time.monotonic() < ends:
            page.wait_for_timeout(200)
        return left

    def report(self, page: Page, words: str, *photos: bytes) -> None:
        """Fill in the form of the door by hand and send it; what it says is heard."""
        page.goto(self.basement.line.url + f"/Q/{self.basement.place.codes['tap']}")
        self.until(page, lambda: bool(self._asked(page, "globalThis.box !== undefined")))
        page.locator("#report label", has_text="Leak").first.click()
        page.fill("#report textarea[name=words]", words)
        if photos:
            files = [{"name": "image.jpg", "mimeType": "image/jpeg", "buffer": p} for p in photos]
            page.locator("#report [type=file]:not([capture])").set_input_files(files)  # type: ignore[arg-type]
            page.wait_for_timeout(300)
        page.get_by_role("button", name="Send").click()

    def noted(self, words: str, *photos: bytes) -> None:
        """What was filled in by hand, under the key the page gave it last."""
        key = next(key for _, what, key in reversed(self.heard) if what == "queued")
        self.ledger.finished(Meant(key, words, frozenset(sha256(p).hexdigest() for p in photos)))

    def until(self, page: Page, holds: Callable[[], bool], seconds: float = 30.0) -> None:
        """Let the page go on until something holds; raises TimeoutError."""
        ends = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > ends:
                raise TimeoutError
            page.wait_for_timeout(50)

    # ------------------------------------------------------------ the end, in order or not

    def kill(self) -> None:
        """SIGKILL for all processes of this browser, and none else."""
        for pid in browsers_on(self.folder):
            kill_family(pid)
        with suppress(Error):
            self.context.close()

    def evict(self) -> None:
        """SIGKILL for its pages alone, as a phone does that wants their memory for its camera."""
        for pid in browsers_on(self.folder):
            for child in descendants(pid):
                if b"--type=renderer" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(child, signal.SIGKILL)
        time.sleep(1)

    def kept(self) -> dict[str, dict[str, bool]]:
        """What is on the phone after a restart, looked at without the product running."""
        page = self.context.new_page()
        page.goto(f"{self.basement.line.url}/healthz")
        found: dict[str, dict[str, bool]] = page.evaluate(inside("onPhone"))
        page.close()
        return found


def browsers_on(folder: Path) -> Iterator[int]:
    """The main process of a browser that runs on this directory."""
    mark = f"--user-data-dir={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                line = (entry / "cmdline").read_bytes().split(b"\0")
                if mark in line and not any(one.startswith(b"--type=") for one in line):
                    yield int(entry.name)


def large(random: Random) -> list[bytes]:
    """One photo of three parts."""
    return [random.randbytes(2 * PART + 5000)]


# ---------------------------------------------------------------- a thread for browsers


class Apart:
    """A thread of its own for a browser's driver: two of them cannot share one."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._running = self._pool.submit(sync_playwright).result()
        self.playwright = self._pool.submit(self._running.start).result()

    def run(self, act: Callable[[], Any]) -> Any:
        return self._pool.submit(act).result()

    def close(self) -> None:
        self.run(self.playwright.stop)
        self._pool.shutdown()


def apart(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test in the thread of its fixture `driver`."""

    @wraps(test)
    def run(driver: Apart, **given: Any) -> None:
        driver.run(lambda: test(driver=driver, **given))

    return run


@contextmanager
def profile(basement: Basement, driver: Apart, name: str, **chosen: Any) -> Iterator[Profile]:
    """A browser that is open within the block."""
    folder = chosen.pop("folder", None) or basement.server.folder / f"profile-{name}"
    opened = Profile(basement, driver.playwright, folder, **chosen)
    opened.open()
    try:
        yield opened
    finally:
        opened.kill()
