"""One visit and the list of them: the same for both parties, every answer with its question."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from inspection import clock
from inspection.contracts import agreements
from inspection.db import db, writing
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules import scale
from inspection.rules.access import Party
from inspection.rules.checklist import Answer
from inspection.visits import listing, record
from inspection.visits.filled import Signed
from inspection.visits.listing import View
from inspection.web import ContractCard
from tests.cast import FINE, PROMISES, ROOM, Cast, Setting, agreed, posted, visited
from tests.inspection.visits.test_following import contested, planned

PICTURE = Kept("0" * 64, "1" * 64, "2" * 64, 800, 600, 100, "photos-clean")
WET: dict[str, Any] = {
    "clean": Answer(2, note="Stains by the door", photos=1, corrected=True),
    "dry": Answer("fail", no_photo="Flash broken", note="Water by the sink"),
    "why_wet": "The trap",
    "heat": Answer(43.5),
    "soap": Answer(reason="No dispenser"),
}
STROKES = "M 10 10 L 90 90"
LEAD = "customer.supervisor"


def found(setting: Setting, **more: Any) -> int:
    photos = {"clean": ((PICTURE,), (PICTURE,))}
    return visited(setting, "kitchen", WET, pictures=photos, **more)


def shown(cast: Cast, visit: int, who: str = LEAD) -> str:
    text = cast.client(who).get(f"{cast.harbour.url}/visits/{visit}").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def card(setting: Setting) -> ContractCard:
    here = setting.contract
    return ContractCard(here.id, here.slug, here.name, here.tz, "", "")


def listed(setting: Setting, **words: str) -> list[int]:
    db.session.rollback()
    return [row.id for row in listing.page(View.of(words), card(setting)).rows]


# ---------------------------------------------------------------- one visit


@pytest.mark.parametrize("by", ["contractor.staff", "customer.staff"])
def test_what_one_party_found_the_other_reads_at_once_photos_included(cast: Cast, by: str) -> None:
    """DOMAIN 3, A3: without any sharing step, and the reverse."""
    visit = found(cast.harbour, by=by)
    other = "customer.staff" if by.startswith("contractor") else "contractor.staff"
    text, page = shown(cast, visit, other), cast.client(other).get
    for words in ("Stains by the door", "Water by the sink", "43.5 °C", "Outside 50 to 60 °C"):
        assert words in text, words
    raw = page(f"{cast.harbour.url}/visits/{visit}").text
    db.session.rollback()
    photos = evidence.of(cast.harbour.contract.id, visit_id=visit)
    assert len(photos) == 2
    for photo in photos:
        assert f"/photos/{photo.id}/thumbnail" in raw


def test_a_finding_says_its_requirement_and_standard_and_what_became_of_it(cast: Cast) -> None:
    """DOMAIN 3, A1."""
    text = shown(cast, found(cast.harbour))
    assert "Requirement 8.C.1.a · Toilets are clean" in text
    assert "No visible dirt; soap and paper are there." in text
    assert "Corrected on the spot" in text
    assert re.search(r"It became no\. 1 .*?With them · Contractor", text)
    assert "Why it does not apply: No dispenser" in text
    assert "Why there is no photo: Flash broken" in text


def test_findings_come_first_then_every_answer_under_its_heading(cast: Cast) -> None:
    text = shown(cast, found(cast.harbour))
    places = [text.index(words) for words in ("Findings 3", "Every answer 5", "Floor Floor is")]
    assert places == sorted(places)


def test_an_answer_keeps_the_question_it_was_given_to(cast: Cast) -> None:
    """FAULTS 51: the checklist was changed and retired after the visit."""
    visit = found(cast.harbour)
    items = [dict(item, label="Something else") for item in ROOM["items"]]
    for body in (ROOM | {"title": "New", "items": items}, ROOM | {"active": False}):
        agreed(cast.harbour, "checklist", body, subject="room")
    text = shown(cast, visit)
    assert "Tea kitchen, daily , version 1" in text
    assert "Where does the water come from?" in text
    assert "Something else" not in text


def test_the_page_names_the_version_of_the_scale(cast: Cast) -> None:
    """DOMAIN 3, A5: the scale version is shown on every visit."""
    before = visited(cast.harbour, "kitchen")
    agreed(cast.harbour, "scale", scale.PROPOSED)
    after = visited(cast.harbour, "hall")
    assert "the usual scale, not yet agreed" in shown(cast, before)
    assert re.search(r"Scale version 1 , agreed \d+ \w+ \d{4}", shown(cast, after))


def test_a_critical_finding_caps_the_level_and_the_page_says_so_in_words(cast: Cast) -> None:
    heavy = [dict(item, weight=5 if item["key"] == "clean" else 1) for item in ROOM["items"]]
    agreed(cast.harbour, "requirements", PROMISES)
    agreed(cast.harbour, "checklist", ROOM | {"items": heavy}, subject="room")
    given = {"clean": 5, "dry": "fail", "why_wet": "The trap", "heat": 55}
    visit = visited(cast.harbour, "kitchen", given)
    assert record.found(cast.harbour.contract.id, visit).capped
    assert "A critical item did not pass, so the level is at most 2" in shown(cast, visit)


def test_signatures_company_and_a_late_arrival_are_said(cast: Cast) -> None:
    visit = found(
        cast.harbour,
        accompanied_by="Ida Holm",
        captured_at=clock.now() - timedelta(hours=5),
        signed={"us": Signed("Ane", STROKES), "them": Signed("Ida Holm", "")},
    )
    text = shown(cast, visit)
    assert "Together with Ida Holm" in text
    assert "late-synced: finished on the phone" in text
    assert "not scanned" in text
    raw = cast.client(LEAD).get(f"{cast.harbour.url}/visits/{visit}").text
    assert f'<path d="{STROKES}"/>' in raw
    assert "typed ·" in text


def test_an_open_contest_offers_to_inspect_again_together_and_the_ladder(cast: Cast) -> None:
    visit = visited(
        cast.harbour, "kitchen", WET | {"clean": Answer(2, note="Stains", no_photo="Dark")}
    )
    contested(cast.harbour, visit)
    text = shown(cast, visit, "contractor.supervisor")
    assert "Accept the other view" in text
    assert "Take it to the ladder, at no. 1" in text
    client, here = cast.client("contractor.supervisor"), cast.harbour
    again = {"place": here.places["kitchen"].id, "checklist": "room", "accompanied_by": "Ida"}
    answer = posted(client, f"{here.url}/visits", **again)
    assert answer.status_code == 303
    assert re.fullmatch(rf"{here.url}/visits/\d+/form", answer.location)


def test_a_planned_visit_says_when_and_by_whom_and_offers_to_begin(cast: Cast) -> None:
    visited(cast.harbour, "hall")
    due = (clock.now() + timedelta(days=1)).date()
    visit = planned(cast.harbour, missed_on=due, for_party=Party.CUSTOMER, minutes=10)
    text = shown(cast, visit)
    assert "Due" in text
    assert "about 10 minutes" in text
    assert "Begin" in text
    assert "Begin" not in shown(cast, visit, "contractor.staff").split("Plan ")[0]
    answer = posted(cast.client("customer.staff"), f"{cast.harbour.url}/visits/{visit}/start")
    assert answer.location == f"{cast.harbour.url}/visits/{visit}/form"
    assert "is at it since" in shown(cast, visit)
    assert "Go on" in shown(cast, visit, "customer.staff")


def test_a_visit_that_one_party_asks_to_leave_out_offers_the_other_to_agree(cast: Cast) -> None:
    visited(cast.harbour, "hall")
    visit = planned(cast.harbour)
    url = f"{cast.harbour.url}/visits/{visit}"
    posted(cast.client("contractor.supervisor"), f"{url}/cancellation", text="It is painted")
    assert "It is painted" in shown(cast, visit)
    assert "Leave it out" not in shown(cast, visit, "contractor.supervisor")
    assert "Leave it out" in shown(cast, visit)
    posted(cast.client(LEAD), f"{url}/cancellation/agreement")
    assert "Left out: one party asked, the other agreed." in shown(cast, visit)


def test_the_page_is_no_slower_for_many_answers(cast: Cast, app: Flask) -> None:
    """The number of statements does not depend on the number of answers and findings."""
    from sqlalchemy import event

    few, many = visited(cast.harbour, "hall"), found(cast.harbour)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counted = []
    for visit in (few, many):
        asked.clear()
        shown(cast, visit)
        counted.append(len(asked))
    assert counted[1] - counted[0] <= 1  # the requirements of its findings


# ---------------------------------------------------------------- the list


def test_both_parties_read_the_same_list_latest_first(cast: Cast) -> None:
    with clock.shifted_by(timedelta(days=-2)):
        first = visited(cast.harbour, "kitchen")
    second = visited(cast.harbour, "hall", by="customer.staff")
    assert listed(cast.harbour) == [second, first]
    pages = [
        re.sub(r"\s+", " ", cast.client(who).get(f"{cast.harbour.url}/visits").text)
        for who in (LEAD, "contractor.supervisor")
    ]
    for page in pages:
        assert re.findall(r"/visits/(\d+)\"", page) == [str(second), str(first)]
        assert "Same room, both parties" not in page


def test_every_filter_leaves_what_it_says(cast: Cast) -> None:
    here = cast.harbour
    with clock.shifted_by(timedelta(days=-9)):
        old = visited(here, "kitchen", {**FINE, "clean": Answer(2, no_photo="Dark")})
        contested(here, old)
    new = visited(here, "hall", by="customer.staff")
    today = record.today(here.contract.tz)
    for words, wanted in (
        ({"place": str(here.places["kitchen"].id)}, [old]),
        ({"place": str(here.places["site"].id)}, [new, old]),
        ({"place": str(cast.elsewhere.places["site"].id)}, []),
        ({"party": "customer"}, [new]),
        ({"level": "4"}, [new]),
        ({"level": "9"}, [new, old]),
        ({"checklist": "room"}, [new, old]),
        ({"checklist": "other"}, []),
        ({"service": "cleaning"}, [new, old]),
        ({"service": "catering"}, []),
        ({"contested": "1"}, [old]),
        ({"since": (today - timedelta(days=1)).isoformat()}, [new]),
        ({"until": (today - timedelta(days=1)).isoformat()}, [old]),
        ({"until": today.isoformat()}, [new, old]),
        ({"until": "9999-12-31", "since": "0001-01-01"}, [new, old]),
        ({"since": "yesterday"}, [new, old]),
        ({"state": "missed"}, []),
    ):
        assert listed(here, **words) == wanted, words
        page = cast.client(LEAD).get(f"{here.url}/visits", query_string=words)
        assert page.status_code in (200, 404), words


def test_a_list_goes_on_where_it_stopped_and_counts_each_state(cast: Cast) -> None:
    here = cast.harbour
    visited(here, "hall")
    planned(here, 5)
    view, seen = View(state="planned"), []
    after: list[Any] | None = None
    for _ in range(3):
        part = listing.page(view, card(here), after, size=2)
        seen += [row.due_on for row in part.rows]
        after = [one if isinstance(one, int) else one.isoformat() for one in part.after or ()]
    assert len(seen) == 5
    assert seen == sorted(seen)
    assert part.after is None
    assert list(listing.every(view, card(here), 2)) == list(listing.every(view, card(here), 9))
    counted = listing.counts(View(), card(here))
    assert (counted[""], counted["planned"], counted["missed"]) == (1, 5, 0)


@pytest.mark.parametrize("after", ["x", "WzFd", "bnVsbA", "WyJ4IiwxXQ", "WyIyMDI2LTAxLTAxIiwxXQ"])
def test_a_place_in_the_list_that_is_nonsense_is_left_out(cast: Cast, after: str) -> None:
    visited(cast.harbour, "hall")
    for state in ("", "planned"):
        answer = cast.client(LEAD).get(f"{cast.harbour.url}/visits?state={state}&after={after}")
        assert answer.status_code == 200


def test_the_list_says_how_alike_both_rate_the_same_room(cast: Cast) -> None:
    """DOMAIN 3, A6; below five pairs only the fraction."""
    for days, who in ((6, "contractor.staff"), (5, "customer.staff")):
        with clock.shifted_by(timedelta(days=-days)):
            visited(cast.harbour, "kitchen", by=who)
    text = cast.client(LEAD).get(f"{cast.harbour.url}/visits").text
    assert "<strong>1 of 1 equal</strong>" in text
    assert "mean difference" not in text


def test_what_is_elsewhere_is_not_listed(cast: Cast) -> None:
    visit = visited(cast.elsewhere, "hall")
    assert listed(cast.harbour) == []
    client = cast.client(LEAD)
    assert client.get(f"{cast.harbour.url}/visits/{visit}").status_code == 404
    assert agreements.found(cast.harbour.contract.id, visit) is None
    with writing():
        assert listing.checklists(cast.harbour.contract.id) == []
