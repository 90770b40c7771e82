"""The checklists of a contract: begin one, retire one, try one as on a phone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template
from flask.typing import ResponseReturnValue

from inspection import web, words
from inspection.checklists import agreed, editing
from inspection.contracts import agreeing, agreements, buttons
from inspection.contracts.agreeing import shelves_of
from inspection.rules.checklist import KINDS_OF_PLACES
from inspection.rules.refusal import N_, Refusal
from inspection.web import Field, Refused, Rule, form

rooms = Blueprint("checklists", __name__)

SAID = {
    "retiring": N_("A version that retires it is drafted. Propose it; it ends when both agreed.")
}
DRAFT = Rule("member", "draft_agreement")


@rooms.get("/c/<contract>/checklists")
@web.allow(web.MEMBER)
def checklists(contract: str) -> ResponseReturnValue:
    """Every checklist: what is in force, what waits for whom, what was retired."""
    here = web.contract().id
    shelves = shelves_of(here, agreed.CHECKLIST)
    return render_template(
        "checklists/checklists.html",
        shelves=[one for one in shelves if not one.retired],
        retired=[one for one in shelves if one.retired],
        categories={row.key: row for row in buttons.in_use(here)},
        KINDS_OF_PLACES=KINDS_OF_PLACES,
        notices=words.said(SAID),
    )


@rooms.post("/c/<contract>/checklists")
@web.allow(DRAFT)
@web.again(checklists)
def begin(contract: str) -> ResponseReturnValue:
    """Draft a new checklist, and go to its form."""
    here = web.contract().id
    head = form(
        title=Field(required=True),
        kinds=Field(choices=KINDS_OF_PLACES),
        category=Field(required=True, choices=[row.key for row in buttons.in_use(here)]),
        service_line=Field(limit=60),
    )
    chosen = web.submitted().getlist("kinds")
    head["kinds"] = [kind for kind in KINDS_OF_PLACES if kind in chosen] or ["space"]
    body = agreed.KIND.start(here) | head
    return agreeing.begin(agreed.CHECKLIST, lambda: agreed.new_key(here, head["title"]), body)


@rooms.post("/c/<contract>/checklists/retirements")
@web.allow(DRAFT)
@web.again(checklists)
def retire(contract: str) -> ResponseReturnValue:
    """Draft the version that ends a checklist; like every other it needs both parties."""
    (subject,) = form(subject=Field(limit=60, required=True)).values()
    row = agreed.named(web.contract().id, subject)
    if row is None:
        raise Refused(
            Refusal("checklist.not_in_force", N_("Only a checklist in force can be retired.")),
            status=404,
        )
    return agreeing.retire(row)


@rooms.get("/c/<contract>/agreements/<int:agreement>/trial")
@web.allow(web.MEMBER)
def trial(contract: str, agreement: int) -> ResponseReturnValue:
    """A version as on a phone: the very form of a visit, which keeps and sends nothing."""
    row: Any = agreements.found(web.contract().id, agreement)
    if row is None or row.kind != agreed.CHECKLIST:
        abort(404)
    asked = editing.asked(row)
    if asked is None:
        return redirect(f"/c/{contract}/agreements/{agreement}", 303)
    scale = agreements.scale_in_force(row.contract_id)
    return render_template("checklists/trial.html", row=row, asked=asked, scale=scale)
