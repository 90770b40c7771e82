"""What both parties sign, in the store: nothing one-sided rules, and old versions stay."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from inspection.contracts import agreements, founding, hours, promises
from inspection.contracts.agreements import Difference, compared
from inspection.contracts.models import Category, Contract
from inspection.db import db, table, writing
from inspection.journal import Event
from inspection.rules.access import Party
from inspection.rules.calendar import due_with_pauses
from inspection.rules.states import ClockKind, Priority
from inspection.web import Refused
from tests.cast import CALENDAR_DK, POLICY, PROMISES, Cast, Setting, agreed

FIX = ("P3", None, "fix")


def with_fix(days: int) -> dict[str, Any]:
    """The policy with another time to fix a P3."""
    targets = [
        one | {"value": days} if (one["priority"], one["service_line"], one["kind"]) == FIX else one
        for one in POLICY["targets"]
    ]
    return POLICY | {"targets": targets}


def days_to_fix(agreement_id: int) -> int:
    policy = agreements.policy(agreement_id)
    assert policy is not None
    target = policy.target(Priority.P3, None, ClockKind.FIX)
    assert target is not None
    return target.days


def code(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.refusals[0].code


def proposed(setting: Setting, kind: str = "sla_policy", body: Any = POLICY) -> int:
    """A proposal of the contractor's manager, at revision 3."""
    lead = setting.members["contractor.manager"]
    with writing():
        made = agreements.draft(lead, setting.contract.id, kind)
        agreements.change(lead, made, 1, body)
        agreements.propose(lead, made, 2, "Because.")
    return made


def terms(setting: Setting) -> tuple[dict[str, Any], int]:
    contracts = table(Contract)
    row = db.session.execute(select(contracts).where(contracts.c.id == setting.contract.id)).one()
    return row.terms, row.version


def test_the_next_version_takes_the_place_of_the_last_and_the_last_stays_readable(
    cast: Cast,
) -> None:
    here = cast.harbour.contract.id
    first = agreed(cast.harbour, "sla_policy", with_fix(5))
    second = agreed(cast.harbour, "sla_policy", with_fix(4), by=Party.CUSTOMER)
    in_force = agreements.in_force(here, "sla_policy")
    assert in_force is not None
    assert (in_force.id, in_force.version, in_force.supersedes_id) == (second, 2, first)
    assert [one.state for one in agreements.versions(here, "sla_policy")] == [
        "agreed",
        "superseded",
    ]
    assert (days_to_fix(first), days_to_fix(second)) == (5, 4)
    assert terms(cast.harbour) == ({"sla_policy": second}, 3)


def test_a_draft_and_a_proposal_rule_nothing(cast: Cast) -> None:
    made = proposed(cast.harbour)
    assert agreements.in_force(cast.harbour.contract.id, "sla_policy") is None
    assert terms(cast.harbour) == ({}, 1)
    with pytest.raises(LookupError):
        agreements.policy(made)


def test_nothing_agreed_is_no_policy_and_the_usual_week(cast: Cast) -> None:
    assert agreements.policy(None) is None
    assert agreements.calendar(None, "UTC") is hours.calendar("UTC")


@pytest.mark.parametrize("who", ["contractor.manager", "contractor.executive"])
def test_the_proposing_party_cannot_agree_to_itself(cast: Cast, who: str) -> None:
    made = proposed(cast.harbour)
    with pytest.raises(Refused) as refused, writing():
        agreements.agree(cast.harbour.members[who], made, 3)
    assert code(refused) == "agreement.own_proposal"
    assert refused.value.status == 403


def test_what_is_signed_is_exactly_what_was_shown(cast: Cast) -> None:
    made = proposed(cast.harbour)
    with pytest.raises(Refused) as refused, writing():
        agreements.agree(cast.harbour.members["customer.manager"], made, 2)
    assert code(refused) == "agreement.changed_meanwhile"


def test_a_declined_proposal_is_a_draft_again_that_the_other_party_can_write_on(cast: Cast) -> None:
    made, here = proposed(cast.harbour), cast.harbour.members
    with writing():
        agreements.decline(here["customer.manager"], made, 3, "Too slow.")
        agreements.change(here["customer.supervisor"], made, 4, with_fix(3))
        agreements.propose(here["customer.manager"], made, 5, "Three days.")
        agreements.agree(here["contractor.executive"], made, 6)
    assert days_to_fix(made) == 3
    events = [one.kind for one in agreements.history(cast.harbour.contract.id, made)]
    assert events == [
        f"agreement.{verb}"
        for verb in ("drafted", "changed", "proposed", "declined", "changed", "proposed", "agreed")
    ]
    told = {one.kind: one.text for one in agreements.history(cast.harbour.contract.id, made)}
    assert told["agreement.declined"] == "Too slow."


def test_a_withdrawn_version_makes_room_for_the_next(cast: Cast) -> None:
    made, lead = proposed(cast.harbour), cast.harbour.members["contractor.manager"]
    with pytest.raises(Refused) as refused, writing():
        agreements.draft(lead, lead.contract_id, "sla_policy")
    assert code(refused) == "agreement.open"
    with writing():
        agreements.withdraw(lead, made, 3)
        following = agreements.draft(lead, lead.contract_id, "sla_policy")
    row = agreements.found(lead.contract_id, following)
    assert row is not None
    assert row.version == 2


def test_an_incomplete_policy_cannot_be_proposed(cast: Cast) -> None:
    lead = cast.harbour.members["contractor.manager"]
    with writing():
        made = agreements.draft(lead, lead.contract_id, "sla_policy")
    with pytest.raises(Refused) as refused, writing():
        agreements.propose(lead, made, 1, "The usual.")
    assert refused.value.refusals[0].where == "response_means"


def test_a_supervisor_drafts_but_does_not_propose(cast: Cast) -> None:
    lead = cast.harbour.members["customer.supervisor"]
    with writing():
        made = agreements.draft(lead, lead.contract_id, "calendar")
        agreements.change(lead, made, 1, CALENDAR_DK)
    with pytest.raises(Refused) as refused, writing():
        agreements.propose(lead, made, 2, "Ours.")
    assert code(refused) == "agreement.not_you"


def test_every_move_is_an_event_with_the_hash_of_what_it_said(cast: Cast) -> None:
    first = agreed(cast.harbour, "sla_policy", with_fix(5))
    agreed(cast.harbour, "sla_policy", with_fix(4))
    rows = db.session.execute(
        select(Event.kind, Event.data).where(Event.entity_id == first, Event.entity == "agreement")
    ).all()
    said = {row.kind: row.data["body_sha256"] for row in rows}
    assert said["agreement.proposed"] == said["agreement.agreed"] == said["agreement.superseded"]
    assert said["agreement.drafted"] != said["agreement.agreed"]


def test_two_who_agree_at_once_sign_once(cast: Cast) -> None:
    made = proposed(cast.harbour)
    start, outcomes = threading.Barrier(2), []

    def sign(who: str) -> None:
        with cast.app.app_context():
            start.wait()
            try:
                with writing():
                    agreements.agree(cast.harbour.members[who], made, 3)
                outcomes.append("agreed")
            except Refused as no:
                outcomes.append(no.refusals[0].code)
            finally:
                db.session.remove()

    db.session.rollback()
    hands = [
        threading.Thread(target=sign, args=(f"customer.{role}",))
        for role in ("manager", "executive")
    ]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(outcomes) == ["agreed", "agreement.not_now"]
    assert terms(cast.harbour)[1] == 2


def test_another_contract_has_none_of_it(cast: Cast) -> None:
    made = agreed(cast.harbour, "sla_policy", POLICY)
    assert agreements.in_force(cast.elsewhere.contract.id, "sla_policy") is None
    assert agreements.found(cast.elsewhere.contract.id, made) is None


# ---------------------------------------------------------------- the calendar


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


START = "2026-04-01T15:00+02:00"  # DOMAIN 4.1, T8 to T12: Mon-Fri 08-16, the Danish Easter of 2026


@pytest.mark.parametrize(
    ("minutes", "pauses", "due"),
    [
        (480, [], "2026-04-07T15:00+02:00"),
        (2400, [], "2026-04-13T15:00+02:00"),
        (960, [], "2026-04-08T15:00+02:00"),
        (960, [("2026-04-07T10:00+02:00", "2026-04-08T09:30+02:00")], "2026-04-09T14:30+02:00"),
        (960, [("2026-04-02T10:00+02:00", "2026-04-06T12:00+02:00")], "2026-04-08T15:00+02:00"),
    ],
    ids=["T8", "T9", "T10", "T11", "T12"],
)
def test_an_agreed_calendar_knows_the_danish_holidays(
    cast: Cast, minutes: int, pauses: list[tuple[str, str]], due: str
) -> None:
    calendar = agreements.calendar(agreed(cast.harbour, "calendar", CALENDAR_DK), "UTC")
    stood = [(moment(begins), moment(ends)) for begins, ends in pauses]
    assert due_with_pauses(calendar, moment(START), minutes, stood) == moment(due)


def test_the_danish_easter_of_2026_is_closed_by_name() -> None:
    days = hours.closed(CALENDAR_DK, 2026)
    assert {date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)} <= set(days)
    assert days[date(2026, 4, 2)] == "Maundy Thursday"
    assert hours.closed(CALENDAR_DK, 2026, "da")[date(2026, 4, 2)] == "Skærtorsdag"


def test_the_holidays_both_signed_do_not_move_when_more_is_known_later() -> None:
    signed = hours.sealed(CALENDAR_DK)
    assert "2026-04-03" in signed["holidays"]
    signed["holidays"].remove("2026-04-03")  # as if it had not been known then
    assert date(2026, 4, 3) not in hours.made(signed).holidays
    assert date(2026, 4, 3) in hours.made(CALENDAR_DK).holidays


def test_own_days_add_and_take_away() -> None:
    own = [
        {"date": "2026-06-05", "name": "Constitution Day", "open": False},
        {"date": "2026-04-02", "name": "We clean on Maundy Thursday", "open": True},
    ]
    calendar = hours.made(CALENDAR_DK | {"own_days": own})
    assert date(2026, 6, 5) in calendar.holidays
    assert date(2026, 4, 2) not in calendar.holidays
    assert date(2026, 4, 3) in calendar.holidays


def test_a_region_has_holidays_of_its_own() -> None:
    bavaria = CALENDAR_DK | {"tz": "Europe/Berlin", "country": "DE", "subdivision": "BY"}
    assert date(2026, 1, 6) in hours.closed(bavaria, 2026)
    assert date(2026, 1, 6) not in hours.closed(bavaria | {"subdivision": ""}, 2026)


def test_the_change_of_the_clocks_is_named() -> None:
    changes = hours.clock_changes("Europe/Copenhagen", date(2026, 1, 1))
    assert changes == [(date(2026, 3, 29), 60), (date(2026, 10, 25), -60)]
    assert hours.clock_changes("UTC", date(2026, 1, 1)) == []


def test_the_zone_of_an_agreed_calendar_is_the_contracts(cast: Cast) -> None:
    agreed(cast.harbour, "calendar", CALENDAR_DK | {"tz": "Europe/Helsinki", "country": "FI"})
    contracts = table(Contract)
    zone = select(contracts.c.tz).where(contracts.c.id == cast.harbour.contract.id)
    assert db.session.execute(zone).scalar_one() == "Europe/Helsinki"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"tz": "Europe/Atlantis"}, "tz"),
        ({"windows": [[]] * 7}, "windows-0-0-open"),
        ({"windows": [[["08:00", "16:00"]]] * 6}, "windows-0-0-open"),
        ({"windows": [[["16:00", "08:00"]], *[[]] * 6]}, "windows-0-0-open"),
        ({"windows": [[], [["8", "16:00"]], *[[]] * 5]}, "windows-1-0-open"),
        ({"windows": [[], [["08:00"]], *[[]] * 5]}, "windows-1-0-open"),
        ({"windows": None}, "windows-0-0-open"),
        ({"country": "XX"}, "country"),
        ({"subdivision": "BY"}, "subdivision"),
        ({"own_days": [{"date": "1 May", "name": "May Day"}]}, "own_days-0-date"),
        ({"own_days": [{"date": "2026-05-01", "name": ""}]}, "own_days-0-name"),
        ({"own_days": [{"date": "2026-05-01", "name": "x"}] * 2}, "own_days-1-date"),
        ({"own_days": [3]}, "own_days-0"),
        ({"years": [2030, 2020]}, "years-0"),
        ({"years": ["x", "y"]}, "years-0"),
        ({"colour": "red"}, None),
    ],
)
def test_a_mistake_in_a_calendar_says_where(change: dict[str, Any], where: str | None) -> None:
    outcome = hours.read(CALENDAR_DK | change)
    assert isinstance(outcome, list)
    assert [refusal.where for refusal in outcome] == [where]


def test_a_window_until_midnight_can_be_said_both_ways() -> None:
    for close in ("24:00", "00:00"):
        body = hours.read(CALENDAR_DK | {"windows": [[["00:00", close]]] * 7})
        assert isinstance(body, dict)
        assert hours.made(body).day_minutes == 1440


# ---------------------------------------------------------------- promises and categories


def test_promises_of_each_version_have_rows_of_their_own(cast: Cast) -> None:
    here = cast.harbour.contract.id
    agreed(cast.harbour, "requirements", PROMISES)
    first = promises.requirement_for(here, "8.C.2")
    agreed(cast.harbour, "requirements", {"requirements": PROMISES["requirements"][1:]})
    second = promises.requirement_for(here, "8.C.2")
    assert None not in (first, second)
    assert first != second
    assert [one.ref for one in promises.requirements(here)] == ["8.C.2"]
    assert promises.requirement_for(here, "8.C.1.a") is None


def test_a_promise_without_category_and_plan_is_watched_by_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cast.harbour.contract.id
    agreed(cast.harbour, "requirements", PROMISES)
    body = agreements.KINDS["categories"].start(here)
    body["categories"][1]["requirement_ref"] = "8.C.1.a"
    agreed(cast.harbour, "categories", body)
    assert set(promises.watched_by(here)) == {"8.C.1.a"}
    monkeypatch.setattr(promises, "WATCHERS", [lambda contract_id: {"8.C.2"}])
    assert set(promises.watched_by(here)) == {"8.C.1.a", "8.C.2"}


def test_agreed_categories_keep_their_rows_and_put_the_others_away(cast: Cast) -> None:
    here, before = cast.harbour.contract.id, cast.harbour.categories
    body = agreements.KINDS["categories"].start(here)
    kept, *_, last = body["categories"]
    new = kept | {"key": "garden", "icon": "other", "names": {"en": "Garden", "da": ""}}
    agreed(cast.harbour, "categories", {"categories": [new, kept | {"priority": "P2"}]})
    rows = {
        row.key: row for row in db.session.scalars(select(Category).filter_by(contract_id=here))
    }
    assert rows["leak"].id == before["leak"].id
    assert (rows["leak"].priority, rows["leak"].position, rows["leak"].active) == ("P2", 1, True)
    assert rows["garden"].names == {"en": "Garden"}
    assert rows[last["key"]].id == before[last["key"]].id
    assert rows[last["key"]].active is False


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"names": {"da": "Vand"}}, "name-en"),
        ({"names": {"en": "x" * 41}}, "name-en"),
        ({"owner_party": "occupant"}, "owner_party"),
        ({"priority": "P9"}, "priority"),
        ({"icon": "skull"}, "icon"),
        ({"key": ""}, "key"),
        ({"service_line": ""}, "service_line"),
    ],
)
def test_a_mistake_in_a_category_says_where(cast: Cast, change: dict[str, Any], where: str) -> None:
    body = agreements.KINDS["categories"].start(cast.harbour.contract.id)
    body["categories"][1] |= change
    outcome = agreements.KINDS["categories"].read(body)
    assert [refusal.where for refusal in outcome] == [f"categories-1-{where}"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"ref": ""}, "ref"),
        ({"ref": "8.C.1.a"}, "ref"),
        ({"title": "x" * 201}, "title"),
        ({"weight": 6}, "weight"),
        ({"weight": True}, "weight"),
        ({"method": "by luck"}, "method"),
        ({"standard_text": None}, "standard_text"),
    ],
)
def test_a_mistake_in_a_promise_says_where(change: dict[str, Any], where: str) -> None:
    first, second = PROMISES["requirements"]
    outcome = promises.read({"requirements": [first, second | change]})
    assert isinstance(outcome, list)
    assert [refusal.where for refusal in outcome] == [f"requirements-1-{where}"]


# ---------------------------------------------------------------- comparison, founding


def test_a_comparison_shows_only_what_differs() -> None:
    changed = with_fix(4) | {"limits": POLICY["limits"] | {"plan_days": 7}}
    assert compared(POLICY, changed) == [
        Difference(("targets", "P3 fix", "time"), (5, "working_days"), (4, "working_days")),
        Difference(("limits", "plan_days"), 10, 7),
    ]


def test_a_row_more_is_one_difference_and_no_shift_of_all() -> None:
    first, second = PROMISES["requirements"]
    [only] = compared({"requirements": [second]}, PROMISES)
    assert only == Difference(("requirements", "8.C.1.a"), None, first)
    assert compared(PROMISES, PROMISES) == []


def test_a_day_of_the_week_differs_alone() -> None:
    other = CALENDAR_DK | {"windows": [[["07:00", "16:00"]], *CALENDAR_DK["windows"][1:]]}
    assert compared(CALENDAR_DK, other) == [
        Difference(("windows", "0"), [["08:00", "16:00"]], [["07:00", "16:00"]])
    ]


def test_a_new_contract_begins_with_drafts_that_rule_nothing(cast: Cast) -> None:
    with writing():
        sides = {
            party: founding.Side(party.value, "A Manager", f"{party.value}@new.example")
            for party in Party
        }
        founding.found(founding.Terms("New House", "new-house", sides))
    contract_id = founding.called("new-house").id
    for kind in founding.DRAFTED:
        [only] = agreements.versions(contract_id, kind)
        assert (only.state, only.version, only.drafted_by) == ("draft", 1, None)
    [policy] = agreements.versions(contract_id, "sla_policy")
    assert "response_means" not in policy.body
    [calendar] = agreements.versions(contract_id, "calendar")
    assert calendar.body["country"] == "DK"
    assert not isinstance(hours.read(calendar.body), list)
