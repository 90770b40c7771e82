"""The page of a place says first what can be inspected there."""

from __future__ import annotations

from tests.cast import Cast
from tests.inspection.plans.laid import DAY, checklist, done, today, visit

HAND = "contractor.staff"


def _page(cast: Cast, who: str = HAND) -> str:
    place = cast.harbour.places["kitchen"].id
    return str(cast.client(who).get(f"{cast.harbour.url}/places/{place}").text)


def test_what_is_due_can_be_begun_at_once_by_hands_only(cast: Cast) -> None:
    checklist(cast.harbour)
    due = visit(cast.harbour, "kitchen")
    page = _page(cast)
    assert f'action="/c/harbour/visits/{due}/start"' in page
    assert "Begin: Tea kitchen, daily (due today)" in page
    assert page.index("Begin:") < page.index("Open here")
    assert "/start" not in _page(cast, "contractor.executive")


def test_what_i_began_goes_on_and_what_others_began_is_told(cast: Cast) -> None:
    checklist(cast.harbour)
    mine = cast.harbour.members[HAND].id
    begun = visit(
        cast.harbour, "kitchen", state="in_progress", inspector_id=mine, party="contractor"
    )
    assert f'href="/c/harbour/visits/{begun}/form"' in _page(cast)
    assert "begun by Staff Contractor" in _page(cast, "customer.staff")


def test_what_is_the_other_partys_alone_cannot_be_begun_here(cast: Cast) -> None:
    checklist(cast.harbour)
    theirs = visit(cast.harbour, "kitchen", for_party="customer")
    assert f"/visits/{theirs}/start" not in _page(cast)
    assert "due here, for the Customer alone" in _page(cast)
    assert f"/visits/{theirs}/start" in _page(cast, "customer.staff")


def test_other_fitting_checklists_stand_behind_and_the_last_visits_below(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    checklist(here, "taps", title="Taps", kinds=["equipment"])
    visit(here, "kitchen", due_from=today(here) + DAY, due_on=today(here) + 2 * DAY)
    last = done(here, "kitchen", finding_count=1, level=2)
    page = _page(cast)
    assert 'name="checklist" value="kitchen"' in page
    assert 'value="taps"' not in page
    assert "Inspect something here" in page
    assert f'href="/c/harbour/visits/{last}"' in page
    assert "1 finding" in page
