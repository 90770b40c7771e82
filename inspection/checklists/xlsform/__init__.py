"""XLSForm in and out: a checklist from somebody's workbook, a workbook from a checklist.

Nothing is half read: a form becomes the body of a checklist with a list of what has no counterpart
here, row by row, or it is refused with rows and reasons. The workbook itself is opened by a program
of its own (../workbook.py). What XLSForm has no words for travels in columns `tandem_…`, which
other programs leave alone, so that our own checklists come back as they went.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inspection.checklists.xlsform import opening
from inspection.checklists.xlsform.notes import MOST_BYTES, Note
from inspection.checklists.xlsform.reading import Reader
from inspection.checklists.xlsform.writing import write
from inspection.rules import checklist_body

__all__ = ["MOST_BYTES", "Imported", "Note", "read", "write"]


@dataclass(frozen=True)
class Imported:
    """The body of a checklist, and what of the workbook did not become part of it."""

    body: dict[str, Any]
    notes: tuple[Note, ...] = ()


def read(data: bytes, filename: str, requirement: str = "") -> Imported | list[Note]:
    """The checklist in a workbook (.xlsx or .xls), or every reason against it.

    `requirement` is what items belong to that name none themselves.
    """
    form = opening.opened(data)
    if isinstance(form, Note):
        return [form]
    reader = Reader(form, filename, requirement)
    body = reader.body()
    outcome = checklist_body.read(body)
    if isinstance(outcome, list):
        return [reader.placed(refusal) for refusal in outcome]
    return Imported(checklist_body.write(outcome), reader.notes.in_order())
