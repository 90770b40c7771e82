"""One cast for all tests: two contracts, every role on both sides, a small building."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from inspection import clock
from inspection.actions.opening import Beginning, open_action
from inspection.actions.repeats import suspect
from inspection.assets.models import Asset, Kind
from inspection.checklists import agreed as checklists
from inspection.contracts import agreements
from inspection.contracts.models import Category, Contract
from inspection.db import db, writing
from inspection.journal import Happened, record
from inspection.people import sessions
from inspection.people.models import Membership, Organisation, Person
from inspection.people.models import Session as SignedIn
from inspection.rules import policy
from inspection.rules.access import Member, Party, Role
from inspection.rules.checklist import Answer
from inspection.rules.states import PhotoRule, Priority, Source
from inspection.visits import starting, submitting
from inspection.visits.filled import Filled
from inspection.web import hashed
from qr import payload
from qr.models import Tag, TagState

CATEGORIES = (
    ("leak", Party.CONTRACTOR, Priority.P3, PhotoRule.OPTIONAL),
    ("cleaning", Party.CONTRACTOR, Priority.P4, PhotoRule.OPTIONAL),
    ("doors", Party.CONTRACTOR, Priority.P3, PhotoRule.AT_FIX),
    ("equipment", Party.CUSTOMER, Priority.P3, PhotoRule.OPTIONAL),
    ("danger", Party.CONTRACTOR, Priority.P1, PhotoRule.OPTIONAL),
)

POLICY: dict[str, Any] = {"response_means": "acknowledged", **policy.PROPOSED}
PROMISES: dict[str, Any] = {
    "requirements": [
        {
            "ref": "8.C.1.a",
            "title": "Toilets are clean",
            "standard_text": "No visible dirt; soap and paper are there.",
            "service_line": "cleaning",
            "weight": 4,
            "method": "planned_sampling",
        },
        {
            "ref": "8.C.2",
            "title": "Lifts run",
            "standard_text": "One lift of each group runs at any time.",
            "service_line": "building",
            "weight": 5,
            "method": "100_percent",
        },
    ]
}
CALENDAR_DK: dict[str, Any] = {
    "tz": "Europe/Copenhagen",
    "windows": [[["08:00", "16:00"]]] * 5 + [[], []],
    "country": "DK",
    "subdivision": "",
    "own_days": [],
    "years": [2020, 2040],
}

ROOM: dict[str, Any] = {
    "title": "Tea kitchen, daily",
    "kinds": ["space"],
    "category": "cleaning",
    "service_line": "cleaning",
    "sections": [{"key": "floor", "title": "Floor"}, {"key": "things", "title": "Things"}],
    "items": [
        {
            "key": "clean",
            "kind": "level",
            "label": {"en": "Floor is clean", "da": "Gulvet er rent"},
            "section": "floor",
            "requirement": "8.C.1.a",
            "weight": 3,
            "photo_below": True,
        },
        {
            "key": "dry",
            "kind": "pass_fail",
            "label": "Floor is dry",
            "section": "floor",
            "requirement": "8.C.1.a",
            "critical": True,
        },
        {
            "key": "why_wet",
            "kind": "text",
            "label": "Where does the water come from?",
            "section": "floor",
            "requirement": "8.C.1.a",
            "relevant": "${dry} = 'fail'",
        },
        {
            "key": "heat",
            "kind": "number",
            "label": "Hot water",
            "section": "things",
            "requirement": "8.C.1.a",
            "unit": "°C",
            "low": 50,
            "high": 60,
        },
        {
            "key": "soap",
            "kind": "choice",
            "label": "Soap",
            "section": "things",
            "requirement": "8.C.1.a",
            "required": False,
            "options": [{"value": "full", "label": "Full"}, {"value": "low", "label": "Low"}],
        },
    ],
}
"""A checklist of five items: levels, pass or fail, a condition, limits, a choice."""


@dataclass
class Setting:
    """One contract with its people, places, categories and codes, by readable keys."""

    contract: Contract
    members: dict[str, Member] = field(default_factory=dict)  # "customer.supervisor"
    people: dict[str, Person] = field(default_factory=dict)
    places: dict[str, Asset] = field(default_factory=dict)  # site building level kitchen tap
    categories: dict[str, Category] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # by place

    @property
    def url(self) -> str:
        return f"/c/{self.contract.slug}"


@dataclass
class Cast:
    """`harbour` is the contract most tests play in; `elsewhere` the one that must stay unseen."""

    app: Flask
    harbour: Setting
    elsewhere: Setting

    @classmethod
    def enters(cls, app: Flask) -> Cast:
        with writing():
            return cls(
                app, _setting("harbour", "Harbour House"), _setting("elsewhere", "Mill Street")
            )

    def client(self, who: str | None = None, contract: Setting | None = None) -> FlaskClient:
        """A browser; signed in as `customer.supervisor` and the like, or nobody."""
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        if who is None:
            return client
        person = (contract or self.harbour).people[who]
        token = secrets.token_urlsafe(16)
        with writing():
            now = clock.now()
            db.session.execute(
                insert(SignedIn).values(
                    token_hash=hashed(token),
                    person_id=person.id,
                    way_in="code",
                    device="test",
                    created_at=now,
                    seen_at=now,
                    expires_at=now + sessions.LIFETIME,
                )
            )
        client.set_cookie(sessions.cookie_name(), token, domain="localhost")
        return client


def key() -> str:
    """A submission key as a phone would make it."""
    return secrets.token_hex(16)


def posted(client: FlaskClient, url: str, **fields: Any) -> Any:
    """Post a form with a fresh key and answer what came back."""
    return client.post(url, data={"submission_key": key(), **fields})


def agreed(
    setting: Setting,
    kind: str,
    body: dict[str, Any],
    by: Party = Party.CONTRACTOR,
    subject: str = "",
) -> int:
    """Put `body` in force: a manager of `by` proposes it, the other party's agrees; its id."""
    here, there = (setting.members[f"{party.value}.manager"] for party in (by, by.other))
    with writing():
        made = agreements.draft(here, setting.contract.id, kind, subject)
        agreements.change(here, made, 1, body)
        agreements.propose(here, made, 2, "As talked about.")
        agreements.agree(there, made, 3)
    return made


def finding(setting: Setting, level: int, place: str, category: str, words: str) -> int:
    """Open an action as an inspection does when it finds `level` (5 … 1); its number."""
    asset, about = setting.places[place], setting.categories[category]
    with writing():
        beginning = Beginning(source=Source.FINDING, severity=level)
        opened = open_action(asset, about, words, beginning)  # type: ignore[arg-type]
        record(
            Happened(
                setting.contract.id,
                "action.opened",
                "action",
                opened.id,
                action_id=opened.id,
                asset_id=asset.id,
                text=words,
                data={"source": Source.FINDING.value, "level": level},
            )
        )
        if opened.earlier:
            suspect(setting.contract.id, opened.id, asset.id, opened.earlier)
    return opened.number


FINE: dict[str, Any] = {"clean": 4, "dry": "pass", "heat": 55}
"""A room where everything is as promised."""


def visited(
    setting: Setting,
    place: str,
    answers: Mapping[str, Any] = FINE,
    by: str = "contractor.staff",
    checklist: str = "room",
    **more: Any,
) -> int:
    """Begin and submit a visit of a place; its id.

    `answers` by item: a value, or an `Answer`; `more` are other parts of `Filled`. The checklist
    ROOM is agreed when there is none yet.
    """
    member, contract_id = setting.members[by], setting.contract.id
    if checklist == "room" and checklists.named(contract_id, checklist) is None:
        if agreements.in_force(contract_id, "requirements") is None:
            agreed(setting, "requirements", PROMISES)
        agreed(setting, checklists.CHECKLIST, ROOM, subject=checklist)
    given = {key: one if isinstance(one, Answer) else Answer(one) for key, one in answers.items()}
    with writing():
        made = starting.begin(member, contract_id, setting.places[place].id, checklist)
    with writing():
        submitting.submit(member, made, Filled(given, **more))
    return made


def _setting(slug: str, name: str) -> Setting:
    now = clock.now()
    parties = {party: Organisation(name=f"{name} {party.value}", created_at=now) for party in Party}
    db.session.add_all(parties.values())
    db.session.flush()
    contract = Contract(
        slug=slug,
        name=name,
        customer_id=parties[Party.CUSTOMER].id,
        contractor_id=parties[Party.CONTRACTOR].id,
        emergency_number="112",
        emergency_text={"en": "Call 112 first."},
        readers={"en": f"{name}: both parties of the contract"},
        created_at=now,
    )
    db.session.add(contract)
    db.session.flush()
    setting = Setting(contract)
    for party in Party:
        for role in Role:
            _member(setting, party, role, parties[party].id)
    _places(setting)
    _categories(setting)
    return setting


def _member(setting: Setting, party: Party, role: Role, organisation_id: int) -> None:
    name, now = f"{party.value}.{role.value}", clock.now()
    person = Person(
        name=f"{role.value.title()} {party.value.title()}",
        email=f"{name}@{setting.contract.slug}.example",
        handle=secrets.token_bytes(32),
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()
    membership = Membership(
        contract_id=setting.contract.id,
        person_id=person.id,
        organisation_id=organisation_id,
        party=party,
        role=role,
        started_at=now,
    )
    db.session.add(membership)
    db.session.flush()
    setting.people[name] = person
    setting.members[name] = Member(membership.id, person.id, setting.contract.id, party, role)


def _places(setting: Setting) -> None:
    parent: Asset | None = None
    for key_, kind, name in (
        ("site", Kind.SITE, "Harbour"),
        ("building", Kind.BUILDING, "House A"),
        ("level", Kind.LEVEL, "Level 2"),
        ("kitchen", Kind.SPACE, "2.14 Tea kitchen"),
        ("tap", Kind.EQUIPMENT, "Tap 2.14-1"),
    ):
        parent = _place(setting, key_, kind, name, parent)
    _place(setting, "hall", Kind.SPACE, "2.15 Hall", setting.places["level"])


def _place(setting: Setting, key_: str, kind: Kind, name: str, parent: Asset | None) -> Asset:
    asset = Asset(
        contract_id=setting.contract.id,
        kind=kind,
        name=name,
        parent_id=parent.id if parent else None,
        trail=" › ".join(filter(None, (parent.trail, parent.name))) if parent else "",
        created_at=clock.now(),
    )
    db.session.add(asset)
    db.session.flush()
    asset.path = f"{parent.path if parent else '/'}{asset.id}/"
    code = payload.mint(secrets.randbits(payload.BITS))
    db.session.add(
        Tag(
            contract_id=setting.contract.id,
            code=code,
            state=TagState.ACTIVE,
            asset_id=asset.id,
            created_at=clock.now(),
            bound_at=clock.now(),
        )
    )
    db.session.flush()
    setting.places[key_], setting.codes[key_] = asset, code
    return asset


def _categories(setting: Setting) -> None:
    for position, (name, owner, priority, photo_rule) in enumerate(CATEGORIES):
        category = Category(
            contract_id=setting.contract.id,
            key=name,
            icon=name,
            names={"en": name.title(), "da": f"{name} (da)"},
            service_line="building",
            owner_party=owner,
            priority=priority,
            photo_rule=photo_rule,
            position=position,
        )
        db.session.add(category)
        setting.categories[name] = category
    db.session.flush()
