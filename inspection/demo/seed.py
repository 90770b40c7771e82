"""Sets up the demo: a contract, its two parties, its building, and three months of their work.

Pictures are drawn and stored first: they lie under the hash of what they are, so that those of a
demo that was interrupted harm nothing and serve the next one. All else is one transaction.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, select

from inspection import clock
from inspection.alerts import inbox
from inspection.alerts.models import Notice
from inspection.assets import cobie, register
from inspection.assets.cobie import COMPONENT, SPACE, Key, Sheets
from inspection.assets.models import Kind
from inspection.contracts.founding import give_categories
from inspection.contracts.models import Contract
from inspection.db import db, lock, table, writing
from inspection.demo import agreed, rounds
from inspection.demo.cast import CONTRACTOR, CUSTOMER, PEOPLE, TERMS
from inspection.demo.pictures import PICTURES, draw
from inspection.demo.play import Play, beats, pictures_of
from inspection.demo.stories import STORIES
from inspection.journal import Happened, record
from inspection.people import memberships, persons
from inspection.people.models import Organisation
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.photos.pictures import Refined, refine
from inspection.reports.receiving import categories
from inspection.rules.access import Member, Party, Role
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, accepted

REGISTER = Path(__file__).parent / "register"
DOOR: Key = (SPACE, "2.14")
HUNG: Mapping[str, Key] = {
    "facade": ("Facility", "Havnehuset"),
    "floor_plan": ("Floor", "Second floor"),
}
"""Which place each of the house's own pictures belongs to."""

BEFORE = timedelta(days=7)  # the contract begins this long before the first report
UNREAD = timedelta(days=1)  # notices of the last day are still new

Mint = Callable[[int, int, datetime], str]
"""Makes a code for an asset: contract, asset, since when. The house does not know the door."""

_contracts, _notices = table(Contract), table(Notice)


@dataclass(frozen=True)
class Resident:
    """Somebody to sign in as."""

    name: str
    email: str
    party: Party
    role: Role
    member_id: int


@dataclass(frozen=True)
class Seeded:
    """The demo as it now stands; `door` is the code on the wall of the tea kitchen, 2.14."""

    slug: str
    door: str
    people: tuple[Resident, ...]


def seed(now: datetime, tag: Mint) -> Seeded:
    """Set up the demo as if its three months ended `now`.

    Needs an app context, and the process to itself: it turns back the clock that all read. Raises
    `Refused` when the demo is there already.
    """
    with writing():
        _refuse_a_second()
    pictures = _pictures({*pictures_of(STORIES), *rounds.pictures(), *HUNG})
    with writing():
        _refuse_a_second()
        return _set_up(now, tag, pictures)


def sheets() -> Sheets:
    """The building register that the project carries, as COBie's sheets."""
    return {path.stem: _rows(path) for path in sorted(REGISTER.glob("*.csv"))}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _refuse_a_second() -> None:
    lock(f"contract/{TERMS.slug}")
    there = select(_contracts.c.id).where(_contracts.c.slug == TERMS.slug)
    if db.session.execute(there).first() is not None:
        raise Refused(
            Refusal(
                "demo.there",
                N_("The demo is here already; its contract is called %(slug)s."),
                {"slug": TERMS.slug},
            ),
            status=409,
        )


def _pictures(names: set[str]) -> dict[str, Kept]:
    """Draw the pictures, take them in as a stranger's would be, and store them.

    Two at a time: Pillow lets go of the interpreter while it draws, and `refine` waits for a
    process. 23 pictures: 4.4 s one by one, 2.4 s by two.
    """
    ordered = sorted(names)
    with ThreadPoolExecutor(2) as hands:
        refined = list(hands.map(_photographed, ordered))
    return {name: evidence.keep(each) for name, each in zip(ordered, refined, strict=True)}


def _photographed(name: str) -> Refined:
    """A fault and its repair hang on the same wall."""
    refined: Refined = accepted(refine(draw(name, tint=list(PICTURES).index(name) // 2)))
    return refined


def _set_up(now: datetime, tag: Mint, pictures: Mapping[str, Kept]) -> Seeded:
    begun = beats(STORIES, now)[0][0] - BEFORE
    with clock.standing_at(begun):
        contract = _contract()
        give_categories(contract.id)
        record(Happened(contract.id, "contract.founded", "contract", contract.id))
        members = _people(contract)
        agreed.sign(contract.id, members, now)
        rounds.sign(contract.id, members)
        planted = register.plant(contract.id, cobie.read(sheets()))
        codes = {row.id: tag(contract.id, row.id, begun) for row in planted.values() if _wears(row)}
        for name, place in HUNG.items():
            evidence.attach([pictures[name]], contract.id, asset_id=planted[place].id)
    places = {key[1]: row for key, row in planted.items() if key[0] in (SPACE, COMPONENT)}
    buttons = {each.key: each for each in categories(contract.id)}
    beside = [
        *agreed.open_versions(contract.id, members, now),
        *rounds.happen(contract.id, members, places, codes, pictures, now),
    ]
    Play(contract.id, members, places, codes, buttons, pictures).live(STORIES, now, beside)
    _open_inboxes(members, now)
    return Seeded(
        TERMS.slug, codes[planted[DOOR].id], tuple(_resident(*each) for each in members.items())
    )


def _wears(place: Row[Any]) -> bool:
    """Whether a label is stuck to it: rooms and things, not whole floors."""
    return place.kind in (Kind.SPACE, Kind.EQUIPMENT, Kind.VEHICLE)


def _contract() -> Contract:
    now = clock.now()
    customer, contractor = (
        Organisation(name=each.name, created_at=now) for each in (CUSTOMER, CONTRACTOR)
    )
    db.session.add_all((customer, contractor))
    db.session.flush()
    contract = Contract(
        slug=TERMS.slug,
        name=TERMS.name,
        customer_id=customer.id,
        contractor_id=contractor.id,
        tz=TERMS.time_zone,
        emergency_number=TERMS.emergency_number,
        emergency_text=_by_language(TERMS.emergency),
        readers=_by_language(TERMS.readers),
        retention_days=TERMS.retention_days,
        created_at=now,
    )
    db.session.add(contract)
    db.session.flush()
    return contract


def _by_language(words: Mapping[Any, str]) -> dict[str, Any]:
    return dict(words)


def _people(contract: Contract) -> dict[str, Member]:
    """A place in the contract for everybody in the cast; known addresses are known persons."""
    organisations = {
        Party.CUSTOMER: contract.customer_id,
        Party.CONTRACTOR: contract.contractor_id,
    }
    members = {}
    for key, each in PEOPLE.items():
        known, party = persons.at(each.email), Party(each.party)
        person_id = known.id if known else persons.add(each.name, each.email, each.language)
        members[key] = memberships.start(
            contract.id, person_id, organisations[party], party, Role(each.role)
        )
    return members


def _resident(key: str, member: Member) -> Resident:
    person = PEOPLE[key]
    return Resident(person.name, person.email, member.party, member.role, member.id)


def _open_inboxes(members: Mapping[str, Member], now: datetime) -> None:
    """Everybody has looked at their notices until the day before."""
    for member in members.values():
        newest = db.session.execute(
            select(func.max(_notices.c.id)).where(
                _notices.c.contract_id == member.contract_id,
                _notices.c.created_at < now - UNREAD,
            )
        ).scalar()
        inbox.see_all(member, newest or 0)
