"""Other places where the same cause may be at work: each checked and fine, or its own action."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from inspection import clock
from inspection.actions.models import Action, Similar
from inspection.actions.opening import Beginning, Said, open_action, tell
from inspection.assets import tree
from inspection.assets.models import Asset
from inspection.contracts.models import Category
from inspection.db import db, lock, table
from inspection.journal import Happened, record
from inspection.people.models import Membership, Person
from inspection.rules.access import Member, Party, may
from inspection.rules.refusal import N_, Refusal
from inspection.rules.states import Depth, Priority, Source, State
from inspection.web import Refused

_similar, _actions, _assets = table(Similar), table(Action), table(Asset)
_categories = table(Category)
_members, _persons = table(Membership), table(Person)

OFFERED = 30
"""Places in one list; each that is chosen is one more part of the form (at most 100 fit)."""

_LOOK = (
    select(
        _similar,
        _assets.c.name.label("place_name"),
        _assets.c.trail,
        _actions.c.number.label("child_number"),
        _actions.c.state.label("child_state"),
        _persons.c.name.label("who"),
    )
    .join_from(_similar, _assets, _similar.c.asset_id == _assets.c.id)
    .join(_actions, _similar.c.child_id == _actions.c.id, isouter=True)
    .join(_members, _similar.c.checked_by == _members.c.id)
    .join(_persons, _members.c.person_id == _persons.c.id)
    .order_by(_similar.c.id)
)


def checked(row: Row[Any]) -> list[Row[Any]]:
    """The places that were looked at, in that order, with the action each may have become."""
    mine = _LOOK.where(_similar.c.contract_id == row.contract_id, _similar.c.action_id == row.id)
    return list(db.session.execute(mine))


def refusal(row: Row[Any], by: Member) -> Refusal | None:
    """Why this member cannot say how it is elsewhere; None: they can."""
    if not may(by, "check_similar", Party(row.owner_party)):
        return Refusal("action.role", N_("Your role can read and comment here."))
    if row.depth != Depth.CORRECTIVE:
        return Refusal(
            "action.only_corrective",
            N_("This is a repair of one occurrence; propose to remove the cause first."),
        )
    if row.state == State.CLOSED:
        return Refusal("similar.closed", N_("This is closed. Report what you see elsewhere anew."))
    return None


def check(row: Row[Any], by: Member, asset_id: int, fine: bool, text: str = "") -> int | None:
    """Say of another place that it is fine, or that it has it too; the number of its new action.

    A place is looked at once; what changes there later is a report. Raises `Refused`.
    """
    lock(f"similar/{row.contract_id}/{row.id}")  # two at one place at once would both find it free
    refused = refusal(row, by) or _refusal_of_place(row, asset_id)
    if refused:
        raise Refused(refused)
    place = tree.found(row.contract_id, asset_id)
    child = None if fine else _opened(row, by, place, text)
    db.session.execute(
        insert(_similar).values(
            contract_id=row.contract_id,
            action_id=row.id,
            asset_id=place.id,
            child_id=child.id if child else None,
            checked_by=by.id,
            checked_at=clock.now(),
        )
    )
    data = {"asset": place.id, **({"child": child.number} if child else {})}
    kind = "action.similar_opened" if child else "action.similar_checked"
    record(
        Happened(
            row.contract_id,
            kind,
            "action",
            row.id,
            by,
            action_id=row.id,
            text="" if child else text,  # else it stands with the action that was opened
            data=data,
        )
    )
    return child.number if child else None


def _refusal_of_place(row: Row[Any], asset_id: int) -> Refusal | None:
    where = f"place-{asset_id}"
    if asset_id == row.asset_id:
        return Refusal("similar.same_place", N_("This is the place it is about."), where=where)
    there = select(_similar.c.id).where(
        _similar.c.contract_id == row.contract_id,
        _similar.c.action_id == row.id,
        _similar.c.asset_id == asset_id,
    )
    if db.session.execute(there).first() is None:
        return None
    return Refusal(
        "similar.checked_already", N_("Somebody has looked at this place already."), where=where
    )


def _opened(row: Row[Any], by: Member, place: Row[Any], text: str) -> Any:
    """The action of the other place: as urgent as this one, and put right by the same party."""
    about = select(_categories).where(
        _categories.c.contract_id == row.contract_id, _categories.c.id == row.category_id
    )
    owner = Party(row.owner_party)
    beginning = Beginning(
        source=Source.SIMILAR,
        priority=Priority(row.priority),
        owner=owner,
        requirement_id=row.requirement_id,
        parent=row,
        by=by,
    )
    child = open_action(place, db.session.execute(about).one(), text or row.title, beginning)
    facts = {"source": Source.SIMILAR.value, "similar_to": row.number}
    tell(place, by, [Said(child, text, owner, facts)])
    return child


# ---------------------------------------------------------------- where to look


def offered(row: Row[Any], words: str = "", limit: int = OFFERED) -> list[Row[Any]]:
    """Places to look at: those found by `words`, else those most like this one; none twice."""
    done = {row.asset_id, *(one.asset_id for one in checked(row))}
    found = tree.search(row.contract_id, words) if words.strip() else _alike(row, len(done) + limit)
    return [place for place in found if place.id not in done][:limit]


def _alike(row: Row[Any], limit: int) -> list[Row[Any]]:
    """Things of the same make and model, else of the same kind and use; the nearest first."""
    place = tree.found(row.contract_id, row.asset_id)
    same = _assets.c.type_id == place.type_id if place.type_id else _assets.c.use == place.use
    near = _assets.c.parent_id.is_not_distinct_from(place.parent_id)
    return list(
        db.session.execute(
            select(_assets)
            .where(
                _assets.c.contract_id == row.contract_id,
                _assets.c.kind == place.kind,
                _assets.c.archived_at.is_(None),
                same,
            )
            .order_by(near.desc(), _assets.c.trail, _assets.c.number, _assets.c.name)
            .limit(limit)
        )
    )
