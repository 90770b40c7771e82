"""Prepare for the basement: what somebody needs today where there is no signal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Flask, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row, select

from inspection import clock, web, words
from inspection.assets.models import Asset, Kind
from inspection.db import db, table
from inspection.plans import rounds, titles, walk
from inspection.queue import listing
from inspection.rules.access import RIGHTS
from inspection.rules.states import State
from inspection.rules.visit import VisitState
from inspection.visits import record
from inspection.web import MEMBER, allow

rooms = Blueprint("preparing", __name__)

STOPS = rounds.SHOWN  # visits of the round that are taken along
CODES = 5000  # codes of the buildings that are taken along
BLANK = "offline_visits.blank"  # a room of visits: the form of a visit that nobody has begun
_assets = table(Asset)

Codes = Callable[[int, Iterable[str], int], Iterable[Row[Any]]]
"""The codes in use at or below some paths: rows of code and asset_id, at most so many."""


def init_app(app: Flask, codes: Codes) -> None:
    """Hand over who knows the codes on the walls: the door, which the house does not know."""
    app.extensions["codes_below"] = codes


@dataclass(frozen=True)
class Page:
    """A page to take along; `kind` is list, action, place, visit or form."""

    url: str
    title: str
    kind: str


@rooms.get("/c/<contract>/basement")
@allow(MEMBER)
def basement(contract: str) -> ResponseReturnValue:
    """Take today's work along, see how old it is, and that it opens."""
    web.keep_on_phone()
    return render_template("pwa/prepare.html")


@rooms.get("/c/<contract>/basement/list")
@allow(MEMBER)
def taken_along(contract: str) -> ResponseReturnValue:
    """What a phone fetches: pages, and where the codes of their buildings lead."""
    me, here = web.member(), web.contract()
    stops = rounds.waiting(me, rounds.Asked(None, "", False), record.today(here.tz))
    along = walk.Walk(here.id, (row.place for row in stops))
    stops.sort(key=lambda row: (row.state != VisitState.IN_PROGRESS, along.order(row.place)))
    jobs = [row for row in listing.mine(me.id, here.id) if row.state != State.MONITORING]
    pages = [*_lists(), *_work(jobs), *_places(stops[:STOPS], jobs), *_visits(stops[:STOPS])]
    tags = _tags(row.place for row in (*stops[:STOPS], *jobs))
    return jsonify(
        made_at=clock.now().isoformat(timespec="seconds"),
        pages=list({page.url: page for page in pages}.values()),
        left_out=max(0, len(stops) - STOPS),
        tags=dict(tags[:CODES]),
        codes_left_out=len(tags) > CODES,
    )


# ---------------------------------------------------------------- the pages


def _lists() -> Iterator[Page]:
    slug = web.contract().slug
    yield Page(url_for("queue.my_work", contract=slug), gettext("My work"), "list")
    yield Page(url_for("rounds.today", contract=slug), gettext("Today’s round"), "list")
    yield Page(
        url_for("preparing.basement", contract=slug), gettext("Prepare for the basement"), "list"
    )
    yield Page("/scan", gettext("Scan"), "list")
    if current_app.url_map.bind("").test("/outbox", "GET"):
        yield Page("/outbox", gettext("On this phone"), "list")


def _work(jobs: Iterable[Row[Any]]) -> Iterator[Page]:
    here = web.contract()
    categories = {row.id: words.named(row.names) for row in listing.categories(here.id)}
    for row in jobs:
        url = url_for("queue.action", contract=here.slug, number=row.number)
        what = row.title or categories[row.category_id]
        yield Page(url, f"{row.number} · {what}, {row.place_name}", "action")


def _places(stops: Iterable[Row[Any]], jobs: Iterable[Row[Any]]) -> Iterator[Page]:
    here = web.contract()
    ids = {row.asset_id for row in (*stops, *jobs)}
    asked = select(_assets.c.id, _assets.c.name).where(_assets.c.contract_id == here.id)
    named = db.session.execute(asked.where(_assets.c.id.in_(ids)).order_by(_assets.c.path))
    for row in named:
        yield Page(url_for("queue.place", contract=here.slug, asset=row.id), row.name, "place")


def _visits(stops: Iterable[Row[Any]]) -> Iterator[Page]:
    """The visits themselves, the forms that are begun, and blank ones for those that are not."""
    here, inspects = web.contract(), web.member().role in RIGHTS["inspect"].roles
    called = titles.titles(here.id, "checklist")
    for row in stops:
        what = {"contract": here.slug, "visit": row.id}
        title = called.get(row.checklist_key, row.checklist_key)
        yield Page(url_for("visit_pages.one", **what), title, "visit")
        if row.state == VisitState.IN_PROGRESS:
            yield Page(url_for("visits.fill", **what), title, "form")
        elif inspects and BLANK in current_app.view_functions:
            key = row.checklist_key
            blank = url_for(BLANK, contract=here.slug, place=row.asset_id, checklist=key)
            yield Page(blank, title, "form")


# ---------------------------------------------------------------- the codes


def _tags(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Code and address of the place, for all that hangs in the buildings of some places."""
    here = web.contract()
    codes = cast(Codes, current_app.extensions["codes_below"])
    found = codes(here.id, _buildings(set(paths)), CODES + 1)
    return [
        (row.code, url_for("queue.place", contract=here.slug, asset=row.asset_id)) for row in found
    ]


def _buildings(paths: set[str]) -> list[str]:
    """The paths of the buildings that hold some places; of the places where none does."""
    ids = {int(part) for path in paths for part in path.split("/") if part}
    asked = select(_assets.c.path).where(
        _assets.c.contract_id == web.contract().id,
        _assets.c.kind == Kind.BUILDING.value,
        _assets.c.id.in_(ids),
    )
    houses = list(db.session.execute(asked).scalars())
    return houses + [path for path in paths if not any(path.startswith(one) for one in houses)]
