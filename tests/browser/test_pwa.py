"""The service worker in a real browser: the shell, what is prepared, and whose it is."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import abort, request
from playwright.sync_api import BrowserContext, Page, expect

from inspection import look
from inspection.db import writing
from inspection.people import sessions
from tests.browser.conftest import Live
from tests.cast import PROMISES, ROOM, agreed, posted
from tests.inspection.plans import laid
from tests.inspection.pwa.test_worker import forget

HAND = "contractor.staff"
VECTORS = Path(__file__).resolve().parents[1] / "vectors"

pytestmark = pytest.mark.browser


@pytest.fixture
def basement(live: Live, context: BrowserContext) -> Iterator[Live]:
    """The contractor's staff has a job in the kitchen and a visit due in the hall."""
    here, number = live.cast.harbour, live.reported("leak", "kitchen", "Water runs")
    with live.app.app_context():
        agreed(here, "requirements", PROMISES)
        agreed(here, "checklist", ROOM, subject="room")
        laid.visit(here, "hall", due_on=laid.today(here), checklist_key="room")
        posted(live.cast.client(HAND), f"{here.url}/actions/{number}/start")
    live.sign_in(context, HAND)
    yield live
    context.set_offline(False)


def prepare(live: Live, page: Page) -> None:
    page.goto(f"{live.url}/c/harbour/basement")
    page.get_by_role("button", name="Prepare now").click()
    proof = page.locator("[data-part=proof]")
    expect(proof).to_contain_text("without the network", timeout=30_000)


def names(page: Page) -> list[str]:
    return list(page.evaluate("caches.keys()"))


def kept(page: Page) -> list[str]:
    """The addresses of everything that is kept for anybody."""
    return list(
        page.evaluate(
            """async () => {
              const all = [];
              for (const name of await caches.keys())
                if (/^prepared-/.test(name)) all.push(...(await (await caches.open(name)).keys()));
              return all.map(({ url }) => new URL(url).pathname);
            }"""
        )
    )


# ---------------------------------------------------------------- the rules


def test_whose_business_a_request_is_and_what_may_be_kept(page: Page, live: Live) -> None:
    vectors = json.loads((VECTORS / "shell.json").read_text())
    page.goto(f"{live.url}/Q")
    said = page.evaluate(
        """async ({ cases, addresses, answers }) => {
          const rules = await import("/static/js/rules/shell.js");
          return {
            concerns: cases.map(({ request }) => rules.concern(request, "https://t.example")),
            addresses: addresses.map(({ url }) => [rules.addressOf(url), rules.passes(url)]),
            answers: answers.map(({ answer }) => rules.storable(answer)),
          };
        }""",
        vectors,
    )
    assert said["concerns"] == [one["is"] for one in vectors["cases"]]
    assert said["addresses"] == [[one["address"], one["passes"]] for one in vectors["addresses"]]
    assert said["answers"] == [one["storable"] for one in vectors["answers"]]


def test_age_staleness_and_what_is_ours_no_more(page: Page, live: Live) -> None:
    page.goto(f"{live.url}/Q")
    said = page.evaluate(
        """async () => {
          const rules = await import("/static/js/rules/shell.js");
          const { ago, gone, ledTo, rootOf, marked } = rules;
          const hour = 3600_000, noon = new Date(2026, 3, 1, 12).getTime();
          const done = (hours) => ({ done: noon - hours * hour });
          const standing = (state) => rules.standing(state, noon);
          const wants = (state) => rules.wantsRenewal(state, noon);
          const work = "/c/a/my-work", root = '<html lang="en" data-build="b" data-actor="7">';
          return [
            ago(noon - 12 * 60_000, noon), ago(noon - 59_000, noon), ago(noon + hour, noon),
            standing(null), standing({ done: null }), standing(done(1)), standing(done(25)),
            wants(done(5)), wants(done(3)), wants(done(20)), wants(null),
            gone(200, work), gone(404, work), gone(404, "/c/a/places/1"),
            ledTo("/", work), ledTo("/go/round", work), ledTo("/c/a/x", work), ledTo("/go/queue"),
            rootOf(marked(root, "then")), rootOf("<html><title>Free WiFi</title>"),
          ];
        }"""
    )
    assert said == [
        *([-12, "minute"], [0, "second"], [0, "second"]),
        *("never", "unfinished", "fresh", "stale"),
        *(True, False, False, False),
        *(None, {"prefix": "/c/a/"}, {"address": "/c/a/places/1"}),
        *("/c/a/my-work", "/c/a/round", None, None),
        *({"build": "b", "actor": "7"}, None),
    ]


def test_drawings_that_are_used_are_put_inside_a_page_and_others_are_left(
    page: Page, live: Live
) -> None:
    page.goto(f"{live.url}/Q")
    said = page.evaluate(
        """async () => {
          const { drawingsOf, drawn } = await import("/static/js/rules/shell.js");
          const sprite = '<symbol id="a-b" viewBox="0"><path/></symbol><symbol id="c"></symbol>';
          const html = '<body class="x"><use href="/i.svg?v=1#a-b"/><use href="/i.svg?v=1#gone"/>';
          return [drawingsOf(html), drawingsOf("<body>"), drawn(html, sprite)];
        }"""
    )
    assert said == [
        "/i.svg?v=1",
        None,
        '<body class="x"><svg hidden><symbol id="drawing-a-b" viewBox="0"><path/></symbol></svg>'
        '<use href="#drawing-a-b"/><use href="/i.svg?v=1#gone"/>',
    ]


def test_the_first_sheet_is_put_inside_a_page_that_lets_it(page: Page, live: Live) -> None:
    page.goto(f"{live.url}/Q")
    linked = '<link rel="stylesheet" href="/look/1/a.css">'
    said = page.evaluate(
        """async (html) => {
          const { dressed, sheetOf } = await import("/static/js/rules/shell.js");
          const open = html + '<script nonce="n">';
          return [sheetOf(html), sheetOf("<p>"), dressed(open, "a{b:$&}"), dressed(html, "a{}")];
        }""",
        f"{linked}<p>Words</p>",
    )
    assert said == [
        "/look/1/a.css",
        None,
        '<style nonce="n">a{b:$&}</style><p>Words</p><script nonce="n">',
        f"{linked}<p>Words</p>",
    ]


def test_scripts_come_behind_the_words_once_and_in_their_order(page: Page, live: Live) -> None:
    page.goto(f"{live.url}/Q")
    one = '<script type="module" nonce="n" src="/1.js" data-said="a > b"></script>'
    two = '<script type="module" src="/2.js"></script>'
    said = page.evaluate(
        """async (pages) => {
          const { wordsFirst } = await import("/static/js/rules/shell.js");
          return pages.map(wordsFirst);
        }""",
        [f"<html><body>{one}<p>Words</p>{two}</body></html>", "<body><p>No nonce</p></body>"],
    )
    assert said[0].startswith(f'<html><body><p>Words</p><template id="later">{one}{two}</template>')
    assert said[0].endswith("</script></body></html>")
    assert said[0].count("<script nonce=") == 1
    assert said[1] == "<body><p>No nonce</p></body>"


# ---------------------------------------------------------------- a day in the basement


def test_what_was_prepared_opens_without_signal_and_nothing_else_is_touched(
    basement: Live, page: Page, context: BrowserContext
) -> None:
    live, here = basement, basement.cast.harbour
    prepare(live, page)
    said = page.locator("[data-part=proof]").inner_text()
    opened = int(said.split()[1])
    assert opened > 7
    assert said == f"Opened {opened} of {opened} without the network"
    page.goto(f"{live.url}/c/harbour/queue")  # a page that may not be kept
    assert "/c/harbour/queue" not in kept(page)
    _no_post_passes_through(page, live)
    _a_line_that_says_nothing(page, live)
    context.set_offline(True)
    page.goto(f"{live.url}/")
    expect(page.locator("h1")).to_have_text("My work")
    expect(page.locator(".as-of")).to_contain_text("Without signal: as of")
    expect(page.locator(".job__link")).to_contain_text("Water runs")
    assert page.locator("use[href^='#drawing-']").count() > 9
    assert page.locator("use:not([href^='#drawing-'])").count() == 0
    page.locator(".job__link").click()
    expect(page.locator("h1")).to_contain_text("Water runs")
    page.goto(f"{live.url}/Q/{here.codes['hall']}")
    expect(page.locator("h1")).to_have_text(here.places["hall"].name)
    page.goto(f"{live.url}/c/harbour/places/{here.places['hall'].id}/inspection/room")
    expect(page.locator("form").first).to_be_attached()
    assert page.evaluate("document.styleSheets.length") > 0
    page.goto(f"{live.url}/c/harbour/queue")
    expect(page.locator("h1")).to_have_text("No signal")
    page.get_by_role("link", name="My work").click()
    expect(page.locator("h1")).to_have_text("My work")


def _no_post_passes_through(page: Page, live: Live) -> None:
    post = """async () => {
      const answer = await fetch("/reach", { method: "POST", body: "x" });
      return [navigator.serviceWorker.controller !== null, answer.status];
    }"""
    with page.expect_response(lambda one: one.request.method == "POST") as answered:
        assert page.evaluate(post) == [True, 405]
    assert not answered.value.from_service_worker
    page.goto(f"{live.url}/c/harbour/my-work")
    posts = "() => performance.getEntriesByType('navigation')[0].workerStart > 0"
    assert page.evaluate(posts)  # while pages do


def _a_line_that_says_nothing(page: Page, live: Live) -> None:
    """There is a line, but no answer: after three seconds what was prepared is shown."""
    slow = [8.0]

    def stall() -> None:
        if request.path.endswith("/round"):
            time.sleep(slow[0])

    live.app.before_request_funcs.setdefault(None, []).insert(0, stall)
    began = time.monotonic()
    page.goto(f"{live.url}/c/harbour/round")
    took = time.monotonic() - began
    expect(page.locator(".as-of")).to_contain_text("Without signal")
    slow[0] = 0
    assert 2.5 < took < 7


def test_preparing_stops_goes_on_with_the_rest_and_is_renewed_after_four_hours(
    basement: Live, page: Page
) -> None:
    live, asked, slow = basement, [""], [0.4]

    def note() -> None:
        if request.path.startswith("/c/") and "text/html" in request.headers.get("Accept", ""):
            asked.append(request.path)
            time.sleep(slow[0])

    live.app.before_request_funcs.setdefault(None, []).insert(0, note)
    evening = datetime.now().astimezone().replace(hour=18)
    page.clock.set_fixed_time(evening)
    page.goto(f"{live.url}/c/harbour/basement")
    asked.clear()
    page.get_by_role("button", name="Prepare now").click()
    _eventually(lambda: page.locator("[data-part=bar]").evaluate("(bar) => bar.value >= 2"))
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-part=trouble]")).to_contain_text("Stopped. What came is on this")
    first, slow[0] = set(kept(page)) & set(asked), 0
    assert first
    asked.clear()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-part=proof]")).to_contain_text("without the network", timeout=30_000)
    assert not first & set(asked)
    later = round((evening + timedelta(hours=4)).timestamp() * 1000)
    page.clock.set_fixed_time(evening + timedelta(hours=4, minutes=1))
    page.goto(f"{live.url}/c/harbour/my-work")
    _eventually(lambda: page.evaluate(PREPARED) > later)


PREPARED = """async () => {
  const { done } = await (await caches.match("/prepared/contract/harbour")).json();
  return done ?? 0;
}"""


def test_fault_69_what_was_kept_goes_with_the_person(
    basement: Live, page: Page, context: BrowserContext
) -> None:
    live = basement
    prepare(live, page)
    assert [name for name in names(page) if name.startswith("prepared-")]
    person = live.cast.harbour.people[HAND]
    with live.app.app_context(), writing():
        sessions.end_sessions(person.id)
    page.goto(f"{live.url}/c/harbour/my-work")  # the first contact
    expect(page).to_have_url(f"{live.url}/sign-in?next=/c/harbour/my-work")
    _eventually(lambda: not kept(page))
    context.set_offline(True)
    page.goto(f"{live.url}/c/harbour/my-work")
    expect(page.locator("h1")).to_have_text("No signal")
    assert "Water runs" not in page.content()
    context.set_offline(False)
    live.sign_in(context, "customer.staff")
    prepare(live, page)
    live.sign_in(context, HAND)
    page.goto(f"{live.url}/c/harbour/my-work")
    own = f"prepared-{person.id}"
    _eventually(lambda: [n for n in names(page) if n.startswith("prepared-")] == [own])


def _eventually(holds: Any) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.1)
    assert holds()


# ---------------------------------------------------------------- a new version


def test_fault_18_a_shell_that_came_in_part_is_not_used_and_fault_17_an_old_page_is_served(
    basement: Live,
    page: Page,
    context: BrowserContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live, old = basement, look.build()
    prepare(live, page)
    page.goto(f"{live.url}/c/harbour/my-work")
    cut = _renew(live, tmp_path, monkeypatch)
    assert look.build() != old
    page.evaluate(UPDATE)
    _eventually(lambda: "asked" in cut and page.evaluate(SETTLED))
    assert _shells(page) == [old]
    context.set_offline(True)
    page.goto(f"{live.url}/c/harbour/my-work")
    expect(page.locator(".as-of")).to_contain_text("Without signal")
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 100
    context.set_offline(False)
    _put_right_from_an_old_page(live, context)
    cut.clear()
    page.goto(f"{live.url}/c/harbour/my-work")
    page.evaluate(UPDATE)
    _eventually(lambda: look.build() in _shells(page) and page.evaluate(SETTLED))
    page.goto(f"{live.url}/c/harbour/my-work")
    expect(page.locator("html")).to_have_attribute("data-build", look.build())
    assert {*_shells(page)} == {old, look.build()}  # kept pages are of the old one
    context.set_offline(True)
    page.goto(f"{live.url}/c/harbour/round")
    expect(page.locator("html")).to_have_attribute("data-build", old)
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 100


def test_fault_16_a_new_version_waits_for_what_is_queued_and_drops_none_of_it(
    basement: Live,
    page: Page,
    context: BrowserContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live, old, busy = basement, look.build(), [True]

    def refuse() -> None:
        if busy and request.method == "POST":
            abort(503)

    live.app.before_request_funcs.setdefault(None, []).insert(0, refuse)
    prepare(live, page)
    context.set_offline(True)
    page.goto(f"{live.url}/c/harbour/actions/1")
    _comment(page, "Kept while the app was renewed")
    _eventually(lambda: page.evaluate(WAITING, old) == 1)
    context.set_offline(False)
    _renew(live, tmp_path, monkeypatch).clear()
    page.evaluate(UPDATE)
    bar = page.locator(".newer")
    expect(bar).to_contain_text("A new version is ready.", timeout=30_000)
    expect(page.locator("html")).to_have_attribute("data-build", old)
    bar.get_by_role("button", name="Use it now").click()
    expect(page.locator("html")).to_have_attribute("data-build", look.build(), timeout=30_000)
    assert page.evaluate(WAITING, look.build()) == 1
    busy.clear()
    page.reload()
    _eventually(lambda: page.evaluate(WAITING, look.build()) == 0)
    assert _told(live, "Kept while the app was renewed") == 1


WAITING = """async (build) => {
  const { items } = await import(`/shell/${build}/outbox/box.js`);
  return (await items()).length;
}"""


def _comment(page: Page, words: str) -> None:
    page.wait_for_function("customElements.get('kept-draft') !== undefined")
    page.eval_on_selector_all("main details", "(all) => all.forEach((one) => { one.open = true; })")
    form = page.locator("form[action$='/actions/1/comments']")
    form.locator("textarea").fill(words)
    form.evaluate("(one) => one.requestSubmit()")


UPDATE = "navigator.serviceWorker.getRegistration().then((one) => void one.update().catch(() => 0))"
SETTLED = """async () => {
  const { installing, waiting } = await navigator.serviceWorker.getRegistration();
  return !installing && !waiting;
}"""


def _shells(page: Page) -> list[str]:
    """The builds whose shells are here."""
    return [name.split("-")[1] for name in names(page) if name.startswith("shell-")]


def _renew(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The server has a new build now; files whose name is in the answer do not come."""
    changed = shutil.copytree(look.STATIC, tmp_path / "static")
    with (changed / "css/base.css").open("a") as file:
        file.write(".new-build { color: var(--ink); }\n")
    monkeypatch.setattr(look, "STATIC", changed)
    monkeypatch.setattr(live.app, "static_folder", str(changed))
    forget()
    cut = ["visit-form.js"]

    def fail() -> None:
        if cut and request.path.endswith(cut[0]):
            cut.append("asked")
            abort(502)

    live.app.before_request_funcs.setdefault(None, []).insert(0, fail)
    return cut


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    forget()


def _put_right_from_an_old_page(live: Live, context: BrowserContext) -> None:
    """The form of a page that the browser kept from the old build is taken by the new server."""
    page = context.new_page()
    context.set_offline(True)
    page.goto(f"{live.url}/c/harbour/actions/1")
    expect(page.locator(".as-of")).to_contain_text("Without signal")
    context.set_offline(False)
    _comment(page, "Said on an old page")
    _eventually(lambda: _told(live, "Said on an old page") == 1)
    page.close()


def _told(live: Live, words: str) -> int:
    """How often the server's page of the action says it."""
    with live.app.app_context():
        return live.cast.client(HAND).get("/c/harbour/actions/1").text.count(words)
