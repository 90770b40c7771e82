"""The start: which contracts a person works in, and what Tandem is for everybody else."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.contracts.presence import memberships
from inspection.web import PERSON, PUBLIC, allow

rooms = Blueprint("home", __name__)


@rooms.get("/")
@allow(PUBLIC)
def start() -> ResponseReturnValue:
    """Straight to the only contract; a choice of several; the way in for nobody yet."""
    person = web.current().person
    if person is None:
        return redirect(url_for("people.sign_in"), 303)
    contracts = memberships(person.id)
    if len(contracts) == 1:
        return redirect(f"/c/{contracts[0][0].slug}/queue", 303)
    return render_template("contracts/home.html", contracts=contracts)


@rooms.get("/contracts")
@allow(PERSON)
def contracts() -> ResponseReturnValue:
    """All contracts this person works in."""
    return render_template("contracts/home.html", contracts=memberships(web.person().id))
