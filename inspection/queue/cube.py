"""How many open actions each filter shows: exact, and as quick with a long history as with none.

Every open action is one cell: whose court, state, priority, owner, category, assignee, depth and
whether it is on hold. The cells of a contract are kept in memory with the head of its journal. When
the head moves, the journal itself says which actions may have changed, and only those are looked at
again: every change of an action writes an event that names it.

Place, age, words and the like are no part of a cell. A view with such a filter is counted row by
row, up to a thousand; beyond that nothing is said about its filters, rather than something wrong.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, func, select

from inspection.actions.models import Action
from inspection.contracts.models import Category
from inspection.db import db, table
from inspection.journal import Event
from inspection.queue.listing import EXACT
from inspection.queue.view import COURTS, View, conditions
from inspection.web import whole

_actions, _events, _categories = table(Action), table(Event), table(Category)

DIMENSIONS = (
    *("court", "state", "priority", "owner", "category", "assignee"),
    *("depth", "hold"),
)
_COLUMNS = (
    _actions.c.id,
    _actions.c.listed,
    _actions.c.court,
    _actions.c.state,
    _actions.c.priority,
    _actions.c.owner_party,
    _actions.c.category_id,
    _actions.c.assignee_id,
    _actions.c.depth,
    _actions.c.paused_at.is_not(None).label("hold"),
)
MOST_CHANGES = 500  # more are quicker counted anew
MOST_CONTRACTS = 50

Cell = tuple[Any, ...]


class Counts(dict[tuple[str, str], int | None]):
    """Rows by (filter, value), with the other filters as they are; None where it is not known.

    `total` counts the rows of the view itself, up to `EXACT` + 1 where it is not known further.
    """

    def __init__(self, total: int, known: Mapping[tuple[str, str], int], whole: bool = True):
        super().__init__(known)
        self.total, self.whole = total, whole

    def __missing__(self, key: tuple[str, str]) -> int | None:
        return 0 if self.whole else None


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
_OPEN = select(*_COLUMNS).where(_actions.c.contract_id == bindparam("contract"), _actions.c.listed)
_KEYS = select(_categories.c.id, _categories.c.key).where(
    _categories.c.contract_id == bindparam("contract")
)


@dataclass
class _Known:
    """The cells of a contract as they stood when event `seq` was its latest.

    `cube` counts the actions of each cell, `margins` those of each value of each dimension. Actions
    alike share one cell.
    """

    seq: int
    hash: str
    cells: dict[int, Cell] = field(default_factory=dict)
    cube: Counter[Cell] = field(default_factory=Counter)
    margins: Counter[tuple[int, Any]] = field(default_factory=Counter)
    alike: dict[Cell, Cell] = field(default_factory=dict)

    def put(self, action_id: int, cell: Cell | None) -> None:
        before = self.cells.pop(action_id, None)
        if before is not None:
            self._add(before, -1)
        if cell is not None:
            self.cells[action_id] = self.alike.setdefault(cell, cell)
            self._add(cell, 1)

    def _add(self, cell: Cell, n: int) -> None:
        self.cube[cell] += n
        if not self.cube[cell]:
            del self.cube[cell], self.alike[cell]
        for pair in enumerate(cell):
            self.margins[pair] += n


_known: OrderedDict[int, _Known] = OrderedDict()
_alone = Lock()


def head(contract_id: int) -> str:
    """The hash of the contract's latest event: as long as it stays, nothing has happened."""
    row = db.session.execute(_HEAD, {"contract": contract_id}).first()
    return row.hash if row else ""


def counts(view: View, contract_id: int) -> Counts:
    """How many rows each value of each filter shows, with the other filters as they are."""
    if view.closed:
        return Counts(_limited(view, contract_id), {}, whole=False)
    rest = view.but(**dict.fromkeys(DIMENSIONS, ""))
    if not rest.active:
        with _alone:
            return _facets(_kept(contract_id), view, contract_id)
    few = _ids(rest, contract_id)
    if len(few) > EXACT:
        return _split(view, contract_id)
    with _alone:
        cells = _kept(contract_id).cells
        cube = Counter(cells[one] for one in few if one in cells)
    return _facets(_Known(0, "", cube=cube), view, contract_id)


def count(view: View, contract_id: int) -> int:
    """How many rows the view shows; up to `EXACT` + 1 where it asks for more than a cell holds."""
    return counts(view, contract_id).total


def _split(view: View, contract_id: int) -> Counts:
    """Too many to look at: only how many wait for whom, up to `EXACT` + 1 each."""
    sides = {("court", court): _limited(view.but(court=court), contract_id) for court in COURTS}
    total = sides[("court", view.court)] if view.court else sum(sides.values())
    return Counts(min(total, EXACT + 1), sides, whole=False)


def _limited(view: View, contract_id: int) -> int:
    some = select(_actions.c.id).where(*conditions(view, contract_id)).limit(EXACT + 1)
    return int(db.session.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def _facets(known: _Known, view: View, contract_id: int) -> Counts:
    """The counts in the words of addresses."""
    keys = {row.id: row.key for row in db.session.execute(_KEYS, {"contract": contract_id})}
    chosen = _chosen(view, keys)
    if chosen or not known.margins:
        total, found = _met(known.cube.items(), chosen)
    else:
        total, found = len(known.cells), known.margins
    return Counts(
        total, {(DIMENSIONS[at], _word(at, value, keys)): n for (at, value), n in found.items()}
    )


def _met(
    cells: Iterable[tuple[Cell, int]], chosen: list[tuple[int, Any]]
) -> tuple[int, Counter[tuple[int, Any]]]:
    """How many meet all that was chosen, and by (dimension, value) those that meet all the rest."""
    total, found = 0, Counter[tuple[int, Any]]()
    for cell, n in cells:
        missed = [at for at, value in chosen if cell[at] != value]
        if not missed:
            total += n
            for pair in enumerate(cell):
                found[pair] += n
        elif len(missed) == 1:
            found[(missed[0], cell[missed[0]])] += n
    return total, found


def _chosen(view: View, keys: Mapping[int, str]) -> list[tuple[int, Any]]:
    """The filters of a view that are dimensions, as cells hold them."""
    ids = {key: category for category, key in keys.items()}
    return [
        (at, _cell_value(name, getattr(view, name), ids))
        for at, name in enumerate(DIMENSIONS)
        if getattr(view, name)
    ]


def _cell_value(name: str, word: str, ids: Mapping[str, int]) -> Any:
    if name == "category":
        return ids.get(word, -1)
    if word == {"court": "nobody", "assignee": "none"}.get(name):
        return None
    if name == "assignee":
        return whole(word) or -1
    return bool(word) if name == "hold" else word


def _word(at: int, value: Any, keys: Mapping[int, str]) -> str:
    name = DIMENSIONS[at]
    if name == "category":
        return keys[value]
    if name == "hold":
        return "1" if value else ""
    if value is None:
        return "nobody" if name == "court" else "none"
    return str(value)


def _kept(contract_id: int) -> _Known:
    """The cells of a contract as they stand, brought up to its journal's head; one at a time."""
    now = db.session.execute(_HEAD, {"contract": contract_id}).first()
    known = _known.get(contract_id)
    if now is None or known is None or not _caught_up(known, contract_id, now.seq, now.hash):
        known = _celled(contract_id)
        known.seq, known.hash = (now.seq, now.hash) if now else (0, "")
        _known[contract_id] = known
    _known.move_to_end(contract_id)
    if len(_known) > MOST_CONTRACTS:
        _known.popitem(last=False)
    return known


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


def _ids(view: View, contract_id: int) -> Sequence[int]:
    """The rows of a view, one more than are looked at where there are so many."""
    asked = select(_actions.c.id).where(*conditions(view, contract_id)).limit(EXACT + 1)
    return db.session.execute(asked).scalars().all()


def _celled(contract_id: int) -> _Known:
    known = _Known(0, "")
    for row in db.session.execute(_OPEN, {"contract": contract_id}):
        known.put(row.id, tuple(row[2:]))
    return known
