"""Mails to members: what they are told at once, and the summary, in plain words.

What is due to one member of one contract becomes one mail, written in the transaction that ends
its deliveries; from there on it is the post's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from flask import render_template
from flask_babel import gettext, ngettext
from sqlalchemy import Row, bindparam, case, func, insert, select, update

from inspection import clock
from inspection.actions.models import Action
from inspection.alerts import saying, wishes
from inspection.alerts.models import Delivery
from inspection.db import db, reading, table, writing
from inspection.people.models import Mail
from inspection.rules import telling
from inspection.rules.access import LEAD, Role
from inspection.rules.states import Priority
from inspection.rules.telling import Group, Occasion, Way
from inspection.web import settings

TRIES = 8
PAUSE = timedelta(minutes=5)
SHOWN = 10  # lines of one group in a summary

_deliveries, _mails, _actions = table(Delivery), table(Mail), table(Action)
_log = logging.getLogger(__name__)

_BY_MAIL = _deliveries.c.channel.in_([Way.MAIL.value, Way.SUMMARY.value])
_READY = (
    _BY_MAIL
    & (_deliveries.c.state == "waiting")
    & (_deliveries.c.next_try_at <= bindparam("until"))
)
_DUE = (
    select(_deliveries.c.contract_id, _deliveries.c.member_id)
    .where(_READY)
    .group_by(_deliveries.c.contract_id, _deliveries.c.member_id)
    .order_by(func.min(_deliveries.c.due_at))
    .limit(bindparam("most"))
)
_OF_ONE = (
    _READY
    & (_deliveries.c.contract_id == bindparam("contract"))
    & (_deliveries.c.member_id == bindparam("member"))
)


def mail_due(limit: int) -> int:
    """Write the mails that are due, at most `limit`; how many members were looked after."""
    with reading():
        due = db.session.execute(_DUE, {"until": clock.now(), "most": limit}).all()
    for row in due:
        _mail_one(row.contract_id, row.member_id)
    return len(due)


def _mail_one(contract_id: int, member_id: int) -> None:
    asked = {"until": clock.now(), "contract": contract_id, "member": member_id}
    try:
        with writing():
            _write(asked)
    except Exception:  # what cannot be put into words must not stop those behind it
        _log.exception("what is due to member %d could not be mailed; tried again", member_id)
        with writing():
            _put_off(asked)


def _write(asked: Mapping[str, Any]) -> None:
    """One mail about all that is due to one member; nothing when they have left."""
    ended = {"state": "sent", "ended_at": clock.now()}
    claim = update(_deliveries).where(_OF_ONE).values(ended).returning(_deliveries.c.id)
    ids = list(db.session.execute(claim, asked).scalars())
    facts = saying.FACTS.where(_deliveries.c.id.in_(ids)).order_by(_events_at())
    rows = [row for row in db.session.execute(facts) if row.left_at is None]
    if not rows:
        return
    summed_up = any(row.channel == Way.SUMMARY.value for row in rows)
    first, turn = rows[0], _turn(rows[0]) if summed_up else None
    with saying.speaking(first.language, first.tz):
        subject, text = _summary(rows, turn) if turn else _at_once(rows)
    now = clock.now()
    db.session.execute(
        insert(_mails).values(
            to=first.email,
            subject=" ".join(subject.split())[:200],
            text=text,
            unsubscribe=wishes.link(first.contract_id, first.member_id),
            created_at=now,
            next_try_at=now,
        )
    )


def _events_at() -> Any:
    return saying.FACTS.selected_columns["at"]


def _put_off(asked: Mapping[str, Any]) -> None:
    tried = _deliveries.c.tries + 1
    given_up = tried >= TRIES
    values = {
        "tries": tried,
        "next_try_at": clock.now() + PAUSE,
        "state": case((given_up, "parked"), else_="waiting"),
        "ended_at": case((given_up, clock.now()), else_=None),
        "reason": "it could not be put into words; see the log",
    }
    db.session.execute(update(_deliveries).where(_OF_ONE).values(values), dict(asked))


# ---------------------------------------------------------------- what it says


@dataclass(frozen=True)
class Line:
    """One thing that happened, as a mail says it."""

    says: str
    about: str
    where: str
    link: str


@dataclass(frozen=True)
class Section:
    """What happened of one kind: the newest of each action, and how many more there are."""

    title: str
    lines: Sequence[Line]
    more: int


@dataclass(frozen=True)
class Turn:
    """What waits for the reader's party; with `mine` for the reader alone, who is staff."""

    waiting: int
    late: int
    mine: bool


def _line(row: Row[Any]) -> Line:
    place = row.place_trail or ""
    return Line(
        saying.line(row), saying.subject(row), place, settings().base_url + saying.path(row)
    )


def _at_once(rows: Sequence[Row[Any]]) -> tuple[str, str]:
    lines = [_line(row) for row in rows]
    if len(rows) == 1:
        subject = f"{lines[0].says} · {lines[0].about}" if lines[0].about else lines[0].says
    else:
        subject = ngettext("%(num)s notice", "%(num)s notices", len(rows))
        subject = f"{rows[0].contract_name}: {subject}"
    return subject, _rendered("notices", rows[0], lines=lines)


def _summary(rows: Sequence[Row[Any]], turn: Turn) -> tuple[str, str]:
    """What went well first, then group by group."""
    order = [Group.GOOD, *(group for group in Group if group is not Group.GOOD)]
    by_group = sorted(rows, key=lambda row: order.index(_group(row)))
    sections = [_section(group, list(some)) for group, some in groupby(by_group, _group)]
    subject = f"{rows[0].contract_name}: " + gettext("what is new")
    return subject, _rendered("summary", rows[0], sections=sections, turn=turn)


def _group(row: Row[Any]) -> Group:
    priority = Priority(row.priority) if row.priority else None
    return telling.group(Occasion(row.kind or "", row.at or row.created_at, priority))


def _section(group: Group, rows: list[Row[Any]]) -> Section:
    newest = {(row.entity, row.number or row.entity_id): row for row in rows}
    lines = [_line(row) for row in list(newest.values())[-SHOWN:]]
    return Section(gettext(telling.GROUP_WORDS[group]), lines, len(newest) - len(lines))


def _rendered(name: str, row: Row[Any], **given: Any) -> str:
    base = settings().base_url
    text = render_template(
        f"alerts/{name}.txt",
        contract=row.contract_name,
        inbox=f"{base}/c/{row.slug}/inbox",
        queue=f"{base}/c/{row.slug}/queue",
        wishes=f"{base}/me/notices",
        off=wishes.link(row.contract_id, row.member_id),
        **given,
    )
    return text.strip() + "\n"


def _turn(row: Row[Any]) -> Turn:
    """Counted from the queue's own columns."""
    leads = Role(row.role) in LEAD or Role(row.role) is Role.EXECUTIVE
    mine = _actions.c.court == row.party if leads else _actions.c.assignee_id == row.member_id
    late = case((_actions.c.paused_at.is_(None) & (_actions.c.due_at < clock.now()), 1), else_=0)
    waiting, behind = db.session.execute(
        select(func.count(), func.coalesce(func.sum(late), 0)).where(
            _actions.c.contract_id == row.contract_id, _actions.c.listed, mine
        )
    ).one()
    return Turn(waiting, behind, not leads)
