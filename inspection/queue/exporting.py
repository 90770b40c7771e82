"""The rows of a view as a file: the same rows and columns in the same order as on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy import Row

from inspection import words
from inspection.queue import listing
from inspection.queue.view import View
from inspection.rules.access import PARTY_WORDS, Party
from inspection.rules.refusal import N_
from inspection.rules.states import STATE_WORDS, State
from inspection.web import ContractCard
from inspection.web.spreadsheets import Value

MOST = 50_000
STEP = 1000

Cell = tuple[str, Callable[["Sheet", Row[Any]], Value]]


@dataclass(frozen=True)
class Sheet:
    """A view of a contract as the party `us` sees it, about to be written down."""

    view: View
    contract: ContractCard
    us: Party
    categories: Mapping[int, str]

    @classmethod
    def of(cls, view: View, contract: ContractCard, us: Party) -> Sheet:
        """The sheet of a view, with the names of its categories in the reader's language."""
        names = {row.id: words.named(row.names) for row in listing.categories(contract.id)}
        return cls(view, contract, us, names)

    @property
    def cells(self) -> list[Cell]:
        """Its columns: those that are shown, and always the place and the dates."""
        shown = list(self.view.shown_columns)
        if "place" not in shown:
            shown.insert(shown.index("what") + 1, "place")
        shown += [name for name in ("age", "due") if name not in shown]
        return [cell for name in shown for cell in _CELLS[name]] + (
            [_CLOSED] if self.view.closed else []
        )

    def lines(self) -> Iterator[list[Value]]:
        """The headings, then the rows, and a word at the end when there are more than fit."""
        cells = self.cells
        yield [gettext(heading) for heading, _ in cells]
        for n, row in enumerate(self._rows()):
            if n == MOST:
                yield [gettext(N_("There are more rows; filter the queue to get the rest."))]
                return
            yield [value(self, row) for _, value in cells]

    def _rows(self) -> Iterator[Row[Any]]:
        sides = [self.us.value, self.us.other.value, "nobody"]
        whole = self.view.closed or self.view.court
        for view in [self.view] if whole else [self.view.but(court=side) for side in sides]:
            yield from listing.every(view, self.contract.id, STEP)

    def at(self, moment: datetime | None) -> str:
        """A moment in ISO 8601 on the clock of the contract; nothing when there is none."""
        if moment is None:
            return ""
        return moment.astimezone(ZoneInfo(self.contract.tz)).isoformat(timespec="seconds")


def _turn(sheet: Sheet, row: Row[Any]) -> str:
    return gettext(PARTY_WORDS[Party(row.court)]) if row.court else ""


def _where(sheet: Sheet, row: Row[Any]) -> str:
    return " › ".join(filter(None, (row.place_trail, row.place_name)))


_CELLS: Mapping[str, tuple[Cell, ...]] = {
    "number": ((N_("No."), lambda sheet, row: int(row.number)),),
    "what": ((N_("What"), lambda sheet, row: row.title or sheet.categories[row.category_id]),),
    "place": ((N_("Place"), _where),),
    "category": ((N_("About"), lambda sheet, row: sheet.categories[row.category_id]),),
    "priority": ((N_("Priority"), lambda sheet, row: str(row.priority)),),
    "state": ((N_("State"), lambda sheet, row: gettext(STATE_WORDS[State(row.state)])),),
    "waiting": (
        (N_("Whose turn"), _turn),
        (N_("Since"), lambda sheet, row: sheet.at(row.court_since)),
    ),
    "due": ((N_("Due"), lambda sheet, row: sheet.at(row.due_at)),),
    "assignee": ((N_("Assigned to"), lambda sheet, row: row.assignee or ""),),
    "age": ((N_("Reported"), lambda sheet, row: sheet.at(row.received_at)),),
    "reports": ((N_("Reports"), lambda sheet, row: int(row.report_count)),),
    "generation": ((N_("Generation"), lambda sheet, row: int(row.generation)),),
}
_CLOSED: Cell = (N_("Closed"), lambda sheet, row: sheet.at(row.closed_at))
