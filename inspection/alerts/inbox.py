"""The inbox of one member: what concerns me, newest first, and how much of it is new."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

from flask import g
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from inspection import clock
from inspection.actions.models import Action
from inspection.alerts.models import Notice, NoticeRead
from inspection.assets.models import Asset
from inspection.db import db, table
from inspection.journal import Event, EventText
from inspection.people.models import Membership, Person
from inspection.rules.access import LEAD, Member
from inspection.web import current

_notices, _read, _actions = table(Notice), table(NoticeRead), table(Action)
_events, _texts, _assets = table(Event), table(EventText), table(Asset)
_members, _persons = table(Membership), table(Person)

COUNTED = 100  # more than this is shown as "99+"
PAGE = 40
PLACE = func.coalesce(_actions.c.asset_id, _events.c.asset_id)  # of an event, beside its action


def _mine(lead: bool) -> ColumnElement[bool]:
    """Notices to a member, to their role on a step, or to leads; none that they caused."""
    to_us = _notices.c.lead_of == bindparam("party")
    to_leads = [and_(to_us, _notices.c.role.is_(None))] if lead else []
    return and_(
        _notices.c.contract_id == bindparam("contract"),
        or_(
            _notices.c.member_id == bindparam("me"),
            and_(to_us, _notices.c.role == bindparam("role")),
            *to_leads,
        ),
        or_(_events.c.member_id.is_(None), _events.c.member_id != bindparam("me")),
    )


_SEEN = select(_members.c.notices_seen).where(_members.c.id == bindparam("me")).scalar_subquery()
_OPENED = exists().where(
    _read.c.contract_id == bindparam("contract"),
    _read.c.member_id == bindparam("me"),
    _read.c.notice_id == _notices.c.id,
)
_UNREAD = and_(_notices.c.id > _SEEN, ~_OPENED)


@cache
def _counted(lead: bool) -> Select[Any]:
    some = (
        select(_notices.c.id)
        .join_from(_notices, _events, _notices.c.event_id == _events.c.id)
        .where(_mine(lead), _UNREAD)
        .limit(COUNTED)
        .subquery()
    )
    return select(func.count()).select_from(some)


def _who(member: Member) -> dict[str, Any]:
    return {
        "contract": member.contract_id,
        "me": member.id,
        "party": member.party.value,
        "role": member.role.value,
    }


def unread_count(member: Member) -> int:
    """How many notices are new, counted up to `COUNTED`."""
    return int(db.session.execute(_counted(member.role in LEAD), _who(member)).scalar_one())


def unread_here() -> int:
    """How many notices are new for whoever is looking at this page; counted once a request."""
    member = current().member
    if member is None:
        return 0
    if "unread" not in g:
        g.unread = unread_count(member)
    return int(g.unread)


def page(member: Member, before: int | None = None) -> list[Row[Any]]:
    """`PAGE` notices older than `before`, newest first; one more tells of a next page."""
    asked = (
        select(
            _notices.c.id,
            _events.c.kind,
            _events.c.entity,
            _events.c.at,
            _events.c.data,
            _events.c.actor,
            _events.c.party,
            _persons.c.name.label("who"),
            _texts.c.text,
            _actions.c.number,
            _actions.c.title,
            _actions.c.state,
            _assets.c.name.label("place_name"),
            _UNREAD.label("unread"),
        )
        .join_from(_notices, _events, _notices.c.event_id == _events.c.id)
        .join(_actions, _notices.c.action_id == _actions.c.id, isouter=True)
        .join(_assets, _assets.c.id == PLACE, isouter=True)
        .join(_members, _events.c.member_id == _members.c.id, isouter=True)
        .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
        .join(_texts, _texts.c.event_id == _events.c.id, isouter=True)
        .where(_mine(member.role in LEAD))
        .order_by(_notices.c.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        asked = asked.where(_notices.c.id < before)
    return list(db.session.execute(asked, _who(member)))


def page_of(member: Member, notice_id: int) -> str | None:
    """The page of the contract a notice of mine leads to; None when it is not mine."""
    about = db.session.execute(
        select(_actions.c.number, _events.c.entity, _events.c.entity_id, _events.c.data)
        .join_from(_notices, _events, _notices.c.event_id == _events.c.id)
        .join(_actions, _notices.c.action_id == _actions.c.id, isouter=True)
        .where(_mine(member.role in LEAD), _notices.c.id == notice_id),
        _who(member),
    ).first()
    return None if about is None else page_for(about)


def page_for(about: Any) -> str:
    """The page of the contract where what happened is read: of number, entity, entity_id, data."""
    if about.entity == "course":  # how a plan runs has no page of its own
        return f"calendar?plan={quote(about.data['plan'])}"
    if about.entity == "quarantine":  # all of it stands on one page
        return f"quarantine#left-{about.entity_id}"
    return f"actions/{about.number}" if about.number else f"{about.entity}s/{about.entity_id}"


def open_notice(member: Member, notice_id: int) -> None:
    """Remember that a notice was opened; twice is once."""
    already = select(_read.c.id).where(
        _read.c.contract_id == member.contract_id,
        _read.c.member_id == member.id,
        _read.c.notice_id == notice_id,
    )
    if db.session.execute(already).first() is None:
        db.session.execute(
            insert(_read).values(
                contract_id=member.contract_id,
                notice_id=notice_id,
                member_id=member.id,
                read_at=clock.now(),
            )
        )


def see_all(member: Member, newest: int) -> None:
    """Count everything up to the notice `newest` as seen."""
    db.session.execute(
        update(_members)
        .where(_members.c.id == member.id, _members.c.notices_seen < newest)
        .values(notices_seen=newest)
    )
