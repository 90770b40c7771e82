"""Whether we are reached, by whom, and in which build."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from inspection import look, marks
from inspection.web import PUBLIC, allow, current

rooms = Blueprint("pwa", __name__)


@rooms.get("/reach")
@allow(PUBLIC)
def reach() -> ResponseReturnValue:
    """That it is us who answer: the nonce again, the time here, the epoch, who is signed in.

    A captive portal answers 200 too, but does not know the nonce.
    """
    who = current().person
    return jsonify(
        nonce=request.args.get("nonce", "")[:64],
        actor=str(who.id) if who else "",
        build=look.build(),
        **marks.contact(),
    )
