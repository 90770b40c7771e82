"""The one queue of both parties: the list, one action, my work, a place, and the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from inspection import clock, web, words
from inspection.actions import decisions, disagreements, holds, merging, moves, plans
from inspection.assets import scans, tree
from inspection.contracts import quarantine
from inspection.people import memberships
from inspection.photos import evidence, serving
from inspection.plans import visiting
from inspection.queue import card, cube, history, listing, saved, search, summary
from inspection.queue.listing import said
from inspection.queue.saved import Saved
from inspection.queue.view import View
from inspection.reports import asking, tray
from inspection.rules.access import Member, Party, may
from inspection.rules.lifecycle import Move
from inspection.rules.refusal import N_
from inspection.rules.states import Priority, State
from inspection.web import MEMBER, allow

rooms = Blueprint("queue", __name__)

MENTIONED = ("assignee", "of_member")  # members that events name by id
COUNTED = 20  # saved views that say how many
SAID = {
    "acknowledge": N_("Acknowledged. Whoever reported it can see that now."),
    "assign": N_("Assigned. They find it in their work and inbox."),
    "unassign": N_("The assignment is undone."),
    "start": N_("Started. It is on your work list."),
    "make_safe": N_("Made safe. The other party has been told."),
    "fix_temporarily": N_("Fixed for now. The other party has been told."),
    "fix": N_("Fixed. The other party has been asked to accept it."),
    "accept": N_("Accepted. Whoever reported it can see that now."),
    "return": N_("Returned, with your reason."),
    "reopen": N_("Reopened, with your reason."),
    "merge": N_("Merged: the reports are here now."),
    "unmerge": N_("The merge is undone."),
    "contain": N_("Contained. The other party has been told."),
    "plan": N_("Submitted. The other party has been asked to agree to it or return it."),
    "agree_plan": N_("Agreed. Its date is the due date of the permanent fix now."),
    "return_plan": N_("Returned, with your reason."),
    "confirm_effective": N_("It held. Whoever put it right can see that now."),
    "lift": N_("It goes on, and so do the clocks."),
    "hold": N_("Kept. Both parties see why the work waits."),
    "contest_hold": N_("Contested, with your reason."),
    "uphold_hold": N_("The hold counts after all."),
    "void_hold": N_("Taken back. The clocks count as if it had never been."),
    "ask_decision": N_("Asked. The answer will stand here."),
    "answered": N_("Answered. The other party can read it."),
    "taken_back": N_("Taken back. Nobody has to answer any more."),
    "relieve": N_("Relieved. The lateness stays readable and is not counted."),
    "comment": N_("Your comment is there for both parties."),
    "comment_merged": N_("Received. It was merged into this one meanwhile, so it stands here."),
    "ask": N_("Asked. The answer will stand here."),
    "confirm_repeat": N_("It came back. This is the next generation of it."),
    "decline_repeat": N_("Something else. Both parties can read why."),
}
PLACE_SAID = {
    "place-added": N_("Added. Make a code for it next, so that people can report here."),
    "place-changed": N_("Changed."),
    "photo-removed": N_("The photo is off this page."),
}
QUEUE_SAID = {
    "view-saved": N_("Saved. It stands beside the queue from now on."),
    "view-changed": N_("Changed."),
    "view-deleted": N_("The view is deleted; nothing in the queue is."),
}
DUE_WORDS = {
    "late": N_("Late"),
    "today": N_("Due today"),
    "week": N_("Due within a week"),
    "later": N_("Due later"),
    "none": N_("No due time"),
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

    While nothing happens in the contract the page is the same for everybody of one party and role
    who keeps no views, so it is rendered once a minute at most. An address that asks for nothing
    leads on to the view a person has chosen to begin with.
    """
    here, view, me = web.contract(), View.of(request.args), web.member()
    kept, after = saved.of(me), request.args.get("after", "")
    first = next((one for one in kept if one.first), None)
    if first is not None and not request.args and request.method in web.SAFE:
        return redirect(f"{request.path}?{first.query}", 303)
    notices = words.said(QUEUE_SAID)
    seen = (here, cube.head(here.id), view, after, me.party, me.role, _unread(), kept, notices)
    return words.filled(
        "queue/queue.html",
        (*seen, int(clock.now().timestamp()) // 60),
        {"person_name": web.person().name},
        lambda: _queue(view, web.at_cursor(after), kept) | {"notices": notices},
    )


def _by_id(categories: Iterable[Row[Any]]) -> dict[int, Row[Any]]:
    """Categories as lists of actions look them up."""
    return {category.id: category for category in categories}


def _unread() -> int:
    """What the bar says beside the inbox, a room above this one."""
    return int(current_app.jinja_env.globals["unread"]())  # type: ignore[operator]


def _queue(view: View, after: list[Any] | None, kept: list[Saved]) -> dict[str, Any]:
    """What the page of a view shows."""
    here, ours = web.contract().id, web.member().party
    icons = _by_id(listing.categories(here))
    by_key = {category.key: category for category in icons.values() if category.active}
    counts = cube.counts(view, here)
    parts = _parts(view, after, counts)
    return {
        "view": view,
        "parts": [(side, _grouped(page, view, icons)) for side, page in parts],
        "whole": _is_whole(view),
        "counts": counts,
        "said": said,
        "categories": by_key,
        "icons": icons,
        "place": tree.found(here, int(view.place)) if view.place else None,
        "hands": moves.hands(here, ours),
        "held": tray.count(here) if may(web.member(), "release_held") else 0,
        "left_behind": quarantine.count(here) if may(web.member(), "release_held") else 0,
        "saved_views": [
            (one, cube.count(one.view, here) if n < COUNTED else None) for n, one in enumerate(kept)
        ],
        "elsewhere": _elsewhere(view, parts),
    }


def _is_whole(view: View) -> bool:
    """Whether the page is one list, page after page, and not a glance at each side."""
    return bool(view.court) or view.closed


def _parts(
    view: View, after: list[Any] | None, counts: cube.Counts
) -> list[tuple[str, listing.Page]]:
    """The lists of the page: one that goes on, or the first rows of each side."""
    here, ours = web.contract().id, web.member().party
    if _is_whole(view):
        return [(view.court, listing.page(view, here, after))]
    return [
        (side, listing.page(view.but(court=side), here, size=listing.GLANCE))
        for side in (ours.value, ours.other.value, "nobody")
        if side != "nobody" or counts[("court", side)]
    ]


def _grouped(page: listing.Page, view: View, icons: Mapping[int, Row[Any]]) -> listing.Page:
    """The page with its rows under headings that people read."""
    names = {row.key: words.named(row.names) for row in icons.values()}
    here = web.contract().id
    return replace(
        page,
        groups=tuple(
            (names.get(key) or gettext(DUE_WORDS.get(key, key)) if key else "", None, rows)
            for key, rows in listing.groups(page.rows, view, here)
        ),
    )


def _elsewhere(view: View, parts: list[tuple[str, listing.Page]]) -> Row[Any] | None:
    """The action whose number was looked for, when this view does not show it."""
    number = search.number(view.q)
    if number is None or any(row.number == number for _, page in parts for row in page.rows[:1]):
        return None
    return moves.look(web.contract().id, number)


@rooms.get("/c/<contract>/my-work")
@allow(MEMBER)
def my_work(contract: str) -> ResponseReturnValue:
    """What is assigned to me, by place and then by what is due first, for one hand on a phone."""
    web.keep_on_phone()
    here, me = web.contract(), web.member()
    jobs = [row for row in listing.mine(me.id, here.id) if row.state != State.MONITORING]
    jobs.sort(key=lambda row: (row.due_at is None, row.due_at or row.received_at))
    late = sum(1 for row in jobs if row.due_at and not row.paused_at and row.due_at < clock.now())
    free = listing.page(
        View(owner=me.party.value, court=me.party.value, assignee="none"), here.id, size=10
    )
    icons = _by_id(listing.categories(here.id))
    return render_template("queue/my_work.html", jobs=jobs, free=free.rows, icons=icons, late=late)


@rooms.get("/c/<contract>/actions/<int:number>")
@allow(MEMBER)
def action(contract: str, number: int) -> ResponseReturnValue:
    """One action: evidence, history, whose turn, and the moves this person may make now."""
    web.keep_on_phone()
    here, me = web.contract(), web.member()
    row = moves.found(here.id, number)
    timeline, reports = history.of_action(here.id, row.id)
    asked = any(entry.event.kind == "action.asked" for entry in timeline)
    mentioned = [entry.event.data.get(who) for entry in timeline for who in MENTIONED]
    return render_template(
        "queue/action.html",
        action=row,
        place=tree.found(here.id, row.asset_id),
        names=memberships.names(here.id, [row.assignee_id, *mentioned]),
        reports=reports,
        findings=history.findings_of(here.id, row.id),
        questions=asking.questions(here.id, row.id) if asked else [],
        timeline=timeline,
        HAPPENED=history.HAPPENED,
        language_names=web.PUBLIC_LANGUAGES,
        master=merging.master_of(row),
        next_step=card.next_step(row),
        notices=words.said(SAID),
        **_moving(row, me),
        **card.shown(row, timeline, me),
        **_beside(row),
    )


def _beside(row: Row[Any]) -> dict[str, Any]:
    """Decisions, holds, the plan and disagreements about an action."""
    me = web.member()
    shown: dict[str, Any] = {}
    for room in (decisions, holds, plans, disagreements):
        shown |= room.shown(row, me)
    beside = {i for one in shown["suspected"] for i in (one.action_id, one.earlier_id)}
    shown["told"] = {i: history.reports_of(row.contract_id, i) for i in beside}
    return shown


def _moving(row: Row[Any], me: Member) -> dict[str, Any]:
    """What the forms of the moves need; nothing is read for a form that is not offered."""
    every = _by_id(listing.categories(row.contract_id))
    offered = moves.offered(row, me)
    hands = _hands(row) if {Move.ASSIGN, Move.ACKNOWLEDGE} & set(offered) else []
    neighbours = _neighbours(row) if Move.MERGE in offered else []
    return {
        "offered": offered,
        "primary": card.lead(row, me),
        "Move": Move,
        "refused": _refused_move(),
        "refused_noun": _refused_noun(row.number),
        "scan": scans.token(row.asset_id),
        "category": every[row.category_id],
        "category_options": [
            (c.key, words.named(c.names))
            for c in every.values()
            if c.active or c.id == row.category_id
        ],
        "priority_options": [
            (p.value, f"{p.value} {gettext(PRIORITY_WORDS[p])}") for p in Priority
        ],
        "hand_options": [(hand.id, hand.name) for hand in hands],
        "neighbours": neighbours,
        "neighbour_options": [
            (n.number, f"{n.number} · {n.title or words.named(every[n.category_id].names)}")
            for n in neighbours
        ],
    }


def _hands(row: Row[Any]) -> list[Row[Any]]:
    return moves.hands(row.contract_id, Party(row.owner_party))


@rooms.get("/c/<contract>/places/<int:asset>")
@allow(MEMBER)
def place(contract: str, asset: int) -> ResponseReturnValue:
    """A place or thing: where it is, what it looks like, what is open here, what happened."""
    web.keep_on_phone()
    here = web.contract()
    row = tree.found(here.id, asset)
    icons = _by_id(listing.categories(here.id))
    return render_template(
        "queue/place.html",
        place=row,
        above=tree.above(row),
        below=tree.children(here.id, row.id),
        photos=[serving.shown(photo) for photo in evidence.of(here.id, asset_id=row.id)],
        open_here=listing.at_place(row.path, here.id),
        closed_here=listing.closed_at_place(row.path, here.id),
        timeline=history.of_asset(here.id, row.id),
        HAPPENED=history.HAPPENED,
        icons=icons,
        scan=scans.token(row.id),
        asset_type=tree.type_of(row),
        **visiting.shown(web.member(), row),
        notices=words.said(PLACE_SAID),
    )


@rooms.get("/c/<contract>/summary")
@allow(MEMBER)
def contract_summary(contract: str) -> ResponseReturnValue:
    """One page for both parties, made to be printed."""
    here = web.contract()
    icons = _by_id(listing.categories(here.id))
    return render_template(
        "queue/summary.html", summary=summary.of(here.id), icons=icons, said=listing.figures
    )


@rooms.app_template_filter("moment")
def moment(text: str) -> datetime:
    """A moment as events keep it."""
    return datetime.fromisoformat(text)


def _refused_move() -> str:
    """The move whose form is being shown again."""
    return "" if request.method in web.SAFE else str(request.endpoint).rpartition(".")[2]


def _refused_noun(number: int) -> str:
    """The same as the end of its address: fix, hold/lifting."""
    return "" if request.method in web.SAFE else request.path.partition(f"/actions/{number}/")[2]


def _neighbours(row: Row[Any]) -> list[Row[Any]]:
    """Open actions at the same place that this one may be a duplicate of."""
    if row.state == State.CLOSED:
        return []
    rows = listing.at_place(row.place, row.contract_id, limit=6)
    return [other for other in rows if other.id != row.id]


def address(number: int) -> str:
    """The address of an action's page."""
    return url_for("queue.action", contract=web.contract().slug, number=number)
