"""Turns events into notices, in the transaction of the event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select

from inspection.actions.models import Action
from inspection.alerts.models import Notice
from inspection.db import db, table
from inspection.journal import Written
from inspection.journal import listen as listen_to
from inspection.rules.access import Party
from inspection.rules.alerting import CONCERNS, concerned

_actions, _notices = table(Action), table(Notice)
_CONCERNED = select(_actions.c.owner_party, _actions.c.assignee_id).where(
    _actions.c.contract_id == bindparam("contract"), _actions.c.id == bindparam("action")
)
_NEW = insert(_notices)


def listen() -> None:
    """Hang on every event that concerns somebody."""
    for kind in CONCERNS:
        listen_to(kind, tell)


def tell(written: Sequence[Written]) -> None:
    """Write one notice for each audience of each event."""
    rows = [row for one in written for row in _notices_of(one)]
    if rows:
        db.session.execute(_NEW, rows)


def _notices_of(written: Written) -> list[dict[str, Any]]:
    what = written.what
    owner, assignee = what.owner, what.assignee_id
    if what.action_id is None:
        owner = owner or Party.CUSTOMER  # nobody's work: an agreement concerns who did not act
    if owner is None:
        found = {"contract": what.contract_id, "action": what.action_id}
        owner, assignee = db.session.execute(_CONCERNED, found).one()
    actor, data = what.by.id if what.by else None, what.data or {}
    timed = Party(data["party"]) if what.entity == "clock" else None
    acted, step = what.by.party if what.by else None, data.get("step", 0)
    told = concerned(what.kind, Party(owner), assignee, actor, timed, step, acted)
    row: dict[str, Any] = {
        "contract_id": what.contract_id,
        "event_id": written.id,
        "action_id": what.action_id,
        "member_id": None,
        "lead_of": None,
        "role": None,
        "created_at": written.at,
    }
    rows = [row | {"lead_of": party.value} for party in sorted(told.leads)]
    rows += [row | {"member_id": member} for member in sorted(told.members)]
    if told.role:
        rows += [row | {"lead_of": party.value, "role": told.role.value} for party in Party]
    return rows
