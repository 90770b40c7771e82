"""Posts that keep, change and delete views of the queue, and its rows as files."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from inspection import clock, web
from inspection.idempotency import Done, once
from inspection.queue import exporting, saved
from inspection.queue.routes import queue
from inspection.queue.view import View
from inspection.web import MEMBER, Field, again, allow, spreadsheets
from inspection.web.downloads import download

rooms = Blueprint("views", __name__)

NAME = Field(limit=80, required=True)
QUERY = Field(limit=2000)
SHARED = Field(choices=saved.SHARED)


def _board(contract: str, view: int | None = None) -> ResponseReturnValue:
    """The queue, with what was refused."""
    return queue(contract)


@rooms.post("/c/<contract>/views")
@allow(MEMBER)
@again(_board)
def save(contract: str) -> ResponseReturnValue:
    """Keep the view of `query` under a name; a shared view of somebody else is copied this way."""
    said = web.form(name=NAME, query=QUERY, shared=SHARED)

    def write() -> Done:
        kept = saved.save(web.member(), said["name"], said["query"], said["shared"])
        return Done(_address(said["query"]), "view-saved", str(kept))

    return once(write)


@rooms.post("/c/<contract>/views/<int:view>/change")
@allow(MEMBER)
@again(_board)
def change(contract: str, view: int) -> ResponseReturnValue:
    """Another name, other readers, or the one the queue opens with."""
    said = web.form(name=NAME, shared=SHARED, first=Field("flag"))

    def write() -> Done:
        row = saved.own(web.member(), view)
        saved.change(web.member(), view, said["name"], said["shared"], said["first"])
        return Done(_address(row.query), "view-changed")

    return once(write)


@rooms.post("/c/<contract>/views/<int:view>/deletion")
@allow(MEMBER)
@again(_board)
def drop(contract: str, view: int) -> ResponseReturnValue:
    """Delete one's own view; what it showed stays open."""
    web.form()

    def write() -> Done:
        row = saved.own(web.member(), view)
        saved.drop(web.member(), view)
        return Done(_address(row.query), "view-deleted")

    return once(write)


def _address(query: str) -> str:
    return f"{url_for('queue.queue', contract=web.contract().slug)}?{saved.read(query).query()}"


@rooms.get("/c/<contract>/queue.csv")
@allow(MEMBER)
def csv(contract: str) -> ResponseReturnValue:
    """Every row of a view, as text for any spreadsheet."""
    lines = _sheet().lines()
    return download(partial(spreadsheets.csv, lines), spreadsheets.CSV, _name("csv"))


@rooms.get("/c/<contract>/queue.xlsx")
@allow(MEMBER)
def xlsx(contract: str) -> ResponseReturnValue:
    """Every row of a view, as a workbook."""
    book = {"Queue": _sheet().lines()}
    return download(partial(spreadsheets.xlsx, book), spreadsheets.XLSX, _name("xlsx"))


def _sheet() -> exporting.Sheet:
    return exporting.Sheet.of(View.of(request.args), web.contract(), web.member().party)


def _name(ending: str) -> str:
    return f"{web.contract().slug}-{clock.now():%Y-%m-%d}.{ending}"
