"""The forms of a visit's page: what both parties say to it, and what a mistake keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from inspection.alerts import inbox
from inspection.db import db, writing
from inspection.rules.checklist import Answer
from inspection.visits import following, record
from tests.cast import Cast, posted, visited

STRINGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "hostile" / "blns" / "blns.json"
WET: dict[str, Any] = {"clean": Answer(2, no_photo="Dark"), "dry": "pass", "heat": 55}
VIEW = {"item": "clean", "level": "1", "text": "Far worse"}
LEAD = "customer.supervisor"


def page(cast: Cast, visit: int) -> str:
    return f"{cast.harbour.url}/visits/{visit}"


def state(cast: Cast, visit: int) -> Any:
    db.session.rollback()
    return record.found(cast.harbour.contract.id, visit)


def test_the_other_party_contests_an_answer_and_both_read_both_views(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    url, lead = page(cast, visit), cast.client(LEAD)
    answer = posted(lead, f"{url}/contests", **VIEW)
    assert answer.status_code == 303
    assert answer.location == f"{url}?said=contested#answer-clean"
    for who in (LEAD, "contractor.staff"):
        text = cast.client(who).get(url).text
        assert "Far worse" in text
        assert "Both views of “Floor is clean”" in text
        assert "1 answer is contested" in text


def test_a_contest_without_words_comes_back_with_its_level_and_its_form_open(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    answer = posted(cast.client(LEAD), f"{page(cast, visit)}/contests", **VIEW | {"text": ""})
    assert answer.status_code == 422
    opened = [part for part in answer.text.split("<details") if " open>" in part[:40]]
    assert len(opened) == 1
    assert 'id="level-clean-5" name="level" value="1" required checked' in opened[0]
    assert state(cast, visit).contested_count == 0


def test_an_item_nobody_asked_is_not_found_and_a_level_nobody_offers_is_refused(
    cast: Cast,
) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    url, lead = f"{page(cast, visit)}/contests", cast.client(LEAD)
    assert posted(lead, url, **VIEW | {"item": "nothing"}).status_code == 404
    for level in ("0", "6", "8/10", "yellow"):
        assert posted(lead, url, **VIEW | {"level": level}).status_code == 422, level


def test_a_form_sent_twice_counts_once(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    lead, form = cast.client(LEAD), {"submission_key": "k" * 20, **VIEW}
    for _ in range(2):
        answer = lead.post(f"{page(cast, visit)}/contests", data=form)
        assert answer.status_code == 303
    assert state(cast, visit).contested_count == 1


def test_both_press_agree_and_it_is_final_at_once(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen")
    url = page(cast, visit)
    first = posted(cast.client("contractor.supervisor"), f"{url}/agreement")
    second = posted(cast.client(LEAD), f"{url}/agreement")
    assert first.location.endswith("said=agreed")
    assert second.location.endswith("said=final")
    assert state(cast, visit).state == "final"
    assert "Agree to this visit" not in cast.client(LEAD).get(url).text


def test_an_amendment_stands_on_the_page_for_both(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen")
    url = page(cast, visit)
    posted(cast.client("contractor.staff"), f"{url}/amendments", text="It was room 2.16")
    text = cast.client(LEAD).get(url).text
    assert 'aria-label="Amendment"' in text
    assert "It was room 2.16" in text


@pytest.mark.parametrize(
    ("noun", "who", "fields"),
    [
        ("comments", "contractor.supervisor", {"text": "We come on Friday"}),
        ("amendments", "contractor.supervisor", {"text": "It was room 2.16"}),
        ("contests", LEAD, VIEW),
    ],
)
def test_the_other_party_finds_it_in_the_inbox_by_the_title_and_opens_the_page(
    cast: Cast, noun: str, who: str, fields: dict[str, str]
) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    posted(cast.client(who), f"{page(cast, visit)}/{noun}", **fields)
    other = LEAD if who != LEAD else "contractor.supervisor"
    db.session.rollback()
    notice = next(
        row for row in inbox.page(cast.harbour.members[other]) if row.kind.startswith("visit.")
    )
    reader = cast.client(other)
    shown = reader.get(f"{cast.harbour.url}/inbox").text
    assert "Tea kitchen, daily" in shown
    assert fields["text"] in shown
    opened = posted(reader, f"{cast.harbour.url}/inbox/{notice.id}/opening")
    assert opened.location == page(cast, visit)


def test_a_submitted_visit_is_in_the_other_partys_inbox_at_once(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    text = cast.client(LEAD).get(f"{cast.harbour.url}/inbox").text
    assert "Inspected" in text
    assert "Tea kitchen, daily" in text
    assert posted(
        cast.client(LEAD), f"{cast.harbour.url}/inbox/{_newest(cast)}/opening"
    ).location == page(cast, visit)


def _newest(cast: Cast) -> int:
    db.session.rollback()
    rows = inbox.page(cast.harbour.members[LEAD])
    return int(next(row.id for row in rows if row.kind == "visit.submitted"))


@pytest.mark.real_data
def test_naughty_strings_are_shown_as_text_and_break_nothing(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    url, lead = page(cast, visit), cast.client(LEAD)
    hand = cast.client("contractor.supervisor")
    strings = [text for text in json.loads(STRINGS.read_text()) if text.strip()][::6]
    shown = []
    for words in strings:
        answer = posted(hand, f"{url}/comments", text=words)
        assert answer.status_code in (303, 422), words
        if answer.status_code == 303:
            shown.append(" ".join(words.replace("\x00", "").split()))
        assert posted(lead, f"{url}/contests", **VIEW | {"item": words}).status_code in (404, 422)
        for name in ("checklist", "service", "since", "place", "after", "state"):
            listed = lead.get(f"{cast.harbour.url}/visits", query_string={name: words})
            assert listed.status_code in (200, 400, 404), (name, words)
    text = " ".join(lead.get(url).text.split())
    for words in shown:
        assert str(escape(words)) in text, words


def test_who_may_not_is_told_and_nothing_changes(cast: Cast) -> None:
    visit = visited(cast.harbour, "kitchen", WET)
    own, staff = cast.client("contractor.supervisor"), cast.client("customer.staff")
    url = page(cast, visit)
    answer = posted(own, f"{url}/contests", **VIEW)
    assert answer.status_code == 403
    assert "the other party may contest it" in answer.text
    assert posted(staff, f"{url}/contests", **VIEW).status_code == 403
    with writing():
        following.contest(cast.harbour.members[LEAD], visit, "clean", 1, "words")
    ours = {"item": "clean", "outcome": "withdrawn", "text": "words"}
    assert posted(own, f"{url}/settlements", **ours).status_code == 403
    assert state(cast, visit).contested_count == 1
