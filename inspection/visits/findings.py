"""What a visit found below standard becomes work, in the visit's own transaction.

Each finding opens an action, joins an open one, or was corrected on the spot; nothing of it is
lost on the way: its words, photos, requirement and place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import force_locale, gettext
from sqlalchemy import Row, bindparam, insert, select

from inspection import clock
from inspection.actions import applying, consequences, standing
from inspection.actions.opening import Beginning, New, Opened, Said, open_actions, tell
from inspection.assets import tree
from inspection.checklists import agreed
from inspection.contracts import agreements, promises
from inspection.contracts.models import Category, Requirement
from inspection.db import db, table
from inspection.people.models import Membership, Person
from inspection.rules.access import Member, Party
from inspection.rules.checklist import CHOSEN, LIMITED, Item, ItemKind, Judged, Verdict, said
from inspection.rules.corrective import Because
from inspection.rules.refusal import N_, Refusal
from inspection.rules.scale import Scale
from inspection.rules.states import Source, State
from inspection.visits import record
from inspection.visits.models import Finding, Visit

_findings, _visits = table(Finding), table(Visit)
_categories, _requirements = table(Category), table(Requirement)
_members, _persons = table(Membership), table(Person)
_NEW = insert(_findings)


@dataclass(frozen=True)
class Placed:
    """Where a finding went: `how` is corrected, joined or opened; the number of its action.

    `instead_of`: it was to join that action, which was closed meanwhile.
    """

    item: str
    how: str
    number: int | None = None
    instead_of: int | None = None


@dataclass(frozen=True)
class Below:
    """A finding on its way: its answer, what is said of it, and the open action it joins."""

    judged: Judged
    words: str
    joins: Row[Any] | None = None
    instead_of: int | None = None

    @property
    def severity(self) -> int:
        return self.judged.severity or 1


# ---------------------------------------------------------------- before anything is written


def below(
    row: Row[Any], judged: Iterable[Judged], scale: Scale, corrected: Iterable[str], language: str
) -> tuple[list[Below], list[Refusal]]:
    """The findings of a visit, and what keeps them from becoming work, beside their fields.

    `corrected` are the items with a photo from after they were put right.
    """
    found: list[Below] = []
    wrong: list[Refusal] = []
    proven = set(corrected)
    for one in judged:
        if one.verdict is not Verdict.NOT_MET:
            continue
        wrong += _unproven(one, proven)
        joins, instead_of = None, None
        if one.answer.joins is not None and not one.answer.corrected:
            target = _target(row, one.answer.joins)
            if target is None:
                wrong.append(_no_such(one))
            elif _takes(target):
                joins = target
            else:
                instead_of = one.answer.joins
        found.append(Below(one, words(one, scale, language), joins, instead_of))
    return found, wrong


def _unproven(one: Judged, proven: set[str]) -> Iterator[Refusal]:
    """Corrected on the spot: something must show it, and then it is nobody's work any more."""
    key, answer = one.item.key, one.answer
    if not answer.corrected:
        return
    if key not in proven and not answer.note:
        yield Refusal(
            "visit.correction_unproven",
            N_("Show that it is put right: a photo of how it is now, or a note."),
            where=f"after-{key}",
        )
    if answer.joins is not None:
        yield Refusal(
            "visit.corrected_and_joined",
            N_("It is put right, or it belongs to open work: choose one of the two."),
            where=f"joins-{key}",
        )


def _no_such(one: Judged) -> Refusal:
    return Refusal(
        "visit.no_such_action",
        N_("There is no action #%(number)s at this place, above or below it."),
        {"number": one.answer.joins or 0},
        where=f"joins-{one.item.key}",
    )


def _target(visit: Row[Any], number: int) -> Row[Any] | None:
    """The action of that number if it is near the place; of a merged one, what it was merged into.

    A merge says that both are the same, wherever the other stands.
    """
    row = standing.look(visit.contract_id, number)
    if row is None:
        return None
    place = tree.found(visit.contract_id, visit.asset_id).path
    if not (row.place.startswith(place) or place.startswith(row.place)):
        return None
    while row.merged_into_id is not None:
        row = standing.by_id(visit.contract_id, row.merged_into_id)
    return row


def _takes(row: Row[Any]) -> bool:
    """Open and seen by all: what is held back for moderation hides what joins it."""
    return row.state != State.CLOSED and not row.held


# ---------------------------------------------------------------- the words of the work


def words(one: Judged, scale: Scale, language: str) -> str:
    """What the action says: the inspector's note, else the item with what was found."""
    if one.answer.note.strip():
        return one.answer.note.strip()
    with force_locale(language or "en"):
        label = said(one.item.label, language) or one.item.key
        asked = _asked(one.item)
        return f"{label}: {_found(one, scale, language)}" + (f", {asked}" if asked else "")


def _found(one: Judged, scale: Scale, language: str) -> str:
    item, value = one.item, one.answer.value
    if item.kind is ItemKind.LEVEL:
        return f"{value} {gettext(scale.level(value).word)}"
    if item.kind is ItemKind.PASS_FAIL:
        return str(gettext(N_("failed")))
    if item.kind in CHOSEN:
        chosen = value if isinstance(value, list) else [value]
        labels = {option.value: said(option.label, language) for option in item.options}
        return ", ".join(labels[each] for each in chosen)
    return f"{value} {item.unit}".strip() if item.kind in LIMITED else str(value or "")


def _asked(item: Item) -> str:
    """The limits of a number in words; nothing where it has none."""
    if item.kind not in LIMITED:
        return ""
    low, high = (None if limit is None else f"{limit:g}" for limit in (item.low, item.high))
    if low is not None and high is not None:
        return str(gettext(N_("%(low)s to %(high)s asked"), low=low, high=high))
    if low is not None:
        return str(gettext(N_("at least %(low)s asked"), low=low))
    return str(gettext(N_("at most %(high)s asked"), high=high)) if high is not None else ""


# ---------------------------------------------------------------- what it is about


@dataclass(frozen=True)
class About:
    """The promises and categories of a contract, read once for all findings of a visit."""

    contract_id: int
    promised: Mapping[str, int]
    watching: Mapping[str, Row[Any]]  # the active category that points to a promise, by its number
    own: Row[Any]  # of the checklist

    def requirement(self, item: Item) -> int | None:
        """The promise of an item as it reads now; one that was dropped, as it read last."""
        if item.requirement in self.promised or not item.requirement:
            return self.promised.get(item.requirement)
        last = (
            select(_requirements.c.id)
            .where(
                _requirements.c.contract_id == self.contract_id,
                _requirements.c.ref == item.requirement,
            )
            .order_by(_requirements.c.id.desc())
        )
        return db.session.execute(last.limit(1)).scalar()

    def category(self, item: Item) -> Row[Any]:
        """What a finding is about."""
        return self.watching.get(item.requirement, self.own)


_CATEGORIES = (
    select(_categories)
    .where(_categories.c.contract_id == bindparam("contract"))
    .order_by(_categories.c.active.desc(), _categories.c.position)
)


def about(contract_id: int, category: str) -> About:
    """What findings of a checklist are about; `category` is the checklist's own.

    A category that was retired since still takes them: nothing found is lost.
    """
    rows = list(db.session.execute(_CATEGORIES, {"contract": contract_id}))
    own = next((row for row in rows if row.key == category), rows[0])
    watching = {
        row.requirement_ref: row for row in reversed(rows) if row.active and row.requirement_ref
    }
    promised = {row.ref: row.id for row in promises.requirements(contract_id)}
    return About(contract_id, promised, watching, own)


# ---------------------------------------------------------------- placing


def place(
    row: Row[Any], by: Member, found: Sequence[Below], results: Mapping[str, int], known: About
) -> list[Placed]:
    """Give every finding its action, with its events; `results` are the ids of the answers."""
    if not found:
        return []
    asset = tree.found(row.contract_id, row.asset_id)
    fresh = [one for one in found if one.joins is None and not one.judged.answer.corrected]
    opened = open_actions(asset, [_new(one, by, known) for one in fresh])
    by_item = {one.judged.item.key: its for one, its in zip(fresh, opened, strict=True)}
    now = clock.now()
    db.session.execute(_NEW, [_kept(row, one, results, by_item, known, now) for one in found])
    tell(asset, by, [_said(row, *both, known) for both in zip(fresh, opened, strict=True)])
    for one in found:
        if one.joins is not None:
            _join(row, one, by, now)
    return [_placed(one, by_item) for one in found]


def _new(one: Below, by: Member, known: About) -> New:
    item = one.judged.item
    beginning = Beginning(
        source=Source.FINDING,
        severity=one.severity,
        requirement_id=known.requirement(item),
        by=by,
    )
    return New(known.category(item), one.words, beginning)


def _kept(
    row: Row[Any],
    one: Below,
    results: Mapping[str, int],
    opened: Mapping[str, Opened],
    known: About,
    now: datetime,
) -> dict[str, Any]:
    item, its = one.judged.item, opened.get(one.judged.item.key)
    action_id = its.id if its else one.joins.id if one.joins is not None else None
    return {
        "contract_id": row.contract_id,
        "visit_id": row.id,
        "result_id": results[item.key],
        "item": item.key,
        "asset_id": row.asset_id,
        "requirement_id": known.requirement(item),
        "level": one.judged.level,
        "severity": one.severity,
        "words": one.words,
        "corrected": one.judged.answer.corrected,
        "joined": one.joins is not None,
        "action_id": action_id,
        "created_at": now,
    }


def _facts(row: Row[Any], one: Below) -> dict[str, Any]:
    return {"level": one.severity, "visit": row.id, "item": one.judged.item.key}


def _said(row: Row[Any], one: Below, its: Opened, known: About) -> Said:
    instead = {"instead_of": one.instead_of} if one.instead_of is not None else {}
    facts = {"source": Source.FINDING.value, **_facts(row, one), **instead}
    return Said(its, one.words, Party(known.category(one.judged.item).owner_party), facts)


def _join(row: Row[Any], one: Below, by: Member, now: datetime) -> None:
    """Say on the open action that it was found again; a critical one asks for its cause."""
    assert one.joins is not None
    target = standing.by_id(row.contract_id, one.joins.id)
    applying.note(
        target, "action.finding_joined", ("action", target.id), _facts(row, one), by, one.words
    )
    if one.severity == 1:
        consequences.deepen(target, Because.CRITICAL_FINDING, now)


def _placed(one: Below, opened: Mapping[str, Opened]) -> Placed:
    key = one.judged.item.key
    if key in opened:
        return Placed(key, "opened", opened[key].number, one.instead_of)
    if one.joins is not None:
        return Placed(key, "joined", one.joins.number)
    return Placed(key, "corrected")


# ---------------------------------------------------------------- on the page of an action


@dataclass(frozen=True)
class Seen:
    """What a visit found, as the page of its action shows it: with its own question and photos.

    `scale` is the one the visit was rated on.
    """

    visit_id: int
    item: Item
    scale: Scale
    words: str
    level: int
    severity: int
    joined: bool
    inspector: str
    party: Party
    submitted_at: datetime
    photos: list[Row[Any]] = field(default_factory=list)


_OF_ACTION = (
    select(
        _findings,
        _visits.c.checklist_id,
        _visits.c.scale_id,
        _visits.c.party,
        _visits.c.submitted_at,
        _persons.c.name.label("inspector"),
    )
    .join_from(_findings, _visits, _findings.c.visit_id == _visits.c.id)
    .join(_members, _visits.c.inspector_id == _members.c.id)
    .join(_persons, _members.c.person_id == _persons.c.id)
    .where(
        _findings.c.contract_id == bindparam("contract"),
        _findings.c.action_id == bindparam("action"),
    )
    .order_by(_findings.c.id)
)


def of_action(contract_id: int, action_id: int) -> list[Seen]:
    """The findings that belong to an action, the first one first."""
    rows = db.session.execute(_OF_ACTION, {"contract": contract_id, "action": action_id}).all()
    photos = record.pictures_of(contract_id, {row.visit_id for row in rows})
    return [
        Seen(
            row.visit_id,
            agreed.checklist(row.checklist_id).item(row.item),
            agreements.scale(row.scale_id),
            row.words,
            row.level,
            row.severity,
            row.joined,
            row.inspector,
            Party(row.party),
            row.submitted_at,
            photos.get(row.result_id, []),
        )
        for row in rows
    ]
