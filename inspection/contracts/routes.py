"""The contract and its people."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from inspection import web, words
from inspection.contracts import logos, team
from inspection.idempotency import Done, once
from inspection.people import persons
from inspection.photos import evidence, serving
from inspection.rules.access import Role, may
from inspection.rules.refusal import N_
from inspection.web import Field, Rule, form

rooms = Blueprint("contracts", __name__)


# ---------------------------------------------------------------- people

SAID = {
    "invited": N_("The invitation is on its way by e-mail. It is good for seven days."),
    "withdrawn": N_("The invitation is withdrawn; its link no longer works."),
    "logo-set": N_("The logo stands on what is printed from now on."),
    "logo-removed": N_("The logo is gone; the name stands for it."),
    "ended": N_("The membership has ended. Open work of this person is unassigned."),
}


def _people(contract: str) -> str:
    return f"/c/{contract}/people"


@rooms.get("/c/<contract>/people")
@web.allow(web.MEMBER)
def people(contract: str) -> ResponseReturnValue:
    """Both parties side by side."""
    pictures = logos.of(web.contract().id).items()
    return render_template(
        "contracts/team.html",
        sides=team.sides(web.contract()),
        phones_with_work=team.phones_with_work,
        grantable=team.grantable(),
        may_end=team.may_end,
        may_invite=may(web.member(), "invite"),
        may_set_logo=may(web.member(), "set_logo"),
        logos={party.value: serving.shown(one) for party, one in pictures if one},
        notices=words.said(SAID),
    )


@rooms.post("/c/<contract>/people/invitations")
@web.allow(Rule("member", "invite"))
@web.again(people)
def invite(contract: str) -> ResponseReturnValue:
    """Invite somebody to my own party."""
    typed = form(
        name=Field(limit=200, required=True),
        email=Field(limit=254, required=True),
        role=Field(required=True, choices=[role.value for role in team.grantable()]),
        language=Field(required=True, choices=web.STAFF_LANGUAGES),
    )
    email = web.accepted(persons.address(typed["email"]))
    team.count_invitation()

    def write() -> Done:
        team.invite(email, typed["name"], Role(typed["role"]), typed["language"])
        return Done(_people(contract), "invited")

    return once(write)


@rooms.post("/c/<contract>/people/invitations/<int:invitation>/withdrawal")
@web.allow(Rule("member", "invite"))
def withdraw_invitation(contract: str, invitation: int) -> ResponseReturnValue:
    """Take back an open invitation of my own party."""
    form()

    def write() -> Done:
        team.withdraw(invitation)
        return Done(_people(contract), "withdrawn")

    return once(write)


@rooms.get("/c/<contract>/people/<int:membership>/ending")
@web.allow(Rule("member", "end_membership"))
def ending(contract: str, membership: int) -> ResponseReturnValue:
    """Say what ending this membership means, before it is done."""
    return render_template("contracts/ending.html", leaving=team.mine(membership))


@rooms.post("/c/<contract>/people/<int:membership>/ending")
@web.allow(Rule("member", "end_membership"))
@web.again(ending)
def end_membership(contract: str, membership: int) -> ResponseReturnValue:
    """End a membership of my own party."""
    form()

    def write() -> Done:
        team.end(membership)
        return Done(_people(contract), "ended")

    return once(write)


@rooms.post("/c/<contract>/people/logo")
@web.allow(Rule("member", "set_logo"))
@web.again(people)
def set_logo(contract: str) -> ResponseReturnValue:
    """Set the logo of my own organisation."""
    form()
    kept = evidence.received((logos.FIELD,)).insist()

    def write() -> Done:
        logos.choose(web.member(), kept)
        return Done(_people(contract), "logo-set")

    return once(write)


@rooms.post("/c/<contract>/people/logo/removal")
@web.allow(Rule("member", "set_logo"))
def remove_logo(contract: str) -> ResponseReturnValue:
    """Let the name of my own organisation stand for its logo again."""
    form()

    def write() -> Done:
        logos.remove(web.member())
        return Done(_people(contract), "logo-removed")

    return once(write)
