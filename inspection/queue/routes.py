"""The one queue of both parties: the list, one action, my work, a place, and the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from inspection import clock, web, words
from inspection.actions import decisions, disagreements, holds, merging, moves, plans
from inspection.assets import tree
from inspection.photos import evidence
from inspection.queue import cube, history, listing, summary
from inspection.queue.listing import said
from inspection.queue.view import View
from inspection.reports import asking, tray
from inspection.reports.receiving import categories
from inspection.rules.access import Party, may
from inspection.rules.lifecycle import Move
from inspection.rules.refusal import N_
from inspection.rules.states import Priority, State
from inspection.web import MEMBER, allow

rooms = Blueprint("queue", __name__)

SCAN_SECONDS = 15 * 60
SAID = {
    "acknowledge": N_("Acknowledged. Whoever reported it can see that now."),
    "assign": N_("Assigned. They find it in their work and inbox."),
    "unassign": N_("The assignment is undone."),
    "start": N_("Started. It is on your work list."),
    "make_safe": N_("Made safe. The other party has been told."),
    "fix_temporarily": N_("Fixed for now. The other party has been told."),
    "fix": N_("Fixed. The other party has been asked to accept it."),
    "accept": N_("Accepted and closed. Whoever reported it can see that now."),
    "return": N_("Returned, with your reason."),
    "reopen": N_("Reopened, with your reason."),
    "merge": N_("Merged: the reports are here now."),
    "unmerge": N_("The merge is undone."),
    "comment": N_("Your comment is there for both parties."),
    "ask": N_("Asked. The answer will stand here."),
}
PLACE_SAID = {
    "place-added": N_("Added. Make a code for it next, so that people can report here."),
    "place-changed": N_("Changed."),
    "photo-removed": N_("The photo is off this page."),
}
PRIORITY_WORDS = {
    Priority.P1: N_("Emergency"),
    Priority.P2: N_("Urgent"),
    Priority.P3: N_("Routine"),
    Priority.P4: N_("Planned"),
}


@rooms.get("/c/<contract>/queue")
@allow(MEMBER)
def queue(contract: str) -> ResponseReturnValue:
    """Everything that is open, split by whose turn it is; the same rows for both parties.

    While nothing happens in the contract the page is the same for everybody of one party and role,
    so it is rendered once a minute at most.
    """
    here, view, me = web.contract(), View.of(request.args), web.member()
    after = request.args.get("after", "")
    seen = (here, cube.head(here.id), view, after, me.party, me.role, _unread())
    return words.filled(
        "queue/queue.html",
        (*seen, int(clock.now().timestamp()) // 60),
        {"person_name": web.person().name},
        lambda: _queue(view, web.at_cursor(after)),
    )


def _by_id(categories: Iterable[Row[Any]]) -> dict[int, Row[Any]]:
    """Categories as lists of actions look them up."""
    return {category.id: category for category in categories}


def _unread() -> int:
    """What the bar says beside the inbox, a room above this one."""
    return int(current_app.jinja_env.globals["unread"]())  # type: ignore[operator]


def _queue(view: View, after: list[Any] | None) -> dict[str, Any]:
    """What the page of a view shows."""
    here, ours = web.contract().id, web.member().party
    by_key = {category.key: category for category in categories(here)}
    counts = cube.counts(view, here)
    whole = bool(view.court) or view.state == State.CLOSED.value
    sides = [view.court] if whole else [ours.value, ours.other.value, "nobody"]
    parts = [
        (side, listing.page(view, here, after))
        if whole
        else (side, listing.page(view.but(court=side), here, size=listing.GLANCE))
        for side in sides
        if whole or side != "nobody" or counts[("court", side)]
    ]
    return {
        "view": view,
        "parts": parts,
        "whole": whole,
        "counts": counts,
        "said": said,
        "categories": by_key,
        "icons": _by_id(by_key.values()),
        "place": tree.found(here, int(view.place)) if view.place else None,
        "hands": moves.hands(here, ours),
        "held": tray.count(here) if may(web.member(), "release_held") else 0,
    }


@rooms.get("/c/<contract>/my-work")
@allow(MEMBER)
def my_work(contract: str) -> ResponseReturnValue:
    """What is assigned to me, by place, for one hand on a phone."""
    here, me = web.contract(), web.member()
    jobs = listing.mine(me.id, here.id)
    free = listing.page(
        View(owner=me.party.value, court=me.party.value, assignee="none"), here.id, size=10
    )
    icons = _by_id(categories(here.id))
    return render_template("queue/my_work.html", jobs=jobs, free=free.rows, icons=icons)


@rooms.get("/c/<contract>/actions/<int:number>")
@allow(MEMBER)
def action(contract: str, number: int) -> ResponseReturnValue:
    """One action: evidence, history, whose turn, and the moves this person may make now."""
    here = web.contract()
    row = moves.found(here.id, number)
    timeline = history.of_action(here.id, row.id)
    mentioned = [entry.event.data.get("assignee") for entry in timeline]
    return render_template(
        "queue/action.html",
        action=row,
        place=tree.found(here.id, row.asset_id),
        names=history.names(here.id, [row.assignee_id, *mentioned]),
        reports=history.reports_of(here.id, row.id),
        questions=asking.questions(here.id, row.id),
        timeline=timeline,
        HAPPENED=history.HAPPENED,
        language_names=web.PUBLIC_LANGUAGES,
        master=merging.master_of(row),
        next_step=_next_step(row),
        notices=words.said(SAID),
        **_moving(row),
        **_beside(row),
    )


def _beside(row: Row[Any]) -> dict[str, Any]:
    """Decisions, holds, the plan and disagreements about an action."""
    me, shown = web.member(), {}
    for room in (decisions, holds, plans, disagreements):
        shown |= room.shown(row, me)
    return shown


def _moving(row: Row[Any]) -> dict[str, Any]:
    """What the forms of the moves need."""
    choices = categories(row.contract_id)
    neighbours = _neighbours(row)
    icons = _by_id(choices)
    return {
        "offered": moves.offered(row, web.member()),
        "primary": _primary(row),
        "Move": Move,
        "refused": _refused_move(),
        "scan": scanned(row.asset_id),
        "category": icons[row.category_id],
        "category_options": [(c.key, words.named(c.names)) for c in choices],
        "priority_options": [
            (p.value, f"{p.value} {gettext(PRIORITY_WORDS[p])}") for p in Priority
        ],
        "hand_options": [
            (hand.id, hand.name) for hand in moves.hands(row.contract_id, Party(row.owner_party))
        ],
        "neighbours": neighbours,
        "neighbour_options": [
            (n.number, f"{n.number} · {n.title or words.named(icons[n.category_id].names)}")
            for n in neighbours
        ],
    }


@rooms.get("/c/<contract>/places/<int:asset>")
@allow(MEMBER)
def place(contract: str, asset: int) -> ResponseReturnValue:
    """A place or thing: where it is, what it looks like, what is open here, what happened."""
    here = web.contract()
    row = tree.found(here.id, asset)
    icons = _by_id(categories(here.id))
    return render_template(
        "queue/place.html",
        place=row,
        above=tree.above(row),
        below=tree.children(here.id, row.id),
        photos=[history.shown(photo) for photo in evidence.of(here.id, asset_id=row.id)],
        open_here=listing.at_place(row.path, here.id),
        closed_here=listing.closed_at_place(row.path, here.id),
        timeline=history.of_asset(here.id, row.id),
        HAPPENED=history.HAPPENED,
        icons=icons,
        scan=scanned(row.id),
        asset_type=tree.type_of(row),
        notices=words.said(PLACE_SAID),
    )


@rooms.get("/c/<contract>/summary")
@allow(MEMBER)
def contract_summary(contract: str) -> ResponseReturnValue:
    """One page for both parties, made to be printed."""
    here = web.contract()
    icons = _by_id(categories(here.id))
    return render_template(
        "queue/summary.html", summary=summary.of(here.id), icons=icons, said=said
    )


def scanned(asset_id: int) -> str:
    """The scan token in the address, if this person scanned a code at this place just now."""
    token = request.values.get("scan", "")
    return token if scan_at(token, asset_id) else ""


def scan_at(token: str, asset_id: int) -> Mapping[str, Any] | None:
    """What a scan token proves: this member stood before a code at, above or below this place."""
    scan = web.unsign("scan", token, SCAN_SECONDS) if token else None
    if not isinstance(scan, dict) or scan.get("member") != web.member().id:
        return None
    here = web.contract().id
    scanned_path, path = (tree.found(here, int(i)).path for i in (scan["asset"], asset_id))
    near = scanned_path.startswith(path) or path.startswith(scanned_path)
    return scan if near else None


def _refused_move() -> str:
    """The move whose form is being shown again."""
    return "" if request.method in web.SAFE else str(request.endpoint).rpartition(".")[2]


def _primary(row: Row[Any]) -> Move | None:
    """The one move that brings this action on."""
    return {
        State.RECEIVED: Move.ACKNOWLEDGE,
        State.ACKNOWLEDGED: Move.START,
        State.IN_PROGRESS: Move.FIX,
        State.FIXED: Move.ACCEPT,
    }.get(State(row.state))


def _next_step(row: Row[Any]) -> str:
    """What the party whose turn it is is waited for."""
    waited_for = {
        State.RECEIVED: N_("acknowledge it"),
        State.ACKNOWLEDGED: N_("start the work"),
        State.IN_PROGRESS: N_("put it right"),
        State.FIXED: N_("accept the fix or return it"),
    }
    step = waited_for.get(State(row.state))
    return str(gettext(step)) if step else ""


def _neighbours(row: Row[Any]) -> list[Row[Any]]:
    """Open actions at the same place that this one may be a duplicate of."""
    if row.state == State.CLOSED:
        return []
    rows = listing.at_place(row.place, row.contract_id, limit=6)
    return [other for other in rows if other.id != row.id]


def address(number: int) -> str:
    """The address of an action's page."""
    return url_for("queue.action", contract=web.contract().slug, number=number)
