"""What happened to a view of the queue since it was looked at, for a page that stays open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row, bindparam, select

from inspection import clock, web
from inspection.actions.models import Action
from inspection.db import db, table
from inspection.journal import Event
from inspection.people.models import Membership, Person
from inspection.queue import cube, listing, running
from inspection.queue.history import HAPPENED
from inspection.queue.view import View, conditions
from inspection.reports.receiving import categories
from inspection.rules.refusal import N_
from inspection.web import MEMBER, allow

rooms = Blueprint("changes", __name__)

MOST_EVENTS, MOST_ROWS = 1000, 200
OVERLAP = timedelta(seconds=5)

_events, _actions = table(Event), table(Action)
_members, _persons = table(Membership), table(Person)

_OF_CONTRACT = _events.c.contract_id == bindparam("contract")
_SETTLED = (
    select(_events.c.seq, _events.c.hash)
    .where(_OF_CONTRACT, _events.c.at < bindparam("before"))
    .order_by(_events.c.seq.desc())
    .limit(1)
)
_SINCE = (
    select(
        _events.c.seq,
        _events.c.hash,
        _events.c.kind,
        _events.c.action_id,
        _persons.c.name.label("who"),
    )
    .join_from(_events, _members, _events.c.member_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
    .where(_OF_CONTRACT, _events.c.seq >= bindparam("seq"))
    .order_by(_events.c.seq)
    .limit(MOST_EVENTS + 1)
)


@dataclass(frozen=True)
class Mark:
    """A place in a contract's journal, as a page carries it: an event, or before the first one.

    Hazard: after a restore the numbers go on from another past, so the hash must fit as well.
    """

    seq: int = 0
    hash: str = ""

    @classmethod
    def of(cls, event: Any) -> Mark:
        return cls(event.seq, event.hash[:8]) if event else cls()

    @classmethod
    def read(cls, text: str) -> Mark | None:
        seq, _, digits = text.partition(".")
        number = web.whole(seq)
        return cls(number, digits) if number is not None else None

    def __str__(self) -> str:
        return f"{self.seq}.{self.hash}"


@rooms.app_template_global("journal_mark")
def journal_mark() -> str:
    """From where a page that is made now must follow the journal.

    A few seconds back: on PostgreSQL an event may be committed between the reading of a page's rows
    and this, and would never be heard of. To hear of something twice changes nothing.
    """
    before = {"contract": web.contract().id, "before": clock.now() - OVERLAP}
    return str(Mark.of(db.session.execute(_SETTLED, before).first()))


@rooms.app_template_global("clocks_of")
def clocks_of(rows: list[Row[Any]]) -> dict[int, running.Running]:
    """The clocks of the rows of a page, by id."""
    return running.of(rows, web.contract().id)


@rooms.get("/c/<contract>/queue/changes")
@allow(MEMBER)
def changes(contract: str) -> ResponseReturnValue:
    """The rows of a view that changed `since` a mark, what left it, and the counts, as JSON.

    `rows` names rows to send anew besides: those whose time ran out. 204 when nothing happened;
    `reload` when too much did, or the mark is of another past.
    """
    events = _since(Mark.read(request.args.get("since", "")))
    asked = [n for n in map(web.whole, request.args.get("rows", "").split(",")[:50]) if n]
    if events is None:
        return jsonify(reload=True)
    if not events and not asked:
        return "", 204
    head = str(Mark.of(events[-1])) if events else request.args["since"]
    last = {event.action_id: event for event in events if event.action_id}
    if len(last) > MOST_ROWS:
        return jsonify(reload=True)
    return jsonify(head=head, **_changed(View.of(request.args), last, asked))


def _since(mark: Mark | None) -> list[Row[Any]] | None:
    """What happened after the mark; None when that cannot be told."""
    if mark is None:
        return None
    asked = {"contract": web.contract().id, "seq": mark.seq}
    events: list[Row[Any]] = list(db.session.execute(_SINCE, asked))
    if len(events) > MOST_EVENTS or (mark.seq and (not events or Mark.of(events[0]) != mark)):
        return None
    return events[1:] if mark.seq else events


def _changed(view: View, last: dict[int, Row[Any]], asked: list[int]) -> dict[str, Any]:
    here = web.contract().id
    numbers = {
        row.id: row.number
        for row in db.session.execute(
            select(_actions.c.id, _actions.c.number).where(
                _actions.c.contract_id == here,
                _actions.c.id.in_(last) | _actions.c.number.in_(asked),
            )
        )
    }
    rows = listing.among(conditions(view, here), list(numbers))
    there = {row.id for row in rows}
    counts = cube.counts(view, here)
    return {
        "rows": render_template(
            "queue/_changed.html",
            rows=rows,
            clocks=running.of(rows, here),
            view=view,
            icons={category.id: category for category in categories(here)},
        ),
        "said": {
            numbers[action]: _happened(event) for action, event in last.items() if action in numbers
        },
        "gone": [number for action, number in numbers.items() if action not in there],
        "counts": {":".join(key): listing.said(n) for key, n in counts.items()},
    }


def _happened(event: Row[Any]) -> str:
    """The event in a few words, for a row that leaves the list."""
    what = gettext(HAPPENED.get(event.kind, N_("Changed")))
    return f"{what}: {event.who}" if event.who else str(what)
