"""Asking the other party to decide, answering with one tap, and holds, on pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from sqlalchemy import Row

from inspection import web, words
from inspection.actions import decisions, holds, relieving
from inspection.actions.holds import Why
from inspection.assets import scans
from inspection.photos import evidence
from inspection.queue import listing
from inspection.queue.moving import VERSION, WORDS, done, posting, read, worded
from inspection.queue.routes import action
from inspection.rules.deciding import AMOUNT, ASK_WORDS, BY_HAND
from inspection.rules.holds import REASONS, Reason
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Ask, Priority
from inspection.web import MEMBER, Field, Refused, allow

rooms = Blueprint("deciding", __name__)

SAID = {
    "answered": N_("Answered. The other party can read it."),
    "taken_back": N_("Taken back. Nobody has to answer any more."),
}


@rooms.app_template_filter("span")
def span(length: timedelta) -> str:
    """A length of time in words: "4 hours"."""
    return str(format_timedelta(length, granularity="minute", threshold=1.5))


@rooms.get("/c/<contract>/decisions")
@allow(MEMBER)
def all_decisions(contract: str) -> ResponseReturnValue:
    """What waits for us, what waits for them, what was answered lately; late ones marked."""
    return render_template(
        "queue/decisions.html",
        lists=decisions.lists(web.member()),
        ASK_WORDS=ASK_WORDS,
        hold_reasons=REASONS,
        icons={row.id: row for row in listing.categories(web.contract().id)},
        notices=words.said(SAID),
    )


def _again(contract: str, number: int, **one: int) -> ResponseReturnValue:
    """The action's page, for a form of one of its decisions or clocks."""
    return action(contract, number)


# ---------------------------------------------------------------- decisions


@posting("decisions", "ask_decision")
def ask_decision(contract: str, number: int) -> ResponseReturnValue:
    """Ask the other party for what is needed from it."""
    said = read(
        kind=Field(required=True, choices=tuple(BY_HAND)),
        text=WORDS,
        priority=Field(choices=tuple(Priority)),
        amount=Field(limit=AMOUNT),
        version=VERSION,
    )
    kind = Ask(said["kind"])
    return done(
        number,
        "ask_decision",
        lambda row: decisions.ask(
            row, web.member(), kind, said["text"], _wanted(kind, said), said["version"]
        ),
        "#decisions",
    )


_VALUES = {Ask.PRIORITY: "priority", Ask.QUOTE: "amount"}


def _wanted(kind: Ask, said: Mapping[str, Any]) -> dict[str, Any]:
    """The value that a question of this kind asks for; the form's others do not belong to it."""
    name = _VALUES.get(kind)
    return {name: said[name]} if name and said[name] else {}


def _back(said: Mapping[str, Any]) -> str:
    listed = url_for("deciding.all_decisions", contract=web.contract().slug)
    return listed if said["back"] else "#decisions"


@posting("decisions/<int:decision>/answer", "answer", _again)
def answer_decision(contract: str, number: int, decision: int) -> ResponseReturnValue:
    """Yes or no, with one tap."""
    said = read(
        answer=Field(required=True, choices=("yes", "no")),
        text=WORDS,
        back=Field("flag"),
        version=VERSION,
    )
    return done(
        number,
        "answered",
        lambda row: decisions.answer(
            row, web.member(), decision, said["answer"], said["text"], said["version"]
        ),
        _back(said),
    )


@posting("decisions/<int:decision>/taking-back", "take_back", _again)
def take_decision_back(contract: str, number: int, decision: int) -> ResponseReturnValue:
    """It is not needed any more."""
    said = read(text=WORDS, back=Field("flag"), version=VERSION)
    return done(
        number,
        "taken_back",
        lambda row: decisions.take_back(row, web.member(), decision, said["text"], said["version"]),
        _back(said),
    )


# ---------------------------------------------------------------- holds


@posting("hold", "hold")
def raise_hold(contract: str, number: int) -> ResponseReturnValue:
    """The work waits, and this is why."""
    said = read(
        reason=Field(required=True, choices=tuple(Reason)),
        text=WORDS,
        but_for=WORDS,
        mitigation=WORDS,
        aware_at=Field(limit=40),
        begins_at=Field(limit=40),
        scan=Field(limit=400),
        version=VERSION,
    )
    pictures = evidence.received().insist()
    aware_at, begins_at = (_moment(name, said[name]) for name in ("aware_at", "begins_at"))

    def change(row: Row[Any]) -> None:
        scan = scans.proof(said["scan"], row.asset_id)
        why = Why(
            Reason(said["reason"]),
            said["text"],
            said["but_for"],
            said["mitigation"],
            aware_at,
            begins_at,
            {"code": scan["code"], "asset": scan["asset"]} if scan else None,
            pictures,
        )
        holds.raise_hold(row, web.member(), why, said["version"])

    return done(number, "hold", change, "#holds")


def _moment(name: str, text: str) -> datetime | None:
    """A moment as a form says it: on the clock of the place, unless it names its own zone."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        here = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(web.contract().tz))
        return here.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(
            Refusal("form.not_a_moment", N_("This is not a date and time."), where=name)
        ) from None


@posting("hold/lifting", "lift")
def lift_hold(contract: str, number: int) -> ResponseReturnValue:
    """The work goes on."""
    return worded(number, "lift", holds.lift, "#holds")


Follow = Callable[[Row[Any], Any, int, str, int | None], Any]


def _of_hold(number: int, said_after: str, follow: Follow) -> ResponseReturnValue:
    said = read(hold=Field("int", default=0, required=True), text=WORDS, version=VERSION)
    return done(
        number,
        said_after,
        lambda row: follow(row, web.member(), said["hold"], said["text"], said["version"]),
        "#holds",
    )


@posting("hold/contest", "contest_hold")
def contest_hold(contract: str, number: int) -> ResponseReturnValue:
    """The hold should not count."""
    return _of_hold(number, "contest_hold", holds.contest)


@posting("hold/upholding", "uphold_hold")
def uphold_hold(contract: str, number: int) -> ResponseReturnValue:
    """It counts after all, says the party that contested it."""
    return _of_hold(number, "uphold_hold", holds.uphold)


@posting("hold/voiding", "void_hold")
def void_hold(contract: str, number: int) -> ResponseReturnValue:
    """It never counted, says the party that raised it."""
    return _of_hold(number, "void_hold", holds.void)


@posting("clocks/<int:clock>/relief", "relieve", _again)
def relieve(contract: str, number: int, clock: int) -> ResponseReturnValue:
    """Relief stands beside the breach."""
    said = read(text=WORDS, version=VERSION)
    return done(
        number,
        "relieve",
        lambda row: relieving.relieve(row, web.member(), clock, said["text"], said["version"]),
        "#clocks",
    )
