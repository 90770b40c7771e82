"""Today's round, ordered along the building, and signing for it as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Row, Select, or_, select

from inspection import clock, web, words
from inspection.assets import tree
from inspection.contracts import agreements
from inspection.db import db, table
from inspection.idempotency import Done, Submission, actor_scope, once
from inspection.people import memberships
from inspection.plans import titles, walk
from inspection.rules.access import Member, Party
from inspection.rules.refusal import N_, Refusal
from inspection.rules.visit import DONE, VISIT_WORDS, VisitState
from inspection.visits import record, signing
from inspection.visits.models import Visit
from inspection.web import MEMBER, Field, Refused, Rule, again, allow

rooms = Blueprint("rounds", __name__)

SHOWN = 150  # rows of one page; levels beyond say how many they hold
MOST_SIGNED = 200
KEY_LENGTH = 64
_visits, _submissions = table(Visit), table(Submission)
SAID = {
    "round-signed": N_("Signed, for every visit of the round at once."),
    "visit-left": N_("Left. The visit waits in the round as before."),
}


@dataclass(frozen=True)
class Asked:
    """Which part of the round is shown: a place with all in it, a checklist, only our own."""

    place: Row[Any] | None
    checklist: str
    mine: bool

    @property
    def query(self) -> dict[str, Any]:
        return {
            "place": self.place.id if self.place else None,
            "checklist": self.checklist or None,
            "mine": "1" if self.mine else None,
        }

    def narrowed(self) -> Iterable[ColumnElement[bool]]:
        if self.place is not None:
            yield tree.within(_visits.c.place, self.place.path)
        if self.checklist:
            yield _visits.c.checklist_key == self.checklist


def _asked() -> Asked:
    return Asked(
        walk.chosen(web.contract().id, request.args.get("place", "")),
        request.args.get("checklist", "")[:60],
        request.args.get("mine") == "1",
    )


@rooms.get("/c/<contract>/round")
@allow(MEMBER)
def today(contract: str) -> ResponseReturnValue:
    """What this person can do today, as they walk; then what they did, to be signed for."""
    web.keep_on_phone()
    here, asked, now = web.contract(), _asked(), record.today(web.contract().tz)
    todo, done = waiting(web.member(), asked, now), submitted(web.member(), here.tz)
    along = walk.Walk(here.id, (row.place for row in (*todo, *done)))
    stretches = along.stretches(todo, SHOWN)
    signed = signing.signed_by(here.id, (row.id for row in done))
    return render_template(
        "plans/round.html",
        asked=asked,
        today=now,
        stretches=stretches,
        walk=along,
        count=len(todo),
        minutes=sum(row.minutes or 0 for row in todo),
        overdue=sum(record.stands(row, now) == "overdue" for row in todo),
        done=done,
        unsigned=[row for row in done if len(signed[row.id]) < len(Party)],
        signed=signed,
        failed=failed_before(here.id, (row for one in stretches for row in one.rows)),
        titles=titles.titles(here.id, "checklist"),
        checklists=sorted({row.checklist_key for row in todo}),
        places=walk.choices(here.id, asked.place),
        others=[one.name for one in memberships.of_contract(here.id) if one.party != _ours()],
        stood=record.stands,
        WORDS=VISIT_WORDS,
        scale=agreements.scale,
        notices=words.said(SAID),
    )


@rooms.get("/c/<contract>/round/next")
@allow(MEMBER)
def go_on(contract: str) -> ResponseReturnValue:
    """From a visit that was just submitted to the next one on the way; the round when none is."""
    after = web.whole(request.args.get("after", ""))
    if after is not None:
        following = next_after(web.member(), record.found(web.contract().id, after))
        if following is not None:
            return redirect(url_for("visit_pages.one", contract=contract, visit=following.id), 303)
    return redirect(url_for("rounds.today", contract=contract), 303)


def _ours() -> Party:
    return web.member().party


# ---------------------------------------------------------------- what waits

_WAITING: Select[Any] = select(
    _visits.c.id,
    _visits.c.asset_id,
    _visits.c.place,
    _visits.c.checklist_key,
    _visits.c.state,
    _visits.c.for_party,
    _visits.c.due_from,
    _visits.c.due_on,
    _visits.c.minutes,
    _visits.c.started_at,
)


def waiting(me: Member, asked: Asked, now: date) -> list[Row[Any]]:
    """Planned visits whose time has come, for the member's party or whoever comes first; and those
    the member has begun.
    """
    ours = [_visits.c.for_party == me.party.value]
    anybodys = [] if asked.mine else [_visits.c.for_party.is_(None)]
    due = (
        _visits.c.contract_id == me.contract_id,
        _visits.c.state == VisitState.PLANNED.value,
        _visits.c.due_from <= now,
        or_(*ours, *anybodys),
    )
    begun = (
        _visits.c.contract_id == me.contract_id,
        _visits.c.inspector_id == me.id,
        _visits.c.state == VisitState.IN_PROGRESS.value,
    )
    return [
        row
        for one in (begun, due)
        for row in db.session.execute(_WAITING.where(*one, *asked.narrowed()))
    ]


def next_after(me: Member, done: Row[Any]) -> Row[Any] | None:
    """What waits for a member at or behind the place of a visit; else what they passed by first."""
    todo = waiting(me, Asked(None, "", False), record.today(done.tz))
    along = walk.Walk(me.contract_id, (row.place for row in (*todo, done)))
    here = along.order(done.place)
    todo.sort(key=lambda row: (along.order(row.place) < here, along.order(row.place), row.id))
    return todo[0] if todo else None


_EARLIER = _visits.alias("earlier")


def _last(state: VisitState) -> Any:
    """The last visit to the same place by the same checklist in one of its states of done."""
    return (
        select(_EARLIER.c.id)
        .where(
            _EARLIER.c.contract_id == _visits.c.contract_id,
            _EARLIER.c.asset_id == _visits.c.asset_id,
            _EARLIER.c.state == state.value,
            _EARLIER.c.checklist_key == _visits.c.checklist_key,
        )
        .order_by(_EARLIER.c.submitted_at.desc())
        .limit(1)
        .correlate(_visits)
        .scalar_subquery()
    )


_BEFORE = select(_visits.c.id, *(_last(state).label(state.value) for state in sorted(DONE)))

_OUTCOME: Select[Any] = select(_visits.c.id, _visits.c.finding_count, _visits.c.submitted_at)


def failed_before(contract_id: int, rows: Iterable[Row[Any]]) -> Mapping[int, Row[Any]]:
    """The visit before each of these, where it had findings, by the id of the one that waits."""
    waiting_ids = [row.id for row in rows]
    pairs = list(
        db.session.execute(
            _BEFORE.where(_visits.c.contract_id == contract_id, _visits.c.id.in_(waiting_ids))
        )
    )
    ids = {one for _, *last in pairs for one in last if one is not None}
    found = _OUTCOME.where(_visits.c.contract_id == contract_id, _visits.c.id.in_(ids))
    earlier = {row.id: row for row in db.session.execute(found)}
    newest = {
        id_: max((earlier[one] for one in last if one), key=lambda row: row.submitted_at)
        for id_, *last in pairs
        if any(last)
    }
    return {id_: row for id_, row in newest.items() if row.finding_count}


# ---------------------------------------------------------------- what was done


def submitted(me: Member, tz: str) -> list[Row[Any]]:
    """What the member submitted today, the newest first."""
    midnight = record.midnight(record.today(tz), tz)
    mine = record.VISITS.where(
        _visits.c.contract_id == me.contract_id,
        _visits.c.inspector_id == me.id,
        _visits.c.state.in_(record.WAS_DONE),
        _visits.c.submitted_at >= midnight,
    )
    return list(db.session.execute(mine.order_by(_visits.c.submitted_at.desc())))


SIGNED = {
    "visits": Field(limit=12 * MOST_SIGNED),
    "submissions": Field(limit=(KEY_LENGTH + 1) * MOST_SIGNED),
    "sign-us": Field("words", signing.LARGEST),
    "sign-them": Field("words", signing.LARGEST),
    "signed-us": Field(limit=signing.NAME_LIMIT),
    "signed-them": Field(limit=signing.NAME_LIMIT),
}


@rooms.post("/c/<contract>/round/signatures")
@allow(Rule("member", "inspect"))
@again(today)
def sign(contract: str) -> ResponseReturnValue:
    """Sign once for all visits of the round: this member, and whoever of the other party came.

    `visits` are ids; `submissions` the keys of visits that were still on the phone. 503 until each
    of them is here: what arrives before what it is about waits, and is then applied.
    """
    given, me = web.form(**SIGNED), web.member()

    def write() -> Done:
        rows = _mine(me, [*_listed(given["visits"]), *_arrived(given["submissions"])])
        if not sum([_signed(me, row, given) for row in rows]):
            raise Refused(_NOTHING_TO_SIGN)
        return Done(url_for("rounds.today", contract=web.contract().slug), "round-signed")

    return once(write)


_NOTHING_TO_SIGN = Refusal(
    "round.nobody",
    N_("Nobody signed: draw on the glass, or type the name of who signs."),
)


_ON_THE_WAY = Refusal(
    "round.on_the_way",
    N_(
        "Some inspections of this round are still on the phone. This is applied when they are here."
    ),
)


def _listed(text: str) -> list[int | None]:
    return [web.whole(one) for one in text.replace(",", " ").split()]


def _arrived(text: str) -> list[int | None]:
    """The visits that forms of this person became, by their keys."""
    keys = set(text.replace(",", " ").split())
    sent = select(_submissions.c.answer).where(
        _submissions.c.scope == actor_scope(), _submissions.c.key.in_(keys)
    )
    answers = list(db.session.execute(sent).scalars()) if keys else []
    if len(answers) < len(keys):
        raise Refused(_ON_THE_WAY, status=503)
    return [web.whole(one["number"]) for one in answers]


def _mine(me: Member, named: Sequence[int | None]) -> Sequence[Row[Any]]:
    """The member's own submitted visits of some ids; 404 when one is nothing of the kind."""
    ids = set(named)
    if None in ids or not 0 < len(ids) <= MOST_SIGNED:
        abort(404)
    own = record.VISITS.where(
        _visits.c.contract_id == me.contract_id,
        _visits.c.inspector_id == me.id,
        _visits.c.state.in_(record.WAS_DONE),
        _visits.c.id.in_(ids),
    )
    rows = list(db.session.execute(own.order_by(_visits.c.id)))
    if len(rows) != len(ids):
        abort(404)
    return rows


def _signed(me: Member, row: Row[Any], given: Mapping[str, str]) -> int:
    """Keep the signatures that a visit still lacks, with its event; how many they were."""
    there = signing.signed_by(row.contract_id, [row.id])[row.id]
    hands = {
        me.party: (given["signed-us"], me.id, given["sign-us"]),
        me.party.other: (
            given["signed-them"],
            _member_called(me.party.other, given["signed-them"]),
            given["sign-them"],
        ),
    }
    signing_now = [
        party
        for party, (name, _, strokes) in hands.items()
        if party not in there and (name or strokes)
    ]
    for party in signing_now:
        signing.sign(row, party, *hands[party], clock.now())
    if signing_now:
        parties = [party.value for party in signing_now]
        record.tell(row, "visit.signed", me, data={"parties": parties})
    return len(signing_now)


def _member_called(party: Party, name: str) -> int | None:
    """The member of a party with this name, unless nobody or more than one has it."""
    people = memberships.of_contract(web.contract().id)
    called = [
        one.id for one in people if one.party == party and one.name.casefold() == name.casefold()
    ]
    return called[0] if len(called) == 1 else None
