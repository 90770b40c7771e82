"""What a delivery says: facts of its event, in the reader's language, on the clock of the place.

A push holds states and numbers alone, for anybody may see a locked phone. A mail may hold the title
and the place of the work, which its reader sees anyway; never who reported it or how to reach them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, g
from flask_babel import force_locale, gettext
from sqlalchemy import func, select

from inspection.actions.models import Action
from inspection.alerts import inbox, push
from inspection.alerts.models import Delivery
from inspection.alerts.push import Message, Tap
from inspection.assets.models import Asset
from inspection.contracts import agreements
from inspection.contracts.models import Contract
from inspection.db import table
from inspection.journal import Event
from inspection.people.models import Membership, Person
from inspection.queue.history import HAPPENED
from inspection.reports.models import Report
from inspection.rules.access import RIGHTS, Party, Role
from inspection.rules.refusal import N_
from inspection.rules.states import State

_deliveries, _events, _actions = table(Delivery), table(Event), table(Action)
_assets, _contracts = table(Asset), table(Contract)
_members, _persons, _reports = table(Membership), table(Person), table(Report)

FACTS = (
    select(
        _deliveries,
        *(_events.c[name] for name in ("kind", "at", "entity", "data")),
        _events.c.entity_id,
        *(_actions.c[name] for name in ("number", "title", "version", "priority")),
        _actions.c.state.label("action_state"),
        _actions.c.owner_party,
        _assets.c.name.label("place_name"),
        _assets.c.trail.label("place_trail"),
        _contracts.c.slug,
        _contracts.c.name.label("contract_name"),
        _contracts.c.tz,
        _members.c.party,
        _members.c.role,
        _members.c.person_id,
        _members.c.ended_at.label("left_at"),
        _persons.c.email,
        func.coalesce(_persons.c.language, _reports.c.language, "en").label("language"),
        _reports.c.reference,
    )
    .join_from(_deliveries, _events, _deliveries.c.event_id == _events.c.id, isouter=True)
    .join(_contracts, _deliveries.c.contract_id == _contracts.c.id)
    .join(_actions, _events.c.action_id == _actions.c.id, isouter=True)
    .join(_assets, _assets.c.id == inbox.PLACE, isouter=True)
    .join(_members, _deliveries.c.member_id == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
    .join(_reports, _deliveries.c.report_id == _reports.c.id, isouter=True)
)
"""Everything that is said of deliveries; to be narrowed by the caller."""

_FOR_REPORTERS = {
    "action.acknowledged": N_("Somebody has taken it on"),
    "action.started": N_("Work has begun"),
    "action.fixed_temporarily": N_("Fixed for now; the lasting repair follows"),
    "action.fixed": N_("Said to be fixed. Is it?"),
    "action.accepted": N_("Done and closed"),
    "action.returned": N_("Not right yet; it goes on"),
    "action.reopened": N_("Opened again; it goes on"),
    "action.asked": N_("There is a question for you"),
    "action.ruled_out": N_("Closed: not part of this contract"),
    "action.called_off": N_("Closed without a repair"),
}


@contextmanager
def speaking(language: str, tz: str) -> Iterator[None]:
    """Say things in a language, on the clock of a place; nothing is read from the database inside.

    A context of its own: a page or mail before must not leave its language behind.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context(), force_locale(language):
        g.tz = tz
        yield


def sentence(row: Any) -> str:
    """What happened, in a few words and without anybody's name."""
    if row.event_id is None:
        return str(gettext("A test: this is how a notice reaches you."))
    if row.report_id is not None:
        return str(gettext(_FOR_REPORTERS[row.kind]))
    if row.data.get("assignee") == row.member_id and row.member_id is not None:
        return str(gettext("It is yours now"))
    return str(gettext(HAPPENED.get(row.kind, row.kind)))


def path(row: Any) -> str:
    """Where a member reads all of it."""
    return "/me/notices" if row.event_id is None else f"/c/{row.slug}/{inbox.page_for(row)}"


def line(row: Any) -> str:
    """What a locked phone may show: number, priority, what happened."""
    if row.report_id is not None:
        report = gettext("Your report %(number)s", number=row.reference)
        return f"{report}: {sentence(row)}"
    if row.number is None:
        return sentence(row)
    number = gettext("No. %(number)s", number=row.number)
    urgent = f"{row.priority} · " if row.urgent else ""
    return f"{urgent}{number}: {sentence(row)}"


def subject(row: Any) -> str:
    """What it is about, for who may know: title and place."""
    if row.event_id is None:
        return ""
    if row.entity == "agreement":
        kind = agreements.KINDS[row.data["kind"]]
        return str(gettext(kind.title))
    about = dict.fromkeys(filter(None, (row.title or row.data.get("title"), row.place_name)))
    return " · ".join(" ".join(str(one).split()) for one in about)


def message(row: Any, language: str) -> Message:
    """What is pushed to a browser that reads `language`."""
    with speaking(language, row.tz):
        if row.report_id is not None:
            tag = f"report/{row.reference}"  # by it the phone knows its receipt; we do not
            return Message(line(row), "/", tag, language)
        return Message(
            line(row),
            path(row),
            f"{row.slug}/{row.number or f'{row.entity}-{row.entity_id}'}",
            language,
            row.urgent,
            _taps(row),
        )


def _taps(row: Any) -> tuple[Tap, ...]:
    """Taking on what is urgent, from the locked phone, for those who may."""
    if not (row.urgent and row.number is not None and row.action_state == State.RECEIVED):
        return ()
    owner, party = Party(row.owner_party), Party(row.party)
    if not RIGHTS["acknowledge"].allows(Role(row.role), party, owner):
        return ()
    words = gettext("Acknowledge"), gettext("No. %(number)s is acknowledged.", number=row.number)
    return (push.acknowledging(row.slug, row.number, row.version, row.person_id, words),)
