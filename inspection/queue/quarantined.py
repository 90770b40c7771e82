"""What people left behind who may not any more: taken over as a comment, or discarded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, update

from inspection import clock, web, words
from inspection.actions import moves
from inspection.actions.moves import Wanted
from inspection.contracts import quarantine
from inspection.contracts.quarantine import Quarantine
from inspection.db import db, table, touched
from inspection.idempotency import Done, once
from inspection.journal import Happened, Written, record
from inspection.photos import evidence
from inspection.photos.models import Photo
from inspection.photos.serving import shown
from inspection.rules.lifecycle import STEPS, Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.web import Field, Refused, Rule, again, allow

rooms = Blueprint("quarantine", __name__)

LEADS = Rule("member", "release_held")
_kept, _photos = table(Quarantine), table(Photo)
SAID = {
    "taken-over": N_("Taken over: it is a comment of yours now, with its photos."),
    "discarded": N_("Discarded, with your reason. It stays in the record."),
}
OF_THE_FORM = frozenset(
    {
        *("version", "scan", "after", "kept", "photo", "shown", "back", "hold"),
        *("captured_at", "began_at", "website", "submission_key", "lang"),
    }
)
"""What a form carries for itself and nobody wrote."""
MEANT: Mapping[str, str] = {move.value: step.name for move, step in STEPS.items()}


@rooms.get("/c/<contract>/quarantine")
@allow(LEADS)
def page(contract: str, item: int = 0) -> ResponseReturnValue:
    """Everything that waits, with its words and photos."""
    here = web.contract().id
    rows = quarantine.waiting(here)
    photos: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for photo in evidence.of(here, quarantine_id=[row.id for row in rows]):
        photos[photo.quarantine_id].append(shown(photo))
    return render_template(
        "queue/quarantine.html",
        rows=rows,
        total=quarantine.count(here),
        photos=photos,
        said_of=said_of,
        MEANT=MEANT,
        refused_item=item,
        notices=words.said(SAID),
    )


def said_of(row: Row[Any]) -> list[tuple[str, str]]:
    """What somebody wrote or chose in the form: name and value; "" for its main words."""
    plain = [(name, value) for name, value in row.fields if name not in OF_THE_FORM and value]
    return [("" if name in ("text", "words") else name, value) for name, value in plain]


@rooms.post("/c/<contract>/quarantine/<int:item>/taking-over")
@allow(LEADS)
@again(page)
def take_over(contract: str, item: int) -> ResponseReturnValue:
    """Make it a comment of one's own on an action, which says who did it."""
    number = web.form(number=Field("int", required=True))["number"]

    def write() -> Done:
        here, by = web.contract().id, web.member()
        row = _undecided(item)
        action = moves.look(here, number)
        if action is None:
            missing = N_("There is no action with that number here.")
            raise Refused(Refusal("action.no_such_number", missing, where="number"))
        text = "\n\n".join(": ".join(filter(None, pair)) for pair in said_of(row))
        data = {"of_member": row.member_id, "meant": row.meant, "quarantine": row.id}
        given = Given(text or MEANT.get(row.meant, row.meant))
        written = moves.make(action, Wanted(Move.COMMENT, by, given, data=data))
        _hand_on(row, action, written)
        _decide(row, taken_over=True)
        _tell(row, "work.taken_over", data={"action": action.number})
        return Done(_address(contract), "taken-over", str(number))

    return once(write)


@rooms.post("/c/<contract>/quarantine/<int:item>/discarding")
@allow(LEADS)
@again(page)
def discard(contract: str, item: int) -> ResponseReturnValue:
    """It does not count, and why."""
    text = web.form(text=Field("words", limit=1000, required=True))["text"]

    def write() -> Done:
        row = _undecided(item)
        _decide(row, reason=text)
        _tell(row, "work.discarded", text)
        return Done(_address(contract), "discarded", str(item))

    return once(write)


def _address(contract: str) -> str:
    return url_for("quarantine.page", contract=contract)


def _undecided(item: int) -> Row[Any]:
    row = quarantine.found(web.contract().id, item)
    if row.decided_at is not None:
        raise Refused(
            Refusal("quarantine.decided", N_("Somebody has decided about this already.")),
            status=409,
        )
    return row


def _decide(row: Row[Any], **values: Any) -> None:
    result = db.session.execute(
        update(_kept)
        .where(
            _kept.c.contract_id == row.contract_id,
            _kept.c.id == row.id,
            _kept.c.decided_at.is_(None),
        )
        .values(decided_at=clock.now(), decided_by=web.member().id, **values)
    )
    if touched(result) != 1:
        _undecided(row.id)


def _hand_on(row: Row[Any], action: Row[Any], written: Written) -> None:
    """Its photos stand with the comment now, those that still are on their way too."""
    db.session.execute(
        update(_photos)
        .where(_photos.c.contract_id == row.contract_id, _photos.c.quarantine_id == row.id)
        .values(quarantine_id=None, action_id=action.id, event_id=written.id)
    )


def _tell(row: Row[Any], kind: str, text: str = "", data: Mapping[str, Any] | None = None) -> None:
    record(
        Happened(
            row.contract_id, kind, "quarantine", row.id, web.member(), text=text, data=data or {}
        )
    )
