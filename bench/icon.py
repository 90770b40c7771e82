"""Opening from the icon with no network: `python -m bench.icon`.

A real Chromium, 390 x 844, offline, a processor four times slower than this one; what was prepared
holds thirty jobs. The icon opens "/", which the service worker answers with the work that is kept.
Milliseconds from the start of the navigation until the work is painted, the median of nine; with
the worker running, with the worker stopped before, and of a page of one word that needs no worker.
The browser's own start is not in it, and Chromium slows the page's thread down, not the worker's.
"""

from __future__ import annotations

import sqlite3
import statistics
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, sync_playwright

from bench.browser import PHONE, SLOWER
from bench.crowd import Crowd, gather
from bench.stage import folder, served
from tests import needs

ACTIONS, JOBS, RUNS, GOAL = 1_000, 30, 9, 300
ONE_WORD = "data:text/html,<!doctype html><title>One</title><h1>Word</h1>"
PAINTED = """() => new Promise((tell) => {
  new PerformanceObserver((list) => tell({
    painted: list.getEntriesByName("first-contentful-paint")[0].startTime,
    whole: performance.getEntriesByType("navigation")[0].responseEnd,
    jobs: document.querySelectorAll(".job").length,
  })).observe({ type: "paint", buffered: true });
})"""


def assign(crowd: Crowd) -> None:
    """Give whoever is signed in their jobs."""
    path = f"{crowd.environ['TANDEM_DATA']}/tandem.sqlite3"
    with sqlite3.connect(path, timeout=20) as database:
        database.execute(
            "UPDATE action SET state = 'in_progress', court = 'contractor', listed = 1,"
            " owner_party = 'contractor', closed_at = NULL, assignee_id ="
            " (SELECT m.id FROM membership m JOIN session s ON s.person_id = m.person_id LIMIT 1)"
            f" WHERE number <= {JOBS}"
        )


def prepare(context: BrowserContext, url: str) -> None:
    """Take the work along, as somebody does before they go down."""
    page = context.new_page()
    page.goto(f"{url}/c/harbour/basement")
    page.get_by_role("button", name="Prepare now").click()
    page.locator("[data-part=proof]", has_text="without the network").wait_for(timeout=120_000)
    print(page.locator("[data-part=summary]").inner_text(), flush=True)
    print(page.locator("[data-part=proof]").inner_text(), flush=True)
    page.close()


def openings(context: BrowserContext, url: str, *, cold: bool = False) -> Iterator[dict[str, Any]]:
    """Each opening in a tab of its own."""
    for _ in range(RUNS):
        page = context.new_page()
        slow = context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        if cold:
            _stop_workers(slow)
        page.goto(url)
        yield page.evaluate(PAINTED)
        page.close()


def _stop_workers(session: CDPSession) -> None:
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")


def main() -> None:
    """Print both medians, and the slowest."""
    with folder() as data, sync_playwright() as playwright:
        crowd = gather(data, ACTIONS)
        assign(crowd)
        browser = playwright.chromium.launch(
            executable_path=needs.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        with served("app:create_app()", **crowd.environ) as port:
            url = f"http://localhost:{port}"
            context = browser.new_context(viewport=PHONE, locale="en-GB")
            context.add_cookies([{"name": "tandem", "value": crowd.cookie, "url": url}])
            prepare(context, url)
        context.set_offline(True)  # and the server is gone as well
        say("a page of one word", list(openings(context, ONE_WORD)))
        for name, cold in (("worker running", False), ("worker stopped before", True)):
            found = list(openings(context, f"{url}/", cold=cold))
            if any(one["jobs"] < JOBS or one["painted"] < one["whole"] for one in found):
                raise RuntimeError("that is not the work that was prepared")
            say(name, found)
        browser.close()


def say(name: str, found: list[dict[str, Any]]) -> None:
    """One line: the median, the slowest, and what the goal is."""
    times = [one["painted"] for one in found]
    print(
        f"{name:<24} {statistics.median(times):5.0f} ms   slowest {max(times):5.0f} ms"
        f"   goal <= {GOAL} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
