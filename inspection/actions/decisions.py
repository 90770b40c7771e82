"""What one party needs from the other, asked and answered in the open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import abort, g
from sqlalchemy import Row, Select, bindparam, func, insert, select

from inspection import clock
from inspection.actions import applying, consequences, moves, standing
from inspection.actions.applying import Wanted
from inspection.actions.models import Action, Decision
from inspection.actions.models import Clock as Timekeeper
from inspection.assets.models import Asset
from inspection.db import db, table
from inspection.journal import Written
from inspection.people.models import Membership, Person
from inspection.photos.evidence import Kept
from inspection.rules import deciding, sla
from inspection.rules.access import LEAD, Member, Party
from inspection.rules.deciding import About, Asked, Question
from inspection.rules.lifecycle import Given, Move
from inspection.rules.states import Ask, ClockKind, Depth, Priority, State
from inspection.web import accepted, current

_actions, _assets, _decisions = table(Action), table(Asset), table(Decision)
_clocks, _members, _persons = table(Timekeeper), table(Membership), table(Person)
_answerers, _answerer_names = _members.alias("answerer"), _persons.alias("answerer_name")

COUNTED = 100  # more than this is shown as "99+"
ANSWERED = timedelta(days=14)  # how long an answer stands on the page of decisions
SHOWN = 100  # of one list

_NEW = insert(_decisions).returning(_decisions.c.id)
_OPEN_KINDS = select(_decisions.c.kind).where(
    _decisions.c.contract_id == bindparam("contract"),
    _decisions.c.action_id == bindparam("action"),
    _decisions.c.to_party == bindparam("party"),
    _decisions.c.answered_at.is_(None),
)


# ---------------------------------------------------------------- asked


def ask(
    row: Row[Any],
    by: Member,
    kind: Ask,
    question: str,
    wanted: Mapping[str, Any],
    version: int | None = None,
) -> Written:
    """Ask the other party to decide; raises `Refused` with every reason why not."""
    move = Wanted(Move.ASK_DECISION, by, Given(question), version)
    row, _ = moves.allowed(row, move)
    return put(row, by, Question(kind, question.strip(), wanted))


def put(
    row: Row[Any],
    by: Member,
    asked: Question,
    pictures: tuple[Kept, ...] = (),
    by_hold: bool = False,
) -> Written:
    """Put a question to the other party of `by`, who may ask it; its clock starts now.

    The event's entity is the decision. `by_hold`: it asks for consent to a pause.
    """
    accepted(deciding.ask(_about(row, by.party.other), asked, by_hold))
    now, timing = clock.now(), standing.timing(row)
    due = sla.decision_target(Priority(row.priority), timing)
    if asked.kind is Ask.DEEPENING:  # silence agrees once it is due: rule (f)
        due = timing.days(timing.limits.deepening_days), True
    timer = sla.started(ClockKind.DECISION, by.party.other, now, due, timing)
    values = {
        "contract_id": row.contract_id,
        "action_id": row.id,
        "kind": asked.kind.value,
        "asked_party": by.party.value,
        "asked_by": by.id,
        "asked_at": now,
        "to_party": by.party.other.value,
        "question": asked.text,
        "wanted": dict(asked.wanted),
        "due_at": timer.due_at,
        "answer": "",
        "answer_text": "",
    }
    key = db.session.execute(_NEW, values).scalar_one()
    standing.begin_clocks(row.contract_id, row.id, [replace(timer, decision_id=key)])
    return applying.by_rule(
        row,
        Wanted(
            Move.ASK_DECISION,
            by,
            Given(asked.text),
            columns={"decision_to": consequences.still_asked(row)},
            data={"decision": key, "kind": asked.kind.value, "due": timer.due_at.isoformat()},
            pictures=pictures,
            entity=("decision", key),
        ),
    )


def _about(row: Row[Any], to: Party) -> About:
    asked = {**standing.keys(row), "party": to.value}
    return About(
        State(row.state),
        Party(row.owner_party),
        Priority(row.priority),
        Depth(row.depth),
        frozenset(map(Ask, db.session.execute(_OPEN_KINDS, asked).scalars())),
    )


# ---------------------------------------------------------------- answered


def answer(
    row: Row[Any], by: Member, decision_id: int, said: str, text: str, version: int | None = None
) -> None:
    """Answer "yes" or "no" for the party that is asked, and do what the answer means."""
    row, _ = moves.allowed(row, Wanted(Move.ANSWER, by, Given(text), version))
    decision = found(row, decision_id)
    accepted(deciding.answer(_asked(decision), by, said, text))
    consequences.answered(row, decision, by, said, text.strip(), version)


def take_back(
    row: Row[Any], by: Member, decision_id: int, text: str, version: int | None = None
) -> None:
    """Ask no more: for the party that asked."""
    row, _ = moves.allowed(row, Wanted(Move.TAKE_BACK, by, Given(text), version))
    decision = found(row, decision_id)
    accepted(deciding.take_back(_asked(decision), by))
    consequences.answered(row, decision, by, "withdrawn", text.strip(), version)


def found(row: Row[Any], decision_id: int) -> Row[Any]:
    """The decision of this action with that id; 404 when there is none."""
    decision = db.session.execute(
        select(_decisions).where(
            _decisions.c.contract_id == row.contract_id,
            _decisions.c.action_id == row.id,
            _decisions.c.id == decision_id,
        )
    ).first()
    if decision is None:
        abort(404)
    return decision


def _asked(decision: Row[Any]) -> Asked:
    return Asked(
        Ask(decision.kind),
        Party(decision.asked_party),
        Party(decision.to_party),
        decision.answered_at is not None,
    )


# ---------------------------------------------------------------- shown

_WHOLE = (
    select(
        _decisions,
        _clocks.c.due_at.label("clock_due_at"),
        _clocks.c.warn_at,
        _clocks.c.breached_at,
        _clocks.c.relieved_at,
        _persons.c.name.label("asker"),
        _answerer_names.c.name.label("answerer"),
        _actions.c.number,
        _actions.c.title,
        _actions.c.version,
        _actions.c.category_id,
        _actions.c.priority,
        _assets.c.name.label("place_name"),
    )
    .join_from(_decisions, _actions, _decisions.c.action_id == _actions.c.id)
    .join(_assets, _actions.c.asset_id == _assets.c.id)
    .join(
        _clocks,
        (_clocks.c.contract_id == _decisions.c.contract_id)
        & (_clocks.c.action_id == _decisions.c.action_id)
        & (_clocks.c.decision_id == _decisions.c.id),
        isouter=True,
    )
    .join(_members, _decisions.c.asked_by == _members.c.id, isouter=True)
    .join(_persons, _members.c.person_id == _persons.c.id, isouter=True)
    .join(_answerers, _decisions.c.answered_by == _answerers.c.id, isouter=True)
    .join(_answerer_names, _answerers.c.person_id == _answerer_names.c.id, isouter=True)
    .where(_decisions.c.contract_id == bindparam("contract"))
)
_OF_ACTION = _WHOLE.where(_decisions.c.action_id == bindparam("action")).order_by(
    _decisions.c.answered_at.is_not(None), _decisions.c.id
)
_WAITING = (
    _WHOLE.where(_decisions.c.to_party == bindparam("party"), _decisions.c.answered_at.is_(None))
    .order_by(_decisions.c.due_at, _decisions.c.id)
    .limit(SHOWN)
)
_LATELY = (
    _WHOLE.where(_decisions.c.answered_at >= bindparam("since"))
    .order_by(_decisions.c.answered_at.desc(), _decisions.c.id.desc())
    .limit(SHOWN)
)


@dataclass(frozen=True)
class Card:
    """A decision as it is shown: late by how long, and what this member may do with it."""

    row: Row[Any]
    due_at: datetime
    late: timedelta  # nothing when it is not
    may_answer: bool = False
    may_take_back: bool = False

    @property
    def open(self) -> bool:
        return self.row.answered_at is None


def card(row: Row[Any], member: Member) -> Card:
    """What `member` sees of a decision."""
    asked = _asked(row)
    due = row.clock_due_at or row.due_at
    late = max((row.answered_at or clock.now()) - due, timedelta())
    return Card(
        row,
        due,
        late if row.answer not in ("silence", "moot") else timedelta(),
        may_answer=not deciding.answer(asked, member, "no", ""),
        may_take_back=not deciding.take_back(asked, member),
    )


def shown(row: Row[Any], member: Member) -> dict[str, Any]:
    """What the page of an action needs to show of it: its decisions, open ones first."""
    asked = standing.keys(row)
    here = About(State(row.state), Party(row.owner_party), Priority(row.priority), Depth(row.depth))
    return {
        "decisions": [card(each, member) for each in db.session.execute(_OF_ACTION, asked)],
        "askable": [kind.value for kind in deciding.BY_HAND if _fits(here, kind)],
        "ASK_WORDS": deciding.ASK_WORDS,
    }


def _fits(here: About, kind: Ask) -> bool:
    """Whether a question of that kind can be asked at all where the action stands."""
    return not any(no.where == "kind" for no in deciding.ask(here, Question(kind, "")))


@dataclass(frozen=True)
class Lists:
    """All decisions of a contract that matter now, seen from one party."""

    ours: list[Card]
    theirs: list[Card]
    lately: list[Card]


def lists(member: Member) -> Lists:
    """What waits for us, what waits for them (soonest due first), what was answered lately."""
    here = {"contract": member.contract_id}

    def cards(asked: Select[Any], **more: Any) -> list[Card]:
        return [card(row, member) for row in db.session.execute(asked, {**here, **more})]

    return Lists(
        cards(_WAITING, party=member.party.value),
        cards(_WAITING, party=member.party.other.value),
        cards(_LATELY, since=clock.now() - ANSWERED),
    )


_COUNT = select(func.count()).select_from(
    select(_decisions.c.id)
    .where(
        _decisions.c.contract_id == bindparam("contract"),
        _decisions.c.to_party == bindparam("party"),
        _decisions.c.answered_at.is_(None),
    )
    .limit(COUNTED)
    .subquery()
)


def waiting_here() -> int:
    """How many decisions wait for an answer of whoever looks at this page; once a request."""
    member = current().member
    if member is None or member.role not in LEAD:
        return 0
    if "decisions_waiting" not in g:
        asked = {"contract": member.contract_id, "party": member.party.value}
        g.decisions_waiting = db.session.execute(_COUNT, asked).scalar_one()
    return int(g.decisions_waiting)
