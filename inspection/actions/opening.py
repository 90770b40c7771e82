"""How an action comes into the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from inspection import clock
from inspection.actions import applying, repeats, standing
from inspection.actions.models import Action
from inspection.actions.repeats import Suspicion
from inspection.contracts import agreements, promises
from inspection.contracts.models import Contract
from inspection.db import db, table
from inspection.journal import Happened, record_all
from inspection.rules.access import Member, Party
from inspection.rules.corrective import Grounds, must_deepen
from inspection.rules.sla import Clock, Timing
from inspection.rules.states import Depth, Priority, Source, State

_actions, _contracts = table(Action), table(Contract)
TITLE_LENGTH = 160

_NUMBER = (
    update(_contracts)
    .where(_contracts.c.id == bindparam("contract"))
    .values(next_number=_contracts.c.next_number + bindparam("many"))
    .returning(_contracts.c.next_number, _contracts.c.tz, _contracts.c.terms)
)
_NEW = insert(_actions).returning(_actions.c.id, sort_by_parameter_order=True)


_TERMS = select(_contracts.c.tz, _contracts.c.terms).where(_contracts.c.id == bindparam("contract"))

NOTHING_YET = dict.fromkeys(
    (
        *("outcome", "responded_at", "attended_at", "made_safe_at", "fixed_temporarily_at"),
        *("contained_at", "plan_agreed_at", "permanent_due_at", "monitoring_until", "paused_at"),
        *("decision_to", "hold_cause", "accepts_at", "repeat_until"),
    )
)


@dataclass(frozen=True)
class Opened:
    """A new action; `earlier` is what it may be a repeat of."""

    id: int
    number: int
    earlier: Suspicion | None = None


def title(words: str) -> str:
    """The first words of a report, on one line, for lists."""
    line = " ".join(words.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


@dataclass(frozen=True)
class Beginning:
    """What a new action is, beyond what its category says.

    `parent`: the action it grew out of (a similar place). `severity` is the level of a finding,
    which at level 1 makes it corrective from the start, as does a rejected lot.
    """

    source: Source = Source.REPORT
    held: bool = False
    priority: Priority | None = None
    owner: Party | None = None
    severity: int | None = None
    requirement_id: int | None = None
    parent: Row[Any] | None = None
    by: Member | None = None


REPORTED = Beginning()


@dataclass(frozen=True)
class New:
    """An action that is to be opened: what it is about, and the words that called for it."""

    category: Row[Any]
    words: str
    beginning: Beginning = REPORTED


def open_action(
    place: Row[Any], category: Row[Any], words: str, beginning: Beginning = REPORTED
) -> Opened:
    """Open an action at `place` (an asset row) with the defaults of `category`.

    The number is taken from the contract's row, so two at once wait for each other there. What
    opened it writes the event.
    """
    return open_actions(place, [New(category, words, beginning)])[0]


def open_actions(place: Row[Any], wanted: Sequence[New]) -> list[Opened]:
    """Open several at one place, in their order, as if one after the other."""
    if not wanted:
        return []
    now = clock.now()
    numbers = {"contract": place.contract_id, "many": len(wanted)}
    contract = db.session.execute(_NUMBER, numbers).one()
    first = contract.next_number - len(wanted)
    rows = [_first(place, one, contract, first + n, now) for n, one in enumerate(wanted)]
    earlier = _earlier(rows, contract)
    clocks = _settle(rows, [one.category.service_line for one in wanted], contract, now)
    ids = db.session.execute(_NEW, rows).scalars().all()
    standing.begin_all(
        place.contract_id, [(of, one) for of, its in zip(ids, clocks, strict=True) for one in its]
    )
    return [
        Opened(action_id, row["number"], before)
        for action_id, row, before in zip(ids, rows, earlier, strict=True)
    ]


def _earlier(rows: Sequence[dict[str, Any]], contract: Row[Any]) -> list[Suspicion | None]:
    """What each may be a repeat of; the second about one thing is a duplicate of the first."""
    found, looked = [], set()
    for row in rows:
        again = row["category_id"] in looked
        looked.add(row["category_id"])
        one = None if row["held"] or again else repeats.earlier_of(row, contract)
        row["repeat_until"] = one.until if one else None
        found.append(one)
    return found


_ITS_OWN = frozenset({"number", "title", "category_id", "requirement_id"})
"""What tells actions apart, and has no part in whose turn it is or what is due when."""


def _settle(
    rows: Sequence[dict[str, Any]], lines: Sequence[str], contract: Row[Any], now: datetime
) -> list[list[Clock]]:
    """Put what follows from the rest into the columns of new actions; the clocks of each.

    Worked out once for all that are alike; `lines` are their service lines.
    """
    known: dict[tuple[Any, ...], standing.Settled] = {}
    clocks = []
    for row, line in zip(rows, lines, strict=True):
        alike = (line, *(value for name, value in row.items() if name not in _ITS_OWN))
        if alike not in known:
            known[alike] = _settled(row, line, contract, now)
        row |= known[alike].columns
        clocks.append(known[alike].clocks)
    return clocks


def _settled(row: dict[str, Any], line: str, contract: Row[Any], now: datetime) -> standing.Settled:
    if row["held"]:
        return standing.Settled({}, [])
    by = Timing(agreements.calendar(row["calendar_id"], contract.tz), _policy(row))
    return standing.settled(None, {**NOTHING_YET, **row, "service_line": line}, (), now, by)


def _policy(row: dict[str, Any]) -> Any:
    return agreements.policy(row["policy_id"])


def _first(
    place: Row[Any], new: New, contract: Row[Any], number: int, now: datetime
) -> dict[str, Any]:
    """The columns a new action starts with."""
    category, beginning = new.category, new.beginning
    because = must_deepen(Grounds(beginning.source, Priority.P3, beginning.severity), now)
    requirement = beginning.requirement_id or _promised(place.contract_id, category)
    return {
        "contract_id": place.contract_id,
        "number": number,
        "asset_id": place.id,
        "place": place.path,
        "category_id": category.id,
        "requirement_id": requirement,
        "policy_id": contract.terms.get("sla_policy"),
        "calendar_id": contract.terms.get("calendar"),
        "title": title(new.words),
        "priority": (beginning.priority or Priority(category.priority)).value,
        "owner_party": (beginning.owner or Party(category.owner_party)).value,
        "depth": (Depth.CORRECTIVE if because else Depth.CORRECTION).value,
        "severity": beginning.severity,
        "state": State.RECEIVED.value,
        "source": beginning.source.value,
        "parent_id": beginning.parent.id if beginning.parent else None,
        "court_since": now,
        "held": beginning.held,
        "listed": not beginning.held,
        "received_at": now,
        "report_count": 1 if beginning.source is Source.REPORT else 0,
        "outcome_text": "",
        "containment": "",
        "reopen_count": 0,
        "generation": 1,
        "breached": False,
        "version": 1,
        **dict.fromkeys(("court_customer", "court_contractor", "court_nobody"), 0),
        **dict.fromkeys(("court", "due_at", "due_kind", "next_at")),
    }


def _promised(contract_id: int, category: Row[Any]) -> int | None:
    """The requirement a category points to, as it reads in the version in force."""
    ref = category.requirement_ref
    return promises.requirement_for(contract_id, ref) if ref else None


@dataclass(frozen=True)
class Said:
    """What the event of an opened action says: its words, whose work it is, and facts."""

    opened: Opened
    words: str
    owner: Party
    facts: Mapping[str, Any]


def tell(place: Row[Any], by: Member | None, opened: Sequence[Said]) -> None:
    """Write that actions were opened at a place, and what each of them may be a repeat of.

    For whatever opens actions without an event of its own, as a report has one.
    """
    record_all([_event(place, by, one) for one in opened])
    for one in opened:
        if one.opened.earlier:
            repeats.suspect(place.contract_id, one.opened.id, place.id, one.opened.earlier)


def _event(place: Row[Any], by: Member | None, said: Said) -> Happened:
    return Happened(
        place.contract_id,
        "action.opened",
        "action",
        said.opened.id,
        by,
        action_id=said.opened.id,
        asset_id=place.id,
        state_to=State.RECEIVED.value,
        text=said.words,
        data=said.facts,
        owner=said.owner,
    )


def admit(row: Row[Any]) -> None:
    """Let an action that was kept back into the queue; its clocks begin when it can be seen."""
    now = clock.now()
    contract = db.session.execute(_TERMS, {"contract": row.contract_id}).one()
    columns = {**row._mapping, "held": False, "received_at": now}
    earlier = repeats.earlier_of(columns, contract)
    columns["repeat_until"] = earlier.until if earlier else None
    begun = standing.settled(None, columns, (), now, standing.timing(row))
    standing.begin_clocks(row.contract_id, row.id, begun.clocks)
    applying.put(
        row,
        {
            **begun.columns,
            "held": False,
            "repeat_until": columns["repeat_until"],
            "version": row.version + 1,
        },
    )
    if earlier:
        repeats.suspect(row.contract_id, row.id, row.asset_id, earlier)
