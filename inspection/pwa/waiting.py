"""What waits on a phone: the page that lists it, and what the phone says of it to the office."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from inspection import clock, web
from inspection.db import writing
from inspection.people import phones
from inspection.people.phones import Holding, Said
from inspection.rules.refusal import N_, Refusal
from inspection.web import PERSON, PUBLIC, Field, Refused, allow

rooms = Blueprint("waiting", __name__)

MOST_CONTRACTS = 50
LONGEST = 10 * 365 * 86_400  # seconds; a phone whose clock stands at 1970 says more
_COUNT = Field("int", default=0)


@rooms.get("/outbox")
@allow(PUBLIC)
def outbox() -> ResponseReturnValue:
    """The page that lists what waits; the phone fills it in, so it is the same for everybody."""
    web.keep_on_phone()
    return render_template("pwa/outbox.html")


@rooms.post("/phones")
@allow(PERSON)
def report() -> ResponseReturnValue:
    """Keep what this phone holds: the last report stands, so it needs no key.

    `unsent` finished things, the oldest of them `oldest` seconds old (an age is right on a clock
    that is wrong), `drafts`; `held` once per contract: `slug;unsent;oldest`. Answers with the
    person's other phones that hold something: `{phones: [{device, unsent, drafts, …, lost}]}`.
    """
    typed = web.form(
        key=Field(limit=64, required=True),
        build=Field(limit=20),
        unsent=_COUNT,
        oldest=_COUNT,
        drafts=_COUNT,
        held=Field(),
    )
    who, agent = web.person(), request.user_agent.string or ""
    all_ = _holding(typed["unsent"], typed["oldest"])
    said = Said(typed["key"], typed["build"], agent, all_, max(0, typed["drafts"]), dict(_held()))
    with writing():
        phones.report(who, said)
    others = phones.others(who, said.key)
    return jsonify(
        phones=[
            {
                "device": one.device,
                "unsent": one.unsent,
                "drafts": one.drafts,
                "since": _said(one.oldest_at),
                "reported_at": _said(one.reported_at),
                "lost": one.lost_at is not None,
            }
            for one in others
        ]
    )


def _holding(unsent: int, age: int) -> Holding:
    if unsent <= 0:
        return Holding(0)
    return Holding(unsent, clock.now() - timedelta(seconds=min(max(age, 0), LONGEST)))


def _held() -> Iterator[tuple[str, Holding]]:
    for text in web.submitted().getlist("held")[:MOST_CONTRACTS]:
        slug, *numbers = text.split(";")
        unsent, age = (web.whole(one) for one in numbers) if len(numbers) == 2 else (None, None)
        if unsent is None or age is None:
            raise Refused(
                Refusal("phone.held", N_("What a phone holds is said as slug;number;seconds."))
            )
        if slug and unsent > 0:
            yield slug[:100], _holding(unsent, age)


def _said(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
