"""Every route × method × role × two contracts, generated from the URL map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule as Address

from inspection.actions import decisions, disagreements, moves, standing
from inspection.actions.models import Plan
from inspection.alerts.models import Notice
from inspection.contracts import agreements
from inspection.contracts.quarantine import Quarantine
from inspection.db import db, table, writing
from inspection.people.models import Invitation
from inspection.photos.models import Photo
from inspection.plans.models import Feed, Lot
from inspection.queue.models import SavedView
from inspection.reports import receiving
from inspection.reports.receiving import Said
from inspection.rules.access import RIGHTS, Party, Role
from inspection.rules.ladder import Subject
from inspection.rules.states import Ask, Cause
from inspection.visits.models import Visit
from inspection.web import Rule
from inspection.web.languages import STAFF_ROOMS
from tests.cast import ROOM, Cast, Setting, agreed, key, visited
from tests.inspection.plans.laid import drawn

NEVER = "99999999"
NEVER_CODE = "0000000000"

# What a well-meant form of each member's post holds. A new post without an entry fails below.
FORMS: dict[str, dict[str, str]] = {
    "moves.accept": {},
    "moves.acknowledge": {"category": "leak", "priority": "P3"},
    "moves.assign": {"assignee": "1"},
    "moves.unassign": {},
    "moves.comment": {"text": "words"},
    "moves.fix": {"text": "words"},
    "moves.make_safe": {"text": "words"},
    "moves.merge": {"master": NEVER},
    "moves.unmerge": {},
    "moves.ask": {"text": "words"},
    "moves.reopen": {"text": "words"},
    "moves.send_back": {"text": "words"},
    "moves.start": {},
    "moves.fix_temporarily": {"text": "words", "expected_on": "2030-01-01"},
    "duplicates.decide": {"what": "merge", "younger": NEVER, "older": NEVER},
    "bulk.apply": {"what": "acknowledge", "action": "1:1"},
    "views.save": {"name": "Ours", "query": "court=customer"},
    "views.change": {"name": "Ours"},
    "views.drop": {},
    "moves.contain": {"text": "words"},
    "moves.submit_plan": {},
    "moves.agree_plan": {},
    "moves.return_plan": {"text": "words"},
    "moves.confirm_effective": {},
    "moves.confirm_repeat": {},
    "moves.decline_repeat": {"text": "words"},
    "moves.check_similar": {f"place-{NEVER}": "fine"},
    "moves.ask_decision": {"kind": "access", "text": "words"},
    "moves.answer_decision": {"answer": "yes", "text": "words"},
    "moves.take_decision_back": {},
    "moves.raise_hold": {"reason": "stop", "text": "words"},
    "moves.lift_hold": {},
    "moves.contest_hold": {"hold": NEVER, "text": "words"},
    "moves.uphold_hold": {"hold": NEVER},
    "moves.void_hold": {"hold": NEVER},
    "moves.relieve": {"text": "words"},
    "disagreeing.disagree": {"subject": "scope", "statement": "words"},
    "disagreeing.state": {"statement": "words"},
    "disagreeing.climb": {},
    "disagreeing.resolve": {"resolution": "words"},
    "disagreeing.sign": {},
    "visits.begin": {"place": NEVER, "checklist": "room"},
    "visits.start": {},
    "visits.keep": {"n-clean": "words"},
    "visits.submit": {"a-clean": "5"},
    "visits.leave": {},
    "offline_visits.submit": {"a-clean": "5"},
    "visit_answers.comment": {"text": "words"},
    "visit_answers.contest": {"item": "clean", "level": "1", "text": "words"},
    "visit_answers.settle": {"item": "clean", "outcome": "both", "text": "words"},
    "visit_answers.agree": {},
    "visit_answers.amend": {"text": "words"},
    "visit_answers.ask_cancel": {"text": "words"},
    "visit_answers.agree_cancel": {},
    "rounds.sign": {"visits": NEVER, "signed-us": "Somebody"},
    "feeds.make": {},
    "feeds.end": {},
    "alerts.open_notice": {},
    "alerts.read_all": {"newest": "1"},
    "checklists.begin": {"title": "Toilets", "category": "leak"},
    "checklists.retire": {"subject": "never-was"},
    "xlsforms.look": {},
    "xlsforms.confirm": {"token": "altered"},
    "plans.begin": {"title": "Kitchens", "checklist": "never-was"},
    "plans.retire": {"subject": "never-was"},
    "agreements.draft": {"kind": "calendar"},
    "agreements.change": {"version": "1"},
    "agreements.propose": {"version": "1", "note": "words"},
    "agreements.agree": {"version": "1"},
    "agreements.decline": {"version": "1", "note": "words"},
    "agreements.withdraw": {"version": "1"},
    "contracts.end_membership": {},
    "notices.change_duty": {"on": "1"},
    "notices.change_mails": {},
    "contracts.invite": {
        "name": "New",
        "email": "new@person.example",
        "role": "staff",
        "language": "en",
    },
    "contracts.withdraw_invitation": {},
    "contracts.set_logo": {},
    "contracts.remove_logo": {},
    "assets.create": {"kind": "vehicle", "name": "Van"},
    "assets.change": {"name": "Renamed"},
    "assets.remove_photo": {},
    "scanning.suspect": {"found": "https://pay.example"},
    "codes.bind": {},
    "codes.retire": {},
    "reports.enter": {"place": "1", "category": "leak", "words": "words"},
    "reports.release": {"report": "1"},
    "reports.discard": {"report": "1"},
    "quarantine.take_over": {"number": NEVER},
    "quarantine.discard": {"text": "words"},
}


@dataclass(frozen=True)
class Ids:
    """One thing of every kind in one contract, by the name it has in addresses."""

    values: dict[str, str]

    @classmethod
    def of(cls, setting: Setting) -> Ids:
        """What really is there: a report with its action, photo, notice, and so on."""
        here = setting.contract.id
        visit = _visit(setting)
        with writing():
            received = receiving.receive(
                Said(setting.places["tap"], setting.categories["leak"], "words", "en", key())  # type: ignore[arg-type]
            )
            photo = Photo(
                contract_id=here,
                asset_id=setting.places["tap"].id,
                received_sha256="0" * 64,
                picture="1" * 64,
                thumbnail="1" * 64,
                width=1,
                height=1,
                bytes=1,
                created_at=setting.contract.created_at,
            )
            invitation = Invitation(
                token_hash=key(),
                email="somebody@invited.example",
                name="Somebody",
                contract_id=here,
                organisation_id=setting.contract.customer_id,
                party=Party.CUSTOMER,
                role=Role.STAFF,
                created_at=setting.contract.created_at,
                expires_at=setting.contract.created_at,
            )
            view = SavedView(
                contract_id=here,
                member_id=setting.members["customer.staff"].id,
                name="Kept",
                query="court=customer",
                created_at=setting.contract.created_at,
                changed_at=setting.contract.created_at,
            )
            left = Quarantine(
                contract_id=here,
                member_id=setting.members["contractor.staff"].id,
                path=f"{setting.url}/actions/1/fix",
                meant="fix",
                fields=[["text", "words"]],
                received_at=setting.contract.created_at,
            )
            db.session.add_all([photo, invitation, view, left])
            db.session.flush()
            lead = setting.members["contractor.supervisor"]
            action = moves.found(here, received.action_number)
            asked = decisions.ask(action, lead, Ask.ACCESS, "words", {}).what
            timer = standing.clocks_of(here, action.id)[-1].key
            before = agreements.versions(here, "checklist", "tried")
            agreement = (
                before[0].id if before else agreements.draft(None, here, "checklist", "tried", ROOM)
            )
            notices = table(Notice)
            notice = db.session.execute(
                select(notices.c.id).where(notices.c.contract_id == here)
            ).scalar()
            return cls(
                {
                    "number": str(received.action_number),
                    "visit": str(visit),
                    "plan": str(_planned(setting, received.action_id)),
                    "decision": str(asked.entity_id),
                    "clock": str(timer),
                    "asset": str(setting.places["hall"].id),
                    "place": str(setting.places["hall"].id),
                    "checklist": "room",
                    "code": setting.codes["hall"],
                    "photo": str(photo.id),
                    "size": "picture",
                    "kind": "svg",
                    "notice": str(notice),
                    "disagreement": str(_disagreement(setting, received.action_number)),
                    "membership": str(setting.members["customer.staff"].id),
                    "invitation": str(invitation.id),
                    "receipt": key(),
                    "view": str(view.id),
                    "item": str(left.id),
                    "feed": str(_feed(setting)),
                    "lot": str(_drawn(setting, agreement)),
                    "agreement": str(agreement),
                }
            )


def _visit(setting: Setting) -> int:
    """A visit that was submitted: the one there is, else one of the hall."""
    db.session.rollback()
    asked = select(Visit.id).where(Visit.contract_id == setting.contract.id)
    return db.session.execute(asked.order_by(Visit.id)).scalar() or visited(setting, "hall")


def _drawn(setting: Setting, agreement: int) -> int:
    """The lot there is, else one of the hall."""
    asked = select(Lot.id).where(Lot.contract_id == setting.contract.id)
    there = db.session.execute(asked).scalar()
    return there or drawn(setting, [setting.places["hall"].id], agreement)


def _feed(setting: Setting) -> int:
    """A calendar address of the customer's staff."""
    feed = Feed(
        contract_id=setting.contract.id,
        member_id=setting.members["customer.staff"].id,
        token_hash=key(),
        created_at=setting.contract.created_at,
    )
    db.session.add(feed)
    db.session.flush()
    return feed.id


def _planned(setting: Setting, action_id: int) -> int:
    """Put a plan beside an action; its number."""
    plan = Plan(
        contract_id=setting.contract.id,
        action_id=action_id,
        number=1,
        containment="Bucket",
        whys=["Worn"],
        root_cause="Wrong type",
        escape_point="The round",
        cause=Cause.CONTRACTOR,
        cause_category="contractor_method",
        permanent_fix="Another type",
        change_type="material",
        due_on=date(2030, 1, 1),
        criterion="No report",
        window_days=30,
        submitted_by=setting.members["contractor.supervisor"].id,
        submitted_at=setting.contract.created_at,
    )
    db.session.add(plan)
    return plan.number


def _disagreement(setting: Setting, number: int) -> int:
    """The staff of the customer see the scope of an action differently."""
    row = moves.found(setting.contract.id, number)
    seen = disagreements.View("words")
    return disagreements.open(row, setting.members["customer.staff"], Subject.SCOPE, seen)


def rule_of(app: Flask, address: Address) -> Rule | None:
    return getattr(app.view_functions[address.endpoint], "rule", None)


def members_addresses(app: Flask) -> list[tuple[Address, str, str]]:
    """Every address of a member's view: rule, method, right."""
    found = []
    for address in app.url_map.iter_rules():
        rule = rule_of(app, address)
        if rule is not None and rule.level == "member":
            methods = sorted((address.methods or set()) - {"HEAD", "OPTIONS"})
            found += [(address, method, rule.right) for method in methods]
    return sorted(found, key=lambda one: (one[0].rule, one[1]))


def filled(address: Address, contract: str, values: dict[str, str]) -> str:
    """The address with its variables in place."""
    known = values | {"contract": contract}
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: known[found[1]], address.rule)


def plain(text: str) -> str:
    """A page without what differs each time: nonces and keys."""
    text = re.sub(r'nonce="[^"]*"', "", text)
    return re.sub(r'name="submission_key" value="[^"]*"', "", text)


def asked(client: Any, method: str, url: str, endpoint: str) -> Any:
    if method == "GET":
        return client.get(url)
    return client.post(url, data={"submission_key": key(), **FORMS.get(endpoint, {})})


def test_every_view_says_who_may_call_it(app: Flask) -> None:
    silent = [a.endpoint for a in app.url_map.iter_rules() if rule_of(app, a) is None]
    assert silent == ["static"]


def test_every_right_of_a_view_stands_in_the_rulebook(app: Flask) -> None:
    rights = {right for _, _, right in members_addresses(app)}
    assert rights <= set(RIGHTS)


def test_every_post_of_members_has_a_form_to_be_tried_with(app: Flask) -> None:
    posts = {a.endpoint for a, method, _ in members_addresses(app) if method == "POST"}
    assert posts == set(FORMS)


def test_rooms_where_only_members_come_speak_the_languages_of_staff(app: Flask) -> None:
    """Others would offer a phone's language in which half of a page is not written."""
    rules = {address.endpoint: rule_of(app, address) for address in app.url_map.iter_rules()}
    open_to_others = {
        endpoint.partition(".")[0]
        for endpoint, rule in rules.items()
        if rule is None or rule.level != "member"
    }
    assert {*app.blueprints} - open_to_others <= STAFF_ROOMS


def test_nobody_enters_a_contract_without_signing_in(cast: Cast) -> None:
    nobody = cast.client()
    values = Ids.of(cast.harbour).values
    for address, method, _ in members_addresses(cast.app):
        for slug in ("harbour", "never-was"):
            answer = asked(nobody, method, filled(address, slug, values), address.endpoint)
            expected = 303 if method == "GET" else 401
            assert answer.status_code == expected, (address, method, slug)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("party", list(Party))
def test_a_foreign_contract_answers_as_one_that_never_was(
    cast: Cast, party: Party, role: Role
) -> None:
    client = cast.client(f"{party.value}.{role.value}")
    foreign = Ids.of(cast.elsewhere).values
    before = counts()
    for address, method, _ in members_addresses(cast.app):
        theirs = asked(client, method, filled(address, "elsewhere", foreign), address.endpoint)
        nowhere = asked(client, method, filled(address, "never-was", foreign), address.endpoint)
        assert theirs.status_code == nowhere.status_code == 404, (address, method)
        assert plain(theirs.text) == plain(nowhere.text), (address, method)
    assert counts() == before


def only_ids(address: Address) -> Iterator[str]:
    """The variables of an address that name a thing of the contract."""
    yield from sorted(address.arguments - {"contract", "size", "kind", "receipt"})


@pytest.mark.parametrize("who", ["customer.supervisor", "contractor.supervisor"])
def test_a_foreign_id_answers_as_one_that_never_was(cast: Cast, who: str) -> None:
    client = cast.client(who)
    own, foreign = Ids.of(cast.harbour).values, Ids.of(cast.elsewhere).values
    agreed(cast.elsewhere, "checklist", ROOM, subject="theirs")
    foreign |= {"checklist": "theirs"}  # both call another one the same
    before = counts()
    tried = 0
    for address, method, _ in members_addresses(cast.app):
        for name in only_ids(address):
            if name in ("number", "plan"):  # they begin at 1 in every contract and action
                foreign = foreign | {name: "88888888"}
            never = NEVER_CODE if name == "code" else NEVER
            theirs, nothing = (
                asked(client, method, filled(address, "harbour", own | change), address.endpoint)
                for change in ({name: foreign[name]}, {name: never})
            )
            assert theirs.status_code == nothing.status_code, (address, method, name)
            assert theirs.status_code in (404, 422), (address, method, name)
            assert plain(theirs.text) == plain(nothing.text), (address, method, name)
            tried += 1
    assert tried > 30
    assert counts() == before


def counts() -> dict[str, int]:
    """How many rows every table holds, but for those that count requests."""
    db.session.rollback()
    from inspection.db import Model

    skipped = {"budget", "session", "submission_variant"}
    return {
        one.name: db.session.execute(select(db.func.count()).select_from(one)).scalar_one()
        for one in Model.metadata.sorted_tables
        if one.name not in skipped
    }


def test_a_role_without_the_right_is_refused_and_changes_nothing(cast: Cast) -> None:
    own = Ids.of(cast.harbour).values
    before = counts()
    for party, role in product(Party, Role):
        client = cast.client(f"{party.value}.{role.value}")
        for address, method, right in members_addresses(cast.app):
            if role not in RIGHTS[right].roles:
                answer = asked(client, method, filled(address, "harbour", own), address.endpoint)
                assert answer.status_code == 403, (address, method, role)
    assert counts() == before


@pytest.mark.parametrize("party", list(Party))
def test_a_role_with_the_right_is_never_turned_away_at_the_door(cast: Cast, party: Party) -> None:
    for role in Role:
        client = cast.client(f"{party.value}.{role.value}")
        for address, method, right in members_addresses(cast.app):
            if role in RIGHTS[right].roles and method == "GET" and "receipt" not in address.rule:
                own = Ids.of(cast.harbour).values
                answer = asked(client, method, filled(address, "harbour", own), address.endpoint)
                gone = address.endpoint == "photos.photo"  # the row is there, the file is not
                other = address.endpoint == "contracts.ending" and party is not Party.CUSTOMER
                # somebody else's form leads to the visit itself, the next of a round to the round
                led = address.endpoint in ("visits.fill", "rounds.go_on")
                expected = 404 if gone or other else 303 if led else 200
                assert answer.status_code == expected, (address, role, answer.status_code)


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_answer_carries_the_headers_errors_included(cast: Cast) -> None:
    values = Ids.of(cast.harbour).values
    client = cast.client("customer.manager")
    urls = [
        filled(
            address,
            "harbour",
            values
            | {"token": "x", "filename": "nothing.css", "path": "x"}
            | {"secret": "x", "sha256": "0" * 64, "tag": "en", "where": "my-work"}
            | {"form": "return", "passkey": "1", "session": "1", "version": "1", "names": "base"},
        )
        for address in cast.app.url_map.iter_rules()
        if "GET" in (address.methods or set())
    ]
    for url in [*urls, "/never-was", "/static/never-was.css"]:
        for answer in (client.get(url), client.post(url), cast.client().get(url)):
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "object-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
            for name, value in HEADERS.items():
                assert answer.headers[name] == value, (url, answer.status_code)
