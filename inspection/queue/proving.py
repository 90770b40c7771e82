"""Removing a cause, on pages: the plan in steps, one version to read, similar places, the proof."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from inspection import web, words
from inspection.actions import coming_back, moves, plans, similar, standing
from inspection.assets import tree
from inspection.idempotency import Done, once
from inspection.photos import evidence
from inspection.queue import history
from inspection.queue.moving import VERSION, WORDS, done, late, posting, read, worded
from inspection.rules import corrective
from inspection.rules.corrective import CAUSES, CHANGE_TYPES, PlanDraft
from inspection.rules.lifecycle import Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Cause
from inspection.web import MEMBER, Field, Refused, allow

rooms = Blueprint("proving", __name__)

WHYS = 7
SIDES: Mapping[Cause, str] = {
    Cause.CUSTOMER: N_("On the customer’s side"),
    Cause.CONTRACTOR: N_("On the contractor’s side"),
    Cause.SHARED: N_("Between the two parties"),
    Cause.THIRD: N_("With somebody else"),
    Cause.NONE: N_("On no side"),
}
SIMILAR_SAID = {"similar": N_("Kept. Each place that has it too is an action of its own now.")}
_PLACE = re.compile(r"place-([0-9]{1,10})")


# ---------------------------------------------------------------- the plan


@rooms.get("/c/<contract>/actions/<int:number>/plan")
@allow(MEMBER)
def plan_form(contract: str, number: int) -> ResponseReturnValue:
    """The plan, step by step; what was returned is filled in for the next version."""
    row = moves.found(web.contract().id, number)
    before = plans.versions(row)
    return render_template(
        "queue/plan.html",
        **_about(row),
        last=before[0] if before else None,
        whys=WHYS,
        causes=_grouped_causes(),
        CHANGE_TYPES=CHANGE_TYPES,
        days=corrective.window_days(row.severity == 1, standing.timing(row).limits),
        today=plans.today(row),
    )


@rooms.get("/c/<contract>/actions/<int:number>/plans/<int:plan>")
@allow(MEMBER)
def plan_version(contract: str, number: int, plan: int) -> ResponseReturnValue:
    """One version of a plan on one page: to read, to print, to agree to or to return."""
    row = moves.found(web.contract().id, number)
    all_ = {one.number: one for one in plans.versions(row)}
    if plan not in all_:
        abort(404)
    return render_template(
        "queue/plan_version.html",
        **_about(row),
        plan=all_[plan],
        versions=all_.values(),
        changed=_changed(all_[plan], all_.get(plan - 1)),
        CAUSES=CAUSES,
        CHANGE_TYPES=CHANGE_TYPES,
    )


def _about(row: Row[Any]) -> dict[str, Any]:
    """What every page beside an action says of it."""
    return {
        "action": row,
        "place": tree.found(row.contract_id, row.asset_id),
        "reports": history.reports_of(row.contract_id, row.id),
        "offered": moves.offered(row, web.member()),
        "Move": Move,
    }


def _grouped_causes() -> list[tuple[str, list[corrective.CauseCategory]]]:
    """The causes under the side where each lies."""
    return [(SIDES[side], [c for c in CAUSES.values() if c.side is side]) for side in SIDES]


_SAID_IN_PLAN = (
    *("containment", "whys", "root_cause", "escape_point", "cause_category"),
    *("permanent_fix", "change_type", "due_on", "criterion", "window_days"),
)


def _changed(plan: Row[Any], before: Row[Any] | None) -> set[str]:
    """What this version says otherwise than the one before it."""
    if before is None:
        return set()
    return {name for name in _SAID_IN_PLAN if getattr(plan, name) != getattr(before, name)}


@posting("containment", "contain")
def contain(contract: str, number: int) -> ResponseReturnValue:
    """What protects people until the cause is removed."""
    said = read(text=WORDS, version=VERSION)
    pictures = evidence.received().insist()
    return done(
        number,
        "contain",
        lambda row: plans.contain(row, web.member(), said["text"], pictures, said["version"]),
    )


@posting("plan", "plan", plan_form)
def submit_plan(contract: str, number: int) -> ResponseReturnValue:
    """Put the plan before the other party."""
    whys = {f"why-{n}": Field("words", limit=1000) for n in range(1, WHYS + 1)}
    said = read(
        containment=WORDS,
        **whys,
        root_cause=WORDS,
        escape_point=WORDS,
        cause_category=Field(),
        permanent_fix=WORDS,
        change_type=Field(),
        due_on=Field("date", default=None),
        criterion=WORDS,
        window_days=Field("int", default=None),
        version=VERSION,
    )
    version = said.pop("version")
    category = CAUSES.get(said["cause_category"])
    draft = PlanDraft(
        whys=tuple(said.pop(name) for name in whys),
        cause=category.side if category else None,
        **said,
    )
    return done(number, "plan", lambda row: _submitted(row, draft, version))


_FIELDS = {"whys": "why-1"}


def _submitted(row: Row[Any], draft: PlanDraft, version: int | None) -> None:
    """Submit the plan; a refusal is said at the form's own field. The list gives the side."""
    try:
        plans.submit(row, web.member(), draft, version)
    except Refused as no:
        said = [one for one in no.refusals if one.code != "plan.cause_missing"]
        here = [replace(one, where=_FIELDS.get(one.where or "", one.where)) for one in said]
        raise Refused(*here, status=no.status) from None


@posting("plan-agreement", "agree_plan")
def agree_plan(contract: str, number: int) -> ResponseReturnValue:
    """The plan is good: its date is the promise from here on."""
    version = read(version=VERSION)["version"]
    return done(number, "agree_plan", lambda row: plans.agree(row, web.member(), version))


@posting("plan-return", "return_plan")
def return_plan(contract: str, number: int) -> ResponseReturnValue:
    """The plan does not answer something yet."""
    return worded(number, "return_plan", plans.send_back)


@posting("effectiveness", "confirm_effective")
def confirm_effective(contract: str, number: int) -> ResponseReturnValue:
    """The window is over, and it held."""
    return worded(number, "confirm_effective", plans.confirm_effective)


# ---------------------------------------------------------------- has it come back?


@posting("repeat/confirmation", "confirm_repeat")
def confirm_repeat(contract: str, number: int) -> ResponseReturnValue:
    """It came back."""
    return worded(number, "confirm_repeat", coming_back.confirm)


@posting("repeat/decline", "decline_repeat")
def decline_repeat(contract: str, number: int) -> ResponseReturnValue:
    """Something else, and why."""
    return worded(number, "decline_repeat", coming_back.decline)


# ---------------------------------------------------------------- similar places


@rooms.get("/c/<contract>/actions/<int:number>/similar")
@allow(MEMBER)
def similar_places(contract: str, number: int) -> ResponseReturnValue:
    """Places where the same may be the case: found by words, or the most alike."""
    row = moves.found(web.contract().id, number)
    asked = str(web.typed("q", request.args.get("q", "")))[:100]
    why_not = similar.refusal(row, web.member())
    return render_template(
        "queue/similar.html",
        **_about(row),
        q=asked,
        checked=similar.checked(row),
        places=[] if why_not else similar.offered(row, asked),
        why_not=why_not,
        most=similar.OFFERED,
        notices=words.said(SIMILAR_SAID),
    )


@posting("similar", "check_similar", similar_places)
def check_similar(contract: str, number: int) -> ResponseReturnValue:
    """Say of one place or several: checked and fine, or it has it too."""
    names = [name for name in web.submitted() if _PLACE.fullmatch(name)]
    found = {name: Field(choices=("fine", "too")) for name in names}
    said = read(text=WORDS, q=Field(), **found)
    looked_at = {int(name.removeprefix("place-")): said[name] for name in names if said[name]}
    if not looked_at:
        raise Refused(Refusal("similar.none", N_("Say of one place at least how it is there.")))

    def write() -> Done:
        row = moves.found(web.contract().id, number)
        for asset_id, how in looked_at.items():
            similar.check(row, web.member(), asset_id, how == "fine", said["text"])
        there = url_for("proving.similar_places", contract=contract, number=number)
        return Done(there, "similar", str(number))

    return once(write, offered=late(number))
