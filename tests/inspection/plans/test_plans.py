"""The pages on which plans are begun, changed, proposed and agreed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from inspection import clock
from inspection.contracts import agreements, promises
from inspection.db import reading
from inspection.plans import agreed as plans
from inspection.plans import courses
from tests.cast import PROMISES, ROOM, Cast, Setting, agreed, posted
from tests.inspection.plans.planning import MONTHLY, WEEKLY, at, days, lay, plan, sign

NOW = at("2026-03-02 09:00")


def fields(here: Setting, **changes: Any) -> dict[str, Any]:
    """The form of a plan as a browser sends it: every Monday, all rooms of the site."""
    return {
        "title": "Rooms",
        "checklist": "room",
        "party": "either",
        "counts": "either",
        "method": "100_percent",
        "aql": "4.0",
        "scope-how": "tree",
        "scope-root": str(here.places["site"].id),
        "scope-kinds-space": "1",
        "frequency-often": "weekly",
        "frequency-on-MO": "1",
        "frequency-weeks": "1",
        "frequency-months": "1",
        "frequency-monthday": "1",
        "frequency-days": "30",
        "frequency-rrule": "",
        "frequency-start": "2026-01-05",
        "adaptive-min_days": "10",
        "adaptive-max_days": "90",
        "season-from_day": "01",
        "season-from_month": "4",
        "season-to_day": "31",
        "season-to_month": "10",
        "before_days": "2",
        "grace_days": "2",
        "minutes": "10",
        "weight": "3",
        **changes,
    }


def version(here: Setting, agreement_id: int) -> Any:
    with reading():
        return agreements.found(here.contract.id, agreement_id)


def drafted(cast: Cast, key: str = "rooms") -> int:
    """Begin a new version through the web, as the contractor's manager; its id."""
    here = cast.harbour
    client = cast.client("contractor.manager")
    made = posted(client, f"{here.url}/agreements", kind="plan", subject=key)
    return int(re.search(r"/agreements/(\d+)", made.location)[1])  # type: ignore[index]


def text(cast: Cast, who: str, url: str) -> str:
    page = cast.client(who).get(url)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", page.get_data(as_text=True))


def test_a_changed_frequency_waits_for_the_other_party_and_both_are_named(cast: Cast) -> None:
    """A2: contractor edits the frequency → proposed, inactive; customer agrees → active."""
    here, base = cast.harbour, f"{cast.harbour.url}/agreements"
    with clock.standing_at(NOW):
        old = sign(here)
        lay(here)
        new = drafted(cast)
        ours, theirs = cast.client("contractor.manager"), cast.client("customer.manager")
        changed = fields(here, **{"frequency-often": "monthly"})
        said = posted(ours, f"{base}/{new}/body", version="1", **changed)
        assert said.status_code == 303
        posted(ours, f"{base}/{new}/proposal", version="2", note="The hall is hardly used.")
        assert version(here, new).state == "proposed"
        assert plans.named(here.contract.id, "rooms").id == old  # type: ignore[union-attr]
        assert lay(here).laid == 0
        page = text(cast, "customer.manager", f"{base}/{new}")
        assert "<del>Every Monday</del>" in page
        assert "<ins>Every month on day 1</ins>" in page
        posted(theirs, f"{base}/{new}/signature", version="3")
        assert plans.named(here.contract.id, "rooms").id == new  # type: ignore[union-attr]
        lay(here)
    assert days(here, place="hall")[:2] == ["2026-03-02", "2026-04-01"]
    for who in ("contractor.staff", "customer.staff"):
        page = text(cast, who, f"{base}/{new}")
        assert "Manager Contractor" in page
        assert "Manager Customer" in page


def test_neither_party_puts_a_plan_in_force_alone(cast: Cast) -> None:
    """A12: nor through the same addresses without a browser."""
    here = cast.harbour
    with clock.standing_at(NOW):
        sign(here)
        new = drafted(cast)
        client = cast.client("contractor.manager")
        base = f"{here.url}/agreements/{new}"
        posted(client, f"{base}/body", version="1", **fields(here, minutes="20"))
        posted(client, f"{base}/proposal", version="2", note="More time.")
        asked = {"submission_key": "k" * 32, "version": "3"}
        answer = client.post(
            f"{base}/signature", json=asked, headers={"Accept": "application/json"}
        )
    assert answer.status_code == 403
    assert version(here, new).state == "proposed"
    assert plans.plan(plans.named(here.contract.id, "rooms").id).minutes == 10  # type: ignore[union-attr]


def test_agreeing_only_says_what_is_to_be_laid_out(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(NOW):
        sign(here)
    course = courses.of(here.contract.id, "rooms")
    assert days(here) == []
    assert course is not None
    assert (course.next_at, course.planned_until) == (NOW, None)


def test_what_is_overdue_is_no_next_visit(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(NOW):
        sign(here)
        lay(here, batch=1000)
    with clock.standing_at(at("2026-03-10 09:00")):
        page = cast.client("customer.staff").get(f"{here.url}/plans").text
    assert "the next on 16 Mar 2026 · <strong>4 overdue" in page


def test_a_plan_begins_on_its_page_and_goes_on_in_its_form(cast: Cast) -> None:
    here = cast.harbour
    agreed(here, "requirements", PROMISES)
    agreed(here, "checklist", ROOM, subject="room")
    client = cast.client("customer.supervisor")
    begun = posted(client, f"{here.url}/plans", title="Tea kitchens", checklist="room")
    assert begun.location.endswith("/form")
    page = text(cast, "contractor.supervisor", begun.location)
    assert "Tea kitchens" in page
    listed = text(cast, "contractor.staff", f"{here.url}/plans")
    assert "1 plan<" in listed
    refused = posted(client, f"{here.url}/plans", title="Again", checklist="never-was")
    assert refused.status_code == 422
    assert 'value="Again"' in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "frequency"),
    [
        ({}, {"kind": "fixed", "rrule": "FREQ=WEEKLY;BYDAY=MO", "start": "2026-01-05"}),
        (
            {"frequency-weeks": "2", "frequency-on-TH": "1"},
            {"kind": "fixed", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "start": "2026-01-05"},
        ),
        (
            {"frequency-often": "monthly", "frequency-monthday": "-1FR"},
            {"kind": "fixed", "rrule": "FREQ=MONTHLY;BYDAY=-1FR", "start": "2026-01-05"},
        ),
        (
            {"frequency-often": "rule", "frequency-rrule": "freq=daily"},
            {"kind": "fixed", "rrule": "FREQ=DAILY", "start": "2026-01-05"},
        ),
        ({"frequency-often": "floating"}, {"kind": "floating", "days": 30}),
    ],
)
def test_what_is_chosen_in_the_form_becomes_the_rule_and_is_shown_again(
    cast: Cast, changes: dict[str, str], frequency: dict[str, Any]
) -> None:
    here = cast.harbour
    sign(here)
    new = drafted(cast)
    client, base = cast.client("contractor.manager"), f"{here.url}/agreements/{new}"
    early = {"before_days": "0"} | changes
    assert posted(client, f"{base}/body", version="1", **fields(here, **early)).status_code == 303
    assert version(here, new).body["frequency"] == frequency
    page = client.get(f"{base}/form").get_data(as_text=True)
    often = changes.get("frequency-often", "weekly")
    assert re.search(rf'name="frequency-often" value="{often}"[^>]* checked', page)
    again = dict(re.findall(r'<input[^>]*name="([a-z_A-Z-]+)"[^>]*value="([^"]*)"', page))
    assert again["frequency-weeks"] == changes.get("frequency-weeks", "1")


def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(cast: Cast) -> None:
    here = cast.harbour
    sign(here)
    new = drafted(cast)
    client = cast.client("contractor.manager")
    wrong = fields(
        here,
        minutes="ten",
        **{"frequency-often": "rule", "frequency-rrule": "FREQ=HOURLY", "season-on": "1"},
        **{"season-to_day": "32"},
    )
    refused = posted(client, f"{here.url}/agreements/{new}/body", version="1", **wrong)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Write a whole number from 1 to 1440." in page
    assert 'value="ten"' in page
    assert "Write month and day as 04-01" in page
    mended = fields(here, **{"frequency-often": "rule", "frequency-rrule": "FREQ=HOURLY"})
    again = posted(client, f"{here.url}/agreements/{new}/body", version="1", **mended)
    assert "once a day at most" in again.get_data(as_text=True)


def test_places_are_found_by_words_and_what_will_happen_is_said(cast: Cast) -> None:
    here = cast.harbour
    sign(here)
    new = drafted(cast)
    client, url = cast.client("contractor.manager"), f"{here.url}/agreements/{new}/body"
    found = posted(client, url, version="1", add="places", **fields(here, **{"scope-find": "hall"}))
    page = re.sub(r"\s+", " ", found.get_data(as_text=True))
    assert found.status_code == 200
    assert f'name="scope-place-{here.places["hall"].id}"' in page
    assert "Every Monday, 2 rooms in Harbour: 104 visits a year, about 17 hours." in page
    places = {f"scope-place-{here.places['hall'].id}": "1"}
    chosen = fields(here, **{"scope-how": "list"}, **places)
    assert posted(client, url, version="1", **chosen).status_code == 303
    assert version(here, new).body["scope"] == {"places": [here.places["hall"].id]}


def test_a_plan_of_another_contract_s_place_is_not_proposed(cast: Cast) -> None:
    here = cast.harbour
    sign(here)
    new = drafted(cast)
    client, base = cast.client("contractor.manager"), f"{here.url}/agreements/{new}"
    foreign = str(cast.elsewhere.places["building"].id)
    posted(client, f"{base}/body", version="1", **fields(here, **{"scope-root": foreign}))
    page = client.get(base).get_data(as_text=True)
    assert "Mill Street" not in page
    refused = posted(client, f"{base}/proposal", version="2", note="Why not?")
    assert refused.status_code == 422
    assert version(here, new).state == "draft"


def test_a_plan_is_retired_only_by_both(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(NOW):
        sign(here)
        client = cast.client("customer.manager")
        made = posted(client, f"{here.url}/plans/retirements", subject="rooms")
        new = int(re.search(r"/agreements/(\d+)", made.location)[1])  # type: ignore[index]
        assert plans.named(here.contract.id, "rooms") is not None
        base = f"{here.url}/agreements/{new}"
        posted(client, f"{base}/proposal", version="1", note="The house is empty.")
        posted(cast.client("contractor.manager"), f"{base}/signature", version="2")
    assert plans.named(here.contract.id, "rooms") is None
    assert "1 that plans no more" in text(cast, "customer.staff", f"{here.url}/plans")


def test_what_a_plan_has_inspected_is_no_promise_nobody_inspects(cast: Cast) -> None:
    here = cast.harbour
    with clock.standing_at(NOW):
        agreed(here, "requirements", PROMISES)
        before = text(cast, "customer.staff", f"{here.url}/requirements")
        sign(here)
        after = text(cast, "customer.staff", f"{here.url}/requirements")
        assert plans.covered(here.contract.id) == {"8.C.1.a"}
        sign(here, active=False)
    unseen = 'Nobody inspects these <span class="count">'
    assert f"{unseen}2<" in before
    assert f"{unseen}1<" in after
    assert set(promises.watched_by(here.contract.id)) == set()


def test_too_many_visits_a_year_are_refused_with_the_number(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cast.harbour
    sign(here)
    monkeypatch.setattr(plans, "MOST_A_YEAR", 100)
    (refusal,) = plans.wrong(here.contract.id, plan(here, frequency=WEEKLY))
    assert refusal.code == "plan.too_much"
    assert plans.wrong(here.contract.id, plan(here, frequency=MONTHLY)) == []
