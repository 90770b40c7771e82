"""What the demo shows after it was set up: a record that the product itself could have written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, Select, func, select

from inspection import journal
from inspection.actions.models import (
    Action,
    Clock,
    Decision,
    Disagreement,
    Hold,
    Merge,
    Plan,
    Repeat,
    Similar,
)
from inspection.alerts import inbox
from inspection.alerts.models import Notice
from inspection.assets.models import Asset, AssetType, Kind
from inspection.contracts import agreements, promises
from inspection.contracts.models import Agreement, Category, Contract
from inspection.db import Model, db, table
from inspection.demo import seed as seeding
from inspection.demo.seed import Seeded, seed
from inspection.demo.stories import STORIES
from inspection.journal import Event
from inspection.people.models import Membership, Person
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.plans.models import Lot, Rhythm
from inspection.reports.models import Question, Report
from inspection.rules.access import Member, Party, Role
from inspection.rules.court import Turn, court
from inspection.rules.policy import Responded
from inspection.rules.states import Cause, ClockKind, Depth, Outcome, Source, State
from inspection.visits.models import Finding, Signature, Visit
from inspection.web import Refused
from qr import tags
from qr.models import Scan, Tag
from tests.conftest import ENGINES, _app, empty

NOW = datetime(2025, 10, 15, 9, 30, tzinfo=UTC)

photographed = cache(seeding._photographed)  # the second engine is shown the same pictures


@dataclass(frozen=True)
class Demo:
    """The demo on one engine, set up once for all tests of this module: they only read."""

    seeded: Seeded
    contract: Contract


@pytest.fixture(scope="module", params=ENGINES)
def demo(
    request: pytest.FixtureRequest, apps: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    engine = request.param
    if engine not in apps:
        url = request.getfixturevalue("postgresql_url") if engine == "postgresql" else None
        apps[engine] = _app(tmp_path_factory.mktemp(engine), url)
    with apps[engine].app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeding, "_photographed", photographed)
        empty()
        seeded = seed(NOW, tags.mint_for)
        contract = db.session.scalars(select(Contract).where(Contract.slug == seeded.slug)).one()
        yield Demo(seeded, contract)
        empty()


def rows(asked: Select[Any]) -> list[Row[Any]]:
    return list(db.session.execute(asked))


def every(model: type[Model], *order: str) -> list[Row[Any]]:
    of = table(model)
    return rows(select(of).order_by(*(of.c[name] for name in order or ("id",))))


def counted(model: type[Model]) -> int:
    return int(db.session.execute(select(func.count()).select_from(table(model))).scalar_one())


def events(kind: str) -> list[Row[Any]]:
    return [event for event in every(Event, "seq") if event.kind == kind]


def test_every_story_became_an_action_and_every_voice_a_report(demo: Demo) -> None:
    elsewhere = [one for one in every(Similar) if one.child_id]
    found = [one for one in every(Finding) if one.action_id]
    assert counted(Action) == len(STORIES) + len(elsewhere) + len(found)
    voices = sum(1 + len(story.me_too) for story in STORIES)
    assert counted(Report) == voices >= 120


def test_every_state_is_there_and_both_parties_have_their_turn(demo: Demo) -> None:
    actions = every(Action)
    assert {action.state for action in actions} == set(State)
    assert {action.court for action in actions} == {*Party, None}
    assert {action.owner_party for action in actions} == set(Party)
    assert {action.outcome for action in actions} == {*Outcome, None}


def test_the_chain_of_events_holds(demo: Demo) -> None:
    assert journal.first_broken(demo.contract.id) is None


def test_whose_turn_it_is_agrees_with_the_rulebook(demo: Demo) -> None:
    for action in every(Action):
        turn = court(
            Turn(
                State(action.state),
                Party(action.owner_party),
                action.decision_to,
                action.hold_cause,
                window_over=False,
            )
        )
        assert action.court == turn, action.number
        assert action.listed == (action.state != State.CLOSED), action.number


def test_reports_follow_the_action_that_theirs_was_merged_into(demo: Demo) -> None:
    actions = {action.id: action for action in every(Action)}
    behind: dict[int, int] = dict.fromkeys(actions, 0)
    for report in every(Report):
        behind[report.action_id] += 1
    merged = [action for action in actions.values() if action.outcome == Outcome.DUPLICATE]
    assert len(merged) == counted(Merge) == 4
    for action in actions.values():
        assert action.report_count == behind[action.id], action.number
        heard = action not in merged and action.source not in (Source.SIMILAR, Source.FINDING)
        assert bool(behind[action.id]) == heard, action.number
    for action in merged:
        assert actions[action.merged_into_id].received_at < action.closed_at


def test_nobody_accepted_what_their_own_party_put_right(demo: Demo) -> None:
    fixed_by: dict[int, str] = {}
    accepted = []
    for event in every(Event, "seq"):
        if event.kind == "action.fixed":
            fixed_by[event.action_id] = event.party
        if event.kind == "action.accepted":
            accepted.append(event.party)
            assert event.party != fixed_by[event.action_id]
    assert set(accepted) == set(Party)


def test_nothing_is_still_to_come_and_everything_stands_in_order(demo: Demo) -> None:
    moments = [event.at for event in every(Event, "seq")]
    assert moments == sorted(moments)
    assert moments[0] > NOW - timedelta(days=120)
    assert moments[-1] <= NOW
    received = [action.received_at for action in every(Action, "number")]
    assert received == sorted(received)
    assert moments[-1] - received[0] > timedelta(days=80)


def test_every_room_and_thing_has_its_code_and_the_door_is_the_tea_kitchen(demo: Demo) -> None:
    assets = {asset.id: asset for asset in every(Asset)}
    tagged = {tag.asset_id: tag for tag in every(Tag)}
    kinds = (Kind.SPACE, Kind.EQUIPMENT, Kind.VEHICLE)
    assert set(tagged) == {asset.id for asset in assets.values() if asset.kind in kinds}
    (door,) = [tag for tag in tagged.values() if tag.code == demo.seeded.door]
    kitchen = assets[door.asset_id]
    assert (kitchen.name, kitchen.number) == ("2.14 Tea kitchen", "2.14")
    assert kitchen.trail == "Klintsund Havn › Havnehuset › Second floor"


def test_the_building_stands_with_all_that_the_register_says(demo: Demo) -> None:
    kinds = [asset.kind for asset in every(Asset)]
    assert [kinds.count(kind) for kind in Kind] == [1, 1, 4, 29, 226, 2]
    assert counted(AssetType) == 37
    asset, kind = table(Asset), table(AssetType)
    (tap,) = rows(
        select(asset, kind.c.name.label("type"), kind.c.manufacturer, kind.c.warranty_months)
        .join_from(asset, kind, asset.c.type_id == kind.c.id)
        .where(asset.c.name == "Kitchen tap 2.14")
    )
    assert (tap.type, tap.manufacturer) == ("Kitchen tap", "Vandkant Armatur")
    assert tap.warranty_months == 60
    assert tap.trail.endswith("Second floor › 2.14 Tea kitchen")
    assert None not in (tap.installed_on, tap.warranty_start, tap.ext_identifier)
    assert all((tap.serial, tap.tag_number, tap.asset_identifier))


def test_everybody_has_a_place_from_before_the_first_report(demo: Demo) -> None:
    first = every(Report, "received_at")[0].received_at
    members = {member.id: member for member in every(Membership)}
    people = {person.email for person in every(Person)}
    assert {(one.party, one.role) for one in demo.seeded.people} == {
        (party, role) for party in Party for role in Role
    }
    for one in demo.seeded.people:
        assert one.email in people
        assert members[one.member_id].started_at < first


def test_public_pages_find_words_in_every_language(demo: Demo) -> None:
    said = [demo.contract.emergency_text, demo.contract.readers]
    said += [category.names for category in every(Category)]
    assert all(set(words) == {"en", "da", "sv", "nb", "fi", "de", "pl", "ar"} for words in said)


def test_pictures_lie_in_the_store_and_belong_to_something(demo: Demo) -> None:
    photos = every(Photo)
    store = evidence.store()
    for photo in photos:
        assert store.exists(photo.picture)
        assert store.exists(photo.thumbnail)
    assets = {asset.id: asset.kind for asset in every(Asset)}
    hung = sorted(assets[photo.asset_id] for photo in photos if photo.asset_id)
    assert hung == [Kind.BUILDING, Kind.LEVEL]
    assert sum(bool(photo.report_id) for photo in photos) >= 25
    assert sum(bool(photo.action_id) for photo in photos) >= 25


def test_who_scanned_before_starting_was_there(demo: Demo) -> None:
    came = [*events("action.started"), *events("action.accepted"), *events("visit.started")]
    scanned = [event for event in came if event.data.get("scanned")]
    assert len(scanned) == counted(Scan)
    assert len(came) - len(scanned) > 0


def test_both_parties_walked_rounds_and_see_one_answer_differently(demo: Demo) -> None:
    done = [one for one in every(Visit) if one.submitted_at]
    assert {one.party for one in done} == set(Party)
    assert all(one.scale_id and one.checklist_id and one.tag_code for one in done)
    assert {"planned", "submitted", "final", "missed"} <= {one.state for one in every(Visit)}
    assert sum(one.contested_count for one in done) == 1
    assert {(one.corrected, one.action_id is None) for one in every(Finding)} == {
        (True, True),
        (False, False),
    }
    assert {one.party for one in every(Signature)} == set(Party)


def test_a_sample_was_accepted_and_good_results_moved_a_visit_out(demo: Demo) -> None:
    assert "accepted" in {one.result for one in every(Lot)}
    assert max(one.days for one in every(Rhythm)) > 30


def test_questions_were_answered_and_thanks_came_with_words(demo: Demo) -> None:
    assert all(question.answer for question in every(Question))
    assert len(events("report.answered")) == counted(Question) == len(events("action.asked"))
    assert sum(event.text_sha256 is not None for event in events("report.thanked")) >= 2
    assert sum(report.satisfaction is not None for report in every(Report)) >= 20


def test_inboxes_hold_what_is_new_and_no_more(demo: Demo) -> None:
    seen = {}
    for one in demo.seeded.people:
        member = Member(one.member_id, 0, demo.contract.id, one.party, one.role)
        seen[one.party, one.role] = inbox.unread_count(member)
    assert 0 < seen[Party.CONTRACTOR, Role.SUPERVISOR] < inbox.COUNTED
    assert 0 < seen[Party.CUSTOMER, Role.SUPERVISOR] < inbox.COUNTED
    assert max(seen.values()) < counted(Notice) / 4


def test_both_managers_have_signed_what_the_contract_begins_with(demo: Demo) -> None:
    first = every(Report, "received_at")[0].received_at
    agreed = [one for one in every(Agreement) if one.state == "agreed"]
    assert {one.kind for one in agreed} == set(agreements.KINDS)
    for one in agreed:
        assert one.proposed_party != one.agreed_party
        assert one.kind == "plan" or one.agreed_at < first, "rounds were planned later"
    terms = agreements.policy(demo.contract.terms["sla_policy"])
    assert terms is not None
    assert terms.response_means is Responded.ACKNOWLEDGED
    assert all(action.policy_id == demo.contract.terms["sla_policy"] for action in every(Action))


def test_a_newer_policy_waits_for_the_customer_and_a_calendar_is_drafted(demo: Demo) -> None:
    versions = {(one.kind, one.state): one for one in every(Agreement) if one.state != "agreed"}
    open_ = {("sla_policy", "proposed"), ("calendar", "draft"), ("plan", "proposed")}
    assert set(versions) == open_
    proposed = versions["sla_policy", "proposed"]
    assert proposed.proposed_party == Party.CONTRACTOR
    before = agreements.in_force(demo.contract.id, "sla_policy")
    assert before is not None
    assert len(agreements.compared(before.body, proposed.body)) >= 3


def test_every_button_but_one_points_to_a_promise_and_two_promises_are_watched_by_none(
    demo: Demo,
) -> None:
    in_force = {one.ref for one in promises.requirements(demo.contract.id)}
    assert len(in_force) == 10
    pointing = {one.key: one.requirement_ref for one in every(Category)}
    assert {key for key, ref in pointing.items() if not ref} == {"other"}
    assert in_force - set(pointing.values()) == {"2.2", "3.2"}


def test_the_tap_was_mended_came_back_and_is_watched_now(demo: Demo) -> None:
    mended, again = (one for one in every(Action, "number") if is_tap(one))
    (asked,) = [one for one in every(Decision) if one.action_id == mended.id]
    assert asked.answered_at > asked.due_at
    (held,) = [one for one in every(Hold) if one.action_id == mended.id]
    assert (held.reason, held.cause) == ("waiting_approval", Cause.CUSTOMER)
    assert again.parent_id == mended.id
    assert (again.generation, again.depth, again.state) == (2, Depth.CORRECTIVE, State.MONITORING)
    assert [plan.agreed for plan in every(Plan) if plan.action_id == again.id] == [False, True]
    looked = [one for one in every(Similar) if one.action_id == again.id]
    assert [bool(one.child_id) for one in looked] == [True, False, False, True]
    (accepted,) = [one for one in events("action.accepted") if one.action_id == again.id]
    assert accepted.data["scanned"]
    assert again.monitoring_until > NOW + timedelta(days=60)


def is_tap(action: Row[Any]) -> bool:
    asset = table(Asset)
    (place,) = rows(select(asset.c.name).where(asset.c.id == action.asset_id))
    return bool(place.name == "Kitchen tap 2.14")


def test_both_parties_remove_causes_and_each_agrees_to_the_others_plan(demo: Demo) -> None:
    of = {action.id: Party(action.owner_party) for action in every(Action)}
    plans, members = every(Plan), {one.id: one.party for one in every(Membership)}
    assert {of[plan.action_id] for plan in plans if plan.agreed} == set(Party)
    assert {of[plan.action_id] for plan in plans if plan.agreed is None} == set(Party)
    for plan in plans:
        assert members[plan.submitted_by] == of[plan.action_id]
        assert plan.decided_by is None or members[plan.decided_by] != of[plan.action_id]
    causes = {plan.cause for plan in plans}
    assert {Cause.CUSTOMER, Cause.CONTRACTOR, Cause.SHARED} <= causes


def test_one_cause_was_removed_for_good_and_one_came_back(demo: Demo) -> None:
    actions = every(Action)
    assert sum(one.outcome == Outcome.EFFECTIVE for one in actions) == 1
    (failed,) = [one for one in actions if one.outcome == Outcome.INEFFECTIVE]
    (next_one,) = [one for one in actions if one.parent_id == failed.id]
    assert (next_one.generation, next_one.state) == (2, State.PLAN_SUBMITTED)


def test_each_party_waits_for_decisions_of_the_other_some_of_them_late(demo: Demo) -> None:
    waiting = [one for one in every(Decision) if one.answered_at is None]
    for party in Party:
        due = [one.due_at for one in waiting if one.to_party == party]
        assert len(due) >= 2, party
        assert min(due) < NOW < max(due), party


def test_work_is_on_hold_one_pause_is_contested_and_one_waits_for_consent(demo: Demo) -> None:
    holds = every(Hold)
    running = [one for one in holds if one.begins_at and not one.ends_at]
    assert {one.reason for one in running} == {"waiting_approval", "no_access"}
    assert sum(one.contested_at is not None for one in running) == 1
    owner = {action.id: action.owner_party for action in every(Action)}
    assert {owner[one.action_id] for one in holds} == set(Party)
    (asked,) = [one for one in holds if one.begins_at is None]
    assert asked.reason == "waiting_parts"


def test_a_late_fix_has_climbed_the_ladder_and_is_corrective_now(demo: Demo) -> None:
    actions = {action.id: action for action in every(Action)}
    late = [one for one in every(Clock) if one.breached_at and one.kind == ClockKind.FIX]
    (climbed,) = [one for one in late if actions[one.action_id].priority == "P2"]
    assert climbed.step == 2
    assert climbed.breached_at == climbed.due_at < NOW
    assert actions[climbed.action_id].depth == Depth.CORRECTIVE
    told = [one for one in events("clock.breached") if one.entity_id == climbed.id]
    assert [one.at - climbed.due_at for one in told] == [timedelta(seconds=2)]


def test_what_may_have_come_back_waits_on_both_sides_and_one_was_declined(demo: Demo) -> None:
    owner = {action.id: action.owner_party for action in every(Action)}
    repeats = every(Repeat)
    assert {owner[one.action_id] for one in repeats if one.confirmed is None} == set(Party)
    assert any(one.confirmed is False and one.reason for one in repeats)
    assert all(one.decided_by for one in repeats if one.decided_at)


def test_disagreements_stand_on_two_steps_and_one_is_settled(demo: Demo) -> None:
    there = {(one.step, one.resolved_at is not None): one for one in every(Disagreement)}
    assert set(there) == {(1, False), (1, True), (2, False)}
    assert there[2, False].statement_customer
    assert there[2, False].statement_contractor
    settled = there[1, True]
    assert None not in (settled.signed_customer_at, settled.signed_contractor_at)


def test_something_is_late_and_something_due_by_tomorrow_with_either_party(demo: Demo) -> None:
    running = [one for one in every(Clock) if not (one.stopped_at or one.cancelled_at)]
    for party in Party:
        due = [one.due_at for one in running if one.party == party and not one.paused_at]
        assert any(each < NOW for each in due), party
        assert any(NOW <= each < NOW + timedelta(hours=30) for each in due), party


def test_a_second_demo_is_refused_with_a_sentence(demo: Demo) -> None:
    before = counted(Event)
    with pytest.raises(Refused) as refused:
        seed(NOW, tags.mint_for)
    assert refused.value.refusals[0].code == "demo.there"
    assert counted(Event) == before
