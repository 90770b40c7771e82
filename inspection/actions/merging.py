"""Two actions that are one: reports and findings move to the master, and can move back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort
from sqlalchemy import Row, func, insert, select, update

from inspection import clock
from inspection.actions import moves
from inspection.actions.models import Action, Merge
from inspection.actions.moves import Wanted
from inspection.db import Model, db, table
from inspection.journal import Written
from inspection.rules.access import Member
from inspection.rules.lifecycle import Given, Move
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Depth, State
from inspection.web import Refused

_actions, _merges = table(Action), table(Merge)
EVIDENCE = ("report", "finding")
"""What belongs to an action, by its table: of rooms above this one, here only by name."""


def merge(
    row: Row[Any], master: Row[Any], by: Member, version: int | None, text: str = ""
) -> Written:
    """Close `row` as a duplicate of `master`, which takes its evidence; records how to undo it."""
    _check(row, master)
    moved = {kind: _evidence(kind, row) for kind in EVIDENCE}
    written = moves.make(
        row,
        Wanted(
            Move.MERGE,
            by,
            Given(text),
            version,
            columns={"merged_into_id": master.id, "report_count": 0},
            data={"master": master.number},
        ),
    )
    _move(row.contract_id, moved, master.id)
    db.session.execute(
        insert(_merges).values(
            contract_id=row.contract_id,
            action_id=row.id,
            master_id=master.id,
            report_ids=moved["report"],
            finding_ids=moved["finding"],
            state_before=row.state,
            merged_by=by.id,
            merged_at=clock.now(),
        )
    )
    return written


def unmerge(row: Row[Any], by: Member, version: int | None) -> Written:
    """Undo the last merge of `row`: it stands where it stood, with the evidence it had."""
    last = db.session.execute(
        select(_merges)
        .where(
            _merges.c.contract_id == row.contract_id,
            _merges.c.action_id == row.id,
            _merges.c.undone_at.is_(None),
        )
        .order_by(_merges.c.id.desc())
        .limit(1)
    ).first()
    if last is None:
        raise Refused(Refusal("action.not_merged", N_("This was not merged into another action.")))
    written = moves.make(
        row,
        Wanted(
            Move.UNMERGE,
            by,
            version=version,
            columns={
                "merged_into_id": None,
                "closed_at": None,
                "report_count": len(last.report_ids),
            },
        ),
        before_merge=State(last.state_before),
    )
    _move(row.contract_id, {"report": last.report_ids, "finding": last.finding_ids}, row.id)
    _recount(row.contract_id, last.master_id)
    db.session.execute(update(_merges).where(_merges.c.id == last.id).values(undone_at=clock.now()))
    return written


def master_of(row: Row[Any]) -> Row[Any] | None:
    """The action that `row` was merged into, followed to the end."""
    seen = {row.id}
    while row.merged_into_id and row.merged_into_id not in seen:
        seen.add(row.merged_into_id)
        row = moves.by_id(row.contract_id, row.merged_into_id)
    return row if len(seen) > 1 else None


def _check(row: Row[Any], master: Row[Any]) -> None:
    if row.contract_id != master.contract_id:
        abort(404)
    if row.id == master.id:
        raise Refused(
            Refusal(
                "action.merge_with_itself",
                N_("An action cannot be merged into itself."),
                where="master",
            )
        )
    if _only_shallower(row, master):
        raise Refused(
            Refusal(
                "action.merge_shallower",
                N_(
                    "No. %(number)s only repairs; this one removes the cause."
                    " Merge the other way round."
                ),
                {"number": master.number},
                where="master",
            )
        )
    if master.state == State.CLOSED:
        raise Refused(
            Refusal(
                "action.master_closed",
                N_("No. %(number)s is closed; choose an open action to merge into."),
                {"number": master.number},
                where="master",
            )
        )


def _evidence(kind: str, row: Row[Any]) -> list[int]:
    """The reports, or the findings, that belong to an action."""
    of = Model.metadata.tables[kind]
    mine = select(of.c.id).where(of.c.contract_id == row.contract_id, of.c.action_id == row.id)
    return list(db.session.execute(mine).scalars())


def _move(contract_id: int, moved: Mapping[str, list[int]], to_action: int) -> None:
    for kind, ids in moved.items():
        of = Model.metadata.tables[kind]
        if ids:
            db.session.execute(
                update(of)
                .where(of.c.contract_id == contract_id, of.c.id.in_(ids))
                .values(action_id=to_action)
            )
    _recount(contract_id, to_action)


def _only_shallower(row: Row[Any], master: Row[Any]) -> bool:
    return bool(row.depth == Depth.CORRECTIVE and master.depth != Depth.CORRECTIVE)


def _recount(contract_id: int, action_id: int) -> None:
    """Count the voices behind an action: what was taken back or is held back is none."""
    reports = Model.metadata.tables["report"]
    count = select(func.count()).where(
        reports.c.contract_id == contract_id,
        reports.c.action_id == action_id,
        reports.c.withdrawn_at.is_(None),
        ~reports.c.held,
    )
    db.session.execute(
        update(_actions)
        .where(_actions.c.contract_id == contract_id, _actions.c.id == action_id)
        .values(report_count=count.scalar_subquery())
    )
