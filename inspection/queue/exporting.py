"""The rows of a view as a file: the same rows and columns in the same order as on the page.

No cell is ever a formula: what begins like one gets an apostrophe in text and is marked as a string
in a workbook.
"""

from __future__ import annotations

import csv as spreadsheet
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy import Row

from inspection import words
from inspection.queue import listing
from inspection.queue.view import View
from inspection.rules.access import Party
from inspection.rules.refusal import N_
from inspection.rules.states import STATE_WORDS, State
from inspection.web import ContractCard

MOST = 50_000
STEP = 1000
IN_MEMORY = 4_000_000  # bytes of a file before it goes to disk
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARTY_WORDS = {Party.CUSTOMER: N_("Customer"), Party.CONTRACTOR: N_("Contractor")}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")

Value = str | int
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


def plain(value: Value) -> Value:
    """A value without the characters that no spreadsheet takes; lines end in LF."""
    if isinstance(value, int):
        return value
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def harmless(value: Value) -> Value:
    """A value that no spreadsheet takes for a formula when it reads it as text."""
    kept = plain(value)
    return f"'{kept}" if isinstance(kept, str) and _FORMULA.match(kept) else kept


def csv(sheet: Sheet, file: IO[bytes]) -> None:
    """UTF-8 with a byte order mark, every cell in quotes, lines ended by CR LF (RFC 4180)."""
    file.write(BYTE_ORDER_MARK)
    held = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = spreadsheet.writer(held, quoting=spreadsheet.QUOTE_ALL, lineterminator="\r\n")
    for line in sheet.lines():
        writer.writerow([harmless(value) for value in line])
    held.detach()


def xlsx(sheet: Sheet, file: IO[bytes]) -> None:
    """A workbook of one sheet; a text is a text, whatever it begins with.

    Hazard: loaded at start, openpyxl weighed 15 MB on web and tick, which may never write a file.
    """
    import openpyxl.cell

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Queue")
    page.freeze_panes = "A2"

    def cell(value: Value) -> Any:
        """Hazard: openpyxl makes a formula of a string with `=` unless its type is set after it."""
        if isinstance(value, int):
            return value
        made = openpyxl.cell.WriteOnlyCell(page, value=value)
        made.data_type = "s"
        return made

    for line in sheet.lines():
        page.append([cell(plain(value)) for value in line])
    book.save(file)


Writer = Callable[[Sheet, IO[bytes]], None]


def written(write: Writer, sheet: Sheet) -> Iterator[bytes]:
    """The file in pieces, written whole before the first: the database waits for no slow reader."""
    file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `_pieces`
    write(sheet, file)
    file.seek(0)
    return _pieces(file)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(64 * 1024):
            yield piece
