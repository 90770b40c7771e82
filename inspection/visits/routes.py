"""A visit on a phone: begin, fill in, keep for later, look it over, submit."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from inspection import web
from inspection.assets import scans
from inspection.checklists import agreed
from inspection.idempotency import Done, once
from inspection.rules.checklist import Checklist
from inspection.rules.visit import VisitState
from inspection.visits import arriving, drawing, filled, record, starting, submitting
from inspection.web import Field, Rule, again, allow

rooms = Blueprint("visits", __name__)

_VISIT = "/c/<contract>/visits/<int:visit>/"
_INSPECT = Rule("member", "inspect")


@rooms.url_value_preprocessor
def _make_room(endpoint: str | None, _values: object) -> None:
    """Before anything of a form is read, also by who chooses the language."""
    if endpoint in ("visits.keep", "visits.submit"):
        filled.make_room()


# ---------------------------------------------------------------- beginning


@rooms.post("/c/<contract>/visits")
@allow(_INSPECT)
def begin(contract: str) -> ResponseReturnValue:
    """Begin on the spot, or take what is due there; then the form."""
    said = web.form(
        place=Field("int", required=True),
        checklist=Field(required=True),
        scan=Field(limit=2000),
        accompanied_by=Field(limit=120),
    )
    return once(
        lambda: _begun(
            contract, said["place"], said["checklist"], said["scan"], None, said["accompanied_by"]
        )
    )


@rooms.post(_VISIT + "start")
@allow(_INSPECT)
def start(contract: str, visit: int) -> ResponseReturnValue:
    """Begin a planned visit."""
    said = web.form(scan=Field(limit=2000), accompanied_by=Field(limit=120))

    def write() -> Done:
        row = record.found(web.contract().id, visit)
        return _begun(
            contract, row.asset_id, row.checklist_key, said["scan"], visit, said["accompanied_by"]
        )

    return once(write)


def _begun(
    contract: str, place: int, checklist: str, scan: str, visit: int | None, with_whom: str
) -> Done:
    here = web.contract().id
    made = starting.begin(
        web.member(), here, place, checklist, scans.presence(scan, place), visit, with_whom
    )
    return Done(url_for("visits.fill", contract=contract, visit=made), number=str(made))


# ---------------------------------------------------------------- filling in


@rooms.get(_VISIT + "form")
@allow(_INSPECT)
def fill(contract: str, visit: int) -> ResponseReturnValue:
    """The form of a visit that this member has begun; anything else leads to the visit itself."""
    row = record.found(web.contract().id, visit)
    mine = row.state == VisitState.IN_PROGRESS and row.inspector_id == web.member().id
    if not mine and not web.refusals():
        return redirect(_page(contract, visit), 303)
    web.keep_on_phone()
    base = _page(contract, visit)
    return drawing.page(
        drawing.Form(
            row,
            record.checklist_of(row),
            record.scale_of(row),
            f"{base}/submission",
            {
                "version": row.version,
                "checklist_version": row.checklist_id or "",
                "scale_version": row.scale_id or "",
                "draft_seen": row.draft.get("at", ""),
            },
            keeping=f"{base}/draft",
            leaving=f"{base}/leaving",
            kept=(row.draft.get("fields", {}), starting.kept_pictures(row.draft)),
            kept_on={name: row.draft[name] for name in ("at", "on", "by") if name in row.draft},
        )
    )


# ---------------------------------------------------------------- keeping, submitting, leaving


@rooms.post(_VISIT + "draft")
@allow(_INSPECT)
@again(fill)
def keep(contract: str, visit: int) -> ResponseReturnValue:
    """Keep what is filled so far, photos too, so that it goes on later or on another phone."""
    draft = filled.as_typed(_checklist(visit))

    def write() -> Done:
        seen = web.submitted().get("draft_seen", "")  # empty fields do not travel
        starting.keep(web.member(), visit, _version(), draft, seen)
        return Done(_page(contract, visit), "kept", str(visit))

    return once(write)


@rooms.post(_VISIT + "submission")
@allow(_INSPECT)
@again(fill)
def submit(contract: str, visit: int) -> ResponseReturnValue:
    """All of it: from here on it is the record of both parties.

    Who was called away and was not quick enough loses nothing: it is then a second version.
    """
    row = record.found(web.contract().id, visit)
    if not web.submitted().get("checklist_version"):
        said = filled.read(record.checklist_of(row))
        return once(lambda: _submitted(contract, submitting.submit(web.member(), visit, said)))
    form = arriving.posted(row.asset_id, row.checklist_key, visit)
    filled_in = filled.read(agreed.checklist(form.drawn.checklist_id))
    return once(lambda: arrived(contract, arriving.submit(web.member(), form, filled_in)))


def _submitted(contract: str, done: submitting.Submitted) -> Done:
    return Done(_page(contract, done.visit_id), "submitted", str(done.visit_id))


def arrived(contract: str, taken: arriving.Taken) -> Done:
    """What is answered to a filled form: submitted, or kept beside what was quicker."""
    said = "submitted" if taken.second_of is None else "second"
    return Done(_page(contract, taken.visit_id), said, str(taken.visit_id))


def _checklist(visit: int) -> Checklist:
    return record.checklist_of(record.found(web.contract().id, visit))


def _version() -> int | None:
    return web.whole(web.submitted().get("version", ""))


@rooms.post(_VISIT + "leaving")
@allow(_INSPECT)
def leave(contract: str, visit: int) -> ResponseReturnValue:
    """Begun by mistake: planned again, or left out."""
    web.form()

    def write() -> Done:
        starting.leave(web.member(), visit, _version())
        return Done(_page(contract, visit), "left", str(visit))

    return once(write)


def _page(contract: str, visit: int) -> str:
    """The address of the visit itself, a page of another room."""
    return f"/c/{contract}/visits/{visit}"
