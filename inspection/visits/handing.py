"""Handing a visit over: its paper."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from inspection import web
from inspection.rules.refusal import N_, Refusal
from inspection.visits import record
from inspection.web import MEMBER, Refused, allow
from inspection.web.downloads import download

rooms = Blueprint("visit_papers", __name__)


@rooms.get("/c/<contract>/visits/<int:visit>/paper")
@allow(MEMBER)
def paper(contract: str, visit: int) -> ResponseReturnValue:
    """A submitted visit as PDF, in the reader's language; nothing else has a paper."""
    here = web.contract()
    row = record.found(here.id, visit)
    if row.submitted_at is None:
        raise Refused(
            Refusal(
                "visit.no_paper",
                N_("This inspection is not submitted yet, so there is nothing to print."),
            ),
            status=409,
        )
    # Hazard: imported at start, reportlab and Pillow would weigh on web and tick alike.
    from inspection.visits import paper as papers

    return download(partial(papers.write, row, here), "application/pdf", _name(row), keep=False)


def _name(row: Row[Any]) -> str:
    """`inspection-12-2.14-Tea-kitchen-2026-11-22.pdf`."""
    place = re.sub(r"[^\w.-]+", "-", row.place_name).strip("-.")[:60]
    return f"inspection-{row.id}-{place}-{row.submitted_at:%Y-%m-%d}.pdf"
