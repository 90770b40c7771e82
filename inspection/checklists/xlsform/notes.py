"""What is said of a workbook, row by row: what becomes of it, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inspection.checklists.xlsform.cells import SURVEY
from inspection.rules.checklist_body import MOST_ITEMS
from inspection.rules.refusal import N_, Refusal

MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class Note:
    """What becomes of one row, or why it cannot be read; row 0: of the whole workbook.

    `what` names what stands there, as it stands there.
    """

    sheet: str
    row: int
    column: str
    what: str
    why: Refusal


# ---------------------------------------------------------------- what becomes of what is read

_BECOMES: Mapping[str, str] = {
    "links": N_("The links to other files are not followed."),
    "formula": N_("A formula is not worked out; taken is what the cell last showed."),
    "repeat": N_("Repeated questions have no counterpart; all within are left out."),
    "nested": N_("A group within a group becomes a section of its own."),
    "no_counterpart": N_("This has no counterpart here and is left out."),
    "no_counterpart.used": N_(
        "This has no counterpart here and is left out; conditions use it, so"
        " these rows are left out too: %(rows)s"
    ),
    "required_if": N_("Needed only sometimes is not known here; it need not be answered."),
    "condition.relevant": N_("“%(word)s” in this condition is not understood; it is asked always."),
    "condition.constraint": N_(
        "“%(word)s” in this limit is not understood; every answer is taken."
    ),
    "condition.gone": N_("This limit uses what is left out; every answer is taken."),
    "filter": N_("This filter cannot be followed; all choices are offered."),
    "as_text": N_("A time of day is asked as text here."),
    "piped": N_("Answers are not put into words here; “${…}” stays as it is written."),
    "column": N_("This column is not taken over. Rows: %(rows)s"),
    "waits": N_("This is asked because of “%(name)s”, which is left out; so is this."),
}


class Notes:
    """What is said so far of a workbook that is being read."""

    def __init__(self) -> None:
        self._told: list[Note] = []

    def tell(
        self,
        what: str,
        row: int = 0,
        column: str = "",
        stands: str = "",
        sheet: str = SURVEY,
        **params: object,
    ) -> int:
        """Say one of `_BECOMES` of a row, or of what `stands` there; the note's number."""
        self._told.append(Note(sheet, row, column, stands, _why(what, params)))
        return len(self._told) - 1

    def tell_more(self, number: int, **params: object) -> None:
        """Say of what was left out that more is left out because of it."""
        note = self._told[number]
        self._told[number] = replace(note, why=_why("no_counterpart.used", params))

    def in_order(self) -> tuple[Note, ...]:
        """Of the whole workbook first, then row by row, the survey before other sheets."""
        return tuple(
            sorted(self._told, key=lambda one: (one.sheet != "", one.sheet != SURVEY, one.row))
        )


def _why(what: str, params: Mapping[str, object]) -> Refusal:
    return Refusal(f"xlsform.{what.partition('.')[0]}", _BECOMES[what], dict(params))


def listed(rows: Iterable[int]) -> str:
    """Numbers of rows as a note names them."""
    return ", ".join(str(row) for row in dict.fromkeys(rows))


# ---------------------------------------------------------------- why nothing is read

_AGAINST: Mapping[str, str] = {
    "empty": N_("That file is empty."),
    "too_large": N_("That file is larger than %(megabytes)s MB."),
    "no_workbook": N_("That file is no workbook. Send an .xlsx or .xls file."),
    "damaged": N_("That workbook could not be read: the file is damaged."),
    "encrypted": N_("That workbook is protected by a password. Save it without one."),
    "macros": N_("That workbook holds macros. Save it as .xlsx, without them, and send that."),
    "entities": N_("That workbook holds a document type, which no workbook needs."),
    "bomb": N_("That workbook unpacks to far more than a checklist can be."),
    "took_too_long": N_("That workbook took too long to read."),
    "too_many_rows": N_("A sheet has more than %(most)s rows. A checklist has at most %(items)s."),
    "no_survey": N_("There is no sheet called “survey”, so this is no XLSForm. Sheets: %(said)s."),
    "no_list": N_("The list “%(said)s” is not on the sheet “choices”."),
    "column_twice": N_("The column “%(said)s” stands twice."),
    "standard": N_("XLSForm does not allow this: %(said)s"),
}


def refused(why: str, sheet: str = "", row: int = 0, said: str = "", most: Any = 0) -> Note:
    """Why a workbook is not read at all."""
    params = {
        "megabytes": MOST_BYTES // 1_000_000,
        "most": most,
        "items": MOST_ITEMS,
        "said": said,
    }
    sentence = _AGAINST[why]
    used = {name: value for name, value in params.items() if f"%({name})s" in sentence}
    return Note(sheet, row, "", "", Refusal(f"xlsform.{why}", sentence, used, where="file"))
