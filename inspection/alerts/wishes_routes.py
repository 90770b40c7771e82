"""How I am told beyond the inbox: my wishes, my phones, being on duty, and the end of mails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import Blueprint, abort, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import delete, select

from inspection import web, words
from inspection.alerts import spreading, wishes
from inspection.alerts.models import PushSubscription
from inspection.budgets import spend
from inspection.db import db, table
from inspection.idempotency import Done, once
from inspection.rules.access import HANDS
from inspection.rules.refusal import N_, Refusal, not_offered
from inspection.rules.telling import GROUP_WORDS, RHYTHM_WORDS, WISH_WORDS, Group, Rhythm, Wish
from inspection.web import (
    MEMBER,
    PERSON,
    PUBLIC,
    Field,
    Refused,
    accepted,
    allow,
    person,
    wants_json,
)

rooms = Blueprint("notices", __name__)

SAID = {
    "saved": N_("Saved."),
    "on-duty": N_("You are on duty: what cannot wait reaches you at once."),
    "off-duty": N_("You are off duty."),
    "phone-removed": N_("That phone is told nothing any more."),
    "tried": N_("A test notice is on its way to every phone of yours."),
    "tried-by-mail": N_("No phone of yours takes notices, so a test is on its way by mail."),
    "mails-on": N_("Mails about this contract are on again."),
    "mails-off": N_("Mails about this contract have ended."),
}
TRIALS = 10  # of a person in an hour
_kept = table(PushSubscription)
_CLOCK = Field(limit=5)


# ---------------------------------------------------------------- my wishes


@rooms.get("/me/notices")
@allow(PERSON)
def mine() -> ResponseReturnValue:
    """What I wish for each group, quiet hours, the summary, my phones, where I am on duty."""
    places = wishes.places(person().id)
    wished = wishes.of_person(person().id, places)
    phones = _phones()
    if wants_json():
        return jsonify(
            groups=wished.groups,
            quiet=[f"{one:%H:%M}" for one in wished.quiet or ()],
            summary_at=f"{wished.summary_at:%H:%M}",
            rhythm=wished.rhythm,
            tz=wished.tz,
            phones=[{"id": one.id, "device": one.device} for one in phones],
            duty={one.slug: one.on_duty for one in places},
        )
    return render_template(
        "alerts/wishes.html",
        notices=words.said(SAID),
        wished=wished,
        places=places,
        phones=phones,
        on_call=[one for one in places if one.role in HANDS],
        zones=[(name, name.replace("_", " ")) for name in wishes.zones()],
        worded=_worded,
        GROUP_WORDS=GROUP_WORDS,
        WISH_WORDS=WISH_WORDS,
        RHYTHM_WORDS=RHYTHM_WORDS,
    )


def _worded(words: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Choices in the reader's language."""
    return [(one.value, gettext(sentence)) for one, sentence in words.items()]


@rooms.post("/me/notices")
@allow(PERSON)
@web.again(mine)
def change() -> ResponseReturnValue:
    """Another wish."""
    typed = web.form(
        **{group.value: Field(required=True, choices=tuple(Wish)) for group in Group},
        quiet_from=_CLOCK,
        quiet_to=_CLOCK,
        summary_at=Field(limit=5, required=True),
        rhythm=Field(required=True, choices=tuple(Rhythm)),
        tz=Field(limit=40),
    )
    times = {name: _clock(name, typed[name]) for name in ("quiet_from", "quiet_to", "summary_at")}
    if bool(times["quiet_from"]) is not bool(times["quiet_to"]):
        raise Refused(_HALF)
    if typed["tz"] and typed["tz"] not in wishes.zones():
        raise Refused(not_offered("tz"))
    groups = {group: typed[group.value] for group in Group}

    def write() -> Done:
        wishes.change(person().id, groups, times | {k: typed[k] for k in ("rhythm", "tz")})
        return Done("/me/notices", "saved")

    return once(write)


_HALF = Refusal(
    "notices.half_quiet", N_("Quiet hours need a beginning and an end."), where="quiet_to"
)


def _clock(name: str, text: str) -> str:
    """A time of the day like "07:30", or nothing."""
    return str(accepted(_time_of_day(name, text)))


def _time_of_day(name: str, text: str) -> str | Refusal:
    if not text:
        return ""
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError:
        return Refusal("form.not_a_time", N_("Write the time as 07:30."), where=name)


@rooms.post("/me/notices/trial")
@allow(PERSON)
def try_out() -> ResponseReturnValue:
    """Send a test notice to every phone of mine, else a mail."""
    web.form()

    def write() -> Done:
        if spend(f"trial/{person().id}", 3600) > TRIALS:
            raise Refused(_TRIED_OFTEN, status=429)
        pushed = spreading.try_out(person().id)
        return Done("/me/notices", "tried" if pushed else "tried-by-mail")

    return once(write)


_TRIED_OFTEN = Refusal("notices.tried_often", N_("Enough tests for this hour. Try again later."))


def _phones() -> Any:
    return db.session.execute(
        select(_kept.c.id, _kept.c.device, _kept.c.created_at)
        .where(_kept.c.person_id == person().id)
        .order_by(_kept.c.id)
    ).all()


@rooms.post("/me/notices/phones/<int:phone>/removal")
@allow(PERSON)
def remove_phone(phone: int) -> ResponseReturnValue:
    """Tell nothing any more to one of my phones, which may be lost."""
    web.form()
    mine_ = (_kept.c.id == phone) & (_kept.c.person_id == person().id)

    def write() -> Done:
        if db.session.execute(delete(_kept).where(mine_).returning(_kept.c.id)).first() is None:
            abort(404)
        return Done("/me/notices", "phone-removed")

    return once(write)


# ---------------------------------------------------------------- in one contract


@rooms.post("/c/<contract>/duty")
@allow(MEMBER)
def change_duty(contract: str) -> ResponseReturnValue:
    """Begin or end being on duty for my party."""
    on = web.form(on=Field("flag"))["on"]

    def write() -> Done:
        wishes.be_on_duty(web.member(), on)
        return Done("/me/notices", "on-duty" if on else "off-duty")

    return once(write)


@rooms.post("/c/<contract>/mails")
@allow(MEMBER)
def change_mails(contract: str) -> ResponseReturnValue:
    """Begin or end mails about this contract."""
    on = web.form(on=Field("flag"))["on"]

    def write() -> Done:
        wishes.take_mails(web.member().contract_id, web.member().id, on)
        return Done("/me/notices", "mails-on" if on else "mails-off")

    return once(write)


# ---------------------------------------------------------------- from the mail itself


@rooms.get("/notices/off/<token>")
@allow(PUBLIC)
def mails_off(token: str) -> ResponseReturnValue:
    """Ask whether mails about the contract shall end; opening a link changes nothing."""
    return _off_page(token)


@rooms.post("/notices/off/<token>")
@allow(PUBLIC)
def end_mails(token: str) -> ResponseReturnValue:
    """End them, for whoever holds the mail: a person's tap, or a mail program's (RFC 8058)."""
    web.form(**{"List-Unsubscribe": Field()})
    whose = wishes.linked(token)
    if whose is None:
        abort(404)

    def write() -> Done:
        wishes.take_mails(whose.contract_id, whose.id, False)
        return Done("", "mails-off")  # back to this page; its token is stored nowhere

    return once(write)


def _off_page(token: str) -> ResponseReturnValue:
    whose = wishes.linked(token)
    if whose is None:
        return render_template("alerts/mails_gone.html"), 404
    said: Mapping[str, str] = {"mails-off": SAID["mails-off"]}
    return render_template(
        "alerts/mails_off.html",
        notices=words.said(said),
        contract_name=whose.name,
        mails=whose.mails is not False,
    )
