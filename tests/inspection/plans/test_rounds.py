"""Today's round: what waits along the building, and one signature for all of it."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import update

from inspection import clock
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.plans.walk import natural
from inspection.visits.models import Signature, Visit
from tests.cast import Cast, Setting, key, posted
from tests.cast import visited as submitted
from tests.inspection.plans.laid import CONTROL, DAY, checklist, done, found, level, today, visit

HAND, THEM = "contractor.staff", "customer.staff"
PATH = "M10 20L30 40"


def _stops(page: str) -> list[str]:
    return re.findall(r'<strong dir="auto">([^<]+)</strong>', page)


def _round(cast: Cast, who: str = HAND, query: str = "") -> str:
    answer = cast.client(who).get(f"{cast.harbour.url}/round{query}")
    assert answer.status_code == 200
    return str(answer.text)


def test_numbers_in_names_are_read_as_numbers() -> None:
    names = ["Level 10", "Level 2", "level 1b", "Level 1a", "Basement"]
    assert sorted(names, key=natural) == ["Basement", "Level 1a", "level 1b", "Level 2", "Level 10"]


def test_the_round_follows_the_building_level_by_level(cast: Cast) -> None:
    here = cast.harbour
    for name in ("Level 10", "Level 3"):
        number = name.split()[1]
        rooms = level(here, name, [f"{number}.10 Store", f"{number}.9 Office"])
        for room in rooms:
            visit(here, room)
    visit(here, "kitchen")
    page = _round(cast)
    assert _stops(page) == [
        "2.14 Tea kitchen",
        "3.9 Office",
        "3.10 Store",
        "10.9 Office",
        "10.10 Store",
    ]
    assert "2 places, about 14 min" in page


def test_what_is_not_yet_due_and_what_is_the_other_partys_alone_is_left_out(cast: Cast) -> None:
    here, now = cast.harbour, today(cast.harbour)
    visit(here, "kitchen", due_from=now + DAY, due_on=now + 2 * DAY)
    visit(here, "hall", for_party="customer")
    visit(here, "tap", state="missed")
    assert _stops(_round(cast)) == []
    assert _stops(_round(cast, THEM)) == ["2.15 Hall"]


def test_only_our_own_leaves_out_what_either_party_may_do(cast: Cast) -> None:
    visit(cast.harbour, "kitchen")
    visit(cast.harbour, "hall", for_party="contractor")
    assert _stops(_round(cast, query="?mine=1")) == ["2.15 Hall"]


def test_a_visit_begun_by_me_is_on_my_round_and_on_nobody_elses(cast: Cast) -> None:
    member = cast.harbour.members[HAND]
    visit(cast.harbour, "kitchen", state="in_progress", inspector_id=member.id, due_on=None)
    assert "Go on:" in _round(cast)
    assert _stops(_round(cast, "contractor.supervisor")) == []


def test_a_part_of_the_building_and_one_checklist_can_be_asked_for(cast: Cast) -> None:
    here = cast.harbour
    (office,) = level(here, "Level 3", ["3.1 Office"])
    visit(here, "kitchen")
    visit(here, office, checklist_key="doors")
    assert _stops(_round(cast, query=f"?place={office.parent_id}")) == ["3.1 Office"]
    assert _stops(_round(cast, query="?checklist=doors")) == ["3.1 Office"]
    answer = cast.client(HAND).get(f"{here.url}/round?place={cast.elsewhere.places['hall'].id}")
    assert answer.status_code == 404


def test_overdue_is_said_and_counted(cast: Cast) -> None:
    now = today(cast.harbour)
    visit(cast.harbour, "kitchen", due_from=now - 9 * DAY, due_on=now - 3 * DAY)
    page = _round(cast)
    assert "overdue since" in page
    assert "1 overdue" in page


def test_a_place_that_failed_last_time_says_so_and_only_by_its_last_visit(cast: Cast) -> None:
    here, now = cast.harbour, clock.now()
    done(here, "kitchen", submitted_at=now - 9 * DAY, state="final", finding_count=2, level=2)
    done(here, "hall", submitted_at=now - 9 * DAY, state="final", finding_count=2, level=2)
    done(here, "hall", submitted_at=now - 5 * DAY, finding_count=0)
    done(here, "tap", submitted_at=now - 5 * DAY, finding_count=3, checklist_key="other")
    for place in ("kitchen", "hall", "tap"):
        visit(here, place)
    page = _round(cast)
    assert page.count("Last time") == 1
    assert "Last time 2 findings" in page


def test_what_i_did_today_stays_and_yesterdays_does_not(cast: Cast) -> None:
    here = cast.harbour
    done(here, "kitchen")
    done(here, "hall", submitted_at=clock.now() - 2 * DAY)
    visit(here, "tap")
    page = _round(cast)
    assert "1 of 2 done today" in page
    assert _stops(page) == ["Tap 2.14-1", "2.14 Tea kitchen"]


def test_one_signature_of_each_party_stands_beside_every_visit_of_the_round(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    made = [done(here, place) for place in ("kitchen", "hall")]
    answer = posted(
        cast.client(HAND),
        f"{here.url}/round/signatures",
        **{
            "visits": ",".join(map(str, made)),
            "sign-us": PATH,
            "signed-us": "Staff Contractor",
            "signed-them": "staff customer",
            "sign-them": "",
        },
    )
    assert answer.status_code == 303
    kept = found(Signature)
    assert [(one.visit_id, one.party) for one in kept] == [
        (one, party) for one in made for party in ("contractor", "customer")
    ]
    assert {one.strokes for one in kept if one.party == "contractor"} == {PATH}
    assert {one.member_id for one in kept if one.party == "customer"} == {here.members[THEM].id}
    told = found(Event, kind="visit.signed")
    assert [one.data["parties"] for one in told] == [["contractor", "customer"]] * 2
    assert "signed by both" in _round(cast)
    assert "Sign for the round" not in _round(cast)


def test_a_party_that_has_signed_is_not_asked_again(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    made, url = done(here, "kitchen"), f"{cast.harbour.url}/round/signatures"
    posted(cast.client(HAND), url, **{"visits": str(made), "signed-us": "Me"})
    again = {"visits": str(made), "signed-us": "Me", "signed-them": "A passer-by"}
    posted(cast.client(HAND), url, **again)
    signed = [(one.party, one.name, one.member_id) for one in found(Signature)]
    assert signed == [
        ("contractor", "Me", here.members[HAND].id),
        ("customer", "A passer-by", None),
    ]


def test_nobody_signs_for_visits_that_are_not_their_own_of_this_contract(cast: Cast) -> None:
    theirs = done(cast.harbour, "kitchen", THEM)
    foreign = done(cast.elsewhere, "kitchen")
    planned = visit(cast.harbour, "hall")
    for one in (theirs, foreign, planned, 99999999, "x", ""):
        fields = {"visits": str(one), "signed-us": "Me"}
        answer = posted(cast.client(HAND), f"{cast.harbour.url}/round/signatures", **fields)
        assert answer.status_code in (404, 422), one
    assert found(Signature) == []


def test_an_empty_signature_is_refused_and_the_page_comes_back(cast: Cast) -> None:
    checklist(cast.harbour)
    made = done(cast.harbour, "kitchen")
    url = f"{cast.harbour.url}/round/signatures"
    answer = posted(cast.client(HAND), url, visits=str(made))
    assert answer.status_code == 422
    assert "Nobody signed" in answer.text
    wrong = {"visits": str(made), "sign-us": "M1 2Q3 4", "signed-us": "Me"}
    assert posted(cast.client(HAND), url, **wrong).status_code == 422
    assert found(Signature) == []


def test_a_long_round_shows_the_first_and_says_how_many_more(
    cast: Cast, monkeypatch: object
) -> None:
    from inspection.plans import rounds

    here = cast.harbour
    for room in level(here, "Level 3", [f"3.{n} Office" for n in range(1, 6)]):
        visit(here, room)
    monkeypatch.setattr(rounds, "SHOWN", 3)  # type: ignore[attr-defined]
    page = _round(cast)
    assert len(_stops(page)) == 3
    assert "Show 2 more here" in page
    assert "0 of 5 done today" in page


# ---------------------------------------------------------------- going on


def _next(cast: Cast, after: object, who: str = HAND) -> str:
    answer = cast.client(who).get(f"{cast.harbour.url}/round/next?after={after}")
    return str(answer.location).removeprefix(cast.harbour.url)


def test_from_a_visit_it_goes_on_to_the_next_that_waits_along_the_walk(cast: Cast) -> None:
    here = cast.harbour
    level_3 = level(here, "Level 3", ["3.9 Office", "3.10 Store"])
    kitchen, office, store = (visit(here, one) for one in ("kitchen", *level_3))
    visit(here, "hall", due_from=today(here) + DAY, due_on=today(here) + DAY)
    at_office = done(here, level_3[0])
    assert _next(cast, at_office) == f"/visits/{office}"  # another checklist of the same place
    _left(here, office)
    assert _next(cast, at_office) == f"/visits/{store}"
    _left(here, store)
    assert _next(cast, at_office) == f"/visits/{kitchen}"  # passed by before
    _left(here, kitchen)
    assert _next(cast, at_office) == _next(cast, "") == _next(cast, "x") == "/round"
    assert cast.client(HAND).get(f"{here.url}/round/next?after=999999").status_code == 404


def _left(here: Setting, visit_id: int) -> None:
    with writing():
        _visits = table(Visit)
        gone = update(_visits).where(_visits.c.id == visit_id).values(state="cancelled")
        db.session.execute(gone)


def test_only_the_inspector_is_led_on_and_only_just_after_submitting(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    at_hall = submitted(here, "hall", by=HAND, checklist=CONTROL)
    url, link = f"{here.url}/visits/{at_hall}", f"{here.url}/round/next?after={at_hall}"
    assert link in cast.client(HAND).get(f"{url}?said=submitted").text
    assert link not in cast.client(HAND).get(url).text
    assert link not in cast.client(THEM).get(f"{url}?said=submitted").text
    with clock.shifted_by(DAY):
        assert link not in cast.client(HAND).get(f"{url}?said=submitted").text


def test_fault_57_a_signature_that_arrives_before_its_visit_waits_and_is_then_applied(
    cast: Cast,
) -> None:
    here, client = cast.harbour, cast.client(HAND)
    checklist(here)
    visited_as, signed_as = key(), key()
    fields = {"submissions": visited_as, "signed-us": "Me", "signed-them": "Ib"}

    def sent(url: str, sent_as: str, form: dict[str, str]) -> Any:
        headers = {"Accept": "application/json", "Idempotency-Key": sent_as}
        return client.post(url, data=form, headers=headers)

    url = f"{here.url}/round/signatures"
    early = sent(url, signed_as, fields)
    assert (early.status_code, early.get_json()["refused"][0]["code"]) == (503, "round.on_the_way")
    assert found(Signature) == []
    room = f"{here.url}/places/{here.places['kitchen'].id}/inspection/{CONTROL}"
    answers = {"a-clean": "4", "a-dry": "pass", "a-heat": "55"}
    visit_id = int(sent(room, visited_as, answers).get_json()["number"])
    assert sent(url, signed_as, fields).status_code == 201
    assert sent(url, signed_as, fields).status_code == 200
    assert [(one.visit_id, one.name) for one in found(Signature)] == [
        (visit_id, "Me"),
        (visit_id, "Ib"),
    ]


def test_nobody_signs_with_the_key_of_somebody_elses_visit(cast: Cast) -> None:
    here = cast.harbour
    checklist(here)
    room = f"{here.url}/places/{here.places['kitchen'].id}/inspection/{CONTROL}"
    sent_as = key()
    answers = {"a-clean": "4", "a-dry": "pass", "a-heat": "55", "submission_key": sent_as}
    assert cast.client(HAND).post(room, data=answers).status_code == 303
    for who in (THEM, "contractor.supervisor"):
        answer = posted(
            cast.client(who),
            f"{here.url}/round/signatures",
            **{"submissions": sent_as, "signed-us": "Me"},
        )
        assert answer.status_code == 503  # as one that never was
    assert found(Signature) == []
