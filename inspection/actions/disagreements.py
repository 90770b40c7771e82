"""The parties see it differently: statements, steps up the ladder, one resolution signed by both.

Work on the action goes on meanwhile. Every change names the revision it was made on, and writes an
event of the action that keeps the words; so what stood there before stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort
from flask_babel import gettext
from sqlalchemy import Row, bindparam, insert, select, update

from inspection import clock
from inspection.actions import applying, standing
from inspection.actions.models import Disagreement
from inspection.db import db, table, touched
from inspection.rules import ladder
from inspection.rules.access import Member, Party
from inspection.rules.ladder import Dispute, Subject
from inspection.rules.refusal import N_, Refusal
from inspection.web import Refused, accepted

_disagreements = table(Disagreement)

_OF_ACTION = (
    select(_disagreements)
    .where(
        _disagreements.c.contract_id == bindparam("contract"),
        _disagreements.c.action_id == bindparam("action"),
    )
    .order_by(_disagreements.c.id)
)


def found(contract_id: int, disagreement_id: int) -> Row[Any]:
    """One disagreement of this contract; 404 when it has none with that id."""
    row = db.session.execute(
        select(_disagreements).where(
            _disagreements.c.contract_id == contract_id, _disagreements.c.id == disagreement_id
        )
    ).first()
    if row is None:
        abort(404)
    return row


def dispute(row: Row[Any]) -> Dispute:
    """The row as the rules of the ladder see it."""
    return Dispute(
        step=row.step,
        step_since=row.step_since,
        stated=frozenset(p for p in Party if getattr(row, f"statement_{p.value}")),
        wishes=frozenset(p for p in Party if getattr(row, f"climb_{p.value}")),
        resolution=row.resolution,
        signed=frozenset(p for p in Party if getattr(row, f"signed_{p.value}_at")),
    )


# ---------------------------------------------------------------- what people do


@dataclass(frozen=True)
class View:
    """How a party sees it, and what it wants."""

    statement: str
    wanted: str = ""


def open(
    row: Row[Any], by: Member, subject: Subject, view: View, subject_id: int | None = None
) -> int:
    """Open a disagreement about an action on the first step of both sides; its id."""
    now = clock.now()
    made = db.session.execute(
        insert(_disagreements)
        .values(
            contract_id=row.contract_id,
            action_id=row.id,
            subject=subject.value,
            subject_id=subject_id,
            opened_by=by.id,
            opened_party=by.party.value,
            opened_at=now,
            step_since=now,
            step_due_at=_step_due(row, 1, now),
            **{**NOTHING_YET, **_said(view, by.party)},
        )
        .returning(_disagreements)
    ).one()
    data = {"subject": subject.value, "step": 1}
    _tell(made, "opened", by, _in_words(view), data)
    return int(made.id)


NOTHING_YET: Mapping[str, Any] = {
    "step": 1,
    "climb_customer": False,
    "climb_contractor": False,
    "safety": False,
    "resolution": "",
    "revision": 1,
    **{f"{name}_{party.value}": "" for name in ("statement", "wanted") for party in Party},
}


def _said(view: View, party: Party) -> dict[str, str]:
    """The columns of what a party says; refuses nothing at all."""
    if not view.statement.strip():
        raise Refused(
            Refusal(
                "disagreement.statement_missing",
                N_("Write how your party sees it."),
                where="statement",
            )
        )
    return {
        f"statement_{party.value}": view.statement.strip(),
        f"wanted_{party.value}": view.wanted.strip(),
    }


def _in_words(view: View) -> str:
    return "\n\n".join(filter(None, (view.statement.strip(), view.wanted.strip())))


def _step_due(action: Row[Any], step: int, since: datetime) -> datetime | None:
    by = standing.timing(action)
    return ladder.step_due(step, since, by.calendar, by.limits.ladder_days)


def state(row: Row[Any], by: Member, view: View, revision: int) -> None:
    """Write or change how one's own party sees it; what stood there stays in the history."""
    row = _current(row, revision)
    if dispute(row).resolved:
        raise Refused(ladder.RESOLVED, status=409)
    _change(row, **_said(view, by.party))
    _tell(row, "stated", by, _in_words(view), {"step": row.step})


@dataclass(frozen=True)
class Climb:
    """A wish for the next step; for safety's sake at once, with the reason, and as far as `to`."""

    safety: bool = False
    reason: str = ""
    to: int | None = None


def climb(row: Row[Any], by: Member, wanted: Climb, revision: int) -> bool:
    """Take it a step further, or note the wish for it; whether it climbed. Raises `Refused`.

    It climbs when the time of the step is over or the other party wishes it too; for safety at
    once.
    """
    now = clock.now()
    row = _current(row, revision)
    action = standing.by_id(row.contract_id, row.action_id)
    before = dispute(row)
    if wanted.safety:
        _insist_on_reason(wanted)
        before = Dispute(**{**vars(before), "safety": True})
    timing = standing.timing(action)
    refused = ladder.may_climb(
        before, by.party, by.role, now, timing.calendar, timing.limits.ladder_days
    )
    if refused and refused.code == "disagreement.step_runs":
        _wish(row, by)
        return False
    accepted(refused or True)
    row = time_over(row, now)
    after = ladder.climb(before, now, _target(before, wanted))
    _change(
        row,
        step=after.step,
        step_since=now,
        step_due_at=_step_due(action, after.step, now),
        time_over_at=None,
        climb_customer=False,
        climb_contractor=False,
        safety=row.safety or wanted.safety,
    )
    data = {"from": row.step, "step": after.step, "safety": wanted.safety}
    _tell(row, "climbed", by, wanted.reason, data)
    return True


def _insist_on_reason(wanted: Climb) -> None:
    if not wanted.reason.strip():
        raise Refused(
            Refusal(
                "disagreement.safety_reason_missing",
                N_("Write what is not safe while it waits."),
                where="reason",
            )
        )


def _target(before: Dispute, wanted: Climb) -> int | None:
    """The step to go to: the next one, and only for safety a further one."""
    to = wanted.to if wanted.safety else None
    if to is not None and not before.step < to <= ladder.TOP:
        raise Refused(
            Refusal("disagreement.no_such_step", N_("Choose a step above this one."), where="to")
        )
    return to


def _wish(row: Row[Any], by: Member) -> None:
    """Note that a party wants the next step now; asked again it is told to wait."""
    if getattr(row, f"climb_{by.party.value}"):
        raise Refused(
            Refusal(
                "disagreement.wished",
                N_(
                    "Your party wishes it already. It climbs when the other party does too,"
                    " or when the time of this step is over."
                ),
            )
        )
    _change(row, **{f"climb_{by.party.value}": True})
    _tell(row, "climb_wished", by, data={"step": row.step})


def resolve(row: Row[Any], by: Member, text: str, revision: int) -> None:
    """Write the one resolution, signed by whoever writes it; other signatures are gone."""
    row = _current(row, revision)
    after = accepted(ladder.propose(dispute(row), by.party, by.role, text))
    now, other = clock.now(), by.party.other.value
    _change(
        row,
        resolution=after.resolution,
        resolved_by=by.id,
        **{f"signed_{by.party.value}_by": by.id, f"signed_{by.party.value}_at": now},
        **{f"signed_{other}_by": None, f"signed_{other}_at": None},
    )
    _tell(row, "resolution_written", by, after.resolution)


def sign(row: Row[Any], by: Member, revision: int) -> bool:
    """Sign the resolution that stands; whether it is resolved now."""
    row = _current(row, revision)
    after = accepted(ladder.sign(dispute(row), by.party, by.role))
    now, mine = clock.now(), by.party.value
    resolved = {"resolved_at": now} if after.resolved else {}
    _change(row, **{f"signed_{mine}_by": by.id, f"signed_{mine}_at": now}, **resolved)
    _tell(row, "signed", by)
    if after.resolved:
        _tell(row, "resolved", by, row.resolution, {"step": row.step})
    return bool(after.resolved)


# ---------------------------------------------------------------- what time does

_DUE = (
    select(_disagreements.c.contract_id, _disagreements.c.id)
    .where(
        _disagreements.c.step_due_at < bindparam("now"),
        _disagreements.c.time_over_at.is_(None),
        _disagreements.c.resolved_at.is_(None),
    )
    .order_by(_disagreements.c.step_due_at)
    .limit(bindparam("most"))
)


def due(now: datetime, limit: int) -> list[Row[Any]]:
    """The disagreements whose step's time was over before `now`, which nobody was told yet."""
    return list(db.session.execute(_DUE, {"now": now, "most": limit}))


def time_over(row: Row[Any], now: datetime) -> Row[Any]:
    """Say once for each step that its time is over: from here on either party may climb."""
    if row.resolved_at or row.time_over_at or row.step_due_at is None or row.step_due_at >= now:
        return row
    _change(row, time_over_at=row.step_due_at)
    due_at = row.step_due_at.isoformat()
    _tell(row, "time_over", None, data={"step": row.step, "happened_at": due_at})
    return found(row.contract_id, row.id)


# ---------------------------------------------------------------- one way to write


def _current(row: Row[Any], revision: int) -> Row[Any]:
    """The row as it stands, when that is what the person looked at."""
    now = found(row.contract_id, row.id)
    if now.revision != revision:
        raise Refused(_MOVED, status=409)
    return now


_MOVED = Refusal(
    "disagreement.changed_meanwhile",
    N_(
        "Somebody changed this disagreement meanwhile."
        " Look at it as it is now; what you typed is kept."
    ),
)


def _change(row: Row[Any], **values: Any) -> None:
    """Compare the revision and set; what time does is no new revision, nobody's form is old."""
    by_time = set(values) == {"time_over_at"}
    changed = db.session.execute(
        update(_disagreements)
        .where(
            _disagreements.c.contract_id == row.contract_id,
            _disagreements.c.id == row.id,
            _disagreements.c.revision == row.revision,
            _disagreements.c.step == row.step,
            _disagreements.c.time_over_at.is_not_distinct_from(row.time_over_at),
        )
        .values(**values, revision=row.revision + (not by_time))
    )
    if touched(changed) != 1:
        raise Refused(_MOVED, status=409)


def _tell(
    row: Row[Any],
    what: str,
    by: Member | None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    action = standing.by_id(row.contract_id, row.action_id)
    told = {"disagreement": row.id, **(data or {})}
    applying.note(action, f"disagreement.{what}", ("disagreement", row.id), told, by, text)


# ---------------------------------------------------------------- what pages show


def shown(row: Row[Any], member: Member) -> dict[str, Any]:
    """What the page of an action needs to show of it."""
    here = standing.keys(row)
    return {
        "disagreements": db.session.execute(_OF_ACTION, here).all(),
        "SUBJECTS": ladder.SUBJECTS,
        "subject_options": [(key.value, gettext(said)) for key, said in ladder.SUBJECTS.items()],
        "LADDER": ladder.STEPS,
    }
