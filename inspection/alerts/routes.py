"""The inbox."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.alerts import delivering, inbox
from inspection.contracts import agreements
from inspection.idempotency import Done, once
from inspection.queue.history import HAPPENED
from inspection.rules import ladder
from inspection.web import MEMBER, Field, allow

rooms = Blueprint("alerts", __name__)


@rooms.get("/c/<contract>/inbox")
@allow(MEMBER)
def notices(contract: str) -> ResponseReturnValue:
    """What concerns me, newest first."""
    before = web.whole(request.args.get("before", ""))
    rows = inbox.page(web.member(), before)
    return render_template(
        "alerts/inbox.html",
        rows=rows[: inbox.PAGE],
        delayed=delivering.delayed(web.contract().id),
        more=rows[inbox.PAGE - 1].id if len(rows) > inbox.PAGE else None,
        newest=rows[0].id if rows and not before else None,
        HAPPENED=HAPPENED,
        LADDER=ladder.STEPS,
        KINDS=agreements.KINDS,
    )


@rooms.post("/c/<contract>/inbox/<int:notice>/opening")
@allow(MEMBER)
def open_notice(contract: str, notice: int) -> ResponseReturnValue:
    """Go to what a notice is about and count it as read."""
    web.form()
    member = web.member()

    def write() -> Done:
        page = inbox.page_of(member, notice)
        if page is None:
            abort(404)
        inbox.open_notice(member, notice)
        return Done(f"/c/{contract}/{page}")

    return once(write)


@rooms.post("/c/<contract>/inbox/reading")
@allow(MEMBER)
def read_all(contract: str) -> ResponseReturnValue:
    """Count everything shown as read."""
    typed = web.form(newest=Field("int", default=0))
    member = web.member()

    def write() -> Done:
        inbox.see_all(member, typed["newest"])
        return Done(f"/c/{contract}/inbox")

    return once(write)
