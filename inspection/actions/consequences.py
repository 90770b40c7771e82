"""What follows from what: a breach, a confirmed repeat, an answer, or silence that agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from inspection import clock
from inspection.actions import applying, pausing, standing
from inspection.actions.applying import Wanted
from inspection.actions.models import Action, Decision, Plan, Repeat
from inspection.db import Model, db, table
from inspection.rules import corrective, sla
from inspection.rules.access import Member, Party
from inspection.rules.corrective import Because, Reported
from inspection.rules.lifecycle import STEPS, Given, Move
from inspection.rules.sla import Clock
from inspection.rules.states import Ask, ClockKind, Depth, Priority, Source, State

_actions, _decisions, _repeats = table(Action), table(Decision), table(Repeat)
_plans = table(Plan)


# ---------------------------------------------------------------- deeper


def deepen(row: Row[Any], because: Because | None, at: datetime, by: Member | None = None) -> bool:
    """Make the action corrective, if it can still become so; `because` None: both agreed."""
    if row.depth == Depth.CORRECTIVE or row.state not in STEPS[Move.DEEPEN].source:
        return False
    data = {"because": because.value if because else "agreed"}
    applying.by_rule(row, Wanted(Move.DEEPEN, by, data=data, system=by is None, at=at))
    return True


def after_breach(row: Row[Any], breached: Clock, at: datetime) -> None:
    """What a breach brings with it: rule (c), or an answer by silence."""
    if corrective.urgent_breach(breached.kind, Priority(row.priority)):
        deepen(row, Because.URGENT_BREACH, at)
    if breached.kind is ClockKind.DECISION and breached.decision_id is not None:
        _silence(row, breached.decision_id, at)


def _silence(row: Row[Any], decision_id: int, at: datetime) -> None:
    """Nobody objected in time to removing the cause: rule (f)."""
    decision = decision_of(row, decision_id)
    if decision.kind == Ask.DEEPENING and decision.answered_at is None:
        answered(row, decision, None, "silence", "", at=at)


def after_fix(row: Row[Any], at: datetime) -> None:
    """Rule (d): the same thing, confirmed on site, again and again at one place."""
    if row.depth == Depth.CORRECTIVE:
        return
    if corrective.clustered(_validated(row, at), at):
        deepen(row, Because.CLUSTERED, at)


def _validated(row: Row[Any], at: datetime) -> list[Reported]:
    """The reports of the last weeks at this place that somebody confirmed first-hand."""
    reports = Model.metadata.tables["report"]
    about = _actions.c.requirement_id if row.requirement_id else _actions.c.category_id
    rows = db.session.execute(
        select(about.label("about"), _actions.c.place, reports.c.received_at)
        .join_from(reports, _actions, reports.c.action_id == _actions.c.id)
        .where(
            reports.c.contract_id == row.contract_id,
            _actions.c.contract_id == row.contract_id,
            _actions.c.asset_id == row.asset_id,
            about == (row.requirement_id or row.category_id),
            reports.c.received_at >= at - timedelta(days=corrective.CLUSTER_DAYS),
            reports.c.validated_at.is_not(None),
            reports.c.withdrawn_at.is_(None),
        )
    )
    return [Reported(r.about, r.place, r.received_at) for r in rows]


# ---------------------------------------------------------------- decisions

_DECISION = select(_decisions).where(
    _decisions.c.contract_id == bindparam("contract"), _decisions.c.id == bindparam("decision")
)
_STILL_OPEN = (
    select(_decisions.c.to_party)
    .where(
        _decisions.c.contract_id == bindparam("contract"),
        _decisions.c.action_id == bindparam("action"),
        _decisions.c.answered_at.is_(None),
    )
    .order_by(_decisions.c.id)
    .limit(1)
)


def decision_of(row: Row[Any], decision_id: int) -> Row[Any]:
    """A decision of this contract by its id."""
    found = {"contract": row.contract_id, "decision": decision_id}
    return db.session.execute(_DECISION, found).one()


def still_asked(row: Row[Any]) -> str | None:
    """The party that the oldest open decision of an action asks."""
    return db.session.execute(_STILL_OPEN, standing.keys(row)).scalar()


def answered(
    row: Row[Any],
    decision: Row[Any],
    by: Member | None,
    answer: str,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
) -> None:
    """Record an answer (`yes`, `no`, `withdrawn`, `silence`) and do what a yes means.

    The clock of the decision stops; lateness is what the clock says. A hold that waited for it is
    over, whatever the answer.
    """
    now = at or clock.now()
    db.session.execute(
        update(_decisions)
        .where(_decisions.c.contract_id == row.contract_id, _decisions.c.id == decision.id)
        .values(answered_at=now, answered_by=by.id if by else None, answer=answer, answer_text=text)
    )
    _stop_clock(row, decision.id, now)
    move = Move.TAKE_BACK if answer == "withdrawn" else Move.ANSWER
    wanted = Wanted(
        move,
        by,
        Given(text),
        version,
        columns={
            "decision_to": still_asked(row),
            **(applying.OFF_HOLD if pausing.waits_for(row, decision.id) else {}),
        },
        data={"decision": decision.id, "kind": decision.kind, "answer": answer},
        entity=("decision", decision.id),
        system=by is None,
        at=at,
    )
    applying.by_rule(row, wanted)
    follows = _FOLLOWS.get((Ask(decision.kind), answer in ("yes", "silence")))
    if follows and answer != "withdrawn":
        now_stands = standing.by_id(row.contract_id, row.id)
        follows(now_stands, decision_of(row, decision.id), by, now)


def _stop_clock(row: Row[Any], decision_id: int, at: datetime) -> None:
    by = standing.timing(row)
    before = standing.clocks_of(row.contract_id, row.id)
    after = [
        sla.stopped(each, at, by) if each.decision_id == decision_id else each for each in before
    ]
    standing.keep_clocks(row, before, after)


Follows = Callable[[Row[Any], Row[Any], Member | None, datetime], None]


def _priority(row: Row[Any], decision: Row[Any], by: Member | None, at: datetime) -> None:
    """Another priority: due moments from the original start, with the pauses there were."""
    wanted = decision.wanted["priority"]
    data = {"priority": wanted, "before": row.priority, "due_before": _due(row)}
    applying.by_rule(
        row,
        Wanted(
            Move.REPRIORITISE,
            None,
            columns={"priority": wanted},
            data=data,
            system=True,
            at=at,
        ),
    )


def _due(row: Row[Any]) -> str | None:
    return row.due_at.isoformat() if row.due_at else None


def _ownership(row: Row[Any], decision: Row[Any], by: Member | None, at: datetime) -> None:
    if row.state not in STEPS[Move.HAND_OVER].source:
        return
    data = {"owner": Party(row.owner_party).other.value}
    applying.by_rule(row, Wanted(Move.HAND_OVER, None, data=data, system=True, at=at))


def _closing(move: Move) -> Follows:
    def follow(row: Row[Any], decision: Row[Any], by: Member | None, at: datetime) -> None:
        """Closed by both, for the reasons of the one who asked and the one who answered."""
        why = filter(None, (decision.question, decision.answer_text))
        columns = {"outcome_text": "\n\n".join(why)}
        data = {"decision": decision.id, "asked": decision.asked_party, "agreed": decision.to_party}
        applying.by_rule(row, Wanted(move, None, columns=columns, data=data, system=True, at=at))

    return follow


def _deepening(row: Row[Any], decision: Row[Any], by: Member | None, at: datetime) -> None:
    deepen(row, None, at)


_FOLLOWS: Mapping[tuple[Ask, bool], Follows] = {
    (Ask.PRIORITY, True): _priority,
    (Ask.OWNERSHIP, True): _ownership,
    (Ask.SCOPE, True): _closing(Move.RULE_OUT),
    (Ask.WITHDRAWAL, True): _closing(Move.CALL_OFF),
    (Ask.DEEPENING, True): _deepening,
    (Ask.PAUSE_CONSENT, True): pausing.agreed,
}


# ---------------------------------------------------------------- repeats

_SUSPICION = (
    select(_repeats)
    .where(
        _repeats.c.contract_id == bindparam("contract"),
        _repeats.c.action_id == bindparam("action"),
        _repeats.c.decided_at.is_(None),
    )
    .order_by(_repeats.c.id.desc())
    .limit(1)
)


def suspicion_of(row: Row[Any]) -> Row[Any]:
    """What a suspected action may be a repeat of, while that is undecided."""
    return db.session.execute(_SUSPICION, standing.keys(row)).one()


def confirm_repeat(
    row: Row[Any],
    by: Member | None,
    text: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> None:
    """It came back: the earlier fix did not hold, and this is the next generation of it."""
    now = at or clock.now()
    suspected = suspicion_of(row)
    earlier = standing.by_id(row.contract_id, suspected.earlier_id)
    decide_repeat(row, suspected.id, by, True, text, now)
    columns = {
        "repeat_until": None,
        "parent_id": earlier.id,
        "generation": earlier.generation + 1,
        "source": Source.REPEAT.value,
    }
    applying.by_rule(
        row,
        Wanted(
            Move.CONFIRM_REPEAT,
            by,
            Given(text),
            version,
            columns=columns,
            data={"earlier": earlier.number},
            system=by is None,
            at=at,
        ),
    )
    _refute(earlier, row, now)
    deepen(standing.by_id(row.contract_id, row.id), Because.CONFIRMED_REPEAT, now)


def _refute(earlier: Row[Any], row: Row[Any], at: datetime) -> None:
    """The earlier cause was not the only one; a fix still being monitored has not held."""
    db.session.execute(
        update(_plans)
        .where(
            _plans.c.contract_id == row.contract_id,
            _plans.c.action_id == earlier.id,
            _plans.c.agreed,
        )
        .values(refuted_at=at)
    )
    if earlier.state == State.MONITORING:
        data = {"repeat": row.number, "ended_on": row.received_at.isoformat()}
        applying.by_rule(earlier, Wanted(Move.REFUTE, None, data=data, system=True, at=at))


def decide_repeat(
    row: Row[Any], repeat_id: int, by: Member | None, confirmed: bool, reason: str, at: datetime
) -> None:
    """Record what was decided about a suspected repeat."""
    db.session.execute(
        update(_repeats)
        .where(_repeats.c.contract_id == row.contract_id, _repeats.c.id == repeat_id)
        .values(
            decided_at=at,
            decided_by=by.id if by else None,
            confirmed=confirmed,
            reason=reason.strip(),
        )
    )
