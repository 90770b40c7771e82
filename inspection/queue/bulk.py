"""Many rows of the queue in one go: each is moved or refused by itself, and says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Index, Row, String, bindparam, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from inspection import clock, web
from inspection.actions import decisions, merging, moves
from inspection.actions.moves import Wanted
from inspection.db import InContract, db, in_contract, table
from inspection.idempotency import Done, once
from inspection.queue.moving import master_numbered
from inspection.queue.routes import queue
from inspection.queue.view import View
from inspection.reports.receiving import categories
from inspection.rules.lifecycle import Given, Move
from inspection.rules.refusal import N_, Refusal, missing
from inspection.rules.states import Ask, Priority, State
from inspection.web import Field, Refused, Rule, again, allow

rooms = Blueprint("bulk", __name__)

MOST = 500


class Bulk(InContract, kw_only=True):
    """What became of every row of one go; `results` holds a `Result` each, as lists."""

    __tablename__ = "bulk"
    __table_args__ = in_contract(Index(None, "contract_id", "member_id"), member_id="membership")
    member_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(12))
    results: Mapped[list[Any]]
    done_at: Mapped[datetime]


_bulks = table(Bulk)
_MINE = select(_bulks).where(
    _bulks.c.contract_id == bindparam("contract"), _bulks.c.member_id == bindparam("member")
)
_LATEST = _MINE.order_by(_bulks.c.id.desc()).limit(1)
_FOUND = _MINE.where(_bulks.c.id == bindparam("id"))


@dataclass(frozen=True)
class Result:
    """What became of one row; `sentence` (English, with `params`) says why or what else."""

    number: int
    done: bool
    sentence: str = ""
    params: Mapping[str, Any] | None = None

    @property
    def kept(self) -> list[Any]:
        """As it is stored: facts of plain types."""
        params = {name: _plain(value) for name, value in (self.params or {}).items()}
        return [self.number, self.done, self.sentence, params]

    @property
    def said(self) -> str:
        """The sentence in the reader's language."""
        return web.say(Refusal("", self.sentence, self.params or {})) if self.sentence else ""


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)


Step = Callable[[Row[Any], int], str]
"""What is done to a row that was seen at a version; answers what else is to be said of it."""

DONE: Mapping[str, str] = {
    "acknowledge": N_("Acknowledged"),
    "assign": N_("Assigned"),
    "prioritise": N_("Priority set, or asked for"),
    "merge": N_("Merged"),
}

# ---------------------------------------------------------------- the post


@rooms.post("/c/<contract>/queue/bulk")
@allow(Rule("member", "assign"))
@again(queue)
def apply(contract: str) -> ResponseReturnValue:
    """Do one thing to every chosen row; a refused row hinders no other.

    Fields: `what`, `action` (repeated, `number:version`) and what the move needs; the address names
    the view. One transaction, one savepoint a row; a replay shows the first results.
    """
    said = web.form(
        what=Field(required=True, choices=tuple(DONE)),
        action=Field(default=""),
        assignee=Field("int", default=None),
        priority=Field(choices=tuple(Priority)),
        master=Field("int", default=None),
        text=Field("words", limit=4000),
    )
    chosen = _chosen(web.submitted().getlist("action"))

    def write() -> Done:
        step = _STEPS[said["what"]](said)
        results = [_one(number, version, step) for number, version in chosen]
        kept = {
            "contract_id": web.contract().id,
            "member_id": web.member().id,
            "what": said["what"],
            "results": [result.kept for result in results],
            "done_at": clock.now(),
        }
        made = db.session.execute(insert(_bulks).returning(_bulks.c.id), kept).scalar_one()
        view = View.of(request.args).query(of=str(made))
        address = url_for("bulk.results", contract=web.contract().slug)
        return Done(f"{address}?{view}", number=str(made))

    return once(write)


def _chosen(pairs: list[str]) -> list[tuple[int, int]]:
    """The rows that were chosen, each once: number and the version that was looked at."""
    found: dict[int, int] = {}
    for pair in pairs:
        number, _, version = pair.partition(":")
        seen = web.whole(version)
        if (one := web.whole(number)) is None or seen is None:
            raise Refused(Refusal("bulk.not_a_row", N_("Choose rows of this queue.")))
        found[one] = seen
    if not found:
        raise Refused(Refusal("bulk.nothing_chosen", N_("Choose at least one row first.")))
    if len(found) > MOST:
        raise Refused(
            Refusal(
                "bulk.too_many",
                N_("Choose at most %(most)s rows at a time; %(count)s were chosen."),
                {"most": MOST, "count": len(found)},
            )
        )
    return list(found.items())


def _one(number: int, version: int, step: Step) -> Result:
    """One row, all of it or nothing of it."""
    row = moves.look(web.contract().id, number)
    if row is None:
        return Result(number, False, N_("There is no action with that number here."))
    try:
        with db.session.begin_nested():
            return Result(number, True, step(row, version))
    except Refused as no:
        first = no.refusals[0]
        return Result(number, False, first.sentence, first.params)


# ---------------------------------------------------------------- what can be done


def _acknowledge(said: Mapping[str, Any]) -> Step:
    return _acknowledging({})


def _acknowledging(chosen: Mapping[str, Any]) -> Step:
    """Take rows on as they stand, but for the columns in `chosen`."""
    keys = {category.id: category.key for category in categories(web.contract().id)}

    def step(row: Row[Any], version: int) -> str:
        moves.assignable(row, chosen.get("assignee_id"))
        columns: dict[str, Any] = {
            "category_id": row.category_id,
            "priority": str(row.priority),
            "assignee_id": row.assignee_id,
            **chosen,
        }
        data = {
            "category": keys.get(row.category_id),
            "priority": columns["priority"],
            "assignee": columns["assignee_id"],
        }
        moves.make(
            row,
            Wanted(Move.ACKNOWLEDGE, web.member(), version=version, columns=columns, data=data),
        )
        return ""

    return step


def _assign(said: Mapping[str, Any]) -> Step:
    """Say who goes; what nobody has acknowledged yet is acknowledged with it."""
    member = _needed(said, "assignee")
    first = _acknowledging({"assignee_id": member})

    def step(row: Row[Any], version: int) -> str:
        if row.state == State.RECEIVED:
            first(row, version)
            return N_("Acknowledged with it.")
        columns = {"assignee_id": moves.assignable(row, member)}
        data = {"assignee": member, "before": row.assignee_id}
        given = Given(said["text"])
        moves.make(row, Wanted(Move.ASSIGN, web.member(), given, version, columns, data))
        return ""

    return step


def _prioritise(said: Mapping[str, Any]) -> Step:
    """Set the priority together with acknowledging; later the other party is asked."""
    priority = _needed(said, "priority")
    first = _acknowledging({"priority": priority})

    def step(row: Row[Any], version: int) -> str:
        if row.state == State.RECEIVED:
            first(row, version)
            return N_("Acknowledged with it.")
        if row.priority == priority:
            return N_("It has this priority already.")
        _ask_for(row, version, priority, said["text"])
        return N_("The other party has been asked.")

    return step


def _ask_for(row: Row[Any], version: int, priority: str, text: str) -> None:
    question = text or gettext(
        "Change the priority from %(before)s to %(after)s?", before=row.priority, after=priority
    )
    wanted = {"priority": priority}
    decisions.ask(row, web.member(), Ask.PRIORITY, question, wanted, version)


def _merge(said: Mapping[str, Any]) -> Step:
    """All of them are one thing; the one they are merged into may be among them."""
    master = master_numbered(web.contract().id, _needed(said, "master"))

    def step(row: Row[Any], version: int) -> str:
        if row.id == master.id:
            return N_("The others were merged into this one.")
        merging.merge(row, master, web.member(), version, said["text"])
        return ""

    return step


def _needed(said: Mapping[str, Any], name: str) -> Any:
    if not said[name]:
        raise Refused(missing(name))
    return said[name]


_STEPS: Mapping[str, Callable[[Mapping[str, Any]], Step]] = {
    "acknowledge": _acknowledge,
    "assign": _assign,
    "prioritise": _prioritise,
    "merge": _merge,
}

# ---------------------------------------------------------------- the results


@rooms.get("/c/<contract>/queue/bulk")
@allow(Rule("member", "assign"))
def results(contract: str) -> ResponseReturnValue:
    """What became of every row of one go: `of` names it, else the latest of whoever asks."""
    bulk = _bulk(request.args.get("of"))
    rows = [Result(*kept) for kept in bulk.results] if bulk else []
    if web.wants_json():
        return jsonify(
            results=[{"number": one.number, "done": one.done, "said": one.said} for one in rows]
        )
    return render_template(
        "queue/bulk.html",
        rows=rows,
        what=gettext(DONE[bulk.what]) if bulk else "",
        back=View.of(request.args).query(),
    )


def _bulk(of: str | None) -> Row[Any] | None:
    mine = {"contract": web.contract().id, "member": web.member().id}
    if of is None:
        return db.session.execute(_LATEST, mine).first()
    bulk = db.session.execute(_FOUND, mine | {"id": web.whole(of) or 0}).first()
    return bulk or abort(404)
