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
from inspection.actions.models import Action, Merge
from inspection.alerts import inbox
from inspection.alerts.models import Notice
from inspection.assets.models import Asset, AssetType, Kind
from inspection.contracts.models import Category, Contract
from inspection.db import Model, db, table
from inspection.demo import seed as seeding
from inspection.demo.seed import Seeded, seed
from inspection.demo.stories import STORIES
from inspection.journal import Event
from inspection.people.models import Membership, Person
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.reports.models import Question, Report
from inspection.rules.access import Member, Party, Role
from inspection.rules.court import Turn, court
from inspection.rules.states import Outcome, State
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
    assert (counted(Action), counted(Report)) == (101, 118)
    assert counted(Action) == len(STORIES)


def test_every_state_is_there_and_both_parties_have_their_turn(demo: Demo) -> None:
    actions = every(Action)
    used = {State.RECEIVED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.FIXED, State.CLOSED}
    assert {action.state for action in actions} == used
    assert {action.court for action in actions} == {*Party, None}
    assert {action.owner_party for action in actions} == set(Party)
    assert {action.outcome for action in actions} == {*Outcome, None}


def test_the_chain_of_events_holds(demo: Demo) -> None:
    assert journal.first_broken(demo.contract.id) is None


def test_whose_turn_it_is_agrees_with_the_rulebook(demo: Demo) -> None:
    for action in every(Action):
        turn = court(Turn(State(action.state), Party(action.owner_party)))
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
        assert bool(behind[action.id]) == (action not in merged), action.number
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
    scanned = [event for event in events("action.started") if event.data["scanned"]]
    assert len(scanned) == counted(Scan)
    assert len(events("action.started")) - len(scanned) > 0


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


def test_a_second_demo_is_refused_with_a_sentence(demo: Demo) -> None:
    before = counted(Event)
    with pytest.raises(Refused) as refused:
        seed(NOW, tags.mint_for)
    assert refused.value.refusals[0].code == "demo.there"
    assert counted(Event) == before
