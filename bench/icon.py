"""Opening from the icon with no network: `python -m bench.icon`.

A real Chromium, 390 x 844, the server gone, a processor four times slower than this one; what was
prepared holds thirty jobs. The icon opens "/", which the service worker answers with the work that
is kept. Milliseconds from the start of the navigation until the name of the first job is painted
(element timing), with the worker running and with the worker stopped before; beside them a page of
one word that needs no worker, opened in turns with them, so that a slow moment meets all three. The
median of nine after two that are not counted, begun when the machine is idle or after two minutes;
the load it ran under is printed. The browser's own start is not in it, and Chromium slows the
page's thread down, not the worker's. While it is timed no driver watches the page
(`bench/devtools.py`).
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import time
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

from bench.browser import PHONE, SLOWER
from bench.crowd import Crowd, gather
from bench.devtools import Devtools, chromium
from bench.stage import folder, served
from tests import needs

ACTIONS, JOBS, GOAL = 1_000, 30, 300
WARM, RUNS = 2, 9
ONE_WORD = "data:text/html,<!doctype html><title>One</title><h1 elementtiming='first-job'>Word</h1>"
WORD, RUNNING, STOPPED = "a page of one word", "worker running", "worker stopped before"
IDLE, PATIENCE = 0.7, 120  # load for each processor; seconds
LOOKED = 2.5  # seconds a page has until it is asked; all its scripts are done by then
PAINTED = """new Promise((tell) => {
  new PerformanceObserver((list) => tell(JSON.stringify({
    painted: list.getEntries()[0].renderTime,
    answered: performance.getEntriesByType("navigation")[0].responseEnd,
    jobs: document.querySelectorAll(".job").length,
  }))).observe({ type: "element", buffered: true });
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


def opened(browser: Devtools, url: str, name: str) -> dict[str, Any]:
    """One opening, in a tab of its own."""
    tab = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
    browser.call(
        "Emulation.setDeviceMetricsOverride", session, **PHONE, deviceScaleFactor=1, mobile=False
    )
    browser.call("Emulation.setCPUThrottlingRate", session, rate=SLOWER)
    if name == STOPPED:
        for command in ("enable", "stopAllWorkers", "disable"):
            browser.call(f"ServiceWorker.{command}", session)
    browser.call("Page.navigate", session, url=ONE_WORD if name == WORD else url)
    time.sleep(LOOKED)
    said = browser.call("Runtime.evaluate", session, expression=PAINTED, awaitPromise=True)
    browser.call("Target.closeTarget", targetId=tab)
    found: dict[str, Any] = json.loads(said["result"]["value"])
    if name != WORD and found["jobs"] < JOBS:
        raise RuntimeError("that is not the work that was prepared")
    return found


def wait_for_idle() -> None:
    """Until other work on this machine is done, or patience is at its end."""
    until = time.monotonic() + PATIENCE
    while os.getloadavg()[0] > IDLE * (os.cpu_count() or 1) and time.monotonic() < until:
        time.sleep(2)


def main() -> None:
    """Print the three medians, how they compare, and the load."""
    with folder() as data, sync_playwright() as playwright:
        crowd = gather(data, ACTIONS)
        assign(crowd)
        profile = f"{data}/profile"
        with served("app:create_app()", **crowd.environ) as port:
            url = f"http://localhost:{port}"
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=needs.chromium(), args=needs.FLAGS, viewport=PHONE
            )
            context.add_cookies([{"name": "tandem", "value": crowd.cookie, "url": url}])
            prepare(context, url)
            context.close()
        wait_for_idle()
        before = os.getloadavg()[0]
        with chromium(profile) as browser:
            rounds = [
                {name: opened(browser, f"{url}/", name) for name in (WORD, RUNNING, STOPPED)}
                for _ in range(WARM + RUNS)
            ][WARM:]
    say(rounds)
    print(f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} processors")


def say(rounds: list[dict[str, dict[str, Any]]]) -> None:
    """A line for each: median, quickest, slowest, times the page of one word, the answer alone."""
    word = statistics.median(one[WORD]["painted"] for one in rounds)
    for name in (WORD, RUNNING, STOPPED):
        times = [one[name]["painted"] for one in rounds]
        answered = statistics.median(one[name]["answered"] for one in rounds)
        goal = "" if name == WORD else f"   goal <= {GOAL} ms"
        print(
            f"{name:<22} {statistics.median(times):5.0f} ms"
            f"   {min(times):5.0f} to {max(times):5.0f} ms"
            f"   {statistics.median(times) / word:4.2f} x one word"
            f"   answer whole at {answered:4.0f} ms{goal}",
            flush=True,
        )


if __name__ == "__main__":
    main()
