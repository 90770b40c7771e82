"""What both parties said to a visit since, and who signed it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from reportlab.platypus import Flowable
from sqlalchemy import Row

from inspection import words
from inspection.people import memberships
from inspection.rules.access import Party
from inspection.visits import following, record
from inspection.visits.paper.told import QUIET, Story, Told, heading, party_said
from inspection.visits.typesetting import (
    MUTED,
    PARTIES,
    RULED,
    WIDTH,
    Beside,
    Strokes,
    Words,
    card,
    grid,
)

_SINCE = ("visit.commented", "visit.contested", "visit.settled", "visit.agreed", "visit.final")


def amended(told: Told) -> Story:
    """What was added or put right later; it stands above everything that was found."""
    added = [event for event in told.events if event.kind == "visit.amended"]
    if added:
        yield from heading(gettext("Amendments"))
    for event in added:
        yield card([_by(event), Words(event.text or "")], PARTIES.get(event.party, MUTED))


def said(told: Told) -> Story:
    """Comments, contested answers and agreements, in order."""
    later = [event for event in told.events if event.kind in _SINCE]
    if later:
        yield from heading(gettext("What both parties said to it"))
    questions = {line.key: line.question for line in told.lines}
    for event in later:
        shown = [_by(event)]
        about = questions.get(event.data.get("item", ""))
        shown += [Words(text, 8.5) for text in (about, event.text) if text]
        yield Beside([shown], [WIDTH], RULED)


def _by(event: Row[Any]) -> Flowable:
    """What happened, who did it, and when."""
    who = event.who or gettext("Tandem, as agreed")
    kind = gettext(following.HAPPENED[event.kind])
    said = [kind, who, party_said(event.party) if event.party else "", words.at(event.at, "year")]
    return Words(" · ".join(filter(None, said)), **QUIET)


def signed(told: Told) -> Story:
    """The signatures on the glass, and who agreed on the page."""
    hands = record.signatures(told.row)
    yield from heading(gettext("Signed"))
    if not hands:
        yield Words(gettext("Nobody has signed this inspection."), **QUIET)
    yield from grid([list(_signed(one)) for one in hands], 2)
    agreed = _agreed_by(told.row)
    if agreed:
        yield Words(gettext("Agreed on the page: %(names)s", names=agreed), **QUIET)


def _agreed_by(row: Row[Any]) -> str:
    ids = {Party.CUSTOMER: row.agreed_customer_by, Party.CONTRACTOR: row.agreed_contractor_by}
    names = memberships.names(row.contract_id, ids.values())
    return ", ".join(
        f"{names[one]} ({party_said(party)})" for party, one in ids.items() if one in names
    )


def _signed(one: Row[Any]) -> Story:
    if one.strokes:
        yield Strokes(one.strokes)
    else:
        yield Words(one.name, 14, after=4)
    said = [one.name, party_said(one.party), words.at(one.signed_at, "year")]
    if not one.strokes:
        said.append(gettext("typed"))
    yield Words(" · ".join(said), **QUIET)
