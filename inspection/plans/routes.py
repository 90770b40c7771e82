"""The plans of a contract: what is in force, what waits for whom; begin one, retire one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from inspection import clock, web, words
from inspection.checklists import agreed as checklists
from inspection.contracts import agreeing
from inspection.contracts.agreeing import Shelf, shelves_of
from inspection.plans import agreed, editing, places, saying
from inspection.plans.titles import titles
from inspection.rules.plan import Plan
from inspection.rules.refusal import N_, Refusal
from inspection.web import Field, Refused, Rule, form

rooms = Blueprint("plans", __name__)

SAID = {
    "retiring": N_("A version that retires it is drafted. Propose it; it ends when both agreed.")
}
DRAFT = Rule("member", "draft_agreement")


@dataclass(frozen=True)
class Card:
    """A plan on the list: its shelf, what it means now, and how its visits stand."""

    shelf: Shelf
    plan: Plan | None
    often: str
    where: str
    standing: dict[str, Any] | None


@rooms.get("/c/<contract>/plans")
@web.allow(web.MEMBER)
def plans(contract: str) -> ResponseReturnValue:
    """Every plan: what is in force, what waits for whom, what was retired."""
    here = web.contract().id
    shelves = shelves_of(here, agreed.PLAN)
    return render_template(
        "plans/plans.html",
        cards=[_card(here, one) for one in shelves if not one.retired],
        retired=[one for one in shelves if one.retired],
        checklists=[(row.subject, row.body["title"]) for row in checklists.in_force(here)],
        titles=titles(here, checklists.CHECKLIST),
        notices=words.said(SAID),
    )


def _card(here: int, shelf: Shelf) -> Card:
    version = shelf.in_force or shelf.open
    outcome = agreed.read_whole(version.body) if version is not None else []
    if isinstance(outcome, list):
        return Card(shelf, None, "", "", None)
    standing = editing.standing(here, shelf.subject) if shelf.in_force else None
    often = saying.often(outcome)
    return Card(
        shelf,
        outcome,
        often[:1].upper() + often[1:],
        saying.where(here, outcome.scope, places.count(here, outcome.scope)),
        standing,
    )


@rooms.post("/c/<contract>/plans")
@web.allow(DRAFT)
@web.again(plans)
def begin(contract: str) -> ResponseReturnValue:
    """Draft a new plan, and go to its form."""
    here = web.contract().id
    known = [row.subject for row in checklists.in_force(here)]
    head = form(
        title=Field(required=True),
        checklist=Field(required=True, choices=known),
    )
    head["frequency"] = {
        "kind": "fixed",
        "rrule": "FREQ=WEEKLY;BYDAY=MO",
        "start": words.local(clock.now()).date().isoformat(),
    }
    body = agreed.KIND.start(here) | head
    return agreeing.begin(agreed.PLAN, lambda: checklists.new_key(here, head["title"]), body)


@rooms.post("/c/<contract>/plans/retirements")
@web.allow(DRAFT)
@web.again(plans)
def retire(contract: str) -> ResponseReturnValue:
    """Draft the version that ends a plan; like every other it needs both parties."""
    (subject,) = form(subject=Field(limit=60, required=True)).values()
    row = agreed.named(web.contract().id, subject)
    if row is None:
        raise Refused(
            Refusal("plan.not_in_force", N_("Only a plan in force can be retired.")), status=404
        )
    return agreeing.retire(row)
