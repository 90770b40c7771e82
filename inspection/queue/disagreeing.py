"""Where the parties see it differently: the list, one disagreement, what settles it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from inspection import clock, web, words
from inspection.actions import disagreements, moves
from inspection.actions.disagreements import Climb, View
from inspection.idempotency import Done, once
from inspection.queue import history, ladders, listing
from inspection.queue.routes import action
from inspection.rules import ladder
from inspection.rules.access import Party, may
from inspection.rules.ladder import Subject
from inspection.rules.refusal import N_
from inspection.web import MEMBER, Field, Rule, again, allow

rooms = Blueprint("disagreeing", __name__)

TEXT = Field("words", limit=4000)
REVISION = Field("int", default=0)
SAID = {
    "opened": N_("Both parties have been told. The other party now writes how it sees it."),
    "stated": N_("Your party’s view is there. What stood before stays in the history."),
    "climbed": N_("It stands a step higher, on both sides; they have been told."),
    "wished": N_("Your wish is noted. It climbs when the other party wishes it too."),
    "written": N_("The resolution is written and signed by you. The other party signs next."),
    "signed": N_("Signed by both: it is resolved."),
}
_URL = "/c/<contract>/disagreements"


@rooms.get(_URL)
@allow(MEMBER)
def overview(contract: str) -> ResponseReturnValue:
    """What is seen differently, what climbs because it is late, and what was settled where."""
    here, now = web.contract().id, clock.now()
    unsettled, climbing = ladders.still_open(here), ladders.climbing(here, now)
    settled = ladders.settled_by_step(here)
    return render_template(
        "queue/disagreements.html",
        unsettled=unsettled,
        resolved=ladders.lately_resolved(here),
        settled=settled,
        settled_in_all=sum(settled.values()),
        climbing=climbing,
        counterparts=_counterparts({row.step for row in (*unsettled, *climbing)}),
        icons={row.id: row for row in listing.categories(here)},
        **_words(),
    )


@rooms.get(f"{_URL}/<int:disagreement>")
@allow(MEMBER)
def one(contract: str, disagreement: int) -> ResponseReturnValue:
    """One disagreement: both views side by side, its ladder, the resolution, what happened."""
    here, me = web.contract().id, web.member()
    row = disagreements.found(here, disagreement)
    standing = disagreements.dispute(row)
    return render_template(
        "queue/disagreement.html",
        row=row,
        action=moves.by_id(here, row.action_id),
        counterparts=_counterparts({row.step}),
        events=ladders.history(row),
        HAPPENED=history.HAPPENED,
        may_climb=not standing.resolved and not ladder.cannot_climb(standing, me.role),
        may_resolve=not ladder.may_resolve(standing, me.role),
        may_state=not standing.resolved and may(me, "disagree"),
        signed=standing.signed,
        time_is_over=row.step_due_at is not None and row.step_due_at <= clock.now(),
        notices=words.said(SAID),
        **_words(),
    )


def _counterparts(steps: set[int]) -> Mapping[int, Mapping[str, list[str]]]:
    """Who stands on these steps, on both sides."""
    return {step: ladders.counterparts(web.contract().id, step) for step in sorted(steps)}


def _words() -> dict[str, Any]:
    return {
        "SUBJECTS": ladder.SUBJECTS,
        "LADDER": ladder.STEPS,
        "TOP": ladder.TOP,
        "parties": [party.value for party in Party],
    }


def _address(disagreement: int) -> str:
    return url_for("disagreeing.one", contract=web.contract().slug, disagreement=disagreement)


# ---------------------------------------------------------------- posts


@rooms.post("/c/<contract>/actions/<int:number>/disagreements")
@allow(Rule("member", "disagree"))
@again(action)
def disagree(contract: str, number: int) -> ResponseReturnValue:
    """Say how one's own party sees it; the other party is asked for its view."""
    said = web.form(
        subject=Field(required=True, choices=tuple(Subject)),
        subject_id=Field("int", default=None),
        statement=Field("words", limit=4000, required=True),
        wanted=TEXT,
    )

    def write() -> Done:
        row = moves.found(web.contract().id, number)
        view = View(said["statement"], said["wanted"])
        subject = Subject(said["subject"])
        made = disagreements.open(row, web.member(), subject, view, said["subject_id"])
        return Done(_address(made), "opened", str(made))

    return once(write)


def posting(noun: str, right: str) -> Callable[[web.View], web.View]:
    """A post to `noun` of a disagreement; a refusal shows the disagreement again."""

    def decorate(view: web.View) -> web.View:
        guarded = allow(Rule("member", right))(again(one)(view))
        return rooms.post(f"{_URL}/<int:disagreement>/{noun}")(guarded)

    return decorate


def _changed(disagreement: int, change: Callable[[Row[Any]], str]) -> ResponseReturnValue:
    """Make one change and go back to the disagreement; `change` gives the word to say there."""

    def write() -> Done:
        row = disagreements.found(web.contract().id, disagreement)
        return Done(_address(disagreement), change(row), str(disagreement))

    return once(write)


@posting("statement", "disagree")
def state(contract: str, disagreement: int) -> ResponseReturnValue:
    """Write or change how one's own party sees it."""
    said = web.form(
        statement=Field("words", limit=4000, required=True), wanted=TEXT, revision=REVISION
    )

    def change(row: Row[Any]) -> str:
        view = View(said["statement"], said["wanted"])
        disagreements.state(row, web.member(), view, said["revision"])
        return "stated"

    return _changed(disagreement, change)


@posting("climb", "climb")
def climb(contract: str, disagreement: int) -> ResponseReturnValue:
    """A step further, or the wish for it; for safety at once."""
    said = web.form(
        safety=Field("flag"), reason=TEXT, to=Field("int", default=None), revision=REVISION
    )

    def change(row: Row[Any]) -> str:
        wanted = Climb(said["safety"], said["reason"], said["to"])
        climbed = disagreements.climb(row, web.member(), wanted, said["revision"])
        return "climbed" if climbed else "wished"

    return _changed(disagreement, change)


@posting("resolution", "resolve")
def resolve(contract: str, disagreement: int) -> ResponseReturnValue:
    """Write the one text that both sign."""
    said = web.form(resolution=Field("words", limit=4000, required=True), revision=REVISION)

    def change(row: Row[Any]) -> str:
        disagreements.resolve(row, web.member(), said["resolution"], said["revision"])
        return "written"

    return _changed(disagreement, change)


@posting("signature", "resolve")
def sign(contract: str, disagreement: int) -> ResponseReturnValue:
    """Sign the text that stands."""
    said = web.form(revision=REVISION)

    def change(row: Row[Any]) -> str:
        disagreements.sign(row, web.member(), said["revision"])
        return "signed"

    return _changed(disagreement, change)
