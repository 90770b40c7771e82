"""Random members of both parties and reporters, at the doors the product really has."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import Row, case, select
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from inspection import clock, tick
from inspection.actions import (
    coming_back,
    decisions,
    disagreements,
    holds,
    merging,
    moves,
    plans,
    relieving,
    similar,
)
from inspection.actions.disagreements import Climb, View
from inspection.actions.holds import Why
from inspection.actions.models import Action, Decision, Disagreement
from inspection.actions.models import Clock as Timekeeper
from inspection.actions.moves import Wanted
from inspection.db import collided, db, reading, table, writing
from inspection.reports import asking, following, receiving
from inspection.reports.receiving import Said
from inspection.rules.access import Member, Party, Role
from inspection.rules.corrective import CAUSES, CHANGE_TYPES, PlanDraft
from inspection.rules.deciding import BY_HAND
from inspection.rules.holds import Reason
from inspection.rules.ladder import Subject
from inspection.rules.lifecycle import STEPS, Given, Move
from inspection.rules.states import Ask, Priority, State
from inspection.web import Refused
from tests.cast import Cast, key, posted
from tests.rig.ledger import Ledger
from tests.rig.pure import RARELY

_actions, _decisions = table(Action), table(Decision)
_clocks, _disagreements = table(Timekeeper), table(Disagreement)
AT_ONCE = 8  # open actions
HOT = 3  # of them are what everybody works at
PLACES = ("site", "building", "level", "kitchen", "tap", "hall")
ABOUT_DECISIONS = frozenset({Move.ANSWER, Move.TAKE_BACK})
ABOUT_HOLDS = frozenset({Move.CONTEST_HOLD, Move.UPHOLD_HOLD, Move.VOID_HOLD})
SILENT = frozenset({Move.START, Move.UNMERGE, Move.AGREE_PLAN})
"""Moves whose forms have no words."""
BY_FORM = frozenset(
    {Move.START, Move.FIX, Move.COMMENT, Move.ACCEPT, Move.RETURN, Move.CONTAIN, Move.LIFT}
    | {Move.AGREE_PLAN, Move.RETURN_PLAN, Move.CONFIRM_EFFECTIVE, Move.MAKE_SAFE}
)


@dataclass
class Table:
    """What all players share: the cast, the ledger, receipts, versions somebody still looks at."""

    app: Flask
    cast: Cast
    ledger: Ledger
    receipts: list[str] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)  # number → a version looked at long ago
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def contract_id(self) -> int:
        return self.cast.harbour.contract.id


class Player(threading.Thread):
    """Makes so many tries, with random members; whatever is no refusal is a fault."""

    def __init__(self, table_: Table, seed: int, tries: int) -> None:
        super().__init__(name=f"player {seed}", daemon=True)
        self.table, self.random, self.tries = table_, Random(seed), tries
        self.ledger = table_.ledger

    def run(self) -> None:
        with self.table.app.app_context():
            for _ in range(self.tries):
                try:
                    self.one_try()
                except Exception as fault:
                    if collided(fault):  # PostgreSQL ended one of two that waited for each other
                        self.ledger.counts["(collided)"] += 1
                    else:
                        self.ledger.fault(f"{type(fault).__name__}: {fault}")
            db.session.remove()

    def one_try(self) -> None:
        what = self.random.random()
        numbers = self._open()
        if (len(numbers) < AT_ONCE and what < 0.5) or what < 0.02:
            return self._reports()
        if what < 0.04:
            return self._ticks()
        if what < 0.09:
            return self._reporter_tries()
        if what < 0.12:
            return self._disagrees()
        hot = numbers[:HOT] if self.random.random() < 0.6 else numbers
        return self._member_tries(self.random.choice(self._closed() if what > 0.95 else hot or [1]))

    # ------------------------------------------------------------ what there is

    def _open(self) -> list[int]:
        return self._numbers(_actions.c.state != State.CLOSED.value)

    def _closed(self) -> list[int]:
        return self._numbers(_actions.c.state == State.CLOSED.value)[-5:] or [1]

    def _numbers(self, where: Any) -> list[int]:
        with reading():
            rows = select(_actions.c.number).where(
                _actions.c.contract_id == self.table.contract_id, where
            )
            return list(db.session.execute(rows.order_by(_actions.c.number)).scalars())

    def _one_of(self, rows: Any) -> Any:
        found = list(db.session.execute(rows))
        return self.random.choice(found) if found else None

    # ------------------------------------------------------------ who and what

    def _member(self) -> Member:
        role = self.random.choice((Role.STAFF, *(Role.SUPERVISOR,) * 4, Role.MANAGER))
        if self.random.random() < 0.03:
            role = Role.EXECUTIVE
        party = self.random.choice(tuple(Party))
        return self.table.cast.harbour.members[f"{party.value}.{role.value}"]

    def _chosen(self, row: Row[Any], by: Member) -> Move:
        offered = moves.offered(row, by)
        if not offered or self.random.random() < 0.1:
            return self.random.choice([move for move in Move if not STEPS[move].by_rule])
        vain = (row.decision_to is None, ABOUT_DECISIONS), (row.paused_at is None, ABOUT_HOLDS)
        idle = frozenset().union(*(moves_ for nothing, moves_ in vain if nothing))
        gladly = [0.05 if move in idle else RARELY.get(move, 1.0) for move in offered]
        return self.random.choices(offered, gladly)[0]

    def _version(self, row: Row[Any]) -> int:
        """The version this person looked at; now and then long ago."""
        with self.table.lock:
            old = self.table.seen.get(row.number, row.version)
            if self.random.random() < 0.3:
                self.table.seen[row.number] = row.version
        return old if self.random.random() < 0.15 else int(row.version)

    def _member_tries(self, number: int) -> None:
        by = self._member()
        with reading():
            row = moves.look(self.table.contract_id, number)
            if row is None:
                return None
            move, version = self._chosen(row, by), self._version(row)
        text = "" if move in SILENT else self.ledger.words(move.value)
        if move in BY_FORM and self.random.random() < 0.08:
            return self._by_form(row, move, by, version, text)
        do: Do = _DO.get(move, _simply)
        self._tell(move.value, text, lambda: do(self, _now(row), move, by, version, text), row)
        return None

    def _tell(
        self, what: str, text: str, do: Callable[[], Any], row: Row[Any] | None = None
    ) -> bool:
        """Do it in one transaction; the ledger notes what was told."""
        try:
            with writing():
                before = _now(row) if row is not None else None
                do()
                after = _now(row).version if row is not None else 0
        except Refused as no:
            self._no(no, text)
            return False
        except (HTTPException, _Nothing):
            self.ledger.told_no("(nothing there)", text)
            return False
        except OperationalError as fault:
            self.ledger.told_no("(collided)", text)
            if collided(fault):
                return False
            raise
        self.ledger.told_done(what, text, before, after)
        return True

    def _no(self, no: Refused, text: str) -> None:
        if no.status != 409:
            return self.ledger.told_no("(refused)", text)
        told = no.refusals[0].params
        if no.refusals[0].code == "action.moved_on" and not (told["who"] and told["state"]):
            self.ledger.fault("the loser was not told who and what")
        return self.ledger.told_no("(told who was quicker)", text)

    def _by_form(self, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
        """The same through the web, as a browser would post it."""
        client = self.table.cast.client(f"{by.party.value}.{by.role.value}")
        url = f"{self.table.cast.harbour.url}/actions/{row.number}/{STEPS[move].noun}"
        answer = posted(client, url, text=text, version=version)
        if answer.status_code == 303:
            return self.ledger.told_done(f"{move.value} by form", text, None, 0)
        if answer.status_code not in (403, 409, 422):
            self.ledger.fault(f"{url} answered {answer.status_code}")
        if answer.status_code == 409 and "was quicker" not in answer.text:
            said = re.findall(r"(?s)<[^>]*alert.*?</", answer.text)
            self.ledger.fault(f"{url}: the loser was not told who and what: {said}")
        return self.ledger.told_no(f"({answer.status_code} by form)", text)

    # ------------------------------------------------------------ reporters, time, disagreements

    def _reports(self) -> None:
        place, about = self._what_is_wrong()
        text, secret = self.ledger.words("report"), key()
        said = Said(place, about, text, "en", receipt=secret)
        if self._tell("(reported)", text, lambda: receiving.receive(said)):
            self.table.receipts.append(secret)

    def _what_is_wrong(self) -> tuple[Any, Any]:
        """Anything anywhere; more often what was put right lately and comes back."""
        here = self.table.cast.harbour
        places = {here.places[name].id: here.places[name] for name in PLACES}
        about = {each.id: each for each in here.categories.values()}
        lately = select(_actions.c.asset_id, _actions.c.category_id).where(
            _actions.c.contract_id == self.table.contract_id,
            _actions.c.fixed_at >= clock.now() - timedelta(days=25),
            _actions.c.state.in_((State.CLOSED.value, State.MONITORING.value)),
        )
        with reading():
            watched = case((_actions.c.state == State.MONITORING.value, 0), else_=1)
            order = lately.order_by(watched, _actions.c.fixed_at.desc())
            back = self._one_of(order.limit(self.random.choice((1, 8))))
        if back is not None and self.random.random() < 0.6:
            return places[back.asset_id], about[back.category_id]
        return self.random.choice(list(places.values())), self.random.choice(list(about.values()))

    def _ticks(self) -> None:
        tick.due_now()
        self.ledger.counts["(ticked meanwhile)"] += 1

    def _reporter_tries(self) -> None:
        if not self.table.receipts:
            return
        secret = self.random.choice(self.table.receipts[-30:])
        move = self.random.choices((Move.RETURN, Move.REOPEN, Move.WITHDRAW), (4, 4, 1))[0]
        text = self.ledger.words(f"reporter {move.value}")

        def do() -> None:
            receipt = following.opened(secret)
            if move is Move.WITHDRAW:
                following.withdraw(receipt)
            else:
                following.send_back(receipt, move, text, ())

        said = "" if move is Move.WITHDRAW else text
        self._tell(f"{move.value} by reporter", said, do)

    def _disagrees(self) -> None:
        by, text = self._member(), self.ledger.words("see it so")

        def do() -> None:
            one = self._one_of(
                select(_disagreements).where(_disagreements.c.resolved_at.is_(None)).limit(3)
            )
            if one is None or self.random.random() < 0.1:
                row = _now(self._some_action())
                disagreements.open(row, by, self.random.choice(tuple(Subject)), View(text))
                return
            choose = self.random.choice(("state", "climb", "resolve", "sign"))
            if choose == "state":
                disagreements.state(one, by, View(text), one.revision)
            elif choose == "climb":
                safety = self.random.random() < 0.2
                disagreements.climb(one, by, Climb(safety, text if safety else ""), one.revision)
            elif choose == "resolve":
                disagreements.resolve(one, by, text, one.revision)
            else:
                disagreements.sign(one, by, one.revision)

        self._tell("(disagreement)", "", do)

    def _some_action(self) -> Row[Any]:
        found = self._one_of(select(_actions.c.id, _actions.c.contract_id).limit(50))
        if found is None:
            raise _Nothing
        return found  # type: ignore[no-any-return]

    def draft(self, text: str) -> PlanDraft:
        """A plan that says what it must."""
        cause = self.random.choice(list(CAUSES.values()))
        return PlanDraft(
            containment=f"bucket {text}",
            whys=("It is worn",),
            root_cause=f"wrong cartridge ordered {text}",
            escape_point="checked by nobody",
            cause=cause.side,
            cause_category=cause.key,
            permanent_fix=f"order the other type {text}",
            change_type=self.random.choice(tuple(CHANGE_TYPES)),
            due_on=(clock.now() + timedelta(days=self.random.randint(0, 9))).date(),
            criterion="no drop for a week",
            window_days=self.random.choice((1, 3, 10)),
        )


class _Nothing(Exception):
    """There is nothing to do this with."""


def _now(row: Row[Any]) -> Row[Any]:
    return moves.by_id(row.contract_id, row.id)


Do = Callable[[Player, Row[Any], Move, Member, int, str], Any]


def _simply(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    given = Given(text, 0, clock.now().date(), scanned=p.random.random() < 0.5)
    moves.make(row, Wanted(move, by, given, version))


def _acknowledge(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    priority = p.random.choice(tuple(Priority)).value
    columns = {"priority": priority, "assignee_id": moves.assignable(row, None)}
    moves.make(row, Wanted(move, by, Given(text), version, columns))


def _assign(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    hand = p.random.choice(moves.hands(row.contract_id, Party(row.owner_party)))
    columns, data = {"assignee_id": hand.id}, {"assignee": hand.id, "before": row.assignee_id}
    moves.make(row, Wanted(move, by, Given(text), version, columns, data))


def _unassign(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    columns = {"assignee_id": moves.assigned_before(row)}
    moves.make(row, Wanted(move, by, Given(text), version, columns))


def _ask(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    asking.ask(row, by, text)


def _merge(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    merging.merge(row, _now(p._some_action()), by, version, text)


def _contain(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    plans.contain(row, by, text, (), version)


def _plan(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    plans.submit(row, by, p.draft(text), version)


def _hold(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    early = clock.now() - timedelta(hours=p.random.randint(1, 30))
    why = Why(
        p.random.choice(tuple(Reason)),
        text,
        f"else on time {text}",
        f"a pump {text}",
        clock.now() - timedelta(hours=2),
        early if p.random.random() < 0.2 else None,
        {"code": "x", "asset": row.asset_id} if p.random.random() < 0.5 else None,
    )
    holds.raise_hold(row, by, why, version)


def _of_hold(do: Callable[..., Any]) -> Do:
    def move_it(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
        all_ = holds.of_action(row)
        if not all_:
            raise _Nothing
        do(row, by, p.random.choice(all_).id, text, version)

    return move_it


def _lift(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    holds.lift(row, by, text, version)


def _ask_decision(
    p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str
) -> None:
    kind = p.random.choice(BY_HAND)
    wanted = {"priority": p.random.choice(tuple(Priority)).value} if kind is Ask.PRIORITY else {}
    decisions.ask(row, by, kind, text, wanted, version)


def _answer(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    asked = select(_decisions.c.id).where(
        _decisions.c.contract_id == row.contract_id, _decisions.c.action_id == row.id
    )
    if p.random.random() < 0.95:
        asked = asked.where(_decisions.c.answered_at.is_(None))
    found = p._one_of(asked)
    if found is None:
        raise _Nothing
    if move is Move.TAKE_BACK:
        decisions.take_back(row, by, found.id, text, version)
    else:
        decisions.answer(row, by, found.id, p.random.choice(("yes", "yes", "no")), text, version)


def _comment(p: Player, row: Row[Any], move: Move, by: Member, version: int, text: str) -> None:
    """Or what needs no move: relief beside a breach, a look at another place."""
    chance = p.random.random()
    if chance < 0.2:
        late = select(_clocks.c.id).where(
            _clocks.c.action_id == row.id, _clocks.c.breached_at.is_not(None)
        )
        if (clock_row := p._one_of(late)) is not None:
            return relieving.relieve(row, by, clock_row.id, text, version)
    if chance < 0.3:
        place = p.table.cast.harbour.places[p.random.choice(PLACES)]
        similar.check(row, by, place.id, p.random.random() < 0.7, text)
    moves.make(row, Wanted(move, by, Given(text), version))
    return None


_DO: dict[Move, Do] = {
    Move.ACKNOWLEDGE: _acknowledge,
    Move.ASSIGN: _assign,
    Move.UNASSIGN: _unassign,
    Move.ASK: _ask,
    Move.COMMENT: _comment,
    Move.MERGE: _merge,
    Move.UNMERGE: lambda p, row, move, by, version, text: merging.unmerge(row, by, version),
    Move.CONTAIN: _contain,
    Move.PLAN: _plan,
    Move.AGREE_PLAN: lambda p, row, move, by, version, text: plans.agree(row, by, version),
    Move.RETURN_PLAN: lambda p, row, move, by, version, text: plans.send_back(
        row, by, text, version
    ),
    Move.CONFIRM_EFFECTIVE: lambda p, row, move, by, version, text: plans.confirm_effective(
        row, by, text, version
    ),
    Move.CONFIRM_REPEAT: lambda p, row, move, by, version, text: coming_back.confirm(
        row, by, text, version
    ),
    Move.DECLINE_REPEAT: lambda p, row, move, by, version, text: coming_back.decline(
        row, by, text, version
    ),
    Move.HOLD: _hold,
    Move.LIFT: _lift,
    Move.CONTEST_HOLD: _of_hold(holds.contest),
    Move.UPHOLD_HOLD: _of_hold(holds.uphold),
    Move.VOID_HOLD: _of_hold(holds.void),
    Move.ASK_DECISION: _ask_decision,
    Move.ANSWER: _answer,
    Move.TAKE_BACK: _answer,
}
