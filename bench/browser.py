"""What a phone on slow 4G waits for: `python -m bench.browser`.

A real Chromium, 390 x 844, nothing cached, 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms to every first
byte, a processor four times slower than this one; the median of some runs. Times are milliseconds
since the address was opened, sizes are bytes on the line, headers included.
"""

from __future__ import annotations

import http.client
import secrets
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any
from urllib.parse import urlencode, urljoin

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.crowd import Crowd, gather
from bench.stage import folder, served
from tests import needs

ACTIONS, RUNS = 1_000, 5
PHONE: Any = {"width": 390, "height": 844}
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4
PAINTED = """() => new Promise((tell) => {
  const seen = { lcp: 0, cls: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.lcp = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.cls += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => tell({
    ...seen,
    fcp: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  }), 500);
})"""


@dataclass(frozen=True)
class Measured:
    """One opening of one page."""

    ttfb: float
    fcp: float
    lcp: float
    cls: float
    page: float  # bytes of the first response alone
    bytes: float
    requests: float


class Line:
    """Slows a page's line and processor, and notes what comes over it: the page, then the rest.

    The page's own clock does not know of the slowness, so the first byte is taken here.
    """

    def __init__(self, cdp: CDPSession) -> None:
        self.asked: dict[str, float] = {}
        self.answered: dict[str, float] = {}
        self.sizes: dict[str, int] = {}
        for event, kept, what in (
            ("requestWillBeSent", self.asked, "timestamp"),
            ("responseReceived", self.answered, "timestamp"),
            ("loadingFinished", self.sizes, "encodedDataLength"),
        ):
            cdp.on(f"Network.{event}", partial(_keep, kept, what))
        cdp.send("Network.enable")
        cdp.send("Network.emulateNetworkConditions", LINE)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def first_byte(self) -> float:
        """Milliseconds until the page began to come."""
        page = next(iter(self.asked))
        return 1000 * (self.answered[page] - self.asked[page])

    def page_size(self) -> int:
        return self.sizes[next(iter(self.asked))]


def _keep(kept: dict[str, Any], what: str, event: dict[str, Any]) -> None:
    kept.setdefault(event["requestId"], event[what])


def opened(browser: Browser, url: str, cookie: str) -> Measured:
    """Open a page as somebody who was never here before."""
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    if cookie:
        context.add_cookies([{"name": "tandem", "value": cookie, "url": urljoin(url, "/")}])
    page = context.new_page()
    line = Line(context.new_cdp_session(page))
    answer = page.goto(url, wait_until="networkidle")
    if answer is None or answer.status != 200 or page.url != url:
        raise RuntimeError(f"{url} led to {page.url}")
    painted = page.evaluate(PAINTED)
    context.close()
    return Measured(
        ttfb=line.first_byte(),
        **painted,
        page=line.page_size(),
        bytes=sum(line.sizes.values()),
        requests=len(line.sizes),
    )


def median(found: list[Measured]) -> Measured:
    """Of each measure by itself."""
    return Measured(
        *(
            statistics.median(getattr(one, field.name) for one in found)
            for field in fields(Measured)
        )
    )


def receipt(port: int, crowd: Crowd) -> str:
    """Report something by the code; the address to follow it up."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    form = {"category": "leak", "words": "It drips", "submission_key": secrets.token_hex(16)}
    headers = {
        "Host": "localhost",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", f"/Q/{crowd.code}/reports", urlencode(form), headers)
    return connection.getresponse().headers["Location"].partition("?")[0]


def pages(port: int, crowd: Crowd) -> Iterator[tuple[str, str, str]]:
    """Name, address and session of what is measured."""
    yield "scan page", f"/Q/{crowd.code}", ""
    yield "follow-up", receipt(port, crowd), ""
    yield "sign-in", "/sign-in", ""
    yield "queue", f"/c/{crowd.slug}/queue", crowd.cookie
    yield "action page", f"/c/{crowd.slug}/actions/{crowd.first_open}", crowd.cookie


def main() -> None:
    """Print the table."""
    with folder() as data, sync_playwright() as playwright:
        crowd = gather(data, ACTIONS)
        browser = playwright.chromium.launch(executable_path=needs.chromium(), args=needs.FLAGS)
        print("goals: scan page <= 14,336 bytes in one response, <= 100,000 in all, CLS 0")
        print(
            f"{'':12}{'TTFB':>7}{'FCP':>7}{'LCP':>7}{'CLS':>7}{'page B':>9}{'all B':>9}{'req.':>6}"
        )
        with served("app:create_app()", **crowd.environ) as port:
            for name, path, cookie in pages(port, crowd):
                url = f"http://localhost:{port}{path}"
                opened(browser, url, cookie)  # the server warms up unmeasured
                one = median([opened(browser, url, cookie) for _ in range(RUNS)])
                print(
                    f"{name:12}{one.ttfb:7.0f}{one.fcp:7.0f}{one.lcp:7.0f}{one.cls:7.3f}"
                    f"{one.page:9,.0f}{one.bytes:9,.0f}{one.requests:6.0f}",
                    flush=True,
                )
        browser.close()


if __name__ == "__main__":
    main()
