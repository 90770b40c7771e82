"""What checklists and plans are called, also those that were retired since."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from inspection.contracts.models import Agreement
from inspection.db import db, table
from inspection.rules.agreement import Standing

_agreements = table(Agreement)


def titles(contract_id: int, kind: str) -> Mapping[str, str]:
    """The newest title both parties signed, by key; of kind `checklist` or `plan`."""
    # the title alone: a body may hold a thousand items
    asked = select(_agreements.c.subject, _agreements.c.body["title"].as_string().label("title"))
    signed = asked.where(
        _agreements.c.contract_id == contract_id,
        _agreements.c.kind == kind,
        _agreements.c.state.in_((Standing.AGREED.value, Standing.SUPERSEDED.value)),
    )
    ordered = signed.order_by(_agreements.c.version)
    return {row.subject: row.title or row.subject for row in db.session.execute(ordered)}
