"""The heads-up map: what was looked at, what is due, what nobody ever looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from inspection import web, words
from inspection.assets import tree
from inspection.assets.models import Asset, Kind
from inspection.checklists import agreed as checklists
from inspection.contracts import promises
from inspection.db import db, table
from inspection.plans import agreed, places, titles, walk
from inspection.rules.checklist import ItemKind
from inspection.rules.visit import VisitState
from inspection.visits import record
from inspection.visits.models import Visit
from inspection.web import MEMBER, allow

rooms = Blueprint("coverage", __name__)

NEVER, OVERDUE, DUE, LOOKED = "never", "overdue", "due", "done"
STANDINGS = (NEVER, OVERDUE, DUE, LOOKED)
"""Where a place stands, the worst first."""
DRAWN = 600
"""Cells of one page; where there are more, each part is a bar, and a link to its own page."""
PARTS = 60  # of one page; where there are more levels, the parts are houses
_visits, _assets = table(Visit), table(Asset)


@dataclass(frozen=True)
class Cell:
    """One place on the map: when it was done last, and since when it waits."""

    place: Row[Any]
    stands: str
    done_at: datetime | None
    due_on: date | None

    @property
    def short(self) -> str:
        """What fits below its sign: the word of its name that has a number, else its beginning."""
        parts: list[str] = self.place.name.split()
        return next((one for one in parts if any(map(str.isdigit, one))), parts[0])[:8]


@dataclass(frozen=True)
class Part:
    """A level, or a house: how its places stand, and the places where they are few enough."""

    place: Row[Any] | None
    counts: Counter[str]
    cells: Sequence[Cell]

    @property
    def count(self) -> int:
        return self.counts.total()

    @property
    def bar(self) -> list[tuple[str, float, float]]:
        """Where each standing begins on a bar and how wide it is, in percent."""
        pieces, begins = [], 0.0
        for word in STANDINGS:
            width = 100 * self.counts[word] / self.count
            pieces.append((word, round(begins, 2), round(width, 2)))
            begins += width
        return [piece for piece in pieces if piece[2]]


@dataclass(frozen=True)
class Looked:
    """What of the promises somebody looks at: by which checklists, at which kinds of places."""

    keys: frozenset[str]
    kinds: frozenset[str]
    unasked: Sequence[Row[Any]] = field(default_factory=tuple)  # in no checklist at all
    unplanned: Sequence[Row[Any]] = field(default_factory=tuple)  # asked, but no plan sends anybody


@rooms.get("/c/<contract>/coverage")
@allow(MEMBER)
def coverage(contract: str) -> ResponseReturnValue:
    """The map of a place, or of everything: for one promise or the worst of all."""
    here = web.contract()
    place = walk.chosen(here.id, request.args.get("place", ""))
    ref, line = request.args.get("requirement", "")[:40], request.args.get("line", "")[:60]
    wanted = promises.requirements(here.id)
    looked = looked_at(here.id, wanted, ref, line)
    fitting = standing(here.id, place, looked, record.today(here.tz))
    cells = planned(here.id, fitting, looked)
    drawn = parts(here.id, cells)
    return render_template(
        "plans/coverage.html",
        place=place,
        ref=ref,
        line=line,
        wanted=wanted,
        lines=sorted({row.service_line for row in wanted}),
        looked=looked,
        parts=drawn,
        unplanned=len(fitting) - len(cells),
        whole=sum((part.counts for part in drawn), Counter[str]()),
        STANDINGS=STANDINGS,
        places=walk.choices(here.id, place),
        checklist_titles=titles.titles(here.id, "checklist"),
    )


# ---------------------------------------------------------------- what is looked at


def looked_at(contract_id: int, wanted: Sequence[Row[Any]], ref: str, line: str) -> Looked:
    """The checklists that ask about the chosen promises, and the promises that none asks about."""
    chosen = [row for row in wanted if ref in ("", row.ref) and line in ("", row.service_line)]
    refs, planned = {row.ref for row in chosen}, agreed.covered(contract_id)
    asking = [(row, asked_by(row.id)) for row in checklists.in_force(contract_id)]
    fitting = [row for row, asked in asking if asked & refs]
    everything = frozenset[str]().union(*(asked for _, asked in asking))
    return Looked(
        frozenset(row.subject for row in fitting),
        frozenset(kind for row in fitting for kind in row.body.get("kinds") or ("space",)),
        [row for row in chosen if row.ref not in everything],
        [row for row in chosen if row.ref in everything and row.ref not in planned],
    )


def asked_by(checklist_id: int) -> frozenset[str]:
    """The promises that the items of a checklist are about."""
    items = checklists.checklist(checklist_id).items
    return frozenset(
        item.requirement for item in items if item.requirement and item.kind is not ItemKind.NOTE
    )


# ---------------------------------------------------------------- where every place stands


def standing(contract_id: int, root: Row[Any] | None, looked: Looked, today: date) -> list[Cell]:
    """Every place of the fitting kinds, at and below `root`, in no order."""
    if not looked.keys:
        return []
    every: Select[Any] = select(_assets.c.id, _assets.c.name, _assets.c.path).where(
        _assets.c.contract_id == contract_id,
        _assets.c.archived_at.is_(None),
        _assets.c.kind.in_(sorted(looked.kinds)),
        *([tree.within(_assets.c.path, root.path)] if root is not None else ()),
    )
    looks = [
        _visits.c.contract_id == contract_id,
        _visits.c.checklist_key.in_(sorted(looked.keys)),
        *([_visits.c.asset_id.in_(every.with_only_columns(_assets.c.id))] if root else ()),
    ]
    # one pass each: asked place by place, SQLite took the index of all that was ever submitted
    done = _by_place(func.max(_visits.c.submitted_at), *looks, _visits.c.state.in_(record.WAS_DONE))
    missed = _by_place(func.max(_visits.c.due_on), *looks, _visits.c.state == VisitState.MISSED)
    come = (_visits.c.state == VisitState.PLANNED, _visits.c.due_from <= today)
    waits = _by_place(func.min(_visits.c.due_on), *looks, *come)
    return [
        _cell(row, done.get(row.id), waits.get(row.id), missed.get(row.id), today)
        for row in db.session.execute(every)
    ]


def planned(contract_id: int, fitting: list[Cell], looked: Looked) -> list[Cell]:
    """Of the fitting places those a plan sends somebody to, and those where somebody was.

    All of them while no plan asks about the chosen promises: then nothing else says where to look.
    """
    scopes = [
        plan.scope
        for plan in map(agreed.plan, (row.id for row in agreed.in_force(contract_id)))
        if plan.checklist in looked.keys
    ]
    if not scopes:
        return fitting
    sent = or_(*(places.here(contract_id, scope) for scope in scopes))
    ids = set(db.session.execute(select(_assets.c.id).where(sent)).scalars())
    return [one for one in fitting if one.done_at or one.due_on or one.place.id in ids]


def _by_place(value: Any, *which: ColumnElement[bool]) -> Mapping[int, Any]:
    """One value of the visits of each place."""
    asked: Select[Any] = (
        select(_visits.c.asset_id, value.label("value")).where(*which).group_by(_visits.c.asset_id)
    )
    return {row.asset_id: row.value for row in db.session.execute(asked)}


def _cell(
    row: Row[Any], done: datetime | None, due_on: date | None, missed_on: date | None, today: date
) -> Cell:
    done_on = words.local(done).date() if done else None
    made_up = done_on is not None and missed_on is not None and missed_on <= done_on
    waits = (due_on, None if made_up else missed_on)
    since = min((one for one in waits if one is not None), default=None)
    return Cell(row, _worst(done_on, since, today), done, since)


def _worst(done_on: date | None, since: date | None, today: date) -> str:
    if done_on is None:
        return NEVER
    if since is None:
        return LOOKED
    return OVERDUE if since < today else DUE


# ---------------------------------------------------------------- the picture


def parts(contract_id: int, cells: Iterable[Cell]) -> list[Part]:
    """The places by level along the walk, or by house where there are many levels.

    Where there are more than `DRAWN` places, only their numbers by part.
    """
    every = list(cells)
    few = len(every) <= DRAWN
    along = walk.Walk(contract_id, (_stop(cell, few) for cell in every))
    ordered = sorted(every, key=lambda cell: along.order(_stop(cell, few)))
    made = _by(Kind.LEVEL, ordered, along)
    for kind in (Kind.BUILDING, Kind.SITE):
        made = made if len(made) <= PARTS else _by(kind, ordered, along)
    return made if few else [replace(part, cells=()) for part in made]


def _stop(cell: Cell, few: bool) -> str:
    """The path that says where a cell comes: its own, or of what holds it where only parts show."""
    path = str(cell.place.path)
    return path if few else path[: path.rstrip("/").rfind("/") + 1]


def _by(kind: Kind, ordered: Iterable[Cell], along: walk.Walk) -> list[Part]:
    def above(cell: Cell) -> Row[Any] | None:
        return along.above(cell.place.path, kind)

    groups = [(place, list(cells)) for place, cells in groupby(ordered, key=above)]
    return [Part(place, Counter(cell.stands for cell in some), some) for place, some in groups]
