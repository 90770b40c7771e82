"""The visits of a view as a file: one row a visit, and one row an answer with its own question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from flask_babel import gettext
from sqlalchemy import Row, bindparam, select

from inspection import clock
from inspection.actions.models import Action
from inspection.checklists import agreed
from inspection.contracts.models import Agreement
from inspection.db import db, table
from inspection.rules.access import PARTY_WORDS, Party
from inspection.rules.checklist import (
    KIND_WORDS,
    LIMITED,
    VERDICT_WORDS,
    Checklist,
    Item,
    ItemKind,
    Verdict,
    said,
)
from inspection.rules.refusal import N_
from inspection.rules.scale import Scale
from inspection.rules.visit import VISIT_WORDS
from inspection.visits import following, listing, record, saying
from inspection.visits.listing import View
from inspection.visits.models import Finding, Result
from inspection.web import ContractCard, language, spreadsheets
from inspection.web.downloads import download
from inspection.web.spreadsheets import Value

FORMATS = ("csv", "xlsx")
MOST = 200_000  # rows of a sheet
STEP = 200  # visits read at a time

_results, _findings, _actions = table(Result), table(Finding), table(Action)
_agreements = table(Agreement)
_ANSWERS = (
    select(_results, _actions.c.number, _findings.c.corrected)
    .join_from(
        _results,
        _findings,
        (_findings.c.contract_id == _results.c.contract_id)
        & (_findings.c.result_id == _results.c.id),
        isouter=True,
    )
    .join(_actions, _findings.c.action_id == _actions.c.id, isouter=True)
    .where(
        _results.c.contract_id == bindparam("contract"),
        _results.c.visit_id.in_(bindparam("visits", expanding=True)),
        _results.c.verdict != Verdict.IRRELEVANT.value,
    )
    .order_by(_results.c.visit_id, _results.c.position)
)


def handed(view: View, here: ContractCard, form: str, answers: bool) -> Response:
    """The view as a file to keep: a workbook of both sheets, or one of them as CSV."""
    book = Book(view, here)
    name = f"{here.slug}-{'answers' if answers and form == 'csv' else 'visits'}"
    name = f"{name}-{clock.now():%Y-%m-%d}.{form}"
    if form == "csv":
        lines = book.answers() if answers else book.visits()
        return download(partial(spreadsheets.csv, lines), spreadsheets.CSV, name)
    sheets = {"Visits": book.visits(), "Answers": book.answers()}
    return download(partial(spreadsheets.xlsx, sheets), spreadsheets.XLSX, name)


@dataclass(frozen=True)
class Said:
    """One answer with everything its row says."""

    visit: Row[Any]
    result: Row[Any]
    checklist: Checklist
    item: Item
    version: int


@dataclass(frozen=True)
class Book:
    """A view of a contract, about to be written down."""

    view: View
    here: ContractCard

    def visits(self) -> Iterator[list[Value]]:
        """The headings, then a row for each visit."""
        return self._lines(_VISIT, self._visits())

    def answers(self) -> Iterator[list[Value]]:
        """The headings, then a row for each answer that was asked for, visit by visit."""
        return self._lines(_ANSWER, self._answers())

    def _lines(self, cells: Iterable[Any], rows: Iterable[Any]) -> Iterator[list[Value]]:
        yield [gettext(heading) for heading, _ in cells]
        for n, row in enumerate(rows):
            if n == MOST:
                yield [gettext(N_("There are more rows; filter the list to get the rest."))]
                return
            yield [value(self, row) for _, value in cells]

    def _visits(self) -> Iterator[tuple[Row[Any], int | None, str]]:
        for part in self._parts():
            versions = _versions(part)
            for row in part:
                version, title = versions.get(row.checklist_id, (None, ""))
                yield row, version, title or row.checklist_key

    def _answers(self) -> Iterator[Said]:
        for part in self._parts():
            asked = {"contract": self.here.id, "visits": [row.id for row in part]}
            by_visit: dict[int, list[Row[Any]]] = {}
            for result in db.session.execute(_ANSWERS, asked):
                by_visit.setdefault(result.visit_id, []).append(result)
            versions = _versions(part)
            for row in part:
                for result in by_visit.get(row.id, ()):
                    checklist = agreed.checklist(row.checklist_id)
                    item = saying.item_of(checklist, result)
                    yield Said(row, result, checklist, item, versions[row.checklist_id][0])

    def _parts(self) -> Iterator[list[Row[Any]]]:
        rows = listing.every(self.view, self.here, STEP)
        while part := list(islice(rows, STEP)):
            yield part

    def at(self, moment: datetime | None) -> str:
        """A moment in ISO 8601 on the clock of the contract; nothing when there is none."""
        if moment is None:
            return ""
        return moment.astimezone(ZoneInfo(self.here.tz)).isoformat(timespec="seconds")


def _versions(visits: Iterable[Row[Any]]) -> dict[int, tuple[int, str]]:
    """Number and title of the checklists that visits were filled with, by agreement."""
    ids = {row.checklist_id for row in visits if row.checklist_id}
    asked = select(_agreements.c.id, _agreements.c.version).where(_agreements.c.id.in_(ids))
    rows = db.session.execute(asked) if ids else ()
    return {row.id: (row.version, agreed.checklist(row.id).title) for row in rows}


# ---------------------------------------------------------------- a visit


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _party(party: str | None) -> str:
    return gettext(PARTY_WORDS[Party(party)]) if party else ""


def _where(row: Row[Any]) -> str:
    return " › ".join(filter(None, (row.trail, row.place_name)))


def _known(value: float | None) -> Value:
    return "" if value is None else value


def _score(row: Row[Any]) -> Value:
    scale: Scale = record.scale_of(row)
    return "" if row.score is None else scale.shown(row.score)


_VISIT: tuple[tuple[str, Callable[[Book, Any], Value]], ...] = (
    (N_("No."), lambda book, one: int(one[0].id)),
    (N_("Place"), lambda book, one: _where(one[0])),
    (N_("Checklist"), lambda book, one: one[2]),
    (N_("Version"), lambda book, one: _known(one[1])),
    (N_("State"), lambda book, one: gettext(VISIT_WORDS[one[0].state])),
    (N_("Party"), lambda book, one: _party(one[0].party or one[0].for_party)),
    (N_("Inspected by"), lambda book, one: one[0].inspector or ""),
    (N_("Together with"), lambda book, one: one[0].accompanied_by),
    (N_("Due"), lambda book, one: _day(one[0].due_on)),
    (N_("Begun"), lambda book, one: book.at(one[0].started_at)),
    (N_("Submitted"), lambda book, one: book.at(one[0].submitted_at)),
    (N_("Scanned"), lambda book, one: book.at(one[0].scanned_at)),
    (N_("Scale level"), lambda book, one: _known(one[0].level)),
    (N_("Score in percent"), lambda book, one: _score(one[0])),
    (N_("Capped"), lambda book, one: gettext("yes") if one[0].capped else ""),
    (N_("Items rated"), lambda book, one: int(one[0].rated_count)),
    (N_("Findings"), lambda book, one: int(one[0].finding_count)),
    (N_("Contested"), lambda book, one: int(one[0].contested_count)),
    (N_("Note"), lambda book, one: one[0].note),
)


# ---------------------------------------------------------------- an answer


def _section(one: Said) -> str:
    titles = {section.key: section.title for section in one.checklist.sections}
    return said(titles.get(one.item.section, {}), language())


def _value(one: Said) -> Value:
    """A number as a number, so that it can be reckoned with; anything else as people read it."""
    value = one.result.value.get("is")
    if one.item.kind in LIMITED and isinstance(value, int | float):
        return value
    if one.result.verdict in (Verdict.NOT_APPLICABLE, Verdict.OPEN):
        return ""
    return saying.answer(one.result, one.item)


def _became(one: Said) -> Value:
    if one.result.number is not None:
        return int(one.result.number)
    return gettext(N_("Corrected on the spot")) if one.result.corrected else ""


def _other_view(one: Said) -> str:
    """The other party's level and words, and how that was settled."""
    result = one.result
    if result.contested_at is None:
        return ""
    settled = following.OUTCOMES.get(result.settled, "")
    seen = (result.contested_level and str(result.contested_level), result.contested_text)
    return " · ".join(filter(None, (*seen, settled and gettext(settled))))


_ANSWER: tuple[tuple[str, Callable[[Book, Said], Value]], ...] = (
    (N_("Visit"), lambda book, one: int(one.visit.id)),
    (N_("Submitted"), lambda book, one: book.at(one.visit.submitted_at)),
    (N_("Party"), lambda book, one: _party(one.visit.party)),
    (N_("Place"), lambda book, one: _where(one.visit)),
    (N_("Checklist"), lambda book, one: one.checklist.title),
    (N_("Version"), lambda book, one: one.version),
    (N_("Section"), lambda book, one: _section(one)),
    (N_("Item"), lambda book, one: one.item.key),
    (N_("Question"), lambda book, one: saying.question(one.item)),
    (N_("Kind"), lambda book, one: gettext(KIND_WORDS[ItemKind(one.item.kind)])),
    (N_("Answer"), lambda book, one: _value(one)),
    (N_("Unit"), lambda book, one: one.item.unit),
    (N_("Scale level"), lambda book, one: _known(one.result.level)),
    (N_("Verdict"), lambda book, one: gettext(VERDICT_WORDS[Verdict(one.result.verdict)])),
    (N_("Why it does not apply"), lambda book, one: one.result.reason),
    (N_("Note"), lambda book, one: one.result.note),
    (N_("Requirement"), lambda book, one: one.result.requirement),
    (N_("Became no."), lambda book, one: _became(one)),
    (N_("The other view"), lambda book, one: _other_view(one)),
)
