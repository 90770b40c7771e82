"""A scan by staff: a token good for fifteen minutes; kept when it proves presence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select

from inspection.clock import now
from inspection.db import db, table
from inspection.journal import Written
from inspection.journal import listen as listen_to
from qr.models import Scan, Tag

_tags, _scans = table(Tag), table(Scan)
_TAG = select(_tags.c.id).where(
    _tags.c.contract_id == bindparam("contract"), _tags.c.code == bindparam("code")
)
_NEW = insert(_scans)


def listen() -> None:
    """Hang on the journal."""
    listen_to("action.started", keep)
    listen_to("action.accepted", keep)
    listen_to("visit.started", keep)


def keep(written: Sequence[Written]) -> None:
    """Store the scans that starts, acceptances and visits carry as proof of presence."""
    for one in written:
        _keep(one)


def _keep(written: Written) -> None:
    scan: dict[str, Any] | None = (written.what.data or {}).get("scan")
    if scan is None or written.what.by is None:
        return
    contract_id = written.what.contract_id
    tag_id = db.session.execute(_TAG, {"contract": contract_id, "code": scan["code"]}).scalar()
    if tag_id is None:
        return
    row = {
        "contract_id": contract_id,
        "tag_id": tag_id,
        "asset_id": scan["asset"],
        "action_id": written.what.action_id,
        "member_id": written.what.by.id,
        "scanned_at": written.at,
        "stored_at": now(),
    }
    db.session.execute(_NEW, row)
