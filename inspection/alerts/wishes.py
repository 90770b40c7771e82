"""How persons want to be told, who is on duty, and the link that ends mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import insert, select, update

from inspection import clock
from inspection.alerts.models import Duty, Wished
from inspection.contracts.models import Contract
from inspection.db import db, lock, table, touched
from inspection.journal import Happened, record
from inspection.people.models import Membership
from inspection.rules import telling
from inspection.rules.access import HEAD, LEAD, Member, Role
from inspection.rules.telling import Group, Rhythm, Wish, Wishes
from inspection.web import settings, sign, unsign

_wished, _duties, _members = table(Wished), table(Duty), table(Membership)
_contracts = table(Contract)
DUTY_OF_MEMBER = (_duties.c.contract_id == _members.c.contract_id) & (
    _duties.c.member_id == _members.c.id
)

COLUMNS = tuple(
    _wished.c[name] for name in ("groups", "quiet_from", "quiet_to", "summary_at", "rhythm", "tz")
)
"""Of a row that `read` understands; all None where a person never said anything."""

_REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
)
_LINK, _FOREVER = "notices-off", 10 * 366 * 86400


@cache
def zones() -> tuple[str, ...]:
    """The time zones one can choose."""
    known = available_timezones()
    return tuple(sorted(name for name in known if name.partition("/")[0] in _REGIONS))


def read(row: Any, role: Role, tz: str, mail: bool = True) -> Wishes:
    """The wishes in a row with `COLUMNS`; what is not said there is as usual for the role."""
    usual = telling.defaults(role)
    if row.groups is None:
        return Wishes(usual, rhythm=telling.default_rhythm(role), tz=tz, mail=mail)
    groups = {one: Wish(row.groups.get(one.value, usual[one])) for one in Group}
    times = _time(row.quiet_from), _time(row.quiet_to)
    quiet = (times[0], times[1]) if times[0] and times[1] else None
    at = _time(row.summary_at) or time(7, 30)
    return Wishes(groups, quiet, at, Rhythm(row.rhythm), row.tz or tz, mail)


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


# ---------------------------------------------------------------- one person's page


@dataclass(frozen=True)
class Place:
    """One contract of a person, as the page of their wishes shows it."""

    slug: str
    name: str
    tz: str
    role: Role
    on_duty: bool
    mails: bool


def places(person_id: int) -> list[Place]:
    """The contracts a person works in, by name."""
    rows = db.session.execute(
        select(
            *(_contracts.c[name] for name in ("slug", "name", "tz")),
            _members.c.role,
            _duties.c.on_duty,
            _duties.c.mails,
        )
        .join_from(_members, _contracts, _members.c.contract_id == _contracts.c.id)
        .join(_duties, DUTY_OF_MEMBER, isouter=True)
        .where(_members.c.person_id == person_id, _members.c.ended_at.is_(None))
        .order_by(_contracts.c.name)
    )
    return [
        Place(row.slug, row.name, row.tz, Role(row.role), bool(row.on_duty), row.mails is not False)
        for row in rows
    ]


def of_person(person_id: int, here: list[Place]) -> Wishes:
    """The wishes of a person who works in these places; `tz` is empty where the place decides."""
    row = db.session.execute(
        select(*COLUMNS).select_from(_wished).where(_wished.c.person_id == person_id)
    ).first()
    role = _strongest([one.role for one in here])
    return read(row or _NOTHING, role, "")


class _Nothing:
    groups = None


_NOTHING = _Nothing()


def _strongest(roles: list[Role]) -> Role:
    order = {role: n for n, role in enumerate((*HEAD, *sorted(LEAD - HEAD), Role.EXECUTIVE))}
    return min(roles, key=lambda role: order.get(role, len(order)), default=Role.STAFF)


def change(person_id: int, groups: Mapping[Group, str], more: Mapping[str, str]) -> None:
    """Remember what a person wishes; `more`: quiet_from, quiet_to, summary_at, rhythm, tz."""
    lock(f"wished/{person_id}")
    values = {
        "groups": {group.value: wish for group, wish in groups.items()},
        **more,
        "changed_at": clock.now(),
    }
    there = update(_wished).where(_wished.c.person_id == person_id).values(values)
    if not touched(db.session.execute(there)):
        db.session.execute(insert(_wished).values(person_id=person_id, **values))


# ---------------------------------------------------------------- on duty


def be_on_duty(member: Member, on: bool) -> None:
    """Begin or end being on duty, with an event: both parties may ask later who was."""
    if _set(member.contract_id, member.id, "on_duty", on):
        record(
            Happened(
                contract_id=member.contract_id,
                kind="duty.began" if on else "duty.ended",
                entity="membership",
                entity_id=member.id,
                by=member,
            )
        )


def on_duty(member: Member) -> bool:
    """Whether the member is on duty now."""
    return bool(
        db.session.execute(
            select(_duties.c.on_duty).where(
                _duties.c.contract_id == member.contract_id, _duties.c.member_id == member.id
            )
        ).scalar()
    )


def take_mails(contract_id: int, member_id: int, on: bool) -> None:
    """Begin or end mails about one contract."""
    _set(contract_id, member_id, "mails", on)


def _set(contract_id: int, member_id: int, name: str, value: bool) -> bool:
    """Whether it was otherwise before."""
    lock(f"duty/{contract_id}/{member_id}")
    mine = (_duties.c.contract_id == contract_id) & (_duties.c.member_id == member_id)
    usual = {"on_duty": False, "mails": True}
    before = db.session.execute(select(_duties.c[name]).where(mine)).first()
    if before is None:
        row = {"contract_id": contract_id, "member_id": member_id, **usual, name: value}
        db.session.execute(insert(_duties).values(row))
        return value is not usual[name]
    db.session.execute(update(_duties).where(mine).values({name: value}))
    return bool(before[0]) is not value


# ---------------------------------------------------------------- the link that ends mails


def link(contract_id: int, member_id: int) -> str:
    """The address in each mail at which mails of one contract end without signing in."""
    token = sign(_LINK, [contract_id, member_id])
    return f"{settings().base_url}/notices/off/{token}"


def linked(token: str) -> Any:
    """Whose mails a link ends (contract_id, id, name of the contract, mails), or None."""
    named = unsign(_LINK, token, _FOREVER)
    if named is None:
        return None
    return db.session.execute(
        select(_members.c.contract_id, _members.c.id, _contracts.c.name, _duties.c.mails)
        .join_from(_members, _contracts, _members.c.contract_id == _contracts.c.id)
        .join(_duties, DUTY_OF_MEMBER, isouter=True)
        .where(_members.c.contract_id == named[0], _members.c.id == named[1])
    ).first()
