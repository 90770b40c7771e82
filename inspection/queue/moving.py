"""Posts that move an action: each a noun in the address and a verb in the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from inspection import web
from inspection.actions import applying, merging, moves, offered
from inspection.actions.moves import Wanted
from inspection.actions.offered import Brought
from inspection.assets import scans
from inspection.idempotency import Done, Offered, left_before, once
from inspection.photos import evidence
from inspection.queue.routes import action, address
from inspection.reports import asking
from inspection.reports.receiving import category_named
from inspection.rules.access import Member
from inspection.rules.lifecycle import Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Priority
from inspection.web import Field, Refused, Rule, again, allow

rooms = Blueprint("moves", __name__)

WORDS = Field("words", limit=4000)
VERSION = Field("int", default=None)
_URL = "/c/<contract>/actions/<int:number>/"


def posting(
    noun: str, right: str, page: Callable[..., ResponseReturnValue] = action
) -> Callable[[web.View], web.View]:
    """A post to `noun` of an action, for members with `right`; a refusal shows `page` again."""

    def decorate(view: web.View) -> web.View:
        guarded = allow(Rule("member", right))(again(page)(view))
        return rooms.post(_URL + noun)(guarded)

    return decorate


def read(**fields: Field) -> dict[str, Any]:
    """`web.form` for a change of an action, which may have waited on a phone.

    The version that its sender looked at is at least the one their own form before it left. What
    is written and what is chosen is noted, to be kept should the change come too late.
    """
    said = web.form(**fields)
    left = left_before()
    if left is not None and said.get("version") is not None:
        said["version"] = max(said["version"], left)
    written = [said[name] for name, asked in fields.items() if asked.kind == "words"]
    chosen = {
        name: str(said[name])
        for name, asked in fields.items()
        if asked.kind != "words" and name not in _NOT_CHOSEN and said[name]
    }
    g.brought = "\n\n".join(filter(None, written)), chosen
    return said


_NOT_CHOSEN = frozenset({"version", "scan", "back", "hold"})


def late(number: int) -> Offered | None:
    """Keep what the form of this request brought beside the action, when it comes too late.

    None for a form without the outbox: its page comes back with what was typed.
    """

    def keep(no: Refused) -> Done:
        if not offered.is_late(no):
            raise no
        row = moves.found(web.contract().id, number)
        brought, why = _brought(), offered.why(row, no)
        if not brought.worth_keeping:
            raise Refused(*why, status=409)
        stands = offered.keep(row, web.member(), brought, no)
        said = [{"code": one.code, "sentence": web.say(one), "field": None} for one in why]
        there = moves.by_id(row.contract_id, stands.what.entity_id).number
        return Done(address(there), number=str(there), refused=said)

    return keep if web.wants_json() else None


def _brought() -> Brought:
    text, chosen = g.get("brought", ("", {}))
    view: Any = current_app.view_functions[request.endpoint or ""]
    return Brought(view.rule.right, text, chosen, evidence.received().kept)


def moved(
    number: int, wanted: Callable[[Any], Wanted], said_when_merged: str = ""
) -> ResponseReturnValue:
    """Make one move in one transaction and go back to the action.

    `said_when_merged`: the move only adds, so it is made where the work went on.
    """

    def write() -> Done:
        row = moves.found(web.contract().id, number)
        want = wanted(row)
        there = offered.went_on(row, want.version) if said_when_merged else row
        moves.make(there, want)
        said = want.move.value if there is row else said_when_merged
        return Done(address(there.number), said, str(there.number), version=applying.left(there))

    return once(write, offered=late(number))


def done(
    number: int, said: str, change: Callable[[Row[Any]], Any], back: str = ""
) -> ResponseReturnValue:
    """Change one action in one transaction and go back to it.

    `back`: a place on its page (`#holds`), or the address of another page.
    """

    def write() -> Done:
        row = moves.found(web.contract().id, number)
        change(row)
        there = back if back.startswith("/") else address(number) + back
        return Done(there, said, str(number), version=applying.left(row))

    return once(write, offered=late(number))


Worded = Callable[[Row[Any], Member, str, int | None], Any]
"""What is done to an action by a member with some words, at the version they looked at."""


def worded(number: int, noted: str, change: Worded, back: str = "") -> ResponseReturnValue:
    """The same for a form that has words and nothing else."""
    said = read(text=WORDS, version=VERSION)

    def with_words(row: Row[Any]) -> Any:
        return change(row, web.member(), said["text"], said["version"])

    return done(number, noted, with_words, back)


def _simple(number: int, move: Move, said_when_merged: str = "") -> ResponseReturnValue:
    """A move that brings words and pictures at most."""
    said = read(text=WORDS, version=VERSION)
    pictures = evidence.received().insist()
    given = Given(said["text"], len(pictures))
    wanted = Wanted(move, web.member(), given, said["version"], pictures=pictures)
    return moved(number, lambda row: wanted, said_when_merged)


@posting("acknowledgement", "acknowledge")
def acknowledge(contract: str, number: int) -> ResponseReturnValue:
    """Take it on: category, priority and who goes."""
    said = read(
        category=Field(required=True),
        priority=Field(required=True, choices=tuple(Priority)),
        assignee=Field("int", default=None),
        text=WORDS,
        version=VERSION,
    )
    category = category_named(web.contract().id, said["category"])

    def wanted(row: Any) -> Wanted:
        assignee = moves.assignable(row, said["assignee"])
        columns = {
            "category_id": category.id,
            "priority": said["priority"],
            "assignee_id": assignee,
        }
        data = {"category": category.key, "priority": said["priority"], "assignee": assignee}
        given = Given(said["text"])
        return Wanted(
            Move.ACKNOWLEDGE,
            web.member(),
            given,
            said["version"],
            columns,
            data,
            service_line=category.service_line,
        )

    return moved(number, wanted)


@posting("assignment", "assign")
def assign(contract: str, number: int) -> ResponseReturnValue:
    """Say who goes."""
    said = read(assignee=Field("int", default=None, required=True), text=WORDS, version=VERSION)

    def wanted(row: Any) -> Wanted:
        columns = {"assignee_id": moves.assignable(row, said["assignee"])}
        data = {"assignee": said["assignee"], "before": row.assignee_id}
        given = Given(said["text"])
        return Wanted(Move.ASSIGN, web.member(), given, said["version"], columns, data)

    return moved(number, wanted)


@posting("assignment/reversal", "unassign")
def unassign(contract: str, number: int) -> ResponseReturnValue:
    """Undo the last assignment."""
    said = read(version=VERSION)

    def wanted(row: Any) -> Wanted:
        before = moves.assigned_before(row)
        data = {"assignee": before, "before": row.assignee_id}
        return Wanted(
            Move.UNASSIGN,
            web.member(),
            version=said["version"],
            columns={"assignee_id": before},
            data=data,
        )

    return moved(number, wanted)


@posting("start", "start")
def start(contract: str, number: int) -> ResponseReturnValue:
    """Begin, best by scanning the code on site: that is the proof of presence."""
    said = read(scan=Field(limit=400), version=VERSION)

    def wanted(row: Any) -> Wanted:
        data = scans.presence(said["scan"], row.asset_id)
        return Wanted(Move.START, web.member(), version=said["version"], data=data)

    return moved(number, wanted)


@posting("make-safe", "make_safe")
def make_safe(contract: str, number: int) -> ResponseReturnValue:
    """Nobody is in danger any more."""
    return _simple(number, Move.MAKE_SAFE)


@posting("temporary-fix", "fix_temporarily")
def fix_temporarily(contract: str, number: int) -> ResponseReturnValue:
    """It holds for now; say until when."""
    said = read(text=WORDS, expected_on=Field("date", default=None), version=VERSION)
    pictures = evidence.received().insist()
    given = Given(said["text"], len(pictures), said["expected_on"])
    data = {"expected_on": said["expected_on"].isoformat()} if said["expected_on"] else {}
    wanted = Wanted(
        Move.FIX_TEMPORARILY,
        web.member(),
        given,
        said["version"],
        data=data,
        pictures=pictures,
    )
    return moved(number, lambda row: wanted)


@posting("fix", "fix")
def fix(contract: str, number: int) -> ResponseReturnValue:
    """Put right, or nothing found: the other party looks next."""
    said = read(text=WORDS, no_fault_found=Field("flag"), version=VERSION)
    pictures = evidence.received().insist()
    given = Given(said["text"], len(pictures), no_fault_found=said["no_fault_found"])
    data = {"no_fault_found": True} if said["no_fault_found"] else {}
    wanted = Wanted(Move.FIX, web.member(), given, said["version"], data=data, pictures=pictures)
    return moved(number, lambda row: wanted)


@posting("acceptance", "accept")
def accept(contract: str, number: int) -> ResponseReturnValue:
    """It holds, says the other party; a permanent fix is verified by a scan or a record."""
    said = read(text=WORDS, scan=Field(limit=400), version=VERSION)
    pictures = evidence.received().insist()

    def wanted(row: Any) -> Wanted:
        data = scans.presence(said["scan"], row.asset_id)
        given = Given(said["text"], len(pictures), scanned=data["scanned"])
        version = said["version"]
        return Wanted(Move.ACCEPT, web.member(), given, version, data=data, pictures=pictures)

    return moved(number, wanted)


@posting("return", "return")
def send_back(contract: str, number: int) -> ResponseReturnValue:
    """It does not hold yet."""
    return _simple(number, Move.RETURN)


@posting("reopening", "reopen")
def reopen(contract: str, number: int) -> ResponseReturnValue:
    """It came back within five working days."""
    return _simple(number, Move.REOPEN)


@posting("comments", "comment")
def comment(contract: str, number: int) -> ResponseReturnValue:
    """Words that both parties read."""
    return _simple(number, Move.COMMENT, "comment_merged")


@posting("questions", "ask")
def ask(contract: str, number: int) -> ResponseReturnValue:
    """Ask whoever reported it."""
    said = read(text=WORDS, version=VERSION)

    def put(row: Row[Any]) -> None:
        asking.ask(offered.went_on(row, said["version"]), web.member(), said["text"])

    return done(number, "ask", put)


@posting("merge", "merge")
def merge(contract: str, number: int) -> ResponseReturnValue:
    """The same thing as another action: its reports move there."""
    said = read(master=Field("int", default=None, required=True), text=WORDS, version=VERSION)

    def write() -> Done:
        here = web.contract().id
        row, master = moves.found(here, number), master_numbered(here, said["master"])
        merging.merge(row, master, web.member(), said["version"], said["text"])
        return Done(address(master.number), "merge", str(master.number))

    return once(write, offered=late(number))


@posting("merge/reversal", "unmerge")
def unmerge(contract: str, number: int) -> ResponseReturnValue:
    """They were two things after all."""
    version = read(version=VERSION)["version"]
    return done(number, "unmerge", lambda row: merging.unmerge(row, web.member(), version))


def master_numbered(contract_id: int, number: int) -> Row[Any]:
    """The action to merge into; an unknown number is a mistake in a field, not a missing page."""
    row = moves.look(contract_id, number)
    if row is None:
        raise Refused(
            Refusal(
                "action.no_such_number",
                N_("There is no action with that number here."),
                where="master",
            )
        )
    return row
