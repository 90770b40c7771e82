"""What came with a change that was refused because the action had moved on: it is not lost.

The words and pictures stand in the action's history as offered; both parties read them. Nothing
else is changed: who was quicker decided it, and whoever was too late looks at it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from inspection import clock, words
from inspection.actions import applying, merging
from inspection.idempotency import made_at
from inspection.journal import Written
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules.access import PARTY_WORDS, Member, Party
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import STATE_WORDS, State
from inspection.web import Refused

OFFERED = "action.change_offered"

DID: Mapping[str, str] = {
    "action.acknowledged": N_("%(who)s acknowledged it %(when)s."),
    "action.assigned": N_("%(who)s changed who does it %(when)s."),
    "action.unassigned": N_("%(who)s changed who does it %(when)s."),
    "action.started": N_("%(who)s started work on it %(when)s."),
    "action.made_safe": N_("%(who)s made it safe %(when)s."),
    "action.fixed_temporarily": N_("%(who)s fixed it for now %(when)s."),
    "action.fixed": N_("%(who)s fixed it %(when)s."),
    "action.returned": N_("%(who)s returned it %(when)s."),
    "action.reopened": N_("%(who)s reopened it %(when)s."),
    "action.merged": N_("%(who)s merged it into no. %(master)s %(when)s."),
    "action.unmerged": N_("%(who)s undid the merge %(when)s."),
    "action.held": N_("%(who)s put it on hold %(when)s."),
    "action.hold_lifted": N_("%(who)s took it off hold %(when)s."),
    "action.handed_over": N_("%(who)s handed it over to the other party %(when)s."),
    "action.decision_answered": N_("%(who)s answered what was asked %(when)s."),
}
_CLOSED = N_("%(who)s closed it %(when)s.")
_CHANGED = N_("%(who)s changed it %(when)s; it is now “%(state)s”.")
_SAID_BETTER = frozenset({"action.moved_on", "action.wrong_state"})


@dataclass(frozen=True)
class Brought:
    """What a form brought that is worth keeping when it comes too late.

    `meant`: the right that the change takes (`fix`). `chosen`: what was picked and not written.
    """

    meant: str
    text: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Kept, ...] = ()

    @property
    def worth_keeping(self) -> bool:
        return bool(self.text or self.pictures)


def is_late(no: Refused) -> bool:
    """Whether a change is refused for where the action stands, not for a mistake in its form."""
    return no.status == 409 or all(refusal.where is None for refusal in no.refusals)


def why(row: Row[Any], no: Refused) -> list[Refusal]:
    """Who was quicker, what they did and when, in one sentence; then what else speaks against."""
    return [who_did_it(row), *(one for one in no.refusals if one.code not in _SAID_BETTER)]


def who_did_it(row: Row[Any]) -> Refusal:
    """Who moved an action last, what they did and when: "Anna (Contractor) closed it today 13:50."

    The sentence is in the reader's language already.
    """
    last = applying.last_move(row)
    state = gettext(STATE_WORDS[State(row.state)])
    if last is None:
        somebody, when = gettext("Somebody"), _when(row.received_at)
        return Refusal("action.moved_on", _filled(_CHANGED, somebody, when, state))
    sentence = DID.get(last.kind, _CLOSED if row.state == State.CLOSED else _CHANGED)
    said = _filled(sentence, _who(last), _when(last.at), state, last.data.get("master"))
    return Refusal("action.moved_on", said)


def _filled(sentence: str, who: str, when: str, state: str, master: object = None) -> str:
    said = {"who": who, "when": when, "state": state, "master": master}
    return str(gettext(sentence)) % said


def _who(last: Row[Any]) -> str:
    if last.who:
        return f"{last.who} ({gettext(PARTY_WORDS[Party(last.party)])})"
    return str(gettext("Somebody who reported it") if last.actor == "reporter" else "Tandem")


def _when(moment: datetime) -> str:
    """As people say it, on the clock of the place: "today 13:50", else the day and the time."""
    here = words.local(moment)
    if here.date() == words.local(clock.now()).date():
        return str(gettext("today %(time)s", time=f"{here:%H:%M}"))
    return words.at(moment)


def keep(row: Row[Any], by: Member, brought: Brought, no: Refused) -> Written:
    """Put what was brought into the action's history, in the caller's transaction.

    Into that of the action it was merged into, where it was: there the work goes on.
    """
    stands = merging.master_of(row) or row
    data = {
        "meant": brought.meant,
        "why": [refusal.code for refusal in no.refusals],
        "photos": len(brought.pictures),
        **({"chosen": dict(brought.chosen)} if brought.chosen else {}),
        **({"merged_from": row.number} if stands.id != row.id else {}),
    }
    about = ("action", stands.id)
    written = applying.note(stands, OFFERED, about, data, by, brought.text, made_at())
    evidence.attach(brought.pictures, stands.contract_id, action_id=stands.id, event_id=written.id)
    return written


def went_on(row: Row[Any], version: int | None) -> Row[Any]:
    """Where something that is only added belongs: to what `row` was merged into since `version`."""
    if version is None or version >= row.version:
        return row
    return merging.master_of(row) or row
