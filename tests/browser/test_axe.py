"""Every page that a person can reach, judged by axe: WCAG 2.2 AA and good practice, no violation.

The list of pages is made from the addresses of the product; a new page is judged unasked.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from werkzeug.routing import Rule as Address

from inspection import clock
from inspection.alerts import wishes
from inspection.contracts import agreements
from inspection.contracts.quarantine import Quarantine
from inspection.db import db, writing
from inspection.people import invitations
from inspection.rules.checklist import Answer
from inspection.visits import following, starting
from qr import payload, tags
from tests.browser.conftest import DESK, PHONE, Live
from tests.cast import POLICY, PROMISES, ROOM, agreed, finding, posted, visited
from tests.inspection.plans import laid
from tests.inspection.queue.test_ca_life import PLAN
from tests.inspection.visits.test_following import planned

pytestmark = pytest.mark.browser

EVERYTHING = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
LAID_DOWN = """() => {
  for (const one of document.querySelectorAll("body *"))
    if (getComputedStyle(one).position === "sticky") one.style.position = "static";
}"""
"""What sticks covers targets that can be scrolled clear of it; axe looks at one moment."""
UNKNOWN, MISTYPED = payload.mint(1), "7KX2M9QF4TDX"
LEAD, HAND, CLIENT = "contractor.supervisor", "contractor.staff", "customer.supervisor"


@dataclass(frozen=True)
class Lived:
    """A contract where something stands on every page: the values of its addresses, by name."""

    live: Live
    values: Mapping[str, list[str]]

    def client(self, who: str | None) -> FlaskClient:
        with self.live.app.app_context():  # but its requests are made outside of it
            return self.live.cast.client(who)


@pytest.fixture
def lived(live: Live) -> Lived:
    nothing = Lived(live, {})
    receipts = [_tell(nothing, "leak"), _tell(nothing, "doors"), _tell(nothing, "cleaning")]
    _tell(nothing, "leak", website="http://spam.example")  # into the tray
    live.reported("danger", "hall", "A ceiling panel hangs loose")
    _put_right(nothing, receipts)
    _too_late(live)
    place = live.cast.harbour.places["kitchen"].id
    return Lived(
        live,
        {
            "contract": ["harbour"],
            "number": ["1", "2", "3", *_plans(live)],
            "plan": ["1", "2"],
            "asset": [str(place)],
            "place": [str(place)],
            "checklist": ["room"],
            "photo": ["1"],
            "size": ["thumbnail"],
            "kind": ["svg"],
            "code": [live.cast.harbour.codes["kitchen"], *_spoilt(live), UNKNOWN, MISTYPED],
            "receipt": receipts,
            "form": ["answers"],
            "token": [_invited(live), _mails_off(live), "never-was"],
            "membership": [str(live.cast.harbour.members["customer.staff"].id)],
            "version": ["1"],
            "names": ["base"],
            "tag": ["en"],
            "where": ["my-work"],
            "filename": ["img/app.svg"],
            "path": ["js/outbox/wire.js"],
            "secret": ["never-was"],
            "sha256": ["0" * 64],
            "agreement": _agreements(live),
            "disagreement": _disagreements(nothing),
            "visit": _visits(live),
            "lot": _lots(live),
        },
    )


def _too_late(live: Live) -> None:
    """What somebody sent who may no more, kept for those who lead."""
    here = live.cast.harbour
    with live.app.app_context(), writing():
        sent = {"path": f"{here.url}/actions/1/fix", "meant": "fix", "fields": [["text", "Done"]]}
        who = here.members["customer.staff"].id
        left = Quarantine(
            contract_id=here.contract.id, member_id=who, received_at=clock.now(), **sent
        )
        db.session.add(left)


def _mails_off(live: Live) -> str:
    """The link in a mail that ends mails."""
    member = live.cast.harbour.members[LEAD]
    with live.app.app_context():
        return wishes.link(member.contract_id, member.id).rpartition("/")[2]


def _plans(live: Live) -> list[str]:
    """An action whose plan was returned once, a similar place of it, and one come back."""
    here = live.cast.harbour
    plan = PLAN | {"due_on": (clock.now() + timedelta(days=9)).date().isoformat()}
    with live.app.app_context():
        number = finding(here, 1, "kitchen", "leak", "Water runs from the tap all day")
        clients = {who: live.cast.client(who) for who in (LEAD, CLIENT)}
    url = f"{here.url}/actions/{number}"
    posted(clients[LEAD], f"{url}/acknowledgement", category="leak", priority="P3")
    posted(clients[LEAD], f"{url}/plan", **plan)
    posted(clients[CLIENT], f"{url}/plan-return", text="Which round will see it?")
    posted(clients[LEAD], f"{url}/plan", **plan | {"escape_point": "The yearly round"})
    posted(clients[LEAD], f"{url}/similar", **{f"place-{here.places['tap'].id}": "fine"})
    again = live.reported("cleaning", "kitchen", "It backs up again")
    return [str(number), str(again)]


def _agreements(live: Live) -> list[str]:
    """A policy in force, and a draft, a proposal and a first draft beside it."""
    harbour = live.cast.harbour
    lead = harbour.members["contractor.manager"]
    with live.app.app_context():
        made = [agreed(harbour, "sla_policy", POLICY), agreed(harbour, "requirements", PROMISES)]
        made.append(agreed(harbour, "checklist", ROOM, subject="tea-kitchen"))
        with writing():
            drafts = [
                agreements.draft(lead, harbour.contract.id, kind)
                for kind in ("sla_policy", "calendar", "categories", "requirements", "scale")
            ]
            drafts.append(agreements.draft(lead, harbour.contract.id, "checklist", "tea-kitchen"))
            agreements.propose(lead, drafts[1], 1, "As we talked about.")
    return [str(one) for one in (*made, *drafts)]


def _visits(live: Live) -> list[str]:
    """One with findings and a view beside one, one with nothing, one only planned, one begun."""
    here = live.cast.harbour
    wet = {"clean": Answer(2, note="Stains", no_photo="Dark"), "dry": "fail", "why_wet": "Trap"}
    with live.app.app_context():
        found = visited(here, "kitchen", {**wet, "heat": 43.5}, accompanied_by="Ida Holm")
        made = [found, visited(here, "hall", by="customer.staff"), planned(here)]
        with writing():
            following.contest(here.members[CLIENT], found, "clean", 1, "Far worse")
            hall = here.places["hall"].id
            made.append(starting.begin(here.members[LEAD], here.contract.id, hall, "room"))
    return [str(one) for one in made]


def _lots(live: Live) -> list[str]:
    """A lot that was drawn from the two rooms, and visits that wait on somebody's round."""
    here = live.cast.harbour
    with live.app.app_context():
        for place in ("kitchen", "hall"):
            laid.visit(here, place, plan_key="weekly", due_on=laid.today(here) - laid.DAY)
        laid.done(here, "tap", HAND, finding_count=1, level=2)
        agreement = agreements.versions(here.contract.id, "sla_policy")[0].id
        rooms = [here.places[name].id for name in ("kitchen", "hall")]
        return [str(laid.lot(here, rooms, agreement))]


def _picture() -> tuple[io.BytesIO, str]:
    held = io.BytesIO()
    Image.new("RGB", (640, 480), (70, 110, 150)).save(held, "JPEG")
    return io.BytesIO(held.getvalue()), "IMG_0001.jpg"


def _tell(lived: Lived, category: str, **fields: Any) -> str:
    """Report something in the kitchen; the receipt."""
    code = lived.live.cast.harbour.codes["kitchen"]
    words = {"words": f"About {category}", "photos": _picture(), "contact": "12 34 56"}
    answer = posted(lived.client(None), f"/Q/{code}/reports", category=category, **words, **fields)
    found = re.search(r"/r/([\w-]+)", answer.headers["Location"])
    assert found
    return found[1]


def _disagreements(lived: Lived) -> list[str]:
    """One that both have written about and signed, and one with a text to sign."""
    url, views = lived.live.cast.harbour.url, {"subject": "scope", "statement": "Not in it"}
    hand, client = lived.client(HAND), lived.client("customer.staff")
    for number in (1, 2):
        posted(hand, f"{url}/actions/{number}/disagreements", **views, wanted="A quote")
        page = f"{url}/disagreements/{number}"
        posted(hand, f"{page}/resolution", resolution="Half each", revision=1)
    posted(client, f"{url}/disagreements/1/statement", statement="It is", revision=2)
    posted(client, f"{url}/disagreements/1/signature", revision=3)
    return ["1", "2"]


def _put_right(lived: Lived, receipts: list[str]) -> None:
    """The first is asked about, the second fixed, the third closed, thanked and rated."""
    hand, lead, client, nobody = map(lived.client, (HAND, LEAD, CLIENT, None))
    url = lived.live.cast.harbour.url
    posted(lead, f"{url}/actions/1/questions", text="Which of the two taps?")
    posted(lead, f"{url}/actions/1/decisions", kind="quote", text="Water off?", amount="DKK 900")
    posted(client, f"{url}/actions/1/decisions", kind="information", text="Since when?")
    posted(lead, f"{url}/actions/1/hold", reason="waiting_approval", text="The riser is off")
    posted(client, f"{url}/actions/1/hold/contest", hold="1", text="It could go on")
    for number in (2, 3):
        posted(hand, f"{url}/actions/{number}/start")
        posted(hand, f"{url}/actions/{number}/fix", text="Put right", photos=_picture())
    posted(client, f"{url}/actions/3/acceptance")
    posted(nobody, f"/r/{receipts[2]}/thanks")
    answer = posted(nobody, f"/r/{receipts[2]}/rating", stars="5", text="Quick")
    assert answer.status_code == 303


def _spoilt(live: Live) -> Iterator[str]:
    """A code that stands for nothing yet, and one that is used no more."""
    here = live.cast.harbour
    with live.app.app_context(), writing():
        blank, old = tags.mint(here.contract.id, 2)
        tags.retire(here.members[CLIENT], tags.found(here.contract.id, old), None)
        yield from (blank, old)


def _invited(live: Live) -> str:
    with live.app.app_context(), writing():
        place = live.cast.harbour
        link = invitations.way_in_link(place.people["customer.staff"].email)
    return link.rpartition("/")[2].partition("?")[0]


# ---------------------------------------------------------------- the pages


def _filled(address: Address, values: Mapping[str, list[str]]) -> Iterator[str]:
    """The address with every value that its variables may have."""
    names = sorted(address.arguments)
    for chosen in product(*(values[name] for name in names)):
        one = dict(zip(names, chosen, strict=True))
        yield re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda hole, one=one: one[hole[1]], address.rule)


_FRESH = re.compile(r'(nonce|value)="[^"]*"|scan=[^"]*')

_BAR = '<header class="top">'


def pages(lived: Lived, who: str | None) -> list[str]:
    """Where somebody arrives who asks for every address there is; each page once, pages only.

    Pages without the bar say the same to everybody: they are judged for nobody in particular.
    """
    client, found = lived.client(who), {}
    for address in lived.live.app.url_map.iter_rules():
        if "GET" not in (address.methods or ()):
            continue
        for url in _filled(address, lived.values):
            answer = client.get(url, follow_redirects=True)
            if answer.mimetype == "text/html" and (not who or _BAR in answer.text):
                same = _FRESH.sub("", answer.text)  # at another address
                found.setdefault(same, answer.request.full_path.rstrip("?"))
    return list(found.values())


def more(lived: Lived) -> list[str]:
    """Pages of members that only a query shows."""
    url, (place,) = lived.live.cast.harbour.url, lived.values["asset"]
    return [
        f"{url}/queue?court=contractor&priority=P3&q=leak&age=day&place={place}",
        f"{url}/queue?state=closed",
        f"{url}/places?q=kitchen",
        f"{url}/places?q=nowhere",
        f"{url}/calendar?day={laid.today(lived.live.cast.harbour)}",
        f"{url}/lots/{lived.values['lot'][0]}?again=1",
        f"{url}/coverage?place={place}",
        f"{url}/reports/new?q=kitchen",
        f"{url}/reports/new?place={place}",
        f"/Q/{lived.values['code'][0]}",
        f"/Q/{lived.values['code'][0]}?public=1&lang=ar",
        f"{url}/actions/9999",
    ]


# ---------------------------------------------------------------- the judgement


@pytest.fixture
def judge(browser: Browser, lived: Lived) -> Iterator[Judge]:
    # colours that are on their way to another are neither
    context = browser.new_context(viewport=PHONE, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
    context.add_init_script(AXE_SCRIPT)
    yield Judge(context.new_page(), lived.live)
    context.close()


@dataclass
class Judge:
    """Looks at pages on a phone, light and dark, and on a desk; answers what is wrong."""

    page: Page
    live: Live

    def open(self, path: str) -> None:
        self.page.goto(f"{self.live.url}{path}")

    def send(self, form: str) -> None:
        """Send a form as it stands, past the browser's own checks and our script's."""
        with self.page.expect_navigation():
            self.page.eval_on_selector(form, "(one) => HTMLFormElement.prototype.submit.call(one)")

    def unfold(self, which: str) -> None:
        """What is folded is not judged."""
        unfold = "(all) => all.forEach((one) => { one.open = true; })"
        self.page.eval_on_selector_all(which, unfold)

    def look(self, name: str) -> list[str]:
        self.unfold("main details")
        found = self._run(f"{name}, phone", EVERYTHING)
        self.page.emulate_media(color_scheme="dark")
        found += self._run(f"{name}, phone, dark", COLOURS)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        found += self._run(f"{name}, desk", EVERYTHING)
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        return found

    def look_at_menus(self) -> list[str]:
        """The menus that lie over a page."""
        self.unfold(".menu, .languages")
        return self._run("menus", EVERYTHING)

    def _run(self, name: str, options: Mapping[str, Any]) -> list[str]:
        self.page.evaluate(LAID_DOWN)
        said = self.page.evaluate("(options) => axe.run(document, options)", options)
        results = AxeResults(said)
        return [f"{name}: {results.generate_report()}"] if results.violations_count else []


@pytest.mark.parametrize("who", [None, LEAD, "customer.staff"])
def test_axe_finds_nothing_on_any_page(judge: Judge, lived: Lived, who: str | None) -> None:
    if who:
        lived.live.sign_in(judge.page.context, who)
    asked = pages(lived, who) + (more(lived) if who else [])
    assert len(asked) > (20 if who else 12)
    found = []
    for path in asked:
        judge.open(path)
        found += judge.look(path)
    found += judge.look_at_menus()
    assert not found, "\n\n".join(found)


def test_axe_finds_nothing_on_a_form_that_came_back(judge: Judge, lived: Lived) -> None:
    url, found = lived.live.cast.harbour.url, []
    forms = [
        (None, f"/Q/{lived.values['code'][0]}", "#report"),
        (None, "/sign-in", "main form[action*=code]"),
        (None, f"/r/{lived.values['receipt'][0]}", "form[action*=answers]"),
        (LEAD, f"{url}/actions/1", "#comments"),
        (LEAD, f"{url}/people", "form[action$=invitations]"),
        (LEAD, f"{url}/places/new", "main form[method=post]"),
    ]
    for who, path, form in forms:
        if who:
            lived.live.sign_in(judge.page.context, who)
        judge.open(path)
        judge.send(form)
        assert judge.page.locator(".field__error, .notice--refused").count(), path
        found += judge.look(f"{path} came back")
    assert not found, "\n\n".join(found)


def test_axe_finds_nothing_on_a_visit_that_is_looked_over_before_it_is_submitted(
    judge: Judge, lived: Lived
) -> None:
    lived.live.sign_in(judge.page.context, LEAD)
    judge.open(f"{lived.live.cast.harbour.url}/visits/{lived.values['visit'][-1]}/form")
    judge.page.locator(".item.is-here .lv label:has([value='1'])").click()
    judge.page.get_by_role("button", name="All on one page").click()
    expect(judge.page.locator(".end__sums")).to_contain_text("Floor is clean")
    found = judge.look("looked over")
    judge.page.get_by_role("button", name="Submit the inspection").click()
    expect(judge.page.locator(".field__error").first).to_be_visible()
    assert not [*found, *judge.look("refused")]


def test_axe_would_find_a_mistake(judge: Judge, lived: Lived) -> None:
    judge.open(f"/Q/{lived.values['code'][0]}")
    judge.page.evaluate("document.documentElement.removeAttribute('lang')")
    judge.page.evaluate("document.body.style.color = 'silver'")
    found = "".join(judge.look("spoilt"))
    assert "color-contrast" in found
    assert "html-has-lang" in found
