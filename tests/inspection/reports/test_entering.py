"""What staff enter for others, and what they let through."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from inspection.actions.models import Action
from inspection.assets import tree
from inspection.assets.models import Asset
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.reports.models import Report
from tests.cast import Cast, posted
from tests.qr.test_door import joins, picture, says


@pytest.fixture
def staff(cast: Cast) -> FlaskClient:
    return cast.client("contractor.staff")


def reports() -> list[Report]:
    db.session.rollback()
    return list(db.session.execute(select(Report).order_by(Report.id)).scalars())


def action() -> Action:
    db.session.rollback()
    return db.session.execute(select(Action).order_by(Action.id.desc()).limit(1)).scalar_one()


def test_a_place_is_found_by_parts_of_its_name(cast: Cast, staff: FlaskClient) -> None:
    url = f"{cast.harbour.url}/reports/new"
    for words in ("kitchen", "TEA 2.14", "level tea"):
        page = staff.get(url, query_string={"q": words}).text
        assert f"{url}?place={cast.harbour.places['kitchen'].id}" in page
        assert "2.15 Hall" not in page
    assert "No place is called that" in staff.get(url, query_string={"q": "100%_"}).text
    assert staff.get(url).status_code == 200


def test_a_place_of_another_contract_is_no_place_here(cast: Cast, staff: FlaskClient) -> None:
    url, foreign = cast.harbour.url, cast.elsewhere.places["tap"]
    page = staff.get(f"{url}/reports/new?place={foreign.id}")
    assert "Where is it?" in page.text
    answer = posted(staff, f"{url}/reports", place=foreign.id, category="leak")
    assert answer.status_code == 404
    assert reports() == []


def test_what_somebody_told_by_phone_becomes_a_report_with_a_receipt_to_read_out(
    cast: Cast, staff: FlaskClient
) -> None:
    url, place = cast.harbour.url, cast.harbour.places["kitchen"]
    assert "2.14 Tea kitchen" in staff.get(f"{url}/reports/new?place={place.id}").text
    answer = posted(
        staff,
        f"{url}/reports",
        place=place.id,
        category="leak",
        words="Der Hahn tropft",
        spoken="de",
        source="phone",
        contact="Frau Holm, 12 34",
        photos=picture(),
    )
    assert answer.status_code == 303
    (report,) = reports()
    assert (report.source, report.language, report.contact) == ("phone", "de", "Frau Holm, 12 34")
    assert report.entered_by == cast.harbour.members["contractor.staff"].id
    page = staff.get(answer.location)
    assert page.status_code == 200
    assert report.reference in page.text
    (link,) = re.findall(r'value="(http://localhost/r/[\w-]{22})"', page.text)
    followed = cast.client().get(link.removeprefix("http://localhost"))
    assert "Der Hahn tropft" in followed.text


def test_a_form_without_a_category_comes_back_at_the_same_place(
    cast: Cast, staff: FlaskClient
) -> None:
    place = cast.harbour.places["kitchen"]
    page = posted(staff, f"{cast.harbour.url}/reports", place=place.id, words="Kept words")
    assert page.status_code == 422
    for words in ("Kept words", "2.14 Tea kitchen", "Choose what it is about."):
        assert words in page.text


def test_the_page_after_entering_opens_in_its_own_contract_alone(cast: Cast) -> None:
    receipt = says(cast.client(), cast.harbour.codes["tap"]).location.partition("?")[0]
    secret = receipt.rpartition("/")[2]
    stranger = cast.client("contractor.manager", cast.elsewhere)
    assert stranger.get(f"{cast.elsewhere.url}/reports/{secret}").status_code == 404
    assert stranger.get(f"{cast.harbour.url}/reports/{secret}").status_code == 404


# ---------------------------------------------------------------- the tray


def held(cast: Cast, words: str = "spam") -> Report:
    says(cast.client(), cast.harbour.codes["tap"], website="x", words=words)
    return reports()[-1]


def test_the_tray_lists_what_is_held_and_says_how_many(cast: Cast) -> None:
    lead = cast.client("customer.supervisor")
    assert "Nothing is held" in lead.get(f"{cast.harbour.url}/tray").text
    held(cast, "First words")
    held(cast, "Second words")
    page = lead.get(f"{cast.harbour.url}/tray").text
    assert "Held reports (2)" in page
    assert page.index("First words") < page.index("Second words")


def test_staff_without_the_right_do_not_see_the_tray(cast: Cast, staff: FlaskClient) -> None:
    assert staff.get(f"{cast.harbour.url}/tray").status_code == 403


def test_what_is_let_in_stands_in_the_queue_and_at_the_door(cast: Cast) -> None:
    first, second = held(cast), held(cast)
    client, lead = cast.client(), cast.client("contractor.manager")
    answer = posted(lead, f"{cast.harbour.url}/tray/release", report=[first.id, second.id])
    assert answer.location == f"{cast.harbour.url}/tray?said=released"
    assert [report.held for report in reports()] == [False, False]
    assert action().listed
    assert len(joins(client.get(f"/Q/{cast.harbour.codes['tap']}").text)) == 2


def test_what_is_put_aside_is_kept_but_closed(cast: Cast) -> None:
    report = held(cast)
    lead = cast.client("customer.supervisor")
    posted(lead, f"{cast.harbour.url}/tray/discard", report=report.id)
    done = action()
    assert (done.state, done.outcome, done.listed) == ("closed", "withdrawn", False)
    assert len(reports()) == 1
    kinds = list(db.session.execute(select(Event.kind).order_by(Event.id)).scalars())
    assert kinds == ["report.held", "report.discarded"]


def test_nothing_chosen_and_foreign_ids_change_nothing(cast: Cast) -> None:
    report = held(cast)
    lead = cast.client("customer.supervisor")
    assert posted(lead, f"{cast.harbour.url}/tray/release").status_code == 422
    stranger = cast.client("customer.supervisor", cast.elsewhere)
    posted(stranger, f"{cast.elsewhere.url}/tray/release", report=report.id)
    assert reports()[0].held


def test_a_held_report_that_was_taken_back_leaves_the_tray(cast: Cast) -> None:
    client = cast.client()
    answer = says(client, cast.harbour.codes["tap"], website="x")
    posted(client, f"{answer.location.partition('?')[0]}/withdrawal")
    lead = cast.client("customer.supervisor")
    assert "Nothing is held" in lead.get(f"{cast.harbour.url}/tray").text
    posted(lead, f"{cast.harbour.url}/tray/release", report=reports()[0].id)
    assert not action().listed


@pytest.mark.parametrize(
    "typed", ["KITCHEN", "kitch 2.14", "2.14 tea", "Köksbänk", "koksbank", "house tea"]
)
def test_a_place_is_found_however_it_is_spelled(cast: Cast, typed: str) -> None:
    here, manager = cast.harbour, cast.harbour.members["customer.manager"]
    with writing():
        row = tree.found(here.contract.id, here.places["kitchen"].id)
        tree.edit(row, manager, None, name="2.14 Tea kitchen, Köksbänk")
    found = tree.search(here.contract.id, typed)
    assert found[0].id == here.places["kitchen"].id
    assert {row.id for row in found} <= {here.places["kitchen"].id, here.places["tap"].id}
    assert tree.search(here.contract.id, '"–%_') == []


def test_what_stands_below_a_renamed_place_is_found_by_the_new_name(cast: Cast) -> None:
    here, manager = cast.harbour, cast.harbour.members["customer.manager"]
    with writing():
        row = tree.found(here.contract.id, here.places["building"].id)
        tree.edit(row, manager, None, name="Villa Øst")
    names = [row.name for row in tree.search(here.contract.id, "villa ost")]
    assert names[0] == "Villa Øst"
    assert "Tap 2.14-1" in names
    assert [row.name for row in tree.search(here.contract.id, "house")] == []


def test_places_of_an_earlier_version_get_their_words(cast: Cast) -> None:
    here = cast.harbour
    with writing():
        db.session.execute(update(table(Asset)).values(words=""))
    assert tree.search(here.contract.id, "tap") == []
    with writing():
        tree.fill_words()
    assert [row.id for row in tree.search(here.contract.id, "tap")] == [here.places["tap"].id]
