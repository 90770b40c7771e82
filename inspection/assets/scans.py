"""A scan just now: a signed token that proves somebody stood before the code of a place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import request

from inspection import web
from inspection.assets import tree

SECONDS = 15 * 60
NOT_SCANNED: Mapping[str, Any] = {"scanned": False}


def proof(token: str, asset_id: int, waited: timedelta = timedelta(0)) -> Mapping[str, Any] | None:
    """What a token proves: this member stood before a code at, above or below this place.

    {"code": …, "asset": …, "member": …}, or None. `waited`: how long ago the work was begun for
    which somebody scanned, where it came later than it was done.
    """
    seconds = SECONDS + int(waited.total_seconds())
    scan = web.unsign("scan", token, seconds) if token else None
    if not isinstance(scan, dict) or scan.get("member") != web.member().id:
        return None
    here = web.contract().id
    scanned, place = (tree.found(here, int(i)).path for i in (scan["asset"], asset_id))
    return scan if scanned.startswith(place) or place.startswith(scanned) else None


def token(asset_id: int) -> str:
    """The token in the address, if this person scanned a code at this place just now."""
    given = request.values.get("scan", "")
    return given if proof(given, asset_id) else ""


def presence(given: str, asset_id: int, waited: timedelta = timedelta(0)) -> dict[str, Any]:
    """Whether a code was scanned at the place just now, and which, as events keep it."""
    scan = proof(given, asset_id, waited)
    if scan is None:
        return dict(NOT_SCANNED)
    return {"scanned": True, "scan": {"code": scan["code"], "asset": scan["asset"]}}
