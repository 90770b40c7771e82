"""How many open actions each filter shows: exact, and as quick with a long history as with none.

Every open action is one cell: whose court, state, priority, owner, category, assignee. The cells of
a contract are kept in memory with the head of its journal. When the head moves, the journal itself
says which actions may have changed, and only those are looked at again: every change of an action
writes an event that names it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, select

from inspection.actions.models import Action
from inspection.contracts.models import Category
from inspection.db import db, table
from inspection.journal import Event
from inspection.queue.view import View, conditions

_actions, _events, _categories = table(Action), table(Event), table(Category)

DIMENSIONS = ("court", "state", "priority", "owner", "category", "assignee")
_COLUMNS = (
    _actions.c.id,
    _actions.c.listed,
    _actions.c.court,
    _actions.c.state,
    _actions.c.priority,
    _actions.c.owner_party,
    _actions.c.category_id,
    _actions.c.assignee_id,
)
MOST_CHANGES = 500  # more are quicker counted anew
MOST_CONTRACTS = 50

Cell = tuple[Any, ...]
Counts = dict[tuple[str, str], int]

_OF_CONTRACT = _events.c.contract_id == bindparam("contract")
_HEAD = (
    select(_events.c.seq, _events.c.hash)
    .where(_OF_CONTRACT)
    .order_by(_events.c.seq.desc())
    .limit(1)
)
_HASH = select(_events.c.hash).where(_OF_CONTRACT, _events.c.seq == bindparam("seq"))
_CHANGED = (
    select(_events.c.action_id)
    .where(_OF_CONTRACT, _events.c.seq > bindparam("seq"), _events.c.action_id.is_not(None))
    .limit(MOST_CHANGES + 1)
)
_KEYS = select(_categories.c.id, _categories.c.key).where(
    _categories.c.contract_id == bindparam("contract")
)


@dataclass
class _Known:
    """The cells of a contract as they stood when event `seq` was its latest."""

    seq: int
    hash: str
    cells: dict[int, Cell] = field(default_factory=dict)
    cube: Counter[Cell] = field(default_factory=Counter)

    def put(self, action_id: int, cell: Cell | None) -> None:
        before = self.cells.pop(action_id, None)
        if before is not None:
            self.cube[before] -= 1
        if cell is not None:
            self.cells[action_id] = cell
            self.cube[cell] += 1


_known: OrderedDict[int, _Known] = OrderedDict()
_alone = Lock()


def head(contract_id: int) -> str:
    """The hash of the contract's latest event: as long as it stays, nothing has happened."""
    row = db.session.execute(_HEAD, {"contract": contract_id}).first()
    return row.hash if row else ""


def counts(view: View, contract_id: int) -> Counts:
    """How many open rows each value of each filter shows, with the other filters as they are."""
    found: Counts = defaultdict(int)
    chosen = _chosen(view)
    for values, n in _named(view, contract_id):
        cell = dict(zip(DIMENSIONS, values, strict=True))
        missed = [name for name, value in chosen.items() if cell[name] != value]
        if len(missed) > 1:
            continue
        for name in missed or DIMENSIONS:
            found[(name, cell[name])] += n
    return found


def count(view: View, contract_id: int) -> int:
    """How many open rows the view shows."""
    chosen = _chosen(view)
    return sum(
        n
        for values, n in _named(view, contract_id)
        if all(dict(zip(DIMENSIONS, values, strict=True))[k] == v for k, v in chosen.items())
    )


def _chosen(view: View) -> dict[str, str]:
    return {name: getattr(view, name) for name in DIMENSIONS if getattr(view, name)}


def _named(view: View, contract_id: int) -> list[tuple[tuple[str, ...], int]]:
    """The cube in the words of addresses; place, age and words narrow it before it is counted."""
    rest = view.but(**dict.fromkeys(DIMENSIONS, ""))
    cube = _counted(rest, contract_id).cube if rest.active else _kept(contract_id)
    keys = {row.id: row.key for row in db.session.execute(_KEYS, {"contract": contract_id})}
    return [(_words(cell, keys), n) for cell, n in cube.items() if n]


def _words(cell: Cell, keys: dict[int, str]) -> tuple[str, ...]:
    court, state, priority, owner, category, assignee = cell
    return (
        *(court or "nobody", state, priority, owner),
        *(keys[category], str(assignee) if assignee else "none"),
    )


def _kept(contract_id: int) -> Counter[Cell]:
    """The cube of a contract as it stands, brought up to its journal's head."""
    with _alone:
        now = db.session.execute(_HEAD, {"contract": contract_id}).first()
        known = _known.get(contract_id)
        if now is None or known is None or not _caught_up(known, contract_id, now.seq, now.hash):
            known = _counted(View(), contract_id)
            known.seq, known.hash = (now.seq, now.hash) if now else (0, "")
            _known[contract_id] = known
        _known.move_to_end(contract_id)
        if len(_known) > MOST_CONTRACTS:
            _known.popitem(last=False)
        return known.cube.copy()


def _caught_up(known: _Known, contract_id: int, seq: int, latest: str) -> bool:
    """Look again at what has changed; False when everything must be counted anew.

    Hazard: after a restore the numbers go on from another past, so the hash must still be there.
    """
    if known.hash == latest:
        return True
    then = {"contract": contract_id, "seq": known.seq}
    if db.session.execute(_HASH, then).scalar() != known.hash:
        return False
    changed = set(db.session.execute(_CHANGED, then).scalars())
    if len(changed) > MOST_CHANGES:
        return False
    rows = db.session.execute(
        select(*_COLUMNS).where(_actions.c.contract_id == contract_id, _actions.c.id.in_(changed))
    )
    for row in rows:
        known.put(row.id, tuple(row[2:]) if row.listed else None)
    known.seq, known.hash = seq, latest
    return True


def _counted(view: View, contract_id: int) -> _Known:
    known = _Known(0, "")
    for row in db.session.execute(select(*_COLUMNS).where(*conditions(view, contract_id))):
        known.put(row.id, tuple(row[2:]))
    return known
