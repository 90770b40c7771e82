"""Beginning a visit, keeping what is filled so far, and leaving it.

A visit that was left is never deleted: SQLite gives the id of a deleted last row to the next one,
and the journal would speak of another visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update

from inspection import clock
from inspection.assets import tree
from inspection.assets.models import Asset
from inspection.assets.scans import NOT_SCANNED
from inspection.checklists import agreed
from inspection.contracts import agreements
from inspection.contracts.models import Contract
from inspection.db import db, table, touched
from inspection.photos import evidence
from inspection.photos.evidence import Kept
from inspection.rules.access import Member
from inspection.rules.refusal import N_, Refusal
from inspection.rules.visit import Move, VisitState
from inspection.visits import record
from inspection.visits.models import Visit
from inspection.visits.record import Wanted
from inspection.web import Refused

_visits, _assets, _contracts = table(Visit), table(Asset), table(Contract)

Draft = Mapping[str, Any]
"""{"fields": {name: [what was typed, …]}, "kept": [the parts of an `evidence.Kept`, …]}."""


@dataclass(frozen=True)
class Drawn:
    """What a form was drawn with that was filled in before anybody began its visit here.

    The agreed versions of its checklist and scale (None: the usual one). `began_at` is when the
    phone says that it was begun, `waited` how long before now that was by our clock.
    """

    checklist_id: int
    scale_id: int | None
    began_at: datetime
    waited: timedelta


_OWN = (
    select(_visits.c.id)
    .where(
        _visits.c.contract_id == bindparam("contract"),
        _visits.c.asset_id == bindparam("place"),
        _visits.c.checklist_key == bindparam("checklist"),
        _visits.c.state == VisitState.IN_PROGRESS.value,
        _visits.c.inspector_id == bindparam("member"),
    )
    .order_by(_visits.c.id.desc())
    .limit(1)
)
_PLANNED = (
    select(_visits.c.id)
    .where(
        _visits.c.contract_id == bindparam("contract"),
        _visits.c.asset_id == bindparam("place"),
        _visits.c.checklist_key == bindparam("checklist"),
        _visits.c.state == VisitState.PLANNED.value,
        or_(_visits.c.for_party.is_(None), _visits.c.for_party == bindparam("party")),
        or_(_visits.c.due_from.is_(None), _visits.c.due_from <= bindparam("today")),
    )
    .order_by(_visits.c.due_on, _visits.c.id)
    .limit(1)
)
_ZONE = select(_contracts.c.tz).where(_contracts.c.id == bindparam("contract"))
_NEW = insert(_visits).returning(_visits.c.id)


def begin(
    by: Member,
    contract_id: int,
    asset_id: int,
    checklist_key: str,
    presence: Mapping[str, Any] = NOT_SCANNED,
    visit_id: int | None = None,
    accompanied_by: str = "",
) -> int:
    """Begin a visit of a place with a checklist; its id.

    Takes the planned visit `visit_id`, else one that is due there and may be done by this party,
    else a new one on the spot (a missed one stays missed). Who has begun it already goes on with
    it. `presence` is the proof of a scan at the place (`assets.scans.presence`); without one the
    visit says so.
    Raises `Refused`, 409 with who was quicker.
    """
    if visit_id is not None:
        return _given(by, record.found(contract_id, visit_id), presence, accompanied_by)
    taken = open_there(by, contract_id, asset_id, checklist_key)
    if taken is not None:
        return _given(by, record.found(contract_id, taken), presence, accompanied_by)
    return _on_the_spot(by, contract_id, asset_id, checklist_key, presence, accompanied_by)


def _given(by: Member, row: Row[Any], presence: Mapping[str, Any], accompanied_by: str) -> int:
    if row.state == VisitState.IN_PROGRESS and row.inspector_id == by.id:
        return int(row.id)
    if row.state == VisitState.MISSED:
        return begin(
            by, row.contract_id, row.asset_id, row.checklist_key, presence, None, accompanied_by
        )
    take(by, row, presence, accompanied_by)
    return int(row.id)


def open_there(by: Member, contract_id: int, asset_id: int, checklist_key: str) -> int | None:
    """The visit this member has begun there, else the one that is due there first."""
    tz = db.session.execute(_ZONE, {"contract": contract_id}).scalar_one()
    asked = {"contract": contract_id, "place": asset_id, "checklist": checklist_key}
    own = db.session.execute(_OWN, {**asked, "member": by.id}).scalar()
    if own is not None:
        return int(own)
    today = {"party": by.party.value, "today": record.today(tz)}
    return db.session.execute(_PLANNED, {**asked, **today}).scalar()


def _on_the_spot(
    by: Member,
    contract_id: int,
    asset_id: int,
    checklist_key: str,
    presence: Mapping[str, Any],
    accompanied_by: str,
) -> int:
    place = tree.found(contract_id, asset_id)
    version(place, checklist_key)
    row = unplanned(place, checklist_key)
    take(by, row, presence, accompanied_by)
    return int(row.id)


def unplanned(place: Row[Any], checklist_key: str) -> Row[Any]:
    """A new visit on the spot that nobody has taken yet."""
    values = {
        "contract_id": place.contract_id,
        "checklist_key": checklist_key,
        "asset_id": place.id,
        "place": place.path,
        "draft": {},
        "created_at": clock.now(),
    }
    return record.found(place.contract_id, db.session.execute(_NEW, values).scalar_one())


def version(place: Row[Any], checklist_key: str, planned: bool = False) -> int:
    """The version in force with which a visit of a place can be begun; raises `Refused`.

    `planned`: both parties agreed on this place, so it need not be of a fitting kind.
    """
    found = _version(place.contract_id, checklist_key)
    if place.archived_at is not None:
        raise Refused(Refusal("visit.place_gone", N_("This place is no longer in use.")))
    if not planned and place.kind not in agreed.checklist(found.id).kinds:
        raise Refused(
            Refusal(
                "visit.does_not_fit",
                N_("This checklist is not for this kind of place. Choose another."),
                where="checklist",
            )
        )
    return int(found.id)


def _version(contract_id: int, checklist_key: str) -> Row[Any]:
    """The version in force of a checklist; what was begun with another is not asked here."""
    version = agreed.named(contract_id, checklist_key)
    if version is None:
        raise Refused(
            Refusal(
                "visit.no_checklist",
                N_("This checklist is not in use any more. Choose another."),
                where="checklist",
            )
        )
    return version


def take(
    by: Member,
    row: Row[Any],
    presence: Mapping[str, Any],
    accompanied_by: str,
    drawn: Drawn | None = None,
) -> None:
    """Let `by` be the one who does it, with the versions in force now or those of `drawn`.

    Raises `Refused`; of two at once the second is told who was quicker.
    """
    step = record.allowed(row, Move.START, by)
    now = clock.now()
    scanned_at = now - drawn.waited if drawn else now
    record.made(
        row,
        step,
        Wanted(
            Move.START,
            by,
            columns={
                **_versions(row, drawn),
                "party": by.party.value,
                "inspector_id": by.id,
                "accompanied_by": accompanied_by.strip(),
                "started_at": now,
                "scanned_at": scanned_at if presence["scanned"] else None,
                "tag_code": presence["scan"]["code"] if presence["scanned"] else "",
                "next_at": None,
            },
            data={**presence, "plan_key": row.plan_key, "method": row.method},
        ),
    )


def _versions(row: Row[Any], drawn: Drawn | None) -> dict[str, Any]:
    if drawn is not None:
        named = {"checklist_id": drawn.checklist_id, "scale_id": drawn.scale_id}
        return {**named, "began_at": drawn.began_at}
    version = _version(row.contract_id, row.checklist_key)
    scale = agreements.in_force(row.contract_id, "scale")
    return {"checklist_id": version.id, "scale_id": scale.id if scale else None}


# ---------------------------------------------------------------- what is filled so far

_KEEP = (
    update(_visits)
    .where(
        _visits.c.contract_id == bindparam("of_contract"),
        _visits.c.id == bindparam("of_visit"),
        _visits.c.version == bindparam("as_seen"),
    )
    .values(draft=bindparam("draft"))
)


def keep(by: Member, visit_id: int, version: int | None, draft: Draft, seen: str = "") -> None:
    """Keep what is filled so far, so that another device shows it; raises `Refused`.

    It moves nothing, so the version of the visit stays: a page that was open can still submit.
    Only the first time is told to the journal. `seen` is when the draft was kept that the page
    showed ("" for none): what another device kept since is not written over.
    """
    row = record.found(by.contract_id, visit_id)
    record.allowed(row, Move.KEEP, by, version)
    if _elsewhere(row.draft, draft, seen):
        raise Refused(_ELSEWHERE, status=409)
    kept = db.session.execute(
        _KEEP,
        {
            "of_contract": row.contract_id,
            "of_visit": row.id,
            "as_seen": row.version,
            "draft": dict(draft),
        },
    )
    if touched(kept) != 1:
        raise Refused(record.who_moved_it(record.found(by.contract_id, visit_id)), status=409)
    if not row.draft:
        record.tell(row, "visit.kept", by)


_ELSEWHERE = Refusal(
    "visit.kept_elsewhere",
    N_("This inspection was also filled in on another device. Load the page again to choose."),
)


def _elsewhere(there: Draft, draft: Draft, seen: str) -> bool:
    """Whether what is there came from another device, and was not seen by this one."""
    mine = there.get("by") and there["by"] == draft.get("by")
    return bool(there.get("at")) and there["at"] != seen and not mine


def kept_pictures(draft: Draft) -> tuple[Kept, ...]:
    """The pictures of a draft, each with the field it came with."""
    return tuple(Kept(*parts) for parts in draft.get("kept", ()))


_BEGUN = select(_visits.c.draft).where(_visits.c.state == VisitState.IN_PROGRESS.value)


def drafted() -> set[str]:
    """The names in the store of all pictures that only drafts hold, of every contract."""
    drafts = db.session.execute(_BEGUN).scalars()
    pictures = [one for draft in drafts for one in kept_pictures(draft)]
    return {name for one in pictures for name in (one.picture, one.thumbnail)}


# ---------------------------------------------------------------- leaving


def leave(by: Member, visit_id: int, version: int | None = None) -> None:
    """Begun by mistake: a planned visit is planned again, one on the spot is left out.

    What was filled so far is not lost: its words stand with the event, its pictures belong to it.
    """
    row = record.found(by.contract_id, visit_id)
    step = record.allowed(row, Move.LEAVE, by, version)
    planned = row.due_on is not None
    columns: dict[str, Any] = {"draft": {}, "next_at": None}
    if planned:
        columns |= {
            **dict.fromkeys(("checklist_id", "scale_id", "party", "inspector_id"), None),
            **dict.fromkeys(("started_at", "scanned_at", "captured_at", "began_at"), None),
            **dict.fromkeys(("tag_code", "accompanied_by"), ""),
            "next_at": record.ends_grace(row),
        }
    state = VisitState.PLANNED if planned else VisitState.CANCELLED
    wanted = Wanted(Move.LEAVE, by, text=_words(row), columns=columns, state=state)
    written = record.made(row, step, wanted)
    pictures = kept_pictures(row.draft)
    evidence.attach(pictures, row.contract_id, visit_id=row.id, event_id=written.id)


def _words(row: Row[Any]) -> str:
    """What was typed so far, one field to a line, without what only the machine reads."""
    fields: Mapping[str, list[str]] = row.draft.get("fields", {})
    typed = {
        name: " ".join(text for text in texts if text.strip())
        for name, texts in fields.items()
        if name not in ("version", "began_at", "captured_at")
    }
    return "\n".join(f"{name}: {text}" for name, text in typed.items() if text)
